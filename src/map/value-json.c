/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/json.h>
#include <lanewise/value.h>
#include <lanewise/vdm.h>
#include <math.h>
#include <stdio.h>

/* Error ratios are far below the nine decimals that lw_json_number() writes. */
static void put_double(struct lw_json *j, double v)
{
	if (!isfinite(v) || v == 0 || fabs(v) >= 1e-3)
		lw_json_number(j, v);
	else
		lw_json_real(j, v);
}

/* The raw content: a number as stored, text and bytes in hex. */
static void put_raw(const struct lw_value *value, struct lw_json *j)
{
	char hex[2 * 128 + 1];

	lw_json_key(j, "raw");
	if (value->has_raw) {
		lw_json_int(j, value->raw);
		return;
	}
	for (size_t i = 0; i < value->size && i < 128; i++)
		snprintf(hex + 2 * i, 3, "%02x", value->bytes[i]);
	lw_json_string(j, value->bytes ? hex : NULL);
}

/* Nothing stands here that is no value: no old reading, no number of a reserved code. */
static void put_value(const struct lw_field *f, const struct lw_value *value, struct lw_json *j)
{
	char text[LW_VALUE_TEXT_MAX];
	bool good = value->status == LW_VALUE_OK;

	lw_value_text(f, value, text, sizeof(text));
	lw_json_key(j, "value");
	if (!good)
		lw_json_null(j);
	else if (value->kind == LW_VALUE_BOOL)
		lw_json_bool(j, value->raw != 0);
	else if (value->kind == LW_VALUE_CODE && isnan(value->number))
		lw_json_int(j, value->raw);
	else if (value->kind == LW_VALUE_NUMBER || value->kind == LW_VALUE_CODE)
		put_double(j, value->number);
	else
		lw_json_string(j, text);
	lw_json_put_string(j, "unit", f->unit[0] ? f->unit : NULL);
	lw_json_put_string(j, "text", good ? text : NULL);
	lw_json_put_string(j, "status", lw_value_status_name(value->status));
}

void lw_field_json_keys(const struct lw_field *f, unsigned lane, struct lw_json *j)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	unsigned byte, shift;
	char bits[16];

	lw_field_place(f, lane % f->lanes, &byte, &shift);
	snprintf(bits, sizeof(bits), "%u:%u", shift + f->width - 1u, shift);
	lw_json_put_string(j, "name", f->name);
	lw_json_put_string(j, "standard", f->std);
	lw_json_put_string(j, "page", s->name);
	lw_json_put_int(j, "bank", lane / f->lanes);
	lw_json_put_int(j, "byte", byte + (s->upper ? 128 : 0));
	lw_json_put_string(j, "bits", bits);
	lw_json_key(j, "lane");
	if (f->lanes > 1)
		lw_json_int(j, lane + 1);
	else
		lw_json_null(j);
}

void lw_value_json_keys(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			struct lw_json *j)
{
	struct lw_value value;

	lw_value_decode(f, lane, v, &value);
	lw_field_json_keys(f, lane, j);
	put_raw(&value, j);
	put_value(f, &value, j);
	lw_json_put_string(j, "why",
			   value.decider && value.status != LW_VALUE_OK ? value.decider->name
									: NULL);
	lw_json_put_string(j, "ref", f->ref);
}

/* In the order of enum lw_vdm_limit. */
static const char *const limit_names[] = {"high_alarm", "low_alarm", "high_warning", "low_warning"};

static void put_limits(const struct lw_vdm *x, struct lw_json *j)
{
	lw_json_key(j, "thresholds");
	if (!x->has_limits) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	for (unsigned i = 0; i < 4; i++) {
		lw_json_key(j, limit_names[i]);
		put_double(j, x->limit[i]);
	}
	lw_json_end_object(j);
}

static void put_raised(const struct lw_vdm *x, struct lw_json *j)
{
	lw_json_key(j, "raised");
	if (x->flags < 0) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 4; i++)
		if (x->flags >> i & 1)
			lw_json_string(j, limit_names[i]);
	lw_json_end_array(j);
}

static void put_vdm(const struct lw_vdm *x, struct lw_json *j)
{
	bool has_lane = x->scope != LW_VDM_MODULE && x->scope != LW_VDM_UNKNOWN;

	lw_json_begin_object(j);
	lw_json_put_int(j, "instance", x->bank * LW_VDM_INSTANCES + x->instance + 1);
	lw_json_put_int(j, "type", x->type);
	lw_json_put_string(j, "observable", x->name);
	lw_json_put_string(j, "where",
			   x->scope == LW_VDM_UNKNOWN ? NULL : lw_vdm_scope_name(x->scope));
	lw_json_key(j, "lane");
	if (has_lane)
		lw_json_int(j, x->location + 1);
	else
		lw_json_null(j);
	lw_json_put_string(j, "kind", !x->info ? NULL : x->info->statistic ? "statistic" : "basic");
	lw_json_put_int(j, "raw", x->raw);
	lw_json_key(j, "value");
	put_double(j, x->status == LW_VALUE_OK ? x->value : (double)NAN);
	lw_json_put_string(j, "special", x->special);
	lw_json_put_string(j, "unit", x->info && x->info->unit[0] ? x->info->unit : NULL);
	lw_json_put_string(j, "status", lw_value_status_name(x->status));
	put_limits(x, j);
	put_raised(x, j);
	lw_json_end_object(j);
}

void lw_vdm_json(const struct lw_view *v, struct lw_json *j)
{
	struct lw_vdm x;

	lw_json_begin_array(j);
	for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++)
		for (unsigned i = 0; i < LW_VDM_INSTANCES; i++)
			if (lw_vdm_decode(v, bank, i, &x))
				put_vdm(&x, j);
	lw_json_end_array(j);
}
