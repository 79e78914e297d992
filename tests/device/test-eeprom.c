/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <lanewise/device.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* SFF-8024 Table 4-1 */
#define SFP     0x03
#define QSFP_DD 0x18

static char dir[] = "/tmp/lanewise-eeprom-XXXXXX";
static char path[64], class_path[64];

/* A file whose blocks of 128 bytes hold their own number, but the first two bytes of all. */
static void make(unsigned blocks, uint8_t identifier)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	for (unsigned i = 0; i < blocks; i++) {
		uint8_t block[128];

		memset(block, (int)(i & 0xff), sizeof(block));
		block[1] = (uint8_t)(i >> 8);
		if (i == 0)
			block[0] = identifier, block[2] = 0;
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	}
	close(fd);
}

static struct lw_device *open_it(const struct lw_device_options *opt)
{
	struct lw_device *d = NULL;
	struct lw_error e;
	char source[80];

	snprintf(source, sizeof(source), "eeprom:%s", path);
	assert_true(lw_device_named(source));
	if (lw_device_open(source, opt, &d, &e))
		fail_msg("%s", e.message);
	return d;
}

/* The block that a read of a whole half gets, -1: none. */
static int block_of(struct lw_device *d, struct lw_addr a)
{
	uint8_t b[128];
	struct lw_error e;
	int r = lw_bus_read(lw_device_bus(d), a, b, sizeof(b), &e);

	if (r)
		return r;
	return b[1] << 8 | b[3];
}

static void eeprom_pages_and_banks_are_where_optoe_has_them(void **state)
{
	struct lw_device_options opt = {.bank_stride = 240};
	struct lw_device *d;

	(void)state;
	make(1 + 4 * 256, QSFP_DD);
	d = open_it(NULL);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 0}), 0);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 128}), 1);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0x11, 128}), 0x12);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 3, 0x11, 128}), 0x312);
	lw_device_close(d);
	d = open_it(&opt);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 1, 0x10, 128}), 1 + 240 + 0x10);
	lw_device_close(d);
}

static void eeprom_sfp_has_its_own_layout(void **state)
{
	struct lw_device *d;

	(void)state;
	make(4 + 256, SFP);
	d = open_it(NULL);
	assert_int_equal(block_of(d, (struct lw_addr){0x51, 0, 0, 0}), 2);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 128}), 1);
	assert_int_equal(block_of(d, (struct lw_addr){0x51, 0, 0, 128}), 3);
	assert_int_equal(block_of(d, (struct lw_addr){0x51, 0, 2, 128}), 5);
	lw_device_close(d);
}

static void eeprom_short_file_lacks_its_pages(void **state)
{
	struct lw_device *d;
	struct lw_error e;
	uint8_t b[128];

	(void)state;
	make(2, QSFP_DD); /* what at24 makes of a 24c02 */
	d = open_it(NULL);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 128}), 1);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 1, 128}), LW_ENOPAGE);
	assert_int_equal(lw_bus_read(lw_device_bus(d), (struct lw_addr){0x51, 0, 0, 0}, b, 1, &e),
			 LW_ENOPAGE);
	assert_int_equal(truncate(path, 200), 0);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 128}), LW_ESHORT);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(block_of(d, (struct lw_addr){0x50, 0, 0, 0}), LW_ESHORT);
	lw_device_close(d);
}

static void eeprom_write_lands_in_the_file(void **state)
{
	static const uint8_t data[] = {9, 8, 7};
	struct lw_device *d;
	struct lw_error e;
	uint8_t b[3];

	(void)state;
	make(1 + 256, QSFP_DD);
	d = open_it(NULL);
	assert_int_equal(
		lw_bus_write(lw_device_bus(d), (struct lw_addr){0x50, 0, 0x10, 145}, data, 3, &e),
		0);
	lw_device_close(d);
	d = open_it(&(struct lw_device_options){.read_only = true, .max_read = 1});
	assert_int_equal(
		lw_bus_read(lw_device_bus(d), (struct lw_addr){0x50, 0, 0x10, 145}, b, 3, &e), 0);
	assert_memory_equal(b, data, 3);
	assert_int_equal(
		lw_bus_write(lw_device_bus(d), (struct lw_addr){0x50, 0, 0x10, 145}, data, 3, &e),
		LW_ENOTSUP);
	lw_device_close(d);
}

static void eeprom_driver_that_was_told_another_kind_is_found_out(void **state)
{
	static const struct {
		const char *class;
		uint8_t identifier;
		bool good;
	} cases[] = {{"2\n", SFP, true},      {"1\n", SFP, false},    {"3\n", SFP, false},
		     {"3\n", QSFP_DD, true},  {"1\n", QSFP_DD, true}, {"2\n", QSFP_DD, false},
		     {"none", QSFP_DD, true}, {"", QSFP_DD, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lw_addr a = {0x50, 0, 0, 128};
		FILE *f = fopen(class_path, "we");
		struct lw_device *d;
		struct lw_error e;
		uint8_t b;
		int r;

		assert_non_null(f);
		fputs(cases[i].class, f);
		fclose(f);
		make(260, cases[i].identifier);
		d = open_it(NULL);
		r = lw_bus_read(lw_device_bus(d), a, &b, 1, &e);
		assert_int_equal(r, cases[i].good ? 0 : LW_ENOTSUP);
		if (r)
			assert_non_null(strstr(e.message, class_path));
		/* and again: the answer is no other the second time */
		r = lw_bus_read(lw_device_bus(d), a, &b, 1, &e);
		assert_int_equal(r, cases[i].good ? 0 : LW_ENOTSUP);
		lw_device_close(d);
	}
	unlink(class_path);
}

static void eeprom_that_cannot_be_opened_is_told(void **state)
{
	struct lw_device *d = NULL;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_device_open("eeprom:/no/such/eeprom", NULL, &d, &e), LW_ENOENT);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(lw_device_open("/no/such/eeprom", NULL, &d, &e), LW_ENOENT);
	assert_int_equal(lw_device_open("nothing-of-this-name", NULL, &d, &e), LW_ENOENT);
	assert_null(d);
}

static void eeprom_without_permission_names_the_group(void **state)
{
	struct lw_device *d = NULL;
	struct group *group = getgrgid(1);
	struct lw_error e;
	int r;

	(void)state;
	if (geteuid() != 0 || !group)
		skip(); /* nobody else can be, or there is no group */
	make(2, QSFP_DD);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(chown(path, 0, 1), 0);
	assert_int_equal(seteuid(65534), 0);
	r = lw_device_open(path, NULL, &d, &e);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, LW_EIO);
	assert_int_equal(e.sys, EACCES);
	assert_non_null(strstr(e.message, "no permission"));
	assert_non_null(strstr(e.message, group->gr_name));
}

static void device_plain_file_is_a_dump_and_no_device(void **state)
{
	(void)state;
	make(2, QSFP_DD);
	assert_false(lw_device_named(path));
	assert_false(lw_device_named("-"));
	assert_false(lw_device_named("twin:QSFP-DD"));
	assert_true(lw_device_named("/sys/kernel/mm/transparent_hugepage/enabled") ||
		    access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) != 0);
}

static void device_options_out_of_range_are_refused(void **state)
{
	static const struct lw_device_options bad[] = {
		{.max_read = 129}, {.max_write = 200}, {.bank_stride = 7}};

	(void)state;
	make(2, QSFP_DD);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct lw_device *d = NULL;
		struct lw_error e;

		assert_int_equal(lw_device_open(path, &bad[i], &d, &e), LW_EINVAL);
		assert_null(d);
	}
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/eeprom", dir);
	snprintf(class_path, sizeof(class_path), "%s/dev_class", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eeprom_pages_and_banks_are_where_optoe_has_them),
		cmocka_unit_test(eeprom_sfp_has_its_own_layout),
		cmocka_unit_test(eeprom_short_file_lacks_its_pages),
		cmocka_unit_test(eeprom_write_lands_in_the_file),
		cmocka_unit_test(eeprom_driver_that_was_told_another_kind_is_found_out),
		cmocka_unit_test(eeprom_that_cannot_be_opened_is_told),
		cmocka_unit_test(eeprom_without_permission_names_the_group),
		cmocka_unit_test(device_plain_file_is_a_dump_and_no_device),
		cmocka_unit_test(device_options_out_of_range_are_refused),
	};

	return cmocka_run_group_tests_name("eeprom", tests, set_up, tear_down);
}
