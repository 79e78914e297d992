# SPDX-License-Identifier: Apache-2.0
"""A daemon that tests talk with."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import tap
from tap import wait_for

LANEWISED = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
TOKEN = "0123456789abcdef0123456789"
LINK = "leaf1/swp1:2 - nic2/p0"


class Daemon:
    """A daemon on twins, on a port of the kernel's choice."""

    def __init__(self, tokens=True, api=None, prepare=lambda folder: None, modules="modules: twins"):
        self.dir = tempfile.mkdtemp(prefix="lw-")
        os.chmod(self.dir, 0o755)
        shutil.copy(os.path.join(ROOT, "examples/first-light.yaml"), self.dir)
        prepare(self.dir)
        lines = ["fabric: first-light.yaml", modules, "history: past.db", "api:",
                 "  address: 127.0.0.1", "  port: 0", "  read_only: look.sock"]
        if tokens:
            self.write("tokens", f"op {TOKEN}\n", 0o600)
            lines.append("  tokens: tokens")
        self.config = "\n".join(lines + (api or [])) + "\n"
        self.write("d.yaml", self.config, 0o644)
        self.log = os.path.join(self.dir, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([LANEWISED, os.path.join(self.dir, "d.yaml")],
                                            stderr=log, stdout=log)
        self.port = self.find_port()

    def write(self, name, text, mode):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, mode)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def find_port(self, nth=1):
        def look():
            found = re.findall(r'api at="https?://127.0.0.1:(\d+)/', self.text())
            return int(found[nth - 1]) if len(found) >= nth else None
        return wait_for(look, "the API", lambda: self.text())

    def request(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request(method, path, body=body, headers=headers or {})
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, data, dict(r.getheaders())

    def get(self, path):
        status, data, _ = self.request("GET", path)
        assert status == 200, (path, status, data)
        return json.loads(data)

    def act(self, action, target, value, token=TOKEN):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + token
        status, data, _ = self.request("POST", "/api/v1/actions", json.dumps(
            {"action": action, "target": target, "value": value}), headers)
        return status, json.loads(data)

    def state(self, link=LINK):
        return {d["link"]["id"]: d["link"]["state"] for d in self.get("/api/v1/links")}.get(link)

    def all_up(self):
        s = self.get("/api/v1/summary")
        return s["up"] == s["links"] - 1 and not s["starting"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        log = self.text()
        shutil.rmtree(self.dir)
        assert "Sanitizer" not in log and "runtime error" not in log, log
        assert status == 0, (status, log)
        return log


def make_certificate(folder, name):
    if not shutil.which("openssl"):
        raise tap.Skip("no openssl")
    key, cert = (os.path.join(folder, name + end) for end in (".key", ".pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   check=True, capture_output=True)
    os.chmod(key, 0o600)
