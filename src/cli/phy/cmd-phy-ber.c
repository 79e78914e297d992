/* SPDX-License-Identifier: Apache-2.0 */
/* "lanewise phy ber": count errors, with confidence, beside what distributions say. */
#include "monte-carlo.h"
#include "phy-lane.h"
#include <lanewise/frames.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_SYMBOLS = PHY_LANE_N,
	OPT_ERRORS,
	OPT_CONFIDENCE,
	OPT_PRECODE,
	OPT_INTERLEAVE,
	OPT_MUX,
	OPT_FRAME,
	OPT_THREADS,
	OPT_CHECKPOINT,
	OPT_JSON
};

enum { THREADS_MAX = 1024 };

static const struct cli_option options[] = {
	PHY_PATH_OPTIONS,
	PHY_LANE_OPTIONS,
	{"symbols", "N", "count at least so many (default 1e8)"},
	{"errors", "N", "or stop at so many wrong bits (default 0: do not)"},
	{"confidence", "PART", "of the interval, 0.5 to 0.999999 (default 0.95)"},
	{"precode", NULL, "send 1/(1+D) precoded"},
	{"interleave", "N", "codewords that share the lane: 1, 2, 4 (default: the PMD's, or 1)"},
	{"mux", "N", "PCS lanes whose bits take turns: 1, 2, 4 (default: the PMD's, or 1)"},
	{"frame", "OCTETS", "length of the frames in them, 64 to 9600 (default 64)"},
	{"threads", "N", "side by side (default: as there are processors; 1 of each mpirun rank)"},
	{"checkpoint", "FILE", "go on from what it holds, and keep it up to date"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct ber {
	struct phy_lane lane;
	double symbols, errors, confidence;
	bool precode, json;
	const char *checkpoint;
	uint64_t threads, interleaved, muxed, frame; /* 0: not given */
	struct ranks ranks;
	struct lw_chain_count count;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct ber *b = ctx;

	switch (index) {
	case OPT_SYMBOLS:
		return phy_number(value, 1, 1e15, &b->symbols);
	case OPT_ERRORS:
		return phy_number(value, 0, 1e15, &b->errors);
	case OPT_CONFIDENCE:
		return phy_number(value, 0.5, 0.999999, &b->confidence);
	case OPT_PRECODE:
		b->precode = true;
		return 0;
	case OPT_INTERLEAVE:
		return phy_whole(value, 1, 4, &b->interleaved) || b->interleaved == 3 ? -1 : 0;
	case OPT_MUX:
		return phy_whole(value, 1, 4, &b->muxed) || b->muxed == 3 ? -1 : 0;
	case OPT_FRAME:
		return phy_whole(value, 64, 9600, &b->frame);
	case OPT_THREADS:
		return phy_whole(value, 1, THREADS_MAX, &b->threads);
	case OPT_CHECKPOINT:
		b->checkpoint = value;
		return *value ? 0 : -1;
	case OPT_JSON:
		b->json = true;
		return 0;
	default:
		return phy_lane_option(&b->lane, index, value);
	}
}

/* Words by how many of their symbols are wrong; those beyond what can be corrected are one. */
static void print_bins(const struct lw_chain_count *c, unsigned t)
{
	uint64_t more = 0;

	printf("  by wrong symbols ");
	for (unsigned i = 0; i <= LW_FEC_BINS; i++) {
		if (i > t)
			more += c->by_errors[i];
		else if (c->by_errors[i])
			printf(" %u: %llu", i, (unsigned long long)c->by_errors[i]);
	}
	if (more)
		printf(" over %u: %llu", t, (unsigned long long)more);
	printf("\n");
}

static struct lw_frames_ratio frame_loss(const struct ber *b, const struct lw_chain *x)
{
	const struct lw_chain_count *c = &b->count;
	struct lw_frames_ratio r = {NAN, NAN, NAN};
	struct lw_frames f;

	if (!lw_frames_init(&f, x->frame_octets, x->fec, x->interleaved, NULL))
		lw_frames_loss(&f, c->frames, c->frames_lost, c->groups, c->groups_lost,
			       b->confidence, &r);
	return r;
}

static double frame_theory(const struct lw_chain *x, double ber)
{
	return lw_fec_frame_loss(x->fec, ber, x->interleaved, lw_frame_bytes(x->frame_octets));
}

static void print_frames(const struct ber *b, const struct lw_chain *x, double ber)
{
	const struct lw_chain_count *c = &b->count;
	struct lw_frames_ratio r = frame_loss(b, x);

	printf("  frames lost       ");
	if (c->groups_lost)
		printf("%llu of %llu: %.3g, %g %% between %.3g and %.3g",
		       (unsigned long long)c->frames_lost, (unsigned long long)c->frames, r.ratio,
		       100 * b->confidence, r.lower, r.upper);
	else
		printf("0 of %llu: below %.3g with %g %%", (unsigned long long)c->frames, r.upper,
		       100 * b->confidence);
	printf(" (%u octets); %.3g if errors of that BER came alone\n", x->frame_octets,
	       frame_theory(x, ber));
}

static void print_codewords(const struct ber *b, const struct lw_lane *l)
{
	const struct lw_chain_count *c = &b->count;
	const struct lw_chain *x = &l->chain;
	double words = (double)c->codewords, lost = (double)c->lost;
	double ber = (double)c->bit_errors / (double)c->bits, one = (1 + b->confidence) / 2;

	printf("  codewords         %llu of %s", (unsigned long long)c->codewords, x->fec->name);
	if (x->interleaved > 1)
		printf(", %u interleaved", x->interleaved);
	if (x->muxed > 1)
		printf(", bits of %u PCS lanes in turn", x->muxed);
	printf("\n  codewords lost    ");
	if (lost > 0)
		printf("%.0f: %.3g, %g %% between %.3g and %.3g", lost, lost / words,
		       100 * b->confidence, lw_phy_ber_lower(lost, words, one),
		       lw_phy_ber_upper(lost, words, one));
	else
		printf("0: below %.3g with %g %%", lw_phy_ber_upper(0, words, b->confidence),
		       100 * b->confidence);
	printf("; %.3g if errors of that BER came alone\n", lw_fec_codeword_loss(x->fec, ber));
	print_bins(c, x->fec->t);
	print_frames(b, x, ber);
}

static void print(const struct ber *b, const struct lw_lane *l, const struct lw_stat *s)
{
	const struct lw_chain_count *c = &b->count;
	double one = (1 + b->confidence) / 2;
	double bits = (double)c->bits, errors = (double)c->bit_errors;

	printf("%s, %g symbols, %llu wrong; %g bits, %llu wrong\n",
	       lw_modulation_name(l->chain.modulation), (double)c->symbols,
	       (unsigned long long)c->symbol_errors, bits, (unsigned long long)c->bit_errors);
	if (errors > 0)
		printf("  BER counted       %.3g, %g %% between %.3g and %.3g\n", errors / bits,
		       100 * b->confidence, lw_phy_ber_lower(errors, bits, one),
		       lw_phy_ber_upper(errors, bits, one));
	else
		printf("  BER counted       below %.3g with %g %%\n",
		       lw_phy_ber_upper(0, bits, b->confidence), 100 * b->confidence);
	printf("  BER computed      %.3g%s\n", s->ber,
	       l->chain.dfe_n ? " (with right feedback)" : "");
	printf("  SNR at the slicer %.2f dB\n", s->snr_db);
	print_codewords(b, l);
	printf("  runs of errors   ");
	for (int i = 0; i < LW_BURSTS; i++)
		printf(" %d%s: %llu", i + 1, i + 1 == LW_BURSTS ? "+" : "",
		       (unsigned long long)c->bursts_decoded[i]);
	printf("\n");
	phy_print_bases(l);
}

static void put_counts(struct lw_json *j, const char *key, const uint64_t *v, size_t n)
{
	lw_json_key(j, key);
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		lw_json_int(j, (int64_t)v[i]);
	lw_json_end_array(j);
}

static int print_json(const struct ber *b, const struct lw_lane *l, const struct lw_stat *s)
{
	const struct lw_chain_count *c = &b->count;
	double one = (1 + b->confidence) / 2, bits = (double)c->bits,
	       errors = (double)c->bit_errors;
	struct lw_frames_ratio frames = frame_loss(b, &l->chain);
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "modulation", lw_modulation_name(l->chain.modulation));
	lw_json_put_int(&j, "symbols", (int64_t)c->symbols);
	lw_json_put_int(&j, "symbol_errors", (int64_t)c->symbol_errors);
	lw_json_put_int(&j, "bits", (int64_t)c->bits);
	lw_json_put_int(&j, "bit_errors", (int64_t)c->bit_errors);
	lw_json_put_real(&j, "ber", errors / bits);
	lw_json_put_number(&j, "confidence", b->confidence);
	lw_json_put_real(&j, "ber_low", errors > 0 ? lw_phy_ber_lower(errors, bits, one) : 0);
	lw_json_put_real(&j, "ber_high",
			 lw_phy_ber_upper(errors, bits, errors > 0 ? one : b->confidence));
	lw_json_put_real(&j, "ber_computed", s->ber);
	lw_json_put_real(&j, "ser_computed", s->ser);
	lw_json_put_number(&j, "snr_db", s->snr_db);
	lw_json_put_string(&j, "fec", l->chain.fec->name);
	lw_json_put_int(&j, "interleaved", l->chain.interleaved);
	lw_json_put_int(&j, "muxed", l->chain.muxed);
	lw_json_put_int(&j, "codewords", (int64_t)c->codewords);
	lw_json_put_int(&j, "codewords_lost", (int64_t)c->lost);
	lw_json_put_real(&j, "codeword_loss", (double)c->lost / (double)c->codewords);
	lw_json_put_real(&j, "codeword_loss_theory",
			 lw_fec_codeword_loss(l->chain.fec, errors / bits));
	lw_json_put_int(&j, "frame_octets", l->chain.frame_octets);
	lw_json_put_int(&j, "frames", (int64_t)c->frames);
	lw_json_put_int(&j, "frames_lost", (int64_t)c->frames_lost);
	lw_json_put_real(&j, "frame_loss", frames.ratio);
	lw_json_put_real(&j, "frame_loss_low", frames.lower);
	lw_json_put_real(&j, "frame_loss_high", frames.upper);
	lw_json_put_real(&j, "frame_loss_theory", frame_theory(&l->chain, errors / bits));
	lw_json_put_int(&j, "fec_symbol_errors", (int64_t)c->fec_symbol_errors);
	put_counts(&j, "codewords_by_errors", c->by_errors, LW_FEC_BINS + 1);
	put_counts(&j, "runs", c->bursts, LW_BURSTS);
	put_counts(&j, "runs_decoded", c->bursts_decoded, LW_BURSTS);
	phy_json_bases(&j, l);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

/* Every rank makes the lane; the first that cannot says so for all. */
static int make(struct ber *b, struct lw_lane *l)
{
	struct lw_error e;
	int r = phy_lane_make(&b->lane, l, &e);
	int bad = ranks_first_bad(&b->ranks, r != 0);

	l->chain.precoded = b->precode;
	if (b->interleaved)
		l->chain.interleaved = l->interleaved = (unsigned)b->interleaved;
	l->chain.frame_octets = (unsigned)b->frame;
	if (b->muxed)
		l->chain.muxed = (unsigned)b->muxed;
	if (bad == b->ranks.me)
		return cli_error(&e);
	return bad >= 0 ? CLI_USAGE : CLI_OK;
}

static int count(struct ber *b, const struct lw_chain *c)
{
	struct monte_carlo m = {.chain = c,
				.symbols = b->symbols,
				.errors = b->errors,
				.checkpoint = b->checkpoint,
				.quiet = b->json};
	struct lw_error e;
	int r;

	m.threads = b->threads       ? (unsigned)b->threads
		    : b->ranks.n > 1 ? 1
				     : monte_carlo_processors();
	r = monte_carlo_run(&m, &b->ranks, &e);
	if (r)
		return b->ranks.me ? CLI_DEVICE : cli_error(&e);
	b->count = m.count;
	if (m.interrupted)
		fprintf(stderr,
			b->checkpoint
				? "lanewise: stopped at %g of %g symbols; the same command goes "
				  "on from there\n"
				: "lanewise: stopped at %g of %g symbols; with --checkpoint it "
				  "could go on\n",
			(double)m.count.symbols, b->symbols);
	return m.interrupted ? CLI_DEVICE : CLI_OK;
}

static int work(struct ber *b, struct lw_lane *l)
{
	struct lw_stat stat;
	struct lw_error e;
	int status = make(b, l);

	if (!status)
		status = count(b, &l->chain);
	if (status || b->ranks.me)
		return status;
	if (lw_chain_stat(&l->chain, &stat, &e))
		return cli_error(&e);
	if (b->json)
		return print_json(b, l, &stat);
	print(b, l, &stat);
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct ber b = {.lane = PHY_LANE, .symbols = 1e8, .confidence = 0.95, .frame = 64};
	int n = cli_parse(self, argc, argv, on_option, &b), status;
	struct lw_lane *l;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 0)
		return cli_usage(self, "there is no argument %s", argv[0]);
	if (phy_lane_check(self, &b.lane))
		return CLI_USAGE;
	if (ranks_start(&b.ranks))
		return CLI_DEVICE;
	l = malloc(sizeof(*l));
	status = l ? work(&b, l) : CLI_DEVICE;
	free(l);
	ranks_finish();
	return status;
}

const struct cli_command cli_phy_ber = {
	.name = "phy ber",
	.synopsis = "[OPTION...]",
	.summary = "count symbol, bit and codeword errors of a lane",
	.text = "Sends random symbols through a lane, a sample each, and counts what the slicer "
		"gets\n"
		"wrong, until there are enough symbols or errors. The same options and seed give "
		"the\n"
		"same counts on every processor, by any number of threads and ranks, stopped and "
		"gone on\n"
		"or not. Beside it stands the ratio computed from distributions.\n\n"
		"  lanewise phy ber --pmd 400GBASE-DR4 --length 2000 --extra-loss 1\n"
		"  lanewise phy ber --baud 53.125 --loss 1,1.2,0.1 --ffe 9 --dfe 1 --noise 0.04\n"
		"  lanewise phy ber --noise 0.05 --symbols 1e11 --checkpoint state\n"
		"  mpirun -n 4 lanewise phy ber --noise 0.05 --symbols 1e12 --checkpoint state",
	.options = options,
	.run = run,
};
