#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise choose` as its users meet it: ranking, reasons, refusals. Prints TAP.

usage: test-choose.py LANEWISE ROOT
"""
import csv
import json
import os
import subprocess
import sys

import tap

LANEWISE, ROOT = sys.argv[1:3]
KEYS = {"name", "kind", "verdict", "part_a", "part_b", "cord", "fibre", "mode_a", "mode_b",
        "adapter_a", "adapter_b", "reach_m", "margin_db", "power_a_w", "power_b_w", "heat_w", "cost",
        "latency_ns", "diameter_mm", "bend_mm", "weight", "emi", "confident", "source", "findings"}


def run(*args, status=0):
    done = subprocess.run([LANEWISE, "choose", *args], capture_output=True, text=True, timeout=120,
                          check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {done.stderr}"
    return done.stderr if status == 2 else done.stdout


def choose(a, b, rate, length, *more, status=0):
    return json.loads(run("--a", a, "--b", b, "--rate", rate, "--length", str(length), "--json",
                          *more, status=status))


def kinds(d):
    return [c["kind"] for c in d["choices"]]


def out(d, name):
    return {f["rule"] for c in d["out"] if c["name"] == name for f in c["findings"]}


def test_document_has_its_keys():
    d = choose("OSFP", "OSFP", "800G", 2)
    assert set(d) == {"want", "choices", "out", "misfits"}
    assert d["want"] == {"a": "OSFP", "b": "OSFP", "rate_mbps": 800000, "links": 1, "length_m": 2}
    assert d["choices"] and d["out"]
    for c in d["choices"] + d["out"]:
        assert set(c) == KEYS, set(c) ^ KEYS
    for c in d["out"]:
        assert c["verdict"] == "down" and any(f["severity"] == "fatal" for f in c["findings"]), c
    assert all(m["rule"] in ("form-factor", "rate") for m in d["misfits"])


def test_in_the_rack_passive_copper_is_first():
    for a, b, rate in (("OSFP", "OSFP", "800G"), ("QSFP28", "QSFP28", "100G"),
                       ("SFP28", "SFP28", "25G"), ("QSFP112", "QSFP112", "400G")):
        d = choose(a, b, rate, 1)
        assert kinds(d)[0] == "DAC", (a, kinds(d))
        assert d["choices"][0]["cost"] == min(c["cost"] for c in d["choices"])


def test_longer_ways_take_other_media():
    assert kinds(choose("OSFP", "OSFP", "800G", 4))[0] == "ACC"
    assert "DAC" not in kinds(choose("OSFP", "OSFP", "800G", 4))
    assert "AEC" in kinds(choose("OSFP", "OSFP", "800G", 6))
    assert not {"DAC", "ACC", "AEC"} & set(kinds(choose("OSFP", "OSFP", "800G", 30)))
    far = choose("QSFP28", "QSFP28", "100G", 8000)
    reaches = {c["part_a"]: c["reach_m"] for c in far["choices"]}
    assert {"QSFP28-100G-LR4", "QSFP28-100G-LR1", "QSFP28-100G-ER4"} <= set(reaches), reaches
    assert min(reaches.values()) == 10000, reaches


def test_the_reason_is_told_for_what_is_out():
    d = choose("OSFP", "OSFP", "800G", 4)
    assert out(d, "DAC-OSFP-800G") == {"reach"}
    d = choose("QSFP28", "QSFP28", "100G", 150)
    assert out(d, "QSFP28-100G-SR4 + QSFP28-100G-SR4") == {"reach"}
    d = choose("OSFP", "OSFP", "800G", 30, "--a-power", "12")
    assert out(d, "OSFP-800G-DR8 + OSFP-800G-DR8") == {"cage-power"}
    d = choose("OSFP", "OSFP", "800G", 30, "--a-lane", "50G", status=1)
    assert not d["choices"]
    assert out(d, "OSFP-800G-DR8 + OSFP-800G-DR8") == {"lane-rate"}


def test_breakouts_come_with_their_harness():
    d = choose("OSFP", "QSFP112", "400G", 30, "--links", "2")
    cords = {c["part_a"]: c["cord"] for c in d["choices"]}
    assert cords["OSFP-800G-DR8"] == "hydra-mpo16-2mpo12"
    assert cords["OSFP-800G-2xDR4"] == "mpo12"
    assert cords["OSFP-800G-2xFR4"] == "duplex"
    c = next(c for c in d["choices"] if c["part_a"] == "OSFP-800G-2xDR4")
    assert c["heat_w"] == c["power_a_w"] + 2 * c["power_b_w"]
    names = {c["name"] for c in choose("QSFP28", "SFP28", "25G", 3, "--links", "4")["choices"]}
    assert {"DAC-QSFP28-4xSFP28", "AOC-QSFP28-4xSFP28",
            "QSFP28-100G-SR4 + SFP28-25G-SR"} <= names, names


def test_a_wdm_module_is_no_parent():
    d = choose("QSFP112", "SFP112", "100G", 20, "--links", "4")
    assert not any("FR4" in c["part_a"] for c in d["choices"])
    assert any(c["part_a"] == "QSFP112-400G-DR4" for c in d["choices"])


def test_a_gearbox_module_meets_one_without():
    d = choose("QSFP-DD", "QSFP112", "400G", 100)
    c = next(c for c in d["choices"] if c["name"] == "QSFP-DD-400G-DR4 + QSFP112-400G-DR4")
    assert (c["mode_a"], c["mode_b"], c["verdict"]) == ("1x400G(8)", "1x400G(4)", "up")


def test_ranking_follows_what_is_asked():
    for by, key in (("power", "heat_w"), ("cost", "cost"), ("latency", "latency_ns")):
        d = choose("OSFP", "QSFP112", "400G", 3, "--links", "2", "--by", by)
        for verdict in ("up", "at-risk"):
            v = [c[key] for c in d["choices"]
                 if c["verdict"] == verdict and not (c["adapter_a"] or c["adapter_b"])]
            assert v == sorted(v), (by, v)
        verdicts = [c["verdict"] for c in d["choices"]]
        assert verdicts == sorted(verdicts, key=["up", "at-risk"].index)


def test_lpo_saves_power_over_a_dsp():
    d = choose("OSFP", "OSFP", "800G", 100, "--linear")
    assert d["choices"][0]["kind"] == "LPO" and d["choices"][0]["verdict"] == "up", d["choices"][0]
    d = choose("OSFP", "OSFP", "800G", 100)
    lpo = [c for c in d["choices"] if c["kind"] == "LPO"]
    assert [c["verdict"] for c in lpo] == ["at-risk"] and lpo[0]["findings"][0]["rule"] == "linear"
    heat = {c["part_a"]: c["heat_w"] for c in d["choices"]}
    assert 0.5 <= heat["OSFP-800G-DR8-LPO"] / heat["OSFP-800G-DR8"] <= 0.7, heat


def test_same_question_same_answer():
    assert choose("OSFP", "OSFP", "800G", 3) == choose("OSFP", "OSFP", "800G", 3)


def test_fibre_sets_the_reach():
    def reach(*more):
        d = choose("QSFP28", "QSFP28", "100G", 60, *more)
        return next(c for c in d["choices"] if c["part_a"] == "QSFP28-100G-SR4")["reach_m"]
    assert (reach(), reach("--fibre", "OM3")) == (100, 70)


def test_people_get_a_table_and_reasons():
    text = run("--a", "OSFP", "--b", "OSFP", "--rate", "800G", "--length", "4")
    assert "ACC-OSFP-800G" in text and "DAC-OSFP-800G: reach" in text, text
    assert "remedy" not in text.split("\nOut, ")[1], text
    text = run("--a", "OSFP", "--b", "OSFP", "--rate", "800G", "--length", "4", "--out")
    assert "Use a shorter cable" in text and "rate" in text, text
    assert "--length" in run("--help")


def wish(row):
    d = choose(row["a"], row["b"], row["rate"], row["length_m"], "--links", row["links"])
    first = d["choices"][0]
    assert first["name"].startswith(row["first"]) and first["verdict"] == "up", \
        [(c["name"], c["verdict"]) for c in d["choices"][:4]]
    if row["out"]:
        rules = out(d, row["out"]) if any(c["name"] == row["out"] for c in d["out"]) else \
            {m["rule"] for m in d["misfits"] if m["name"] == row["out"]}
        assert row["rules"] in rules, (row["out"], rules)


def test_wishes_of_people_who_buy():
    """Each row of wishes.csv: what an expert would order first, and why another one is out."""
    with open(os.path.join(ROOT, "tests/cli/wishes.csv"), newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) >= 40, len(rows)
    wrong = []
    for row in rows:
        try:
            wish(row)
        except (AssertionError, StopIteration) as e:
            wrong.append((row["a"], row["b"], row["rate"], row["length_m"], row["first"], e))
    assert not wrong, wrong


def test_nothing_fits_is_bad_news():
    d = choose("SFP28", "SFP28", "25G", 120000, status=1)
    assert not d["choices"] and d["out"]


def test_wrong_usage_is_refused():
    for args, says in (
            ((), "--a, --b, --rate and --length are needed"),
            (("--a", "QSPF"), "--a QSPF: no such form factor"),
            (("--rate", "fast"), "--rate fast: not a rate"),
            (("--length", "-1"), "--length -1: not a number above 0"),
            (("--links", "1.5"), "--links 1.5: not a number of links"),
            (("--fibre", "OS2"), "--fibre OS2: known are OM1 to OM5"),
            (("--by", "taste"), "--by taste: known are power, cost, latency"),
            (("--a", "SFP28", "--b", "SFP28", "--rate", "25G", "--length", "1", "--links", "4"),
             "a SFP28 cage has no mode of 4 x 25G"),
            (("extra",), '"extra" is no option')):
        assert says in run(*args, status=2), (args, run(*args, status=2))


sys.exit(tap.main(globals()))
