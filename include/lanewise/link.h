/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LINK_H
#define LW_LINK_H

#include <lanewise/facts.h>
#include <lanewise/part.h>
#include <lanewise/port.h>

/**
 * @file
 * The rules: will a logical link come up, and if not, every reason why. Judged lane by lane over
 * both ends and the path. Pure; texts go into the findings' arena.
 */

/** One end of a logical link. */
struct lw_link_end {
	const char *name;           /**< "leaf1/swp1:1" */
	const struct lw_form *cage; /**< form factor of the cage */
	const struct lw_form *plug; /**< form factor of what is plugged */
	const char *adapter;        /**< adapter in the cage, "" if none */
	const char *mode;           /**< breakout mode of the cage, for messages */
	uint8_t ports;              /**< logical ports in that mode, 0 or 1: not split */
	uint32_t cage_baud_kbd;     /**< fastest lane this host runs, 0: the form factor's */
	enum lw_modulation cage_modulation;
	const struct lw_lport *port; /**< the host end of the link */
	const char *fec;             /**< FEC configured at this end, NULL: what the rate needs */
	const char *part;            /**< name of what is plugged, for messages */
	double power_w;              /**< its highest power; NaN or 0: not known */
	const struct lw_ability *abilities;
	size_t ability_n;
	int chosen;                    /**< index of the ability in use, -1: none fits */
	const struct lw_ability *face; /**< what the media side presents even if none fits: the
					    chosen one, or the nearest; NULL if nothing is known */
};

/** The way between the ends. */
struct lw_link_path {
	const struct lw_cord *cord; /**< NULL: a cable with fixed ends, or nothing */
	bool fixed;                 /**< DAC, AEC, AOC: both plugs belong to the cable */
	bool passive;        /**< fixed and passive copper: its length is bounded by the PMD */
	enum lw_grade grade; /**< of the fibre, LW_GRADE_NONE if not stated */
	double length_m;
	const char *a_connector, *b_connector; /**< bodies of the modules' receptacles */
	const char *a_polish, *b_polish;
	uint8_t lanes;  /**< media lanes joined between these two ends */
	double dirt_db; /**< lost at dirty connectors */
};

enum lw_verdict { LW_UP, LW_AT_RISK, LW_DOWN };

/** "up", "at-risk", "down". */
LW_API const char *lw_verdict_name(enum lw_verdict v);

/**
 * Judge one logical link by every rule; all reasons are listed, not only the first.
 * @param subject  the link's id, used in the findings
 * @param ret      findings are appended
 * @return 0 with *ret_verdict set, or LW_ENOMEM
 */
LW_API int lw_link_judge(const char *subject, const struct lw_link_end *a,
			 const struct lw_link_end *b, const struct lw_link_path *path,
			 struct lw_findings *ret, enum lw_verdict *ret_verdict,
			 struct lw_error *reterr);

/** Light on its way through the path, worst lane. NaN where the data do not say. */
struct lw_budget {
	double loss_db;   /**< fibre attenuation and mated connectors between the two modules,
			       not counting the mating at each module */
	double limit_db;  /**< channel insertion loss the stricter of both PMDs allows */
	double margin_db; /**< limit minus loss */
	const char *ref;  /**< behind the limit, NULL if there is none */
};

/** The optical budget of a path (data/channels.csv, data/losses.csv); all NaN for copper. */
LW_API void lw_link_budget(const struct lw_link_end *a, const struct lw_link_end *b,
			   const struct lw_link_path *path, struct lw_budget *ret);

/** True when ability `a` serves host port `p` exactly: lanes, first lane, rate, signalling. */
LW_API bool lw_ability_serves(const struct lw_ability *a, const struct lw_lport *p);

/**
 * Choose the abilities of both ends together: each must serve its port; of those the pair whose
 * media sides agree wins, then the order the modules advertise.
 * @param ret  indexes, -1 at an end where none serves
 */
LW_API void lw_link_choose(const struct lw_ability *a, size_t a_n, const struct lw_lport *pa,
			   const struct lw_ability *b, size_t b_n, const struct lw_lport *pb,
			   int ret[2]);

/** The ability that comes nearest to serving `p`: what the media side shows although none fits. */
LW_API const struct lw_ability *lw_link_face(const struct lw_ability *a, size_t n,
					     const struct lw_lport *p);

/** A rule as `lanewise explain` shows it. */
struct lw_rule {
	const char *name;    /**< "lane-rate" */
	const char *asks;    /**< the question the rule answers */
	const char *why;     /**< what happens on the wire when it is broken */
	const char *example; /**< a typical case */
	const char *remedy;
	const char *ref;
	double limit; /**< number the rule judges by where no catalogue row does, else NaN */
};

/** @return the rules in the order they are judged; `*ret_n` receives their number */
LW_API const struct lw_rule *lw_rules(size_t *ret_n);
LW_API const struct lw_rule *lw_rule_find(const char *name);

#endif
