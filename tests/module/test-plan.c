/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/module.h>
#include <lanewise/plan.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Register values below are typed from OIF-CMIS 5.4 sections 8.13 and D.1.3, not from the maps. */

/* 800G: 1 x 8 lanes, 2 x 4, 4 x 2, 8 x 1 */
static struct lw_facts cmis_facts(void)
{
	struct lw_facts f = {.map = LW_MAP_CMIS, .cmis_major = 5, .cmis_minor = 2, .app_n = 4};
	static const uint8_t lanes[] = {8, 4, 2, 1}, assign[] = {0x01, 0x11, 0x55, 0xff};

	for (unsigned i = 0; i < 4; i++)
		f.app[i] = (struct lw_app){.apsel = (uint8_t)(i + 1),
					   .host_lanes = lanes[i],
					   .media_lanes = lanes[i],
					   .host_assign = assign[i],
					   .media_assign = assign[i]};
	f.dur_dp_init = f.dur_dp_deinit = f.dur_pwr_up = f.dur_pwr_dn = f.dur_tx_on = f.dur_tx_off =
		3;
	return f;
}

/* As after power-up with LPMode asserted: low power, default application on all lanes. */
static struct lw_module_state low_power(void)
{
	struct lw_module_state s = {.module_state = 1, .global = 0x40};

	memset(s.active, 0x10, 8);
	memset(s.staged, 0x10, 8);
	memset(s.dp_state, 1, 8);
	return s;
}

/* Ready, 2 x 4 lanes activated. */
static struct lw_module_state ready_2x4(void)
{
	static const uint8_t config[] = {0x20, 0x20, 0x20, 0x20, 0x28, 0x28, 0x28, 0x28};
	struct lw_module_state s = {.module_state = 3};

	memcpy(s.active, config, 8);
	memcpy(s.staged, config, 8);
	memset(s.dp_state, 4, 8);
	memset(s.config_status, 1, 8);
	return s;
}

static struct lw_want want(unsigned apsel, unsigned first, unsigned lanes)
{
	return (struct lw_want){.first = (uint8_t)first,
				.lanes = (uint8_t)lanes,
				.apsel = (uint8_t)apsel,
				.media_first = (uint8_t)first,
				.media_lanes = (uint8_t)lanes};
}

static void assert_write(const struct lw_step *s, unsigned page, unsigned byte, const void *data,
			 unsigned n)
{
	assert_int_equal(s->kind, LW_STEP_WRITE);
	assert_int_equal(s->addr.i2c, 0x50);
	assert_int_equal(s->addr.page, page);
	assert_int_equal(s->addr.byte, byte);
	assert_int_equal(s->n, n);
	assert_memory_equal(s->data, data, n);
}

static void assert_wait(const struct lw_step *s, enum lw_step_kind kind, unsigned value,
			unsigned lanes)
{
	assert_int_equal(s->kind, kind);
	assert_int_equal(s->value, value);
	assert_int_equal(s->lanes, lanes);
	assert_true(s->limit.ns > 0);
}

static void plan_default_application_needs_power_only(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = low_power();
	struct lw_want w = want(1, 0, 8);
	struct lw_plan p;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, &w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 3);
	assert_write(&p.step[0], 0, 26, "\x00", 1);
	assert_wait(&p.step[1], LW_STEP_WAIT_MODULE, 3, 0);
	assert_wait(&p.step[2], LW_STEP_WAIT_DP, 4, 0xff);
	assert_int_equal(p.changed, 0);
	assert_int_equal(p.started, 0xff);
}

static void plan_mixed_split_is_staged_and_applied_once(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = low_power();
	struct lw_want w[] = {want(2, 0, 4), want(3, 4, 2), want(4, 6, 1), want(4, 7, 1)};
	struct lw_plan p;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, w, 4, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 8);
	assert_write(&p.step[0], 0x10, 128, "\xff", 1);
	assert_write(&p.step[1], 0, 26, "\x00", 1);
	assert_wait(&p.step[2], LW_STEP_WAIT_MODULE, 3, 0);
	assert_write(&p.step[3], 0x10, 145, "\x20\x20\x20\x20\x38\x38\x4c\x4e", 8);
	assert_write(&p.step[4], 0x10, 143, "\xff", 1);
	assert_wait(&p.step[5], LW_STEP_WAIT_CONFIG, 0, 0xff);
	assert_write(&p.step[6], 0x10, 128, "\x00", 1);
	assert_wait(&p.step[7], LW_STEP_WAIT_DP, 4, 0xff);
}

static void plan_low_power_by_software_is_cleared_too(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = low_power();
	struct lw_want w = want(1, 0, 8);
	struct lw_plan p;

	(void)state;
	now.global = 0x70; /* LowPwrAllowRequestHW, SquelchMethodSelect, LowPwrRequestSW */
	assert_int_equal(lw_plan_make(&f, &now, &w, 1, &p, NULL, NULL), 0);
	assert_write(&p.step[0], 0, 26, "\x20", 1);
}

static void plan_for_a_state_as_wanted_is_empty(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(2, 4, 4)};
	struct lw_plan p;

	(void)state;
	now.active[2] |= 1; /* who chose the SI settings is no reason to touch a link */
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.kept, 0xff);
	assert_int_equal(p.changed | p.started | p.blocked, 0);
}

static void plan_resplit_leaves_the_sibling_alone(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(3, 4, 2), want(3, 6, 2)};
	struct lw_plan p;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, w, 3, &p, NULL, NULL), 0);
	assert_int_equal(p.kept, 0x0f);
	assert_int_equal(p.changed, 0xf0);
	assert_int_equal(p.n, 7);
	assert_write(&p.step[0], 0x10, 128, "\xf0", 1);
	assert_wait(&p.step[1], LW_STEP_WAIT_DP, 1, 0xf0);
	assert_write(&p.step[2], 0x10, 149, "\x38\x38\x3c\x3c", 4);
	assert_write(&p.step[3], 0x10, 143, "\xf0", 1);
	assert_wait(&p.step[4], LW_STEP_WAIT_CONFIG, 0, 0xf0);
	assert_write(&p.step[5], 0x10, 128, "\x00", 1);
	assert_wait(&p.step[6], LW_STEP_WAIT_DP, 4, 0xf0);
}

static void plan_unwanted_lanes_become_unused_and_stay_down(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w = want(2, 4, 4);
	struct lw_plan p;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, &w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.kept, 0xf0);
	assert_write(&p.step[0], 0x10, 128, "\x0f", 1);
	assert_write(&p.step[2], 0x10, 145, "\x00\x00\x00\x00", 4);
	assert_write(&p.step[3], 0x10, 143, "\x0f", 1);
	assert_int_equal(p.n, 5); /* nothing to release, nothing to wait for */
}

static void plan_cmis_3_inverts_the_power_bits(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(3, 4, 2), want(3, 6, 2)};
	struct lw_plan p;

	(void)state;
	f.cmis_major = 3;
	f.cmis_minor = 0;
	assert_int_equal(lw_plan_make(&f, &now, w, 3, &p, NULL, NULL), 0);
	assert_write(&p.step[0], 0x10, 128, "\x0f", 1);
	assert_write(&p.step[5], 0x10, 128, "\xff", 1);
}

static void plan_held_down_path_is_only_released(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(2, 4, 4)};
	struct lw_plan p;

	(void)state;
	now.deinit = 0xf0;
	memset(&now.dp_state[4], 1, 4);
	now.tx_disable = 0xff;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 3);
	assert_write(&p.step[0], 0x10, 130, "\x00", 1);
	assert_write(&p.step[1], 0x10, 128, "\x00", 1);
	assert_wait(&p.step[2], LW_STEP_WAIT_DP, 4, 0xf0);
	assert_int_equal(p.kept, 0x0f);
}

static void plan_impossible_want_is_blocked_and_others_served(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = low_power();
	struct lw_want w[] = {want(2, 0, 4), want(2, 5, 3)}, unknown = want(9, 4, 4);
	struct lw_findings findings;
	struct lw_arena arena;
	struct lw_plan p;

	(void)state;
	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, &findings, NULL), 0);
	assert_int_equal(p.blocked, 0xe0);
	assert_int_equal(findings.n, 1);
	assert_string_equal(findings.v[0].rule, "module-breakout");
	assert_write(&p.step[3], 0x10, 145, "\x20\x20\x20\x20\x00\x00\x00\x00", 8);
	w[1] = unknown;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, &findings, NULL), 0);
	assert_int_equal(p.blocked, 0xf0);
	lw_arena_finish(&arena);
}

static void plan_overlapping_or_outside_wants_are_errors(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = low_power();
	struct lw_want overlap[] = {want(2, 0, 4), want(3, 2, 2)}, outside = want(2, 6, 4);
	struct lw_plan p = {.n = 77};
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, overlap, 2, &p, NULL, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "lane 3"));
	assert_int_equal(lw_plan_make(&f, &now, &outside, 1, &p, NULL, &e), LW_EINVAL);
	assert_int_equal(p.n, 77);
}

/* Any state, any wants: the bits and bytes of links that stay are never written otherwise. */
static void plan_random_never_touches_kept_lanes(void **state)
{
	static const uint8_t width[] = {8, 4, 2, 1};
	struct lw_facts f = cmis_facts();
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct lw_module_state now = {.module_state = 3};
		struct lw_want w[8];
		struct lw_plan p;
		size_t n = 0;

#define RANDOM(limit) ((unsigned)(seed = seed * 1103515245u + 12345u, seed >> 16) % (limit))
		for (unsigned i = 0; i < 8;) {
			unsigned app = RANDOM(5), k = app ? width[app - 1] : 1;

			if (app && (i % k || i + k > 8))
				continue;
			for (unsigned e = i + k; i < e; i++) {
				now.active[i] = (uint8_t)(app << 4 | (e - k) << 1);
				now.dp_state[i] = (uint8_t)(1 + RANDOM(7));
			}
		}
		now.deinit = (uint8_t)RANDOM(256);
		for (unsigned i = 0; i < 8;) {
			unsigned app = RANDOM(5), k = app ? width[app - 1] : 1;

			if (app && (i % k || i + k > 8))
				continue;
			if (app)
				w[n++] = want(app, i, k);
			i += k;
		}
		assert_int_equal(lw_plan_make(&f, &now, w, n, &p, NULL, NULL), 0);
		for (unsigned i = 0; i < p.n; i++) {
			const struct lw_step *s = &p.step[i];

			if (s->kind != LW_STEP_WRITE)
				continue;
			if (s->addr.byte == 128)
				assert_int_equal((s->data[0] ^ now.deinit) & p.kept, 0);
			if (s->addr.byte == 143)
				assert_int_equal(s->data[0] & p.kept, 0);
		}
		for (unsigned i = 0; i < 8; i++)
			if (p.kept >> i & 1)
				assert_int_equal(now.dp_state[i], 4);
	}
#undef RANDOM
}

static void plan_sff8636_leaves_low_power_and_lights_lanes(void **state)
{
	struct lw_facts f = {.map = LW_MAP_SFF8636, .power_class = 6};
	struct lw_module_state now = {.tx_disable = 0x0f, .not_ready = true};
	struct lw_want w[] = {want(0, 0, 1), want(0, 2, 1)};
	struct lw_plan p;

	(void)state;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 3);
	/* SFF-8636 Table 6-9 byte 93: override, and high power classes 5-7 */
	assert_write(&p.step[0], 0, 93, "\x05", 1);
	assert_wait(&p.step[1], LW_STEP_WAIT_DATA, 0, 0);
	assert_write(&p.step[2], 0, 86, "\x0a", 1);
	now.power = 0x05;
	now.not_ready = false;
	now.tx_disable = 0x0a;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 0);
}

static void plan_passive_cable_has_nothing_to_write(void **state)
{
	struct lw_facts cmis = cmis_facts();
	struct lw_facts sff = {.map = LW_MAP_SFF8636, .cable = "passive copper"};
	struct lw_module_state now = low_power();
	struct lw_want w = want(1, 0, 4);
	struct lw_plan p;

	(void)state;
	cmis.flat_memory = true;
	assert_int_equal(lw_plan_make(&cmis, &now, &w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(lw_plan_make(&sff, &now, &w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 0);
}

/* A fresh start takes down and releases its own lanes, and stages nothing. */
static void plan_again_cycles_its_own_lanes_only(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(2, 4, 4)};
	struct lw_plan p;

	(void)state;
	w[1].again = true;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 4);
	assert_write(&p.step[0], 0x10, 128, "\xf0", 1);
	assert_wait(&p.step[1], LW_STEP_WAIT_DP, 1, 0xf0);
	assert_write(&p.step[2], 0x10, 128, "\x00", 1);
	assert_wait(&p.step[3], LW_STEP_WAIT_DP, 4, 0xf0);
	assert_int_equal(p.changed, 0);
	assert_int_equal(p.cycled, 0xf0);
	assert_int_equal(p.kept, 0x0f);
}

/* The module has both halves in one path now: a fresh start of one would take the other down. */
static void plan_again_is_left_out_where_a_sibling_shares_the_path(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(1, 0, 8)};
	struct lw_plan p;

	(void)state;
	w[0].again = true;
	assert_int_equal(lw_plan_make(&f, &now, w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.cycled, 0);
	memset(now.active, 0x10, 8);
	w[0] = want(2, 0, 4);
	w[0].again = true;
	assert_int_equal(lw_plan_make(&f, &now, w, 1, &p, NULL, NULL), 0);
	assert_int_equal(p.cycled, 0);
}

/* A path without a transmitter ends in DPInitialized: nobody may wait for it to be activated. */
static void plan_link_that_is_off_is_not_waited_for(void **state)
{
	struct lw_facts f = cmis_facts();
	struct lw_module_state now = ready_2x4();
	struct lw_want w[] = {want(2, 0, 4), want(2, 4, 4)};
	struct lw_plan p;

	(void)state;
	w[1].off = true;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 1);
	assert_write(&p.step[0], 0x10, 130, "\xf0", 1);
	now.tx_disable = 0xf0;
	memset(now.dp_state + 4, 7, 4);
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 0);
	w[1].off = false;
	assert_int_equal(lw_plan_make(&f, &now, w, 2, &p, NULL, NULL), 0);
	assert_int_equal(p.n, 2);
	assert_write(&p.step[0], 0x10, 130, "\x00", 1);
	assert_wait(&p.step[1], LW_STEP_WAIT_DP, 4, 0xf0);
}

static void duration_limits_follow_the_table(void **state)
{
	(void)state;
	assert_int_equal(lw_duration_limit(0).ns, lw_ms(1).ns);
	assert_int_equal(lw_duration_limit(7).ns, lw_ms(5000).ns);
	assert_int_equal(lw_duration_limit(12).ns, lw_ms(3000000).ns);
	assert_int_equal(lw_duration_limit(15).ns, lw_ms(3000000).ns);
}

/* OIF-CMIS 5.4 Table 8-101: 0 undefined, 1 success, 12 in progress; all others are refusals. */
static void refusal_of_every_code_has_its_reason_and_next_step(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 16; code++) {
		const struct lw_refusal *r = lw_refusal_find(code);

		if (code < 2 || code == 12) {
			assert_null(r);
			continue;
		}
		assert_non_null(r);
		assert_true(r->reason[0]);
		/* never the end: after a pause, or a long one */
		assert_non_null(strstr(r->next, code == 7 ? "a new plan"
						: r->slow ? "tried again after long pauses"
							  : "tried again"));
		if (code <= 8)
			assert_int_equal(r->code, code);
		for (unsigned other = 2; other < code && code <= 8; other++)
			assert_string_not_equal(r->reason, lw_refusal_find(other)->reason);
		for (unsigned other = 2; other < code && code <= 8; other++)
			assert_string_not_equal(r->next, lw_refusal_find(other)->next);
		assert_int_equal(r->slow, code == 3 || code == 4 || code == 5 || code == 8);
	}
	assert_null(lw_refusal_find(16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal_of_every_code_has_its_reason_and_next_step),
		cmocka_unit_test(plan_default_application_needs_power_only),
		cmocka_unit_test(plan_mixed_split_is_staged_and_applied_once),
		cmocka_unit_test(plan_low_power_by_software_is_cleared_too),
		cmocka_unit_test(plan_for_a_state_as_wanted_is_empty),
		cmocka_unit_test(plan_resplit_leaves_the_sibling_alone),
		cmocka_unit_test(plan_unwanted_lanes_become_unused_and_stay_down),
		cmocka_unit_test(plan_cmis_3_inverts_the_power_bits),
		cmocka_unit_test(plan_held_down_path_is_only_released),
		cmocka_unit_test(plan_impossible_want_is_blocked_and_others_served),
		cmocka_unit_test(plan_overlapping_or_outside_wants_are_errors),
		cmocka_unit_test(plan_random_never_touches_kept_lanes),
		cmocka_unit_test(plan_sff8636_leaves_low_power_and_lights_lanes),
		cmocka_unit_test(plan_passive_cable_has_nothing_to_write),
		cmocka_unit_test(plan_again_cycles_its_own_lanes_only),
		cmocka_unit_test(plan_again_is_left_out_where_a_sibling_shares_the_path),
		cmocka_unit_test(plan_link_that_is_off_is_not_waited_for),
		cmocka_unit_test(duration_limits_follow_the_table),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
