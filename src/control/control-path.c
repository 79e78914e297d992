/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for the data paths of CMIS: stopping and starting them, settings that are staged, and
 * applications. Clauses are of OIF-CMIS 5.4. Pure.
 */
#include "control-internal.h"
#include <lanewise/interface.h>
#include <string.h>

/* A code of Table 8-5. */
enum { AUTO_COMMISSIONING_HOT = 2 };

/* ConfigStatus has 4 bits: every code but ConfigInProgress ends the wait. */
#define CONFIG_ENDED (0xffffu & ~(1u << LW_CMIS_CONFIG_IN_PROGRESS))

static uint8_t bank_of(uint32_t lanes, unsigned bank)
{
	return (uint8_t)(lanes >> bank * LW_BANK_LANES);
}

static uint32_t lanes_of(uint8_t lanes, unsigned bank)
{
	return (uint32_t)lanes << bank * LW_BANK_LANES;
}

/* Lanes of a bank on which field `id` has one of `values`. */
static uint8_t lanes_with(const struct lw_draft *d, unsigned id, unsigned bank, uint32_t values)
{
	uint8_t mask = 0;

	for (unsigned i = 0; i < LW_BANK_LANES; i++) {
		int64_t raw = lw_draft_get(d, id, bank * LW_BANK_LANES + i);

		if (raw >= 0 && raw < 32 && values >> raw & 1)
			mask |= (uint8_t)(1u << i);
	}
	return mask;
}

static uint8_t in_state(const struct lw_draft *d, unsigned bank, uint32_t states)
{
	return lanes_with(d, LW_CMIS_DP_STATE_HOST_LANE, bank, states);
}

/* DPDeinit of a bank, bit set: held down. CMIS 3.x holds its inverse. */
static uint8_t deinit_of(const struct lw_draft *d, unsigned bank)
{
	uint8_t mask = lanes_with(d, LW_CMIS_DP_DEINIT_LANE, bank, 1u << 1);

	return lw_deinit_inverted(d->facts) ? (uint8_t)~mask : mask;
}

static void write_deinit(struct lw_draft *d, unsigned bank, uint8_t deinit, uint8_t lanes,
			 const char *why)
{
	uint8_t byte = lw_deinit_inverted(d->facts) ? (uint8_t)~deinit : deinit;
	struct lw_control_step *s = lw_draft_trigger(d, LW_CMIS_DP_DEINIT_LANE, bank, byte, why);

	s->mask[0] = lanes;
	s->lanes = lanes_of(lanes, bank);
}

static void make_stop(struct lw_draft *d, unsigned bank, uint8_t lanes)
{
	uint8_t deinit = deinit_of(d, bank);

	if ((deinit & lanes) != lanes)
		write_deinit(d, bank, deinit | lanes, lanes, "take the data paths down");
	if ((in_state(d, bank, 1u << LW_CMIS_DP_DEACTIVATED) & lanes) != lanes)
		lw_draft_wait(d, LW_CMIS_DP_STATE_HOST_LANE, bank, lanes,
			      1u << LW_CMIS_DP_DEACTIVATED, 1u << LW_CMIS_DP_DEACTIVATED,
			      lw_mono_add(lw_draft_duration(d->facts->dur_tx_off),
					  lw_draft_duration(d->facts->dur_dp_deinit)),
			      "the data paths are down");
}

/* `deinit` is what the register holds by then. A path whose outputs are muted stays initialised. */
static void make_start(struct lw_draft *d, unsigned bank, uint8_t lanes, uint8_t deinit)
{
	bool muted = lanes_with(d, LW_CMIS_OUTPUT_DISABLE_TX, bank, 1u << 1) ||
		     lanes_with(d, LW_CMIS_OUTPUT_SQUELCH_FORCE_TX, bank, 1u << 1);
	uint32_t up = 1u << LW_CMIS_DP_ACTIVATED | (muted ? 1u << LW_CMIS_DP_INITIALIZED : 0);

	if (!lanes)
		return;
	if (deinit & lanes)
		write_deinit(d, bank, deinit & (uint8_t)~lanes, lanes,
			     "let the data paths initialise");
	if ((in_state(d, bank, up) & lanes) != lanes || deinit & lanes)
		lw_draft_wait(d, LW_CMIS_DP_STATE_HOST_LANE, bank, lanes, up, up,
			      lw_mono_add(lw_draft_duration(d->facts->dur_dp_init),
					  lw_draft_duration(d->facts->dur_tx_on)),
			      "the data paths are up");
}

static void make_apply(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes)
{
	if (!lanes)
		return;
	lw_draft_trigger(d, id, bank, lanes,
			 id == LW_CMIS_SCS0_APPLY_IMMEDIATE_LANE
				 ? "apply at once, the data paths stay up"
				 : "apply, for the next start of the data paths");
	lw_draft_wait(d, LW_CMIS_CONFIG_STATUS_LANE, bank, lanes, CONFIG_ENDED,
		      1u << LW_CMIS_CONFIG_SUCCESS, lw_ms(LW_WAIT_CONFIG_MS),
		      "the module has accepted");
}

/* The active control set must show it: a trigger may be ignored without a word (6.2.4.1.2). */
static void expect(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes, unsigned raw)
{
	if (lanes)
		lw_draft_wait(d, id, bank, lanes, 1u << raw, 1u << raw, lw_ms(0),
			      "the active control set has it");
}

static int no_paths(const struct lw_image *now, const struct lw_facts *facts,
		    struct lw_error *reterr)
{
	if (now->map != LW_MAP_CMIS)
		return lw_fail(reterr, LW_ENOTSUP,
			       "only CMIS modules have data paths: this one runs as it is plugged");
	if (facts->flat_memory)
		return lw_fail(reterr, LW_ENOTSUP,
			       "a module of flat memory has no data paths to control");
	return 0;
}

int lw_control_plan_paths(const struct lw_image *now, const struct lw_facts *facts, uint32_t lanes,
			  bool up, struct lw_control_plan *ret, struct lw_error *reterr)
{
	uint32_t whole = lw_control_path_lanes(now, lanes), unused = 0;
	struct lw_draft d;
	char a[LW_LANES_TEXT], b[LW_LANES_TEXT];
	int r = no_paths(now, facts, reterr);

	if (r)
		return r;
	lw_draft_init(&d, now, facts, ret);
	if (!lanes || lanes & ~lw_control_host_lanes(now, facts))
		return lw_fail(reterr, LW_EINVAL, "the module has host %s",
			       lw_lanes_text(lw_control_host_lanes(now, facts), a));
	if (whole != lanes)
		return lw_fail(reterr, LW_EINVAL,
			       "the data paths on %s have %s: name all lanes of a data path",
			       lw_lanes_text(lanes, a), lw_lanes_text(whole, b));
	for (unsigned i = 0; i < LW_BANKS_MAX * LW_BANK_LANES; i++)
		if (lanes >> i & 1 && !lw_draft_apsel(&d, i))
			unused |= 1u << i;
	if (up && unused)
		return lw_fail(reterr, LW_ENOTSUP,
			       "no data path on %s: give it an application first",
			       lw_lanes_text(unused, a));
	if (up && !lw_draft_ready(&d))
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module is not in high power, where data paths start: power "
			       "high first");
	for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++) {
		uint8_t mask = bank_of(lanes, bank);

		if (mask && up)
			make_start(&d, bank, mask, deinit_of(&d, bank));
		else if (mask)
			make_stop(&d, bank, mask);
	}
	return lw_draft_finish(&d, reterr);
}

/* Settings that are staged (all but applications) and what the active set has of them. */
static const struct lw_control_setting *staged_at(size_t i)
{
	const struct lw_control_setting *s;

	for (size_t k = 0; (s = lw_control_setting_at(LW_MAP_CMIS, k)); k++)
		if (s->active >= 0 && i-- == 0)
			return s;
	return NULL;
}

/*
 * Stage what lanes of a bank have now, changed as wanted. A staged set is applied for whole data
 * paths, so their other lanes are staged as they are (6.2.3.3).
 */
static void stage_settings(struct lw_draft *d, unsigned bank, uint8_t paths, uint8_t changed,
			   const struct lw_control_want *want, size_t n)
{
	const struct lw_field *explicit_control =
		lw_draft_field(d, LW_CMIS_SCS0_EXPLICIT_CONTROL_LANE);
	const struct lw_control_setting *s;
	struct lw_patch p;

	lw_patch_init(&p, d, explicit_control->slot, bank);
	for (unsigned i = 0; i < LW_BANK_LANES; i++) {
		unsigned lane = bank * LW_BANK_LANES + i;

		if (!(paths >> i & 1))
			continue;
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_SCS0_APP_SEL_CODE_LANE), i,
			     lw_draft_apsel(d, lane));
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_SCS0_DPIDX_LANE), i,
			     lw_draft_get(d, LW_CMIS_ACS_DPIDX_LANE, lane));
		for (size_t k = 0; (s = staged_at(k)); k++) {
			/* a recall is an act, not a state: it is not done again */
			bool recall = s->field == LW_CMIS_SCS0_ADAPTIVE_INPUT_EQ_RECALL_TX;
			int64_t raw = recall ? 0 : lw_draft_get(d, (unsigned)s->active, lane);

			lw_patch_put(&p, lw_draft_field(d, s->field), i, raw < 0 ? 0 : raw);
		}
		if (changed >> i & 1)
			lw_patch_put(&p, explicit_control, i, 1);
		for (size_t k = 0; k < n; k++)
			if (want[k].setting->active >= 0 && want[k].lanes >> lane & 1)
				lw_patch_put(&p, lw_draft_field(d, want[k].setting->field), i,
					     want[k].raw);
	}
	lw_patch_flush(&p, d, "stage the settings of whole data paths");
}

static uint8_t lanes_that_differ(const struct lw_draft *d, unsigned bank,
				 const struct lw_control_want *want, size_t n)
{
	uint8_t mask = 0;

	for (size_t k = 0; k < n; k++)
		if (want[k].setting->active >= 0)
			mask |= bank_of(want[k].lanes, bank) &
				(uint8_t)~lanes_with(d, (unsigned)want[k].setting->active, bank,
						     1u << want[k].raw);
	return mask;
}

static int stage_bank(struct lw_draft *d, unsigned bank, const struct lw_control_want *want,
		      size_t n, bool restart, struct lw_error *reterr)
{
	uint8_t changed = lanes_that_differ(d, bank, want, n);
	uint8_t paths = bank_of(lw_control_path_lanes(d->now, lanes_of(changed, bank)), bank);
	uint8_t unused = paths & lanes_with(d, LW_CMIS_ACS_APP_SEL_CODE_LANE, bank, 1u << 0);
	uint8_t up = paths &
		     in_state(d, bank, 1u << LW_CMIS_DP_ACTIVATED | 1u << LW_CMIS_DP_INITIALIZED);
	uint8_t down = paths & in_state(d, bank, 1u << LW_CMIS_DP_DEACTIVATED);
	bool hot = lw_draft_get(d, LW_CMIS_STEPPED_CONFIG_ONLY, 0) != 1 ||
		   lw_draft_get(d, LW_CMIS_AUTO_COMMISSIONING, 0) == AUTO_COMMISSIONING_HOT;
	char text[LW_LANES_TEXT];

	if (!changed)
		return 0;
	if (unused)
		return lw_fail(reterr, LW_ENOTSUP,
			       "no data path on %s: give it an application first",
			       lw_lanes_text(lanes_of(unused, bank), text));
	if ((up | down) != paths)
		return lw_fail(reterr, LW_ENOTSUP,
			       "data paths on %s are starting or stopping: try again in a moment",
			       lw_lanes_text(lanes_of(paths & (uint8_t) ~(up | down), bank), text));
	if (up && !hot && !restart)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module takes such settings only while the data path is down "
			       "(stepped_config_only, CMIS 5.4 Table 8-5): allow it to restart "
			       "%s",
			       lw_lanes_text(lanes_of(up, bank), text));
	if (up && !hot)
		make_stop(d, bank, up);
	stage_settings(d, bank, paths, changed, want, n);
	if (hot)
		make_apply(d, LW_CMIS_SCS0_APPLY_IMMEDIATE_LANE, bank, up);
	make_apply(d, LW_CMIS_SCS0_APPLY_DP_INIT_LANE, bank, hot ? down : paths);
	for (size_t k = 0; k < n; k++)
		if (want[k].setting->active >= 0)
			expect(d, (unsigned)want[k].setting->active, bank,
			       bank_of(want[k].lanes, bank) & changed, (unsigned)want[k].raw);
	if (up && !hot)
		make_start(d, bank, up, deinit_of(d, bank) | up);
	return 0;
}

int lw_draft_staged(struct lw_draft *d, const struct lw_control_want *want, size_t n, bool restart,
		    struct lw_error *reterr)
{
	int r = 0;

	for (unsigned bank = 0; !r && d->now->map == LW_MAP_CMIS && bank < LW_BANKS_MAX; bank++)
		r = stage_bank(d, bank, want, n, restart, reterr);
	return r;
}

/* What each lane of a bank shall be: application and first lane of its path. */
struct use {
	uint8_t apsel, first;
};

static unsigned lanes_of_app(const struct lw_app *app)
{
	const struct lw_interface *host;

	if (app->host_lanes)
		return app->host_lanes;
	host = lw_interface_find(LW_CODES_SFF8024_HOST, app->host_id);
	return host ? host->lanes : 1;
}

static const struct lw_app *app_find(const struct lw_facts *f, unsigned apsel)
{
	for (unsigned i = 0; i < f->app_n; i++)
		if (f->app[i].apsel == apsel && !f->app[i].after_gap)
			return &f->app[i];
	return NULL;
}

/* Lay instances of an application side by side on `lanes`. @return the lanes they take */
static uint8_t lay_out(const struct lw_app *app, uint8_t lanes, struct use use[LW_BANK_LANES])
{
	unsigned n = lanes_of_app(app);
	uint8_t taken = 0;

	for (unsigned first = 0; first + n <= LW_BANK_LANES; first++) {
		uint8_t mask = (uint8_t)(((1u << n) - 1u) << first);

		if (!(app->host_assign >> first & 1) || (lanes & mask) != mask || taken & mask)
			continue;
		for (unsigned i = first; i < first + n; i++)
			use[i] = (struct use){app->apsel, (uint8_t)first};
		taken |= mask;
	}
	return taken;
}

static bool differs(const struct lw_draft *d, unsigned lane, struct use use)
{
	unsigned apsel = lw_draft_apsel(d, lane);

	if (apsel != use.apsel)
		return true;
	return apsel && lw_draft_get(d, LW_CMIS_ACS_DPIDX_LANE, lane) != use.first;
}

/* All lanes of the new paths that have one of `lanes`. */
static uint8_t new_paths(uint8_t lanes, const struct use use[LW_BANK_LANES])
{
	uint8_t mask = lanes;

	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		for (unsigned k = 0; k < LW_BANK_LANES; k++)
			if (lanes >> i & 1 && use[i].apsel && use[k].apsel == use[i].apsel &&
			    use[k].first == use[i].first)
				mask |= (uint8_t)(1u << k);
	return mask;
}

/*
 * Lanes that differ, widened to whole data paths, old and new (6.2.3.3). Lanes outside `taken`
 * whose old path is touched become unused.
 */
static uint8_t changed_lanes(const struct lw_draft *d, unsigned bank, uint8_t taken,
			     const struct use use[LW_BANK_LANES])
{
	uint8_t changed = 0, before;

	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		if (taken >> i & 1 && differs(d, bank * LW_BANK_LANES + i, use[i]))
			changed |= (uint8_t)(1u << i);
	do {
		before = changed;
		changed = bank_of(lw_control_path_lanes(d->now, lanes_of(changed, bank)), bank);
		changed = new_paths(changed, use);
	} while (changed != before);
	return changed;
}

static void make_app(struct lw_draft *d, unsigned bank, uint8_t taken,
		     struct use use[LW_BANK_LANES])
{
	uint8_t changed = changed_lanes(d, bank, taken, use), used = 0;
	struct lw_patch p;

	if (!changed)
		return;
	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		if (changed >> i & 1 && use[i].apsel)
			used |= (uint8_t)(1u << i);
	if (lw_draft_ready(d))
		make_stop(d, bank, changed);
	lw_patch_init(&p, d, lw_draft_field(d, LW_CMIS_SCS0_APP_SEL_CODE_LANE)->slot, bank);
	for (unsigned i = 0; i < LW_BANK_LANES; i++) {
		if (!(changed >> i & 1))
			continue;
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_SCS0_APP_SEL_CODE_LANE), i,
			     use[i].apsel);
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_SCS0_DPIDX_LANE), i, use[i].first);
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_SCS0_EXPLICIT_CONTROL_LANE), i, 0);
	}
	lw_patch_flush(&p, d, "stage application and data path of each lane");
	make_apply(d, LW_CMIS_SCS0_APPLY_DP_INIT_LANE, bank, changed);
	for (unsigned i = 0; used && i < LW_BANK_LANES; i++)
		if (used >> i & 1) {
			expect(d, LW_CMIS_ACS_APP_SEL_CODE_LANE, bank, used, use[i].apsel);
			break;
		}
	expect(d, LW_CMIS_ACS_APP_SEL_CODE_LANE, bank, changed & (uint8_t)~used, 0);
	if (lw_draft_ready(d))
		make_start(d, bank, used, deinit_of(d, bank) | changed);
}

int lw_control_plan_app(const struct lw_image *now, const struct lw_facts *facts, unsigned apsel,
			uint32_t lanes, struct lw_control_plan *ret, struct lw_error *reterr)
{
	uint32_t there = lw_control_host_lanes(now, facts), left = 0, all = 0;
	const struct lw_app *app = app_find(facts, apsel);
	struct lw_draft d;
	char text[LW_LANES_TEXT];
	int r = no_paths(now, facts, reterr);

	if (r)
		return r;
	if (apsel && !app)
		return lw_fail(reterr, LW_ENOTSUP, "the module advertises no application %u",
			       apsel);
	if (lanes & ~there)
		return lw_fail(reterr, LW_EINVAL, "the module has host %s",
			       lw_lanes_text(there, text));
	lw_draft_init(&d, now, facts, ret);
	for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++) {
		struct use use[LW_BANK_LANES] = {0};
		uint8_t asked = bank_of(lanes ? lanes : there, bank);
		uint8_t taken = app ? lay_out(app, asked, use) : asked;

		all |= lanes_of(taken, bank);
		left |= lanes_of(asked & (uint8_t)~taken, bank);
		if (taken)
			make_app(&d, bank, taken, use);
	}
	if (lanes && left) {
		ret->n = 0;
		return lw_fail(reterr, LW_ENOTSUP,
			       "application %u takes %u host lanes and may not start so that it "
			       "fills %s",
			       apsel, lanes_of_app(app), lw_lanes_text(lanes, text));
	}
	if (!all)
		return lw_fail(reterr, LW_ENOTSUP, "application %u fits nowhere", apsel);
	return lw_draft_finish(&d, reterr);
}
