#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""requirements.csv: every numbered claim of the buying guides has its place. Prints TAP.

A place is a rule, a row of data, a case of docs/cases.md, a row of breakouts.csv, a command or a
test that is there; or a reason why the claim is not for software ("none").

usage: test-requirements.py ROOT
"""
import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
COUNT = 180


def table(path):
    with open(ROOT / path, newline="", encoding="utf-8") as f:
        return list(csv.reader(f))[1:]


def places():
    rules = {row[0] for row in table("data/rules.csv")}
    breakouts = {row[0]: row for row in table("tests/link/breakouts.csv")}
    cases = set(re.findall(r"^### \d+\. (.*)$",
                           (ROOT / "docs/cases.md").read_text(encoding="utf-8"), re.M))
    commands = set(re.findall(r'\.name = "([a-z]+)"',
                              "".join(p.read_text() for p in (ROOT / "src/cli").rglob("cmd-*.c"))))

    def data(what):
        name, _, row = what.partition(":")
        return row in {r[0] for r in table(f"data/{name}.csv")}

    return {
        "rule": lambda what: what in rules,
        "data": data,
        "case": lambda what: what in cases,
        "breakout": lambda what: what in breakouts,
        "command": lambda what: what in commands,
        "test": lambda what: (ROOT / what).is_file(),
        "none": lambda what: len(what) > 10,
    }


def main():
    have = places()
    rows = table("tests/link/requirements.csv")
    print(f"1..{len(rows) + 1}")
    failed = 0
    for number, (n, how, what) in enumerate(rows, 1):
        ok = n == str(number) and how in have and have[how](what)
        failed += not ok
        print(f"{'ok' if ok else 'not ok'} {number} - requirement_{n}_is_{how}" +
              ("" if ok else f"\n# {what}: there is none"))
    whole = len(rows) == COUNT
    print(f"{'ok' if whole else 'not ok'} {len(rows) + 1} - no_requirement_is_left_out")
    return 1 if failed or not whole else 0


sys.exit(main())
