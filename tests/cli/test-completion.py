#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completions in real shells, and manual pages: each command and option that --help tells of is there.
Prints TAP.

usage: test-completion.py LANEWISE LANEWISED COMPLETIONS ROOT
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

LANEWISE, LANEWISED, COMPLETIONS, ROOT = (os.path.abspath(a) for a in sys.argv[1:5])
# what stands before the subcommands of a command
BEFORE = {"module": ["twin:x"]}


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=120, check=False, **more)


def help_of(*words):
    done = run(LANEWISE, *words, "--help")
    assert done.returncode == 0, done
    return done.stdout


def options_in(text):
    return set(re.findall(r"^  (--[a-z][a-z0-9-]*)", text, re.M))


def tree():
    """{words: options}, by reading help as a person does."""
    found = {(): {"--help", "--version"}}
    commands = re.findall(r"^  ([a-z]+) ", help_of().split("commands:")[1], re.M)
    assert len(commands) > 15, commands
    for c in commands:
        text = help_of(c)
        found[(c,)] = options_in(text)
        below = []
        if "subcommands:" in text:
            below = re.findall(r"^  ([a-z]+)  ", text.split("subcommands:")[1], re.M)
        elif c == "eeprom":
            below = re.findall(r"^  eeprom ([a-z]+) ", text, re.M)
        for w in below:
            found[(c, w)] = options_in(help_of(c, w))
    assert ("module", "vdm") in found and ("phy", "ber") in found and ("eeprom", "new") in found
    return found


TREE = tree()


def lines():
    """(words before the cursor, what has to be offered for the last of them)."""
    wanted = [(["lanewise", ""], {w[0] for w in TREE if len(w) == 1})]
    for words, options in TREE.items():
        line = ["lanewise", *words]
        if len(words) == 2:
            line[2:2] = BEFORE.get(words[0], [])
        wanted.append((line + ["-"], options))
        below = {w[1] for w in TREE if len(w) == 2 and w[:1] == words}
        if below and len(words) == 1:
            wanted.append((line + BEFORE.get(words[0], []) + [""], below))
    wanted.append((["lanewise", "module", "twin:x", "status", "then", "v"], {"vdm"}))
    wanted.append((["lanewise", "module", "twin:x", "tx", "on", "then", "prbs", "--p"], {"--pattern"}))
    wanted.append((["lanewise", "port", "l"], {"lint"}))
    wanted.append((["lanewised", "-"], {"--check", "--once", "--help", "--version"}))
    return wanted


def check(offered_of, exact=True):
    for (words, wanted), offered in zip(lines(), offered_of(lines())):
        assert wanted <= offered, (words, wanted - offered)
        # --help goes without saying in most helps; nothing else may be made up
        assert not exact or offered <= wanted | {"--help"}, (words, offered - wanted)


def quote(words):
    return " ".join("'" + w + "'" for w in words)


def test_bash_offers_what_help_tells():
    def offered(all_lines):
        script = [f"source {COMPLETIONS}/{p}.bash" for p in ("lanewise", "lanewised")]
        for words, _ in all_lines:
            script.append(f"COMP_WORDS=({quote(words)}); COMP_CWORD={len(words) - 1}; "
                          f"_{words[0]}; echo \"${{COMPREPLY[*]}}\"")
        done = run("bash", "-euc", "\n".join(script))
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [set(x.split()) for x in done.stdout.split("\n")]
    check(offered)


def test_bash_leaves_files_to_arguments_of_options():
    done = run("bash", "-euc", f"source {COMPLETIONS}/lanewise.bash; COMP_WORDS=(lanewise twin "
               "--mount ''); COMP_CWORD=3; _lanewise || true; echo \"[${COMPREPLY[*]}]\"; complete -p")
    assert done.stdout.startswith("[]\n") and "-o default" in done.stdout, done


def test_zsh_offers_what_help_tells():
    if not shutil.which("zsh"):
        raise tap.Skip("no zsh")

    def offered(all_lines):
        # what the completion system would be asked to show
        script = ["_describe() { local list=${@[-1]}; print -r -- ${${(P)list}%%:*}; }",
                  "_files() { print FILES; }"]
        for words, _ in all_lines:
            script.append(f"words=({quote(words)}); CURRENT={len(words)}; "
                          f"source {COMPLETIONS}/_{words[0]}")
        done = run("zsh", "-fc", "\n".join(script))
        assert done.returncode == 0 and not done.stderr, done.stderr
        got = [set(x.split()) for x in done.stdout.split("\n")]
        # zsh itself drops what does not begin like the word
        return [{x for x in g if x.startswith(words[-1])} for g, (words, _) in zip(got, all_lines)]
    check(offered)


def test_fish_offers_what_help_tells():
    if not shutil.which("fish"):
        raise tap.Skip("no fish")

    def offered(all_lines):
        script = [f"source {COMPLETIONS}/{p}.fish" for p in ("lanewise", "lanewised")]
        for words, _ in all_lines:
            line = " ".join(words)
            script.append(f"complete -C '{line if words[-1] != '-' else line + '-'}'; echo ==")
        done = run("fish", "--no-config", "-c", "\n".join(script), env={**os.environ, "HOME": ROOT,
                   "XDG_CONFIG_HOME": COMPLETIONS, "XDG_DATA_HOME": COMPLETIONS})
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [{x.split("\t")[0] for x in part.strip().split("\n")}
                for part in done.stdout.split("==\n")]
    check(offered, exact=False)  # files of the folder are offered too


def manual(name):
    for folder in (os.path.join(ROOT, "man"), COMPLETIONS):
        if os.path.exists(os.path.join(folder, name)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                return f.read()
    raise AssertionError(f"there is no {name}")


def test_manual_tells_of_every_command_and_option():
    whole = manual("lanewise.1")
    for words, options in TREE.items():
        if not words:
            continue
        assert re.search(rf"Cm {words[0]}\b", whole), words
        text = manual(f"lanewise-{words[0]}.1")
        assert len(words) < 2 or f".Ss {words[0]} {words[1]}\n" in text, words
        missing = [o for o in options - {"--help", "--version"}
                   if not re.search(rf"Fl -{re.escape(o[2:])}\b", text)]
        assert not missing, (words, missing)
    text = manual("lanewised.8")
    for o in options_in(run(LANEWISED, "--help").stdout) | {"--check"}:
        assert f"Fl -{o[2:]}" in text, o


def test_manual_tells_of_every_key_of_the_configuration():
    with open(os.path.join(ROOT, "src/daemon/config.c"), encoding="utf-8") as f:
        keys = re.findall(r'^\t\{"([a-z_]+)", [A-Z]', f.read(), re.M)
    assert len(keys) > 20, keys
    text = manual("lanewised.yaml.5")
    for key in keys:
        assert f"Ic {key}" in text, key


def test_manual_is_well_formed():
    if not shutil.which("mandoc"):
        raise tap.Skip("no mandoc")
    pages = [os.path.join(d, p) for d in (os.path.join(ROOT, "man"), COMPLETIONS)
             for p in sorted(os.listdir(d)) if re.search(r"\.[1-8]$", p)]
    assert len(pages) > 20, pages
    done = run("mandoc", "-T", "lint", "-W", "warning", *pages)
    assert done.returncode == 0 and not done.stdout, done.stdout


sys.exit(tap.main(globals()))
