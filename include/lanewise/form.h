/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FORM_H
#define LW_FORM_H

#include <lanewise/pmd.h>

/**
 * @file
 * Form factors, which plug fits which cage, and optical connectors (data/forms.csv, data/fits.csv,
 * data/connectors.csv). Pure and thread-safe.
 */

struct lw_form {
	const char *name; /**< "OSFP", "QSFP112", ... */
	uint8_t lanes;
	uint32_t max_baud_kbd; /**< fastest lane the cage is specified for */
	enum lw_modulation max_modulation;
	double max_power_w; /**< highest class of the form factor, 0 if unknown */
	uint8_t class_n;    /**< power classes (SFP: levels) with a fixed limit, 0 if unknown */
	double class_w[7];  /**< limit of class i + 1; class class_n + 1 is above the last */
	const char *ref;
	const char *confidence;
};

/** How a plug goes into a cage. */
enum lw_fit_kind { LW_FIT_NO, LW_FIT_YES, LW_FIT_ADAPTER };

struct lw_fit {
	const char *plug, *cage;
	enum lw_fit_kind kind;
	const char *adapter; /**< name of the adapter for LW_FIT_ADAPTER, else "" */
	uint8_t lanes;       /**< lanes that mate */
	const char *note;
	const char *ref;
	const char *confidence;
};

/** @return the form factor called `name` (case ignored), or NULL */
LW_API const struct lw_form *lw_form_find(const char *name);

/** @return how `plug` goes into `cage`; NULL when the pair is not in the data (treat as no) */
LW_API const struct lw_fit *lw_fit_find(const struct lw_form *plug, const struct lw_form *cage);

struct lw_connector {
	const char *name;   /**< "MPO-12 APC", "LC duplex", "fixed" ... */
	const char *body;   /**< what mates: "MPO-12", "MPO-16", "LC" ... */
	const char *polish; /**< "UPC", "APC" or "" when either */
	uint8_t fibres;     /**< fibres in the ferrule that these interfaces use */
	uint8_t code;       /**< SFF-8024 Table 4-3 */
	const char *ref;
};

LW_API const struct lw_connector *lw_connector_find(const char *name);

#endif
