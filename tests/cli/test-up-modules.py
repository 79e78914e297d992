#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
""""lanewise up --modules": the engine on modules that are files, as drivers have them. Prints TAP.

usage: test-up-modules.py LANEWISE ROOT [PART-OF-A-NAME]

What was written is counted by the modules themselves ("lanewise twin --record").
"""
import fcntl
import glob
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
os.environ["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + \
    os.path.join(ROOT, "tests/cli/lsan-fuse.txt")
PATIENCE = 120  # seconds; only a failure takes that long

FABRIC = """\
fabric: pair
devices:
  a:
    cages:
      p1: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}
      p2: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}
  b:
    cages:
      p1: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}
      p2: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}
cables:
  - {id: c1, cord: mpo16, fibre: OS2, length_m: 30, a: a/p1, b: [b/p1]}
  - {id: c2, cord: mpo12, fibre: OM4, length_m: 30, a: a/p2, b: [b/p2]}
"""


class Modules:
    """Those of FABRIC as files, at 50 times their pace; a context."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="lw-up-")
        self.fabric = os.path.join(self.home, "pair.yaml")
        self.cages = os.path.join(self.home, "cages")
        self.traces = os.path.join(self.home, "traces")
        self.pattern = self.cages + "/{device}/{cage}/eeprom"
        for d in (self.cages, self.traces):
            os.mkdir(d)
        with open(self.fabric, "w", encoding="ascii") as f:
            f.write(FABRIC)
        self.server = subprocess.Popen(
            [LANEWISE, "twin", self.fabric, "--mount", self.cages, "--speed", "50", "--record",
             self.traces], stderr=subprocess.PIPE, text=True)
        self.said = self.server.stderr.readline()

    def __enter__(self):
        if "serving" not in self.said:
            self.server.wait(PATIENCE)
            self.clean()
            assert "/dev/fuse" in self.said or "cannot be mounted" in self.said, self.said
            raise tap.Skip(self.said.strip())
        return self

    def __exit__(self, *args):
        self.end()
        self.clean()

    def end(self):
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            assert self.server.wait(PATIENCE) == 0
        self.server.stderr.close()

    def clean(self):
        shutil.rmtree(self.home)

    def up(self, *options):
        return subprocess.run([LANEWISE, "up", self.fabric, "--modules", self.pattern, *options],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def start(self, *options):
        """"up" in the background, once it has all modules."""
        up = subprocess.Popen([LANEWISE, "up", self.fabric, "--modules", self.pattern, "--json", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        tap.wait_for(lambda: all(kept(self.eeprom(cage)) for cage in CAGES), "all modules kept")
        return up

    def eeprom(self, cage):
        return self.pattern.format(device=cage[0], cage=cage[2:])

    def module(self, cage, *words):
        return subprocess.run([LANEWISE, "module", self.eeprom(cage), *words], capture_output=True,
                              text=True, timeout=PATIENCE, check=False)

    def writes(self):
        """As the modules saw them; ends the server."""
        self.end()
        rows = [line.split(",") for name in glob.glob(self.traces + "/*.trace")
                for line in open(name, encoding="ascii") if not line.startswith("#")]
        assert rows
        return sum(row[2] == "write" for row in rows)


CAGES = ("a/p1", "a/p2", "b/p1", "b/p2")


def kept(eeprom):
    """Whether a program has taken the lock of a module (src/device/keep.c)."""
    with open(eeprom, "rb") as f:
        l = fcntl.fcntl(f, fcntl.F_OFD_GETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0x50 << 24, 1, 0))
    return struct.unpack("hhqqi4x", l)[0] != fcntl.F_UNLCK


def accesses(done):
    m = re.search(r"^4 modules: (\d+) writes, (\d+) reads, (\d+) polls$", done.stdout, re.M)
    assert m, done.stdout
    return [int(x) for x in m.groups()]


def test_up_brings_modules_up_and_a_second_time_touches_nothing():
    with Modules() as m:
        first = m.up()
        assert first.returncode == 0, first.stdout + first.stderr
        assert "3 links: 3 up" in first.stdout, first.stdout
        wrote = accesses(first)[0]
        assert 0 < wrote <= 4 * 10, wrote
        for _ in range(2):
            again = m.up()
            assert again.returncode == 0, again.stdout + again.stderr
            assert "3 links: 3 up" in again.stdout, again.stdout
            assert accesses(again)[0] == 0, again.stdout
        assert m.writes() == wrote


def test_up_takes_intents_for_modules():
    with Modules() as m:
        done = m.up("--json", "--off", "a/p1:2")
        assert done.returncode == 0, done.stdout + done.stderr
        links = {x["id"]: x for x in json.loads(done.stdout)["links"]}
        assert len(links) == 3, links
        assert sorted(x["state"] for x in links.values()) == ["down", "up", "up"], links
        done = m.up("--mode", "a/p1=8x100G", "--mode", "b/p1=8x100G")
        assert "9 links: 9 up" in done.stdout, done.stdout


def test_dry_run_writes_nothing():
    with Modules() as m:
        done = m.up("--dry-run")
        assert done.returncode == 0, done.stderr
        assert "write 10h:128 = FF" in done.stdout, done.stdout
        assert m.writes() == 0


def test_one_device_for_two_cages_is_refused():
    with Modules() as m:
        m.pattern = m.cages + "/a/{cage}/eeprom"
        done = m.up()
        assert done.returncode != 0
        assert "{device}" in done.stderr, done.stderr
        m.pattern = m.cages + "/{device}/nothing"
        done = m.up()
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        done = m.up("--fault", "cut:a/p1")
        assert done.returncode == 2, done.stderr


def test_two_programs_do_not_drive_the_same_modules():
    with Modules() as m:
        first = m.start("--for", "1000000")
        try:
            told = f"lanewise (process {first.pid}) drives this module"
            done = m.up()
            assert done.returncode == 3 and not done.stdout, done.stdout + done.stderr
            assert done.stderr.count("\n") == 1 and told in done.stderr, done.stderr
            assert m.eeprom("a/p1") in done.stderr, done.stderr
            for cage, *words in ("b/p2", "power", "low"), ("b/p2", "tx", "disable=on"), ("b/p1", "reset"):
                done = m.module(cage, *words)
                assert done.returncode == 3 and told in done.stdout + done.stderr, (words, done)
            # who only looks is welcome
            assert m.up("--dry-run").returncode == 0
            assert m.module("b/p2", "status").returncode == 0
        finally:
            first.kill()
            first.communicate()
        done = m.up()
        assert done.returncode == 0, done.stdout + done.stderr


def test_modules_of_a_bus_that_hangs_stall_no_other():
    with Modules() as m, Modules() as hanging:
        links = os.path.join(m.home, "both")
        os.mkdir(links)
        os.symlink(m.cages + "/a", links + "/a")
        os.symlink(hanging.cages + "/b", links + "/b")
        m.pattern = links + "/{device}/{cage}/eeprom"
        up = m.start("--for", "5")
        hanging.server.send_signal(signal.SIGSTOP)
        try:
            lines = list(iter(up.stdout.readline, "}\n"))
            done = json.loads("".join(lines) + "}")
        finally:  # what it asked the server for may not let it end before
            hanging.server.send_signal(signal.SIGCONT)
            up.communicate(timeout=PATIENCE)
        modules = {x["id"]: x for x in done["modules"]}
        assert modules["a/p1"]["writes"] == 5, modules
        for link in done["links"]:
            assert link["state"] == "down", link
            assert any("the bus hangs" in f["text"] for f in link["findings"]), link
        assert done["links"][0]["ends"][0]["dp_state"] == "DPActivated", done["links"][0]


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
