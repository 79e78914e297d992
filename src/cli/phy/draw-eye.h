/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_DRAW_EYE_H
#define LW_CLI_DRAW_EYE_H

#include <lanewise/buf.h>
#include <lanewise/chain.h>

/** An eye diagram and what is written beside it. */
struct eye_picture {
	const struct lw_eye *eye;
	unsigned eyes, phase;
	const double *threshold;
	const double (*contour)[3][2]; /**< [LW_PHASES]; NULL: none */
	const double *bathtub;         /**< [LW_PHASES]; NULL: none */
	double baud_gbd;
	const char *unit; /**< of amplitudes: "mW", "V", "level" */
	const char *title;
	char line[4][96]; /**< numbers below; empty ones are left out */
};

/** Characters, two symbols wide, for a terminal. */
void eye_text(const struct eye_picture *p, struct lw_buf *ret);
/** PNG, or SVG if `path` ends so. @return 0, LW_EIO (with reason), LW_ENOTSUP: built without cairo
 */
int eye_draw(const struct eye_picture *p, const char *path, struct lw_error *reterr);

#endif
