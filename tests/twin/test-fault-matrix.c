/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdio.h>

/*
 * Every fault on every kind of module: which symptoms a host sees, here and at the far end, and
 * that it sees no others. The faulty module is joined with a sound one; the fault is on its first
 * lane.
 */

enum symptom {
	ABSENT = 1 << 0,      /* nothing answers, the cage is empty */
	REFUSES = 1 << 1,     /* no access is acknowledged */
	BURSTS = 1 << 2,      /* for some time, again and again */
	HANGS = 1 << 3,       /* every access times out */
	RESTARTS = 1 << 4,    /* no answer at first, then for good */
	LATE = 1 << 5,        /* its start takes longer than it may */
	SHORT = 1 << 6,       /* reads of more than one byte break off */
	BITS = 1 << 7,        /* some reads differ from others */
	SUM = 1 << 8,         /* the checksum of the identity page is wrong */
	HOT = 1 << 9,         /* temperature above its high alarm, with the alarm */
	STORM = 1 << 10,      /* alarms that nothing explains, set again when they were read */
	BROKEN = 1 << 11,     /* ModuleFault */
	TX_FAULT = 1 << 12,   /* of the first lane; TX_FAULTS: and of the others */
	TX_FAULTS = 1 << 13,  /* */
	WORN = 1 << 14,       /* far more bias, far less light */
	NO_LIGHT = 1 << 15,   /* loss of light on the first lane; NO_LIGHTS: and on the others */
	NO_LIGHTS = 1 << 16,  /* */
	FAR_DARK = 1 << 17,   /* the same at the far end */
	FAR_DARKS = 1 << 18,  /* */
	FAR_FLAPS = 1 << 19,  /* light at the far end comes and goes */
	REJECTED = 1 << 20,   /* ConfigRejected */
	REJECTED_C = 1 << 21, /* with a vendor's code */
	IN_INIT = 1 << 22,    /* a data path that stays in DPInit */
	ALL_FAR = FAR_DARK | FAR_DARKS,
	ALL_TX = TX_FAULT | TX_FAULTS,
	/* SFF-8472 has states for these, and states are true */
	STORMS = STORM | ALL_TX | NO_LIGHT | NO_LIGHTS,
};

/* When the host does what the fault is about. */
enum occasion { NONE, REPLUG, CONFIGURE };

struct row {
	enum lw_fault fault;
	enum occasion occasion;
	bool restart; /* the fault's end is not enough: it takes a new start */
	uint32_t on_cmis, on_sff8636, on_sff8472;
};

/* SFF modules know no configuration commands: there is nothing to reject or to be stuck in. One
 * with a single lane has no other lanes. */
/* clang-format off */
static const struct row rows[] = {
	{ LW_FAULT_UNPLUG,        NONE,      false, ABSENT | ALL_FAR,     ABSENT | ALL_FAR,       ABSENT | FAR_DARK },
	{ LW_FAULT_CUT,           NONE,      false, NO_LIGHT | FAR_DARK,  NO_LIGHT | FAR_DARK,    NO_LIGHT | FAR_DARK },
	{ LW_FAULT_DARK,          NONE,      false, TX_FAULT | FAR_DARK,  TX_FAULT | FAR_DARK,    TX_FAULT | FAR_DARK },
	{ LW_FAULT_REJECT,        CONFIGURE, false, REJECTED,             0,                      0 },
	{ LW_FAULT_REJECT_CUSTOM, CONFIGURE, false, REJECTED_C,           0,                      0 },
	{ LW_FAULT_STUCK_INIT,    CONFIGURE, true,  IN_INIT | ALL_FAR,    0,                      0 },
	{ LW_FAULT_NACK,          NONE,      false, REFUSES,              REFUSES,                REFUSES },
	{ LW_FAULT_NACK_BURST,    NONE,      false, BURSTS,               BURSTS,                 BURSTS },
	{ LW_FAULT_STUCK_BUS,     NONE,      false, HANGS,                HANGS,                  HANGS },
	{ LW_FAULT_SHORT,         NONE,      false, SHORT,                SHORT,                  SHORT },
	{ LW_FAULT_CORRUPT,       NONE,      false, BITS,                 BITS,                   BITS },
	{ LW_FAULT_LATE,          REPLUG,    false, LATE,                 LATE,                   LATE },
	{ LW_FAULT_RESET,         NONE,      false, RESTARTS,             RESTARTS,               RESTARTS },
	{ LW_FAULT_FLAG_STORM,    NONE,      false, STORMS,               STORMS,                 STORM },
	{ LW_FAULT_HOT,           NONE,      false, HOT,                  HOT,                    HOT },
	{ LW_FAULT_RUNAWAY,       NONE,      true,  HOT | BROKEN | ALL_FAR, HOT | ALL_TX | ALL_FAR, HOT | TX_FAULT | FAR_DARK },
	{ LW_FAULT_MODULE,        NONE,      true,  BROKEN | ALL_FAR,     ALL_TX | ALL_FAR,       TX_FAULT | FAR_DARK },
	{ LW_FAULT_AGED,          NONE,      false, WORN,                 WORN,                   WORN },
	{ LW_FAULT_FLAP,          NONE,      false, TX_FAULT | FAR_FLAPS, TX_FAULT | FAR_FLAPS,   TX_FAULT | FAR_FLAPS },
	{ LW_FAULT_CHECKSUM,      NONE,      false, SUM,                  SUM,                    SUM },
};
/* clang-format on */

static const char *const symptom_names[] = {
	"absent",   "refuses",  "bursts",  "hangs",  "restarts", "late",    "short",   "bits",
	"checksum", "hot",      "storm",   "broken", "tx-fault", "-others", "worn",    "no-light",
	"-others",  "far-dark", "-others", "flaps",  "rejected", "custom",  "in-init",
};

/* One kind of module, and where it tells what. */
struct kind {
	const char *name, *part;
	enum lw_map_id map;
	unsigned lanes;
	uint32_t baud_kbd;
	enum lw_modulation modulation;
	enum lw_medium medium;
	int64_t answers_within_ms; /* of its start */
	uint16_t temperature, hot_alarm, hot_flag;
	uint16_t storm_flag; /* an alarm that nothing else in this test sets */
	uint16_t tx_fault, rx_los, tx_power, tx_bias, sum;
	uint8_t sum_byte;
};

static const struct kind kinds[] = {
	{"cmis", "OSFP-800G-DR8", LW_MAP_CMIS, 8, 53125000, LW_PAM4, LW_SMF, 2000,
	 LW_CMIS_TEMP_MON_VALUE, LW_CMIS_TEMP_MON_HIGH_ALARM_THRESHOLD,
	 LW_CMIS_TEMP_MON_HIGH_ALARM_FLAG, LW_CMIS_VCC_MON_LOW_ALARM_FLAG, LW_CMIS_FAILURE_FLAG_TX,
	 LW_CMIS_LOS_FLAG_RX, LW_CMIS_OPTICAL_POWER_TX, LW_CMIS_LASER_BIAS_TX,
	 LW_CMIS_PAGE_CHECKSUM_00H, 222},
	{"sff8636", "QSFP28-100G-SR4", LW_MAP_SFF8636, 4, 25781250, LW_NRZ, LW_MMF, 2000,
	 LW_SFF8636_TEMPERATURE, LW_SFF8636_TEMP_HIGH_ALARM, LW_SFF8636_TEMP_HIGH_ALARM_FLAG,
	 LW_SFF8636_VCC_LOW_ALARM_FLAG, LW_SFF8636_TX_FAULT, LW_SFF8636_RX_LOS, LW_SFF8636_TX_POWER,
	 LW_SFF8636_TX_BIAS, LW_SFF8636_CC_BASE, 191},
	{"sff8472", "SFP28-25G-SR", LW_MAP_SFF8472, 1, 25781250, LW_NRZ, LW_MMF, 300,
	 LW_SFF8472_TEMPERATURE, LW_SFF8472_TEMP_HIGH_ALARM, LW_SFF8472_TEMP_HIGH_ALARM_FLAG,
	 LW_SFF8472_VCC_LOW_ALARM_FLAG, LW_SFF8472_TX_FAULT_STATE, LW_SFF8472_RX_LOS_STATE,
	 LW_SFF8472_TX_POWER, LW_SFF8472_TX_BIAS, LW_SFF8472_CC_BASE, 63},
};

struct bench {
	const struct kind *k;
	struct lw_world *w;
	struct lw_twin *a, *b;
	uint8_t sum;
	int64_t power, bias; /* of the first lane, when all was well */
};

static int try_read(const struct bench *x, uint8_t byte, uint8_t *ret, size_t n)
{
	return lw_bus_read(lw_twin_bus(x->a), (struct lw_addr){0x50, 0, 0, byte}, ret, n, NULL);
}

static int64_t field(const struct bench *x, struct lw_twin *t, unsigned id, unsigned lane)
{
	return get_field(t, x->k->map, id, lane);
}

/* Read flags of what was, at both ends. */
static void clear_flags(const struct bench *x)
{
	for (unsigned i = 0; i < x->k->lanes; i++) {
		field(x, x->a, x->k->tx_fault, i);
		field(x, x->a, x->k->rx_los, i);
		field(x, x->b, x->k->rx_los, i);
	}
	field(x, x->a, x->k->hot_flag, 0);
	field(x, x->a, x->k->storm_flag, 0);
	pass(x->w, 10);
}

static void begin(struct bench *x)
{
	const struct kind *k = x->k;
	struct lw_twin_options opt = {.part = lw_part_find(k->part)};

	assert_int_equal(lw_world_create(7, &x->w, NULL), 0);
	assert_int_equal(lw_world_plug(x->w, "a", &opt, &x->a, NULL), 0);
	assert_int_equal(lw_world_plug(x->w, "b", &opt, &x->b, NULL), 0);
	join_all(x->w, x->a, x->b, k->lanes, k->medium, 1);
	drive_all(x->a, k->lanes, k->baud_kbd, k->modulation);
	drive_all(x->b, k->lanes, k->baud_kbd, k->modulation);
	pass(x->w, 40000);
	x->sum = get_byte(x->a, 0, k->sum_byte);
	x->power = field(x, x->a, k->tx_power, 0);
	x->bias = field(x, x->a, k->tx_bias, 0);
	assert_true(x->power > 0 && x->bias > 0);
	clear_flags(x);
}

/* What the bus is like over a minute. */
static uint32_t bus_symptoms(struct bench *x, int64_t since_ms)
{
	unsigned ok = 0, nack = 0, timeout = 0, absent = 0, changes = 0, far_changes = 0;
	int64_t first_ms = -1;
	bool answered = true, bright = false;
	struct lw_signal s;
	uint8_t v;

	for (unsigned i = 0; i < 600; i++, pass(x->w, 100)) {
		int r = try_read(x, 0, &v, 1);
		bool lit = lw_twin_receive(x->b, 0, &s);

		ok += r == 0;
		nack += r == LW_ENACK;
		timeout += r == LW_ETIMEDOUT;
		absent += r == LW_EABSENT;
		changes += i > 0 && answered != (r == 0);
		far_changes += i > 0 && bright != lit;
		answered = r == 0;
		bright = lit;
		if (r == 0 && first_ms < 0)
			first_ms = since_ms + 100 * i;
	}
	assert_int_equal(ok + nack + timeout + absent, 600);
	return (absent == 600 ? ABSENT : 0) | (timeout == 600 ? HANGS : 0) |
	       (nack == 600 ? REFUSES : 0) | (nack && changes > 10 ? BURSTS : 0) |
	       (nack && ok && changes == 1 && first_ms <= x->k->answers_within_ms ? RESTARTS : 0) |
	       (nack && ok && changes == 1 && first_ms > x->k->answers_within_ms ? LATE : 0) |
	       (far_changes > 10 ? FAR_FLAPS : 0);
}

static uint32_t read_symptoms(struct bench *x)
{
	uint8_t right[64], got[64], v;
	unsigned differ = 0, sums = 0;

	if (try_read(x, x->k->sum_byte - 63, right, 2) == LW_ESHORT)
		return SHORT;
	assert_int_equal(try_read(x, x->k->sum_byte - 63, right, 64), 0);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(try_read(x, x->k->sum_byte - 63, got, 64), 0);
		differ += memcmp(right, got, 64) != 0;
		assert_int_equal(try_read(x, x->k->sum_byte, &v, 1), 0);
		sums += v != x->sum;
	}
	return (differ ? BITS : 0) | (sums == 200 ? SUM : 0);
}

/* Does the flag tell what lasts, and not only what was? */
static bool lasts(const struct bench *x, struct lw_twin *t, unsigned id, unsigned lane)
{
	field(x, t, id, lane);
	pass(x->w, 10);
	return field(x, t, id, lane) != 0;
}

static uint32_t lanes_of(const struct bench *x, struct lw_twin *t, unsigned id, uint32_t first)
{
	uint32_t s = lasts(x, t, id, 0) ? first : 0;
	unsigned others = 0;

	for (unsigned i = 1; i < x->k->lanes; i++)
		others += lasts(x, t, id, i);
	assert_true(others == 0 || others == x->k->lanes - 1);
	return others ? s | first << 1 : s;
}

/* What the registers of both ends say. */
static uint32_t told_symptoms(struct bench *x)
{
	const struct kind *k = x->k;
	uint32_t s =
		lanes_of(x, x->a, k->tx_fault, TX_FAULT) | lanes_of(x, x->a, k->rx_los, NO_LIGHT);
	unsigned storms = 0;

	if (field(x, x->a, k->temperature, 0) > field(x, x->a, k->hot_alarm, 0) &&
	    field(x, x->a, k->hot_flag, 0))
		s |= HOT;
	for (unsigned i = 0; i < 5; i++, pass(x->w, 10))
		storms += field(x, x->a, k->storm_flag, 0) != 0;
	if (storms == 5)
		s |= STORM;
	if (field(x, x->a, k->tx_bias, 0) > x->bias * 3 / 2 &&
	    field(x, x->a, k->tx_power, 0) < x->power / 2)
		s |= WORN;
	if (k->map != LW_MAP_CMIS)
		return s;
	s |= (get_byte(x->a, -1, 3) >> 1 & 7) == 5 ? BROKEN : 0;
	s |= (get_byte(x->a, 0x11, 202) & 15) == 2 ? REJECTED : 0;
	s |= (get_byte(x->a, 0x11, 202) & 15) == 13 ? REJECTED_C : 0;
	s |= (get_byte(x->a, 0x11, 128) & 15) == 2 ? IN_INIT : 0;
	return s;
}

/* Everything that differs from a sound module on a sound link. */
static uint32_t symptoms(struct bench *x, int64_t since_ms)
{
	uint32_t s = bus_symptoms(x, since_ms);
	uint8_t v;

	s |= lanes_of(x, x->b, x->k->rx_los, FAR_DARK);
	if (s & FAR_FLAPS)
		s &= ~(uint32_t)FAR_DARK;
	if (s & BURSTS || try_read(x, 0, &v, 1) != 0)
		return s;
	s |= read_symptoms(x);
	/* Where every other read is spoilt there is no knowing what a register says. */
	return s & (SHORT | BITS) ? s : s | told_symptoms(x);
}

static void occur(struct bench *x, enum occasion what)
{
	if (what == REPLUG) {
		lw_twin_fault(x->a, LW_FAULT_UNPLUG, 0, true);
		lw_twin_fault(x->a, LW_FAULT_UNPLUG, 0, false);
	}
	if (what == CONFIGURE && x->k->map == LW_MAP_CMIS)
		put_byte(x->a, 0x10, 143, 0xff);
	if (what == CONFIGURE && x->k->map == LW_MAP_SFF8636)
		put_byte(x->a, -1, 98, 0xff); /* CDR control: the nearest that there is */
}

static void say(const char *who, const char *fault, const char *what, uint32_t want, uint32_t got)
{
	char text[400] = "";

	if (want == got)
		return;
	for (unsigned i = 0; i < sizeof(symptom_names) / sizeof(symptom_names[0]); i++)
		if ((want ^ got) >> i & 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s%s",
				 got >> i & 1 ? "also " : "no ", symptom_names[i]);
	fail_msg("%s on %s, %s:%s", fault, who, what, text);
}

static void play(const struct kind *k, const struct row *r, uint32_t want)
{
	struct bench x = {.k = k};

	begin(&x);
	say(k->name, lw_fault_name(r->fault), "before", 0, symptoms(&x, 0));
	clear_flags(&x);
	lw_twin_fault(x.a, r->fault, 1, true);
	occur(&x, r->occasion);
	say(k->name, lw_fault_name(r->fault), "during", want, symptoms(&x, 0));
	lw_twin_fault(x.a, r->fault, 1, false);
	if (r->restart)
		occur(&x, REPLUG);
	if (r->occasion == CONFIGURE && !r->restart)
		occur(&x, CONFIGURE);
	pass(x.w, 60000);
	clear_flags(&x);
	say(k->name, lw_fault_name(r->fault), "after", 0, symptoms(&x, 0));
	lw_world_destroy(x.w);
}

static void fault_shows_its_symptoms_and_no_others(void **state)
{
	const struct row *r = *state;

	play(&kinds[0], r, r->on_cmis);
	play(&kinds[1], r, r->on_sff8636);
	play(&kinds[2], r, r->on_sff8472);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];
	size_t n = sizeof(rows) / sizeof(rows[0]);
	bool seen[LW_FAULT_N] = {0};

	for (size_t i = 0; i < n; i++) {
		tests[i] = (struct CMUnitTest){.name = lw_fault_name(rows[i].fault),
					       .test_func = fault_shows_its_symptoms_and_no_others,
					       .initial_state = (void *)&rows[i]};
		seen[rows[i].fault] = true;
	}
	for (int f = 0; f < LW_FAULT_N; f++)
		if (!seen[f]) {
			fprintf(stderr, "no row for fault %s\n", lw_fault_name((enum lw_fault)f));
			return 1;
		}
	return _cmocka_run_group_tests("faults", tests, n, NULL, NULL);
}
