/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people read them; numbers with their unit are what value-put.c reads again. */
#include "memory-internal.h"

#include <inttypes.h>
#include <string.h>

static void put_hex(const uint8_t *p, unsigned n, struct lw_buf *ret)
{
	lw_buf_puts(ret, "0x");
	for (unsigned i = 0; i < n; i++)
		lw_buf_printf(ret, "%02x", p[i]);
}

static void put_text(const uint8_t *p, unsigned n, struct lw_buf *ret)
{
	while (n && (p[n - 1] == ' ' || p[n - 1] == 0x00))
		n--;
	lw_buf_putc(ret, '"');
	for (unsigned i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			lw_buf_printf(ret, "\\x%02x", p[i]);
		else
			lw_buf_putc(ret, (char)p[i]);
	lw_buf_putc(ret, '"');
}

static void put_code(const struct lw_field *f, unsigned lane, const struct lw_view *v, int64_t raw,
		     struct lw_buf *ret)
{
	const char *name = lw_code_name(lw_field_codes(f, v), (unsigned)raw);
	double value;

	if (!name) {
		lw_buf_printf(ret, "0x%02x (reserved)", (unsigned)raw);
		return;
	}
	if (f->unit[0] && lw_field_value(f, lane, v, &value) == 0)
		lw_buf_printf(ret, "%.9g %s (0x%02x)", value, f->unit, (unsigned)raw);
	else
		lw_buf_printf(ret, "%s (0x%02x)", name, (unsigned)raw);
}

/* A number whose raw form says as much: no unit, no scale. */
static bool is_plain(const struct lw_field *f)
{
	return !f->unit[0] && f->num == 1 && f->den == 1 && f->by < 0 && f->kind != LW_KIND_F16 &&
	       f->kind != LW_KIND_F32;
}

static void put_number(const struct lw_field *f, unsigned lane, const struct lw_view *v,
		       int64_t raw, struct lw_buf *ret)
{
	double value;

	if (is_plain(f) && f->kind == LW_KIND_SINT)
		lw_buf_printf(ret, "%" PRId64, raw);
	else if (is_plain(f) && f->width > 16)
		lw_buf_printf(ret, "0x%0*" PRIx64, f->width / 4, (uint64_t)raw);
	else if (is_plain(f))
		lw_buf_printf(ret, "%" PRIu64, (uint64_t)raw);
	else if (lw_field_value(f, lane, v, &value) == 0)
		lw_buf_printf(ret, "%.9g%s%s", value, f->unit[0] ? " " : "", f->unit);
	else
		lw_buf_printf(ret, "0x%02" PRIx64 " (no value)", (uint64_t)raw);
}

void lw_memory_value_text(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			  struct lw_buf *ret)
{
	const uint8_t *p = lw_field_bytes(f, lane, v);
	int64_t raw = 0;

	if (p && f->kind == LW_KIND_TEXT) {
		put_text(p, f->width / 8u, ret);
	} else if (lw_field_get(f, lane, v, &raw)) {
		if (p)
			put_hex(p, f->width / 8u, ret);
	} else if (f->kind == LW_KIND_CODE) {
		put_code(f, lane, v, raw, ret);
	} else if (f->kind == LW_KIND_SUM) {
		lw_buf_printf(ret, "0x%02x", (unsigned)raw);
	} else {
		put_number(f, lane, v, raw, ret);
	}
}
