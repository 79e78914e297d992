/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <string.h>

#define STEPS_MAX 32

/** Links of one joint by their lower end: plane, device of the plane, port. */
struct by_low {
	uint32_t *link; /* 1 + index */
	uint32_t planes, devices, ports;
};

static int index_joint(const struct lw_planner *p, unsigned joint, struct lw_arena *arena,
		       struct by_low *ret)
{
	const struct lw_plan_joint *j = &p->joint[joint];
	const struct lw_plan_tier *t = &p->tier[j->low];

	*ret = (struct by_low){.planes = t->planes, .devices = t->now, .ports = t->up.ports};
	ret->link = lw_arena_alloc(arena, ((size_t)t->planes * t->now * t->up.ports + 1) *
						  sizeof(*ret->link));
	if (!ret->link)
		return LW_ENOMEM;
	for (uint64_t i = j->first_link; i < j->first_link + j->link_n; i++) {
		const struct lw_plan_link *l = &p->links[i];
		uint32_t port = (l->cage[0] - (uint32_t)t->up.first) * t->up.mode.n + l->port[0];
		uint32_t plane = l->device[0] / t->per_plane, device = l->device[0] % t->per_plane;

		ret->link[((size_t)plane * t->now + device) * t->up.ports + port] = (uint32_t)i + 1;
	}
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static const char *model_of(const struct lw_plan_tier *t)
{
	return t->model ? t->model->name : "";
}

/* The same ends, the same ports in the same modes, joined by the same things of the same length. */
static bool same_link(const struct lw_planner *a, const struct lw_plan_link *la,
		      const struct lw_planner *b, const struct lw_plan_link *lb, unsigned joint)
{
	const struct lw_plan_class *ca = &a->classes[a->cables[la->cable].class_];
	const struct lw_plan_class *cb = &b->classes[b->cables[lb->cable].class_];
	const struct lw_plan_medium *ma = &a->media[ca->medium], *mb = &b->media[cb->medium];

	for (unsigned e = 0; e < 2; e++) {
		enum lw_tier t = a->joint[joint].low + e;
		const struct lw_plan_tier *ta = &a->tier[t], *tb = &b->tier[t];

		if (!same_text(model_of(ta), model_of(tb)) ||
		    la->device[e] / ta->per_plane != lb->device[e] / tb->per_plane ||
		    la->device[e] % ta->per_plane != lb->device[e] % tb->per_plane ||
		    la->cage[e] != lb->cage[e] || la->port[e] != lb->port[e] ||
		    ma->part[e] != mb->part[e] ||
		    strcmp(side_of(a, &a->joint[joint], e)->mode_text,
			   side_of(b, &b->joint[joint], e)->mode_text))
			return false;
	}
	return ma->cable == mb->cable && ma->cord == mb->cord && ma->grade == mb->grade &&
	       !(ca->length_m < cb->length_m) && !(ca->length_m > cb->length_m);
}

static int compare_joint(const struct lw_planner *a, const struct lw_planner *b, unsigned joint,
			 struct lw_migration *ret)
{
	struct lw_arena scratch;
	struct by_low x, y;
	uint64_t kept = 0;

	lw_arena_init(&scratch, 0);
	if (index_joint(a, joint, &scratch, &x) || index_joint(b, joint, &scratch, &y)) {
		lw_arena_finish(&scratch);
		return LW_ENOMEM;
	}
	for (uint32_t plane = 0; plane < x.planes && plane < y.planes; plane++)
		for (uint32_t d = 0; d < x.devices && d < y.devices; d++)
			for (uint32_t q = 0; q < x.ports && q < y.ports; q++) {
				uint32_t i = x.link[((size_t)plane * x.devices + d) * x.ports + q];
				uint32_t k = y.link[((size_t)plane * y.devices + d) * y.ports + q];

				kept += i && k &&
					same_link(a, &a->links[i - 1], b, &b->links[k - 1], joint);
			}
	lw_arena_finish(&scratch);
	ret->kept_links += kept;
	ret->old_links += a->joint[joint].link_n - kept;
	ret->new_links += b->joint[joint].link_n - kept;
	return 0;
}

static int step(struct lw_planner *p, struct lw_migration *m, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int step(struct lw_planner *p, struct lw_migration *m, const char *fmt, ...)
{
	va_list ap;

	if (m->step_n == STEPS_MAX)
		return 0;
	va_start(ap, fmt);
	m->steps[m->step_n] = lw_arena_vprintf(p->arena, fmt, ap);
	va_end(ap);
	return m->steps[m->step_n++] ? 0 : LW_ENOMEM;
}

static unsigned long long all_of(const struct lw_plan_tier *t)
{
	return (unsigned long long)t->planes * t->now;
}

/* Switches from above: what is above must be there before what is below can be moved to it. */
static int switch_steps(const struct lw_planner *from, struct lw_planner *to,
			struct lw_migration *m)
{
	for (unsigned k = to->tier_n; k-- > LW_TIER_LEAF;) {
		const struct lw_plan_tier *b = &to->tier[k],
					  *a = k < from->tier_n ? &from->tier[k] : NULL;
		const char *name = lw_tier_name(k);

		if (!a || strcmp(a->model->name, b->model->name)) {
			if (step(to, m,
				 "Rack and power the %llu new %s switches (%s) beside the old; "
				 "give them "
				 "the modes of `lanewise render` before anything is plugged.",
				 all_of(b), name, b->model->name))
				return LW_ENOMEM;
		} else if (all_of(b) > all_of(a) &&
			   step(to, m, "Add %llu %s switches (%s).", all_of(b) - all_of(a), name,
				b->model->name)) {
			return LW_ENOMEM;
		}
	}
	return 0;
}

/* What a joint loses while one upper device is out of it. */
static int joint_steps(const struct lw_planner *from, struct lw_planner *to, unsigned k,
		       struct lw_migration *m)
{
	const struct lw_plan_joint *b = &to->joint[k];
	const struct lw_plan_side *low = side_of(to, b, 0), *up = side_of(to, b, 1);
	struct lw_migration only = {0};
	const char *upper = lw_tier_name(b->low + 1), *lower = lw_tier_name(b->low);
	uint32_t ways = k ? (k == 1 ? to->size.spines : to->size.cores_per_spine)
			  : (uint32_t)to->intent->rails;
	char rate[16], was[16] = "";

	if (k < from->joint_n) {
		if (compare_joint(from, to, k, &only))
			return LW_ENOMEM;
		lw_rate_text(from->joint[k].rate_mbps, was, sizeof(was));
		if (!only.old_links && !only.new_links)
			return step(to, m, "Leave all %llu links between %s and %s as they are.",
				    (unsigned long long)only.kept_links, lower, upper);
	} else {
		only.new_links = b->link_n;
	}
	lw_rate_text(b->rate_mbps, rate, sizeof(rate));
	if (!only.old_links)
		return step(to, m, "Add %llu links of %s between %s and %s; the %llu there stay.",
			    (unsigned long long)only.new_links, rate, lower, upper,
			    (unsigned long long)only.kept_links);
	if (step(to, m,
		 "Lay the %llu new links of %s between %s and %s (now %llu of %s); unplug nothing "
		 "yet.",
		 (unsigned long long)only.new_links, rate, lower, upper,
		 (unsigned long long)only.old_links, was))
		return LW_ENOMEM;
	if (ways * to->intent->planes < 2)
		return step(to, m,
			    "There is one way only between %s and %s: plan an outage for each %s, "
			    "move it "
			    "to modes %s and %s, plug, and run `lanewise check`.",
			    lower, upper, lower, low->mode_text, up->mode_text);
	return step(to, m,
		    "One %s at a time (%.1f %% of a %s's capacity is away meanwhile): drain it, "
		    "move its "
		    "cages to mode %s, those of the far ends to %s, plug, wait until `lanewise up` "
		    "shows "
		    "its links, undrain it.",
		    upper, 100.0 / (ways * to->intent->planes), lower, up->mode_text,
		    low->mode_text);
}

int lw_planner_migrate(const struct lw_planner *from, const struct lw_planner *to,
		       struct lw_migration *ret, struct lw_error *reterr)
{
	struct lw_migration m = {.from = from->intent->name};
	struct lw_planner p = *to;
	int rc = 0;

	m.steps = lw_arena_alloc(p.arena, STEPS_MAX * sizeof(*m.steps));
	if (!m.steps)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (unsigned k = 0; k < from->joint_n && k < to->joint_n && !rc; k++)
		rc = compare_joint(from, to, k, &m);
	for (unsigned k = to->joint_n; k < from->joint_n; k++)
		m.old_links += from->joint[k].link_n;
	for (unsigned k = from->joint_n; k < to->joint_n; k++)
		m.new_links += to->joint[k].link_n;
	if (!rc)
		rc = switch_steps(from, &p, &m);
	/* from above as well: a lower tier moves to what is already new */
	for (unsigned k = to->joint_n; k-- > 0 && !rc;)
		rc = joint_steps(from, &p, k, &m);
	if (!rc && m.old_links)
		rc = step(&p, &m, "Take out the %llu old links and what only they used.",
			  (unsigned long long)m.old_links);
	if (rc)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	*ret = m;
	return 0;
}
