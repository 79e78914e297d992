/* SPDX-License-Identifier: Apache-2.0 */
/* What the device at an end bears and accepts: heat, makers, revisions. */
#include "judge.h"

#include <string.h>
#include <strings.h>

/* All that is plugged into the device gives off no more heat than its chassis takes away. */
void lw_rule_thermal(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_link_host *h = end->host;

	if (!h || !(h->cooling_w > 0) || !(h->heat_w > h->cooling_w))
		return;
	lw_judge_say(j, "thermal", LW_RISK, NULL, "cooling_w of the device", NULL,
		     "%s: all that is plugged into %s gives off up to %.5g W, its chassis takes "
		     "away %.5g W: %.5g W too much",
		     end->name, h->name, h->heat_w, h->cooling_w, h->heat_w - h->cooling_w);
}

static bool accepted(const struct lw_link_host *h, const char *vendor)
{
	for (size_t i = 0; i < h->accept_n; i++)
		if (!strcasecmp(h->accepts[i], vendor))
			return true;
	return false;
}

/* "A, B or C". */
static const char *vendors(struct judge *j, const struct lw_link_host *h)
{
	const char *s = h->accepts[0];

	for (size_t i = 1; i < h->accept_n; i++)
		s = lw_judge_text(j, "%s%s%s", s, i + 1 < h->accept_n ? ", " : " or ",
				  h->accepts[i]);
	return s;
}

/* A device that takes only some makers' modules must take this one. */
void lw_rule_vendor_lock(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_link_host *h = end->host;

	if (!h || !h->accept_n || !end->part)
		return;
	if (end->generic) {
		lw_judge_say(j, "vendor-lock", LW_INFO,
			     lw_judge_text(j, "Order it coded for %s.", vendors(j, h)), NULL, NULL,
			     "%s: %s is a type, not a product; %s takes what is coded for %s",
			     end->name, end->part, h->name, vendors(j, h));
		return;
	}
	if (!end->facts || !end->facts->vendor_name[0] || accepted(h, end->facts->vendor_name))
		return;
	lw_judge_say(j, "vendor-lock", h->override ? LW_INFO : LW_FATAL,
		     h->override ? "None needed while the override stands; ask who supports it."
				 : NULL,
		     NULL, NULL, "%s: %s is made by %s, %s takes %s only%s", end->name, end->part,
		     end->facts->vendor_name, h->name, vendors(j, h),
		     h->override ? "; an override lets it in" : "");
}

static bool older(const uint8_t a[2], const uint8_t b[2])
{
	return a[0] < b[0] || (a[0] == b[0] && a[1] < b[1]);
}

/* The device's software reads the module's revision; the module's firmware is not too old. */
void lw_rule_firmware(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_link_host *h = end->host;
	const struct lw_facts *f = end->facts;

	/* a type of the catalogue has no firmware and no revision of its own */
	if (!h || !f || end->generic || f->map != LW_MAP_CMIS)
		return;
	/* minor revisions only add (CMIS 5.4 section 1.5) */
	if (h->cmis[0] && f->cmis_major > h->cmis[0])
		lw_judge_say(j, "firmware", LW_RISK, "Update the device's software.",
			     "OIF-CMIS 5.4 section 8.2.1 (revision); cmis of the device", NULL,
			     "%s: %s speaks CMIS %u.%u, the software of %s reads up to %u.%u",
			     end->name, end->part, f->cmis_major, f->cmis_minor, h->name,
			     h->cmis[0], h->cmis[1]);
	if (!(h->firmware[0] | h->firmware[1]) || f->fw_major == LW_NONE)
		return;
	if (older((const uint8_t[2]){(uint8_t)f->fw_major, (uint8_t)f->fw_minor}, h->firmware))
		lw_judge_say(j, "firmware", LW_RISK, NULL, NULL, NULL,
			     "%s: %s runs firmware %d.%d, %s was qualified with %u.%u and later",
			     end->name, end->part, f->fw_major, f->fw_minor, h->name,
			     h->firmware[0], h->firmware[1]);
}

/* A module without a DSP (LPO) leaves the equaliser to the host's lanes. */
void lw_rule_linear(struct judge *j, int e)
{
	const struct lw_link_end *end = j->end[e];
	const struct lw_pmd *pmd = lw_judge_pmd(j, e);
	size_t n = pmd ? strlen(pmd->name) : 0;
	enum lw_linear linear = end->host ? end->host->linear : LW_LINEAR_UNSTATED;

	if (n < 4 || strcmp(pmd->name + n - 4, "-LPO") != 0 || linear == LW_LINEAR_ON)
		return;
	if (linear == LW_LINEAR_OFF)
		lw_judge_say(j, "linear", LW_FATAL, NULL, NULL, NULL,
			     "%s: %s has no DSP (%s) and %s does not equalise for it", end->name,
			     end->part, pmd->name, end->host->name);
	else
		lw_judge_say(j, "linear", LW_INFO,
			     "Ask the maker of the host; then say linear: on of the device.", NULL,
			     NULL,
			     "%s: %s has no DSP (%s); whether the host equalises for it is not "
			     "stated",
			     end->name, end->part, pmd->name);
}

static const char *protocol(const struct lw_link_end *e)
{
	return e->host && e->host->protocol ? e->host->protocol : "Ethernet";
}

/* The same lanes and optics carry Ethernet or InfiniBand; the ports must agree which. */
void lw_rule_protocol(struct judge *j)
{
	const char *a = protocol(j->end[0]), *b = protocol(j->end[1]);

	if (strcmp(a, b) != 0)
		lw_judge_say(j, "protocol", LW_FATAL, NULL, NULL, NULL, "%s runs %s, %s runs %s",
			     j->end[0]->name, a, j->end[1]->name, b);
}
