/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that take a while, on twins in virtual time. */
#include "act.h"
#include "run.h"

#include <jansson.h>
#include <lanewise/files.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "0123456789abcdef0123456789"
#define LINK  "leaf1/swp1:2 - nic2/p0"
#define OTHER "leaf1/swp1:1 - nic1/p0"
#define CAGE  "leaf1/swp1"

struct bench {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lwd_config config;
	struct lwd_plant plant;
	struct lwd_tokens tokens;
	char folder[64];
};

static void run(struct bench *b, int64_t ms)
{
	run_plant(&b->plant, ms);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	static const char tokens[] = "op " TOKEN "\n";
	struct lw_error e;

	strcpy(b->folder, "/tmp/lw-jobs-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	lw_arena_init(&b->arena, 0);
	b->config = (struct lwd_config){.modules = LWD_TWINS,
					.seed = 1,
					.measure = lw_ms(1000),
					.firmware = b->folder,
					.firmware_password = UINT64_MAX};
	assert_int_equal(
		lwd_tokens_load(tokens, sizeof(tokens) - 1, "t", &b->arena, &b->tokens, &e), 0);
	assert_int_equal(
		lw_file_fabric(LW_ROOT "/examples/first-light.yaml", &b->arena, &b->fabric, &e), 0);
	assert_int_equal(lwd_plant_start(&b->plant, &b->config, &b->fabric, &e), 0);
	run(b, 30000);
	*state = b;
	return 0;
}

static void path_of(const struct bench *b, const char *name, char ret[128])
{
	snprintf(ret, 128, "%s/%s", b->folder, name);
}

static int teardown(void **state)
{
	static const char *const names[] = {"new.bin", "bad.bin", "link", ".hidden", "folder"};
	struct bench *b = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(b, names[i], path);
		remove(path);
	}
	rmdir(b->folder);
	lwd_plant_finish(&b->plant);
	lw_arena_finish(&b->arena);
	free(b);
	return 0;
}

static int ask(struct bench *b, const char *what, const char *target, const char *argument,
	       json_t **ret)
{
	struct lwd_ask a = {what, target, argument, TOKEN, "test"};
	struct lw_buf body = LW_BUF_INIT;
	struct lwd_answer answer;
	json_t *d;

	b->tokens.v[0].left = LWD_BURST; /* rates are tested elsewhere */
	for (unsigned i = 0; i < LWD_RATIONS; i++)
		b->plant.questions[i].left = LWD_BURST;
	b->plant.refusals.left = LWD_BURST;
	lwd_act(&b->plant, &b->tokens, &a, &answer, &body);
	d = json_loadb(body.s, body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(d);
	if (ret)
		*ret = d;
	else
		json_decref(d);
	lw_buf_finish(&body);
	return answer.status;
}

/* A member of the newest job. */
static json_t *job(struct bench *b, const char *name)
{
	json_t *all, *value;

	assert_int_equal(ask(b, "jobs", "", "", &all), 200);
	assert_true(json_array_size(all) > 0);
	value = json_incref(json_object_get(json_array_get(all, 0), name));
	json_decref(all);
	assert_non_null(value);
	return value;
}

static bool job_is(struct bench *b, const char *name)
{
	json_t *v = job(b, name);
	bool is = json_is_true(v);

	json_decref(v);
	return is;
}

static double job_number(struct bench *b, const char *name)
{
	json_t *v = job(b, name);
	double x = json_number_value(v);

	json_decref(v);
	return x;
}

static bool job_text(struct bench *b, const char *name, const char *with)
{
	json_t *v = job(b, name);
	bool is = json_is_string(v) && strstr(json_string_value(v), with);

	json_decref(v);
	return is;
}

/* Until the image is on its way into the module. */
static void run_until_written(struct bench *b)
{
	for (int i = 0; i < 2000 && !job_text(b, "phase", "write"); i++)
		run(b, 10);
}

static void finish(struct bench *b, int64_t most_ms)
{
	for (int64_t ms = 0; !job_is(b, "over"); ms += 500) {
		if (ms > most_ms) {
			json_t *v = job(b, "phase");

			fail_msg("no end in sight in phase %s", json_string_value(v));
		}
		run(b, 500);
	}
}

static const struct lw_engine_link *link_of(const struct bench *b, const char *id)
{
	const struct lw_fabric *f = b->plant.stage.engine.fabric;

	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, id) == 0)
			return &b->plant.stage.engine.link[i];
	fail_msg("no link %s", id);
	return NULL;
}

/* Flaps of all links but those of one cage. */
static unsigned flaps_elsewhere(const struct bench *b, const char *cage)
{
	const struct lw_fabric *f = b->plant.stage.engine.fabric;
	int k = cage ? lw_fabric_cage_find(f, cage) : -1;
	unsigned n = 0;

	for (size_t i = 0; i < f->link_n; i++)
		if (f->links[i].cage[0] != k && f->links[i].cage[1] != k)
			n += b->plant.stage.engine.link[i].flaps;
	return n;
}

static void reset_takes_the_links_of_its_module_down_and_up(void **state)
{
	struct bench *b = *state;
	const struct lw_module *m =
		&b->plant.stage.engine
			 .module[lw_fabric_cage_find(b->plant.stage.engine.fabric, CAGE)];
	uint64_t writes = m->bus->stats.writes;
	json_t *d = NULL, *links;

	assert_int_equal(ask(b, "reset", CAGE, "preview", &d), 200);
	links = json_object_get(d, "links");
	assert_true(json_is_true(json_object_get(d, "disturbs")));
	assert_null(json_object_get(d, "job"));
	assert_int_equal(json_array_size(links), 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(links, i), "state")),
			"up");
	json_decref(d);
	run(b, 2000);
	assert_int_equal(m->bus->stats.writes, writes);

	assert_int_equal(ask(b, "reset", CAGE, "now", &d), 200);
	assert_int_equal(json_integer_value(json_object_get(d, "job")), 1);
	assert_int_equal(json_array_size(json_object_get(d, "links")), 2);
	json_decref(d);
	run(b, 20);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_DOWN);
	assert_int_equal(ask(b, "reset", CAGE, "now", &d), 409);
	assert_non_null(strstr(json_string_value(json_object_get(d, "error")), "job 1"));
	json_decref(d);
	finish(b, 20000);
	assert_true(job_is(b, "ok"));
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_int_equal(link_of(b, OTHER)->state, LW_LINK_UP);
	assert_int_equal(link_of(b, LINK)->flaps, 1);
	assert_int_equal(flaps_elsewhere(b, CAGE), 0);
	assert_int_equal(m->identities, 2);
}

static void reset_that_cannot_be_done_is_refused_in_its_preview(void **state)
{
	static const char *const values[] = {"preview", "now"};
	struct bench *b = *state;
	json_t *d = NULL;

	for (size_t i = 0; i < 2; i++) { /* a copper cable */
		assert_int_equal(ask(b, "reset", "leaf1/swp4", values[i], &d), 409);
		assert_non_null(
			strstr(json_string_value(json_object_get(d, "error")), "flat memory"));
		json_decref(d);
	}
}

static void reset_of_a_module_pulled_meanwhile_says_so(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "reset", CAGE, "now", NULL), 200);
	run(b, 10);
	assert_int_equal(ask(b, "fault", "unplug:" CAGE, "on", NULL), 200);
	finish(b, 20000);
	assert_false(job_is(b, "ok"));
	assert_true(job_text(b, "error", "pulled"));
	assert_int_equal(ask(b, "reset", CAGE, "now", NULL), 409);
	assert_int_equal(ask(b, "fault", "unplug:" CAGE, "off", NULL), 200);
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
}

static void prbs_needs_a_link_that_is_off_or_force(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "prbs", LINK, "10", NULL), 409);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_int_equal(ask(b, "enable", LINK, "off", NULL), 200);
	run(b, 5000);
	assert_int_equal(ask(b, "prbs", LINK, "3 from-a", NULL), 200);
	finish(b, 60000);
	assert_true(job_is(b, "ok"));
	run(b, 5000);
	assert_true(link_of(b, LINK)->disabled);
	assert_false(link_of(b, LINK)->testing);
	assert_int_equal(link_of(b, OTHER)->flaps, 0);
}

/* The lanes of a direction of the newest job: each must have been counted. @return the bits */
static double lanes_of(struct bench *b, size_t direction, bool locked)
{
	json_t *all = job(b, "directions"), *d = json_array_get(all, direction), *lane;
	double bits = 0;
	size_t i;

	assert_int_equal(json_is_true(json_object_get(d, "finished")), locked);
	assert_int_equal(json_array_size(json_object_get(d, "lanes")), 4);
	json_array_foreach(json_object_get(d, "lanes"), i, lane)
	{
		if (locked)
			assert_true(json_is_true(json_object_get(lane, "locked")));
		else
			assert_true(json_is_null(json_object_get(lane, "locked")));
		assert_true(json_number_value(json_object_get(lane, "ber_high")) < 1e-6);
		bits += json_number_value(json_object_get(lane, "bits"));
	}
	json_decref(all);
	return bits;
}

static void prbs_counts_both_ways_and_leaves_all_as_it_was(void **state)
{
	struct bench *b = *state;
	double early;

	assert_int_equal(ask(b, "prbs", LINK, "10 force", NULL), 200);
	run(b, 6000);
	assert_true(job_text(b, "phase", "measure"));
	assert_true(job_text(b, "pattern", "PRBS-31Q"));
	early = lanes_of(b, 0, false);
	/* four lanes of 106.25 Gb/s, for some seconds so far */
	assert_true(early > 4 * 1.0625e11 && early < 4 * 6 * 1.0625e11);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_DOWN);
	assert_int_equal(link_of(b, OTHER)->state, LW_LINK_UP);
	assert_int_equal(ask(b, "prbs", OTHER, "10 force", NULL), 409); /* same module */
	assert_int_equal(ask(b, "reset", CAGE, "now", NULL), 409);
	finish(b, 60000);
	assert_true(job_is(b, "ok"));
	assert_true(lanes_of(b, 0, true) > 4 * 10 * 1.06e11);
	assert_true(lanes_of(b, 1, true) > 4 * 10 * 1.06e11);
	run(b, 20000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_false(link_of(b, LINK)->disabled);
	assert_int_equal(link_of(b, LINK)->flaps, 0);
	assert_int_equal(flaps_elsewhere(b, NULL), 0);
}

static void prbs_that_is_stopped_ends_soon(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "prbs", LINK, "stop", NULL), 404);
	assert_int_equal(ask(b, "prbs", LINK, "86400 force", NULL), 200);
	run(b, 10000);
	assert_int_equal(ask(b, "prbs", LINK, "stop", NULL), 200);
	finish(b, 3000);
	assert_true(job_is(b, "ok") && job_is(b, "stopped"));
	assert_true(lanes_of(b, 0, true) > 4 * 5 * 1.06e11);
	run(b, 20000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
}

static void prbs_without_light_finds_no_lock(void **state)
{
	struct bench *b = *state;
	json_t *all, *lane;

	assert_int_equal(ask(b, "fault", "cut:" CAGE ":2", "on", NULL), 200);
	assert_int_equal(ask(b, "prbs", LINK, "2 force", NULL), 200);
	finish(b, 130000);
	all = job(b, "directions");
	lane = json_array_get(json_object_get(json_array_get(all, 0), "lanes"), 0);
	assert_true(json_is_false(json_object_get(lane, "locked")));
	json_decref(all);
}

static void prbs_ends_when_its_link_is_changed(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "prbs", LINK, "60 force", NULL), 200);
	run(b, 8000);
	assert_int_equal(ask(b, "mode", CAGE, "8x100G", NULL), 200);
	finish(b, 20000);
	assert_true(job_text(b, "error", "changed"));
	assert_int_equal(ask(b, "mode", CAGE, "2x400G", NULL), 200);
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	/* who switches it on ends its test as well */
	assert_int_equal(ask(b, "prbs", LINK, "60 force", NULL), 200);
	run(b, 8000);
	assert_int_equal(ask(b, "enable", LINK, "on", NULL), 200);
	finish(b, 20000);
	assert_true(job_text(b, "error", "changed"));
	run(b, 20000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
}

/* CRC-32 of Ethernet, as zlib has it. */
static uint32_t crc_of(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* A load made for twins (docs/design/twin.md), of version 4.2. */
static void write_image(const struct bench *b, const char *name, size_t n, bool spoil)
{
	uint8_t *image = calloc(1, 64 + n), *body = image + 64;
	char path[128];
	uint32_t crc;
	FILE *f;

	for (size_t i = 0; i < n; i++)
		body[i] = (uint8_t)(i * 7919 >> 3);
	crc = crc_of(body, n);
	body[n / 2] ^= spoil;
	memcpy(image, "LWTW\4\2\0\11", 8);
	for (int i = 0; i < 4; i++)
		image[8 + i] = (uint8_t)(crc >> 8 * (3 - i));
	path_of(b, name, path);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(image, 64 + n, 1, f), 1);
	fclose(f);
	free(image);
}

/* The bank that runs and its version, of the newest job. */
static void expect_running(struct bench *b, const char *bank, const char *version)
{
	json_t *all = job(b, "banks"), *x;
	size_t i;

	json_array_foreach(all, i, x)
	{
		if (!json_is_true(json_object_get(x, "running")))
			continue;
		assert_string_equal(json_string_value(json_object_get(x, "bank")), bank);
		if (version)
			assert_string_equal(json_string_value(json_object_get(x, "version")),
					    version);
		json_decref(all);
		return;
	}
	fail_msg("none runs");
}

static void firmware_is_downloaded_under_traffic_and_run(void **state)
{
	struct bench *b = *state;
	json_t *d = NULL;

	write_image(b, "new.bin", 60000, false);
	assert_int_equal(ask(b, "firmware", CAGE, "download new.bin", &d), 200);
	assert_true(json_is_false(json_object_get(d, "disturbs")));
	assert_int_equal(json_array_size(json_object_get(d, "links")), 2);
	json_decref(d);
	assert_int_equal(ask(b, "reset", CAGE, "now", NULL), 409);
	run_until_written(b);
	run(b, 100);
	assert_int_equal((int)job_number(b, "bytes"), 60064);
	assert_true(job_number(b, "bytes_done") > 0 && job_number(b, "bytes_done") < 60064);
	finish(b, 600000);
	assert_true(job_is(b, "ok"));
	expect_running(b, "A", NULL);
	run(b, 5000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_int_equal(flaps_elsewhere(b, NULL), 0);

	assert_int_equal(ask(b, "firmware", CAGE, "run", &d), 200);
	assert_true(json_is_true(json_object_get(d, "disturbs")));
	json_decref(d);
	finish(b, 120000);
	assert_true(job_is(b, "ok"));
	expect_running(b, "B", "4.2");
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_int_equal(link_of(b, LINK)->flaps, 1);
	assert_int_equal(flaps_elsewhere(b, CAGE), 0);
	assert_int_equal(ask(b, "firmware", CAGE, "commit", NULL), 200);
	finish(b, 60000);
	assert_true(job_is(b, "ok"));
	assert_int_equal(link_of(b, LINK)->flaps, 1);
}

static void firmware_that_breaks_off_recovers(void **state)
{
	struct bench *b = *state;

	write_image(b, "new.bin", 60000, false);
	assert_int_equal(ask(b, "firmware", CAGE, "download new.bin", NULL), 200);
	run_until_written(b);
	assert_int_equal(ask(b, "fault", "unplug:" CAGE, "on", NULL), 200);
	run(b, 2000);
	assert_int_equal(ask(b, "fault", "unplug:" CAGE, "off", NULL), 200);
	finish(b, 600000);
	assert_true(job_is(b, "ok"));
	assert_true(job_number(b, "restarts") >= 1);
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	write_image(b, "bad.bin", 20000, true);
	assert_int_equal(ask(b, "firmware", CAGE, "download bad.bin", NULL), 200);
	finish(b, 600000);
	assert_false(job_is(b, "ok"));
	run(b, 30000);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
	assert_int_equal(ask(b, "firmware", CAGE, "download new.bin", NULL), 200);
	run(b, 1000);
	assert_int_equal(ask(b, "firmware", CAGE, "stop", NULL), 200);
	finish(b, 60000);
	assert_true(job_is(b, "stopped") && !job_is(b, "ok"));
}

static void firmware_comes_from_its_folder_alone(void **state)
{
	static const char *const bad[] = {"download ../passwd", "download /etc/passwd",
					  "download .hidden",   "download link",
					  "download folder",    "download none.bin",
					  "download ",          "download",
					  "run new.bin",        "erase",
					  "update x/../new.bin"};
	struct bench *b = *state;
	char path[128], to[128];

	write_image(b, "new.bin", 100, false);
	write_image(b, ".hidden", 100, false);
	path_of(b, "new.bin", to);
	path_of(b, "link", path);
	assert_int_equal(symlink(to, path), 0);
	path_of(b, "folder", path);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int status = ask(b, "firmware", CAGE, bad[i], NULL);

		if (status != 400 && status != 404)
			fail_msg("%s: %d", bad[i], status);
	}
	b->config.firmware = NULL;
	assert_int_equal(ask(b, "firmware", CAGE, "download new.bin", NULL), 409);
	assert_int_equal(ask(b, "firmware", "nowhere", "show", NULL), 404);
	assert_int_equal(ask(b, "firmware", CAGE, "show", NULL), 200);
	finish(b, 20000);
	assert_true(job_is(b, "ok"));
}

static void job_is_news_when_its_phase_changes_each_second_and_at_its_end(void **state)
{
	struct bench *b = *state;
	struct lwd_job *j = &b->plant.jobs.v[0];
	struct lw_buf doc = LW_BUF_INIT;
	const char *phase = NULL;
	unsigned same = 0;

	assert_false(lwd_job_news(j, b->plant.now)); /* there is none */
	assert_int_equal(ask(b, "prbs", LINK, "5 from-a force", NULL), 200);
	for (int i = 0; i < 1000 && !j->over; i++) {
		bool news = lwd_job_news(j, b->plant.now);

		if (j->phase != phase)
			assert_true(news);
		else
			same += news;
		phase = j->phase;
		assert_false(lwd_job_news(j, b->plant.now)); /* once */
		run(b, 100);
	}
	assert_in_range(same, 4, 10); /* it measures for five seconds */
	assert_true(lwd_job_news(j, b->plant.now));
	assert_false(lwd_job_news(j, lw_mono_add(b->plant.now, lw_ms(5000))));
	assert_int_equal(lwd_job_doc(j, b->plant.now, &doc), 0);
	assert_null(strchr(lw_buf_str(&doc), '\n'));
	assert_non_null(strstr(lw_buf_str(&doc), "\"over\": true"));
	lw_buf_finish(&doc);
}

static void words_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *what, *target, *value;
		int status;
	} bad[] = {
		{"reset", "nowhere", "now", 404},     {"reset", CAGE, "", 400},
		{"reset", CAGE, "later", 400},        {"prbs", "nowhere", "10 force", 404},
		{"prbs", LINK, "0 force", 400},       {"prbs", LINK, "force", 400},
		{"prbs", LINK, "1e9 force", 400},     {"prbs", LINK, "nan force", 400},
		{"prbs", LINK, "10 force fast", 400}, {"prbs", LINK, "10x force", 400},
	};
	struct bench *b = *state;
	json_t *all;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int status = ask(b, bad[i].what, bad[i].target, bad[i].value, NULL);

		if (status != bad[i].status)
			fail_msg("%s %s: %d", bad[i].what, bad[i].value, status);
	}
	assert_int_equal(ask(b, "jobs", "", "", &all), 200);
	assert_int_equal(json_array_size(all), 0);
	json_decref(all);
	assert_int_equal(link_of(b, LINK)->state, LW_LINK_UP);
}

static void jobs_that_are_over_make_room(void **state)
{
	struct bench *b = *state;
	json_t *all;

	for (int i = 0; i < LWD_JOBS_MAX + 5; i++) {
		assert_int_equal(ask(b, "firmware", CAGE, "show", NULL), 200);
		finish(b, 20000);
	}
	assert_int_equal(ask(b, "jobs", "", "", &all), 200);
	assert_int_equal(json_array_size(all), LWD_JOBS_MAX);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(all, 0), "job")),
			 LWD_JOBS_MAX + 5);
	json_decref(all);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(reset_takes_the_links_of_its_module_down_and_up),
		CASE(reset_that_cannot_be_done_is_refused_in_its_preview),
		CASE(reset_of_a_module_pulled_meanwhile_says_so),
		CASE(prbs_needs_a_link_that_is_off_or_force),
		CASE(prbs_counts_both_ways_and_leaves_all_as_it_was),
		CASE(prbs_that_is_stopped_ends_soon),
		CASE(prbs_without_light_finds_no_lock),
		CASE(prbs_ends_when_its_link_is_changed),
		CASE(firmware_is_downloaded_under_traffic_and_run),
		CASE(firmware_that_breaks_off_recovers),
		CASE(firmware_comes_from_its_folder_alone),
		CASE(job_is_news_when_its_phase_changes_each_second_and_at_its_end),
		CASE(words_that_make_no_sense_are_refused),
		CASE(jobs_that_are_over_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
