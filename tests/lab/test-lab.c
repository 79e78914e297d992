/* SPDX-License-Identifier: Apache-2.0 */
/* Cables and their faults, exchanged modules, what hosts drive: seen from the host lanes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/facts.h>
#include <lanewise/formula.h>
#include <lanewise/image-bus.h>
#include <lanewise/lab.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A fabric of SFF modules, which shine by themselves. */
struct bench {
	struct lw_arena arena;
	struct lw_fabric f;
	struct lw_lab lab;
};

#define PAIR                                                                                       \
	"fabric: t\ndevices:\n"                                                                    \
	"  a: {cages: {p0: {form: QSFP28, mode: 4x25G, module: QSFP28-100G-SR4}}}\n"               \
	"  b: {cages: {p0: {form: QSFP28, mode: 4x25G, module: QSFP28-100G-SR4}}}\n"               \
	"cables:\n  - {id: c, cord: mpo12, fibre: OM4, length_m: 3, a: a/p0, b: b/p0"

static struct bench *stage(const char *text)
{
	struct bench *x = calloc(1, sizeof(*x));
	struct lw_error e;

	assert_non_null(x);
	lw_arena_init(&x->arena, 0);
	if (lw_fabric_load(text, strlen(text), "t.yaml", &x->arena, &x->f, &e) ||
	    lw_fabric_resolve(&x->f, NULL, NULL, &e) || lw_lab_init(&x->lab, &x->f, 1, &e))
		fail_msg("%s", e.message);
	for (size_t i = 0; i < x->f.cage_n; i++)
		if (x->lab.twin[i])
			lw_twin_pin_lpmode(x->lab.twin[i], false);
	lw_world_advance(x->lab.world, lw_ms(5000));
	return x;
}

static void end(struct bench *x)
{
	lw_lab_finish(&x->lab);
	lw_arena_finish(&x->arena);
	free(x);
}

static void pass(struct bench *x, int64_t ms)
{
	lw_world_advance(x->lab.world, lw_mono_add(lw_world_now(x->lab.world), lw_ms(ms)));
}

/* Ports of a cage with a carrier, as a mask. */
static unsigned carriers(struct bench *x, int cage)
{
	const struct lw_mode *m = &x->lab.cage[cage].mode;
	unsigned mask = 0;

	for (unsigned i = 0; i < m->n; i++)
		mask |= (unsigned)lw_lab_carrier(&x->lab, cage, &m->port[i]) << i;
	return mask;
}

static void set(struct bench *x, const char *text, bool on)
{
	struct lw_lab_fault fault;
	struct lw_error e;

	if (lw_lab_fault_parse(&x->f, text, &fault, &e) ||
	    lw_lab_fault_set(&x->lab, &fault, on, &e))
		fail_msg("%s: %s", text, e.message);
	pass(x, 5000);
}

static void polarity_types_join_the_lanes_they_say(void **state)
{
	const enum lw_polarity a = LW_POLARITY_A, b = LW_POLARITY_B, c = LW_POLARITY_C;
	const enum lw_polarity aba[] = {a, b, a}, bb[] = {b, b}, bc[] = {b, c}, bbb[] = {b, b, b};

	(void)state;
	for (unsigned n = 12; n <= 16; n += 4)
		for (unsigned lane = 0; lane < n / 2; lane++) {
			/* one reversal joins lane by lane, none or two join transmitters */
			assert_int_equal(lw_polarity_lane(&b, 1, n, lane), lane);
			assert_int_equal(lw_polarity_lane(aba, 3, n, lane), lane);
			assert_int_equal(lw_polarity_lane(bbb, 3, n, lane), lane);
			assert_int_equal(lw_polarity_lane(&a, 1, n, lane), -1);
			assert_int_equal(lw_polarity_lane(bb, 2, n, lane), -1);
			assert_int_equal(lw_polarity_lane(&c, 1, n, lane), -1);
			/* flipped pairs behind a reversal: neighbours exchange */
			assert_int_equal(lw_polarity_lane(bc, 2, n, lane), lane ^ 1);
		}
	assert_int_equal(lw_polarity_lane(&b, 1, 12, 6), -1);
	assert_int_equal(lw_polarity_lane(&b, 1, 0, 0), -1);
}

static void cable_of_each_kind_lights_what_it_should(void **state)
{
	static const struct {
		const char *keys;
		unsigned a, b; /* ports with a carrier */
	} rows[] = {
		{"}\n", 15, 15},
		{", polarity: B}\n", 15, 15},
		{", polarity: [A, B, A]}\n", 15, 15},
		{", polarity: A}\n", 0, 0},
		{", polarity: C}\n", 0, 0},
		{", polarity: [B, B]}\n", 0, 0},
		{", polarity: [B, C]}\n", 15, 15},
		{", lanes: [2, 1, 4, 3]}\n", 15, 15},
		{", lanes: [2, ~, 4, 3]}\n", 13, 14},
		{", broken: [3]}\n", 11, 11},
		{", dirt_db: 2}\n", 15, 15},
		{", dirt_db: 30}\n", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		struct bench *x;

		snprintf(text, sizeof(text), PAIR "%s", rows[i].keys);
		x = stage(text);
		if (carriers(x, 0) != rows[i].a || carriers(x, 1) != rows[i].b)
			fail_msg("%s: carriers %x and %x", rows[i].keys, carriers(x, 0),
				 carriers(x, 1));
		end(x);
	}
}

static bool found(const struct lw_flink *l, const char *rule)
{
	for (size_t i = 0; i < l->findings.n; i++)
		if (strcmp(l->findings.v[i].rule, rule) == 0)
			return true;
	return false;
}

static void wrong_cable_is_found_before_it_is_plugged(void **state)
{
	struct bench *x;

	(void)state;
	x = stage(PAIR ", polarity: [A, A]}\n");
	assert_int_equal(x->f.link_n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(found(&x->f.links[i], "polarity") && x->f.links[i].verdict == LW_DOWN);
	end(x);
	x = stage(PAIR ", broken: [2]}\n");
	assert_true(x->f.links[1].verdict == LW_DOWN && x->f.links[0].verdict == LW_UP);
	end(x);
	x = stage(PAIR ", dirt_db: 30}\n");
	assert_true(found(&x->f.links[0], "loss-budget"));
	end(x);
	x = stage(PAIR ", polarity: B}\n");
	assert_true(x->f.links[0].verdict == LW_UP && !found(&x->f.links[0], "polarity"));
	end(x);
}

/* 100G over four lanes: exchanged within a link they are put in order, between links not. */
static void exchanged_lanes_spoil_only_what_crosses_links(void **state)
{
	struct bench *x;

	(void)state;
	x = stage("fabric: t\ndevices:\n"
		  "  a: {cages: {p0: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}}}\n"
		  "  b: {cages: {p0: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}}}\n"
		  "cables:\n  - {id: c, cord: mpo12, fibre: OM4, length_m: 3, a: a/p0, b: b/p0,\n"
		  "     lanes: [4, 3, 2, 1]}\n");
	assert_int_equal(carriers(x, 0), 1);
	set(x, "crossed:a/p0", true);
	assert_int_equal(carriers(x, 0), 1);
	end(x);
	x = stage("fabric: t\ndevices:\n"
		  "  a: {cages: {p0: {form: QSFP28, mode: 2x50G, module: QSFP28-100G-SR4}}}\n"
		  "  b: {cages: {p0: {form: QSFP28, mode: 2x50G, module: QSFP28-100G-SR4}}}\n"
		  "cables:\n  - {id: c, cord: mpo12, fibre: OM4, length_m: 3, a: a/p0, b: b/p0}\n");
	assert_int_equal(carriers(x, 0), 3);
	set(x, "crossed:a/p0", true);
	assert_int_equal(carriers(x, 0), 0);
	set(x, "crossed:a/p0", false);
	assert_int_equal(carriers(x, 0), 3);
	end(x);
}

static void cable_faults_come_and_go(void **state)
{
	static const struct {
		const char *fault;
		unsigned left; /* carriers at a while it is on */
	} rows[] = {
		{"cut:a/p0:2", 13},          {"dirty:a/p0:1=30", 14}, {"dirty:b/p0:1=0.5", 15},
		{"polarity:a/p0:4", 7},      {"polarity:a/p0", 0},    {"unplug:b/p0", 0},
		{"cut:a/p0:1 - b/p0:1", 14},
	};
	struct bench *x = stage(PAIR "}\n");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(carriers(x, 0), 15);
		set(x, rows[i].fault, true);
		if (carriers(x, 0) != rows[i].left)
			fail_msg("%s: carriers %x", rows[i].fault, carriers(x, 0));
		set(x, rows[i].fault, false);
	}
	assert_int_equal(carriers(x, 0), 15);
	end(x);
}

static void identity(struct bench *x, int cage, struct lw_facts *ret)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_view v;

	assert_non_null(img);
	assert_int_equal(lw_image_read(x->lab.bus[cage], NULL, NULL, img, NULL), 0);
	lw_image_view(img, &v);
	lw_facts_decode(&v, ret);
	free(img);
}

static void swapped_module_is_another_and_the_cable_stays(void **state)
{
	static struct lw_facts facts;
	struct bench *x = stage(PAIR "}\n");
	struct lw_bus *bus = x->lab.bus[0];

	(void)state;
	set(x, "cut:a/p0:2", true);
	set(x, "swap:a/p0=QSFP28-100G-LR4", true);
	assert_ptr_equal(x->lab.bus[0], bus);
	identity(x, 0, &facts);
	assert_string_equal(facts.vendor_pn, "QSFP28-100G-LR4");
	assert_int_equal(carriers(x, 0), 0);
	set(x, "swap:a/p0=x", false);
	lw_twin_pin_lpmode(x->lab.twin[0], false);
	pass(x, 5000);
	identity(x, 0, &facts);
	assert_string_equal(facts.vendor_pn, "QSFP28-100G-SR4");
	/* a cut fibre is not mended by a new module */
	assert_int_equal(carriers(x, 0), 13);
	set(x, "counterfeit:a/p0=NONAME", true);
	identity(x, 0, &facts);
	assert_string_equal(facts.vendor_name, "NONAME");
	for (unsigned i = 0; i < facts.checksum_n; i++)
		assert_int_equal(facts.checksum[i].stored, facts.checksum[i].computed);
	set(x, "counterfeit:a/p0", false);
	identity(x, 0, &facts);
	assert_string_equal(facts.vendor_name, "LANEWISE");
	end(x);
}

/* A CAUI-4 module of 100GBASE-DR ends the host's FEC and runs its own on the fibre. */
static void mode_change_keeps_the_fec_that_the_module_makes(void **state)
{
	struct bench *x = stage(
		"fabric: t\ndevices:\n"
		"  a: {cages: {p0: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-DR, fec: "
		"none}}}\n"
		"  b: {cages: {p0: {form: SFP112, mode: 1x100G, module: SFP112-100G-DR}}}\n"
		"cables:\n  - {id: c, cord: duplex, fibre: OS2, length_m: 3, a: a/p0, b: b/p0}\n");
	struct lw_mode mode;
	const char *before = x->lab.fec[0][0];

	(void)state;
	assert_string_equal(before, "RS(544,514)");
	assert_int_equal(lw_mode_parse("1x100G", 4, &mode, NULL), 0);
	lw_lab_drive(&x->lab, 0, &mode);
	assert_string_equal(x->lab.fec[0][0], before);
	/* another mode, which the module does not serve: what the host is configured to run */
	assert_int_equal(lw_mode_parse("4x25G", 4, &mode, NULL), 0);
	lw_lab_drive(&x->lab, 0, &mode);
	assert_string_equal(x->lab.fec[0][0], "none");
	end(x);
}

static void wrong_faults_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"cut",
		"cut:",
		"cut:a/p9",
		"cut:a/p0:9",
		"cut:a/p0@x",
		"cut:a/p0@5-1",
		"cut:a/p0@-1",
		"nonsense:a/p0",
		"swap:a/p0",
		"swap:a/p0=",
		"dirty:a/p0=x",
		"dirty:a/p0=-1",
		"dirty:a/p0=1e9",
		"counterfeit:a/p0=12345678901234567",
		"cut:a/p0=1",
	};
	struct bench *x = stage(PAIR "}\n");
	struct lw_lab_fault fault;
	struct lw_error e;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (lw_lab_fault_parse(&x->f, texts[i], &fault, &e) != LW_EINVAL)
			fail_msg("\"%s\" is taken", texts[i]);
	assert_int_equal(lw_lab_fault_parse(&x->f, "replug:a/p0@3", &fault, &e), 0);
	assert_int_equal(fault.until.ns, lw_mono_add(lw_ms(3000), lw_twin_replug_time()).ns);
	assert_int_equal(lw_lab_fault_parse(&x->f, "swap:a/p0=x@y.bin@7-9", &fault, &e), 0);
	assert_string_equal(fault.value, "x@y.bin");
	assert_int_equal(fault.at.ns, lw_ms(7000).ns);
	/* without a reader only parts can be swapped in; nothing changes */
	assert_int_equal(lw_lab_fault_set(&x->lab, &fault, true, &e), LW_ENOENT);
	assert_int_equal(carriers(x, 0), 15);
	end(x);
}

/* Cages that are told of, as a mask. */
static unsigned told(struct bench *x)
{
	unsigned mask = 0;
	int cage;

	while ((cage = lw_lab_changed(&x->lab)) >= 0) {
		assert_false(mask >> cage & 1);
		mask |= 1u << cage;
	}
	return mask;
}

static void change_of_a_carrier_is_told_once_to_both_ends(void **state)
{
	struct bench *x = stage(PAIR "}\n");
	struct lw_mode mode = x->lab.cage[1].mode;

	(void)state;
	assert_int_equal(told(x), 3);
	assert_int_equal(told(x), 0);
	pass(x, 60000); /* nothing happens by itself */
	assert_int_equal(told(x), 0);
	set(x, "cut:a/p0:2", true);
	assert_int_equal(told(x), 3);
	set(x, "cut:a/p0:2", false);
	assert_int_equal(told(x), 3);
	lw_twin_drive(x->lab.twin[1], 0, NULL); /* the far host stops */
	assert_int_equal(carriers(x, 0), 14);
	assert_int_equal(told(x) & 1, 1);
	lw_lab_drive(&x->lab, 1, &mode);
	assert_int_equal(carriers(x, 0), 15);
	assert_int_equal(told(x) & 1, 1);
	set(x, "swap:b/p0=QSFP28-100G-LR4", true);
	assert_int_equal(told(x), 3);
	end(x);
}

/* Light that is still bright enough for a lock, but not for the code: no carrier. */
static void carrier_needs_errors_that_its_fec_mends(void **state)
{
	struct bench *x = stage(PAIR "}\n");
	const struct lw_lport *port = &x->lab.cage[0].mode.port[0];
	unsigned locked = 0, carrier = 0;
	struct lw_signal s;

	(void)state;
	for (unsigned tenth = 0; tenth < 250; tenth++) {
		char text[40];
		bool holds;

		snprintf(text, sizeof(text), "dirty:a/p0:1=%u.%u", tenth / 10, tenth % 10);
		set(x, text, true);
		if (!lw_twin_receive(x->lab.twin[0], port->first, &s)) {
			assert_int_equal(carriers(x, 0), 14);
			continue;
		}
		locked++;
		holds = lw_fec_holds(lw_fec_find(x->lab.cage[0].host_fec[0]), s.ber);
		carrier += holds;
		assert_int_equal(carriers(x, 0), holds ? 15 : 14);
	}
	assert_true(carrier > 10 && locked > carrier);
	end(x);
}

/* ASan has a heap of its own. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t in_use(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
						       : mallinfo2().uordblks;
}

static void swapping_again_and_again_takes_no_more_memory(void **state)
{
	struct bench *x = stage(PAIR "}\n");
	size_t before = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		if (i == 4)
			before = in_use();
		set(x, "swap:a/p0=QSFP28-100G-LR4", true);
		assert_int_equal(carriers(x, 1), 0);
		set(x, "swap:a/p0=x", false);
		lw_twin_pin_lpmode(x->lab.twin[0], false);
		pass(x, 5000);
		assert_int_equal(carriers(x, 0), 15);
	}
	assert_true(in_use() <= before + 4096); /* one twin has some 50 kB */
	end(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polarity_types_join_the_lanes_they_say),
		cmocka_unit_test(cable_of_each_kind_lights_what_it_should),
		cmocka_unit_test(wrong_cable_is_found_before_it_is_plugged),
		cmocka_unit_test(exchanged_lanes_spoil_only_what_crosses_links),
		cmocka_unit_test(cable_faults_come_and_go),
		cmocka_unit_test(swapped_module_is_another_and_the_cable_stays),
		cmocka_unit_test(change_of_a_carrier_is_told_once_to_both_ends),
		cmocka_unit_test(carrier_needs_errors_that_its_fec_mends),
		cmocka_unit_test(swapping_again_and_again_takes_no_more_memory),
		cmocka_unit_test(mode_change_keeps_the_fec_that_the_module_makes),
		cmocka_unit_test(wrong_faults_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
