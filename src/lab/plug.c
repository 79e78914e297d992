/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a cage: the module of the fabric file, or another. */
#include "lab-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lw_lab_own_image(const struct lw_lab *lab, int cage, struct lw_image *ret,
		     struct lw_error *reterr)
{
	const struct lw_cage *c = &lab->fabric->cages[cage];
	struct lw_image_options own = {0};
	char serial[17];

	if (c->image) {
		*ret = *c->image;
		return lw_lab_mend(ret, reterr);
	}
	/* one serial number a module: hosts dislike to meet the same one twice */
	snprintf(serial, sizeof(serial), "LW%06d", (cage + 1) % 1000000);
	own.sn = serial;
	if (c->cable >= 0)
		own.length_m = lab->fabric->cables[c->cable].length_m;
	return lw_image_make(c->part, &own, ret, reterr);
}

/* Another cage with the same file has its part already. */
static const struct lw_part *known_part(const struct lw_lab *lab, int cage)
{
	const struct lw_fabric *f = lab->fabric;

	for (int i = 0; i < (int)f->cage_n; i++)
		if (f->cages[i].image == f->cages[cage].image && lab->cage[i].part &&
		    lab->cage[i].abilities == f->cages[i].abilities)
			return lab->cage[i].part;
	return NULL;
}

static int own_part(const struct lw_lab *lab, int cage, const struct lw_part **ret,
		    struct lw_error *reterr)
{
	const struct lw_cage *c = &lab->fabric->cages[cage];
	struct lw_error e = {0};
	const char *name;
	int r;

	*ret = c->part ? c->part : c->image ? known_part(lab, cage) : NULL;
	if (*ret)
		return 0;
	if (!c->image)
		return lw_fail_in(reterr, LW_EINVAL, lab->fabric->file, c->line,
				  "%s: its module was not read; resolve the fabric first", c->id);
	name = c->facts && c->facts->vendor_pn[0] ? c->facts->vendor_pn : c->dump;
	r = lw_lab_part(c->image, name, lab->fabric->arena, ret, &e);
	return r ? lw_fail_in(reterr, r, lab->fabric->file, c->line, "%.60s: %.180s", c->id,
			      e.message)
		 : 0;
}

int lw_lab_plug_own(struct lw_lab *lab, int cage, struct lw_error *reterr)
{
	const struct lw_cage *c = &lab->fabric->cages[cage];
	const struct lw_part *part = NULL;
	struct lw_image *img = calloc(1, sizeof(*img));
	int r;

	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = own_part(lab, cage, &part, reterr);
	if (!r)
		r = lw_lab_own_image(lab, cage, img, reterr);
	if (!r)
		r = lw_lab_plug_with(lab, cage, part, img, c->abilities, c->ability_n, reterr);
	free(img);
	return r;
}

int lw_lab_plug(struct lw_lab *lab, int cage, const struct lw_part *part,
		const struct lw_image *img, struct lw_error *reterr)
{
	struct lw_lab_cage *c = &lab->cage[cage];
	struct lw_facts *facts = calloc(1, sizeof(*facts));
	struct lw_image *made = calloc(1, sizeof(*made));
	struct lw_view v;
	int r = 0;

	/* room for one module: the cage is used again and again */
	if (!c->swapped)
		c->swapped =
			lw_arena_alloc(lab->fabric->arena, LW_ABILITIES_MAX * sizeof(*c->swapped));
	if (!c->swapped || !facts || !made)
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (!r && img) {
		*made = *img;
		r = lw_lab_mend(made, reterr);
	} else if (!r) {
		r = lw_image_make(part, NULL, made, reterr);
	}
	if (!r) {
		lw_image_view(made, &v);
		lw_facts_decode(&v, facts);
		r = lw_lab_plug_with(lab, cage, part, made, c->swapped,
				     lw_facts_abilities(facts, c->swapped), reterr);
	}
	free(facts);
	free(made);
	return r;
}
