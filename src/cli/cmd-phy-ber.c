/* SPDX-License-Identifier: Apache-2.0 */
/* "lanewise phy ber": count errors, with confidence, beside what distributions say. */
#include "phy-lane.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_SYMBOLS = PHY_LANE_N, OPT_ERRORS, OPT_CONFIDENCE, OPT_PRECODE, OPT_RESUME, OPT_JSON };

static const struct cli_option options[] = {
	PHY_PATH_OPTIONS,
	PHY_LANE_OPTIONS,
	{"symbols", "N", "count at least so many (default 1e8)"},
	{"errors", "N", "or stop at so many wrong bits (default 0: do not)"},
	{"confidence", "PART", "of the interval, 0.5 to 0.999999 (default 0.95)"},
	{"precode", NULL, "send 1/(1+D) precoded"},
	{"resume", "FILE", "go on from what this file holds, and keep it up to date"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct ber {
	struct phy_lane lane;
	double symbols, errors, confidence;
	bool precode, json;
	const char *resume;
	struct lw_chain_count count;
	uint64_t next; /* block */
	uint64_t sum;  /* of the lane: a file of another lane is refused */
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
	case OPT_RESUME:
		b->resume = value;
		return *value ? 0 : -1;
	case OPT_JSON:
		b->json = true;
		return 0;
	default:
		return phy_lane_option(&b->lane, index, value);
	}
}

/* FNV-1a of all that the counts depend on. */
static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static uint64_t hash_lane(const struct lw_chain *c)
{
	uint64_t h = 0xcbf29ce484222325u;

	h = hash(h, c->level, sizeof(c->level));
	h = hash(h, &c->noise_rms, sizeof(c->noise_rms));
	h = hash(h, c->level_noise, sizeof(c->level_noise));
	h = hash(h, &c->rj_ui, sizeof(c->rj_ui));
	h = hash(h, &c->dj_ui, sizeof(c->dj_ui));
	h = hash(h, &c->reflection, sizeof(c->reflection));
	h = hash(h, c->ffe, sizeof(c->ffe));
	h = hash(h, c->dfe, sizeof(c->dfe));
	h = hash(h, c->threshold, sizeof(c->threshold));
	h = hash(h, c->pulse->h, sizeof(c->pulse->h));
	h = hash(h, &c->precoded, sizeof(c->precoded));
	h = hash(h, &c->interleaved, sizeof(c->interleaved));
	return hash(h, &c->seed, sizeof(c->seed));
}

/* The counts as numbers in a row: what a checkpoint holds. */
_Static_assert(sizeof(struct lw_chain_count) % sizeof(uint64_t) == 0, "all of them 64-bit");
enum { COUNTS = sizeof(struct lw_chain_count) / sizeof(uint64_t), FILE_LIMIT = 8192 };

static int load(struct ber *b, struct lw_error *reterr)
{
	uint64_t v[COUNTS + 2];
	char *text = NULL, *at, *end;
	size_t n = 0;

	if (!b->resume || access(b->resume, F_OK) != 0)
		return 0;
	if (cli_read_file(b->resume, FILE_LIMIT, &text, &n, reterr))
		return reterr->code;
	at = text;
	for (size_t i = 0; i < COUNTS + 2; i++) {
		v[i] = strtoull(at, &end, 10);
		if (end == at) {
			free(text);
			return lw_fail_in(reterr, LW_EINVAL, b->resume, 0,
					  "is no file of --resume: it holds too few numbers");
		}
		at = end;
	}
	free(text);
	if (v[0] != b->sum)
		return lw_fail_in(reterr, LW_EINVAL, b->resume, 0,
				  "was counted on another lane: other options, or another version");
	b->next = v[1];
	memcpy(&b->count, v + 2, sizeof(b->count));
	return 0;
}

/* Written beside and moved, so that a stop never leaves half a file. */
static int save(const struct ber *b, struct lw_error *reterr)
{
	uint64_t v[COUNTS];
	char path[4096];
	FILE *f;
	int n, failed;

	if (!b->resume)
		return 0;
	n = snprintf(path, sizeof(path), "%s.new", b->resume);
	f = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "w") : NULL;
	if (!f)
		return lw_fail_in(reterr, LW_EIO, b->resume, 0, "cannot be written");
	memcpy(v, &b->count, sizeof(v));
	fprintf(f, "%llu\n%llu\n", (unsigned long long)b->sum, (unsigned long long)b->next);
	for (size_t i = 0; i < COUNTS; i++)
		fprintf(f, "%llu\n", (unsigned long long)v[i]);
	failed = ferror(f);
	failed |= fclose(f) != 0;
	if (failed || rename(path, b->resume) != 0)
		return lw_fail_in(reterr, LW_EIO, b->resume, 0, "cannot be written");
	return 0;
}

static bool enough(const struct ber *b)
{
	return (double)b->count.symbols >= b->symbols ||
	       (b->errors > 0 && (double)b->count.bit_errors >= b->errors);
}

static int count(struct ber *b, const struct lw_chain *c, struct lw_error *reterr)
{
	const uint64_t step = 64; /* blocks, about a hundredth of a second */
	bool show = isatty(STDERR_FILENO) && !b->json;
	unsigned turn = 0;
	int r = 0;

	while (!r && !enough(b)) {
		uint64_t block = lw_chain_block(c);
		double left = (b->symbols - (double)b->count.symbols) / (double)block;
		uint64_t n = left < (double)step ? (uint64_t)ceil(left) : step;

		/* by one block where errors may end it: the answer must not depend on the step */
		if (b->errors > 0)
			n = 1;
		r = lw_chain_run(c, b->next, n, &b->count, reterr);
		b->next += n;
		if (show && ++turn % 16 == 0)
			fprintf(stderr, "\r%.3g of %.3g symbols, %llu wrong bits ",
				(double)b->count.symbols, b->symbols,
				(unsigned long long)b->count.bit_errors);
		if (!r && turn % 1024 == 0)
			r = save(b, reterr);
	}
	if (show && turn >= 16)
		fputs("\r\033[K", stderr);
	return r ? r : save(b, reterr);
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
	printf("  codewords         %llu of %s, %llu lost\n", (unsigned long long)c->codewords,
	       l->chain.fec->name, (unsigned long long)c->lost);
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
	lw_json_put_int(&j, "codewords", (int64_t)c->codewords);
	lw_json_put_int(&j, "codewords_lost", (int64_t)c->lost);
	lw_json_put_int(&j, "fec_symbol_errors", (int64_t)c->fec_symbol_errors);
	put_counts(&j, "codewords_by_errors", c->by_errors, LW_FEC_BINS + 1);
	put_counts(&j, "runs", c->bursts, LW_BURSTS);
	put_counts(&j, "runs_decoded", c->bursts_decoded, LW_BURSTS);
	phy_json_bases(&j, l);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int work(struct ber *b, struct lw_lane *l)
{
	struct lw_stat stat;
	struct lw_error e;
	int r = phy_lane_make(&b->lane, l, &e);

	if (r)
		return cli_error(&e);
	l->chain.precoded = b->precode;
	b->sum = hash_lane(&l->chain);
	r = load(b, &e);
	if (!r)
		r = lw_chain_stat(&l->chain, &stat, &e);
	if (!r)
		r = count(b, &l->chain, &e);
	if (r)
		return cli_error(&e);
	if (b->json)
		return print_json(b, l, &stat);
	print(b, l, &stat);
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct ber b = {.lane = PHY_LANE, .symbols = 1e8, .confidence = 0.95};
	int n = cli_parse(self, argc, argv, on_option, &b), status;
	struct lw_lane *l;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 0)
		return cli_usage(self, "there is no argument %s", argv[0]);
	if (phy_lane_check(self, &b.lane))
		return CLI_USAGE;
	l = malloc(sizeof(*l));
	if (!l)
		return CLI_DEVICE;
	status = work(&b, l);
	free(l);
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
		"same counts on every processor. Beside it stands the ratio computed from "
		"distributions.\n\n"
		"  lanewise phy ber --pmd 400GBASE-DR4 --length 2000 --extra-loss 1\n"
		"  lanewise phy ber --baud 53.125 --loss 1,1.2,0.1 --ffe 9 --dfe 1 --noise 0.04",
	.options = options,
	.run = run,
};
