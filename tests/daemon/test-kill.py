#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of lanewised at random moments, on virtual modules that another process serves. Prints TAP.

usage: test-kill.py LANEWISED LANEWISE ROOT [ROUNDS]

In the middle of bringing links up, and at rest, the core and the web process: a daemon that starts
again converges; at rest it writes to no module and no link goes down; its history stays sound and has
all that was told a second and more before the end.
"""
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap
from tap import wait_for

LANEWISED, LANEWISE, ROOT = (os.path.abspath(a) for a in sys.argv[1:4])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 6
# What is committed each second, and a turn of the daemon's loop on a machine with other work.
LOST_MS = 1000 + 1000
FABRIC = os.path.join(ROOT, "examples/first-light.yaml")
folder = tempfile.mkdtemp(prefix="lw-kill-")
log = os.path.join(folder, "log")
moments = random.Random(1)


def start():
    global log  # a file of its own: a web process that is just ending may still write to the last
    log = tempfile.mktemp(dir=folder)
    with open(log, "wb") as out:
        return subprocess.Popen([LANEWISED, os.path.join(folder, "d.yaml")], stderr=out)


def said():
    with open(log, encoding="utf-8") as text:
        return text.read()


def port(nth=1):
    found = re.findall(r'at="http://127.0.0.1:(\d+)', said())
    return int(found[nth - 1]) if len(found) >= nth else None


def get(path, nth=1):
    c = http.client.HTTPConnection("127.0.0.1", wait_for(lambda: port(nth), "the API", said), timeout=30)
    c.request("GET", path)
    r = c.getresponse()
    data = json.loads(r.read())
    c.close()
    return data if r.status == 200 else None


def converged(nth=1):
    s = get("/api/v1/summary", nth)
    return s and s["up"] == 18 and not s["starting"]


def history(sql, *values):
    with contextlib.closing(sqlite3.connect(os.path.join(folder, "past.db"))) as db:
        return db.execute(sql, values).fetchall()


def kill(daemon, nth=1):
    """Kill it, and look what became of its history. @return whether there was something to look for"""
    told, now = [], 0
    if port(nth):
        told = get("/api/v1/events", nth) or []
        s = get("/api/v1/summary", nth)
        now = s["started_ms"] + 1000 * s["now_s"] if s else 0
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    if not os.path.exists(os.path.join(folder, "past.db")):
        return 0
    assert history("PRAGMA integrity_check") == [("ok",)]
    due = [(e["link"], e["at_ms"]) for e in told if e["to"] == "up" and e["at_ms"] < now - LOST_MS]
    if not due:  # perhaps it was killed before its tables were made
        return 0
    kept = set(history("SELECT subject, t FROM event WHERE kind = 'link-up'"))
    for link, at in due:
        assert any((link, at + d) in kept for d in range(-2, 3)), (link, at, now)
    return len(due)


def test_1_killed_while_links_come_up_it_converges():
    found = 0
    for _ in range(ROUNDS):
        daemon = start()
        time.sleep(moments.uniform(0.05, 4))
        found += kill(daemon)
    daemon = start()
    wait_for(converged, "all links", said)
    time.sleep(LOST_MS / 1000)
    found += kill(daemon)
    assert found >= 18, found
    return f"{found} changes were told in time, and kept"


def at_rest(nth):
    cages = get("/api/v1/cages", nth)
    assert sum(c.get("writes", 0) for c in cages) == 0, [
        (c["id"], c["writes"]) for c in cages if c.get("writes")]
    assert all(d["link"]["flaps"] == 0 for d in get("/api/v1/links", nth))


def kill_web(daemon):
    with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as f:
        web = int(f.read().split()[0])
    time.sleep(moments.uniform(0, 0.5))
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: port(2) and converged(2), "the web process", said)
    at_rest(2)


def test_2_killed_at_rest_nothing_is_touched():
    found = 0
    for i in range(ROUNDS):
        daemon = start()
        if i % 3 == 0:
            time.sleep(moments.uniform(0.05, 3))
            found += kill(daemon)
            continue
        wait_for(converged, "all links", said)
        time.sleep(moments.uniform(0, 1))
        at_rest(1)
        if i % 3 == 1:
            kill_web(daemon)
        found += kill(daemon, 2 if i % 3 == 1 else 1)
    assert not history("SELECT * FROM event WHERE kind = 'link-down' OR kind = 'module-out' OR flaps > 0")
    assert history("SELECT count(*) FROM raw")[0][0] > 0
    return f"{found} changes were told in time, and kept"


def test_3_second_daemon_is_turned_away():
    daemon = start()
    wait_for(converged, "all links", said)
    with open(os.path.join(folder, "d.yaml"), encoding="ascii") as f:
        other = f.read().replace("history: past.db\n", "")
    with open(os.path.join(folder, "second.yaml"), "w", encoding="ascii") as f:
        f.write(other)
    done = subprocess.run([LANEWISED, os.path.join(folder, "second.yaml")], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 3, done.stderr
    assert f"lanewised (process {daemon.pid}) drives this module" in done.stderr, done.stderr
    assert "leaf1/swp1" in done.stderr and "started" not in done.stderr, done.stderr
    at_rest(1)
    assert converged()
    kill(daemon)


def main():
    mount = os.path.join(folder, "m")
    os.mkdir(mount)
    shutil.copy(FABRIC, folder)
    with open(os.path.join(folder, "d.yaml"), "w", encoding="ascii") as f:
        f.write(f"fabric: first-light.yaml\nmodules: {mount}/{{device}}/{{cage}}/eeprom\n"
                f"present: {mount}/{{device}}/{{cage}}/present\n"
                f"interrupt: {mount}/{{device}}/{{cage}}/interrupt\n"
                "history: past.db\napi: {address: 127.0.0.1, port: 0}\n")
    if not os.path.exists("/dev/fuse"):
        print("1..0 # SKIP no /dev/fuse")
        return 0
    twins = subprocess.Popen([LANEWISE, "twin", FABRIC, "--mount", mount],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(os.path.join(mount, "leaf1/swp1/eeprom")), "the mount")
        return tap.main(globals())
    finally:
        twins.send_signal(signal.SIGTERM)
        twins.wait(60)
        shutil.rmtree(folder)


sys.exit(main())
