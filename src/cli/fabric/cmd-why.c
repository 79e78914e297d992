/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise why: causes, evidence and next steps of links that are down or in danger. */
#include "cli.h"
#include "history-file.h"
#include "staged.h"

#include <lanewise/files.h>
#include <lanewise/history.h>
#include <stdlib.h>
#include <string.h>

#define MEASURE_MS 1000

enum { OPT_JSON, OPT_ALL, OPT_FAULT, OPT_FOR, OPT_SEED, OPT_HISTORY };

static const struct cli_option options[] = {
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/json.md)"},
	[OPT_ALL] = {"all", NULL, "tell of every link, also of those that are well"},
	[OPT_FAULT] = {"fault", "KIND:PLACE[@T]", "inject a fault, as for \"up\""},
	[OPT_FOR] = {"for", "SECONDS",
		     "watch at least that long (default: until all links have settled)"},
	[OPT_SEED] = {"seed", "N", "seed of the twins' noise (default 1)"},
	[OPT_HISTORY] = {"history", "FILE",
			 "a lanewised's history of these cages: tell also what will be"},
	{0},
};

struct why {
	bool json, all;
	const char *history;      /* NULL: none */
	struct lw_why_past *past; /* of each cage; NULL: not known */
	struct cli_staged staged;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct why *w = ctx;

	switch (index) {
	case OPT_JSON:
		w->json = true;
		return 0;
	case OPT_ALL:
		w->all = true;
		return 0;
	case OPT_FAULT:
		return cli_staged_fault(&w->staged, value);
	case OPT_HISTORY:
		w->history = value;
		return *value ? 0 : -1;
	case OPT_SEED:
		return cli_staged_seed(&w->staged, value);
	default:
		return cli_staged_watch(&w->staged, value);
	}
}

static void print_lanes(uint32_t lanes)
{
	const char *sep = lanes & (lanes - 1) ? ", lanes " : ", lane ";

	for (unsigned i = 0; i < 32; i++)
		if (lanes >> i & 1) {
			printf("%s%u", sep, i + 1);
			sep = ",";
		}
}

static void print_cause(const struct lw_engine *e, const struct lw_diagnosis *d,
			const struct lw_cause *c)
{
	printf("  %s%s%s: %s", cli_bold(), lw_why_place(e, d, c->place), cli_plain(), c->title);
	print_lanes(c->lanes);
	printf(" (%s%s%s)\n", c->name, c->severity == LW_INFO ? ", advice" : "",
	       c->weak ? ", low confidence" : "");
	for (unsigned i = 0; i < c->evidence_n; i++) {
		const struct lw_symptom *s = &d->symptom[c->evidence[i]];

		printf("    %-8s %s: %s\n", i ? "" : "seen", lw_why_place(e, d, s->place), s->text);
	}
	printf("    %-8s %s\n", "do", c->first);
	if (c->next[0])
		printf("    %-8s %s\n", "then", c->next);
	if (c->isolate[0])
		printf("    %-8s %s\n", "exchange", c->isolate);
}

/* Has the link before the same single cause, in the same module? */
static bool is_as_before(const struct lw_engine *e, const struct lw_diagnosis *d,
			 const struct lw_diagnosis *before)
{
	const struct lw_cause *c = &d->cause[0], *b = &before->cause[0];

	return d->cause_n == 1 && before->cause_n == 1 && c->name == b->name &&
	       c->place != LW_WHY_LINK && b->place != LW_WHY_LINK && !c->lanes && !b->lanes &&
	       e->fabric->links[d->link].cage[c->place] ==
		       e->fabric->links[before->link].cage[b->place];
}

static void print(const struct lw_engine *e, const struct lw_diagnosis *d,
		  const struct lw_diagnosis *before)
{
	const struct lw_engine_link *x = &e->link[d->link];

	printf("%s%s%s  %s for %.1f s", cli_bold(), e->fabric->links[d->link].id, cli_plain(),
	       lw_link_state_name(x->state), (double)(e->now.ns - x->since.ns) / 1e9);
	if (x->flaps)
		printf(x->flaps > 1 ? ", went down %u times" : ", went down once", x->flaps);
	printf("\n");
	if (is_as_before(e, d, before)) {
		printf("  as above: %s %s\n", lw_why_place(e, d, d->cause[0].place),
		       d->cause[0].name);
		return;
	}
	if (!d->cause_n)
		printf("  %s\n", x->state == LW_LINK_UP
					 ? "nothing is wrong with it"
					 : "no cause is known that fits what is seen");
	for (size_t i = 0; i < d->cause_n; i++)
		print_cause(e, d, &d->cause[i]);
	for (size_t i = 0; !d->cause_n && x->state != LW_LINK_UP && i < d->symptom_n; i++)
		printf("    %-8s %s: %s\n", i ? "" : "seen",
		       lw_why_place(e, d, d->symptom[i].place), d->symptom[i].text);
}

/* Is link `i` asked for? By its id, or by a port or cage at one of its ends; none given: all. */
static bool asked(const struct lw_fabric *f, size_t i, char *const *want, int n)
{
	const struct lw_flink *l = &f->links[i];

	for (int k = 0; k < n; k++) {
		size_t len = strlen(want[k]);

		if (strcmp(want[k], l->id) == 0)
			return true;
		for (unsigned end = 0; end < 2; end++) {
			const struct lw_cage *c = &f->cages[l->cage[end]];
			char port[160];

			snprintf(port, sizeof(port), "%s:%u", c->id, l->port[end] + 1u);
			if (strcmp(want[k], c->id) == 0 || strcmp(want[k], port) == 0 ||
			    (strncmp(c->id, want[k], len) == 0 && c->id[len] == '/'))
				return true;
		}
	}
	return !n;
}

static int diagnose(struct why *w, struct lw_fabric *f, char *const *want, int n)
{
	struct lw_engine *e = &w->staged.stage.engine;
	struct lw_why_host host;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_diagnosis d, before = {0};
	struct lw_error err;
	struct lw_json j;
	size_t told = 0, found = 0;
	int r = 0, status = CLI_OK;

	host = lw_stage_host(&w->staged.stage);
	host.past = w->past;
	lw_json_init(&j, &text);
	lw_json_begin_array(&j);
	for (size_t i = 0; !r && i < e->fabric->link_n; i++) {
		if (!asked(e->fabric, i, want, n))
			continue;
		found++;
		r = lw_why(e, i, &host, f->arena, &d, &err);
		if (r || (!w->all && !n && !d.cause_n && e->link[i].state == LW_LINK_UP))
			continue;
		told++;
		if (e->link[i].state != LW_LINK_UP || (d.cause_n && d.cause[0].severity != LW_INFO))
			status = CLI_BAD_NEWS;
		if (w->json)
			lw_why_json(e, &d, &j);
		else
			print(e, &d, &before);
		before = d;
	}
	lw_json_end_array(&j);
	lw_buf_putc(&text, '\n');
	if (r) {
		status = cli_error(&err);
	} else if (!found && n) {
		fprintf(stderr, "lanewise: no link, port, cage or device \"%s\" in this fabric\n",
			want[0]);
		status = CLI_USAGE;
	} else if (w->json) {
		return cli_write(&text) ? CLI_DEVICE : status;
	} else if (!told) {
		printf("all %zu links are well\n", found);
	}
	lw_buf_finish(&text);
	return status;
}

/* What a history knows of the cages of this fabric. @return an exit status */
static int load_past(struct why *w, const struct lw_fabric *f)
{
	struct lw_history *h = NULL;
	struct lw_error e;
	size_t known = 0;
	int r;

	w->past = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*w->past));
	r = w->past ? cli_history_open(w->history, &h, &e)
		    : lw_fail(&e, LW_ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < f->cage_n; i++) {
		r = lw_history_past(h, f->cages[i].id, (int)i, 0, f->arena, &w->past[i], &e);
		known += w->past[i].n;
	}
	lw_history_close(h);
	if (r)
		return cli_error(&e);
	if (!known)
		fprintf(stderr, "lanewise: %s has no day or more of any cage of this fabric\n",
			w->history);
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct why w = {.staged = {.seed = 1, .quiet = true, .measure = lw_ms(MEASURE_MS)}};
	struct lw_fabric f;
	struct lw_arena arena;
	struct lw_error e;
	int status, n = cli_parse(self, argc, argv, on_option, &w);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n < 1)
		return cli_usage(self, "no fabric file given");
	lw_arena_init(&arena, 0);
	if (lw_file_fabric(argv[0], &arena, &f, &e) || cli_staged_start(&w.staged, &f, &e)) {
		status = cli_error(&e);
	} else {
		/* the readings that tell of now come a moment after the last change */
		if (w.staged.watch.ns == 0)
			w.staged.watch = lw_ms(3 * MEASURE_MS);
		status = w.history ? load_past(&w, &f) : CLI_OK;
		if (!status)
			status = cli_staged_play(&w.staged, &e) ? cli_error(&e)
								: diagnose(&w, &f, argv + 1, n - 1);
		cli_staged_finish(&w.staged);
	}
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_why = {
	.name = "why",
	.synopsis = "[OPTION...] FABRIC [LINK|PORT|CAGE|DEVICE...]",
	.summary = "why links are down or in danger: cause, evidence, next step",
	.text = "Stage a fabric on twins, bring it up, and name for each link that is down or in\n"
		"danger the cause, what was seen of it at both ends, what to do and then, and in\n"
		"which order to exchange parts to find the culprit.\n\n"
		"  lanewise why examples/first-light.yaml\n"
		"  lanewise why examples/first-light.yaml leaf1/swp1:2 --fault "
		"cut:leaf1/swp1:2@20\n"
		"  lanewise why examples/first-light.yaml --fault dirty:leaf1/swp2=4@20\n\n"
		"With --history it tells also of readings that will reach a limit: advice, for "
		"links\n"
		"that are well (docs/why.md). Exit status 1: a link is not well.",
	.options = options,
	.run = run,
};
