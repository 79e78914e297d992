/* SPDX-License-Identifier: Apache-2.0 */
#include "diag-internal.h"
#include <math.h>
#include <string.h>

/*
 * The procedure of a lane test. Each step is one access or a few, and may be done twice: one that
 * the module refuses is simply done again. Whatever happens, RESTORE comes before the end.
 */

enum {
	READ,
	WRITE,  /* the plan, one write a time */
	VERIFY, /* loopbacks may be refused silently (Table 8-131) */
	SETTLE, /* time for the receivers and checkers */
	CLEAR,  /* flags of the time before */
	ZERO,   /* hold the counters, and ... */
	COUNT,  /* ... start them from zero */
	MEASURE,
	HOLD,
	FLAGS,
	FLAGS_AGAIN,
	SELECT,
	TAKE,
	UNDO, /* the plan backwards, with the bytes of before */
	CONFIRM,
	OVER,
};

static const struct lw_field *cmis(unsigned id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static struct lw_mono minus(struct lw_mono a, struct lw_mono b)
{
	return (struct lw_mono){a.ns - b.ns};
}

void lw_diag_task_init(struct lw_diag_task *t, struct lw_bus *near, struct lw_bus *far,
		       const struct lw_diag_options *opt)
{
	memset(t, 0, sizeof(*t));
	t->opt = *opt;
	t->end[0].bus = near;
	t->end[1].bus = far;
	t->ends = far ? 2 : 1;
	t->pattern = -1;
	t->due = (struct lw_mono){INT64_MIN};
	t->refused_since = LW_NEVER;
	t->restoring = LW_NEVER;
	t->looked = (struct lw_mono){INT64_MIN};
	for (unsigned i = 0; i < LW_DIAG_LANES; i++) {
		t->lane[i].snr_db = NAN;
		t->lane[i].ber = (struct lw_ber){NAN, NAN, NAN};
	}
}

void lw_diag_task_stop(struct lw_diag_task *t)
{
	t->stopping = true;
	/* a measurement ends now; all else is short */
	if (t->step == MEASURE || t->step == SETTLE)
		t->due = (struct lw_mono){INT64_MIN};
}

static struct lw_mono go(struct lw_diag_task *t, struct lw_mono now, int step)
{
	static const uint8_t phases[] = {
		[READ] = LW_DIAG_READ,           [WRITE] = LW_DIAG_SET,
		[VERIFY] = LW_DIAG_SET,          [SETTLE] = LW_DIAG_LOCK,
		[CLEAR] = LW_DIAG_LOCK,          [ZERO] = LW_DIAG_LOCK,
		[COUNT] = LW_DIAG_LOCK,          [MEASURE] = LW_DIAG_MEASURE,
		[HOLD] = LW_DIAG_RESULTS,        [FLAGS] = LW_DIAG_RESULTS,
		[FLAGS_AGAIN] = LW_DIAG_RESULTS, [SELECT] = LW_DIAG_RESULTS,
		[TAKE] = LW_DIAG_RESULTS,        [UNDO] = LW_DIAG_RESTORE,
		[CONFIRM] = LW_DIAG_RESTORE,     [OVER] = LW_DIAG_END,
	};

	t->step = (uint8_t)step;
	t->phase = (enum lw_diag_phase)phases[step];
	t->since = now;
	return t->due = step == OVER ? LW_NEVER : now;
}

static struct lw_mono wait(struct lw_diag_task *t, struct lw_mono now, int64_t ms)
{
	return t->due = lw_mono_add(now, lw_ms(ms));
}

/* It cannot go on: put back what was changed, then end with the first reason. */
static struct lw_mono give_up(struct lw_diag_task *t, struct lw_mono now, const struct lw_error *e)
{
	if (!t->result) {
		t->error = *e;
		t->result = e->code;
	}
	if (t->step < WRITE)
		return go(t, now, OVER);
	t->selector = 0;
	return go(t, now, UNDO);
}

static struct lw_mono lose_end(struct lw_diag_task *t, struct lw_mono now,
			       const struct lw_error *e);

/* An access failed; the same step is done again while there is hope. */
static struct lw_mono failed(struct lw_diag_task *t, struct lw_mono now, const struct lw_error *e)
{
	int64_t patience = LW_TEST_NACK_MOST_MS;

	t->troubled = true;
	if (!lw_mono_before(t->refused_since, LW_NEVER))
		t->refused_since = now;
	if (t->step >= UNDO) /* what was changed is put back as long as there may be a way */
		patience = LW_TEST_RESTORE_MS;
	if (!lw_mono_before(lw_ms(patience), minus(now, t->refused_since)) &&
	    (t->step >= UNDO || e->code == LW_ENACK ||
	     (e->code != LW_EABSENT && ++t->failures < LW_TEST_FAILURES)))
		return wait(t, now, e->code == LW_ENACK ? LW_TEST_NACK_MS : LW_TEST_RETRY_MS);
	t->refused_since = LW_NEVER;
	t->failures = 0;
	return t->step >= UNDO ? lose_end(t, now, e) : give_up(t, now, e);
}

/* -- Steps ------------------------------------------------------------------------------------- */

static int read_end(struct lw_diag_task *t, struct lw_diag_end *e, uint32_t lanes,
		    struct lw_error *reterr)
{
	enum { READY = 3 }; /* Table 8-7 */
	uint8_t lower[128] = {0}, advert[128] = {0};
	struct lw_view v = {.map = LW_MAP_CMIS};
	int64_t flat, state;
	int r = lw_diag_page_read(e, 0, LW_CMIS_SLOT_L, cmis(LW_CMIS_SFF8024_IDENTIFIER)->byte,
				  cmis(LW_CMIS_MODULE_STATE)->byte, lower, reterr);

	if (r)
		return r;
	v.slot[0][LW_CMIS_SLOT_L] = lower;
	lw_field_get(cmis(LW_CMIS_MEMORY_MODEL), 0, &v, &flat);
	lw_field_get(cmis(LW_CMIS_MODULE_STATE), 0, &v, &state);
	if (lw_map_for_identifier(lower[0]) != LW_MAP_CMIS || flat)
		return lw_fail(reterr, LW_ENOTSUP,
			       "this module has no pages for tests: they are a matter of CMIS "
			       "modules with paged memory");
	r = lw_diag_page_read(e, 0, LW_CMIS_SLOT_01H,
			      cmis(LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED)->byte,
			      cmis(LW_CMIS_BANKS_SUPPORTED)->byte, advert, reterr);
	if (r)
		return r;
	v.slot[0][LW_CMIS_SLOT_01H] = advert;
	lw_diag_ability_read(&v, &e->ability);
	if (!e->ability.there)
		return lw_fail(
			reterr, LW_ENOTSUP,
			"the module has no diagnostic pages (01h:142), so no loopbacks and no "
			"patterns");
	e->banks = (uint8_t)(t->opt.clear_loops || !lanes ? (1u << e->ability.banks) - 1u : 1u);
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
		if (bank < e->ability.banks && lw_diag_in_bank(lanes, bank))
			e->banks |= (uint8_t)(1u << bank);
		if (!(e->banks >> bank & 1))
			continue;
		r = lw_diag_page_read(e, bank, LW_CMIS_SLOT_13H, 128,
				      cmis(LW_CMIS_HOST_SIDE_INPUT_LOOPBACK_ENABLE)->byte,
				      e->page[bank], reterr);
		if (r)
			return r;
	}
	v.slot[0][LW_CMIS_SLOT_13H] = e->page[0];
	lw_diag_ability_read(&v, &e->ability);
	if (state != READY && (t->opt.generate || t->opt.check || t->opt.loop >= 0))
		return lw_fail(
			reterr, LW_EIO,
			"the module is not ready (state %d), its lanes are off; bring it out "
			"of low power first",
			(int)state);
	return 0;
}

static void default_lanes(struct lw_diag_task *t)
{
	unsigned lanes = 8u * t->end[0].ability.banks;

	if (!t->opt.lanes)
		t->opt.lanes = lanes >= LW_DIAG_LANES ? UINT32_MAX : (1u << lanes) - 1u;
	if (!t->opt.far_lanes)
		t->opt.far_lanes = t->opt.lanes;
}

static struct lw_mono read_all(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e;
	int r = read_end(t, &t->end[0], t->opt.lanes, &e);

	if (!r && t->ends > 1)
		r = read_end(t, &t->end[1], t->opt.far_lanes, &e);
	if (r)
		return r == LW_ENOTSUP ? give_up(t, now, &e) : failed(t, now, &e);
	default_lanes(t);
	r = lw_diag_plan(t, &e);
	if (r)
		return give_up(t, now, &e);
	if (t->opt.dry_run)
		return go(t, now, OVER);
	t->selector = 0;
	return go(t, now, t->writes ? WRITE : VERIFY);
}

static struct lw_mono write_next(struct lw_diag_task *t, struct lw_mono now)
{
	const struct lw_diag_write *w = &t->write[t->selector];
	struct lw_diag_end *end = &t->end[w->far ? t->ends - 1 : 0];
	struct lw_error e;

	/* before the attempt: a write that fails may still have arrived */
	memset(end->changed[w->bank] + (w->byte & 0x7f), 1, w->n);
	if (lw_diag_page_write(end, w->bank, LW_CMIS_SLOT_13H, w->byte, w->data, w->n, &e))
		return failed(t, now, &e);
	if (++t->selector < t->writes)
		return now;
	return go(t, now, VERIFY);
}

/* Read back what was written; `ret_wrong` (a message) stays empty when all is there. */
static int compare(struct lw_diag_end *end, bool made, struct lw_error *ret_wrong,
		   struct lw_error *e)
{
	unsigned first = cmis(LW_CMIS_HOST_SIDE_GENERATOR_ENABLE_LANE)->byte & 0x7fu;
	unsigned last = cmis(LW_CMIS_HOST_SIDE_INPUT_LOOPBACK_ENABLE)->byte & 0x7fu;

	ret_wrong->code = 0;
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
		const uint8_t *want = made ? end->made[bank] : end->page[bank];
		uint8_t now[128];
		int r;

		if (!(end->banks >> bank & 1))
			continue;
		r = lw_diag_page_read(end, bank, LW_CMIS_SLOT_13H, first + 128, last + 128, now, e);
		if (r)
			return r;
		for (unsigned i = first; i <= last && !ret_wrong->code; i++)
			if (end->changed[bank][i] && now[i] != want[i])
				lw_fail_at(ret_wrong, LW_EIO, 0x13, (int)i + 128,
					   "it reads %02Xh where %02Xh was written", now[i],
					   want[i]);
	}
	return 0;
}

static struct lw_mono verify(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e, wrong, refused;

	for (unsigned i = 0; i < t->ends; i++) {
		if (compare(&t->end[i], true, &wrong, &e))
			return failed(t, now, &e);
		if (!wrong.code)
			continue;
		lw_fail_at(&refused, wrong.code, wrong.page, wrong.byte,
			   "the module did not take what was asked for: %s", wrong.message);
		return give_up(t, now, &refused);
	}
	if (t->opt.keep || t->opt.clear_loops) {
		t->restored = t->opt.clear_loops;
		return go(t, now, OVER);
	}
	go(t, now, t->opt.check ? SETTLE : MEASURE);
	return t->opt.check ? wait(t, now, LW_TEST_LOCK_MS) : now;
}

/* Read and so clear the flags of the checkers, and of ended gates. */
static int read_flags(struct lw_diag_task *t, uint8_t lol[LW_DIAG_BANKS], struct lw_error *e)
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];
	uint8_t seen[LW_DIAG_BANKS] = {0};

	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
		uint8_t page[128];
		int r;

		if (!lw_diag_in_bank(t->opt.lanes, bank))
			continue;
		r = lw_diag_page_read(
			&t->end[0], bank, LW_CMIS_SLOT_14H,
			cmis(LW_CMIS_PATTERN_CHECK_GATING_COMPLETE_FLAG_HOST_LANE)->byte,
			cmis(LW_CMIS_PATTERN_CHECKER_LOL_FLAG_MEDIA_LANE)->byte, page, e);
		if (r)
			return r;
		seen[bank] = page[cmis(s->lol)->byte & 0x7f];
		t->done_flags[bank] |= page[cmis(s->done)->byte & 0x7f];
	}
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
		lol[bank] |= seen[bank];
	return 0;
}

/* ResetErrorInformation of every bank in use (Table 8-127). */
static int hold(struct lw_diag_task *t, bool on, struct lw_error *e)
{
	const struct lw_field *f = cmis(LW_CMIS_RESET_ERROR_INFORMATION);
	struct lw_diag_end *end = &t->end[0];

	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
		int r;

		if (!lw_diag_in_bank(t->opt.lanes, bank))
			continue;
		lw_field_put(f, 0, on, end->made[bank], NULL);
		end->changed[bank][f->byte & 0x7f] = true;
		r = lw_diag_page_write(end, bank, LW_CMIS_SLOT_13H, f->byte,
				       &end->made[bank][f->byte & 0x7f], 1, e);
		if (r)
			return r;
	}
	return 0;
}

static bool gates_ended(const struct lw_diag_task *t)
{
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
		if (lw_diag_in_bank(t->opt.lanes, bank) & ~t->done_flags[bank])
			return false;
	return true;
}

/* Have page 14h of all banks in use show something else. */
static int put_selector(struct lw_diag_task *t, uint8_t selector, struct lw_error *e)
{
	const struct lw_field *f = cmis(LW_CMIS_DIAGNOSTICS_SELECTOR);
	int r = 0;

	for (unsigned bank = 0; !r && bank < LW_DIAG_BANKS; bank++)
		if (lw_diag_in_bank(t->opt.lanes, bank))
			r = lw_diag_page_write(&t->end[0], bank, LW_CMIS_SLOT_14H, f->byte,
					       &selector, 1, e);
	return r;
}

static int take_results(struct lw_diag_task *t, uint8_t selector, struct lw_error *e)
{
	int r = 0;

	for (unsigned bank = 0; !r && bank < LW_DIAG_BANKS; bank++)
		if (lw_diag_in_bank(t->opt.lanes, bank))
			r = lw_diag_results(t, bank, selector, e);
	return r;
}

/* A look at what runs, in the middle of a measurement: a selector, then its results, in turn. */
static struct lw_mono look(struct lw_diag_task *t, struct lw_mono now)
{
	bool asked = t->selector != 0;
	struct lw_error e;

	if (asked && take_results(t, t->selector, &e))
		return failed(t, now, &e);
	if (asked)
		lw_diag_conclude(t);
	t->selector = (uint8_t)lw_diag_next_selector(t, asked ? t->selector : 0);
	if (!t->selector) {
		t->looked = now;
		return t->due = now;
	}
	if (put_selector(t, t->selector, &e)) {
		t->selector = 0;
		return failed(t, now, &e);
	}
	return wait(t, now, LW_TEST_SELECT_MS);
}

/* When the next look is due; {0} as period: never. */
static struct lw_mono next_look(const struct lw_diag_task *t)
{
	struct lw_mono from = lw_mono_before(t->looked, t->since) ? t->since : t->looked;

	return t->opt.look.ns ? lw_mono_add(from, t->opt.look) : LW_NEVER;
}

static struct lw_mono measure(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_mono past = minus(now, t->since), end = t->opt.time.ns ? t->opt.time : LW_NEVER;
	struct lw_error e;

	t->measured = past;
	if (!t->opt.check)
		t->lol_flags[0] = 0;
	if (t->stopping)
		return go(t, now, t->opt.check ? HOLD : UNDO);
	if (t->opt.check &&
	    (t->selector || (lw_mono_before(past, end) && !lw_mono_before(now, next_look(t)))))
		return look(t, now);
	if (!t->gated) {
		if (!lw_mono_before(past, end))
			return go(t, now, t->opt.check ? HOLD : UNDO);
		return t->due = lw_mono_min(t->opt.time.ns ? lw_mono_add(t->since, end)
							   : lw_mono_add(now, lw_ms(1000)),
					    next_look(t));
	}
	if (read_flags(t, t->lost_flags, &e))
		return failed(t, now, &e);
	if (gates_ended(t)) {
		t->measured = t->opt.time;
		return go(t, now, FLAGS);
	}
	if (lw_mono_before(lw_mono_add(t->opt.time, lw_ms(LW_TEST_GATE_SLACK_MS)), past)) {
		lw_fail(&e, LW_ETIMEDOUT,
			"the module's own gate of %.0f s does not end (14h:134-135)",
			(double)t->opt.time.ns / 1e9);
		return give_up(t, now, &e);
	}
	if (lw_mono_before(past, t->opt.time))
		return t->due = lw_mono_min(lw_mono_add(t->since, t->opt.time), next_look(t));
	return wait(t, now, LW_TEST_GATE_POLL_MS);
}

/* Selectors of the last gate where the module keeps its results, else of what runs or is held. */
static uint8_t selector_of(const struct lw_diag_task *t)
{
	bool last = t->gated && t->end[0].ability.gate_results && t->selector != LW_SELECT_SNR &&
		    !t->stopping;

	return (uint8_t)(t->selector + (last ? LW_SELECT_GATE : 0));
}

static struct lw_mono select_next(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e;

	if (!t->selector)
		t->selector = (uint8_t)lw_diag_next_selector(t, 0);
	if (put_selector(t, selector_of(t), &e))
		return failed(t, now, &e);
	go(t, now, TAKE);
	return wait(t, now, LW_TEST_SELECT_MS);
}

static struct lw_mono take(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e;

	if (take_results(t, selector_of(t), &e))
		return failed(t, now, &e);
	t->selector = (uint8_t)lw_diag_next_selector(t, t->selector);
	if (t->selector)
		return go(t, now, SELECT);
	lw_diag_conclude(t);
	return go(t, now, UNDO);
}

/* What a test changed in one module, backwards, so that nothing shows that was not there before. */
static int undo_end(struct lw_diag_task *t, unsigned which, struct lw_error *e)
{
	const struct lw_field *f = cmis(LW_CMIS_RESET_ERROR_INFORMATION);
	struct lw_diag_end *end = &t->end[which];
	int r = 0;

	for (unsigned i = t->writes; !r && i-- > 0;) {
		const struct lw_diag_write *w = &t->write[i];

		if ((w->far ? t->ends - 1 : 0) == which && end->changed[w->bank][w->byte & 0x7f])
			r = lw_diag_page_write(end, w->bank, LW_CMIS_SLOT_13H, w->byte,
					       end->page[w->bank] + (w->byte & 0x7f), w->n, e);
	}
	for (unsigned bank = 0; !r && bank < LW_DIAG_BANKS; bank++)
		if (end->changed[bank][f->byte & 0x7f])
			r = lw_diag_page_write(end, bank, LW_CMIS_SLOT_13H, f->byte,
					       &end->page[bank][f->byte & 0x7f], 1, e);
	return r;
}

/* One module that cannot be put back must not keep the other from it. */
static struct lw_mono lose_end(struct lw_diag_task *t, struct lw_mono now, const struct lw_error *e)
{
	if (!t->result) {
		t->error = *e;
		t->result = e->code;
	}
	t->end[t->undoing].gone = true;
	t->restoring = LW_NEVER;
	return go(t, now, UNDO);
}

static struct lw_mono undo(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e;

	for (t->undoing = 0; t->undoing < t->ends; t->undoing++)
		if (!t->end[t->undoing].gone && undo_end(t, t->undoing, &e))
			return failed(t, now, &e);
	go(t, now, CONFIRM);
	return wait(t, now, LW_TEST_SETTLE_MS);
}

static struct lw_mono confirm(struct lw_diag_task *t, struct lw_mono now)
{
	struct lw_error e, wrong, left;
	bool all = true;

	if (!lw_mono_before(t->restoring, LW_NEVER))
		t->restoring = now;
	for (t->undoing = 0; t->undoing < t->ends; t->undoing++) {
		if (t->end[t->undoing].gone) {
			all = false;
			continue;
		}
		if (compare(&t->end[t->undoing], false, &wrong, &e))
			return failed(t, now, &e);
		if (!wrong.code)
			continue;
		if (lw_mono_before(minus(now, t->restoring), lw_ms(LW_TEST_RESTORE_MS))) {
			go(t, now, UNDO);
			return wait(t, now, LW_TEST_RETRY_MS);
		}
		lw_fail_at(&left, wrong.code, wrong.page, wrong.byte,
			   "what the test changed could not be put back: %s; reset the module",
			   wrong.message);
		return lose_end(t, now, &left);
	}
	t->restored = all;
	return go(t, now, OVER);
}

/* Steps that are a few accesses and then the next. */
static struct lw_mono simple(struct lw_diag_task *t, struct lw_mono now)
{
	uint8_t ignored[LW_DIAG_BANKS] = {0};
	struct lw_error e;
	int r, next = t->step + 1;

	switch (t->step) {
	case SETTLE:
		r = 0;
		break;
	case CLEAR:
		r = read_flags(t, ignored, &e);
		memset(t->done_flags, 0, sizeof(t->done_flags));
		break;
	case ZERO:
		r = hold(t, true, &e);
		break;
	case COUNT:
		r = hold(t, false, &e);
		break;
	case HOLD:
		r = hold(t, true, &e);
		break;
	case FLAGS:
		r = read_flags(t, t->lost_flags, &e);
		break;
	default:
		r = read_flags(t, t->lol_flags, &e);
		break;
	}
	if (r)
		return failed(t, now, &e);
	go(t, now, next);
	if (next == FLAGS_AGAIN) /* a lasting loss sets its flag again */
		return wait(t, now, LW_TEST_SELECT_MS);
	t->selector = 0;
	return now;
}

struct lw_mono lw_diag_task_run(struct lw_diag_task *t, struct lw_mono now)
{
	static struct lw_mono (*const steps[])(struct lw_diag_task *, struct lw_mono) = {
		[READ] = read_all, [WRITE] = write_next,   [VERIFY] = verify,
		[SETTLE] = simple, [CLEAR] = simple,       [ZERO] = simple,
		[COUNT] = simple,  [MEASURE] = measure,    [HOLD] = simple,
		[FLAGS] = simple,  [FLAGS_AGAIN] = simple, [SELECT] = select_next,
		[TAKE] = take,     [UNDO] = undo,          [CONFIRM] = confirm,
	};

	while (t->step != OVER && !lw_mono_before(now, t->due)) {
		t->troubled = false;
		t->due = steps[t->step](t, now);
		if (!t->troubled) {
			t->refused_since = LW_NEVER;
			t->failures = 0;
		}
	}
	return t->due;
}
