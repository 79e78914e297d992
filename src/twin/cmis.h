/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_H
#define LW_TWIN_CMIS_H

#include "cmis-cdb.h"
#include "cmis-diag.h"
#include "cmis-fsm.h"
#include "cmis-vdm.h"
#include "monitor.h"
#include "twin-impl.h"

/**
 * @file
 * A CMIS twin with paged memory and up to four banks of eight lanes. Lanes are counted through all
 * banks here; registers count them in their bank, and applications repeat in every bank.
 */

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
	LW_CONFIG_CUSTOM = 13,
};

/** What a host lane is staged or provisioned for: DPConfigLane and the signal integrity settings.
 */
#define LW_CMIS_SI 8
struct lw_cmis_lane {
	uint8_t apsel, explicit_control;
	uint8_t dpidx;          /**< first lane of its path, counted through the banks */
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
	LW_CMIS_SI_RX_FIRST = LW_CMIS_SI_RX_CDR,
	LW_CMIS_SI_RX_PRE,
	LW_CMIS_SI_RX_POST,
	LW_CMIS_SI_RX_AMPLITUDE,
};

/** An application descriptor, lane counts resolved; options are of a bank. */
struct lw_cmis_app {
	uint8_t host_id, media_id, host_lanes, media_lanes, host_assign, media_assign;
	const struct lw_interface *host, *media; /**< NULL: not catalogued */
};
#define LW_CMIS_APPS 15

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
enum lw_apply { LW_APPLY_DP_INIT, LW_APPLY_IMMEDIATE, LW_APPLY_TX, LW_APPLY_RX };

/** A configuration command that was accepted and not yet answered. */
struct lw_cmis_command {
	enum lw_apply apply;
	uint8_t set;
	uint32_t lanes;
	struct lw_mono due;
	struct lw_cmis_lane staged[LW_TWIN_LANES]; /**< all lanes, as they were at the trigger */
};

/** A network path: host lanes whose data paths share media lanes (7.6). */
struct lw_cmis_net {
	uint8_t first, lanes;  /**< host lanes */
	uint8_t state;         /**< enum lw_dpsm_state: the codes are the same */
	struct lw_mono until;  /**< end of a transient state */
	struct lw_group group; /**< its lanes on both sides */
};

/** What a host lane is staged or provisioned for in network paths. */
struct lw_cmis_net_lane {
	uint8_t npidx; /**< first lane of its path, counted through the banks */
	bool in_use;
};

struct lw_cmis_net_command {
	uint32_t lanes;
	uint8_t set;
	struct lw_mono due;
	struct lw_cmis_net_lane staged[LW_TWIN_LANES];
};

/** What a host asks of a tunable laser, as its registers hold it. */
struct lw_tune_request {
	uint8_t grid;
	bool fine;
	int16_t channel, offset, power;
};

struct lw_tune {
	struct lw_tune_request asked;
	double mhz, target; /**< where the laser stands, and where it goes */
	struct lw_mono due; /**< when it arrives; LW_NEVER */
	bool dark;          /**< no light meanwhile */
	/* What of the request cannot be followed, for as long as it stands. */
	bool channel_bad, refused, fine_oor, power_oor;
};

/** Where lanes can be switched. */
enum { LW_SWITCH_HOST, LW_SWITCH_MEDIA, LW_SWITCH_SIDES };

/** What is watched against thresholds. */
enum {
	LW_CMIS_WATCH_TEMPERATURE,
	LW_CMIS_WATCH_VCC,
	LW_CMIS_WATCH_TX_POWER,
	LW_CMIS_WATCH_TX_BIAS,
	LW_CMIS_WATCH_RX_POWER,
	LW_CMIS_WATCHES
};

struct lw_cmis {
	struct lw_twin twin; /* first */
	uint8_t state;       /**< enum lw_msm_state */
	struct lw_mono until;
	bool software_reset;
	uint8_t host_lanes, media_lanes;
	struct lw_cmis_app app[LW_CMIS_APPS]; /**< by AppSel - 1; without host lanes: none */
	uint8_t path_n;
	struct lw_cmis_path path[LW_TWIN_LANES];
	uint8_t command_n;
	struct lw_cmis_command command[LW_TWIN_LANES];
	uint8_t net_n;
	struct lw_cmis_net net[LW_TWIN_LANES];
	uint8_t net_command_n;
	struct lw_cmis_net_command net_command[LW_TWIN_LANES];
	/** bits of DPDeinit that stand for their opposite: all in CMIS 3.x, where the byte is
	 * DataPathPwrUp */
	uint32_t inverted;
	uint32_t tx_on; /**< media lanes whose output the data path has turned on */
	/** ends of redirections that are being committed; LW_NEVER */
	struct lw_mono commit[LW_SWITCH_SIDES][LW_BANKS_MAX];
	struct lw_tune tune[LW_TWIN_LANES]; /**< by media lane */
	int64_t sample;                     /**< monitors of lanes show this sample of noise ... */
	uint32_t epoch;                     /**< ... and the light of this epoch */
	bool shown;                         /**< they show anything */
	struct lw_range limits[LW_CMIS_WATCHES];
	bool look;              /**< flags are to be looked at, whatever else holds */
	int64_t flag_sample;    /**< they were, with this sample ... */
	uint32_t flag_epoch;    /**< ... and in this epoch */
	struct lw_mono next;    /**< when anything but `relatch` is due */
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
/** May a path of this application begin at host lane `first`? */
bool lw_cmis_app_hosts(const struct lw_cmis_app *a, unsigned first);
/** Find its applications, which never change, and the lanes that it has by them. */
void lw_cmis_learn_apps(struct lw_cmis *c);
/** Read or write one lane of a control set. */
void lw_cmis_lane_get(const struct lw_cmis *c, unsigned set, unsigned lane,
		      struct lw_cmis_lane *ret);
void lw_cmis_lane_put(struct lw_cmis *c, unsigned set, unsigned lane, const struct lw_cmis_lane *v);
/** Provision one direction of a lane, LW_APPLY_TX or LW_APPLY_RX, in the active control set. */
void lw_cmis_lane_put_way(struct lw_cmis *c, unsigned lane, enum lw_apply way,
			  const struct lw_cmis_lane *v);
/** The application that the receiving direction of host lane `lane` is provisioned for. */
unsigned lw_cmis_apsel_rx(const struct lw_cmis *c, unsigned lane);
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
uint32_t lw_cmis_path_mask(const struct lw_cmis_path *p);
/** Put what the paths do into light, lanes and status registers. */
void lw_cmis_outputs(struct lw_cmis *c);

/** Hand the lanes of all data and network paths to the light. */
void lw_cmis_regroup(struct lw_cmis *c);
/** Media lanes with a path in one of the states with outputs. */
uint32_t lw_cmis_media_outs(const struct lw_cmis *c);

/* cmis-network.c */
bool lw_cmis_networks(const struct lw_cmis *c);
/** Is the application one for network paths (16h:248, 249)? */
bool lw_cmis_for_network(const struct lw_cmis *c, unsigned apsel);
/** Is `lane` of a network path, in the active control set or in `set`? */
bool lw_cmis_net_wanted(const struct lw_cmis *c, unsigned set, unsigned lane);
/** @return the network path of host lane `lane`, or NULL */
struct lw_cmis_net *lw_cmis_net_of(struct lw_cmis *c, unsigned lane);
bool lw_cmis_net_output(const struct lw_cmis_net *p);
/** Drop all network paths without a word: reset. */
void lw_cmis_nets_drop(struct lw_cmis *c);
/** ApplyNPInit was written. */
void lw_cmis_net_trigger(struct lw_cmis *c, unsigned set, uint32_t lanes);
/** Carry out commands whose time has come. */
void lw_cmis_nets_run(struct lw_cmis *c);
/** Take one step of every machine. @return true if any state changed */
bool lw_cmis_nets_step(struct lw_cmis *c);
struct lw_mono lw_cmis_nets_due(const struct lw_cmis *c);

/* cmis-tune.c */
bool lw_tune_supported(const struct lw_cmis *c);
/** Lasers at their default channel. */
void lw_tune_reset(struct lw_cmis *c);
/** Bytes were written to page 12h. */
void lw_tune_written(struct lw_cmis *c, unsigned bank);
/** @return when it wants to run again */
struct lw_mono lw_tune_run(struct lw_cmis *c);
/** Media lanes without light since their laser moves. */
uint32_t lw_tune_dark(const struct lw_cmis *c);
/** Latch the flags of page 12h that hold. */
void lw_tune_flags(struct lw_cmis *c);
/** Fill the summary in page 12h. */
void lw_tune_show(struct lw_cmis *c);

/* cmis-redirect.c */
/** Every lane reaches itself. */
void lw_switch_reset(struct lw_cmis *c);
/** Bytes were written to page 1Dh or 6Dh. */
void lw_switch_written(struct lw_cmis *c, unsigned bank, int slot, unsigned first, const uint8_t *p,
		       size_t n);
/** Carry out what is committed. @return when it wants to run again */
struct lw_mono lw_switch_run(struct lw_cmis *c);

/* cmis-apply.c */
/** A trigger was written. */
void lw_cmis_trigger(struct lw_cmis *c, unsigned set, enum lw_apply apply, uint32_t lanes);
/** Carry out commands whose time has come. */
void lw_cmis_commands_run(struct lw_cmis *c);
/** Is the kind of intervention-free reconfiguration supported (Table 8-5)? */
bool lw_cmis_regular(const struct lw_cmis *c);
bool lw_cmis_hot(const struct lw_cmis *c);

/* cmis.c */
/** What a bit of any lane of a bank does to all its lanes: widen `mask` to whole banks. */
uint32_t lw_cmis_whole_banks(const struct lw_cmis *c, uint32_t mask);

/* cmis-monitor.c */
/** Find the limits that monitors are watched by: once, for they never change. */
void lw_cmis_learn_limits(struct lw_cmis *c);
/** The high alarm of the module's temperature, 0: it tells none. */
double lw_cmis_alarm_degc(const struct lw_twin *t);
/** Set monitors to what they show now, before somebody reads them. */
void lw_cmis_monitors(struct lw_cmis *c);
/** Latch the flags of every condition that holds. */
void lw_cmis_flags(struct lw_cmis *c);
bool lw_cmis_interrupt(const struct lw_twin *t);
/** Bytes 3 and 4: interrupt and flag summary. */
void lw_cmis_summary(struct lw_cmis *c);

#endif
