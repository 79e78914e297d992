/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engine and twins in one process in virtual time, with seeded random faults and commands, and
 * invariants checked at every step. A seed that fails says how to see it again.
 */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
	uint64_t first, seeds;
	double hours;     /* of each seed; the last quarter of an hour is calm */
	unsigned groups;  /* at most */
	uint32_t faults;  /* kinds to choose from */
	bool faults_only; /* no splits, toggles, policies and restarts */
	bool twice;
	bool verbose;
	const char *trace; /* id of a cage: print its accesses */
	const char *faults_text;
};

#define CALM_S       900
#define TROUBLES_MAX 16

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
	struct trouble trouble[TROUBLES_MAX];
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
	for (size_t i = 0; i < TROUBLES_MAX; i++)
		if ((r->trouble[i].on || r->trouble[i].armed) && r->trouble[i].fault.cage == cage)
			return true;
	return false;
}

/* The access it waited for is about to be made. */
static void strike(void *ctx, int cage)
{
	struct run *r = ctx;

	for (size_t i = 0; i < TROUBLES_MAX; i++) {
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

	for (size_t i = 0; i < TROUBLES_MAX && !t; i++)
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
	r->policy_until = lw_mono_add(r->scene.now, rng_wait(&r->rng, 30));
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

	for (size_t i = 0; i < TROUBLES_MAX; i++) {
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
		r->next_act = lw_mono_add(now, rng_wait(&r->rng, 30));
	}
	if (!r->opt->faults_only && !lw_mono_before(now, r->next_restart))
		restart(r);
}

static struct lw_mono next_action(const struct run *r)
{
	struct lw_mono next = lw_mono_min(r->next_act, r->next_restart);

	for (size_t i = 0; i < TROUBLES_MAX; i++)
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
	bool good;

	*r = (struct run){.opt = opt, .rng = {seed ^ UINT64_C(0x5eed)}, .policy_until = LW_NEVER};
	if (scene_build(&r->scene, seed, 1 + rng_below(&r->rng, opt->groups), &e) ||
	    watch_start(&r->watch, &r->scene)) {
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
	r->next_act = lw_mono_add(r->scene.now, rng_wait(&r->rng, 30));
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

static int usage(void)
{
	fprintf(stderr,
		"usage: sim [--seeds N] [--first N] [--hours H] [--groups N] [--faults KIND,...]\n"
		"           [--twice] [--verbose] [--trace CAGE]\n"
		"\n"
		"Play N seeds (100) from the first (1), H hours of virtual time each (1), with up "
		"to\n"
		"--groups (4) groups of modules. A seed that breaks an invariant is told with "
		"what\n"
		"broke and how to see it again. --faults has nothing but faults of these kinds "
		"come;\n"
		"--twice plays each seed twice and compares the digests of all that happened;\n"
		"--verbose tells what is done, and the state of links at a failure; --trace "
		"prints\n"
		"every access to the module of a cage (near/h0).\n");
	return 2;
}

static bool number(const char *s, double low, double high, double *ret)
{
	char *end;

	*ret = strtod(s, &end);
	return end != s && !*end && *ret >= low && *ret <= high;
}

static bool parse_faults(const char *text, struct options *o)
{
	o->faults = 0;
	o->faults_only = true;
	o->faults_text = text;
	while (*text) {
		size_t n = strcspn(text, ",");
		int kind = 0;

		while (kind < LW_LAB_FAULT_N && (strlen(lw_lab_fault_name(kind)) != n ||
						 strncmp(lw_lab_fault_name(kind), text, n) != 0))
			kind++;
		if (kind == LW_LAB_FAULT_N) {
			fprintf(stderr, "sim: unknown fault \"%.*s\"\n", (int)n, text);
			return false;
		}
		o->faults |= UINT32_C(1) << kind;
		text += n + (text[n] == ',');
	}
	return o->faults != 0;
}

static bool parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		double v;

		if (strcmp(argv[i], "--verbose") == 0 || strcmp(argv[i], "--twice") == 0) {
			*(argv[i][2] == 'v' ? &o->verbose : &o->twice) = true;
			continue;
		}
		if (i + 1 < argc && strcmp(argv[i], "--faults") == 0) {
			if (!parse_faults(argv[++i], o))
				return false;
			continue;
		}
		if (i + 1 < argc && strcmp(argv[i], "--trace") == 0) {
			o->trace = argv[++i];
			continue;
		}
		if (i + 1 == argc || !number(argv[i + 1], 0, 1e15, &v))
			return false;
		if (strcmp(argv[i], "--seeds") == 0 && v >= 1)
			o->seeds = (uint64_t)v;
		else if (strcmp(argv[i], "--first") == 0)
			o->first = (uint64_t)v;
		else if (strcmp(argv[i], "--hours") == 0 && v > 0.3 && v < 1e5)
			o->hours = v;
		else if (strcmp(argv[i], "--groups") == 0 && v >= 1 && v <= GROUPS_MAX)
			o->groups = (unsigned)v;
		else
			return false;
		i++;
	}
	return true;
}

static void tell_failure(const struct options *o, uint64_t seed, const char *what)
{
	printf("seed %llu: %s; again: sim --first %llu --seeds 1 --hours %g --groups %u%s%s "
	       "--verbose\n",
	       (unsigned long long)seed, what, (unsigned long long)seed, o->hours, o->groups,
	       o->faults_text ? " --faults " : "", o->faults_text ? o->faults_text : "");
}

struct totals {
	uint64_t modules, links, steps, checks, restarts, splits, intents, policies;
	uint64_t faults[LW_LAB_FAULT_N];
	struct lw_mono slowest;
};

static void add_up(struct totals *t, const struct run *r)
{
	t->modules += r->scene.fabric.cage_n;
	t->links += r->watch.link_n;
	t->steps += r->steps;
	t->checks += r->watch.checks;
	t->restarts += r->restarts;
	t->splits += r->splits;
	t->intents += r->intents;
	t->policies += r->policies;
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		t->faults[k] += r->faults[k];
	if (lw_mono_before(t->slowest, r->watch.slowest))
		t->slowest = r->watch.slowest;
}

static void print_totals(const struct totals *t)
{
	uint64_t faults = 0;

	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		faults += t->faults[k];
	printf("%llu modules, %llu links, %llu steps, %llu checks of a link\n",
	       (unsigned long long)t->modules, (unsigned long long)t->links,
	       (unsigned long long)t->steps, (unsigned long long)t->checks);
	printf("%llu faults:", (unsigned long long)faults);
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		printf(" %s %llu", lw_lab_fault_name(k), (unsigned long long)t->faults[k]);
	printf("\n%llu intents, %llu splits, %llu policies, %llu restarts of the engine; slowest "
	       "recovery %.1f s\n",
	       (unsigned long long)t->intents, (unsigned long long)t->splits,
	       (unsigned long long)t->policies, (unsigned long long)t->restarts,
	       (double)t->slowest.ns / 1e9);
}

int main(int argc, char **argv)
{
	struct options opt = {.first = 1,
			      .seeds = 100,
			      .hours = 1,
			      .groups = 4,
			      .faults = (UINT32_C(1) << LW_LAB_FAULT_N) - 1};
	struct totals total = {0};
	uint64_t failed = 0, digest = 0;
	clock_t began = clock();

	if (!parse(argc, argv, &opt))
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (uint64_t seed = opt.first; seed < opt.first + opt.seeds; seed++) {
		struct run r;

		if (!one_seed(&opt, seed, &r)) {
			failed++;
			tell_failure(&opt, seed, r.watch.broken);
		} else if (opt.twice && !same_again(&opt, seed, r.watch.digest)) {
			failed++;
			tell_failure(&opt, seed, "is not the same when it is played again");
		}
		digest = digest * UINT64_C(0x100000001b3) ^ r.watch.digest;
		add_up(&total, &r);
		finish(&r);
	}
	print_totals(&total);
	printf("%llu seeds, %.1f chassis-hours; digest %016llx; %.1f s of CPU time\n",
	       (unsigned long long)opt.seeds, (double)opt.seeds * opt.hours,
	       (unsigned long long)digest, (double)(clock() - began) / CLOCKS_PER_SEC);
	printf("%llu passed, %llu failed\n", (unsigned long long)(opt.seeds - failed),
	       (unsigned long long)failed);
	return failed ? 1 : 0;
}
