/* SPDX-License-Identifier: Apache-2.0 */
/* Touchstone version 1 as text; what is made of it stands in touchstone-prepare.c. */
#include "touchstone.h"
#include "fft.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1000000, NUMBER_MAX = 63 };
enum format { MAGNITUDE, DECIBEL, RECTANGULAR };

struct reader {
	const char *at, *end, *name;
	int line;
	unsigned ports;
	double unit_ghz;
	enum format format;
	bool option;
	size_t cap;
	struct lw_error *reterr;
};

static int bad(const struct reader *r, const char *what)
{
	return lw_fail_in(r->reterr, LW_EINVAL, r->name, r->line, "%s", what);
}

static void skip_line(struct reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

/* The next word of the line, in lower case; empty at the line's end. */
static const char *word(struct reader *r, char buf[NUMBER_MAX + 1])
{
	size_t n = 0;

	while (r->at < r->end && *r->at != '\n' && isspace((unsigned char)*r->at))
		r->at++;
	while (r->at < r->end && !isspace((unsigned char)*r->at) && *r->at != '!') {
		if (n < NUMBER_MAX)
			buf[n++] = (char)tolower((unsigned char)*r->at);
		r->at++;
	}
	buf[n] = '\0';
	return buf;
}

/* "# GHz S MA R 50", each part optional, in any order. */
static int read_option(struct reader *r, double *ret_ohm)
{
	static const struct {
		const char *name;
		double ghz;
	} units[] = {{"hz", 1e-9}, {"khz", 1e-6}, {"mhz", 1e-3}, {"ghz", 1}};
	char buf[NUMBER_MAX + 1], *end;

	r->option = true;
	while (*word(r, buf)) {
		bool known = !strcmp(buf, "s");

		for (size_t i = 0; i < 4; i++)
			if (!strcmp(buf, units[i].name)) {
				r->unit_ghz = units[i].ghz;
				known = true;
			}
		if (!strcmp(buf, "ma") || !strcmp(buf, "db") || !strcmp(buf, "ri")) {
			r->format = *buf == 'm' ? MAGNITUDE : *buf == 'd' ? DECIBEL : RECTANGULAR;
			known = true;
		}
		if (!strcmp(buf, "r")) {
			*ret_ohm = strtod(word(r, buf), &end);
			known = end != buf && !*end && *ret_ohm > 0 && isfinite(*ret_ohm);
		}
		if (!strcmp(buf, "y") || !strcmp(buf, "z") || !strcmp(buf, "g") ||
		    !strcmp(buf, "h"))
			return lw_fail_in(r->reterr, LW_ENOTSUP, r->name, r->line,
					  "only S-parameters are read, not %s", buf);
		if (!known)
			return bad(r, "the option line has a word that is no unit, format or R");
	}
	skip_line(r);
	return 0;
}

/* The next number, over line ends and comments. @return 1, 0 at the end, negative: error */
static int number(struct reader *r, double *ret, double *ret_ohm)
{
	char buf[NUMBER_MAX + 1], *end;

	for (;;) {
		while (r->at < r->end && isspace((unsigned char)*r->at)) {
			r->line += *r->at == '\n';
			r->at++;
		}
		if (r->at >= r->end)
			return 0;
		if (*r->at == '!') {
			skip_line(r);
		} else if (*r->at == '#') {
			r->at++;
			if (r->option)
				skip_line(r); /* later ones are to be ignored */
			else if (read_option(r, ret_ohm))
				return r->reterr ? r->reterr->code : LW_EINVAL;
		} else if (*r->at == '[') {
			return lw_fail_in(r->reterr, LW_ENOTSUP, r->name, r->line,
					  "version 2 of Touchstone is not read; save as version 1");
		} else {
			break;
		}
	}
	word(r, buf);
	*ret = strtod(buf, &end);
	if (end == buf || *end || !isfinite(*ret))
		return bad(r, "this is no number");
	return 1;
}

static double complex value(const struct reader *r, double a, double b)
{
	double gain = r->format == DECIBEL ? pow(10, a / 20) : a, turn = b * M_PI / 180;

	if (r->format == RECTANGULAR)
		return lw_complex(a, b);
	return gain * lw_complex(cos(turn), sin(turn));
}

static int grow(struct reader *r, struct lw_touchstone *t)
{
	size_t cap = r->cap ? 2 * r->cap : 256, cells = (size_t)r->ports * r->ports;
	double *ghz;
	double complex *port;

	if (t->n < r->cap)
		return 0;
	ghz = realloc(t->ghz, cap * sizeof(*ghz));
	if (ghz)
		t->ghz = ghz;
	port = realloc(t->port, cap * cells * sizeof(*port));
	if (port)
		t->port = port;
	if (!ghz || !port)
		return lw_fail(r->reterr, LW_ENOMEM, "out of memory");
	r->cap = cap;
	return 0;
}

/* One frequency: itself and 2 ports^2 numbers. @return 1, 0 at the end, negative: error */
static int read_point(struct reader *r, struct lw_touchstone *t)
{
	size_t cells = (size_t)r->ports * r->ports;
	double f, a, b;
	int got = number(r, &f, &t->report.ohm);

	if (got <= 0)
		return got;
	f *= r->unit_ghz;
	if (t->n >= POINTS_MAX)
		return lw_fail_in(r->reterr, LW_ELIMIT, r->name, r->line, "more than %d points",
				  POINTS_MAX);
	if (f < 0 || (t->n && f <= t->ghz[t->n - 1]))
		return r->ports == 2 && t->n
			       ? lw_fail_in(r->reterr, LW_ENOTSUP, r->name, r->line,
					    "frequencies must rise; noise data are not read")
			       : bad(r, "frequencies must rise: is the number of ports right?");
	if (grow(r, t))
		return LW_ENOMEM;
	for (size_t i = 0; i < cells; i++) {
		/* Two ports come as 11 21 12 22, all others row by row. */
		size_t cell = r->ports == 2 && (i == 1 || i == 2) ? 3 - i : i;
		double complex v;

		got = number(r, &a, &t->report.ohm);
		if (got > 0)
			got = number(r, &b, &t->report.ohm);
		if (got < 0)
			return got;
		if (!got)
			return bad(r,
				   "the file ends within a point: is the number of ports right?");
		v = value(r, a, b);
		if (!(cabs(v) < 1e3))
			return bad(r, "an S-parameter is over 1000");
		t->port[t->n * cells + cell] = v;
	}
	t->ghz[t->n++] = f;
	return 1;
}

int lw_touchstone_parse(const char *text, size_t n, const char *name, unsigned ports,
			const unsigned *order, struct lw_touchstone **ret, struct lw_error *reterr)
{
	struct lw_error mine;
	struct reader r = {.at = text,
			   .end = text + n,
			   .name = name,
			   .line = 1,
			   .ports = ports,
			   .unit_ghz = 1,
			   .reterr = reterr ? reterr : &mine};
	struct lw_touchstone *t;
	unsigned seen = 0;
	int got;

	if (ports != 2 && ports != 4)
		return lw_fail_in(reterr, LW_ENOTSUP, name, 0,
				  "networks of 2 and 4 ports are read, not of %u", ports);
	for (unsigned i = 0; ports == 4 && order && i < 4; i++)
		seen |= order[i] >= 1 && order[i] <= 4 ? 1u << order[i] : 0;
	if (ports == 4 && order && seen != 0x1e)
		return lw_fail_in(reterr, LW_EINVAL, name, 0, "the order must name ports 1 to 4");
	t = calloc(1, sizeof(*t));
	if (!t)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	t->report.ports = ports;
	t->report.ohm = 50;
	if (order && ports == 4)
		memcpy(t->report.order, order, sizeof(t->report.order));
	do
		got = read_point(&r, t);
	while (got > 0);
	if (!got && t->n < 4)
		got = bad(&r, "fewer than 4 frequencies");
	if (!got)
		got = lw_touchstone_prepare(t, r.reterr);
	if (got) {
		if (r.reterr->code == LW_ENOTSUP || r.reterr->code == LW_EINVAL)
			strncpy(r.reterr->where, name, sizeof(r.reterr->where) - 1);
		lw_touchstone_destroy(t);
		return got;
	}
	*ret = t;
	return 0;
}

void lw_touchstone_destroy(struct lw_touchstone *t)
{
	if (!t)
		return;
	free(t->ghz);
	free(t->log_gain);
	free(t->residue);
	free(t->port);
	free(t);
}

const struct lw_touchstone_report *lw_touchstone_report(const struct lw_touchstone *t)
{
	return &t->report;
}
