/* SPDX-License-Identifier: Apache-2.0 */
#include "eeprom.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

/* Longer values are cut in the table; JSON has them whole. */
#define VALUE_MAX 48

static void put(struct libscols_line *line, size_t column, const char *s)
{
	char cut[VALUE_MAX + 4];

	if (strlen(s) > VALUE_MAX) {
		snprintf(cut, sizeof(cut), "%.*s...", VALUE_MAX, s);
		s = cut;
	}
	scols_line_set_data(line, column, s);
}

static void put_place(struct libscols_line *line, const struct lw_change *c)
{
	char place[48];
	int n = snprintf(place, sizeof(place), "%s:%u", c->slot, c->first);

	if (c->last != c->first)
		n += snprintf(place + n, sizeof(place) - (size_t)n, "-%u", c->last);
	if (c->bank)
		snprintf(place + n, sizeof(place) - (size_t)n, " bank %u", c->bank);
	scols_line_set_data(line, 1, place);
}

void cli_print_changes(const struct lw_changes *c, const char *was, const char *is)
{
	const char *const columns[] = {"FIELD", "PLACE", was, is};
	struct libscols_table *t = c->n ? scols_new_table() : NULL;
	char *s = NULL;

	for (size_t i = 0; t && i < 4; i++)
		scols_table_new_column(t, columns[i], 0, 0);
	for (size_t i = 0; t && i < c->n; i++) {
		struct libscols_line *line = scols_table_new_line(t, NULL);
		char name[96];

		if (!line)
			break;
		lw_change_name(&c->v[i], name, sizeof(name));
		scols_line_set_data(line, 0, name[0] ? name : "-");
		put_place(line, &c->v[i]);
		put(line, 2, c->v[i].was);
		put(line, 3, c->v[i].is);
	}
	if (t && scols_print_table_to_string(t, &s) == 0 && s)
		fputs(s, stdout);
	if (s && *s && s[strlen(s) - 1] != '\n')
		putchar('\n');
	free(s);
	scols_unref_table(t);
}
