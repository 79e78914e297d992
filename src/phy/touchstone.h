/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TOUCHSTONE_H
#define LW_TOUCHSTONE_H

#include <complex.h>
#include <lanewise/channel.h>

/** A measured network: its differential (or single-ended) transmission. */
struct lw_touchstone {
	struct lw_touchstone_report report;
	size_t n;
	double *ghz;             /**< rising */
	double *log_gain;        /**< ln |H| */
	double *residue;         /**< phase without the delay, unwrapped */
	double skin, dielectric; /**< -ln |H| beyond the last point: a sqrt(f) + b f */
	double complex *port;    /**< while parsing: ports^2 values a point, row by row */
};

/** Turn `port` into the transmission that `report.order` names, and fill the rest of the report. */
int lw_touchstone_prepare(struct lw_touchstone *t, struct lw_error *reterr);

#endif
