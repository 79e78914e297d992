/* SPDX-License-Identifier: Apache-2.0 */
/* The core without its loop: twins in virtual time, what is told, what may be asked. */
#include "act.h"
#include "shelf.h"
#include "tell.h"

#include <jansson.h>
#include <lanewise/files.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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
	struct lw_mono end = lw_mono_add(b->plant.now, lw_ms(ms)), next;

	do {
		next = lwd_plant_run(&b->plant, b->plant.now);
		if (!lw_mono_before(next, end))
			break;
		b->plant.now = next;
	} while (1);
	b->plant.now = end;
	lwd_plant_run(&b->plant, end);
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

static void what_did_not_change_is_not_told_again(void **state)
{
	struct bench *b = *state;

	run(b, 30000);
	tell(b);
	assert_int_equal(tell(b), 0);
	run(b, 1000); /* one pass over the monitors */
	/* cages and a summary; of links the one that is down, whose evidence may have moved */
	assert_in_range(tell(b), 20, 27);
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
	for (int i = 0; i < 150; i++) {
		run(b, 200);
		tell(b);
	}
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
	for (int i = 0; i < 50; i++) {
		run(b, 200);
		tell(b);
	}
	assert_string_equal(state_of(b, LINK), "down");
	assert_string_equal(state_of(b, "leaf1/swp1:1 - nic1/p0"), "up");
	assert_string_equal(b->last, LINK " down down cable-cut");
	assert_int_equal(ask(b, "fault", "cut:leaf1/swp1:2", "off", TOKEN, NULL), 200);
	assert_int_equal(ask(b, "fault", "cut:leaf1/swp1:2", "off", TOKEN, NULL), 404);
	run(b, 30000);
	tell(b);
	assert_string_equal(state_of(b, LINK), "up");
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
	run(b, 1000);
	lw_buf_clear(&body);
	lwd_act(&b->plant, NULL, &a, &answer, &body);
	assert_int_equal(answer.status, 200);
	lw_buf_finish(&body);
}

static void too_many_actions_are_held_back(void **state)
{
	struct bench *b = *state;
	int last = 0;

	for (int i = 0; i < LWD_BURST + 5; i++)
		last = ask(b, "admit", "leaf1/swp1", "off", TOKEN, NULL);
	assert_int_equal(last, 429);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_telling_is_of_everything, setup, teardown),
		cmocka_unit_test_setup_teardown(what_did_not_change_is_not_told_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			links_that_the_engine_draws_up_anew_are_all_told_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(links_that_come_up_are_told_with_an_event_each,
						setup, teardown),
		cmocka_unit_test_setup_teardown(fault_is_told_with_its_cause_and_siblings_stay,
						setup, teardown),
		cmocka_unit_test_setup_teardown(link_is_switched_off_and_on, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_acts_without_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_questions_are_answered_with_a_reason, setup,
						teardown),
		cmocka_unit_test_setup_teardown(preview_tells_what_the_change_then_does, setup,
						teardown),
		cmocka_unit_test_setup_teardown(metrics_are_told_and_not_too_often, setup,
						teardown),
		cmocka_unit_test_setup_teardown(too_many_actions_are_held_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
