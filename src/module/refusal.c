/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

#define WAIT_AND_RETRY "it is tried again, with growing pauses"
#define NEEDS_CHANGE   "it is tried again when the wanted links or the module change"

/* OIF-CMIS 5.4 Table 8-101. Codes 9-11 are reserved for validation failures, 13-15 are custom. */
static const struct lw_refusal refusals[] = {
	{2, "the module rejected the configuration and gives no reason (ConfigRejected)",
	 WAIT_AND_RETRY, true},
	{3, "the module has no application of that number (ConfigRejectedInvalidAppSel)",
	 NEEDS_CHANGE, false},
	{4, "the lanes do not make a data path of that application (ConfigRejectedInvalidDataPath)",
	 NEEDS_CHANGE, false},
	{5, "the module does not support the signal integrity settings (ConfigRejectedInvalidSI)",
	 NEEDS_CHANGE, false},
	{6, "some of the lanes still carry another data path (ConfigRejectedLanesInUse)",
	 "the lanes are taken down and it is tried again", true},
	{7, "the trigger named only part of a data path (ConfigRejectedPartialDataPath)",
	 "the state is read again and a new plan is made", true},
	{8,
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
