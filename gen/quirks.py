#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the table of quirks, what modules do other than their standard says.

    quirks.py QUIRKS.CSV OUT.c

A row names the modules (memory map; vendor name and part number with * for anything; OUI in hex;
ranges of firmware and CMIS revision as 1.2-3.4; empty cells match all), one knob of struct
lw_quirks, and the public evidence for it. A bad row is refused as `file:line: error: ...`.
"""
import re
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

COLUMNS = ["id", "map", "vendor", "oui", "pn", "firmware", "revision", "knob", "value", "conf",
           "evidence", "doc"]
CONF = ("high", "medium", "low")
MAPS = {"cmis": "LW_MAP_CMIS", "sff8636": "LW_MAP_SFF8636", "sff8472": "LW_MAP_SFF8472"}
KNOBS = {"max_read": (1, 128), "start_ms": (1, 600000), "dp_init_percent": (101, 10000),
         "ignore_tx_fault": (1, 1), "ignore_los": (1, 1), "ignore_reply_check": (1, 1),
         "no_interrupt": (1, 1)}


def versions(row, column):
    """'1.2-3.4' or '1.2' as major * 256 + minor, both ends; empty: all."""
    text = row[column]
    if not text:
        return 0, 0xffff
    ends = text.split("-")
    match = [re.fullmatch(r"(\d+)\.(\d+)", e) for e in ends]
    if len(ends) > 2 or not all(match) or any(int(p) > 255 for m in match for p in m.groups()):
        row.bad(f"{column} '{text}' is no version and no range of versions")
        return 0, 0xffff
    numbers = [int(m[1]) * 256 + int(m[2]) for m in match]
    if numbers[0] > numbers[-1]:
        row.bad(f"{column} '{text}' runs backwards")
    return numbers[0], numbers[-1]


def line(row, seen):
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
        row.bad(f"id '{row['id']}' is not kebab case")
    if row["id"] in seen:
        row.bad(f"id '{row['id']}' is there twice")
    seen.add(row["id"])
    row.one_of("map", MAPS)
    row.one_of("conf", CONF)
    knob = row.one_of("knob", KNOBS, "max_read")
    value = row.number("value", *KNOBS[knob], None)
    if value is None or not row["evidence"] or not row["doc"] or not row["vendor"]:
        row.bad("vendor, value, evidence and doc are needed")
    if len(row["vendor"]) > 16 or len(row["pn"]) > 16:
        row.bad("vendor names and part numbers have 16 characters")
    if row["oui"] and not re.fullmatch(r"[0-9a-f]{6}", row["oui"]):
        row.bad(f"oui '{row['oui']}' is not six hex digits")
    firmware, revision = versions(row, "firmware"), versions(row, "revision")
    if not row.sound:
        return ""
    oui = f"0x{row['oui']}" if row["oui"] else "-1"
    return (f"\t{{{{{rows.c_string(row['id'])}, {rows.c_string(row['doc'])},\n"
            f"\t  {rows.c_string(row['evidence'])}, \"{row['conf']}\"}},\n"
            f"\t {rows.c_string(row['vendor'])}, {rows.c_string(row['pn'] or '*')}, {oui}, "
            f"{MAPS[row['map']]}, LW_KNOB_{knob.upper()},\n"
            f"\t {firmware[0]}, {firmware[1]}, {revision[0]}, {revision[1]}, {value}}},\n")


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    complaints = rows.Complaints()
    seen = set()
    lines = [line(row, seen) for row in rows.read(argv[1], COLUMNS, complaints)]
    complaints.finish()
    rows.write(argv[2], rows.banner("quirks.py") + '#include "quirk-internal.h"\n\n'
               "const struct lw_quirk_row lw_quirk_rows[] = {\n" + "".join(lines) +
               f"}};\nconst size_t lw_quirk_rows_n = {len(lines)};\n")


if __name__ == "__main__":
    main(sys.argv)
