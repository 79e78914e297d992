/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/image-bus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A bus that answers from a script and remembers what it was asked. */
struct fake {
	struct lw_bus bus;
	int result;
	struct lw_addr last;
	size_t n;
};

static int fake_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	struct fake *f = (struct fake *)bus;

	f->last = a;
	f->n = n;
	if (f->result)
		return lw_fail_at(reterr, f->result, a.page, a.byte, "as told");
	memset(ret, 0x5a, n);
	return 0;
}

static int fake_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	(void)p;
	return fake_read(bus, a, (uint8_t[128]){0}, n, reterr);
}

static const struct lw_bus_ops fake_ops = {fake_read, fake_write};

static void bus_access_that_leaves_its_half_is_refused(void **state)
{
	struct fake f = {.bus.ops = &fake_ops};
	uint8_t buf[200];
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_bus_read(&f.bus, (struct lw_addr){.byte = 120}, buf, 9, &e), LW_EINVAL);
	assert_int_equal(lw_bus_read(&f.bus, (struct lw_addr){.byte = 255}, buf, 2, &e), LW_EINVAL);
	assert_int_equal(lw_bus_read(&f.bus, (struct lw_addr){.byte = 5}, buf, 0, &e), LW_EINVAL);
	assert_int_equal(lw_bus_write(&f.bus, (struct lw_addr){.byte = 128}, buf, 129, &e),
			 LW_EINVAL);
	assert_int_equal(f.n, 0);
	assert_int_equal(f.bus.stats.reads + f.bus.stats.writes, 0);
	assert_int_equal(lw_bus_read(&f.bus, (struct lw_addr){.byte = 0}, buf, 128, &e), 0);
	assert_int_equal(lw_bus_read(&f.bus, (struct lw_addr){.byte = 128}, buf, 128, &e), 0);
}

static void bus_counts_and_traces_what_happens(void **state)
{
	struct lw_trace_entry ring[2];
	struct lw_trace trace = {.ring = ring, .size = 2, .now = lw_ms(7)};
	struct fake f = {.bus.ops = &fake_ops, .bus.trace = &trace};
	uint8_t buf[8] = {1, 2};
	struct lw_error e;

	(void)state;
	lw_bus_read(&f.bus, (struct lw_addr){.i2c = 0x50, .page = 0x11, .byte = 128}, buf, 4, &e);
	f.bus.polling = true;
	lw_bus_read(&f.bus, (struct lw_addr){.byte = 3}, buf, 1, &e);
	f.bus.polling = false;
	f.result = LW_ENACK;
	assert_int_equal(lw_bus_write(&f.bus, (struct lw_addr){.byte = 26}, buf, 2, &e), LW_ENACK);
	assert_int_equal(f.bus.stats.reads, 1);
	assert_int_equal(f.bus.stats.polls, 1);
	assert_int_equal(f.bus.stats.writes, 1);
	assert_int_equal(f.bus.stats.errors, 1);
	assert_int_equal(f.bus.stats.read_bytes, 5);
	assert_int_equal(f.bus.stats.write_bytes, 0);
	assert_int_equal(trace.count, 3);
	assert_true(ring[1].poll);
	assert_true(ring[0].write);
	assert_int_equal(ring[0].result, LW_ENACK);
	assert_int_equal(ring[0].at.ns, 7000000);
}

static void image_bus_serves_present_slots_only(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_image_bus b;
	struct lw_error e;
	uint8_t buf[4];

	(void)state;
	img->map = LW_MAP_CMIS;
	img->present[0][LW_CMIS_SLOT_00H] = 1;
	memcpy(&img->slot[0][LW_CMIS_SLOT_00H][1], "LANE", 4);
	lw_image_bus_init(&b, img);
	assert_int_equal(
		lw_bus_read(&b.bus, (struct lw_addr){.i2c = 0x50, .byte = 129}, buf, 4, &e), 0);
	assert_memory_equal(buf, "LANE", 4);
	assert_int_equal(lw_bus_read(&b.bus, (struct lw_addr){.i2c = 0x50, .page = 1, .byte = 129},
				     buf, 4, &e),
			 LW_ENOPAGE);
	assert_int_equal(e.page, 1);
	assert_int_equal(lw_bus_read(&b.bus, (struct lw_addr){.i2c = 0x50}, buf, 1, &e),
			 LW_ENOPAGE);
	assert_int_equal(lw_bus_read(&b.bus, (struct lw_addr){.i2c = 0x52}, buf, 1, &e),
			 LW_ENOPAGE);
	assert_int_equal(
		lw_bus_write(&b.bus, (struct lw_addr){.i2c = 0x50, .byte = 26}, buf, 1, &e),
		LW_ENOTSUP);
	free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bus_access_that_leaves_its_half_is_refused),
		cmocka_unit_test(bus_counts_and_traces_what_happens),
		cmocka_unit_test(image_bus_serves_present_slots_only),
	};

	return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
