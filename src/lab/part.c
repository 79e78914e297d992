/* SPDX-License-Identifier: Apache-2.0 */
/* What a memory tells of the light and the lanes of its module. */
#include <lanewise/lab.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/** What is made for one module, in one piece. */
struct made {
	struct lw_part part;
	struct lw_pmd pmd;
	struct lw_thresholds limits;
};

/* A module that states no form factor of the catalogue still has lanes. */
static const struct lw_form *form_of(const struct lw_facts *f)
{
	const struct lw_form *form = f->form_factor ? lw_form_find(f->form_factor) : NULL;

	if (form)
		return form;
	switch (f->map) {
	case LW_MAP_SFF8472:
		return lw_form_find("SFP+");
	case LW_MAP_SFF8636:
		return lw_form_find("QSFP28");
	default:
		return lw_form_find("QSFP-DD");
	}
}

/* The ability that shows most of the module as one whole. */
static const struct lw_ability *whole(const struct lw_ability *a, size_t n)
{
	const struct lw_ability *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (a[i].pmd && !a[i].part_of_whole &&
		    (!best || a[i].media_lanes > best->media_lanes))
			best = &a[i];
	return best;
}

/* By the wavelength: no multimode window lies above those of shortwave WDM. */
static enum lw_medium medium_of(const struct lw_facts *f)
{
	const struct lw_pmd *swdm = lw_pmd_find("100G-SWDM4");

	if (f->wavelength_nm > 0)
		return f->wavelength_nm * 1e3 <= swdm->wave[swdm->wave_n - 1].high_pm ? LW_MMF
										      : LW_SMF;
	if (f->length_smf_m > 0)
		return LW_SMF;
	for (int g = 0; g < 5; g++)
		if (f->length_om_m[g] > 0)
			return LW_MMF;
	return LW_SMF;
}

/*
 * A PMD that the catalogue does not have, from what the memory states: Fibre Channel, a channel of
 * a DWDM grid, a vendor's own. Its lanes pass on what the host sends.
 */
static void make_pmd(const struct lw_facts *f, const struct lw_form *form, struct lw_pmd *ret)
{
	double slack = f->wavelength_tolerance_nm > 0 ? f->wavelength_tolerance_nm : 10;

	*ret = (struct lw_pmd){
		.name = "not catalogued",
		.medium = medium_of(f),
		.topology = LW_TOPO_PARALLEL,
		.lanes = form->lanes,
		.fibres = (uint8_t)(2 * form->lanes),
		.fec = "",
		.connector = "",
		.splits = "",
		.ref = "",
		.confidence = "low",
	};
	if (!(f->wavelength_nm > 0))
		return;
	ret->wave_n = 1;
	ret->wave[0].low_pm = (uint32_t)((f->wavelength_nm - slack) * 1e3);
	ret->wave[0].high_pm = (uint32_t)((f->wavelength_nm + slack) * 1e3);
}

static void set_levels(struct lw_levels *ret, const struct lw_limits *l)
{
	*ret = (struct lw_levels){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
	if (l->stated)
		*ret = (struct lw_levels){l->high_alarm, l->low_alarm, l->high_warning,
					  l->low_warning};
}

/* The limits that the memory states, under the name whose light shines in such a module. */
static void make_limits(const struct lw_facts *f, const struct lw_pmd *pmd,
			struct lw_thresholds *ret)
{
	*ret = (struct lw_thresholds){
		.name = pmd ? lw_medium_name(pmd->medium) : "SMF", .ref = "", .confidence = "high"};
	set_levels(&ret->temperature_c, &f->limits[LW_Q_TEMPERATURE]);
	set_levels(&ret->vcc_v, &f->limits[LW_Q_VCC]);
	set_levels(&ret->tx_bias_ma, &f->limits[LW_Q_TX_BIAS]);
	set_levels(&ret->tx_power_mw, &f->limits[LW_Q_TX_POWER]);
	set_levels(&ret->rx_power_mw, &f->limits[LW_Q_RX_POWER]);
}

static void make_apps(const struct lw_facts *f, struct lw_part *ret)
{
	for (unsigned i = 0; i < f->app_n && ret->app_n < LW_PART_APPS_MAX; i++) {
		const struct lw_app *a = &f->app[i];

		if (!a->after_gap)
			ret->app[ret->app_n++] = (struct lw_part_app){
				a->host_id,
				a->media_id,
				a->host_lanes,
				a->media_lanes,
				a->host_assign,
				(uint8_t)(a->media_assign < 0 ? a->host_assign : a->media_assign)};
	}
}

/* Several instances of one wavelength-division application are as many receptacles. */
static unsigned receptacles_of(const struct lw_ability *a)
{
	if (!a || a->pmd->topology != LW_TOPO_WDM || !a->media_first)
		return 1;
	return (unsigned)__builtin_popcount(a->media_first);
}

static void make_part(const struct lw_facts *f, const char *name, struct made *ret)
{
	struct lw_ability abilities[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(f, abilities);
	const struct lw_ability *a = whole(abilities, n);
	struct lw_part *p = &ret->part;
	bool passive = f->cable && strcmp(f->cable, "passive copper") == 0;

	*p = (struct lw_part){
		.name = name,
		.doc = "a module known by its memory",
		.form = form_of(f),
		.map = f->map,
		.identifier = (uint8_t)f->identifier,
		.media_type = (uint8_t)(f->media_type < 0 ? 0 : f->media_type),
		.connector = (uint8_t)(f->connector < 0 ? 0 : f->connector),
		.flat = passive || (f->map == LW_MAP_CMIS && f->flat_memory),
		.power_w = f->max_power_w > 0 ? f->max_power_w : 0,
		.wave_pm = f->wavelength_nm > 0 ? (uint32_t)lround(f->wavelength_nm * 1e3) : 0,
		.ref = "",
		.confidence = "high",
	};
	make_apps(f, p);
	if (!f->cable) {
		p->receptacles = (uint8_t)receptacles_of(a);
		p->pmd = a ? a->pmd : &ret->pmd;
		if (!a)
			make_pmd(f, p->form, &ret->pmd);
	} else if (passive && a) {
		p->pmd = a->pmd;
	}
	if (!passive) {
		make_limits(f, p->pmd, &ret->limits);
		p->limits = &ret->limits;
	}
}

int lw_lab_part(const struct lw_image *img, const char *name, struct lw_arena *arena,
		const struct lw_part **ret, struct lw_error *reterr)
{
	struct made *m = lw_arena_alloc(arena, sizeof(*m));
	struct lw_facts *facts = lw_arena_alloc(arena, sizeof(*facts));
	const char *copy = lw_arena_strdup(arena, name);
	struct lw_view v;

	if (!m || !facts || !copy)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (img->map != LW_MAP_CMIS && img->map != LW_MAP_SFF8636 && img->map != LW_MAP_SFF8472)
		return lw_fail(reterr, LW_ENOTSUP, "%s: no virtual module has the memory map %s",
			       name, lw_map_name(img->map));
	lw_image_view(img, &v);
	lw_facts_decode(&v, facts);
	make_part(facts, copy, m);
	*ret = &m->part;
	return 0;
}
