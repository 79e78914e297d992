/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <lanewise/digest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A module is looked at once a second at rest, a receiver's flag counts when two looks show it. */
#define NOTICE_MS 4000
/* Retries back off up to a minute, remediation may have to cool down several times. */
#define RECOVER_MS 600000
/* Latched flags tell of a trouble for a while after its end: two looks at rest. */
#define SETTLE_MS 3000
/* A state may lack a reason while it is being found out. */
#define EXPLAIN_MS 3000
#define ASK_MS     500
/* A new engine reads every module before it knows. */
#define GRACE_MS 30000
/* Switching off takes a write, unless something was in the way. */
#define DARK_MS 15000
/* Signals are looked at so often though nothing changed. */
#define LOOK_MS 1000
/* Modules are compared with what is known of them twice a minute. */
#define FIND_MS 40000

static const char *time_text(struct lw_mono t, char buf[32])
{
	snprintf(buf, 32, "%.6f s", (double)t.ns / 1e9);
	return buf;
}

static bool broke(struct watch *w, size_t link, const char *what)
{
	char t[32];

	if (!w->broken[0])
		snprintf(w->broken, sizeof(w->broken), "%s, link %s: %s",
			 time_text(w->scene->now, t), w->link[link].id, what);
	return false;
}

/* Host or media lanes of a link at one end. */
static uint32_t lanes_of(const struct lw_fabric *f, size_t link, unsigned end, bool media)
{
	const struct lw_flink *l = &f->links[link];
	const struct lw_lport *p = &f->cages[l->cage[end]].mode.port[l->port[end]];
	uint32_t mask = 0;

	if (!media)
		return (uint32_t)(((UINT64_C(1) << p->lanes) - 1) << p->first);
	for (unsigned i = 0; i < l->media_lanes; i++)
		mask |= UINT32_C(1) << l->media_lane[end][i];
	return mask;
}

static void forget(struct link_watch *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].id);
	free(v);
}

int watch_remap(struct watch *w)
{
	const struct lw_fabric *f = w->scene->engine.fabric;
	struct link_watch *next = calloc(f->link_n + 1, sizeof(*next));

	if (!next)
		return LW_ENOMEM;
	for (size_t i = 0; i < f->link_n; i++) {
		struct link_watch *l = &next[i];

		*l = (struct link_watch){
			.wanted = true,
			.calm = w->scene->now,
			.exchanged = {-1000 * INT64_C(1000000000)},
			.up_since = LW_NEVER,
			.false_up = LW_NEVER,
			.unexplained = LW_NEVER,
			.state = -1,
			.causes = UINT64_C(1) << CAUSE_SPLIT | UINT64_C(1) << CAUSE_RESTART,
		};
		if (w->policies)
			l->causes |= UINT64_C(1) << CAUSE_POLICY;
		for (unsigned end = 0; end < 2; end++) {
			l->cage[end] = f->links[i].cage[end];
			l->lanes[end] = lanes_of(f, i, end, false);
		}
		/* flags may be left of what was done to links whose lanes it has now */
		for (size_t k = 0; k < w->link_n; k++)
			if (w->link[k].cage[0] == l->cage[0] || w->link[k].cage[1] == l->cage[1])
				l->causes |= w->link[k].causes;
		for (size_t k = 0; k < w->link_n; k++)
			if (memcmp(w->link[k].cage, l->cage, sizeof(l->cage)) == 0 &&
			    memcmp(w->link[k].lanes, l->lanes, sizeof(l->lanes)) == 0)
				*l = w->link[k];
		l->signal = (struct signal){0}; /* its host may expect another one */
		l->id = strdup(f->links[i].id);
	}
	forget(w->link, w->link_n);
	w->link = next;
	w->link_n = f->link_n;
	return 0;
}

int watch_start(struct watch *w, const struct scene *s)
{
	*w = (struct watch){.scene = s, .digest = LW_DIGEST_START};
	w->seen = calloc(s->fabric.cage_n + 1, sizeof(*w->seen));
	w->twin = calloc(s->fabric.cage_n + 1, sizeof(*w->twin));
	return w->seen && w->twin ? watch_remap(w) : LW_ENOMEM;
}

void watch_finish(struct watch *w)
{
	forget(w->link, w->link_n);
	free(w->seen);
	free(w->twin);
}

void watch_note(struct watch *w, const void *p, size_t n)
{
	w->digest = lw_digest(w->digest, p, n);
}

void watch_link_trouble(struct watch *w, size_t link, int cause, int step)
{
	struct link_watch *l = &w->link[link];

	l->troubles += (unsigned)step;
	l->causes |= UINT64_C(1) << cause;
	if (w->policies)
		l->causes |= UINT64_C(1) << CAUSE_POLICY;
	if (lw_mono_before(w->scene->now, l->grace))
		l->causes |= UINT64_C(1) << CAUSE_RESTART;
	l->whole = false;
	if (cause == LW_LAB_SWAP || cause == LW_LAB_COUNTERFEIT || cause == LW_LAB_REPLUG ||
	    cause == LW_FAULT_UNPLUG)
		l->exchanged = w->scene->now;
	l->calm = w->scene->now;
	l->up_since = LW_NEVER;
}

void watch_policy(struct watch *w, int step)
{
	w->policies += (unsigned)step;
	for (size_t i = 0; i < w->link_n; i++) {
		/* a module may have been exchanged unseen, and is judged when that is found out;
		 * an engine that has just begun knows none yet */
		struct lw_mono known = lw_mono_add(w->link[i].exchanged, lw_ms(FIND_MS));

		if (!w->link[i].whole || lw_mono_before(w->scene->now, known) ||
		    lw_mono_before(w->scene->now, lw_mono_add(w->restarted, lw_ms(FIND_MS))))
			watch_link_trouble(w, i, CAUSE_POLICY, 0);
	}
}

void watch_trouble(struct watch *w, int cage, uint32_t lanes, bool media, int cause, int step)
{
	const struct lw_fabric *f = w->scene->engine.fabric;

	watch_acted(w);
	if (cause < LW_LAB_FAULT_N && reason_harmless(cause))
		return;
	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++)
			if (f->links[i].cage[end] == cage && lanes_of(f, i, end, media) & lanes)
				watch_link_trouble(w, i, cause, step);
}

/* Can an engine see that the paths of the link run, whoever brought them up? */
static bool shows_paths(const struct scene *s, const struct link_watch *l)
{
	bool both = true;

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_facts *f = s->fabric.cages[l->cage[end]].facts;

		both &= f && f->map == LW_MAP_CMIS && !f->flat_memory;
	}
	return both;
}

void watch_restarted(struct watch *w)
{
	w->restarted = w->scene->now;
	w->warm = !w->policies;
	w->warm_writes = scene_writes(w->scene);
	for (size_t i = 0; i < w->link_n; i++) {
		struct link_watch *l = &w->link[i];

		l->grace = lw_mono_add(w->scene->now, lw_ms(GRACE_MS));
		/* what runs is admitted, until a new engine asks again; then it is watched */
		if (w->policies && !shows_paths(w->scene, l))
			watch_link_trouble(w, i, CAUSE_POLICY, 0);
		if (!l->whole)
			watch_link_trouble(w, i, CAUSE_RESTART, 0);
		w->warm &= l->whole;
	}
}

void watch_acted(struct watch *w)
{
	w->warm = false;
}

/* Both hosts have an aligned signal. */
static bool has_signal(const struct scene *s, size_t link)
{
	const struct lw_flink *l = &s->engine.fabric->links[link];

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_cage *c = &s->engine.fabric->cages[l->cage[end]];

		if (!lw_lab_carrier((void *)&s->lab, l->cage[end], &c->mode.port[l->port[end]]))
			return false;
	}
	return true;
}

/* Changes are numbered throughout the world, and those of a module's light are its partner's too.
 */
static uint64_t last_change(const struct scene *s, size_t link)
{
	uint64_t last = 0;

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_twin *t = s->lab.twin[s->engine.fabric->links[link].cage[end]];

		if (t && lw_twin_changed(t) > last)
			last = lw_twin_changed(t);
	}
	return last;
}

/*
 * The same, looked at whenever something changed at its ends and each second in any case: a world
 * that changes a signal without saying so is found out. @return false when an invariant broke
 */
static bool look_at_signal(struct watch *w, size_t i)
{
	struct signal *x = &w->link[i].signal;
	uint64_t changed = last_change(w->scene, i);
	bool same = x->known && x->changed == changed, good;

	if (same && lw_mono_before(w->scene->now, lw_mono_add(x->at, lw_ms(LOOK_MS))))
		return true;
	good = has_signal(w->scene, i);
	if (same && good != x->good)
		return broke(w, i, "its signal changed and the world does not say so");
	*x = (struct signal){true, good, changed, w->scene->now};
	return true;
}

/* Invariant 1: no state of a whole link's lanes changes, nor that of its modules. */
static bool events_are_allowed(struct watch *w, int cage)
{
	const struct scene *s = w->scene;
	const struct lw_twin *t = s->lab.twin[cage];
	const struct lw_twin_event *e;
	size_t n;

	if (!t)
		return true;
	e = lw_twin_events(t, &n);
	if (w->twin[cage] != t || n < w->seen[cage]) { /* another module, or it was plugged anew */
		w->twin[cage] = t;
		w->seen[cage] = 0;
	}
	for (; w->seen[cage] < n; w->seen[cage]++) {
		const struct lw_twin_event *x = &e[w->seen[cage]];
		uint32_t lanes = x->lane < 0 ? UINT32_MAX : UINT32_C(1) << x->lane;

		watch_note(w, &x->at.ns, sizeof(x->at.ns));
		watch_note(w, &x->lane, sizeof(x->lane));
		watch_note(w, &x->state, sizeof(x->state));
		for (size_t i = 0; i < w->link_n; i++)
			for (unsigned end = 0; end < 2; end++)
				if (s->engine.fabric->links[i].cage[end] == cage &&
				    w->link[i].whole &&
				    lw_mono_before(w->link[i].whole_at, x->at) &&
				    w->link[i].lanes[end] & lanes)
					return broke(
						w, i,
						x->lane < 0
							? "the module changed its state"
							: "a data path of it changed its state");
	}
	return true;
}

/* Invariant 2. */
static bool claim_is_true(struct watch *w, size_t i, bool claimed)
{
	struct link_watch *l = &w->link[i];
	struct lw_mono now = w->scene->now;

	if (!claimed || l->signal.good) {
		l->false_up = LW_NEVER;
		return true;
	}
	if (l->false_up.ns == LW_NEVER.ns)
		l->false_up = now;
	if (lw_mono_before(lw_mono_add(l->false_up, lw_ms(NOTICE_MS)), now))
		return broke(w, i, "is claimed up but has no signal");
	return true;
}

static bool lies(const struct watch *w, size_t link)
{
	const struct lw_flink *l = &w->scene->engine.fabric->links[link];

	return w->scene->cage[l->cage[0]].lies || w->scene->cage[l->cage[1]].lies;
}

/* A rule of these says what a link that is on its way waits for. */
static bool is_reason(const struct lw_finding *x, enum lw_link_state state)
{
	return x->severity >= LW_FATAL ||
	       (state == LW_LINK_STARTING && strcmp(x->rule, "data-path") == 0);
}

/* Does the engine say why, and nothing that cannot be? */
static bool reasons_are_true(struct watch *w, size_t i, bool *ret_none)
{
	struct link_watch *l = &w->link[i];
	const char *wrong = NULL;
	struct lw_arena arena;
	struct lw_findings why;

	*ret_none = true;
	lw_arena_init(&arena, 0);
	lw_findings_init(&why, &arena);
	if (lw_engine_explain(&w->scene->engine, i, &why))
		wrong = "(out of memory)";
	for (size_t k = 0; k < why.n; k++) {
		if (!is_reason(&why.v[k], w->scene->engine.link[i].state))
			continue;
		*ret_none = false;
		if (!wrong && !reason_fits(why.v[k].rule, l->causes))
			wrong = why.v[k].rule;
	}
	lw_arena_finish(&arena);
	if (wrong) {
		char text[160];

		snprintf(text, sizeof(text), "is said to be down by \"%s\" (causes %llx)", wrong,
			 (unsigned long long)l->causes);
		return broke(w, i, text);
	}
	return true;
}

/* Invariant 3. */
static bool reason_is_given(struct watch *w, size_t i)
{
	struct link_watch *l = &w->link[i];
	struct lw_mono now = w->scene->now;
	bool none, changed = l->state != (int)w->scene->engine.link[i].state;

	if (w->scene->engine.link[i].state == LW_LINK_UP || !l->wanted ||
	    (l->whole && lw_mono_before(now, l->grace))) {
		l->unexplained = LW_NEVER;
		return true;
	}
	/* asking is dear: at each change, and now and then */
	if (!changed && lw_mono_before(now, l->ask))
		return true;
	l->ask = lw_mono_add(now, lw_ms(ASK_MS));
	if (!reasons_are_true(w, i, &none))
		return false;
	if (!none) {
		l->unexplained = LW_NEVER;
		return true;
	}
	if (l->unexplained.ns != LW_NEVER.ns &&
	    lw_mono_before(now, lw_mono_add(l->unexplained, lw_ms(EXPLAIN_MS))))
		return true;
	if (l->unexplained.ns == LW_NEVER.ns) {
		l->unexplained = now;
		return true;
	}
	return broke(w, i, "is down and nothing says why");
}

/* Invariants 1 and 4. */
static bool state_is_allowed(struct watch *w, size_t i, bool up)
{
	struct link_watch *l = &w->link[i];
	struct lw_mono now = w->scene->now;

	if (l->whole)
		return up || lw_mono_before(now, l->grace) ||
		       broke(w, i, "went down though nothing was done to it");
	if (l->troubles || !l->wanted || w->policies)
		return true;
	if (!up || !l->signal.good) {
		l->up_since = LW_NEVER;
	} else if (l->up_since.ns == LW_NEVER.ns) {
		l->up_since = now;
	} else if (!lw_mono_before(now, lw_mono_add(l->up_since, lw_ms(SETTLE_MS)))) {
		struct lw_mono took = {l->up_since.ns - l->calm.ns};

		if (lw_mono_before(w->slowest, took))
			w->slowest = took;
		l->whole = true;
		l->whole_at = now;
		l->causes = 0;
		return true;
	}
	if (lw_mono_before(lw_mono_add(l->calm, lw_ms(RECOVER_MS)), now))
		return broke(w, i, "does not come up again");
	return true;
}

/* Any signal of the link's lanes at a host. */
static bool carries_light(const struct scene *s, const struct link_watch *l, size_t link)
{
	for (unsigned end = 0; end < 2; end++) {
		const struct lw_twin *t = s->lab.twin[s->engine.fabric->links[link].cage[end]];
		struct lw_signal ignored;

		for (unsigned k = 0; t && k < LW_LANES_MAX; k++)
			if (l->lanes[end] >> k & 1 && lw_twin_receive(t, k, &ignored))
				return true;
	}
	return false;
}

/* Invariant 5. */
static bool off_is_dark(struct watch *w, size_t i, bool up)
{
	struct link_watch *l = &w->link[i];
	const uint64_t plain = UINT64_C(1) << CAUSE_SWITCHED;
	struct lw_mono now = w->scene->now, least;

	if (l->wanted)
		return true;
	if (up)
		return broke(w, i, "is switched off and claimed up");
	least = lw_mono_add(l->calm, lw_ms(l->causes & ~plain ? RECOVER_MS : DARK_MS));
	if (l->troubles || w->policies || lw_mono_before(now, least) || lw_mono_before(now, l->ask))
		return true;
	l->ask = lw_mono_add(now, lw_ms(ASK_MS));
	if (scene_is_passive(w->scene, l->cage[0]) || scene_is_passive(w->scene, l->cage[1]))
		return true;
	return !carries_light(w->scene, l, i) || broke(w, i, "is switched off and carries light");
}

/* Invariant 6. */
static bool warm_start_is_silent(struct watch *w)
{
	char t[32];

	if (!w->warm || scene_writes(w->scene) == w->warm_writes)
		return true;
	snprintf(w->broken, sizeof(w->broken), "%s: a new engine wrote though all was as wanted",
		 time_text(w->scene->now, t));
	return false;
}

bool watch_step(struct watch *w)
{
	const struct scene *s = w->scene;

	if (!warm_start_is_silent(w))
		return false;
	for (size_t i = 0; i < s->fabric.cage_n; i++)
		if (!events_are_allowed(w, (int)i))
			return false;
	for (size_t i = 0; i < w->link_n; i++) {
		bool up = s->engine.link[i].state == LW_LINK_UP;

		w->checks++;
		/* what a module does that is gone again may still be told of for a moment */
		if (lies(w, i))
			w->link[i].causes |= UINT64_C(1) << CAUSE_LIES;
		if (!look_at_signal(w, i) || !state_is_allowed(w, i, up) ||
		    !claim_is_true(w, i, up) || !reason_is_given(w, i) || !off_is_dark(w, i, up))
			return false;
		if (w->link[i].state != (int)s->engine.link[i].state) {
			w->link[i].state = (int)s->engine.link[i].state;
			watch_note(w, &s->now.ns, sizeof(s->now.ns));
			watch_note(w, &w->link[i].state, sizeof(w->link[i].state));
		}
	}
	return true;
}
