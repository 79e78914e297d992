/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/files.h>
#include <lanewise/image-bus.h>
#include <lanewise/pmd.h>
#include <lanewise/port.h>
#include <lanewise/twin.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_LIMIT (16u << 20)

/* The host side of the default application, or of what the module complies with; NULL: not told. */
static const struct lw_interface *host_interface(const struct lw_part *part)
{
	const struct lw_interface *ext;

	if (part->app_n)
		return lw_interface_find(LW_CODES_SFF8024_HOST, part->app[0].host_id);
	if (part->pmd)
		return NULL;
	ext = lw_interface_find(LW_CODES_SFF8024_EXT, part->ext_compliance);
	return !ext ? NULL : part->map == LW_MAP_SFF8472 ? ext->host_sfp : ext->host;
}

/* What a host sends to a lane of `part`: as the module wants it, or, where it does not tell, the
 * lane's share of its PMD. */
static struct lw_signal host_signal(const struct lw_part *part)
{
	const struct lw_interface *host = host_interface(part);
	struct lw_signal s = {.baud_kbd = part->form->max_baud_kbd,
			      .modulation = part->form->max_modulation,
			      .fec = "none"};
	const char *fec;

	if (host && host->baud_kbd) {
		s.baud_kbd = host->baud_kbd;
		s.modulation = host->modulation;
	} else if (part->pmd) {
		/* without such a rate it stays at the fastest that the cage takes */
		(void)lw_lane_signal(part->pmd->rate_mbps / part->form->lanes, &s.baud_kbd,
				     &s.modulation, &fec);
	}
	return s;
}

void lw_file_twin_drive(struct lw_twin *t, const struct lw_part *part)
{
	struct lw_signal s = host_signal(part);

	for (unsigned i = 0; i < part->form->lanes; i++)
		lw_twin_drive(t, i, &s);
}

/* The memory of a fresh virtual module of that part, as a host reads it. */
static int read_twin(const char *part_name, struct lw_image *ret, struct lw_error *reterr)
{
	struct lw_twin_options opt = {.part = lw_part_find(part_name)};
	struct lw_world *w = NULL;
	struct lw_twin *t;
	int r;

	if (!opt.part)
		return lw_fail_in(reterr, LW_ENOENT, part_name, 0,
				  "no such part; \"lanewise explain parts\" lists them");
	r = lw_world_create(1, &w, reterr);
	if (!r)
		r = lw_world_plug(w, part_name, &opt, &t, reterr);
	if (!r) {
		lw_file_twin_drive(t, opt.part);
		for (struct lw_mono at = lw_world_next(w); lw_mono_before(at, lw_ms(60000));
		     at = lw_world_next(w))
			lw_world_advance(w, at);
		r = lw_image_read(lw_twin_bus(t), NULL, NULL, ret, reterr);
	}
	lw_world_destroy(w);
	return r;
}

int lw_file_source(const char *source, struct lw_image *ret, struct lw_error *reterr)
{
	char *bytes = NULL;
	size_t n = 0;
	int r;

	if (strncmp(source, "twin:", 5) == 0)
		return read_twin(source + 5, ret, reterr);
	r = lw_file_read(source, DUMP_LIMIT, &bytes, &n, reterr);
	if (r)
		return r;
	r = lw_image_parse((const uint8_t *)bytes, n, source, ret, reterr);
	free(bytes);
	return r;
}
