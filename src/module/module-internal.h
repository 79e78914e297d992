/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MODULE_INTERNAL_H
#define LW_MODULE_INTERNAL_H

#include "module-numbers.h" /* generated from data/module.csv */
#include <lanewise/module.h>

/** Where a field starts on the bus (bank 0). */
struct lw_addr lw_field_addr(const struct lw_field *f);

/*
 * A busy module refuses one of several reads, perhaps just because the page changed (CMIS B.2), and
 * all of them are asked for again a moment later. A turn remembers how many it has: those are not
 * read twice, or a module that refuses each first access to a page could never be read.
 */
enum lw_turn {
	LW_TURN_LOOK = 1,
	LW_TURN_WATCH,
	LW_TURN_CHECK,
	LW_TURN_STEP /* and on: one for each step */
};
/* What a turn reads a second time, before it is believed (m->again): once it does, it does so when
 * it is gone on with as well. */
enum lw_again {
	LW_AGAIN_BANKS = 0x0f, /**< a bit for each bank: states of data paths */
	LW_AGAIN_STATE = 0x10, /**< all that plans are made from */
	LW_AGAIN_WHO = 0x20,   /**< the identity */
};

/** Begin a turn, or go on with it if it is the same as before. */
void lw_turn_begin(struct lw_module *m, unsigned turn);
/** What was read is used, or out of date. */
void lw_turn_end(struct lw_module *m);

/** Read bytes first..last of a slot into m->memory, as polls if `poll`. */
int lw_module_read(struct lw_module *m, unsigned slot, unsigned first, unsigned last, bool poll,
		   struct lw_error *reterr);
/** The same of one bank; banks that a slot does not have are not asked for. */
int lw_module_read_bank(struct lw_module *m, unsigned bank, unsigned slot, unsigned first,
			unsigned last, bool poll, struct lw_error *reterr);

/** Try long reads again: that they broke off may have been a passing fault of the bus. */
void lw_module_relearn(struct lw_module *m);

/** Read what its controls and data paths say now into m->state: at most two block reads and two
 *  for each bank. */
int lw_module_read_state(struct lw_module *m, struct lw_error *reterr);

/** Read the states of the data paths of a bank alone: one poll. */
int lw_module_read_states(struct lw_module *m, unsigned bank, struct lw_error *reterr);

/** Read the state of the module and the flags beside it, all of lower memory: one poll. */
int lw_module_read_flags(struct lw_module *m, struct lw_error *reterr);

/** One lane's raw number from m->memory, 0 if not there; lanes count through the banks. */
unsigned lw_module_get(const struct lw_module *m, unsigned id, unsigned lane);

/** The whole byte of m->memory at which a lane of a field starts. */
uint8_t lw_module_byte(const struct lw_module *m, unsigned id, unsigned lane);

/**
 * Read flags and states of all wanted links and bring m->report up to date.
 * @param down         host lanes that are being taken down: their links' health stays as it is
 * @param ret_changed  set when anything is other than the look before; else left alone
 * @param ret_broken   set when a link that was up is no longer; else left alone
 */
int lw_module_watch(struct lw_module *m, struct lw_mono now, uint32_t down, bool *ret_changed,
		    bool *ret_broken, struct lw_error *reterr);

/** The plan from m->state to what is wanted now. */
int lw_module_missing(const struct lw_module *m, struct lw_plan *ret, struct lw_error *reterr);
/** Would that plan write anything? */
int lw_module_needs(const struct lw_module *m, bool *ret, struct lw_error *reterr);
/** The controls of the maps before CMIS, as in m->memory; other parts of `ret` are left alone. */
void lw_module_controls(const struct lw_module *m, struct lw_module_state *ret);

/**
 * Nothing protects the bytes on a bus. @return whether the checksums of the identity are right, or
 * were as wrong when it was read before.
 */
bool lw_module_believes(struct lw_module *m);

/** Is it the module that was identified? At most three block reads; m->memory then has what was
 * read.
 */
int lw_module_still(struct lw_module *m, bool *ret, struct lw_error *reterr);

/** The pause after refusal `tries` (from 1) of the slow kind; modules differ by their seeds. */
struct lw_mono lw_refusal_pause(unsigned tries, uint64_t seed);

/** The longest that wait step `s` is given: what is advertised, or a quirk or experience knows. */
struct lw_mono lw_pace_limit(const struct lw_module *m, const struct lw_step *s);
/** Wait step `s` is given up: what it waits for may yet come. */
void lw_pace_give_up(struct lw_module *m, const struct lw_step *s);
/** The lanes of a wait that was given up are up at last. */
void lw_pace_late(struct lw_module *m, struct lw_mono now);

/* line.c */
/** Is there a line that this kind of module can be believed to use? Needs m->facts. */
bool lw_line_is_of_use(const struct lw_module *m);
/** Read what the line may be asserted for beside states and flags of lanes: flags of the module,
 *  and of pages that its summary names. */
int lw_line_read(struct lw_module *m, struct lw_error *reterr);
/**
 * When to look next, from now on.
 * @param paced   by polling
 * @param safety  with a line that is quiet
 * @param pause   at least so long when the line is asserted meanwhile
 */
struct lw_mono lw_line_due(struct lw_module *m, struct lw_mono paced, struct lw_mono safety,
			   struct lw_mono pause, struct lw_mono now);
/** The end of a wait, or a path that ended, was found: did the line tell? */
void lw_line_judge(struct lw_module *m, struct lw_mono now);

/* plan-masks.c: masks as the line needs them; nothing where there is none. */
/**
 * Let state changes interrupt, and the loss of light and lock of lanes that are `starting` (media
 * lanes) not: their far ends are dark, as long as they start.
 * @param lit  media lanes that shall transmit
 */
void lw_plan_hush(struct lw_plan *p, const struct lw_module_state *now, unsigned banks,
		  uint32_t lit, uint32_t starting);
/** Let the loss of light and lock of the wanted lanes interrupt, at the end of the same plan. */
void lw_plan_unhush(struct lw_plan *p, const struct lw_module_state *now, unsigned banks,
		    uint32_t lit, uint32_t starting);
/** Append a write of `n` bytes at a field in a bank. */
struct lw_step *lw_plan_write(struct lw_plan *p, const struct lw_field *f, unsigned bank,
			      const uint8_t *data, unsigned n, uint32_t lanes, const char *why);

/** When wait step `s` shall be looked at though the line is quiet; later than `now`. */
struct lw_mono lw_pace_safety(const struct lw_module *m, const struct lw_step *s,
			      struct lw_mono now);
/** How long an interrupt is not followed after a look that found wait step `s` not done. */
struct lw_mono lw_pace_pause(const struct lw_module *m, struct lw_mono now);
/** Does the end of wait step `s` raise the interrupt? */
bool lw_pace_told(const struct lw_step *s);

/** When wait step `s` shall be looked at next; later than `now`. */
struct lw_mono lw_pace_next(struct lw_module *m, const struct lw_step *s, struct lw_mono now);
/** Wait step `s` was found done: remember how long it took. */
void lw_pace_learn(struct lw_module *m, const struct lw_step *s, struct lw_mono now);
/** The wait is over or given up. */
void lw_pace_leave(struct lw_module *m);

/** A step was written: the state that it leads to. Of CMIS: controls of other maps are read back.
 */
void lw_state_wrote(struct lw_module_state *s, const struct lw_facts *facts,
		    const struct lw_step *step);
/**
 * Is what was written, or accepted, no longer there? Then the module began anew.
 * @param accepted  look at what was accepted too: it may change while a refusal is given
 */
bool lw_state_forgotten(const struct lw_module_state *before, const struct lw_module_state *now,
			bool accepted);

/** A number, never 0, that is another one when what a plan is made from is other than before. */
uint64_t lw_state_digest(const struct lw_module_state *s);

/** Are all lanes of `w` activated with its application? */
bool lw_plan_runs(const struct lw_module_state *now, const struct lw_want *w);
/** Does the data path of `w` have its lanes for itself, as it is configured now? */
bool lw_plan_apart(const struct lw_module_state *now, const struct lw_want *w);
/** Plan for a module that is not admitted: low power, unless it is found carrying data. */
void lw_plan_hold(const struct lw_facts *facts, const struct lw_module_state *now,
		  struct lw_plan *ret);

/** Give report i a new health; keeps `since` when nothing changed. @return whether it changed */
bool lw_report_set(struct lw_module *m, size_t i, enum lw_dp_health health, const char *reason,
		   const char *next, struct lw_mono now);

/** Identify it where that is not known, read its state, and plan: the phases before work (look.c).
 */
struct lw_mono lw_module_do_look(struct lw_module *m, struct lw_mono now);
/** Carry out steps of the plan until one has to be waited for (work.c). */
struct lw_mono lw_module_do_work(struct lw_module *m, struct lw_mono now);
/** Look at the links; go back to planning when one is due or something is not as wanted (rest.c).
 */
struct lw_mono lw_module_do_watch(struct lw_module *m, struct lw_mono now);

/** Go to a phase that is due after `pause`. @return when */
struct lw_mono lw_module_pause(struct lw_module *m, struct lw_mono now, enum lw_module_phase phase,
			       struct lw_mono pause);
/** The bus failed: go on, look for the module or begin afresh, as the error has it. @return when */
struct lw_mono lw_module_lost(struct lw_module *m, struct lw_mono now, const struct lw_error *e);
/** The pause after so many failures in a row. */
struct lw_mono lw_module_backoff(unsigned tries);

#endif
