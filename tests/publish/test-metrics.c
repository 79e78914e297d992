/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "publish-internal.h"
#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void say(struct sim *s, const char *form, const char *device, struct lw_buf *ret)
{
	struct lw_publish_source src = {.engine = &s->engine, .device = device};
	struct lw_error e;

	assert_int_equal(lw_publish(lw_publisher_find(form), &src, NULL, ret, &e), 0);
}

static void start(struct sim *s)
{
	struct lw_error e;

	sim_face_to_face(s, "8x100G");
	assert_int_equal(lw_engine_measure(&s->engine, lw_ms(1000), s->now, &e), 0);
	sim_settle(s);
	sim_pass(s, 3000);
	sim_all_up(s, 8);
}

/* Lines that begin like this. */
static unsigned lines(const struct lw_buf *b, const char *like)
{
	unsigned n = 0;

	for (const char *p = lw_buf_str(b); p && *p; p = strchr(p, '\n'), p += p != NULL)
		n += strncmp(p, like, strlen(like)) == 0;
	return n;
}

static void texts_of_module_hostile_are_escaped(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct sim s;

	(void)state;
	start(&s);
	memcpy(s.engine.module[0].facts.vendor_name, "a\"b\\c\nd\xff\xc3\xa9", 11);
	say(&s, "metrics", NULL, &b);
	assert_non_null(strstr(lw_buf_str(&b), "vendor=\"a\\\"b\\\\c d\xef\xbf\xbd\xc3\xa9\""));
	lw_buf_finish(&b);
	sim_stop(&s);
}

static void module_silent_has_no_readings(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct sim s;
	unsigned before;

	(void)state;
	start(&s);
	say(&s, "metrics", NULL, &b);
	before = lines(&b, "lanewise_lane_rx_power_watts{");
	assert_int_equal(before, 16);
	lw_buf_clear(&b);
	lw_engine_unplugged(&s.engine, 0, s.now);
	sim_pass(&s, 1000);
	say(&s, "metrics", NULL, &b);
	assert_int_equal(lines(&b, "lanewise_lane_rx_power_watts{"), 8);
	assert_int_equal(lines(&b, "lanewise_module_info{"), 1);
	assert_int_equal(lines(&b, "lanewise_module_present{"), 2);
	lw_buf_finish(&b);
	sim_stop(&s);
}

static void senders_are_told_where_there_are_some(void **state)
{
	const struct lw_publish_sender x[] = {{.name = "redis", .up = true, .messages = 7},
					      {.name = "syslog", .lost = 2}};
	struct lw_publish_source src = {.senders = x, .sender_n = 2};
	struct lw_buf b = LW_BUF_INIT;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s);
	say(&s, "metrics", NULL, &b);
	assert_null(strstr(lw_buf_str(&b), "sender"));
	lw_buf_clear(&b);
	src.engine = &s.engine;
	assert_int_equal(lw_publish(lw_publisher_find("metrics"), &src, NULL, &b, &e), 0);
	assert_non_null(strstr(lw_buf_str(&b), "lanewise_sender_up{sender=\"redis\"} 1\n"
					       "lanewise_sender_up{sender=\"syslog\"} 0\n"));
	assert_non_null(
		strstr(lw_buf_str(&b), "lanewise_sender_messages_total{sender=\"redis\"} 7\n"));
	assert_non_null(strstr(lw_buf_str(&b),
			       "lanewise_sender_lost_messages_total{sender=\"syslog\"} 2\n"));
	lw_buf_finish(&b);
	sim_stop(&s);
}

static void each_family_stands_together_and_is_said_once(void **state)
{
	char seen[128][64], name[64];
	struct lw_buf b = LW_BUF_INIT;
	unsigned n = 0;
	struct sim s;

	(void)state;
	start(&s);
	say(&s, "metrics", NULL, &b);
	for (const char *p = lw_buf_str(&b); p && *p; p = strchr(p, '\n'), p += p != NULL) {
		if (*p == '#')
			continue;
		assert_int_equal(sscanf(p, "%63[a-z_]", name), 1);
		if (n && strcmp(seen[n - 1], name) == 0)
			continue;
		for (unsigned i = 0; i < n; i++)
			assert_string_not_equal(seen[i], name);
		strcpy(seen[n++], name);
	}
	assert_true(n > 30);
	lw_buf_finish(&b);
	sim_stop(&s);
}

static void failure_leaves_buffer_as_it_was(void **state)
{
	struct lw_publish_source src = {.device = "nobody"};
	struct lw_buf b = LW_BUF_INIT;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s);
	src.engine = &s.engine;
	lw_buf_puts(&b, "before");
	assert_int_equal(lw_publish(lw_publisher_find("metrics"), &src, NULL, &b, &e), LW_EINVAL);
	assert_string_equal(lw_buf_str(&b), "before");
	assert_null(lw_publisher_find("metric"));
	lw_buf_finish(&b);
	sim_stop(&s);
}

static void memory_keeps_thousands_and_forgets_all(void **state)
{
	struct lw_publish_memory *m;
	struct lw_said *x = NULL;
	char key[32];
	unsigned n = 0;

	(void)state;
	assert_int_equal(lw_publish_memory_create(&m, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		lw_said_get(m, key)->count = i;
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		assert_int_equal(lw_said_get(m, key)->count, i);
	}
	while ((x = lw_said_next(m, x)))
		n++;
	assert_int_equal(n, 5000);
	lw_publish_memory_forget(m);
	assert_null(lw_said_next(m, NULL));
	assert_int_equal(lw_said_get(m, "key 7")->count, 0);
	lw_publish_memory_destroy(m);
	lw_publish_memory_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_module_hostile_are_escaped),
		cmocka_unit_test(module_silent_has_no_readings),
		cmocka_unit_test(senders_are_told_where_there_are_some),
		cmocka_unit_test(each_family_stands_together_and_is_said_once),
		cmocka_unit_test(failure_leaves_buffer_as_it_was),
		cmocka_unit_test(memory_keeps_thousands_and_forgets_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
