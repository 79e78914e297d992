/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of the map tell about any memory: sums, reserved bits and codes, revisions, text.
 */
#include "check-internal.h"

#include <lanewise/value.h>
#include <stdio.h>
#include <string.h>

/* A list longer than this is cut: the rest says nothing new. */
#define LIST_MAX 12

void lw_check_add(struct check *c, const char *rule, enum lw_severity severity, const char *remedy,
		  const char *ref, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = lw_arena_vprintf(c->out->arena, fmt, ap);
	va_end(ap);
	if (!text || lw_findings_add(c->out, rule, severity, c->subject, remedy, ref, "%s", text))
		c->r = LW_ENOMEM;
}

void lw_check_list_clear(struct check *c)
{
	lw_buf_clear(&c->list);
	c->listed = 0;
}

void lw_check_list(struct check *c, const char *fmt, ...)
{
	char item[96];
	va_list ap;

	if (c->listed++ >= LIST_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(item, sizeof(item), fmt, ap);
	va_end(ap);
	lw_buf_printf(&c->list, "%s%s", c->listed > 1 ? ", " : "", item);
}

const char *lw_check_list_end(struct check *c)
{
	if (c->listed > LIST_MAX)
		lw_buf_printf(&c->list, " and %u more", c->listed - LIST_MAX);
	if (c->list.failed)
		c->r = LW_ENOMEM;
	return lw_buf_str(&c->list);
}

const char *lw_check_ref(const struct check *c, const char *cmis, const char *sff8636,
			 const char *sff8472)
{
	return c->m->map == LW_MAP_CMIS ? cmis : c->m->map == LW_MAP_SFF8636 ? sff8636 : sff8472;
}

static const struct lw_field *fields_of(const struct check *c, size_t *ret_n)
{
	return lw_map_fields(c->m->map, ret_n);
}

static const char *page_of(const struct lw_field *f)
{
	return lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot].name;
}

/* Is the checksum one of those that the facts hold, and their problems tell? */
static bool is_in_facts(const struct lw_field *f)
{
	static const struct {
		uint8_t map;
		uint16_t id;
	} told[] = {
		{LW_MAP_CMIS, LW_CMIS_PAGE_CHECKSUM_00H}, {LW_MAP_CMIS, LW_CMIS_PAGE_CHECKSUM_01H},
		{LW_MAP_CMIS, LW_CMIS_PAGE_CHECKSUM_02H}, {LW_MAP_SFF8636, LW_SFF8636_CC_BASE},
		{LW_MAP_SFF8636, LW_SFF8636_CC_EXT},      {LW_MAP_SFF8472, LW_SFF8472_CC_BASE},
		{LW_MAP_SFF8472, LW_SFF8472_CC_EXT},      {LW_MAP_SFF8472, LW_SFF8472_CC_DMI},
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (told[i].map == f->map && told[i].id == f->id)
			return true;
	return false;
}

static bool is_supported(const struct check *c, const struct lw_field *f, unsigned lane,
			 struct lw_value *ret)
{
	lw_value_decode(f, lane, &c->v, ret);
	return ret->status != LW_VALUE_NOT_SUPPORTED && ret->status != LW_VALUE_ABSENT;
}

static void check_sums(struct check *c)
{
	size_t n;
	const struct lw_field *f = fields_of(c, &n);

	for (size_t i = 0; i < n; i++) {
		struct lw_value value;
		uint8_t sum;

		if (f[i].kind != LW_KIND_SUM || is_in_facts(&f[i]) ||
		    !is_supported(c, &f[i], 0, &value) || lw_field_sum(&f[i], &c->v, &sum) ||
		    value.raw == sum)
			continue;
		lw_check_add(c, "checksum", LW_RISK,
			     "read the module again; if it stays, its memory is damaged or was "
			     "edited",
			     f[i].ref,
			     "checksum %s of page %s is %02xh in the memory, its bytes add up to "
			     "%02xh",
			     f[i].name, page_of(&f[i]), (unsigned)value.raw, sum);
	}
}

static bool is_zero(const struct lw_field *f, unsigned lane, const struct lw_view *v)
{
	const uint8_t *p = lw_field_bytes(f, lane, v);
	int64_t raw;

	if (lw_field_get(f, lane, v, &raw) == 0)
		return raw == 0;
	for (unsigned i = 0; p && i < f->width / 8u; i++)
		if (p[i])
			return false;
	return true;
}

/* One finding a page; the fields of a page stand together. */
static void check_reserved(struct check *c)
{
	size_t n;
	const struct lw_field *f = fields_of(c, &n);
	const char *ref = "";

	lw_check_list_clear(c);
	for (size_t i = 0; i < n; i++) {
		unsigned lanes = lw_field_lanes_all(&f[i]);

		for (unsigned k = 0; f[i].kind == LW_KIND_RESERVED && k < lanes; k++) {
			struct lw_value value;

			if (!is_supported(c, &f[i], k, &value) || is_zero(&f[i], k, &c->v))
				continue;
			ref = c->listed ? ref : f[i].ref;
			if (f[i].width > 8)
				lw_check_list(c, "%u-%u", f[i].byte,
					      f[i].byte + f[i].width / 8 - 1);
			else
				lw_check_list(c, "%u", f[i].byte);
		}
		if (c->listed && (i + 1 == n || f[i + 1].slot != f[i].slot)) {
			lw_check_add(c, "reserved-bits", LW_INFO,
				     "decode with a newer standard, or ask the maker", ref,
				     "page %s: reserved bits are not 0 in byte %s", page_of(&f[i]),
				     lw_check_list_end(c));
			lw_check_list_clear(c);
		}
	}
}

static void check_code(struct check *c, const struct lw_field *f)
{
	struct lw_value value;

	lw_check_list_clear(c);
	for (unsigned k = 0; k < lw_field_lanes_all(f); k++) {
		const struct lw_code *code;
		enum lw_code_table table = lw_field_codes(f, &c->v);

		if (table == LW_CODES_NONE || !is_supported(c, f, k, &value) || !value.has_raw)
			continue;
		code = lw_code_find(table, (unsigned)value.raw);
		if (code && !code->reserved)
			continue;
		if (f->lanes > 1)
			lw_check_list(c, "0x%02x (lane %u)", (unsigned)value.raw, k + 1);
		else
			lw_check_list(c, "0x%02x", (unsigned)value.raw);
	}
	if (c->listed)
		lw_check_add(c, "reserved-code", LW_INFO,
			     "decode with a newer standard, or ask the maker", f->ref,
			     "%s holds %s, which is reserved", f->name, lw_check_list_end(c));
}

static void check_codes(struct check *c)
{
	size_t n;
	const struct lw_field *f = fields_of(c, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].kind == LW_KIND_CODE && !lw_field_is_volatile(&f[i]))
			check_code(c, &f[i]);
}

/* The field that states the revision a memory follows. */
static uint16_t revision_field(const struct check *c)
{
	return c->m->map == LW_MAP_CMIS      ? LW_CMIS_CMIS_REVISION_MAJOR
	       : c->m->map == LW_MAP_SFF8636 ? LW_SFF8636_REVISION_COMPLIANCE
					     : LW_SFF8472_COMPLIANCE_REVISION;
}

/* Fields that are newer than the revision the module claims, yet hold something. */
static void check_revision(struct check *c)
{
	uint16_t id = revision_field(c);
	size_t n;
	const struct lw_field *f = fields_of(c, &n);

	lw_check_list_clear(c);
	for (size_t i = 0; i < n; i++) {
		struct lw_value value;

		if (!f[i].since[0] || f[i].kind == LW_KIND_RESERVED || lw_field_is_overlay(&f[i]))
			continue;
		lw_value_decode(&f[i], 0, &c->v, &value);
		if (value.status == LW_VALUE_NOT_SUPPORTED && value.decider &&
		    value.decider->id == id && !is_zero(&f[i], 0, &c->v))
			lw_check_list(c, "%s (%s)", f[i].name, f[i].since);
	}
	if (c->listed)
		lw_check_add(c, "revision", LW_INFO,
			     "trust them only if the maker says that the revision is understated",
			     f[id].ref,
			     "not 0, though newer than the revision the module claims: %s",
			     lw_check_list_end(c));
}

/* A dump that ends inside a page lost something on its way. */
static void check_size(struct check *c)
{
	if (c->m->n % SLOT_BYTES)
		lw_check_add(c, "dump-size", LW_INFO, "read the module again",
			     "include/lanewise/image.h",
			     "%zu bytes are no whole pages of 128: the last one is left out",
			     c->m->n);
}

int lw_memory_check(const struct lw_memory *m, const char *subject, struct lw_findings *ret)
{
	struct lw_facts facts;
	struct check c = {.m = m, .facts = &facts, .subject = subject, .out = ret};

	lw_memory_view(m, &c.raw);
	c.v = c.raw;
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++)
			if (!m->valid[b][s])
				c.v.slot[b][s] = NULL;
	lw_facts_decode(&c.v, &facts);
	c.r = lw_facts_problems(&facts, subject, ret);
	check_size(&c);
	check_sums(&c);
	lw_check_pages(&c);
	lw_check_lanes(&c);
	lw_check_monitors(&c);
	check_revision(&c);
	check_reserved(&c);
	check_codes(&c);
	lw_buf_finish(&c.list);
	return c.r ? LW_ENOMEM : 0;
}
