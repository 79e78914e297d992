/* SPDX-License-Identifier: Apache-2.0 */
/* Who may write to a module: one device at a time, in whichever process. */
#include "adapter.h"

#include <fcntl.h>
#include <linux/i2c.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* SFF-8024 Table 4-1 */
#define QSFP_DD 0x18

#define AT 26 /* a byte of the lower half, for writes */

static char path[] = "/tmp/lanewise-keep-XXXXXX";
static char source[64];

static const struct lw_device_options keeping = {.keep = true}, looking = {0};

static int setup(void **state)
{
	uint8_t bytes[256] = {QSFP_DD};
	int fd = mkstemp(path);

	(void)state;
	snprintf(source, sizeof(source), "eeprom:%s", path);
	return fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int write_to(struct lw_device *d, uint8_t value, struct lw_error *reterr)
{
	struct lw_addr a = {.i2c = LW_I2C_BASE, .byte = AT};

	return lw_bus_write(lw_device_bus(d), a, &value, 1, reterr);
}

static int read_from(struct lw_device *d, struct lw_addr a, struct lw_error *reterr)
{
	uint8_t got;
	int r = lw_bus_read(lw_device_bus(d), a, &got, 1, reterr);

	return r ? r : got;
}

static int value_of(struct lw_device *d)
{
	return read_from(d, (struct lw_addr){.i2c = LW_I2C_BASE, .byte = AT}, NULL);
}

/* What another process is told that opens the module and, unless `value` is 0, writes to it. */
static int elsewhere(const struct lw_device_options *opt, uint8_t value, struct lw_error *ret)
{
	int fd[2], status;
	pid_t child;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct lw_device *d = NULL;
		struct lw_error e = {0};

		if (!lw_device_open(source, opt, &d, &e)) {
			if (value_of(d) < 0)
				lw_fail(&e, LW_EINVAL, "it could not even be read");
			else if (value)
				write_to(d, value, &e);
		}
		_exit(write(fd[1], &e, sizeof(e)) != sizeof(e));
	}
	assert_int_equal(read(fd[0], ret, sizeof(*ret)), sizeof(*ret));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd[0]);
	close(fd[1]);
	return ret->code;
}

static struct lw_device *open_it(const struct lw_device_options *opt)
{
	struct lw_device *d = NULL;
	struct lw_error e;

	if (lw_device_open(source, opt, &d, &e))
		fail_msg("%s", e.message);
	return d;
}

static void kept_module_is_read_but_not_driven_by_others(void **state)
{
	struct lw_device *d = open_it(&keeping);
	struct lw_error e;
	char who[64];

	(void)state;
	snprintf(who, sizeof(who), "test-keep (process %d) drives this module", getpid());
	assert_int_equal(elsewhere(&keeping, 0, &e), LW_EIO);
	assert_non_null(strstr(e.message, who));
	assert_string_equal(e.where, source);
	assert_int_equal(elsewhere(&looking, 0, &e), 0);
	assert_int_equal(elsewhere(&looking, 7, &e), LW_EIO);
	assert_non_null(strstr(e.message, who));
	assert_string_equal(e.where, source);
	assert_int_equal(value_of(d), 0);
	assert_int_equal(write_to(d, 1, &e), 0);
	assert_int_equal(value_of(d), 1);
	lw_device_close(d);
	assert_int_equal(elsewhere(&keeping, 0, &e), 0);
}

static void first_write_takes_the_module_until_it_is_closed(void **state)
{
	struct lw_device *d = open_it(NULL), *second = open_it(NULL);
	struct lw_error e;

	(void)state;
	assert_int_equal(elsewhere(&looking, 5, &e), 0); /* it has ended, and holds nothing */
	assert_int_equal(value_of(d), 5);
	assert_int_equal(write_to(d, 6, &e), 0);
	assert_int_equal(elsewhere(&looking, 7, &e), LW_EIO);
	assert_int_equal(elsewhere(&keeping, 0, &e), LW_EIO);
	/* nor may the same program, by another device */
	assert_int_equal(write_to(second, 8, &e), LW_EIO);
	assert_non_null(strstr(e.message, "this program drives the same module already"));
	assert_int_equal(value_of(second), 6);
	lw_device_close(d);
	assert_int_equal(write_to(second, 9, &e), 0);
	assert_int_equal(value_of(second), 9);
	lw_device_close(second);
}

static void module_of_a_process_that_was_killed_is_free(void **state)
{
	struct lw_device *d = NULL;
	struct lw_error e;
	int fd[2], status;
	char who[32], c;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (lw_device_open(source, &keeping, &d, &e) || write(fd[1], "k", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(fd[0], &c, 1), 1);
	snprintf(who, sizeof(who), "(process %d)", child);
	assert_int_equal(lw_device_open(source, &keeping, &d, &e), LW_EIO);
	assert_non_null(strstr(e.message, who));
	assert_null(d);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	d = open_it(&keeping);
	lw_device_close(d);
	close(fd[0]);
	close(fd[1]);
}

static void device_for_reading_keeps_nothing(void **state)
{
	static const struct lw_device_options opt = {.read_only = true, .keep = true};
	struct lw_device *d = open_it(&opt), *second = open_it(&keeping), *third = open_it(&opt);
	struct lw_error e;

	(void)state;
	assert_int_equal(write_to(d, 1, &e), LW_ENOTSUP);
	lw_device_close(d);
	lw_device_close(second);
	lw_device_close(third);
}

/* A module at `address` of the adapter that `fd` is. */
static int open_at(struct adapter *x, int fd, uint8_t address, const struct lw_device_options *opt,
		   struct lw_device **ret, struct lw_error *reterr)
{
	char again[32];
	int r;

	adapter_init(x, I2C_FUNC_I2C, QSFP_DD);
	x->address = address;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	r = lw_i2c_open_fd(&x->sys, open(again, O_RDWR | O_CLOEXEC), "/dev/i2c-7", 7, address, opt,
			   ret, reterr);
	return r ? r : lw_device_finish(*ret, ret, reterr);
}

static void modules_of_one_adapter_are_kept_apart(void **state)
{
	const struct lw_addr paged = {.i2c = LW_I2C_BASE, .page = 0x11, .byte = 140};
	struct adapter x[4];
	struct lw_device *d[4] = {0};
	struct lw_error e;
	int fd = memfd_create("adapter", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(open_at(&x[0], fd, 0x50, &keeping, &d[0], &e), 0);
	assert_int_equal(open_at(&x[1], fd, 0x58, &keeping, &d[1], &e), 0);
	assert_int_equal(open_at(&x[2], fd, 0x50, &keeping, &d[2], &e), LW_EIO);
	assert_int_equal(write_to(d[0], 1, &e), 0);
	assert_int_equal(write_to(d[1], 1, &e), 0);
	/* whoever looks selects pages as before, while others keep the module */
	assert_int_equal(open_at(&x[3], fd, 0x50, &looking, &d[3], &e), 0);
	assert_int_equal(read_from(d[3], paged, &e), adapter_byte(paged));
	assert_int_equal(read_from(d[0], paged, &e), adapter_byte(paged));
	assert_int_equal(write_to(d[3], 2, &e), LW_EIO);
	lw_device_close(d[0]);
	assert_int_equal(write_to(d[3], 2, &e), 0);
	lw_device_close(d[1]);
	lw_device_close(d[3]);
	close(fd);
}

/* A bus that hangs: a transfer does not come back before somebody writes into the pipe. */
static int hanging[2];

static void hang(struct adapter *x)
{
	char c;

	x->other = NULL;
	assert_int_equal(read(hanging[0], &c, 1), 1);
}

static void device_that_hangs_stalls_no_other(void **state)
{
	static const struct lw_device_options brief = {.patience_ms = 30},
					      long_ = {.patience_ms = 60000};
	const struct lw_addr a = {.i2c = LW_I2C_BASE, .byte = 3};
	struct adapter x[2];
	struct lw_device *stuck = NULL, *going = NULL;
	struct lw_error e;
	int fd = memfd_create("adapter", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(pipe(hanging), 0);
	assert_int_equal(open_at(&x[0], fd, 0x50, &brief, &stuck, &e), 0);
	assert_int_equal(open_at(&x[1], fd, 0x58, &long_, &going, &e), 0);
	x[0].other = hang;
	assert_int_equal(read_from(stuck, a, &e), LW_ETIMEDOUT);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(read_from(going, a, &e), adapter_byte(a));
		assert_int_equal(read_from(stuck, a, &e), LW_ETIMEDOUT);
	}
	assert_int_equal(write_to(going, 1, &e), 0);
	lw_device_close(going);
	lw_device_close(stuck); /* in vain: the hook above still waits in it */
	assert_int_equal(write(hanging[1], "", 1), 1);
	lw_guard_close(stuck->guard, lw_ms(60000), &e);
	stuck->guard = NULL;
	lw_device_close(stuck);
	close(hanging[0]);
	close(hanging[1]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_module_is_read_but_not_driven_by_others),
		cmocka_unit_test(first_write_takes_the_module_until_it_is_closed),
		cmocka_unit_test(module_of_a_process_that_was_killed_is_free),
		cmocka_unit_test(device_for_reading_keeps_nothing),
		cmocka_unit_test(modules_of_one_adapter_are_kept_apart),
		cmocka_unit_test(device_that_hangs_stalls_no_other),
	};

	return cmocka_run_group_tests_name("keep", tests, setup, teardown);
}
