/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A history whose file was damaged: opened, read and written on, or refused with a reason. The
 * input is a list of changes to a sound file (or to its log): three bytes of place, whose highest
 * bit means the log, a length of up to 16, and that many bytes; an input that begins with "S" is
 * the file itself.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <lanewise/history.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
#define FILE_MAX (1u << 20)
#define HOUR_MS  INT64_C(3600000)
#define START_MS INT64_C(1767225600000)

static struct {
	char folder[64], file[96], log[96], index[96];
	uint8_t sound[2][FILE_MAX], now[2][FILE_MAX];
	size_t n[2];
} f;

/* Ends the run, and says what did not hold. */
static const struct lw_history_key keys[] = {{"leaf1/swp1", "rx-power", 0},
					     {"leaf1/swp1", "rx-power", 1},
					     {"leaf1/swp1", "temperature", -1}};

static size_t load(const char *path, uint8_t *to)
{
	FILE *in = fopen(path, "rb");
	size_t n;

	require(in);
	n = fread(to, 1, FILE_MAX, in);
	require(n < FILE_MAX);
	fclose(in);
	return n;
}

static void store(const char *path, const uint8_t *p, size_t n)
{
	FILE *out = fopen(path, "wb");

	require(out && fwrite(p, 1, n, out) == n && fclose(out) == 0);
}

static void clean(void)
{
	unlink(f.file);
	unlink(f.log);
	unlink(f.index);
	rmdir(f.folder);
}

/* Three days of readings, the last hour still in the log. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct lw_history *h = NULL;
	const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)argc;
	(void)argv;
	snprintf(f.folder, sizeof(f.folder), "%s/lw-fuzz-XXXXXX", where);
	require(mkdtemp(f.folder));
	snprintf(f.file, sizeof(f.file), "%s/h", f.folder);
	snprintf(f.log, sizeof(f.log), "%s/h-wal", f.folder);
	snprintf(f.index, sizeof(f.index), "%s/h-shm", f.folder);
	for (int part = 0; part < 2; part++) {
		require(lw_history_open(f.file, NULL, &h, NULL) == 0);
		for (int i = 0; i < (part ? 6 : 72); i++)
			for (size_t k = 0; k < 3; k++)
				require(lw_history_put(h, &keys[k],
						       START_MS + (part ? 72 : i) * HOUR_MS +
							       (part ? i * 10000 : 0),
						       1e-3 - 1e-6 * i, NULL) == 0);
		require(lw_history_commit(h, NULL) == 0);
		if (part) {
			f.n[0] = load(f.file, f.sound[0]);
			f.n[1] = load(f.log, f.sound[1]);
		}
		lw_history_close(h);
	}
	require(f.n[0] > 8192 && f.n[1] > 4096);
	atexit(clean);
	return 0;
}

static void damage(const uint8_t *p, size_t n)
{
	memcpy(f.now, f.sound, sizeof(f.now));
	while (n > 4) {
		unsigned which = p[0] >> 7, len = p[3] & 15;
		size_t at = (size_t)(p[0] & 127) << 16 | (size_t)p[1] << 8 | p[2];

		p += 4;
		n -= 4;
		len = len + 1 > n ? (unsigned)n : len + 1;
		if (at + len <= f.n[which])
			memcpy(f.now[which] + at, p, len);
		p += len;
		n -= len;
	}
	store(f.file, f.now[0], f.n[0]);
	store(f.log, f.now[1], f.n[1]);
}

static void check(int r, const struct lw_error *e)
{
	require(r == 0 || (r < 0 && e->code == r && *e->message && !strchr(e->message, '\n')));
}

static void read_all(struct lw_history *h)
{
	const struct lw_history_module *m;
	const struct lw_history_point *v;
	const struct lw_history_event *ev;
	const struct lw_history_shot *s;
	struct lw_history_trend t;
	struct lw_arena a;
	struct lw_error e;
	size_t n = 0;
	int r;

	lw_arena_init(&a, 64u << 20);
	for (size_t k = 0; k < 3; k++) {
		for (int step = LW_HISTORY_AUTO; step <= LW_HISTORY_HOUR; step++) {
			r = lw_history_series(h, &keys[k], 0, INT64_MAX, (enum lw_history_step)step,
					      &a, &v, &n, &e);
			check(r, &e);
		}
		r = lw_history_trend(h, &keys[k], 0, &t, &e);
		check(r, &e);
		require(r || *lw_trend_verdict_name(t.verdict));
	}
	r = lw_history_events(h, NULL, 0, INT64_MAX, 50, &a, &ev, &n, &e);
	check(r, &e);
	for (size_t i = 0; !r && i < n; i++)
		require(ev[i].kind && ev[i].subject && ev[i].detail);
	r = lw_history_snapshot(h, 1, &a, &s, &n, &e);
	check(r, &e);
	r = lw_history_modules(h, NULL, &a, &m, &n, &e);
	check(r, &e);
	lw_arena_finish(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lw_history_options small = {.max_bytes = 1 << 16},
					reader = {.read_only = true};
	struct lw_history *h = NULL;
	struct lw_error e = {0};
	int r;

	unlink(f.index);
	if (size && data[0] == 'S') {
		unlink(f.log);
		store(f.file, data, size);
	} else {
		damage(data, size);
	}
	if (size & 1 && lw_history_open(f.file, &reader, &h, NULL) == 0) {
		read_all(h);
		lw_history_close(h);
	}
	r = lw_history_open(f.file, &small, &h, &e);
	check(r, &e);
	if (r)
		return 0;
	read_all(h);
	for (int i = 0; i < 6; i++) { /* two moments, thus one commit more */
		r = lw_history_put(h, &keys[i % 3], START_MS + 73 * HOUR_MS + i / 3 * 90000, i, &e);
		check(r, &e);
	}
	check(lw_history_commit(h, &e), &e);
	read_all(h);
	lw_history_close(h);
	return 0;
}
