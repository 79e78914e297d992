/* SPDX-License-Identifier: Apache-2.0 */
/* What the planners share: fields of the memory, patches that become writes, waits. Pure. */
#include "control-internal.h"
#include <stdio.h>
#include <string.h>

void lw_draft_init(struct lw_draft *d, const struct lw_image *now, const struct lw_facts *facts,
		   struct lw_control_plan *plan)
{
	*d = (struct lw_draft){.now = now, .facts = facts, .plan = plan};
	plan->n = 0;
	lw_image_view(now, &d->view);
}

int lw_draft_finish(const struct lw_draft *d, struct lw_error *reterr)
{
	if (!d->full)
		return 0;
	d->plan->n = 0;
	return lw_fail(reterr, LW_ELIMIT, "more than %u steps: name fewer lanes at a time",
		       LW_CONTROL_STEPS_MAX);
}

const struct lw_field *lw_draft_field(const struct lw_draft *d, unsigned id)
{
	return &lw_map_fields(d->now->map, NULL)[id];
}

int64_t lw_draft_get(const struct lw_draft *d, unsigned id, unsigned lane)
{
	int64_t raw;

	return lw_field_get(lw_draft_field(d, id), lane, &d->view, &raw) ? -1 : raw;
}

struct lw_mono lw_draft_duration(int32_t code)
{
	return code == LW_NONE ? lw_ms(LW_WAIT_UNSTATED_MS) : lw_duration_limit((unsigned)code);
}

unsigned lw_draft_apsel(const struct lw_draft *d, unsigned lane)
{
	int64_t apsel = lw_draft_get(d, LW_CMIS_ACS_APP_SEL_CODE_LANE, lane);

	return apsel > 0 ? (unsigned)apsel : 0;
}

bool lw_draft_ready(const struct lw_draft *d)
{
	return lw_draft_get(d, LW_CMIS_MODULE_STATE, 0) == LW_CMIS_MODULE_READY;
}

static struct lw_control_step *add(struct lw_draft *d, enum lw_control_step_kind kind,
				   const struct lw_field *f, unsigned bank, const char *why)
{
	const struct lw_slot *slot = &lw_map_slots(d->now->map, NULL)[f->slot];
	struct lw_control_step *s;

	if (d->plan->n == LW_CONTROL_STEPS_MAX) {
		d->full = true;
		return &d->spare;
	}
	s = &d->plan->step[d->plan->n++];
	*s = (struct lw_control_step){.kind = (uint8_t)kind, .field = f, .why = why};
	s->addr = (struct lw_addr){.i2c = slot->i2c,
				   .bank = slot->banked ? (uint8_t)bank : 0,
				   .page = slot->page,
				   .byte = f->byte};
	return s;
}

void lw_patch_init(struct lw_patch *p, const struct lw_draft *d, unsigned slot, unsigned bank)
{
	*p = (struct lw_patch){.slot = (uint8_t)slot, .bank = (uint8_t)bank};
	memcpy(p->bytes, d->now->slot[bank][slot], sizeof(p->bytes));
}

void lw_patch_put(struct lw_patch *p, const struct lw_field *f, unsigned lane, int64_t raw)
{
	uint8_t bits[128] = {0};
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	lw_field_put(f, lane, raw, p->bytes, NULL);
	if (f->width >= 8) {
		memset(&bits[byte], 0xff, f->width / 8u);
	} else {
		bits[byte] = (uint8_t)(((1u << f->width) - 1u) << shift);
	}
	for (unsigned i = 0; i < sizeof(bits); i++) {
		p->mask[i] |= bits[i];
		if (bits[i] && !p->field[i])
			p->field[i] = f;
	}
	if (f->lanes > 1)
		p->lanes |= 1u << (p->bank * LW_BANK_LANES + lane);
	p->any = true;
}

void lw_patch_flush(const struct lw_patch *p, struct lw_draft *d, const char *why)
{
	const uint8_t *now = d->now->slot[p->bank][p->slot];
	bool upper = lw_map_slots(d->now->map, NULL)[p->slot].upper;
	unsigned i = 0;

	while (i < 128) {
		struct lw_control_step *s;
		unsigned n = 0;

		if (!p->mask[i] || (!p->whole && p->bytes[i] == now[i])) {
			i++;
			continue;
		}
		while (i + n < 128 && n < LW_WRITE_MOST_BYTES && p->mask[i + n] &&
		       (p->whole || p->bytes[i + n] != now[i + n]))
			n++;
		s = add(d, LW_CONTROL_WRITE, p->field[i], p->bank, why);
		s->addr.byte = (uint8_t)(i + (upper ? 128 : 0));
		s->n = (uint8_t)n;
		s->lanes = p->lanes;
		memcpy(s->data, &p->bytes[i], n);
		memcpy(s->mask, &p->mask[i], n);
		i += n;
	}
}

struct lw_control_step *lw_draft_trigger(struct lw_draft *d, unsigned id, unsigned bank,
					 uint8_t lanes, const char *why)
{
	struct lw_control_step *s = add(d, LW_CONTROL_WRITE, lw_draft_field(d, id), bank, why);

	s->n = 1;
	s->data[0] = lanes;
	s->lanes = (uint32_t)lanes << bank * LW_BANK_LANES;
	return s;
}

struct lw_control_step *lw_draft_wait(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes,
				      uint32_t until, uint32_t good, struct lw_mono limit,
				      const char *why)
{
	struct lw_control_step *s = add(d, LW_CONTROL_WAIT, lw_draft_field(d, id), bank, why);

	s->lanes = (uint32_t)lanes << bank * LW_BANK_LANES;
	s->until = until;
	s->good = good;
	s->limit = limit;
	return s;
}

void lw_draft_clear(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes, const char *why)
{
	struct lw_control_step *s = add(d, LW_CONTROL_CLEAR, lw_draft_field(d, id), bank, why);

	s->lanes = (uint32_t)lanes << bank * LW_BANK_LANES;
}

void lw_draft_pause(struct lw_draft *d, unsigned id, uint32_t lanes, struct lw_mono time,
		    const char *why)
{
	struct lw_control_step *s = add(d, LW_CONTROL_PAUSE, lw_draft_field(d, id), 0, why);

	s->lanes = lanes;
	s->limit = time;
}

static void wait_text(const struct lw_control_step *s, struct lw_buf *ret)
{
	char number[16];
	const char *sep = " ";

	if (!s->until) {
		lw_buf_printf(ret, " = %lld", (long long)s->value);
		return;
	}
	for (unsigned i = 0; i < 32; i++) {
		if (!(s->good >> i & 1))
			continue;
		if (s->field->kind == LW_KIND_CODE)
			lw_buf_printf(ret, "%s%s", sep,
				      lw_code_text((enum lw_code_table)s->field->codes, i, number,
						   sizeof(number)));
		else
			lw_buf_printf(ret, "%s= %u", sep, i);
		sep = " or ";
	}
}

void lw_control_step_text(const struct lw_control_step *s, struct lw_buf *ret)
{
	static const char *const verbs[] = {"write", "wait ", "clear", "pause"};
	const char *slot = lw_map_slots((enum lw_map_id)s->field->map, NULL)[s->field->slot].name;
	char lanes[LW_LANES_TEXT];

	if (s->kind == LW_CONTROL_PAUSE)
		lw_buf_printf(ret, "%s %lld ms", verbs[s->kind],
			      (long long)(s->limit.ns / 1000000));
	else
		lw_buf_printf(ret, "%s %s:%u", verbs[s->kind], slot, s->addr.byte);
	if (s->kind == LW_CONTROL_WRITE) {
		if (s->n > 1)
			lw_buf_printf(ret, "-%u", s->addr.byte + s->n - 1u);
		lw_buf_puts(ret, " =");
		for (unsigned i = 0; i < s->n; i++)
			lw_buf_printf(ret, " %02X", s->data[i]);
	} else if (s->kind == LW_CONTROL_WAIT) {
		wait_text(s, ret);
	}
	lw_buf_printf(ret, "  %s", s->field->name);
	if (s->addr.bank)
		lw_buf_printf(ret, " bank %u", s->addr.bank);
	if (s->lanes)
		lw_buf_printf(ret, " %s", lw_lanes_text(s->lanes, lanes));
}
