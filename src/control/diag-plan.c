/* SPDX-License-Identifier: Apache-2.0 */
#include "diag-internal.h"
#include <lanewise/buf.h>
#include <string.h>

/* What a test writes, as a pure function of what the module advertises and how it stands. */

static const struct lw_field *cmis(unsigned id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static struct lw_diag_end *checker(struct lw_diag_task *t)
{
	return &t->end[0];
}

static struct lw_diag_end *generator(struct lw_diag_task *t)
{
	return &t->end[t->ends - 1];
}

static uint32_t all_lanes(const struct lw_diag_end *e)
{
	unsigned lanes = 8u * (e->ability.banks ? e->ability.banks : 1u);

	return lanes >= LW_DIAG_LANES ? UINT32_MAX : (1u << lanes) - 1u;
}

/* Add writes for the bytes of a field that are to change, in banks where they do. */
static void plan_write(struct lw_diag_task *t, struct lw_diag_end *e, unsigned id, const char *why)
{
	const struct lw_field *f = cmis(id);
	unsigned first = f->byte & 0x7fu, n = (f->lanes * f->stride + 7u) / 8u;

	if (!n)
		n = 1;
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
		struct lw_diag_write *w = &t->write[t->writes];

		if (!(e->banks >> bank & 1) ||
		    memcmp(e->page[bank] + first, e->made[bank] + first, n) == 0 ||
		    t->writes == LW_DIAG_WRITES_MAX)
			continue;
		*w = (struct lw_diag_write){.far = e != checker(t),
					    .bank = (uint8_t)bank,
					    .byte = f->byte,
					    .n = (uint8_t)n,
					    .why = why};
		memcpy(w->data, e->made[bank] + first, n);
		t->writes++;
	}
}

static void put_lanes(struct lw_diag_end *e, unsigned id, uint32_t lanes, int64_t value)
{
	for (unsigned i = 0; i < LW_DIAG_LANES; i++)
		if (lanes >> i & 1 && e->banks >> i / 8 & 1)
			lw_field_put(cmis(id), i % 8, value, e->made[i / 8], NULL);
}

static int check_lanes(const struct lw_diag_end *e, uint32_t lanes, const char *what, bool each,
		       struct lw_error *reterr)
{
	uint32_t all = all_lanes(e);

	if (lanes & ~all)
		return lw_fail(reterr, LW_EINVAL, "the module has no lane %d: it has %d",
			       __builtin_ctz(lanes & ~all) + 1, __builtin_popcount(all));
	if (!each)
		for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++) {
			uint8_t some = lw_diag_in_bank(lanes, bank);

			if (some && some != lw_diag_in_bank(all, bank))
				return lw_fail(reterr, LW_ENOTSUP,
					       "the module's %s act on all lanes at once (13h); "
					       "leave --lanes out to take them all",
					       what);
		}
	return 0;
}

static int plan_loop(struct lw_diag_task *t, struct lw_diag_end *e, int loop, uint32_t lanes,
		     struct lw_error *reterr)
{
	const struct lw_diag_loop *row;
	int r;

	if (loop < 0)
		return 0;
	row = &lw_diag_loop_rows[loop];
	if (!e->ability.loop[loop])
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise the loopback %s (13h:128)",
			       row->name);
	r = check_lanes(e, lanes, "loopbacks", e->ability.loop_each[row->side], reterr);
	if (r)
		return r;
	for (int i = 0; i < LW_LOOPS && !e->ability.loop_both; i++)
		for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
			if (e->banks >> bank & 1 && lw_diag_loop_rows[i].side != row->side &&
			    e->page[bank][cmis(lw_diag_loop_rows[i].enable)->byte & 0x7f])
				return lw_fail(reterr, LW_ENOTSUP,
					       "the loopback %s is on, and the module does not do "
					       "host and media side at once; end it first",
					       lw_diag_loop_rows[i].name);
	put_lanes(e, row->enable, lanes, 1);
	plan_write(t, e, row->enable, "turn the lanes round");
	return 0;
}

static void pattern_names(uint16_t mask, struct lw_buf *ret)
{
	for (unsigned i = 0; i < 16; i++)
		if (mask >> i & 1)
			lw_buf_printf(ret, "%s%s", ret->len ? ", " : "",
				      lw_pattern_name(i) ? lw_pattern_name(i) : "reserved");
}

static int choose_pattern(struct lw_diag_task *t, struct lw_error *reterr)
{
	uint16_t common = 0xffff;
	struct lw_buf names = LW_BUF_INIT;
	int r;

	if (t->opt.generate)
		common &= generator(t)->ability.generates[t->opt.side];
	if (t->opt.check)
		common &= checker(t)->ability.checks[t->opt.side];
	t->pattern = t->opt.pattern;
	if (t->pattern < 0)
		t->pattern = lw_pattern_choose(common, t->opt.modulation);
	if (t->pattern >= 0 && common >> t->pattern & 1)
		return 0;
	pattern_names(common, &names);
	if (t->opt.pattern >= 0)
		r = lw_fail(reterr, LW_ENOTSUP,
			    "%s is not advertised for this (13h:132-139); there is: %s",
			    lw_pattern_name((unsigned)t->pattern),
			    names.len ? lw_buf_str(&names) : "none");
	else
		r = lw_fail(
			reterr, LW_ENOTSUP,
			"no pattern for this modulation is advertised (13h:132-139); there is: %s",
			names.len ? lw_buf_str(&names) : "none");
	lw_buf_finish(&names);
	return r;
}

static void put_pattern(struct lw_diag_task *t, struct lw_diag_end *e, unsigned id, bool each,
			uint32_t lanes)
{
	/* without a pattern for each lane that of the first rules them all (Table 8-118) */
	if (!each)
		for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
			if (lw_diag_in_bank(lanes, bank))
				lanes |= 1u << 8 * bank;
	put_lanes(e, id, lanes, t->pattern);
	plan_write(t, e, id, "choose the pattern");
}

static int plan_generator(struct lw_diag_task *t, struct lw_error *reterr)
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];
	struct lw_diag_end *e = generator(t);
	uint32_t lanes = t->opt.far_lanes;
	int r = check_lanes(e, lanes, "generators", e->ability.generate_each[t->opt.side], reterr);

	if (r)
		return r;
	put_pattern(t, e, s->generate_pattern, e->ability.generate_pattern_each[t->opt.side],
		    lanes);
	put_lanes(e, s->generate, lanes, 1);
	plan_write(t, e, s->generate, "start the generators");
	return 0;
}

/* The code of a gate as long as the measurement, 0 if the module has none such. */
static unsigned gate_code(const struct lw_diag_task *t)
{
	const struct lw_field *f = cmis(LW_CMIS_MEASUREMENT_TIME);

	if (!t->end[0].ability.gating)
		return 0;
	for (unsigned code = 1; code < 1u << f->width; code++) {
		const struct lw_code *row = lw_code_find((enum lw_code_table)f->codes, code);

		if (row && row->den &&
		    lw_ms(row->num * INT64_C(1000) / row->den).ns == t->opt.time.ns)
			return code;
	}
	return 0;
}

static int plan_checker(struct lw_diag_task *t, struct lw_error *reterr)
{
	const struct lw_diag_side *s = &lw_diag_sides[t->opt.side];
	struct lw_diag_end *e = checker(t);
	unsigned code = gate_code(t);
	int r = check_lanes(e, t->opt.lanes, "checkers", e->ability.check_each[t->opt.side],
			    reterr);

	if (r)
		return r;
	if (!e->ability.counts && !e->ability.ber)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module counts no errors and tells no ratio (13h:130)");
	t->gated = code != 0;
	put_pattern(t, e, s->check_pattern, e->ability.check_pattern_each[t->opt.side],
		    t->opt.lanes);
	for (unsigned bank = 0; bank < LW_DIAG_BANKS; bank++)
		if (lw_diag_in_bank(t->opt.lanes, bank)) {
			lw_field_put(cmis(LW_CMIS_MEASUREMENT_TIME), 0, code, e->made[bank], NULL);
			lw_field_put(cmis(LW_CMIS_AUTO_RESTART_GATING), 0, 0, e->made[bank], NULL);
			lw_field_put(cmis(LW_CMIS_RESET_ERROR_INFORMATION), 0, 0, e->made[bank],
				     NULL);
		}
	plan_write(t, e, LW_CMIS_MEASUREMENT_TIME,
		   code ? "let the module measure the time" : "measure until told otherwise");
	put_lanes(e, s->check, t->opt.lanes, 1);
	plan_write(t, e, s->check, "start the checkers");
	return 0;
}

static void plan_clear(struct lw_diag_task *t)
{
	for (int i = 0; i < LW_LOOPS; i++) {
		put_lanes(checker(t), lw_diag_loop_rows[i].enable, UINT32_MAX, 0);
		plan_write(t, checker(t), lw_diag_loop_rows[i].enable, "end the loopback");
	}
}

int lw_diag_plan(struct lw_diag_task *t, struct lw_error *reterr)
{
	int r = 0;

	t->writes = 0;
	for (unsigned i = 0; i < t->ends; i++)
		memcpy(t->end[i].made, t->end[i].page, sizeof(t->end[i].made));
	if (t->opt.clear_loops) {
		plan_clear(t);
		return 0;
	}
	if (t->opt.generate || t->opt.check)
		r = choose_pattern(t, reterr);
	if (!r)
		r = plan_loop(t, checker(t), t->opt.loop, t->opt.lanes, reterr);
	if (!r && t->ends > 1)
		r = plan_loop(t, generator(t), t->opt.generator_loop, t->opt.far_lanes, reterr);
	if (!r && t->opt.generate)
		r = plan_generator(t, reterr);
	if (!r && t->opt.check)
		r = plan_checker(t, reterr);
	return r;
}
