/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as platform.json, and behind the first NUL as hwsku.json and as a mode: refused with a
 * reason, or every sub-port stands on lanes of its port. The same bytes as port_config.ini. */
#include "fuzz.h"

#include <lanewise/platform.h>
#include <string.h>

static void check_mode(const struct lw_platform_port *port, const struct lw_platform_mode *m)
{
	size_t lane = 0;

	require(!m->refusal || m->sub_n == 0);
	for (size_t i = 0; i < m->sub_n; i++) {
		const struct lw_subport *s = &m->sub[i];

		require(s->name && s->alias);
		if (!m->text) /* of port_config.ini: as it is */
			return;
		require(s->index && s->lane_n > 0);
		require(s->first == lane && s->lane == &port->lane[lane]);
		lane += s->lane_n;
	}
	require(lane <= port->lane_n);
}

static void check(struct lw_platform *p, const char *mode)
{
	struct lw_findings findings;
	struct lw_buf b = LW_BUF_INIT;
	struct lw_transition t;
	struct lw_json j;
	struct lw_platform_port *port = &p->port[0];

	if (lw_platform_set_mode(p, port->name, mode, NULL) == 0)
		require(port->now.text && (port->now.refusal == NULL || port->now.remedy));
	for (size_t i = 0; i < p->port_n; i++) {
		check_mode(&p->port[i], &p->port[i].now);
		for (size_t k = 0; k < p->port[i].mode_n; k++)
			check_mode(&p->port[i], &p->port[i].mode[k]);
	}
	lw_findings_init(&findings, p->arena);
	if (lw_platform_judge(p, LW_JUDGE_ALL, &findings) == 0) {
		lw_json_init(&j, &b);
		lw_platform_json(p, &findings, &j);
		lw_buf_clear(&b);
	}
	if (port->mode_n &&
	    lw_platform_transition(p, port->name, port->mode[0].text, mode, &t, NULL) == 0) {
		require(t.removed_n + t.kept_n == t.from.sub_n || t.findings.n);
		require(t.added_n + t.kept_n == t.to.sub_n || t.findings.n);
		lw_json_init(&j, &b);
		lw_transition_json(&t, &j);
	}
	lw_buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *hwsku = memchr(data, 0, size), *mode = NULL;
	struct lw_error e = {0};
	struct lw_arena arena;
	struct lw_platform p;
	char text[128] = "1x100G";
	int rc;

	if (hwsku)
		mode = memchr(hwsku + 1, 0, (size_t)(end - hwsku - 1));
	if (mode) {
		size_t n = (size_t)(end - mode - 1);

		n = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
		memcpy(text, mode + 1, n);
		text[n] = '\0';
	}
	lw_arena_init(&arena, 32u << 20);
	rc = lw_platform_load_ini((const char *)data, size, "fuzz", &arena, &p, &e);
	if (rc)
		require(e.code == rc && e.message[0] && !strchr(e.message, '\n'));
	else
		check(&p, text);
	rc = lw_platform_load((const char *)data, hwsku ? (size_t)(hwsku - data) : size, "fuzz",
			      &arena, &p, &e);
	if (rc) {
		require(e.code == rc && e.message[0] && !strchr(e.message, '\n'));
	} else {
		if (hwsku) {
			rc = lw_platform_hwsku(&p, (const char *)hwsku + 1,
					       (size_t)((mode ? mode : end) - hwsku - 1), "hwsku",
					       &e);
			require(!rc || (e.code == rc && e.message[0]));
		}
		check(&p, text);
	}
	lw_arena_finish(&arena);
	return 0;
}
