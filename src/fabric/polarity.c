/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/fabric.h>

const char *lw_polarity_name(enum lw_polarity p)
{
	static const char *const names[] = {"A", "B", "C"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "?";
}

/* Where position `at` (from 1) of one end comes out at the other (TIA-568.3, methods A, B, C). */
static unsigned through(enum lw_polarity type, unsigned positions, unsigned at)
{
	switch (type) {
	case LW_POLARITY_B:
		return positions + 1 - at;
	case LW_POLARITY_C:
		return at % 2 ? at + 1 : at - 1;
	default:
		return at;
	}
}

/*
 * Parallel modules send lane k at position k and receive it at the same place from the other side,
 * so that one reversal joins them lane by lane (data/cords.csv).
 */
int lw_polarity_lane(const enum lw_polarity *elements, size_t n, unsigned positions, unsigned pair)
{
	unsigned at = pair + 1;

	if (positions % 2 || at > positions / 2)
		return -1;
	for (size_t i = 0; i < n; i++)
		at = through(elements[i], positions, at);
	return at > positions / 2 ? (int)(positions - at) : -1;
}
