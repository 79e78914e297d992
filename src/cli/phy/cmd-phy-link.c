/* SPDX-License-Identifier: Apache-2.0 */
/* "lanewise phy link": margin, error ratios and frame loss of a lane. */
#include "phy-lane.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_JSON = PHY_PATH_N };

static const struct cli_option options[] = {
	PHY_PATH_OPTIONS,
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct link {
	struct phy_lane lane;
	bool json;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct link *l = ctx;

	if (index == OPT_JSON) {
		l->json = true;
		return 0;
	}
	return phy_lane_option(&l->lane, index, value);
}

static void print_ratio(const char *what, double v, const char *more)
{
	if (isnan(v))
		printf("  %-22s not known for this code\n", what);
	else if (v < 1e-300)
		printf("  %-22s below 1e-300%s\n", what, more);
	else
		printf("  %-22s %.2g%s\n", what, v, more);
}

static void print_light(const struct lw_lane *l, const struct lw_lane_options *p)
{
	printf("%g m of %s, %u mated pairs, %u splices", p->length_m, lw_grade_name(l->grade),
	       p->mated, p->splices);
}

static void print_light_levels(const struct lw_lane *l)
{
	printf("  %-22s %.2f dBm average, %.2f dBm outer OMA, %.1f dB extinction\n", "launch",
	       l->launch_dbm, l->oma_dbm, l->er_db);
	printf("  %-22s %.2f dB\n", "loss", l->loss_db);
	printf("  %-22s %.2f dBm outer OMA; sensitivity %.2f dBm\n", "received",
	       l->received_oma_dbm, l->sensitivity_dbm);
}

static void print_copper_levels(const struct lw_lane *l)
{
	const struct lw_chain *c = &l->chain;

	printf("  %-22s %.3f V differential peak to peak\n", "amplitude",
	       c->level[c->modulation == LW_PAM4 ? 3 : 1] - c->level[0]);
	printf("  %-22s %.2f dB at %.4g GHz: cable %.2f, both hosts %.2f\n", "loss", l->loss_db,
	       l->pulse.baud_gbd / 2, l->cable_db, l->host_db);
	printf("  %-22s CTLE of %g dB, %u taps forward, %u back\n", "receiver", l->boost_db,
	       c->ffe_n, c->dfe_n);
}

static void print(const struct link *o, const struct lw_lane *l, const struct lw_lane_answer *a)
{
	const struct lw_lane_options *p = &o->lane.path;
	char limit[64];

	printf("%s, one lane: ", p->pmd->name);
	if (!l->copper)
		print_light(l, p);
	else if (*l->wire)
		printf("%g m of %s", p->length_m, l->wire);
	else
		printf("%s", o->lane.touchstone);
	printf(": %s%s%s\n", a->holds ? cli_green() : cli_red(),
	       a->holds ? "holds" : "does not hold", cli_plain());
	if (l->copper)
		print_copper_levels(l);
	else
		print_light_levels(l);
	printf("  %-22s %.2f dB\n", "SNR at the slicer", a->stat.snr_db);
	if (isinf(a->margin_db))
		printf("  %-22s none: the limit is missed without receiver noise too\n", "margin");
	else
		printf("  %-22s %.2f dB\n", "margin", a->margin_db);
	snprintf(limit, sizeof(limit), "; limit %.2g with %s", l->ber_limit, p->pmd->fec);
	print_ratio("BER before FEC", a->stat.ber, limit);
	print_ratio("BER after FEC", a->post_ber, "");
	print_ratio("loss of 64-byte frames", a->frame_loss, "");
	if (!l->copper && p->pmd->reach_m[l->grade] && p->length_m > p->pmd->reach_m[l->grade])
		printf("  %slonger than specified%s: %u m on %s\n", cli_yellow(), cli_plain(),
		       p->pmd->reach_m[l->grade], lw_grade_name(l->grade));
	phy_print_bases(l);
	if (strcmp(p->pmd->confidence, "low") == 0) {
		char first[64];

		snprintf(first, sizeof(first), "  %slow confidence%s %s: ", cli_yellow(),
			 cli_plain(), p->pmd->name);
		cli_wrap(stdout, first, 8, p->pmd->ref);
	}
}

static void put_light(struct lw_json *j, const struct lw_lane_options *p, const struct lw_lane *l)
{
	lw_json_put_string(j, "grade", lw_grade_name(l->grade));
	lw_json_put_number(j, "length_m", p->length_m);
	lw_json_put_int(j, "connectors", p->mated);
	lw_json_put_int(j, "splices", p->splices);
	lw_json_put_number(j, "wave_nm", l->wave_nm);
	lw_json_put_number(j, "launch_dbm", l->launch_dbm);
	lw_json_put_number(j, "launch_oma_dbm", l->oma_dbm);
	lw_json_put_number(j, "er_db", l->er_db);
	lw_json_put_number(j, "loss_db", l->loss_db);
	lw_json_put_number(j, "received_oma_dbm", l->received_oma_dbm);
	lw_json_put_number(j, "sensitivity_oma_dbm", l->sensitivity_dbm);
}

static void put_copper(struct lw_json *j, const struct link *o, const struct lw_lane *l)
{
	if (*l->wire) {
		lw_json_put_string(j, "wire", l->wire);
		lw_json_put_number(j, "length_m", o->lane.path.length_m);
	} else {
		lw_json_put_string(j, "touchstone", o->lane.touchstone);
	}
	lw_json_put_number(j, "loss_db", l->loss_db);
	lw_json_put_number(j, "cable_db", l->cable_db);
	lw_json_put_number(j, "host_db", l->host_db);
	lw_json_put_number(j, "boost_db", l->boost_db);
	lw_json_put_int(j, "ffe_taps", l->chain.ffe_n);
	lw_json_put_int(j, "dfe_taps", l->chain.dfe_n);
}

static int print_json(const struct link *o, const struct lw_lane *l, const struct lw_lane_answer *a)
{
	const struct lw_lane_options *p = &o->lane.path;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "pmd", p->pmd->name);
	lw_json_put_string(&j, "pmd_confidence", p->pmd->confidence);
	if (l->copper)
		put_copper(&j, o, l);
	else
		put_light(&j, p, l);
	lw_json_put_number(&j, "snr_db", a->stat.snr_db);
	lw_json_put_number(&j, "margin_db", a->margin_db);
	lw_json_put_string(&j, "fec", p->pmd->fec);
	lw_json_put_real(&j, "ber_limit", l->ber_limit);
	lw_json_put_real(&j, "ber", a->stat.ber);
	lw_json_put_real(&j, "ser", a->stat.ser);
	lw_json_put_real(&j, "post_ber", a->post_ber);
	lw_json_put_real(&j, "codeword_loss", a->codeword_loss);
	lw_json_put_real(&j, "frame_loss", a->frame_loss);
	lw_json_put_bool(&j, "holds", a->holds);
	phy_json_bases(&j, l);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct link o = {.lane = PHY_LANE};
	int n = cli_parse(self, argc, argv, on_option, &o), status = CLI_OK;
	struct lw_lane_answer a;
	struct lw_lane *l;
	struct lw_error e;
	int r;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 0)
		return cli_usage(self, "there is no argument %s", argv[0]);
	if (!o.lane.path.pmd)
		return cli_usage(self, "--pmd is missing");
	if (phy_lane_check(self, &o.lane))
		return CLI_USAGE;
	l = malloc(sizeof(*l));
	r = l ? phy_lane_make(&o.lane, l, &e) : lw_fail(&e, LW_ENOMEM, "out of memory");
	if (!r)
		r = lw_lane_judge(l, &a, &e);
	if (r)
		status = cli_error(&e);
	else if (o.json)
		status = print_json(&o, l, &a);
	else
		print(&o, l, &a);
	free(l);
	return r || status ? status : a.holds ? CLI_OK : CLI_BAD_NEWS;
}

const struct cli_command cli_phy_link = {
	.name = "phy link",
	.synopsis = "--pmd NAME [OPTION...]",
	.summary = "margin, error ratios and frame loss of a lane of a PMD",
	.text = "What becomes of one lane of a PMD. Light: typical launch power and extinction "
		"ratio, the\n"
		"fibre's loss, bandwidth and dispersion, echoes between connectors, a receiver "
		"that just\n"
		"meets its sensitivity. Copper: a length of wire or a measured cable between two "
		"hosts, by\n"
		"the numbers of IEEE 802.3 Annex 93A, without crosstalk. Numbers that rest on weak "
		"sources\n"
		"are said to. Exit status 1: the error ratio is above the FEC's limit.\n\n"
		"  lanewise phy link --pmd 400GBASE-DR4 --length 400 --connectors 4\n"
		"  lanewise phy link --pmd 400GBASE-CR4 --length 2 --wire 26AWG\n"
		"  lanewise phy link --pmd 100GBASE-CR4 --touchstone cable.s4p --order 1,3,2,4",
	.options = options,
	.run = run,
};
