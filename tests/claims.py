# SPDX-License-Identifier: Apache-2.0
"""Are the tests there that our tables name as proof?

usage: claims.py scenarios|points|tables SOURCE_ROOT

scenarios  tests/twin/scenarios.csv: every scenario S001 to the last is played; every test that is
           named beside it exists and is run.
tables     docs/twin-tables.md: every table of the register maps has its row; what is said to be
           without effect is named by no code of the twins.
points     docs/hosts.md: every numbered point and every fault names tests that exist.
"""

import csv
import os
import re
import sys


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def c_cases(root, path):
    """Cases of a cmocka file that are defined and also in its table."""
    text = read(root, path)
    defined = re.findall(r"^static void (\w+)\(void \*\*state\)", text, re.M)
    table = text[text.rindex("main(void)"):]
    return {name for name in defined if re.search(rf"\b{name}\b", table)}


def python_cases(root, path):
    return set(re.findall(r"^def test_(\w+)\(", read(root, path), re.M))


def cases(root, path):
    if not os.path.exists(os.path.join(root, path)):
        return set()
    return c_cases(root, path) if path.endswith(".c") else python_cases(root, path)


def is_run(root, path):
    """Does the meson file beside it name the test? Loops name it without its prefix."""
    build = read(root, os.path.join(os.path.dirname(path), "meson.build"))
    name = os.path.basename(path)
    stem = re.sub(r"^test-|\.c$", "", name)
    return name in build or f"'{stem}'" in build


def check_proof(root, who, proof, wrong):
    path, _, case = proof.partition(":")
    if case not in cases(root, path):
        wrong.append(f"{who}: {path} has no test {case}")
    elif not is_run(root, path):
        wrong.append(f"{who}: {path} is not run")


def scenarios(root):
    wrong = []
    rows = list(csv.DictReader(read(root, "tests/twin/scenarios.csv").splitlines()))
    ids = [row["id"] for row in rows]
    if ids != [f"S{n:03}" for n in range(1, len(rows) + 1)] or len(rows) < 113:
        wrong.append("scenarios are missing or out of order")
    for row in rows:
        proofs = [p.strip() for p in row["also"].split(";") if p.strip()]
        if not row["act"] or not row["expect"]:
            wrong.append(f"{row['id']}: not played, or nothing is expected")
        for proof in proofs:
            check_proof(root, row["id"], proof, wrong)
    return wrong, f"{len(rows)} scenarios, all played"


HOST_FILES = ("tests/host/test-points.py", "tests/host/run-sonic.py", "tests/host/test-flash.c",
              "tests/host/test-masters.c",
              "tests/twin/test-cdb.c", "tests/twin/test-cdb-codes.c")


def table_rows(text, heading):
    part = text[text.index(f"## {heading}\n"):]
    end = part.find("\n## ", 1)
    for line in part[:end if end > 0 else None].splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= set("-") and len(cells) == 3:
            yield cells


def exists(name, known):
    """A name, or "beginning_...", or "..._end" of one."""
    if name.startswith("test-"):
        return True
    if name.endswith("..."):
        return any(k.startswith(name[:-3]) for k in known)
    if name.startswith("..."):
        return any(k.endswith(name[3:]) for k in known)
    return name in known


def points(root):
    wrong, text = [], read(root, "docs/hosts.md")
    known = set().union(*(cases(root, p) for p in HOST_FILES))
    seen, tests = set(), 0
    for heading in ("Points and their tests", "Faults as SONiC sees them",
                    "Hosts that drive the bus themselves"):
        for cells in table_rows(text, heading):
            if cells[0] in ("point", "fault", "host"):
                continue
            seen.add(cells[0])
            names = re.findall(r"`([^`]+)`", cells[2])
            if not names:
                wrong.append(f"{heading}, {cells[0]}: no test is named")
            for name in names:
                tests += 1
                if name.startswith("test-"):
                    if not any(os.path.basename(p) == name for p in HOST_FILES):
                        wrong.append(f"{heading}, {cells[0]}: no file {name}")
                elif not exists(name, known):
                    wrong.append(f"{heading}, {cells[0]}: no test {name}")
    for n in range(1, 25):
        if str(n) not in seen:
            wrong.append(f"point {n} is not in the table")
        elif not any(k.startswith(f"{n:02}_") for k in known):
            wrong.append(f"point {n}: no test begins with {n:02}_")
    return wrong, f"{len(seen)} points and faults, {tests} tests named"


WORDS = ("lives", "partly", "rules", "kept", "made")


def map_tables(root, name):
    """Tables of a register map, with the ids of their fields in code."""
    tables = {}
    for row in csv.DictReader(read(root, f"data/maps/{name}.csv").splitlines()):
        found = re.findall(r"(?<!8436 4.9 )Table (\d+-\d+)", row["ref"])
        for table in found or ["C-CMIS" if "C-CMIS" in row["ref"] else "other"]:
            tables.setdefault(table, set()).add(f"LW_{name}_{row['name']}".upper())
    return tables


def tables(root):
    wrong, n = [], 0
    text = read(root, "docs/twin-tables.md")
    code = "".join(read(root, os.path.join("src/twin", f))
                   for f in os.listdir(os.path.join(root, "src/twin")) if f.endswith((".c", ".h")))
    used = set(re.findall(r"\bLW_\w+", code))
    for name, heading in (("cmis", "CMIS 5.4"), ("sff8636", "SFF-8636 2.11"),
                          ("sff8472", "SFF-8472 12.4.3")):
        there, told = map_tables(root, name), []
        part = text[text.index(f"## {heading}\n"):]
        part = part[:part.find("\n## ", 1) if "\n## " in part[1:] else None]
        for line in part.splitlines():
            cells = [c.strip() for c in line.strip("|").split("|")]
            if not line.startswith("|") or cells[0] in ("table", "---"):
                continue
            told.append(cells[0])
            if len(cells) != 5 or cells[3] not in WORDS:
                wrong.append(f"{heading} {cells[0]}: the word is one of {', '.join(WORDS)}")
            elif cells[3] == "kept" and there.get(cells[0], set()) & used:
                wrong.append(f"{heading} {cells[0]}: not only kept: "
                             f"{', '.join(sorted(there[cells[0]] & used))}")
        wrong += [f"{heading} {t}: no row" for t in sorted(set(there) - set(told))]
        wrong += [f"{heading} {t}: no such table" for t in told if t not in there]
        wrong += [f"{heading} {t}: two rows" for t in set(told) if told.count(t) > 1]
        n += len(told)
    return wrong, f"{n} tables"


def main():
    wrong, told = {"scenarios": scenarios, "points": points, "tables": tables}[sys.argv[1]](sys.argv[2])
    for line in wrong:
        print(line)
    print(told)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
