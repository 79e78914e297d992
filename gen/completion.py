#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completions of our commands for a shell, from what their --help says (usage.py).

usage: completion.py bash|zsh|fish PROGRAM OUTPUT
"""
import sys

from usage import read

def names(options):
    return " ".join("--" + o.name for o in options)


def with_args(c):
    """Every option below `c` that takes an argument; the same name never means a switch elsewhere
    in the same command."""
    return [o.name for o in c.options if o.arg]


BASH = """\
# bash completion for {name}; made from what --help says
_{name}()
{{
	local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
	local words= options= args= sub= at=0 i

	COMPREPLY=()
{cases}
	# the argument of an option: a file, if anything
	[[ " $args " == *" $prev "* ]] && return
	[[ $cur == -* ]] && words=$options
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _{name} {name}
"""

BASH_SUBS = """\
at={at}
{then}sub=${{COMP_WORDS[at]-}}
if ((COMP_CWORD == at)); then
	words='{words}'
	sub=
fi
case $sub in
{cases}
esac"""

BASH_THEN = """\
for ((i = {at}; i < COMP_CWORD; i++)); do
	[[ ${{COMP_WORDS[i]}} == then ]] && at=$((i + 1))
done
"""


def indent(text, by):
    return "\n".join("\t" * by + line if line else line for line in text.split("\n"))


def sub_cases(c, own, below):
    """A case for each command below `c`, in the words of either shell: its own, and what is below it."""
    return "\n".join(f"\t{s.name})\n" + indent(own(s) + ("\n" + below(s) if s.subs else ""), 2) + "\n\t\t;;"
                     for s in c.subs)


def bash_set(c):
    return f"options='{names(c.options)}' args='{' '.join('--' + a for a in with_args(c))}'"


def bash_below(s):
    return BASH_SUBS.format(
        at=s.at, words=" ".join(x.name for x in s.subs), then=BASH_THEN.format(at=s.at) if s.chains else "",
        cases="\n".join(f"{x.name}) {bash_set(x)} ;;" for x in s.subs))


def bash(c):
    if not c.subs:
        return BASH.format(name=c.name, cases="\t" + bash_set(c))
    top = f"if ((COMP_CWORD == 1)); then\n\twords='{' '.join(s.name for s in c.subs)}'\n\t" + bash_set(c) + \
        "\nelse\n\tcase ${COMP_WORDS[1]} in\n" + sub_cases(c, bash_set, bash_below) + "\n\tesac\nfi"
    return BASH.format(name=c.name, cases=indent(top, 1))


def zsh_text(text):
    return text.replace("'", "'\\''").replace(":", "\\:")


def zsh_list(items):
    return " ".join(f"'{zsh_text(n)}:{zsh_text(h)}'" for n, h in items)


def zsh_set(c):
    return f"options=({zsh_list([('--' + o.name, o.help) for o in c.options])}); " \
           f"args=({' '.join('--' + a for a in with_args(c))})"


ZSH = """\
#compdef {name}
# zsh completion for {name}; made from what --help says
_{name}()
{{
	local -a words_here options args
	local at=0 sub= i

{cases}
	# the argument of an option: a file, if anything
	if (( ${{args[(Ie)$words[CURRENT-1]]}} )); then
		_files
	elif [[ $words[CURRENT] == -* ]]; then
		_describe -o option options
	elif (( $#words_here )); then
		_describe command words_here
	else
		_files
	fi
}}
_{name} "$@"
"""


ZSH_THEN = """\
for (( i = at; i < CURRENT; i++ )); do
	[[ $words[i] == then ]] && at=$((i + 1))
done
"""


def zsh_below(s):
    return f"at={s.at + 1}\n" + (ZSH_THEN if s.chains else "") + \
        f"if (( CURRENT == at )); then\n\twords_here=({zsh_list([(x.name, x.help) for x in s.subs])})\n" + \
        "else\n\tcase $words[at] in\n" + \
        "\n".join(f"\t{x.name}) {zsh_set(x)} ;;" for x in s.subs) + "\n\tesac\nfi"


def zsh(c):
    if not c.subs:
        return ZSH.format(name=c.name, cases="\t" + zsh_set(c))
    top = f"if (( CURRENT == 2 )); then\n\twords_here=({zsh_list([(s.name, s.help) for s in c.subs])})\n\t" + \
        zsh_set(c) + "\nelse\n\tcase $words[2] in\n" + sub_cases(c, zsh_set, zsh_below) + "\n\tesac\nfi"
    return ZSH.format(name=c.name, cases=indent(top, 1))


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_options(name, condition, options):
    return [f"complete -c {name}" + (f" -n {fish_text(condition)}" if condition else "") +
            f" -l {o.name}" + (" -r" if o.arg else "") + f" -d {fish_text(o.help)}" for o in options]


def fish(c):
    lines = [f"# fish completion for {c.name}; made from what --help says"]
    if not c.subs:
        return "\n".join(lines + fish_options(c.name, "", c.options)) + "\n"
    lines += fish_options(c.name, "__fish_use_subcommand", c.options)
    for s in c.subs:
        lines.append(f"complete -c {c.name} -n __fish_use_subcommand -f -a {s.name} -d {fish_text(s.help)}")
    for s in c.subs:
        # the command is the first word, whatever the later ones are
        here = f"test (commandline -opc)[2] = {s.name} 2>/dev/null"
        lines += fish_options(c.name, here, s.options)
        for x in s.subs:
            lines.append(f"complete -c {c.name} -n {fish_text(here)} -a {x.name} -d {fish_text(x.help)}")
            own = [o for o in x.options if o.name not in [p.name for p in s.options]]
            lines += fish_options(c.name, f"{here}; and __fish_seen_subcommand_from {x.name}", own)
    return "\n".join(lines) + "\n"


def main():
    shell, program, output = sys.argv[1:4]
    text = {"bash": bash, "zsh": zsh, "fish": fish}[shell](read(program))
    with open(output, "w", encoding="utf-8") as f:
        f.write(text)


main()
