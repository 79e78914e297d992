/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

#define WAIT_AND_RETRY "it is tried again, with growing pauses"
#define NEEDS_CHANGE   "it is tried again when the wanted links or the module change"

/* OIF-CMIS 5.4 Table 8-101. Codes 9-11 are reserved for validation failures, 13-15 are custom. */
static const struct lw_refusal refusals[] = {
	{LW_CMIS_CONFIG_REJECTED,
	 "the module rejected the configuration and gives no reason (ConfigRejected)",
	 WAIT_AND_RETRY, true},
	{LW_CMIS_CONFIG_REJECTED_INVALID_APP_SEL,
	 "the module has no application of that number (ConfigRejectedInvalidAppSel)", NEEDS_CHANGE,
	 false},
	{LW_CMIS_CONFIG_REJECTED_INVALID_DATA_PATH,
	 "the lanes do not make a data path of that application (ConfigRejectedInvalidDataPath)",
	 NEEDS_CHANGE, false},
	{LW_CMIS_CONFIG_REJECTED_INVALID_SI,
	 "the module does not support the signal integrity settings (ConfigRejectedInvalidSI)",
	 NEEDS_CHANGE, false},
	{LW_CMIS_CONFIG_REJECTED_LANES_IN_USE,
	 "some of the lanes still carry another data path (ConfigRejectedLanesInUse)",
	 "the lanes are taken down and it is tried again", true},
	{LW_CMIS_CONFIG_REJECTED_PARTIAL_DATA_PATH,
	 "the trigger named only part of a data path (ConfigRejectedPartialDataPath)",
	 "the state is read again and a new plan is made", true},
	{LW_CMIS_CONFIG_REJECTED_NO_EMULATION,
	 "the module cannot run a network path application without its emulation "
	 "(ConfigRejectedNoEmulation)",
	 NEEDS_CHANGE, false},
};

static const struct lw_refusal reserved = {
	0, "the module rejected the configuration with a reserved code", WAIT_AND_RETRY, true};
static const struct lw_refusal custom = {
	0, "the module rejected the configuration with a code of its vendor", WAIT_AND_RETRY, true};

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
