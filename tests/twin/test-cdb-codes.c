/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-bench.h"

/*
 * Every status that a command may show or end with and how a host gets there (Tables 8-14 and
 * 9-19), the second instance, and the commands that came with CMIS 5.3 and 5.4.
 */

static const uint8_t password[] = {0x00, 0x00, 0x10, 0x11};

/* While a command is under way: the status after `ms` of a command that takes 100. */
static uint8_t busy_after(unsigned ms)
{
	static const uint8_t delay[] = {0, 100};

	send(QUERY, delay, 2, 0, 0);
	pass(b.w, ms);
	return cdb_status();
}

static uint8_t captured(void)
{
	return busy_after(0);
}

static uint8_t checking(void)
{
	return busy_after(4);
}

static uint8_t executing(void)
{
	return busy_after(50);
}

static uint8_t completed(void)
{
	return command(QUERY, NULL, 0);
}

static uint8_t aborted(void)
{
	busy_after(50);
	return command(ABORT, NULL, 0);
}

static uint8_t unknown(void)
{
	return command(0x0003, NULL, 0); /* what some hosts take for Abort */
}

static uint8_t out_of_range(void)
{
	return command(RUN, (const uint8_t[]){0, 6, 0, 0}, 4);
}

/* 0107h writes to flash: Abort comes too late, and it says so when the command is done. */
static uint8_t not_aborted(void)
{
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	send(COMPLETE, NULL, 0, 0, 0);
	pass(b.w, 100);
	assert_int_equal(cdb_status(), 0x83);
	send(ABORT, NULL, 0, 0, 0);
	pass(b.w, 100);
	assert_int_equal(cdb_status(), 0x83);
	return wait_end();
}

static uint8_t bad_check_code(void)
{
	send(QUERY, NULL, 0, 0, 1);
	return wait_end();
}

static uint8_t wrong_password(void)
{
	return command(ENTER, (const uint8_t[]){1, 2, 3, 4}, 4);
}

static uint8_t not_now(void)
{
	return command(COMPLETE, NULL, 0);
}

static uint8_t compressed(void)
{
	make_file(false, 0);
	memcpy(file, "\x1f\x8b", 2);
	return start_transfer();
}

static uint8_t bad_checksum(void)
{
	make_file(true, 1);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	return command(COMPLETE, NULL, 0);
}

static uint8_t incomplete(void)
{
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	return command(COMPLETE, NULL, 0);
}

static uint8_t keep_configuration(void)
{
	return command(RUN, (const uint8_t[]){0, 5, 0, 0}, 4);
}

static uint8_t too_large(void)
{
	uint8_t lpl[8 + HEADER] = {0x7f};

	return command(START, lpl, sizeof(lpl));
}

static void cdb_every_status_can_be_reached(void **state)
{
	static const struct {
		uint8_t status;
		uint8_t (*how)(void);
	} codes[] = {
		{0x81, captured},       {0x82, checking},    {0x83, executing},
		{0x01, completed},      {0x03, aborted},     {0x41, unknown},
		{0x42, out_of_range},   {0x43, not_aborted}, {0x45, bad_check_code},
		{0x46, wrong_password}, {0x47, not_now},     {0x61, compressed},
		{0x62, bad_checksum},   {0x65, incomplete},  {0x67, keep_configuration},
		{0x69, too_large},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		plug_cdb((struct cdb_setup){.instances = 1});
		assert_int_equal(codes[i].how(), codes[i].status);
	}
}

/* The others depend on what a load is: one made for twins says how it wants to fail. */
static void cdb_load_fails_as_it_wishes(void **state)
{
	static const uint8_t to_b[] = {0, 0, 0, 0}, a_to_b[] = {0xab}, b_to_a[] = {0xba};

	(void)state;
	for (unsigned status = 0x40; status < 0x80; status++) {
		make_failing_file(START & 0xff, status);
		assert_int_equal(start_transfer(), status);
		make_failing_file(COMPLETE & 0xff, status);
		assert_int_equal(start_transfer(), 0x01);
		send_body();
		assert_int_equal(command(COMPLETE, NULL, 0), status);
		assert_int_equal(firmware_status(), 0x43);
	}
	make_failing_file(BLOCK & 0xff, 0x63);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(send_block(0, 116), 0x63);
	make_failing_file(RUN & 0xff, 0x66); /* hitless activation is not available */
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	assert_int_equal(command(RUN, to_b, 4), 0x66);
	assert_int_equal(firmware_status(), 0x03);
	make_failing_file(COMMIT & 0xff, 0x68);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	run_load(0);
	assert_int_equal(command(COMMIT, NULL, 0), 0x68);
	assert_int_equal(firmware_status(), 0x12);
	assert_int_equal(command(COPY, a_to_b, 1), 0x42); /* B is running */
	run_load(0);
	make_failing_file(COPY & 0xff, 0x64);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	run_load(0);
	assert_int_equal(command(COPY, b_to_a, 1), 0x64);
}

static void cdb_command_that_never_ends_is_aborted_or_reset(void **state)
{
	(void)state;
	make_failing_file(BLOCK & 0xff, 0x83);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(start_transfer(), 0x01);
		send(BLOCK, (const uint8_t[]){0, 0, 0, 0, 1}, 5, 0, 0);
		pass(b.w, 600000);
		assert_int_equal(cdb_status(), 0x83);
		assert_int_equal(get_byte(b.t, LOWER, FLAGS) & 0x40, 0);
		if (i == 0) {
			assert_int_equal(command(ABORT, NULL, 0), 0x03);
			assert_int_equal(command(STOP, NULL, 0), 0x01);
		}
	}
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	assert_int_equal(cdb_status(), 0);
	assert_int_equal(command(QUERY, NULL, 0), 0x01);
}

static void cdb_in_low_power_is_restricted_as_advertised(void **state)
{
	static const struct {
		unsigned bit, refused, admitted;
	} rows[] = {
		{0x08, MODULE, INFO},
		{0x04, INFO, MODULE},
		{0x02, CHANGE, MODULE},
		{0x01, COMMIT, INFO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plug_cdb((struct cdb_setup){.instances = 1,
					    .revision = 0x54,
					    .restrictions = rows[i].bit,
					    .lpmode = true});
		assert_int_equal(get_byte(b.t, LOWER, 3) >> 1 & 7, 1);
		assert_int_equal(command(rows[i].refused, password, 4), 0x47);
		assert_int_equal(command(rows[i].admitted, NULL, 0), 0x01);
		lw_twin_pin_lpmode(b.t, false);
		pass(b.w, 5000);
		assert_int_equal(get_byte(b.t, LOWER, 3) >> 1 & 7, 3);
		assert_int_not_equal(command(rows[i].refused, password, 4), 0x47);
	}
}

static void cdb_lengths_need_not_fit(void **state)
{
	static const uint8_t longer[] = {0x00, 0x00, 0x10, 0x11, 0xff, 0xff};
	static const uint8_t none[] = {0};

	(void)state; /* 9.2.3 */
	assert_int_equal(command(ENTER, longer, 6), 0x01);
	assert_int_equal(command(ENTER, none, 0), 0x46); /* what is missing is 0 */
	put_byte(b.t, P9F, 132, 255);                    /* more than there is room for */
	put_bytes(P9F, 128, (const uint8_t[]){0, 0}, 2);
	assert_int_equal(wait_end(), 0x45);
}

static void cdb_trigger_is_a_write_that_ends_at_129(void **state)
{
	uint8_t m[136] = {0x00, 0x40, 0, 0, 0, 0xbf};

	(void)state;               /* 01h:165.7 = 0 */
	put_bytes(P9F, 128, m, 8); /* unpredictable: nothing happens here */
	pass(b.w, 1000);
	assert_int_equal(cdb_status(), 0);
	put_bytes(P9F, 128, m, 1);
	pass(b.w, 1000);
	assert_int_equal(cdb_status(), 0);
	put_bytes(P9F, 129, m + 1, 1);
	assert_int_equal(wait_end(), 0x01);
	assert_int_equal(message_byte(134), 36);
	/* Header bytes stay as the host wrote them (Table 8-198). */
	assert_int_equal(message_byte(129), 0x40);
	assert_int_equal(message_byte(133), 0xbf);
}

static void cdb_second_instance_runs_by_itself(void **state)
{
	static const uint8_t delay[] = {0x03, 0xe8};
	uint8_t r[120], v;

	(void)state;
	b.bank = 1;
	assert_int_equal(bus_read(P9F, 128, &v), LW_ENOPAGE);
	plug_cdb((struct cdb_setup){.instances = 2});
	send(QUERY, delay, 2, 0, 0);
	pass(b.w, 100);
	b.bank = 1;
	assert_int_equal(cdb_status(), 0);
	assert_int_equal(command(0x0007, NULL, 0), 0x41);
	assert_int_equal(command(MODULE, NULL, 0), 0x01);
	reply(r, 36);
	assert_int_equal(get_byte(b.t, LOWER, 37), 0x83); /* the first is still at it */
	assert_int_equal(get_byte(b.t, LOWER, 38), 0x01);
	assert_int_equal(get_byte(b.t, P9F, 129), 0x00); /* with its own message */
	assert_int_equal(get_byte(b.t, (int)IN_BANK(1, P9F), 129), 0x40);
	send(QUERY, delay, 2, 0, 0);
	b.bank = 0;
	assert_int_equal(wait_end(), 0x01);
	reply(r, 2);
	assert_int_equal(get_byte(b.t, LOWER, 38), 0x83);
	assert_int_equal(command(ABORT, NULL, 0), 0x01); /* nothing of its own is under way */
	assert_int_equal(get_byte(b.t, LOWER, 38), 0x83);
	b.bank = 1;
	assert_int_equal(command(ABORT, NULL, 0), 0x03);
}

static void cdb_second_instance_in_foreground_silences_all(void **state)
{
	uint8_t v;

	(void)state;
	plug_cdb((struct cdb_setup){.instances = 2, .foreground = true});
	b.bank = 1;
	send(QUERY, NULL, 0, 0, 0);
	assert_int_equal(bus_read(LOWER, STATUS, &v), LW_ENACK);
	pass(b.w, 80);
	assert_int_equal(cdb_status(), 0x01);
}

static void cdb_flags_of_both_instances_have_their_masks(void **state)
{
	(void)state; /* Tables 8-9 and 8-12 */
	plug_cdb((struct cdb_setup){.instances = 2});
	for (unsigned byte = 31; byte <= 36; byte++) /* other flags keep quiet */
		put_byte(b.t, LOWER, byte, 0xff);
	for (unsigned byte = 213; byte <= 231; byte++)
		put_byte(b.t, 0x10, byte, 0xff);
	for (unsigned bank = 0; bank < 2; bank++) {
		b.bank = bank;
		put_byte(b.t, LOWER, 31, 0x3f | 0x40u << bank);
		send(QUERY, NULL, 0, 0, 0);
		pass(b.w, 200);
		assert_false(lw_twin_interrupt(b.t));
		put_byte(b.t, LOWER, 31, 0x3f);
		assert_true(lw_twin_interrupt(b.t));
		assert_int_equal(get_byte(b.t, LOWER, 3) & 1, 0); /* asserted */
		assert_int_equal(get_byte(b.t, LOWER, FLAGS) & 0xc0, 0x40u << bank);
		assert_false(lw_twin_interrupt(b.t));
		assert_int_equal(get_byte(b.t, LOWER, FLAGS) & 0xc0,
				 0); /* an event: it stays clear */
	}
}

static void cdb_transfer_is_of_the_instance_that_began_it(void **state)
{
	static const uint8_t at_zero[4];

	(void)state;
	plug_cdb((struct cdb_setup){.instances = 2});
	make_file(true, 0);
	b.bank = 1;
	assert_int_equal(start_transfer(), 0x01);
	b.bank = 0;
	assert_int_equal(start_transfer(), 0x47);
	assert_int_equal(send_block(0, 116), 0x47);
	assert_int_equal(command(COMPLETE, NULL, 0), 0x47);
	b.bank = 1; /* its own extended payload */
	for (unsigned at = 0; at < BODY; at += 128)
		put_bytes(PA0 + (int)(at / 128), 128, file + HEADER + at,
			  BODY - at < 128 ? BODY - at : 128);
	assert_int_equal(get_byte(b.t, PA0, 129), 0);
	assert_int_equal(get_byte(b.t, (int)IN_BANK(1, PA0), 129), 7);
	send(BLOCK_EPL, at_zero, 4, BODY, 0);
	assert_int_equal(wait_end(), 0x01);
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	b.bank = 0;
	assert_int_equal(firmware_status(), 0x03);
	run_load(0);
	assert_int_equal(firmware_status(), 0x12);
}

static void firmware_load_is_read_back(void **state)
{
	uint8_t r[120], page[128], sum = 0;

	(void)state; /* Tables 9-25 and 9-26 */
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 0, 0, 0, 16}, 6),
			 0x47); /* as made */
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(send_block(0, 116), 0x01);
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 0, 100, 0, 17}, 6),
			 0x42); /* not yet */
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 0, 100, 0, 116}, 6), 0x01);
	reply(r, 120);
	assert_memory_equal(r, ((const uint8_t[]){0, 0, 0, 100}), 4);
	assert_memory_equal(r + 4, file + HEADER + 100, 116);
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 0, 100, 0, 117}, 6), 0x42);
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 1, 0xf0, 0, 5}, 6), 0x42);
	assert_int_equal(command(READ, (const uint8_t[]){0xff, 0xff, 0xff, 0xff, 0, 2}, 6), 0x42);
	assert_int_equal(command(READ_EPL, (const uint8_t[]){0, 0, 0, 1, 0, 200}, 6), 0x01);
	assert_int_equal(message_byte(134), 241); /* two pages */
	for (int i = 0; i < 2; i++) {
		get_bytes(b.t, PA0 + i, 128, page, 128);
		for (unsigned k = 0; k < 128; k++)
			sum = (uint8_t)(sum + page[k]);
		assert_memory_equal(page, file + HEADER + 1 + 128 * i, i ? 72 : 128);
	}
	assert_int_equal(message_byte(135), ~sum & 0xff);
	assert_int_equal(command(READ_EPL, (const uint8_t[]){0, 0, 0, 0, 8, 1}, 6), 0x42);
}

static void firmware_copy_can_be_read_back(void **state)
{
	uint8_t r[120];

	(void)state;
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	send_body();
	assert_int_equal(command(COMPLETE, NULL, 0), 0x01);
	run_load(0);
	assert_int_equal(command(COPY, (const uint8_t[]){0xba}, 1), 0x01);
	reply(r, 6);
	assert_int_equal(r[2] << 8 | r[3], HEADER + BODY);
	assert_int_equal(command(READ, (const uint8_t[]){0, 0, 0, 0, 0, 100}, 6), 0x01);
	reply(r, 104);
	assert_memory_equal(r + 4, file + HEADER, 100);
}

static void firmware_activation_options_are_told(void **state)
{
	uint8_t r[120];

	(void)state; /* Table 9-31 */
	plug_cdb((struct cdb_setup){.instances = 1, .revision = 0x54});
	assert_int_equal(command(OPTIONS, NULL, 0), 0x01);
	reply(r, 2);
	assert_int_equal(r[0], 3);
	assert_int_equal(r[1], 0);
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(command(OPTIONS, NULL, 0), 0x01);
	reply(r, 2);
	assert_int_equal(r[0], 1); /* B is being written */
}

static void firmware_tags_last_until_their_bank_changes(void **state)
{
	uint8_t lpl[66] = {1, 0, 't', 'e', 's', 't'}, r[120];

	(void)state; /* Tables 9-32 and 9-33 */
	plug_cdb((struct cdb_setup){.instances = 1, .revision = 0x54});
	assert_int_equal(command(STORE_TAG, lpl, sizeof(lpl)), 0x01);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000);
	assert_int_equal(command(RETRIEVE_TAG, (const uint8_t[]){1}, 1), 0x01);
	reply(r, 66);
	assert_memory_equal(r, ((const uint8_t[]){1, 0, 't', 'e', 's', 't', 0}), 7);
	assert_int_equal(command(RETRIEVE_TAG, (const uint8_t[]){0}, 1), 0x01);
	reply(r, 66);
	assert_int_equal(r[2], 0);
	assert_int_equal(command(RETRIEVE_TAG, (const uint8_t[]){2}, 1), 0x42);
	make_file(true, 0);
	assert_int_equal(start_transfer(), 0x01);
	assert_int_equal(command(RETRIEVE_TAG, (const uint8_t[]){1}, 1), 0x01);
	reply(r, 66);
	assert_int_equal(r[2], 0);
	assert_int_equal(command(STORE_TAG, lpl, sizeof(lpl)), 0x65); /* no load to tag */
	lpl[0] = 0;
	assert_int_equal(command(STORE_TAG, lpl, sizeof(lpl)), 0x01);
	lpl[1] = 1; /* clear */
	assert_int_equal(command(STORE_TAG, lpl, sizeof(lpl)), 0x01);
	assert_int_equal(command(RETRIEVE_TAG, (const uint8_t[]){0}, 1), 0x01);
	reply(r, 66);
	assert_int_equal(r[2], 0);
	lpl[1] = 2;
	assert_int_equal(command(STORE_TAG, lpl, sizeof(lpl)), 0x42);
}

static int64_t module_time(void)
{
	uint8_t r[120];
	uint64_t t = 0;

	reply(r, 8);
	for (unsigned i = 0; i < 8; i++)
		t = t << 8 | r[i];
	return (int64_t)t;
}

static void cdb_module_time_is_set_and_runs(void **state)
{
	/* 2025-01-01 00:00:00 UTC in ns, then an hour back. */
	static const uint8_t date[] = {0x18, 0x16, 0x62, 0xaf, 0x7c, 0x74, 0x00, 0x00, 0};
	static const uint8_t back[] = {0xff, 0xff, 0xfc, 0xb9, 0xcf, 0x47, 0x60, 0x00, 1};
	int64_t first, set = 0x181662af7c740000, hour = 3600000000000;

	(void)state; /* Tables 9-7 and 9-8 */
	plug_cdb((struct cdb_setup){.instances = 1, .revision = 0x54});
	assert_int_equal(command(TIME, NULL, 0), 0x01);
	first = module_time();
	assert_true(first > 0 && first < 6000000000); /* since its start */
	pass(b.w, 1000);
	assert_int_equal(command(TIME, NULL, 0), 0x01);
	assert_in_range(module_time() - first, 1000000000, 1100000000);
	assert_int_equal(command(SET_TIME, date, 9), 0x01);
	assert_true(module_time() == set);
	pass(b.w, 1000);
	assert_int_equal(command(SET_TIME, back, 9), 0x01);
	assert_in_range(module_time() - (set - hour), 1000000000, 1100000000);
	put_byte(b.t, LOWER, 26, 0x48);
	pass(b.w, 5000); /* no battery: it starts anew */
	assert_int_equal(command(TIME, NULL, 0), 0x01);
	assert_true(module_time() < 6000000000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CDB_CASE(cdb_every_status_can_be_reached),
		CDB_CASE(cdb_load_fails_as_it_wishes),
		CDB_CASE(cdb_command_that_never_ends_is_aborted_or_reset),
		CDB_CASE(cdb_in_low_power_is_restricted_as_advertised),
		CDB_CASE(cdb_lengths_need_not_fit),
		CDB_CASE(cdb_trigger_is_a_write_that_ends_at_129),
		CDB_CASE(cdb_second_instance_runs_by_itself),
		CDB_CASE(cdb_second_instance_in_foreground_silences_all),
		CDB_CASE(cdb_flags_of_both_instances_have_their_masks),
		CDB_CASE(cdb_transfer_is_of_the_instance_that_began_it),
		CDB_CASE(firmware_load_is_read_back),
		CDB_CASE(firmware_copy_can_be_read_back),
		CDB_CASE(firmware_activation_options_are_told),
		CDB_CASE(firmware_tags_last_until_their_bank_changes),
		CDB_CASE(cdb_module_time_is_set_and_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
