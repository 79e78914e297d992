/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/explain.h>
#include <stdarg.h>
#include <stdio.h>

const char *lw_access_text(unsigned access)
{
	static const char *const texts[] = {
		"read only",
		"read and write",
		"write only",
		"write only, clears itself",
		"read only, cleared by reading",
		"read and write, the module writes it too",
	};

	return access < sizeof(texts) / sizeof(texts[0]) ? texts[access] : "";
}

static const char *kind_text(const struct lw_field *f)
{
	static const char *const texts[] = {
		[LW_KIND_UINT] = "unsigned number",
		[LW_KIND_SINT] = "signed number",
		[LW_KIND_UINT_LE] = "unsigned number, least significant byte first",
		[LW_KIND_BOOL] = "yes or no",
		[LW_KIND_CODE] = "code",
		[LW_KIND_TEXT] = "text",
		[LW_KIND_BYTES] = "bytes",
		[LW_KIND_F16] = "decimal float of 16 bits",
		[LW_KIND_F32] = "IEEE 754 float of 32 bits",
		[LW_KIND_SUM] = "checksum",
		[LW_KIND_RESERVED] = "reserved",
	};

	return texts[f->kind];
}

const char *lw_field_place_text(const struct lw_field *f, unsigned lane, char buf[LW_PLACE_MAX])
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	unsigned byte, low;

	lw_field_place(f, lane % f->lanes, &byte, &low);
	byte += s->upper ? 128 : 0;
	if (f->width > 8)
		snprintf(buf, LW_PLACE_MAX, "%u-%u", byte, byte + f->width / 8u - 1);
	else if (f->width == 8)
		snprintf(buf, LW_PLACE_MAX, "%u", byte);
	else if (f->width == 1)
		snprintf(buf, LW_PLACE_MAX, "%u.%u", byte, low);
	else
		snprintf(buf, LW_PLACE_MAX, "%u.%u-%u", byte, low + f->width - 1, low);
	return buf;
}

static void pair(const struct lw_explain_to *to, const char *label, const char *text)
{
	if (text && text[0])
		to->pair(to->ctx, label, text);
}

__attribute__((format(printf, 3, 4))) static void pairf(const struct lw_explain_to *to,
							const char *label, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pair(to, label, text);
}

static void tell_place(const struct lw_field *f, unsigned lane, const struct lw_explain_to *to)
{
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	const char *bank = s->banked ? ", in each bank" : "";
	char place[LW_PLACE_MAX];

	lw_field_place_text(f, lane, place);
	if (f->lanes > 1)
		pairf(to, "place", "%s:%s, lane %u%s", s->name, place, lane + 1, bank);
	else
		pairf(to, "place", "%s:%s%s", s->name, place, bank);
}

static void tell_unit(const struct lw_field *f, const struct lw_explain_to *to)
{
	const struct lw_field *fields = lw_map_fields((enum lw_map_id)f->map, NULL);

	if (f->den != 1)
		pairf(to, "unit", "%d/%d %s a step", f->num, f->den, f->unit);
	else if (f->num != 1)
		pairf(to, "unit", "%d %s a step", f->num, f->unit);
	else
		pair(to, "unit", f->unit);
	if (f->by >= 0)
		pairf(to, "times", "what %s says", fields[f->by].name);
}

void lw_code_table_explain(enum lw_code_table table, const struct lw_explain_to *to)
{
	size_t n;
	const struct lw_code *row = lw_code_rows(table, &n);

	to->list_begin(to->ctx, "codes");
	for (size_t i = 0; i < n; i++) {
		char code[24];

		if (row[i].first == row[i].last)
			snprintf(code, sizeof(code), "0x%02x", row[i].first);
		else
			snprintf(code, sizeof(code), "0x%02x-0x%02x", row[i].first, row[i].last);
		to->list_item(to->ctx, code, row[i].name);
	}
	to->list_end(to->ctx);
}

static void tell_codes(const struct lw_field *f, const struct lw_explain_to *to)
{
	enum lw_code_table table = (enum lw_code_table)f->codes;
	size_t n;

	if (f->kind != LW_KIND_CODE || !lw_code_rows(table, &n))
		return;
	pair(to, "table", lw_code_table_name(table));
	lw_code_table_explain(table, to);
}

void lw_field_explain(const struct lw_field *f, unsigned lane, const struct lw_explain_to *to)
{
	const struct lw_field *fields = lw_map_fields((enum lw_map_id)f->map, NULL);

	pair(to, "standard", f->std);
	tell_place(f, lane, to);
	pair(to, "meaning", f->doc);
	pair(to, "type", kind_text(f));
	tell_unit(f, to);
	if (f->lanes > 1)
		pairf(to, "lanes", "%u, one every %u bits%s", f->lanes, f->stride,
		      f->order == LW_LANES_SWAP   ? ", odd and even exchanged"
		      : f->order == LW_LANES_DOWN ? ", the highest first"
						  : "");
	pair(to, "access", lw_access_text(f->access));
	if (f->reset)
		pairf(to, "power-on", "%d", f->reset);
	if (f->kind == LW_KIND_SUM)
		pairf(to, "covers", "bytes %u-%u", f->sum_first, f->sum_last);
	if (f->need >= 0)
		pair(to, "needs", fields[f->need].name);
	pair(to, "since", f->since);
	pair(to, "source", f->ref);
	pair(to, "confident", f->confidence);
	tell_codes(f, to);
}
