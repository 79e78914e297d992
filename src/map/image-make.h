/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_IMAGE_MAKE_H
#define LW_IMAGE_MAKE_H

#include <lanewise/image.h>

/**
 * @file
 * What the writers of the three maps share. Putting is sticky: after the first failure `r` holds
 * its code, `reterr` its text, and further puts do nothing.
 */

struct lw_maker {
	struct lw_image *img;
	const struct lw_part *part;
	const struct lw_image_options *opt;
	const struct lw_field *fields; /**< of the part's map */
	bool light;                    /**< monitors its light */
	bool flat;                     /**< nothing beyond identity */
	double length_m;               /**< cables: assembly length */
	int r;
	struct lw_error *reterr;
};

/** Make a slot present, with what it powers up with. */
void lw_make_slot(struct lw_maker *m, unsigned slot);

void lw_make_put(struct lw_maker *m, unsigned id, unsigned lane, int64_t raw);

/** Text, or the map's way to say that there is none when `s` is NULL: blanks. */
void lw_make_text(struct lw_maker *m, unsigned id, const char *s);

enum lw_make_round { LW_MAKE_NEAREST, LW_MAKE_UP };

/**
 * A number in the field's unit. What does not fit an unsigned field becomes all ones, which the
 * SFF maps define as "more than".
 */
void lw_make_value(struct lw_maker *m, unsigned id, double value, enum lw_make_round round);

/** A length whose multiplier is a field of its own: the finest that holds it, rounded up. */
void lw_make_scaled(struct lw_maker *m, unsigned id, double value);

/**
 * The part's thresholds: temperature, supply, Tx bias, Tx power, Rx power, each in the order high
 * alarm, low alarm, high warning, low warning.
 */
void lw_make_thresholds(struct lw_maker *m, const uint16_t ids[5][4]);

/** Attenuation registers of passive copper; `freq_mhz` as in data/wires.csv. */
struct lw_make_loss {
	uint16_t id;
	uint32_t freq_mhz;
};
void lw_make_losses(struct lw_maker *m, const struct lw_make_loss losses[], size_t n);

/** Centre and half width of the range that holds all wavelengths; false if there is no light. */
bool lw_make_wave(const struct lw_maker *m, double *ret_nm, double *ret_tolerance_nm);

/** The class (1...) that holds the part's power by its form factor's table. */
unsigned lw_make_power_class(const struct lw_part *part);

/** Baud of one host lane, 0 if not known. */
uint32_t lw_make_baud_kbd(const struct lw_part *part);

void lw_make_cmis(struct lw_maker *m);
/** Give the banks behind the first the same pages, once those are complete. */
void lw_make_cmis_banks(struct lw_maker *m);
void lw_make_sff8636(struct lw_maker *m);
void lw_make_sff8472(struct lw_maker *m);

#endif
