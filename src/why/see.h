/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SEE_H
#define LW_SEE_H

#include "symptom-ids.h"

#include <lanewise/lanes.h>
#include <lanewise/why.h>

struct lw_symptom_row {
	const char *name, *doc;
	double limit; /* NaN: none */
};

/* When a trend is told: see data/trends.csv. */
struct lw_trend_row {
	const char *quantity;
	uint8_t symptom;         /* enum lw_symptom_id */
	uint8_t path;            /* its lane is the first host lane of a path, not a media lane */
	uint8_t rises;           /* what goes the other way is no harm */
	uint8_t part;            /* `least` is a part of the value */
	double least;            /* change over the time seen that is no chance */
	double seen;             /* days */
	double sure;             /* part of the slope that its interval must leave */
	double reach;            /* times the time seen: no further is looked */
	double horizon;          /* days */
	const char *unit, *step; /* as shown: of the value, of the slope; "" of a value: a ratio */
	double factor;           /* from the value to that unit */
};

enum lw_why_state { LW_WHY_ANY, LW_WHY_UP, LW_WHY_DOWN };

struct lw_need {
	uint8_t scope; /* 0 near, 1 far, 2 link */
	uint8_t not ;
	uint8_t symptom;
};

struct lw_cause_row {
	const char *name, *title, *first, *next, *isolate, *ref;
	uint8_t weak;
	uint8_t advice; /* nothing is wrong yet */
	uint8_t level;  /* a cause hides those of higher levels on the same lanes */
	uint8_t whole;  /* of the link, not of one end: named once */
	uint8_t state;  /* enum lw_why_state: of the links that it is for */
	uint8_t need_n;
	struct lw_need need[LW_WHY_EVIDENCE_MAX];
};

/* Made from data/symptoms.csv, data/trends.csv and data/causes.csv by gen/causes.py. */
extern const struct lw_symptom_row lw_symptom_rows[LW_SYMPTOM_N];
extern const struct lw_trend_row lw_trend_rows[];
extern const size_t lw_trend_row_n;
extern const struct lw_cause_row lw_cause_rows[];
extern const size_t lw_cause_row_n;

/* What was seen so far. Lanes are those of the link, bit i its lane i. */
struct lw_seen {
	const struct lw_engine *e;
	const struct lw_why_host *host;
	size_t link;
	const struct lw_flink *l;
	uint32_t all; /* every lane of the link */
	struct lw_diagnosis *d;
	struct lw_arena *arena;
	uint32_t lanes[3][LW_SYMPTOM_N]; /* by place; 0: not seen */
	bool failed;                     /* out of memory */
};

/*
 * Note a symptom. `lanes` 0: of the whole module or link. `fmt` NULL: what its row says. Begin a
 * text with the lanes by way of lw_lanes_text().
 */
void lw_see(struct lw_seen *s, enum lw_why_place place, enum lw_symptom_id id, uint32_t lanes,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

double lw_see_limit(enum lw_symptom_id id);

/* see-module.c: bus, identity, policy, states; see-light.c: readings and flags; see-trend.c: where
 * they go */
void lw_see_link(struct lw_seen *s);
void lw_see_module(struct lw_seen *s, enum lw_why_place end);
void lw_see_light(struct lw_seen *s, enum lw_why_place end);
void lw_see_trends(struct lw_seen *s, enum lw_why_place end);
/* after both ends */
void lw_see_way(struct lw_seen *s, enum lw_why_place end);
void lw_see_hosts(struct lw_seen *s);

/* What the module at an end reports of the link; NULL: nothing is wanted of it. */
const struct lw_dp_report *lw_seen_report(const struct lw_seen *s, enum lw_why_place end);
/* A mask of media lanes, bit 0 the first of the link's at that end, as lanes of the link. */
uint32_t lw_seen_map(const struct lw_seen *s, enum lw_why_place end, uint32_t media);

/* match.c: causes from what was seen */
void lw_match(struct lw_seen *s);

#endif
