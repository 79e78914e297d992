/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an intent: it is refused with a place and a reason, or planned within bounds. */
#include "fuzz-yaml.h"

#include <lanewise/planner.h>
#include <string.h>

/* A platform file holds one port of eight lanes, whatever its name. */
static int reader(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		  size_t *ret_n, struct lw_error *reterr)
{
	static const char text[] =
		"{\"interfaces\": {\"Ethernet0\": {\"index\": \"1,1,1,1,1,1,1,1\", \"lanes\": "
		"\"1,2,3,4,5,6,7,8\", \"breakout_modes\": {\"1x800G\": [\"a\"], \"2x400G[200G]\": "
		"[\"a\", \"b\"]}}}}";

	(void)ctx;
	(void)arena;
	if (!*path)
		return lw_fail(reterr, LW_ENOENT, "no such file");
	*ret = text;
	*ret_n = sizeof(text) - 1;
	return 0;
}

static void check_links(const struct lw_planner *p)
{
	for (unsigned k = 0; k < p->joint_n; k++) {
		const struct lw_plan_joint *j = &p->joint[k];

		for (uint64_t i = j->first_link; i < j->first_link + j->link_n; i++)
			for (unsigned e = 0; e < 2; e++) {
				const struct lw_plan_tier *t = &p->tier[j->low + e];

				require(p->links[i].device[e] < t->planes * t->per_plane);
				require(p->links[i].cage[e] < t->cages);
				require(p->links[i].cable < p->cable_n);
			}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_error e = {0};
	struct lw_arena arena;
	struct lw_intent x;
	struct lw_planner p;
	int rc;

	lw_arena_init(&arena, 64u << 20);
	rc = lw_intent_load((const char *)data, size, "fuzz", reader, NULL, &arena, &x, &e);
	/* size is bounded by planner.c; a fuzzer wants many small ones */
	if (!rc && (x.servers > 256 || x.growth_servers > 512 || x.nics > 16))
		goto out;
	if (!rc && (uint32_t)x.room.rows * x.room.racks > 64)
		goto out;
	if (!rc)
		rc = lw_planner_make(&x, NULL, NULL, &p, &e);
	if (rc) {
		require(e.code == rc && *e.message && !strchr(e.message, '\n'));
	} else {
		struct lw_buf b = LW_BUF_INIT;
		struct lw_json j;

		check_links(&p);
		lw_json_init(&j, &b);
		lw_planner_json(&p, NULL, &j);
		lw_planner_csv(&p, 0, 1000, &b);
		lw_planner_svg(&p, &b);
		lw_planner_fabric(&p, &b, &e);
		lw_buf_finish(&b);
	}
out:
	lw_arena_finish(&arena);
	return 0;
}
