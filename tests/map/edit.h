/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_EDIT_H
#define LW_TEST_EDIT_H

/*
 * What the golden dumps do not show: they are edited byte by byte, at addresses typed from the
 * standards' tables. Include after cmocka.h.
 */

#include "golden.h"

#include <math.h>

static uint8_t dump[DUMP_MAX];
static size_t dump_n;
static struct lw_facts facts;

/* In dumps of QSFP family modules: byte `b` (128-255) of upper page `p`. */
#define UPPER(p, b) dump[128 + (p)*128 + (b)-128]
/* In dumps of SFP: byte `b` of A2h. */
#define A2(b) dump[256 + (b)]

static inline void load(const char *module)
{
	memset(dump, 0xff, sizeof(dump));
	dump_n = golden_dump(module, dump);
}

static inline void decode(void)
{
	golden_decode(dump, dump_n, &facts);
}

static inline void set(uint8_t *at, unsigned n, ...)
{
	va_list ap;

	va_start(ap, n);
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)va_arg(ap, int);
	va_end(ap);
}

static inline void assert_near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static inline void assert_unstated(double got)
{
	if (!isnan(got))
		fail_msg("got %g, want nothing", got);
}

#endif
