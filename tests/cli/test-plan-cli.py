#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise plan` as its users meet it: documents, files, exit statuses. Prints TAP.

usage: test-plan-cli.py LANEWISE ROOT
"""
import collections
import csv
import glob
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.dom.minidom

import tap

LANEWISE, ROOT = sys.argv[1:3]
INTENTS = os.path.join(ROOT, "examples/intents")
LEAF_SPINE = os.path.join(INTENTS, "leaf-spine.yaml")
MULTI_PLANE = os.path.join(INTENTS, "multi-plane.yaml")
SMALL = [f for f in sorted(glob.glob(os.path.join(INTENTS, "*.yaml"))) if f != MULTI_PLANE]


def run(*args, status=0, command="plan", stdin=None):
    done = subprocess.run([LANEWISE, command, *args], capture_output=True, timeout=250, check=False,
                          input=stdin)
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    assert "Sanitizer" not in error and "runtime error" not in error, error
    if status == 2:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
        return error
    return done.stdout.decode()


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def intent(**changes):
    with open(LEAF_SPINE, encoding="utf-8") as f:
        text = f.read()
    for old, new in changes.values():
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def test_every_example_is_planned_and_its_fabric_comes_up():
    assert len(SMALL) >= 4
    for path in SMALL:
        with tempfile.NamedTemporaryFile(suffix=".yaml") as f:
            d = json.loads(run("--json", "--fabric", f.name, path))
            checked = json.loads(run("--json", f.name, command="check"))
        for key in ("links", "up", "at_risk", "down"):
            assert d["summary"][key] == checked["summary"][key], (path, key)
        assert d["summary"]["up"] == d["summary"]["links"] > 0, path
        assert len(set(l["id"] for l in checked["links"])) == d["summary"]["links"]


def test_document_adds_up():
    for path in SMALL:
        d = json.loads(run("--json", path))
        s = d["summary"]
        assert s["links"] == sum(j["links"] for j in d["joints"])
        assert s["links"] == sum(c["links"] for c in d["classes"])
        assert s["cables"] == sum(c["cables"] for c in d["classes"])
        assert s["lanes"] == sum(c["links"] * c["lanes"] for c in d["classes"])
        switches = sum(t["count"] for t in d["tiers"] if t["platform"])
        assert switches == sum(b["count"] for b in d["bill"] if b["kind"] == "switch")
        assert switches == sum(r["switches"] for r in d["racks"])
        assert d["sizes"]["servers"] == sum(r["servers"] for r in d["racks"])
        total = sum((b["count"] + b["spares"]) * b["usd"] for b in d["bill"] if b["usd"] is not None)
        assert abs(total - s["usd"]) < 1, (total, s["usd"])
        heat = sum(r["power_w"] for r in d["racks"]) - s["server_power_w"]
        assert abs(heat - s["power_w"]) < 1, (heat, s["power_w"])


def test_cable_schedule_names_each_port_once():
    for path in SMALL:
        used = collections.Counter()
        for r in rows(run("--cables", "-", path)):
            for e in "ab":
                used[r[f"{e}_device"], r[f"{e}_cage"], r[f"{e}_port"]] += 1
            assert r["verdict"] == "up" and float(r["length_m"]) > 0
        assert set(used.values()) == {1}


def test_adding_a_rack_only_adds_lines():
    before = run("--cables", "-", "-", stdin=intent(n=("count: 64", "count: 60")))
    after = run("--cables", "-", "-", stdin=intent(n=("count: 64", "count: 64")))

    def links(text):  # cables are numbered in the order of their heads
        return {re.sub(r"^c\d+,", "", line) for line in text.splitlines()}
    assert len(links(before)) == before.count("\n")
    assert links(before) < links(after)


def test_same_intent_gives_the_same_bytes():
    for option in ("--cables", "--svg", "--fabric"):
        assert run(option, "-", LEAF_SPINE) == run(option, "-", LEAF_SPINE)
    assert run("--json", LEAF_SPINE) == run("--json", LEAF_SPINE)


def test_picture_is_well_formed_and_small_for_any_size():
    for path in SMALL + [MULTI_PLANE]:
        text = run("--svg", "-", path)
        xml.dom.minidom.parseString(text)
        assert len(text) < 600_000, len(text)
        for word in ("spines", "leaves", "servers", "racks"):
            assert word in text


def test_large_fabric_goes_to_the_cable_schedule():
    error = run("--fabric", "-", MULTI_PLANE, status=2)
    assert "--cables" in error, error
    d = json.loads(run("--json", MULTI_PLANE))
    assert d["summary"]["links"] == 786432 and d["summary"]["up"] == 786432
    assert d["sizes"]["gpus"] == 98304


def test_what_cannot_be_met_says_what_binds():
    out = json.loads(run("--json", "-", status=1, stdin=intent(
        a=("rows: 4, racks: 12", "rows: 1, racks: 3"))))
    found = [f for f in out["findings"] if f["severity"] == "fatal"]
    assert [f["rule"] for f in found] == ["space"] and "has 3" in found[0]["text"]
    out = json.loads(run("--json", "-", status=1, stdin=intent(
        a=("growth: {servers: 128}", "media: {allow: DAC}"))))
    assert "reach" in [f["rule"] for f in out["findings"]]


def test_migration_tells_steps():
    with tempfile.NamedTemporaryFile(suffix=".yaml") as old:
        old.write(intent(a=("oversubscription: 1", "oversubscription: 1\nuplink: 400G")))
        old.flush()
        d = json.loads(run("--json", "--from", old.name, LEAF_SPINE))
        text = run("--from", old.name, LEAF_SPINE)
    m = d["migration"]
    assert m["kept_links"] == 512 and m["new_links"] == 256 and m["old_links"] == 512
    assert len(m["steps"]) >= 3 and all(m["steps"])
    assert m["steps"][0].split()[0] in text
    assert json.loads(run("--json", LEAF_SPINE))["migration"] is None


def test_sonic_platform_gives_cages_and_names():
    switch = os.path.join(ROOT, "tests/port/fixtures/dellemc_z9332f_d1508-r0/platform.json")
    text = f"""
intent: sonic
topology: leaf-spine
servers: {{count: 8, per_rack: 2, nics: 8, form: QSFP-DD, mode: 1x400G, height_u: 8}}
leaf: dell
spine: dell
room: {{rows: 2, racks: 8}}
growth: {{servers: 8}}
platforms: {{dell: {{sonic: {switch}, form: QSFP-DD}}}}
"""
    schedule = rows(run("--cables", "-", "-", stdin=text.encode()))
    assert schedule
    names = {r["a_cage"] for r in schedule if r["a_device"].startswith("leaf")}
    assert names and all(n.startswith("Ethernet") for n in names), names


def test_every_switch_is_rendered_for_its_system():
    with tempfile.TemporaryDirectory() as folder:
        d = json.loads(run("--json", "--nos", "sonic", "--o", folder, LEAF_SPINE))
        switches = sum(t["count"] for t in d["tiers"] if t["platform"])
        configs = glob.glob(os.path.join(folder, "*.json"))
        assert len(configs) == switches, len(configs)
        with open(os.path.join(folder, "leaf1.json"), encoding="utf-8") as f:
            leaf = json.load(f)
    assert leaf, leaf
    assert "go together" in run("--nos", "sonic", LEAF_SPINE, status=2)


def test_wrong_input_is_one_clear_line():
    assert "no intent file" in run(status=2)
    assert "cannot be opened" in run("/nonexistent.yaml", status=2)
    error = run("-", status=2, stdin=b"intent: x\ntopology: star\n")
    assert "section servers" in error, error
    assert "standard output" in run("--json", "--svg", "-", LEAF_SPINE, status=2)
    out = subprocess.run([LANEWISE, "plan", "--svg", "/nonexistent/x.svg", LEAF_SPINE],
                         capture_output=True, check=False, timeout=100)
    assert out.returncode == 3 and b"cannot be written" in out.stderr


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
