/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"
#include "sim.h"

#include <lanewise/why.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One fault each, on twins that were up (or never): the cause that is named, and no other. */

static const char *host_fec(void *ctx, int cage, const struct lw_lport *port)
{
	struct lw_lab *lab = ctx;

	return lab->cage[cage].host_fec[port->index];
}

static void diagnose(struct sim *s, size_t link, struct lw_diagnosis *ret)
{
	struct lw_why_host host = {.ctx = &s->lab, .fec = host_fec};

	assert_int_equal(lw_why(&s->engine, link, &host, &s->arena, ret, NULL), 0);
}

static void show(const struct sim *s, const struct lw_diagnosis *d)
{
	for (size_t i = 0; i < d->cause_n; i++)
		print_message("# cause %s at %s lanes %x\n", d->cause[i].name,
			      lw_why_place(&s->engine, d, d->cause[i].place), d->cause[i].lanes);
	for (size_t i = 0; i < d->symptom_n; i++)
		print_message("#   %s at %s: %s\n", d->symptom[i].name,
			      lw_why_place(&s->engine, d, d->symptom[i].place), d->symptom[i].text);
}

/* Exactly this cause, there, on these lanes (bit 0 = lane 1 of the link; 0: all). */
static void names(struct sim *s, size_t link, const char *cause, const char *at, uint32_t lanes)
{
	struct lw_diagnosis d;

	diagnose(s, link, &d);
	if (d.cause_n != 1 || strcmp(d.cause[0].name, cause) != 0 ||
	    strcmp(lw_why_place(&s->engine, &d, d.cause[0].place), at) != 0 ||
	    d.cause[0].lanes != lanes) {
		show(s, &d);
		fail_msg("%s at %s, lanes %x was expected", cause, at, lanes);
	}
	assert_true(d.cause[0].evidence_n > 0);
	for (unsigned i = 0; i < d.cause[0].evidence_n; i++)
		assert_true(d.cause[0].evidence[i] < d.symptom_n);
}

static void names_nothing(struct sim *s, size_t link)
{
	struct lw_diagnosis d;

	diagnose(s, link, &d);
	if (d.cause_n) {
		show(s, &d);
		fail_msg("no cause was expected");
	}
}

static void start(struct sim *s, const char *mode)
{
	sim_face_to_face(s, mode);
	assert_int_equal(lw_engine_measure(&s->engine, lw_ms(1000), s->now, NULL), 0);
}

enum { AFTER, BEFORE }; /* the link was up, or not yet, when the fault came */

struct row {
	const char *name, *mode;
	int when;
	const char *fault, *link, *cause, *at;
	uint32_t lanes;
	int wait_s; /* from the fault to the question, 0: 20 */
};

#define PAIR "a/p:1 - b/p:1"

/* clang-format off */
static const struct row rows[] = {
	{"silent_module_is_named", "2x400G", AFTER, "nack:b/p", PAIR, "module-silent", "b/p", 0},
	{"pulled_module_without_pins_is_silent", "2x400G", AFTER, "unplug:b/p", PAIR, "module-silent", "b/p", 0},
	{"stuck_bus_is_named", "2x400G", AFTER, "stuck-bus:b/p", PAIR, "bus-stuck", "b/p", 0},
	{"broken_module_is_named", "2x400G", AFTER, "module:b/p", PAIR, "module-broken", "b/p", 0},
	{"dead_lasers_are_named", "2x400G", AFTER, "dark:b/p:1", PAIR, "laser-failed", "b/p", 0},
	{"dead_laser_is_named_in_its_link", "8x100G", AFTER, "dark:b/p:3", "a/p:3 - b/p:3", "laser-failed", "b/p", 0},
	{"cut_cable_is_named", "2x400G", AFTER, "cut:b/p:1", PAIR, "cable-cut", PAIR, 0},
	{"cord_gone_wrong_is_a_cut", "1x800G", AFTER, "polarity:b/p", "a/p - b/p", "cable-cut", "a/p - b/p", 0},
	{"wrong_cord_is_named", "1x800G", BEFORE, "polarity:b/p", "a/p - b/p", "polarity", "a/p - b/p", 0},
	{"heat_is_named", "2x400G", AFTER, "hot:b/p", PAIR, "overheated", "b/p", 0},
	{"runaway_is_named", "2x400G", AFTER, "runaway:b/p", PAIR, "overheated", "b/p", 0},
	{"rejection_is_named", "2x400G", BEFORE, "reject:b/p", PAIR, "config-rejected", "b/p", 0},
	{"custom_rejection_is_named", "2x400G", BEFORE, "reject-custom:b/p", PAIR, "config-rejected", "b/p", 0},
	{"stuck_initialisation_is_named", "2x400G", BEFORE, "stuck-init:b/p", PAIR, "path-stuck", "b/p", 0},
	{"slow_start_is_on_its_way", "2x400G", AFTER, "late:b/p reset:b/p", PAIR, "on-its-way", "b/p", 0, 13},
	{"dirt_is_named", "2x400G", AFTER, "dirty:b/p:1=4", PAIR, "lossy-path", PAIR, 0},
	{"aged_lasers_are_named", "2x400G", AFTER, "aged:b/p:1", PAIR, "laser-ageing", "b/p", 0},
};
/* clang-format on */

static int pin(void *ctx, int cage)
{
	return cage != *(const int *)ctx;
}

static void pulled_module_is_named_by_its_pin(void **state)
{
	struct lw_why_host host = {.present = pin};
	struct lw_diagnosis d;
	struct sim s;
	int b;

	(void)state;
	start(&s, "2x400G");
	sim_settle(&s);
	b = sim_cage(&s, "b/p");
	host.ctx = &b;
	sim_fault(&s, "unplug:b/p", true);
	lw_engine_unplugged(&s.engine, b, s.now);
	sim_pass(&s, 3000);
	assert_int_equal(lw_why(&s.engine, 0, &host, &s.arena, &d, NULL), 0);
	assert_int_equal(d.cause_n, 1);
	assert_string_equal(d.cause[0].name, "module-pulled");
	assert_int_equal(d.cause[0].place, LW_WHY_B);
	sim_stop(&s);
}

static void link_that_is_off_is_named(void **state)
{
	struct sim s;

	(void)state;
	start(&s, "2x400G");
	sim_settle(&s);
	lw_engine_want(&s.engine, 0, false, s.now);
	sim_pass(&s, 5000);
	names(&s, 0, "disabled", PAIR, 0);
	names_nothing(&s, 1);
	sim_stop(&s);
}

static void policy_is_named(void **state)
{
	static const char *const vendors[] = {"NOBODY"};
	struct lw_policy p = {.vendors = vendors, .vendor_n = 1};
	struct sim s;

	(void)state;
	start(&s, "2x400G");
	lw_engine_policy(&s.engine, &p, s.now);
	lw_engine_override(&s.engine, sim_cage(&s, "a/p"), true, s.now);
	sim_pass(&s, 20000);
	names(&s, 0, "vendor-refused", "b/p", 0);
	p = (struct lw_policy){.max_power_w = 5};
	lw_engine_policy(&s.engine, &p, s.now);
	sim_pass(&s, 20000);
	names(&s, 0, "power-refused", "b/p", 0);
	sim_stop(&s);
}

static void fec_of_hosts_is_compared(void **state)
{
	struct sim s;
	int b;

	(void)state;
	start(&s, "2x400G");
	sim_settle(&s);
	b = sim_cage(&s, "b/p"); /* somebody sets its host otherwise than planned */
	s.lab.cage[b].host_fec[0] = s.lab.fec[b][0] = "RS(528,514)";
	sim_pass(&s, 5000);
	names(&s, 0, "fec-mismatch", PAIR, 0);
	names_nothing(&s, 1);
	sim_stop(&s);
}

static void link_that_cannot_work_is_named_by_its_plan(void **state)
{
	struct lw_diagnosis d;
	struct sim s;
	bool found = false;

	(void)state;
	sim_start_file(&s, LW_ROOT "/examples/first-light.yaml");
	assert_int_equal(lw_engine_measure(&s.engine, lw_ms(1000), s.now, NULL), 0);
	sim_settle(&s);
	for (size_t i = 0; i < s.fabric.link_n; i++) {
		diagnose(&s, i, &d);
		if (s.fabric.links[i].verdict != LW_DOWN) {
			assert_int_equal(s.engine.link[i].state, LW_LINK_UP);
			names_nothing(&s, i);
			continue;
		}
		found = true;
		assert_true(d.cause_n > 0);
		for (size_t k = 0; k < d.cause_n; k++)
			if (strcmp(d.cause[k].name, "planned-wrong") != 0)
				show(&s, &d);
		assert_string_equal(d.cause[0].name, "planned-wrong");
	}
	assert_true(found);
	sim_stop(&s);
}

static void dead_branch_of_a_bus_is_told_from_a_dead_module(void **state)
{
	static const char *const cages[] = {"nack:leaf1/swp1", "nack:leaf1/swp2", "nack:leaf1/swp3",
					    "nack:leaf1/swp4"};
	struct lw_diagnosis d;
	struct sim s;

	(void)state;
	sim_start_file(&s, LW_ROOT "/examples/first-light.yaml");
	sim_settle(&s);
	for (size_t i = 0; i < sizeof(cages) / sizeof(cages[0]); i++)
		sim_fault(&s, cages[i], true);
	sim_pass(&s, 20000);
	diagnose(&s, sim_link(&s, "leaf1/swp1:1 - nic1/p0"), &d);
	assert_int_equal(d.cause_n, 1);
	assert_string_equal(d.cause[0].name, "bus-branch-dead");
	sim_stop(&s);
}

/* With all that it needs seen and nothing else, each cause comes first. */
static void every_cause_is_named_by_its_own_evidence(void **state)
{
	struct sim s;

	(void)state;
	start(&s, "2x400G");
	sim_settle(&s);
	for (size_t i = 0; i < lw_cause_row_n; i++) {
		const struct lw_cause_row *c = &lw_cause_rows[i];
		struct lw_diagnosis d = {0};
		struct lw_seen seen = {.e = &s.engine,
				       .l = &s.engine.fabric->links[0],
				       .all = 0xf,
				       .d = &d,
				       .arena = &s.arena};

		s.engine.link[0].state = c->state == LW_WHY_DOWN ? LW_LINK_DOWN : LW_LINK_UP;
		for (unsigned k = 0; k < c->need_n; k++)
			if (!c->need[k].not )
				lw_see(&seen, (enum lw_why_place)c->need[k].scope,
				       (enum lw_symptom_id)c->need[k].symptom, 0x2, NULL);
		lw_match(&seen);
		if (!d.cause_n || strcmp(d.cause[0].name, c->name) != 0) {
			show(&s, &d);
			fail_msg("%s was expected", c->name);
		}
		assert_int_equal(d.cause[0].lanes, 0x2);
		assert_int_equal(d.cause[0].place, c->whole ? LW_WHY_LINK : LW_WHY_A);
	}
	s.engine.link[0].state = LW_LINK_UP;
	sim_stop(&s);
}

/* A line of laser current that reaches its limit in 30 days; each row spoils one thing. */
static void trend_is_told_when_it_is_long_sure_and_soon(void **state)
{
	static const struct lw_why_trend good = {.quantity = "tx-bias",
						 .lane = 1,
						 .moving = true,
						 .days_seen = 60,
						 .value = 0.080,
						 .lately = 0.079,
						 .per_day = 0.0005,
						 .per_day_low = 0.0004,
						 .per_day_high = 0.0006,
						 .limit_name = "high-warning",
						 .limit = 0.095,
						 .days = 30,
						 .days_low = 25,
						 .days_high = 37};
	struct lw_why_trend t[2];
	struct lw_why_past past = {t, 1};

	(void)state;
#define TOLD(change) (t[0] = good, change, lw_why_trend_symptom(&past, 0))
	assert_string_equal(TOLD((void)0), "bias-rises");
	assert_null(TOLD(t[0].moving = false));
	assert_null(TOLD(t[0].quantity = "rx-power"));
	assert_null(TOLD(t[0].quantity = "supply"));
	assert_null(TOLD(t[0].limit_name = NULL));
	assert_null(TOLD(t[0].days_seen = 13.9));
	assert_null(TOLD(t[0].days_seen = 12));       /* and 37 days are more than thrice that */
	assert_null(TOLD(t[0].per_day_low = 0.0002)); /* less than half the slope for sure */
	assert_null(TOLD(t[0].days_high = 91));
	assert_null(TOLD(t[0].lately = 0.0775)); /* it has come back by more than 3 % */
	assert_null(TOLD(t[0].value = t[0].lately =
				 1.01)); /* 0.03 A in 60 days are less than 3 % of that */
	assert_string_equal(TOLD(t[0].value = t[0].lately = 0.99), "bias-rises");
	/* what the last weeks contradict is over; few days contradict nothing */
	past.n = 2;
	t[1] = good;
	t[1].days_seen = 15;
	t[1].per_day = 0;
	t[1].per_day_high = 0.0001;
	t[1].moving = false;
	assert_null(TOLD((void)0));
	t[1].per_day_high = 0.0004;
	assert_string_equal(TOLD((void)0), "bias-rises");
	t[1].per_day_high = 0.0001;
	t[1].days_seen = 8;
	assert_string_equal(TOLD((void)0), "bias-rises");
	t[1].days_seen = 15;
	t[1].lane = 2;
	assert_string_equal(TOLD((void)0), "bias-rises");
#undef TOLD
}

/* Lanes of the link, the lane that comes first, and a path's own number. */
static void trends_become_advice_of_the_lanes_they_are_of(void **state)
{
	struct lw_why_trend t[3] = {
		{"rx-power", 1, 5, true, 30, -4, -4, -0.1, -0.11, -0.09, "low-warning", -7, 30, 27,
		 33},
		{"rx-power", 1, 6, true, 30, -5, -5, -0.1, -0.11, -0.09, "low-warning", -7, 20, 18,
		 22},
		{"rx-power", 1, 0, true, 30, -5, -5, -0.1, -0.11, -0.09, "low-warning", -7, 20, 18,
		 22},
	};
	struct lw_why_past past[2] = {{NULL, 0}, {t, 3}};
	struct lw_why_host host = {.past = past};
	const char *text;
	struct lw_diagnosis d;
	struct sim s;

	(void)state;
	start(&s, "2x400G");
	sim_settle(&s);
	assert_int_equal(lw_why(&s.engine, 1, &host, &s.arena, &d, NULL), 0);
	assert_int_equal(d.cause_n, 1);
	assert_string_equal(d.cause[0].name, "light-fading");
	assert_int_equal(d.cause[0].place, LW_WHY_B);
	assert_int_equal(d.cause[0].lanes, 0x6);
	assert_int_equal(d.cause[0].severity, LW_INFO);
	text = d.symptom[d.cause[0].evidence[0]].text;
	assert_string_equal(text,
			    "lanes 2-3 falls by 0.1 dB a day (0.09 to 0.11 with 95 % confidence,"
			    " seen for 30 days): -5.0 dBm now, the low warning of -7.0 dBm in"
			    " 20 days (18 to 22)");
	/* errors are of paths: the second begins at host lane 4 */
	t[0] = (struct lw_why_trend){"media-ber",    1,  4,  true, 30, -6, -6, 0.05, 0.045, 0.055,
				     "high-warning", -5, 20, 18,   22};
	past[1].n = 1;
	assert_int_equal(lw_why(&s.engine, 0, &host, &s.arena, &d, NULL), 0);
	assert_int_equal(d.cause_n, 0);
	assert_int_equal(lw_why(&s.engine, 1, &host, &s.arena, &d, NULL), 0);
	assert_string_equal(d.cause[0].name, "errors-growing");
	assert_int_equal(d.cause[0].lanes, 0);
	assert_non_null(strstr(d.symptom[d.cause[0].evidence[0]].text,
			       "1.0e-06 now, the high warning of 1.0e-05 in 20 days"));
	sim_stop(&s);
}

static void wrong_link_is_refused(void **state)
{
	struct lw_diagnosis d;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s, "2x400G");
	assert_int_equal(lw_why(&s.engine, 2, NULL, &s.arena, &d, &e), LW_EINVAL);
	sim_stop(&s);
}

static void row(void **state)
{
	const struct row *r = *state;
	char faults[64];
	struct sim s;

	start(&s, r->mode);
	if (r->when == AFTER) {
		sim_settle(&s);
		sim_pass(&s, 5000);
		names_nothing(&s, sim_link(&s, r->link));
	}
	strcpy(faults, r->fault);
	for (char *f = strtok(faults, " "); f; f = strtok(NULL, " "))
		sim_fault(&s, f, true);
	sim_pass(&s, r->wait_s ? r->wait_s * 1000 : 20000);
	names(&s, sim_link(&s, r->link), r->cause, r->at, r->lanes);
	sim_stop(&s);
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(pulled_module_is_named_by_its_pin),
		cmocka_unit_test(link_that_is_off_is_named),
		cmocka_unit_test(policy_is_named),
		cmocka_unit_test(fec_of_hosts_is_compared),
		cmocka_unit_test(link_that_cannot_work_is_named_by_its_plan),
		cmocka_unit_test(dead_branch_of_a_bus_is_told_from_a_dead_module),
		cmocka_unit_test(every_cause_is_named_by_its_own_evidence),
		cmocka_unit_test(trend_is_told_when_it_is_long_sure_and_soon),
		cmocka_unit_test(trends_become_advice_of_the_lanes_they_are_of),
		cmocka_unit_test(wrong_link_is_refused),
	};
	struct CMUnitTest tests[ROWS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].name, .test_func = row, .initial_state = (void *)&rows[i]};
	memcpy(tests + ROWS, others, sizeof(others));
	return _cmocka_run_group_tests("why", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
