/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people write them: "3.63", "3.63V", "0x8dcc", "LC", "ACME", "00:1c:73", "-3dBm". */
#include "memory-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BYTES_MAX 128

struct put {
	const struct lw_field *f;
	unsigned lane;
	const struct lw_view *v;
	const char *text;
	uint8_t *slot;
	struct lw_error *reterr;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct put *p, int code,
							const char *fmt, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return lw_fail(p->reterr, code, "%s: %s", p->f->name, why);
}

static unsigned lane_in_bank(const struct put *p)
{
	return p->lane % p->f->lanes;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "0x001c73" or "00:1c:73". @return bytes, or -1 when it is no such thing */
static int parse_hex(const char *s, uint8_t ret[BYTES_MAX])
{
	bool colons = strchr(s, ':') != NULL;
	size_t digits;
	int n = 0;

	if (!colons && (s[0] != '0' || (s[1] != 'x' && s[1] != 'X') || !s[2]))
		return -1;
	s += colons ? 0 : 2;
	digits = strlen(s);
	if (!colons && digits % 2) {
		int d = hex_digit(*s++);

		if (d < 0)
			return -1;
		ret[n++] = (uint8_t)d;
	}
	while (*s) {
		int high = hex_digit(s[0]);
		int low = high < 0 ? -1 : hex_digit(s[1]);

		if (low < 0 || n == BYTES_MAX)
			return -1;
		ret[n++] = (uint8_t)(high << 4 | low);
		s += 2;
		if (colons && *s == ':' && s[1])
			s++;
		else if (colons && *s)
			return -1;
	}
	return n;
}

static int put_raw(const struct put *p, int64_t raw)
{
	return lw_field_put(p->f, lane_in_bank(p), raw, p->slot, p->reterr);
}

/* Hex digits are the register as it stands, most significant byte first. */
static int put_hex_number(const struct put *p, const uint8_t *bytes, int n)
{
	uint64_t u = 0;

	for (int i = 0; i < n; i++) {
		if (u >> 56)
			return refuse(p, LW_EINVAL, "%.40s does not fit %u bits", p->text,
				      p->f->width);
		u = u << 8 | bytes[i];
	}
	if (p->f->width < 64 && u >> p->f->width)
		return refuse(p, LW_EINVAL, "%.40s does not fit %u bits", p->text, p->f->width);
	if (p->f->kind == LW_KIND_SINT && p->f->width < 64 && u >> (p->f->width - 1) & 1)
		u |= ~UINT64_C(0) << p->f->width;
	return put_raw(p, (int64_t)u);
}

static int put_bytes(const struct put *p)
{
	uint8_t bytes[BYTES_MAX];
	unsigned byte, shift;
	int n = parse_hex(p->text, bytes);

	if (n < 0 || (unsigned)n != p->f->width / 8u)
		return refuse(p, LW_EINVAL, "takes %u bytes as hex digits, 0x...",
			      p->f->width / 8u);
	lw_field_place(p->f, lane_in_bank(p), &byte, &shift);
	memcpy(p->slot + byte, bytes, (size_t)n);
	return 0;
}

static int put_text(const struct put *p)
{
	size_t n = strlen(p->text);

	if (n > p->f->width / 8u)
		return refuse(p, LW_EINVAL, "\"%.40s\" has %zu characters, the field holds %u",
			      p->text, n, p->f->width / 8u);
	for (size_t i = 0; i < n; i++)
		if (p->text[i] < 0x20 || p->text[i] > 0x7e)
			return refuse(p, LW_EINVAL, "text is printable ASCII, %02xh is not",
				      (unsigned char)p->text[i]);
	return lw_field_put_text(p->f, lane_in_bank(p), p->text, p->slot, p->reterr);
}

static int put_code_name(const struct put *p)
{
	const struct lw_code *other = NULL;
	const struct lw_code *found = lw_code_match(lw_field_codes(p->f, p->v), p->text, &other);

	if (!found)
		return refuse(p, LW_EINVAL, "no code is called \"%.40s\"", p->text);
	if (other)
		return refuse(p, LW_EINVAL,
			      "\"%.30s\" may be \"%.30s\" (0x%02x) or \"%.30s\" (0x%02x)", p->text,
			      found->name, found->first, other->name, other->first);
	return put_raw(p, found->first);
}

/* The code that stands for the number `value`. */
static int put_code_number(const struct put *p, double value)
{
	size_t n = 0;
	const struct lw_code *rows = lw_code_rows(lw_field_codes(p->f, p->v), &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].den && fabs(value - (double)rows[i].num * p->f->num /
							(rows[i].den * (double)p->f->den)) < 1e-9)
			return put_raw(p, rows[i].first);
	return refuse(p, LW_EINVAL, "no code stands for %g %s", value, p->f->unit);
}

/* CMIS 8.1.3.5: mantissa of 11 bits and exponent of 5, the finest that holds it. */
static int put_f16(const struct put *p, double value)
{
	for (int e = 0; value >= 0 && e < 32; e++) {
		double mantissa = nearbyint(value * pow(10.0, 24 - e));

		if (mantissa < 2048)
			return put_raw(p, (int64_t)e << 11 | (int64_t)mantissa);
	}
	return refuse(p, LW_EINVAL, "%g is outside what it can hold", value);
}

static int put_f32(const struct put *p, double value)
{
	float single = (float)value;
	uint32_t u;

	if (!isfinite(single))
		return refuse(p, LW_EINVAL, "%g is outside what it can hold", value);
	memcpy(&u, &single, sizeof(u));
	return put_raw(p, u);
}

/* The number of the code that scales the field, 1 if none does. */
static int scale_of(const struct put *p, double *ret)
{
	const struct lw_field *fields = lw_map_fields((enum lw_map_id)p->f->map, NULL), *by;
	const struct lw_code *code;
	unsigned lane;
	int64_t raw;

	*ret = 1;
	if (p->f->by < 0)
		return 0;
	by = &fields[p->f->by];
	lane = by->lanes == p->f->lanes ? p->lane : p->lane / p->f->lanes;
	if (lw_field_get(by, lane, p->v, &raw) && lw_field_get(by, 0, p->v, &raw))
		return refuse(p, LW_ENOPAGE, "%s, which scales it, is not in the dump", by->name);
	code = lw_code_find((enum lw_code_table)by->codes, (unsigned)raw);
	if (!code || !code->den)
		return refuse(p, LW_EINVAL, "its scale %s is 0x%02x, which stands for no number",
			      by->name, (unsigned)raw);
	*ret = (double)code->num / code->den;
	return 0;
}

static int put_scaled(const struct put *p, double value)
{
	double scale, raw, low, high, unit;
	int r = scale_of(p, &scale);

	if (r)
		return r;
	unit = (double)p->f->num / p->f->den * scale;
	raw = nearbyint(value / unit);
	low = p->f->kind == LW_KIND_SINT ? -ldexp(1, p->f->width - 1) : 0;
	high = ldexp(1, p->f->width - (p->f->kind == LW_KIND_SINT ? 1 : 0)) - 1;
	if (!(raw >= low && raw <= high) || fabs(raw) > 9e18)
		return refuse(p, LW_EINVAL, "%g is not in %.9g ... %.9g%s%s", value, low * unit,
			      high * unit, p->f->unit[0] ? " " : "", p->f->unit);
	return put_raw(p, (int64_t)raw);
}

/* "3.63", "3.63 V", and dBm where the field counts mW. @return false when it is no number */
static bool parse_number(const struct put *p, double *ret)
{
	const char *digits = p->text + strspn(p->text, "+-");
	char *end;
	double value;

	/* strtod would take "nan", "inf" and hex floats, which are no values here */
	if (!*digits || !strchr(".0123456789", *digits) || digits[1] == 'x' || digits[1] == 'X')
		return false;
	value = strtod(p->text, &end);
	if (end == p->text || !isfinite(value))
		return false;
	while (*end == ' ')
		end++;
	if (*end && strcasecmp(end, "dBm") == 0 && strcmp(p->f->unit, "mW") == 0)
		value = pow(10, value / 10);
	else if (*end && (!p->f->unit[0] || strcasecmp(end, p->f->unit) != 0))
		return false;
	*ret = value;
	return true;
}

static int put_number(const struct put *p)
{
	double value;

	if (!parse_number(p, &value)) {
		if (p->f->kind == LW_KIND_CODE)
			return put_code_name(p);
		return refuse(p, LW_EINVAL, "\"%.40s\" is no number%s%s", p->text,
			      p->f->unit[0] ? " of " : "", p->f->unit);
	}
	switch (p->f->kind) {
	case LW_KIND_CODE:
		/* a name such as "100GBASE-LR4" begins like a number but did not parse as one */
		return p->f->unit[0] ? put_code_number(p, value) : put_scaled(p, value);
	case LW_KIND_F16:
		return put_f16(p, value);
	case LW_KIND_F32:
		return put_f32(p, value);
	default:
		return put_scaled(p, value);
	}
}

static int put_bool(const struct put *p)
{
	static const char *const words[2][4] = {{"0", "no", "off", "false"},
						{"1", "yes", "on", "true"}};

	for (int b = 0; b < 2; b++)
		for (int i = 0; i < 4; i++)
			if (strcasecmp(p->text, words[b][i]) == 0)
				return put_raw(p, b);
	return refuse(p, LW_EINVAL, "\"%.40s\" is neither 0 nor 1", p->text);
}

int lw_memory_value_put(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			const char *text, uint8_t slot[SLOT_BYTES], struct lw_error *reterr)
{
	struct put p = {f, lane, v, text, slot, reterr};
	uint8_t bytes[BYTES_MAX];
	int n;

	if (f->kind == LW_KIND_TEXT)
		return put_text(&p);
	if (f->kind == LW_KIND_BYTES || f->width > 64)
		return put_bytes(&p);
	if (!*text)
		return refuse(&p, LW_EINVAL, "needs a value");
	n = parse_hex(text, bytes);
	if (n >= 0)
		return put_hex_number(&p, bytes, n);
	return f->kind == LW_KIND_BOOL ? put_bool(&p) : put_number(&p);
}
