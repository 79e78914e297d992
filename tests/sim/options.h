/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_OPTIONS_H
#define LW_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	uint64_t first, seeds;
	double hours;     /**< of each seed; the last quarter of an hour is calm */
	unsigned groups;  /**< at most */
	unsigned jobs;    /**< processes that play at the same time */
	uint32_t faults;  /**< kinds to choose from */
	bool faults_only; /**< no splits, toggles, policies and restarts */
	bool twice;
	bool verbose;
	const char *trace; /**< id of a cage: print its accesses */
	const char *faults_text;
};

/** @return false when the command line is wrong; it was said how it should be */
bool options_parse(int argc, char **argv, struct options *ret);

#endif
