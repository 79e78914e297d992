#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise module` as its users meet it: subcommands, documents, exit statuses. Prints TAP.

usage: test-module.py LANEWISE ROOT
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]
os.environ["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + \
    os.path.join(ROOT, "tests/cli/lsan-fuse.txt")
OPTIC = "twin:OSFP-800G-DR8"
QSFP = "twin:QSFP28-100G-SR4"
SFP = "twin:SFP28-25G-SR"
DAC = "twin:DAC-OSFP-800G"
SUBCOMMANDS = ("status", "power", "reset", "app", "deinit", "init", "tx", "rx", "si", "rate", "tune",
               "monitor", "thresholds", "flags", "vdm", "firmware", "prbs", "loopback")
LOOKS = ("status", "monitor", "thresholds", "flags", "vdm")  # they write nothing
WHOLE = ("power", "reset", "thresholds", "vdm", "firmware")  # they know no lanes


def run(*args, status=0):
    done = subprocess.run([LANEWISE, "module", *args], capture_output=True, timeout=120,
                          check=False)
    error = done.stderr.decode()
    assert done.returncode == status, f"{args}: exit {done.returncode}, not {status}: {error}"
    assert "Sanitizer" not in error and "runtime error" not in error, error
    if status == 2:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
        return error
    return done.stdout.decode() + (error if status else "")


def documents(*args, status=0):
    """All documents that the subcommands print, one after another."""
    text, found = run(*args, status=status), []
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        found.append(document)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def document(*args, status=0):
    found = documents(*args, "--json", status=status)
    assert len(found) == 1, found
    return found[0]


@contextlib.contextmanager
def served():
    """The first-light fabric as files, fifty times as fast as real; its folder."""
    with tempfile.TemporaryDirectory(prefix="lw-module-") as home:
        server = subprocess.Popen(
            [LANEWISE, "twin", os.path.join(ROOT, "examples/first-light.yaml"), "--mount", home,
             "--speed", "50"], stderr=subprocess.PIPE, text=True)
        said = server.stderr.readline()
        try:
            if "serving" not in said:
                raise tap.Skip(said.strip())
            yield home
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
            server.stderr.close()


def test_eeprom_file_is_controlled_in_real_time():
    with served() as home:
        source = os.path.join(home, "leaf1/swp1/eeprom")
        trace = os.path.join(home, "..", os.path.basename(home) + ".trace")
        state = document(source, "status")
        assert state["module_state"] == "ModuleLowPwr", state
        assert document(source, "power", "high", "--trace", trace)["outcome"] == "done"
        with open(trace, encoding="ascii") as f:
            assert ",write,50,0,00,26,1,OK,00" in f.read()
        os.unlink(trace)
        assert document(source, "app", "2")["outcome"] == "done"
        state = document(source, "status")
        assert [x["application"] for x in state["lanes"]] == [2] * len(state["lanes"])
        assert all(x["data_path"] == "DPActivated" for x in state["lanes"])
        assert document(source, "tx", "off", "--lanes", "1")["outcome"] == "done"
        assert [x["output_to_medium"] for x in document(source, "status")["lanes"]][0] is False
    run(source, "status", status=2)


def test_help_of_each_subcommand_needs_no_module():
    everything = run("--help")
    for name in SUBCOMMANDS:
        assert f"\n  {name} " in everything, name
        text = run(name, "--help")
        assert f"usage: lanewise module SOURCE {name}" in text, text
        assert ("--dry-run" in text) == (name not in LOOKS), text
        assert ("--lanes" in text) == (name not in WHOLE), text
        assert text == run("twin:none-such", name, "--help")


def test_wrong_usage_is_one_line():
    run(status=2)
    run(OPTIC, status=2)
    run(OPTIC, "dance", status=2)
    run("twin:no-such-part", "status", status=2)
    run("/no/such/file", "status", status=2)
    run(OPTIC, "status", "now", status=2)
    run(OPTIC, "power", "half", status=2)
    run(OPTIC, "power", status=2)
    run(OPTIC, "app", "0", status=2)
    run(OPTIC, "app", "x", status=2)
    run(OPTIC, "tx", "disable", status=2)
    run(OPTIC, "tx", "disable=maybe", status=2)
    run(OPTIC, "tx", "nonsense=on", status=2)
    run(OPTIC, "si", "tx-disable=on", status=2)
    run(OPTIC, "tune", "grid=x", status=2)
    run(OPTIC, "tune", "colour=red", status=2)
    run(OPTIC, "tx", "off", "--lanes", "9", status=2)
    for lanes in ("0", "1-", "-1", "3-1", "1,,2", "33", "a", "1-2x", ""):
        run(OPTIC, "tx", "off", "--lanes=" + lanes, status=2)
    run(OPTIC, "monitor", "--watch", "0", status=2)
    run(OPTIC, "monitor", "--count", "0", status=2)
    run(OPTIC, "monitor", "--dry-run", status=2)
    run(OPTIC, "power", "low", "--lanes", "1", status=2)
    run(OPTIC, "status", "then", status=2)
    run(OPTIC, "status", "--no-such", status=2)
    assert "devices" in run(OPTIC, "status", "--trace", "/no/such/trace", status=2)
    assert "twice" in run(OPTIC, "tx", "off", "on", status=2)


def test_slip_in_a_later_subcommand_leaves_all_undone():
    for words in (("dance",), ()):
        done = subprocess.run([LANEWISE, "module", OPTIC, "status", "then", *words],
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == 2 and not done.stdout, done.stdout


def test_lanes_choose_what_is_shown():
    assert [x["lane"] for x in document(OPTIC, "status", "--lanes", "2,5-6")["lanes"]] == [2, 5, 6]
    assert [x["lane"] for x in document(OPTIC, "monitor", "--lanes", "3")["lanes"]] == [3]
    assert [x["lane"] for x in document(QSFP, "status", "--lanes", "4")["lanes"]] == [4]
    flags = document(OPTIC, "flags", "--lanes", "8")["flags"]
    assert {x["lane"] for x in flags if x["flag"] == "los_flag_rx"} == {8}, flags
    assert "los_flag_rx" in run(OPTIC, "flags", "--lanes", "8")


def test_monitor_count_alone_is_a_second_apart():
    at = [d["at_s"] for d in documents(OPTIC, "monitor", "--count", "3", "--json")]
    assert len(at) == 3 and abs(at[2] - at[0] - 2) < 0.1, at


def test_status_of_sff_modules_tells_the_switches_of_lanes():
    off, state = documents(QSFP, "tx", "off", "--lanes", "2", "--json", "then", "status", "--json")
    assert off["outcome"] == "done"
    assert [x["tx_disabled"] for x in state["lanes"]] == [False, True, False, False]
    lane = document(SFP, "status")["lanes"]
    assert lane == [{"lane": 1, "tx_disabled": False, "rx_disabled": None}], lane


def test_what_a_kind_of_module_lacks_is_said():
    assert "no such settings" in run(OPTIC, "rate")
    assert "only CMIS" in run(QSFP, "app")
    assert "only CMIS" in run(SFP, "vdm", status=1)
    d = document(SFP, "vdm", status=1)
    assert d["vdm"] == [] and "CMIS" in d["error"], d
    assert "no flags" in run(DAC, "flags")


def test_status_tells_state_and_lanes():
    d = document(OPTIC, "status")
    assert d["source"] == OPTIC and d["subcommand"] == "status"
    assert d["module_state"] == "ModuleReady"
    assert [x["lane"] for x in d["lanes"]] == list(range(1, 9))
    assert all(x["data_path"] == "DPActivated" and x["application"] == 1 and x["first_lane"] == 1
               and x["output_to_medium"] and not x["held_down"] for x in d["lanes"])
    assert document(QSFP, "status")["not_ready"] is False
    assert document(DAC, "status")["module_state"] == "ModuleReady"
    assert "DPActivated" in run(OPTIC, "status")


def test_dry_run_shows_steps_and_writes_nothing():
    shown, state = documents(OPTIC, "app", "2", "--dry-run", "--json", "then", "status", "--json")
    assert shown["dry_run"] is True and shown["outcome"] == "shown"
    stage = [s for s in shown["steps"] if s["byte"] == 145][0]
    assert stage["page"] == 0x10 and stage["data"] == [0x20] * 4 + [0x28] * 4
    assert stage["kind"] == "write" and stage["why"] and stage["text"].startswith("write 10h:145")
    assert all(x["application"] == 1 for x in state["lanes"])
    assert "10h:145-152 = 20 20 20 20 28 28 28 28" in run(OPTIC, "app", "2", "--dry-run")


def test_app_regroups_lanes_and_lists_who_runs():
    done, apps, state = documents(OPTIC, "app", "2", "--lanes", "1-4", "--json", "then", "app",
                                  "--json", "then", "status", "--json")
    assert done["outcome"] == "done" and done["error"] is None
    assert {a["application"]: a["running"] for a in apps["applications"]}[2] == [1, 2, 3, 4]
    assert [x["application"] for x in state["lanes"]] == [2] * 4 + [0] * 4
    assert [x["data_path"] for x in state["lanes"]] == ["DPActivated"] * 4 + ["DPDeactivated"] * 4
    run(OPTIC, "app", "7", status=1)
    assert "4 host lanes" in run(OPTIC, "app", "2", "--lanes", "2-5", status=1)
    assert document(OPTIC, "app", "none", "--lanes", "1-8")["outcome"] == "done"


def test_tx_off_takes_the_light_of_those_lanes():
    off, seen = documents(OPTIC, "tx", "off", "--lanes", "1-4", "--json", "then", "monitor",
                          "--json")
    assert off["outcome"] == "done"
    power = [x["tx-power"]["value"] for x in seen["lanes"]]
    assert power[:4] == [0, 0, 0, 0] and all(p > 5e-4 for p in power[4:]), power
    assert "nothing to write" in run(OPTIC, "tx", "on")
    settings = {s["name"]: s for s in document(OPTIC, "tx")["settings"]}
    assert settings["tx-disable"]["offered"] and len(settings["tx-disable"]["values"]) == 8
    assert settings["tx-disable"]["values"][0] == {"lane": 1, "raw": 0, "value": "off"}
    assert not settings["tx-squelch-power"]["offered"] and settings["tx-squelch-power"]["why"]
    for source in (QSFP, SFP):
        # no register tells of the output: done is said when the light had its time to go
        off, dark, on, lit = documents(source, "tx", "off", "--json", "then", "monitor", "--json",
                                       "then", "tx", "on", "--json", "then", "monitor", "--json")
        assert [s["kind"] for s in off["steps"]] == ["write", "pause"], off
        assert [d["outcome"] for d in (off, on)] == ["done", "done"]
        assert all(x["tx-power"]["value"] == 0 for x in dark["lanes"]), source
        assert all(x["tx-power"]["value"] > 1e-4 for x in lit["lanes"]), source


def test_power_low_and_high_end_where_they_should():
    low, state = documents(OPTIC, "power", "low", "--json", "then", "status", "--json")
    assert low["outcome"] == "done" and state["module_state"] == "ModuleLowPwr"
    assert state["power"] == "low, by register"
    *_, state = documents(OPTIC, "power", "low", "--json", "then", "power", "high", "--json",
                          "then", "status", "--json")
    assert state["module_state"] == "ModuleReady"
    assert document(QSFP, "power", "high")["steps"][0]["byte"] == 93
    dark, _, lit = documents("twin:QSFP28-100G-LR4", "monitor", "--json", "then", "power", "high",
                             "--json", "then", "monitor", "--json")
    for quantity in ("tx-power", "rx-power"):
        assert all(x[quantity]["value"] == 0 for x in dark["lanes"]), quantity
        assert all(x[quantity]["value"] > 1e-4 for x in lit["lanes"]), quantity
    run(SFP, "power", "high", status=1)


def test_deinit_and_init_go_down_and_up():
    *_, state = documents(OPTIC, "deinit", "--json", "then", "status", "--json")
    assert all(x["held_down"] and x["data_path"] == "DPDeactivated" for x in state["lanes"])
    *_, state = documents(OPTIC, "deinit", "--json", "then", "init", "--json", "then", "status",
                          "--json")
    assert all(x["data_path"] == "DPActivated" for x in state["lanes"])
    assert "all lanes" in run(OPTIC, "deinit", "--lanes", "1-2", status=2)
    run(QSFP, "deinit", status=1)


def test_reset_ends_with_defaults():
    *_, tx = documents(OPTIC, "tx", "off", "--json", "then", "reset", "--json", "then", "tx",
                       "--json")
    values = {s["name"]: s["values"] for s in tx["settings"]}["tx-disable"]
    assert all(v["raw"] == 0 for v in values)


def test_si_takes_values_in_their_unit():
    done, si = documents(OPTIC, "si", "rx-pre=1.5", "rx-post=2", "--lanes", "1-2", "--json",
                         "then", "si", "--json")
    assert done["outcome"] == "done"
    values = {s["name"]: [v["value"] for v in s["values"]] for s in si["settings"]}
    assert values["rx-pre"] == ["1.5 dB"] * 2 + ["0 dB"] * 6
    assert values["explicit"] == ["on"] * 2 + ["off"] * 6
    assert "tx_input_eq_host_control_supported" in run(OPTIC, "si", "tx-eq=3", status=1)
    assert document(OPTIC, "si", "tx-cdr=off", status=1)["outcome"] == "not-offered"


def test_what_is_not_there_is_bad_news_with_a_reason():
    for source, *what in ((QSFP, "rate", "tx-rate=1"), (SFP, "rate", "tx-rate=on"),
                          (OPTIC, "tune", "channel=1"), (QSFP, "tune", "channel=1"),
                          (SFP, "reset"), (DAC, "reset"), (DAC, "tx", "off"), (DAC, "app", "1"),
                          (QSFP, "vdm"), (DAC, "power", "low")):
        text = run(source, *what, status=1)
        assert source in text and len(text) > 40, text


def test_monitor_watches_at_its_pace():
    found = documents(OPTIC, "monitor", "--watch", "2", "--count", "3", "--json")
    assert len(found) == 3
    assert [round(b["at_s"] - a["at_s"], 3) for a, b in zip(found, found[1:])] == [2, 2]
    for d in found:
        assert 20 < d["module"]["temperature"]["value"] < 60
        assert d["module"]["temperature"]["unit"] == "degC"
        assert d["lanes"][0]["rx-power"]["unit"] == "W"
    assert "no monitors" in run(DAC, "monitor")
    assert run(SFP, "monitor").count("dBm") == 2


def test_thresholds_rise():
    for source in (OPTIC, QSFP, SFP):
        d = document(source, "thresholds")["thresholds"]
        assert {"temperature", "supply", "tx-power", "tx-bias", "rx-power"} == set(d), d
        for q in d.values():
            assert (q["low_alarm"] <= q["low_warning"] < q["high_warning"] <= q["high_alarm"])
    assert "no thresholds" in run(DAC, "thresholds")


def test_flags_tell_how_often_and_when():
    d = document(OPTIC, "flags")
    assert d["looks"] == 2 and not d["full"]
    changed = [f for f in d["flags"] if f["flag"] == "dp_state_changed_flag"]
    assert len(changed) == 8
    assert all(f["count"] == 1 and not f["set"] and f["cleared_s"] > f["first_set_s"]
               for f in changed)
    assert len(documents(OPTIC, "flags", "--watch", "1", "--count", "3", "--json")) == 1
    assert "no flag" in run(DAC, "flags")
    assert "dp_state_changed_flag             1-8" in run(OPTIC, "flags")


def test_twin_that_runs_receives_what_its_far_end_sends():
    for part in ("QSFP28-100G-SR4", "QSFP28-100G-DR", "QSFP+-40G-LR4", "SFP+-10G-SR", "SFP28-25G-LR",
                 "AOC-QSFP28-4xSFP28", "AOC-SFP28", "AEC-OSFP-2xQSFP112", "OSFP-400G-DR4"):
        flags = documents(f"twin:{part}", "flags", "--watch", "1", "--count", "3",
                          "--json")[-1]["flags"]
        last = [f["flag"] for f in flags if f["set"] and not f["flag"].startswith("vdm_")]
        assert not last, (part, last)


def test_twin_of_a_cable_hears_all_its_far_plugs():
    for part in ("AEC-QSFP-DD-2xQSFP56", "AEC-QSFP-DD-4xQSFP28", "AOC-QSFP-DD-2xQSFP56",
                 "AOC-QSFP-DD-8xSFP56"):
        lanes = document("twin:" + part, "status", "--json")["lanes"]
        assert len(lanes) == 8 and all(x["output_to_host"] for x in lanes), part


def test_vdm_gives_typed_values():
    d = document(OPTIC, "vdm")
    assert len(d["vdm"]) > 8
    good = [x for x in d["vdm"] if x["status"] == "value"]
    assert good and all(x["value"] is not None or x["special"] for x in good), d["vdm"][:3]
    assert "Versatile diagnostics" in run(OPTIC, "vdm")


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
