/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_EXCHANGE_H
#define LW_EXCHANGE_H

#include <lanewise/index.h>
#include <lanewise/render.h>

/**
 * @file
 * Fabrics from and for other tools (docs/exchange.md): lists of cables become a fabric file, a
 * fabric becomes lists, labels and drawings, and what is really plugged is compared with what was
 * planned. Text in, text out; pure; not thread-safe by arena.
 */

/* ---- import --------------------------------------------------------------------------------- */

/** A cable as other tools list it: from port to port. */
struct lw_wire_row {
	const char *device[2], *port[2];
	const char
		*type; /**< what the tool calls the cable ("dac-passive"), "" if it does not say */
	const char *label; /**< "" */
	double length_m;   /**< NaN: not said */
	int line;
};

struct lw_wiring {
	struct lw_arena *arena;
	const char *file;
	struct lw_wire_row *row;
	size_t n, cap;
};

/** Where a list of cables comes from. */
enum lw_wiring_kind {
	LW_WIRING_SHEET,    /**< CSV with A-Node, A-Port, Z-Node, Z-Port */
	LW_WIRING_NETBOX,   /**< CSV of NetBox: cable import columns, or its table of cables */
	LW_WIRING_HEDGEHOG, /**< YAML documents with kind: Connection */
};

/**
 * Read a list of cables.
 * @param reterr  LW_EINVAL with file and line, LW_ELIMIT, LW_ENOMEM
 */
LW_API int lw_wiring_load(enum lw_wiring_kind kind, const char *text, size_t n, const char *file,
			  struct lw_arena *arena, struct lw_wiring *ret, struct lw_error *reterr);

/** What a list of cables does not say; NULL and 0: not given. */
struct lw_wiring_options {
	const char *name; /**< of the fabric */
	const struct lw_form *form, *leg_form;
	uint32_t rate_mbps; /**< of a whole cage; 0: as fast as its form */
	const struct lw_part *module, *leg_module;
	const struct lw_cord *cord;
	const struct lw_part *part;
	const char *fibre;
	double length_m; /**< 0: every row must say its own */
	const char *nos; /**< of the devices */
};

/**
 * Write the fabric file of a list. Parts of a port (swp1s0, Ethernet1/1/2, et-0/0/0:3) make its
 * cage a split one and their rows one cable with legs.
 * @param findings  what was assumed, and rows that no cable was made of
 * @return 0, LW_EINVAL: with line, what is needed and not given; LW_ENOMEM
 */
LW_API int lw_wiring_fabric(const struct lw_wiring *w, const struct lw_wiring_options *o,
			    struct lw_buf *ret, struct lw_findings *findings,
			    struct lw_error *reterr);

/**
 * Write a switch of SONiC as a fabric file of one device without cables.
 * @param folder  what goes into `platform:`
 * @param form    of all cages; NULL: by their lanes, and a finding says so
 */
LW_API int lw_platform_fabric(const struct lw_platform *p, const char *device, const char *folder,
			      const struct lw_form *form, struct lw_buf *ret,
			      struct lw_findings *findings, struct lw_error *reterr);

/* ---- export --------------------------------------------------------------------------------- */

/** CSV: one row for each end of each cable that is plugged. */
LW_API void lw_export_schedule(const struct lw_fabric *f, struct lw_buf *ret);
/** CSV: two labels for each cable end: what it is, and where it goes. */
LW_API void lw_export_labels(const struct lw_fabric *f, struct lw_buf *ret);
/** CSV for NetBox's cable import. */
LW_API void lw_export_netbox(const struct lw_fabric *f, struct lw_buf *ret);
/** Graphviz: devices, and cables between them. */
LW_API void lw_export_dot(const struct lw_fabric *f, struct lw_buf *ret);
/** A drawing: devices in rows by their distance from the edge, cables between them. */
LW_API int lw_export_svg(const struct lw_fabric *f, struct lw_buf *ret);

/* ---- what is really there ------------------------------------------------------------------- */

/** What was read of a plug. Texts and facts are borrowed. */
struct lw_seen_plug {
	const char *source; /**< file, NULL: not looked at */
	const char *form;   /**< catalogue name of the form factor, NULL: not known */
	const char *vendor, *part, *serial; /**< "" if not stated */
	const char *cable;                  /**< as lw_facts.cable, NULL */
	double length_m;                    /**< of a cable, NaN */
	bool empty;                         /**< the source says that nothing is plugged */
	const struct lw_ability *abilities;
	size_t ability_n;
};

/** What was seen of a fabric. */
struct lw_seen {
	const struct lw_fabric *f;
	struct lw_arena *arena;
	struct lw_index port;      /**< "device\x1fname" to a cage and logical port */
	struct lw_seen_plug *plug; /**< one for each cage; .source NULL: not looked at */
	struct lw_seen_far *far;   /**< neighbours by LLDP, one for each logical port of a cage */
	uint32_t *far_first;       /**< of each cage */
	uint32_t *far_cage;        /**< the way back */
	size_t far_n;
	bool *looked; /**< device: its plugs were listed, so what is not there is missing */
	struct lw_findings findings;
};

/** A neighbour as LLDP tells it. */
struct lw_seen_far {
	const char *source; /**< NULL: nothing heard */
	const char *device, *port;
};

/** An empty view of `f` in `arena`. @param platform  names of SONiC ports, may be NULL */
LW_API int lw_seen_init(struct lw_seen *s, const struct lw_fabric *f, lw_platform_reader platform,
			void *ctx, struct lw_arena *arena, struct lw_error *reterr);

/** @return which logical port of which cage a device calls so (index into `far`), or
 *  LW_INDEX_NONE */
LW_API uint32_t lw_seen_port(const struct lw_seen *s, const char *device, const char *port);

/** Put the memory of the module in a cage. */
LW_API int lw_seen_add_facts(struct lw_seen *s, int cage, const char *source,
			     const struct lw_facts *facts, struct lw_error *reterr);

/**
 * Put a JSON file of a device: `lldpctl -f json`, SONiC's TRANSCEIVER_INFO, or the output of a show
 * command of data/shows.csv (EOS, NX-OS, Junos), also inside the envelopes of eAPI and NX-API.
 * @return LW_EINVAL with the line: it is none of them
 */
LW_API int lw_seen_add_json(struct lw_seen *s, const char *device, const char *text, size_t n,
			    const char *file, struct lw_error *reterr);

/** Compare; findings "plug-*" and "far-*" are appended. @return 0 or LW_ENOMEM */
LW_API int lw_seen_compare(struct lw_seen *s, struct lw_findings *ret);

#endif
