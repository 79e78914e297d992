/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware-internal.h"
#include <string.h>

/* Which module it is, and what its registers say of commands and firmware. */

static int read_field(struct lw_firmware_task *t, unsigned first, unsigned last, uint8_t slot[128],
		      struct lw_error *e)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[first],
			      *l = &lw_map_fields(LW_MAP_CMIS, NULL)[last];
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[f->slot];
	struct lw_addr a = {.i2c = s->i2c, .page = s->page, .byte = f->byte};
	unsigned n = l->byte - f->byte + (l->width + 7u) / 8u;

	return lw_bus_read(t->bus, a, slot + (f->byte & 0x7f), n, e);
}

static void copy_text(char *to, size_t size, unsigned id, const uint8_t slot[128])
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];
	size_t n = f->width / 8u;

	n = n < size - 1 ? n : size - 1;
	memcpy(to, slot + (f->byte & 0x7f), n);
	while (n && (to[n - 1] == ' ' || !to[n - 1]))
		n--;
	to[n] = '\0';
}

int lw_firmware_who(struct lw_firmware_task *t, char sn[17], struct lw_error *e)
{
	uint8_t lower[128] = {0}, identity[128] = {0}, advert[128] = {0};
	struct lw_view v = {.map = LW_MAP_CMIS};
	int64_t flat = 0;
	int r = read_field(t, LW_CMIS_SFF8024_IDENTIFIER, LW_CMIS_MEMORY_MODEL, lower, e);

	if (r)
		return r;
	v.slot[0][LW_CMIS_SLOT_L] = lower;
	lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_MEMORY_MODEL], 0, &v, &flat);
	if (lw_map_for_identifier(lower[0]) != LW_MAP_CMIS || flat)
		return lw_fail(
			e, LW_ENOTSUP,
			"this module has no pages for commands: firmware is a matter of CMIS "
			"modules with paged memory");
	r = read_field(t, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION,
		       LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, lower, e);
	if (!r)
		r = read_field(t, LW_CMIS_VENDOR_NAME, LW_CMIS_VENDOR_SN, identity, e);
	if (!r)
		r = read_field(t, LW_CMIS_CDB_INSTANCES_SUPPORTED, LW_CMIS_CDB_MAX_BUSY_TIME,
			       advert, e);
	if (r)
		return r;
	v.slot[0][LW_CMIS_SLOT_01H] = advert;
	lw_cdb_ability_read(&v, &t->ability);
	copy_text(sn, 17, LW_CMIS_VENDOR_SN, identity);
	if (!t->known) {
		copy_text(t->vendor, sizeof(t->vendor), LW_CMIS_VENDOR_NAME, identity);
		copy_text(t->pn, sizeof(t->pn), LW_CMIS_VENDOR_PN, identity);
		memcpy(t->sn, sn, sizeof(t->sn));
	}
	memcpy(t->info.active,
	       lower + lw_map_fields(LW_MAP_CMIS,
				     NULL)[LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION]
			       .byte,
	       sizeof(t->info.active));
	return 0;
}
