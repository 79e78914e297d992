/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SONiC's STATE_DB: a hash of each table for each port of the switch, also for each part of a split
 * one, as commands in the protocol of Redis. A hash is written again when anything in it but its
 * time has changed.
 */
#include "state-db.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the database in SONiC's database_config.json. */
#define DATABASE "6"

#define KEY_MAX 128

struct out {
	const struct lw_publish_source *s;
	struct lw_publish_memory *m;
	struct lw_buf *b;
	struct lw_buf body, value; /* of a command; of a field */
	unsigned words;            /* in the body */
	uint64_t names, values;
};

static void bulk(struct lw_buf *b, const char *s, size_t n)
{
	lw_buf_printf(b, "$%zu\r\n", n);
	lw_buf_add(b, s, n);
	lw_buf_puts(b, "\r\n");
}

/* A command of its name, a key, and the words of the body. */
static void command(struct out *o, const char *name, const char *key, bool body)
{
	lw_buf_printf(o->b, "*%u\r\n", 2 + (body ? o->words : 0));
	bulk(o->b, name, strlen(name));
	bulk(o->b, key, strlen(key));
	if (body)
		lw_buf_add(o->b, lw_buf_str(&o->body), o->body.len);
}

static void field(struct out *o, const struct lw_sdb_module *x, const struct lw_sdb_row *row,
		  unsigned lane)
{
	char name[64];

	lw_buf_clear(&o->value);
	if (!lw_sdb_value(x, row, lane, &o->value))
		return;
		/* the data say where a number stands in a name */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof(name), row->field, lane + 1);
#pragma GCC diagnostic pop
	bulk(&o->body, name, strlen(name));
	bulk(&o->body, lw_buf_str(&o->value), o->value.len);
	o->words += 2;
	o->names = lw_digest(o->names, name, strlen(name) + 1);
	if (row->value != LW_SDB_TIME)
		o->values = lw_digest(o->values, lw_buf_str(&o->value), o->value.len + 1);
}

/* The fields and values of a table, which are the same for all ports of a module. */
static void make(struct out *o, const struct lw_sdb_module *x, enum lw_sdb_table t)
{
	o->words = 0;
	o->names = o->values = LW_DIGEST_START;
	lw_buf_clear(&o->body);
	for (size_t i = 0; i < lw_sdb_row_n; i++) {
		const struct lw_sdb_row *row = &lw_sdb_rows[i];

		if (row->table != t || !(row->maps >> x->v.map & 1))
			continue;
		for (unsigned lane = 0; lane < (row->lanes ? row->lanes : 1u); lane++)
			field(o, x, row, lane);
	}
}

/* Say the table that was made of one port, if it is new. */
static int tell(struct out *o, const char *port, enum lw_sdb_table t)
{
	struct lw_said *said;
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "%s|%s", lw_sdb_tables[t], port);
	if (!o->m) {
		command(o, "HSET", key, true);
		return 0;
	}
	said = lw_said_get(o->m, key);
	if (!said)
		return LW_ENOMEM;
	said->seen = true;
	if (said->live && said->names == o->names && said->values == o->values)
		return 0;
	/* fields that are no more must go, also those of who wrote here before; nobody shall find
	 * the hash missing meanwhile */
	if (said->names != o->names) {
		lw_buf_puts(o->b, "*1\r\n$5\r\nMULTI\r\n");
		command(o, "DEL", key, false);
	}
	command(o, "HSET", key, true);
	if (said->names != o->names)
		lw_buf_puts(o->b, "*1\r\n$4\r\nEXEC\r\n");
	said->live = true;
	said->names = o->names;
	said->values = o->values;
	return 0;
}

/* SONiC's name of a logical port: parts count on from the number of their port by first lanes. */
static bool name_of(const struct lw_publish_source *s, size_t cage, unsigned k, char *ret,
		    size_t size)
{
	const struct lw_fabric *f = s->engine->fabric;
	const struct lw_cage *c = &f->cages[cage];
	unsigned long base;
	char *end;

	if (c->port && strncmp(c->port, "Ethernet", 8) == 0) {
		base = strtoul(c->port + 8, &end, 10);
		if (*end || end == c->port + 8)
			return false;
	} else {
		size_t i = 0;

		while (i < f->device_n && strcmp(f->devices[i].name, c->device) != 0)
			i++;
		if (i == f->device_n)
			return false;
		base = (cage - f->devices[i].first) * c->form->lanes;
	}
	snprintf(ret, size, "Ethernet%lu", base + c->mode.port[k].first);
	return true;
}

static int cage(struct out *o, size_t i)
{
	const struct lw_engine *e = o->s->engine;
	const struct lw_module *m = &e->module[i];
	struct lw_sdb_module x = {.s = o->s, .m = m};
	bool known = lw_publish_known(o->s, i);
	int r = 0;

	lw_image_view(&m->memory, &x.v);
	if (known)
		x.readings = lw_engine_readings(e, (int)i);
	for (int t = 0; !r && t < LW_SDB_TABLE_N; t++) {
		bool measured = t == LW_SDB_TABLE_SENSOR || t == LW_SDB_TABLE_THRESHOLD;

		if (t != LW_SDB_TABLE_STATUS_SW && (!known || (measured && !x.readings)))
			continue;
		make(o, &x, (enum lw_sdb_table)t);
		for (unsigned k = 0; !r && o->words && k < e->fabric->cages[i].mode.n; k++) {
			char port[64];

			if (name_of(o->s, i, k, port, sizeof(port)))
				r = tell(o, port, (enum lw_sdb_table)t);
		}
	}
	return r;
}

const char *const *lw_publish_sonic_tables(size_t *ret_n)
{
	*ret_n = LW_SDB_TABLE_N;
	return lw_sdb_tables;
}

int lw_publish_sonic(const struct lw_publish_source *s, struct lw_publish_memory *m,
		     struct lw_buf *ret, struct lw_error *reterr)
{
	struct out o = {.s = s, .m = m, .b = ret};
	struct lw_said *said = m ? lw_said_next(m, NULL) : NULL;
	int r = 0;

	if (!said) {
		const char *number = s->database ? s->database : DATABASE;

		lw_buf_puts(ret, "*2\r\n$6\r\nSELECT\r\n");
		bulk(ret, number, strlen(number));
	}
	for (; said; said = lw_said_next(m, said))
		said->seen = false;
	for (size_t i = 0; !r && i < s->engine->fabric->cage_n; i++)
		if (lw_publish_has_cage(s, i))
			r = cage(&o, i);
	for (said = m && !r ? lw_said_next(m, NULL) : NULL; said; said = lw_said_next(m, said))
		if (said->live && !said->seen) {
			command(&o, "DEL", said->key, false);
			said->live = false;
			said->names = 0;
		}
	r = r || o.body.failed || o.value.failed ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
	lw_buf_finish(&o.body);
	lw_buf_finish(&o.value);
	return r;
}
