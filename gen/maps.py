#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the register maps out of data/maps/*.csv (docs/design/map.md).

maps.py header   MAPS-DIR CODES.CSV MAP-IDS.H     enums of slots and fields
maps.py source   MAPS-DIR CODES.CSV MAP-TABLES.C  fields and slots with their masks
maps.py markdown MAPS-DIR CODES.CSV OUT-DIR       one reference page per map, and the code tables
maps.py man      MAPS-DIR CODES.CSV OUT.7         the same rows as a man page (mdoc)
"""
import os
import re
import sys

sys.dont_write_bytecode = True  # nothing but the output is written
import codes  # noqa: E402
import rows  # noqa: E402

MAPS = ("sff8472", "sff8636", "cmis")
SLOT_COLUMNS = ["map", "slot", "i2c", "page", "upper", "banked", "doc"]
COLUMNS = ["name", "std", "slot", "byte", "bits", "lanes", "stride", "order", "kind", "unit",
           "num", "den", "by", "access", "need", "reset", "codes", "since", "conf", "ref", "doc"]
KINDS = {"uint": "LW_KIND_UINT", "sint": "LW_KIND_SINT", "uintle": "LW_KIND_UINT_LE",
         "bool": "LW_KIND_BOOL", "code": "LW_KIND_CODE", "text": "LW_KIND_TEXT",
         "bytes": "LW_KIND_BYTES", "f16": "LW_KIND_F16", "f32": "LW_KIND_F32",
         "sum": "LW_KIND_SUM", "reserved": "LW_KIND_RESERVED"}
WIDTHS = {"bool": 1, "f16": 16, "f32": 32, "sum": 8}
ACCESS = {"ro": "LW_RO", "rw": "LW_RW", "wo": "LW_WO", "wosc": "LW_WO_SC", "cor": "LW_RO_COR",
          "rww": "LW_RWW"}
WRITABLE = ("rw", "wo", "wosc", "rww")
ORDERS = {"": "LW_LANES_UP", "swap": "LW_LANES_SWAP", "down": "LW_LANES_DOWN"}
UNITS = ("", "mA", "uA", "mW", "uW", "degC", "V", "mV", "nm", "pm", "m", "dB", "dBm", "W", "%",
         "s", "ms", "us", "ns", "ps", "MBd", "GHz", "MHz", "GBd", "THz", "ppm", "h",
         "ns/dBm", "ns/dBm^2", "ns/dBm^3", "ns/dBm^4")
INT32_MAX = 0x7FFFFFFF
MAN_DATE = "November 21, 2026"  # a page made twice is the same page


class Slot:
    """128 bytes of memory: the lower half of an I2C address, or one upper page."""

    def __init__(self, row, index):
        self.row = row
        self.index = index
        self.name = row["slot"]
        self.doc = row["doc"]
        self.i2c = row.number("i2c", 0x50, 0x51, 0x50)
        self.upper = row.one_of("upper", ("y", "n"), "n") == "y"
        self.banked = row.one_of("banked", ("y", "n"), "n") == "y"
        self.page = row.number("page", 0, 0xFF, 0)
        self.base = 128 if self.upper else 0
        self.owner = {}  # bit of the slot -> field, overlays left out
        self.wr, self.cor, self.reset = bytearray(128), bytearray(128), bytearray(128)
        if self.upper == (row["page"] == ""):
            row.bad("an upper slot has a page, a lower one has none")
        if not self.doc:
            row.bad("doc is empty")

    def ident(self):
        return re.sub(r"[^A-Z0-9]", "_", self.name.upper())


class Field:
    """One row of a map; `lanes` instances of `width` bits, `stride` bits apart."""

    def __init__(self, row, index, slots):
        self.row = row
        self.id = index
        self.name = row.name("name")
        self.slot = slots.get(row["slot"])
        if not self.slot:
            row.bad(f"unknown slot '{row['slot']}'")
        self.kind = row.one_of("kind", KINDS, "reserved")
        self.access = row.one_of("access", ACCESS, "ro")
        self.order = row.one_of("order", ORDERS, "")
        self.unit = row.one_of("unit", UNITS, "")
        row.one_of("conf", codes.CONFIDENCE)
        self.overlay = row["doc"].startswith("overlay")
        self.byte = row.number("byte", 0, 255, 0)
        self.lanes = row.number("lanes", 2, 255, 1)
        self.stride = row.number("stride", 1, 0xFFFF, 0)
        self._bits()
        self.sum_first = self.sum_last = 0
        self.num = row.number("num", -INT32_MAX, INT32_MAX, 1)
        self.den = row.number("den", 1, INT32_MAX, 1)
        if self.num == 0:
            row.bad("ratio is 0: num is 0")
        for column in ("std", "ref", "doc"):
            if not row[column]:
                row.bad(f"{column} is empty")
        if (self.lanes > 1) != (self.stride > 0):
            row.bad("lanes and stride go together")
        if self.order == "swap" and self.lanes % 2:
            row.bad("order swap needs an even number of lanes")
        if self.kind == "sum":
            self._sum()
        self._reset()

    def _bits(self):
        """bits `hi:lo`: inside one byte, or whole bytes from bit 0."""
        self.width, self.shift = 8, 0
        match = re.fullmatch(r"(\d+):(\d+)", self.row["bits"])
        high, low = (int(match[1]), int(match[2])) if match else (0, 1)
        if high < low or (high > 7 and (low or (high + 1) % 8)) or high >= 1024:
            self.row.bad(f"bad bits '{self.row['bits']}'")
            return
        self.width, self.shift = high - low + 1, low
        want = WIDTHS.get(self.kind)
        if want and self.width != want:
            self.row.bad(f"{self.kind} is {want} bits wide, not {self.width}")
        if self.kind in ("text", "bytes") and self.width % 8:
            self.row.bad(f"{self.kind} needs whole bytes")
        if self.kind in ("uint", "sint", "uintle", "code") and self.width > 64:
            self.row.bad(f"{self.kind} is at most 64 bits wide")

    def _sum(self):
        match = re.fullmatch(r"(\d+)-(\d+)", self.row["codes"])
        first, last = (int(match[1]), int(match[2])) if match else (1, 0)
        base = self.slot.base if self.slot else 0
        if not base <= first <= last <= base + 127:
            self.row.bad(f"bad range '{self.row['codes']}' of a sum")
        elif first <= self.byte <= last:
            self.row.bad("a sum does not cover itself")
        self.sum_first, self.sum_last = first, last

    def _reset(self):
        self.reset = self.row.number("reset", -INT32_MAX - 1, INT32_MAX, None)
        if self.reset is None:
            return
        if self.kind in ("text", "bytes", "reserved"):
            self.row.bad(f"{self.kind} has no reset")
            self.reset = None
            return
        low, high = 0, (1 << self.width) - 1
        if self.kind == "sint":
            low, high = -(1 << self.width - 1), (1 << self.width - 1) - 1
        if not low <= self.reset <= high:
            self.row.bad(f"reset {self.reset} does not fit {self.width} bits")
            self.reset = None

    def places(self):
        """(first bit in the slot, lane) of every lane; bit = 8 * byte + shift."""
        for lane in range(self.lanes):
            k = {"": lane, "swap": lane ^ 1, "down": self.lanes - 1 - lane}[self.order]
            yield 8 * (self.byte - self.slot.base) + self.shift + k * self.stride, lane

    def claim(self):
        """Check the field against its slot and its neighbours, and paint the masks."""
        if not self.row.sound:
            return
        if self.lanes > 1 and self.width > self.stride:
            self.row.bad(f"lanes of '{self.name}' overlap: stride {self.stride} is below its "
                         f"width {self.width}")
            return
        for bit, lane in self.places():
            if bit < 0 or bit + self.width > 1024:
                self.row.bad(f"lane {lane} of '{self.name}' lies outside slot {self.slot.name}")
                return
            if bit % 8 + self.width > 8 and (bit % 8 or self.width % 8):
                self.row.bad(f"lane {lane} of '{self.name}' straddles a byte boundary")
                return
            for at in range(bit, bit + self.width):
                other = self if self.overlay else self.slot.owner.setdefault(at, self)
                if other is not self:
                    self.row.bad(f"'{self.name}' overlaps '{other.name}' at byte "
                                 f"{at // 8 + self.slot.base} bit {at % 8}")
                    return
                self._paint(at)
            self._power_on(bit)

    def _paint(self, at):
        mask = 1 << at % 8
        if self.access in WRITABLE and self.kind != "reserved":
            self.slot.wr[at // 8] |= mask
        if self.access == "cor":
            self.slot.cor[at // 8] |= mask

    def _power_on(self, bit):
        """Put the reset value at `bit` of the power-on image."""
        if not self.reset:
            return
        raw = self.reset & ((1 << self.width) - 1)
        size = (self.width + 7) // 8
        order = "little" if self.kind == "uintle" else "big"
        for i, byte in enumerate((raw << (bit % 8 if size == 1 else 0)).to_bytes(size, order)):
            self.slot.reset[bit // 8 + i] |= byte

    def resolve(self, fields, tables):
        """Check the names a row gives: by, need, codes."""
        row = self.row
        self.by = self._reference("by", fields)
        self.need = self._reference("need", fields)
        if self.by is not None:
            by = self.by
            if by.kind != "code" or not any(c.num for c in tables.get(by.row["codes"], ())):
                row.bad(f"by '{by.name}' is no code field with numbers")
        if self.need is not None and self.need.kind != "bool":
            row.bad(f"need '{self.need.name}' is no bool")
        self.table = "LW_CODES_NONE"
        if self.kind == "code":
            if row["codes"] in tables:
                self.table = codes.enumerator(row["codes"])
            else:
                row.bad(f"unknown codes '{row['codes']}'")
        elif row["codes"] and self.kind != "sum":
            row.bad(f"codes on a {self.kind}")

    def _reference(self, column, fields):
        name = self.row[column]
        if not name:
            return None
        if name not in fields:
            self.row.bad(f"{column} '{name}' names no field")
            return None
        return fields[name]


class Map:
    def __init__(self, name, slots, path, tables, complaints):
        self.name = name
        self.slots = slots
        by_slot = {s.name: s for s in slots}
        self.fields = []
        names = {}
        for row in rows.read(path, COLUMNS, complaints):
            field = Field(row, len(self.fields), by_slot)
            if field.name in names:
                row.bad(f"duplicate name '{field.name}', first in line {names[field.name].row.line}")
            else:
                names[field.name] = field
            if field.name in ("n", "slots") or field.name.startswith("slot_"):
                row.bad(f"name '{field.name}' is taken by the generator")
            self.fields.append(field)
        for field in self.fields:
            field.resolve(names, tables)
            field.claim()

    def prefix(self):
        return f"LW_{self.name.upper()}_"

    def map_id(self):
        return f"LW_MAP_{self.name.upper()}"


def load(directory, codes_path, complaints):
    tables = codes.load(codes_path, complaints)
    slots = {name: [] for name in MAPS}
    path = os.path.join(directory, "slots.csv")
    for row in rows.read(path, SLOT_COLUMNS, complaints):
        name = row.one_of("map", MAPS)
        if name:
            slot = Slot(row, len(slots[name]))
            if any(s.name == slot.name for s in slots[name]):
                row.bad(f"duplicate slot '{slot.name}'")
            slots[name].append(slot)
    return [Map(name, slots[name], os.path.join(directory, f"{name}.csv"), tables, complaints)
            for name in MAPS], tables


def header(maps):
    lines = [rows.banner("maps.py"), "#ifndef LW_MAP_IDS_H", "#define LW_MAP_IDS_H", ""]
    for m in maps:
        lines += [f"/** Slots of {m.name}. */", f"enum lw_{m.name}_slot {{"]
        lines += [f"\t{m.prefix()}SLOT_{s.ident()}, /**< {s.doc} */" for s in m.slots]
        lines += [f"\t{m.prefix()}SLOTS,", "};", "", f"/** Fields of {m.name}. */",
                  f"enum lw_{m.name}_id {{"]
        lines += [f"\t{m.prefix()}{f.name.upper()}," for f in m.fields]
        lines += [f"\t{m.prefix()}N,", "};", ""]
    most = max(len(m.slots) for m in maps)
    lines += ["/** Slots of the map that has most. */", f"#define LW_SLOTS_MAX {most}", "",
              "#endif", ""]
    return "\n".join(lines)


def source_field(m, f):
    row = f.row
    by = f.by.id if f.by else -1
    need = f.need.id if f.need else -1
    text = ", ".join(rows.c_string(t) for t in (f.unit, row["since"], row["conf"], row["doc"],
                                                row["ref"]))
    return (f"\t{{{rows.c_string(f.name)}, {rows.c_string(row['std'])}, {f.id}, {m.map_id()}, "
            f"{f.slot.index}, {f.byte}, {f.shift}, {f.width}, {f.lanes}, {ORDERS[f.order]}, "
            f"{f.stride}, {KINDS[f.kind]}, {ACCESS[f.access]}, {f.table}, {f.num}, {f.den}, "
            f"{by}, {need}, {f.sum_first}, {f.sum_last}, {f.reset or 0}, {text}}},")


def source(maps):
    lines = [rows.banner("maps.py"), "/* clang-format off */", '#include "map-tables.h"', ""]
    for m in maps:
        lines.append(f"static const struct lw_slot {m.name}_slots[] = {{")
        for s in m.slots:
            lines.append(f'\t{{{rows.c_string(s.name)}, 0x{s.i2c:02x}, 0x{s.page:02x}, '
                         f'{str(s.upper).lower()}, {str(s.banked).lower()},\n'
                         f"\t {rows.c_bytes(s.wr)},\n\t {rows.c_bytes(s.cor)},\n"
                         f"\t {rows.c_bytes(s.reset)}}},")
        lines += ["};", "", f"static const struct lw_field {m.name}_fields[] = {{"]
        lines += [source_field(m, f) for f in m.fields]
        lines += ["};", "", "/* ids in the order of their names */",
                  f"static const uint16_t {m.name}_by_name[] = {{"]
        lines += [f"\t{f.id}," for f in sorted(m.fields, key=lambda f: f.name)]
        lines += ["};", ""]
    lines.append("const struct lw_map_table lw_map_tables[LW_MAP_N] = {")
    for m in maps:
        lines.append(f"\t[{m.map_id()}] = {{{m.name}_fields, {len(m.fields)}, {m.name}_slots, "
                     f"{len(m.slots)}, {m.name}_by_name}},")
    lines += ["};", ""]
    return "\n".join(lines)


def md(text):
    """Text as one cell of a Markdown table."""
    return re.sub(r"([\\|<>*_`\[\]])", r"\\\1", text)


def md_scale(f):
    parts = []
    if (f.num, f.den) != (1, 1):
        parts.append(str(f.num) if f.den == 1 else f"{f.num}/{f.den}")
    if f.by:
        parts.append(f"`{f.by.name}`")
    return " ".join([" x ".join(parts), f.unit]).strip()


def md_meaning(f):
    parts = [md(f.row["doc"])]
    if f.kind == "code":
        parts.append(f"[{md(f.row['codes'])}](codes.md#{f.row['codes']})")
    if f.kind == "sum":
        parts.append(f"covers {f.row['codes']}")
    if f.need:
        parts.append(f"if `{f.need.name}`")
    if f.reset is not None:
        parts.append(f"power-on {f.reset}")
    if f.row["since"]:
        parts.append(f"since {f.row['since']}")
    if f.row["conf"] != "high":
        parts.append(f"{f.row['conf']} confidence")
    return "; ".join(parts)


def markdown(m):
    lines = [f"<!-- Generated by gen/maps.py from data/maps/{m.name}.csv; do not edit. -->",
             f"# Registers of {m.name}", "",
             "Addresses are byte addresses 0-255; bits count from 0, the least significant. "
             "Lanes count from 1. Fields wider than a byte start with the most significant byte "
             "unless their kind is uintle. Reserved bits are left out.", ""]
    for s in m.slots:
        fields = [f for f in m.fields if f.slot is s and f.kind != "reserved"]
        lines += [f"## {s.name}: {s.doc}", "",
                  f"I2C address {s.i2c:02X}h, " + (f"page {s.page:02X}h, bytes 128-255"
                                                   if s.upper else "bytes 0-127")
                  + (", one per bank of 8 lanes." if s.banked else "."), ""]
        if not fields:
            continue
        lines += ["| name | standard | address | bits | lanes | kind | access | unit | meaning "
                  "| reference |", "|" + " --- |" * 10]
        for f in fields:
            last = max(b + f.width - 1 for b, _ in f.places()) // 8 + s.base
            address = str(f.byte) if last == f.byte else f"{f.byte}-{last}"
            cells = [f"`{f.name}`", md(f.row["std"]), address, f.row["bits"],
                     str(f.lanes) if f.lanes > 1 else "", f.kind, f.access, md_scale(f),
                     md_meaning(f), md(f.row["ref"])]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def markdown_codes(tables):
    lines = ["<!-- Generated by gen/maps.py from data/codes.csv; do not edit. -->",
             "# Code tables", ""]
    for name, table in tables.items():
        lines += [f"## {name}", "", "| code | hex | meaning | number | reference |",
                  "|" + " --- |" * 5]
        for c in table:
            one = c.first == c.last
            cells = [str(c.first) if one else f"{c.first}-{c.last}",
                     f"{c.first:02X}h" if one else f"{c.first:02X}h-{c.last:02X}h",
                     md(c.name), c.row["num"], md(c.ref)]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def roff(text):
    """Text as a line of its own: no escapes, no requests."""
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[0] in ".'" else text


def man_field(f):
    """One entry: name and place, then what the field is."""
    last = max(b + f.width - 1 for b, _ in f.places()) // 8 + f.slot.base
    place = str(f.byte) if last == f.byte else f"{f.byte}-{last}"
    if f.width < 8:
        top = f.shift + f.width - 1
        place += f".{top}" if f.width == 1 else f".{top}-{f.shift}"
    facts = [f.kind, f.access]
    if f.lanes > 1:
        facts.append(f"{f.lanes} lanes")
    facts += [t for t in (md_scale(f).replace("`", ""), f.row["codes"], f.need and
                          f"if {f.need.name}", f.row["since"] and f"since {f.row['since']}") if t]
    if f.row["conf"] != "high":
        facts.append(f"{f.row['conf']} confidence")
    return [f".It {f.name} {place}", roff(f"{f.row['std']}: {f.row['doc']}."),
            roff(f"{', '.join(facts)}; {f.row['ref']}.")]


def man(maps):
    lines = ['.\\" Generated by gen/maps.py from data/maps; do not edit.',
             '.\\" SPDX-License-Identifier: Apache-2.0', f".Dd {MAN_DATE}",
             ".Dt LANEWISE-FIELDS 7", ".Os", ".Sh NAME", ".Nm lanewise-fields",
             ".Nd register fields of pluggable modules", ".Sh DESCRIPTION",
             "Every register field that", ".Xr lanewise 1",
             "knows, by memory map and page: our name, bytes and bits, the standard's name, meaning,",
             "kind, access, unit, and where it is specified.",
             "Bits count from 0, the least significant; lanes from 1.",
             "Reserved bits are left out.",
             ".Dq lanewise explain", "tells the same of one field, and the meaning of its codes."]
    for m in maps:
        lines.append(f".Sh {m.name.upper()}")
        for s in m.slots:
            fields = [f for f in m.fields if f.slot is s and f.kind != "reserved"]
            if not fields:
                continue
            lines += [f".Ss Page {s.name}", roff(s.doc + "."), ".Bl -tag -width Ds"]
            for f in fields:
                lines += man_field(f)
            lines.append(".El")
    lines += [".Sh SEE ALSO", ".Xr lanewise 1"]
    return "\n".join(lines) + "\n"


def main(argv):
    if len(argv) != 5 or argv[1] not in ("header", "source", "markdown", "man"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    complaints = rows.Complaints()
    maps, tables = load(argv[2], argv[3], complaints)
    complaints.finish()
    if argv[1] == "markdown":
        os.makedirs(argv[4], exist_ok=True)
        for m in maps:
            rows.write(os.path.join(argv[4], f"{m.name}.md"), markdown(m))
        rows.write(os.path.join(argv[4], "codes.md"), markdown_codes(tables))
    else:
        rows.write(argv[4], {"header": header, "source": source, "man": man}[argv[1]](maps))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
