/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MONITOR_H
#define LW_MONITOR_H

#include <lanewise/bus.h>
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <lanewise/value.h>
#include <lanewise/vdm.h>

/**
 * @file
 * What a module measures: readings in SI units, thresholds, flags with counts and times, and VDM
 * with freeze. How often each is read is up to the caller. Nothing sleeps, prints or allocates.
 *
 * Flags of CMIS and SFF-8636 are cleared by reading them, so only one reader may own them: read
 * them with lw_flag_log_read() alone, or as part of lw_monitor_read() with a log.
 */

enum lw_quantity_id {
	LW_MON_TEMPERATURE, /**< degC */
	LW_MON_SUPPLY,      /**< V */
	LW_MON_AUX1,        /**< percent of the TEC's most, or custom */
	LW_MON_AUX2,        /**< laser temperature (degC) or TEC (percent) */
	LW_MON_AUX3,        /**< laser temperature (degC) or second supply (V) */
	LW_MON_CUSTOM,      /**< of the vendor, raw */
	LW_MON_LASER,       /**< SFF-8472: laser temperature, degC */
	LW_MON_TEC,         /**< SFF-8472: cooler current, A */
	LW_MON_TX_POWER,    /**< W; from here on one for each media lane */
	LW_MON_TX_BIAS,     /**< A */
	LW_MON_RX_POWER,    /**< W */
	LW_MON_QUANTITIES,
	LW_MON_LANES = LW_MON_TX_POWER, /**< the first that is per lane */
};

struct lw_reading {
	enum lw_value_status status; /**< only LW_VALUE_OK is to be believed */
	double value;                /**< in `unit`; NaN if there is none */
	const char *unit;            /**< "degC", "V", "W", "A", "%", "" */
};

struct lw_readings {
	struct lw_mono at;
	struct lw_reading module[LW_MON_LANES];
	struct lw_reading lane[LW_MON_QUANTITIES - LW_MON_LANES][LW_LANES_MAX];
	uint32_t lanes;   /**< media lanes that the module has */
	int module_state; /**< CMIS Table 8-7; -1: none */
};

/** "temperature", "supply", "aux1" ... "tx-power", "tx-bias", "rx-power". */
LW_API const char *lw_quantity_name(enum lw_quantity_id q);

struct lw_flag_log;

/**
 * One pass over all monitors: at most five block reads for a CMIS module of one bank, counted by
 * tests/module. With a log the flags beside them are read (and so cleared) too, which takes fewer
 * blocks.
 * @param memory  of an identified module; what is read goes there
 * @param log     NULL: no flag is touched
 * @return 0 or the bus's error; `ret` is written on success alone
 */
LW_API int lw_monitor_read(struct lw_bus *bus, struct lw_image *memory,
			   const struct lw_facts *facts, struct lw_flag_log *log,
			   struct lw_mono now, struct lw_readings *ret, struct lw_error *reterr);

/** The readings that `memory` holds, without reading anything. Pure. */
LW_API void lw_monitor_decode(const struct lw_image *memory, const struct lw_facts *facts,
			      struct lw_mono at, struct lw_readings *ret);

/** Read the thresholds; they do not change while the module is plugged. */
LW_API int lw_monitor_read_limits(struct lw_bus *bus, struct lw_image *memory,
				  const struct lw_facts *facts, struct lw_error *reterr);

/** The thresholds of a quantity in its unit; not `stated` where there are none. Pure. */
LW_API struct lw_limits lw_monitor_limits(const struct lw_image *memory, enum lw_quantity_id q);

/** What happened to one flag. */
struct lw_flag_entry {
	uint16_t field; /**< id in the map of the module */
	int16_t lane;   /**< 0-based over all banks, -1: of the module */
	bool set;       /**< as last read */
	uint64_t count; /**< times it came: looks that saw it after one that did not */
	struct lw_mono first_set, last_set; /**< looks that saw it come */
	struct lw_mono last_seen;           /**< the last look that saw it */
	struct lw_mono cleared;             /**< the last look that saw it gone; {0}: never */
};

#define LW_FLAG_LOG_MAX 512

/**
 * Counts flags. A flag that is latched tells only that its condition held since the last look: one
 * that is there look after look is one lasting occurrence.
 */
struct lw_flag_log {
	unsigned n;
	unsigned next;  /**< the entry behind the one that was noted last, < n */
	unsigned set;   /**< entries that were set as last read */
	bool full;      /**< more kinds of flags came than fit: the others are not kept */
	uint64_t looks; /**< times the flags were read */
	/** what entries are searched by, close together: field and lane of each, and which are set
	 */
	uint32_t key[LW_FLAG_LOG_MAX];
	uint64_t is_set[LW_FLAG_LOG_MAX / 64];
	struct lw_flag_entry entry[LW_FLAG_LOG_MAX]; /**< in the order they first came */
};

/** An empty log. */
LW_API void lw_flag_log_init(struct lw_flag_log *log);

/** Read all flags that the module advertises, which clears them, and note them. */
LW_API int lw_flag_log_read(struct lw_flag_log *log, struct lw_bus *bus, struct lw_image *memory,
			    const struct lw_facts *facts, struct lw_mono now,
			    struct lw_error *reterr);

/**
 * Note one flag. Pure; for whoever reads flags by other means.
 * @param lane  -1: of the module
 */
LW_API void lw_flag_log_note(struct lw_flag_log *log, unsigned field, int lane, bool set,
			     struct lw_mono now);

/**
 * Note the flags among bytes first..last (0-127) of a slot that were just read into `memory`, by
 * other means. Pure; it costs little when none is set or was.
 */
LW_API void lw_flag_log_block(struct lw_flag_log *log, const struct lw_image *memory,
			      const struct lw_facts *facts, unsigned bank, unsigned slot,
			      unsigned first, unsigned last, struct lw_mono now);

/** @return the entry of a flag, or NULL if it never came */
LW_API const struct lw_flag_entry *lw_flag_log_find(const struct lw_flag_log *log, unsigned field,
						    int lane);

enum lw_vdm_phase {
	LW_VDM_DESCRIBE, /**< reading descriptors and thresholds, once */
	LW_VDM_FREEZE,
	LW_VDM_SAMPLE,
	LW_VDM_UNFREEZE,
	LW_VDM_DONE,   /**< lw_vdm_decode() has the values */
	LW_VDM_FAILED, /**< `error` says why; unfrozen if that was possible */
};

/** One pass over versatile diagnostics: statistics of one interval, frozen while they are read. */
struct lw_vdm_pass {
	struct lw_bus *bus;
	struct lw_image *memory; /**< samples go there */
	enum lw_vdm_phase phase;
	uint8_t groups; /**< 1-4, once described */
	unsigned banks;
	bool asked; /**< the freeze, or its end, was written and is waited for */
	struct lw_mono since, due;
	unsigned nacks;
	struct lw_error error;
};

/**
 * Begin a pass. `p` may be begun again when it has ended; descriptors are then kept.
 * @return 0, or LW_ENOTSUP when the module has no VDM
 */
LW_API int lw_vdm_pass_start(struct lw_vdm_pass *p, struct lw_bus *bus, struct lw_image *memory,
			     const struct lw_facts *facts, struct lw_mono now,
			     struct lw_error *reterr);

/** Do what is due. @return when to run again; LW_NEVER once it is done or failed */
LW_API struct lw_mono lw_vdm_pass_run(struct lw_vdm_pass *p, struct lw_mono now);

#endif
