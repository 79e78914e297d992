/* SPDX-License-Identifier: Apache-2.0 */
/* What the map's rows do not say in so many words: overlays, run-time values, lanes over banks. */
#include "memory-internal.h"

#include <lanewise/interface.h>
#include <string.h>

bool lw_field_is_overlay(const struct lw_field *f)
{
	return strncmp(f->doc, "overlay", 7) == 0;
}

bool lw_field_is_needed(const struct lw_field *f, const struct lw_view *v)
{
	int64_t raw;

	if (f->need < 0)
		return !lw_field_is_overlay(f);
	return lw_field_get(&lw_map_fields(f->map, NULL)[f->need], 0, v, &raw) == 0 && raw != 0;
}

/* Runs of fields that a module writes while it runs, by id; memory design 4. */
static const struct {
	uint8_t map;
	uint16_t first, last;
} volatile_runs[] = {
	{LW_MAP_CMIS, LW_CMIS_MODULE_STATE, LW_CMIS_CUSTOM_MON_VALUE},
	{LW_MAP_CMIS, LW_CMIS_CDB_STATUS1_CDB_IS_BUSY, LW_CMIS_CDB_STATUS2_CDB_COMMAND_RESULT},
	{LW_MAP_CMIS, LW_CMIS_MODULE_FAULT_CAUSE, LW_CMIS_PASSWORD_CMD_RESULT},
	{LW_MAP_CMIS, LW_CMIS_CURRENT_LASER_FREQUENCY_TX, LW_CMIS_CURRENT_LASER_FREQUENCY_TX},
	{LW_MAP_CMIS, LW_CMIS_TUNING_IN_PROGRESS_TX, LW_CMIS_LASER_TUNING_FLAG_SUMMARY_TX},
	{LW_MAP_CMIS, LW_CMIS_NP_CONFIG_STATUS_LANE, LW_CMIS_NP_INIT_PENDING_LANE},
	{LW_MAP_CMIS, LW_CMIS_REDIRECTION_COMMIT_RESULT_LANE, LW_CMIS_REDIRECT_STATUS_OF_LANE},
	{LW_MAP_CMIS, LW_CMIS_INPUT_POLARITY_STATUS_TX, LW_CMIS_OUTPUT_POLARITY_STATUS_RX},
	{LW_MAP_SFF8636, LW_SFF8636_INT_L, LW_SFF8636_VENDOR_LANE_MONITORS},
	{LW_MAP_SFF8472, LW_SFF8472_TEMPERATURE, LW_SFF8472_RX_CDR_UNLOCKED},
};

/* Slots of nothing but state, results and counters. */
static const struct {
	uint8_t map, first, last;
} volatile_slots[] = {
	{LW_MAP_CMIS, LW_CMIS_SLOT_11H, LW_CMIS_SLOT_11H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_14H, LW_CMIS_SLOT_14H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_17H, LW_CMIS_SLOT_17H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_19H, LW_CMIS_SLOT_19H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_24H, LW_CMIS_SLOT_27H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_2CH, LW_CMIS_SLOT_2CH},
	{LW_MAP_CMIS, LW_CMIS_SLOT_61H, LW_CMIS_SLOT_61H},
	{LW_MAP_CMIS, LW_CMIS_SLOT_9FH, LW_CMIS_SLOT_AFH},
};

bool lw_field_is_volatile(const struct lw_field *f)
{
	if (f->access == LW_RO_COR || f->access == LW_WO_SC)
		return true;
	if (f->access != LW_RO)
		return false;
	for (size_t i = 0; i < sizeof(volatile_runs) / sizeof(*volatile_runs); i++)
		if (f->map == volatile_runs[i].map && f->id >= volatile_runs[i].first &&
		    f->id <= volatile_runs[i].last)
			return true;
	for (size_t i = 0; i < sizeof(volatile_slots) / sizeof(*volatile_slots); i++)
		if (f->map == volatile_slots[i].map && f->slot >= volatile_slots[i].first &&
		    f->slot <= volatile_slots[i].last)
			return true;
	return false;
}

unsigned lw_field_lanes_all(const struct lw_field *f)
{
	bool banked = lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot].banked;

	return f->lanes * (banked ? LW_BANKS_MAX : 1u);
}

enum lw_code_table lw_field_codes(const struct lw_field *f, const struct lw_view *v)
{
	int64_t type;

	if (f->codes != LW_CODES_MEDIA_IF)
		return (enum lw_code_table)f->codes;
	if (lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_MEDIA_TYPE], 0, v, &type))
		return LW_CODES_NONE;
	return lw_media_table((unsigned)type);
}
