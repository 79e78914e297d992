/* SPDX-License-Identifier: Apache-2.0 */
#include "reasons.h"

#include <string.h>

/* Rules, as bits. */
enum {
	ABSENT = 1 << 0,
	PATH = 1 << 1,
	LOS = 1 << 2,
	LOL = 1 << 3,
	CARRIER = 1 << 4,
	FAULT = 1 << 5,
	LATE = 1 << 6,
	REJECTED = 1 << 7,
	OTHER = 1 << 8,
	POLICY = 1 << 9,
	/* What follows wherever a module begins anew, or light comes and goes. */
	LIGHT = LOS | LOL | CARRIER,
	START = PATH | LIGHT,
	ALL = 0xffff,
};

static const struct {
	const char *name;
	unsigned rule;
} rules[] = {
	{"module-absent", ABSENT},
	{"data-path", PATH},
	{"rx-los", LOS},
	{"rx-lol", LOL},
	{"no-carrier", CARRIER},
	{"tx-fault", FAULT},
	{"late", LATE},
	{"config-rejected", REJECTED},
	{"module-unfit", OTHER},
	{"module-differs", OTHER},
	{"module-breakout", OTHER},
	{"policy-vendor", POLICY},
	{"policy-power", POLICY},
	{"policy-budget", POLICY},
};

static const unsigned fits[CAUSES] = {
	[LW_FAULT_UNPLUG] = ABSENT | START,
	[LW_FAULT_CUT] = LIGHT,
	[LW_FAULT_DARK] = LIGHT | FAULT,
	[LW_FAULT_REJECT] = REJECTED | START,
	[LW_FAULT_STUCK_INIT] = LATE | START,
	[LW_FAULT_NACK] = ABSENT | START,
	[LW_FAULT_HOT] = 0,
	[LW_FAULT_MODULE] = ABSENT | FAULT | START,
	[LW_FAULT_NACK_BURST] = ABSENT | START,
	[LW_FAULT_STUCK_BUS] = ABSENT | START,
	[LW_FAULT_SHORT] = 0,
	[LW_FAULT_CORRUPT] = ALL,
	[LW_FAULT_LATE] = LATE | ABSENT | START,
	[LW_FAULT_RESET] = ABSENT | START,
	[LW_FAULT_FLAG_STORM] = LIGHT | FAULT,
	[LW_FAULT_RUNAWAY] = ABSENT | FAULT | START,
	[LW_FAULT_AGED] = LIGHT | FAULT,
	[LW_FAULT_FLAP] = LIGHT | FAULT,
	[LW_FAULT_CHECKSUM] = 0,
	[LW_FAULT_REJECT_CUSTOM] = REJECTED | START,
	[LW_LAB_REPLUG] = ABSENT | START,
	[LW_LAB_SWAP] = ABSENT | START,
	[LW_LAB_COUNTERFEIT] = ABSENT | START,
	[LW_LAB_DIRTY] = LIGHT,
	[LW_LAB_POLARITY] = LIGHT,
	[LW_LAB_CROSSED] = LIGHT,
	[CAUSE_SWITCHED] = START,
	[CAUSE_SPLIT] = START,
	[CAUSE_RESTART] = ABSENT | START,
	[CAUSE_POLICY] = POLICY | START,
	[CAUSE_LIES] = LATE,
};

bool reason_fits(const char *rule, uint64_t causes)
{
	unsigned may = 0;

	for (unsigned c = 0; c < CAUSES; c++)
		if (causes >> c & 1)
			may |= fits[c];
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].name, rule) == 0)
			return (may & rules[i].rule) != 0;
	return false;
}

bool reason_harmless(int kind)
{
	return fits[kind] == 0;
}
