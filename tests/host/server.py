# SPDX-License-Identifier: Apache-2.0
"""A server of virtual modules for the host tests: "lanewise twin" with a mount and a socket."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import tap

PATIENCE = float(os.environ.get("HOST_PATIENCE", "120"))  # seconds; only a failure takes that long


def at(page, byte, bank=0, stride=256):
    """Offset in the file; None: lower half."""
    return byte if page is None or byte < 128 else (bank * stride + page) * 128 + byte


def os_error(use):
    """The errno that `use` ends with; 0: none."""
    try:
        use()
    except OSError as e:
        return e.errno
    return 0


def await_true(what, check):
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
        time.sleep(0.01)


class Server:
    """A context; `fabric` is the text of a fabric file, where HOME stands for the
    folder of `files`: memories that "eeprom new" makes of recipes. Without FUSE the case is
    skipped."""

    def __init__(self, lanewise, root, fabric, speed=50, options=(), files=None):
        self.lanewise = lanewise
        os.environ.setdefault("LSAN_OPTIONS", "print_suppressions=0:suppressions=" +
                              os.path.join(root, "tests/cli/lsan-fuse.txt"))
        self.home = tempfile.mkdtemp(prefix="lw-host-")
        self.dir = os.path.join(self.home, "cages")
        self.socket = os.path.join(self.home, "control")
        os.mkdir(self.dir)
        for name, recipe in (files or {}).items():
            path = os.path.join(self.home, name)
            with open(path + ".yaml", "w", encoding="utf-8") as f:
                f.write(recipe)
            subprocess.run([lanewise, "eeprom", "new", path + ".yaml", "-o", path], check=True,
                           capture_output=True)
        path = os.path.join(self.home, "fabric.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(fabric.replace("HOME", self.home))
        self.process = subprocess.Popen(
            [lanewise, "twin", path, "--mount", self.dir, "--socket", self.socket, "--speed",
             str(speed), *options], stderr=subprocess.PIPE, text=True)
        self.said = self.process.stderr.readline()

    def __enter__(self):
        if "serving" not in self.said:
            status = self.process.wait(PATIENCE)
            self.process.stderr.close()
            self.clean()
            no_fuse = "/dev/fuse" in self.said or "cannot be mounted" in self.said
            assert status == 3 and no_fuse, self.said
            raise tap.Skip(self.said.strip())
        return self

    def __exit__(self, *args):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        rest = self.process.stderr.read()
        self.process.stderr.close()
        self.clean()
        if args[0] is None:
            assert status == 0 and rest == "", f"exit {status}: {rest}"

    def clean(self):
        if os.path.ismount(self.dir):
            subprocess.run(["umount", "-l", self.dir], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def file(self, cage, name="eeprom"):
        return os.path.join(self.dir, cage, name)

    def read(self, cage, offset, n=1):
        with open(self.file(cage), "rb", buffering=0) as f:
            f.seek(offset)
            return f.read(n)

    def byte(self, cage, offset):
        return self.read(cage, offset, 1)[0]

    def write(self, cage, offset, *data):
        with open(self.file(cage), "r+b", buffering=0) as f:
            f.seek(offset)
            assert f.write(bytes(data)) == len(data)

    def pin(self, cage, name, value=None):
        if value is not None:
            with open(self.file(cage, name), "w", encoding="ascii") as f:
                f.write(f"{value}\n")
        with open(self.file(cage, name), encoding="ascii") as f:
            return f.read().strip()

    def ask(self, *words):
        done = subprocess.run([self.lanewise, "twin", "--ask", self.socket, *words],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stderr}"
        return done.stdout.strip()

    def seconds(self):
        """Of the modules' time since the start."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.socket)
            s.sendall(b"time\n")
            return json.loads(s.makefile("r").readline())["world_s"]

    def module_state(self, cage):
        try:
            return self.byte(cage, 3) >> 1 & 7
        except OSError:
            return None

    def paths(self, cage):
        """DPState of lanes 1 to 8: lane 1 in bits 3-0 of 11h:128."""
        return [b >> shift & 15 for b in self.read(cage, at(0x11, 128), 4) for shift in (0, 4)]

    def await_module(self, cage, state):
        await_true(f"{cage} in module state {state}", lambda: self.module_state(cage) == state)

    def await_paths(self, cage, states):
        await_true(f"{cage} in path states {states}", lambda: self.paths(cage) == states)
