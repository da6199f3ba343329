#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kpager command: what a refresh of "kpager top" costs with 1,000 segments,
# "kpager list" of these, and of 10,000, which are lines of a file: a module has
# 1,023 at most.  Each in a VM of its own: instructions of the command and of the
# kernel for it (-icount).  There is no peer: the bars are absolute.  A machine
# that executes 1,000 million instructions in a second lists in a second what is
# below that bar.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
out=build/bench/tool
mkdir -p "$out/terminfo/x" || exit 1
make -s -C userspace O="$PWD/build/userspace" static || exit 1
cp build/userspace/kpager-static "$out/kpager" && cp selftests/bench/tool-guest "$out/" || exit 1
"${CC:-gcc}" -O2 -Wall -Wextra -static -Imodule/uapi -o "$out/tool" selftests/bench/tool.c || exit 1
for directory in /lib/terminfo /usr/share/terminfo /etc/terminfo; do
	[ ! -e "$directory/x/xterm" ] || cp -L "$directory/x/xterm" "$out/terminfo/x/"
done
[ -e "$out/terminfo/x/xterm" ] || { echo "bench: tool: no terminfo of xterm here" >&2; exit 1; }

guest()	# top|list SEGMENTS: output to NAME.txt
{
	KPAGER_MODPARAMS="limit_mb=64" selftests/vm/run --icount --mem 2G \
		--timeout 3000 --share "$out" -- /share/tool-guest "$@" >"$out/$1.txt" ||
		{ echo "bench: tool: $1 failed" >&2; return 1; }
}

status=0
for what in "top 1000" "list 10000"; do
	# shellcheck disable=SC2086 # two words
	guest $what || { status=1; continue; }
	awk -F '\t' -v OFS='\t' '
	BEGIN {
		bar["top-refresh-80x24:1000"] = bar["top-refresh-132x43:1000"] = 10
		bar["list:10000"] = bar["list-json:10000"] = 1000
	}
	{
		limit = $2 in bar ? bar[$2] : "-"
		print $2, $3, "-", "-", $4, "-", limit,
			limit == "-" ? "-" : $3 + 0 <= limit ? "ok" : "MISSED"
	}' "$out/${what% *}.txt"
done
exit $status
