/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/stage.h>
#include <string.h>

int lw_stage_init(struct lw_stage *s, const struct lw_fabric *f, uint64_t seed,
		  struct lw_error *reterr)
{
	int r;

	memset(s, 0, sizeof(*s));
	r = lw_lab_init(&s->lab, f, seed, reterr);
	if (r)
		return r;
	r = lw_engine_init(&s->engine, f, s->lab.bus, lw_lab_carrier, &s->lab, f->arena,
			   (struct lw_mono){0}, reterr);
	if (r) {
		lw_lab_finish(&s->lab);
		return r;
	}
	s->engine.carrier_told = true;
	s->lines = true;
	return 0;
}

void lw_stage_finish(struct lw_stage *s)
{
	lw_engine_finish(&s->engine);
	lw_lab_finish(&s->lab);
}

static void end(struct lw_stage *s, size_t i)
{
	s->fault[i] = s->fault[--s->fault_n];
}

/* Begin and end what is due. @return when the next one is */
static struct lw_mono run_faults(struct lw_stage *s, struct lw_mono now)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = s->fault_n; i-- > 0;) {
		const struct lw_lab_fault *x = &s->fault[i].fault;

		if (!s->fault[i].on && !lw_mono_before(now, x->at)) {
			s->fault[i].on = !lw_lab_fault_set(&s->lab, x, true, NULL);
			if (!s->fault[i].on) {
				end(s, i);
				continue;
			}
		}
		if (s->fault[i].on && !lw_mono_before(now, x->until)) {
			lw_lab_fault_set(&s->lab, x, false, NULL);
			end(s, i);
			continue;
		}
		next = lw_mono_min(next, s->fault[i].on ? x->until : x->at);
	}
	return next;
}

/* What pins and hosts show now and did not show before. @return whether there was anything */
static bool tell(struct lw_stage *s, struct lw_mono now)
{
	struct lw_engine *e = &s->engine;
	bool any = false, on;
	int cage;

	for (; (cage = lw_lab_presence(&s->lab, &on)) >= 0; any = true) {
		if (on)
			lw_engine_plugged(e, cage, s->lab.bus[cage], now);
		else
			lw_engine_unplugged(e, cage, now);
	}
	for (; (cage = lw_lab_changed(&s->lab)) >= 0; any = true)
		lw_engine_carrier_changed(e, cage, now);
	for (; s->lines && (cage = lw_lab_interrupts(&s->lab, &on)) >= 0; any = true)
		lw_engine_interrupt(e, cage, on ? LW_LINE_ASSERTED : LW_LINE_QUIET, now);
	return any;
}

/* At first every line is quiet. */
static void begin(struct lw_stage *s, struct lw_mono now)
{
	for (size_t i = 0; s->lines && !s->began && i < s->lab.fabric->cage_n; i++)
		lw_engine_interrupt(&s->engine, (int)i, LW_LINE_QUIET, now);
	s->began = true;
}

struct lw_mono lw_stage_run(struct lw_stage *s, struct lw_mono now)
{
	struct lw_mono next, due;

	lw_world_advance(s->lab.world, now);
	next = run_faults(s, now);
	begin(s, now);
	tell(s, now);
	do
		due = lw_engine_run(&s->engine, now);
	while (tell(s, now));
	return lw_mono_min(next, lw_mono_min(due, lw_world_next(s->lab.world)));
}

static bool same_place(const struct lw_lab_fault *a, const struct lw_lab_fault *b)
{
	return a->kind == b->kind && a->cage == b->cage && a->lanes == b->lanes;
}

int lw_stage_fault(struct lw_stage *s, const struct lw_lab_fault *x, struct lw_mono now,
		   struct lw_error *reterr)
{
	bool on = !lw_mono_before(now, x->at);
	int r;

	for (size_t i = 0; i < s->fault_n; i++) {
		const struct lw_lab_fault *y = &s->fault[i].fault;

		if (same_place(x, y) && lw_mono_before(x->at, y->until) &&
		    lw_mono_before(y->at, x->until))
			return lw_fail(reterr, LW_EINVAL, "that fault is on already");
	}
	if (s->fault_n == LW_STAGE_FAULTS_MAX)
		return lw_fail(reterr, LW_ELIMIT, "more than %d faults at once",
			       LW_STAGE_FAULTS_MAX);
	r = on ? lw_lab_fault_set(&s->lab, x, true, reterr) : 0;
	if (r)
		return r;
	s->fault[s->fault_n].fault = *x;
	s->fault[s->fault_n++].on = on;
	return 0;
}

int lw_stage_mend(struct lw_stage *s, const struct lw_lab_fault *x, struct lw_error *reterr)
{
	size_t i = 0;
	int r = 0;

	while (i < s->fault_n && !same_place(&s->fault[i].fault, x))
		i++;
	if (i == s->fault_n)
		return lw_fail(reterr, LW_ENOENT, "no such fault is on");
	if (s->fault[i].on)
		r = lw_lab_fault_set(&s->lab, &s->fault[i].fault, false, reterr);
	if (!r)
		end(s, i);
	return r;
}

int lw_stage_mode(struct lw_stage *s, int cage, const char *mode, struct lw_mono now,
		  struct lw_error *reterr)
{
	int r = lw_engine_mode(&s->engine, cage, mode, now, reterr);

	if (!r)
		lw_lab_drive(&s->lab, cage, &s->engine.cage[cage].mode);
	return r;
}

static int present(void *ctx, int cage)
{
	const struct lw_stage *s = ctx;

	return lw_lab_present(&s->lab, cage);
}

static const char *fec(void *ctx, int cage, const struct lw_lport *port)
{
	const struct lw_stage *s = ctx;

	return s->lab.cage[cage].host_fec[port->index];
}

struct lw_why_host lw_stage_host(const struct lw_stage *s)
{
	return (struct lw_why_host){.ctx = (void *)(uintptr_t)s, .present = present, .fec = fec};
}
