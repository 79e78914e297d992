/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"

#include <string.h>

static const char *const fault_names[] = {
	[LW_FAULT_UNPLUG] = "unplug",
	[LW_FAULT_CUT] = "cut",
	[LW_FAULT_DARK] = "dark",
	[LW_FAULT_REJECT] = "reject",
	[LW_FAULT_STUCK_INIT] = "stuck-init",
	[LW_FAULT_NACK] = "nack",
	[LW_FAULT_HOT] = "hot",
	[LW_FAULT_MODULE] = "module",
	[LW_FAULT_NACK_BURST] = "nack-burst",
	[LW_FAULT_STUCK_BUS] = "stuck-bus",
	[LW_FAULT_SHORT] = "short",
	[LW_FAULT_CORRUPT] = "corrupt",
	[LW_FAULT_LATE] = "late",
	[LW_FAULT_RESET] = "reset",
	[LW_FAULT_FLAG_STORM] = "flag-storm",
	[LW_FAULT_RUNAWAY] = "runaway",
	[LW_FAULT_AGED] = "aged",
	[LW_FAULT_FLAP] = "flap",
	[LW_FAULT_CHECKSUM] = "checksum",
	[LW_FAULT_REJECT_CUSTOM] = "reject-custom",
};

/* Streams of noise of their own; accesses and periods are the samples. */
enum { OF_BURST = 8192, OF_CORRUPT, OF_BIT };

const char *lw_fault_name(enum lw_fault f)
{
	return (unsigned)f < LW_FAULT_N ? fault_names[f] : NULL;
}

int lw_fault_find(const char *name)
{
	for (int f = 0; f < LW_FAULT_N; f++)
		if (strcmp(name, fault_names[f]) == 0)
			return f;
	return -1;
}

static bool per_lane(enum lw_fault f)
{
	switch (f) {
	case LW_FAULT_CUT:
	case LW_FAULT_DARK:
	case LW_FAULT_REJECT:
	case LW_FAULT_REJECT_CUSTOM:
	case LW_FAULT_STUCK_INIT:
	case LW_FAULT_AGED:
	case LW_FAULT_FLAP:
		return true;
	default:
		return false;
	}
}

void lw_twin_fault(struct lw_twin *t, enum lw_fault f, uint32_t lanes, bool on)
{
	uint32_t before, mask;

	if ((unsigned)f >= LW_FAULT_N)
		return;
	mask = per_lane(f) ? lanes : UINT32_MAX;
	before = t->fault[f];
	t->fault[f] = on ? before | mask : before & ~mask;
	if (t->fault[f] == before)
		return;
	if (!before)
		t->since[f] = lw_twin_now(t);
	lw_twin_touch(t);
	for (unsigned i = 0; i < t->lanes; i++)
		if (t->media[i].far) {
			lw_twin_touch(t->media[i].far);
			lw_twin_poke(t->media[i].far);
		}
	if (f == LW_FAULT_UNPLUG && !on)
		lw_twin_power_on(t);
	if (f == LW_FAULT_RESET && on && lw_twin_present(t)) {
		if (t->kind->reset)
			t->kind->reset(t);
		else
			lw_twin_power_on(t);
	}
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

struct lw_mono lw_twin_replug_time(void)
{
	return (struct lw_mono){(int64_t)lw_twin_numbers[LW_TWIN_T_REPLUG]};
}

double lw_twin_dirt_db(void)
{
	return lw_twin_numbers[LW_TWIN_DIRT];
}

/* Each period begins with a burst of its own length. */
static bool in_burst(const struct lw_twin *t)
{
	int64_t period = (int64_t)lw_twin_numbers[LW_TWIN_T_BURST];
	int64_t age = lw_twin_now(t).ns - t->since[LW_FAULT_NACK_BURST].ns;
	double part = (1 + lw_twin_noise(t, age / period, OF_BURST)) / 2;

	return (double)(age % period) <=
	       part * lw_twin_numbers[LW_TWIN_BURST_PART] * (double)period;
}

int lw_fault_access(struct lw_twin *t, struct lw_addr a, bool write, size_t n,
		    struct lw_error *reterr)
{
	t->accesses++;
	if (t->fault[LW_FAULT_STUCK_BUS])
		return lw_fail_at(reterr, LW_ETIMEDOUT, a.page, a.byte, "%s: the bus is stuck",
				  t->name);
	if (t->fault[LW_FAULT_NACK] || (t->fault[LW_FAULT_NACK_BURST] && in_burst(t)))
		return lw_fail_at(reterr, LW_ENACK, a.page, a.byte, "%s does not acknowledge",
				  t->name);
	if (t->fault[LW_FAULT_SHORT] && !write && n > 1)
		return lw_fail_at(reterr, LW_ESHORT, a.page, a.byte,
				  "%s: a read of %zu bytes broke off", t->name, n);
	return 0;
}

/* Where the checksum of the identity page stands. */
static const struct lw_field *identity_sum(const struct lw_memory *m)
{
	static const uint16_t id[LW_MAP_N] = {
		[LW_MAP_CMIS] = LW_CMIS_PAGE_CHECKSUM_00H,
		[LW_MAP_SFF8636] = LW_SFF8636_CC_BASE,
		[LW_MAP_SFF8472] = LW_SFF8472_CC_BASE,
	};

	return &m->field[id[m->map]];
}

void lw_fault_spoil(struct lw_twin *t, int slot, unsigned first, uint8_t *p, size_t n)
{
	const struct lw_field *sum = identity_sum(&t->mem);
	unsigned at = sum->byte & 0x7fu;
	int64_t access = (int64_t)t->accesses;
	double draw;

	if (t->fault[LW_FAULT_CHECKSUM] && sum->slot == slot && at >= first && at < first + n)
		p[at - first] ^= 0xff;
	if (!t->fault[LW_FAULT_CORRUPT])
		return;
	draw = (1 + lw_twin_noise(t, access, OF_CORRUPT)) / 2;
	if (draw < lw_twin_numbers[LW_TWIN_CORRUPT_PART]) {
		draw = (1 + lw_twin_noise(t, access, OF_BIT)) / 2;
		at = (unsigned)(draw * (double)n * 8) % (unsigned)(n * 8);
		p[at / 8] ^= (uint8_t)(1u << at % 8);
	}
}

double lw_fault_age(const struct lw_twin *t, enum lw_fault f)
{
	return t->fault[f] ? (double)(lw_twin_now(t).ns - t->since[f].ns) / 1e9 : 0;
}

/* The next end of a period that began with the fault. */
static struct lw_mono next_period(const struct lw_twin *t, enum lw_fault f, int64_t period)
{
	int64_t age = lw_twin_now(t).ns - t->since[f].ns;

	return (struct lw_mono){t->since[f].ns + (age / period + 1) * period};
}

struct lw_mono lw_fault_due(const struct lw_twin *t)
{
	struct lw_mono due = LW_NEVER;

	if (t->fault[LW_FAULT_FLAP])
		due = next_period(t, LW_FAULT_FLAP, (int64_t)lw_twin_numbers[LW_TWIN_T_FLAP]);
	if (t->fault[LW_FAULT_RUNAWAY])
		due = lw_mono_min(due, next_period(t, LW_FAULT_RUNAWAY,
						   (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR]));
	return due;
}

double lw_fault_alarm_degc(const struct lw_twin *t)
{
	double degc = t->kind->alarm_degc ? t->kind->alarm_degc(t) : 0;

	return degc > 0 ? degc : lw_twin_numbers[LW_TWIN_TEMPERATURE_LIMIT];
}

void lw_fault_run(struct lw_twin *t)
{
	int64_t age = lw_twin_now(t).ns - t->since[LW_FAULT_RUNAWAY].ns;
	double rise = lw_fault_age(t, LW_FAULT_RUNAWAY) * lw_twin_numbers[LW_TWIN_RUNAWAY_RATE];

	/* Looked at in whole periods: no access decides when that is (twin 2). */
	if (!t->fault[LW_FAULT_RUNAWAY])
		t->gave_up = false;
	else if (age % (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR] == 0 &&
		 lw_heat_case_degc(t) + rise >
			 lw_fault_alarm_degc(t) + lw_twin_numbers[LW_TWIN_RUNAWAY_LIMIT])
		t->gave_up = true;
}

bool lw_fault_broken(const struct lw_twin *t)
{
	return t->fault[LW_FAULT_MODULE] || t->gave_up;
}

uint32_t lw_fault_dark(const struct lw_twin *t)
{
	int64_t age = lw_twin_now(t).ns - t->since[LW_FAULT_FLAP].ns;
	bool off = age / (int64_t)lw_twin_numbers[LW_TWIN_T_FLAP] % 2 == 0;

	return t->fault[LW_FAULT_DARK] | (off ? t->fault[LW_FAULT_FLAP] : 0);
}

void lw_fault_storm(struct lw_twin *t)
{
	const struct lw_flag *f = t->world->flag[t->mem.map];

	if (!t->fault[LW_FAULT_FLAG_STORM])
		return;
	for (size_t i = 0; i < t->world->flag_n[t->mem.map]; i++) {
		int16_t need = t->mem.field[f[i].flag].need;

		if (need < 0 || lw_memory_get(&t->mem, (unsigned)need, 0))
			lw_memory_put_mask(&t->mem, f[i].flag, UINT32_MAX);
	}
}
