/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <lanewise/link.h>
#include <lanewise/map.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPT_JSON };

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document"},
	{0},
};

static int on_option(void *ctx, int index, const char *value)
{
	(void)value;
	if (index == OPT_JSON)
		*(bool *)ctx = true;
	return 0;
}

static void pair(struct lw_json *j, const char *label, const char *value)
{
	if (!value || !value[0])
		return;
	if (j) {
		lw_json_key(j, label);
		lw_json_string(j, value);
	} else {
		char first[32];

		snprintf(first, sizeof(first), "  %-9s ", label);
		cli_wrap(stdout, first, 12, value);
	}
}

static void explain_rule(const struct lw_rule *r, struct lw_json *j)
{
	if (!j)
		printf("%s%s%s, a rule of link checks\n", cli_bold(), r->name, cli_plain());
	pair(j, "rule", j ? r->name : NULL);
	pair(j, "asks", r->asks);
	pair(j, "why", r->why);
	pair(j, "example", r->example);
	pair(j, "remedy", r->remedy);
	pair(j, "source", r->ref);
}

static const char *access_text(unsigned access)
{
	static const char *const texts[] = {
		"read only",
		"read and write",
		"write only",
		"write only, clears itself",
		"read only, cleared by reading",
		"read and write, the module writes it too",
	};

	return texts[access];
}

static void explain_codes(const struct lw_field *f, struct lw_json *j)
{
	size_t n;
	const struct lw_code *row = lw_code_rows((enum lw_code_table)f->codes, &n);

	if (f->kind != LW_KIND_CODE || !row)
		return;
	if (j) {
		lw_json_key(j, "codes");
		lw_json_begin_object(j);
	}
	for (size_t i = 0; i < n; i++) {
		char code[24];

		if (row[i].first == row[i].last)
			snprintf(code, sizeof(code), "0x%02x", row[i].first);
		else
			snprintf(code, sizeof(code), "0x%02x-0x%02x", row[i].first, row[i].last);
		pair(j, code, row[i].name);
	}
	if (j)
		lw_json_end_object(j);
}

static void explain_field(const struct lw_field *f, struct lw_json *j)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	char place[96], scale[64] = "", lanes[64] = "";

	if (f->width < 8)
		snprintf(place, sizeof(place), "%s:%u bits %u-%u", s->name, f->byte,
			 f->shift + f->width - 1u, f->shift);
	else
		snprintf(place, sizeof(place), "%s:%u, %u bytes", s->name, f->byte, f->width / 8u);
	if (f->num != 1 || f->den != 1)
		snprintf(scale, sizeof(scale), "%d/%d %s a step", f->num, f->den, f->unit);
	else if (f->unit[0])
		snprintf(scale, sizeof(scale), "%s", f->unit);
	if (f->lanes > 1)
		snprintf(lanes, sizeof(lanes), "%u, every %u bits", f->lanes, f->stride);
	if (!j)
		printf("%s%s.%s%s, a register field\n", cli_bold(),
		       lw_map_name((enum lw_map_id)f->map), f->name, cli_plain());
	pair(j, "field", j ? f->name : NULL);
	pair(j, "standard", f->std);
	pair(j, "place", place);
	pair(j, "meaning", f->doc);
	pair(j, "unit", scale);
	pair(j, "lanes", lanes);
	pair(j, "access", access_text(f->access));
	if (f->need >= 0)
		pair(j, "needs", lw_map_fields((enum lw_map_id)f->map, NULL)[f->need].name);
	pair(j, "since", f->since);
	pair(j, "source", f->ref);
	pair(j, "confident", f->confidence);
	explain_codes(f, j);
}

/* "cmis.dp_state_host_lane", or a bare field name that some map has. */
static const struct lw_field *find_field(const char *name)
{
	const char *dot = strchr(name, '.');

	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		const char *id = lw_map_name((enum lw_map_id)map);
		const struct lw_field *f = NULL;

		if (dot && strncmp(id, name, (size_t)(dot - name)) == 0 && !id[dot - name])
			f = lw_map_find((enum lw_map_id)map, dot + 1);
		if (!f)
			f = lw_map_find((enum lw_map_id)map, name);
		if (f)
			return f;
	}
	return NULL;
}

static bool list(const char *what)
{
	size_t n;

	if (strcmp(what, "rules") == 0) {
		const struct lw_rule *r = lw_rules(&n);

		for (size_t i = 0; i < n; i++)
			printf("%-16s %s\n", r[i].name, r[i].asks);
	} else if (strcmp(what, "parts") == 0) {
		const struct lw_part *p = lw_parts(&n);

		for (size_t i = 0; i < n; i++)
			if (!strchr(p[i].name, '/'))
				printf("%-24s %s\n", p[i].name, p[i].doc);
	} else if (strcmp(what, "cords") == 0) {
		const struct lw_cord *c = lw_cords(&n);

		for (size_t i = 0; i < n; i++)
			printf("%-24s %s\n", c[i].name, c[i].doc);
	} else {
		return false;
	}
	return true;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	bool json = false;
	int n = cli_parse(self, argc, argv, on_option, &json);
	struct lw_buf text = LW_BUF_INIT;
	const struct lw_field *field;
	const struct lw_rule *rule;
	struct lw_json j;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, "name one rule, field or list");
	if (!json && list(argv[0]))
		return CLI_OK;
	rule = lw_rule_find(argv[0]);
	field = rule ? NULL : find_field(argv[0]);
	if (!rule && !field)
		return cli_usage(self, "there is no rule or field \"%s\"", argv[0]);
	lw_json_init(&j, &text);
	if (json)
		lw_json_begin_object(&j);
	if (rule)
		explain_rule(rule, json ? &j : NULL);
	else
		explain_field(field, json ? &j : NULL);
	if (!json)
		return CLI_OK;
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

const struct cli_command cli_explain = {
	.name = "explain",
	.synopsis = "[--json] RULE | FIELD | rules | parts | cords",
	.summary = "what a finding or a register field means, and its source",
	.text = "Explain a rule of link checks (lane-rate), or a register field by our name or "
		"the\n"
		"standard's (cmis.dp_state_host_lane, DPStateHostLane). \"rules\", \"parts\" and\n"
		"\"cords\" list what there is to name.",
	.options = options,
	.run = run,
};
