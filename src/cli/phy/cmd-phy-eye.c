/* SPDX-License-Identifier: Apache-2.0 */
/* "lanewise phy eye": the eye diagram of a lane, as text, picture and numbers. */
#include "draw-eye.h"
#include "phy-lane.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_SYMBOLS = PHY_LANE_N, OPT_AT, OPT_PNG, OPT_SVG, OPT_JSON };

static const struct cli_option options[] = {
	PHY_PATH_OPTIONS,
	PHY_LANE_OPTIONS,
	{"symbols", "N", "waveform of so many symbols (default 200000)"},
	{"at", "RATIO", "openings at this probability (default: the limit of the FEC)"},
	{"png", "FILE", "write a picture"},
	{"svg", "FILE", "write a drawing"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct eye {
	struct phy_lane lane;
	uint64_t symbols;
	double at;
	const char *png, *svg;
	bool json;
	/* what came out */
	struct lw_lane *l;
	struct lw_eye *density;
	double contour[LW_PHASES][3][2], bathtub[LW_PHASES];
	struct lw_stat stat;
	struct lw_eye_report report;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct eye *o = ctx;

	switch (index) {
	case OPT_SYMBOLS:
		return phy_whole(value, 1, 100000000000u, &o->symbols);
	case OPT_AT:
		return phy_number(value, 1e-18, 0.1, &o->at);
	case OPT_PNG:
		o->png = value;
		return *value ? 0 : -1;
	case OPT_SVG:
		o->svg = value;
		return *value ? 0 : -1;
	case OPT_JSON:
		o->json = true;
		return 0;
	default:
		return phy_lane_option(&o->lane, index, value);
	}
}

static unsigned eyes_of(const struct eye *o)
{
	return o->l->chain.modulation == LW_PAM4 ? 3 : 1;
}

static int measure(struct eye *o, struct lw_error *e)
{
	struct lw_chain *c = &o->l->chain;
	unsigned eyes;
	double low, high;
	int r = phy_lane_make(&o->lane, o->l, e);

	if (r)
		return r;
	if (o->at == 0)
		o->at = o->l->ber_limit;
	eyes = eyes_of(o);
	lw_chain_range(c, &low, &high);
	lw_eye_init(o->density, low, high);
	r = lw_chain_eye(c, 0, o->symbols, o->density, e);
	if (!r)
		r = lw_chain_contour(c, o->at, o->contour, e);
	if (!r)
		r = lw_chain_bathtub(c, o->bathtub, e);
	if (!r)
		r = lw_chain_stat(c, &o->stat, e);
	if (!r)
		lw_eye_measure((const double(*)[3][2])o->contour, eyes, c->phase, c->threshold,
			       c->level[eyes] - c->level[0], &o->report);
	return r;
}

static const char *unit_of(const struct eye *o)
{
	return o->l->copper ? "V" : o->lane.path.pmd ? "mW" : "level";
}

static struct eye_picture picture(const struct eye *o, char title[96])
{
	const struct lw_chain *c = &o->l->chain;
	const struct lw_eye_report *r = &o->report;
	struct eye_picture p = {.eye = o->density,
				.eyes = r->eyes,
				.phase = c->phase,
				.threshold = c->threshold,
				.contour = o->contour,
				.bathtub = o->bathtub,
				.baud_gbd = c->pulse->baud_gbd,
				.unit = unit_of(o),
				.title = title};

	if (o->l->copper)
		snprintf(title, 96, "%s, %g dB at half the rate, %s", o->lane.path.pmd->name,
			 round(o->l->loss_db * 10) / 10, *o->l->wire ? o->l->wire : "measured");
	else if (o->lane.path.pmd)
		snprintf(title, 96, "%s, %g m, %u mated pairs", o->lane.path.pmd->name,
			 o->lane.path.length_m, o->lane.path.mated);
	else
		snprintf(title, 96, "%s, %g GBd", lw_modulation_name(c->modulation),
			 c->pulse->baud_gbd);
	snprintf(p.line[0], sizeof(p.line[0]),
		 "SNR %.2f dB, BER %.2g, SER %.2g; %llu symbols, openings at %.2g", o->stat.snr_db,
		 o->stat.ber, o->stat.ser, (unsigned long long)o->symbols, o->at);
	if (r->eyes == 1)
		snprintf(p.line[1], sizeof(p.line[1]), "height %.4g, width %.3f symbol",
			 r->eye[0].height, r->eye[0].width);
	else
		snprintf(p.line[1], sizeof(p.line[1]),
			 "heights %.4g, %.4g, %.4g; widths %.3f, %.3f, %.3f symbol",
			 r->eye[0].height, r->eye[1].height, r->eye[2].height, r->eye[0].width,
			 r->eye[1].width, r->eye[2].width);
	return p;
}

static void print(const struct eye *o, const struct eye_picture *p)
{
	const struct lw_eye_report *r = &o->report;
	struct lw_buf text = LW_BUF_INIT;

	eye_text(p, &text);
	printf("%s%s%s\n%s", cli_bold(), p->title, cli_plain(), lw_buf_str(&text));
	lw_buf_finish(&text);
	printf("  SNR %.2f dB, BER %.3g, SER %.3g\n", o->stat.snr_db, o->stat.ber, o->stat.ser);
	for (unsigned e = r->eyes; e-- > 0;)
		printf("  eye %u at %.2g: height %.4g, width %.3f of a symbol%s\n", e + 1, o->at,
		       r->eye[e].height, r->eye[e].width, r->eye[e].height > 0 ? "" : " (closed)");
	if (isfinite(r->vecp_db))
		printf("  vertical eye closure penalty %.2f dB\n", r->vecp_db);
	if (isfinite(r->linearity))
		printf("  eye linearity %.3f\n", r->linearity);
	phy_print_bases(o->l);
}

static int print_json(const struct eye *o)
{
	const struct lw_chain *c = &o->l->chain;
	const struct lw_eye_report *r = &o->report;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "modulation", lw_modulation_name(c->modulation));
	lw_json_put_number(&j, "baud_gbd", c->pulse->baud_gbd);
	lw_json_put_string(&j, "unit", unit_of(o));
	lw_json_put_int(&j, "symbols", (int64_t)o->symbols);
	lw_json_put_number(&j, "snr_db", o->stat.snr_db);
	lw_json_put_real(&j, "ber", o->stat.ber);
	lw_json_put_real(&j, "ser", o->stat.ser);
	lw_json_put_real(&j, "probability", o->at);
	lw_json_put_number(&j, "vecp_db", r->vecp_db);
	lw_json_put_number(&j, "linearity", r->linearity);
	lw_json_put_number(&j, "phase", (double)c->phase / LW_PHASES);
	lw_json_key(&j, "eyes");
	lw_json_begin_array(&j);
	for (unsigned e = 0; e < r->eyes; e++) {
		lw_json_begin_object(&j);
		lw_json_put_real(&j, "height", r->eye[e].height);
		lw_json_put_number(&j, "width", r->eye[e].width);
		lw_json_put_real(&j, "low", r->eye[e].low);
		lw_json_put_real(&j, "high", r->eye[e].high);
		lw_json_put_real(&j, "threshold", c->threshold[e]);
		lw_json_end_object(&j);
	}
	lw_json_end_array(&j);
	lw_json_key(&j, "bathtub");
	lw_json_begin_array(&j);
	for (unsigned s = 0; s < LW_PHASES; s++)
		lw_json_real(&j, o->bathtub[s]);
	lw_json_end_array(&j);
	lw_json_key(&j, "ffe");
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < c->ffe_n; i++)
		lw_json_real(&j, c->ffe[i]);
	lw_json_end_array(&j);
	lw_json_key(&j, "dfe");
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < c->dfe_n; i++)
		lw_json_real(&j, c->dfe[i]);
	lw_json_end_array(&j);
	phy_json_bases(&j, o->l);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int work(struct eye *o)
{
	struct eye_picture p;
	char title[96];
	struct lw_error e;
	int r = measure(o, &e);

	if (r)
		return cli_error(&e);
	p = picture(o, title);
	if (o->png && eye_draw(&p, o->png, &e))
		return cli_error(&e);
	if (o->svg && eye_draw(&p, o->svg, &e))
		return cli_error(&e);
	if (o->json)
		return print_json(o);
	print(o, &p);
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct eye o = {.lane = PHY_LANE, .symbols = 200000};
	int n = cli_parse(self, argc, argv, on_option, &o), status = CLI_DEVICE;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 0)
		return cli_usage(self, "there is no argument %s", argv[0]);
	if (phy_lane_check(self, &o.lane))
		return CLI_USAGE;
	o.l = malloc(sizeof(*o.l));
	o.density = malloc(sizeof(*o.density));
	if (o.l && o.density)
		status = work(&o);
	free(o.l);
	free(o.density);
	return status;
}

const struct cli_command cli_phy_eye = {
	.name = "phy eye",
	.synopsis = "[OPTION...]",
	.summary = "eye diagram of a lane: text, PNG, SVG, openings, bathtub",
	.text = "Sends random symbols through a lane, 32 samples each, with noise and jitter, and "
		"shows\n"
		"the density behind the equaliser and its feedback. Openings and bathtub are "
		"computed from\n"
		"distributions, so they reach far below what the waveform shows.\n\n"
		"  lanewise phy eye --pmd 400GBASE-DR4 --length 500 --png eye.png\n"
		"  lanewise phy eye --baud 53.125 --loss 1,1.2,0.1 --ffe 9 --svg eye.svg",
	.options = options,
	.run = run,
};
