# SPDX-License-Identifier: Apache-2.0
"""What --help of our programs says, for completions and manual pages.

It is printed from the tables that options are parsed by, so what is made of it is what works. A help
that cannot be understood ends the build.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

Option = collections.namedtuple("Option", "name arg help")
# subs: commands below it; at: number of the word where their names stand, the program's being 0;
# chains: "then" joins several of them; text: the whole --help
Command = collections.namedtuple("Command", "name help options subs at chains text", defaults=(False, ""))


def help_of(program, *words):
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=60,
                          check=False)
    if done.returncode or "usage: " not in done.stdout:
        sys.exit(f"usage.py: {program} {' '.join(words)} --help: {done}")
    return done.stdout


def options_of(text):
    found = [Option(m["name"], m["arg"], m["help"]) for m in re.finditer(
        r"^  (?:-\w, )?--(?P<name>[a-z][a-z0-9-]*)(?: (?P<arg>\S+))?  +(?P<help>\S.*)$", text, re.M)]
    # options whose argument leaves no room for two blanks
    for line in re.findall(r"^  --.*$", text, re.M):
        m = re.match(r"  --(?P<name>[a-z][a-z0-9-]*) (?P<arg>\S+) (?P<help>\S.*)$", line)
        if m and m["name"] not in [o.name for o in found]:
            found.append(Option(m["name"], m["arg"], m["help"]))
    if "help" not in [o.name for o in found]:
        found.append(Option("help", None, "tell what it does and takes"))
    return found


def listed(text, command):
    """Subcommands in columns: [(name, help)]."""
    return re.findall(rf"^  (?:{command} )?([a-z][a-z-]*)  +(\S.*)$", text, re.M)


def used(text, command):
    """Words that stand behind the command in its usage, as in "lanewise port lint"."""
    return [(w, "") for w in dict.fromkeys(re.findall(
        rf"^(?:usage:|      ) lanewise {command} ([a-z]+)\b", text, re.M))]


def command_of(program, name, summary):
    text = help_of(program, name)
    subs = []
    before = re.search(rf"^usage: lanewise {name} ((?:[A-Z]+ )?)(?:SUB)?COMMAND\b", text)
    if before:
        for w, h in listed(text, name):
            own = help_of(program, name, w)
            subs.append(Command(w, h, options_of(own), [], 0, False, own))
        if not subs:
            sys.exit(f"usage.py: {name} --help lists no subcommands")
    else:
        subs = [Command(w, h, options_of(text), [], 0) for w, h in used(text, name)]
    return Command(name, summary, options_of(text), subs,
                   2 + (len(before[1].split()) if before else 0), "[then " in text, text)


def read(program):
    text = help_of(program)
    if not re.search(r"^commands:$", text, re.M):
        return Command(os.path.basename(program), "", options_of(text), [], 1)
    rows = re.findall(r"^  ([a-z][a-z-]*)  +(\S.*)$", text.split("commands:\n")[1], re.M)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        subs = list(pool.map(lambda r: command_of(program, *r), rows))
    return Command(os.path.basename(program), "", [Option("help", None, "list the commands"), Option(
        "version", None, "tell the version")], subs, 1)
