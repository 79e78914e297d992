#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables that twins behave by from data/twin.csv and data/light.csv.

    twin.py header data/twin.csv data/light.csv OUT.h
    twin.py source data/twin.csv data/light.csv OUT.c

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import sys

CONF = ("high", "medium", "low")
# unit -> what one of it is in the unit that C works with
UNIT = {"ms": 1e6, "degC": 1, "V": 1, "dB": 1, "part": 1}


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


def light(path):
    out = []
    for line, r in rows(path, ["pmd", "tx_dbm", "bias_ma", "floor_dbm", "conf", "ref"]):
        tx, bias, floor = (number(path, line, r[c]) for c in ("tx_dbm", "bias_ma", "floor_dbm"))
        if floor >= tx or bias <= 0:
            sys.exit(f"{path}:{line}: error: {r['pmd']}: floor at or above launch power, or no bias")
        out.append((r["pmd"], tx, bias, floor))
    for medium in ("SMF", "MMF"):
        if medium not in (n for n, *_ in out):
            sys.exit(f"{path}:1: error: no row {medium} for PMDs without their own")
    return out


def header(nums, out):
    out.write("#ifndef LW_TWIN_TABLES_H\n#define LW_TWIN_TABLES_H\n\n#include <stddef.h>\n\n"
              "/* Index of lw_twin_numbers; times are in nanoseconds. */\nenum lw_twin_number {\n")
    for name, _, unit, ref in nums:
        out.write(f"\tLW_TWIN_{name.upper()}, /* {unit}; {ref} */\n")
    out.write("\tLW_TWIN_NUMBERS_N,\n};\n\nextern const double lw_twin_numbers[];\n\n"
              "/* How a PMD shines: data/light.csv. */\nstruct lw_light_row {\n\tconst char *pmd;\n"
              "\tdouble tx_dbm, bias_ma, floor_dbm;\n};\nextern const struct lw_light_row "
              "lw_light_rows[];\nextern const size_t lw_light_rows_n;\n\n#endif\n")


def source(nums, lights, out):
    out.write('#include "twin-tables.h"\n\nconst double lw_twin_numbers[] = {\n')
    for name, value, *_ in nums:
        out.write(f"\t[LW_TWIN_{name.upper()}] = {value!r},\n")
    out.write("};\n\nconst struct lw_light_row lw_light_rows[] = {\n")
    for name, tx, bias, floor in lights:
        out.write(f'\t{{"{name}", {tx!r}, {bias!r}, {floor!r}}},\n')
    out.write(f"}};\nconst size_t lw_light_rows_n = {len(lights)};\n")


def main(argv):
    if len(argv) != 5 or argv[1] not in ("header", "source"):
        sys.exit(__doc__)
    nums, lights = numbers(argv[2]), light(argv[3])
    with open(argv[4], "w", encoding="utf-8") as out:
        out.write("/* Made by gen/twin.py from data/twin.csv and data/light.csv; do not edit. */\n")
        if argv[1] == "header":
            header(nums, out)
        else:
            source(nums, lights, out)


if __name__ == "__main__":
    main(sys.argv)
