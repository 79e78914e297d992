/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_LINK_H
#define LW_CLI_TOP_LINK_H

#include "model.h"
#include "page.h"

/* One link end to end, as many lines as it takes. @return false: there is none of that id */
bool top_link_draw(const struct top_model *m, const char *id, double now_s, struct top_page *p);

#endif
