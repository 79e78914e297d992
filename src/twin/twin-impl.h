/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_IMPL_H
#define LW_TWIN_IMPL_H

#include "herd.h"
#include "memory.h"
#include "twin-tables.h"
#include <lanewise/interface.h>
#include <lanewise/twin.h>

/**
 * @file
 * Inside of worlds and twins. A twin is driven by its world: everything that can change it (time,
 * an access, a pin, a fault, its neighbour's light) ends in one call of `kind->run()`, which brings
 * it to what it must be at the world's present time and says when it wants to be called again.
 */

#define LW_TWIN_LANES 32 /* most that a module can have: 4 banks */
#define LW_BANK_LANES 8

/** `n` lanes from `first` as a mask. */
static inline uint32_t lw_lanes(unsigned first, unsigned n)
{
	return (n < 32 ? (UINT32_C(1) << n) - 1 : UINT32_MAX) << first;
}

/** A condition that shows with a delay, and only if it lasts. */
struct lw_delay {
	bool now, shown;
	struct lw_mono due; /**< when `shown` becomes `now`; LW_NEVER if they are equal */
};

/**
 * Host lanes that are served by media lanes as one whole: a CMIS data path, or the fixed lanes of
 * an SFF module. The lanes of both sides run in parallel: lane k of m hosts is fed by media k * n /
 * m.
 */
struct lw_group {
	uint8_t host_first, host_lanes, media_first, media_lanes;
	uint8_t pmd_first;                /**< lane of `pmd` that media_first is */
	const struct lw_interface *host;  /**< NULL: carries whatever comes */
	const struct lw_interface *media; /**< NULL: see pmd */
	/** the same of the receiving direction; filled by lw_light_group() when NULL */
	const struct lw_interface *rx_host, *rx_media;
	const struct lw_pmd *pmd;       /**< NULL: sealed cable, or not catalogued */
	const struct lw_light_row *row; /**< how it shines; filled by lw_light_group() */
};

struct lw_host_lane {
	struct lw_signal in;       /**< what the host drives; baud 0 if nothing */
	struct lw_delay lost;      /**< input LOS */
	struct lw_delay squelched; /**< input lost for so long that the media output is muted */
	int8_t group;              /**< -1: lane unused */
};

/** What a media lane of the connector is joined to. */
struct lw_outside {
	struct lw_twin *far; /**< NULL: nothing */
	uint8_t far_lane;    /**< of its connector */
	struct lw_join join;
};

/* Lanes of the connector reach those behind it through `host_map` and `media_map`; everything else
 * is about the lanes behind. */
struct lw_media_lane {
	struct lw_twin *far; /**< partner, NULL if none */
	uint8_t far_lane;
	struct lw_join join;
	struct lw_delay los, lol;
	int8_t group; /**< -1: lane unused */
	/** what the partner was last told of: it is woken when that changes */
	bool sent;
	uint32_t sent_kbd;
	double sent_dbm;
	/* The laser (heat.c); it changes at events only. */
	const struct lw_light_row *row;    /**< how the lane shines now; NULL: no light */
	const struct lw_light_row *driven; /**< what the numbers below are of */
	double hours;                      /**< of light, at the reference temperature */
	double bias_ma;
	double drift_db; /**< light that it lacks since its current is at its limit, at most 0 */
	double drift_pm; /**< of its wavelength */
	double tuned_pm; /**< where a tunable laser stands; 0: as its PMD */
	/** fastest lane rate that rate select lets through, as told to an SFF module; 0: any */
	uint32_t rx_max_kbd, tx_max_kbd;
	bool asked;       /**< the host asks for an output power ... */
	double asked_dbm; /**< ... of this */
};

/** A cage's air and the temperature of the case. */
struct lw_heat {
	double air_degc, air_m_s;
	double watts;              /**< that the module takes now */
	double from_degc, to_degc; /**< the case heads for `to_degc`, since `since` */
	struct lw_mono since;
	unsigned near_n;
	struct lw_twin *near[LW_NEIGHBOURS];
};

#define LW_MEMOS 64
/** What a receiver last made of which light (quality.c). */
struct lw_memo {
	const struct lw_light_row *sender, *own;
	const struct lw_pmd *pmd;
	enum lw_modulation modulation;
	uint32_t baud_kbd;
	double dbm, snr_db, ber;
	bool known;
};

/** Light (or the signal on a sealed pair) as it leaves or reaches a media lane. */
struct lw_light {
	bool power;  /**< there is any */
	double dbm;  /**< average power; meaningful unless `sealed` */
	bool sealed; /**< inside a cable: no medium, wavelength or power to speak of */
	const struct lw_light_row *row; /**< its sender's; NULL if not known or sealed */
	enum lw_medium medium;
	uint32_t low_pm, high_pm; /**< wavelength window; 0 if it has none */
	double drift_pm;          /**< of the laser inside or out of the window */
	uint32_t baud_kbd;        /**< 0: carries nothing that a receiver can lock to */
	enum lw_modulation modulation;
};

struct lw_twin_kind {
	size_t size; /**< of the whole object */
	/** banks of 8 lanes that it has by its image; NULL: 1 */
	unsigned (*banks)(const struct lw_image *img);
	/** slots that it has even if its image lacks them; NULL: none. @return how many of `ret` */
	size_t (*slots)(const struct lw_image *img, struct lw_extra ret[LW_SLOTS_MAX]);
	void (*power_on)(struct lw_twin *t); /**< plugged in, memory reset, at the world's time */
	struct lw_mono (*run)(struct lw_twin *t); /**< @return when to run again, later than now */
	bool (*answers)(const struct lw_twin *t); /**< does it acknowledge an access now? */
	/** before a read: bring what moves by itself up to date; nullable, as those below. The bank
	 * of a slot that is not banked is 0. */
	void (*refresh)(struct lw_twin *t, unsigned bank, int slot, unsigned first, size_t n);
	/** a read cleared set flags of `slot`. @return when those that hold show again */
	struct lw_mono (*flags_read)(struct lw_twin *t, int slot);
	void (*written)(struct lw_twin *t, unsigned bank, int slot, unsigned first,
			const uint8_t *p, size_t n);
	bool (*interrupt)(const struct lw_twin *t);
	bool (*rx_los)(const struct lw_twin *t);       /**< NULL: no such output */
	bool (*tx_fault)(const struct lw_twin *t);     /**< the same */
	double (*alarm_degc)(const struct lw_twin *t); /**< its high alarm; 0: it tells none */
	bool (*high_power)(const struct lw_twin *t);   /**< NULL: never */
	enum lw_twin_number low_power;                 /**< most that it takes otherwise, in W */
	/** writes have no effect now */
	bool (*guarded)(const struct lw_twin *t, unsigned bank, int slot);
	bool (*lasts)(int slot); /**< what a host writes there outlives everything; NULL: nothing */
	/** does a write to this slot go to all banks now? */
	bool (*broadcasts)(const struct lw_twin *t, int slot);
	void (*reset)(struct lw_twin *t); /**< by itself; NULL: as if powered up */
	/** how long accesses are refused after such a write; a limit of data/twin.csv */
	enum lw_twin_number (*write_time)(const struct lw_twin *t, unsigned bank, int slot);
	void (*finish)(struct lw_twin *t); /**< free what it owns beside its memory */
};

/** Is a twin in the world's list of those whose hosts may receive something else? */
enum lw_told {
	LW_TOLD_NOT,
	LW_TOLD_SELF, /**< its own host may */
	LW_TOLD_ALL,  /**< and those of its partners, which are not in the list yet */
};

struct lw_twin {
	struct lw_bus bus; /* first: a bus is its twin */
	struct lw_world *world;
	bool alone; /**< see lw_herd_take() */
	const struct lw_twin_kind *kind;
	const struct lw_part *part;
	char *name;
	uint32_t id;
	struct lw_twin_options opt; /**< without image and part, which are not kept */
	uint64_t accesses;          /**< ever tried: what faults of the bus count */
	struct lw_mono hold;        /**< until then every access is refused */
	uint8_t last_page, last_bank;
	struct lw_memory mem;

	bool pin_lpmode, pin_reset, pin_tx_disable, pin_rs[2];
	uint32_t fault[LW_FAULT_N];       /**< lanes, or all ones for the whole module */
	struct lw_mono since[LW_FAULT_N]; /**< when the fault came */
	bool gave_up;                     /**< it ran away until it was far too hot */

	struct lw_mono due;
	size_t place; /**< in the world's queue */
	bool stirred; /**< something around it changed since its last run began */
	bool calm;    /**< nothing did: it runs since it is due */
	uint8_t told; /**< enum lw_told */
	bool line;    /**< the interrupt as it is, as was last told, and whether it is listed */
	bool line_told, line_listed;
	uint8_t lanes;     /**< that it has at most, on either side: loops run over these */
	uint32_t emits;    /**< media lanes whose transmitter is on */
	uint32_t receives; /**< host lanes with a valid output */
	/** what the delays of lanes show, lane by lane: looked at far more often than they move */
	uint32_t los, lol, lost, squelched;
	/* Diagnostics: lanes whose signal is turned round, and who sends patterns. */
	uint32_t loop_far;       /**< media lanes that send back what they receive */
	uint32_t loop_near;      /**< host lanes that receive what they are driven with */
	uint32_t media_loop;     /**< media lanes whose transmitter feeds their own receiver */
	uint32_t host_generates; /**< host lanes that are sent a pattern */
	int8_t pattern[LW_TWIN_LANES]; /**< what media lanes send, -1: no pattern */
	uint8_t group_n;
	struct lw_group group[2 * LW_TWIN_LANES]; /* data paths, network paths */
	const struct lw_light_row *row;           /**< of lanes without a group */
	/** counts what may have changed the light of a lane, or what a lane makes of it; what was
	 * computed in an epoch holds until the next one */
	uint32_t epoch;
	uint64_t changed;                 /**< see lw_twin_changed() */
	uint32_t light_epoch, emit_epoch; /**< of the last look at what arrives, at what leaves */
	struct lw_mono light_due;         /**< when delays are due, in `light_epoch` */
	uint8_t host_map[LW_TWIN_LANES];  /**< lane behind, by host lane of the connector */
	uint8_t media_map[LW_TWIN_LANES]; /**< media lane of the connector, by lane behind */
	struct lw_signal driven[LW_TWIN_LANES];   /**< by host lane of the connector */
	struct lw_outside outside[LW_TWIN_LANES]; /**< by media lane of the connector */
	struct lw_host_lane host[LW_TWIN_LANES];
	struct lw_media_lane media[LW_TWIN_LANES];
	struct lw_heat heat;
	struct lw_memo *memo; /**< by media lane; a memory, so it may change in a const twin */

	struct lw_twin_event *events;
	size_t event_n, event_cap;
};

/** A flag and the mask that keeps it from raising the interrupt (-1: none). */
struct lw_flag {
	uint16_t flag;
	int16_t mask;
};

/** The same for the bits of a byte, so that the line costs a few loads: flags in `bits` of a byte,
 * and the byte whose bits, `shift` places higher, mask them. */
struct lw_flag_byte {
	uint8_t slot, byte, bits;
	uint8_t mask_byte;
	int16_t mask_slot; /**< -1: nothing masks them */
	int8_t shift;
	uint16_t more; /**< entries of the same slot that follow it */
};

/** A twin in the queue, with what orders it: moving entries need not look at the twins. */
struct lw_next {
	struct lw_mono due;
	uint32_t id;
	struct lw_twin *twin;
};

struct lw_world {
	uint64_t seed;
	struct lw_herds herds;          /**< where the twins are */
	struct lw_flag *flag[LW_MAP_N]; /**< by map; found at the first twin that needs them */
	size_t flag_n[LW_MAP_N];
	struct lw_flag_byte *flag_byte[LW_MAP_N]; /**< the same flags, by bytes */
	size_t flag_byte_n[LW_MAP_N];
	struct lw_mono now;
	double wire[LW_COHERENT + 1]; /**< bit error ratio of an electrical lane, by modulation */
	struct lw_mono ages;          /**< when lasers grow older next: not counted as an event */
	struct lw_twin **twin;        /**< in no order */
	struct lw_next *heap;         /**< the same, earliest `due` first */
	struct lw_twin **told;        /**< the first `told_n`: see enum lw_told */
	size_t told_n;
	bool told_spread;       /**< none of them is LW_TOLD_ALL */
	uint64_t changes;       /**< see lw_twin_changed() */
	struct lw_twin **lines; /**< the first `line_n`: their interrupt line may differ */
	size_t line_n;
	struct lw_memo memo[LW_MEMOS]; /**< what any receiver made of light, by a hash */
	size_t n, cap;
	uint32_t next_id; /**< a twin that comes is none of those that went */
};

extern const struct lw_twin_kind lw_kind_cmis, lw_kind_sff8636, lw_kind_sff8472, lw_kind_flat;

/* world.c */
/** Maps or joins of `t` changed: let its lanes, and those of its partners, meet again. */
void lw_twin_rewire(struct lw_twin *t);
struct lw_mono lw_twin_now(const struct lw_twin *t);
/** Have `t` run as soon as the present one returns: something around it changed. */
void lw_twin_poke(struct lw_twin *t);
/** Have `t` run at `at`, if it would not run before. */
void lw_twin_wake(struct lw_twin *t, struct lw_mono at);
/** Hosts of `t` and of its partners may receive something else than before. */
void lw_twin_tell(struct lw_twin *t);
/** Something changed that monitors of lanes show, beside their noise. */
static inline void lw_twin_touch(struct lw_twin *t)
{
	t->epoch++;
	t->changed = ++t->world->changes;
	if (t->told != LW_TOLD_ALL)
		lw_twin_tell(t);
}
/** Set the host lanes with a valid output. */
static inline void lw_twin_set_receives(struct lw_twin *t, uint32_t lanes)
{
	if (t->receives != lanes)
		lw_twin_tell(t);
	t->receives = lanes;
}
/** Run whatever is due now; ends every call from outside that may change a twin (twin 1). */
void lw_world_settle(struct lw_world *w);
/** A number in [-1, 1] of seed, twin, `sample` and `what` alone (twin 2). */
double lw_twin_noise(const struct lw_twin *t, int64_t sample, unsigned what);

/* twin.c */
/** What this twin takes of a time limit. */
struct lw_mono lw_twin_part(const struct lw_twin *t, struct lw_mono limit);
/** The same for a duration that has its own percentage in the options, with jitter. */
struct lw_mono lw_twin_duration(const struct lw_twin *t, enum lw_twin_duration which,
				struct lw_mono limit);
/** The same for time limit `number` of data/twin.csv. */
struct lw_mono lw_twin_duration_of(const struct lw_twin *t, enum lw_twin_duration which,
				   enum lw_twin_number number);
struct lw_mono lw_twin_span(const struct lw_twin *t, enum lw_twin_number number);
struct lw_mono lw_twin_after(const struct lw_twin *t, struct lw_mono span);
/** Power up: memory, lanes and state as new. */
void lw_twin_power_on(struct lw_twin *t);
void lw_twin_event_add(struct lw_twin *t, int lane, uint8_t state, bool network);
int lw_twin_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		 struct lw_error *reterr);
int lw_twin_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		  struct lw_error *reterr);
/** A bus master has selected a page by itself: refuse accesses for the time that takes. */
void lw_twin_page_changed(struct lw_twin *t, uint8_t bank, uint8_t page);
/** Is any flag set whose mask is clear? */
bool lw_twin_unmasked(const struct lw_twin *t);
/** Flags or masks may have changed: note whether the interrupt did. */
void lw_twin_line(struct lw_twin *t);
/** Is any bit of `a` set that is also set in `b`, or with `invert` clear there? */
bool lw_bits_left(const uint8_t a[128], const uint8_t b[128], bool invert);
/** Is any flag of the slot set? */
bool lw_twin_slot_flagged(const struct lw_twin *t, unsigned bank, int slot);
/** Begin `d` as `value`, shown at once. */
void lw_delay_set(struct lw_delay *d, bool value);
/** It is `value` now: show a rise after `up`, a fall after `down`. @return `due` */
struct lw_mono lw_delay_run(struct lw_delay *d, bool value, struct lw_mono up, struct lw_mono down,
			    struct lw_mono now);

/* fault.c */
/** Does a fault of the bus refuse this access? @return 0 or its error */
int lw_fault_access(struct lw_twin *t, struct lw_addr a, bool write, size_t n,
		    struct lw_error *reterr);
/** Spoil what a read of `first`.. of `slot` brought, if a fault says so. */
void lw_fault_spoil(struct lw_twin *t, int slot, unsigned first, uint8_t *p, size_t n);
/** For how long a fault has been on, in seconds; 0 if it is off. */
double lw_fault_age(const struct lw_twin *t, enum lw_fault f);
/** When a fault that moves by itself wants the twin to run again; LW_NEVER if none does. */
struct lw_mono lw_fault_due(const struct lw_twin *t);
/** From where on the module is too hot. */
double lw_fault_alarm_degc(const struct lw_twin *t);
/** Let a module that runs away give up in the end; before each run. */
void lw_fault_run(struct lw_twin *t);
/** Is the module broken as a whole? */
bool lw_fault_broken(const struct lw_twin *t);
/** Media lanes that a fault keeps dark now. */
uint32_t lw_fault_dark(const struct lw_twin *t);
/** Set every flag that the module has, if a fault says so. */
void lw_fault_storm(struct lw_twin *t);

/* light.c */
/** Forget all groups; lanes are unused. */
void lw_light_ungroup(struct lw_twin *t);
/** Add a group of host and media lanes. The media lanes of a sealed cable are its pairs: its host
 * lanes, unless a gearbox puts several of them on one. */
void lw_light_group(struct lw_twin *t, const struct lw_group *g);
/** The electrical interface that carries `rate_mbps` over `lanes` lanes; NULL if none is coded. */
const struct lw_interface *lw_light_interface(uint32_t rate_mbps, unsigned lanes);
/** How media lane `lane` shines: by its PMD, or by the PMD's medium; NULL when it has no light. */
const struct lw_light_row *lw_light_row(const struct lw_twin *t, unsigned lane);
/** The PMD that media lane `lane` is part of now, or else the part's; NULL if not catalogued. */
const struct lw_pmd *lw_light_pmd(const struct lw_twin *t, unsigned lane);
/** What leaves media lane `lane`. */
void lw_light_leaving(const struct lw_twin *t, unsigned lane, struct lw_light *ret);
/** What reaches the receiver of `lane`, and whether it is bright and of the right colour. */
bool lw_light_arriving(const struct lw_twin *t, unsigned lane, struct lw_light *ret);
/** Would the receiver of `lane` lock to `light`? */
bool lw_light_locks(const struct lw_twin *t, unsigned lane, const struct lw_light *light);
/** Does host lane `lane` bring a signal that this module can take? */
bool lw_light_host_ok(const struct lw_twin *t, unsigned lane);
/** Have the sides of a gearbox unlike codes, so that it ends the one and begins the other? */
bool lw_light_ends_fec(const struct lw_interface *from, const struct lw_interface *to);
/** Note what the delays of all lanes show. */
void lw_light_shown(struct lw_twin *t);
/** Bring the delays of all lanes up to date. @return when the next one is due */
struct lw_mono lw_light_run(struct lw_twin *t, struct lw_mono los, struct lw_mono signal,
			    struct lw_mono squelch);
/** Set which media lanes shine; wakes the partners that see a change. Ends every run (twin 7). */
void lw_light_emit(struct lw_twin *t, uint32_t mask);
/** Lanes of a group as masks. */
uint32_t lw_group_media(const struct lw_group *g);
uint32_t lw_group_hosts(const struct lw_group *g);
/** Host lanes that feed media lane `lane`. */
uint32_t lw_light_feeders(const struct lw_twin *t, unsigned lane);

#endif
