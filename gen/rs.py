#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the divisions that the sliced Reed-Solomon back ends make (docs/design/phy.md).

usage: gen/rs.py OUTPUT

The value of a binary polynomial at a root depends on its remainder by any multiple of the root's
minimal polynomial. For each odd power below 30 one sparse multiple is listed here; from it follow
the delays of the division and the linear map from the last quotient bits to the value.
"""
import sys

FIELD = 0x409  # x^10 + x^3 + 1, IEEE 802.3 clause 91.5.2.7

# Odd power of the root: exponents of the multiple. Found by trying all with at most five terms and
# degree 26: few terms, then a long way from the highest to the next (a quotient bit is needed that
# many places later), then a low degree (the last quotient bits stay in registers).
MULTIPLES = {
    1: (10, 3, 0),
    3: (10, 3, 2, 1, 0),
    5: (19, 12, 6, 2, 0),
    7: (24, 17, 13, 10, 0),
    9: (19, 10, 8, 2, 0),
    11: (24, 15, 0),
    13: (23, 7, 0),
    15: (15, 6, 5, 3, 0),
    17: (13, 4, 0),
    19: (16, 7, 5, 2, 0),
    21: (16, 6, 3, 1, 0),
    23: (10, 4, 3, 1, 0),
    25: (16, 8, 4, 3, 0),
    27: (22, 10, 9, 6, 0),
    29: (19, 11, 9, 7, 0),
}

EXP = [1]
while len(EXP) < 1023:
    x = EXP[-1] << 1
    EXP.append(x ^ FIELD if x & 1024 else x)


def check(power, multiple):
    total = 0
    for e in multiple:
        total ^= EXP[power * e % 1023]
    assert total == 0, power


def delays(multiple):
    """How many places back the quotient bits lie that the next one takes, the degree left out."""
    ret = sorted((multiple[0] - t for t in multiple[1:-1]), reverse=True)
    assert len(ret) <= 3
    return ret + [0] * (3 - len(ret))


def values(power, multiple):
    """What each of the last `degree` quotient bits, latest first, adds to the value at the root."""
    degree, taps = multiple[0], multiple[1:]
    ret = []
    for i in range(degree):
        v = 0
        for t in taps:
            if t + i < degree:
                v ^= EXP[(power * (i + t - degree)) % 1023]
        ret.append(v)
    return ret


def xor_of(terms):
    terms = list(terms)
    while len(terms) > 2:
        terms = [f"vec_xor3({', '.join(terms[:3])})"] + terms[3:]
    return f"vec_xor({', '.join(terms)})" if len(terms) == 2 else terms[0]


def write(f):
    rows = {j: i for i, j in enumerate(MULTIPLES)}
    f.write("/* Made by gen/rs.py. */\n\n")
    f.write("/* X(row, odd power of the root, degree, three delays: 0 for none) */\n")
    f.write("#define RS_CLASSES(X) \\\n")
    for j, m in MULTIPLES.items():
        check(j, m)
        f.write(f"\tX({rows[j]}, {j}, {m[0]}, {', '.join(map(str, delays(m)))}) \\\n")
    f.write("\n")
    for j, m in MULTIPLES.items():
        v = values(j, m)
        f.write(f"static inline void value_{rows[j]}(const vec *q, vec f[10])\n{{\n")
        for i in range(m[0]):
            f.write(f"\tvec q{i} = q[{m[0] - 1 - i}];\n")
        f.write("\n")
        for bit in range(10):
            f.write(f"\tf[{bit}] = "
                    f"{xor_of(f'q{i}' for i in range(m[0]) if v[i] >> bit & 1)};\n")
        f.write("}\n\n")


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        write(f)


if __name__ == "__main__":
    main()
