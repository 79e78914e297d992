/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engine and twins in one process in virtual time, with seeded random faults and commands, and
 * invariants checked at every step. A seed that fails says how to see it again.
 */
#include "options.h"
#include "tally.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALM_S 900
/* What happens to four groups of modules: in larger chassis so many times as much. */
#define GROUPS_OF    4
#define ACT_S        30
#define TROUBLES     16
#define TROUBLES_MAX (TROUBLES * GROUPS_MAX / GROUPS_OF)

/* A fault under way, or waiting for an access to come before. */
struct trouble {
	bool on, armed;
	struct lw_lab_fault fault;
	struct lw_mono lasts;
	bool media;
	uint32_t lanes;
};

struct run {
	const struct options *opt;
	struct rng rng;
	struct scene scene;
	struct watch watch;
	unsigned scale; /* how many times as much happens */
	struct trouble trouble[TROUBLES_MAX];
	size_t trouble_n;
	struct { /* intents of one link in quick succession */
		char id[128];
		unsigned left;
		struct lw_mono at;
	} burst;
	struct lw_mono next_act, next_restart, policy_until, end;
	uint64_t steps, acts, restarts, splits, intents, policies;
	uint64_t faults[LW_LAB_FAULT_N];
};

static void say(const struct run *r, const char *what, const struct lw_lab_fault *x, bool on)
{
	if (!r->opt->verbose)
		return;
	printf("# %12.6f %s", (double)r->scene.now.ns / 1e9, what);
	if (x)
		printf(" %s %s lanes %02x %s", lw_lab_fault_name(x->kind),
		       r->scene.fabric.cages[x->cage].id, x->lanes, on ? "on" : "off");
	printf("\n");
}

static bool whole_module(int kind)
{
	switch (kind) {
	case LW_FAULT_CUT:
	case LW_FAULT_DARK:
	case LW_FAULT_REJECT:
	case LW_FAULT_REJECT_CUSTOM:
	case LW_FAULT_STUCK_INIT:
	case LW_FAULT_AGED:
	case LW_FAULT_FLAP:
	case LW_LAB_DIRTY:
		return false;
	default:
		return true;
	}
}

/* Is there another module, or none, before or behind it? */
static bool exchanges(int kind)
{
	return kind == LW_FAULT_UNPLUG || kind == LW_LAB_REPLUG || kind == LW_LAB_SWAP ||
	       kind == LW_LAB_COUNTERFEIT;
}

static void set(struct run *r, struct trouble *t, bool on)
{
	int64_t what[] = {r->scene.now.ns, t->fault.kind, t->fault.cage, t->fault.lanes, on};
	struct lw_error e;

	say(r, "fault", &t->fault, on);
	watch_note(&r->watch, what, sizeof(what));
	if (on) {
		r->faults[t->fault.kind]++;
		watch_trouble(&r->watch, t->fault.cage, t->lanes, t->media, t->fault.kind, 1);
	}
	if (lw_lab_fault_set(&r->scene.lab, &t->fault, on, &e)) {
		fprintf(stderr, "sim: %s\n", e.message);
		exit(3);
	}
	if (exchanges(t->fault.kind)) {
		/* one that is pulled is gone until the end; another one is there at once */
		bool pulled = t->fault.kind == LW_FAULT_UNPLUG || t->fault.kind == LW_LAB_REPLUG;

		scene_presence(&r->scene, t->fault.cage, false);
		if (!pulled || !on)
			scene_presence(&r->scene, t->fault.cage, true);
	}
	/* what a pulled or reset module was told before is gone, so faults of it end calmly */
	if (!on)
		watch_trouble(&r->watch, t->fault.cage, t->lanes, t->media, t->fault.kind, -1);
	t->on = on;
}

static bool taken(const struct run *r, int cage)
{
	for (size_t i = 0; i < r->trouble_n; i++)
		if ((r->trouble[i].on || r->trouble[i].armed) && r->trouble[i].fault.cage == cage)
			return true;
	return false;
}

/* The access it waited for is about to be made. */
static void strike(void *ctx, int cage)
{
	struct run *r = ctx;

	for (size_t i = 0; i < r->trouble_n; i++) {
		struct trouble *t = &r->trouble[i];

		if (!t->armed || t->fault.cage != cage)
			continue;
		t->armed = false;
		t->fault.until = lw_mono_add(r->scene.now, t->lasts);
		set(r, t, true);
	}
}

static void trace(void *ctx, int cage, struct lw_addr a, const uint8_t *data, size_t n, bool write)
{
	const struct run *r = ctx;

	printf("# %12.6f %s %s %02x/%02x.%u:%u", (double)r->scene.now.ns / 1e9,
	       r->scene.fabric.cages[cage].id, write ? "write" : "read", a.i2c, a.page, a.bank,
	       a.byte);
	for (size_t i = 0; data && i < n; i++)
		printf(" %02x", data[i]);
	printf(data ? "\n" : " failed\n");
}

static void arm(struct run *r, struct trouble *t)
{
	struct scene_bus *b = &r->scene.bus[t->fault.cage];

	t->armed = true;
	b->left = 1 + rng_below(&r->rng, 60);
}

static int kind_of_fault(struct run *r)
{
	int kind;

	do
		kind = (int)rng_below(&r->rng, LW_LAB_FAULT_N);
	while (!(r->opt->faults >> kind & 1));
	return kind;
}

/* Begin a random fault for a random time in some cage that has none. */
static void begin(struct run *r)
{
	const struct lw_fabric *f = r->scene.engine.fabric;
	struct trouble *t = NULL;
	const struct lw_flink *l;
	unsigned end;

	for (size_t i = 0; i < r->trouble_n && !t; i++)
		if (!r->trouble[i].on && !r->trouble[i].armed)
			t = &r->trouble[i];
	if (!t)
		return;
	*t = (struct trouble){0};
	l = &f->links[rng_below(&r->rng, (unsigned)f->link_n)];
	end = rng_below(&r->rng, 2);
	t->fault.kind = kind_of_fault(r);
	/* the plugs of a cable come and go, but nobody exchanges one for another */
	if ((t->fault.kind == LW_LAB_SWAP || t->fault.kind == LW_LAB_COUNTERFEIT) &&
	    scene_is_cable(&r->scene, l->cage[end]))
		t->fault.kind = LW_LAB_REPLUG;
	if (t->fault.kind == LW_LAB_SWAP) /* another one of the same kind */
		snprintf(t->fault.value, sizeof(t->fault.value), "%s",
			 f->cages[l->cage[end]].part->name);
	t->fault.cage = l->cage[end];
	/* some are over before they are seen */
	t->lasts = rng_wait(&r->rng, rng_below(&r->rng, 4) ? 20 : 0.5);
	t->fault.until = lw_mono_add(r->scene.now, t->lasts);
	if (taken(r, t->fault.cage))
		return;
	t->media = t->fault.kind != LW_FAULT_REJECT && t->fault.kind != LW_FAULT_REJECT_CUSTOM &&
		   t->fault.kind != LW_FAULT_STUCK_INIT;
	if (whole_module(t->fault.kind)) {
		t->lanes = t->fault.lanes = UINT32_MAX;
	} else if (t->media) {
		t->lanes = t->fault.lanes = UINT32_C(1) << l->media_lane[end][0];
	} else {
		const struct lw_lport *p = &f->cages[l->cage[end]].mode.port[l->port[end]];

		t->lanes = t->fault.lanes = ((UINT32_C(1) << p->lanes) - 1) << p->first;
	}
	if (rng_below(&r->rng, 2))
		arm(r, t);
	else
		set(r, t, true);
	/* now and then the engine goes down while it is busy with that */
	if (!r->opt->faults_only && rng_below(&r->rng, 12) == 0)
		r->next_restart = lw_mono_add(r->scene.now, rng_wait(&r->rng, 5));
}

static void remap(struct run *r)
{
	if (watch_remap(&r->watch)) {
		fprintf(stderr, "sim: out of memory\n");
		exit(3);
	}
}

static void switch_link(struct run *r, size_t i)
{
	struct link_watch *l = &r->watch.link[i];

	l->wanted = !l->wanted;
	r->intents++;
	watch_acted(&r->watch);
	lw_engine_want(&r->scene.engine, i, l->wanted, r->scene.now);
	watch_link_trouble(&r->watch, i, CAUSE_SWITCHED, 0);
	watch_note(&r->watch, l->id, strlen(l->id));
	if (r->opt->verbose)
		printf("# %12.6f link %s %s\n", (double)r->scene.now.ns / 1e9, l->id,
		       l->wanted ? "on" : "off");
}

/* The next intent of a burst, some milliseconds after the one before: the last word counts. */
static void go_on(struct run *r)
{
	for (size_t i = 0; i < r->watch.link_n; i++)
		if (strcmp(r->watch.link[i].id, r->burst.id) == 0)
			switch_link(r, i);
	r->burst.left--;
	r->burst.at = lw_mono_add(r->scene.now, rng_wait(&r->rng, 0.01));
}

/* A link is switched on or off, several times in a row now and then. */
static void toggle(struct run *r)
{
	unsigned i = rng_below(&r->rng, (unsigned)r->watch.link_n);

	snprintf(r->burst.id, sizeof(r->burst.id), "%s", r->watch.link[i].id);
	r->burst.left = 1 + (rng_below(&r->rng, 2) ? rng_below(&r->rng, 6) : 0);
	go_on(r);
}

/* For a while nothing is admitted that is not running, for one reason or another. */
static void change_policy(struct run *r)
{
	static const char *const nobody[] = {"NOBODY"};
	struct lw_policy p = {0};

	if (r->watch.policies)
		return;
	switch (rng_below(&r->rng, 3)) {
	case 0:
		p.vendors = nobody;
		p.vendor_n = 1;
		break;
	case 1:
		p.max_power_w = 0.01;
		break;
	default:
		p.budget_w = 1 + rng_below(&r->rng, 40);
		break;
	}
	if (rng_below(&r->rng, 3) == 0)
		p.quirks_off = "all";
	r->policies++;
	say(r, "policy", NULL, false);
	watch_acted(&r->watch);
	r->scene.policy = p;
	r->policy_until = lw_mono_add(r->scene.now, rng_wait(&r->rng, (double)ACT_S / r->scale));
	watch_policy(&r->watch, 1);
	lw_engine_policy(&r->scene.engine, &r->scene.policy, r->scene.now);
}

static void lift_policy(struct run *r)
{
	say(r, "no policy", NULL, false);
	watch_acted(&r->watch);
	r->scene.policy = (struct lw_policy){0};
	r->policy_until = LW_NEVER;
	lw_engine_policy(&r->scene.engine, NULL, r->scene.now);
	watch_policy(&r->watch, -1);
}

/* A port is split otherwise at both ends. */
static void split(struct run *r)
{
	const char *mode = NULL;
	struct lw_error e;
	int cage = 0;

	for (int i = 0; i < 8 && !mode; i++) { /* many cannot be split otherwise */
		cage = (int)rng_below(&r->rng, (unsigned)r->scene.fabric.cage_n);
		mode = scene_other_mode(&r->scene, &r->rng, cage);
	}

	/* lanes of a fault name links of the present mode */
	if (!mode || taken(r, cage) || taken(r, r->scene.cage[cage].partner))
		return;
	if (r->opt->verbose)
		printf("# %12.6f split %s %s\n", (double)r->scene.now.ns / 1e9,
		       r->scene.fabric.cages[cage].id, mode);
	r->splits++;
	watch_acted(&r->watch);
	watch_note(&r->watch, mode, strlen(mode));
	if (scene_split(&r->scene, cage, mode, &e)) {
		fprintf(stderr, "sim: %s\n", e.message);
		exit(3);
	}
	remap(r);
}

static void something(struct run *r)
{
	unsigned what = r->opt->faults_only ? 99 : rng_below(&r->rng, 40);

	r->acts++;
	if (what < 4)
		split(r);
	else if (what < 9)
		toggle(r);
	else if (what == 9)
		change_policy(r);
	else
		begin(r);
}

static void restart(struct run *r)
{
	struct lw_mono now = r->scene.now;
	struct lw_error e;

	say(r, "restart of the engine", NULL, false);
	r->restarts++;
	if (scene_restart(&r->scene, &e)) {
		fprintf(stderr, "sim: %s\n", e.message);
		exit(3);
	}
	remap(r);
	watch_restarted(&r->watch);
	for (size_t i = 0; i < r->watch.link_n; i++)
		if (!r->watch.link[i].wanted)
			lw_engine_want(&r->scene.engine, i, false, now);
	r->next_restart = lw_mono_add(now, rng_wait(&r->rng, 600));
}

static void act(struct run *r)
{
	struct lw_mono now = r->scene.now;
	bool calm =
		!lw_mono_before(now, (struct lw_mono){r->end.ns - CALM_S * INT64_C(1000000000)});

	for (size_t i = 0; i < r->trouble_n; i++) {
		struct trouble *t = &r->trouble[i];

		if (t->on && (calm || !lw_mono_before(now, t->fault.until)))
			set(r, t, false);
		if (calm && t->armed) {
			t->armed = false;
			r->scene.bus[t->fault.cage].left = 0;
		}
	}
	while (r->burst.left && !lw_mono_before(now, r->burst.at))
		go_on(r);
	if (r->watch.policies && (calm || !lw_mono_before(now, r->policy_until)))
		lift_policy(r);
	if (!lw_mono_before(now, r->next_act)) {
		if (!calm)
			something(r);
		r->next_act = lw_mono_add(now, rng_wait(&r->rng, (double)ACT_S / r->scale));
	}
	if (!r->opt->faults_only && !lw_mono_before(now, r->next_restart))
		restart(r);
}

static struct lw_mono next_action(const struct run *r)
{
	struct lw_mono next = lw_mono_min(r->next_act, r->next_restart);

	for (size_t i = 0; i < r->trouble_n; i++)
		if (r->trouble[i].on)
			next = lw_mono_min(next, r->trouble[i].fault.until);
	if (r->burst.left)
		next = lw_mono_min(next, r->burst.at);
	if (r->watch.policies)
		next = lw_mono_min(next, r->policy_until);
	return lw_mono_min(next, r->end);
}

static bool play(struct run *r)
{
	struct scene *s = &r->scene;

	while (lw_mono_before(s->now, r->end)) {
		struct lw_mono due;

		lw_world_advance(s->lab.world, s->now);
		act(r);
		due = scene_run(s);
		r->steps++;
		if (!watch_step(&r->watch))
			return false;
		due = lw_mono_min(lw_mono_min(due, lw_world_next(s->lab.world)), next_action(r));
		if (!lw_mono_before(s->now, due)) /* nothing may stand still */
			due = lw_mono_add(s->now, lw_us(1));
		s->now = due;
	}
	return true;
}

/* What the engine says of every link that is not up, for whoever looks for the cause. */
static void tell(const struct run *r)
{
	const struct lw_fabric *f = r->scene.engine.fabric;

	for (size_t i = 0; i < f->link_n; i++) {
		struct lw_arena arena;
		struct lw_findings why;

		if (r->watch.link[i].whole && r->scene.engine.link[i].state == LW_LINK_UP)
			continue;
		lw_arena_init(&arena, 0);
		lw_findings_init(&why, &arena);
		printf("# %s: %s%s, %u troubles, causes %llx\n", f->links[i].id,
		       lw_link_state_name(r->scene.engine.link[i].state),
		       r->watch.link[i].wanted ? "" : " (off)", r->watch.link[i].troubles,
		       (unsigned long long)r->watch.link[i].causes);
		lw_engine_explain(&r->scene.engine, i, &why);
		for (size_t k = 0; k < why.n; k++)
			printf("#   %s: %s\n", why.v[k].rule, why.v[k].text);
		lw_arena_finish(&arena);
	}
}

static bool one_seed(const struct options *opt, uint64_t seed, struct run *r)
{
	struct lw_error e;
	unsigned groups;
	bool good;

	*r = (struct run){.opt = opt, .rng = {seed ^ UINT64_C(0x5eed)}, .policy_until = LW_NEVER};
	groups = 1 + rng_below(&r->rng, opt->groups);
	r->scale = (groups + GROUPS_OF - 1) / GROUPS_OF;
	r->trouble_n = TROUBLES * r->scale;
	if (scene_build(&r->scene, seed, groups, &e) || watch_start(&r->watch, &r->scene)) {
		fprintf(stderr, "sim: seed %llu: %s\n", (unsigned long long)seed, e.message);
		exit(3);
	}
	for (size_t i = 0; i < r->scene.fabric.cage_n; i++) {
		struct scene_bus *b = &r->scene.bus[i];

		b->ctx = r;
		b->strike = strike;
		if (opt->trace && strcmp(opt->trace, r->scene.fabric.cages[i].id) == 0)
			b->trace = trace;
	}
	r->end = (struct lw_mono){(int64_t)(opt->hours * 3600e9)};
	r->next_act = lw_mono_add(r->scene.now, rng_wait(&r->rng, (double)ACT_S / r->scale));
	r->next_restart = lw_mono_add(r->scene.now, rng_wait(&r->rng, 600));
	good = play(r);
	for (size_t i = 0; good && i < r->watch.link_n; i++)
		if (r->watch.link[i].wanted && !r->watch.link[i].whole) {
			snprintf(r->watch.broken, sizeof(r->watch.broken),
				 "at the end, link %s: is not up", r->watch.link[i].id);
			good = false;
		}
	if (!good && opt->verbose)
		tell(r);
	return good;
}

static void finish(struct run *r)
{
	watch_finish(&r->watch);
	scene_finish(&r->scene);
}

/* Play it once more: nothing may be other than before. */
static bool same_again(const struct options *opt, uint64_t seed, uint64_t digest)
{
	struct options quiet = *opt;
	struct run r;
	bool same;

	quiet.verbose = false;
	quiet.trace = NULL;
	one_seed(&quiet, seed, &r);
	same = r.watch.digest == digest;
	finish(&r);
	return same;
}

/* Play a seed and say what became of it. */
static void play_seed(const struct options *opt, uint64_t seed, struct result *ret)
{
	const char *what = NULL;
	struct run r;

	if (!one_seed(opt, seed, &r))
		what = r.watch.broken;
	else if (opt->twice && !same_again(opt, seed, r.watch.digest))
		what = "is not the same when it is played again";
	*ret = (struct result){.seed = seed,
			       .digest = r.watch.digest,
			       .modules = r.scene.fabric.cage_n,
			       .links = r.watch.link_n,
			       .steps = r.steps,
			       .checks = r.watch.checks,
			       .restarts = r.restarts,
			       .splits = r.splits,
			       .intents = r.intents,
			       .policies = r.policies,
			       .slowest = r.watch.slowest,
			       .played = r.scene.now,
			       .failed = what != NULL};
	memcpy(ret->faults, r.faults, sizeof(ret->faults));
	if (what)
		snprintf(ret->what, sizeof(ret->what), "%s", what);
	finish(&r);
}

static void take(const struct options *o, struct tally *t, const struct result *r)
{
	if (r->failed)
		printf("seed %llu: %s; again: sim --first %llu --seeds 1 --hours %g --groups "
		       "%u%s%s "
		       "--verbose\n",
		       (unsigned long long)r->seed, r->what, (unsigned long long)r->seed, o->hours,
		       o->groups, o->faults_text ? " --faults " : "",
		       o->faults_text ? o->faults_text : "");
	tally_add(t, r);
	tally_tell(t);
}

/* Every so many seeds are of one process, which sends its results through a pipe. */
static int play_share(const struct options *opt, unsigned job, int to)
{
	for (uint64_t i = job; i < opt->seeds; i += opt->jobs) {
		struct result r;

		play_seed(opt, opt->first + i, &r);
		if (write(to, &r, sizeof(r)) != sizeof(r))
			return 3;
	}
	return 0;
}

/* Results are shorter than what a pipe takes in one piece: they arrive whole. */
static void collect(const struct options *opt, struct tally *t, int from)
{
	struct result r;
	ssize_t n;

	while ((n = read(from, &r, sizeof(r))) == sizeof(r) || (n < 0 && errno == EINTR))
		if (n > 0)
			take(opt, t, &r);
}

static bool play_in_jobs(const struct options *opt, struct tally *t)
{
	bool good = true;
	int ends[2], status;

	if (pipe(ends))
		return false;
	fflush(stdout);
	for (unsigned job = 0; good && job < opt->jobs; job++) {
		pid_t child = fork();

		good = child >= 0;
		if (child)
			continue;
		close(ends[0]);
		_exit(play_share(opt, job, ends[1]));
	}
	close(ends[1]);
	collect(opt, t, ends[0]);
	close(ends[0]);
	while (wait(&status) > 0)
		good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return good && t->seeds == opt->seeds;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct tally tally;
	bool good = true;

	if (!options_parse(argc, argv, &opt))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	tally_begin(&tally, opt.seeds);
	if (opt.jobs > 1) {
		good = play_in_jobs(&opt, &tally);
	} else {
		for (uint64_t i = 0; i < opt.seeds; i++) {
			struct result r;

			play_seed(&opt, opt.first + i, &r);
			take(&opt, &tally, &r);
		}
	}
	tally_print(&tally);
	if (!good)
		fprintf(stderr, "sim: a process that played seeds died; each seed is the same with "
				"--jobs 1\n");
	return tally.failed || !good ? 1 : 0;
}
