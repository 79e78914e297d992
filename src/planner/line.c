/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <stdio.h>
#include <string.h>

void lw_line_put(struct line *l, const char *s)
{
	while (*s && l->n < sizeof(l->text) - 2)
		l->text[l->n++] = *s++;
}

void lw_line_put_u(struct line *l, uint64_t v)
{
	char digits[21];
	size_t k = sizeof(digits) - 1;

	digits[k] = '\0';
	do
		digits[--k] = (char)('0' + v % 10);
	while (v /= 10);
	lw_line_put(l, digits + k);
}

void lw_line_put_name(struct line *l, const char *s)
{
	if (!strpbrk(s, ",\"\n")) {
		lw_line_put(l, s);
		return;
	}
	lw_line_put(l, "\"");
	for (; *s && l->n < sizeof(l->text) - 4; s++) {
		if (*s == '"')
			l->text[l->n++] = '"';
		l->text[l->n++] = *s;
	}
	lw_line_put(l, "\"");
}

void lw_line_put_metres(struct line *l, double m)
{
	uint64_t cm = (uint64_t)(m * 100 + 0.5);

	lw_line_put_u(l, cm / 100);
	if (cm % 100 == 0)
		return;
	lw_line_put(l, ".");
	lw_line_put_u(l, cm / 10 % 10);
	if (cm % 10)
		lw_line_put_u(l, cm % 10);
}
