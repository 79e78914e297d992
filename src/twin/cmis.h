/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_H
#define LW_TWIN_CMIS_H

#include "cmis-cdb.h"
#include "cmis-diag.h"
#include "cmis-fsm.h"
#include "cmis-vdm.h"
#include "twin-impl.h"

/** @file A CMIS twin with paged memory: one bank, host lanes 0-7, media lanes 0-7. */

/** Result of a configuration command, Table 8-101. */
enum lw_config {
	LW_CONFIG_UNDEFINED = 0,
	LW_CONFIG_SUCCESS = 1,
	LW_CONFIG_REJECTED = 2,
	LW_CONFIG_BAD_APSEL = 3,
	LW_CONFIG_BAD_PATH = 4,
	LW_CONFIG_BAD_SI = 5,
	LW_CONFIG_IN_USE = 6,
	LW_CONFIG_PARTIAL = 7,
	LW_CONFIG_NO_EMULATION = 8,
	LW_CONFIG_IN_PROGRESS = 12,
};

/** What a host lane is staged or provisioned for: DPConfigLane and the signal integrity settings.
 */
#define LW_CMIS_SI 8
struct lw_cmis_lane {
	uint8_t apsel, dpidx, explicit_control;
	uint8_t si[LW_CMIS_SI]; /**< order of lw_cmis_sets[].si */
};

/** The ids of one control set. */
struct lw_cmis_set {
	uint16_t apsel, dpidx, explicit_control;
	uint16_t si[LW_CMIS_SI];
};
enum { LW_CMIS_SCS0, LW_CMIS_SCS1, LW_CMIS_ACS };
extern const struct lw_cmis_set lw_cmis_sets[];

/** Index of the settings that validation knows of. */
enum {
	LW_CMIS_SI_TX_ADAPTIVE,
	LW_CMIS_SI_TX_RECALL,
	LW_CMIS_SI_TX_EQ,
	LW_CMIS_SI_TX_CDR,
	LW_CMIS_SI_RX_CDR,
	LW_CMIS_SI_RX_PRE,
	LW_CMIS_SI_RX_POST,
	LW_CMIS_SI_RX_AMPLITUDE,
};

/** An application descriptor, lane counts resolved. */
struct lw_cmis_app {
	uint8_t host_id, media_id, host_lanes, media_lanes, host_assign, media_assign;
};

/** A data path: lanes of the active control set, and the machine that runs them. */
struct lw_cmis_path {
	uint8_t first, lanes;  /**< host lanes */
	uint8_t apsel;         /**< what the hardware runs, or will when it is initialised */
	uint8_t state;         /**< enum lw_dpsm_state */
	bool significant;      /**< passed a transient state worth telling of (6.3.3.3) */
	struct lw_mono until;  /**< end of a transient state */
	struct lw_group group; /**< of `apsel` */
};

/** How a trigger works on the module. */
enum lw_apply { LW_APPLY_DP_INIT, LW_APPLY_IMMEDIATE };

/** A configuration command that was accepted and not yet answered. */
struct lw_cmis_command {
	enum lw_apply apply;
	uint8_t lanes;
	struct lw_mono due;
	struct lw_cmis_lane staged[LW_TWIN_LANES]; /**< all lanes, as they were at the trigger */
};

struct lw_cmis {
	struct lw_twin twin; /* first */
	uint8_t state;       /**< enum lw_msm_state */
	struct lw_mono until;
	bool software_reset;
	uint8_t host_lanes, media_lanes;
	uint8_t path_n;
	struct lw_cmis_path path[LW_TWIN_LANES];
	uint8_t command_n;
	struct lw_cmis_command command[LW_TWIN_LANES];
	uint8_t tx_on;          /**< media lanes whose output the data path has turned on */
	struct lw_mono relatch; /**< when conditions that last set their flags again */
	bool begun;             /**< what outlives resets and unplugging is set up */
	struct lw_firmware firmware;
	struct lw_password password;
	struct lw_cdb cdb;
	struct lw_diag diag;
	struct lw_vdm_state vdm;
};

static inline struct lw_cmis *lw_cmis_of(struct lw_twin *t)
{
	return (struct lw_cmis *)t;
}

/* cmis-app.c */
/** @return false if AppSel `apsel` has no descriptor */
bool lw_cmis_app_get(const struct lw_cmis *c, unsigned apsel, struct lw_cmis_app *ret);
/** First media lane of the instance at host lane `first`; -1 if there is none (6.2.1.5). */
int lw_cmis_app_media(const struct lw_cmis_app *a, unsigned first);
/** Lanes the module has, by its applications. */
void lw_cmis_count_lanes(struct lw_cmis *c);
/** Read or write one lane of a control set. */
void lw_cmis_lane_get(const struct lw_cmis *c, unsigned set, unsigned lane,
		      struct lw_cmis_lane *ret);
void lw_cmis_lane_put(struct lw_cmis *c, unsigned set, unsigned lane, const struct lw_cmis_lane *v);
/** Fill SCS0 and ACS with the default application (8.13.4). */
void lw_cmis_default_app(struct lw_cmis *c);

/* cmis-module.c */
void lw_cmis_power_on(struct lw_twin *t);
/** Take one step of the module's machine. @return true if the state changed */
bool lw_cmis_module_step(struct lw_cmis *c);
/** LowPwrS of Table 6-12. */
bool lw_cmis_low_power(const struct lw_cmis *c);
/** What the module takes for a duration that `id` advertises. */
struct lw_mono lw_cmis_duration(const struct lw_cmis *c, enum lw_twin_duration which, unsigned id,
				uint8_t *ret_code);
/** Does an access to `n` bytes from `first` of `slot` touch field `id`? */
bool lw_cmis_touches(const struct lw_twin *t, unsigned id, int slot, unsigned first, size_t n);

/* cmis-path.c */
/** Make the paths those of the active control set; paths that stay keep their state. */
void lw_cmis_paths_rebuild(struct lw_cmis *c);
/** Drop all paths without a word: reset. */
void lw_cmis_paths_drop(struct lw_cmis *c);
/** Take one step of every path's machine. @return true if any state changed */
bool lw_cmis_paths_step(struct lw_cmis *c);
/** @return the path of host lane `lane`, or NULL: unused */
struct lw_cmis_path *lw_cmis_path_of(struct lw_cmis *c, unsigned lane);
/** Let the hardware of `p` be what the active control set says. */
void lw_cmis_path_commit(struct lw_cmis *c, struct lw_cmis_path *p);
/** Is `p` in one of the states with outputs: Initialized to TxTurnOff (Table 6-21)? */
bool lw_cmis_has_output(const struct lw_cmis_path *p);
uint8_t lw_cmis_path_mask(const struct lw_cmis_path *p);
/** Put what the paths do into light, lanes and status registers. */
void lw_cmis_outputs(struct lw_cmis *c);

/* cmis-apply.c */
/** A trigger was written. */
void lw_cmis_trigger(struct lw_cmis *c, unsigned set, enum lw_apply apply, uint8_t lanes);
/** Carry out commands whose time has come. */
void lw_cmis_commands_run(struct lw_cmis *c);
/** Is the kind of intervention-free reconfiguration supported (Table 8-5)? */
bool lw_cmis_regular(const struct lw_cmis *c);
bool lw_cmis_hot(const struct lw_cmis *c);

/* cmis-monitor.c */
/** Set monitors to what they show now. */
void lw_cmis_monitors(struct lw_cmis *c);
/** Latch the flags of every condition that holds. */
void lw_cmis_flags(struct lw_cmis *c);
bool lw_cmis_interrupt(const struct lw_twin *t);
/** Bytes 3 and 4: interrupt and flag summary. */
void lw_cmis_summary(struct lw_cmis *c);

#endif
