#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes and wiring of `lanewise plan` against formulas made by hand. Prints TAP.

usage: test-plan-sizes.py LANEWISE ROOT

Every expectation is computed here from what is wanted, as a network architect would on paper; what
the cables do is read from the cable schedule alone.
"""
import collections
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

import tap

LANEWISE = sys.argv[1]


class Case(dict):
    """What is wanted; `cages` of a switch, each split into ports of `port` Gb/s."""

    def __getattr__(self, name):
        return self[name]


def case(name, topology, servers, nics=8, nic="QSFP112", mode="1x400G", nic_ports=1, rate=400,
         cages=64, platform="64x800g-osfp", cage_gbps=800, over=1, rails=1, planes=1, pod=None,
         growth=None, per_rack=4, uplink=None, more=""):
    return Case(name=name, topology=topology, servers=servers, nics=nics, nic=nic, mode=mode,
                nic_ports=nic_ports, rate=rate, cages=cages, platform=platform,
                cage_gbps=cage_gbps, over=over, rails=rails, planes=planes, pod=pod,
                growth=growth or servers, per_rack=per_rack, uplink=uplink, more=more)


# 16 to 98,304 GPUs. `uplink` is the rate that must come out where it is not asked for.
CASES = [
    case("gpu16", "leaf-spine", 2, uplink=800, growth=16),
    case("gpu64", "rail-optimised", 8, rails=8, uplink=800),
    case("gpu256", "rail-optimised", 32, rails=8, uplink=800),
    case("gpu512", "leaf-spine", 64, uplink=800),
    case("gpu512-over2", "leaf-spine", 64, over=2, uplink=800),
    case("gpu1024", "rail-optimised", 128, rails=8, uplink=800),
    case("gpu1024-grow", "rail-optimised", 64, rails=8, growth=128, uplink=800),
    case("gpu2048-over3", "leaf-spine", 256, over=3, uplink=800),
    case("gpu4096-2planes", "multi-plane", 512, planes=2, nic="OSFP", mode="2x400G", nic_ports=2,
         uplink=800),
    case("gpu4096-rails-planes", "multi-plane", 512, rails=8, planes=2, nic="OSFP", mode="2x400G",
         nic_ports=2, uplink=800, more="rails: 8\n"),
    case("cloud100g", "leaf-spine", 60, nics=2, nic="QSFP28", mode="1x100G", rate=100, cages=32,
         platform="32x100g-qsfp28", cage_gbps=100, over=3, per_rack=12, uplink=100),
    case("three-tier", "three-tier", 96, nics=1, nic="QSFP28", mode="1x100G", rate=100, cages=32,
         platform="32x100g-qsfp28", cage_gbps=100, pod=32, per_rack=16, uplink=100),
    case("three-tier-8192", "three-tier", 1024, pod=128, uplink=800),
    case("gpu4096-4planes", "multi-plane", 512, planes=4, nic="OSFP1600", mode="4x200G(4)",
         nic_ports=4, rate=200, platform="64x1.6t-osfp", cage_gbps=1600, per_rack=8, uplink=200,
         more="uplink: 200G\n"),
]

# Too many rows to read one by one here: counts only.
LARGE = [
    case("gpu32768", "multi-plane", 4096, planes=4, nic="OSFP1600", mode="4x200G(4)", nic_ports=4,
         rate=200, platform="64x1.6t-osfp", cage_gbps=1600, per_rack=8, uplink=200,
         more="uplink: 200G\n"),
    case("gpu98304", "multi-plane", 12288, planes=4, nic="OSFP1600", mode="4x200G(4)", nic_ports=4,
         rate=200, platform="64x1.6t-osfp", cage_gbps=1600, per_rack=8, uplink=200,
         more="uplink: 200G\n"),
]


def text_of(c, servers=None):
    lines = [f"intent: {c.name}", f"topology: {c.topology}",
             f"servers: {{count: {servers or c.servers}, per_rack: {c.per_rack}, gpus: 8, "
             f"nics: {c.nics}, form: {c.nic}, mode: '{c.mode}', height_u: 2, power_w: 1000}}",
             f"leaf: {c.platform}", f"spine: {c.platform}"]
    if c.topology == "three-tier":
        lines += [f"core: {c.platform}", f"pod_servers: {c.pod}"]
    if c.planes > 1:
        lines.append(f"planes: {c.planes}")
    lines += [f"oversubscription: {{leaf: {c.over}, spine: 1}}" if c.topology == "three-tier"
              else f"oversubscription: {c.over}",
              "room: {rows: 60, racks: 60}", f"growth: {{servers: {c.growth}}}", c.more]
    return "\n".join(lines) + "\n"


def plan(c, servers=None, schedule=True):
    """The document, and the rows of the schedule."""
    with tempfile.TemporaryDirectory() as d:
        path, cables = os.path.join(d, "i.yaml"), os.path.join(d, "c.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text_of(c, servers))
        done = subprocess.run([LANEWISE, "plan", "--json",
                               *(("--cables", cables) if schedule else ()), path],
                              capture_output=True, timeout=250, check=False)
        assert done.returncode == 0, (c.name, done.stdout.decode()[-400:], done.stderr.decode())
        if not schedule:
            return json.loads(done.stdout)
        with open(cables, encoding="utf-8") as f:
            return json.loads(done.stdout), list(csv.DictReader(f))


def paper(c):
    """Switches and links, by hand: each plane and rail is a fabric of its own below the spines."""
    per_leaf = c.nics * c.nic_ports // (c.rails * c.planes)   # ports of a server on one leaf
    ports = c.cages * c.cage_gbps // c.rate                   # of a leaf, all at the NICs' rate
    # d cages down, the others up: d <= over * (cages - d)
    down = math.floor(c.cages * c.over / (1 + c.over) + 1e-9) * (ports // c.cages)
    group = down // per_leaf
    if group > c.per_rack:
        group -= group % c.per_rack
    group = min(group, c.growth)
    need = math.ceil(group * per_leaf * c.rate / (c.over * c.uplink) - 1e-9)
    grown = math.ceil(c.growth / group) * c.rails             # leaves of a plane, some day
    leaves = math.ceil(c.servers / group) * c.rails
    spine_ports = c.cages * c.cage_gbps // c.uplink
    answer = {"server_links": c.servers * c.nics * c.nic_ports, "leaves": leaves * c.planes,
              "uplinks_least": need, "group": group}
    if c.topology != "three-tier":
        most = spine_ports // grown                           # links of a leaf on one spine
        spines = max(math.ceil(need / min(most, need)), 2 if need > 1 else 1)
        answer["spines_least"] = spines * c.planes
    return answer


def by_ends(rows):
    """Links as (lower device, upper device) and by tier."""
    tiers = {"server": 0, "leaf": 1, "spine": 2, "core": 3}

    def tier(name):
        return tiers[name.split("-")[-1].rstrip("0123456789")]

    out = []
    for r in rows:
        ends = sorted(((tier(r[f"{e}_device"]), r[f"{e}_device"], r[f"{e}_cage"],
                        int(r[f"{e}_port"])) for e in "ab"))
        assert ends[1][0] == ends[0][0] + 1, r
        out.append(ends)
    return out


def check_wiring(c, rows):
    links = by_ends(rows)
    used = collections.Counter((e[1], e[2], e[3]) for l in links for e in l)
    assert max(used.values()) == 1, (c.name, used.most_common(2))
    down, up = collections.Counter(), collections.defaultdict(collections.Counter)
    for low, high in links:
        if low[0] == 0:
            down[high[1]] += 1
            check_server_link(c, low, high)
        else:
            up[low[1]][high[1]] += 1
            if c.planes > 1:
                assert low[1].split("-")[0] == high[1].split("-")[0], (c.name, low, high)
    for leaf, n in down.items():
        assert n * c.rate <= c.over * sum(up[leaf].values()) * c.uplink * (1 + 1e-9), (c.name, leaf)
    for low, to in up.items():  # as many links to each, so that traffic spreads evenly
        assert len(set(to.values())) == 1, (c.name, low, to)


def check_server_link(c, low, high):
    """Port g of a server goes to plane g mod planes, rail (g / planes) mod rails."""
    g = (int(low[2][3:]) - 1) * c.nic_ports + low[3] - 1
    if c.planes > 1:
        assert high[1].startswith(f"p{g % c.planes + 1}-"), (c.name, low, high)
    if c.rails > 1:
        leaf = int(high[1].split("leaf")[1]) - 1
        assert leaf % c.rails == g // c.planes % c.rails, (c.name, low, high)


def switches(doc, name):
    return sum(t["count"] for t in doc["tiers"] if t["tier"] == name)


def test_sizes_are_those_of_paper():
    for c in CASES:
        doc, rows = plan(c)
        want = paper(c)
        servers = sum(1 for r in rows for e in "ab" if r[f"{e}_device"].startswith("server"))
        assert servers == want["server_links"], (c.name, servers, want)
        assert switches(doc, "leaf") == want["leaves"], (c.name, want, doc["tiers"])
        ups = collections.Counter(low[1] for low, high in by_ends(rows) if low[0] == 1)
        assert set(ups.values()) == {max(ups.values())}, c.name
        # the least that will do, rounded up to what spreads evenly over the spines
        least = want["uplinks_least"]
        assert least <= max(ups.values()) < 2 * least + 2, (c.name, ups.most_common(1), want)
        if "spines_least" in want:
            assert want["spines_least"] <= switches(doc, "spine") <= 2 * want["spines_least"], \
                (c.name, want, doc["tiers"])
        check_wiring(c, rows)
        assert doc["summary"]["up"] == doc["summary"]["links"] == len(rows), c.name


def test_large_fabrics_take_the_switches_of_paper():
    # four planes of 512 ports, half of them down: a leaf has 256 / 8 = 32 servers, and as many
    # uplinks as ports down; a spine has one or two links to each leaf
    for c, leaves, spines in zip(LARGE, (4096 // 32, 12288 // 32), (64, 256)):
        doc = plan(c, schedule=False)
        assert (switches(doc, "leaf"), switches(doc, "spine")) == (4 * leaves, 4 * spines), c.name
        links = c.servers * c.nics * c.nic_ports
        assert doc["summary"]["links"] == doc["summary"]["up"] == 2 * links, doc["summary"]


def test_adding_a_rack_moves_no_cable():
    for c in CASES:
        if c.servers <= c.per_rack:
            continue
        less = {tuple(sorted(r.items())) for r in plan(c, c.servers - c.per_rack)[1]}
        more = {tuple(sorted(r.items())) for r in plan(c)[1]}
        if c.servers == c.growth:
            assert less < more, (c.name, list(less - more)[:1])


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
