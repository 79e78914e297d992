/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_JOB_H
#define LW_DAEMON_JOB_H

#include <lanewise/engine.h>
#include <lanewise/json.h>

/**
 * @file
 * Actions that take a while: a reset, new firmware, a test of lanes. One kind is one file behind
 * struct lwd_job_kind; each runs beside the engine in the same time, a few accesses at once, and
 * never sleeps. What came of them can be read while they run and for some time afterwards.
 */

struct lwd_plant;
struct lwd_job;

struct lwd_job_kind {
	const char *name; /**< as the action */
	/** Do what is due at p->now. @return when to run again; LW_NEVER: it is over */
	struct lw_mono (*run)(struct lwd_plant *p, struct lwd_job *j);
	/** Come to an end soon, leaving all as it was. */
	void (*stop)(struct lwd_plant *p, struct lwd_job *j);
	/** Add to an open object how it goes and what came of it. */
	void (*tell)(const struct lwd_job *j, struct lw_mono now, struct lw_json *out);
};

struct lwd_job {
	unsigned id; /**< from 1; 0: this place is free */
	const struct lwd_job_kind *kind;
	char *target;      /**< id of a cage or a link */
	char what[96];     /**< as asked for */
	int cage[2];       /**< whose modules it speaks to; -1: no second one */
	bool disturbs;     /**< links of these modules go down */
	const char *phase; /**< "queued", "write" ... */
	bool over, stopped;
	bool told;              /**< lwd_job_news() has told of its end, */
	const char *told_phase; /**< and last of this phase, */
	struct lw_mono tell;    /**< and tells again then */
	int result;             /**< when it is over: 0, or why not */
	char error[224];
	struct lw_mono began, ended, due;
	void *own; /**< the kind's; plain memory */
};

/** Those that are over are forgotten when room is needed, the oldest first. */
#define LWD_JOBS_MAX 32

struct lwd_jobs {
	unsigned last; /**< id of the newest */
	struct lwd_job v[LWD_JOBS_MAX];
};

void lwd_jobs_finish(struct lwd_jobs *jobs);

/** Run all that are due. @return when to run again */
struct lw_mono lwd_jobs_run(struct lwd_plant *p);

/**
 * Take a job up; its first run is at once.
 * @param own     its memory, taken over; nullable
 * @param reterr  LW_ENOTSUP: one of its modules is busy with another job; LW_ELIMIT; LW_ENOMEM
 */
int lwd_job_start(struct lwd_plant *p, const struct lwd_job_kind *kind, const char *target,
		  const char *what, int a, int b, void *own, struct lwd_job **ret,
		  struct lw_error *reterr);

/** Stop the job of that kind and target. @param reterr  LW_ENOENT: none is running */
int lwd_job_stop(struct lwd_plant *p, const struct lwd_job_kind *kind, const char *target,
		 struct lw_error *reterr);

/**
 * Is there news of it: a new phase, an end, or a second gone since the last? To be told once: what
 * is news is none at the next call.
 */
bool lwd_job_news(struct lwd_job *j, struct lw_mono now);

/** One job as a document without line ends. @return 0, LW_ENOMEM */
int lwd_job_doc(const struct lwd_job *j, struct lw_mono now, struct lw_buf *ret);

/** All jobs, the newest first, as a list. */
void lwd_jobs_tell(const struct lwd_jobs *jobs, struct lw_mono now, struct lw_json *out);

/** For kinds: it is over. @return LW_NEVER */
struct lw_mono lwd_job_end(struct lwd_plant *p, struct lwd_job *j, int result, const char *error);

/** What an action answers beside that it was taken. */
struct lwd_effect {
	unsigned job;  /**< 0: none */
	int cage;      /**< of which the links are told; -1: none */
	bool disturbs; /**< they go down */
};

/* The actions. `value` is "stop", or: */

/** "now", or "preview": nothing is done. */
int lwd_job_reset(struct lwd_plant *p, const char *cage, const char *value, struct lwd_effect *ret,
		  struct lw_error *reterr);
/** "show", "download FILE", "run", "run hitless", "commit", "update FILE", "abort". */
int lwd_job_firmware(struct lwd_plant *p, const char *cage, const char *value,
		     struct lwd_effect *ret, struct lw_error *reterr);
/** "SECONDS", and any of "from-a", "from-b" (who sends; default: one after the other), "force" (a
 * link that is on is taken out of service meanwhile) and the name of a pattern. */
int lwd_job_prbs(struct lwd_plant *p, const char *link, const char *value, struct lwd_effect *ret,
		 struct lw_error *reterr);

#endif
