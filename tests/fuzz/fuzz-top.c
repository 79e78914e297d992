/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what a server sends to "lanewise top": an answer in pieces, its body as each
 * document and as a stream of events; then everything is drawn, and keys are pressed. */
#include "fuzz.h"
#include "http.h"
#include "model.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

static int on_event(void *ctx, const char *event, const char *data, size_t n)
{
	return top_model_event(ctx, event, data, n, NULL) == LW_ENOMEM;
}

static void draw(struct top_model *m)
{
	static const char keys[] = "jjrssG\r";
	const struct top_status s = {.source = "fuzz", .live = true, .now_s = 7};
	struct top_view v = {.width = 80, .height = 24};
	struct top_page p;

	top_page_init(&p, 80);
	for (unsigned i = 0; i < sizeof(keys) - 1; i++) {
		top_view_draw(&v, m, &s, &p);
		if (p.n > v.height)
			abort();
		for (unsigned y = 0; y < p.n; y++)
			for (unsigned x = 0; x < p.line[y].n; x++)
				if (p.line[y].text[x] < ' ' || p.line[y].text[x] > '~')
					abort();
		top_view_key(&v, m, keys[i] == '\r' ? TOP_KEY_ENTER : keys[i]);
	}
	top_view_draw(&v, m, &s, &p);
	top_page_finish(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_buf body = LW_BUF_INIT;
	struct top_events events = {0};
	struct top_http http = {0};
	struct top_model m;
	size_t step = size ? data[0] + 1u : 1;
	int r = 0;

	if (top_model_init(&m))
		return 0;
	for (size_t at = 1; !r && at < size; at += step)
		r = top_http_take(&http, (const char *)data + at,
				  size - at < step ? size - at : step, &body, NULL);
	for (unsigned i = 0; !r && i < TOP_LISTS; i++)
		top_model_load(&m, i, lw_buf_str(&body), body.len, NULL);
	if (!r)
		top_events_take(&events, &body, on_event, &m);
	draw(&m);
	top_events_finish(&events);
	top_http_finish(&http);
	lw_buf_finish(&body);
	top_model_finish(&m);
	return 0;
}
