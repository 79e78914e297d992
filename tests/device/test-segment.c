/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/device.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void pause_ms(unsigned ms)
{
	poll(NULL, 0, (int)ms);
}

/* Wait up to 5 s for a count. */
static void wait_for(const atomic_uint *count, unsigned want)
{
	for (unsigned i = 0; i < 5000 && atomic_load(count) < want; i++)
		pause_ms(1);
	assert_true(atomic_load(count) >= want);
}

/* A bus that hangs: its read does not come back before somebody writes into the pipe. */
struct hanging {
	struct lw_bus bus;
	int fd[2];
	atomic_uint asked, answered;
};

static int hanging_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			struct lw_error *reterr)
{
	struct hanging *h = (struct hanging *)bus;

	atomic_fetch_add(&h->asked, 1);
	if (read(h->fd[0], ret, n) < 0)
		return lw_fail_at(reterr, LW_EIO, a.page, a.byte, "pipe");
	atomic_fetch_add(&h->answered, 1);
	return 0;
}

static struct lw_mono hanging_run(void *ctx, struct lw_mono now)
{
	struct hanging *h = ctx;
	uint8_t b;

	(void)now;
	lw_bus_read(&h->bus, (struct lw_addr){.i2c = 0x50}, &b, 1, NULL);
	return LW_NEVER;
}

struct ticking {
	atomic_uint runs;
	struct lw_mono last;
	atomic_uint backwards;
};

static struct lw_mono tick(void *ctx, struct lw_mono now)
{
	struct ticking *t = ctx;

	if (lw_mono_before(now, t->last))
		atomic_fetch_add(&t->backwards, 1);
	t->last = now;
	atomic_fetch_add(&t->runs, 1);
	return lw_mono_add(now, lw_ms(1));
}

static void segment_that_hangs_stalls_no_other(void **state)
{
	static const struct lw_bus_ops ops = {.read = hanging_read};
	struct hanging h = {.bus.ops = &ops};
	struct ticking t = {0};
	struct lw_segment *stuck, *going;
	struct lw_error e;

	(void)state;
	assert_int_equal(pipe(h.fd), 0);
	assert_int_equal(lw_segment_start(hanging_run, &h, &stuck, &e), 0);
	wait_for(&h.asked, 1);
	assert_int_equal(lw_segment_start(tick, &t, &going, &e), 0);
	wait_for(&t.runs, 50);
	assert_int_equal(h.answered, 0);
	assert_true(lw_segment_stuck(stuck, lw_device_now()).ns >= lw_ms(40).ns);
	assert_true(lw_segment_stuck(going, lw_device_now()).ns < lw_ms(1000).ns);

	/* it cannot be stopped while it hangs, and says so; the other can */
	assert_int_equal(lw_segment_stop(stuck, lw_ms(20), &e), LW_ETIMEDOUT);
	assert_int_equal(lw_segment_stop(going, lw_ms(5000), &e), 0);
	assert_int_equal(t.backwards, 0);
	assert_int_equal(write(h.fd[1], "", 1), 1);
	assert_int_equal(lw_segment_stop(stuck, lw_ms(5000), &e), 0);
	assert_int_equal(h.answered, 1);
	close(h.fd[0]);
	close(h.fd[1]);
}

static struct lw_mono count(void *ctx, struct lw_mono now)
{
	(void)now;
	atomic_fetch_add((atomic_uint *)ctx, 1);
	return LW_NEVER;
}

static void segment_runs_when_woken(void **state)
{
	struct lw_segment *s;
	struct lw_error e;
	atomic_uint runs = 0;

	(void)state;
	assert_int_equal(lw_segment_start(count, &runs, &s, &e), 0);
	wait_for(&runs, 1);
	pause_ms(20);
	assert_int_equal(runs, 1);
	assert_int_equal(lw_segment_stuck(s, lw_device_now()).ns, 0);
	for (unsigned i = 2; i < 20; i++) {
		lw_segment_wake(s);
		wait_for(&runs, i);
	}
	assert_int_equal(lw_segment_stop(s, lw_ms(5000), &e), 0);
}

/* Wakes that come during a run are not lost. */
static struct lw_mono slow(void *ctx, struct lw_mono now)
{
	(void)now;
	pause_ms(10);
	atomic_fetch_add((atomic_uint *)ctx, 1);
	return LW_NEVER;
}

static void segment_woken_during_a_run_runs_again(void **state)
{
	struct lw_segment *s;
	struct lw_error e;
	atomic_uint runs = 0;

	(void)state;
	assert_int_equal(lw_segment_start(slow, &runs, &s, &e), 0);
	for (unsigned i = 0; i < 1000 && !lw_segment_stuck(s, lw_device_now()).ns; i++)
		pause_ms(1);
	lw_segment_wake(s);
	wait_for(&runs, 2);
	assert_int_equal(lw_segment_stop(s, lw_ms(5000), &e), 0);
	assert_int_equal(runs, 2);
}

static struct lw_mono at_once(void *ctx, struct lw_mono now)
{
	atomic_fetch_add((atomic_uint *)ctx, 1);
	return now;
}

static void segment_that_is_always_due_can_be_stopped(void **state)
{
	struct lw_segment *s;
	struct lw_error e;
	atomic_uint runs = 0;

	(void)state;
	assert_int_equal(lw_segment_start(at_once, &runs, &s, &e), 0);
	wait_for(&runs, 100);
	assert_int_equal(lw_segment_stop(s, lw_ms(5000), &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segment_that_hangs_stalls_no_other),
		cmocka_unit_test(segment_runs_when_woken),
		cmocka_unit_test(segment_woken_during_a_run_runs_again),
		cmocka_unit_test(segment_that_is_always_due_can_be_stopped),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
