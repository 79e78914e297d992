/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/eye.h>

#include <lanewise/formula.h>
#include <math.h>
#include <string.h>

void lw_eye_init(struct lw_eye *e, double low, double high)
{
	memset(e, 0, sizeof(*e));
	e->low = low;
	e->high = high;
}

/* How far the eye is open at that amplitude and phase: positive inside. */
static double inside(const double contour[LW_PHASES][3][2], unsigned eye, unsigned phase, double y)
{
	const double *c = contour[phase][eye];

	return c[0] < c[1] ? fmin(y - c[0], c[1] - y) : c[1] - c[0];
}

/* Width about `phase`, to where the amplitude leaves the opening, interpolated. */
static double width(const double contour[LW_PHASES][3][2], unsigned eye, unsigned phase, double y)
{
	double total = 0;

	if (!(inside(contour, eye, phase, y) > 0))
		return 0;
	for (int way = -1; way <= 1; way += 2) {
		double now = inside(contour, eye, phase, y);
		int s = (int)phase;

		while (s + way >= 0 && s + way < LW_PHASES) {
			double next = inside(contour, eye, (unsigned)(s + way), y);

			if (!(next > 0)) {
				total += now / (now - next);
				break;
			}
			total += 1;
			now = next;
			s += way;
		}
	}
	return total / LW_PHASES;
}

void lw_eye_measure(const double contour[LW_PHASES][3][2], unsigned eyes, unsigned phase,
		    const double threshold[3], double outer, struct lw_eye_report *ret)
{
	double least = INFINITY, most = 0;

	memset(ret, 0, sizeof(*ret));
	ret->eyes = eyes;
	for (unsigned e = 0; e < eyes; e++) {
		struct lw_opening *o = &ret->eye[e];

		o->low = contour[phase][e][0];
		o->high = contour[phase][e][1];
		o->height = fmax(o->high - o->low, 0);
		o->middle = (o->high + o->low) / 2;
		o->width = width(contour, e, phase, threshold[e]);
		least = fmin(least, o->height);
		most = fmax(most, o->height);
	}
	ret->linearity = eyes > 1 && most > 0 ? least / most : NAN;
	ret->vecp_db = least > 0 ? lw_phy_db(outer / eyes / least) : INFINITY;
}

static double amplitude(const struct lw_eye *e, double row)
{
	return e->low + row * (e->high - e->low) / LW_EYE_ROWS;
}

/* From `row` towards `way`, where the samples met reach `part`; interpolated within the row. */
static double walk(const struct lw_eye *e, unsigned phase, int row, int way, double part)
{
	double seen = 0;

	for (; row >= 0 && row < LW_EYE_ROWS; row += way) {
		double n = (double)e->count[phase][row];

		if (n > 0 && seen + n > part) {
			double u = (part - seen) / n;

			return amplitude(e, way > 0 ? row + u : row + 1 - u);
		}
		seen += n;
	}
	return way > 0 ? e->high : e->low;
}

void lw_eye_contour(const struct lw_eye *e, unsigned eyes, const double threshold[3],
		    double probability, double ret[LW_PHASES][3][2])
{
	for (unsigned s = 0; s < LW_PHASES; s++)
		for (unsigned k = 0; k < eyes; k++) {
			double part = probability * (double)e->symbols / (eyes + 1);
			double at = (threshold[k] - e->low) / (e->high - e->low) * LW_EYE_ROWS;
			int row = (int)fmin(fmax(at, 0), LW_EYE_ROWS - 1);

			ret[s][k][0] = walk(e, s, row - 1, -1, part);
			ret[s][k][1] = walk(e, s, row, 1, part);
		}
}
