/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_HEAT_H
#define LW_TWIN_HEAT_H

#include "twin-impl.h"

/**
 * @file
 * Heat and what it does to lasers. The case heads for the temperature that the air, its own power
 * and its neighbours' give it; lasers follow that temperature and their age. Both change only at
 * events: a change of power or air, and the steps of age, which come at fixed times of the world.
 * So what a laser does never depends on who looks (twin 2).
 */

/** Begin at the temperature of the air, new memory and all. */
void lw_heat_begin(struct lw_twin *t);
/** The module's power may have changed: tell itself and its neighbours. Part of every run. */
void lw_heat_run(struct lw_twin *t);
/** Case temperature now, in degC, faults and noise left out. */
double lw_heat_case_degc(const struct lw_twin *t);
/** One step of age is over: lasers that shone are older. */
void lw_heat_age(struct lw_twin *t);
/** All lasers have shone for so many hours, at their reference temperature. */
void lw_heat_age_set(struct lw_twin *t, double hours);
/** Find bias, power and colour of all lasers anew: temperature or age changed. */
void lw_heat_lasers(struct lw_twin *t);
/** From now on media lane `lane` shines by `row`; NULL: no light. */
void lw_heat_laser(struct lw_twin *t, unsigned lane, const struct lw_light_row *row);
/** `t` leaves the world: its neighbours feel it no longer. */
void lw_heat_leave(struct lw_twin *t);

#endif
