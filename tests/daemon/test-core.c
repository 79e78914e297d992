/* SPDX-License-Identifier: Apache-2.0 */
/* The core without its loop: twins in virtual time, what is told, what may be asked. */
#include "act.h"
#include "log.h"
#include "run.h"
#include "shelf.h"
#include "tell.h"

#include <jansson.h>
#include <lanewise/files.h>
#include <lanewise/image-bus.h>
#include <lanewise/trace.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "0123456789abcdef0123456789"
#define LINK  "leaf1/swp1:2 - nic2/p0"

struct bench {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lwd_config config;
	struct lwd_plant plant;
	struct lwd_tokens tokens;
	struct lwd_tell tell;
	struct lwd_shelf *shelf;
	struct lw_buf in;
	unsigned frame_n;
	unsigned changes;
	char last[200]; /* change that was told last */
};

static void run(struct bench *b, int64_t ms)
{
	run_plant(&b->plant, ms);
}

static void on_change(void *ctx, const char *link, const char *from, const char *to,
		      const char *cause)
{
	struct bench *b = ctx;

	b->changes++;
	snprintf(b->last, sizeof(b->last), "%s %s %s %s", link, from, to, cause);
}

static int on_frame(void *ctx, const struct lwd_head *h, const char *p)
{
	struct bench *b = ctx;

	b->frame_n++;
	return lwd_shelf_take(b->shelf, h, p);
}

/* Let the frames of this moment reach the shelf, in pieces. @return how many there were */
static unsigned tell(struct bench *b)
{
	struct lw_buf frames = LW_BUF_INIT;

	b->frame_n = 0;
	assert_int_equal(lwd_tell(&b->tell, &b->plant.stage.engine, &b->plant.host, 1000000,
				  &frames, on_change, b),
			 0);
	for (size_t at = 0; at < frames.len; at += 1000)
		assert_int_equal(lwd_frames_take(&b->in, frames.s + at,
						 frames.len - at < 1000 ? frames.len - at : 1000,
						 LWD_FRAME_MAX, on_frame, b),
				 0);
	assert_int_equal(b->in.len, 0);
	lw_buf_finish(&frames);
	return b->frame_n;
}

/* As the daemon's loop does. */
static void run_and_tell(struct bench *b, int64_t ms)
{
	for (; ms > 0; ms -= 200) {
		run(b, 200);
		tell(b);
	}
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	static const char tokens[] = "op " TOKEN "\n";
	struct lw_error e;

	lw_arena_init(&b->arena, 0);
	b->config = (struct lwd_config){.modules = LWD_TWINS, .seed = 1, .measure = lw_ms(1000)};
	assert_int_equal(
		lwd_tokens_load(tokens, sizeof(tokens) - 1, "t", &b->arena, &b->tokens, &e), 0);
	assert_int_equal(
		lw_file_fabric(LW_ROOT "/examples/first-light.yaml", &b->arena, &b->fabric, &e), 0);
	assert_int_equal(lwd_plant_start(&b->plant, &b->config, &b->fabric, &e), 0);
	b->shelf = malloc(sizeof(*b->shelf));
	lwd_shelf_init(b->shelf);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	lwd_plant_finish(&b->plant);
	lwd_tell_forget(&b->tell);
	lwd_shelf_finish(b->shelf);
	free(b->shelf);
	lw_buf_finish(&b->in);
	lw_arena_finish(&b->arena);
	free(b);
	return 0;
}

static json_t *parse(const char *p, size_t n)
{
	json_error_t e;
	json_t *d = json_loadb(p, n, JSON_REJECT_DUPLICATES, &e);

	if (!d)
		fail_msg("no JSON: %s in %.*s", e.text, (int)(n < 300 ? n : 300), p);
	return d;
}

static int ask(struct bench *b, const char *what, const char *target, const char *argument,
	       const char *token, json_t **ret)
{
	struct lwd_ask a = {what, target, argument, token, "test"};
	struct lw_buf body = LW_BUF_INIT;
	struct lwd_answer answer;

	lwd_act(&b->plant, &b->tokens, &a, &answer, &body);
	if (ret)
		*ret = parse(body.s, body.len);
	lw_buf_finish(&body);
	return answer.status;
}

static const char *state_of(struct bench *b, const char *id)
{
	static char state[16];
	const struct lwd_doc *d = lwd_docs_find(&b->shelf->links, id);
	json_t *j;

	if (!d)
		return "none";
	j = parse(d->text, d->n);
	snprintf(state, sizeof(state), "%s",
		 json_string_value(json_object_get(json_object_get(j, "link"), "state")));
	json_decref(j);
	return state;
}

static void first_telling_is_of_everything(void **state)
{
	struct bench *b = *state;
	const struct lw_buf *all;
	json_t *j;

	tell(b);
	all = lwd_docs_all(&b->shelf->links);
	j = parse(all->s, all->len);
	assert_int_equal(json_array_size(j), 19);
	json_decref(j);
	all = lwd_docs_all(&b->shelf->cages);
	j = parse(all->s, all->len);
	assert_int_equal(json_array_size(j), 25);
	json_decref(j);
	assert_null(memchr(all->s, '\n', all->len - 1)); /* each document is one line */
	assert_int_equal(b->changes, 0);                 /* nothing happened: it was only told */
}

static void lists_of_nothing_are_lists(void **state)
{
	struct bench *b = *state;

	assert_string_equal(lw_buf_str(lwd_docs_all(&b->shelf->events)), "[]\n");
	assert_string_equal(lw_buf_str(lwd_docs_all(&b->shelf->links)), "[]\n");
}

static void what_did_not_change_is_not_told_again(void **state)
{
	struct bench *b = *state;

	run(b, 30000);
	tell(b);
	assert_int_equal(tell(b), 0);
	run(b, 1000); /* one pass over the monitors */
	/* cages and a summary; of links the one that is down, whose evidence may have moved, and
	 * some of those that are well */
	assert_in_range(tell(b), 20, 38);
}

static void links_that_the_engine_draws_up_anew_are_all_told_anew(void **state)
{
	struct bench *b = *state;
	const struct lwd_message *m;
	uint64_t first;
	int cage;

	run(b, 30000);
	tell(b);
	first = b->shelf->next;
	cage = lw_fabric_cage_find(b->plant.stage.engine.fabric, "leaf1/swp1");
	/* as many links as before, and nobody asked for it over the wire */
	assert_int_equal(
		lw_engine_mode(&b->plant.stage.engine, cage, "2x200G(8)", b->plant.now, NULL), 0);
	assert_int_equal(b->plant.stage.engine.fabric->link_n, 19);
	tell(b);
	m = &b->shelf->message[first % LWD_MESSAGES_MAX];
	assert_string_equal(m->text, "event: reset\ndata: {}\n\n");
	assert_int_equal(lwd_docs_all(&b->shelf->links)->s[0], '[');
}

static void links_that_come_up_are_told_with_an_event_each(void **state)
{
	struct bench *b = *state;

	tell(b);
	run_and_tell(b, 30000);
	assert_string_equal(state_of(b, LINK), "up");
	assert_int_equal(b->changes, 19); /* 18 up, one that is planned wrong down */
	assert_int_equal(b->shelf->events.n, 19);
}

static void fault_is_told_with_its_cause_and_siblings_stay(void **state)
{
	struct bench *b = *state;

	run(b, 30000);
	tell(b);
	b->changes = 0;
	assert_int_equal(ask(b, "fault", "cut:leaf1/swp1:2", "on", TOKEN, NULL), 200);
	run_and_tell(b, 10000);
	assert_string_equal(state_of(b, LINK), "down");
	assert_string_equal(state_of(b, "leaf1/swp1:1 - nic1/p0"), "up");
	assert_string_equal(b->last, LINK " down down cable-cut");
	assert_int_equal(ask(b, "fault", "cut:leaf1/swp1:2", "off", TOKEN, NULL), 200);
	assert_int_equal(ask(b, "fault", "cut:leaf1/swp1:2", "off", TOKEN, NULL), 404);
	run(b, 30000);
	tell(b);
	assert_string_equal(state_of(b, LINK), "up");
}

/* What is said to be wrong with a link: "weak-light"; "": nothing. */
static const char *cause_of(struct bench *b, const char *id)
{
	static char cause[40];
	const struct lwd_doc *d = lwd_docs_find(&b->shelf->links, id);
	json_t *j = d ? parse(d->text, d->n) : NULL,
	       *c = json_array_get(json_object_get(json_object_get(j, "why"), "causes"), 0);
	const char *name = json_string_value(json_object_get(c, "cause"));

	snprintf(cause, sizeof(cause), "%s", name ? name : "");
	json_decref(j);
	return cause;
}

static void link_in_danger_is_told_while_it_is_up(void **state)
{
	static const char *const link = "leaf1/swp2:1 - leaf2/swp1";
	struct bench *b = *state;

	run_and_tell(b, 50000);
	for (size_t i = 0; i < b->fabric.link_n; i++) /* none keeps a cause of its first moments */
		if (strcmp(state_of(b, b->fabric.links[i].id), "up") == 0)
			assert_string_equal(cause_of(b, b->fabric.links[i].id), "");
	assert_int_equal(ask(b, "fault", "dirty:leaf1/swp2=4", "on", TOKEN, NULL), 200);
	run_and_tell(b, 10000);
	assert_string_equal(state_of(b, link), "up");
	assert_string_not_equal(cause_of(b, link), "");
	assert_int_equal(ask(b, "fault", "dirty:leaf1/swp2=4", "off", TOKEN, NULL), 200);
	run_and_tell(b, 10000);
	assert_string_equal(state_of(b, link), "up");
	assert_string_equal(cause_of(b, link), "");
}

static void link_is_switched_off_and_on(void **state)
{
	struct bench *b = *state;

	run(b, 30000);
	assert_int_equal(ask(b, "enable", LINK, "off", TOKEN, NULL), 200);
	run(b, 10000);
	tell(b);
	assert_string_not_equal(state_of(b, LINK), "up");
	assert_string_equal(state_of(b, "leaf1/swp1:1 - nic1/p0"), "up");
	assert_int_equal(ask(b, "enable", LINK, "on", TOKEN, NULL), 200);
	run(b, 30000);
	tell(b);
	assert_string_equal(state_of(b, LINK), "up");
}

static void nobody_acts_without_a_token(void **state)
{
	struct bench *b = *state;
	struct lwd_ask a = {"enable", LINK, "off", "", "test"};
	struct lwd_answer answer;
	struct lw_buf body = LW_BUF_INIT;

	run(b, 30000);
	assert_int_equal(ask(b, "enable", LINK, "off", "", NULL), 401);
	assert_int_equal(ask(b, "enable", LINK, "off", "0123456789abcdef012345678", NULL), 401);
	lwd_act(&b->plant, NULL, &a, &answer, &body);
	assert_int_equal(answer.status, 403);
	lw_buf_finish(&body);
	run(b, 5000);
	tell(b);
	assert_string_equal(state_of(b, LINK), "up");
}

static void wrong_questions_are_answered_with_a_reason(void **state)
{
	static const struct {
		const char *what, *target, *argument;
		int status;
	} bad[] = {
		{"", "", "", 404},
		{"reboot", "", "", 404},
		{"enable", "no such", "on", 404},
		{"enable", LINK, "maybe", 400},
		{"mode", "leaf1/swp9", "2x400G", 404},
		{"mode", "leaf1/swp1", "9x400G", 400},
		{"mode", "leaf1/swp1", "", 400},
		{"admit", "", "on", 404},
		{"fault", "nonsense", "on", 400},
		{"preview", "leaf1/swp1", "3x1G", 400},
		{"preview", "", "", 404},
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *j = NULL;
		int status = ask(b, bad[i].what, bad[i].target, bad[i].argument, TOKEN, &j);

		if (status != bad[i].status || !json_is_string(json_object_get(j, "error")))
			fail_msg("%s %s %s: %d", bad[i].what, bad[i].target, bad[i].argument,
				 status);
		json_decref(j);
	}
}

static void preview_tells_what_the_change_then_does(void **state)
{
	struct bench *b = *state;
	json_t *p = NULL, *steps;
	size_t writes;
	uint64_t before;
	int cage;

	run(b, 30000);
	tell(b);
	cage = lw_fabric_cage_find(b->plant.stage.engine.fabric, "leaf1/swp3");
	before = b->plant.stage.engine.module[cage].bus->stats.writes;
	/* four of the eight links of one lane make way for one of four */
	assert_int_equal(ask(b, "preview", "leaf1/swp3", "1x400G(4)+4x100G(4)", "", &p), 200);
	assert_int_equal(json_array_size(json_object_get(p, "kept")), 4);
	assert_true(json_array_size(json_object_get(p, "removed")) == 4);
	assert_true(json_array_size(json_object_get(p, "added")) >= 1);
	steps = json_object_get(json_object_get(p, "plan"), "steps");
	writes = 0;
	for (size_t i = 0; i < json_array_size(steps); i++)
		writes += strncmp(json_string_value(
					  json_object_get(json_array_get(steps, i), "text")),
				  "write", 5) == 0;
	assert_true(writes > 0);
	assert_int_equal(b->plant.stage.engine.module[cage].bus->stats.writes, before);
	run(b, 5000);
	tell(b);
	assert_string_equal(state_of(b, "leaf1/swp3:5 - gpu5/p0"), "up");
	assert_int_equal(ask(b, "mode", "leaf1/swp3", "1x400G(4)+4x100G(4)", TOKEN, NULL), 200);
	run(b, 30000);
	tell(b);
	assert_int_equal(b->plant.stage.engine.module[cage].bus->stats.writes, before + writes);
	json_decref(p);
}

static void metrics_are_told_and_not_too_often(void **state)
{
	struct lwd_ask a = {"publish", "metrics", "", "", "test"};
	struct bench *b = *state;
	struct lw_buf body = LW_BUF_INIT;
	struct lwd_answer answer;

	run(b, 30000);
	lwd_act(&b->plant, NULL, &a, &answer, &body);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(body.s, "lanewise_link_up{"));
	assert_non_null(strstr(body.s, "# EOF\n"));
	for (int i = 0; i < LWD_BURST; i++) {
		lw_buf_clear(&body);
		lwd_act(&b->plant, NULL, &a, &answer, &body);
	}
	assert_int_equal(answer.status, 429);
	/* other questions have rations of their own, and they take nothing from metrics */
	assert_int_equal(ask(b, "preview", "leaf1/swp1", "2x400G", "", NULL), 200);
	run(b, 1000);
	for (int i = 0; i < LWD_BURST + 1; i++)
		ask(b, "preview", "none", "2x400G", "", NULL);
	assert_int_equal(ask(b, "preview", "none", "2x400G", "", NULL), 429);
	lw_buf_clear(&body);
	lwd_act(&b->plant, NULL, &a, &answer, &body);
	assert_int_equal(answer.status, 200);
	lw_buf_finish(&body);
}

static void guesses_of_tokens_fill_no_log_and_keep_nobody_out(void **state)
{
	struct bench *b = *state;
	struct lwd_ask a = {"enable", LINK, "off", "0123456789abcdef0123456788", "test"};
	struct lw_buf body = LW_BUF_INIT;
	struct lwd_answer answer;
	unsigned logged = 0;

	for (int i = 0; i < 1000; i++) {
		lw_buf_clear(&body);
		lwd_act(&b->plant, &b->tokens, &a, &answer, &body);
		assert_int_equal(answer.status, answer.action ? 401 : 429);
		logged += answer.action;
	}
	lw_buf_finish(&body);
	assert_int_equal(logged, LWD_BURST);
	assert_int_equal(b->plant.unlogged, 1000 - LWD_BURST);
	assert_int_equal(ask(b, "enable", LINK, "on", TOKEN, NULL), 200);
}

static void logged_values_keep_to_their_line(void **state)
{
	static const struct {
		const char *value, *line;
	} all[] = {
		{"leaf1/swp1", "\"leaf1/swp1\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"a\r\naction who=\"op\"", "\"a\\x0d\\x0aaction who=\\\"op\\\"\""},
		{"\033[2J\177", "\"\\x1b[2J\\x7f\""},
		/* the same for terminals that take U+009B for ESC [ */
		{"\xc2\x9b"
		 "2J",
		 "\"\\xc2\\x9b"
		 "2J\""},
		{"\x9b"
		 "2J\xff",
		 "\"\\x9b"
		 "2J\\xff\""},
		{"Grün\xc2\xa0", "\"Grün\xc2\xa0\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct lw_buf b = LW_BUF_INIT;

		lwd_log_quote(&b, all[i].value);
		assert_string_equal(lw_buf_str(&b), all[i].line);
		lw_buf_finish(&b);
	}
}

static void too_many_actions_are_held_back(void **state)
{
	struct bench *b = *state;
	int last = 0;

	for (int i = 0; i < LWD_BURST + 5; i++)
		last = ask(b, "admit", "leaf1/swp1", "off", TOKEN, NULL);
	assert_int_equal(last, 429);
}

/* Fetch a page, with the pause that is asked for between two. */
static json_t *page_of(struct bench *b, const char *cage, const char *page, unsigned bank)
{
	char argument[32];
	json_t *d;

	snprintf(argument, sizeof(argument), "%s %u", page, bank);
	run(b, LWD_PAGE_EACH_MS);
	if (ask(b, "registers", cage, argument, "", &d) == 200)
		return d;
	json_decref(d);
	return NULL;
}

static const char *text_of(const json_t *field, const char *key)
{
	return json_string_value(json_object_get(field, key));
}

/* Is a field of the document what a whole read of the memory says? Flags are not read. */
static bool agrees(const json_t *got, const struct lw_view *view)
{
	const struct lw_field *f = lw_map_find(view->map, text_of(got, "name"));
	unsigned lane = (unsigned)json_integer_value(json_object_get(got, "lane"));
	const char *status = text_of(got, "status");
	struct lw_value v;

	if (strcmp(f->name, text_of(got, "name")) != 0)
		return true; /* shares the standard's name with another */
	lane = lane ? lane - 1 : (unsigned)json_integer_value(json_object_get(got, "bank"));
	lw_value_decode(f, lane, view, &v);
	if (strcmp(status, "not-read") == 0)
		return f->access == LW_RO_COR;
	return strcmp(status, lw_value_status_name(v.status)) == 0;
}

/* Every page of a twin, by the daemon and by a whole read that clears what it may. */
static void compare_pages(struct bench *b, const char *cage)
{
	int at = lw_fabric_cage_find(b->plant.stage.engine.fabric, cage);
	struct lw_bus *bus = b->plant.stage.engine.module[at].bus;
	struct lw_image *all = malloc(sizeof(*all));
	json_t *pages, *page, *field;
	unsigned fields = 0, values = 0;
	struct lw_view view;
	size_t i, k;

	assert_non_null(all);
	assert_int_equal(lw_image_read(bus, NULL, NULL, all, NULL), 0);
	lw_image_view(all, &view);
	assert_int_equal(ask(b, "registers", cage, "", "", &pages), 200);
	json_array_foreach(json_object_get(pages, "pages"), i, page)
	{
		json_t *d = page_of(b, cage, text_of(page, "page"),
				    (unsigned)json_integer_value(json_object_get(page, "bank")));
		size_t n, slot;
		const struct lw_slot *s = lw_map_slots(view.map, &n);

		for (slot = 0; slot < n; slot++)
			if (strcmp(s[slot].name, text_of(page, "page")) == 0)
				break;
		assert_int_equal(d != NULL, view.slot[0][slot] != NULL);
		json_array_foreach(json_object_get(d, "fields"), k, field)
		{
			fields++;
			values += strcmp(text_of(field, "status"), "value") == 0;
			if (!agrees(field, &view))
				fail_msg("%s %s of page %s: %s", cage, text_of(field, "name"),
					 text_of(field, "page"), text_of(field, "status"));
		}
		json_decref(d);
	}
	assert_true(fields > 100 && values > 50);
	json_decref(pages);
	free(all);
}

static void registers_say_what_a_whole_read_says(void **state)
{
	struct bench *b = *state;

	run(b, 20000);
	compare_pages(b, "leaf1/swp1"); /* CMIS */
	compare_pages(b, "leaf1/swp5"); /* SFF-8636 */
	compare_pages(b, "srv1/p0");    /* SFF-8472 */
}

static void looking_at_registers_clears_no_flag(void **state)
{
	struct bench *b = *state;
	int at = lw_fabric_cage_find(b->plant.stage.engine.fabric, "leaf1/swp1");
	struct lw_bus *bus = b->plant.stage.engine.module[at].bus;
	struct lw_trace_entry ring[64];
	struct lw_trace trace = {.ring = ring, .size = 64};
	json_t *d, *field;
	unsigned flags = 0;
	size_t i;

	run(b, 20000);
	bus->trace = &trace;
	assert_int_equal(ask(b, "registers", "leaf1/swp1", "11h 0", "", &d), 200);
	bus->trace = NULL;
	assert_true(trace.count > 1 && trace.count < 8);
	for (i = 0; i < trace.count; i++) {
		int slot = lw_map_slot(LW_MAP_CMIS, 0x50, ring[i].addr.page, true);
		const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[slot];

		assert_false(ring[i].write);
		for (unsigned k = 0; k < ring[i].n; k++)
			assert_int_equal(s->cor[ring[i].addr.byte - 128u + k], 0);
	}
	json_array_foreach(json_object_get(d, "fields"), i, field)
	{
		if (strcmp(text_of(field, "status"), "not-read") != 0)
			continue;
		flags++;
		assert_true(json_is_null(json_object_get(field, "raw")));
		assert_true(json_is_object(json_object_get(field, "seen")));
	}
	assert_true(flags > 50);
	json_decref(d);
}

static void registers_are_read_seldom_and_kept_for_a_second(void **state)
{
	struct bench *b = *state;
	int at = lw_fabric_cage_find(b->plant.stage.engine.fabric, "leaf1/swp1");
	const struct lw_bus_stats *stats = &b->plant.stage.engine.module[at].bus->stats;
	uint64_t reads;

	run(b, 20000);
	assert_int_equal(ask(b, "registers", "leaf1/swp1", "01h 0", "", NULL), 200);
	reads = stats->reads;
	assert_int_equal(ask(b, "registers", "leaf1/swp1", "01h 0", "", NULL), 200);
	assert_int_equal(stats->reads, reads);
	assert_int_equal(ask(b, "registers", "leaf1/swp1", "11h 0", "", NULL), 503);
	assert_int_equal(ask(b, "registers", "leaf1/swp2", "11h 0", "", NULL), 503);
	assert_int_equal(stats->reads, reads);
	run(b, LWD_PAGE_EACH_MS);
	assert_int_equal(ask(b, "registers", "leaf1/swp2", "11h 0", "", NULL), 200);
}

static void registers_of_what_is_not_there_are_refused(void **state)
{
	static const struct {
		const char *cage, *page;
		int status;
	} wrong[] = {
		{"leaf1/none", "11h 0", 404}, {"leaf1/swp1", "zz 0", 404},
		{"leaf1/swp1", "11h 7", 404}, {"leaf1/swp1", "11h x", 400},
		{"leaf1/swp1", "04h 0", 404}, {"leaf1/swp1", "11h", 400},
	};
	struct bench *b = *state;
	json_t *d;

	assert_int_equal(ask(b, "registers", "leaf1/swp1", "11h 0", "", NULL), 409);
	run(b, 20000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		run(b, 1000);
		assert_int_equal(ask(b, "registers", wrong[i].cage, wrong[i].page, "", &d),
				 wrong[i].status);
		assert_non_null(text_of(d, "error"));
		json_decref(d);
	}
}

/* Sample pages are read, and nothing is written, not even to freeze them. */
static void signals_are_measured_without_a_write(void **state)
{
	struct bench *b = *state;
	int at = lw_fabric_cage_find(b->plant.stage.engine.fabric, "leaf1/swp1");
	const struct lw_bus_stats *stats = &b->plant.stage.engine.module[at].bus->stats;
	const struct lwd_doc *doc;
	uint64_t writes;
	json_t *d, *m;

	b->tell.quality = &b->plant.quality;
	run(b, 20000);
	writes = stats->writes;
	run(b, 30000);
	assert_int_equal(stats->writes, writes);
	tell(b);
	doc = lwd_docs_find(&b->shelf->cages, "leaf1/swp1");
	d = parse(doc->text, doc->n);
	m = json_object_get(json_object_get(d, "monitors"), "media-snr");
	assert_int_equal(json_array_size(json_object_get(m, "value")), 8);
	for (size_t i = 0; i < 8; i++) {
		double v = json_real_value(json_array_get(json_object_get(m, "value"), i));

		assert_true(v > 17.5 && v < 40);
	}
	assert_true(json_is_null(json_object_get(json_object_get(m, "limits"), "high_alarm")));
	assert_true(json_real_value(json_object_get(json_object_get(m, "limits"), "low_alarm")) >
		    10);
	m = json_object_get(json_object_get(d, "monitors"), "media-ber");
	/* a path counts as its first host lane: two of four */
	assert_int_equal(json_array_size(json_object_get(m, "value")), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(json_is_null(json_array_get(json_object_get(m, "value"), i)),
				 i != 0 && i != 4);
	assert_true(json_real_value(json_array_get(json_object_get(m, "value"), 4)) > 0);
	assert_true(json_real_value(json_array_get(json_object_get(m, "value"), 4)) < 1e-4);
	json_decref(d);
	run(b, 1000);
	assert_int_equal(ask(b, "registers", "leaf1/swp1", "vdm 0", "", &d), 200);
	assert_true(json_array_size(json_object_get(d, "vdm")) > 50);
	json_decref(d);
}

/* Forty days in which the light of two lanes fell, and what is said of their link. */
static void trend_of_the_history_becomes_advice_of_its_link(void **state)
{
	const int64_t hour = 3600000, now = INT64_C(1767225600000), start = now - 960 * hour;
	const struct lw_limits limits = {true, 4e-3, 50e-6, 2e-3, 100e-6};
	struct bench *b = *state;
	char folder[] = "/tmp/lw-daemon-XXXXXX", path[64];
	struct lw_history *h = NULL;
	struct lw_diagnosis d;
	struct lw_arena a;
	size_t link = 0;

	lw_arena_init(&a, 0);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/h.db", folder);
	assert_int_equal(lw_history_open(path, NULL, &h, NULL), 0);
	assert_int_equal(lw_history_put_limits(h, "leaf1/swp1", "rx-power", &limits, start, NULL),
			 0);
	for (int lane = 0; lane < 2; lane++)
		for (int i = 0; i < 960; i++) {
			struct lw_history_key key = {"leaf1/swp1", "rx-power", lane};
			double dbm = -4 - 0.1 * i / 24;

			assert_int_equal(lw_history_put(h, &key, start + i * hour,
							pow(10, dbm / 10) * 1e-3, NULL),
					 0);
		}
	b->plant.history = h;
	b->plant.wall_ms = now - 30000;
	run(b, 30000);
	while (strcmp(b->plant.fabric->links[link].id, "leaf1/swp1:1 - nic1/p0") != 0)
		link++;
	assert_true(b->plant.past.told[lw_fabric_cage_find(b->plant.fabric, "leaf1/swp1")].n > 0);
	assert_int_equal(lw_why(&b->plant.stage.engine, link, &b->plant.host, &a, &d, NULL), 0);
	assert_int_equal(d.cause_n, 1);
	assert_string_equal(d.cause[0].name, "light-fading");
	assert_int_equal(d.cause[0].severity, LW_INFO);
	/* another module in the cage has no past */
	b->plant.stage.engine.module[lw_fabric_cage_find(b->plant.fabric, "leaf1/swp1")]
		.identities++;
	run(b, 1000);
	assert_int_equal(lw_why(&b->plant.stage.engine, link, &b->plant.host, &a, &d, NULL), 0);
	assert_int_equal(d.cause_n, 0);
	lw_history_close(h);
	b->plant.history = NULL;
	lw_arena_finish(&a);
	for (unsigned i = 0; i < 3; i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", path, i == 1 ? "-wal" : i == 2 ? "-shm" : "");
		unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* All lanes at once, for a picture; one lane alone as before. */
static void history_is_told_of_all_lanes(void **state)
{
	struct bench *b = *state;
	char folder[] = "/tmp/lw-daemon-XXXXXX", path[64];
	json_t *d, *lanes;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/h.db", folder);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "rx-power * 1", "", NULL), 409);
	assert_int_equal(lw_history_open(path, NULL, &b->plant.history, NULL), 0);
	b->plant.wall_ms = INT64_C(1767225600000);
	for (int i = 0; i < 60; i++) {
		run(b, 1000);
		assert_int_equal(lw_history_record(b->plant.history, &b->plant.stage.engine,
						   b->plant.wall_ms * 1000000, NULL),
				 0);
	}
	assert_int_equal(ask(b, "history", "leaf1/swp1", "rx-power * 1", "", &d), 200);
	lanes = json_object_get(d, "lanes");
	assert_int_equal(json_array_size(lanes), 8);
	for (size_t i = 0; i < 8; i++) {
		json_t *lane = json_array_get(lanes, i);

		assert_int_equal(json_integer_value(json_object_get(lane, "lane")), i + 1);
		assert_in_range(json_array_size(json_object_get(lane, "points")), 4, 7);
		assert_string_equal(text_of(json_object_get(lane, "trend"), "verdict"), "unknown");
	}
	json_decref(d);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "temperature * 1", "", &d), 200);
	assert_int_equal(json_array_size(json_object_get(d, "lanes")), 1);
	json_decref(d);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "media-snr * 1", "", &d), 200);
	assert_int_equal(json_array_size(json_object_get(d, "lanes")), 8);
	json_decref(d);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "rx-power 1 1", "", &d), 200);
	assert_true(json_array_size(json_object_get(d, "points")) >= 4);
	json_decref(d);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "rx-power x 1", "", NULL), 400);
	assert_int_equal(ask(b, "history", "leaf1/swp1", "rx-power * 0", "", NULL), 400);
	lw_history_close(b->plant.history);
	b->plant.history = NULL;
	for (unsigned i = 0; i < 3; i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", path, i == 1 ? "-wal" : i == 2 ? "-shm" : "");
		unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void field_is_explained_with_its_codes(void **state)
{
	struct bench *b = *state;
	json_t *d;

	assert_int_equal(ask(b, "explain", "cmis.dp_state_host_lane", "3", "", &d), 200);
	assert_string_equal(text_of(d, "standard"), "DPStateHostLane");
	assert_string_equal(text_of(d, "place"), "11h:129.3-0, lane 3, in each bank");
	assert_string_equal(text_of(json_object_get(d, "codes"), "0x04"), "DPActivated");
	json_decref(d);
	assert_int_equal(ask(b, "explain", "cmis.dp_state_host_lane", "9", "", NULL), 404);
	assert_int_equal(ask(b, "explain", "cmis.dp_state_host_lane", "0", "", NULL), 400);
	assert_int_equal(ask(b, "explain", "cmis.nothing", "", "", NULL), 404);
	assert_int_equal(ask(b, "explain", "nothing", "", "", NULL), 404);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_telling_is_of_everything, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_of_nothing_are_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(what_did_not_change_is_not_told_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			links_that_the_engine_draws_up_anew_are_all_told_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(links_that_come_up_are_told_with_an_event_each,
						setup, teardown),
		cmocka_unit_test_setup_teardown(fault_is_told_with_its_cause_and_siblings_stay,
						setup, teardown),
		cmocka_unit_test_setup_teardown(link_in_danger_is_told_while_it_is_up, setup,
						teardown),
		cmocka_unit_test_setup_teardown(link_is_switched_off_and_on, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_acts_without_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_questions_are_answered_with_a_reason, setup,
						teardown),
		cmocka_unit_test_setup_teardown(preview_tells_what_the_change_then_does, setup,
						teardown),
		cmocka_unit_test_setup_teardown(metrics_are_told_and_not_too_often, setup,
						teardown),
		cmocka_unit_test_setup_teardown(too_many_actions_are_held_back, setup, teardown),
		cmocka_unit_test_setup_teardown(registers_say_what_a_whole_read_says, setup,
						teardown),
		cmocka_unit_test_setup_teardown(looking_at_registers_clears_no_flag, setup,
						teardown),
		cmocka_unit_test_setup_teardown(registers_are_read_seldom_and_kept_for_a_second,
						setup, teardown),
		cmocka_unit_test_setup_teardown(registers_of_what_is_not_there_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(signals_are_measured_without_a_write, setup,
						teardown),
		cmocka_unit_test_setup_teardown(history_is_told_of_all_lanes, setup, teardown),
		cmocka_unit_test_setup_teardown(trend_of_the_history_becomes_advice_of_its_link,
						setup, teardown),
		cmocka_unit_test_setup_teardown(field_is_explained_with_its_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(guesses_of_tokens_fill_no_log_and_keep_nobody_out,
						setup, teardown),
		cmocka_unit_test(logged_values_keep_to_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
