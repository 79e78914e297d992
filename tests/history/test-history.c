/* SPDX-License-Identifier: Apache-2.0 */
#include "history-internal.h"
#include "sim.h"

#include <lanewise/why.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_MS (24 * HOUR_MS)

/* 2026-01-01T00:00:00Z */
#define START_MS INT64_C(1767225600000)
#define START_NS (START_MS * 1000000)

static char folder[64], path[96];

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/lw-history-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/history.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[128];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct lw_history *open_with(const struct lw_history_options *opt)
{
	struct lw_history *h = NULL;
	struct lw_error e;

	if (lw_history_open(path, opt, &h, &e))
		fail_msg("%s", e.message);
	return h;
}

static void put(struct lw_history *h, const struct lw_history_key *key, int64_t at_ms, double v)
{
	struct lw_error e;

	if (lw_history_put(h, key, at_ms, v, &e))
		fail_msg("%s", e.message);
}

static size_t series(struct lw_history *h, const struct lw_history_key *key, int64_t from,
		     int64_t to, enum lw_history_step step, struct lw_arena *a,
		     const struct lw_history_point **ret)
{
	struct lw_error e;
	size_t n = 0;

	if (lw_history_series(h, key, from, to, step, a, ret, &n, &e))
		fail_msg("%s", e.message);
	return n;
}

static int64_t number(struct lw_history *h, const char *sql)
{
	int64_t v = -1;

	assert_int_equal(lw_history_number(h, sql, &v, NULL), 0);
	return v;
}

static const struct lw_history_key snr = {"leaf1/swp1", "snr", 2};

/* ---- the file ---- */

static void readings_become_minutes_and_hours(void **state)
{
	const struct lw_history_point *p;
	struct lw_history *h = open_with(NULL);
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	/* a value each 10 s for three hours and a bit: its number, from 0 */
	for (int i = 0; i < 3 * 360 + 7; i++)
		put(h, &snr, START_MS + i * 10000, i);
	assert_int_equal(lw_history_commit(h, NULL), 0);
	assert_int_equal(series(h, &snr, START_MS, START_MS + DAY_MS, LW_HISTORY_HOUR, &a, &p), 3);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(p[k].t_ms, START_MS + k * HOUR_MS);
		assert_int_equal(p[k].n, 360);
		assert_true(p[k].min == 360 * k && p[k].max == 360 * k + 359);
		assert_true(p[k].mean == 360 * k + 179.5);
	}
	assert_int_equal(series(h, &snr, START_MS, START_MS + DAY_MS, LW_HISTORY_MINUTE, &a, &p),
			 3 * 60 + 1);
	assert_true(p[61].n == 6 && p[61].min == 366 && p[61].mean == 368.5 && p[61].max == 371);
	/* readings themselves are kept for an hour */
	assert_in_range(series(h, &snr, START_MS, START_MS + DAY_MS, LW_HISTORY_RAW, &a, &p), 360,
			367);
	assert_true(p[0].n == 1 && p[0].min == p[0].mean && p[0].max == p[0].mean);
	/* the finest that reaches back */
	assert_int_equal(series(h, &snr, START_MS, START_MS + DAY_MS, LW_HISTORY_AUTO, &a, &p),
			 181);
	assert_in_range(series(h, &snr, START_MS + 2 * HOUR_MS + 30 * MINUTE_MS, START_MS + DAY_MS,
			       LW_HISTORY_AUTO, &a, &p),
			180, 190);
	lw_arena_finish(&a);
	lw_history_close(h);
}

static void young_history_gives_its_readings_however_far_back_one_asks(void **state)
{
	const struct lw_history_point *p;
	struct lw_history *h = open_with(NULL);
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	for (int i = 0; i < 3; i++)
		put(h, &snr, START_MS + 31000 + i * 10000, i);
	assert_int_equal(lw_history_commit(h, NULL), 0);
	assert_int_equal(
		series(h, &snr, START_MS - 30 * DAY_MS, START_MS + DAY_MS, LW_HISTORY_AUTO, &a, &p),
		3);
	for (int i = 3; i < 30; i++) /* minutes were made, and nothing has gone yet */
		put(h, &snr, START_MS + 31000 + i * 10000, i);
	assert_int_equal(lw_history_commit(h, NULL), 0);
	assert_int_equal(
		series(h, &snr, START_MS - 30 * DAY_MS, START_MS + DAY_MS, LW_HISTORY_AUTO, &a, &p),
		30);
	lw_arena_finish(&a);
	lw_history_close(h);
}

static void averages_go_on_after_the_file_was_closed(void **state)
{
	const struct lw_history_point *p;
	struct lw_history *h = NULL;
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	for (int i = 0; i < 2 * 360 + 1; i++) {
		if (i % 50 == 0) {
			lw_history_close(h);
			h = open_with(NULL);
		}
		put(h, &snr, START_MS + i * 10000, i);
	}
	lw_history_commit(h, NULL);
	assert_int_equal(series(h, &snr, 0, INT64_MAX, LW_HISTORY_HOUR, &a, &p), 2);
	assert_true(p[1].n == 360 && p[1].mean == 360 + 179.5);
	lw_arena_finish(&a);
	lw_history_close(h);
}

static void times_that_go_back_do_no_harm(void **state)
{
	const struct lw_history_point *p;
	struct lw_history *h = open_with(NULL);
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	for (int i = 0; i < 720; i++)
		put(h, &snr, START_MS + i * 10000, 1);
	put(h, &snr, START_MS, 1000);
	put(h, &snr, START_MS + 7300000, (double)NAN);
	put(h, &snr, START_MS + 7300000, (double)INFINITY);
	lw_history_commit(h, NULL);
	assert_int_equal(series(h, &snr, 0, INT64_MAX, LW_HISTORY_MINUTE, &a, &p), 119);
	for (int i = 0; i < 119; i++)
		assert_true(p[i].max == 1);
	lw_arena_finish(&a);
	lw_history_close(h);
}

static void file_stays_within_its_bytes(void **state)
{
	const struct lw_history_options small = {.max_bytes = 1 << 20};
	struct lw_history *h = open_with(&small);
	int64_t most = 0;

	(void)state;
	for (int i = 0; i < 1800; i++) {
		for (int lane = 0; lane < 32; lane++) {
			struct lw_history_key key = {"leaf1/swp1", "ber", lane};

			put(h, &key, START_MS + i * 5000, i);
		}
		if (i % 100 == 0) {
			int64_t used = number(h, "PRAGMA page_size") *
				       (number(h, "PRAGMA page_count") -
					number(h, "PRAGMA freelist_count"));

			most = used > most ? used : most;
		}
	}
	/* between two sweeps a minute's readings come on top */
	assert_true(most > (1 << 19));
	assert_true(most < (1 << 20) + (1 << 17));
	assert_true(number(h, "SELECT max(t) FROM raw") == START_MS + 1799 * 5000);
	lw_history_close(h);
}

static void foreign_files_are_refused(void **state)
{
	const struct lw_history_options reader = {.read_only = true};
	struct lw_history *h = NULL;
	struct lw_error e;
	sqlite3 *db;
	FILE *f;

	(void)state;
	assert_int_equal(lw_history_open(path, &reader, &h, &e), LW_EIO);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE x(y)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(lw_history_open(path, NULL, &h, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "something else"));
	assert_string_equal(e.where, path);
	unlink(path);
	lw_history_close(open_with(NULL));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(lw_history_open(path, NULL, &h, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "newer"));
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	assert_int_equal(lw_history_open(path, NULL, &h, &e), LW_EINVAL);
	assert_null(h);
}

static void reader_sees_what_was_committed(void **state)
{
	const struct lw_history_options reader = {.read_only = true};
	struct lw_history *w = open_with(NULL), *r;
	const struct lw_history_point *p;
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	put(w, &snr, START_MS, 20);
	r = open_with(&reader);
	assert_int_equal(series(r, &snr, 0, INT64_MAX, LW_HISTORY_RAW, &a, &p), 0);
	put(w, &snr, START_MS + 1000, 21);
	assert_int_equal(series(r, &snr, 0, INT64_MAX, LW_HISTORY_RAW, &a, &p), 1);
	lw_history_close(r);
	lw_history_close(w);
	lw_arena_finish(&a);
}

/* Put a value each 100 ms and tell of it, until killed. */
static void write_for_ever(int to, int64_t t)
{
	struct lw_history *h = NULL;

	if (lw_history_open(path, NULL, &h, NULL))
		_exit(2);
	for (;; t += 100) {
		for (int lane = 0; lane < 4; lane++) {
			struct lw_history_key key = {"leaf1/swp1", "snr", lane};

			if (lw_history_put(h, &key, t, 1, NULL))
				_exit(3);
		}
		if (write(to, &t, sizeof(t)) != sizeof(t))
			_exit(4);
	}
}

static void writer_killed_fifty_times_loses_a_second_at_most(void **state)
{
	int64_t t = START_MS;
	uint32_t dice = 1;

	(void)state;
	lw_history_close(open_with(NULL));
	for (int round = 0; round < 50; round++) {
		const int64_t began = t;
		int64_t told = t, kept;
		struct lw_history *h;
		int end[2], status;
		pid_t child;

		assert_int_equal(pipe(end), 0);
		child = fork();
		if (child == 0) {
			close(end[0]);
			write_for_ever(end[1], t);
		}
		close(end[1]);
		dice = dice * 1664525u + 1013904223u;
		/* between 1 and 200 values, thus anywhere between two commits */
		for (unsigned i = 0; i <= dice >> 16 && i <= (dice >> 16) % 200; i++)
			assert_int_equal(read(end[0], &told, sizeof(told)), sizeof(told));
		kill(child, SIGKILL);
		while (read(end[0], &t, sizeof(t)) == sizeof(t))
			told = t; /* what it said before it died */
		close(end[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		h = open_with(NULL);
		kept = number(h, "SELECT count(*) FROM pragma_integrity_check"
				 " WHERE integrity_check <> 'ok'");
		assert_int_equal(kept, 0);
		kept = number(h, "SELECT max(t) FROM raw");
		assert_true(kept >= told - 1100 || told < began + 1100);
		/* all lanes of a moment or none */
		assert_int_equal(number(h,
					"SELECT count(*) FROM (SELECT count(*) c FROM raw GROUP BY"
					" t HAVING c <> 4)"),
				 0);
		lw_history_close(h);
		t = told + 100;
	}
}

/* ---- trends ---- */

/* Uniform in -1 .. 1, by number. */
static double noise(uint64_t i)
{
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((x ^ x >> 31) >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

/* How many of 1000 intervals hold the true slope, with noise that resembles itself by `memory`. */
static int covered(double memory)
{
	double x[240], y[240], e;
	struct trend_line line;
	int held = 0;

	for (uint64_t trial = 0; trial < 1000; trial++) {
		e = 0;
		for (uint64_t i = 0; i < 240; i++) {
			e = memory * e + noise(trial * 240 + i);
			x[i] = (double)i / 24;
			y[i] = 3 - 0.05 * x[i] + e;
		}
		lw_trend_fit(x, y, NULL, 240, &line);
		held += fabs(line.slope + 0.05) <= line.error;
	}
	return held;
}

static void interval_of_slope_is_honest(void **state)
{
	(void)state;
	assert_in_range(covered(0), 930, 970);
	/* hours that follow their neighbours: still nearly as often */
	assert_in_range(covered(0.6), 900, 980);
}

static void steady_reading_has_no_day_of_doom(void **state)
{
	const double limit[4] = {2, -2, 1.5, -1.5};
	struct lw_history_trend t;
	struct trend_line line;
	double x[100], y[100];
	int moving = 0;

	(void)state;
	for (uint64_t trial = 0; trial < 200; trial++) {
		for (uint64_t i = 0; i < 100; i++) {
			x[i] = (double)i / 24;
			y[i] = noise(77777 + trial * 100 + i);
		}
		t = (struct lw_history_trend){.days = (double)NAN};
		lw_trend_fit(x, y, NULL, 100, &line);
		lw_trend_judge(&t, &line, limit);
		moving += t.verdict == LW_TREND_MOVING;
		assert_true(t.verdict == LW_TREND_MOVING || isnan(t.days));
	}
	/* one in twenty by chance */
	assert_in_range(moving, 0, 22);
}

static void line_goes_for_the_next_limit_of_its_direction(void **state)
{
	const double limit[4] = {0.10, 0.02, 0.09, 0.03};
	struct trend_line line = {.at_end = 0.08, .slope = 0.001, .error = 0.0002};
	struct lw_history_trend t = {.days = (double)NAN};

	(void)state;
	lw_trend_judge(&t, &line, limit);
	assert_int_equal(t.verdict, LW_TREND_MOVING);
	assert_string_equal(t.limit_name, "high-warning");
	assert_true(fabs(t.days - 10) < 1e-9 && fabs(t.days_low - 10 / 1.2) < 1e-9 &&
		    fabs(t.days_high - 12.5) < 1e-9);
	t = (struct lw_history_trend){0};
	line.at_end = 0.095;
	lw_trend_judge(&t, &line, limit);
	assert_string_equal(t.limit_name, "high-alarm");
	assert_true(fabs(t.days - 5) < 1e-9);
	t = (struct lw_history_trend){0};
	line = (struct trend_line){.at_end = 0.05, .slope = -0.001, .error = 0.0009};
	lw_trend_judge(&t, &line, limit);
	assert_string_equal(t.limit_name, "low-warning");
	assert_true(fabs(t.days - 20) < 1e-9 && fabs(t.days_high - 200) < 1e-6);
	t = (struct lw_history_trend){0};
	line.at_end = 0.11;
	lw_trend_judge(&t, &line, limit);
	assert_int_equal(t.verdict, LW_TREND_BEYOND);
	assert_string_equal(t.limit_name, "high-alarm");
	assert_true(t.days == 0);
}

/* A current that follows the temperature of its room, day and night, and rises by itself: all of
 * the first is taken away, none of the second. */
static void slope_is_that_of_one_temperature(void **state)
{
	double x[960], y[960], z[960];
	struct trend_line line, crude;

	(void)state;
	for (uint64_t i = 0; i < 960; i++) {
		x[i] = (double)i / 24;
		/* warmer by a quarter of a degree each day, and 3 degrees at noon */
		z[i] = 45 + 0.25 * x[i] + 3 * sin(2 * 3.14159265358979 * x[i]) + 0.1 * noise(i);
		y[i] = 50 + 0.02 * x[i] + 0.5 * (z[i] - 45) + 0.05 * noise(5000 + i);
	}
	lw_trend_fit(x, y, NULL, 960, &crude);
	lw_trend_fit(x, y, z, 960, &line);
	assert_true(fabs(crude.slope - 0.145) < 0.01);
	assert_true(fabs(line.slope - 0.02) < 0.001 && line.error < 0.001 && !line.stepped);
	/* of the average temperature, 50 degC */
	assert_true(fabs(line.at_end - (50 + 0.02 * x[959] + 2.5)) < 0.02);
	/* where both rise alike, which of them it is cannot be told */
	for (uint64_t i = 0; i < 960; i++)
		z[i] = 45 + 0.25 * x[i];
	lw_trend_fit(x, y, z, 960, &line);
	assert_true(isinf(line.error));
}

#define HALF_YEAR (180 * 24)

/* What is told of a course that is seen for half a year, as lw_history_past() would have it. */
static const char *told_of(const char *quantity, const double *x, const double *y, const double *z,
			   const double limit[4])
{
	struct lw_why_trend t[4];
	const struct lw_why_past past = {t, 4};

	for (unsigned span = 0; span < 4; span++) {
		size_t n = HALF_YEAR >> span, first = HALF_YEAR - n;
		struct lw_history_trend j = {.days = (double)NAN};
		struct trend_line line;

		lw_trend_fit(x + first, y + first, z ? z + first : NULL, n, &line);
		lw_trend_judge(&j, &line, limit);
		t[span] = (struct lw_why_trend){.quantity = quantity,
						.moving = j.verdict == LW_TREND_MOVING,
						.days_seen = x[HALF_YEAR - 1] - x[first],
						.value = j.value,
						.lately = j.lately,
						.per_day = j.per_day,
						.per_day_low = j.per_day_low,
						.per_day_high = j.per_day_high,
						.limit_name = j.limit_name,
						.limit = j.limit,
						.days = j.days,
						.days_low = j.days_low,
						.days_high = j.days_high};
	}
	for (size_t i = 0; i < past.n; i++)
		if (lw_why_trend_symptom(&past, i))
			return lw_why_trend_symptom(&past, i);
	return "";
}

/* Half years of every kind of laser in rooms with warm summers, the limit 5 % above what it took on
 * the hottest day: of one temperature nothing moves; with the temperature left in, spring names
 * some. */
static void seasons_of_every_laser_name_nothing(void **state)
{
	/* part of the threshold, its and the efficiency's temperatures: as data/lasers.csv */
	static const double lasers[][3] = {
		{0.15, 250, 250}, {0.25, 70, 200}, {0.2, 80, 250}, {0.15, 100, 300}};
	static double x[HALF_YEAR], y[HALF_YEAR], z[HALF_YEAR];
	const double turn = 2 * 3.14159265358979;
	int crude = 0;

	(void)state;
	for (size_t kind = 0; kind < sizeof(lasers) / sizeof(lasers[0]); kind++)
		for (int start = 0; start < 365; start += 30) {
			const double *k = lasers[kind];
			double hottest = 0, limit[4] = {NAN, NAN, NAN, NAN};

			for (size_t i = 0; i < HALF_YEAR; i++) {
				x[i] = (double)i / 24;
				z[i] = 45 - 10 * cos(turn * (x[i] + start) / 365) -
				       3 * cos(turn * x[i]) + 0.1 * noise(i);
				y[i] = 0.05 * (k[0] * exp((z[i] - 50) / k[1]) +
					       (1 - k[0]) * exp((z[i] - 50) / k[2]));
				hottest = fmax(hottest, y[i]);
				y[i] *= 1 + 0.001 * noise(7000 + i);
			}
			limit[0] = 1.15 * hottest;
			limit[2] = 1.05 * hottest;
			assert_string_equal(told_of("tx-bias", x, y, z, limit), "");
			crude += *told_of("tx-bias", x, y, NULL, limit) != '\0';
		}
	assert_true(crude > 0);
}

/* Light that stays just above its limit, with noise that resembles itself for hours. */
static void noise_at_a_limit_names_nothing(void **state)
{
	const double limit[4] = {NAN, -8, NAN, -7};
	static double x[HALF_YEAR], y[HALF_YEAR];

	(void)state;
	for (uint64_t trial = 0; trial < 40; trial++) {
		double e = 0;

		for (uint64_t i = 0; i < HALF_YEAR; i++) {
			e = 0.9 * e + 0.05 * noise(trial * HALF_YEAR + i);
			x[i] = (double)i / 24;
			y[i] = -6.7 + e;
		}
		assert_string_equal(told_of("rx-power", x, y, NULL, limit), "");
	}
	/* and when it does fall it is told */
	for (size_t i = 0; i < HALF_YEAR; i++)
		y[i] += 0.8 - 0.005 * x[i];
	assert_string_equal(told_of("rx-power", x, y, NULL, limit), "rx-falls");
	/* until somebody cleans it */
	for (size_t i = HALF_YEAR - 6; i < HALF_YEAR; i++)
		y[i] += 0.7;
	assert_string_equal(told_of("rx-power", x, y, NULL, limit), "");
}

/* A connector that was touched, wherever in the time that is seen. */
static void jump_is_no_trend(void **state)
{
	const double limit[4] = {0, -8, -1, -7};
	double x[720], y[720];
	struct lw_history_trend t;
	struct trend_line line;

	(void)state;
	for (uint64_t at = 24; at < 720; at += 24) {
		for (uint64_t i = 0; i < 720; i++) {
			x[i] = (double)i / 24;
			y[i] = -4 - (i >= at ? 2 : 0) + 0.1 * noise(at * 720 + i);
		}
		t = (struct lw_history_trend){.days = (double)NAN};
		lw_trend_fit(x, y, NULL, 720, &line);
		lw_trend_judge(&t, &line, limit);
		assert_true(line.stepped && isnan(t.days));
		assert_true(t.verdict == LW_TREND_STEPPED || t.verdict == LW_TREND_STEADY);
	}
}

/* ---- twins ---- */

struct bench {
	struct sim s;
	struct lw_history *h;
	struct lw_arena a;
	int64_t unix_ns;
};

static void start(struct bench *b, const char *mode)
{
	const struct lw_history_options opt = {.raw_each_ms = 1000};
	struct lw_error e;

	*b = (struct bench){.unix_ns = START_NS};
	lw_arena_init(&b->a, 0);
	sim_face_to_face(&b->s, mode);
	assert_int_equal(lw_engine_measure(&b->s.engine, lw_ms(1000), b->s.now, &e), 0);
	b->h = open_with(&opt);
}

static void stop(struct bench *b)
{
	lw_history_close(b->h);
	lw_arena_finish(&b->a);
	sim_stop(&b->s);
}

/* Let time pass in steps, looked at after each. */
static void pass(struct bench *b, int64_t ms, int64_t step)
{
	struct lw_error e;

	for (int64_t t = 0; t < ms; t += step) {
		sim_pass(&b->s, step);
		if (lw_history_record(b->h, &b->s.engine, b->unix_ns, &e))
			fail_msg("%s", e.message);
	}
}

/* Without flags, for most tests ask for what follows from them. */
static size_t events(struct bench *b, const char *subject, const struct lw_history_event **ret)
{
	const struct lw_history_event *all;
	struct lw_history_event *v;
	size_t n = 0, k = 0;

	lw_history_commit(b->h, NULL);
	assert_int_equal(lw_history_events(b->h, subject, 0, INT64_MAX, 100, &b->a, &all, &n, NULL),
			 0);
	v = lw_arena_alloc(&b->a, (n + 1) * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].kind, "flags") != 0)
			v[k++] = all[i];
	*ret = v;
	return k;
}

static void flap_is_kept_with_a_snapshot_around_it(void **state)
{
	const struct lw_history_event *v;
	const struct lw_history_shot *shot;
	unsigned before = 0, dark = 0;
	const char *id;
	char cut[64];
	struct bench b;
	size_t n;

	(void)state;
	start(&b, "8x100G");
	pass(&b, 20000, 500);
	sim_all_up(&b.s, 8);
	id = b.s.fabric.links[2].id;
	snprintf(cut, sizeof(cut), "cut:%s:3", b.s.fabric.cages[0].id);
	sim_fault(&b.s, cut, true);
	pass(&b, 5000, 500);
	sim_fault(&b.s, cut, false);
	pass(&b, 10000, 500);
	assert_int_equal(events(&b, id, &v), 3);
	assert_string_equal(v[2].kind, "link-up");
	assert_string_equal(v[1].kind, "link-down");
	assert_string_equal(v[0].kind, "link-up");
	assert_true(v[1].flaps == 1 && v[1].t_ms >= START_MS + 20000 &&
		    v[1].t_ms < START_MS + 21000);
	assert_int_equal(lw_history_snapshot(b.h, v[1].id, &b.a, &shot, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(shot[i].key.quantity, "rx-power") == 0 && shot[i].key.lane == 2) {
			before += !shot[i].after && shot[i].value > 1e-4;
			dark += shot[i].after && shot[i].value < 1e-5;
		}
	assert_int_equal(before, 2); /* both ends */
	assert_int_equal(dark, 2);
	/* its siblings had no event since they came up */
	assert_int_equal(events(&b, b.s.fabric.links[3].id, &v), 1);
	stop(&b);
}

static void flags_are_kept_with_their_lanes(void **state)
{
	const struct lw_history_event *v;
	unsigned set = 0, clear = 0;
	char cut[64], lost[96];
	struct bench b;
	size_t n;

	(void)state;
	start(&b, "2x400G");
	pass(&b, 20000, 500);
	snprintf(cut, sizeof(cut), "cut:%s:2", b.s.fabric.cages[0].id);
	sim_fault(&b.s, cut, true);
	pass(&b, 5000, 500);
	sim_fault(&b.s, cut, false);
	pass(&b, 10000, 500);
	snprintf(lost, sizeof(lost), "%s rx-los 1 2 3 4", b.s.fabric.cages[1].id);
	lw_history_commit(b.h, NULL);
	assert_int_equal(lw_history_events(b.h, b.s.fabric.links[1].id, START_MS + 20000, INT64_MAX,
					   100, &b.a, &v, &n, NULL),
			 0);
	for (size_t i = 0; i < n; i++) {
		set += strncmp(v[i].detail, lost, strlen(lost)) == 0;
		clear += strstr(v[i].detail, " clear") != NULL;
	}
	assert_true(set >= 1 && clear >= 2);
	stop(&b);
}

static void clock_set_back_for_good_begins_again(void **state)
{
	const struct lw_history_point *p;
	struct lw_history_key key;
	struct bench b;
	size_t n;

	(void)state;
	start(&b, "1x800G");
	key = (struct lw_history_key){b.s.fabric.cages[0].id, lw_quantity_name(LW_MON_TEMPERATURE),
				      -1};
	b.unix_ns += INT64_C(1000) * DAY_MS * 1000000; /* the battery was empty */
	pass(&b, 200000, 1000);
	b.unix_ns = START_NS;
	pass(&b, 200000, 1000);
	lw_history_commit(b.h, NULL);
	n = series(b.h, &key, 0, INT64_MAX, LW_HISTORY_MINUTE, &b.a, &p);
	assert_in_range(n, 2, 4);
	assert_true(p[n - 1].t_ms < START_MS + DAY_MS);
	stop(&b);
}

static void switching_off_is_no_flap(void **state)
{
	const struct lw_history_event *v;
	struct bench b;

	(void)state;
	start(&b, "2x400G");
	pass(&b, 20000, 500);
	lw_engine_want(&b.s.engine, 1, false, b.s.now);
	pass(&b, 3000, 500);
	assert_int_equal(events(&b, b.s.fabric.links[1].id, &v), 2);
	assert_string_equal(v[0].kind, "link-off");
	assert_int_equal(v[0].flaps, 0);
	stop(&b);
}

static void insertions_and_flaps_are_counted_through_restarts(void **state)
{
	const struct lw_history_module *m;
	const struct lw_history_event *v;
	char replug[64];
	struct bench b;
	size_t n;

	(void)state;
	for (int round = 1; round <= 2; round++) {
		start(&b, "1x800G");
		/* the clock goes on */
		b.unix_ns += round * HOUR_MS * 1000000;
		pass(&b, 20000, 500);
		snprintf(replug, sizeof(replug), "replug:%s", b.s.fabric.cages[0].id);
		sim_fault(&b.s, replug, true);
		pass(&b, 2000, 500);
		sim_fault(&b.s, replug, false);
		pass(&b, 30000, 500);
		assert_true(events(&b, b.s.fabric.links[0].id, &v) > 0);
		assert_int_equal(v[0].flaps, round);
		assert_int_equal(
			lw_history_modules(b.h, b.s.fabric.cages[0].id, &b.a, &m, &n, NULL), 0);
		assert_int_equal(n, 1);
		/* once found there at each start, and plugged once */
		assert_int_equal(m[0].insertions, 2 * round);
		assert_string_equal(m[0].pn, b.s.engine.module[0].facts.vendor_pn);
		stop(&b);
	}
}

static void mode_changed_keeps_what_links_were(void **state)
{
	const struct lw_history_event *v;
	struct bench b;

	(void)state;
	start(&b, "2x400G");
	pass(&b, 20000, 500);
	sim_mode(&b.s, b.s.fabric.cages[0].id, "1x400G(4)+4x100G(4)");
	sim_mode(&b.s, b.s.fabric.cages[1].id, "1x400G(4)+4x100G(4)");
	pass(&b, 20000, 500);
	/* the first link was not touched: it came up once */
	assert_int_equal(events(&b, b.s.engine.fabric->links[0].id, &v), 1);
	stop(&b);
}

/* What others measure has limits too, on one side alone; ratios go as decades. */
static void days_to_limit_of_what_was_put_are_right(void **state)
{
	const int64_t start = INT64_C(1700000000000), hour = 3600000;
	const struct lw_history_key ber = {"a/p0", "media-ber", 0},
				    ratio = {"a/p0", "media-snr", 0};
	const struct lw_limits above = {true, 1e-4, (double)NAN, 1e-5, (double)NAN},
			       below = {true, (double)NAN, 16, (double)NAN, 17};
	struct lw_history_trend t;
	struct lw_history *h = open_with(NULL);

	(void)state;
	assert_int_equal(lw_history_put_limits(h, "a/p0", "media-ber", &above, start, NULL), 0);
	assert_int_equal(lw_history_put_limits(h, "a/p0", "media-snr", &below, start, NULL), 0);
	for (int i = 0; i <= 96;
	     i++) { /* a quarter of a decade a day from 1e-8; half a dB from 22 */
		put(h, &ber, start + i * hour, pow(10, -8 + 0.25 * i / 24));
		put(h, &ratio, start + i * hour, 22 - 0.5 * i / 24);
	}
	assert_int_equal(lw_history_commit(h, NULL), 0);
	assert_int_equal(lw_history_trend(h, &ber, 0, &t, NULL), 0);
	assert_int_equal(t.verdict, LW_TREND_MOVING);
	assert_string_equal(t.limit_name, "high-warning");
	assert_true(fabs(t.per_day - 0.25) < 0.001 && fabs(t.limit + 5) < 1e-9);
	assert_true(fabs(t.days - 8) < 0.3);
	assert_int_equal(lw_history_trend(h, &ratio, 0, &t, NULL), 0);
	assert_int_equal(t.verdict, LW_TREND_MOVING);
	assert_string_equal(t.limit_name, "low-warning");
	assert_true(fabs(t.days - 6) < 0.3);
	lw_history_close(h);
}

/* Dirt that grows by 0.3 dB a day, looked at for a few seconds each hour of ten days. */
static void days_to_limit_of_growing_dirt_are_right(void **state)
{
	const double per_day = 0.3;
	struct lw_history_trend t;
	struct lw_limits limits;
	struct bench b;
	double last_dbm = 0, limit, truth;
	struct lw_history_key key;

	(void)state;
	start(&b, "1x800G");
	pass(&b, 20000, 500);
	key = (struct lw_history_key){b.s.fabric.cages[1].id, lw_quantity_name(LW_MON_RX_POWER), 2};
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	assert_int_equal(t.verdict, LW_TREND_UNKNOWN);
	for (int hour = 0; hour < 240; hour++) {
		char dirt[96];

		snprintf(dirt, sizeof(dirt), "dirty:%s=%.4f", b.s.fabric.cages[1].id,
			 per_day * hour / 24 + 1e-4);
		sim_fault(&b.s, dirt, true);
		for (int k = 0; k < 3; k++) {
			pass(&b, 2000, 1000);
			b.s.now.ns += INT64_C(1198) * 1000000000; /* nothing happens meanwhile */
		}
		last_dbm = 10 * log10(1000 * lw_engine_readings(&b.s.engine, 1)
						     ->lane[LW_MON_RX_POWER - LW_MON_LANES][2]
						     .value);
	}
	lw_history_commit(b.h, NULL);
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	limits = lw_monitor_limits(&b.s.engine.module[1].memory, LW_MON_RX_POWER);
	assert_true(limits.stated);
	limit = 10 * log10(1000 * limits.low_warning);
	truth = (last_dbm - limit) / per_day;
	assert_int_equal(t.verdict, LW_TREND_MOVING);
	assert_string_equal(t.limit_name, "low-warning");
	assert_in_range(t.hours, 230, 240);
	assert_true(fabs(t.per_day + per_day) < 0.02 * per_day);
	assert_true(fabs(t.limit - limit) < 0.001 && fabs(t.value - last_dbm) < 0.2);
	assert_true(truth > 1 && fabs(t.days - truth) < 0.05 * truth + 0.3);
	assert_true(t.days_low < t.days && t.days < t.days_high);
	/* the supply does not go anywhere */
	key = (struct lw_history_key){b.s.fabric.cages[1].id, lw_quantity_name(LW_MON_SUPPLY), -1};
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	assert_true(t.verdict == LW_TREND_STEADY || t.days > 1000);
	/* another module in the cage begins anew */
	{
		char swap[96];

		snprintf(swap, sizeof(swap), "counterfeit:%s", b.s.fabric.cages[1].id);
		sim_fault(&b.s, swap, true);
		pass(&b, 20000, 500);
	}
	lw_history_commit(b.h, NULL);
	key = (struct lw_history_key){b.s.fabric.cages[1].id, lw_quantity_name(LW_MON_RX_POWER), 2};
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	assert_int_equal(t.verdict, LW_TREND_UNKNOWN);
	assert_true(t.hours < 2);
	stop(&b);
}

/* The lasers of the first module age by `step` hours each hour; it is looked at for two seconds. */
static unsigned age(struct bench *b, unsigned from, unsigned step, int hours)
{
	for (int i = 0; i < hours; i++, from += step) {
		assert_int_equal(lw_twin_option_set(b->s.lab.twin[0], "age-hours", from, NULL), 0);
		pass(b, 3000, 1000);
		b->s.now.ns += INT64_C(3597) * 1000000000; /* nothing happens meanwhile */
	}
	lw_history_commit(b->h, NULL);
	return from;
}

/* What lane 1 of the first module reads at an age of its lasers, without the noise. */
static double reads(struct bench *b, unsigned hours, enum lw_quantity_id q)
{
	double sum = 0;

	assert_int_equal(lw_twin_option_set(b->s.lab.twin[0], "age-hours", hours, NULL), 0);
	for (int i = 0; i < 50; i++) {
		sim_pass(&b->s, 1000);
		sum += lw_engine_readings(&b->s.engine, 0)->lane[q - LW_MON_LANES][1].value;
	}
	return sum / 50;
}

static const char *cause(struct bench *b)
{
	const struct lw_why_host host = {0};
	struct lw_diagnosis d;

	assert_int_equal(lw_why(&b->s.engine, 0, &host, &b->a, &d, NULL), 0);
	return d.cause_n ? d.cause[0].name : "";
}

/* Young lasers take more current; the slope is the twin's own, and so is the day. */
static void ageing_laser_takes_more_current_from_day_to_day(void **state)
{
	const unsigned from = 100000, step = 1000, hours = 240;
	struct lw_history_trend t;
	struct lw_history_key key;
	struct lw_limits limits;
	double slope, truth;
	struct bench b;

	(void)state;
	start(&b, "1x800G");
	pass(&b, 20000, 500);
	limits = lw_monitor_limits(&b.s.engine.module[0].memory, LW_MON_TX_BIAS);
	assert_int_equal(age(&b, from, step, hours), from + step * hours);
	key = (struct lw_history_key){b.s.fabric.cages[0].id, lw_quantity_name(LW_MON_TX_BIAS), 1};
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	slope = (reads(&b, from + step * hours, LW_MON_TX_BIAS) - reads(&b, from, LW_MON_TX_BIAS)) /
		(hours / 24.0);
	truth = (limits.high_warning - reads(&b, from + step * hours, LW_MON_TX_BIAS)) / slope;
	assert_int_equal(t.verdict, LW_TREND_MOVING);
	assert_string_equal(t.limit_name, "high-warning");
	assert_true(slope > 0 && fabs(t.per_day - slope) < 0.05 * slope);
	assert_true(fabs(t.days - truth) < 0.05 * truth);
	assert_true(t.days_low < truth && truth < t.days_high);
	/* its light is as good as ever, and its module as warm */
	key.quantity = lw_quantity_name(LW_MON_TX_POWER);
	assert_int_equal(lw_history_trend(b.h, &key, 0, &t, NULL), 0);
	assert_true(t.verdict == LW_TREND_STEADY || t.days > 1000);
	assert_string_equal(cause(&b), "");
	stop(&b);
}

/* When its driver gives no more, light falls, and faster in dB each day: the line of the last two
 * days is early enough, nearer the end it is near. */
static void light_of_a_spent_laser_falls_until_its_limit(void **state)
{
	const double per_day = 24 * 2000;
	unsigned from = 620000, end = 620000;
	struct lw_history_trend t;
	struct lw_history_key key;
	struct lw_limits limits;
	double truth, before = 10;
	struct bench b;

	(void)state;
	start(&b, "1x800G");
	pass(&b, 20000, 500);
	limits = lw_monitor_limits(&b.s.engine.module[0].memory, LW_MON_TX_POWER);
	/* the age at which the twin's light is at its limit */
	for (unsigned bit = 1 << 19; bit >= 1 << 12; bit >>= 1)
		if (reads(&b, end + bit, LW_MON_TX_POWER) > limits.low_warning)
			end += bit;
	key = (struct lw_history_key){b.s.fabric.cages[0].id, lw_quantity_name(LW_MON_TX_POWER), 1};
	b.unix_ns += HOUR_MS * 1000000;
	for (int days = 3; days <= 9; days += 3) {
		from = age(&b, from, 2000, 72); /* 48 000 hours a day */
		assert_int_equal(lw_history_trend(b.h, &key,
						  (b.s.now.ns + b.unix_ns) / 1000000 - 2 * DAY_MS,
						  &t, NULL),
				 0);
		truth = ((double)end - from) / per_day;
		assert_int_equal(t.verdict, LW_TREND_MOVING);
		assert_string_equal(t.limit_name, "low-warning");
		assert_true(t.per_day < 0 && truth > 0 && t.days > 0.8 * truth);
		assert_true(t.days < 2 * truth + 0.5 && fabs(t.days - truth) < before);
		before = fabs(t.days - truth);
	}
	/* and then it is what breaks the link */
	age(&b, 1250000, 0, 2);
	pass(&b, 20000, 500);
	assert_int_equal(b.s.engine.link[0].state, LW_LINK_DOWN);
	assert_string_equal(cause(&b), "tx-weak");
	stop(&b);
}

/* ---- a year ---- */

#define LOOKS_A_DAY 4

/* The air of a room that is no laboratory: warm summers, cool nights. */
static double air(int look)
{
	double day = (double)look / LOOKS_A_DAY, turn = 2 * 3.14159265358979;

	return 28 - 5 * cos(turn * day / 365) - 2 * cos(turn * day);
}

/* A day of it, seen four times; `age` hours older each time. */
static void live(struct bench *b, int day, unsigned from, unsigned age)
{
	for (int i = day * LOOKS_A_DAY; i < (day + 1) * LOOKS_A_DAY; i++) {
		for (unsigned k = 0; k < 2; k++)
			lw_twin_air(b->s.lab.twin[k], air(i), 3);
		if (age)
			assert_int_equal(lw_twin_option_set(b->s.lab.twin[0], "age-hours",
							    from + age * (unsigned)i, NULL),
					 0);
		/* the case has taken its temperature by then */
		b->s.now.ns += INT64_C(86400) / LOOKS_A_DAY * 1000000000 - INT64_C(3000000000);
		pass(b, 3000, 1000);
	}
}

/* What is said of the link with its past: the first cause, or "". @param ret_days  until the first
 * limit that is told */
static const char *foretell(struct bench *b, struct lw_arena *a, struct lw_diagnosis *d,
			    double *ret_days)
{
	struct lw_why_past past[2] = {0};
	const struct lw_why_host host = {.past = past};

	*ret_days = INFINITY;
	lw_history_commit(b->h, NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			lw_history_past(b->h, b->s.fabric.cages[i].id, i, 0, a, &past[i], NULL), 0);
		for (size_t k = 0; k < past[i].n; k++) {
			const char *seen = lw_why_trend_symptom(&past[i], k);

			if (seen && strcmp(seen, "tx-sinks") != 0)
				*ret_days = fmin(*ret_days, past[i].trend[k].days);
		}
	}
	assert_int_equal(lw_why(&b->s.engine, 0, &host, a, d, NULL), 0);
	return d->cause_n ? d->cause[0].name : "";
}

/* Seasons, nights, noise, cords that were touched: nothing is wrong with that. */
static void healthy_year_names_nothing(void **state)
{
	struct lw_diagnosis d;
	struct bench b;

	(void)state;
	start(&b, "1x800G");
	pass(&b, 20000, 500);
	for (int day = 0; day < 365; day++) {
		char touched[96];

		if (day == 120) { /* a lane, for good */
			snprintf(touched, sizeof(touched), "dirty:%s=0.8", b.s.fabric.cages[1].id);
			sim_fault(&b.s, touched, true);
		}
		live(&b, day, 0, 0);
		if (day % 3 == 0) {
			struct lw_arena a;
			double days;

			lw_arena_init(&a, 0);
			if (*foretell(&b, &a, &d, &days))
				fail_msg("day %d: %s: %s", day, d.cause[0].name,
					 d.symptom[d.cause[0].evidence[0]].text);
			assert_true(isinf(days));
			lw_arena_finish(&a);
		}
	}
	assert_int_equal(b.s.engine.link[0].state, LW_LINK_UP);
	stop(&b);
}

/* All lasers of a module grow old together: none is worse than its neighbours, none is at a limit
 * for most of a year, and the line alone tells. */
static void end_of_lasers_that_age_alike_is_foretold(void **state)
{
	const unsigned from = 550000, step = 480; /* 6 h of such a room take 20 days of life */
	double told[365 / 3 + 1], days;
	int told_n = 0, named = 0, broken = 0, reached = 0;
	struct lw_diagnosis d;
	struct bench b;

	(void)state;
	start(&b, "1x800G");
	pass(&b, 20000, 500);
	for (int day = 0; day < 365 && !reached; day++) {
		struct lw_arena a;
		const char *cause;

		live(&b, day, from, step);
		if (day % 3)
			continue;
		lw_arena_init(&a, 0);
		cause = foretell(&b, &a, &d, &days);
		if (strcmp(cause, "laser-fading") == 0) {
			assert_int_equal(d.cause_n, 1);
			assert_int_equal(d.cause[0].severity, LW_INFO);
			assert_int_equal(d.cause[0].place, LW_WHY_A);
			assert_non_null(strstr(d.symptom[d.cause[0].evidence[0]].text,
					       "low warning of -4.6 dBm in "));
			named = named ? named : day;
			told[told_n++] = day + days;
		} else if (strcmp(cause, "tx-weak") == 0) {
			reached = day;
		} else if (b.s.engine.link[0].state != LW_LINK_UP) {
			assert_string_equal(cause, "laser-spent");
			assert_int_equal(d.cause[0].severity, LW_FATAL);
			broken = broken ? broken : day;
		} else if (*cause) {
			assert_string_equal(cause, "unsteady");
		}
		assert_true(named || !*cause);
		lw_arena_finish(&a);
	}
	/* the advice comes before the link breaks; the days it names are right by a fifth */
	assert_true(named > 0 && broken > named && reached > broken);
	assert_true(reached - named > 60 && told_n > 2);
	for (int i = 0; i < told_n; i++)
		assert_true(fabs(told[i] - reached) < 0.2 * (reached - named));
	stop(&b);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(readings_become_minutes_and_hours),
		CASE(young_history_gives_its_readings_however_far_back_one_asks),
		CASE(averages_go_on_after_the_file_was_closed),
		CASE(times_that_go_back_do_no_harm),
		CASE(file_stays_within_its_bytes),
		CASE(foreign_files_are_refused),
		CASE(reader_sees_what_was_committed),
		CASE(writer_killed_fifty_times_loses_a_second_at_most),
		CASE(interval_of_slope_is_honest),
		CASE(steady_reading_has_no_day_of_doom),
		CASE(line_goes_for_the_next_limit_of_its_direction),
		CASE(slope_is_that_of_one_temperature),
		CASE(jump_is_no_trend),
		CASE(seasons_of_every_laser_name_nothing),
		CASE(noise_at_a_limit_names_nothing),
		CASE(flap_is_kept_with_a_snapshot_around_it),
		CASE(flags_are_kept_with_their_lanes),
		CASE(clock_set_back_for_good_begins_again),
		CASE(switching_off_is_no_flap),
		CASE(insertions_and_flaps_are_counted_through_restarts),
		CASE(mode_changed_keeps_what_links_were),
		CASE(days_to_limit_of_what_was_put_are_right),
		CASE(days_to_limit_of_growing_dirt_are_right),
		CASE(ageing_laser_takes_more_current_from_day_to_day),
		CASE(light_of_a_spent_laser_falls_until_its_limit),
		CASE(healthy_year_names_nothing),
		CASE(end_of_lasers_that_age_alike_is_foretold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
