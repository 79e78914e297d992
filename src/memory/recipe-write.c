/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe-internal.h"

#include <lanewise/interface.h>
#include <math.h>
#include <string.h>

static void put_quoted(struct lw_buf *b, const char *s)
{
	lw_buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			lw_buf_putc(b, '\\');
		lw_buf_putc(b, *s);
	}
	lw_buf_putc(b, '"');
}

static void put_text(struct lw_buf *b, const char *key, const char *s)
{
	if (!s)
		return;
	lw_buf_printf(b, "%s: ", key);
	put_quoted(b, s);
	lw_buf_putc(b, '\n');
}

/* An interface by name if the name leads back to the code, else the code. */
static void put_interface(struct lw_buf *b, const char *key, enum lw_code_table table, uint8_t code)
{
	const struct lw_code *other, *found;
	const char *name = table == LW_CODES_NONE ? NULL : lw_code_name(table, code);

	found = name ? lw_code_match(table, name, &other) : NULL;
	lw_buf_printf(b, "%s: ", key);
	if (found && !other && found->first == code)
		put_quoted(b, name);
	else
		lw_buf_printf(b, "0x%02x", code);
}

static void put_starts(struct lw_buf *b, const char *key, uint8_t mask)
{
	const char *comma = "";

	lw_buf_printf(b, ", %s: [", key);
	for (unsigned i = 0; i < 8; i++)
		if (mask >> i & 1) {
			lw_buf_printf(b, "%s%u", comma, i + 1);
			comma = ", ";
		}
	lw_buf_puts(b, "]");
}

static void put_apps(struct lw_buf *b, const struct lw_recipe *r)
{
	enum lw_code_table table = lw_media_table(r->part->media_type);

	if (!r->has_apps)
		return;
	lw_buf_puts(b, "applications:\n");
	for (unsigned i = 0; i < r->app_n; i++) {
		const struct lw_part_app *a = &r->app[i];

		lw_buf_puts(b, "  - {");
		put_interface(b, "host", LW_CODES_SFF8024_HOST, a->host_id);
		lw_buf_puts(b, ", ");
		put_interface(b, "media", table, a->media_id);
		lw_buf_printf(b, ", host_lanes: %u, media_lanes: %u", a->host_lanes,
			      a->media_lanes);
		put_starts(b, "host_start", a->host_assign);
		put_starts(b, "media_start", a->media_assign);
		lw_buf_puts(b, "}\n");
	}
}

static void put_connector(struct lw_buf *b, const struct lw_recipe *r)
{
	const struct lw_code *other, *found;
	const char *name;

	if (r->connector < 0)
		return;
	name = lw_code_name(LW_CODES_SFF8024_CONN, (unsigned)r->connector);
	found = name ? lw_code_match(LW_CODES_SFF8024_CONN, name, &other) : NULL;
	if (found && !other && found->first == r->connector)
		put_text(b, "connector", name);
	else
		lw_buf_printf(b, "connector: 0x%02x\n", (unsigned)r->connector);
}

static void put_fields(struct lw_buf *b, const struct lw_recipe *r)
{
	if (r->field_n)
		lw_buf_puts(b, "fields:\n");
	for (size_t i = 0; i < r->field_n; i++) {
		const char *eq = strchr(r->field[i], '=');

		lw_buf_puts(b, "  ");
		/* a lane in brackets would begin a YAML list if it stood first; it never does */
		lw_buf_add(b, r->field[i], (size_t)(eq - r->field[i]));
		lw_buf_puts(b, ": ");
		put_quoted(b, eq + 1);
		lw_buf_putc(b, '\n');
	}
}

void lw_recipe_write(const struct lw_recipe *r, struct lw_buf *b)
{
	if (r->pmd)
		lw_buf_printf(b, "pmd: %s\n", r->pmd->name);
	else
		lw_buf_printf(b, "part: %s  # %s\n", r->part->name, r->part->doc);
	if (r->pmd || r->form != r->part->form)
		lw_buf_printf(b, "form: %s\n", r->form->name);
	put_text(b, "vendor", r->vendor);
	if (r->has_oui)
		lw_buf_printf(b, "oui: \"%02x:%02x:%02x\"\n", r->oui[0], r->oui[1], r->oui[2]);
	put_text(b, "pn", r->pn);
	put_text(b, "rev", r->rev);
	put_text(b, "sn", r->sn);
	put_text(b, "date", r->date);
	if (r->lot && *r->lot)
		put_text(b, "lot", r->lot);
	if (r->clei && *r->clei)
		put_text(b, "clei", r->clei);
	put_connector(b, r);
	if (!isnan(r->length_m))
		lw_buf_printf(b, "length_m: %.9g\n", r->length_m);
	if (!isnan(r->power_w))
		lw_buf_printf(b, "power_w: %.9g\n", r->power_w);
	if (r->limits)
		put_text(b, "thresholds", r->limits->name);
	put_apps(b, r);
	put_fields(b, r);
}
