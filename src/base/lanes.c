/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lanes.h>
#include <stdio.h>

/* The most there can be, eleven pairs with a gap behind each, takes 66 bytes and the noun. */
static const char *put(uint32_t lanes, const char *before, char ret[LW_LANES_TEXT])
{
	size_t n = 0;

	ret[0] = '\0';
	for (unsigned i = 0; i < 32; i++) {
		unsigned last = i;

		if (!(lanes >> i & 1))
			continue;
		while (last < 31 && lanes >> (last + 1) & 1)
			last++;
		n += (size_t)snprintf(ret + n, LW_LANES_TEXT - n, last > i ? "%s%u-%u" : "%s%u",
				      before, i + 1, last + 1);
		before = ",";
		i = last;
	}
	return ret;
}

const char *lw_lanes_list(uint32_t lanes, char ret[LW_LANES_TEXT])
{
	return put(lanes, "", ret);
}

const char *lw_lanes_text(uint32_t lanes, char ret[LW_LANES_TEXT])
{
	return put(lanes, lanes & (lanes - 1) ? "lanes " : "lane ", ret);
}
