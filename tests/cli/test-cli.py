#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as its users meet it: exit statuses, messages, documents. Prints TAP.

usage: test-cli.py LANEWISE ROOT
"""
import json
import os
import random
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
GOLDEN = os.path.join(ROOT, "tests/golden")
ARISTA = os.path.join(GOLDEN, "cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin")
FINISAR = os.path.join(GOLDEN, "sff8636-finisar-corp-ftl410qe3c-etg09fz/dump.bin")
EXAMPLE = os.path.join(ROOT, "examples/first-light.yaml")
FINDING = {"rule", "severity", "subject", "text", "remedy", "ref"}


def run(*args, stdin=None):
    return subprocess.run([LANEWISE, *args], input=stdin, capture_output=True, timeout=120,
                          check=False)


def expect(done, status, one_line=False):
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    if one_line:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
    return done


def document(*args, status=0, stdin=None):
    return json.loads(expect(run(*args, stdin=stdin), status).stdout)


def with_file(content, use):
    mode = "wb" if isinstance(content, bytes) else "w"
    with tempfile.NamedTemporaryFile(mode, suffix=".yaml", delete=False) as f:
        f.write(content)
    try:
        return use(f.name)
    finally:
        os.unlink(f.name)


def fabric_error(text, *needles):
    """The fabric is refused with one line that names the file, a line and the needles."""
    def use(path):
        done = expect(run("check", path), 2, one_line=True)
        error = done.stderr.decode()
        assert f"{path}:" in error, error
        for needle in needles:
            assert needle in error, f"{needle!r} not in {error!r}"
    with_file(text, use)


def edited(old, new):
    with open(EXAMPLE, encoding="utf-8") as f:
        text = f.read()
    assert old in text, f"{old!r} is not in the example"
    return text.replace(old, new, 1)


def test_help_of_every_command_is_printed():
    expect(run("--help"), 0)
    for command in ("decode", "check", "up", "explain"):
        out = expect(run(command, "--help"), 0).stdout.decode()
        assert out.startswith(f"usage: lanewise {command}") and "--json" in out


def test_wrong_usage_is_refused():
    for args in ((), ("dcode",), ("decode",), ("decode", "--jsn", ARISTA), ("check",),
                 ("check", EXAMPLE, EXAMPLE), ("up", EXAMPLE, "--seed", "x"),
                 ("up", EXAMPLE, "--for"), ("explain", "no-such-rule"), ("decode", "-x")):
        expect(run(*args), 2)


def test_full_disk_is_told():
    for args in (("--help",), ("--version",), ("check", "--help"), ("decode", ARISTA), ("check", EXAMPLE),
                 ("explain", "parts"), ("why", EXAMPLE, "nic1"), ("up", EXAMPLE, "--json"),
                 ("render", EXAMPLE, "--device", "leaf1", "--nos", "sonic"), ("phy", "prbs", "list")):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LANEWISE, *args], stdout=full, stderr=subprocess.PIPE, timeout=120,
                                  check=False)
        assert done.returncode == 3, (args, done)
        assert done.stderr.decode().count("standard output cannot be written") == 1, (args, done)


def test_decode_gives_one_object_for_one_source():
    doc = document("decode", "--json", ARISTA)
    assert doc["vendor_name"] == "Arista Networks" and doc["source"] == ARISTA
    assert doc["problems"] == [] and "400G" in doc["summary"]


def test_decode_gives_a_list_for_several():
    docs = document("decode", "--json", ARISTA, FINISAR)
    assert [d["memory_map"] for d in docs] == ["cmis", "sff8636"]


def test_decode_reads_standard_input_and_hex_text():
    with open(ARISTA, "rb") as f:
        raw = f.read()
    text = "\n".join(f"{i:08x}: " + " ".join(raw[i:i + 16].hex()[k:k + 4] for k in range(0, 32, 4))
                     for i in range(0, len(raw), 16))
    a = document("decode", "--json", "-", stdin=raw)
    b = document("decode", "--json", "-", stdin=text.encode())
    assert a == b and a["vendor_sn"] == "XKT231212112"


def test_decode_for_people_names_the_module():
    out = expect(run("decode", ARISTA), 0).stdout.decode()
    for needle in ("Arista Networks", "QDD-400G-XDR4", "ModuleReady", "DPActivated", "42.8"):
        assert needle in out, needle


def test_decode_of_a_twin_needs_no_file():
    doc = document("decode", "--json", "twin:OSFP-800G-DR8")
    assert doc["form_factor"] == "OSFP" and len(doc["applications"]) >= 3
    assert all(c["ok"] for c in doc["checksums"].values())


def test_decode_of_a_wrong_checksum_is_bad_news():
    with open(FINISAR, "rb") as f:
        raw = bytearray(f.read())
    raw[150] ^= 1
    doc = document("decode", "--json", "-", status=1, stdin=bytes(raw))
    assert any(p["rule"] == "checksum" for p in doc["problems"])


def test_decode_of_what_is_no_module_gives_one_line():
    for content in (b"", b"\x18", b"hello world, no module here\n", bytes(256), b"\xff" * 512):
        with_file(content, lambda path: expect(run("decode", path), 2, one_line=True))
    expect(run("decode", "no/such/file"), 2, one_line=True)
    expect(run("decode", "twin:no-such-part"), 2, one_line=True)
    expect(run("decode", ROOT), 2, one_line=True)


def test_decode_of_truncated_and_random_dumps_never_crashes():
    random.seed(1)
    with open(ARISTA, "rb") as f:
        raw = f.read()
    for n in range(0, len(raw), 97):
        assert run("decode", "--json", "-", stdin=raw[:n]).returncode in (0, 1, 2)
    for identifier in (0x03, 0x0d, 0x11, 0x18, 0x19, 0x1e):
        noise = bytes([identifier]) + random.randbytes(2815)
        done = run("decode", "--json", "-", stdin=noise)
        assert done.returncode in (0, 1, 2)
        if done.returncode != 2:
            json.loads(done.stdout)


def test_check_judges_the_example():
    doc = document("check", "--json", EXAMPLE, status=1)
    down = [l for l in doc["links"] if l["verdict"] == "down"]
    assert len(down) == 1 and len(doc["links"]) > 15
    rules = {f["rule"] for f in down[0]["findings"]}
    assert {"lane-rate", "wavelength", "fibre-type", "connector"} <= rules, rules
    for link in doc["links"]:
        assert {"id", "rate_mbps", "verdict", "findings", "budget", "lanes"} <= set(link)
        assert all(set(f) == FINDING for f in link["findings"])
    assert "summary" in doc


def test_check_for_people_gives_remedies():
    out = expect(run("check", EXAMPLE), 1).stdout.decode()
    assert "remedy:" in out and "1 down" in out


def test_up_brings_all_but_the_wrong_link_up():
    doc = document("up", "--json", EXAMPLE, status=1)
    states = {l["id"]: l["state"] for l in doc["links"]}
    assert sorted(states.values()).count("down") == 1, states
    for link in doc["links"]:
        if link["state"] == "up":
            assert 0 < link["up_after_s"] < 60 and link["lanes"] and link["findings"] == [] or \
                all(f["severity"] != "fatal" for f in link["findings"])
        else:
            rules = {f["rule"] for f in link["findings"]}
            assert {"lane-rate", "wavelength", "fibre-type", "connector"} <= rules, rules
    for module in doc["modules"]:
        assert module["writes"] <= 10 and module["reads"] <= 8, module
    assert doc["summary"]["down"] == 1


def test_up_fault_in_one_sibling_leaves_the_others():
    doc = document("up", "--json", EXAMPLE, "--fault", "cut:leaf1/swp1:2@30", "--for", "60",
                   status=1)
    for link in doc["links"]:
        hit = link["id"].startswith("leaf1/swp1:2 ")
        if hit:
            assert link["state"] == "down" and link["flaps"] == 1, link
            assert "rx-los" in {f["rule"] for f in link["findings"]}
        else:
            assert link["flaps"] == 0, link["id"]


def test_up_fault_that_ends_is_mended():
    doc = document("up", "--json", EXAMPLE, "--fault", "unplug:leaf1/swp1@30-40", status=1)
    assert doc["summary"]["down"] == 1


def test_up_refuses_a_wrong_fault():
    for fault in ("cut", "burn:leaf1/swp1", "cut:leaf9/swp1", "cut:leaf1/swp1@x",
                  "cut:leaf1/swp1@9-3", "cut:leaf1/swp1:77"):
        expect(run("up", EXAMPLE, "--fault", fault), 2, one_line=True)


def link_of(doc, port):
    return next(l for l in doc["links"] if l["id"].startswith(port + " "))


def test_up_intents_the_last_one_wins():
    doc = document("up", "--json", EXAMPLE, "--off", "leaf1/swp1:2@20", "--on", "leaf1/swp1:2@20.5",
                   "--off", "leaf1/swp1:2@21", "--for", "40", status=1)
    off = link_of(doc, "leaf1/swp1:2")
    assert not off["wanted"] and off["state"] == "down" and off["intent"] == 3
    assert off["carried_out"] == 3
    assert "disabled" in {f["rule"] for f in off["findings"]}
    for link in doc["links"]:
        assert link["flaps"] == 0 and (link is off or link["wanted"]), link["id"]
    again = document("up", "--json", EXAMPLE, "--off", "leaf1/swp1:2@20",
                     "--on", "leaf1/swp1:2@25", "--for", "40", status=1)
    assert link_of(again, "leaf1/swp1:2")["state"] == "up"


def test_up_policy_is_explained_and_overridden():
    doc = document("up", "--json", EXAMPLE, "--vendor", "ACME", status=1)
    assert doc["summary"]["up"] == 0
    # at most told to stay in low power
    assert all(m["writes"] <= 1 for m in doc["modules"])
    assert any(f["rule"] == "policy-vendor" for f in doc["links"][0]["findings"])
    cages = sorted({e["cage"] for l in doc["links"] for e in l["ends"]})
    admitted = document("up", "--json", EXAMPLE, "--vendor", "ACME",
                        *[a for c in cages for a in ("--admit", c)], status=1)
    assert admitted["summary"]["down"] == 1
    doc = document("up", "--json", EXAMPLE, "--max-power", "1", status=1)
    assert any(f["rule"] == "policy-power" for l in doc["links"] for f in l["findings"])
    for bad in (("--max-power", "0"), ("--budget", "x"), ("--admit", "leaf9/swp1"),
                ("--off", "leaf9/swp1:1"), ("--off", "leaf1/swp1:2@x"), ("--mode", "leaf1/swp1"),
                ("--mode", "leaf1/swp1=9x100G")):
        expect(run("up", EXAMPLE, *bad), 2, one_line=True)


def test_up_pace_is_kept_and_used():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pace.json")

        def polls():
            doc = document("up", "--json", EXAMPLE, "--pace", path, status=1)
            return sum(m["polls"] for m in doc["modules"])
        cold, warm = polls(), polls()
        assert warm * 8 < cold * 7, (cold, warm)  # most are of watching what is up
        with open(path, encoding="utf-8") as f:
            kept = json.load(f)
        assert {"power-up", "config", "dp-init"} <= {row["kind"] for row in kept}
        assert all(row["pn"] and sum(row["bins"]) == row["count"] for row in kept)
        with open(path, "w", encoding="utf-8") as f:
            f.write("[1]")
        expect(run("up", EXAMPLE, "--pace", path), 2, one_line=True)


def test_up_dry_run_names_registers_and_fields():
    out = expect(run("up", EXAMPLE, "--dry-run"), 0).stdout.decode()
    for needle in ("write 10h:145-152 =", "scs0_app_sel_code_lane", "write 10h:143", "write L:26"):
        assert needle in out, needle
    plans = document("up", EXAMPLE, "--dry-run", "--json")
    assert all(sum(s["kind"] == "write" for s in p["steps"]) <= 10 for p in plans)


def test_explain_tells_rules_fields_and_lists():
    assert "lane" in expect(run("explain", "lane-rate"), 0).stdout.decode()
    out = expect(run("explain", "cmis.dp_state_host_lane"), 0).stdout.decode()
    assert "11h:128" in out and "DPActivated" in out
    assert document("explain", "--json", "lane-rate")["rule"] == "lane-rate"
    assert "OSFP-800G-DR8" in expect(run("explain", "parts"), 0).stdout.decode()
    rules = expect(run("explain", "rules"), 0).stdout.decode().split("\n")
    for line in rules:
        if line:
            expect(run("explain", line.split()[0]), 0)


def test_fabric_mistakes_give_one_line_with_place():
    fabric_error(edited("module: OSFP-800G-DR8", "modul: OSFP-800G-DR8"), "modul")
    fabric_error(edited("module: OSFP-800G-DR8", "module: OSFP-800G-DR9"), "OSFP-800G-DR8")
    fabric_error(edited("mode: 2x400G", "mode: 3x400G"), "3x400G")
    fabric_error(edited("form: OSFP", "form: OSPF"), "OSFP")
    fabric_error("fabric: [1, 2\n")
    fabric_error("")
    fabric_error("\x00\x01\x02")
    with open(EXAMPLE, encoding="utf-8") as f:
        text = f.read()
    fabric_error(text + "  - {id: again, cord: mpo16, fibre: OS2, length_m: 1, a: leaf1/swp1,"
                 " b: [nic1/p0]}\n", "leaf1/swp1")


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
