/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every dump of tests/golden must decode to its expected.json, which did not come from this code.
 * Paths named `lenient` there are not judged; keys that we add are not either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_MAX 512

static const char *golden_dir;
static char module_name[MODULES_MAX][256];

struct compare {
	const json_t *lenient;
	unsigned compared, wrong;
};

static bool is_lenient(const struct compare *c, const char *path)
{
	size_t i;
	json_t *v;

	json_array_foreach(c->lenient, i, v) if (!strcmp(json_string_value(v), path)) return true;
	return false;
}

static void report(struct compare *c, const char *path, const json_t *want, const json_t *got)
{
	char *w = json_dumps(want, JSON_ENCODE_ANY | JSON_COMPACT);
	char *g = got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	print_error("%s: want %s, got %s\n", path, w, g ? g : "no such key");
	free(w);
	free(g);
	c->wrong++;
}

static bool is_near(double want, double got)
{
	return fabs(want - got) <= 1e-6 * fmax(1, fabs(want));
}

static void compare_value(struct compare *c, const char *path, const json_t *want,
			  const json_t *got);

static void compare_object(struct compare *c, const char *path, const json_t *want,
			   const json_t *got)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)want, key, v)
	{
		char sub[256];

		snprintf(sub, sizeof(sub), "%s%s%s", path, *path ? "." : "", key);
		compare_value(c, sub, v, json_object_get(got, key));
	}
}

static void compare_value(struct compare *c, const char *path, const json_t *want,
			  const json_t *got)
{
	char sub[300];

	if (is_lenient(c, path))
		return;
	c->compared++;
	if (!got) {
		report(c, path, want, got);
	} else if (json_is_object(want) && json_is_object(got)) {
		compare_object(c, path, want, got);
	} else if (json_is_array(want) && json_is_array(got) &&
		   json_array_size(want) == json_array_size(got)) {
		snprintf(sub, sizeof(sub), "%s[]", path);
		for (size_t i = 0; i < json_array_size(want); i++)
			compare_value(c, sub, json_array_get(want, i), json_array_get(got, i));
	} else if (json_is_number(want) && json_is_number(got)) {
		if (!is_near(json_number_value(want), json_number_value(got)))
			report(c, path, want, got);
	} else if (!json_equal((json_t *)(uintptr_t)want, (json_t *)(uintptr_t)got)) {
		report(c, path, want, got);
	}
}

static uint8_t *read_file(const char *dir, const char *file, size_t *ret_n)
{
	char path[1024];
	uint8_t *bytes = malloc(1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", golden_dir, dir, file);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot open", path);
	assert_non_null(bytes);
	*ret_n = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

/* The decode document of a dump, parsed by jansson: what we write must be valid JSON. */
static json_t *decode(const char *name)
{
	static struct lw_image image;
	struct lw_buf buf = LW_BUF_INIT;
	struct lw_findings problems;
	struct lw_arena arena;
	struct lw_facts facts;
	struct lw_error error;
	struct lw_view view;
	struct lw_json writer;
	json_error_t parse;
	size_t n;
	uint8_t *bytes = read_file(name, "dump.bin", &n);
	json_t *got;

	if (lw_image_parse(bytes, n, name, &image, &error))
		fail_msg("%s: %s", name, error.message);
	lw_image_view(&image, &view);
	lw_facts_decode(&view, &facts);
	lw_arena_init(&arena, 0);
	lw_findings_init(&problems, &arena);
	assert_int_equal(lw_facts_problems(&facts, name, &problems), 0);
	lw_json_init(&writer, &buf);
	lw_facts_json(&facts, name, &problems, &writer);
	got = json_loads(lw_buf_str(&buf), 0, &parse);
	if (!got)
		fail_msg("line %d: %s", parse.line, parse.text);
	lw_buf_finish(&buf);
	lw_arena_finish(&arena);
	free(bytes);
	return got;
}

static void golden_dump_decodes_as_expected(void **state)
{
	const char *name = *state;
	size_t n;
	char *text = (char *)read_file(name, "expected.json", &n);
	json_error_t parse;
	json_t *want = json_loadb(text, n, 0, &parse);
	json_t *got = decode(name);
	struct compare c = {0};

	assert_non_null(want);
	c.lenient = json_object_get(want, "lenient");
	json_object_del(got, "lenient");
	json_object_set_new(got, "lenient", json_copy((json_t *)(uintptr_t)c.lenient));
	compare_value(&c, "", want, got);
	assert_true(c.compared > 30);
	assert_int_equal(c.wrong, 0);
	json_decref(want);
	json_decref(got);
	free(text);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MODULES_MAX];
	size_t n = 0;
	DIR *dir;

	golden_dir = argc > 1 ? argv[1] : "tests/golden";
	dir = opendir(golden_dir);
	if (!dir) {
		fprintf(stderr, "%s: cannot open\n", golden_dir);
		return 2;
	}
	for (struct dirent *e; (e = readdir(dir)) && n < MODULES_MAX;)
		if (e->d_name[0] != '.')
			snprintf(module_name[n++], sizeof(module_name[0]), "%s", e->d_name);
	closedir(dir);
	qsort(module_name, n, sizeof(module_name[0]), by_name);
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){module_name[i], golden_dump_decodes_as_expected,
					       NULL, NULL, module_name[i]};
	return _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
}
