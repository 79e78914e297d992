#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `lanewise twin` takes to serve 512 modules in real time, all data paths activated.

usage: bench-serve.py LANEWISE [SECONDS]

64 cages x 8 switches, face to face, files and socket, at speed 1. Prints the CPU time of the idle
server over SECONDS (30), what one pass of a host over a page of every module costs, and the memory,
beside the bars. Without /dev/fuse it says so and measures nothing.
"""
import os
import subprocess
import sys
import tempfile
import time

from taken import cpu_seconds, memory_mb

SWITCHES, CAGES = 8, 64
IDLE_BAR, MEMORY_BAR = 25, 200  # percent of one core, MB
ACTIVATED = b"\x44" * 4
PATIENCE = 180


def at(page, byte):
    return page * 128 + byte


def fabric(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("fabric: bench\ndevices:\n")
        for s in range(SWITCHES):
            f.write(f"  s{s}:\n    cages:\n")
            for c in range(CAGES):
                f.write(f"      p{c}: {{form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}}\n")
        f.write("cables:\n")
        for s in range(0, SWITCHES, 2):
            for c in range(CAGES):
                f.write(f"  - {{id: c{s}-{c}, cord: mpo16, fibre: OS2, length_m: 30, "
                        f"a: s{s}/p{c}, b: [s{s + 1}/p{c}]}}\n")


def read(path, offset, n):
    with open(path, "rb", buffering=0) as f:
        f.seek(offset)
        return f.read(n)


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def is_activated(module):
    try:
        return read(os.path.join(module, "eeprom"), at(0x11, 128), 4) == ACTIVATED
    except OSError:
        return False  # it starts, and does not answer yet


def activate(modules):
    """Release LPMode and wait until the default application runs on every lane."""
    end = time.monotonic() + PATIENCE
    for m in modules:
        write(os.path.join(m, "lpmode"), "0")
    left = list(modules)
    while left:
        if time.monotonic() > end:
            sys.exit(f"bench-serve: {len(left)} of {len(modules)} modules are not activated "
                     f"after {PATIENCE} s, one of them {left[0]}")
        time.sleep(1)
        left = [m for m in left if not is_activated(m)]


def line(what, value, unit, bar):
    verdict = "" if bar is None else f"   {'within' if value < bar else 'ABOVE'} the bar of {bar:g} {unit}"
    print(f"  {what:42} {value:8.1f} {unit}{verdict}", flush=True)


def measure(server, modules, seconds):
    activate(modules)
    before = cpu_seconds(server.pid)
    time.sleep(seconds)
    idle = cpu_seconds(server.pid) - before
    before, start = cpu_seconds(server.pid), time.monotonic()
    for m in modules:
        read(os.path.join(m, "eeprom"), at(0x11, 128), 128)
    busy, took = cpu_seconds(server.pid) - before, time.monotonic() - start
    print(f"{len(modules)} modules served in real time, files and socket, all data paths activated:")
    line("idle, part of one core", 100 * idle / seconds, "%", IDLE_BAR)
    line("memory, at most", memory_mb(server.pid), "MB", MEMORY_BAR)
    line("a page of every module, one reader", 1e3 * took, "ms", None)
    line("of which the server's CPU time", 1e3 * busy, "ms", None)
    return 0 if 100 * idle / seconds < IDLE_BAR and memory_mb(server.pid) < MEMORY_BAR else 1


def main(argv):
    if len(argv) not in (2, 3):
        sys.exit(__doc__)
    if not os.path.exists("/dev/fuse"):
        print("512 modules served: not measured, there is no /dev/fuse here")
        return 0
    seconds = float(argv[2]) if len(argv) > 2 else 30
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as home:
        cages, yaml = os.path.join(home, "cages"), os.path.join(home, "fabric.yaml")
        os.mkdir(cages)
        fabric(yaml)
        with subprocess.Popen([argv[1], "twin", yaml, "--mount", cages, "--socket",
                               os.path.join(home, "control")],
                              stderr=subprocess.PIPE, text=True) as server:
            said = server.stderr.readline()
            try:
                if "serving" not in said:
                    print(f"512 modules served: not measured, {said.strip()}")
                    return 0
                return measure(server, [os.path.join(cages, f"s{s}", f"p{c}")
                                        for s in range(SWITCHES) for c in range(CAGES)], seconds)
            finally:
                server.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
