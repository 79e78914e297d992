#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What lanewised sends to a real redis-server and to a log that reads datagrams, through their
absence, restarts and silence. Prints TAP.

usage: test-senders.py LANEWISED LANEWISE ROOT
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import running
import tap
from running import LINK, ROOT, TOKEN
from tap import wait_for

LANEWISE = sys.argv[2]
FABRIC = os.path.join(ROOT, "examples/first-light.yaml")
SECRET = "correct horse"
ALL = """local all = {}
for _, key in ipairs(redis.call('KEYS', 'TRANSCEIVER_*')) do all[key] = redis.call('HGETALL', key) end
return cjson.encode(all)"""
LINE = re.compile(r'<(\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (\S+) lanewise - ([A-Z]+) '
                  r'\[lanewise@32473((?: [a-z]+="(?:[^"\\\]]|\\.)*")*)\] \S.*\Z')


class Redis:
    """A server on a Unix socket of the daemon's folder."""

    def __init__(self, folder):
        self.place = self.socket = os.path.join(folder, "redis.sock")
        self.process = None

    def start(self, fill=lambda: None):
        """Serve at another place until `fill` has put there what is to be found."""
        self.socket = self.place + ".new"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--requirepass",
             SECRET, "--dir", os.path.dirname(self.socket)], stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket) and self.ask("PING") == ["PONG"], "redis")
        fill()
        os.rename(self.socket, self.place)
        self.socket = self.place

    def stop(self, how=signal.SIGKILL):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def ask(self, *words, db="6"):
        env = dict(os.environ, REDISCLI_AUTH=SECRET)
        done = subprocess.run(["redis-cli", "-s", self.socket, "-n", db, "--raw", *words], env=env,
                              capture_output=True, text=True, timeout=30, check=False)
        return done.stdout.split("\n")[:-1] if done.returncode == 0 else None

    def tables(self):
        flat = json.loads(self.ask("EVAL", ALL, "0")[0])
        return {key: dict(zip(v[::2], v[1::2])) for key, v in flat.items()} if flat else {}


class Log:
    """The receiver of a log: a datagram socket."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "log.sock")
        self.socket = None
        self.lines = []

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def close(self):
        self.socket.close()
        os.unlink(self.path)

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.lines.append(self.socket.recv(65536).decode())
        return self.lines

    def said(self, what, about):
        return [line for line in self.read() if f" {what} " in line and f'"{about}"' in line]


class Daemon(running.Daemon):
    """A daemon that sends to both."""

    def __init__(self):
        def prepare(folder):
            self.redis = Redis(folder)
            self.syslog = Log(folder)
            self.write("secret", SECRET + "\n", 0o600)
        redis = "redis: {socket: redis.sock, password: secret, device: leaf1, every_s: 0.2}"
        super().__init__(prepare=prepare, api=["syslog: {socket: log.sock}"]
                         + ([redis] if shutil.which("redis-server") else []))

    def act(self, action, target, value, token=TOKEN):
        status, data = super().act(action, target, value, token)
        assert status == 200, data

    def flaps(self):
        return sum(d["link"]["flaps"] for d in self.get("/api/v1/links"))

    def sender(self, name):
        time.sleep(0.3)  # questions are rationed
        return {s["name"]: s for s in self.get("/api/v1/senders")}[name]

    def metric(self, name):
        time.sleep(0.3)
        status, data, _ = self.request("GET", "/metrics")
        data = data.decode()
        assert status == 200 and data.endswith("# EOF\n")
        return [line.split()[-1] for line in data.splitlines() if line.startswith(name + " ")]

    def stop(self):
        log = super().stop()
        self.redis.stop()
        assert SECRET not in log


daemon = None


def need_redis():
    if not shutil.which("redis-server"):
        raise tap.Skip("redis-server is not installed")
    return daemon.redis


def expected():
    """What the command line says of the same fabric in virtual time."""
    stream = subprocess.run([LANEWISE, "publish", FABRIC, "--as", "sonic", "--device", "leaf1"],
                            capture_output=True, timeout=120, check=True).stdout
    db, at = {}, 0
    while at < len(stream):
        words = []
        end = stream.index(b"\r\n", at)
        n, at = int(stream[at + 1:end]), end + 2
        for _ in range(n):
            end = stream.index(b"\r\n", at)
            size, at = int(stream[at + 1:end]), end + 2
            words.append(stream[at:at + size].decode())
            at += size + 2
        if words[0] == "HSET":
            db[words[1]] = dict(zip(words[2::2], words[3::2]))
    return db


def difference(have, want):
    """What is not as it is to be: readings move with noise and time, all else is equal."""
    wrong = sorted(set(have) ^ set(want))
    for key in set(have) & set(want):
        if set(have[key]) != set(want[key]):
            wrong.append((key, sorted(set(have[key]) ^ set(want[key]))))
            continue
        for field, value in want[key].items():
            got = have[key][field]
            if field == "last_update_time" or got == value:
                continue
            if key.startswith("TRANSCEIVER_DOM_SENSOR") and abs(float(got) - float(value)) < 5:
                continue
            wrong.append((key, field, got, value))
    return wrong


def all_there(want):
    assert len(want) > 100
    last = [None]

    def same():
        last[0] = difference(daemon.redis.tables(), want)
        return not last[0]
    wait_for(same, "the tables", lambda: f"{last[0][:5]}\n{daemon.text()}")


def test_a_redis_comes_and_has_all_tables_and_nothing_stale():
    redis = need_redis()
    s = daemon.sender("redis")
    assert not s["up"] and "No such file" in s["error"] and s["connections"] == 0, s

    def fill():
        redis.ask("HSET", "TRANSCEIVER_INFO|Ethernet0", "left_behind", "1")
        # more than one answer of SCAN holds
        redis.ask("EVAL", "for i = 1, 3000 do redis.call('HSET', 'TRANSCEIVER_STATUS|Ethernet' .. "
                  "2000 + i, 'a', 'b') end", "0")
        redis.ask("HSET", "TRANSCEIVER_PM|Ethernet0", "foreign", "1")
        redis.ask("HSET", "PORT_TABLE|Ethernet0", "foreign", "1")
        redis.ask("HSET", "TRANSCEIVER_INFO|Ethernet999", "elsewhere", "1", db="0")
    redis.start(fill)
    all_but = lambda: len(redis.ask("KEYS", "TRANSCEIVER_STATUS|*")) < 100
    wait_for(all_but, "stale keys to go", daemon.text)
    assert redis.ask("HGETALL", "TRANSCEIVER_PM|Ethernet0") == ["foreign", "1"]
    assert redis.ask("HGETALL", "PORT_TABLE|Ethernet0") == ["foreign", "1"]
    assert redis.ask("KEYS", "*", db="0") == ["TRANSCEIVER_INFO|Ethernet999"]
    redis.ask("DEL", "TRANSCEIVER_PM|Ethernet0")
    wait_for(daemon.all_up, "all links", daemon.text)
    all_there(expected())
    s = daemon.sender("redis")
    assert s["up"] and s["error"] is None and s["connections"] == 1 and s["messages"] > 200, s
    assert s["to"] == "unix:redis.sock"
    assert daemon.metric('lanewise_sender_up{sender="redis"}') == ["1"]
    assert 'sender name="redis" to="unix:redis.sock" state="up"' in daemon.text()


def test_b_only_what_changed_is_sent():
    redis = need_redis()
    env = dict(os.environ, REDISCLI_AUTH=SECRET)
    with subprocess.Popen(["redis-cli", "-s", redis.socket, "MONITOR"], env=env, text=True,
                          stdout=subprocess.PIPE) as monitor:
        assert monitor.stdout.readline() == "OK\n"
        daemon.act("enable", LINK, "off")
        seen = []
        while not any('"HSET" "TRANSCEIVER_STATUS|Ethernet4"' in line for line in seen):
            seen.append(monitor.stdout.readline())
        monitor.terminate()
    assert all(re.search(r'"(HSET|PING)"', line) for line in seen), seen
    assert not any("TRANSCEIVER_INFO|" in line or "_THRESHOLD|" in line for line in seen), seen
    assert not any("swp2" in line for line in seen)
    daemon.act("enable", LINK, "on")
    wait_for(daemon.all_up, "the link to come", daemon.text)


def test_c_ports_that_are_divided_otherwise_have_other_keys():
    redis = need_redis()
    ports = lambda: sorted(int(k.split("Ethernet")[1]) for k in redis.ask("KEYS", "TRANSCEIVER_INFO|*"))
    before = ports()
    daemon.act("mode", "leaf1/swp1", "8x100G")
    wait_for(lambda: ports() == sorted(set(before) | set(range(8))), "the parts", daemon.text)
    def info(n):
        return {k: v for k, v in redis.tables()[f"TRANSCEIVER_INFO|Ethernet{n}"].items()
                if k != "last_update_time"}
    wait_for(lambda: info(7) == info(0), "the parts to tell of one module", daemon.text)
    daemon.act("mode", "leaf1/swp1", "2x400G")
    wait_for(lambda: ports() == before, "the parts to go", daemon.text)
    wait_for(daemon.all_up, "all links", daemon.text)


def test_d_redis_that_was_killed_is_told_all_again():
    redis = need_redis()
    flaps, before = daemon.flaps(), redis.tables()
    redis.stop()
    wait_for(lambda: not daemon.sender("redis")["up"], "the loss to be seen", daemon.text)
    assert daemon.metric('lanewise_sender_up{sender="redis"}') == ["0"]
    assert re.search(r'sender name="redis" to="\S+" state="down" error="\S', daemon.text())
    redis.start()
    wait_for(lambda: daemon.sender("redis")["up"], "the way back", daemon.text)
    all_there(before)
    assert daemon.flaps() == flaps


def test_e_redis_that_hangs_stalls_nobody():
    redis = need_redis()
    before = redis.tables()
    redis.process.send_signal(signal.SIGSTOP)
    try:
        slowest = 0.0
        end = time.monotonic() + 30
        while daemon.sender("redis")["up"]:
            began = time.monotonic()
            assert daemon.all_up()
            slowest = max(slowest, time.monotonic() - began)
            assert time.monotonic() < end, daemon.text()
        assert daemon.sender("redis")["error"] == "it does not answer"
        daemon.act("enable", LINK, "off")
        wait_for(lambda: not daemon.all_up(), "the engine to go on", daemon.text)
        daemon.act("enable", LINK, "on")
        wait_for(daemon.all_up, "the link to come", daemon.text)
        assert slowest < 5, slowest
    finally:
        redis.process.send_signal(signal.SIGCONT)
    wait_for(lambda: daemon.sender("redis")["up"], "the way back", daemon.text)
    all_there(before)


def test_f_wrong_password_is_told_and_a_new_one_taken():
    redis = need_redis()
    daemon.write("secret", "wrong\n", 0o600)
    redis.ask("CLIENT", "KILL", "TYPE", "normal")
    wait_for(lambda: "WRONGPASS" in (daemon.sender("redis")["error"] or ""), "the refusal", daemon.text)
    daemon.write("secret", SECRET + "\n", 0o600)
    wait_for(lambda: daemon.sender("redis")["up"], "the way back", daemon.text)


def test_g_log_comes_and_is_told_what_happened():
    s = daemon.sender("syslog")
    assert not s["up"] and s["error"], s
    daemon.syslog.open()
    # far more lines than its queue holds, none is lost
    wait_for(lambda: len(daemon.syslog.said("LINKUP", LINK)) >= 1, "the link", daemon.text)
    wait_for(lambda: sum(" LINKUP " in x for x in daemon.syslog.read()) >= 18, "all links", daemon.text)
    wait_for(lambda: sum(" MODULEIN " in x for x in daemon.syslog.read()) >= 24, "all modules", daemon.text)
    for line in daemon.syslog.lines:
        m = LINE.match(line)
        assert m and int(m[1]) >> 3 == 3 and m[2] == socket.gethostname(), line
    s = daemon.sender("syslog")
    assert s["up"] and s["messages"] >= 42 and s["lost"] == 0, s


def test_h_log_tells_of_a_fault_and_its_cause():
    n = len(daemon.syslog.read())
    daemon.act("fault", "cut:leaf1/swp1:2", "on")
    wait_for(lambda: any(" LINKDOWN " in x and LINK in x for x in daemon.syslog.read()[n:]), "the loss",
             daemon.text)
    wait_for(lambda: any(" CAUSE " in x and 'cause="cable-cut"' in x for x in daemon.syslog.read()[n:]),
             "the cause", daemon.text)
    daemon.act("fault", "cut:leaf1/swp1:2", "off")
    wait_for(daemon.all_up, "the link to come", daemon.text)
    # the API may know it sooner than the log
    wait_for(lambda: any(" LINKUP " in x and LINK in x for x in daemon.syslog.read()[n:]),
             "that being told", daemon.text)


def test_i_log_that_was_away_is_told_afterwards():
    wait_for(lambda: daemon.syslog.said("LINKUP", LINK), "the link", daemon.text)
    daemon.syslog.close()
    daemon.act("enable", LINK, "off")
    wait_for(lambda: not daemon.sender("syslog")["up"], "the loss to be seen", daemon.text)
    daemon.syslog.lines = []
    daemon.syslog.open()
    wait_for(lambda: daemon.syslog.said("LINKDOWN", LINK), "the news", daemon.text)
    assert not daemon.syslog.said("LINKUP", LINK)
    daemon.act("enable", LINK, "on")
    wait_for(lambda: daemon.syslog.said("LINKUP", LINK), "the link to come", daemon.text)
    assert daemon.sender("syslog")["lost"] == 0


daemon = Daemon()
try:
    failed = tap.main(globals())
finally:
    daemon.stop()
sys.exit(failed)
