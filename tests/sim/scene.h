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
};

/** Build the scene of a seed with `groups` groups of modules that belong together. */
int scene_build(struct scene *s, uint64_t seed, unsigned groups, struct lw_error *reterr);
void scene_finish(struct scene *s);

/** Another mode for a head with one leg, and for the leg; NULL for others. */
const char *scene_other_mode(const struct scene *s, struct rng *r, int cage);
/** Split a head and its leg otherwise: hosts, engine, and what a new engine is told. */
int scene_split(struct scene *s, int cage, const char *mode, struct lw_error *reterr);

/** Writes of this engine and those before it. */
uint64_t scene_writes(const struct scene *s);

/** Forget the engine and begin a new one on the modules as they are. */
int scene_restart(struct scene *s, struct lw_error *reterr);

#endif
