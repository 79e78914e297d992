#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Devices as users of the command line meet them; a mounted virtual module stands for a driver's
file. Prints TAP.

usage: test-device.py LANEWISE ROOT [PART-OF-A-NAME]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import tap

LANEWISE, ROOT = sys.argv[1:3]
EXAMPLE = os.path.join(ROOT, "examples/first-light.yaml")
GOLDEN = os.path.join(ROOT, "tests/golden")
CMIS = os.path.join(GOLDEN, "cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin")
SFP = os.path.join(GOLDEN, "sff8472-finisar-corp-ftlx8571d3bcl-mup0wb0/dump.bin")
os.environ["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + \
    os.path.join(ROOT, "tests/cli/lsan-fuse.txt")


def run(*args):
    return subprocess.run([LANEWISE, *args], capture_output=True, text=True, timeout=120,
                          check=False)


def expect(done, status):
    assert done.returncode == status, (done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done


def decode(*args):
    doc = json.loads(expect(run("decode", "--json", *args), 0).stdout)
    doc.pop("source")
    return doc


def test_dump_read_as_a_device_decodes_the_same():
    for dump in (CMIS, SFP):
        assert decode(dump) == decode("eeprom:" + dump)
        assert decode(dump) == decode("--max-read", "3", "eeprom:" + dump)


def test_trace_has_every_access_and_no_more_than_max_read():
    with tempfile.TemporaryDirectory() as d:
        trace = os.path.join(d, "trace")
        decode("eeprom:" + CMIS, "--trace", trace)
        rows = open(trace, encoding="ascii").read().splitlines()
    assert rows[0] == "# lanewise trace 1", rows[0]
    cells = [dict(zip(rows[1].split(","), r.split(","))) for r in rows[2:]]
    lower = [c for c in cells if c["byte"] == "0" and c["bytes"] == "128"]
    with open(CMIS, "rb") as f:
        assert bytes.fromhex(lower[0]["data"]) == f.read(128)
    assert {c["op"] for c in cells} <= {"read", "poll"}
    times = [int(c["at_ns"]) for c in cells]
    assert times[0] == 0 and times == sorted(times) and int(cells[0]["took_ns"]) > 0


def test_trace_decodes_as_the_device_that_it_is_of():
    with tempfile.TemporaryDirectory() as d:
        trace = os.path.join(d, "x.trace")
        seen, again = (json.loads(expect(run("decode", "--json", *args), 0).stdout)
                       for args in (("--trace", trace, "eeprom:" + CMIS), (trace,)))
        with open(trace, "a", encoding="ascii") as f:
            f.write("nonsense\n")
        bad = expect(run("decode", trace), 2).stderr
    for d in (seen, again):
        d.pop("source")
    assert seen == again
    assert "x.trace" in bad, bad


def test_trace_that_cannot_be_written_is_an_error():
    e = expect(run("decode", "eeprom:" + CMIS, "--trace", "/no/such/folder/trace"), 3).stderr
    assert "/no/such/folder/trace" in e, e


def test_trace_of_a_dump_is_refused():
    for args in ((CMIS,), ("eeprom:" + CMIS, "eeprom:" + SFP)):
        e = expect(run("decode", "--trace", "/tmp/x", *args), 2).stderr
        assert "one device" in e, e


def test_max_read_out_of_range_is_refused():
    for value in ("0", "129", "x", "", "1x", "-1"):
        e = expect(run("decode", "--max-read", value, CMIS), 2).stderr
        assert "max-read" in e, e


def test_missing_device_is_told():
    for source, word in (("/dev/i2c-54321", "modprobe i2c-dev"), ("net:no-such-0", "no-such-0"),
                         ("eeprom:/no/such/file", "/no/such/file"), ("/dev/i2c-x", "number"),
                         ("/dev/i2c-1:99", "7-bit")):
        done = expect(run("decode", source), 2)
        assert word in done.stderr and not done.stdout, done.stderr


def test_loopback_interface_has_no_module():
    done = run("decode", "net:lo")
    assert done.returncode in (2, 3) and "net:lo" in done.stderr, done.stderr


def test_file_of_no_module_is_told():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "zero")
        with open(path, "wb") as f:
            f.write(bytes(256 * 129))
        e = expect(run("decode", "eeprom:" + path), 2).stderr
        assert "identifier 00h" in e, e
        with open(path, "wb") as f:
            f.write(b"\x18")
        e = expect(run("decode", "eeprom:" + path), 3).stderr
        assert "1 bytes instead of 128" in e, e


def test_mounted_twin_is_read_as_a_device():
    if not os.path.exists("/dev/fuse"):
        raise tap.Skip("there is no /dev/fuse")
    with tempfile.TemporaryDirectory(prefix="lw-device-") as d:
        mount = os.path.join(d, "cages")
        os.mkdir(mount)
        with subprocess.Popen([LANEWISE, "twin", EXAMPLE, "--mount", mount, "--speed", "50",
                               "--socket", os.path.join(d, "control")], stderr=subprocess.PIPE,
                              text=True) as server:
            said = server.stderr.readline()
            if "serving" not in said:
                server.kill()
                raise tap.Skip("FUSE cannot be used here: " + said.strip())
            try:
                check_mount(os.path.join(mount, "leaf1/swp1/eeprom"), os.path.join(d, "control"),
                            os.path.join(d, "trace"))
            finally:
                server.terminate()
                server.wait(60)


def check_mount(eeprom, control, trace):
    end = time.monotonic() + 60
    while run("decode", eeprom).returncode and time.monotonic() < end:
        time.sleep(0.02)  # the module starts
    doc = decode(eeprom, "--trace", trace)
    assert doc["vendor_pn"] and doc["memory_map"] == "cmis", doc
    rows = open(trace, encoding="ascii").read().splitlines()[2:]
    # each page once, and none whose advertisement says no: tunable laser, network path ...
    pages = [tuple(r.split(",")[3:7]) for r in rows if r.split(",")[7] == "128"]
    assert len(pages) == len(set(pages)) and len(pages) > 5, pages
    assert not {"04", "05", "12", "15", "16"} & {p[2] for p in pages}, pages
    expect(run("twin", "--ask", control, "unplug", "leaf1/swp1"), 0)
    e = expect(run("decode", eeprom), 3).stderr
    assert "nothing plugged" in e and eeprom in e, e


if __name__ == "__main__":
    if not shutil.which(LANEWISE):
        sys.exit(f"{LANEWISE} cannot be run")
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
