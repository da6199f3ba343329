#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kpager replay: what it prints, and what it says about bad input.
#
# Environment: KPAGER, the command; KPAGER_STATIC, the static one, or nothing.

set -u
here=$(cd "$(dirname "$0")" && pwd)
export fixture=$here/fixture
kpager=$(readlink -f "${KPAGER:?}")

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox

# run ARGUMENT...: sets $status, $output and $messages.
run() {
	output=$("$kpager" replay "$@" 2>messages)
	status=$?
	messages=$(cat messages)
}

# refused STATUS MESSAGE ARGUMENT...: nothing is printed but a message.
refused() {
	local wanted=$1 pattern=$2
	shift 2
	run "$@"
	if [ "$status" != "$wanted" ] || [ -n "$output" ] ||
		[[ $messages != "kpager: "*$pattern* ]]; then
		echo "status $status, '$output', '$messages'"
		return 1
	fi
}

# Belady's, written as people do.
printf '%s\n' '# twelve' 1 2 3 4 R\ 1 'R 2' 'W 5' 1 2 3 0x4 5 >trace

# ---- usage ----

check "no trace" refused 2 'TRACE is missing'
check "two traces" refused 2 "unexpected argument 'x'" trace x
check "frames 0" refused 2 'must be from 1' -f 0 trace
check "no frames" refused 2 'no number of frames' -f '' trace
check "frames -1" refused 2 'no number of frames' -f -1 trace
check "frames 3x" refused 2 'no number of frames' -f 2,3x trace
check "too many frames" refused 2 'must be from 1' -f 99999999999 trace
check "fraction without percent" refused 2 'in percent' -F 5 trace
check "fraction 0" refused 2 'above 0%' -F 0% trace
check "fraction 101%" refused 2 '100% at most' -F 101% trace
check "fraction of nothing" refused 2 'no fraction' -F .% trace
check "less than half a frame" refused 2 'less than half a frame' -F 1% trace
check "a TLB and an ideal bit" refused 2 'exclude each other' --tlb 4 --ideal-bit trace
check "a parameter without a value" refused 2 'NAME=VALUE' --param window trace
check "a parameter that nobody has" refused 2 "parameter 'x'" --param x=1 trace
check "a parameter out of range" refused 2 'from 1 to' -p w-tinylfu --param window=0 trace
check "a drawing of another kind" refused 2 '.svg or .png' --plot x.pdf trace
check "an unknown policy" refused 2 "no policy 'foo'" -p lru,foo trace
run -p foo trace
for name in clock second-chance lru lfu arc lirs slru lru-2 w-tinylfu opt; do
	check "the list has $name" grep -qw -- "$name" messages
done

# ---- traces ----

check "no such trace" refused 1 'No such file' nowhere
check "a directory" refused 1 "$sandbox: " "$sandbox"
printf '1\n2\nW x\n' >bad
check "a malformed line" refused 1 "bad: line 3: this is no page number: 'W x'" bad
: >empty
check "an empty trace" refused 1 'empty: the trace has no request' empty
printf '1\n2\n3' >cut.trace
run -p lru -f 2 --raw --noheadings cut.trace
check "a trace that ends in the middle is used up to there" \
	test "$status $output" = "0 lru 2 2 2 1.0000 0.00 0"
check "and says so" \
	test "$messages" = "kpager: cut.trace: ends in the middle; the 2 requests before that are used"
output=$("$kpager" replay -p lru -f 2 --raw --noheadings - <trace)
check "standard input" test "$output" = "lru 2 12 12 1.0000 0.00 1"

# ---- output ----

run -p opt,lru -f 3 -F 80% trace
wanted='POLICY FRAMES REQUESTS MISSES MISS_RATIO LOOKS/FAULT WRITES
opt         3       12      7     0.5833        0.00      0
opt         4       12      6     0.5000        0.00      0
lru         3       12     10     0.8333        0.00      1
lru         4       12      8     0.6667        0.00      1'
check "a table" diff <(echo "$output") <(echo "$wanted")
check "without a message" test -z "$messages"
run -p opt -F 50%,90% --raw --noheadings trace
check "halves are rounded upwards" \
	test "$(cut -d' ' -f2 <<<"$output" | tr '\n' ' ')" = "3 5 "
run -p clock,second-chance -f 3 --ideal-bit --raw --noheadings trace
check "two names of one policy" test "$(cut -d' ' -f1,4 <<<"$output" |
	tr '\n' ' ')" = "clock 10 second-chance 10 "
run -p lru,opt -f 3 --json trace
wanted='[{"policy":"lru","frames":3,"requests":12,"misses":10,"miss_ratio":0.833333,"looks_per_fault":0.000000,"writes":1},{"policy":"opt","frames":3,"requests":12,"misses":7,"miss_ratio":0.583333,"looks_per_fault":0.000000,"writes":0}]'
check "JSON" test "$(tr -d ' \n' <<<"$output")" = "$wanted"
run --json -f 2 trace
check "all policies without asking" test "$(grep -c '"policy"' <<<"$output")" \
	-ge 9

# ---- devices ----

check "frames of a segment are its own" refused 2 'no option but --policy' \
	--device data -f 3 trace
check "no such segment" refused 3 'nowhere' --device nowhere -p clock trace
check "nor for its policy" refused 3 'nowhere' --device nowhere trace

for frames in 0 x -1 4294967296; do
	"$kpager" create x --size 4096 --backing y --deterministic "$frames" \
		2>messages
	check "a deterministic segment of $frames frames" \
		test "$? $(grep -c 'not a number of frames' messages)" = "2 1"
done

# ---- drawings ----

run -p clock,lru -f 1,2,3,4,5 --plot curves.svg trace
check "an SVG" grep -q '</svg>' curves.svg
run -p all --plot curves.png -f 3 trace
check "a PNG" test "$(head -c 4 curves.png | tail -c 3)" = PNG
run -p lru -f 2 --plot nowhere/curves.svg trace
check "a drawing that cannot be written" \
	test "$status ${messages%%:*}" = "1 kpager"

# ---- the static command ----

if [ -n "${KPAGER_STATIC-}" ]; then
	check "the static command says the same" \
		diff <("$kpager" replay -f 3 trace) <("$KPAGER_STATIC" replay -f 3 trace)
	kpager=$KPAGER_STATIC
	check "but draws nothing" refused 2 'cannot draw' --plot x.svg trace
fi

finish
