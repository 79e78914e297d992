/* SPDX-License-Identifier: Apache-2.0 */
#include "host-bench.h"
#include <lanewise/cdb.h>

/*
 * The host's client against the module's side, which was written apart from it. Offsets, codes and
 * check codes are typed from CMIS 5.4 (Tables 8-14, 8-198, chapter 9).
 */

enum { P9F = 0x9f };
enum { QUERY = 0x0000, ENTER = 0x0001, ABORT = 0x0004, MODULE = 0x0040, INFO = 0x0100 };

static struct lw_image image;

struct mode {
	bool background, access_times;
	unsigned read_write_extension;
	unsigned trigger; /* 1: any write that contains 129 */
};

static void open_with(struct bench *b, struct lw_cdb_client *c, struct mode m)
{
	struct lw_cdb_ability ability;
	struct lw_view v;

	bench_image(&image);
	bench_put(&image, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED, 0, m.background);
	bench_put(&image, LW_CMIS_CDB_READ_WRITE_LENGTH_EXTENSION, 0, m.read_write_extension);
	bench_put(&image, LW_CMIS_CDB_COMMAND_TRIGGER_METHOD, 0, m.trigger);
	bench_sum(&image);
	bench_open(b, &image, (struct lw_twin_options){.access_times = m.access_times});
	lw_image_view(&image, &v);
	lw_cdb_ability_read(&v, &ability);
	lw_cdb_client_init(c, &b->bus, &ability);
}

/* @return how it ended */
static enum lw_cdb_outcome ask(struct bench *b, struct lw_cdb_client *c, uint16_t id,
			       const uint8_t *lpl, uint8_t n)
{
	struct lw_cdb_request q = {.id = id, .lpl = lpl, .lpl_n = n};
	struct lw_mono due;

	assert_int_equal(lw_cdb_client_send(c, &q, NULL), 0);
	while (due = lw_cdb_client_run(c, b->now), lw_mono_before(due, LW_NEVER))
		bench_wait(b, due);
	assert_int_not_equal(c->outcome, LW_CDB_UNDER_WAY);
	return c->outcome;
}

static void cdb_ability_follows_the_advertisement(void **state)
{
	struct lw_cdb_ability a;
	struct lw_view v;

	(void)state;
	bench_image(&image);
	lw_image_view(&image, &v);
	image.slot[0][LW_CMIS_SLOT_01H][163 - 128] = 0x80 | 0x20 | 0x06; /* two, background, 1536 */
	image.slot[0][LW_CMIS_SLOT_01H][164 - 128] = 3;
	image.slot[0][LW_CMIS_SLOT_01H][165 - 128] = 0x1f;
	image.slot[0][LW_CMIS_SLOT_01H][166 - 128] = 0x80;
	lw_cdb_ability_read(&v, &a);
	assert_int_equal(a.instances, 2);
	assert_true(a.background);
	assert_false(a.auto_paging);
	assert_int_equal(a.epl_bytes, 1536);
	assert_int_equal(a.lpl_access, 32);
	assert_int_equal(a.epl_access, 32);
	assert_int_equal(a.max_busy.ns, lw_ms(4960).ns);
	image.slot[0][LW_CMIS_SLOT_01H][165 - 128] = 0x00; /* T of 0 counts as 1 */
	lw_cdb_ability_read(&v, &a);
	assert_int_equal(a.max_busy.ns, lw_ms(160).ns);
	image.slot[0][LW_CMIS_SLOT_01H][164 - 128] = 255;
	image.slot[0][LW_CMIS_SLOT_01H][166 - 128] = 30; /* max(0, 80 - S) */
	lw_cdb_ability_read(&v, &a);
	assert_int_equal(a.max_busy.ns, lw_ms(50).ns);
	assert_int_equal(a.lpl_access, 128);
	assert_int_equal(a.epl_access, 2048);
	image.slot[0][LW_CMIS_SLOT_01H][166 - 128] = 0x7f;
	image.slot[0][LW_CMIS_SLOT_01H][163 - 128] = 0x0c; /* reserved number of pages */
	lw_cdb_ability_read(&v, &a);
	assert_int_equal(a.max_busy.ns, 0);
	assert_int_equal(a.instances, 0);
	assert_int_equal(a.epl_bytes, 0);
	image.present[0][LW_CMIS_SLOT_01H] = 0;
	lw_image_view(&image, &v);
	lw_cdb_ability_read(&v, &a);
	assert_int_equal(a.instances, 0);
	assert_int_equal(a.lpl_access, 0);
}

static void cdb_every_mode_brings_the_reply(void **state)
{
	static const struct mode modes[] = {
		{true, false, 15, 1},  {true, true, 15, 0},  {true, true, 0, 0},
		{false, false, 15, 1}, {false, true, 15, 0}, {false, true, 0, 0},
	};
	static const uint8_t delay[] = {0, 200};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct lw_cdb_client c;
		struct bench b;
		struct lw_mono start;

		open_with(&b, &c, modes[i]);
		start = b.now;
		assert_int_equal(ask(&b, &c, QUERY, delay, sizeof(delay)), LW_CDB_DONE);
		assert_int_equal(c.status, 0x01);
		assert_int_equal(c.reply_n, 2);
		assert_int_equal(c.reply[0], 2);
		assert_int_equal(c.reply[1], 0);
		assert_true(b.now.ns - start.ns >= lw_ms(200).ns);
		assert_true(b.now.ns - start.ns < lw_ms(400).ns);
		assert_int_equal(ask(&b, &c, INFO, NULL, 0), LW_CDB_DONE);
		assert_int_equal(c.reply_n, 110);
		assert_int_equal(c.reply[0], 0x03); /* A runs and is committed */
		if (modes[i].background)
			assert_true(c.polls > 0);
		else
			assert_true(c.nacks > 0);
		bench_close(&b);
	}
}

static void cdb_message_is_written_as_the_standard_has_it(void **state)
{
	struct lw_cdb_client c;
	struct bench b;
	static const uint8_t password[] = {0x00, 0x00, 0x10, 0x11};

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	assert_int_equal(ask(&b, &c, ENTER, password, 4), LW_CDB_DONE);
	assert_int_equal(bench_byte(&b, P9F, 128), 0x00);
	assert_int_equal(bench_byte(&b, P9F, 129), 0x01);
	assert_int_equal(bench_byte(&b, P9F, 132), 4);
	/* ~(00 + 01 + 00 + 00 + 04 + 00 + 00 + 10 + 11) */
	assert_int_equal(bench_byte(&b, P9F, 133), 0xd9);
	/* a body-less reply is not read */
	assert_int_equal(c.reply_n, 0);
	/* the completion flag was taken away */
	assert_int_equal(bench_byte(&b, -1, 8) & 0x40, 0);
	bench_close(&b);
}

static void cdb_refusal_is_explained(void **state)
{
	static const uint8_t wrong[] = {0, 0, 0, 1};
	struct lw_cdb_client c;
	struct lw_error e;
	struct bench b;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	assert_int_equal(ask(&b, &c, ENTER, wrong, 4), LW_CDB_REFUSED);
	assert_int_equal(c.status, 0x46);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_EIO);
	assert_non_null(strstr(e.message, "password"));
	assert_non_null(strstr(e.message, "Enter Password (0001h)"));
	assert_int_equal(ask(&b, &c, 0x3333, NULL, 0), LW_CDB_REFUSED);
	assert_int_equal(c.status, 0x41);
	/* and goes on working */
	assert_int_equal(ask(&b, &c, MODULE, NULL, 0), LW_CDB_DONE);
	assert_int_equal(c.reply_n, 36);
	bench_close(&b);
}

static void cdb_every_code_has_a_reason_and_a_next_step(void **state)
{
	struct lw_cdb_meaning m, general;

	(void)state;
	for (unsigned code = 0; code < 128; code++) {
		lw_cdb_explain(0x0107, (uint8_t)code, &m);
		assert_true(strlen(m.reason) > 8 && strlen(m.next) > 8 && m.ref[0]);
		lw_cdb_explain(0x0107, (uint8_t)(code | 0x80), &general);
		assert_ptr_equal(m.reason, general.reason);
	}
	/* Table 9-19: 34 is a checksum for firmware, and something else for others */
	lw_cdb_explain(0x0107, 0x62, &m);
	lw_cdb_explain(0x0200, 0x62, &general);
	assert_non_null(strstr(m.reason, "checksum"));
	assert_ptr_not_equal(m.reason, general.reason);
	lw_cdb_explain(0x0101, 0x46, &m);
	assert_non_null(strstr(m.reason, "password"));
	assert_false(m.retry);
	lw_cdb_explain(0x0101, 0x45, &m);
	assert_true(m.retry);
}

struct spoil {
	struct bench *b;
	int page, byte, code;
	bool write;
	unsigned skip, times;
	unsigned hits;
};

static int spoil(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	struct spoil *s = ctx;

	(void)p;
	if (s->write != write || (a.byte >= 128 && a.page != s->page) ||
	    (s->byte >= 0 && (s->byte < a.byte || (unsigned)s->byte >= a.byte + n)))
		return 0;
	s->hits++;
	if (s->hits <= s->skip || s->hits > s->skip + s->times)
		return 0;
	if (s->code)
		return s->code;
	p[s->byte - a.byte] ^= 0x10;
	return 0;
}

static void cdb_noise_on_the_bus_is_overcome(void **state)
{
	static const uint8_t delay[] = {0, 20};
	static const struct {
		int page, byte, code;
		bool write;
	} noise[] = {
		{P9F, 136, LW_EIO, true},                                /* header and payload */
		{P9F, 136, LW_ENACK, true},  {P9F, 129, LW_ENACK, true}, /* trigger refused */
		{0, 37, LW_EIO, false},      {0, 37, LW_ENACK, false},
		{0, 8, LW_ETIMEDOUT, false}, {P9F, 134, LW_ESHORT, false},
		{P9F, 136, LW_EIO, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
		struct spoil s = {
			NULL, noise[i].page, noise[i].byte, noise[i].code, noise[i].write, 0, 2, 0};
		struct lw_cdb_client c;
		struct bench b;

		open_with(&b, &c, (struct mode){true, false, 15, 0});
		b.before = spoil;
		b.ctx = &s;
		assert_int_equal(ask(&b, &c, QUERY, delay, 2), LW_CDB_DONE);
		assert_int_equal(c.reply_n, 2);
		assert_true(s.hits > 2);
		bench_close(&b);
	}
}

static void cdb_garbled_reply_is_read_again_then_given_up(void **state)
{
	struct spoil s = {NULL, P9F, 137, 0, false, 0, 1, 0};
	struct lw_cdb_client c;
	struct lw_error e;
	struct bench b;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	b.after = spoil;
	b.ctx = &s;
	assert_int_equal(ask(&b, &c, QUERY, NULL, 0), LW_CDB_DONE);
	assert_int_equal(s.hits, 2);
	s.hits = 0;
	s.times = 100;
	assert_int_equal(ask(&b, &c, QUERY, NULL, 0), LW_CDB_GARBLED);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_EIO);
	assert_non_null(strstr(e.message, "check code"));
	/* a module known for wrong check codes is believed */
	c.ignore_checks = true;
	assert_int_equal(ask(&b, &c, QUERY, NULL, 0), LW_CDB_DONE);
	bench_close(&b);
}

static void cdb_lost_module_ends_it(void **state)
{
	static const uint8_t delay[] = {2, 0};
	struct lw_cdb_request q = {.id = QUERY, .lpl = delay, .lpl_n = 2};
	struct lw_cdb_client c;
	struct lw_error e;
	struct lw_mono due;
	struct bench b;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), 0);
	for (unsigned i = 0; due = lw_cdb_client_run(&c, b.now), lw_mono_before(due, LW_NEVER);
	     i++) {
		if (i == 5)
			lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, true);
		bench_wait(&b, due);
	}
	assert_int_equal(c.outcome, LW_CDB_LOST);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_EABSENT);
	lw_twin_fault(b.twin, LW_FAULT_UNPLUG, 0, false);
	bench_wait(&b, lw_mono_add(b.now, lw_ms(10000)));
	assert_int_equal(ask(&b, &c, INFO, NULL, 0), LW_CDB_DONE);
	/* refusing for ever is as good as not there */
	lw_twin_fault(b.twin, LW_FAULT_NACK, 0, true);
	assert_int_equal(ask(&b, &c, INFO, NULL, 0), LW_CDB_LOST);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_ENACK);
	bench_close(&b);
}

static void cdb_restart_of_the_module_is_no_success(void **state)
{
	static const uint8_t delay[] = {0x27, 0x10}; /* 10 s */
	struct lw_cdb_request q = {.id = QUERY, .lpl = delay, .lpl_n = 2, .limit = lw_ms(20000)};
	struct lw_cdb_client c;
	struct lw_error e;
	struct lw_mono due;
	struct bench b;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), 0);
	for (unsigned i = 0; due = lw_cdb_client_run(&c, b.now), lw_mono_before(due, LW_NEVER);
	     i++) {
		if (i == 5)
			lw_twin_fault(b.twin, LW_FAULT_RESET, 0, true);
		bench_wait(&b, due);
	}
	assert_int_equal(c.outcome, LW_CDB_LOST);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_EIO);
	assert_non_null(strstr(e.message, "restarted"));
	bench_close(&b);
}

static void cdb_late_command_ends_and_the_next_one_waits_or_aborts(void **state)
{
	static const uint8_t delay[] = {0x13, 0x88}; /* 5 s */
	struct lw_cdb_request q = {.id = QUERY, .lpl = delay, .lpl_n = 2, .limit = lw_ms(100)};
	struct lw_cdb_client c;
	struct lw_mono due, start;
	struct lw_error e;
	struct bench b;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	c.ability.max_busy = lw_ms(0);
	start = b.now;
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), 0);
	while (due = lw_cdb_client_run(&c, b.now), lw_mono_before(due, LW_NEVER))
		bench_wait(&b, due);
	assert_int_equal(c.outcome, LW_CDB_LATE);
	assert_int_equal(lw_cdb_client_error(&c, &e), LW_ETIMEDOUT);
	assert_true(b.now.ns - start.ns < lw_ms(1300).ns);
	/* the module is still at it: the next command comes after it */
	assert_int_equal(ask(&b, &c, INFO, NULL, 0), LW_CDB_DONE);
	assert_true(b.now.ns - start.ns >= lw_ms(5000).ns);
	/* an Abort does not wait */
	start = b.now;
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), 0);
	while (due = lw_cdb_client_run(&c, b.now), lw_mono_before(due, LW_NEVER))
		bench_wait(&b, due);
	assert_int_equal(ask(&b, &c, ABORT, NULL, 0), LW_CDB_DONE);
	assert_int_equal(c.status, 0x03);
	assert_true(b.now.ns - start.ns < lw_ms(2000).ns);
	bench_close(&b);
}

static void cdb_bad_requests_touch_nothing(void **state)
{
	static uint8_t long_payload[2048];
	struct lw_cdb_request q = {.id = INFO, .lpl = long_payload, .lpl_n = 121};
	struct lw_cdb_ability none = {0};
	struct lw_cdb_client c;
	struct bench b;
	unsigned before;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	before = b.accesses;
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), LW_EINVAL);
	c.ability.epl_bytes = 128;
	q = (struct lw_cdb_request){.id = 0x0104, .epl = long_payload, .epl_n = 129};
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), LW_ENOTSUP);
	lw_cdb_client_init(&c, &b.bus, &none);
	q = (struct lw_cdb_request){.id = INFO};
	assert_int_equal(lw_cdb_client_send(&c, &q, NULL), LW_ENOTSUP);
	assert_int_equal(lw_cdb_client_run(&c, b.now).ns, LW_NEVER.ns);
	assert_int_equal(b.accesses, before);
	bench_close(&b);
}

static void cdb_second_look_learns_from_the_first(void **state)
{
	static const uint8_t delay[] = {1, 0};
	struct lw_cdb_client c;
	struct bench b;
	unsigned first;

	(void)state;
	open_with(&b, &c, (struct mode){true, false, 15, 0});
	assert_int_equal(ask(&b, &c, QUERY, delay, 2), LW_CDB_DONE);
	first = c.polls;
	c.polls = 0;
	assert_int_equal(ask(&b, &c, QUERY, delay, 2), LW_CDB_DONE);
	assert_true(c.polls <= 4);
	assert_true(first > 3 * c.polls);
	bench_close(&b);
}

static void cdb_second_instance_works_beside_the_first(void **state)
{
	static const uint8_t delay[] = {2, 0};
	struct lw_cdb_request q = {.id = QUERY, .lpl = delay, .lpl_n = 2};
	struct lw_cdb_client one, two;
	struct lw_cdb_ability ability;
	struct lw_view v;
	struct bench b;

	(void)state;
	bench_image(&image);
	bench_put(&image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, 2);
	bench_sum(&image);
	bench_open(&b, &image, (struct lw_twin_options){0});
	lw_image_view(&image, &v);
	lw_cdb_ability_read(&v, &ability);
	assert_int_equal(ability.instances, 2);
	lw_cdb_client_init(&one, &b.bus, &ability);
	lw_cdb_client_init(&two, &b.bus, &ability);
	two.instance = 1;
	assert_int_equal(lw_cdb_client_send(&one, &q, NULL), 0);
	lw_cdb_client_run(&one, b.now);
	bench_wait(&b, lw_mono_add(b.now, lw_ms(100)));
	lw_cdb_client_run(&one, b.now);
	assert_int_equal(one.outcome, LW_CDB_UNDER_WAY);
	assert_int_equal(ask(&b, &two, INFO, NULL, 0), LW_CDB_DONE);
	assert_int_equal(two.reply_n, 110);
	for (struct lw_mono due;
	     due = lw_cdb_client_run(&one, b.now), lw_mono_before(due, LW_NEVER);)
		bench_wait(&b, due);
	assert_int_equal(one.outcome, LW_CDB_DONE);
	assert_int_equal(one.reply_n, 2);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cdb_ability_follows_the_advertisement),
		cmocka_unit_test(cdb_every_mode_brings_the_reply),
		cmocka_unit_test(cdb_message_is_written_as_the_standard_has_it),
		cmocka_unit_test(cdb_refusal_is_explained),
		cmocka_unit_test(cdb_every_code_has_a_reason_and_a_next_step),
		cmocka_unit_test(cdb_noise_on_the_bus_is_overcome),
		cmocka_unit_test(cdb_garbled_reply_is_read_again_then_given_up),
		cmocka_unit_test(cdb_lost_module_ends_it),
		cmocka_unit_test(cdb_restart_of_the_module_is_no_success),
		cmocka_unit_test(cdb_late_command_ends_and_the_next_one_waits_or_aborts),
		cmocka_unit_test(cdb_bad_requests_touch_nothing),
		cmocka_unit_test(cdb_second_look_learns_from_the_first),
		cmocka_unit_test(cdb_second_instance_works_beside_the_first),
	};

	return cmocka_run_group_tests_name("cdb", tests, NULL, NULL);
}
