#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the maps with independent register lists, bit by bit.

compare-reference.py MAPS-DIR REFERENCE-DIR

REFERENCE-DIR holds cmis-core.csv, cmis-advanced.csv, sff8636.csv and sff8472.csv, one register a
row: page, first_byte, last_byte, bit_high, bit_low, name, type, access. Their names are not
compared: a bit must be defined on both sides or on neither, and be as accessible. What is not
compared: overlays of ours, and pages that only one side has. vectors/differences.csv lists the bytes
where we know better, and why. Exit status 1 if anything else differs, or one of those does not.
"""
import csv
import os
import re
import sys

FILES = {"cmis": ("cmis-core.csv", "cmis-advanced.csv"), "sff8636": ("sff8636.csv",),
         "sff8472": ("sff8472.csv",)}
SFF8472_SLOTS = {"A0": ("A0", "A0u"), "A2-lower": ("A2", None), "A2-lower-enh": ("A2", None),
                 "A2-00/01": ("A2-00", None)}
ACCESS = {"RO": "ro", "RW": "rw", "WO": "wo", "WO/SC": "wosc", "RO/COR": "cor", "RWW": "rww"}


def read(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def slot_of(map_name, page, byte):
    if map_name == "sff8472":
        low, high = SFF8472_SLOTS.get(page, (page, None))
        return high if high and byte >= 128 else low
    return "L" if page == "lower" else page + "h"


def expand(map_name, page):
    """Pages of a row: 20-23 is four."""
    match = re.fullmatch(r"([0-9A-F]{2})-([0-9A-F]{2})", page)
    if not match or map_name == "sff8472":
        return [page]
    return [f"{n:02X}" for n in range(int(match[1], 16), int(match[2], 16) + 1)]


def ours(map_name, directory):
    """{(slot, byte): [(mask, name, access, kind)]}, every lane apart."""
    found = {}
    for row in read(os.path.join(directory, f"{map_name}.csv")):
        overlay = row["doc"].startswith("overlay")
        high, low = (int(n) for n in row["bits"].split(":"))
        width = high - low + 1
        lanes, stride = int(row["lanes"] or 1), int(row["stride"] or 0)
        for lane in range(lanes):
            bit = int(row["byte"]) * 8 + low + lane * stride
            for at in range(bit, bit + width):
                cell = found.setdefault((row["slot"], at // 8), {}).setdefault(row["name"], [
                    0, row["access"], "overlay" if overlay else row["kind"]])
                cell[0] |= 1 << at % 8
    return found


def theirs(map_name, directory):
    """{(slot, byte): [(mask, name, access, reserved)]}; rows of one message are left out."""
    found = {}
    for name in FILES[map_name]:
        for row in read(os.path.join(directory, name)):
            if row["name"].startswith("CDB ") and row["page"] == "9F":
                continue
            first, last = int(row["first_byte"]), int(row["last_byte"])
            lanes = row["lanes"]
            high = int(row["bit_high"] or 7)
            low = int(row["bit_low"] or 0)
            spots = range(first, last + 1)
            stride = re.search(r"stride (\d+)", lanes)
            count = re.match(r"(\d+)", lanes)
            if stride and count:
                # an array is given by its whole span, or by its first element
                step, n = int(stride[1]), int(count[1])
                size = last - first + 1 - (n - 1) * step
                size = size if size > 0 else last - first + 1
                spots = [first + k * step + i for k in range(n) for i in range(size)]
            mask = sum(1 << b for b in range(low, high + 1))
            for page in expand(map_name, row["page"]):
                for byte in spots:
                    found.setdefault((slot_of(map_name, page, byte), byte), []).append(
                        (mask, row["name"], ACCESS.get(row["access"], row["access"].lower()),
                         row["type"] == "reserved" or "reserved" in row["name"].lower()))
    return found


def decided(map_name):
    """{(slot, byte): reason} of the differences that are ours to keep."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "differences.csv")
    return {(row["slot"], byte): row["why"] for row in read(path) if row["map"] == map_name
            for byte in range(int(row["first"]), int(row["last"]) + 1)}


def compare(map_name, maps, reference):
    """Complaints, bytes compared, and how many bytes differ as decided."""
    a, b = ours(map_name, maps), theirs(map_name, reference)
    slots = {slot for slot, _ in a}
    complaints, checked = [], 0
    known, used = decided(map_name), set()
    for slot, byte in sorted(set(a) | set(b)):
        if slot not in slots:
            continue  # a page that the map does not hold
        mine = a.get((slot, byte), {})
        other = b.get((slot, byte), [])
        mine_mask = overlay_mask = other_mask = 0
        for mask, _, kind in mine.values():
            mine_mask |= mask if kind not in ("reserved", "overlay") else 0
            overlay_mask |= mask if kind == "overlay" else 0
        for mask, _, _, reserved in other:
            other_mask |= mask if not reserved else 0
        mine_mask |= overlay_mask & other_mask  # a second meaning may lie over reserved bits
        where = f"{map_name} {slot} byte {byte}"
        checked += 1
        before = len(complaints)
        if mine_mask != other_mask:
            complaints.append(f"{where}: bits {mine_mask:02X}h are ours, {other_mask:02X}h theirs "
                              f"({'; '.join(mine)} | {'; '.join(n for _, n, _, _ in other)})")
        for name, (mask, access, kind) in mine.items():
            if kind in ("reserved", "overlay"):
                continue
            over = [o for o in other if o[0] & mask and not o[3]]
            if over and access not in {o[2] for o in over}:
                complaints.append(f"{where}: {name} is {access}, "
                                  f"{'; '.join(sorted({o[1] + ' ' + o[2] for o in over}))}")
        if len(complaints) > before and (slot, byte) in known:
            del complaints[before:]
            used.add(known[(slot, byte)])
    complaints += [f"{map_name}: no difference any more: {why}"
                   for why in sorted(set(known.values()) - used)]
    return complaints, checked, len(used)


def main(argv):
    if len(argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    total = 0
    for map_name in FILES:
        complaints, checked, used = compare(map_name, argv[1], argv[2])
        for complaint in complaints:
            print(complaint)
        print(f"{map_name}: {checked} bytes compared, {len(complaints)} differences, "
              f"{used} decided")
        total += len(complaints)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
