#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables that the host side of CDB, firmware and lane tests works by.

    cdb.py header COMMANDS.CSV FIELDS.CSV STATUS.CSV TIMES.CSV OUT.h
    cdb.py source COMMANDS.CSV FIELDS.CSV STATUS.CSV TIMES.CSV OUT.c

The CSV files are data/cdb-commands.csv, cdb-fields.csv, cdb-status.csv and host-times.csv. A row
that does not parse is refused as `file:line: error: ...`.
"""
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

CONF = ("high", "medium", "low")
COMMANDS = ["id", "name", "lpl", "reply", "conf", "ref"]
FIELDS = ["command", "part", "name", "byte", "bits", "conf", "ref"]
STATUS = ["group", "code", "name", "retry", "reason", "next", "conf", "ref"]
TIMES = ["name", "value", "unit", "conf", "ref"]
GROUPS = {"any": (0, 0xffff), "firmware": (0x0100, 0x01ff)}  # commands (CMIS 5.4 Table 9-1)
# A CDB message: header in 128-135 of page 9Fh, local payload behind it (CMIS 5.4 Table 8-198).
LPL_FIRST, LPL_LAST = 136, 255
UNIT = {"ms": 1000000, "count": 1, "bytes": 1}


def sourced(row):
    row.one_of("conf", CONF)
    if not row["ref"]:
        row.bad("ref is empty")
    return row.sound


def commands(path, complaints):
    out = {}
    for row in rows.read(path, COMMANDS, complaints):
        name = row.name("name")
        cid = row.number("id", 0, 0xffff, None)
        lpl, reply = row.number("lpl", 0, 120, 0), row.number("reply", 0, 120, 0)
        if name in out or any(cid == c for c, *_ in out.values()):
            row.bad(f"'{name}' or its id is there twice")
        if sourced(row):
            out[name] = (cid, lpl, reply, row["ref"])
    return out


def fields(path, known, complaints):
    out = {}
    for row in rows.read(path, FIELDS, complaints):
        row.one_of("command", known)
        row.one_of("part", ("command", "header", "reply"))
        byte = row.number("byte", LPL_FIRST, LPL_LAST, LPL_FIRST)
        high, _, low = row["bits"].partition(":")
        if not (high.isdigit() and low.isdigit()):
            row.bad(f"bits '{row['bits']}' are no high:low")
            continue
        high, low = int(high), int(low)
        width = high - low + 1
        if width < 1 or (width > 8 and (low or width % 8)) or byte + (width - 1) // 8 > LPL_LAST:
            row.bad("the field does not fit")
        part = "" if row["part"] == "command" else row["part"] + "_"
        name = f"{row['command']}_{part}{row.name('name')}".upper()
        if name in out:
            row.bad(f"'{name}' is there twice")
        if sourced(row):
            out[name] = (byte - LPL_FIRST, low, width, row["ref"])
    return out


def statuses(path, complaints):
    """Rows in the order in which they are tried: the first that fits explains a code."""
    out = []
    for row in rows.read(path, STATUS, complaints):
        group = GROUPS[row.one_of("group", GROUPS, "any")]
        first, _, last = row["code"].partition("-")
        try:
            first, last = int(first, 16), int(last or first, 16)
        except ValueError:
            row.bad(f"code '{row['code']}' is no hex number or range")
            continue
        if not 0 <= first <= last <= 0x7f:
            row.bad("bit 7 says busy, so codes end at 0x7f")
        retry = row.one_of("retry", ("yes", "no")) == "yes"
        if not row["reason"] or not row["next"]:
            row.bad("reason or next is empty")
        name = row.name("name") if row["name"] else ""
        if name and any(name == s[0] for s in out):
            row.bad(f"'{name}' is there twice")
        if sourced(row):
            out.append((name, *group, first, last, retry, row["reason"], row["next"], row["ref"]))
    return out


def times(path, complaints):
    out = {}
    for row in rows.read(path, TIMES, complaints):
        name = row.name("name")
        unit = UNIT[row.one_of("unit", UNIT, "count")]
        value = row.number("value", 0, 10**9, 0)
        if name in out:
            row.bad(f"'{name}' is there twice")
        if sourced(row):
            out[name] = (value * unit, row["unit"], row["ref"])
    return out


def header(cmds, places, meanings, numbers):
    out = [rows.banner("cdb.py"), "#ifndef LW_CDB_TABLES_H\n#define LW_CDB_TABLES_H\n\n",
           "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n",
           "/* CDB commands: data/cdb-commands.csv. */\nenum {\n"]
    out += [f"\tLW_CDB_CMD_{n.upper()} = {cid:#06x}, /* {ref} */\n"
            for n, (cid, _, _, ref) in cmds.items()]
    out.append("};\nstruct lw_cdb_message_row {\n\tuint16_t id;\n"
               "\tuint8_t lpl, reply; /* least LPLLength; RPLLength */\n};\n"
               "extern const struct lw_cdb_message_row lw_cdb_messages[];\n"
               "extern const size_t lw_cdb_messages_n;\n\n"
               "/* Fields of CDB messages: data/cdb-fields.csv. */\nenum lw_cdb_part {\n")
    out += [f"\tLW_CDB_{n}, /* {p[-1]} */\n" for n, p in places.items()]
    out.append("};\nstruct lw_cdb_part_row {\n\tuint8_t at, shift; /* byte of the payload */\n"
               "\tuint16_t width;    /* bits */\n};\n"
               "extern const struct lw_cdb_part_row lw_cdb_parts[];\n\n"
               "/* Meanings of the status byte: data/cdb-status.csv. */\n"
               "struct lw_cdb_meaning_row {\n\tuint16_t first_command, last_command;\n"
               "\tuint8_t first, last;\n\tbool retry;\n\tconst char *reason, *next, *ref;\n};\n"
               "extern const struct lw_cdb_meaning_row lw_cdb_meanings[];\n"
               "extern const size_t lw_cdb_meanings_n;\n\n"
               "/* Codes that decide what is next; of a range, the first. */\nenum {\n")
    out += [f"\tLW_CDB_STATUS_{name.upper()} = {first:#04x}, /* {ref} */\n"
            for name, _, _, first, *_, ref in meanings if name]
    out.append("};\n\n"
               "/* Times (ns) and counts that the host goes by: data/host-times.csv. */\n"
               "enum lw_host_number {\n")
    out += [f"\tLW_HOST_{n.upper()}, /* {unit}; {ref} */\n"
            for n, (_, unit, ref) in numbers.items()]
    out.append("};\nextern const int64_t lw_host_numbers[];\n\n#endif\n")
    return "".join(out)


def source(cmds, places, meanings, numbers):
    out = [rows.banner("cdb.py"), '#include "cdb-tables.h"\n\n',
           "const struct lw_cdb_message_row lw_cdb_messages[] = {\n"]
    out += [f"\t{{{cid:#06x}, {lpl}, {reply}}},\n" for cid, lpl, reply, _ in cmds.values()]
    out.append(f"}};\nconst size_t lw_cdb_messages_n = {len(cmds)};\n\n"
               "const struct lw_cdb_part_row lw_cdb_parts[] = {\n")
    out += [f"\t[LW_CDB_{n}] = {{{at}, {low}, {width}}},\n"
            for n, (at, low, width, _) in places.items()]
    out.append("};\n\nconst struct lw_cdb_meaning_row lw_cdb_meanings[] = {\n")
    out += [f"\t{{{a:#06x}, {b:#06x}, {first:#04x}, {last:#04x}, {str(retry).lower()},\n"
            f"\t {rows.c_string(reason)},\n\t {rows.c_string(what)}, {rows.c_string(ref)}}},\n"
            for _, a, b, first, last, retry, reason, what, ref in meanings]
    out.append(f"}};\nconst size_t lw_cdb_meanings_n = {len(meanings)};\n\n"
               "const int64_t lw_host_numbers[] = {\n")
    out += [f"\t[LW_HOST_{n.upper()}] = {value},\n" for n, (value, *_) in numbers.items()]
    out.append("};\n")
    return "".join(out)


def main(argv):
    if len(argv) != 7 or argv[1] not in ("header", "source"):
        sys.exit(__doc__)
    complaints = rows.Complaints()
    cmds = commands(argv[2], complaints)
    places = fields(argv[3], cmds, complaints)
    meanings = statuses(argv[4], complaints)
    numbers = times(argv[5], complaints)
    complaints.finish()
    rows.write(argv[6], header(cmds, places, meanings, numbers) if argv[1] == "header"
               else source(cmds, places, meanings, numbers))


if __name__ == "__main__":
    main(sys.argv)
