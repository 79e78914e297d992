/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LINK_JUDGE_H
#define LW_LINK_JUDGE_H

#include "link-tables.h"

/**
 * @file
 * What the rules share. Each rule is one function over the ends and the path; it says what is wrong
 * and nothing else. A rule that cannot know stays silent, a rule whose question another rule has
 * already answered does too.
 */

struct judge {
	const char *subject;
	const struct lw_link_end *end[2];
	const struct lw_link_path *path;
	struct lw_findings *findings;
};

/** The ability in use at end `e`, or NULL. */
const struct lw_ability *lw_judge_chosen(const struct judge *j, int e);
/** What end `e` shows to the fibre: the ability in use, or its face. NULL if nothing is known. */
const struct lw_ability *lw_judge_face(const struct judge *j, int e);
/** The PMD of that face, or NULL. */
const struct lw_pmd *lw_judge_pmd(const struct judge *j, int e);

/**
 * Add a finding of rule `rule`.
 * @param remedy      NULL: the rule's own
 * @param ref         NULL: the rule's own
 * @param confidence  of the data behind it; said in the reference when not high. NULL: high
 */
void lw_judge_say(struct judge *j, const char *rule, enum lw_severity severity, const char *remedy,
		  const char *ref, const char *confidence, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));

/** Fatal, or a risk when the data behind it are of low confidence (catalog invariant 2). */
enum lw_severity lw_judge_fatal(const char *confidence);

/** True when light of one end never reaches a receiver of the other: windows or fibres differ. */
bool lw_judge_apart(const struct judge *j);

/** Text in the findings' arena, "" when memory ran out. */
const char *lw_judge_text(struct judge *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** The standard behind a PMD, without what its row adds about reach and windows. */
const char *lw_judge_standard(struct judge *j, const struct lw_pmd *p);

/** "53.125 GBd PAM4". */
const char *lw_judge_signal(struct judge *j, uint32_t baud_kbd, enum lw_modulation m);
/** "lane 3" or "lanes 1-4": 1-based, as shown to people. */
const char *lw_judge_lanes(struct judge *j, unsigned first, unsigned n);

/* Rules about one end: host port, cage and plug (rule-host.c, rule-module.c). */
void lw_rule_form_factor(struct judge *j, int e);
void lw_rule_cage_power(struct judge *j, int e);
void lw_rule_host_lanes(struct judge *j, int e);
void lw_rule_host_signal(struct judge *j, int e);
void lw_rule_module_fit(struct judge *j, int e);

/* Rules about the device at one end (rule-device.c). */
void lw_rule_thermal(struct judge *j, int e);
void lw_rule_vendor_lock(struct judge *j, int e);
void lw_rule_firmware(struct judge *j, int e);
void lw_rule_linear(struct judge *j, int e);
void lw_rule_protocol(struct judge *j);

/* Rules about both ends and the way between them (rule-media.c, rule-path.c). */
void lw_rule_rate(struct judge *j);
void lw_rule_fixed_lanes(struct judge *j);
void lw_rule_media_lanes(struct judge *j);
void lw_rule_joined_lanes(struct judge *j);
void lw_rule_wavelength(struct judge *j);
void lw_rule_fibre_type(struct judge *j);
void lw_rule_connector(struct judge *j);
void lw_rule_polish(struct judge *j);
void lw_rule_gearbox(struct judge *j);
void lw_rule_fec(struct judge *j);
void lw_rule_autoneg(struct judge *j);
void lw_rule_reach(struct judge *j);
void lw_rule_cable_reach(struct judge *j);
void lw_rule_loss_budget(struct judge *j);

#endif
