/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_MEMORY_SUPPORT_H
#define LW_TEST_MEMORY_SUPPORT_H

/* Memories to work on: made parts and golden dumps. Include after cmocka.h. */

#include <dirent.h>
#include <lanewise/recipe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *golden_dir = "tests/golden";
static struct lw_arena arena;
static struct lw_error error;

static inline int setup(void **state)
{
	(void)state;
	lw_arena_init(&arena, 0);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	lw_arena_finish(&arena);
	return 0;
}

static inline void take(const void *bytes, size_t n, struct lw_memory *ret)
{
	if (lw_memory_read(bytes, n, "test", &arena, ret, &error))
		fail_msg("%s", error.message);
}

static inline void make(const char *part, struct lw_memory *ret)
{
	struct lw_image *img = lw_arena_alloc(&arena, sizeof(*img));

	assert_non_null(lw_part_find(part));
	if (lw_image_make(lw_part_find(part), NULL, img, &error) ||
	    lw_memory_from_image(img, &arena, ret, &error))
		fail_msg("%s: %s", part, error.message);
}

static inline void golden(const char *module, struct lw_memory *ret)
{
	static uint8_t bytes[LW_DUMP_MAX];
	char path[1024];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/dump.bin", golden_dir, module);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot open", path);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	take(bytes, n, ret);
}

/* Call `use` with every golden dump. @return their number */
static inline unsigned each_golden(void (*use)(const char *name, struct lw_memory *m))
{
	DIR *d = opendir(golden_dir);
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		char path[1024];
		struct lw_memory m;

		/* other golden data lies there too */
		snprintf(path, sizeof(path), "%s/%s/dump.bin", golden_dir, e->d_name);
		if (e->d_name[0] == '.' || access(path, F_OK))
			continue;
		golden(e->d_name, &m);
		use(e->d_name, &m);
		n++;
	}
	closedir(d);
	return n;
}

static inline int set_with(struct lw_memory *m, unsigned flags, const char *assignment)
{
	return lw_memory_set(m, &assignment, 1, flags, &arena, &error);
}

static inline void must_set(struct lw_memory *m, unsigned flags, const char *assignment)
{
	if (set_with(m, flags, assignment))
		fail_msg("%s: %s", assignment, error.message);
}

/* Refused with `code`, with a message that holds `needle`, and nothing changed. */
static inline void must_refuse(struct lw_memory *m, unsigned flags, const char *assignment,
			       int code, const char *needle)
{
	uint8_t *before = malloc(m->n);
	int r;

	assert_non_null(before);
	memcpy(before, m->bytes, m->n);
	r = set_with(m, flags, assignment);
	if (r != code)
		fail_msg("%s: %d instead of %d: %s", assignment, r, code, r ? error.message : "");
	if (!strstr(error.message, needle))
		fail_msg("%s: \"%s\" has no \"%s\"", assignment, error.message, needle);
	assert_memory_equal(before, m->bytes, m->n);
	free(before);
}

static inline const struct lw_finding *finding(const struct lw_findings *f, const char *rule)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].rule, rule) == 0)
			return &f->v[i];
	return NULL;
}

static inline void check(const struct lw_memory *m, struct lw_findings *ret)
{
	lw_findings_init(ret, &arena);
	assert_int_equal(lw_memory_check(m, "test", ret), 0);
}

/* Byte `b` of upper page `p` in a QSFP family dump. */
#define UPPER(m, p, b) (m).bytes[128 + (p)*128 + (b)-128]
/* Byte `b` of A2h in an SFP dump. */
#define A2(m, b) (m).bytes[256 + (b)]

#define MAIN(name, tests)                                                                          \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		if (argc > 1)                                                                      \
			golden_dir = argv[1];                                                      \
		return cmocka_run_group_tests_name(name, tests, NULL, NULL);                       \
	}

#endif
