#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise module ... firmware`, `prbs` and `loopback` as their users meet them. Prints TAP.

usage: test-module-firmware.py LANEWISE ROOT
"""
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import tap

LANEWISE, ROOT = sys.argv[1:3]
PART = "twin:OSFP-800G-DR8"
FLAT = "twin:QSFP28-100G-LR4"
SCRATCH = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with


def image(size, major=4, minor=2, spoil=None):
    """A load made for twins (docs/design/twin.md) in a file; its path."""
    body = bytearray((i * 7919 >> 3) & 0xff for i in range(size))
    crc = zlib.crc32(body)
    if spoil is not None:
        body[spoil] ^= 1
    head = struct.pack(">4sBBHI32s", b"LWTW", major, minor, 9, crc, b"made for twins")
    path = os.path.join(SCRATCH.name, f"{size}-{major}.{minor}-{spoil}.bin")
    with open(path, "wb") as f:
        f.write(head.ljust(64, b"\0") + body)
    return path


def run(*args, status=0):
    """Standard output and standard error."""
    done = subprocess.run([LANEWISE, "module", *args], capture_output=True, timeout=120,
                          check=False)
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    assert "Sanitizer" not in error and "runtime error" not in error, error
    if status == 2:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
    return done.stdout.decode(), error


def document(*args, status=0):
    return json.loads(run(*args, "--json", status=status)[0])


def documents(text):
    """Several documents, one after another."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def test_firmware_show_tells_the_banks():
    d = document(PART, "firmware")
    assert d["ok"] and d["error"] is None and d["action"] == "show"
    assert [b["bank"] for b in d["banks"]] == ["A", "B", "fixed"]
    assert [b["running"] for b in d["banks"]] == [True, False, False]
    assert d["banks"][0]["version"] == d["active"]
    assert d["features"]["epl"] and d["features"]["header_bytes"] == 64
    assert d["download"] is None
    text, error = run(PART, "firmware")
    assert "committed" in text and "EPL and LPL" in text and not error


def test_firmware_update_runs_the_new_image():
    text, error = run(PART, "firmware", "update", image(60000), "--json", "then", "firmware",
                      "--json")
    first, second = documents(text)
    for d in first, second:
        assert d["active"] == "4.2", d
        assert [b["committed"] for b in d["banks"]] == [False, True, False]
    assert first["download"]["way"] == "epl" and first["download"]["blocks"] == 30
    assert first["blocks_sent"] == 30 and first["begun_anew"] == 0
    assert first["write_seconds"] > 0
    for word in ("makes room", "(51 %)", "checks the image", "switches", "commits"):
        assert word in error, (word, error)
    _, error = run(PART, "firmware", "update", image(5000), "--quiet")
    assert not error


def test_firmware_steps_one_by_one():
    path = image(9000)
    text, _ = run(PART, "firmware", "download", path, "--way", "lpl", "--json", "then",
                  "firmware", "run", "--hitless", "--json", "then", "firmware", "commit", "--json",
                  "then", "firmware", "copy", "--json", "then", "firmware", "abort", "--json")
    load, go, commit, copy, abort = documents(text)
    assert load["download"]["way"] == "lpl" and load["download"]["block_bytes"] == 116
    assert [b["running"] for b in load["banks"]][:2] == [True, False]
    assert load["banks"][1]["version"] == "4.2" and load["banks"][1]["extra"] == "made for twins"
    assert [b["running"] for b in go["banks"]][:2] == [False, True]
    assert [b["committed"] for b in go["banks"]][:2] == [True, False]
    assert [b["committed"] for b in commit["banks"]][:2] == [False, True]
    assert copy["banks"][0]["version"] == "4.2"
    assert abort["ok"]


def test_firmware_dry_run_writes_nothing():
    text, _ = run(PART, "firmware", "update", image(9000), "--dry-run", "--json", "then",
                  "firmware", "--json")
    plan, after = documents(text)
    assert plan["dry_run"] and plan["blocks_sent"] == 0
    assert plan["download"]["blocks"] == 5 and plan["download"]["bank"] == "B"
    assert plan["download"]["max_seconds"] > 3
    assert after["banks"][1]["valid"] and after["banks"][1]["version"] != "4.2"
    text, _ = run(PART, "firmware", "update", image(9000), "--dry-run")
    for word in ("0101h", "0104h", "0107h", "0109h", "010Ah", "links go down"):
        assert word in text, text


def test_firmware_bad_news_and_bad_usage():
    _, error = run(PART, "firmware", "download", image(3000, spoil=100), "--quiet", status=1)
    assert "checksum" in error
    d = document(PART, "firmware", "download", image(3000, spoil=100), "--quiet", status=1)
    assert not d["ok"] and "checksum" in d["error"] and d["begun_anew"] > 0
    assert d["banks"][0]["running"] and d["banks"][0]["valid"]
    packed = os.path.join(SCRATCH.name, "packed.bin")
    with open(packed, "wb") as f:
        f.write(b"\x1f\x8b" + bytes(5000))
    _, error = run(PART, "firmware", "download", packed, status=2)
    assert "gunzip" in error
    _, error = run(FLAT, "firmware", status=1)
    assert "CMIS" in error
    for args in (["firmware", "download"], ["firmware", "download", "/nowhere"],
                 ["firmware", "upgrade"], ["firmware", "show", "more"],
                 ["firmware", "--password", "x"], ["firmware", "--way", "up"],
                 ["firmware", "--block", "0"], ["firmware", "--delay", "70000"],
                 ["firmware", "--lanes", "1"]):
        run(PART, *args, status=2)


def lanes_of(d):
    return {lane["lane"]: lane for lane in d["lanes"]}


def test_prbs_counts_errors_with_confidence():
    d = document(PART, "prbs", "--loopback", "media-output", "--for", "3")
    assert d["ok"] and d["restored"] and d["pattern"] == "PRBS-31Q" and not d["gated"]
    lanes = lanes_of(d)
    assert sorted(lanes) == list(range(1, 9))
    for lane in lanes.values():
        assert lane["locked"] and not lane["lost"]
        assert lane["bits"] > 3e11 and lane["ber_low"] <= lane["ber"] <= lane["ber_high"] < 1e-9
        assert lane["snr_db"] > 15
    text, _ = run(PART, "prbs", "--loopback", "media-output", "--for", "3", "--confidence", "0.99")
    assert "99 % confidence" in text and "locked" in text


def test_prbs_from_one_module_to_another():
    d = document(PART, "prbs", "--far", PART, "--for", "5", "--lanes", "1-4")
    assert d["gated"] and d["seconds"] == 5 and sorted(lanes_of(d)) == [1, 2, 3, 4]
    assert {w["far"] for w in d["writes"]} == {False, True}
    assert all(lane["locked"] for lane in d["lanes"])
    back = document(PART, "prbs", "--far", PART, "--for", "2", "--reverse", "--pattern", "prbs13q")
    assert back["pattern"] == "PRBS-13Q" and len(back["lanes"]) == 8
    run(PART, "prbs", "--far", PART, "--for", "2", "--limit", "1e-3")
    run(PART, "prbs", "--far", PART, "--for", "2", "--limit", "1e-12", status=1)


def test_prbs_without_a_pattern_is_bad_news():
    d = document(PART, "prbs", "--only", "check", "--for", "1", status=1)
    assert d["ok"] and not any(lane["locked"] for lane in d["lanes"])
    assert d["restored"]


def test_prbs_dry_run_and_bad_usage():
    d = document(PART, "prbs", "--loopback", "media-output", "--dry-run", "--lanes", "2")
    assert [(w["byte"], w["data"]) for w in d["writes"]][:2] == [(180, [2]), (152, [2])]
    assert not d["lanes"]
    for args in (["prbs", "inside"], ["prbs", "--pattern", "noise"], ["prbs", "--for", "x"],
                 ["prbs", "--confidence", "1"], ["prbs", "--loopback", "round"],
                 ["prbs", "--reverse"], ["prbs", "--only", "send", "--far", PART],
                 ["prbs", "--for", "0"], ["prbs", "media", "host"], ["prbs", "--lanes", "9"],
                 ["prbs", "--far", "/dev/nowhere"], ["prbs", "--far", "twin:nothing"]):
        run(PART, *args, status=2)
    _, error = run(FLAT, "prbs", status=1)
    assert "CMIS" in error


def test_loopback_is_taken_away_or_kept():
    text, _ = run(PART, "loopback", "media-input", "--lanes", "1-3", "--for", "2", "--json",
                  "then", "loopback", "--json", "then", "loopback", "host-input", "--lanes", "5",
                  "--keep", "--json", "then", "loopback", "--json", "then", "loopback", "off",
                  "--json", "then", "loopback", "--json")
    away, shown, kept, there, off, end = documents(text)

    def on(d):
        return {x["name"]: x["lanes_before"] for x in d["loopbacks"] if x["lanes_before"]}

    assert away["ok"] and away["restored"] and not on(shown)
    assert kept["ok"] and on(there) == {"host-input": [5]}
    assert off["ok"] and not on(end)
    text, _ = run(PART, "loopback")
    assert "media-output" in text and "each lane" in text
    for args in (["loopback", "round"], ["loopback", "media-input", "--for", "0"],
                 ["loopback", "off", "now"]):
        run(PART, *args, status=2)


def test_help_needs_no_module():
    for name, word in (("firmware", "--hitless"), ("prbs", "--confidence"), ("loopback", "--keep")):
        text, _ = run(name, "--help")
        assert word in text and "examples" not in text, text
    text, _ = run("--help")
    for name in "firmware", "prbs", "loopback":
        assert f"  {name}" in text


def mounted(fabric, body):
    """Call `body` with the directory under which the modules of a fabric are files."""
    if not os.path.exists("/dev/fuse") or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise tap.Skip("no /dev/fuse here")
    where = tempfile.mkdtemp(dir=SCRATCH.name)
    env = dict(os.environ)
    env["LSAN_OPTIONS"] = "suppressions=" + os.path.join(ROOT, "tests/cli/lsan-fuse.txt")
    server = subprocess.Popen([LANEWISE, "twin", fabric, "--mount", where, "--speed", "20"],
                              stderr=subprocess.PIPE, env=env)
    try:
        line = server.stderr.readline().decode()
        if "serving" not in line:
            raise tap.Skip(f"cannot be mounted here: {line.strip()}")
        return body(where)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def test_file_of_a_module_is_updated_and_an_interrupted_download_recovers():
    fabric = os.path.join(ROOT, "examples/first-light.yaml")

    def body(where):
        eeprom = os.path.join(where, "leaf1/swp1/eeprom")
        path = image(120000)
        # killed without a word in the middle
        killed = subprocess.Popen([LANEWISE, "module", eeprom, "firmware", "download", path,
                                   "--way", "lpl"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        killed.stderr.readline()
        for _ in range(2):
            killed.stderr.readline()
        killed.kill()
        killed.communicate()
        broken = document(eeprom, "firmware")
        assert broken["banks"][0]["running"] and broken["banks"][0]["valid"]
        assert not broken["banks"][1]["valid"]
        # ended with Ctrl-C: in good order
        stopped = subprocess.Popen([LANEWISE, "module", eeprom, "firmware", "download", path,
                                    "--way", "lpl"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for _ in range(4):
            stopped.stderr.readline()
        stopped.send_signal(signal.SIGINT)
        _, error = stopped.communicate(timeout=60)
        assert stopped.returncode == 1 and b"stopped" in error, error
        d = document(eeprom, "firmware", "update", path)
        assert d["ok"] and d["banks"][1]["running"] and d["active"] == "4.2"

    mounted(fabric, body)


def test_file_of_a_module_is_tested_and_left_as_it_was():
    fabric = os.path.join(ROOT, "examples/first-light.yaml")

    def body(where):
        near = os.path.join(where, "leaf1/swp1/eeprom")
        with open(os.path.join(where, "leaf1/swp1/lpmode"), "w", encoding="ascii") as f:
            f.write("0")
        time.sleep(2)
        d = document(near, "prbs", "--loopback", "media-output", "--for", "1")
        assert d["ok"] and d["restored"] and all(x["locked"] for x in d["lanes"])
        held = subprocess.Popen([LANEWISE, "module", near, "loopback", "media-input", "--for", "0"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        held.stderr.readline()
        time.sleep(1)
        shown = document(near, "loopback")
        assert shown["loopbacks"][1]["lanes_before"] == list(range(1, 9)), shown
        held.send_signal(signal.SIGTERM)
        held.communicate(timeout=60)
        assert held.returncode == 0
        assert not any(x["lanes_before"] for x in document(near, "loopback")["loopbacks"])

    mounted(fabric, body)


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
