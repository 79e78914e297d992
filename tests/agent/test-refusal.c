/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from each code with which a module refuses a configuration (CMIS Table 8-101). */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A bus behind which a module that rejects says so with another code. */
struct translator {
	struct lw_bus bus;
	struct lw_bus *inner;
	uint8_t code;
};

static uint8_t translate(uint8_t status, uint8_t code)
{
	return status == 2 ? code : status;
}

static int translated_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			   struct lw_error *reterr)
{
	struct translator *x = (struct translator *)bus;
	int r = lw_bus_read(x->inner, a, ret, n, reterr);

	/* ConfigStatus, two lanes a byte */
	for (size_t i = 0; !r && a.page == 0x11 && i < n; i++)
		if (a.byte + i >= 202 && a.byte + i <= 205)
			ret[i] = (uint8_t)(translate(ret[i] & 15, x->code) |
					   translate(ret[i] >> 4, x->code) << 4);
	return r;
}

static int plain_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		       struct lw_error *reterr)
{
	return lw_bus_write(((struct translator *)bus)->inner, a, p, n, reterr);
}

static void insert(struct sim *s, const char *cage, uint8_t code, struct translator *x)
{
	static const struct lw_bus_ops ops = {translated_read, plain_write};
	int i = sim_cage(s, cage);

	*x = (struct translator){.bus = {.ops = &ops}, .inner = s->lab.bus[i], .code = code};
	s->engine.module[i].bus = &x->bus;
}

static void assert_says(struct sim *s, size_t link, const struct lw_refusal *why)
{
	struct lw_findings f;
	bool said = false;

	lw_findings_init(&f, &s->arena);
	assert_int_equal(lw_engine_explain(&s->engine, link, &f), 0);
	for (size_t i = 0; i < f.n; i++)
		said |= strcmp(f.v[i].rule, "config-rejected") == 0 &&
			strstr(f.v[i].text, why->reason) && strcmp(f.v[i].remedy, why->next) == 0;
	assert_true(said);
}

static bool is_slow(unsigned code)
{
	return code == 3 || code == 4 || code == 5 || code == 8;
}

/* One link of four is refused for a minute and more; the others come up and stay. */
static void refused_with(uint8_t code)
{
	const struct lw_dp_report *d;
	struct translator x;
	struct sim s;

	sim_face_to_face(&s, "4x200G");
	insert(&s, "a/p", code, &x);
	sim_fault(&s, "reject:a/p:3", true);
	sim_pass(&s, 20000);
	d = &s.engine.module[0].report[2];
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].state, i == 2 ? LW_LINK_DOWN : LW_LINK_UP);
	assert_int_equal(d->health, LW_DP_REFUSED);
	assert_int_equal(d->config_status, code);
	assert_true(lw_mono_before(d->retry, LW_NEVER));
	assert_says(&s, 2, lw_refusal_find(code));
	sim_pass(&s, 60000);
	if (is_slow(code))
		assert_in_range(d->refusals, 2, 3);
	else
		assert_in_range(d->refusals, 5, 12);
	/* it changes its mind, and is asked again without anybody's help */
	sim_fault(&s, "reject:a/p:3", false);
	sim_pass(&s, 150000);
	sim_all_up(&s, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_stop(&s);
}

static void refusal_by_any_code_is_told_and_retried(void **state)
{
	(void)state;
	for (uint8_t code = 2; code < 16; code++)
		if (code != 12) /* in progress */
			refused_with(code);
}

/* Modules that were refused at the same moment do not come back at the same moment. */
static void refusal_retries_of_modules_drift_apart(void **state)
{
	struct translator x[2];
	struct lw_mono retry[2];
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	insert(&s, "a/p", 3, &x[0]);
	insert(&s, "b/p", 3, &x[1]);
	sim_fault(&s, "reject:a/p", true);
	sim_fault(&s, "reject:b/p", true);
	sim_pass(&s, 20000);
	for (int i = 0; i < 2; i++) {
		const struct lw_dp_report *d = &s.engine.module[i].report[0];

		assert_int_equal(d->refusals, 1);
		retry[i] = (struct lw_mono){d->retry.ns - d->since.ns};
		assert_true(retry[i].ns >= lw_ms(22500).ns && retry[i].ns <= lw_ms(37500).ns);
	}
	assert_true(llabs(retry[0].ns - retry[1].ns) > lw_ms(500).ns);
	sim_stop(&s);
}

/* The pauses of a refusal that time will hardly mend double from half a minute up to an hour; it is
 * never given up. */
static void refusal_pauses_grow_to_an_hour(void **state)
{
	const struct lw_dp_report *d;
	struct translator x;
	unsigned before;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	insert(&s, "a/p", 4, &x);
	sim_fault(&s, "reject:a/p", true);
	sim_pass(&s, 4 * 3600000);
	d = &s.engine.module[0].report[0];
	before = d->refusals;
	assert_in_range(before, 8, 12);
	sim_pass(&s, 2 * 3600000);
	assert_in_range(d->refusals - before, 1, 3);
	assert_true(d->retry.ns - d->since.ns <= lw_ms(75 * 60000).ns);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal_by_any_code_is_told_and_retried),
		cmocka_unit_test(refusal_retries_of_modules_drift_apart),
		cmocka_unit_test(refusal_pauses_grow_to_an_hour),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
