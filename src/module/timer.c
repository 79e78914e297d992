/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <lanewise/timer.h>
#include <math.h>
#include <string.h>

/* First look without any knowledge: a limit is a bound, and often a wide one. */
#define FIRST_PART 64
/* With knowledge: a sixteenth before the shortest time. Looks follow at a sixteenth of the wait. */
#define EARLY_PART 16
#define PAUSE_MIN  lw_ms(1)
#define PAUSE_MAX  lw_ms(1000)
/* A module that advertises nothing gets the benefit of the doubt: a minute. */
#define LIMIT_UNKNOWN lw_ms(60000)

void lw_timers_init(struct lw_timers *t, struct lw_arena *arena)
{
	*t = (struct lw_timers){.arena = arena};
}

static void put(char *to, size_t size, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	memset(to, 0, size);
	if (n)
		memcpy(to, s, n < size - 1 ? n : size - 1);
}

void lw_timer_key_make(struct lw_timer_key *ret, const char *vendor, const char *pn,
		       const char *firmware, const char *kind)
{
	put(ret->vendor, sizeof(ret->vendor), vendor);
	put(ret->pn, sizeof(ret->pn), pn);
	put(ret->firmware, sizeof(ret->firmware), firmware);
	put(ret->kind, sizeof(ret->kind), kind);
}

/* Keys are zero-padded, so that they can be compared as bytes. */
static struct lw_timer *find(const struct lw_timers *t, const struct lw_timer_key *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (memcmp(&t->v[i].key, key, sizeof(*key)) == 0)
			return &t->v[i];
	return NULL;
}

const struct lw_timer *lw_timers_find(const struct lw_timers *t, const struct lw_timer_key *key)
{
	return find(t, key);
}

static struct lw_timer *find_or_add(struct lw_timers *t, const struct lw_timer_key *key)
{
	struct lw_timer *x = find(t, key), *v;

	if (x)
		return x;
	v = lw_arena_grow(t->arena, t->v, &t->cap, t->n + 1, sizeof(*t->v));
	if (!v)
		return NULL;
	t->v = v;
	x = &t->v[t->n++];
	*x = (struct lw_timer){.key = *key, .shortest = LW_NEVER};
	return x;
}

/* The upper edge of a bin. */
static double edge(unsigned bin)
{
	return exp2(bin / 2.0 + 20);
}

static unsigned bin_of(struct lw_mono took)
{
	unsigned bin = 0;

	while (bin < LW_TIMER_BINS - 1 && (double)took.ns >= edge(bin))
		bin++;
	return bin;
}

int lw_timers_add(struct lw_timers *t, const struct lw_timer_key *key, struct lw_mono took)
{
	struct lw_timer *x;

	if (took.ns < 0)
		return 0;
	x = find_or_add(t, key);
	if (!x)
		return LW_ENOMEM;
	if (x->count == UINT32_MAX)
		return 0;
	x->count++;
	x->mean_ns += ((double)took.ns - x->mean_ns) / x->count;
	x->shortest = lw_mono_min(x->shortest, took);
	if (lw_mono_before(x->longest, took))
		x->longest = took;
	x->bin[bin_of(took)]++;
	return 0;
}

struct lw_mono lw_timer_quantile(const struct lw_timer *x, double part)
{
	double want = part * x->count, seen = 0;

	for (unsigned i = 0; i < LW_TIMER_BINS; i++) {
		seen += x->bin[i];
		if (x->bin[i] && seen >= want)
			return lw_mono_min((struct lw_mono){(int64_t)edge(i)}, x->longest);
	}
	return x->longest;
}

void lw_timer_advise(const struct lw_timer *x, struct lw_mono advertised,
		     struct lw_timer_advice *ret)
{
	struct lw_mono limit = advertised.ns > 0 ? advertised : LIMIT_UNKNOWN, near;

	if (x && x->count) {
		struct lw_mono twice = lw_mono_add(x->longest, x->longest);

		/* it was slower than it promised, or promises nothing */
		if (advertised.ns <= 0 || lw_mono_before(advertised, x->longest))
			limit = twice;
		near = (struct lw_mono){x->shortest.ns - x->shortest.ns / EARLY_PART};
	} else {
		near = (struct lw_mono){limit.ns / FIRST_PART};
	}
	if (lw_mono_before(limit, PAUSE_MIN))
		limit = PAUSE_MIN;
	ret->limit = limit;
	ret->first = lw_mono_min(near, limit);
	ret->pause = (struct lw_mono){near.ns / EARLY_PART};
	if (lw_mono_before(ret->pause, PAUSE_MIN))
		ret->pause = PAUSE_MIN;
	ret->pause = lw_mono_min(ret->pause, PAUSE_MAX);
}

/* -- JSON -------------------------------------------------------------------------------------- */

void lw_timers_json(const struct lw_timers *t, struct lw_json *j)
{
	lw_json_begin_array(j);
	for (size_t i = 0; i < t->n; i++) {
		const struct lw_timer *x = &t->v[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "vendor", x->key.vendor);
		lw_json_put_string(j, "pn", x->key.pn);
		lw_json_put_string(j, "firmware", x->key.firmware);
		lw_json_put_string(j, "kind", x->key.kind);
		lw_json_put_int(j, "count", x->count);
		lw_json_put_int(j, "shortest_ns", x->shortest.ns);
		lw_json_put_int(j, "longest_ns", x->longest.ns);
		lw_json_put_int(j, "mean_ns", llround(x->mean_ns));
		lw_json_key(j, "bins");
		lw_json_begin_array(j);
		for (unsigned k = 0; k < LW_TIMER_BINS; k++)
			lw_json_int(j, x->bin[k]);
		lw_json_end_array(j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

/* One row, into a timer of its own. @return whether it is sound */
static bool read_row(json_t *row, struct lw_timer *ret)
{
	const char *vendor, *pn, *firmware, *kind;
	json_int_t count, shortest, longest, mean;
	uint64_t sum = 0;
	json_t *bins;

	if (json_unpack(row, "{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:o}", "vendor", &vendor, "pn", &pn,
			"firmware", &firmware, "kind", &kind, "count", &count, "shortest_ns",
			&shortest, "longest_ns", &longest, "mean_ns", &mean, "bins", &bins))
		return false;
	if (count < 1 || count > UINT32_MAX || shortest < 0 || mean < shortest || longest < mean ||
	    !json_is_array(bins) || json_array_size(bins) != LW_TIMER_BINS)
		return false;
	*ret = (struct lw_timer){.count = (uint32_t)count,
				 .shortest = {shortest},
				 .longest = {longest},
				 .mean_ns = (double)mean};
	lw_timer_key_make(&ret->key, vendor, pn, firmware, kind);
	for (unsigned k = 0; k < LW_TIMER_BINS; k++) {
		json_t *bin = json_array_get(bins, k);
		json_int_t n = json_integer_value(bin);

		if (!json_is_integer(bin) || n < 0 || n > count)
			return false;
		ret->bin[k] = (uint32_t)n;
		sum += (uint64_t)n;
	}
	return sum == (uint64_t)count;
}

static int merge(struct lw_timers *t, const struct lw_timer *from)
{
	struct lw_timer *x = find_or_add(t, &from->key);
	double count;

	if (!x)
		return LW_ENOMEM;
	if (from->count > UINT32_MAX - x->count)
		return 0;
	count = (double)x->count + from->count;
	x->mean_ns = (x->mean_ns * x->count + from->mean_ns * from->count) / count;
	x->count += from->count;
	x->shortest = lw_mono_min(x->shortest, from->shortest);
	if (lw_mono_before(x->longest, from->longest))
		x->longest = from->longest;
	for (unsigned k = 0; k < LW_TIMER_BINS; k++)
		x->bin[k] += from->bin[k];
	return 0;
}

int lw_timers_load(struct lw_timers *t, const char *text, size_t n, struct lw_error *reterr)
{
	json_error_t fault;
	json_t *all = json_loadb(text, n, JSON_REJECT_DUPLICATES, &fault), *row;
	size_t i;
	int r = 0;

	if (!json_is_array(all)) {
		r = all ? lw_fail(reterr, LW_EINVAL, "learned times are a JSON array")
			: lw_fail_in(reterr, LW_EINVAL, "learned times", fault.line, "%s",
				     fault.text);
		json_decref(all);
		return r;
	}
	json_array_foreach(all, i, row)
	{
		struct lw_timer x;

		if (!read_row(row, &x))
			r = lw_fail(reterr, LW_EINVAL, "row %zu of the learned times is not sound",
				    i + 1);
		else if (merge(t, &x))
			r = lw_fail(reterr, LW_ENOMEM, "out of memory");
		if (r)
			break;
	}
	json_decref(all);
	return r;
}
