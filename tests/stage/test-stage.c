/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/stage.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "fabric: pair\n"
			   "devices:\n"
			   "  a: {cages: {p: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}}}\n"
			   "  b: {cages: {p: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}}}\n"
			   "cables:\n"
			   "  - {id: c, cord: mpo16, fibre: OS2, length_m: 30, a: a/p, b: [b/p]}\n";

struct bench {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_stage stage;
	struct lw_mono now;
	int b; /* a cage */
};

static void run(struct bench *x, unsigned until_ms)
{
	for (;;) {
		struct lw_mono next = lw_stage_run(&x->stage, x->now);

		if (lw_mono_before(lw_ms(until_ms), next))
			break;
		x->now = next;
	}
	x->now = lw_ms(until_ms);
	lw_stage_run(&x->stage, x->now);
}

static int setup(void **state)
{
	struct bench *x = calloc(1, sizeof(*x));
	struct lw_error e;

	assert_non_null(x);
	*state = x;
	lw_arena_init(&x->arena, 0);
	if (lw_fabric_load(text, strlen(text), "pair", &x->arena, &x->fabric, &e) ||
	    lw_fabric_resolve(&x->fabric, NULL, NULL, &e) ||
	    lw_stage_init(&x->stage, &x->fabric, 1, &e))
		fail_msg("%s", e.message);
	x->b = lw_fabric_cage_find(&x->fabric, "b/p");
	run(x, 20000);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 2);
	return 0;
}

static int teardown(void **state)
{
	struct bench *x = *state;

	lw_stage_finish(&x->stage);
	lw_arena_finish(&x->arena);
	free(x);
	return 0;
}

static struct lw_lab_fault parsed(const struct bench *x, const char *what)
{
	struct lw_lab_fault ret;

	assert_int_equal(lw_lab_fault_parse(&x->fabric, what, &ret, NULL), 0);
	return ret;
}

static void module_that_is_pulled_is_missed_at_once(void **state)
{
	struct bench *x = *state;
	struct lw_lab_fault pull = parsed(x, "unplug:b/p@30-40");
	struct lw_why_host host = lw_stage_host(&x->stage);

	assert_int_equal(lw_stage_fault(&x->stage, &pull, x->now, NULL), 0);
	run(x, 29999);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 2);
	assert_int_equal(host.present(host.ctx, x->b), 1);
	run(x, 30000);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 0);
	assert_int_equal(host.present(host.ctx, x->b), 0);
	run(x, 60000);
	assert_int_equal(host.present(host.ctx, x->b), 1);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 2);
	assert_int_equal(x->stage.fault_n, 0);
}

static void module_that_is_exchanged_is_told_as_gone_and_there(void **state)
{
	struct bench *x = *state;
	struct lw_lab_fault swap = parsed(x, "swap:b/p=OSFP-800G-SR8");
	bool on;

	assert_int_equal(lw_lab_fault_set(&x->stage.lab, &swap, true, NULL), 0);
	assert_int_equal(lw_lab_presence(&x->stage.lab, &on), x->b);
	assert_false(on);
	assert_int_equal(lw_lab_presence(&x->stage.lab, &on), x->b);
	assert_true(on);
	assert_int_equal(lw_lab_presence(&x->stage.lab, &on), -1);
}

static void fault_that_is_on_is_not_put_on_again(void **state)
{
	struct bench *x = *state;
	struct lw_lab_fault cut = parsed(x, "cut:a/p:1@25-30"), later = parsed(x, "cut:a/p:1@30"),
			    at_once = parsed(x, "cut:a/p:1@29");

	assert_int_equal(lw_stage_fault(&x->stage, &cut, x->now, NULL), 0);
	assert_int_equal(lw_stage_fault(&x->stage, &at_once, x->now, NULL), LW_EINVAL);
	assert_int_equal(lw_stage_fault(&x->stage, &later, x->now, NULL), 0);
	run(x, 28000);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 1);
	assert_int_equal(lw_stage_mend(&x->stage, &cut, NULL), 0);
	assert_int_equal(lw_stage_mend(&x->stage, &cut, NULL), 0); /* the one to come */
	assert_int_equal(lw_stage_mend(&x->stage, &cut, NULL), LW_ENOENT);
	run(x, 60000);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 2);
}

static void fault_that_cannot_be_is_told_when_it_is_due(void **state)
{
	struct bench *x = *state;
	struct lw_lab_fault no = parsed(x, "swap:b/p=NO-SUCH-PART");

	assert_int_equal(lw_stage_fault(&x->stage, &no, x->now, NULL), LW_ENOENT);
	assert_int_equal(x->stage.fault_n, 0);
	no.at = lw_ms(30000);
	assert_int_equal(lw_stage_fault(&x->stage, &no, x->now, NULL), 0);
	run(x, 40000);
	assert_int_equal(x->stage.fault_n, 0);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 2);
}

static void mode_reaches_module_and_host(void **state)
{
	struct bench *x = *state;

	assert_int_equal(lw_stage_mode(&x->stage, x->b, "8x100G", x->now, NULL), 0);
	assert_int_equal(lw_stage_mode(&x->stage, lw_fabric_cage_find(&x->fabric, "a/p"), "8x100G",
				       x->now, NULL),
			 0);
	run(x, 60000);
	assert_int_equal(x->stage.engine.count[LW_LINK_UP], 8);
	assert_int_not_equal(lw_stage_mode(&x->stage, x->b, "3x7G", x->now, NULL), 0);
	assert_int_equal(x->stage.lab.cage[x->b].mode.n, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(module_that_is_pulled_is_missed_at_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(module_that_is_exchanged_is_told_as_gone_and_there,
						setup, teardown),
		cmocka_unit_test_setup_teardown(fault_that_is_on_is_not_put_on_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(fault_that_cannot_be_is_told_when_it_is_due, setup,
						teardown),
		cmocka_unit_test_setup_teardown(mode_reaches_module_and_host, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
