#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the C tables of SONiC's STATE_DB.

    state-db.py header data/state-db.csv data/state-db-words.csv data/state-db-lists.csv OUT.h
    state-db.py table  data/state-db.csv data/state-db-words.csv data/state-db-lists.csv OUT.c

A row of state-db.csv is a field of a table ("%u" in its name: one for each of `lanes`) and which
value it has; state-db-words.csv is what SONiC calls a code, state-db-lists.csv the parts of values
that are lists of words. Bad rows are refused as `file:line: error: ...`.
"""
import sys

import rows

TABLES = {"info": "TRANSCEIVER_INFO", "sensor": "TRANSCEIVER_DOM_SENSOR",
          "threshold": "TRANSCEIVER_DOM_THRESHOLD", "status": "TRANSCEIVER_STATUS",
          "firmware": "TRANSCEIVER_FIRMWARE_INFO", "status-sw": "TRANSCEIVER_STATUS_SW"}
MAPS = {"all": "0xff", "sff8472": "1 << LW_MAP_SFF8472", "sff8636": "1 << LW_MAP_SFF8636",
        "cmis": "1 << LW_MAP_CMIS"}
LISTS = ("compliance", "ext-identifier", "rate-select")
CONF = ("high", "medium", "low")


def ident(kind, name):
    return f"LW_{kind}_" + name.upper().replace("-", "_")


def named(row, *columns):
    row.one_of("conf", CONF)
    for column in columns:
        if not row[column]:
            row.bad(f"no {column}")


def read(paths):
    complaints = rows.Complaints()
    fields = rows.read(paths[0], ("table", "map", "field", "lanes", "value", "ref", "conf"), complaints)
    words = rows.read(paths[1], ("kind", "code", "word", "ref", "conf"), complaints)
    lists = rows.read(paths[2], ("map", "list", "key", "byte", "bytes", "mask", "kind", "ref", "conf"),
                      complaints)
    kinds, before = {}, ("", -1)
    for row in words:
        named(row, "kind", "word", "ref")
        kind, code = row["kind"], row.number("code", 0, 0xffff, 0)
        if kind not in kinds:
            kinds[kind] = len(kinds)
        elif (kind, code) <= before or before[0] != kind:
            row.bad("codes of a kind do not stand together and rise")
        before = (kind, code)
    seen = set()
    for row in fields:
        named(row, "field", "value", "ref")
        row.one_of("table", TABLES)
        row.one_of("map", MAPS)
        lanes = row.number("lanes", 1, 32, 0)
        if row["field"].count("%") != (lanes > 0) or ("%u" in row["field"]) != (lanes > 0):
            row.bad("a field has %u if and only if it has lanes")
        key = (row["table"], row["map"], row["field"])
        if key in seen:
            row.bad("is there twice")
        seen.add(key)
    for row in lists:
        named(row, "key", "ref")
        row.one_of("map", MAPS)
        row.one_of("list", LISTS)
        row.one_of("kind", kinds)
        row.number("byte", 0, 255, 0)
        row.number("bytes", 1, 2, 1)
        if not row.number("mask", 1, 0xffff, 1):
            row.bad("no mask")
    complaints.finish()
    return fields, words, lists, kinds


def header(fields, kinds):
    values = dict.fromkeys(r["value"] for r in fields)
    out = "#ifndef LW_STATE_DB_IDS_H\n#define LW_STATE_DB_IDS_H\n\n"
    for kind, names in (("SDB_TABLE", TABLES), ("SDB", values), ("WORDS", kinds), ("LIST", LISTS)):
        out += f"enum lw_{kind.lower()} {{\n" + "".join(f"\t{ident(kind, n)},\n" for n in names)
        out += f"\t{ident(kind, 'n')},\n" if kind != "SDB" else "\tLW_SDB_VALUES,\n"
        out += "};\n\n"
    return out + "#endif\n"


def table(fields, words, lists):
    out = '#include "state-db.h"\n\nconst char *const lw_sdb_tables[LW_SDB_TABLE_N] = {\n'
    out += "".join(f"\t{rows.c_string(t)},\n" for t in TABLES.values())
    out += "};\n\nconst struct lw_sdb_row lw_sdb_rows[] = {\n"
    for r in fields:
        out += (f"\t{{{ident('SDB_TABLE', r['table'])}, {MAPS[r['map']]}, {r['lanes'] or 0}, "
                f"{ident('SDB', r['value'])}, {rows.c_string(r['field'])}}},\n")
    out += f"}};\nconst size_t lw_sdb_row_n = {len(fields)};\n\n"
    out += "const struct lw_sdb_word lw_sdb_words[] = {\n"
    for r in words:
        out += f"\t{{{ident('WORDS', r['kind'])}, {r['code']}, {rows.c_string(r['word'])}}},\n"
    out += f"}};\nconst size_t lw_sdb_word_n = {len(words)};\n\n"
    out += "const struct lw_sdb_part lw_sdb_parts[] = {\n"
    for r in lists:
        out += (f"\t{{{MAPS[r['map']]}, {ident('LIST', r['list'])}, {r['byte']}, {r['bytes']}, "
                f"{r['mask']}, {ident('WORDS', r['kind'])}, {rows.c_string(r['key'])}}},\n")
    return out + f"}};\nconst size_t lw_sdb_part_n = {len(lists)};\n"


def main():
    if len(sys.argv) != 6 or sys.argv[1] not in ("header", "table"):
        sys.exit(__doc__)
    fields, words, lists, kinds = read(sys.argv[2:5])
    body = header(fields, kinds) if sys.argv[1] == "header" else table(fields, words, lists)
    rows.write(sys.argv[5], rows.banner("state-db.py") + body)


main()
