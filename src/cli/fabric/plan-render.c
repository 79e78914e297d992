/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-render.h"
#include "cli.h"
#include "config-files.h"
#include "print-subjects.h"
#include "progress.h"

#define DEVICES 32u /* rendered at once: bounds memory whatever the fabric's size */

/** Where the answers go, and what was found in all of them. */
struct out {
	const struct lw_planner *p;
	const struct lw_nos *nos;
	const char *dir;
	int worst; /**< severity, -1 */
	uint64_t done, all;
	struct progress progress;
};

static int on_device(void *ctx, const struct lw_render_device *d, struct lw_error *reterr)
{
	struct out *o = ctx;

	progress_show(&o->progress, (double)o->done++, (double)o->all, "switches", "");
	return cli_config_write(o->dir, d, reterr);
}

static int render(struct out *o, enum lw_tier t, uint32_t first, struct lw_fabric *f,
		  struct lw_arena *arena, struct lw_findings *findings, struct lw_error *reterr)
{
	const char **need = lw_arena_alloc(arena, (f->cage_n + 1) * sizeof(*need));
	const struct lw_render_options opt = {
		.nos = o->nos, .need = need, .sink = on_device, .sink_ctx = o};

	if (!need)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	lw_planner_needs(o->p, t, first, DEVICES, need, f->cage_n);
	return lw_render(f, &opt, findings, reterr);
}

/* Some switches of a tier; they are alike, so what their system cannot say is told once a tier. */
static int render_some(struct out *o, enum lw_tier t, uint32_t first, struct lw_buf *text,
		       struct lw_error *reterr)
{
	struct lw_findings findings;
	struct lw_arena arena;
	struct lw_fabric f;
	int rc;

	/* none of them is there yet */
	if (!lw_planner_needs(o->p, t, first, DEVICES, NULL, 0))
		return 0;
	lw_buf_clear(text);
	lw_planner_devices(o->p, t, first, DEVICES, text);
	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	rc = text->failed ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			  : lw_fabric_load(lw_buf_str(text), text->len, o->p->intent->file, &arena,
					   &f, reterr);
	if (!rc)
		rc = lw_fabric_resolve(&f, NULL, NULL, reterr);
	if (!rc)
		rc = render(o, t, first, &f, &arena, &findings, reterr);
	if (!rc && first == 0) {
		progress_end(&o->progress);
		cli_print_subjects(&findings, stderr);
	}
	if (lw_findings_worst(&findings) > o->worst)
		o->worst = lw_findings_worst(&findings);
	lw_arena_finish(&arena);
	return rc;
}

int cli_plan_render(const struct lw_planner *p, const struct lw_nos *nos, const char *dir)
{
	struct out o = {.p = p, .nos = nos, .dir = dir, .worst = -1};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e = {.page = -1, .byte = -1};
	int rc = 0;

	if (cli_config_folder(dir) != CLI_OK)
		return CLI_DEVICE;
	for (unsigned t = LW_TIER_LEAF; t < p->tier_n; t++)
		o.all += (uint64_t)p->tier[t].planes * p->tier[t].per_plane;
	progress_start(&o.progress, true);
	for (unsigned t = LW_TIER_LEAF; t < p->tier_n && !rc; t++)
		for (uint32_t d = 0; d < p->tier[t].planes * p->tier[t].per_plane && !rc;
		     d += DEVICES)
			rc = render_some(&o, t, d, &text, &e);
	progress_end(&o.progress);
	lw_buf_finish(&text);
	if (rc)
		return cli_error(&e);
	return o.worst == LW_FATAL ? CLI_BAD_NEWS : CLI_OK;
}
