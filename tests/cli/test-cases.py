#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every case of docs/cases.md gets the verdict and the rules that the page says. Prints TAP.

usage: test-cases.py LANEWISE ROOT
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
PAGE = os.path.join(ROOT, "docs/cases.md")
DUMP = os.path.join(ROOT, "tests/golden/cmis-innolight-t-dp4cnh-n00-inibu8141290/dump.bin")
LINK = re.compile(r"Verdict: `(?P<id>[^`]+)` \*\*(?P<verdict>[a-z-]+)\*\*(?P<rules>.*)")
ALL = re.compile(r"Verdict: all (?P<n>\d+) links \*\*(?P<verdict>[a-z-]+)\*\*(?P<rules>.*)")


def cases():
    """Yield (title, fabric, verdict lines) of the page."""
    with open(PAGE, encoding="utf-8") as f:
        parts = re.split(r"^### ", f.read(), flags=re.M)[1:]
    for part in parts:
        title = part.split("\n", 1)[0]
        block = re.findall(r"```yaml\n(.*?)```", part, flags=re.S)
        lines = [line.strip() for line in part.split("\n") if line.startswith("Verdict: ")]
        assert len(block) == 1 and lines, f"{title}: one fabric and its verdicts are needed"
        yield title, block[0], lines


def rules_of(link):
    seen = [f["rule"] for f in link["findings"] if f["severity"] != "info"]
    return list(dict.fromkeys(seen))


def expected(lines, links):
    """{link: (verdict, rules)} as the page says it."""
    want = {}
    for line in lines:
        every = ALL.fullmatch(line)
        m = every or LINK.fullmatch(line)
        assert m, f"not understood: {line}"
        value = (m["verdict"], re.findall(r"`([^`]+)`", m["rules"]))
        if every:
            assert int(every["n"]) == len(links), f"{len(links)} links"
            return {link["id"]: value for link in links}
        want[m["id"]] = value
    return want


def check(fabric, lines):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "case.yaml")
        shutil.copy(DUMP, os.path.join(tmp, "module.bin"))
        with open(path, "w", encoding="utf-8") as f:
            f.write(fabric)
        done = subprocess.run([LANEWISE, "check", "--json", path], capture_output=True, text=True,
                              timeout=120, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    if lines == ["Verdict: refused"]:
        assert done.returncode == 2 and re.search(r"case\.yaml:\d+: ", done.stderr), done.stderr
        return
    assert done.returncode in (0, 1), done.stderr
    links = json.loads(done.stdout)["links"]
    got = {link["id"]: (link["verdict"], rules_of(link)) for link in links}
    want = expected(lines, links)
    assert got == want, f"{got} is not {want}"
    assert done.returncode == any(link["verdict"] == "down" for link in links)
    for link in links:
        for f in link["findings"]:
            assert f["text"] and f["remedy"] and f["ref"], f


def make(fabric, lines):
    return lambda: check(fabric, lines)


def main():
    tests = {}
    for title, fabric, lines in cases():
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        tests[f"test_{int(title.split('.')[0]):03}_{name}"] = make(fabric, lines)
    assert len(tests) >= 75, len(tests)  # a page that loses its cases must not pass
    return tap.main(tests)


sys.exit(main())
