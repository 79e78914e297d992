/* SPDX-License-Identifier: Apache-2.0 */
/* What a dump left out and no module can be without. */
#include "lab-internal.h"

#include <lanewise/recipe.h>
#include <stdlib.h>
#include <string.h>

static const struct lw_field *field_of(enum lw_map_id map, unsigned id)
{
	return &lw_map_fields(map, NULL)[id];
}

/* A lower half that was not read holds zeros; the module it came from had its identifier there. */
static void mend_identifier(struct lw_image *img)
{
	static const struct {
		uint16_t lower, copy;
	} ids[LW_MAP_N] = {
		[LW_MAP_CMIS] = {LW_CMIS_SFF8024_IDENTIFIER, LW_CMIS_SFF8024_IDENTIFIER_COPY},
		[LW_MAP_SFF8636] = {LW_SFF8636_IDENTIFIER, LW_SFF8636_IDENTIFIER_00H},
	};
	const struct lw_field *to, *from;

	if (!ids[img->map].copy)
		return;
	to = field_of(img->map, ids[img->map].lower);
	from = field_of(img->map, ids[img->map].copy);
	if (!img->present[0][from->slot])
		return;
	img->present[0][to->slot] = 1;
	img->slot[0][to->slot][to->byte & 0x7f] = img->slot[0][from->slot][from->byte & 0x7f];
}

/* The memory that the nearest part of the catalogue would have. */
static int make_like(const struct lw_image *img, struct lw_image *ret, struct lw_error *reterr)
{
	struct lw_recipe recipe;
	struct lw_memory m, made;
	struct lw_arena arena;
	int r;

	lw_arena_init(&arena, 0);
	r = lw_memory_from_image(img, &arena, &m, reterr);
	if (!r)
		r = lw_recipe_find(&m, false, &arena, &recipe, reterr);
	if (!r)
		r = lw_recipe_make(&recipe, &arena, &made, reterr);
	if (!r)
		r = lw_image_parse(made.bytes, made.n, "the made memory", ret, reterr);
	lw_arena_finish(&arena);
	return r;
}

/* A paged module advertises on page 01h where its applications may start, and its limits follow. */
static int mend_pages(struct lw_image *img, struct lw_error *reterr)
{
	const int slot = lw_map_slot(LW_MAP_CMIS, 0x50, 1, true);
	const int limits = lw_map_slot(LW_MAP_CMIS, 0x50, 2, true);
	struct lw_image *like;
	int r;

	like = calloc(1, sizeof(*like));
	if (!like)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = make_like(img, like, reterr);
	for (int s = slot; !r; s = limits) {
		if (!img->present[0][s] && like->present[0][s]) {
			img->present[0][s] = 1;
			memcpy(img->slot[0][s], like->slot[0][s], sizeof(img->slot[0][s]));
		}
		if (s == limits)
			break;
	}
	free(like);
	/* nothing of the catalogue is like it: it stays as it is */
	return r == LW_ENOENT ? 0 : r;
}

int lw_lab_mend(struct lw_image *img, struct lw_error *reterr)
{
	struct lw_facts *facts = calloc(1, sizeof(*facts));
	struct lw_view v;
	bool paged;
	int r = 0;

	if (!facts)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	lw_image_view(img, &v);
	lw_facts_decode(&v, facts);
	paged = img->map == LW_MAP_CMIS && !facts->flat_memory;
	if (!facts->lower_page_valid)
		mend_identifier(img);
	free(facts);
	if (paged && !img->present[0][lw_map_slot(LW_MAP_CMIS, 0x50, 1, true)])
		r = mend_pages(img, reterr);
	return r;
}
