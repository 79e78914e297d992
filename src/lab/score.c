/* SPDX-License-Identifier: Apache-2.0 */
/* The account of a scenario: how long links were up, what took them down, what was said of it. */
#include <lanewise/scenario.h>
#include <math.h>
#include <string.h>

/* A link that goes down within this time behind the end of a fault was still brought down by it. */
#define AFTERMATH_MS 60000
/* An engine is asked why a link is down no earlier than this: modules take time to report. */
#define ASK_AFTER_MS 1000
/* Without an answer for so long it has none. */
#define NO_ANSWER_MS 10000

static int no_memory(struct lw_error *reterr)
{
	return lw_fail(reterr, LW_ENOMEM, "out of memory");
}

static bool host_lanes_hit(const struct lw_lab_fault *x, const struct lw_cage *c, unsigned port)
{
	const struct lw_lport *p = &c->mode.port[port];

	return x->lanes & (((UINT32_C(1) << p->lanes) - 1u) << p->first);
}

bool lw_injection_hits(const struct lw_injection *x, const struct lw_fabric *f,
		       const struct lw_flink *l)
{
	const struct lw_lab_fault *fault = &x->fault;

	for (int e = 0; e < 2; e++) {
		if (l->cage[e] != fault->cage)
			continue;
		if (fault->lanes == UINT32_MAX)
			return true;
		if (fault->kind == LW_FAULT_REJECT || fault->kind == LW_FAULT_STUCK_INIT)
			return host_lanes_hit(fault, &f->cages[l->cage[e]], l->port[e]);
		for (unsigned i = 0; i < l->media_lanes; i++)
			if (fault->lanes >> l->media_lane[e][i] & 1)
				return true;
	}
	return false;
}

int lw_score_init(struct lw_score *s, const struct lw_scenario *scenario, const struct lw_fabric *f,
		  struct lw_arena *arena, struct lw_error *reterr)
{
	*s = (struct lw_score){
		.scenario = scenario,
		.fabric = f,
		.arena = arena,
		.last = {.injection = -1, .cage = -1},
	};
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		s->kind[k].least_s = s->kind[k].most_s = (double)NAN;
	s->active = lw_arena_alloc(arena, scenario->injection_n + 1);
	return s->active ? 0 : no_memory(reterr);
}

int lw_score_moment(struct lw_score *s, const struct lw_moment *m, struct lw_error *reterr)
{
	struct lw_score_expect *v;

	if (m->kind == LW_MOMENT_FAULT) {
		s->active[m->injection] = 1;
		s->kind[s->scenario->injections[m->injection].fault.kind].times++;
	} else if (m->kind == LW_MOMENT_CLEAR) {
		s->active[m->injection] = 2;
	}
	if (m->kind != LW_MOMENT_EXPECT) {
		if (m->kind != LW_MOMENT_CLEAR)
			s->last = (struct lw_score_expect){
				.injection = m->injection,
				.cage = m->kind == LW_MOMENT_MODE ? m->cage : -1,
				.link = m->kind == LW_MOMENT_WANT ? m->text : NULL};
		return 0;
	}
	v = lw_arena_grow(s->arena, s->expects, &s->expect_cap, s->expect_n + 1, sizeof(*v));
	if (!v)
		return no_memory(reterr);
	s->expects = v;
	v[s->expect_n] = s->last;
	v[s->expect_n].expect = m->expect;
	v[s->expect_n].at = m->at;
	v[s->expect_n++].until = lw_mono_add(m->at, m->expect->within);
	return 0;
}

void lw_score_begin(struct lw_score *s, struct lw_mono now)
{
	for (size_t i = 0; i < s->link_n; i++) {
		struct lw_score_link *l = &s->links[i];
		int64_t passed = now.ns - s->now.ns;

		/* time counts from the first way up on, and while the link is wanted */
		if (l->exists && l->wanted && lw_mono_before(l->up_at, LW_NEVER)) {
			l->ns += passed;
			l->up_ns += l->up ? passed : 0;
		}
		l->was_up = l->up && l->exists && l->wanted;
		l->exists = false;
	}
	s->now = now;
	s->hint = 0;
}

static struct lw_score_link *find(const struct lw_score *s, const char *id)
{
	for (size_t k = 0; k < s->link_n; k++) {
		struct lw_score_link *l = &s->links[(s->hint + k) % s->link_n];

		if (strcmp(l->id, id) == 0)
			return l;
	}
	return NULL;
}

static struct lw_score_link *find_or_add(struct lw_score *s, const char *id)
{
	struct lw_score_link *l = find(s, id);

	if (!l) {
		l = lw_arena_grow(s->arena, s->links, &s->link_cap, s->link_n + 1, sizeof(*l));
		if (!l)
			return NULL;
		s->links = l;
		l += s->link_n++;
		*l = (struct lw_score_link){
			.id = lw_arena_strdup(s->arena, id), .up_at = LW_NEVER, .blamed = -1};
		if (!l->id)
			return NULL;
	}
	s->hint = (size_t)(l - s->links) + 1;
	return l;
}

/* The newest fault that acts on the link, or has just ended. */
static int blame(const struct lw_score *s, const struct lw_fabric *f, const struct lw_flink *l)
{
	const struct lw_scenario *x = s->scenario;
	int best = -1;

	for (size_t i = 0; i < x->injection_n; i++) {
		const struct lw_injection *in = &x->injections[i];
		bool fresh =
			s->active[i] == 2 &&
			lw_mono_before(s->now, lw_mono_add(in->fault.until, lw_ms(AFTERMATH_MS)));

		if ((s->active[i] == 1 || fresh) &&
		    (best < 0 || lw_mono_before(x->injections[best].fault.at, in->fault.at)) &&
		    lw_injection_hits(in, f, l))
			best = (int)i;
	}
	return best;
}

static bool shares_module(const struct lw_flink *a, const struct lw_flink *b)
{
	return a->cage[0] == b->cage[0] || a->cage[0] == b->cage[1] || a->cage[1] == b->cage[0] ||
	       a->cage[1] == b->cage[1];
}

/* Was this link among what was disturbed before the expectation? */
static bool disturbed(const struct lw_score *s, const struct lw_score_expect *x,
		      const struct lw_fabric *f, const struct lw_flink *l)
{
	const char *named = x->expect->link ? x->expect->link : x->link;

	if (named)
		return strcmp(named, l->id) == 0;
	if (x->cage >= 0)
		return l->cage[0] == x->cage || l->cage[1] == x->cage;
	return x->injection >= 0 && lw_injection_hits(&s->scenario->injections[x->injection], f, l);
}

static bool is_sibling(const struct lw_score *s, const struct lw_score_expect *x,
		       const struct lw_fabric *f, const struct lw_flink *l)
{
	for (size_t i = 0; i < f->link_n; i++)
		if (disturbed(s, x, f, &f->links[i]) && shares_module(l, &f->links[i]))
			return true;
	return false;
}

static void fail(struct lw_score_expect *x, const char *why)
{
	x->outcome = LW_OUTCOME_FAILED;
	x->why = why ? why : "out of memory";
}

static void left_up(struct lw_score *s, const struct lw_fabric *f, const struct lw_flink *l,
		    struct lw_score_link *mine)
{
	int by = blame(s, f, l);
	struct lw_score_kind *k;
	double after;

	mine->flaps++;
	mine->blamed = by;
	mine->explained = false;
	for (size_t i = 0; i < s->expect_n; i++) {
		struct lw_score_expect *x = &s->expects[i];
		enum lw_expect_kind kind = x->expect->kind;

		if (x->outcome != LW_OUTCOME_OPEN ||
		    (kind != LW_EXPECT_UNTOUCHED && kind != LW_EXPECT_SIBLINGS) ||
		    disturbed(s, x, f, l) ||
		    (kind == LW_EXPECT_SIBLINGS && !is_sibling(s, x, f, l)))
			continue;
		fail(x, lw_arena_printf(s->arena, "%s went down at %.3f s", l->id,
					(double)s->now.ns / 1e9));
	}
	if (by < 0) {
		s->blameless++;
		return;
	}
	k = &s->kind[s->scenario->injections[by].fault.kind];
	k->links++;
	/* its end may shake a link too: a module that is exchanged back */
	after = (double)(s->now.ns - (s->active[by] == 2 ? s->scenario->injections[by].fault.until
							 : s->scenario->injections[by].fault.at)
					     .ns) /
		1e9;
	if (!(k->least_s <= after))
		k->least_s = after;
	if (!(k->most_s >= after))
		k->most_s = after;
}

int lw_score_link(struct lw_score *s, const struct lw_fabric *f, const struct lw_flink *l, bool up,
		  bool wanted, struct lw_error *reterr)
{
	struct lw_score_link *mine = find_or_add(s, l->id);

	if (!mine)
		return no_memory(reterr);
	mine->exists = true;
	mine->wanted = wanted;
	if (mine->up == up)
		return 0;
	mine->up = up;
	mine->since = s->now;
	if (up && !lw_mono_before(mine->up_at, LW_NEVER))
		mine->up_at = s->now;
	if (up && mine->blamed >= 0 && !mine->explained)
		s->kind[s->scenario->injections[mine->blamed].fault.kind].brief++;
	if (up)
		mine->blamed = -1;
	else if (mine->was_up && wanted)
		left_up(s, f, l, mine);
	return 0;
}

static bool open_cause(const struct lw_score_expect *x, const char *link)
{
	return x->outcome == LW_OUTCOME_OPEN && x->expect->kind == LW_EXPECT_DOWN &&
	       x->expect->because && strcmp(x->expect->link, link) == 0;
}

bool lw_score_asks(const struct lw_score *s, const char *link)
{
	const struct lw_score_link *l = find(s, link);

	for (size_t i = 0; i < s->expect_n; i++)
		if (open_cause(&s->expects[i], link))
			return true;
	return l && !l->up && l->blamed >= 0 && !l->explained &&
	       !lw_mono_before(s->now, lw_mono_add(l->since, lw_ms(ASK_AFTER_MS)));
}

/* What the rules found before the fault was there is not its cause. */
static bool known_before(const struct lw_score *s, const char *link, const struct lw_finding *x)
{
	for (size_t i = 0; i < s->fabric->link_n; i++) {
		const struct lw_flink *l = &s->fabric->links[i];

		if (strcmp(l->id, link) != 0)
			continue;
		for (size_t k = 0; k < l->findings.n; k++)
			if (strcmp(l->findings.v[k].text, x->text) == 0)
				return true;
	}
	return false;
}

/* Lost light is what a fault somewhere else looks like: anything else tells more. */
static bool is_symptom(const char *rule)
{
	return strncmp(rule, "rx-", 3) == 0;
}

static const char *main_cause(const struct lw_score *s, const char *link,
			      const struct lw_findings *why)
{
	const char *symptom = NULL;

	for (int severity = LW_FATAL; severity >= LW_INFO; severity--)
		for (size_t i = 0; i < why->n; i++) {
			const struct lw_finding *x = &why->v[i];

			if ((int)x->severity != severity || known_before(s, link, x))
				continue;
			if (!is_symptom(x->rule))
				return x->rule;
			if (!symptom)
				symptom = x->rule;
		}
	return symptom;
}

static int count_cause(struct lw_score *s, struct lw_score_kind *k, const char *rule)
{
	unsigned i = 0;

	while (i < LW_SCORE_CAUSES - 1 && k->named[i].rule && strcmp(k->named[i].rule, rule) != 0)
		i++;
	if (!k->named[i].rule)
		k->named[i].rule = lw_arena_strdup(s->arena, rule);
	k->named[i].n++;
	return k->named[i].rule ? 0 : LW_ENOMEM;
}

int lw_score_explain(struct lw_score *s, const char *link, const struct lw_findings *why,
		     struct lw_error *reterr)
{
	struct lw_score_link *l = find(s, link);
	const char *rule = main_cause(s, link, why);
	struct lw_score_kind *k;

	for (size_t i = 0; i < s->expect_n; i++)
		for (size_t n = 0; open_cause(&s->expects[i], link) && n < why->n; n++)
			if (strcmp(why->v[n].rule, s->expects[i].expect->because) == 0)
				s->expects[i].outcome = LW_OUTCOME_MET;
	if (!l || l->up || l->blamed < 0 || l->explained ||
	    lw_mono_before(s->now, lw_mono_add(l->since, lw_ms(ASK_AFTER_MS))))
		return 0;
	k = &s->kind[s->scenario->injections[l->blamed].fault.kind];
	if (!rule && lw_mono_before(s->now, lw_mono_add(l->since, lw_ms(NO_ANSWER_MS))))
		return 0;
	l->explained = true;
	if (!rule)
		k->unexplained++;
	else if (count_cause(s, k, rule))
		return no_memory(reterr);
	return 0;
}

static bool all_up(const struct lw_score *s)
{
	for (size_t i = 0; i < s->link_n; i++)
		if (s->links[i].exists && s->links[i].wanted && !s->links[i].up)
			return false;
	return true;
}

/* Is what an expectation waits for there? `*ret_broken`: what it forbids is. */
static bool is_met(const struct lw_score *s, const struct lw_score_expect *x, bool *ret_broken)
{
	const struct lw_score_link *l = x->expect->link ? find(s, x->expect->link) : NULL;
	bool up = l && l->exists && l->up;

	*ret_broken = false;
	switch (x->expect->kind) {
	case LW_EXPECT_UP:
		return up;
	case LW_EXPECT_DOWN:
		return !up && !x->expect->because;
	case LW_EXPECT_ALL_UP:
		return all_up(s);
	case LW_EXPECT_STAYS_UP:
		*ret_broken = !up;
		break;
	default:
		break;
	}
	return false;
}

/* Those that only time can prove. */
static bool by_patience(const struct lw_expect *x)
{
	return x->kind == LW_EXPECT_STAYS_UP || x->kind == LW_EXPECT_UNTOUCHED ||
	       x->kind == LW_EXPECT_SIBLINGS;
}

static const char *late_text(const struct lw_score *s, const struct lw_expect *x)
{
	switch (x->kind) {
	case LW_EXPECT_UP:
		return "it did not come up in time";
	case LW_EXPECT_ALL_UP:
		for (size_t i = 0; i < s->link_n; i++)
			if (s->links[i].exists && s->links[i].wanted && !s->links[i].up)
				return lw_arena_printf(s->arena, "%s is not up", s->links[i].id);
		return "some link is not up";
	default:
		return x->because && find(s, x->link) && !find(s, x->link)->up
			       ? "it is down, but not for that reason"
			       : "it did not go down in time";
	}
}

struct lw_mono lw_score_judge(struct lw_score *s, struct lw_mono now)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = 0; i < s->expect_n; i++) {
		struct lw_score_expect *x = &s->expects[i];
		bool broken;

		if (x->outcome != LW_OUTCOME_OPEN)
			continue;
		if (is_met(s, x, &broken))
			x->outcome = LW_OUTCOME_MET;
		else if (broken)
			fail(x, lw_arena_printf(s->arena, "it was not up at %.3f s",
						(double)now.ns / 1e9));
		else if (lw_mono_before(now, x->until))
			next = lw_mono_min(next, x->until);
		else if (by_patience(x->expect))
			x->outcome = LW_OUTCOME_MET;
		else
			fail(x, late_text(s, x->expect));
	}
	return next;
}

bool lw_score_open(const struct lw_score *s)
{
	for (size_t i = 0; i < s->expect_n; i++)
		if (s->expects[i].outcome == LW_OUTCOME_OPEN)
			return true;
	return false;
}

size_t lw_score_end(struct lw_score *s, struct lw_mono now)
{
	size_t failed = 0;

	lw_score_judge(s, now);
	for (size_t i = 0; i < s->expect_n; i++) {
		if (s->expects[i].outcome == LW_OUTCOME_OPEN)
			fail(&s->expects[i], "the scenario ended before");
		failed += s->expects[i].outcome == LW_OUTCOME_FAILED;
	}
	return failed;
}
