/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ENGINE_H
#define LW_ENGINE_H

#include <lanewise/fabric.h>
#include <lanewise/module.h>
#include <lanewise/monitor.h>

/**
 * @file
 * Keeps many modules and logical links as wanted: events and time in, bus actions and states out.
 * The same engine runs on twins in virtual time and on hardware in real time. It never reads a
 * clock, sleeps or prints. Not thread-safe.
 *
 * The shell's loop: tell what happened (a module plugged, a carrier changed, an intent), call
 * lw_engine_run(), wait until the time it returned or until something happens again. Only modules
 * that are due are run and only links of modules that ran, or were told of, are judged.
 */

enum lw_link_state { LW_LINK_DOWN, LW_LINK_STARTING, LW_LINK_UP };

/** "down", "starting", "up". */
LW_API const char *lw_link_state_name(enum lw_link_state s);

/** Does the host at `cage` see an aligned far end on its logical port? The shell knows. */
typedef bool (*lw_carrier)(void *ctx, int cage, const struct lw_lport *port);

/** What the engine did by itself at one end of a link that does not come up. */
struct lw_engine_remedy {
	unsigned looks;     /**< failed looks in a row */
	unsigned count;     /**< times the data path was initialised afresh */
	unsigned level;     /**< how far its pauses have grown; forgotten when the link stays up */
	bool held;          /**< it cannot be done without touching another link */
	struct lw_mono due; /**< not again before */
};

struct lw_engine_link {
	enum lw_link_state state;
	struct lw_mono up_at; /**< time of the last way up, LW_NEVER if never */
	struct lw_mono since; /**< when it got its present state */
	unsigned flaps;       /**< times it left `up` though it was wanted */
	int8_t want[2];       /**< its place among the wants of the module at each end, -1: none */
	bool disabled;        /**< the last intent */
	bool testing;         /**< off, but lit for a test of its lanes */
	uint8_t dirty;        /**< two bits for each end: what happened since it was judged */
	bool carrier[2];      /**< what the host at each end said last */
	uint8_t health[2];    /**< enum lw_dp_health at each end as last judged */
	uint64_t wanted;      /**< generation of the last intent, 0: none since the start */
	uint64_t done;        /**< newest generation that both modules have carried out */
	struct lw_engine_remedy remedy[2];
};

/**
 * Which modules may leave low power. All zero admits everything; a rule that is not set asks
 * nothing. Texts and arrays are borrowed for as long as the policy is in force.
 */
struct lw_policy {
	const char *const *vendors; /**< names (case ignored) or OUIs ("00:17:6A") */
	size_t vendor_n;            /**< 0: every vendor */
	double max_power_w;         /**< of one module, 0: any */
	double budget_w;            /**< of all modules of one device together, 0: no limit */
	const char *quirks_off;     /**< as lw_quirk_find() takes it, NULL: all are honoured */
	bool allow_unknown;         /**< admit modules that do not state what a rule asks for */
};

enum lw_admission {
	LW_ADMITTED,
	LW_REFUSED_VENDOR,
	LW_REFUSED_POWER,
	LW_REFUSED_BUDGET,
};

#define LW_ENGINE_MODE_MAX 64

/** What the engine keeps about a cage beside its module. */
struct lw_engine_cage {
	struct lw_mono due;     /**< of its module or its monitors */
	struct lw_mono measure; /**< when its monitors are read next */
	size_t place;           /**< in the queue */
	size_t end_first;       /**< its link ends: lw_engine.end[end_first] and on */
	unsigned end_n;
	char mode_text[LW_ENGINE_MODE_MAX]; /**< "": as the fabric file has it */
	struct lw_mode mode;
	uint64_t generation; /**< of the last change of mode */
	bool known;          /**< a module was identified since it was plugged */
	bool differs;        /**< it can do other things than what was planned for the cage */
	bool other;          /**< it is of another vendor or part number than planned */
	char unfit[160];     /**< why the plan's cables cannot serve it, "": they can */
	bool override;       /**< admitted whatever the policy says */
	/** the module is in other hands and not touched: why, in one clause; NULL: it is ours */
	const char *lent;
	enum lw_admission admission;
	double left_w;                     /**< of the budget, when that refused it */
	unsigned swaps;                    /**< times another module was found in its place */
	char vendor_pn[17], vendor_sn[17]; /**< of the module */
	char before_pn[17], before_sn[17]; /**< of the one before it */
	struct lw_pace *pace;
	unsigned measured;            /**< passes over its monitors since it was identified */
	bool limited;                 /**< its thresholds were read, or are not to be had */
	uint8_t limit_tries;          /**< times that they could not be read */
	uint8_t measure_tries;        /**< refused accesses of the pass under way */
	struct lw_readings *readings; /**< of the last one; NULL while nobody asked for any */
};

/** A link that is down this long without a change counts as settled. */
#define LW_ENGINE_SETTLE_MS 2500

struct lw_engine {
	/** what holds now: the fabric as given, until a module or a mode differs from it. Borrowed
	 * by others only until the next call that may change it. */
	const struct lw_fabric *fabric;
	const struct lw_fabric *planned; /**< as given; borrowed */
	struct lw_module *module;        /**< one per cage; bus NULL: cage not managed */
	struct lw_engine_cage *cage;     /**< one per cage */
	struct lw_flag_log *flags;       /**< one per cage, owned */
	struct lw_engine_link *link;     /**< one per fabric link */
	uint32_t *end;                   /**< 2 * link + end, sorted by cage */
	uint32_t *queue;                 /**< cages, a heap by due time */
	size_t queue_n;
	uint32_t *dirty; /**< links to be judged */
	size_t dirty_n;
	size_t count[3];          /**< links by state */
	struct lw_mono last_down; /**< when a link last went down */
	lw_carrier carrier;
	void *ctx;
	/** set by a shell that calls lw_engine_carrier_changed() at every change: it is then asked
	 * only when it said so, and before a link is called up */
	bool carrier_told;
	struct lw_arena *arena;
	struct lw_mono started, now;
	struct lw_policy policy;
	struct lw_mono measure_each; /**< {0}: monitors are not read */
	uint64_t generation;         /**< of the newest intent */
	bool stale;                  /**< what is plugged differs from `fabric` */
	/** what waits take, by part and firmware: save it with lw_timers_json(); lw_timers_load()
	 * adds what was saved, best before the first run */
	struct lw_timers timers;
	struct lw_engine_paces *paces;
	/** makes pauses of modules of one kind differ; a shell may set it after lw_engine_init() */
	uint64_t seed;
	struct lw_fabric own[2]; /**< `fabric` when it is not `planned`: now and before */
	struct lw_arena own_arena[2];
	unsigned turn;
	unsigned drawn; /**< times `fabric` was drawn up anew: its links may have other indexes */
};

/**
 * Prepare to bring up a resolved fabric. Memory comes from `arena`; release with
 * lw_engine_finish(). `e` must stay where it is.
 * @param bus  one per cage, NULL where nothing is plugged; borrowed
 */
LW_API int lw_engine_init(struct lw_engine *e, const struct lw_fabric *f, struct lw_bus *const *bus,
			  lw_carrier carrier, void *ctx, struct lw_arena *arena, struct lw_mono now,
			  struct lw_error *reterr);
LW_API void lw_engine_finish(struct lw_engine *e);

/** Do what is due. @return when to run again */
LW_API struct lw_mono lw_engine_run(struct lw_engine *e, struct lw_mono now);

/**
 * A module was plugged into `cage` (its presence pin says so): it is identified after
 * LW_MODULE_SOAK_MS. Without pins the engine finds out by itself, asking once a second.
 * @param bus  the way to it, borrowed; NULL: as before
 */
LW_API void lw_engine_plugged(struct lw_engine *e, int cage, struct lw_bus *bus,
			      struct lw_mono now);
/** The module of `cage` was pulled: the bus is not asked again before lw_engine_plugged(). */
LW_API void lw_engine_unplugged(struct lw_engine *e, int cage, struct lw_mono now);
/** The host at `cage` gained or lost its carrier on some port. Optional: without it a change shows
 *  when a module of the link is looked at next, after a second at most. */
LW_API void lw_engine_carrier_changed(struct lw_engine *e, int cage, struct lw_mono now);
/**
 * The interrupt line of `cage` is quiet or asserted at `now`. A shell that can see the line says so
 * once before the first run and then at every change; without a word the module is polled. What is
 * told twice does no harm, and what is lost is found by a look, later.
 */
LW_API void lw_engine_interrupt(struct lw_engine *e, int cage, enum lw_line line,
				struct lw_mono now);
/** Every flag that was read from modules in `cage` since the start; borrowed. */
LW_API const struct lw_flag_log *lw_engine_flags(const struct lw_engine *e, int cage);

/**
 * Want a link on or off. The last intent wins; one that was overtaken is never carried out. Other
 * links are not touched.
 * @return the intent's generation: it is carried out once e->link[link].done has reached it; 0 when
 *         there is no such link
 */
LW_API uint64_t lw_engine_want(struct lw_engine *e, size_t link, bool enabled, struct lw_mono now);

/**
 * Leave the module of `cage` alone: another procedure (a reset, firmware) has it. Nothing is read
 * from it or written to it until lw_engine_take_back(); what is wanted of it meanwhile is done
 * then. Called again it changes the reason.
 * @param why        one clause, constant: "its firmware is being written"
 * @param disturbed  its links are down meanwhile, for that reason; else they are judged by what was
 *                   read last and by their hosts
 * @param reterr     LW_EINVAL: no such cage; LW_EABSENT: no module has been identified there
 */
LW_API int lw_engine_lend(struct lw_engine *e, int cage, const char *why, bool disturbed,
			  struct lw_mono now, struct lw_error *reterr);
/**
 * It is ours again: who it is and how it stands is read, and what is wanted is done. Does nothing
 * when it was not lent.
 * @param anew  it began anew meanwhile, so that its links are down until it was brought up; else
 *              those that are as wanted were up all the time
 */
LW_API void lw_engine_take_back(struct lw_engine *e, int cage, bool anew, struct lw_mono now);

/**
 * Light a link that is switched off, for a test of its lanes, or no longer: both modules activate
 * its data paths and send, while it counts as switched off (nothing is mended, no flap is counted).
 * lw_engine_want() ends it too.
 * @param reterr  LW_EINVAL: no such link, or it is not switched off
 * @return 0: it is carried out once e->link[link].done has reached e->link[link].wanted
 */
LW_API int lw_engine_test(struct lw_engine *e, size_t link, bool on, struct lw_mono now,
			  struct lw_error *reterr);

/**
 * Divide the lanes of `cage` otherwise. Links that exist in the new mode as well are not touched
 * and keep their counts; indexes into e->link change. The shell drives the host's lanes itself.
 * @param mode    as in a fabric file, "8x100G"
 * @param reterr  LW_EINVAL: no such mode, or no such cage; LW_ENOMEM. All stays as it was then.
 */
LW_API int lw_engine_mode(struct lw_engine *e, int cage, const char *mode, struct lw_mono now,
			  struct lw_error *reterr);

/** What a change of mode would do. Everything lives in the arena given. */
struct lw_engine_preview {
	struct lw_fabric fabric; /**< as it would be, its links judged */
	int64_t *before; /**< of each of its links: the link now that it is; -1: a new one */
	size_t *ends;    /**< links now that would be no more */
	size_t end_n;
	bool planned; /**< the module is known, and `plan` says what would be written to it */
	struct lw_plan plan;
	struct lw_findings findings; /**< what the module cannot do, or may not */
};

/**
 * Show what lw_engine_mode() would do; nothing is done.
 * @param reterr  as lw_engine_mode()
 */
LW_API int lw_engine_preview(const struct lw_engine *e, int cage, const char *mode,
			     struct lw_arena *arena, struct lw_engine_preview *ret,
			     struct lw_error *reterr);

/**
 * Put a policy in force. Modules refused before are judged anew; one that runs is not taken away,
 * it is judged when it is plugged again. What runs when an engine begins and is refused then is
 * watched, and its links may be up, but nothing is written to it.
 * @param p  copied, its arrays borrowed; NULL: admit everything
 */
LW_API void lw_engine_policy(struct lw_engine *e, const struct lw_policy *p, struct lw_mono now);
/** Admit the module of `cage` whatever the policy says, or no longer. */
LW_API void lw_engine_override(struct lw_engine *e, int cage, bool admit, struct lw_mono now);

/**
 * Read the monitors of each module so often (at most five block reads a pass), its thresholds once
 * before. Only modules at rest are asked: bringing links up comes first. Flags are not among them,
 * for reading clears them; the engine looks at those all the time.
 * @param period  {0}: no longer
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_engine_measure(struct lw_engine *e, struct lw_mono period, struct lw_mono now,
			     struct lw_error *reterr);
/** The newest readings of the module in `cage`; NULL if there are none. Borrowed. */
LW_API const struct lw_readings *lw_engine_readings(const struct lw_engine *e, int cage);

/** True when every link is up, or is down for a reason that trying again will not mend. */
LW_API bool lw_engine_settled(const struct lw_engine *e, struct lw_mono now);

/**
 * List what is to be known of the module in `cage`: not there, not what was planned, not admitted.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_engine_explain_cage(const struct lw_engine *e, int cage, struct lw_findings *ret);

/**
 * List why link `link` is not up: what the rules found before, then what both ends say now.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_engine_explain(const struct lw_engine *e, size_t link, struct lw_findings *ret);

/** Write the document of `lanewise up` (docs/json.md). */
LW_API int lw_engine_json(const struct lw_engine *e, struct lw_json *j);
/** Write one of its links. @param arena  for texts that are made. @return 0 or LW_ENOMEM */
LW_API int lw_engine_link_json(const struct lw_engine *e, size_t link, struct lw_arena *arena,
			       struct lw_json *j);

#endif
