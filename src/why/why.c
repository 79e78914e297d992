/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

double lw_see_limit(enum lw_symptom_id id)
{
	return lw_symptom_rows[id].limit;
}

void lw_see(struct lw_seen *s, enum lw_why_place place, enum lw_symptom_id id, uint32_t lanes,
	    const char *fmt, ...)
{
	struct lw_diagnosis *d = s->d;
	const char *said = lw_symptom_rows[id].doc;
	struct lw_symptom *x;
	char text[512];
	va_list ap;

	if (d->symptom_n == LW_SYMPTOMS_MAX)
		return;
	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		said = lw_arena_strdup(s->arena, text);
	}
	if (!said) {
		s->failed = true;
		return;
	}
	s->lanes[place][id] |= lanes ? lanes : s->all;
	x = &d->symptom[d->symptom_n++];
	*x = (struct lw_symptom){lw_symptom_rows[id].name, place, lanes, said};
}

const struct lw_dp_report *lw_seen_report(const struct lw_seen *s, enum lw_why_place end)
{
	int want = s->e->link[s->link].want[end];

	return want < 0 ? NULL : &s->e->module[s->l->cage[end]].report[want];
}

uint32_t lw_seen_map(const struct lw_seen *s, enum lw_why_place end, uint32_t media)
{
	uint32_t lanes = 0;

	for (unsigned i = 0; i < s->l->media_lanes; i++) {
		unsigned bit = (unsigned)s->l->media_lane[end][i] - s->l->media_first[end];

		if (bit < 32 && media >> bit & 1)
			lanes |= UINT32_C(1) << i;
	}
	return lanes;
}

int lw_why(const struct lw_engine *e, size_t link, const struct lw_why_host *host,
	   struct lw_arena *arena, struct lw_diagnosis *ret, struct lw_error *reterr)
{
	static const struct lw_why_host nobody;
	struct lw_seen s = {
		.e = e, .host = host ? host : &nobody, .link = link, .d = ret, .arena = arena};

	if (link >= e->fabric->link_n)
		return lw_fail(reterr, LW_EINVAL, "there is no link %zu", link);
	s.l = &e->fabric->links[link];
	s.all = (uint32_t)((UINT64_C(1) << s.l->media_lanes) - 1u);
	memset(ret, 0, sizeof(*ret));
	ret->link = link;
	lw_see_link(&s);
	for (int end = LW_WHY_A; end <= LW_WHY_B; end++) {
		lw_see_module(&s, (enum lw_why_place)end);
		lw_see_light(&s, (enum lw_why_place)end);
		lw_see_trends(&s, (enum lw_why_place)end);
	}
	lw_see_way(&s, LW_WHY_A);
	lw_see_way(&s, LW_WHY_B);
	lw_see_hosts(&s);
	lw_match(&s);
	return s.failed ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
}

const char *lw_why_place(const struct lw_engine *e, const struct lw_diagnosis *d,
			 enum lw_why_place place)
{
	const struct lw_flink *l = &e->fabric->links[d->link];

	return place == LW_WHY_LINK ? l->id : e->fabric->cages[l->cage[place]].id;
}
