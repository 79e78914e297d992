#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the table of frequency grids that tunable twins know, from data/grids.csv.

    twin-grids.py grids.csv OUT.h

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import sys
from fractions import Fraction

COLUMNS = ["code", "name", "step_ghz", "offset", "multiple", "supported", "low", "high", "conf",
           "ref"]


def main(argv):
    path, out = argv[1:]
    lines = []
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.reader(f)
        if next(reader, []) != COLUMNS:
            sys.exit(f"{path}:1: error: columns are not {','.join(COLUMNS)}")
        for cells in reader:
            row = dict(zip(COLUMNS, cells))
            try:
                over, under = (row["step_ghz"] + "/1").split("/")[:2]
                step = Fraction(over) / int(under)
                code, offset, multiple = (int(row[c]) for c in ("code", "offset", "multiple"))
            except (ValueError, KeyError) as e:
                sys.exit(f"{path}:{reader.line_num}: error: {e}")
            if not row.get("ref") or multiple < 1 or not 0 <= code <= 15:
                sys.exit(f"{path}:{reader.line_num}: error: code is 0-15, multiple 1 or more, "
                         "and a ref is needed")
            ids = ", ".join("LW_CMIS_" + row[c].upper() for c in ("supported", "low", "high"))
            mhz = step * 1000
            lines.append(f"\t{{{code}, {offset}, {multiple}, {mhz.numerator}, "
                         f"{mhz.denominator}, {ids}}},\n")
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* Made by gen/twin-grids.py from data/grids.csv; do not edit. */\n"
                "static const struct grid {\n\tuint8_t code;\n\tint16_t offset, multiple;\n"
                "\tint32_t mhz_num, mhz_den;\n\tuint16_t supported, low, high;\n} grids[] = {\n"
                + "".join(lines) + "};\n")


if __name__ == "__main__":
    main(sys.argv)
