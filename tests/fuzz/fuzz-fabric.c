/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a fabric file: it is refused with a place and a reason, or its links are judged. */
#include "fuzz-yaml.h"

#include <lanewise/fabric.h>
#include <string.h>

/* A "dump" is the memory of the catalogued part it is named after. */
static int reader(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		  struct lw_error *reterr)
{
	(void)source;
	const struct lw_part *p = lw_part_find(path);

	(void)ctx;
	return p ? lw_image_make(p, NULL, ret, reterr) : lw_fail(reterr, LW_ENOENT, "no such dump");
}

static void check_links(const struct lw_fabric *f)
{
	for (size_t i = 0; i < f->link_n; i++) {
		const struct lw_flink *l = &f->links[i];

		require(l->id && l->media_lanes > 0);
		require(l->verdict == LW_UP || l->findings.n > 0);
		for (int e = 0; e < 2; e++) {
			const struct lw_cage *c = &f->cages[l->cage[e]];

			require((size_t)l->cage[e] < f->cage_n && l->port[e] < c->mode.n);
			require(l->chosen[e] < (int)c->ability_n);
		}
		for (unsigned k = 0; k < l->media_lanes; k++) {
			struct lw_flane x;

			lw_flink_lane(f, l, k, &x);
			require(x.host[0] < LW_LANES_MAX && x.host[1] < LW_LANES_MAX);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_error e = {0};
	struct lw_arena arena;
	struct lw_fabric f;
	int rc;

	lw_arena_init(&arena, 32u << 20);
	rc = lw_fabric_load((const char *)data, size, "fuzz", &arena, &f, &e);
	if (!rc)
		rc = lw_fabric_resolve(&f, reader, NULL, &e);
	if (rc) {
		require(e.code == rc && *e.message && !strchr(e.message, '\n'));
	} else {
		struct lw_buf b = LW_BUF_INIT;
		struct lw_json j;

		check_links(&f);
		lw_json_init(&j, &b);
		lw_fabric_check_json(&f, &j);
		lw_buf_finish(&b);
	}
	lw_arena_finish(&arena);
	return 0;
}
