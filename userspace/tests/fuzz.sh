#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh FUZZER [RUNS]: runs the fuzzer of the /proc files from what they look
# like, and prints a line of TAP.

set -u
here=$(cd "$(dirname "$0")" && pwd)
fuzzer=$(readlink -f "$1")
runs=${2:-60000}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus"

number=0
for name in stat segments slabinfo; do
	# The first byte chooses the file: 0 cannot be said with printf alone.
	{
		printf '%b' "\\x0$number"
		cat "$here/fixture/$name.txt"
	} >"$work/corpus/$name"
	number=$((number + 1))
done
{
	printf '\003'
	cat "$here/fixture/buddyinfo.txt"
	printf '\377'
	cat "$here/fixture/buddymap.txt"
} >"$work/corpus/buddy"

number=4
for name in segment-data-latency oom segment-data-curves segment-data-map; do
	{
		printf '%b' "\\x0$number"
		cat "$here/fixture/$name.txt"
	} >"$work/corpus/$name"
	number=$((number + 1))
done

if "$fuzzer" -runs="$runs" -max_len=4096 -timeout=10 -seed=1 \
	-artifact_prefix="$work/" "$work/corpus" >"$work/log" 2>&1; then
	echo "ok 1 - readers of /proc files, $runs inputs"
else
	echo "not ok 1 - readers of /proc files"
	tail -n 40 "$work/log" | sed 's/^/# /'
	exit 1
fi
echo 1..1
