/* SPDX-License-Identifier: Apache-2.0 */
/* Readings are had though thresholds are not: missing, refused for a while, or asked of a module
 * that is busy at each change of the page. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PERIOD_MS 1000

/* A bus that does not give one page. */
struct lacking {
	struct lw_bus bus;
	struct lw_bus *inner;
	uint8_t page;
	int error; /* what an access to it ends with; 0: the page is there after all */
	unsigned asked;
};

static int lacking_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			struct lw_error *reterr)
{
	struct lacking *l = (struct lacking *)bus;

	if (a.byte >= 128 && a.page == l->page) {
		l->asked++;
		if (l->error)
			return lw_fail(reterr, l->error, "no page %02xh", a.page);
	}
	return lw_bus_read(l->inner, a, ret, n, reterr);
}

static int lacking_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			 struct lw_error *reterr)
{
	return lw_bus_write(((struct lacking *)bus)->inner, a, p, n, reterr);
}

static const struct kind {
	struct sim_pair pair;
	uint8_t limits; /* page of its thresholds */
} kinds[] = {
	{{"QSFP28", "QSFP28-100G-SR4", "1x100G", "mpo12", "OM4"}, 0x03},
	{{"OSFP", "OSFP-800G-SR8", "1x800G", "mpo16", "OM4"}, 0x02},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void start(struct sim *s, const struct kind *k)
{
	sim_start_pair(s, &k->pair);
	assert_int_equal(lw_engine_measure(&s->engine, lw_ms(PERIOD_MS), s->now, NULL), 0);
}

static void lack(struct sim *s, struct lacking *l, uint8_t page, int error)
{
	static const struct lw_bus_ops ops = {lacking_read, lacking_write};

	*l = (struct lacking){
		.bus = {.ops = &ops}, .inner = s->lab.bus[0], .page = page, .error = error};
	s->engine.module[0].bus = &l->bus;
}

static void assert_measured(const struct sim *s)
{
	const struct lw_readings *r = lw_engine_readings(&s->engine, 0);

	assert_non_null(r);
	assert_true(s->now.ns - r->at.ns <= lw_ms(2 * PERIOD_MS).ns);
	assert_int_equal(r->module[LW_MON_TEMPERATURE].status, LW_VALUE_OK);
}

static bool has_limits(const struct sim *s)
{
	return lw_monitor_limits(&s->engine.module[0].memory, LW_MON_TEMPERATURE).stated;
}

static void measure_without_thresholds_gives_readings(void **state)
{
	static const int errors[] = {LW_ENOPAGE, LW_ENACK, LW_EIO, LW_ETIMEDOUT};

	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
			struct lacking l;
			unsigned asked;
			struct sim s;

			start(&s, &kinds[k]);
			lack(&s, &l, kinds[k].limits, errors[i]);
			sim_pass(&s, 30000);
			sim_all_up(&s, 1);
			assert_measured(&s);
			assert_false(has_limits(&s));
			/* what is not there is not asked for for ever */
			asked = l.asked;
			sim_pass(&s, 30000);
			assert_int_equal(l.asked, asked);
			assert_measured(&s);
			sim_stop(&s);
		}
}

static void measure_thresholds_refused_at_first_are_read_later(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct lacking l;
		struct sim s;

		start(&s, &kinds[k]);
		lack(&s, &l, kinds[k].limits, LW_ENACK);
		while (l.asked < 3)
			sim_pass(&s, 1);
		l.error = 0;
		sim_pass(&s, 2 * PERIOD_MS);
		assert_measured(&s);
		assert_true(has_limits(&s));
		sim_stop(&s);
	}
}

static void busy(void *ctx, int cage, struct lw_twin_options *opt)
{
	(void)ctx;
	(void)cage;
	opt->access_times = true;
}

static void measure_module_busy_at_each_page_gives_readings(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct lw_error e;
		struct sim s;

		start(&s, &kinds[k]);
		lw_lab_finish(&s.lab);
		assert_int_equal(lw_lab_init_with(&s.lab, &s.fabric, 1,
						  &(struct lw_lab_options){busy, NULL}, &e),
				 0);
		for (size_t i = 0; i < s.fabric.cage_n; i++)
			s.engine.module[i].bus = s.lab.bus[i];
		sim_pass(&s, 60000);
		sim_all_up(&s, 1);
		assert_measured(&s);
		assert_true(has_limits(&s));
		sim_stop(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measure_without_thresholds_gives_readings),
		cmocka_unit_test(measure_thresholds_refused_at_first_are_read_later),
		cmocka_unit_test(measure_module_busy_at_each_page_gives_readings),
	};

	return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
