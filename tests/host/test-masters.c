/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-bench.h"

#include <math.h>

/*
 * Hosts that drive the bus themselves: they write bytes 126 and 127 and then access what lies
 * there. Two of them are played access by access, with their waits, from what their sources do: a
 * switch daemon (fboss qsfp_service) and a kernel driver for cages (net_swps of Open Network
 * Linux). Offsets are typed from CMIS 5.4.
 */

enum {
	P00 = 0x00,
	P01 = 0x01,
	P10 = 0x10,
	P11 = 0x11,
	P13 = 0x13,
	P14 = 0x14,
	P24 = 0x24,
	P2F = 0x2f,
	P02 = 0x02,
	LANES = 8,
	DEACTIVATED = 1,
	ACTIVATED = 4,
	INITIALIZED = 7
};
#define PAM4_100G 53125000u

static struct lw_world *world;
static struct lw_twin *near, *far, *here; /* whose host is played */

static void read_at(unsigned byte, uint8_t *ret, size_t n)
{
	assert_int_equal(lw_twin_wire_read(here, 0x50, (uint8_t)byte, ret, n, NULL), 0);
}

static void write_at(unsigned byte, const uint8_t *p, size_t n, int64_t wait_ms)
{
	assert_int_equal(lw_twin_wire_write(here, 0x50, (uint8_t)byte, p, n, NULL), 0);
	pass(world, wait_ms);
}

static void stage(const char *name, enum lw_medium medium)
{
	const struct lw_part *p = lw_part_find(name);

	assert_non_null(p);
	lw_world_destroy(world);
	assert_int_equal(lw_world_create(7, &world, NULL), 0);
	here = near = plug(world, "near", p, NULL, true);
	far = plug(world, "far", p, NULL, true);
	join_all(world, near, far, LANES, medium, 1);
	drive_all(near, LANES, PAM4_100G, LW_PAM4);
	drive_all(far, LANES, PAM4_100G, LW_PAM4);
	pass(world, 3000);
	lw_twin_pin_lpmode(near, false); /* the platform's, at insertion */
	lw_twin_pin_lpmode(far, false);
}

static int setup(void **state)
{
	(void)state;
	stage("OSFP-800G-DR8", LW_SMF);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(world);
	world = NULL;
	return 0;
}

/* Do the hosts at both ends receive on these lanes? */
static void expect_traffic(uint32_t lanes)
{
	struct lw_signal s;

	for (unsigned i = 0; i < LANES; i++) {
		assert_int_equal(lw_twin_receive(near, i, &s), lanes >> i & 1);
		assert_int_equal(lw_twin_receive(far, i, &s), lanes >> i & 1);
	}
}

/* --- the daemon: every access selects its page, every write is followed by 20 ms */

enum { AFTER_WRITE_MS = 20, POLL_MS = 500, POLLS = 10 };

static void daemon_page(int page)
{
	uint8_t v = (uint8_t)page;

	if (page >= 0)
		write_at(127, &v, 1, AFTER_WRITE_MS);
}

static void daemon_read(int page, unsigned byte, uint8_t *ret, size_t n)
{
	daemon_page(page);
	read_at(byte, ret, n);
}

static uint8_t daemon_get(int page, unsigned byte)
{
	uint8_t v;

	daemon_read(page, byte, &v, 1);
	return v;
}

static void daemon_write(int page, unsigned byte, const uint8_t *p, size_t n)
{
	daemon_page(page);
	write_at(byte, p, n, AFTER_WRITE_MS);
}

static void daemon_put(int page, unsigned byte, unsigned value)
{
	uint8_t v = (uint8_t)value;

	daemon_write(page, byte, &v, 1);
}

/* Low power on, then off, then ModuleReady within five seconds. */
static void daemon_powers_up(void)
{
	unsigned polls = 0;

	assert_int_not_equal(daemon_get(LOWER, 26) & 0x40, 0);
	daemon_put(LOWER, 26, 0x60);
	pass(world, 100);
	daemon_put(LOWER, 26, 0x20);
	while ((daemon_get(LOWER, 3) >> 1 & 7) != 3) {
		assert_true(polls++ < 50);
		pass(world, 100);
	}
}

/* Both ends; from then on the near one is looked at. */
static void daemons_power_up(void)
{
	here = far;
	daemon_powers_up();
	here = near;
	daemon_powers_up();
}

static bool daemon_finds(uint32_t lanes, unsigned a, unsigned or_b)
{
	for (unsigned i = 0; i < LANES; i++) {
		uint8_t v[4];

		if (!(lanes >> i & 1))
			continue;
		daemon_read(P11, 128, v, 4);
		v[0] = v[i / 2] >> i % 2 * 4 & 0xf;
		if (v[0] != a && v[0] != or_b)
			return false;
	}
	return true;
}

static void daemon_awaits(uint32_t lanes, unsigned a, unsigned or_b)
{
	unsigned polls = 0;

	do {
		assert_true(polls++ < POLLS);
		pass(world, POLL_MS);
	} while (!daemon_finds(lanes, a, or_b));
}

/* The AppSel of the first application of `n` host lanes. */
static unsigned daemon_app(unsigned n)
{
	for (unsigned app = 1; app <= 8; app++) {
		uint8_t v[4];

		daemon_read(LOWER, 86 + 4 * (app - 1), v, 4);
		if (v[0] != 0xff && v[2] >> 4 == n)
			return app;
	}
	fail_msg("no application of %u lanes", n);
	return 0;
}

/* Give the lanes of a port back, with all that share a data path with them, then take them: both
 * commands follow each other at once. */
static void daemon_stages(unsigned app, unsigned first, unsigned n)
{
	uint32_t mine = ((1u << n) - 1u) << first, release = mine;
	uint8_t active[LANES], zero[LANES] = {0}, want[LANES];
	unsigned low = first, high = first + n;

	daemon_read(P11, 206, active, LANES);
	for (unsigned i = first; i < first + n; i++)
		for (unsigned k = 0; active[i] >> 4 && k < LANES; k++)
			if (active[k] >> 4 && (active[k] & 0x0e) == (active[i] & 0x0e))
				release |= 1u << k;
	while (low > 0 && release >> (low - 1) & 1)
		low--;
	while (high < LANES && release >> high & 1)
		high++;
	daemon_write(P10, 145 + low, zero, high - low);
	daemon_put(P10, 143, release);
	memset(want, (int)(app << 4 | first << 1), n);
	daemon_write(P10, 145 + first, want, n);
	daemon_put(P10, 143, mine);
}

static void daemon_programs(unsigned app, unsigned first, unsigned n)
{
	uint32_t mine = ((1u << n) - 1u) << first;
	uint8_t result[4], before;

	before = daemon_get(P10, 128);
	daemon_put(P10, 128, before | mine);
	daemon_awaits(mine, DEACTIVATED, DEACTIVATED);
	daemon_stages(app, first, n);
	daemon_put(P10, 128, before & ~mine);
	daemon_awaits(mine, ACTIVATED, INITIALIZED);
	pass(world, 500);
	daemon_read(P11, 202, result, 4);
	for (unsigned i = first; i < first + n; i++)
		assert_int_equal(result[i / 2] >> i % 2 * 4 & 0xf, 1);
}

/* Every port of a module, one after the other, as `n` lanes each. */
static void daemon_splits(unsigned n)
{
	unsigned app = daemon_app(n);

	for (unsigned first = 0; first < LANES; first += n)
		daemon_programs(app, first, n);
	pass(world, 2000);
	assert_true(daemon_finds(0xff, ACTIVATED, ACTIVATED));
	for (unsigned i = 0; i < LANES; i++)
		assert_int_equal(daemon_get(P11, 206 + i), app << 4 | i / n * n << 1);
}

/* Both ends are split so, each by its own daemon. */
static void daemons_split(unsigned n)
{
	here = far;
	daemon_splits(n);
	here = near;
	daemon_splits(n);
}

static void fboss_brings_one_two_four_and_eight_ports_up_and_back(void **state)
{
	static const unsigned lanes[] = {8, 4, 2, 1, 4, 8};

	(void)state;
	stage("OSFP-800G-SR8", LW_MMF);
	daemons_power_up();
	for (unsigned k = 0; k < sizeof(lanes) / sizeof(lanes[0]); k++) {
		daemons_split(lanes[k]);
		expect_traffic(0xff);
	}
}

static double f16(const uint8_t v[2])
{
	return ((v[0] & 7) << 8 | v[1]) * pow(10, (v[0] >> 3) - 24);
}

static void fboss_reads_all_pages_and_latches_vdm(void **state)
{
	uint8_t lower[128], page[128], latch;
	unsigned sum = 0;

	(void)state;
	daemons_power_up();
	daemon_programs(daemon_app(8), 0, 8);
	pass(world, 60000);
	daemon_read(LOWER, 0, lower, 128);
	assert_int_equal(lower[0], 0x19);
	daemon_read(P00, 128, page, 128);
	for (unsigned i = 0; i < 94; i++)
		sum += page[i];
	assert_int_equal(page[94], sum & 0xff);
	daemon_read(P01, 128, page, 128);
	for (unsigned i = sum = 2; i < 127; i++)
		sum += page[i];
	assert_int_equal(page[127], (sum - 2) & 0xff);
	daemon_read(P11, 128, page, 128);
	daemon_read(P13, 128, page, 128);
	/* Signal to noise ratios: selected, 10 ms later the whole page; lowest byte first. */
	if (daemon_get(P14, 128) != 6)
		daemon_put(P14, 128, 6);
	pass(world, 10);
	daemon_read(P14, 128, page, 128);
	for (unsigned i = 0; i < LANES; i++) {
		double snr = (page[112 + 2 * i] | page[113 + 2 * i] << 8) / 256.0;

		assert_true(snr > 17 && snr < 40);
	}
	/* Statistics: latched, read 100 ms later, released. */
	latch = daemon_get(P2F, 144);
	daemon_put(P2F, 144, latch | 0x80);
	pass(world, 100);
	daemon_read(P24, 128, page, 128);
	assert_true(f16(page + 2 * 40) < 1e-4); /* maximum before the first path's decoder */
	assert_true(f16(page + 2 * 32) <= f16(page + 2 * 48));
	assert_true(f16(page + 2 * 48) <= f16(page + 2 * 40));
	daemon_put(P2F, 144, latch & 0x7f);
	pass(world, 100);
	assert_int_not_equal(daemon_get(P2F, 145) & 0x40, 0);
}

static void fboss_turns_ports_round_and_switches_them_off(void **state)
{
	struct lw_signal s;

	(void)state;
	daemons_power_up();
	daemons_split(4);
	expect_traffic(0xff);
	/* system side: host input turned round */
	daemon_put(P13, 183, daemon_get(P13, 183) | 0x0f);
	assert_int_equal(daemon_get(P13, 183), 0x0f);
	assert_true(lw_twin_receive(near, 0, &s) && s.from == near);
	assert_true(lw_twin_receive(near, 4, &s) && s.from == far);
	daemon_put(P13, 183, daemon_get(P13, 183) & 0xf0);
	assert_true(lw_twin_receive(near, 0, &s) && s.from == far);
	/* line side: media output turned round */
	daemon_put(P13, 180, daemon_get(P13, 180) | 0xf0);
	assert_int_equal(daemon_get(P13, 180), 0xf0);
	daemon_put(P13, 180, daemon_get(P13, 180) & 0x0f);
	/* lanes of one port without light */
	daemon_put(P10, 130, daemon_get(P10, 130) | 0x0f);
	pass(world, 1000);
	assert_false(lw_twin_receive(far, 0, &s));
	assert_true(lw_twin_receive(far, 4, &s));
	daemon_put(P10, 130, daemon_get(P10, 130) & 0xf0);
	pass(world, 5000);
	expect_traffic(0xff);
}

static void fboss_counts_the_errors_of_a_pattern(void **state)
{
	enum { PRBS31Q = 0 };
	uint8_t ber[16];

	(void)state;
	daemons_power_up();
	daemon_programs(daemon_app(8), 0, 8);
	pass(world, 2000);
	put_byte(far, P13, 152, 0xff); /* the other end sends */
	for (unsigned i = 0; i < 4; i++)
		put_byte(far, P13, 156 + i, PRBS31Q);
	for (unsigned i = 0; i < LANES; i++) { /* a nibble a lane, read and written back */
		uint8_t v = daemon_get(P13, 172 + i / 2);

		daemon_put(P13, 172 + i / 2,
			   i % 2 ? (v & 0x0f) | PRBS31Q << 4 : (v & 0xf0) | PRBS31Q);
	}
	daemon_put(P13, 168, daemon_get(P13, 168) | 0xff);
	pass(world, 5000);
	daemon_get(P14, 139); /* lock was missing at first */
	assert_int_equal(daemon_get(P14, 139), 0x00);
	if (daemon_get(P14, 128) != 1)
		daemon_put(P14, 128, 1);
	pass(world, 10);
	daemon_read(P14, 208, ber, sizeof(ber));
	for (unsigned i = 0; i < LANES; i++)
		assert_true(f16(ber + 2 * i) < 1e-4);
	daemon_put(P13, 168, 0x00);
}

/* --- the daemon's command data block: 32 bytes a write, the two bytes of the command one by one */

static void cdb_bytes(unsigned byte, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += 32)
		write_at(byte + (unsigned)at, p + at, n - at < 32 ? n - at : 32, 1);
}

/* @return the status; the reply, if there is one, into `ret` */
static uint8_t cdb_run(unsigned id, const uint8_t *lpl, size_t n, size_t epl, uint8_t ret[120])
{
	uint8_t m[128] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(epl >> 8), (uint8_t)epl,
			  (uint8_t)n};
	uint8_t page = P9F, v;
	unsigned sum = 0, polls = 0;

	if (n)
		memcpy(m + 8, lpl, n);
	for (size_t i = 0; i < 8 + n; i++)
		sum += m[i];
	m[5] = (uint8_t)~sum;
	write_at(127, &page, 1, 0);
	cdb_bytes(130, m + 2, 6 + n);
	write_at(128, m, 1, 1);
	write_at(129, m + 1, 1, 1);
	if (id == COMMIT)
		pass(world, 200);
	do { /* the flag first, then the status */
		assert_true(polls++ < 2000);
		pass(world, 10);
		read_at(FLAGS, &v, 1);
	} while (!(v & 0x40));
	read_at(STATUS, &v, 1);
	if (v != 0x01)
		return v;
	read_at(134, &page, 1);
	if (page && ret)
		read_at(136, ret, page < 120 ? page : 120);
	return v;
}

static void firmware_block(size_t at, bool epl)
{
	size_t to = at - HEADER, most = epl ? 2048 : 116;
	size_t n = sizeof(file) - at < most ? sizeof(file) - at : most;
	uint8_t lpl[120] = {(uint8_t)(to >> 24), (uint8_t)(to >> 16), (uint8_t)(to >> 8),
			    (uint8_t)to};

	if (!epl) {
		memcpy(lpl + 4, file + at, n);
		assert_int_equal(cdb_run(BLOCK, lpl, 4 + n, 0, NULL), 0x01);
		return;
	}
	for (size_t k = 0; k < n; k += 128) {
		uint8_t page = (uint8_t)(PA0 + k / 128);

		write_at(127, &page, 1, 1);
		cdb_bytes(128, file + at + k, n - k < 128 ? n - k : 128);
	}
	assert_int_equal(cdb_run(BLOCK_EPL, lpl, 4, n, NULL), 0x01);
}

static void fboss_loads_firmware(bool epl)
{
	uint8_t r[120] = {0}, start[8 + HEADER] = {0}, inactive[2];

	daemon_powers_up();
	make_file(true, 0);
	assert_int_equal(daemon_get(P01, 163) >> 6, 1);
	/* A third byte would say whether a download is allowed; modules since CMIS 5 have two. */
	assert_int_equal(cdb_run(QUERY, (const uint8_t[]){0, 0}, 2, 0, r), 0x01);
	assert_int_equal(cdb_run(FIRMWARE, NULL, 0, 0, r), 0x01);
	assert_int_equal(r[2], HEADER);
	assert_true(r[5] == 0x03 || r[5] == 0x11 || r[5] == 0x10 || r[5] == 0x01);
	start[2] = (uint8_t)(sizeof(file) >> 8);
	start[3] = (uint8_t)sizeof(file);
	memcpy(start + 8, file, HEADER);
	assert_int_equal(cdb_run(START, start, sizeof(start), 0, NULL), 0x01);
	for (size_t at = HEADER; at < sizeof(file); at += epl ? 2048 : 116)
		firmware_block(at, epl);
	assert_int_equal(cdb_run(COMPLETE, NULL, 0, 0, NULL), 0x01);
	assert_int_equal(cdb_run(INFO, NULL, 0, 0, r), 0x01);
	assert_int_equal(r[0], 0x03); /* both loads are there, A runs and is committed */
	assert_int_equal(r[38], 5);
	daemon_read(P01, 128, inactive, 2);
	assert_memory_equal(inactive, "\x05\x09", 2);
	assert_int_equal(cdb_run(RUN, (const uint8_t[]){0, 0, 0, 100}, 4, 0, NULL), 0x01);
	pass(world, 100);
	for (unsigned polls = 0; lw_twin_wire_read(here, 0x50, 3, r, 1, NULL) || r[0] >> 1 == 0;) {
		assert_true(polls++ < 240);
		pass(world, POLL_MS);
	}
	assert_int_equal(cdb_run(COMMIT, NULL, 0, 0, NULL), 0x01);
	assert_int_equal(cdb_run(INFO, NULL, 0, 0, r), 0x01);
	assert_int_equal(r[0], 0x30);
	assert_int_equal(daemon_get(LOWER, 39), 5);
	assert_int_equal(daemon_get(LOWER, 40), 9);
}

static void fboss_loads_firmware_by_lpl(void **state)
{
	(void)state;
	fboss_loads_firmware(false);
}

static void fboss_loads_firmware_by_epl(void **state)
{
	(void)state;
	fboss_loads_firmware(true);
}

/* --- the cage driver: it asks whether there are pages and which one is there, each time */

static void driver_page(unsigned byte, int page)
{
	uint8_t v, want = (uint8_t)page;

	if (byte < 128)
		return;
	read_at(2, &v, 1);
	assert_int_equal(v >> 7, 0);
	read_at(127, &v, 1);
	if (v != want)
		write_at(127, &want, 1, 0);
}

static void driver_read(int page, unsigned byte, uint8_t *ret, size_t n)
{
	driver_page(byte, page);
	read_at(byte, ret, n);
}

static void driver_put(int page, unsigned byte, unsigned value)
{
	uint8_t v = (uint8_t)value;

	driver_page(byte, page);
	write_at(byte, &v, 1, 0);
}

/* It polls each second: the module, then its data paths. */
static bool driver_sees(unsigned state, unsigned paths)
{
	uint8_t v[4];

	driver_read(P00, 3, v, 1);
	if ((v[0] >> 1 & 7) != state)
		return false;
	driver_read(P11, 128, v, 4);
	for (unsigned i = 0; i < 4; i++)
		if (v[i] != paths * 0x11)
			return false;
	return true;
}

static void driver_awaits(unsigned state, unsigned paths)
{
	for (unsigned polls = 0; !driver_sees(state, paths);) {
		assert_true(polls++ < 60);
		pass(world, 1000);
	}
}

static void driver_leaves_low_power(void)
{
	uint8_t v;

	driver_read(P00, 26, &v, 1);
	driver_put(P00, 26, v & 0xbf);
}

/* It brings modules up whose LowPwrRequestHW is asserted, and leaves it so. */
static void driver_brings_far_up(void)
{
	lw_twin_pin_lpmode(near, true);
	lw_twin_pin_lpmode(far, true);
	pass(world, 5000);
	assert_false(driver_sees(3, ACTIVATED));
	here = far;
	driver_leaves_low_power();
	here = near;
}

/* Nothing but low power is touched: the default application comes up by itself. */
static void net_swps_brings_up_by_leaving_low_power(void **state)
{
	(void)state;
	driver_brings_far_up();
	driver_leaves_low_power();
	driver_awaits(3, ACTIVATED);
	pass(world, 1000);
	expect_traffic(0xff);
}

static void net_swps_brings_up_step_by_step(void **state)
{
	static const uint8_t stage_all[LANES] = {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
	uint8_t v[4], bank, app[4];

	(void)state;
	driver_brings_far_up();
	driver_put(P10, 128, 0xff);
	driver_leaves_low_power();
	driver_awaits(3, DEACTIVATED);
	for (unsigned k = 0; k < 4; k++) /* descriptors byte by byte */
		driver_read(P00, 86 + k, app + k, 1);
	driver_read(P01, 176, &bank, 1);
	driver_read(P00, 126, &bank, 1);
	assert_int_equal(bank, 0);
	driver_page(145, P10);
	write_at(145, stage_all, LANES, 0);
	driver_put(P10, 143, 0xff);
	pass(world, 1000);
	driver_read(P11, 202, v, 4);
	assert_memory_equal(v, "\x11\x11\x11\x11", 4);
	driver_put(P10, 128, 0x00);
	driver_awaits(3, ACTIVATED);
	pass(world, 1000);
	expect_traffic(0xff);
}

/* Switches and cards of NVIDIA read through a register of their firmware that holds 48 bytes, or
 * 32: "mlxlink" and ethtool see pages in such pieces. */
static void mcia_reads_in_pieces_what_pages_hold(void **state)
{
	static const unsigned sizes[] = {48, 32};
	uint8_t whole[128], pieces[128];

	(void)state;
	pass(world, 5000);
	for (unsigned k = 0; k < 2; k++)
		for (int page = P00; page <= P02; page++) {
			get_bytes(near, page, 128, whole, 128);
			driver_page(128, page);
			for (unsigned at = 0; at < 128; at += sizes[k])
				read_at(128 + at, pieces + at,
					128 - at < sizes[k] ? 128 - at : sizes[k]);
			assert_memory_equal(whole, pieces, 128);
		}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(fboss_brings_one_two_four_and_eight_ports_up_and_back),
		CASE(fboss_reads_all_pages_and_latches_vdm),
		CASE(fboss_turns_ports_round_and_switches_them_off),
		CASE(fboss_counts_the_errors_of_a_pattern),
		CASE(fboss_loads_firmware_by_lpl),
		CASE(fboss_loads_firmware_by_epl),
		CASE(net_swps_brings_up_by_leaving_low_power),
		CASE(net_swps_brings_up_step_by_step),
		CASE(mcia_reads_in_pieces_what_pages_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
