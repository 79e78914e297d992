/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/code.h>
#include <lanewise/management.h>

#include <string.h>

static const char *const names[LW_MAP_N] = {
	[LW_MAP_NONE] = "none",
	[LW_MAP_SFF8472] = "sff8472",
	[LW_MAP_SFF8636] = "sff8636",
	[LW_MAP_CMIS] = "cmis",
};

const char *lw_map_name(enum lw_map_id map)
{
	return names[(unsigned)map < LW_MAP_N ? map : LW_MAP_NONE];
}

enum lw_map_id lw_map_for_identifier(unsigned identifier)
{
	/* the code table `management` names the map of each identifier that has one */
	const char *name = lw_code_name(LW_CODES_MANAGEMENT, identifier);

	for (unsigned map = LW_MAP_NONE + 1; name && map < LW_MAP_N; map++)
		if (strcmp(names[map], name) == 0)
			return (enum lw_map_id)map;
	return LW_MAP_NONE;
}
