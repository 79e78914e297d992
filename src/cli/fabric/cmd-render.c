/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "config-files.h"
#include "platform-cache.h"
#include "print-subjects.h"
#include "progress.h"
#include <lanewise/files.h>
#include <lanewise/render.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_NOS, OPT_DEVICE, OPT_PART, OPT_O, OPT_JSON };

static const struct cli_option options[] = {
	{"nos", "NOS", "system of the devices that name none; leaves out those of another"},
	{"device", "NAME", "only this device"},
	{"part", "PART", "print only config, verify or undo, without headings"},
	{"o", "DIR", "write NAME.EXT, NAME.verify and NAME.undo for each device"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

/** A rendering and where it goes. */
struct out {
	const char *nos, *device, *part, *dir;
	bool json;
	struct lw_buf text;
	struct lw_json j;
	size_t devices, ports, refused, all;
	struct progress progress;
	bool failed; /**< standard output, said */
};

static int on_option(void *ctx, int index, const char *value)
{
	struct out *o = ctx;

	switch (index) {
	case OPT_NOS:
		o->nos = value;
		break;
	case OPT_DEVICE:
		o->device = value;
		break;
	case OPT_PART:
		o->part = value;
		return strcmp(value, "config") == 0 || strcmp(value, "verify") == 0 ||
				       strcmp(value, "undo") == 0
			       ? 0
			       : -1;
	case OPT_O:
		o->dir = value;
		break;
	default:
		o->json = true;
	}
	return 0;
}

/* JSON takes no comments, so its heading stands above it for people only. */
static void print_device(const struct lw_render_device *d)
{
	const char *c = d->nos->comment;

	printf("%s %s: %s, %zu port%s", c, d->device->name, d->nos->title, d->ports,
	       d->ports == 1 ? "" : "s");
	if (d->refused)
		printf(", %zu that it cannot say", d->refused);
	printf("\n%s", d->config);
	if (d->verify[0])
		printf("%s verify\n%s", c, d->verify);
	if (d->undo[0])
		printf("%s undo\n%s", c, d->undo);
}

static int on_device(void *ctx, const struct lw_render_device *d, struct lw_error *reterr)
{
	struct out *o = ctx;

	o->devices++;
	o->ports += d->ports;
	o->refused += d->refused;
	if (o->dir) {
		progress_show(&o->progress, (double)o->devices, (double)o->all, "devices", "");
		return cli_config_write(o->dir, d, reterr);
	}
	if (o->json) {
		lw_render_json(d, &o->j);
		/* a fabric's text would fill the memory: it leaves device by device */
		if (fwrite(lw_buf_str(&o->text), 1, o->text.len, stdout) != o->text.len)
			o->failed = true;
		if (o->text.failed)
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
		lw_buf_clear(&o->text);
	} else if (o->part) {
		fputs(o->part[0] == 'c'   ? d->config
		      : o->part[0] == 'v' ? d->verify
					  : d->undo,
		      stdout);
	} else {
		print_device(d);
	}
	return 0;
}

static void begin(struct out *o, const struct lw_fabric *f)
{
	if (!o->json)
		return;
	lw_json_init(&o->j, &o->text);
	lw_json_begin_object(&o->j);
	lw_json_put_string(&o->j, "fabric", f->name);
	lw_json_key(&o->j, "devices");
	lw_json_begin_array(&o->j);
}

static int end(struct out *o, const struct lw_findings *findings)
{
	if (o->json) {
		lw_json_end_array(&o->j);
		lw_json_key(&o->j, "findings");
		lw_findings_json(findings, &o->j);
		lw_json_key(&o->j, "summary");
		lw_json_begin_object(&o->j);
		lw_json_put_int(&o->j, "devices", (int64_t)o->devices);
		lw_json_put_int(&o->j, "ports", (int64_t)o->ports);
		lw_json_put_int(&o->j, "refused", (int64_t)o->refused);
		lw_json_end_object(&o->j);
		lw_json_end_object(&o->j);
		lw_buf_putc(&o->text, '\n');
		return cli_write(&o->text);
	}
	if (fflush(stdout) || o->failed)
		return cli_unwritten();
	cli_print_subjects(findings, stderr);
	return CLI_OK;
}

static int render(struct out *o, const char *path, const struct lw_nos *nos)
{
	struct platform_cache platforms = {.fabric = path};
	struct lw_render_options opt = {.nos = nos,
					.only = o->device,
					.platform = cli_platform_cached,
					.platform_ctx = &platforms,
					.sink = on_device,
					.sink_ctx = o};
	struct lw_findings findings;
	struct lw_fabric f;
	struct lw_arena arena;
	struct lw_error e;
	int status, rc;

	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	rc = lw_file_fabric(path, &arena, &f, &e);
	if (!rc) {
		o->all = f.device_n;
		begin(o, &f);
		progress_start(&o->progress, o->dir != NULL);
		rc = lw_render(&f, &opt, &findings, &e);
		progress_end(&o->progress);
	}
	if (!rc && !o->devices)
		rc = lw_fail_in(&e, LW_EINVAL, path, 0,
				"no device says its nos; give one with --nos, or nos: NOS in the "
				"file");
	status = rc ? cli_error(&e) : end(o, &findings);
	if (!status && lw_findings_worst(&findings) == LW_FATAL)
		status = CLI_BAD_NEWS;
	lw_buf_finish(&o->text);
	cli_platform_cache_finish(&platforms);
	lw_arena_finish(&arena);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct out o = {.text = LW_BUF_INIT};
	const struct lw_nos *nos;
	int n = cli_parse(self, argc, argv, on_option, &o);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one fabric file at a time" : "no fabric file given");
	nos = lw_nos_find(o.nos);
	if (o.nos && !nos)
		return cli_usage(self, "there is no nos \"%s\"", o.nos);
	if (!!o.dir + !!o.part + o.json > 1)
		return cli_usage(self, "--o, --part and --json exclude each other");
	if (o.dir && cli_config_folder(o.dir) != CLI_OK)
		return CLI_DEVICE;
	return render(&o, argv[0], nos);
}

const struct cli_command cli_render = {
	.name = "render",
	.synopsis = "[--nos NOS] [--device NAME] [--part PART | --o DIR | --json] FABRIC",
	.summary = "the breakouts of a fabric as configuration of its switches",
	.text = "Write the breakout configuration of every switch of a fabric file, the commands "
		"that\n"
		"verify it and those that undo it (docs/render.md). What a system cannot say is a\n"
		"finding, never a guess. Systems: sonic, nxos, iosxr, eos, junos, junos-evo, "
		"nvue,\n"
		"huawei, h3c, openconfig, srlinux, devlink, os10.\n\n"
		"  lanewise render --nos nvue --device leaf1 examples/first-light.yaml\n"
		"  lanewise render --o configs fabric.yaml\n\n"
		"Exit status 1 tells that a port could not be said.",
	.options = options,
	.run = run,
};
