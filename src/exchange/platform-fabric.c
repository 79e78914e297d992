/* SPDX-License-Identifier: Apache-2.0 */
/* A switch of SONiC as a fabric file. */
#include <lanewise/exchange.h>
#include <string.h>

/* Cages by what they are most often in; the first that is wide and fast enough is taken. */
static const char *const forms[] = {"SFP+",    "SFP28",      "SFP56",   "SFP112",  "SFP-DD",
				    "QSFP+",   "QSFP28",     "QSFP56",  "QSFP112", "QSFP224",
				    "QSFP-DD", "QSFP-DD800", "OSFP1600"};

static const struct lw_form *form_for(size_t lanes, uint32_t mbps)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct lw_form *f = lw_form_find(forms[i]);

		if (f && f->lanes == lanes &&
		    f->lanes * lw_lane_rate(f->max_baud_kbd, f->max_modulation) >= mbps)
			return f;
	}
	return NULL;
}

/* The mode in force, else one port, else the first that works. */
static const struct lw_platform_mode *mode_of(const struct lw_platform_port *p)
{
	const struct lw_platform_mode *first = NULL;

	if (p->now.sub_n && p->now.text)
		return &p->now;
	for (size_t i = 0; i < p->mode_n; i++) {
		if (p->mode[i].refusal || !p->mode[i].sub_n)
			continue;
		if (p->mode[i].sub_n == 1)
			return &p->mode[i];
		first = first ? first : &p->mode[i];
	}
	return first ? first : p->now.sub_n ? &p->now : NULL;
}

/* SONiC's mode in the language of fabric files. */
static void mode_text(const struct lw_platform_mode *m, const struct lw_form *f, struct lw_buf *b)
{
	char rate[24];

	lw_buf_clear(b);
	for (size_t i = 0; i < m->part_n; i++) {
		const struct lw_mode_part *x = &m->part[i];

		lw_buf_printf(b, "%s%ux%s", i ? "+" : "", x->count,
			      lw_rate_text(x->speed_mbps, rate, sizeof(rate)));
		if (m->part_n > 1 || x->lanes != f->lanes)
			lw_buf_printf(b, "(%u)", x->lanes);
	}
	if (!m->part_n && m->sub_n)
		lw_buf_printf(b, "1x%s", lw_rate_text(m->sub[0].speed_mbps, rate, sizeof(rate)));
}

static uint32_t total(const struct lw_platform_mode *m)
{
	uint32_t mbps = 0;

	for (size_t i = 0; i < m->sub_n; i++)
		mbps += m->sub[i].speed_mbps;
	return mbps;
}

static int add_cage(const struct lw_platform_port *p, const struct lw_form *form,
		    struct lw_buf *text, struct lw_buf *ret, struct lw_findings *findings)
{
	const struct lw_platform_mode *m = mode_of(p);
	const struct lw_form *f = form ? form : m ? form_for(p->lane_n, total(m)) : NULL;
	struct lw_mode mode;
	struct lw_error e = {.message = "no form factor is that wide and fast"};

	if (m && f) {
		mode_text(m, f, text);
		if (!lw_mode_parse(lw_buf_str(text), f->lanes, &mode, &e)) {
			lw_buf_printf(ret, "      '%s': {form: %s, mode: %s}\n", p->name, f->name,
				      lw_buf_str(text));
			return 1;
		}
	}
	return lw_findings_add(findings, "import-port", LW_RISK, p->name, "Write the cage by hand.",
			       "", "no cage is made of it: %s",
			       m ? e.message : "the port has no mode");
}

int lw_platform_fabric(const struct lw_platform *p, const char *device, const char *folder,
		       const struct lw_form *form, struct lw_buf *ret, struct lw_findings *findings,
		       struct lw_error *reterr)
{
	struct lw_buf text = LW_BUF_INIT;
	size_t made = 0;
	int rc = 0;

	if (!*device || strlen(device) > 64 || strpbrk(device, " '\"#:/\\"))
		return lw_fail(reterr, LW_EINVAL,
			       "\"%.60s\" cannot be the name of a device; give another", device);
	lw_buf_printf(ret, "fabric: '%s'\ndevices:\n  '%s':\n    nos: sonic\n    platform: '",
		      device, device);
	for (const char *s = folder; *s; s++) {
		lw_buf_putc(ret, *s);
		if (*s == '\'')
			lw_buf_putc(ret, '\'');
	}
	lw_buf_puts(ret, "'\n    cages:\n");
	for (size_t i = 0; rc >= 0 && i < p->port_n; i++) {
		if (!strpbrk(p->port[i].name, " '\"#:/\\")) {
			rc = add_cage(&p->port[i], form, &text, ret, findings);
			made += rc > 0;
		}
	}
	lw_buf_puts(ret, "cables: []\n");
	if (rc >= 0 && !form)
		rc = lw_findings_add(findings, "import-assumed", LW_INFO, device,
				     "Give --form, or correct the file.", "",
				     "SONiC does not say form factors: they are by lanes and rate");
	if (rc >= 0 && (text.failed || ret->failed))
		rc = LW_ENOMEM;
	lw_buf_finish(&text);
	if (rc < 0)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	return made ? 0 : lw_fail_in(reterr, LW_EINVAL, p->where, 0, "no port of it can be a cage");
}
