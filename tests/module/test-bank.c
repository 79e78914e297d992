/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of 16 and 32 lanes: each eight of them have their own bank of the pages 10h and 11h. */
#include <lanewise/module.h>
#include <lanewise/twin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BANK = 8 };

struct rig {
	struct lw_form form;
	struct lw_part part;
	struct lw_image image;
	struct lw_world *world;
	struct lw_twin *twin;
	struct lw_bus bus; /* counts writes by bank */
	struct lw_module module;
	struct lw_mono now;
	unsigned lanes, writes[LW_BANKS_MAX], unbanked;
	bool line; /* the host hears its interrupt */
};

static int plain_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct rig *r = (struct rig *)((char *)bus - offsetof(struct rig, bus));

	return lw_bus_read(lw_twin_bus(r->twin), a, ret, n, reterr);
}

static int counted_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			 struct lw_error *reterr)
{
	struct rig *r = (struct rig *)((char *)bus - offsetof(struct rig, bus));

	if (a.page == 0x10)
		r->writes[a.bank]++;
	else
		r->unbanked++;
	return lw_bus_write(lw_twin_bus(r->twin), a, p, n, reterr);
}

static void hear(struct rig *r)
{
	lw_module_line(&r->module, lw_twin_interrupt(r->twin) ? LW_LINE_ASSERTED : LW_LINE_QUIET,
		       r->now);
}

static void run(struct rig *r, int64_t ms)
{
	struct lw_mono end = lw_mono_add(r->now, lw_ms(ms));

	while (lw_mono_before(r->now, end)) {
		struct lw_mono due;

		lw_world_advance(r->world, r->now);
		if (r->line)
			hear(r);
		due = lw_mono_min(lw_module_run(&r->module, r->now), lw_world_next(r->world));
		if (!lw_mono_before(r->now, due)) /* nothing may stand still */
			due = lw_mono_add(r->now, lw_us(1));
		r->now = lw_mono_min(due, end);
	}
}

/* A catalogued optic of eight lanes with so many. */
static void start(struct rig *r, unsigned lanes)
{
	static const struct lw_bus_ops ops = {plain_read, counted_write};
	const struct lw_signal s = {
		.baud_kbd = 53125000, .modulation = LW_PAM4, .fec = "RS(544,514)"};
	struct lw_error e;

	memset(r, 0, sizeof(*r));
	r->lanes = lanes;
	r->form = *lw_form_find("OSFP-XD");
	r->form.lanes = (uint8_t)lanes;
	r->part = *lw_part_find("OSFP-800G-DR8");
	r->part.form = &r->form;
	assert_int_equal(lw_image_make(&r->part, NULL, &r->image, NULL), 0);
	assert_int_equal(lw_world_create(1, &r->world, NULL), 0);
	if (lw_world_plug(r->world, "m",
			  &(struct lw_twin_options){
				  .part = &r->part, .image = &r->image, .lpmode_pin = true},
			  &r->twin, &e))
		fail_msg("%s", e.message);
	for (unsigned i = 0; i < lanes; i++)
		lw_twin_drive(r->twin, i, &s);
	r->bus.ops = &ops;
	lw_module_init(&r->module, &r->bus);
}

static void stop(struct rig *r)
{
	lw_world_destroy(r->world);
}

/* Ports of `width` lanes from `first` on, as many as fill `lanes`. */
static size_t add_wants(const struct rig *r, unsigned first, unsigned lanes, unsigned width,
			struct lw_want *ret)
{
	uint8_t apsel = 0;

	for (unsigned i = 0; i < r->module.facts.app_n; i++)
		if (r->module.facts.app[i].host_lanes == width)
			apsel = r->module.facts.app[i].apsel;
	assert_true(apsel);
	for (unsigned i = 0; i < lanes; i += width)
		*ret++ = (struct lw_want){.first = (uint8_t)(first + i),
					  .lanes = (uint8_t)width,
					  .media_first = (uint8_t)(first + i),
					  .media_lanes = (uint8_t)width,
					  .apsel = apsel};
	return lanes / width;
}

static void assert_all_up(const struct rig *r, size_t links)
{
	assert_int_equal(r->module.want_n, links);
	assert_int_equal(r->module.phase, LW_MODULE_REST);
	for (size_t i = 0; i < links; i++) {
		const struct lw_want *w = &r->module.want[i];

		assert_int_equal(r->module.report[i].health, LW_DP_UP);
		for (unsigned k = w->first; k < w->first + w->lanes; k++)
			assert_int_equal(r->module.state.dp_state[k], 4); /* DPActivated */
	}
}

static const unsigned sizes[] = {16, 32};

static void bank_ports_of_any_width_come_up_in_one_plan(void **state)
{
	static const unsigned widths[] = {8, 4, 1};

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		struct lw_want want[LW_WANTS_MAX];
		struct rig r;
		size_t n;

		start(&r, sizes[k % 2]);
		run(&r, 5000);
		assert_int_equal(r.module.facts.banks, r.lanes / BANK);
		n = add_wants(&r, 0, r.lanes, widths[k / 2], want);
		assert_int_equal(lw_module_want(&r.module, want, n, NULL), 0);
		run(&r, 20000);
		assert_all_up(&r, n);
		/* power once; in each bank the old paths down, staged, applied, released */
		assert_int_equal(r.unbanked, 1);
		for (unsigned b = 0; b < r.lanes / BANK; b++)
			assert_in_range(r.writes[b], widths[k / 2] == 8 ? 0 : 1, 4);
		stop(&r);
	}
}

static void bank_split_otherwise_leaves_the_others_alone(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned bank = 0; bank < sizes[k] / BANK; bank++) {
			struct lw_want want[LW_WANTS_MAX];
			const struct lw_twin_event *e;
			size_t n = 0, seen;
			struct rig r;

			start(&r, sizes[k]);
			run(&r, 5000);
			n = add_wants(&r, 0, r.lanes, 8, want);
			assert_int_equal(lw_module_want(&r.module, want, n, NULL), 0);
			run(&r, 20000);
			assert_all_up(&r, n);
			memset(r.writes, 0, sizeof(r.writes));
			lw_twin_events(r.twin, &seen);
			n = 0;
			for (unsigned b = 0; b < r.lanes / BANK; b++)
				n += add_wants(&r, b * BANK, BANK, b == bank ? 4 : 8, want + n);
			assert_int_equal(lw_module_want(&r.module, want, n, NULL), 0);
			run(&r, 20000);
			assert_all_up(&r, n);
			for (unsigned b = 0; b < LW_BANKS_MAX; b++)
				assert_true((r.writes[b] > 0) == (b == bank));
			e = lw_twin_events(r.twin, &n);
			for (; seen < n; seen++)
				assert_int_equal(e[seen].lane / BANK, bank);
			stop(&r);
		}
	}
}

/* One lane of the last bank is refused: its bank's other links and the other banks come up. */
static void bank_refusal_concerns_its_own_link(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		unsigned lane = sizes[k] - 3;
		struct lw_want want[LW_WANTS_MAX];
		struct rig r;
		size_t n;

		start(&r, sizes[k]);
		lw_twin_fault(r.twin, LW_FAULT_REJECT, UINT32_C(1) << lane, true);
		run(&r, 5000);
		n = add_wants(&r, 0, r.lanes, 1, want);
		assert_int_equal(lw_module_want(&r.module, want, n, NULL), 0);
		run(&r, 40000);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(r.module.report[i].health,
					 i == lane ? LW_DP_REFUSED : LW_DP_UP);
		lw_twin_fault(r.twin, LW_FAULT_REJECT, UINT32_C(1) << lane, false);
		run(&r, 90000);
		assert_all_up(&r, n);
		stop(&r);
	}
}

static void bank_port_across_two_banks_is_an_error(void **state)
{
	struct lw_want want = {.first = 6, .lanes = 4, .apsel = 1};
	struct lw_error e;
	struct rig r;

	(void)state;
	start(&r, 16);
	assert_int_equal(lw_module_want(&r.module, &want, 1, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "7-10"));
	stop(&r);
}

/* One port for each lane; `dark`: the first of each bank shall not transmit. */
static size_t single_lanes(const struct rig *r, bool dark, struct lw_want *ret)
{
	size_t n = add_wants(r, 0, r->lanes, 1, ret);

	for (size_t i = 0; dark && i < n; i += BANK)
		ret[i].off = true;
	return n;
}

/*
 * What a bring-up costs on the bus beside polls. Written are power once, and in each bank the old
 * paths down, staged, applied, released; a bank with dark lanes costs one more, and with an
 * interrupt line two: masks before and after. Read are the identity, the controls of the module,
 * and in each bank controls, states and configuration, and at the end what came up.
 */
static void bank_bring_up_costs_four_writes_and_four_reads_a_bank(void **state)
{
	static const unsigned lanes[] = {8, 16, 32};

	(void)state;
	for (unsigned k = 0; k < 3 * 4; k++) {
		bool line = k / 3 & 1, dark = k / 6;
		struct lw_want want[LW_WANTS_MAX];
		unsigned banks;
		struct rig r;
		size_t n;

		start(&r, lanes[k % 3]);
		run(&r, 5000); /* it says what it can do */
		n = single_lanes(&r, dark, want);
		stop(&r);

		start(&r, lanes[k % 3]);
		r.line = line;
		assert_int_equal(lw_module_want(&r.module, want, n, NULL), 0);
		run(&r, 20000);
		assert_int_equal(r.module.phase, LW_MODULE_REST);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(r.module.report[i].health, LW_DP_UP);
		banks = r.lanes / BANK;
		print_message("# %u lanes%s%s: %u writes, %u reads\n", r.lanes,
			      line ? ", line" : "", dark ? ", dark lanes" : "",
			      (unsigned)r.bus.stats.writes, (unsigned)r.bus.stats.reads);
		assert_int_equal(r.bus.stats.writes, 1 + banks * (4u + dark + 2u * line));
		assert_int_equal(r.bus.stats.reads, 3 + 4 * banks);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bank_ports_of_any_width_come_up_in_one_plan),
		cmocka_unit_test(bank_split_otherwise_leaves_the_others_alone),
		cmocka_unit_test(bank_refusal_concerns_its_own_link),
		cmocka_unit_test(bank_port_across_two_banks_is_an_error),
		cmocka_unit_test(bank_bring_up_costs_four_writes_and_four_reads_a_bank),
	};

	return cmocka_run_group_tests_name("bank", tests, NULL, NULL);
}
