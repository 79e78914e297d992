/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TESTS_DAEMON_RUN_H
#define LW_TESTS_DAEMON_RUN_H

#include "plant.h"

/** Run a plant for `ms` of virtual time, at each moment when something is due. */
static inline void run_plant(struct lwd_plant *p, int64_t ms)
{
	struct lw_mono end = lw_mono_add(p->now, lw_ms(ms)), next;

	while (next = lwd_plant_run(p, p->now), lw_mono_before(next, end))
		p->now = next;
	p->now = end;
	lwd_plant_run(p, end);
}

#endif
