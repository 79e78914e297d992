#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP of lanewised: what is right takes effect and no link minds, of what is wrong nothing does.
Prints TAP.

usage: test-reload.py LANEWISED ROOT LANEWISE
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap
from running import LANEWISED, LINK, ROOT, TOKEN, Daemon, make_certificate
from tap import wait_for

LANEWISE = os.path.abspath(sys.argv[3])
OTHER = "fedcba9876543210fedcba9876"
SIBLING = "leaf1/swp1:1 - nic1/p0"


def reload(d):
    """Have it read all anew. @return the line of its log about that"""
    before = d.text().count("\nreload ")
    d.process.send_signal(signal.SIGHUP)
    wait_for(lambda: d.text().count("\nreload ") > before, "the reload", d.text)
    return re.findall(r"(?m)^reload .*$", d.text())[before]


def links(d):
    return {x["link"]["id"]: x["link"] for x in d.get("/api/v1/links")}


def pid_of_web(d):
    with open(f"/proc/{d.process.pid}/task/{d.process.pid}/children", encoding="ascii") as f:
        return int(f.read().split()[0])


@contextlib.contextmanager
def running(**how):
    d = Daemon(**how)
    try:
        yield d
    finally:
        d.stop()


daemon = None


def test_mistakes_change_nothing_but_tokens():
    wait_for(daemon.all_up, "all links", daemon.text)
    before, web, config = links(daemon), pid_of_web(daemon), daemon.config
    fabric = os.path.join(daemon.dir, "first-light.yaml")
    with open(fabric, encoding="ascii") as f:
        drawing = f.read()
    make_certificate(daemon.dir, "a")
    make_certificate(daemon.dir, "b")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for text, word in (
                (config + "fabrik: x\n", "fabrik"),
                (config.replace("first-light", "none"), "none.yaml"),
                (config + "measure_s: 0\n", "measure_s"),
                (config + "syslog: {port: 514}\n", "syslog: either socket"),
                (config + "  tls: {certificate: a.pem, key: b.key}\n", "is not the key of"),
                (config + "  tls: {certificate: tokens, key: b.key}\n", "is no certificate in PEM"),
                (config.replace("port: 0", f"port: {taken.getsockname()[1]}"), "cannot listen"),
                (config.replace("twins", "/dev/{cage}"), "take a restart"),
                (config + "seed: 2\n", "take a restart")):
            daemon.write("d.yaml", text, 0o644)
            line = reload(daemon)
            assert word in line and "nothing is changed" in line, (text, line)
    os.unlink(os.path.join(daemon.dir, "d.yaml"))
    os.mkfifo(os.path.join(daemon.dir, "d.yaml"))
    assert "is no plain file" in reload(daemon)
    os.unlink(os.path.join(daemon.dir, "d.yaml"))
    daemon.write("d.yaml", config, 0o644)
    daemon.write("first-light.yaml", drawing.replace("length_m: 30", "length_m: 31"), 0o644)
    assert "take a restart" in reload(daemon)
    daemon.write("first-light.yaml", drawing + "nonsense\n", 0o644)
    assert "first-light.yaml" in reload(daemon)
    # whoever was struck out is out, whatever else is wrong
    daemon.write("tokens", f"new {OTHER}\n", 0o600)
    assert "tokens, which were read anew" in reload(daemon)
    assert daemon.act("enable", LINK, "on")[0] == 401
    assert daemon.act("enable", LINK, "on", OTHER)[0] == 200
    daemon.write("tokens", f"new {TOKEN}\n", 0o644)
    assert "the tokens of before hold" in reload(daemon)
    assert daemon.act("enable", LINK, "on", OTHER)[0] == 200
    daemon.write("first-light.yaml", drawing, 0o644)
    daemon.write("tokens", f"op {TOKEN}\n", 0o600)
    line = reload(daemon)
    assert "tokens were read anew" in line and "changed=" not in line, line
    assert daemon.act("enable", LINK, "on")[0] == 200
    after = links(daemon)
    assert pid_of_web(daemon) == web
    assert [(k, x["state"], x["flaps"]) for k, x in after.items()] == [
        (k, x["state"], x["flaps"]) for k, x in before.items()]


def test_receiver_that_is_added_is_told_and_one_that_is_gone_is_not():
    wait_for(daemon.all_up, "all links", daemon.text)
    web = pid_of_web(daemon)
    path = os.path.join(daemon.dir, "log.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(path)
        log.settimeout(60)
        daemon.write("d.yaml", daemon.config + "syslog: {socket: log.sock}\n", 0o644)
        assert 'changed="syslog"' in reload(daemon)
        assert b"lanewise" in log.recv(65536)
        log.setblocking(False)

        def arrived():
            with contextlib.suppress(BlockingIOError):
                while log.recv(65536):
                    pass
            return 'sender name="syslog" to="unix:log.sock" state="up"' in daemon.text()
        wait_for(arrived, "the sender", daemon.text)
        # what does not concern it leaves it alone, with what it is configured by
        daemon.write("d.yaml", daemon.config + "syslog: {socket: log.sock}\nmeasure_s: 0.5\n", 0o644)
        assert 'changed="measure_s"' in reload(daemon)
        assert [x["connections"] for x in daemon.get("/api/v1/senders")] == [1]
        daemon.write("d.yaml", daemon.config, 0o644)
        assert 'changed="measure_s, syslog"' in reload(daemon)
        assert daemon.get("/api/v1/senders") == []
    assert pid_of_web(daemon) == web
    assert links(daemon)[SIBLING]["flaps"] == 0


def test_policy_that_is_lifted_lets_links_come_up():
    with running(api=["policy: {vendors: [NOBODY]}"]) as d:
        wait_for(lambda: d.get("/api/v1/summary")["down"] == 19, "the refusal", d.text)
        assert 'cause="vendor-refused"' in d.text()
        d.write("d.yaml", d.config.replace("[NOBODY]", "[]"), 0o644)
        assert 'changed="policy"' in reload(d)
        wait_for(d.all_up, "all links", d.text)


def subject_of(d):
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", d.port), timeout=30) as s:
        with trust.wrap_socket(s) as t:
            return t.getpeercert(binary_form=True)


def test_certificate_is_renewed():
    def prepare(folder):
        make_certificate(folder, "a")
        make_certificate(folder, "b")
    with running(prepare=prepare, api=["  tls: {certificate: a.pem, key: a.key}"]) as d:
        at = {n: os.path.join(d.dir, n) for n in ("a.pem", "a.key", "b.pem", "b.key")}

        def der(name):
            with open(at[name], encoding="ascii") as f:
                return ssl.PEM_cert_to_DER_cert(f.read())
        assert subject_of(d) == der("a.pem")
        old = der("a.pem")
        # half of it is no pair; and what was not accepted does not come by another way either
        shutil.copy(at["b.pem"], at["a.pem"])
        assert "is not the key of" in reload(d)
        assert subject_of(d) == old
        os.kill(pid_of_web(d), signal.SIGKILL)
        d.port = d.find_port(2)
        assert subject_of(d) == old
        shutil.copy(at["b.key"], at["a.key"])
        assert 'changed="certificate"' in reload(d)
        d.port = d.find_port(3)
        assert subject_of(d) == der("b.pem")
        assert d.text().count("api-ended") == 1, d.text()


def test_api_moves_and_ends():
    wait_for(daemon.all_up, "all links", daemon.text)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    nth = daemon.text().count('api at="')
    daemon.write("d.yaml", daemon.config.replace("port: 0", f"port: {port}")
                 .replace("look.sock", "see.sock"), 0o644)
    assert 'changed="api"' in reload(daemon)
    daemon.port = daemon.find_port(nth + 1)
    assert daemon.port == port
    wait_for(daemon.all_up, "the documents", daemon.text)
    assert not os.path.exists(os.path.join(daemon.dir, "look.sock"))
    assert os.path.exists(os.path.join(daemon.dir, "see.sock"))
    daemon.write("d.yaml", "fabric: first-light.yaml\nmodules: twins\nhistory: past.db\n", 0o644)
    assert 'changed="api"' in reload(daemon)

    def refused():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) != 0
    wait_for(refused, "the end of the API", daemon.text)
    daemon.write("d.yaml", daemon.config, 0o644)
    assert 'changed="api"' in reload(daemon)
    daemon.port = daemon.find_port(nth + 2)
    wait_for(daemon.all_up, "the documents", daemon.text)
    assert links(daemon)[SIBLING]["flaps"] == 0


CABLE = re.compile(r"(?m)^  - \{id: fr4-left,.*\n")


@contextlib.contextmanager
def mounted():
    """Virtual modules of another process, as real ones are seen."""
    if not os.path.exists("/dev/fuse"):
        raise tap.Skip("no /dev/fuse")
    mount = tempfile.mkdtemp(prefix="lw-m-")
    twins = subprocess.Popen([LANEWISE, "twin", os.path.join(ROOT, "examples/first-light.yaml"),
                              "--mount", mount],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(os.path.join(mount, "leaf1/swp1/eeprom")), "the mount")
        yield mount
    finally:
        twins.send_signal(signal.SIGTERM)
        twins.wait(60)
        os.rmdir(mount)


def test_another_fabric_disturbs_no_link_of_a_running_one():
    with mounted() as mount:
        way = f"modules: {mount}/{{device}}/{{cage}}/eeprom"
        with running(modules=way, prepare=without_a_cable) as d:
            another_fabric(d)


def without_a_cable(folder):
    path = os.path.join(folder, "first-light.yaml")
    with open(path, encoding="ascii") as f:
        text = f.read()
    assert CABLE.search(text)
    with open(path, "w", encoding="ascii") as f:
        f.write(CABLE.sub("", text))


def up(d):
    return {k for k, x in links(d).items() if x["state"] == "up"}


def settled(d):
    return all(x["state"] != "starting" for x in links(d).values())


def writes(d):
    return {c["id"]: c.get("writes", 0) for c in d.get("/api/v1/cages")}


def went_down(d, since_ms):
    with contextlib.closing(sqlite3.connect(os.path.join(d.dir, "past.db"))) as db:
        # flaps are counted from the first day on: a link may have come and gone on its way up
        return db.execute("SELECT subject, t FROM event AS e WHERE t >= ?1 AND (kind = 'link-down' "
                          "OR flaps > (SELECT coalesce(max(flaps), 0) FROM event WHERE subject = "
                          "e.subject AND t < ?1))", (since_ms,)).fetchall()


def another_fabric(d):
    fresh, off, gone = "leaf1/swp2:1 - leaf2/swp1", LINK, "leaf1/swp3:8 - gpu8/p0"
    wait_for(lambda: d.get("/api/v1/summary")["up"] == 17, "all links", d.text)
    assert fresh not in links(d)
    # what people asked for stays
    assert d.act("enable", off, "off")[0] == 200
    assert d.act("mode", "leaf1/swp3", "1x800G")[0] == 200
    wait_for(lambda: gone not in links(d) and links(d)[off]["state"] == "down", "both", d.text)
    wait_for(lambda: settled(d), "the rest", d.text)
    before = up(d)
    assert off not in before and SIBLING in before, before

    # a way that leads nowhere: all is opened before anything is let go
    d.write("d.yaml", d.config.replace("/eeprom", "/none"), 0o644)
    line = reload(d)
    assert "nothing is changed" in line, line
    assert up(d) == before, (up(d) ^ before, d.text())
    d.write("d.yaml", d.config, 0o644)

    status, job = d.act("prbs", off, "60 from-a")
    assert status == 200, job
    shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), d.dir)
    line = reload(d)
    assert f"job {job['job']} (prbs" in line, (line, d.text())
    assert d.act("prbs", off, "stop")[0] == 200
    wait_for(lambda: "job what=" in d.text(), "the end of the test", d.text)

    wrote, began = writes(d), time.time() * 1000
    line = reload(d)
    assert 'changed="files of the fabric"' in line, line
    wait_for(lambda: links(d).get(fresh, {}).get("state") == "up", "the new link", d.text)
    wait_for(lambda: settled(d), "the others", d.text)
    assert up(d) == before | {fresh}, (up(d), before, d.text())
    after = links(d)
    assert gone not in after and after[off]["state"] == "down", after
    assert sum(x["flaps"] for x in after.values()) == 0, after
    now = writes(d)
    # lanes of the test that was just ended may have been on their way down
    written = {c for c in now if now[c] != wrote[c]} - {"leaf1/swp1", "nic2/p0"}
    assert written == {"leaf1/swp2", "leaf2/swp1"}, (wrote, now)
    down = went_down(d, began)
    assert not down, down


def test_check_looks_at_tokens_and_certificates():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), folder)
        make_certificate(folder, "a")
        make_certificate(folder, "b")
        at = lambda name: os.path.join(folder, name)
        with open(at("empty"), "w", encoding="ascii"):
            pass
        shutil.copy(at("a.key"), at("open.key"))
        os.chmod(at("open.key"), 0o640)
        with open(at("tokens"), "w", encoding="ascii") as f:
            f.write("op short\n")
        os.chmod(at("tokens"), 0o600)
        for more, word in (("tls: {certificate: a.pem, key: a.key}", None),
                           ("tls: {certificate: a.pem, key: b.key}", "is not the key of"),
                           ("tls: {certificate: a.key, key: a.key}", "is no certificate in PEM"),
                           ("tls: {certificate: empty, key: a.key}", "is no certificate in PEM"),
                           ("tls: {certificate: a.pem, key: a.pem}", "chmod 600"),
                           ("tls: {certificate: a.pem, key: open.key}", "chmod 600"),
                           ("tls: {certificate: a.pem, key: none}", "No such file"),
                           ("tls: {certificate: none, key: a.key}", "No such file"),
                           ("tokens: none", "No such file"),
                           ("tokens: tokens", "at least 20 letters")):
            with open(at("d.yaml"), "w", encoding="ascii") as f:
                f.write("fabric: first-light.yaml\nmodules: twins\napi: {address: 127.0.0.1, "
                        f"{more}}}\n")
            done = subprocess.run([LANEWISED, "-n", at("d.yaml")], capture_output=True, text=True,
                                  timeout=60, check=False)
            if word:
                assert done.returncode == 2 and word in done.stderr, (more, done)
            else:
                assert done.returncode == 0 and "all well" in done.stdout and not done.stderr, done


daemon = Daemon()
try:
    failed = tap.main(globals())
finally:
    daemon.stop()
sys.exit(failed)
