/* SPDX-License-Identifier: Apache-2.0 */
#include "dump-text.h"

#include <lanewise/image.h>
#include <string.h>

struct sink {
	uint8_t *bytes;
	size_t n, size;
};

static int sink_put(void *ctx, uint8_t byte, struct lw_error *reterr)
{
	struct sink *s = ctx;

	if (s->n >= s->size)
		return lw_fail(reterr, LW_ELIMIT, "more than %zu bytes: no module memory is as big",
			       s->size);
	s->bytes[s->n++] = byte;
	return 0;
}

int lw_dump_bytes(const uint8_t *bytes, size_t n, const char *name, uint8_t *ret, size_t *inout_n,
		  bool *ret_text, struct lw_error *reterr)
{
	struct sink s = {.bytes = ret, .size = *inout_n};
	bool text = lw_dump_is_text(bytes, n);

	if (text) {
		int r = lw_dump_scan((const char *)bytes, n, name, sink_put, &s, reterr);

		if (r)
			return r;
	} else if (n > s.size) {
		return lw_fail_in(reterr, LW_ELIMIT, name, 0,
				  "%zu bytes: no module memory is as big", n);
	} else {
		memcpy(ret, bytes, n);
		s.n = n;
	}
	*inout_n = s.n;
	*ret_text = text;
	return 0;
}
