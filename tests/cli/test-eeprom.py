#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lanewise eeprom as its users meet it: files, undo, exit statuses, documents. Prints TAP.

usage: test-eeprom.py LANEWISE ROOT
"""
import json
import os
import stat
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
GOLDEN = os.path.join(ROOT, "tests/golden")
ARISTA = os.path.join(GOLDEN, "cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin")
FINISAR = os.path.join(GOLDEN, "sff8636-finisar-corp-ftl410qe3c-etg09fz/dump.bin")
RECIPES = os.path.join(ROOT, "examples/recipes")
RECIPE = os.path.join(RECIPES, "osfp-800g-dr8.yaml")
CHANGE = {"field", "page", "bank", "first", "last", "was", "is", "was_raw", "is_raw"}


def run(*args, stdin=None):
    return subprocess.run([LANEWISE, "eeprom", *args], input=stdin, capture_output=True,
                          timeout=120, check=False)


def expect(done, status, one_line=False):
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    if one_line:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
    return done


def document(*args, status=0):
    return json.loads(expect(run(*args), status).stdout)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, content):
    with open(path, "wb" if isinstance(content, bytes) else "w") as f:
        f.write(content)
    return path


def fresh(folder):
    path = os.path.join(folder, "m.bin")
    expect(run("new", RECIPE, "-o", path), 0)
    return path


def as_text(raw):
    return "\n".join(f"{i:08x}: " + " ".join(raw[i:i + 16].hex()[k:k + 4]
                                             for k in range(0, 32, 4))
                     for i in range(0, len(raw), 16)) + "\n"


def test_help_of_every_command_is_printed(_):
    assert b"check" in expect(run("--help"), 0).stdout
    for command in ("check", "set", "diff", "new", "spec"):
        out = expect(run(command, "--help"), 0).stdout.decode()
        assert out.startswith(f"usage: lanewise eeprom {command}"), out


def test_wrong_usage_is_refused(d):
    path = fresh(d)
    for args in ((), ("chek",), ("check",), ("check", path, path), ("set",), ("set", path),
                 ("set", path, "--undo", "vendor_pn=A"), ("set", "-", "vendor_pn=A"),
                 ("set", "twin:OSFP-800G-DR8", "vendor_pn=A"), ("diff", path), ("new", RECIPE),
                 ("new", "-o", path), ("spec",), ("set", path, "--nonsense")):
        expect(run(*args), 2, one_line=True)


def test_check_of_a_made_memory_is_well(d):
    doc = document("check", "--json", fresh(d))
    assert doc["findings"] == [] and doc["memory_map"] == "cmis" and doc["bytes"] >= 2432


def test_check_of_damage_is_bad_news(d):
    path = fresh(d)
    raw = bytearray(read(path))
    raw[128 + 20] ^= 1
    write(path, bytes(raw))
    doc = document("check", "--json", path, status=1)
    assert [f["rule"] for f in doc["findings"]] == ["checksum"]
    assert b"remedy:" in expect(run("check", path), 1).stdout


def test_check_of_what_is_only_information_is_well(_):
    doc = document("check", "--json", FINISAR)
    assert all(f["severity"] == "info" for f in doc["findings"])


def test_check_takes_twins_and_standard_input(_):
    expect(run("check", "twin:OSFP-800G-DR8"), 0)
    expect(run("check", "-", stdin=read(FINISAR)), 0)
    expect(run("check", "-", stdin=b"no module here\n"), 2, one_line=True)


def test_set_and_undo_give_the_file_back(d):
    path = fresh(d)
    first = read(path)
    out = expect(run("set", path, "--factory", "vendor_pn=ABC", "connector_type=LC"), 0).stdout
    for needle in (b"vendor_pn", b"00h:148-163", b'"ABC"', b"LC (0x07)", b"page_checksum_00h"):
        assert needle in out, out
    second = read(path)
    assert second[148:151] == b"ABC" and len(second) == len(first)
    expect(run("check", path), 0)
    expect(run("set", path, "low_pwr_request_sw=1"), 0)
    expect(run("set", path, "--undo"), 0)
    assert read(path) == second
    expect(run("set", path, "--undo"), 0)
    assert read(path) == first
    assert os.listdir(d) == ["m.bin"], os.listdir(d)
    expect(run("set", path, "--undo"), 2, one_line=True)


def test_set_refuses_undo_of_another_content(d):
    path = fresh(d)
    expect(run("set", path, "--factory", "vendor_pn=ABC"), 0)
    raw = bytearray(read(path))
    raw[90] ^= 1
    write(path, bytes(raw))
    expect(run("set", path, "--undo"), 2, one_line=True)
    assert read(path) == bytes(raw)


def test_set_refuses_and_leaves_everything(d):
    path = fresh(d)
    first = read(path)
    for args in (("vendor_pn=ABC",), ("--factory", "temp_mon_value=3"), ("no_such=1",),
                 ("--factory", "vendor_pn=ABC", "max_power=1000"), ("--factory", "max_power"),
                 ("--factory", "page_checksum_00h=1")):
        error = expect(run("set", path, *args), 2, one_line=True).stderr
        assert b"Traceback" not in error
        assert read(path) == first and os.listdir(d) == ["m.bin"]


def test_set_dry_run_writes_nothing(d):
    path = fresh(d)
    first = read(path)
    doc = document("set", path, "--dry-run", "--json", "--factory", "vendor_sn=Z")
    assert doc["written"] is None and [c["field"] for c in doc["changes"]] == \
        ["vendor_sn", "page_checksum_00h"]
    assert all(CHANGE <= set(c) for c in doc["changes"])
    assert read(path) == first and os.listdir(d) == ["m.bin"]


def test_set_with_output_leaves_the_file(d):
    path, out = fresh(d), os.path.join(d, "out.bin")
    first = read(path)
    doc = document("set", path, "--json", "-o", out, "dp_deinit_lane[3]=1")
    assert doc["written"] == out and doc["changes"][0]["lane"] == 3
    assert read(path) == first and sorted(os.listdir(d)) == ["m.bin", "out.bin"]
    assert document("diff", "--json", path, out, status=1)["changes"] == doc["changes"]
    # the same file as output is the file itself: the undo is kept
    expect(run("set", path, "-o", os.path.join(d, ".", "m.bin"), "low_pwr_request_sw=1"), 0)
    assert os.path.exists(path + ".undo")


def test_set_of_hex_text_needs_an_output(d):
    path = write(os.path.join(d, "m.txt"), as_text(read(FINISAR)))
    out = os.path.join(d, "m.bin")
    expect(run("set", path, "--factory", "vendor_pn=ABC"), 2, one_line=True)
    expect(run("set", path, "--factory", "vendor_pn=ABC", "-o", out), 0)
    raw = read(out)
    assert len(raw) == len(read(FINISAR)) and raw[168:171] == b"ABC"


def test_set_keeps_permissions_and_links(d):
    path, link = fresh(d), os.path.join(d, "link")
    os.chmod(path, 0o640)
    os.symlink("m.bin", link)
    expect(run("set", link, "low_pwr_request_sw=1"), 0)
    assert os.path.islink(link) and stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert stat.S_IMODE(os.stat(link + ".undo").st_mode) == 0o640
    assert read(path)[26] & 0x10


def test_set_that_cannot_write_leaves_the_file(d):
    path = fresh(d)
    first = read(path)
    out = os.path.join(d, "no", "such", "folder")
    done = run("set", path, "-o", out, "low_pwr_request_sw=1")
    assert done.returncode in (2, 3) and done.stderr.count(b"\n") == 1
    done = run("set", path, "-o", d, "low_pwr_request_sw=1")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert read(path) == first


def test_diff_tells_equal_from_different(d):
    path = fresh(d)
    assert expect(run("diff", path, path), 0).stdout == b""
    out = expect(run("diff", "twin:OSFP-800G-DR8", "twin:OSFP-800G-2xFR4"), 1).stdout
    assert b"connector_type" in out
    expect(run("diff", ARISTA, FINISAR), 2, one_line=True)
    expect(run("diff", path, "no/such/file"), 2, one_line=True)


def test_new_of_every_example_comes_back(d):
    names = sorted(os.listdir(RECIPES))
    assert len(names) >= 4
    for name in names:
        a, b, again = (os.path.join(d, n) for n in ("a.bin", "b.bin", "again.yaml"))
        expect(run("new", os.path.join(RECIPES, name), "-o", a), 0)
        expect(run("check", a), 0)
        write(again, expect(run("spec", "--fields", a), 0).stdout)
        expect(run("new", again, "-o", b), 0)
        assert read(a) == read(b), name


def test_new_is_what_decode_reads(d):
    path = fresh(d)
    done = subprocess.run([LANEWISE, "decode", "--json", path], capture_output=True, check=True)
    doc = json.loads(done.stdout)
    assert doc["vendor_name"] == "ACME" and doc["vendor_pn"] == "AC-800-DR8"
    assert doc["date_code"]["date"] == "2025-01-31" and doc["vendor_oui"] == "00:1c:73"
    assert doc["form_factor"] == "OSFP" and doc["problems"] == []


def test_new_writes_to_standard_output(d):
    assert expect(run("new", RECIPE, "-o", "-"), 0).stdout == read(fresh(d))


def test_new_of_a_wrong_recipe_names_file_and_line(d):
    for text, line in (("part: OSFP-800G-DR9\n", 1), ("part: OSFP-800G-DR8\nvendr: A\n", 2),
                       ("part: OSFP-800G-DR8\npower_w: lots\n", 2), ("a: [\n", None),
                       ("", None), ("form: SFP\npmd: 10GBASE-SR\n", 1)):
        path = write(os.path.join(d, "r.yaml"), text)
        error = expect(run("new", path, "-o", os.path.join(d, "x")), 2, one_line=True)
        where = f"{path}:{line}:" if line else f"{path}:"
        assert where in error.stderr.decode(), error.stderr
    assert os.listdir(d) == ["r.yaml"]


def test_spec_of_every_golden_dump_can_be_made(d):
    names = [n for n in sorted(os.listdir(GOLDEN))
             if os.path.exists(os.path.join(GOLDEN, n, "dump.bin"))]
    assert len(names) >= 40
    for name in names:
        dump = os.path.join(GOLDEN, name, "dump.bin")
        recipe = write(os.path.join(d, "r.yaml"), expect(run("spec", dump), 0).stdout)
        expect(run("new", recipe, "-o", os.path.join(d, "x.bin")), 0)


def in_folder(test):
    with tempfile.TemporaryDirectory() as folder:
        return test(folder)


if __name__ == "__main__":
    sys.exit(tap.main(globals(), in_folder))
