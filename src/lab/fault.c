/* SPDX-License-Identifier: Apache-2.0 */
#include "lab-internal.h"

#include <lanewise/memory.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_VENDOR "COUNTERFEIT CO"
#define FAKE_PN     "FAKE-0001"

static int fault_of_twin(struct lw_lab *lab, const struct lw_lab_fault *x, bool on)
{
	struct lw_lab_cage *c = &lab->cage[x->cage];

	if (x->kind == LW_FAULT_CUT)
		c->cut = on ? c->cut | x->lanes : c->cut & ~x->lanes;
	if (lab->twin[x->cage])
		lw_twin_fault(lab->twin[x->cage], (enum lw_fault)x->kind, x->lanes, on);
	lab->moved |= x->kind == LW_FAULT_UNPLUG;
	return 0;
}

static int nothing_there(const struct lw_lab *lab, int cage, struct lw_error *reterr)
{
	return lw_fail(reterr, LW_EABSENT, "%s: the fabric file plugs nothing there",
		       lab->fabric->cages[cage].id);
}

/* A part of the catalogue, or the file of a module. */
static int swap_in(struct lw_lab *lab, const struct lw_lab_fault *x, struct lw_error *reterr)
{
	const struct lw_part *part = lw_part_find(x->value);
	struct lw_image *img;
	int r;

	if (part)
		return lw_lab_plug(lab, x->cage, part, NULL, reterr);
	if (!lab->reader)
		return lw_fail(reterr, LW_ENOENT, "swap: there is no part \"%s\"", x->value);
	img = calloc(1, sizeof(*img));
	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = lab->reader(lab->reader_ctx, LW_SOURCE_PART, x->value, img, reterr);
	if (!r)
		r = lw_lab_part(img, x->value, lab->fabric->arena, &part, reterr);
	if (!r)
		r = lw_lab_plug(lab, x->cage, part, img, reterr);
	free(img);
	return r;
}

/* The fabric's own module with another name on it, and checksums that fit. */
static int forge(const struct lw_lab *lab, const struct lw_lab_fault *x, struct lw_image *img,
		 struct lw_error *reterr)
{
	char vendor[64] = "vendor_name=";
	const char *const fields[] = {vendor, "vendor_oui=0x000000", "vendor_pn=" FAKE_PN};
	struct lw_memory m;
	struct lw_arena arena;
	int r = lw_lab_own_image(lab, x->cage, img, reterr);

	strcat(vendor, x->value[0] ? x->value : FAKE_VENDOR);
	lw_arena_init(&arena, 0);
	if (!r)
		r = lw_memory_from_image(img, &arena, &m, reterr);
	if (!r)
		r = lw_memory_set(&m, fields, sizeof(fields) / sizeof(fields[0]), LW_SET_FACTORY,
				  &arena, reterr);
	if (!r)
		r = lw_image_parse(m.bytes, m.n, lab->fabric->cages[x->cage].id, img, reterr);
	lw_arena_finish(&arena);
	return r;
}

static int counterfeit(struct lw_lab *lab, const struct lw_lab_fault *x, struct lw_error *reterr)
{
	struct lw_image *img;
	int r;

	if (!lab->cage[x->cage].part)
		return nothing_there(lab, x->cage, reterr);
	img = calloc(1, sizeof(*img));
	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = forge(lab, x, img, reterr);
	if (!r)
		r = lw_lab_plug(lab, x->cage, lab->cage[x->cage].part, img, reterr);
	free(img);
	return r;
}

/* The module of the fabric file again; an empty cage is empty again. */
static int restore(struct lw_lab *lab, int cage, struct lw_error *reterr)
{
	const struct lw_cage *c = &lab->fabric->cages[cage];

	if (c->part || c->dump)
		return lw_lab_plug_own(lab, cage, reterr);
	if (lab->twin[cage])
		lw_twin_fault(lab->twin[cage], LW_FAULT_UNPLUG, UINT32_MAX, true);
	lab->moved = true;
	return 0;
}

/* The lowest lane of the fault and the last of the cage that a cable joins. */
static void exchange(struct lw_lab *lab, const struct lw_lab_fault *x, bool on)
{
	const struct lw_fabric *f = lab->fabric;
	struct lw_lab_cage *c = &lab->cage[x->cage];

	c->exchanged[0] = c->exchanged[1] = -1;
	for (size_t i = 0; on && i < f->join_n; i++)
		for (int e = 0; e < 2; e++) {
			int lane = f->joins[i].lane[e];

			if (f->joins[i].cage[e] != x->cage)
				continue;
			if ((x->lanes >> lane & 1) &&
			    (c->exchanged[0] < 0 || lane < c->exchanged[0]))
				c->exchanged[0] = (int8_t)lane;
			if (lane > c->exchanged[1])
				c->exchanged[1] = (int8_t)lane;
		}
}

/* The cable at that end is another now: join its lanes as they are. */
static int fault_of_cable(struct lw_lab *lab, const struct lw_lab_fault *x, bool on,
			  struct lw_error *reterr)
{
	struct lw_lab_cage *c = &lab->cage[x->cage];
	double db = x->value[0] ? strtod(x->value, NULL) : lw_twin_dirt_db();

	if (x->kind == LW_LAB_CROSSED)
		exchange(lab, x, on);
	else if (x->kind == LW_LAB_POLARITY)
		c->wrong = on ? c->wrong | x->lanes : c->wrong & ~x->lanes;
	for (unsigned i = 0; x->kind == LW_LAB_DIRTY && i < LW_LANES_MAX; i++)
		if (x->lanes >> i & 1)
			c->dirt_db[i] = on ? db : 0;
	return lw_lab_join_cage(lab, x->cage, reterr);
}

int lw_lab_fault_set(struct lw_lab *lab, const struct lw_lab_fault *x, bool on,
		     struct lw_error *reterr)
{
	struct lw_lab_fault unplug = *x;

	switch (x->kind) {
	case LW_LAB_REPLUG:
		unplug.kind = LW_FAULT_UNPLUG;
		return fault_of_twin(lab, &unplug, on);
	case LW_LAB_SWAP:
		return on ? swap_in(lab, x, reterr) : restore(lab, x->cage, reterr);
	case LW_LAB_COUNTERFEIT:
		return on ? counterfeit(lab, x, reterr) : restore(lab, x->cage, reterr);
	case LW_LAB_DIRTY:
	case LW_LAB_POLARITY:
	case LW_LAB_CROSSED:
		return fault_of_cable(lab, x, on, reterr);
	default:
		return fault_of_twin(lab, x, on);
	}
}
