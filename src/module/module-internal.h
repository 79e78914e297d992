/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MODULE_INTERNAL_H
#define LW_MODULE_INTERNAL_H

#include <lanewise/module.h>

/* Codes the host side acts on; names and meanings are in data/codes.csv. */

/** CMIS module states, Table 8-7. */
enum {
	LW_CMIS_MODULE_LOW_PWR = 1,
	LW_CMIS_MODULE_PWR_UP = 2,
	LW_CMIS_MODULE_READY = 3,
	LW_CMIS_MODULE_PWR_DN = 4,
	LW_CMIS_MODULE_FAULT = 5,
};

/** CMIS data path states, Table 8-94. */
enum {
	LW_CMIS_DP_DEACTIVATED = 1,
	LW_CMIS_DP_ACTIVATED = 4,
};

/** CMIS ConfigStatus, Table 8-101. */
enum {
	LW_CMIS_CONFIG_SUCCESS = 1,
	LW_CMIS_CONFIG_LANES_IN_USE = 6,
	LW_CMIS_CONFIG_PARTIAL_PATH = 7,
	LW_CMIS_CONFIG_IN_PROGRESS = 12,
};

/** The standard gives ConfigInProgress no limit; a module this late is treated as stuck. */
#define LW_CONFIG_LIMIT_MS 5000
/** t_init: SFF-8679 gives 2 s to a valid Data_Not_Ready after power-up or low power. */
#define LW_SFF_READY_LIMIT_MS 2000

/** Where a field starts on the bus (bank 0). */
struct lw_addr lw_field_addr(const struct lw_field *f);

/** Read bytes first..last of a slot into m->memory, as polls if `poll`. */
int lw_module_read(struct lw_module *m, unsigned slot, unsigned first, unsigned last, bool poll,
		   struct lw_error *reterr);

/** Read who the module is into m->memory and m->facts: at most four block reads. */
int lw_module_identify(struct lw_module *m, struct lw_error *reterr);

/** Read what its controls and data paths say now into m->state: at most four block reads. */
int lw_module_read_state(struct lw_module *m, struct lw_error *reterr);

/** One lane's raw number from m->memory, 0 if not there. */
unsigned lw_module_get(const struct lw_module *m, unsigned id, unsigned lane);

/** Read flags and states of all wanted links and bring m->report up to date. */
int lw_module_watch(struct lw_module *m, struct lw_mono now, bool *ret_changed,
		    struct lw_error *reterr);

/** Give report i a new health; keeps `since` when nothing changed. @return whether it changed */
bool lw_report_set(struct lw_module *m, size_t i, enum lw_dp_health health, const char *reason,
		   const char *next, struct lw_mono now);

/** CMIS 3.x: 10h:128 is DataPathPwrUp, the inverse of DPDeinit. */
bool lw_deinit_inverted(const struct lw_facts *f);

#endif
