/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_VDM_H
#define LW_VDM_H

#include <lanewise/value.h>

/**
 * @file
 * CMIS versatile diagnostics (VDM, pages 20h-2Fh): monitors that describe themselves. Each of up to
 * 256 instances a bank has a descriptor (what is observed, where, which threshold set), a sample,
 * and flags; what a type means is data/vdm.csv. Pure, allocates nothing, thread-safe.
 */

/** What the location of an instance counts. */
enum lw_vdm_scope {
	LW_VDM_UNKNOWN, /**< custom and reserved types */
	LW_VDM_MEDIA_LANE,
	LW_VDM_HOST_LANE,
	LW_VDM_PATH, /**< data path or network path, by its first host lane */
	LW_VDM_MODULE,
	LW_VDM_ELS, /**< external laser source */
};

/** One observable type (CMIS 5.4 Table 8-180). */
struct lw_vdm_type {
	uint8_t type;
	uint8_t kind;     /**< enum lw_kind: UINT, SINT or F16 */
	uint8_t scope;    /**< enum lw_vdm_scope */
	bool statistic;   /**< of an interval; else a basic observable, in real time */
	int32_t num, den; /**< value = raw * num / den in `unit` */
	const char *unit, *ref;
	struct {
		uint16_t raw;
		const char *text;
	} special[2]; /**< samples that are no number; text NULL: none */
};

#define LW_VDM_GROUPS    4
#define LW_VDM_INSTANCES 256 /**< of a bank */

enum lw_vdm_limit { LW_VDM_HIGH_ALARM, LW_VDM_LOW_ALARM, LW_VDM_HIGH_WARNING, LW_VDM_LOW_WARNING };

struct lw_vdm {
	unsigned bank, instance; /**< instance 0-255 of its bank */
	unsigned group;          /**< 0-3 */
	unsigned type;
	const char *name;               /**< of the type; NULL: reserved */
	const struct lw_vdm_type *info; /**< NULL: custom or reserved, only raw numbers are known */
	enum lw_vdm_scope scope;
	unsigned location;           /**< lane 0-based (of all banks), or of the path its first */
	enum lw_value_status status; /**< absent: the page of samples is not there */
	uint16_t raw;
	double value;        /**< NaN if unknown or special */
	const char *special; /**< "infinite" instead of a number, or NULL */
	unsigned threshold_set;
	bool has_limits;
	double limit[4]; /**< index enum lw_vdm_limit */
	int flags;       /**< bit enum lw_vdm_limit: raised; -1: page 2Ch is not there */
};

/** @return what observable `type` is, or NULL when the standard leaves it open */
LW_API const struct lw_vdm_type *lw_vdm_type_find(unsigned type);

/** "media lane", "host lane", "path", "module", "ELS", "". */
LW_API const char *lw_vdm_scope_name(enum lw_vdm_scope s);

/**
 * Decode one instance.
 * @return true; false with `ret` untouched when the instance is not used, its page is absent, or
 *         the module does not have its group (2Fh:128)
 */
LW_API bool lw_vdm_decode(const struct lw_view *v, unsigned bank, unsigned instance,
			  struct lw_vdm *ret);

/** Write a list of all instances that are there (docs/json.md, `vdm`). */
LW_API void lw_vdm_json(const struct lw_view *v, struct lw_json *j);

#endif
