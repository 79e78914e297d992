#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad rows of the tables of CDB and quirks are refused with their line. Prints TAP.

usage: test-host-data.py ROOT
"""
import os
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
DATA = [os.path.join(ROOT, "data", f) for f in ("cdb-commands.csv", "cdb-fields.csv",
                                                "cdb-status.csv", "host-times.csv")]
QUIRKS = os.path.join(ROOT, "data/quirks.csv")
sys.path.insert(0, os.path.join(ROOT, "tests/cli"))
sys.dont_write_bytecode = True
import tap  # noqa: E402

# file (index of DATA, or -1 for quirks), row to add, what must be said
BAD = [
    (0, "0x0100,twice,0,0,high,REF", "twice"),
    (0, "0x0fff,Upper,0,0,high,REF", "snake case"),
    (0, "0x0fff,long_lpl,121,0,high,REF", "0..120"),
    (0, "0x0fff,no_source,0,0,high,", "ref is empty"),
    (1, "nobody,reply,x,136,7:0,high,REF", "nobody"),
    (1, "firmware_info,reply,beyond,255,15:0,high,REF", "does not fit"),
    (1, "firmware_info,reply,odd,136,9:0,high,REF", "does not fit"),
    (1, "firmware_info,reply,bits,136,x,high,REF", "high:low"),
    (2, "any,0x80,,no,why,next,high,REF", "0x7f"),
    (2, "some,0x40,,no,why,next,high,REF", "some"),
    (2, "any,0x40,,perhaps,why,next,high,REF", "perhaps"),
    (2, "any,0x40,,no,,next,high,REF", "empty"),
    (2, "any,0x40,not_now,no,why,next,high,REF", "twice"),
    (3, "t_nack,5,ms,high,REF", "twice"),
    (3, "t_other,x,ms,high,REF", "no integer"),
    (3, "t_other,5,h,high,REF", "unknown unit"),
    (3, "t_other,5,ms,sure,REF", "unknown conf"),
    (3, "t_other,5,ms", "cells"),
    (-1, "vsol-one-byte,sff8472,V,,,,,max_read,1,high,somewhere,doc", "twice"),
    (-1, "Bad,sff8472,V,,,,,max_read,1,high,somewhere,doc", "kebab"),
    (-1, "a-b,sff9999,V,,,,,max_read,1,high,somewhere,doc", "unknown map"),
    (-1, "a-b,cmis,V,,,,,magic,1,high,somewhere,doc", "unknown knob"),
    (-1, "a-b,cmis,V,,,,,max_read,0,high,somewhere,doc", "1..128"),
    (-1, "a-b,cmis,V,,,1.x,,max_read,8,high,somewhere,doc", "no version"),
    (-1, "a-b,cmis,V,,,2.0-1.0,,max_read,8,high,somewhere,doc", "backwards"),
    (-1, "a-b,cmis,V,12,,,,max_read,8,high,somewhere,doc", "hex"),
    (-1, "a-b,cmis,V,,,,,max_read,8,high,,doc", "needed"),
]


def generate(argv, out):
    return subprocess.run([sys.executable, *argv, out], capture_output=True, text=True,
                          check=False, timeout=60)


def attempt(which, row, where):
    """Run the generator with one more row; the file and its last line."""
    source = QUIRKS if which < 0 else DATA[which]
    with open(source, encoding="utf-8") as f:
        text = f.read()
    path = os.path.join(where, os.path.basename(source))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + row + "\n")
    if which < 0:
        argv = [os.path.join(ROOT, "gen/quirks.py"), path]
    else:
        files = list(DATA)
        files[which] = path
        argv = [os.path.join(ROOT, "gen/cdb.py"), "source", *files]
    out = os.path.join(where, "out.c")
    return generate(argv, out), f"{path}:{text.count(chr(10)) + 1}: error: ", out


def test_bad_rows_are_refused_with_their_line():
    with tempfile.TemporaryDirectory() as where:
        for which, row, word in BAD:
            done, at, out = attempt(which, row, where)
            assert done.returncode == 1, row
            assert at in done.stderr and word in done.stderr, (row, done.stderr)
            assert not os.path.exists(out), f"half an output is left for {row}"


def test_good_rows_are_taken():
    with tempfile.TemporaryDirectory() as where:
        for which, row in ((0, "0x0fff,more,0,0,high,REF"), (2, "any,0x40,,no,why,next,high,REF"),
                           (-1, "a-b,cmis,V*,001c73,P?,1.0-1.9,4.0,max_read,8,low,where,doc")):
            done, _, out = attempt(which, row, where)
            assert done.returncode == 0, done.stderr
            assert os.path.getsize(out) > 1000
            os.remove(out)


if __name__ == "__main__":
    sys.exit(tap.main(globals()))
