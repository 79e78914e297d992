#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise render`, `import`, `export` and `check --against`. Prints TAP.

usage: test-render.py LANEWISE ROOT

What a system wants is typed here by hand from its maker's documents (data/nos.csv names them),
never taken from the renderer. LW_OPENCONFIG_MODELS may name the folder of OpenConfig's public
models: then yanglint validates against them.
"""
import collections
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

import tap

LANEWISE, ROOT = sys.argv[1:3]
MSN4700 = os.path.join(ROOT, "tests/port/fixtures/mlnx_msn4700-r0")
FIRST_LIGHT = os.path.join(ROOT, "examples/first-light.yaml")
DUMP = os.path.join(ROOT, "tests/golden/cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin")

ONE = "fabric: t\ndevices:\n  sw:\n{device}    cages:\n      {cage}: {{form: {form}, mode: {mode}{more}}}\ncables: []\n"

# 400G in eight lanes split into 4x100G of two lanes each, on the first port.
SPLIT = {
    "nxos": "interface breakout module 1 port 1 map 100g-4x\n",
    "iosxr": "controller Optics0/0/0/0\n breakout 4x100\n!\n" + "".join(
        f"interface HundredGigE0/0/0/0/{k}\n no shutdown\n!\n" for k in range(4)) + "commit\n",
    "eos": "".join(f"interface Ethernet1/{lane}\n   speed 100g-2\n" for lane in (1, 3, 5, 7)),
    "junos": "set chassis fpc 0 pic 0 port 0 speed 100g\n"
             "set chassis fpc 0 pic 0 port 0 number-of-sub-ports 4\n",
    "junos-evo": "set interfaces et-0/0/0 speed 100g\nset interfaces et-0/0/0 number-of-sub-ports 4\n",
    "nvue": "nv set interface swp1 link breakout 4x\nnv set interface swp1s0-3 link speed 100G\n"
            "nv config apply\n",
    "huawei": "port split dimension interface 400GE1/0/1 split-type 4*100GE\ncommit\n",
    "srlinux": "enter candidate\nset / interface ethernet-1/1 admin-state enable\n"
               "set / interface ethernet-1/1 breakout-mode num-breakout-ports 4 breakout-port-speed 100G\n"
               + "".join(f"set / interface ethernet-1/1/{k} admin-state enable\n" for k in (1, 2, 3, 4))
               + "commit now\n",
    "devlink": "devlink port split swp1 count 4\n"
               + "".join(f"ethtool -s swp1s{k} speed 100000 lanes 2\n" for k in range(4)),
    "os10": "interface breakout 1/1/1 map 100g-4x\n",
}


def run(*args, status=0, text=True):
    done = subprocess.run([LANEWISE, *args], capture_output=True, timeout=120, check=False)
    error = done.stderr.decode()
    assert "Sanitizer" not in error and "runtime error" not in error, error
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    return done.stdout.decode() if text else done


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def one(folder, form, mode, cage="swp1", more="", device=""):
    return write(folder, "f.yaml", ONE.format(form=form, mode=mode, cage=cage, more=more,
                                              device=device))


def rendered(nos, path, part="config", status=0):
    return run("render", "--nos", nos, "--part", part, path, status=status)


def rules(path, *args, status=0):
    return {f["rule"] for f in json.loads(run(*args, "--json", path, status=status))["findings"]}


def test_split_is_what_each_maker_documents():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "QSFP-DD", "4x100G")
        for nos, want in SPLIT.items():
            got = rendered(nos, path)
            assert got == want, f"{nos}:\n{got}"


def test_comware_splits_100g():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "QSFP28", "4x25G", cage="p2")
        assert rendered("h3c", path) == \
            "interface hundredgige 1/0/2\n using twenty-fivegige\nquit\n"
        assert rendered("h3c", path, "undo") == \
            "interface twenty-fivegige 1/0/2:1\n using hundredgige\nquit\n"


def test_undo_takes_the_split_back():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "QSFP-DD", "4x100G")
        assert rendered("nxos", path, "undo") == \
            "no interface breakout module 1 port 1 map 100g-4x\n"
        assert rendered("huawei", path, "undo") == \
            "undo port split dimension interface 400GE1/0/1\ncommit\n"
        assert rendered("devlink", path, "undo") == "devlink port unsplit swp1s0\n"
        assert rendered("junos", path, "undo") == "delete chassis fpc 0 pic 0 port 0\n"


def test_lanes_are_said_where_the_system_can():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "4x25G(4)")
        assert rendered("nvue", path).startswith(
            "nv set interface swp1 link breakout 4x lanes-per-port 1\n")
        path = one(d, "OSFP", "4x100G(4)")
        assert rendered("srlinux", path) == (
            "enter candidate\nset / interface ethernet-1/1 admin-state enable\n"
            "set / interface ethernet-1/1 num-physical-channels 4\n"
            "set / interface ethernet-1/1 breakout-mode num-breakout-ports 4 breakout-port-speed 100G\n"
            + "".join(f"set / interface ethernet-1/1/{k} admin-state enable\n" for k in (1, 2, 3, 4))
            + "commit now\n")


def test_ambiguous_lanes_are_refused_not_guessed():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "4x100G(4)")
        for nos in ("nxos", "devlink"):
            assert rendered(nos, path, status=1) in ("", "\n"), nos
            assert "render-lanes" in rules(path, "render", "--nos", nos, status=1), nos


def test_mixed_modes_are_refused_but_for_systems_with_groups():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "1x400G(4)+4x100G(4)")
        for nos in ("nxos", "iosxr", "junos", "nvue", "huawei", "h3c", "srlinux", "devlink", "os10"):
            assert "render-mixed" in rules(path, "render", "--nos", nos, status=1), nos
        assert rendered("eos", path) == "interface Ethernet1/1\n   speed 400g-4\n" + "".join(
            f"interface Ethernet1/{lane}\n   speed 100g-1\n" for lane in (5, 6, 7, 8))


def test_unknown_words_are_refused_and_unsure_ones_said():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "8x100G")
        for nos in ("nxos", "iosxr", "h3c", "os10"):
            assert "render-mode" in rules(path, "render", "--nos", nos, status=1), nos
        assert "render-unsure" in rules(path, "render", "--nos", "huawei")
        path = one(d, "QSFP-DD", "8x50G")  # CloudEngine splits 400GE into 4*100GE or 2*200GE
        for nos in ("huawei", "iosxr"):
            assert "render-mode" in rules(path, "render", "--nos", nos, status=1), nos
        path = one(d, "QSFP-DD", "4x100G")
        assert "render-unsure" in rules(path, "render", "--nos", "os10")


# 100G in four lanes split into 4x25G, each told to run RS(528,514).
FEC = {
    "huawei": "port split dimension interface 100GE1/0/1 split-type 4*25GE\n" + "".join(
        f"commit\ninterface 100GE1/0/1:{k}\n fec mode rs\nquit\n" for k in (1, 2, 3, 4))
              + "commit\n",
    "eos": "".join(f"interface Ethernet1/{k}\n   speed forced 25gfull\n" for k in (1, 2, 3, 4))
           + "".join(f"interface Ethernet1/{k}\n   error-correction encoding reed-solomon\n"
                     for k in (1, 2, 3, 4)),
    "nvue": "nv set interface swp1 link breakout 4x\nnv set interface swp1s0-3 link speed 25G\n"
            + "".join(f"nv set interface swp1s{k} link fec rs\n" for k in range(4))
            + "nv config apply\n",
    "junos": "set chassis fpc 0 pic 0 port 0 speed 25g\n"
             "set chassis fpc 0 pic 0 port 0 number-of-sub-ports 4\n"
             + "".join(f"set interfaces et-0/0/0:{k} gigether-options fec fec91\n" for k in range(4)),
    "junos-evo": "set interfaces et-0/0/0 speed 25g\n"
                 "set interfaces et-0/0/0 number-of-sub-ports 4\n"
                 + "".join(f"set interfaces et-0/0/0:{k} ether-options fec fec91\n"
                           for k in range(4)),
}


FEC["srlinux"] = (
    "enter candidate\nset / interface ethernet-1/1 admin-state enable\n"
    "set / interface ethernet-1/1 breakout-mode num-breakout-ports 4 breakout-port-speed 25G\n"
    + "".join(f"set / interface ethernet-1/1/{k} admin-state enable\n" for k in (1, 2, 3, 4))
    + "".join(f"set / interface ethernet-1/1/{k} ethernet forward-error-correction fec-option"
              " rs-528\n" for k in (1, 2, 3, 4)) + "commit now\n")


def test_fec_is_what_each_maker_documents():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "QSFP28", "4x25G", more=", fec: rs528")
        for nos, want in FEC.items():
            got = rendered(nos, path)
            assert got == want, f"{nos}:\n{got}"
        for nos in ("openconfig", "iosxr", "h3c", "os10"):
            assert "render-fec" in rules(path, "render", "--nos", nos), nos


def test_whole_100g_of_four_lanes_is_forced_on_eos():
    with tempfile.TemporaryDirectory() as d:
        assert rendered("eos", one(d, "QSFP28", "1x100G")) == \
            "interface Ethernet1/1\n   speed forced 100gfull\n"


def test_port_name_of_the_file_wins():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "QSFP-DD", "4x100G", more=", port: Ethernet3/49")
        assert rendered("nxos", path) == "interface breakout module 3 port 49 map 100g-4x\n"
        path = one(d, "QSFP-DD", "4x100G", more=", port: et-1/0/7")
        assert rendered("junos", path).startswith("set chassis fpc 1 pic 0 port 7 speed 100g\n")


MANY = "fabric: t\ndevices:\n  sw:\n    nos: sonic\n{platform}    cages:\n{cages}cables: []\n"


def many(folder, cages, platform=""):
    return write(folder, "m.yaml", MANY.format(platform=platform, cages="".join(
        f"      {name}: {{form: QSFP-DD, mode: {mode}{more}}}\n" for name, mode, more in cages)))


def test_sonic_equals_what_sonic_makes():
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(MSN4700, os.path.join(d, "p"))
        os.remove(os.path.join(d, "p/hwsku.json"))
        path = one(d, "QSFP-DD", "4x100G", cage="Ethernet0", device="    nos: sonic\n    platform: p\n")
        got = json.loads(rendered("sonic", path))
    with open(os.path.join(MSN4700, "expected.json"), encoding="utf-8") as f:
        modes = json.load(f)["modes"]["Ethernet0"]
    mode = got["BREAKOUT_CFG"]["Ethernet0"]["brkout_mode"]
    assert mode.startswith("4x100G"), mode
    for row in got["PORT"].values():
        assert row.pop("admin_status") == "up"
    assert got["PORT"] == modes[mode], got["PORT"]
    # typed from the documented answer of an MSN4700
    assert got["PORT"]["Ethernet2"] == {"alias": "etp1b", "lanes": "2,3", "speed": "100000",
                                        "index": "1", "subport": "2", "fec": "rs"}


LANES = (10000, 25000, 50000, 100000)
FORMS = {1: "SFP28", 4: "QSFP28", 8: "QSFP-DD"}


def sonic_cages(platform, modes, turn):
    """One cage for each port of a platform, in its turn-th mode; the rows that SONiC makes of it."""
    cages, rows, texts = [], {}, {}
    with open(os.path.join(platform, "platform.json"), encoding="utf-8") as f:
        ports = json.load(f)["interfaces"]
    for name, of in modes.items():
        # what no Ethernet lane runs is no mode of ours, whatever a platform offers
        texts_of = [t for t in of if all(int(r["speed"]) // len(r["lanes"].split(",")) in LANES
                                         for r in of[t].values())]
        text = texts_of[turn % len(texts_of)]
        mode = re.sub(r"\[.*?\]", "", text)
        form = FORMS[len(ports[name]["lanes"].split(","))]
        cages.append(f"      {name}: {{form: {form}, mode: '{mode}'}}\n")
        rows.update(of[text])
        texts[name] = text
    return "".join(cages), rows, texts


def test_sonic_equals_what_sonic_makes_of_every_port_and_mode():
    tried = 0
    for kind in ("accton_wedge100bf_32qs-r0", "dellemc_s5248f_c3538-r0", "dellemc_z9332f_d1508-r0",
                 "mlnx_msn4700-r0"):
        platform = os.path.join(ROOT, "tests/port/fixtures", kind)
        with open(os.path.join(platform, "expected.json"), encoding="utf-8") as f:
            modes = json.load(f)["modes"]
        for turn in range(max(len(m) for m in modes.values())):
            cages, rows, texts = sonic_cages(platform, modes, turn)
            with tempfile.TemporaryDirectory() as d:
                shutil.copy(os.path.join(platform, "platform.json"), d)
                path = write(d, "f.yaml", MANY.format(platform="    platform: .\n", cages=cages))
                got = json.loads(rendered("sonic", path))
            for row in got["PORT"].values():
                assert row.pop("admin_status") == "up"
            assert got["PORT"] == rows, (kind, turn)
            assert {k: v["brkout_mode"] for k, v in got["BREAKOUT_CFG"].items()} == texts
            tried += len(rows)
    assert tried > 500, tried


def test_sonic_without_platform_says_so():
    with tempfile.TemporaryDirectory() as d:
        assert "render-rule" in rules(one(d, "QSFP-DD", "4x100G"), "render", "--nos", "sonic")


def openconfig_groups(doc):
    """The groups of each component; refuses what openconfig-platform-port does not have."""
    (top, components), = doc.items()
    assert top == "openconfig-platform:components"
    out = {}
    for c in components["component"]:
        assert set(c) == {"name", "config", "port"} and c["config"] == {"name": c["name"]}
        groups = c["port"]["openconfig-platform-port:breakout-mode"]["groups"]["group"]
        for g in groups:
            assert set(g) == {"index", "config"} and g["config"]["index"] == g["index"]
            assert set(g["config"]) == {"index", "num-breakouts", "breakout-speed",
                                        "num-physical-channels"}
            for key in ("index", "num-breakouts", "num-physical-channels"):
                assert 0 <= g["config"][key] <= 255
        out[c["name"]] = [(g["config"]["num-breakouts"], g["config"]["breakout-speed"],
                           g["config"]["num-physical-channels"]) for g in groups]
    return out


def test_sonic_ports_each_have_their_own_name():
    cages = [("swp1", "4x100G", ""), ("swp2", "2x200G", ""), ("swp3", "1x400G", "")]
    want = {"Ethernet0": "0,1", "Ethernet2": "2,3", "Ethernet4": "4,5", "Ethernet6": "6,7",
            "Ethernet8": "8,9,10,11", "Ethernet12": "12,13,14,15",
            "Ethernet16": "16,17,18,19,20,21,22,23"}
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(MSN4700, os.path.join(d, "p"))
        for platform in ("", "    platform: p\n"):
            path = many(d, cages, platform)
            got = json.loads(rendered("sonic", path))
            assert {k: v["lanes"] for k, v in got["PORT"].items()} == want, got["PORT"]
            assert "render-name" not in rules(path, "render")


def test_sonic_names_of_cages_are_kept_without_a_platform():
    cages = [("Ethernet0", "4x100G", ""), ("Ethernet8", "1x400G", ""), ("Ethernet16", "2x200G", "")]
    with tempfile.TemporaryDirectory() as d:
        port = json.loads(rendered("sonic", many(d, cages)))["PORT"]
    assert list(port) == ["Ethernet0", "Ethernet2", "Ethernet4", "Ethernet6", "Ethernet8",
                          "Ethernet16", "Ethernet20"], port
    assert port["Ethernet8"]["lanes"] == "8,9,10,11,12,13,14,15"
    assert (port["Ethernet8"]["index"], port["Ethernet20"]["alias"]) == ("2", "etp3b")


def test_sonic_cages_of_one_port_are_refused():
    cages = [("swp1", "4x100G", ""), ("swp2", "1x400G", ", port: Ethernet0")]
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(MSN4700, os.path.join(d, "p"))
        for platform in ("", "    platform: p\n"):
            assert "render-name" in rules(many(d, cages, platform), "render", status=1)


def test_openconfig_has_a_group_for_each_width():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "2x200G(4)+1x400G(4)")
        doc = rendered("openconfig", path)
        assert openconfig_groups(json.loads(doc)) == {"Ethernet1": [
            (2, "openconfig-if-ethernet:SPEED_200GB", 2),
            (1, "openconfig-if-ethernet:SPEED_400GB", 4)]}


def test_openconfig_validates_with_the_public_models():
    models = os.environ.get("LW_OPENCONFIG_MODELS")
    if not models or not shutil.which("yanglint"):
        raise tap.Skip("LW_OPENCONFIG_MODELS is not set, or there is no yanglint")
    with tempfile.TemporaryDirectory() as d:
        modes = (("OSFP", "2x200G(4)+1x400G(4)"), ("OSFP1600", "8x200G"), ("OSFP1600", "1x1.6T"),
                 ("OSFP", "1x800G"), ("QSFP28", "4x25G"), ("QSFP28", "2x50G"), ("QSFP28", "1x100G"),
                 ("QSFP+", "1x40G"), ("SFP+", "1x10G"))
        path = write(d, "every.yaml", MANY.format(platform="", cages="".join(
            f"      p{i}: {{form: {form}, mode: {mode}}}\n"
            for i, (form, mode) in enumerate(modes, 1))).replace("    nos: sonic\n", ""))
        doc = write(d, "config.json", rendered("openconfig", path))
        folders = sorted({root for root, _, files in os.walk(models)
                          if any(f.endswith(".yang") for f in files)})
        paths = [a for f in folders for a in ("-p", f)]
        find = {f: os.path.join(r, f) for r, _, files in os.walk(models) for f in files}
        done = subprocess.run(["yanglint", *paths, "-t", "config",
                               find["openconfig-platform.yang"],
                               find["openconfig-platform-port.yang"],
                               find["openconfig-if-ethernet.yang"], doc],
                              capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()


def test_same_input_gives_the_same_bytes_and_files():
    with tempfile.TemporaryDirectory() as d:
        args = ("render", "--nos", "eos", "--device", "leaf1", FIRST_LIGHT)
        assert run(*args) == run(*args)
        run("render", "--nos", "eos", "--device", "leaf1", "--o", d, FIRST_LIGHT)
        assert sorted(os.listdir(d)) == ["leaf1.cfg", "leaf1.undo", "leaf1.verify"]


def test_unknown_system_of_a_device_is_refused_with_its_line():
    with tempfile.TemporaryDirectory() as d:
        path = one(d, "OSFP", "2x400G", device="    nos: ios\n")
        error = run("render", path, status=2, text=False).stderr.decode()
        assert f"{path}:3: unknown nos" in error, error


# ---- import and export ----------------------------------------------------------------------

SHEET = "A-Node,A-Port,Z-Node,Z-Port\nleaf1,swp1s0,nic1,p0\nleaf1,swp1s1,nic2,p0\n"


def checked(folder, text):
    return json.loads(run("check", "--json", write(folder, "i.yaml", text)))


def test_sheet_with_parts_becomes_a_cable_with_legs():
    with tempfile.TemporaryDirectory() as d:
        text = run("import", "--part", "DAC-OSFP-2xQSFP112", "--length", "2",
                   write(d, "p2p.csv", SHEET))
        got = checked(d, text)
        assert [x["id"] for x in got["links"]] == ["leaf1/swp1:1 - nic1/p0", "leaf1/swp1:2 - nic2/p0"]
        assert all(x["verdict"] == "up" for x in got["links"]), got["links"]


def test_netbox_goes_out_and_comes_back():
    with tempfile.TemporaryDirectory() as d:
        first = run("import", "--part", "DAC-OSFP-2xQSFP112", "--length", "2",
                    write(d, "p2p.csv", SHEET))
        sheet = run("export", "--to", "netbox", write(d, "a.yaml", first))
        assert sheet.splitlines()[1].startswith(
            "leaf1,dcim.interface,swp1s0,nic1,dcim.interface,p0,dac-passive,planned,")
        again = run("import", "--from", "netbox", "--form", "OSFP", write(d, "n.csv", sheet))
        assert [x["id"] for x in checked(d, again)["links"]] == \
            [x["id"] for x in checked(d, first)["links"]]


def test_hedgehog_documents_become_cables():
    wiring = """apiVersion: wiring.githedgehog.com/v1beta1
kind: Switch
metadata: {name: leaf-01}
---
apiVersion: wiring.githedgehog.com/v1beta1
kind: Connection
metadata: {name: spine-01--fabric--leaf-01}
spec:
  fabric:
    links:
    - spine: {port: spine-01/E1/1}
      leaf: {port: leaf-01/E1/2}
"""
    with tempfile.TemporaryDirectory() as d:
        text = run("import", "--from", "hedgehog", "--part", "DAC-OSFP-800G", "--length", "1.5",
                   write(d, "w.yaml", wiring))
        assert [x["id"] for x in checked(d, text)["links"]] == ["spine-01/E1-1 - leaf-01/E1-2"]
        assert "port: 'E1/1'" in text
        bad = write(d, "b.yaml", wiring.replace("leaf-01/E1/2", "leaf-01"))
        error = run("import", "--from", "hedgehog", "--part", "DAC-OSFP-800G", "--length", "1", bad,
                    status=2, text=False).stderr.decode()
        assert f"{bad}:11: " in error, error


CONNECTION = """---
apiVersion: wiring.githedgehog.com/v1beta1
kind: Connection
metadata: {{name: {name}}}
spec:
  {spec}
"""


def test_hedgehog_connections_of_every_kind_become_cables():
    specs = {  # as the project's own wiring diagrams have them
        "domain": "mclagDomain: {peerLinks: [{switch1: {port: leaf-01/E1/49}, switch2: {port: leaf-02/E1/49}}],"
                  " sessionLinks: [{switch1: {port: leaf-01/E1/50}, switch2: {port: leaf-02/E1/50}}]}",
        "mclag": "mclag: {links: [{server: {port: server-01/enp2s1}, switch: {port: leaf-01/E1/1}},"
                 " {server: {port: server-01/enp2s2}, switch: {port: leaf-02/E1/1}}]}",
        "unbundled": "unbundled: {link: {server: {port: server-02/enp2s1},"
                     " switch: {port: leaf-01/E1/2}}}",
        "mesh": "mesh: {links: [{leaf1: {port: leaf-01/E1/8}, leaf2: {port: leaf-02/E1/8}}]}",
        "fabric": "fabric: {links: [{spine: {port: spine-01/E1/1}, leaf: {port: leaf-01/E1/53}}]}",
        "loop": "vpcLoopback: {links: [{switch1: {port: leaf-01/E1/3}, switch2: {port: leaf-01/E1/4}}]}",
        "bundled": "bundled: {links: [{server: {port: server-03/enp2s1}, switch: {port: leaf-01/E1/55/1}},"
                   " {server: {port: server-03/enp2s2}, switch: {port: leaf-01/E1/55/2}}]}",
        "outside": "external: {link: {switch: {port: leaf-01/E1/10}}}",
    }
    with tempfile.TemporaryDirectory() as d:
        text = "".join(CONNECTION.format(name=n, spec=s) for n, s in specs.items())
        made = run("import", "--from", "hedgehog", "--part", "DAC-OSFP-800G", "--length", "1",
                   write(d, "w.yaml", text))
        got = {x["id"] for x in checked(d, made)["links"]}
    assert got == {
        "leaf-01/E1-49 - leaf-02/E1-49", "leaf-01/E1-50 - leaf-02/E1-50",
        "server-01/enp2s1 - leaf-01/E1-1", "server-01/enp2s2 - leaf-02/E1-1",
        "server-02/enp2s1 - leaf-01/E1-2", "leaf-01/E1-8 - leaf-02/E1-8",
        "spine-01/E1-1 - leaf-01/E1-53", "leaf-01/E1-3 - leaf-01/E1-4",
        "leaf-01/E1-55:1 - server-03/enp2s1", "leaf-01/E1-55:2 - server-03/enp2s2"}, got


def test_sonic_folder_becomes_a_device():
    with tempfile.TemporaryDirectory() as d:
        text = run("import", "--from", "sonic", "--name", "leaf1", MSN4700)
        path = write(d, "s.yaml", text)
        assert json.loads(run("check", "--json", path, status=0))["summary"]["links"] == 0
        assert text.count("{form: ") == 32


def test_bad_lists_are_refused_with_a_line():
    cases = {
        "a,b\n1,2\n": ":1: ",
        SHEET + "leaf1,swp1s0,nic3,p0\n": ":4: ",
        SHEET + "leaf1,,nic3,p0\n": ":4: ",
        SHEET + 'leaf1,"swp': ":4: ",
        SHEET.replace("nic1", "ni'c"): ":2: ",
        "A-Node,A-Port,Z-Node,Z-Port,Length\na,p0,b,p0,far\n": ":2: ",
        "": ":1: ",
    }
    with tempfile.TemporaryDirectory() as d:
        for text, where in cases.items():
            path = write(d, "bad.csv", text)
            done = run("import", "--part", "DAC-OSFP-2xQSFP112", "--length", "2", path, status=2,
                       text=False)
            assert path + where in done.stderr.decode(), (text, done.stderr.decode())


def test_exports_list_every_leg():
    rows = run("export", "--to", "schedule", FIRST_LIGHT).splitlines()
    assert len(rows) == 1 + 19, len(rows)
    assert rows[1] == ("hydra-a,hydra-mpo16-2mpo12,OS2,30,1 of 2,leaf1,swp1,,OSFP,OSFP-800G-DR8,"
                       "nic1,p0,,QSFP112,QSFP112-400G-DR4"), rows[1]
    labels = run("export", "--to", "labels", FIRST_LIGHT).splitlines()
    assert labels[1] == "hydra-a,A,leaf1,swp1,nic1,p0,hydra-mpo16-2mpo12,30"
    dot = run("export", "--to", "dot", FIRST_LIGHT)
    assert '"leaf1" -- "nic1" [label="hydra-a", taillabel="swp1", headlabel="p0"];' in dot
    svg = run("export", "--to", "svg", FIRST_LIGHT)
    assert svg.count("<line ") == 19 and svg.endswith("</svg>\n")


SHARED = """intent: shared
topology: multi-plane
planes: 2
servers: {count: 8, per_rack: 4, nics: 2, form: FORM, mode: 'MODE', height_u: 4, power_w: 1000}
leaf: SWITCH
spine: SWITCH
room: {rows: 2, racks: 8}
MOREgrowth: {servers: 8}
"""


def test_cables_that_share_a_cage_end_at_parts_of_it():
    with tempfile.TemporaryDirectory() as d:
        for form, mode, switch, more, parts in (
                # two receptacles, and lanes that change places in shuffle panels
                ("OSFP", "2x400G", "64x800g-osfp", "", ("nic1s0", "nic1s1")),
                ("OSFP1600", "4x200G(4)", "64x1.6t-osfp", "uplink: 200G\n",
                 ("nic1s0", "nic1s1", "nic1s2", "nic1s3"))):
            text = SHARED.replace("FORM", form).replace("MODE", mode).replace("SWITCH", switch)
            path = os.path.join(d, "f.yaml")
            run("plan", "--fabric", path, write(d, "i.yaml", text.replace("MORE", more)))
            ends = collections.Counter()
            for row in csv.DictReader(io.StringIO(run("export", "--to", "netbox", path))):
                for side in "ab":
                    ends[row[f"side_{side}_device"], row[f"side_{side}_name"]] += 1
            assert max(ends.values()) == 1, ends.most_common(2)  # NetBox: a cable an interface
            assert {n for s, n in ends if s == "server1" and n.startswith("nic1")} == set(parts)
            labels = list(csv.DictReader(io.StringIO(run("export", "--to", "labels", path))))
            here = collections.Counter((r["device"], r["port"], r["end"]) for r in labels)
            if mode == "2x400G":
                assert max(here.values()) == 1, here.most_common(2)


def test_picture_stacks_tiers_above_the_hosts():
    text = "fabric: a&b\ndevices:\n"
    cable = "  - {{id: c{0}, part: DAC-OSFP-800G, length_m: 2, a: {1}, b: {2}}}\n"
    cages = {"spine1": 2, "leaf1": 3, "leaf2": 3, "h1": 1, "h2": 1, "h3": 1, "h4": 1}
    links = [("leaf1/c1", "h1/c1"), ("h2/c1", "leaf1/c2"), ("leaf2/c1", "h3/c1"),
             ("leaf2/c2", "h4/c1"), ("leaf1/c3", "spine1/c1"), ("spine1/c2", "leaf2/c3")]
    for name, n in cages.items():
        nos = "    nos: none\n" if name[0] == "h" else ""
        text += f"  {name}:\n{nos}    cages:\n" + "".join(
            f"      c{i + 1}: {{form: OSFP, mode: 1x800G}}\n" for i in range(n))
    text += "cables:\n" + "".join(cable.format(i, a, b) for i, (a, b) in enumerate(links))
    with tempfile.TemporaryDirectory() as d:
        svg = run("export", "--to", "svg", write(d, "f.yaml", text))
    top = {}
    for box in xml.dom.minidom.parseString(svg).getElementsByTagName("rect"):
        label = box.nextSibling
        if label and label.nodeName == "text" and label.getAttribute("text-anchor"):
            top[label.firstChild.data] = int(box.getAttribute("y"))
    assert set(top) == set(cages)
    assert top["spine1"] < top["leaf1"] == top["leaf2"] < top["h1"] == top["h4"], top


# ---- check --against --------------------------------------------------------------------------

PLAN = """fabric: t
devices:
  leaf1:
    nos: nvue
    cages:
      swp1: {form: QSFP-DD, mode: 1x400G, module: QSFP-DD-400G-DR4}
      swp2: {form: QSFP-DD, mode: 1x400G}
  leaf2:
    cages:
      swp1: {form: QSFP-DD, mode: 1x400G, module: QSFP-DD-400G-DR4}
cables:
  - {id: c1, cord: mpo12, fibre: OS2, length_m: 30, a: leaf1/swp1, b: leaf2/swp1}
"""


def against(folder, status=1):
    got = json.loads(run("check", "--json", "--against", os.path.join(folder, "real"),
                         os.path.join(folder, "f.yaml"), status=status))
    return {(f["rule"], f["subject"]) for f in got["findings"]
            if f["rule"].startswith(("plug-", "far-", "port-unknown"))}


def lldp(port, device, far):
    return json.dumps({"lldp": {"interface": {port: {"chassis": {device: {"id": {
        "type": "mac", "value": "00:00:00:00:00:01"}}}, "port": {
            "id": {"type": "ifname", "value": far}}}}}})


def test_real_fabric_is_compared_with_the_plan():
    with tempfile.TemporaryDirectory() as d:
        write(d, "f.yaml", PLAN)
        write(d, "real/leaf1.lldp.json", lldp("swp1", "leaf2", "swp1"))
        assert against(d, status=0) == set()
        write(d, "real/leaf1.lldp.json", lldp("swp1", "leaf3", "swp7"))
        assert against(d) == {("far-other", "leaf1/swp1")}


def test_missing_and_extra_plugs_and_serials_are_found():
    plug = {"type": "QSFP-DD Double Density 8X Pluggable Transceiver", "manufacturer": "V",
            "model": "M", "serial": "S1"}
    with tempfile.TemporaryDirectory() as d:
        write(d, "f.yaml", PLAN)
        write(d, "real/leaf1/x.json", json.dumps({"TRANSCEIVER_INFO|swp2": {
            "type": "hash", "value": plug}}))
        assert against(d) == {("plug-missing", "leaf1/swp1"), ("plug-extra", "leaf1/swp2")}
        write(d, "real/leaf1/x.json", json.dumps({"swp1": plug}))
        write(d, "real/leaf2/x.json", json.dumps({"swp1": plug}))
        assert against(d, status=0) == {("plug-serial", "leaf2/swp1")}
        write(d, "real/leaf2/x.json", json.dumps({"swp1": dict(plug, type="QSFP28 or later",
                                                              serial="S2")}))
        assert against(d, status=0) == {("plug-other", "leaf2/swp1")}


def test_dump_of_another_kind_of_part_is_found():
    with tempfile.TemporaryDirectory() as d:
        write(d, "f.yaml", PLAN)
        os.makedirs(os.path.join(d, "real/leaf1"))
        shutil.copy(os.path.join(ROOT, "tests/golden/cmis-mellanox-mcp1660-w00ae30-mt2019vs04795"
                                       "/dump.bin"), os.path.join(d, "real/leaf1/swp1.bin"))
        got = against(d)
        assert ("plug-other", "leaf1/swp1") in got, got


def test_bad_folders_and_files_are_refused():
    with tempfile.TemporaryDirectory() as d:
        path = write(d, "f.yaml", PLAN)
        run("check", "--against", os.path.join(d, "none"), path, status=2)
        bad = write(d, "real/leaf1.json", "{\n]")
        error = run("check", "--against", os.path.join(d, "real"), path, status=2,
                    text=False).stderr.decode()
        assert f"{bad}:2: " in error, error


# ---- the schema -------------------------------------------------------------------------------

EVERY_KEY = """fabric: all
devices:
  csv: cages.csv
  leaf1:
    nos: none
    platform: p
    accepts: [NVIDIA, Mellanox]
    override: on
    cmis: 5.2
    module_firmware: 2.1
    cooling_w: 500
    cages:
      swp1: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8, fec: rs544, autoneg: off,
             max_lane: 100G, max_power_w: 20, port: Ethernet1/1}
      swp2: {form: OSFP, adapter: OSFP-to-QSFP, mode: 4x25G(4), module: QSFP28-100G-SR4}
cables:
  - {csv: cables.csv}
  - {id: c1, cord: mpo16, fibre: OS2, length_m: 30, a: leaf1/swp1, b: leaf2/swp1,
     polarity: [B, A, A], broken: 3, dirt_db: 0.2, through: {mated: 2, splice: 4}, pins: none,
     polish: [APC, APC]}
"""

# What a person gets wrong: each is refused by the schema and by the loader.
WRONG = [
    ("form: QSFP-DD, ", ""), ("id: c1, ", ""), ("cables:", "cabels:"), ("mode: ", "modus: "),
    ("mode: 1x400G", "mode: 400G"), ("cord: mpo12, ", ""), ("fibre: OS2, ", ""),
    ("fibre: OS2", "fibre: OS3"), ("length_m: 30", "length_m: -1"), ("length_m: 30", "length_m: far"),
    ("a: leaf1/swp1", "a: leaf1"), ("b: leaf2/swp1", "b: leaf2/swp1#0"), ("b: leaf2/swp1", "b: []"),
    ("cord: mpo12", "cord: mpo12, part: DAC-OSFP-800G"), ("nos: nvue", "nos: [nvue]"),
    ("module: QSFP-DD-400G-DR4", "module: {dump: a, recipe: b}"),
    ("mode: 1x400G,", "mode: 1x400G, fec: maybe,"), ("mode: 1x400G,", "mode: 1x400G, max_lane: 7G,"),
    ("length_m: 30", "length_m: 30, through: {mated: 0}"), ("length_m: 30", "length_m: 30, pins: c"),
    ("length_m: 30", "length_m: 30, polarity: D"), ("fabric: t\n", ""), ("swp2:", "'s 2':"),
]


def test_schema_takes_what_the_loader_takes_and_refuses_what_it_refuses():
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError as e:
        raise tap.Skip(str(e))
    with open(os.path.join(ROOT, "docs/fabric.schema.json"), encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    with open(FIRST_LIGHT, encoding="utf-8") as f, \
            open(os.path.join(ROOT, "examples/scenarios/fabric.yaml"), encoding="utf-8") as g:
        texts = [f.read(), g.read(), PLAN, EVERY_KEY]
    for name in ("leaf-spine", "top-of-rack"):
        texts.append(run("plan", "--fabric", "-", os.path.join(ROOT, f"examples/intents/{name}.yaml")))
    with tempfile.TemporaryDirectory() as d:
        texts.append(run("import", "--part", "DAC-OSFP-2xQSFP112", "--length", "2",
                         write(d, "p2p.csv", SHEET)))
        write(d, "cages.csv", "device,nos,cage,form,mode,module\n"
                              "leaf2,none,swp1,OSFP,2x400G,OSFP-800G-DR8\n")
        write(d, "cables.csv", "id,part,length_m,a,b\nd,DAC-OSFP-800G,2,leaf3/swp1,leaf3/swp2\n")
        for text in texts:
            errors = [e.message for e in validator.iter_errors(yaml.safe_load(text))]
            assert not errors, errors
        for old, new in WRONG:
            assert old in PLAN, old
            wrong = PLAN.replace(old, new, 1)
            assert list(validator.iter_errors(yaml.safe_load(wrong))), (old, new)
            run("check", write(d, "wrong.yaml", wrong), status=2)
        every = EVERY_KEY.replace("  - {csv: cables.csv}\n", "")
        run("check", write(d, "every.yaml", every), status=1)  # broken: 3


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
