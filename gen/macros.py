#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make macros of the numbers that a folder goes by: times, counts, limits.

    macros.py NUMBERS.csv OUT.h

A row `name,value,unit` becomes LW_NAME_UNIT, or LW_NAME if it is a count; its source stands beside
it. A row that does not parse is refused as `file:line: error: ...`.
"""
import os
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

UNITS = ("ms", "GHz", "bytes", "count")
CONF = ("high", "medium", "low")


def macro(row):
    unit = row.one_of("unit", UNITS, "ms")
    row.one_of("conf", CONF)
    if not row["ref"]:
        row.bad("column ref is empty")
    name = row.name("name") + ("" if unit == "count" else "_" + unit)
    return "LW_" + name.upper(), row.number("value", 1, 10**7, 1), row["ref"]


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    complaints = rows.Complaints()
    macros, seen = [], set()
    for row in rows.read(argv[1], ("name", "value", "unit", "conf", "ref"), complaints):
        name, value, ref = macro(row)
        if name in seen:
            row.bad(f"'{row['name']}' is there twice")
        seen.add(name)
        macros.append(f"#define {name} {value} /* {ref.replace('*/', '')} */\n")
    complaints.finish()
    guard = "LW_" + os.path.basename(argv[2]).replace("-", "_").replace(".", "_").upper()
    rows.write(argv[2], rows.banner("macros.py") + f"#ifndef {guard}\n#define {guard}\n\n"
               + "".join(macros) + "\n#endif\n")


if __name__ == "__main__":
    main(sys.argv)
