/* SPDX-License-Identifier: Apache-2.0 */
#include "host-bench.h"

static int pass_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	struct bench *b = (struct bench *)((char *)bus - offsetof(struct bench, bus));
	int r = 0;

	b->accesses++;
	if (b->before)
		r = b->before(b->ctx, a, false, ret, n);
	if (r)
		return lw_fail_at(reterr, r, a.page, a.byte, "spoiled by the test");
	r = lw_bus_read(lw_twin_bus(b->twin), a, ret, n, reterr);
	if (!r && b->after)
		r = b->after(b->ctx, a, false, ret, n);
	return r;
}

static int pass_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	struct bench *b = (struct bench *)((char *)bus - offsetof(struct bench, bus));
	uint8_t copy[128];
	int r = 0;

	b->accesses++;
	memcpy(copy, p, n);
	if (b->before)
		r = b->before(b->ctx, a, true, copy, n);
	if (r)
		return lw_fail_at(reterr, r, a.page, a.byte, "spoiled by the test");
	return lw_bus_write(lw_twin_bus(b->twin), a, copy, n, reterr);
}

static const struct lw_bus_ops ops = {pass_read, pass_write};

static const struct lw_part *part(void)
{
	const struct lw_part *p = lw_part_find("OSFP-800G-DR8");

	assert_non_null(p);
	return p;
}

void bench_image(struct lw_image *ret)
{
	assert_int_equal(lw_image_make(part(), NULL, ret, NULL), 0);
}

void bench_put(struct lw_image *img, unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];

	img->present[0][f->slot] = 1;
	assert_int_equal(lw_field_put(f, lane, raw, img->slot[0][f->slot], NULL), 0);
}

void bench_sum(struct lw_image *img)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, &n);
	struct lw_view v;
	uint8_t sum;

	lw_image_view(img, &v);
	for (size_t i = 0; i < n; i++)
		if (f[i].kind == LW_KIND_SUM && !lw_field_sum(&f[i], &v, &sum))
			img->slot[0][f[i].slot][f[i].byte & 0x7f] = sum;
}

static void drive(struct lw_twin *t)
{
	struct lw_signal s = {.baud_kbd = 53125000, .modulation = LW_PAM4, .fec = "RS(544,514)"};

	for (unsigned i = 0; i < 8; i++)
		lw_twin_drive(t, i, &s);
}

static void plug(struct bench *b, const char *name, const struct lw_image *img,
		 struct lw_twin_options opt)
{
	struct lw_error e;

	opt.part = part();
	opt.image = img;
	if (lw_world_plug(b->world, name, &opt, &b->twin, &e))
		fail_msg("%s", e.message);
	b->bus.ops = &ops;
	drive(b->twin);
}

void bench_open(struct bench *b, const struct lw_image *img, struct lw_twin_options opt)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(lw_world_create(7, &b->world, NULL), 0);
	plug(b, "near", img, opt);
	bench_wait(b, lw_ms(15000));
}

void bench_join(struct bench *b, struct bench *far, const struct lw_image *img, double loss_db)
{
	struct lw_join join = {.medium = LW_SMF, .loss_db = loss_db};

	memset(far, 0, sizeof(*far));
	far->world = b->world;
	plug(far, "far", img, (struct lw_twin_options){0});
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(lw_world_join(b->world, b->twin, i, far->twin, i, &join, NULL), 0);
	bench_wait(b, lw_mono_add(b->now, lw_ms(30000)));
}

void bench_close(struct bench *b)
{
	lw_world_destroy(b->world);
}

void bench_wait(struct bench *b, struct lw_mono until)
{
	assert_true(lw_mono_before(until, lw_ms(INT64_C(1000000000))));
	if (lw_mono_before(b->now, until))
		b->now = until;
	lw_world_advance(b->world, b->now);
}

uint8_t bench_byte(struct bench *b, int page, unsigned byte)
{
	struct lw_addr a = {0x50, 0, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};
	uint8_t v;

	assert_int_equal(lw_bus_read(lw_twin_bus(b->twin), a, &v, 1, NULL), 0);
	return v;
}

void bench_write(struct bench *b, int page, unsigned byte, uint8_t value)
{
	struct lw_addr a = {0x50, 0, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	assert_int_equal(lw_bus_write(lw_twin_bus(b->twin), a, &value, 1, NULL), 0);
}
