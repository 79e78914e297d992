#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the table of VDM observables that made memories describe.

    vdm-made.py vdm-made.csv vdm.csv OUT.h

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import math
import sys

COLUMNS = ["group", "type", "high_alarm", "low_alarm", "high_warning", "low_warning", "conf", "ref"]
LIMITS = COLUMNS[2:6]


def f16(value):
    """Decimal float of CMIS: 11 bits of mantissa, 5 of exponent plus 24."""
    if value <= 0:
        return 0
    exponent = 0
    value *= 1e24
    while value > 0x7ff and exponent < 31:
        value /= 10
        exponent += 1
    return exponent << 11 | min(round(value), 0x7ff)


def raw(kind, value, num, den):
    if kind == "f16":
        return f16(value)
    number = round(value * den / num)
    low, high = (-0x8000, 0x7fff) if kind == "sint" else (0, 0xffff)
    return max(low, min(high, number)) & 0xffff


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__)
    with open(argv[2], newline="", encoding="utf-8") as f:
        types = {r["type"]: r for r in csv.DictReader(f)}
    lines = []
    used = {}
    with open(argv[1], newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        if reader.fieldnames != COLUMNS:
            sys.exit(f"{argv[1]}:1: error: columns are not {','.join(COLUMNS)}")
        for r in reader:
            at = f"{argv[1]}:{reader.line_num}: error: type {r['type']}"
            t = types.get(r["type"])
            if t is None:
                sys.exit(f"{at} is not in {argv[2]}")
            if not r["ref"] or r["conf"] not in ("high", "medium", "low"):
                sys.exit(f"{at} has no ref or a bad conf")
            num, den = (int(t[c] or 1) for c in ("num", "den"))
            try:
                group = int(r["group"])
                limits = [float(r[c]) for c in LIMITS]
            except ValueError:
                sys.exit(f"{at}: a cell is no number")
            if not all(map(math.isfinite, limits)) or not limits[0] >= limits[2] > limits[3] >= limits[1]:
                sys.exit(f"{at}: limits are out of order")
            used[group] = used.get(group, 0) + 1
            if not 1 <= group <= 4 or used[group] > 8:
                sys.exit(f"{at}: group {group} has no room for 8 lanes of it")
            values = ", ".join(f"{raw(t['kind'], v, num, den):#06x}" for v in limits)
            lines.append(f"\t{{{group - 1}, {r['type']}, {{{values}}}}}, /* {r['ref']} */\n")
    with open(argv[3], "w", encoding="utf-8") as out:
        out.write("/* Made by gen/vdm-made.py from data/vdm-made.csv; do not edit. */\n"
                  "static const struct {\n\tunsigned char group, type;\n"
                  "\tunsigned short limit[4]; /* high alarm, low alarm, high and low warning */\n"
                  f"}} vdm_made[] = {{\n{''.join(lines)}}};\n#define VDM_MADE_N {len(lines)}\n"
                  f"#define VDM_MADE_GROUPS {max(used)}\n")


if __name__ == "__main__":
    main(sys.argv)
