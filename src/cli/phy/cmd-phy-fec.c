/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise phy fec: Reed-Solomon codewords of files, and over a channel, beside theory. */
#include "cmd-phy.h"
#include "interrupt.h"

#include <errno.h>
#include <lanewise/files.h>
#include <lanewise/formula.h>
#include <lanewise/frames.h>
#include <lanewise/json.h>
#include <lanewise/rs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)1 << 30)
#define SOME_WORDS 16384 /* between two looks at the clock and signals */
#define FRAME      64    /* octets: those of IEEE 802.3's frame loss ratios */

enum {
	OPT_CODE,
	OPT_ENGINE,
	OPT_BER,
	OPT_BURST,
	OPT_INTERLEAVE,
	OPT_MUX,
	OPT_FRAME,
	OPT_WORDS,
	OPT_SEED,
	OPT_JSON
};

static const struct cli_option options[] = {
	{"code", "CODE", "RS(544,514) (the default), RS(528,514), RS(272,258); or 544, 528, 272"},
	{"engine", "ENGINE", "best, plain, avx2, avx512, gfni: all give the same answer"},
	{"ber", "RATIO", "simulate: bit error ratio before correction (2.4e-4)"},
	{"burst", "BITS", "simulate: errors come in runs of so many bits (1)"},
	{"interleave", "N", "simulate: symbols are dealt to 1, 2 or 4 words in turn (1)"},
	{"mux", "N", "simulate: bits of 1, 2 or 4 PCS lanes take turns on the channel (1)"},
	{"frame", "OCTETS", "simulate: length of the frames in them, 64 to 9600 (64)"},
	{"words", "N", "simulate: codewords to send (100000)"},
	{"seed", "N", "simulate: of the errors (1); the same seed gives the same answer"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct fec {
	const struct lw_fec *code;
	enum lw_rs_engine engine;
	struct lw_rs_channel channel;
	uint64_t words;
	bool json, has_channel;
};

static int number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 0);
	return *text < '0' || *text > '9' || *end || errno || *ret < least || *ret > most ? -1 : 0;
}

static int find_code(const char *text, const struct lw_fec **ret)
{
	char name[32];

	*ret = lw_fec_find(text);
	for (unsigned k = 258; !*ret && k <= 514; k += 256) {
		snprintf(name, sizeof(name), "RS(%.8s,%u)", text, k);
		*ret = lw_fec_find(name);
	}
	return *ret && (*ret)->n && (*ret)->symbol_bits == 10 ? 0 : -1;
}

static int find_engine(const char *text, enum lw_rs_engine *ret)
{
	for (enum lw_rs_engine e = LW_RS_BEST; e < LW_RS_ENGINES; e++)
		if (strcmp(text, lw_rs_engine_name(e)) == 0) {
			*ret = e;
			return 0;
		}
	return -1;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct fec *o = ctx;
	uint64_t v;
	char *end;

	if (index >= OPT_BER && index <= OPT_SEED)
		o->has_channel = true;
	switch (index) {
	case OPT_CODE:
		return find_code(value, &o->code);
	case OPT_ENGINE:
		return find_engine(value, &o->engine);
	case OPT_BER:
		o->channel.ber = strtod(value, &end);
		return end == value || *end || !(o->channel.ber >= 0 && o->channel.ber <= 0.5) ? -1
											       : 0;
	case OPT_BURST:
		if (number(value, 1, 1000, &v))
			return -1;
		o->channel.burst = (unsigned)v;
		return 0;
	case OPT_INTERLEAVE:
		if (number(value, 1, 4, &v) || v == 3)
			return -1;
		o->channel.interleaved = (unsigned)v;
		return 0;
	case OPT_MUX:
		if (number(value, 1, 4, &v) || v == 3)
			return -1;
		o->channel.muxed = (unsigned)v;
		return 0;
	case OPT_FRAME:
		if (number(value, 64, 9600, &v))
			return -1;
		o->channel.frame_octets = (unsigned)v;
		return 0;
	case OPT_WORDS:
		return number(value, 1, UINT64_C(1) << 50, &o->words);
	case OPT_SEED:
		return number(value, 0, UINT64_MAX, &o->channel.seed);
	default:
		o->json = true;
		return 0;
	}
}

/* A message is no whole number of bytes, but of half ones: messages follow each other as bits. */
static unsigned nibble(const uint8_t *p, size_t i)
{
	return (unsigned)p[i / 2] >> 4 * (i % 2) & 15;
}

static void put_nibble(uint8_t *p, size_t i, unsigned v)
{
	unsigned shift = 4 * (i % 2);

	p[i / 2] = (uint8_t)((p[i / 2] & ~(15u << shift)) | v << shift);
}

static int write_out(const uint8_t *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, stdout) == n && fflush(stdout) == 0)
		return CLI_OK;
	return cli_unwritten();
}

static int encode(struct lw_rs *rs, const struct fec *o, const char *text, size_t n)
{
	size_t each = o->code->k * o->code->symbol_bits / 4, words = (2 * n + each - 1) / each;
	size_t bytes = lw_rs_word_bytes(rs);
	uint8_t *out = calloc(words + 1, bytes);
	int status;

	if (!out) {
		fprintf(stderr, "lanewise: out of memory\n");
		return CLI_DEVICE;
	}
	for (size_t i = 0; i < 2 * n; i++)
		put_nibble(out + i / each * bytes, i % each, nibble((const uint8_t *)text, i));
	lw_rs_encode(rs, out, words);
	status = write_out(out, words * bytes);
	free(out);
	return status;
}

static int decode(struct lw_rs *rs, const struct fec *o, char *text, size_t n, const char *path)
{
	size_t each = o->code->k * o->code->symbol_bits / 4, bytes = lw_rs_word_bytes(rs);
	size_t words = n / bytes, lost = 0, corrected = 0, out_n = (words * each + 1) / 2;
	uint8_t *out = calloc(out_n + 1, 1);
	int8_t *ret = malloc(words + 1);
	struct lw_error e;
	int status;

	if (n % bytes || !out || !ret) {
		free(out);
		free(ret);
		if (n % bytes)
			lw_fail_in(&e, LW_EINVAL, path, 0,
				   "holds %zu bytes, no whole number of codewords of %zu", n,
				   bytes);
		else
			lw_fail(&e, LW_ENOMEM, "out of memory");
		return cli_error(&e);
	}
	lw_rs_decode(rs, (uint8_t *)text, words, ret);
	for (size_t w = 0; w < words; w++) {
		for (size_t i = 0; i < each; i++)
			put_nibble(out, w * each + i, nibble((const uint8_t *)text + w * bytes, i));
		if (ret[w] == LW_RS_LOST)
			lost++;
		else
			corrected += (size_t)ret[w];
	}
	status = write_out(out, out_n);
	fprintf(stderr, "%zu codewords, %zu symbols corrected, %zu codewords lost\n", words,
		corrected, lost);
	free(out);
	free(ret);
	return status ? status : lost ? CLI_BAD_NEWS : CLI_OK;
}

static void number_or_null(struct lw_json *j, const char *key, double v)
{
	lw_json_put_real(j, key, v);
}

static struct lw_frames_ratio frame_loss(const struct fec *o, const struct lw_rs_count *c)
{
	struct lw_frames_ratio r = {NAN, NAN, NAN};
	struct lw_frames f;

	if (!lw_frames_init(&f, o->channel.frame_octets, o->code, o->channel.interleaved, NULL))
		lw_frames_loss(&f, c->frames, c->frames_lost, c->groups, c->groups_lost, 0.95, &r);
	return r;
}

static double frame_theory(const struct fec *o)
{
	return lw_fec_frame_loss(o->code, o->channel.ber, o->channel.interleaved,
				 lw_frame_bytes(o->channel.frame_octets));
}

static void print_json(const struct fec *o, const struct lw_rs *rs, const struct lw_rs_count *c,
		       struct lw_json *j)
{
	const struct lw_fec *f = o->code;
	double words = (double)c->words, lost = (double)(c->lost + c->miscorrected);
	struct lw_frames_ratio frames = frame_loss(o, c);
	bool even = o->channel.burst == 1; /* what theory is for */

	lw_json_begin_object(j);
	lw_json_put_string(j, "code", f->name);
	lw_json_put_string(j, "engine", lw_rs_engine_name(lw_rs_engine(rs)));
	lw_json_put_real(j, "ber", o->channel.ber);
	lw_json_put_int(j, "burst_bits", o->channel.burst);
	lw_json_put_int(j, "interleaved", o->channel.interleaved);
	lw_json_put_int(j, "muxed", o->channel.muxed);
	lw_json_put_int(j, "seed", (int64_t)o->channel.seed);
	lw_json_put_int(j, "words", (int64_t)c->words);
	lw_json_put_int(j, "bits", (int64_t)c->bits);
	lw_json_put_int(j, "bit_errors", (int64_t)c->bit_errors);
	lw_json_put_int(j, "symbol_errors", (int64_t)c->symbol_errors);
	lw_json_put_int(j, "lost_words", (int64_t)c->lost);
	lw_json_put_int(j, "miscorrected_words", (int64_t)c->miscorrected);
	lw_json_put_int(j, "bit_errors_after", (int64_t)c->bit_errors_after);
	number_or_null(j, "measured_ber", (double)c->bit_errors / (double)c->bits);
	number_or_null(j, "post_fec_ber", (double)c->bit_errors_after / (double)c->bits);
	number_or_null(j, "post_fec_ber_theory", even ? lw_fec_post_ber(f, o->channel.ber) : NAN);
	number_or_null(j, "word_loss", lost / words);
	number_or_null(j, "word_loss_lower_95", lw_phy_ber_lower(lost, words, 0.975));
	number_or_null(j, "word_loss_upper_95", lw_phy_ber_upper(lost, words, 0.975));
	number_or_null(j, "word_loss_theory", even ? lw_fec_codeword_loss(f, o->channel.ber) : NAN);
	lw_json_put_int(j, "frame_octets", o->channel.frame_octets);
	lw_json_put_int(j, "frames", (int64_t)c->frames);
	lw_json_put_int(j, "frames_lost", (int64_t)c->frames_lost);
	number_or_null(j, "frame_loss", frames.ratio);
	number_or_null(j, "frame_loss_lower_95", frames.lower);
	number_or_null(j, "frame_loss_upper_95", frames.upper);
	number_or_null(j, "frame_loss_theory", even ? frame_theory(o) : NAN);
	lw_json_key(j, "histogram");
	lw_json_begin_array(j);
	for (unsigned i = 0; i <= f->t + 1; i++)
		lw_json_int(j, (int64_t)c->errors[i]);
	lw_json_end_array(j);
	lw_json_key(j, "histogram_theory");
	if (even) {
		double theory[LW_RS_BINS];

		lw_json_begin_array(j);
		lw_fec_histogram(f, o->channel.ber, theory, LW_RS_BINS);
		for (unsigned i = 0; i <= f->t + 1; i++)
			lw_json_real(j, theory[i] * words);
		lw_json_end_array(j);
	} else {
		lw_json_null(j);
	}
	lw_json_end_object(j);
}

static void print_text(const struct fec *o, const struct lw_rs_count *c, struct lw_buf *b)
{
	const struct lw_fec *f = o->code;
	double words = (double)c->words, lost = (double)(c->lost + c->miscorrected);
	struct lw_frames_ratio frames = frame_loss(o, c);
	double theory[LW_RS_BINS] = {0};
	bool even = o->channel.burst == 1;

	lw_buf_printf(b, "%s, %llu codewords, BER %.4g (asked %.4g)\n", f->name,
		      (unsigned long long)c->words, (double)c->bit_errors / (double)c->bits,
		      o->channel.ber);
	lw_buf_printf(
		b, "lost %llu, taken for another %llu: codeword loss %.3g (95 %%: %.3g to %.3g)",
		(unsigned long long)c->lost, (unsigned long long)c->miscorrected, lost / words,
		lw_phy_ber_lower(lost, words, 0.975), lw_phy_ber_upper(lost, words, 0.975));
	if (even)
		lw_buf_printf(b, ", theory %.3g", lw_fec_codeword_loss(f, o->channel.ber));
	lw_buf_printf(b, "\nBER after correction %.3g",
		      (double)c->bit_errors_after / (double)c->bits);
	if (even)
		lw_buf_printf(b, ", theory %.3g", lw_fec_post_ber(f, o->channel.ber));
	lw_buf_printf(b, "\nframes of %u octets lost %llu: frame loss %.3g (95 %%: %.3g to %.3g)",
		      o->channel.frame_octets, (unsigned long long)c->frames_lost, frames.ratio,
		      frames.lower, frames.upper);
	if (even)
		lw_buf_printf(b, ", theory %.3g", frame_theory(o));
	lw_buf_printf(b, "\n\nwrong symbols     codewords%s\n", even ? "        theory" : "");
	lw_fec_histogram(f, o->channel.ber, theory, LW_RS_BINS);
	for (unsigned i = 0; i <= f->t + 1; i++) {
		lw_buf_printf(b, "%9s%-4u %13llu", i > f->t ? "more than " : "",
			      i > f->t ? f->t : i, (unsigned long long)c->errors[i]);
		if (even)
			lw_buf_printf(b, " %13.6g", theory[i] * words);
		lw_buf_putc(b, '\n');
	}
}

static int simulate(struct lw_rs *rs, const struct fec *o)
{
	uint64_t groups = (o->words + o->channel.interleaved - 1) / o->channel.interleaved;
	bool show = isatty(STDERR_FILENO);
	struct lw_buf text = LW_BUF_INIT;
	struct lw_rs_count c = {0};
	struct lw_error e;
	struct lw_json j;

	cli_interrupt_catch();
	for (uint64_t at = 0; at < groups && !cli_interrupted();) {
		uint64_t n = groups - at < SOME_WORDS ? groups - at : SOME_WORDS;

		if (lw_rs_count_errors(rs, &o->channel, at, n, &c, &e)) {
			cli_interrupt_release();
			return cli_error(&e);
		}
		at += n;
		if (show)
			fprintf(stderr, "\r%3.0f %%, %llu codewords lost",
				100.0 * (double)at / (double)groups, (unsigned long long)c.lost);
	}
	if (show)
		fprintf(stderr, "\r%40s\r", "");
	if (cli_interrupted())
		fprintf(stderr, "lanewise: interrupted, this is what was counted until then\n");
	cli_interrupt_release();
	lw_json_init(&j, &text);
	if (o->json) {
		print_json(o, rs, &c, &j);
		lw_buf_putc(&text, '\n');
	} else {
		print_text(o, &c, &text);
	}
	return cli_write(&text);
}

static int on_file(struct lw_rs *rs, const struct fec *o, bool is_encode, const char *path)
{
	struct lw_error e;
	char *text;
	size_t n;
	int status;

	if (lw_file_read(path, FILE_LIMIT, &text, &n, &e))
		return cli_error(&e);
	status = is_encode ? encode(rs, o, text, n) : decode(rs, o, text, n, path);
	free(text);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct fec o = {.code = lw_fec_find("RS(544,514)"),
			.channel = {.ber = 2.4e-4,
				    .burst = 1,
				    .interleaved = 1,
				    .muxed = 1,
				    .seed = 1,
				    .frame_octets = FRAME},
			.words = 100000};
	struct lw_error e;
	struct lw_rs *rs;
	int n = cli_parse(self, argc, argv, on_option, &o), status;
	bool is_encode, is_decode;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (!n)
		return cli_usage(self, "say encode, decode or simulate");
	is_encode = strcmp(argv[0], "encode") == 0;
	is_decode = strcmp(argv[0], "decode") == 0;
	if (!is_encode && !is_decode && strcmp(argv[0], "simulate") != 0)
		return cli_usage(self, "encode, decode or simulate, not \"%s\"", argv[0]);
	if (n != (is_encode || is_decode ? 2 : 1))
		return cli_usage(self,
				 is_encode || is_decode ? "%s takes one file" : "%s takes no file",
				 argv[0]);
	if ((is_encode || is_decode) && (o.has_channel || o.json))
		return cli_usage(self, "%s has no channel and no document", argv[0]);
	if (lw_rs_create(o.code, o.engine, &rs, &e))
		return cli_error(&e);
	status = is_encode || is_decode ? on_file(rs, &o, is_encode, argv[1]) : simulate(rs, &o);
	lw_rs_destroy(rs);
	return status;
}

const struct cli_command cli_phy_fec = {
	.name = "phy fec",
	.synopsis = "[OPTION...] encode FILE | decode FILE | simulate",
	.summary = "Reed-Solomon codewords: encode, decode, count losses",
	.text = "\"encode\" makes codewords of a file's bits (first bit: the least significant of "
		"the "
		"first byte;\nthe last message is filled up with zeros) and writes them to "
		"standard "
		"output; \"decode\" corrects\ncodewords and writes their messages, exit status 1 "
		"tells that some were lost. \"simulate\" sends\ncodewords over a channel and "
		"prints what "
		"was lost, beside theory.\n\n"
		"  lanewise phy fec encode data >words\n"
		"  lanewise phy fec decode words >data\n"
		"  lanewise phy fec simulate --ber 1e-3 --words 1000000\n"
		"  lanewise phy fec simulate --code 528 --ber 2e-4 --burst 4 --json",
	.options = options,
	.run = run,
};
