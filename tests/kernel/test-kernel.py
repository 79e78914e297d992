#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Decode modules through the drivers of a real kernel: i2c-dev, i2c-stub (SMBus) and at24.

usage: tests/kernel/test-kernel.py LANEWISE WORK

Debian's kernel is fetched and unpacked under WORK, never installed, and booted by qemu in software
with an initramfs of busybox, `lanewise` and the dumps of tests/golden. What each decode prints must
be what the same dump gives outside, and what its expected.json says. Prints TAP.
"""
import json
import math
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
import tap  # noqa: E402

GOLDEN = HERE.parent / "golden"
MODULES = ["drivers/i2c/i2c-dev.ko", "drivers/i2c/i2c-stub.ko", "drivers/misc/eeprom/at24.ko"]
DUMPS = {
    "sfp": "sff8472-finisar-corp-ftlx8571d3bcl-mup0wb0",
    "cmis": "cmis-arista-networks-qdd-400g-xdr4-xkt231212112",
    "qsfp": "sff8636-mellanox-mcp1650-v001e30-mt2010vs08329",
}
BOOT_SECONDS = 170


def fetch_kernel(work):
    """The folder of an unpacked kernel package; what is there from an earlier run is used again."""
    root = work / "kernel"
    if not list(root.glob("boot/vmlinuz-*")):
        depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], text=True,
                                 capture_output=True, check=False).stdout
        names = re.findall(r"Depends: (linux-image-\S+)", depends)
        if not names:
            raise tap.Skip("apt knows no linux-image-amd64")
        debs = work / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(["apt-get", "download", "-q", names[0]], cwd=debs, text=True,
                             capture_output=True, check=False)
        if got.returncode:
            raise tap.Skip("the kernel package cannot be downloaded: " + got.stderr[-300:])
        deb = sorted(debs.glob(names[0] + "_*.deb"))[-1]
        part = work / "kernel.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", part, "--wildcards", "./boot/vmlinuz-*",
                        *["./lib/modules/*/kernel/" + m for m in MODULES]],
                       stdin=tar.stdout, check=True)
        if tar.wait():
            raise RuntimeError("dpkg-deb failed")
        part.rename(root)
        shutil.rmtree(debs)
    return root


class Archive:
    """An initramfs: cpio of the "newc" form."""

    def __init__(self):
        self.out = bytearray()
        self.folders = set()
        self.count = 0

    def add(self, name, mode, data=b"", rdev=(0, 0)):
        parent = os.path.dirname(name)
        if parent and parent not in self.folders:
            self.folders.add(parent)
            self.add(parent, stat.S_IFDIR | 0o755)
        self.count += 1
        head = [self.count, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(name) + 1, 0]
        self.out += b"070701" + "".join(f"{v:08x}" for v in head).encode()
        self.pad(name.encode() + b"\0")
        self.pad(data)

    def pad(self, data):
        self.out += data
        self.out += b"\0" * (-len(self.out) % 4)

    def file(self, name, path, mode=0o755):
        self.add(name, stat.S_IFREG | mode, pathlib.Path(path).read_bytes())

    def finish(self):
        self.add("TRAILER!!!", 0)
        return bytes(self.out)


def libraries(program):
    """The shared libraries of a program, its loader too."""
    text = subprocess.run(["ldd", program], text=True, capture_output=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def make_initramfs(lanewise, kernel, work):
    fill = work / "fill"
    subprocess.run(["cc", "-static", "-O2", "-o", fill, HERE / "fill.c"], check=True)
    a = Archive()
    a.add("dev", stat.S_IFDIR | 0o755)
    a.folders.add("dev")
    a.add("dev/console", stat.S_IFCHR | 0o600, rdev=(5, 1))
    for folder in ("proc", "sys", "tmp"):
        a.add(folder, stat.S_IFDIR | 0o755)
    a.file("init", HERE / "init")
    a.file("bin/busybox", shutil.which("busybox"))
    a.file("bin/fill", fill)
    a.file("bin/lanewise", lanewise)
    for path in libraries(lanewise):
        a.file(path.lstrip("/"), path)
    for module in MODULES:
        found = list(kernel.glob("lib/modules/*/kernel/" + module))
        a.file("modules/" + os.path.basename(module), found[0])
    for name, folder in DUMPS.items():
        a.file(name + ".bin", GOLDEN / folder / "dump.bin")
    path = work / "initramfs"
    path.write_bytes(a.finish())
    return path


def boot(kernel, initramfs, work):
    """What the guest printed."""
    image = sorted(kernel.glob("boot/vmlinuz-*"))[-1]
    command = ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-display", "none",
               "-no-reboot", "-nic", "none", "-serial", "stdio", "-monitor", "none",
               "-kernel", image, "-initrd", initramfs,
               "-append", "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=BOOT_SECONDS, check=False)
        output = done.stdout + done.stderr
    except subprocess.TimeoutExpired as e:
        output = (e.stdout or b"") + f"\nqemu took more than {BOOT_SECONDS} s\n".encode()
    text = output.decode(errors="replace").replace("\r", "")
    (work / "console").write_text(text)
    return text


class Guest:
    """The cases of one boot: name -> (status, output)."""

    def __init__(self, lanewise, work):
        for program in ("qemu-system-x86_64", "busybox", "dpkg-deb", "apt-get"):
            if not shutil.which(program):
                raise tap.Skip(f"there is no {program}: tools/install-deps kernel")
        self.lanewise = lanewise
        kernel = fetch_kernel(work)
        start = time.monotonic()
        self.console = boot(kernel, make_initramfs(lanewise, kernel, work), work)
        self.seconds = time.monotonic() - start
        self.cases = {
            name: (int(status), text)
            for name, text, status in re.findall(
                r"^case (\S+)\n(.*?)^end \1 (\d+)$", self.console, re.M | re.S)
        }

    def case(self, name):
        if name not in self.cases:
            raise AssertionError(f"no {name}; the console ends with: {self.console[-1500:]}")
        return self.cases[name]

    def outside(self, dump):
        text = subprocess.run([self.lanewise, "decode", "--json", GOLDEN / DUMPS[dump] / "dump.bin"],
                              text=True, capture_output=True, check=False)
        return text.returncode, json.loads(text.stdout)


def differences(want, got, path, lenient):
    """Paths at which `got` lacks or contradicts `want`."""
    if path in lenient:
        return []
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return [path]
        return [p for k, v in want.items() if k != "lenient"
                for p in differences(v, got.get(k), f"{path}.{k}".lstrip("."), lenient)]
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return [path]
        return [p for i, v in enumerate(want)
                for p in differences(v, got[i], f"{path}[{i}]", lenient)]
    if isinstance(want, float) and isinstance(got, (int, float)):
        return [] if math.isclose(want, got, rel_tol=1e-6, abs_tol=1e-6) else [path]
    return [] if want == got else [path]


guest = None


def expect_decode(case, dump, source):
    status, text = guest.case(case)
    outside_status, outside = guest.outside(dump)
    got = json.loads(text)
    assert status == outside_status, f"exit status {status}: {text[-500:]}"
    assert got.pop("source") == source, got
    outside.pop("source")
    assert got == outside, differences(outside, got, "", [])
    want = json.loads((GOLDEN / DUMPS[dump] / "expected.json").read_text())
    want.pop("source", None)
    wrong = differences(want, got, "", want.get("lenient", []))
    assert not wrong, f"against expected.json: {wrong}"


def test_boot():
    assert re.search("^done$", guest.console, re.M), guest.console[-2000:]
    release = re.search(r"^\d+\.\d+\.\S+$", guest.console, re.M)
    return f"Linux {release.group() if release else '?'}, {guest.seconds:.0f} s"


def test_sfp_by_smbus_blocks():
    expect_decode("sfp-block", "sfp", "/dev/i2c-0")


def test_sfp_by_short_reads():
    expect_decode("sfp-max-read", "sfp", "/dev/i2c-0")


def test_sfp_at24_file():
    expect_decode("sfp-at24", "sfp", "/sys/bus/i2c/devices/0-0050/eeprom")


def test_sfp_after_unbinding():
    expect_decode("unbound", "sfp", "/dev/i2c-0")


def test_cmis_pages_by_smbus_bytes():
    expect_decode("cmis-byte", "cmis", "/dev/i2c-0")


def test_qsfp_by_smbus_blocks():
    expect_decode("qsfp-block", "qsfp", "/dev/i2c-0")


def test_qsfp_at24_file():
    expect_decode("qsfp-at24", "qsfp", "/sys/bus/i2c/devices/0-0050/eeprom")


def test_trace_is_saved():
    status, text = guest.case("trace")
    rows = text.splitlines()
    assert status == 0 and rows[0] == "# lanewise trace 1", text[:200]
    first = rows[2].split(",")
    assert first[2:9] == ["read", "50", "0", "00", "0", "1", "OK"], first
    assert int(first[1]) > 0, "an access takes time"


def test_bound_driver_is_named():
    status, text = guest.case("bound")
    assert status == 3 and "at24" in text, text
    assert "/sys/bus/i2c/devices/0-0050/eeprom" in text, text


def test_absent_module_is_told():
    status, text = guest.case("absent")
    assert status == 3 and "nobody answers at address 54h" in text, text


def test_missing_adapter_is_told():
    status, text = guest.case("no-adapter")
    assert status == 2 and "modprobe i2c-dev" in text, text


def test_module_is_driven_by_one_program():
    firsts = iter(re.findall(r"^first (\d+)$", guest.console, re.M))
    for kept in ("kept-file", "kept-adapter"):
        told = f"lanewise (process {next(firsts)}) drives this module"
        status, text = guest.case(kept + "-write")
        assert status == 3 and told in text, text
        status, text = guest.case(kept + "-look")
        assert status == 0, text
        status, text = guest.case(kept + "-free")
        assert status == 0, text


def test_netlink_answer_of_the_kernel():
    status, text = guest.case("netlink")
    assert status == 2 and "cannot read its module" in text, text


def main():
    global guest  # pylint: disable=global-statement
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    work = pathlib.Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        guest = Guest(str(pathlib.Path(sys.argv[1]).resolve()), work)
    except tap.Skip as e:
        print(f"1..0 # SKIP {e}")
        return 0
    return tap.main(globals())


if __name__ == "__main__":
    sys.exit(main())
