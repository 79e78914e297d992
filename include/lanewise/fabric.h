/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_H
#define LW_FABRIC_H

#include <lanewise/image.h>
#include <lanewise/link.h>

/**
 * @file
 * A fabric file: devices with cages, what is plugged, breakout modes, cables (docs/fabric.md). The
 * loader gives plain data in one arena; every object remembers its line. From it follow the logical
 * links with their lanes at both ends.
 */

/** What the module of a cage is made from. */
enum lw_source {
	LW_SOURCE_PART,   /**< a part of the catalogue */
	LW_SOURCE_DUMP,   /**< the memory of a real module */
	LW_SOURCE_RECIPE, /**< a few lines of YAML (docs/eeprom.md) */
	LW_SOURCE_TRACE,  /**< what went over the bus of a real module */
};

struct lw_cage {
	const char *device, *name; /**< "leaf1", "swp1" */
	const char *id;            /**< "leaf1/swp1" */
	int line;
	const struct lw_form *form;
	const char *mode_text;
	struct lw_mode mode;
	const char *fec;       /**< configured FEC ("RS(544,514)", "none" ...), NULL: what the
				    module or cable asks for */
	const char *adapter;   /**< "" if none */
	uint32_t max_baud_kbd; /**< this host's fastest lane; 0: the form factor's */
	double max_power_w;    /**< what this cage feeds; 0: as its form factor */
	enum lw_autoneg autoneg;
	struct lw_link_host *host;  /**< what its device accepts and bears, NULL: not stated */
	const struct lw_part *part; /**< what is plugged (also the plug of a fixed cable), NULL:
				       empty or from a file */
	enum lw_source source;
	const char *dump; /**< path of the file to take the module from, NULL: from `part` */
	const struct lw_image *image; /**< its memory, set by lw_fabric_resolve() and shared by
					   equal files; NULL: from `part` */
	const struct lw_facts *facts; /**< set by lw_fabric_resolve(), shared by equal parts */
	size_t ability_n;
	const struct lw_ability *abilities;
	int cable;        /**< index of the fixed cable that is plugged, -1 */
	const char *port; /**< what the device's own system calls it, NULL: not said */
};

/** A device and its cages, which lie side by side. */
struct lw_fdevice {
	const char *name;
	int line;
	const char *nos;      /**< its operating system ("sonic"; data/nos.csv), NULL: not said */
	const char *platform; /**< its SONiC platform folder, relative to the file, NULL */
	size_t first, cage_n; /**< of lw_fabric.cages */
};

/**
 * One end of a cable: a cage and, for modules with several receptacles, which one; or, behind a
 * shuffle panel, one logical port of the cage.
 */
struct lw_cable_end {
	int cage;        /**< index into lw_fabric.cages, -1: not connected */
	int receptacle;  /**< 0-based, -1: not given */
	int8_t port_end; /**< 1 + the logical port whose lanes alone end here, 0: all lanes */
};

/** How an MPO trunk or cord joins the positions of its ends (TIA-568 types). */
enum lw_polarity {
	LW_POLARITY_A, /**< straight: 1 to 1 */
	LW_POLARITY_B, /**< reversed: 1 to the last */
	LW_POLARITY_C, /**< pairs flipped: 1 to 2, 2 to 1 */
};

/** "A", "B", "C". */
LW_API const char *lw_polarity_name(enum lw_polarity p);

/**
 * Where the light goes that leaves the lane pair `pair` (0-based) of an MPO connector through
 * elements of these types, one behind the other.
 * @param positions  fibres of a row of the connector: 8, 12, 16
 * @return the lane pair whose receiver it reaches; -1: it meets a transmitter, or nothing
 */
LW_API int lw_polarity_lane(const enum lw_polarity *elements, size_t n, unsigned positions,
			    unsigned pair);

#define LW_POLARITIES_MAX 8

struct lw_cable {
	const char *id;
	int line;
	const struct lw_cord *cord; /**< fibre cord, NULL for a fixed cable */
	const struct lw_part *part; /**< fixed cable (DAC, AEC, AOC), NULL for a cord */
	enum lw_grade grade;
	double length_m;
	double dirt_db[LW_PORT_LANES_MAX]; /**< loss by dirt on the way to each leg */
	bool straight;                     /**< a duplex cord that does not cross its fibres */
	uint8_t type_n;                    /**< elements of the channel, 0: as its cord is made */
	enum lw_polarity type[LW_POLARITIES_MAX];
	/** lane pair of all legs together where lane pair i of the head ends, -1: nowhere;
	 * meaningful if `shuffled` */
	bool shuffled;
	int8_t lane_map[LW_LANES_MAX];
	uint32_t broken; /**< bit i: the fibres of lane pair i of the head are broken */
	uint8_t through[LW_ELEMENTS_MAX]; /**< elements on the way besides the cord's own */
	enum lw_pins pins;
	const char *polish[2]; /**< of the cord's end a and of its ends b, NULL: as it should be */
	struct lw_cable_end a;
	unsigned b_n;
	struct lw_cable_end b[LW_PORT_LANES_MAX];
};

/** One logical link: a set of lanes with an owner at both ends. */
struct lw_flink {
	const char *id; /**< "leaf1/swp1:1 - nic1/p0" */
	int cage[2];
	uint8_t port[2]; /**< logical port in each cage's mode */
	int chosen[2];   /**< ability in use at each end, -1 */
	int cable;
	uint8_t media_first[2]; /**< lowest media lane at each end (cables: host lane) */
	uint8_t media_lanes;    /**< lanes joined */
	/** media lane of joined lane i at each end; media_first[e] + i but for crossed lanes */
	uint8_t media_lane[2][LW_LANES_MAX];
	uint32_t broken;    /**< bit i: the fibres of lane i are broken */
	uint32_t wrong;     /**< bit i: on lane i a transmitter meets a transmitter */
	bool crossed;       /**< lanes end in another place of the far port */
	double dirt_db;     /**< loss by dirt, part of the budget's */
	uint32_t rate_mbps; /**< of the logical port at end 0 */
	enum lw_verdict verdict;
	struct lw_findings findings;
	struct lw_budget budget;
};

/** One lane pair as the cables join it, whether or not a logical port uses it. */
struct lw_fjoin {
	int cage[2];
	uint8_t lane[2]; /**< media lane at each end (cables with fixed ends: host lane) */
	bool dark;       /**< broken, or a transmitter meets a transmitter */
	int cable, link; /**< link -1: no logical link has it */
};

/** Told now and then how far reading and judging are; for fabrics of 100,000 links. */
struct lw_fabric_watch {
	/** @param unit  "cages", "cables", "links"; NULL here: nobody is told */
	void (*show)(void *ctx, const char *unit, size_t done, size_t all);
	void *ctx;
};

struct lw_fabric {
	struct lw_arena *arena;
	struct lw_fabric_watch watch;
	const char *name, *file;
	struct lw_fdevice *devices;
	size_t device_n;
	struct lw_cage *cages;
	size_t cage_n;
	struct lw_cable *cables;
	size_t cable_n;
	struct lw_flink *links;
	size_t link_n;
	struct lw_fjoin *joins;
	size_t join_n;
	struct lw_findings findings; /**< about cages and cables that belong to no link */
	const uint32_t *by_id;       /**< cages in the order of their ids */
};

/**
 * Load a fabric from YAML text.
 * @param file    name for messages
 * @param ret     its data lives in `arena`
 * @param reterr  LW_EINVAL with file and line: unknown key, unknown module (the nearest known names
 *                are offered), port used twice, bad mode, ...
 */
LW_API int lw_fabric_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
			  struct lw_fabric *ret, struct lw_error *reterr);

/**
 * Get the text of a list that a fabric file names (CSV); given by the shell, since libraries open
 * nothing.
 * @param path   as the fabric file has it: relative to that file
 * @param arena  what the text goes into; it lives until the list is read
 */
typedef int (*lw_list_reader)(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
			      size_t *ret_n, struct lw_error *reterr);

/**
 * As lw_fabric_load(), for files that take long lists of cages or cables from CSV files
 * (docs/fabric.md).
 * @param reader  may be NULL: then a list is refused
 */
LW_API int lw_fabric_load_lists(const char *text, size_t n, const char *file, lw_list_reader reader,
				void *ctx, struct lw_arena *arena, struct lw_fabric *ret,
				struct lw_error *reterr);
/** The same; `watch`, which may be NULL, is kept for lw_fabric_resolve(). */
LW_API int lw_fabric_load_watched(const char *text, size_t n, const char *file,
				  lw_list_reader reader, void *ctx,
				  const struct lw_fabric_watch *watch, struct lw_arena *arena,
				  struct lw_fabric *ret, struct lw_error *reterr);

/**
 * Get the memory that a file of the fabric describes; given by the shell, since libraries open
 * nothing.
 * @param source  what kind of file it is; LW_SOURCE_PART: its content tells
 * @param path    as the fabric file has it: relative to that file
 * @param ret     filled on success
 */
typedef int (*lw_dump_reader)(void *ctx, enum lw_source source, const char *path,
			      struct lw_image *ret, struct lw_error *reterr);

/**
 * Find out what each plugged module can do, join the lanes into logical links and judge each.
 * @param reader  may be NULL when no cage names a file
 */
LW_API int lw_fabric_resolve(struct lw_fabric *f, lw_dump_reader reader, void *ctx,
			     struct lw_error *reterr);

/** One lane of a link, end to end; every number is 0-based. */
struct lw_flane {
	uint8_t host[2], media[2]; /**< at end 0 and end 1 */
};

/** Lane `i` (below media_lanes) of a link: the first host lane that it serves at each end. */
LW_API void lw_flink_lane(const struct lw_fabric *f, const struct lw_flink *l, unsigned i,
			  struct lw_flane *ret);

/** Write the document of `lanewise check` (docs/json.md). */
LW_API void lw_fabric_check_json(const struct lw_fabric *f, struct lw_json *j);

/** @return the index of the cage "device/name", or -1 */
LW_API int lw_fabric_cage_find(const struct lw_fabric *f, const char *id);

#endif
