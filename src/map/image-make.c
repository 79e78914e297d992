/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power-on memory of a catalogued part. What a register says comes from the part's row and
 * from data/presets.csv; here is only where it goes.
 */
#include "image-make.h"

#include <lanewise/interface.h>
#include <math.h>
#include <string.h>

#define PM_PER_NM 1000.0

void lw_make_slot(struct lw_maker *m, unsigned slot)
{
	const struct lw_slot *s = &lw_map_slots(m->part->map, NULL)[slot];

	m->img->present[0][slot] = 1;
	memcpy(m->img->slot[0][slot], s->reset, sizeof(s->reset));
}

/* The bytes that hold a field; NULL, with an error, if this part has no such page. */
static uint8_t *slot_of(struct lw_maker *m, const struct lw_field *f)
{
	if (m->r < 0)
		return NULL;
	if (m->img->present[0][f->slot])
		return m->img->slot[0][f->slot];
	m->r = lw_fail(m->reterr, LW_EINVAL, "%s: %s lies in a page that this part lacks",
		       m->part->name, f->name);
	return NULL;
}

void lw_make_put(struct lw_maker *m, unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &m->fields[id];
	uint8_t *slot = slot_of(m, f);

	if (slot)
		m->r = lw_field_put(f, lane, raw, slot, m->reterr);
}

void lw_make_text(struct lw_maker *m, unsigned id, const char *s)
{
	const struct lw_field *f = &m->fields[id];
	uint8_t *slot = slot_of(m, f);

	if (slot)
		m->r = lw_field_put_text(f, 0, s ? s : "", slot, m->reterr);
}

static void put_number(struct lw_maker *m, unsigned id, double number)
{
	const struct lw_field *f = &m->fields[id];
	double most = f->kind == LW_KIND_SINT ? INFINITY : ldexp(1.0, f->width) - 1.0;

	lw_make_put(m, id, 0, (int64_t)fmin(number, most));
}

/* A length of 0.3 m is three tenths, not four: forgive what binary fractions add. */
static double round_up(double number)
{
	return ceil(number - 1e-9 * fmax(1.0, number));
}

void lw_make_value(struct lw_maker *m, unsigned id, double value, enum lw_make_round round)
{
	const struct lw_field *f = &m->fields[id];
	double number = value * f->den / f->num;

	put_number(m, id, round == LW_MAKE_UP ? round_up(number) : nearbyint(number));
}

void lw_make_scaled(struct lw_maker *m, unsigned id, double value)
{
	const struct lw_field *f = &m->fields[id];
	size_t n;
	const struct lw_code *rows = lw_code_rows((enum lw_code_table)m->fields[f->by].codes, &n);
	double most = ldexp(1.0, f->width) - 1.0;

	for (size_t i = 0; i < n; i++) {
		double number;

		if (!rows[i].den)
			continue;
		number = round_up(value * f->den / f->num * rows[i].den / rows[i].num);
		if (number > most)
			continue;
		lw_make_put(m, (unsigned)f->by, 0, rows[i].first);
		lw_make_put(m, id, 0, (int64_t)number);
		return;
	}
	if (m->r == 0)
		m->r = lw_fail(m->reterr, LW_ELIMIT, "%s: %g m is more than %s can hold",
			       m->part->name, value, f->name);
}

static void levels_put(struct lw_maker *m, const uint16_t ids[4], const struct lw_levels *levels)
{
	const double v[4] = {levels->high_alarm, levels->low_alarm, levels->high_warning,
			     levels->low_warning};

	for (unsigned i = 0; i < 4; i++)
		if (!isnan(v[i]))
			lw_make_value(m, ids[i], v[i], LW_MAKE_NEAREST);
}

void lw_make_thresholds(struct lw_maker *m, const uint16_t ids[5][4])
{
	const struct lw_thresholds *t = m->part->limits;
	const struct lw_levels *const levels[5] = {&t->temperature_c, &t->vcc_v, &t->tx_bias_ma,
						   &t->tx_power_mw, &t->rx_power_mw};

	for (unsigned i = 0; i < 5; i++)
		levels_put(m, ids[i], levels[i]);
}

void lw_make_losses(struct lw_maker *m, const struct lw_make_loss losses[], size_t n)
{
	const struct lw_wire *w = m->part->wire;

	for (size_t i = 0; w && i < n; i++)
		for (unsigned k = 0; k < w->point_n; k++)
			if (w->point[k].freq_mhz == losses[i].freq_mhz)
				lw_make_value(m, losses[i].id,
					      w->point[k].fixed_db +
						      w->point[k].per_metre_db * m->length_m,
					      LW_MAKE_UP);
}

bool lw_make_wave(const struct lw_maker *m, double *ret_nm, double *ret_tolerance_nm)
{
	const struct lw_pmd *pmd = m->part->pmd;
	double low = m->part->wave_pm;
	double high = low;

	if (pmd && pmd->wave_n) {
		low = pmd->wave[0].low_pm;
		high = pmd->wave[0].high_pm;
		for (unsigned i = 1; i < pmd->wave_n; i++) {
			low = fmin(low, pmd->wave[i].low_pm);
			high = fmax(high, pmd->wave[i].high_pm);
		}
	}
	if (high == 0.0)
		return false;
	*ret_nm = (m->part->wave_pm ? m->part->wave_pm : (low + high) / 2.0) / PM_PER_NM;
	*ret_tolerance_nm = fmax(high / PM_PER_NM - *ret_nm, *ret_nm - low / PM_PER_NM);
	return true;
}

unsigned lw_make_power_class(const struct lw_part *part)
{
	unsigned i = 0;

	while (i < part->form->class_n && part->form->class_w[i] < part->power_w)
		i++;
	return i + 1;
}

uint32_t lw_make_baud_kbd(const struct lw_part *part)
{
	const struct lw_interface *ext =
		lw_interface_find(LW_CODES_SFF8024_EXT, part->ext_compliance);
	const struct lw_interface *host = !ext                          ? NULL
					  : part->map == LW_MAP_SFF8472 ? ext->host_sfp
									: ext->host;

	if (host)
		return host->baud_kbd;
	return part->pmd ? part->pmd->baud_kbd : 0;
}

static bool preset_applies(const struct lw_preset *p, const struct lw_maker *m)
{
	if (p->map != m->part->map || (p->form && p->form != m->part->form))
		return false;
	switch (p->kind) {
	case LW_PRESET_ALL:
		return true;
	case LW_PRESET_FLAT:
		return m->flat;
	case LW_PRESET_PAGED:
		return !m->flat;
	case LW_PRESET_LIGHT:
		return m->light;
	case LW_PRESET_PASSIVE:
		return m->part->wire != NULL;
	case LW_PRESET_ACTIVE:
		return m->part->receptacles == 0 && !m->part->wire;
	}
	return false;
}

static void put_presets(struct lw_maker *m)
{
	size_t n;
	const struct lw_preset *presets = lw_presets(&n);

	for (size_t i = 0; i < n && m->r == 0; i++) {
		const struct lw_preset *p = &presets[i];
		const struct lw_field *f;

		if (!preset_applies(p, m))
			continue;
		f = lw_map_find(p->map, p->field);
		if (!f) {
			m->r = lw_fail(m->reterr, LW_EINVAL, "preset names no field: %s", p->field);
			return;
		}
		for (unsigned lane = 0; lane < f->lanes; lane++)
			lw_make_put(m, f->id, lane, p->value);
	}
}

/* Last of all: sums over everything else. */
static void put_checksums(struct lw_maker *m)
{
	struct lw_view v;
	size_t n;

	lw_map_fields(m->part->map, &n);
	lw_image_view(m->img, &v);
	for (size_t i = 0; i < n; i++) {
		const struct lw_field *f = &m->fields[i];
		uint8_t sum;

		if (f->kind == LW_KIND_SUM && m->img->present[0][f->slot] &&
		    lw_field_sum(f, &v, &sum) == 0)
			lw_make_put(m, f->id, 0, sum);
	}
}

int lw_image_make(const struct lw_part *part, const struct lw_image_options *opt,
		  struct lw_image *ret, struct lw_error *reterr)
{
	struct lw_image_options full = opt ? *opt : (struct lw_image_options){0};
	struct lw_maker m = {.img = ret,
			     .part = part,
			     .opt = &full,
			     .fields = lw_map_fields(part->map, NULL),
			     .light = part->limits && !isnan(part->limits->rx_power_mw.high_alarm),
			     .flat = part->flat || !part->limits,
			     .reterr = reterr};

	full.vendor = full.vendor ? full.vendor : "LANEWISE";
	full.pn = full.pn ? full.pn : part->name;
	full.sn = full.sn ? full.sn : "LW000001";
	m.length_m = full.length_m > 0.0 ? full.length_m : part->length_m;
	memset(ret, 0, sizeof(*ret));
	ret->map = part->map;
	switch (part->map) {
	case LW_MAP_CMIS:
		lw_make_cmis(&m);
		break;
	case LW_MAP_SFF8636:
		lw_make_sff8636(&m);
		break;
	case LW_MAP_SFF8472:
		lw_make_sff8472(&m);
		break;
	case LW_MAP_NONE:
	case LW_MAP_N:
		return lw_fail(reterr, LW_ENOTSUP, "%s: no writer for map %s", part->name,
			       lw_map_name(part->map));
	}
	put_presets(&m);
	if (part->map == LW_MAP_CMIS)
		lw_make_cmis_banks(&m);
	put_checksums(&m);
	return m.r;
}
