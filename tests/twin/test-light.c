/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"
#include "monitor.h"
#include "quality.h"
#include "support.h"

#include <lanewise/formula.h>
#include <math.h>
#include <stdio.h>

/*
 * Light between catalogued modules: what arrives and how good it is, against light.csv, worked out
 * apart from the code by make-light.py; what must hold whatever the numbers are; drift and heat.
 */

struct bench {
	struct lw_world *w;
	struct lw_twin *a, *b;
	enum lw_grade grade;
};

/* Two modules of `name`, `loss_db` apart, hosts driving, past every start and the warming up. */
static void bench_make(struct bench *x, const char *name, double age_hours, double loss_db)
{
	const struct lw_part *p = lw_part_find(name);
	struct lw_twin_options opt = {.part = p, .age_hours = age_hours};
	struct lw_signal s = {.fec = "RS(544,514)"};
	unsigned lanes;

	if (!p || !p->pmd)
		fail_msg("no optical part %s", name);
	assert_int_equal(lw_world_create(5, &x->w, NULL), 0);
	assert_int_equal(lw_world_plug(x->w, "a", &opt, &x->a, NULL), 0);
	assert_int_equal(lw_world_plug(x->w, "b", &opt, &x->b, NULL), 0);
	lanes = p->pmd->lanes;
	x->grade = p->pmd->medium == LW_MMF ? LW_OM4 : LW_OS2;
	join_all(x->w, x->a, x->b, lanes, p->pmd->medium, loss_db);
	for (unsigned i = 0; i < p->form->lanes; i++) {
		int8_t g = x->a->host[i].group;

		s.baud_kbd = g >= 0 && x->a->group[g].host ? x->a->group[g].host->baud_kbd
							   : p->pmd->baud_kbd;
		s.modulation = g >= 0 && x->a->group[g].host ? x->a->group[g].host->modulation
							     : p->pmd->modulation;
		lw_twin_drive(x->a, i, &s);
		lw_twin_drive(x->b, i, &s);
	}
	/* A class above 4 wants leave for its power. */
	if (p->map == LW_MAP_SFF8636)
		for (int k = 0; k < 2; k++) {
			pass(x->w, 3000);
			put_byte(k ? x->b : x->a, -1, 93, 0x0d);
		}
	pass(x->w, 300000);
}

static void set_loss(struct bench *x, double loss_db)
{
	struct lw_join j = x->a->media[0].join;

	j.loss_db = loss_db;
	assert_int_equal(lw_world_join(x->w, x->a, 0, x->b, 0, &j, NULL), 0);
	pass(x->w, 2000);
}

/* One row of light.csv. */
struct row {
	char part[32], fault[16];
	double length_m, hours, rx_dbm, bias_ma, snr_db, ber;
	unsigned pairs;
};

static void check_row(const struct row *r, unsigned number)
{
	struct lw_monitor_lane seen;
	struct lw_quality q;
	struct lw_light light;
	struct lw_signal s;
	struct bench x;
	const struct lw_pmd *pmd;
	double wire;

	bench_make(&x, r->part, r->hours, 0);
	pmd = lw_light_pmd(x.a, 0);
	set_loss(&x, lw_phy_path_db(x.grade, (pmd->wave[0].low_pm + pmd->wave[0].high_pm) / 2e3,
				    r->length_m, r->pairs, 0));
	if (r->fault[0])
		lw_twin_fault(x.b, (enum lw_fault)lw_fault_find(r->fault), 1, true);
	pass(x.w, 2000);
	lw_light_arriving(x.a, 0, &light);
	if (!(fabs(light.dbm - r->rx_dbm) < 1e-3))
		fail_msg("light.csv:%u: %.4f dBm, not %.4f", number, light.dbm, r->rx_dbm);
	lw_quality_media(x.a, 0, &q);
	if (!q.good)
		fail_msg("light.csv:%u: no lock", number);
	if (!(fabs(q.snr_db - r->snr_db) < 1e-3))
		fail_msg("light.csv:%u: SNR %.4f dB, not %.4f", number, q.snr_db, r->snr_db);
	if (!(fabs(q.ber / r->ber - 1) < 0.01))
		fail_msg("light.csv:%u: BER %.4g, not %.4g", number, q.ber, r->ber);
	/* What sensors show has 1 % and 0.05 dB of noise. */
	lw_monitor_lane(x.b, 0, &seen);
	if (!(fabs(seen.bias_ma / r->bias_ma - 1) < 0.011))
		fail_msg("light.csv:%u: bias %.4f mA, not %.4f", number, seen.bias_ma, r->bias_ma);
	lw_monitor_lane(x.a, 0, &seen);
	assert_true(fabs(lw_phy_dbm(seen.rx_mw) - r->rx_dbm) < 0.051);
	/* The host behind a retimer: its own wire and the far one's on top. */
	assert_true(lw_twin_receive(x.a, 0, &s));
	wire = lw_quality_wire(x.a, s.modulation);
	if (!(fabs(s.ber / (r->ber + 2 * wire) - 1) < 0.01))
		fail_msg("light.csv:%u: host finds %.4g, not %.4g", number, s.ber,
			 r->ber + 2 * wire);
	lw_world_destroy(x.w);
}

static void light_cases_worked_out_by_hand_are_met(void **state)
{
	char line[400];
	unsigned number = 1;
	FILE *f = fopen(LIGHT, "r");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		struct row r = {0};
		char *at = line, *cell[9];

		number++;
		for (unsigned i = 0; i < 9; i++) {
			cell[i] = strsep(&at, ",");
			assert_non_null(at);
		}
		snprintf(r.part, sizeof(r.part), "%s", cell[0]);
		snprintf(r.fault, sizeof(r.fault), "%s", cell[3]);
		r.length_m = strtod(cell[1], NULL);
		r.pairs = (unsigned)strtoul(cell[2], NULL, 10);
		r.hours = strtod(cell[4], NULL);
		r.rx_dbm = strtod(cell[5], NULL);
		r.bias_ma = strtod(cell[6], NULL);
		r.snr_db = strtod(cell[7], NULL);
		r.ber = strtod(cell[8], NULL);
		check_row(&r, number);
	}
	fclose(f);
	assert_true(number > 10);
}

static void light_rows_all_make_receivers(void **state)
{
	(void)state;
	for (size_t i = 0; i < lw_light_rows_n; i++) {
		const struct lw_light_row *r = &lw_light_rows[i];
		double gap = r->tx_dbm - r->los_dbm, oma;

		oma = lw_phy_dbm(lw_phy_oma_mw(lw_phy_mw(r->tx_dbm), r->er_db));
		/* light enough for its own receiver, and LOS below what that needs */
		if (!(oma > r->sens_oma_dbm && gap > 5))
			fail_msg("%s cannot work", r->pmd);
	}
}

static void light_more_loss_is_never_better(void **state)
{
	static const char *const parts[] = {"OSFP-800G-DR8", "QSFP-DD-400G-SR8", "QSFP28-100G-LR4",
					    "SFP+-10G-SR"};
	(void)state;
	for (unsigned p = 0; p < 4; p++) {
		double ber = 0, rx = 100;
		bool lock = true, lost = false;
		struct bench x;

		bench_make(&x, parts[p], 0, 0);
		for (double loss = 0; loss < 24; loss += 0.5) {
			struct lw_quality q;
			struct lw_light light;

			set_loss(&x, loss);
			lw_light_arriving(x.a, 0, &light);
			lw_quality_media(x.a, 0, &q);
			assert_true(light.dbm < rx && q.ber >= ber);
			/* once gone it stays gone, the lock before the light */
			assert_true(lock || x.a->media[0].lol.shown);
			assert_true(!lost || x.a->media[0].los.shown);
			assert_true(!x.a->media[0].los.shown || x.a->media[0].lol.shown);
			rx = light.dbm;
			ber = q.ber;
			lock = !x.a->media[0].lol.shown;
			lost = x.a->media[0].los.shown;
		}
		assert_true(lost && ber == 0.5);
		lw_world_destroy(x.w);
	}
}

/* Light too weak for the code, with a lock: the host gets bits and cannot use them. */
static void light_beyond_fec_reaches_the_host_with_its_errors(void **state)
{
	const struct lw_fec *kp4 = lw_fec_find("RS(544,514)");
	struct lw_signal s;
	struct bench x;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 2);
	assert_true(lw_twin_receive(x.a, 0, &s));
	assert_true(lw_fec_holds(kp4, s.ber));
	set_loss(&x, 6.5);
	assert_true(lw_twin_receive(x.a, 1, &s));
	assert_true(lw_fec_holds(kp4, s.ber));
	/* The path is one: its lanes go up and down together, its errors are those of each lane. */
	assert_true(lw_twin_receive(x.a, 0, &s));
	assert_false(lw_fec_holds(kp4, s.ber));
	assert_true(s.ber > 2.4e-4 && s.ber < 0.02);
	lw_world_destroy(x.w);
}

/* The sample of instance `i` of a group's page of results. */
static unsigned sample(struct lw_twin *t, int page, unsigned i)
{
	uint8_t r[2];

	get_bytes(t, page, 128 + 2 * i, r, 2);
	return (unsigned)(r[0] << 8 | r[1]);
}

/* Versatile diagnostics of data/vdm-made.csv: level transitions and the worst codeword. */
static void light_shows_in_levels_and_weights(void **state)
{
	enum { P24 = 0x24, P25 = 0x25, SNR = 0, LTP = 16, WORST = 56 };
	const struct lw_fec *kp4 = lw_fec_find("RS(544,514)");
	unsigned before = 0;
	struct bench x;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 0);
	for (double loss = 0; loss < 8; loss += 0.5) {
		struct lw_quality q;
		double snr, levels, all = 0, words;
		unsigned worst;

		set_loss(&x, loss);
		snr = sample(x.a, P24, SNR) / 256.0;
		levels = sample(x.a, P24, LTP) / 256.0;
		/* rounding of the SNR moves level transitions by its slope, half of Q^2 */
		assert_true(fabs(levels - lw_phy_ltp_db(snr, LW_PAM4)) < 0.1);
		for (unsigned i = 0; i < 8; i++) {
			lw_quality_media(x.a, i, &q);
			assert_true(q.good);
			lw_quality_now(x.a, &q, &q.ber);
			all += q.ber / 8;
		}
		words = 8 * 106.25e9 / 5440; /* in a second */
		worst = sample(x.a, P25, WORST);
		assert_int_equal(worst, lw_fec_worst(kp4, all, words));
		assert_true(worst + 1 >= before);
		before = worst;
	}
	assert_true(before > 15);
	lw_world_destroy(x.w);
}

/* A module without retimers adds its noise to the host's, and so does the one at the far end. */
static void light_linear_modules_add_up_end_to_end(void **state)
{
	static const char *const names[] = {"800GBASE-DR8", "800G-DR8-LPO"};
	double ber[2], snr[2];
	static struct lw_part part;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct lw_quality q;
		struct lw_signal s;
		struct lw_world *w;
		struct lw_twin *t[2];
		double wire, all;

		part = *lw_part_find("QSFP28-100G-DR");
		part.pmd = lw_pmd_find(names[k]);
		part.map = LW_MAP_SFF8472; /* one lane that is on by itself */
		part.form = lw_form_find("SFP112");
		assert_non_null(part.pmd);
		assert_non_null(part.form);
		assert_int_equal(lw_world_create(1, &w, NULL), 0);
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(lw_world_plug(w, "x",
						       &(struct lw_twin_options){.part = &part},
						       &t[i], NULL),
					 0);
		join_all(w, t[0], t[1], 1, LW_SMF, 2);
		drive_all(t[0], 1, part.pmd->baud_kbd, LW_PAM4);
		drive_all(t[1], 1, part.pmd->baud_kbd, LW_PAM4);
		pass(w, 60000);
		assert_true(lw_twin_receive(t[0], 0, &s));
		lw_quality_media(t[0], 0, &q);
		wire = lw_twin_numbers[LW_TWIN_SNR_HOST];
		all = k ? lw_phy_ber(lw_phy_snr_both_db(q.snr_db, wire), LW_PAM4)
			: q.ber + 2 * lw_phy_ber(wire, LW_PAM4);
		assert_true(fabs(s.ber / all - 1) < 1e-9);
		ber[k] = s.ber;
		snr[k] = q.snr_db;
		lw_world_destroy(w);
	}
	/* Same light; the host's 24 dB come in before the light and once more behind it. */
	assert_true(fabs(lw_phy_snr_both_db(snr[0], 24) - snr[1]) < 1e-9);
	assert_true(ber[1] > 10 * ber[0]);
}

static void heat_settles_at_what_power_and_air_give(void **state)
{
	const double *n = lw_twin_numbers;
	double idle, full, then, still;
	struct bench x;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 2); /* 17 W */
	full = lw_heat_case_degc(x.a);
	assert_true(fabs(full - (n[LW_TWIN_AIR] + 17 * n[LW_TWIN_RESISTANCE])) < 0.01);
	lw_twin_pin_reset(x.a, true);
	pass(x.w, 30000); /* one time constant */
	idle = n[LW_TWIN_AIR] + n[LW_TWIN_POWER_LOW] * n[LW_TWIN_RESISTANCE];
	then = lw_heat_case_degc(x.a);
	assert_true(fabs(then - (idle + (full - idle) * exp(-1))) < 0.1);
	lw_twin_pin_reset(x.a, false);
	pass(x.w, 600000);
	lw_twin_air(x.a, 40, 2);
	pass(x.w, 600000);
	assert_true(fabs(lw_heat_case_degc(x.a) - (40 + 17 * n[LW_TWIN_RESISTANCE])) < 0.01);
	lw_twin_air(x.a, 40, 4);
	pass(x.w, 600000);
	assert_true(fabs(lw_heat_case_degc(x.a) -
			 (40 + 17 * n[LW_TWIN_RESISTANCE] * pow(0.5, n[LW_TWIN_AIR_EXPONENT]))) <
		    0.01);
	lw_twin_air(x.a, 40, 0); /* fans stop */
	pass(x.w, 600000);
	still = lw_heat_case_degc(x.a);
	assert_true(still > 100 && still < 140);
	/* The module says so. */
	assert_true(get_field(x.a, LW_MAP_CMIS, LW_CMIS_TEMP_MON_VALUE, 0) > 100 * 256);
	lw_world_destroy(x.w);
}

static void heat_of_neighbours_is_felt_until_they_leave(void **state)
{
	double alone, beside;
	struct lw_error e;
	struct bench x;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 2);
	alone = lw_heat_case_degc(x.a);
	assert_int_equal(lw_world_neighbour(x.w, x.a, x.b, NULL), 0);
	assert_int_equal(lw_world_neighbour(x.w, x.b, x.a, NULL), 0); /* known */
	assert_int_equal(lw_world_neighbour(x.w, x.a, x.a, &e), LW_EINVAL);
	assert_string_equal(e.message, "a cannot be its own neighbour");
	assert_true(fabs(lw_heat_case_degc(x.a) - alone) < 0.01); /* not at once */
	pass(x.w, 600000);
	beside = lw_heat_case_degc(x.a);
	assert_true(fabs(beside - alone - 17 * lw_twin_numbers[LW_TWIN_COUPLING]) < 0.01);
	lw_twin_fault(x.b, LW_FAULT_UNPLUG, ~0u, true);
	pass(x.w, 600000);
	assert_true(fabs(lw_heat_case_degc(x.a) - alone) < 0.01);
	lw_twin_fault(x.b, LW_FAULT_UNPLUG, ~0u, false);
	pass(x.w, 600000);
	assert_true(fabs(lw_heat_case_degc(x.a) - beside) < 0.01);
	lw_world_destroy(x.w);
}

static void heat_of_too_many_neighbours_is_refused(void **state)
{
	struct lw_twin *t[LW_NEIGHBOURS + 2];
	struct lw_world *w;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	for (unsigned i = 0; i < LW_NEIGHBOURS + 2; i++)
		t[i] = plug(w, "m", lw_part_find("SFP+-10G-SR"), NULL, false);
	for (unsigned i = 1; i <= LW_NEIGHBOURS; i++)
		assert_int_equal(lw_world_neighbour(w, t[0], t[i], &e), 0);
	assert_int_equal(lw_world_neighbour(w, t[LW_NEIGHBOURS + 1], t[0], &e), LW_EINVAL);
	lw_world_destroy(w);
}

static void laser_grows_older_with_the_days(void **state)
{
	struct bench x;
	double first, light;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 2);
	assert_true(lw_world_next(x.w).ns == LW_NEVER.ns); /* nobody waits for age */
	first = x.a->media[0].bias_ma;
	pass(x.w, INT64_C(365) * 24 * 3600 * 1000);
	/* a year of light, some degrees above the reference: more than 8760 hours of age */
	assert_true(x.a->media[0].hours > 8760 && x.a->media[0].hours < 2 * 8760);
	assert_true(x.a->media[0].bias_ma > first * 1.01);
	light = x.a->media[0].drift_db;
	assert_true(light == 0); /* the loop holds the power */
	lw_world_destroy(x.w);
	bench_make(&x, "OSFP-800G-DR8", 1e7, 2);
	assert_true(x.a->media[0].drift_db < -1);
	lw_world_destroy(x.w);
}

static void laser_age_can_be_set_at_any_time(void **state)
{
	enum { BIAS = 170, RX_POWER = 186, LASER_AGE = 128 + 2 * 8 };
	unsigned bias, power;
	uint8_t r[2];
	struct bench x;

	(void)state;
	bench_make(&x, "OSFP-800G-DR8", 0, 2);
	get_bytes(x.a, 0x11, BIAS, r, 2);
	bias = (unsigned)(r[0] << 8 | r[1]);
	get_bytes(x.b, 0x11, RX_POWER, r, 2);
	power = (unsigned)(r[0] << 8 | r[1]);
	assert_int_equal(lw_twin_option_set(x.a, "age-hours", 50000, NULL), 0);
	get_bytes(x.a, 0x25, LASER_AGE, r, 2);
	assert_int_equal(r[0] << 8 | r[1], 53); /* of a hundred thousand hours, and what it had */
	assert_int_equal(lw_twin_option_set(x.a, "age-hours", 1000000, NULL), 0);
	get_bytes(x.a, 0x11, BIAS, r, 2);
	assert_true((unsigned)(r[0] << 8 | r[1]) > bias * 11 / 10);
	get_bytes(x.b, 0x11, RX_POWER, r, 2);
	assert_true((unsigned)(r[0] << 8 | r[1]) > power * 9 / 10);
	assert_int_equal(lw_twin_option_set(x.a, "age-hours", 10000000, NULL), 0);
	get_bytes(x.b, 0x11, RX_POWER, r, 2);
	assert_true((unsigned)(r[0] << 8 | r[1]) < power * 8 / 10);
	/* It stays when the module starts anew, and goes back when told. */
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, false);
	pass(x.w, 60000);
	assert_true(x.a->media[0].drift_db < -1);
	assert_int_equal(lw_twin_option_set(x.a, "age-hours", 0, NULL), 0);
	assert_true(x.a->media[0].drift_db == 0);
	lw_world_destroy(x.w);
}

/* Days that went by in an empty world age nobody; the end of time is reached. */
static void laser_age_begins_with_the_module(void **state)
{
	struct lw_world *w;
	struct lw_twin *t;

	(void)state;
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	pass(w, INT64_C(30) * 24 * 3600 * 1000);
	t = plug(w, "late", lw_part_find("SFP+-10G-SR"), NULL, false);
	drive_all(t, 1, 10312500, LW_NRZ);
	pass(w, INT64_C(25) * 3600 * 1000);
	/* one step of a day, in a cool cage */
	assert_true(t->media[0].hours > 0 && t->media[0].hours < 24);
	lw_world_advance(w, (struct lw_mono){LW_NEVER.ns - 1}); /* centuries */
	assert_true(lw_world_now(w).ns == LW_NEVER.ns - 1);
	assert_true(t->media[0].hours > 1e5);
	lw_world_destroy(w);
}

/* Aging happens at its own times, however the world is advanced and whoever looks meanwhile. */
static void laser_age_does_not_depend_on_who_looks(void **state)
{
	static uint8_t got[2][128];
	struct bench x;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		bench_make(&x, "OSFP-800G-DR8", 9e6, 3);
		if (k)
			for (unsigned i = 0; i < 200; i++) {
				pass(x.w, 3600000);
				get_byte(x.a, 0x11, 186);
			}
		else
			pass(x.w, INT64_C(200) * 3600000);
		get_bytes(x.a, 0x11, 154, got[k], 64);
		get_bytes(x.a, 0x24, 128, got[k] + 64, 64);
		lw_world_destroy(x.w);
	}
	assert_memory_equal(got[0], got[1], sizeof(got[0]));
}

static void laser_same_seed_brings_the_same_bytes(void **state)
{
	static uint8_t got[2][512];
	struct bench x;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		bench_make(&x, "OSFP-800G-DR8", 20000, 3);
		lw_world_neighbour(x.w, x.a, x.b, NULL);
		lw_twin_air(x.b, 45, 1);
		pass(x.w, 90000);
		get_bytes(x.a, -1, 0, got[k], 128);
		get_bytes(x.a, 0x11, 128, got[k] + 128, 128);
		get_bytes(x.a, 0x24, 128, got[k] + 256, 128);
		get_bytes(x.b, 0x25, 128, got[k] + 384, 128);
		lw_world_destroy(x.w);
	}
	assert_memory_equal(got[0], got[1], sizeof(got[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(light_cases_worked_out_by_hand_are_met),
		cmocka_unit_test(light_rows_all_make_receivers),
		cmocka_unit_test(light_more_loss_is_never_better),
		cmocka_unit_test(light_beyond_fec_reaches_the_host_with_its_errors),
		cmocka_unit_test(light_shows_in_levels_and_weights),
		cmocka_unit_test(light_linear_modules_add_up_end_to_end),
		cmocka_unit_test(heat_settles_at_what_power_and_air_give),
		cmocka_unit_test(heat_of_neighbours_is_felt_until_they_leave),
		cmocka_unit_test(heat_of_too_many_neighbours_is_refused),
		cmocka_unit_test(laser_grows_older_with_the_days),
		cmocka_unit_test(laser_age_can_be_set_at_any_time),
		cmocka_unit_test(laser_age_begins_with_the_module),
		cmocka_unit_test(laser_age_does_not_depend_on_who_looks),
		cmocka_unit_test(laser_same_seed_brings_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
