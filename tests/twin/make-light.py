#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print tests/twin/light.csv: what reaches a receiver, worked out by hand from data/.

Not part of the build. Nothing is taken from src/: levels, noises and errors are computed here one by
one with mpmath. Run it again when data/light.csv, lasers.csv, losses.csv or twin.csv change, and
look at what moved.
"""
import csv
import pathlib

from mpmath import erfc, exp, log10, mp, mpf, nstr, sqrt

mp.dps = 40
DATA = pathlib.Path(__file__).resolve().parents[2] / "data"


def table(name, key):
    with open(DATA / name, newline="", encoding="utf-8") as f:
        return {r[key]: r for r in csv.DictReader(f)}


LIGHT, LASER = table("light.csv", "pmd"), table("lasers.csv", "name")
TWIN, PMD = table("twin.csv", "name"), table("pmds.csv", "name")
FEC = table("fec.csv", "name")


def num(name):
    return mpf(TWIN[name]["value"])


def dec(db):
    return mpf(10) ** (mpf(db) / 10)


def tail(q):
    return erfc(q / sqrt(2)) / 2


def ber_of_snr(snr, pam4):
    if not pam4:
        return tail(sqrt(snr))
    q = sqrt(snr / 5)
    return 3 * tail(q) / 4 + tail(3 * q) / 2 - tail(5 * q) / 4


def need(pmd):
    """SNR at which the errors are those that the PMD's code is specified for."""
    limit, pam4 = mpf(FEC[PMD[pmd]["fec"]]["ber_limit"]), PMD[pmd]["modulation"] == "PAM4"
    low, high = mpf(0), mpf(10000)
    for _ in range(150):
        middle = (low + high) / 2
        low, high = (middle, high) if ber_of_snr(middle, pam4) > limit else (low, middle)
    return low


def noises(row, pmd, oma):
    """Signal, shot and intensity noise in A^2, of light of that outer OMA in W."""
    pam4 = PMD[pmd]["modulation"] == "PAM4"
    hz = mpf(PMD[pmd]["baud_kbd"]) * 1000 * num("bandwidth_pam4" if pam4 else "bandwidth_nrz")
    resp = num("responsivity_mmf" if PMD[pmd]["medium"] == "MMF" else "responsivity_smf")
    er = dec(row["er_db"])
    low = oma / (er - 1)
    n = 4 if pam4 else 2
    level = [resp * (low + oma * i / (n - 1)) for i in range(n)]
    mean = sum(level) / n
    signal = sum((x - mean) ** 2 for x in level) / n
    shot = 2 * mpf("1.602176634e-19") * mean * hz
    # RIN_OMA is against the square of half the OMA of a two-level signal; as all light has it,
    # levels take part by their squares
    half = resp * oma / 2
    two = mean ** 2 + half ** 2
    rin = dec(LASER[row["laser"]]["rin_oma_db_hz"]) * half ** 2 / two
    return signal, shot, rin * hz * (mean ** 2 + signal)


def lane(pmd, dbm):
    """(SNR, BER) of light of that average power in a receiver of its own PMD."""
    row = LIGHT[pmd]
    er = dec(row["er_db"])
    source = 1 / dec(num("snr_source"))
    s, shot, rin = noises(row, pmd, dec(row["sens_oma_dbm"]) / 1000)
    thermal = s * (1 / need(pmd) - source) - shot - rin
    assert thermal > 0, pmd
    oma = 2 * dec(dbm) / 1000 * (er - 1) / (er + 1)
    s, shot, rin = noises(row, pmd, oma)
    # the host's signal goes through a linear transmitter as it is
    sent = source + (1 / dec(num("snr_host")) if row["linear"] == "yes" else 0)
    snr = 1 / ((thermal + shot + rin) / s + sent)
    return snr, ber_of_snr(snr, PMD[pmd]["modulation"] == "PAM4")


def drift(pmd, degc, hours):
    """(bias mA, dB) of a laser held at its power, its current limited."""
    row = LIGHT[pmd]
    kind = LASER[row["laser"]]
    v = {k: mpf(kind[k]) for k in ("threshold_part", "t0_k", "t1_k", "ageing", "ageing_exponent",
                                   "bias_max")}
    nominal, dt = mpf(row["bias_ma"]), mpf(degc) - num("laser_reference")
    threshold = v["threshold_part"] * nominal * exp(dt / v["t0_k"])
    threshold *= 1 + v["ageing"] * (mpf(hours) / 1000) ** v["ageing_exponent"] if hours else 1
    slope = exp(-dt / v["t1_k"]) / ((1 - v["threshold_part"]) * nominal)  # of its power, by mA
    bias = threshold + 1 / slope
    if bias <= v["bias_max"] * nominal:
        return bias, mpf(0)
    bias = v["bias_max"] * nominal
    return bias, 10 * log10((bias - threshold) * slope)


CASES = [  # part, lane's PMD, dB/km, metres, pairs, fault, hours of age
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 500, 2, "", 0),
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 500, 2, "aged", 0),
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 10, 0, "", 0),
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 2000, 6, "", 0),
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 500, 2, "", 50000),
    ("OSFP-800G-DR8", "800GBASE-DR8", "0.4", 500, 2, "", 10000000),
    ("QSFP-DD-400G-FR4", "400GBASE-FR4", "0.47", 2000, 2, "", 0),
    ("QSFP-DD-400G-SR8", "400GBASE-SR8", "3.0", 100, 2, "", 0),
    ("QSFP-DD-400G-SR8", "400GBASE-SR8", "3.0", 100, 4, "", 0),
    ("QSFP28-100G-SR4", "100GBASE-SR4", "3.0", 100, 2, "", 0),
    ("QSFP28-100G-LR4", "100GBASE-LR4", "0.4", 10000, 2, "", 0),
    ("SFP+-10G-SR", "10GBASE-SR", "3.0", 300, 2, "", 0),
    ("SFP+-10G-LR", "10GBASE-LR", "0.4", 10000, 3, "", 0),
    ("SFP28-25G-SR", "25GBASE-SR", "3.0", 100, 6, "", 0),
]


def main():
    power = {r["name"]: mpf(r["power_w"]) for r in csv.DictReader(
        open(DATA / "parts.csv", newline="", encoding="utf-8"))}
    print("part,length_m,pairs,fault,hours,rx_dbm,bias_ma,snr_db,ber,derivation")
    for part, pmd, km, metres, pairs, fault, hours in CASES:
        loss = mpf(km) * metres / 1000 + mpf("0.75") * pairs
        degc = num("air") + power[part] * num("resistance")
        bias, lost = drift(pmd, degc, hours)
        tx = mpf(LIGHT[pmd]["tx_dbm"]) + lost - (num("aged_loss") if fault == "aged" else 0)
        bias *= num("aged_bias") if fault == "aged" else 1
        snr, ber = lane(pmd, tx - loss)
        how = (f"{nstr(tx, 5)} dBm - {metres} m x {km} dB/km - {pairs} x 0.75 dB; "
               f"OMA by ER {LIGHT[pmd]['er_db']} dB; case {nstr(degc, 4)} degC; noise calibrated at "
               f"{LIGHT[pmd]['sens_oma_dbm']} dBm for SNR {nstr(10 * log10(need(pmd)), 5)} dB")
        print(f"{part},{metres},{pairs},{fault},{hours},{nstr(tx - loss, 8)},{nstr(bias, 8)},"
              f"{nstr(10 * log10(snr), 8)},{nstr(ber, 8)},{how}")


main()
