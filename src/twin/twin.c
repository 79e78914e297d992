/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis-fsm.h"
#include "heat.h"

#include <stdlib.h>
#include <string.h>

bool lw_twin_present(const struct lw_twin *t)
{
	return !t->fault[LW_FAULT_UNPLUG];
}

void lw_twin_power_on(struct lw_twin *t)
{
	t->event_n = 0;
	lw_light_ungroup(t);
	for (unsigned i = 0; i < t->lanes; i++) {
		lw_delay_set(&t->host[i].lost, t->host[i].in.baud_kbd == 0);
		lw_delay_set(&t->host[i].squelched, t->host[i].in.baud_kbd == 0);
		lw_delay_set(&t->media[i].los, true);
		lw_delay_set(&t->media[i].lol, true);
	}
	lw_light_shown(t);
	t->hold = (struct lw_mono){0};
	t->gave_up = false;
	lw_memory_reset(&t->mem);
	t->kind->power_on(t);
	lw_heat_begin(t);
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

struct lw_bus *lw_twin_bus(struct lw_twin *t)
{
	return &t->bus;
}

unsigned lw_twin_banks(const struct lw_twin *t)
{
	unsigned n = LW_BANKS_MAX;

	while (n > 1 && !lw_memory_has_bank(&t->mem, n - 1))
		n--;
	return n;
}

const char *lw_twin_name(const struct lw_twin *t)
{
	return t->name;
}

int lw_twin_tag(const struct lw_twin *t)
{
	return t->opt.tag;
}

void lw_twin_pin_lpmode(struct lw_twin *t, bool asserted)
{
	t->pin_lpmode = asserted || t->opt.no_lpmode_pin;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_pin_reset(struct lw_twin *t, bool asserted)
{
	t->pin_reset = asserted;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_pin_tx_disable(struct lw_twin *t, bool high)
{
	t->pin_tx_disable = high;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_pin_rate(struct lw_twin *t, bool rs0, bool rs1)
{
	t->pin_rs[0] = rs0;
	t->pin_rs[1] = rs1;
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

bool lw_twin_interrupt(const struct lw_twin *t)
{
	return lw_twin_present(t) && t->kind->interrupt && t->kind->interrupt(t);
}

/* Open outputs are pulled up in the cage. */
bool lw_twin_rx_los(const struct lw_twin *t)
{
	return !lw_twin_present(t) || (t->kind->rx_los && t->kind->rx_los(t));
}

bool lw_twin_tx_fault(const struct lw_twin *t)
{
	return !lw_twin_present(t) || (t->kind->tx_fault && t->kind->tx_fault(t));
}

/* Bits of `f` that are set in bank `bank` and not masked there. */
static unsigned unmasked(const struct lw_memory *m, const struct lw_flag_byte *f, unsigned bank)
{
	const uint8_t *flags = m->view.slot[bank][f->slot], *masks = NULL;
	unsigned set = flags ? flags[f->byte] & f->bits : 0, masked;

	if (!set || f->mask_slot < 0)
		return set;
	masks = m->view.slot[m->slot[f->mask_slot].banked ? bank : 0][f->mask_slot];
	masked = masks ? masks[f->mask_byte] : 0;
	return set & ~(f->shift < 0 ? masked << -f->shift : masked >> f->shift);
}

bool lw_twin_unmasked(const struct lw_twin *t)
{
	const struct lw_flag_byte *f = t->world->flag_byte[t->mem.map];
	size_t n = t->world->flag_byte_n[t->mem.map];

	for (size_t i = 0; i < n; i++) {
		unsigned banks = t->mem.slot[f[i].slot].banked ? t->mem.banks : 1;

		if (!lw_memory_flagged(&t->mem, f[i].slot)) {
			i += f[i].more; /* none of this slot's */
			continue;
		}
		for (unsigned b = 0; b < banks; b++)
			if (unmasked(&t->mem, &f[i], b))
				return true;
	}
	return false;
}

void lw_twin_line(struct lw_twin *t)
{
	struct lw_world *w = t->world;

	t->line = lw_twin_interrupt(t);
	if (t->line == t->line_told || t->line_listed)
		return;
	t->line_listed = true;
	w->lines[w->line_n++] = t;
}

struct lw_twin *lw_world_interrupts(struct lw_world *w)
{
	while (w->line_n) {
		struct lw_twin *t = w->lines[--w->line_n];

		t->line_listed = false;
		if (t->line == t->line_told)
			continue; /* there and back */
		t->line_told = t->line;
		return t;
	}
	return NULL;
}

bool lw_bits_left(const uint8_t a[128], const uint8_t b[128], bool invert)
{
	uint64_t left = 0, x, y;

	for (unsigned i = 0; i < 128; i += (unsigned)sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		left |= x & (invert ? ~y : y);
	}
	return left != 0;
}

bool lw_twin_slot_flagged(const struct lw_twin *t, unsigned bank, int slot)
{
	const uint8_t *live;

	if (!lw_memory_flagged(&t->mem, (unsigned)slot))
		return false;
	live = lw_memory_page(&t->mem, bank, slot);
	return live && lw_bits_left(live, t->mem.slot[slot].cor, false);
}

const struct lw_twin_event *lw_twin_events(const struct lw_twin *t, size_t *ret_n)
{
	*ret_n = t->event_n;
	return t->events;
}

void lw_twin_event_add(struct lw_twin *t, int lane, uint8_t state, bool network)
{
	if (t->event_n == t->event_cap) {
		size_t cap = t->event_cap ? 2 * t->event_cap : 64;
		struct lw_twin_event *e = realloc(t->events, cap * sizeof(*e));

		if (!e)
			return;
		t->events = e;
		t->event_cap = cap;
	}
	t->events[t->event_n++] = (struct lw_twin_event){
		.at = lw_twin_now(t), .lane = (int8_t)lane, .state = state, .network = network};
}

static unsigned percent(const struct lw_twin *t)
{
	return t->opt.duration_percent ? t->opt.duration_percent : 60;
}

struct lw_mono lw_twin_part(const struct lw_twin *t, struct lw_mono limit)
{
	return (struct lw_mono){limit.ns / 100 * percent(t)};
}

struct lw_mono lw_twin_duration(const struct lw_twin *t, enum lw_twin_duration which,
				struct lw_mono limit)
{
	double part = t->opt.percent_of[which] ? t->opt.percent_of[which] : percent(t);
	enum { OF_DURATIONS = 4096 }; /* its own streams of noise */

	if (t->opt.jitter_percent)
		part *= 1 + t->opt.jitter_percent / 100.0 *
				    lw_twin_noise(t, lw_twin_now(t).ns, OF_DURATIONS + which);
	return (struct lw_mono){(int64_t)((double)limit.ns / 100 * (part > 0 ? part : 0))};
}

/* A time limit of data/twin.csv; a module that starts late takes several times its own. */
static struct lw_mono limit_of(const struct lw_twin *t, enum lw_twin_number number)
{
	double ns = lw_twin_numbers[number];

	switch (number) {
	case LW_TWIN_T_SFF8636_SERIAL: /* far below its limit; a late one is silent all the start */
		if (t->fault[LW_FAULT_LATE])
			ns = lw_twin_numbers[LW_TWIN_T_SFF8636_INIT] *
			     lw_twin_numbers[LW_TWIN_LATE_FACTOR];
		break;
	case LW_TWIN_T_MGMT_INIT:
	case LW_TWIN_T_SFF8636_INIT:
	case LW_TWIN_T_SFF8472_SERIAL:
	case LW_TWIN_T_SFF8472_DATA:
		if (t->fault[LW_FAULT_LATE])
			ns *= lw_twin_numbers[LW_TWIN_LATE_FACTOR];
		break;
	default:
		break;
	}
	return (struct lw_mono){(int64_t)ns};
}

struct lw_mono lw_twin_span(const struct lw_twin *t, enum lw_twin_number number)
{
	return lw_twin_part(t, limit_of(t, number));
}

struct lw_mono lw_twin_duration_of(const struct lw_twin *t, enum lw_twin_duration which,
				   enum lw_twin_number number)
{
	return lw_twin_duration(t, which, limit_of(t, number));
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

/* Refuse accesses for the time that `limit` bounds: the module is at work (CMIS 5.4 B.2). */
static void hold(struct lw_twin *t, enum lw_twin_number limit)
{
	struct lw_mono end = lw_twin_after(t, lw_twin_span(t, limit));

	if (lw_mono_before(t->hold, end))
		t->hold = end;
}

/* Another page or bank than last time: it must be selected first. @return is it there? */
static bool page_change(struct lw_twin *t, struct lw_addr a)
{
	if (a.byte < 128 || (a.page == t->last_page && a.bank == t->last_bank))
		return true;
	t->last_page = a.page;
	t->last_bank = a.bank;
	if (!t->opt.access_times)
		return true;
	hold(t, LW_TWIN_T_BANK_PAGE);
	return false;
}

void lw_twin_page_changed(struct lw_twin *t, uint8_t bank, uint8_t page)
{
	t->last_page = page;
	t->last_bank = bank;
	if (t->opt.access_times)
		hold(t, LW_TWIN_T_BANK_PAGE);
}

/* Find the bytes of an access. @return 0 or why it fails */
static int locate(struct lw_twin *t, struct lw_addr a, bool write, size_t n, int *ret_slot,
		  struct lw_error *reterr)
{
	bool upper = a.byte >= 128;
	int slot, r;

	t->accesses++;

	if (!lw_twin_present(t))
		return lw_fail_at(reterr, LW_EABSENT, a.page, a.byte, "%s: nothing plugged",
				  t->name);
	r = lw_fault_access(t, a, write, n, reterr);
	if (r)
		return r;
	if (!t->kind->answers(t) || lw_mono_before(lw_twin_now(t), t->hold))
		return lw_fail_at(reterr, LW_ENACK, a.page, a.byte, "%s does not acknowledge",
				  t->name);
	if (!page_change(t, a))
		return lw_fail_at(reterr, LW_ENACK, a.page, a.byte, "%s changes its page", t->name);
	slot = lw_map_slot(t->mem.map, a.i2c, upper ? a.page : 0, upper);
	if (!lw_memory_page(&t->mem, a.bank, slot))
		return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte,
				  "%s has no page %02Xh in bank %u at address %02Xh", t->name,
				  a.page, a.bank, a.i2c);
	*ret_slot = slot;
	return 0;
}

/* The bank of an access in which `slot` is meant: one that is not banked is the same in all. */
static unsigned bank_of(const struct lw_twin *t, struct lw_addr a, int slot)
{
	return t->mem.slot[slot].banked ? a.bank : 0;
}

/* Flags of `slot` were read: are any left? */
static void unflag(struct lw_twin *t, int slot)
{
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		if (lw_twin_slot_flagged(t, b, slot))
			return;
	lw_memory_unflag(&t->mem, (unsigned)slot);
}

int lw_twin_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		 struct lw_error *reterr)
{
	struct lw_twin *t = (struct lw_twin *)bus;
	unsigned first = a.byte & 0x7fu, bank;
	uint8_t cleared = 0, *live;
	int slot = 0, r = locate(t, a, false, n, &slot, reterr);

	if (r)
		return r;
	if (t->opt.read_max && n > t->opt.read_max)
		return lw_fail_at(reterr, LW_ESHORT, a.page, a.byte,
				  "%s reads at most %u bytes at once", t->name, t->opt.read_max);
	bank = bank_of(t, a, slot);
	if (t->kind->refresh)
		t->kind->refresh(t, bank, slot, first, n);
	live = lw_memory_page(&t->mem, bank, slot);
	memcpy(ret, live + first, n);
	lw_fault_spoil(t, slot, first, ret, n);
	for (size_t i = 0; i < n; i++) {
		uint8_t cor = t->mem.slot[slot].cor[first + i];

		cleared |= live[first + i] & cor;
		live[first + i] &= (uint8_t)~cor;
	}
	if (cleared)
		unflag(t, slot);
	if (cleared && t->kind->flags_read)
		lw_twin_wake(t, t->kind->flags_read(t, slot));
	if (cleared)
		lw_twin_line(t);
	return 0;
}

/* Put into memory what it keeps, and let the module act on it. */
static void write_slot(struct lw_twin *t, unsigned bank, int slot, unsigned first, const uint8_t *p,
		       size_t n)
{
	uint8_t *live = lw_memory_page(&t->mem, bank, slot);
	const uint8_t *store;

	if (!live || (t->kind->guarded && t->kind->guarded(t, bank, slot)))
		return;
	store = t->mem.store[t->mem.place[bank][slot]];
	for (size_t i = 0; i < n; i++)
		live[first + i] = (uint8_t)((live[first + i] & ~store[first + i]) |
					    (p[i] & store[first + i]));
	if (t->kind->lasts && t->kind->lasts(slot))
		lw_memory_keep(&t->mem, slot);
	if (t->kind->written)
		t->kind->written(t, bank, slot, first, p, n);
}

int lw_twin_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		  struct lw_error *reterr)
{
	struct lw_twin *t = (struct lw_twin *)bus;
	int slot = 0, r = locate(t, a, true, n, &slot, reterr);
	unsigned bank;

	if (r)
		return r;
	bank = bank_of(t, a, slot);
	if (t->kind->broadcasts && t->kind->broadcasts(t, slot))
		for (unsigned b = 0; b < t->mem.banks; b++)
			write_slot(t, b, slot, a.byte & 0x7fu, p, n);
	else
		write_slot(t, bank, slot, a.byte & 0x7fu, p, n);
	if (t->opt.access_times)
		hold(t, t->kind->write_time ? t->kind->write_time(t, bank, slot) : LW_TWIN_T_WRITE);
	lw_twin_poke(t);
	lw_world_settle(t->world);
	return 0;
}

/* A module that is nothing but memory and wires: passive copper. */
static void flat_power_on(struct lw_twin *t)
{
	if (t->mem.map != LW_MAP_CMIS)
		return;
	/* 6.3.2.3: it always reports ModuleReady, and never interrupts */
	lw_memory_put(&t->mem, LW_CMIS_MODULE_STATE, 0, LW_MSM_READY);
	lw_memory_put(&t->mem, LW_CMIS_INTERRUPT_DEASSERTED, 0, 1);
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

const struct lw_twin_kind lw_kind_flat = {
	.size = sizeof(struct lw_twin),
	.power_on = flat_power_on,
	.run = flat_run,
	.answers = flat_answers,
};
