/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"

#include <string.h>

/* clang-format off */
enum { DURATION, JITTER, ACCESS_TIMES, LOCKED, READ_MAX, AGE_HOURS, AIR, AIRFLOW, PERCENT_OF };

static const struct {
	const char *name;
	uint8_t what;
	uint8_t duration; /**< of PERCENT_OF: enum lw_twin_duration */
	uint32_t max;
} options[] = {
	{ "duration",     DURATION,     0,                   10000 },
	{ "jitter",       JITTER,       0,                   100 },
	{ "access-times", ACCESS_TIMES, 0,                   1 },
	{ "locked",       LOCKED,       0,                   1 },
	{ "read-max",     READ_MAX,     0,                   128 },
	{ "age-hours",    AGE_HOURS,    0,                   10000000 },
	{ "air",          AIR,          0,                   100 },
	{ "airflow",      AIRFLOW,      0,                   1000 },
	{ "mgmt-init",    PERCENT_OF,   LW_TWIN_MGMT_INIT,   10000 },
	{ "pwr-up",       PERCENT_OF,   LW_TWIN_PWR_UP,      10000 },
	{ "pwr-dn",       PERCENT_OF,   LW_TWIN_PWR_DN,      10000 },
	{ "dp-init",      PERCENT_OF,   LW_TWIN_DP_INIT,     10000 },
	{ "dp-deinit",    PERCENT_OF,   LW_TWIN_DP_DEINIT,   10000 },
	{ "tx-on",        PERCENT_OF,   LW_TWIN_TX_ON,       10000 },
	{ "tx-off",       PERCENT_OF,   LW_TWIN_TX_OFF,      10000 },
	{ "config",       PERCENT_OF,   LW_TWIN_CONFIG,      10000 },
};
/* clang-format on */

int lw_twin_option_set(struct lw_twin *t, const char *name, unsigned value, struct lw_error *reterr)
{
	size_t i = 0, n = sizeof(options) / sizeof(options[0]);

	while (i < n && strcmp(options[i].name, name) != 0)
		i++;
	if (i == n)
		return lw_fail(
			reterr, LW_ENOENT,
			"there is no option \"%.40s\"; they are duration, mgmt-init, pwr-up, "
			"pwr-dn, dp-init, dp-deinit, tx-on, tx-off, config, jitter, "
			"access-times, locked, read-max, age-hours, air and airflow",
			name);
	if (value > options[i].max)
		return lw_fail(reterr, LW_EINVAL, "%s: %u is more than %u", name, value,
			       options[i].max);
	switch (options[i].what) {
	case DURATION:
		t->opt.duration_percent = value;
		break;
	case JITTER:
		t->opt.jitter_percent = value;
		break;
	case ACCESS_TIMES:
		t->opt.access_times = value;
		break;
	case LOCKED:
		t->opt.locked = value;
		break;
	case READ_MAX:
		t->opt.read_max = value;
		break;
	case AGE_HOURS:
		lw_heat_age_set(t, value);
		break;
	case AIR:
		lw_twin_air(t, value, t->heat.air_m_s);
		break;
	case AIRFLOW: /* in percent of what is usual */
		lw_twin_air(t, t->heat.air_degc, lw_twin_numbers[LW_TWIN_AIR_SPEED] * value / 100);
		break;
	default:
		t->opt.percent_of[options[i].duration] = value;
		break;
	}
	return 0;
}
