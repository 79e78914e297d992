/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/image-bus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A module that serves every page of every bank, and counts; one page fails as told. */
struct module {
	struct lw_bus bus;
	uint8_t lower[128], page01h[128], page2fh[128];
	unsigned reads[4][256]; /* of upper pages; lower halves do not count */
	int result;             /* of `page`; 0: none fails */
	uint8_t page;
	unsigned told; /* pages that were left out */
	uint8_t told_page;
};

static struct module module;
static struct lw_image image;

static int module_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	struct module *m = (struct module *)bus;
	const uint8_t *from = a.byte < 128     ? m->lower
			      : a.page == 0x01 ? m->page01h
			      : a.page == 0x2f ? m->page2fh
					       : NULL;

	if (a.byte >= 128) {
		m->reads[a.bank][a.page]++;
		if (m->result && a.page == m->page)
			return lw_fail_at(reterr, m->result, a.page, a.byte, "as told");
	}
	if (from)
		memcpy(ret, from + (a.byte & 127), n);
	else
		memset(ret, 0x55, n);
	return 0;
}

static int module_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	(void)bus, (void)p, (void)n;
	return lw_fail_at(reterr, LW_ENOTSUP, a.page, a.byte, "a reader writes nothing");
}

static void left_out(void *ctx, const struct lw_error *why)
{
	struct module *m = ctx;

	m->told++;
	m->told_page = (uint8_t)why->page;
}

/* Revision 5.4, paged memory, nothing optional. */
static int plug(void **state)
{
	static const struct lw_bus_ops ops = {module_read, module_write};

	(void)state;
	module = (struct module){.bus.ops = &ops, .lower = {0x18, 0x54, 0x00}};
	return 0;
}

static int read_it(void)
{
	struct lw_error e;

	return lw_image_read(&module.bus, left_out, &module, &image, &e);
}

static bool has(unsigned slot)
{
	return image.present[0][slot];
}

/* CMIS 5.4 Table 8-4: of a module that advertises nothing there are 00h, 01h, 02h, 10h and 11h. */
static void image_read_asks_only_for_what_is_advertised(void **state)
{
	static const uint8_t always[] = {0x00, 0x01, 0x02, 0x10, 0x11};
	unsigned pages = 0;

	(void)state;
	assert_int_equal(read_it(), 0);
	for (unsigned p = 0; p < 256; p++)
		pages += module.reads[0][p];
	assert_int_equal(pages, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(module.reads[0][always[i]], 1);
	assert_true(has(LW_CMIS_SLOT_L) && has(LW_CMIS_SLOT_11H));
	assert_int_equal(module.told, 0);
}

/* Page 2Fh says how many groups there are, and stands behind them. */
static void image_read_finds_what_a_later_page_advertises(void **state)
{
	(void)state;
	module.page01h[142 - 128] = 0x40;
	module.page2fh[0] = 1; /* two groups */
	assert_int_equal(read_it(), 0);
	assert_true(has(LW_CMIS_SLOT_20H) && has(LW_CMIS_SLOT_21H) && has(LW_CMIS_SLOT_29H));
	assert_int_equal(module.reads[0][0x21], 1);
	assert_int_equal(module.reads[0][0x22] + module.reads[0][0x2b], 0);
}

static void image_read_of_flat_memory_reads_page_00h_alone(void **state)
{
	(void)state;
	module.lower[2] = 0x80;
	assert_int_equal(read_it(), 0);
	assert_true(has(LW_CMIS_SLOT_L) && has(LW_CMIS_SLOT_00H));
	assert_int_equal(module.reads[0][1] + module.reads[0][0x10], 0);
}

static void image_read_takes_the_banks_that_are_advertised(void **state)
{
	(void)state;
	module.page01h[142 - 128] = 0x01; /* two banks */
	assert_int_equal(read_it(), 0);
	assert_true(image.present[1][LW_CMIS_SLOT_11H]);
	assert_false(image.present[2][LW_CMIS_SLOT_11H]);
	assert_int_equal(module.reads[1][0x02], 0); /* is not banked */
	assert_int_equal(module.reads[2][0x11], 0);
}

static void image_read_tells_of_a_page_that_fails_and_goes_on(void **state)
{
	(void)state;
	module.result = LW_ENACK;
	module.page = 0x10;
	assert_int_equal(read_it(), 0);
	assert_false(has(LW_CMIS_SLOT_10H));
	assert_true(has(LW_CMIS_SLOT_11H));
	assert_int_equal(module.told, 1);
	assert_int_equal(module.told_page, 0x10);
	/* a page that is not there is no news */
	plug(NULL);
	module.result = LW_ENOPAGE;
	module.page = 0x10;
	assert_int_equal(read_it(), 0);
	assert_int_equal(module.told, 0);
}

static void image_read_without_the_page_that_advertises_tries_all(void **state)
{
	(void)state;
	module.result = LW_ENACK;
	module.page = 0x01;
	assert_int_equal(read_it(), 0);
	assert_int_equal(module.reads[0][0x01], 1);
	assert_true(has(LW_CMIS_SLOT_13H) && has(LW_CMIS_SLOT_60H) && has(LW_CMIS_SLOT_9FH));
	assert_int_equal(module.told_page, 0x01);
}

static void image_read_ends_when_the_module_does(void **state)
{
	static const int ends[] = {LW_EABSENT, LW_ETIMEDOUT};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		plug(NULL);
		module.result = ends[i];
		module.page = 0x02;
		assert_int_equal(read_it(), ends[i]);
		assert_int_equal(module.reads[0][0x11], 0);
	}
	plug(NULL);
	module.result = LW_ENACK; /* every module has page 00h */
	module.page = 0x00;
	assert_int_equal(read_it(), LW_ENACK);
}

static void image_read_of_an_unknown_identifier_says_which(void **state)
{
	struct lw_error e;

	(void)state;
	module.lower[0] = 0x42;
	assert_int_equal(lw_image_read(&module.bus, NULL, NULL, &image, &e), LW_ENOTSUP);
	assert_non_null(strstr(e.message, "42h"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(image_read_asks_only_for_what_is_advertised, plug),
		cmocka_unit_test_setup(image_read_finds_what_a_later_page_advertises, plug),
		cmocka_unit_test_setup(image_read_of_flat_memory_reads_page_00h_alone, plug),
		cmocka_unit_test_setup(image_read_takes_the_banks_that_are_advertised, plug),
		cmocka_unit_test_setup(image_read_tells_of_a_page_that_fails_and_goes_on, plug),
		cmocka_unit_test_setup(image_read_without_the_page_that_advertises_tries_all, plug),
		cmocka_unit_test_setup(image_read_ends_when_the_module_does, plug),
		cmocka_unit_test_setup(image_read_of_an_unknown_identifier_says_which, plug),
	};

	return cmocka_run_group_tests_name("image-read", tests, NULL, NULL);
}
