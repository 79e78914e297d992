/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include "plant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who listens hears so often how a job goes. */
#define NEWS_MS 1000

static void forget(struct lwd_job *j)
{
	free(j->target);
	free(j->own);
	*j = (struct lwd_job){0};
}

void lwd_jobs_finish(struct lwd_jobs *jobs)
{
	for (size_t i = 0; i < LWD_JOBS_MAX; i++)
		forget(&jobs->v[i]);
}

struct lw_mono lwd_job_end(struct lwd_plant *p, struct lwd_job *j, int result, const char *error)
{
	j->over = true;
	j->ended = p->now;
	j->result = result;
	snprintf(j->error, sizeof(j->error), "%s", result ? error : "");
	return LW_NEVER;
}

struct lw_mono lwd_jobs_run(struct lwd_plant *p)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = 0; i < LWD_JOBS_MAX; i++) {
		struct lwd_job *j = &p->jobs.v[i];

		if (!j->id || j->over)
			continue;
		if (!lw_mono_before(p->now, j->due))
			j->due = j->kind->run(p, j);
		next = lw_mono_min(next, j->due);
	}
	return next;
}

/* A place for a new job: a free one, else that of the oldest which is over. */
static struct lwd_job *place(struct lwd_jobs *jobs)
{
	struct lwd_job *best = NULL;

	for (size_t i = 0; i < LWD_JOBS_MAX; i++) {
		struct lwd_job *j = &jobs->v[i];

		if ((!j->id || j->over) && (!best || j->id < best->id))
			best = j;
	}
	return best;
}

static bool uses(const struct lwd_job *j, int cage)
{
	return cage >= 0 && (j->cage[0] == cage || j->cage[1] == cage);
}

int lwd_job_start(struct lwd_plant *p, const struct lwd_job_kind *kind, const char *target,
		  const char *what, int a, int b, void *own, struct lwd_job **ret,
		  struct lw_error *reterr)
{
	struct lwd_job *j = place(&p->jobs);
	char *name;

	for (size_t i = 0; i < LWD_JOBS_MAX; i++) {
		const struct lwd_job *x = &p->jobs.v[i];

		if (x->id && !x->over && (uses(x, a) || uses(x, b))) {
			free(own);
			return lw_fail(reterr, LW_ENOTSUP,
				       "job %u (%s of %.80s) has that module; wait, or stop it",
				       x->id, x->kind->name, x->target);
		}
	}
	name = j ? strdup(target) : NULL;
	if (!j || !name) {
		free(own);
		return j ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			 : lw_fail(reterr, LW_ELIMIT, "more than %d jobs at once", LWD_JOBS_MAX);
	}
	forget(j);
	*j = (struct lwd_job){.id = ++p->jobs.last,
			      .kind = kind,
			      .target = name,
			      .cage = {a, b},
			      .phase = "begin",
			      .began = p->now,
			      .due = p->now,
			      .own = own};
	snprintf(j->what, sizeof(j->what), "%s", what);
	*ret = j;
	return 0;
}

int lwd_job_stop(struct lwd_plant *p, const struct lwd_job_kind *kind, const char *target,
		 struct lw_error *reterr)
{
	for (size_t i = 0; i < LWD_JOBS_MAX; i++) {
		struct lwd_job *j = &p->jobs.v[i];

		if (!j->id || j->over || j->kind != kind || strcmp(j->target, target) != 0)
			continue;
		j->stopped = true;
		j->due = p->now;
		kind->stop(p, j);
		return 0;
	}
	return lw_fail(reterr, LW_ENOENT, "no %s is under way there", kind->name);
}

static void tell(const struct lwd_job *j, struct lw_mono now, struct lw_json *out)
{
	struct lw_mono end = j->over ? j->ended : now;

	lw_json_begin_object(out);
	lw_json_put_int(out, "job", j->id);
	lw_json_put_string(out, "action", j->kind->name);
	lw_json_put_string(out, "target", j->target);
	lw_json_put_string(out, "value", j->what);
	lw_json_put_string(out, "phase", j->over ? "end" : j->phase);
	lw_json_put_bool(out, "over", j->over);
	lw_json_put_bool(out, "ok", j->over && !j->result);
	lw_json_put_bool(out, "stopped", j->stopped);
	lw_json_put_string(out, "error", j->error[0] ? j->error : NULL);
	lw_json_put_number(out, "began_s", (double)j->began.ns / 1e9);
	lw_json_put_number(out, "elapsed_s", (double)(end.ns - j->began.ns) / 1e9);
	j->kind->tell(j, now, out);
	lw_json_end_object(out);
}

bool lwd_job_news(struct lwd_job *j, struct lw_mono now)
{
	if (!j->id || j->told)
		return false;
	if (!j->over && j->phase == j->told_phase && lw_mono_before(now, j->tell))
		return false;
	j->told = j->over;
	j->told_phase = j->phase;
	j->tell = lw_mono_add(now, lw_ms(NEWS_MS));
	return true;
}

int lwd_job_doc(const struct lwd_job *j, struct lw_mono now, struct lw_buf *ret)
{
	struct lw_json out;

	lw_json_init_line(&out, ret);
	tell(j, now, &out);
	return ret->failed ? LW_ENOMEM : 0;
}

void lwd_jobs_tell(const struct lwd_jobs *jobs, struct lw_mono now, struct lw_json *out)
{
	lw_json_begin_array(out);
	for (unsigned id = jobs->last; id; id--)
		for (size_t i = 0; i < LWD_JOBS_MAX; i++)
			if (jobs->v[i].id == id)
				tell(&jobs->v[i], now, out);
	lw_json_end_array(out);
}
