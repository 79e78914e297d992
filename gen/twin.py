#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables that twins behave by from rows of data/.

    twin.py header twin.csv light.csv cdb-commands.csv cdb-fields.csv lasers.csv OUT.h
    twin.py source twin.csv light.csv cdb-commands.csv cdb-fields.csv lasers.csv OUT.c

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import sys

CONF = ("high", "medium", "low")
# unit -> what one of it is in the unit that C works with
UNIT = {"ms": 1e6, "degC": 1, "V": 1, "dB": 1, "part": 1, "count": 1, "bytes": 1, "ratio": 1,
        "W": 1, "K/W": 1, "m/s": 1, "h": 1, "A/W": 1}
LASER = ("threshold_part", "t0_k", "t1_k", "wave_nm_k", "ageing", "ageing_exponent", "ageing_ev",
         "bias_max", "rin_oma_db_hz")
LIGHT = ("tx_dbm", "er_db", "sens_oma_dbm", "los_dbm", "bias_ma")
# A CDB message: header in 128-135 of page 9Fh, local payload behind it (CMIS 5.4 Table 8-198).
LPL_FIRST, LPL_LAST = 136, 255
PARTS = ("command", "header", "reply")


def rows(path, columns):
    seen = {}
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.reader(f)
        head = next(reader, [])
        if head != columns:
            sys.exit(f"{path}:1: error: columns are {','.join(head)}, not {','.join(columns)}")
        for cells in reader:
            line = reader.line_num
            if len(cells) != len(columns):
                sys.exit(f"{path}:{line}: error: {len(cells)} cells, not {len(columns)}")
            row = dict(zip(columns, cells))
            name = cells[0]
            if name in seen:
                sys.exit(f"{path}:{line}: error: {name} is also in line {seen[name]}")
            seen[name] = line
            if row["conf"] not in CONF:
                sys.exit(f"{path}:{line}: error: conf {row['conf']!r} is none of {', '.join(CONF)}")
            if not row["ref"]:
                sys.exit(f"{path}:{line}: error: {name} has no ref")
            yield line, row


def number(path, line, s):
    try:
        return float(s)
    except ValueError:
        sys.exit(f"{path}:{line}: error: {s!r} is no number")


def numbers(path):
    out = []
    for line, r in rows(path, ["name", "value", "unit", "conf", "ref"]):
        if r["unit"] not in UNIT:
            sys.exit(f"{path}:{line}: error: unit {r['unit']!r} is none of {', '.join(UNIT)}")
        if not r["name"].replace("_", "").isalnum() or not r["name"].islower():
            sys.exit(f"{path}:{line}: error: {r['name']!r} is no snake case name")
        out.append((r["name"], number(path, line, r["value"]) * UNIT[r["unit"]], r["unit"], r["ref"]))
    return out


def lasers(path):
    out = []
    for line, r in rows(path, ["name", *LASER, "conf", "ref"]):
        v = {c: number(path, line, r[c]) for c in LASER}
        if not 0 < v["threshold_part"] < 1 or v["t0_k"] <= 0 or v["t1_k"] <= 0 or v["bias_max"] <= 1:
            sys.exit(f"{path}:{line}: error: {r['name']}: threshold_part is not within 0 and 1, or "
                     "t0_k, t1_k are not above 0, or bias_max not above 1")
        out.append((r["name"], [v[c] for c in LASER]))
    return out


def light(path, kinds):
    out = []
    for line, r in rows(path, ["pmd", *LIGHT, "laser", "linear", "conf", "ref"]):
        v = {c: number(path, line, r[c]) for c in LIGHT}
        if v["los_dbm"] >= v["tx_dbm"] or v["bias_ma"] <= 0 or v["er_db"] <= 0:
            sys.exit(f"{path}:{line}: error: {r['pmd']}: LOS at or above launch power, or no bias, "
                     "or no extinction")
        if r["laser"] not in kinds:
            sys.exit(f"{path}:{line}: error: laser {r['laser']!r} is none of {', '.join(kinds)}")
        if r["linear"] not in ("yes", "no"):
            sys.exit(f"{path}:{line}: error: linear {r['linear']!r} is neither yes nor no")
        out.append((r["pmd"], [v[c] for c in LIGHT], kinds.index(r["laser"]),
                    int(r["linear"] == "yes")))
    for medium in ("SMF", "MMF"):
        if medium not in (n for n, *_ in out):
            sys.exit(f"{path}:1: error: no row {medium} for PMDs without their own")
    return out


def commands(path):
    out = []
    for line, r in rows(path, ["id", "name", "lpl", "reply", "conf", "ref"]):
        try:
            out.append((int(r["id"], 16), r["name"], int(r["lpl"]), int(r["reply"]), r["ref"]))
        except ValueError:
            sys.exit(f"{path}:{line}: error: {r['name']}: id, lpl or reply is no number")
        if out[-1][1] in (n for _, n, *_ in out[:-1]):
            sys.exit(f"{path}:{line}: error: {r['name']} is there twice")
    return out


def fields(path, names):
    out = []
    seen = set()
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        if reader.fieldnames != ["command", "part", "name", "byte", "bits", "conf", "ref"]:
            sys.exit(f"{path}:1: error: wrong columns")
        for r in reader:
            at = f"{path}:{reader.line_num}: error: {r['command']} {r['name']}"
            if r["command"] not in names:
                sys.exit(f"{at}: no such command")
            if r["part"] not in PARTS or r["conf"] not in CONF or not r["ref"]:
                sys.exit(f"{at}: bad part or conf, or no ref")
            try:
                byte = int(r["byte"])
                high, low = (int(b) for b in r["bits"].split(":"))
            except ValueError:
                sys.exit(f"{at}: bad byte or bits")
            width = high - low + 1
            last = byte + (width - 1) // 8
            if width < 1 or byte < LPL_FIRST or last > LPL_LAST or (width > 8 and width % 8):
                sys.exit(f"{at}: does not fit")
            part = "" if r["part"] == "command" else r["part"] + "_"
            name = f"{r['command']}_{part}{r['name']}".upper()
            if name in seen:
                sys.exit(f"{at}: is there twice")
            seen.add(name)
            out.append((name, byte - LPL_FIRST, low, width, r["ref"]))
    return out


def cdb_header(cmds, cdb, out):
    out.write("\n/* CDB commands: data/cdb-commands.csv. */\nenum lw_cdb_command {\n")
    for cid, name, _, _, ref in cmds:
        out.write(f"\tLW_CDB_CMD_{name.upper()}, /* {cid:04X}h; {ref} */\n")
    out.write("\tLW_CDB_COMMANDS_N,\n};\nstruct lw_cdb_row {\n\tunsigned short id;\n"
              "\tunsigned char lpl, reply; /* least LPLLength; RPLLength */\n};\n"
              "extern const struct lw_cdb_row lw_cdb_rows[];\n\n"
              "/* Fields of CDB messages: data/cdb-fields.csv. */\nenum lw_cdb_field {\n")
    for name, *_, ref in cdb:
        out.write(f"\tLW_CDB_{name}, /* {ref} */\n")
    out.write("};\nstruct lw_cdb_place {\n\tunsigned char at, shift; /* byte of the payload */\n"
              "\tunsigned short width;    /* bits */\n};\n"
              "extern const struct lw_cdb_place lw_cdb_places[];\n\n#endif\n")


def cdb_source(cmds, cdb, out):
    out.write("\nconst struct lw_cdb_row lw_cdb_rows[] = {\n")
    for cid, name, lpl, reply, _ in cmds:
        out.write(f"\t[LW_CDB_CMD_{name.upper()}] = {{{cid:#06x}, {lpl}, {reply}}},\n")
    out.write("};\n\nconst struct lw_cdb_place lw_cdb_places[] = {\n")
    for name, at, low, width, _ in cdb:
        out.write(f"\t[LW_CDB_{name}] = {{{at}, {low}, {width}}},\n")
    out.write("};\n")


def header(nums, out):
    out.write("#ifndef LW_TWIN_TABLES_H\n#define LW_TWIN_TABLES_H\n\n#include <stddef.h>\n\n"
              "/* Index of lw_twin_numbers; times are in nanoseconds. */\nenum lw_twin_number {\n")
    for name, _, unit, ref in nums:
        out.write(f"\tLW_TWIN_{name.upper()}, /* {unit}; {ref} */\n")
    out.write("\tLW_TWIN_NUMBERS_N,\n};\n\nextern const double lw_twin_numbers[];\n\n"
              "/* How a PMD shines: data/light.csv. */\nstruct lw_light_row {\n\tconst char *pmd;\n"
              f"\tdouble {', '.join(LIGHT)};\n"
              "\tunsigned char laser;  /* of lw_laser_rows */\n"
              "\tunsigned char linear; /* no retimer: host and light are one signal */\n};\n"
              "extern const struct lw_light_row lw_light_rows[];\n"
              "extern const size_t lw_light_rows_n;\n\n"
              "/* Kinds of lasers: data/lasers.csv. */\nstruct lw_laser_row {\n"
              "\tconst char *name;\n" + "".join(f"\tdouble {c};\n" for c in LASER) +
              "};\nextern const struct lw_laser_row lw_laser_rows[];\n")


def source(nums, lights, kinds, out):
    out.write('#include "twin-tables.h"\n\nconst double lw_twin_numbers[] = {\n')
    for name, value, *_ in nums:
        out.write(f"\t[LW_TWIN_{name.upper()}] = {value!r},\n")
    out.write("};\n\nconst struct lw_light_row lw_light_rows[] = {\n")
    for name, v, laser, linear in lights:
        out.write(f'\t{{"{name}", {", ".join(map(repr, v))}, {laser}, {linear}}},\n')
    out.write(f"}};\nconst size_t lw_light_rows_n = {len(lights)};\n\n"
              "const struct lw_laser_row lw_laser_rows[] = {\n")
    for name, v in kinds:
        out.write(f'\t{{"{name}", {", ".join(map(repr, v))}}},\n')
    out.write("};\n")


def main(argv):
    if len(argv) != 8 or argv[1] not in ("header", "source"):
        sys.exit(__doc__)
    kinds = lasers(argv[6])
    nums, lights, cmds = numbers(argv[2]), light(argv[3], [k for k, _ in kinds]), commands(argv[4])
    cdb = fields(argv[5], {name for _, name, *_ in cmds})
    with open(argv[7], "w", encoding="utf-8") as out:
        out.write("/* Made by gen/twin.py from data/; do not edit. */\n")
        if argv[1] == "header":
            header(nums, out)
            cdb_header(cmds, cdb, out)
        else:
            source(nums, lights, kinds, out)
            cdb_source(cmds, cdb, out)


if __name__ == "__main__":
    main(sys.argv)
