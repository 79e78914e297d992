/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

#define WAIT_AND_RETRY "it is tried again, with growing pauses"
#define LONG_PAUSES    "; it is tried again after long pauses"

/* OIF-CMIS 5.4 Table 8-101. Codes 9-11 are reserved for validation failures, 13-15 are custom. */
static const struct lw_refusal refusals[] = {
	{LW_CMIS_CONFIG_REJECTED,
	 "the module rejected the configuration and gives no reason (ConfigRejected)",
	 WAIT_AND_RETRY, false},
	{LW_CMIS_CONFIG_REJECTED_INVALID_APP_SEL,
	 "the module has no application of that number (ConfigRejectedInvalidAppSel)",
	 "its advertisement was read again and has it" LONG_PAUSES, true},
	{LW_CMIS_CONFIG_REJECTED_INVALID_DATA_PATH,
	 "the lanes do not make a data path of that application (ConfigRejectedInvalidDataPath)",
	 "its advertisement was read again and allows these lanes" LONG_PAUSES, true},
	{LW_CMIS_CONFIG_REJECTED_INVALID_SI,
	 "the module does not support the signal integrity settings (ConfigRejectedInvalidSI)",
	 "the module is left to choose its own settings" LONG_PAUSES, true},
	{LW_CMIS_CONFIG_REJECTED_LANES_IN_USE,
	 "some of the lanes still carry another data path (ConfigRejectedLanesInUse)",
	 "the lanes are taken down and it is tried again", false},
	{LW_CMIS_CONFIG_REJECTED_PARTIAL_DATA_PATH,
	 "the trigger named only part of a data path (ConfigRejectedPartialDataPath)",
	 "the state is read again and a new plan is made", false},
	{LW_CMIS_CONFIG_REJECTED_NO_EMULATION,
	 "the module cannot run a network path application without its emulation "
	 "(ConfigRejectedNoEmulation)",
	 "choose a mode that needs no network path" LONG_PAUSES, true},
};

static const struct lw_refusal reserved = {
	0, "the module rejected the configuration with a reserved code", WAIT_AND_RETRY, false};
static const struct lw_refusal custom = {
	0, "the module rejected the configuration with a code of its vendor", WAIT_AND_RETRY,
	false};

const struct lw_refusal *lw_refusal_find(unsigned code)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].code == code)
			return &refusals[i];
	if (code >= 9 && code <= 11)
		return &reserved;
	if (code >= 13 && code <= 15)
		return &custom;
	return NULL;
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct lw_mono lw_refusal_pause(unsigned tries, uint64_t seed)
{
	int64_t ms = LW_BACKOFF_SLOW_MS, span;

	for (unsigned i = 1; i < tries && ms < LW_BACKOFF_SLOW_MAX_MS; i++)
		ms *= 2;
	if (ms > LW_BACKOFF_SLOW_MAX_MS)
		ms = LW_BACKOFF_SLOW_MAX_MS;
	span = ms / LW_BACKOFF_JITTER;
	return lw_ms(ms - span + (int64_t)(mix(seed + tries) % (uint64_t)(2 * span + 1)));
}
