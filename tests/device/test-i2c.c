/* SPDX-License-Identifier: Apache-2.0 */
#include "adapter.h"

#include <errno.h>
#include <linux/i2c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* SFF-8024 Table 4-1 */
#define SFP     0x03
#define QSFP28  0x11
#define QSFP_DD 0x18

#define BYTES (I2C_FUNC_SMBUS_BYTE_DATA)
#define WORDS (BYTES | I2C_FUNC_SMBUS_WORD_DATA)
#define BLOCK (WORDS | I2C_FUNC_SMBUS_I2C_BLOCK)
#define FULL  (I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL)

static const unsigned long every_adapter[] = {FULL, BLOCK, WORDS, BYTES};
#define EVERY (sizeof(every_adapter) / sizeof(*every_adapter))

static int read_at(struct lw_device *d, struct lw_addr a, uint8_t *ret, size_t n,
		   struct lw_error *reterr)
{
	return lw_bus_read(lw_device_bus(d), a, ret, n, reterr);
}

static bool is_right(struct lw_addr a, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++, a.byte++)
		if (p[i] != adapter_byte(a))
			return false;
	return true;
}

static void expect_page(struct lw_device *d, uint8_t bank, uint8_t page)
{
	struct lw_addr a = {.i2c = 0x50, .bank = bank, .page = page, .byte = 128};
	struct lw_error e;
	uint8_t got[128];

	if (read_at(d, a, got, sizeof(got), &e))
		fail_msg("page %02Xh bank %u: %s", page, bank, e.message);
	assert_true(is_right(a, got, sizeof(got)));
}

static void i2c_every_kind_of_adapter_reads_every_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		d = adapter_open(&x, NULL);
		expect_page(d, 0, 0x00);
		expect_page(d, 0, 0x11);
		expect_page(d, 1, 0x11);
		expect_page(d, 3, 0x2f);
		expect_page(d, 0, 0x01);
		expect_page(d, 0, 0x00);
		lw_device_close(d);
	}
}

static void i2c_kind_names_the_transfers(void **state)
{
	static const char *const kinds[EVERY] = {"i2c-dev, I2C_RDWR", "i2c-dev, SMBus block",
						 "i2c-dev, SMBus word", "i2c-dev, SMBus byte"};

	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		d = adapter_open(&x, NULL);
		assert_string_equal(lw_device_kind(d), kinds[i]);
		lw_device_close(d);
	}
}

static void i2c_page_that_is_selected_costs_one_transfer(void **state)
{
	struct adapter x;
	struct lw_device *d;
	unsigned before;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x11);
	before = x.transfers;
	expect_page(d, 0, 0x11);
	assert_int_equal(x.transfers - before, 1);
	assert_int_equal(x.longest, 128);
	lw_device_close(d);
}

static void i2c_bank_goes_with_its_page_in_one_write(void **state)
{
	struct adapter x;
	struct lw_device *d;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	d = adapter_open(&x, NULL);
	expect_page(d, 2, 0x11);
	assert_int_equal(x.pairs, 1);
	assert_int_equal(x.selects, 1);
	lw_device_close(d);
}

static void i2c_bank_is_never_written_to_a_qsfp28(void **state)
{
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP28);
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x03);
	expect_page(d, 0, 0x20);
	assert_int_equal(read_at(d, (struct lw_addr){0x50, 1, 0x20, 128}, &b, 1, &e), LW_ENOPAGE);
	assert_false(x.bank_written);
	lw_device_close(d);
}

static void i2c_missing_page_or_bank_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;
		struct lw_error e;
		uint8_t b;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		x.page_limit = 0x20;
		x.bank_limit = 2;
		d = adapter_open(&x, NULL);
		assert_int_equal(read_at(d, (struct lw_addr){0x50, 0, 0x9f, 128}, &b, 1, &e),
				 LW_ENOPAGE);
		assert_int_equal(e.page, 0x9f);
		assert_string_equal(e.where, "/dev/i2c-7");
		assert_int_equal(read_at(d, (struct lw_addr){0x50, 2, 0x11, 128}, &b, 1, &e),
				 LW_ENOPAGE);
		expect_page(d, 1, 0x11);
		lw_device_close(d);
	}
}

static void i2c_module_that_ignores_the_bank_has_none(void **state)
{
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.bankless = true;
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x11);
	assert_int_equal(read_at(d, (struct lw_addr){0x50, 1, 0x11, 128}, &b, 1, &e), LW_ENOPAGE);
	expect_page(d, 0, 0x11);
	lw_device_close(d);
}

static void i2c_flat_module_has_no_pages_and_is_not_asked(void **state)
{
	static const struct {
		uint8_t identifier, byte2;
	} flat[] = {{QSFP_DD, 0x80}, {QSFP28, 0x04}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct adapter x;
		struct lw_device *d;
		struct lw_error e;
		uint8_t b;

		adapter_init(&x, FULL, flat[i].identifier);
		x.byte2 = flat[i].byte2;
		d = adapter_open(&x, NULL);
		expect_page(d, 0, 0);
		assert_int_equal(read_at(d, (struct lw_addr){0x50, 0, 1, 128}, &b, 1, &e),
				 LW_ENOPAGE);
		assert_int_equal(x.selects, 0);
		lw_device_close(d);
	}
}

static void i2c_sfp_has_two_addresses_and_pages_of_the_second(void **state)
{
	for (unsigned paging = 0; paging < 2; paging++) {
		struct lw_addr a0 = {0x50, 0, 0, 128}, a2 = {0x51, 0, 0, 0}, p2 = {0x51, 0, 2, 128};
		struct adapter x;
		struct lw_device *d;
		struct lw_error e;
		uint8_t b[128];

		(void)state;
		adapter_init(&x, FULL, SFP);
		x.two_addresses = true;
		x.paging = paging;
		d = adapter_open(&x, NULL);
		assert_int_equal(read_at(d, a0, b, 128, &e), 0);
		assert_true(is_right(a0, b, 128));
		assert_int_equal(read_at(d, a2, b, 120, &e), 0);
		assert_true(is_right(a2, b, 120));
		assert_int_equal(x.selects, 0);
		assert_int_equal(read_at(d, p2, b, 128, &e), paging ? 0 : LW_ENOPAGE);
		if (paging)
			assert_true(is_right(p2, b, 128));
		assert_false(x.bank_written);
		lw_device_close(d);
	}
}

static void i2c_hold_off_after_a_page_change_is_waited_out(void **state)
{
	static const int refusals[] = {ENXIO, EREMOTEIO, EIO};

	(void)state;
	for (size_t i = 0; i < EVERY; i++)
		for (size_t k = 0; k < 3; k++) {
			struct adapter x;
			struct lw_device *d;

			adapter_init(&x, every_adapter[i], QSFP_DD);
			x.hold_ms = 10;
			x.nack = refusals[k];
			d = adapter_open(&x, NULL);
			expect_page(d, 0, 0x11);
			expect_page(d, 1, 0x11);
			expect_page(d, 0, 0x02);
			assert_in_range(x.selects, 3, 3);
			lw_device_close(d);
		}
}

static void i2c_adapter_of_two_messages_is_learned(void **state)
{
	struct adapter x;
	struct lw_device *d;
	unsigned before;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.max_msgs = 2;
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x11);
	before = x.transfers;
	expect_page(d, 0, 0x11); /* look, read, look */
	assert_int_equal(x.transfers - before, 3);
	assert_int_equal(x.refused, 1);
	lw_device_close(d);
}

static void i2c_adapter_of_short_messages_is_learned(void **state)
{
	static const uint8_t data[120];
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.max_len = 33;
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x11);
	expect_page(d, 0, 0x01);
	assert_in_range(x.longest, 16, 33);
	assert_int_equal(
		lw_bus_write(lw_device_bus(d), (struct lw_addr){0x50, 0, 0x9f, 136}, data, 120, &e),
		0);
	assert_in_range(x.longest, 16, 33);
	lw_device_close(d);
}

static void i2c_max_read_bounds_every_transfer(void **state)
{
	struct lw_device_options opt = {.max_read = 7};

	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		d = adapter_open(&x, &opt);
		expect_page(d, 0, 0x11);
		assert_in_range(x.longest, 1, 7);
		lw_device_close(d);
	}
}

static void i2c_absent_and_busy_modules_differ(void **state)
{
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.absent = true;
	d = adapter_open(&x, NULL);
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), LW_EABSENT);
	assert_int_equal(e.sys, ENXIO);
	x.absent = false;
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), 0);
	x.absent = true;
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), LW_ENACK);
	x.now = lw_mono_add(x.now, lw_ms(6000));
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), LW_EABSENT);
	lw_device_close(d);
}

static void i2c_retry_time_is_kept(void **state)
{
	struct lw_device_options opt = {.retry_ms = 200};
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.absent = true;
	d = adapter_open(&x, &opt);
	read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e);
	assert_in_range(x.now.ns / 1000000, 200, 205);
	lw_device_close(d);
}

static void i2c_hung_bus_is_asked_once(void **state)
{
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.hangs = true;
	d = adapter_open(&x, NULL);
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), LW_ETIMEDOUT);
	assert_int_equal(x.transfers, 1);
	lw_device_close(d);
}

static void i2c_other_module_in_the_cage_is_known_anew(void **state)
{
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, FULL, QSFP28);
	d = adapter_open(&x, NULL);
	expect_page(d, 0, 0x20);
	x.identifier = QSFP_DD;
	assert_int_equal(read_at(d, (struct lw_addr){.i2c = 0x50}, &b, 1, &e), 0);
	expect_page(d, 1, 0x11);
	assert_true(x.bank_written);
	lw_device_close(d);
}

static void i2c_bound_address_names_a_driver(void **state)
{
	struct adapter x;
	struct lw_device *d = NULL;
	struct lw_error e;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	x.bound = true;
	assert_int_equal(lw_i2c_open_fd(&x.sys, dup(0), "/dev/i2c-7", 7, 0x50, NULL, &d, &e),
			 LW_EIO);
	assert_int_equal(e.sys, EBUSY);
	assert_non_null(strstr(e.message, "driver"));
	assert_non_null(strstr(e.message, "50h"));
	assert_null(d);
}

static void i2c_adapter_without_byte_reads_is_refused(void **state)
{
	struct adapter x;
	struct lw_device *d = NULL;
	struct lw_error e;

	(void)state;
	adapter_init(&x, I2C_FUNC_SMBUS_QUICK, QSFP_DD);
	assert_int_equal(lw_i2c_open_fd(&x.sys, dup(0), "/dev/i2c-7", 7, 0x50, NULL, &d, &e),
			 LW_ENOTSUP);
	assert_null(d);
}

static void i2c_module_at_another_address_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		x.address = 0x54;
		d = adapter_open(&x, NULL);
		expect_page(d, 0, 0x11);
		lw_device_close(d);
	}
}

static void i2c_write_goes_to_its_page(void **state)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct lw_addr a = {0x50, 1, 0x10, 145};

	(void)state;
	for (size_t i = 0; i < EVERY; i++) {
		struct adapter x;
		struct lw_device *d;
		struct lw_error e;
		/* words are cut at even bytes, so that the first and the last stand alone */
		size_t last = i < 2 ? 8 : 1;

		adapter_init(&x, every_adapter[i], QSFP_DD);
		d = adapter_open(&x, NULL);
		assert_int_equal(lw_bus_write(lw_device_bus(d), a, data, 8, &e), 0);
		assert_int_equal(x.written_n, last);
		assert_memory_equal(x.written, data + 8 - last, last);
		assert_int_equal(x.written_at.page, 0x10);
		assert_int_equal(x.written_at.bank, 1);
		assert_int_equal(x.written_at.byte, 145 + 8 - last);
		lw_device_close(d);
	}
}

static void i2c_write_never_cuts_a_number(void **state)
{
	static const uint8_t data[4] = {0, 0, 0x10, 0x11};
	struct lw_addr password = {0x50, 0, 0, 122};
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;
	uint8_t b;

	(void)state;
	adapter_init(&x, WORDS, QSFP_DD);
	d = adapter_open(&x, NULL);
	assert_int_equal(read_at(d, (struct lw_addr){0x50, 0, 1, 128}, &b, 1, &e), 0);
	assert_int_equal(lw_bus_write(lw_device_bus(d), password, data, 4, &e), LW_ENOTSUP);
	assert_int_equal(x.written_n, 0);
	lw_device_close(d);
	adapter_init(&x, BLOCK, QSFP_DD);
	d = adapter_open(&x, NULL);
	assert_int_equal(lw_bus_write(lw_device_bus(d), password, data, 4, &e), 0);
	assert_int_equal(x.written_n, 4);
	lw_device_close(d);
}

static void i2c_read_only_device_refuses_writes(void **state)
{
	struct lw_device_options opt = {.read_only = true};
	struct adapter x;
	struct lw_device *d;
	struct lw_error e;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	d = adapter_open(&x, &opt);
	assert_int_equal(lw_bus_write(lw_device_bus(d), (struct lw_addr){0x50, 0, 0, 26},
				      (uint8_t[]){0}, 1, &e),
			 LW_ENOTSUP);
	assert_int_equal(x.transfers, 0);
	lw_device_close(d);
}

static void i2c_trace_is_timed_by_the_clock(void **state)
{
	struct lw_trace_entry ring[4];
	struct lw_trace t = {.ring = ring, .size = 4};
	struct lw_mono before = lw_device_now();
	struct adapter x;
	struct lw_device *d;

	(void)state;
	adapter_init(&x, FULL, QSFP_DD);
	d = adapter_open(&x, NULL);
	lw_device_trace(d, &t);
	expect_page(d, 0, 0x11);
	assert_int_equal(t.count, 1); /* the select and the identity belong to the access */
	assert_false(lw_mono_before(ring[0].at, before));
	assert_true(ring[0].took.ns >= 0);
	lw_device_close(d);
}

static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Somebody who selects pages whenever it suits them, and may put things back as they were. */
static void selects_at_random(struct adapter *x)
{
	uint64_t r = next_random(&x->seed);

	if (x->quiet) {
		x->quiet--;
		return;
	}
	if (r % 4)
		return;
	x->bank_latch = (uint8_t)(r >> 8 & 3);
	x->page = r >> 16 & 1 ? (uint8_t)(r >> 20 & 1) : (uint8_t)(0x10 + (r >> 24 & 3));
	x->bank = x->page < 0x10 ? 0 : x->bank_latch;
	x->changes++;
}

/* The same, but leaves at least one attempt of ours alone after each change. */
static void selects_now_and_then(struct adapter *x)
{
	unsigned before = x->changes;

	selects_at_random(x);
	if (x->changes != before)
		x->quiet = 140;
}

/* Random reads with somebody else at work. @return how many went well */
static unsigned race_reads(unsigned long funcs, void (*other)(struct adapter *), uint64_t seed,
			   unsigned rounds)
{
	struct adapter x;
	struct lw_device *d;
	unsigned good = 0;

	adapter_init(&x, funcs, QSFP_DD);
	d = adapter_open(&x, NULL);
	x.other = other;
	x.seed = seed;
	for (unsigned i = 0; i < rounds; i++) {
		uint64_t r = next_random(&seed);
		struct lw_addr a = {.i2c = 0x50,
				    .bank = (uint8_t)(r & 3),
				    .page = r >> 8 & 1 ? (uint8_t)(0x10 + (r >> 9 & 3))
						       : (uint8_t)(r >> 9 & 1),
				    .byte = (uint8_t)(128 + (r >> 16 & 63))};
		size_t n = 1 + (r >> 24 & 63);
		struct lw_error e;
		uint8_t got[128];
		int code = read_at(d, a, got, n, &e);

		if (a.page < 0x10)
			a.bank = 0;
		if (code == 0) {
			assert_true(is_right(a, got, n));
			good++;
		} else if (code != LW_EIO && code != LW_ENOPAGE) {
			fail_msg("%d: %s", code, e.message);
		}
	}
	assert_true(x.changes > rounds / 200);
	lw_device_close(d);
	return good;
}

static void race_with_one_transfer_never_reads_another_page(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		assert_true(race_reads(FULL, selects_at_random, seed, 2000) > 1800);
}

static void race_without_it_is_found_out_by_looking_twice(void **state)
{
	(void)state;
	for (size_t i = 1; i < EVERY; i++)
		for (uint64_t seed = 1; seed <= 5; seed++)
			assert_int_equal(
				race_reads(every_adapter[i], selects_now_and_then, seed, 1000),
				1000);
}

/* A write that another program has diverted is never called good. */
static void race_of_writes_is_told(void **state)
{
	static const uint8_t data[] = {0xaa, 0x55};
	unsigned diverted = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lw_addr a = {0x50, 1, 0x10, 145};
		struct adapter x;
		struct lw_device *d;

		adapter_init(&x, FULL, QSFP_DD);
		d = adapter_open(&x, NULL);
		x.other = selects_now_and_then;
		x.seed = seed;
		for (unsigned i = 0; i < 2000; i++) {
			struct lw_error e;
			int r;

			x.written_n = 0;
			x.quiet = x.quiet > 20 ? x.quiet - 20 : 0;
			r = lw_bus_write(lw_device_bus(d), a, data, 2, &e);
			if (x.written_n &&
			    (x.written_at.page != a.page || x.written_at.bank != a.bank)) {
				diverted++;
				assert_int_equal(r, LW_EIO);
				assert_non_null(strstr(e.message, "another program"));
			} else {
				assert_true(r == 0 || r == LW_EIO);
			}
		}
		lw_device_close(d);
	}
	assert_true(diverted > 0); /* or this test has shown nothing */
}

static void i2c_source_is_parsed_strictly(void **state)
{
	static const struct {
		const char *source;
		int code;
	} cases[] = {
		{"/dev/i2c-", LW_EINVAL},         {"/dev/i2c-x", LW_EINVAL},
		{"/dev/i2c-5:", LW_EINVAL},       {"/dev/i2c-5:zz", LW_EINVAL},
		{"/dev/i2c-5:80", LW_EINVAL},     {"/dev/i2c-5:50x", LW_EINVAL},
		{"/dev/i2c-5 ", LW_EINVAL},       {"/dev/i2c-99999999999", LW_EINVAL},
		{"/dev/i2c--1", LW_EINVAL},       {"/dev/i2c-54321", LW_ENOENT},
		{"/dev/i2c-54321:50", LW_ENOENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lw_device *d = NULL;
		struct lw_error e;

		assert_true(lw_device_named(cases[i].source));
		assert_int_equal(lw_device_open(cases[i].source, NULL, &d, &e), cases[i].code);
		assert_string_equal(e.where, cases[i].source);
		assert_null(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(i2c_every_kind_of_adapter_reads_every_page),
		cmocka_unit_test(i2c_kind_names_the_transfers),
		cmocka_unit_test(i2c_page_that_is_selected_costs_one_transfer),
		cmocka_unit_test(i2c_bank_goes_with_its_page_in_one_write),
		cmocka_unit_test(i2c_bank_is_never_written_to_a_qsfp28),
		cmocka_unit_test(i2c_missing_page_or_bank_is_told),
		cmocka_unit_test(i2c_module_that_ignores_the_bank_has_none),
		cmocka_unit_test(i2c_flat_module_has_no_pages_and_is_not_asked),
		cmocka_unit_test(i2c_sfp_has_two_addresses_and_pages_of_the_second),
		cmocka_unit_test(i2c_hold_off_after_a_page_change_is_waited_out),
		cmocka_unit_test(i2c_adapter_of_two_messages_is_learned),
		cmocka_unit_test(i2c_adapter_of_short_messages_is_learned),
		cmocka_unit_test(i2c_max_read_bounds_every_transfer),
		cmocka_unit_test(i2c_absent_and_busy_modules_differ),
		cmocka_unit_test(i2c_retry_time_is_kept),
		cmocka_unit_test(i2c_hung_bus_is_asked_once),
		cmocka_unit_test(i2c_other_module_in_the_cage_is_known_anew),
		cmocka_unit_test(i2c_bound_address_names_a_driver),
		cmocka_unit_test(i2c_adapter_without_byte_reads_is_refused),
		cmocka_unit_test(i2c_module_at_another_address_is_reached),
		cmocka_unit_test(i2c_write_goes_to_its_page),
		cmocka_unit_test(i2c_write_never_cuts_a_number),
		cmocka_unit_test(i2c_read_only_device_refuses_writes),
		cmocka_unit_test(i2c_trace_is_timed_by_the_clock),
		cmocka_unit_test(race_with_one_transfer_never_reads_another_page),
		cmocka_unit_test(race_without_it_is_found_out_by_looking_twice),
		cmocka_unit_test(race_of_writes_is_told),
		cmocka_unit_test(i2c_source_is_parsed_strictly),
	};

	return cmocka_run_group_tests_name("i2c", tests, NULL, NULL);
}
