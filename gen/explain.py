#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make what `lanewise explain` knows beyond the library's look-ups.

explain.py FINDINGS.CSV PORT-RULES.CSV PMDS.CSV FORMS.CSV CONNECTORS.CSV OUT.C

The texts behind findings that are no rules of link checks, and the names of the catalogue's PMDs,
form factors and connectors (what they are is looked up in the library).
"""
import csv
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

FINDING_COLUMNS = ["name", "of", "asks", "why", "example", "remedy", "ref"]
RULE_COLUMNS = ["name", "severity", "asks", "why", "example", "remedy", "ref"]
OF = ("memory", "live", "plan", "render", "exchange")


def names(path):
    with open(path, newline="", encoding="utf-8") as f:
        return [row["name"] for row in csv.DictReader(f)]


def text_of(row, of, seen):
    """One finding as a C initialiser; every cell is needed, and every name once."""
    for column in ("name", "asks", "why", "example", "remedy", "ref"):
        if not row[column]:
            row.bad(f"{column} is empty")
    if row["name"] in seen:
        row.bad(f"'{row['name']}' is also in {seen[row['name']]}")
    seen[row["name"]] = f"{row.path}:{row.line}"
    cells = [row["name"], of, *(row[c] for c in FINDING_COLUMNS[2:])]
    return "\t{" + ", ".join(rows.c_string(c) for c in cells) + "},"


def findings(path, port_rules, complaints):
    lines, seen = [], {}
    for row in rows.read(path, FINDING_COLUMNS, complaints):
        lines.append(text_of(row, row.one_of("of", OF, "live"), seen))
    for row in rows.read(port_rules, RULE_COLUMNS, complaints):
        lines.append(text_of(row, "port", seen))
    return lines


def main(argv):
    if len(argv) != 7:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    lines = findings(argv[1], argv[2], complaints)
    complaints.finish()
    out = [rows.banner("explain.py"), "/* clang-format off */", '#include "explain.h"', "",
           "const struct ex_finding ex_findings[] = {", *lines, "\t{0},", "};"]
    for table, path in (("pmds", argv[3]), ("forms", argv[4]), ("connectors", argv[5])):
        out += ["", f"const char *const ex_{table}[] = {{",
                *(f"\t{rows.c_string(n)}," for n in names(path)), "\tNULL,", "};"]
    rows.write(argv[6], "\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
