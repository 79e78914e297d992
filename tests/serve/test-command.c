/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* after the headers that it needs */
#include <cmocka.h>

static const char fabric_text[] =
	"fabric: pair\n"
	"devices:\n"
	"  a: {cages: {p0: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8},\n"
	"              p1: {form: OSFP, mode: 1x800G}}}\n"
	"  b: {cages: {p0: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4}}}\n"
	"  c: {cages: {p0: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4}}}\n"
	"cables:\n"
	"  - {id: x, cord: hydra-mpo16-2mpo12, fibre: OS2, length_m: 3, a: a/p0, b: [b/p0, "
	"c/p0]}\n";

struct fixture {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_station station;
	struct lw_buf reply;
};

static int set_up(void **state)
{
	const struct lw_serve_options opt = {.speed = 1000, .seed = 1};
	struct fixture *x = calloc(1, sizeof(*x));

	if (!x)
		return -1;
	*state = x;
	lw_arena_init(&x->arena, 0);
	return lw_fabric_load(fabric_text, sizeof(fabric_text) - 1, "pair.yaml", &x->arena,
			      &x->fabric, NULL) ||
	       lw_fabric_resolve(&x->fabric, NULL, NULL, NULL) ||
	       lw_station_init(&x->station, &x->fabric, &opt, NULL);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	lw_station_finish(&x->station);
	lw_arena_finish(&x->arena);
	lw_buf_finish(&x->reply);
	free(x);
	return 0;
}

static const char *ask(struct fixture *x, const char *line)
{
	size_t n;

	lw_buf_clear(&x->reply);
	lw_command_run(&x->station, line, &x->reply);
	n = strlen(lw_buf_str(&x->reply));
	/* whatever is asked, the reply is one line */
	assert_true(n > 0);
	assert_ptr_equal(strchr(x->reply.s, '\n'), x->reply.s + n - 1);
	x->reply.s[n - 1] = '\0';
	return x->reply.s;
}

/* Ask until the reply is `want`: world time is fast, the wait has an end. */
static void await(struct fixture *x, const char *line, const char *want)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	for (int i = 0; i < 5000; i++) {
		if (strcmp(ask(x, line), want) == 0)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s: \"%s\" never became \"%s\"", line, x->reply.s, want);
}

static void expect_error(struct fixture *x, const char *line, const char *needle)
{
	const char *reply = ask(x, line);

	if (strncmp(reply, "error: ", 7) != 0 || !strstr(reply, needle))
		fail_msg("%s: \"%s\" is no error about \"%s\"", line, reply, needle);
}

static void command_read_gives_hex(void **state)
{
	struct fixture *x = *state;

	await(x, "read a/p0 byte=0 len=1", "19");
	assert_string_equal(ask(x, "read a/p0 page=0 byte=128 len=9"), "194c414e4557495345");
	assert_string_equal(ask(x, "read a/p0 byte=80h len=0x1 i2c=0x50"), "19");
	assert_string_equal(ask(x, "  read   a/p0\tbyte=0  len=1  "), "19");
}

static void command_write_is_seen_by_read(void **state)
{
	struct fixture *x = *state;

	await(x, "read a/p0 byte=3 len=1", "02"); /* ModuleLowPwr */
	assert_string_equal(ask(x, "write a/p0 page=10h byte=130 data=a5"), "ok");
	await(x, "read a/p0 page=10h byte=130 len=1", "a5");
}

static void command_pins_and_writes_wake_the_module(void **state)
{
	struct fixture *x = *state;

	await(x, "read a/p0 byte=3 len=1", "02");
	assert_string_equal(ask(x, "pin a/p0 lpmode 0"), "ok");
	await(x, "read a/p0 byte=3 len=1", "06"); /* ModuleReady */
	assert_string_equal(ask(x, "pin a/p0 reset 1"), "ok");
	expect_error(x, "read a/p0 byte=3 len=1", "acknowledge");
	assert_string_equal(ask(x, "pin a/p0 reset 0"), "ok");
	await(x, "read a/p0 byte=3 len=1", "06");
}

static void command_unplug_and_plug(void **state)
{
	struct fixture *x = *state;

	await(x, "read b/p0 byte=3 len=1", "02");
	assert_string_equal(ask(x, "unplug b/p0"), "ok");
	expect_error(x, "read b/p0 byte=3 len=1", "plugged");
	assert_non_null(strstr(ask(x, "list"), "\"present\": false"));
	assert_string_equal(ask(x, "plug b/p0"), "ok");
	await(x, "read b/p0 byte=3 len=1", "02");
	expect_error(x, "plug a/p1", "plugs nothing");
}

static void command_fault_of_a_link_may_hold_blanks(void **state)
{
	struct fixture *x = *state;

	assert_string_equal(ask(x, "fault cut:a/p0:1 - b/p0"), "ok");
	assert_string_equal(ask(x, "fault cut:a/p0:1 - b/p0 off"), "ok");
	assert_string_equal(ask(x, "fault nack:a/p0 on"), "ok");
	expect_error(x, "read a/p0 byte=0 len=1", "acknowledge");
	assert_string_equal(ask(x, "fault nack:a/p0 off"), "ok");
	await(x, "read a/p0 byte=0 len=1", "19");
}

static void command_fault_comes_and_goes_at_its_times(void **state)
{
	struct fixture *x = *state;
	struct lw_mono now, next;
	char line[96];

	await(x, "read a/p0 byte=3 len=1", "02");
	lw_station_time(&x->station, &now, &next);
	/* out and in again: what was written is forgotten */
	assert_string_equal(ask(x, "write a/p0 page=10h byte=130 data=a5"), "ok");
	snprintf(line, sizeof(line), "fault unplug:a/p0@%.0f-%.0f", (double)now.ns / 1e9 + 500,
		 (double)now.ns / 1e9 + 600);
	assert_string_equal(ask(x, line), "ok");
	await(x, "read a/p0 page=10h byte=130 len=1", "00");
	assert_int_equal(x->station.edge_n, 0);
	snprintf(line, sizeof(line), "fault unplug:a/p0@%.0f", (double)now.ns / 1e9 + 1000);
	assert_string_equal(ask(x, line), "ok");
	await(x, "read a/p0 byte=3 len=1", "error: a/p0: nothing plugged");
	/* one that is called off never comes */
	assert_string_equal(ask(x, "fault unplug:a/p0@1000000"), "ok");
	assert_int_equal(x->station.edge_n, 1);
	assert_string_equal(ask(x, "fault unplug:a/p0 off"), "ok");
	assert_int_equal(x->station.edge_n, 0);
}

/* The temperature that module a reads goes into that range, whole degrees. */
static void await_degrees(struct fixture *x, long low, long high)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	long now = 0;

	for (int i = 0; i < 5000; i++) {
		now = strtol(ask(x, "read a/p0 byte=14 len=1"), NULL, 16);
		if (now >= low && now <= high)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%ld degC, not %ld to %ld", now, low, high);
}

/* 17 W behind 1.2 K/W over 33 degC of air; two neighbours of 8 W with 0.15 K/W each. */
static void command_air_and_neighbours_warm_the_module(void **state)
{
	struct fixture *x = *state;

	await(x, "write a/p0 byte=26 data=00", "ok");
	await(x, "write b/p0 byte=26 data=00", "ok");
	await(x, "write c/p0 byte=26 data=00", "ok");
	await_degrees(x, 53, 54);
	assert_string_equal(ask(x, "set a/p0 airflow=25"), "ok");
	await_degrees(x, 79, 81);
	assert_string_equal(ask(x, "set a/p0 airflow=100 air=43"), "ok");
	await_degrees(x, 63, 64);
	assert_string_equal(ask(x, "neighbour a/p0 b/p0"), "ok");
	assert_string_equal(ask(x, "neighbour a/p0 b/p0"), "ok");
	assert_string_equal(ask(x, "neighbour c/p0 a/p0"), "ok");
	await_degrees(x, 65, 66);
	expect_error(x, "neighbour a/p0 a/p0", "its own neighbour");
	expect_error(x, "neighbour a/p0", "no cage given");
	expect_error(x, "neighbour a/p0 a/p1", "nothing is plugged");
	expect_error(x, "neighbour a/p0 b/p0 b/p0", "one word too many");
	expect_error(x, "set a/p0 air=101", "more than 100");
}

static void command_set_makes_the_module_behave_otherwise(void **state)
{
	struct fixture *x = *state;

	assert_string_equal(ask(x, "set a/p0 duration=150 dp-init=300 jitter=10"), "ok");
	await(x, "read a/p0 byte=0 len=2", "1952");
	assert_string_equal(ask(x, "set a/p0 read-max=1"), "ok");
	assert_non_null(strstr(ask(x, "read a/p0 byte=0 len=2"), "error: "));
	assert_string_equal(ask(x, "read a/p0 byte=0 len=1"), "19");
	assert_string_equal(ask(x, "set a/p0 read-max=0"), "ok");
	assert_string_equal(ask(x, "read a/p0 byte=0 len=2"), "1952");
	assert_string_equal(ask(x, "set a/p0 age-hours=90000"), "ok");
	assert_non_null(strstr(ask(x, "set a/p0 speed=3"), "there is no option \"speed\""));
	assert_non_null(strstr(ask(x, "set a/p0 read-max=129"), "more than 128"));
	assert_non_null(strstr(ask(x, "set a/p0 read-max"), "no NAME=NUMBER"));
	assert_non_null(strstr(ask(x, "set a/p0"), "no option given"));
	assert_non_null(strstr(ask(x, "set a/p1 jitter=1"), "nothing is plugged"));
}

/* Words that commands are made of, and some that they are not, in any order. */
static void command_of_any_words_gets_one_line(void **state)
{
	static const char *const words[] = {
		"read",   "write",    "pin",      "plug",      "unplug",     "replug",
		"swap",   "fault",    "mode",     "ports",     "list",       "time",
		"help",   "a/p0",     "a/p1",     "b/p0",      "x/y",        "wire",
		"bank=0", "bank=999", "page=10h", "page=ffh",  "byte=128",   "byte=255",
		"len=1",  "len=128",  "len=0",    "data=00ff", "data=f",     "i2c=51h",
		"lpmode", "reset",    "rs0",      "0",         "1",          "on",
		"off",    "cut:b/p0", "hot:a/p0", "nack:c/p0", "dirty:a/p0", "reject:a/p0:1",
		"set",    "jitter=3", "locked=1", "neighbour", "air=40",     "airflow=0",
		"=",      "\x01\xff", "8x100G",   "1x800G",    "@",          "module:a/p0@1-2",
	};
	struct fixture *x = *state;
	uint32_t random = 1;

	for (int i = 0; i < 3000; i++) {
		char line[256] = "";

		for (unsigned n = 1 + (random >> 28) % 6; n--;) {
			random = random * 1664525 + 1013904223;
			strcat(line, words[(random >> 16) % (sizeof(words) / sizeof(words[0]))]);
			strcat(line, (random >> 8) % 8 ? " " : "\t  ");
		}
		ask(x, line);
	}
}

static void command_mode_changes_the_ports(void **state)
{
	struct fixture *x = *state;

	assert_non_null(strstr(ask(x, "ports a/p0"), "\"port\": 2, \"first_lane\": 5"));
	assert_string_equal(ask(x, "mode a/p0 8x100G"), "ok");
	assert_non_null(strstr(ask(x, "ports a/p0"),
			       "\"port\": 8, \"first_lane\": 8, \"lanes\": 1, "
			       "\"rate_mbps\": 100000"));
	expect_error(x, "mode a/p0 3x400G", "3x400G");
}

static void command_mistakes_are_told(void **state)
{
	static const struct {
		const char *line, *needle;
	} wrong[] = {
		{"", "no command"},
		{"reed a/p0 byte=0 len=1", "reed"},
		{"read", "no cage"},
		{"read z/p0 byte=0 len=1", "z/p0"},
		{"read a/p0", "no byte"},
		{"read a/p0 byte=0", "no len"},
		{"read a/p0 byte=0 len=129", "len"},
		{"read a/p0 byte=0 len=0", "no len"},
		{"read a/p0 byte=256 len=1", "byte"},
		{"read a/p0 byte=-1 len=1", "byte"},
		{"read a/p0 byte=1x len=1", "byte"},
		{"read a/p0 byte=h len=1", "byte"},
		{"read a/p0 byte= len=1", "byte"},
		{"read a/p0 byte=0 len=1 data=00", "data"},
		{"read a/p0 byte=0 len=1 now", "now"},
		{"read a/p0 byte=120 len=16", "half"},
		{"read a/p0 page=0x55 byte=128 len=1", "page"},
		{"read a/p1 byte=0 len=1", "plugged"},
		{"write a/p0 byte=26 data=0", "data"},
		{"write a/p0 byte=26 data=zz", "data"},
		{"write a/p0 byte=26 len=1", "len"},
		{"write a/p0 byte=26", "no data"},
		{"pin a/p0 present 1", "lpmode"},
		{"pin a/p0 lpmode 2", "asserted"},
		{"pin a/p0 lpmode", "no value"},
		{"pin a/p0 lpmode 1 1", "too many"},
		{"fault burn:a/p0", "unknown kind"},
		{"fault cut:z/p0 on", "z/p0"},
		{"fault", "KIND:PLACE"},
		{"unplug a/p0 b/p0", "too many"},
		{"list all", "too many"},
		{"time now", "too many"},
	};
	struct fixture *x = *state;
	char many[LW_COMMAND_MAX + 1];

	await(x, "read a/p0 byte=3 len=1", "02");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_error(x, wrong[i].line, wrong[i].needle);
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	expect_error(x, many, "at most");
	assert_non_null(strstr(ask(x, "help"), "unplug CAGE"));
}

/* Whatever bytes come, the reply is one line and the station lives. */
static void command_noise_gives_one_line(void **state)
{
	static const char *const word[] = {"read",  "write",  "fault", "a/p0",     "b/p0",
					   "byte=", "0",      "len=",  "1",        "data=ff",
					   "page",  "=",      "11h",   "@",        "-",
					   "cut:",  "off",    "\t",    "\x80\xff", "unplug",
					   "pin",   "lpmode", "mode",  "1x800G"};
	struct fixture *x = *state;
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		char line[256] = "";

		for (int k = 0; k < 8; k++) {
			seed = seed * 1103515245u + 12345u;
			strcat(line, word[(seed >> 16) % (sizeof(word) / sizeof(word[0]))]);
			if (seed >> 30)
				strcat(line, " ");
		}
		ask(x, line);
	}
}

static void file_reads_are_whole_or_fail(void **state)
{
	struct fixture *x = *state;
	struct lw_station *s = &x->station;
	uint8_t p[512];

	await(x, "read a/p0 byte=3 len=1", "02");
	assert_int_equal(lw_served_read(s, 0, p, 8, 213 - 4), 8);
	assert_int_equal(lw_served_read(s, 0, p, 20, 120), 20); /* crosses into page 00h */
	assert_int_equal(p[8], 0x19);
	assert_int_equal(lw_served_read(s, 0, p, 1, 0x55 * 128 + 128), LW_ENOPAGE);
	/* a copy goes on where a page is missing */
	assert_int_equal(lw_served_read(s, 0, p, 512, 0x54 * 128 + 128), 512);
	assert_int_equal(p[200], 0xff);
	assert_int_equal(lw_served_read(s, 0, p, 16, 32896), 0);
	assert_int_equal(lw_served_read(s, 0, p, 300, 32896 - 4), 4);
	assert_int_equal(lw_served_write(s, 0, p, 16, 32896 - 4), LW_EINVAL);
	assert_int_equal(lw_served_read(s, 1, p, 1, 0), LW_EABSENT);
}

static void file_select_bytes_read_zero_and_move_nothing(void **state)
{
	struct fixture *x = *state;
	struct lw_station *s = &x->station;
	const uint8_t select[2] = {1, 0x11};
	uint8_t p[4];

	await(x, "read a/p0 byte=3 len=1", "02");
	assert_int_equal(lw_served_write(s, 0, select, 2, 126), 2);
	assert_int_equal(lw_served_read(s, 0, p, 4, 126), 4);
	assert_int_equal(p[0], 0);
	assert_int_equal(p[1], 0);
	assert_int_equal(p[2], 0x19); /* still page 00h */
}

static void file_access_waits_for_a_module_that_is_busy(void **state)
{
	struct fixture *x = *state;
	uint8_t p;

	/* refused for good: an error after the driver's patience */
	assert_string_equal(ask(x, "fault nack:a/p0"), "ok");
	assert_int_equal(lw_served_read(&x->station, 0, &p, 1, 0), LW_ENACK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(command_read_gives_hex),
		CASE(command_write_is_seen_by_read),
		CASE(command_pins_and_writes_wake_the_module),
		CASE(command_unplug_and_plug),
		CASE(command_fault_of_a_link_may_hold_blanks),
		CASE(command_fault_comes_and_goes_at_its_times),
		CASE(command_mode_changes_the_ports),
		CASE(command_air_and_neighbours_warm_the_module),
		CASE(command_set_makes_the_module_behave_otherwise),
		CASE(command_of_any_words_gets_one_line),
		CASE(command_mistakes_are_told),
		CASE(command_noise_gives_one_line),
		CASE(file_reads_are_whole_or_fail),
		CASE(file_select_bytes_read_zero_and_move_nothing),
		CASE(file_access_waits_for_a_module_that_is_busy),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
