/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/arbiter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define USERS 24

static const struct lw_mono t0 = {0};

/* One turn that takes no time. @return the user, or -1 */
static int turn(struct lw_arbiter *a, struct lw_mono now)
{
	size_t i;

	if (lw_arbiter_next(a, now, &i).ns == LW_NEVER.ns)
		return -1;
	lw_arbiter_done(a);
	return (int)i;
}

static void arbiter_gives_urgent_work_first(void **state)
{
	struct lw_arbiter_user u[3] = {{0}};
	struct lw_arbiter a;

	(void)state;
	lw_arbiter_init(&a, u, 3, t0);
	assert_int_equal(turn(&a, t0), -1);
	lw_arbiter_ask(&a, 0, LW_ARBITER_BULK, t0);
	lw_arbiter_ask(&a, 1, LW_ARBITER_POLL, t0);
	lw_arbiter_ask(&a, 2, LW_ARBITER_BRINGUP, t0);
	assert_int_equal(turn(&a, t0), 2);
	assert_int_equal(turn(&a, t0), 1);
	assert_int_equal(turn(&a, t0), 0);
	assert_int_equal(turn(&a, t0), -1);
}

static void arbiter_goes_round_in_a_class(void **state)
{
	static const int order[] = {0, 1, 3};
	struct lw_arbiter_user u[4] = {{0}};
	struct lw_arbiter a;

	(void)state;
	lw_arbiter_init(&a, u, 4, t0);
	for (unsigned k = 0; k < 12; k++) {
		for (size_t i = 0; i < 4; i++)
			if (i != 2)
				lw_arbiter_ask(&a, i, LW_ARBITER_POLL, t0);
		assert_int_equal(turn(&a, t0), order[k % 3]);
	}
	assert_int_equal(u[2].turns, 0);
	assert_int_equal(u[3].turns, 4);
}

static void arbiter_gives_one_turn_at_a_time(void **state)
{
	struct lw_arbiter_user u[2] = {{0}};
	struct lw_arbiter a;
	size_t i = 9;

	(void)state;
	lw_arbiter_init(&a, u, 2, t0);
	lw_arbiter_ask(&a, 0, LW_ARBITER_POLL, t0);
	lw_arbiter_ask(&a, 1, LW_ARBITER_POLL, t0);
	assert_int_equal(lw_arbiter_next(&a, lw_ms(5), &i).ns, lw_ms(5).ns);
	assert_int_equal(i, 0);
	assert_int_equal(lw_arbiter_next(&a, lw_ms(5), &i).ns, LW_NEVER.ns);
	lw_arbiter_done(&a);
	lw_arbiter_withdraw(&a, 1);
	assert_int_equal(turn(&a, lw_ms(5)), -1);
}

/*
 * The bound of the header: whatever the others do, a user that asks waits for fewer than
 * U * LW_ARBITER_SHARE turns, U being the users of its class. Here every user asks again at once,
 * and classes change at random.
 */
static void arbiter_starves_nobody(void **state)
{
	unsigned worst = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lw_arbiter_user u[USERS] = {{0}};
		unsigned waits[USERS] = {0}, per_class[LW_ARBITER_CLASSES] = {0};
		struct lw_arbiter a;
		uint64_t z = seed;

		lw_arbiter_init(&a, u, USERS, t0);
		for (size_t i = 0; i < USERS; i++) {
			unsigned class;

			z = z * 6364136223846793005u + 1442695040888963407u;
			class = (unsigned)(z >> 33) % LW_ARBITER_CLASSES;
			per_class[class]++;
			lw_arbiter_ask(&a, i, (enum lw_arbiter_class) class, t0);
		}
		for (unsigned k = 0; k < 3000; k++) {
			int got = turn(&a, t0);

			assert_true(got >= 0);
			for (int i = 0; i < USERS; i++)
				waits[i] = i == got ? 0 : waits[i] + 1;
			for (int i = 0; i < USERS; i++) {
				assert_true(waits[i] < per_class[u[i].urgency] * LW_ARBITER_SHARE);
				worst = waits[i] > worst ? waits[i] : worst;
			}
			lw_arbiter_ask(&a, (size_t)got, (enum lw_arbiter_class)u[got].urgency, t0);
		}
	}
	assert_true(worst > USERS); /* the low classes did have to wait */
}

/* Urgent work keeps most of the bus: five of seven turns while both lower classes always ask. */
static void arbiter_leaves_most_turns_to_urgent_work(void **state)
{
	struct lw_arbiter_user u[3] = {{0}};
	struct lw_arbiter a;

	(void)state;
	lw_arbiter_init(&a, u, 3, t0);
	for (unsigned k = 0; k < 800; k++) {
		for (size_t i = 0; i < 3; i++)
			lw_arbiter_ask(&a, i, (enum lw_arbiter_class)i, t0);
		turn(&a, t0);
	}
	assert_true(u[0].turns >= 570);
	assert_true(u[1].turns >= 100);
	assert_true(u[2].turns >= 100);
}

static void arbiter_waits_for_the_mux_to_settle(void **state)
{
	struct lw_arbiter_user u[3] = {{.channel = 4}, {.channel = 5}, {.channel = 5}};
	struct lw_arbiter a;
	size_t i;

	(void)state;
	lw_arbiter_init(&a, u, 3, lw_us(500));
	for (i = 0; i < 3; i++)
		lw_arbiter_ask(&a, i, LW_ARBITER_POLL, t0);
	assert_int_equal(lw_arbiter_next(&a, lw_ms(1), &i).ns, lw_us(1500).ns);
	assert_int_equal(i, 0);
	lw_arbiter_done(&a);
	assert_int_equal(lw_arbiter_next(&a, lw_ms(2), &i).ns, lw_us(2500).ns);
	assert_int_equal(i, 1);
	lw_arbiter_done(&a);
	/* the channel of the one before; it has settled meanwhile, or not yet */
	assert_int_equal(lw_arbiter_next(&a, lw_us(2200), &i).ns, lw_us(2500).ns);
	assert_int_equal(i, 2);
	lw_arbiter_done(&a);
	lw_arbiter_ask(&a, 1, LW_ARBITER_POLL, t0);
	assert_int_equal(lw_arbiter_next(&a, lw_ms(9), &i).ns, lw_ms(9).ns);
}

static void arbiter_quiet_module_belongs_to_its_owner(void **state)
{
	/* users 0 and 1 are of one module, 2 of another */
	struct lw_arbiter_user u[3] = {{.module = 7}, {.module = 7}, {.module = 8}};
	struct lw_arbiter a;

	(void)state;
	lw_arbiter_init(&a, u, 3, t0);
	assert_true(lw_arbiter_quiet(&a, 0, lw_ms(1), lw_ms(80)));
	assert_false(lw_arbiter_quiet(&a, 1, lw_ms(1), lw_ms(80)));
	assert_true(lw_arbiter_quiet(&a, 2, lw_ms(1), lw_ms(30))); /* its own module */
	lw_arbiter_ask(&a, 1, LW_ARBITER_BRINGUP, lw_ms(2));
	assert_int_equal(turn(&a, lw_ms(2)), -1);
	assert_int_equal(lw_arbiter_due(&a, lw_ms(2)).ns, lw_ms(80).ns);
	lw_arbiter_ask(&a, 0, LW_ARBITER_BULK, lw_ms(2));
	lw_arbiter_ask(&a, 2, LW_ARBITER_POLL, lw_ms(2));
	assert_int_equal(turn(&a, lw_ms(2)), 2);
	assert_int_equal(turn(&a, lw_ms(2)), 0);
	assert_int_equal(turn(&a, lw_ms(79)), -1);
	/* an owner that died holds nobody for ever */
	assert_int_equal(turn(&a, lw_ms(80)), 1);

	assert_true(lw_arbiter_quiet(&a, 0, lw_ms(90), lw_ms(1000)));
	lw_arbiter_ask(&a, 1, LW_ARBITER_POLL, lw_ms(91));
	assert_int_equal(turn(&a, lw_ms(91)), -1);
	lw_arbiter_loud(&a, 0);
	assert_int_equal(lw_arbiter_due(&a, lw_ms(91)).ns, LW_NEVER.ns);
	assert_int_equal(turn(&a, lw_ms(91)), 1);
}

/* Who is kept off by a quiet mode is not counted as passed over: it would get turns for it later.
 */
static void arbiter_quiet_time_earns_no_turns(void **state)
{
	struct lw_arbiter_user u[3] = {{.module = 1}, {.module = 1}, {.module = 2}};
	struct lw_arbiter a;

	(void)state;
	lw_arbiter_init(&a, u, 3, t0);
	lw_arbiter_quiet(&a, 0, t0, lw_ms(50));
	lw_arbiter_ask(&a, 1, LW_ARBITER_BULK, t0);
	for (unsigned k = 0; k < 40; k++) {
		lw_arbiter_ask(&a, 2, LW_ARBITER_POLL, t0);
		assert_int_equal(turn(&a, lw_ms(1)), 2);
	}
	lw_arbiter_ask(&a, 2, LW_ARBITER_POLL, t0);
	assert_int_equal(turn(&a, lw_ms(60)), 2);
}

static void arbiter_without_users_is_idle(void **state)
{
	struct lw_arbiter a;
	size_t i;

	(void)state;
	lw_arbiter_init(&a, NULL, 0, t0);
	assert_int_equal(lw_arbiter_next(&a, t0, &i).ns, LW_NEVER.ns);
	assert_int_equal(lw_arbiter_due(&a, t0).ns, LW_NEVER.ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arbiter_gives_urgent_work_first),
		cmocka_unit_test(arbiter_goes_round_in_a_class),
		cmocka_unit_test(arbiter_gives_one_turn_at_a_time),
		cmocka_unit_test(arbiter_starves_nobody),
		cmocka_unit_test(arbiter_leaves_most_turns_to_urgent_work),
		cmocka_unit_test(arbiter_waits_for_the_mux_to_settle),
		cmocka_unit_test(arbiter_quiet_module_belongs_to_its_owner),
		cmocka_unit_test(arbiter_quiet_time_earns_no_turns),
		cmocka_unit_test(arbiter_without_users_is_idle),
	};

	return cmocka_run_group_tests_name("arbiter", tests, NULL, NULL);
}
