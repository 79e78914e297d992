/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_CONFIG_FILES_H
#define LW_CLI_CONFIG_FILES_H

#include <lanewise/render.h>

/** Make the folder that configurations go into, unless it is there. @return CLI_OK, or said */
int cli_config_folder(const char *dir);

/** Write a device's answer as DIR/NAME.EXT, NAME.verify and NAME.undo. @return 0 or LW_EIO */
int cli_config_write(const char *dir, const struct lw_render_device *d, struct lw_error *reterr);

#endif
