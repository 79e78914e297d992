#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every case of docs/cases.md gets the verdict and the rules that the page says, and so does every
row of links.csv: a cage, what is at the other end, the cable. What is not down comes up on twins.
Prints TAP.

usage: test-cases.py LANEWISE ROOT
"""
import csv
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
ROWS = os.path.join(ROOT, "tests/cli/links.csv")
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


def device(text):
    """ "form: OSFP, mode: 1x800G @ cooling_w: 17": a device with one cage. """
    cage, _, more = text.partition(" @ ")
    return "{%scages: {p: {%s}}}" % (more and more + ", ", cage)


def fabric_of(row):
    """A row as a fabric file. " / " parts the far ends, "4* ..." stands for four, "~" for none."""
    far = []
    for text in row["b"].split(" / "):
        many = re.fullmatch(r"(\d+)\* (.*)", text)
        far += [many[2]] * int(many[1]) if many else [text]
    ends = [f"b{i + 1}/p" if x != "~" else "~" for i, x in enumerate(far)]
    lines = ["fabric: row", "devices:", f"  a: {device(row['a'])}"]
    lines += [f"  b{i + 1}: {device(x)}" for i, x in enumerate(far) if x != "~"]
    cable = row["cable"]
    if " a: " not in cable:
        cable += ", a: a/p"
    if " b: " not in cable:
        cable += f", b: [{', '.join(ends)}]"
    return "\n".join([*lines, "cables:", f"  - {{id: c, {cable}}}", ""])


def run_row(row):
    """Verdicts and rules of a row are parted by " / " where its links differ."""
    status, links, err = run(fabric_of(row))
    if row["verdict"] == "refused":
        assert status == 2 and re.search(r"case\.yaml:\d+: ", err), err
        return
    got = list(dict.fromkeys((x["verdict"], ";".join(rules_of(x))) for x in links))
    want = list(zip(row["verdict"].split(" / "), row["rules"].split(" / ")))
    assert got == want, f"{got} is not {want}: {[x['findings'] for x in links[:1]]}"
    assert status == any(x["verdict"] == "down" for x in links)


def run(fabric, command="check"):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "case.yaml")
        shutil.copy(DUMP, os.path.join(tmp, "module.bin"))
        with open(path, "w", encoding="utf-8") as f:
            f.write(fabric)
        done = subprocess.run([LANEWISE, command, "--json", path], capture_output=True, text=True,
                              timeout=120, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
    links = json.loads(done.stdout)["links"] if done.returncode < 2 else []
    for link in links:
        for f in link["findings"]:
            assert f["text"] and f["remedy"] and (f["ref"] or command != "check"), f
    return done.returncode, links, done.stderr


# At risk for what no virtual module shares: what it does not advertise it does not do.
NOT_ON_TWINS = {"module-breakout"}


def play_rows(rows):
    """Whatever the check does not call down comes up on twins: all rows in one fabric."""
    devices, cables, n = [], [], 0
    for i, row in enumerate(rows):
        _, devs, cabs = re.split("devices:\n|cables:\n", fabric_of(row))
        for old in set(re.findall(r"^  (\w+): ", devs, flags=re.M)):
            devs = re.sub(rf"^  {old}: ", f"  r{i}{old}: ", devs, flags=re.M)
            cabs = re.sub(rf"\b{old}/p", f"r{i}{old}/p", cabs)
        devices.append(devs)
        cables.append(re.sub(r"\bid: ", f"id: r{i}", cabs))
    text = "".join(["fabric: rows\ndevices:\n", *devices, "cables:\n", *cables])
    status, links, err = run(text, "up")
    assert status < 2, err
    for link in links:
        rules = set(rules_of(link))
        if link["verdict"] == "down" or rules & NOT_ON_TWINS:
            continue
        n += 1
        row = rows[int(re.match(r"r(\d+)", link["id"])[1])]
        assert link["state"] == "up", f"{row['case']}: {link['id']} {link['findings']}"
    assert n >= 240, n  # a table that loses its rows must not pass


def check(fabric, lines):
    status, links, err = run(fabric)
    if lines == ["Verdict: refused"]:
        assert status == 2 and re.search(r"case\.yaml:\d+: ", err), err
        return
    assert status < 2, err
    got = {link["id"]: (link["verdict"], rules_of(link)) for link in links}
    want = expected(lines, links)
    assert got == want, f"{got} is not {want}"
    assert status == any(link["verdict"] == "down" for link in links)


def make(what, *args):
    return lambda: what(*args)


def main():
    tests = {}
    for title, fabric, lines in cases():
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        tests[f"test_{int(title.split('.')[0]):03}_{name}"] = make(check, fabric, lines)
    assert len(tests) >= 88, len(tests)  # a page that loses its cases must not pass
    with open(ROWS, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        name = "test_row_" + row["case"]
        assert name not in tests, name
        tests[name] = make(run_row, row)
    tests["test_rows_come_up_on_twins"] = make(play_rows, [
        row for row in rows if row["verdict"] not in ("refused", "down")])
    assert len(tests) >= 350, len(tests)
    return tap.main(tests)


sys.exit(main())
