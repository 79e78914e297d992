/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise top without terminal and socket: what a server's bytes become on the screen. */
#include "http.h"
#include "link.h"
#include "model.h"
#include "view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUMMARY                                                                                    \
	"{\"fabric\": \"lab\", \"started_ms\": 1000000, \"now_s\": 100, \"cages\": 3, \"links\": " \
	"3, "                                                                                      \
	"\"up\": 1, \"starting\": 1, \"down\": 1}"

/* A link between lane 1 of `a` and lane 2 of `b`. */
#define LINK(id, state, since, a, b, causes)                                                       \
	"{\"index\": 0, \"enabled\": true, \"since_s\": " since ", \"link\": {\"id\": \"" id       \
	"\", \"rate_mbps\": 400000, \"state\": \"" state                                           \
	"\", \"flaps\": 2, \"lanes\": [{\"lane\": 1, \"a_host_lane\": 5, \"a_media_lane\": 1, "    \
	"\"b_media_lane\": 2, \"b_host_lane\": 6}], \"ends\": [{\"first_lane\": 2, \"cage\": \"" a \
	"\", \"dp_state\": \"DPActivated\", \"reason\": null}, {\"cage\": \"" b                    \
	"\", \"dp_state\": null, \"reason\": \"busy\"}], \"findings\": [{\"rule\": \"loss\", "     \
	"\"severity\": \"risk\", \"text\": \"much\", \"remedy\": \"less\"}]}, \"why\": "           \
	"{\"causes\": [" causes "], \"symptoms\": [{\"at\": \"b/1\", \"text\": \"no light\"}]}}"
#define CAUSE                                                                                      \
	"{\"cause\": \"cable-cut\", \"at\": \"b/1\", \"text\": \"the fibre is broken\", "          \
	"\"first\": "                                                                              \
	"\"Mend it\", \"next\": \"Look again\", \"isolate\": \"cable module\", \"weak\": true, "   \
	"\"evidence\": [0]}"
#define LINKS                                                                                      \
	"[" LINK("a/1 - b/1", "up", "10", "a/1", "b/1",                                            \
		 "") "," LINK("a/2 - b/1", "down", "90", "a/2", "b/1",                             \
			      CAUSE) "," LINK("a/3 - b/1", "starting", "99", "a/3", "b/1", "") "]"
#define LIMITS                                                                                     \
	"\"limits\": {\"high_alarm\": 0.004, \"high_warning\": 0.002, \"low_warning\": 0.0002, "   \
	"\"low_alarm\": 0.0001}"
#define CAGE(id, heat, one, two)                                                                   \
	"{\"id\": \"" id "\", \"managed\": true, \"module\": {\"vendor\": \"ACME\", \"part\": "    \
	"\"X\\u001b[2J\", \"serial\": \"7\"}, \"monitors\": {\"temperature\": {\"unit\": "         \
	"\"degC\", \"limits\": null, \"value\": " heat                                             \
	"}, \"rx-power\": {\"unit\": \"W\", " LIMITS ", \"value\": [" one ", " two "]}}}"
#define CAGES                                                                                      \
	"[" CAGE("a/1", "41", "0.001", "null") "," CAGE(                                           \
		"b/1", "55.4", "0.002", "0.00025") "," CAGE("a/2", "30", "0", "0") "]"
#define EVENTS                                                                                     \
	"[{\"at_ms\": 1090000, \"link\": \"a/2 - b/1\", \"from\": \"up\", \"to\": \"down\", "      \
	"\"cause\": \"cable-cut\"}]"

static struct top_model model;
static struct top_page page;
static const struct top_status status = {.source = "look.sock", .live = true, .now_s = 100};

static void load(enum top_list which, const char *text)
{
	struct lw_error e = {0};

	if (top_model_load(&model, which, text, strlen(text), &e))
		fail_msg("%s", e.message);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(top_model_init(&model), 0);
	load(TOP_SUMMARY, SUMMARY);
	load(TOP_LINKS, LINKS);
	load(TOP_CAGES, CAGES);
	load(TOP_EVENTS, EVENTS);
	top_page_init(&page, 80);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	top_model_finish(&model);
	top_page_finish(&page);
	return 0;
}

/* The number of the first line with that in it, from 1; 0: none. */
static unsigned line_with(const char *part)
{
	for (unsigned i = 0; i < page.n; i++)
		if (strstr(top_page_text(&page, i), part))
			return i + 1;
	return 0;
}

static void page_text_is_cut_and_made_harmless(void **state)
{
	(void)state;
	top_page_clear(&page, 10);
	top_page_next(&page);
	assert_int_equal(top_put(&page, 2, TOP_BAD, "a\033[2J\n\xc3\xa4z"), 2 + 9);
	assert_string_equal(top_page_text(&page, 0), "  a?[2J???");
	assert_int_equal(page.line[0].style[2], TOP_BAD);
	top_page_next(&page);
	top_put_wrapped(&page, 0, 2, TOP_PLAIN, "one two three verylongword");
	assert_string_equal(top_page_text(&page, 1), "one two");
	assert_string_equal(top_page_text(&page, 2), "  three");
	assert_string_equal(top_page_text(&page, 3), "  verylong");
	assert_string_equal(top_page_text(&page, 4), "");
	assert_int_equal(page.n, 4);
}

/* Feed an answer in pieces of `step` bytes. @return what top_http_take() or _end() said */
static int answer(const char *text, size_t n, size_t step, int *ret_status, struct lw_buf *body)
{
	struct top_http h = {0};
	int r = 0;

	lw_buf_clear(body);
	for (size_t at = 0; !r && at < n; at += step)
		r = top_http_take(&h, text + at, n - at < step ? n - at : step, body, NULL);
	if (!r)
		r = top_http_end(&h, NULL);
	*ret_status = h.status;
	top_http_finish(&h);
	return r;
}

static void http_answer_is_read_in_any_pieces(void **state)
{
	static const char *const whole[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\ncontent-length:5\r\nX: y\r\n\r\nhello and more",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
		"2;x=y\r\nhe\r\n00003\r\nllo\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\nhello",
	};
	struct lw_buf body = LW_BUF_INIT;
	int code;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		for (size_t step = 1; step < 40; step++) {
			assert_int_equal(answer(whole[i], strlen(whole[i]), step, &code, &body), 0);
			assert_int_equal(code, 200);
			assert_string_equal(lw_buf_str(&body), "hello");
		}
	lw_buf_finish(&body);
}

static void http_nonsense_is_refused(void **state)
{
	static const struct {
		const char *text;
		int r;
	} bad[] = {
		{"SSH-2.0-OpenSSH_9.2\r\n", LW_EINVAL},
		{"HTTP/1.1 20\r\n\r\n", LW_EINVAL},
		{"HTTP/1.1 999 Odd\r\n\r\n", LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
		 LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", LW_EINVAL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", LW_ESHORT},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", LW_ESHORT},
		{"", LW_ESHORT},
	};
	struct lw_buf body = LW_BUF_INIT;
	char *endless = malloc(100000);
	int code;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(answer(bad[i].text, strlen(bad[i].text), 7, &code, &body),
				 bad[i].r);
	assert_non_null(endless);
	memset(endless, 'x', 100000);
	assert_int_equal(answer(endless, 100000, 1000, &code, &body), LW_EINVAL);
	free(endless);
	lw_buf_finish(&body);
}

static int on_event(void *ctx, const char *event, const char *data, size_t n)
{
	lw_buf_printf(ctx, "%s=%.*s;", event, (int)n, data);
	return strcmp(event, "stop") == 0;
}

static void events_are_read_in_any_pieces(void **state)
{
	static const char text[] = "retry: 1000\n\nevent: link\r\ndata: {\"a\": 1}\r\n\r\n:\n\n"
				   "data:x\ndata: y\n\nevent: none\n\nevent: z\ndata: open\n";
	struct lw_buf out = LW_BUF_INIT, in = LW_BUF_INIT;
	struct top_events last = {0};

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct top_events e = {0};

		lw_buf_clear(&out);
		for (size_t at = 0; at < sizeof(text) - 1; at += step) {
			size_t left = sizeof(text) - 1 - at;

			lw_buf_add(&in, text + at, left < step ? left : step);
			assert_int_equal(top_events_take(&e, &in, on_event, &out), 0);
		}
		assert_string_equal(lw_buf_str(&out), "link={\"a\": 1};message=x\ny;");
		top_events_finish(&e);
	}
	lw_buf_clear(&in);
	lw_buf_clear(&out);
	lw_buf_puts(&in, "event: stop\ndata: 1\n\nevent: more\ndata: 2\n\n");
	assert_int_equal(top_events_take(&last, &in, on_event, &out), 1);
	assert_string_equal(lw_buf_str(&out), "stop=1;");
	assert_int_equal(top_events_take(&last, &in, on_event, &out), 0);
	assert_string_equal(lw_buf_str(&out), "stop=1;more=2;");
	top_events_finish(&last);
	lw_buf_finish(&in);
	lw_buf_finish(&out);
}

static void model_nonsense_is_refused(void **state)
{
	static const char *const bad[] = {"", "x", "1", "{}", "[1]", "[{}]", "[{\"id\": 7}]"};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(top_model_load(&model, TOP_CAGES, bad[i], strlen(bad[i]), NULL),
				 LW_EINVAL);
		assert_true(top_model_event(&model, "cage", bad[i], strlen(bad[i]), NULL) ==
			    LW_EINVAL);
	}
	assert_int_equal(json_object_size(model.list[TOP_CAGES]), 3);
	assert_int_equal(top_model_event(&model, "reset", "{}", 2, NULL), 1);
	assert_int_equal(top_model_event(&model, "of a later age", "{}", 2, NULL), 0);
}

/* A document whose members have all the wrong types is drawn like one that lacks them. */
static void model_wrong_types_are_as_absent(void **state)
{
	static const char text[] =
		"[{\"enabled\": 1, \"since_s\": [], \"why\": 3, \"link\": {\"id\": "
		"\"odd\", \"rate_mbps\": \"x\", \"state\": {}, \"lanes\": {}, "
		"\"ends\": 5, \"findings\": [3]}}]";
	struct top_row *rows;
	size_t n;

	(void)state;
	load(TOP_LINKS, text);
	rows = top_rows(&model, &n);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].state, TOP_STARTING);
	assert_true(isnan(rows[0].margin_db) && isnan(rows[0].rate_mbps));
	free(rows);
	assert_true(top_link_draw(&model, "odd", 0, &page));
	assert_false(top_link_draw(&model, "none", 0, &page));
}

static void row_tells_of_the_lane_nearest_to_a_limit(void **state)
{
	struct top_row *rows;
	size_t n;

	(void)state;
	rows = top_rows(&model, &n);
	assert_int_equal(n, 3);
	/* lane 1 of a/1 has 1 mW, 3 dB below the high warning; lane 2 of b/1 is 0.97 dB above
	 * the low one */
	assert_true(fabs(rows[0].margin_db - 0.969) < 0.001);
	assert_true(fabs(rows[0].rx_dbm + 6.021) < 0.001);
	assert_true(fabs(rows[0].celsius - 55.4) < 1e-9);
	/* a/2 is in the dark */
	assert_true(fabs(rows[1].rx_dbm + 40) < 1e-9);
	assert_true(fabs(rows[1].margin_db + 33.010) < 0.001);
	/* a/3 is unknown: b/1 alone counts */
	assert_true(fabs(rows[2].margin_db - 0.969) < 0.001);
	free(rows);
}

static void view_shows_the_worst_first_and_its_cause(void **state)
{
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	top_view_draw(&v, &model, &status, &page);
	assert_int_equal(page.n, 24);
	assert_non_null(strstr(top_page_text(&page, 0), "lab  3 links: 1 down, 1 starting, 1 up"));
	assert_string_equal(top_page_text(&page, 1), "live from look.sock  sorted by state");
	assert_string_equal(top_page_text(&page, 2),
			    "STATE     FOR LINK       RATE   dBm  MARG  degC FL  CAUSE");
	assert_string_equal(
		top_page_text(&page, 3),
		"down      10s a/2 - b/1  400G -40.0 -33.0!   55  2  the fibre is broken");
	assert_non_null(strstr(top_page_text(&page, 4), "starting   1s a/3 - b/1"));
	assert_non_null(strstr(top_page_text(&page, 5), "up        90s a/1 - b/1"));
	assert_true(line_with("  the fibre is broken, at b/1"));
	assert_true(line_with("  do: Mend it"));
	assert_true(line_with(" 10s ago  a/2 - b/1  up -> down  cable-cut"));
}

static void view_up_link_with_a_cause_is_at_risk(void **state)
{
	static const char text[] = "[" LINK("a/1 - b/1", "up", "10", "a/1", "b/1", CAUSE) "]";
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	load(TOP_LINKS, text);
	top_view_draw(&v, &model, &status, &page);
	assert_true(line_with("at risk"));
}

static void view_up_link_with_advice_is_up(void **state)
{
	static const char text[] =
		"[" LINK("a/1 - b/1", "up", "10", "a/1", "b/1",
			 "{\"cause\": \"light-fading\", \"at\": \"b/1\", \"severity\": \"info\", "
			 "\"text\": \"less light each day\", \"first\": \"Plan to clean\"}") "]";
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	load(TOP_LINKS, text);
	top_view_draw(&v, &model, &status, &page);
	assert_false(line_with("at risk"));
	assert_true(line_with("less light each day") || line_with("light-fading"));
	assert_true(line_with("Plan to clean"));
}

static void view_sorts_and_reverses(void **state)
{
	/* what comes first: in order, and reversed */
	static const char *const first[TOP_SORTS][2] = {
		[TOP_BY_STATE] = {"a/2", "a/1"},  [TOP_BY_NAME] = {"a/1", "a/3"},
		[TOP_BY_CHANGE] = {"a/3", "a/1"}, [TOP_BY_MARGIN] = {"a/2", "a/3"},
		[TOP_BY_HEAT] = {"a/1", "a/3"},   [TOP_BY_FLAPS] = {"a/1", "a/3"},
	};
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	for (unsigned i = 0; i < TOP_SORTS; i++) {
		for (unsigned reverse = 0; reverse < 2; reverse++) {
			top_view_draw(&v, &model, &status, &page);
			assert_int_equal(v.sort, i);
			if (!strstr(top_page_text(&page, 3), first[i][reverse]))
				fail_msg("%s: %s", top_sort_names[i], top_page_text(&page, 3));
			assert_true(top_view_key(&v, &model, 'r'));
		}
		assert_true(top_view_key(&v, &model, 's'));
	}
	assert_int_equal(v.sort, TOP_BY_STATE);
}

static void type(struct top_view *v, const char *keys)
{
	for (; *keys; keys++)
		assert_true(top_view_key(v, &model, *keys));
}

static void view_filter_takes_names_states_and_causes(void **state)
{
	static const struct {
		const char *filter;
		unsigned n;
	} cases[] = {{"A/2", 1},   {"cable-c", 1}, {"BROKEN", 1},
		     {"start", 1}, {"b/1", 3},     {"zz", 0}};
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct top_row *rows;
		size_t n;

		type(&v, "/");
		type(&v, cases[i].filter);
		top_view_draw(&v, &model, &status, &page);
		assert_true(line_with("filter: "));
		assert_true(line_with("escape: show all"));
		rows = top_view_rows(&v, &model, &n);
		assert_int_equal(n, cases[i].n);
		free(rows);
		top_view_key(&v, &model, TOP_KEY_ENTER);
		assert_false(v.typing);
		if (!n) {
			top_view_draw(&v, &model, &status, &page);
			assert_true(line_with("no link has \"zz\""));
		}
		top_view_key(&v, &model, TOP_KEY_ESCAPE);
		assert_string_equal(v.filter, "");
	}
	type(&v, "/qs");
	top_view_key(&v, &model, TOP_KEY_BACK);
	assert_string_equal(v.filter, "q");
}

static void view_cursor_stays_on_its_link(void **state)
{
	static const char now_up[] = LINK("a/2 - b/1", "up", "100", "a/2", "b/1", "");
	struct top_view v = {.width = 80, .height = 24};

	(void)state;
	top_view_key(&v, &model, TOP_KEY_DOWN);
	assert_string_equal(v.chosen, "a/3 - b/1");
	assert_int_equal(top_model_event(&model, "link", now_up, strlen(now_up), NULL), 0);
	top_view_draw(&v, &model, &status, &page);
	assert_int_equal(page.line[3].style[0], TOP_CHOSEN);
	assert_non_null(strstr(top_page_text(&page, 3), "a/3 - b/1"));
	type(&v, "jjjj");
	assert_string_equal(v.chosen, "a/2 - b/1");
	type(&v, "g");
	assert_string_equal(v.chosen, "a/3 - b/1");
	assert_false(top_view_key(&v, &model, 'q'));
}

static void view_enter_shows_a_link_end_to_end(void **state)
{
	struct top_view v = {.width = 80, .height = 40};

	(void)state;
	top_view_key(&v, &model, TOP_KEY_ENTER);
	top_view_draw(&v, &model, &status, &page);
	assert_true(line_with("a/2 - b/1  down for 10s, 400G, went down 2 times"));
	assert_true(line_with("b/1: the fibre is broken (cable-cut, low confidence)"));
	assert_true(line_with("seen     b/1: no light"));
	assert_true(line_with("do       Mend it"));
	assert_true(line_with("then     Look again"));
	assert_true(line_with("exchange cable module"));
	assert_true(
		line_with("   1     5     1      -       -    dark!!    6     2      -       -   "
			  "-6.02"));
	assert_true(line_with("b/1  ACME X?[2J 7"));
	assert_true(line_with("waits    busy"));
	assert_true(line_with("risk loss: much"));
	assert_true(line_with("10s ago  up -> down  cable-cut"));
	assert_true(top_view_key(&v, &model, 'q'));
	assert_int_equal(v.screen, TOP_LIST);
	type(&v, "?");
	top_view_draw(&v, &model, &status, &page);
	assert_true(line_with("MARG    dB to that limit"));
}

static void view_errors_before_fec_are_shown_where_there_is_room(void **state)
{
	static const char cage[] =
		"{\"id\": \"a/1\", \"managed\": true, \"monitors\": {\"supply\": {\"unit\": \"V\", "
		"\"value\": 3.3}, \"media-ber\": {\"unit\": \"\", \"limits\": {\"high_alarm\": "
		"1e-5, "
		"\"high_warning\": 1e-8}, \"value\": [null, 2.4e-8]}}}";
	struct top_view v = {.width = 120, .height = 30};

	(void)state;
	top_view_draw(&v, &model, &status, &page);
	assert_false(line_with("BER")); /* nobody tells */
	assert_int_equal(top_model_event(&model, "cage", cage, strlen(cage), NULL), 0);
	top_view_draw(&v, &model, &status, &page);
	assert_non_null(strstr(top_page_text(&page, 2), "FL    BER  CAUSE"));
	assert_true(line_with("a/1 - b/1  400G  -6.0   1.0    55  2  2e-08"));
	v.width = 80;
	top_view_draw(&v, &model, &status, &page);
	assert_false(line_with("BER"));
	strcpy(v.chosen, "a/1 - b/1");
	v.screen = TOP_LINK;
	top_view_draw(&v, &model, &status, &page);
	assert_true(line_with("BER 2.4e-08! before FEC"));
}

static void view_lost_daemon_is_told(void **state)
{
	struct top_status lost = {.source = "look.sock", .trouble = "gone", .now_s = 100};
	struct top_view v = {.width = 80, .height = 24};
	struct top_model none;

	(void)state;
	top_view_draw(&v, &model, &lost, &page);
	assert_true(line_with("LOST, this is old: look.sock: gone"));
	assert_true(line_with("a/2 - b/1"));
	assert_int_equal(top_model_init(&none), 0);
	top_view_draw(&v, &none, &lost, &page);
	assert_true(
		line_with("no daemon at look.sock: gone; is lanewised running? Start it, or say"));
	lost.trouble = NULL;
	top_view_draw(&v, &none, &lost, &page);
	assert_true(line_with("connecting to look.sock"));
	top_model_finish(&none);
}

static void view_fits_every_size(void **state)
{
	static const int keys[] = {
		'j', TOP_KEY_PAGE_DOWN, TOP_KEY_END, TOP_KEY_ENTER, TOP_KEY_END, 'q',
		'?', TOP_KEY_END,       'q',         '/',           'b',         TOP_KEY_ENTER};
	struct top_view v = {0};

	(void)state;
	for (unsigned width = 1; width < 200; width += 1 + width / 3)
		for (unsigned height = 1; height < 60; height += 1 + height / 3)
			for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
				v.width = width;
				v.height = height;
				top_view_draw(&v, &model, &status, &page);
				assert_in_range(page.n, 1, height);
				for (unsigned i = 0; i < page.n; i++)
					assert_in_range(page.line[i].n, 0, width);
				top_view_key(&v, &model, keys[k]);
			}
}

static void view_print_has_every_link_and_counts_those_down(void **state)
{
	struct top_view v = {0};

	(void)state;
	top_page_clear(&page, 160);
	assert_int_equal(top_view_print(&v, &model, &status, &page), 1);
	assert_int_equal(page.n, 2 + 3);
	assert_string_equal(top_page_text(&page, 0), "lab: 3 links: 1 down, 1 starting, 1 up");
	strcpy(v.filter, "a/1");
	top_page_clear(&page, 160);
	assert_int_equal(top_view_print(&v, &model, &status, &page), 0);
	assert_int_equal(page.n, 2 + 1);
}

static void span_is_short(void **state)
{
	static const struct {
		double s;
		const char *text;
	} cases[] = {{-5, "0s"},   {0, "0s"},       {99.9, "99s"},  {100, "1m"},     {5999, "99m"},
		     {6000, "1h"}, {359999, "99h"}, {360000, "4d"}, {1e300, "9999d"}};
	char text[8];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(top_span(cases[i].s, text), cases[i].text);
	assert_string_equal(top_span((double)NAN, text), "0s");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(page_text_is_cut_and_made_harmless),
		T(http_answer_is_read_in_any_pieces),
		T(http_nonsense_is_refused),
		T(events_are_read_in_any_pieces),
		T(model_nonsense_is_refused),
		T(model_wrong_types_are_as_absent),
		T(row_tells_of_the_lane_nearest_to_a_limit),
		T(view_shows_the_worst_first_and_its_cause),
		T(view_up_link_with_a_cause_is_at_risk),
		T(view_up_link_with_advice_is_up),
		T(view_sorts_and_reverses),
		T(view_filter_takes_names_states_and_causes),
		T(view_cursor_stays_on_its_link),
		T(view_enter_shows_a_link_end_to_end),
		T(view_errors_before_fec_are_shown_where_there_is_room),
		T(view_lost_daemon_is_told),
		T(view_fits_every_size),
		T(view_print_has_every_link_and_counts_those_down),
		T(span_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
