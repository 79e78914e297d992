/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FACTS_H
#define LW_FACTS_H

#include <lanewise/finding.h>
#include <lanewise/interface.h>
#include <lanewise/map.h>
#include <math.h>

/**
 * @file
 * What a module says of itself, typed: decoded from any of the three maps without heap. A number
 * that the module does not state is LW_NONE (integers) or NaN (doubles); a text it does not state
 * is absent by its `has_` flag or empty. Nothing is ever made up from fill bytes.
 */

/** "Not stated" for int32_t members. */
#define LW_NONE INT32_MIN

#define LW_APPS_MAX  15
#define LW_LANES_MAX 32

/** One CMIS application descriptor (6.2.1.4). */
struct lw_app {
	uint8_t apsel;             /**< 1-15 */
	uint8_t host_id, media_id; /**< SFF-8024 codes */
	uint8_t host_lanes, media_lanes;
	uint8_t host_assign;  /**< bit n: an instance may start at host lane n */
	int16_t media_assign; /**< same for media lanes; -1: page 01h absent */
	bool after_gap;       /**< found behind the FFh that ends the list */
};

struct lw_limits {
	bool stated;
	double high_alarm, low_alarm, high_warning, low_warning;
};

struct lw_checksum {
	const char *name; /**< "cc_base", "page_00h", ... */
	bool present;
	uint8_t stored, computed;
};

/** Monitors of one lane; NaN where not monitored. */
struct lw_lane_monitor {
	double rx_power_mw, tx_bias_ma, tx_power_mw;
};

/** Text fields, bits of lw_facts.bad_text. */
enum lw_text { LW_T_NAME, LW_T_PN, LW_T_REV, LW_T_SN, LW_T_DATE, LW_T_CLEI, LW_T_N };

#define LW_ATTENUATIONS 6
#define LW_AT_25G8      4

/** A raised flag: a bool field of the map, and its lane. */
struct lw_facts_flag {
	uint16_t field; /**< id in the map of the facts */
	int8_t lane;    /**< 0-based, -1: the whole module */
};

#define LW_FLAGS_MAX 96

enum lw_quantity { LW_Q_TEMPERATURE, LW_Q_VCC, LW_Q_TX_BIAS, LW_Q_TX_POWER, LW_Q_RX_POWER, LW_Q_N };

struct lw_facts {
	enum lw_map_id map;
	int32_t identifier;        /**< SFF-8024 Table 4-1 */
	int32_t identifier_lower;  /**< SFF-8636: copy in lower memory */
	int32_t identifier_page00; /**< CMIS: copy at 00h:128 */
	const char *form_factor;   /**< catalogue name such as "QSFP28", or NULL */
	bool lower_page_valid;     /**< false: byte 0 is no identifier, only page 00h was used */

	char vendor_name[17], vendor_pn[17], vendor_rev[5], vendor_sn[17];
	bool has_oui;
	uint8_t oui[3];
	char date_raw[9];  /**< as stored, trailing blanks cut */
	char date_iso[11]; /**< "2023-03-25", empty if it is no date */
	char lot[3];       /**< empty if none, or if the date is no date */
	char clei[11];     /**< empty if none */
	uint8_t bad_text;  /**< bit enum lw_text: bytes that are no printable ASCII */

	int32_t connector, encoding, ext_identifier, revision_compliance;
	int32_t extended_compliance, cable_compliance;
	int32_t device_technology; /**< SFF-8636 00h:147.7-4 */
	int32_t media_technology;  /**< CMIS 00h:212 */
	bool has_transceiver_codes;
	uint8_t transceiver_codes[8];

	/* CMIS */
	uint8_t cmis_major, cmis_minor;
	bool flat_memory; /**< also SFF-8636 lower 2.2 */
	int32_t banks;    /**< 1, 2 or 4; LW_NONE if page 01h absent */
	int32_t media_type, module_state;
	int32_t fw_major, fw_minor; /**< active firmware, LW_NONE if not stated */
	int32_t media_unsupported;  /**< bit n: media lane n is not there; LW_NONE if not stated */
	int32_t tunable;            /**< 0, 1, LW_NONE */
	unsigned app_n;
	struct lw_app app[LW_APPS_MAX];
	unsigned lane_n; /**< lanes in the arrays below and in `lane` */
	bool has_dp;     /**< page 11h present */
	uint8_t dp_state[LW_LANES_MAX], config_status[LW_LANES_MAX], active_apsel[LW_LANES_MAX],
		active_dpidx[LW_LANES_MAX];
	/** MaxDuration codes: LW_NONE if page 01h absent */
	int32_t dur_dp_init, dur_dp_deinit, dur_pwr_up, dur_pwr_dn, dur_tx_on, dur_tx_off;

	int32_t power_class; /**< 1-8; SFP: power level */
	double max_power_w;
	bool class_8_refused; /**< SFF-8636: claimed by a module too old, or without watts */
	const char *cable;    /**< "passive copper", "active copper", "active optical",
				   "active" (SFP, kind not stated) or NULL */
	double cable_length_m;
	bool has_lengths; /**< the module states link lengths (CMIS: page 01h is there) */
	double length_smf_m, length_om_m[5]; /**< index enum lw_grade; NaN if not stated */
	double length_copper_m;
	double wavelength_nm, wavelength_tolerance_nm;
	int32_t nominal_bitrate_mbd;
	bool has_attenuation;
	/** at 2.5, 5, 7, 12.9, 25.8, 53.1 GHz; 0: unknown to the module; LW_NONE: not in its map */
	int32_t attenuation_db[LW_ATTENUATIONS];

	int32_t cdr_tx, cdr_rx; /**< 0, 1, LW_NONE */
	int32_t tx_power_supported;
	const char *rx_power_type; /**< "average", "OMA" or NULL */
	int32_t ddm_implemented;
	const char *calibration; /**< "internal", "external" or NULL */
	bool has_monitors;
	bool monitor[LW_Q_N];
	int32_t tx_bias_multiplier;

	bool has_dom; /**< any monitor below is stated */
	bool has_lanes;
	double temperature_c, vcc_v;
	struct lw_lane_monitor lane[LW_LANES_MAX];
	bool has_tx_power_unadvertised;
	double tx_power_unadvertised_mw[4];
	bool has_thresholds;
	struct lw_limits limits[LW_Q_N];

	unsigned flag_n; /**< alarms, warnings and faults that are raised */
	struct lw_facts_flag flag[LW_FLAGS_MAX];

	unsigned checksum_n;
	struct lw_checksum checksum[4];
};

/**
 * Decode every fact the view holds. Cannot fail: what is absent stays unstated.
 * @param v    its `map` selects the decoder (see lw_view_open())
 * @param ret  overwritten whole
 */
LW_API void lw_facts_decode(const struct lw_view *v, struct lw_facts *ret);

/**
 * What is wrong in the facts: checksums, contradictions, an invalid lower page.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_facts_problems(const struct lw_facts *f, const char *subject,
			     struct lw_findings *ret);

#define LW_SUMMARY_MAX 256

/**
 * One line for people: "OSFP 800GBASE-DR8, 8 x 100G PAM4, SMF 500 m, splits to 2x400G".
 * LW_SUMMARY_MAX bytes hold every summary; a shorter buffer cuts it.
 * @return 0, or LW_ELIMIT when it was cut
 */
LW_API int lw_facts_summary(const struct lw_facts *f, char *ret, size_t size);

/** Write the decode document of one module (docs/json.md) as one object. */
LW_API void lw_facts_json(const struct lw_facts *f, const char *source,
			  const struct lw_findings *problems, struct lw_json *j);

/** Only the keys of that object, for a document that says more (decode --all). */
LW_API void lw_facts_json_keys(const struct lw_facts *f, const char *source,
			       const struct lw_findings *problems, struct lw_json *j);

/**
 * One way a module can carry a logical link: a number of host lanes and what the far side of the
 * fibre (or cable) sees. CMIS: one per application. SFF maps: derived from compliance codes.
 */
struct lw_ability {
	uint8_t apsel; /**< CMIS AppSel, 0 for SFF maps */
	uint8_t host_lanes, media_lanes;
	uint32_t host_first;    /**< bit n: may start at host lane n */
	uint32_t media_first;   /**< bit n: may start at media lane n */
	uint32_t host_baud_kbd; /**< 0 if unknown */
	enum lw_modulation host_modulation;
	uint32_t rate_mbps;               /**< nominal rate of the whole instance */
	const struct lw_interface *host;  /**< NULL if unknown */
	const struct lw_interface *media; /**< NULL for copper and unknown codes */
	const struct lw_pmd *pmd;         /**< what the fibre sees, NULL if not catalogued */
	bool part_of_whole;         /**< lanes of one PMD used apart (SFF-8636 SR4 as 4 x SR) */
	const struct lw_pmd *whole; /**< that one PMD, NULL if not catalogued; its light and reach
				     * are what the lanes have, whatever `pmd` they face */
};

#define LW_ABILITIES_MAX 24

/** List the abilities. @return their number, at most LW_ABILITIES_MAX */
LW_API size_t lw_facts_abilities(const struct lw_facts *f, struct lw_ability ret[LW_ABILITIES_MAX]);

/** The host link a data path must serve. */
struct lw_ability_want {
	uint8_t first, lanes; /**< host lanes, 0-based */
	uint32_t rate_mbps;
	uint32_t baud_kbd;             /**< per host lane, 0: any */
	enum lw_modulation modulation; /**< LW_MOD_NONE: any */
	const struct lw_pmd *pmd;      /**< wanted towards the far end, NULL: any */
};

/**
 * Choose the ability for a host link: exact lanes, start lane, rate, lane rate and modulation; the
 * wanted PMD wins, then the order the module advertises (its own preference, CMIS 6.2.1.4).
 * @return index into `a`, or -1
 */
LW_API int lw_ability_choose(const struct lw_ability *a, size_t n, const struct lw_ability_want *w);

/** First media lane of the instance of `a` that starts at host lane `first`; -1 if none (6.2.1.5:
 *  the n-th host group goes with the n-th media group). */
LW_API int lw_ability_media_first(const struct lw_ability *a, unsigned first);

#endif
