/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every memory of tests/golden as a virtual module: what it is reads as in the dump, and what it
 * advertises can be brought up, register by register.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <lanewise/facts.h>
#include <lanewise/image-bus.h>
#include <lanewise/lab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_MAX 512
#define DUMP_MAX    (1 << 18)

static const char *golden_dir;
static char module_name[MODULES_MAX][256];
static size_t module_n;

/** A dump staged as the only module of a fabric. */
struct staged {
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_lab lab;
	struct lw_image image, back;
};

static void read_image(const char *module, struct lw_image *ret)
{
	static uint8_t bytes[DUMP_MAX];
	struct lw_error e;
	char path[1024];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/dump.bin", golden_dir, module);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot open", path);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	if (lw_image_parse(bytes, n, module, ret, &e))
		fail_msg("%s: %s", module, e.message);
}

static void advance(struct staged *s, int64_t ms)
{
	lw_world_advance(s->lab.world, lw_mono_add(lw_world_now(s->lab.world), lw_ms(ms)));
}

static int reader(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		  struct lw_error *reterr)
{
	struct staged *s = ctx;

	(void)reterr;
	assert_int_equal(source, LW_SOURCE_DUMP);
	read_image(path, &s->image);
	*ret = s->image;
	return 0;
}

static struct staged *stage(const char *module)
{
	struct staged *s = calloc(1, sizeof(*s));
	struct lw_error e;
	char text[512];

	assert_non_null(s);
	lw_arena_init(&s->arena, 0);
	snprintf(text, sizeof(text),
		 "fabric: one\ndevices: {d: {cages: {c: {form: QSFP-DD, mode: 1x400G,\n"
		 "  module: {dump: %s}}}}}\ncables: []\n",
		 module);
	if (lw_fabric_load(text, strlen(text), "t.yaml", &s->arena, &s->fabric, &e) ||
	    lw_fabric_resolve(&s->fabric, reader, s, &e) || lw_lab_init(&s->lab, &s->fabric, 1, &e))
		fail_msg("%s: %s", module, e.message);
	advance(s, 10000);
	return s;
}

static void end(struct staged *s)
{
	lw_lab_finish(&s->lab);
	lw_arena_finish(&s->arena);
	free(s);
}

static json_t *decode(const struct lw_image *img)
{
	static struct lw_facts facts;
	struct lw_findings problems;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_json j;
	struct lw_view v;
	json_t *ret;

	lw_arena_init(&arena, 0);
	lw_findings_init(&problems, &arena);
	lw_image_view(img, &v);
	lw_facts_decode(&v, &facts);
	lw_json_init(&j, &text);
	lw_facts_json(&facts, "", &problems, &j);
	ret = json_loads(lw_buf_str(&text), 0, NULL);
	assert_non_null(ret);
	lw_buf_finish(&text);
	lw_arena_finish(&arena);
	return ret;
}

/* What a module computes while it runs; all else is what it is. */
static bool moves(const char *key)
{
	static const char *const keys[] = {
		"dom",     "flags",         "problems",     "module_state",    "module_state_name",
		"summary", "config_status", "active_apsel", "datapath_states", "lanes_state",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Does `got` say all that `want` says? A dump may have left out what the twin has. */
static bool says(const json_t *want, json_t *got)
{
	const json_t *v;
	const char *key;
	size_t i;

	if (json_is_null(want))
		return true;
	if (json_is_array(want) && json_array_size(want) == json_array_size(got)) {
		json_array_foreach((json_t *)(uintptr_t)want, i,
				   v) if (!says(v, json_array_get(got, i))) return false;
		return true;
	}
	if (json_is_object(want)) {
		json_object_foreach((json_t *)(uintptr_t)want, key,
				    v) if (!says(v, json_object_get(got, key))) return false;
		return true;
	}
	return json_equal(want, got);
}

static unsigned compare(const char *module, const struct lw_image *want, const struct lw_image *got)
{
	json_t *a = decode(want), *b = decode(got), *v;
	bool lower = json_is_true(json_object_get(a, "lower_page_valid"));
	unsigned wrong = 0;
	const char *key;

	json_object_foreach(a, key, v)
	{
		char *w, *g;

		if (moves(key) || says(v, json_object_get(b, key)))
			continue;
		/* a lower half that was not read */
		if (!lower && strstr(key, "lower"))
			continue;
		w = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
		g = json_dumps(json_object_get(b, key), JSON_ENCODE_ANY | JSON_COMPACT);
		print_error("%s: %s: the dump has %s, the twin %s\n", module, key, w, g);
		free(w);
		free(g);
		wrong++;
	}
	json_decref(a);
	json_decref(b);
	return wrong;
}

static void twin_of_every_dump_reads_as_the_dump(void **state)
{
	unsigned wrong = 0;

	(void)state;
	assert_true(module_n >= 44);
	for (size_t i = 0; i < module_n; i++) {
		struct staged *s = stage(module_name[i]);
		struct lw_error e;

		if (lw_image_read(s->lab.bus[0], NULL, NULL, &s->back, &e)) {
			print_error("%s: %s\n", module_name[i], e.message);
			wrong++;
		} else {
			wrong += compare(module_name[i], &s->image, &s->back);
		}
		end(s);
	}
	assert_int_equal(wrong, 0);
}

static uint8_t get(struct staged *s, unsigned page, unsigned byte)
{
	struct lw_error e;
	uint8_t v = 0;

	if (lw_bus_read(s->lab.bus[0], (struct lw_addr){0x50, 0, (uint8_t)page, (uint8_t)byte}, &v,
			1, &e))
		fail_msg("%s %02xh:%u: %s", s->fabric.cages[0].dump, page, byte, e.message);
	return v;
}

static void put(struct staged *s, unsigned page, unsigned byte, uint8_t v)
{
	struct lw_error e;

	if (lw_bus_write(s->lab.bus[0], (struct lw_addr){0x50, 0, (uint8_t)page, (uint8_t)byte}, &v,
			 1, &e))
		fail_msg("%s %02xh:%u: %s", s->fabric.cages[0].dump, page, byte, e.message);
}

static unsigned state_of(struct staged *s, unsigned lane)
{
	return get(s, 0x11, 128 + lane / 2) >> 4 * (lane % 2) & 15;
}

/* Hold these lanes down, let the others run. The byte of CMIS 3.x is the inverse. */
static void put_deinit(struct staged *s, uint8_t lanes)
{
	put(s, 0x10, 128, get(s, 0, 1) >> 4 == 3 ? (uint8_t)~lanes : lanes);
}

enum { READY = 3, ACTIVATED = 4, DEACTIVATED = 1, SUCCESS = 1 };

/* CMIS 6.3.3: deinit, power up, configure, init; each with its wait. @return paths brought up */
static unsigned bring_up(struct staged *s, const struct lw_app *a)
{
	unsigned first = (unsigned)__builtin_ctz(a->host_assign), up = 0;

	put_deinit(s, 0xff);
	put(s, 0, 26, 0); /* LowPwrAllowRequestHW and LowPwrRequestSW off */
	advance(s, 700000);
	assert_int_equal(get(s, 0, 3) >> 1 & 7, READY);
	for (unsigned i = 0; i < 8; i++) {
		bool used = i >= first && i < first + a->host_lanes;
		unsigned set = used ? (unsigned)a->apsel << 4 | first << 1 : 0;

		put(s, 0x10, 145 + i, (uint8_t)set);
	}
	put(s, 0x10, 143, 0xff);
	advance(s, 10000);
	for (unsigned i = first; i < first + a->host_lanes; i++) {
		unsigned status = get(s, 0x11, 202 + i / 2) >> 4 * (i % 2) & 15;

		if (status != SUCCESS)
			fail_msg("%s: app %u lane %u: config status %u", s->fabric.cages[0].dump,
				 a->apsel, i + 1, status);
	}
	put_deinit(s, (uint8_t) ~(((1u << a->host_lanes) - 1u) << first));
	advance(s, 1200000);
	for (unsigned i = first; i < first + a->host_lanes; i++)
		up += state_of(s, i) == ACTIVATED;
	return up == a->host_lanes;
}

static void twin_of_every_cmis_dump_comes_up_in_every_application(void **state)
{
	static struct lw_facts facts;
	unsigned tried = 0;

	(void)state;
	for (size_t i = 0; i < module_n; i++) {
		struct lw_view v;
		struct lw_image *img = calloc(1, sizeof(*img));

		assert_non_null(img);
		read_image(module_name[i], img);
		lw_image_view(img, &v);
		lw_facts_decode(&v, &facts);
		for (unsigned k = 0; k < facts.app_n && img->map == LW_MAP_CMIS; k++) {
			const struct lw_app *a = &facts.app[k];
			struct staged *s;

			/* without a place on both sides it is advertised and cannot be had */
			if (facts.flat_memory || a->after_gap || !a->host_lanes ||
			    !a->host_assign || !a->media_assign)
				continue;
			s = stage(module_name[i]);
			if (!bring_up(s, a))
				fail_msg("%s: application %u does not come up", module_name[i],
					 a->apsel);
			tried++;
			end(s);
		}
		free(img);
	}
	print_message("# %u applications\n", tried);
	assert_true(tried >= 20);
}

static void find_modules(void)
{
	struct dirent *e;
	DIR *d = opendir(golden_dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && module_n < MODULES_MAX)
			snprintf(module_name[module_n++], sizeof(module_name[0]), "%s", e->d_name);
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twin_of_every_dump_reads_as_the_dump),
		cmocka_unit_test(twin_of_every_cmis_dump_comes_up_in_every_application),
	};

	golden_dir = argc > 1 ? argv[1] : "tests/golden";
	find_modules();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
