/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise phy prbs: test patterns, made and checked. */
#include "cmd-phy.h"

#include <errno.h>
#include <lanewise/files.h>
#include <lanewise/formula.h>
#include <lanewise/json.h>
#include <lanewise/pattern.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)1 << 32)
#define PIECE      65536 /* bytes written at a time */

enum { OPT_CHECK, OPT_COUNT, OPT_FROM, OPT_SEED, OPT_SYMBOLS, OPT_RAW, OPT_JSON };

static const struct cli_option options[] = {
	{"check", "FILE", "look for the pattern in FILE (\"-\": standard input), count errors"},
	{"count", "N", "how many bits or symbols (128)"},
	{"from", "N", "begin at bit N of the pattern (0)"},
	{"seed", "N", "the register at the start: bit 0 was sent last"},
	{"symbols", NULL, "PAM4 levels 0 to 3 instead of bits"},
	{"raw", NULL, "bytes: eight bits each, the first in bit 0, or one symbol each"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct prbs {
	const char *check;
	uint64_t count, from, seed;
	bool symbols, raw, json, has_place;
};

static int number(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 0);
	return *text < '0' || *text > '9' || *end || errno ? -1 : 0;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct prbs *o = ctx;

	switch (index) {
	case OPT_CHECK:
		o->check = value;
		return 0;
	case OPT_COUNT:
		o->has_place = true;
		return number(value, &o->count) || !o->count ? -1 : 0;
	case OPT_FROM:
		o->has_place = true;
		return number(value, &o->from);
	case OPT_SEED:
		o->has_place = true;
		return number(value, &o->seed) || !o->seed ? -1 : 0;
	case OPT_SYMBOLS:
		o->symbols = true;
		return 0;
	case OPT_RAW:
		o->raw = true;
		return 0;
	default:
		o->json = true;
		return 0;
	}
}

static int list(const struct prbs *o)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;
	size_t n;
	const struct lw_pattern *p = lw_pattern_all(&n);

	lw_json_init(&j, &text);
	if (o->json)
		lw_json_begin_array(&j);
	for (; n--; p++) {
		uint64_t period = lw_pattern_period(p);

		if (!o->json) {
			lw_buf_printf(&text, "%-8s %s\n", p->name, p->title);
			continue;
		}
		lw_json_begin_object(&j);
		lw_json_put_string(&j, "name", p->name);
		lw_json_put_int(&j, "levels", p->levels);
		lw_json_key(&j, "period_bits");
		if (period)
			lw_json_int(&j, (int64_t)period);
		else
			lw_json_null(&j);
		lw_json_put_string(&j, "title", p->title);
		lw_json_put_string(&j, "source", p->ref);
		lw_json_put_string(&j, "confidence", p->confidence);
		lw_json_end_object(&j);
	}
	if (o->json) {
		lw_json_end_array(&j);
		lw_buf_putc(&text, '\n');
	}
	return cli_write(&text);
}

/* The next `n` bits or symbols to standard output. */
static int print_piece(struct lw_pattern_source *s, const struct prbs *o, size_t n)
{
	static uint8_t piece[PIECE], digits[PIECE];
	size_t bytes = o->symbols ? n : (n + 7) / 8;

	if (o->symbols)
		lw_pattern_symbols(s, piece, n);
	else
		lw_pattern_bits(s, piece, n);
	if (o->raw)
		return fwrite(piece, 1, bytes, stdout) == bytes ? 0 : cli_unwritten();
	for (size_t i = 0; i < n; i++) {
		unsigned v = o->symbols ? piece[i] : (unsigned)piece[i / 8] >> i % 8 & 1;

		digits[i] = (uint8_t)('0' + v);
	}
	return fwrite(digits, 1, n, stdout) == n ? 0 : cli_unwritten();
}

static int print_json_head(const struct lw_pattern_source *s, const struct prbs *o)
{
	printf("{\n \"pattern\": \"%s\",\n \"from\": %llu,\n \"count\": %llu,\n \"%s\": \"",
	       s->pattern->name, (unsigned long long)o->from, (unsigned long long)o->count,
	       o->symbols ? "symbols" : "bits");
	return 0;
}

static int make(const struct lw_pattern *p, const struct prbs *o)
{
	struct lw_pattern_source s;
	struct lw_error e;
	int status = CLI_OK;

	if (lw_pattern_start(&s, p, o->seed, &e))
		return cli_error(&e);
	lw_pattern_seek(&s, o->from);
	if (o->json)
		print_json_head(&s, o);
	for (uint64_t left = o->count; left && !status;) {
		size_t n = left < PIECE ? (size_t)left : PIECE;

		status = print_piece(&s, o, n);
		left -= n;
	}
	if (!status && !o->raw)
		fputs(o->json ? "\"\n}\n" : "\n", stdout);
	return !status && fflush(stdout) ? cli_unwritten() : status;
}

/* Text of 0 and 1, or of levels, to packed bits. @return how many, or -1: it is no such text */
static int64_t from_text(char *text, size_t n, bool symbols, uint8_t *ret)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t' ||
		    text[i] == ',')
			continue;
		if (text[i] < '0' || text[i] > (symbols ? '3' : '1'))
			return -1;
		text[digits++] = (char)(text[i] - '0');
	}
	if (symbols) {
		lw_pam4_decode((const uint8_t *)text, digits, ret);
		return 2 * (int64_t)digits;
	}
	memset(ret, 0, digits / 8 + 1);
	for (size_t i = 0; i < digits; i++)
		ret[i / 8] = (uint8_t)(ret[i / 8] | text[i] << i % 8);
	return (int64_t)digits;
}

static void print_check_json(const struct lw_pattern_check *c, const char *file, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "source", file);
	lw_json_put_string(j, "pattern", c->pattern->name);
	lw_json_put_bool(j, "locked", c->bits > 0);
	lw_json_put_bool(j, "inverted", c->inverted);
	lw_json_put_int(j, "bits", (int64_t)c->bits);
	lw_json_put_int(j, "errors", (int64_t)c->errors);
	lw_json_put_int(j, "skipped_bits", (int64_t)c->skipped);
	lw_json_put_int(j, "lock_losses", c->losses);
	lw_json_put_real(j, "ber", c->bits ? (double)c->errors / (double)c->bits : NAN);
	lw_json_put_real(j, "ber_upper_95",
			 lw_phy_ber_upper((double)c->errors, (double)c->bits, 0.95));
	if (c->pattern->levels == 4) {
		lw_json_put_int(j, "symbols", (int64_t)c->symbols);
		lw_json_put_int(j, "symbol_errors", (int64_t)c->symbol_errors);
	}
	lw_json_key(j, "runs");
	lw_json_begin_array(j);
	for (unsigned i = 1; i < 17; i++)
		lw_json_int(j, (int64_t)c->burst[i]);
	lw_json_end_array(j);
	lw_json_end_object(j);
}

static int report(const struct lw_pattern_check *c, const struct prbs *o)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	if (o->json) {
		print_check_json(c, o->check, &j);
		lw_buf_putc(&text, '\n');
	} else if (!c->bits) {
		lw_buf_printf(&text, "%s: %s was not found\n", o->check, c->pattern->name);
	} else {
		lw_buf_printf(&text,
			      "%s: %s%s, %llu errors in %llu bits, BER %.3g (at most %.3g "
			      "with 95 %% confidence)",
			      o->check, c->pattern->name, c->inverted ? " upside down" : "",
			      (unsigned long long)c->errors, (unsigned long long)c->bits,
			      (double)c->errors / (double)c->bits,
			      lw_phy_ber_upper((double)c->errors, (double)c->bits, 0.95));
		if (c->skipped)
			lw_buf_printf(&text, "; %llu bits without lock",
				      (unsigned long long)c->skipped);
		if (c->losses)
			lw_buf_printf(&text, ", lost %u times", c->losses);
		lw_buf_putc(&text, '\n');
	}
	if (cli_write(&text))
		return CLI_DEVICE;
	return !c->bits || c->errors || c->losses ? CLI_BAD_NEWS : CLI_OK;
}

static int check(const struct lw_pattern *p, const struct prbs *o)
{
	struct lw_pattern_check c = {.pattern = p};
	struct lw_error e;
	uint8_t *bits = NULL;
	char *text;
	size_t n;
	int64_t got = 0;

	if (lw_file_read(o->check, FILE_LIMIT, &text, &n, &e))
		return cli_error(&e);
	bits = malloc(n + 1);
	if (!bits) {
		free(text);
		lw_fail(&e, LW_ENOMEM, "out of memory");
		return cli_error(&e);
	}
	if (!o->raw) {
		got = from_text(text, n, o->symbols, bits);
	} else if (o->symbols) {
		lw_pam4_decode((uint8_t *)text, n, bits);
		got = 2 * (int64_t)n;
	} else {
		memcpy(bits, text, n);
		got = 8 * (int64_t)n;
	}
	if (got >= 0) {
		lw_pattern_check(&c, bits, (size_t)got);
		lw_pattern_check_end(&c);
	}
	free(bits);
	free(text);
	if (got < 0) {
		lw_fail_in(&e, LW_EINVAL, o->check, 0,
			   "holds more than the digits %s; --raw takes bytes",
			   o->symbols ? "0 to 3" : "0 and 1");
		return cli_error(&e);
	}
	return report(&c, o);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct prbs o = {.count = 128};
	const struct lw_pattern *p;
	int n = cli_parse(self, argc, argv, on_option, &o);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n == 1 && strcmp(argv[0], "list") == 0)
		return list(&o);
	if (n != 1)
		return cli_usage(self, "name one pattern, or \"list\"");
	p = lw_pattern_find(argv[0]);
	if (!p)
		return cli_usage(self, "there is no pattern \"%s\"; \"list\" shows them", argv[0]);
	if (o.symbols && p->levels != 4)
		return cli_usage(self, "%s has no PAM4 symbols", p->name);
	if (o.check && o.has_place)
		return cli_usage(self, "--check finds the place itself");
	if (o.raw && o.json && !o.check)
		return cli_usage(self, "--raw and --json exclude each other");
	return o.check ? check(p, &o) : make(p, &o);
}

const struct cli_command cli_phy_prbs = {
	.name = "phy prbs",
	.synopsis = "[OPTION...] PATTERN | list",
	.summary = "test patterns: print, generate, check",
	.text = "Print a part of a test pattern, or find it in a file and count errors: from any "
		"place, either\nway up. Exit status 1 tells of errors or that the pattern is not "
		"there.\n\n"
		"  lanewise phy prbs prbs13q --symbols --count 32\n"
		"  lanewise phy prbs prbs31 --count 80000000 --raw >prbs31.bin\n"
		"  lanewise phy prbs prbs31 --check prbs31.bin --raw",
	.options = options,
	.run = run,
};
