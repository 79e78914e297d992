#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise why` as its users meet it: causes, evidence, exit status. Prints TAP.

usage: test-why.py LANEWISE ROOT
"""
import json
import os
import subprocess
import sys

import tap

LANEWISE, ROOT = sys.argv[1:3]
FABRIC = os.path.join(ROOT, "examples/first-light.yaml")
LINK = "leaf1/swp1:2 - nic2/p0"
CAUSE = {"cause", "at", "lanes", "text", "first", "next", "isolate", "severity", "weak", "ref",
         "evidence"}


def why(*args, status=1):
    done = subprocess.run([LANEWISE, "why", *args], capture_output=True, text=True, timeout=120,
                          check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {done.stderr}"
    return done.stderr if status == 2 else done.stdout


def document(*args, status=1):
    return json.loads(why(*args, "--json", status=status))


def test_document_has_its_keys_and_evidence_points_at_symptoms():
    (d,) = document(FABRIC, LINK, "--fault", "cut:leaf1/swp1:2@20")
    assert set(d) == {"link", "state", "for_s", "flaps", "causes", "symptoms"}
    assert d["link"] == LINK and d["state"] == "down" and d["flaps"] == 1
    (c,) = d["causes"]
    assert set(c) == CAUSE, set(c) ^ CAUSE
    assert c["cause"] == "cable-cut" and c["at"] == LINK and c["lanes"] == []
    seen = [d["symptoms"][i]["symptom"] for i in c["evidence"]]
    assert seen == ["was-up", "los-all", "los-all", "tx-ok", "tx-ok"], seen


def test_only_links_that_are_not_well_are_told_of():
    links = [d["link"] for d in document(FABRIC)]
    assert links == ["leaf1/swp6:1 - old1/swp1"], links
    assert len(document(FABRIC, "--all")) == 19


def test_links_are_asked_for_by_id_port_cage_and_device():
    for name, n in ((LINK, 1), ("leaf1/swp1:2", 1), ("leaf1/swp1", 2), ("nic2", 1), ("leaf1", 19)):
        status = 1 if name == "leaf1" else 0
        assert len(document(FABRIC, name, status=status)) == n, name


def test_link_that_is_well_is_no_bad_news():
    text = why(FABRIC, LINK, status=0)
    assert "nothing is wrong with it" in text, text


def test_pulled_module_is_told_once_for_all_its_links():
    text = why(FABRIC, "leaf1/swp3", "--fault", "unplug:leaf1/swp3@20")
    assert text.count("the presence pin shows no module") == 1, text
    assert text.count("as above: leaf1/swp3 module-pulled") == 7, text


def test_one_lane_of_many_is_named():
    (d,) = document(FABRIC, LINK, "--fault", "dark:leaf1/swp1:2@20")
    (c,) = d["causes"]
    assert c["cause"] == "laser-failed" and c["at"] == "leaf1/swp1", c


def test_wrong_usage_is_refused():
    for args, says in (((), "no fabric file given"), ((FABRIC, "nope"), 'no link, port, cage'),
                       ((FABRIC, "--fault", "rain:leaf1/swp1"), "rain"),
                       ((FABRIC, "--for", "-1"), "--for"), (("/nonexistent.yaml",), "nonexistent")):
        assert says in why(*args, status=2), (args, why(*args, status=2))


sys.exit(tap.main(globals()))
