/* SPDX-License-Identifier: Apache-2.0 */
/* A module is reset by its own register, and brought up again by the engine. */
#include "plant.h"

#include <lanewise/control.h>
#include <stdlib.h>
#include <string.h>

#define WHY "it is being reset"

struct reset {
	struct lw_image memory;
	struct lw_control_plan plan;
	struct lw_control control;
};

static struct lw_mono run(struct lwd_plant *p, struct lwd_job *j)
{
	struct reset *r = j->own;
	struct lw_mono due;

	/* the module was pulled, or another one plugged: what to do with that the engine knows */
	if (p->stage.engine.module[j->cage[0]].phase <= LW_MODULE_IDENTIFY) {
		lw_engine_take_back(&p->stage.engine, j->cage[0], true, p->now);
		return lwd_job_end(p, j, LW_EABSENT, "the module was pulled meanwhile");
	}
	due = lw_control_run(&r->control, p->now);
	if (r->control.outcome == LW_CONTROL_BUSY)
		return due;
	lw_engine_take_back(&p->stage.engine, j->cage[0], true, p->now);
	return lwd_job_end(p, j, r->control.outcome == LW_CONTROL_DONE ? 0 : LW_EIO,
			   r->control.error.message);
}

/* A reset that was written is under way: it ends by itself. */
static void stop(struct lwd_plant *p, struct lwd_job *j)
{
	(void)p;
	(void)j;
}

static void tell(const struct lwd_job *j, struct lw_mono now, struct lw_json *out)
{
	(void)j;
	(void)now;
	(void)out;
}

static const struct lwd_job_kind kind = {"reset", run, stop, tell};

/* What is to be written; a module may have nothing to reset. */
static int prepare(const struct lw_module *m, struct reset **ret, struct lw_error *reterr)
{
	struct reset *r = malloc(sizeof(*r));
	int e;

	if (!r)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r->memory = m->memory;
	e = lw_control_plan_reset(&r->memory, &m->facts, &r->plan, reterr);
	if (e)
		free(r);
	else
		*ret = r;
	return e;
}

static int start(struct lwd_plant *p, int cage, const char *id, struct reset *r,
		 struct lwd_effect *ret, struct lw_error *reterr)
{
	struct lwd_job *j;
	int e = lwd_job_start(p, &kind, id, "now", cage, -1, r, &j, reterr);

	if (e)
		return e;
	j->phase = "reset";
	lw_engine_lend(&p->stage.engine, cage, WHY, true, p->now,
		       NULL); /* it is known to be there */
	lw_control_start(&r->control, lw_module_bus(&p->stage.engine.module[cage]), &r->memory,
			 &r->plan, p->now);
	ret->job = j->id;
	return 0;
}

int lwd_job_reset(struct lwd_plant *p, const char *id, const char *value, struct lwd_effect *ret,
		  struct lw_error *reterr)
{
	struct reset *own = NULL;
	int cage, r = lwd_find_cage(p, id, &cage, reterr);

	if (r)
		return r;
	if (strcmp(value, "now") != 0 && strcmp(value, "preview") != 0)
		return lw_fail(reterr, LW_EINVAL,
			       "value must be \"now\", or \"preview\" to see what goes down");
	if (!p->stage.engine.module[cage].bus ||
	    p->stage.engine.module[cage].phase <= LW_MODULE_IDENTIFY)
		return lw_fail(reterr, LW_ENOTSUP, "%s: there is no module to reset", id);
	r = prepare(&p->stage.engine.module[cage], &own, reterr);
	if (r)
		return r;
	ret->cage = cage;
	ret->disturbs = true;
	if (strcmp(value, "now") == 0)
		return start(p, cage, id, own, ret, reterr);
	free(own);
	return 0;
}
