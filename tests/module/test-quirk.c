/* SPDX-License-Identifier: Apache-2.0 */
#include "host-bench.h"
#include <lanewise/image-bus.h>
#include <lanewise/module.h>
#include <lanewise/quirk.h>

static struct lw_facts facts(enum lw_map_id map, const char *vendor, const char *pn)
{
	struct lw_facts f = {.map = map, .fw_major = LW_NONE, .fw_minor = LW_NONE};

	strcpy(f.vendor_name, vendor);
	strcpy(f.vendor_pn, pn);
	return f;
}

static void quirk_rows_have_evidence(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct lw_quirk *q; (q = lw_quirk_at(n)) != NULL; n++)
		assert_true(strlen(q->evidence) > 10 && strlen(q->doc) > 10);
	assert_true(n >= 10);
	assert_null(lw_quirk_at(n));
}

static void quirk_finds_known_modules(void **state)
{
	struct lw_facts f;
	struct lw_quirks q;

	(void)state;
	f = facts(LW_MAP_SFF8472, "VSOL", "V2801F");
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.max_read, 1);
	assert_int_equal(q.n, 1);
	assert_string_equal(q.row[0]->id, "vsol-one-byte");
	f = facts(LW_MAP_SFF8472, "oem", "V2801F"); /* case differs by seller */
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.max_read, 1);
	f = facts(LW_MAP_SFF8472, "OEM", "V2801G");
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.n, 0);
	f = facts(LW_MAP_SFF8472, "HALNy", "HL-GSFP");
	lw_quirk_find(&f, NULL, &q);
	assert_true(q.ignore_los && q.ignore_tx_fault);
	assert_int_equal(q.n, 2);
	f = facts(LW_MAP_SFF8472, "ALCATELLUCENT", "3FE46541AA");
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.start.ns, lw_ms(60000).ns);
	/* many modules state neither firmware nor revision; this quirk is of all of them */
	f.fw_major = f.fw_minor = LW_NONE;
	f.cmis_major = f.cmis_minor = 0;
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.start.ns, lw_ms(60000).ns);
	/* the same names under another map are another module */
	f.map = LW_MAP_SFF8636;
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(q.n, 0);
}

static void quirk_can_be_switched_off(void **state)
{
	struct lw_facts f = facts(LW_MAP_SFF8472, "HALNy", "HL-GSFP");
	struct lw_quirks q;

	(void)state;
	lw_quirk_find(&f, "all", &q);
	assert_int_equal(q.n, 0);
	lw_quirk_find(&f, "vsol-one-byte,hl-gsfp-los", &q);
	assert_true(q.ignore_tx_fault && !q.ignore_los);
	lw_quirk_find(&f, "hl-gsfp", &q); /* no id */
	assert_int_equal(q.n, 2);
	lw_quirk_find(&f, "", &q);
	assert_int_equal(q.n, 2);
}

static void quirk_short_dp_init_is_doubted(void **state)
{
	struct lw_facts f = facts(LW_MAP_CMIS, "ANY", "THING");
	struct lw_quirks q, none = {0};

	(void)state;
	lw_quirk_find(&f, NULL, &q);
	assert_int_equal(lw_quirk_dp_init(&q, lw_ms(500)).ns, lw_ms(5000).ns);
	assert_int_equal(lw_quirk_dp_init(&q, lw_ms(1000)).ns, lw_ms(10000).ns);
	assert_int_equal(lw_quirk_dp_init(&q, lw_ms(5000)).ns, lw_ms(5000).ns);
	assert_int_equal(lw_quirk_dp_init(&none, lw_ms(500)).ns, lw_ms(500).ns);
}

static void quirk_bus_reads_in_pieces(void **state)
{
	static const unsigned limits[] = {1, 8, 16, 100};
	static struct lw_image image, whole, parts;

	(void)state;
	bench_image(&image);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct lw_quirk_bus q;
		struct bench all, few;
		uint8_t a[128], b[128];
		struct lw_addr at = {0x50, 0, 0, 128};

		bench_open(&all, &image, (struct lw_twin_options){0});
		bench_open(&few, &image, (struct lw_twin_options){.read_max = limits[i]});
		lw_quirk_bus_init(&q, &few.bus);
		if (i & 1)
			q.max_read = (uint8_t)limits[i]; /* known by its quirk */
		assert_int_equal(lw_bus_read(&all.bus, at, a, 128, NULL), 0);
		assert_int_equal(lw_bus_read(&q.bus, at, b, 128, NULL), 0);
		assert_memory_equal(a, b, 128);
		/* learned once, then without a failed try */
		few.bus.stats.errors = 0;
		assert_int_equal(lw_bus_read(&q.bus, at, b, 128, NULL), 0);
		assert_int_equal(few.bus.stats.errors, 0);
		assert_true(q.max_read <= limits[i]);
		/* a whole module through it */
		assert_int_equal(lw_image_read(&all.bus, NULL, NULL, &whole, NULL), 0);
		assert_int_equal(lw_image_read(&q.bus, NULL, NULL, &parts, NULL), 0);
		assert_memory_equal(whole.present, parts.present, sizeof(whole.present));
		bench_close(&all);
		bench_close(&few);
	}
}

static void quirk_bus_does_not_learn_from_other_faults(void **state)
{
	static struct lw_image image;
	struct lw_quirk_bus q;
	struct bench b;
	struct lw_addr at = {0x50, 0, 0, 128};
	struct lw_error e;
	uint8_t p[128];

	(void)state;
	bench_image(&image);
	bench_open(&b, &image, (struct lw_twin_options){0});
	lw_quirk_bus_init(&q, &b.bus);
	lw_twin_fault(b.twin, LW_FAULT_NACK, 0, true);
	assert_int_equal(lw_bus_read(&q.bus, at, p, 128, &e), LW_ENACK);
	assert_int_equal(b.accesses, 1);
	assert_int_equal(q.max_read, 128);
	lw_twin_fault(b.twin, LW_FAULT_NACK, 0, false);
	/* nothing longer than a byte works: single bytes it is, until the fault ends */
	lw_twin_fault(b.twin, LW_FAULT_SHORT, 0, true);
	assert_int_equal(lw_bus_read(&q.bus, at, p, 128, &e), 0);
	assert_int_equal(q.max_read, 1);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirk_rows_have_evidence),
		cmocka_unit_test(quirk_finds_known_modules),
		cmocka_unit_test(quirk_can_be_switched_off),
		cmocka_unit_test(quirk_short_dp_init_is_doubted),
		cmocka_unit_test(quirk_bus_reads_in_pieces),
		cmocka_unit_test(quirk_bus_does_not_learn_from_other_faults),
	};

	return cmocka_run_group_tests_name("quirk", tests, NULL, NULL);
}
