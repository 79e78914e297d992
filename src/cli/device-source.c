/* SPDX-License-Identifier: Apache-2.0 */
#include "device-source.h"

#include <errno.h>
#include <lanewise/image-bus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_ENTRIES 16384
#define TRACE_BYTES   (512u << 10)

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

static void left_out(void *ctx, const struct lw_error *why)
{
	const char *const *source = ctx;

	fprintf(stderr, "lanewise: %s: page %02Xh is left out: %s\n", *source, (unsigned)why->page,
		why->message);
}

int cli_device_read(struct cli_device *d, const char *source, struct lw_image *ret,
		    struct lw_error *reterr)
{
	return lw_image_read(lw_device_bus(d->device), left_out, &source, ret, reterr);
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
