#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make C tables of the data that port and link judge by.

    rules.py lanes    data/lanes.csv     OUT.c    Ethernet lane rates (src/port)
    rules.py rules    data/rules.csv     OUT.c    rule texts and limits (src/link); "{limit}" and
                                                  "{far}" in a text stand for the row's
    rules.py channels data/channels.csv  OUT.c    what the way between two ends may be (src/link)
    rules.py elements data/elements.csv  OUT.c    what light passes through (src/link)
    rules.py levels   data/levels.csv    OUT.c    light that PMDs send and bear (src/link)
    rules.py fec-lanes data/fec-lanes.csv OUT.c   which code runs on which lanes (src/link)
    rules.py media    data/media.csv     OUT.c    what cables with fixed ends are like (src/link)
    rules.py losses   data/losses.csv    OUT.c    attenuation and connector loss (src/phy)
    rules.py fec      data/fec.csv       OUT.c    codes of error correction (src/phy)
    rules.py light    data/light.csv     OUT.c    what PMDs send and need (src/phy)
    rules.py lasers   data/lasers.csv    OUT.c    intensity noise of lasers (src/phy)
    rules.py lane     data/lane.csv      OUT.c    numbers of the lane model (src/phy)
    rules.py copper   data/copper.csv    OUT.c    transmitters and receivers of copper (src/phy)
    rules.py pcs      data/pcs.csv       OUT.c    lanes and codewords of PCSs (src/phy)
    rules.py fibres   data/fibres.csv    OUT.c    bandwidth and dispersion of fibres (src/phy)
    rules.py patterns data/patterns.csv  OUT.c    test patterns (src/phy)
    rules.py shows      data/shows.csv      OUT.c    JSON of switches' show commands (src/exchange)
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
MEDIA = ("DAC", "ACC", "AEC", "AOC", "LPO", "OPTICS")
LEVELS = ("tx_min_dbm", "tx_max_dbm", "rx_min_dbm", "rx_max_dbm")
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
    return "{%s, %s, %s, %s, %s, %s, %s, %s}" % (
        *(text(r[c].replace("{limit}", r["limit"]).replace("{far}", r["far"]))
          for c in ("name", "asks", "why", "example", "remedy", "ref")),
        real(r["limit"], 1000), real(r["far"], 1000))


def channels(r):
    need(r, "pmd", "ref")
    one_of(r["conf"], CONF)
    il = ", ".join(real(r[f"il_{g.lower()}_db"], 100) for g in GRADES)
    return "{%s, {%s}, %s, %s, %s}" % (
        text(r["pmd"]), il, real(r["copper_m"], 100), text(r["conf"]), text(r["ref"]))


def elements(r):
    need(r, "name", "doc", "ref")
    one_of(r["conf"], CONF)
    high, typ, low = (real(r[c], 100) for c in ("max_db", "typ_db", "min_db"))
    gain = high == typ == low == "NAN"  # an amplifier: what it does nobody knows beforehand
    if not gain and ("NAN" in (high, typ) or float(typ) > float(high)):
        raise Bad(f"{r['name']}: typ_db must be given and at most max_db")
    if not gain and (low == "NAN" or float(low) > float(typ)):
        raise Bad(f"{r['name']}: min_db must be given and at most typ_db")
    return "{%s, %s, %s, %s, %s, %s, %s}" % (
        text(r["name"]), text(r["doc"]), high, typ, low, text(r["conf"]), text(r["ref"]))


def levels(r):
    need(r, "pmd", "ref")
    one_of(r["conf"], CONF)
    v = {c: float(signed(r[c])) if r[c] else None for c in LEVELS}
    for end in ("tx", "rx"):
        low, high = v[f"{end}_min_dbm"], v[f"{end}_max_dbm"]
        if None not in (low, high) and low >= high:
            raise Bad(f"{r['pmd']}: {end}_min_dbm must be below {end}_max_dbm")
    return "{%s, %s, %s, %s}" % (
        text(r["pmd"]), ", ".join("NAN" if x is None else repr(x) for x in v.values()),
        text(r["conf"]), text(r["ref"]))


def fec_lanes(r):
    need(r, "fec", "ref")
    one_of(r["conf"], CONF)
    return "{%s, %d, %d, %s, %s}" % (
        text(r["fec"]), whole(r["lane_mbps"], 1, 10**6), whole(r["max_lanes"], 1, 16),
        text(r["conf"]), text(r["ref"]))


def media(r):
    need(r, "part", "ref")
    if r["kind"] not in ("LPO", "OPTICS"):  # modules: reach is the PMD's
        need(r, "longest_m")
    one_of(r["conf"], CONF)
    return "{%s, LW_%s, %s, %s, %s}" % (
        text(r["part"]), one_of(r["kind"], MEDIA),
        ", ".join(real(r[c], 10**4) for c in ("standard_m", "longest_m", "ns_m", "diameter_mm",
                                              "bend_mm", "cost")),
        ", ".join(text(r[c]) for c in ("weight", "emi", "conf")), text(r["ref"]))


def losses(r):
    need(r, "kind", "name", "ref")
    one_of(r["conf"], CONF)
    one_of(r["kind"], ("fibre", "least", "mated", "splice"))
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


def signed(s):
    try:
        v = float(s)
    except ValueError:
        raise Bad(f"{s!r} is no number") from None
    if not abs(v) < 10**6:
        raise Bad(f"{s} is out of range")
    return repr(v)


def light(r):
    need(r, "pmd", "laser", "ref")
    one_of(r["conf"], CONF)
    return "{%s, %s, %s, %s}" % (
        text(r["pmd"]), ", ".join(signed(r[c]) for c in ("tx_dbm", "er_db", "sens_oma_dbm")),
        text(r["laser"]), ", ".join(text(r[c]) for c in ("conf", "ref")))


def lasers(r):
    need(r, "name", "ref")
    one_of(r["conf"], CONF)
    rin = signed(r["rin_oma_db_hz"]) if r["rin_oma_db_hz"] else "NAN"
    return "{%s, %s, %s, %s}" % (text(r["name"]), rin, text(r["conf"]), text(r["ref"]))


def lane(r):
    need(r, "name", "ref")
    one_of(r["conf"], CONF)
    return "{%s, %s, %s, %s, %s}" % (text(r["name"]), signed(r["value"]), text(r["unit"]),
                                     text(r["conf"]), text(r["ref"]))


COPPER = ("low_gbd", "high_gbd", "amplitude_v", "rlm", "snr_tx_db", "noise_v2_ghz", "rj_ui", "dj_ui",
          "rise", "receiver", "zero", "pole1", "pole2", "ctle_db", "host_db")
COPPER_TAPS = ("ffe_taps", "ffe_before", "dfe_taps")


def copper(r):
    need(r, "name", "ref", *COPPER)
    one_of(r["conf"], CONF)
    one_of(r["modulation"], MODULATION)
    return "{%s, %s, %s, %s, %s, %s}" % (
        text(r["name"]), MODULATION[r["modulation"]], ", ".join(real(r[c], 200) for c in COPPER),
        ", ".join(str(whole(r[c], 0, 32)) for c in COPPER_TAPS), text(r["conf"]), text(r["ref"]))


def pcs(r):
    need(r, "name", "ref")
    one_of(r["conf"], CONF)
    rate, lanes, words, flows = (whole(r[c], 1, high) for c, high in
                                 (("rate_mbps", 10**7), ("lanes", 64), ("words", 4), ("flows", 2)))
    if words == 3 or words % flows or lanes % words:
        raise Bad(f"{r['name']}: {words} words of {flows} flows on {lanes} lanes")
    return "{%s, %d, %d, %d, %d, %s, %s, %s}" % (
        text(r["name"]), rate, lanes, words, flows, real(r["symbols_from_gbd"], 1000),
        text(r["conf"]), text(r["ref"]))


def fibres(r):
    need(r, "grade", "ref")
    one_of(r["conf"], CONF)
    one_of(r["grade"], GRADES)
    numbers = [real(r[c], 10**6) for c in ("modal_mhz_km", "zero_low_nm", "zero_high_nm", "slope")]
    if "NAN" in numbers[1:]:
        raise Bad("only modal_mhz_km may be empty: single mode")
    return "{%s, %d, %d, %s, %s, %s}" % (
        text(r["grade"]), whole(r["low_nm"], 1, 9999), whole(r["high_nm"], 1, 9999),
        ", ".join(numbers), text(r["conf"]), text(r["ref"]))


PATTERN_KINDS = {"prbs": "LW_PATTERN_PRBS", "ssprq": "LW_PATTERN_SSPRQ",
                 "square": "LW_PATTERN_SQUARE", "idle": "LW_PATTERN_IDLE"}


def patterns(r):
    """Exponents of the polynomial become a mask: bit e - 1 stands for the bit sent e before."""
    need(r, "name", "title", "ref")
    one_of(r["conf"], CONF)
    one_of(r["kind"], PATTERN_KINDS)
    order = whole(r["order"] or "0", 0, 58)
    taps = 0
    for e in r["exponents"].split():
        taps |= 1 << (whole(e, 1, order) - 1)
    parts = []
    for part in r["parts"].split():
        seed, _, bits = part.rpartition(":")
        parts.append("{%su, %d}" % (seed or "0", whole(bits, 1, 10**6)))
    if len(parts) > 3:
        raise Bad("more than three parts")
    return "{%s, %s, %d, %d, 0x%xu, %s, %su, {%s}, %s, %s, %s}" % (
        text(r["name"]), PATTERN_KINDS[r["kind"]], whole(r["levels"], 2, 4), order, taps,
        "true" if r["inverted"] == "1" else "false", r["seed"] or "0", ", ".join(parts) or "{0, 0}",
        text(r["title"]), text(r["conf"]), text(r["ref"]))


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


SHOW = ("path", "port", "strip", "names", "device", "far", "form", "vendor", "part", "serial",
        "length", "none", "conf", "ref")


def shows(r):
    need(r, "system", "command", "path", "names", "ref")
    one_of(r["conf"], CONF)
    plugs = one_of(r["kind"], ("plug", "far")) == "plug"
    need(r, *(("vendor", "part", "serial") if plugs else ("device", "far")))
    if any("%" not in name for name in r["names"].split("|")):
        raise Bad(f"{r['command']}: each of names needs a %")
    if not r["port"] and not set("@#") & set(r["path"]):
        raise Bad(f"{r['command']}: neither port nor path says which port")
    return "{%s, %s, %s, %s}" % (text(r["system"]), text(r["command"]), "true" if plugs else "false",
                                 ", ".join(text(r[c]) for c in SHOW))


TABLES = {
    "shows": (shows, ("system", "command", "kind", *SHOW), ("system", "command"), "seen-read.h",
              "struct seen_show lw_seen_shows"),
    "sonic": (sonic, ("name", "value", "ref"), ("name",), "platform-internal.h",
              "struct lw_sonic_limit lw_sonic_limits"),
    "slow-lanes": (slow_lanes, ("rate_mbps", "conf", "ref"), ("rate_mbps",),
                   "platform-internal.h", "uint32_t lw_slow_lanes"),
    "port-rules": (port_rules, PORT_RULE, ("name",), "platform-internal.h",
                   "struct lw_port_rule lw_port_rules"),
    "lanes": (lanes, ("rate_mbps", "baud_kbd", "modulation", "fec", "conf", "ref"),
              ("rate_mbps",), "port-tables.h", "struct lw_lane_rate lw_lane_rates"),
    "rules": (rules, ("name", "asks", "why", "example", "remedy", "limit", "far", "ref"),
              ("name",), "link-tables.h", "struct lw_rule lw_rule_rows"),
    "channels": (channels, ("pmd", *(f"il_{g.lower()}_db" for g in GRADES), "copper_m", "conf",
                            "ref"),
                 ("pmd",), "link-tables.h", "struct lw_channel lw_channels"),
    "elements": (elements, ("name", "max_db", "typ_db", "min_db", "doc", "conf", "ref"), ("name",),
                 "link-tables.h", "struct lw_element lw_element_rows"),
    "levels": (levels, ("pmd", *LEVELS, "conf", "ref"), ("pmd",), "link-tables.h",
               "struct lw_light_levels lw_level_rows"),
    "fec-lanes": (fec_lanes, ("fec", "lane_mbps", "max_lanes", "conf", "ref"),
                  ("fec", "lane_mbps"), "link-tables.h", "struct lw_fec_lane lw_fec_lanes"),
    "media": (media, ("part", "kind", "standard_m", "longest_m", "ns_m", "diameter_mm", "bend_mm",
                      "cost", "weight", "emi", "conf", "ref"),
              ("part",), "link-tables.h", "struct lw_media lw_media_rows"),
    "losses": (losses, ("kind", "name", "low_nm", "high_nm", "db", "conf", "ref"),
               ("kind", "name", "low_nm"), "phy-tables.h", "struct lw_loss lw_losses"),
    "light": (light, ("pmd", "tx_dbm", "er_db", "sens_oma_dbm", "los_dbm", "bias_ma", "laser",
                      "linear", "conf", "ref"),
              ("pmd",), "lane-tables.h", "struct lw_launch lw_launches"),
    "lasers": (lasers, ("name", "threshold_part", "t0_k", "t1_k", "wave_nm_k", "ageing",
                        "ageing_exponent", "ageing_ev", "bias_max", "rin_oma_db_hz", "conf",
                        "ref"),
               ("name",), "lane-tables.h", "struct lw_rin lw_rins"),
    "lane": (lane, ("name", "value", "unit", "conf", "ref"), ("name",), "lane-tables.h",
             "struct lw_lane_basis lw_lane_numbers"),
    "copper": (copper, ("name", "modulation", *COPPER, *COPPER_TAPS, "conf", "ref"), ("name",),
               "lane-tables.h", "struct lw_copper lw_coppers"),
    "pcs": (pcs, ("name", "rate_mbps", "lanes", "words", "flows", "symbols_from_gbd", "conf",
                  "ref"),
            ("rate_mbps",), "phy-tables.h", "struct lw_pcs lw_pcs_rows"),
    "fibres": (fibres, ("grade", "low_nm", "high_nm", "modal_mhz_km", "zero_low_nm",
                        "zero_high_nm", "slope", "conf", "ref"),
               ("grade", "low_nm"), "channel-internal.h", "struct lw_fibre lw_fibres"),
    "patterns": (patterns, ("name", "kind", "levels", "order", "exponents", "inverted", "seed",
                            "parts", "title", "conf", "ref"),
                 ("name",), "pattern-internal.h", "struct lw_pattern lw_patterns"),
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
