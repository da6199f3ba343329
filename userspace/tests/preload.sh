#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The library that "kpager run" preloads, without the module: an ordinary file
# is the segment, which is what the library inherits as a descriptor.
#
# Environment: KPAGER, the command, beside which is the library; PRELOAD_USER, a
# program that knows what memory has to be like; PRELOAD_ARENA, an allocator.

set -u
here=$(cd "$(dirname "$0")" && pwd)
export fixture=$here/fixture
: "${KPAGER:?}" "${PRELOAD_USER:?}" "${PRELOAD_ARENA:?}"
kpager=$(readlink -f "$KPAGER")
library=${kpager%/*}/kpager-run.so
user=$(readlink -f "$PRELOAD_USER")
arena=$(readlink -f "$PRELOAD_ARENA")
allocator=

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox

# under MIB COMMAND...: run it with a segment of so many MiB; what the library
# reports goes to the file "report", a number a line (report.h). $allocator is
# the program's own.
under() {
	local size=$1 status id
	shift
	rm -f segment shared
	truncate -s "${size}M" segment
	{ printf '\1\0\0\0'; head -c 52 /dev/zero; } >shared
	exec 200<>segment
	id=$(stat -c '%d:%i' segment)
	KPAGER_RUN_SEGMENT=200:$id KPAGER_RUN_REPORT=$sandbox/shared \
		KPAGER_RUN_THRESHOLD=262144 KPAGER_RUN_SIZE=$((size << 20)) \
		KPAGER_RUN_PAGES=1024 KPAGER_RUN_ALONE=1 \
		LD_PRELOAD="$library $allocator" "$@"
	status=$?
	exec 200>&-
	# claimed, processes, allocations, peak, refused, error, strays
	{ od -An -t u4 -j 4 -N 4 shared; od -An -v -w8 -t u8 -j 8 shared; } |
		tr -d ' ' >report
	return $status
}

reported() { # LINE
	sed -n "$1p" report
}

check "the library is there" test -r "$library"
check "a program finds memory as it has to be" under 64 "$user" all
check "a process had the segment" test "$(reported 2)" = 1
check "some was too large for it" test "$(reported 5)" -gt 1
check "never more was in it than it has" test "$(reported 4)" -le $((64 << 20))

check "a child that touches it ends" under 64 "$user" touch-in-child 2>message
under 64 "$user" touch-in-child 2>message
check "with a message" grep -q '^kpager: run: process [0-9]* touches 0x.*children do not get it$' message
check "which is counted" test "$(reported 7)" = 1

own_allocator() {
	local allocator=$arena
	under 64 "$user" allocator && [ "$(reported 4)" -ge $((9 << 20)) ]
}
check "an allocator that has its mappings in the segment" own_allocator

seq 1 200000 | shuf --random-source=/dev/zero >numbers
sorts() {
	under 64 sort -n -S 20M numbers -o sorted && seq 1 200000 | cmp - sorted &&
		[ "$(reported 4)" -ge $((20 << 20)) ]
}
check "sort" sorts
pipeline() {
	[ "$(under 64 sh -c 'sort -n -S 8M numbers | tail -n 1')" = 200000 ]
}
check "in a pipeline of a shell" pipeline
python() {
	under 128 python3 -c 'if True:
		import subprocess
		blocks = [bytes([n]) * (1 << 20) for n in range(40)]
		assert all(b == bytes([n]) * (1 << 20) for n, b in enumerate(blocks))
		assert subprocess.run(["true"]).returncode == 0
		del blocks[::2]
		assert sum(len(b) for b in blocks) == 20 << 20'
}
check "python, with a child" python
small() { under 64 true && [ "$(reported 1)$(reported 3)" = 00 ]; }
check "who needs nothing takes nothing" small
second() {
	under 64 sh -c 'sort -n -S 8M numbers | tail -n 1; sort -n -S 8M numbers -o sorted' &&
		seq 1 200000 | cmp - sorted && [ "$(reported 2)" = 1 ] &&
		[ "$(reported 5)" -gt 0 ] && [ "$(reported 6)" = 16 ]
}
check "a second process has ordinary memory, and that is said" second
closed() {
	# shellcheck disable=SC2016
	under 64 bash -c 'exec 200>&-; exec "$0" touch-in-child' "$user"
	[ $? -eq 1 ] && [ "$(reported 2)" = 0 ]
}
check "whoever has closed the descriptor has ordinary memory" closed
finish
