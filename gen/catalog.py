#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the catalogue's tables out of data/*.csv (docs/design/catalog.md).

catalog.py DATA-DIR CATALOG-TABLES.C
"""
import csv
import math
import os
import sys

import rows

CONFIDENCE = ("high", "medium", "low")
GRADES = ("om1", "om2", "om3", "om4", "om5", "os2")
MODULATION = {"none": "LW_MOD_NONE", "NRZ": "LW_NRZ", "PAM4": "LW_PAM4",
              "coherent": "LW_COHERENT"}
BITS = {"NRZ": 1, "PAM4": 2}
MEDIUM = {"copper": "LW_COPPER", "MMF": "LW_MMF", "SMF": "LW_SMF"}
TOPOLOGY = {"serial": "LW_TOPO_SERIAL", "parallel": "LW_TOPO_PARALLEL", "wdm": "LW_TOPO_WDM",
            "twin-wdm": "LW_TOPO_TWIN_WDM", "bidi": "LW_TOPO_BIDI",
            "coherent": "LW_TOPO_COHERENT"}
FIT = {"no": "LW_FIT_NO", "yes": "LW_FIT_YES", "adapter": "LW_FIT_ADAPTER"}
KIND = {"all": "LW_PRESET_ALL", "flat": "LW_PRESET_FLAT", "paged": "LW_PRESET_PAGED",
        "light": "LW_PRESET_LIGHT", "passive": "LW_PRESET_PASSIVE", "active": "LW_PRESET_ACTIVE"}
MAP = {"sff8472": "LW_MAP_SFF8472", "sff8636": "LW_MAP_SFF8636", "cmis": "LW_MAP_CMIS"}
FEC = ("", "none", "BASE-R", "RS(528,514)", "RS(544,514)", "RS(544,514)+inner", "SC-FEC", "CFEC",
       "oFEC")
TABLES = ("sff8024_ext", "sff8024_host", "sff8024_mmf", "sff8024_smf", "sff8024_copper",
          "sff8024_active", "sff8024_baset")
# The table that holds the media codes of a CMIS MediaType (CMIS 5.4 Table 8-20).
MEDIA_TABLES = {1: "sff8024_mmf", 2: "sff8024_smf", 3: "sff8024_copper", 4: "sff8024_active",
                5: "sff8024_baset"}
WAVES_MAX = 8
WIRE_POINTS_MAX = 5
CLASSES_MAX = 7
APPS_MAX = 15
LIMITS = (("temp", "degc"), ("vcc", "v"), ("bias", "ma"), ("tx", "dbm"), ("rx", "dbm"))
LEVELS = ("high_alarm", "low_alarm", "high_warning", "low_warning")
DURATIONS = ("dur_dp_init", "dur_dp_deinit", "dur_tx_on", "dur_tx_off", "dur_pwr_up", "dur_pwr_dn")

COLUMNS = {
    "pmds": ["name", "rate_mbps", "medium", "topology", "lanes", "fibres", "baud_kbd",
             "modulation", "waves", "fec", "fec_in_module", "connector",
             *[f"reach_{g}_m" for g in GRADES], "splits"],
    "interfaces": ["table", "code", "name", "lanes", "baud_kbd", "modulation", "rate_mbps", "fec",
                   "pmd", "pmd_sfp", "host", "host_sfp"],
    "forms": ["name", "lanes", "max_baud_kbd", "max_modulation", "max_power_w", "class_w"],
    "fits": ["plug", "cage", "fit", "adapter", "lanes", "note"],
    "connectors": ["name", "body", "polish", "fibres", "code"],
    "cords": ["name", "a", "b", "legs", "lanes", "leg_lanes", "connectors", "doc"],
    "thresholds": ["name", *[f"{q}_{level}_{unit}" for q, unit in LIMITS for level in LEVELS]],
    "wires": ["wire", "freq_mhz", "fixed_db", "per_metre_db"],
    "presets": ["map", "kind", "form", "field", "value"],
    "parts": ["name", "doc", "form", "map", "identifier", "media_type", "connector", "technology",
              "ext_compliance", "compliance_10g", "receptacles", "receptacle", "flat", "power_w",
              "wave_nm", "pmd", "far", "far_n", "far_lanes", "head_lanes", "far_code",
              *DURATIONS, "limits", "wire", "length_m"],
    "part-apps": ["part", "host_id", "media_id", "host_lanes", "media_lanes", "host_assign",
                  "media_assign"],
}
ORDER = ("connectors", "pmds", "interfaces", "forms", "fits", "cords", "thresholds", "wires",
         "presets", "parts", "part-apps")


def real(row, column, low, high, default):
    """The cell as a decimal number in low..high; empty and bad cells: `default`."""
    text = row[column]
    if text == "":
        return default
    try:
        value = float(text)
    except ValueError:
        row.bad(f"{column} '{text}' is no number")
        return default
    if not low <= value <= high:
        row.bad(f"{column} {text} is not in {low}..{high}")
        return default
    return value


def yes_no(row, column):
    return row.one_of(column, ("yes", "no"), "no") == "yes"


def c_number(value):
    return "NAN" if math.isnan(value) else repr(float(value))


class Catalog:
    """Everything read, with an index by name of each file's rows, so that rows can name rows."""

    def __init__(self, directory, complaints):
        self.directory = directory
        self.rows = {}
        self.index = {}
        for name in ORDER:
            path = os.path.join(directory, f"{name}.csv")
            self.rows[name] = rows.read(path, COLUMNS[name] + ["conf", "ref"], complaints)
            for row in self.rows[name]:
                row.one_of("conf", CONFIDENCE)
                if not row["ref"]:
                    row.bad("ref is empty")
        for name in ("connectors", "pmds", "forms", "cords", "thresholds", "parts"):
            self.index[name] = self._unique(name, ("name",), lambda row: row["name"].lower())
        self.index["interfaces"] = self._unique("interfaces", ("table", "code"),
                                                self._interface_key)
        self.index["fits"] = self._unique("fits", ("plug", "cage"),
                                          lambda row: (row["plug"], row["cage"]))
        self.fields = {name: field_names(directory, name, complaints) for name in MAP}
        self.wires = list(dict.fromkeys(row["wire"] for row in self.rows["wires"]))

    @staticmethod
    def _interface_key(row):
        row.one_of("table", TABLES)
        return row["table"], row.number("code", 0, 255, -1)

    def _unique(self, name, columns, key):
        """Row numbers of a file by `key`, which `columns` make up."""
        seen = {}
        for i, row in enumerate(self.rows[name]):
            first = seen.setdefault(key(row), i)
            if first != i:
                row.bad(f"{' '.join(row[c] for c in columns)} stands twice,"
                        f" first in line {self.rows[name][first].line}")
        return seen

    def find(self, row, column, name):
        """The index in file `name` of what the cell names; None if empty or not there."""
        key = row[column].lower()
        if not key:
            return None
        found = self.index[name].get(key)
        if found is None:
            row.bad(f"{column} '{row[column]}' is not in {name}.csv")
        return found

    def link(self, row, column, name, array):
        found = self.find(row, column, name)
        return "NULL" if found is None else f"&{array}[{found}]"

    def interface(self, row, column, table):
        """The index of the interface whose code the cell holds; None if empty or not there."""
        if row[column] == "":
            return None
        found = self.index["interfaces"].get((table, row.number(column, 0, 255, -1)))
        if found is None:
            row.bad(f"{column} {row[column]} is no code of {table} in interfaces.csv")
        return found


def check_rate(row):
    """A nominal rate and lanes x baud x bits must tell the same story: coding adds, FC rounds up."""
    lanes = row.number("lanes", 0, 255, 0)
    baud = row.number("baud_kbd", 0, 0xFFFFFFFF, 0)
    rate = row.number("rate_mbps", 0, 0xFFFFFFFF, 0)
    bits = BITS.get(row["modulation"])
    if not (lanes and baud and rate and bits):
        return
    line = lanes * baud * bits / 1000
    if not 0.85 * rate <= line <= 1.26 * rate:
        row.bad(f"{lanes} x {baud} kBd x {bits} bits is {line:g} Mb/s, far from {rate}")


def waves(row):
    """'low-high;low-high' in nm as (low, high) in pm."""
    out = []
    for text in filter(None, row["waves"].split(";")):
        low, _, high = text.partition("-")
        try:
            window = round(float(low) * 1000), round(float(high) * 1000)
        except ValueError:
            row.bad(f"wave window '{text}' is not low-high")
            continue
        if not 600000 <= window[0] < window[1] <= 1700000:
            row.bad(f"wave window '{text}' is no window of 600-1700 nm")
        out.append(window)
    if len(out) > WAVES_MAX:
        row.bad(f"{len(out)} wave windows, {WAVES_MAX} at most")
    return out[:WAVES_MAX]


def check_splits(catalog, row):
    """Each '4xNAME' must name a PMD whose lanes, four times, are this one's, at the same baud. '?'
    behind it: no standard has the split, which may leave lanes over."""
    for text in filter(None, row["splits"].split(";")):
        count, _, name = text.rstrip("?").partition("x")
        found = catalog.index["pmds"].get(name.lower())
        if not count.isdigit() or found is None:
            row.bad(f"split '{text}' is not COUNTxPMD of pmds.csv")
            continue
        child = catalog.rows["pmds"][found]
        over = row.number("lanes", 1, 255, 0) - int(count) * child.number("lanes", 1, 255, 0)
        if over < 0 or (over and not text.endswith("?")):
            row.bad(f"split '{text}' does not use up the lanes")
        if child["baud_kbd"] != row["baud_kbd"]:
            row.bad(f"split '{text}' changes the lane rate")


def make_pmds(catalog):
    for row in catalog.rows["pmds"]:
        check_rate(row)
        check_splits(catalog, row)
        window = waves(row)
        catalog.find(row, "connector", "connectors")
        reach = [row.number(f"reach_{g}_m", 0, 1000000, 0) for g in GRADES]
        yield (
            f"{{{rows.c_string(row['name'])}, {row.number('rate_mbps', 1, 10000000, 0)},\n"
            f"\t {MEDIUM.get(row.one_of('medium', MEDIUM))},"
            f" {TOPOLOGY.get(row.one_of('topology', TOPOLOGY))},"
            f" {row.number('lanes', 1, 16, 0)}, {row.number('fibres', 0, 64, 0)},"
            f" {row.number('baud_kbd', 1, 0xFFFFFFFF, 0)}u,"
            f" {MODULATION.get(row.one_of('modulation', MODULATION))},\n"
            f"\t {len(window)}, {{{', '.join(f'{{{a}, {b}}}' for a, b in window) or '{0, 0}'}}},\n"
            f"\t {rows.c_string(row.one_of('fec', FEC, ''))},"
            f" {str(yes_no(row, 'fec_in_module')).lower()}, {rows.c_string(row['connector'])},"
            f" {{{', '.join(map(str, reach))}}},\n"
            f"\t {rows.c_string(row['splits'])},\n"
            f"\t {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


def make_interfaces(catalog):
    for row in catalog.rows["interfaces"]:
        check_rate(row)
        hosts = []
        for column in ("host", "host_sfp"):
            found = catalog.interface(row, column, "sff8024_host")
            hosts.append("NULL" if found is None else f"&lw_interfaces[{found}]")
        yield (
            f"{{LW_CODES_{row['table'].upper()}, {row.number('code', 0, 255, 0)},"
            f" {rows.c_string(row['name'])}, {row.number('lanes', 0, 64, 0)},"
            f" {row.number('baud_kbd', 0, 0xFFFFFFFF, 0)}u,\n"
            f"\t {MODULATION.get(row.one_of('modulation', MODULATION))},"
            f" {row.number('rate_mbps', 0, 10000000, 0)},"
            f" {rows.c_string(row.one_of('fec', FEC, ''))},"
            f" {catalog.link(row, 'pmd', 'pmds', 'lw_pmds')},"
            f" {catalog.link(row, 'pmd_sfp', 'pmds', 'lw_pmds')},\n"
            f"\t {', '.join(hosts)}, {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


def make_forms(catalog):
    for row in catalog.rows["forms"]:
        try:
            watts = [float(w) for w in filter(None, row["class_w"].split(";"))]
        except ValueError:
            row.bad(f"class_w '{row['class_w']}' is no list of watts")
            watts = []
        if watts != sorted(set(watts)) or len(watts) > CLASSES_MAX:
            row.bad(f"class_w must rise and hold {CLASSES_MAX} at most")
        yield (
            f"{{{rows.c_string(row['name'])}, {row.number('lanes', 1, 64, 0)},"
            f" {row.number('max_baud_kbd', 1, 0xFFFFFFFF, 0)}u,"
            f" {MODULATION.get(row.one_of('max_modulation', MODULATION))},"
            f" {real(row, 'max_power_w', 0, 100, 0.0)!r},"
            f" {len(watts[:CLASSES_MAX])},\n"
            f"\t {{{', '.join(map(repr, watts[:CLASSES_MAX])) or '0'}}},"
            f" {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


def make_fits(catalog):
    for row in catalog.rows["fits"]:
        for column in ("plug", "cage"):
            if catalog.find(row, column, "forms") is None and not row[column]:
                row.bad(f"{column} is empty")
        fit = row.one_of("fit", FIT, "no")
        lanes = row.number("lanes", 0, 64, 0)
        if (fit == "adapter") != bool(row["adapter"]):
            row.bad("adapter must be named exactly if fit is 'adapter'")
        if (fit == "no") != (lanes == 0):
            row.bad("lanes must be 0 exactly if fit is 'no'")
        yield (
            f"{{{rows.c_string(row['plug'])}, {rows.c_string(row['cage'])}, {FIT[fit]},"
            f" {rows.c_string(row['adapter'])}, {lanes}, {rows.c_string(row['note'])},\n"
            f"\t {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


def make_connectors(catalog):
    for row in catalog.rows["connectors"]:
        yield (
            f"{{{rows.c_string(row['name'])}, {rows.c_string(row['body'])},"
            f" {rows.c_string(row.one_of('polish', ('', 'UPC', 'APC'), ''))},"
            f" {row.number('fibres', 0, 64, 0)}, {row.number('code', 0, 255, 0)},"
            f" {rows.c_string(row['ref'])}}}")


def make_cords(catalog):
    bodies = {row["body"] for row in catalog.rows["connectors"]}
    for row in catalog.rows["cords"]:
        for column in ("a", "b"):
            row.one_of(column, bodies)
        legs, lanes, leg_lanes = (row.number(c, 1, 16, 0) for c in ("legs", "lanes", "leg_lanes"))
        if legs * leg_lanes != lanes:
            row.bad(f"{legs} legs of {leg_lanes} lanes are not {lanes} lanes")
        yield (
            f"{{{rows.c_string(row['name'])}, {rows.c_string(row['doc'])},"
            f" {rows.c_string(row['a'])}, {rows.c_string(row['b'])}, {legs}, {lanes}, {leg_lanes},"
            f" {row.number('connectors', 1, 16, 0)},\n\t {rows.c_string(row['ref'])}}}")


def make_thresholds(catalog):
    for row in catalog.rows["thresholds"]:
        cells = []
        for quantity, unit in LIMITS:
            # dBm is how limits are written down, milliwatts is what every register holds.
            v = [real(row, f"{quantity}_{level}_{unit}", -100, 200, math.nan) for level in LEVELS]
            if any(map(math.isnan, v)):
                if not all(map(math.isnan, v)):
                    row.bad(f"{quantity}: all four levels or none")
            elif not v[1] <= v[3] < v[2] <= v[0]:
                row.bad(f"{quantity}: levels must be low alarm <= warning < warning <= high alarm")
            if unit == "dbm":
                v = [10 ** (x / 10) for x in v]
            cells.append(f"{{{', '.join(map(c_number, v))}}}")
        joined = ",\n\t ".join(cells)
        yield (f"{{{rows.c_string(row['name'])},\n\t {joined},\n"
               f"\t {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


def make_wires(catalog):
    for wire in catalog.wires:
        points = [row for row in catalog.rows["wires"] if row["wire"] == wire]
        if len(points) > WIRE_POINTS_MAX:
            points[-1].bad(f"more than {WIRE_POINTS_MAX} frequencies of wire '{wire}'")
        cells = []
        last = 0
        for row in points:
            freq = row.number("freq_mhz", 1, 100000, 0)
            if freq <= last:
                row.bad("freq_mhz must rise")
            last = freq
            cells.append(f"{{{freq}, {real(row, 'fixed_db', 0, 50, 0.0)!r},"
                         f" {real(row, 'per_metre_db', 0, 50, 0.0)!r}}}")
        yield f"{{{rows.c_string(wire)}, {len(cells)}, {{{', '.join(cells)}}}}}"


def field_names(directory, name, complaints):
    """The names of a map's fields; gen/maps.py checks everything else in that file."""
    path = os.path.join(directory, "maps", f"{name}.csv")
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            return {row.get("name") for row in csv.DictReader(stream)}
    except OSError as e:
        complaints.add(path, 1, e.strerror)
        return set()


def make_presets(catalog):
    for row in catalog.rows["presets"]:
        name = row.one_of("map", MAP, "cmis")
        if row["field"] not in catalog.fields[name]:
            row.bad(f"field '{row['field']}' is not in maps/{name}.csv")
        if row["value"] == "":
            row.bad("value is empty")
        yield (
            f"{{{MAP[name]}, {KIND.get(row.one_of('kind', KIND))},"
            f" {catalog.link(row, 'form', 'forms', 'lw_forms')}, {rows.c_string(row['field'])},"
            f" {row.number('value', -0x80000000, 0x7FFFFFFF, 0)}}}")


def check_app(catalog, app, part):
    """An application must name codes that exist and lanes that its form factor has."""
    form = catalog.index["forms"].get(part["form"].lower())
    lanes = catalog.rows["forms"][form].number("lanes", 1, 64, 0) if form is not None else 64
    table = MEDIA_TABLES.get(part.number("media_type", 1, 5, 0))
    if table is None:
        app.bad(f"part '{part['name']}' has no media_type")
        return
    for side, of in (("host", "sff8024_host"), ("media", table)):
        count = app.number(f"{side}_lanes", 1, 8, 0)
        found = catalog.interface(app, f"{side}_id", of)
        stated = catalog.rows["interfaces"][found].number("lanes", 0, 64, 0) \
            if found is not None else 0
        if stated and stated != count:
            app.bad(f"{side}_lanes {count}, but the interface has {stated}")
    assign = app.number("host_assign", 1, 255, 1)
    if assign.bit_length() - 1 + app.number("host_lanes", 1, 8, 0) > lanes:
        app.bad(f"host_assign reaches beyond the {lanes} lanes of {part['form']}")
    if bin(assign).count("1") != bin(app.number("media_assign", 1, 255, 1)).count("1"):
        app.bad("host_assign and media_assign do not pair up")


def part_apps(catalog):
    """The application initialisers of each part by its index."""
    out = {}
    for app in catalog.rows["part-apps"]:
        found = catalog.find(app, "part", "parts")
        if found is None:
            continue
        check_app(catalog, app, catalog.rows["parts"][found])
        cells = ", ".join(str(app.number(c, 0, 255, 0)) for c in COLUMNS["part-apps"][1:])
        out.setdefault(found, []).append(f"{{{cells}}}")
        if len(out[found]) > APPS_MAX:
            app.bad(f"part '{app['part']}' has more than {APPS_MAX} applications")
    return out


def head_lanes(row):
    """Lanes of a cable's head that each far end takes: as many as it has, but for a gearbox."""
    return row.number("head_lanes", 0, 16, row.number("far_lanes", 0, 16, 0))


def pair_lanes(catalog):
    """By part: host lanes of a cable's plug that share one of its pairs. The plug with more lanes
    has the gearbox."""
    out = {}
    for i, row in enumerate(catalog.rows["parts"]):
        head, far = head_lanes(row), row.number("far_lanes", 0, 16, 0)
        found = catalog.find(row, "far", "parts") if row["far"] else None
        if found is None or not head or not far:
            continue
        if max(head, far) % min(head, far):
            row.bad(f"{head} lanes cannot share {far} pairs, or the other way round")
        for plug, lanes in (i, max(head // far, 1)), (found, max(far // head, 1)):
            if out.setdefault(plug, lanes) != lanes:
                row.bad("one of its plugs has a gearbox in another cable only")
    return out


def check_part(catalog, row, apps):
    form = catalog.find(row, "form", "forms")
    if form is None:
        if not row["form"]:
            row.bad("form is empty")
        return
    lanes = catalog.rows["forms"][form].number("lanes", 1, 64, 0)
    if row.number("far_n", 0, 16, 0) * head_lanes(row) > lanes:
        row.bad(f"the far ends have more lanes than {row['form']}")
    if bool(row["far"]) != bool(row["far_n"]) or bool(row["far"]) != bool(row["far_lanes"]):
        row.bad("far, far_n and far_lanes stand together or not at all")
    if row["head_lanes"] and not row["far"]:
        row.bad("head_lanes without far")
    if (row["map"] == "cmis") != bool(apps):
        row.bad("applications belong to CMIS parts, and each needs one")
    if row["wire"] and row["wire"] not in catalog.wires:
        row.bad(f"wire '{row['wire']}' is not in wires.csv")


def make_parts(catalog):
    apps = part_apps(catalog)
    pairs = pair_lanes(catalog)
    for i, row in enumerate(catalog.rows["parts"]):
        mine = apps.get(i, [])
        check_part(catalog, row, mine)
        wire = (f"&lw_wires[{catalog.wires.index(row['wire'])}]"
                if row["wire"] in catalog.wires else "NULL")
        wave = round(real(row, "wave_nm", 600, 1700, 0.0) * 1000)
        codes = ", ".join(str(row.number(c, 0, 255, 0)) for c in (
            "identifier", "media_type", "connector", "technology", "ext_compliance",
            "compliance_10g", "receptacles"))
        durations = ", ".join(str(row.number(c, 0, 15, 0)) for c in DURATIONS)
        yield (
            f"{{{rows.c_string(row['name'])},\n\t {rows.c_string(row['doc'])},\n"
            f"\t {catalog.link(row, 'form', 'forms', 'lw_forms')},"
            f" {MAP.get(row.one_of('map', MAP))}, {codes},"
            f" {catalog.link(row, 'receptacle', 'connectors', 'lw_connectors')},"
            f" {str(yes_no(row, 'flat')).lower()}, {real(row, 'power_w', 0, 63.75, 0.0)!r},"
            f" {wave},\n"
            f"\t {len(mine)}, {{{', '.join(mine) or '{0}'}}},\n"
            f"\t {catalog.link(row, 'pmd', 'pmds', 'lw_pmds')},"
            f" {catalog.link(row, 'far', 'parts', 'lw_part_rows')},"
            f" {row.number('far_n', 0, 16, 0)}, {row.number('far_lanes', 0, 16, 0)},"
            f" {head_lanes(row)}, {pairs.get(i, 0)},"
            f" {row.number('far_code', 0, 31, 0)}, {durations},\n"
            f"\t {catalog.link(row, 'limits', 'thresholds', 'lw_threshold_rows')}, {wire},"
            f" {real(row, 'length_m', 0, 10000, 0.0)!r},\n"
            f"\t {rows.c_string(row['ref'])}, {rows.c_string(row['conf'])}}}")


TABLES_OUT = (
    ("connectors", "lw_connector", "lw_connectors", make_connectors),
    ("pmds", "lw_pmd", "lw_pmds", make_pmds),
    ("interfaces", "lw_interface", "lw_interfaces", make_interfaces),
    ("forms", "lw_form", "lw_forms", make_forms),
    ("fits", "lw_fit", "lw_fits", make_fits),
    ("cords", "lw_cord", "lw_cord_rows", make_cords),
    ("thresholds", "lw_thresholds", "lw_threshold_rows", make_thresholds),
    ("wires", "lw_wire", "lw_wires", make_wires),
    ("presets", "lw_preset", "lw_preset_rows", make_presets),
    ("parts", "lw_part", "lw_part_rows", make_parts),
)


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    complaints = rows.Complaints()
    catalog = Catalog(argv[1], complaints)
    out = [rows.banner("catalog.py"), '#include "tables.h"\n\n#include <math.h>\n']
    for _, struct, array, make in TABLES_OUT:
        cells = list(make(catalog))
        out.append(f"\nconst struct {struct} {array}[] = {{\n")
        out.extend(f"\t{cell},\n" for cell in cells)
        out.append(f"}};\nconst size_t {array}_n = sizeof({array}) / sizeof({array}[0]);\n")
    complaints.finish()
    rows.write(argv[2], "".join(out))


if __name__ == "__main__":
    main(sys.argv)
