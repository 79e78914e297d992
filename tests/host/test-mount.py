#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Host software of any kind on the files and the socket of "lanewise twin": every way to read and
write that a program has, drivers' layouts, pins, masters that select pages themselves. Prints TAP.

usage: test-mount.py LANEWISE ROOT [PART-OF-A-NAME]
"""
import errno
import fcntl
import glob
import json
import mmap
import multiprocessing
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap
from server import Server, at, await_true, os_error

LANEWISE, ROOT = sys.argv[1:3]
READY, LOW_POWER = 3, 1

FABRIC = """fabric: kinds
devices:
  sw:
    cages:
      swp1: {form: OSFP, mode: 1x800G, module: OSFP-800G-DR8}
      swp2: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}
      swp3: {form: SFP28, mode: 1x25G, module: SFP28-25G-SR}
cables: []
"""
OSFP, QSFP, SFP = "sw/swp1", "sw/swp2", "sw/swp3"


def serve(**options):
    return Server(LANEWISE, ROOT, FABRIC, **options)


def ready(t):
    t.ask("pin", QSFP, "lpmode", "0")
    t.await_module(OSFP, LOW_POWER)
    await_true("QSFP", lambda: os_error(lambda: t.read(QSFP, 0, 3)) == 0 and
               t.read(QSFP, 2, 1)[0] & 1 == 0)
    await_true("SFP", lambda: os_error(lambda: t.read(SFP, 256 + 110, 1)) == 0 and
               t.read(SFP, 256 + 110, 1)[0] & 1 == 0)


def test_positions_and_odd_sizes_reach_the_page_they_name():
    with serve() as t:
        ready(t)
        fd = os.open(t.file(OSFP), os.O_RDWR)
        try:
            whole = os.pread(fd, 256, 0)
            assert len(whole) == 256 and whole[0] == 0x19 and whole[129:137] == b"LANEWISE"
            assert os.pread(fd, 255, 1)[127:] == whole[128:]  # over the border
            for first, n in ((0, 1), (125, 7), (127, 2), (128, 128), (200, 56)):
                assert os.pread(fd, n, first) == whole[first:first + n], (first, n)
            # a word that lies in two pages: 00h:255 and 01h:128
            assert os.pread(fd, 2, 255) == whole[255:] + os.pread(fd, 1, 256)
            page1 = os.pread(fd, 128, at(1, 128))
            assert os.pread(fd, 3, at(1, 142)) == page1[14:17]
            assert os.pwrite(fd, b"\x11\x22\x33", at(0x10, 145)) == 3
            assert os.pread(fd, 5, at(0x10, 144))[1:4] == b"\x11\x22\x33"
            # over the border of two pages: 02h is read-only, 03h the user's
            assert os.pwrite(fd, b"\xee\xaa\xbb", at(2, 255)) == 3
            assert os.pread(fd, 2, at(3, 128)) == b"\xaa\xbb"
            assert os.pread(fd, 1, at(2, 255)) != b"\xee"
            assert os.writev(fd, [b""]) == 0
            os.lseek(fd, at(0x10, 146), os.SEEK_SET)
            parts = [bytearray(1), bytearray(2)]
            assert os.readv(fd, parts) == 3 and bytes(parts[0] + parts[1])[:2] == b"\x22\x33"
        finally:
            os.close(fd)


def test_file_ends_where_its_layout_does():
    with serve() as t:
        ready(t)
        for cage, size in ((OSFP, 32896), (QSFP, 32896), (SFP, 33152)):
            fd = os.open(t.file(cage), os.O_RDWR)
            try:
                assert os.fstat(fd).st_size == os.lseek(fd, 0, os.SEEK_END) == size
                assert os.pread(fd, 1, size) == b"" and os.pread(fd, 128, size + 1000) == b""
                assert os_error(lambda: os.pwrite(fd, b"\0", size)) == errno.EINVAL
                assert os_error(lambda: os.pwrite(fd, b"\0\0", size - 1)) == errno.EINVAL
                # to the last page, which is not there
                assert os_error(lambda: os.pread(fd, 16, size - 1)) == errno.ENXIO
                assert os_error(lambda: os.ftruncate(fd, 0)) == 0
                assert os.fstat(fd).st_size == size
            finally:
                os.close(fd)
            with open(t.file(cage), "rb") as f:  # a copy, as of cp: FFh for what is not there
                copy = f.read()
            assert len(copy) == size and copy[-128:] == b"\xff" * 128


def test_file_grows_with_the_banks_of_what_is_plugged():
    recipe = 'part: OSFP-800G-DR8\nfields: {banks_supported: "0x01"}\n'
    with serve(files={"wide.bin": recipe}) as t:
        ready(t)
        with open(t.file(OSFP), "rb", buffering=0) as f:
            for what, size in (("wide.bin", 65664), ("", 32896)):
                t.ask("swap", OSFP, *([os.path.join(t.home, what)] if what else []))
                assert os.stat(t.file(OSFP)).st_size == os.fstat(f.fileno()).st_size == size
                assert f.seek(0, os.SEEK_END) == size


def test_each_map_lies_where_its_driver_has_it():
    with serve() as t:
        ready(t)
        assert t.byte(QSFP, 0) == t.byte(QSFP, 128) == 0x11
        assert t.read(QSFP, 148, 8) == b"LANEWISE"
        high, low = t.read(QSFP, at(3, 128), 4)[0], t.read(QSFP, at(3, 128), 4)[2]
        assert 60 <= high <= 90 and low > 127  # temperature alarms in degC: page 03h at 512
        assert at(3, 128) == 512
        assert t.byte(SFP, 0) == 0x03 and t.read(SFP, 20, 8) == b"LANEWISE"
        assert 60 <= t.byte(SFP, 256) <= 95  # A2h lies behind A0h
        assert t.read(SFP, 255, 2)[1] == t.byte(SFP, 256)
        assert 20 <= t.byte(SFP, 256 + 96) <= 60
        assert t.read(SFP, 256 + 127, 1) == b"\0"
        assert os_error(lambda: t.read(SFP, 256 + 2 * 128 + 128, 1)) == errno.ENXIO  # no page 02h


def test_tools_of_the_shell_work():
    with serve() as t:
        ready(t)
        path = t.file(OSFP)
        with tempfile.TemporaryDirectory() as home:
            out = os.path.join(home, "copy")
            subprocess.run(["cp", path, out], check=True)
            with open(out, "rb") as f:
                copy = f.read()
            subprocess.run(["dd", f"if={path}", f"of={out}", "bs=1", "skip=128", "count=17"],
                           check=True, stderr=subprocess.DEVNULL)
            with open(out, "rb") as f:
                assert f.read() == copy[128:145]
            subprocess.run(["dd", f"if={path}", f"of={out}", "bs=128"], check=False,
                           stderr=subprocess.DEVNULL)  # a host's access: ends at the first gap
            with open(out, "rb") as f:
                assert f.read()[128:256] == copy[128:256]
            subprocess.run(f"printf '\\132' | dd of={path} bs=1 seek={at(0x10, 130)} conv=notrunc",
                           shell=True, check=True, stderr=subprocess.DEVNULL)
            assert t.byte(OSFP, at(0x10, 130)) == 0x5a
        subprocess.run(f"echo 0 > {t.file(OSFP, 'lpmode')}", shell=True, check=True)
        t.await_module(OSFP, READY)


def test_what_a_device_file_refuses_is_refused():
    with serve() as t:
        ready(t)
        fd = os.open(t.file(OSFP), os.O_RDWR)
        try:
            error = os_error(lambda: mmap.mmap(fd, 4096))  # would read and keep what it likes
            assert error == errno.ENODEV, error
            fcntl.flock(fd, fcntl.LOCK_EX)  # programs may agree on who comes first
            fcntl.flock(fd, fcntl.LOCK_UN)
        finally:
            os.close(fd)
        assert os_error(lambda: os.unlink(t.file(OSFP))) in (errno.ENOSYS, errno.EPERM, errno.EACCES)
        assert os_error(lambda: os.rename(t.file(OSFP), t.file(OSFP, "other"))) != 0
        assert os_error(lambda: os.open(os.path.join(t.dir, "new"), os.O_CREAT | os.O_WRONLY)) != 0
        assert os_error(lambda: os.open(t.file(OSFP, "present"), os.O_WRONLY)) == errno.EACCES
        fd = os.open(t.file(OSFP), os.O_RDWR | os.O_APPEND)
        try:
            assert os_error(lambda: os.write(fd, b"\0")) == errno.EINVAL
        finally:
            os.close(fd)


def hammer(path, offset, value, rounds, broken):
    """Write a word and read it back: nobody else writes there."""
    fd = os.open(path, os.O_RDWR)
    for k in range(rounds):
        word = bytes([value, k & 0xff, value ^ 0xff, k & 0xff])
        os.pwrite(fd, word, offset)
        if os.pread(fd, 4, offset) != word:
            broken.value += 1
    os.close(fd)


def test_many_processes_never_mix_their_bytes():
    with serve() as t:
        ready(t)
        broken = multiprocessing.Value("i", 0)
        crowd = [multiprocessing.Process(
            target=hammer, args=(t.file(OSFP), at(3, 128 + 8 * k), k + 1, 200, broken))
            for k in range(8)]
        for p in crowd:
            p.start()
        for p in crowd:
            p.join()
            assert p.exitcode == 0
        assert broken.value == 0


def rewrite(path, stop):
    """Fill pages A0h to AFh, again and again with another byte."""
    fd = os.open(path, os.O_RDWR)
    k = 0
    while not stop.is_set():
        os.pwrite(fd, bytes([k & 0xff]) * 2048, at(0xa0, 128))
        k += 1
    os.close(fd)


def test_access_over_many_pages_is_one():
    with serve() as t:
        ready(t)
        t.write(OSFP, at(0xa0, 128), *bytes(2048))
        stop = multiprocessing.Event()
        writer = multiprocessing.Process(target=rewrite, args=(t.file(OSFP), stop))
        fd = os.open(t.file(OSFP), os.O_RDWR)
        writer.start()
        try:
            seen = set()
            while len(seen) < 100:
                got = os.pread(fd, 2048, at(0xa0, 128))
                assert got == got[:1] * 2048
                seen.add(got[0])
        finally:
            stop.set()
            writer.join()
            os.close(fd)
        assert writer.exitcode == 0


def test_open_file_outlives_its_module():
    with serve() as t:
        ready(t)
        fd = os.open(t.file(OSFP), os.O_RDWR)
        pin = os.open(t.file(OSFP, "present"), os.O_RDONLY)
        try:
            for _ in range(3):
                t.ask("unplug", OSFP)
                assert os.pread(pin, 2, 0) == b"0\n"
                assert os_error(lambda: os.pread(fd, 1, 0)) == errno.EIO
                assert os_error(lambda: os.pwrite(fd, b"\0", 26)) == errno.EIO
                t.ask("plug", OSFP)
                assert os.pread(pin, 2, 0) == b"1\n"
                await_true("an answer", lambda: os_error(lambda: os.pread(fd, 1, 0)) == 0)
            os.pwrite(fd, b"\x5a", at(0x10, 130))
            t.ask("swap", OSFP, "OSFP-400G-DR4")  # another module: nothing of the old one is left
            await_true("an answer", lambda: os_error(lambda: os.pread(fd, 1, 0)) == 0)
            assert os.pread(fd, 1, at(0x10, 130)) == b"\0"
            assert os.pread(fd, 16, 148).startswith(b"OSFP-400G-DR4")
            t.ask("swap", OSFP)
            await_true("an answer", lambda: os_error(lambda: os.pread(fd, 1, 0)) == 0)
            assert os.pread(fd, 16, 148).startswith(b"OSFP-800G-DR8")
        finally:
            os.close(fd)
            os.close(pin)


def test_counterfeit_of_each_map_has_another_vendor_and_right_sums():
    with serve() as t:
        ready(t)
        for cage, first, sums in ((OSFP, 128, [(128, 222)]), (QSFP, 128, [(128, 191), (192, 223)]),
                                  (SFP, 0, [(0, 63), (64, 95)])):
            for state, vendor in (("on", b"NONAME  "), ("off", b"LANEWISE")):
                t.ask("fault", f"counterfeit:{cage}=NONAME", state)
                await_true("an answer", lambda c=cage: os_error(lambda: t.read(c, 0)) == 0)
                page = t.read(cage, first, 128)
                at_name = 1 if cage == OSFP else 20
                assert page[at_name:at_name + 8] == vendor, (cage, page)
                for start, end in sums:
                    assert sum(page[start - first:end - first]) & 255 == page[end - first], cage


def test_reset_pulse_forgets_what_was_written():
    with serve() as t:
        ready(t)
        t.write(OSFP, at(0x10, 130), 0x5a)
        t.pin(OSFP, "reset", 1)
        assert os_error(lambda: t.read(OSFP, 0)) == errno.EIO
        t.pin(OSFP, "reset", 0)
        t.await_module(OSFP, LOW_POWER)
        assert t.byte(OSFP, at(0x10, 130)) == 0
        t.write(QSFP, 86, 0x0f)
        with open(t.file(QSFP, "reset"), "r+", encoding="ascii", buffering=1) as f:
            f.write("1\n")
            f.seek(0)
            f.write("0\n")
        await_true("QSFP", lambda: os_error(lambda: t.read(QSFP, 0)) == 0)
        assert t.byte(QSFP, 86) == 0


def test_low_power_pin_acts_both_ways():
    with serve() as t:
        ready(t)
        for _ in range(2):
            t.pin(OSFP, "lpmode", 0)
            t.await_module(OSFP, READY)
            t.pin(OSFP, "lpmode", 1)
            t.await_module(OSFP, LOW_POWER)
        t.pin(QSFP, "lpmode", 1)  # byte 93 is 0: the pin rules
        await_true("dark", lambda: t.read(QSFP, 42, 2) == b"\0\0")
        t.pin(QSFP, "lpmode", 0)
        await_true("bias", lambda: t.read(QSFP, 42, 2) != b"\0\0")


def test_sfp_cages_have_the_pins_of_sfp():
    with serve() as t:
        ready(t)
        own = {"tx_disable", "tx_fault", "rx_los", "rs0", "rs1"}
        names = {c: set(os.listdir(os.path.dirname(t.file(c)))) for c in (OSFP, SFP)}
        assert names[SFP] - names[OSFP] == own
        assert t.pin(SFP, "rx_los") == "1" and t.pin(SFP, "tx_fault") == "0"  # no fibre
        t.pin(SFP, "tx_disable", 1)
        assert t.byte(SFP, 256 + 110) & 0x80
        await_true("dark", lambda: t.read(SFP, 256 + 102, 2) == b"\0\0")
        t.ask("pin", SFP, "tx_disable", "0")
        await_true("light", lambda: t.read(SFP, 256 + 102, 2) != b"\0\0")
        t.ask("fault", f"dark:{SFP}", "on")
        assert t.pin(SFP, "tx_fault") == "1" and t.byte(SFP, 256 + 110) & 0x04
        t.ask("fault", f"dark:{SFP}", "off")
        assert t.pin(SFP, "tx_fault") == "0"
        for name in ("rs0", "rs1"):
            assert t.pin(SFP, name, 1) == "1"
        t.ask("unplug", SFP)
        assert t.pin(SFP, "rx_los") == t.pin(SFP, "tx_fault") == "1"  # pulled up
        listed = {c["cage"]: c for c in json.loads(t.ask("list"))}
        assert own <= set(listed[SFP]) and not own & set(listed[OSFP])


def fboss_read(t, cage, page, byte, n, i2c=0x50):
    """A master that drives the bus itself: select the page, then read."""
    if page is not None:
        t.ask("write", cage, "wire", "byte=127", f"data={page:02x}", f"i2c={i2c}")
    return bytes.fromhex(t.ask("read", cage, "wire", f"byte={byte}", f"len={n}", f"i2c={i2c}"))


def test_master_that_selects_pages_finds_them():
    with serve() as t:
        ready(t)
        assert fboss_read(t, OSFP, 0x11, 128, 4) == b"\x11" * 4
        assert fboss_read(t, OSFP, None, 127, 1) == b"\x11"
        assert fboss_read(t, OSFP, 0x00, 129, 8) == b"LANEWISE"
        assert fboss_read(t, OSFP, 0xf7, 128, 1) == b"\x19"  # page 00h shows
        assert fboss_read(t, OSFP, None, 127, 1) == b"\0"
        assert fboss_read(t, QSFP, 0x03, 128, 2) == t.read(QSFP, 512, 2)
        assert fboss_read(t, SFP, None, 96, 1, 0x51)[0] in range(20, 60)
        t.ask("write", OSFP, "wire", "byte=127", "data=10")
        t.ask("write", OSFP, "wire", "byte=130", "data=5a")
        assert t.byte(OSFP, at(0x10, 130)) == 0x5a  # files are not moved by it
        assert t.byte(OSFP, 127) == 0
        assert fboss_read(t, OSFP, None, 127, 1) == b"\x10"


def test_recorded_host_makes_a_twin_of_its_module():
    with tempfile.TemporaryDirectory() as home:
        with serve(options=("--record", home)) as t:
            ready(t)
            subprocess.run([LANEWISE, "decode", "--all", t.file(OSFP)], check=True,
                           capture_output=True)
            t.write(OSFP, at(3, 128), *b"mine")
            want = t.read(OSFP, 0, 2) + t.read(OSFP, 85, 40) + t.read(OSFP, 128, 128), \
                t.read(OSFP, at(1, 128), 128), t.read(OSFP, at(2, 128), 128)
        names = [os.path.basename(p) for p in glob.glob(home + "/*.trace")]
        assert sorted(names) == ["sw.swp1.trace", "sw.swp2.trace", "sw.swp3.trace"], names
        path = os.path.join(home, "sw.swp1.trace")
        fabric = 'fabric: again\ndevices:\n  sw: {cages: {swp1: {form: OSFP, mode: 1x800G, ' \
            f'module: {{trace: {path}}}}}}}}}\ncables: []\n'
        with Server(LANEWISE, ROOT, fabric) as t:
            t.await_module(OSFP, LOW_POWER)
            assert (t.read(OSFP, 0, 2) + t.read(OSFP, 85, 40) + t.read(OSFP, 128, 128),
                    t.read(OSFP, at(1, 128), 128), t.read(OSFP, at(2, 128), 128)) == want
            assert t.read(OSFP, at(3, 128), 4) == b"mine"
            t.pin(OSFP, "lpmode", 0)
            t.await_module(OSFP, READY)  # it behaves, it is no picture


def test_record_needs_a_directory():
    done = subprocess.run([LANEWISE, "twin", "OSFP-800G-DR8", "--socket", "s", "--record",
                           "/nowhere"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "/nowhere" in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
