#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lanewised under a service manager: what it tells it, and the unit. Prints TAP.

usage: test-systemd.py LANEWISED UNIT ROOT
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap

LANEWISED, UNIT, ROOT = (os.path.abspath(a) for a in sys.argv[1:4])


class Manager:
    """A daemon and the socket on which it tells how it is."""

    def __init__(self, abstract=False, api="", **env):
        self.dir = tempfile.mkdtemp(prefix="lw-sd-")
        path = os.path.join(self.dir, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path if abstract else path)
        self.socket.settimeout(60)
        shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), self.dir)
        with open(os.path.join(self.dir, "d.yaml"), "w", encoding="ascii") as f:
            f.write("fabric: first-light.yaml\nmodules: twins\n" + api)
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [LANEWISED, os.path.join(self.dir, "d.yaml")], stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": ("@" if abstract else "") + path, **env})

    def said(self):
        with open(os.path.join(self.dir, "log"), encoding="utf-8") as f:
            return f.read()

    def next(self, but=()):
        """What it says next, apart from messages that begin so."""
        while True:
            told = self.socket.recv(4096).decode()
            if not told.startswith(tuple(but)):
                return told

    def wait_for(self, wanted):
        while self.next() != wanted:
            pass

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        self.socket.close()
        shutil.rmtree(self.dir)


def with_manager(*args, **env):
    def wrap(test):
        def run():
            m = Manager(*args, **env)
            try:
                test(m)
            finally:
                m.end()
        return run
    return wrap


@with_manager()
def test_start_reload_and_stop_are_told(m):
    assert m.next() == "READY=1"
    m.process.send_signal(signal.SIGHUP)
    told = m.next(["STATUS="])
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=[1-9]\d+", told), told
    assert m.next(["STATUS="]) == "READY=1"
    m.wait_for("STATUS=18 of 19 links are up")
    with open(os.path.join(m.dir, "d.yaml"), "a", encoding="ascii") as f:
        f.write("fabrik: x\n")
    m.process.send_signal(signal.SIGHUP)
    assert m.next().startswith("RELOADING=1")
    assert m.next() == "READY=1"
    told = m.next()
    assert re.match(r"STATUS=18 of 19 links are up; the reload was refused: .*d.yaml: .*fabrik", told), told
    m.process.send_signal(signal.SIGTERM)
    assert m.next(["STATUS="]) == "STOPPING=1"
    assert m.process.wait(60) == 0


@with_manager(api="api: {address: 127.0.0.1, port: 0}\n")
def test_ready_means_that_the_api_answers(m):
    assert m.next() == "READY=1"
    found = re.search(r'api at="http://127.0.0.1:(\d+)/', m.said())
    assert found, "not even an address: " + m.said()
    c = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
    c.request("GET", "/api/v1/links")
    r = c.getresponse()
    assert r.status == 200 and len(json.loads(r.read())) == 19, r.status
    c.close()


@with_manager(api="api: {address: 192.0.2.1, port: 1}\n")
def test_ready_is_told_though_the_api_cannot_start(m):
    assert m.next(["STATUS="]) == "READY=1"
    assert "cannot listen on 192.0.2.1" in m.said(), m.said()


@with_manager(abstract=True, WATCHDOG_USEC="200000")
def test_sign_of_life_is_given_while_links_come_up(m):
    seen = 0
    while seen < 5:
        seen += m.next(["STATUS=", "READY="]) == "WATCHDOG=1"


@with_manager(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
def test_watchdog_of_another_process_is_left_alone(m):
    m.wait_for("STATUS=18 of 19 links are up")
    m.process.send_signal(signal.SIGTERM)
    told = m.next(["STATUS="])
    assert told == "STOPPING=1", told


def analyze(*args):
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("no systemd-analyze")
    with tempfile.TemporaryDirectory() as d:
        with open(UNIT, encoding="utf-8") as f:
            text = f.read()
        # not installed here: the program of the build, and a page that is known
        text = re.sub(r"(?m)^(Exec(?:Start(?:Pre)?|Reload)=)\S+/lanewised", r"\1" + LANEWISED, text)
        text = re.sub(r"(?m)^Documentation=.*\n", "", text)
        path = os.path.join(d, "lanewised.service")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return subprocess.run(["systemd-analyze", *args, path], capture_output=True, text=True,
                              timeout=60, check=False)


def test_unit_is_well_formed():
    done = analyze("verify", "--man=no")
    assert done.returncode == 0 and "lanewised" not in done.stderr, done.stderr


def test_unit_leaves_little_exposed():
    done = analyze("security", "--offline=true", "--threshold=25", "--no-pager")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


sys.exit(tap.main(globals()))
