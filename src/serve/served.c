/* SPDX-License-Identifier: Apache-2.0 */
#include "served.h"

#include <string.h>
#include <time.h>

/* The driver asks again for this long when a module does not acknowledge, since a module that is
 * busy with a write does not either (serve 5). */
#define RETRY_NS       (25 * INT64_C(1000000))
#define RETRY_PAUSE_NS INT64_C(1000000)

/* A longer read is a copy of the whole file and not an access of a host (serve 4). */
#define HOST_READ_MAX 256

/* One access inside a half, asked again while it is refused, as the driver does. */
static int access_half(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret,
		       const uint8_t *p, size_t n)
{
	double pause = RETRY_PAUSE_NS / s->speed;
	struct lw_mono since = {0}, now, next;
	int r;

	for (bool first = true;; first = false) {
		struct timespec t;

		r = p ? lw_station_write(s, cage, a, p, n, NULL)
		      : lw_station_read(s, cage, a, ret, n, NULL);
		if (r != LW_ENACK)
			return r;
		lw_station_time(s, &now, &next);
		if (first)
			since = now;
		if (now.ns - since.ns >= RETRY_NS)
			return r;
		/* with a fast clock, still not a busy loop */
		t.tv_sec = (time_t)(pause / 1e9);
		t.tv_nsec = (long)(pause - (double)t.tv_sec * 1e9);
		if (!t.tv_sec && t.tv_nsec < 50000)
			t.tv_nsec = 50000;
		nanosleep(&t, NULL);
	}
}

/* Bytes of [byte, byte + n) that come before those that select bank and page. */
static size_t before_selects(const struct lw_layout *l, struct lw_addr a, size_t n)
{
	unsigned selects = lw_layout_selects(l, a);
	size_t first = 128u - selects;

	if (!selects || a.byte + n <= first)
		return n;
	return a.byte < first ? first - a.byte : 0;
}

static int read_parts(struct lw_station *s, int cage, uint8_t *ret, size_t n, uint64_t off)
{
	struct lw_layout now, *l = &now;
	bool copy = n > HOST_READ_MAX;
	uint64_t size;
	size_t left;

	lw_station_layout(s, cage, l);
	size = lw_layout_size(l);

	if (off >= size)
		return 0;
	if (n > size - off)
		n = (size_t)(size - off);
	for (left = n; left;) {
		struct lw_addr a;
		size_t part = lw_layout_at(l, off, &a), real;
		int r;

		if (part > left)
			part = left;
		r = access_half(s, cage, a, ret, NULL, part);
		if (r == LW_ENOPAGE && copy)
			memset(ret, 0xff, part);
		else if (r)
			return r;
		/* the driver selects for each access and goes back (serve 6) */
		real = before_selects(l, a, part);
		memset(ret + real, 0, part - real);
		ret += part;
		off += part;
		left -= part;
	}
	return (int)n;
}

static int write_parts(struct lw_station *s, int cage, const uint8_t *p, size_t n, uint64_t off)
{
	struct lw_layout now, *l = &now;
	uint64_t size;
	size_t left;

	lw_station_layout(s, cage, l);
	size = lw_layout_size(l);

	if (off >= size || n > size - off)
		return LW_EINVAL;
	for (left = n; left;) {
		struct lw_addr a;
		size_t part = lw_layout_at(l, off, &a), real;
		int r = 0;

		if (part > left)
			part = left;
		real = before_selects(l, a, part);
		if (real)
			r = access_half(s, cage, a, NULL, p, real);
		if (r)
			return r;
		p += part;
		off += part;
		left -= part;
	}
	return (int)n;
}

int lw_served_read(struct lw_station *s, int cage, uint8_t *ret, size_t n, uint64_t off)
{
	int r;

	pthread_mutex_lock(&s->cage[cage].file);
	r = read_parts(s, cage, ret, n, off);
	pthread_mutex_unlock(&s->cage[cage].file);
	return r;
}

int lw_served_write(struct lw_station *s, int cage, const uint8_t *p, size_t n, uint64_t off)
{
	int r;

	pthread_mutex_lock(&s->cage[cage].file);
	r = write_parts(s, cage, p, n, off);
	pthread_mutex_unlock(&s->cage[cage].file);
	return r;
}
