/* SPDX-License-Identifier: Apache-2.0 */
#include "link-tables.h"

#include <string.h>

const struct lw_rule *lw_rules(size_t *ret_n)
{
	*ret_n = lw_rule_rows_n;
	return lw_rule_rows;
}

const struct lw_rule *lw_rule_find(const char *name)
{
	for (size_t i = 0; i < lw_rule_rows_n; i++)
		if (!strcmp(lw_rule_rows[i].name, name))
			return &lw_rule_rows[i];
	return NULL;
}

const struct lw_element *lw_elements(size_t *ret_n)
{
	*ret_n = lw_element_rows_n;
	return lw_element_rows;
}

const char *lw_media_kind_name(enum lw_media_kind k)
{
	static const char *const names[] = {"DAC", "ACC", "AEC", "AOC", "LPO", "optics"};

	return names[k];
}

const struct lw_media *lw_media_find(const char *part)
{
	for (size_t i = 0; part && i < lw_media_rows_n; i++)
		if (!strcmp(lw_media_rows[i].part, part))
			return &lw_media_rows[i];
	return NULL;
}

const struct lw_light_levels *lw_levels_find(const struct lw_pmd *pmd)
{
	for (size_t i = 0; pmd && i < lw_level_rows_n; i++)
		if (!strcmp(lw_level_rows[i].pmd, pmd->name))
			return &lw_level_rows[i];
	return NULL;
}

const struct lw_channel *lw_channel_find(const struct lw_pmd *pmd)
{
	for (size_t i = 0; pmd && i < lw_channels_n; i++)
		if (!strcmp(lw_channels[i].pmd, pmd->name))
			return &lw_channels[i];
	return NULL;
}
