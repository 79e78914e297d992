#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make C tables of the data that port and link judge by.

    rules.py lanes    data/lanes.csv     OUT.c    Ethernet lane rates (src/port)
    rules.py rules    data/rules.csv     OUT.c    rule texts and limits (src/link); "{limit}" in
                                                  a text stands for the row's limit
    rules.py channels data/channels.csv  OUT.c    what the way between two ends may be (src/link)
    rules.py losses   data/losses.csv    OUT.c    attenuation and connector loss (src/phy)
    rules.py fec      data/fec.csv       OUT.c    codes of error correction (src/phy)
    rules.py sonic      data/sonic.csv      OUT.c  numbers of SONiC's expansion (src/port)
    rules.py slow-lanes data/slow-lanes.csv OUT.c  lane rates below those of modules (src/port)
    rules.py port-rules data/port-rules.csv OUT.c  findings about platforms (src/port)

A row that does not parse is refused as `file:line: error: ...`.
"""
import csv
import sys

CONF = ("high", "medium", "low")
MODULATION = {"NRZ": "LW_NRZ", "PAM4": "LW_PAM4"}
SEVERITY = {"info": "LW_INFO", "risk": "LW_RISK", "fatal": "LW_FATAL"}
PORT_RULE = ("name", "severity", "asks", "why", "example", "remedy", "ref")
GRADES = ("OM1", "OM2", "OM3", "OM4", "OM5", "OS2")


class Bad(Exception):
    pass


def text(s):
    """A C string literal; bytes outside ASCII as octal, so that no hex escape swallows a letter."""
    out = []
    for b in s.encode():
        c = chr(b)
        if c in '"\\':
            out.append("\\" + c)
        elif 0x20 <= b < 0x7f:
            out.append(c)
        else:
            out.append("\\%03o" % b)
    return '"' + "".join(out) + '"'


def whole(s, low, high):
    if not s.isdigit() or not low <= int(s) <= high:
        raise Bad(f"{s!r} is no whole number {low}-{high}")
    return int(s)


def real(s, high):
    """A number, or NAN for an empty cell: the source says nothing."""
    if s == "":
        return "NAN"
    try:
        v = float(s)
    except ValueError:
        raise Bad(f"{s!r} is no number") from None
    if not 0 <= v <= high:
        raise Bad(f"{s} lies outside 0-{high:g}")
    return repr(v)


def one_of(s, known):
    if s not in known:
        raise Bad(f"{s!r} is none of {', '.join(known)}")
    return s


def need(row, *columns):
    for c in columns:
        if not row[c]:
            raise Bad(f"column {c} is empty")


def rows(path, columns, key):
    """Yield (line, row) of a CSV with exactly these columns and no `key` twice."""
    seen = {}
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.reader(f)
        head = next(reader, [])
        if head != list(columns):
            sys.exit(f"{path}:1: error: columns are {','.join(head)}, not {','.join(columns)}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(columns):
                sys.exit(f"{path}:{reader.line_num}: error: {len(cells)} cells, not {len(columns)}")
            row = dict(zip(columns, cells))
            k = tuple(row[c] for c in key)
            if k in seen:
                sys.exit(f"{path}:{reader.line_num}: error: {' '.join(k)} is also in line {seen[k]}")
            seen[k] = reader.line_num
            yield reader.line_num, row


def lanes(r):
    need(r, "ref")
    one_of(r["conf"], CONF)
    one_of(r["modulation"], MODULATION)
    return "{%d, %d, %s, %s, %s}" % (
        whole(r["rate_mbps"], 1, 10**6), whole(r["baud_kbd"], 1, 10**9),
        MODULATION[r["modulation"]], text(r["fec"]), text(r["ref"]))


def rules(r):
    need(r, "name", "asks", "why", "example", "remedy", "ref")
    return "{%s, %s, %s, %s, %s, %s, %s}" % (
        *(text(r[c].replace("{limit}", r["limit"]))
          for c in ("name", "asks", "why", "example", "remedy", "ref")),
        real(r["limit"], 1000))


def channels(r):
    need(r, "pmd", "ref")
    one_of(r["conf"], CONF)
    il = ", ".join(real(r[f"il_{g.lower()}_db"], 100) for g in GRADES)
    return "{%s, {%s}, %s, %s, %s}" % (
        text(r["pmd"]), il, real(r["copper_m"], 100), text(r["conf"]), text(r["ref"]))


def losses(r):
    need(r, "kind", "name", "ref")
    one_of(r["conf"], CONF)
    one_of(r["kind"], ("fibre", "mated", "splice"))
    return "{%s, %s, %d, %d, %s, %s, %s}" % (
        text(r["kind"]), text(r["name"]), whole(r["low_nm"], 1, 9999), whole(r["high_nm"], 1, 9999),
        real(r["db"], 100), text(r["conf"]), text(r["ref"]))


def fec(r):
    need(r, "name", "ref")
    one_of(r["conf"], CONF)
    n, k, t, bits, payload = (whole(r[c], 0, high) for c, high in
                              (("n", 1020), ("k", 1020), ("t", 510), ("symbol_bits", 16),
                               ("payload_bytes", 10**4)))
    if n and (n - k != 2 * t or n >= 1 << bits or not payload):
        raise Bad(f"{r['name']}: n - k is not 2 t, n symbols have no field, or no payload")
    limit = real(r["ber_limit"], 0.5)
    return "{%s, %d, %d, %d, %d, %d, %s, %s, %s}" % (
        text(r["name"]), n, k, t, bits, payload, limit, text(r["ref"]), text(r["conf"]))


def sonic(r):
    need(r, "name", "ref")
    return "{%s, %d, %s}" % (text(r["name"]), whole(r["value"], 1, 10**9), text(r["ref"]))


def slow_lanes(r):
    need(r, "ref")
    one_of(r["conf"], CONF)
    return "%d" % whole(r["rate_mbps"], 1, 10**6)


def port_rules(r):
    need(r, *PORT_RULE)
    return "{%s, %s, %s}" % (
        text(r["name"]), SEVERITY[one_of(r["severity"], SEVERITY)],
        ", ".join(text(r[c]) for c in PORT_RULE[2:]))


TABLES = {
    "sonic": (sonic, ("name", "value", "ref"), ("name",), "platform-internal.h",
              "struct lw_sonic_limit lw_sonic_limits"),
    "slow-lanes": (slow_lanes, ("rate_mbps", "conf", "ref"), ("rate_mbps",),
                   "platform-internal.h", "uint32_t lw_slow_lanes"),
    "port-rules": (port_rules, PORT_RULE, ("name",), "platform-internal.h",
                   "struct lw_port_rule lw_port_rules"),
    "lanes": (lanes, ("rate_mbps", "baud_kbd", "modulation", "fec", "conf", "ref"),
              ("rate_mbps",), "port-tables.h", "struct lw_lane_rate lw_lane_rates"),
    "rules": (rules, ("name", "asks", "why", "example", "remedy", "limit", "ref"),
              ("name",), "link-tables.h", "struct lw_rule lw_rule_rows"),
    "channels": (channels, ("pmd", *(f"il_{g.lower()}_db" for g in GRADES), "copper_m", "conf",
                            "ref"),
                 ("pmd",), "link-tables.h", "struct lw_channel lw_channels"),
    "losses": (losses, ("kind", "name", "low_nm", "high_nm", "db", "conf", "ref"),
               ("kind", "name", "low_nm"), "phy-tables.h", "struct lw_loss lw_losses"),
    "fec": (fec, ("name", "n", "k", "t", "symbol_bits", "payload_bytes", "ber_limit", "conf",
                  "ref"),
            ("name",), "phy-tables.h", "struct lw_fec lw_fecs"),
}


def main(argv):
    if len(argv) != 4 or argv[1] not in TABLES:
        sys.exit(__doc__)
    make, columns, key, header, name = TABLES[argv[1]]
    lines = []
    for number, row in rows(argv[2], columns, key):
        try:
            lines.append("\t" + make(row) + ",\n")
        except Bad as e:
            sys.exit(f"{argv[2]}:{number}: error: {e}")
    if not lines:
        sys.exit(f"{argv[2]}:1: error: no rows")
    with open(argv[3], "w", encoding="utf-8") as out:
        out.write(f"/* Made by gen/rules.py from data/{argv[1]}.csv; do not edit. */\n"
                  f'#include "{header}"\n'
                  "#include <math.h>\n\n"
                  f"const {name}[] = {{\n{''.join(lines)}}};\n"
                  f"const size_t {name.split()[-1]}_n = {len(lines)};\n")


if __name__ == "__main__":
    main(sys.argv)
