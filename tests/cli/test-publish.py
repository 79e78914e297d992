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
ROOT = os.path.abspath(ROOT)
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


# ---- SONiC ----------------------------------------------------------------------------------

GOLDEN = os.path.join(ROOT, "tests/golden")
FORMS = {0x03: ("SFP28", "1x25G"), 0x11: ("QSFP28", "1x100G"), 0x0d: ("QSFP28", "1x100G"),
         0x18: ("QSFP-DD", "1x400G"), 0x19: ("OSFP", "1x800G")}


def commands(stream):
    """Commands in the protocol of Redis, as lists of texts."""
    at, found = 0, []

    def number(mark):
        nonlocal at
        assert stream[at:at + 1] == mark, stream[at:at + 20]
        end = stream.index(b"\r\n", at)
        value, at = int(stream[at + 1:end]), end + 2
        return value

    while at < len(stream):
        words = []
        for _ in range(number(b"*")):
            n = number(b"$")
            words.append(stream[at:at + n].decode("latin-1"))
            at += n + 2
        found.append(words)
    return found


def database(stream):
    """What the commands leave behind: {key: {field: value}}."""
    db = {}
    for words in commands(stream):
        if words[0] == "HSET":
            db.setdefault(words[1], {}).update(zip(words[2::2], words[3::2]))
        elif words[0] == "DEL":
            db.pop(words[1], None)
        else:
            assert words in (["SELECT", "6"], ["MULTI"], ["EXEC"]), words
    return db


def sonic(*args):
    done = subprocess.run([LANEWISE, "publish", "--as", "sonic", *args], capture_output=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def of_dump(folder, dump):
    with open(dump, "rb") as f:
        form, mode = FORMS[f.read(1)[0]]
    path = os.path.join(folder, "fabric.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"fabric: one\ndevices:\n  leaf1:\n    cages:\n      swp1: {{form: {form}, mode: {mode}, "
                f"port: Ethernet8, module: {{dump: {json.dumps(dump)}}}}}\ncables: []\n")
    return database(sonic(path))


def test_sonic_tables_have_the_fields_of_the_data():
    db = database(sonic(FABRIC, "--device", "leaf1"))
    with open(os.path.join(ROOT, "data/state-db.csv"), newline="", encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r["map"] in ("cmis", "all")]
    names = {"info": "TRANSCEIVER_INFO", "sensor": "TRANSCEIVER_DOM_SENSOR",
             "threshold": "TRANSCEIVER_DOM_THRESHOLD", "status": "TRANSCEIVER_STATUS",
             "firmware": "TRANSCEIVER_FIRMWARE_INFO", "status-sw": "TRANSCEIVER_STATUS_SW"}
    for short, name in names.items():
        want = set()
        for r in rows:
            if r["table"] == short:
                want |= {r["field"].replace("%u", str(n)) for n in range(1, int(r["lanes"] or 1) + 1)}
        assert set(db[f"{name}|Ethernet0"]) == want, (name, want ^ set(db[f"{name}|Ethernet0"]))


def test_sonic_tables_are_there_for_each_part_of_a_split_port():
    db = database(sonic(FABRIC, "--device", "leaf1"))
    ports = {key.split("|")[1] for key in db if key.startswith("TRANSCEIVER_INFO|")}
    want = {0, 4, 8, 12, *range(16, 24), 24, 28, *range(32, 36), 40, 44}
    assert ports == {f"Ethernet{n}" for n in want}, sorted(ports)
    a, b = (db[f"TRANSCEIVER_INFO|Ethernet{n}"] for n in (0, 4))
    assert a == b and a["model"] == "OSFP-800G-DR8"


def test_sonic_readings_are_rounded_as_there():
    sensor = database(sonic(FABRIC, "--device", "leaf1"))["TRANSCEIVER_DOM_SENSOR|Ethernet0"]
    assert sensor["last_update_time"].startswith("Thu Jan 01 00:00:"), sensor
    for field in ("rx1power", "tx8power", "tx3bias", "temperature", "voltage"):
        assert re.fullmatch(r"-?\d+\.\d{1,3}", sensor[field]), (field, sensor[field])
        assert repr(float(sensor[field])) == sensor[field], sensor[field]
    status = database(sonic(FABRIC, "--device", "leaf1"))["TRANSCEIVER_STATUS|Ethernet0"]
    assert status["module_state"] == "ModuleReady" and status["DP1State"] == "DataPathActivated"
    assert status["tx1disable"] == "False" and status["config_state_hostlane1"] == "ConfigSuccess"


def test_sonic_tables_equal_what_its_own_library_made_of_the_dumps():
    """state-db.json was made by sonic-platform-common 8607c9f from the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        tried = 0
        for name in sorted(os.listdir(GOLDEN)):
            path = os.path.join(GOLDEN, name, "state-db.json")
            if not os.path.exists(path):
                continue
            with open(path, encoding="utf-8") as f:
                want = json.load(f)
            db = of_dump(folder, os.path.join(GOLDEN, name, "dump.bin"))
            for table, fields in want.items():
                have = db[f"{table}|Ethernet8"]
                assert {k: have.get(k) for k in fields} == fields, [
                    (name, k, have.get(k), v) for k, v in fields.items() if have.get(k) != v]
            tried += 1
        assert tried >= 4, tried


def test_sonic_tables_arrive_in_a_real_redis():
    need("redis-server", "redis-cli")
    stream = sonic(FABRIC, "--device", "leaf1", "--fault", "unplug:leaf1/swp2@20")
    want = database(stream)
    assert "TRANSCEIVER_INFO|Ethernet8" not in want and "TRANSCEIVER_INFO|Ethernet0" in want
    with tempfile.TemporaryDirectory() as folder:
        sock = os.path.join(folder, "redis.sock")
        server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", sock, "--save", "",
                                   "--dir", folder], stdout=subprocess.DEVNULL)
        ask = ("redis-cli", "-s", sock, "-n", "6")
        try:
            wait_for(lambda: os.path.exists(sock) and run(*ask, "PING") == "PONG\n", server)
            # what a daemon before us left must go
            run(*ask, "HSET", "TRANSCEIVER_INFO|Ethernet0", "left_behind", "1")
            said = subprocess.run(["redis-cli", "-s", sock, "--pipe"], input=stream,
                                  capture_output=True, timeout=60, check=True).stdout.decode()
            assert f"errors: 0, replies: {len(commands(stream))}" in said, said
            keys = run(*ask, "--raw", "KEYS", "*").split("\n")[:-1]
            assert set(keys) == set(want), set(keys) ^ set(want)
            for key, fields in want.items():
                flat = run(*ask, "--raw", "HGETALL", key).split("\n")
                assert dict(zip(flat[::2], flat[1::2])) == fields, key
        finally:
            server.terminate()
            server.wait()


# ---- OpenConfig -----------------------------------------------------------------------------


def components(*args):
    tree = json.loads(publish(FABRIC, "--as", "openconfig", *args))
    return {c["name"]: c for c in tree["openconfig-platform:components"]["component"]}


def test_openconfig_has_channels_with_decimals_as_texts():
    found = components("--device", "leaf1")
    state = found["swp1-transceiver"]["state"]
    assert state["parent"] == "swp1" and state["part-no"] == "OSFP-800G-DR8", state
    optic = found["swp1-transceiver"]["openconfig-platform-transceiver:transceiver"]
    channels = optic["physical-channels"]["channel"]
    assert [c["index"] for c in channels] == list(range(1, 9))
    power = channels[0]["state"]["input-power"]["instant"]
    assert re.fullmatch(r"-?\d+\.\d\d", power) and channels[0]["state"]["rx-los"] is False
    (watts,) = series(publish(FABRIC), "lanewise_lane_rx_power_watts", device="leaf1", cage="swp1",
                      lane="1").values()
    assert abs(10 ** (float(power) / 10) / 1000 / watts - 1) < 0.01


def test_openconfig_of_an_empty_cage_says_so():
    found = components("--device", "leaf1", "--fault", "unplug:leaf1/swp2@20")
    assert found["swp2-transceiver"]["state"]["empty"] is True
    optic = found["swp2-transceiver"]["openconfig-platform-transceiver:transceiver"]
    assert optic == {"state": {"present": "NOT_PRESENT"}}, optic


def test_openconfig_validates_with_the_public_models():
    models = os.environ.get("LW_OPENCONFIG_MODELS")
    if not models or not shutil.which("yanglint"):
        raise tap.Skip("LW_OPENCONFIG_MODELS is not set, or there is no yanglint")
    folders = sorted({root for root, _, files in os.walk(models)
                      if any(f.endswith(".yang") for f in files)})
    find = {f: os.path.join(r, f) for r, _, files in os.walk(models) for f in files}
    with tempfile.TemporaryDirectory() as folder:
        for device in ("leaf1", "nic3", "srv1"):
            doc = os.path.join(folder, f"{device}.json")
            with open(doc, "w", encoding="utf-8") as f:
                f.write(publish(FABRIC, "--as", "openconfig", "--device", device))
            run("yanglint", "-ii", *[a for f in folders for a in ("-p", f)], "-t", "get",
                *[find[f"openconfig-{m}.yang"] for m in
                  ("platform", "platform-port", "platform-transceiver", "transport-types",
                   "alarm-types")], doc)


# ---- syslog ---------------------------------------------------------------------------------

# RFC 5424 section 6, without the parts that are never written
LOG = re.compile(r'<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S{1,255}) lanewise - '
                 r'([!-~]{1,32}) (\[[!-~]+?(?: [!-~]+?="(?:[^"\\\]]|\\["\\\]])*")+\]) (.+)\Z')


def log(*args):
    lines = publish(FABRIC, "--as", "syslog", *args).splitlines()
    return [LOG.match(line).groups() if LOG.match(line) else f"bad: {line}" for line in lines]


def test_log_lines_are_of_rfc_5424_and_tell_the_story_of_a_cut():
    lines = log("--fault", "cut:leaf1/swp1:2@20-40")
    assert not [line for line in lines if isinstance(line, str)]
    story = [(when[17:19], what, priority) for priority, when, _, what, data, _ in lines
             if f'link="{LINK}"' in data]
    assert [s[1] for s in story] == ["LINKUP", "LINKDOWN", "CAUSE", "LINKUP", "CAUSE"], story
    assert [s[0] for s in story][:3] == ["07", "20", "22"], story
    assert [s[2] for s in story] == ["29", "28", "27", "29", "29"], story
    (cause,) = [data for _, _, _, what, data, _ in lines
                if what == "CAUSE" and LINK in data and "cause=" in data]
    assert 'cause="cable-cut"' in cause, cause
    assert [when for _, when, *_ in lines] == sorted(when for _, when, *_ in lines)


def test_log_tells_of_modules_that_go_and_come():
    lines = log("--fault", "replug:leaf1/swp3@60")
    story = [what for _, _, _, what, data, _ in lines if 'cage="leaf1/swp3"' in data]
    assert story == ["MODULEIN", "MODULEOUT", "MODULEIN"], story


def test_names_of_several_devices_are_not_mixed():
    for form in ("sonic", "openconfig"):
        assert "choose one" in publish(FABRIC, "--as", form, status=2)


def test_unknown_form_and_device_are_refused():
    assert "--as" in publish(FABRIC, "--as", "snmp", status=2)
    assert 'no device "leaf9"' in publish(FABRIC, "--device", "leaf9", status=2)
    assert "no fabric file" in publish(status=2)


sys.exit(tap.main(dict(globals())))
