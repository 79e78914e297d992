/* SPDX-License-Identifier: Apache-2.0 */
#include "station.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

/* The world is brought to the present by every access, so that nobody can see how late the loop
 * runs what is due; this keeps a crowd of events from waking it one by one. */
#define PAUSE_MIN_NS (5 * INT64_C(1000000))

/* Of a recorded cage: the newest accesses, and their bytes. */
#define TRACE_ENTRIES 65536
#define TRACE_BYTES   (1u << 20)

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

static const struct {
	const char *name;
	bool input, sfp;
} pins[LW_PINS] = {
	/* clang-format off */
	[LW_PIN_PRESENT]    = {"present",    false, false},
	[LW_PIN_RESET]      = {"reset",      true,  false},
	[LW_PIN_LPMODE]     = {"lpmode",     true,  false},
	[LW_PIN_INTERRUPT]  = {"interrupt",  false, false},
	[LW_PIN_TX_DISABLE] = {"tx_disable", true,  true},
	[LW_PIN_TX_FAULT]   = {"tx_fault",   false, true},
	[LW_PIN_RX_LOS]     = {"rx_los",     false, true},
	[LW_PIN_RS0]        = {"rs0",        true,  true},
	[LW_PIN_RS1]        = {"rs1",        true,  true},
	/* clang-format on */
};

const char *lw_pin_name(enum lw_pin pin)
{
	return pins[pin].name;
}

bool lw_pin_is_input(enum lw_pin pin)
{
	return pins[pin].input;
}

/* Cages of one lane are those of SFP modules. */
bool lw_station_has_pin(const struct lw_station *s, int cage, enum lw_pin pin)
{
	return !pins[pin].sfp || s->fabric->cages[cage].form->lanes == 1;
}

/* Tell the module what the host sets. */
static void drive_pins(const struct lw_served *c, struct lw_twin *t)
{
	lw_twin_pin_lpmode(t, c->set[LW_PIN_LPMODE]);
	lw_twin_pin_reset(t, c->set[LW_PIN_RESET]);
	lw_twin_pin_tx_disable(t, c->set[LW_PIN_TX_DISABLE]);
	lw_twin_pin_rate(t, c->set[LW_PIN_RS0], c->set[LW_PIN_RS1]);
}

/* The cage as it is seen from outside follows what is in it now. */
static void look(struct lw_station *s, int cage)
{
	const struct lw_part *part = s->lab.cage[cage].part;
	struct lw_served *c = &s->cage[cage];
	struct lw_twin *t = s->lab.twin[cage];

	c->layout.map = part ? part->map : LW_MAP_NONE;
	c->layout.banks = t ? lw_twin_banks(t) : 1;
	if (t)
		drive_pins(c, t);
}

static int apply(struct lw_station *s, const struct lw_lab_fault *x, bool on,
		 struct lw_error *reterr)
{
	int r = lw_lab_fault_set(&s->lab, x, on, reterr);

	if (r)
		return r;
	switch (x->kind) {
	case LW_FAULT_UNPLUG:
	case LW_LAB_REPLUG:
		s->cage[x->cage].unplugged = on;
		break;
	case LW_LAB_SWAP:
	case LW_LAB_COUNTERFEIT:
		s->cage[x->cage].unplugged = !s->lab.twin[x->cage];
		look(s, x->cage);
		break;
	default:
		break;
	}
	return 0;
}

static struct lw_mono next_moment(const struct lw_station *s)
{
	return s->play && s->play_next < s->play->moment_n ? s->play->moments[s->play_next].at
							   : LW_NEVER;
}

static struct lw_mono next_edge(const struct lw_station *s)
{
	return s->edge_n ? s->edge[0].at : LW_NEVER;
}

static void play_moment(struct lw_station *s)
{
	const struct lw_moment *m = &s->play->moments[s->play_next++];
	struct lw_mode mode;

	if (m->injection >= 0)
		apply(s, &s->play->injections[m->injection].fault, m->kind == LW_MOMENT_FAULT,
		      NULL);
	else if (m->kind == LW_MOMENT_MODE &&
		 !lw_mode_parse(m->text, s->lab.cage[m->cage].mode.lanes, &mode, NULL))
		lw_lab_drive(&s->lab, m->cage, &mode);
}

/* Bring the world to the present; faults come at their own time. With the lock held. */
static void catch_up(struct lw_station *s)
{
	struct lw_mono now = present(s);

	for (;;) {
		struct lw_mono edge = next_edge(s), at = lw_mono_min(edge, next_moment(s));

		if (lw_mono_before(now, at))
			break;
		lw_world_advance(s->lab.world, at);
		if (lw_mono_before(at, edge)) {
			play_moment(s);
			continue;
		}
		apply(s, &s->edge[0].fault, s->edge[0].on, NULL);
		s->edge_n--;
		memmove(s->edge, s->edge + 1, s->edge_n * sizeof(s->edge[0]));
	}
	lw_world_advance(s->lab.world, now);
}

static struct lw_mono next_due(const struct lw_station *s)
{
	return lw_mono_min(lw_world_next(s->lab.world), lw_mono_min(next_edge(s), next_moment(s)));
}

static void enter(struct lw_station *s)
{
	pthread_mutex_lock(&s->lock);
	catch_up(s);
}

static void leave(struct lw_station *s)
{
	struct lw_mono next = next_due(s);

	/* who waits for a pin is to learn of what this access did */
	if (lw_mono_before(next, s->asleep_until) ||
	    __atomic_load_n(&s->watchers, __ATOMIC_RELAXED)) {
		s->asleep_until = lw_mono_min(next, s->asleep_until);
		eventfd_write(s->wake, 1);
	}
	pthread_mutex_unlock(&s->lock);
}

int lw_station_init(struct lw_station *s, const struct lw_fabric *f,
		    const struct lw_serve_options *opt, struct lw_error *reterr)
{
	int r;

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
	r = lw_lab_init(&s->lab, f, opt->seed, reterr);
	if (r)
		return r;
	s->lab.reader = opt->reader;
	s->lab.reader_ctx = opt->reader_ctx;
	s->play = opt->play;
	s->record = opt->record != NULL;
	for (size_t i = 0; i < f->cage_n; i++) {
		s->cage[i] = (struct lw_served){
			.layout = {.stride = opt->bank_stride ? opt->bank_stride : 256},
			.set[LW_PIN_LPMODE] = true, /* as lw_lab_init() plugs them */
		};
		pthread_mutex_init(&s->cage[i].file, NULL);
		s->locks++;
		look(s, (int)i);
	}
	return 0;
}

void lw_station_finish(struct lw_station *s)
{
	for (size_t i = 0; i < s->locks; i++)
		pthread_mutex_destroy(&s->cage[i].file);
	for (size_t i = 0; s->record && s->cage && i < s->fabric->cage_n; i++) {
		free(s->cage[i].trace.ring);
		free(s->cage[i].trace.bytes);
	}
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

static struct lw_mono world_time(void *station)
{
	return lw_world_now(((const struct lw_station *)station)->lab.world);
}

/* Have the accesses of this bus recorded from now on. Without memory they are not. */
static void record(struct lw_station *s, int cage, struct lw_bus *bus)
{
	struct lw_trace *t = &s->cage[cage].trace;
	struct lw_trace_entry *ring = calloc(TRACE_ENTRIES, sizeof(*ring));
	uint8_t *bytes = malloc(TRACE_BYTES);

	lw_trace_init(t, ring, TRACE_ENTRIES, bytes, TRACE_BYTES);
	t->clock = world_time;
	t->clock_ctx = s;
	if (ring && bytes) {
		bus->trace = t;
		return;
	}
	free(ring);
	free(bytes);
	*t = (struct lw_trace){0};
}

void lw_station_trace(struct lw_station *s, int cage, struct lw_buf *to)
{
	pthread_mutex_lock(&s->lock);
	if (s->cage[cage].trace.count)
		lw_trace_write(&s->cage[cage].trace, to);
	pthread_mutex_unlock(&s->lock);
}

/* The bus of a cage, with the lock held; NULL, with an error, where nothing ever was. */
static struct lw_bus *bus_of(struct lw_station *s, int cage, int *ret, struct lw_error *reterr)
{
	struct lw_bus *bus = s->lab.bus[cage];

	if (!bus)
		*ret = lw_fail(reterr, LW_EABSENT, "%s: nothing plugged",
			       s->fabric->cages[cage].id);
	else if (s->record && !bus->trace)
		record(s, cage, bus);
	return bus;
}

int lw_station_read(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr)
{
	struct lw_bus *bus;
	int r;

	enter(s);
	bus = bus_of(s, cage, &r, reterr);
	if (bus)
		r = lw_bus_read(bus, a, ret, n, reterr);
	leave(s);
	return r;
}

int lw_station_write(struct lw_station *s, int cage, struct lw_addr a, const uint8_t *p, size_t n,
		     struct lw_error *reterr)
{
	struct lw_bus *bus;
	int r;

	enter(s);
	bus = bus_of(s, cage, &r, reterr);
	if (bus)
		r = lw_bus_write(bus, a, p, n, reterr);
	leave(s);
	return r;
}

/* The twin of a cage, pulled or not, with the lock held, for an access past its port: its own bus
 * is recorded as the port's. */
static struct lw_twin *twin_of(struct lw_station *s, int cage, int *ret, struct lw_error *reterr)
{
	const struct lw_bus *port = bus_of(s, cage, ret, reterr);
	struct lw_twin *t = port ? s->lab.twin[cage] : NULL;

	if (t)
		lw_twin_bus(t)->trace = port->trace;
	return t;
}

int lw_station_wire_read(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret, size_t n,
			 struct lw_error *reterr)
{
	struct lw_twin *t;
	int r = LW_EABSENT;

	enter(s);
	t = twin_of(s, cage, &r, reterr);
	if (t)
		r = lw_twin_wire_read(t, a.i2c, a.byte, ret, n, reterr);
	if (t)
		lw_twin_bus(t)->trace = NULL;
	leave(s);
	return r;
}

int lw_station_wire_write(struct lw_station *s, int cage, struct lw_addr a, const uint8_t *p,
			  size_t n, struct lw_error *reterr)
{
	struct lw_twin *t;
	int r = LW_EABSENT;

	enter(s);
	t = twin_of(s, cage, &r, reterr);
	if (t)
		r = lw_twin_wire_write(t, a.i2c, a.byte, p, n, reterr);
	if (t)
		lw_twin_bus(t)->trace = NULL;
	leave(s);
	return r;
}

void lw_station_layout(struct lw_station *s, int cage, struct lw_layout *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->cage[cage].layout;
	pthread_mutex_unlock(&s->lock);
}

static bool pin_of(const struct lw_station *s, int cage, enum lw_pin pin)
{
	const struct lw_served *c = &s->cage[cage];
	const struct lw_twin *t = s->lab.twin[cage];

	switch (pin) {
	case LW_PIN_PRESENT:
		return t && !c->unplugged;
	case LW_PIN_INTERRUPT:
		return t && lw_twin_interrupt(t);
	case LW_PIN_RX_LOS:
		return !t || lw_twin_rx_los(t);
	case LW_PIN_TX_FAULT:
		return !t || lw_twin_tx_fault(t);
	default:
		return c->set[pin];
	}
}

bool lw_station_pin(struct lw_station *s, int cage, enum lw_pin pin)
{
	bool on;

	enter(s);
	on = pin_of(s, cage, pin);
	leave(s);
	return on;
}

bool lw_station_look(struct lw_station *s, int cage, enum lw_pin pin)
{
	bool on;

	pthread_mutex_lock(&s->lock);
	on = pin_of(s, cage, pin);
	pthread_mutex_unlock(&s->lock);
	return on;
}

void lw_station_set_pin(struct lw_station *s, int cage, enum lw_pin pin, bool asserted)
{
	struct lw_served *c = &s->cage[cage];

	enter(s);
	if (pins[pin].input) {
		c->set[pin] = asserted;
		if (s->lab.twin[cage])
			drive_pins(c, s->lab.twin[cage]);
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

/* On from now or from its time on, until its end. */
static int begin(struct lw_station *s, const struct lw_lab_fault *x, struct lw_error *reterr)
{
	struct lw_mono now = lw_world_now(s->lab.world), at = x->at, until = x->until;
	int r = 0;

	if (s->edge_n + 2 > LW_EDGES_MAX)
		return lw_fail(reterr, LW_ELIMIT, "more than %d faults to come", LW_EDGES_MAX / 2);
	if (x->kind == LW_LAB_REPLUG && lw_mono_before(at, now)) {
		/* its length counts, not the hour */
		until = (struct lw_mono){now.ns + until.ns - at.ns};
		at = now;
	}
	if (lw_mono_before(now, at))
		add_edge(s, at, x, true);
	else if (lw_mono_before(now, until))
		r = apply(s, x, true, reterr);
	if (!r && lw_mono_before(now, until) && lw_mono_before(until, LW_NEVER))
		add_edge(s, until, x, false);
	return r;
}

int lw_station_fault(struct lw_station *s, const struct lw_lab_fault *x, bool on,
		     struct lw_error *reterr)
{
	int r;

	enter(s);
	if (!on)
		forget(s, x);
	r = on ? begin(s, x, reterr) : apply(s, x, false, reterr);
	leave(s);
	return r;
}

void lw_station_drive(struct lw_station *s, int cage, const struct lw_mode *mode)
{
	enter(s);
	lw_lab_drive(&s->lab, cage, mode);
	leave(s);
}

void lw_station_mode(struct lw_station *s, int cage, struct lw_mode *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->lab.cage[cage].mode;
	pthread_mutex_unlock(&s->lock);
}

const struct lw_part *lw_station_part(struct lw_station *s, int cage)
{
	const struct lw_part *part;

	pthread_mutex_lock(&s->lock);
	part = s->lab.cage[cage].part;
	pthread_mutex_unlock(&s->lock);
	return part;
}

/* What was plugged into a cage, also while it is pulled. */
static int plugged(struct lw_station *s, int cage, struct lw_twin **ret, struct lw_error *reterr)
{
	*ret = s->lab.twin[cage];
	return *ret ? 0
		    : lw_fail(reterr, LW_EABSENT, "%s: nothing is plugged there",
			      s->fabric->cages[cage].id);
}

int lw_station_option(struct lw_station *s, int cage, const char *name, unsigned value,
		      struct lw_error *reterr)
{
	struct lw_twin *t;
	int r;

	enter(s);
	r = plugged(s, cage, &t, reterr);
	if (!r)
		r = lw_twin_option_set(t, name, value, reterr);
	leave(s);
	return r;
}

int lw_station_neighbour(struct lw_station *s, int a, int b, struct lw_error *reterr)
{
	struct lw_twin *t, *other;
	int r;

	enter(s);
	r = plugged(s, a, &t, reterr);
	if (!r)
		r = plugged(s, b, &other, reterr);
	if (!r)
		r = lw_world_neighbour(s->lab.world, t, other, reterr);
	leave(s);
	return r;
}

void lw_station_receive(struct lw_station *s, int cage, const struct lw_lport *port,
			struct lw_reception *ret)
{
	*ret = (struct lw_reception){0};
	enter(s);
	ret->carrier = lw_lab_carrier(&s->lab, cage, port);
	ret->signal = lw_lab_ber(&s->lab, cage, port, &ret->ber);
	ret->fec = s->lab.cage[cage].host_fec[port->index];
	leave(s);
}
