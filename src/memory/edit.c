/* SPDX-License-Identifier: Apache-2.0 */
#include "memory-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_LANES UINT32_MAX

struct edit {
	struct lw_memory *m;   /* the copy that is worked on */
	const uint8_t *before; /* its bytes as they were */
	struct lw_view view;   /* of the copy, every slot that lies in it */
	unsigned flags;
	struct lw_arena *arena;
	uint8_t *kept; /* per field: a checksum that was set itself */
	struct lw_error *reterr;
};

/* A few fields whose name holds what was asked for. */
static int no_field(const struct edit *e, const char *name)
{
	const struct lw_field *f;
	char near[160] = "";
	size_t n, at = 0;
	int found = 0;

	f = lw_map_fields(e->m->map, &n);
	for (size_t i = 0; i < n && found < 4 && strlen(name) > 2; i++) {
		if (!strstr(f[i].name, name) && !strstr(name, f[i].name))
			continue;
		if (at + strlen(f[i].name) + 3 > sizeof(near))
			break;
		at += (size_t)snprintf(near + at, sizeof(near) - at, "%s%s", found ? ", " : "",
				       f[i].name);
		found++;
	}
	return lw_fail(e->reterr, LW_ENOENT, "%s has no field \"%.40s\"%s%s",
		       lw_map_name(e->m->map), name, found ? "; there is " : "", near);
}

/* Split "map.name[lane]=value". @return 0 with the parts in the arena */
static int split(const struct edit *e, const char *text, const struct lw_field **ret,
		 uint32_t *ret_lane, const char **ret_value)
{
	const char *eq = strchr(text, '='), *map = lw_map_name(e->m->map);
	char *name, *bracket, *end;
	unsigned long lane = 0;

	if (!eq || eq == text)
		return lw_fail(e->reterr, LW_EINVAL, "\"%.60s\" is no assignment FIELD=VALUE",
			       text);
	name = lw_arena_strndup(e->arena, text, (size_t)(eq - text));
	if (!name)
		return lw_fail(e->reterr, LW_ENOMEM, "out of memory");
	bracket = strchr(name, '[');
	if (bracket) {
		*bracket++ = '\0';
		lane = strcmp(bracket, "*]") == 0 ? ALL_LANES : strtoul(bracket, &end, 10);
		if (lane == 0 || lane > ALL_LANES ||
		    (lane != ALL_LANES &&
		     (strcmp(end, "]") != 0 || *bracket < '0' || *bracket > '9')))
			return lw_fail(e->reterr, LW_EINVAL,
				       "\"%.60s\": a lane is [1], [2] ... or [*] for all", text);
	}
	if (strncmp(name, map, strlen(map)) == 0 && name[strlen(map)] == '.')
		name += strlen(map) + 1;
	*ret = lw_map_find(e->m->map, name);
	if (!*ret)
		return no_field(e, name);
	*ret_lane = (uint32_t)lane;
	*ret_value = eq + 1;
	return 0;
}

static int allowed(const struct edit *e, const struct lw_field *f)
{
	if (f->kind == LW_KIND_RESERVED)
		return lw_fail(e->reterr, LW_ENOTSUP, "%s: reserved bits are never written",
			       f->name);
	if (e->flags & LW_SET_FORCE)
		return 0;
	if (f->kind == LW_KIND_SUM)
		return lw_fail(e->reterr, LW_ENOTSUP,
			       "%s: a checksum follows from its page; --force sets it all the same",
			       f->name);
	if (lw_field_is_volatile(f))
		return lw_fail(e->reterr, LW_ENOTSUP,
			       "%s: a module writes this itself while it runs; --force sets it in "
			       "the file",
			       f->name);
	if (f->access == LW_RO && !(e->flags & LW_SET_FACTORY))
		return lw_fail(e->reterr, LW_ENOTSUP,
			       "%s: read-only to a host; --factory sets what a maker programs",
			       f->name);
	return 0;
}

static int set_lane(struct edit *e, const struct lw_field *f, unsigned lane, const char *value)
{
	unsigned bank = lane / f->lanes;
	size_t at = lw_memory_offset(e->m->map, bank, f->slot);
	const char *page = lw_map_slots(e->m->map, NULL)[f->slot].name;

	if (at + SLOT_BYTES > e->m->n)
		return lw_fail(e->reterr, LW_ENOPAGE, "%s: the dump ends before page %s%s", f->name,
			       page, bank ? " of that bank" : "");
	if (!e->m->valid[bank][f->slot] && !(e->flags & LW_SET_FORCE))
		return lw_fail(
			e->reterr, LW_ENOPAGE,
			"%s: the module has no page %s (it holds FFh, or is not advertised); "
			"--force sets it in the file",
			f->name, page);
	return lw_memory_value_put(f, lane, &e->view, value, e->m->bytes + at, e->reterr);
}

static int set_one(struct edit *e, const char *text)
{
	const struct lw_field *f = NULL;
	const char *value = NULL;
	unsigned all, done = 0;
	uint32_t lane = 0;
	int r = split(e, text, &f, &lane, &value);

	if (r || !f)
		return r;
	r = allowed(e, f);
	if (r)
		return r;
	all = lw_field_lanes_all(f);
	if (lane == 0 && f->lanes > 1)
		return lw_fail(e->reterr, LW_EINVAL,
			       "%s has lanes: say %s[1] ... %s[%u], or %s[*] for all", f->name,
			       f->name, f->name, all, f->name);
	if (lane != ALL_LANES && lane > all)
		return lw_fail(e->reterr, LW_EINVAL, "%s has lanes 1 to %u, not %u", f->name, all,
			       lane);
	if (f->kind == LW_KIND_SUM)
		e->kept[f->id] = 1;
	if (lane != ALL_LANES)
		return set_lane(e, f, lane ? lane - 1 : 0, value);
	for (unsigned i = 0; i < all; i++) {
		if (i / f->lanes && !e->m->valid[i / f->lanes][f->slot])
			break;
		r = set_lane(e, f, i, value);
		if (r)
			return r;
		done++;
	}
	return done ? 0 : lw_fail(e->reterr, LW_ENOPAGE, "%s: no such lane here", f->name);
}

/* Make the sums right whose bytes were changed; others stay as they are, right or wrong. */
static void mend_sums(struct edit *e)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(e->m->map, &n);

	for (size_t i = 0; i < n; i++) {
		size_t at = lw_memory_offset(e->m->map, 0, f[i].slot), from;
		uint8_t sum;

		if (f[i].kind != LW_KIND_SUM || e->kept[i] || at + SLOT_BYTES > e->m->n ||
		    !e->m->valid[0][f[i].slot])
			continue;
		from = at + (f[i].sum_first & 0x7fu);
		if (!memcmp(e->m->bytes + from, e->before + from,
			    f[i].sum_last - f[i].sum_first + 1u))
			continue;
		if (lw_field_sum(&f[i], &e->view, &sum) == 0)
			lw_field_put(&f[i], 0, sum, e->m->bytes + at, NULL);
	}
}

/* Every slot that lies in the dump, filled or not. */
static void view_all(const struct lw_memory *m, struct lw_view *ret)
{
	size_t slots;
	const struct lw_slot *s = lw_map_slots(m->map, &slots);

	memset(ret, 0, sizeof(*ret));
	ret->map = m->map;
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < slots; i++) {
			size_t at = lw_memory_offset(m->map, b, i);

			if ((b == 0 || s[i].banked) && at + SLOT_BYTES <= m->n)
				ret->slot[b][i] = m->bytes + at;
		}
}

int lw_memory_set(struct lw_memory *m, const char *const *assignments, size_t n, unsigned flags,
		  struct lw_arena *arena, struct lw_error *reterr)
{
	struct lw_memory work = *m;
	struct edit e = {.m = &work,
			 .before = m->bytes,
			 .flags = flags & LW_SET_FORCE ? flags | LW_SET_FACTORY : flags,
			 .arena = arena,
			 .reterr = reterr};
	size_t fields;

	lw_map_fields(m->map, &fields);
	work.bytes = lw_arena_alloc(arena, m->n);
	e.kept = lw_arena_alloc(arena, fields);
	if (!work.bytes || !e.kept)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memcpy(work.bytes, m->bytes, m->n);
	view_all(&work, &e.view);
	for (size_t i = 0; i < n; i++) {
		int r = set_one(&e, assignments[i]);

		if (r)
			return r;
	}
	mend_sums(&e);
	memcpy(m->bytes, work.bytes, m->n);
	return 0;
}
