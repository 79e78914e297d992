/* SPDX-License-Identifier: Apache-2.0 */
#include "attached.h"

#include <string.h>

static char *path_of(const char *pattern, const struct lw_cage *c, struct lw_arena *arena)
{
	const struct {
		const char *word, *with;
	} names[] = {{"{device}", c->device},
		     {"{cage}", c->name},
		     {"{port}", c->port ? c->port : c->name}};
	const size_t n = sizeof(names) / sizeof(names[0]);
	struct lw_buf b = LW_BUF_INIT;
	char *path = NULL;

	while (*pattern) {
		size_t k = 0;

		while (k < n && strncmp(pattern, names[k].word, strlen(names[k].word)) != 0)
			k++;
		if (k == n) {
			lw_buf_putc(&b, *pattern++);
			continue;
		}
		lw_buf_puts(&b, names[k].with);
		pattern += strlen(names[k].word);
	}
	if (!b.failed)
		path = lw_arena_strdup(arena, lw_buf_str(&b));
	lw_buf_finish(&b);
	return path;
}

/* Two engines' worth of writes to one module would be none of what was asked for. */
static int differ(const struct lw_fabric *f, char *const *path, size_t i, struct lw_error *reterr)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(path[k], path[i]) == 0)
			return lw_fail(
				reterr, LW_EINVAL,
				"%s and %s would both be %.200s: name {device} and {cage} in "
				"--modules",
				f->cages[k].id, f->cages[i].id, path[i]);
	return 0;
}

int cli_attach(struct cli_attached *a, const struct lw_fabric *f, const char *pattern, bool keep,
	       struct lw_error *reterr)
{
	const struct lw_device_options opt = {
		.keep = keep, .patience_ms = LW_DEVICE_PATIENCE_MS, .together = &a->together};
	char **path = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(char *));
	int r = 0;

	*a = (struct cli_attached){
		.n = f->cage_n,
		.device = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(struct lw_device *)),
		.bus = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(struct lw_bus *))};
	if (!path || !a->device || !a->bus)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < f->cage_n; i++) {
		path[i] = path_of(pattern, &f->cages[i], f->arena);
		if (!path[i])
			r = lw_fail(reterr, LW_ENOMEM, "out of memory");
		if (!r)
			r = differ(f, path, i, reterr);
		if (!r)
			r = lw_device_open(path[i], &opt, &a->device[i], reterr);
		if (!r)
			a->bus[i] = lw_device_bus(a->device[i]);
	}
	if (r)
		cli_detach(a);
	return r;
}

void cli_detach(struct cli_attached *a)
{
	for (size_t i = 0; i < a->n; i++)
		lw_device_close(a->device[i]);
	a->n = 0;
}

struct lw_bus_stats cli_attached_stats(const struct cli_attached *a)
{
	struct lw_bus_stats sum = {0};

	for (size_t i = 0; i < a->n; i++) {
		sum.reads += a->bus[i]->stats.reads;
		sum.polls += a->bus[i]->stats.polls;
		sum.writes += a->bus[i]->stats.writes;
	}
	return sum;
}
