/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"

#include <math.h>

/* What is seen of the light: flags, and readings against the module's own thresholds. */

static double dbm(double w)
{
	return w > 0 ? 10 * log10(w * 1e3) : -INFINITY;
}

/* Readings that tell of now, NULL if there are none. */
static const struct lw_readings *readings(const struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_readings *r = lw_engine_readings(s->e, s->l->cage[end]);
	const struct lw_engine_link *x = &s->e->link[s->link];

	return r && (x->state == LW_LINK_UP || !lw_mono_before(r->at, x->since)) ? r : NULL;
}

static const struct lw_reading *of_lane(const struct lw_seen *s, enum lw_why_place end,
					const struct lw_readings *r, enum lw_quantity_id q,
					unsigned i)
{
	return &r->lane[q - LW_MON_LANES][s->l->media_lane[end][i]];
}

static bool has(const struct lw_reading *x)
{
	return x->status == LW_VALUE_OK && isfinite(x->value);
}

static void see_heat(struct lw_seen *s, enum lw_why_place end, const struct lw_readings *r)
{
	const struct lw_image *memory = &s->e->module[s->l->cage[end]].memory;
	struct lw_limits t = lw_monitor_limits(memory, LW_MON_TEMPERATURE);
	struct lw_limits v = lw_monitor_limits(memory, LW_MON_SUPPLY);
	const struct lw_reading *x = &r->module[LW_MON_TEMPERATURE];

	if (t.stated && has(x) && x->value >= t.high_alarm)
		lw_see(s, end, LW_SYMPTOM_HOT, 0, "%.1f degC, high alarm %.1f degC", x->value,
		       t.high_alarm);
	else if (t.stated && has(x) && x->value >= t.high_warning)
		lw_see(s, end, LW_SYMPTOM_WARM, 0, "%.1f degC, high warning %.1f degC", x->value,
		       t.high_warning);
	x = &r->module[LW_MON_SUPPLY];
	if (v.stated && has(x) && (x->value > v.high_alarm || x->value < v.low_alarm))
		lw_see(s, end, LW_SYMPTOM_SUPPLY_OFF, 0, "%.2f V, alarms %.2f V and %.2f V",
		       x->value, v.low_alarm, v.high_alarm);
}

/* Lanes on which a reading is beyond a limit, and the reading that is farthest. */
struct beyond {
	uint32_t lanes;
	double worst;
};

static struct beyond find(const struct lw_seen *s, enum lw_why_place end,
			  const struct lw_readings *r, enum lw_quantity_id q, bool above,
			  double limit)
{
	struct beyond b = {0, above ? -INFINITY : INFINITY};

	for (unsigned i = 0; i < s->l->media_lanes; i++) {
		const struct lw_reading *x = of_lane(s, end, r, q, i);

		if (!has(x) || !(above ? x->value > limit : x->value < limit))
			continue;
		b.lanes |= UINT32_C(1) << i;
		b.worst = above ? fmax(b.worst, x->value) : fmin(b.worst, x->value);
	}
	return b;
}

static uint32_t measured(const struct lw_seen *s, enum lw_why_place end,
			 const struct lw_readings *r, enum lw_quantity_id q)
{
	uint32_t lanes = 0;

	for (unsigned i = 0; i < s->l->media_lanes; i++)
		if (has(of_lane(s, end, r, q, i)))
			lanes |= UINT32_C(1) << i;
	return lanes;
}

static void see_transmitter(struct lw_seen *s, enum lw_why_place end, const struct lw_readings *r)
{
	const struct lw_image *memory = &s->e->module[s->l->cage[end]].memory;
	struct lw_limits p = lw_monitor_limits(memory, LW_MON_TX_POWER);
	struct lw_limits b = lw_monitor_limits(memory, LW_MON_TX_BIAS);
	double dark = lw_see_limit(LW_SYMPTOM_TX_DARK);
	struct beyond x = find(s, end, r, LW_MON_TX_POWER, false, pow(10, dark / 10) * 1e-3);
	char lanes[LW_LANES_TEXT];

	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_TX_DARK, x.lanes, "%s sends %.1f dBm",
		       lw_lanes_text(x.lanes, lanes), fmax(dbm(x.worst), -40));
	if (p.stated) {
		x = find(s, end, r, LW_MON_TX_POWER, false, p.low_warning);
		if (x.lanes)
			lw_see(s, end, LW_SYMPTOM_TX_WEAK, x.lanes,
			       "%s sends %.1f dBm, low warning %.1f dBm",
			       lw_lanes_text(x.lanes, lanes), fmax(dbm(x.worst), -40),
			       dbm(p.low_warning));
	}
	x = find(s, end, r, LW_MON_TX_BIAS, true, b.stated ? b.high_warning : INFINITY);
	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_BIAS_HIGH, x.lanes,
		       "%s takes %.1f mA, high warning %.1f mA", lw_lanes_text(x.lanes, lanes),
		       x.worst * 1e3, b.high_warning * 1e3);
}

static void see_receiver(struct lw_seen *s, enum lw_why_place end, const struct lw_readings *r)
{
	const struct lw_image *memory = &s->e->module[s->l->cage[end]].memory;
	struct lw_limits p = lw_monitor_limits(memory, LW_MON_RX_POWER);
	struct beyond best = find(s, end, r, LW_MON_RX_POWER, true, 0), x;
	double apart = lw_see_limit(LW_SYMPTOM_RX_UNEVEN);
	char lanes[LW_LANES_TEXT];

	x = find(s, end, r, LW_MON_RX_POWER, false, best.worst * pow(10, -apart / 10));
	if (best.lanes && x.lanes)
		lw_see(s, end, LW_SYMPTOM_RX_UNEVEN, x.lanes,
		       "%s receives %.1f dBm, the best lane %.1f dBm",
		       lw_lanes_text(x.lanes, lanes), fmax(dbm(x.worst), -40), dbm(best.worst));
	if (!p.stated)
		return;
	x = find(s, end, r, LW_MON_RX_POWER, false, p.low_warning);
	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_RX_WEAK, x.lanes,
		       "%s receives %.1f dBm, low warning %.1f dBm", lw_lanes_text(x.lanes, lanes),
		       fmax(dbm(x.worst), -40), dbm(p.low_warning));
	x = find(s, end, r, LW_MON_RX_POWER, true, p.high_warning);
	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_RX_STRONG, x.lanes,
		       "%s receives %.1f dBm, high warning %.1f dBm", lw_lanes_text(x.lanes, lanes),
		       dbm(x.worst), dbm(p.high_warning));
}

/* The highest and lowest reading of all lanes of a module. */
static void spread(const struct lw_readings *r, enum lw_quantity_id q, double *ret_low,
		   double *ret_high)
{
	*ret_low = INFINITY;
	*ret_high = -INFINITY;
	for (unsigned i = 0; i < LW_LANES_MAX; i++) {
		const struct lw_reading *x = &r->lane[q - LW_MON_LANES][i];

		if (!(r->lanes >> i & 1) || !has(x) || x->value <= 0)
			continue;
		*ret_low = fmin(*ret_low, x->value);
		*ret_high = fmax(*ret_high, x->value);
	}
}

/* Lasers of one module are alike: one that is not has grown old, or is dirty. */
static void see_uneven(struct lw_seen *s, enum lw_why_place end, const struct lw_readings *r)
{
	double low, high, times = lw_see_limit(LW_SYMPTOM_BIAS_UNEVEN);
	double apart = lw_see_limit(LW_SYMPTOM_TX_UNEVEN);
	char lanes[LW_LANES_TEXT];
	struct beyond x;

	spread(r, LW_MON_TX_BIAS, &low, &high);
	x = find(s, end, r, LW_MON_TX_BIAS, true, low * times);
	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_BIAS_UNEVEN, x.lanes,
		       "%s takes %.1f mA, the lowest laser of the module %.1f mA",
		       lw_lanes_text(x.lanes, lanes), x.worst * 1e3, low * 1e3);
	spread(r, LW_MON_TX_POWER, &low, &high);
	x = find(s, end, r, LW_MON_TX_POWER, false, high * pow(10, -apart / 10));
	if (x.lanes)
		lw_see(s, end, LW_SYMPTOM_TX_UNEVEN, x.lanes,
		       "%s sends %.1f dBm, the best lane of the module %.1f dBm",
		       lw_lanes_text(x.lanes, lanes), fmax(dbm(x.worst), -40), dbm(high));
}

/* What is lost between the readings of both modules, against the plan. */
void lw_see_way(struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_readings *near = readings(s, end), *far = readings(s, !end);
	double allowed = s->l->budget.loss_db + lw_see_limit(LW_SYMPTOM_PATH_LOSS), most = 0;
	uint32_t lossy = 0;
	char lanes[LW_LANES_TEXT];

	for (unsigned i = 0; near && far && i < s->l->media_lanes; i++) {
		const struct lw_reading *in = of_lane(s, end, near, LW_MON_RX_POWER, i);
		const struct lw_reading *out = of_lane(s, !end, far, LW_MON_TX_POWER, i);
		double lost = dbm(out->value) - dbm(in->value);

		if (!has(in) || !has(out) || in->value <= 0 || out->value <= 0 || !(lost > allowed))
			continue;
		lossy |= UINT32_C(1) << i;
		most = fmax(most, lost);
	}
	if (lossy)
		lw_see(s, end, LW_SYMPTOM_PATH_LOSS, lossy,
		       "%s: %.1f dB are lost on the way, the plan has %.1f dB at most",
		       lw_lanes_text(lossy, lanes), most, s->l->budget.loss_db);
}

/* Flags of the module's other side, as last read with those that the engine watches. */
static uint32_t flag(const struct lw_module *m, unsigned id, const struct lw_want *w)
{
	const struct lw_field *f = &lw_map_fields(m->memory.map, NULL)[id];
	uint32_t lanes = 0;
	struct lw_view v;
	int64_t set;

	lw_image_view(&m->memory, &v);
	for (unsigned i = 0; i < w->lanes; i++)
		if (!lw_field_get(f, w->first + i, &v, &set) && set)
			lanes |= UINT32_C(1) << i;
	return lanes;
}

static void see_host_side(struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_module *m = &s->e->module[s->l->cage[end]];
	const struct lw_want *w = &m->want[s->e->link[s->link].want[end]];
	bool cmis = m->memory.map == LW_MAP_CMIS;
	uint32_t los, lol;

	/* A flag that came once tells of the past; while nothing is wrong nobody needs it. */
	if (m->memory.map == LW_MAP_SFF8472 || m->facts.flat_memory ||
	    s->e->link[s->link].state == LW_LINK_UP)
		return;
	los = flag(m, cmis ? LW_CMIS_LOS_FLAG_TX : LW_SFF8636_TX_LOS, w);
	lol = flag(m, cmis ? LW_CMIS_CDR_LOL_FLAG_TX : LW_SFF8636_TX_CDR_LOL, w);
	/* host lanes do not map to media lanes one by one in every module: the whole link */
	if (los)
		lw_see(s, end, LW_SYMPTOM_HOST_SILENT, 0, "no signal from the host (Tx LOS)");
	if (lol)
		lw_see(s, end, LW_SYMPTOM_HOST_UNLOCKED, 0,
		       "no lock to the host's signal (Tx CDR LOL)");
}

static void see_flags(struct lw_seen *s, enum lw_why_place end, const struct lw_dp_report *d)
{
	uint32_t los = lw_seen_map(s, end, d->rx_los), lol = lw_seen_map(s, end, d->rx_lol) & ~los;
	uint32_t fault = lw_seen_map(s, end, d->tx_fault);
	uint32_t lit = s->all & ~(los | lol);
	char lanes[LW_LANES_TEXT];

	if (los)
		lw_see(s, end, LW_SYMPTOM_LOS, los, "no light on %s (Rx LOS)",
		       lw_lanes_text(los, lanes));
	if (los == s->all)
		lw_see(s, end, LW_SYMPTOM_LOS_ALL, 0, NULL);
	if (lol)
		lw_see(s, end, LW_SYMPTOM_LOL, lol, "no lock on %s (Rx CDR LOL)",
		       lw_lanes_text(lol, lanes));
	if (lit && d->health == LW_DP_UP)
		lw_see(s, end, LW_SYMPTOM_LIT, lit, "%s: light, and locked",
		       lw_lanes_text(lit, lanes));
	if (fault)
		lw_see(s, end, LW_SYMPTOM_TX_FAULT, fault, "transmitter failure on %s (Tx fault)",
		       lw_lanes_text(fault, lanes));
}

/* Lanes that the host keeps dark though the link is wanted. */
static uint32_t disabled(const struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_module *m = &s->e->module[s->l->cage[end]];
	uint32_t all = (uint32_t)((UINT64_C(1) << s->l->media_lanes) - 1u);

	if (m->memory.map == LW_MAP_SFF8472 || m->facts.flat_memory || s->e->link[s->link].disabled)
		return 0;
	return lw_seen_map(s, end, m->state.tx_disable >> s->l->media_first[end] & all);
}

void lw_see_light(struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_module *m = &s->e->module[s->l->cage[end]];
	const struct lw_dp_report *d = lw_seen_report(s, end);
	const struct lw_readings *r;
	uint32_t off, ok;

	if (!m->bus || m->phase <= LW_MODULE_IDENTIFY || !d)
		return;
	off = disabled(s, end);
	if (off)
		lw_see(s, end, LW_SYMPTOM_TX_DISABLED, off, NULL);
	see_flags(s, end, d);
	see_host_side(s, end);
	r = readings(s, end);
	if (r) {
		see_heat(s, end, r);
		see_transmitter(s, end, r);
		see_uneven(s, end, r);
		see_receiver(s, end, r);
	}
	if (d->health != LW_DP_UP || (!r && s->e->measure_each.ns > 0))
		return;
	/* Where transmitters are not measured, a path that is up is the best that is known. */
	ok = s->all & ~(off | s->lanes[end][LW_SYMPTOM_TX_FAULT] |
			s->lanes[end][LW_SYMPTOM_TX_DARK] | s->lanes[end][LW_SYMPTOM_TX_WEAK]);
	if (ok && r && measured(s, end, r, LW_MON_TX_POWER))
		lw_see(s, end, LW_SYMPTOM_TX_OK, ok, "transmits within its limits");
	else if (ok)
		lw_see(s, end, LW_SYMPTOM_TX_OK, ok,
		       "its data path is up and no fault is reported");
}
