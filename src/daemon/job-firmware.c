/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware of a module: shown, downloaded, run, committed (CMIS 5.4 7.3.1). */
#include "plant.h"

#include <errno.h>
#include <fcntl.h>
#include <lanewise/firmware.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_MAX (64u << 20)

struct firmware {
	struct lw_firmware_task task;
	bool hitless, down; /* a switch with a reset is under way */
	struct lw_firmware_progress progress;
	uint8_t image[]; /* of a download */
};

static bool switches(enum lw_firmware_phase phase)
{
	return phase == LW_FIRMWARE_RUNNING || phase == LW_FIRMWARE_RESTART;
}

static struct lw_mono run(struct lwd_plant *p, struct lwd_job *j)
{
	struct firmware *f = j->own;
	struct lw_mono due = lw_firmware_task_run(&f->task, p->now);
	bool down = !f->hitless && switches(f->task.phase);

	lw_firmware_task_progress(&f->task, p->now, &f->progress);
	j->phase = lw_firmware_phase_name(f->task.phase);
	if (f->task.phase == LW_FIRMWARE_END) {
		lw_engine_take_back(&p->stage.engine, j->cage[0], f->down, p->now);
		return lwd_job_end(p, j, f->task.result, f->task.error.message);
	}
	if (down && !f->down) {
		lw_engine_lend(&p->stage.engine, j->cage[0], "its new firmware begins to run", true,
			       p->now, NULL);
		f->down = true;
	}
	return due;
}

static void stop(struct lwd_plant *p, struct lwd_job *j)
{
	(void)p;
	lw_firmware_task_stop(&((struct firmware *)j->own)->task);
}

static void tell_bank(const struct lw_firmware_load *l, int bank, struct lw_json *out)
{
	char version[16];

	snprintf(version, sizeof(version), "%u.%u", l->major, l->minor);
	lw_json_begin_object(out);
	lw_json_put_string(out, "bank", lw_firmware_bank_name(bank));
	lw_json_put_string(out, "version", l->stated ? version : NULL);
	lw_json_put_bool(out, "valid", l->valid);
	lw_json_put_bool(out, "running", l->running);
	lw_json_put_bool(out, "committed", l->committed);
	lw_json_end_object(out);
}

static void tell(const struct lwd_job *j, struct lw_mono now, struct lw_json *out)
{
	const struct firmware *f = j->own;
	const struct lw_firmware_task *t = &f->task;
	bool left = lw_mono_before(f->progress.left, LW_NEVER);

	(void)now;
	lw_json_put_int(out, "bytes", f->progress.total);
	lw_json_put_int(out, "bytes_done", f->progress.done);
	lw_json_put_number(out, "bytes_per_s", f->progress.bytes_per_s);
	lw_json_key(out, "left_s");
	if (left)
		lw_json_number(out, (double)f->progress.left.ns / 1e9);
	else
		lw_json_null(out);
	lw_json_put_int(out, "restarts", t->restarts);
	lw_json_put_string(out, "trouble", t->trouble.code ? t->trouble.message : NULL);
	lw_json_key(out, "banks");
	lw_json_begin_array(out);
	for (int b = 0; t->has_info && b < LW_FIRMWARE_BANKS; b++)
		tell_bank(&t->info.bank[b], b, out);
	lw_json_end_array(out);
}

static const struct lwd_job_kind kind = {"firmware", run, stop, tell};

/* A plain file of the folder, by its name alone: nothing leads out of there. */
static int open_image(const char *folder, const char *name, size_t *ret_n, struct lw_error *reterr)
{
	int dir, fd;
	struct stat st;

	if (!folder)
		return lw_fail(reterr, LW_ENOTSUP,
			       "no folder of images is configured (firmware: folder: DIR)");
	if (!*name || *name == '.' || strchr(name, '/'))
		return lw_fail(reterr, LW_EINVAL,
			       "\"%.60s\" is no name of a file in the folder of images", name);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (dir >= 0)
		close(dir);
	if (fd < 0)
		return lw_fail(reterr, LW_ENOENT, "there is no image \"%.60s\": %s", name,
			       strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size || st.st_size > IMAGE_MAX) {
		close(fd);
		return lw_fail(reterr, LW_EINVAL, "\"%.60s\" is no plain file of 1 byte to %u MiB",
			       name, IMAGE_MAX >> 20);
	}
	*ret_n = (size_t)st.st_size;
	return fd;
}

static int read_image(int fd, uint8_t *to, size_t n, struct lw_error *reterr)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = read(fd, to + at, n - at);

		if (got <= 0)
			return lw_fail(reterr, LW_EIO, "the image cannot be read");
		at += (size_t)got;
	}
	return 0;
}

/* @return a task with its image behind it, NULL: said why */
static struct firmware *prepare(const struct lwd_config *c, const char *file,
				struct lw_error *reterr)
{
	struct firmware *f;
	size_t n = 0;
	int fd = -1;

	if (file) {
		fd = open_image(c->firmware, file, &n, reterr);
		if (fd < 0)
			return NULL;
	}
	f = calloc(1, sizeof(*f) + n);
	if (!f)
		lw_fail(reterr, LW_ENOMEM, "out of memory");
	else if (fd >= 0 && read_image(fd, f->image, n, reterr)) {
		free(f);
		f = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (f)
		f->task.opt = (struct lw_firmware_options){.image = f->image, .image_n = n};
	return f;
}

static int start(struct lwd_plant *p, int cage, const char *id, const char *value,
		 const struct lw_firmware_verb *v, bool hitless, struct lwd_effect *ret,
		 struct lw_error *reterr)
{
	const char *file = v->image ? value + strlen(v->name) + 1 : NULL;
	struct firmware *f = prepare(p->config, file, reterr);
	struct lw_firmware_options opt;
	struct lwd_job *j;
	int r;

	if (!f)
		return reterr->code;
	opt = f->task.opt;
	opt.goals = v->goals;
	opt.run = hitless ? LW_FIRMWARE_RUN_HITLESS : LW_FIRMWARE_RUN_RESET;
	opt.has_password = p->config->firmware_password <= UINT32_MAX;
	opt.password = (uint32_t)p->config->firmware_password;
	f->hitless = hitless;
	lw_firmware_task_init(&f->task, lw_module_bus(&p->stage.engine.module[cage]), &opt);
	r = lwd_job_start(p, &kind, id, value, cage, -1, f, &j, reterr);
	if (r)
		return r;
	/* traffic goes on; the module may be too busy to answer anybody else */
	lw_engine_lend(&p->stage.engine, cage, "its firmware is being looked after", false, p->now,
		       NULL);
	ret->job = j->id;
	ret->cage = cage;
	ret->disturbs = (v->goals & LW_FIRMWARE_RUN) && !hitless;
	return 0;
}

int lwd_job_firmware(struct lwd_plant *p, const char *id, const char *value, struct lwd_effect *ret,
		     struct lw_error *reterr)
{
	bool hitless = strcmp(value, "run hitless") == 0;
	size_t n = strcspn(value, " ");
	const struct lw_firmware_verb *v = lw_firmware_verb_find(value, n);
	struct lw_error e;
	int cage, r = lwd_find_cage(p, id, &cage, reterr);

	if (r)
		return r;
	if (strcmp(value, "stop") == 0)
		return lwd_job_stop(p, &kind, id, reterr);
	if (!v || v->goals & LW_FIRMWARE_COPY ||
	    (v->image ? value[n] != ' ' : value[n] && !hitless))
		return lw_fail(reterr, LW_EINVAL,
			       "value must be show, download FILE, run, run hitless, commit, "
			       "update FILE, abort or stop");
	if (!p->stage.engine.module[cage].bus ||
	    p->stage.engine.module[cage].phase <= LW_MODULE_IDENTIFY)
		return lw_fail(reterr, LW_ENOTSUP, "%s: there is no module", id);
	r = start(p, cage, id, value, v, hitless, ret, &e);
	if (r && reterr)
		*reterr = e;
	return r;
}
