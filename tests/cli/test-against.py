#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise check --against DIR` reads what switches print: the same four cables seen through EOS,
NX-OS, Junos, SONiC and lldpd. Prints TAP.

usage: test-against.py LANEWISE ROOT
"""
import json
import os
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = sys.argv[1:3]

PLAN = """fabric: t
devices:
  leaf1:
    cages:
      a: {{form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4, port: {p1}}}
      b: {{form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4, port: {p2}}}
      c: {{form: QSFP28, mode: 1x100G, port: {p3}}}
  spine1:
    cages:
      x: {{form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4, port: Ethernet5/1}}
      y: {{form: QSFP28, mode: 1x100G, module: QSFP28-100G-SR4, port: Ethernet6/1}}
cables:
  - {{id: c1, cord: mpo12, fibre: OM4, length_m: 30, a: leaf1/a, b: spine1/x}}
  - {{id: c2, cord: mpo12, fibre: OM4, length_m: 30, a: leaf1/b, b: spine1/y}}
"""


def against(files, ports, status, error=None):
    """{(rule, subject)} of what differs, for files of leaf1 by name."""
    with tempfile.TemporaryDirectory() as d:
        plan = os.path.join(d, "f.yaml")
        with open(plan, "w", encoding="utf-8") as f:
            f.write(PLAN.format(**dict(zip(("p1", "p2", "p3"), ports))))
        os.makedirs(os.path.join(d, "real", "leaf1"))
        for name, value in files.items():
            with open(os.path.join(d, "real", "leaf1", name), "w", encoding="utf-8") as f:
                json.dump(value, f)
        done = subprocess.run([LANEWISE, "check", "--json", "--against", os.path.join(d, "real"),
                               plan], capture_output=True, text=True, timeout=120, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert done.returncode == status, (done.returncode, done.stderr, done.stdout[-2000:])
    if error:
        assert error in done.stderr, done.stderr
        return set()
    return {(f["rule"], f["subject"]) for f in json.loads(done.stdout)["findings"]
            if f["rule"].startswith(("plug-", "far-", "port-unknown"))}


EOS = ("Ethernet1/1", "Ethernet2/1", "Ethernet3/1")
CROSSED = {("far-other", "leaf1/a"), ("far-other", "leaf1/b")}


def eos_lldp(*far):
    return {"tablesLastChangeTime": 1.7e9, "tablesAgeOuts": 0, "tablesInserts": 2, "lldpNeighbors": [
        {"port": EOS[i], "neighborDevice": "spine1.dc1.example.net", "neighborPort": x, "ttl": 120}
        for i, x in enumerate(far)] + [{"port": "Management1", "neighborDevice": "oob",
                                        "neighborPort": "7", "ttl": 120}]}


def test_eos_neighbours():
    unknown = {("port-unknown", "leaf1")}
    assert against({"lldp.json": eos_lldp("Ethernet5/1", "Ethernet6/1")}, EOS, 0) == unknown
    crossed = {"lldp.json": eos_lldp("Ethernet6/1", "Ethernet5/1")}
    assert against(crossed, EOS, 1) == CROSSED | unknown


def test_eos_neighbours_in_detail_inside_eapi():
    def detail(far):
        return {"lldpNeighborInfo": [{
            "chassisIdType": "macAddress", "chassisId": "001c.7300.0001", "systemName": "spine1",
            "neighborInterfaceInfo": {"interfaceIdType": "interfaceName", "interfaceId": f'"{far}"',
                                      "interfaceId_v2": far, "maxFrameSize": 9236}}]}
    reply = {"jsonrpc": "2.0", "id": "1", "result": [{"lldpNeighbors": {
        EOS[0]: detail("Ethernet6/1"), EOS[1]: detail("Ethernet6/1"),
        EOS[2]: {"lldpNeighborInfo": []}}}]}
    assert against({"lldp.json": reply}, EOS, 1) == {("far-other", "leaf1/a")}


def test_eos_inventory():
    slots = {"1": {"mfgName": "Arista Networks", "modelName": "QSFP-100G-SR4", "hardwareRev": "20",
                   "serialNum": "XTH1"},
             "2": {"mfgName": "Not Present", "modelName": "", "serialNum": "", "hardwareRev": ""},
             "3": {"mfgName": "Arista Networks", "modelName": "QSFP-100G-SR4", "hardwareRev": "20",
                   "serialNum": "XTH1"}}
    inventory = {"systemInformation": {"name": "DCS-7060CX"}, "xcvrSlots": slots, "fanTraySlots": {}}
    got = against({"inventory.json": inventory}, EOS, 1)
    assert got == {("plug-missing", "leaf1/b"), ("plug-extra", "leaf1/c"),
                   ("plug-serial", "leaf1/c")}, got
    # slots of cages that are not split may be called without a part
    assert against({"inventory.json": inventory}, ("Ethernet1", "Ethernet2", "Ethernet3"), 1) == got


NXOS = ("Ethernet1/49", "Ethernet1/50", "Ethernet1/51")


def test_nxos_neighbours_one_row_and_many():
    def row(local, far):
        return {"chassis_type": "4", "chassis_id": "00de.fb00.0001", "port_type": "5",
                "port_id": far, "l_port_id": local, "port_desc": "to leaf1", "sys_name": "spine1",
                "sys_desc": "Cisco NX-OS", "ttl": "109", "mgmt_addr": "10.0.0.1"}
    one = {"TABLE_nbor_detail": {"ROW_nbor_detail": row("Eth1/49", "Ethernet5/1")},
           "neigh_count": "1"}
    assert against({"lldp.json": one}, NXOS, 0) == set()
    many = {"TABLE_nbor_detail": {"ROW_nbor_detail": [row("Eth1/49", "Ethernet6/1"),
                                                      row("Eth1/50", "Ethernet5/1")]}}
    envelope = {"ins_api": {"type": "cli_show", "version": "1.0", "outputs": {"output": {
        "input": "show lldp neighbors detail", "msg": "Success", "code": "200", "body": many}}}}
    assert against({"lldp.json": envelope}, NXOS, 1) == CROSSED


def test_nxos_cdp_names_carry_a_serial():
    cdp = {"TABLE_cdp_neighbor_detail_info": {"ROW_cdp_neighbor_detail_info": [
        {"ifindex": "436232192", "device_id": "spine1(FDO2247091Z)", "sysname": "spine1",
         "intf_id": "Ethernet1/49", "port_id": "Ethernet5/1", "platform_id": "N9K-C9336C-FX2"}]}}
    assert against({"cdp.json": cdp}, NXOS, 0) == set()
    cdp["TABLE_cdp_neighbor_detail_info"]["ROW_cdp_neighbor_detail_info"][0]["port_id"] = "Ethernet9/9"
    assert against({"cdp.json": cdp}, NXOS, 1) == {("far-other", "leaf1/a")}


def test_nxos_transceivers():
    rows = [{"interface": "Ethernet1/49", "sfp": "present", "type": "QSFP-100G-SR4-S",
             "name": "CISCO-FINISAR", "partnum": "FTLC1151RDPL-C1", "rev": "A",
             "serialnum": "FNS2149", "nom_bitrate": "25500"},
            {"interface": "Ethernet1/50", "sfp": "not present"},
            {"interface": "Ethernet1/51", "sfp": "not present"}]
    got = against({"t.json": {"TABLE_interface": {"ROW_interface": rows}}}, NXOS, 1)
    assert got == {("plug-missing", "leaf1/b")}, got


JUNOS = ("et-0/0/48", "et-0/0/49", "et-0/0/50")


def data(x):
    return [{"data": x}]


def test_junos_neighbours():
    def row(local, far):
        return {"lldp-local-port-id": data(local), "lldp-local-parent-interface-name": data("-"),
                "lldp-remote-chassis-id-subtype": data("Mac address"),
                "lldp-remote-chassis-id": data("00:00:5e:00:53:01"),
                "lldp-remote-port-id": data(far), "lldp-remote-system-name": data("spine1")}
    out = {"lldp-neighbors-information": [{
        "attributes": {"junos:style": "brief"}, "lldp-neighbor-information": [
            row("et-0/0/48", "Ethernet5/1"), row("et-0/0/49", "Ethernet5/1")]}]}
    assert against({"lldp.json": out}, JUNOS, 1) == {("far-other", "leaf1/b")}


def test_junos_hardware():
    def xcvr(n, serial):
        return {"name": data(f"Xcvr {n}"), "version": data("REV 01"),
                "part-number": data("740-061405"), "serial-number": data(serial),
                "description": data("QSFP-100G-SR4")}
    pic = {"name": data("PIC 0"), "description": data("48x25G-8x100G"),
           "chassis-sub-sub-module": [xcvr(48, "1A1"), xcvr(50, "1A2")]}
    out = {"chassis-inventory": [{"chassis": [{
        "name": data("Chassis"), "chassis-module": [
            {"name": data("Routing Engine 0")}, {"name": data("Fan Tray 0")},
            {"name": data("FPC 0"), "chassis-sub-module": [{"name": data("CPU")}, pic]}]}]}]}
    got = against({"hw.json": out}, JUNOS, 1)
    assert got == {("plug-missing", "leaf1/b"), ("plug-extra", "leaf1/c")}, got


def test_sonic_tables():
    ports = ("Ethernet0", "Ethernet4", "Ethernet8")
    table = {f"LLDP_ENTRY_TABLE:{p}": {"type": "hash", "expireat": 1.0, "ttl": -1, "value": {
        "lldp_rem_sys_name": "spine1", "lldp_rem_port_id": far, "lldp_rem_port_desc": "x"}}
        for p, far in (("Ethernet0", "Ethernet5/1"), ("Ethernet4", "Ethernet7/1"))}
    assert against({"appl.json": table}, ports, 1) == {("far-other", "leaf1/b")}
    plug = {"type": "QSFP28 or later", "manufacturer": "V", "model": "M", "serial": "S1"}
    info = {"TRANSCEIVER_INFO|Ethernet0": {"type": "hash", "value": plug},
            "TRANSCEIVER_INFO|Ethernet4": {"type": "hash", "value": dict(plug, serial="S2")}}
    assert against({"state.json": info}, ports, 0) == set()


def test_other_json_is_refused_with_its_file():
    for value in ({}, [], {"vlans": {"1": {}}}, {"lldpNeighbors": 3}, {"result": {"result": {}}}):
        against({"x.json": value}, EOS, 2, error="leaf1/x.json:1: is neither lldpctl")


def test_odd_rows_are_left_out():
    for value in ({"lldpNeighbors": [{}, 7, None, {"port": 3}, {"port": "x" * 9000}]},
                  {"TABLE_nbor_detail": {"ROW_nbor_detail": "none"}},
                  {"xcvrSlots": {"1/" * 300: {}, "": None, "9": []}},
                  {"chassis-inventory": [{"chassis": [{"chassis-module": [{"name": [7]}]}]}]}):
        against({"x.json": value}, EOS, 1 if "xcvrSlots" in value or "chassis-inventory" in value
                else 0)


sys.exit(tap.main({k: v for k, v in globals().items() if k.startswith("test_")}))
