#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lanewise top on a terminal, against a lanewised on twins. Prints TAP.

usage: test-top.py LANEWISE LANEWISED ROOT
"""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
# the python of the build may not be Debian's, whose packages it can use all the same
sys.path.append("/usr/lib/python3/dist-packages")
import tap
from tap import wait_for

try:
    import pyte
except ImportError:
    pyte = None

LANEWISE, LANEWISED, ROOT = (os.path.abspath(a) for a in sys.argv[1:4])
TOKEN = "0123456789abcdef0123456789"
LINK = "leaf1/swp1:2 - nic2/p0"
folder = tempfile.mkdtemp(prefix="lw-top-")
LOOK = os.path.join(folder, "look.sock")
daemon = None


def start():
    global daemon
    with open(os.path.join(folder, "log"), "ab") as log:
        daemon = subprocess.Popen([LANEWISED, os.path.join(folder, "d.yaml")], stderr=log)


def stop():
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0


def top(*args, at=LOOK):
    return subprocess.run([LANEWISE, "top", "--url" if "://" in at else "--socket", at, *args],
                          capture_output=True, text=True, timeout=60, check=False)


def settled():
    done = top("--json")
    s = done.returncode != 3 and json.loads(done.stdout)["summary"]
    return s and s["up"] == 18 and not s["starting"]


class Terminal:
    """The command on a terminal that pyte draws."""

    def __init__(self, *args, columns=80, lines=24, term="linux", env=None):
        if not pyte:
            raise tap.Skip("no pyte")
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": term, **(env or {})})
            os.environ.pop("LINES", None)
            os.environ.pop("COLUMNS", None)
            time.sleep(0.1)  # until the size is set
            os.execv(LANEWISE, [LANEWISE, "top", "--socket", LOOK, *args])
        self.resize(columns, lines)

    def resize(self, columns, lines):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def pump(self):
        while select.select([self.fd], [], [], 0.02)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.raw += data
            self.stream.feed(data)

    def lines(self):
        self.pump()
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def sees(self, part, seconds=30):
        wait_for(lambda: part in self.text(), repr(part), self.text, seconds)

    def keys(self, keys):
        os.write(self.fd, keys.encode())

    def end(self):
        """@return its exit status, once it has ended by itself."""
        wait_for(lambda: self.pump() or os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG |
                                                   os.WNOWAIT), "its end", self.text)
        self.pump()
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)


def terminal(test):
    """Gives a test a terminal of its own."""
    def run():
        made = []

        def new(*args, **more):
            made.append(Terminal(*args, **more))
            return made[-1]
        try:
            test(new)
        finally:
            for t in made:
                t.kill()
    return run


@terminal
def test_1_worst_link_is_first_with_its_cause(new):
    t = new()
    t.sees("18 up")
    t.sees("live from")
    lines = t.lines()
    assert lines[2].startswith("STATE"), lines
    assert lines[3].startswith("down") and "leaf1/swp6:1 - old1/swp1" in lines[3], lines
    assert "planned-wrong" in lines[3], lines
    assert any("this link cannot work as it is planned" in x for x in lines), lines
    assert all(len(x) <= 80 for x in lines) and len(lines) == 24
    t.keys("q")
    assert t.end() == 0
    # the screen that was there before is back, with its cursor
    assert b"\x1b[?25h" in t.raw.rsplit(b"\x1b[?25l", 1)[-1], t.raw[-200:]


@terminal
def test_2_fault_is_seen_and_told_lane_by_lane(new):
    t = new()
    t.sees("18 up")
    body = json.dumps({"action": "fault", "target": "cut:leaf1/swp1:2", "value": "on"})
    act(body)
    t.sees("cable-cut")
    t.keys("/" + LINK[:12] + "\r\r")
    t.sees("bias mA")
    t.sees("dark!!")
    t.sees("do ")
    t.keys("q")
    t.sees("filter: leaf1/swp1:2")
    act(body.replace('"on"', '"off"'))
    wait_for(settled, "the link to come", t.text)
    t.keys("\x1b")
    t.sees("18 up")


@terminal
def test_3_size_changes_and_nothing_breaks(new):
    t = new()
    t.sees("18 up")
    for columns, lines in ((132, 43), (40, 10), (20, 3), (200, 60), (80, 24)):
        t.resize(columns, lines)
        os.kill(t.pid, signal.SIGWINCH)
        t.sees("leaf1/sw" if columns < 60 else "leaf1/swp6:1 - old1/swp1") if lines > 3 else t.pump()
    t.sees("leaf1/swp6:1 - old1/swp1")
    t.keys("s")
    t.sees("sorted by name")
    t.keys("q")
    assert t.end() == 0


@terminal
def test_4_daemon_that_goes_and_comes_is_noticed(new):
    t = new()
    t.sees("18 up")
    stop()
    t.sees("LOST, this is old")
    t.sees("leaf1/swp6:1 - old1/swp1")
    start()
    t.sees("live from")
    t.sees("18 up")
    # a web process that says nothing more: nothing hangs, keys work
    with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as f:
        web = int(f.read().split()[0])
    os.kill(web, signal.SIGSTOP)
    try:
        t.keys("?")
        t.sees("Columns")
        t.keys("qq")
        assert t.end() == 0
        done = top("--once")
        assert done.returncode == 3 and "does not answer" in done.stderr, done
    finally:
        os.kill(web, signal.SIGCONT)


@terminal
def test_5_terminals_without_colour_show_the_same_words(new):
    for more in ({"term": "vt100"}, {"env": {"NO_COLOR": "1"}}):
        t = new(**more)
        t.sees("18 up")
        t.sees("down")
        t.sees("planned-wrong")
        assert not re.search(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m", t.raw), t.raw
        os.kill(t.pid, signal.SIGTERM)
        assert t.end() == 0


def test_6_once_prints_plain_text_for_scripts():
    done = top("--once")
    assert done.returncode == 1, done
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + 19 and "\x1b" not in done.stdout, done.stdout
    assert lines[0] == "first-light: 19 links: 1 down, 0 starting, 18 up", lines
    assert lines[2].startswith("down"), lines
    done = top("--once", "--filter", LINK, "--sort", "margin", "--reverse")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3, done
    done = top("--once", LINK)
    assert done.returncode == 0 and "DPActivated" in done.stdout, done
    lanes = [x.split() for x in done.stdout.splitlines() if x[:4].strip().isdigit() and len(x.split()) == 11]
    assert [(x[1], x[2], x[6], x[7]) for x in lanes] == [
        (str(n + 4), str(n + 4), str(n), str(n)) for n in range(1, 5)], done.stdout


def test_7_json_is_what_the_daemon_says():
    done = top("--json", at=url())
    d = json.loads(done.stdout)
    assert done.returncode == 1 and len(d["links"]) == 19 and len(d["cages"]) == 25, done
    assert d["links"][0]["link"]["state"] == "down"
    assert d["events"] and d["summary"]["fabric"] == "first-light"


def test_8_wrong_use_is_told():
    for args, status, word in ((("--once", "no such link"), 2, "no such link"),
                               (("--sort", "colour"), 2, "--sort"),
                               (("--once", "a", "b"), 2, "one link"),
                               ((), 2, "terminal")):
        done = top(*args)
        assert done.returncode == status and word in done.stderr, (args, done)
    for at, word in (("/no/such", "No such file"), ("http://127.0.0.1:1", "refused"),
                     ("http://:x", "HOST:PORT"), ("http://127.0.0.1:99999999", "HOST:PORT"),
                     ("https://localhost", "http:// alone"), ("x" * 200, "too long")):
        done = top("--once", at=at)
        assert done.returncode in (2, 3) and word in done.stderr, (at, done)
    for at in ("/no/such", "http://127.0.0.1:1"):
        done = top("--once", at=at)
        assert "is lanewised running?" in done.stderr and "--url URL" in done.stderr, done


def serve(reply):
    """A server on a socket that answers everybody with these bytes."""
    path = tempfile.mktemp(dir=folder)
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(16)

    def run():
        while True:
            c, _ = s.accept()
            c.recv(4096)
            try:
                c.sendall(reply)
            except OSError:
                pass
            c.close()
    threading.Thread(target=run, daemon=True).start()
    return path


def test_9_servers_that_are_none_of_ours_are_told():
    for reply, word in ((b"", "closed"), (b"SSH-2.0-x\r\n", "no web server"),
                        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "no lanewised"),
                        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]", "not of a lanewised"),
                        (b"HTTP/1.1 403 No\r\n\r\n{\"error\": \"not for you\"}", "not for you"),
                        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "closed")):
        done = top("--once", at=serve(reply))
        assert done.returncode == 3 or word == "no web server", (reply, done)
        assert word in done.stderr, (reply, done)


def url():
    with open(os.path.join(folder, "log"), encoding="utf-8") as f:
        at = [x.split('at="')[1].split('/"')[0] for x in f if x.startswith("api ")]
    return at[-1]


def act(body):
    import urllib.request
    urllib.request.urlopen(urllib.request.Request(
        url() + "/api/v1/actions", body.encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}), timeout=30)


shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), folder)
for name, text in (("tokens", f"op {TOKEN}\n"),
                   ("d.yaml", "fabric: first-light.yaml\nmodules: twins\napi: {address: "
                    "127.0.0.1, port: 0, tokens: tokens, read_only: look.sock}\n")):
    with open(os.path.join(folder, name), "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(os.path.join(folder, name), 0o600 if name == "tokens" else 0o644)
os.chmod(folder, 0o755)
start()
try:
    wait_for(settled, "all links")
    failed = tap.main(globals())
finally:
    stop()
    shutil.rmtree(folder)
sys.exit(failed)
