/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise phy pcs: frames on their way to the lanes: blocks, codewords, symbols. */
#include "cmd-phy.h"

#include <lanewise/frames.h>
#include <lanewise/json.h>
#include <lanewise/pcs.h>
#include <lanewise/rs.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_PCS, OPT_CODE, OPT_FRAME, OPT_ROWS, OPT_JSON };

static const struct cli_option options[] = {
	{"pcs", "NAME", "25GBASE-R to 1.6TBASE-R (400GBASE-R)"},
	{"code", "CODE", "RS(544,514), RS(528,514) (25GBASE-R: the latter, else the former)"},
	{"frame", "OCTETS", "length of the frames, 64 to 9600 (64)"},
	{"rows", "N", "symbols of each lane to print (6)"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

enum { SYMBOL = 10, WORDS_MAX = 4 };
#define BLOCKS_MAX (WORDS_MAX * LW_PCS_WORD_BLOCKS)
#define BYTES_MAX  (WORDS_MAX * LW_RS_N_MAX * SYMBOL / 8)

struct pcs {
	const struct lw_pcs *pcs;
	const struct lw_fec *code;
	unsigned octets, rows;
	bool json;
	/* one group */
	struct lw_frames frames;
	unsigned blocks, on_lane; /* symbols of a lane */
	struct lw_pcs_block block[BLOCKS_MAX];
	char letter[BLOCKS_MAX + 1];
	uint8_t words[BYTES_MAX], lanes[BYTES_MAX];
	unsigned invalid, changed; /* blocks, as they come back */
};

static int number(const char *text, unsigned least, unsigned most, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*ret = (unsigned)v;
	return *text < '0' || *text > '9' || *end || v < least || v > most ? -1 : 0;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct pcs *o = ctx;

	switch (index) {
	case OPT_PCS:
		o->pcs = lw_pcs_find(value);
		return o->pcs ? 0 : -1;
	case OPT_CODE:
		o->code = lw_fec_find(value);
		return o->code && o->code->k == 514 ? 0 : -1;
	case OPT_FRAME:
		return number(value, 64, 9600, &o->octets);
	case OPT_ROWS:
		return number(value, 0, LW_RS_N_MAX, &o->rows);
	default:
		o->json = true;
		return 0;
	}
}

/* Check sequence of a frame (IEEE 802.3 3.2.9), octet by octet. */
static uint32_t check_octet(uint32_t crc, unsigned octet)
{
	crc ^= octet;
	for (int i = 0; i < 8; i++)
		crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	return crc;
}

/* A broadcast of a local experiment's type, counting octets, the check sequence. */
static void fill_frame(uint8_t *ret, unsigned octets)
{
	static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
				       0,    0,    0,    0,    0,    0x88, 0xb5};
	uint32_t crc = 0xffffffff;

	for (unsigned i = 0; i < octets - 4; i++) {
		ret[i] = i < sizeof(head) ? head[i] : (uint8_t)(i - sizeof(head));
		crc = check_octet(crc, ret[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		ret[octets - 4 + i] = (uint8_t)(~crc >> 8 * i);
}

static uint64_t octets_of(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* Block `i` of a frame (figure 82-5): start with the preamble, data, end with what is left. */
static struct lw_pcs_block block_of(const uint8_t *frame, unsigned octets, unsigned i, char *letter)
{
	static const uint8_t end_type[] = {0x87, 0x99, 0xaa, 0xb4, 0xcc, 0xd2, 0xe1, 0xff};
	static const uint8_t start[] = {0x78, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5};
	unsigned at = 8 * (i - 1), left = octets - at;

	*letter = !i ? 'S' : left >= 8 ? 'D' : 'T';
	if (!i)
		return (struct lw_pcs_block){octets_of(start, 8), LW_PCS_CONTROL};
	if (left >= 8)
		return (struct lw_pcs_block){octets_of(frame + at, 8), LW_PCS_DATA};
	return (struct lw_pcs_block){octets_of(frame + at, left) << 8 | end_type[left],
				     LW_PCS_CONTROL};
}

/* The first group of the stream: frames back to back, idle between. */
static void make_blocks(struct pcs *o)
{
	uint8_t frame[9600];
	uint64_t octets = 0;

	fill_frame(frame, o->octets);
	for (unsigned i = 0; i < o->blocks; i++) {
		o->block[i] = (struct lw_pcs_block){0x1e, LW_PCS_CONTROL};
		o->letter[i] = 'I';
	}
	for (; octets / 8 < o->blocks; octets += o->frames.pitch)
		for (unsigned i = 0, at = (unsigned)(octets / 8);
		     i < o->frames.blocks && at + i < o->blocks; i++)
			o->block[at + i] = block_of(frame, o->octets, i, &o->letter[at + i]);
}

/* To the lanes, and back to see that nothing is lost on the way. */
static int make_lanes(struct pcs *o, struct lw_error *reterr)
{
	struct lw_pcs_state tx = LW_PCS_STATE, rx = LW_PCS_STATE;
	struct lw_pcs_block back[BLOCKS_MAX];
	uint8_t words[BYTES_MAX];
	int8_t ret[WORDS_MAX];
	struct lw_rs *rs;
	size_t bytes;
	int r = lw_rs_create(o->code, LW_RS_BEST, &rs, reterr);

	if (r)
		return r;
	bytes = lw_rs_word_bytes(rs);
	lw_pcs_frame(o->pcs, o->block, &tx, o->words, bytes);
	lw_rs_encode(rs, o->words, o->pcs->words);
	lw_pcs_deal(o->pcs, o->code->n, o->words, o->lanes);
	lw_pcs_gather(o->pcs, o->code->n, o->lanes, words);
	lw_rs_decode(rs, words, o->pcs->words, ret);
	o->invalid = lw_pcs_unframe(o->pcs, words, bytes, &rx, back);
	for (unsigned i = 0; i < o->blocks; i++)
		o->changed +=
			back[i].payload != o->block[i].payload || back[i].sync != o->block[i].sync;
	lw_rs_destroy(rs);
	return 0;
}

static unsigned symbol(const struct pcs *o, unsigned lane, unsigned row)
{
	size_t at = ((size_t)lane * o->on_lane + row) * SYMBOL;
	unsigned v = 0;

	for (unsigned i = 0; i < SYMBOL; i++, at++)
		v |= ((unsigned)o->lanes[at / 8] >> at % 8 & 1) << i;
	return v;
}

static void print_blocks(const struct pcs *o, struct lw_buf *b)
{
	enum { LINE = 48 };

	lw_buf_puts(b, "\nblocks: S start, D data, T end, I idle; four go into one of 257 bits\n");
	for (unsigned i = 0; i < o->blocks; i += 4)
		lw_buf_printf(b, "%s%.4s", i % LINE ? " " : i ? "\n  " : "  ", o->letter + i);
	lw_buf_puts(b, "\n");
}

static void print_lanes(const struct pcs *o, struct lw_buf *b)
{
	unsigned rows = o->rows < o->on_lane ? o->rows : o->on_lane;

	lw_buf_printf(b,
		      "\nlanes: word and place of each symbol, and its ten bits (the first sent is "
		      "the lowest)\n");
	for (unsigned l = 0; rows && l < o->pcs->lanes; l++) {
		lw_buf_printf(b, "%4u ", l);
		for (unsigned r = 0; r < rows; r++) {
			struct lw_pcs_spot s = lw_pcs_spot(o->pcs->words, o->pcs->lanes, r, l);

			lw_buf_printf(b, " %c%-3u %03x", 'A' + (int)s.word, s.place,
				      symbol(o, l, r));
		}
		lw_buf_puts(b, "\n");
	}
}

static void print_text(const struct pcs *o, struct lw_buf *b)
{
	const struct lw_pcs *p = o->pcs;

	lw_buf_printf(b, "%s: %u codeword%s of %s on %u lane%s", p->name, p->words,
		      p->words > 1 ? "s" : "", o->code->name, p->lanes, p->lanes > 1 ? "s" : "");
	if (p->flows > 1)
		lw_buf_printf(b, ", in %u flows", p->flows);
	lw_buf_printf(
		b,
		"\nframes of %u octets: %u blocks of 66 bits, one each %u octets on average\n"
		"a group: %u blocks, %u of 257 bits, %u x %u symbols, %u x %u with parity, %u "
		"on each lane\n",
		o->octets, o->frames.blocks, o->frames.pitch, o->blocks, o->blocks / 4, p->words,
		o->code->k, p->words, o->code->n, o->on_lane);
	print_blocks(o, b);
	print_lanes(o, b);
	lw_buf_printf(b, "\nread back from the lanes: %u blocks, %u invalid, %u changed\n",
		      o->blocks, o->invalid, o->changed);
}

static void print_json(const struct pcs *o, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "pcs", o->pcs->name);
	lw_json_put_string(j, "fec", o->code->name);
	lw_json_put_int(j, "words", o->pcs->words);
	lw_json_put_int(j, "flows", o->pcs->flows);
	lw_json_put_int(j, "frame_octets", o->octets);
	lw_json_put_int(j, "frame_blocks", o->frames.blocks);
	lw_json_put_string(j, "blocks", o->letter);
	lw_json_put_int(j, "blocks_invalid", o->invalid);
	lw_json_put_int(j, "blocks_changed", o->changed);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned l = 0; l < o->pcs->lanes; l++) {
		lw_json_begin_array(j);
		for (unsigned r = 0; r < o->on_lane; r++)
			lw_json_int(j, symbol(o, l, r));
		lw_json_end_array(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

static int show(struct pcs *o)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e;
	struct lw_json j;

	if (lw_frames_init(&o->frames, o->octets, o->code, o->pcs->words, &e))
		return cli_error(&e);
	o->blocks = o->pcs->words * LW_PCS_WORD_BLOCKS;
	o->on_lane = o->pcs->words * o->code->n / o->pcs->lanes;
	make_blocks(o);
	if (make_lanes(o, &e))
		return cli_error(&e);
	lw_json_init(&j, &text);
	if (o->json) {
		print_json(o, &j);
		lw_buf_putc(&text, '\n');
	} else {
		print_text(o, &text);
	}
	return cli_write(&text);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct pcs *o = calloc(1, sizeof(*o));
	int n, status;

	if (!o) {
		fprintf(stderr, "lanewise: out of memory\n");
		return CLI_DEVICE;
	}
	o->octets = 64;
	o->rows = 6;
	o->pcs = lw_pcs_find("400GBASE-R");
	n = cli_parse(self, argc, argv, on_option, o);
	if (!o->code)
		o->code = lw_fec_find(o->pcs->rate_mbps == 25000 ? "RS(528,514)" : "RS(544,514)");
	if (n < 0)
		status = n == -2 ? CLI_OK : CLI_USAGE;
	else if (n > 0)
		status = cli_usage(self, "there is no argument %s", argv[0]);
	else if (o->code->n == 528 && o->pcs->lanes > 8)
		status = cli_usage(self, "%s runs RS(544,514)", o->pcs->name);
	else
		status = show(o);
	free(o);
	return status;
}

const struct cli_command cli_phy_pcs = {
	.name = "phy pcs",
	.synopsis = "[OPTION...]",
	.summary = "frames on their way to the lanes: blocks, codewords, symbols",
	.text = "Lays frames back to back and shows one group of codewords as the PCS makes it: "
		"66-bit blocks,\ntranscoded by four to 257 bits, scrambled, in Reed-Solomon "
		"codewords whose symbols are dealt\nto the lanes. Alignment markers are left out. "
		"What is on the lanes is read back and compared.\n\n"
		"  lanewise phy pcs\n"
		"  lanewise phy pcs --pcs 800GBASE-R --frame 1518 --rows 4\n"
		"  lanewise phy pcs --pcs 100GBASE-R --json",
	.options = options,
	.run = run,
};
