/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "twin-impl.h"

#include <ctype.h>
#include <stdio.h>

/*
 * Plays tests/twin/scenarios.csv: what a host writes and what a module must then do. The first six
 * columns are the facts in words; the others say the same to this program, steps separated by ";":
 *
 *   A page PP is hexadecimal, or L; PP.b is a page in bank b.
 *   props   patches to the base image: PP:B.b=v (one bit), PP:B=vv (one byte), PP:B+n=vv; or
 *     times   accesses take their time      read8   reads of more than 8 bytes are refused
 *     flat    the part is passive copper    no-pin  the form factor has no LowPwrRequestHW
 *   setup, act   what happens, in order:
 *     PP:B=vv vv ...  one write (page L: lower memory)    PP:B=/vv ...  one byte after the other
 *     on=0, on=1      power with LowPwrRequestHW deasserted or asserted
 *     pin=0, pin=1    that signal       reset=0, reset=1  the reset signal
 *     fault=NAME, mend=NAME   a fault of the whole module begins, ends
 *     until=h1:6      let time pass until host lane 1 is in state 6; until=m:4: the module
 *     settle          let time pass until nothing moves     wait=MS     so long
 *     quiet           look no more at flags between steps, for that clears them
 *     unseen reset=1  the reset signal is asserted in the same moment in which the next step
 * happens keep=PP:B+n     remember n bytes W:B=vv ...      a write of a master that knows no pages:
 * byte 126 and 127 select cdb=ID vv ...   a CDB command with this payload and its check code
 *     ?EXPECT         one of those below, now
 *   expect  after a last settle:
 *     m:2 3F          module states since `act` began; F: 8.0 was set there
 *     n1-8:2 7 5 4F   the same of network paths and 17h:128
 *     h1-4:2 7 5 4F   data path states of each of these lanes; F: its bit of 11h:134 was set there
 *     c1-4:C 1        values of ConfigStatus        p:FF 00  values of DPInitPending
 *     PP:B=vv vv ...  what a read gives now                 PP:B=NACK   it is refused
 *     W:B=vv ...      a read of a master that knows no pages
 *     PP:B+n=NACK     a read of n bytes is refused
 *     PP:B+n same     n bytes are as before `act`
 *     PP:B+n kept     n bytes are those remembered last
 *     PP:B+n less     a little-endian number of n bytes is neither 0 nor as much as the remembered
 * one int=0, int=1    the interrupt also    tests that prove what the table does not say,
 * FILE:CASE; tests/claims.py sees to it that they are there.
 */

#define ROWS_MAX 160
#define COLUMNS  11
enum { ID, INITIAL, WRITES, PROPERTIES, EXPECTED, REF, PROPS, SETUP, ACT, EXPECT, ALSO };

struct row {
	char *cell[COLUMNS];
};

static char *text;
static struct row rows[ROWS_MAX];
static size_t row_n;

/* Cut one CSV record at `s` into cells, in place. @return where the next begins */
static char *cut(char *s, struct row *r)
{
	for (int c = 0; c < COLUMNS; c++) {
		bool quoted = *s == '"';
		char *to = quoted ? ++s : s;
		char end;

		r->cell[c] = to;
		while (quoted ? !(s[0] == '"' && s[1] != '"') : !strchr(",\n", *s)) {
			if (quoted && *s == '"')
				s++;
			*to++ = *s++;
		}
		s += quoted;
		end = *s;
		*to = '\0';
		assert_true(end == (c == COLUMNS - 1 ? '\n' : ','));
		s++;
	}
	return s;
}

static void load(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct row head;
	long size;
	char *s;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	fclose(f);
	for (s = cut(text, &head); *s; row_n++) {
		assert_true(row_n < ROWS_MAX);
		s = cut(s, &rows[row_n]);
	}
}

#define BANKS 2
#define WIRE  (-2) /* no page: a master that knows none */
#define LANES (8 * BANKS)

/* One scenario at work. */
struct play {
	struct lw_world *w;
	struct lw_twin *t;
	struct lw_twin_options opt;
	bool flat;
	bool watching; /* `act` has begun: keep traces */
	bool quiet;    /* read nothing that was not asked for */
	size_t event;  /* of lw_twin_events(), seen so far */
	char module[128], lane[LANES][128], net[LANES][128], config[LANES][64], pending[64];
	uint8_t last_config[LANES], last_pending;
	/* As they were when `act` began. */
	uint8_t page10[BANKS][128], page11[BANKS][128], lower[128];
	uint8_t kept[128];
};

static void append(char *trace, size_t size, const char *fmt, unsigned v)
{
	size_t n = strlen(trace);

	assert_true(n + 8 < size);
	if (n && *fmt == '%')
		trace[n++] = ' ';
	snprintf(trace + n, size - n, fmt, v);
}

static bool read_quietly(struct play *p, int page, unsigned byte, uint8_t *ret, size_t n)
{
	struct lw_addr a = {.i2c = 0x50,
			    .page = (uint8_t)(page < 0 ? 0 : page),
			    .bank = (uint8_t)(page < 0 ? 0 : page >> 8),
			    .byte = (uint8_t)byte};

	return lw_bus_read(lw_twin_bus(p->t), a, ret, n, NULL) == 0;
}

/* Flags and results of the lanes of one bank. */
static void sample_bank(struct play *p, int bank)
{
	uint8_t flags, nets = 0, config[4];

	if (!read_quietly(p, IN_BANK(bank, 0x11), 134, &flags, 1) ||
	    !read_quietly(p, IN_BANK(bank, 0x11), 202, config, 4))
		return;
	read_quietly(p, IN_BANK(bank, 0x17), 128, &nets, 1);
	for (unsigned k = 0; k < 8; k++) {
		uint8_t c = config[k / 2] >> (k % 2 * 4) & 15;
		unsigned i = 8 * (unsigned)bank + k;

		if (p->watching && (flags >> k & 1))
			append(p->lane[i], sizeof(p->lane[i]), "F", 0);
		if (p->watching && (nets >> k & 1))
			append(p->net[i], sizeof(p->net[i]), "F", 0);
		if (p->watching && c != p->last_config[i])
			append(p->config[i], sizeof(p->config[i]), "%X", c);
		p->last_config[i] = c;
	}
}

/* Add what happened since the last sample to the traces. */
static void sample(struct play *p)
{
	size_t n = 0;
	const struct lw_twin_event *e = p->t ? lw_twin_events(p->t, &n) : NULL;
	uint8_t module, pending;

	for (; p->event < n; p->event++) {
		const struct lw_twin_event *x = &e[p->event];

		if (!p->watching)
			continue;
		append(x->lane < 0  ? p->module
		       : x->network ? p->net[x->lane]
				    : p->lane[x->lane],
		       sizeof(p->module), "%u", x->state);
	}
	if (p->quiet || !p->t)
		return;
	if (!read_quietly(p, -1, 8, &module, 1) || !read_quietly(p, 0x11, 235, &pending, 1))
		return;
	if (p->watching && (module & 1))
		append(p->module, sizeof(p->module), "F", 0);
	for (int bank = 0; bank < BANKS; bank++)
		sample_bank(p, bank);
	if (p->watching && pending != p->last_pending)
		append(p->pending, sizeof(p->pending), "%02X", pending);
	p->last_pending = pending;
}

static void settle(struct play *p)
{
	struct lw_mono next;
	/* Reading flags makes lasting conditions set them again: move on when only that is left. */
	struct lw_mono end = lw_mono_add(lw_world_now(p->w), lw_ms(20000));

	while (next = lw_world_next(p->w), !lw_mono_before(end, next)) {
		lw_world_advance(p->w, next);
		sample(p);
	}
}

static void until(struct play *p, const char *what, const char *id)
{
	unsigned lane = 0, state;
	uint8_t v;

	if (sscanf(what, "m:%u", &state) != 1 && sscanf(what, "h%u:%u", &lane, &state) != 2)
		fail_msg("%s: bad until=%s", id, what);
	for (unsigned i = 0; i < 10000; i++) {
		if (lane ? read_quietly(p, 0x11, 128 + (lane - 1) / 2, &v, 1) &&
				    (v >> ((lane - 1) % 2 * 4) & 15) == state
			 : read_quietly(p, -1, 3, &v, 1) && (v >> 1 & 7) == state)
			return;
		lw_world_advance(p->w, lw_world_next(p->w));
		sample(p);
	}
	fail_msg("%s: never reached %s", id, what);
}

/* "10:145", "10.1:145", "L:26" or "W:126". @return what follows */
static const char *place(const char *s, int *ret_page, unsigned *ret_byte, const char *id)
{
	bool named = *s == 'L' || *s == 'W';
	char *end;

	*ret_page = *s == 'L' ? -1 : *s == 'W' ? WIRE : (int)strtol(s, &end, 16);
	if (!named && *end == '.')
		*ret_page = IN_BANK((int)strtol(end + 1, NULL, 10), *ret_page);
	s = strchr(s, ':');
	if (!s)
		fail_msg("%s: no place", id);
	*ret_byte = (unsigned)strtoul(s + 1, &end, 10);
	return end;
}

/* "1F 20 ..." @return how many bytes */
static size_t parse_bytes(const char *s, uint8_t ret[120], const char *id)
{
	size_t n = 0;
	char *end;

	for (; *s; s = end) {
		assert_true(n < 120);
		ret[n++] = (uint8_t)strtoul(s, &end, 16);
		if (end == s)
			fail_msg("%s: bad byte", id);
		while (*end == ' ')
			end++;
	}
	return n;
}

static void write_step(struct play *p, const char *s, const char *id)
{
	struct lw_addr a = {.i2c = 0x50};
	uint8_t b[120];
	unsigned byte;
	size_t n;
	int page;
	bool single;

	s = place(s, &page, &byte, id);
	if (*s++ != '=')
		fail_msg("%s: bad write", id);
	single = *s == '/';
	n = parse_bytes(s + single, b, id);
	if (page == WIRE) {
		assert_int_equal(lw_twin_wire_write(p->t, 0x50, (uint8_t)byte, b, n, NULL), 0);
		return;
	}
	a.page = (uint8_t)(page < 0 ? 0 : page);
	a.bank = (uint8_t)(page < 0 ? 0 : page >> 8);
	for (size_t i = 0; single && i < n; i++) {
		a.byte = (uint8_t)(byte + i);
		assert_int_equal(lw_bus_write(lw_twin_bus(p->t), a, b + i, 1, NULL), 0);
	}
	a.byte = (uint8_t)byte;
	if (!single)
		assert_int_equal(lw_bus_write(lw_twin_bus(p->t), a, b, n, NULL), 0);
	sample(p);
}

/* "0040 vv ...": the message in one write, then the command (CMIS 5.4 8.34). */
static void cdb_step(struct play *p, const char *s, const char *id)
{
	struct lw_addr a = {.i2c = 0x50, .page = 0x9f, .byte = 130};
	uint8_t m[128] = {0};
	char *rest;
	unsigned command = (unsigned)strtoul(s, &rest, 16), sum = 0;
	size_t n = parse_bytes(*rest ? rest + 1 : rest, m + 8, id);

	m[0] = (uint8_t)(command >> 8);
	m[1] = (uint8_t)command;
	m[4] = (uint8_t)n;
	for (size_t i = 0; i < 8 + n; i++)
		sum += m[i];
	m[5] = (uint8_t)~sum;
	assert_int_equal(lw_bus_write(lw_twin_bus(p->t), a, m + 2, 6 + n, NULL), 0);
	a.byte = 128;
	assert_int_equal(lw_bus_write(lw_twin_bus(p->t), a, m, 2, NULL), 0);
}

static void keep_step(struct play *p, const char *s, const char *id)
{
	unsigned byte, n;
	int page;

	if (sscanf(place(s, &page, &byte, id), "+%u", &n) != 1 || n > sizeof(p->kept))
		fail_msg("%s: bad keep=%s", id, s);
	get_bytes(p->t, page, byte, p->kept, n);
}

static void power(struct play *p, const struct lw_image *img, bool lpmode, const char *id)
{
	static struct lw_part copper;
	struct lw_error e;

	copper = *base_part();
	copper.flat = true;
	p->opt.image = img;
	p->opt.part = p->flat ? &copper : base_part();
	p->opt.lpmode_pin = lpmode;
	if (lw_world_plug(p->w, id, &p->opt, &p->t, &e))
		fail_msg("%s: %s", id, e.message);
}

static void check(struct play *p, const char *s, const struct lw_image *img, const char *id);

static void step(struct play *p, const char *s, const struct lw_image *img, const char *id)
{
	double ms;

	if (strncmp(s, "on=", 3) == 0)
		power(p, img, s[3] == '1', id);
	else if (*s == '?')
		check(p, s + 1, img, id);
	else if (strcmp(s, "quiet") == 0)
		p->quiet = true;
	else if (sscanf(s, "wait=%lf", &ms) == 1)
		lw_world_advance(p->w, lw_mono_add(lw_world_now(p->w),
						   (struct lw_mono){(int64_t)(ms * 1e6)}));
	else if (strncmp(s, "cdb=", 4) == 0)
		cdb_step(p, s + 4, id);
	else if (strncmp(s, "pin=", 4) == 0)
		lw_twin_pin_lpmode(p->t, s[4] == '1');
	else if (strncmp(s, "reset=", 6) == 0)
		lw_twin_pin_reset(p->t, s[6] == '1');
	else if (strcmp(s, "unseen reset=1") == 0)
		p->t->pin_reset = true; /* no call does two things in one moment */
	else if (strncmp(s, "keep=", 5) == 0)
		keep_step(p, s + 5, id);
	else if (strncmp(s, "fault=", 6) == 0)
		lw_twin_fault(p->t, (enum lw_fault)lw_fault_find(s + 6), UINT32_MAX, true);
	else if (strncmp(s, "mend=", 5) == 0)
		lw_twin_fault(p->t, (enum lw_fault)lw_fault_find(s + 5), UINT32_MAX, false);
	else if (strncmp(s, "until=", 6) == 0)
		until(p, s + 6, id);
	else if (strcmp(s, "settle") == 0)
		settle(p);
	else
		write_step(p, s, id);
	sample(p);
}

/* Call `f` on every step of a cell. */
static void steps(struct play *p, const char *cell, const struct lw_image *img, const char *id,
		  void (*f)(struct play *, const char *, const struct lw_image *, const char *))
{
	char copy[1024], *s, *save = NULL;

	assert_true(strlen(cell) < sizeof(copy));
	strcpy(copy, cell);
	for (s = strtok_r(copy, ";", &save); s; s = strtok_r(NULL, ";", &save)) {
		while (isspace((unsigned char)*s))
			s++;
		f(p, s, img, id);
	}
}

static void patch(struct lw_image *img, const char *s, const char *id)
{
	unsigned byte, bit = 0, n = 1, v;
	int page, slot;
	uint8_t *at;
	const char *rest = place(s, &page, &byte, id);
	bool one = sscanf(rest, ".%u=%u", &bit, &v) == 2;

	if (!one && sscanf(rest, "+%u=%x", &n, &v) != 2 && sscanf(rest, "=%x", &v) != 1)
		fail_msg("%s: bad patch %s", id, s);
	slot = lw_map_slot(LW_MAP_CMIS, 0x50, (uint8_t)(page < 0 ? 0 : page), byte >= 128);
	assert_true(slot >= 0);
	img->present[0][slot] = 1;
	for (at = &img->slot[0][slot][byte % 128]; n--; at++)
		*at = (uint8_t)(one ? (*at & ~(1u << bit)) | v << bit : v);
}

static void patch_step(struct play *p, const char *s, const struct lw_image *img, const char *id)
{
	if (strcmp(s, "times") == 0) {
		p->opt.access_times = true;
		p->opt.duration_percent = 100; /* the limits themselves */
		return;
	}
	if (strcmp(s, "read8") == 0) {
		p->opt.read_max = 8;
		return;
	}
	if (strcmp(s, "flat") == 0) {
		p->flat = true;
		return;
	}
	if (strcmp(s, "no-pin") == 0) {
		p->opt.no_lpmode_pin = true;
		return;
	}
	patch((struct lw_image *)img, s, id);
}

static uint8_t *remembered(struct play *p, int page, unsigned byte)
{
	int bank = page < 0 ? 0 : page >> 8;

	return (page < 0                ? p->lower
		: (page & 0xff) == 0x10 ? p->page10[bank]
					: p->page11[bank]) +
	       byte % 128;
}

static void remember(struct play *p)
{
	if (p->quiet)
		return;
	read_quietly(p, -1, 0, p->lower, 128);
	for (int bank = 0; bank < BANKS; bank++) {
		read_quietly(p, IN_BANK(bank, 0x10), 128, p->page10[bank], 128);
		read_quietly(p, IN_BANK(bank, 0x11), 128, p->page11[bank], 128);
	}
}

/* One read as the scenario has it. @return its result */
static int read_step(struct play *p, int page, unsigned byte, uint8_t *ret, size_t n)
{
	struct lw_addr a = {.i2c = 0x50,
			    .page = (uint8_t)(page < 0 ? 0 : page),
			    .bank = (uint8_t)(page < 0 ? 0 : page >> 8),
			    .byte = (uint8_t)byte};

	return page == WIRE ? lw_twin_wire_read(p->t, 0x50, (uint8_t)byte, ret, n, NULL)
			    : lw_bus_read(lw_twin_bus(p->t), a, ret, n, NULL);
}

static uint64_t little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	assert_true(n <= 8);
	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* "kept" and "less": against what `keep` remembered. @return was it one of them? */
static bool check_kept(struct play *p, const char *s, const char *id, int page, unsigned byte)
{
	const char *rest = strchr(strchr(s, ':'), '+');
	uint8_t b[128];
	unsigned n;

	if (!rest || sscanf(rest, "+%u", &n) != 1 || n > sizeof(b) ||
	    (!strstr(rest, " kept") && !strstr(rest, " less")))
		return false;
	get_bytes(p->t, page, byte, b, n);
	if (strstr(rest, " kept") ? memcmp(b, p->kept, n) != 0
				  : !little(b, n) || little(b, n) >= little(p->kept, n))
		fail_msg("%s: %s: first byte %02x, was %02x", id, s, b[0], p->kept[0]);
	return true;
}

static void check_bytes(struct play *p, const char *s, const char *id)
{
	unsigned byte, n = 1, v;
	int page, used = 0;
	uint8_t b[128];
	const char *rest = place(s, &page, &byte, id);

	if (check_kept(p, s, id, page, byte))
		return;
	if (strcmp(rest, "=NACK") == 0 ||
	    (sscanf(rest, "+%u=NACK%n", &n, &used) == 1 && used && !rest[used])) {
		if (!read_step(p, page, byte, b, n))
			fail_msg("%s: %s: not refused", id, s);
		return;
	}
	if (sscanf(rest, "+%u same", &n) == 1) {
		get_bytes(p->t, page, byte, b, n);
		if (memcmp(b, remembered(p, page, byte), n) != 0)
			fail_msg("%s: %s: changed, first byte %02x", id, s, b[0]);
		return;
	}
	for (rest++; sscanf(rest, " %x%n", &v, &used) == 1; rest += used, byte++)
		if (read_step(p, page, byte, b, 1))
			fail_msg("%s: %s: byte %u is refused", id, s, byte);
		else if (b[0] != v)
			fail_msg("%s: %s: byte %u is %02x", id, s, byte, b[0]);
}

static void check_trace(const char *id, const char *what, const char *want, const char *got)
{
	if (strcmp(want, got) != 0)
		fail_msg("%s: %s: want \"%s\", got \"%s\"", id, what, want, got);
}

static void check(struct play *p, const char *s, const struct lw_image *img, const char *id)
{
	unsigned first, last;
	char want[128] = "";

	(void)img;
	if (sscanf(s, "h%u-%u:%127[^\n]", &first, &last, want) >= 2) {
		for (unsigned i = first; i <= last; i++)
			check_trace(id, s, want, p->lane[i - 1]);
	} else if (sscanf(s, "n%u-%u:%127[^\n]", &first, &last, want) >= 2) {
		for (unsigned i = first; i <= last; i++)
			check_trace(id, s, want, p->net[i - 1]);
	} else if (sscanf(s, "c%u-%u:%127[^\n]", &first, &last, want) >= 2) {
		for (unsigned i = first; i <= last; i++)
			check_trace(id, s, want, p->config[i - 1]);
	} else if (strncmp(s, "m:", 2) == 0) {
		check_trace(id, s, s + 2, p->module);
	} else if (strncmp(s, "p:", 2) == 0) {
		check_trace(id, s, s + 2, p->pending);
	} else if (strncmp(s, "int=", 4) == 0) {
		assert_int_equal(lw_twin_interrupt(p->t), s[4] == '1');
	} else {
		check_bytes(p, s, id);
	}
}

static void scenario(void **state)
{
	static struct lw_image img;
	const struct row *r = *state;
	struct play p = {0};
	struct lw_signal s = {.baud_kbd = 53125000, .modulation = LW_PAM4};

	base_image(&img);
	steps(&p, r->cell[PROPS], &img, r->cell[ID], patch_step);
	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	if (*r->cell[SETUP]) {
		steps(&p, r->cell[SETUP], &img, r->cell[ID], step);
		for (unsigned i = 0; i < LANES; i++)
			lw_twin_drive(p.t, i, &s);
		sample(&p);
		remember(&p);
	}
	p.watching = true;
	steps(&p, r->cell[ACT], &img, r->cell[ID], step);
	settle(&p);
	steps(&p, r->cell[EXPECT], &img, r->cell[ID], check);
	lw_world_destroy(p.w);
}

int main(void)
{
	struct CMUnitTest tests[ROWS_MAX];
	size_t n = 0;
	int r;

	load(SCENARIOS);
	for (size_t i = 0; i < row_n; i++)
		tests[n++] = (struct CMUnitTest){
			.name = rows[i].cell[ID], .test_func = scenario, .initial_state = &rows[i]};
	r = _cmocka_run_group_tests("scenarios", tests, n, NULL, NULL);
	free(text);
	return r;
}
