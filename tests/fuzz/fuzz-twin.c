/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any sequence of accesses, pins, faults, signals and time on two joined twins of a catalogued
 * part: states change only along the transitions of the standard, what is made stays as it was
 * made, and when every fault is gone and the pins are released both answer again. The first bytes
 * choose the part, the seed, the options and what the memory advertises beyond what the catalogue
 * gives it.
 */
#include "cmis-fsm.h"
#include "fuzz.h"
#include "twin-impl.h"

#include <stdio.h>
#include <string.h>

enum { TWINS = 2, OPS_MAX = 600 };

struct input {
	const uint8_t *p;
	size_t n;
};

/* Where a twin's machines stood when they were last looked at. */
struct trace {
	size_t seen;
	int module;                     /* -1: not told yet */
	uint8_t lane[2][LW_TWIN_LANES]; /* data paths, network paths */
};

struct bench {
	struct lw_world *w;
	struct lw_twin *t[TWINS];
	struct trace trace[TWINS];
};

/* Ends the run, and says what did not hold. */
static uint8_t byte(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

/* Features that no catalogued part has, or that parts differ in. */
static void advertise(struct lw_image *img, uint16_t which)
{
	static const uint16_t ids[] = {
		LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED,
		LW_CMIS_UNIDIR_RECONFIG_SUPPORTED,
		LW_CMIS_HOST_LANE_SWITCHING_SUPPORTED,
		LW_CMIS_MEDIA_LANE_SWITCHING_SUPPORTED,
		LW_CMIS_TRANSMITTER_IS_TUNABLE,
		LW_CMIS_FINE_TUNING_SUPPORTED,
		LW_CMIS_GRID_SUPPORTED_75GHZ,
		LW_CMIS_BANK_BROADCAST_SUPPORTED,
		LW_CMIS_STAGED_SET1_SUPPORTED,
		LW_CMIS_STEPPED_CONFIG_ONLY,
		LW_CMIS_AUTO_COMMISSIONING,
		LW_CMIS_BANKS_SUPPORTED,
		LW_CMIS_CDB_INSTANCES_SUPPORTED,
		LW_CMIS_EXT_APP_DESCRIPTOR7_TO_1,
		LW_CMIS_PROG_OUTPUT_POWER_PER_LANE_SUPPORTED,
		LW_CMIS_TX_DISABLE_IS_MODULE_WIDE,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[ids[i]];
		int64_t all = f->id == LW_CMIS_EXT_APP_DESCRIPTOR7_TO_1 ? 0x2a : 1;

		if (!(which >> i & 1))
			continue;
		img->present[0][f->slot] = 1;
		(void)lw_field_put(f, 0, all, img->slot[0][f->slot], NULL);
	}
}

static bool allowed(const struct lw_fsm_row *rows, size_t n, unsigned from, unsigned to)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].from == from && rows[i].to == to)
			return true;
	return false;
}

static void module_event(struct trace *x, uint8_t state)
{
	bool leaves = state == 0; /* the states that no host sees are told as one */

	if (x->module > 0)
		require(allowed(lw_msm_rows, lw_msm_rows_n, (unsigned)x->module,
				leaves ? LW_MSM_RESETTING : state));
	else if (x->module == 0)
		require(allowed(lw_msm_rows, lw_msm_rows_n, LW_MSM_MGMT_INIT, state));
	x->module = state;
	/* Their paths end with these, without a word. */
	if (leaves || state == LW_MSM_FAULT)
		memset(x->lane, LW_DPSM_DEACTIVATED, sizeof(x->lane));
}

/* Follow the machines of a twin since the last look. */
static void follow(struct lw_twin *t, struct trace *x)
{
	const struct lw_twin_event *e;
	size_t n;

	if (t->kind != &lw_kind_cmis)
		return;
	e = lw_twin_events(t, &n);
	require(n >= x->seen);
	for (; x->seen < n; x->seen++) {
		const struct lw_twin_event *one = &e[x->seen];
		uint8_t *from;

		if (one->lane < 0) {
			module_event(x, one->state);
			continue;
		}
		require(one->lane < t->lanes);
		from = &x->lane[one->network][one->lane];
		require(allowed(lw_dpsm_rows, lw_dpsm_rows_n, *from, one->state));
		*from = one->state;
	}
}

/* Pages that nothing in the field changes. */
static void check_made(const struct lw_twin *t)
{
	static const struct {
		enum lw_map_id map;
		uint8_t slot;
	} fixed[] = {
		{LW_MAP_CMIS, LW_CMIS_SLOT_00H},      {LW_MAP_CMIS, LW_CMIS_SLOT_02H},
		{LW_MAP_CMIS, LW_CMIS_SLOT_04H},      {LW_MAP_CMIS, LW_CMIS_SLOT_20H},
		{LW_MAP_CMIS, LW_CMIS_SLOT_28H},      {LW_MAP_SFF8636, LW_SFF8636_SLOT_00H},
		{LW_MAP_SFF8472, LW_SFF8472_SLOT_A0},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		int16_t at = t->mem.place[0][fixed[i].slot];

		if (fixed[i].map == t->mem.map && at >= 0)
			require(!memcmp(t->mem.live[at], t->mem.made[at], 128));
	}
}

/* What is noted, so that runs need not look for it, is what is there. */
static void check_noted(const struct lw_twin *t)
{
	bool any = false;

	for (unsigned s = 0; s < t->mem.slot_n; s++)
		for (unsigned b = 0; b < LW_BANKS_MAX; b++) {
			const uint8_t *live =
				t->mem.place[b][s] < 0 ? NULL : t->mem.live[t->mem.place[b][s]];

			if (!live || !lw_bits_left(live, t->mem.slot[s].cor, false))
				continue;
			any = true;
			require(lw_memory_flagged(&t->mem, s));
		}
	require(any || !lw_twin_unmasked(t));
	for (unsigned i = 0; i < t->lanes; i++) {
		require((t->los >> i & 1) == t->media[i].los.shown);
		require((t->lol >> i & 1) == t->media[i].lol.shown);
		require((t->lost >> i & 1) == t->host[i].lost.shown);
		require((t->squelched >> i & 1) == t->host[i].squelched.shown);
	}
}

static void access(struct lw_twin *t, struct input *in, bool write)
{
	static const uint8_t pages[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12,
					0x13, 0x14, 0x16, 0x17, 0x19, 0x1d, 0x20, 0x24,
					0x2c, 0x2d, 0x2f, 0x6d, 0x9f, 0xa0, 0xa1, 0xff};
	uint8_t where = byte(in), b[256];
	struct lw_addr a = {.i2c = where >> 7 ? 0x51 : 0x50, .bank = where >> 5 & 3};
	size_t n;

	a.page = pages[where % 32 % sizeof(pages)];
	a.byte = byte(in);
	n = byte(in);
	n = n & 0x80 ? n : 1 + (n & 15); /* mostly short ones */
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = write && i < n ? byte(in) : 0;
	if (write)
		lw_bus_write(lw_twin_bus(t), a, b, n, NULL);
	else
		lw_bus_read(lw_twin_bus(t), a, b, n, NULL);
}

/* An access of a master that selects pages by bytes 126 and 127. */
static void wire(struct lw_twin *t, struct input *in)
{
	uint8_t what = byte(in), at = byte(in), b[128];
	uint8_t i2c = what >> 7 ? 0x51 : 0x50;
	size_t n = what & 0x20 ? 128 : 1 + (what & 7);

	if (what & 0x40) {
		lw_twin_wire_read(t, i2c, at, b, n, NULL);
		return;
	}
	for (size_t i = 0; i < n; i++)
		b[i] = byte(in);
	lw_twin_wire_write(t, i2c, what & 0x10 ? 126 : at, b, n, NULL);
}

static void drive(struct lw_twin *t, struct input *in)
{
	static const uint32_t baud[] = {53125000, 26562500, 25781250, 10312500};
	uint8_t what = byte(in);
	struct lw_signal s = {.baud_kbd = baud[what & 3],
			      .modulation = what >> 2 & 1 ? LW_NRZ : LW_PAM4,
			      .fec = "RS(544,514)"};

	lw_twin_drive(t, byte(in), what >> 3 & 1 ? NULL : &s);
}

static void rejoin(struct bench *b, struct input *in)
{
	struct lw_join j = {.medium = LW_SMF};
	uint8_t what = byte(in);

	j.loss_db = what >> 5;
	lw_world_join(b->w, b->t[0], what & 15, b->t[what >> 4 & 1], byte(in),
		      what == 255 ? NULL : &j, NULL);
}

static void fault(struct bench *b, unsigned i, enum lw_fault f, uint32_t lanes, bool on)
{
	struct lw_twin *t = b->t[i];
	bool replug = f == LW_FAULT_UNPLUG && !on && t->fault[f];

	if (replug) /* its events begin anew */
		b->trace[i] = (struct trace){.module = -1};
	lw_twin_fault(t, f, lanes, on);
	follow(t, &b->trace[i]);
}

static void step(struct bench *b, struct input *in)
{
	uint8_t op = byte(in), v;
	struct lw_twin *t = b->t[op >> 7];
	struct lw_signal s;
	uint32_t lanes;

	switch (op & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
		lw_world_advance(b->w, lw_mono_add(lw_world_now(b->w),
						   lw_ms((int64_t)byte(in) << (op & 3) * 2)));
		break;
	case 4:
		v = byte(in);
		lanes = byte(in);
		fault(b, op >> 7, (enum lw_fault)(v % 32 % LW_FAULT_N), lanes * 0x01010101u,
		      v >> 7);
		break;
	case 5:
		v = byte(in);
		lw_twin_pin_lpmode(t, v & 1);
		lw_twin_pin_reset(t, (v & 6) == 6);
		lw_twin_pin_tx_disable(t, v >> 3 & 1);
		lw_twin_pin_rate(t, v >> 4 & 1, v >> 5 & 1);
		if (v >> 6 & 1)
			lw_twin_air(t, v - 64.0, (v & 7) / 2.0);
		break;
	case 6:
		drive(t, in);
		break;
	case 7:
		rejoin(b, in);
		break;
	case 8:
	case 9:
	case 10:
		access(t, in, false);
		break;
	case 11:
		wire(t, in);
		break;
	default:
		access(t, in, true);
		break;
	}
	for (unsigned i = 0; i < TWINS; i++) {
		(void)lw_twin_receive(b->t[i], op & 31, &s);
		(void)lw_twin_interrupt(b->t[i]);
		follow(b->t[i], &b->trace[i]);
		check_made(b->t[i]);
		check_noted(b->t[i]);
	}
}

/* Without faults, and with their pins released, both come back. */
static void check_alive(struct bench *b)
{
	enum { LONG = 300 }; /* seconds: longer than any start, hold or CDB command */
	struct lw_addr a = {.i2c = 0x50};
	uint8_t v;

	for (unsigned i = 0; i < TWINS; i++) {
		for (int f = 0; f < LW_FAULT_N; f++)
			fault(b, i, (enum lw_fault)f, UINT32_MAX, false);
		lw_twin_pin_reset(b->t[i], false);
	}
	lw_world_advance(b->w, lw_mono_add(lw_world_now(b->w), lw_ms(LONG * 1000)));
	for (unsigned i = 0; i < TWINS; i++) {
		require(lw_bus_read(lw_twin_bus(b->t[i]), a, &v, 1, NULL) == 0);
		follow(b->t[i], &b->trace[i]);
		check_made(b->t[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lw_image img;
	struct input in = {data, size};
	struct lw_twin_options opt = {.image = &img};
	struct lw_join j = {.medium = LW_SMF, .loss_db = 1};
	const struct lw_part *part;
	struct bench b = {0};
	uint8_t flags;
	size_t parts;

	part = lw_parts(&parts);
	part += byte(&in) % parts;
	require(lw_world_create(byte(&in), &b.w, NULL) == 0);
	if (lw_image_make(part, NULL, &img, NULL) == 0) {
		uint16_t which = (uint16_t)(byte(&in) | byte(&in) << 8);

		flags = byte(&in);
		if (part->map == LW_MAP_CMIS && !part->flat)
			advertise(&img, which);
		opt.part = part;
		opt.lpmode_pin = flags & 1;
		opt.access_times = flags >> 1 & 1;
		opt.locked = flags >> 2 & 1;
		opt.jitter_percent = flags >> 3 & 1 ? 50 : 0;
		opt.read_max = flags >> 4 & 1 ? 8 : 0;
		opt.duration_percent = flags >> 5 & 1 ? 150 : 0;
		for (unsigned i = 0; i < TWINS; i++) {
			require(lw_world_plug(b.w, i ? "b" : "a", &opt, &b.t[i], NULL) == 0);
			b.trace[i].module = -1;
		}
		if (part->pmd)
			j.medium = part->pmd->medium;
		for (unsigned i = 0; i < b.t[0]->lanes; i++)
			lw_world_join(b.w, b.t[0], i, b.t[1], i, &j, NULL);
		for (unsigned i = 0; in.n && i < OPS_MAX; i++)
			step(&b, &in);
		check_alive(&b);
	}
	lw_world_destroy(b.w);
	return 0;
}
