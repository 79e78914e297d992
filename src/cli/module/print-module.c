/* SPDX-License-Identifier: Apache-2.0 */
#include "print-module.h"
#include "print-facts.h"
#include <lanewise/lanes.h>
#include <libsmartcols.h>
#include <string.h>

int cli_module_raw(const struct cli_module *m, unsigned id, unsigned lane)
{
	struct lw_view v;
	int64_t raw;

	lw_image_view(m->memory, &v);
	if (lw_field_get(&lw_map_fields(m->memory->map, NULL)[id], lane, &v, &raw))
		return -1;
	return (int)raw;
}

void cli_module_begin_json(struct cli_module *m, const char *subcommand)
{
	lw_json_begin_object(&m->json_out);
	lw_json_put_string(&m->json_out, "source", m->source);
	lw_json_put_string(&m->json_out, "subcommand", subcommand);
}

static void lanes_json(struct lw_json *j, uint32_t lanes)
{
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 32; i++)
		if (lanes >> i & 1)
			lw_json_int(j, i + 1);
	lw_json_end_array(j);
}

static const char *kind_name(const struct lw_control_step *s)
{
	static const char *const names[] = {"write", "wait", "clear", "pause"};

	return names[s->kind];
}

static void step_json(struct lw_json *j, const struct lw_control_step *s)
{
	struct lw_buf text = LW_BUF_INIT;

	lw_control_step_text(s, &text);
	lw_json_begin_object(j);
	lw_json_put_string(j, "kind", kind_name(s));
	lw_json_put_int(j, "i2c", s->addr.i2c);
	lw_json_put_int(j, "bank", s->addr.bank);
	lw_json_put_int(j, "page", s->addr.page);
	lw_json_put_int(j, "byte", s->addr.byte);
	lw_json_key(j, "data");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < s->n; i++)
		lw_json_int(j, s->data[i]);
	lw_json_end_array(j);
	lw_json_put_string(j, "field", s->field->name);
	lw_json_key(j, "lanes");
	lanes_json(j, s->lanes);
	lw_json_put_string(j, "text", lw_buf_str(&text));
	lw_json_put_string(j, "why", s->why);
	lw_json_end_object(j);
	lw_buf_finish(&text);
}

static void plan_json(struct cli_module *m, const char *subcommand,
		      const struct lw_control_plan *plan, const struct lw_control *c)
{
	struct lw_json *j = &m->json_out;

	cli_module_begin_json(m, subcommand);
	lw_json_put_bool(j, "dry_run", !c);
	lw_json_key(j, "steps");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < plan->n; i++)
		step_json(j, &plan->step[i]);
	lw_json_end_array(j);
	lw_json_put_string(j, "outcome", c ? lw_control_outcome_name(c->outcome) : "shown");
	lw_json_put_string(j, "error",
			   c && c->outcome != LW_CONTROL_DONE ? c->error.message : NULL);
	lw_json_end_object(j);
}

void cli_print_plan(struct cli_module *m, const char *subcommand,
		    const struct lw_control_plan *plan, const struct lw_control *c)
{
	unsigned done = c ? c->step : plan->n;

	if (m->json) {
		plan_json(m, subcommand, plan, c);
		return;
	}
	if (!plan->n)
		puts("as wanted already: nothing to write");
	for (unsigned i = 0; i < plan->n && i <= done; i++) {
		struct lw_buf text = LW_BUF_INIT;

		lw_control_step_text(&plan->step[i], &text);
		printf("  %2u  %-70s %s\n", i + 1, lw_buf_str(&text), plan->step[i].why);
		lw_buf_finish(&text);
	}
	if (c && c->outcome == LW_CONTROL_DONE && plan->n)
		printf("%sdone%s\n", cli_green(), cli_plain());
	else if (c && c->outcome != LW_CONTROL_DONE)
		printf("%s%s%s: %s\n", cli_red(), lw_control_outcome_name(c->outcome), cli_plain(),
		       c->error.message);
}

static uint32_t lanes_of_setting(const struct cli_module *m, const struct lw_control_setting *s)
{
	if (s->side == LW_SIDE_MODULE)
		return 1;
	return s->side == LW_SIDE_MEDIA ? lw_control_media_lanes(m->memory, m->facts)
					: lw_control_host_lanes(m->memory, m->facts);
}

/* "off", or "1-4 off, 5-8 on": lanes with the same value together. */
static void values_text(const struct cli_module *m, const struct lw_control_setting *s, char *ret,
			size_t size)
{
	uint32_t left = lanes_of_setting(m, s), all = left;
	size_t n = 0;

	ret[0] = '\0';
	while (left && n < size) {
		unsigned first = (unsigned)__builtin_ctz(left);
		int raw = lw_control_value(s, m->memory, first);
		char value[48], lanes[LW_LANES_TEXT];
		uint32_t same = 0;

		for (unsigned i = first; i < 32; i++)
			if (left >> i & 1 && lw_control_value(s, m->memory, i) == raw)
				same |= 1u << i;
		left &= ~same;
		lw_control_value_text(s, raw, value, sizeof(value));
		if (same == all)
			n += (size_t)snprintf(ret + n, size - n, "%s", value);
		else
			n += (size_t)snprintf(ret + n, size - n, "%s%s %s", n ? "; " : "",
					      lw_lanes_list(same, lanes), value);
	}
}

static void setting_json(struct cli_module *m, const struct lw_control_setting *s, bool offered,
			 const char *why)
{
	struct lw_json *j = &m->json_out;

	lw_json_begin_object(j);
	lw_json_put_string(j, "name", s->name);
	lw_json_put_string(j, "doc", s->doc);
	lw_json_put_string(j, "of",
			   s->side == LW_SIDE_MODULE  ? "module"
			   : s->side == LW_SIDE_MEDIA ? "media lane"
						      : "host lane");
	lw_json_put_bool(j, "offered", offered);
	lw_json_put_string(j, "why", offered ? NULL : why);
	lw_json_key(j, "values");
	lw_json_begin_array(j);
	for (unsigned i = 0; offered && i < 32; i++) {
		int raw = lw_control_value(s, m->memory, i);
		char text[48];

		if (!(lanes_of_setting(m, s) >> i & 1))
			continue;
		lw_control_value_text(s, raw, text, sizeof(text));
		lw_json_begin_object(j);
		if (s->side == LW_SIDE_MODULE) {
			lw_json_key(j, "lane");
			lw_json_null(j);
		} else {
			lw_json_put_int(j, "lane", i + 1);
		}
		lw_json_key(j, "raw");
		if (raw < 0)
			lw_json_null(j);
		else
			lw_json_int(j, raw);
		lw_json_put_string(j, "value", raw < 0 ? NULL : text);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_put_string(j, "ref", s->ref);
	lw_json_end_object(j);
}

static void setting_line(struct cli_module *m, struct libscols_table *t,
			 const struct lw_control_setting *s, bool offered)
{
	struct libscols_line *line = offered ? scols_table_new_line(t, NULL) : NULL;
	char text[256];

	if (!line)
		return;
	scols_line_set_data(line, 0, s->name);
	values_text(m, s, text, sizeof(text));
	scols_line_set_data(line, 1, text);
	scols_line_set_data(line, 2,
			    s->side == LW_SIDE_MODULE  ? "module"
			    : s->side == LW_SIDE_MEDIA ? "media lane"
						       : "host lane");
	scols_line_set_data(line, 3, s->doc);
}

/* The next setting of a group, from `*i` on; of those that share a name, the one that is offered.
 */
static const struct lw_control_setting *
next_setting(const struct cli_module *m, enum lw_control_group group, const char *prefix, size_t *i)
{
	const struct lw_control_setting *s;

	while ((s = lw_control_setting_at(m->memory->map, (*i)++)))
		if (s->group == group && strncmp(s->name, prefix, strlen(prefix)) == 0 &&
		    lw_control_setting_find(m->memory, s->name) == s)
			return s;
	return NULL;
}

static void settings_json(struct cli_module *m, const char *subcommand, enum lw_control_group group,
			  const char *prefix)
{
	const struct lw_control_setting *s;
	char why[LW_REASON_MAX];
	size_t i = 0;

	cli_module_begin_json(m, subcommand);
	lw_json_key(&m->json_out, "settings");
	lw_json_begin_array(&m->json_out);
	while ((s = next_setting(m, group, prefix, &i)))
		setting_json(m, s, lw_control_offered(s, m->memory, why), why);
	lw_json_end_array(&m->json_out);
	lw_json_end_object(&m->json_out);
}

void cli_print_settings(struct cli_module *m, const char *subcommand, enum lw_control_group group,
			const char *prefix)
{
	static const char *const columns[] = {"SETTING", "NOW", "OF", "WHAT"};
	const struct lw_control_setting *s;
	struct libscols_table *t;
	char why[LW_REASON_MAX];
	size_t i = 0;

	if (m->json) {
		settings_json(m, subcommand, group, prefix);
		return;
	}
	if (!next_setting(m, group, prefix, &i)) {
		puts("  a module of this kind has no such settings");
		return;
	}
	i = 0;
	t = cli_table_new(columns, 4, 0);
	while (t && (s = next_setting(m, group, prefix, &i)))
		setting_line(m, t, s, lw_control_offered(s, m->memory, NULL));
	if (t && scols_table_get_nlines(t))
		cli_table_print(t);
	else if (t)
		scols_unref_table(t);
	i = 0;
	while ((s = next_setting(m, group, prefix, &i)))
		if (!lw_control_offered(s, m->memory, why))
			printf("  no %s: %s\n", s->name, why);
}
