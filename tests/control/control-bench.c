/* SPDX-License-Identifier: Apache-2.0 */
#include "control-bench.h"

#define SETTLE_MS 60000

static struct bench *of(struct lw_bus *bus)
{
	return (struct bench *)(void *)((char *)bus - offsetof(struct bench, bus));
}

static int read_near(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	struct bench *b = of(bus);
	int r;

	b->accesses++;
	r = b->before ? b->before(b, a, false, NULL, n) : 0;
	if (r) {
		b->spoiled++;
		return lw_fail(reterr, r, "spoiled");
	}
	return lw_bus_read(lw_twin_bus(b->near), a, ret, n, reterr);
}

static int write_near(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	struct bench *b = of(bus);
	uint8_t bytes[128];
	int r;

	memcpy(bytes, p, n);
	b->accesses++;
	r = b->before ? b->before(b, a, true, bytes, n) : 0;
	if (r) {
		b->spoiled++;
		return lw_fail(reterr, r, "spoiled");
	}
	return lw_bus_write(lw_twin_bus(b->near), a, bytes, n, reterr);
}

static const struct lw_bus_ops ops = {read_near, write_near};

static void drive(struct lw_twin *t, const struct lw_part *part)
{
	const struct lw_interface *host =
		lw_interface_find(LW_CODES_SFF8024_HOST, part->app_n ? part->app[0].host_id : 0);
	struct lw_signal s = {.baud_kbd = host && host->baud_kbd ? host->baud_kbd
								 : part->form->max_baud_kbd,
			      .modulation = host && host->baud_kbd ? host->modulation
								   : part->form->max_modulation,
			      .fec = "none"};

	for (unsigned i = 0; i < part->form->lanes; i++)
		lw_twin_drive(t, i, &s);
}

void bench_open(struct bench *b, const struct lw_part *part, const struct lw_image *img)
{
	struct lw_twin_options opt = {.part = part, .image = img};
	struct lw_join join = {.medium = part->pmd ? part->pmd->medium : LW_COPPER, .loss_db = 1};
	struct lw_error e;

	memset(b, 0, sizeof(*b));
	assert_int_equal(lw_world_create(1, &b->world, NULL), 0);
	assert_int_equal(lw_world_plug(b->world, "near", &opt, &b->near, NULL), 0);
	assert_int_equal(lw_world_plug(b->world, "far", &opt, &b->far, NULL), 0);
	for (unsigned i = 0; i < part->form->lanes; i++)
		if (lw_world_join(b->world, b->near, i, b->far, i, &join, NULL))
			break;
	drive(b->near, part);
	drive(b->far, part);
	b->bus.ops = &ops;
	bench_pass(b, SETTLE_MS);
	lw_module_init(&b->module, &b->bus);
	if (lw_module_identify(&b->module, &e))
		fail_msg("%s", e.message);
	bench_look(b);
}

void bench_open_part(struct bench *b, const char *name)
{
	const struct lw_part *part = lw_part_find(name);

	assert_non_null(part);
	bench_open(b, part, NULL);
}

void bench_close(struct bench *b)
{
	lw_world_destroy(b->world);
}

void bench_look(struct bench *b)
{
	struct lw_error e;

	if (lw_control_look(&b->bus, &b->module.memory, &b->module.facts, &e))
		fail_msg("%s", e.message);
}

struct lw_mono bench_now(const struct bench *b)
{
	return lw_world_now(b->world);
}

static void move(struct bench *b, struct lw_mono until)
{
	for (struct lw_mono at = lw_world_next(b->world); lw_mono_before(at, until);
	     at = lw_world_next(b->world))
		lw_world_advance(b->world, at);
	lw_world_advance(b->world, until);
}

void bench_pass(struct bench *b, int64_t ms)
{
	move(b, lw_mono_add(bench_now(b), lw_ms(ms)));
}

uint8_t bench_byte(struct lw_twin *t, int page, unsigned byte)
{
	struct lw_addr a = {
		.i2c = 0x50, .page = (uint8_t)(page < 0 ? 0 : page), .byte = (uint8_t)byte};
	uint8_t v;

	assert_int_equal(lw_bus_read(lw_twin_bus(t), a, &v, 1, NULL), 0);
	return v;
}

void bench_put(struct lw_twin *t, int page, unsigned byte, unsigned value)
{
	struct lw_addr a = {
		.i2c = 0x50, .page = (uint8_t)(page < 0 ? 0 : page), .byte = (uint8_t)byte};
	uint8_t v = (uint8_t)value;

	assert_int_equal(lw_bus_write(lw_twin_bus(t), a, &v, 1, NULL), 0);
}

enum lw_control_outcome bench_run(struct bench *b, const struct lw_control_plan *plan,
				  struct lw_error *ret)
{
	struct lw_control c;
	struct lw_mono due;
	unsigned rounds = 0;

	lw_control_start(&c, &b->bus, &b->module.memory, plan, bench_now(b));
	while (due = lw_control_run(&c, bench_now(b)), c.outcome == LW_CONTROL_BUSY) {
		assert_true(lw_mono_before(bench_now(b), due)); /* it never runs hot */
		assert_true(rounds++ < 100000);
		move(b, due);
	}
	assert_true(due.ns == LW_NEVER.ns);
	if (ret)
		*ret = c.error;
	return c.outcome;
}

void bench_plan(struct bench *b, const char *setting, uint32_t lanes, int raw,
		struct lw_control_plan *ret)
{
	struct lw_control_want want = {.setting =
					       lw_control_setting_find(&b->module.memory, setting),
				       .lanes = lanes,
				       .raw = raw};
	struct lw_error e;

	assert_non_null(want.setting);
	bench_look(b);
	if (lw_control_plan_set(&b->module.memory, &b->module.facts, &want, 1, false, ret, &e))
		fail_msg("%s: %s", setting, e.message);
}

void bench_set(struct bench *b, const char *setting, uint32_t lanes, int raw)
{
	struct lw_control_plan plan;
	struct lw_error e;

	bench_plan(b, setting, lanes, raw, &plan);
	if (bench_run(b, &plan, &e) != LW_CONTROL_DONE)
		fail_msg("%s: %s", setting, e.message);
	bench_look(b);
}

unsigned bench_events(const struct bench *b, struct lw_mono since, int lane, uint8_t *ret,
		      unsigned room)
{
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(b->near, &n);
	unsigned k = 0;

	for (size_t i = 0; i < n; i++)
		if (e[i].lane == lane && !lw_mono_before(e[i].at, since)) {
			if (k < room)
				ret[k] = e[i].state;
			k++;
		}
	return k;
}

static uint8_t *place(struct memory_bus *m, struct lw_addr a, size_t n)
{
	int slot = lw_map_slot(m->image.map, a.i2c, a.page, a.byte >= 128);

	assert_true(slot >= 0);
	assert_true((a.byte & 0x7f) + n <= 128);
	return &m->image.slot[a.bank][slot][a.byte & 0x7f];
}

static int read_memory(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	(void)reterr;
	memcpy(ret, place((struct memory_bus *)(void *)bus, a, n), n);
	return 0;
}

static int write_memory(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	struct memory_bus *m = (struct memory_bus *)(void *)bus;

	(void)reterr;
	memcpy(place(m, a, n), p, n);
	if (m->react)
		m->react(m, a);
	return 0;
}

void memory_bus_init(struct memory_bus *m)
{
	static const struct lw_bus_ops memory_ops = {read_memory, write_memory};

	memset(m, 0, sizeof(*m));
	m->bus.ops = &memory_ops;
}
