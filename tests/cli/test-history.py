#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise history` and `lanewise why --history` on the file of a daemon. Prints TAP.

usage: test-history.py LANEWISE LANEWISED ROOT

The daemon makes the file on twins and ends; forty days of hours are put into it here: the light that
leaf1/swp1 receives on its first two lanes falls by 0.1 dB a day towards -10 dBm, its third stays.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import tap

LANEWISE, LANEWISED, ROOT = sys.argv[1:4]
FABRIC = os.path.abspath(os.path.join(ROOT, "examples/first-light.yaml"))
FOLDER = tempfile.mkdtemp()
FILE = os.path.join(FOLDER, "history.db")
HOUR = 3600000


def run(*args, status=0):
    done = subprocess.run([LANEWISE, *args], capture_output=True, text=True, timeout=120, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {done.stderr}"
    return done.stderr if status == 2 else done.stdout


def make():
    config = os.path.join(FOLDER, "daemon.yaml")
    with open(config, "w", encoding="ascii") as f:
        f.write(f"fabric: {FABRIC}\nmodules: twins\nhistory: {FILE}\n")
    subprocess.run([LANEWISED, "--once", config], check=True, capture_output=True, timeout=120)
    db = sqlite3.connect(FILE)
    end = int(time.time() * 1000) // HOUR * HOUR
    # the module has been there all the time
    db.execute("UPDATE event SET t = ? WHERE kind = 'module-in'", (end - 2000 * HOUR,))
    db.execute("INSERT OR REPLACE INTO limits VALUES('leaf1/swp1', 'rx-power', 4e-3, 2e-3, 1e-4, 5e-5)")
    for lane in range(3):
        db.execute("INSERT OR IGNORE INTO series(cage, quantity, lane) VALUES('leaf1/swp1', 'rx-power', ?)",
                   (lane,))
        (series,) = db.execute("SELECT id FROM series WHERE cage = 'leaf1/swp1' AND quantity = 'rx-power' "
                               "AND lane = ?", (lane,)).fetchone()
        for i in range(960):
            dbm = -4 - (0.1 * i / 24 if lane < 2 else 0) + 0.01 * (i * 7919 % 13 - 6)
            w = 1e-3 * 10 ** (dbm / 10)
            db.execute("INSERT INTO hour VALUES(?, ?, 1, ?, ?, ?)", (end - (960 - i) * HOUR, series, w, w, w))
    db.commit()
    db.close()


def test_lanes_that_go_for_a_limit_are_told():
    text = run("history", FILE, "leaf1/swp1")
    lines = text.splitlines()
    assert lines[0].startswith("leaf1/swp1  LANEWISE") and "plugged 1 time" in lines[0], text
    assert len(lines) == 3 and "rx-power  lane 1  falls by 0.1 dB a day" in lines[1], text
    assert "the low warning of -10.0 dBm in 20 days" in lines[2] and lines[2].endswith("(advice)"), text
    text = run("history", FILE, "leaf1/swp1", "--all")
    assert "rx-power  lane 3  goes nowhere for sure: -4.0 dBm now" in text, text
    assert run("history", FILE, "leaf1/swp2").splitlines()[1].strip().startswith("less than a day"), text


def test_document_has_every_span():
    (d,) = json.loads(run("history", FILE, "leaf1/swp1", "--json"))
    assert d["cage"] == "leaf1/swp1" and d["module"]["insertions"] == 1
    first = [t for t in d["trends"] if t["lane"] == 1]
    assert [round(t["days_seen"]) for t in first] == [40, 20, 10, 5], first
    assert first[0]["symptom"] == "rx-falls" and abs(first[0]["per_day"] + 0.1) < 0.005
    assert abs(first[0]["limit"] + 10) < 1e-9 and abs(first[0]["days"] - 20) < 1
    assert all(t["symptom"] is None for t in d["trends"] if t["lane"] == 3)
    cages = [m["cage"] for m in json.loads(run("history", FILE, "--json"))]
    assert len(cages) == len(set(cages)) == 25, cages
    of_leaf = [m["cage"] for m in json.loads(run("history", FILE, "leaf1", "--json"))]
    assert of_leaf == [c for c in cages if c.startswith("leaf1/")] and len(of_leaf) == 6, of_leaf


def test_why_gives_advice_for_a_link_that_is_well():
    args = ("why", FABRIC, "leaf1/swp1:1", "--history", FILE)
    text = run(*args)
    assert "(light-fading, advice)" in text and "lanes 1-2 falls by 0.1 dB a day" in text, text
    (d,) = json.loads(run(*args, "--json"))
    (c,) = d["causes"]
    assert d["state"] == "up" and c["severity"] == "info" and c["lanes"] == [1, 2], c
    assert "nothing is wrong with it" in run("why", FABRIC, "leaf1/swp1:1")


def test_wrong_files_are_told():
    junk = os.path.join(FOLDER, "junk")
    with open(junk, "wb") as f:
        f.write(os.urandom(5000))
    for args, says in ((("history",), "no history file given"), (("history", "/nonexistent"), "/nonexistent"),
                       (("history", junk), "junk"), (("history", FOLDER), FOLDER),
                       (("history", FILE, "mars"), 'no cage or device "mars"'),
                       (("why", FABRIC, "--history", "/nonexistent"), "/nonexistent"),
                       (("why", FABRIC, "--history", junk), "junk")):
        text = run(*args, status=2)
        assert says in text and len(text.splitlines()) == 1, (args, text)


def test_history_of_other_cages_is_told():
    other = os.path.join(FOLDER, "other.db")
    db = sqlite3.connect(other)
    for line in sqlite3.connect(FILE).iterdump():
        db.execute(line.replace("leaf1/swp1", "elsewhere/swp1"))
    db.execute("PRAGMA user_version = 1")
    db.commit()
    done = subprocess.run([LANEWISE, "why", FABRIC, "leaf1/swp1:1", "--history", other],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "of any cage of this fabric" in done.stderr, done


make()
status = tap.main(globals())
shutil.rmtree(FOLDER)
sys.exit(status)
