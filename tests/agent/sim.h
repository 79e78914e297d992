/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_SIM_H
#define LW_TEST_SIM_H

#include <lanewise/engine.h>
#include <lanewise/lab.h>

/* A fabric on twins with its engine, in virtual time. */
struct sim {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_lab lab;
	struct lw_engine engine;
	struct lw_mono now;
	bool lines; /* the engine hears of interrupt lines and carriers */
	bool deaf;  /* but the lines' changes are lost on the way */
};

/* Load, resolve, stage; fails the test on any error. */
void sim_start(struct sim *s, const char *yaml);
void sim_start_file(struct sim *s, const char *path);
void sim_stop(struct sim *s);

/* Forget the engine; a new one begins on the modules as they are. */
void sim_restart(struct sim *s);
/* From now on the engine is told of interrupt lines and of carriers, when they change. Every test
 * begins so with LW_TEST_LINES in the environment. */
void sim_lines(struct sim *s);

/* Run until `until`. */
void sim_run(struct sim *s, struct lw_mono until);

/* Run until nothing more happens by itself, at most ten minutes. */
void sim_settle(struct sim *s);

/* The link with that id; fails the test if there is none. */
size_t sim_link(const struct sim *s, const char *id);

/* Does the list of reasons why a link is not up name this rule? */
bool sim_explains(struct sim *s, size_t link, const char *rule);

/* Let `ms` pass. */
void sim_pass(struct sim *s, int64_t ms);

/* Two modules of a kind face to face over 30 m of cord, in the same breakout mode: a/p and b/p. */
struct sim_pair {
	const char *form, *module, *mode, *cord, *fibre;
};
void sim_start_pair(struct sim *s, const struct sim_pair *p);

/* Two 800G-SR8 modules face to face over one MPO-16 cord, in the same breakout mode. */
void sim_face_to_face(struct sim *s, const char *mode);

/* The cage with that id; fails the test if there is none. */
int sim_cage(const struct sim *s, const char *id);

/* There must be that many links, and all of them up. */
void sim_all_up(const struct sim *s, size_t links);

/* No state of the module, nor of these host lanes, changed after `since`. */
void sim_lanes_quiet(const struct sim *s, const char *cage, unsigned lanes, struct lw_mono since);

/* Writes on all buses so far. */
uint64_t sim_writes(const struct sim *s);

/* Divide a cage otherwise: the engine, and the host that drives the lanes. */
void sim_mode(struct sim *s, const char *cage, const char *mode);

/* Does what is to be known of a cage name this rule? */
bool sim_explains_cage(struct sim *s, const char *cage, const char *rule);

/* Inject a fault given as for the command line; from now on, or off. */
void sim_fault(struct sim *s, const char *text, bool on);

#endif
