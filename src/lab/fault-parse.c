/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char form[] = "KIND:PLACE[=VALUE][@START[-END]], for example cut:leaf1/swp1:2@20-30";

const char *lw_lab_fault_name(int kind)
{
	static const char *const names[] = {
		[LW_LAB_REPLUG - LW_FAULT_N] = "replug",
		[LW_LAB_SWAP - LW_FAULT_N] = "swap",
		[LW_LAB_COUNTERFEIT - LW_FAULT_N] = "counterfeit",
		[LW_LAB_DIRTY - LW_FAULT_N] = "dirty",
		[LW_LAB_POLARITY - LW_FAULT_N] = "polarity",
		[LW_LAB_CROSSED - LW_FAULT_N] = "crossed",
	};

	if (kind < 0 || kind >= LW_LAB_FAULT_N)
		return NULL;
	return kind < LW_FAULT_N ? lw_fault_name((enum lw_fault)kind) : names[kind - LW_FAULT_N];
}

static int find_kind(const char *name)
{
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		if (strcmp(name, lw_lab_fault_name(k)) == 0)
			return k;
	/* what the rule of that name is about */
	return strcmp(name, "vendor") == 0 ? LW_LAB_COUNTERFEIT : -1;
}

/* Seconds since the start, up to ten years; *p moves behind the number. */
static int read_time(char **p, struct lw_mono *ret)
{
	char *end;
	double s;

	if (**p < '0' || **p > '9') /* strtod() takes blanks, signs and names too */
		return LW_EINVAL;
	s = strtod(*p, &end);
	if (!(s >= 0 && s < 4e8))
		return LW_EINVAL;
	*ret = (struct lw_mono){(int64_t)(s * 1e9)};
	*p = end;
	return 0;
}

static int read_times(char *text, struct lw_lab_fault *ret)
{
	ret->at = (struct lw_mono){0};
	ret->until = LW_NEVER;
	if (text && read_time(&text, &ret->at))
		return LW_EINVAL;
	if (text && *text == '-') {
		text++;
		if (read_time(&text, &ret->until) || lw_mono_before(ret->until, ret->at))
			return LW_EINVAL;
	}
	if (ret->kind == LW_LAB_REPLUG && !lw_mono_before(ret->until, LW_NEVER))
		ret->until = lw_mono_add(ret->at, lw_twin_replug_time());
	return text && *text ? LW_EINVAL : 0;
}

/* What a value of that kind of fault is; NULL: it takes none. */
static const char *value_of(int kind)
{
	switch (kind) {
	case LW_LAB_SWAP:
		return "a part or the file of a module";
	case LW_LAB_COUNTERFEIT:
		return "a vendor's name of at most 16 characters";
	case LW_LAB_DIRTY:
		return "a loss from 0 to 60 dB";
	default:
		return NULL;
	}
}

static int read_value(const char *text, struct lw_lab_fault *ret)
{
	size_t n = strlen(text);
	char *end;
	double db;

	if (!n || n >= sizeof(ret->value))
		return LW_EINVAL;
	if (ret->kind == LW_LAB_DIRTY) {
		db = strtod(text, &end);
		if (text[0] < '0' || text[0] > '9' || *end || !(db >= 0 && db <= 60))
			return LW_EINVAL;
	}
	if (ret->kind == LW_LAB_COUNTERFEIT && n > 16)
		return LW_EINVAL;
	memcpy(ret->value, text, n + 1);
	return 0;
}

static bool of_host_lanes(int kind)
{
	return kind == LW_FAULT_REJECT || kind == LW_FAULT_REJECT_CUSTOM ||
	       kind == LW_FAULT_STUCK_INIT;
}

/* The lanes that a link uses at one end, on the side that the fault is about. */
static uint32_t link_lanes(const struct lw_fabric *f, const struct lw_flink *l, unsigned end,
			   int kind)
{
	const struct lw_lport *p = &f->cages[l->cage[end]].mode.port[l->port[end]];
	uint32_t lanes = 0;

	if (of_host_lanes(kind))
		return ((UINT32_C(1) << p->lanes) - 1u) << p->first;
	for (unsigned i = 0; i < l->media_lanes; i++)
		lanes |= UINT32_C(1) << l->media_lane[end][i];
	return lanes;
}

static bool find_port(const struct lw_fabric *f, const char *number, struct lw_lab_fault *ret)
{
	char *end;
	unsigned long port = strtoul(number, &end, 10);

	for (size_t i = 0; *number && *end == '\0' && i < f->link_n; i++)
		for (unsigned k = 0; k < 2; k++)
			if (f->links[i].cage[k] == ret->cage && f->links[i].port[k] + 1u == port) {
				ret->lanes = link_lanes(f, &f->links[i], k, ret->kind);
				return true;
			}
	return false;
}

static bool find_place(const struct lw_fabric *f, const char *place, struct lw_lab_fault *ret)
{
	const char *colon = strrchr(place, ':');
	char cage[160];
	size_t n = colon ? (size_t)(colon - place) : strlen(place);

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
	return find_port(f, colon + 1, ret);
}

/* Cut "@START[-END]" off; a value may hold an "@" of its own. */
static char *cut_times(char *text)
{
	char *at = strrchr(text, '@');

	if (!at || strspn(at + 1, "0123456789.-e+") != strlen(at + 1))
		return strchr(text, '=') ? NULL : at ? (*at = '\0', at + 1) : NULL;
	*at = '\0';
	return at + 1;
}

int lw_lab_fault_parse(const struct lw_fabric *f, const char *text, struct lw_lab_fault *ret,
		       struct lw_error *reterr)
{
	struct lw_lab_fault x = {0};
	char copy[384];
	char *place, *when, *value = NULL;

	if (strlen(text) >= sizeof(copy))
		return lw_fail(reterr, LW_EINVAL, "a fault is written %s", form);
	strcpy(copy, text);
	place = strchr(copy, ':');
	if (!place)
		return lw_fail(reterr, LW_EINVAL, "fault \"%.80s\": write it as %s", text, form);
	*place++ = '\0';
	x.kind = find_kind(copy);
	if (x.kind < 0)
		return lw_fail(reterr, LW_EINVAL,
			       "unknown kind of fault \"%.40s\"; docs/twin.md and \"lanewise twin "
			       "--help\" list them",
			       copy);
	when = cut_times(place);
	if (read_times(when, &x))
		return lw_fail(reterr, LW_EINVAL, "fault \"%.80s\": times are seconds, written %s",
			       text, form);
	if (value_of(x.kind))
		value = strchr(place, '=');
	if (value)
		*value++ = '\0';
	if (value ? read_value(value, &x) : x.kind == LW_LAB_SWAP)
		return lw_fail(reterr, LW_EINVAL, "fault \"%.80s\": behind \"=\" goes %s", text,
			       value_of(x.kind));
	if (!find_place(f, place, &x))
		return lw_fail(reterr, LW_EINVAL,
			       "fault \"%.80s\": no cage, logical port or link \"%.80s\" in %s",
			       text, place, f->file);
	*ret = x;
	return 0;
}
