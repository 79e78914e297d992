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
    for option in ("--cables", "--fabric"):
        before = run(option, "-", "-", stdin=intent(n=("count: 64", "count: 60"))).splitlines()
        after = run(option, "-", "-", stdin=intent(n=("count: 64", "count: 64"))).splitlines()
        if option == "--fabric":  # of cables: an open leg may be plugged
            before = [x for x in before if "length_m" in x and "~" not in x]
        assert len(before) > 200 and len(set(before)) == len(before)
        assert set(before) < set(after), sorted(set(before) - set(after))[:3]


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


def large(d):
    """A plan with shuffle panels as lists; its fabric file and its cable list."""
    with open(MULTI_PLANE, encoding="utf-8") as f:
        text = f.read()
    assert "count: 12288" in text and "growth: {servers: 12288}" in text
    text = text.replace("12288", "128")
    path = os.path.join(d, "f.yaml")
    plan = json.loads(run("--json", "--lists", "--fabric", path, "-", stdin=text.encode()))
    return plan, path, os.path.join(d, "f-cables.csv")


def test_lists_are_checked_and_rendered_like_the_plan():
    with tempfile.TemporaryDirectory() as d:
        plan, path, cables = large(d)
        assert sorted(os.listdir(d)) == ["f-cables.csv", "f-cages.csv", "f.yaml"]
        with open(cables, encoding="utf-8") as f:
            assert sum(1 for _ in f) == 1 + plan["summary"]["cables"]
        checked = json.loads(run("--json", path, command="check"))
        assert plan["summary"]["links"] == 8192
        for key in ("links", "up", "at_risk", "down"):
            assert plan["summary"][key] == checked["summary"][key], key
        assert sum(len(l["lanes"]) for l in checked["links"]) == plan["summary"]["lanes"]
        config = run("--nos", "nvue", "--part", "config", path, command="render")
        leaves = sum(t["count"] for t in plan["tiers"] if t["platform"])
        assert config.count("nv config apply") == leaves


def test_one_broken_link_in_the_middle_is_found():
    with tempfile.TemporaryDirectory() as d:
        plan, path, cables = large(d)
        with open(cables, encoding="utf-8") as f:
            head, *lines = f.read().splitlines()
        at = len(lines) // 2
        broken = lines[at].split(",")
        wrong = list(broken)
        wrong[head.split(",").index("length_m")] = "9000"
        for number, line, rule in ((0, ",".join(wrong) + ",", "reach"),
                                   (1, ",".join(broken) + ",1", "polarity")):
            with open(cables, "w", encoding="utf-8") as f:
                f.write("\n".join([head + ",broken", *lines[:at], line, *lines[at + 1:]]) + "\n")
            checked = json.loads(run("--json", path, command="check", status=1))
            down = [l for l in checked["links"] if l["verdict"] == "down"]
            assert [l["cable"] for l in down] == [broken[0]], (number, down)
            assert rule in [f["rule"] for f in down[0]["findings"]], down
            assert checked["summary"]["up"] == plan["summary"]["links"] - 1


def test_a_wrong_row_of_a_list_is_told_with_its_line():
    with tempfile.TemporaryDirectory() as d:
        _, path, cables = large(d)
        with open(cables, encoding="utf-8") as f:
            text = f.read()
        lines = text.splitlines()
        for line, new, said in ((4000, lines[4000] + ",x", "9 cells"),
                                (4001, lines[4000], "already"),
                                (4100, "c,,mpo16,OS2,3,nowhere/swp1,p1-leaf1/swp1:1,", "no cage"),
                                (1, re.sub(r",[0-9.]+,", ",far,", lines[1], count=1), "length_m"),
                                (0, "id,length_m,a", "no column b"),
                                (0, lines[0].replace("fibre", "fiber"), "fibre")):
            with open(cables, "w", encoding="utf-8") as f:
                f.write("\n".join([*lines[:line], new, *lines[line + 1:]]) + "\n")
            error = run(path, command="check", status=2)
            assert f"f-cables.csv:{line + 1}: " in error and said in error, error


def test_large_fabric_needs_a_file_for_its_lists():
    error = run("--fabric", "-", MULTI_PLANE, status=2)
    assert "name a file" in error, error
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


def test_switches_rendered_with_the_plan_are_those_of_its_fabric_file():
    for path in SMALL:
        for nos in ("sonic", "nvue"):
            with tempfile.TemporaryDirectory() as folder:
                a, b, f = (os.path.join(folder, x) for x in ("a", "b", "f.yaml"))
                run("--nos", nos, "--o", a, "--fabric", f, path)
                run("--nos", nos, "--o", b, f, command="render")
                assert sorted(os.listdir(a)) == sorted(os.listdir(b)), (path, nos)
                for name in os.listdir(a):
                    with open(os.path.join(a, name), "rb") as x, open(os.path.join(b, name), "rb") as y:
                        assert x.read() == y.read(), (path, nos, name)
                if nos == "sonic":
                    with open(os.path.join(a, "leaf1.json"), encoding="utf-8") as x:
                        ports = json.load(x)["PORT"].values()
                    assert all("fec" in p for p in ports), path


def test_plan_that_a_system_cannot_say_is_bad_news():
    with tempfile.TemporaryDirectory() as folder:
        d = json.loads(run("--json", "--nos", "h3c", "--o", os.path.join(folder, "new"), LEAF_SPINE,
                           status=1))
        assert d["summary"]["up"] == d["summary"]["links"]


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
