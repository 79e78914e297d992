/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware-internal.h"
#include <lanewise/code-ids.h>
#include <string.h>

/*
 * The procedure; clauses are of OIF-CMIS 5.4. Every step is one command, but for WHO, which reads
 * registers, and PAUSE. INFO comes after each thing that was done: what the module says then, and
 * nothing else, decides what is next.
 *
 *   who ─► password ─► features ─► info ─► (abort) ─► start ─► block... ─► complete ─► info
 *    ▲                              ▲  └─► run ─► pause ─► who ... info ─► commit ─► info ─► end
 *    └── pause ◄── recover ◄── anything lost, late or garbled
 */

enum {
	WHO,
	CANCEL,
	PASSWORD,
	FEATURES,
	FIRMWARE_FEATURES,
	INFO,
	ABORT,
	START,
	BLOCK,
	COMPLETE,
	COPY,
	RUN,
	COMMIT,
	PAUSE,
};

static struct lw_mono minus(struct lw_mono a, struct lw_mono b)
{
	return (struct lw_mono){a.ns - b.ns};
}

static bool takes_longer(struct lw_mono since, struct lw_mono now, enum lw_host_number limit)
{
	return lw_mono_before(lw_host_time(limit), minus(now, since));
}

void lw_firmware_task_init(struct lw_firmware_task *t, struct lw_bus *bus,
			   const struct lw_firmware_options *opt)
{
	memset(t, 0, sizeof(*t));
	t->bus = bus;
	t->opt = *opt;
	t->left = opt->goals;
	t->step = WHO;
	t->due = (struct lw_mono){INT64_MIN};
	t->away_since = LW_NEVER;
}

void lw_firmware_task_stop(struct lw_firmware_task *t)
{
	t->stopping = true;
}

static struct lw_mono end(struct lw_firmware_task *t, int result, const struct lw_error *e)
{
	t->result = result;
	if (e && !t->giving_up)
		t->error = *e;
	t->phase = LW_FIRMWARE_END;
	return t->due = LW_NEVER;
}

static struct lw_mono go(struct lw_firmware_task *t, struct lw_mono now, int step,
			 enum lw_firmware_phase phase)
{
	t->step = (uint8_t)step;
	t->phase = phase;
	t->started = false;
	return t->due = now;
}

static struct lw_mono pause(struct lw_firmware_task *t, struct lw_mono now)
{
	go(t, now, PAUSE, t->switching ? LW_FIRMWARE_RESTART : LW_FIRMWARE_RECOVER);
	return t->due = lw_mono_add(now, lw_host_time(LW_HOST_T_FW_PAUSE));
}

/* Give up for good; a transfer that is open is closed first, so that the next can begin. */
static struct lw_mono give_up(struct lw_firmware_task *t, struct lw_mono now,
			      const struct lw_error *e)
{
	if (!t->open || t->giving_up)
		return end(t, t->giving_up ? t->error.code : e->code, e);
	t->error = *e;
	t->giving_up = true;
	return go(t, now, t->stuck ? CANCEL : ABORT, LW_FIRMWARE_ABORT);
}

/* Something broke off: find the module again, and begin anew what was not finished. */
static struct lw_mono recover(struct lw_firmware_task *t, struct lw_mono now,
			      const struct lw_error *e)
{
	t->trouble = *e;
	if (t->stopping || t->giving_up)
		return end(t, t->giving_up ? t->error.code : e->code, e);
	if (++t->restarts > lw_host_numbers[LW_HOST_FW_TRIES])
		return give_up(t, now, e);
	t->away_since = now;
	return pause(t, now);
}

/* -- Who is it --------------------------------------------------------------------------------- */

static struct lw_mono who(struct lw_firmware_task *t, struct lw_mono now)
{
	struct lw_error e;
	char sn[17];
	int r = lw_firmware_who(t, sn, &e);

	if (!lw_mono_before(t->away_since, LW_NEVER))
		t->away_since = now;
	if (r == LW_ENOTSUP || (r == LW_EABSENT && !t->known))
		return end(t, r, &e);
	if (r && t->stopping)
		return end(t, r, &e);
	if (r && takes_longer(t->switching ? t->since : t->away_since, now,
			      t->switching ? LW_HOST_T_FW_RESTART
			      : t->known   ? LW_HOST_T_FW_AWAY
					   : LW_HOST_T_MGMT_INIT)) {
		t->open = false; /* nobody is there to abort it */
		return end(t, r, &e);
	}
	if (r)
		return pause(t, now);
	t->away_since = LW_NEVER;
	if (t->known && strcmp(sn, t->sn) != 0) {
		r = lw_fail(&e, LW_EIO,
			    "another module (serial number %s) is plugged now, where it was %s", sn,
			    t->sn);
		return end(t, r, &e);
	}
	if (!t->ability.instances || t->opt.instance >= t->ability.instances) {
		r = lw_fail(&e, LW_ENOTSUP,
			    t->ability.instances
				    ? "the module has no second command data block (01h:163)"
				    : "the module has no command data block (CDB, 01h:163), by "
				      "which firmware is managed");
		return end(t, r, &e);
	}
	t->known = true;
	lw_cdb_client_init(&t->cdb, t->bus, &t->ability);
	t->cdb.instance = t->opt.instance;
	t->cdb.ignore_checks = t->opt.ignore_checks;
	/* a command that never ends is ended, or no other would ever begin (7.2.5.2) */
	if (t->stuck)
		return go(t, now, CANCEL, LW_FIRMWARE_RECOVER);
	return go(t, now, t->opt.has_password ? PASSWORD : FEATURES, LW_FIRMWARE_ASK);
}

/* -- What each step asks ----------------------------------------------------------------------- */

static uint16_t ask_start(struct lw_firmware_task *t, struct lw_cdb_request *q)
{
	const unsigned head = lw_cdb_parts[LW_CDB_START_TRANSFER_VENDOR_DATA].at;

	lw_cdb_part_put(t->payload, LW_CDB_START_TRANSFER_LOAD_SIZE, (uint32_t)t->opt.image_n);
	memcpy(t->payload + head, t->opt.image, t->plan.header);
	q->lpl_n = (uint8_t)(head + t->plan.header);
	q->limit = t->features.t_start;
	if (!q->limit.ns)
		q->limit = lw_host_time(LW_HOST_T_FW_START);
	t->open = true; /* from now on, whatever becomes of the command */
	t->at = 0;
	return LW_CDB_CMD_START_TRANSFER;
}

static uint16_t ask_block(struct lw_firmware_task *t, struct lw_cdb_request *q)
{
	const uint8_t *data = t->opt.image + t->plan.header;
	const unsigned lpl = lw_cdb_parts[LW_CDB_WRITE_BLOCK_LPL_BLOCK].at;

	t->length = lw_firmware_block(&t->plan, &t->features, &t->opt, &t->at);
	q->limit = t->features.t_write;
	q->lpl_n = (uint8_t)lpl;
	if (t->plan.epl) {
		lw_cdb_part_put(t->payload, LW_CDB_WRITE_BLOCK_EPL_BLOCK_ADDRESS, t->at);
		q->epl = data + t->at;
		q->epl_n = (uint16_t)t->length;
		return LW_CDB_CMD_WRITE_BLOCK_EPL;
	}
	lw_cdb_part_put(t->payload, LW_CDB_WRITE_BLOCK_LPL_BLOCK_ADDRESS, t->at);
	memcpy(t->payload + lpl, data + t->at, t->length);
	q->lpl_n = (uint8_t)(lpl + t->length);
	return LW_CDB_CMD_WRITE_BLOCK_LPL;
}

static uint16_t ask_run(struct lw_firmware_task *t, struct lw_cdb_request *q)
{
	lw_cdb_part_put(t->payload, LW_CDB_RUN_LOAD_LOAD_TO_RUN, t->opt.run);
	lw_cdb_part_put(t->payload, LW_CDB_RUN_LOAD_DELAY_TO_RESET, t->opt.run_delay_ms);
	q->lpl_n = lw_cdb_parts[LW_CDB_RUN_LOAD_DELAY_TO_RESET].at + 2;
	return LW_CDB_CMD_RUN_LOAD;
}

/* Fill in the command of the present step. @return its number */
static uint16_t ask(struct lw_firmware_task *t, struct lw_cdb_request *q)
{
	memset(t->payload, 0, sizeof(t->payload));
	q->lpl = t->payload;
	q->limit = t->features.t_any;
	switch (t->step) {
	case CANCEL:
		q->limit = lw_host_time(LW_HOST_T_CDB_SLACK);
		return LW_CDB_CMD_ABORT;
	case PASSWORD:
		lw_cdb_part_put(t->payload, LW_CDB_ENTER_PASSWORD_PASSWORD, t->opt.password);
		q->lpl_n = (uint8_t)(lw_cdb_parts[LW_CDB_ENTER_PASSWORD_PASSWORD].width / 8);
		return LW_CDB_CMD_ENTER_PASSWORD;
	case FEATURES:
		return LW_CDB_CMD_MODULE_FEATURES;
	case FIRMWARE_FEATURES:
		return LW_CDB_CMD_FIRMWARE_FEATURES;
	case INFO:
		return LW_CDB_CMD_FIRMWARE_INFO;
	case ABORT:
		/* either ends a transfer that has failed (9.6) */
		q->limit = t->features.abort ? t->features.t_abort : t->features.t_complete;
		return t->features.abort ? LW_CDB_CMD_ABORT_TRANSFER : LW_CDB_CMD_COMPLETE_TRANSFER;
	case START:
		return ask_start(t, q);
	case BLOCK:
		return ask_block(t, q);
	case COMPLETE:
		q->limit = t->features.t_complete;
		return LW_CDB_CMD_COMPLETE_TRANSFER;
	case COPY:
		lw_cdb_part_put(t->payload, LW_CDB_COPY_LOAD_COPY_DIRECTION,
				t->info.running == LW_FIRMWARE_A ? LW_CDB_COPY_A_TO_B
								 : LW_CDB_COPY_B_TO_A);
		q->lpl_n = (uint8_t)(lw_cdb_parts[LW_CDB_COPY_LOAD_COPY_DIRECTION].width / 8);
		q->limit = t->features.t_copy;
		return LW_CDB_CMD_COPY_LOAD;
	case RUN:
		return ask_run(t, q);
	default:
		return LW_CDB_CMD_COMMIT_LOAD;
	}
}

static struct lw_mono begin(struct lw_firmware_task *t, struct lw_mono now)
{
	struct lw_cdb_request q = {0};
	struct lw_error e;

	if (t->stopping && !t->giving_up) {
		lw_fail(&e, LW_EIO,
			t->open ? "stopped; the download was given up, what runs is as it was"
				: "stopped");
		return give_up(t, now, &e);
	}
	q.id = ask(t, &q);
	if (lw_cdb_client_send(&t->cdb, &q, &e))
		return end(t, e.code, &e);
	if (t->step == BLOCK && !t->at)
		t->write_since = now;
	t->started = true;
	return now;
}

/* -- What is next, by what the module says ----------------------------------------------------- */

static struct lw_mono fail(struct lw_firmware_task *t, struct lw_mono now, const char *why)
{
	struct lw_error e;

	lw_fail(&e, LW_EIO, "%s", why);
	return give_up(t, now, &e);
}

static struct lw_mono begin_download(struct lw_firmware_task *t, struct lw_mono now)
{
	const struct lw_firmware_load *other;
	struct lw_firmware_options opt = t->opt;
	struct lw_error e;

	if (t->by_lpl)
		opt.way = LW_FIRMWARE_BY_LPL;
	if (lw_firmware_plan_make(&t->ability, &t->features, &t->info, &opt, &t->plan, &e))
		return end(t, e.code, &e);
	t->has_plan = true;
	if (t->opt.dry_run)
		return end(t, 0, NULL);
	other = t->plan.target >= 0 ? &t->info.bank[t->plan.target] : NULL;
	/* a bank that is not valid may be that of a transfer that nobody has ended */
	if (t->open || (other && !other->valid))
		return go(t, now, ABORT, LW_FIRMWARE_ABORT);
	return go(t, now, START, LW_FIRMWARE_START);
}

static struct lw_mono begin_run(struct lw_firmware_task *t, struct lw_mono now)
{
	bool other = t->opt.run <= LW_FIRMWARE_RUN_HITLESS;
	bool hitless =
		t->opt.run == LW_FIRMWARE_RUN_HITLESS || t->opt.run == LW_FIRMWARE_RESTART_HITLESS;
	int to = t->info.running == LW_FIRMWARE_A ? LW_FIRMWARE_B : LW_FIRMWARE_A;

	if (hitless && !t->features.hitless)
		return fail(t, now,
			    "the module advertises no start of firmware without a hit to traffic; "
			    "run it with a reset (--reset)");
	if (other && t->info.running != LW_FIRMWARE_FIXED && !t->info.bank[to].valid)
		return fail(t, now,
			    "the other bank holds no valid firmware to run; download it first");
	if (t->opt.dry_run)
		return end(t, 0, NULL);
	t->before = t->info.running;
	return go(t, now, RUN, LW_FIRMWARE_RUNNING);
}

/* After a run command: does the module run what it shall? */
static struct lw_mono look_at_switch(struct lw_firmware_task *t, struct lw_mono now)
{
	const struct lw_firmware_load *l = &t->info.bank[t->info.running];
	bool other = t->opt.run <= LW_FIRMWARE_RUN_HITLESS;
	struct lw_error e;

	if (other == (t->info.running == t->before)) {
		/* a command that was lost on its way may not have arrived: say it again */
		if (t->run_lost && takes_longer(t->since, now, LW_HOST_T_MGMT_INIT) &&
		    t->restarts <= lw_host_numbers[LW_HOST_FW_TRIES]) {
			t->switching = false;
			return go(t, now, RUN, LW_FIRMWARE_RUNNING);
		}
		if (!takes_longer(t->since, now, LW_HOST_T_FW_RESTART))
			return pause(t, now);
		lw_fail(&e, LW_EIO, "the module still runs bank %s: the other did not start",
			lw_firmware_bank_name(t->info.running));
		t->switching = false;
		return end(t, e.code, &e);
	}
	t->switching = false;
	if (l->stated && (l->major != t->info.active[0] || l->minor != t->info.active[1])) {
		lw_fail(&e, LW_EIO,
			"the module says that it runs %u.%u (lower 39-40), but its bank %s holds "
			"%u.%u",
			t->info.active[0], t->info.active[1],
			lw_firmware_bank_name(t->info.running), l->major, l->minor);
		return end(t, e.code, &e);
	}
	t->left &= ~(unsigned)LW_FIRMWARE_RUN;
	t->ran = true;
	t->runs = t->info.running;
	return t->due = now;
}

/* A module that lost power after the switch runs what was committed before: switch again. */
static void look_whether_it_stayed(struct lw_firmware_task *t)
{
	if (!t->ran || t->info.running == t->runs ||
	    ++t->restarts > lw_host_numbers[LW_HOST_FW_TRIES])
		return;
	t->ran = false;
	t->left |= LW_FIRMWARE_RUN | (t->opt.goals & LW_FIRMWARE_COMMIT);
}

/* The banks are known: take up the first goal that is not reached. */
static struct lw_mono decide(struct lw_firmware_task *t, struct lw_mono now)
{
	if (t->switching) {
		struct lw_mono due = look_at_switch(t, now);

		if (t->left & LW_FIRMWARE_RUN)
			return due;
	}
	look_whether_it_stayed(t);
	if (t->left & LW_FIRMWARE_GIVE_UP)
		return t->opt.dry_run ? end(t, 0, NULL) : go(t, now, ABORT, LW_FIRMWARE_ABORT);
	if (t->left & LW_FIRMWARE_DOWNLOAD)
		return begin_download(t, now);
	if (t->has_plan && t->plan.target >= 0 && !(t->opt.goals & LW_FIRMWARE_RUN) &&
	    !t->info.bank[t->plan.target].valid)
		return fail(t, now, "the module took the image but calls the bank invalid");
	if (t->left & LW_FIRMWARE_COPY) {
		if (!t->features.copy || t->info.running == LW_FIRMWARE_FIXED)
			return fail(t, now, "the module cannot copy what it runs (0041h)");
		return t->opt.dry_run ? end(t, 0, NULL) : go(t, now, COPY, LW_FIRMWARE_COPYING);
	}
	if (t->left & LW_FIRMWARE_RUN)
		return begin_run(t, now);
	if (t->ran && t->info.running != t->runs)
		return fail(t, now, "the module went back to what it ran before");
	if (t->left & LW_FIRMWARE_COMMIT)
		return t->opt.dry_run ? end(t, 0, NULL)
				      : go(t, now, COMMIT, LW_FIRMWARE_COMMITTING);
	if (t->opt.goals & LW_FIRMWARE_COMMIT && t->info.committed != t->info.running)
		return fail(t, now, "the module took the command but has not committed what runs");
	return end(t, 0, NULL);
}

static struct lw_mono took_features(struct lw_firmware_task *t, struct lw_mono now)
{
	struct lw_mono longest = t->features.t_any;
	struct lw_error e;

	if (lw_firmware_features_read(t->cdb.reply, t->cdb.reply_n, &t->features, &e))
		return end(t, e.code, &e);
	t->features.t_any = longest;
	t->has_features = true;
	/* longer accesses for firmware commands (Table 9-11) */
	if (t->features.lpl_access > t->cdb.ability.lpl_access)
		t->cdb.ability.lpl_access = (uint8_t)t->features.lpl_access;
	if (t->features.epl_access > t->cdb.ability.epl_access)
		t->cdb.ability.epl_access = t->features.epl_access;
	return go(t, now, INFO, LW_FIRMWARE_ASK);
}

static struct lw_mono took_info(struct lw_firmware_task *t, struct lw_mono now)
{
	uint8_t active[2] = {t->info.active[0], t->info.active[1]};

	lw_firmware_info_read(t->cdb.reply, t->cdb.reply_n, active, &t->info);
	t->has_info = true;
	return decide(t, now);
}

static struct lw_mono took_block(struct lw_firmware_task *t, struct lw_mono now)
{
	t->blocks_sent++;
	t->at += t->length;
	t->took = minus(now, t->write_since);
	if (!lw_firmware_block(&t->plan, &t->features, &t->opt, &t->at))
		return go(t, now, COMPLETE, LW_FIRMWARE_COMPLETE);
	return go(t, now, BLOCK, LW_FIRMWARE_WRITE);
}

static struct lw_mono closed(struct lw_firmware_task *t, struct lw_mono now)
{
	t->open = false;
	if (t->giving_up)
		return end(t, t->error.code, NULL);
	if (t->left & LW_FIRMWARE_GIVE_UP) {
		t->left &= ~(unsigned)LW_FIRMWARE_GIVE_UP;
		return go(t, now, INFO, LW_FIRMWARE_ASK);
	}
	return go(t, now, START, LW_FIRMWARE_START);
}

/* A goal's command was carried out: let the banks tell. */
static struct lw_mono reached(struct lw_firmware_task *t, struct lw_mono now, unsigned goal)
{
	t->left &= ~goal;
	return go(t, now, INFO, t->phase);
}

static struct lw_mono begin_switch(struct lw_firmware_task *t, struct lw_mono now)
{
	if (t->cdb.outcome != LW_CDB_DONE && t->run_lost)
		t->restarts++;
	t->run_lost = t->cdb.outcome != LW_CDB_DONE;
	t->switching = true;
	t->since = lw_mono_add(now, lw_ms(t->opt.run_delay_ms));
	pause(t, now);
	return t->due = lw_mono_add(t->since, lw_host_time(LW_HOST_T_FW_PAUSE));
}

/* The module carried the command out. */
static struct lw_mono done(struct lw_firmware_task *t, struct lw_mono now)
{
	switch (t->step) {
	case PASSWORD:
		return go(t, now, FEATURES, LW_FIRMWARE_ASK);
	case FEATURES:
		t->features.t_any =
			lw_ms(lw_cdb_part_get(t->cdb.reply, t->cdb.reply_n,
					      LW_CDB_MODULE_FEATURES_REPLY_MAX_COMPLETION_TIME));
		return go(t, now, FIRMWARE_FEATURES, LW_FIRMWARE_ASK);
	case FIRMWARE_FEATURES:
		return took_features(t, now);
	case INFO:
		return took_info(t, now);
	case ABORT:
		return closed(t, now);
	case START:
		if (!lw_firmware_block(&t->plan, &t->features, &t->opt, &t->at))
			return go(t, now, COMPLETE, LW_FIRMWARE_COMPLETE);
		return go(t, now, BLOCK, LW_FIRMWARE_WRITE);
	case BLOCK:
		return took_block(t, now);
	case COMPLETE:
		t->open = false;
		return reached(t, now, LW_FIRMWARE_DOWNLOAD);
	case COPY:
		if (lw_cdb_part_get(t->cdb.reply, t->cdb.reply_n,
				    LW_CDB_COPY_LOAD_REPLY_COPY_STATUS))
			return fail(t, now, "the module failed to copy its firmware");
		return reached(t, now, LW_FIRMWARE_COPY);
	case RUN:
		return begin_switch(t, now);
	default:
		return reached(t, now, LW_FIRMWARE_COMMIT);
	}
}

/* The module refused the command: is there another way? */
static struct lw_mono refused(struct lw_firmware_task *t, struct lw_mono now)
{
	struct lw_cdb_meaning m;
	struct lw_error e;

	lw_cdb_explain(t->cdb.request.id, t->cdb.status, &m);
	lw_cdb_client_error(&t->cdb, &e);
	switch (t->step) {
	case FEATURES: /* modules of CMIS 4.0 may lack it: times stay unknown */
		return go(t, now, FIRMWARE_FEATURES, LW_FIRMWARE_ASK);
	case ABORT: /* nothing was open */
		return closed(t, now);
	case START:
		/* perhaps one is open that the module does not show: end it, and ask once more */
		t->open = false;
		if (t->cdb.status != LW_CDB_STATUS_NOT_NOW || t->restarts)
			break;
		t->restarts++;
		t->trouble = e;
		return go(t, now, ABORT, LW_FIRMWARE_ABORT);
	case BLOCK:
		/* it was restarted: the transfer is gone */
		if (t->cdb.status == LW_CDB_STATUS_NOT_NOW)
			return recover(t, now, &e);
		if (t->cdb.status == LW_CDB_STATUS_PARAMETER && !t->at && t->plan.epl &&
		    t->features.lpl && t->opt.way == LW_FIRMWARE_BEST) {
			t->by_lpl = true;
			return recover(t, now, &e);
		}
		break;
	case COMPLETE:
		t->open = false; /* this ends a transfer also when it fails (9.6) */
		if (t->cdb.status == LW_CDB_STATUS_NOT_NOW)
			return recover(t, now, &e);
		break;
	default:
		break;
	}
	/* firmware that did not start is not started again */
	if (m.retry && (t->step != RUN || t->cdb.status < LW_CDB_STATUS_FIRMWARE))
		return recover(t, now, &e);
	return give_up(t, now, &e);
}

static struct lw_mono ended(struct lw_firmware_task *t, struct lw_mono now)
{
	struct lw_error e;

	t->started = false;
	if (t->step == CANCEL) { /* whatever it said: the next command will show */
		t->stuck = false;
		if (t->giving_up)
			return go(t, now, ABORT, LW_FIRMWARE_ABORT);
		return go(t, now, t->opt.has_password ? PASSWORD : FEATURES, LW_FIRMWARE_ASK);
	}
	t->stuck = t->cdb.outcome == LW_CDB_LATE;
	if (t->cdb.outcome == LW_CDB_DONE)
		return done(t, now);
	if (t->cdb.outcome == LW_CDB_REFUSED)
		return refused(t, now);
	lw_cdb_client_error(&t->cdb, &e);
	if (t->step == RUN) /* a module that restarts may not answer any more (Table 9-29) */
		return begin_switch(t, now);
	if (t->switching && !takes_longer(t->since, now, LW_HOST_T_FW_RESTART))
		return pause(t, now);
	return recover(t, now, &e);
}

struct lw_mono lw_firmware_task_run(struct lw_firmware_task *t, struct lw_mono now)
{
	while (t->phase != LW_FIRMWARE_END && !lw_mono_before(now, t->due)) {
		if (t->step == WHO) {
			t->due = who(t, now);
		} else if (t->step == PAUSE) {
			t->step = WHO;
		} else if (!t->started) {
			t->due = begin(t, now);
		} else {
			t->due = lw_cdb_client_run(&t->cdb, now);
			if (!t->cdb.running)
				t->due = ended(t, now);
		}
	}
	return t->due;
}
