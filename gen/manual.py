#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual page of one command, from what its --help says (usage.py); lanewise(1) tells how they
belong together.

usage: manual.py PROGRAM COMMAND OUTPUT
"""
import re
import sys

from usage import command_of, help_of


def text_of(line):
    """A line of text that mdoc takes for nothing else."""
    line = line.replace("\\", "\\e").rstrip()
    # ends of sentences begin a new line, as mdoc wants it
    line = re.sub(r"([^\s.][.!?]['\")]?) +(?=[A-Z\"])", r"\1\n", line)
    return "\n".join("\\&" + part if re.match(r"[.']", part) else part for part in line.split("\n"))


def paragraphs(text):
    """Paragraphs are filled, indented lines stand as they are."""
    out = []
    for block in re.split(r"\n\n+", text.strip("\n")):
        literal = None
        out.append(".Pp")
        for line in block.split("\n"):
            shown = line.startswith("  ")
            if shown != literal and (shown or literal):
                out.append(".Bd -literal -offset indent" if shown else ".Ed")
            literal = shown
            out.append(text_of(line[2:] if shown else line))
            if shown:
                out[-1] = out[-1].replace("\n", " ")
        if literal:
            out.append(".Ed")
    out = [x for i, x in enumerate(out) if not (x == ".Pp" and out[i + 1:i + 2] == [
        ".Bd -literal -offset indent"])]
    return out[1:] if out and out[0] == ".Pp" else out


def body_of(text):
    """The text between usage and options; of a command with subcommands, up to their list."""
    text = text.split("\n\n", 1)[1] if "\n\n" in text else ""
    text = re.split(r"\n(?:options|subcommands):\n|\n+\"lanewise ", text)[0]
    return "\n\n".join(p for p in text.split("\n\n")
                       if not re.match(r"  \w+ \w+  +\S", p) or "lanewise" in p)


def usage_of(text):
    lines = text.split("\n\n", 1)[0].split("\n")
    lines[0] = lines[0].removeprefix("usage: ")
    return [line.strip() if line.strip().startswith("lanewise ") else "    " + line.strip()
            for line in lines]


def options(c):
    if not c.options:
        return []
    out = [".Bl -tag -width indent"]
    for o in c.options:
        out.append(f".It Fl -{o.name}" + (" Ar " + o.arg.replace("|", " | ") if o.arg else ""))
        out.append(text_of(o.help))
    return out + [".El"]


def synopsis(text):
    return [".Bd -literal", *(line.replace("\\", "\\e") for line in usage_of(text)), ".Ed"]


def page(program, name):
    about = re.search(rf"^  {name} +(\S.*)$", help_of(program), re.M)[1]
    c = command_of(program, name, about)
    out = ['.\\" made by gen/manual.py', ".Dd November 21, 2026", f".Dt LANEWISE-{name.upper()} 1", ".Os",
           ".Sh NAME", f".Nm lanewise-{name}", f".Nd {about}", ".Sh SYNOPSIS", *synopsis(c.text),
           ".Sh DESCRIPTION", *paragraphs(body_of(c.text))]
    own = [s for s in c.subs if s.text]
    if not own:
        out += [".Pp", "The options are as follows:", *options(c)]
    for s in own:
        out += [f".Ss {name} {s.name}", text_of(s.help[0].upper() + s.help[1:] + "."),
                *synopsis(s.text), *paragraphs(body_of(s.text)), *options(s)]
    out += [".Sh SEE ALSO", ".Xr lanewise 1"]
    return "\n".join(x for x in out if x) + "\n"


with open(sys.argv[3], "w", encoding="utf-8") as f:
    f.write(page(*sys.argv[1:3]))
