/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LAB_H
#define LW_LAB_H

#include <lanewise/fabric.h>
#include <lanewise/twin.h>

/**
 * @file
 * A lab: a fabric staged on twins. Every plugged module gets a twin in a virtual cage, every cable
 * its joins, every host its electrical lanes, so that software for real modules runs with none.
 */

/** The way to whatever twin is in a cage now; a cage's bus stays when its module is exchanged. */
struct lw_lab_port {
	struct lw_bus bus; /* first: a bus is its port */
	struct lw_twin *twin;
	const char *name; /**< of the cage, borrowed */
};

/** A virtual cage beside its twin. */
struct lw_lab_cage {
	struct lw_lab_port port;
	struct lw_mode mode;                 /**< how the host divides and drives its lanes now */
	const char *host_fec[LW_LPORTS_MAX]; /**< by port of `mode`: the code that the host runs */
	const struct lw_part *part;          /**< of what is plugged now, NULL: nothing */
	size_t ability_n;
	const struct lw_ability *abilities; /**< of what is plugged now */
	bool line;                          /**< its interrupt, as last told */
	bool seen;                          /**< its presence, as last told */
	bool reseated;                      /**< a module was plugged since that was told */
	struct lw_ability *swapped;         /**< room for those of a module that is swapped in */
	/* Faults of the cables at this end; they stay when the module is exchanged. */
	uint32_t cut;                 /**< media lanes whose fibre is cut */
	uint32_t wrong;               /**< media lanes that meet a transmitter */
	double dirt_db[LW_LANES_MAX]; /**< loss by dirt, by media lane */
	int8_t exchanged[2];          /**< media lanes whose fibres are exchanged, -1: none */
};

/** What a lab may be told beyond its fabric; all zero: nothing. */
struct lw_lab_options {
	/** called before a module is plugged, also when one is exchanged: may change its pace, its
	 * access times and the like; `part`, `image` and the pin are set already */
	void (*tune)(void *ctx, int cage, struct lw_twin_options *opt);
	void *ctx;
};

struct lw_lab {
	const struct lw_fabric *fabric; /**< borrowed */
	struct lw_lab_options opt;
	struct lw_world *world;            /**< owned */
	struct lw_twin **twin;             /**< one per cage, NULL: nothing plugged */
	struct lw_bus **bus;               /**< the same as buses, for lw_engine_init() */
	const char *(*fec)[LW_LPORTS_MAX]; /**< per cage and port: FEC on the medium */
	struct lw_lab_cage *cage;          /**< one per cage */
	bool exchanged; /**< a module was, since the lines of all cages were compared */
	bool moved;     /**< a module was plugged or pulled, since presence was compared */
	/** how a module that is swapped in is read from a file; set by the shell, NULL: parts only
	 */
	lw_dump_reader reader;
	void *reader_ctx;
};

/**
 * Stage a resolved fabric. Arrays come from the fabric's arena; release with lw_lab_finish().
 * Modules power up at time 0 with low power asserted by pin, as a switch holds them. `lab` must
 * stay where it is.
 */
LW_API int lw_lab_init(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
		       struct lw_error *reterr);
/** The same with options, which are copied. */
LW_API int lw_lab_init_with(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
			    const struct lw_lab_options *opt, struct lw_error *reterr);
LW_API void lw_lab_finish(struct lw_lab *lab);

/**
 * Describe the module that a memory belongs to, as far as light and lanes go: form factor, PMD,
 * medium, wavelength, receptacles, power. What the catalogue does not have is made from what the
 * memory states.
 * @param name  of the part, copied
 * @param ret   lives in `arena`
 * @return 0; LW_ENOTSUP when the memory says too little (its memory map is not known); LW_ENOMEM
 */
LW_API int lw_lab_part(const struct lw_image *img, const char *name, struct lw_arena *arena,
		       const struct lw_part **ret, struct lw_error *reterr);

/**
 * Whether the host of `cage` is aligned on `port`: every lane brings a locked signal of the port's
 * rate, modulation and FEC, with no more errors than that FEC is for, all from one far port; their
 * order does not matter, for receivers put
 * the lanes of a link in order (IEEE 802.3 82.2.13, 119.2.5.3). Has the form of lw_carrier; `ctx`
 * is the lab.
 */
LW_API bool lw_lab_carrier(void *ctx, int cage, const struct lw_lport *port);

/**
 * How many bits are wrong that the host of `cage` gets on `port`, before its FEC: the mean of its
 * lanes.
 * @param ret  filled only when true is returned
 * @return false when a lane brings no signal
 */
LW_API bool lw_lab_ber(const struct lw_lab *lab, int cage, const struct lw_lport *port,
		       double *ret);

/**
 * A cage whose host may have gained or lost a carrier since lw_lab_changed() last returned it; each
 * is told once. For shells that set `carrier_told` of an engine (see lw_stage_run()).
 * @return -1: no more
 */
LW_API int lw_lab_changed(struct lw_lab *lab);

/**
 * A cage whose interrupt line is other than when lw_lab_interrupts() last returned it (at first:
 * than deasserted). A shell tells its engine of the lines with lw_engine_interrupt(), once for each
 * cage before the first run, then of what lw_lab_interrupts() returns (see lw_stage_run()).
 * @param ret  the line as it is: true while the module asserts it; written unless -1 is returned
 * @return -1: no more
 */
LW_API int lw_lab_interrupts(struct lw_lab *lab, bool *ret);

/** Is there a module in `cage`, as its presence pin shows? */
LW_API bool lw_lab_present(const struct lw_lab *lab, int cage);

/**
 * A cage whose module came or went since lw_lab_presence() last returned it (at first: since the
 * lab was staged). One that was exchanged is told twice, as gone and as there.
 * @param ret  whether there is one; written unless -1 is returned
 * @return -1: no more
 */
LW_API int lw_lab_presence(struct lw_lab *lab, bool *ret);

/** Let the host of `cage` divide and drive its lanes by `mode`, with the FEC that follows. */
LW_API void lw_lab_drive(struct lw_lab *lab, int cage, const struct lw_mode *mode);

/**
 * Exchange the module of a cage for another, which powers up afresh; cables and their faults stay.
 * @param part  what to plug; borrowed, must outlive the lab
 * @param img   its memory, NULL: made from `part`
 * @return 0; LW_EINVAL, LW_ENOTSUP (no twin for it), LW_ENOMEM
 */
LW_API int lw_lab_plug(struct lw_lab *lab, int cage, const struct lw_part *part,
		       const struct lw_image *img, struct lw_error *reterr);

/** Faults beyond those of one twin (enum lw_fault); numbers go on where those end. */
enum lw_lab_fault_kind {
	LW_LAB_REPLUG = LW_FAULT_N, /**< pulled, and plugged again 2 s later */
	LW_LAB_SWAP,        /**< another module in its place; cleared: the first one again */
	LW_LAB_COUNTERFEIT, /**< another vendor, OUI, part number; cleared: the first one again */
	LW_LAB_DIRTY,       /**< dirty connector: loss on media lanes */
	LW_LAB_POLARITY,    /**< wrong cord: transmitters meet transmitters */
	LW_LAB_CROSSED,     /**< two fibre pairs of the cage exchanged */
	LW_LAB_FAULT_N,
};

/** "cut", "replug" and so on for both enums; NULL if unknown. */
LW_API const char *lw_lab_fault_name(int kind);

#define LW_LAB_VALUE_MAX 128

/** A fault to come, at one end of a link or in a whole module. */
struct lw_lab_fault {
	struct lw_mono at;
	struct lw_mono until; /**< LW_NEVER: for good */
	int kind;             /**< enum lw_fault or enum lw_lab_fault_kind */
	int cage;
	uint32_t lanes; /**< media lanes (cut, dark, dirty) or host lanes (reject, stuck-init) */
	char value[LW_LAB_VALUE_MAX]; /**< what to plug, a vendor, dB; "": not given */
};

/**
 * Read a fault as "KIND:PLACE[=VALUE][@START[-END]]": PLACE is a cage ("leaf1/swp1"), a logical
 * port of it ("leaf1/swp1:2") or a link id; VALUE is what `swap` plugs (part or file), the vendor
 * of `counterfeit`, the dB of `dirty`; times are in seconds ("@20", "@20-35.5").
 * @param reterr  LW_EINVAL: unknown kind, place or value, with those that exist
 */
LW_API int lw_lab_fault_parse(const struct lw_fabric *f, const char *text, struct lw_lab_fault *ret,
			      struct lw_error *reterr);

/**
 * Switch `x` on or off now.
 * @return 0; what lw_lab_plug() and the reader fail with (swap, counterfeit), with nothing changed
 */
LW_API int lw_lab_fault_set(struct lw_lab *lab, const struct lw_lab_fault *x, bool on,
			    struct lw_error *reterr);

#endif
