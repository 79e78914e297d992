/* SPDX-License-Identifier: Apache-2.0 */
/* Real modules as the daemon sees them: here files that hold what modules and pins say. */
#include "plant.h"

#include <lanewise/files.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DUMP LW_ROOT "/tests/golden/cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin"

static const char fabric[] = "fabric: one\ndevices:\n  leaf1:\n    cages:\n"
			     "      swp1: {form: QSFP-DD, mode: 1x400G, module: {dump: dump.bin}}\n"
			     "cables: []\n";

struct bench {
	char folder[64], reach[128], present[128], interrupt[128];
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lwd_config config;
	struct lwd_plant plant;
};

static void write_file(const struct bench *b, const char *name, const void *p, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", b->folder, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void copy(const struct bench *b, const char *name)
{
	char bytes[8192];
	FILE *f = fopen(DUMP, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	write_file(b, name, bytes, n);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	char path[128];
	struct lw_error e;

	strcpy(b->folder, "/tmp/lw-plant-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	write_file(b, "f.yaml", fabric, sizeof(fabric) - 1);
	copy(b, "dump.bin");
	copy(b, "swp1-eeprom");
	write_file(b, "swp1-present", "1\n", 2);
	write_file(b, "swp1-interrupt", "0\n", 2);
	snprintf(b->reach, sizeof(b->reach), "eeprom:%s/{cage}-eeprom", b->folder);
	snprintf(b->present, sizeof(b->present), "%s/{cage}-present", b->folder);
	snprintf(b->interrupt, sizeof(b->interrupt), "%s/{cage}-interrupt", b->folder);
	b->config = (struct lwd_config){.modules = LWD_DEVICES,
					.reach = b->reach,
					.present = b->present,
					.interrupt = b->interrupt,
					.measure = lw_ms(1000)};
	lw_arena_init(&b->arena, 0);
	snprintf(path, sizeof(path), "%s/f.yaml", b->folder);
	if (lw_file_fabric(path, &b->arena, &b->fabric, &e) ||
	    lwd_plant_start(&b->plant, &b->config, &b->fabric, &e))
		fail_msg("%s", e.message);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"f.yaml", "dump.bin", "swp1-eeprom", "swp1-present",
					    "swp1-interrupt"};
	struct bench *b = *state;
	char path[128];

	lwd_plant_finish(&b->plant);
	lw_arena_finish(&b->arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->folder, names[i]);
		unlink(path);
	}
	rmdir(b->folder);
	free(b);
	return 0;
}

static void run(struct bench *b, int64_t ms)
{
	struct lw_mono end = lw_mono_add(b->plant.now, lw_ms(ms)), now = b->plant.now;

	for (; lw_mono_before(now, end); now = lw_mono_add(now, lw_ms(10)))
		lwd_plant_run(&b->plant, now);
	lwd_plant_run(&b->plant, end);
}

static void interrupt_line_is_told_when_it_changes(void **state)
{
	struct bench *b = *state;
	const struct lw_module *m = &b->plant.stage.engine.module[0];

	run(b, 1);
	assert_int_equal(m->line, LW_LINE_QUIET);
	write_file(b, "swp1-interrupt", "1\n", 2);
	run(b, 60);
	assert_int_equal(m->line, LW_LINE_ASSERTED);
	write_file(b, "swp1-interrupt", "nonsense\n", 9);
	run(b, 60);
	assert_int_equal(m->line, LW_LINE_ASSERTED);
	write_file(b, "swp1-interrupt", "0\n", 2);
	run(b, 60);
	assert_int_equal(m->line, LW_LINE_QUIET);
}

static void module_is_known_and_its_pin_believed(void **state)
{
	struct bench *b = *state;
	const struct lw_module *m = &b->plant.stage.engine.module[0];

	run(b, 2000);
	assert_true(m->phase > LW_MODULE_IDENTIFY);
	assert_string_equal(m->facts.vendor_pn, "QDD-400G-XDR4");
	write_file(b, "swp1-present", "0\n", 2);
	run(b, 300);
	assert_int_equal(m->phase, LW_MODULE_ABSENT);
	write_file(b, "swp1-present", "1\n", 2);
	run(b, 3000);
	assert_true(m->phase > LW_MODULE_IDENTIFY);
	assert_int_equal(m->identities, 2);
}

static void clock_that_is_set_is_followed_and_one_that_trembles_is_not(void **state)
{
	struct bench *b = *state;
	const int64_t start = INT64_C(1767225600000);
	struct lwd_plant *p = &b->plant;

	lwd_plant_clock(p, start, lw_ms(0));
	assert_int_equal(p->wall_ms, start);
	lwd_plant_clock(p, start + 10003, lw_ms(10000));
	lwd_plant_clock(p, start + 19601, lw_ms(20000));
	assert_int_equal(p->wall_ms, start);
	lwd_plant_clock(p, start + 90000, lw_ms(30000));
	assert_int_equal(p->wall_ms, start + 60000);
	lwd_plant_clock(p, start - 3600000, lw_ms(40000));
	assert_int_equal(p->wall_ms, start - 3640000);
}

static void other_modules_are_opened_before_any_is_let_go(void **state)
{
	struct bench *b = *state;
	struct lwd_plant *next = calloc(1, sizeof(*next)), *before = &b->plant;
	struct lw_bus *bus;
	struct lwd_config c = b->config;
	struct lw_error e;

	run(b, 2000);
	bus = before->bus[0];
	c.reach = "eeprom:/no/such/{cage}";
	assert_int_not_equal(lwd_plant_replace(next, before, &c, &b->fabric, &e), 0);
	run(b, 2000);
	assert_int_equal(before->stage.engine.module[0].identities, 1);
	c.modules = LWD_TWINS;
	assert_int_equal(lwd_plant_replace(next, before, &c, &b->fabric, &e), LW_ENOTSUP);
	/* the same way: its bus stays open, and the module is looked at anew */
	c = b->config;
	c.interrupt = NULL;
	lw_engine_override(&before->stage.engine, 0, true, before->now);
	assert_int_equal(lwd_plant_replace(next, before, &c, &b->fabric, &e), 0);
	assert_ptr_equal(bus, next->bus[0]);
	assert_true(next->stage.engine.cage[0].override);
	lwd_plant_finish(next);
	free(next);
	assert_int_equal(lwd_plant_start(before, &b->config, &b->fabric, &e), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(interrupt_line_is_told_when_it_changes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(module_is_known_and_its_pin_believed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			clock_that_is_set_is_followed_and_one_that_trembles_is_not, setup,
			teardown),
		cmocka_unit_test_setup_teardown(other_modules_are_opened_before_any_is_let_go,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
