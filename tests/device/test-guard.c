/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/device.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A bus that answers with its own address, counts, and blocks in a pipe when told to. */
struct inner {
	struct lw_bus bus;
	int fd[2];
	atomic_bool hang;
	atomic_uint asked, ended;
	atomic_uint trials; /* reads of one byte that nobody asked for */
	uint8_t written[128];
	bool polled;
};

static void block(struct inner *x)
{
	uint8_t b;

	atomic_fetch_add(&x->asked, 1);
	if (atomic_load(&x->hang))
		assert_int_equal(read(x->fd[0], &b, 1), 1);
	atomic_fetch_add(&x->ended, 1);
}

static int inner_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct inner *x = (struct inner *)bus;

	if (n == 1 && !a.page && !a.byte)
		atomic_fetch_add(&x->trials, 1);
	block(x);
	x->polled = bus->polling;
	if (a.page == 0xee)
		return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte, "no such page");
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(a.byte + i);
	return 0;
}

static int inner_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		       struct lw_error *reterr)
{
	struct inner *x = (struct inner *)bus;

	(void)a;
	(void)reterr;
	block(x);
	memcpy(x->written, p, n);
	return 0;
}

static const struct lw_bus_ops ops = {.read = inner_read, .write = inner_write};

static struct lw_guard *open_together(struct inner *x, int64_t patience_ms, struct lw_patience *t)
{
	struct lw_guard *g = NULL;
	struct lw_error e;

	*x = (struct inner){.bus.ops = &ops};
	assert_int_equal(pipe(x->fd), 0);
	assert_int_equal(lw_guard_open(&x->bus, lw_ms(patience_ms), t, &g, &e), 0);
	return g;
}

static struct lw_guard *open_guard(struct inner *x, int64_t patience_ms)
{
	return open_together(x, patience_ms, NULL);
}

static void close_guard(struct inner *x, struct lw_guard *g)
{
	struct lw_error e;

	assert_int_equal(lw_guard_close(g, lw_ms(60000), &e), 0);
	close(x->fd[0]);
	close(x->fd[1]);
}

static int read_at(struct lw_guard *g, uint8_t page, uint8_t byte, uint8_t ret[4],
		   struct lw_error *e)
{
	return lw_bus_read(lw_guard_bus(g),
			   (struct lw_addr){.i2c = 0x50, .page = page, .byte = byte}, ret, 4, e);
}

static void accesses_pass_with_their_errors(void **state)
{
	static const uint8_t bytes[2] = {7, 9};
	struct inner x;
	struct lw_guard *g = open_guard(&x, 60000);
	struct lw_bus *bus = lw_guard_bus(g);
	struct lw_error e;
	uint8_t got[4];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(read_at(g, 0, (uint8_t)(i % 100), got, &e), 0);
		assert_int_equal(got[3], i % 100 + 3);
	}
	assert_int_equal(read_at(g, 0xee, 130, got, &e), LW_ENOPAGE);
	assert_int_equal(e.page, 0xee);
	assert_string_equal(e.message, "no such page");
	assert_int_equal(lw_bus_write(bus, (struct lw_addr){.i2c = 0x50, .byte = 26}, bytes, 2, &e),
			 0);
	assert_memory_equal(x.written, bytes, 2);
	bus->polling = true;
	assert_int_equal(read_at(g, 0, 0, got, &e), 0);
	assert_true(x.polled);
	assert_int_equal(bus->stats.polls, 1);
	assert_int_equal(bus->stats.reads, 1001);
	assert_int_equal(bus->stats.writes, 1);
	assert_int_equal(atomic_load(&x.asked), 1003);
	close_guard(&x, g);
	assert_int_equal(lw_guard_close(NULL, lw_ms(0), &e), 0);
}

static void bus_that_hangs_lets_its_caller_go(void **state)
{
	struct inner x;
	struct lw_guard *g = open_guard(&x, 30);
	struct lw_error e;
	uint8_t got[4] = {0};

	(void)state;
	atomic_store(&x.hang, true);
	assert_int_equal(read_at(g, 0, 10, got, &e), LW_ETIMEDOUT);
	assert_non_null(strstr(e.message, "hangs"));
	/* it is not asked again meanwhile */
	for (int i = 0; i < 100; i++)
		assert_int_equal(read_at(g, 0, 20, got, &e), LW_ETIMEDOUT);
	assert_true(atomic_load(&x.asked) <= 1);
	assert_int_equal(got[0], 0);
	assert_int_equal(lw_guard_close(g, lw_ms(10), &e), LW_ETIMEDOUT);
	atomic_store(&x.hang, false);
	assert_int_equal(write(x.fd[1], "x", 1), 1);
	close_guard(&x, g);
	assert_int_equal(atomic_load(&x.ended), 1);
}

static void bus_that_comes_back_answers_with_its_own_bytes(void **state)
{
	struct inner x;
	struct lw_guard *g = open_guard(&x, 100);
	struct lw_error e;
	uint8_t got[4] = {0};
	int r;

	(void)state;
	atomic_store(&x.hang, true);
	assert_int_equal(read_at(g, 0, 10, got, &e), LW_ETIMEDOUT);
	atomic_store(&x.hang, false);
	assert_int_equal(write(x.fd[1], "x", 1), 1);
	do { /* until the one that hung has ended */
		poll(NULL, 0, 1);
		r = read_at(g, 0, 20, got, &e);
	} while (r == LW_ETIMEDOUT);
	assert_int_equal(r, 0);
	assert_int_equal(got[0], 20);
	assert_int_equal(got[3], 23);
	close_guard(&x, g);
}

/* Only what is asked for is waited for; a trial is one byte, and nobody waits. */
static void bus_that_hangs_each_time_is_waited_for_once(void **state)
{
	struct inner x;
	struct lw_guard *g = open_guard(&x, 20);
	struct lw_error e;
	uint8_t got[4] = {0};
	int r;

	(void)state;
	atomic_store(&x.hang, true);
	assert_int_equal(read_at(g, 0x11, 130, got, &e), LW_ETIMEDOUT);
	for (unsigned i = 1; i <= 3; i++) {
		while (atomic_load(&x.asked) < i)
			poll(NULL, 0, 1);
		poll(NULL, 0, 30); /* too late, in any case */
		assert_int_equal(write(x.fd[1], "x", 1), 1);
		while (atomic_load(&x.asked) == i)
			assert_int_equal(read_at(g, 0x11, 130, got, &e), LW_ETIMEDOUT);
		assert_int_equal(atomic_load(&x.trials), i);
	}
	atomic_store(&x.hang, false);
	assert_int_equal(write(x.fd[1], "x", 1), 1);
	do {
		poll(NULL, 0, 1);
		r = read_at(g, 0x11, 140, got, &e);
	} while (r == LW_ETIMEDOUT);
	assert_int_equal(r, 0);
	assert_int_equal(got[0], 140);
	assert_true(atomic_load(&x.asked) - atomic_load(&x.trials) >= 2);
	close_guard(&x, g);
}

static void patience_that_others_have_used_up_is_short(void **state)
{
	struct lw_mono began = lw_device_now();
	struct lw_patience t = {.spent = lw_ms(3600000), .at = began};
	struct inner x;
	struct lw_guard *g = open_together(&x, 60000, &t);
	struct lw_error e;
	uint8_t got[4];

	(void)state;
	atomic_store(&x.hang, true);
	assert_int_equal(read_at(g, 0, 10, got, &e), LW_ETIMEDOUT);
	/* not the minute that it has alone; and it has cost the others something */
	assert_true(lw_device_now().ns - began.ns < lw_ms(30000).ns);
	assert_true(t.spent.ns > 0 && t.at.ns >= began.ns);
	atomic_store(&x.hang, false);
	assert_int_equal(write(x.fd[1], "x", 1), 1);
	close_guard(&x, g);
}

static void patience_comes_back_with_time(void **state)
{
	struct lw_mono now = lw_device_now();
	struct lw_patience t = {.spent = lw_ms(100), .at = {now.ns - lw_ms(1000).ns}};
	struct inner x;
	struct lw_guard *g = open_together(&x, 60000, &t);
	struct lw_error e;
	uint8_t got[4];

	(void)state;
	assert_int_equal(read_at(g, 0, 10, got, &e), 0);
	assert_int_equal(t.spent.ns, 0);
	t = (struct lw_patience){.spent = lw_ms(10000), .at = {lw_device_now().ns - 4000}};
	assert_int_equal(read_at(g, 0, 10, got, &e), 0);
	assert_true(t.spent.ns <= lw_ms(10000).ns - 1000);
	close_guard(&x, g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_pass_with_their_errors),
		cmocka_unit_test(bus_that_hangs_lets_its_caller_go),
		cmocka_unit_test(bus_that_comes_back_answers_with_its_own_bytes),
		cmocka_unit_test(bus_that_hangs_each_time_is_waited_for_once),
		cmocka_unit_test(patience_that_others_have_used_up_is_short),
		cmocka_unit_test(patience_comes_back_with_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
