#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print tests/phy/vectors.csv: known answers of the closed formulas, to 60 digits by mpmath.

Not part of the build; nothing here is taken from src/phy. Distributions are summed or integrated
from their definitions: the normal tail by quadrature, binomials by exact integers, Gray coded PAM4
level by level, confidence limits by root finding on the Poisson sum.
"""
from mpmath import (binomial, erfc, exp, expm1, log, log10, log1p, mp, mpf, nstr, pi, quad, sqrt)

mp.dps = 60
ROWS = []


def row(function, args, value, how, tolerance="1e-12"):
    args = [str(a) for a in args] + [""] * (6 - len(args))
    ROWS.append([function, *args, nstr(value, 17) if not isinstance(value, str) else value,
                 tolerance, how])


def root(f, low, high):
    """Where a falling function crosses 0: halving."""
    low, high = mpf(low), mpf(high)
    assert f(low) > 0 > f(high)
    for _ in range(3 * mp.dps):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


def dec(db):
    return mpf(10) ** (mpf(db) / 10)


def db(x):
    return 10 * log10(x)


def tail(x):
    """Normal tail by quadrature, checked against erfc."""
    x = mpf(x)
    s = 1 / max(x, mpf(1))
    v = quad(lambda u: exp(-x * u - u * u / 2), [s * k for k in (0, 1, 3, 8, 20, 50, 140)])
    v *= exp(-x * x / 2) / sqrt(2 * pi)
    assert abs(v / (erfc(x / sqrt(2)) / 2) - 1) < mpf(10) ** -20
    return v


GRAY = {0: (0, 0), 1: (0, 1), 2: (1, 1), 3: (1, 0)}


def between(low, high):
    """Probability of a normal variate between two bounds, neither lost to rounding."""
    if high is not None and high <= 0:
        low, high = -high, None if low is None else -low
    return tail(low) - (mpf(0) if high is None else tail(high))


def pam4(q):
    """(symbol, bit error ratio): every level, every decision."""
    level = [-3, -1, 1, 3]
    edge = [None, -2, 0, 2, None]
    ser = ber = mpf(0)
    for i in range(4):
        for j in range(4):
            if i == j:
                continue
            low, high = (None if e is None else (e - level[i]) * q for e in edge[j:j + 2])
            p = between(low, high) / 4
            ser += p
            ber += p * sum(a != b for a, b in zip(GRAY[i], GRAY[j])) / 2
    return ser, ber


CODES = {"RS(528,514)": (528, 7), "RS(544,514)": (544, 15), "RS(272,258)": (272, 7)}


def weights(code, ber):
    n, t = CODES[code]
    p = 1 - (1 - mpf(ber)) ** 10
    return n, t, p, [binomial(n, k) * p ** k * (1 - p) ** (n - k) for k in range(n + 1)]


def optics():
    row("mw", ["-3.5"], dec("-3.5"), "10^-0.35")
    row("dbm", ["0.25"], db(mpf("0.25")), "10 log10 1/4")
    for p, er in (("1", "3.5"), ("0.4", "6"), ("2.5", "0.1")):
        r = dec(er)
        row("oma", [p, er], 2 * mpf(p) * (r - 1) / (r + 1), "P1+P0=2P; P1/P0=ER; P1-P0")
        row("average", [p, er], mpf(p) * (r + 1) / (r - 1) / 2, "the same solved for P")
    row("er", ["1", "1.2"], db(mpf("1.6") / mpf("0.4")), "levels 1.6 and 0.4 mW")
    row("path", ["5", "1310", "10000", "2", "3"], mpf("0.4") * 10 + 2 * mpf("0.75") + 3 * mpf("0.3"),
        "grade 5 is OS2: 10 km at 0.4; 2 pairs at 0.75; 3 splices at 0.3 dB")
    row("path", ["3", "850", "100", "4", "0"], mpf("0.3") + 3, "grade 3 is OM4: 0.1 km at 3.0; 4 pairs")
    row("path", ["5", "850", "100", "0", "0"], "nan", "no row for single mode fibre at 850 nm")


def snr(m, oma, er, resp, ghz, pa, rin, tx):
    """SNR from the levels themselves."""
    oma, resp, hz = mpf(oma) / 1000, mpf(resp), mpf(ghz) * 10 ** 9
    r = dec(er)
    low = oma / (r - 1)
    n = 2 if m == "1" else 4
    level = [low + oma * i / (n - 1) for i in range(n)]
    mean = sum(level) / n
    signal = sum((x - mean) ** 2 for x in level) / n * resp ** 2
    shot = sum(2 * mpf("1.602176634e-19") * resp * x * hz for x in level) / n
    noise = sum(dec(rin) * hz * (resp * x) ** 2 for x in level) / n
    thermal = (mpf(pa) * mpf(10) ** -12) ** 2 * hz
    return db(1 / ((shot + noise + thermal) / signal + mpf(tx)))


def noise():
    # modulation (1 NRZ, 2 PAM4), OMA mW, ER dB, [receiver]
    for i, (m, oma, er) in enumerate((("1", "0.05", "3.5"), ("2", "0.5", "3.5"), ("2", "1.5", "6"),
                                      ("1", "0.0008", "8"))):
        for j, rec in enumerate((("0.9", "26.5625", "16", "-136", "0.004"),
                                 ("0.55", "19.3", "20", "-128", "0"))):
            row(f"snr{j}", [m, oma, er], snr(m, oma, er, *rec),
                "levels one by one: shot 2qRP, intensity RIN (RP)^2, thermal; R,GHz,pA,RIN,1/SNR "
                + " ".join(rec))
    for q in ("0.5", "1", "2", "3.5", "7.034", "12", "37"):
        s = db(mpf(q) ** 2)
        row("ser", [nstr(s, 20), "1"], tail(q), f"normal tail by quadrature at Q={q}", "1e-11")
        row("ber", [nstr(s, 20), "1"], tail(q), f"as the symbol error ratio; Q={q}", "1e-11")
        s = db(5 * mpf(q) ** 2)
        ser, ber = pam4(mpf(q))
        row("ser", [nstr(s, 20), "2"], ser, f"every level, every decision; Q={q}", "1e-11")
        row("ber", [nstr(s, 20), "2"], ber, f"Gray labels 00 01 11 10; Q={q}", "1e-11")
    for ber in ("2.4e-4", "5e-5", "1e-12", "1e-15", "0.1"):
        q = root(lambda x: erfc(x / sqrt(2)) / 2 - mpf(ber), 0, 20)
        row("ber_snr", [ber, "1"], db(q * q), "root of the normal tail")
        q = root(lambda x: pam4_closed(x) - mpf(ber), 0, 20)
        row("ber_snr", [ber, "2"], db(5 * q * q), "root of the Gray coded sum")
    for q in ("3", "6"):
        for m, n in (("1", 2), ("2", 4)):
            d = 1 + mpf(2 * (n - 1)) / n * exp(-2 * mpf(q) ** 2)
            row("ltp", [nstr(db(mpf(q) ** 2 * (1 if n == 2 else 5)), 20), m],
                db(d / (2 * exp(-mpf(q) ** 2 / 2))), f"normal densities at peaks and valleys; Q={q}")


    for er in ("4.5", "9"):
        r = dec(er)
        mean = (r + 1) / (r - 1)  # of levels 1 and r, half their distance being 1
        squares = ((2 * r / (r - 1)) ** 2 + (2 / (r - 1)) ** 2) / 2
        assert abs(mean ** 2 + 1 - squares) < mpf(10) ** -40
        row("rin", ["-136", er], -136 - db(squares), "mean square of both levels, half OMA is 1")


def pam4_closed(q):
    t = lambda x: erfc(x / sqrt(2)) / 2
    return 3 * t(q) / 4 + t(3 * q) / 2 - t(5 * q) / 4


def fec():
    row("symbol", ["1e-15", "10"], 1 - (1 - mpf("1e-15")) ** 10, "definition")
    row("symbol", ["0.3", "10"], 1 - (1 - mpf("0.3")) ** 10, "definition")
    for code in CODES:
        for ber in ("2.4e-4", "5e-5", "1e-6", "1e-12", "3e-3", "0.05"):
            n, t, p, w = weights(code, ber)
            loss = sum(w[t + 1:])
            how = f"exact binomial, p={nstr(p, 8)}"
            if loss > mpf("1e-300"):
                row("codeword", [code, ber], loss, how, "1e-11")
                row("post", [code, ber],
                    sum(mpf(k) / n * w[k] for k in range(t + 1, n + 1)) * mpf(ber) / p, how, "1e-11")
                payload = 320 if n == 272 else 640
                for inter, length in ((1, 80), (2, 80), (1, 1538)):
                    part = mpf(length % (payload * inter)) / (payload * inter)
                    met = inter * (length // (payload * inter) + 1)
                    row("frame", [code, ber, inter, length],
                        -(1 - part) * expm1(met * log1p(-loss))
                        - part * expm1((met + inter) * log1p(-loss)),
                        "all codewords of the groups that it meets survive", "1e-11")
            for k in (0, 1, t, t + 1, 60):
                if w[k] > mpf("1e-300"):
                    row("weight", [code, ber, k], w[k], how, "1e-11")
    # deep tails, where terms alone come near the smallest double
    for ber, k in (("1e-20", 15), ("1e-20", 16), ("1e-5", 80), ("1e-9", 40)):
        w = weights("RS(544,514)", ber)[3]
        assert mpf("1e-302") < w[k], (ber, k, nstr(w[k], 5))
        row("weight", ["RS(544,514)", ber, k], w[k], "exact binomial, deep tail", "1e-11")


def poisson_upper(errors, c):
    return root(lambda m: sum(exp(-m) * m ** k / mp.factorial(k) for k in range(errors + 1))
                - (1 - mpf(c)), 0, 10 * errors + 20)


def poisson_lower(errors, c):
    return root(lambda m: sum(exp(-m) * m ** k / mp.factorial(k) for k in range(errors))
                - mpf(c), 0, 10 * errors + 20)


def confidence():
    for errors in (0, 1, 3, 10, 200):
        for c in ("0.95", "0.99"):
            row("upper", [errors, "1e12", c], poisson_upper(errors, c) / mpf(10) ** 12,
                "root of the Poisson sum")
            if errors:
                row("lower", [errors, "1e12", c], poisson_lower(errors, c) / mpf(10) ** 12,
                    "root of the Poisson sum")
    row("bits", ["1e-12", "0.95"], -log(mpf("0.05")) / mpf("1e-12"), "ln 20 over the ratio")
    # Wilson and Hilferty beyond 1e5 counts: against the gamma distribution itself
    for errors in (100001, 1000000):
        # log density: sum downwards from the mode, where terms fall by errors/m each
        def missing(m):
            term = total = exp(errors * log(m) - m - mp.loggamma(errors + 1))
            for k in range(errors, errors - 20000, -1):
                term *= k / m
                total += term
            return total - mpf("0.05")

        mp.dps = 30
        m = root(missing, errors + errors ** 0.5, errors + 3 * errors ** 0.5)
        mp.dps = 60
        row("upper", [errors, "1e12", "0.95"], m / mpf(10) ** 12, "root of the Poisson sum, 20000 terms from the largest",
            "1e-9")


def heat():
    row("resistance", ["1.5", "2", "1", "0.2", "0.8"], mpf("1.5") * 2 ** mpf("0.8"), "power law")
    row("resistance", ["1.5", "2", "0", "0.2", "0.8"], mpf("1.5") * 10 ** mpf("0.8"),
        "still air counts as 0.2 m/s")
    row("case", ["30", "12", "1.5", "20", "0.1"], mpf(30 + 18 + 2), "30 + 12 x 1.5 + 20 x 0.1")
    row("air", ["20", "0.002"], mpf(20) / (mpf("1.184") * 1005 * mpf("0.002")), "P/(rho cp V)")
    row("settle", ["30", "50", "60", "60"], 50 - 20 * exp(-1), "one time constant: 1/e is left")
    # laser: ref 25 C, 10 mA, 0.25 mW/mA, T0 60 K, T1 150 K, 0.1 nm/K, 2 %/kh, root, 0.7 eV
    accel = exp(mpf("0.7") / mpf("8.617333262e-5") *
                (1 / mpf("298.15") - 1 / mpf("328.15")))
    row("laser_hours", ["1000", "55"], 1000 * accel, "Arrhenius at 0.7 eV")
    ith = 10 * exp(mpf(30) / 60) * (1 + mpf("0.02") * sqrt(mpf(9)))
    slope = mpf("0.25") * exp(-mpf(30) / 150)
    row("laser_threshold", ["55", "9000"], ith, "10 e^(30/60) (1 + 0.02 sqrt 9)")
    row("laser_slope", ["55"], slope, "0.25 e^(-30/150)")
    row("laser_bias", ["2", "55", "9000"], ith + 2 / slope, "threshold + P/slope")
    row("laser_power", ["40", "55", "9000"], (40 - ith) * slope, "slope (I - threshold)")
    row("laser_drift", ["55"], mpf(3), "30 K x 0.1 nm/K")


def main():
    optics()
    noise()
    fec()
    confidence()
    heat()
    print("function,a,b,c,d,e,f,expected,tolerance,derivation")
    for r in ROWS:
        print(",".join('"%s"' % c if "," in c else c for c in r))


main()
