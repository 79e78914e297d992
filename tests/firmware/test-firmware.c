/* SPDX-License-Identifier: Apache-2.0 */
#include "host-bench.h"
#include <lanewise/firmware.h>
#include <stdio.h>

/* Firmware from the host's side, on twins that keep their banks over resets and unplugging. */

enum { HEADER = 64, P9F = 0x9f };

static struct lw_image image;
static uint8_t load[20000];

static uint32_t crc32_of(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;

	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 4; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

/* A load made for twins: docs/design/twin.md. */
static void make_load(size_t n, uint8_t major, uint8_t minor)
{
	uint32_t x = 12345;

	assert_true(n > HEADER && n <= sizeof(load));
	memset(load, 0, sizeof(load));
	for (size_t i = HEADER; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		load[i] = (uint8_t)(x >> 24);
	}
	memcpy(load, "LWTW", 4);
	load[4] = major;
	load[5] = minor;
	load[7] = 9;
	put32(load + 8, crc32_of(load + HEADER, n - HEADER));
	memcpy(load + 12, "made for twins", 14);
}

struct shape {
	bool foreground, locked, no_epl, two;
};

static void open_with(struct bench *b, struct shape s)
{
	bench_image(&image);
	bench_put(&image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0, 3);
	bench_put(&image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0, 7);
	bench_put(&image, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED, 0, !s.foreground);
	if (s.two)
		bench_put(&image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, 2);
	if (s.no_epl)
		bench_put(&image, LW_CMIS_CDB_MAX_PAGES_EPL, 0, 0);
	bench_sum(&image);
	bench_open(b, &image, (struct lw_twin_options){.locked = s.locked});
}

static struct lw_firmware_options options(unsigned goals, size_t n)
{
	return (struct lw_firmware_options){.goals = goals, .image = load, .image_n = n};
}

/* Run a task to its end. */
static void finish(struct bench *b, struct lw_firmware_task *t)
{
	struct lw_mono due, start = b->now;

	while (due = lw_firmware_task_run(t, b->now), lw_mono_before(due, LW_NEVER)) {
		bench_wait(b, due);
		if (b->now.ns - start.ns > lw_ms(1000000).ns)
			fail_msg("no end in sight in phase %s", lw_firmware_phase_name(t->phase));
	}
	assert_int_equal(t->phase, LW_FIRMWARE_END);
}

static int run(struct bench *b, struct lw_firmware_task *t, const struct lw_firmware_options *o)
{
	lw_firmware_task_init(t, &b->bus, o);
	finish(b, t);
	return t->result;
}

static void expect_ok(struct bench *b, struct lw_firmware_task *t,
		      const struct lw_firmware_options *o)
{
	if (run(b, t, o))
		fail_msg("%s", t->error.message);
}

/* What runs is bank A with 3.7, and it is valid, whatever happened to B. */
static void expect_unharmed(struct bench *b)
{
	struct lw_firmware_options o = {.goals = LW_FIRMWARE_QUERY};
	struct lw_firmware_task t;

	expect_ok(b, &t, &o);
	assert_int_equal(t.info.running, LW_FIRMWARE_A);
	assert_int_equal(t.info.committed, LW_FIRMWARE_A);
	assert_true(t.info.bank[LW_FIRMWARE_A].valid);
	assert_int_equal(t.info.bank[LW_FIRMWARE_A].major, 3);
	assert_int_equal(t.info.bank[LW_FIRMWARE_A].minor, 7);
	assert_int_equal(t.info.active[0], 3);
	assert_int_equal(t.info.active[1], 7);
}

/* -- What replies say -------------------------------------------------------------------------- */

static void firmware_info_reads_every_status_of_the_standard(void **state)
{
	/* Tables 7-2 to 7-4 */
	static const struct {
		uint8_t status;
		int running, committed;
		bool a_valid, b_valid;
	} rows[] = {
		{0x03, LW_FIRMWARE_A, LW_FIRMWARE_A, true, true},
		{0x43, LW_FIRMWARE_A, LW_FIRMWARE_A, true, false},
		{0x12, LW_FIRMWARE_B, LW_FIRMWARE_A, true, true},
		{0x16, LW_FIRMWARE_B, LW_FIRMWARE_A, false, true},
		{0x30, LW_FIRMWARE_B, LW_FIRMWARE_B, true, true},
		{0x34, LW_FIRMWARE_B, LW_FIRMWARE_B, false, true},
		{0x21, LW_FIRMWARE_A, LW_FIRMWARE_B, true, true},
		{0x61, LW_FIRMWARE_A, LW_FIRMWARE_B, true, false},
		{0x00, LW_FIRMWARE_FIXED, -1, true, true},
		{0x44, LW_FIRMWARE_FIXED, -1, false, false},
	};
	static const uint8_t active[2] = {1, 2};
	struct lw_firmware_info info;
	uint8_t r[110] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r[0] = rows[i].status;
		r[1] = 0x07;
		r[2] = 5;
		r[3] = 6;
		r[5] = 7; /* 5.6, build 7 */
		memcpy(r + 6, "hello   ", 8);
		r[38] = 8;
		r[74] = 9; /* fixed */
		lw_firmware_info_read(r, sizeof(r), active, &info);
		assert_int_equal(info.running, rows[i].running);
		assert_int_equal(info.committed, rows[i].committed);
		assert_int_equal(info.bank[0].valid, rows[i].a_valid);
		assert_int_equal(info.bank[1].valid, rows[i].b_valid);
		assert_int_equal(info.bank[0].major, 5);
		assert_int_equal(info.bank[0].build, 7);
		assert_string_equal(info.bank[0].extra, "hello");
		assert_int_equal(info.bank[1].major, 8);
		assert_int_equal(info.bank[2].major, 9);
		assert_int_equal(info.active[1], 2);
	}
	/* a shorter reply states less */
	lw_firmware_info_read(r, 38, active, &info);
	assert_true(info.bank[0].stated);
	assert_false(info.bank[1].stated);
	assert_false(info.bank[2].valid);
	for (size_t n = 0; n <= sizeof(r); n++)
		lw_firmware_info_read(r, n, active, &info);
}

static void firmware_features_read_durations_and_lengths(void **state)
{
	uint8_t r[18] = {0, 0x07, 64, 0xff, 255, 0x11, 0x01, 1, 0x07, 0xd0, 0, 100, 0, 30, 3, 232};
	struct lw_firmware_features f;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_firmware_features_read(r, sizeof(r), &f, NULL), 0);
	assert_true(f.abort && f.copy && f.skip_erased && f.hitless && f.lpl && f.epl);
	assert_false(f.readback);
	assert_int_equal(f.header, 64);
	assert_int_equal(f.erased, 0xff);
	assert_int_equal(f.lpl_access, 128);
	assert_int_equal(f.epl_access, 2048);
	assert_int_equal(f.t_start.ns, lw_ms(2000).ns);
	assert_int_equal(f.t_write.ns, lw_ms(30).ns);
	assert_int_equal(f.t_complete.ns, lw_ms(1000).ns);
	r[1] |= 0x08; /* tens of ms */
	r[5] = 0x01;
	r[4] = 3;
	assert_int_equal(lw_firmware_features_read(r, sizeof(r), &f, NULL), 0);
	assert_int_equal(f.t_start.ns, lw_ms(20000).ns);
	assert_int_equal(f.t_write.ns, lw_ms(300).ns);
	assert_true(f.lpl && !f.epl);
	assert_int_equal(f.lpl_access, 32);
	assert_int_equal(lw_firmware_features_read(r, 5, &f, &e), LW_ESHORT);
}

static void firmware_erased_blocks_are_passed_over(void **state)
{
	struct lw_firmware_features f = {.skip_erased = true, .erased = 0xff, .header = 0};
	struct lw_firmware_plan p = {.block = 100, .bytes = 450};
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 450);
	uint32_t at = 0;

	(void)state;
	memset(load, 0xff, 450);
	load[199] = 0; /* second block */
	load[449] = 0; /* the last, short one */
	assert_int_equal(lw_firmware_block(&p, &f, &o, &at), 100);
	assert_int_equal(at, 100);
	at += 100;
	assert_int_equal(lw_firmware_block(&p, &f, &o, &at), 50);
	assert_int_equal(at, 400);
	at += 50;
	assert_int_equal(lw_firmware_block(&p, &f, &o, &at), 0);
	assert_int_equal(at, 450);
	f.skip_erased = false;
	at = 0;
	assert_int_equal(lw_firmware_block(&p, &f, &o, &at), 100);
	assert_int_equal(at, 0);
}

/* -- The way it should be ---------------------------------------------------------------------- */

static void firmware_query_writes_no_memory(void **state)
{
	struct lw_firmware_options o = {.goals = LW_FIRMWARE_QUERY};
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	open_with(&b, (struct shape){0});
	expect_ok(&b, &t, &o);
	assert_true(t.has_info && t.has_features && !t.has_plan);
	assert_true(t.features.lpl && t.features.epl);
	assert_int_equal(t.info.running, LW_FIRMWARE_A);
	assert_int_equal(t.info.status, 0x03);
	assert_string_equal(t.sn, "LW000001");
	bench_close(&b);
}

static void firmware_update_takes_every_way(void **state)
{
	static const struct {
		struct shape shape;
		enum lw_firmware_way way;
		enum lw_firmware_run run;
		uint16_t block;
		bool epl;
		unsigned blocks;
	} rows[] = {
		{{0}, LW_FIRMWARE_BEST, LW_FIRMWARE_RUN_RESET, 0, true, 5},
		{{0}, LW_FIRMWARE_BY_LPL, LW_FIRMWARE_RUN_HITLESS, 0, false, 78},
		{{.foreground = true}, LW_FIRMWARE_BEST, LW_FIRMWARE_RUN_RESET, 0, true, 5},
		{{.no_epl = true}, LW_FIRMWARE_BEST, LW_FIRMWARE_RUN_RESET, 0, false, 78},
		{{0}, LW_FIRMWARE_BY_EPL, LW_FIRMWARE_RUN_RESET, 1000, true, 9},
	};
	const size_t n = HEADER + 9000;

	(void)state;
	make_load(n, 4, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lw_firmware_options o =
			options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN | LW_FIRMWARE_COMMIT, n);
		struct lw_firmware_task t;
		struct bench b;

		o.way = rows[i].way;
		o.run = rows[i].run;
		o.block = rows[i].block;
		o.run_delay_ms = 20;
		open_with(&b, rows[i].shape);
		expect_ok(&b, &t, &o);
		assert_int_equal(t.plan.epl, rows[i].epl);
		assert_int_equal(t.plan.blocks, rows[i].blocks);
		assert_int_equal(t.blocks_sent, rows[i].blocks);
		assert_int_equal(t.restarts, 0);
		assert_int_equal(t.info.running, LW_FIRMWARE_B);
		assert_int_equal(t.info.committed, LW_FIRMWARE_B);
		assert_int_equal(t.info.bank[1].major, 4);
		assert_int_equal(t.info.bank[1].minor, 2);
		assert_int_equal(t.info.bank[1].build, 9);
		assert_string_equal(t.info.bank[1].extra, "made for twins");
		assert_int_equal(bench_byte(&b, -1, 39), 4);
		assert_int_equal(bench_byte(&b, -1, 40), 2);
		/* and once more: now A is the one to be written */
		make_load(n, 4, 3);
		expect_ok(&b, &t, &o);
		assert_int_equal(t.plan.target, LW_FIRMWARE_A);
		assert_int_equal(t.info.running, LW_FIRMWARE_A);
		assert_int_equal(bench_byte(&b, -1, 40), 3);
		make_load(n, 4, 2);
		bench_close(&b);
	}
}

static void firmware_not_committed_is_gone_after_a_restart(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN, 5000);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(5000, 4, 2);
	open_with(&b, (struct shape){0});
	expect_ok(&b, &t, &o);
	assert_int_equal(t.info.running, LW_FIRMWARE_B);
	assert_int_equal(t.info.committed, LW_FIRMWARE_A);
	lw_twin_fault(b.twin, LW_FAULT_RESET, 0, true);
	bench_wait(&b, lw_mono_add(b.now, lw_ms(20000)));
	expect_unharmed(&b);
	/* run again, and commit in a run of its own */
	o = options(LW_FIRMWARE_RUN, 0);
	expect_ok(&b, &t, &o);
	assert_int_equal(t.info.running, LW_FIRMWARE_B);
	o = options(LW_FIRMWARE_COMMIT, 0);
	expect_ok(&b, &t, &o);
	assert_int_equal(t.info.committed, LW_FIRMWARE_B);
	/* restart of what runs */
	o = options(LW_FIRMWARE_RUN, 0);
	o.run = LW_FIRMWARE_RESTART_RESET;
	expect_ok(&b, &t, &o);
	assert_int_equal(t.info.running, LW_FIRMWARE_B);
	o = options(LW_FIRMWARE_COPY, 0);
	expect_ok(&b, &t, &o);
	assert_int_equal(t.info.bank[0].major, 4);
	bench_close(&b);
}

static void firmware_password_opens_a_locked_module(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 3000);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(3000, 4, 2);
	open_with(&b, (struct shape){.locked = true});
	assert_int_equal(run(&b, &t, &o), LW_EIO);
	assert_non_null(strstr(t.error.message, "password"));
	o.has_password = true;
	o.password = 0x1234;
	assert_int_equal(run(&b, &t, &o), LW_EIO);
	assert_non_null(strstr(t.error.message, "Enter Password"));
	o.password = 0x00001011;
	expect_ok(&b, &t, &o);
	bench_close(&b);
}

static void firmware_dry_run_plans_and_writes_nothing(void **state)
{
	struct lw_firmware_options o =
		options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN | LW_FIRMWARE_COMMIT, 9064);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(9064, 4, 2);
	o.dry_run = true;
	open_with(&b, (struct shape){0});
	expect_ok(&b, &t, &o);
	assert_true(t.has_plan);
	assert_true(t.plan.epl);
	assert_int_equal(t.plan.block, 2048);
	assert_int_equal(t.plan.blocks, 5);
	assert_int_equal(t.plan.header, HEADER);
	assert_int_equal(t.plan.target, LW_FIRMWARE_B);
	assert_int_equal(t.plan.most.ns, lw_ms(2000 + 1000 + 5 * 30).ns);
	assert_int_equal(t.blocks_sent, 0);
	expect_unharmed(&b);
	o = options(LW_FIRMWARE_QUERY, 0);
	expect_ok(&b, &t, &o);
	assert_true(t.info.bank[1].valid);
	bench_close(&b);
}

static void firmware_progress_rises_and_tells_the_time_left(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 20000);
	struct lw_firmware_progress p;
	struct lw_firmware_task t;
	struct lw_mono due, said = LW_NEVER, when = {0};
	struct bench b;
	uint32_t last = 0;

	(void)state;
	make_load(20000, 4, 2);
	o.way = LW_FIRMWARE_BY_LPL;
	open_with(&b, (struct shape){0});
	lw_firmware_task_init(&t, &b.bus, &o);
	while (due = lw_firmware_task_run(&t, b.now), lw_mono_before(due, LW_NEVER)) {
		lw_firmware_task_progress(&t, b.now, &p);
		assert_true(p.done >= last && p.done <= p.total);
		last = p.done;
		if (t.phase == LW_FIRMWARE_WRITE && p.done > p.total / 2 &&
		    !lw_mono_before(said, LW_NEVER)) {
			said = lw_mono_add(b.now, p.left);
			assert_true(p.bytes_per_s > 1000);
		}
		if (t.phase == LW_FIRMWARE_COMPLETE && !when.ns)
			when = b.now;
		bench_wait(&b, due);
	}
	assert_int_equal(t.result, 0);
	assert_int_equal(last, 20000);
	/* what was foretold in the middle came true within a tenth of the whole */
	assert_true(llabs(said.ns - when.ns) < t.took.ns / 10);
	bench_close(&b);
}

/* -- What goes wrong --------------------------------------------------------------------------- */

static void firmware_bad_images_are_refused_before_anything_is_written(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, HEADER);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	open_with(&b, (struct shape){.no_epl = true});
	make_load(3000, 4, 2);
	assert_int_equal(run(&b, &t, &o), LW_EINVAL);
	o.image_n = 0;
	assert_int_equal(run(&b, &t, &o), LW_EINVAL);
	o.image_n = 3000;
	load[0] = 0x1f;
	load[1] = 0x8b;
	assert_int_equal(run(&b, &t, &o), LW_EINVAL);
	assert_non_null(strstr(t.error.message, "compressed"));
	make_load(3000, 4, 2);
	o.way = LW_FIRMWARE_BY_EPL;
	assert_int_equal(run(&b, &t, &o), LW_ENOTSUP);
	assert_int_equal(t.blocks_sent, 0);
	o = options(LW_FIRMWARE_QUERY, 0);
	expect_ok(&b, &t, &o);
	assert_true(t.info.bank[1].valid); /* untouched */
	bench_close(&b);
}

static void firmware_damaged_file_ends_with_its_reason_and_a_closed_transfer(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN, 3000);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(3000, 4, 2);
	load[2000] ^= 1;
	open_with(&b, (struct shape){0});
	assert_int_equal(run(&b, &t, &o), LW_EIO);
	assert_non_null(strstr(t.error.message, "checksum"));
	assert_int_equal(t.restarts, 6);
	expect_unharmed(&b);
	o = options(LW_FIRMWARE_RUN, 0);
	assert_int_equal(run(&b, &t, &o), LW_EIO);
	assert_non_null(strstr(t.error.message, "no valid firmware"));
	make_load(3000, 4, 2);
	o = options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN, 3000);
	expect_ok(&b, &t, &o);
	bench_close(&b);
}

/* Changes one bit of the EPL once: no check code guards it. */
static int spoil_payload(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	unsigned *left = ctx;

	if (write && a.byte >= 128 && a.page >= 0xa0 && *left && n == 128) {
		(*left)--;
		p[77] ^= 4;
	}
	return 0;
}

static void firmware_bit_lost_on_the_bus_is_found_and_sent_again(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 9000);
	struct lw_firmware_task t;
	unsigned left = 1;
	struct bench b;

	(void)state;
	make_load(9000, 4, 2);
	open_with(&b, (struct shape){0});
	b.before = spoil_payload;
	b.ctx = &left;
	expect_ok(&b, &t, &o);
	assert_int_equal(t.restarts, 1);
	assert_non_null(strstr(t.trouble.message, "checksum"));
	assert_true(t.info.bank[1].valid);
	bench_close(&b);
}

/* Makes the module refuse EPL blocks: their address becomes one outside the image. */
static int refuse_epl(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)ctx;
	if (write && a.page == P9F && a.byte == 130 && n == 10 && (p[0] || p[1])) {
		unsigned sum = 0x01 + 0x04;

		memset(p + 6, 0xff, 4);
		for (unsigned i = 0; i < 10; i++)
			sum += i == 3 ? 0 : p[i];
		p[3] = (uint8_t)~sum;
	}
	return 0;
}

static void firmware_refused_way_gives_place_to_the_other(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 3000);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(3000, 4, 2);
	open_with(&b, (struct shape){0});
	b.before = refuse_epl;
	expect_ok(&b, &t, &o);
	assert_false(t.plan.epl);
	assert_int_equal(t.restarts, 1);
	assert_true(t.info.bank[1].valid);
	/* but not when EPL was asked for */
	o.way = LW_FIRMWARE_BY_EPL;
	assert_int_equal(run(&b, &t, &o), LW_EIO);
	assert_non_null(strstr(t.error.message, "parameter"));
	bench_close(&b);
}

static void firmware_stop_closes_the_transfer(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 9000);
	struct lw_firmware_task t;
	struct lw_mono due;
	struct bench b;

	(void)state;
	make_load(9000, 4, 2);
	o.way = LW_FIRMWARE_BY_LPL;
	open_with(&b, (struct shape){0});
	lw_firmware_task_init(&t, &b.bus, &o);
	while (due = lw_firmware_task_run(&t, b.now), lw_mono_before(due, LW_NEVER)) {
		if (t.at > 4000)
			lw_firmware_task_stop(&t);
		bench_wait(&b, due);
	}
	assert_int_equal(t.result, LW_EIO);
	assert_non_null(strstr(t.error.message, "stopped"));
	assert_false(t.open);
	expect_unharmed(&b);
	/* nothing is open: an abort is refused with "not now", which is fine */
	o = options(LW_FIRMWARE_GIVE_UP, 0);
	expect_ok(&b, &t, &o);
	/* at rest too */
	o = options(LW_FIRMWARE_DOWNLOAD, 9000);
	lw_firmware_task_init(&t, &b.bus, &o);
	lw_firmware_task_stop(&t);
	finish(&b, &t);
	assert_int_equal(t.result, LW_EIO);
	assert_int_equal(t.blocks_sent, 0);
	bench_close(&b);
}

/* A load that makes the module fail a command: docs/design/twin.md. */
static void make_failing_load(size_t n, uint8_t command, uint8_t status)
{
	make_load(n, 4, 2);
	load[44] = command;
	load[45] = status;
}

static void firmware_refusals_of_every_step_end_with_their_reason(void **state)
{
	static const struct {
		uint8_t command, status;
		const char *word;
		unsigned restarts;
	} rows[] = {
		{0x01, 0x69, "memory", 0},        {0x01, 0x61, "format", 0},
		{0x04, 0x64, "target bank", 0},   {0x07, 0x63, "signed", 0},
		{0x07, 0x65, "not complete", 6},  {0x09, 0x66, "hit to traffic", 0},
		{0x09, 0x68, "did not start", 0}, {0x0a, 0x40, "no reason", 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lw_firmware_options o =
			options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN | LW_FIRMWARE_COMMIT, 5000);
		struct lw_firmware_task t;
		struct bench b;

		make_failing_load(5000, rows[i].command, rows[i].status);
		open_with(&b, (struct shape){0});
		assert_int_equal(run(&b, &t, &o), LW_EIO);
		if (!strstr(t.error.message, rows[i].word))
			fail_msg("%02x %02x: %s", rows[i].command, rows[i].status, t.error.message);
		assert_int_equal(t.restarts, rows[i].restarts);
		assert_false(t.open);
		if (rows[i].command != 0x0a)
			expect_unharmed(&b);
		/* and the module takes the next image */
		make_load(5000, 5, 1);
		expect_ok(&b, &t, &o);
		assert_int_equal(t.info.bank[t.info.running].major, 5);
		bench_close(&b);
	}
}

static void firmware_command_that_never_ends_is_ended(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 5000);
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_failing_load(5000, 0x04, 0x80);
	open_with(&b, (struct shape){0});
	assert_int_equal(run(&b, &t, &o), LW_ETIMEDOUT);
	assert_non_null(strstr(t.error.message, "0104h"));
	make_load(5000, 5, 1);
	expect_ok(&b, &t, &o);
	assert_int_equal(t.restarts, 0);
	expect_unharmed(&b);
	bench_close(&b);
}

struct swap {
	bool lose; /* the next command is lost; afterwards another module answers */
	bool other;
};

static int swap_serial(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	const struct swap *s = ctx;

	if (s->other && !write && a.page == 0 && a.byte <= 166 && a.byte + n > 168)
		p[168 - a.byte] = 'X';
	return 0;
}

static int lose_one(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	struct swap *s = ctx;

	(void)p;
	(void)n;
	if (!s->lose || !write || a.page != P9F || a.byte != 128)
		return 0;
	s->lose = false;
	s->other = true;
	return LW_EIO;
}

static void firmware_other_module_is_left_alone(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 9000);
	struct swap s = {0};
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	make_load(9000, 4, 2);
	open_with(&b, (struct shape){0});
	b.after = swap_serial;
	b.before = lose_one;
	b.ctx = &s;
	lw_firmware_task_init(&t, &b.bus, &o);
	for (struct lw_mono due;
	     due = lw_firmware_task_run(&t, b.now), lw_mono_before(due, LW_NEVER);) {
		s.lose = t.blocks_sent == 2 && !s.other;
		bench_wait(&b, due);
	}
	if (t.result == 0 || !strstr(t.error.message, "another module"))
		fail_msg("%d: %s", t.result, t.error.message);
	bench_close(&b);
}

static void firmware_module_without_commands_says_so(void **state)
{
	struct lw_firmware_options o = {.goals = LW_FIRMWARE_QUERY};
	struct lw_firmware_task t;
	struct bench b;

	(void)state;
	bench_image(&image);
	bench_put(&image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, 0);
	bench_sum(&image);
	bench_open(&b, &image, (struct lw_twin_options){0});
	assert_int_equal(run(&b, &t, &o), LW_ENOTSUP);
	assert_non_null(strstr(t.error.message, "01h:163"));
	lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, true);
	assert_int_equal(run(&b, &t, &o), LW_EABSENT);
	bench_close(&b);
}

/* -- Interruption at any byte ------------------------------------------------------------------ */

#define MODES 4

enum cut { CUT_BUS, CUT_UNPLUG, CUT_RESET, CUT_HOST, CUT_HALF, CUTS };

struct cutter {
	struct bench *b;
	enum cut kind;
	unsigned at;   /* access at which it happens */
	unsigned part; /* CUT_HALF: bytes of a write that arrive */
	unsigned seen;
	bool cut;
	struct lw_mono back; /* when it is over */
};

static int cut_here(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	struct cutter *c = ctx;
	struct lw_bus *twin = lw_twin_bus(c->b->twin);

	if (c->kind == CUT_BUS && c->cut && lw_mono_before(c->b->now, c->back))
		return LW_ETIMEDOUT;
	if (c->seen++ != c->at)
		return 0;
	c->cut = true;
	c->back = lw_mono_add(c->b->now, lw_ms(4000));
	switch (c->kind) {
	case CUT_UNPLUG:
		lw_twin_fault(c->b->twin, LW_FAULT_UNPLUG, 0, true);
		return LW_EABSENT;
	case CUT_RESET:
		lw_twin_fault(c->b->twin, LW_FAULT_RESET, 0, true);
		return LW_ENACK;
	case CUT_HALF: /* some bytes arrive, then the bus breaks down */
		if (write && c->part % n)
			lw_bus_write(twin, a, p, c->part % n, NULL);
		return LW_EIO;
	default:
		return LW_ETIMEDOUT;
	}
}

/*
 * One download that is cut, with commands in the background or (mode 1) in the foreground, by the
 * first or (mode 2) the second command data block; then all must be well.
 * @return false when the cut came too late
 */
static bool survive(enum cut kind, bool epl, unsigned mode, unsigned at, unsigned part)
{
	const size_t n = epl ? 5000 : 1500;
	struct lw_firmware_options o =
		options(LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN | LW_FIRMWARE_COMMIT, n);
	struct cutter c = {.kind = kind, .at = at, .part = part};
	struct lw_firmware_task t;
	struct lw_mono due;
	struct bench b;
	bool was_cut;

	o.way = epl ? LW_FIRMWARE_BY_EPL : LW_FIRMWARE_BY_LPL;
	o.instance = (uint8_t)(mode >> 1);
	make_load(n, 4, 2);
	open_with(&b, (struct shape){.foreground = mode & 1, .two = mode >> 1});
	c.b = &b;
	b.before = cut_here;
	b.ctx = &c;
	lw_firmware_task_init(&t, &b.bus, &o);
	while (due = lw_firmware_task_run(&t, b.now), lw_mono_before(due, LW_NEVER)) {
		if (c.cut && kind == CUT_UNPLUG && !lw_mono_before(b.now, c.back))
			lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, false);
		/* the host dies, and comes back knowing nothing */
		if (c.cut && kind == CUT_HOST) {
			if (t.left & LW_FIRMWARE_RUN && !t.switching &&
			    t.phase != LW_FIRMWARE_RUNNING)
				expect_unharmed(&b);
			lw_firmware_task_init(&t, &b.bus, &o);
			c.cut = false;
			continue;
		}
		bench_wait(&b, due);
	}
	was_cut = c.seen > c.at;
	if (t.result)
		fail_msg("cut %d at access %u (%u), mode %u: %s", (int)kind, at, part, mode,
			 t.error.message);
	assert_int_equal(t.ability.background, !(mode & 1));
	assert_true(t.info.bank[t.info.running].valid);
	assert_int_equal(t.info.committed, t.info.running);
	assert_int_equal(t.info.bank[t.info.running].major, 4);
	assert_int_equal(t.info.bank[t.info.running].minor, 2);
	bench_close(&b);
	return was_cut;
}

/*
 * Each access is hit by some kind of cut; with LW_LONG in the environment each by every kind. The
 * first four read who the module is: before that, its absence is an answer and no cut.
 */
static void firmware_survives_a_cut_at_every_access(void **state)
{
	const unsigned step = getenv("LW_LONG") ? 1 : CUTS;

	(void)state;
	for (unsigned i = 0; i < CUTS * 2 * MODES; i++) {
		unsigned kind = i % CUTS, epl = i / CUTS % 2, mode = i / CUTS / 2;
		unsigned at = 4 + kind % step;

		/* two of the modes have all that the others have */
		if (step > 1 && (mode == 1 || mode == 2))
			continue;
		while (survive((enum cut)kind, epl, mode, at, 1 + at * 7 % 127))
			at += step;
		print_message("# cut %u, %s, mode %u: %u accesses\n", kind, epl ? "EPL" : "LPL",
			      mode, at);
		assert_true(at > 100);
	}
}

static void firmware_survives_random_cuts_within_writes(void **state)
{
	uint32_t x = 99;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		x = x * 1664525u + 1013904223u;
		survive(CUT_HALF, i % 2, i / 2 % MODES, 4 + (x >> 8 & 0xff), x >> 20);
	}
}

static void firmware_cut_that_lasts_ends_with_what_runs_unharmed(void **state)
{
	struct lw_firmware_options o = options(LW_FIRMWARE_DOWNLOAD, 9000);
	struct lw_firmware_task t;
	struct lw_mono due, start;
	struct bench b;

	(void)state;
	make_load(9000, 4, 2);
	open_with(&b, (struct shape){0});
	start = b.now;
	lw_firmware_task_init(&t, &b.bus, &o);
	while (due = lw_firmware_task_run(&t, b.now), lw_mono_before(due, LW_NEVER)) {
		if (t.blocks_sent == 2)
			lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, true);
		bench_wait(&b, due);
	}
	assert_int_equal(t.result, LW_EABSENT);
	assert_true(b.now.ns - start.ns > lw_ms(60000).ns);
	assert_true(b.now.ns - start.ns < lw_ms(90000).ns);
	lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, false);
	bench_wait(&b, lw_mono_add(b.now, lw_ms(20000)));
	expect_unharmed(&b);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(firmware_info_reads_every_status_of_the_standard),
		cmocka_unit_test(firmware_features_read_durations_and_lengths),
		cmocka_unit_test(firmware_erased_blocks_are_passed_over),
		cmocka_unit_test(firmware_query_writes_no_memory),
		cmocka_unit_test(firmware_update_takes_every_way),
		cmocka_unit_test(firmware_not_committed_is_gone_after_a_restart),
		cmocka_unit_test(firmware_password_opens_a_locked_module),
		cmocka_unit_test(firmware_dry_run_plans_and_writes_nothing),
		cmocka_unit_test(firmware_progress_rises_and_tells_the_time_left),
		cmocka_unit_test(firmware_bad_images_are_refused_before_anything_is_written),
		cmocka_unit_test(firmware_damaged_file_ends_with_its_reason_and_a_closed_transfer),
		cmocka_unit_test(firmware_bit_lost_on_the_bus_is_found_and_sent_again),
		cmocka_unit_test(firmware_refused_way_gives_place_to_the_other),
		cmocka_unit_test(firmware_stop_closes_the_transfer),
		cmocka_unit_test(firmware_refusals_of_every_step_end_with_their_reason),
		cmocka_unit_test(firmware_command_that_never_ends_is_ended),
		cmocka_unit_test(firmware_other_module_is_left_alone),
		cmocka_unit_test(firmware_module_without_commands_says_so),
		cmocka_unit_test(firmware_survives_a_cut_at_every_access),
		cmocka_unit_test(firmware_survives_random_cuts_within_writes),
		cmocka_unit_test(firmware_cut_that_lasts_ends_with_what_runs_unharmed),
	};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL);
}
