#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gen/rules.py: the tables in data/ are taken, bad rows are refused with file and line."""
import csv
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
GEN = ROOT / "gen" / "rules.py"
TABLES = ("lanes", "rules", "channels", "elements", "media", "losses", "fec", "levels",
          "fec-lanes")
LANES = "rate_mbps,baud_kbd,modulation,fec,conf,ref\n"
RULES = "name,asks,why,example,remedy,limit,far,ref\n"
CHANNELS = "pmd,il_om1_db,il_om2_db,il_om3_db,il_om4_db,il_om5_db,il_os2_db,copper_m,conf,ref\n"
LOSSES = "kind,name,low_nm,high_nm,db,conf,ref\n"
ELEMENTS = "name,max_db,typ_db,min_db,doc,conf,ref\n"
LEVELS = "pmd,tx_min_dbm,tx_max_dbm,rx_min_dbm,rx_max_dbm,conf,ref\n"
FEC_LANES = "fec,lane_mbps,max_lanes,conf,ref\n"
MEDIA = "part,kind,standard_m,longest_m,ns_m,diameter_mm,bend_mm,cost,weight,emi,conf,ref\n"
FEC = "name,n,k,t,symbol_bits,payload_bytes,ber_limit,conf,ref\n"

BAD = [  # table, text, line, what the message says
    ("lanes", "rate,baud\n", 1, "columns are rate,baud, not rate_mbps"),
    ("lanes", "", 1, "columns are"),
    ("lanes", LANES, 1, "no rows"),
    ("lanes", LANES + "10000,10312500,NRZ,none,high\n", 2, "5 cells, not 6"),
    ("lanes", LANES + "10G,10312500,NRZ,none,high,x\n", 2, "'10G' is no whole number"),
    ("lanes", LANES + "0,10312500,NRZ,none,high,x\n", 2, "'0' is no whole number 1-"),
    ("lanes", LANES + "10000,1,QAM,none,high,x\n", 2, "'QAM' is none of NRZ, PAM4"),
    ("lanes", LANES + "10000,1,NRZ,none,sure,x\n", 2, "'sure' is none of high, medium, low"),
    ("lanes", LANES + "10000,1,NRZ,none,high,\n", 2, "column ref is empty"),
    ("lanes", LANES + "1,1,NRZ,none,high,x\n\n1,2,NRZ,none,high,x\n", 4, "1 is also in line 2"),
    ("rules", RULES + "a,b?,c,d,e,,,f\na,b?,c,d,e,,,f\n", 3, "a is also in line 2"),
    ("rules", RULES + "a,,c,d,e,,,f\n", 2, "column asks is empty"),
    ("rules", RULES + "a,b?,c,d,e,often,,f\n", 2, "'often' is no number"),
    ("channels", CHANNELS + "X,,,,,,101,,high,r\n", 2, "101 lies outside 0-100"),
    ("channels", CHANNELS + "X,,,,,,-1,,high,r\n", 2, "-1 lies outside 0-100"),
    ("channels", CHANNELS + ",,,,,,1,,high,r\n", 2, "column pmd is empty"),
    ("elements", ELEMENTS + "x,0.3,0.4,0,d,high,r\n", 2, "typ_db must be given and at most max_db"),
    ("elements", ELEMENTS + "x,0.3,,0,d,high,r\n", 2, "typ_db must be given"),
    ("elements", ELEMENTS + "x,0.3,0.2,0.25,d,high,r\n", 2, "min_db must be given and at most typ_db"),
    ("levels", LEVELS + "X,1,0,,,high,r\n", 2, "tx_min_dbm must be below tx_max_dbm"),
    ("levels", LEVELS + "X,,x,,,high,r\n", 2, "'x' is no number"),
    ("fec-lanes", FEC_LANES + "none,10000,17,high,r\n", 2, "'17' is no whole number 1-16"),
    ("media", MEDIA + "x,WIRE,,1,,,,,,,high,r\n", 2, "'WIRE' is none of DAC"),
    ("media", MEDIA + "x,DAC,,,,,,,,,high,r\n", 2, "column longest_m is empty"),
    ("losses", LOSSES + "bend,any,800,900,1,high,r\n", 2, "'bend' is none of fibre, least, mated"),
    ("losses", LOSSES + "fibre,OM4,800,x,1,high,r\n", 2, "'x' is no whole number"),
    ("fec", FEC + "X,544,514,14,10,640,1e-4,high,r\n", 2, "n - k is not 2 t"),
    ("fec", FEC + "X,544,514,15,9,640,1e-4,high,r\n", 2, "n symbols have no field"),
    ("fec", FEC + "X,544,514,15,10,640,0.6,high,r\n", 2, "0.6 lies outside 0-0.5"),
]

done = failed = 0


def result(ok, name, why=""):
    global done, failed
    done += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {done} - {name}")
    if not ok:
        print("#", why)


def run(name, path, out):
    return subprocess.run([sys.executable, GEN, name, path, out], capture_output=True, text=True,
                          check=False)


def table(name):
    with open(ROOT / "data" / f"{name}.csv", newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def main():
    print(f"1..{len(TABLES) + len(BAD) + 5}")
    with tempfile.TemporaryDirectory() as tmp:
        out, bad = pathlib.Path(tmp) / "out.c", pathlib.Path(tmp) / "bad.csv"
        for name in TABLES:
            r = run(name, ROOT / "data" / f"{name}.csv", out)
            result(r.returncode == 0 and out.read_text().count("\n\t{") > 3, f"{name}_is_taken",
                   r.stderr)
        out.unlink()
        for i, (name, text, line, says) in enumerate(BAD):
            bad.write_text(text)
            r = run(name, bad, out)
            result(r.returncode == 1 and r.stderr.startswith(f"{bad}:{line}: error: ")
                   and says in r.stderr and not out.exists(),
                   f"bad_{name}_{i}_is_refused_at_its_line", r.stderr)
    pmds = {line.split(",")[0] for line in (ROOT / "data/pmds.csv").read_text().splitlines()}
    rows = (ROOT / "data/channels.csv").read_text().splitlines()[1:]
    strange = [name for name in (row.split(",")[0] for row in rows) if name not in pmds]
    result(not strange, "channels_name_catalogued_pmds", ", ".join(strange))
    strange = [r["pmd"] for r in table("levels") if r["pmd"] not in pmds]
    result(not strange, "levels_name_catalogued_pmds", ", ".join(strange))
    parts = {r["name"]: r for r in table("parts")}
    media = {r["part"]: r for r in table("media")}
    strange = [name for name in media if name not in parts and name not in ("optics", "LPO")]
    result(not strange, "media_name_catalogued_parts", ", ".join(strange))
    bare = [name for name, r in parts.items() if r["far"] and name not in media]
    result(not bare, "every_cable_has_its_media_row", ", ".join(bare))
    # two files speak of one thing: the formulas of phy and the budget of link must not differ
    loss = {r["kind"]: r["db"] for r in table("losses") if r["kind"] not in ("fibre", "least")}
    most = {r["name"]: r["max_db"] for r in table("elements")}
    result(all(float(most[k]) == float(v) for k, v in loss.items()), "elements_agree_with_losses",
           f"{loss} {most}")
    return 1 if failed else 0


sys.exit(main())
