#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lanewise phy prbs and fec as their users meet them, beside slow ways written here. Prints TAP.

usage: test-phy.py LANEWISE ROOT
"""
import decimal
import hashlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import zlib

import tap

LANEWISE = sys.argv[1]

# name: exponents, inverted
REGISTERS = {
    "prbs7": ((7, 6), 0), "prbs9": ((9, 5), 0), "prbs11": ((11, 9), 0),
    "prbs13": ((13, 12, 2, 1), 0), "prbs15": ((15, 14), 0), "prbs23": ((23, 18), 0),
    "prbs31": ((31, 28), 1),
}
GRAY = {(0, 0): "0", (0, 1): "1", (1, 1): "2", (1, 0): "3"}
# Of IEEE's machine-readable extract SSPRQ_sequence.csv: its 65535 symbols as bytes 0 to 3.
SSPRQ_SHA256 = "f17f5effb8e68863e5355258186456e1c3b3c48b5519c1a0c46dac855fae3582"
# Of the PRBS13Q of the COM reference script (IEEE 802.3 working group, release 4.16), 4095 symbols
# as digits.
PRBS13Q_COM_SHA256 = "7b18e164d4d8b13c80c5db3955f86dbb1b097a24ffc937585d755f9b7b2ad81f"


def run(*args, stdin=None):
    return subprocess.run([LANEWISE, "phy", *args], input=stdin, capture_output=True, timeout=250,
                          check=False)


def expect(done, status, one_line=False):
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    if one_line:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
    return done.stdout


def slow_bits(exponents, inverted, seed, n):
    sent = [seed >> (max(exponents) - 1 - i) & 1 for i in range(max(exponents))]
    for _ in range(n):
        sent.append(0)
        for e in exponents:
            sent[-1] ^= sent[-1 - e]
    return [b ^ inverted for b in sent[max(exponents):]]


def test_help_and_wrong_usage(_):
    assert b"prbs" in expect(run("--help"), 0) and b"fec" in expect(run("--help"), 0)
    for command in ("prbs", "fec"):
        out = expect(run(command, "--help"), 0).decode()
        assert out.startswith(f"usage: lanewise phy {command}"), out
    for args in ((), ("nothing",), ("prbs",), ("prbs", "prbs8"), ("prbs", "prbs7", "--symbols"),
                 ("prbs", "prbs7", "--count", "0"), ("prbs", "prbs7", "--count", "x"),
                 ("prbs", "prbs7", "--seed", "128"), ("prbs", "ssprq", "--seed", "1"),
                 ("prbs", "prbs7", "--raw", "--json"), ("prbs", "prbs7", "--check", "/nonexistent"),
                 ("prbs", "prbs7", "--check", "-", "--from", "3"), ("fec",), ("fec", "repair"),
                 ("fec", "encode"), ("fec", "simulate", "x"), ("fec", "simulate", "--ber", "0.6"),
                 ("fec", "simulate", "--ber", "nan"), ("fec", "simulate", "--interleave", "3"),
                 ("fec", "simulate", "--code", "RS(255,223)"), ("fec", "simulate", "--engine", "x"),
                 ("fec", "encode", "/nonexistent"), ("fec", "encode", "-", "--ber", "0")):
        expect(run(*args), 2, one_line=True)


def test_registers_equal_a_slow_way(_):
    for name, (exponents, inverted) in REGISTERS.items():
        order = max(exponents)
        for seed in (None, 1, 0x1234567 & ((1 << order) - 1)):
            option = ("--seed", str(seed)) if seed else ()
            slow = slow_bits(exponents, inverted, seed or (1 << order) - 1, 30000)
            got = expect(run("prbs", name, "--count", "30000", *option), 0).decode()
            assert got == "".join(map(str, slow)) + "\n", name
            got = expect(run("prbs", name, "--count", "999", "--from", "12345", *option), 0)
            assert got.decode() == "".join(map(str, slow[12345:12345 + 999])) + "\n", name


def test_quaternary_patterns_equal_a_slow_way(_):
    for name, exponents, inverted, seed in (("prbs13q", (13, 12, 2, 1), 0, 0x1aa0),
                                            ("prbs31q", (31, 28), 1, (1 << 31) - 1)):
        slow = slow_bits(exponents, inverted, seed, 20000)
        levels = "".join(GRAY[slow[i], slow[i + 1]] for i in range(0, 20000, 2))
        got = expect(run("prbs", name, "--symbols", "--count", "10000"), 0).decode()
        assert got == levels + "\n", name


def test_ssprq_has_the_hash_of_the_published_sequence(_):
    raw = expect(run("prbs", "ssprq", "--symbols", "--raw", "--count", "65535"), 0)
    assert hashlib.sha256(raw).hexdigest() == SSPRQ_SHA256


def test_prbs13q_has_the_hash_of_the_reference_script(_):
    # that script sends the seed, 0000010101011 with S0 first, as its first bits, from S12 on
    period = expect(run("prbs", "prbs13", "--seed", "0x1aa0", "--count", "8191"), 0).decode()[:8191]
    sent = period[-13:] + period[:-13]
    assert sent[:13] == "1101010100000"
    levels = "".join(GRAY[int(sent[i]), int(sent[i + 1])] for i in range(0, 8190, 2))
    assert hashlib.sha256(levels.encode()).hexdigest() == PRBS13Q_COM_SHA256, levels[:32]


def test_idle_descrambles(_):
    bits = [int(b) for b in expect(run("prbs", "idle", "--count", "6600"), 0).decode().strip()]
    history = [1] * 58
    for block in range(100):
        assert bits[66 * block:66 * block + 2] == [1, 0]
        for i, b in enumerate(bits[66 * block + 2:66 * block + 66]):
            assert b ^ history[-39] ^ history[-58] == (0x1e >> i & 1)
            history.append(b)


def test_square_waves(_):
    assert expect(run("prbs", "square", "--count", "40"), 0) == b"1111111100000000" * 2 + b"11111111\n"
    assert expect(run("prbs", "squareq", "--symbols", "--count", "24"), 0) == \
        b"333333330000000033333333\n"


def test_list_names_every_pattern_and_its_source(_):
    rows = json.loads(expect(run("prbs", "list", "--json"), 0))
    assert {r["name"] for r in rows} == set(REGISTERS) | {
        "prbs13q", "prbs31q", "ssprq", "square", "squareq", "idle"}
    assert all(r["source"] and r["title"] for r in rows)
    assert {r["period_bits"] for r in rows if r["name"] == "ssprq"} == {131070}
    assert len(expect(run("prbs", "list"), 0).decode().splitlines()) == len(rows)


def test_json_of_a_pattern(_):
    d = json.loads(expect(run("prbs", "prbs13q", "--symbols", "--count", "8", "--json"), 0))
    assert d == {"pattern": "prbs13q", "from": 0, "count": 8, "symbols": "10313202"}


def test_check_finds_a_pattern_and_counts_errors(folder):
    path = os.path.join(folder, "bits")
    for name in ("prbs7", "prbs31", "idle", "ssprq"):
        raw = bytearray(expect(run("prbs", name, "--raw", "--count", "400000", "--from", "98"), 0))
        with open(path, "wb") as f:
            f.write(raw)
        d = json.loads(expect(run("prbs", name, "--check", path, "--raw", "--json"), 0))
        assert d["locked"] and d["errors"] == 0 and d["bits"] > 399000, d
        for i in range(20):
            raw[1000 + 2000 * i] ^= 1 << i % 8
        inverted = bytes(b ^ 255 for b in raw)
        d = json.loads(expect(run("prbs", name, "--check", "-", "--raw", "--json",
                                  stdin=inverted), 1))
        assert d["errors"] == 20 and d["inverted"] and d["lock_losses"] == 0, d
        assert d["runs"][0] == 20 and 4e-5 < d["ber"] < d["ber_upper_95"] < 1e-4, d
    out = expect(run("prbs", "prbs9", "--check", path, "--raw"), 1)
    assert b"not found" in out, out


def test_check_of_text_and_of_rubbish(_):
    text = expect(run("prbs", "prbs13q", "--symbols", "--count", "5000"), 0)
    d = json.loads(expect(run("prbs", "prbs13q", "--symbols", "--check", "-", "--json", stdin=text),
                          0))
    assert d["locked"] and d["symbols"] > 4900 and d["symbol_errors"] == 0
    expect(run("prbs", "prbs7", "--check", "-", stdin=b"hello"), 2, one_line=True)
    expect(run("prbs", "prbs7", "--check", "-", stdin=b""), 1)
    expect(run("prbs", "prbs7", "--check", "-", stdin=b"0" * 5000), 1)


# A slow Reed-Solomon encoder: division of polynomials, multiplication by shifts.

def times(a, b):
    v = 0
    while b:
        v ^= a if b & 1 else 0
        a <<= 1
        a ^= 0x409 if a & 0x400 else 0
        b >>= 1
    return v


def slow_word(message, roots):
    generator, root = [1], 1
    for _ in range(roots):
        generator = [(generator[i] if i < len(generator) else 0) ^
                     (times(generator[i - 1], root) if i else 0)
                     for i in range(len(generator) + 1)]
        root = times(root, 2)
    rest = list(message) + [0] * roots
    for i in range(len(message)):
        factor = rest[i]
        for k, g in enumerate(generator):
            rest[i + k] ^= times(factor, g)
    return list(message) + rest[len(message):]


def symbols(raw, n):
    v = int.from_bytes(raw, "little")
    return [v >> 10 * i & 1023 for i in range(n)]


def test_fec_encode_equals_a_slow_way(_):
    rng = random.Random(1)
    for code, n, k in (("544", 544, 514), ("RS(528,514)", 528, 514), ("272", 272, 258)):
        data = rng.randbytes(k * 10 // 4)  # two messages
        words = expect(run("fec", "--code", code, "encode", "-", stdin=data), 0)
        each = n * 10 // 8
        assert len(words) == 2 * each
        sent = symbols(data, 2 * k)
        for w in range(2):
            got = symbols(words[w * each:(w + 1) * each], n)
            assert got == slow_word(sent[w * k:(w + 1) * k], n - k), (code, w)


def slow_blocks(octets, many):
    """Frames of one length back to back as 66-bit blocks: (is data, eight octets)."""
    head = b"\xff" * 6 + b"\2\0\0\0\0\0" + b"\x88\xb5"
    body = head + bytes(i & 255 for i in range(octets - 18))
    frame = body + zlib.crc32(body).to_bytes(4, "little")
    ends = bytes.fromhex("8799aab4ccd2e1ff")
    out, at = [], 0
    while len(out) < many:
        while len(out) < at // 8:
            out.append((False, b"\x1e" + bytes(7)))
        out.append((False, b"\x78" + b"\x55" * 6 + b"\xd5"))
        full = octets // 8
        out += [(True, frame[8 * i:8 * i + 8]) for i in range(full)]
        rest = frame[8 * full:]
        out.append((False, (ends[len(rest):len(rest) + 1] + rest).ljust(8, b"\0")))
        at += octets + 20
    return out[:many]


def bits_of(octets):
    return [octet >> i & 1 for octet in octets for i in range(8)]


def slow_messages(blocks, words):
    """IEEE 802.3 119.2.4.2 to 119.2.4.5, bit by bit: transcoded, scrambled, dealt to codewords."""
    bits = []
    for i in range(0, len(blocks), 4):
        four = blocks[i:i + 4]
        if all(data for data, _ in four):
            bits += [1]
        else:
            bits += [0] + [int(data) for data, _ in four]
        first = next((k for k, (data, _) in enumerate(four) if not data), None)
        for k, (_, payload) in enumerate(four):
            eight = bits_of(payload)
            bits += eight[:4] + eight[8:] if k == first else eight
    past, sent = [1] * 58, []
    for b in bits:
        b ^= past[-39] ^ past[-58]
        sent.append(b)
        past = past[1:] + [b]
    values = [sum(sent[i + k] << k for k in range(10)) for i in range(0, len(sent), 10)]
    return [values[w::words] for w in range(words)]


def test_pcs_lanes_equal_a_slow_way(_):
    for name, words, lanes, octets in (("100GBASE-R", 1, 4, 64), ("400GBASE-R", 2, 16, 100)):
        d = json.loads(expect(run("pcs", "--pcs", name, "--frame", str(octets), "--json"), 0))
        assert d["words"] == words and len(d["lanes"]) == lanes, d["pcs"]
        assert d["blocks_invalid"] == 0 and d["blocks_changed"] == 0
        blocks = slow_blocks(octets, 80 * words)
        assert [c == "D" for c in d["blocks"]] == [data for data, _ in blocks], d["blocks"]
        coded = [slow_word(m, 30) for m in slow_messages(blocks, words)]
        for lane in range(lanes):
            # two words change places from row to row (119.2.4.7)
            want = [coded[(lane + row) % words][(row * lanes + lane) // words]
                    for row in range(544 * words // lanes)]
            assert d["lanes"][lane] == want, (name, lane)


def test_pcs_of_each_rate_reads_back_what_it_sent(_):
    for name in ("25GBASE-R", "50GBASE-R", "200GBASE-R", "800GBASE-R", "1.6TBASE-R"):
        text = expect(run("pcs", "--pcs", name, "--frame", "1518", "--rows", "3"), 0).decode()
        assert text.startswith(name) and " 0 invalid, 0 changed" in text, text
    expect(run("pcs", "--pcs", "400GBASE-R", "--code", "RS(528,514)"), 2, one_line=True)
    expect(run("pcs", "--frame", "63"), 2, one_line=True)
    expect(run("pcs", "all"), 2, one_line=True)


def test_fec_engines_write_the_same(_):
    data = random.Random(2).randbytes(400000)
    first = None
    for engine in ("plain", "avx2", "avx512", "gfni", "best"):
        done = run("fec", "--engine", engine, "encode", "-", stdin=data)
        if done.returncode == 2 and b"has no" in done.stderr:
            continue
        words = bytearray(expect(done, 0))
        first = first or bytes(words)
        assert bytes(words) == first, engine
        for w in range(0, len(words), 680):
            for i in range(15):
                words[w + 40 * i + 1] ^= 0x50  # one symbol
        done = run("fec", "--engine", engine, "decode", "-", stdin=bytes(words))
        assert expect(done, 0)[:len(data)] == data, engine
        assert b"0 codewords lost" in done.stderr


def test_fec_decode_tells_what_is_lost(_):
    words = bytearray(expect(run("fec", "encode", "-", stdin=bytes(1000)), 0))
    for i in range(16):
        words[40 * i] ^= 1
    done = run("fec", "decode", "-", stdin=bytes(words))
    out = expect(done, 1)
    assert b"1 codewords lost" in done.stderr
    assert out[0] == 1 and out[40] == 1, "a lost word is passed on as it is"
    expect(run("fec", "decode", "-", stdin=bytes(words[:-1])), 2, one_line=True)


def test_fec_simulation_meets_theory(_):
    for code, ber in (("544", 2e-3), ("528", 7e-4)):
        d = json.loads(expect(run("fec", "simulate", "--code", code, "--ber", str(ber), "--words",
                                  "20000", "--json"), 0))
        assert d["words"] == 20000 and sum(d["histogram"]) == 20000
        assert abs(d["measured_ber"] / ber - 1) < 0.02, d
        assert d["word_loss_lower_95"] * 0.9 < d["word_loss_theory"] < \
            d["word_loss_upper_95"] * 1.1, d
        assert d["lost_words"] + d["miscorrected_words"] == d["histogram"][-1], d
        assert d["frame_octets"] == 64 and abs(d["frames"] - 20000 * 640 / 84) < 100, d
        assert d["frame_loss"] == d["frames_lost"] / d["frames"] or \
            abs(d["frame_loss"] / (d["frames_lost"] / d["frames"]) - 1) < 1e-5, d
        assert d["frame_loss_lower_95"] * 0.9 < d["frame_loss_theory"] < \
            d["frame_loss_upper_95"] * 1.1, d
        for got, theory in zip(d["histogram"], d["histogram_theory"]):
            assert abs(got - theory) < 5 * max(theory, 1) ** 0.5, d


def tail(x):
    return math.erfc(x / math.sqrt(2)) / 2


def textbook(snr_db, nrz):
    """Symbol and bit error ratio by what each level is taken for; labels are Gray coded."""
    levels = (-1, 1) if nrz else (-1, -1 / 3, 1 / 3, 1)
    labels = (0, 1) if nrz else (0, 1, 3, 2)
    n, rms = len(levels), math.sqrt((1 if nrz else 5 / 9) / 10 ** (snr_db / 10))
    edges = [-math.inf] + [(a + b) / 2 for a, b in zip(levels, levels[1:])] + [math.inf]
    ser = ber = 0
    for i, level in enumerate(levels):
        for k in range(n):
            p = tail((edges[k] - level) / rms) - tail((edges[k + 1] - level) / rms)
            ser += p / n * (i != k)
            ber += p / n * bin(labels[i] ^ labels[k]).count("1") / (1 if nrz else 2)
    return ser, ber


def test_errors_of_an_ideal_lane_are_the_textbooks(_):
    for nrz, snrs in ((True, (7, 9, 10)), (False, (13, 15, 16.5))):
        for snr in snrs:
            d = json.loads(expect(run("ber", "--snr", str(snr), *["--nrz"] * nrz, "--symbols",
                                      "2e5", "--confidence", "0.999", "--json"), 0))
            ser, ber = textbook(snr, nrz)
            assert abs(d["ser_computed"] / ser - 1) < 2e-3, (snr, d["ser_computed"], ser)
            assert abs(d["ber_computed"] / ber - 1) < 2e-3, (snr, d["ber_computed"], ber)
            assert abs(d["snr_db"] - snr) < 1e-6
            assert d["ber_low"] <= ber <= d["ber_high"], (snr, d["ber"], ber)
            assert abs(d["symbol_errors"] - ser * d["symbols"]) < \
                4.5 * math.sqrt(ser * d["symbols"]), (snr, d["symbol_errors"])
    expect(run("ber", "--snr", "17", "--noise", "0.1"), 2, one_line=True)
    expect(run("ber", "--snr", "17", "--pmd", "400GBASE-DR4"), 2, one_line=True)


def slow_loss(n, t, ber):
    """Codewords lost and bits wrong behind the code, in exact decimals."""
    with decimal.localcontext() as c:
        c.prec = 60
        bit = decimal.Decimal(repr(ber))
        p = 1 - (1 - bit) ** 10
        weights = [math.comb(n, k) * p ** k * (1 - p) ** (n - k) for k in range(t + 1, n + 1)]
        return sum(weights), sum(w * k for k, w in enumerate(weights, t + 1)) / n * bit / p


def test_fec_theory_equals_exact_sums(_):
    for code, n, t, bers in (("544", 544, 15, (1e-3, 2.4e-4, 2e-4)),
                             ("528", 528, 7, (1e-4, 5e-5))):
        for ber in bers:
            lost, post = slow_loss(n, t, ber)
            for words in (1, 2, 4):
                d = json.loads(expect(run("fec", "simulate", "--code", code, "--ber", str(ber),
                                          "--words", "4", "--interleave", str(words), "--json"), 0))
                part = decimal.Decimal(80) / (640 * words)
                frame = 1 - (1 - part) * (1 - lost) ** words - part * (1 - lost) ** (2 * words)
                # 28 digits stand for the least of them, 1e-13
                for key, want in (("word_loss_theory", lost), ("post_fec_ber_theory", post),
                                  ("frame_loss_theory", frame)):
                    assert abs(d[key] / float(want) - 1) < 1e-5, (code, ber, words, key, d[key])


def test_fec_simulation_is_the_same_by_any_engine(_):
    answers = set()
    for engine in ("plain", "best"):
        d = json.loads(expect(run("fec", "simulate", "--ber", "2.5e-3", "--words", "2000", "--seed",
                                  "7", "--interleave", "4", "--burst", "3", "--engine", engine,
                                  "--json"), 0))
        del d["engine"]
        assert d["word_loss_theory"] is None and d["interleaved"] == 4
        answers.add(json.dumps(d))
    assert len(answers) == 1, answers


def test_fec_interleaving_spreads_bursts(_):
    lost = []
    for words in ("1", "4"):
        d = json.loads(expect(run("fec", "simulate", "--ber", "3e-3", "--burst", "40", "--words",
                                  "8000", "--interleave", words, "--json"), 0))
        lost.append(d["word_loss"])
    assert lost[1] < lost[0] / 2, lost
    text = expect(run("fec", "simulate", "--words", "100"), 0).decode()
    assert "wrong symbols" in text and "theory" in text, text


def main():
    def call(test):
        with tempfile.TemporaryDirectory() as folder:
            return test(folder)

    sys.exit(tap.main(globals(), call))


if __name__ == "__main__":
    main()
