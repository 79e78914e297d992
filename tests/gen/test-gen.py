#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Test the generators of maps and codes; prints TAP.

good/ holds one small, right set of data files; what is made of it must equal golden/ byte for byte.
Each folder of bad/ replaces some of those files (`absent` removes cmis.csv) and holds in expect.txt
what must then be said: every complaint with its line, status 1, and no output.

LW_BLESS=1 rewrites golden/ and expect.txt, for a person to review.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GEN = os.path.join(HERE, "..", "..", "gen")
BLESS = os.environ.get("LW_BLESS") == "1"
TARGETS = (("codes.py", "header", "code-ids.h"), ("codes.py", "source", "codes.c"),
           ("maps.py", "header", "map-ids.h"), ("maps.py", "source", "map-tables.c"),
           ("maps.py", "markdown", "ref"))
cases = 0
failures = 0


def check(name, right, detail=""):
    global cases, failures
    cases += 1
    failures += not right
    print(f"{'ok' if right else 'not ok'} {cases} - {name}")
    for line in [] if right else detail.splitlines():
        print(f"# {line}")


def run(script, verb, data, out):
    """Run a generator on the files in `data`, whose path is left out of what it says."""
    args = [sys.executable, os.path.join(GEN, script), verb]
    args += ["codes.csv" if script == "codes.py" else "."]
    args += ["codes.csv"] if script == "maps.py" else []
    done = subprocess.run(args + [out], cwd=data, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.replace("./", "")


def contents(path):
    """{relative name: text} of a file or folder."""
    if not os.path.isdir(path):
        return {"": read(path)}
    return {name: read(os.path.join(path, name)) for name in sorted(os.listdir(path))}


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def golden(work):
    for script, verb, name in TARGETS:
        for attempt in ("first", "second"):
            status, said = run(script, verb, os.path.join(HERE, "good"), os.path.join(work, name))
            check(f"good_{name}_{attempt}_run_succeeds_silently", (status, said) == (0, ""), said)
        kept = os.path.join(HERE, "golden", name)
        if BLESS:
            shutil.rmtree(kept, ignore_errors=True)
            (shutil.copytree if os.path.isdir(os.path.join(work, name)) else shutil.copy)(
                os.path.join(work, name), kept)
        made, want = contents(os.path.join(work, name)), contents(kept)
        check(f"good_{name}_equals_golden", made == want,
              "\n".join(f"{n} differs" for n in sorted(set(made) | set(want))
                        if made.get(n) != want.get(n)))


def bad(case, work):
    data = os.path.join(work, case)
    folder = os.path.join(HERE, "bad", case)
    shutil.copytree(os.path.join(HERE, "good"), data)
    for name in os.listdir(folder):
        if name == "absent":
            os.remove(os.path.join(data, "cmis.csv"))
        elif name != "expect.txt":
            shutil.copy(os.path.join(folder, name), data)
    expect = os.path.join(folder, "expect.txt")
    for script, verb, name in TARGETS:
        if script == "codes.py" and case != "codes":
            continue
        out = os.path.join(data, f"out-{name}")
        status, said = run(script, verb, data, out)
        if BLESS and name == "map-ids.h":
            with open(expect, "w", encoding="utf-8") as stream:
                stream.write(said)
        want = read(expect)
        if script == "codes.py":  # sees codes.csv only
            want = "".join(x for x in want.splitlines(True) if x.startswith("codes.csv"))
        check(f"bad_{case}_{name}_is_refused_line_by_line", status == 1 and said == want,
              f"status {status}\nsaid:\n{said}")
        left = [x for x in os.listdir(data) if x.startswith("out-")]
        check(f"bad_{case}_{name}_writes_nothing", left == [], " ".join(left))


def main():
    with tempfile.TemporaryDirectory() as work:
        golden(work)
        for case in sorted(os.listdir(os.path.join(HERE, "bad"))):
            bad(case, work)
    for script in ("codes.py", "maps.py"):
        done = subprocess.run([sys.executable, os.path.join(GEN, script), "nonsense"],
                              capture_output=True, text=True, check=False)
        check(f"usage_{script}_is_explained", done.returncode == 2 and script in done.stderr)
    print(f"1..{cases}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
