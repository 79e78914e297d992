/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

/*
 * Masks for a host that hears the interrupt line. Changes of state must raise it. Loss of light and
 * lock must not while lanes start: it lasts until the far end shines, comes again as soon as it was
 * read, and would hold the line that shall tell when the data path is up (CMIS 5.4 8.9.7, 8.11.4).
 */

static const struct lw_field *cmis(enum lw_cmis_id id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static uint8_t of_bank(uint32_t lanes, unsigned bank)
{
	return (uint8_t)(lanes >> LW_BANK_LANES * bank);
}

/* Both masks stand side by side: one write for those that the module has. */
static void write_losses(struct lw_plan *p, const struct lw_module_state *now, unsigned bank,
			 uint8_t masked, const char *why)
{
	const uint8_t both[] = {masked, masked};
	const struct lw_field *f =
		cmis(now->los_flag ? LW_CMIS_LOS_MASK_RX : LW_CMIS_CDR_LOL_MASK_RX);

	lw_plan_write(p, f, bank, both, (unsigned)now->los_flag + now->lol_flag, 0, why);
}

static bool has_losses(const struct lw_module_state *now)
{
	return now->los_flag || now->lol_flag;
}

/* Are all of `lanes` masked in both? */
static bool masked_all(const struct lw_module_state *now, uint32_t lanes)
{
	return (!now->los_flag || !(lanes & ~now->los_mask)) &&
	       (!now->lol_flag || !(lanes & ~now->lol_mask));
}

static bool masked_any(const struct lw_module_state *now, uint32_t lanes)
{
	return (now->los_flag && lanes & now->los_mask) || (now->lol_flag && lanes & now->lol_mask);
}

static uint32_t lanes_of_bank(unsigned bank)
{
	return UINT32_C(0xff) << LW_BANK_LANES * bank;
}

void lw_plan_hush(struct lw_plan *p, const struct lw_module_state *now, unsigned banks,
		  uint32_t lit, uint32_t starting)
{
	const struct lw_field *state = cmis(LW_CMIS_MODULE_STATE_CHANGED_MASK);
	uint8_t byte = (uint8_t)(now->module_mask & ~(1u << state->shift));

	if (!now->line)
		return;
	if (byte != now->module_mask)
		lw_plan_write(p, state, 0, &byte, 1, 0, "let the module's state interrupt");
	for (unsigned b = 0; b < banks; b++) {
		uint32_t own = lanes_of_bank(b);

		byte = 0;
		if (now->dp_mask & own)
			lw_plan_write(p, cmis(LW_CMIS_DP_STATE_CHANGED_MASK), b, &byte, 1,
				      now->dp_mask & own, "let states of data paths interrupt");
		if (has_losses(now) && starting & own && !masked_all(now, starting & own))
			write_losses(p, now, b, of_bank(~lit | starting, b),
				     "no interrupt for want of light while lanes start");
	}
}

void lw_plan_unhush(struct lw_plan *p, const struct lw_module_state *now, unsigned banks,
		    uint32_t lit, uint32_t starting)
{
	for (unsigned b = 0; now->line && b < banks; b++) {
		uint32_t own = lit & lanes_of_bank(b);

		if (has_losses(now) && (own & starting || masked_any(now, own)))
			write_losses(p, now, b, of_bank(~lit, b),
				     "from now on loss of light or lock interrupts");
	}
}
