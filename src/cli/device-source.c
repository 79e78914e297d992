/* SPDX-License-Identifier: Apache-2.0 */
#include "device-source.h"

#include <errno.h>
#include <lanewise/facts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_ENTRIES 16384
#define TRACE_BYTES   (512u << 10)

#define A0H 0x50

static void free_trace(struct cli_device *d)
{
	free(d->trace.ring);
	free(d->trace.bytes);
	d->trace = (struct lw_trace){0};
}

static int start_trace(struct cli_device *d, struct lw_error *reterr)
{
	struct lw_trace_entry *ring = calloc(TRACE_ENTRIES, sizeof(*ring));
	uint8_t *bytes = calloc(TRACE_BYTES, 1);

	lw_trace_init(&d->trace, ring, TRACE_ENTRIES, bytes, TRACE_BYTES);
	if (ring && bytes) {
		lw_device_trace(d->device, &d->trace);
		return 0;
	}
	free_trace(d);
	return lw_fail(reterr, LW_ENOMEM, "out of memory");
}

int cli_device_open(struct cli_device *d, const char *source, const struct lw_device_options *opt,
		    const char *trace_path, struct lw_error *reterr)
{
	int r;

	*d = (struct cli_device){.trace_path = trace_path};
	r = lw_device_open(source, opt, &d->device, reterr);
	if (!r && trace_path)
		r = start_trace(d, reterr);
	if (r) {
		lw_device_close(d->device);
		d->device = NULL;
	}
	return r;
}

static int save(const struct cli_device *d, struct lw_error *reterr)
{
	struct lw_buf text = LW_BUF_INIT;
	FILE *f = fopen(d->trace_path, "we");
	int sys = f ? 0 : errno;

	lw_trace_write(&d->trace, &text);
	if (f && (fwrite(lw_buf_str(&text), 1, text.len, f) != text.len || text.failed))
		sys = text.failed ? ENOMEM : errno;
	if (f && fclose(f) && !sys)
		sys = errno;
	lw_buf_finish(&text);
	if (!sys)
		return 0;
	lw_fail_in(reterr, LW_EIO, d->trace_path, 0, "the trace cannot be written: %s",
		   strerror(sys));
	if (reterr)
		reterr->sys = sys;
	return LW_EIO;
}

int cli_device_close(struct cli_device *d, struct lw_error *reterr)
{
	int r = 0;

	if (!d->device)
		return 0;
	lw_device_close(d->device);
	d->device = NULL;
	if (d->trace_path)
		r = save(d, reterr);
	free_trace(d);
	return r;
}

/* Where a slot is in a dump in optoe layout, in halves of 128 bytes. */
static size_t block_of(enum lw_map_id map, const struct lw_slot *s, unsigned bank)
{
	if (map == LW_MAP_SFF8472)
		return s->i2c == A0H ? s->upper : s->upper ? 3u + s->page : 2u;
	return s->upper ? 1u + 256u * bank + s->page : 0u;
}

/*
 * Pass an image through the form of a dump, whose reader knows which pages a module advertises.
 * Slots that are not there are `fill`.
 */
static int reread(struct lw_image *img, uint8_t fill, const char *source, struct lw_error *reterr)
{
	size_t slots = 0;
	const struct lw_slot *slot = lw_map_slots(img->map, &slots);
	size_t n = img->map == LW_MAP_SFF8472 ? 128 * (3 + 256) : LW_DUMP_MAX;
	uint8_t *raw = malloc(n);
	int r;

	if (!raw)
		return lw_fail_in(reterr, LW_ENOMEM, source, 0, "out of memory");
	memset(raw, fill, n);
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (size_t s = 0; s < slots; s++)
			if (img->present[b][s])
				memcpy(raw + 128 * block_of(img->map, &slot[s], b), img->slot[b][s],
				       128);
	r = lw_image_parse(raw, n, source, img, reterr);
	free(raw);
	return r;
}

/* Banks that the module says it has; one that it does not have may answer as another one does. */
static unsigned banks_of(const struct lw_image *img)
{
	struct lw_facts facts;
	struct lw_view view;

	lw_image_view(img, &view);
	lw_facts_decode(&view, &facts);
	return facts.banks > 0 && facts.banks < LW_BANKS_MAX ? (unsigned)facts.banks : LW_BANKS_MAX;
}

static int read_slot(struct lw_bus *bus, struct lw_image *img, unsigned bank, size_t slot,
		     struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(img->map, NULL)[slot];
	struct lw_addr a = {s->i2c, (uint8_t)bank, s->page, s->upper ? 128 : 0};
	int r = lw_bus_read(bus, a, img->slot[bank][slot], 128, reterr);

	img->present[bank][slot] = r == 0;
	return r;
}

/* Where the module says what it has: the lower half and the two pages after it, or A0h. */
static bool advertises(enum lw_map_id map, const struct lw_slot *s)
{
	return map == LW_MAP_SFF8472 ? s->i2c == A0H : !s->upper || s->page <= 1;
}

/* Read who the module is and what it advertises. */
static int read_head(struct lw_bus *bus, struct lw_image *ret, struct lw_error *reterr)
{
	struct lw_addr start = {.i2c = A0H};
	const struct lw_slot *slot;
	uint8_t identifier = 0;
	size_t slots = 0;
	int r = lw_bus_read(bus, start, &identifier, 1, reterr);

	if (r)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->map = lw_map_for_identifier(identifier);
	if (ret->map == LW_MAP_NONE)
		return lw_fail_at(reterr, LW_ENOTSUP, 0, 0,
				  "identifier %02Xh belongs to no management map known here",
				  identifier);
	slot = lw_map_slots(ret->map, &slots);
	for (size_t s = 0; !r && s < slots; s++)
		if (advertises(ret->map, &slot[s])) {
			r = read_slot(bus, ret, 0, s, reterr);
			if (r == LW_ENOPAGE && slot[s].upper)
				r = 0; /* a module of flat memory */
		}
	return r;
}

/* Read what is advertised in `want` and not read yet. A page that is missing is left out. */
static int read_rest(struct lw_bus *bus, const char *source, const struct lw_image *want,
		     struct lw_image *ret, struct lw_error *reterr)
{
	unsigned banks = banks_of(ret);
	size_t slots = 0;

	lw_map_slots(ret->map, &slots);
	for (size_t s = 0; s < slots; s++)
		for (unsigned b = 0; b < banks; b++) {
			struct lw_error e;
			int r;

			if (!want->present[b][s] || ret->present[b][s])
				continue;
			r = read_slot(bus, ret, b, s, &e);
			if (!r || r == LW_ENOPAGE)
				continue;
			if (r == LW_EABSENT || r == LW_ETIMEDOUT) { /* it will not get better */
				if (reterr)
					*reterr = e;
				return r;
			}
			fprintf(stderr, "lanewise: %s: page %02Xh is left out: %s\n", source,
				(unsigned)e.page, e.message);
		}
	return 0;
}

int cli_device_read(struct cli_device *d, const char *source, struct lw_image *ret,
		    struct lw_error *reterr)
{
	struct lw_bus *bus = lw_device_bus(d->device);
	struct lw_image *want = malloc(sizeof(*want));
	int r;

	if (!want)
		return lw_fail_in(reterr, LW_ENOMEM, source, 0, "out of memory");
	r = read_head(bus, ret, reterr);
	if (!r) {
		*want = *ret;
		r = reread(want, 0, source,
			   reterr); /* every page is there: what stays is advertised */
	}
	if (!r)
		r = read_rest(bus, source, want, ret, reterr);
	free(want);
	return r ? r : reread(ret, 0xff, source, reterr);
}

int cli_max_read(const char *value, struct lw_device_options *opt)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end || n < 1 || n > 128)
		return -1;
	opt->max_read = (uint8_t)n;
	return 0;
}
