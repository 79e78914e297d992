/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding one CMIS dump: bytes, fields, facts, document. */
#include "bench.h"

#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <stdio.h>
#include <string.h>

#define BATCH 50

struct decode {
	uint8_t dump[65536];
	size_t dump_n;
	struct lw_image image;
	struct lw_view view;
	struct lw_facts facts;
	struct lw_buf document;
	FILE *null;
	uint8_t copy[65536];
	uint16_t monitors[16]; /* fields that a poll reads */
	int64_t sum;
};

/* Tells the compiler that all of `d` is used here. */
static void use(struct decode *d)
{
	__asm__ volatile("" : : "r"(d) : "memory");
}

static void copy_pages(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		uint8_t *p = d->copy;

		for (unsigned s = 0; s < LW_CMIS_SLOTS; s++) {
			if (!d->view.slot[0][s])
				continue;
			memcpy(p, d->view.slot[0][s], 128);
			p += 128;
		}
		use(d);
	}
}

static void parse_dump(void *ctx)
{
	struct decode *d = ctx;
	struct lw_error error;

	for (int i = 0; i < BATCH; i++) {
		lw_image_parse(d->dump, d->dump_n, "dump", &d->image, &error);
		use(d);
	}
}

/* Every number of the map whose slot is there. */
static void get_fields(void *ctx)
{
	struct decode *d = ctx;
	size_t n;
	const struct lw_field *fields = lw_map_fields(LW_MAP_CMIS, &n);

	for (size_t i = 0; i < n; i++)
		for (unsigned lane = 0; lane < fields[i].lanes; lane++) {
			int64_t raw;

			if (lw_field_get(&fields[i], lane, &d->view, &raw) == 0)
				d->sum += raw;
		}
	use(d);
}

static void decode_facts(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		lw_facts_decode(&d->view, &d->facts);
		use(d);
	}
}

static void write_document(struct decode *d)
{
	struct lw_json j;

	lw_facts_decode(&d->view, &d->facts);
	lw_buf_clear(&d->document);
	lw_json_init(&j, &d->document);
	lw_facts_json(&d->facts, "bench", NULL, &j);
}

static void copy_document(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		memcpy(d->copy, d->document.s, d->document.len);
		use(d);
	}
}

static void decode_document(void *ctx)
{
	for (int i = 0; i < BATCH; i++)
		write_document(ctx);
}

static void print_document(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		write_document(d);
		fwrite(d->document.s, 1, d->document.len, d->null);
	}
}

static void copy_ids(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		memcpy(d->copy, d->monitors, sizeof(d->monitors));
		use(d);
	}
}

static void plan_reads(void *ctx)
{
	struct decode *d = ctx;
	struct lw_span spans[16];
	struct lw_error error;

	for (int i = 0; i < BATCH; i++) {
		size_t n = 16;

		lw_map_plan(LW_MAP_CMIS, d->monitors, sizeof(d->monitors) / sizeof(*d->monitors), 0,
			    8, 128, spans, &n, &error);
		use(d);
	}
}

/* What a poll asks: state and monitors of the module, then lanes from the state to the last flag.
 */
static void choose_monitors(struct decode *d)
{
	static const uint16_t module[] = {LW_CMIS_MODULE_STATE,    LW_CMIS_TEMP_MON_VALUE,
					  LW_CMIS_VCC_MON_VOLTAGE, LW_CMIS_DP_STATE_HOST_LANE,
					  LW_CMIS_LASER_BIAS_TX,   LW_CMIS_OPTICAL_POWER_RX,
					  LW_CMIS_OPTICAL_POWER_TX};
	const size_t n = sizeof(module) / sizeof(*module);

	memcpy(d->monitors, module, sizeof(module));
	for (size_t i = n; i < sizeof(d->monitors) / sizeof(*d->monitors); i++)
		d->monitors[i] = (uint16_t)(LW_CMIS_FAILURE_FLAG_TX + i - n);
}

static int load(struct decode *d)
{
	struct lw_error error;
	FILE *f = fopen(BENCH_DUMP, "rb");

	if (!f) {
		fprintf(stderr, "bench: %s cannot be opened; run it from the source folder\n",
			BENCH_DUMP);
		return -1;
	}
	d->dump_n = fread(d->dump, 1, sizeof(d->dump), f);
	fclose(f);
	if (lw_image_parse(d->dump, d->dump_n, "dump", &d->image, &error)) {
		fprintf(stderr, "bench: %s\n", error.message);
		return -1;
	}
	lw_image_view(&d->image, &d->view);
	d->null = fopen("/dev/null", "w");
	if (!d->null) {
		fprintf(stderr, "bench: /dev/null cannot be opened\n");
		return -1;
	}
	choose_monitors(d);
	write_document(d);
	return 0;
}

int bench_add_decode(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n)
{
	static struct decode d;
	const struct bench_case cases[] = {
		{"copy the pages of a CMIS module", copy_pages, &d, BATCH, .is_floor = true},
		{"lw_image_parse: dump to image", parse_dump, &d, BATCH},
		{"lw_field_get: every number of the map", get_fields, &d, 1},
		{"lw_facts_decode: pages to facts", decode_facts, &d, BATCH, .bar = 1e6},
		{"copy its JSON document", copy_document, &d, BATCH, .is_floor = true},
		{"pages to facts to JSON", decode_document, &d, BATCH, .bar = 50e3},
		{"pages to facts to JSON, written", print_document, &d, BATCH, .is_peer = true},
		{"copy 16 field ids", copy_ids, &d, BATCH, .is_floor = true},
		{"lw_map_plan: 16 fields to reads", plan_reads, &d, BATCH},
	};

	if (load(&d))
		return -1;
	memcpy(ret + *inout_n, cases, sizeof(cases));
	*inout_n += sizeof(cases) / sizeof(*cases);
	return 0;
}
