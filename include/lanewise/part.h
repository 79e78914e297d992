/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PART_H
#define LW_PART_H

#include <lanewise/form.h>
#include <lanewise/management.h>
#include <stddef.h>

/**
 * @file
 * Module and cable types one can buy, by a generic name such as "OSFP-800G-DR8" (data/parts.csv,
 * data/part-apps.csv), and the cords that join modules (data/cords.csv). These are types by the
 * standards, not one vendor's product. Pure and thread-safe.
 */

/** One application the type advertises (CMIS descriptors, 6.2.1.4). */
struct lw_part_app {
	uint8_t host_id, media_id; /**< SFF-8024 codes; the media table follows the type */
	uint8_t host_lanes, media_lanes;
	uint8_t host_assign, media_assign; /**< bit n: an instance may start at lane n (0-based) */
};

#define LW_PART_APPS_MAX 15

/** Monitor thresholds of one kind of optics (data/thresholds.csv); NaN where not monitored. */
struct lw_levels {
	double high_alarm, low_alarm, high_warning, low_warning;
};
struct lw_thresholds {
	const char *name;
	struct lw_levels temperature_c, vcc_v, tx_bias_ma, tx_power_mw, rx_power_mw;
	const char *ref;
	const char *confidence;
};

/** Loss of a copper cable: fixed_db + length * per_metre_db at each frequency (data/wires.csv). */
struct lw_wire {
	const char *name;
	uint8_t point_n;
	struct {
		uint32_t freq_mhz;
		double fixed_db, per_metre_db;
	} point[5];
};

struct lw_part {
	const char *name;
	const char *doc; /**< one line for people */
	const struct lw_form *form;
	enum lw_map_id map;
	uint8_t identifier;     /**< SFF-8024 Table 4-1 */
	uint8_t media_type;     /**< CMIS lower byte 85; 0 for SFF maps */
	uint8_t connector;      /**< SFF-8024 Table 4-3 */
	uint8_t technology;     /**< CMIS 00h:212 or SFF-8636 00h:147.7-4 */
	uint8_t ext_compliance; /**< SFF-8636 00h:192, SFF-8472 A0h:36 */
	uint8_t compliance_10g; /**< SFF-8472 A0h:3, SFF-8636 00h:131 */
	uint8_t receptacles;    /**< optical receptacles (2 for 2xFR4), 0 for cables */
	const struct lw_connector *receptacle; /**< what each takes; "fixed" for cables */
	bool flat;                             /**< flat memory */
	double power_w;
	uint32_t wave_pm; /**< nominal wavelength, 0 if none or several */
	uint8_t app_n;
	struct lw_part_app app[LW_PART_APPS_MAX];
	const struct lw_pmd *pmd; /**< the media side as one whole; NULL for active cables */
	/**
	 * Cables: what plugs are on end B (end A is this part), how many, lanes each; else NULL/0.
	 * A cable with two equal ends is its own far plug; the plug of a leg ("NAME/far") has none.
	 */
	const struct lw_part *far;
	uint8_t far_n, far_lanes;
	/** lanes of this plug that each far end takes; not far_lanes: each has a gearbox */
	uint8_t head_lanes;
	/** plugs of cables: host lanes that share one pair of the cable; not 1: behind a gearbox */
	uint8_t pair_lanes;
	uint8_t far_code; /**< far end shape: CMIS 00h:211, SFF-8636 00h:113 */
	/** MaxDuration codes (CMIS Table 8-49) that it advertises */
	uint8_t dur_dp_init, dur_dp_deinit, dur_tx_on, dur_tx_off, dur_pwr_up, dur_pwr_dn;
	const struct lw_thresholds *limits; /**< NULL: no monitors */
	const struct lw_wire *wire;         /**< passive copper, else NULL */
	double length_m;                    /**< cables: length unless told otherwise */
	const char *ref;
	const char *confidence;
};

/** @return the part called `name` (case ignored), or NULL */
LW_API const struct lw_part *lw_part_find(const char *name);
/** All parts in the order of the data; `*ret_n` receives their number. */
LW_API const struct lw_part *lw_parts(size_t *ret_n);

/** Which parts a preset is for. */
enum lw_preset_kind {
	LW_PRESET_ALL,
	LW_PRESET_FLAT,    /**< no pages beyond identity: flat memory, or no monitors */
	LW_PRESET_PAGED,   /**< the others */
	LW_PRESET_LIGHT,   /**< those of them that monitor light: optics, active optical cables */
	LW_PRESET_PASSIVE, /**< passive copper */
	LW_PRESET_ACTIVE,  /**< active cables */
};

/** A register that every part of a kind powers up with (data/presets.csv). */
struct lw_preset {
	enum lw_map_id map;
	enum lw_preset_kind kind;
	const struct lw_form *form; /**< only parts of this form factor; NULL: any */
	const char *field;          /**< name in the map; all its lanes get the value */
	int32_t value;              /**< raw */
};

LW_API const struct lw_preset *lw_presets(size_t *ret_n);

/** A fibre cord or harness between separable modules. */
struct lw_cord {
	const char *name; /**< "duplex", "mpo12", "hydra-mpo16-2mpo12", ... */
	const char *doc;
	const char *a, *b;  /**< connector bodies at end A and at each leg of end B */
	uint8_t legs;       /**< legs at end B */
	uint8_t lanes;      /**< lane pairs at end A */
	uint8_t leg_lanes;  /**< lane pairs of each leg; leg k carries lanes k*leg_lanes... */
	uint8_t connectors; /**< mated connector pairs on one lane's way */
	const char *ref;
};

LW_API const struct lw_cord *lw_cord_find(const char *name);
LW_API const struct lw_cord *lw_cords(size_t *ret_n);

#endif
