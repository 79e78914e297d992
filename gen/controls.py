#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the C tables by which a module is controlled (src/control).

    controls.py MAPS_DIR CONTROLS.csv GRIDS.csv OUT.c

Fields are named as in MAPS_DIR. Columns of CONTROLS.csv that are not plain:

    active  the field of the active control set that shows what was staged; empty: written directly
    side    host, media or module: what a lane of the setting is
    when    FIELD=VALUE,VALUE...: the setting is there if the field holds one of the values
    limit   max:FIELD   no more than the field says
            mask:FIELD  bit n of the field: value n may be set
            bit:FIELD#  the bool named with the value in the place of # says whether it may be set

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import os
import sys

from rows import NAME, Complaints, c_string, ratio, read

SIDES = {"host": "LW_SIDE_HOST", "media": "LW_SIDE_MEDIA", "module": "LW_SIDE_MODULE"}
GROUPS = {"output": "LW_CONTROL_OUTPUT", "si": "LW_CONTROL_SI", "rate": "LW_CONTROL_RATE"}
CONF = ("high", "medium", "low")
MAPS = ("sff8472", "sff8636", "cmis")


def sourced(path, columns, complaints):
    """Rows of a CSV file with these columns, each with its source and confidence."""
    for row in read(path, (*columns, "conf", "ref"), complaints):
        row.one_of("conf", CONF)
        if not row["ref"]:
            row.bad("column ref is empty")
        yield row


def field_names(maps_dir):
    names = {}
    for m in MAPS:
        with open(os.path.join(maps_dir, m + ".csv"), newline="", encoding="utf-8") as f:
            names[m] = {r["name"] for r in csv.DictReader(f)}
    return names


def field_id(row, m, name, names):
    if name not in names[m]:
        row.bad(f"map {m} has no field '{name}'")
        return "0"
    return f"LW_{m.upper()}_{name.upper()}"


def condition(row, m, names):
    """`field=1,3` as (field id, mask of values)."""
    if not row["when"]:
        return "-1", 0
    name, _, values = row["when"].partition("=")
    mask = 0
    for v in values.split(","):
        if not v.isdigit() or int(v) > 31:
            row.bad(f"'{v}' is no value 0-31")
            return "-1", 0
        mask |= 1 << int(v)
    return field_id(row, m, name, names), mask


def limit(row, m, names):
    if not row["limit"]:
        return "LW_LIMIT_NONE", []
    kind, _, name = row["limit"].partition(":")
    if kind in ("max", "mask"):
        return f"LW_LIMIT_{kind.upper()}", [field_id(row, m, name, names)]
    if kind != "bit" or "#" not in name:
        row.bad(f"limit '{row['limit']}' is none of max:, mask:, bit:...#")
        return "LW_LIMIT_NONE", []
    fields = []
    while name.replace("#", str(len(fields))) in names[m]:
        fields.append(field_id(row, m, name.replace("#", str(len(fields))), names))
    if not 1 <= len(fields) <= 4:
        row.bad(f"map {m} has {len(fields)} fields '{name}', not 1-4")
    return "LW_LIMIT_BIT", fields[:4]


def control(row, names):
    m = row.one_of("map", MAPS, "cmis")
    when, values = condition(row, m, names)
    kind, fields = limit(row, m, names)
    if not row["name"] or not NAME.match(row["name"].replace("-", "_")):
        row.bad(f"'{row['name']}' is no name")
    if not row["doc"]:
        row.bad("column doc is empty")
    return ("{{%s, %s, LW_MAP_%s, %s, %s, %s, %s, %s}, %s, 0x%xu, %s, %d, {%s}}" % (
        c_string(row["name"]), c_string(row["doc"]), m.upper(),
        GROUPS[row.one_of("group", GROUPS, "si")], SIDES[row.one_of("side", SIDES, "host")],
        field_id(row, m, row["field"], names),
        field_id(row, m, row["active"], names) if row["active"] else "-1", c_string(row["ref"]),
        when, values, kind, len(fields), ", ".join(fields) or "0"))


def grid(row, names):
    try:
        step = ratio(row["step_ghz"])
    except ValueError:
        row.bad(f"'{row['step_ghz']}' is no number")
        step = ratio("1")
    return "{%d, %s, %d, %d, %d, %d, %s, %s, %s}" % (
        row.number("code", 0, 15, 0), c_string(row["name"]), step.numerator, step.denominator,
        row.number("offset", -1000, 1000, 0), row.number("multiple", 1, 1000, 1),
        *(field_id(row, "cmis", row[c], names) for c in ("supported", "low", "high")))


def main(argv):
    if len(argv) != 5:
        sys.exit(__doc__)
    maps_dir, controls, grids, source = argv[1:]
    complaints = Complaints()
    names = field_names(maps_dir)
    control_rows = [control(r, names) for r in sourced(
        controls, ("name", "map", "group", "field", "active", "side", "when", "limit", "doc"),
        complaints)]
    grid_rows = [grid(r, names) for r in sourced(
        grids, ("code", "name", "step_ghz", "offset", "multiple", "supported", "low", "high"),
        complaints)]
    complaints.finish()
    with open(source, "w", encoding="utf-8") as out:
        out.write("/* Made by gen/controls.py; do not edit. */\n#include \"control-internal.h\"\n\n"
                  "const struct lw_control_row lw_control_rows[] = {\n"
                  + "".join(f"\t{r},\n" for r in control_rows) + "};\n"
                  f"const size_t lw_control_rows_n = {len(control_rows)};\n\n"
                  "const struct lw_grid lw_grids[] = {\n"
                  + "".join(f"\t{r},\n" for r in grid_rows) + "};\n"
                  f"const size_t lw_grids_n = {len(grid_rows)};\n")


if __name__ == "__main__":
    main(sys.argv)
