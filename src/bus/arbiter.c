/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/arbiter.h>

#define NOBODY SIZE_MAX

/* Every lower class may be overdue at the same time and wait for the others' one turn each. */
#define OVERDUE (LW_ARBITER_SHARE - LW_ARBITER_CLASSES + 1)

void lw_arbiter_init(struct lw_arbiter *a, struct lw_arbiter_user *user, size_t n,
		     struct lw_mono settle)
{
	*a = (struct lw_arbiter){.user = user, .n = n, .settle = settle, .running = NOBODY};
	for (size_t i = 0; i < n; i++)
		user[i] = (struct lw_arbiter_user){
			.module = user[i].module,
			.channel = user[i].channel,
		};
	for (size_t c = 0; n && c < LW_ARBITER_CLASSES; c++)
		a->last[c] = n - 1; /* so that user 0 is the first */
}

void lw_arbiter_ask(struct lw_arbiter *a, size_t i, enum lw_arbiter_class urgency,
		    struct lw_mono now)
{
	struct lw_arbiter_user *u = &a->user[i];

	if (!u->asks)
		u->since = now;
	u->asks = true;
	u->urgency = (uint8_t)urgency;
}

void lw_arbiter_withdraw(struct lw_arbiter *a, size_t i)
{
	a->user[i].asks = false;
}

/* Whoever keeps user `i` off its module at `now`, or NOBODY. */
static size_t keeper(const struct lw_arbiter *a, size_t i, struct lw_mono now)
{
	for (size_t k = 0; k < a->n; k++)
		if (k != i && a->user[k].module == a->user[i].module &&
		    lw_mono_before(now, a->user[k].quiet))
			return k;
	return NOBODY;
}

/* The next user of the class that may run, in turn; NOBODY if none asks. */
static size_t next_of(const struct lw_arbiter *a, unsigned class, struct lw_mono now)
{
	for (size_t k = 1; k <= a->n; k++) {
		size_t i = (a->last[class] + k) % a->n;

		if (a->user[i].asks && a->user[i].urgency == class && keeper(a, i, now) == NOBODY)
			return i;
	}
	return NOBODY;
}

/* Which class has the turn: the one that was passed over for too long, else the most urgent. */
static unsigned choose(const struct lw_arbiter *a, const size_t next[LW_ARBITER_CLASSES])
{
	unsigned best = LW_ARBITER_CLASSES;

	for (unsigned c = 0; c < LW_ARBITER_CLASSES; c++) {
		if (next[c] == NOBODY)
			continue;
		if (best == LW_ARBITER_CLASSES ||
		    (a->passed_over[c] >= OVERDUE && a->passed_over[c] > a->passed_over[best]))
			best = c;
	}
	return best;
}

/* Set the mux for a user. @return when its channel can be used */
static struct lw_mono settle(struct lw_arbiter *a, uint32_t channel, struct lw_mono now)
{
	if (!a->on_channel || a->channel != channel) {
		a->on_channel = true;
		a->channel = channel;
		a->settled = lw_mono_add(now, a->settle);
	}
	return lw_mono_before(now, a->settled) ? a->settled : now;
}

struct lw_mono lw_arbiter_next(struct lw_arbiter *a, struct lw_mono now, size_t *ret_user)
{
	size_t next[LW_ARBITER_CLASSES];
	unsigned class;

	if (a->running != NOBODY)
		return LW_NEVER;
	for (unsigned c = 0; c < LW_ARBITER_CLASSES; c++)
		next[c] = next_of(a, c, now);
	class = choose(a, next);
	if (class == LW_ARBITER_CLASSES)
		return LW_NEVER;
	for (unsigned c = 0; c < LW_ARBITER_CLASSES; c++)
		a->passed_over[c] = c == class || next[c] == NOBODY ? 0 : a->passed_over[c] + 1;
	a->running = a->last[class] = next[class];
	a->user[a->running].asks = false;
	a->user[a->running].turns++;
	*ret_user = a->running;
	return settle(a, a->user[a->running].channel, now);
}

void lw_arbiter_done(struct lw_arbiter *a)
{
	a->running = NOBODY;
}

bool lw_arbiter_quiet(struct lw_arbiter *a, size_t i, struct lw_mono now, struct lw_mono until)
{
	if (keeper(a, i, now) != NOBODY)
		return false;
	a->user[i].quiet = until;
	return true;
}

void lw_arbiter_loud(struct lw_arbiter *a, size_t i)
{
	a->user[i].quiet = (struct lw_mono){0};
}

struct lw_mono lw_arbiter_due(const struct lw_arbiter *a, struct lw_mono now)
{
	struct lw_mono due = LW_NEVER;

	for (size_t i = 0; i < a->n; i++) {
		size_t k = a->user[i].asks ? keeper(a, i, now) : NOBODY;

		if (k != NOBODY)
			due = lw_mono_min(due, a->user[k].quiet);
	}
	return due;
}
