#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the code tables out of data/codes.csv (docs/design/map.md, Code tables).

codes.py header CODES.CSV CODE-IDS.H
codes.py source CODES.CSV CODES.C
"""
import re
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import rows  # noqa: E402

COLUMNS = ["table", "code", "name", "num", "conf", "ref"]
CONFIDENCE = ("high", "medium", "low")
# Tables whose codes have names in C, since control acts on them: "ModuleReady" is
# LW_CMIS_MODULE_READY. All other codes are only shown.
NAMED = {"module_state": "cmis", "dp_state": "cmis", "config_status": "cmis",
         "cdb_copy_direction": "cdb"}


class Code:
    """One row: codes first..last mean `name`; `num` (Fraction or None) is what a code counts."""

    def __init__(self, row):
        self.row = row
        self.name = row["name"]
        self.ref = row["ref"]
        self.reserved = self.name == "reserved"
        self.num = self._num()
        first, _, last = row["code"].partition("-")
        try:
            self.first = int(first, 0)
            self.last = int(last, 0) if last else self.first
        except ValueError:
            row.bad(f"code '{row['code']}' is neither a number nor a range")
            self.first = self.last = -1
            return
        if not 0 <= self.first <= self.last <= 0xFFFF:
            row.bad(f"code range '{row['code']}' is empty or beyond 65535")
        elif self.num is not None and self.first != self.last:
            row.bad("a range of codes has no single number")
        row.one_of("conf", CONFIDENCE)
        if not self.name:
            row.bad("name is empty")
        if not self.ref:
            row.bad("ref is empty")

    def _num(self):
        text = self.row["num"]
        if not text:
            return None
        try:
            num = rows.ratio(text)
        except ValueError:
            self.row.bad(f"num '{text}' is no number")
            return None
        if max(abs(num.numerator), num.denominator) > 0x7FFFFFFF:
            self.row.bad(f"num '{text}' is too large")
        return num


def load(path, complaints):
    """The tables of codes.csv by name, in the order of the file; codes of a table rise."""
    tables = {}
    last_table = None
    for row in rows.read(path, COLUMNS, complaints):
        name = row.name("table")
        code = Code(row)
        if name in tables and name != last_table:
            row.bad(f"table '{name}' is split: its rows must stand together")
        table = tables.setdefault(name, [])
        if row.sound and table and code.first <= table[-1].last:
            row.bad(f"code {row['code']} of '{name}' does not rise above {table[-1].row['code']}")
        if row.sound:
            table.append(code)
        last_table = name
    return tables


def enumerator(table):
    return "LW_CODES_" + table.upper()


def value_name(owner, code):
    """LW_CMIS_DP_TX_TURN_ON for the code that the standard calls DPTxTurnOn."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", code.name)
    return f"LW_{owner}_{words}".upper()


def values(tables):
    lines = []
    for name, owner in NAMED.items():
        codes = [c for c in tables.get(name, []) if c.name.isidentifier() and not c.reserved]
        if codes:
            lines += ["", f"/** Codes of {name}. */", "enum {"]
            lines += [f"\t{value_name(owner, c)} = {c.first}, /* {c.ref} */" for c in codes]
            lines.append("};")
    return lines


def header(tables):
    lines = [rows.banner("codes.py"), "#ifndef LW_CODE_IDS_H", "#define LW_CODE_IDS_H", "",
             "/** Code tables of data/codes.csv. */", "enum lw_code_table {", "\tLW_CODES_NONE,"]
    lines += [f"\t{enumerator(t)}," for t in tables]
    lines += ["\tLW_CODES_N,", "};", *values(tables), "", "#endif", ""]
    return "\n".join(lines)


def source(tables):
    lines = [rows.banner("codes.py"), "/* clang-format off */", '#include "code-tables.h"', ""]
    for name, table in tables.items():
        lines.append(f"static const struct lw_code {name}_codes[] = {{")
        for c in table:
            num, den = (c.num.numerator, c.num.denominator) if c.num is not None else (0, 0)
            lines.append(f"\t{{{c.first}, {c.last}, {num}, {den}, {str(c.reserved).lower()}, "
                         f"{rows.c_string(c.name)}, {rows.c_string(c.ref)}}},")
        lines += ["};", ""]
    lines += ["const struct lw_code_rows lw_code_tables[LW_CODES_N] = {",
              "\t[LW_CODES_NONE] = {0},"]
    for name, table in tables.items():
        lines.append(f'\t[{enumerator(name)}] = {{"{name}", {name}_codes, {len(table)}}},')
    lines += ["};", ""]
    return "\n".join(lines)


def main(argv):
    if len(argv) != 4 or argv[1] not in ("header", "source"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    tables = load(argv[2], complaints)
    complaints.finish()
    rows.write(argv[3], (header if argv[1] == "header" else source)(tables))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
