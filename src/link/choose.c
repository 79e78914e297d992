/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/link.h>

bool lw_ability_serves(const struct lw_ability *a, const struct lw_lport *p)
{
	struct lw_ability_want w = {
		.first = p->first,
		.lanes = p->lanes,
		.rate_mbps = p->rate_mbps,
		.baud_kbd = p->baud_kbd,
		.modulation = p->modulation,
	};

	return lw_ability_choose(a, 1, &w) == 0;
}

/* How well the media sides of two abilities agree; more is better. */
static int agreement(const struct lw_ability *a, const struct lw_ability *b)
{
	const struct lw_pmd *p = a->pmd, *q = b->pmd;

	if (!p || !q)
		return 0;
	if (p == q && a->media_lanes == b->media_lanes)
		return 8;
	return 4 * (p->baud_kbd == q->baud_kbd && p->modulation == q->modulation) +
	       2 * (a->media_lanes == b->media_lanes) + (p->medium == q->medium);
}

static int first_serving(const struct lw_ability *a, size_t n, const struct lw_lport *p)
{
	for (size_t i = 0; i < n; i++)
		if (lw_ability_serves(&a[i], p))
			return (int)i;
	return -1;
}

void lw_link_choose(const struct lw_ability *a, size_t a_n, const struct lw_lport *pa,
		    const struct lw_ability *b, size_t b_n, const struct lw_lport *pb, int ret[2])
{
	int best = -1;

	ret[0] = first_serving(a, a_n, pa);
	ret[1] = first_serving(b, b_n, pb);
	if (ret[0] < 0 || ret[1] < 0)
		return;
	for (size_t i = 0; i < a_n; i++) {
		if (!lw_ability_serves(&a[i], pa))
			continue;
		for (size_t k = 0; k < b_n; k++) {
			int n;

			if (!lw_ability_serves(&b[k], pb))
				continue;
			n = agreement(&a[i], &b[k]);
			if (n <= best)
				continue;
			best = n;
			ret[0] = (int)i;
			ret[1] = (int)k;
		}
	}
}

/* Does `x` show the port's lanes better than `y`? Best is the narrowest that still holds them all.
 */
static bool shows_better(const struct lw_ability *x, const struct lw_ability *y, unsigned lanes)
{
	bool holds_x = x->host_lanes >= lanes, holds_y = y->host_lanes >= lanes;

	if (!x->pmd != !y->pmd)
		return x->pmd;
	if (holds_x != holds_y)
		return holds_x;
	return holds_x ? x->host_lanes < y->host_lanes : x->host_lanes > y->host_lanes;
}

const struct lw_ability *lw_link_face(const struct lw_ability *a, size_t n,
				      const struct lw_lport *p)
{
	const struct lw_ability *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (!best || shows_better(&a[i], best, p->lanes))
			best = &a[i];
	return best;
}
