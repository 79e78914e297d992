#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Explain, decode --all and the reference pages, against the rows they are made of. Prints TAP.

usage: test-explain.py LANEWISE ROOT
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
GOLDEN = os.path.join(ROOT, "tests/golden")
XDR4 = os.path.join(GOLDEN, "cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin")
FR4 = os.path.join(GOLDEN, "cmis-fboss-2x400g-fr4-synthetic/dump.bin")
MAPS = ("sff8472", "sff8636", "cmis")
STATUS = {"value", "not-supported", "stale", "error"}


def run(*args):
    return subprocess.run([LANEWISE, *args], capture_output=True, timeout=120, check=False)


def explain(*args):
    done = run("explain", "--json", *args)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def several(*args):
    doc = explain(*args)
    return doc if isinstance(doc, list) else [doc]


def rows(name):
    with open(os.path.join(ROOT, "data", name), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def fields(name):
    return [r for r in rows(f"maps/{name}.csv") if r["kind"] != "reserved"]


def test_fields_are_found_by_every_kind_of_name():
    want = ("cmis", "dp_state_host_lane")
    for name in ("cmis.dp_state_host_lane", "dp_state_host_lane", "DPStateHostLane",
                 "cmis.dp_state", "cmis.DPStateHostLane", "11h:128", "cmis.11h:128", "11h:131.7"):
        doc = explain(name)
        assert (doc["map"], doc["field"]) == want, f"{name}: {doc}"
    doc = explain("dp_state_host_lane")
    assert doc["codes"]["0x04"] == "DPActivated" and "8-93" in doc["source"]
    assert explain("A2:96")["field"] == "temperature"
    assert explain("cmis.L:3.1")["field"] == "module_state"
    assert {d["map"] for d in several("L:3.1")} == {"sff8636", "cmis"}
    assert "11h:131.7-4, lane 8" in explain("11h:131.7")["place"]


def test_every_field_of_every_map_is_explained():
    pages = explain("pages")["pages"]
    for name in MAPS:
        slots = {r["slot"] for r in fields(name)}
        assert {p.split(".")[1] for p, n in pages.items()
                if p.startswith(name + ".") and n != "0 fields"} == slots
        for slot in sorted(slots)[::4]:
            told = "\n".join(explain(f"{name}.{slot}")["fields"])
            for r in fields(name):
                assert r["slot"] != slot or re.search(rf"^{r['byte']}\b", told, re.M), r["name"]
    sample = [f"{m}.{r['name']}" for m in MAPS for r in fields(m)][::97]
    for name in sample:
        doc = several(name)[0]
        assert doc["kind"] == "field" and doc["source"], name


def test_codes_are_told_in_every_table():
    told = {d["table"]: d["meaning"] for d in several("0x1e")}
    assert told["sff8024_host"] == "200GBASE-CR1" and told["sff8024_ext"] == "2.5GBASE-T"
    assert "CMIS" in told["sff8024_id"]
    for text in ("1Eh", "30"):
        assert {d["table"]: d["meaning"] for d in several(text)} == told, text
    one = explain("0x1e", "--table", "sff8024_id")
    assert one["table"] == "sff8024_id" and one["code"] == "0x1e"
    assert explain("0x06", "--table", "module_state")["meaning"] == "reserved"
    assert explain("--table", "dp_state")["codes"]["0x07"] == "DPInitialized"
    assert run("explain", "0x1e", "--table", "no_table").returncode == 2


def test_names_of_the_catalogue_are_told():
    kinds = {d["kind"]: d for d in several("400GBASE-DR4")}
    assert set(kinds) == {"pmd", "code"}
    pmd = kinds["pmd"]
    assert pmd["lanes"] == "4 x 53.125 GBd PAM4" and pmd["reach"] == "500 m of OS2"
    assert pmd["fec"] == "RS(544,514)" and pmd["connector"] == "MPO-12 APC"
    assert pmd["source"] and pmd["confident"] in ("high", "medium", "low")
    for kind, name in (("part", "OSFP-800G-DR8"), ("cord", "hydra-mpo16-2mpo12"),
                       ("form", "QSFP-DD"), ("connector", "MPO-12 APC"), ("rule", "lane-rate"),
                       ("rule", "checksum"), ("rule", "late"), ("table", "vdm_type"),
                       ("page", "cmis.11h")):
        docs = several(name)
        assert kind in {d["kind"] for d in docs}, f"{name}: {docs}"


def test_everything_that_is_listed_is_explained():
    for kind in ("rules", "findings", "parts", "cords", "pmds", "forms", "connectors", "tables"):
        listed = explain(kind)[kind]
        assert len(listed) > 5, kind
        for name in list(listed)[:: max(1, len(listed) // 8)]:
            assert run("explain", name).returncode == 0, f"{kind}: {name}"
    assert len(explain("fields")["fields"]) == sum(len(fields(m)) for m in MAPS)
    assert len(explain("pmds")["pmds"]) == len(rows("pmds.csv"))


def test_unknown_names_offer_the_nearest():
    for wrong, right in (("lane-rat", "lane-rate"), ("chekcsum", "checksum"),
                         ("400GBASE-DR5", "400GBASE-DR4"), ("OSFP-800G-DR9", "OSFP-800G-DR8"),
                         ("cmis.dp_state_host_lan_", "cmis.dp_state_host_lane")):
        done = run("explain", wrong)
        error = done.stderr.decode()
        assert done.returncode == 2 and not done.stdout, wrong
        assert right in error and error.count("\n") == 1, error
    for nonsense in ("", "@@@@", "cmis.", "11h:", "11h:300", "11h:128.9", "x" * 4000, "0x1fffff"):
        assert run("explain", nonsense).returncode == 2, nonsense


def test_every_finding_in_the_code_has_an_explanation():
    """A rule named where findings are made is a row of rules.csv or findings.csv."""
    known = {r["name"] for r in rows("rules.csv")} | {r["name"] for r in rows("findings.csv")}
    known |= {r["name"] for r in rows("port-rules.csv")}
    made = set()
    for folder in ("map", "agent", "fabric", "link", "memory", "port"):
        path = os.path.join(ROOT, "src", folder)
        for name in sorted(os.listdir(path)):
            if name.endswith(".c"):
                with open(os.path.join(path, name), encoding="utf-8") as f:
                    text = f.read()
                made |= set(re.findall(r'add\(\w+,\s*"([a-z-]+)"', text))
                made |= set(re.findall(r'lw_findings_add\(\s*[^,]+,\s*"([a-z-]+)"', text))
                made |= set(re.findall(r'\[LW_DP_\w+\]\s*=\s*"([a-z-]+)"', text))
    assert {"checksum", "late", "rx-los"} <= made, made
    assert made <= known, f"no explanation: {sorted(made - known)}"


def decode_all(path):
    done = run("decode", "--all", "--json", path)
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)


def test_decode_all_tells_every_field_of_the_pages_that_are_there():
    for path in sorted(os.listdir(GOLDEN))[::3]:
        doc = decode_all(os.path.join(GOLDEN, path, "dump.bin"))
        told = {(f["name"], f["bank"], f["lane"]) for f in doc["fields"]}
        assert len(told) == len(doc["fields"]), f"{path}: a field twice"
        there = {f["page"] for f in doc["fields"]}
        assert not there & set(doc["absent_pages"])
        want = {r["name"] for r in fields(doc["memory_map"]) if r["slot"] in there}
        assert {f["name"] for f in doc["fields"]} == want, path
        for f in doc["fields"]:
            assert f["status"] in STATUS, f
            assert (f["value"] is None) == (f["status"] != "value" or f["text"] is None), f
            assert f["raw"] is not None, f


def test_decode_all_hides_what_is_no_value():
    by_name = {}
    for f in decode_all(XDR4)["fields"]:
        by_name.setdefault(f["name"], []).append(f)
    # a DR4 has four media lanes; page 00h says that it has no others
    for name in ("optical_power_tx", "optical_power_rx", "laser_bias_tx"):
        power = by_name[name]
        assert [f["status"] for f in power] == ["value"] * 4 + ["not-supported"] * 4, name
        assert power[7]["why"] == "media_lane_unsupported" and power[7]["value"] is None
    assert by_name["module_state"][0]["text"] == "ModuleReady"
    assert by_name["vendor_name"][0]["value"] == "Arista Networks"
    assert by_name["auto_commissioning"][0]["status"] == "not-supported"  # new in 5.3
    assert {f["status"] for f in by_name["scs0_apply_dp_init_lane"]} == {"not-supported"}


def test_decode_all_reads_vdm_through_its_descriptors():
    vdm = decode_all(FR4)["vdm"]
    assert len(vdm) == 176
    first = vdm[0]
    assert first["observable"] == "SNR media input" and first["lane"] == 1
    with open(FR4, "rb") as f:
        dump = f.read()
    # page p is at 128 * (1 + p); 24h:128-129 is U16 in 1/256 dB (CMIS 5.4 Table 8-180)
    raw = int.from_bytes(dump[128 * 0x25:128 * 0x25 + 2], "big")
    assert first["raw"] == raw and first["unit"] == "dB" and first["kind"] == "basic"
    assert abs(first["value"] - raw / 256) < 1e-6 and 21 < first["value"] < 22
    assert all(v["value"] is None for v in vdm if v["observable"] in (None, "custom"))
    text = run("decode", "--all", FR4).stdout.decode()
    assert "Versatile diagnostics" in text and "21.06 dB" in text


def with_reference(use):
    """Make the pages twice, the second time elsewhere: they must not differ."""
    work = tempfile.mkdtemp()
    try:
        gen = os.path.join(ROOT, "gen/maps.py")
        maps, codes = os.path.join(ROOT, "data/maps"), os.path.join(ROOT, "data/codes.csv")
        made = []
        for again in ("1", "2"):
            out = os.path.join(work, again)
            page = os.path.join(work, f"lanewise-fields-{again}.7")
            for command in (("markdown", maps, codes, out), ("man", maps, codes, page)):
                subprocess.run([sys.executable, "-B", gen, *command], check=True)
            pages = {}
            for name in sorted(os.listdir(out)):
                with open(os.path.join(out, name), encoding="utf-8") as f:
                    pages[name] = f.read()
            with open(page, encoding="utf-8") as f:
                pages["man"] = f.read()
            made.append(pages)
        assert made[0] == made[1], "two runs differ"
        use(made[0], page)
    finally:
        shutil.rmtree(work)


def test_reference_pages_hold_every_row_once():
    def use(pages, _):
        man = re.findall(r"^\.It (\w+) ", pages["man"], re.M)
        assert sorted(man) == sorted(r["name"] for m in MAPS for r in fields(m))
        for m in MAPS:
            told = re.findall(r"^\| `(\w+)` \|", pages[f"{m}.md"], re.M)
            assert sorted(told) == sorted(r["name"] for r in fields(m)), m
        tables = re.findall(r"^## (\w+)$", pages["codes.md"], re.M)
        assert tables == list(dict.fromkeys(r["table"] for r in rows("codes.csv")))
        assert len(re.findall(r"^\| [0-9]", pages["codes.md"], re.M)) == len(rows("codes.csv"))
    with_reference(use)


def test_bad_value_data_are_refused_with_their_line():
    """The generator names file and line of what is wrong in the tables behind values."""
    cases = (
        ("maps/overlays.csv", "cmis,no_such_field,stale,module_state=3,high,x", "names no field"),
        ("maps/overlays.csv", "cmis,module_state,stale,no_selector=3,high,x", "no_selector"),
        ("maps/overlays.csv", "cmis,module_state,wrong,module_state=3,high,x", "status"),
        ("maps/overlays.csv", "cmis,module_state,stale,module_state=x,high,x", "bad value"),
        ("maps/revisions.csv", "sff8636,9,two,high,x", "revision"),
        ("maps/calibration.csv", "no_such_field,,cal_rx_power_0,high,x", "must name fields"),
        ("vdm.csv", "255,uint,furlong,,,module,basic,,high,x", "unit"),
        ("vdm.csv", "1,uint,,,,module,basic,,high,x", "must rise"),
    )
    for name, row, needle in cases:
        work = tempfile.mkdtemp()
        try:
            data = os.path.join(work, "data")
            shutil.copytree(os.path.join(ROOT, "data"), data)
            path = os.path.join(data, name)
            with open(path, "a", encoding="utf-8") as f:
                f.write(row + "\n")
            with open(path, encoding="utf-8") as f:
                line = len(f.readlines())
            out = os.path.join(work, "out.c")
            done = subprocess.run(
                [sys.executable, "-B", os.path.join(ROOT, "gen/values.py"),
                 os.path.join(data, "maps"), os.path.join(data, "codes.csv"),
                 os.path.join(data, "vdm.csv"), out], capture_output=True, check=False)
            error = done.stderr.decode()
            assert done.returncode == 1 and not os.path.exists(out), row
            assert f"{path}:{line}: error: " in error and needle in error, error[-300:]
        finally:
            shutil.rmtree(work)


def test_man_page_has_no_warnings():
    if not shutil.which("man"):
        return "SKIP there is no man"

    def use(_, page):
        done = subprocess.run(["man", "-l", "--warnings", page], capture_output=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
        assert done.returncode == 0 and not done.stderr, done.stderr.decode()[:500]
        assert b"dp_state_host_lane" in done.stdout
    with_reference(use)
    return None


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
