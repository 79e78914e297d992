#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of lanewised at random moments, on virtual modules that another process serves. Prints TAP.

usage: test-kill.py LANEWISED LANEWISE ROOT [ROUNDS]

In the middle of bringing links up, and at rest: a daemon that starts again converges, and at rest it
writes to no module and no link goes down.
"""
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap

LANEWISED, LANEWISE, ROOT = (os.path.abspath(a) for a in sys.argv[1:4])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 6
FABRIC = os.path.join(ROOT, "examples/first-light.yaml")
folder = tempfile.mkdtemp(prefix="lw-kill-")
log = os.path.join(folder, "log")
moments = random.Random(1)


def wait_for(f, what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = f()
        if got:
            return got
        time.sleep(0.05)
    with open(log, encoding="utf-8") as text:
        raise AssertionError(f"waited in vain for {what}: {text.read()[-1500:]}")


def start():
    global log  # a file of its own: a web process that is just ending may still write to the last
    log = tempfile.mktemp(dir=folder)
    with open(log, "wb") as out:
        return subprocess.Popen([LANEWISED, os.path.join(folder, "d.yaml")], stderr=out)


def port():
    with open(log, encoding="utf-8") as text:
        found = re.search(r'at="http://127.0.0.1:(\d+)', text.read())
    return int(found[1]) if found else None


def get(path):
    c = http.client.HTTPConnection("127.0.0.1", wait_for(port, "the API"), timeout=30)
    c.request("GET", path)
    r = c.getresponse()
    data = json.loads(r.read())
    c.close()
    return data if r.status == 200 else None


def converged():
    s = get("/api/v1/summary")
    return s and s["up"] == 18 and not s["starting"]


def kill(daemon):
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()


def test_1_killed_while_links_come_up_it_converges():
    for _ in range(ROUNDS):
        daemon = start()
        time.sleep(moments.uniform(0.05, 4))
        kill(daemon)
    daemon = start()
    wait_for(converged, "all links")
    kill(daemon)


def test_2_killed_at_rest_nothing_is_touched():
    for i in range(ROUNDS):
        daemon = start()
        if i % 2:
            time.sleep(moments.uniform(0.05, 3))
        else:
            wait_for(converged, "all links")
            time.sleep(moments.uniform(0, 1))
            cages = get("/api/v1/cages")
            assert sum(c.get("writes", 0) for c in cages) == 0, [
                (c["id"], c["writes"]) for c in cages if c.get("writes")]
            assert all(d["link"]["flaps"] == 0 for d in get("/api/v1/links"))
        kill(daemon)


def main():
    mount = os.path.join(folder, "m")
    os.mkdir(mount)
    shutil.copy(FABRIC, folder)
    with open(os.path.join(folder, "d.yaml"), "w", encoding="ascii") as f:
        f.write(f"fabric: first-light.yaml\nmodules: {mount}/{{device}}/{{cage}}/eeprom\n"
                f"present: {mount}/{{device}}/{{cage}}/present\n"
                "api: {address: 127.0.0.1, port: 0}\n")
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
