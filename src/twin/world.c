/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"
#include "quality.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The queue of what is next: a binary heap of twins by due time, then by id, so that the order of
 * equal times never depends on history. */
static bool sooner(const struct lw_next *a, const struct lw_next *b)
{
	return a->due.ns != b->due.ns ? a->due.ns < b->due.ns : a->id < b->id;
}

static void heap_put(struct lw_world *w, size_t at, struct lw_next x)
{
	w->heap[at] = x;
	x.twin->place = at;
}

static void heap_fix(struct lw_world *w, struct lw_twin *t)
{
	struct lw_next x = {t->due, t->id, t};
	size_t at = t->place, next;

	for (; at > 0 && sooner(&x, &w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_put(w, at, w->heap[(at - 1) / 2]);
	for (; (next = 2 * at + 1) < w->n; at = next) {
		if (next + 1 < w->n && sooner(&w->heap[next + 1], &w->heap[next]))
			next++;
		if (!sooner(&w->heap[next], &x))
			break;
		heap_put(w, at, w->heap[next]);
	}
	heap_put(w, at, x);
}

static void set_due(struct lw_twin *t, struct lw_mono due)
{
	if (t->due.ns == due.ns)
		return;
	t->due = due;
	heap_fix(t->world, t);
}

void lw_twin_poke(struct lw_twin *t)
{
	t->stirred = true;
	if (lw_mono_before(t->world->now, t->due))
		set_due(t, t->world->now);
}

void lw_twin_wake(struct lw_twin *t, struct lw_mono at)
{
	if (lw_mono_before(at, t->due))
		set_due(t, at);
}

static void tell(struct lw_twin *t, enum lw_told told)
{
	struct lw_world *w = t->world;

	if (t->told == LW_TOLD_NOT)
		w->told[w->told_n++] = t;
	if (t->told < told)
		t->told = (uint8_t)told;
}

void lw_twin_tell(struct lw_twin *t)
{
	t->changed = ++t->world->changes;
	tell(t, LW_TOLD_ALL);
	t->world->told_spread = false;
}

/* Put the partners of those in the list into it too. */
static void spread(struct lw_world *w)
{
	for (size_t k = 0; k < w->told_n; k++) {
		struct lw_twin *t = w->told[k];

		for (unsigned i = 0; t->told == LW_TOLD_ALL && i < t->lanes; i++)
			if (t->media[i].far)
				tell(t->media[i].far, LW_TOLD_SELF);
		t->told = LW_TOLD_SELF;
	}
	w->told_spread = true;
}

struct lw_twin *lw_world_changed(struct lw_world *w)
{
	struct lw_twin *t;

	if (!w->told_n)
		return NULL;
	if (!w->told_spread)
		spread(w);
	t = w->told[--w->told_n];
	t->told = LW_TOLD_NOT;
	return t;
}

struct lw_mono lw_twin_now(const struct lw_twin *t)
{
	return t->world->now;
}

static void run_one(struct lw_twin *t)
{
	struct lw_mono due = LW_NEVER;

	t->due = LW_NEVER; /* it stays in its place until it is known when it comes next */
	t->calm = !t->stirred;
	t->stirred = false;
	if (!lw_twin_present(t)) {
		lw_twin_set_receives(t, 0);
		lw_light_emit(t, 0);
	} else {
		lw_fault_run(t);
		due = lw_mono_min(t->kind->run(t), lw_fault_due(t));
	}
	assert(lw_mono_before(t->world->now, due));
	t->due = lw_mono_min(t->due, due);
	heap_fix(t->world, t);
	lw_twin_line(t);
}

void lw_world_settle(struct lw_world *w)
{
	while (w->n && !lw_mono_before(w->now, w->heap[0].due))
		run_one(w->heap[0].twin);
}

int lw_world_create(uint64_t seed, struct lw_world **ret, struct lw_error *reterr)
{
	struct lw_world *w = calloc(1, sizeof(*w));

	if (!w)
		return lw_fail(reterr, LW_ENOMEM, "no memory for a world");
	w->seed = seed;
	w->ages.ns = (int64_t)lw_twin_numbers[LW_TWIN_T_AGE];
	lw_quality_begin(w);
	*ret = w;
	return 0;
}

static void twin_free(struct lw_twin *t)
{
	if (t->kind->finish)
		t->kind->finish(t);
	lw_memory_finish(&t->mem);
	free(t->events);
	free(t->memo);
	free(t->name);
	lw_herd_give(&t->world->herds, t, t->kind->size, t->alone);
}

void lw_world_destroy(struct lw_world *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		twin_free(w->twin[i]);
	for (int map = 0; map < LW_MAP_N; map++)
		free(w->flag[map]);
	for (int map = 0; map < LW_MAP_N; map++)
		free(w->flag_byte[map]);
	free(w->twin);
	free(w->heap);
	free(w->told);
	free(w->lines);
	lw_herds_finish(&w->herds);
	free(w);
}

static void advance(struct lw_world *w, struct lw_mono now)
{
	while (w->n && !lw_mono_before(now, w->heap[0].due)) {
		if (lw_mono_before(w->now, w->heap[0].due))
			w->now = w->heap[0].due;
		run_one(w->heap[0].twin);
	}
	if (lw_mono_before(w->now, now))
		w->now = now;
}

/* Lasers age at fixed times, whoever advances the world and by how much (twin 2). It is too slow
 * to be an event that anybody would wait for. */
void lw_world_advance(struct lw_world *w, struct lw_mono now)
{
	while (lw_mono_before(w->ages, LW_NEVER) && !lw_mono_before(now, w->ages)) {
		advance(w, w->ages);
		for (size_t i = 0; i < w->n; i++)
			lw_heat_age(w->twin[i]);
		w->ages = lw_mono_add(w->ages,
				      (struct lw_mono){(int64_t)lw_twin_numbers[LW_TWIN_T_AGE]});
	}
	advance(w, now);
}

struct lw_mono lw_world_next(const struct lw_world *w)
{
	return w->n ? w->heap[0].due : LW_NEVER;
}

uint64_t lw_twin_changed(const struct lw_twin *t)
{
	return t->changed;
}

struct lw_mono lw_world_now(const struct lw_world *w)
{
	return w->now;
}

static int make_room(struct lw_world *w, struct lw_error *reterr)
{
	size_t cap = w->cap ? 2 * w->cap : 16;
	struct lw_twin **twin, **told, **lines;
	struct lw_next *heap;

	if (w->n < w->cap)
		return 0;
	twin = realloc(w->twin, cap * sizeof(struct lw_twin *));
	if (!twin)
		return lw_fail(reterr, LW_ENOMEM, "no memory for %zu twins", cap);
	w->twin = twin;
	heap = realloc(w->heap, cap * sizeof(*heap));
	if (!heap)
		return lw_fail(reterr, LW_ENOMEM, "no memory for %zu twins", cap);
	w->heap = heap;
	told = realloc(w->told, cap * sizeof(struct lw_twin *));
	if (!told)
		return lw_fail(reterr, LW_ENOMEM, "no memory for %zu twins", cap);
	w->told = told;
	lines = realloc(w->lines, cap * sizeof(struct lw_twin *));
	if (!lines)
		return lw_fail(reterr, LW_ENOMEM, "no memory for %zu twins", cap);
	w->lines = lines;
	w->cap = cap;
	return 0;
}

static const struct lw_twin_kind *kind_of(const struct lw_part *part)
{
	if (part->flat || part->wire) /* passive copper: memory and wires */
		return &lw_kind_flat;
	switch (part->map) {
	case LW_MAP_CMIS:
		return &lw_kind_cmis;
	case LW_MAP_SFF8636:
		return &lw_kind_sff8636;
	case LW_MAP_SFF8472:
		return &lw_kind_sff8472;
	default:
		return NULL;
	}
}

/* One lane of a flag: into the entry of its byte and its mask's, or one of its own. */
static void add_flag_bit(struct lw_world *w, const struct lw_memory *m, const struct lw_flag *f,
			 unsigned lane)
{
	const struct lw_field *flag = &m->field[f->flag];
	struct lw_flag_byte *all = w->flag_byte[m->map], x = {.slot = flag->slot, .mask_slot = -1};
	size_t *n = &w->flag_byte_n[m->map], i = 0;
	unsigned byte, bit, mask_byte, mask_bit;

	lw_field_place(flag, lane, &byte, &bit);
	x.byte = (uint8_t)byte;
	if (f->mask >= 0 && lane < m->field[f->mask].lanes) {
		lw_field_place(&m->field[f->mask], lane, &mask_byte, &mask_bit);
		x.mask_slot = m->field[f->mask].slot;
		x.mask_byte = (uint8_t)mask_byte;
		x.shift = (int8_t)((int)mask_bit - (int)bit);
	}
	while (i < *n &&
	       (all[i].slot != x.slot || all[i].byte != x.byte || all[i].mask_slot != x.mask_slot ||
		all[i].mask_byte != x.mask_byte || all[i].shift != x.shift))
		i++;
	if (i == *n)
		all[(*n)++] = x;
	for (unsigned k = 0; k < flag->width && bit + k < 8; k++)
		all[i].bits |= (uint8_t)(1u << (bit + k));
}

/* The same flags by bytes. */
static int learn_flag_bytes(struct lw_world *w, const struct lw_memory *m, struct lw_error *reterr)
{
	w->flag_byte[m->map] = calloc(8 * w->flag_n[m->map] + 1, sizeof(struct lw_flag_byte));
	if (!w->flag_byte[m->map])
		return lw_fail(reterr, LW_ENOMEM, "no memory for flags");
	for (size_t i = 0; i < w->flag_n[m->map]; i++)
		for (unsigned k = 0; k < m->field[w->flag[m->map][i].flag].lanes; k++)
			add_flag_bit(w, m, &w->flag[m->map][i], k);
	for (size_t i = w->flag_byte_n[m->map]; i-- > 1;) {
		struct lw_flag_byte *f = &w->flag_byte[m->map][i - 1];

		f->more = f->slot == f[1].slot ? (uint16_t)(f[1].more + 1) : 0;
	}
	return 0;
}

/* Which flags the map has, and their masks. Looked for once: there are hundreds of rows. */
static int learn_flags(struct lw_world *w, const struct lw_memory *m, struct lw_error *reterr)
{
	size_t n = 0;

	if (w->flag[m->map])
		return 0;
	w->flag[m->map] = calloc(m->field_n, sizeof(struct lw_flag));
	if (!w->flag[m->map])
		return lw_fail(reterr, LW_ENOMEM, "no memory for flags");
	for (size_t i = 0; i < m->field_n; i++)
		if (m->field[i].access == LW_RO_COR && m->field[i].lanes <= 8)
			w->flag[m->map][n++] = (struct lw_flag){
				(uint16_t)i, (int16_t)lw_memory_flag_mask(m, (unsigned)i)};
	w->flag_n[m->map] = n;
	return learn_flag_bytes(w, m, reterr);
}

/* Lanes that the twin's loops run over. */
static uint8_t lanes_of(const struct lw_twin *t, unsigned banks)
{
	if (t->kind->banks || !t->part->form)
		return (uint8_t)(banks * LW_BANK_LANES);
	return t->part->form->lanes < LW_TWIN_LANES ? t->part->form->lanes : LW_TWIN_LANES;
}

/* Build a twin around its memory; it is not in the world yet. */
static int twin_make(struct lw_world *w, const char *name, const struct lw_twin_options *opt,
		     const struct lw_twin_kind *kind, const struct lw_image *img,
		     struct lw_twin **ret, struct lw_error *reterr)
{
	static const struct lw_bus_ops ops = {.read = lw_twin_read, .write = lw_twin_write};
	bool alone;
	struct lw_twin *t = lw_herd_take(&w->herds, kind->size, &alone);
	struct lw_extra extra[LW_SLOTS_MAX];
	unsigned banks = kind->banks ? kind->banks(img) : 1;
	size_t extra_n = kind->slots ? kind->slots(img, extra) : 0;
	int r;

	if (!t)
		return lw_fail(reterr, LW_ENOMEM, "no memory for twin %s", name);
	t->alone = alone;
	t->bus.ops = &ops;
	t->world = w;
	t->kind = kind;
	t->part = opt->part;
	t->id = w->next_id++;
	t->opt = *opt;
	t->opt.image = NULL; /* the caller's, perhaps gone tomorrow */
	t->pin_lpmode = opt->lpmode_pin || opt->no_lpmode_pin;
	t->due = LW_NEVER;
	t->lanes = lanes_of(t, banks);
	t->heat.air_degc = lw_twin_numbers[LW_TWIN_AIR];
	t->heat.air_m_s = lw_twin_numbers[LW_TWIN_AIR_SPEED];
	for (unsigned i = 0; i < t->lanes; i++)
		t->media[i].hours = opt->age_hours;
	t->memo = calloc(t->lanes ? t->lanes : 1, sizeof(*t->memo));
	memset(t->pattern, -1, sizeof(t->pattern));
	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		t->host_map[i] = t->media_map[i] = (uint8_t)i;
	t->name = strdup(name);
	r = t->name && t->memo
		    ? lw_memory_init(&t->mem, &w->herds, img, banks, extra, extra_n, reterr)
		    : lw_fail(reterr, LW_ENOMEM, "no memory for twin %s", name);
	if (!r)
		r = learn_flags(w, &t->mem, reterr);
	if (r) {
		twin_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

int lw_world_plug(struct lw_world *w, const char *name, const struct lw_twin_options *opt,
		  struct lw_twin **ret, struct lw_error *reterr)
{
	const struct lw_twin_kind *kind;
	struct lw_image *made = NULL;
	struct lw_twin *t = NULL;
	int r;

	if (!opt->part)
		return lw_fail(reterr, LW_EINVAL, "twin %s: no part given", name);
	kind = kind_of(opt->part);
	if (!kind)
		return lw_fail(reterr, LW_ENOTSUP, "twin %s: no twin behaves as a %s", name,
			       opt->part->name);
	if (opt->image && opt->image->map != opt->part->map)
		return lw_fail(reterr, LW_EINVAL, "twin %s: memory is %s, part %s is %s", name,
			       lw_map_name(opt->image->map), opt->part->name,
			       lw_map_name(opt->part->map));
	r = make_room(w, reterr);
	if (r)
		return r;
	if (!opt->image) {
		made = calloc(1, sizeof(*made));
		if (!made)
			return lw_fail(reterr, LW_ENOMEM, "no memory for twin %s", name);
		r = lw_image_make(opt->part, NULL, made, reterr);
	}
	if (!r)
		r = twin_make(w, name, opt, kind, made ? made : opt->image, &t, reterr);
	free(made);
	if (r || !t)
		return r;
	w->twin[w->n] = t;
	heap_put(w, w->n++, (struct lw_next){t->due, t->id, t});
	lw_twin_power_on(t);
	*ret = t;
	return 0;
}

static bool lane_exists(const struct lw_twin *t, unsigned lane)
{
	return lane < t->lanes && (!t->part->form || lane < t->part->form->lanes);
}

void lw_twin_rewire(struct lw_twin *t)
{
	lw_twin_touch(t);
	lw_twin_poke(t);
	for (unsigned i = 0; i < t->lanes; i++) {
		const struct lw_outside *x = &t->outside[t->media_map[i]];
		struct lw_media_lane *m = &t->media[i];

		t->host[t->host_map[i]].in = t->driven[i];
		m->far = x->far;
		if (!x->far)
			continue;
		m->join = x->join;
		for (unsigned k = 0; k < x->far->lanes; k++)
			if (x->far->media_map[k] == x->far_lane) {
				m->far_lane = (uint8_t)k;
				x->far->media[k].far_lane = (uint8_t)i;
			}
		lw_twin_touch(x->far);
		lw_twin_poke(x->far);
	}
}

/* Take away the join of `t`'s lane, at both its ends. */
static void part_lane(struct lw_twin *t, unsigned lane)
{
	struct lw_twin *far = t->outside[lane].far;

	if (!far)
		return;
	far->outside[t->outside[lane].far_lane].far = NULL;
	t->outside[lane].far = NULL;
	lw_twin_rewire(t);
	lw_twin_rewire(far);
}

int lw_world_join(struct lw_world *w, struct lw_twin *a, unsigned la, struct lw_twin *b,
		  unsigned lb, const struct lw_join *join, struct lw_error *reterr)
{
	if (!lane_exists(a, la))
		return lw_fail(reterr, LW_EINVAL, "%s has no lane %u", a->name, la + 1);
	if (!lane_exists(b, lb))
		return lw_fail(reterr, LW_EINVAL, "%s has no lane %u", b->name, lb + 1);
	if (a == b && la == lb)
		return lw_fail(reterr, LW_EINVAL, "%s lane %u cannot be joined with itself",
			       a->name, la + 1);
	part_lane(a, la);
	part_lane(b, lb);
	if (join) {
		a->outside[la] = (struct lw_outside){b, (uint8_t)lb, *join};
		b->outside[lb] = (struct lw_outside){a, (uint8_t)la, *join};
		lw_twin_rewire(a);
		lw_twin_rewire(b);
	}
	lw_world_settle(w);
	return 0;
}

static void leave_list(struct lw_twin **list, size_t *inout_n, const struct lw_twin *t)
{
	size_t i = 0;

	while (i < *inout_n && list[i] != t)
		i++;
	if (i < *inout_n)
		list[i] = list[--*inout_n];
}

static void leave_heap(struct lw_world *w, struct lw_twin *t)
{
	size_t at = t->place;
	struct lw_next last = w->heap[--w->n];

	if (last.twin == t)
		return;
	heap_put(w, at, last);
	heap_fix(w, last.twin);
}

void lw_world_remove(struct lw_world *w, struct lw_twin *t)
{
	size_t n = w->n;

	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		part_lane(t, i);
	lw_heat_leave(t);
	lw_world_settle(w);
	leave_list(w->told, &w->told_n, t);
	leave_list(w->lines, &w->line_n, t);
	leave_list(w->twin, &n, t);
	leave_heap(w, t);
	twin_free(t);
}

/* One round of the well-known splitmix64 finaliser: every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

double lw_twin_noise(const struct lw_twin *t, int64_t sample, unsigned what)
{
	uint64_t x = mix(mix(mix(t->world->seed ^ t->id) ^ (uint64_t)sample) ^ what);

	return (double)(x >> 11) * 0x1p-52 - 1;
}
