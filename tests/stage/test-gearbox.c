/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every cable of the catalogue with gearboxes, in every mode that its plugs offer: all its legs
 * come up on twins, and what one lane lacks is missed by its link alone.
 */
#include <lanewise/interface.h>
#include <lanewise/stage.h>
#include <lanewise/why.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

struct bench {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_stage stage;
	struct lw_mono now;
};

static void run(struct bench *x, unsigned ms)
{
	struct lw_mono until = lw_mono_add(x->now, lw_ms(ms));

	for (;;) {
		struct lw_mono next = lw_stage_run(&x->stage, x->now);

		if (lw_mono_before(until, next))
			break;
		x->now = next;
	}
	x->now = until;
	lw_stage_run(&x->stage, x->now);
}

/* Cable `c` with its head as application `a` wants it, the ports dealt out to the legs. */
static struct bench *stage(const struct lw_part *c, const struct lw_part_app *a, const char *more)
{
	const struct lw_interface *host = lw_interface_find(LW_CODES_SFF8024_HOST, a->host_id);
	unsigned legs = c->far_n, each = c->head_lanes / a->host_lanes, n;
	unsigned gbps = host->rate_mbps / 1000;
	struct bench *x = calloc(1, sizeof(*x));
	struct lw_error e;
	char text[2000];

	assert_non_null(x);
	n = (unsigned)snprintf(text, sizeof(text),
			       "fabric: t\ndevices:\n"
			       "  a: {cages: {p: {form: %s, mode: %ux%uG(%u)}}}\n",
			       c->form->name, legs * each, gbps, legs * c->head_lanes);
	for (unsigned i = 1; i <= legs; i++)
		n += (unsigned)snprintf(text + n, sizeof(text) - n,
					"  b%u: {cages: {p: {form: %s, mode: %ux%uG(%u)%s}}}\n", i,
					c->far->form->name, each, gbps, c->far_lanes, more);
	n += (unsigned)snprintf(text + n, sizeof(text) - n,
				"cables:\n  - {id: c, part: %s, length_m: %g, a: a/p, b: [",
				c->name, c->length_m);
	for (unsigned i = 1; i <= legs; i++)
		n += (unsigned)snprintf(text + n, sizeof(text) - n, "%sb%u/p", i > 1 ? ", " : "",
					i);
	snprintf(text + n, sizeof(text) - n, "]}\n");
	lw_arena_init(&x->arena, 0);
	if (lw_fabric_load(text, strlen(text), c->name, &x->arena, &x->fabric, &e) ||
	    lw_fabric_resolve(&x->fabric, NULL, NULL, &e) ||
	    lw_stage_init(&x->stage, &x->fabric, 1, &e))
		fail_msg("%s: %s", text, e.message);
	assert_int_equal(x->fabric.link_n, legs * each);
	return x;
}

static void end(struct bench *x)
{
	lw_stage_finish(&x->stage);
	lw_arena_finish(&x->arena);
	free(x);
}

/* Links that are not up, as a mask. */
static unsigned missing(const struct bench *x)
{
	unsigned mask = 0;

	for (size_t i = 0; i < x->fabric.link_n; i++)
		mask |= (unsigned)(x->stage.engine.link[i].state != LW_LINK_UP) << i;
	return mask;
}

static bool has_cause(struct bench *x, size_t link, const char *name, enum lw_why_place place)
{
	struct lw_why_host host = lw_stage_host(&x->stage);
	struct lw_diagnosis *d = calloc(1, sizeof(*d));
	bool found = false;

	assert_non_null(d);
	assert_int_equal(lw_why(&x->stage.engine, link, &host, &x->arena, d, NULL), 0);
	for (size_t i = 0; i < d->cause_n; i++)
		found = found || (!strcmp(d->cause[i].name, name) && d->cause[i].place == place);
	if (!found)
		for (size_t i = 0; i < d->cause_n; i++)
			print_message("# %s: %s at %d\n", x->fabric.links[link].id,
				      d->cause[i].name, (int)d->cause[i].place);
	free(d);
	return found;
}

/* Does the plug tell Tx LOS and take Tx disable? The SFF-8636 copper of the catalogue does neither.
 */
static bool minds_its_host(const struct bench *x, int cage)
{
	return x->fabric.cages[cage].facts->map == LW_MAP_CMIS;
}

/* One lane of the host falls silent: its link goes, for want of that lane, and no other. */
static void check_silent_lane(struct bench *x, size_t link, int e, unsigned lane)
{
	const struct lw_flink *l = &x->fabric.links[link];
	int cage = l->cage[e];
	const struct lw_lport *p = &x->stage.lab.cage[cage].mode.port[l->port[e]];

	lw_twin_drive(x->stage.lab.twin[cage], p->first + lane, NULL);
	run(x, 3000);
	assert_int_equal(missing(x), 1u << link);
	/* a plug without Tx LOS leaves it to the other one to miss the pair */
	if (minds_its_host(x, cage))
		assert_true(has_cause(x, link, "host-silent", e ? LW_WHY_B : LW_WHY_A));
	else
		assert_true(has_cause(x, link, "no-lock", e ? LW_WHY_A : LW_WHY_B));
	lw_lab_drive(&x->stage.lab, cage, &x->stage.lab.cage[cage].mode);
	run(x, 20000);
	assert_int_equal(missing(x), 0);
}

static void check_cable(const struct lw_part *c, const struct lw_part_app *a)
{
	struct bench *x = stage(c, a, "");

	for (size_t i = 0; i < x->fabric.link_n; i++)
		assert_int_equal(x->fabric.links[i].verdict, LW_UP);
	run(x, 20000);
	assert_int_equal(missing(x), 0);
	for (size_t i = 0; i < x->fabric.link_n; i++)
		for (int e = 0; e < 2; e++) {
			const struct lw_flink *l = &x->fabric.links[i];
			unsigned n = x->fabric.cages[l->cage[e]].mode.port[l->port[e]].lanes;

			check_silent_lane(x, i, e, 0);
			check_silent_lane(x, i, e, n - 1);
		}
	end(x);
}

/* Call `check` for each cable with gearboxes in each mode of its head. @return how many */
static unsigned each_gearbox(void (*check)(const struct lw_part *, const struct lw_part_app *))
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; p[i].head_lanes != p[i].far_lanes && k < p[i].app_n; k++) {
			print_message("# %s, application %u\n", p[i].name, k + 1);
			check(&p[i], &p[i].app[k]);
			count++;
		}
	return count;
}

/* Links of leg 1 as a mask: those of the first far cage. */
static unsigned of_first_leg(const struct bench *x)
{
	int leg = lw_fabric_cage_find(&x->fabric, "b1/p");
	unsigned mask = 0;

	assert_true(leg >= 0);
	for (size_t i = 0; i < x->fabric.link_n; i++)
		mask |= (unsigned)(x->fabric.links[i].cage[1] == leg) << i;
	return mask;
}

static void check_leg(const struct lw_part *c, const struct lw_part_app *a)
{
	static const char *const faults[] = {"cut:b1/p", "dark:b1/p", "unplug:b1/p"};
	struct bench *x = stage(c, a, "");

	run(x, 20000);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct lw_lab_fault fault;

		assert_int_equal(lw_lab_fault_parse(&x->fabric, faults[i], &fault, NULL), 0);
		assert_int_equal(lw_stage_fault(&x->stage, &fault, x->now, NULL), 0);
		run(x, 3000);
		assert_int_equal(missing(x), of_first_leg(x));
		assert_int_equal(lw_stage_mend(&x->stage, &fault, NULL), 0);
		run(x, 30000);
		assert_int_equal(missing(x), 0);
	}
	end(x);
}

/* Does any lane of the link's port at end `e` bring its host a signal? */
static bool lit(const struct bench *x, size_t link, int e)
{
	const struct lw_flink *l = &x->fabric.links[link];
	const struct lw_lport *p = &x->fabric.cages[l->cage[e]].mode.port[l->port[e]];
	struct lw_signal s;

	for (unsigned k = p->first; k < (unsigned)p->first + p->lanes; k++)
		if (lw_twin_receive(x->stage.lab.twin[l->cage[e]], k, &s))
			return true;
	return false;
}

static void check_off(const struct lw_part *c, const struct lw_part_app *a)
{
	struct bench *x = stage(c, a, "");

	run(x, 20000);
	for (size_t i = 0; i < x->fabric.link_n; i++) {
		lw_engine_want(&x->stage.engine, i, false, x->now);
		run(x, 5000);
		assert_int_equal(missing(x), 1u << i);
		for (int e = 0; e < 2; e++) /* some plugs have nothing to be silenced by */
			assert_int_equal(lit(x, i, e),
					 !minds_its_host(x, x->fabric.links[i].cage[!e]));
		lw_engine_want(&x->stage.engine, i, true, x->now);
		run(x, 20000);
		assert_int_equal(missing(x), 0);
	}
	end(x);
}

static void gearbox_is_dark_on_a_leg_that_is_switched_off(void **state)
{
	(void)state;
	assert_true(each_gearbox(check_off) >= 3);
}

static void gearbox_keeps_what_befalls_one_leg_from_the_others(void **state)
{
	(void)state;
	assert_true(each_gearbox(check_leg) >= 3);
}

/* Hosts that run no code where the plug of their leg wants one: no carrier, as the check says. */
static void check_code(const struct lw_part *c, const struct lw_part_app *a)
{
	struct bench *x = stage(c, a, ", fec: none");

	run(x, 20000);
	for (size_t i = 0; i < x->fabric.link_n; i++)
		assert_int_equal(x->fabric.links[i].verdict, LW_DOWN);
	assert_int_equal(missing(x), (1u << x->fabric.link_n) - 1);
	end(x);
}

static void gearbox_wants_the_code_of_each_side(void **state)
{
	(void)state;
	assert_true(each_gearbox(check_code) >= 3);
}

/* The world goes on, and the engine, which would mend what a test does to a link, looks away. */
static void pass(struct bench *x)
{
	x->now = lw_mono_add(x->now, lw_ms(1000));
	lw_world_advance(x->stage.lab.world, x->now);
}

static void put(struct bench *x, int cage, unsigned page, unsigned byte, uint8_t value)
{
	struct lw_addr at = {0x50, 0, (uint8_t)page, (uint8_t)byte};

	assert_int_equal(lw_bus_write(x->stage.lab.bus[cage], at, &value, 1, NULL), 0);
	pass(x);
}

static uint8_t get(const struct bench *x, int cage, unsigned page, unsigned byte)
{
	struct lw_addr at = {0x50, 0, (uint8_t)page, (uint8_t)byte};
	uint8_t value;

	assert_int_equal(lw_bus_read(x->stage.lab.bus[cage], at, &value, 1, NULL), 0);
	return value;
}

/* A pattern that one plug sends on its media lanes is found on the pairs of the leg by the other.
 */
static void gearbox_passes_patterns_from_pair_to_pair(void **state)
{
	const struct lw_part *c = lw_part_find("AEC-OSFP-2xQSFP-DD");
	struct lw_signal s;
	struct bench *x;
	int head, leg;

	(void)state;
	assert_non_null(c);
	x = stage(c, &c->app[0], "");
	head = lw_fabric_cage_find(&x->fabric, "a/p");
	leg = lw_fabric_cage_find(&x->fabric, "b2/p");
	run(x, 20000);
	put(x, leg, 0x13, 168, 0x0f); /* media checkers: nobody sends yet */
	assert_int_equal(get(x, leg, 0x14, 139), 0x0f);
	put(x, head, 0x13, 152, 0xf0); /* media generators of lanes 5-8: leg 2 */
	get(x, leg, 0x14, 139);
	pass(x);
	assert_int_equal(get(x, leg, 0x14, 139), 0);
	assert_false(lw_twin_receive(x->stage.lab.twin[leg], 0, &s)); /* that is no traffic */
	put(x, head, 0x13, 152, 0);
	assert_true(lw_twin_receive(x->stage.lab.twin[leg], 0, &s));
	put(x, leg, 0x13, 181, 0x02); /* pair 2 turned round at its receiver */
	for (unsigned i = 0; i < 4; i++) {
		assert_true(lw_twin_receive(x->stage.lab.twin[head], 4 + i, &s));
		assert_ptr_equal(s.from, x->stage.lab.twin[i == 1 ? head : leg]);
		assert_int_equal(s.from_lane, i == 1 ? 5 : 2 * i);
	}
	end(x);
}

static void gearbox_of_each_cable_brings_up_each_leg(void **state)
{
	(void)state;
	assert_true(each_gearbox(check_cable) >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gearbox_of_each_cable_brings_up_each_leg),
		cmocka_unit_test(gearbox_is_dark_on_a_leg_that_is_switched_off),
		cmocka_unit_test(gearbox_keeps_what_befalls_one_leg_from_the_others),
		cmocka_unit_test(gearbox_wants_the_code_of_each_side),
		cmocka_unit_test(gearbox_passes_patterns_from_pair_to_pair),
	};

	return cmocka_run_group_tests_name("gearbox", tests, NULL, NULL);
}
