/* SPDX-License-Identifier: Apache-2.0 */
/* What a memory announces against what is in it: pages, lanes, monitors. */
#include "check-internal.h"

#include <lanewise/interface.h>
#include <stdio.h>
#include <string.h>

/* Pages that a bit announces; those of NEED_PAGED go with paged memory. */
#define NEED_PAGED 0xffff

struct page {
	uint8_t map, slot;
	uint16_t need; /* field that announces it */
};

/* clang-format off */
static const struct page pages[] = {
	{LW_MAP_CMIS, LW_CMIS_SLOT_01H, NEED_PAGED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_02H, NEED_PAGED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_10H, NEED_PAGED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_11H, NEED_PAGED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_03H, LW_CMIS_PAGE_03H_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_04H, LW_CMIS_TRANSMITTER_IS_TUNABLE},
	{LW_MAP_CMIS, LW_CMIS_SLOT_12H, LW_CMIS_TRANSMITTER_IS_TUNABLE},
	{LW_MAP_CMIS, LW_CMIS_SLOT_13H, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_14H, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_15H, LW_CMIS_TIMING_PAGE_15H_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_16H, LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_2FH, LW_CMIS_VDM_PAGES_SUPPORTED},
	{LW_MAP_CMIS, LW_CMIS_SLOT_9FH, LW_CMIS_CDB_INSTANCES_SUPPORTED},
	{LW_MAP_SFF8636, LW_SFF8636_SLOT_01H, LW_SFF8636_PAGE_01H_PRESENT},
	{LW_MAP_SFF8636, LW_SFF8636_SLOT_02H, LW_SFF8636_PAGE_02H_PRESENT},
	{LW_MAP_SFF8636, LW_SFF8636_SLOT_20H, LW_SFF8636_PAGES_20H_21H_PRESENT},
	{LW_MAP_SFF8636, LW_SFF8636_SLOT_21H, LW_SFF8636_PAGES_20H_21H_PRESENT},
	{LW_MAP_SFF8472, LW_SFF8472_SLOT_A2, LW_SFF8472_DDM_IMPLEMENTED},
	{LW_MAP_SFF8472, LW_SFF8472_SLOT_A2_02, LW_SFF8472_TUNABLE},
};
/* clang-format on */

static bool says(const struct check *c, uint16_t id)
{
	int64_t raw;

	return lw_field_get(&lw_map_fields(c->m->map, NULL)[id], 0, &c->v, &raw) == 0 && raw != 0;
}

static bool is_announced(const struct check *c, const struct page *p)
{
	if (c->m->map == LW_MAP_CMIS && c->facts->flat_memory)
		return false;
	return p->need == NEED_PAGED || says(c, p->need);
}

/* Pages that may hold anything: user memory as it left the factory, results of nothing measured. */
static bool is_content_free(const struct page *p)
{
	static const struct {
		uint8_t map, slot;
	} any[] = {{LW_MAP_CMIS, LW_CMIS_SLOT_03H},
		   {LW_MAP_CMIS, LW_CMIS_SLOT_14H},
		   {LW_MAP_CMIS, LW_CMIS_SLOT_9FH},
		   {LW_MAP_SFF8636, LW_SFF8636_SLOT_02H}};

	for (size_t i = 0; i < sizeof(any) / sizeof(*any); i++)
		if (any[i].map == p->map && any[i].slot == p->slot)
			return true;
	return false;
}

/* Announced, but not there: a dump that ends before the page, or (`fill`) FFh in its place. */
static void check_absent(struct check *c, bool fill)
{
	const struct lw_slot *s = lw_map_slots(c->m->map, NULL);

	lw_check_list_clear(c);
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		const struct page *p = &pages[i];
		bool inside;

		if (p->map != c->m->map || !is_announced(c, p) || c->raw.slot[0][p->slot])
			continue;
		inside = lw_memory_offset(c->m->map, 0, p->slot) + SLOT_BYTES <= c->m->n;
		if (inside == fill && !(fill && is_content_free(p)))
			lw_check_list(c, "%s", s[p->slot].name);
	}
	if (c->listed)
		lw_check_add(c, "page-absent", fill ? LW_RISK : LW_INFO,
			     fill ? "read them from the module again"
				  : "dump all pages if you need what they say",
			     lw_check_ref(c, "CMIS 5.4 Tables 8-4 and 8-44",
					  "SFF-8636 2.11 Tables 6-2 and 6-22",
					  "SFF-8472 12.4.3 Tables 8-5 and 8-6"),
			     "the module announces %s; %s", lw_check_list_end(c),
			     fill ? "the dump holds only FFh there" : "the dump ends before");
}

static bool is_blank(const uint8_t *p)
{
	for (unsigned i = 1; i < SLOT_BYTES; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

/* There, but not announced. One byte repeated is how drivers and modules fill. */
static void check_unannounced(struct check *c)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(c->m->map, &n);

	lw_check_list_clear(c);
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < n; i++) {
			const uint8_t *p = c->raw.slot[b][i];

			if (!p || c->m->valid[b][i] || is_blank(p))
				continue;
			if (b)
				lw_check_list(c, "%s of bank %u", s[i].name, b);
			else
				lw_check_list(c, "%s", s[i].name);
		}
	if (c->listed)
		lw_check_add(c, "page-unannounced", LW_INFO,
			     "do not decode it: a driver may have repeated another page",
			     lw_check_ref(c, "CMIS 5.4 Tables 8-4 and 8-44",
					  "SFF-8636 2.11 Tables 6-2 and 6-22",
					  "SFF-8472 12.4.3 Tables 8-5 and 8-6"),
			     "the dump holds what the module does not announce: page %s",
			     lw_check_list_end(c));
}

void lw_check_pages(struct check *c)
{
	check_absent(c, true);
	check_absent(c, false);
	check_unannounced(c);
}

static void check_side(struct check *c, const struct lw_app *a, const char *side, unsigned lanes,
		       const struct lw_interface *i)
{
	if (!lanes)
		lw_check_add(c, "lanes", LW_RISK, "do not select this application",
			     "CMIS 5.4, 6.2.1.4", "application %u has no %s lane", a->apsel, side);
	else if (i && i->lanes && i->lanes != lanes)
		lw_check_add(c, "lanes", LW_RISK, "do not select this application", i->ref,
			     "application %u runs %s over %u %s lane%s; the interface has %u",
			     a->apsel, i->name, lanes, side, lanes > 1 ? "s" : "", i->lanes);
}

/* Media lanes that application `a` may use. */
static unsigned media_lanes(const struct lw_app *a)
{
	unsigned mask = 0;

	for (unsigned first = 0; first < 8 && a->media_assign > 0; first++)
		if (a->media_assign >> first & 1)
			mask |= ((1u << a->media_lanes) - 1u) << first;
	return mask & 0xffu;
}

void lw_check_lanes(struct check *c)
{
	const struct lw_facts *f = c->facts;
	enum lw_code_table media = lw_media_table((unsigned)f->media_type);

	for (unsigned i = 0; f->map == LW_MAP_CMIS && i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];
		unsigned gone;

		if (a->after_gap || !a->host_id)
			continue;
		check_side(c, a, "host", a->host_lanes,
			   lw_interface_find(LW_CODES_SFF8024_HOST, a->host_id));
		/* a cable's media lanes may be counted as 0: nothing can be plugged there */
		if (a->media_lanes)
			check_side(c, a, "media", a->media_lanes,
				   media == LW_CODES_NONE ? NULL
							  : lw_interface_find(media, a->media_id));
		gone = f->media_unsupported > 0 ? media_lanes(a) & (unsigned)f->media_unsupported
						: 0;
		if (gone)
			lw_check_add(
				c, "lanes", LW_RISK, "do not start the application there",
				"CMIS 5.4 Table 8-36",
				"application %u may use media lane %u, which the module says it "
				"does not have",
				a->apsel, (unsigned)__builtin_ctz(gone) + 1);
	}
}

static void check_monitor(struct check *c, unsigned q)
{
	static const char *const names[LW_Q_N] = {"temperature", "supply voltage", "bias current",
						  "transmit power", "receive power"};
	const struct lw_limits *l = &c->facts->limits[q];
	const char *ref = lw_check_ref(c, "CMIS 5.4 Tables 8-64 and 8-65",
				       "SFF-8636 2.11 Table 6-28", "SFF-8472 12.4.3 Table 9-5");

	if (!l->stated)
		return;
	if (l->high_alarm == 0 && l->low_alarm == 0 && l->high_warning == 0 &&
	    l->low_warning == 0) {
		if (c->facts->monitor[q])
			lw_check_add(c, "thresholds-zero", LW_RISK,
				     "do not alarm on the module's own thresholds", ref,
				     "the module monitors its %s, but all its thresholds are 0",
				     names[q]);
	} else if (l->high_alarm == l->low_alarm) {
		lw_check_add(c, "thresholds", LW_RISK,
			     "do not alarm on the module's own thresholds", ref,
			     "thresholds of %s leave no range: both alarms are %g", names[q],
			     l->high_alarm);
	}
}

void lw_check_monitors(struct check *c)
{
	for (unsigned q = 0; q < LW_Q_N; q++)
		check_monitor(c, q);
}
