/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Anything at any time: faults, intents, splits and restarts of the engine, drawn from a seed. At
 * every step each link that is down has a reason; once the faults have stopped and all links are
 * wanted, all come up.
 */
#define STEPS    60
#define RESTARTS 8

static const char *const modes[] = {"1x800G", "2x400G", "4x200G", "8x100G", "1x400G(4)+4x100G(4)"};
static const char *const faults[] = {
	"unplug:a/p",    "unplug:b/p",  "nack:a/p",   "nack-burst:a/p", "short:a/p",
	"stuck-bus:b/p", "corrupt:b/p", "late:a/p",   "reset:a/p",      "reset:b/p",
	"cut:a/p",       "dark:b/p",    "reject:a/p", "stuck-init:b/p", "flag-storm:a/p",
	"module:b/p",    "flap:a/p",    "replug:a/p", "hot:a/p",        "swap:a/p=OSFP-800G-2xFR4",
};
#define MODES  (sizeof(modes) / sizeof(modes[0]))
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

struct storm {
	struct sim sim;
	uint64_t seed;
	bool on[FAULTS];
	struct lw_engine before[RESTARTS];
	size_t restarts;
};

static unsigned draw(struct storm *s, size_t n)
{
	s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((s->seed >> 33) % n);
}

static void split(struct storm *s)
{
	const char *mode = modes[draw(s, MODES)];

	sim_mode(&s->sim, "a/p", mode);
	sim_mode(&s->sim, "b/p", mode);
}

static void restart(struct storm *s)
{
	struct sim *x = &s->sim;
	struct lw_error e;

	if (s->restarts == RESTARTS)
		return;
	s->before[s->restarts++] = x->engine;
	assert_int_equal(lw_engine_init(&x->engine, &x->fabric, x->lab.bus, lw_lab_carrier, &x->lab,
					&x->arena, x->now, &e),
			 0);
	split(s); /* what is wanted is told anew */
}

static void happen(struct storm *s)
{
	struct sim *x = &s->sim;
	unsigned what = draw(s, 10), which;

	if (what < 5) {
		which = draw(s, FAULTS);
		s->on[which] = !s->on[which];
		sim_fault(x, faults[which], s->on[which]);
	} else if (what < 8) {
		which = draw(s, x->engine.fabric->link_n);
		lw_engine_want(&x->engine, which, draw(s, 2), x->now);
	} else if (what < 9) {
		split(s);
	} else {
		restart(s);
	}
}

static void assert_reasons(struct sim *x, uint64_t seed)
{
	for (size_t i = 0; i < x->engine.fabric->link_n; i++) {
		struct lw_findings why;

		if (x->engine.link[i].state != LW_LINK_DOWN)
			continue;
		lw_findings_init(&why, &x->arena);
		assert_int_equal(lw_engine_explain(&x->engine, i, &why), 0);
		if (!why.n)
			fail_msg("seed %d: %s is down for no reason", (int)seed,
				 x->engine.fabric->links[i].id);
	}
}

static void play(uint64_t seed)
{
	static struct storm s;
	struct sim *x = &s.sim;

	memset(&s, 0, sizeof(s));
	s.seed = seed;
	sim_face_to_face(x, modes[draw(&s, MODES)]);
	for (int i = 0; i < STEPS; i++) {
		happen(&s);
		sim_pass(x, draw(&s, 3) ? draw(&s, 500) : draw(&s, 20000));
		assert_reasons(x, seed);
	}
	for (size_t i = 0; i < FAULTS; i++)
		if (s.on[i])
			sim_fault(x, faults[i], false);
	for (size_t i = 0; i < x->engine.fabric->link_n; i++)
		lw_engine_want(&x->engine, i, true, x->now);
	sim_pass(x, 400000);
	for (size_t i = 0; i < x->engine.fabric->link_n; i++) {
		const struct lw_engine_link *l = &x->engine.link[i];

		if (l->state != LW_LINK_UP || l->done != l->wanted)
			fail_msg("seed %d: %s is %s", (int)seed, x->engine.fabric->links[i].id,
				 lw_link_state_name(l->state));
	}
	for (size_t i = 0; i < s.restarts; i++)
		lw_engine_finish(&s.before[i]);
	sim_stop(x);
}

static void storm_every_link_has_a_reason_and_comes_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		play(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(storm_every_link_has_a_reason_and_comes_back),
	};

	return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
