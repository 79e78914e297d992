/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise module SOURCE firmware. */
#include "cmd-module.h"
#include "interrupt.h"
#include <lanewise/files.h>
#include <lanewise/firmware.h>
#include <lanewise/quirk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_LIMIT (256u << 20)
/* Signals are looked for this often on a real bus. */
#define SLICE_MS 200

enum {
	OPT_PASSWORD,
	OPT_WAY,
	OPT_BLOCK,
	OPT_HITLESS,
	OPT_RESTART,
	OPT_DELAY,
	OPT_INSTANCE,
	OPT_QUIET
};

static const struct cli_option options[] = {
	{"password", "NUMBER", "host password, for a module that wants one (factory: 0x1011)"},
	{"way", "epl|lpl", "write blocks this way (default: the faster one that there is)"},
	{"block", "BYTES", "send no longer blocks (default: as long as the module takes)"},
	{"hitless", NULL, "run: without a reset, so that traffic goes on"},
	{"restart", NULL, "run: what runs already, not the other bank"},
	{"delay", "MS", "run: so long after the command, 0-65535 (default 0)"},
	{"instance", "1|2", "use this command data block of a module that has two (default 1)"},
	{"quiet", NULL, "no progress on standard error"},
	{0},
};

struct wish {
	struct lw_firmware_options opt;
	bool hitless, restart, quiet;
};

/* @return whether `s` is a number up to `most` */
static bool whole(const char *s, unsigned long most, unsigned long *ret)
{
	char *end;

	*ret = strtoul(s, &end, 0);
	return *s >= '0' && *s <= '9' && !*end && *ret <= most;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct wish *w = ctx;
	unsigned long n = 0;

	switch (index) {
	case OPT_PASSWORD:
		w->opt.has_password = whole(value, UINT32_MAX, &n);
		w->opt.password = (uint32_t)n;
		return w->opt.has_password ? 0 : -1;
	case OPT_WAY:
		w->opt.way = strcmp(value, "epl") == 0 ? LW_FIRMWARE_BY_EPL : LW_FIRMWARE_BY_LPL;
		return strcmp(value, "epl") == 0 || strcmp(value, "lpl") == 0 ? 0 : -1;
	case OPT_BLOCK:
		if (!whole(value, LW_CDB_EPL_MAX, &n) || !n)
			return -1;
		w->opt.block = (uint16_t)n;
		return 0;
	case OPT_DELAY:
		if (!whole(value, UINT16_MAX, &n))
			return -1;
		w->opt.run_delay_ms = (uint16_t)n;
		return 0;
	case OPT_INSTANCE:
		if (!whole(value, 2, &n) || !n)
			return -1;
		w->opt.instance = (uint8_t)(n - 1);
		return 0;
	case OPT_HITLESS:
		w->hitless = true;
		return 0;
	case OPT_RESTART:
		w->restart = true;
		return 0;
	default:
		w->quiet = true;
		return 0;
	}
}

/* -- Progress ---------------------------------------------------------------------------------- */

struct said {
	enum lw_firmware_phase phase;
	unsigned tenth, restarts;
	bool line; /* the terminal's cursor stands in a line that is not ended */
};

static void end_line(struct said *s)
{
	if (s->line)
		fputc('\n', stderr);
	s->line = false;
}

/* A line that is written over on a terminal; elsewhere one for each tenth. */
static void say_progress(const struct lw_firmware_task *t, struct lw_mono now, struct said *s)
{
	static const char *const says[] = {
		[LW_FIRMWARE_ABORT] = "ending a download that was left open",
		[LW_FIRMWARE_START] = "the module makes room",
		[LW_FIRMWARE_COMPLETE] = "the module checks the image",
		[LW_FIRMWARE_COPYING] = "the module copies its firmware",
		[LW_FIRMWARE_RUNNING] = "the module switches",
		[LW_FIRMWARE_COMMITTING] = "the module commits what runs",
		[LW_FIRMWARE_END] = NULL,
	};
	bool terminal = isatty(STDERR_FILENO);
	struct lw_firmware_progress p;

	if (t->restarts != s->restarts) {
		end_line(s);
		fprintf(stderr, "lanewise: it broke off (%s); begun anew\n", t->trouble.message);
		s->restarts = t->restarts;
		s->tenth = 0;
	}
	if (t->phase != s->phase && says[t->phase]) {
		end_line(s);
		fprintf(stderr, "lanewise: %s\n", says[t->phase]);
	}
	s->phase = t->phase;
	if (t->phase != LW_FIRMWARE_WRITE)
		return;
	lw_firmware_task_progress(t, now, &p);
	if (!p.total || p.bytes_per_s <= 0)
		return;
	if (!terminal && p.done * 10.0 / p.total < s->tenth + 1)
		return;
	s->tenth = (unsigned)(p.done * 10.0 / p.total);
	fprintf(stderr, "%slanewise: %u of %u bytes (%u %%), %.1f kB/s, %.0f s left%s",
		terminal ? "\r" : "", p.done, p.total, (unsigned)(p.done * 100.0 / p.total),
		p.bytes_per_s / 1e3, (double)p.left.ns / 1e9, terminal ? "  " : "\n");
	s->line = terminal;
}

static void drive(struct cli_module *m, struct lw_firmware_task *t, bool quiet)
{
	struct said said = {0};

	cli_interrupt_catch();
	for (;;) {
		struct lw_mono now = cli_module_now(m), due;

		if (cli_interrupted())
			lw_firmware_task_stop(t);
		due = lw_firmware_task_run(t, now);
		if (!quiet)
			say_progress(t, cli_module_now(m), &said);
		if (t->phase == LW_FIRMWARE_END)
			break;
		if (!m->twin)
			due = lw_mono_min(due, lw_mono_add(now, lw_ms(SLICE_MS)));
		cli_module_wait(m, due);
	}
	end_line(&said);
	cli_interrupt_release();
}

/* -- What is printed --------------------------------------------------------------------------- */

static void text_of(const struct lw_firmware_load *l, char *ret, size_t size)
{
	if (l->stated)
		snprintf(ret, size, "%u.%u", l->major, l->minor);
	else
		snprintf(ret, size, "-");
}

static void print_banks(const struct lw_firmware_task *t)
{
	printf("%s%-6s %-9s %-9s %-8s %-6s %s%s\n", cli_bold(), "bank", "firmware", "build",
	       "valid", "runs", "committed", cli_plain());
	for (int b = 0; b < LW_FIRMWARE_BANKS; b++) {
		const struct lw_firmware_load *l = &t->info.bank[b];
		char version[16], build[16] = "-";

		if (b == LW_FIRMWARE_FIXED && !l->stated && !l->running)
			continue;
		text_of(l, version, sizeof(version));
		if (l->stated)
			snprintf(build, sizeof(build), "%u", l->build);
		printf("%-6s %-9s %-9s %-8s %-6s %s\n", lw_firmware_bank_name(b), version, build,
		       l->valid ? "yes" : "no", l->running ? "yes" : "no",
		       l->committed ? "yes" : "no");
	}
}

static void print_features(const struct lw_firmware_task *t)
{
	const struct lw_firmware_features *f = &t->features;

	if (!t->has_features)
		return;
	printf("takes firmware by %s%s%s; header %u bytes; %s; %s%s\n", f->epl ? "EPL" : "",
	       f->epl && f->lpl ? " and " : "", f->lpl ? "LPL" : "", f->header,
	       f->hitless ? "can switch without a hit to traffic" : "switches with a reset",
	       f->abort ? "a download can be given up" : "no abort command",
	       f->copy ? "; can copy a bank" : "");
}

static void print_plan(const struct lw_firmware_task *t)
{
	const struct lw_firmware_plan *p = &t->plan;

	if (t->opt.goals & LW_FIRMWARE_GIVE_UP)
		printf("would give up a download that is open (0102h)\n");
	if (t->has_plan && t->opt.goals & LW_FIRMWARE_DOWNLOAD) {
		printf("would write %u bytes into bank %s: start with %u of them (0101h), then %u "
		       "blocks of up to\n%u bytes by %s (%s)",
		       (unsigned)t->opt.image_n, lw_firmware_bank_name(p->target), p->header,
		       p->blocks, p->block, p->epl ? "EPL" : "LPL", p->epl ? "0104h" : "0103h");
		if (p->skipped)
			printf(", %u more are erased memory", p->skipped);
		printf(", then complete (0107h);\nat most %.0f s by the module's own numbers\n",
		       (double)p->most.ns / 1e9);
	}
	if (t->opt.goals & LW_FIRMWARE_COPY)
		printf("would copy what runs into the other bank (0108h)\n");
	if (t->opt.goals & LW_FIRMWARE_RUN)
		printf("would run %s %s (0109h), and wait until it does\n",
		       t->opt.run <= LW_FIRMWARE_RUN_HITLESS ? "the other bank"
							     : "the running bank again",
		       t->opt.run == LW_FIRMWARE_RUN_RESET ||
				       t->opt.run == LW_FIRMWARE_RESTART_RESET
			       ? "with a reset: its links go down"
			       : "without a hit to traffic");
	if (t->opt.goals & LW_FIRMWARE_COMMIT)
		printf("would commit what runs then (010Ah)\n");
}

static void json_load(struct lw_json *j, const struct lw_firmware_info *info, int b)
{
	const struct lw_firmware_load *l = &info->bank[b];
	char version[16];

	text_of(l, version, sizeof(version));
	lw_json_begin_object(j);
	lw_json_put_string(j, "bank", lw_firmware_bank_name(b));
	lw_json_put_bool(j, "valid", l->valid);
	lw_json_put_bool(j, "running", l->running);
	lw_json_put_bool(j, "committed", l->committed);
	lw_json_put_string(j, "version", l->stated ? version : NULL);
	lw_json_key(j, "build");
	if (l->stated)
		lw_json_int(j, l->build);
	else
		lw_json_null(j);
	lw_json_put_string(j, "extra", l->stated ? l->extra : NULL);
	lw_json_end_object(j);
}

static void json_features(struct lw_json *j, const struct lw_firmware_features *f)
{
	lw_json_begin_object(j);
	lw_json_put_bool(j, "epl", f->epl);
	lw_json_put_bool(j, "lpl", f->lpl);
	lw_json_put_int(j, "header_bytes", f->header);
	lw_json_put_bool(j, "hitless", f->hitless);
	lw_json_put_bool(j, "abort", f->abort);
	lw_json_put_bool(j, "copy", f->copy);
	lw_json_put_bool(j, "skip_erased", f->skip_erased);
	lw_json_put_int(j, "max_start_ms", f->t_start.ns / 1000000);
	lw_json_put_int(j, "max_write_ms", f->t_write.ns / 1000000);
	lw_json_put_int(j, "max_complete_ms", f->t_complete.ns / 1000000);
	lw_json_end_object(j);
}

static void json_plan(struct lw_json *j, const struct lw_firmware_plan *p)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "bank", p->target < 0 ? NULL : lw_firmware_bank_name(p->target));
	lw_json_put_string(j, "way", p->epl ? "epl" : "lpl");
	lw_json_put_int(j, "block_bytes", p->block);
	lw_json_put_int(j, "blocks", p->blocks);
	lw_json_put_int(j, "skipped", p->skipped);
	lw_json_put_int(j, "header_bytes", p->header);
	lw_json_put_int(j, "bytes", (int64_t)p->bytes + p->header);
	lw_json_put_number(j, "max_seconds", (double)p->most.ns / 1e9);
	lw_json_end_object(j);
}

static void json(struct cli_module *m, const struct lw_firmware_task *t, const char *verb)
{
	struct lw_json *j = &m->json_out;
	char active[16];

	snprintf(active, sizeof(active), "%u.%u", t->info.active[0], t->info.active[1]);
	lw_json_begin_object(j);
	lw_json_put_string(j, "source", m->source);
	lw_json_put_string(j, "subcommand", "firmware");
	lw_json_put_string(j, "action", verb);
	lw_json_put_bool(j, "dry_run", m->dry_run);
	lw_json_put_bool(j, "ok", t->result == 0);
	lw_json_put_string(j, "error", t->result ? t->error.message : NULL);
	lw_json_put_string(j, "vendor_name", t->vendor);
	lw_json_put_string(j, "vendor_pn", t->pn);
	lw_json_put_string(j, "vendor_sn", t->sn);
	lw_json_put_string(j, "active", t->has_info ? active : NULL);
	lw_json_key(j, "banks");
	lw_json_begin_array(j);
	for (int b = 0; t->has_info && b < LW_FIRMWARE_BANKS; b++)
		json_load(j, &t->info, b);
	lw_json_end_array(j);
	lw_json_key(j, "features");
	if (t->has_features)
		json_features(j, &t->features);
	else
		lw_json_null(j);
	lw_json_key(j, "download");
	if (t->has_plan)
		json_plan(j, &t->plan);
	else
		lw_json_null(j);
	lw_json_put_int(j, "blocks_sent", t->blocks_sent);
	lw_json_put_number(j, "write_seconds", (double)t->took.ns / 1e9);
	lw_json_put_int(j, "begun_anew", t->restarts);
	lw_json_put_string(j, "trouble", t->trouble.code ? t->trouble.message : NULL);
	lw_json_end_object(j);
}

static int carry_out(struct cli_module *m, struct wish *w, const struct lw_firmware_verb *verb)
{
	struct lw_firmware_task *t = calloc(1, sizeof(*t));
	struct lw_quirks quirks;
	struct lw_error e;
	int status;

	if (!t) {
		lw_fail(&e, LW_ENOMEM, "out of memory");
		return cli_error(&e);
	}
	lw_quirk_find(m->facts, NULL, &quirks);
	w->opt.ignore_checks = quirks.ignore_reply_check;
	w->opt.goals = verb->goals;
	w->opt.dry_run = m->dry_run;
	w->opt.run = (enum lw_firmware_run)(2 * w->restart + w->hitless);
	lw_firmware_task_init(t, m->bus, &w->opt);
	drive(m, t, w->quiet || !verb->goals);
	status = cli_module_outcome(t->result);
	if (m->json) {
		json(m, t, verb->name);
	} else if (t->has_info && t->known) {
		printf("%s%s %s %s%s\n", cli_bold(), t->vendor, t->pn, t->sn, cli_plain());
		print_banks(t);
		if (!verb->goals)
			print_features(t);
		if (m->dry_run && !t->result)
			print_plan(t);
		else if (verb->goals && !t->result)
			printf("%sdone%s\n", cli_green(), cli_plain());
	}
	if (t->result) {
		fflush(stdout);
		e = t->error;
		if (!e.where[0])
			snprintf(e.where, sizeof(e.where), "%s", m->source);
		cli_error(&e);
	}
	free(t);
	return status;
}

static int run(const struct cli_module_command *self, struct cli_module *m, int argc, char **argv)
{
	int status, n;
	const struct lw_firmware_verb *verb = lw_firmware_verb_find("show", 4);
	struct wish w = {0};
	char *image = NULL;
	struct lw_error e;

	n = cli_module_parse(self, m, argc, argv, on_option, &w);
	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 0) {
		verb = lw_firmware_verb_find(argv[0], strlen(argv[0]));
		if (!verb)
			return cli_module_usage(self, "there is no \"firmware %s\"", argv[0]);
	}
	if (verb->image && n < 2)
		return cli_module_usage(self, "which image shall be downloaded?");
	if (n > 1 + verb->image)
		return cli_module_usage(self, "unexpected \"%s\"", argv[1 + verb->image]);
	if (m->lanes)
		return cli_module_usage(self, "firmware is not a matter of lanes");
	if (verb->image && lw_file_read(argv[1], IMAGE_LIMIT, &image, &w.opt.image_n, &e))
		return cli_error(&e);
	w.opt.image = (const uint8_t *)image;
	status = cli_module_open(m, &e) ? cli_error(&e) : carry_out(m, &w, verb);
	free(image);
	return status;
}

const struct cli_module_command cli_module_firmware = {
	.name = "firmware",
	.synopsis = "[show | download FILE | run | commit | copy | abort | update FILE]",
	.summary = "what its banks hold; download, run and commit an image (CMIS)",
	.whole = true,
	.text = "Without an operand, print what the firmware banks hold. A download goes into the "
		"bank\n"
		"that does not run; whatever breaks it off, what runs is as it was, and the next "
		"download\n"
		"begins anew. \"run\" switches to the other bank: with a reset, which takes the "
		"links "
		"down,\n"
		"or --hitless where the module can. What runs is not started after the next reset "
		"before\n"
		"\"commit\". \"update\" is download, run and commit. Progress goes to standard "
		"error.\n"
		"Ctrl-C ends a download in good order.\n\n"
		"  lanewise module /dev/i2c-5 firmware\n"
		"  lanewise module /dev/i2c-5 firmware download image.bin --dry-run\n"
		"  lanewise module /dev/i2c-5 firmware update image.bin --password 0x1011",
	.options = options,
	.run = run,
};
