/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/trace.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"# lanewise trace 1\n"                                                                     \
	"at_ns,took_ns,op,i2c,bank,page,byte,bytes,result,data\n"

/* A host that identifies a module, waits for it, and sets it up. */
static const char session[] = HEAD "0,900000,read,50,0,00,0,3,OK,185007\n"
				   "1000000,900000,poll,50,0,00,3,1,NACK,\n"
				   "11000000,300000,poll,50,0,00,3,1,OK,06\n"
				   "12000000,2500000,read,50,0,11,128,4,OK,44441111\n"
				   "15000000,700000,write,50,0,10,128,1,OK,f0\n"
				   "16000000,700000,write,50,0,10,143,1,TIMEDOUT,ff\n";

struct loaded {
	struct lw_arena arena;
	struct lw_trace t;
};

static void load(struct loaded *l, const char *text)
{
	struct lw_error e;

	lw_arena_init(&l->arena, 0);
	if (lw_trace_load(text, strlen(text), "t", &l->arena, &l->t, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
}

static void trace_text_is_read_and_written_the_same(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct loaded l;

	(void)state;
	load(&l, session);
	assert_int_equal(l.t.count, 6);
	lw_trace_write(&l.t, &b);
	assert_string_equal(lw_buf_str(&b), session);
	lw_buf_finish(&b);
	lw_arena_finish(&l.arena);
}

static void trace_text_gives_every_cell(void **state)
{
	const struct lw_trace_entry *e;
	struct loaded l;
	uint8_t data[128];

	(void)state;
	load(&l, session);
	e = lw_trace_at(&l.t, 3);
	assert_int_equal(e->at.ns, 12000000);
	assert_int_equal(e->took.ns, 2500000);
	assert_int_equal(e->addr.page, 0x11);
	assert_int_equal(e->addr.byte, 128);
	assert_int_equal(e->addr.i2c, 0x50);
	assert_int_equal(lw_trace_data(&l.t, e, data), 4);
	assert_memory_equal(data, "\x44\x44\x11\x11", 4);
	assert_int_equal(lw_trace_at(&l.t, 1)->result, LW_ENACK);
	assert_true(lw_trace_at(&l.t, 1)->poll);
	assert_int_equal(lw_trace_data(&l.t, lw_trace_at(&l.t, 1), data), 0);
	e = lw_trace_at(&l.t, 5);
	assert_int_equal(e->result, LW_ETIMEDOUT);
	assert_true(e->write);
	assert_int_equal(lw_trace_data(&l.t, e, data), 1);
	assert_int_equal(data[0], 0xff);
	assert_null(lw_trace_at(&l.t, 6));
	lw_arena_finish(&l.arena);
}

static void trace_text_that_is_wrong_names_its_line(void **state)
{
	static const struct {
		const char *text;
		int line;
	} bad[] = {
		{"", 0},
		{"hello\n", 1},
		{"# lanewise trace 1\n", 1},
		{"# lanewise trace 1\nat,took\n", 2},
		{HEAD "x,0,read,50,0,00,0,1,OK,00\n", 3},
		{HEAD "5,0,read,50,0,00,0,1,OK,00\n4,0,read,50,0,00,0,1,OK,00\n", 4},
		{HEAD "-1,0,read,50,0,00,0,1,OK,00\n", 3},
		{HEAD "99999999999999999999,0,read,50,0,00,0,1,OK,00\n", 3},
		{HEAD "0,0,peek,50,0,00,0,1,OK,00\n", 3},
		{HEAD "0,0,read,80,0,00,0,1,OK,00\n", 3},
		{HEAD "0,0,read,50,256,00,0,1,OK,00\n", 3},
		{HEAD "0,0,read,50,0,100,0,1,OK,00\n", 3},
		{HEAD "0,0,read,50,0,00,256,1,OK,00\n", 3},
		{HEAD "0,0,read,50,0,00,0,0,OK,\n", 3},
		{HEAD "0,0,read,50,0,00,0,129,OK,\n", 3},
		{HEAD "0,0,read,50,0,00,120,9,OK,\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,FINE,00\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,OK,0\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,OK,zz\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,OK,0000\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,NACK,00\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,OK,00,1\n", 3},
		{HEAD "0,0,read,50,0,00,0,1,OK,00\n\n# remark\n0,0\n", 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct lw_trace t = {.count = 77};
		struct lw_arena arena;
		struct lw_error e;

		lw_arena_init(&arena, 0);
		assert_int_equal(
			lw_trace_load(bad[i].text, strlen(bad[i].text), "t", &arena, &t, &e),
			LW_EINVAL);
		assert_int_equal(e.line, bad[i].line);
		assert_int_equal(t.count, 77);
		lw_arena_finish(&arena);
	}
}

static void trace_text_cut_anywhere_never_crashes(void **state)
{
	uint64_t z = 7;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		struct lw_arena arena;
		struct lw_trace t;
		struct lw_error e;
		size_t n = i < sizeof(session) ? i : sizeof(session) - 1;
		char *text = malloc(n + 1);

		memcpy(text, session, n);
		if (i >= sizeof(session)) {
			z = z * 6364136223846793005u + 1442695040888963407u;
			text[(z >> 33) % n] = (char)(z >> 25);
		}
		lw_arena_init(&arena, 1 << 20);
		(void)lw_trace_load(text, n, NULL, &arena, &t, &e);
		lw_arena_finish(&arena);
		free(text);
	}
}

/* A module of counting bytes on a clock that ticks. */
struct ticking_bus {
	struct lw_bus bus;
	struct lw_mono now;
	uint8_t next;
};

static int ticking_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			struct lw_error *reterr)
{
	struct ticking_bus *b = (struct ticking_bus *)bus;

	(void)a, (void)reterr;
	for (size_t i = 0; i < n; i++)
		ret[i] = b->next++;
	b->now = lw_mono_add(b->now, lw_ms(2));
	return 0;
}

static int ticking_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			 struct lw_error *reterr)
{
	(void)bus, (void)p, (void)n;
	return lw_fail_at(reterr, LW_ENACK, a.page, a.byte, "busy");
}

static struct lw_mono ticking_clock(void *ctx)
{
	return ((struct ticking_bus *)ctx)->now;
}

static const struct lw_bus_ops ticking_ops = {ticking_read, ticking_write};

static void trace_keeps_whole_accesses_and_their_time(void **state)
{
	struct lw_trace_entry ring[8];
	struct ticking_bus b = {.bus.ops = &ticking_ops, .now = lw_ms(100)};
	struct lw_trace t;
	uint8_t bytes[300], data[128];

	(void)state;
	lw_trace_init(&t, ring, 8, bytes, sizeof(bytes));
	t.clock = ticking_clock;
	t.clock_ctx = &b;
	b.bus.trace = &t;
	lw_bus_read(&b.bus, (struct lw_addr){0x50, 0, 1, 128}, data, 128, NULL);
	assert_int_equal(ring[0].at.ns, lw_ms(100).ns);
	assert_int_equal(ring[0].took.ns, lw_ms(2).ns);
	memset(data, 0, sizeof(data));
	assert_int_equal(lw_trace_data(&t, &ring[0], data), 128);
	assert_int_equal(data[127], 127);
	assert_int_equal(lw_bus_write(&b.bus, (struct lw_addr){0x50, 0, 0, 26},
				      (const uint8_t[]){0xab}, 1, NULL),
			 LW_ENACK);
	assert_int_equal(lw_trace_data(&t, &ring[1], data), 1);
	assert_int_equal(data[0], 0xab);
}

static void trace_that_is_full_forgets_the_oldest(void **state)
{
	struct lw_trace_entry ring[4];
	struct ticking_bus b = {.bus.ops = &ticking_ops};
	struct lw_trace t;
	uint8_t bytes[20], data[128];

	(void)state;
	lw_trace_init(&t, ring, 4, bytes, sizeof(bytes));
	b.bus.trace = &t;
	for (unsigned i = 0; i < 6; i++)
		lw_bus_read(&b.bus, (struct lw_addr){0x50, 0, 0, 8}, data, 8, NULL);
	assert_int_equal(lw_trace_first(&t), 2);
	assert_null(lw_trace_at(&t, 1));
	assert_null(lw_trace_at(&t, 6));
	/* 20 bytes hold the last two and a half: half an access is none */
	assert_int_equal(lw_trace_data(&t, lw_trace_at(&t, 3), data), 0);
	assert_int_equal(lw_trace_data(&t, lw_trace_at(&t, 4), data), 8);
	assert_int_equal(data[0], 32);
	assert_int_equal(lw_trace_data(&t, lw_trace_at(&t, 5), data), 8);
	assert_int_equal(data[7], 47);
}

static void trace_without_bytes_keeps_the_entries(void **state)
{
	struct lw_trace_entry ring[2];
	struct ticking_bus b = {.bus.ops = &ticking_ops};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_trace t;
	uint8_t data[128];

	(void)state;
	lw_trace_init(&t, ring, 2, NULL, 0);
	b.bus.trace = &t;
	lw_bus_read(&b.bus, (struct lw_addr){0x50, 0, 0, 8}, data, 8, NULL);
	assert_int_equal(lw_trace_data(&t, &ring[0], data), 0);
	lw_trace_write(&t, &text);
	assert_string_equal(lw_buf_str(&text), HEAD "0,0,read,50,0,00,8,8,OK,\n");
	lw_buf_finish(&text);
}

static void replay_answers_as_recorded_with_its_timing(void **state)
{
	struct lw_replay_bus r;
	struct loaded l;
	struct lw_error e;
	uint8_t b[4];

	(void)state;
	load(&l, session);
	lw_replay_bus_init(&r, &l.t);
	assert_int_equal(lw_replay_due(&r).ns, 0);
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0, 0}, b, 3, &e), 0);
	assert_memory_equal(b, "\x18\x50\x07", 3);
	assert_int_equal(r.now.ns, 900000);
	assert_int_equal(lw_replay_due(&r).ns, 1000000);
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0, 3}, b, 1, &e), LW_ENACK);
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0, 3}, b, 1, &e), 0);
	assert_int_equal(b[0], 6);
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0x11, 128}, b, 4, &e), 0);
	assert_int_equal(r.now.ns, 14500000);
	assert_int_equal(lw_bus_write(&r.bus, (struct lw_addr){0x50, 0, 0x10, 128},
				      (const uint8_t[]){0xf0}, 1, &e),
			 0);
	assert_int_equal(lw_bus_write(&r.bus, (struct lw_addr){0x50, 0, 0x10, 143},
				      (const uint8_t[]){0xff}, 1, &e),
			 LW_ETIMEDOUT);
	assert_int_equal(r.departures, 0);
	assert_int_equal(lw_replay_left(&r), 0);
	assert_int_equal(lw_replay_due(&r).ns, LW_NEVER.ns);
	lw_arena_finish(&l.arena);
}

static void replay_tells_how_the_host_departs(void **state)
{
	struct lw_replay_bus r;
	struct loaded l;
	struct lw_error e;
	uint8_t b[4];
	char text[160];

	(void)state;
	load(&l, session);
	lw_replay_bus_init(&r, &l.t);

	/* something the trace does not have: it stays where it is */
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0x01, 128}, b, 4, &e),
			 LW_EIO);
	assert_int_equal(r.first.kind, LW_DEPARTURE_EXTRA);
	assert_int_equal(r.next, 0);
	lw_departure_text(&r.first, text, sizeof(text));
	assert_non_null(strstr(text, "page 01h"));
	assert_string_equal(e.message, text);

	/* the host leaves three accesses out */
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0x11, 128}, b, 4, &e), 0);
	assert_int_equal(r.last.kind, LW_DEPARTURE_SKIPPED);
	assert_int_equal(r.last.skipped, 3);
	assert_int_equal(r.last.at, 0);

	/* and writes something else */
	assert_int_equal(lw_bus_write(&r.bus, (struct lw_addr){0x50, 0, 0x10, 128},
				      (const uint8_t[]){0x0f}, 1, &e),
			 0);
	assert_int_equal(r.last.kind, LW_DEPARTURE_DATA);
	assert_int_equal(r.departures, 3);
	assert_int_equal(r.first.kind, LW_DEPARTURE_EXTRA);
	lw_arena_finish(&l.arena);
}

static void replay_of_lost_bytes_is_no_answer(void **state)
{
	struct lw_replay_bus r;
	struct loaded l;
	struct lw_error e;
	uint8_t b[4];

	(void)state;
	load(&l, HEAD "0,0,read,50,0,00,0,3,OK,\n");
	lw_replay_bus_init(&r, &l.t);
	assert_int_equal(lw_bus_read(&r.bus, (struct lw_addr){0x50, 0, 0, 0}, b, 3, &e), LW_EIO);
	assert_int_equal(r.first.kind, LW_DEPARTURE_LOST);
	lw_arena_finish(&l.arena);
}

static void image_of_a_trace_has_the_last_known_bytes(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_known known;
	struct loaded l;
	struct lw_error e;

	(void)state;
	load(&l, HEAD "0,0,read,50,0,00,0,3,OK,185007\n"
		      "1,0,read,50,0,00,3,1,OK,02\n"
		      "2,0,read,50,0,00,3,1,OK,06\n" /* the later one counts */
		      "3,0,read,50,0,00,3,1,NACK,\n" /* a failed one does not */
		      "4,0,read,50,1,11,128,2,OK,4411\n"
		      "5,0,write,50,0,10,128,1,OK,f0\n" /* DPDeinit: all bits can be written */
		      "6,0,write,50,0,10,143,1,OK,ff\n" /* ApplyDPInit: a command, nothing stays */
		      "7,0,write,50,0,10,129,1,NACK,55\n"
		      "8,0,read,50,0,ee,200,1,OK,12\n"); /* no slot of the map */
	assert_int_equal(lw_trace_image(&l.t, LW_MAP_NONE, img, &known, &e), 0);
	assert_int_equal(img->map, LW_MAP_CMIS);
	assert_int_equal(img->slot[0][LW_CMIS_SLOT_L][0], 0x18);
	assert_int_equal(img->slot[0][LW_CMIS_SLOT_L][3], 0x06);
	assert_true(lw_known_byte(&known, 0, LW_CMIS_SLOT_L, 3));
	assert_false(lw_known_byte(&known, 0, LW_CMIS_SLOT_L, 4));
	assert_int_equal(img->slot[1][LW_CMIS_SLOT_11H][0], 0x44);
	assert_true(lw_known_byte(&known, 1, LW_CMIS_SLOT_11H, 1));
	assert_false(lw_known_byte(&known, 0, LW_CMIS_SLOT_11H, 1));
	assert_false(img->present[0][LW_CMIS_SLOT_11H]);
	assert_int_equal(img->slot[0][LW_CMIS_SLOT_10H][0], 0xf0);
	assert_true(lw_known_byte(&known, 0, LW_CMIS_SLOT_10H, 0));
	assert_false(lw_known_byte(&known, 0, LW_CMIS_SLOT_10H, 1));
	assert_false(lw_known_byte(&known, 0, LW_CMIS_SLOT_10H, 15));
	lw_arena_finish(&l.arena);
	free(img);
}

static void image_needs_an_identifier(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct loaded l;
	struct lw_error e;

	(void)state;
	load(&l, HEAD "0,0,read,50,0,11,128,2,OK,4411\n");
	assert_int_equal(lw_trace_image(&l.t, LW_MAP_NONE, img, NULL, &e), LW_ENOENT);
	assert_int_equal(lw_trace_image(&l.t, LW_MAP_CMIS, img, NULL, &e), 0);
	assert_int_equal(img->slot[0][LW_CMIS_SLOT_11H][1], 0x11);
	lw_arena_finish(&l.arena);
	load(&l, HEAD "0,0,read,50,0,00,0,1,OK,ff\n");
	assert_int_equal(lw_trace_image(&l.t, LW_MAP_NONE, img, NULL, &e), LW_ENOTSUP);
	lw_arena_finish(&l.arena);
	free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_text_is_read_and_written_the_same),
		cmocka_unit_test(trace_text_gives_every_cell),
		cmocka_unit_test(trace_text_that_is_wrong_names_its_line),
		cmocka_unit_test(trace_text_cut_anywhere_never_crashes),
		cmocka_unit_test(trace_keeps_whole_accesses_and_their_time),
		cmocka_unit_test(trace_that_is_full_forgets_the_oldest),
		cmocka_unit_test(trace_without_bytes_keeps_the_entries),
		cmocka_unit_test(replay_answers_as_recorded_with_its_timing),
		cmocka_unit_test(replay_tells_how_the_host_departs),
		cmocka_unit_test(replay_of_lost_bytes_is_no_answer),
		cmocka_unit_test(image_of_a_trace_has_the_last_known_bytes),
		cmocka_unit_test(image_needs_an_identifier),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
