/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MODULE_H
#define LW_MODULE_H

#include <lanewise/image.h>
#include <lanewise/plan.h>
#include <lanewise/quirk.h>
#include <lanewise/timer.h>

/**
 * @file
 * The host side of one module: identify, plan, act, read back, reconcile. Driven by time that is
 * passed in: lw_module_run() does what is due on the bus and says when it wants to run again. It
 * never sleeps. No state is terminal: a wait that ends late, a refusal or a lost module is
 * explained and tried again with growing pauses.
 */

enum lw_module_phase {
	LW_MODULE_ABSENT,   /**< no answer on the bus */
	LW_MODULE_IDENTIFY, /**< reading who it is */
	LW_MODULE_WORK,     /**< carrying out a plan */
	LW_MODULE_REST,     /**< everything that can be is as wanted; watching */
	LW_MODULE_BACKOFF,  /**< something was refused or late; waits before the next try */
};

/** Where one wanted logical link stands at this module. */
enum lw_dp_health {
	LW_DP_STARTING,
	LW_DP_UP,      /**< the module's own registers say so */
	LW_DP_REFUSED, /**< the module rejected the configuration */
	LW_DP_LATE,    /**< a wait outlived the advertised time */
	LW_DP_GONE,    /**< module absent or not answering */
};

struct lw_dp_report {
	enum lw_dp_health health;
	struct lw_mono since;              /**< when it got this health */
	uint8_t dp_state;                  /**< CMIS code as last read, 0 for SFF maps */
	uint8_t config_status;             /**< CMIS code of the last refusal, 0 if none */
	uint32_t rx_los, rx_lol, tx_fault; /**< media lanes of the link, bit 0 = its first lane */
	uint32_t latched; /**< media lanes with any of these flags at the last look, perhaps of the
			     time before it */
	const char *reason; /**< NULL while all is well; else one plain sentence (constant) */
	const char *next;   /**< what Lanewise does next about it (constant) */
	/** a link that is not up is tried again then; LW_NEVER: only when something changes */
	struct lw_mono retry;
	unsigned refusals; /**< of its configuration, since it was last wanted anew */
	unsigned failures; /**< ends of its data path that nobody asked for, late ones too */
};

/** A module is left alone this long after it was plugged: contacts bounce. */
#define LW_MODULE_SOAK_MS 300

/** The waits that are learned; their kinds in a struct lw_timer_key are "power-up", "config",
 *  "dp-deinit" and "dp-init". */
enum lw_wait { LW_WAIT_POWER, LW_WAIT_CONFIG, LW_WAIT_DP_DOWN, LW_WAIT_DP_UP, LW_WAITS };

/** What modules of one part and firmware share about their waits. */
struct lw_pace {
	struct lw_timers *timers; /**< borrowed: where it is kept */
	struct lw_timer_key key[LW_WAITS];
	unsigned scouts[LW_WAITS]; /**< modules that look closely because it is not known yet */
	unsigned learned;          /**< counts what became known: who waits should look now */
};

/** Share what `timers` (borrowed) knows and learns of the part and firmware of `facts`. */
LW_API void lw_pace_init(struct lw_pace *p, struct lw_timers *timers, const struct lw_facts *facts);

/** What is known of the interrupt line of a cage (IntL; asserted: some unmasked flag is set). */
enum lw_line {
	LW_LINE_NONE, /**< there is none, or nobody reads it: states are polled */
	LW_LINE_QUIET,
	LW_LINE_ASSERTED,
};

struct lw_module {
	struct lw_bus *bus; /**< borrowed; accesses go through `pieces` */
	/** called when the module was identified and its state read, before anything is planned:
	 * the place to call lw_module_want() and to set `refused`. Nullable. */
	void (*identified)(void *ctx, struct lw_module *m);
	void *ctx;
	struct lw_pace *pace; /**< borrowed, nullable: each wait is then polled closely */
	/** called when bytes first..last (0-127) of a slot with flags were read into `memory`, and
	 * so cleared in the module: the place to keep what they said. Nullable. */
	void (*flags_read)(void *ctx, struct lw_module *m, unsigned bank, unsigned slot,
			   unsigned first, unsigned last);
	/** how long a module at rest whose line is quiet may be left alone; {0}: as without a line
	 */
	struct lw_mono quiet_max;
	const char *quirks_off; /**< as lw_quirk_find() takes it; borrowed, nullable */
	bool refused;           /**< not admitted: kept in low power, nothing else is written */
	unsigned identities;    /**< times it was identified */
	enum lw_module_phase phase;
	struct lw_image memory;     /**< as last read; slots may hold only what was asked for */
	struct lw_facts facts;      /**< valid from LW_MODULE_WORK on */
	struct lw_quirks quirks;    /**< of what was identified */
	struct lw_quirk_bus pieces; /**< for modules that do not take long reads */
	struct lw_module_state state;
	struct lw_want want[LW_WANTS_MAX];
	size_t want_n;
	struct lw_dp_report report[LW_WANTS_MAX];
	struct lw_plan plan;
	unsigned step; /**< of `plan` */
	struct lw_mono step_since, due;
	/** when the next look would be due by polling alone, when with a quiet line; and how soon
	 * an interrupt may bring it about, for one that lasts comes again and again */
	struct lw_mono looked, paced, safety, soonest;
	struct lw_mono now;         /**< of the run under way */
	struct lw_mono began;       /**< when it was identified or got new wants */
	struct lw_mono changed;     /**< when a watch last saw something new */
	struct lw_mono who;         /**< when it was last compared with what is known of it */
	uint64_t doubted;           /**< digest of an identity whose checksums were wrong, else 0 */
	uint64_t looked_at;         /**< digest of a look that is not believed yet, else 0 */
	unsigned looks;             /**< such looks in a row */
	unsigned tries;             /**< failed rounds since the last success */
	unsigned nacks;             /**< refused accesses in a row */
	unsigned turn;              /**< what is being read; see read.c */
	unsigned read_n, read_done; /**< blocks of this turn: asked for, and read before */
	uint8_t again;              /**< what this turn reads a second time; see read.c */
	bool differs;               /**< what it compared is other than before */
	struct lw_mono late_since;  /**< when the wait began that `late_lanes` outlived */
	struct lw_mono late_limit;  /**< what that wait was given */
	uint32_t late_lanes;        /**< host lanes that may yet come up by themselves, or 0 */
	uint64_t seed;              /**< of its pauses: set by who runs many alike */
	uint8_t line;               /**< enum lw_line */
	uint8_t missed;             /**< waits in a row whose end the line did not tell */
	uint8_t scouting;           /**< 1 + the wait it looks closely at for others, or 0 */
	uint8_t doubting;           /**< a step is doubted and being looked into, or 0 */
	bool written;               /**< the present step is, and is to be read back */
	bool was_absent;            /**< nobody answered the last time */
	bool doubt;                 /**< it may be another one now: look who it is */
	bool nudged;                /**< somebody says that there may be something to see */
	bool used;                  /**< something was wanted of it since it was identified */
	/** media lanes whose flag the previous watch saw */
	uint32_t los_before, lol_before, fault_before;
	struct lw_error last_error; /**< why it is absent or backs off; code 0: no bus error */
};

/** The way to the module that honours its quirks, for other procedures; valid as long as `m`. */
LW_API struct lw_bus *lw_module_bus(struct lw_module *m);

/** Honour the module's quirks but for `off` (borrowed) from now on, see lw_quirk_find(). */
LW_API void lw_module_quirks(struct lw_module *m, const char *off);

/** Prepare; touches nothing until the first run. `bus` is borrowed. */
LW_API void lw_module_init(struct lw_module *m, struct lw_bus *bus);

/**
 * Replace what is wanted; carried out from the next run on. Links whose lanes and application do
 * not change are not disturbed; what is wanted already changes nothing.
 * @return 0 or LW_EINVAL (too many, lanes overlap or leave the bank)
 */
LW_API int lw_module_want(struct lw_module *m, const struct lw_want *want, size_t n,
			  struct lw_error *reterr);

/**
 * Have the data path of want `i` initialised afresh, from the next run on: no other lane is
 * touched, nor is anything done when that cannot be had.
 * @return whether it will be done
 */
LW_API bool lw_module_restart(struct lw_module *m, size_t i, struct lw_mono now);

/**
 * The AppSel of a CMIS data path that is activated on exactly these host lanes, as last read; 0 if
 * there is none.
 */
LW_API unsigned lw_module_running(const struct lw_module *m, unsigned first, unsigned lanes);

/** Something around the module changed: look at it at the next run, and closely for a while. */
LW_API void lw_module_poke(struct lw_module *m, struct lw_mono now);

/**
 * The interrupt line of the module's cage is there and quiet, or asserted; call it once before the
 * first run and at every change. With a line a wait of a paged CMIS module ends when the module
 * says so, and it is looked at rarely meanwhile. A line that fails to tell twice is not believed
 * until the module is identified again.
 */
LW_API void lw_module_line(struct lw_module *m, enum lw_line line, struct lw_mono now);

/** Does the module tell by its line of what happens? Then there is no need to look without one. */
LW_API bool lw_module_tells(const struct lw_module *m);

/** Something suggests that a module at rest is worth a look before its time: at the next run, but
 * not more often than by polling. For modules that lw_module_tells() is true of. */
LW_API void lw_module_nudge(struct lw_module *m, struct lw_mono now);

/** A module was plugged: it is identified LW_MODULE_SOAK_MS from now, and brought to its wants. */
LW_API void lw_module_plugged(struct lw_module *m, struct lw_mono now);

/** The module was pulled: forget what it said. It is not looked for until lw_module_plugged(). */
LW_API void lw_module_gone(struct lw_module *m, struct lw_mono now);

/**
 * Another procedure has the module now: it is not to be run until lw_module_take_back().
 * @param why  (constant) what it reports of its links meanwhile, which are down; NULL: as before
 */
LW_API void lw_module_lend(struct lw_module *m, const char *why, struct lw_mono now);
/**
 * That is over: who it is and how it stands is read at the next run. A module that was pulled or
 * plugged meanwhile goes its own way.
 * @param anew  it began anew: as if it was plugged now
 */
LW_API void lw_module_take_back(struct lw_module *m, bool anew, struct lw_mono now);

/**
 * Read who a module is, once, into m->memory and m->facts: at most five block reads, with its
 * quirks honoured from then on. Nothing is written, whatever its state. lw_module_run() does this
 * by itself; alone it serves those who control a module by hand.
 * @param m  after lw_module_init()
 * @return 0; the bus's error; LW_ENOTSUP for an identifier of no known map
 */
LW_API int lw_module_identify(struct lw_module *m, struct lw_error *reterr);

/** Do what is due. @return when to run again */
LW_API struct lw_mono lw_module_run(struct lw_module *m, struct lw_mono now);

/**
 * Identify the module and plan, but write nothing: m->plan then holds what would be done.
 * @return false once the plan stands; true while the module cannot be read yet
 */
LW_API bool lw_module_preview(struct lw_module *m, struct lw_mono now);

/**
 * What the module's refusal means and what follows from it (CMIS Table 8-101): a plain reason, and
 * whether trying again soon can help. It is tried again in any case, with growing pauses: up to a
 * minute, or from half a minute up to an hour where the module has nothing to change its mind
 * about.
 */
struct lw_refusal {
	uint8_t code;
	const char *reason, *next;
	bool slow;
};
/** @return the row for a ConfigStatus code, NULL for success, undefined and in progress */
LW_API const struct lw_refusal *lw_refusal_find(unsigned config_status);

#endif
