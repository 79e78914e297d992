/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-bench.h"

/*
 * A network driver's firmware update: the accesses that the Linux kernel makes for "ethtool
 * --flash-module-firmware" (net/ethtool/cmis_cdb.c and cmis_fw_update.c), with its waits, its
 * checks and its limits. Every access is a page read or write as the kernel allows them.
 */

enum { PAGE0 = 0, PAGE1 = 1, POLL_MS = 20, READY_LIMIT_MS = 1000, LPL_MAX = 120, EPL_MAX = 2048 };

/* What the kernel wants of a command: see CDB_F_... there. */
enum { COMPLETION = 1, CDB_STATUS_VALID = 2, MODULE_STATE = 4 };

struct client {
	uint8_t write_ext; /**< ReadWriteLengthExt: 01h:164, then that of 0041h */
	uint8_t start_size, mechanism;
	uint16_t limit, start_limit, write_limit, complete_limit;
	uint8_t reply[LPL_MAX];
};

static bool completed(uint8_t v)
{
	return v & 0x40;
}

static bool succeeded(uint8_t v)
{
	return v == 0x01;
}

static bool failed(uint8_t v)
{
	return v & 0x40;
}

static bool ready(uint8_t v)
{
	return (v >> 1 & 7) == 3 || (v >> 1 & 7) == 1;
}

static bool never(uint8_t v)
{
	(void)v;
	return false;
}

/* Poll a byte of lower memory, 8 bytes at a time. @return 0 it came, 1 it failed, 2 too late */
static int wait_for(unsigned byte, unsigned limit_ms, bool (*good)(uint8_t), bool (*bad)(uint8_t))
{
	struct lw_addr a = {0x50, 0, PAGE0, (uint8_t)byte};
	uint8_t v[8];

	for (unsigned ms = 0;; ms += POLL_MS) {
		if (!lw_bus_read(lw_twin_bus(b.t), a, v, sizeof(v), NULL)) {
			if (good(v[0]))
				return 0;
			if (bad(v[0]))
				return 1;
		}
		if (ms > (limit_ms ? limit_ms : UINT16_MAX))
			return 2;
		pass(b.w, POLL_MS);
	}
}

/* Send a command and wait as long as the kernel does. @return as wait_for() */
static int execute(struct client *c, unsigned id, const uint8_t *lpl, size_t n, size_t epl_n,
		   unsigned limit_ms, unsigned before_ms, size_t reply_n, unsigned flags)
{
	uint8_t m[128] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(epl_n >> 8), (uint8_t)epl_n,
			  (uint8_t)n};
	uint8_t sum = 0, head[2 + LPL_MAX];
	int r = 0;

	if (n)
		memcpy(m + 8, lpl, n);
	for (size_t i = 0; i < sizeof(m); i++)
		sum = (uint8_t)(sum + m[i]);
	m[5] = (uint8_t)~sum;
	assert_true(n <= 8u * (1u + (c->write_ext < 15 ? c->write_ext : 15u)));
	put_bytes(P9F, 130, m + 2, 126); /* the whole body, whatever its length */
	put_bytes(P9F, 128, m, 2);
	pass(b.w, before_ms);
	if (flags & COMPLETION)
		r = wait_for(FLAGS, limit_ms, completed, never);
	pass(b.w, before_ms);
	if (!r && flags & CDB_STATUS_VALID)
		r = wait_for(STATUS, limit_ms, succeeded, failed);
	if (r || !reply_n)
		return r;
	get_bytes(b.t, P9F, 134, head, 2 + reply_n);
	assert_true(head[0] >= reply_n);
	assert_int_not_equal(head[1], 0);
	memcpy(c->reply, head + 2, reply_n);
	return 0;
}

static unsigned word(const struct client *c, unsigned at)
{
	return (unsigned)c->reply[at] << 8 | c->reply[at + 1];
}

/* Revision, advertisement, password if there is one, 0040h. */
static int begin(struct client *c, const uint8_t *password)
{
	static const uint8_t no_delay[2];
	uint8_t v[4];
	int r;

	assert_true(get_byte(b.t, PAGE0, 1) >> 4 >= 4);
	get_bytes(b.t, PAGE1, 163, v, 4);
	assert_int_not_equal(v[0] >> 6, 0);
	c->write_ext = v[1];
	if (password) {
		put_bytes(PAGE0, 122, password, 4);
		r = execute(c, QUERY, no_delay, 2, 0, 0, 1000, 2, COMPLETION | CDB_STATUS_VALID);
		if (r || !c->reply[0] || !c->reply[1])
			return -1;
	}
	r = execute(c, MODULE, NULL, 0, 0, 0, 1000, 36, COMPLETION | CDB_STATUS_VALID);
	c->limit = (uint16_t)word(c, 34);
	return r;
}

static int write_blocks(struct client *c)
{
	size_t lpl_max = 8u * (1u + (c->write_ext < 15 ? c->write_ext : 15u));
	size_t most = c->mechanism == 1 ? (lpl_max < LPL_MAX ? lpl_max : LPL_MAX) - 4 : EPL_MAX;

	for (size_t at = HEADER; at < sizeof(file); at += most) {
		size_t n = sizeof(file) - at < most ? sizeof(file) - at : most, to = at - HEADER;
		uint8_t lpl[LPL_MAX] = {(uint8_t)(to >> 24), (uint8_t)(to >> 16),
					(uint8_t)(to >> 8), (uint8_t)to};
		int r;

		if (c->mechanism == 1)
			memcpy(lpl + 4, file + at, n);
		for (size_t k = 0; c->mechanism != 1 && k < n; k += 128)
			put_bytes(PA0 + (int)(k / 128), 128, file + at + k,
				  n - k < 128 ? n - k : 128);
		r = c->mechanism == 1 ? execute(c, BLOCK, lpl, 4 + n, 0, c->write_limit, 1, 0,
						COMPLETION | CDB_STATUS_VALID)
				      : execute(c, BLOCK_EPL, lpl, 4, n, c->write_limit, 1, 0,
						COMPLETION | CDB_STATUS_VALID);
		if (r)
			return r;
	}
	return 0;
}

/* 0041h, 0101h, blocks, 0107h. */
static int download(struct client *c)
{
	uint8_t lpl[LPL_MAX] = {0, 0, (uint8_t)(sizeof(file) >> 8), (uint8_t)sizeof(file)};
	int r = execute(c, FIRMWARE, NULL, 0, 0, c->limit, 1000, 18, COMPLETION | CDB_STATUS_VALID);

	if (r)
		return r;
	c->start_size = c->reply[2];
	c->write_ext = c->reply[4]; /* for firmware it takes the place of 01h:164 */
	c->mechanism = c->reply[5];
	c->start_limit = (uint16_t)word(c, 8);
	c->write_limit = (uint16_t)word(c, 12);
	c->complete_limit = (uint16_t)word(c, 14);
	assert_true(c->mechanism && c->start_size <= LPL_MAX - 8 && c->start_size == HEADER);
	memcpy(lpl + 8, file, c->start_size);
	r = execute(c, START, lpl, 8u + c->start_size, 0, c->start_limit, 1000, 0,
		    COMPLETION | CDB_STATUS_VALID);
	if (!r)
		r = write_blocks(c);
	if (!r)
		r = execute(c, COMPLETE, NULL, 0, 0, c->complete_limit, 1000, 0,
			    COMPLETION | CDB_STATUS_VALID);
	return r;
}

/* The whole update. @return 0 or the step that failed, from 1 */
static int flash(const uint8_t *password)
{
	static const uint8_t reset_to_other[4];
	struct client c = {0};

	if (begin(&c, password))
		return 1;
	if (download(&c))
		return 2;
	/* Nothing is awaited of the run command itself, but the module a second later. */
	if (execute(&c, RUN, reset_to_other, 4, 0, c.limit, 1000, 0, MODULE_STATE) ||
	    wait_for(3, READY_LIMIT_MS, ready, never))
		return 3;
	if (begin(&c, password))
		return 4;
	return execute(&c, COMMIT, NULL, 0, 0, c.limit, 1000, 0, COMPLETION | CDB_STATUS_VALID) ? 5
												: 0;
}

/* The kernel flashes a port that is down: its module waits in low power. */
static void plug_down(struct cdb_setup s)
{
	s.lpmode = true;
	plug_cdb(s);
	assert_int_equal(get_byte(b.t, LOWER, 3) >> 1 & 7, 1);
}

static void flash_by_epl_ends_with_the_new_load_committed(void **state)
{
	(void)state;
	plug_down((struct cdb_setup){.instances = 1});
	make_file(true, 0);
	assert_int_equal(flash(NULL), 0);
	assert_int_equal(firmware_status(), 0x30);
	lw_twin_pin_reset(b.t, true); /* the driver's reset at the end */
	pass(b.w, 10);
	lw_twin_pin_reset(b.t, false);
	pass(b.w, 5000);
	assert_int_equal(get_byte(b.t, LOWER, 39), 5);
	assert_int_equal(get_byte(b.t, LOWER, 40), 9);
}

static void flash_by_lpl_ends_with_the_new_load_committed(void **state)
{
	(void)state;
	plug_down((struct cdb_setup){.instances = 1, .no_epl = true});
	make_file(true, 0);
	assert_int_equal(flash(NULL), 0);
	assert_int_equal(firmware_status(), 0x30);
}

static void flash_in_the_foreground_works_too(void **state)
{
	(void)state;
	plug_down((struct cdb_setup){.instances = 1, .foreground = true});
	make_file(true, 0);
	assert_int_equal(flash(NULL), 0);
	pass(b.w, 1000);
	assert_int_equal(firmware_status(), 0x30);
}

static void flash_of_a_locked_module_needs_its_password(void **state)
{
	static const uint8_t right[] = {0x00, 0x00, 0x10, 0x11}, wrong[] = {0, 0, 0, 1};

	(void)state;
	plug_down((struct cdb_setup){.instances = 1, .locked = true});
	make_file(true, 0);
	assert_int_equal(flash(NULL), 2);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x46);
	assert_int_equal(flash(wrong), 1);
	assert_int_equal(flash(right), 0);
	assert_int_equal(firmware_status(), 0x30);
}

static void flash_of_a_spoilt_file_leaves_the_old_load(void **state)
{
	(void)state;
	plug_down((struct cdb_setup){.instances = 1});
	make_file(true, 1);
	assert_int_equal(flash(NULL), 2);
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x62);
	assert_int_equal(firmware_status(), 0x43);
	assert_int_equal(get_byte(b.t, LOWER, 39), 3);
}

static void flash_ends_when_a_command_never_does(void **state)
{
	(void)state;
	plug_down((struct cdb_setup){.instances = 1});
	make_failing_file(BLOCK_EPL & 0xff, 0x83);
	assert_int_equal(flash(NULL), 2); /* the kernel's patience, not ours */
	assert_int_equal(get_byte(b.t, LOWER, STATUS), 0x83);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CDB_CASE(flash_by_epl_ends_with_the_new_load_committed),
		CDB_CASE(flash_by_lpl_ends_with_the_new_load_committed),
		CDB_CASE(flash_in_the_foreground_works_too),
		CDB_CASE(flash_of_a_locked_module_needs_its_password),
		CDB_CASE(flash_of_a_spoilt_file_leaves_the_old_load),
		CDB_CASE(flash_ends_when_a_command_never_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
