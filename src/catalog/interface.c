/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

const struct lw_interface *lw_interface_find(enum lw_code_table table, unsigned code)
{
	for (size_t i = 0; i < lw_interfaces_n; i++)
		if (lw_interfaces[i].table == table && lw_interfaces[i].code == code)
			return &lw_interfaces[i];
	return NULL;
}

/* CMIS 5.4 Table 8-20: each kind of media has its own table of SFF-8024. */
enum lw_code_table lw_media_table(unsigned media_type)
{
	switch (media_type) {
	case 1:
		return LW_CODES_SFF8024_MMF;
	case 2:
		return LW_CODES_SFF8024_SMF;
	case 3:
		return LW_CODES_SFF8024_COPPER;
	case 4:
		return LW_CODES_SFF8024_ACTIVE;
	case 5:
		return LW_CODES_SFF8024_BASET;
	default:
		return LW_CODES_NONE;
	}
}
