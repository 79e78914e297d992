/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int load(const char *text, struct lw_arena *a, struct lwd_config *c, struct lw_error *e)
{
	lw_arena_init(a, 0);
	return lwd_config_load(text, strlen(text), "d.yaml", a, c, e);
}

static void everything_that_is_written_is_read(void **state)
{
	static const char text[] =
		"fabric: f.yaml\nmodules: /sys/{port}/eeprom\npresent: /sys/{port}/present\n"
		"interrupt: /sys/{port}/interrupt\n"
		"carrier: /sys/class/net/{cage}p{n}/carrier\ndevice: leaf1\nseed: 7\n"
		"measure_s: 2.5\npolicy: {vendors: [ACME, '00:17:6A'], max_power_w: 18,\n"
		"  budget_w: 400, allow_unknown: true, quirks_off: all}\n"
		"api: {address: 127.0.0.1, port: 9000, names: [leaf1.example], tokens: t,\n"
		"  read_only: /run/r, tls: {certificate: c.pem, key: k.pem}}\n"
		"syslog: {address: '::1', port: 5140, device: spine1}\n"
		"firmware: {folder: images, password: 0x1011}\n"
#if LWD_REDIS
		"redis: {socket: /run/redis.sock, db: 13, user: u, password: p, device: leaf2,\n"
		"  every_s: 60}\n"
#endif
		;
	struct lwd_config c;
	struct lw_arena a;
	struct lw_error e;

	(void)state;
	assert_int_equal(load(text, &a, &c, &e), 0);
	assert_string_equal(c.fabric, "f.yaml");
	assert_int_equal(c.modules, LWD_DEVICES);
	assert_string_equal(c.reach, "/sys/{port}/eeprom");
	assert_string_equal(c.interrupt, "/sys/{port}/interrupt");
	assert_string_equal(c.device, "leaf1");
	assert_int_equal(c.seed, 7);
	assert_int_equal(c.measure.ns, 2500000000);
	assert_int_equal(c.policy.vendor_n, 2);
	assert_string_equal(c.policy.vendors[1], "00:17:6A");
	assert_float_equal(c.policy.max_power_w, 18, 1e-9);
	assert_float_equal(c.policy.budget_w, 400, 1e-9);
	assert_true(c.policy.allow_unknown);
	assert_string_equal(c.policy.quirks_off, "all");
	assert_int_equal(c.port, 9000);
	assert_int_equal(c.name_n, 1);
	assert_string_equal(c.read_only, "/run/r");
	assert_string_equal(c.key, "k.pem");
	assert_string_equal(c.firmware, "images");
	assert_int_equal(c.firmware_password, 0x1011);
	assert_string_equal(c.syslog.address, "::1");
	assert_int_equal(c.syslog.port, 5140);
	assert_string_equal(c.syslog.device, "spine1");
#if LWD_REDIS
	assert_string_equal(c.redis.socket, "/run/redis.sock");
	assert_int_equal(c.redis.db, 13);
	assert_string_equal(c.redis.user, "u");
	assert_string_equal(c.redis.password, "p");
	assert_string_equal(c.redis.device, "leaf2");
	assert_int_equal(c.redis.every.ns, 60000000000);
#endif
	lw_arena_finish(&a);
}

static void what_is_not_written_has_its_default(void **state)
{
	struct lwd_config c;
	struct lw_arena a;
	struct lw_error e;

	(void)state;
	assert_int_equal(load("fabric: f\nmodules: twins\n", &a, &c, &e), 0);
	assert_int_equal(c.modules, LWD_TWINS);
	assert_null(c.address);
	assert_null(c.tokens);
	assert_int_equal(c.measure.ns, 1000000000);
	assert_int_equal(c.port, 8480);
	assert_null(c.redis.socket);
	assert_null(c.redis.address);
	assert_null(c.firmware);
	assert_true(c.firmware_password > UINT32_MAX);
	assert_int_equal(c.redis.port, 6379);
	assert_int_equal(c.redis.db, 6);
	assert_int_equal(c.syslog.port, 514);
	lw_arena_finish(&a);
}

static void mistakes_are_told_with_their_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *word;
	} bad[] = {
		{"", 0, "empty"},
		{"modules: twins\n", 0, "fabric"},
		{"fabric: f\n", 0, "modules"},
		{"fabric: f\nmodules: /dev/i2c-1\n", 0, "{cage}"},
		{"fabric: f\nmodules: twins\nfabrik: g\n", 3, "fabrik"},
		{"fabric: f\nmodules: twins\nmeasure_s: 0\n", 3, "0.1"},
		{"fabric: f\nmodules: twins\nmeasure_s: nan\n", 3, "nan"},
		{"fabric: f\nmodules: twins\napi: {port: 70000, address: '::1'}\n", 3, "70000"},
		{"fabric: f\nmodules: twins\napi: {port: 80.5, address: '::1'}\n", 3, "whole"},
		{"fabric: f\nmodules: twins\napi: {tokens: t}\n", 0, "address"},
		{"fabric: f\nmodules: twins\napi: [a]\n", 3, "map"},
		{"fabric: f\nmodules: twins\napi: {address: a, tls: {key: k}}\n", 0, "certificate"},
		{"fabric: f\nmodules: twins\npolicy: {vendors: ACME}\n", 3, "list"},
		{"fabric: f\nmodules: twins\npolicy: {allow_unknown: yes}\n", 3, "true"},
		{"fabric: [f]\nmodules: twins\n", 1, "text"},
		{"- a\n", 1, "map"},
		{"fabric: f\nmodules: twins\nsyslog: {}\n", 3, "socket"},
		{"fabric: f\nmodules: twins\nsyslog: {socket: s, address: '::1'}\n", 3, "either"},
		{"fabric: f\nmodules: twins\nsyslog: {address: log.example}\n", 3, "number"},
		{"fabric: f\nmodules: twins\nsyslog: {address: '::1', port: 0}\n", 3, "port"},
		{"fabric: f\nmodules: twins\nredis: {address: 127.0.0.1, db: -1}\n", 3, "db"},
#if LWD_REDIS
		{"fabric: f\nmodules: twins\nredis: {user: u, socket: s}\n", 3, "password"},
		{"fabric: f\nmodules: twins\nredis: {db: 1}\n", 3, "socket"},
		{"fabric: f\nmodules: twins\nredis:\n  socket: "
		 "0123456789012345678901234567890123456789012345678901234567890123456789"
		 "012345678901234567890123456789012345678\n",
		 3, "long"},
#else
		{"fabric: f\nmodules: twins\nredis: {socket: s}\n", 3, "hiredis"},
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lwd_config c;
		struct lw_arena a;
		struct lw_error e = {0};

		if (load(bad[i].text, &a, &c, &e) != LW_EINVAL || e.line != bad[i].line ||
		    !strstr(e.message, bad[i].word))
			fail_msg("%s: line %d \"%s\"", bad[i].text, e.line, e.message);
		lw_arena_finish(&a);
	}
}

static void devices_that_the_fabric_lacks_are_told(void **state)
{
	struct lw_fdevice two[] = {{.name = "leaf1"}, {.name = "leaf2"}};
	struct lw_fabric f = {.file = "f.yaml", .devices = two, .device_n = 2};
	struct lwd_config c = {.syslog.socket = "/dev/log"};
	struct lw_error e;

	(void)state;
	assert_int_equal(lwd_config_fits(&c, &f, "d.yaml", &e), 0);
	c.redis.socket = "r";
	assert_int_equal(lwd_config_fits(&c, &f, "d.yaml", &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "device: is missing"));
	c.device = "leaf1";
	assert_int_equal(lwd_config_fits(&c, &f, "d.yaml", &e), 0);
	c.redis.device = "leaf3";
	assert_int_equal(lwd_config_fits(&c, &f, "d.yaml", &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "no device \"leaf3\""));
	c.redis.device = NULL;
	c.syslog.device = "x";
	assert_int_equal(lwd_config_fits(&c, &f, "d.yaml", &e), LW_EINVAL);
}

static void changes_are_told_with_what_they_concern(void **state)
{
#define BASE "fabric: f\nmodules: twins\napi: {address: 127.0.0.1, names: [a, b], tokens: t"
	static const struct {
		const char *text, *keys;
		unsigned parts;
	} c[] = {
		{BASE "}\n", "", 0},
		{BASE ", port: 1}\n", "api", LWD_PART_API},
		{"fabric: f\nmodules: twins\napi: {address: 127.0.0.1, names: [a], tokens: t}\n",
		 "api", LWD_PART_API},
		{"fabric: f\nmodules: twins\napi: {address: 127.0.0.1, names: [a, c], tokens: t}\n",
		 "api", LWD_PART_API},
		{"fabric: f\nmodules: twins\napi: {address: 127.0.0.1, names: [a, b], tokens: u}\n",
		 "api", LWD_PART_RULES},
		{BASE ", tls: {certificate: c, key: k}}\n", "api", LWD_PART_API},
		{BASE "}\nhistory: h\n", "history", LWD_PART_HISTORY},
		{BASE "}\nmeasure_s: 2\npolicy: {vendors: [x]}\n", "measure_s, policy",
		 LWD_PART_RULES},
		{BASE "}\npolicy: {budget_w: 5}\n", "policy", LWD_PART_RULES},
		{BASE "}\npolicy: {allow_unknown: true}\n", "policy", LWD_PART_RULES},
		{BASE "}\nsyslog: {socket: s, port: 5}\nseed: 2\n", "seed, syslog",
		 LWD_PART_SENDERS | LWD_PART_MODULES},
		{"fabric: g\nmodules: '{cage}'\napi: {address: 127.0.0.1, names: [a, b], tokens: "
		 "t}\n",
		 "fabric, modules", LWD_PART_MODULES},
	};
	struct lwd_config before, after;
	struct lw_arena a, b;
	struct lw_error e;

	(void)state;
	assert_int_equal(load(BASE "}\n", &a, &before, &e), 0);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct lw_buf keys = LW_BUF_INIT;

		assert_int_equal(load(c[i].text, &b, &after, &e), 0);
		assert_int_equal(lwd_config_changes(&before, &after, &keys), c[i].parts);
		assert_string_equal(lw_buf_str(&keys), c[i].keys);
		assert_int_equal(lwd_config_changes(&after, &before, &keys), c[i].parts);
		lw_buf_finish(&keys);
		lw_arena_finish(&b);
	}
	lw_arena_finish(&a);
}

static void patterns_are_filled_in(void **state)
{
	struct lw_cage c = {.device = "leaf1", .name = "swp1"};
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	assert_string_equal(lwd_config_path("/m/{device}/{cage}/eeprom", &c, 0, &a),
			    "/m/leaf1/swp1/eeprom");
	assert_string_equal(lwd_config_path("{port}:{n}{x}{", &c, 3, &a), "swp1:3{x}{");
	c.port = "Ethernet8";
	assert_string_equal(lwd_config_path("{port}{port}", &c, 0, &a), "Ethernet8Ethernet8");
	lw_arena_finish(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_is_written_is_read),
		cmocka_unit_test(what_is_not_written_has_its_default),
		cmocka_unit_test(mistakes_are_told_with_their_line),
		cmocka_unit_test(devices_that_the_fabric_lacks_are_told),
		cmocka_unit_test(changes_are_told_with_what_they_concern),
		cmocka_unit_test(patterns_are_filled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
