/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <string.h>
#include <strings.h>

const struct lw_part *lw_part_find(const char *name)
{
	for (size_t i = 0; name && i < lw_part_rows_n; i++)
		if (!strcasecmp(lw_part_rows[i].name, name))
			return &lw_part_rows[i];
	return NULL;
}

const struct lw_part *lw_parts(size_t *ret_n)
{
	if (ret_n)
		*ret_n = lw_part_rows_n;
	return lw_part_rows;
}

const struct lw_cord *lw_cord_find(const char *name)
{
	for (size_t i = 0; name && i < lw_cord_rows_n; i++)
		if (!strcmp(lw_cord_rows[i].name, name))
			return &lw_cord_rows[i];
	return NULL;
}

const struct lw_cord *lw_cords(size_t *ret_n)
{
	if (ret_n)
		*ret_n = lw_cord_rows_n;
	return lw_cord_rows;
}

const struct lw_preset *lw_presets(size_t *ret_n)
{
	if (ret_n)
		*ret_n = lw_preset_rows_n;
	return lw_preset_rows;
}
