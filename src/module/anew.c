/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <lanewise/digest.h>
#include <string.h>

/*
 * A module that begins anew (a reset, a fault, another one of its kind in its place) comes back
 * with its defaults, perhaps between two looks. Then what was written is gone, and what the module
 * says about the rest of the plan is no fault of its data paths.
 */

static void set_bank(uint32_t *lanes, unsigned bank, uint8_t byte)
{
	*lanes &= ~(UINT32_C(0xff) << LW_BANK_LANES * bank);
	*lanes |= (uint32_t)byte << LW_BANK_LANES * bank;
}

void lw_state_wrote(struct lw_module_state *s, const struct lw_facts *facts,
		    const struct lw_step *step)
{
	switch (step->field->id) {
	case LW_CMIS_DP_DEINIT_LANE:
		set_bank(&s->deinit, step->addr.bank,
			 (uint8_t)(lw_deinit_inverted(facts) ? ~step->data[0] : step->data[0]));
		break;
	case LW_CMIS_OUTPUT_DISABLE_TX:
		set_bank(&s->tx_disable, step->addr.bank, step->data[0]);
		break;
	case LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW:
	case LW_CMIS_LOW_PWR_REQUEST_SW:
		s->global = step->data[0];
		break;
	default:
		break; /* what is staged shows when it was accepted */
	}
}

uint64_t lw_state_digest(const struct lw_module_state *s)
{
	const uint32_t masks[] = {s->deinit, s->tx_disable, s->global, s->power};
	struct {
		const void *p;
		size_t n;
	} part[] = {{masks, sizeof(masks)},
		    {s->active, sizeof(s->active)},
		    {s->dp_state, sizeof(s->dp_state)}};
	uint64_t h = LW_DIGEST_START;

	for (size_t k = 0; k < sizeof(part) / sizeof(part[0]); k++)
		h = lw_digest(h, part[k].p, part[k].n);
	return h | 1; /* never 0 */
}

bool lw_state_forgotten(const struct lw_module_state *before, const struct lw_module_state *now,
			bool accepted)
{
	return before->deinit != now->deinit || before->tx_disable != now->tx_disable ||
	       before->global != now->global || before->power != now->power ||
	       (accepted && memcmp(before->active, now->active, sizeof(before->active)) != 0);
}
