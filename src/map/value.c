/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields as typed values. What makes a field no value is data (data/maps/overlays.csv and the
 * columns need and since); here it is only looked up. docs/design/map.md, Values.
 */
#include "value-tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* An advertisement may itself be advertised; rows that go round in a circle end here. */
#define NEED_DEPTH 4
#define BANK_LANES 8

const char *lw_value_status_name(enum lw_value_status s)
{
	static const char *const names[] = {"value", "not-supported", "absent", "stale", "error"};

	return (unsigned)s < sizeof(names) / sizeof(names[0]) ? names[s] : "error";
}

const char *lw_value_kind_name(enum lw_value_kind k)
{
	static const char *const names[] = {"number", "bool", "code", "text", "bytes"};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "bytes";
}

static const struct lw_field *field_at(const struct lw_view *v, int id)
{
	return &lw_map_fields(v->map, NULL)[id];
}

/* The lane of `other` that goes with lane `lane` of `f`: its own, else its bank's only one. */
static unsigned lane_of(const struct lw_field *f, const struct lw_field *other, unsigned lane)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)other->map, NULL)[other->slot];

	if (other->lanes == f->lanes)
		return lane;
	return s->banked ? lane / f->lanes * other->lanes : 0;
}

static int get(const struct lw_view *v, int id, unsigned lane)
{
	int64_t raw;

	return lw_field_get(field_at(v, id), lane, v, &raw) ? -1 : (int)raw;
}

/* What application `apsel` (1-15) says; descriptors from 9 on stand on page 01h. */
static int app_get(const struct lw_view *v, int low, int high, unsigned apsel)
{
	return apsel <= 8 ? get(v, low, apsel - 1) : get(v, high, apsel - 9);
}

/* First media lane of the data path that starts at host lane `first`; -1 if that is not told. */
static int media_first(const struct lw_view *v, unsigned apsel, unsigned first)
{
	int host = app_get(v, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP,
			   LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP_HI, apsel);
	int media = get(v, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, apsel - 1);
	int n;

	if (host < 0 || media < 0)
		return -1;
	/* the n-th host group goes with the n-th media group (CMIS 5.4, 6.2.1.5) */
	n = __builtin_popcount((unsigned)host & ((1u << first) - 1u));
	for (int lane = 0; lane < 8; lane++)
		if (media >> lane & 1 && n-- == 0)
			return lane;
	return -1;
}

/* The states of the paths of a bank's media lanes: lw_media_path_state() of each. */
static void media_paths(const struct lw_view *v, unsigned bank, int8_t ret[BANK_LANES])
{
	enum { DEACTIVATED = 1 };
	uint8_t left = 0xff; /* lanes of which nothing was said yet */

	for (unsigned host = 0; host < BANK_LANES; host++) {
		int apsel = get(v, LW_CMIS_ACS_APP_SEL_CODE_LANE, bank * 8 + host);
		int id = get(v, LW_CMIS_ACS_DPIDX_LANE, bank * 8 + host);
		int first, lanes, state;

		if (apsel < 0 || id < 0)
			goto unknown;
		if (!apsel || id != (int)host)
			continue; /* no application, or not the first lane of its path */
		first = media_first(v, (unsigned)apsel, host);
		lanes = app_get(v, LW_CMIS_MEDIA_LANE_COUNT_APP, LW_CMIS_MEDIA_LANE_COUNT_APP_HI,
				(unsigned)apsel);
		if (first < 0 || lanes < 0)
			goto unknown;
		state = get(v, LW_CMIS_DP_STATE_HOST_LANE, bank * 8 + host);
		for (int lane = first; lane < first + lanes && lane < BANK_LANES; lane++)
			if (left >> lane & 1)
				ret[lane] = (int8_t)state;
		left &= (uint8_t) ~((1u << (first + lanes)) - (1u << first));
	}
	for (unsigned lane = 0; lane < BANK_LANES; lane++)
		if (left >> lane & 1)
			ret[lane] = DEACTIVATED;
	return;
unknown:
	for (unsigned lane = 0; lane < BANK_LANES; lane++)
		if (left >> lane & 1)
			ret[lane] = -1;
}

static int path_state(const struct lw_view *v, unsigned lane, struct lw_value_memo *memo)
{
	unsigned bank = lane / BANK_LANES;

	if (v->map != LW_MAP_CMIS || bank >= LW_BANKS_MAX)
		return -1;
	if (!(memo->banks >> bank & 1))
		media_paths(v, bank, memo->path + bank * BANK_LANES);
	memo->banks |= (uint8_t)(1u << bank);
	return memo->path[lane];
}

int lw_media_path_state(const struct lw_view *v, unsigned lane)
{
	struct lw_value_memo memo = {0};
	int state = path_state(v, lane, &memo);

	return state < 0 ? LW_ENOPAGE : state;
}

enum answer { NO = LW_ADVERT_NO, YES = LW_ADVERT_YES, UNKNOWN = LW_ADVERT_UNKNOWN };

/* `f` is the field that is asked about; NULL: a page. */
static enum answer term_holds(const struct lw_value_term *t, const struct lw_field *f,
			      unsigned lane, const struct lw_view *v, struct lw_value_memo *memo)
{
	int64_t raw;

	if (t->selector == LW_TERM_MEDIA_PATH) {
		raw = path_state(v, lane, memo);
		if (raw < 0)
			return UNKNOWN;
	} else {
		const struct lw_field *selector = field_at(v, t->selector);

		if (lw_field_get(selector, f ? lane_of(f, selector, lane) : 0, v, &raw))
			return UNKNOWN;
	}
	return raw >= t->low && raw <= t->high ? YES : NO;
}

/* Of its groups one must hold; of a group all terms. `ret_no` names the first that denies. */
static enum answer condition_holds(unsigned first, unsigned n, const struct lw_field *f,
				   unsigned lane, const struct lw_view *v,
				   struct lw_value_memo *memo, const struct lw_field **ret_no)
{
	const struct lw_value_term *t = &lw_value_terms[first];
	enum answer any = NO;
	unsigned i = 0;

	while (i < n) {
		enum answer all = YES;
		unsigned group = t[i].group;

		for (; i < n && t[i].group == group; i++) {
			enum answer one = term_holds(&t[i], f, lane, v, memo);

			if (one == NO && !*ret_no)
				*ret_no = field_at(v, t[i].selector == LW_TERM_MEDIA_PATH
							      ? LW_CMIS_DP_STATE_HOST_LANE
							      : t[i].selector);
			if (one == NO || (one == UNKNOWN && all == YES))
				all = one;
		}
		if (all == YES)
			return YES;
		if (all == UNKNOWN)
			any = UNKNOWN;
	}
	return any;
}

/* The first condition of a slot, or the end of the table. */
static size_t pages_of(const struct lw_view *v, unsigned slot)
{
	size_t low = 0, high = lw_page_conditions_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct lw_page_condition *c = &lw_page_conditions[middle];

		if (c->map < (unsigned)v->map || (c->map == (unsigned)v->map && c->slot < slot))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum lw_advert lw_view_advertises(const struct lw_view *v, unsigned slot)
{
	const struct lw_field *no = NULL;
	struct lw_value_memo memo = {0};
	enum answer all = YES;

	for (size_t i = pages_of(v, slot); i < lw_page_conditions_n; i++) {
		const struct lw_page_condition *c = &lw_page_conditions[i];
		enum answer one;

		if (c->map != (unsigned)v->map || c->slot != slot)
			break;
		one = condition_holds(c->first, c->n, NULL, 0, v, &memo, &no);
		if (one == NO)
			return LW_ADVERT_NO;
		if (one == UNKNOWN)
			all = UNKNOWN;
	}
	return (enum lw_advert)all;
}

/*
 * Ask a condition of those of `lanes`, bit 0: lane `base`, that it was not asked of yet.
 * @return the answers, which `memo` keeps
 */
static const struct lw_value_asked *ask(const struct lw_value_condition *c,
					const struct lw_field *f, unsigned base, uint32_t lanes,
					const struct lw_view *v, struct lw_value_memo *memo,
					const struct lw_field **ret_no)
{
	struct lw_value_asked *k =
		&memo->asked[c->first % (sizeof(memo->asked) / sizeof(memo->asked[0]))];

	if (k->first != c->first || k->lanes != f->lanes || k->base != base)
		*k = (struct lw_value_asked){
			.first = c->first, .lanes = f->lanes, .base = (uint16_t)base};
	for (uint32_t left = lanes & ~k->known; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		enum answer a = condition_holds(c->first, c->n, f, base + i, v, memo, ret_no);

		k->holds |= (uint32_t)(a == YES) << i;
		k->fails |= (uint32_t)(a == NO) << i;
	}
	k->known |= lanes;
	return k;
}

/* condition_holds(), if it was not asked before. */
static enum answer recalled(const struct lw_value_condition *c, const struct lw_field *f,
			    unsigned lane, const struct lw_view *v, struct lw_value_memo *memo,
			    const struct lw_field **ret_no)
{
	uint32_t bit = UINT32_C(1) << lane % 32;
	const struct lw_value_asked *k = ask(c, f, lane - lane % 32, bit, v, memo, ret_no);

	return k->holds & bit ? YES : k->fails & bit ? NO : UNKNOWN;
}

static const struct lw_value_mark *mark_of(const struct lw_field *f)
{
	return &lw_value_marks[f->map][f->id];
}

static enum lw_value_status by_conditions(const struct lw_field *f, unsigned lane,
					  const struct lw_view *v, struct lw_value_memo *memo,
					  struct lw_value *ret)
{
	enum lw_value_status status = LW_VALUE_OK;

	for (size_t i = mark_of(f)->conditions; i < lw_value_conditions_n; i++) {
		const struct lw_value_condition *c = &lw_value_conditions[i];
		const struct lw_field *no = NULL;
		enum answer a;

		if (c->map != f->map || c->field != f->id)
			break;
		a = recalled(c, f, lane, v, memo, &no);
		if (a == YES || (a == UNKNOWN && !c->overlay))
			continue;
		/* what is not supported cannot be stale */
		if (status == LW_VALUE_OK || c->status == LW_VALUE_NOT_SUPPORTED) {
			status = (enum lw_value_status)c->status;
			if (no)
				ret->decider = no;
			ret->ref = c->ref;
		}
		if (status == LW_VALUE_NOT_SUPPORTED)
			break;
	}
	return status;
}

/* False if an advertisement says that the field is not there. One that is not there says nothing.
 */
static bool is_advertised(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			  const struct lw_field **ret_no)
{
	for (unsigned depth = 0; f->need >= 0 && depth < NEED_DEPTH; depth++) {
		const struct lw_field *need = field_at(v, f->need);
		int64_t raw;

		lane = lane_of(f, need, lane);
		if (lw_field_get(need, lane, v, &raw))
			return true;
		if (!raw) {
			*ret_no = need;
			return false;
		}
		f = need;
	}
	return true;
}

/* The revision the memory is of, as major * 256 + minor, and the field that says so; 0: unknown. */
static unsigned revision_of(const struct lw_view *v, const struct lw_field **ret_field)
{
	int id = v->map == LW_MAP_CMIS      ? LW_CMIS_CMIS_REVISION_MAJOR
		 : v->map == LW_MAP_SFF8636 ? LW_SFF8636_REVISION_COMPLIANCE
					    : LW_SFF8472_COMPLIANCE_REVISION;
	int code = get(v, id, 0);

	*ret_field = field_at(v, id);
	if (code < 0)
		return 0;
	if (v->map == LW_MAP_CMIS)
		return (unsigned)code << 8 | (unsigned)get(v, LW_CMIS_CMIS_REVISION_MINOR, 0);
	for (size_t i = 0; i < lw_value_revisions_n; i++) {
		const struct lw_value_revision *r = &lw_value_revisions[i];

		if (r->map == v->map && r->code == code)
			return (unsigned)r->major << 8 | r->minor;
	}
	return 0;
}

/* Does the module follow a revision that does not have the field yet? */
static bool is_too_new(const struct lw_field *f, const struct lw_view *v,
		       struct lw_value_memo *memo)
{
	unsigned since = mark_of(f)->since;

	if (!since)
		return false;
	if (!memo->revised)
		memo->revision = revision_of(v, &memo->who);
	memo->revised = true;
	return memo->revision && f != memo->who && memo->revision < since;
}

static enum lw_value_status status_of(const struct lw_field *f, unsigned lane,
				      const struct lw_view *v, struct lw_value_memo *memo,
				      struct lw_value *ret)
{
	if (f->access == LW_WO)
		return LW_VALUE_NOT_SUPPORTED; /* reads any value */
	if (is_advertised(f, lane, v, &ret->decider) && is_too_new(f, v, memo))
		ret->decider = memo->who;
	if (ret->decider) {
		ret->ref = ret->decider->ref;
		return LW_VALUE_NOT_SUPPORTED;
	}
	return by_conditions(f, lane, v, memo, ret);
}

enum lw_value_status lw_value_status(const struct lw_field *f, unsigned lane,
				     const struct lw_view *v, struct lw_value_memo *memo)
{
	struct lw_value value = {0};

	return lw_field_bytes(f, lane, v) ? status_of(f, lane, v, memo, &value) : LW_VALUE_ABSENT;
}

/* Those of `lanes`, bit 0: lane `base`, whose field no advertisement denies. */
static uint32_t advertised(const struct lw_field *f, unsigned base, uint32_t lanes,
			   const struct lw_view *v)
{
	const struct lw_field *no, *need;
	uint32_t ret = 0;

	if (f->need < 0 || !lanes)
		return lanes;
	need = field_at(v, f->need);
	if (need->lanes != f->lanes && !lw_map_slots(v->map, NULL)[need->slot].banked)
		return is_advertised(f, base, v, &no) ? lanes : 0; /* one for all of them */
	for (uint32_t left = lanes; left; left &= left - 1)
		if (is_advertised(f, base + (unsigned)__builtin_ctz(left), v, &no))
			ret |= left & -left;
	return ret;
}

/* Those of `lanes` whose page is there: a bank has it or not. */
static uint32_t present(const struct lw_field *f, unsigned base, uint32_t lanes,
			const struct lw_view *v)
{
	uint32_t ret = 0;

	while (lanes) {
		unsigned lane = base + (unsigned)__builtin_ctz(lanes);
		unsigned next =
			lane - lane % f->lanes + f->lanes - base; /* the next bank's first */
		uint32_t bank = next < 32 ? lanes & ((UINT32_C(1) << next) - 1) : lanes;

		if (lw_field_bytes(f, lane, v))
			ret |= bank;
		lanes ^= bank;
	}
	return ret;
}

uint32_t lw_value_lanes(const struct lw_field *f, unsigned base, uint32_t lanes,
			const struct lw_view *v, struct lw_value_memo *memo)
{
	const struct lw_value_asked *asked;
	const struct lw_field *no = NULL;

	lanes = present(f, base, lanes, v);
	if (f->access == LW_WO || is_too_new(f, v, memo))
		return 0;
	lanes = advertised(f, base, lanes, v);
	for (size_t i = mark_of(f)->conditions; lanes && i < lw_value_conditions_n; i++) {
		const struct lw_value_condition *c = &lw_value_conditions[i];

		if (c->map != f->map || c->field != f->id)
			break;
		asked = ask(c, f, base, lanes, v, memo, &no);
		lanes &= c->overlay ? asked->holds : ~asked->fails;
	}
	return lanes;
}

/* External calibration of SFF-8472: what the registers hold becomes the quantity (9.3). */
static void calibrate(const struct lw_field *f, const struct lw_view *v, struct lw_value *ret)
{
	static const int coefficients[] = {LW_SFF8472_CAL_RX_POWER_0, LW_SFF8472_CAL_RX_POWER_1,
					   LW_SFF8472_CAL_RX_POWER_2, LW_SFF8472_CAL_RX_POWER_3,
					   LW_SFF8472_CAL_RX_POWER_4};
	const struct lw_value_calibration *c = NULL;
	double slope = 1, offset, sum = 0;

	if (f->map != LW_MAP_SFF8472 || get(v, LW_SFF8472_EXTERNALLY_CALIBRATED, 0) != 1)
		return;
	for (size_t i = 0; !c && i < lw_value_calibrations_n; i++)
		if (lw_value_calibrations[i].field == f->id)
			c = &lw_value_calibrations[i];
	if (!c)
		return;
	if (c->slope >= 0) {
		if (lw_field_value(field_at(v, c->slope), 0, v, &slope) ||
		    lw_field_value(field_at(v, c->offset), 0, v, &offset))
			ret->number = (double)NAN;
		else
			ret->number = slope * ret->number + offset;
		return;
	}
	for (unsigned i = sizeof(coefficients) / sizeof(coefficients[0]); i-- > 0;) {
		double coefficient = (double)NAN;

		(void)lw_field_value(field_at(v, coefficients[i]), 0, v, &coefficient);
		sum = sum * (double)ret->raw + coefficient;
	}
	ret->number = sum * f->num / f->den;
}

static bool is_bytes(const struct lw_field *f)
{
	return f->kind == LW_KIND_TEXT || f->kind == LW_KIND_BYTES || f->width > 64;
}

static enum lw_value_kind kind_of(const struct lw_field *f)
{
	if (f->kind == LW_KIND_TEXT)
		return LW_VALUE_TEXT;
	if (is_bytes(f))
		return LW_VALUE_BYTES;
	return f->kind == LW_KIND_BOOL   ? LW_VALUE_BOOL
	       : f->kind == LW_KIND_CODE ? LW_VALUE_CODE
					 : LW_VALUE_NUMBER;
}

static void read_number(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			struct lw_value *ret)
{
	int r = lw_field_value(f, lane, v, &ret->number);

	if (f->kind == LW_KIND_BOOL)
		return;
	if (f->kind == LW_KIND_CODE) {
		ret->meaning = lw_code_name((enum lw_code_table)f->codes, (unsigned)ret->raw);
		if (r || !f->unit[0])
			ret->number = (double)NAN;
		return;
	}
	if (r)
		ret->number = (double)NAN;
	else
		calibrate(f, v, ret);
	if (!isfinite(ret->number) && ret->status == LW_VALUE_OK) {
		ret->status = LW_VALUE_ERROR;
		ret->decider = f->by >= 0 ? field_at(v, f->by) : f;
		ret->ref = f->ref;
	}
}

void lw_value_decode(const struct lw_field *f, unsigned lane, const struct lw_view *v,
		     struct lw_value *ret)
{
	const uint8_t *bytes = lw_field_bytes(f, lane, v);
	struct lw_value_memo memo = {0};

	*ret = (struct lw_value){.kind = kind_of(f), .number = (double)NAN, .ref = ""};
	if (!bytes) {
		ret->status = LW_VALUE_ABSENT;
		return;
	}
	ret->status = status_of(f, lane, v, &memo, ret);
	if (is_bytes(f)) {
		ret->bytes = bytes;
		ret->size = f->width / 8u;
		return;
	}
	ret->has_raw = lw_field_get(f, lane, v, &ret->raw) == 0;
	if (ret->has_raw)
		read_number(f, lane, v, ret);
}

static int text_of(const struct lw_value *value, char *ret, size_t size)
{
	size_t n = value->bytes ? value->size : 0;

	while (n && (value->bytes[n - 1] == ' ' || value->bytes[n - 1] == 0 ||
		     value->bytes[n - 1] == 0xff))
		n--;
	for (size_t i = 0; i < n && i + 1 < size; i++) {
		uint8_t c = value->bytes[i];

		ret[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	ret[n < size ? n : size - 1] = '\0';
	return n < size ? 0 : LW_ELIMIT;
}

static int hex_of(const struct lw_value *value, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; value->bytes && i < value->size; i++) {
		if (n + 4 > size)
			return LW_ELIMIT;
		n += (size_t)snprintf(ret + n, size - n, i ? ":%02x" : "%02x", value->bytes[i]);
	}
	return 0;
}

int lw_value_text(const struct lw_field *f, const struct lw_value *value, char *ret, size_t size)
{
	const char *gap = f->unit[0] ? " " : "";
	int n = 0;

	if (!size)
		return LW_ELIMIT;
	ret[0] = '\0';
	if (value->kind == LW_VALUE_TEXT)
		return text_of(value, ret, size);
	if (value->kind == LW_VALUE_BYTES)
		return hex_of(value, ret, size);
	if (!value->has_raw)
		return 0;
	if (value->kind == LW_VALUE_BOOL)
		n = snprintf(ret, size, "%s", value->raw ? "yes" : "no");
	else if (value->kind == LW_VALUE_CODE && value->meaning)
		n = snprintf(ret, size, "%s", value->meaning);
	else if (value->kind == LW_VALUE_CODE)
		n = snprintf(ret, size, "0x%02x (reserved)", (unsigned)value->raw);
	else if (isnan(value->number))
		n = snprintf(ret, size, "0x%llx", (unsigned long long)value->raw);
	else if (f->num == 1 && f->den == 1 && f->by < 0 && f->kind != LW_KIND_F16 &&
		 f->kind != LW_KIND_F32 && fabs(value->number) < 1e15)
		n = snprintf(ret, size, "%.0f%s%s", value->number, gap, f->unit);
	else
		n = snprintf(ret, size, "%.6g%s%s", value->number, gap, f->unit);
	return n >= 0 && (size_t)n < size ? 0 : LW_ELIMIT;
}
