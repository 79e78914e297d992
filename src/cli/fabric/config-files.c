/* SPDX-License-Identifier: Apache-2.0 */
#include "config-files.h"
#include "cli.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int cli_config_folder(const char *dir)
{
	if (!mkdir(dir, 0777) || errno == EEXIST)
		return CLI_OK;
	fprintf(stderr, "lanewise: %s: cannot be made: %s\n", dir, strerror(errno));
	return CLI_DEVICE;
}

/* One file of a device. Names of devices hold no "/", so none leaves the folder. */
static int write_file(const char *dir, const char *name, const char *ext, const char *text,
		      struct lw_error *reterr)
{
	struct lw_buf path = LW_BUF_INIT;
	size_t n = strlen(text);
	FILE *f;
	int rc = 0, failed;

	lw_buf_printf(&path, "%s/%s%s.%s", dir, name[0] == '.' ? "_" : "", name, ext);
	f = path.failed ? NULL : fopen(lw_buf_str(&path), "wb");
	failed = !f || fwrite(text, 1, n, f) != n;
	if (f && fclose(f))
		failed = 1;
	if (failed)
		rc = lw_fail_in(reterr, LW_EIO, lw_buf_str(&path), 0, "cannot be written: %s",
				strerror(errno));
	lw_buf_finish(&path);
	return rc;
}

int cli_config_write(const char *dir, const struct lw_render_device *d, struct lw_error *reterr)
{
	int rc = write_file(dir, d->device->name, d->nos->ext, d->config, reterr);

	if (!rc)
		rc = write_file(dir, d->device->name, "verify", d->verify, reterr);
	return rc ? rc : write_file(dir, d->device->name, "undo", d->undo, reterr);
}
