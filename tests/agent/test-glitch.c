/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bus has no checksum: now and then a read brings a wrong bit. One wrong bit, wherever it comes
 * in a split of one half of a module, takes nothing from the link on its other half: neither its
 * data path nor the claim that it is up.
 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * The bus of a module that spoils one bit of one read. The module is busy whenever it turns from
 * lower to upper memory: so what the engine believes between two reads can be seen.
 */
struct glitch {
	struct lw_bus bus;
	struct lw_bus *inner;
	uint64_t reads, at; /* the read to spoil, from 1; 0: none */
	uint64_t each;      /* spoil every so many reads, another bit each time; 0: not so */
	unsigned draw;      /* which bit of it */
	uint8_t page, byte; /* if not 0: only reads of this byte count, and its bit is spoiled */
	struct lw_addr hit; /* what was spoiled */
	bool lower;         /* the last read was of lower memory */
};

static int glitch_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	struct glitch *g = (struct glitch *)bus;
	unsigned bit = g->draw % (unsigned)(n * 8);
	bool turns = g->lower && a.byte >= 128;
	int r;

	g->lower = a.byte < 128;
	if (turns)
		return lw_fail(reterr, LW_ENACK, "busy");
	r = lw_bus_read(g->inner, a, ret, n, reterr);
	if (r)
		return r;
	if (g->byte) {
		if (a.page != g->page || g->byte < a.byte || g->byte >= a.byte + n)
			return 0;
		bit = (unsigned)(g->byte - a.byte) * 8 + g->draw % 8;
	}
	g->reads++;
	if (g->each && g->reads % g->each == 0) {
		g->at = g->reads;
		bit = (unsigned)(g->reads * UINT64_C(0x9e3779b97f4a7c15) >> 40) % (unsigned)(n * 8);
	}
	if (g->reads == g->at) {
		g->hit = a;
		g->hit.byte = (uint8_t)(a.byte + bit / 8);
		ret[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	return 0;
}

static int glitch_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	return lw_bus_write(((struct glitch *)bus)->inner, a, p, n, reterr);
}

/* Two links, both up, and a glitch on the bus of one end that waits for its time. */
static void start(struct sim *s, struct glitch *g)
{
	static const struct lw_bus_ops ops = {glitch_read, glitch_write};
	int cage;

	sim_face_to_face(s, "2x400G");
	cage = sim_cage(s, "b/p");
	*g = (struct glitch){.bus = {.ops = &ops}, .inner = s->lab.bus[cage]};
	s->engine.module[cage].bus = &g->bus;
	sim_settle(s);
	sim_all_up(s, 2);
	sim_pass(s, 5000);
}

/* Let time pass; the link on the first half must stay up all the while, at both ends. */
static void pass_with_sibling_up(struct sim *s, int64_t ms, const struct glitch *g)
{
	sim_pass(s, ms);
	if (s->engine.link[0].flaps)
		fail_msg("read %d, a wrong bit in %02xh:%u: the link on the other half was called "
			 "down",
			 (int)g->at, g->hit.page, g->hit.byte);
}

/*
 * What is read before a plan has a wrong bit that the plan does not care for. Then a path of the
 * plan does not come up: the module is doubted, and what it says now is compared with that. It
 * looks as if it began anew, but a link whose path still runs as wanted is none of those that did.
 */
static void glitch_that_looks_like_a_restart_keeps_running_links(void **state)
{
	struct glitch g;
	struct sim s;

	(void)state;
	start(&s, &g);
	g.page = 0x11;
	g.byte = 206; /* the active configuration of the first lane; bit 0: who chose its SI */
	g.draw = 0;
	sim_fault(&s, "stuck-init:b/p:2", true);
	sim_mode(&s, "a/p", "1x400G(4)+4x100G(4)");
	sim_mode(&s, "b/p", "1x400G(4)+4x100G(4)");
	g.at = g.reads + 1;
	pass_with_sibling_up(&s, 60000, &g);
	assert_int_equal(g.hit.byte, 206);
	sim_fault(&s, "stuck-init:b/p:2", false);
	pass_with_sibling_up(&s, 120000, &g);
	sim_all_up(&s, 5);
	sim_stop(&s);
}

/* Divide the second half in four with read `at` spoiled. @return reads until all is up */
static uint64_t split_with_glitch(uint64_t at, unsigned draw)
{
	struct lw_mono since;
	struct glitch g;
	uint64_t reads;
	struct sim s;

	start(&s, &g);
	since = s.now;
	g.draw = draw;
	g.reads = 0;
	g.at = at;
	sim_mode(&s, "a/p", "1x400G(4)+4x100G(4)");
	sim_mode(&s, "b/p", "1x400G(4)+4x100G(4)");
	sim_settle(&s);
	reads = g.reads;
	pass_with_sibling_up(&s, 40000, &g);
	sim_lanes_quiet(&s, "b/p", 0x0f, since);
	sim_all_up(&s, 5);
	assert_int_equal(g.hit.i2c, at ? 0x50 : 0);
	sim_stop(&s);
	return reads;
}

/* The same anywhere in a split: wherever the bit is, the path on the other half keeps its state. */
static void glitch_anywhere_in_a_split_disturbs_no_sibling(void **state)
{
	uint64_t reads = split_with_glitch(0, 0);

	(void)state;
	assert_true(reads > 10);
	for (uint64_t at = 1; at <= reads; at++)
		for (unsigned draw = 0; draw < 16; draw++)
			split_with_glitch(at, ((unsigned)at * 16 + draw) * 2654435761u >> 8);
}

static const struct kind {
	struct sim_pair pair;
	size_t links;
} kinds[] = {
	{{"OSFP", "OSFP-800G-SR8", "2x400G", "mpo16", "OM4"}, 2},
	{{"OSFP", "OSFP-800G-DR8", "8x100G", "mpo16", "OS2"}, 8},
	{{"QSFP28", "QSFP28-100G-SR4", "4x25G", "mpo12", "OM4"}, 4},
	{{"SFP28", "SFP28-25G-SR", "1x25G", "duplex", "OM4"}, 1},
};

/* Two hours at rest, and each seventh read of a module has a wrong bit somewhere: nothing comes of
 * it. */
static void glitches_at_rest_take_no_link_down(void **state)
{
	static const struct lw_bus_ops ops = {glitch_read, glitch_write};

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const struct kind *x = &kinds[k];
		struct glitch g;
		uint64_t writes;
		struct sim s;

		sim_start_pair(&s, &x->pair);
		sim_settle(&s);
		sim_all_up(&s, x->links);
		sim_pass(&s, 5000);
		g = (struct glitch){.bus = {.ops = &ops}, .inner = s.lab.bus[0], .each = 7};
		s.engine.module[0].bus = &g.bus;
		writes = sim_writes(&s);
		for (int t = 0; t < 7200; t++) {
			sim_pass(&s, 1000);
			for (size_t i = 0; i < x->links; i++)
				if (s.engine.link[i].flaps)
					fail_msg("%s: a wrong bit in %02xh/%02xh:%u took a link "
						 "down",
						 x->pair.module, g.hit.i2c, g.hit.page, g.hit.byte);
			if (sim_writes(&s) != writes)
				fail_msg("%s: a wrong bit in %02xh/%02xh:%u had it written to",
					 x->pair.module, g.hit.i2c, g.hit.page, g.hit.byte);
		}
		print_message("# %s: %d reads\n", x->pair.module, (int)g.reads);
		sim_all_up(&s, x->links);
		sim_stop(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glitch_that_looks_like_a_restart_keeps_running_links),
		cmocka_unit_test(glitch_anywhere_in_a_split_disturbs_no_sibling),
		cmocka_unit_test(glitches_at_rest_take_no_link_down),
	};

	return cmocka_run_group_tests_name("glitch", tests, NULL, NULL);
}
