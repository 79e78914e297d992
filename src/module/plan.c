/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <assert.h>
#include <lanewise/lanes.h>
#include <string.h>

/* Invariants are numbered in <lanewise/plan.h>; clauses are of OIF-CMIS 5.4. */

struct planner {
	const struct lw_facts *facts;
	const struct lw_module_state *now;
	struct lw_plan *plan;
	unsigned lanes;               /* of the module */
	uint8_t target[LW_LANES_MAX]; /* wanted DPConfigLane bytes */
	uint32_t wanted;              /* lanes of wants that can be served */
	uint32_t dark;                /* media lanes that shall not transmit */
	uint32_t lit;                 /* media lanes that shall */
	uint32_t off;                 /* host lanes of links that shall not transmit */
	uint32_t starting;            /* media lanes of paths that are brought up */
};

unsigned lw_plan_lanes(const struct lw_facts *facts)
{
	return facts->map == LW_MAP_CMIS && facts->banks > 1
		       ? LW_BANK_LANES * (unsigned)facts->banks
		       : LW_BANK_LANES;
}

/* The lanes of one bank, from a mask of all. */
static uint8_t of_bank(uint32_t lanes, unsigned bank)
{
	return (uint8_t)(lanes >> LW_BANK_LANES * bank);
}

struct lw_addr lw_field_addr(const struct lw_field *f)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];

	return (struct lw_addr){.i2c = s->i2c, .page = s->page, .byte = f->byte};
}

static const struct lw_field *cmis(enum lw_cmis_id id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

struct lw_mono lw_duration_limit(unsigned code)
{
	const struct lw_code *row = lw_code_find(LW_CODES_DURATION, code);

	/* 13 has no upper end, 14 and 15 are reserved (CONFLICTS 16): as long as the longest stated
	 */
	while ((!row || !row->den) && code--)
		row = lw_code_find(LW_CODES_DURATION, code);
	return row && row->den ? lw_ms(row->num / row->den) : LW_NEVER;
}

/* A module that says nothing gets the benefit of the doubt: a minute. */
static struct lw_mono limit_of(int32_t code)
{
	return code == LW_NONE ? lw_ms(60000) : lw_duration_limit((unsigned)code);
}

static struct lw_step *add(struct lw_plan *p, enum lw_step_kind kind, const struct lw_field *f,
			   const char *why)
{
	struct lw_step *s = &p->step[p->n++];

	assert(p->n <= LW_STEPS_MAX);
	*s = (struct lw_step){.kind = (uint8_t)kind, .field = f, .why = why};
	s->addr = lw_field_addr(f);
	return s;
}

static struct lw_step *add_write(struct lw_plan *p, const struct lw_field *f, unsigned offset,
				 const uint8_t *data, unsigned n, uint32_t lanes, const char *why)
{
	struct lw_step *s = add(p, LW_STEP_WRITE, f, why);

	s->addr.byte = (uint8_t)(s->addr.byte + offset);
	s->n = (uint8_t)n;
	s->lanes = lanes;
	memcpy(s->data, data, n);
	return s;
}

struct lw_step *lw_plan_write(struct lw_plan *p, const struct lw_field *f, unsigned bank,
			      const uint8_t *data, unsigned n, uint32_t lanes, const char *why)
{
	struct lw_step *s = add_write(p, f, 0, data, n, lanes, why);

	s->addr.bank = (uint8_t)bank;
	return s;
}

/* Write a byte that has a bit for each lane, in the banks of `which` where it differs. */
static void add_mask(struct lw_plan *p, const struct lw_field *f, uint32_t value, uint32_t which,
		     const char *why)
{
	for (unsigned b = 0; b < LW_LANES_MAX / LW_BANK_LANES; b++) {
		uint8_t byte = of_bank(value, b);

		if (of_bank(which, b))
			add_write(p, f, 0, &byte, 1, which & UINT32_C(0xff) << LW_BANK_LANES * b,
				  why)
				->addr.bank = (uint8_t)b;
	}
}

static void add_wait(struct lw_plan *p, enum lw_step_kind kind, const struct lw_field *f,
		     uint8_t value, uint32_t lanes, struct lw_mono limit, const char *why)
{
	struct lw_step *s = add(p, kind, f, why);

	s->value = value;
	s->lanes = lanes;
	s->limit = limit;
}

static uint32_t lane_mask(unsigned first, unsigned lanes)
{
	return (uint32_t)(((UINT64_C(1) << lanes) - 1u) << first);
}

/* Put one field into the byte that holds it. */
static uint8_t with_field(uint8_t byte, const struct lw_field *f, int64_t value)
{
	uint8_t slot[128] = {0};

	slot[f->byte & 0x7f] = byte;
	lw_field_put(f, 0, value, slot, NULL);
	return slot[f->byte & 0x7f];
}

static unsigned field_of(uint8_t byte, const struct lw_field *f)
{
	return (unsigned)(byte >> f->shift) & ((1u << f->width) - 1u);
}

static unsigned apsel_of(uint8_t config)
{
	return field_of(config, cmis(LW_CMIS_SCS0_APP_SEL_CODE_LANE));
}

static unsigned first_lane_of(uint8_t config)
{
	return field_of(config, cmis(LW_CMIS_SCS0_DPIDX_LANE));
}

/* Same use of a lane? The DPID of an unused lane and who chose SI settings do not matter (6.2.3.2).
 */
static bool same_config(uint8_t a, uint8_t b)
{
	return apsel_of(a) == apsel_of(b) && (!apsel_of(a) || first_lane_of(a) == first_lane_of(b));
}

/* The DPConfigLane byte of a want's lanes. */
static uint8_t config_of(const struct lw_want *w)
{
	uint8_t config = with_field(0, cmis(LW_CMIS_SCS0_APP_SEL_CODE_LANE), w->apsel);

	return with_field(config, cmis(LW_CMIS_SCS0_DPIDX_LANE), w->first % LW_BANK_LANES);
}

bool lw_plan_runs(const struct lw_module_state *now, const struct lw_want *w)
{
	for (unsigned i = w->first; i < (unsigned)w->first + w->lanes; i++)
		if (now->dp_state[i] != LW_CMIS_DP_ACTIVATED ||
		    !same_config(now->active[i], config_of(w)))
			return false;
	return true;
}

static const struct lw_app *app_find(const struct lw_facts *f, unsigned apsel)
{
	for (unsigned i = 0; i < f->app_n; i++)
		if (f->app[i].apsel == apsel && !f->app[i].after_gap)
			return &f->app[i];
	return NULL;
}

static const char *cannot(const struct lw_facts *f, const struct lw_want *w)
{
	const struct lw_app *app = app_find(f, w->apsel);
	unsigned lanes;

	if (w->first + w->lanes > lw_plan_lanes(f))
		return "the module has fewer host lanes";
	if (!app)
		return "the module does not advertise this application";
	lanes = app->host_lanes;
	if (!lanes) {
		const struct lw_interface *host =
			lw_interface_find(LW_CODES_SFF8024_HOST, app->host_id);

		lanes = host ? host->lanes : w->lanes;
	}
	if (lanes != w->lanes)
		return "the application has another number of host lanes";
	/* the options are those of one bank, and every bank has them (8.1.3.3) */
	if (!(app->host_assign >> w->first % LW_BANK_LANES & 1))
		return "the application may not start at this host lane";
	return NULL;
}

static int read_wants(struct planner *p, const struct lw_want *want, size_t n,
		      struct lw_findings *findings, struct lw_error *reterr)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		const struct lw_want *w = &want[i];
		const char *why;
		uint32_t mask;

		if (!w->lanes || w->first >= LW_LANES_MAX ||
		    w->first % LW_BANK_LANES + w->lanes > LW_BANK_LANES)
			return lw_fail(reterr, LW_EINVAL,
				       "lanes %u-%u are not lanes of one bank of 8", w->first + 1u,
				       w->first + w->lanes);
		mask = lane_mask(w->first, w->lanes);
		if (seen & mask)
			return lw_fail(reterr, LW_EINVAL, "two links want host lane %d",
				       __builtin_ctz(seen & mask) + 1);
		seen |= mask;
		why = cannot(p->facts, w);
		if (why) {
			p->plan->blocked |= mask;
			if (findings &&
			    lw_findings_add(findings, "module-breakout", LW_FATAL, "",
					    "choose a mode whose parts the module advertises",
					    "OIF-CMIS 5.4 section 6.2.1.4",
					    "AppSel %u on host lanes %u-%u: %s", w->apsel,
					    w->first + 1u, w->first + w->lanes, why))
				return lw_fail(reterr, LW_ENOMEM, "out of memory");
			continue;
		}
		memset(&p->target[w->first], config_of(w), w->lanes);
		p->wanted |= mask;
		if (w->off) {
			p->dark |= lane_mask(w->media_first, w->media_lanes);
			p->off |= mask;
		} else {
			p->lit |= lane_mask(w->media_first, w->media_lanes);
		}
		if (w->again && lw_plan_apart(p->now, w))
			p->plan->cycled |= mask;
	}
	return 0;
}

/* All lanes of the data path, old or new, that lane i belongs to: they are in one bank. */
static uint32_t path_lanes(const uint8_t config[LW_LANES_MAX], unsigned i)
{
	unsigned bank = i - i % LW_BANK_LANES;
	uint32_t mask = 0;

	if (!apsel_of(config[i]))
		return UINT32_C(1) << i;
	for (unsigned k = bank; k < bank + LW_BANK_LANES; k++)
		if (same_config(config[k], config[i]))
			mask |= UINT32_C(1) << k;
	return mask;
}

bool lw_plan_apart(const struct lw_module_state *now, const struct lw_want *w)
{
	uint32_t mask = lane_mask(w->first, w->lanes);

	return apsel_of(now->active[w->first]) && path_lanes(now->active, w->first) == mask;
}

unsigned lw_module_running(const struct lw_module *m, unsigned first, unsigned lanes)
{
	struct lw_want w = {.first = (uint8_t)first, .lanes = (uint8_t)lanes};

	if (!m->identities || m->memory.map != LW_MAP_CMIS || m->facts.flat_memory ||
	    first + lanes > lw_plan_lanes(&m->facts) || !lw_plan_apart(&m->state, &w))
		return 0;
	for (unsigned i = first; i < first + lanes; i++)
		if (m->state.dp_state[i] != LW_CMIS_DP_ACTIVATED)
			return 0;
	return apsel_of(m->state.active[first]);
}

/* Lanes to be regrouped: those that differ, and whole paths that they touch, old and new. */
static uint32_t changed_lanes(const struct planner *p)
{
	uint32_t changed = 0, before;

	for (unsigned i = 0; i < p->lanes; i++)
		if (!same_config(p->now->active[i], p->target[i]))
			changed |= UINT32_C(1) << i;
	do {
		before = changed;
		for (unsigned i = 0; i < p->lanes; i++)
			if (changed >> i & 1)
				changed |= path_lanes(p->now->active, i) | path_lanes(p->target, i);
	} while (changed != before);
	return changed;
}

static uint32_t lanes_in_state(const struct lw_module_state *s, unsigned state)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < LW_LANES_MAX; i++)
		if (s->dp_state[i] == state)
			mask |= UINT32_C(1) << i;
	return mask;
}

/* CMIS 3.0 has DataPathPwrUp in place of DPDeinit: the same bits, inverted. */
static uint32_t deinit_bits(const struct lw_facts *f, uint32_t deinit)
{
	return lw_deinit_inverted(f) ? ~deinit : deinit;
}

bool lw_deinit_inverted(const struct lw_facts *f)
{
	return f->cmis_major == 3;
}

/* 8.5 of the state machine notes: down, power, stage, apply, light, up. */
static void plan_regroup(struct planner *p, uint32_t *deinit)
{
	struct lw_plan *plan = p->plan;
	const struct lw_module_state *now = p->now;
	uint32_t changed = plan->changed | plan->cycled, which = 0;

	if (!changed)
		return;
	for (uint32_t bank = 0xff; bank; bank <<= LW_BANK_LANES)
		if (changed & bank & ~*deinit)
			which |= changed & bank;
	*deinit |= changed;
	add_mask(plan, cmis(LW_CMIS_DP_DEINIT_LANE), deinit_bits(p->facts, *deinit), which,
		 plan->changed ? "hold the lanes that change down"
			       : "take the data path down to start it afresh");
	if (now->module_state == LW_CMIS_MODULE_READY &&
	    (lanes_in_state(now, LW_CMIS_DP_DEACTIVATED) & changed) != changed)
		add_wait(plan, LW_STEP_WAIT_DP, cmis(LW_CMIS_DP_STATE_HOST_LANE),
			 LW_CMIS_DP_DEACTIVATED, changed,
			 lw_mono_add(limit_of(p->facts->dur_tx_off),
				     limit_of(p->facts->dur_dp_deinit)),
			 "old data paths are down");
}

static void plan_power(struct planner *p)
{
	const struct lw_field *hw = cmis(LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW);
	const struct lw_field *sw = cmis(LW_CMIS_LOW_PWR_REQUEST_SW);
	uint8_t byte = p->now->global;

	if (p->now->module_state == LW_CMIS_MODULE_READY && !field_of(byte, sw))
		return;
	if (p->now->module_state != LW_CMIS_MODULE_PWR_UP || field_of(byte, sw)) {
		byte = with_field(with_field(byte, hw, 0), sw, 0);
		if (byte != p->now->global)
			add_write(p->plan, hw, 0, &byte, 1, 0, "leave low power");
	}
	add_wait(p->plan, LW_STEP_WAIT_MODULE, cmis(LW_CMIS_MODULE_STATE), LW_CMIS_MODULE_READY, 0,
		 limit_of(p->facts->dur_pwr_up), "the module is in high power");
}

static void plan_apply(struct planner *p)
{
	uint32_t changed = p->plan->changed;

	if (!changed)
		return;
	for (unsigned b = 0; b < p->lanes / LW_BANK_LANES; b++) {
		uint8_t lanes = of_bank(changed, b);
		unsigned first, last;

		if (!lanes)
			continue;
		first = (unsigned)__builtin_ctz(lanes);
		last = 31u - (unsigned)__builtin_clz(lanes);
		add_write(p->plan, cmis(LW_CMIS_SCS0_APP_SEL_CODE_LANE), first,
			  &p->target[LW_BANK_LANES * b + first], last - first + 1,
			  (uint32_t)lanes << LW_BANK_LANES * b,
			  "stage application and data path of each lane")
			->addr.bank = (uint8_t)b;
	}
	add_mask(p->plan, cmis(LW_CMIS_SCS0_APPLY_DP_INIT_LANE), changed, changed,
		 "apply to the lanes that change, all at once");
	add_wait(p->plan, LW_STEP_WAIT_CONFIG, cmis(LW_CMIS_CONFIG_STATUS_LANE), 0, changed,
		 lw_ms(LW_CONFIG_LIMIT_MS), "the module has accepted");
}

static void plan_light(struct planner *p)
{
	uint32_t dark = (p->now->tx_disable & ~p->lit) | p->dark;

	add_mask(p->plan, cmis(LW_CMIS_OUTPUT_DISABLE_TX), dark, dark ^ p->now->tx_disable,
		 "let the wanted media lanes transmit");
}

/* What will be brought up: that is known before the first step. */
static void find_started(struct planner *p, const struct lw_want *want, size_t n)
{
	uint32_t held = p->now->deinit | p->plan->changed | p->plan->cycled;
	uint32_t up = lanes_in_state(p->now, LW_CMIS_DP_ACTIVATED);

	p->plan->started = p->wanted & ~p->off & (held | ~up);
	for (size_t i = 0; i < n; i++)
		if (p->plan->started & lane_mask(want[i].first, want[i].lanes))
			p->starting |= lane_mask(want[i].media_first, want[i].media_lanes);
}

static void plan_release(struct planner *p, uint32_t deinit)
{
	const struct lw_facts *f = p->facts;
	uint32_t release = deinit & p->wanted;
	struct lw_mono limit = lw_mono_add(limit_of(f->dur_dp_init), limit_of(f->dur_tx_on));

	add_mask(p->plan, cmis(LW_CMIS_DP_DEINIT_LANE), deinit_bits(f, deinit & ~p->wanted),
		 release, "let the wanted data paths initialise");
	if (p->plan->started)
		add_wait(p->plan, LW_STEP_WAIT_DP, cmis(LW_CMIS_DP_STATE_HOST_LANE),
			 LW_CMIS_DP_ACTIVATED, p->plan->started, limit,
			 "the wanted data paths are up");
}

static int plan_cmis(struct planner *p, const struct lw_want *want, size_t n,
		     struct lw_findings *findings, struct lw_error *reterr)
{
	uint32_t deinit = p->now->deinit;
	int r;

	if (p->facts->flat_memory)
		return 0; /* nothing to control (6.3.2.3) */
	r = read_wants(p, want, n, findings, reterr);
	if (r)
		return r;
	/* A blocked want changes nothing: its lanes stay as they are unless others need them. */
	for (unsigned i = 0; i < p->lanes; i++) {
		if (p->plan->blocked >> i & 1 &&
		    !(path_lanes(p->now->active, i) & ~p->plan->blocked))
			p->target[i] = p->now->active[i];
	}
	p->plan->changed = changed_lanes(p);
	find_started(p, want, n);
	lw_plan_hush(p->plan, p->now, p->lanes / LW_BANK_LANES, p->lit, p->starting);
	plan_regroup(p, &deinit);
	plan_power(p);
	plan_apply(p);
	plan_light(p);
	plan_release(p, deinit);
	lw_plan_unhush(p->plan, p->now, p->lanes / LW_BANK_LANES, p->lit, p->starting);
	p->plan->kept = p->wanted & ~(p->plan->changed | p->plan->started);
	return 0;
}

static int plan_sff8636(struct planner *p, const struct lw_want *want, size_t n)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_SFF8636, NULL);
	uint8_t power = p->now->power, disable = (uint8_t)p->now->tx_disable;

	if (p->facts->cable && strcmp(p->facts->cable, "passive copper") == 0)
		return 0;
	power = with_field(power, &f[LW_SFF8636_POWER_OVERRIDE], 1);
	power = with_field(power, &f[LW_SFF8636_POWER_SET], 0);
	if (p->facts->power_class >= 5)
		power = with_field(power, &f[LW_SFF8636_HIGH_POWER_CLASS_ENABLE_5_7], 1);
	if (p->facts->power_class == 8)
		power = with_field(power, &f[LW_SFF8636_HIGH_POWER_CLASS_ENABLE_8], 1);
	if (power != p->now->power)
		add_write(p->plan, &f[LW_SFF8636_POWER_OVERRIDE], 0, &power, 1, 0,
			  "leave low power, by register and not by pin");
	if (power != p->now->power || p->now->not_ready)
		add_wait(p->plan, LW_STEP_WAIT_DATA, &f[LW_SFF8636_DATA_NOT_READY], 0, 0,
			 lw_ms(LW_SFF_READY_LIMIT_MS), "monitors are valid");
	for (size_t i = 0; i < n; i++) {
		uint8_t mask = (uint8_t)lane_mask(want[i].media_first, want[i].media_lanes);

		p->wanted |= lane_mask(want[i].first, want[i].lanes);
		disable = (uint8_t)(want[i].off ? disable | mask : disable & ~mask);
	}
	if (disable != p->now->tx_disable) {
		uint8_t changed = (uint8_t)(disable ^ p->now->tx_disable);

		add_write(p->plan, &f[LW_SFF8636_TX_DISABLE], 0, &disable, 1, changed,
			  "let the wanted lanes transmit");
		p->plan->started = changed;
	}
	p->plan->kept = p->wanted & ~p->plan->started;
	return 0;
}

static int plan_sff8472(struct planner *p, const struct lw_want *want, size_t n)
{
	const struct lw_field *soft =
		&lw_map_fields(LW_MAP_SFF8472, NULL)[LW_SFF8472_SOFT_TX_DISABLE];
	uint8_t byte = p->now->sfp_control;

	if (!n || p->facts->ddm_implemented != 1)
		return 0;
	byte = with_field(byte, soft, want[0].off);
	if (byte != p->now->sfp_control) {
		add_write(p->plan, soft, 0, &byte, 1, 1,
			  want[0].off ? "stop transmitting" : "let the lane transmit");
		p->plan->started = 1;
	} else {
		p->plan->kept = 1;
	}
	return 0;
}

/* A running module is not taken away from whoever runs it: it was admitted once. */
void lw_plan_hold(const struct lw_facts *facts, const struct lw_module_state *now,
		  struct lw_plan *ret)
{
	const struct lw_field *f;
	uint8_t byte;

	if (facts->flat_memory)
		return;
	if (facts->map == LW_MAP_CMIS) {
		f = cmis(LW_CMIS_LOW_PWR_REQUEST_SW);
		byte = with_field(now->global, f, 1);
		if ((now->module_state == LW_CMIS_MODULE_READY ||
		     now->module_state == LW_CMIS_MODULE_PWR_UP) &&
		    !lanes_in_state(now, LW_CMIS_DP_ACTIVATED) && byte != now->global)
			add_write(ret, f, 0, &byte, 1, 0, "stay in low power: not admitted");
	} else if (facts->map == LW_MAP_SFF8636 && facts->power_class > 1) {
		f = lw_map_fields(LW_MAP_SFF8636, NULL);
		if (field_of(now->power, &f[LW_SFF8636_POWER_OVERRIDE]))
			return;
		byte = with_field(now->power, &f[LW_SFF8636_POWER_OVERRIDE], 1);
		byte = with_field(byte, &f[LW_SFF8636_POWER_SET], 1);
		add_write(ret, &f[LW_SFF8636_POWER_OVERRIDE], 0, &byte, 1, 0,
			  "stay in low power: not admitted");
	}
}

int lw_plan_make(const struct lw_facts *facts, const struct lw_module_state *now,
		 const struct lw_want *want, size_t want_n, struct lw_plan *ret,
		 struct lw_findings *ret_findings, struct lw_error *reterr)
{
	struct lw_plan plan = {0};
	struct planner p = {
		.facts = facts, .now = now, .plan = &plan, .lanes = lw_plan_lanes(facts)};
	int r;

	switch (facts->map) {
	case LW_MAP_CMIS:
		r = plan_cmis(&p, want, want_n, ret_findings, reterr);
		break;
	case LW_MAP_SFF8636:
		r = plan_sff8636(&p, want, want_n);
		break;
	case LW_MAP_SFF8472:
		r = plan_sff8472(&p, want, want_n);
		break;
	default:
		return lw_fail(reterr, LW_ENOTSUP,
			       "a module without a known memory map has no controls");
	}
	if (!r)
		*ret = plan;
	return r;
}

void lw_step_text(const struct lw_step *s, struct lw_buf *ret)
{
	enum lw_map_id map = (enum lw_map_id)s->field->map;
	const char *slot = lw_map_slots(map, NULL)[s->field->slot].name;
	char lanes[LW_LANES_TEXT];

	if (s->kind == LW_STEP_WRITE) {
		lw_buf_puts(ret, "write ");
		if (s->addr.bank)
			lw_buf_printf(ret, "bank %u ", s->addr.bank);
		lw_buf_printf(ret, "%s:%u", slot, s->addr.byte);
		if (s->n > 1)
			lw_buf_printf(ret, "-%u", s->addr.byte + s->n - 1u);
		lw_buf_puts(ret, " =");
		for (unsigned i = 0; i < s->n; i++)
			lw_buf_printf(ret, " %02X", s->data[i]);
	} else {
		char number[16];

		lw_buf_printf(ret, "wait  %s:%u", slot, s->addr.byte);
		if (s->kind == LW_STEP_WAIT_CONFIG)
			lw_buf_puts(ret, " not ConfigInProgress");
		else if (s->field->kind == LW_KIND_CODE)
			lw_buf_printf(ret, " %s",
				      lw_code_text((enum lw_code_table)s->field->codes, s->value,
						   number, sizeof(number)));
		else
			lw_buf_printf(ret, " = %u", s->value);
	}
	lw_buf_printf(ret, "  %s", s->field->name);
	if (s->lanes)
		lw_buf_printf(ret, " %s", lw_lanes_text(s->lanes, lanes));
}
