#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SONiC's own transceiver code, unchanged, on virtual modules. Prints TAP.

usage: run-sonic.py LANEWISE ROOT [PART-OF-A-NAME]

SONIC_PLATFORM_COMMON is a checkout of sonic-net/sonic-platform-common, SONIC_PLATFORM_DAEMONS one
of sonic-net/sonic-platform-daemons; without the first everything is skipped, without the second
what needs xcvrd. HOST_SPEED (default 10) is how fast the modules' time runs, and the host's walk
with it; 1 is as in life. SONiC's own sleeps always last as long as they are written. docs/hosts.md
tells what was run and with which versions.
"""
import os
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import sonic_stubs
import tap
from server import Server, at, await_true
from sonic_host import SPEED, Xcvrd, load, sfp

LANEWISE, ROOT = sys.argv[1:3]
LEAF, FAR = "sonic1/Ethernet0", "sonic2/Ethernet0"
LANES = range(1, 9)

PAIR = """fabric: pair
devices:
  sonic1: {cages: {Ethernet0: {form: OSFP, mode: 1x800G, module: %s}}}
  sonic2: {cages: {Ethernet0: {form: OSFP, mode: 1x800G, module: OSFP-800G-SR8}}}
cables:
  - {id: trunk, cord: mpo16, fibre: OM4, length_m: 30, a: sonic1/Ethernet0, b: sonic2/Ethernet0}
"""
GEARBOX = """fabric: gearbox
devices:
  sonic1: {cages: {Ethernet0: {form: QSFP-DD, mode: 1x400G, module: QSFP-DD-400G-DR4}}}
cables: []
"""


def server_of(part="OSFP-800G-SR8", fabric=None, speed=SPEED, **more):
    load()
    return Server(LANEWISE, ROOT, fabric or PAIR % part, speed, **more)


def awake(server, cage=LEAF):
    """A module in high power, without data paths in the way of what is looked at."""
    server.pin(cage, "lpmode", 0)
    module = sfp(server, cage)
    await_true("an answer", lambda: server.module_state(cage) == 3)
    assert module.get_xcvr_api() is not None
    return module


def light(server, module, want=True):
    """Wait until both ends have carrier on all lanes; clear the flags of the start."""
    def quiet():
        return module.get_rx_los() == [not want] * 8
    await_true("light" if want else "darkness", quiet)


# --- the API of one module


def test_information_is_that_of_the_part():
    with server_of() as t:
        module = awake(t)
        info = module.get_transceiver_info()
        assert info["type"] == "OSFP 8X Pluggable Transceiver" and info["cmis_rev"] == "5.2", info
        assert info["manufacturer"] == "LANEWISE" and info["model"] == "OSFP-800G-SR8", info
        assert info["media_interface_technology"] == "850 nm VCSEL", info
        assert info["host_lane_count"] == 8 and info["vdm_supported"] is True, info
        assert [info[f"active_apsel_hostlane{n}"] for n in LANES] == [1] * 8, info
        applications = module.get_xcvr_api().get_application_advertisement()
        assert [a["host_lane_count"] for a in applications.values()] == [8, 4, 2, 1], applications
        assert module.get_transceiver_info_firmware_versions() == {
            "active_firmware": "1.0.0", "inactive_firmware": "1.0.0"}


def test_monitors_and_thresholds_are_plausible():
    with server_of() as t:
        module, far = awake(t), awake(t, FAR)
        await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
        light(t, module)
        dom = module.get_transceiver_dom_real_value()
        limits = module.get_transceiver_threshold_info()
        assert limits["templowalarm"] < dom["temperature"] < limits["temphighalarm"], dom
        assert limits["vcclowalarm"] < dom["voltage"] < limits["vcchighalarm"], dom
        for n in LANES:
            assert limits["txbiaslowalarm"] < dom[f"tx{n}bias"] < limits["txbiashighalarm"], dom
            assert limits["txpowerlowalarm"] < dom[f"tx{n}power"] < limits["txpowerhighalarm"], dom
            assert limits["rxpowerlowalarm"] < dom[f"rx{n}power"] < limits["rxpowerhighalarm"], dom
        module.get_transceiver_dom_flags()  # those of the start
        flags = module.get_transceiver_dom_flags()
        assert not any(flags.values()), flags
        status = module.get_transceiver_status()
        assert status["module_state"] == "ModuleReady" and status["rx1OutputStatusHostlane"], status
        assert far.get_tx_power()


def test_low_power_is_set_and_told():
    with server_of() as t:
        module = awake(t)
        assert module.get_lpmode() is False
        # SONiC waits for ModulePwrDn alone: take the data paths down first, or just wait longer
        module.get_xcvr_api().set_datapath_deinit(0xff)
        t.await_paths(LEAF, [1] * 8)
        assert module.set_lpmode(True) is True and module.get_lpmode() is True
        module.get_xcvr_api().set_datapath_init(0xff)
        assert module.set_lpmode(False) is True and module.get_lpmode() is False
        t.await_paths(LEAF, [4] * 8)
        module.set_lpmode(True)
        await_true("low power", module.get_lpmode)


def test_reset_brings_the_defaults_back():
    with server_of() as t:
        module = awake(t)
        assert module.tx_disable_channel(0x0f, True) is True
        assert module.reset() is True
        await_true("high power", lambda: module.get_xcvr_api().get_module_state() == "ModuleReady")
        assert module.get_tx_disable_channel() == 0


def test_tx_is_disabled_by_lane():
    with server_of() as t:
        module, far = awake(t), awake(t, FAR)
        await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
        light(t, far)
        assert module.tx_disable_channel(0x05, True) is True
        assert module.get_tx_disable() == [True, False, True] + [False] * 5
        await_true("two dark lanes", lambda: far.get_rx_los() == [True, False, True] + [False] * 5)
        assert module.tx_disable_channel(0xff, False) is True
        light(t, far)


def test_loopback_has_all_four_modes():
    with server_of() as t:
        module, far = awake(t), awake(t, FAR)
        api = module.get_xcvr_api()
        await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
        light(t, module)
        can = module.get_transceiver_loopback()
        for side in ("host", "media"):
            for way in ("input", "output"):
                assert can[f"{side}_side_{way}_loopback_supported"] is True, can
                assert api.set_loopback_mode(f"{side}-side-{way}", 0xff, True) is True
                now = module.get_transceiver_loopback()
                key = f"{side}_{way}_loopback"
                on = [now[f"{key}_lane{n}"] for n in LANES] if side == "host" or \
                    f"{key}_lane1" in now else [now[key]]
                assert all(on), (key, now)
                if (side, way) == ("media", "output"):  # the host hears itself over a cut fibre
                    t.ask("fault", f"cut:{LEAF}:1", "on")
                    light(t, module, False)
                    status = module.get_transceiver_status()
                    assert all(status[f"rx{n}OutputStatusHostlane"] for n in LANES), status
                    t.ask("fault", f"cut:{LEAF}:1", "off")
                assert api.set_loopback_mode(f"{side}-side-{way}", 0xff, False) is True
                now = module.get_transceiver_loopback()
                assert not any(v for k, v in now.items() if "supported" not in k), now
        assert api.set_loopback_mode("host-side-input", 0x02, True) is True
        assert [module.get_transceiver_loopback()[f"host_input_loopback_lane{n}"] for n in LANES] \
            == [n == 2 for n in LANES]
        assert far.get_presence()


def test_vdm_shows_what_the_module_observes():
    with server_of() as t:
        module, far = awake(t), awake(t, FAR)
        api = module.get_xcvr_api()
        await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
        light(t, module)
        assert module.is_transceiver_vdm_supported() is True
        assert module.is_vdm_statistic_supported() is True
        # a fresh interval, then freeze as xcvrd does
        for want in (True, False, True):
            (api.freeze_vdm_stats if want else api.unfreeze_vdm_stats)()
            await_true("the freeze" if want else "its end",
                       api.get_vdm_freeze_status if want else api.get_vdm_unfreeze_status)
            time.sleep(1 / SPEED)
        values = module.get_transceiver_vdm_real_value()
        for n in LANES:
            assert 17 < values[f"esnr_media_input{n}"] < 40, values
            assert 17 < values[f"esnr_host_input{n}"] < 40, values
        for kind in ("min", "avg", "max", "curr"):
            assert 0 <= values[f"prefec_ber_{kind}_media_input1"] < 2.4e-4, values
            assert values[f"errored_frames_{kind}_media_input1"] < 1e-6, values
        assert values["prefec_ber_min_media_input1"] <= values["prefec_ber_avg_media_input1"] \
            <= values["prefec_ber_max_media_input1"], values
        limits = module.get_transceiver_vdm_thresholds()
        assert 2.3e-4 < limits["prefec_ber_curr_media_input_halarm1"] < 2.5e-4, limits
        api.unfreeze_vdm_stats()
        await_true("the end of the freeze", api.get_vdm_unfreeze_status)
        module.get_transceiver_vdm_flags()
        flags = module.get_transceiver_vdm_flags()
        assert not any(v for v in flags.values() if v != "N/A"), flags
        t.ask("fault", f"cut:{LEAF}:1", "on")
        await_true("an alarm", lambda: module.get_transceiver_vdm_flags()[
            "prefec_ber_curr_media_input_halarm1"] is True)
        assert far.get_presence()


# --- modules of the older maps


OLDER = """fabric: older
devices:
  sonic1:
    cages:
      Ethernet0: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}
      Ethernet4: {form: SFP28, mode: 1x25G, module: SFP28-25G-SR}
  sonic2:
    cages:
      Ethernet0: {form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4}
      Ethernet4: {form: SFP28, mode: 1x25G, module: SFP28-25G-SR}
cables:
  - {id: mpo, cord: mpo12, fibre: OM4, length_m: 30, a: sonic1/Ethernet0, b: sonic2/Ethernet0}
  - {id: lc, cord: duplex, fibre: OM4, length_m: 30, a: sonic1/Ethernet4, b: sonic2/Ethernet4}
"""


def older(server, cage, part, kind):
    """Read what SONiC shows of a module, then turn its first lane off and on."""
    server.pin(cage, "lpmode", 0)
    server.pin(cage.replace("sonic1", "sonic2"), "lpmode", 0)
    module = sfp(server, cage)
    await_true("an api", lambda: module.get_xcvr_api() is not None)
    lanes = 4 if kind == "QSFP28 or later" else 1
    await_true("light both ways", lambda: module.get_rx_los() == [False] * lanes
               and all(module.get_tx_power()))
    info = module.get_transceiver_info()
    assert info["type"] == kind and info["model"].strip() == part, info
    dom = module.get_transceiver_dom_real_value()
    limits = module.get_transceiver_threshold_info()
    assert limits["templowalarm"] < dom["temperature"] < limits["temphighalarm"], dom
    for n in range(1, lanes + 1):
        assert limits["txbiaslowalarm"] < dom[f"tx{n}bias"] < limits["txbiashighalarm"], dom
        assert limits["txpowerlowalarm"] < dom[f"tx{n}power"] < limits["txpowerhighalarm"], dom
        assert limits["rxpowerlowalarm"] < dom[f"rx{n}power"] < limits["rxpowerhighalarm"], dom
    assert module.get_tx_fault() == [False] * lanes
    assert module.tx_disable_channel(1, True) is True
    await_true("one dark lane", lambda: module.get_tx_power()[0] == 0)
    assert all(module.get_tx_power()[1:]) and module.get_tx_disable_channel() == 1
    assert module.tx_disable(False) is True
    await_true("light again", lambda: all(module.get_tx_power()))
    return module


def test_sff8636_is_shown_and_obeys():
    with server_of(fabric=OLDER) as t:
        module = older(t, LEAF, "QSFP28-100G-SR4", "QSFP28 or later")
        assert module.set_lpmode(True) is True and module.get_lpmode() is True
        await_true("low power", lambda: not any(module.get_tx_power()))
        assert module.set_lpmode(False) is True and module.get_lpmode() is False
        await_true("high power", lambda: all(module.get_tx_power()))
        assert module.set_power_override(True, True) is True
        await_true("low power by override", lambda: not any(module.get_tx_power()))
        assert module.get_power_override() is True
        module.set_power_override(False, False)
        t.ask("fault", f"cut:{LEAF}", "on")
        await_true("loss of light", lambda: module.get_rx_los() == [True] * 4)


def test_sff8472_is_shown_and_obeys():
    with server_of(fabric=OLDER) as t:
        module = older(t, "sonic1/Ethernet4", "SFP28-25G-SR", "SFP/SFP+/SFP28")
        t.ask("fault", "dark:sonic1/Ethernet4", "on")
        await_true("transmitter fault", lambda: module.get_tx_fault() == [True])
        t.ask("fault", "dark:sonic1/Ethernet4", "off")
        t.ask("fault", "cut:sonic1/Ethernet4", "on")
        await_true("loss of light", lambda: module.get_rx_los() == [True])


# --- firmware: SONiC reads the status of a run 100 ms after it, 512 ms before the restart, so the
# modules' time is real


def in_real_time(part="OSFP-800G-SR8", **more):
    return server_of(part, speed=1, **more)


def load_file(server, major, minor, size):
    """A load for twins: 64 bytes that begin LWTW, CRC-32 of the rest."""
    body = bytes(i * 7 & 255 for i in range(size))
    head = b"LWTW" + bytes((major, minor, 1, 2)) + zlib.crc32(body).to_bytes(4, "big")
    path = os.path.join(server.home, "load.bin")
    with open(path, "wb") as f:
        f.write((head + b"new").ljust(64, b"\0") + body)
    return path


def upgrade(t, module, lpl_only):
    api = module.get_xcvr_api()
    feature = api.get_module_fw_mgmt_feature()
    assert feature["status"] is True and feature["feature"][0] == 64, feature
    assert feature["feature"][2] is lpl_only, feature
    path = load_file(t, 5, 9, 3000)
    ok, text = api.module_fw_download(*feature["feature"], path)
    assert ok is True, text
    assert api.get_module_fw_info()["result"][:8] == ("1.0.0", 1, 1, 0, "5.9.258", 0, 0, 0), \
        api.get_module_fw_info()
    ok, text = api.module_fw_run(mode=0)
    assert ok is True, text
    await_true("the restart", lambda: module.get_transceiver_info_firmware_versions()
               ["active_firmware"] == "5.9.258")
    assert api.get_module_fw_info()["result"][:8] == ("1.0.0", 0, 1, 0, "5.9.258", 1, 0, 0)
    ok, text = api.module_fw_commit()
    assert ok is True, text
    assert api.get_module_fw_info()["result"][:8] == ("1.0.0", 0, 0, 0, "5.9.258", 1, 1, 0)
    assert api.get_module_active_firmware() == "5.9"


def test_firmware_is_changed_by_epl():
    with in_real_time() as t:
        upgrade(t, awake(t), False)


def test_firmware_is_changed_by_lpl():
    recipe = "part: OSFP-800G-SR8\nfields: {cdb_max_pages_epl: 0}\n"
    with in_real_time("{dump: HOME/lpl.bin}", files={"lpl.bin": recipe}) as t:
        upgrade(t, awake(t), True)


def test_firmware_upgrade_in_one_call():
    with in_real_time() as t:
        module = awake(t)
        ok, text = module.get_xcvr_api().module_fw_upgrade(load_file(t, 6, 0, 2000), 1)
        assert ok is True, text
        assert module.get_transceiver_info_firmware_versions()["active_firmware"] == "6.0.258"


def test_firmware_that_is_spoilt_is_refused():
    with in_real_time() as t:
        module = awake(t)
        path = load_file(t, 5, 9, 500)
        with open(path, "r+b") as f:
            f.seek(100)
            f.write(b"\xee")
        ok, text = module.get_xcvr_api().module_fw_upgrade(path, 1)
        assert ok is False and "98" in text, text  # 62h
        assert module.get_xcvr_api().get_module_fw_info()["result"][7] == 1  # B invalid


# --- xcvrd's state machine

SPLITS = {1: (800, 1, 8), 2: (400, 2, 4), 4: (200, 4, 2), 8: (100, 8, 1)}


def bring_up(t, x, count):
    x.split(*SPLITS[count])
    states = x.settle()
    assert states == ["READY"] * count, states
    app = {1: 1, 2: 2, 4: 3, 8: 4}[count]
    assert t.paths(LEAF) == [4] * 8, t.paths(LEAF)
    assert [b >> 4 for b in t.read(LEAF, at(0x11, 206), 8)] == [app] * 8
    assert t.read(LEAF, at(0x10, 130), 1) == b"\0"
    assert not x.said("timeout for"), x.said("timeout for")
    assert x.sfp.get_error_description() == "OK", x.sfp.get_error_description()
    for n, port in enumerate(x.ports):
        lane = n * SPLITS[count][2] + 1
        assert x.info.hget(port, f"active_apsel_hostlane{lane}") == (True, str(app)), \
            x.info.get(port)


def from_cold(count):
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        with Xcvrd(t, LEAF) as x:
            bring_up(t, x, count)


def test_xcvrd_brings_one_path_up():
    from_cold(1)


def test_xcvrd_brings_two_paths_up():
    from_cold(2)


def test_xcvrd_brings_four_paths_up():
    from_cold(4)


def test_xcvrd_brings_eight_paths_up():
    from_cold(8)


def test_xcvrd_splits_again_and_back():
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        with Xcvrd(t, LEAF) as x:
            for count in (1, 2, 8, 4, 1):
                bring_up(t, x, count)


def test_xcvrd_shuts_one_port_and_opens_it():
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        with Xcvrd(t, LEAF) as x:
            bring_up(t, x, 4)
            x.config.set(x.ports[1], [("admin_status", "down")])
            await_true("its lanes down", lambda: t.paths(LEAF) == [4, 4, 1, 1, 4, 4, 4, 4])
            assert t.byte(LEAF, at(0x10, 130)) == 0x0c
            x.config.set(x.ports[1], [("admin_status", "up")])
            await_true("its lanes up", lambda: t.paths(LEAF) == [4] * 8)
            assert x.settle() == ["READY"] * 4


def test_xcvrd_waits_for_the_host_and_wakes_from_low_power():
    with server_of() as t:
        t.await_module(LEAF, 1)  # held by the pin: byte 26 is 40h
        t.pin(LEAF, "lpmode", 1)
        with Xcvrd(t, LEAF) as x:
            x.split(400, 2, 4)
            states = x.settle()
            assert states == ["READY"] * 2, states
            assert t.byte(LEAF, 26) == 0 and t.paths(LEAF) == [4] * 8


def test_xcvrd_brings_eight_host_on_four_media_lanes_up():
    with server_of(fabric=GEARBOX) as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        t.write(LEAF, 26, 0x10)
        t.await_module(LEAF, 1)
        with Xcvrd(t, LEAF) as x:
            x.split(400, 1, 8)
            assert x.settle() == ["READY"] and t.paths(LEAF) == [4] * 8
            assert t.byte(LEAF, at(0x10, 130)) == 0xf0


def test_xcvrd_watches_monitors_flags_and_vdm():
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        awake(t, FAR)
        t.await_module(LEAF, 3)
        with Xcvrd(t, LEAF) as x:
            bring_up(t, x, 1)
            task = x.watch(1)
            try:
                await_true("a pass", lambda: x.posted("TRANSCEIVER_VDM_REAL_VALUE"))
                for table in ("FIRMWARE_INFO", "DOM_SENSOR", "DOM_FLAG", "STATUS", "STATUS_FLAG"):
                    assert x.posted("TRANSCEIVER_" + table), table
                assert x.posted("TRANSCEIVER_FIRMWARE_INFO")["active_firmware"] == "1.0.0"
                vdm = x.posted("TRANSCEIVER_VDM_REAL_VALUE")
                assert float(vdm["prefec_ber_avg_media_input1"]) < 2.4e-4, vdm
                t.ask("fault", f"cut:{LEAF}:1", "on")
                await_true("loss of light", lambda: x.posted("TRANSCEIVER_STATUS_FLAG")[
                    "rx1los"] == "True")
                await_true("a VDM alarm", lambda: x.posted("TRANSCEIVER_VDM_HALARM_FLAG")[
                    "prefec_ber_curr_media_input1"] == "True")
                assert float(x.posted("TRANSCEIVER_DOM_SENSOR")["rx1power"]) < -30
            finally:
                task.join()
            wrong = [text for level, _, text in sonic_stubs.LOG if level in ("error", "warning")]
            assert not wrong, wrong


# --- faults


def under_fault(kind, where=LEAF):
    """Modules up at both ends, then the fault; the leaf's module and its server."""
    class Case:
        def __enter__(self):
            self.server = server_of()
            t = self.server.__enter__()
            self.module, self.far = awake(t), awake(t, FAR)
            await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
            light(t, self.module)
            light(t, self.far)
            self.module.get_transceiver_dom_flags()
            self.module.get_transceiver_status_flags()
            t.ask("fault", f"{kind}:{where}", "on")
            return t, self.module, self.far

        def __exit__(self, *args):
            self.server.__exit__(*args)

    return Case()


def test_fault_unplug_is_absence():
    with under_fault("unplug") as (t, module, far):
        assert module.get_presence() is False
        assert module.get_transceiver_dom_real_value() is None
        assert module.get_transceiver_info() is None
        light(t, far, False)
        t.ask("fault", f"unplug:{LEAF}", "off")
        assert module.get_presence() is True
        await_true("information", lambda: module.get_transceiver_info() is not None)


def test_fault_nack_is_no_answer():
    with under_fault("nack") as (t, module, far):
        assert module.get_presence() is True
        assert module.get_transceiver_dom_real_value() is None
        assert module.read_eeprom(0, 1) is None and module.write_eeprom(26, 1, b"\0") is False
        t.ask("fault", f"nack:{LEAF}", "off")
        assert module.get_transceiver_info()["model"] == "OSFP-800G-SR8"
        assert far.get_rx_los() == [False] * 8  # traffic never noticed


def test_fault_cut_is_loss_of_light_at_both_ends():
    with under_fault("cut", LEAF + ":1") as (t, module, far):
        light(t, module, False)
        light(t, far, False)
        assert module.get_transceiver_dom_real_value()["rx1power"] < -30
        assert all(module.get_transceiver_dom_flags()[f"rx{n}powerLAlarm"] for n in LANES)
        assert module.get_transceiver_status()["rx1OutputStatusHostlane"] is False
        t.ask("fault", f"cut:{LEAF}:1", "off")
        light(t, module)


def test_fault_dark_is_a_transmitter_fault():
    with under_fault("dark", LEAF + ":1") as (t, module, far):
        light(t, far, False)
        assert module.get_rx_los() == [False] * 8
        await_true("Tx fault", lambda: module.get_tx_fault() == [True] * 8)
        assert module.get_transceiver_dom_real_value()["tx1power"] < -30


def test_fault_hot_is_an_alarm():
    with under_fault("hot") as (t, module, _):
        await_true("alarm", lambda: module.get_transceiver_dom_flags()["tempHAlarm"])
        assert module.get_temperature() > 75
        t.ask("fault", f"hot:{LEAF}", "off")
        module.get_transceiver_dom_flags()
        await_true("its end", lambda: not module.get_transceiver_dom_flags()["tempHAlarm"])


def test_fault_module_is_module_fault():
    with under_fault("module") as (t, module, far):
        api = module.get_xcvr_api()
        await_true("ModuleFault", lambda: api.get_module_state() == "ModuleFault")
        light(t, far, False)
        t.ask("fault", f"module:{LEAF}", "off")
        assert module.reset() is True
        await_true("high power", lambda: api.get_module_state() == "ModuleReady")


def test_fault_stuck_bus_is_no_answer():
    with under_fault("stuck-bus") as (t, module, far):
        assert module.get_presence() is True
        assert module.read_eeprom(0, 1) is None and module.get_transceiver_info() is None
        t.ask("fault", f"stuck-bus:{LEAF}", "off")
        assert module.get_transceiver_info()["model"] == "OSFP-800G-SR8"
        assert far.get_rx_los() == [False] * 8


def test_fault_short_breaks_long_reads():
    with under_fault("short") as (_, module, __):
        assert module.read_eeprom(0, 1) == b"\x19"
        assert module.get_transceiver_info() is None


def test_fault_nack_burst_passes():
    with under_fault("nack-burst") as (_, module, __):
        seen = set()
        await_true("refusals and answers", lambda: seen.add(module.read_eeprom(2, 1) is None) or
                   len(seen) == 2)

        def tells():
            try:
                return module.get_transceiver_info() is not None
            except TypeError:  # it does not expect that answers end half-way
                return False
        await_true("information", tells)


def test_fault_corrupt_spoils_some_reads():
    with under_fault("corrupt") as (t, module, _):
        names = set()
        await_true("a wrong bit", lambda: names.add(bytes(module.read_eeprom(129, 16))) or
                   len(names) > 1)
        t.ask("fault", f"corrupt:{LEAF}", "off")
        assert {bytes(module.read_eeprom(129, 16)) for _ in range(50)} == {b"LANEWISE".ljust(16)}


def test_fault_checksum_is_a_wrong_sum():
    with under_fault("checksum") as (t, module, _):
        def wrong():
            page = module.read_eeprom(128, 128)
            return sum(page[:94]) & 0xff != page[94]
        assert wrong() and module.get_transceiver_info()["model"] == "OSFP-800G-SR8"
        t.ask("fault", f"checksum:{LEAF}", "off")
        assert not wrong()


def test_fault_late_start_outlasts_its_limit():
    with under_fault("late") as (t, module, _):
        t.pin(LEAF, "reset", 1)
        t.pin(LEAF, "reset", 0)
        begun = t.seconds()
        await_true("an answer", lambda: module.read_eeprom(0, 1) is not None)
        assert t.seconds() - begun > 2  # tMgmtInit


def test_fault_reset_forgets_the_configuration():
    with server_of() as t:
        module = awake(t)
        assert module.tx_disable_channel(0x0f, True) is True
        t.ask("fault", f"reset:{LEAF}", "on")
        await_true("the start", lambda: module.get_tx_disable_channel() == 0)
        await_true("the flag", lambda: module.get_transceiver_status_flags()
                   ["module_state_changed"] is True)


def test_fault_runaway_ends_in_module_fault():
    with under_fault("runaway") as (_, module, far):
        await_true("alarm", lambda: (module.get_transceiver_dom_flags() or {}).get("tempHAlarm"))
        api = module.get_xcvr_api()
        await_true("ModuleFault", lambda: api.get_module_state() == "ModuleFault")
        assert api.get_module_fault_cause().startswith("TEC runa"), api.get_module_fault_cause()
        assert far.get_presence()


def test_fault_flag_storm_sets_every_flag():
    with under_fault("flag-storm") as (_, module, __):
        for _ in range(3):
            await_true("flags", lambda: module.get_transceiver_dom_flags()["tempHAlarm"])
            await_true("flags", lambda: module.get_rx_los() == [True] * 8)


def test_fault_aged_laser_draws_more_and_shines_less():
    with server_of() as t:
        module, far = awake(t), awake(t, FAR)
        await_true("activation", lambda: t.paths(LEAF) == t.paths(FAR) == [4] * 8)
        light(t, far)
        before = module.get_transceiver_dom_real_value()
        there = far.get_transceiver_dom_real_value()
        t.ask("fault", f"aged:{LEAF}:1", "on")
        def aged():
            now = module.get_transceiver_dom_real_value()
            return all(now[f"tx{n}bias"] > 1.4 * before[f"tx{n}bias"] and
                       now[f"tx{n}power"] < before[f"tx{n}power"] - 3 for n in LANES)
        await_true("age", aged)
        await_true("less light", lambda: all(far.get_transceiver_dom_real_value()[f"rx{n}power"] <
                                             there[f"rx{n}power"] - 3 for n in LANES))


def test_fault_flap_comes_and_goes():
    with under_fault("flap", LEAF + ":1") as (t, _, far):
        for want in (False, True, False):
            light(t, far, want)


def test_fault_reject_fails_the_port():
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        t.ask("fault", f"reject:{LEAF}:1", "on")
        with Xcvrd(t, LEAF) as x:
            x.split(400, 2, 4)
            await_true("failure", lambda: "FAILED" in x.states())
            assert x.said("ConfigRejected"), x.said("ConfigStatus")


def test_fault_stuck_init_fails_the_port():
    with server_of() as t:
        t.pin(LEAF, "lpmode", 0)
        t.await_module(LEAF, 3)
        t.ask("fault", f"stuck-init:{LEAF}:1", "on")
        with Xcvrd(t, LEAF) as x:
            x.split(800, 1, 8)
            await_true("patience", lambda: x.said("timeout for 'DataPathInitialized'") or
                       x.states() == ["FAILED"])
            assert x.states() != ["READY"]


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
