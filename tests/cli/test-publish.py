#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lanewise publish` before the systems that it is for: their own tools and servers read what it
prints. What is not installed is skipped, with words. Prints TAP.

usage: test-publish.py LANEWISE ROOT
"""
import csv
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import tap

LANEWISE, ROOT = sys.argv[1:3]
FABRIC = os.path.join(ROOT, "examples/first-light.yaml")
LINK = "leaf1/swp1:2 - nic2/p0"
SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)\Z')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|\Z)')
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def publish(*args, status=0):
    done = subprocess.run([LANEWISE, "publish", *args], capture_output=True, timeout=120, check=False)
    said = done.stderr.decode()
    assert "Sanitizer" not in said and "runtime error" not in said, said
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {said}"
    return said if status else done.stdout.decode()


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise tap.Skip(f"{program} is not installed")


def run(*args, **options):
    done = subprocess.run(args, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0, f"{args[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def samples(text):
    """{(name, frozenset of labels): value}; every series once."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = (name, frozenset(LABEL.findall(labels or "")))
        assert key not in found, line
        found[key] = float(value)
    return found


def series(text, name, **labels):
    return {dict(k[1]).get("lane") or k[1]: v for k, v in samples(text).items()
            if k[0] == name and set(labels.items()) <= set(k[1])}


def one(text, name, **labels):
    found = list(series(text, name, **labels).values())
    assert len(found) == 1, (name, labels, found)
    return found[0]


def test_metrics_show_a_cut_link_and_its_cause():
    text = publish(FABRIC, "--fault", f"cut:leaf1/swp1:2@20")
    assert one(text, "lanewise_link_up", link=LINK) == 0
    assert one(text, "lanewise_link_state", link=LINK, lanewise_link_state="down") == 1
    assert one(text, "lanewise_link_flaps_total", link=LINK) == 1
    assert one(text, "lanewise_link_cause", link=LINK, cause="cable-cut") == 1
    assert one(text, "lanewise_links", state="up") == 17
    assert one(text, "lanewise_links", state="down") == 2
    assert one(text, "lanewise_lane_rx_los", device="leaf1", cage="swp1", lane="5") == 1
    assert one(text, "lanewise_lane_rx_los", device="leaf1", cage="swp1", lane="4") == 0


def test_metrics_of_a_dirty_lane_tell_how_much_light_is_lost():
    clean = series(publish(FABRIC), "lanewise_lane_rx_power_watts", device="leaf1", cage="swp2")
    dirty = series(publish(FABRIC, "--fault", "dirty:leaf1/swp2=4@20"), "lanewise_lane_rx_power_watts",
                   device="leaf1", cage="swp2")
    assert len(clean) == 8, clean
    for lane in ("1", "2", "3", "4"):
        loss = dirty[lane] / clean[lane]
        assert 0.36 < loss < 0.44, f"lane {lane}: {loss}, 4 dB are 0.398"


def test_metrics_of_one_device_are_of_no_other():
    found = samples(publish(FABRIC, "--device", "leaf2"))
    devices = {dict(labels).get("device") for _, labels in found} - {None}
    assert devices == {"leaf2"}, devices
    links = {dict(labels).get("link") for _, labels in found} - {None}
    assert links == {"leaf1/swp2:1 - leaf2/swp1"}, links


def test_serial_numbers_are_in_infos_alone():
    for (name, labels), _ in samples(publish(FABRIC)).items():
        assert name == "lanewise_module_info" or not {"sn", "pn", "vendor"} & set(dict(labels)), name


def test_series_do_not_depend_on_states():
    """What faults add are causes and findings; what they take away is what cannot be read."""
    def keys(*args):
        return {k for k in samples(publish(FABRIC, *args)) if k[0] not in
                ("lanewise_link_cause", "lanewise_findings")}
    assert keys() == keys("--fault", "cut:leaf1/swp1:2@20")


def test_metrics_doc_tells_each_metric_as_its_row_does():
    with open(os.path.join(ROOT, "docs/metrics.md"), encoding="utf-8") as f:
        doc = [[c.strip(" `") for c in line.strip().strip("|").split("|")] for line in f
               if line.startswith("| `lanewise_")]
    suffix = {"counter": "_total", "info": "_info"}
    with open(os.path.join(ROOT, "data/metrics.csv"), newline="", encoding="utf-8") as f:
        rows = [[f"lanewise_{r['name']}{suffix.get(r['type'], '')}", r["type"], r["help"]]
                for r in csv.DictReader(f)]
    assert [[d[0], d[1], d[3]] for d in doc] == rows, [
        (d, r) for d, r in zip(doc, rows) if [d[0], d[1], d[3]] != r][:3]
    labels = {d[0]: set(d[2].replace("`", "").split()) - {"-"} for d in doc}
    for name, found in samples(publish(FABRIC, "--fault", "cut:leaf1/swp1:2@20")):
        assert {l for l, _ in found} == labels[name], (name, found, labels[name])


def test_openmetrics_is_taken_by_the_reference_parser():
    script = ("import sys\n"
              "try:\n from prometheus_client.openmetrics.parser import text_string_to_metric_families as p\n"
              "except ImportError:\n sys.exit(77)\n"
              "print(sum(len(f.samples) for f in p(sys.stdin.read())))")
    text = publish(FABRIC, "--fault", "cut:leaf1/swp1:2@20")
    for python in (sys.executable, "/usr/bin/python3"):
        done = subprocess.run([python, "-c", script], input=text, capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode != 77:
            assert done.returncode == 0, done.stderr[-400:]
            assert int(done.stdout) == len(samples(text))
            return
    raise tap.Skip("python3-prometheus-client is not installed")


def test_openmetrics_is_taken_by_promtool():
    need("promtool")
    text = publish(FABRIC)
    with tempfile.TemporaryDirectory() as folder:
        timed = os.path.join(folder, "metrics")
        with open(timed, "w", encoding="utf-8") as f:
            f.write("".join(l + ("" if l.startswith("#") else " 1767225700") + "\n"
                            for l in text.splitlines()))
        run("promtool", "tsdb", "create-blocks-from", "openmetrics", timed, folder)
        blocks = [os.path.join(folder, d, "meta.json") for d in os.listdir(folder)
                  if os.path.isdir(os.path.join(folder, d))]
        stored = 0
        for path in blocks:
            with open(path, encoding="utf-8") as f:
                stored += json.load(f)["stats"]["numSamples"]
    assert stored == len(samples(text)), stored


def test_older_text_passes_the_checks_of_promtool():
    need("promtool")
    said = run("promtool", "check", "metrics", input=publish(FABRIC, "--as", "prometheus"))
    assert said == "", said


def test_both_texts_have_the_same_samples():
    new, old = publish(FABRIC), publish(FABRIC, "--as", "prometheus")
    assert samples(new) == samples(old)
    assert new.endswith("# EOF\n") and "# EOF" not in old and "# UNIT" not in old


class Exporter(http.server.BaseHTTPRequestHandler):
    text = b""
    asked = ""

    def do_GET(self):  # pylint: disable=invalid-name
        Exporter.asked = self.headers.get("Accept", "")
        self.send_response(200)
        self.send_header("Content-Type", OPENMETRICS)
        self.end_headers()
        self.wfile.write(Exporter.text)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def alerts():
    """The expressions of docs/metrics.md."""
    with open(os.path.join(ROOT, "docs/metrics.md"), encoding="utf-8") as f:
        part = f.read().split("## Alerts")[1].split("##")[0]
    found = [row.split("`")[1] for row in part.splitlines() if "`" in row]
    assert len(found) >= 4, found
    return found


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)["data"]["result"]


def wait_for(what, server):
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        try:
            found = what()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("nothing came in a minute")


def test_prometheus_scrapes_and_answers_queries():
    need("prometheus")
    Exporter.text = publish(FABRIC, "--fault", "cut:leaf1/swp1:2@20").encode()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as f:
            f.write("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: lanewise\n"
                    f"  static_configs: [{{targets: ['127.0.0.1:{web.server_port}']}}]\n")
        server = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/db",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: query(port, "up == 1"), server)
            down = query(port, "lanewise_link_up == 0 and on(link) lanewise_link_flaps_total > 0")
            assert [d["metric"]["link"] for d in down] == [LINK], down
            (info,) = query(port, 'lanewise_module_info{device="leaf1",cage="swp1"}')
            assert info["metric"]["pn"] == "OSFP-800G-DR8", info
            for expression in alerts():
                query(port, expression)
            (n,) = query(port, 'count({__name__=~"lanewise_.+"})')
            assert int(n["value"][1]) == len(samples(Exporter.text.decode())), n
        finally:
            server.terminate()
            server.wait()
            web.shutdown()
            web.server_close()
    assert "openmetrics" in Exporter.asked, Exporter.asked


def test_unknown_form_and_device_are_refused():
    assert "--as" in publish(FABRIC, "--as", "snmp", status=2)
    assert 'no device "leaf9"' in publish(FABRIC, "--device", "leaf9", status=2)
    assert "no fabric file" in publish(status=2)


sys.exit(tap.main(dict(globals())))
