#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables by which a register field becomes a typed value (docs/design/map.md, Values).

values.py MAPS-DIR CODES.CSV VDM.CSV VALUE-TABLES.C

Reads from MAPS-DIR overlays.csv (when a field holds, and what it is otherwise), pages.csv (when a
slot is there), revisions.csv (what a revision code stands for) and calibration.csv (external calibration of SFF-8472), and the
observables of CMIS versatile diagnostics.
"""
import fnmatch
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import codes  # noqa: E402
import maps  # noqa: E402
import rows  # noqa: E402

OVERLAY_COLUMNS = ["map", "field", "status", "when", "conf", "ref"]
PAGE_COLUMNS = ["map", "slot", "when", "conf", "ref"]
REVISION_COLUMNS = ["map", "code", "revision", "conf", "ref"]
CALIBRATION_COLUMNS = ["field", "slope", "offset", "conf", "ref"]
VDM_COLUMNS = ["type", "kind", "unit", "num", "den", "scope", "class", "special", "conf", "ref"]
STATUS = {"not-supported": "LW_VALUE_NOT_SUPPORTED", "stale": "LW_VALUE_STALE"}
# What no register of the lane itself says: the state of the data path that a media lane belongs to.
MEDIA_PATH = "media_path"
SCOPES = {"media-lane": "LW_VDM_MEDIA_LANE", "host-lane": "LW_VDM_HOST_LANE",
          "data-path": "LW_VDM_PATH", "module": "LW_VDM_MODULE", "els": "LW_VDM_ELS"}
VDM_KINDS = {"uint": "LW_KIND_UINT", "sint": "LW_KIND_SINT", "f16": "LW_KIND_F16"}


class Term:
    """`selector` lies in low..high; terms of one group must all hold, one group is enough."""

    def __init__(self, selector, low, high, group):
        self.selector, self.low, self.high, self.group = selector, low, high, group


def values_of(row, text):
    """'1,4-7' as [(1, 1), (4, 7)]."""
    ranges = []
    for part in text.split(","):
        match = re.fullmatch(r"(0x[0-9a-f]+|\d+)(?:-(0x[0-9a-f]+|\d+))?", part)
        if not match:
            row.bad(f"bad value '{part}' in when")
            return []
        low = int(match[1], 0)
        ranges.append((low, int(match[2], 0) if match[2] else low))
    return ranges


def terms_of(row, fields):
    """`a=1&b=2,4-7|c=0` as terms, every alternative a group of its own."""
    groups = []
    for alternative in row["when"].split("|"):
        choices = [[]]
        for term in alternative.split("&"):
            name, _, text = term.partition("=")
            selector = fields.get(name)
            if name != MEDIA_PATH and (not selector or selector.kind not in
                                       ("bool", "code", "uint")):
                row.bad(f"when: '{name}' names no bool, code or number")
                return []
            choices = [c + [(selector, low, high)] for c in choices
                       for low, high in values_of(row, text)]
        groups += choices
    return [Term(*t, number) for number, group in enumerate(groups) for t in group]


def overlays(path, by_map, complaints):
    """[(map, field, status, terms, row)] in the order of map and field."""
    made = []
    covered = set()
    for row in rows.read(path, OVERLAY_COLUMNS, complaints):
        m = by_map.get(row.one_of("map", by_map))
        row.one_of("status", STATUS)
        row.one_of("conf", codes.CONFIDENCE)
        if not m or not row.sound:
            continue
        if not row["ref"]:
            row.bad("ref is empty")
        hits = [f for f in m.fields if fnmatch.fnmatchcase(f.name, row["field"])]
        if not hits:
            row.bad(f"'{row['field']}' names no field")
        covered.update((m.name, f.name) for f in hits)
        if not row["when"]:
            continue  # another view of bits that mean the same: it always holds
        terms = terms_of(row, {f.name: f for f in m.fields})
        if row.sound:
            made += [(m, f, row["status"], terms, row) for f in hits]
    for m in by_map.values():
        for f in m.fields:
            if f.overlay and f.kind != "reserved" and (m.name, f.name) not in covered:
                f.row.bad(f"overlay '{f.name}' has no row in overlays.csv that says when it holds")
    return sorted(made, key=lambda o: (maps.MAPS.index(o[0].name), o[1].id))


def pages(path, by_map, complaints):
    """[(map, slot, terms)] in the order of map and slot; all rows of a slot must hold."""
    made = []
    for row in rows.read(path, PAGE_COLUMNS, complaints):
        m = by_map.get(row.one_of("map", by_map))
        row.one_of("conf", codes.CONFIDENCE)
        if not m or not row.sound:
            continue
        if not row["ref"]:
            row.bad("ref is empty")
        hits = [s for s in m.slots if fnmatch.fnmatchcase(s.name, row["slot"])]
        if not hits:
            row.bad(f"'{row['slot']}' names no slot")
        terms = terms_of(row, {f.name: f for f in m.fields})
        if any(not t.selector for t in terms):
            row.bad("when: a page hangs on no lane")
        if row.sound:
            made += [(m, s, terms) for s in hits]
    return sorted(made, key=lambda p: (maps.MAPS.index(p[0].name), p[1].index))


def revisions(path, by_map, complaints):
    lines = []
    for row in rows.read(path, REVISION_COLUMNS, complaints):
        m = by_map.get(row.one_of("map", by_map))
        row.one_of("conf", codes.CONFIDENCE)
        code = row.number("code", 0, 255, None)
        match = re.fullmatch(r"(\d+)\.(\d+)", row["revision"])
        if not m or code is None or not match or not row["ref"]:
            row.bad("map, code, revision as 2.11 and ref are needed")
            continue
        lines.append(f"\t{{{m.map_id()}, {code}, {int(match[1])}, {int(match[2])}}},")
    return lines


def calibrations(path, sff8472, complaints):
    """Lines in the order of the fields: field, slope, offset; a polynomial has no slope."""
    lines = {}
    names = {f.name: f for f in sff8472.fields}
    for row in rows.read(path, CALIBRATION_COLUMNS, complaints):
        row.one_of("conf", codes.CONFIDENCE)
        hits = [f for f in sff8472.fields if fnmatch.fnmatchcase(f.name, row["field"])]
        slope, offset = names.get(row["slope"]), names.get(row["offset"])
        if not hits or not offset or (row["slope"] and not slope) or not row["ref"]:
            row.bad("field, slope and offset must name fields, and ref is needed")
            continue
        for f in hits:
            lines[f.id] = f"\t{{{f.id}, {slope.id if slope else -1}, {offset.id}}},"
    return [lines[i] for i in sorted(lines)]


def special(row):
    """'0xffff=infinite;...' as C initialisers of at most two."""
    parts = [p for p in row["special"].split(";") if p]
    if len(parts) > 2 or any("=" not in p for p in parts):
        row.bad(f"bad special '{row['special']}'")
        return "{{0}}"
    made = [f"{{{int(raw, 0)}, {rows.c_string(text)}}}"
            for raw, _, text in (p.partition("=") for p in parts)]
    return "{" + ", ".join(made or ["{0}"]) + "}"


def vdm(path, tables, complaints):
    lines, seen = [], -1
    known = tables["vdm_type"]
    for row in rows.read(path, VDM_COLUMNS, complaints):
        number = row.number("type", 1, 255, 0)
        if number <= seen:
            row.bad("types must rise")
        seen = number
        if not any(c.first <= number <= c.last for c in known):
            row.bad(f"type {number} is not in code table vdm_type")
        row.one_of("kind", VDM_KINDS)
        row.one_of("unit", maps.UNITS)
        row.one_of("scope", SCOPES)
        row.one_of("class", ("basic", "statistic"))
        row.one_of("conf", codes.CONFIDENCE)
        num = row.number("num", 1, maps.INT32_MAX, 1)
        den = row.number("den", 1, maps.INT32_MAX, 1)
        if not row["ref"]:
            row.bad("ref is empty")
        extra = special(row)
        if row.sound:
            lines.append(f"\t{{{number}, {VDM_KINDS[row['kind']]}, {SCOPES[row['scope']]}, "
                         f"{str(row['class'] == 'statistic').lower()}, {num}, {den}, "
                         f"{rows.c_string(row['unit'])}, {rows.c_string(row['ref'])}, {extra}}},")
    return lines


def term_lines(terms):
    return [f"\t{{{t.selector.id if t.selector else 'LW_TERM_MEDIA_PATH'}, {t.low}, {t.high}, "
            f"{t.group}}}," for t in terms]


def since_of(text):
    """'5.3' as major * 256 + minor; 0: always, or of another document and not to be compared."""
    match = re.fullmatch(r"(\d+)\.(\d+)", text)
    return int(match[1]) << 8 | int(match[2]) if match else 0


def mark_lines(loaded, made):
    """What a field's status starts from: its first condition, and the revision it came with."""
    first = {}
    for at, (m, f, *_) in enumerate(made):
        first.setdefault((m.name, f.id), at)
    lines = []
    for m in loaded:
        lines += [f"static const struct lw_value_mark {m.name}_marks[] = {{",
                  *(f"\t{{{first.get((m.name, f.id), len(made))}, {since_of(f.row['since'])}}},"
                    for f in m.fields), "};", ""]
    return lines + ["const struct lw_value_mark *const lw_value_marks[LW_MAP_N] = {",
                    *(f"\t[{m.map_id()}] = {m.name}_marks," for m in loaded), "};", ""]


def source(loaded, made, page_rows, revision_lines, calibration_lines, vdm_lines):
    lines = [rows.banner("values.py"), "/* clang-format off */", '#include "value-tables.h"', "",
             "const struct lw_value_term lw_value_terms[] = {"]
    at, conditions, page_lines, shared = 0, [], [], {}
    for m, f, status, terms, row in made:
        own = tuple(term_lines(terms))
        if own not in shared:  # many fields stand or fall together
            shared[own] = at
            lines += own
            at += len(own)
        conditions.append(f"\t{{{m.map_id()}, {STATUS[status]}, {str(f.overlay).lower()}, {f.id}, "
                          f"{shared[own]}, {len(terms)}, {rows.c_string(row['ref'])}}},")
    for m, slot, terms in page_rows:
        lines += term_lines(terms)
        page_lines.append(f"\t{{{m.map_id()}, {slot.index}, {at}, {len(terms)}}},")
        at += len(terms)
    lines += ["};", "", "const struct lw_value_condition lw_value_conditions[] = {", *conditions,
              "};", f"const size_t lw_value_conditions_n = {len(conditions)};", "",
              *mark_lines(loaded, made),
              "const struct lw_page_condition lw_page_conditions[] = {", *page_lines, "};",
              f"const size_t lw_page_conditions_n = {len(page_lines)};", "",
              "const struct lw_value_revision lw_value_revisions[] = {", *revision_lines, "};",
              f"const size_t lw_value_revisions_n = {len(revision_lines)};", "",
              "const struct lw_value_calibration lw_value_calibrations[] = {", *calibration_lines,
              "};", f"const size_t lw_value_calibrations_n = {len(calibration_lines)};", "",
              "const struct lw_vdm_type lw_vdm_rows[] = {", *vdm_lines, "};",
              f"const size_t lw_vdm_rows_n = {len(vdm_lines)};", ""]
    return "\n".join(lines)


def main(argv):
    if len(argv) != 5:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    loaded, tables = maps.load(argv[1], argv[2], complaints)
    by_map = {m.name: m for m in loaded}
    made = overlays(os.path.join(argv[1], "overlays.csv"), by_map, complaints)
    page_rows = pages(os.path.join(argv[1], "pages.csv"), by_map, complaints)
    revision_lines = revisions(os.path.join(argv[1], "revisions.csv"), by_map, complaints)
    calibration_lines = calibrations(os.path.join(argv[1], "calibration.csv"), by_map["sff8472"],
                                     complaints)
    vdm_lines = vdm(argv[3], tables, complaints)
    complaints.finish()
    rows.write(argv[4], source(loaded, made, page_rows, revision_lines, calibration_lines,
                               vdm_lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
