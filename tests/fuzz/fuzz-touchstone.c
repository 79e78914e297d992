/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a Touchstone file of two and of four ports, with and without an order of ports:
 * refused with a reason, or a report whose numbers are numbers, a channel that loses something
 * finite at every frequency and a pulse of finite samples, or a reason why not. */
#include "fuzz.h"

#include <lanewise/channel.h>
#include <math.h>

static void check_channel(const struct lw_touchstone *t)
{
	struct lw_channel *c = NULL;
	static struct lw_pulse pulse;
	struct lw_error e = {0};

	require(lw_channel_create(26.5625, 64, &c, NULL) == 0);
	if (lw_channel_touchstone(c, t, &e) == 0 && lw_channel_pulse(c, 1e-6, &pulse, &e) == 0) {
		require(pulse.n > 0 && pulse.pre < pulse.n);
		for (unsigned p = 0; p < pulse.n; p++)
			for (unsigned s = 0; s < LW_PHASES; s++)
				require(isfinite(pulse.h[p][s]));
	} else {
		require(e.message[0] != 0);
	}
	lw_channel_destroy(c);
}

static void parse(const char *text, size_t n, unsigned ports, const unsigned *order)
{
	struct lw_touchstone *t = NULL;
	struct lw_error e = {0};

	if (lw_touchstone_parse(text, n, "x", ports, order, &t, &e)) {
		require(!t && e.message[0]);
		return;
	}
	{
		const struct lw_touchstone_report *r = lw_touchstone_report(t);

		require(r->ports == ports && r->points > 0 && r->low_ghz >= 0);
		require(isfinite(r->high_ghz) && r->high_ghz >= r->low_ghz);
		require(isfinite(r->worst_gain) && isfinite(r->delay_ps) && isfinite(r->early));
	}
	check_channel(t);
	lw_touchstone_destroy(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned order[] = {1, 3, 2, 4};

	if (size > 8192)
		return 0;
	parse((const char *)data, size, 2, NULL);
	parse((const char *)data, size, 4, NULL);
	parse((const char *)data, size, 4, order);
	return 0;
}
