/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/formula.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/*
 * Closed formulas against known answers (vectors.csv, made by make-vectors.py to 60 digits) and
 * against what must hold whatever the numbers are.
 */

#define ARGS 6

/* One row of the vectors; numbers that do not parse are texts. */
struct row {
	char text[ARGS][24];
	double a[ARGS], expected, tolerance;
};

static const struct lw_phy_receiver receivers[] = {{0.9, 26.5625, 16, -136, 0.004},
						   {0.55, 19.3, 20, -128, 0}};
static const struct lw_phy_laser laser = {25, 10, 0.25, 60, 150, 0.1, 0.02, 0.5, 0.7};

static enum lw_modulation modulation(double code)
{
	return code == 1 ? LW_NRZ : LW_PAM4;
}

static const struct lw_fec *code_of(const struct row *r)
{
	const struct lw_fec *f = lw_fec_find(r->text[0]);

	if (!f)
		fail_msg("no code %s", r->text[0]);
	return f;
}

/* clang-format off */
static double mw(const struct row *r) { return lw_phy_mw(r->a[0]); }
static double dbm(const struct row *r) { return lw_phy_dbm(r->a[0]); }
static double oma(const struct row *r) { return lw_phy_oma_mw(r->a[0], r->a[1]); }
static double average(const struct row *r) { return lw_phy_average_mw(r->a[0], r->a[1]); }
static double er(const struct row *r) { return lw_phy_er_db(r->a[0], r->a[1]); }
static double path(const struct row *r)
{
	return lw_phy_path_db((enum lw_grade)r->a[0], r->a[1], r->a[2], (unsigned)r->a[3],
			      (unsigned)r->a[4]);
}
static double snr0(const struct row *r)
{
	return lw_phy_snr_db(&receivers[0], modulation(r->a[0]), r->a[1], r->a[2]);
}
static double snr1(const struct row *r)
{
	return lw_phy_snr_db(&receivers[1], modulation(r->a[0]), r->a[1], r->a[2]);
}
static double ser(const struct row *r) { return lw_phy_ser(r->a[0], modulation(r->a[1])); }
static double ber(const struct row *r) { return lw_phy_ber(r->a[0], modulation(r->a[1])); }
static double ber_snr(const struct row *r)
{
	return lw_phy_ber_snr_db(r->a[0], modulation(r->a[1]));
}
static double rin(const struct row *r) { return lw_phy_rin_db_hz(r->a[0], r->a[1]); }
static double ltp(const struct row *r) { return lw_phy_ltp_db(r->a[0], modulation(r->a[1])); }
static double symbol(const struct row *r)
{
	return lw_phy_symbol_error(r->a[0], (unsigned)r->a[1]);
}
static double weight(const struct row *r)
{
	return lw_fec_errors(code_of(r), lw_phy_symbol_error(r->a[1], 10), (unsigned)r->a[2]);
}
static double codeword(const struct row *r) { return lw_fec_codeword_loss(code_of(r), r->a[1]); }
static double post(const struct row *r) { return lw_fec_post_ber(code_of(r), r->a[1]); }
static double frame(const struct row *r)
{
	return lw_fec_frame_loss(code_of(r), r->a[1], (unsigned)r->a[2], (unsigned)r->a[3]);
}
static double upper(const struct row *r) { return lw_phy_ber_upper(r->a[0], r->a[1], r->a[2]); }
static double lower(const struct row *r) { return lw_phy_ber_lower(r->a[0], r->a[1], r->a[2]); }
static double bits(const struct row *r) { return lw_phy_ber_bits(r->a[0], r->a[1]); }
static double resistance(const struct row *r)
{
	return lw_phy_resistance_k_w(r->a[0], r->a[1], r->a[2], r->a[3], r->a[4]);
}
static double case_degc(const struct row *r)
{
	return lw_phy_case_degc(r->a[0], r->a[1], r->a[2], r->a[3], r->a[4]);
}
static double air(const struct row *r) { return lw_phy_air_rise_k(r->a[0], r->a[1]); }
static double settle(const struct row *r)
{
	return lw_phy_settle(r->a[0], r->a[1], r->a[2], r->a[3]);
}
static double hours(const struct row *r) { return lw_phy_laser_hours(&laser, r->a[0], r->a[1]); }
static double threshold(const struct row *r)
{
	return lw_phy_laser_threshold_ma(&laser, r->a[0], r->a[1]);
}
static double slope(const struct row *r) { return lw_phy_laser_slope_mw_ma(&laser, r->a[0]); }
static double bias(const struct row *r)
{
	return lw_phy_laser_bias_ma(&laser, r->a[0], r->a[1], r->a[2]);
}
static double power(const struct row *r)
{
	return lw_phy_laser_power_mw(&laser, r->a[0], r->a[1], r->a[2]);
}
static double drift(const struct row *r) { return lw_phy_laser_drift_nm(&laser, r->a[0]); }

static const struct {
	const char *name;
	double (*call)(const struct row *r);
} functions[] = {
	{"mw", mw}, {"dbm", dbm}, {"oma", oma}, {"average", average}, {"er", er}, {"path", path},
	{"snr0", snr0}, {"snr1", snr1}, {"ser", ser}, {"ber", ber}, {"ber_snr", ber_snr},
	{"ltp", ltp}, {"rin", rin}, {"symbol", symbol}, {"weight", weight}, {"codeword", codeword},
	{"post", post}, {"frame", frame}, {"upper", upper}, {"lower", lower}, {"bits", bits},
	{"resistance", resistance}, {"case", case_degc}, {"air", air}, {"settle", settle},
	{"laser_hours", hours}, {"laser_threshold", threshold}, {"laser_slope", slope},
	{"laser_bias", bias}, {"laser_power", power}, {"laser_drift", drift},
};
/* clang-format on */
#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* Take the next cell off a line of CSV, without its quotes. */
static char *cell(char **at)
{
	char *from = *at, *end;

	if (*from == '"') {
		end = strchr(++from, '"');
		assert_non_null(end);
		*end++ = '\0';
	} else {
		end = from + strcspn(from, ",\n");
	}
	*at = *end ? end + 1 : end;
	*end = '\0';
	return from;
}

static void check_line(char *line, unsigned number, unsigned seen[])
{
	char *at = line, *name = cell(&at);
	struct row r;
	double got;
	size_t f = 0;

	while (f < FUNCTIONS && strcmp(functions[f].name, name) != 0)
		f++;
	if (f == FUNCTIONS)
		fail_msg("vectors.csv:%u: no function %s", number, name);
	for (unsigned i = 0; i < ARGS; i++) {
		snprintf(r.text[i], sizeof(r.text[i]), "%s", cell(&at));
		r.a[i] = strtod(r.text[i], NULL);
	}
	r.expected = strtod(cell(&at), NULL);
	r.tolerance = strtod(cell(&at), NULL);
	got = functions[f].call(&r);
	seen[f]++;
	if (isnan(r.expected) ? !isnan(got)
			      : !(fabs(got - r.expected) <= r.tolerance * fabs(r.expected)))
		fail_msg("vectors.csv:%u: %s is %.17g, not %.17g", number, name, got, r.expected);
}

static void formula_vectors_are_met(void **state)
{
	unsigned seen[FUNCTIONS] = {0}, number = 1;
	char line[512];
	FILE *f = fopen(VECTORS, "r");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f))
		check_line(line, ++number, seen);
	fclose(f);
	assert_true(number > 250);
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (!seen[i])
			fail_msg("no vector for %s", functions[i].name);
}

/* What the standard says of its own limits, for 64-octet frames (80 bytes with preamble and the
 * shortest gap); errors independent. */
static void fec_published_frame_losses_are_met(void **state)
{
	const struct lw_fec *kp4 = lw_fec_find("RS(544,514)"), *kr4 = lw_fec_find("RS(528,514)");
	double loss;

	(void)state;
	/* IEEE 802.3 clauses 139.1.1 and 140.1.1: 9.2E-13 at 2.4E-4, one codeword at a time. */
	assert_true(fabs(lw_fec_frame_loss(kp4, 2.4e-4, 1, 80) / 9.2e-13 - 1) < 0.005);
	/* Clauses 121.1.1 to 124.1.1: 1.7E-12 at 2.4E-4, two codewords in turn. */
	assert_true(fabs(lw_fec_frame_loss(kp4, 2.4e-4, 2, 80) / 1.7e-12 - 1) < 0.02);
	/* Clauses 95.1.1 and 112.1.1: below 6.2E-10 at 5E-5, and not by much. */
	loss = lw_fec_frame_loss(kr4, 5e-5, 1, 80);
	assert_true(loss < 6.2e-10 && loss > 4e-10);
	/* The same figure without correction is a bit error ratio of 1E-12: 620 bits. */
	assert_true(fabs(-expm1(620 * log1p(-1e-12)) / 6.2e-10 - 1) < 1e-6);
}

static void fec_histogram_sums_to_one(void **state)
{
	static const double ratios[] = {0, 1e-15, 1e-6, 2.4e-4, 1e-3, 0.01, 0.5, 1};
	const struct lw_fec *f = lw_fec_find("RS(544,514)");
	double bins[17], sum;

	(void)state;
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		assert_int_equal(lw_fec_histogram(f, ratios[i], bins, 17), 17);
		sum = 0;
		for (unsigned k = 0; k < 17; k++) {
			assert_true(bins[k] >= 0 && bins[k] <= 1);
			sum += bins[k];
		}
		assert_true(fabs(sum - 1) < 1e-11);
		assert_true(bins[16] == lw_fec_codeword_loss(f, ratios[i]));
	}
	assert_int_equal(lw_fec_histogram(f, 1e-5, bins, 16), 0);
	assert_int_equal(lw_fec_histogram(lw_fec_find("none"), 1e-5, bins, 17), 0);
}

/* The tail against the sum of its terms, over a grid that crosses from small to nearly certain. */
static void fec_losses_rise_with_errors_and_meet_their_sums(void **state)
{
	static const char *const names[] = {"RS(528,514)", "RS(544,514)", "RS(272,258)"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct lw_fec *f = lw_fec_find(names[i]);
		double before = 0, after = 0;

		for (double e = -12; e < -0.3; e += 0.05) {
			double b = pow(10, e), loss = lw_fec_codeword_loss(f, b), sum = 0;
			double p = lw_phy_symbol_error(b, 10), left = lw_fec_post_ber(f, b);

			for (unsigned k = f->n; k > f->t; k--)
				sum += lw_fec_errors(f, p, k);
			assert_true(fabs(loss - sum) <= 1e-10 * sum);
			assert_true(loss >= before * (1 - 1e-12) && left >= after * (1 - 1e-12));
			assert_true(left <= b * (1 + 1e-10));
			before = loss;
			after = left;
		}
		assert_true(before > 0.999);
		assert_true(lw_fec_codeword_loss(f, 0) == 0);
		assert_true(lw_fec_codeword_loss(f, 1) == 1);
		assert_true(lw_fec_post_ber(f, 1) == 1);
	}
}

static void fec_worst_weight_is_the_last_expected(void **state)
{
	const struct lw_fec *f = lw_fec_find("RS(544,514)");
	double p = lw_phy_symbol_error(1e-5, 10), words = 1e8, above;
	unsigned worst = lw_fec_worst(f, 1e-5, words);

	(void)state;
	above = 0;
	for (unsigned k = f->n; k > worst; k--)
		above += lw_fec_errors(f, p, k);
	assert_true(words * above < 1);
	assert_true(words * (above + lw_fec_errors(f, p, worst)) >= 1);
	assert_int_equal(lw_fec_worst(f, 0, words), 0);
	assert_int_equal(lw_fec_worst(f, 1, words), 544);
	assert_int_equal(lw_fec_worst(f, 1e-5, 0), 0);
	for (double b = 1e-9; b < 0.1; b *= 3)
		assert_true(lw_fec_worst(f, 3 * b, words) >= lw_fec_worst(f, b, words));
}

static void fec_names_are_those_of_the_catalogue(void **state)
{
	(void)state;
	assert_null(lw_fec_find("RS(1,1)"));
	assert_null(lw_fec_find(NULL));
	assert_null(lw_fec_find(""));
	assert_true(lw_fec_holds(lw_fec_find("RS(544,514)"), 2.3e-4));
	assert_false(lw_fec_holds(lw_fec_find("RS(544,514)"), 2.5e-4));
	assert_false(lw_fec_holds(lw_fec_find("none"), 1e-9));
	assert_true(lw_fec_holds(lw_fec_find("CFEC"), 1e-2));
	assert_true(isnan(lw_fec_codeword_loss(lw_fec_find("CFEC"), 1e-2)));
	assert_true(isnan(lw_fec_post_ber(lw_fec_find("none"), 1e-9)));
}

static void noise_inverses_return_what_went_in(void **state)
{
	static const enum lw_modulation mods[] = {LW_NRZ, LW_PAM4};
	struct lw_phy_receiver r;

	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		for (double b = 0.4; b > 1e-300; b /= 7) {
			double snr = lw_phy_ber_snr_db(b, mods[m]);

			assert_true(fabs(lw_phy_ber(snr, mods[m]) / b - 1) < 1e-9);
			snr = lw_phy_q_snr_db(lw_phy_q(snr, mods[m]), mods[m]) - snr;
			assert_true(fabs(snr) < 1e-12);
		}
		for (unsigned k = 0; k < 2; k++)
			for (double mw_ = 0.01; mw_ < 4; mw_ *= 1.7) {
				double snr = lw_phy_snr_db(&receivers[k], mods[m], mw_, 4);

				assert_true(
					fabs(lw_phy_sensitivity_mw(&receivers[k], mods[m], snr, 4) /
						     mw_ -
					     1) < 1e-9);
				r = receivers[k];
				r.thermal_pa_rthz = 0;
				r.thermal_pa_rthz =
					lw_phy_thermal_pa_rthz(&r, mods[m], snr, mw_, 4);
				assert_true(fabs(r.thermal_pa_rthz / receivers[k].thermal_pa_rthz -
						 1) < 1e-6);
			}
	}
}

static void noise_more_light_is_never_worse(void **state)
{
	static const enum lw_modulation mods[] = {LW_NRZ, LW_PAM4};

	(void)state;
	for (unsigned m = 0; m < 2; m++)
		for (unsigned k = 0; k < 2; k++) {
			double before = 0.75, snr = -INFINITY;

			for (double db = -40; db < 10; db += 0.1) {
				double s = lw_phy_snr_db(&receivers[k], mods[m], lw_phy_mw(db), 4);
				double b = lw_phy_ber(s, mods[m]);

				assert_true(s >= snr && b <= before);
				assert_true(lw_phy_ser(s, mods[m]) >= b);
				snr = s;
				before = b;
			}
			/* Intensity noise sets a floor: no light is enough for 60 dB. */
			assert_true(isnan(lw_phy_sensitivity_mw(&receivers[k], mods[m], 60, 4)));
		}
	/* Two equal impairments cost 3 dB. */
	assert_true(fabs(lw_phy_snr_both_db(20, 20) - (20 - 10 * log10(2))) < 1e-12);
	assert_true(fabs(lw_phy_snr_both_db(20, INFINITY) - 20) < 1e-12);
}

/* "KP4 needs 17.7 dB": Q of 3.4 for each eye (data/vdm-made.csv). */
static void noise_needs_of_the_codes_are_the_known_ones(void **state)
{
	(void)state;
	assert_true(fabs(lw_phy_ber_snr_db(2.4e-4, LW_PAM4) - 17.6) < 0.1);
	assert_true(fabs(lw_phy_ber_snr_db(5e-5, LW_NRZ) - 11.8) < 0.05);
	/* The textbooks' Q of 7.03 for 1E-12, 7.94 for 1E-15. */
	assert_true(fabs(lw_phy_q(lw_phy_ber_snr_db(1e-12, LW_NRZ), LW_NRZ) - 7.034) < 0.001);
	assert_true(fabs(lw_phy_q(lw_phy_ber_snr_db(1e-15, LW_NRZ), LW_NRZ) - 7.941) < 0.001);
}

static void confidence_limits_enclose_the_ratio(void **state)
{
	(void)state;
	/* The well-known 3 over n. */
	assert_true(fabs(lw_phy_ber_upper(0, 1e12, 0.95) * 1e12 - 2.9957) < 1e-4);
	assert_true(lw_phy_ber_lower(0, 1e12, 0.95) == 0);
	assert_true(lw_phy_ber_upper(10, 10, 0.95) == 1);
	for (double n = 1; n < 1e7; n *= 1.9) {
		double e = floor(n), low = lw_phy_ber_lower(e, 1e12, 0.95);
		double high = lw_phy_ber_upper(e, 1e12, 0.95);

		assert_true(low < e / 1e12 && e / 1e12 < high);
		assert_true(lw_phy_ber_upper(e, 1e12, 0.99) > high);
		assert_true(lw_phy_ber_upper(e + 1, 1e12, 0.95) > high);
	}
	assert_true(isnan(lw_phy_ber_upper(1, 0, 0.95)));
	assert_true(isnan(lw_phy_ber_upper(-1, 10, 0.95)));
	assert_true(isnan(lw_phy_ber_upper(1, 10, 1)));
}

static void formula_bad_arguments_give_nan(void **state)
{
	(void)state;
	assert_true(isnan(lw_phy_dbm(-1)));
	assert_true(isinf(lw_phy_dbm(0)));
	assert_true(isnan(lw_phy_average_mw(1, 0)));
	assert_true(isnan(lw_phy_er_db(1, 3)));
	assert_true(isinf(lw_phy_er_db(1, 2)));
	assert_true(fabs(lw_phy_oma_mw(1, INFINITY) - 2) < 1e-15);
	assert_true(fabs(lw_phy_average_mw(2, INFINITY) - 1) < 1e-15);
	assert_true(isnan(lw_phy_fibre_db_km(LW_GRADE_NONE, 1310)));
	assert_true(isnan(lw_phy_path_db(LW_OS2, 1310, -1, 0, 0)));
	assert_true(lw_phy_path_db(LW_OS2, 850, 0, 0, 0) == 0);
	assert_true(isnan(lw_phy_ber(20, LW_COHERENT)));
	assert_true(isnan(lw_phy_ber_snr_db(0.5, LW_NRZ)));
	assert_true(isnan(lw_phy_ber_snr_db(0, LW_NRZ)));
	assert_true(isnan(lw_phy_ber_snr_db(NAN, LW_NRZ)));
	assert_true(isnan(lw_phy_snr_db(&receivers[0], LW_NRZ, -1, 4)));
	assert_true(isnan(lw_phy_snr_db(&receivers[0], LW_COHERENT, 1, 4)));
	assert_true(isinf(lw_phy_snr_db(&receivers[0], LW_NRZ, 0, 4)));
	assert_true(isnan(lw_phy_symbol_error(-1e-9, 10)));
	assert_true(isnan(lw_phy_symbol_error(NAN, 10)));
	assert_true(isnan(lw_phy_resistance_k_w(1, 2, 0, 0, 0.8)));
	assert_true(isnan(lw_phy_air_rise_k(1, 0)));
	assert_true(isnan(lw_phy_laser_power_mw(&laser, NAN, 25, 0)));
}

static void laser_drifts_as_the_model_says(void **state)
{
	double before = 0, dark;

	(void)state;
	assert_true(fabs(lw_phy_laser_hours(&laser, 500, 25) - 500) < 1e-9);
	for (double t = 0; t <= 80; t += 5) {
		double now = lw_phy_laser_bias_ma(&laser, 1.5, t, 2000);

		assert_true(now > before); /* hotter takes more */
		assert_true(lw_phy_laser_bias_ma(&laser, 1.5, t, 3000) > now); /* so does older */
		assert_true(fabs(lw_phy_laser_power_mw(&laser, now, t, 2000) - 1.5) < 1e-9);
		before = now;
	}
	dark = lw_phy_laser_threshold_ma(&laser, 50, 0);
	assert_true(lw_phy_laser_power_mw(&laser, dark - 1, 50, 0) == 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(formula_vectors_are_met),
		cmocka_unit_test(formula_bad_arguments_give_nan),
		cmocka_unit_test(fec_published_frame_losses_are_met),
		cmocka_unit_test(fec_histogram_sums_to_one),
		cmocka_unit_test(fec_losses_rise_with_errors_and_meet_their_sums),
		cmocka_unit_test(fec_worst_weight_is_the_last_expected),
		cmocka_unit_test(fec_names_are_those_of_the_catalogue),
		cmocka_unit_test(noise_inverses_return_what_went_in),
		cmocka_unit_test(noise_more_light_is_never_worse),
		cmocka_unit_test(noise_needs_of_the_codes_are_the_known_ones),
		cmocka_unit_test(confidence_limits_enclose_the_ratio),
		cmocka_unit_test(laser_drifts_as_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
