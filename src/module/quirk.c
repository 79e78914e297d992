/* SPDX-License-Identifier: Apache-2.0 */
#include "quirk-internal.h"
#include <string.h>

/* Up to this a MaxDurationDPInit is doubted (the row of data/quirks.csv says by whom). */
#define SHORT_DP_INIT_MS 1000

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* '*' stands for any characters; case does not matter, as vendors change it. */
static bool matches(const char *pattern, const char *s)
{
	const char *star = NULL, *back = s;

	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			back = s;
		} else if (lower(*pattern) == lower(*s)) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool within(int32_t major, int32_t minor, uint16_t first, uint16_t last)
{
	int32_t version;

	/* what the module does not state is in no range, but in that of all */
	if (major == LW_NONE || minor == LW_NONE)
		return !first && last == UINT16_MAX;
	version = major * 256 + minor;
	return version >= first && version <= last;
}

static bool is_of(const struct lw_quirk_row *r, const struct lw_facts *f)
{
	int32_t oui = f->has_oui ? f->oui[0] << 16 | f->oui[1] << 8 | f->oui[2] : -1;

	if (r->map != f->map || (r->oui >= 0 && r->oui != oui))
		return false;
	if (!matches(r->vendor, f->vendor_name) || !matches(r->pn, f->vendor_pn))
		return false;
	return within(f->fw_major, f->fw_minor, r->firmware_first, r->firmware_last) &&
	       within(f->cmis_major, f->cmis_minor, r->revision_first, r->revision_last);
}

static bool is_off(const char *off, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = off; p && *p;) {
		size_t len = strcspn(p, ",");

		if ((len == n && strncmp(p, id, n) == 0) || (len == 3 && strncmp(p, "all", 3) == 0))
			return true;
		p += len;
		p += *p == ',';
	}
	return false;
}

static void apply(const struct lw_quirk_row *r, struct lw_quirks *q)
{
	switch ((enum lw_knob)r->knob) {
	case LW_KNOB_MAX_READ:
		if (!q->max_read || r->value < q->max_read)
			q->max_read = (uint8_t)r->value;
		break;
	case LW_KNOB_START_MS:
		if (lw_mono_before(q->start, lw_ms(r->value)))
			q->start = lw_ms(r->value);
		break;
	case LW_KNOB_DP_INIT_PERCENT:
		if ((unsigned)r->value > q->dp_init_percent)
			q->dp_init_percent = (unsigned)r->value;
		break;
	case LW_KNOB_IGNORE_TX_FAULT:
		q->ignore_tx_fault = true;
		break;
	case LW_KNOB_IGNORE_LOS:
		q->ignore_los = true;
		break;
	case LW_KNOB_IGNORE_REPLY_CHECK:
		q->ignore_reply_check = true;
		break;
	case LW_KNOB_NO_INTERRUPT:
		q->no_interrupt = true;
		break;
	}
}

void lw_quirk_find(const struct lw_facts *facts, const char *off, struct lw_quirks *ret)
{
	*ret = (struct lw_quirks){0};
	for (size_t i = 0; i < lw_quirk_rows_n && ret->n < LW_QUIRKS_MAX; i++) {
		const struct lw_quirk_row *r = &lw_quirk_rows[i];

		if (!is_of(r, facts) || is_off(off, r->quirk.id))
			continue;
		apply(r, ret);
		ret->row[ret->n++] = &r->quirk;
	}
}

const struct lw_quirk *lw_quirk_at(size_t i)
{
	return i < lw_quirk_rows_n ? &lw_quirk_rows[i].quirk : NULL;
}

struct lw_mono lw_quirk_dp_init(const struct lw_quirks *q, struct lw_mono advertised)
{
	if (!q->dp_init_percent || lw_mono_before(lw_ms(SHORT_DP_INIT_MS), advertised))
		return advertised;
	return (struct lw_mono){advertised.ns / 100 * q->dp_init_percent};
}
