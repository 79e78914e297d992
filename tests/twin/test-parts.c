/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <lanewise/interface.h>

/*
 * Every part of the catalogue as a twin: two of a kind, joined, come up by themselves with every
 * lane valid and no flag set. Proves that the memory that is made for a part, its light and its
 * thresholds fit together.
 */

struct pair {
	struct lw_world *w;
	struct lw_twin *a, *b;
	const struct lw_part *part;
};

/* What a host must drive for the module's default application. */
static struct lw_signal wanted(const struct lw_part *p, unsigned *ret_lanes)
{
	struct lw_signal s = {.fec = "RS(544,514)", .baud_kbd = 25781250, .modulation = LW_NRZ};
	const struct lw_interface *host = NULL;

	*ret_lanes = p->form->lanes;
	if (p->map == LW_MAP_CMIS && p->app_n) {
		host = lw_interface_find(LW_CODES_SFF8024_HOST, p->app[0].host_id);
		*ret_lanes = 0; /* as many instances as fit */
		for (unsigned i = 0; i < 8; i++)
			if (p->app[0].host_assign >> i & 1)
				*ret_lanes = i + p->app[0].host_lanes;
		assert_non_null(host);
		s.baud_kbd = host->baud_kbd;
		s.modulation = host->modulation;
	} else if (p->pmd && p->pmd->lanes >= *ret_lanes) {
		s.baud_kbd = p->pmd->baud_kbd;
		s.modulation = p->pmd->modulation;
	}
	return s;
}

/* Read lower memory and page 11h once: every flag in them is cleared by it. */
static void read_flags(const struct pair *p, uint8_t half[2][128], struct lw_view *ret)
{
	int slot[2] = {lw_map_slot(p->part->map, 0x50, 0, false),
		       lw_map_slot(p->part->map, 0x50, 0x11, true)};

	*ret = (struct lw_view){.map = p->part->map};
	for (unsigned i = 0; i < 2; i++) {
		struct lw_addr a = {0x50, 0, i ? 0x11 : 0, i ? 128 : 0};

		if (slot[i] >= 0 && !lw_bus_read(lw_twin_bus(p->a), a, half[i], 128, NULL))
			ret->slot[0][slot[i]] = half[i];
	}
}

/* Read away what coming up has left, wait, and see that nothing comes back. */
static void check_flags(struct pair *p)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(p->part->map, &n);
	uint8_t half[2][128];
	struct lw_view v;
	int64_t raw;

	read_flags(p, half, &v);
	pass(p->w, 5000);
	read_flags(p, half, &v);
	for (size_t i = 0; i < n; i++)
		for (unsigned lane = 0; f[i].access == LW_RO_COR && lane < f[i].lanes; lane++)
			if (!lw_field_get(&f[i], lane, &v, &raw) && raw)
				fail_msg("%s: %s of lane %u is set", p->part->name, f[i].name,
					 lane + 1);
}

static void part_pair_comes_up(void **state)
{
	struct pair p = {.part = *state};
	const struct lw_pmd *pmd = p.part->pmd;
	/* A receiver for long reach is blinded by a short fibre. */
	double loss_db = strstr(p.part->name, "ER4") ? 10 : 0.5;
	unsigned lanes, joined;
	struct lw_signal s = wanted(p.part, &lanes), got;

	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	p.a = plug(p.w, "a", p.part, NULL, false);
	p.b = plug(p.w, "b", p.part, NULL, false);
	joined = p.part->receptacles && pmd && pmd->lanes < lanes ? pmd->lanes : lanes;
	join_all(p.w, p.a, p.b, joined, pmd ? pmd->medium : LW_COPPER, loss_db);
	drive_all(p.a, lanes, s.baud_kbd, s.modulation);
	drive_all(p.b, lanes, s.baud_kbd, s.modulation);
	pass(p.w, 30000);
	if (p.part->map == LW_MAP_SFF8636 && !p.part->flat) { /* classes 5 to 8 wait for the host */
		put_byte(p.a, -1, 93, 0x0c);
		put_byte(p.b, -1, 93, 0x0c);
		pass(p.w, 2000);
	}
	for (unsigned i = 0; i < lanes; i++)
		if (!lw_twin_receive(p.a, i, &got) || got.from != p.b || got.from_lane != i)
			fail_msg("%s: lane %u is not valid", p.part->name, i + 1);
	if (p.part->map != LW_MAP_SFF8472)
		check_flags(&p);
	lw_world_destroy(p.w);
}

int main(void)
{
	size_t n;
	const struct lw_part *parts = lw_parts(&n);
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int r;

	assert_non_null(tests);
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){.name = parts[i].name,
					       .test_func = part_pair_comes_up,
					       .initial_state = (void *)(uintptr_t)&parts[i]};
	r = _cmocka_run_group_tests("parts", tests, n, NULL, NULL);
	free(tests);
	return r;
}
