#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Virtual modules as other programs meet them: files and socket of "lanewise twin". Prints TAP.

usage: test-twin.py LANEWISE ROOT [PART-OF-A-NAME]

Nothing here depends on how fast the machine is: what comes with time is polled for.
"""
import errno
import json
import multiprocessing
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

import tap

LANEWISE, ROOT = sys.argv[1:3]
EXAMPLE = os.path.join(ROOT, "examples/first-light.yaml")
os.environ["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + \
    os.path.join(ROOT, "tests/cli/lsan-fuse.txt")
PATIENCE = 120  # seconds; only a failure takes that long

READY, LOW_POWER, ACTIVATED, DEACTIVATED = 3, 1, 4, 1


def run(*args):
    return subprocess.run([LANEWISE, *args], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)


def await_true(what, check):
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
        time.sleep(0.01)


class Twin:
    """A server with a mount and a socket; a context that ends in a clean stop."""

    def __init__(self, *options, fabric=EXAMPLE, mount=True, speed="50", modules=()):
        self.home = tempfile.mkdtemp(prefix="lw-twin-")
        self.dir = os.path.join(self.home, "cages")
        self.socket = os.path.join(self.home, "control")
        os.mkdir(self.dir)
        where = ("--mount", self.dir) if mount else ()
        self.server = subprocess.Popen(
            [LANEWISE, "twin", *(modules or (fabric,)), *where, "--socket", self.socket, "--speed", speed,
             *options], stderr=subprocess.PIPE, text=True)
        self.said = self.server.stderr.readline()

    def __enter__(self):
        if "serving" not in self.said:
            status = self.server.wait(PATIENCE)
            self.clean()
            no_fuse = "/dev/fuse" in self.said or "cannot be mounted" in self.said
            assert status == 3 and no_fuse and self.said.count("\n") == 1, self.said
            raise tap.Skip(self.said.strip())
        return self

    def __exit__(self, *args):
        self.server.send_signal(signal.SIGTERM)
        status = self.server.wait(PATIENCE)
        rest = self.server.stderr.read()
        self.server.stderr.close()
        left = (os.listdir(self.dir), os.path.exists(self.socket))
        self.clean()
        if args[0] is None:
            assert status == 0, f"exit {status}: {rest}"
            assert rest == "", rest
            assert left == ([], False), f"left behind: {left}"

    def clean(self):
        if os.path.ismount(self.dir):
            subprocess.run(["umount", "-l", self.dir], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def file(self, cage, name="eeprom"):
        return os.path.join(self.dir, cage, name)

    def read(self, cage, offset, n):
        with open(self.file(cage), "rb", buffering=0) as f:
            f.seek(offset)
            return f.read(n)

    def write(self, cage, offset, data):
        with open(self.file(cage), "r+b", buffering=0) as f:
            f.seek(offset)
            assert f.write(bytes(data)) == len(data)

    def pin(self, cage, name, value=None):
        if value is not None:
            with open(self.file(cage, name), "w", encoding="ascii") as f:
                f.write(f"{value}\n")
        with open(self.file(cage, name), encoding="ascii") as f:
            return f.read()

    def ask(self, *words, status=0):
        done = run("twin", "--ask", self.socket, *words)
        assert done.returncode == status, f"{words}: {done.returncode} {done.stderr}"
        return (done.stdout if status == 0 else done.stderr).strip()

    def module_state(self, cage):
        try:
            return self.read(cage, 3, 1)[0] >> 1 & 7
        except OSError as e:
            assert e.errno == errno.EIO, e
            return None

    def await_answer(self, cage):
        await_true(f"{cage} answers", lambda: os_error(lambda: self.read(cage, 0, 1)) == 0)

    def path_states(self, cage):
        return [b >> shift & 15 for b in self.read(cage, at(0x11, 128), 4) for shift in (0, 4)]

    def await_module(self, cage, state):
        await_true(f"{cage} in module state {state}", lambda: self.module_state(cage) == state)

    def await_paths(self, cage, states):
        await_true(f"{cage} in path states {states}", lambda: self.path_states(cage) == states)


def at(page, byte, bank=0, stride=256):
    return byte if byte < 128 else (bank * stride + page) * 128 + byte


def os_error(use):
    try:
        use()
    except OSError as e:
        return e.errno
    return 0


def bring_up(t, cage, appsel, lanes, groups):
    """As a host does it, register by register: every path of `lanes` lanes, all media lanes."""
    t.await_module(cage, LOW_POWER)
    t.write(cage, at(0x10, 128), [0xff])
    t.write(cage, at(0x10, 130), [0xff])
    t.write(cage, 26, [0])
    t.await_module(cage, READY)
    used = lanes * groups
    t.write(cage, at(0x10, 145),
            [appsel << 4 | k // lanes * lanes << 1 if k < used else 0 for k in range(8)])
    t.write(cage, at(0x10, 143), [0xff])
    # ConfigSuccess, one nibble a lane
    await_true(f"{cage} configured",
               lambda: t.read(cage, at(0x11, 202), used // 2 or 1)[0] & 15 == 1)
    t.write(cage, at(0x10, 128), [0xff & ~((1 << used) - 1)])
    t.write(cage, at(0x10, 130), [0])


def test_tree_has_a_file_for_each_module_and_its_pins():
    with Twin() as t:
        assert len(os.listdir(t.dir)) == 20
        assert sorted(os.listdir(os.path.join(t.dir, "leaf1"))) == \
            [f"swp{k}" for k in range(1, 7)]
        assert sorted(os.listdir(os.path.join(t.dir, "leaf1/swp1"))) == \
            ["eeprom", "interrupt", "lpmode", "max_bank_size", "present", "reset"]
        st = os.stat(t.file("leaf1/swp1"))
        assert st.st_size == 32896 and stat.S_ISREG(st.st_mode)
        assert os.stat(t.file("srv1/p0")).st_size == 33152
        assert os_error(lambda: os.stat(t.file("leaf1/swp7"))) == errno.ENOENT
        assert os_error(lambda: os.stat(t.file("leaf1/swp1", "eprom"))) == errno.ENOENT
        assert os_error(lambda: os.unlink(t.file("leaf1/swp1"))) != 0
        assert "25 modules" in t.said and t.dir in t.said and t.said.count("\n") == 1


def test_decode_reads_a_mounted_module_of_each_map():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        for cage, part, memory in (("leaf1/swp1", "OSFP-800G-DR8", "cmis"),
                                   ("leaf1/swp5", "QSFP28-100G-SR4", "sff8636"),
                                   ("srv1/p0", "SFP28-25G-SR", "sff8472"),
                                   ("leaf1/swp4", "DAC-OSFP-2xQSFP112", "cmis")):
            done = run("decode", "--json", t.file(cage))
            assert done.returncode == 0, done.stderr
            doc = json.loads(done.stdout)
            assert doc["vendor_pn"] == part[:16] and doc["memory_map"] == memory, doc["vendor_pn"]
            assert doc["problems"] == [], doc["problems"]
            assert all(c["ok"] for c in doc["checksums"].values() if c), doc["checksums"]


def test_modules_start_held_in_low_power_by_pin():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        assert t.pin("leaf1/swp1", "present") == "1\n"
        assert t.pin("leaf1/swp1", "lpmode") == "1\n"
        assert t.pin("leaf1/swp1", "reset") == "0\n"
        assert t.read("leaf1/swp1", 26, 1) == b"\x40"
        assert t.pin("leaf1/swp1", "lpmode", 0) == "0\n"
        t.await_module("leaf1/swp1", READY)
        t.pin("leaf1/swp1", "lpmode", 1)
        t.await_module("leaf1/swp1", LOW_POWER)


def test_reset_pin_silences_the_module():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        t.write("leaf1/swp1", at(0x10, 130), [0x5a])
        t.pin("leaf1/swp1", "reset", 1)
        assert os_error(lambda: t.read("leaf1/swp1", 0, 1)) == errno.EIO
        t.pin("leaf1/swp1", "reset", 0)
        t.await_module("leaf1/swp1", LOW_POWER)
        assert t.read("leaf1/swp1", at(0x10, 130), 1) == b"\0"


def test_pins_take_0_and_1_only():
    with Twin() as t:
        for text in ("2", "on", "", "1 1", "-1"):
            def write(text=text):
                with open(t.file("leaf1/swp1", "lpmode"), "w", encoding="ascii") as f:
                    f.write(text)
            assert os_error(write) == (errno.EINVAL if text else 0), text
        for name in ("present", "interrupt"):
            # root passes the mode bits; the server itself refuses
            assert os_error(lambda name=name: os.open(t.file("leaf1/swp1", name), os.O_WRONLY)) \
                == errno.EACCES
        for banks in ("2", "4\n"):
            with open(t.file("leaf1/swp1", "max_bank_size"), "w", encoding="ascii") as f:
                f.write(banks)
        assert t.pin("leaf1/swp1", "max_bank_size") == "4\n"


def test_bring_up_of_two_paths_by_registers():
    with Twin() as t:
        bring_up(t, "leaf1/swp1", 2, 4, 2)
        for nic in ("nic1/p0", "nic2/p0"):
            bring_up(t, nic, 1, 4, 1)
        t.await_paths("leaf1/swp1", [ACTIVATED] * 8)
        t.await_paths("nic1/p0", [ACTIVATED] * 4 + [DEACTIVATED] * 4)
        # light both ways: no Rx LOS is left once the flags of the start are cleared
        def quiet(cage):
            return t.read(cage, at(0x11, 147), 1) == b"\0"
        await_true("light at the leaf", lambda: quiet("leaf1/swp1"))
        await_true("carrier", lambda: all(
            p["carrier"] for p in json.loads(t.ask("ports", "leaf1/swp1"))))
        for port in json.loads(t.ask("ports", "leaf1/swp1")):
            assert 0 < port["ber"] < 1e-5 and port["fec"] == "RS(544,514)", port
            bins = port["symbol_errors"]  # 0 to 15 wrong symbols, and more
            assert len(bins) == 17 and abs(sum(bins) - 1) < 1e-5 and bins[0] > 0.9, bins
        t.ask("fault", "dirty:leaf1/swp1:1=6", "on")  # errors follow the light
        clean, dirty = [p for p in json.loads(t.ask("ports", "leaf1/swp1"))][::-1]
        assert dirty["ber"] > 10 * clean["ber"], (dirty, clean)
        assert dirty["symbol_errors"][0] < clean["symbol_errors"][0], (dirty, clean)
        t.ask("fault", "dirty:leaf1/swp1:1=6", "off")
        # the other half stays when one half is taken down
        t.write("leaf1/swp1", at(0x10, 128), [0x0f])
        t.await_paths("leaf1/swp1", [DEACTIVATED] * 4 + [ACTIVATED] * 4)


def test_cut_is_seen_as_loss_of_light():
    with Twin() as t:
        bring_up(t, "leaf1/swp1", 2, 4, 2)
        bring_up(t, "nic1/p0", 1, 4, 1)
        t.await_paths("leaf1/swp1", [ACTIVATED] * 8)
        t.await_paths("nic1/p0", [ACTIVATED] * 4 + [DEACTIVATED] * 4)
        los = lambda: t.read("leaf1/swp1", at(0x11, 147), 1)[0] & 0x0f
        await_true("light", lambda: los() == 0)
        t.ask("fault", "cut:leaf1/swp1:1", "on")
        await_true("loss of light", lambda: los() == 0x0f)
        await_true("interrupt", lambda: t.pin("leaf1/swp1", "interrupt") == "1\n")
        t.ask("fault", "cut:leaf1/swp1:1", "off")
        await_true("light again", lambda: los() == 0)


def test_unplugged_module_gives_eio_and_comes_back():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        assert t.ask("unplug", "leaf1/swp1") == "ok"
        assert os_error(lambda: t.read("leaf1/swp1", 0, 1)) == errno.EIO
        assert os_error(lambda: t.write("leaf1/swp1", 26, [0])) == errno.EIO
        assert t.pin("leaf1/swp1", "present") == "0\n"
        assert run("decode", t.file("leaf1/swp1")).returncode == 3
        # the neighbour does not mind
        assert t.pin("leaf1/swp2", "present") == "1\n"
        t.await_module("leaf1/swp2", LOW_POWER)
        assert t.ask("plug", "leaf1/swp1") == "ok"
        t.await_module("leaf1/swp1", LOW_POWER)


def test_refused_access_gives_eio():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        t.ask("fault", "nack:leaf1/swp1", "on")
        assert os_error(lambda: t.read("leaf1/swp1", 0, 128)) == errno.EIO
        t.ask("fault", "nack:leaf1/swp1", "off")
        assert t.read("leaf1/swp1", 0, 1) == b"\x19"


def test_reads_cross_pages_and_are_never_short():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        # name, vendor and part number: behind the lower half in one read
        whole = t.read("leaf1/swp1", 120, 60)
        assert len(whole) == 60 and whole[9:17] == b"LANEWISE"
        for offset in (0, 1, 100, 127, 128, 213, 255):
            for n in (1, 2, 43, 128):
                assert len(t.read("leaf1/swp1", offset, n)) == n
        # page 01h begins where page 00h ends
        assert t.read("leaf1/swp1", 250, 10)[6:] == t.read("leaf1/swp1", at(1, 128), 4)
        # the end of the file
        assert t.read("leaf1/swp1", 32896, 1) == b""


def test_missing_page_fails_and_a_copy_goes_on():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        assert os_error(lambda: t.read("leaf1/swp1", at(0x55, 128), 1)) == errno.ENXIO
        with open(t.file("leaf1/swp1"), "rb") as f:
            copy = f.read()
        assert len(copy) == 32896 and copy[at(0x55, 128):at(0x55, 128) + 128] == b"\xff" * 128
        # buffered reads, as careless programs have them, are copies too
        with open(t.file("leaf1/swp1"), "rb") as f:
            f.seek(129)
            assert f.read(8) == b"LANEWISE"


def test_page_select_reads_zero_and_moves_nothing():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        t.read("leaf1/swp1", at(0x11, 128), 1)
        assert t.read("leaf1/swp1", 127, 1) == b"\0"
        t.write("leaf1/swp1", 126, [1, 0x11])
        assert t.read("leaf1/swp1", 126, 2) == b"\0\0"
        assert t.read("leaf1/swp1", 129, 8) == b"LANEWISE"
        t.write("leaf1/swp1", 127, [0])
        assert t.read("leaf1/swp1", 128, 1) == t.read("leaf1/swp1", 0, 1) == b"\x19"


def test_sfp_has_both_addresses():
    with Twin() as t:
        # temperature of A2h: above zero when the module has started
        await_true("monitors", lambda: 10 < t.read("srv1/p0", 256 + 96, 1)[0] < 80)
        assert t.read("srv1/p0", 20, 8) == b"LANEWISE"
        low, high = t.read("srv1/p0", 250, 12)[:6], t.read("srv1/p0", 250, 12)[6:]
        assert low == t.read("srv1/p0", 250, 6) and high == t.read("srv1/p0", 256, 6)
        await_true("light", lambda: t.read("srv1/p0", 256 + 102, 2) != b"\0\0")
        t.write("srv1/p0", 256 + 110, [0x40])  # soft Tx disable
        await_true("no light", lambda: t.read("srv1/p0", 256 + 102, 2) == b"\0\0")


def test_qsfp28_is_disabled_by_lane():
    with Twin() as t:
        await_true("an answer", lambda: os_error(lambda: t.read("leaf1/swp5", 0, 1)) == 0)
        assert t.read("leaf1/swp5", 0, 1) == b"\x11"
        t.write("leaf1/swp5", 86, [0x05])
        assert t.read("leaf1/swp5", 86, 1)[0] & 15 == 5


def hammer(path, results):
    """Read identity and a page in turn, count what does not belong."""
    wrong = 0
    with open(path, "rb", buffering=0) as f:
        for _ in range(1500):
            f.seek(128)
            wrong += f.read(17)[1:9] != b"LANEWISE"
            f.seek(at(0x11, 128))
            wrong += f.read(4) != b"\x11" * 4
    results.put(wrong)


def test_many_programs_read_at_once():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        results = multiprocessing.Queue()
        children = [multiprocessing.Process(target=hammer, args=(t.file("leaf1/swp1"), results))
                    for _ in range(3)]
        for child in children:
            child.start()
        # meanwhile one writes, and the socket talks
        for _ in range(20):
            t.write("leaf1/swp2", at(0x10, 130), [0x33])
            assert t.ask("read", "leaf1/swp1", "byte=0", "len=1") == "19"
        wrong = [results.get(timeout=PATIENCE) for _ in children]
        for child in children:
            child.join(PATIENCE)
        assert wrong == [0, 0, 0], wrong


def hammer_whole(path, results):
    """Read a page that others write as a whole: bytes of two writes never mix."""
    mixed = 0
    for _ in range(40):
        with open(path, "rb", buffering=0) as f:
            f.seek(at(0x03, 128))
            mixed += len(set(f.read(128))) != 1
    results.put(mixed)


def test_each_access_is_atomic_for_64_readers():
    with Twin() as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        t.write("leaf1/swp1", at(0x03, 128), [0] * 128)
        results = multiprocessing.Queue()
        children = [multiprocessing.Process(target=hammer_whole,
                                            args=(t.file("leaf1/swp1"), results))
                    for _ in range(64)]
        for child in children:
            child.start()
        written = 0
        while any(child.is_alive() for child in children) and results.qsize() < len(children):
            written += 1
            t.write("leaf1/swp1", at(0x03, 128), [written & 0xff] * 128)
        mixed = [results.get(timeout=PATIENCE) for _ in children]
        for child in children:
            child.join(PATIENCE)
        assert mixed == [0] * 64, mixed
        assert written > 1


def test_socket_works_without_files():
    with Twin(mount=False) as t:
        await_true("an answer", lambda: run("twin", "--ask", t.socket, "read", "leaf1/swp1",
                                            "byte=0", "len=1").stdout == "19\n")
        cages = json.loads(t.ask("list"))
        assert len(cages) == 25 and cages[0]["cage"] == "leaf1/swp1"
        first = cages[0]
        assert first["module"] == "OSFP-800G-DR8" and first["size"] == 32896 and first["lpmode"]
        clock = json.loads(t.ask("time"))
        assert clock["world_s"] > 0 and clock["speed"] == 50
        assert t.ask("help").startswith("read CAGE")
        assert t.ask("pin", "leaf1/swp1", "reset", "1") == "ok"
        assert "acknowledge" in t.ask("read", "leaf1/swp1", "byte=0", "len=1", status=1)
        assert "no cage" in t.ask("read", "leaf9/swp1", "byte=0", "len=1", status=1)
        assert stat.S_IMODE(os.stat(t.socket).st_mode) == 0o600


def test_socket_takes_pieces_and_several_commands():
    with Twin(mount=False) as t:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(t.socket)
            s.settimeout(PATIENCE)
            for piece in (b"ti", b"me\r\nnons", b"ense\nhelp\n"):
                s.sendall(piece)
            f = s.makefile("r")
            assert "world_s" in f.readline()
            assert f.readline().startswith("error: there is no command")
            assert f.readline().startswith("read CAGE")
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(t.socket)
            s.settimeout(PATIENCE)
            s.sendall(b"x" * 5000)
            assert s.makefile("r").readline().startswith("error: a command has at most")
        with socket.socket(socket.AF_UNIX) as s:  # goes away in the middle
            s.connect(t.socket)
            s.sendall(b"list\nlist\nli")
        assert "world_s" in t.ask("time")


def test_second_server_does_not_take_the_socket():
    with Twin(mount=False) as t:
        done = run("twin", EXAMPLE, "--socket", t.socket)
        assert done.returncode == 3 and "another server" in done.stderr, done.stderr
        assert "world_s" in t.ask("time")


def test_socket_of_a_dead_server_is_replaced():
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "control")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        done = run("twin", "--ask", path, "time")
        assert done.returncode == 3 and "no server" in done.stderr
        server = subprocess.Popen([LANEWISE, "twin", EXAMPLE, "--socket", path],
                                  stderr=subprocess.PIPE, text=True)
        assert "serving" in server.stderr.readline()
        assert run("twin", "--ask", path, "time").returncode == 0
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0 and not os.path.exists(path)
        server.stderr.close()
        with open(path, "w", encoding="ascii") as f:
            f.write("precious")
        done = run("twin", EXAMPLE, "--socket", path)
        assert done.returncode == 2 and "no socket" in done.stderr
        with open(path, encoding="ascii") as f:
            assert f.read() == "precious"


def test_mount_refuses_what_it_should_not_cover():
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, "precious"), "w", encoding="ascii") as f:
            f.write("x")
        done = run("twin", EXAMPLE, "--mount", home)
        assert done.returncode == 2 and "not empty" in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1
        server = subprocess.Popen([LANEWISE, "twin", EXAMPLE, "--mount", home, "--nonempty"],
                                  stderr=subprocess.PIPE, text=True)
        if "serving" in server.stderr.readline():  # else there is no FUSE
            names = os.listdir(home)
            assert "precious" not in names and "leaf1" in names, names
            server.send_signal(signal.SIGINT)
            status = server.wait(PATIENCE)
            assert status == 0, f"exit {status}: {server.stderr.read()}"
        server.wait(PATIENCE)
        server.stderr.close()
        assert os.listdir(home) == ["precious"], os.listdir(home)
        done = run("twin", EXAMPLE, "--mount", os.path.join(home, "none"))
        assert done.returncode == 2 and "none" in done.stderr and done.stderr.count("\n") == 1


def test_killed_server_leaves_a_mount_that_is_explained():
    t = Twin()
    with t:
        t.server.kill()
        t.server.wait(PATIENCE)
        try:
            done = run("twin", EXAMPLE, "--mount", t.dir)
            assert done.returncode == 3 and "fusermount3 -u" in done.stderr, done.stderr
        finally:
            subprocess.run(["umount", "-l", t.dir], check=True)
            t.server.stderr.close()
            t.clean()
            t.__init__()
        assert "serving" in t.said


def wait_for_pin(f, timeout):
    """As with a sysfs attribute: wait, then read from the beginning."""
    p = select.poll()
    p.register(f, select.POLLPRI | select.POLLERR)
    return bool(p.poll(timeout * 1000))


def test_interrupt_can_be_waited_for():
    with Twin() as t:
        def quiet():  # the flags of the start are read, and with that cleared
            t.read("leaf1/swp1", 8, 6)
            t.read("leaf1/swp1", at(0x11, 134), 20)
            return t.pin("leaf1/swp1", "interrupt") == "0\n"
        t.await_module("leaf1/swp1", LOW_POWER)
        t.write("leaf1/swp1", at(0x10, 128), [0xff])  # no data path is to start by itself
        # only the module's state is news: not lanes without light, nor a monitor at its limit
        t.write("leaf1/swp1", 32, [0xff] * 5)
        t.write("leaf1/swp1", at(0x10, 213), [0xff] * 20)
        await_true("no interrupt", quiet)
        with open(t.file("leaf1/swp1", "interrupt"), "rb", buffering=0) as f:
            assert f.read(2) == b"0\n"
            assert not wait_for_pin(f, 0)
            # time passes, the module changes its state and says so
            t.pin("leaf1/swp1", "lpmode", 0)
            assert wait_for_pin(f, PATIENCE), "the change of state woke nobody"
            f.seek(0)
            assert f.read(2) == b"1\n"
            assert not wait_for_pin(f, 0)
            # another program reads the flags
            await_true("no interrupt", quiet)
            assert wait_for_pin(f, PATIENCE), "the read woke nobody"
            f.seek(0)
            assert f.read(2) == b"0\n"


def test_presence_can_be_waited_for_by_many():
    with Twin() as t:
        files = [open(t.file("leaf1/swp1", "present"), "rb", buffering=0) for _ in range(3)]
        for f in files:
            assert f.read(2) == b"1\n" and not wait_for_pin(f, 0)
        t.ask("unplug", "leaf1/swp1")
        for f in files:
            assert wait_for_pin(f, PATIENCE)
            f.seek(0)
            assert f.read(2) == b"0\n"
        t.ask("plug", "leaf1/swp1")
        for f in files:
            assert wait_for_pin(f, PATIENCE)
            f.close()


def first_decode(t, cage):
    t.await_answer(cage)
    done = run("decode", "--json", t.file(cage))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


GOLDEN = os.path.join(ROOT, "tests/golden")
ZR = "cmis-juniper-2e1-740-157132-2e1czfa750085"
LR = "sff8472-arista-networks-sfp-10glr-31-f2032002145"


def test_modules_need_no_fabric():
    with tempfile.TemporaryDirectory() as home:
        recipe = os.path.join(home, "mine.yaml")
        with open(recipe, "w", encoding="ascii") as f:
            f.write("part: QSFP28-100G-LR4\nvendor: ACME\nsn: A17\n")
        modules = ("OSFP-800G-DR8", os.path.join(GOLDEN, ZR, "dump.bin"), recipe,
                   os.path.join(GOLDEN, LR, "dump.bin"), "DAC-OSFP-2xQSFP112",
                   "AEC-QSFP-DD-4xQSFP28")
        with Twin(modules=modules) as t:
            assert sorted(os.listdir(os.path.join(t.dir, "module"))) == \
                sorted(f"cage{i}" for i in range(1, 13))
            assert first_decode(t, "module/cage1")["vendor_pn"] == "OSFP-800G-DR8"
            with open(os.path.join(GOLDEN, ZR, "expected.json"), encoding="utf-8") as f:
                want = json.load(f)
            got = first_decode(t, "module/cage2")
            for key in ("vendor_name", "vendor_pn", "vendor_sn", "applications", "checksums"):
                assert got[key] == want[key], key
            got = first_decode(t, "module/cage3")
            assert (got["vendor_name"], got["vendor_sn"]) == ("ACME", "A17")
            assert first_decode(t, "module/cage4")["memory_map"] == "sff8472"
            # a cable's plugs are joined
            assert first_decode(t, "module/cage6")["cable"] == "passive copper"
            await_true("copper", lambda: all(
                p["carrier"] for p in json.loads(t.ask("ports", "module/cage5"))))
            # behind a gearbox the host has the lanes of that side
            for cage, lanes, fec in ("8", 2, "RS(544,514)"), ("12", 4, "RS(528,514)"):
                port = json.loads(t.ask("ports", "module/cage" + cage))[0]
                assert (port["rate_mbps"], port["lanes"], port["fec"]) == (100000, lanes, fec)


def test_fabric_takes_modules_from_files():
    with tempfile.TemporaryDirectory() as home:
        shutil.copy(os.path.join(GOLDEN, LR, "dump.bin"), os.path.join(home, "lr.bin"))
        with open(os.path.join(home, "mine.yaml"), "w", encoding="ascii") as f:
            f.write("part: SFP28-25G-SR\nsn: A18\n")
        fabric = os.path.join(home, "fabric.yaml")
        with open(fabric, "w", encoding="ascii") as f:
            f.write("fabric: files\ndevices:\n"
                    "  a: {cages: {p0: {form: SFP28, mode: 1x10G, module: {dump: lr.bin}}}}\n"
                    "  b: {cages: {p0: {form: SFP28, mode: 1x25G, module: {recipe: mine.yaml}}}}\n"
                    "cables: []\n")
        with Twin(fabric=fabric) as t:
            assert first_decode(t, "a/p0")["vendor_pn"] == "SFP-10GLR-31"
            assert first_decode(t, "b/p0")["vendor_sn"] == "A18"


def test_module_is_swapped_for_another():
    with Twin() as t:
        t.await_answer("nic1/p0")
        assert t.ask("swap", "nic1/p0", "QSFP28-100G-LR4") == "ok"
        got = first_decode(t, "nic1/p0")
        assert got["vendor_pn"] == "QSFP28-100G-LR4" and got["memory_map"] == "sff8636"
        dump = os.path.join(GOLDEN, LR, "dump.bin")
        assert t.ask("swap", "nic1/p0", dump) == "ok"
        assert first_decode(t, "nic1/p0")["vendor_pn"] == "SFP-10GLR-31"
        assert os.path.getsize(t.file("nic1/p0")) == 33152
        assert "no-such" in t.ask("swap", "nic1/p0", "no-such", status=1)
        assert first_decode(t, "nic1/p0")["vendor_pn"] == "SFP-10GLR-31"
        assert t.ask("swap", "nic1/p0") == "ok"
        assert first_decode(t, "nic1/p0")["vendor_pn"] == "QSFP112-400G-DR4"
        assert t.ask("fault", "counterfeit:nic1/p0=NONAME", "on") == "ok"
        got = first_decode(t, "nic1/p0")
        assert got["vendor_name"] == "NONAME" and all(c["ok"] for c in got["checksums"].values())
        assert t.ask("fault", "counterfeit:nic1/p0", "off") == "ok"
        assert first_decode(t, "nic1/p0")["vendor_name"] == "LANEWISE"


def test_module_is_replugged():
    with Twin(speed="1") as t:
        t.await_module("leaf1/swp1", LOW_POWER)
        t.write("leaf1/swp1", at(0x10, 130), [0x5a])
        assert t.ask("replug", "leaf1/swp1") == "ok"
        assert t.pin("leaf1/swp1", "present") == "0\n"
        await_true("presence", lambda: t.pin("leaf1/swp1", "present") == "1\n")
        t.await_module("leaf1/swp1", LOW_POWER)
        assert t.read("leaf1/swp1", at(0x10, 130), 1) == b"\0"


def test_unmount_from_outside_ends_the_server():
    t = Twin()
    with t:
        subprocess.run(["umount", t.dir], check=True)
        assert t.server.wait(PATIENCE) == 0
        assert not os.path.exists(t.socket)


def test_wrong_usage_is_refused():
    for args in ((), (EXAMPLE,), (EXAMPLE, "--mount"), (EXAMPLE, "--socket", ""),
                 (EXAMPLE, "--socket", "s", "--speed", "0"),
                 (EXAMPLE, "--socket", "s", "--speed", "-1"),
                 (EXAMPLE, "--socket", "s", "--speed", "nan"),
                 (EXAMPLE, "--socket", "s", "--speed", "1e9"),
                 (EXAMPLE, "--socket", "s", "--bank-stride", "100"),
                 (EXAMPLE, "--socket", "s", "--seed", "x"), ("--ask", "s"),
                 (EXAMPLE, "--socket", "x" * 200), ("no-such-file", "--socket", "s")):
        done = run("twin", *args)
        assert done.returncode == 2, (args, done.returncode, done.stderr)
        assert done.stderr.count("\n") == 1, done.stderr
    with tempfile.TemporaryDirectory() as home:
        recipe = os.path.join(home, "mine.yaml")
        with open(recipe, "w", encoding="ascii") as f:
            f.write("sn: A17\npart: NO-SUCH\n")
        for name, said in ("NO-SUCH", "neither a file nor a part"), (recipe, 'mine.yaml:2: no part'):
            done = run("twin", name, "--socket", "s")
            assert done.returncode == 2 and said in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
