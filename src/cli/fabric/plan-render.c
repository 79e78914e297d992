/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-render.h"
#include "cli.h"
#include <errno.h>
#include <string.h>

#define DEVICES 32u /* rendered at once: bounds memory whatever the fabric's size */

struct out {
	const char *dir;
};

static int write_one(const struct out *o, const char *name, const char *ext, const char *text,
		     struct lw_error *reterr)
{
	struct lw_buf path = LW_BUF_INIT;
	FILE *f;
	int rc = 0, failed;

	lw_buf_printf(&path, "%s/%s.%s", o->dir, name, ext);
	f = path.failed ? NULL : fopen(lw_buf_str(&path), "wb");
	failed = !f || fwrite(text, 1, strlen(text), f) != strlen(text);
	if (f && fclose(f))
		failed = 1;
	if (failed)
		rc = lw_fail_in(reterr, LW_EIO, lw_buf_str(&path), 0, "cannot be written: %s",
				strerror(errno));
	lw_buf_finish(&path);
	return rc;
}

static int on_device(void *ctx, const struct lw_render_device *d, struct lw_error *reterr)
{
	int rc = write_one(ctx, d->device->name, d->nos->ext, d->config, reterr);

	if (!rc && d->verify[0])
		rc = write_one(ctx, d->device->name, "verify", d->verify, reterr);
	if (!rc && d->undo[0])
		rc = write_one(ctx, d->device->name, "undo", d->undo, reterr);
	return rc;
}

/* Some switches of a tier; what their system cannot say is told once for the tier. */
static int render_some(const struct lw_planner *p, enum lw_tier t, uint32_t first,
		       const struct lw_render_options *o, struct lw_buf *text,
		       struct lw_error *reterr)
{
	struct lw_findings findings;
	struct lw_arena arena;
	struct lw_fabric f;
	int rc;

	lw_buf_clear(text);
	lw_planner_devices(p, t, first, DEVICES, text);
	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	rc = text->failed ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			  : lw_fabric_load(lw_buf_str(text), text->len, p->intent->file, &arena, &f,
					   reterr);
	if (!rc)
		rc = lw_fabric_resolve(&f, NULL, NULL, reterr);
	if (!rc)
		rc = lw_render(&f, o, &findings, reterr);
	if (!rc && first == 0)
		cli_print_findings(&findings, stderr);
	lw_arena_finish(&arena);
	return rc;
}

int cli_plan_render(const struct lw_planner *p, const struct lw_nos *nos, const char *dir)
{
	struct out out = {.dir = dir};
	const struct lw_render_options o = {.nos = nos, .sink = on_device, .sink_ctx = &out};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e = {.page = -1, .byte = -1};
	int rc = 0;

	for (unsigned t = LW_TIER_LEAF; t < p->tier_n && !rc; t++)
		for (uint32_t d = 0; d < p->tier[t].planes * p->tier[t].per_plane && !rc;
		     d += DEVICES)
			rc = render_some(p, t, d, &o, &text, &e);
	lw_buf_finish(&text);
	return rc ? cli_error(&e) : CLI_OK;
}
