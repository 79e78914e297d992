#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spoil one cell of the catalogue at a time and see that gen/catalog.py names file, line and fault.

test-generator.py SOURCE-ROOT        (TAP on standard output)
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

# case, file, row by the cells that identify it, column, spoilt value, what must be said
CASES = (
    ("conf_unknown_is_refused", "pmds", {"name": "400GBASE-DR4"}, "conf", "certain",
     "unknown conf 'certain'"),
    ("ref_empty_is_refused", "wires", {"wire": "30AWG", "freq_mhz": "5000"}, "ref", "",
     "ref is empty"),
    ("pmd_rate_far_from_lanes_is_refused", "pmds", {"name": "400GBASE-DR4"}, "baud_kbd",
     "26562500", "4 x 26562500 kBd x 2 bits is 212500 Mb/s, far from 400000"),
    ("pmd_wave_backwards_is_refused", "pmds", {"name": "400GBASE-DR4"}, "waves", "1317.5-1304.5",
     "wave window '1317.5-1304.5' is no window of 600-1700 nm"),
    ("pmd_wave_in_micrometres_is_refused", "pmds", {"name": "400GBASE-DR4"}, "waves", "1.3-1.31",
     "wave window '1.3-1.31' is no window of 600-1700 nm"),
    ("pmd_split_unknown_is_refused", "pmds", {"name": "400GBASE-DR4"}, "splits", "4x100GBASE-D",
     "split '4x100GBASE-D' is not COUNTxPMD of pmds.csv"),
    ("pmd_split_of_other_lanes_is_refused", "pmds", {"name": "400GBASE-DR4"}, "splits",
     "2x100GBASE-DR", "split '2x100GBASE-DR' does not use up the lanes"),
    ("pmd_split_of_other_rate_is_refused", "pmds", {"name": "400GBASE-SR4"}, "splits",
     "4x50GBASE-SR", "split '4x50GBASE-SR' changes the lane rate"),
    ("pmd_connector_unknown_is_refused", "pmds", {"name": "400GBASE-DR4"}, "connector", "MPO",
     "connector 'MPO' is not in connectors.csv"),
    ("pmd_twice_is_refused", "pmds", {"name": "400GBASE-FR4"}, "name", "400GBASE-DR4",
     "400GBASE-DR4 stands twice, first in line "),
    ("interface_twice_is_refused", "interfaces", {"table": "sff8024_smf", "code": "0x1d"}, "code",
     "28", "sff8024_smf 28 stands twice, first in line "),
    ("interface_table_unknown_is_refused", "interfaces", {"table": "sff8024_smf", "code": "0x1c"},
     "table", "sff8024_fibre", "unknown table 'sff8024_fibre'"),
    ("interface_code_beyond_byte_is_refused", "interfaces",
     {"table": "sff8024_smf", "code": "0x1c"}, "code", "0x11c", "code 0x11c is not in 0..255"),
    ("interface_pmd_unknown_is_refused", "interfaces", {"table": "sff8024_smf", "code": "0x1c"},
     "pmd", "400GBASE-DR5", "pmd '400GBASE-DR5' is not in pmds.csv"),
    ("interface_host_unknown_is_refused", "interfaces", {"table": "sff8024_ext", "code": "0x02"},
     "host", "0x24", "host 0x24 is no code of sff8024_host in interfaces.csv"),
    ("fit_form_unknown_is_refused", "fits", {"plug": "QSFP28", "cage": "OSFP"}, "cage", "OSFP2",
     "cage 'OSFP2' is not in forms.csv"),
    ("fit_adapter_missing_is_refused", "fits", {"plug": "QSFP28", "cage": "OSFP"}, "adapter", "",
     "adapter must be named exactly if fit is 'adapter'"),
    ("fit_no_with_lanes_is_refused", "fits", {"plug": "OSFP", "cage": "QSFP28"}, "lanes", "4",
     "lanes must be 0 exactly if fit is 'no'"),
    ("form_classes_falling_are_refused", "forms", {"name": "QSFP28"}, "class_w", "2.0;1.5",
     "class_w must rise and hold 7 at most"),
    ("cord_lanes_uneven_are_refused", "cords", {"name": "hydra-mpo12-4lc"}, "legs", "3",
     "3 legs of 1 lanes are not 4 lanes"),
    ("threshold_order_is_checked", "thresholds", {"name": "100GBASE-SR4"},
     "temp_high_warning_degc", "80",
     "temp: levels must be low alarm <= warning < warning <= high alarm"),
    ("threshold_half_stated_is_refused", "thresholds", {"name": "100GBASE-SR4"},
     "tx_low_alarm_dbm", "", "tx: all four levels or none"),
    ("wire_frequency_falling_is_refused", "wires", {"wire": "30AWG", "freq_mhz": "7000"},
     "freq_mhz", "4000", "freq_mhz must rise"),
    ("preset_field_unknown_is_refused", "presets", {"map": "cmis", "field": "memory_model"},
     "field", "memory_modell", "field 'memory_modell' is not in maps/cmis.csv"),
    ("part_form_unknown_is_refused", "parts", {"name": "OSFP-800G-DR8"}, "form", "OSFP800",
     "form 'OSFP800' is not in forms.csv"),
    ("part_far_unknown_is_refused", "parts", {"name": "DAC-OSFP-2xQSFP112"}, "far", "nothing",
     "far 'nothing' is not in parts.csv"),
    ("part_far_lanes_too_many_are_refused", "parts", {"name": "DAC-OSFP-2xQSFP112"}, "far_n", "3",
     "the far ends have more lanes than OSFP"),
    ("part_wire_unknown_is_refused", "parts", {"name": "DAC-OSFP-800G"}, "wire", "28AWG",
     "wire '28AWG' is not in wires.csv"),
    ("part_power_not_a_number_is_refused", "parts", {"name": "DAC-OSFP-800G"}, "power_w", "0,1",
     "power_w '0,1' is no number"),
    ("part_power_nan_is_refused", "parts", {"name": "DAC-OSFP-800G"}, "power_w", "nan",
     "power_w nan is not in 0..63.75"),
    ("part_duration_beyond_code_is_refused", "parts", {"name": "OSFP-800G-DR8"}, "dur_dp_init",
     "16", "dur_dp_init 16 is not in 0..15"),
    ("app_part_unknown_is_refused", "part-apps", {"part": "OSFP-800G-DR8", "media_id": "0x1c"},
     "part", "OSFP-800G-DR9", "part 'OSFP-800G-DR9' is not in parts.csv"),
    ("app_media_code_unknown_is_refused", "part-apps",
     {"part": "OSFP-800G-DR8", "media_id": "0x1c"}, "media_id", "0x93",
     "media_id 0x93 is no code of sff8024_smf in interfaces.csv"),
    ("app_lanes_against_code_are_refused", "part-apps",
     {"part": "OSFP-800G-DR8", "media_id": "0x1c"}, "media_lanes", "2",
     "media_lanes 2, but the interface has 4"),
    ("app_beyond_last_lane_is_refused", "part-apps",
     {"part": "OSFP-800G-DR8", "media_id": "0x1c"}, "host_assign", "0x21",
     "host_assign reaches beyond the 8 lanes of OSFP"),
    ("app_unpaired_assignment_is_refused", "part-apps",
     {"part": "OSFP-800G-DR8", "media_id": "0x1c"}, "media_assign", "0x01",
     "host_assign and media_assign do not pair up"),
)


def spoil(path, key, column, value):
    """Write `value` into one cell; returns the line number of its row."""
    with open(path, newline="", encoding="utf-8") as stream:
        table = list(csv.reader(stream))
    header = table[0]
    for line, cells in enumerate(table[1:], 2):
        if all(cells[header.index(k)] == v for k, v in key.items()):
            cells[header.index(column)] = value
            break
    else:
        raise SystemExit(f"Bail out! {path} has no row {key}")
    with open(path, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(table)
    return line


def generate(root, data, out):
    command = [sys.executable, "-B", os.path.join(root, "gen", "catalog.py"), data, out]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_case(root, work, case):
    """None if the generator says what it must, else what it said."""
    _, name, key, column, value, expected = case
    data = os.path.join(work, "data")
    out = os.path.join(work, "out.c")
    shutil.copytree(os.path.join(root, "data"), data)
    try:
        path = os.path.join(data, f"{name}.csv")
        line = spoil(path, key, column, value)
        done = generate(root, data, out)
        if done.returncode == 0 or os.path.exists(out):
            return "accepted"
        if f"{path}:{line}: error: {expected}" not in done.stderr:
            return done.stderr.replace(work, "")
        return None
    finally:
        shutil.rmtree(data)
        if os.path.exists(out):
            os.remove(out)


def main(root):
    failed = False
    print(f"1..{len(CASES) + 1}")
    with tempfile.TemporaryDirectory() as work:
        done = generate(root, os.path.join(root, "data"), os.path.join(work, "whole.c"))
        good = done.returncode == 0 and not done.stderr
        print("ok" if good else "not ok", "1 - data_as_it_stands_is_accepted")
        failed |= not good
        for number, case in enumerate(CASES, 2):
            problem = run_case(root, work, case)
            failed |= problem is not None
            print("not ok" if problem else "ok", number, "-", case[0])
            for text in (problem or "").splitlines():
                print("#", text)
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
