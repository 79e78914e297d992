#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the C table of metrics.

    metrics.py header data/metrics.csv OUT.h   enum lw_metric_id
    metrics.py table  data/metrics.csv OUT.c   names, types, units, help

A name without its prefix; where there is a unit the name ends with it (OpenMetrics 1.0), counters
and infos get their suffix when they are written. A row that does not hold this is refused as
`file:line: error: ...`.
"""
import sys

import rows

COLUMNS = ("name", "type", "unit", "of", "help")
TYPES = ("gauge", "counter", "info", "stateset")
SCOPES = ("engine", "states", "link", "end", "cause", "finding", "cage", "limit", "lane", "host-lane", "sender")


def ident(kind, name):
    return f"LW_{kind}_" + name.upper().replace("-", "_")


def read(path):
    complaints = rows.Complaints()
    found = {}
    for row in rows.read(path, COLUMNS, complaints):
        name = row.name("name")
        row.one_of("type", TYPES)
        row.one_of("of", SCOPES)
        if name in found:
            row.bad(f"{name} is there twice")
        if row["unit"] and not name.endswith("_" + row["unit"]):
            row.bad(f"{name} does not end with its unit {row['unit']}")
        if row["unit"] and row["type"] in ("info", "stateset"):
            row.bad(f"{row['type']} has no unit")
        if name.endswith(("_total", "_info", "_count", "_sum", "_bucket", "_created")):
            row.bad(f"{name} ends with a suffix of its samples")
        if not row["help"].isascii() or not row["help"].endswith(".") or "\\" in row["help"]:
            row.bad("help is no sentence in ASCII without backslashes")
        found[name] = row
    complaints.finish()
    return found


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("header", "table"):
        sys.exit(__doc__)
    found = read(sys.argv[2])
    out = rows.banner("metrics.py")
    if sys.argv[1] == "header":
        out += "#ifndef LW_METRIC_IDS_H\n#define LW_METRIC_IDS_H\n\nenum lw_metric_id {\n"
        out += "".join(f"\t{ident('METRIC', n)},\n" for n in found) + "\tLW_METRIC_N,\n};\n\n#endif\n"
    else:
        out += '#include "metrics.h"\n\nconst struct lw_metric lw_metrics[LW_METRIC_N] = {\n'
        for name, row in found.items():
            out += (f"\t{{{rows.c_string(name)}, {ident('TYPE', row['type'])}, "
                    f"{ident('OF', row['of'])}, {rows.c_string(row['unit'])},\n"
                    f"\t {rows.c_string(row['help'])}}},\n")
        out += "};\n"
    rows.write(sys.argv[3], out)


main()
