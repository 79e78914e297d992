#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the C tables of diagnosis: what can be seen of a link, and what it tells.

    causes.py header data/symptoms.csv                  OUT.h   enum lw_symptom_id
    causes.py table  data/symptoms.csv data/trends.csv data/causes.csv  OUT.c   texts, limits, needs

`needs` of a cause are "SCOPE:SYMPTOM", all of which must hold, "!" before those that must not.
Scopes are near, far and link. `state` is that of the links a cause is for; "ahead" is for links that
are up and well: an advice. A trend is a symptom when it goes its `way` and changed by `least` (`of` the
value a part, or in steps) in the days `seen`, the interval of its slope leaves the part `sure`, it has
not come back by `least` lately, and its limit comes within `horizon` days and `reach` times the days
seen; without these no limit is asked for. A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import sys

CONF = ("high", "medium", "low")
SCOPES = ("near", "far", "link")
STATES = {"any": "LW_WHY_ANY", "up": "LW_WHY_UP", "down": "LW_WHY_DOWN",
          "ahead": "LW_WHY_UP"}
ISOLATE = ("cable", "module", "port", "far")
NEEDS_MAX = 8


class Bad(Exception):
    pass


def text(s):
    if not s.isascii():
        raise Bad(f"{s!r} is not ASCII")
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ident(name):
    return "LW_SYMPTOM_" + name.upper().replace("-", "_")


def rows(path, columns):
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        if tuple(reader.fieldnames or ()) != columns:
            sys.exit(f"{path}:1: error: columns are not {','.join(columns)}")
        for row in reader:
            try:
                if None in row or None in row.values():
                    raise Bad("wrong number of cells")
                if row["conf"] not in CONF:
                    raise Bad(f"{row['conf']!r} is none of {', '.join(CONF)}")
                for c in (columns[0], "ref"):
                    if not row[c]:
                        raise Bad(f"no {c}")
                yield reader.line_num, row
            except Bad as e:
                sys.exit(f"{path}:{reader.line_num}: error: {e}")


def read_symptoms(path):
    columns = ("name", "limit", "unit", "doc", "ref", "conf")
    found = {}
    for line, row in rows(path, columns):
        if row["name"] in found:
            sys.exit(f"{path}:{line}: error: {row['name']} is there twice")
        found[row["name"]] = row
    return found


def needs_of(cell, symptoms):
    out = []
    for word in cell.split():
        scope, _, name = word.removeprefix("!").partition(":")
        if scope not in SCOPES or name not in symptoms:
            raise Bad(f"{word!r} is no need")
        out.append(f"{{{SCOPES.index(scope)}, {int(word[0] == '!')}, {ident(name)}}}")
    if not any(", 0, " in n for n in out) or len(out) > NEEDS_MAX:
        raise Bad(f"needs 1 to {NEEDS_MAX} symptoms, one of which must hold")
    return out


def cause(row, symptoms):
    if not row["level"].isdigit() or not 1 <= int(row["level"]) <= 9:
        raise Bad(f"level {row['level']!r} is not 1-9")
    if row["at"] not in ("near", "link"):
        raise Bad(f"at {row['at']!r} is neither near nor link")
    if row["state"] not in STATES:
        raise Bad(f"state {row['state']!r} is none of {', '.join(STATES)}")
    if not row["title"] or not row["first"]:
        raise Bad("no title or no first step")
    for word in row["isolate"].split():
        if word not in ISOLATE:
            raise Bad(f"{word!r} is none of {', '.join(ISOLATE)}")
    needs = needs_of(row["needs"], symptoms)
    return (f"\t{{{text(row['name'])}, {text(row['title'])}, {text(row['first'])}, "
            f"{text(row['next'])}, {text(row['isolate'])}, {text(row['ref'])}, "
            f"{int(row['conf'] == 'low')}, {int(row['state'] == 'ahead')}, {row['level']}, "
            f"{int(row['at'] == 'link')}, {STATES[row['state']]}, {len(needs)}, "
            f"{{{', '.join(needs)}}}}},\n")


def header(symptoms, out):
    out.write("/* Made by gen/causes.py */\n#ifndef LW_SYMPTOM_IDS_H\n#define LW_SYMPTOM_IDS_H\n\n"
              "enum lw_symptom_id {\n")
    for name in symptoms:
        out.write(f"\t{ident(name)},\n")
    out.write("\tLW_SYMPTOM_N,\n};\n\n#endif\n")


def choice(row, column, words):
    if row[column] not in words:
        raise Bad(f"{column} {row[column]!r} is none of {', '.join(words)}")
    return words.index(row[column])


def trend(row, symptoms):
    if row["symptom"] not in symptoms:
        raise Bad(f"{row['symptom']!r} is no symptom")
    path, rises, part = (choice(row, "lane", ("media", "path")), choice(row, "way", ("down", "up")),
                         choice(row, "of", ("step", "part")))
    numbers = []
    for c in ("least", "seen", "sure", "reach", "horizon", "factor"):
        if c in ("reach", "horizon") and not row["reach"] and not row["horizon"]:
            numbers.append(0.0)
            continue
        try:
            numbers.append(float(row[c]))
        except ValueError:
            raise Bad(f"{c} {row[c]!r} is no number") from None
        if not numbers[-1] > 0:
            raise Bad(f"{c} is not above 0")
    if not row["quantity"] or not row["step"]:
        raise Bad("no quantity or no step")
    return (f"\t{{{text(row['quantity'])}, {ident(row['symptom'])}, {path}, {rises}, {part}, "
            f"{', '.join(map(repr, numbers[:-1]))}, {text(row['unit'])}, {text(row['step'])}, "
            f"{numbers[-1]!r}}},\n")


def trends(symptoms, path, out):
    columns = ("symptom", "quantity", "lane", "way", "least", "of", "seen", "sure", "reach", "horizon", "unit",
               "step", "factor", "ref", "conf")
    n = 0
    out.write("const struct lw_trend_row lw_trend_rows[] = {\n")
    for line, row in rows(path, columns):
        try:
            out.write(trend(row, symptoms))
        except Bad as e:
            sys.exit(f"{path}:{line}: error: {e}")
        n += 1
    out.write(f"}};\n\nconst size_t lw_trend_row_n = {n};\n\n")


def table(symptoms, trends_path, path, out):
    columns = ("name", "rows", "level", "at", "state", "needs", "title", "first", "next", "isolate", "ref",
               "conf")
    out.write('/* Made by gen/causes.py */\n#include "see.h"\n\n#include <math.h>\n\n'
              "const struct lw_symptom_row lw_symptom_rows[LW_SYMPTOM_N] = {\n")
    for name, row in symptoms.items():
        limit = repr(float(row["limit"])) if row["limit"] else "NAN"
        out.write(f"\t{{{text(name)}, {text(row['doc'])}, {limit}}},\n")
    out.write("};\n\n")
    trends(symptoms, trends_path, out)
    out.write("const struct lw_cause_row lw_cause_rows[] = {\n")
    n = level = 0
    for line, row in rows(path, columns):
        try:
            out.write(cause(row, symptoms))
            if int(row["level"]) < level:
                raise Bad("levels do not rise")
            level = int(row["level"])
        except Bad as e:
            sys.exit(f"{path}:{line}: error: {e}")
        n += 1
    out.write(f"}};\n\nconst size_t lw_cause_row_n = {n};\n")


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "header":
        symptoms = read_symptoms(sys.argv[2])
        with open(sys.argv[3], "w", encoding="utf-8") as out:
            header(symptoms, out)
    elif len(sys.argv) == 6 and sys.argv[1] == "table":
        symptoms = read_symptoms(sys.argv[2])
        with open(sys.argv[5], "w", encoding="utf-8") as out:
            table(symptoms, sys.argv[3], sys.argv[4], out)
    else:
        sys.exit(__doc__)


main()
