#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is what the manuals show true? Prints TAP.

usage: test-examples.py LANEWISE ROOT

Every command line of README, docs and --help is run as it stands there, without its pipes, in a folder
that has the examples and nothing else: what it names must be understood, be the files there or not.
Devices become twins. Where output is shown it must come out. What serves or takes long is ended: by
then it was understood.
"""
import concurrent.futures
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import tap

LANEWISE, ROOT = (os.path.abspath(a) for a in sys.argv[1:3])
FOLDER = tempfile.mkdtemp()
SECONDS = 2
USAGE = re.compile(r'--help" (tells more|lists them)')
DEVICE = re.compile(r"/dev/i2c-\d+|/sys/\S+eeprom\S*")


def prepare():
    shutil.copytree(os.path.join(ROOT, "examples"), os.path.join(FOLDER, "examples"))
    os.mkdir(os.path.join(FOLDER, "tests"))
    os.symlink(os.path.join(ROOT, "tests/golden"), os.path.join(FOLDER, "tests/golden"))


def run(words):
    """Exit status (None: it was ended) and what was printed."""
    try:
        done = subprocess.run([LANEWISE, *words], capture_output=True, text=True, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, check=False, cwd=FOLDER, errors="replace")
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout, done.stderr


def command(line):
    """The words of `lanewise WORD...` alone, and what a pipe of grep wants; None: it is none."""
    line = re.sub(r"\s+#.*$", "", line.strip().removeprefix("$ "))
    # a synopsis or a picture of the screen is none
    if not re.match(r"(build/src/cli/)?lanewise\s", line) or re.search(r"\s\s|\s\[", line):
        return None
    grep = re.search(r"\| grep '([^']*)'$", line)
    try:
        words = shlex.split(re.split(r"[|>;<]|&&", line)[0])[1:]
    except ValueError:
        return None
    return [DEVICE.sub("twin:OSFP-800G-DR8", w) for w in words], grep and grep[1]


def of_text(name, text):
    """(where, command, output that is shown) of a page; blocks are fenced or indented by four."""
    fenced, last, before = False, None, ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            fenced, last = not fenced, None
        elif fenced or line.startswith("    "):
            body = before + (line if fenced else line[4:])
            before = body[:-1] if body.endswith("\\") else ""
            found = None if before else command(body)
            if found:
                last = (f"{name}:{number}", found, [])
                yield last
            elif last and body.startswith("$ "):
                last = None
            elif last and line.strip() and text_is_output(text, number):
                last[2].append(body.rstrip())
        else:
            last = None


def text_is_output(text, number):
    """Output is shown where commands of the same block have a prompt."""
    lines = text.split("\n")
    while number > 0 and (lines[number - 1].strip() and not lines[number - 1].startswith("```")):
        number -= 1
    return lines[number].strip().startswith("$ ")


def of_pages():
    for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs/*.md")))]:
        with open(path, encoding="utf-8") as f:
            yield from of_text(os.path.relpath(path, ROOT), f.read())


def helps():
    """What --help of every command and subcommand prints, by its words."""
    def names(text):
        return re.findall(r"^  (\w+) {2,}", re.split(r"\n\w*commands:\n", text)[1].split("\n\n")[0], re.M)

    top = run(["--help"])[1]
    for c in names(top):
        text = run([c, "--help"])[1]
        yield c, text
        if "\nsubcommands:\n" in text:
            for s in names(text):
                yield f"{c} {s}", run([c, s, "--help"])[1]


def of_helps():
    for name, text in helps():
        for line in text.split("\n"):
            if line.startswith("  ") and command(line):
                yield f"lanewise {name} --help", command(line), []


def serves(words):
    return "twin" in words[:1] and ("--mount" in words or "--socket" in words) or \
        "--far" in words or "--trace" in words  # these want a device


def is_true(example):
    where, (words, grep), shown = example
    if serves(words):
        return None
    status, out, err = run(words)
    if "Sanitizer" in err or "runtime error" in err:
        return f"{where}: {words}: {err}"
    if status == 2 and USAGE.search(err):
        return f"{where}: {words}: {err}"
    if status not in (0, 1):  # what it names is not here
        return None
    if grep:
        out = "\n".join(line for line in out.split("\n") if grep in line)
    lines = [line.rstrip() for line in out.split("\n")]
    missing = [line for line in shown if line not in lines]
    return f"{where}: {words} does not print {missing}" if missing else None


def check(examples, least):
    examples = list(examples)
    assert len(examples) >= least, len(examples)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        wrong = [w for w in pool.map(is_true, examples) if w]
    assert not wrong, "\n".join(wrong)


def test_examples_of_pages_are_true():
    examples = list(of_pages())
    assert sum(bool(e[2]) for e in examples) >= 2, [e for e in examples if e[2]]
    check(examples, 80)


def test_examples_of_help_are_understood():
    check(of_helps(), 60)


def test_wrong_example_is_found():
    for text in ("```\n$ lanewise check --fast examples/first-light.yaml\n```\n", "    lanewise frobnicate x\n",
                 "```\n$ lanewise explain lane-rate\nlane-rate: nothing of the kind\n```\n"):
        (example,) = of_text("page", text)
        assert is_true(example), text


prepare()
status = tap.main(globals())
shutil.rmtree(FOLDER)
sys.exit(status)
