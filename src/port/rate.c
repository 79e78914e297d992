/* SPDX-License-Identifier: Apache-2.0 */
#include "port-tables.h"

#include <lanewise/port.h>
#include <stdio.h>

#define RATE_MAX_MBPS 10000000u /* 10 Tb/s: far above any cage, far below overflow */

int lw_lane_signal(uint32_t rate_mbps, uint32_t *ret_baud_kbd, enum lw_modulation *ret_modulation,
		   const char **ret_fec)
{
	for (size_t i = 0; i < lw_lane_rates_n; i++) {
		const struct lw_lane_rate *r = &lw_lane_rates[i];

		if (r->rate_mbps != rate_mbps)
			continue;
		*ret_baud_kbd = r->baud_kbd;
		*ret_modulation = r->modulation;
		*ret_fec = r->fec;
		return 0;
	}
	return LW_EINVAL;
}

uint32_t lw_lane_rate(uint32_t baud_kbd, enum lw_modulation modulation)
{
	uint32_t best = 0;

	/* a cage is specified a little above the Ethernet rate that it is for */
	for (size_t i = 0; i < lw_lane_rates_n; i++) {
		const struct lw_lane_rate *r = &lw_lane_rates[i];

		if (r->baud_kbd <= baud_kbd && r->modulation <= modulation && r->rate_mbps > best)
			best = r->rate_mbps;
	}
	return best;
}

static int digit(char c)
{
	return c >= '0' && c <= '9';
}

int lw_rate_parse(const char *s, uint32_t *ret_mbps, const char **ret_end)
{
	uint32_t whole = 0, thousandths = 0, scale = 100, mbps;

	if (!digit(*s))
		return LW_EINVAL;
	for (; digit(*s); s++) {
		whole = whole * 10 + (uint32_t)(*s - '0');
		if (whole > RATE_MAX_MBPS / 1000)
			return LW_EINVAL;
	}
	if (*s == '.') {
		if (!digit(*++s))
			return LW_EINVAL;
		for (; digit(*s); s++) {
			if (!scale)
				return LW_EINVAL; /* finer than one Mb/s */
			thousandths += (uint32_t)(*s - '0') * scale;
			scale /= 10;
		}
	}
	mbps = whole * 1000 + thousandths;
	if (*s == 'T') {
		if (mbps > RATE_MAX_MBPS / 1000)
			return LW_EINVAL;
		mbps *= 1000;
	} else if (*s != 'G') {
		return LW_EINVAL;
	}
	if (!mbps || mbps > RATE_MAX_MBPS)
		return LW_EINVAL;
	*ret_mbps = mbps;
	*ret_end = s + 1;
	return 0;
}

const char *lw_rate_text(uint32_t mbps, char *buf, size_t size)
{
	uint32_t unit = mbps >= 1000000 ? 1000000 : 1000;
	char tail[8] = "";
	int n = 0;

	if (mbps % unit) {
		n = snprintf(tail, sizeof(tail), ".%0*u", unit == 1000 ? 3 : 6, mbps % unit);
		while (n > 0 && tail[n - 1] == '0')
			tail[--n] = '\0';
	}
	snprintf(buf, size, "%u%s%c", mbps / unit, tail, unit == 1000 ? 'G' : 'T');
	return buf;
}
