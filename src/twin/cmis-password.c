/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

/* Passwords above are the module's: nobody knows them, and a host cannot set one (8.2.14). */
#define MODULE_PASSWORDS 0x80000000u

/* Answers of PasswordCmdResult, Table 8-17. */
enum { RESULT_UNSUPPORTED = 0, RESULT_HOST = 2, RESULT_REJECTED = 3 };

/* 01h:251: 0 unknown, 1 no, 2 yes. */
enum { TERNARY_NO = 1 };

static bool supported(const struct lw_cmis *c)
{
	return lw_memory_get(&c->twin.mem, LW_CMIS_PASSWORD_ENTRY_SUPPORTED, 0) != TERNARY_NO;
}

bool lw_password_open(const struct lw_cmis *c)
{
	return !c->twin.opt.locked || c->password.unlocked;
}

uint8_t lw_password_enter(struct lw_cmis *c, uint32_t password)
{
	c->password.unlocked = password == c->password.host;
	return c->password.unlocked ? LW_CDB_SUCCESS : LW_CDB_PASSWORD;
}

uint8_t lw_password_change(struct lw_cmis *c, uint32_t password)
{
	if (!c->password.unlocked)
		return LW_CDB_PASSWORD;
	if (password >= MODULE_PASSWORDS)
		return LW_CDB_PARAMETER;
	c->password.host = password;
	return LW_CDB_SUCCESS;
}

void lw_password_written(struct lw_cmis *c, unsigned first, const uint8_t *p, size_t n)
{
	struct lw_memory *m = &c->twin.mem;
	bool change = first == (m->field[LW_CMIS_PASSWORD_CHANGE_ENTRY_AREA].byte & 0x7fu);
	uint32_t value;
	uint8_t status;

	/* All four bytes in one access, or it is no password. */
	if (n != sizeof(value) ||
	    (!change && first != (m->field[LW_CMIS_PASSWORD_ENTRY_AREA].byte & 0x7fu)))
		return;
	if (!supported(c)) {
		lw_memory_put(m, LW_CMIS_PASSWORD_CMD_RESULT, 0, RESULT_UNSUPPORTED);
		return;
	}
	value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	status = change ? lw_password_change(c, value) : lw_password_enter(c, value);
	if (lw_memory_get(m, LW_CMIS_PASSWORD_ENTRY_RESULT_SUPPORTED, 0) != TERNARY_NO)
		lw_memory_put(m, LW_CMIS_PASSWORD_CMD_RESULT, 0,
			      status == LW_CDB_SUCCESS ? RESULT_HOST : RESULT_REJECTED);
}
