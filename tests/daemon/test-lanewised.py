#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lanewised as its users and its enemies meet it: over HTTP and signals. Prints TAP.

usage: test-lanewised.py LANEWISED ROOT
"""
import contextlib
import json
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


daemon = None


def raw(data, half=False):
    """Bytes on the wire; what comes back until the other side closes or is silent."""
    s = socket.create_connection(("127.0.0.1", daemon.port), timeout=20)
    s.sendall(data)
    if half:
        return s
    got = b""
    try:
        s.shutdown(socket.SHUT_WR)
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
    except OSError:
        pass
    s.close()
    return got


def test_links_and_cages_are_listed():
    assert len(daemon.get("/api/v1/links")) == 19
    assert len(daemon.get("/api/v1/cages")) == 25
    one = daemon.get("/api/v1/links/" + LINK.replace(" ", "%20"))
    assert one["link"]["state"] == "up" and len(one["link"]["lanes"]) == 4
    assert daemon.get("/api/v1/cages/leaf1/swp1")["module"]["part"] == "OSFP-800G-DR8"


def test_description_names_every_path_and_each_answers():
    d = daemon.get("/api/v1/openapi.json")
    assert d["openapi"].startswith("3.")
    assert d["components"]["schemas"]
    for path, methods in d["paths"].items():
        at = path.replace("{link}", LINK.replace(" ", "%20")).replace("{cage}", "leaf1/swp1")
        if path == "/api/v1/preview":
            at += "?cage=leaf1/swp1&mode=2x400G"
        if path == "/api/v1/openconfig":
            at += "?device=leaf1"
        if path == "/api/v1/history":
            at += "?cage=leaf1/swp1&quantity=rx-power&lane=1&hours=24"
        if path == "/api/v1/registers":
            at += "?cage=leaf1/swp1&page=00h&bank=0"
        if path == "/api/v1/explain":
            at += "?field=cmis.vendor_name"
        if path == "/api/v1/stream":
            continue
        if "get" in methods:
            assert daemon.request("GET", at)[0] == 200, at


def test_page_and_its_parts_are_there_and_ask_for_nothing_foreign():
    status, page, headers = daemon.request("GET", "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    parts = re.findall(rb'(?:src|href)="([^"#]+)"', page)
    assert b"app.js" in parts
    for part in parts:
        assert b":" not in part, part
        if not part.startswith(b"/api"):
            assert daemon.request("GET", "/" + part.decode())[0] == 200, part


def test_action_needs_the_token():
    assert daemon.act("enable", LINK, "off", None)[0] == 401
    assert daemon.act("enable", LINK, "off", TOKEN[:-1])[0] == 401
    assert daemon.act("enable", LINK, "off", TOKEN + "0")[0] == 401
    assert daemon.state() == "up"


def test_link_goes_off_and_on_and_siblings_stay():
    status, body = daemon.act("enable", LINK, "off")
    assert status == 200 and body["ok"], body
    wait_for(lambda: daemon.state() != "up", "the link to go", daemon.text)
    assert daemon.state("leaf1/swp1:1 - nic1/p0") == "up"
    assert daemon.act("enable", LINK, "on")[0] == 200
    wait_for(lambda: daemon.state() == "up", "the link to come", daemon.text)
    assert 'action what="enable"' in daemon.text() and 'who="op"' in daemon.text()
    assert TOKEN not in daemon.text()


def test_fault_is_diagnosed():
    assert daemon.act("fault", "cut:leaf1/swp1:2", "on")[0] == 200

    def cause():
        d = daemon.get("/api/v1/links/" + LINK.replace(" ", "%20"))
        return [c["cause"] for c in d["why"]["causes"]] == ["cable-cut"]
    def told():
        return "cable-cut" in [e["cause"] for e in daemon.get("/api/v1/events") if e["link"] == LINK]
    wait_for(cause, "the cause", daemon.text)
    wait_for(told, "the event that names it", daemon.text)
    assert daemon.act("fault", "cut:leaf1/swp1:2", "off")[0] == 200
    wait_for(lambda: daemon.state() == "up", "the link to come", daemon.text)


def test_stream_tells_of_a_change():
    s = socket.create_connection(("127.0.0.1", daemon.port), timeout=60)
    s.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    got = b""
    while b"retry: 1000" not in got:
        got += s.recv(4096)
    daemon.act("enable", "leaf1/swp3:1 - gpu1/p0", "off")
    while b"event: link" not in got or b'"enabled": false' not in got:
        piece = s.recv(65536)
        assert piece, got[-500:]
        got += piece
    s.close()
    daemon.act("enable", "leaf1/swp3:1 - gpu1/p0", "on")


def test_history_keeps_readings():
    def points():
        time.sleep(0.5)  # questions are rationed
        d = daemon.get("/api/v1/history?cage=leaf1/swp1&quantity=rx-power&lane=1&hours=1")
        assert d["trend"]["verdict"] == "unknown", d
        return d["points"]
    (first, *_) = wait_for(points, "readings", daemon.text)
    assert 1e-4 < first[1] <= first[2] <= first[3] < 1e-2, first
    assert abs(first[0] / 1000 - time.time()) < 300
    for wrong in ("cage=leaf1/swp1", "cage=leaf1/swp1&quantity=rx-power&lane=x&hours=1",
                  "cage=leaf1/swp1&quantity=rx-power&lane=1&hours=0"):
        assert daemon.request("GET", "/api/v1/history?" + wrong)[0] == 400, wrong
    assert daemon.request("GET", "/api/v1/history?cage=x&quantity=y&lane=1&hours=1")[0] == 404


def test_read_only_socket_shows_and_does_not_act():
    def over(request):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(os.path.join(daemon.dir, "look.sock"))
        s.sendall(request)
        got = b""
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += piece
    got = over(b"GET /api/v1/summary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200"), got
    body = json.dumps({"action": "enable", "target": LINK, "value": "off"}).encode()
    got = over(b"POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               b"Content-Type: application/json\r\nAuthorization: Bearer " + TOKEN.encode() +
               b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert got.startswith(b"HTTP/1.1 403"), got


def test_jobs_are_asked_for_and_told_of():
    status, body = daemon.act("reset", "leaf1/swp2", "preview")
    assert status == 200 and body["disturbs"], body
    assert [x["state"] for x in body["links"]] == ["up", "up"], body
    link = "leaf1/swp2:1 - leaf2/swp1"
    assert daemon.act("prbs", link, "2 from-a", None)[0] == 401
    assert daemon.act("prbs", link, "2 from-a")[0] == 409
    status, body = daemon.act("prbs", link, "2 from-a force")
    assert status == 200 and body["job"], body

    def job():
        time.sleep(0.3)  # questions are rationed
        (found,) = [x for x in daemon.get("/api/v1/jobs") if x["job"] == body["job"]]
        return found if found["over"] else None
    done = wait_for(job, "the test", daemon.text)
    assert done["ok"] and done["action"] == "prbs" and done["target"] == link, done
    (way,) = done["directions"]
    assert way["finished"] and way["from"] == "leaf1/swp2" and way["to"] == "leaf2/swp1", way
    assert way["lanes"] and all(x["locked"] and x["ber_high"] < 1e-6 for x in way["lanes"]), way
    assert 'action what="prbs"' in daemon.text()
    wait_for(lambda: 'job what="prbs"' in daemon.text(), "the log of its end", daemon.text)
    wait_for(lambda: daemon.state(link) == "up", "the link to come", daemon.text)


def test_foreign_pages_are_turned_away():
    good = {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}
    body = json.dumps({"action": "enable", "target": LINK, "value": "off"})
    for more in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert daemon.request("POST", "/api/v1/actions", body, {**good, **more})[0] == 403, more
        assert daemon.request("GET", "/api/v1/links", None, more)[0] == 403, more
    # a name that was made to point here
    assert daemon.request("GET", "/api/v1/links", None, {"Host": "evil.example"})[0] == 421
    # a form cannot send JSON
    form = {**good, "Content-Type": "text/plain"}
    assert daemon.request("POST", "/api/v1/actions", body, form)[0] == 415
    assert daemon.state() == "up"


def test_paths_lead_nowhere_else():
    for path in ("/../d.yaml", "/..%2fd.yaml", "/%2e%2e/tokens", "//etc/passwd", "/tokens",
                 "/api/v1/links/../../tokens", "/api/v1/cages/%00", "/.git", "/app.js/"):
        status, data, _ = daemon.request("GET", path)
        assert status == 404, (path, status)
        assert TOKEN.encode() not in data


def test_what_is_too_long_or_wrong_is_refused():
    good = {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}
    for body, status in (("x" * 100000, 413), ("{}", 400), ("[1]", 400), ("", 400),
                         ('{"action": "enable"}', 400), ('{"action": 1, "target": "", "value": ""}', 400),
                         ('{"action": "enable", "action": "mode", "target": "", "value": ""}', 400),
                         (json.dumps({"action": "enable", "target": "x" * 1900, "value": "on"}), 404)):
        got = daemon.request("POST", "/api/v1/actions", body, good)[0]
        assert got == status, (body[:60], got)
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        assert daemon.request(method, "/api/v1/links")[0] == 405, method
    assert daemon.request("POST", "/api/v1/links", "{}", good)[0] == 405


def test_garbage_on_the_wire_harms_nobody():
    for data in (b"\x00" * 5000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
                 b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
                 b"POST /api/v1/actions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked"
                 b"\r\n\r\nffffffffffffffff\r\n"):
        raw(data)
    assert daemon.state() == "up"


def test_slow_clients_stall_nobody():
    slow = [raw(b"GET / HTTP/1.1\r\nHost: loc", half=True) for _ in range(60)]
    idle = [raw(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", half=True)
            for _ in range(20)]
    assert daemon.get("/api/v1/summary")["links"]
    for s in slow + idle:
        s.close()


def test_crowd_of_slow_clients_takes_no_place_from_others():
    crowd = [raw(b"GET / HTTP/1.1\r\nX: ", half=True) for _ in range(400)]
    assert daemon.get("/api/v1/summary")["links"]
    for s in crowd:
        s.close()


def web_process():
    with open(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children",
              encoding="ascii") as f:
        return int(f.read().split()[0])


def test_web_process_owns_nothing():
    web = web_process()
    with open(f"/proc/{web}/status", encoding="ascii") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    if os.geteuid():
        raise tap.Skip("what it has open is shown to root alone")
    assert status["Uid"].split() == ["65534"] * 4 and status["Gid"].split() == ["65534"] * 4
    assert status["Groups"].strip() == "" and int(status["CapEff"], 16) == 0
    for fd in os.listdir(f"/proc/{web}/fd"):
        at = os.readlink(f"/proc/{web}/fd/{fd}")
        assert at.startswith(("socket:", "anon_inode:", "pipe:")) or at in ("/dev/null", daemon.log), at


def test_sockets_and_files_let_in_whom_they_should():
    def mode(name):
        return os.stat(os.path.join(daemon.dir, name)).st_mode & 0o777
    assert mode("look.sock") == 0o666
    assert mode("tokens") == 0o600
    assert mode("past.db") & 0o022 == 0


def test_tls_serves_and_plain_text_gets_nothing():
    d = Daemon(api=["  tls: {certificate: a.pem, key: a.key}"],
               prepare=lambda folder: make_certificate(folder, "a"))
    try:
        trust = ssl.create_default_context(cafile=os.path.join(d.dir, "a.pem"))
        with socket.create_connection(("127.0.0.1", d.port), timeout=30) as s:
            with trust.wrap_socket(s, server_hostname="localhost") as t:
                assert t.version() in ("TLSv1.2", "TLSv1.3"), t.version()
                t.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert t.recv(100).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", d.port), timeout=30) as s:
            s.sendall(b"GET /api/v1/summary HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                assert b"HTTP" not in s.recv(100)
            except ConnectionError:
                pass
    finally:
        d.stop()


def test_history_that_cannot_be_kept_keeps_no_link_down():
    def spoil(folder):
        with open(os.path.join(folder, "past.db"), "w", encoding="ascii") as f:
            f.write("this is no database " * 1000)
    d = Daemon(prepare=spoil)
    try:
        wait_for(d.all_up, "all links", d.text)
        assert "not a database" in d.text(), d.text()
        os.remove(os.path.join(d.dir, "past.db"))
        wait_for(lambda: "it is written again" in d.text(), "the history", d.text)
        # who holds its lock delays nobody
        with contextlib.closing(sqlite3.connect(os.path.join(d.dir, "past.db"))) as other:
            other.execute("BEGIN IMMEDIATE")
            wait_for(lambda: "locked" in d.text(), "the lock to be met", d.text)
            assert d.act("enable", LINK, "off")[0] == 200
            other.rollback()
        wait_for(lambda: d.text().count("it is written again") == 2, "the history", d.text)
    finally:
        d.stop()


def test_socket_of_a_living_server_is_not_taken():
    path = os.path.join(daemon.dir, "look.sock")
    before = os.stat(path).st_ino
    other = os.path.join(daemon.dir, "other.yaml")
    with open(other, "w", encoding="ascii") as f:
        f.write("fabric: first-light.yaml\nmodules: twins\n"
                "api: {address: 127.0.0.1, port: 0, read_only: look.sock}\n")
    with open(os.path.join(daemon.dir, "other.log"), "w+", encoding="utf-8") as log:
        second = subprocess.Popen([LANEWISED, other], stderr=log)
        wait_for(lambda: "another server listens there" in open(log.name, encoding="utf-8").read(),
                 "the refusal")
        second.terminate()
        second.wait(60)
    assert os.stat(path).st_ino == before


def test_web_process_that_dies_takes_no_link_along():
    os.kill(web_process(), signal.SIGKILL)
    daemon.port = daemon.find_port(2)
    wait_for(daemon.all_up, "the documents", daemon.text)
    assert daemon.state() == "up"
    flaps = {d["link"]["id"]: d["link"]["flaps"] for d in daemon.get("/api/v1/links")}
    assert flaps["leaf1/swp2:1 - leaf2/swp1"] == 0


def test_tokens_are_read_anew_on_hangup():
    other = "fedcba9876543210fedcba9876"
    daemon.write("tokens", f"new {other}\n", 0o600)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "tokens were read anew" in daemon.text(), "the reload", daemon.text)
    assert daemon.act("enable", LINK, "on")[0] == 401
    assert daemon.act("enable", LINK, "on", other)[0] == 200
    daemon.write("tokens", "broken\n", 0o600)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the tokens of before hold" in daemon.text(), "the refusal", daemon.text)
    assert daemon.act("enable", LINK, "on", other)[0] == 200
    daemon.write("tokens", f"op {TOKEN}\n", 0o600)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: daemon.act("enable", LINK, "on")[0] == 200, "the token of before")


def run(*args):
    return subprocess.run([LANEWISED, *args], capture_output=True, text=True, timeout=60,
                          check=False)


def test_check_tells_of_mistakes():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "d.yaml")
        for text, status, word in (("fabric: none.yaml\nmodules: twins\n", 2, "none.yaml"),
                                   ("fabrik: x\n", 2, "fabrik"), ("", 2, "empty")):
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
            done = run("-n", path)
            assert done.returncode == status and word in done.stderr, (text, done)
    assert run("-n", "/no/such").returncode == 2
    assert run().returncode == 2 and run("--nonsense", "x").returncode == 2
    assert "usage" in run("--help").stdout
    done = run("-n", os.path.join(ROOT, "examples/lanewised.yaml"))
    assert done.returncode == 0 and "19 links" in done.stdout, done


def test_tokens_that_others_can_read_are_refused():
    with tempfile.TemporaryDirectory() as d:
        shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), d)
        for name, text, mode in (("tokens", f"op {TOKEN}\n", 0o644),
                                 ("d.yaml", "fabric: first-light.yaml\nmodules: twins\napi: "
                                  "{address: 127.0.0.1, port: 0, tokens: tokens}\n", 0o644)):
            with open(os.path.join(d, name), "w", encoding="ascii") as f:
                f.write(text)
            os.chmod(os.path.join(d, name), mode)
        done = run(os.path.join(d, "d.yaml"))
        assert done.returncode == 2 and "chmod 600" in done.stderr, done


def test_once_ends_by_itself():
    done = run("--once", os.path.join(ROOT, "examples/lanewised.yaml"))
    assert done.returncode == 0, done
    assert done.stderr.count('to="up"') == 18, done.stderr


daemon = Daemon()
try:
    wait_for(daemon.all_up, "all links", daemon.text)
    failed = tap.main(globals())
finally:
    daemon.stop()
sys.exit(failed)
