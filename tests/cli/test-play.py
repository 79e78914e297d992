#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scenarios as people play them: "lanewise play" and "lanewise twin --play". Prints TAP.

usage: test-play.py LANEWISE ROOT [PART-OF-A-NAME]
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import tap

LANEWISE, ROOT = sys.argv[1:3]
SCENARIOS = os.path.join(ROOT, "examples/scenarios")
FABRIC = os.path.join(SCENARIOS, "fabric.yaml")
PATIENCE = 120


def run(*args):
    return subprocess.run([LANEWISE, *args], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)


def play(text, *args):
    """Play a scenario that is given as text; status and document."""
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "s.yaml")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        done = run("play", path, "--fabric", FABRIC, "--json", *args)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_first_fault_is_met_in_all_points():
    done = run("play", os.path.join(SCENARIOS, "first-fault.yaml"), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    doc = json.loads(done.stdout)
    assert doc["summary"]["failed"] == 0 and doc["summary"]["expectations"] == 9
    assert doc["summary"]["up"] == doc["summary"]["links"] == 7
    faults = {f["kind"]: f for f in doc["faults"]}
    assert faults["cut"]["named"] == {"rx-los": 1}
    assert faults["replug"]["named"] == {"module-absent": 1}
    cut = next(l for l in doc["links"] if l["id"] == "leaf1/swp1:2 - nic2/p0")
    assert cut["flaps"] == 1 and 25 < cut["down_s"] < 45, cut


def test_report_for_people_names_links_faults_and_expectations():
    done = run("play", os.path.join(SCENARIOS, "first-fault.yaml"), "--verbose")
    assert done.returncode == 0
    for word in ("UPTIME", "FLAPS", "cut", "rx-los 1", "met", "0 of 9 expectations failed"):
        assert word in done.stdout, word
    assert "leaf1/swp1:2 - nic2/p0 is down" in done.stderr


def test_year_is_the_same_each_time_and_another_with_another_seed():
    path = os.path.join(SCENARIOS, "year.yaml")
    first, again, other = (run("play", path, "--json", *seed)
                           for seed in ((), (), ("--seed", "7")))
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout == again.stdout
    a, b = json.loads(first.stdout), json.loads(other.stdout)
    assert a["seed"] == 2026 and b["seed"] == 7 and a["faults"] != b["faults"]
    assert a["length_s"] == 365 * 86400
    assert a["summary"]["up"] == a["summary"]["links"]
    assert a["summary"]["injected"] > 50 and 0.99 < a["summary"]["uptime"] < 1
    assert all(l["flaps"] > 0 for l in a["links"])


def test_failed_expectation_is_bad_news():
    status, doc = play("scenario: x\nfor: 1m\nevents:\n"
                       "  - {at: 20s, expect: 'link leaf1/swp2 - leaf2/swp2 down within 5s'}\n")
    assert status == 1 and doc["summary"]["failed"] == 1
    assert doc["expectations"][0]["met"] is False and doc["expectations"][0]["why"]


def test_swap_mode_and_intents_are_played():
    status, doc = play(
        "scenario: x\nfor: 4m\nevents:\n"
        "  - {at: 20s, fault: swap:nic1/p0=QSFP112-400G-FR4, for: 60s}\n"
        "  - {at: 20s, expect: 'link leaf1/swp1:1 - nic1/p0 down within 10s'}\n"
        "  - {at: 20s, expect: others untouched for 60s}\n"
        "  - {at: 2m, expect: 'link leaf1/swp1:1 - nic1/p0 up within 5s'}\n"
        "  - {at: 2m10s, disable: leaf1/swp2 - leaf2/swp2}\n"
        "  - {at: 2m20s, expect: 'link leaf1/swp2 - leaf2/swp2 down within 1s'}\n"
        "  - {at: 2m30s, enable: leaf1/swp2 - leaf2/swp2}\n"
        "  - {at: 2m40s, mode: {cage: leaf1/swp2, to: 2x400G}}\n"
        "  - {at: 2m40s, mode: {cage: leaf2/swp2, to: 2x400G}}\n"
        "  - {at: 2m40s, expect: others untouched for 30s}\n"
        "  - {at: 2m45s, expect: 'link leaf1/swp2:2 - leaf2/swp2:2 up within 40s'}\n")
    assert status == 0, json.dumps(doc["expectations"], indent=1)
    assert any(l["id"] == "leaf1/swp2:1 - leaf2/swp2:1" and l["up"] for l in doc["links"])


def test_mistakes_are_told_with_their_line():
    for text, line, says in (("scenario: x\n", 1, "nothing happens"),
                             ("scenario: x\nevents:\n - {at: 1s, fault: bend:a/b}\n", 3, "kind"),
                             ("nonsense", 1, "map")):
        status, said = play(text)
        assert status == 2 and f":{line}: " in said and says in said, said
        assert said.count("\n") == 1
    done = run("play", "no-such-file")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert run("play").returncode == 2


def test_server_plays_faults_by_the_clock():
    with tempfile.TemporaryDirectory() as home:
        path, control = os.path.join(home, "s.yaml"), os.path.join(home, "control")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"scenario: x\nfabric: {FABRIC}\nfor: 1h\nevents:\n"
                    "  - {at: 20s, fault: unplug:nic1/p0, for: 60s}\n"
                    "  - {at: 30s, mode: {cage: leaf1/swp1, to: 8x100G}}\n")
        server = subprocess.Popen([LANEWISE, "twin", "--play", path, "--socket", control,
                                   "--speed", "20"], stderr=subprocess.PIPE, text=True)
        try:
            assert "serving 10 modules" in server.stderr.readline()

            def ask(*words):
                done = run("twin", "--ask", control, *words)
                assert done.returncode == 0, done.stderr
                return json.loads(done.stdout)

            def present():
                return next(c["present"] for c in ask("list") if c["cage"] == "nic1/p0")
            seen, end = [present()], time.monotonic() + PATIENCE
            while seen != [True, False, True] and time.monotonic() < end:
                now = present()
                if now != seen[-1]:
                    seen.append(now)
            assert seen == [True, False, True], seen
            assert len(ask("ports", "leaf1/swp1")) == 8
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(PATIENCE) == 0
            server.stderr.close()


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
