/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-bench.h"

/* What a command does, one at a time; see test-cdb-codes.c for failures and the second instance. */

static void cdb_foreground_is_silent_until_done(void **state)
{
	static const uint8_t delay[] = {0, 50};
	uint8_t v, r[120];

	(void)state; /* S094 */
	plug_cdb((struct cdb_setup){.instances = 1, .foreground = true});
	send(QUERY, delay, 2, 0, 0);
	assert_int_equal(bus_read(LOWER, STATUS, &v), LW_ENACK);
	pass(b.w, 50);
	assert_int_equal(bus_read(LOWER, 3, &v), LW_ENACK);
	pass(b.w, 30);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x01);
	assert_int_equal(get_byte(b.t, LOWER, FLAGS), 0x40);
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
	assert_int_equal(get_byte(b.t, LOWER, FLAGS), 0x00);
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
	assert_int_equal(r[2 + 8], 0x0f); /* 0040h-0043h */
	assert_int_equal(r[34] << 8 | r[35], 3000);
	assert_int_equal(command(FIRMWARE, NULL, 0), 0x01);
	reply(r, 18);
	assert_int_equal(r[1], 0x83); /* readback, abort and copy */
	assert_int_equal(r[2], HEADER);
	assert_int_equal(r[4], 255);  /* blocks of 2048 bytes */
	assert_int_equal(r[5], 0x11); /* written by LPL and EPL */
	assert_int_equal(r[6], 0x11); /* and read back */
	assert_int_equal(r[7], 1);
	assert_int_equal(r[8] << 8 | r[9], 2000);
	assert_int_equal(command(0x0042, NULL, 0), 0x01);
	reply(r, 32);
	/* What came with 5.3 and 5.4 is unknown to a module of 5.2. */
	assert_int_equal(command(SUPPLEMENT, NULL, 0), 0x41);
	assert_int_equal(command(TIME, NULL, 0), 0x41);
	plug_cdb((struct cdb_setup){.instances = 1, .revision = 0x54});
	assert_int_equal(command(MODULE, NULL, 0), 0x01);
	reply(r, 36);
	assert_int_equal(r[2], 0x77);
	assert_int_equal(r[2 + 8], 0x3f);
	assert_int_equal(command(SECURITY, NULL, 0), 0x01);
	reply(r, 52);
	for (unsigned i = 0; i < 52; i++)
		assert_int_equal(r[i], 0); /* no certificate, nothing can be signed */
	assert_int_equal(command(SUPPLEMENT, NULL, 0), 0x01);
	reply(r, 1);
	assert_int_equal(r[0], 0); /* no CMIS-VCS */
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
	plug_cdb((struct cdb_setup){.instances = 1, .locked = true});
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
	run_load(0);
	assert_int_equal(firmware_status(), 0x12);
	assert_int_equal(get_byte(b.t, LOWER, 39), 5);
	assert_int_equal(get_byte(b.t, LOWER, 40), 9);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	assert_int_equal(firmware_status(), 0x03);
	assert_int_equal(get_byte(b.t, LOWER, 39), 3);
	run_load(0);
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

static void expect_inactive(unsigned major, unsigned minor)
{
	uint8_t r[2];

	get_bytes(b.t, 0x01, 128, r, 2);
	assert_int_equal(r[0], major);
	assert_int_equal(r[1], minor);
}

/* 01h:128-129 follow what happens to the bank that does not run (8.4.1). */
static void firmware_inactive_revision_follows_the_loads(void **state)
{
	uint8_t sum;

	(void)state;
	image_put(&b.image, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION, 0, 2);
	image_put(&b.image, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MINOR_REVISION, 0, 4);
	plug_image();
	expect_inactive(2, 4);
	sum = get_byte(b.t, 0x01, 255);
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	expect_inactive(0xff, 0xff); /* erased: what is there is invalid */
	send_body();
	expect_inactive(0xff, 0xff);
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	expect_inactive(5, 9);
	run_load(0);
	expect_inactive(3, 7);
	assert_int_equal(get_byte(b.t, LOWER, 39), 5);
	put_byte(b.t, LOWER, 26, 0x48); /* not committed: a reset goes back */
	pass(b.w, 5000);
	expect_inactive(5, 9);
	run_load(1);
	expect_inactive(3, 7);
	assert_int_equal(command(COMMIT, NULL, 0), 0x01);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	expect_inactive(3, 7);
	assert_int_equal(command(COPY, (const uint8_t[]){0xba}, 1), 0x01);
	expect_inactive(5, 9);
	assert_int_equal(get_byte(b.t, 0x01, 255), sum); /* neither is part of it */
	/* No load in the other bank: nothing to run or to copy from. */
	image_put(&b.image, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION, 0, 0);
	image_put(&b.image, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MINOR_REVISION, 0, 0);
	plug_image();
	expect_inactive(0, 0);
	assert_int_equal(firmware_status(), 0x43);
	assert_int_equal(command(RUN, (const uint8_t[]){0, 0, 0, 0}, 4), 0x65);
	expect_inactive(0, 0);
}

/* Page 0Dh tells the same without a message. */
static void firmware_page_0dh_follows_the_loads(void **state)
{
	uint8_t r[36];

	(void)state;
	image_put(&b.image, LW_CMIS_PAGE_DH_SUPPORTED, 0, 1);
	b.image.present[0][LW_CMIS_SLOT_0DH] = 1;
	image_put(&b.image, LW_CMIS_OPERATIONAL_STATUS_B, 0, 1);
	image_put(&b.image, LW_CMIS_ADMINISTRATIVE_STATUS_A, 0, 1);
	image_put(&b.image, LW_CMIS_VERSION_LOAD_B_BUILD, 0, 0x1234);
	plug_image();
	assert_int_equal(get_byte(b.t, 0x0d, 136), 0x12); /* as made: B runs on trial */
	assert_int_equal(get_byte(b.t, LOWER, 39), 3);
	get_bytes(b.t, 0x0d, 184, r, 4);
	assert_memory_equal(r, "\x03\x07\x12\x34", 4);
	put_byte(b.t, LOWER, 26, 0x48); /* a start runs what is committed */
	pass(b.w, 5000);
	assert_int_equal(get_byte(b.t, 0x0d, 136), 0x03);
	assert_int_equal(get_byte(b.t, LOWER, 39), 1);
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(get_byte(b.t, 0x0d, 136), 0x43);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	assert_int_equal(get_byte(b.t, 0x0d, 136), 0x03);
	get_bytes(b.t, 0x0d, 184, r, 36);
	assert_memory_equal(r, "\x05\x09\x01\x02new", 8);
	run_load(0);
	assert_int_equal(command(COMMIT, NULL, 0), 0x01);
	assert_int_equal(get_byte(b.t, 0x0d, 136), 0x30);
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
	run_load(0);
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
	run_load(1);
	lw_twin_events(b.t, &after);
	assert_int_equal(before, after);
	assert_int_equal(firmware_status(), 0x12);
	run_load(0); /* back to A, by a reset */
	lw_twin_events(b.t, &after);
	assert_true(after > before);
	assert_int_equal(firmware_status(), 0x03);
}

/* Well-formed nonsense: every command ends, and one bank at least stays runnable. */
static void cdb_random_commands_always_end(void **state)
{
	static const uint16_t ids[] = {QUERY, CHANGE,  MODULE,       INFO,     START,
				       STOP,  BLOCK,   BLOCK_EPL,    COMPLETE, COPY,
				       RUN,   COMMIT,  READ,         READ_EPL, SET_TIME,
				       TIME,  OPTIONS, RETRIEVE_TAG, 0x0290,   STORE_TAG};
	uint32_t s = 12345;
	uint8_t lpl[120], status;

	(void)state;
	plug_cdb((struct cdb_setup){.instances = 1, .revision = 0x54});
	for (unsigned i = 0; i < 3000; i++) {
		size_t n;

		for (size_t k = 0; k < sizeof(lpl); k++)
			lpl[k] = (uint8_t)((s = s * 1664525u + 1013904223u) >> 24);
		n = lpl[119] % 121u;
		lpl[0] = lpl[1] = lpl[2] = 0; /* sizes and addresses that can be right */
		get_byte(b.t, LOWER, FLAGS);
		send(ids[lpl[118] % (sizeof(ids) / sizeof(ids[0]))], lpl, n, lpl[117] * 9u, 0);
		pass(b.w, 70000);
		if (!bus_read(LOWER, STATUS, &status))
			assert_int_equal(status & 0x80, 0);
	}
	pass(b.w, 10000);
	get_byte(b.t, LOWER, FLAGS);
	assert_int_not_equal(firmware_status() & 0x44, 0x44);
	assert_int_not_equal(firmware_status() & 0x11, 0x00);
}

static void cdb_absent_module_has_no_page(void **state)
{
	uint8_t v;

	(void)state;
	plug_cdb((struct cdb_setup){.instances = 0});
	assert_int_equal(bus_read(P9F, 128, &v), LW_ENOPAGE);
	assert_int_equal(bus_read(PA0, 128, &v), LW_ENOPAGE);
	assert_int_equal(cdb_status(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CDB_CASE(cdb_foreground_is_silent_until_done),
		CDB_CASE(cdb_background_shows_that_it_is_busy),
		CDB_CASE(cdb_abort_ends_what_is_under_way),
		CDB_CASE(cdb_bad_messages_have_their_codes),
		CDB_CASE(cdb_features_tell_what_can_be_done),
		CDB_CASE(cdb_status_is_clear_after_a_reset),
		CDB_CASE(cdb_absent_module_has_no_page),
		CDB_CASE(cdb_random_commands_always_end),
		CDB_CASE(password_opens_by_command_and_by_register),
		CDB_CASE(password_guards_firmware_and_user_page),
		CDB_CASE(firmware_new_load_runs_on_trial_and_is_committed),
		CDB_CASE(firmware_inactive_revision_follows_the_loads),
		CDB_CASE(firmware_page_0dh_follows_the_loads),
		CDB_CASE(firmware_transfer_by_extended_payload),
		CDB_CASE(firmware_commands_out_of_order_are_refused),
		CDB_CASE(firmware_bad_loads_are_refused),
		CDB_CASE(firmware_hitless_run_leaves_data_paths_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
