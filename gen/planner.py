#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make C tables of the data that fabrics are planned by (src/planner).

    planner.py platforms data/platforms.csv OUT.c   switches by their cages; a row is a group of cages
    planner.py prices    data/prices.csv    OUT.c   what modules and cables cost
    planner.py stock     data/stock.csv     OUT.c   lengths on the shelf
    planner.py room      data/room.csv      OUT.c   what a room is like unless the intent says so

A row that does not parse is refused as `file:line: error: ...`.
"""
import sys

import rules

CONF = rules.CONF
USES = {"any": "LW_USE_ANY", "down": "LW_USE_DOWN", "up": "LW_USE_UP"}
KINDS = ("module", "DAC", "ACC", "AEC", "AOC", "LC", "MPO", "harness", "shuffle")
SHELVES = ("DAC", "ACC", "AEC", "AOC", "fibre")
ROOM = ("unit_m", "rack_units", "rack_width_m", "row_pitch_m", "tray_m", "service_m",
        "slack_percent", "spares_percent", "usd_kwh", "pue", "years")
LENGTHS_MAX = 32


def platforms(r):
    rules.need(r, "name", "form", "modes", "doc", "ref")
    rules.one_of(r["conf"], CONF)
    return "{%s, %s, %s, %s, %s, %s, %s, %s, %s, %s}" % (
        rules.text(r["name"]), USES[rules.one_of(r["use"], USES)], rules.whole(r["cages"], 1, 4096),
        rules.text(r["form"]), rules.text(r["modes"]), rules.whole(r["height_u"], 1, 50),
        rules.real(r["power_w"], 1e5), rules.text(r["doc"]), rules.text(r["conf"]),
        rules.text(r["ref"]))


def prices(r):
    rules.need(r, "usd", "ref")
    rules.one_of(r["conf"], CONF)
    low, usd, high = (float(rules.real(r[c], 1e6)) for c in ("usd_low", "usd", "usd_high"))
    if not low <= usd <= high:
        raise rules.Bad("prices do not rise from low to high")
    return "{%s, %s, %r, %r, %r, %s, %s, %s}" % (
        rules.text(rules.one_of(r["kind"], KINDS)), rules.whole(r["rate_mbps"], 0, 10**7), low, usd,
        high, rules.real(r["usd_m"], 1e3), rules.text(r["conf"]), rules.text(r["ref"]))


def stock(r):
    rules.need(r, "lengths_m", "ref")
    rules.one_of(r["conf"], CONF)
    lengths = [float(rules.real(s, 1e5)) for s in r["lengths_m"].split(";")]
    if len(lengths) > LENGTHS_MAX or lengths != sorted(set(lengths)):
        raise rules.Bad(f"lengths must rise, {LENGTHS_MAX} at most")
    return "{%s, %d, {%s}, %s, %s}" % (
        rules.text(rules.one_of(r["kind"], SHELVES)), len(lengths), ", ".join(map(repr, lengths)),
        rules.text(r["conf"]), rules.text(r["ref"]))


def room(r):
    rules.need(r, "value", "doc", "ref")
    rules.one_of(r["conf"], CONF)
    return "{%s, %s, %s, %s, %s, %s}" % (
        rules.text(rules.one_of(r["name"], ROOM)), rules.real(r["value"], 1e4),
        *(rules.text(r[c]) for c in ("unit", "doc", "conf", "ref")))


rules.TABLES.update({
    "platforms": (platforms, ("name", "use", "cages", "form", "modes", "height_u", "power_w", "doc",
                              "conf", "ref"),
                  ("name", "use"), "planner-tables.h", "struct lw_platform_row lw_platform_rows"),
    "prices": (prices, ("kind", "rate_mbps", "usd_low", "usd", "usd_high", "usd_m", "conf", "ref"),
               ("kind", "rate_mbps"), "planner-tables.h", "struct lw_price lw_prices"),
    "stock": (stock, ("kind", "lengths_m", "conf", "ref"), ("kind",), "planner-tables.h",
              "struct lw_stock lw_stocks"),
    "room": (room, ("name", "value", "unit", "doc", "conf", "ref"), ("name",), "planner-tables.h",
             "struct lw_room_row lw_room_rows"),
})

if __name__ == "__main__":
    rules.main(sys.argv)
