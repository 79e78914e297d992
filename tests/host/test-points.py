#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What widely used hosts do to a module and need from it, point by point, on files served by
"lanewise twin". Prints TAP. docs/hosts.md has the list; the number in a name is that of the point.

usage: test-points.py LANEWISE ROOT [PART-OF-A-NAME]

Accesses are those of SONiC's platform code: one open, one seek, one read or write, unbuffered. What
comes with time is polled for, so nothing depends on how fast the machine is.
"""
import csv
import errno
import functools
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap
from server import Server, at, await_true, os_error

LANEWISE, ROOT = sys.argv[1:3]
LEAF, FAR = "sonic1/Ethernet0", "sonic2/Ethernet0"
LOW_POWER, READY = 1, 3
DEACTIVATED, INITIALIZED, ACTIVATED = 1, 7, 4

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

# Registers by name, as hosts know them.
STATE, FLAGS, CONTROL = 3, 8, 26
DEINIT, TX_DISABLE, APPLY, STAGED = at(0x10, 128), at(0x10, 130), at(0x10, 143), at(0x10, 145)
DP_STATE, STATUS, ACTIVE, PENDING = at(0x11, 128), at(0x11, 202), at(0x11, 206), at(0x11, 235)
RX_LOS, CDB_STATUS = at(0x11, 147), 37


def pair(module="OSFP-800G-SR8", **more):
    return Server(LANEWISE, ROOT, PAIR % module, **more)


def gearbox():
    return Server(LANEWISE, ROOT, GEARBOX)


def nibbles(data):
    return [b >> shift & 15 for b in data for shift in (0, 4)]


def config(t, cage=LEAF):
    return nibbles(t.read(cage, STATUS, 4))


def prepare(t, cage=LEAF, decommission=True):
    """As SONiC's DP_DEINIT from low power: all lanes down and dark, then high power; then its
    decommission, which other applications than the default one need."""
    t.await_module(cage, LOW_POWER)
    t.write(cage, DEINIT, 0xff)
    t.write(cage, TX_DISABLE, 0xff)
    t.write(cage, CONTROL, t.byte(cage, CONTROL) & ~0x50)
    t.await_module(cage, READY)
    t.await_paths(cage, [DEACTIVATED] * 8)
    if decommission:
        for lane in range(8):
            t.write(cage, STAGED + lane, 0)
        t.write(cage, APPLY, 0xff)
        await_true("ConfigSuccess", lambda: config(t, cage) == [1] * 8)


def stage(t, cage, apsel, first, lanes):
    for lane in range(first, first + lanes):
        t.write(cage, STAGED + lane, apsel << 4 | first << 1)


def bring_up(t, cage, apsel, lanes, first=0, media=None):
    """One path as SONiC does it: AP_CONFIGURED, DP_INIT, DP_TXON, DP_ACTIVATION."""
    mask = (1 << lanes) - 1 << first
    stage(t, cage, apsel, first, lanes)
    t.write(cage, APPLY, mask)
    await_true("ConfigSuccess", lambda: config(t, cage)[first:first + lanes] == [1] * lanes)
    assert t.byte(cage, PENDING) & mask == mask
    t.write(cage, DEINIT, t.byte(cage, DEINIT) & ~mask)
    await_true("DataPathInitialized",
               lambda: t.paths(cage)[first:first + lanes] == [INITIALIZED] * lanes)
    t.write(cage, TX_DISABLE, t.byte(cage, TX_DISABLE) & ~(mask if media is None else media))
    await_true("DataPathActivated",
               lambda: t.paths(cage)[first:first + lanes] == [ACTIVATED] * lanes)


def both_up(t):
    for cage in (LEAF, FAR):
        prepare(t, cage)
        bring_up(t, cage, 1, 8)
    for cage in (LEAF, FAR):
        await_true("light", lambda cage=cage: t.read(cage, RX_LOS) == b"\0")


def command(t, cage, cid, payload=b""):
    """SONiC's way: bytes 130 and up in one write, then the command."""
    head = cid.to_bytes(2, "big") + b"\0\0" + bytes([len(payload)])
    code = ~sum(head + payload) & 0xff
    t.write(cage, at(0x9f, 130), *head[2:], code, 0, 0, *payload)
    t.write(cage, at(0x9f, 128), *head[:2])
    await_true("the end of the command", lambda: not t.byte(cage, CDB_STATUS) & 0x80)
    return t.byte(cage, CDB_STATUS)


# --- the file


def test_01_one_byte_read_touches_one_byte():
    with pair() as t:
        both_up(t)
        t.ask("fault", f"cut:{LEAF}:1", "on")
        await_true("loss of light", lambda: t.ask("read", LEAF, "page=11h", "byte=147", "len=1")
                   == "ff")
        t.ask("fault", f"cut:{LEAF}:1", "off")
        # those read are clear, their neighbours are not
        await_true("light", lambda: t.read(LEAF, RX_LOS) == b"\0")
        t.ask("fault", f"cut:{LEAF}:1", "on")
        time.sleep(0.05)
        await_true("loss of lock", lambda: t.byte(LEAF, at(0x11, 148)) == 0xff)
        assert t.byte(LEAF, 1) == 0x52 and t.byte(LEAF, at(0x11, 128)) == 0x44
        assert t.byte(LEAF, RX_LOS) == 0xff


def test_02_one_read_may_cross_and_is_never_short():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        info = t.read(LEAF, 0, 213)
        assert len(info) == 213 and info[128] == info[0] and info[129:137] == b"LANEWISE"
        for offset in (0, 100, 127, 128, at(1, 200), at(0x10, 200)):
            for n in (1, 78, 128):
                assert len(t.read(LEAF, offset, n)) == n
        t.ask("fault", f"short:{LEAF}", "on")
        assert os_error(lambda: t.read(LEAF, 0, 128)) == errno.EIO
        assert len(t.read(LEAF, 0, 1)) == 1


def test_03_page_select_reads_zero_and_moves_nothing():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        for page in (1, 0x10, 0x11, 0x9f):
            t.read(LEAF, at(page, 128), 8)
            assert t.read(LEAF, 126, 2) == b"\0\0"
        t.write(LEAF, 127, 0x11)
        t.write(LEAF, 126, 1, 0x10)
        assert t.read(LEAF, 129, 8) == b"LANEWISE" and t.read(LEAF, 127, 1) == b"\0"


def test_04_opened_for_each_access_without_truncation():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        path = t.file(LEAF)
        assert os.stat(path).st_size == 32896
        for _ in range(3):
            with open(path, "r+b", buffering=0) as f:
                f.seek(TX_DISABLE)
                assert f.write(b"\x5a") == 1
            with open(path, "rb", buffering=0) as f:
                f.seek(TX_DISABLE)
                assert f.read(1) == b"\x5a"
        assert os.stat(path).st_size == 32896 and t.read(LEAF, 129, 8) == b"LANEWISE"


def test_05_banks_lie_a_stride_apart():
    with pair() as t:
        # the whole path with "eeprom" replaced: 2 or 4 is written there
        path = t.file(LEAF).replace("eeprom", "max_bank_size")
        for banks in ("2", "4"):
            with open(path, "w", encoding="ascii") as f:
                f.write(banks)
            with open(path, encoding="ascii") as f:
                assert f.read().strip() == banks
    recipe = 'part: OSFP-800G-SR8\nfields: {banks_supported: "0x01"}\n'
    for stride, bank1 in ((256, 34944), (240, 32896)):
        assert at(0x10, 128, 1, stride) == bank1
        with pair("{dump: HOME/wide.bin}", files={"wide.bin": recipe},
                  options=("--bank-stride", str(stride))) as t:
            t.await_module(LEAF, LOW_POWER)
            t.write(LEAF, bank1 + 2, 0x3c)
            assert t.byte(LEAF, bank1 + 2) == 0x3c and t.byte(LEAF, TX_DISABLE) != 0x3c
            assert t.ask("read", LEAF, "bank=1", "page=10h", "byte=130", "len=1") == "3c"


def test_06_refused_access_is_eio():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        t.ask("fault", f"nack:{LEAF}", "on")
        for use in (lambda: t.read(LEAF, 2), lambda: t.read(LEAF, STATUS, 4),
                    lambda: t.write(LEAF, DEINIT, 0xff)):
            assert os_error(use) == errno.EIO
        t.ask("fault", f"nack:{LEAF}", "off")
        assert t.byte(LEAF, 2) & 0x80 == 0  # paged: not "flat for ever"
        assert t.byte(LEAF, DEINIT) == 0


# --- identity and advertisement


def parts():
    """Every catalogued part of a CMIS module with data paths."""
    with open(os.path.join(ROOT, "data/part-apps.csv"), newline="", encoding="utf-8") as f:
        return sorted({row["part"] for row in csv.DictReader(f)})


@functools.cache
def images():
    """The memories of all those parts, by name."""
    found = []
    for name in parts():
        with tempfile.TemporaryDirectory() as home:
            recipe, out = os.path.join(home, "recipe.yaml"), os.path.join(home, "image")
            with open(recipe, "w", encoding="utf-8") as f:
                f.write(f"part: {name}\n")
            subprocess.run([LANEWISE, "eeprom", "new", recipe, "-o", out], check=True,
                           capture_output=True)
            with open(out, "rb") as f:
                found.append((name, f.read()))
    return found


def test_07_identity_is_told_twice_and_readable():
    known = {"OSFP-XD": 0x21, "OSFP": 0x19, "QSFP-DD": 0x18, "QSFP112": 0x1e}  # longest first
    for name, image in images():
        assert image[0] == image[128], name
        form = [known[f] for f in known if name.startswith(f)]
        assert not form or image[0] == form[0], (name, image[0])
        for first, n in ((129, 16), (148, 16)):  # FFh would give no api at all
            assert image[first:first + n].decode("utf-8").strip(), name


def test_08_tx_disable_is_advertised():
    for name, image in images():
        if image[2] & 0x80 == 0:
            assert image[at(1, 155)] & 2, name


def test_09_low_power_at_start_is_left_by_byte_26():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)  # the pin holds it
        assert t.byte(LEAF, CONTROL) == 0x40 and t.byte(LEAF, 200) >> 5 != 0
        time.sleep(0.3)
        assert t.module_state(LEAF) == LOW_POWER
        t.write(LEAF, CONTROL, 0)
        t.await_module(LEAF, READY)


def applications(image):
    """host id, media id, host and media lanes, host and media options of each descriptor."""
    ends = False
    for n in range(15):
        first = 86 + 4 * n if n < 8 else at(1, 223) + 4 * (n - 8)
        host, media, lanes, options = image[first:first + 4]
        ends = ends or host == 0xff
        assert ends == (host in (0, 0xff)), f"gap at application {n + 1}"
        if not ends:
            yield host, media, lanes >> 4, lanes & 15, options, image[at(1, 176) + n]


def test_10_applications_have_no_gap_and_room_for_each_port():
    for name, image in images():
        if image[2] & 0x80:
            continue
        found = list(applications(image))
        assert found, name
        for _, _, host, media, host_options, media_options in found:
            assert host and media, name
            # port k begins at k times its lanes, on either side
            width = 8 if max(a[2] for a in found) > 4 else 4
            starts = [k for k in range(width) if host_options >> k & 1]
            assert starts and starts[0] == 0 and all(k % host == 0 for k in starts), name
            for k in range(len(starts)):
                assert media_options >> k * media & 1, name


def test_11_nothing_calls_itself_coherent_without_its_pages():
    # SFF-8024 Table 4-7, single mode: what has "ZR" in its name, which SONiC looks for
    names_with_zr = {0x06, 0x3e, 0x3f, 0x44, 0x4d, *range(0x35, 0x38), *range(0x46, 0x4a),
                     *range(0x58, 0x5f), *range(0x6c, 0x6f)}
    coherent = 0
    for name, image in images():
        codes = {a[1] for a in applications(image)} if image[2] & 0x80 == 0 else set()
        zr = image[85] == 2 and bool(codes & names_with_zr)
        coherent += zr
        if zr:
            for page in (0x04, 0x12, 0x34, 0x35):
                assert len(image) >= at(page, 256) and \
                    any(b != 0xff for b in image[at(page, 128):at(page, 256)]), (name, page)
    # 10G-ZR of SFP+ is no coherent light
    assert coherent == sum("ZR" in name and not name.startswith("SFP") for name in parts())


# --- state machines


def test_12_every_apply_counts_within_a_millisecond():
    with pair() as t:
        prepare(t)
        for first, lanes, apsel in ((0, 4, 2), (4, 2, 3), (6, 2, 3)):
            stage(t, LEAF, apsel, first, lanes)
        with open(t.file(LEAF), "r+b", buffering=0) as f:
            for mask in (0x0f, 0x30, 0xc0):
                f.seek(APPLY)
                f.write(bytes([mask]))
        await_true("success on all lanes", lambda: config(t) == [1] * 8)
        assert t.read(LEAF, ACTIVE, 8) == bytes([0x20] * 4 + [0x38] * 2 + [0x3c] * 2)
        assert t.byte(LEAF, APPLY) == 0  # a trigger, never a level


def test_13_tx_disable_counts_media_lanes():
    with gearbox() as t:
        prepare(t)
        bring_up(t, LEAF, 1, 8, media=0x0f)


def test_14_dp_init_is_pending_until_deinit_is_released():
    with pair() as t:
        prepare(t)
        stage(t, LEAF, 2, 4, 4)
        t.write(LEAF, APPLY, 0xf0)
        await_true("ConfigSuccess", lambda: config(t)[4:] == [1] * 4)
        for _ in range(10):
            assert t.byte(LEAF, PENDING) == 0xf0
            time.sleep(0.02)  # a second of the module's
        t.write(LEAF, DEINIT, 0x0f)
        await_true("init", lambda: t.paths(LEAF)[4:] == [INITIALIZED] * 4)
        assert t.byte(LEAF, PENDING) == 0


def test_15_initialized_is_held_while_tx_is_disabled():
    with pair() as t:
        prepare(t)
        stage(t, LEAF, 1, 0, 8)
        t.write(LEAF, APPLY, 0xff)
        await_true("ConfigSuccess", lambda: config(t) == [1] * 8)
        t.write(LEAF, DEINIT, 0)
        t.await_paths(LEAF, [INITIALIZED] * 8)
        for _ in range(10):
            assert t.paths(LEAF) == [INITIALIZED] * 8
            time.sleep(0.02)
        t.write(LEAF, TX_DISABLE, 0)
        t.await_paths(LEAF, [ACTIVATED] * 8)


def test_16_rejection_is_told_and_success_is_never_stale():
    with pair() as t:
        prepare(t)
        bring_up(t, LEAF, 2, 4)
        t.ask("fault", f"reject:{LEAF}:1", "on")
        t.write(LEAF, DEINIT, 0xff)
        t.await_paths(LEAF, [DEACTIVATED] * 8)
        t.write(LEAF, APPLY, 0x0f)
        assert 1 not in config(t)[:4]  # in progress, or refused already
        await_true("a rejection", lambda: all(2 <= s <= 11 for s in config(t)[:4]))
        t.ask("fault", f"reject:{LEAF}:1", "off")
        t.write(LEAF, APPLY, 0x0f)
        await_true("success", lambda: config(t)[:4] == [1] * 4)


def test_17_control_sets_hold_the_default_application():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        assert t.read(LEAF, STAGED, 8) == t.read(LEAF, ACTIVE, 8) == bytes([0x10] * 8)
        prepare(t, decommission=False)
        for lane in range(8):
            t.write(LEAF, STAGED + lane, 0)
        assert t.read(LEAF, STAGED, 8) == bytes(8)
        assert t.read(LEAF, ACTIVE, 8) == bytes([0x10] * 8)
        t.write(LEAF, APPLY, 0xff)  # SONiC's decommission
        await_true("success", lambda: config(t) == [1] * 8)
        assert t.paths(LEAF) == [DEACTIVATED] * 8 and t.read(LEAF, ACTIVE, 8) == bytes(8)


def test_18_lanes_never_written_keep_tx_disabled():
    with gearbox() as t:
        prepare(t)
        bring_up(t, LEAF, 1, 8, media=0x0f)
        assert t.byte(LEAF, TX_DISABLE) == 0xf0


def test_19_lane_1_is_in_the_low_nibble():
    with pair() as t:
        prepare(t)
        bring_up(t, LEAF, 4, 1, first=0)
        assert t.read(LEAF, DP_STATE, 4) == b"\x14\x11\x11\x11"
        assert t.byte(LEAF, STATUS) & 0x0f == 1
        bring_up(t, LEAF, 4, 1, first=7)
        assert t.read(LEAF, DP_STATE, 4) == b"\x14\x11\x11\x41"


def test_20_nothing_waits_for_flags_to_be_read():
    with pair() as t:
        prepare(t)
        for first in (0, 4):  # reads no L4-L13, 11h:134 or 11h:153; uses set 0 and ApplyDPInit
            bring_up(t, LEAF, 2, 4, first=first)
        assert t.pin(LEAF, "interrupt") == "1"
        assert t.byte(LEAF, at(0x11, 134)) == 0xff


# --- flags, VDM, CDB


def test_21_long_reads_clear_flags():
    with pair() as t:
        t.ask("pin", LEAF, "lpmode", "0")
        t.await_module(LEAF, READY)
        for offset, n in ((0, 213), (3, 39)):  # TRANSCEIVER_INFO; get_lpmode
            t.write(LEAF, CONTROL, 0x10)
            t.await_module(LEAF, LOW_POWER)
            t.write(LEAF, CONTROL, 0)
            t.await_module(LEAF, READY)
            assert t.read(LEAF, offset, n)[FLAGS - offset] & 1  # ModuleStateChanged
            assert t.byte(LEAF, FLAGS) & 1 == 0


def test_22_vdm_freezes_within_a_second():
    with pair(speed=2) as t:  # a second of the modules' is half a second here
        both_up(t)
        assert t.byte(LEAF, at(1, 142)) >> 6 & 1
        groups = (t.byte(LEAF, at(0x2f, 128)) & 3) + 1
        for group in range(groups):
            assert len(t.read(LEAF, at(0x20 + group, 128), 128)) == 128
        for value, bit in ((0x80, 0x80), (0x00, 0x40)):
            t.write(LEAF, at(0x2f, 144), value)
            begun = t.seconds()
            await_true("it", lambda bit=bit: t.byte(LEAF, at(0x2f, 145)) & bit)
            assert t.seconds() - begun < 1


def test_23_cdb_tells_its_firmware_features():
    lpl = "part: OSFP-800G-SR8\nfields: {cdb_max_pages_epl: 0}\n"
    for module, files, mechanism in (("OSFP-800G-SR8", {}, 0x11),
                                     ("{dump: HOME/lpl.bin}", {"lpl.bin": lpl}, 0x01)):
        with pair(module, files=files) as t:
            t.await_module(LEAF, LOW_POWER)
            assert command(t, LEAF, 0x0041) == 0x01
            reply = t.read(LEAF, at(0x9f, 134), 20)
            assert reply[0] == 18 and reply[1] == ~sum(reply[2:]) & 0xff
            assert reply[2 + 5] == mechanism and reply[2 + 2] == 64
            assert command(t, LEAF, 0x0100) == 0x01
            assert t.byte(LEAF, at(0x9f, 136)) == 0x03
            # SONiC answers 46h with the factory password
            assert command(t, LEAF, 0x0001, b"\0\0\0\0") == 0x46
            assert command(t, LEAF, 0x0001, b"\0\0\x10\x11") == 0x01
            # a write that runs over pages, as one to auto paging does
            if mechanism == 0x11:
                text = bytes(range(1, 256)) + bytes(range(1, 100))
                t.write(LEAF, at(0xa0, 128), *text)
                assert t.read(LEAF, at(0xa0, 128), len(text)) == text
                assert t.byte(LEAF, at(0xa2, 128)) == text[256]


def test_24_loopback_needs_lane_one_to_have_an_application():
    with pair() as t:
        t.await_module(LEAF, LOW_POWER)
        t.ask("pin", LEAF, "lpmode", "0")
        t.await_paths(LEAF, [ACTIVATED] * 8)
        assert t.byte(LEAF, ACTIVE) >> 4 == 1
        assert t.byte(LEAF, at(1, 142)) >> 5 & 1 and t.byte(LEAF, at(0x13, 128)) & 0x0f == 0x0f
        for byte in (180, 181, 182, 183):
            t.write(LEAF, at(0x13, byte), 0xff)
            assert t.byte(LEAF, at(0x13, byte)) == 0xff
            t.write(LEAF, at(0x13, byte), 0)
            assert t.byte(LEAF, at(0x13, byte)) == 0


# --- ethtool


def test_ethtool_reads_a_module_page_by_page():
    """Page reads by the rules of the kernel, as "ethtool -m" asks for them."""
    with pair() as t:
        both_up(t)
        t.ask("fault", f"cut:{LEAF}:1", "on")
        await_true("loss of light", lambda: t.byte(LEAF, RX_LOS) == 0xff)

        def page(number, offset, n):
            assert number == 0 or offset >= 128
            assert offset < 128 and offset + n <= 128 or offset >= 128 and offset + n <= 256
            return t.read(LEAF, at(number, offset), n)

        assert page(0, 0, 1)[0] in (0x18, 0x19, 0x1b, 0x1e, 0x1f, 0x20)
        assert page(0, 0, 128)[2] & 0x80 == 0
        assert page(0, 128, 128)[1:9] == b"LANEWISE"
        assert page(1, 128, 128)[142 - 128] & 3 == 0  # one bank
        page(2, 128, 128)
        time.sleep(0.05)
        assert page(0x11, 128, 128)[147 - 128] == 0xff
        t.ask("fault", f"cut:{LEAF}:1", "off")
        await_true("light", lambda: page(0x11, 128, 128)[147 - 128] == 0)


if __name__ == "__main__":
    sys.exit(tap.main(globals(), wanted=sys.argv[3] if len(sys.argv) > 3 else ""))
