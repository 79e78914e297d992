/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/facts.h>
#include <lanewise/form.h>
#include <lanewise/interface.h>
#include <stdio.h>

#define LANES_PER_BANK 8

/* CMIS 5.4 Table 8-7. */
enum { MODULE_READY = 3 };

/* What the findings of one module have in common. */
struct report {
	const struct lw_facts *f;
	const char *subject;
	struct lw_findings *out;
	int result;
};

/* The reference of a rule that each standard states in its own place. */
static const char *ref(const struct report *r, const char *cmis, const char *sff8636,
		       const char *sff8472)
{
	return r->f->map == LW_MAP_CMIS ? cmis : r->f->map == LW_MAP_SFF8636 ? sff8636 : sff8472;
}

static void add(struct report *r, const char *rule, enum lw_severity severity, const char *remedy,
		const char *ref, const char *text)
{
	int code = lw_findings_add(r->out, rule, severity, r->subject, remedy, ref, "%s", text);

	if (code)
		r->result = code;
}

static void check_sums(struct report *r)
{
	for (unsigned i = 0; i < r->f->checksum_n; i++) {
		const struct lw_checksum *c = &r->f->checksum[i];
		char text[128];

		if (c->stored == c->computed)
			continue;
		snprintf(text, sizeof(text),
			 "checksum %s is %02xh in the memory, its bytes add up to "
			 "%02xh",
			 c->name, c->stored, c->computed);
		add(r, "checksum", LW_RISK,
		    "read the module again; if it stays, its memory is damaged or was edited",
		    ref(r, "CMIS 5.4 Tables 8-27, 8-43, 8-63", "SFF-8636 2.11, 6.3.22 and 6.3.29",
			"SFF-8472 12.4.3, 8.2, 8.12 and 9.7"),
		    text);
	}
}

static void check_identifier(struct report *r)
{
	const struct lw_facts *f = r->f;
	char text[160];

	if (f->map == LW_MAP_SFF8472)
		return;
	if (!f->lower_page_valid) {
		if (f->identifier_lower == LW_NONE)
			snprintf(text, sizeof(text),
				 "the lower page was not read: identity is from "
				 "page 00h, monitors and state are unknown");
		else
			snprintf(text, sizeof(text),
				 "byte 0 is %02xh, no identifier of this map: "
				 "identity is from page 00h, monitors and state are not believed",
				 (unsigned)f->identifier_lower);
		add(r, "lower-page", LW_RISK, "read the lower page again",
		    ref(r, "CMIS 5.4 Table 8-5", "SFF-8636 2.11 Table 6-2", ""), text);
		return;
	}
	if (f->identifier_page00 == LW_NONE) {
		add(r, "lower-page", LW_INFO,
		    "read 256 bytes: ethtool -m DEV raw on, or the i2c file",
		    ref(r, "CMIS 5.4 Table 8-27", "SFF-8636 2.11 Table 6-15", ""),
		    "page 00h was not read: who made the module and what it is are unknown");
		return;
	}
	if (f->identifier_page00 == f->identifier_lower)
		return;
	snprintf(text, sizeof(text), "identifier is %02xh in byte 0 and %02xh in page 00h byte 128",
		 (unsigned)f->identifier_lower, (unsigned)f->identifier_page00);
	add(r, "identifier", LW_RISK,
	    "treat the module as what its bus behaviour shows; ask the maker",
	    ref(r, "CMIS 5.4 Table 8-28", "SFF-8636 2.11 Table 6-15", ""), text);
}

static void check_text(struct report *r)
{
	static const char *const names[LW_T_N] = {"vendor name",   "part number", "revision",
						  "serial number", "date code",   "CLEI code"};

	for (unsigned t = 0; t < LW_T_N; t++) {
		char text[96];

		if (!(r->f->bad_text >> t & 1))
			continue;
		snprintf(text, sizeof(text), "the %s holds bytes that are no printable ASCII",
			 names[t]);
		add(r, "text", LW_INFO, "compare by the raw bytes, not by this text",
		    ref(r, "CMIS 5.4, 8.3", "SFF-8636 2.11, 6.3", "SFF-8472 12.4.3, 7"), text);
	}
}

/* Lanes that the module has, at least, in every bank it may have. */
static unsigned module_lanes(const struct lw_facts *f, const struct lw_app *a)
{
	unsigned lanes = LANES_PER_BANK * (f->banks > 1 ? (unsigned)f->banks : 1u);

	return a->host_lanes > lanes ? a->host_lanes : lanes;
}

static void check_assignment(struct report *r, const struct lw_app *a, const char *side,
			     unsigned assign, unsigned lanes)
{
	unsigned room = module_lanes(r->f, a);
	char text[160];

	for (unsigned first = 0; first < LANES_PER_BANK; first++) {
		if (!(assign >> first & 1) || first + lanes <= room)
			continue;
		snprintf(text, sizeof(text),
			 "application %u may start at %s lane %u, but its %u lanes end behind lane "
			 "%u",
			 a->apsel, side, first + 1, lanes, room);
		add(r, "applications", LW_RISK, "do not start the application at that lane",
		    "CMIS 5.4, 6.2.1.4 and 6.2.1.5", text);
	}
}

/* The code of an interface fixes its lanes; 0 leaves the number to the code. */
static void check_lanes(struct report *r, const struct lw_app *a)
{
	const struct lw_interface *host = lw_interface_find(LW_CODES_SFF8024_HOST, a->host_id);
	char text[160];

	if (!host || !host->lanes || !a->host_lanes || a->host_lanes == host->lanes)
		return;
	snprintf(text, sizeof(text), "application %u states %u host lanes for %s, which has %u",
		 a->apsel, a->host_lanes, host->name, host->lanes);
	add(r, "applications", LW_RISK, "do not select this application; ask the maker",
	    "CMIS 5.4, 6.2.1.4; SFF-8024 4.13 Table 4-5", text);
}

static void check_apps(struct report *r)
{
	const struct lw_facts *f = r->f;
	unsigned behind = 0;
	char text[160];

	for (unsigned i = 0; i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];

		if (a->after_gap) {
			behind++;
			continue;
		}
		if (!a->host_id) {
			snprintf(text, sizeof(text),
				 "application %u has host interface 00h, which is undefined",
				 a->apsel);
			add(r, "applications", LW_RISK, "do not select this application",
			    "CMIS 5.4, 6.2.1.4; SFF-8024 4.13 Table 4-5", text);
			continue;
		}
		check_lanes(r, a);
		check_assignment(r, a, "host", a->host_assign, a->host_lanes);
		if (a->media_assign >= 0)
			check_assignment(r, a, "media", (unsigned)a->media_assign, a->media_lanes);
		if (!a->host_assign) {
			snprintf(text, sizeof(text), "application %u may start at no host lane",
				 a->apsel);
			add(r, "applications", LW_RISK, "do not select this application",
			    "CMIS 5.4, 6.2.1.4", text);
		}
	}
	if (behind) {
		snprintf(text, sizeof(text),
			 "%u application%s stand behind the FFh that ends the list", behind,
			 behind > 1 ? "s" : "");
		add(r, "applications", LW_RISK, "do not select them", "CMIS 5.4, 6.2.1.4", text);
	}
}

static void check_power(struct report *r)
{
	const struct lw_facts *f = r->f;
	const struct lw_form *form = lw_form_find(f->form_factor);
	char text[128];

	if (f->map == LW_MAP_CMIS && f->max_power_w == 0)
		add(r, "power", LW_RISK, "plan with the limit of its power class",
		    "CMIS 5.4 Table 8-32", "the module states a maximum power of 0 W");
	if (f->map == LW_MAP_CMIS && form && f->power_class >= 1 &&
	    f->power_class <= form->class_n && f->max_power_w > form->class_w[f->power_class - 1]) {
		snprintf(text, sizeof(text),
			 "maximum power %g W is above the %g W of power class %d", f->max_power_w,
			 form->class_w[f->power_class - 1], (int)f->power_class);
		add(r, "power", LW_RISK, "plan with the stated maximum, not with the class",
		    "CMIS 5.4 Table 8-32; data/forms.csv", text);
	}
	if (f->map == LW_MAP_SFF8472 && f->power_class == 4 && isnan(f->max_power_w))
		add(r, "power", LW_RISK, "plan with the most that the cage may give",
		    "SFF-8472 12.4.3 Tables 8-3 and 9-11",
		    "power level 4 (above 2 W) without the watts it needs");
	if (f->map == LW_MAP_SFF8636 && f->class_8_refused) {
		snprintf(
			text, sizeof(text),
			"power class 8 is claimed without revision 2.8 or without watts: class %d, "
			"%g W is taken",
			(int)f->power_class, f->max_power_w);
		add(r, "power", LW_RISK, "measure the supply current before trusting the class",
		    "SFF-8636 2.11 Table 6-16 and 6.2.6", text);
	}
}

static void check_limits(struct report *r)
{
	static const char *const names[LW_Q_N] = {"temperature", "supply voltage", "bias current",
						  "transmit power", "receive power"};

	for (unsigned q = 0; q < LW_Q_N; q++) {
		const struct lw_limits *l = &r->f->limits[q];
		char text[192];

		if (!l->stated || (l->high_alarm == 0 && l->low_alarm == 0 &&
				   l->high_warning == 0 && l->low_warning == 0))
			continue;
		if (l->low_alarm <= l->low_warning && l->low_warning <= l->high_warning &&
		    l->high_warning <= l->high_alarm)
			continue;
		snprintf(text, sizeof(text),
			 "thresholds of %s are out of order: low alarm %g, low warning %g, high "
			 "warning %g, high alarm %g",
			 names[q], l->low_alarm, l->low_warning, l->high_warning, l->high_alarm);
		add(r, "thresholds", LW_RISK, "do not alarm on the module's own thresholds",
		    ref(r, "CMIS 5.4 Tables 8-64 and 8-65", "SFF-8636 2.11 Table 6-28",
			"SFF-8472 12.4.3 Table 9-5"),
		    text);
	}
}

static void check_state(struct report *r)
{
	const struct lw_facts *f = r->f;
	char text[96];

	if (f->map != LW_MAP_CMIS || f->module_state == LW_NONE)
		return;
	if (f->flat_memory) {
		/* Passive cables of CMIS 3.0 leave the register 0. */
		if (f->module_state == MODULE_READY)
			return;
		snprintf(text, sizeof(text),
			 "a module of flat memory reports state %d, not ModuleReady",
			 (int)f->module_state);
		add(r, "module-state", LW_INFO, "ignore it: such a module has no states",
		    "CMIS 5.4 Table 8-6", text);
	} else if (!lw_code_name(LW_CODES_MODULE_STATE, (unsigned)f->module_state)) {
		snprintf(text, sizeof(text), "module state %d is reserved", (int)f->module_state);
		add(r, "module-state", LW_RISK, "read it again; if it stays, reset the module",
		    "CMIS 5.4 Table 8-7", text);
	}
}

int lw_facts_problems(const struct lw_facts *f, const char *subject, struct lw_findings *ret)
{
	struct report r = {.f = f, .subject = subject, .out = ret};

	check_identifier(&r);
	check_sums(&r);
	check_text(&r);
	check_apps(&r);
	check_power(&r);
	check_limits(&r);
	check_state(&r);
	return r.result;
}
