/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_STATE_DB_H
#define LW_STATE_DB_H

#include "publish-internal.h"
#include "state-db-ids.h"

/* Made from data/state-db*.csv by gen/state-db.py. */

struct lw_sdb_row {
	uint8_t table; /* enum lw_sdb_table */
	uint8_t maps;  /* bit enum lw_map_id */
	uint8_t lanes; /* 0: one */
	uint8_t value; /* enum lw_sdb */
	const char *field;
};

/* What SONiC calls a code. */
struct lw_sdb_word {
	uint8_t kind; /* enum lw_words */
	uint16_t code;
	const char *word;
};

/* A part of a value that is a list of words. */
struct lw_sdb_part {
	uint8_t maps, list; /* enum lw_list */
	uint8_t byte, bytes;
	uint16_t mask;
	uint8_t kind;
	const char *key;
};

extern const char *const lw_sdb_tables[LW_SDB_TABLE_N];
extern const struct lw_sdb_row lw_sdb_rows[];
extern const size_t lw_sdb_row_n;
extern const struct lw_sdb_word lw_sdb_words[];
extern const size_t lw_sdb_word_n;
extern const struct lw_sdb_part lw_sdb_parts[];
extern const size_t lw_sdb_part_n;

/* A module as SONiC sees it. */
struct lw_sdb_module {
	const struct lw_publish_source *s;
	const struct lw_module *m;
	const struct lw_readings *readings; /* NULL: none */
	struct lw_view v;
};

/*
 * Append the value of a row on lane `lane`.
 * @return false: the field is not written, for nothing is known of it
 */
bool lw_sdb_value(const struct lw_sdb_module *x, const struct lw_sdb_row *row, unsigned lane,
		  struct lw_buf *ret);

#endif
