/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_STATION_H
#define LW_SERVE_STATION_H

#include "layout.h"
#include <lanewise/lab.h>
#include <lanewise/serve.h>
#include <lanewise/trace.h>
#include <pthread.h>

/**
 * @file
 * A lab that runs by the clock and that many threads use at once. Every function takes the lock,
 * brings the world to the present, acts, and lets go (serve 1); none is called with the lock held.
 */

/** Of a cage; the last five are those of SFP cages. */
enum lw_pin {
	LW_PIN_PRESENT,
	LW_PIN_RESET,
	LW_PIN_LPMODE,
	LW_PIN_INTERRUPT,
	LW_PIN_TX_DISABLE,
	LW_PIN_TX_FAULT,
	LW_PIN_RX_LOS,
	LW_PIN_RS0,
	LW_PIN_RS1,
	LW_PINS,
};

/** What a virtual cage is, beside its twin. */
struct lw_served {
	struct lw_trace trace; /**< what went over its bus; its rings come with the first access */
	struct lw_layout layout;
	bool set[LW_PINS]; /**< pins that the host sets */
	bool unplugged;
	unsigned max_bank_size; /**< as last written; kept, without effect */
	/** one access to the file at a time, as the driver has it; taken before the station's */
	pthread_mutex_t file;
};

/** A fault to come: switched on or off at its time. */
struct lw_edge {
	struct lw_mono at;
	bool on;
	struct lw_lab_fault fault;
};

#define LW_EDGES_MAX 256

struct lw_station {
	const struct lw_fabric *fabric; /**< borrowed */
	struct lw_lab lab;
	struct lw_served *cage; /**< one per cage, in the fabric's arena */
	size_t locks;           /**< cages whose lock was made */
	double speed;
	int64_t started_ns; /**< monotonic clock at world time 0 */
	pthread_mutex_t lock;
	int wake;    /**< eventfd: something is due earlier than `asleep_until` */
	bool record; /**< keep what goes over each bus */
	struct lw_mono asleep_until;
	unsigned watchers;              /**< programs that wait for a pin; changed atomically */
	const struct lw_scenario *play; /**< nullable */
	size_t play_next;               /**< moment */
	size_t edge_n;
	struct lw_edge edge[LW_EDGES_MAX]; /**< earliest first */
};

/** Plug all modules; world time 0 is now. Release with lw_station_finish(), also on failure. */
int lw_station_init(struct lw_station *s, const struct lw_fabric *f,
		    const struct lw_serve_options *opt, struct lw_error *reterr);
void lw_station_finish(struct lw_station *s);

/** Run what is due. @return real nanoseconds until the next thing is, -1: nothing is to come */
int64_t lw_station_run(struct lw_station *s);

/** World time now, and when the next thing happens by itself. */
void lw_station_time(struct lw_station *s, struct lw_mono *ret_now, struct lw_mono *ret_next);

/** One access as it is, without a second try. */
int lw_station_read(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr);
int lw_station_write(struct lw_station *s, int cage, struct lw_addr a, const uint8_t *p, size_t n,
		     struct lw_error *reterr);

/** One access of a master that knows nothing of pages: lw_twin_wire_read() and its sister. */
int lw_station_wire_read(struct lw_station *s, int cage, struct lw_addr a, uint8_t *ret, size_t n,
			 struct lw_error *reterr);
int lw_station_wire_write(struct lw_station *s, int cage, struct lw_addr a, const uint8_t *p,
			  size_t n, struct lw_error *reterr);

/** Append what went over the bus of `cage` as a trace; nothing if nothing did. */
void lw_station_trace(struct lw_station *s, int cage, struct lw_buf *to);

/** How the file of a cage is laid out, which changes with its module. */
void lw_station_layout(struct lw_station *s, int cage, struct lw_layout *ret);

bool lw_station_pin(struct lw_station *s, int cage, enum lw_pin pin);
/** The pin as it was when the world was last brought to the present; changes nothing. */
bool lw_station_look(struct lw_station *s, int cage, enum lw_pin pin);
/** The name of a pin, as files and commands have it. */
const char *lw_pin_name(enum lw_pin pin);
/** Is this a pin that a host sets? */
bool lw_pin_is_input(enum lw_pin pin);
/** Has the cage this pin? */
bool lw_station_has_pin(const struct lw_station *s, int cage, enum lw_pin pin);
/** Set a pin that a host sets; others stay as they are. */
void lw_station_set_pin(struct lw_station *s, int cage, enum lw_pin pin, bool asserted);

/**
 * Switch a fault on, now or at its time and off at its end; or off now, forgetting what was to
 * come of it.
 * @return 0 or LW_ELIMIT
 */
int lw_station_fault(struct lw_station *s, const struct lw_lab_fault *x, bool on,
		     struct lw_error *reterr);

/** Let the host of `cage` divide and drive its lanes by `mode`. */
void lw_station_drive(struct lw_station *s, int cage, const struct lw_mode *mode);

/** Have the module of `cage` behave otherwise: lw_twin_option_set(). */
int lw_station_option(struct lw_station *s, int cage, const char *name, unsigned value,
		      struct lw_error *reterr);

/** Put two cages side by side, so that their modules warm each other: lw_world_neighbour(). */
int lw_station_neighbour(struct lw_station *s, int a, int b, struct lw_error *reterr);

void lw_station_mode(struct lw_station *s, int cage, struct lw_mode *ret);

/** What is plugged, also while it is pulled; NULL: nothing. Valid as long as the station. */
const struct lw_part *lw_station_part(struct lw_station *s, int cage);

/** What the host of a cage gets on a port. */
struct lw_reception {
	bool signal;     /**< on every lane */
	bool carrier;    /**< that it can use */
	double ber;      /**< wrong bits before its FEC; 0 without a signal */
	const char *fec; /**< the code that it runs */
};

void lw_station_receive(struct lw_station *s, int cage, const struct lw_lport *port,
			struct lw_reception *ret);

#endif
