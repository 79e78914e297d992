/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <lanewise/formula.h>
#include <lanewise/json.h>
#include <lanewise/rs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A JSON document on one line. In it a line feed is layout: those of texts are escaped. */
static void add_flat(struct lw_buf *reply, const struct lw_buf *doc)
{
	const char *p = lw_buf_str(doc);

	while (*p) {
		size_t n = strcspn(p, "\n");

		lw_buf_add(reply, p, n);
		if (n && p[n] && p[n - 1] == ',')
			lw_buf_putc(reply, ' ');
		p += n;
		p += strspn(p, "\n ");
	}
	if (doc->failed)
		reply->failed = 1;
}

static int no_word(const char *what, struct lw_error *reterr)
{
	return lw_fail(reterr, LW_EINVAL, "no %s given; \"help\" lists the commands", what);
}

/* Take the next word off `*p`; NULL at the end. The words are cut out of the line. */
static char *next_word(char **p)
{
	char *word = *p + strspn(*p, " \t");
	size_t n = strcspn(word, " \t");

	if (!n)
		return NULL;
	*p = word + n;
	if (**p)
		*(*p)++ = '\0';
	return word;
}

static int take_cage(const struct lw_station *s, char **p, int *ret, struct lw_error *reterr)
{
	const char *name = next_word(p);

	if (!name)
		return no_word("cage", reterr);
	*ret = lw_fabric_cage_find(s->fabric, name);
	if (*ret < 0)
		return lw_fail(reterr, LW_ENOENT, "no cage \"%.80s\" in %s; \"list\" lists them",
			       name, s->fabric->file);
	return 0;
}

static int expect_end(char **p, struct lw_error *reterr)
{
	const char *word = next_word(p);

	return word ? lw_fail(reterr, LW_EINVAL, "\"%.80s\" is one word too many", word) : 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "17", "0x11" or "11h". */
static int parse_number(const char *text, unsigned long max, unsigned *ret)
{
	size_t n = strlen(text);
	bool hex = n > 1 && text[n - 1] == 'h';
	unsigned long v;
	char *end;

	if (hex_digit(text[0]) < 0)
		return LW_EINVAL;
	v = strtoul(text, &end, hex ? 16 : 0);
	if (strcmp(end, hex ? "h" : "") != 0 || v > max)
		return LW_EINVAL;
	*ret = (unsigned)v;
	return 0;
}

static int parse_hex(const char *text, uint8_t ret[128], unsigned *ret_n)
{
	size_t n = strlen(text);

	if (!n || n % 2 || n > 256)
		return LW_EINVAL;
	for (size_t i = 0; i < n; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return LW_EINVAL;
		ret[i / 2] = (uint8_t)(high << 4 | low);
	}
	*ret_n = (unsigned)(n / 2);
	return 0;
}

struct access {
	int cage;
	struct lw_addr addr;
	bool wire; /* without pages: byte 127 selects */
	unsigned len;
	uint8_t data[128];
};

/* "CAGE [wire] KEY=VALUE..." of read and write; `last` is the key that gives length or data. */
static int parse_access(const struct lw_station *s, char *args, const char *last,
			struct access *ret, struct lw_error *reterr)
{
	unsigned i2c = 0x50, bank = 0, page = 0, byte = 0, len = 0;
	bool has_byte = false;
	char *word;
	int r = take_cage(s, &args, &ret->cage, reterr);

	while (!r && (word = next_word(&args))) {
		char *value = strchr(word, '=');

		if (strcmp(word, "wire") == 0) {
			ret->wire = true;
			continue;
		}
		if (!value)
			return lw_fail(reterr, LW_EINVAL, "\"%.80s\" is no KEY=VALUE", word);
		*value++ = '\0';
		if (strcmp(word, "i2c") == 0) {
			r = parse_number(value, 0x7f, &i2c);
		} else if (strcmp(word, "bank") == 0) {
			r = parse_number(value, 255, &bank);
		} else if (strcmp(word, "page") == 0) {
			r = parse_number(value, 255, &page);
		} else if (strcmp(word, "byte") == 0) {
			r = parse_number(value, 255, &byte);
			has_byte = true;
		} else if (strcmp(word, last) == 0) {
			r = last[0] == 'l' ? parse_number(value, 128, &len)
					   : parse_hex(value, ret->data, &len);
		} else {
			return lw_fail(reterr, LW_EINVAL,
				       "there is no key \"%.40s\"; use bank, page, byte, %s, i2c",
				       word, last);
		}
		if (r)
			return lw_fail(reterr, LW_EINVAL, "%s: \"%.80s\" is no value for it", word,
				       value);
	}
	if (r)
		return r;
	if (!has_byte || !len)
		return no_word(has_byte ? last : "byte", reterr);
	if (ret->wire && (bank || page))
		return lw_fail(reterr, LW_EINVAL,
			       "with wire, bank and page are what bytes 126 and 127 say");
	ret->addr = (struct lw_addr){(uint8_t)i2c, (uint8_t)bank, (uint8_t)page, (uint8_t)byte};
	ret->len = len;
	return 0;
}

static int run_read(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	struct access a = {0};
	int r = parse_access(s, args, "len", &a, reterr);

	if (!r)
		r = a.wire ? lw_station_wire_read(s, a.cage, a.addr, a.data, a.len, reterr)
			   : lw_station_read(s, a.cage, a.addr, a.data, a.len, reterr);
	for (unsigned i = 0; !r && i < a.len; i++)
		lw_buf_printf(reply, "%02x", a.data[i]);
	return r;
}

static int run_write(struct lw_station *s, char *args, struct lw_buf *reply,
		     struct lw_error *reterr)
{
	struct access a = {0};
	int r = parse_access(s, args, "data", &a, reterr);

	if (!r)
		r = a.wire ? lw_station_wire_write(s, a.cage, a.addr, a.data, a.len, reterr)
			   : lw_station_write(s, a.cage, a.addr, a.data, a.len, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

/* "on" or "off" at the end of a fault, whose place may hold blanks; cut off. */
static bool take_switch(char *text)
{
	size_t n = strlen(text);
	char *word;
	bool off;

	while (n && strchr(" \t", text[n - 1]))
		text[--n] = '\0';
	word = strrchr(text, ' ');
	if (!word || (strcmp(word, " on") != 0 && strcmp(word, " off") != 0))
		return true;
	off = word[2] == 'f';
	while (word > text && word[-1] == ' ')
		word--;
	*word = '\0';
	return !off;
}

static int run_fault(struct lw_station *s, char *args, struct lw_buf *reply,
		     struct lw_error *reterr)
{
	struct lw_lab_fault x;
	bool on = take_switch(args);
	int r = lw_lab_fault_parse(s->fabric, args + strspn(args, " \t"), &x, reterr);

	if (!r)
		r = lw_station_fault(s, &x, on, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

static int plug(struct lw_station *s, char *args, bool out, struct lw_buf *reply,
		struct lw_error *reterr)
{
	struct lw_lab_fault x = {.until = LW_NEVER, .kind = LW_FAULT_UNPLUG, .lanes = UINT32_MAX};
	int r = take_cage(s, &args, &x.cage, reterr);

	if (!r)
		r = expect_end(&args, reterr);
	if (!r && !s->lab.twin[x.cage])
		r = lw_fail(reterr, LW_EABSENT, "%s: the fabric file plugs nothing there",
			    s->fabric->cages[x.cage].id);
	if (!r)
		r = lw_station_fault(s, &x, out, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

static int run_plug(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	return plug(s, args, false, reply, reterr);
}

static int run_unplug(struct lw_station *s, char *args, struct lw_buf *reply,
		      struct lw_error *reterr)
{
	return plug(s, args, true, reply, reterr);
}

/* The rest of a command, without blanks around it. */
static char *rest_of(char *args)
{
	size_t n;

	args += strspn(args, " \t");
	n = strlen(args);
	while (n && strchr(" \t", args[n - 1]))
		args[--n] = '\0';
	return args;
}

static int run_replug(struct lw_station *s, char *args, struct lw_buf *reply,
		      struct lw_error *reterr)
{
	struct lw_lab_fault x = {
		.until = lw_twin_replug_time(), .kind = LW_LAB_REPLUG, .lanes = UINT32_MAX};
	int r = take_cage(s, &args, &x.cage, reterr);

	if (!r)
		r = expect_end(&args, reterr);
	if (!r && !lw_station_part(s, x.cage))
		r = lw_fail(reterr, LW_EABSENT, "%s: nothing is plugged there",
			    s->fabric->cages[x.cage].id);
	if (!r)
		r = lw_station_fault(s, &x, true, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

/* "CAGE PART" or "CAGE FILE"; without them the fabric's own module again. */
static int run_swap(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	struct lw_lab_fault x = {.until = LW_NEVER, .kind = LW_LAB_SWAP, .lanes = UINT32_MAX};
	int r = take_cage(s, &args, &x.cage, reterr);
	const char *what = r ? "" : rest_of(args);

	if (!r && strlen(what) >= sizeof(x.value))
		r = lw_fail(reterr, LW_EINVAL, "a file's name may have %zu bytes here",
			    sizeof(x.value) - 1);
	if (r)
		return r;
	strcpy(x.value, what);
	r = lw_station_fault(s, &x, *what, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

/* A pin that the host of this cage sets. */
static int find_pin(const struct lw_station *s, int cage, const char *name, enum lw_pin *ret,
		    struct lw_error *reterr)
{
	for (int i = 0; i < LW_PINS; i++) {
		enum lw_pin pin = (enum lw_pin)i;

		if (strcmp(name, lw_pin_name(pin)) != 0 || !lw_pin_is_input(pin) ||
		    !lw_station_has_pin(s, cage, pin))
			continue;
		*ret = pin;
		return 0;
	}
	return lw_fail(reterr, LW_EINVAL,
		       "pins that a host sets are lpmode and reset; in an SFP cage also "
		       "tx_disable, rs0 and rs1");
}

static int run_pin(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	int cage = 0, r = take_cage(s, &args, &cage, reterr);
	const char *name, *value;
	enum lw_pin pin = LW_PIN_LPMODE;

	if (r)
		return r;
	name = next_word(&args);
	value = next_word(&args);
	if (!name || !value)
		return no_word(name ? "value" : "pin", reterr);
	r = find_pin(s, cage, name, &pin, reterr);
	if (r)
		return r;
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return lw_fail(reterr, LW_EINVAL, "a pin is set to 1 (asserted) or 0");
	r = expect_end(&args, reterr);
	if (r)
		return r;
	lw_station_set_pin(s, cage, pin, value[0] == '1');
	lw_buf_puts(reply, "ok");
	return 0;
}

/* "CAGE NAME=VALUE..." */
static int run_set(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	int cage = 0, r = take_cage(s, &args, &cage, reterr), n = 0;
	char *word;

	while (!r && (word = next_word(&args))) {
		char *text = strchr(word, '=');
		unsigned value;

		if (!text || parse_number(text + 1, UINT_MAX, &value))
			return lw_fail(reterr, LW_EINVAL, "\"%.80s\" is no NAME=NUMBER", word);
		*text = '\0';
		r = lw_station_option(s, cage, word, value, reterr);
		n++;
	}
	if (!r && !n)
		r = no_word("option", reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

/* "CAGE CAGE" */
static int run_neighbour(struct lw_station *s, char *args, struct lw_buf *reply,
			 struct lw_error *reterr)
{
	int a = 0, b = 0, r = take_cage(s, &args, &a, reterr);

	if (!r)
		r = take_cage(s, &args, &b, reterr);
	if (!r)
		r = expect_end(&args, reterr);
	if (!r)
		r = lw_station_neighbour(s, a, b, reterr);
	if (!r)
		lw_buf_puts(reply, "ok");
	return r;
}

static int run_mode(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	int cage = 0, r = take_cage(s, &args, &cage, reterr);
	struct lw_mode mode;
	const char *text;

	if (r)
		return r;
	text = next_word(&args);
	if (!text)
		return no_word("mode", reterr);
	r = lw_mode_parse(text, s->fabric->cages[cage].mode.lanes, &mode, reterr);
	if (!r)
		r = expect_end(&args, reterr);
	if (r)
		return r;
	lw_station_drive(s, cage, &mode);
	lw_buf_puts(reply, "ok");
	return 0;
}

/* What the host gets, and what its FEC makes of it. */
static void put_reception(struct lw_json *j, struct lw_station *s, int cage,
			  const struct lw_lport *port)
{
	double bins[LW_RS_BINS];
	struct lw_reception got;
	const struct lw_fec *fec;
	unsigned n;

	lw_station_receive(s, cage, port, &got);
	fec = got.fec ? lw_fec_find(got.fec) : NULL;
	n = got.signal && fec ? lw_fec_histogram(fec, got.ber, bins, LW_RS_BINS) : 0;
	lw_json_put_bool(j, "carrier", got.carrier);
	lw_json_key(j, "ber");
	if (got.signal)
		lw_json_real(j, got.ber);
	else
		lw_json_null(j);
	lw_json_put_string(j, "fec", got.fec);
	lw_json_key(j, "symbol_errors");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < n; i++)
		lw_json_real(j, bins[i]);
	lw_json_end_array(j);
}

static int run_ports(struct lw_station *s, char *args, struct lw_buf *reply,
		     struct lw_error *reterr)
{
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_json j;
	struct lw_mode mode;
	int cage = 0, r = take_cage(s, &args, &cage, reterr);

	if (!r)
		r = expect_end(&args, reterr);
	if (r)
		return r;
	lw_station_mode(s, cage, &mode);
	lw_json_init(&j, &doc);
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < mode.n; i++) {
		const struct lw_lport *p = &mode.port[i];

		lw_json_begin_object(&j);
		lw_json_put_int(&j, "port", i + 1);
		lw_json_put_int(&j, "first_lane", p->first + 1);
		lw_json_put_int(&j, "lanes", p->lanes);
		lw_json_put_int(&j, "rate_mbps", p->rate_mbps);
		put_reception(&j, s, cage, p);
		lw_json_end_object(&j);
	}
	lw_json_end_array(&j);
	add_flat(reply, &doc);
	lw_buf_finish(&doc);
	return 0;
}

static int run_list(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_json j;
	int r = expect_end(&args, reterr);

	if (r)
		return r;
	lw_json_init(&j, &doc);
	lw_json_begin_array(&j);
	for (size_t i = 0; i < s->fabric->cage_n; i++) {
		const struct lw_cage *c = &s->fabric->cages[i];
		const struct lw_part *part = lw_station_part(s, (int)i);
		struct lw_layout layout;
		int cage = (int)i;

		lw_station_layout(s, cage, &layout);

		lw_json_begin_object(&j);
		lw_json_put_string(&j, "cage", c->id);
		lw_json_put_string(&j, "form", c->form->name);
		lw_json_put_string(&j, "module", part ? part->name : NULL);
		lw_json_put_string(&j, "memory_map", part ? lw_map_name(layout.map) : NULL);
		lw_json_put_int(&j, "banks", layout.banks);
		lw_json_put_int(&j, "size", (int64_t)lw_layout_size(&layout));
		for (int pin = 0; pin < LW_PINS; pin++)
			if (lw_station_has_pin(s, cage, (enum lw_pin)pin))
				lw_json_put_bool(&j, lw_pin_name((enum lw_pin)pin),
						 lw_station_pin(s, cage, (enum lw_pin)pin));
		lw_json_end_object(&j);
	}
	lw_json_end_array(&j);
	add_flat(reply, &doc);
	lw_buf_finish(&doc);
	return 0;
}

static int run_time(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_mono now, next;
	struct lw_json j;
	int r = expect_end(&args, reterr);

	if (r)
		return r;
	lw_station_time(s, &now, &next);
	lw_json_init(&j, &doc);
	lw_json_begin_object(&j);
	lw_json_put_number(&j, "world_s", (double)now.ns / 1e9);
	lw_json_key(&j, "next_s");
	if (lw_mono_before(next, LW_NEVER))
		lw_json_number(&j, (double)next.ns / 1e9);
	else
		lw_json_null(&j);
	lw_json_put_number(&j, "speed", s->speed);
	lw_json_end_object(&j);
	add_flat(reply, &doc);
	lw_buf_finish(&doc);
	return 0;
}

static int run_help(struct lw_station *s, char *args, struct lw_buf *reply,
		    struct lw_error *reterr);

static const struct command {
	const char *name, *args;
	int (*run)(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr);
} commands[] = {
	/* clang-format off */
	{"read",   "CAGE [wire|[bank=N] [page=N]] byte=N len=N [i2c=N]",    run_read},
	{"write",  "CAGE [wire|[bank=N] [page=N]] byte=N data=HEX [i2c=N]", run_write},
	{"pin",    "CAGE PIN 0|1",                                  run_pin},
	{"plug",   "CAGE",                                           run_plug},
	{"unplug", "CAGE",                                           run_unplug},
	{"replug", "CAGE",                                           run_replug},
	{"swap",   "CAGE [PART|FILE]",                               run_swap},
	{"fault",  "KIND:PLACE[=VALUE][@START[-END]] [on|off]",      run_fault},
	{"set",    "CAGE OPTION=NUMBER...",                          run_set},
	{"neighbour", "CAGE CAGE",                                   run_neighbour},
	{"mode",   "CAGE MODE",                                      run_mode},
	{"ports",  "CAGE",                                           run_ports},
	{"list",   "",                                               run_list},
	{"time",   "",                                               run_time},
	{"help",   "",                                               run_help},
	/* clang-format on */
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int run_help(struct lw_station *s, char *args, struct lw_buf *reply, struct lw_error *reterr)
{
	(void)s;
	(void)args;
	(void)reterr;
	for (size_t i = 0; i < COMMANDS; i++)
		lw_buf_printf(reply, "%s%s%s%s", i ? "; " : "", commands[i].name,
			      commands[i].args[0] ? " " : "", commands[i].args);
	return 0;
}

static int run_line(struct lw_station *s, char *line, struct lw_buf *reply, struct lw_error *reterr)
{
	const char *name = next_word(&line);

	if (!name)
		return no_word("command", reterr);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(s, line, reply, reterr);
	return lw_fail(reterr, LW_EINVAL,
		       "there is no command \"%.40s\"; \"help\" lists the commands", name);
}

void lw_command_run(struct lw_station *s, const char *line, struct lw_buf *reply)
{
	char copy[LW_COMMAND_MAX];
	struct lw_error e;
	size_t n = strlen(line);
	int r = LW_ELIMIT;

	if (n < sizeof(copy)) {
		memcpy(copy, line, n + 1);
		r = run_line(s, copy, reply, &e);
	} else {
		lw_fail(&e, r, "a command has at most %d bytes", LW_COMMAND_MAX - 1);
	}
	if (r) {
		lw_buf_puts(reply, "error: ");
		if (e.where[0])
			lw_buf_printf(reply, "%s: ", e.where);
		for (const char *p = e.message; *p; p++)
			lw_buf_putc(reply, (unsigned char)*p < ' ' ? '?' : *p);
	}
	lw_buf_putc(reply, '\n');
}
