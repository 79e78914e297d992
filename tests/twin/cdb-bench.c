/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-bench.h"

struct bench b;
uint8_t file[HEADER + BODY];

static void plug_with(bool locked, bool lpmode)
{
	struct lw_twin_options opt = {
		.part = base_part(), .image = &b.image, .locked = locked, .lpmode_pin = lpmode};

	lw_world_destroy(b.w);
	b.bank = 0;
	assert_int_equal(lw_world_create(1, &b.w, NULL), 0);
	assert_int_equal(lw_world_plug(b.w, "m", &opt, &b.t, NULL), 0);
	pass(b.w, 5000);
	get_byte(b.t, LOWER, FLAGS);
}

void plug_image(void)
{
	plug_with(false, false);
}

void plug_cdb(struct cdb_setup s)
{
	base_image(&b.image);
	image_put(&b.image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0, 3);
	image_put(&b.image, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0, 7);
	image_put(&b.image, LW_CMIS_CDB_INSTANCES_SUPPORTED, 0, s.instances);
	image_put(&b.image, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED, 0, !s.foreground);
	image_put(&b.image, LW_CMIS_CDB_MAX_PAGES_EPL, 0, s.no_epl ? 0 : 7);
	image_put(&b.image, LW_CMIS_CDB_READ_WRITE_LENGTH_EXTENSION, 0, 15);
	image_put(&b.image, LW_CMIS_PAGE_03H_SUPPORTED, 0, 1);
	image_put(&b.image, LW_CMIS_PASSWORD_ENTRY_SUPPORTED, 0, 2);
	b.image.slot[0][LW_CMIS_SLOT_L][1] = (uint8_t)(s.revision ? s.revision : 0x52);
	b.image.slot[0][LW_CMIS_SLOT_L][62] = (uint8_t)s.restrictions;
	plug_with(s.locked, s.lpmode);
}

int cdb_setup(void **state)
{
	(void)state;
	plug_cdb((struct cdb_setup){.instances = 1});
	return 0;
}

int cdb_teardown(void **state)
{
	(void)state;
	lw_world_destroy(b.w);
	b.w = NULL;
	return 0;
}

int bus_read(int page, unsigned byte, uint8_t *ret)
{
	struct lw_addr a = {0x50, (uint8_t)b.bank, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	return lw_bus_read(lw_twin_bus(b.t), a, ret, 1, NULL);
}

void put_bytes(int page, unsigned byte, const uint8_t *p, size_t n)
{
	struct lw_addr a = {0x50, (uint8_t)b.bank, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	assert_int_equal(lw_bus_write(lw_twin_bus(b.t), a, p, n, NULL), 0);
}

uint8_t message_byte(unsigned byte)
{
	return get_byte(b.t, (int)IN_BANK(b.bank, P9F), byte);
}

uint8_t cdb_status(void)
{
	return get_byte(b.t, LOWER, STATUS + b.bank);
}

void send(unsigned id, const uint8_t *lpl, size_t n, size_t epl, unsigned spoil)
{
	uint8_t m[128] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(epl >> 8), (uint8_t)epl,
			  (uint8_t)n};
	unsigned sum = 0;

	if (n)
		memcpy(m + 8, lpl, n);
	for (size_t i = 0; i < 8 + n; i++)
		sum += m[i];
	m[5] = (uint8_t)(~sum + spoil);
	put_bytes(P9F, 130, m + 2, 6 + n);
	put_bytes(P9F, 128, m, 2);
}

uint8_t wait_end(void)
{
	uint8_t flags;

	for (unsigned i = 0; i < 1000; i++, pass(b.w, 10))
		if (!bus_read(LOWER, FLAGS, &flags) && (flags & 0x40u << b.bank))
			return cdb_status();
	fail_msg("command never ends");
	return 0;
}

uint8_t command(unsigned id, const uint8_t *lpl, size_t n)
{
	send(id, lpl, n, 0, 0);
	return wait_end();
}

void reply(uint8_t ret[120], size_t n)
{
	unsigned sum = 0;

	assert_int_equal(message_byte(134), n);
	get_bytes(b.t, (int)IN_BANK(b.bank, P9F), 136, ret, 120);
	for (size_t i = 0; i < n; i++)
		sum += ret[i];
	assert_int_equal(message_byte(135), ~sum & 0xff);
	assert_int_not_equal(message_byte(135), 0);
}

uint8_t firmware_status(void)
{
	uint8_t r[120];

	assert_int_equal(command(INFO, NULL, 0), 0x01);
	reply(r, 110);
	return r[0];
}

void make_file(bool marked, unsigned spoil)
{
	uint32_t crc = UINT32_MAX;

	memset(file, 0xa5, sizeof(file));
	for (unsigned i = 0; i < BODY; i++)
		file[HEADER + i] = (uint8_t)(i * 7);
	if (!marked)
		return;
	for (unsigned i = 0; i < BODY; i++) {
		crc ^= file[HEADER + i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	crc = ~crc + spoil;
	memset(file, 0, HEADER);
	memcpy(file, "LWTW\x05\x09\x01\x02", 8);
	for (unsigned i = 0; i < 4; i++)
		file[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
	memcpy(file + 12, "new", 3);
}

void make_failing_file(unsigned id, unsigned status)
{
	make_file(true, 0);
	file[44] = (uint8_t)id;
	file[45] = (uint8_t)status;
}

uint8_t start_transfer(void)
{
	uint8_t lpl[8 + HEADER] = {0, 0, (uint8_t)(sizeof(file) >> 8), (uint8_t)sizeof(file)};

	memcpy(lpl + 8, file, HEADER);
	return command(START, lpl, sizeof(lpl));
}

uint8_t send_block(unsigned at, unsigned n)
{
	uint8_t lpl[120] = {0, 0, (uint8_t)(at >> 8), (uint8_t)at};

	memcpy(lpl + 4, file + HEADER + at, n);
	return command(BLOCK, lpl, 4 + n);
}

void send_body(void)
{
	for (unsigned at = 0; at < BODY; at += 116)
		assert_int_equal(send_block(at, BODY - at < 116 ? BODY - at : 116), 0x01);
}

void run_load(unsigned mode)
{
	uint8_t lpl[4] = {0, (uint8_t)mode, 0, 100};

	assert_int_equal(command(RUN, lpl, 4), 0x01);
	pass(b.w, 5000);
	get_byte(b.t, LOWER, FLAGS);
}
