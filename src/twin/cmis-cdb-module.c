/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

/* Unlock levels of the reply to 0000h (Table 9-3). */
enum { UNLOCK_NONE = 0, UNLOCK_HOST = 1 };

static int64_t get(const struct lw_cmis *c, unsigned id)
{
	return lw_memory_get(&c->twin.mem, id, 0);
}

static unsigned ms_of(enum lw_twin_number number)
{
	return (unsigned)(lw_twin_numbers[number] / 1e6);
}

enum lw_twin_number lw_cdb_limit(int command)
{
	switch (command) {
	case LW_CDB_CMD_START_TRANSFER:
		return LW_TWIN_T_FW_START;
	case LW_CDB_CMD_ABORT_TRANSFER:
		return LW_TWIN_T_FW_ABORT;
	case LW_CDB_CMD_WRITE_BLOCK_LPL:
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
	case LW_CDB_CMD_READ_BLOCK_LPL:
	case LW_CDB_CMD_READ_BLOCK_EPL:
		return LW_TWIN_T_FW_WRITE;
	case LW_CDB_CMD_COMPLETE_TRANSFER:
		return LW_TWIN_T_FW_COMPLETE;
	case LW_CDB_CMD_COPY_LOAD:
		return LW_TWIN_T_FW_COPY;
	default:
		return LW_TWIN_T_CDB;
	}
}

/* A module knows the commands of the revision that it says it follows. */
static bool known(const struct lw_cmis *c, int command)
{
	unsigned revision = (unsigned)(get(c, LW_CMIS_CMIS_REVISION_MAJOR) << 4 |
				       get(c, LW_CMIS_CMIS_REVISION_MINOR));

	switch (command) {
	case LW_CDB_CMD_MODULE_TIME:
	case LW_CDB_CMD_SET_TIME:
	case LW_CDB_CMD_ACTIVATION_OPTIONS:
	case LW_CDB_CMD_STORE_TAG:
	case LW_CDB_CMD_RETRIEVE_TAG:
		return revision >= (unsigned)lw_twin_numbers[LW_TWIN_CDB_SINCE_5_4];
	case LW_CDB_CMD_SECURITY_FEATURES:
	case LW_CDB_CMD_SUPPLEMENT_SUPPORT:
		return revision >= (unsigned)lw_twin_numbers[LW_TWIN_CDB_SINCE_5_3];
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
	case LW_CDB_CMD_READ_BLOCK_EPL:
		return lw_cdb_epl_bytes(&c->twin.mem.view) != 0;
	default:
		return true;
	}
}

int lw_cdb_find(const struct lw_cmis *c, unsigned id)
{
	for (int i = 0; i < LW_CDB_COMMANDS_N; i++)
		if (lw_cdb_rows[i].id == id)
			return known(c, i) ? i : -1;
	return -1;
}

/* What LowPowerRestrictions keep from a module in low power (Table 8-19). */
static bool restricted(const struct lw_cmis *c, int command)
{
	if (c->state != LW_MSM_LOW_PWR)
		return false;
	switch (command) {
	case LW_CDB_CMD_QUERY_STATUS:
	case LW_CDB_CMD_ENTER_PASSWORD:
	case LW_CDB_CMD_ABORT:
		return false;
	case LW_CDB_CMD_CHANGE_PASSWORD:
	case LW_CDB_CMD_SET_TIME:
		return get(c, LW_CMIS_LOW_POWER_RESTRICTIONS_CDB_CMDS_UNSUPPORTED);
	case LW_CDB_CMD_FIRMWARE_INFO:
	case LW_CDB_CMD_READ_BLOCK_LPL:
	case LW_CDB_CMD_READ_BLOCK_EPL:
	case LW_CDB_CMD_ACTIVATION_OPTIONS:
	case LW_CDB_CMD_RETRIEVE_TAG:
		return get(c, LW_CMIS_LOW_POWER_RESTRICTIONS_CDB_FW_QUERY_UNSUPPORTED);
	case LW_CDB_CMD_MODULE_TIME:
	case LW_CDB_CMD_MODULE_FEATURES:
	case LW_CDB_CMD_FIRMWARE_FEATURES:
	case LW_CDB_CMD_MONITORING_FEATURES:
	case LW_CDB_CMD_DIAGNOSTICS_FEATURES:
	case LW_CDB_CMD_SECURITY_FEATURES:
	case LW_CDB_CMD_SUPPLEMENT_SUPPORT:
		return get(c, LW_CMIS_LOW_POWER_RESTRICTIONS_CDB_QUERY_UNSUPPORTED);
	default:
		return get(c, LW_CMIS_LOW_POWER_RESTRICTIONS_CDB_FW_CMDS_UNSUPPORTED);
	}
}

static void module_features(const struct lw_cmis *c, struct lw_cdb_message *reply)
{
	uint8_t *map = lw_cdb_room(reply, LW_CDB_MODULE_FEATURES_REPLY_COMMAND_SUPPORT);
	unsigned most = 0;

	for (int i = 0; i < LW_CDB_COMMANDS_N; i++) {
		if (!known(c, i))
			continue;
		if (lw_cdb_rows[i].id < 256)
			map[lw_cdb_rows[i].id / 8] |= (uint8_t)(1u << lw_cdb_rows[i].id % 8);
		if (ms_of(lw_cdb_limit(i)) > most)
			most = ms_of(lw_cdb_limit(i));
	}
	lw_cdb_put(reply, LW_CDB_MODULE_FEATURES_REPLY_MAX_COMPLETION_TIME, most);
}

static void firmware_features(const struct lw_cmis *c, struct lw_cdb_message *reply)
{
	static const struct {
		enum lw_cdb_field field;
		enum lw_twin_number number;
	} times[] =
		{
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_START, LW_TWIN_T_FW_START},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_ABORT, LW_TWIN_T_FW_ABORT},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_WRITE, LW_TWIN_T_FW_WRITE},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_COMPLETE,
			 LW_TWIN_T_FW_COMPLETE},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_COPY, LW_TWIN_T_FW_COPY},
		},
	  counts[] = {
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_START_CMD_PAYLOAD_SIZE, LW_TWIN_FW_HEADER},
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_ERASED_BYTE, LW_TWIN_FW_ERASED},
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_READ_WRITE_LENGTH_EXT, LW_TWIN_FW_LENGTH_EXT},
	  };
	bool epl = get(c, LW_CMIS_CDB_MAX_PAGES_EPL) != 0;

	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_ABORT_CMD, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_COPY_CMD, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_LOAD_READBACK, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_HITLESS_RESTART, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_WRITE_MECHANISM_LPL, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_WRITE_MECHANISM_EPL, epl);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_READ_MECHANISM_LPL, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_READ_MECHANISM_EPL, epl);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		lw_cdb_put(reply, times[i].field, ms_of(times[i].number));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		lw_cdb_put(reply, counts[i].field, (uint32_t)lw_twin_numbers[counts[i].number]);
}

/* The module's clock: nobody set it at a start, so it counts from 1970 on (Table 9-7). */
static int64_t clock_now(const struct lw_cmis *c)
{
	return (int64_t)((uint64_t)c->cdb.clock_ns + (uint64_t)lw_twin_now(&c->twin).ns);
}

static void set_clock(struct lw_cmis *c, const struct lw_cdb_message *arg)
{
	uint64_t to = lw_cdb_get64(arg, LW_CDB_SET_TIME_TIME_SPEC);

	if (lw_cdb_get(arg, LW_CDB_SET_TIME_IS_INCREMENT))
		to += (uint64_t)clock_now(c);
	c->cdb.clock_ns = (int64_t)(to - (uint64_t)lw_twin_now(&c->twin).ns);
}

uint8_t lw_cdb_execute(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply)
{
	const struct lw_cdb_instance *d = &c->cdb.instance[bank];

	if (restricted(c, d->command))
		return LW_CDB_NOT_NOW;
	switch (d->command) {
	case LW_CDB_CMD_QUERY_STATUS:
		lw_cdb_put(reply, LW_CDB_QUERY_STATUS_REPLY_LENGTH, reply->lpl_length);
		lw_cdb_put(reply, LW_CDB_QUERY_STATUS_REPLY_STATUS,
			   c->password.unlocked ? UNLOCK_HOST : UNLOCK_NONE);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_ENTER_PASSWORD:
		return lw_password_enter(c, lw_cdb_get(&d->arg, LW_CDB_ENTER_PASSWORD_PASSWORD));
	case LW_CDB_CMD_CHANGE_PASSWORD:
		return lw_password_change(c,
					  lw_cdb_get(&d->arg, LW_CDB_CHANGE_PASSWORD_NEW_PASSWORD));
	case LW_CDB_CMD_SET_TIME:
		set_clock(c, &d->arg);
		lw_cdb_put(reply, LW_CDB_SET_TIME_REPLY_MODULE_TIME, (uint64_t)clock_now(c));
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_MODULE_TIME:
		lw_cdb_put(reply, LW_CDB_MODULE_TIME_REPLY_MODULE_TIME, (uint64_t)clock_now(c));
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_MODULE_FEATURES:
		module_features(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_FIRMWARE_FEATURES:
		firmware_features(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_ABORT:               /* nothing is left of what it aborted */
	case LW_CDB_CMD_MONITORING_FEATURES: /* none of 02xxh to 04xxh, */
	case LW_CDB_CMD_DIAGNOSTICS_FEATURES:
	case LW_CDB_CMD_SECURITY_FEATURES:  /* no certificate, */
	case LW_CDB_CMD_SUPPLEMENT_SUPPORT: /* and no supplement */
		return LW_CDB_SUCCESS;
	default:
		return lw_firmware_command(c, bank, reply);
	}
}
