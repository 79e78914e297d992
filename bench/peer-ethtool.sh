#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the bench with ethtool's CMIS decoder taking turns: bench/peer-ethtool.sh BUILD-DIR
#
# Both turn the same pages into a whole document and write it through stdio to /dev/null, in a loop
# inside one process each, so that neither pays for starting. What differs: our document is JSON with
# every fact docs/json.md lists; ethtool's is text with identity, monitors, thresholds and each flag of
# each lane, raised or not, and about 2.5 times as long.
#
# ethtool's source comes from Debian through apt, with lists and caches of its own in BUILD-DIR, and
# stays there.
set -eu

if [ $# -ne 1 ] || [ ! -x "$1/bench/bench" ]; then
	echo "usage: bench/peer-ethtool.sh BUILD-DIR (of a build with -Dbench=true)" >&2
	exit 2
fi
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$build/bench/peer
peer=$work/peer-ethtool

fetch()
{
	mkdir -p "$work/lists/partial" "$work/archives/partial"
	# The machine's own sources, asked for source packages.
	for f in /etc/apt/sources.list.d/*.sources; do
		[ ! -e "$f" ] || sed -n -e 's/^Types:.*/Types: deb-src/' -e p "$f"
		echo
	done >"$work/own.sources"
	[ ! -e /etc/apt/sources.list ] ||
		sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/own.list"
	set -- -qq -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$work/parts" \
		-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" \
		-o Acquire::Languages=none -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root
	mkdir -p "$work/parts"
	mv -f "$work"/own.* "$work/parts/"
	apt-get "$@" update
	(cd "$work" && apt-get "$@" source --download-only ethtool >/dev/null)
	tar -xf "$work"/ethtool_*.orig.tar.* -C "$work"
}

if [ ! -x "$peer" ]; then
	[ -n "$(find "$work" -name cmis.c 2>/dev/null)" ] || fetch
	src=$(dirname "$(find "$work" -name cmis.c | head -n 1)")
	: >"$src/ethtool-config.h"
	# As our release build: -O3, no assertions.
	${CC:-cc} -O3 -DNDEBUG -w -DETHTOOL_ENABLE_NETLINK -I "$src" -I "$src/uapi" \
		"$here/peer-ethtool.c" "$src/cmis.c" "$src/sff-common.c" -lm -o "$peer"
fi
cd "$here/.."
echo "peer: $(basename "$(dirname "$(find "$work" -name cmis.c | head -n 1)")"), cmis.c"
exec "$build/bench/bench" "$peer"
