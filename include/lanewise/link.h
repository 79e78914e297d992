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

/** Whether a host equalises for modules without a DSP (LPO). */
enum lw_linear { LW_LINEAR_UNSTATED, LW_LINEAR_OFF, LW_LINEAR_ON };

/** What the device at an end accepts and bears; shared by all its ends. Zero: not stated. */
struct lw_link_host {
	const char *name;           /**< of the device */
	const char *const *accepts; /**< vendors whose modules it takes, NULL: any */
	size_t accept_n;
	bool override; /**< others are let in by command */
	/** newest CMIS revision that its software reads, and oldest module firmware that it was
	 * qualified with; {0, 0}: not stated */
	uint8_t cmis[2], firmware[2];
	/** what runs on its ports, NULL: Ethernet */
	const char *protocol;
	/** codes that its lanes can run, NULL: not stated */
	const char *const *fecs;
	size_t fec_n;
	enum lw_linear linear; /**< do its lanes equalise for modules without a DSP? */
	double cooling_w;      /**< heat of modules that the chassis takes away */
	double heat_w;         /**< what all that is plugged gives off together */
};

/** Autonegotiation and link training (IEEE 802.3 clause 73) as a host is configured. */
enum lw_autoneg { LW_AN_UNSTATED, LW_AN_OFF, LW_AN_ON };

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
	double cage_power_w;         /**< what this cage feeds; 0: as its form factor */
	bool generic; /**< `part` is a type of the catalogue, not one maker's product */
	enum lw_autoneg autoneg;
	const struct lw_facts *facts;    /**< what the plug says of itself, NULL: nothing */
	const struct lw_link_host *host; /**< NULL: nothing is stated */
	const struct lw_ability *abilities;
	size_t ability_n;
	int chosen;                    /**< index of the ability in use, -1: none fits */
	const struct lw_ability *face; /**< what the media side presents even if none fits: the
					    chosen one, or the nearest; NULL if nothing is known */
};

#define LW_ELEMENTS_MAX 16

/** What light passes through besides fibre: a mated pair, a splice ... (data/elements.csv). */
struct lw_element {
	const char *name; /**< "mated", "splice", "cassette" ... */
	const char *doc;
	/** largest, typical and least insertion loss; NaN: an amplifier, nobody knows */
	double max_db, typ_db, min_db;
	const char *confidence;
	const char *ref;
};

/** All elements, at most LW_ELEMENTS_MAX; `*ret_n` receives their number. */
LW_API const struct lw_element *lw_elements(size_t *ret_n);

/** Kinds of media, cheapest first within a length. */
enum lw_media_kind { LW_DAC, LW_ACC, LW_AEC, LW_AOC, LW_LPO, LW_OPTICS };

/** "DAC", "ACC", "AEC", "AOC", "LPO", "optics". */
LW_API const char *lw_media_kind_name(enum lw_media_kind k);

/** What a cable with fixed ends is like (data/media.csv); NaN where the data say nothing. */
struct lw_media {
	const char *part; /**< name in data/parts.csv */
	enum lw_media_kind kind;
	double standard_m; /**< length that a standard specifies; NaN: none does */
	double longest_m;  /**< longest that is sold */
	double ns_m;       /**< delay of a metre */
	double diameter_mm, bend_mm;
	double cost;        /**< against a passive cable of the rate */
	const char *weight; /**< "heavy, stiff", "light, flexible" ... */
	const char *emi;    /**< "good", "immune" */
	const char *confidence;
	const char *ref;
};

/** @return the row of that part, or NULL (also when `part` is NULL) */
LW_API const struct lw_media *lw_media_find(const char *part);

/** Which ends of an MPO cord have guide pins (male); modules have them, so a cord has none. */
enum lw_pins { LW_PINS_NONE, LW_PINS_A = 1, LW_PINS_B = 2, LW_PINS_BOTH = 3 };

/** The way between the ends. */
struct lw_link_path {
	const struct lw_cord *cord; /**< NULL: a cable with fixed ends, or nothing */
	bool fixed;                 /**< DAC, AEC, AOC: both plugs belong to the cable */
	bool passive; /**< fixed and passive copper: its length is bounded by the PMD */
	bool gearbox; /**< fixed; its plugs deal the bits out anew over unlike numbers of lanes */
	enum lw_grade grade; /**< of the fibre, LW_GRADE_NONE if not stated */
	double length_m;
	const char *a_connector, *b_connector; /**< bodies of the modules' receptacles */
	const char *a_polish, *b_polish;
	uint8_t lanes;       /**< media lanes joined between these two ends, 0: not known */
	double dirt_db;      /**< lost at dirty connectors */
	const char *product; /**< part name of the cable with fixed ends, NULL: not catalogued */
	uint8_t through[LW_ELEMENTS_MAX]; /**< how many of each element besides the cord's own */
	enum lw_pins pins;
	const char *cord_polish[2]; /**< of the cord's end at a and at b, NULL: as it should be */
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

/**
 * The error correction that a host must run at one end: the code of the medium, or what its lanes
 * always run where the module ends the medium's code itself (100GBASE-DR on CAUI-4: none; 400ZR:
 * RS(544,514)).
 * @param a              the ability in use, NULL: none is known, the rate decides
 * @param ret_in_module  the module ends the medium's code itself; may be NULL
 * @return a name of data/fec.csv, without inner codes that modules add
 */
LW_API const char *lw_link_fec_need(const struct lw_lport *port, const struct lw_ability *a,
				    bool *ret_in_module);

/** Light on its way through the path, worst lane. NaN where the data do not say. */
struct lw_budget {
	double loss_db;   /**< fibre attenuation, mated connectors and other elements between the
			       two modules, each at its largest loss, not counting the mating at
			       each module */
	double mean_db;   /**< the same with every element typical (fibre and dirt as they are) */
	double likely_db; /**< mean and three standard deviations: all but about 1 of 700
			       such ways lose less */
	double limit_db;  /**< channel insertion loss the stricter of both PMDs allows */
	double margin_db; /**< limit minus loss */
	/** by how much the strongest light that may arrive is above what the receiver bears; the
	 * same with typical launch and loss. Below 0: it bears it. The worse direction */
	double strong_db, usual_strong_db;
	int strong_end;         /**< at which end: 0 or 1 */
	const char *ref;        /**< behind the limit, NULL if there is none */
	const char *confidence; /**< of the limit */
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
	double far;   /**< beyond it even a doubtful limit decides, else NaN */
};

/** @return the rules in the order they are judged; `*ret_n` receives their number */
LW_API const struct lw_rule *lw_rules(size_t *ret_n);
LW_API const struct lw_rule *lw_rule_find(const char *name);

#endif
