/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise publish: what a fabric on twins looks like in the words of other systems. */
#include "cli.h"
#include "staged.h"

#include <lanewise/files.h>
#include <lanewise/publish.h>
#include <string.h>

#define MEASURE_MS 1000

/* When virtual time begins: 2026-01-01T00:00:00Z, so that equal commands print equal bytes. */
#define UNIX_NS INT64_C(1767225600000000000)

enum { OPT_AS, OPT_DEVICE, OPT_FAULT, OPT_FOR, OPT_SEED };

static const struct cli_option options[] = {
	[OPT_AS] = {"as", "FORM", "in whose words (default metrics; see below)"},
	[OPT_DEVICE] = {"device", "NAME", "of one device alone"},
	[OPT_FAULT] = {"fault", "KIND:PLACE[@T]", "inject a fault, as for \"up\""},
	[OPT_FOR] = {"for", "SECONDS",
		     "watch at least that long (default: until all links have settled)"},
	[OPT_SEED] = {"seed", "N", "seed of the twins' noise (default 1)"},
	{0},
};

struct publish {
	const struct lw_publisher *as;
	const char *device;
	struct cli_staged staged;
	struct lw_publish_memory *memory;
	struct lw_why_host host;
	struct lw_buf text;
	struct lw_error error; /* code 0: none */
};

static int on_option(void *ctx, int index, const char *value)
{
	struct publish *p = ctx;

	switch (index) {
	case OPT_AS:
		p->as = lw_publisher_find(value);
		return p->as ? 0 : -1;
	case OPT_DEVICE:
		p->device = value;
		return 0;
	case OPT_FAULT:
		return cli_staged_fault(&p->staged, value);
	case OPT_SEED:
		return cli_staged_seed(&p->staged, value);
	default:
		return cli_staged_watch(&p->staged, value);
	}
}

static void say(struct publish *p)
{
	struct lw_publish_source s = {.engine = &p->staged.stage.engine,
				      .host = &p->host,
				      .device = p->device,
				      .unix_ns = UNIX_NS,
				      .version = LW_VERSION};

	if (!p->error.code)
		lw_publish(p->as, &s, p->memory, &p->text, &p->error);
}

static void on_moment(void *ctx)
{
	struct publish *p = ctx;

	if (p->as->changes)
		say(p);
}

static int publish(struct publish *p)
{
	int status;

	p->host = lw_stage_host(&p->staged.stage);
	p->staged.on_moment = on_moment;
	p->staged.ctx = p;
	if (p->staged.watch.ns == 0)
		p->staged.watch = lw_ms(3 * MEASURE_MS);
	if (!cli_staged_play(&p->staged, &p->error) && !p->as->changes)
		say(p);
	if (!p->error.code)
		return cli_write(&p->text) ? CLI_DEVICE : CLI_OK;
	status = cli_error(&p->error);
	lw_buf_finish(&p->text);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct publish p = {.as = lw_publisher_find("metrics"),
			    .staged = {.seed = 1, .quiet = true, .measure = lw_ms(MEASURE_MS)}};
	struct lw_fabric f;
	struct lw_arena arena;
	struct lw_error e;
	int status, n = cli_parse(self, argc, argv, on_option, &p);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n < 1 ? "no fabric file given" : "one fabric file, not %d",
				 n);
	lw_arena_init(&arena, 0);
	if (lw_file_fabric(argv[0], &arena, &f, &e) || lw_publish_memory_create(&p.memory, &e) ||
	    cli_staged_start(&p.staged, &f, &e)) {
		status = cli_error(&e);
	} else {
		status = publish(&p);
		cli_staged_finish(&p.staged);
	}
	lw_publish_memory_destroy(p.memory);
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_publish = {
	.name = "publish",
	.synopsis = "[OPTION...] FABRIC",
	.summary = "state of a fabric for other systems: Prometheus, SONiC, OpenConfig, syslog",
	.text = "Stage a fabric on twins, bring it up, and print what other systems would be told\n"
		"of it. Time is virtual and begins at 2026-01-01T00:00:00Z. FORM is one of\n\n"
		"  metrics     OpenMetrics, as Prometheus scrapes it (docs/metrics.md)\n"
		"  prometheus  the same in the older text format\n"
		"  sonic       SONiC's STATE_DB, as commands for \"redis-cli --pipe\"\n"
		"  openconfig  OpenConfig's platform and transceiver state, JSON\n"
		"  syslog      links, modules and causes as lines of RFC 5424\n\n"
		"  lanewise publish examples/first-light.yaml --device leaf1\n"
		"  lanewise publish examples/first-light.yaml --as syslog --fault "
		"cut:leaf1/swp1:2@20-40\n\n"
		"docs/publish.md tells each form.",
	.options = options,
	.run = run,
};
