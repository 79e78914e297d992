/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis-fsm.h"
#include "twin-impl.h"

#include <stdlib.h>
#include <string.h>

static const char *const fault_names[] = {
	[LW_FAULT_UNPLUG] = "unplug",
	[LW_FAULT_CUT] = "cut",
	[LW_FAULT_DARK] = "dark",
	[LW_FAULT_REJECT] = "reject",
	[LW_FAULT_STUCK_INIT] = "stuck-init",
	[LW_FAULT_NACK] = "nack",
	[LW_FAULT_HOT] = "hot",
	[LW_FAULT_MODULE] = "module",
};

const char *lw_fault_name(enum lw_fault f)
{
	return (unsigned)f < LW_FAULT_N ? fault_names[f] : NULL;
}

int lw_fault_find(const char *name)
{
	for (int f = 0; f < LW_FAULT_N; f++)
		if (strcmp(name, fault_names[f]) == 0)
			return f;
	return -1;
}

static bool per_lane(enum lw_fault f)
{
	return f == LW_FAULT_CUT || f == LW_FAULT_DARK || f == LW_FAULT_REJECT ||
	       f == LW_FAULT_STUCK_INIT;
}

bool lw_twin_absent(const struct lw_twin *t)
{
	return t->fault[LW_FAULT_UNPLUG];
}

void lw_twin_power_on(struct lw_twin *t)
{
	t->event_n = 0;
	lw_light_ungroup(t);
	for (unsigned i = 0; i < LW_TWIN_LANES; i++) {
		lw_delay_set(&t->host[i].lost, t->host[i].in.baud_kbd == 0);
		lw_delay_set(&t->host[i].squelched, t->host[i].in.baud_kbd == 0);
		lw_delay_set(&t->media[i].los, true);
		lw_delay_set(&t->media[i].lol, true);
	}
	lw_memory_reset(&t->mem);
	t->kind->power_on(t);
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_fault(struct lw_twin *t, enum lw_fault f, uint32_t lanes, bool on)
{
	uint32_t mask = per_lane(f) ? lanes : UINT32_MAX;
	uint32_t before;

	if ((unsigned)f >= LW_FAULT_N)
		return;
	before = t->fault[f];
	t->fault[f] = on ? before | mask : before & ~mask;
	if (t->fault[f] == before)
		return;
	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		if (t->media[i].far)
			lw_twin_poke(t->media[i].far);
	if (f == LW_FAULT_UNPLUG && !on)
		lw_twin_power_on(t);
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

struct lw_bus *lw_twin_bus(struct lw_twin *t)
{
	return &t->bus;
}

const char *lw_twin_name(const struct lw_twin *t)
{
	return t->name;
}

void lw_twin_pin_lpmode(struct lw_twin *t, bool asserted)
{
	t->pin_lpmode = asserted;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_pin_reset(struct lw_twin *t, bool asserted)
{
	t->pin_reset = asserted;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

bool lw_twin_interrupt(const struct lw_twin *t)
{
	return !lw_twin_absent(t) && t->kind->interrupt && t->kind->interrupt(t);
}

bool lw_twin_unmasked(const struct lw_twin *t)
{
	const struct lw_flag *f = t->world->flag[t->mem.map];

	for (size_t i = 0; i < t->world->flag_n[t->mem.map]; i++) {
		uint8_t set = lw_memory_mask(&t->mem, f[i].flag);

		if (set && f[i].mask >= 0)
			set &= (uint8_t)~lw_memory_mask(&t->mem, (unsigned)f[i].mask);
		if (set)
			return true;
	}
	return false;
}

bool lw_twin_slot_flagged(const struct lw_twin *t, int slot)
{
	const uint8_t *live = lw_memory_slot(&t->mem, slot);

	for (unsigned i = 0; live && i < 128; i++)
		if (live[i] & t->mem.slot[slot].cor[i])
			return true;
	return false;
}

const struct lw_twin_event *lw_twin_events(const struct lw_twin *t, size_t *ret_n)
{
	*ret_n = t->event_n;
	return t->events;
}

void lw_twin_event_add(struct lw_twin *t, int lane, uint8_t state)
{
	if (t->event_n == t->event_cap) {
		size_t cap = t->event_cap ? 2 * t->event_cap : 64;
		struct lw_twin_event *e = realloc(t->events, cap * sizeof(*e));

		if (!e)
			return;
		t->events = e;
		t->event_cap = cap;
	}
	t->events[t->event_n++] =
		(struct lw_twin_event){.at = lw_twin_now(t), .lane = (int8_t)lane, .state = state};
}

struct lw_mono lw_twin_part(const struct lw_twin *t, struct lw_mono limit)
{
	return (struct lw_mono){limit.ns / 100 * t->percent};
}

struct lw_mono lw_twin_span(const struct lw_twin *t, enum lw_twin_number number)
{
	return lw_twin_part(t, (struct lw_mono){(int64_t)lw_twin_numbers[number]});
}

struct lw_mono lw_twin_after(const struct lw_twin *t, struct lw_mono span)
{
	return lw_mono_add(lw_twin_now(t), span);
}

void lw_delay_set(struct lw_delay *d, bool value)
{
	*d = (struct lw_delay){.now = value, .shown = value, .due = LW_NEVER};
}

struct lw_mono lw_delay_run(struct lw_delay *d, bool value, struct lw_mono up, struct lw_mono down,
			    struct lw_mono now)
{
	if (d->now != value) {
		d->now = value;
		d->due = value == d->shown ? LW_NEVER : lw_mono_add(now, value ? up : down);
	}
	if (!lw_mono_before(now, d->due)) {
		d->shown = d->now;
		d->due = LW_NEVER;
	}
	return d->due;
}

/* Find the bytes of an access. @return 0 or why it fails */
static int locate(struct lw_twin *t, struct lw_addr a, int *ret_slot, struct lw_error *reterr)
{
	bool upper = a.byte >= 128;
	int slot;

	if (lw_twin_absent(t))
		return lw_fail_at(reterr, LW_EABSENT, a.page, a.byte, "%s: nothing plugged",
				  t->name);
	if (t->fault[LW_FAULT_NACK] || !t->kind->answers(t))
		return lw_fail_at(reterr, LW_ENACK, a.page, a.byte, "%s does not acknowledge",
				  t->name);
	slot = lw_map_slot(t->mem.map, a.i2c, upper ? a.page : 0, upper);
	if (slot < 0 || !lw_memory_slot(&t->mem, slot) ||
	    (upper && t->mem.slot[slot].banked && a.bank != 0))
		return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte,
				  "%s has no page %02Xh in bank %u at address %02Xh", t->name,
				  a.page, a.bank, a.i2c);
	*ret_slot = slot;
	return 0;
}

int lw_twin_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		 struct lw_error *reterr)
{
	struct lw_twin *t = (struct lw_twin *)bus;
	unsigned first = a.byte & 0x7fu;
	uint8_t cleared = 0, *live;
	int slot = 0, r = locate(t, a, &slot, reterr);

	if (r)
		return r;
	if (t->kind->refresh)
		t->kind->refresh(t, slot, first, n);
	live = lw_memory_slot(&t->mem, slot);
	memcpy(ret, live + first, n);
	for (size_t i = 0; i < n; i++) {
		uint8_t cor = t->mem.slot[slot].cor[first + i];

		cleared |= live[first + i] & cor;
		live[first + i] &= (uint8_t)~cor;
	}
	if (cleared && t->kind->flags_read) {
		t->kind->flags_read(t);
		lw_twin_poke(t);
		lw_world_settle(t->world);
	}
	return 0;
}

int lw_twin_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		  struct lw_error *reterr)
{
	struct lw_twin *t = (struct lw_twin *)bus;
	unsigned first = a.byte & 0x7fu;
	const uint8_t *store;
	uint8_t *live;
	int slot = 0, r = locate(t, a, &slot, reterr);

	if (r)
		return r;
	live = lw_memory_slot(&t->mem, slot);
	store = t->mem.store[t->mem.place[slot]];
	for (size_t i = 0; i < n; i++)
		live[first + i] = (uint8_t)((live[first + i] & ~store[first + i]) |
					    (p[i] & store[first + i]));
	if (t->kind->written)
		t->kind->written(t, slot, first, p, n);
	lw_twin_poke(t);
	lw_world_settle(t->world);
	return 0;
}

/* A module that is nothing but memory and wires: passive copper. */
static void flat_power_on(struct lw_twin *t)
{
	if (t->mem.map == LW_MAP_CMIS) /* 6.3.2.3: it always reports ModuleReady */
		lw_memory_put(&t->mem, LW_CMIS_MODULE_STATE, 0, LW_MSM_READY);
}

static struct lw_mono flat_run(struct lw_twin *t)
{
	(void)t;
	return LW_NEVER;
}

static bool flat_answers(const struct lw_twin *t)
{
	return !t->pin_reset;
}

static const int no_slots[] = {-1};

const struct lw_twin_kind lw_kind_flat = {
	.size = sizeof(struct lw_twin),
	.slots = no_slots,
	.power_on = flat_power_on,
	.run = flat_run,
	.answers = flat_answers,
};
