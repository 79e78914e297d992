#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables of `lanewise render` of data/nos.csv and its companions.

render.py NOS.CSV NOS-MODES.CSV NOS-WORDS.CSV NOS-COMMANDS.CSV OUT.C

Rows of one system must lie together; a line may only name variables that the renderer fills.
"""
import re
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

NOS = ["nos", "title", "family", "comment", "ext", "type", "id", "first", "sub", "whole",
       "sub_first", "mixed", "lanes", "conf", "note", "ref"]
MODES = ["nos", "parent_mbps", "count", "rate_mbps", "lanes", "word", "conf", "note", "ref"]
WORDS = ["nos", "kind", "key", "word", "conf", "ref"]
COMMANDS = ["nos", "part", "when", "line", "conf", "ref"]
CONF = ("high", "medium", "low")
FAMILY = ("lines", "sonic", "openconfig")
PARTS = ("config", "verify", "undo")
WHENS = ("begin", "port", "lanes", "sub", "whole", "fec", "end")
KINDS = ("type", "back", "fec")
VARIABLES = {"port", "id", "n", "m", "l", "k", "lane", "last", "count", "lanes", "word", "type",
             "channels", "type_low", "parent", "parent_low", "back", "rate", "rate_low", "mbps", "sub", "subs",
             "fec"}
YES = {"yes": "true", "no": "false"}


def template(row, column):
    """A C string in which the header's byte stands for each {name}."""
    out = []
    for piece in re.split(r"(\{[^}]*\})", row[column]):
        if piece.startswith("{") and piece[1:-1] in VARIABLES:
            out.append("LW_V_" + piece[1:-1])
        elif piece.startswith("{"):
            row.bad(f"{column}: there is no variable {piece}")
        elif piece:
            out.append(rows.c_string(piece))
    return " ".join(out) or '""'


def nos(row):
    row.one_of("conf", CONF)
    for column in ("nos", "title", "comment", "ext", "ref"):
        if not row[column]:
            row.bad(f"{column} is empty")
    return "\t{%s, %s, LW_NOS_%s, %s, %s, %s, %s, %d, %s, %s, %d, %s, %s, %s, %s, %s}," % (
        rows.c_string(row["nos"]), rows.c_string(row["title"]),
        row.one_of("family", FAMILY, "lines").upper(), rows.c_string(row["comment"]),
        rows.c_string(row["ext"]), template(row, "type"), template(row, "id"),
        row.number("first", 0, 1, 0), template(row, "sub"), template(row, "whole"),
        row.number("sub_first", 0, 1, 0), YES[row.one_of("mixed", YES, "no")],
        YES[row.one_of("lanes", YES, "no")], *(rows.c_string(row[c]) for c in ("conf", "note", "ref")))


def mode(row):
    row.one_of("conf", CONF)
    return "\t{%s, %d, %d, %d, %d, %s, %s, %s, %s}," % (
        rows.c_string(row["nos"]), row.number("parent_mbps", 0, 10**7, 0),
        row.number("count", 0, 16, 0), row.number("rate_mbps", 0, 10**7, 0),
        row.number("lanes", 0, 16, 0),
        *(rows.c_string(row[c]) for c in ("word", "conf", "note", "ref")))


def word(row):
    row.one_of("conf", CONF)
    row.one_of("kind", KINDS)
    return "\t{" + ", ".join(rows.c_string(row[c])
                             for c in ("nos", "kind", "key", "word", "conf", "ref")) + "},"


def command(row):
    row.one_of("conf", CONF)
    return "\t{%s, LW_RENDER_%s, LW_WHEN_%s, %s, %s, %s}," % (
        rows.c_string(row["nos"]), row.one_of("part", PARTS, "config").upper(),
        row.one_of("when", WHENS, "port").upper(), template(row, "line"),
        rows.c_string(row["conf"]), rows.c_string(row["ref"]))


def grouped(table, known):
    """Complain of unknown systems and of rows that do not lie together."""
    seen, last = set(), None
    for row in table:
        name = row["nos"]
        if name not in known:
            row.bad(f"there is no nos '{name}' in nos.csv")
        elif name != last and name in seen:
            row.bad(f"the rows of '{name}' do not lie together")
        seen.add(name)
        last = name


def main(argv):
    if len(argv) != 6:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    tables = [rows.read(path, columns, complaints)
              for path, columns in zip(argv[1:5], (NOS, MODES, WORDS, COMMANDS))]
    known = {row["nos"] for row in tables[0]}
    for table in tables[1:]:
        grouped(table, known)
    kinds = (("lw_nos lw_nos_rows", nos), ("nos_mode lw_nos_modes", mode),
             ("nos_word lw_nos_words", word), ("nos_command lw_nos_commands", command))
    out = [rows.banner("render.py"), "/* clang-format off */", '#include "render-internal.h"']
    for table, (name, make) in zip(tables, kinds):
        out += ["", f"const struct {name}[] = {{", *(make(row) for row in table), "};",
                f"const size_t {name.split()[1]}_n = {len(table)};"]
    complaints.finish()
    rows.write(argv[5], "\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
