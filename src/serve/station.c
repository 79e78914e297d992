/* SPDX-License-Identifier: Apache-2.0 */
#include "station.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

/* The driver asks again for this long when a module does not acknowledge, since a module that is
 * busy with a write does not either (serve 5). */
#define RETRY_NS       (25 * INT64_C(1000000))
#define RETRY_PAUSE_NS INT64_C(1000000)

/* A longer read is a copy of the whole file and not an access of a host (serve 4). */
#define HOST_READ_MAX 256

/* The world is brought to the present by every access, so that nobody can see how late the loop
 * runs what is due; this keeps a crowd of events from waking it one by one. */
#define PAUSE_MIN_NS (5 * INT64_C(1000000))

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static struct lw_mono present(const struct lw_station *s)
{
	double ns = (double)(clock_ns() - s->started_ns) * s->speed;

	return (struct lw_mono){ns < 9e18 ? (int64_t)ns : INT64_MAX - 1};
}

static void apply(struct lw_station *s, const struct lw_lab_fault *x, bool on)
{
	if (x->kind == LW_FAULT_UNPLUG)
		s->cage[x->cage].unplugged = on;
	lw_lab_fault_set(&s->lab, x, on);
}

/* Bring the world to the present; faults come at their own time. With the lock held. */
static void catch_up(struct lw_station *s)
{
	struct lw_mono now = present(s);
	size_t done = 0;

	for (; done < s->edge_n && !lw_mono_before(now, s->edge[done].at); done++) {
		lw_world_advance(s->lab.world, s->edge[done].at);
		apply(s, &s->edge[done].fault, s->edge[done].on);
	}
	s->edge_n -= done;
	memmove(s->edge, s->edge + done, s->edge_n * sizeof(s->edge[0]));
	lw_world_advance(s->lab.world, now);
}

static struct lw_mono next_due(const struct lw_station *s)
{
	struct lw_mono next = lw_world_next(s->lab.world);

	return s->edge_n ? lw_mono_min(next, s->edge[0].at) : next;
}

static void enter(struct lw_station *s)
{
	pthread_mutex_lock(&s->lock);
	catch_up(s);
}

static void leave(struct lw_station *s)
{
	struct lw_mono next = next_due(s);

	if (lw_mono_before(next, s->asleep_until)) {
		s->asleep_until = next;
		eventfd_write(s->wake, 1);
	}
	pthread_mutex_unlock(&s->lock);
}

int lw_station_init(struct lw_station *s, const struct lw_fabric *f,
		    const struct lw_serve_options *opt, struct lw_error *reterr)
{
	*s = (struct lw_station){
		.fabric = f,
		.speed = opt->speed > 0 ? opt->speed : 1,
		.started_ns = clock_ns(),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake = -1,
	};
	s->cage = lw_arena_alloc(f->arena, f->cage_n * sizeof(*s->cage));
	if (f->cage_n && !s->cage)
		return lw_fail(reterr, LW_ENOMEM, "no memory for %zu cages", f->cage_n);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0)
		return lw_fail(reterr, LW_EIO, "no event descriptor: too many open files");
	for (size_t i = 0; i < f->cage_n; i++) {
		const struct lw_part *part = f->cages[i].part;

		s->cage[i] = (struct lw_served){
			.layout = {.map = part ? part->map : LW_MAP_NONE,
				   .stride = opt->bank_stride ? opt->bank_stride : 256,
				   .banks = part && part->form->lanes > 8
						    ? (part->form->lanes + 7u) / 8
						    : 1},
			.lpmode = true, /* as lw_lab_init() plugs them */
			.mode = f->cages[i].mode,
		};
	}
	return lw_lab_init(&s->lab, f, opt->seed, reterr);
}

void lw_station_finish(struct lw_station *s)
{
	lw_lab_finish(&s->lab);
	if (s->wake >= 0)
		close(s->wake);
	s->wake = -1;
}

int64_t lw_station_run(struct lw_station *s)
{
	uint64_t woken;
	double pause;

	eventfd_read(s->wake, &woken);
	pthread_mutex_lock(&s->lock);
	catch_up(s);
	s->asleep_until = next_due(s);
	pause = (double)(s->asleep_until.ns - lw_world_now(s->lab.world).ns) / s->speed;
	if (!lw_mono_before(s->asleep_until, LW_NEVER))
		pause = -1;
	else if (pause < PAUSE_MIN_NS)
		pause = PAUSE_MIN_NS;
	else if (pause > 9e18)
		pause = 9e18;
	pthread_mutex_unlock(&s->lock);
	return (int64_t)pause;
}

void lw_station_time(struct lw_station *s, struct lw_mono *ret_now, struct lw_mono *ret_next)
{
	enter(s);
	*ret_now = lw_world_now(s->lab.world);
	*ret_next = next_due(s);
	leave(s);
}

static int absent(const struct lw_station *s, int cage, struct lw_error *reterr)
{
	return lw_fail(reterr, LW_EABSENT, "%s: nothing plugged", s->fabric->cages[cage].id);
}

int lw_station_read(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr)
{
	int r;

	if (!s->lab.bus[cage])
		return absent(s, cage, reterr);
	enter(s);
	r = lw_bus_read(s->lab.bus[cage], a, ret, n, reterr);
	leave(s);
	return r;
}

int lw_station_write(struct lw_station *s, int cage, struct lw_addr a, const uint8_t *p, size_t n,
		     struct lw_error *reterr)
{
	int r;

	if (!s->lab.bus[cage])
		return absent(s, cage, reterr);
	enter(s);
	r = lw_bus_write(s->lab.bus[cage], a, p, n, reterr);
	leave(s);
	return r;
}

/* One access inside a half, asked again while it is refused, as the driver does. */
static int access_half(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret,
		       const uint8_t *p, size_t n)
{
	double pause = RETRY_PAUSE_NS / s->speed;
	int64_t since = clock_ns();
	int r;

	for (;;) {
		struct timespec t;

		r = p ? lw_station_write(s, cage, a, p, n, NULL)
		      : lw_station_read(s, cage, a, ret, n, NULL);
		if (r != LW_ENACK || (double)(clock_ns() - since) * s->speed >= RETRY_NS)
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

int lw_station_read_file(struct lw_station *s, int cage, uint8_t *ret, size_t n, uint64_t off)
{
	const struct lw_layout *l = &s->cage[cage].layout;
	bool copy = n > HOST_READ_MAX;
	uint64_t size = lw_layout_size(l);
	size_t left;

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

int lw_station_write_file(struct lw_station *s, int cage, const uint8_t *p, size_t n, uint64_t off)
{
	const struct lw_layout *l = &s->cage[cage].layout;
	uint64_t size = lw_layout_size(l);
	size_t left;

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

bool lw_station_pin(struct lw_station *s, int cage, enum lw_pin pin)
{
	const struct lw_served *c = &s->cage[cage];
	const struct lw_twin *t = s->lab.twin[cage];
	bool on = false;

	enter(s);
	switch (pin) {
	case LW_PIN_PRESENT:
		on = t && !c->unplugged;
		break;
	case LW_PIN_RESET:
		on = c->reset;
		break;
	case LW_PIN_LPMODE:
		on = c->lpmode;
		break;
	case LW_PIN_INTERRUPT:
		on = t && lw_twin_interrupt(t);
		break;
	}
	leave(s);
	return on;
}

void lw_station_set_pin(struct lw_station *s, int cage, enum lw_pin pin, bool asserted)
{
	struct lw_twin *t = s->lab.twin[cage];

	enter(s);
	if (pin == LW_PIN_RESET) {
		s->cage[cage].reset = asserted;
		if (t)
			lw_twin_pin_reset(t, asserted);
	} else if (pin == LW_PIN_LPMODE) {
		s->cage[cage].lpmode = asserted;
		if (t)
			lw_twin_pin_lpmode(t, asserted);
	}
	leave(s);
}

static void add_edge(struct lw_station *s, struct lw_mono at, const struct lw_lab_fault *x, bool on)
{
	size_t i = s->edge_n++;

	for (; i > 0 && lw_mono_before(at, s->edge[i - 1].at); i--)
		s->edge[i] = s->edge[i - 1];
	s->edge[i] = (struct lw_edge){.at = at, .on = on, .fault = *x};
}

static void forget(struct lw_station *s, const struct lw_lab_fault *x)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->edge_n; i++) {
		const struct lw_lab_fault *e = &s->edge[i].fault;

		if (e->kind != x->kind || e->cage != x->cage || (e->lanes & ~x->lanes))
			s->edge[kept++] = s->edge[i];
	}
	s->edge_n = kept;
}

int lw_station_fault(struct lw_station *s, const struct lw_lab_fault *x, bool on,
		     struct lw_error *reterr)
{
	int r = 0;

	enter(s);
	if (!on) {
		forget(s, x);
		apply(s, x, false);
	} else if (s->edge_n + 2 > LW_EDGES_MAX) {
		r = lw_fail(reterr, LW_ELIMIT, "more than %d faults to come", LW_EDGES_MAX / 2);
	} else {
		struct lw_mono now = lw_world_now(s->lab.world);

		if (lw_mono_before(now, x->at))
			add_edge(s, x->at, x, true);
		else if (lw_mono_before(now, x->until))
			apply(s, x, true);
		if (lw_mono_before(now, x->until) && lw_mono_before(x->until, LW_NEVER))
			add_edge(s, x->until, x, false);
	}
	leave(s);
	return r;
}

void lw_station_drive(struct lw_station *s, int cage, const struct lw_mode *mode)
{
	const char *configured = s->fabric->cages[cage].fec;
	struct lw_twin *t = s->lab.twin[cage];

	enter(s);
	s->cage[cage].mode = *mode;
	for (unsigned k = 0; t && k < mode->lanes; k++)
		lw_twin_drive(t, k, NULL);
	for (unsigned p = 0; t && p < mode->n; p++) {
		const struct lw_lport *port = &mode->port[p];
		struct lw_signal sig = {.baud_kbd = port->baud_kbd,
					.modulation = port->modulation,
					.fec = configured ? configured : port->fec};

		s->lab.fec[cage][p] = sig.fec;
		for (unsigned k = 0; k < port->lanes; k++)
			lw_twin_drive(t, port->first + k, &sig);
	}
	leave(s);
}

void lw_station_mode(struct lw_station *s, int cage, struct lw_mode *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->cage[cage].mode;
	pthread_mutex_unlock(&s->lock);
}

bool lw_station_carrier(struct lw_station *s, int cage, const struct lw_lport *port)
{
	bool carrier;

	enter(s);
	carrier = lw_lab_carrier(&s->lab, cage, port);
	leave(s);
	return carrier;
}
