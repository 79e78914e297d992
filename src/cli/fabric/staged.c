/* SPDX-License-Identifier: Apache-2.0 */
#include "staged.h"

#include "eeprom.h"
#include "player.h"
#include "print-links.h"

#include <lanewise/files.h>
#include <stdlib.h>
#include <time.h>

#define PACE_MAX (16u << 20)

int cli_staged_fault(struct cli_staged *s, const char *text)
{
	if (s->fault_n == CLI_FAULTS_MAX)
		return -1;
	s->fault_text[s->fault_n++] = text;
	return 0;
}

int cli_staged_watch(struct cli_staged *s, const char *seconds)
{
	char *end = NULL;
	double t = strtod(seconds, &end);

	if (!*seconds || *end || !(t >= 0 && t <= 4e7))
		return -1;
	s->watch = (struct lw_mono){(int64_t)(t * 1e9)};
	return 0;
}

int cli_staged_seed(struct cli_staged *s, const char *text)
{
	char *end = NULL;

	s->seed = strtoull(text, &end, 0);
	return *text && !*end ? 0 : -1;
}

static int add_name(const char *list[CLI_NAMES_MAX], size_t *n, const char *name)
{
	if (*n == CLI_NAMES_MAX)
		return -1;
	list[(*n)++] = name;
	return 0;
}

int cli_staged_vendor(struct cli_staged *s, const char *name)
{
	return add_name(s->vendor, &s->policy.vendor_n, name);
}

int cli_staged_admit(struct cli_staged *s, const char *cage)
{
	return add_name(s->admit, &s->admit_n, cage);
}

/* Learned times are read, if there are any yet. */
static int load_pace(struct cli_staged *s, struct lw_error *reterr)
{
	char *text;
	size_t n;
	int r;

	if (!s->pace)
		return 0;
	r = lw_file_read(s->pace, PACE_MAX, &text, &n, reterr);
	if (r)
		return r == LW_ENOENT ? 0 : r;
	r = lw_timers_load(&s->stage.engine.timers, text, n, reterr);
	free(text);
	return r;
}

static int save_pace(const struct cli_staged *s, struct lw_error *reterr)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;
	int r;

	if (!s->pace)
		return 0;
	lw_json_init(&j, &text);
	lw_timers_json(&s->stage.engine.timers, &j);
	lw_buf_putc(&text, '\n');
	r = text.failed ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			: cli_replace_file(s->pace, NULL, lw_buf_str(&text), text.len, reterr);
	lw_buf_finish(&text);
	return r;
}

/* Who may leave low power, and which quirks count. */
static int put_policy(struct cli_staged *s, struct lw_error *reterr)
{
	for (size_t i = 0; i < s->admit_n; i++) {
		int cage = lw_fabric_cage_find(s->stage.engine.fabric, s->admit[i]);

		if (cage < 0)
			return lw_fail(reterr, LW_EINVAL, "no cage \"%.80s\" to admit",
				       s->admit[i]);
		lw_engine_override(&s->stage.engine, cage, true, s->now);
	}
	s->policy.vendors = s->vendor;
	lw_engine_policy(&s->stage.engine, &s->policy, s->now);
	return 0;
}

/* The host at a real module is another program's: what the modules say has to do. */
static bool unknown_carrier(void *ctx, int cage, const struct lw_lport *port)
{
	(void)ctx;
	(void)cage;
	(void)port;
	return true;
}

static int start_modules(struct cli_staged *s, struct lw_fabric *f, struct lw_error *reterr)
{
	int r = cli_attach(&s->attached, f, s->modules, !s->dry_run, reterr);

	if (r)
		return r;
	s->real_time = true;
	r = lw_engine_init(&s->stage.engine, f, s->attached.bus, unknown_carrier, NULL, f->arena,
			   s->now, reterr);
	if (r)
		cli_detach(&s->attached);
	return r;
}

/* When a fault is over and its links had time to follow: its module may have to start again. */
static struct lw_mono end_of_fault(const struct lw_lab_fault *x)
{
	bool lasting = !lw_mono_before(x->until, LW_NEVER);

	return lw_mono_add(lasting ? x->at : x->until, lw_ms(30000));
}

int cli_staged_start(struct cli_staged *s, struct lw_fabric *f, struct lw_error *reterr)
{
	struct lw_lab_fault fault[CLI_FAULTS_MAX];
	int r = 0;

	s->now = (struct lw_mono){0};
	for (size_t i = 0; !r && i < s->fault_n; i++)
		r = lw_lab_fault_parse(f, s->fault_text[i], &fault[i], reterr);
	if (!r)
		r = s->modules ? start_modules(s, f, reterr)
			       : lw_stage_init(&s->stage, f, s->seed, reterr);
	if (r)
		return r;
	for (size_t i = 0; !r && i < s->fault_n; i++) {
		struct lw_mono end = end_of_fault(&fault[i]);

		if (lw_mono_before(s->watch, end))
			s->watch = end;
		r = lw_stage_fault(&s->stage, &fault[i], s->now, reterr);
	}
	if (!r)
		r = load_pace(s, reterr);
	if (!r)
		r = put_policy(s, reterr);
	if (!r && s->measure.ns > 0)
		r = lw_engine_measure(&s->stage.engine, s->measure, s->now, reterr);
	if (r)
		cli_staged_finish(s);
	return r;
}

void cli_staged_finish(struct cli_staged *s)
{
	if (s->modules) {
		lw_engine_finish(&s->stage.engine);
		cli_detach(&s->attached);
	} else {
		lw_stage_finish(&s->stage);
	}
}

static struct lw_mono run_all(struct cli_staged *s)
{
	return s->modules ? lw_engine_run(&s->stage.engine, s->now)
			  : lw_stage_run(&s->stage, s->now);
}

static void sleep_until(struct lw_mono at, const struct timespec *start)
{
	struct timespec t = *start;

	t.tv_sec += at.ns / 1000000000;
	t.tv_nsec += at.ns % 1000000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		;
}

/* Twins do all at its time; what real modules take to answer has gone by. */
static struct lw_mono clock_of(const struct cli_staged *s, const struct timespec *start)
{
	struct timespec t;

	if (!s->modules)
		return s->now;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct lw_mono){(int64_t)(t.tv_sec - start->tv_sec) * INT64_C(1000000000) +
				t.tv_nsec - start->tv_nsec};
}

bool cli_staged_preview(struct cli_staged *s, struct lw_mono pause)
{
	const struct lw_engine *e = &s->stage.engine;
	bool all = true;

	if (s->modules)
		clock_nanosleep(CLOCK_MONOTONIC, 0,
				&(struct timespec){pause.ns / 1000000000, pause.ns % 1000000000},
				NULL);
	else
		lw_world_advance(s->stage.lab.world, s->now);
	for (size_t i = 0; i < e->fabric->cage_n; i++)
		if (e->module[i].bus && lw_module_preview(&e->module[i], s->now))
			all = false;
	s->now = lw_mono_add(s->now, pause);
	return all;
}

/* The clock of the whole command: run what is due, jump (or sleep) to what comes next. */
int cli_staged_play(struct cli_staged *s, struct lw_error *reterr)
{
	const struct lw_mono limit = lw_ms(600000), told_all = cli_intents_end(&s->intents);
	const struct lw_mono end = lw_mono_before(s->watch, told_all) ? told_all : s->watch;
	struct lw_mono said = {0};
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		struct lw_mono next, told;

		if (!s->modules)
			lw_world_advance(s->stage.lab.world, s->now);
		if (cli_intents_run(&s->intents, &s->stage, s->now, &told, reterr))
			return LW_EINVAL;
		next = lw_mono_min(told, run_all(s));
		if (s->on_moment)
			s->on_moment(s->ctx);
		if (s->real_time && !s->quiet &&
		    lw_mono_before(lw_mono_add(said, lw_ms(1000)), s->now)) {
			cli_print_progress(&s->stage.engine, s->now);
			said = s->now;
		}
		if (!lw_mono_before(s->now, end) && lw_engine_settled(&s->stage.engine, s->now))
			break;
		if (!lw_mono_before(s->now, lw_mono_add(end, limit)))
			break; /* something never settles: report it as it stands */
		if (!lw_mono_before(next, LW_NEVER))
			break;
		s->now = next;
		if (s->real_time)
			sleep_until(s->now, &start);
		s->now = clock_of(s, &start);
	}
	return save_pace(s, reterr);
}
