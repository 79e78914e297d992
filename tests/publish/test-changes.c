/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers that say only what changed: SONiC's tables and the log. */
#include "sim.h"

#include <lanewise/publish.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
	struct sim s;
	struct lw_publish_memory *m;
	struct lw_buf b;
};

static void start(struct bench *t)
{
	struct lw_error e;

	*t = (struct bench){0};
	sim_face_to_face(&t->s, "8x100G");
	assert_int_equal(lw_engine_measure(&t->s.engine, lw_ms(1000), t->s.now, &e), 0);
	assert_int_equal(lw_publish_memory_create(&t->m, &e), 0);
	sim_settle(&t->s);
	sim_pass(&t->s, 3000);
	sim_all_up(&t->s, 8);
}

static void stop(struct bench *t)
{
	lw_publish_memory_destroy(t->m);
	lw_buf_finish(&t->b);
	sim_stop(&t->s);
}

static const char *say(struct bench *t, const char *form)
{
	struct lw_publish_source src = {.engine = &t->s.engine, .device = NULL};
	const struct lw_publisher *p = lw_publisher_find(form);
	struct lw_error e;

	if (p->one_device)
		src.device = t->s.fabric.devices[0].name;
	lw_buf_clear(&t->b);
	assert_int_equal(lw_publish(p, &src, t->m, &t->b, &e), 0);
	return lw_buf_str(&t->b);
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void tables_unchanged_are_not_said_again(void **state)
{
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	text = say(&t, "sonic");
	/* eight parts of one port: identity, sensors, thresholds, status, firmware, presence */
	assert_int_equal(count(text, "HSET\r\n"), 8 * 6);
	assert_int_equal(count(text, "DEL\r\n"), 8 * 6);
	assert_int_equal(count(text, "SELECT\r\n$1\r\n6\r\n"), 1);
	/* a hash that is made anew is never seen missing */
	assert_int_equal(count(text, "MULTI\r\n*2\r\n$3\r\nDEL\r\n"), 8 * 6);
	assert_int_equal(count(text, "EXEC\r\n"), 8 * 6);
	assert_true(lw_publish_memory_holds(t.m, "TRANSCEIVER_INFO|Ethernet7"));
	assert_false(lw_publish_memory_holds(t.m, "TRANSCEIVER_INFO|Ethernet8"));
	assert_string_equal(say(&t, "sonic"), "");
	stop(&t);
}

static void new_readings_are_said_of_sensors_alone(void **state)
{
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	say(&t, "sonic");
	sim_pass(&t.s, 1500);
	text = say(&t, "sonic");
	assert_int_equal(count(text, "HSET\r\n"), 8);
	assert_int_equal(count(text, "TRANSCEIVER_DOM_SENSOR|"), 8);
	assert_int_equal(count(text, "DEL\r\n"), 0);
	stop(&t);
}

static void module_gone_takes_its_tables_along(void **state)
{
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	say(&t, "sonic");
	lw_engine_unplugged(&t.s.engine, 0, t.s.now);
	text = say(&t, "sonic");
	/* all but presence, which says "0" now */
	assert_int_equal(count(text, "DEL\r\n"), 8 * 5);
	assert_int_equal(count(text, "HSET\r\n"), 8);
	assert_int_equal(count(text, "TRANSCEIVER_STATUS_SW|"), 8);
	assert_int_equal(count(text, "status\r\n$1\r\n0\r\n"), 8);
	lw_publish_memory_forget(t.m);
	text = say(&t, "sonic");
	assert_int_equal(count(text, "HSET\r\n"), 8);
	stop(&t);
}

static void mode_divided_otherwise_renames_ports(void **state)
{
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	say(&t, "sonic");
	sim_mode(&t.s, t.s.fabric.cages[0].id, "2x400G");
	sim_settle(&t.s);
	text = say(&t, "sonic");
	for (unsigned lane = 0; lane < 8; lane++) {
		char del[64];

		snprintf(del, sizeof(del), "DEL\r\n$%zu\r\nTRANSCEIVER_INFO|Ethernet%u\r\n",
			 strlen("TRANSCEIVER_INFO|Ethernet0"), lane);
		assert_int_equal(count(text, del), lane % 4 != 0);
	}
	stop(&t);
}

static void database_of_its_own_is_selected(void **state)
{
	struct lw_publish_source src = {.database = "13"};
	struct lw_error e;
	struct bench t;
	size_t n;

	(void)state;
	start(&t);
	src.engine = &t.s.engine;
	src.device = t.s.fabric.devices[0].name;
	assert_false(lw_publish_memory_holds(t.m, "TRANSCEIVER_INFO|Ethernet0"));
	assert_int_equal(lw_publish(lw_publisher_find("sonic"), &src, t.m, &t.b, &e), 0);
	assert_int_equal(count(lw_buf_str(&t.b), "SELECT\r\n$2\r\n13\r\n"), 1);
	assert_string_equal(lw_publish_sonic_tables(&n)[0], "TRANSCEIVER_INFO");
	assert_int_equal(n, 6);
	lw_engine_unplugged(&t.s.engine, 0, t.s.now);
	say(&t, "sonic");
	assert_false(lw_publish_memory_holds(t.m, "TRANSCEIVER_INFO|Ethernet0"));
	assert_true(lw_publish_memory_holds(t.m, "TRANSCEIVER_STATUS_SW|Ethernet0"));
	stop(&t);
}

static void names_of_two_devices_are_refused(void **state)
{
	struct lw_publish_source src = {0};
	struct lw_error e;
	struct bench t;

	(void)state;
	start(&t);
	src.engine = &t.s.engine;
	assert_int_equal(lw_publish(lw_publisher_find("sonic"), &src, t.m, &t.b, &e), LW_EINVAL);
	assert_int_equal(lw_publish(lw_publisher_find("openconfig"), &src, NULL, &t.b, &e),
			 LW_EINVAL);
	assert_non_null(strstr(e.message, "device"));
	stop(&t);
}

static void log_tells_changes_once(void **state)
{
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	text = say(&t, "syslog");
	assert_int_equal(count(text, " MODULEIN "), 2);
	assert_int_equal(count(text, " LINKUP "), 8);
	assert_int_equal(count(text, "\n"), 10);
	assert_string_equal(say(&t, "syslog"), "");
	lw_engine_want(&t.s.engine, 3, false, t.s.now);
	sim_pass(&t.s, 1000);
	text = say(&t, "syslog");
	assert_int_equal(count(text, "\n"), 1);
	assert_int_equal(count(text, " LINKDOWN "), 1);
	assert_non_null(strstr(text, "was switched off"));
	sim_pass(&t.s, 3000);
	text = say(&t, "syslog");
	assert_int_equal(count(text, "\n"), 1);
	assert_non_null(strstr(text, "cause=\"disabled\""));
	stop(&t);
}

static void log_holds_a_flood_back_and_says_how_much(void **state)
{
	struct lw_engine_link *x;
	unsigned said = 0, held = 0;
	struct bench t;
	const char *text;

	(void)state;
	start(&t);
	say(&t, "syslog");
	x = &t.s.engine.link[0];
	/* as if it had gone and come between each two looks */
	for (int i = 0; i < 40; i++) {
		x->flaps++;
		said += count(say(&t, "syslog"), " LINKUP ");
	}
	assert_int_equal(said, LW_SYSLOG_BURST - 1); /* that it is up was the first line */
	held = 40 - said;
	sim_pass(&t.s, LW_SYSLOG_WINDOW_MS);
	text = say(&t, "syslog");
	assert_int_equal(count(text, " HELD "), 1);
	{
		char lines[32];

		snprintf(lines, sizeof(lines), "lines=\"%u\"", held);
		assert_non_null(strstr(text, lines));
	}
	assert_string_equal(say(&t, "syslog"), "");
	x->flaps++;
	assert_int_equal(count(say(&t, "syslog"), "\n"), 1);
	stop(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_unchanged_are_not_said_again),
		cmocka_unit_test(new_readings_are_said_of_sensors_alone),
		cmocka_unit_test(module_gone_takes_its_tables_along),
		cmocka_unit_test(mode_divided_otherwise_renames_ports),
		cmocka_unit_test(database_of_its_own_is_selected),
		cmocka_unit_test(names_of_two_devices_are_refused),
		cmocka_unit_test(log_tells_changes_once),
		cmocka_unit_test(log_holds_a_flood_back_and_says_how_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
