#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian packages: what is in them, that it runs when unpacked, and that a program can be built with
the library. Prints TAP.

usage: test-deb.py FOLDER ROOT
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER, ROOT = (os.path.abspath(a) for a in sys.argv[1:3])
sys.path.insert(0, os.path.join(ROOT, "tests/cli"))
import tap

PACKAGES = ("lanewise", "lanewised", "liblanewise0", "liblanewise-dev")
PROGRAM = r"""
#include <lanewise/part.h>
#include <stdio.h>
int main(void)
{
	return puts(lw_part_find("OSFP-800G-DR8") ? "found" : "missing") < 0;
}
"""
unpacked = tempfile.mkdtemp(prefix="lw-deb-")


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=300, check=False, **more)


def deb(package):
    (path,) = glob.glob(f"{FOLDER}/{package}_*.deb")
    return path


def inside(path):
    (found,) = glob.glob(unpacked + path)
    return found


def test_files_are_where_debian_looks_for_them():
    for path in ("/usr/bin/lanewise", "/usr/sbin/lanewised", "/etc/lanewise",
                 "/lib/systemd/system/lanewised.service",
                 "/usr/share/bash-completion/completions/lanewise.bash",
                 "/usr/share/zsh/vendor-completions/_lanewise",
                 "/usr/share/fish/vendor_completions.d/lanewised.fish",
                 "/usr/share/man/man1/lanewise-top.1.gz", "/usr/share/man/man1/lanewise-phy.1.gz",
                 "/usr/share/man/man5/lanewised.yaml.5.gz", "/usr/share/man/man8/lanewised.8.gz",
                 "/usr/share/doc/lanewised/examples/lanewised-switch.yaml",
                 "/usr/include/lanewise/map.h", "/usr/lib/*/liblanewise.so",
                 "/usr/lib/*/liblanewise.so.0", "/usr/lib/*/pkgconfig/lanewise.pc"):
        assert glob.glob(unpacked + path), path


def test_programs_run():
    lanewise = inside("/usr/bin/lanewise")
    assert run(lanewise, "--version").stdout.startswith("lanewise ")
    done = run(lanewise, "decode", "twin:OSFP-800G-DR8")
    assert done.returncode == 0 and "OSFP-800G-DR8" in done.stdout, done
    done = run(lanewise, "check", inside("/usr/share/doc/lanewise/examples/first-light.yaml"))
    assert done.returncode == 1 and "18 up" in done.stdout, done


def test_daemon_runs_and_is_confined():
    for name in ("lanewised", "lanewised-switch"):
        done = run(inside("/usr/sbin/lanewised"), "-n",
                   inside(f"/usr/share/doc/lanewised/examples/{name}.yaml"))
        assert done.returncode == 0 and "19 links" in done.stdout, done
    with tempfile.TemporaryDirectory() as d:
        shutil.copy(inside("/usr/share/doc/lanewised/examples/first-light.yaml"), d)
        with open(os.path.join(d, "d.yaml"), "w", encoding="ascii") as f:
            f.write("fabric: first-light.yaml\nmodules: twins\napi: {address: 127.0.0.1, port: 0}\n")
        done = run(inside("/usr/sbin/lanewised"), "--once", os.path.join(d, "d.yaml"))
    assert done.returncode == 0 and done.stderr.count('to="up"') == 18, done
    assert re.search(r"confined=.*\bseccomp", done.stderr) and "no seccomp" not in done.stderr, done


def test_unit_starts_what_is_installed():
    with open(inside("/lib/systemd/system/lanewised.service"), encoding="utf-8") as f:
        unit = f.read()
    assert "ExecStart=/usr/sbin/lanewised /etc/lanewise/lanewised.yaml\n" in unit, unit


def test_program_is_built_with_the_library():
    lib = os.path.dirname(inside("/usr/lib/*/liblanewise.so"))
    flags = run("pkg-config", "--cflags", "--libs", "lanewise", env={
        **os.environ, "PKG_CONFIG_SYSROOT_DIR": unpacked, "PKG_CONFIG_PATH": lib + "/pkgconfig"})
    assert flags.returncode == 0, flags
    source, program = (os.path.join(unpacked, n) for n in ("x.c", "x"))
    with open(source, "w", encoding="ascii") as f:
        f.write(PROGRAM)
    done = run("cc", source, "-o", program, *flags.stdout.split())
    assert done.returncode == 0, done.stderr
    done = run(program, env={**os.environ, "LD_LIBRARY_PATH": lib})
    assert done.stdout == "found\n", done


def test_lintian_finds_no_error():
    if not shutil.which("lintian"):
        raise tap.Skip("no lintian")
    done = run("lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags",
               "bad-distribution-in-changes-file", *glob.glob(FOLDER + "/*.changes"))
    assert done.returncode == 0, done.stdout


try:
    for p in PACKAGES:
        subprocess.run(["dpkg", "-x", deb(p), unpacked], check=True)
    failed = tap.main(globals())
finally:
    shutil.rmtree(unpacked)
sys.exit(failed)
