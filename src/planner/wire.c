/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING UINT32_MAX

/* Leaves and servers. Port g of a server belongs to plane g mod P, in it to rail (g / P) mod R. */
static bool far_leaf(const struct lw_planner *p, unsigned end, uint32_t device, uint32_t port,
		     uint32_t *ret_device, uint32_t *ret_port)
{
	const struct lw_plan_sizes *z = &p->size;
	uint32_t rails = p->intent->rails, planes = p->intent->planes, q = z->server_leaf_ports,
		 per = p->tier[LW_TIER_LEAF].per_plane, server, h;

	if (end == 0) {
		h = port / planes;
		*ret_device = port % planes * per + device / z->group_servers * rails + h % rails;
		*ret_port = device % z->group_servers * q + h / rails;
		return true;
	}
	server = device % per / rails * z->group_servers + port / q;
	if (server >= p->tier[LW_TIER_SERVER].per_plane || port >= z->group_servers * q)
		return false;
	h = port % q * rails + device % per % rails;
	*ret_device = server;
	*ret_port = h * planes + device / per;
	return true;
}

/* Uplink u of a leaf goes to spine u / p of its pod; there leaf l has the ports from l * p on. */
static bool far_spine(const struct lw_planner *p, unsigned end, uint32_t device, uint32_t port,
		      uint32_t *ret_device, uint32_t *ret_port)
{
	const struct lw_plan_sizes *z = &p->size;
	uint32_t leaves = p->tier[LW_TIER_LEAF].per_plane,
		 spines = p->tier[LW_TIER_SPINE].per_plane, n = z->leaf_parallel, i, leaf;

	if (end == 0) {
		i = device % leaves;
		*ret_device = device / leaves * spines + i / z->pod_leaves * z->spines + port / n;
		*ret_port = i % z->pod_leaves * n + port % n;
		return true;
	}
	i = device % spines;
	leaf = i / z->spines * z->pod_leaves + port / n;
	if (leaf >= leaves)
		return false;
	*ret_device = device / spines * leaves + leaf;
	*ret_port = i % z->spines * n + port % n;
	return true;
}

/* Spine s of every pod goes to the same cores; there pod d has the ports from d * p on. */
static bool far_core(const struct lw_planner *p, unsigned end, uint32_t device, uint32_t port,
		     uint32_t *ret_device, uint32_t *ret_port)
{
	const struct lw_plan_sizes *z = &p->size;
	uint32_t spines = p->tier[LW_TIER_SPINE].per_plane, cores = p->tier[LW_TIER_CORE].per_plane,
		 n = z->spine_parallel, i;

	if (end == 0) {
		i = device % spines;
		*ret_device =
			device / spines * cores + i % z->spines * z->cores_per_spine + port / n;
		*ret_port = i / z->spines * n + port % n;
		return true;
	}
	i = device % cores;
	*ret_device = device / cores * spines + port / n * z->spines + i / z->cores_per_spine;
	*ret_port = i % z->cores_per_spine * n + port % n;
	return true;
}

bool lw_plan_far(const struct lw_planner *p, const struct lw_plan_joint *j, unsigned end,
		 uint32_t device, uint32_t port, uint32_t *ret_device, uint32_t *ret_port)
{
	switch (j->low) {
	case LW_TIER_SERVER:
		return far_leaf(p, end, device, port, ret_device, ret_port);
	case LW_TIER_LEAF:
		return far_spine(p, end, device, port, ret_device, ret_port);
	default:
		return far_core(p, end, device, port, ret_device, ret_port);
	}
}

bool lw_plan_there(const struct lw_planner *p, enum lw_tier t, uint32_t device)
{
	return device % p->tier[t].per_plane < p->tier[t].now;
}

/*
 * The wire of `n` ports of the head from `port` on, fully grown.
 * @return false when nothing of it is there now
 */
static bool wire_at(const struct lw_planner *p, const struct lw_plan_joint *j, unsigned head,
		    uint32_t device, uint32_t port, unsigned n, struct wire *w)
{
	const struct lw_plan_side *s = side_of(p, j, head), *far = side_of(p, j, !head);
	uint32_t last = NOTHING;
	bool any = false;

	w->n = 0;
	w->length_m = 0;
	for (unsigned i = 0; i < n; i++) {
		struct lw_plan_link *l = &w->link[w->n];
		uint32_t d, q;

		if (port + i >= s->ports || !lw_plan_far(p, j, head, device, port + i, &d, &q))
			continue;
		l->device[head] = device;
		l->cage[head] = (uint16_t)(s->first + (port + i) / s->mode.n);
		l->port[head] = (uint8_t)((port + i) % s->mode.n);
		l->device[!head] = d;
		l->cage[!head] = (uint16_t)(far->first + q / far->mode.n);
		l->port[!head] = (uint8_t)(q % far->mode.n);
		l->leg = (uint8_t)w->n;
		if (d != last) {
			double m = lw_plan_length(p, j->low, l->device[0], l->device[1]);

			w->length_m = m > w->length_m ? m : w->length_m;
			last = d;
		}
		w->there[w->n] = lw_plan_there(p, j->low + !head, d);
		any |= w->there[w->n++];
	}
	return any;
}

static int by_length(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Every length that any medium of the joint comes in. */
static void collect_lengths(struct lw_planner *p, struct lw_plan_joint *j)
{
	for (uint32_t i = 0; i < j->medium_n; i++) {
		const struct lw_stock *s = p->media[j->first_medium + i].stock;

		for (unsigned k = 0; s && k < s->n; k++) {
			unsigned at = 0;

			while (at < j->length_n && j->lengths_m[at] != s->m[k])
				at++;
			if (at == j->length_n && at < 63)
				j->lengths_m[j->length_n++] = s->m[k];
		}
	}
	qsort(j->lengths_m, j->length_n, sizeof(double), by_length);
}

static unsigned length_at(const struct lw_plan_joint *j, double m)
{
	unsigned low = 0, high = j->length_n;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (j->lengths_m[mid] < m)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The links of one cable of medium `m` among those of a whole cage. */
static void first_cable(const struct lw_planner *p, const struct lw_plan_joint *j,
			const struct lw_plan_medium *m, const struct wire *cage, struct wire *ret)
{
	const struct lw_plan_link *l = &cage->link[0];
	const struct lw_plan_side *s = side_of(p, j, m->head);

	wire_at(p, j, m->head, l->device[m->head],
		(uint32_t)(l->cage[m->head] - s->first) * s->mode.n, lw_plan_cable_links(p, m),
		ret);
}

/* Media that do not come up even at their shortest are out, once for the joint. */
static int weed(struct lw_planner *p, struct lw_plan_joint *j, const struct wire *cage,
		struct lw_error *reterr)
{
	for (uint32_t i = 0; i < j->medium_n; i++) {
		struct lw_plan_medium *m = &p->media[j->first_medium + i];
		struct wire w;
		uint32_t c;
		int rc;

		first_cable(p, j, m, cage, &w);
		rc = lw_plan_classify(p, j->first_medium + i, 0, &w, &c, reterr);
		if (rc)
			return rc;
		m->refused = lw_plan_class_verdict(&p->classes[c]) == LW_DOWN;
		m->at_risk = lw_plan_class_verdict(&p->classes[c]) == LW_AT_RISK;
	}
	j->weeded = true;
	return 0;
}

/* The medium for a way of that length: the first that comes up, else the first that may. */
static int choose(struct lw_planner *p, struct lw_plan_joint *j, unsigned at,
		  const struct wire *cage, struct lw_error *reterr)
{
	double m = at < j->length_n ? j->lengths_m[at] : HUGE_VAL;
	uint32_t maybe = NOTHING;

	if (!j->weeded) {
		int failed = weed(p, j, cage, reterr);

		if (failed)
			return failed;
	}
	j->choice[at] = NOTHING;
	for (uint32_t i = 0; i < j->medium_n; i++) {
		uint32_t medium = j->first_medium + i, c;
		int stock = lw_plan_stock_at(&p->media[medium], m);
		struct wire w;
		enum lw_verdict v;
		int rc;

		if (stock < 0 || p->media[medium].refused)
			continue;
		first_cable(p, j, &p->media[medium], cage, &w);
		rc = lw_plan_classify(p, medium, (unsigned)stock, &w, &c, reterr);
		if (rc)
			return rc;
		v = lw_plan_class_verdict(&p->classes[c]);
		if (v == LW_UP) {
			j->choice[at] = medium + 1;
			return 0;
		}
		if (v == LW_AT_RISK && maybe == NOTHING)
			maybe = medium;
	}
	if (maybe != NOTHING)
		j->choice[at] = maybe + 1;
	return 0;
}

static int add_cable(struct lw_planner *p, struct lw_plan_joint *j, uint32_t medium,
		     const struct wire *w, struct lw_error *reterr)
{
	struct lw_plan_medium *m = &p->media[medium];
	int at = lw_plan_stock_at(m, w->length_m);
	struct lw_plan_cable *cable = &p->cables[p->cable_n];
	uint32_t class_ = 0;
	int64_t known;
	int rc = 0;

	if (at < 0)
		return 0;
	known = class_known(p, m, (unsigned)at, w);
	if (known >= 0)
		class_ = (uint32_t)known;
	else
		rc = lw_plan_classify(p, medium, (unsigned)at, w, &class_, reterr);
	if (rc)
		return rc;
	m = &p->media[medium];
	*cable = (struct lw_plan_cable){.first_link = (uint32_t)p->link_n,
					.class_ = (uint16_t)class_};
	for (unsigned i = 0; i < w->n; i++) {
		struct lw_plan_link *l = &p->links[p->link_n];

		if (!w->there[i])
			continue;
		*l = w->link[i];
		l->cable = (uint32_t)p->cable_n;
		for (unsigned e = 0; e < 2; e++) {
			struct lw_plan_tier *t = &p->tier[j->low + e];

			t->class_of[(size_t)l->device[e] * t->cages + l->cage[e]] =
				(uint16_t)(class_ + 1);
		}
		j->verdict_n[p->classes[class_].verdict[i]]++;
		p->lane_n += p->classes[class_].lanes;
		p->link_n++;
		cable->link_n++;
	}
	p->classes[class_].cable_n++;
	p->classes[class_].count += cable->link_n;
	m->used++;
	p->cable_n++;
	return 0;
}

/* All cables of one cage. */
static int wire_cage(struct lw_planner *p, struct lw_plan_joint *j, unsigned head, uint32_t device,
		     uint32_t port, uint32_t fixed, struct lw_error *reterr)
{
	unsigned n = side_of(p, j, head)->mode.n, at, step;
	uint32_t medium = fixed;
	struct wire w;
	int rc = 0;

	if (!wire_at(p, j, head, device, port, n, &w))
		return 0;
	if (w.length_m > j->longest_m)
		j->longest_m = w.length_m;
	at = length_at(j, w.length_m);
	if (medium == NOTHING) {
		if (!j->choice[at])
			rc = choose(p, j, at, &w, reterr);
		if (rc)
			return rc;
		medium = j->choice[at] - 1;
	}
	if (medium >= p->medium_n) {
		for (unsigned i = 0; i < w.n; i++)
			j->lost_n += w.there[i];
		return 0;
	}
	j->cables_of[at]++;
	step = lw_plan_cable_links(p, &p->media[medium]);
	for (unsigned i = 0; i < n && !rc; i += step)
		if (wire_at(p, j, head, device, port + i, step, &w))
			rc = add_cable(p, j, medium, &w, reterr);
	return rc;
}

/* The longest way of a joint when fully grown. */
static double longest(const struct lw_planner *p, const struct lw_plan_joint *j, struct wire *ret)
{
	const struct lw_plan_tier *t = &p->tier[j->low];
	const struct lw_plan_side *s = side_of(p, j, 0);
	double most = 0;

	for (uint32_t d = 0; d < t->planes * t->per_plane; d++)
		for (uint32_t q = 0; q < s->ports; q++) {
			struct wire w;

			wire_at(p, j, 0, d, q, 1, &w);
			if (w.n && w.length_m > most) {
				most = w.length_m;
				wire_at(p, j, 0, d, q - q % s->mode.n, s->mode.n, ret);
			}
		}
	return most;
}

static unsigned head_of(const struct lw_planner *p, const struct lw_plan_joint *j)
{
	/* the end whose cages have more ports; equal: the lower one */
	return side_of(p, j, 1)->mode.n > side_of(p, j, 0)->mode.n;
}

static int wire_joint(struct lw_planner *p, struct lw_plan_joint *j, lw_plan_progress progress,
		      void *ctx, struct lw_error *reterr)
{
	unsigned head = head_of(p, j);
	uint32_t fixed = NOTHING;
	const struct lw_plan_tier *t;
	const struct lw_plan_side *s;
	int rc = 0;

	collect_lengths(p, j);
	if (j->whole) {
		struct wire w = {0};
		unsigned at = length_at(j, longest(p, j, &w));

		if (w.n)
			rc = choose(p, j, at, &w, reterr);
		if (rc)
			return rc;
		fixed = j->choice[at] && j->choice[at] != NOTHING ? j->choice[at] - 1 : NOTHING - 1;
		if (fixed < p->medium_n)
			head = p->media[fixed].head;
	}
	t = &p->tier[j->low + head];
	s = side_of(p, j, head);
	j->first_link = p->link_n;
	for (uint32_t d = 0; d < t->planes * t->per_plane; d++) {
		if (!lw_plan_there(p, j->low + head, d))
			continue;
		for (uint32_t q = 0; q < s->ports && !rc; q += s->mode.n)
			rc = wire_cage(p, j, head, d, q, fixed, reterr);
		if (rc)
			return rc;
		if (progress)
			progress(ctx, p->link_n, p->link_cap);
	}
	j->link_n = p->link_n - j->first_link;
	return 0;
}

int lw_plan_wire(struct lw_planner *p, lw_plan_progress progress, void *ctx,
		 struct lw_error *reterr)
{
	int rc = 0;

	for (unsigned i = 0; i < p->joint_n && !rc; i++)
		rc = wire_joint(p, &p->joint[i], progress, ctx, reterr);
	return rc;
}
