/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known answers typed from the standards by someone who did not make the maps: each line of the
 * files in VECTORS_DIR gives some bytes and what a field must then say. One case per line.
 *
 * aliases.csv says which field of ours a line is about where its name is not the standard's name of
 * one of our rows (name, and lane if need be), gives the wording of a code where the two texts
 * differ, and lists with `-` the lines that no single register answers: rules of the standard over
 * several registers, which the tests of facts judge.
 *
 * The last case asks for more than one line per row: of lanes the last one, of numbers the highest
 * bit, of scaled ones the value, so that a wrong offset, width, step or scale fails. CMIS pages
 * 30h-45h are the weak spot: their text is not public, and rows and lines both rest on readers.
 */
#include <ctype.h>
#include <lanewise/map.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define CELLS      8
#define CELL       160
#define LINES_MAX  8000
#define ALIAS_MAX  400
#define FIELDS_MAX 4000

/* A line of a CSV file. */
struct line {
	char cell[CELLS][CELL];
	int number;
};

struct vector {
	char title[64];
	enum lw_map_id map;
	char field[CELL], page[CELL], bytes[CELL], lane[CELL], expected[CELL], unit[CELL];
};

enum alias_column { A_MAP, A_FIELD, A_BYTES, A_NAME, A_LANE, A_EXPECT, A_WHY, A_N };

static struct line aliases[ALIAS_MAX];
static bool alias_used[ALIAS_MAX];
static size_t aliases_n;
static struct vector vectors[LINES_MAX];
static size_t vectors_n;

/* What the vectors were right about: each row, its last lane, highest bit and value in its unit. */
static struct {
	bool row, last, top, value;
} reached[LW_MAP_N][FIELDS_MAX];

/* Split one line at its commas; quoted cells may hold commas. */
static bool read_line(FILE *f, struct line *ret)
{
	char text[1024];
	unsigned cell = 0;
	size_t at = 0;
	bool quoted = false;

	if (!fgets(text, sizeof text, f))
		return false;
	memset(ret->cell, 0, sizeof ret->cell);
	for (const char *p = text; *p && *p != '\n' && *p != '\r'; p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (*p == ',' && !quoted) {
			cell++;
			at = 0;
		} else if (at < CELL - 1 && cell < CELLS) {
			ret->cell[cell][at++] = *p;
		}
	}
	return true;
}

static FILE *open_csv(const char *name, struct line *ret_header)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", VECTORS_DIR, name);
	f = fopen(path, "r");
	if (!f || !read_line(f, ret_header)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	return f;
}

static enum lw_map_id map_of(const char *name)
{
	return strcmp(name, "8472") == 0   ? LW_MAP_SFF8472
	       : strcmp(name, "8636") == 0 ? LW_MAP_SFF8636
					   : LW_MAP_CMIS;
}

static void load_vectors(const char *name)
{
	struct line header, line;
	FILE *f = open_csv(name, &header);
	/* SFF files name the map in a column of its own */
	unsigned first = strcmp(header.cell[0], "map") == 0 ? 1 : 0;

	for (int number = 2; read_line(f, &line); number++) {
		struct vector *v = &vectors[vectors_n++];
		const char(*c)[CELL] = (const char(*)[CELL])line.cell + first;

		if (vectors_n >= LINES_MAX)
			abort();
		v->map = first ? map_of(line.cell[0]) : LW_MAP_CMIS;
		memcpy(v->field, c[0], CELL);
		memcpy(v->page, c[1], CELL);
		memcpy(v->bytes, c[2], CELL);
		memcpy(v->lane, c[3], CELL);
		memcpy(v->expected, c[4], CELL);
		memcpy(v->unit, c[5], CELL);
		snprintf(v->title, sizeof v->title, "vector_%s_%d_%.30s", name, number, c[0]);
		for (char *p = v->title; *p; p++)
			if (!isalnum((unsigned char)*p) && *p != '.')
				*p = '_';
	}
	fclose(f);
}

static void load_aliases(void)
{
	struct line header;
	FILE *f = open_csv("aliases.csv", &header);

	for (int number = 2; read_line(f, &aliases[aliases_n]); number++) {
		aliases[aliases_n++].number = number;
		if (aliases_n >= ALIAS_MAX)
			abort();
	}
	fclose(f);
}

/* The next alias of `v` from `start` on, or NULL. */
static const struct line *alias_of(const struct vector *v, size_t *inout_start)
{
	for (; *inout_start < aliases_n; ++*inout_start) {
		const struct line *a = &aliases[*inout_start];

		if (map_of(a->cell[A_MAP]) == v->map && strcmp(a->cell[A_FIELD], v->field) == 0 &&
		    (!a->cell[A_BYTES][0] || strcmp(a->cell[A_BYTES], v->bytes) == 0)) {
			alias_used[*inout_start] = true;
			++*inout_start;
			return a;
		}
	}
	return NULL;
}

/* Memory of one module, every slot present and zero. */
struct memory {
	uint8_t bytes[LW_SLOTS_MAX][128];
	bool given[LW_SLOTS_MAX][128]; /**< by the vector */
	struct lw_view view;
};

static void memory_init(struct memory *m, enum lw_map_id map)
{
	memset(m, 0, sizeof *m);
	m->view.map = map;
	for (unsigned i = 0; i < LW_SLOTS_MAX; i++)
		m->view.slot[0][i] = m->bytes[i];
}

/* The slot that a file calls `page`, for an address in it. */
static int slot_of(enum lw_map_id map, const char *page, unsigned address)
{
	bool upper = address >= 128;

	if (map == LW_MAP_SFF8472) {
		unsigned number = 0;

		if (strncmp(page, "A2", 2) != 0)
			return lw_map_slot(map, 0x50, 0, upper);
		if (upper && sscanf(page, "A2-%x", &number) != 1)
			number = 0;
		return lw_map_slot(map, 0x51, (uint8_t)number, upper);
	}
	return lw_map_slot(map, 0x50, upper ? (uint8_t)strtoul(page, NULL, 16) : 0, upper);
}

/* Put hex digits at `first`; "all FF" and single bytes fill up to `last`. */
static void memory_put(struct memory *m, const char *page, unsigned first, int last_or_none,
		       const char *hex)
{
	bool all = strncmp(hex, "all ", 4) == 0;
	unsigned last = (unsigned)last_or_none;
	size_t digits = 0;

	hex += all ? 4 : 0;
	while (isxdigit((unsigned char)hex[digits]))
		digits++;
	assert_true(digits > 0 && digits % 2 == 0);
	if (last_or_none < 0)
		last = first + (unsigned)digits / 2 - 1;
	assert_true(all || digits == 2 || digits / 2 == last - first + 1);
	for (unsigned a = first; a <= last; a++) {
		const char *d = hex + (digits == 2 ? 0 : (size_t)(a - first) * 2);
		const char pair[] = {d[0], d[1], 0};
		int slot = slot_of(m->view.map, page, a);

		assert_true(slot >= 0);
		m->bytes[slot][a & 127] = (uint8_t)strtoul(pair, NULL, 16);
		m->given[slot][a & 127] = true;
	}
}

/* Groups "[page:]first[-last]=hex", between blanks (CMIS) or semicolons (SFF). */
static void memory_parse(struct memory *m, const struct vector *v)
{
	char text[CELL];
	const char *ends = strchr(v->bytes, ';') || v->map != LW_MAP_CMIS ? ";" : " ";
	char *rest = NULL;

	memcpy(text, v->bytes, CELL);
	for (char *g = strtok_r(text, ends, &rest); g; g = strtok_r(NULL, ends, &rest)) {
		char page[CELL];
		char *equal = strchr(g, '=');
		char *colon = strchr(g, ':');
		unsigned first = 0;
		int last = -1;

		assert_non_null(equal);
		if (strncmp(g, "rest=", 5) == 0) {
			assert_string_equal(equal + 1, "00");
			continue;
		}
		snprintf(page, sizeof page, "%s", v->page);
		if (colon && colon < equal) {
			*colon = 0;
			snprintf(page, sizeof page, "%s", g);
			g = colon + 1;
		}
		assert_true(sscanf(g, "%u-%d=", &first, &last) > 0);
		memory_put(m, page, first, last, equal + 1);
	}
}

/* How much of `to` one of `from` is; 0 if they do not compare. */
static double unit_ratio(const char *from, const char *to)
{
	static const struct {
		const char *from, *to;
		double ratio;
	} known[] = {
		{"mW", "uW", 1000}, {"mA", "uA", 1000},  {"m", "km", 0.001}, {"MBd", "GBd", 0.001},
		{"ms", "s", 0.001}, {"%", "percent", 1}, {"", "ratio", 1},   {"", "float", 1},
	};

	if (strcmp(from, to) == 0)
		return 1;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(from, known[i].from) == 0 && strcmp(to, known[i].to) == 0)
			return known[i].ratio;
	return 0;
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++)
		if (strncasecmp(text, part, strlen(part)) == 0)
			return true;
	return !*part;
}

static bool one_of(const char *s, const char *list)
{
	char key[CELL + 2];

	snprintf(key, sizeof key, " %.150s ", s);
	return *s && strstr(list, key);
}

static bool is_quantity(const char *unit)
{
	return one_of(unit,
		      " degC V mA uA mW uW W dB dBm nm m km us ms s ns ps GHz THz MHz MBd GBd % "
		      "percent ratio float ");
}

static bool judge_text(const struct lw_field *f, unsigned lane, const struct lw_view *v,
		       const char *expected)
{
	const uint8_t *p = lw_field_bytes(f, lane, v);
	size_t n = f->width / 8u;

	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == 0))
		n--;
	return f->kind == LW_KIND_TEXT && n == strlen(expected) && memcmp(p, expected, n) == 0;
}

/* "first..last/bytes": the field begins and ends at the bytes given, and is as long as that. */
static bool judge_bytes(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			const char *expected)
{
	const uint8_t *p = lw_field_bytes(f, lane, v);
	unsigned first, last, n;

	return f->kind == LW_KIND_BYTES &&
	       sscanf(expected, "%2x..%2x/%u", &first, &last, &n) == 3 && n == f->width / 8u &&
	       p[0] == first && p[n - 1] == last;
}

static bool judge_number(const struct lw_field *f, const struct vector *v, const char *expected,
			 int64_t raw)
{
	char *end;
	int base = strcmp(v->unit, "checksum") == 0 ? 16 : 10;
	size_t n = strlen(expected);

	if (strcmp(v->unit, "class") == 0) {
		const struct lw_code *c = lw_code_find((enum lw_code_table)f->codes, (unsigned)raw);

		return c && c->den == 1 && c->num == atoi(expected);
	}
	if (n > 0 && expected[n - 1] == 'h')
		base = 16;
	return strtoll(expected, &end, base) == raw && end != expected &&
	       (!*end || strcmp(end, "h") == 0);
}

/* @return 1 right, 0 wrong, or the negative code of a value that this field does not give */
static int judge_field(const struct lw_field *f, unsigned lane, const struct vector *v,
		       const char *expected, const struct memory *m)
{
	char buf[32];
	int64_t raw;
	uint8_t sum;
	int r;

	if (one_of(v->unit, " text ascii "))
		return judge_text(f, lane, &m->view, expected);
	if (strcmp(v->unit, "bytes") == 0)
		return judge_bytes(f, lane, &m->view, expected);
	if (strcmp(v->unit, "checksum") == 0) {
		r = lw_field_sum(f, &m->view, &sum);
		return r < 0 ? r : judge_number(f, v, expected, sum);
	}
	if (is_quantity(v->unit)) {
		double value, want;
		char *end;

		r = lw_field_value(f, lane, &m->view, &value);
		if (r < 0)
			return r;
		want = strtod(expected, &end);
		if (strcmp(v->unit, "dBm") == 0 && strcmp(f->unit, "mW") == 0) {
			/* the files round these to a tenth */
			return !*end && fabs(10 * log10(value) - want) <= 0.05;
		}
		value *= unit_ratio(f->unit, v->unit);
		return !*end && fabs(value - want) <= 1e-9 * fmax(1, fabs(want));
	}
	r = lw_field_get(f, lane, &m->view, &raw);
	if (r < 0)
		return r;
	if (f->kind == LW_KIND_CODE && (!v->unit[0] || strcmp(v->unit, "enum") == 0))
		return contains(
			lw_code_text((enum lw_code_table)f->codes, (unsigned)raw, buf, sizeof buf),
			expected);
	return judge_number(f, v, expected, raw);
}

static bool is_number(const struct lw_field *f)
{
	return f->width > 1 && (f->kind == LW_KIND_UINT || f->kind == LW_KIND_SINT ||
				f->kind == LW_KIND_UINT_LE || f->kind == LW_KIND_CODE);
}

/* Is the highest bit of the number set, the last byte of the text filled, the bit alone? */
static bool is_full(const struct lw_field *f, unsigned lane, const struct memory *m)
{
	/* 64-bit numbers come back as they lie in an int64_t */
	unsigned top = f->width < 64 ? f->width - 1u : 62;
	int64_t raw;

	if (f->kind == LW_KIND_TEXT)
		return lw_field_bytes(f, lane, &m->view)[f->width / 8u - 1] > ' ';
	if (f->kind == LW_KIND_BOOL) {
		unsigned byte, shift;

		lw_field_place(f, lane, &byte, &shift);
		return m->bytes[f->slot][byte] == 1u << shift;
	}
	if (!is_number(f))
		return true;
	return lw_field_get(f, lane, &m->view, &raw) == 0 && (uint64_t)raw >> top & 1u;
}

/* Judge, and note what was right. */
static int judge(const struct lw_field *f, unsigned lane, const struct vector *v,
		 const char *expected, const struct memory *m)
{
	int r = judge_field(f, lane, v, expected, m);

	if (r == 1) {
		reached[v->map][f->id].row = true;
		reached[v->map][f->id].last |= lane == f->lanes - 1u;
		reached[v->map][f->id].top |= is_full(f, lane, m);
		reached[v->map][f->id].value |= is_quantity(v->unit);
	}
	return r;
}

static bool unit_fits(const struct lw_field *f, const struct vector *v)
{
	if (!is_quantity(v->unit))
		return true;
	return unit_ratio(f->unit, v->unit) != 0 ||
	       (strcmp(v->unit, "dBm") == 0 && strcmp(f->unit, "mW") == 0);
}

/* Does `name` equal `std`, in any case, where '#' in `std` stands for the number of a lane? */
static bool is_named(const char *std, const char *name, unsigned *inout_lane)
{
	unsigned lane = *inout_lane;

	for (; *std; std++) {
		if (*std == '#' && isdigit((unsigned char)*name)) {
			char *end;

			lane = (unsigned)strtoul(name, &end, 10) - 1;
			name = end;
		} else if (tolower((unsigned char)*std) != tolower((unsigned char)*name++)) {
			return false;
		}
	}
	*inout_lane = lane;
	return !*name;
}

/* Does the vector give the bytes that lane `lane` of `f` begins in? Sums lie beside theirs. */
static bool is_given(const struct lw_field *f, unsigned lane, const struct memory *m)
{
	unsigned byte, shift;

	if (lane >= f->lanes)
		return false;
	lw_field_place(f, lane, &byte, &shift);
	return f->kind == LW_KIND_SUM || m->given[f->slot][byte];
}

/* Judge by the fields that bear this name, in the bytes and the unit of the vector. */
static int judge_by_name(const struct vector *v, const char *expected, const struct memory *m)
{
	size_t n;
	const struct lw_field *fields = lw_map_fields(v->map, &n);
	int r = LW_ENOENT;

	for (size_t i = 0; i < n && r == LW_ENOENT; i++) {
		unsigned lane = v->lane[0] ? (unsigned)atoi(v->lane) - 1 : 0;

		if ((is_named(fields[i].std, v->field, &lane) ||
		     strcmp(fields[i].name, v->field) == 0) &&
		    unit_fits(&fields[i], v) &&
		    fields[i].slot == slot_of(v->map, v->page, fields[i].byte) &&
		    is_given(&fields[i], lane, m))
			r = judge(&fields[i], lane, v, expected, m);
	}
	return r;
}

static void vector_holds(void **state)
{
	const struct vector *v = *state;
	const char *expected = v->expected;
	const struct line *a;
	struct memory m;
	size_t at = 0;
	bool named = false;
	int r = LW_ENOENT;

	/* alternatives are tried in turn where a field does not apply to these bytes */
	while (r == LW_ENOENT && (a = alias_of(v, &at)) != NULL) {
		const char *lane = a->cell[A_LANE][0] ? a->cell[A_LANE] : v->lane;
		const struct lw_field *f;

		if (a->cell[A_EXPECT][0])
			expected = a->cell[A_EXPECT];
		if (!a->cell[A_NAME][0])
			continue;
		named = true;
		f = lw_map_find(v->map, a->cell[A_NAME]);
		if (!f)
			fail_msg("aliases.csv:%d: no field %s", a->number, a->cell[A_NAME]);
		memory_init(&m, v->map);
		memory_parse(&m, v);
		r = judge(f, *lane ? (unsigned)atoi(lane) - 1 : 0, v, expected, &m);
	}
	if (!named) {
		memory_init(&m, v->map);
		memory_parse(&m, v);
		r = judge_by_name(v, expected, &m);
	}
	if (r != 1)
		fail_msg("%s with %s must say '%s' %s (%s)", v->field, v->bytes, expected, v->unit,
			 r == 0 ? "says something else" : lw_strerror(r));
}

/* Runs last: an alias that no vector needs is a mistake in aliases.csv. */
static void aliases_are_all_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < aliases_n; i++)
		if (!alias_used[i])
			fail_msg("aliases.csv:%d: no vector is about %s", aliases[i].number,
				 aliases[i].cell[A_FIELD]);
}

/* Rows without a known answer: those that say nothing, and plain bytes with a second meaning. */
static bool is_exempt(const struct lw_field *f)
{
	return f->kind == LW_KIND_RESERVED || strcmp(f->std, "Custom") == 0 ||
	       (f->kind == LW_KIND_BYTES && strncmp(f->doc, "overlay", 7) == 0);
}

/* What the vectors leave open about a row, or NULL. */
static const char *missing_of(const struct lw_field *f)
{
	if (is_exempt(f))
		return NULL;
	if (!reached[f->map][f->id].row)
		return "vector";
	if (!reached[f->map][f->id].last)
		return "vector of the last lane";
	if (!reached[f->map][f->id].top)
		return "vector with the highest bit, or the bit alone";
	if ((f->unit[0] || f->num != 1 || f->den != 1) && !reached[f->map][f->id].value)
		return "vector of its value";
	return NULL;
}

/* Runs after all vectors: each row has them, for its ends too, where a wrong width or step shows.
 */
static void rows_are_all_reached(void **state)
{
	size_t n, missing = 0;

	(void)state;
	for (int map = LW_MAP_NONE + 1; map < LW_MAP_N; map++) {
		const struct lw_field *fields = lw_map_fields((enum lw_map_id)map, &n);
		const struct lw_slot *slots = lw_map_slots((enum lw_map_id)map, NULL);

		assert_true(n <= FIELDS_MAX);
		for (size_t i = 0; i < n; i++) {
			const struct lw_field *f = &fields[i];
			const char *what = missing_of(f);

			if (!what)
				continue;
			missing++;
			printf("# no %s: map %d %s:%u %s (%s)\n", what, map, slots[f->slot].name,
			       f->byte, f->name, f->std);
		}
	}
	if (missing > 0)
		fail_msg("%zu rows lack a vector", missing);
}

static bool is_rule(const struct vector *v)
{
	size_t at = 0;
	const struct line *a = alias_of(v, &at);

	return a && strcmp(a->cell[A_NAME], "-") == 0;
}

int main(void)
{
	static struct CMUnitTest tests[LINES_MAX + 2];
	size_t n = 0;

	load_aliases();
	load_vectors("cmis-core.csv");
	load_vectors("cmis-pages.csv");
	load_vectors("cmis-rest.csv");
	load_vectors("sff.csv");
	load_vectors("sff-rest.csv");
	for (size_t i = 0; i < vectors_n; i++)
		if (!is_rule(&vectors[i]))
			tests[n++] = (struct CMUnitTest){vectors[i].title, vector_holds, NULL, NULL,
							 &vectors[i]};
	printf("# %zu vectors, %zu of them rules over several registers\n", vectors_n,
	       vectors_n - n);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(aliases_are_all_used);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rows_are_all_reached);
	return _cmocka_run_group_tests("vectors", tests, n, NULL, NULL);
}
