/* SPDX-License-Identifier: Apache-2.0 */
#include "act.h"

#include "question.h"

#include <string.h>

static int status_of(int code)
{
	switch (code) {
	case 0:
		return 200;
	case LW_ENOENT:
	case LW_ENOPAGE:
		return 404;
	case LW_ENOTSUP:
		return 409;
	case LW_EINVAL:
	case LW_ELIMIT:
		return 400;
	case LW_ENACK:
	case LW_EABSENT:
	case LW_ETIMEDOUT:
		return 503;
	default:
		return 500;
	}
}

/* {"ok": true} or {"error": "..."} */
static void say(struct lw_buf *body, const char *error)
{
	struct lw_json j;

	lw_json_init(&j, body);
	lw_json_begin_object(&j);
	lw_json_put_bool(&j, "ok", !error);
	if (error)
		lw_json_put_string(&j, "error", error);
	lw_json_end_object(&j);
}

/* {"ok": true, "job": 3, "disturbs": true, "links": [...]}: what it means for others. */
static void say_effect(struct lw_buf *body, const struct lwd_plant *p, const struct lwd_effect *x)
{
	const struct lw_engine *e = &p->stage.engine;
	const struct lw_engine_cage *c = &e->cage[x->cage < 0 ? 0 : x->cage];
	struct lw_json j;

	lw_json_init(&j, body);
	lw_json_begin_object(&j);
	lw_json_put_bool(&j, "ok", true);
	if (x->job)
		lw_json_put_int(&j, "job", x->job);
	if (x->cage >= 0) {
		lw_json_put_bool(&j, "disturbs", x->disturbs);
		lw_json_key(&j, "links");
		lw_json_begin_array(&j);
		for (unsigned i = 0; i < c->end_n; i++) {
			size_t link = e->end[c->end_first + i] / 2;

			lw_json_begin_object(&j);
			lw_json_put_string(&j, "link", e->fabric->links[link].id);
			lw_json_put_string(&j, "state", lw_link_state_name(e->link[link].state));
			lw_json_end_object(&j);
		}
		lw_json_end_array(&j);
	}
	lw_json_end_object(&j);
}

static int on_off(const char *s, bool *ret, struct lw_error *reterr)
{
	*ret = strcmp(s, "on") == 0;
	if (!*ret && strcmp(s, "off") != 0)
		return lw_fail(reterr, LW_EINVAL, "value must be \"on\" or \"off\"");
	return 0;
}

static int enable(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		  struct lw_error *reterr)
{
	(void)ret;
	size_t link = 0;
	bool on;
	int r = lwd_find_link(p, ask->target, &link, reterr);

	if (!r)
		r = on_off(ask->argument, &on, reterr);
	if (!r)
		lw_engine_want(&p->stage.engine, link, on, p->now);
	return r;
}

static int mode(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		struct lw_error *reterr)
{
	(void)ret;
	int cage, r = lwd_find_cage(p, ask->target, &cage, reterr);

	return r ? r : lwd_plant_mode(p, cage, ask->argument, reterr);
}

static int admit(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		 struct lw_error *reterr)
{
	(void)ret;
	bool on;
	int cage, r = lwd_find_cage(p, ask->target, &cage, reterr);

	if (!r)
		r = on_off(ask->argument, &on, reterr);
	if (!r)
		lw_engine_override(&p->stage.engine, cage, on, p->now);
	return r;
}

static int fault(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		 struct lw_error *reterr)
{
	(void)ret;
	bool on;
	int r = on_off(ask->argument, &on, reterr);

	return r ? r : lwd_plant_fault(p, ask->target, on, reterr);
}

static int reset(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		 struct lw_error *reterr)
{
	return lwd_job_reset(p, ask->target, ask->argument, ret, reterr);
}

static int firmware(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		    struct lw_error *reterr)
{
	return lwd_job_firmware(p, ask->target, ask->argument, ret, reterr);
}

static int prbs(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		struct lw_error *reterr)
{
	return lwd_job_prbs(p, ask->target, ask->argument, ret, reterr);
}

static const struct action {
	const char *name;
	int (*run)(struct lwd_plant *p, const struct lwd_ask *ask, struct lwd_effect *ret,
		   struct lw_error *reterr);
} actions[] = {
	{"enable", enable}, {"mode", mode}, {"admit", admit},       {"fault", fault},
	{"reset", reset},   {"prbs", prbs}, {"firmware", firmware},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* @return NULL: it may; else why not */
static const char *refuse(struct lwd_plant *p, struct lwd_tokens *tokens, const struct lwd_ask *ask,
			  struct lwd_answer *ret)
{
	struct lwd_token *t = NULL;

	if (!tokens) {
		ret->status = 403;
		return "no tokens are configured (api: tokens: FILE): nothing can be changed here";
	}
	if (*ask->token)
		t = lwd_tokens_find(tokens, ask->token);
	if (!t && !lwd_token_take(&p->refusals, p->now)) {
		/* a flood of guesses: neither the log nor who has a token shall suffer */
		p->unlogged++;
		ret->action = false;
		ret->status = 429;
		return "too many actions without a right token; wait a second";
	}
	if (!t) {
		ret->status = 401;
		return *ask->token ? "that token is not known"
				   : "this needs a token: Authorization: Bearer TOKEN";
	}
	ret->who = t->name;
	if (!lwd_token_take(t, p->now)) {
		ret->status = 429;
		return "too many actions with this token; wait a second";
	}
	return NULL;
}

void lwd_act(struct lwd_plant *p, struct lwd_tokens *tokens, const struct lwd_ask *ask,
	     struct lwd_answer *ret, struct lw_buf *body)
{
	struct lwd_effect effect = {.cage = -1};
	const struct action *a = NULL;
	struct lw_error e;
	const char *why;
	int r;

	*ret = (struct lwd_answer){.status = 404};
	if (lwd_is_question(ask->what)) {
		if (!lwd_token_take(lwd_question_ration(p, ask), p->now)) {
			ret->status = 429;
			say(body, "too many questions; wait a second");
			return;
		}
		r = lwd_question(p, ask, body, &e);
		ret->status = status_of(r);
		if (r)
			say(body, e.message);
		return;
	}
	ret->action = true;
	for (size_t i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].name, ask->what) == 0)
			a = &actions[i];
	if (!a) {
		say(body, "no such action; there are enable, mode, admit, fault, reset, prbs, "
			  "firmware");
		return;
	}
	why = refuse(p, tokens, ask, ret);
	if (why) {
		say(body, why);
		return;
	}
	r = a->run(p, ask, &effect, &e);
	ret->status = status_of(r);
	if (r)
		say(body, e.message);
	else
		say_effect(body, p, &effect);
}
