/* SPDX-License-Identifier: Apache-2.0 */
/* Buses that bring wrong bits, and modules that do not take what is written. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Between the engine and the module of a cage. */
struct liar {
	struct lw_bus bus;
	struct lw_bus *inner;
	int flip_at;    /* byte of lower memory whose next reads are wrong, -1: none */
	uint8_t flip;   /* the bits */
	unsigned flips; /* so often */
	int deaf_at;    /* writes to that byte of lower memory are lost, -1: none */
	unsigned lost;  /* so many were */
};

static int lying_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct liar *x = (struct liar *)bus;
	int r = lw_bus_read(x->inner, a, ret, n, reterr);

	if (!r && x->flips && x->flip_at >= a.byte && x->flip_at < a.byte + (int)n) {
		ret[x->flip_at - a.byte] ^= x->flip;
		x->flips--;
	}
	return r;
}

static int deaf_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	struct liar *x = (struct liar *)bus;

	if (x->deaf_at == a.byte) {
		x->lost++;
		return 0;
	}
	return lw_bus_write(x->inner, a, p, n, reterr);
}

static void insert(struct sim *s, const char *cage, struct liar *x)
{
	static const struct lw_bus_ops ops = {lying_read, deaf_write};
	int i = sim_cage(s, cage);

	*x = (struct liar){
		.bus = {.ops = &ops}, .inner = s->lab.bus[i], .flip_at = -1, .deaf_at = -1};
	s->engine.module[i].bus = &x->bus;
}

/* Byte 2 says whether there are pages; lower memory is under no checksum. */
static void lie_about_pages_is_not_believed(void **state)
{
	(void)state;
	for (unsigned flips = 1; flips <= 3; flips++) {
		struct liar x;
		struct sim s;

		sim_face_to_face(&s, "2x400G");
		insert(&s, "b/p", &x);
		x.flip_at = 2;
		x.flip = 0x80;
		x.flips = flips;
		sim_pass(&s, 80000); /* the same lie twice is believed until the next check */
		assert_int_equal(x.flips, 0);
		sim_all_up(&s, 2);
		assert_false(s.engine.module[sim_cage(&s, "b/p")].facts.flat_memory);
		sim_stop(&s);
	}
}

/* Its power is set by pin and it does not care for byte 93: it is told twice and works as it is,
 * and what is done to one of its links does not bring that up again. */
static void lie_module_that_ignores_its_power_control_is_left_alone(void **state)
{
	struct liar x;
	struct sim s;

	(void)state;
	sim_start_pair(&s,
		       &(struct sim_pair){"QSFP28", "QSFP28-100G-SR4", "4x25G", "mpo12", "OM4"});
	lw_twin_pin_lpmode(s.lab.twin[sim_cage(&s, "b/p")], false);
	insert(&s, "b/p", &x);
	x.deaf_at = 93;
	sim_pass(&s, 30000);
	sim_all_up(&s, 4);
	assert_in_range(x.lost, 1, 2);
	for (int i = 0; i < 10; i++) {
		lw_engine_want(&s.engine, 0, i & 1, s.now);
		sim_pass(&s, 15000);
	}
	sim_all_up(&s, 4);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lie_about_pages_is_not_believed),
		cmocka_unit_test(lie_module_that_ignores_its_power_control_is_left_alone),
	};

	return cmocka_run_group_tests_name("lie", tests, NULL, NULL);
}
