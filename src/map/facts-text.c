/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/facts.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Connector codes that name no connector (SFF-8024 4.13 Table 4-3). */
enum { CONNECTOR_UNKNOWN = 0x00, CONNECTOR_NOT_SEPARABLE = 0x23 };

/* MediaType codes of optical modules (CMIS 5.4 Table 8-20). */
enum { MEDIA_MMF = 1, MEDIA_SMF = 2 };

#define SPLITS_SHOWN 4

/* A text in the caller's memory; what does not fit is cut and noted. */
struct line {
	char *s;
	size_t size, n;
	bool cut;
};

static void put(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *fmt, ...)
{
	size_t room = l->size - l->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->s + l->n, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		l->n = l->size - 1;
		l->cut = true;
		return;
	}
	l->n += (size_t)n;
}

/* "400G", "1.6T", "2.5G" */
static void put_rate(struct line *l, uint32_t mbps)
{
	bool tera = mbps >= 1000000;
	uint32_t whole = mbps / (tera ? 1000000 : 1000);
	uint32_t tenth = mbps / (tera ? 100000 : 100) % 10;

	if (tenth)
		put(l, "%u.%u%c", whole, tenth, tera ? 'T' : 'G');
	else
		put(l, "%u%c", whole, tera ? 'T' : 'G');
}

static void put_metres(struct line *l, double m)
{
	if (m >= 1000)
		put(l, "%g km", m / 1000);
	else
		put(l, "%g m", m);
}

static unsigned instances(const struct lw_ability *a)
{
	return (unsigned)__builtin_popcount(a->host_first);
}

/* Is `a` more of what the module is than `b`: by rate, known media, least divided? */
static bool is_more(const struct lw_ability *a, const struct lw_ability *b)
{
	uint64_t rate_a = (uint64_t)a->rate_mbps * instances(a);
	uint64_t rate_b = (uint64_t)b->rate_mbps * instances(b);

	if (rate_a != rate_b)
		return rate_a > rate_b;
	if (!a->pmd != !b->pmd)
		return a->pmd != NULL;
	return instances(a) < instances(b);
}

/* The ability that names the module, the first of equals; NULL if there is none. */
static const struct lw_ability *main_ability(const struct lw_ability *a, size_t n)
{
	const struct lw_ability *best = n ? a : NULL;

	for (size_t i = 1; i < n; i++)
		if (is_more(&a[i], best))
			best = &a[i];
	return best;
}

/* "800GBASE-DR8" is called 800G-DR8. */
static void put_name(struct line *l, const char *name)
{
	const char *base = strstr(name, "GBASE-");

	if (base)
		put(l, "%.*sG-%s", (int)(base - name), name, base + strlen("GBASE-"));
	else
		put(l, "%s", name);
}

static void put_title(struct line *l, const struct lw_ability *a)
{
	const char *name = a->pmd ? a->pmd->name : a->media ? a->media->name : NULL;

	if (instances(a) > 1)
		put(l, "%ux", instances(a));
	if (name)
		put_name(l, name);
	else if (a->rate_mbps)
		put_rate(l, a->rate_mbps);
	else if (a->host)
		put(l, "%s", a->host->name);
	else
		put(l, "%u-lane", a->host_lanes);
	put(l, " ");
}

static void put_kind(struct line *l, const struct lw_facts *f)
{
	if (f->cable) {
		put(l, " %s cable", f->cable);
		if (!isnan(f->cable_length_m)) {
			put(l, " ");
			put_metres(l, f->cable_length_m);
		}
	} else if (isnan(f->wavelength_nm) && f->media_type != MEDIA_MMF &&
		   f->media_type != MEDIA_SMF) {
		put(l, " module");
	}
}

static void put_lane_group(struct line *l, unsigned lanes, uint32_t rate_mbps,
			   enum lw_modulation modulation)
{
	put(l, "%u x ", lanes);
	put_rate(l, rate_mbps / lanes);
	if (modulation != LW_MOD_NONE)
		put(l, " %s", lw_modulation_name(modulation));
}

/* What runs on the fibre or the wires; the host's side too where a gearbox makes it another. */
static void put_lanes(struct line *l, const struct lw_ability *a)
{
	unsigned n = instances(a), media = a->media_lanes;
	enum lw_modulation modulation = a->media ? a->media->modulation : LW_MOD_NONE;

	if (!a->rate_mbps)
		return;
	if (a->pmd) {
		media = a->pmd->lanes;
		modulation = a->pmd->modulation;
	}
	if (!media)
		media = a->host_lanes;
	if (media == a->host_lanes && modulation == LW_MOD_NONE)
		modulation = a->host_modulation;
	if (media) {
		put(l, ", ");
		put_lane_group(l, media * n, a->rate_mbps * n, modulation);
	}
	if (a->host_lanes && media != a->host_lanes) {
		put(l, " (host ");
		put_lane_group(l, a->host_lanes * n, a->rate_mbps * n, a->host_modulation);
		put(l, ")");
	}
}

static void put_reach(struct line *l, const struct lw_facts *f)
{
	if (!isnan(f->length_smf_m)) {
		put(l, ", SMF ");
		put_metres(l, f->length_smf_m);
		return;
	}
	for (int g = LW_OM5; g >= LW_OM1; g--) {
		if (isnan(f->length_om_m[g]))
			continue;
		put(l, ", %s ", lw_grade_name((enum lw_grade)g));
		put_metres(l, f->length_om_m[g]);
		return;
	}
}

/* The ways to divide the module that are not its main one, each once. */
static void put_splits(struct line *l, const struct lw_ability *a, size_t n,
		       const struct lw_ability *best)
{
	unsigned shown = 0;

	for (size_t i = 0; i < n && shown < SPLITS_SHOWN; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= a[k].rate_mbps == a[i].rate_mbps &&
				instances(&a[k]) == instances(&a[i]);
		if (seen || instances(&a[i]) < 2 || !a[i].rate_mbps ||
		    (a[i].rate_mbps == best->rate_mbps && instances(&a[i]) == instances(best)))
			continue;
		put(l, "%s%ux", shown++ ? ", " : ", splits to ", instances(&a[i]));
		put_rate(l, a[i].rate_mbps);
	}
}

int lw_facts_summary(const struct lw_facts *f, char *ret, size_t size)
{
	struct lw_ability a[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(f, a);
	const struct lw_ability *best = main_ability(a, n);
	const char *connector;
	struct line l = {ret, size, 0, false};

	if (!size)
		return LW_ELIMIT;
	if (best)
		put_title(&l, best);
	put(&l, "%s", f->form_factor ? f->form_factor : lw_map_name(f->map));
	put_kind(&l, f);
	if (best)
		put_lanes(&l, best);
	put_reach(&l, f);
	connector = f->connector == LW_NONE || f->connector == CONNECTOR_UNKNOWN ||
				    f->connector == CONNECTOR_NOT_SEPARABLE
			    ? NULL
			    : lw_code_name(LW_CODES_SFF8024_CONN, (unsigned)f->connector);
	if (connector)
		put(&l, ", %s", connector);
	if (f->max_power_w > 0)
		put(&l, ", %g W", f->max_power_w);
	if (best)
		put_splits(&l, a, n, best);
	return l.cut ? LW_ELIMIT : 0;
}
