/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_SCENE_H
#define LW_SIM_SCENE_H

#include <lanewise/engine.h>
#include <lanewise/lab.h>

/**
 * @file
 * What one seed makes: a chassis of random modules and cables on twins, with modules of random
 * pace, and the engine that keeps its links.
 */

/** A stream of numbers that depends on its seed alone (splitmix64). */
struct rng {
	uint64_t s;
};

uint64_t rng_next(struct rng *r);
/** From 0 to n - 1. */
unsigned rng_below(struct rng *r, unsigned n);
/** A waiting time with that mean, as of independent events. */
struct lw_mono rng_wait(struct rng *r, double mean_s);

#define GROUPS_MAX 64

/**
 * The bus of a cage as the engine sees it: it counts accesses, so that something can happen just
 * before the k-th from now, in the middle of whatever the engine does.
 */
struct scene_bus {
	struct lw_bus bus;
	struct lw_bus *inner;
	uint64_t accesses;
	unsigned left; /* accesses until `strike` is called; 0: never */
	void (*strike)(void *ctx, int cage);
	/** (nullable) called behind each access; data NULL: it failed */
	void (*trace)(void *ctx, int cage, struct lw_addr a, const uint8_t *data, size_t n,
		      bool write);
	void *ctx;
	int cage;
};

struct scene {
	uint64_t seed;
	struct lw_arena arena;
	struct lw_buf yaml;
	struct lw_fabric fabric;
	struct lw_lab lab;
	struct lw_arena engine_arena; /* of the present engine; a restart begins a new one */
	struct lw_engine engine;
	struct lw_mono now;
	struct scene_cage {
		char mode[LW_ENGINE_MODE_MAX]; /* "": as the fabric has it */
		const struct kit *kit;         /* what it is the head or a leg of */
		int partner;                   /* the only leg of a head, -1 */
		unsigned plugs;                /* modules that were plugged so far */
		bool lies;                     /* takes longer than it advertises */
	} * cage;
	struct scene_bus *bus;
	struct lw_bus **bus_list; /* the same, for the engine */
	struct lw_policy policy;  /* a new engine is told again */
	/* what the shell of this chassis does */
	bool pins;              /* it tells of modules that come and go */
	bool interrupts;        /* ... of interrupts */
	bool told;              /* ... of carriers that come and go */
	struct lw_mono measure; /* it reads monitors so often; {0}: never */
	bool keeps_times;       /* what was learned outlives the engine */
};

/** Build the scene of a seed with `groups` groups of modules that belong together. */
int scene_build(struct scene *s, uint64_t seed, unsigned groups, struct lw_error *reterr);
void scene_finish(struct scene *s);

/** The plug of a cable with fixed ends. */
bool scene_is_cable(const struct scene *s, int cage);
/** Has it nothing that could stop it from transmitting? Copper of SFF-8636, also active, has
 * nothing. */
bool scene_is_passive(const struct scene *s, int cage);

/** Another mode for a head with one leg, and for the leg; NULL for others. */
const char *scene_other_mode(const struct scene *s, struct rng *r, int cage);
/** Split a head and its leg otherwise: hosts, engine, and what a new engine is told. */
int scene_split(struct scene *s, int cage, const char *mode, struct lw_error *reterr);

/** Let the engine do what is due and tell it what its shell sees. @return when it is due again */
struct lw_mono scene_run(struct scene *s);
/** The module of a cage comes or goes: the shell may have a pin for that. */
void scene_presence(struct scene *s, int cage, bool there);

/** Writes of this engine and those before it. */
uint64_t scene_writes(const struct scene *s);

/** Forget the engine and begin a new one on the modules as they are. */
int scene_restart(struct scene *s, struct lw_error *reterr);

#endif
