/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_H
#define LW_TWIN_H

#include <lanewise/bus.h>
#include <lanewise/image.h>
#include <lanewise/pmd.h>

/**
 * @file
 * Twins: virtual modules in virtual cages, joined by virtual cables. A twin behaves as the standard
 * draws the module; it shares data (maps, catalogue) with the host side but no behaviour.
 *
 * Everything lives in a *world* with one clock, which only lw_world_advance() moves. A twin is a
 * bus (lw_twin_bus()), the host's electrical lanes are lw_twin_drive() and lw_twin_receive(). Same
 * seed and same calls give the same bytes. Not thread-safe: one world, one thread.
 */

struct lw_world;
struct lw_twin;

LW_API int lw_world_create(uint64_t seed, struct lw_world **ret, struct lw_error *reterr);
/** Frees the world with all its twins; accepts NULL. */
LW_API void lw_world_destroy(struct lw_world *w);

/** Run everything due up to and including `now`; time never goes back. */
LW_API void lw_world_advance(struct lw_world *w, struct lw_mono now);
/** When the next thing happens by itself, LW_NEVER if nothing is under way. */
LW_API struct lw_mono lw_world_next(const struct lw_world *w);
LW_API struct lw_mono lw_world_now(const struct lw_world *w);

/** Durations that can be set one by one. */
enum lw_twin_duration {
	LW_TWIN_MGMT_INIT,
	LW_TWIN_PWR_UP,
	LW_TWIN_PWR_DN,
	LW_TWIN_DP_INIT,
	LW_TWIN_DP_DEINIT,
	LW_TWIN_TX_ON,
	LW_TWIN_TX_OFF,
	LW_TWIN_CONFIG, /**< ConfigInProgress */
	LW_TWIN_DURATIONS,
};

struct lw_twin_options {
	const struct lw_image *image; /**< power-on memory, copied; NULL: made from `part` */
	const struct lw_part *part;   /**< what light and lanes it has; needed, borrowed */
	bool lpmode_pin; /**< LowPwrRequestHW (LPMode) asserted by the host at power-up */
	/** the form factor has no such pin: it counts as asserted for good (CMIS 5.4 5.1) */
	bool no_lpmode_pin;
	/** actual durations as percent of the advertised maximum; 0 means 60 */
	unsigned duration_percent;
	/** the same for one duration; 0: as all others. Above 100 the module breaks its promise. */
	unsigned percent_of[LW_TWIN_DURATIONS];
	/** each of these durations differs by up to so many percent either way, drawn from the
	 * world's seed, its time and the twin */
	unsigned jitter_percent;
	/** refuse accesses while a write or a change of page is under way (tWRITE, tWRITENV, tBPC)
	 */
	bool access_times;
	/** refuse CDB firmware commands, and keep the user page, until a password was entered */
	bool locked;
	/** hours that the lasers have shone before, at their reference temperature */
	double age_hours;
	int tag; /**< the caller's own number, see lw_twin_tag() */
	/** longest read, 0: 128. Some modules take no more than 8 bytes. */
	unsigned read_max;
};

/**
 * Plug a twin into a cage of its own; it powers up at the world's present time.
 * @param name  copied; used in messages
 * @param ret   owned by the world, until lw_world_remove()
 * @return 0; LW_EINVAL (no part); LW_ENOTSUP (its map has no twin); LW_ENOMEM
 */
LW_API int lw_world_plug(struct lw_world *w, const char *name, const struct lw_twin_options *opt,
			 struct lw_twin **ret, struct lw_error *reterr);

/**
 * Take a twin out of the world for good and free it: its joins and neighbours part, its bus and
 * events are gone. Not during a call of its own bus.
 */
LW_API void lw_world_remove(struct lw_world *w, struct lw_twin *t);

/** The twin's management bus; borrowed, valid as long as the twin. */
LW_API struct lw_bus *lw_twin_bus(struct lw_twin *t);

/**
 * Read as a bus master does that knows one byte of address and nothing of pages: byte 127 (CMIS
 * with 126) says which page lies behind bytes 128-255, an unsupported one shows page 00h and reads
 * back as 00h, and behind the last byte of a half comes its first (CMIS 5.4 5.2, 8.2.15; SFF-8636
 * 2.11 6.2.11), or with auto paging the next page of the extended payload (CMIS 5.4 Table 8-55).
 * What lw_twin_bus() addresses leaves that selection alone.
 * @param n  1-128
 * @return as lw_bus_read()
 */
LW_API int lw_twin_wire_read(struct lw_twin *t, uint8_t i2c, uint8_t byte, uint8_t *ret, size_t n,
			     struct lw_error *reterr);
/** The same for writing; bank and page select take effect. @return as lw_bus_write() */
LW_API int lw_twin_wire_write(struct lw_twin *t, uint8_t i2c, uint8_t byte, const uint8_t *p,
			      size_t n, struct lw_error *reterr);
LW_API const char *lw_twin_name(const struct lw_twin *t);
LW_API int lw_twin_tag(const struct lw_twin *t);
/** Banks that its pages lie in, 1-4: those of its lanes or, if more, of its CDB instances. */
LW_API unsigned lw_twin_banks(const struct lw_twin *t);

/** What a lane carries, electrically (host side). All zero: nothing. */
struct lw_signal {
	uint32_t baud_kbd;
	enum lw_modulation modulation;
	/** who sent it and which of the sender's host lanes it is; set by the world */
	const struct lw_twin *from;
	uint8_t from_lane;
	/** FEC code of the data, as configured at its sending host; a name, borrowed, must stay
	 * valid */
	const char *fec;
	/** expected ratio of wrong bits, noise left out, before the receiving host corrects any;
	 * set by lw_twin_receive(). lw_fec_holds() says whether a code copes with it. */
	double ber;
};

/** The host drives its Tx lane `lane` (0-based) of this cage, or stops (`s` NULL). */
LW_API void lw_twin_drive(struct lw_twin *t, unsigned lane, const struct lw_signal *s);
/**
 * What the host's Rx lane gets now.
 * @param ret  filled only when true is returned
 * @return true if there is a valid signal
 */
LW_API bool lw_twin_receive(const struct lw_twin *t, unsigned lane, struct lw_signal *ret);
/**
 * The number of the last change of what the twin sends or makes of what it receives; changes are
 * counted throughout the world. While those of a twin and of its partners stay as they are,
 * lw_twin_receive() gives the same answers.
 */
LW_API uint64_t lw_twin_changed(const struct lw_twin *t);

/**
 * A twin whose host may receive something else than when lw_world_changed() last returned it; each
 * is told once, in no order that means anything. After a change of light, of what a far host
 * drives, of a join or a fault; what is told may turn out to be the same as before.
 * @return NULL: no more
 */
LW_API struct lw_twin *lw_world_changed(struct lw_world *w);

/** How a media lane (or a copper pair) gets from one twin to another. */
struct lw_join {
	enum lw_medium medium; /**< what lies between */
	double loss_db;        /**< one way, at one lane */
};

/**
 * Join media lane `la` of `a` with `lb` of `b`, both directions; for cables with fixed ends (parts
 * with `far`), host lane to host lane. A lane has one partner; joining again replaces it. `join`
 * NULL takes the join away.
 * @return 0; LW_EINVAL when a lane does not exist or both ends are one lane
 */
LW_API int lw_world_join(struct lw_world *w, struct lw_twin *a, unsigned la, struct lw_twin *b,
			 unsigned lb, const struct lw_join *join, struct lw_error *reterr);

/** The air that reaches this cage from now on; without a call that of data/twin.csv. A speed below
 *  that of free convection counts as that. */
LW_API void lw_twin_air(struct lw_twin *t, double inlet_degc, double speed_m_s);

#define LW_NEIGHBOURS 8 /* of a cage, at most */
/**
 * Put the cages of `a` and `b` side by side: each warms the other from now on.
 * @return 0, also when they were neighbours already; LW_EINVAL for itself or too many
 */
LW_API int lw_world_neighbour(struct lw_world *w, struct lw_twin *a, struct lw_twin *b,
			      struct lw_error *reterr);

enum lw_fault {
	LW_FAULT_UNPLUG, /**< module pulled; cleared: plugged again, powers up afresh */
	LW_FAULT_CUT,    /**< fibre of media lane(s) cut, both directions */
	LW_FAULT_DARK,   /**< laser of media lane(s) dead */
	LW_FAULT_REJECT, /**< every application for host lane(s) is rejected with ConfigRejected */
	LW_FAULT_STUCK_INIT, /**< data path of host lane(s) never leaves DPInit */
	LW_FAULT_NACK,       /**< every access is refused */
	LW_FAULT_HOT,        /**< case temperature above its high alarm */
	LW_FAULT_MODULE, /**< the module finds itself broken: ModuleFault (CMIS), Tx fault (SFF) */
	LW_FAULT_NACK_BURST, /**< accesses are refused in bursts */
	LW_FAULT_STUCK_BUS,  /**< every access times out */
	LW_FAULT_SHORT,      /**< reads of more than one byte break off */
	LW_FAULT_CORRUPT,    /**< now and then a read brings a wrong bit */
	LW_FAULT_LATE,       /**< the next start takes far longer than it may */
	LW_FAULT_RESET,      /**< the module resets itself, once, when this comes */
	LW_FAULT_FLAG_STORM, /**< every flag comes, and comes again when it was read */
	LW_FAULT_RUNAWAY,    /**< the module grows hotter until it gives up */
	LW_FAULT_AGED,     /**< lasers of media lane(s) at the end of life: more bias, less light */
	LW_FAULT_FLAP,     /**< light of media lane(s) comes and goes */
	LW_FAULT_CHECKSUM, /**< the checksum of the identity page is wrong */
	LW_FAULT_REJECT_CUSTOM, /**< as REJECT, but with a code that only the vendor knows */
	LW_FAULT_N,
};

/** "unplug", "cut", "stuck-init", "nack-burst" and so on: see docs/design/twin.md; NULL if unknown.
 */
LW_API const char *lw_fault_name(enum lw_fault f);
LW_API int lw_fault_find(const char *name); /**< -1 if unknown */

/** Switch a fault on or off from now on; `lanes` is a bit mask, ignored by whole-module faults. */
LW_API void lw_twin_fault(struct lw_twin *t, enum lw_fault f, uint32_t lanes, bool on);

/**
 * Change one of the options that a module behaves by, from now on; it stays until the twin is
 * removed. Names: "duration", "mgmt-init", "pwr-up", "pwr-dn", "dp-init", "dp-deinit", "tx-on",
 * "tx-off" and "config" (percent of what is advertised; 0: the default, or as all others),
 * "jitter" (percent), "access-times", "locked" (0 or 1), "read-max" (bytes, 0: 128), "age-hours"
 * (hours that its lasers have shone, at their reference temperature; they go on from there).
 * @return 0; LW_ENOENT (no such name), LW_EINVAL (value)
 */
LW_API int lw_twin_option_set(struct lw_twin *t, const char *name, unsigned value,
			      struct lw_error *reterr);

/** One change of a CMIS module, data path or network path state, as it happened. */
struct lw_twin_event {
	struct lw_mono at;
	int8_t lane;   /**< host lane, -1: the module state changed */
	uint8_t state; /**< CMIS code of the new state; 0: module in reset or starting (no code) */
	bool network;  /**< it is the state of the network path of this lane (CMIS 5.4 7.6) */
};
/**
 * Every state change since power-up, oldest first; borrowed until the twin is next touched. When
 * memory runs out the newest are missing.
 */
LW_API const struct lw_twin_event *lw_twin_events(const struct lw_twin *t, size_t *ret_n);

/** How long a module is out of its cage when it is replugged, unless it is said (data/twin.csv). */
LW_API struct lw_mono lw_twin_replug_time(void);
/** Loss of a dirty connector in dB, unless it is said (data/twin.csv). */
LW_API double lw_twin_dirt_db(void);

/** Pins of the cage. LowPwrRequestHW true = asserted; reset true = held in reset. */
LW_API void lw_twin_pin_lpmode(struct lw_twin *t, bool asserted);
LW_API void lw_twin_pin_reset(struct lw_twin *t, bool asserted);
/** SFP cages: TX_DISABLE, and the rate selects RS0 (receiver) and RS1 (transmitter); true = high. A
 *  module that has no such pin does not feel them. */
LW_API void lw_twin_pin_tx_disable(struct lw_twin *t, bool high);
LW_API void lw_twin_pin_rate(struct lw_twin *t, bool rs0, bool rs1);
/** SFP cages: the outputs RX_LOS and TX_FAULT, true = high; both are high while nothing is plugged,
 * and false for a module that has no such output. */
LW_API bool lw_twin_rx_los(const struct lw_twin *t);
LW_API bool lw_twin_tx_fault(const struct lw_twin *t);
/** Is it plugged? What its presence pin shows. */
LW_API bool lw_twin_present(const struct lw_twin *t);
/** The interrupt output: true while some unmasked flag is set. */
LW_API bool lw_twin_interrupt(const struct lw_twin *t);
/**
 * A twin whose interrupt output is other than when lw_world_interrupts() last returned it (at
 * first: than deasserted), in no order that means anything. What came and went since is not told.
 * @return NULL: no more
 */
LW_API struct lw_twin *lw_world_interrupts(struct lw_world *w);

#endif
