#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kpager export --listen: what a monitoring system asks, and what others do.
#
# Environment: KPAGER, the command.

set -u
here=$(cd "$(dirname "$0")" && pwd)
export fixture=$here/fixture
: "${KPAGER:?}"
kpager=$(readlink -f "$KPAGER")

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox

"$kpager" export --prometheus --listen 127.0.0.1:0 2>said &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$sandbox"' EXIT
# The server hangs up on nonsense, perhaps before it is written.
trap '' PIPE
for _ in {1..100}; do
	[ ! -s said ] || break
	sleep 0.1
done
port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/metrics$|\1|p' said)
check "says where" test -n "$port"

# ask REQUEST-LINE: the answer, through the shell's own sockets.
ask() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return
	printf '%s\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
	timeout 10 cat <&3
	exec 3>&-
}

answers() { # REQUEST-LINE TEXT
	local answer
	answer=$(ask "$1")
	[[ $answer == *"$2"* ]] || { echo "'$answer'"; return 1; }
}

check "metrics" answers 'GET /metrics HTTP/1.1' 'kpager_segment_resident_bytes{segment="data"} 10485760'
check "their type" answers 'GET /metrics HTTP/1.1' 'Content-Type: text/plain; version=0.0.4'
ask 'GET /metrics HTTP/1.1' | sed '1,/^\r$/d' >got
"$kpager" export --prometheus >wanted
check "the same as on standard output" cmp got wanted
check "another page" answers 'GET /elsewhere HTTP/1.1' ' 404 '
check "another method" answers 'DELETE /metrics HTTP/1.1' ' 405 '
ask 'nonsense' >/dev/null
check "answers after nonsense" answers 'GET / HTTP/1.1' ' 200 '
mv proc gone
check "module unloaded" answers 'GET /metrics HTTP/1.1' 'module is not loaded'
mv gone proc
check "module loaded again" answers 'GET /metrics HTTP/1.1' ' 200 '
taken() {
	local output
	output=$("$kpager" export --prometheus --listen "127.0.0.1:$port" 2>&1)
	[ $? -eq 1 ] && [[ $output == *"Address already in use"* ]]
}
check "a port that is taken" taken

# Each metric: HELP, TYPE, then values of that name, once each.
grammar() {
	awk '
		/^# HELP / { help = $3; if (seen[help]++) bad = bad " twice " help; next }
		/^# TYPE / { if ($3 != help || $4 !~ /^(counter|gauge)$/) bad = bad " type " $3
			if (($4 == "counter") != ($3 ~ /_total$/)) bad = bad " suffix " $3; next }
		!/^[a-z_]+({segment="[^"]*"})? [0-9]+$/ { bad = bad " line " $0 }
		{ name = $1; sub(/{.*/, "", name); if (name != help) bad = bad " order " name }
		END { if (bad != "" || !help) { print bad; exit 1 } }' wanted
}
check "the format" grammar
kill -TERM $server
wait $server
check "ends with 0" test $? -eq 0
finish
