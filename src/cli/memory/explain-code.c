/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Codes of SFF-8024 and of the maps: by number, by name, by table. */

#define CODE_MAX 0xffff

bool ex_number(const char *s, unsigned *ret)
{
	size_t n = strlen(s);
	bool suffix = n > 1 && (s[n - 1] == 'h' || s[n - 1] == 'H');
	unsigned long value;
	char *end;

	if (s[0] < '0' || (s[0] > '9' && !suffix))
		return false;
	value = strtoul(s, &end, suffix || strncasecmp(s, "0x", 2) == 0 ? 16 : 10);
	if (value > CODE_MAX || end != s + n - suffix)
		return false;
	*ret = (unsigned)value;
	return true;
}

/* The fields whose codes a table explains, as one line. */
static void put_users(struct ex *x, enum lw_code_table table)
{
	struct lw_buf names = LW_BUF_INIT;
	unsigned more = 0;

	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t n;
		const struct lw_field *f = lw_map_fields((enum lw_map_id)map, &n);

		for (size_t i = 0; i < n; i++) {
			if (f[i].kind != LW_KIND_CODE || f[i].codes != table)
				continue;
			if (names.len > 200)
				more++;
			else
				lw_buf_printf(&names, "%s%s.%s", names.len ? ", " : "",
					      lw_map_name((enum lw_map_id)map), f[i].name);
		}
	}
	if (more)
		lw_buf_printf(&names, " and %u more", more);
	ex_pair(x, "used by", lw_buf_str(&names));
	lw_buf_finish(&names);
}

static void put_interface(struct ex *x, enum lw_code_table table, unsigned code)
{
	const struct lw_interface *i = lw_interface_find(table, code);

	if (!i)
		return;
	if (i->lanes && i->baud_kbd)
		ex_pairf(x, "lanes", "%u x %g GBd %s", i->lanes, i->baud_kbd / 1e6,
			 i->modulation == LW_MOD_NONE ? "" : lw_modulation_name(i->modulation));
	else if (i->lanes)
		ex_pairf(x, "lanes", "%u", i->lanes);
	if (i->rate_mbps)
		ex_pairf(x, "rate", "%g Gb/s", i->rate_mbps / 1e3);
	ex_pair(x, "FEC", i->fec);
	ex_pair(x, "PMD", i->pmd ? i->pmd->name : NULL);
	ex_pair(x, "SFP PMD", i->pmd_sfp ? i->pmd_sfp->name : NULL);
	ex_pair(x, "host side", i->host ? i->host->name : NULL);
	ex_pair(x, "confident", i->confidence);
}

static void put_code(struct ex *x, enum lw_code_table table, unsigned code,
		     const struct lw_code *row)
{
	if (!ex_begin(x, "code", "0x%02x in %s, a code", code, lw_code_table_name(table)))
		return;
	if (x->j) {
		ex_pair(x, "table", lw_code_table_name(table));
		ex_pairf(x, "code", "0x%02x", code);
	}
	ex_pair(x, "meaning", row->reserved ? "reserved" : row->name);
	if (row->den)
		ex_pairf(x, "number", "%g", (double)row->num / row->den);
	put_interface(x, table, code);
	put_users(x, table);
	ex_pair(x, "source", row->ref);
	ex_end(x);
}

/* The tables of SFF-8024 come first: identifiers, connectors, interfaces. */
static void by_code(struct ex *x, unsigned code, bool sff8024)
{
	for (unsigned t = LW_CODES_NONE + 1; t < LW_CODES_N; t++) {
		const struct lw_code *row = lw_code_find((enum lw_code_table)t, code);

		if (sff8024 !=
		    (strncmp(lw_code_table_name((enum lw_code_table)t), "sff8024_", 8) == 0))
			continue;
		if (x->table && strcmp(x->table, lw_code_table_name((enum lw_code_table)t)) != 0)
			continue;
		/* unless asked for, neither reserved nor custom ranges: they mean nothing here */
		if (row && (x->table || (!row->reserved && row->first == row->last)))
			put_code(x, (enum lw_code_table)t, code, row);
	}
}

void ex_code(struct ex *x, unsigned code)
{
	by_code(x, code, true);
	by_code(x, code, false);
}

/* "400GBASE-DR4" is the name of "400G-FR4/400GBASE-DR4" and "400GBASE-DR4, 400GAUI-4 C2M" too. */
static bool is_name(const char *names, const char *name)
{
	size_t length = strlen(name);

	if (strcasecmp(names, name) == 0)
		return true;
	for (const char *s = names; *s;) {
		size_t n = strcspn(s, "/,(");

		while (n && s[n - 1] == ' ')
			n--;
		if (n == length && strncasecmp(s, name, n) == 0)
			return true;
		s += strcspn(s, "/,(");
		s += strspn(s, "/,( ");
	}
	return false;
}

void ex_code_name(struct ex *x, const char *name)
{
	for (unsigned t = LW_CODES_NONE + 1; t < LW_CODES_N; t++) {
		size_t n;
		const struct lw_code *row = lw_code_rows((enum lw_code_table)t, &n);

		if (x->table && strcmp(x->table, lw_code_table_name((enum lw_code_table)t)) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (!row[i].reserved && is_name(row[i].name, name))
				put_code(x, (enum lw_code_table)t, row[i].first, &row[i]);
	}
}

void ex_table(struct ex *x, const char *name)
{
	enum lw_code_table t = lw_code_table_find(name);
	size_t n;
	const struct lw_code *row = lw_code_rows(t, &n);
	struct lw_explain_to to = ex_to(x);

	if (t == LW_CODES_NONE || !ex_begin(x, "table", "%s, a code table", name))
		return;
	if (x->j)
		ex_pair(x, "table", name);
	put_users(x, t);
	ex_pair(x, "source", n ? row[0].ref : NULL);
	lw_code_table_explain(t, &to);
	ex_end(x);
}
