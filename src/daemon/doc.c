/* SPDX-License-Identifier: Apache-2.0 */
#include "doc.h"

#include <lanewise/digest.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int lwd_doc_link(const struct lw_engine *e, size_t link, const struct lw_why_host *host,
		 struct lw_arena *arena, const struct lw_diagnosis **ret_why, struct lw_buf *ret)
{
	struct lw_diagnosis *d = lw_arena_alloc(arena, sizeof(*d));
	const struct lw_engine_link *x = &e->link[link];
	struct lw_json j;
	int r;

	if (!d)
		return LW_ENOMEM;
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_int(&j, "index", (int64_t)link);
	lw_json_put_bool(&j, "enabled", !x->disabled);
	lw_json_put_number(&j, "since_s", (double)(x->since.ns - e->started.ns) / 1e9);
	lw_json_key(&j, "link");
	r = lw_engine_link_json(e, link, arena, &j);
	if (!r)
		r = lw_why(e, link, host, arena, d, NULL);
	if (r)
		return r;
	lw_json_key(&j, "why");
	lw_why_json(e, d, &j);
	*ret_why = d;
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

static void reading(struct lw_json *j, const struct lw_reading *r)
{
	if (r->status == LW_VALUE_OK)
		lw_json_real(j, r->value);
	else
		lw_json_null(j);
}

static void limits(struct lw_json *j, const struct lw_limits *l)
{
	lw_json_key(j, "limits");
	if (!l->stated) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	lw_json_put_real(j, "high_alarm", l->high_alarm);
	lw_json_put_real(j, "high_warning", l->high_warning);
	lw_json_put_real(j, "low_warning", l->low_warning);
	lw_json_put_real(j, "low_alarm", l->low_alarm);
	lw_json_end_object(j);
}

/* SNR and error ratios as further quantities: one value for each lane, null where there is none. */
static void signals(const struct lwd_quality_cage *c, struct lw_json *j)
{
	for (unsigned k = 0; c && k < LWD_QUALITIES; k++) {
		double value[LW_LANES_MAX];
		unsigned lanes = 0;

		for (unsigned i = 0; i < LW_LANES_MAX; i++)
			value[i] = (double)NAN;
		for (unsigned i = 0; i < c->n; i++) {
			const struct lwd_quality_entry *x = &c->entry[i];

			if (x->id != k)
				continue;
			value[x->lane] = x->value;
			lanes = x->lane >= lanes ? x->lane + 1u : lanes;
		}
		if (!lanes)
			continue;
		lw_json_key(j, lwd_quality_name(k));
		lw_json_begin_object(j);
		lw_json_put_string(j, "unit", k < LWD_BER_MEDIA ? "dB" : "");
		limits(j, &c->limits[k]);
		lw_json_key(j, "value");
		lw_json_begin_array(j);
		for (unsigned i = 0; i < lanes; i++)
			lw_json_real(j, value[i]);
		lw_json_end_array(j);
		lw_json_end_object(j);
	}
}

/* Each quantity with its unit, its limits, and a value or one for each media lane. */
static void monitors(const struct lw_engine *e, size_t cage, const struct lwd_quality *quality,
		     struct lw_json *j)
{
	const struct lw_readings *now = lw_engine_readings(e, (int)cage);

	lw_json_key(j, "monitors");
	lw_json_begin_object(j);
	for (unsigned q = 0; now && q < LW_MON_QUANTITIES; q++) {
		const struct lw_reading *first =
			q < LW_MON_LANES ? &now->module[q] : &now->lane[q - LW_MON_LANES][0];
		struct lw_limits l = lw_monitor_limits(&e->module[cage].memory, q);

		if (first->status != LW_VALUE_OK && isnan(first->value))
			continue;
		lw_json_key(j, lw_quantity_name(q));
		lw_json_begin_object(j);
		lw_json_put_string(j, "unit", first->unit);
		limits(j, &l);
		lw_json_key(j, "value");
		if (q < LW_MON_LANES) {
			reading(j, first);
		} else {
			lw_json_begin_array(j);
			for (unsigned i = 0; i < LW_LANES_MAX && now->lanes >> i; i++)
				reading(j, &now->lane[q - LW_MON_LANES][i]);
			lw_json_end_array(j);
		}
		lw_json_end_object(j);
	}
	signals(lwd_quality_of(quality, e, cage), j);
	lw_json_end_object(j);
}

static void identity(const struct lw_facts *f, struct lw_json *j)
{
	char firmware[16] = "";

	if (f->fw_major >= 0)
		snprintf(firmware, sizeof(firmware), "%d.%d", f->fw_major, f->fw_minor);
	lw_json_begin_object(j);
	lw_json_put_string(j, "vendor", f->vendor_name);
	lw_json_put_string(j, "part", f->vendor_pn);
	lw_json_put_string(j, "serial", f->vendor_sn);
	lw_json_put_string(j, "revision", f->vendor_rev);
	lw_json_put_string(j, "firmware", firmware[0] ? firmware : NULL);
	lw_json_put_string(j, "map", lw_map_name(f->map));
	lw_json_put_string(j, "form", f->form_factor);
	lw_json_put_number(j, "max_power_w", f->max_power_w);
	lw_json_end_object(j);
}

/* The state machine of each host lane as last read; CMIS alone has one. */
static void lanes(const struct lw_module *m, const struct lw_cage *c, struct lw_json *j)
{
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < c->mode.lanes; i++) {
		unsigned state = 0;

		if (m->phase > LW_MODULE_IDENTIFY)
			state = m->state.dp_state[i];

		if (state)
			lw_json_string(j, lw_code_name(LW_CODES_DP_STATE, state));
		else
			lw_json_null(j);
	}
	lw_json_end_array(j);
}

/* Modes that share out the host lanes of the cage by what the module can do. */
static void modes(const struct lw_cage *c, struct lw_json *j)
{
	char rate[16], text[40];

	lw_json_key(j, "modes");
	lw_json_begin_array(j);
	for (size_t i = 0; i < c->ability_n; i++) {
		const struct lw_ability *a = &c->abilities[i];
		struct lw_mode mode;
		bool seen = false;
		unsigned n = 0;

		for (size_t k = 0; k < i; k++)
			seen = seen || (c->abilities[k].host_lanes == a->host_lanes &&
					c->abilities[k].rate_mbps == a->rate_mbps);
		for (unsigned k = 0; k < c->mode.lanes; k++)
			n += (unsigned)(a->host_first >> k & 1);
		if (seen || !n || !a->rate_mbps || n * a->host_lanes > c->mode.lanes)
			continue;
		lw_rate_text(a->rate_mbps, rate, sizeof(rate));
		if (n * a->host_lanes == c->mode.lanes)
			snprintf(text, sizeof(text), "%ux%s", n, rate);
		else
			snprintf(text, sizeof(text), "%ux%s(%u)", n, rate, n * a->host_lanes);
		if (!lw_mode_parse(text, c->mode.lanes, &mode, NULL))
			lw_json_string(j, text);
	}
	lw_json_end_array(j);
}

static const char *phase_name(enum lw_module_phase p)
{
	static const char *const name[] = {"absent", "identify", "work", "rest", "backoff"};

	return name[p];
}

int lwd_doc_cage(const struct lw_engine *e, size_t cage, const struct lwd_quality *quality,
		 struct lw_arena *arena, struct lw_buf *ret)
{
	const struct lw_cage *c = &e->fabric->cages[cage];
	const struct lw_module *m = &e->module[cage];
	struct lw_findings found;
	struct lw_json j;
	int r;

	lw_findings_init(&found, arena);
	r = m->bus ? lw_engine_explain_cage(e, (int)cage, &found) : 0;
	if (r)
		return r;
	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_int(&j, "index", (int64_t)cage);
	lw_json_put_string(&j, "id", c->id);
	lw_json_put_string(&j, "device", c->device);
	lw_json_put_string(&j, "name", c->name);
	lw_json_put_string(&j, "form", c->form->name);
	lw_json_put_string(&j, "mode", c->mode_text);
	lw_json_put_bool(&j, "managed", m->bus);
	lw_json_put_string(&j, "phase",
			   !m->bus              ? NULL
			   : e->cage[cage].lent ? "lent"
						: phase_name(m->phase));
	lw_json_put_int(&j, "swaps", e->cage[cage].swaps);
	lw_json_key(&j, "module");
	if (m->bus && e->cage[cage].known && m->phase > LW_MODULE_IDENTIFY)
		identity(&m->facts, &j);
	else
		lw_json_null(&j);
	lanes(m, c, &j);
	modes(c, &j);
	monitors(e, cage, quality, &j);
	if (m->bus) {
		lw_json_put_int(&j, "reads", (int64_t)m->bus->stats.reads);
		lw_json_put_int(&j, "writes", (int64_t)m->bus->stats.writes);
	}
	lw_json_key(&j, "findings");
	lw_findings_json(&found, &j);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

int lwd_doc_summary(const struct lw_engine *e, int64_t wall_ms, struct lw_buf *ret)
{
	struct lw_json j;

	lw_json_init_line(&j, ret);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "fabric", e->fabric->name);
	lw_json_put_int(&j, "started_ms", wall_ms + e->started.ns / 1000000);
	lw_json_put_number(&j, "now_s", (double)(e->now.ns - e->started.ns) / 1e9);
	lw_json_put_int(&j, "cages", (int64_t)e->fabric->cage_n);
	lw_json_put_int(&j, "links", (int64_t)e->fabric->link_n);
	lw_json_put_int(&j, "up", (int64_t)e->count[LW_LINK_UP]);
	lw_json_put_int(&j, "starting", (int64_t)e->count[LW_LINK_STARTING]);
	lw_json_put_int(&j, "down", (int64_t)e->count[LW_LINK_DOWN]);
	lw_json_put_int(&j, "generation", (int64_t)e->generation);
	lw_json_end_object(&j);
	return ret->failed ? LW_ENOMEM : 0;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	return lw_digest(h, &v, sizeof(v));
}

/* Links that are well are looked at anew after so many readings, not all at the same. */
#define WELL_EACH 5

uint64_t lwd_mark_link(const struct lw_engine *e, size_t link, bool well)
{
	const struct lw_flink *l = &e->fabric->links[link];
	const struct lw_engine_link *x = &e->link[link];
	uint64_t h = mix(LW_DIGEST_START, (uint64_t)x->since.ns);

	h = mix(h, (uint64_t)x->state << 32 | x->flaps);
	h = mix(h, (uint64_t)x->testing << 3 | (uint64_t)x->disabled << 2 |
			   (uint64_t)x->carrier[0] << 1 | x->carrier[1]);
	for (unsigned end = 0; end < 2; end++) {
		const struct lw_module *m = &e->module[l->cage[end]];
		const struct lw_dp_report *d;

		h = mix(h, (uint64_t)x->remedy[end].count << 32 | x->remedy[end].held);
		h = mix(h, m->phase);
		if (x->want[end] < 0)
			continue;
		d = &m->report[x->want[end]];
		h = mix(h, (uint64_t)d->since.ns);
		h = mix(h, (uint64_t)(uintptr_t)d->reason);
		h = mix(h, (uint64_t)d->dp_state << 8 | d->config_status);
		h = mix(h, (uint64_t)d->rx_los << 32 | d->rx_lol);
		h = mix(h, d->tx_fault);
		/* light explains links that are not well: their document follows the readings;
		 * that of the others now and then, for it may tell of danger */
		h = mix(h, well && x->state == LW_LINK_UP
				   ? (e->cage[l->cage[end]].measured + link) / WELL_EACH
				   : e->cage[l->cage[end]].measured);
	}
	return h;
}

uint64_t lwd_mark_cage(const struct lw_engine *e, size_t cage, const struct lwd_quality *quality)
{
	const struct lw_engine_cage *c = &e->cage[cage];
	const struct lw_module *m = &e->module[cage];
	const struct lwd_quality_cage *signal = lwd_quality_of(quality, e, cage);
	uint64_t h = mix(LW_DIGEST_START, c->measured);

	h = mix(h, signal ? signal->count : 0);
	h = mix(h, (uint64_t)m->phase << 32 | m->identities);
	h = mix(h, c->generation);
	h = mix(h, (uint64_t)c->admission << 32 | c->swaps);
	h = mix(h, (uint64_t)(uintptr_t)c->lent);
	h = mix(h, (uint64_t)c->override << 1 | c->differs);
	return lw_digest(h, m->state.dp_state, sizeof(m->state.dp_state));
}
