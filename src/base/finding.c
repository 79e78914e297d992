/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/error.h>
#include <lanewise/finding.h>

void lw_findings_init(struct lw_findings *f, struct lw_arena *arena)
{
	*f = (struct lw_findings){.arena = arena};
}

int lw_findings_add(struct lw_findings *f, const char *rule, enum lw_severity severity,
		    const char *subject, const char *remedy, const char *ref, const char *fmt, ...)
{
	struct lw_finding x = {.severity = severity};
	struct lw_finding *v;
	va_list ap;

	x.rule = lw_arena_strdup(f->arena, rule);
	x.subject = lw_arena_strdup(f->arena, subject ? subject : "");
	x.remedy = lw_arena_strdup(f->arena, remedy ? remedy : "");
	x.ref = lw_arena_strdup(f->arena, ref ? ref : "");
	va_start(ap, fmt);
	x.text = lw_arena_vprintf(f->arena, fmt, ap);
	va_end(ap);
	v = lw_arena_grow(f->arena, f->v, &f->cap, f->n + 1, sizeof(*v));
	if (f->arena->failed || !v)
		return LW_ENOMEM;
	f->v = v;
	v[f->n++] = x;
	return 0;
}

int lw_findings_worst(const struct lw_findings *f)
{
	int worst = -1;

	for (size_t i = 0; i < f->n; i++)
		if ((int)f->v[i].severity > worst)
			worst = (int)f->v[i].severity;
	return worst;
}

const char *lw_severity_name(enum lw_severity s)
{
	static const char *const names[] = {"info", "risk", "fatal"};

	return names[s];
}

void lw_findings_json(const struct lw_findings *f, struct lw_json *j)
{
	lw_json_begin_array(j);
	for (size_t i = 0; f && i < f->n; i++) {
		const struct lw_finding *x = &f->v[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "rule", x->rule);
		lw_json_put_string(j, "severity", lw_severity_name(x->severity));
		lw_json_put_string(j, "subject", x->subject);
		lw_json_put_string(j, "text", x->text);
		lw_json_put_string(j, "remedy", x->remedy);
		lw_json_put_string(j, "ref", x->ref);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}
