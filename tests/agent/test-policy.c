/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the catalogue's 800G-SR8 draws at most. */
static double power_of(const struct sim *s)
{
	return s->fabric.cages[0].facts->max_power_w;
}

/* Not in high power since it was plugged. */
static void assert_kept_low(const struct sim *s, const char *cage)
{
	int i = sim_cage(s, cage);
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(s->lab.twin[i], &n);

	for (size_t k = 0; k < n; k++)
		assert_false(e[k].lane < 0 && (e[k].state == 2 || e[k].state == 3));
}

static void policy_refuses(const struct lw_policy *p, const char *rule)
{
	struct sim s;

	sim_face_to_face(&s, "2x400G");
	lw_engine_policy(&s.engine, p, s.now);
	sim_settle(&s);
	sim_pass(&s, 60000);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(s.engine.link[i].state, LW_LINK_DOWN);
		assert_true(sim_explains(&s, (size_t)i, rule));
	}
	assert_true(sim_explains_cage(&s, "a/p", rule));
	assert_kept_low(&s, "a/p");
	assert_kept_low(&s, "b/p");
	assert_int_equal(sim_writes(&s), 0);
	/* overridden at one end: that one starts, the other one stays the reason */
	lw_engine_override(&s.engine, 0, true, s.now);
	sim_pass(&s, 20000);
	assert_int_equal(s.engine.module[0].report[0].health, LW_DP_UP);
	assert_false(sim_explains_cage(&s, "a/p", rule));
	assert_true(sim_explains(&s, 0, rule));
	assert_kept_low(&s, "b/p");
	/* and no policy at all */
	lw_engine_policy(&s.engine, NULL, s.now);
	sim_pass(&s, 20000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

static void policy_vendor_lock_refuses_others_and_says_so(void **state)
{
	static const char *const vendors[] = {"ACME", "00:11:22"};

	(void)state;
	policy_refuses(&(struct lw_policy){.vendors = vendors, .vendor_n = 2}, "policy-vendor");
}

static void policy_power_limit_refuses_and_says_so(void **state)
{
	(void)state;
	policy_refuses(&(struct lw_policy){.max_power_w = 5}, "policy-power");
}

static void policy_vendor_lock_admits_by_name_and_oui(void **state)
{
	char oui[9];
	const char *vendors[1];
	struct sim s;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct lw_facts *f;

		sim_face_to_face(&s, "2x400G");
		f = s.fabric.cages[0].facts;
		snprintf(oui, sizeof(oui), "%02X:%02x:%02X", f->oui[0], f->oui[1], f->oui[2]);
		vendors[0] = i ? oui : "lAnEwIsE";
		lw_engine_policy(&s.engine,
				 &(struct lw_policy){.vendors = vendors,
						     .vendor_n = i && !f->has_oui ? 0 : 1,
						     .max_power_w = power_of(&s)},
				 s.now);
		sim_settle(&s);
		sim_all_up(&s, 2);
		sim_stop(&s);
	}
}

static const char *const two_of_each =
	"fabric: quad\n"
	"devices:\n"
	"  a:\n"
	"    cages:\n"
	"      p: {form: OSFP, mode: 1x800G, module: OSFP-800G-SR8}\n"
	"      q: {form: OSFP, mode: 1x800G, module: OSFP-800G-SR8}\n"
	"  b:\n"
	"    cages:\n"
	"      p: {form: OSFP, mode: 1x800G, module: OSFP-800G-SR8}\n"
	"      q: {form: OSFP, mode: 1x800G, module: OSFP-800G-SR8}\n"
	"cables:\n"
	"  - {id: c, cord: mpo16, fibre: OM4, length_m: 30, a: a/p, b: [b/p]}\n"
	"  - {id: d, cord: mpo16, fibre: OM4, length_m: 30, a: a/q, b: [b/q]}\n";

/* Enough for one module a device: the first comes up, the second when the first has left. */
static void policy_budget_is_kept_by_device_and_freed(void **state)
{
	struct sim s;

	(void)state;
	sim_start(&s, two_of_each);
	lw_engine_policy(&s.engine, &(struct lw_policy){.budget_w = 1.5 * power_of(&s)}, s.now);
	sim_settle(&s);
	sim_pass(&s, 10000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[1].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 1, "policy-budget"));
	assert_kept_low(&s, "a/q");
	assert_kept_low(&s, "b/q");
	sim_fault(&s, "unplug:a/p", true);
	sim_fault(&s, "unplug:b/p", true);
	sim_pass(&s, 20000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	/* what came late finds the budget spent, and what runs stays */
	sim_fault(&s, "unplug:a/p", false);
	sim_fault(&s, "unplug:b/p", false);
	sim_pass(&s, 20000);
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[1].flaps, 0);
	assert_true(sim_explains(&s, 0, "policy-budget"));
	assert_kept_low(&s, "a/p");
	sim_stop(&s);
}

/* A policy that comes while modules run takes none of them away. */
static void policy_leaves_running_modules_alone(void **state)
{
	static const char *const vendors[] = {"ACME"};
	struct lw_mono since;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	lw_engine_policy(&s.engine, &(struct lw_policy){.vendors = vendors, .vendor_n = 1}, s.now);
	sim_pass(&s, 60000);
	sim_all_up(&s, 2);
	sim_lanes_quiet(&s, "a/p", 0xff, since);
	/* plugged again it is another matter */
	sim_fault(&s, "unplug:a/p", true);
	sim_pass(&s, 5000);
	sim_fault(&s, "unplug:a/p", false);
	sim_pass(&s, 30000);
	assert_true(sim_explains(&s, 0, "policy-vendor"));
	sim_stop(&s);
}

static bool is_fatal(struct sim *s, size_t link)
{
	struct lw_findings f;

	lw_findings_init(&f, &s->arena);
	assert_int_equal(lw_engine_explain(&s->engine, link, &f), 0);
	return lw_findings_worst(&f) == LW_FATAL;
}

/* A new engine does not admit what runs: it watches that, and does nothing for it. */
static void policy_of_a_new_engine_watches_what_runs(void **state)
{
	static const char *const vendors[] = {"ACME"};
	const struct lw_policy acme = {.vendors = vendors, .vendor_n = 1};
	const struct lw_addr deinit = {.i2c = 0x50, .page = 0x10, .byte = 128};
	const uint8_t first_four = 0x0f;
	struct lw_engine_preview preview;
	struct lw_arena arena;
	struct lw_mono since;
	struct lw_error e;
	uint64_t writes;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	writes = sim_writes(&s);
	sim_restart(&s);
	lw_engine_policy(&s.engine, &acme, s.now);
	sim_pass(&s, 60000);
	sim_all_up(&s, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(sim_explains(&s, i, "policy-vendor"));
		assert_false(is_fatal(&s, i));
		assert_int_equal(s.engine.link[i].flaps, 0);
	}
	sim_lanes_quiet(&s, "a/p", 0xff, since);
	assert_int_equal(sim_writes(&s), writes);
	/* nor would another mode write anything */
	lw_arena_init(&arena, 0);
	assert_int_equal(lw_engine_preview(&s.engine, 0, "8x100G", &arena, &preview, &e), 0);
	assert_true(preview.planned);
	assert_int_equal(preview.plan.n, 0);
	assert_int_equal(preview.findings.n, 1);
	assert_string_equal(preview.findings.v[0].rule, "policy-vendor");
	lw_arena_finish(&arena);
	/* a path that ends is not brought back; its sibling goes on */
	assert_int_equal(lw_bus_write(s.lab.bus[0], deinit, &first_four, 1, &e), 0);
	since = s.now;
	sim_pass(&s, 60000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "policy-vendor"));
	assert_true(is_fatal(&s, 0));
	assert_false(is_fatal(&s, 1));
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	assert_int_equal(sim_writes(&s), writes + 1);
	/* one that comes by itself is seen */
	assert_int_equal(lw_bus_write(s.lab.bus[0], deinit, &(uint8_t){0}, 1, &e), 0);
	sim_pass(&s, 60000);
	sim_all_up(&s, 2);
	assert_int_equal(lw_bus_write(s.lab.bus[0], deinit, &first_four, 1, &e), 0);
	sim_pass(&s, 60000);
	assert_int_equal(sim_writes(&s), writes + 3);
	/* and what is admitted in the end is driven */
	lw_engine_policy(&s.engine, NULL, s.now);
	sim_pass(&s, 30000);
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.link[1].flaps, 0);
	sim_lanes_quiet(&s, "a/p", 0xf0, since);
	/* plugged again it is not admitted at all */
	lw_engine_policy(&s.engine, &acme, s.now);
	sim_fault(&s, "unplug:b/p", true);
	sim_pass(&s, 5000);
	sim_fault(&s, "unplug:b/p", false);
	sim_pass(&s, 30000);
	assert_int_equal(s.engine.link[1].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 1, "policy-vendor"));
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_vendor_lock_refuses_others_and_says_so),
		cmocka_unit_test(policy_power_limit_refuses_and_says_so),
		cmocka_unit_test(policy_vendor_lock_admits_by_name_and_oui),
		cmocka_unit_test(policy_budget_is_kept_by_device_and_freed),
		cmocka_unit_test(policy_leaves_running_modules_alone),
		cmocka_unit_test(policy_of_a_new_engine_watches_what_runs),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
