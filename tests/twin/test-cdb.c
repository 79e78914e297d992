/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/*
 * The command data block, spoken as hosts speak it: bytes 130.. in one write, then the command in
 * 128-129. Offsets and check codes are typed from CMIS 5.4 (Tables 8-14, 8-198, chapter 9).
 */

enum { LOWER = -1, P03 = 0x03, P9F = 0x9f, PA0 = 0xa0, STATUS = 37 };
enum {
	QUERY = 0x0000,
	ENTER = 0x0001,
	CHANGE = 0x0002,
	ABORT = 0x0004,
	MODULE = 0x0040,
	FIRMWARE = 0x0041,
	INFO = 0x0100,
	START = 0x0101,
	STOP = 0x0102,
	BLOCK = 0x0103,
	BLOCK_EPL = 0x0104,
	COMPLETE = 0x0107,
	COPY = 0x0108,
	RUN = 0x0109,
	COMMIT = 0x010a
};

#define HEADER 64u

static struct lw_image image;

struct bench {
	struct lw_world *w;
	struct lw_twin *t;
};

static struct bench b;

static void plug_with(bool background, bool locked)
{
	struct lw_twin_options opt = {.part = base_part(), .image = &image, .locked = locked};

	base_image(&image);
	image_put(&image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0, 3);
	image_put(&image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0, 7);
	image_put(&image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED, 0, background);
	image_put(&image, LW_CMIS_CDB_MAX_PAGES_EPL, 0, 7);
	image_put(&image, LW_CMIS_CDB_READ_WRITE_LENGTH_EXTENSION, 0, 15);
	image_put(&image, LW_CMIS_PAGE_03H_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_PASSWORD_ENTRY_SUPPORTED, 0, 2);
	assert_int_equal(lw_world_create(1, &b.w, NULL), 0);
	assert_int_equal(lw_world_plug(b.w, "m", &opt, &b.t, NULL), 0);
	pass(b.w, 5000);
	get_byte(b.t, LOWER, 8);
}

static int setup(void **state)
{
	(void)state;
	plug_with(true, false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(b.w);
	return 0;
}

static int bus_read(int page, unsigned byte, uint8_t *ret)
{
	struct lw_addr a = {0x50, 0, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	return lw_bus_read(lw_twin_bus(b.t), a, ret, 1, NULL);
}

static void put_bytes(int page, unsigned byte, const uint8_t *p, size_t n)
{
	struct lw_addr a = {0x50, 0, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	assert_int_equal(lw_bus_write(lw_twin_bus(b.t), a, p, n, NULL), 0);
}

/* Send a command; `spoil` is added to its check code. */
static void send(unsigned id, const uint8_t *lpl, size_t n, size_t epl, unsigned spoil)
{
	uint8_t m[128] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(epl >> 8), (uint8_t)epl,
			  (uint8_t)n};
	unsigned sum = 0;

	if (n)
		memcpy(m + 8, lpl, n);
	for (size_t i = 0; i < 8 + n; i++)
		sum += m[i];
	m[5] = (uint8_t)(~sum + spoil);
	put_bytes(P9F, 130, m + 2, 6 + n);
	put_bytes(P9F, 128, m, 2);
}

/* Wait for the end; the flag must tell it. @return the status byte */
static uint8_t wait_end(void)
{
	uint8_t v;

	for (unsigned i = 0; i < 1000; i++, pass(b.w, 10))
		if (!bus_read(LOWER, 8, &v) && (v & 0x40))
			return get_byte(b.t, LOWER, STATUS);
	fail_msg("command never ends");
	return 0;
}

static uint8_t command(unsigned id, const uint8_t *lpl, size_t n)
{
	send(id, lpl, n, 0, 0);
	return wait_end();
}

/* The reply must be `n` long and carry its check code, which no client takes for absent. */
static void reply(uint8_t ret[120], size_t n)
{
	unsigned sum = 0;

	assert_int_equal(get_byte(b.t, P9F, 134), n);
	get_bytes(b.t, P9F, 136, ret, 120);
	for (size_t i = 0; i < n; i++)
		sum += ret[i];
	assert_int_equal(get_byte(b.t, P9F, 135), ~sum & 0xff);
	assert_int_not_equal(get_byte(b.t, P9F, 135), 0);
}

static uint8_t firmware_status(void)
{
	uint8_t r[120];

	assert_int_equal(command(INFO, NULL, 0), 0x01);
	reply(r, 110);
	return r[0];
}

static void cdb_foreground_is_silent_until_done(void **state)
{
	static const uint8_t delay[] = {0, 50};
	uint8_t v, r[120];

	(void)state; /* S094 */
	lw_world_destroy(b.w);
	plug_with(false, false);
	send(QUERY, delay, 2, 0, 0);
	assert_int_equal(bus_read(LOWER, STATUS, &v), LW_ENACK);
	pass(b.w, 50);
	assert_int_equal(bus_read(LOWER, 3, &v), LW_ENACK);
	pass(b.w, 30);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x01);
	assert_int_equal(get_byte(b.t, LOWER, 8), 0x40);
	reply(r, 2);
	assert_int_equal(r[0], 2);
	assert_int_equal(r[1], 0);
}

static void cdb_background_shows_that_it_is_busy(void **state)
{
	static const uint8_t delay[] = {0x03, 0xe8};
	uint8_t v;

	(void)state; /* S095, S096 */
	send(QUERY, delay, 2, 0, 0);
	v = get_byte(b.t, LOWER, STATUS);
	assert_true(v >= 0x81 && v <= 0x83);
	pass(b.w, 80);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x83);
	send(FIRMWARE, NULL, 0, 0, 0); /* ignored */
	pass(b.w, 800);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x83);
	assert_int_equal(get_byte(b.t, LOWER, 8), 0x00);
	assert_int_equal(wait_end(), 0x01);
	assert_int_equal(get_byte(b.t, P9F, 134), 2);
}

static void cdb_abort_ends_what_is_under_way(void **state)
{
	static const uint8_t delay[] = {0x27, 0x10};

	(void)state; /* S097 */
	send(QUERY, delay, 2, 0, 0);
	pass(b.w, 100);
	assert_int_equal(command(ABORT, NULL, 0), 0x03);
	assert_int_equal(command(ABORT, NULL, 0), 0x01);
}

static void cdb_bad_messages_have_their_codes(void **state)
{
	(void)state; /* S098, S099 */
	send(MODULE, NULL, 0, 0, 1);
	assert_int_equal(wait_end(), 0x45);
	assert_int_equal(get_byte(b.t, P9F, 134), 0);
	assert_int_equal(command(0x0007, NULL, 0), 0x41);
	/* Check codes as the standard prints them: 0040h BFh, 0041h BEh. */
	assert_int_equal(command(MODULE, NULL, 0), 0x01);
	assert_int_equal(get_byte(b.t, P9F, 133), 0xbf);
	assert_int_equal(command(FIRMWARE, NULL, 0), 0x01);
	assert_int_equal(get_byte(b.t, P9F, 133), 0xbe);
}

static void cdb_features_tell_what_can_be_done(void **state)
{
	uint8_t r[120];

	(void)state;
	assert_int_equal(command(MODULE, NULL, 0), 0x01);
	reply(r, 36);
	assert_int_equal(r[2], 0x17);     /* 0000h, 0001h, 0002h, 0004h */
	assert_int_equal(r[2 + 8], 0x2f); /* 0040h-0043h, 0045h */
	assert_int_equal(r[34] << 8 | r[35], 3000);
	assert_int_equal(command(FIRMWARE, NULL, 0), 0x01);
	reply(r, 18);
	assert_int_equal(r[1], 0x03); /* abort and copy */
	assert_int_equal(r[2], HEADER);
	assert_int_equal(r[4], 15);   /* 128 bytes an access */
	assert_int_equal(r[5], 0x11); /* LPL and EPL */
	assert_int_equal(r[7], 1);
	assert_int_equal(r[8] << 8 | r[9], 2000);
	assert_int_equal(command(0x0042, NULL, 0), 0x01);
	reply(r, 32);
}

static void cdb_status_is_clear_after_a_reset(void **state)
{
	(void)state;
	assert_int_equal(command(0x0007, NULL, 0), 0x41);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0);
}

static void password_opens_by_command_and_by_register(void **state)
{
	static const uint8_t right[] = {0x00, 0x00, 0x10, 0x11}, wrong[] = {0x00, 0x00, 0x10, 0x12};
	static const uint8_t module[] = {0x80, 0x00, 0x00, 0x01}, mine[] = {1, 2, 3, 4};
	uint8_t r[120];

	(void)state; /* S104 */
	assert_int_equal(command(ENTER, wrong, 4), 0x46);
	assert_int_equal(command(CHANGE, mine, 4), 0x46);
	assert_int_equal(command(ENTER, right, 4), 0x01);
	assert_int_equal(command(QUERY, (const uint8_t[]){0, 0}, 2), 0x01);
	reply(r, 2);
	assert_int_equal(r[1], 1);
	assert_int_equal(command(CHANGE, module, 4), 0x42);
	assert_int_equal(command(CHANGE, mine, 4), 0x01);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000); /* a reset locks, and keeps the password */
	put_bytes(LOWER, 118, right, 4);
	assert_int_equal(get_byte(b.t, LOWER, 42), 3);
	put_bytes(LOWER, 122, right, 4);
	assert_int_equal(get_byte(b.t, LOWER, 42), 3);
	put_bytes(LOWER, 122, mine, 4);
	assert_int_equal(get_byte(b.t, LOWER, 42), 2);
	put_bytes(LOWER, 118, right, 4);
	assert_int_equal(get_byte(b.t, LOWER, 42), 2);
	get_bytes(b.t, LOWER, 118, r, 8);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(r[i], 0);
	put_bytes(LOWER, 122, right, 4);
	assert_int_equal(get_byte(b.t, LOWER, 42), 2);
}

static void password_guards_firmware_and_user_page(void **state)
{
	static const uint8_t right[] = {0x00, 0x00, 0x10, 0x11};

	(void)state;
	lw_world_destroy(b.w);
	plug_with(true, true);
	assert_int_equal(command(COMMIT, NULL, 0), 0x46);
	assert_int_equal(firmware_status(), 0x03);
	put_byte(b.t, P03, 128, 0x5a);
	assert_int_equal(get_byte(b.t, P03, 128), 0x00);
	assert_int_equal(command(ENTER, right, 4), 0x01);
	assert_int_equal(command(COMMIT, NULL, 0), 0x01);
	put_byte(b.t, P03, 128, 0x5a);
	assert_int_equal(get_byte(b.t, P03, 128), 0x5a);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000); /* the page lasts, the lock is back */
	assert_int_equal(get_byte(b.t, P03, 128), 0x5a);
	put_byte(b.t, P03, 128, 0x00);
	assert_int_equal(get_byte(b.t, P03, 128), 0x5a);
}

/* A file: 64 bytes of header, then its body. */
enum { BODY = 500 };
static uint8_t file[HEADER + BODY];

static void make_file(bool marked, unsigned spoil)
{
	uint32_t crc = UINT32_MAX;

	memset(file, 0xa5, sizeof(file));
	for (unsigned i = 0; i < BODY; i++)
		file[HEADER + i] = (uint8_t)(i * 7);
	if (!marked)
		return;
	for (unsigned i = 0; i < BODY; i++) {
		crc ^= file[HEADER + i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	crc = ~crc + spoil;
	memcpy(file, "LWTW\x05\x09\x01\x02", 8);
	for (unsigned i = 0; i < 4; i++)
		file[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
	memset(file + 12, 0, 32);
	memcpy(file + 12, "new", 3);
}

static uint8_t start_transfer(void)
{
	uint8_t lpl[8 + HEADER] = {0, 0, (uint8_t)(sizeof(file) >> 8), (uint8_t)sizeof(file)};

	memcpy(lpl + 8, file, HEADER);
	return command(START, lpl, sizeof(lpl));
}

static uint8_t send_block(unsigned at, unsigned n)
{
	uint8_t lpl[120] = {0, 0, (uint8_t)(at >> 8), (uint8_t)at};

	memcpy(lpl + 4, file + HEADER + at, n);
	return command(BLOCK, lpl, 4 + n);
}

static void send_body(void)
{
	for (unsigned at = 0; at < BODY; at += 116)
		assert_int_equal(send_block(at, BODY - at < 116 ? BODY - at : 116), 0x01);
}

static void run(unsigned mode)
{
	uint8_t lpl[4] = {0, (uint8_t)mode, 0, 100};

	assert_int_equal(command(RUN, lpl, 4), 0x01);
	pass(b.w, 5000);
	get_byte(b.t, LOWER, 8);
}

static void firmware_new_load_runs_on_trial_and_is_committed(void **state)
{
	uint8_t r[120];

	(void)state; /* S102, S103 */
	assert_int_equal(firmware_status(), 0x03);
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(firmware_status(), 0x43);
	send_body();
	assert_int_equal(send_block(116, 116), 0x01); /* once more does no harm */
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	assert_int_equal(firmware_status(), 0x03);
	assert_int_equal(get_byte(b.t, LOWER, 39), 3);
	run(0);
	assert_int_equal(firmware_status(), 0x12);
	assert_int_equal(get_byte(b.t, LOWER, 39), 5);
	assert_int_equal(get_byte(b.t, LOWER, 40), 9);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	assert_int_equal(firmware_status(), 0x03);
	assert_int_equal(get_byte(b.t, LOWER, 39), 3);
	run(0);
	assert_int_equal(command(COMMIT, NULL, 0), 0x01);
	assert_int_equal(firmware_status(), 0x30);
	lw_twin_fault(b.t, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(b.t, LW_FAULT_UNPLUG, 0, false);
	pass(b.w, 5000);
	assert_int_equal(command(INFO, NULL, 0), 0x01);
	reply(r, 110);
	assert_int_equal(r[0], 0x30);
	assert_int_equal(r[1], 0x03);
	assert_int_equal(r[2], 3);
	assert_int_equal(r[38], 5);
	assert_int_equal(r[39], 9);
	assert_int_equal(r[40] << 8 | r[41], 0x102);
	assert_string_equal((const char *)r + 42, "new");
}

static void firmware_transfer_by_extended_payload(void **state)
{
	static const uint8_t at_zero[4];

	(void)state;
	make_file(false, 0);
	assert_int_equal(start_transfer(), 0x01);
	for (unsigned at = 0; at < BODY; at += 128)
		put_bytes(PA0 + (int)(at / 128), 128, file + HEADER + at,
			  BODY - at < 128 ? BODY - at : 128);
	send(BLOCK_EPL, at_zero, 4, BODY, 0);
	assert_int_equal(wait_end(), 0x01);
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	run(0);
	assert_int_equal(firmware_status(), 0x12);
	assert_int_equal(get_byte(b.t, LOWER, 40), 8); /* 3.7 was followed by 3.8 */
}

static void firmware_commands_out_of_order_are_refused(void **state)
{
	(void)state; /* S100, S101 */
	make_file(true, 0);
	assert_int_equal(send_block(0, 116), 0x47);
	assert_int_equal(command(COMPLETE, NULL, 0), 0x47);
	assert_int_equal(firmware_status(), 0x03);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(send_block(0, 116), 0x01);
	assert_int_equal(send_block(232, 116), 0x42); /* leaves a gap */
	assert_int_equal(command(COMPLETE, NULL, 0), 0x65);
	assert_int_equal(firmware_status(), 0x43);
	assert_int_equal(send_block(116, 116), 0x47);
	assert_int_equal(command(RUN, (const uint8_t[]){0, 0, 0, 0}, 4), 0x65);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(command(STOP, NULL, 0), 0x01);
	assert_int_equal(firmware_status(), 0x43);
	assert_int_equal(command(COPY, (const uint8_t[]){0xba}, 1), 0x42);
	assert_int_equal(command(COPY, (const uint8_t[]){0xab}, 1), 0x01);
	assert_int_equal(firmware_status(), 0x03);
}

static void firmware_bad_loads_are_refused(void **state)
{
	(void)state;
	make_file(true, 1);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x62);
	assert_int_equal(firmware_status(), 0x43);
	memcpy(file, "\x1f\x8b", 2);
	assert_int_equal(start_transfer(), 0x61);
	assert_int_equal(command(RUN, (const uint8_t[]){0, 4, 0, 0}, 4), 0x67);
	assert_int_equal(command(RUN, (const uint8_t[]){0, 9, 0, 0}, 4), 0x42);
}

static void firmware_hitless_run_leaves_data_paths_alone(void **state)
{
	size_t before, after;

	(void)state;
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	lw_twin_events(b.t, &before);
	run(1);
	lw_twin_events(b.t, &after);
	assert_int_equal(before, after);
	assert_int_equal(firmware_status(), 0x12);
	run(0); /* back to A, by a reset */
	lw_twin_events(b.t, &after);
	assert_true(after > before);
	assert_int_equal(firmware_status(), 0x03);
}

/* Well-formed nonsense: every command ends, and one bank at least stays runnable. */
static void cdb_random_commands_always_end(void **state)
{
	static const uint16_t ids[] = {QUERY,     CHANGE,   MODULE, INFO, START,  STOP,  BLOCK,
				       BLOCK_EPL, COMPLETE, COPY,   RUN,  COMMIT, 0x0290};
	uint32_t s = 12345;
	uint8_t lpl[120], status;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		size_t n;

		for (size_t k = 0; k < sizeof(lpl); k++)
			lpl[k] = (uint8_t)((s = s * 1664525u + 1013904223u) >> 24);
		n = lpl[119] % 121u;
		lpl[0] = lpl[1] = lpl[2] = 0; /* sizes and addresses that can be right */
		get_byte(b.t, LOWER, 8);
		send(ids[lpl[118] % (sizeof(ids) / sizeof(ids[0]))], lpl, n, lpl[117] * 9u, 0);
		pass(b.w, 70000);
		if (!bus_read(LOWER, STATUS, &status))
			assert_int_equal(status & 0x80, 0);
	}
	pass(b.w, 10000);
	get_byte(b.t, LOWER, 8);
	assert_int_not_equal(firmware_status() & 0x44, 0x44);
	assert_int_not_equal(firmware_status() & 0x11, 0x00);
}

static void cdb_absent_module_has_no_page(void **state)
{
	uint8_t v;

	(void)state;
	lw_world_destroy(b.w);
	base_image(&image);
	assert_int_equal(lw_world_create(1, &b.w, NULL), 0);
	b.t = plug(b.w, "m", base_part(), &image, false);
	pass(b.w, 5000);
	assert_int_equal(bus_read(P9F, 128, &v), LW_ENOPAGE);
	assert_int_equal(bus_read(PA0, 128, &v), LW_ENOPAGE);
	assert_int_equal(bus_read(P03, 128, &v), LW_ENOPAGE);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(cdb_foreground_is_silent_until_done),
		CASE(cdb_background_shows_that_it_is_busy),
		CASE(cdb_abort_ends_what_is_under_way),
		CASE(cdb_bad_messages_have_their_codes),
		CASE(cdb_features_tell_what_can_be_done),
		CASE(cdb_status_is_clear_after_a_reset),
		CASE(cdb_absent_module_has_no_page),
		CASE(cdb_random_commands_always_end),
		CASE(password_opens_by_command_and_by_register),
		CASE(password_guards_firmware_and_user_page),
		CASE(firmware_new_load_runs_on_trial_and_is_committed),
		CASE(firmware_transfer_by_extended_payload),
		CASE(firmware_commands_out_of_order_are_refused),
		CASE(firmware_bad_loads_are_refused),
		CASE(firmware_hitless_run_leaves_data_paths_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
