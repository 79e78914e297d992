/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise history: what the history of a daemon tells of its modules, and where they go. */
#include "cli.h"
#include "history-file.h"

#include <string.h>

enum { OPT_JSON, OPT_ALL };

static const struct cli_option options[] = {
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/json.md)"},
	[OPT_ALL] = {"all", NULL, "every lane, also those that go to no limit"},
	{0},
};

struct show {
	bool json, all;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct show *s = ctx;

	(void)value;
	if (index == OPT_JSON)
		s->json = true;
	else
		s->all = true;
	return 0;
}

int cli_history_open(const char *path, struct lw_history **ret, struct lw_error *reterr)
{
	const struct lw_history_options look = {.read_only = true};
	int r = lw_history_open(path, &look, ret, reterr);

	if (r != LW_EIO)
		return r;
	if (reterr)
		reterr->code = LW_ENOENT;
	return LW_ENOENT;
}

/* Which of a lane's trends is shown: one that is told of, the soonest; else the longest. */
static size_t choose(const struct lw_why_past *past, size_t first)
{
	const struct lw_why_trend *t = past->trend;
	size_t best = first;
	bool told = lw_why_trend_symptom(past, first) != NULL;

	for (size_t i = first + 1; i < past->n && t[i].lane == t[first].lane &&
				   strcmp(t[i].quantity, t[first].quantity) == 0;
	     i++)
		if (lw_why_trend_symptom(past, i) && (!told || t[i].days < t[best].days)) {
			told = true;
			best = i;
		}
	return best;
}

static bool is_first_of_lane(const struct lw_why_past *past, size_t i)
{
	const struct lw_why_trend *t = past->trend;

	return !i || t[i].lane != t[i - 1].lane || strcmp(t[i].quantity, t[i - 1].quantity) != 0;
}

static void print_trends(const struct show *s, const struct lw_why_past *past)
{
	char text[LW_WHY_TREND_TEXT];
	size_t shown = 0;

	for (size_t i = 0; i < past->n; i++) {
		size_t k = choose(past, i);
		const struct lw_why_trend *t = &past->trend[k];
		const char *told = lw_why_trend_symptom(past, k);

		if (!is_first_of_lane(past, i) || (!s->all && !told))
			continue;
		shown++;
		printf("  %-9s lane %-2d %s%s%s%s\n", t->quantity, t->lane + 1,
		       told ? cli_yellow() : "", lw_why_trend_text(t, text),
		       told ? cli_plain() : "", told ? " (advice)" : "");
	}
	if (!shown)
		printf("  %s\n", past->n ? "nothing goes for a limit"
					 : "less than a day is known of what is there now");
}

static void module_json(const struct lw_history_module *m, struct lw_json *j)
{
	lw_json_put_string(j, "cage", m->cage);
	lw_json_key(j, "module");
	lw_json_begin_object(j);
	lw_json_put_string(j, "vendor", m->vendor);
	lw_json_put_string(j, "part", m->pn);
	lw_json_put_string(j, "serial", m->sn);
	lw_json_put_int(j, "insertions", m->insertions);
	lw_json_put_int(j, "first_ms", m->first_ms);
	lw_json_put_int(j, "last_ms", m->last_ms);
	lw_json_end_object(j);
}

static void trends_json(const struct lw_why_past *past, struct lw_json *j)
{
	lw_json_key(j, "trends");
	lw_json_begin_array(j);
	for (size_t i = 0; i < past->n; i++) {
		const struct lw_why_trend *t = &past->trend[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "quantity", t->quantity);
		lw_json_put_int(j, "lane", t->lane + 1);
		lw_json_put_string(j, "symptom", lw_why_trend_symptom(past, i));
		lw_json_put_bool(j, "moving", t->moving);
		lw_json_put_real(j, "days_seen", t->days_seen);
		lw_json_put_real(j, "value", t->value);
		lw_json_put_real(j, "per_day", t->per_day);
		lw_json_put_real(j, "per_day_low", t->per_day_low);
		lw_json_put_real(j, "per_day_high", t->per_day_high);
		lw_json_put_string(j, "limit_name", t->limit_name);
		lw_json_put_real(j, "limit", t->limit);
		lw_json_put_real(j, "days", t->days);
		lw_json_put_real(j, "days_low", t->days_low);
		lw_json_put_real(j, "days_high", t->days_high);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static int tell(const struct show *s, struct lw_history *h, const struct lw_history_module *m,
		struct lw_json *j, struct lw_error *reterr)
{
	struct lw_why_past past = {0};
	struct lw_arena arena;
	int r;

	lw_arena_init(&arena, 0);
	r = lw_history_past(h, m->cage, 0, 0, &arena, &past, reterr);
	if (!r && s->json) {
		lw_json_begin_object(j);
		module_json(m, j);
		trends_json(&past, j);
		lw_json_end_object(j);
	} else if (!r) {
		printf("%s%s%s  %s %s %s, %s %lld time%s\n", cli_bold(), m->cage, cli_plain(),
		       m->vendor, m->pn, m->sn, "plugged", (long long)m->insertions,
		       m->insertions == 1 ? "" : "s");
		print_trends(s, &past);
	}
	lw_arena_finish(&arena);
	return r;
}

/* By cage, or by device; none given: all. */
static bool asked(const char *cage, char *const *want, int n)
{
	for (int i = 0; i < n; i++) {
		size_t len = strlen(want[i]);

		if (strncmp(cage, want[i], len) == 0 && (!cage[len] || cage[len] == '/'))
			return true;
	}
	return !n;
}

/* The module that is in each cage, or was last. */
static int tell_all(const struct show *s, struct lw_history *h, char *const *want, int n,
		    struct lw_error *reterr)
{
	const struct lw_history_module *m = NULL;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_json j;
	size_t found = 0, modules = 0;
	int r;

	lw_arena_init(&arena, 0);
	lw_json_init(&j, &text);
	lw_json_begin_array(&j);
	r = lw_history_modules(h, NULL, &arena, &m, &modules, reterr);
	for (size_t i = 0; !r && i < modules; i++) {
		if ((i && strcmp(m[i].cage, m[i - 1].cage) == 0) || !asked(m[i].cage, want, n))
			continue;
		found++;
		r = tell(s, h, &m[i], &j, reterr);
	}
	lw_json_end_array(&j);
	lw_buf_putc(&text, '\n');
	if (!r && n && !found)
		r = lw_fail(reterr, LW_EINVAL, "no cage or device \"%.80s\" in this history",
			    want[0]);
	if (!r && s->json)
		r = cli_write(&text);
	else if (!r && !found)
		puts("no module was seen yet");
	lw_buf_finish(&text);
	lw_arena_finish(&arena);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct show s = {0};
	struct lw_history *h = NULL;
	struct lw_error e;
	int r, n = cli_parse(self, argc, argv, on_option, &s);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n < 1)
		return cli_usage(self, "no history file given (history: in lanewised's file)");
	r = cli_history_open(argv[0], &h, &e);
	if (!r)
		r = tell_all(&s, h, argv + 1, n - 1, &e);
	lw_history_close(h);
	return r < 0 ? cli_error(&e) : r;
}

const struct cli_command cli_history = {
	.name = "history",
	.synopsis = "[OPTION...] FILE [CAGE|DEVICE...]",
	.summary = "which modules a lanewised saw, and whose readings go for a limit",
	.text = "Look into the history of a lanewised (history: FILE in its configuration; it "
		"may be\n"
		"running): which module is in each cage, and which of its lanes' readings go for "
		"a\n"
		"limit, with slope, interval and days (docs/history.md).\n\n"
		"  lanewise history /var/lib/lanewised/history.db\n"
		"  lanewise history /var/lib/lanewised/history.db leaf1/swp1 --all",
	.options = options,
	.run = run,
};
