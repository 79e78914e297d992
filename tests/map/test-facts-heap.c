/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts 2: a decode takes no heap. The linker sends every allocation of the library to the counters
 * below (--wrap), whatever allocator or sanitizer is behind them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <lanewise/buf.h>

#include "golden.h"

static unsigned allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

/* Without this the other test would prove nothing. */
static void heap_of_the_library_is_counted(void **state)
{
	struct lw_buf b = LW_BUF_INIT;

	(void)state;
	allocations = 0;
	lw_buf_puts(&b, "text");
	assert_int_equal(allocations, 1);
	lw_buf_finish(&b);
}

/* From the bytes of a dump to facts, abilities and the summary. */
static unsigned allocations_of(const char *module)
{
	static struct lw_ability abilities[LW_ABILITIES_MAX];
	static uint8_t bytes[DUMP_MAX];
	char summary[LW_SUMMARY_MAX];
	size_t n = golden_dump(module, bytes);
	struct lw_facts facts;

	allocations = 0;
	golden_decode(bytes, n, &facts);
	lw_facts_abilities(&facts, abilities);
	lw_facts_summary(&facts, summary, sizeof(summary));
	return allocations;
}

static void decode_of_every_dump_takes_no_heap(void **state)
{
	DIR *dir = opendir(golden_dir);
	unsigned modules = 0;
	struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (allocations_of(entry->d_name))
			fail_msg("%s: %u allocations", entry->d_name, allocations);
		modules++;
	}
	closedir(dir);
	assert_true(modules > 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heap_of_the_library_is_counted),
		cmocka_unit_test(decode_of_every_dump_takes_no_heap),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests_name("facts-heap", tests, NULL, NULL);
}
