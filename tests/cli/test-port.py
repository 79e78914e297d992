#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise port` as its users meet it: documents, tables, exit statuses. Prints TAP.

usage: test-port.py LANEWISE ROOT
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
FIXTURES = os.path.join(ROOT, "tests/port/fixtures")
SWITCHES = sorted(d for d in os.listdir(FIXTURES) if os.path.isdir(os.path.join(FIXTURES, d)))
Z9332F = os.path.join(FIXTURES, "dellemc_z9332f_d1508-r0/platform.json")
Z9332F_HWSKU = os.path.join(FIXTURES, "dellemc_z9332f_d1508-r0/hwsku.json")
SUBPORT = {"name", "alias", "lanes", "speed_mbps", "index", "subport", "fec", "autoneg", "role"}
FINDING = {"rule", "severity", "subject", "text", "remedy", "ref"}


def run(*args, status=0):
    done = subprocess.run([LANEWISE, "port", *args], capture_output=True, timeout=120, check=False)
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    assert "Sanitizer" not in error and "runtime error" not in error, error
    if status == 2:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
        return error
    return done.stdout.decode()


def document(*args, status=0):
    return json.loads(run(*args, "--json", status=status))


def sonic(s):
    """A sub-port as SONiC writes its row."""
    row = {"alias": s["alias"], "speed": str(s["speed_mbps"]), "index": str(s["index"]),
           "lanes": ",".join("" if x is None else str(x) for x in s["lanes"]),
           "subport": str(s["subport"])}
    row.update({k: s[k] for k in ("fec", "autoneg", "role") if s[k] is not None})
    return row


def test_document_equals_what_sonic_makes():
    answers = 0
    for switch in SWITCHES:
        folder = os.path.join(FIXTURES, switch)
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as f:
            want = json.load(f)
        d = document(os.path.join(folder, "platform.json"), "--hwsku",
                     os.path.join(folder, "hwsku.json"))
        modes = {p["name"]: {m: {s["name"]: sonic(s) for s in subs}
                             for m, subs in p["modes"].items()} for p in d["ports"]}
        assert modes == want["modes"], switch
        made = {s["name"]: sonic(s) for p in d["ports"] for s in p["subports"]}
        assert made == want["hwsku_ports"], switch
        assert d["breakout_cfg"] == want["breakout_cfg"], switch
        answers += sum(len(m) for m in modes.values())
    assert answers == 442, answers


def test_document_keys_are_those_of_the_manual():
    d = document(Z9332F, "--hwsku", Z9332F_HWSKU)
    assert set(d) == {"platform", "hwsku", "ports", "breakout_cfg", "findings"}
    for p in d["ports"]:
        assert set(p) == {"name", "lanes", "modes", "mode", "subports"}
        for s in p["subports"]:
            assert set(s) == SUBPORT
            assert s["lanes"] and all(lane in p["lanes"] for lane in s["lanes"])
    for f in d["findings"]:
        assert set(f) == FINDING and all(f.values())


def test_without_hwsku_or_mode_nothing_is_in_force():
    d = document(Z9332F)
    assert all(p["mode"] is None and p["subports"] == [] for p in d["ports"])
    assert d["hwsku"] is None and d["breakout_cfg"] == {}


def test_mode_is_put_in_force_beside_the_hwsku():
    d = document(Z9332F, "--hwsku", Z9332F_HWSKU, "--mode", "Ethernet0=4x100G[50G]",
                 "--mode=Ethernet8=2x200G[40G,100G]")
    ports = {p["name"]: p for p in d["ports"]}
    assert [s["name"] for s in ports["Ethernet0"]["subports"]] == [
        "Ethernet0", "Ethernet2", "Ethernet4", "Ethernet6"]
    assert [s["subport"] for s in ports["Ethernet8"]["subports"]] == [1, 2]
    assert len(ports["Ethernet16"]["subports"]) == 1


def test_refused_mode_is_bad_news_with_the_nearest():
    d = document(Z9332F, "--mode", "Ethernet0=4x100G", status=1)
    finding = [f for f in d["findings"] if f["rule"] == "mode-refused"]
    assert len(finding) == 1 and finding[0]["severity"] == "fatal"
    assert "4x100G" in finding[0]["text"] and "list" in finding[0]["text"]
    assert "Use 4x100G[50G]," in finding[0]["remedy"]
    assert "Ethernet0" in finding[0]["subject"]
    assert d["ports"][0]["subports"] == []
    text = run(Z9332F, "--mode", "Ethernet0=8x50G", status=1)
    assert "mode-refused" in text and "Ethernet0" in text and "4x100G[50G]" in text


def test_wrong_usage_is_one_clear_line():
    assert "no platform.json" in run(status=2)
    assert "one platform.json" in run(Z9332F, Z9332F, status=2)
    assert "PORT FROM TO" in run("transition", Z9332F, "Ethernet0", status=2)
    assert "--mode" in run(Z9332F, "--mode", "Ethernet0", status=2)
    assert "--mode" in run(Z9332F, "--mode", "=1x400G", status=2)
    assert "Ethernet1" in run(Z9332F, "--mode", "Ethernet1=1x400G", status=2)
    assert "Ethernet1" in run("transition", Z9332F, "Ethernet1", "1x400G", "1x400G", status=2)
    assert "folder" in run("lint", status=2)
    assert "neither" in run("lint", FIXTURES, "--mode", "Ethernet0=1x400G", status=2)
    assert "/no/such" in run("lint", "/no/such", status=2)
    assert "/no/such" in run("/no/such", status=2)
    assert "/no/such" in run(Z9332F, "--hwsku", "/no/such", status=2)


def test_unreadable_file_names_file_and_line():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "platform.json")
        for content, needles in ((b'{"interfaces":\n{', (f"{path}:2:",)),
                                 (b"", (path,)), (b"\x00\xff", (path,)),
                                 (b"{}", (path, "port_config.ini")),
                                 (b'{"interfaces": 3}', (path, "object"))):
            with open(path, "wb") as f:
                f.write(content)
            error = run(path, status=2)
            for needle in needles:
                assert needle in error, error
        assert "no platform.json" in run("lint", os.path.join(ROOT, "man"), status=2)


def test_text_shows_ports_modes_and_lanes():
    text = run(Z9332F, "--hwsku", Z9332F_HWSKU)
    for needle in ("Ethernet0", "33-40", "4x100G[50G]", "etp1", "400G", "SUBPORT",
                   "34 ports, 34 sub-ports in force", "Ethernet0 and 31 more"):
        assert needle in text, needle


def test_transition_document_and_text():
    args = ("transition", Z9332F, "Ethernet0", "1x400G", "4x100G[50G]")
    d = document(*args)
    assert set(d) == {"port", "from", "to", "removed", "added", "kept", "lanes", "neighbours",
                      "findings"}
    assert [s["name"] for s in d["removed"]] == ["Ethernet0"]
    assert [s["name"] for s in d["added"]] == ["Ethernet0", "Ethernet2", "Ethernet4", "Ethernet6"]
    assert d["kept"] == [] and d["neighbours"] == [] and d["findings"] == []
    assert d["lanes"][0] == {"lane": 35, "from": "Ethernet0", "to": "Ethernet2"}
    assert len(d["lanes"]) == 6
    text = run(*args)
    assert "1 removed, 4 added, 0 kept, 6 lanes change owner" in text
    d = document("transition", Z9332F, "Ethernet0", "1x400G", "8x50G", status=1)
    assert d["findings"][0]["rule"] == "mode-refused" and d["added"] == []


def test_lint_judges_every_platform_below():
    d = document("lint", FIXTURES, status=1)
    assert [os.path.basename(os.path.dirname(f["file"])) for f in d["files"]
            if f["file"].endswith("platform.json")] == SWITCHES
    summary = d["summary"]
    assert summary["platforms"] == 4 and summary["hwskus"] == 4, summary
    assert summary["modes"] == 442 and summary["without_ports"] == 0
    assert summary["fatal"] == 0 and summary["risk"] == 5 and summary["info"] == 2, summary
    rules = {f["rule"] for x in d["files"] for f in x["findings"]}
    assert rules == {"alias-twice", "alias-text", "lane-speed", "lanes-left", "mode-text"}, rules
    text = run("lint", FIXTURES, status=1)
    assert "4 platforms (0 without ports, 0 unreadable)" in text and "alias-text" in text


def test_lint_goes_on_past_bad_files_and_links():
    with tempfile.TemporaryDirectory() as d:
        good = os.path.join(d, "vendor/good")
        os.makedirs(os.path.join(good, "SKU"))
        shutil.copy(Z9332F, good)
        shutil.copy(Z9332F_HWSKU, os.path.join(good, "SKU"))
        os.makedirs(os.path.join(d, "vendor/bad"))
        os.makedirs(os.path.join(d, "vendor/none"))
        # the same platform under another name, and a folder that contains itself
        os.symlink(good, os.path.join(d, "vendor/again"))
        os.symlink(d, os.path.join(good, "loop"))
        with open(os.path.join(d, "vendor/none/platform.json"), "w", encoding="utf-8") as f:
            f.write('{"chassis": {}}')
        summary = document("lint", d)["summary"]
        assert (summary["platforms"], summary["hwskus"], summary["without_ports"]) == (2, 1, 1)
        assert summary["risk"] == 0 and summary["info"] == 1, summary
        with open(os.path.join(d, "vendor/bad/platform.json"), "w", encoding="utf-8") as f:
            f.write('{"interfaces":\n')
        done = document("lint", d, status=1)
        assert done["summary"]["unreadable"] == 1 and done["summary"]["platforms"] == 3
        bad = [f for x in done["files"] for f in x["findings"] if f["rule"] == "unreadable"]
        assert len(bad) == 1 and ":2" in bad[0]["subject"], bad


def test_port_config_ini_is_shown_as_it_is():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "port_config.ini")
        with open(path, "w", encoding="utf-8") as f:
            f.write("# name lanes alias index speed\nEthernet0 1,2,3,4 etp1 1 100000\n"
                    "Ethernet4 5 etp2 2\n")
        ports = document(path)["ports"]
        assert [p["name"] for p in ports] == ["Ethernet0", "Ethernet4"]
        assert ports[0]["modes"] == {} and ports[0]["mode"] is None
        assert ports[0]["subports"] == [{
            "name": "Ethernet0", "alias": "etp1", "lanes": [1, 2, 3, 4], "speed_mbps": 100000,
            "index": 1, "subport": None, "fec": None, "autoneg": None, "role": None}]
        assert ports[1]["subports"][0]["speed_mbps"] is None
        assert "100G" in run(path)
        assert "no modes" in run(path, "--mode", "Ethernet0=1x100G", status=2)
        with open(path, "a", encoding="utf-8") as f:
            f.write("Ethernet5 6 etp3 3 4 5 6\n")
        assert f"{path}:4:" in run(path, status=2)


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
