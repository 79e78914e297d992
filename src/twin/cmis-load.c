/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <stdlib.h>
#include <string.h>

/* The loads in a module's firmware banks, and what its registers tell of them. */

void lw_load_clear(struct lw_load *l)
{
	free(l->bytes);
	*l = (struct lw_load){0};
}

void lw_load_spoil(struct lw_load *l)
{
	lw_load_clear(l);
	l->major = l->minor = (uint8_t)lw_twin_numbers[LW_TWIN_FW_INVALID];
}

/* The registers of page 0Dh that tell of one bank. */
static const struct {
	uint16_t invalid, committed, running, major, minor, build, extra;
} page_0dh[2] = {
	{LW_CMIS_VALIDITY_STATUS_A, LW_CMIS_ADMINISTRATIVE_STATUS_A, LW_CMIS_OPERATIONAL_STATUS_A,
	 LW_CMIS_VERSION_LOAD_A_MAJOR, LW_CMIS_VERSION_LOAD_A_MINOR, LW_CMIS_VERSION_LOAD_A_BUILD,
	 LW_CMIS_VERSION_LOAD_A_DESCRIPTION},
	{LW_CMIS_VALIDITY_STATUS_B, LW_CMIS_ADMINISTRATIVE_STATUS_B, LW_CMIS_OPERATIONAL_STATUS_B,
	 LW_CMIS_VERSION_LOAD_B_MAJOR, LW_CMIS_VERSION_LOAD_B_MINOR, LW_CMIS_VERSION_LOAD_B_BUILD,
	 LW_CMIS_VERSION_LOAD_B_DESCRIPTION},
};

/* What registers say of a load: 0.0 is none, FFh.FFh one that is invalid (8.2.9, 8.4.1). */
static void revision_of(const struct lw_memory *m, unsigned major, unsigned minor,
			struct lw_load *ret)
{
	uint8_t invalid = (uint8_t)lw_twin_numbers[LW_TWIN_FW_INVALID];

	ret->major = (uint8_t)lw_memory_get(m, major, 0);
	ret->minor = (uint8_t)lw_memory_get(m, minor, 0);
	ret->valid =
		(ret->major || ret->minor) && !(ret->major == invalid && ret->minor == invalid);
}

/* Page 0Dh says which bank runs, and more of the loads; not every module has it. */
static void learn_page_0dh(struct lw_cmis *c)
{
	const struct lw_memory *m = &c->twin.mem;
	struct lw_firmware *f = &c->firmware;
	const uint8_t *page = lw_memory_slot(m, LW_CMIS_SLOT_0DH);

	f->running = f->committed = lw_memory_get(m, page_0dh[1].running, 0) != 0;
	if (lw_memory_get(m, page_0dh[!f->running].committed, 0))
		f->committed = !f->running;
	for (unsigned b = 0; page && b < 2; b++) {
		f->load[b].build = (uint16_t)lw_memory_get(m, page_0dh[b].build, 0);
		memcpy(f->load[b].extra, page + (m->field[page_0dh[b].extra].byte & 0x7f),
		       sizeof(f->load[b].extra));
	}
}

void lw_firmware_init(struct lw_cmis *c)
{
	const struct lw_memory *m = &c->twin.mem;
	struct lw_firmware *f = &c->firmware;

	*f = (struct lw_firmware){.run_at = LW_NEVER};
	learn_page_0dh(c);
	revision_of(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION,
		    LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, &f->load[f->running]);
	revision_of(m, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION,
		    LW_CMIS_MODULE_INACTIVE_FIRMWARE_MINOR_REVISION, &f->load[!f->running]);
	f->load[f->running].valid = true; /* it answers */
	f->next = (int8_t)f->running;
	c->password.host = (uint32_t)lw_twin_numbers[LW_TWIN_HOST_PASSWORD];
}

void lw_firmware_finish(struct lw_cmis *c)
{
	lw_load_clear(&c->firmware.load[0]);
	lw_load_clear(&c->firmware.load[1]);
	lw_load_clear(&c->firmware.coming);
}

static void show_page_0dh(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	const struct lw_firmware *f = &c->firmware;
	uint8_t *page = lw_memory_slot(m, LW_CMIS_SLOT_0DH);

	for (unsigned b = 0; page && b < 2; b++) {
		const struct lw_load *l = &f->load[b];

		lw_memory_put(m, page_0dh[b].invalid, 0, !l->valid);
		lw_memory_put(m, page_0dh[b].committed, 0, f->committed == b);
		lw_memory_put(m, page_0dh[b].running, 0, f->running == b);
		lw_memory_put(m, page_0dh[b].major, 0, l->major);
		lw_memory_put(m, page_0dh[b].minor, 0, l->minor);
		lw_memory_put(m, page_0dh[b].build, 0, l->build);
		memcpy(page + (m->field[page_0dh[b].extra].byte & 0x7f), l->extra,
		       sizeof(l->extra));
	}
}

void lw_load_show(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	const struct lw_load *active = &c->firmware.load[c->firmware.running];
	const struct lw_load *inactive = &c->firmware.load[!c->firmware.running];

	if (!lw_cdb_instances(&m->view))
		return;
	lw_memory_put(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0, active->major);
	lw_memory_put(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0, active->minor);
	lw_memory_put(m, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION, 0, inactive->major);
	lw_memory_put(m, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MINOR_REVISION, 0, inactive->minor);
	show_page_0dh(c);
}
