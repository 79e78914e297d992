/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CONTROL_H
#define LW_CONTROL_H

#include <lanewise/bus.h>
#include <lanewise/facts.h>
#include <lanewise/image.h>

/**
 * @file
 * Control of one module by hand: power, reset, applications, data paths, outputs, signal integrity,
 * rates and tunable lasers, behind one interface for CMIS, SFF-8636 and SFF-8472.
 *
 * A request becomes a list of steps by a pure function of what the module advertises and says now;
 * it can be shown without acting. lw_control_run() carries steps out: it reads back what it wrote
 * and says if the module did not take it. Nothing sleeps, prints or allocates.
 *
 * Lanes are masks over all banks: bit 8 of CMIS is lane 1 of bank 1.
 */

/** What the lanes of a setting are. */
enum lw_side { LW_SIDE_HOST, LW_SIDE_MEDIA, LW_SIDE_MODULE };

enum lw_control_group {
	LW_CONTROL_OUTPUT, /**< outputs of a lane: disable, squelch, polarity */
	LW_CONTROL_SI,     /**< signal integrity: equalisers, CDR, amplitude */
	LW_CONTROL_RATE,   /**< rate select of SFF-8472 and SFF-8636 */
};

/** One thing that can be set: a row of data/controls.csv. */
struct lw_control_setting {
	const char *name, *doc; /**< "tx-disable"; one phrase */
	uint8_t map;            /**< enum lw_map_id */
	uint8_t group;          /**< enum lw_control_group */
	uint8_t side;           /**< enum lw_side */
	uint16_t field;
	int16_t active; /**< staged settings of CMIS: where the active control set shows it; or -1
			 */
	const char *ref;
};

/** The settings of a map, one after another: start with `i` = 0. @return NULL behind the last */
LW_API const struct lw_control_setting *lw_control_setting_at(enum lw_map_id map, size_t i);

/**
 * Find a setting by name. Where a name has several registers, the one that the module advertises.
 * @param now  memory of the module
 * @return NULL if the map has no such setting
 */
LW_API const struct lw_control_setting *lw_control_setting_find(const struct lw_image *now,
								const char *name);

/** Room for every reason. */
#define LW_REASON_MAX 160

/**
 * Does the module advertise the setting?
 * @param ret_why  if not, and if not NULL: why, at least LW_REASON_MAX bytes
 */
LW_API bool lw_control_offered(const struct lw_control_setting *s, const struct lw_image *now,
			       char *ret_why);

/**
 * What the module has now on lane `lane` (0-based, over all banks; 0 for those of the module).
 * @return the raw value, or -1 when it cannot be read
 */
LW_API int lw_control_value(const struct lw_control_setting *s, const struct lw_image *now,
			    unsigned lane);

/** That value for people: "on", "off", "3 dB", "2"; for every raw value. */
LW_API void lw_control_value_text(const struct lw_control_setting *s, int raw, char *ret,
				  size_t size);

/**
 * A value as people write it, into a raw one: on/off, a number in the unit of the setting (dB), the
 * name of a code or its first letters, or `code:N`.
 * @return 0, or LW_EINVAL, which says what is taken
 */
LW_API int lw_control_value_parse(const struct lw_control_setting *s, const char *text, int *ret,
				  struct lw_error *reterr);

/** The host and media lanes that the module has, as masks. */
LW_API uint32_t lw_control_host_lanes(const struct lw_image *now, const struct lw_facts *facts);
LW_API uint32_t lw_control_media_lanes(const struct lw_image *now, const struct lw_facts *facts);

/** All host lanes of the data paths (CMIS, active control set) that have one of `lanes`. */
LW_API uint32_t lw_control_path_lanes(const struct lw_image *now, uint32_t lanes);

enum lw_control_step_kind {
	LW_CONTROL_WRITE,
	LW_CONTROL_WAIT,  /**< until the field is as wanted on all lanes */
	LW_CONTROL_CLEAR, /**< read the field and forget it: old flags go */
	LW_CONTROL_PAUSE, /**< for `limit`: the module follows and has no register to tell it */
};

struct lw_control_step {
	uint8_t kind;
	uint8_t n; /**< bytes */
	struct lw_addr addr;
	uint8_t data[8];
	uint8_t mask[8]; /**< bits that must read back as written; all 0: they cannot */
	uint32_t lanes;  /**< the step is about; 0: the whole module */
	/** LW_CONTROL_WAIT: raw values, as bits, that end it, and those of them that are good. Both
	 * 0: until the number is within `slack` of `value`. */
	uint32_t until, good;
	int64_t value, slack;
	bool silent; /**< the module may not answer meanwhile: it restarts */
	bool seen;   /**< judge what the step before has read: reading again would clear it */
	struct lw_mono limit;
	const struct lw_field *field; /**< the (first) field that is written or waited for */
	const char *why;              /**< one clause for a person */
};

#define LW_CONTROL_STEPS_MAX 96

struct lw_control_plan {
	unsigned n;
	struct lw_control_step step[LW_CONTROL_STEPS_MAX];
};

/** A step for a person: "write 10h:130 = 0F  output_disable_tx lanes 1-4". */
LW_API void lw_control_step_text(const struct lw_control_step *s, struct lw_buf *ret);

/** One wanted setting. */
struct lw_control_want {
	const struct lw_control_setting *setting;
	uint32_t lanes; /**< ignored for those of the module */
	int raw;
};

/*
 * Planning. All of these are pure and return
 *  0           the steps are in `ret`; none when all is as wanted
 *  LW_ENOTSUP  the module does not advertise it, or not in its present state: why, and what helps
 *  LW_EINVAL   wrong lanes or values
 *  LW_ELIMIT   more steps than a plan holds
 * `now` holds what lw_control_look() read, and `facts` what the module advertises.
 */

/**
 * Set any settings. Staged ones (signal integrity of CMIS, 6.2.3) go through one control set for
 * whole data paths, without stopping them if the module can (ApplyImmediate).
 * @param restart  data paths may be stopped and started where there is no other way
 */
LW_API int lw_control_plan_set(const struct lw_image *now, const struct lw_facts *facts,
			       const struct lw_control_want *want, size_t n, bool restart,
			       struct lw_control_plan *ret, struct lw_error *reterr);

/**
 * High power (all classes that the module needs enabled) or low power, by registers: CMIS lower 26,
 * SFF-8636 lower 93, SFF-8472 A2h 118.
 */
LW_API int lw_control_plan_power(const struct lw_image *now, const struct lw_facts *facts,
				 bool high, struct lw_control_plan *ret, struct lw_error *reterr);

/** Software reset, and wait until the module is back. */
LW_API int lw_control_plan_reset(const struct lw_image *now, const struct lw_facts *facts,
				 struct lw_control_plan *ret, struct lw_error *reterr);

/** CMIS: stop (`up` false) or start whole data paths (DPDeinit, 6.3.3). */
LW_API int lw_control_plan_paths(const struct lw_image *now, const struct lw_facts *facts,
				 uint32_t lanes, bool up, struct lw_control_plan *ret,
				 struct lw_error *reterr);

/**
 * CMIS: give `lanes` application `apsel`, as many data paths side by side as fit, or none (0).
 * Other data paths are not touched; one that loses a lane is taken down whole.
 */
LW_API int lw_control_plan_app(const struct lw_image *now, const struct lw_facts *facts,
			       unsigned apsel, uint32_t lanes, struct lw_control_plan *ret,
			       struct lw_error *reterr);

/** What a tunable laser shall do; NaN and LW_NONE: leave it. */
struct lw_control_tune {
	uint32_t lanes;       /**< media lanes */
	double grid_ghz;      /**< CMIS: 3.125 ... 300 (33 is 100/3) */
	int32_t channel;      /**< CMIS: n of its grid; SFF-8690: 1 ... */
	double frequency_thz; /**< in the place of a channel, which it must hit */
	double fine_ghz;      /**< CMIS: offset from the channel; 0 switches fine tuning off */
	double power_dbm;     /**< CMIS: wanted output power */
};

/** Nothing is wanted. */
LW_API struct lw_control_tune lw_control_tune_none(void);

/**
 * Tune (CMIS pages 04h and 12h, SFF-8690 A2h page 02h) within what the module advertises, and wait
 * until its laser is there.
 */
LW_API int lw_control_plan_tune(const struct lw_image *now, const struct lw_facts *facts,
				const struct lw_control_tune *want, struct lw_control_plan *ret,
				struct lw_error *reterr);

/** Where a laser is: the frequency of a CMIS channel, or of one of SFF-8690; NaN if unknown. */
LW_API double lw_control_frequency_thz(const struct lw_image *now, const struct lw_facts *facts,
				       unsigned lane);

enum lw_control_outcome {
	LW_CONTROL_BUSY,
	LW_CONTROL_DONE,
	LW_CONTROL_IGNORED, /**< a write did not take */
	LW_CONTROL_REFUSED, /**< the module rejected it */
	LW_CONTROL_LATE,    /**< a wait outlived its limit */
	LW_CONTROL_LOST,    /**< the bus failed */
};

/** Carries out a plan. */
struct lw_control {
	struct lw_bus *bus;      /**< borrowed */
	struct lw_image *memory; /**< borrowed; what is read goes there */
	const struct lw_control_plan *plan;
	unsigned step;
	bool written; /**< the step's bytes are out and have to be read back */
	unsigned nacks;
	struct lw_mono since, due;
	enum lw_control_outcome outcome;
	struct lw_error error; /**< unless done: what went wrong, one line */
};

/**
 * Read everything that planning needs and that identifying has not read: the control registers, the
 * states, and the limits of a tunable laser. Clears no flags.
 * @param memory  of an identified module, completed
 */
LW_API int lw_control_look(struct lw_bus *bus, struct lw_image *memory,
			   const struct lw_facts *facts, struct lw_error *reterr);

/** Begin; `plan` must stay as it is until the end. */
LW_API void lw_control_start(struct lw_control *c, struct lw_bus *bus, struct lw_image *memory,
			     const struct lw_control_plan *plan, struct lw_mono now);

/** Do what is due. @return when to run again; LW_NEVER once `outcome` stands */
LW_API struct lw_mono lw_control_run(struct lw_control *c, struct lw_mono now);

/** "done", "ignored", "refused", "late", "lost", "busy". */
LW_API const char *lw_control_outcome_name(enum lw_control_outcome o);

#endif
