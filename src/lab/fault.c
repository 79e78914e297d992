/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char form[] = "KIND:PLACE[@START[-END]], for example cut:leaf1/swp1:2@20-30";

static int kinds_error(const char *text, struct lw_error *reterr)
{
	char kinds[128] = "";
	size_t n = 0;

	for (int k = 0; lw_fault_name((enum lw_fault)k) && n < sizeof(kinds); k++)
		n += (size_t)snprintf(kinds + n, sizeof(kinds) - n, "%s%s", k ? ", " : "",
				      lw_fault_name((enum lw_fault)k));
	return lw_fail(reterr, LW_EINVAL, "fault \"%s\": unknown kind; use one of %s, as %s", text,
		       kinds, form);
}

/* Seconds since the start, up to a year; *p moves behind the number. */
static int read_time(char **p, struct lw_mono *ret)
{
	char *end;
	double s = strtod(*p, &end);

	if (end == *p || !(s >= 0 && s < 4e7))
		return LW_EINVAL;
	*ret = (struct lw_mono){(int64_t)(s * 1e9)};
	*p = end;
	return 0;
}

static int read_times(char *text, struct lw_lab_fault *ret)
{
	ret->at = (struct lw_mono){0};
	ret->until = LW_NEVER;
	if (!text)
		return 0;
	if (read_time(&text, &ret->at))
		return LW_EINVAL;
	if (*text == '-') {
		text++;
		if (read_time(&text, &ret->until) || lw_mono_before(ret->until, ret->at))
			return LW_EINVAL;
	}
	return *text ? LW_EINVAL : 0;
}

static bool of_module_lanes(enum lw_fault kind)
{
	return kind == LW_FAULT_REJECT || kind == LW_FAULT_STUCK_INIT;
}

/* The lanes that a link uses at one end, on the side that the fault is about. */
static uint32_t link_lanes(const struct lw_fabric *f, const struct lw_flink *l, unsigned end,
			   enum lw_fault kind)
{
	const struct lw_lport *p = &f->cages[l->cage[end]].mode.port[l->port[end]];

	return of_module_lanes(kind) ? ((1u << p->lanes) - 1u) << p->first
				     : ((1u << l->media_lanes) - 1u) << l->media_first[end];
}

static bool find_place(const struct lw_fabric *f, const char *place, struct lw_lab_fault *ret)
{
	const char *colon = strrchr(place, ':');
	char cage[128];
	size_t n = colon ? (size_t)(colon - place) : strlen(place);
	char *end;
	unsigned long port;

	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, place) == 0) {
			ret->cage = f->links[i].cage[0];
			ret->lanes = link_lanes(f, &f->links[i], 0, ret->kind);
			return true;
		}
	if (n >= sizeof(cage))
		return false;
	memcpy(cage, place, n);
	cage[n] = '\0';
	ret->cage = lw_fabric_cage_find(f, cage);
	ret->lanes = UINT32_MAX;
	if (ret->cage < 0 || !colon)
		return ret->cage >= 0;
	port = strtoul(colon + 1, &end, 10);
	for (size_t i = 0; *end == '\0' && i < f->link_n; i++)
		for (unsigned k = 0; k < 2; k++)
			if (f->links[i].cage[k] == ret->cage && f->links[i].port[k] + 1u == port) {
				ret->lanes = link_lanes(f, &f->links[i], k, ret->kind);
				return true;
			}
	return false;
}

int lw_lab_fault_parse(const struct lw_fabric *f, const char *text, struct lw_lab_fault *ret,
		       struct lw_error *reterr)
{
	struct lw_lab_fault x = {0};
	char copy[192];
	char *place, *when;
	int kind;

	if (strlen(text) >= sizeof(copy))
		return lw_fail(reterr, LW_EINVAL, "a fault is written %s", form);
	strcpy(copy, text);
	place = strchr(copy, ':');
	if (!place)
		return lw_fail(reterr, LW_EINVAL, "fault \"%s\": write it as %s", text, form);
	*place++ = '\0';
	kind = lw_fault_find(copy);
	if (kind < 0)
		return kinds_error(text, reterr);
	x.kind = (enum lw_fault)kind;
	when = strrchr(place, '@');
	if (when)
		*when++ = '\0';
	if (read_times(when, &x))
		return lw_fail(reterr, LW_EINVAL, "fault \"%s\": times are seconds, written %s",
			       text, form);
	if (!find_place(f, place, &x))
		return lw_fail(reterr, LW_EINVAL,
			       "fault \"%s\": no cage, logical port or link \"%s\" in %s", text,
			       place, f->file);
	*ret = x;
	return 0;
}

void lw_lab_fault_set(struct lw_lab *lab, const struct lw_lab_fault *x, bool on)
{
	if (lab->twin[x->cage])
		lw_twin_fault(lab->twin[x->cage], x->kind, x->lanes, on);
}
