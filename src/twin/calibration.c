/* SPDX-License-Identifier: Apache-2.0 */
#include "calibration.h"

#include <math.h>

/* Received power is a polynomial of this degree in the plain number. */
enum { DEGREE = 4, NUMBER_MAX = 0xffff };

static const struct {
	uint16_t slope, offset;
} line[] = {
	[LW_CAL_TEMPERATURE] = {LW_SFF8472_CAL_TEMP_SLOPE, LW_SFF8472_CAL_TEMP_OFFSET},
	[LW_CAL_VCC] = {LW_SFF8472_CAL_VCC_SLOPE, LW_SFF8472_CAL_VCC_OFFSET},
	[LW_CAL_TX_BIAS] = {LW_SFF8472_CAL_TX_BIAS_SLOPE, LW_SFF8472_CAL_TX_BIAS_OFFSET},
	[LW_CAL_TX_POWER] = {LW_SFF8472_CAL_TX_POWER_SLOPE, LW_SFF8472_CAL_TX_POWER_OFFSET},
};

static const uint16_t curve[DEGREE + 1] = {
	LW_SFF8472_CAL_RX_POWER_0, LW_SFF8472_CAL_RX_POWER_1, LW_SFF8472_CAL_RX_POWER_2,
	LW_SFF8472_CAL_RX_POWER_3, LW_SFF8472_CAL_RX_POWER_4,
};

static bool external(const struct lw_memory *m)
{
	return lw_memory_get(m, LW_SFF8472_EXTERNALLY_CALIBRATED, 0);
}

static double constant(const struct lw_memory *m, unsigned id)
{
	double v;

	return lw_field_value(&m->field[id], 0, &m->view, &v) ? 0 : v;
}

static double at(const double c[DEGREE + 1], double number)
{
	double sum = 0;

	for (int i = DEGREE; i >= 0; i--)
		sum = sum * number + c[i];
	return sum;
}

static void read_curve(const struct lw_memory *m, double ret[DEGREE + 1])
{
	for (int i = 0; i <= DEGREE; i++)
		ret[i] = constant(m, curve[i]);
}

/* The number whose power comes nearest, on a curve that rises or falls all the way; a curve that
 * turns round gives one of the numbers that do. */
static int64_t number_of(const double c[DEGREE + 1], double power)
{
	bool rises = at(c, NUMBER_MAX) >= at(c, 0);
	int64_t low = 0, high = NUMBER_MAX;

	while (high - low > 1) {
		int64_t middle = (low + high) / 2;

		if ((at(c, (double)middle) <= power) == rises)
			low = middle;
		else
			high = middle;
	}
	return fabs(at(c, (double)low) - power) <= fabs(at(c, (double)high) - power) ? low : high;
}

void lw_calibration_show(struct lw_memory *m, enum lw_calibrated what, unsigned id, double value)
{
	double unit = lw_memory_unit(m, id), c[DEGREE + 1], slope;

	if (unit <= 0)
		return;
	if (!external(m)) {
		lw_memory_put(m, id, 0, llround(value / unit));
		return;
	}
	if (what == LW_CAL_RX_POWER) {
		read_curve(m, c);
		lw_memory_put(m, id, 0, number_of(c, value / unit));
		return;
	}
	slope = constant(m, line[what].slope);
	if (slope <= 0) { /* no number tells anything */
		lw_memory_put(m, id, 0, 0);
		return;
	}
	value -= constant(m, line[what].offset);
	lw_memory_put(m, id, 0, llround(value / unit / slope));
}

double lw_calibration_value(const struct lw_memory *m, enum lw_calibrated what, unsigned id)
{
	const struct lw_field *f = &m->field[id];
	double c[DEGREE + 1];

	if (!external(m))
		return constant(m, id);
	if (what != LW_CAL_RX_POWER)
		return constant(m, line[what].slope) * constant(m, id) +
		       constant(m, line[what].offset);
	read_curve(m, c);
	return fmax(at(c, (double)lw_memory_get(m, id, 0)), 0) * f->num / f->den;
}
