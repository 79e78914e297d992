/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-message.h"

bool lw_cdb_part_there(size_t n, enum lw_cdb_part part)
{
	const struct lw_cdb_part_row *p = &lw_cdb_parts[part];

	return p->at + (p->width + 7u) / 8u <= n;
}

uint32_t lw_cdb_part_get(const uint8_t *payload, size_t n, enum lw_cdb_part part)
{
	const struct lw_cdb_part_row *p = &lw_cdb_parts[part];
	uint32_t v = 0;

	if (!lw_cdb_part_there(n, part))
		return 0;
	if (p->width <= 8)
		return (uint32_t)payload[p->at] >> p->shift & ((1u << p->width) - 1u);
	for (unsigned i = 0; i < p->width / 8u; i++)
		v = v << 8 | payload[p->at + i];
	return v;
}

void lw_cdb_part_put(uint8_t *payload, enum lw_cdb_part part, uint32_t value)
{
	const struct lw_cdb_part_row *p = &lw_cdb_parts[part];

	if (p->width <= 8) {
		payload[p->at] |= (uint8_t)(value << p->shift);
		return;
	}
	for (unsigned i = p->width / 8u; i-- > 0; value >>= 8)
		payload[p->at + i] = (uint8_t)value;
}

uint8_t lw_cdb_check_code(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *p++);
	return (uint8_t)~sum;
}

int lw_cdb_reply_length(uint16_t command)
{
	for (size_t i = 0; i < lw_cdb_messages_n; i++)
		if (lw_cdb_messages[i].id == command)
			return lw_cdb_messages[i].reply;
	return -1;
}

static int64_t raw(const struct lw_view *v, unsigned id)
{
	int64_t value;

	return lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[id], 0, v, &value) ? 0 : value;
}

/* The number that a code stands for, 0 if none. */
static unsigned coded(const struct lw_view *v, unsigned id)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];
	const struct lw_code *row =
		lw_code_find((enum lw_code_table)f->codes, (unsigned)raw(v, id));

	return row && !row->reserved && row->den ? (unsigned)(row->num / row->den) : 0;
}

void lw_cdb_ability_read(const struct lw_view *v, struct lw_cdb_ability *ret)
{
	const unsigned octet = (unsigned)lw_host_numbers[LW_HOST_ACCESS_OCTET], page = 128;
	unsigned access;

	*ret = (struct lw_cdb_ability){0};
	if (v->map != LW_MAP_CMIS || !v->slot[0][LW_CMIS_SLOT_01H])
		return;
	access = octet * (1 + (unsigned)raw(v, LW_CMIS_CDB_READ_WRITE_LENGTH_EXTENSION));
	ret->instances = (uint8_t)coded(v, LW_CMIS_CDB_INSTANCES_SUPPORTED);
	ret->background = raw(v, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED);
	ret->auto_paging = raw(v, LW_CMIS_CDB_AUTO_PAGING_SUPPORTED);
	ret->epl_bytes = (uint16_t)coded(v, LW_CMIS_CDB_MAX_PAGES_EPL);
	ret->lpl_access = (uint8_t)(access < page ? access : page);
	ret->epl_access = (uint16_t)access;
	if (raw(v, LW_CMIS_CDB_MAX_BUSY_SPEC_METHOD)) {
		/* at least one unit, also when the field says 0 (Table 8-55) */
		const struct lw_field *f =
			&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_CDB_EXT_MAX_BUSY_TIME];
		int64_t units = raw(v, LW_CMIS_CDB_EXT_MAX_BUSY_TIME);

		ret->max_busy = lw_ms((units ? units : 1) * f->num / f->den);
	} else {
		int64_t capture = lw_host_numbers[LW_HOST_T_CDB_CAPTURE];
		int64_t less = lw_ms(raw(v, LW_CMIS_CDB_MAX_BUSY_TIME)).ns;

		ret->max_busy.ns = capture > less ? capture - less : 0;
	}
}

void lw_cdb_explain(uint16_t command, uint8_t status, struct lw_cdb_meaning *ret)
{
	uint8_t code = status & 0x7f;

	for (size_t i = 0; i < lw_cdb_meanings_n; i++) {
		const struct lw_cdb_meaning_row *m = &lw_cdb_meanings[i];

		if (command < m->first_command || command > m->last_command || code < m->first ||
		    code > m->last)
			continue;
		*ret = (struct lw_cdb_meaning){m->reason, m->next, m->ref, m->retry};
		return;
	}
	*ret = (struct lw_cdb_meaning){"the code is not known", "ask the module's vendor", "",
				       false};
}

const char *lw_cdb_command_name(uint16_t command)
{
	return lw_code_name(LW_CODES_CDB_CMD, command);
}
