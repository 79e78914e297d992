#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the rows of a map a constant of the C file that includes them (docs/design/map.md).

map-rows.py MAPS-DIR CODES.CSV NAME MAP-ROWS.H

A read of a field whose id is known when compiling then needs no table: what is left of it is a load,
a shift and a mask. The rows are those of map-tables.c.
"""
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import maps  # noqa: E402
import rows  # noqa: E402


def header(m):
    return "\n".join([rows.banner("map-rows.py"), "/* clang-format off */",
                      "#include <lanewise/map.h>", "",
                      f"static const struct lw_field {m.name}_rows[] = {{",
                      *(maps.source_field(m, f) for f in m.fields), "};", ""])


def main(argv):
    if len(argv) != 5 or argv[3] not in maps.MAPS:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    loaded, _ = maps.load(argv[1], argv[2], complaints)
    complaints.finish()
    rows.write(argv[4], header(loaded[maps.MAPS.index(argv[3])]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
