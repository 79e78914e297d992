#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs test-page.mjs with Debian's Chromium; skips, and says why, where that or node is missing.

usage: test-page.py LANEWISED ROOT [SCRIPT]

SCRIPT is another one that takes the same arguments, as bench/bench-page.mjs.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = "1.48.2"  # of playwright-core: drives any Chromium by its protocol
AXE = "4.10.3"  # of axe-core: finds what keeps people out


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def driver():
    """The folder that has playwright-core and axe-core; fetched once from the npm registry."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(cache, f"lanewise-web-{VERSION}-{AXE}")

    def has(name):
        return os.path.isdir(os.path.join(folder, "node_modules", name))
    if not has("playwright-core") or not has("axe-core"):
        if not shutil.which("npm"):
            skip("no npm to fetch playwright-core")
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix",
                               folder, "playwright-core@" + VERSION, "axe-core@" + AXE],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
                              check=False)
        if done.returncode:
            skip("playwright-core and axe-core cannot be fetched")
    return folder


browser = shutil.which("chromium")
node = shutil.which("node")
if not browser or not node:
    skip("no chromium or no node")
script = sys.argv[3] if len(sys.argv) > 3 else os.path.join(HERE, "test-page.mjs")
sys.exit(subprocess.run([node, script, os.path.abspath(sys.argv[1]),
                         os.path.abspath(sys.argv[2]), driver(), browser], check=False).returncode)
