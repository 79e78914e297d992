/* SPDX-License-Identifier: Apache-2.0 */
#include "eeprom.h"

#include <errno.h>
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNDO_LIMIT (64u << 20)

enum { OPT_FACTORY, OPT_FORCE, OPT_DRY_RUN, OPT_UNDO, OPT_OUTPUT, OPT_JSON };

static const struct cli_option options[] = {
	[OPT_FACTORY] = {"factory", NULL, "set what is read-only to a host: what a maker programs"},
	[OPT_FORCE] = {"force", NULL, "set also state, flags, monitors, checksums, hidden pages"},
	[OPT_DRY_RUN] = {"dry-run", NULL, "show what would change, write nothing"},
	[OPT_UNDO] = {"undo", NULL, "take the last change of FILE back"},
	[OPT_OUTPUT] = {"output", "OUT", "(or -o) write raw bytes there, leave FILE as it is"},
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/eeprom.md)"},
	{0},
};

struct set {
	unsigned flags;
	bool dry_run, undo, json;
	const char *output;
	const char *file;
	char *undo_file;
	struct lw_arena arena;
	struct lw_memory before, after;
	struct lw_error e;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct set *s = ctx;

	switch (index) {
	case OPT_FACTORY:
		s->flags |= LW_SET_FACTORY;
		break;
	case OPT_FORCE:
		s->flags |= LW_SET_FORCE;
		break;
	case OPT_DRY_RUN:
		s->dry_run = true;
		break;
	case OPT_UNDO:
		s->undo = true;
		break;
	case OPT_OUTPUT:
		s->output = value;
		break;
	default:
		s->json = true;
	}
	return 0;
}

/* The undo file as it is; none is no error. free() the result. */
static int read_undo(struct set *s, char **ret, size_t *ret_n)
{
	*ret = NULL;
	*ret_n = 0;
	if (access(s->undo_file, F_OK))
		return 0;
	return lw_file_read(s->undo_file, UNDO_LIMIT, ret, ret_n, &s->e);
}

/* First what takes it back, then the change: at no moment can the old content be lost. */
static int write_in_place(struct set *s)
{
	struct lw_buf undo = LW_BUF_INIT;
	char *old;
	size_t old_n;
	int r = read_undo(s, &old, &old_n);

	if (r)
		return r;
	r = lw_undo_add(old, old_n, s->before.bytes, s->before.n, s->after.bytes, s->after.n, &undo,
			&s->e);
	if (!r)
		r = cli_replace_file(s->undo_file, s->file, undo.s, undo.len, &s->e);
	if (!r)
		r = cli_replace_file(s->file, NULL, s->after.bytes, s->after.n, &s->e);
	lw_buf_finish(&undo);
	free(old);
	return r;
}

static int write_result(struct set *s)
{
	if (s->output && !cli_same_file(s->output, s->file))
		return cli_replace_file(s->output, s->file, s->after.bytes, s->after.n, &s->e);
	if (s->before.text)
		return lw_fail_in(&s->e, LW_ENOTSUP, s->file, 0,
				  "is hex text; -o OUT writes the result as raw bytes");
	if (memcmp(s->before.bytes, s->after.bytes, s->before.n) == 0)
		return 0;
	return write_in_place(s);
}

/* Write `after` without the last step, then drop the step. */
static int write_undone(struct set *s, const char *undo, size_t left)
{
	int r = cli_replace_file(s->file, NULL, s->after.bytes, s->after.n, &s->e);

	if (r)
		return r;
	if (left)
		return cli_replace_file(s->undo_file, s->file, undo, left, &s->e);
	if (unlink(s->undo_file))
		return lw_fail_in(&s->e, LW_EIO, s->undo_file, 0, "cannot be removed: %s",
				  strerror(errno));
	return 0;
}

static int take_back(struct set *s)
{
	size_t n, left = 0;
	char *undo;
	int r = read_undo(s, &undo, &n);

	if (r)
		return r;
	if (!undo)
		return lw_fail_in(&s->e, LW_ENOENT, s->undo_file, 0,
				  "is not there: no change to take back");
	s->after = s->before;
	r = lw_undo_take(undo, n, s->undo_file, s->before.bytes, s->before.n, &s->arena,
			 &s->after.bytes, &s->after.n, &left, &s->e);
	if (!r && !s->dry_run)
		r = write_undone(s, undo, left);
	free(undo);
	return r;
}

static int change(struct set *s, char **assignments, size_t n)
{
	int r;

	s->after = s->before;
	s->after.bytes = lw_arena_alloc(&s->arena, s->before.n);
	if (!s->after.bytes)
		return lw_fail(&s->e, LW_ENOMEM, "out of memory");
	memcpy(s->after.bytes, s->before.bytes, s->before.n);
	r = lw_memory_set(&s->after, (const char *const *)assignments, n, s->flags, &s->arena,
			  &s->e);
	if (r || s->dry_run)
		return r;
	return write_result(s);
}

static int report(struct set *s)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_changes changes;
	struct lw_json j;

	lw_changes_init(&changes, &s->arena);
	if (lw_memory_diff(&s->before, &s->after, &changes, &s->e))
		return cli_error(&s->e);
	if (!s->json) {
		cli_print_changes(&changes, "WAS", "IS");
		if (!changes.n)
			puts("nothing changes");
		return CLI_OK;
	}
	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "source", s->file);
	lw_json_put_string(&j, "written", s->dry_run ? NULL : s->output ? s->output : s->file);
	lw_json_key(&j, "changes");
	lw_changes_json(&changes, &j);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int check_usage(const struct cli_command *self, const struct set *s, int n)
{
	if (n < 1)
		return cli_usage(self, "no file given");
	if (s->undo && (n > 1 || s->output))
		return cli_usage(self, "--undo takes a file and nothing else");
	if (!s->undo && n < 2)
		return cli_usage(self, "nothing to set: FIELD=VALUE");
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct set s = {0};
	int r, status, n = cli_parse(self, argc, argv, on_option, &s);
	size_t size;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	status = check_usage(self, &s, n);
	if (status)
		return status;
	s.file = argv[0];
	if (!s.output && !s.dry_run && (!strcmp(s.file, "-") || !strncmp(s.file, "twin:", 5)))
		return cli_usage(self, "%s cannot be written to; -o OUT says where", s.file);
	size = strlen(s.file) + sizeof(".undo");
	s.undo_file = malloc(size);
	if (!s.undo_file)
		return CLI_DEVICE;
	snprintf(s.undo_file, size, "%s.undo", s.file);
	lw_arena_init(&s.arena, 0);
	r = cli_memory_read(s.file, &s.arena, &s.before, &s.e);
	if (!r)
		r = s.undo ? take_back(&s) : change(&s, argv + 1, (size_t)n - 1);
	status = r ? cli_error(&s.e) : report(&s);
	lw_arena_finish(&s.arena);
	free(s.undo_file);
	return status;
}

/* "-o OUT" is what everyone types. */
static int run_set(const struct cli_command *self, int argc, char **argv)
{
	static char output[] = "--output";

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-o") == 0)
			argv[i] = output;
	return run(self, argc, argv);
}

const struct cli_command cli_eeprom_set = {
	.name = "eeprom set",
	.synopsis = "[OPTION...] FILE FIELD=VALUE...  |  eeprom set FILE --undo",
	.summary = "change fields of a memory, checksums kept right",
	.text = "Change fields of a memory and show what changed. FIELD is a name that \"lanewise\n"
		"explain\" knows, with [LANE] from 1 or [*] where it has lanes. VALUE is a number "
		"in\nthe field's unit, a raw number with 0x, the name of a code, or text.\n\n"
		"  lanewise eeprom set dump.bin low_pwr_request_sw=1\n"
		"  lanewise eeprom set dump.bin --factory vendor_pn=ABC connector_type=LC\n"
		"  lanewise eeprom set dump.bin --undo\n\n"
		"Checksums over changed bytes are made right. What changed is kept in FILE.undo.\n"
		"All or nothing: after an error the file is as it was.",
	.options = options,
	.run = run_set,
};
