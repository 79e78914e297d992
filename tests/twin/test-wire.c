/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* Modules at the bare bus: bank and page are selected by bytes 126 and 127. */

static struct lw_image image;
static struct lw_world *w;
static struct lw_twin *t;

static int setup(void **state)
{
	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_BANKS_SUPPORTED, 0, 1);
	image.slot[0][LW_CMIS_SLOT_00H][0] = 0x19; /* 128, as in byte 0 */
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	t = plug(w, "m", base_part(), &image, true);
	pass(w, 3000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(w);
	return 0;
}

static void put(unsigned byte, const char *bytes, size_t n)
{
	assert_int_equal(
		lw_twin_wire_write(t, 0x50, (uint8_t)byte, (const uint8_t *)bytes, n, NULL), 0);
}

static unsigned get(unsigned byte)
{
	uint8_t v = 0;

	assert_int_equal(lw_twin_wire_read(t, 0x50, (uint8_t)byte, &v, 1, NULL), 0);
	return v;
}

static void wire_page_is_selected_by_byte_127(void **state)
{
	(void)state;
	assert_int_equal(get(127), 0x00);
	assert_int_equal(get(128), 0x19);
	put(127, "\x11", 1);
	assert_int_equal(get(127), 0x11);
	assert_int_equal(get(128), 0x11); /* DPDeactivated twice */
	assert_int_equal(get(0), 0x19);   /* lower memory stays */
	put(127, "\x10", 1);
	put(130, "\x5a", 1);
	assert_int_equal(get_byte(t, 0x10, 130), 0x5a);
	/* Who addresses pages himself neither feels nor moves the selection. */
	assert_int_equal(get_byte(t, 0x11, 128), 0x11);
	assert_int_equal(get_byte(t, -1, 127), 0x00);
	assert_int_equal(get(127), 0x10);
}

static void wire_bank_waits_for_the_page(void **state)
{
	(void)state;
	put_byte(t, IN_BANK(0, 0x10), 130, 0x0a);
	put_byte(t, IN_BANK(1, 0x10), 130, 0x0b);
	put(126, "\x00\x10", 2);
	put(126, "\x01", 1);
	assert_int_equal(get(126), 0x01);
	assert_int_equal(get(130), 0x0a);
	put(127, "\x10", 1); /* the same page, and now the bank */
	assert_int_equal(get(130), 0x0b);
	put(126, "\x00\x10", 2);
	assert_int_equal(get(130), 0x0a);
	put(126, "\x01\x00", 2); /* a page that is in no bank */
	assert_int_equal(get(128), 0x19);
}

static void wire_unsupported_page_shows_page_00h(void **state)
{
	(void)state;
	put(126, "\x01\xf7", 2);
	assert_int_equal(get(126), 0x01);
	assert_int_equal(get(127), 0x00);
	assert_int_equal(get(128), 0x19);
	put(126, "\x03\x10", 2); /* a bank that is not there */
	assert_int_equal(get(126), 0x03);
	assert_int_equal(get(127), 0x00);
	assert_int_equal(get(128), 0x19);
}

static void wire_addresses_roll_over_in_their_half(void **state)
{
	uint8_t got[6];

	(void)state;
	put(127, "\x10", 1);
	put(254, "\x00\x00", 2);
	assert_int_equal(lw_twin_wire_read(t, 0x50, 126, got, 4, NULL), 0);
	assert_memory_equal(got, "\x00\x10\x19", 3);
	assert_int_equal(lw_twin_wire_read(t, 0x50, 252, got, 6, NULL), 0);
	assert_int_equal(got[4], get(128));
	assert_int_equal(got[5], get(129));
	put(127, "\x11\xff", 2); /* byte 0 is read-only: taken, without effect */
	assert_int_equal(get(127), 0x11);
	assert_int_equal(get(0), 0x19);
}

/* Plug the module anew with these EPL pages (code of 01h:163.3-0). */
static void plug_epl(unsigned code, bool auto_paging)
{
	image_put(&image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_CDB_MAX_PAGES_EPL, 0, code);
	image_put(&image, LW_CMIS_CDB_AUTO_PAGING_SUPPORTED, 0, auto_paging);
	lw_world_destroy(w);
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	t = plug(w, "m", base_part(), &image, true);
	pass(w, 3000);
}

static void wire_auto_paging_goes_on_in_the_next_page(void **state)
{
	uint8_t got[4];

	(void)state;
	plug_epl(2, true); /* A0h and A1h */
	put(127, "\xa0", 1);
	put(254, "\x01\x02\x03\x04", 4);
	assert_int_equal(get_byte(t, 0xa0, 255), 2);
	assert_int_equal(get_byte(t, 0xa1, 128), 3);
	assert_int_equal(get_byte(t, 0xa1, 129), 4);
	assert_int_equal(get(127), 0xa0);
	assert_int_equal(lw_twin_wire_read(t, 0x50, 254, got, 4, NULL), 0);
	assert_memory_equal(got, "\x01\x02\x03\x04", 4);
	put(127, "\xa1", 1);
	put(255, "\x05\x06", 2); /* behind the last page comes the first */
	assert_int_equal(get_byte(t, 0xa1, 255), 5);
	assert_int_equal(get_byte(t, 0xa0, 128), 6);
	put(127, "\x11", 1); /* other pages roll over */
	assert_int_equal(lw_twin_wire_read(t, 0x50, 255, got, 2, NULL), 0);
	assert_int_equal(got[1], 0x11);
}

static void wire_without_auto_paging_stays_in_its_page(void **state)
{
	(void)state;
	plug_epl(2, false);
	put(127, "\xa0", 1);
	put(255, "\x05\x06", 2);
	assert_int_equal(get_byte(t, 0xa0, 255), 5);
	assert_int_equal(get_byte(t, 0xa0, 128), 6);
	assert_int_equal(get_byte(t, 0xa1, 128), 0);
}

static void wire_selection_is_forgotten_by_a_reset(void **state)
{
	(void)state;
	put(126, "\x01\x10", 2);
	put(26, "\x08", 1);
	pass(w, 3000);
	assert_int_equal(get(127), 0x00);
	assert_int_equal(get(126), 0x00);
	put(126, "\x01\x10", 2);
	lw_twin_fault(t, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(t, LW_FAULT_UNPLUG, 0, false);
	pass(w, 3000);
	assert_int_equal(get(127), 0x00);
}

static void wire_errors_are_those_of_the_bus(void **state)
{
	uint8_t v[129];

	(void)state;
	assert_int_equal(lw_twin_wire_read(t, 0x50, 0, v, 0, NULL), LW_EINVAL);
	assert_int_equal(lw_twin_wire_read(t, 0x50, 0, v, 129, NULL), LW_EINVAL);
	assert_int_equal(lw_twin_wire_write(t, 0x50, 0, v, 0, NULL), LW_EINVAL);
	lw_twin_fault(t, LW_FAULT_NACK, 0, true);
	assert_int_equal(lw_twin_wire_read(t, 0x50, 0, v, 1, NULL), LW_ENACK);
	v[0] = 0x11;
	assert_int_equal(lw_twin_wire_write(t, 0x50, 127, v, 1, NULL), LW_ENACK);
	lw_twin_fault(t, LW_FAULT_NACK, 0, false);
	assert_int_equal(get(127), 0x00); /* a refused write selects nothing */
	assert_int_equal(lw_twin_wire_read(t, 0x51, 0, v, 1, NULL), LW_ENOPAGE);
}

static void wire_reaches_both_addresses_of_an_sfp(void **state)
{
	uint8_t v = 0;

	(void)state;
	t = plug(w, "sfp", lw_part_find("SFP28-25G-SR"), NULL, false);
	pass(w, 3000);
	assert_int_equal(get(0), 0x03);
	assert_int_equal(lw_twin_wire_read(t, 0x51, 110, &v, 1, NULL), 0);
	assert_int_equal(v & 1, 0);
	v = 0x7f; /* no such page */
	assert_int_equal(lw_twin_wire_write(t, 0x51, 127, &v, 1, NULL), 0);
	assert_int_equal(lw_twin_wire_read(t, 0x51, 127, &v, 1, NULL), 0);
	assert_int_equal(v, 0x00);
}

static void wire_pages_of_a_qsfp_are_found(void **state)
{
	(void)state;
	t = plug(w, "qsfp", lw_part_find("QSFP28-100G-LR4"), NULL, false);
	pass(w, 5000);
	assert_int_equal(get(0), 0x11);
	put(127, "\x03", 1);
	assert_int_equal(get(127), 0x03);
	assert_int_equal(get(128), get_byte(t, 0x03, 128)); /* high temperature alarm */
	put(127, "\x55", 1);
	assert_int_equal(get(127), 0x00);
	assert_int_equal(get(128), 0x11);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(wire_page_is_selected_by_byte_127),
		CASE(wire_bank_waits_for_the_page),
		CASE(wire_unsupported_page_shows_page_00h),
		CASE(wire_addresses_roll_over_in_their_half),
		CASE(wire_auto_paging_goes_on_in_the_next_page),
		CASE(wire_without_auto_paging_stays_in_its_page),
		CASE(wire_selection_is_forgotten_by_a_reset),
		CASE(wire_errors_are_those_of_the_bus),
		CASE(wire_reaches_both_addresses_of_an_sfp),
		CASE(wire_pages_of_a_qsfp_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
