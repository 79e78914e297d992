/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise module SOURCE loopback. */
#include "lane-test.h"
#include <lanewise/lanes.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option loopback_options[] = {
	{"for", "SECONDS", "then take it away (default 10); 0: on Ctrl-C"},
	{"keep", NULL, "leave it on; \"loopback off\" ends it"},
	{0},
};

static int on_loopback(void *ctx, int index, const char *value)
{
	struct lw_diag_options *o = ctx;

	if (index == 0)
		return cli_test_seconds(value, &o->time);
	o->keep = true;
	return 0;
}

static void print_loops(const struct lw_diag_task *t)
{
	const struct lw_diag_ability *a = &t->end[0].ability;
	uint32_t on[LW_LOOPS];

	lw_diag_loops(&t->end[0], on);
	printf("%sloopback      advertised  lanes%s\n", cli_bold(), cli_plain());
	for (int i = 0; i < LW_LOOPS; i++) {
		char lanes[LW_LANES_TEXT];
		bool each = a->loop_each[i == LW_LOOP_MEDIA_OUTPUT || i == LW_LOOP_MEDIA_INPUT
						 ? LW_SIDE_MEDIA
						 : LW_SIDE_HOST];

		printf("%-12s  %-10s  %s\n", lw_loopback_name(i),
		       !a->loop[i] ? "no"
		       : each      ? "each lane"
				   : "all lanes",
		       on[i] ? lw_lanes_list(on[i], lanes) : "off");
	}
}

static void json_loops(struct cli_module *m, const struct lw_diag_task *t)
{
	const struct lw_diag_ability *a = &t->end[0].ability;
	struct lw_json *j = &m->json_out;
	uint32_t on[LW_LOOPS];

	lw_diag_loops(&t->end[0], on);
	lw_json_begin_object(j);
	lw_json_put_string(j, "source", m->source);
	lw_json_put_string(j, "subcommand", "loopback");
	lw_json_put_bool(j, "dry_run", m->dry_run);
	lw_json_put_bool(j, "ok", t->result == 0);
	lw_json_put_string(j, "error", t->result ? t->error.message : NULL);
	lw_json_put_bool(j, "restored", t->restored);
	lw_json_key(j, "writes");
	cli_test_plan_json(j, t);
	lw_json_key(j, "loopbacks");
	lw_json_begin_array(j);
	for (int i = 0; i < LW_LOOPS; i++) {
		lw_json_begin_object(j);
		lw_json_put_string(j, "name", lw_loopback_name(i));
		lw_json_put_bool(j, "advertised", a->loop[i]);
		lw_json_key(j, "lanes_before");
		lw_json_begin_array(j);
		for (unsigned k = 0; k < LW_DIAG_LANES; k++)
			if (on[i] >> k & 1)
				lw_json_int(j, k + 1);
		lw_json_end_array(j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

static int turn_round(struct cli_module *m, struct lw_diag_options *w, bool show)
{
	struct lw_diag_task *t = calloc(1, sizeof(*t));
	struct cli_ends e = {.near = m};
	int status;

	if (!t)
		return cli_error(&(struct lw_error){.code = LW_ENOMEM, .page = -1, .byte = -1});
	w->lanes = m->lanes;
	w->dry_run = m->dry_run || show;
	lw_diag_task_init(t, m->bus, NULL, w);
	if (!show && !m->dry_run && !m->json && w->loop >= 0 && !w->keep) {
		if (w->time.ns)
			fprintf(stderr, "lanewise: %s for %.0f s; Ctrl-C ends it\n",
				lw_loopback_name(w->loop), (double)w->time.ns / 1e9);
		else
			fprintf(stderr, "lanewise: %s; Ctrl-C ends it\n",
				lw_loopback_name(w->loop));
	}
	cli_ends_drive(&e, t);
	status = cli_module_outcome(t->result);
	if (m->json)
		json_loops(m, t);
	else if (!t->result && show)
		print_loops(t);
	else if (!t->result && m->dry_run)
		cli_test_plan(t);
	else if (!t->result)
		printf("%s\n", w->keep          ? "on; \"loopback off\" ends it"
			       : w->clear_loops ? "all loopbacks are off"
						: "ended; all is as before");
	cli_test_error(m, t);
	free(t);
	return status;
}

static int run_loopback(const struct cli_module_command *self, struct cli_module *m, int argc,
			char **argv)
{
	struct lw_diag_options w = {.side = LW_SIDE_MEDIA,
				    .pattern = -1,
				    .loop = -1,
				    .generator_loop = -1,
				    .time = lw_ms(CLI_TEST_SECONDS * 1000),
				    .confidence = 0.95};
	int n = cli_module_parse(self, m, argc, argv, on_loopback, &w);
	bool show = n == 0 || (n > 0 && strcmp(argv[0], "show") == 0);
	struct lw_error e;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 1)
		return cli_module_usage(self, "unexpected \"%s\"", argv[1]);
	w.clear_loops = n == 1 && strcmp(argv[0], "off") == 0;
	if (!show && !w.clear_loops) {
		w.loop = lw_loopback_find(argv[0]);
		if (w.loop < 0)
			return cli_module_usage(self, "there is no loopback \"%s\"", argv[0]);
	}
	if (!w.time.ns && !w.keep && strncmp(m->source, "twin:", 5) == 0)
		return cli_module_usage(self, "a twin has time without end: give --for a number");
	return cli_module_open(m, &e) ? cli_error(&e) : turn_round(m, &w, show);
}

const struct cli_module_command cli_module_loopback = {
	.name = "loopback",
	.synopsis = "[show | media-output | media-input | host-output | host-input | off]",
	.summary = "turn lanes round, and back again (CMIS)",
	.text = "Show which loopbacks there are and which are on; or turn lanes round for a "
		"while.\n"
		"Output turns back what is about to leave, input what came in. When the time is "
		"over,\n"
		"and after Ctrl-C, all stands as before. \"off\" ends every loopback, whoever "
		"began it.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 loopback\n"
		"  lanewise module /dev/i2c-5 loopback media-input --lanes 1-4 --for 60",
	.options = loopback_options,
	.run = run_loopback,
};
