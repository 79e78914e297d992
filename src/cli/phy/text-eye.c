/* SPDX-License-Identifier: Apache-2.0 */
#include "draw-eye.h"

#include <math.h>
#include <string.h>

enum { LINES = 32, COLUMNS = 2 * LW_PHASES };

/* Density of a cell of the screen: rows joined, two symbols side by side, crossing in the middle.
 */
static double density(const struct lw_eye *e, unsigned line, unsigned column)
{
	unsigned rows = LW_EYE_ROWS / LINES, s = (column + LW_PHASES / 2) % LW_PHASES;
	double sum = 0;

	for (unsigned r = 0; r < rows; r++)
		sum += (double)e->count[s][(LINES - 1 - line) * rows + r];
	return e->symbols ? sum / (double)e->symbols : 0;
}

void eye_text(const struct eye_picture *p, struct lw_buf *ret)
{
	static const char shade[] = " .:-=+*#%@";
	const struct lw_eye *e = p->eye;
	double most = 1e-300;

	for (unsigned line = 0; line < LINES; line++)
		for (unsigned c = 0; c < LW_PHASES; c++)
			most = fmax(most, density(e, line, c));
	for (unsigned line = 0; line < LINES; line++) {
		double middle = e->high - (line + 0.5) * (e->high - e->low) / LINES;

		lw_buf_printf(ret, "%9.4g |", middle);
		for (unsigned c = 0; c < COLUMNS; c++) {
			/* roots show both the crowd and the few */
			double d = density(e, line, c);
			int k = d <= 0 ? 0 : 1 + (int)fmin(pow(d / most, 0.4) * 9, 8);

			lw_buf_putc(ret, shade[k]);
		}
		lw_buf_puts(ret, "|\n");
	}
	lw_buf_printf(ret, "%9s +", "");
	for (unsigned c = 0; c < COLUMNS; c++)
		lw_buf_putc(ret, c % (LW_PHASES / 2) ? '-' : '+');
	lw_buf_printf(ret, "+\n%9s  two symbols of %.4g ps\n", "", 1e3 / p->baud_gbd);
}
