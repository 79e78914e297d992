#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What lanewised takes for 64 cages x 8 links on twins, beside the bars.

usage: bench-daemon.py LANEWISED [SECONDS]

Both ends are twins in the daemon, so that it carries 128 modules. Prints CPU time and memory of both
processes over SECONDS (20) at the default rates, requests a second on one connection and what they
cost the web process, and how soon a listener hears of a change.
"""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/cli"))
from tap import wait_for
from taken import cpu_seconds, memory_mb

CAGES = 64
CPU_BAR, MEMORY_BAR, REQUESTS_BAR, CHANGE_BAR = 5, 100, 1000, 1.0
TOKEN = "0123456789abcdef0123456789"


def fabric(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("fabric: bench\ndevices:\n")
        for s in ("near", "far"):
            f.write(f"  {s}:\n    cages:\n")
            for c in range(CAGES):
                f.write(f"      p{c}: {{form: OSFP, mode: 8x100G, module: OSFP-800G-DR8}}\n")
        f.write("cables:\n")
        for c in range(CAGES):
            f.write(f"  - {{id: c{c}, cord: mpo16, fibre: OS2, length_m: 30, a: near/p{c}, "
                    f"b: [far/p{c}]}}\n")


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return int(f.read().split()[0])


def requests(port, path, seconds=3.0):
    """Requests a second, one behind the other, and bytes of each."""
    s = socket.create_connection(("127.0.0.1", port))
    ask = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    n, size, start = 0, 0, time.monotonic()
    f = s.makefile("rb")
    while time.monotonic() - start < seconds:
        s.sendall(ask)
        length = 0
        for line in iter(f.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        size = len(f.read(length))
        n += 1
    s.close()
    return n / (time.monotonic() - start), size


def heard_after(port, link):
    """Seconds from an action to the listener's event."""
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while b"retry" not in s.recv(4096):
        pass
    c = http.client.HTTPConnection("127.0.0.1", port)
    start = time.monotonic()
    c.request("POST", "/api/v1/actions", json.dumps({"action": "enable", "target": link, "value": "off"}),
              {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN})
    c.getresponse().read()
    got = b""
    while b'"enabled": false' not in got:
        got += s.recv(65536)
    s.close()
    return time.monotonic() - start


def main():
    daemon = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    fabric(os.path.join(folder, "f.yaml"))
    with open(os.path.join(folder, "tokens"), "w", encoding="ascii") as f:
        f.write(f"op {TOKEN}\n")
    os.chmod(os.path.join(folder, "tokens"), 0o600)
    with open(os.path.join(folder, "d.yaml"), "w", encoding="ascii") as f:
        f.write("fabric: f.yaml\nmodules: twins\napi: {address: 127.0.0.1, port: 0, tokens: tokens}\n")
    log = os.path.join(folder, "log")
    with open(log, "wb") as out:
        core = subprocess.Popen([daemon, os.path.join(folder, "d.yaml")], stderr=out)

    def text():
        with open(log, encoding="utf-8") as f:
            return f.read()
    try:
        port = int(wait_for(lambda: re.search(r'at="http://127.0.0.1:(\d+)', text()), "the API")[1])
        links = 8 * CAGES
        wait_for(lambda: text().count('to="up"') == links, "all links")
        time.sleep(5)
        web = child_of(core.pid)
        before = cpu_seconds(core.pid), cpu_seconds(web)
        time.sleep(seconds)
        used = [100 * (cpu_seconds(p) - b) / seconds for p, b in zip((core.pid, web), before)]
        print(f"lanewised, {links} links, {2 * CAGES} modules on twins")
        print(f"  CPU, core process       {used[0]:8.1f} % of one core")
        print(f"  CPU, web process        {used[1]:8.1f} %")
        print(f"  both                    {sum(used):8.1f} %   (bar {CPU_BAR} %)")
        for path in ("/api/v1/summary", "/api/v1/links/near/p0:1%20-%20far/p0:1", "/api/v1/links"):
            start = cpu_seconds(web)
            rate, size = requests(port, path)
            cost = cpu_seconds(web) - start
            print(f"  requests, {size:9d} bytes {rate:8.0f} a second, {100 * cost / 3:.0f} % of a core"
                  f"   (bar {REQUESTS_BAR})")
        print(f"  change heard after      {heard_after(port, 'near/p0:1 - far/p0:1'):8.2f} s   (bar {CHANGE_BAR:.0f} s)")
        print(f"  memory, both            {memory_mb(core.pid) + memory_mb(web):8.1f} MB  (bar {MEMORY_BAR} MB)")
    finally:
        core.terminate()
        core.wait()
        shutil.rmtree(folder)


main()
