/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLANNER_TABLES_H
#define LW_PLANNER_TABLES_H

#include <lanewise/intent.h>
#include <stddef.h>

/** A group of like cages of a switch (data/platforms.csv). */
struct lw_platform_row {
	const char *name;
	enum lw_use use;
	uint16_t cages;
	const char *form, *modes; /* modes apart by ";" */
	uint8_t height_u;
	double power_w; /* without what is plugged */
	const char *doc, *confidence, *ref;
};

/** What something costs (data/prices.csv), in USD. */
struct lw_price {
	const char *kind;
	uint32_t rate_mbps; /* 0: of any */
	double low, usd, high;
	double per_m; /* added for each metre */
	const char *confidence, *ref;
};

#define LW_STOCK_MAX 32

/** Lengths on the shelf, rising (data/stock.csv). */
struct lw_stock {
	const char *kind;
	uint8_t n;
	double m[LW_STOCK_MAX];
	const char *confidence, *ref;
};

/** What a room is like (data/room.csv). */
struct lw_room_row {
	const char *name;
	double value;
	const char *unit, *doc, *confidence, *ref;
};

extern const struct lw_platform_row lw_platform_rows[];
extern const size_t lw_platform_rows_n;
extern const struct lw_price lw_prices[];
extern const size_t lw_prices_n;
extern const struct lw_stock lw_stocks[];
extern const size_t lw_stocks_n;
extern const struct lw_room_row lw_room_rows[];
extern const size_t lw_room_rows_n;

/** @return the row's value; the name is one of data/room.csv */
double lw_room_value(const char *name);

#endif
