#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise phy eye`, `tdecq`, `ber`, `link` as their users meet them. Prints TAP.

usage: test-phy-eye.py LANEWISE ROOT
"""
import csv
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tap

LANEWISE = sys.argv[1]
DR4 = ("--pmd", "400GBASE-DR4")


def run(*args, status=0):
    done = subprocess.run([LANEWISE, "phy", *args], capture_output=True, timeout=300, check=False)
    error = done.stderr.decode()
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {error}"
    assert "Sanitizer" not in error and "runtime error" not in error, error
    if status == 2:
        assert error.count("\n") == 1 and len(error) > 20, f"not one clear line: {error!r}"
        return error
    return done.stdout.decode()


def document(*args, status=0):
    return json.loads(run(*args, "--json", status=status))


def test_link_answers_margin_ratios_and_frame_loss():
    d = document("link", *DR4, "--length", "400", "--connectors", "4")
    assert abs(d["loss_db"] - 3.16) < 1e-6 and d["holds"]
    assert 0.5 < d["margin_db"] < 3 and d["ber"] < d["ber_limit"] == 2.4e-4
    assert d["post_ber"] < d["frame_loss"] < 1e-12
    assert any(b["confidence"] == "low" and b["ref"] for b in d["basis"])
    text = run("link", *DR4, "--length", "400", "--connectors", "4")
    assert "margin" in text and "BER before FEC" in text and "low confidence" in text
    assert len(text.splitlines()) < 16, text


def test_link_with_too_much_loss_is_bad_news():
    d = document("link", *DR4, "--length", "500", "--extra-loss", "8", status=1)
    assert not d["holds"] and d["margin_db"] < 0 and d["ber"] > 2.4e-4


def test_link_of_copper_agrees_with_what_check_allows():
    """At the length a PMD is specified for it holds, far beyond it does not (rules.csv: reach)."""
    with open(os.path.join(sys.argv[2], "data/channels.csv"), encoding="utf-8") as f:
        length = {row["pmd"]: row["copper_m"] for row in csv.DictReader(f) if row["copper_m"]}
    for pmd in ("25GBASE-CR CA-25G-L", "100GBASE-CR2", "400GBASE-CR4", "200GBASE-CR1"):
        d = document("link", "--pmd", pmd, "--length", length[pmd])
        assert d["holds"] and d["margin_db"] > 3 and d["wire"] == "26AWG", d
    d = document("link", "--pmd", "400GBASE-CR4", "--length", "8", status=1)
    assert not d["holds"] and d["margin_db"] < 0
    text = run("link", "--pmd", "400GBASE-CR4", "--length", "2")
    assert "26AWG" in text and "CTLE" in text and "dBm" not in text


def test_link_wrong_usage_says_what():
    cr4 = ("link", "--pmd", "400GBASE-CR4")
    assert "--grade" in run(*cr4, "--grade", "OM4", status=2)
    assert "--wire" in run("link", *DR4, "--wire", "26AWG", status=2)
    assert "--touchstone" in run("link", *DR4, "--touchstone", "x.s4p", status=2)
    assert "--length" in run(*cr4, "--touchstone", "x.s4p", "--length", "1", status=2)
    assert "wires.csv" in run(*cr4, "--wire", "string", status=2)
    assert "--pmd" in run("link", status=2)
    assert "--pmd" in run("link", "--pmd", "NONSENSE", status=2)
    assert "NRZ or PAM4" in run("link", "--pmd", "400ZR", status=2)
    assert "OM4" in run("link", *DR4, "--grade", "OM4", status=2)
    assert "--length" in run("link", *DR4, "--length", "-1", status=2)


def test_eye_writes_text_png_and_svg():
    with tempfile.TemporaryDirectory() as folder:
        png, svg = os.path.join(folder, "e.png"), os.path.join(folder, "e.svg")
        args = ("eye", *DR4, "--length", "100", "--symbols", "20000")
        probe = subprocess.run([LANEWISE, "phy", *args, "--png", png], capture_output=True,
                               timeout=300, check=False)
        if b"without cairo" in probe.stderr:
            raise tap.Skip("built without cairo")
        text = run(*args, "--png", png, "--svg", svg)
        with open(png, "rb") as f:
            data = f.read()
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 10000
        assert int.from_bytes(data[16:20], "big") == 960
        with open(svg, "rb") as f:
            assert b"<svg" in f.read(400)
        lines = [line for line in text.splitlines() if line.endswith("|")]
        assert len(lines) == 32 and all(len(line) == len(lines[0]) for line in lines)
        run(*args, "--png", os.path.join(folder, "none", "e.png"), status=3)


def test_eye_numbers_agree_with_each_other():
    d = document("eye", "--noise", "0.02", "--loss", "1,1.2,0.1", "--ffe", "9", "--symbols", "5000")
    assert len(d["eyes"]) == 3 and len(d["bathtub"]) == 32 and len(d["ffe"]) == 9
    assert all(e["height"] > 0 and 0 < e["width"] < 1 for e in d["eyes"])
    assert abs(min(d["bathtub"]) - d["ser"]) < 1e-3 * d["ser"] or min(d["bathtub"]) < d["ser"]
    nrz = document("eye", "--nrz", "--baud", "25.78125", "--symbols", "5000")
    assert len(nrz["eyes"]) == 1 and nrz["linearity"] is None


def test_ber_counts_what_is_computed_and_repeats():
    args = ("ber", "--noise", "0.1", "--symbols", "1e6")
    d = document(*args)
    assert d["ber_low"] < d["ber"] < d["ber_high"]
    spread = 5 * math.sqrt(d["bit_errors"]) / d["bits"]
    assert abs(d["ber"] - d["ber_computed"]) < spread + 0.02 * d["ber"]
    assert sum(d["codewords_by_errors"]) == d["codewords"]
    assert d["frames"] > 2000 and d["frames_lost"] == 0 and d["frame_loss"] == 0
    assert d["frame_loss_low"] == 0 and d["frame_loss_high"] > d["frame_loss_theory"]
    assert document(*args) == d
    assert document(*args, "--seed", "2")["bit_errors"] != d["bit_errors"]


def test_ber_resumed_equals_ber_in_one():
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state")
        whole = document("ber", "--noise", "0.1", "--symbols", "1e6")
        document("ber", "--noise", "0.1", "--symbols", "3e5", "--checkpoint", state)
        assert document("ber", "--noise", "0.1", "--symbols", "1e6", "--checkpoint", state) == whole
        assert "another lane" in run("ber", "--noise", "0.2", "--checkpoint", state, status=2)
        with open(state, "w", encoding="utf-8") as f:
            f.write("junk")
        assert "state" in run("ber", "--checkpoint", state, status=2)


def counted(state):
    """Blocks that a checkpoint holds; 0: there is none yet."""
    try:
        with open(state, encoding="utf-8") as f:
            return int(f.read().splitlines()[2])
    except FileNotFoundError:
        return 0


def test_ber_killed_and_gone_on_equals_ber_in_one():
    for kill in (signal.SIGKILL, signal.SIGTERM):
        with tempfile.TemporaryDirectory() as folder:
            state = os.path.join(folder, "state")
            # far more symbols than it will see
            with subprocess.Popen([LANEWISE, "phy", "ber", "--noise", "0.1", "--symbols", "1e15",
                                   "--threads", "2", "--checkpoint", state],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run_on:
                while not counted(state):
                    assert run_on.poll() is None, "it ended by itself"
                    time.sleep(0.01)
                run_on.send_signal(kill)
                said = run_on.stderr.read().decode()
                status = run_on.wait()
            if kill == signal.SIGKILL:
                assert status == -kill
            else:
                assert status == 3 and "goes on" in said, said
            symbols = str((counted(state) + 7) * 16 * 2720)
            args = ("ber", "--noise", "0.1", "--symbols", symbols)
            assert document(*args, "--checkpoint", state) == document(*args)


def test_ber_does_not_depend_on_threads():
    for stop in ((), ("--errors", "3000")):
        args = ("ber", "--noise", "0.11", "--symbols", "1.1e7", *stop)
        one = run(*args, "--threads", "1", "--json")
        for threads in ("2", "5"):
            assert run(*args, "--threads", threads, "--json") == one
        assert bool(stop) == (json.loads(one)["symbols"] < 1e7)
    assert "--threads" in run("ber", "--threads", "0", status=2)


def mpirun(ranks, *args):
    if not shutil.which("mpirun") or not os.path.exists(LANEWISE + "-mpi"):
        raise tap.Skip("built without MPI, or no mpirun")
    return subprocess.run(["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks),
                           LANEWISE, "phy", *args], capture_output=True, timeout=300, check=False,
                          env=dict(os.environ, LSAN_OPTIONS="detect_leaks=0"))


def test_ber_does_not_depend_on_ranks():
    args = ("ber", "--noise", "0.11", "--symbols", "1.1e7", "--json")
    one = run(*args)
    for ranks, threads in ((2, "1"), (3, "2")):
        done = mpirun(ranks, *args, "--threads", threads)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout.decode() == one
    with tempfile.TemporaryDirectory() as folder:
        # begun by ranks, gone on by threads
        state = os.path.join(folder, "state")
        done = mpirun(2, "ber", "--noise", "0.11", "--symbols", "4e6", "--checkpoint", state)
        assert done.returncode == 0, done.stderr.decode()
        assert counted(state) and run(*args, "--checkpoint", state) == one


def test_ber_ranks_end_together_when_one_fails():
    done = mpirun(2, "ber", "--checkpoint", "/nonexistent/state")
    assert done.returncode == 3 and done.stderr.count(b"/nonexistent/state") == 1
    done = mpirun(2, "ber", "--touchstone", "/nonexistent.s4p")
    assert done.returncode == 2 and done.stderr.count(b"/nonexistent.s4p") == 1


def test_ber_without_mpi_says_so_under_mpirun():
    with tempfile.TemporaryDirectory() as folder:
        alone = os.path.join(folder, "lanewise")
        shutil.copy(LANEWISE, alone)
        done = subprocess.run([alone, "phy", "ber", "--symbols", "1e5"], capture_output=True,
                              timeout=300, check=False, env=dict(os.environ, PMI_SIZE="2"))
        assert done.returncode == 3 and b"lanewise-mpi" in done.stderr


def test_tdecq_of_a_file_equals_the_simulation():
    lane = ("--rise", "9", "--bandwidth", "26.5625")
    want = document("tdecq", "--simulate", *lane)
    assert 0.5 < want["tdecq_db"] < 3 and abs(sum(want["taps"]) - 1) < 1e-6
    assert abs(want["oma"] - 2) < 0.01 and want["symbols"] == 8191
    ssprq = document("tdecq", "--simulate", *lane, "--pattern", "ssprq")
    assert ssprq["symbols"] == 65535 and abs(ssprq["tdecq_db"] - want["tdecq_db"]) < 0.2


def test_tdecq_of_an_ideal_lane_is_what_its_levels_come_to():
    """No penalty but that inner levels, which err either way, are not half of all symbols."""
    for pattern, length in (("prbs13q", 8191), ("ssprq", 65535)):
        sent = run("prbs", pattern, "--symbols", "--count", str(length))
        inner = (sent.count("1") + sent.count("2")) / length
        low, high = 1.0, 6.0
        for _ in range(60):
            q = (low + high) / 2
            wrong = (1 + inner) * math.erfc(q / math.sqrt(2)) / 2
            low, high = (q, high) if wrong > 4.8e-4 else (low, q)
        want = 10 * math.log10(low / 3.41407055)  # Q(3.414) of half inner, half outer symbols
        d = document("tdecq", "--simulate", "--snr", "30", "--taps", "1", "--pattern", pattern)
        assert abs(d["tdecq_db"] - want) < 0.001, (pattern, d["tdecq_db"], want)
        assert abs(d["rlm"] - 1) < 1e-3 and d["oma"] == 2, d
    assert "18.82 ps" in run("eye", "--snr", "22", "--symbols", "5000")


def test_tdecq_reads_a_capture_and_finds_the_pattern():
    # PRBS13Q as a staircase of 8 samples, shifted, in mW
    r, bits = 0x1fff, []
    for _ in range(2 * 8191):
        b = (r >> 12 ^ r >> 11 ^ r >> 1 ^ r) & 1
        bits.append(b)
        r = (r << 1 | b) & 0x1fff
    symbols = [3 - b if a else b for a, b in zip(bits[::2], bits[1::2])]
    wave = [0.5 + 0.25 * s for s in symbols for _ in range(8)]
    wave = wave[1234:] + wave[:1234]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("time,power\n" + "".join(f"{i},{v}\n" for i, v in enumerate(wave)))
        d = document("tdecq", path, "--baud", "26.5625")
        # the edges of a staircase of 8 samples lie between samples: no closed form, but near 0
        assert abs(d["tdecq_db"]) < 0.02 and d["samples"] == 8
        assert abs(d["oma"] - 0.75) < 1e-3 and abs(d["rlm"] - 1) < 0.01
        with open(path, "w", encoding="utf-8") as f:
            f.write("time,power\n1,2\n2,x\n")
        assert ":3" in run("tdecq", path, status=2)
        with open(path, "w", encoding="utf-8") as f:
            f.write("1\n2\n3\n")
        assert "period" in run("tdecq", path, status=2)
    assert run("tdecq", "/nonexistent.csv", status=2)
    assert "simulate" in run("tdecq", status=2)


def test_options_that_exclude_each_other_are_refused():
    assert "--pmd" in run("eye", *DR4, "--baud", "50", status=2)
    assert "--pmd" in run("ber", "--length", "5", status=2)
    assert "touchstone" in run("eye", "--order", "1,2,3,4", status=2)
    for bad in (("--noise", "nan"), ("--ffe", "0"), ("--ffe", "99"), ("--rj", "9"),
                ("--order", "1,2,3"), ("--tx-ffe", "a"), ("--loss", "1,2")):
        run("eye", *bad, status=2)


def test_eye_through_a_touchstone_file_says_what_it_did():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "line.s2p")
        with open(path, "w", encoding="utf-8") as f:
            f.write("# GHz S MA R 50\n")
            for i in range(1, 101):
                gain, turn = math.exp(-0.05 * math.sqrt(i)), -360 * i * 0.5
                f.write(f"{i * 0.5} 0.01 0 {gain} {turn / 2} {gain} {turn / 2} 0.01 0\n")
        done = subprocess.run([LANEWISE, "phy", "eye", "--touchstone", path, "--json", "--symbols",
                               "2000"], capture_output=True, timeout=300, check=True)
        assert b"no point at 0 Hz" in done.stderr
        assert json.loads(done.stdout)["snr_db"] > 15


def test_help_of_each_is_there():
    for name in ("eye", "tdecq", "ber", "link"):
        assert f"usage: lanewise phy {name}" in run(name, "--help")


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
