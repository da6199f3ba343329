#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kpager top on a terminal: tmux is the terminal, and what is on its screen is
# looked at.
#
# Environment: KPAGER, the command.

set -u
here=$(cd "$(dirname "$0")" && pwd)
fixture=$here/fixture
: "${KPAGER:?}"
kpager=$(readlink -f "$KPAGER")

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox
# A path for a socket is short; build directories need not be.
socket=$(mktemp -u /tmp/kpager-top.XXXXXX)
t() { tmux -f /dev/null -S "$socket" "$@"; }
run() { # COLUMNS LINES COMMAND
	t kill-session -t run 2>/dev/null
	t new-session -d -s run -x "$1" -y "$2" "$3"
}
trap 't kill-server 2>/dev/null; rm -rf "$sandbox" "$socket"' EXIT

cp "$fixture/recording.txt" recording
mkdir -p class/data class/log
export KPAGER_CLASS=$sandbox/class
for name in data log; do
	echo clock >class/$name/policy
	echo 0 >class/$name/resident_max
	echo 0 >class/$name/adj
done

# The server, which ends with its last session, has the environment of its first.
t new-session -d -s stay -x 20 -y 5 'read -r _'

# start COLUMNS LINES ARGUMENT...
start() {
	local columns=$1 lines=$2
	shift 2
	# The status stays behind what is left of the screen.
	run "$columns" "$lines" \
		"TERM=tmux-256color '$kpager' $*; echo \"ended with \$?\"; read -r _"
}

screen() { t capture-pane -p -t run; }

# shows TEXT: within ten seconds the screen has the text.
shows() {
	local _
	for _ in {1..100}; do
		screen 2>/dev/null | grep -qF -- "$1" && return
		sleep 0.1
	done
	echo "no '$1' on:"
	screen
	return 1
}

lacks() {
	! screen | grep -qF -- "$1" || { echo "'$1' is on:"; screen; return 1; }
}

key() { t send-keys -t run "$@"; }

start 80 24 top --interval 0.3
check "80x24: the pool" shows 'pool [#'
check "80x24: a segment" shows '10M/-'
check "80x24: the keys" shows '1 segments 2 buddy'
# The fixture's numbers grow: rates.
awk '/^faults_minor/ { $2 += 3000 } { print }' proc/stat >new && mv new proc/stat
check "a rate is seen" bash -c "$(declare -f t shows screen); socket=$socket; for _ in {1..50}; do screen | grep -qE 'faults/s [1-9]' && exit; sleep 0.05; done; screen; exit 1"
key 2
check "buddy" shows 'arena 12 node 1'
key 3
check "slab" shows 'kpager_segment'
key 4
check "latency" shows 'latency of data'
key Down
check "latency of another segment" shows 'latency of idle'
key 5
check "oom" shows 'memory was out'
key '?'
check "help" shows 'freeze the screen'
key '?'
key 1
check "back to the segments" shows 'RES/LIMIT'
key '>' '>'
check "sorted by the dirty" shows 'DIRTYv'
key r
check "the other way round" shows 'DIRTY^'
key r '<' '<'
check "sorted by name again" shows 'NAMEv'
key Space
check "frozen" shows FROZEN
key Space
key Home
key a
check "asks for a value" shows 'adj of data is 0, make it:'
key 500 Enter
check "changes an attribute" shows 'adj of data is 500 now'
check "really" grep -qx 500 class/data/adj
key l
check "asks for a limit" shows 'resident_max of data is 0 pages'
key 1M Enter
check "a size becomes pages" shows 'resident_max of data is 256 now'
check "shown as a size" shows '10M/1M'
key m
check "says what there is not" shows 'no such attribute'
rm class/log/policy
key End p
check "of the last segment" shows 'policy of log: this module has no such attribute'
t resize-window -t run -x 132 -y 43
check "132x43: more columns" shows 'THRASH'
t resize-window -t run -x 40 -y 12
check "40x12: fewer columns" shows 'HIT%'
lacks THRASH
check "40x12: not all" lacks THRASH
t resize-window -t run -x 30 -y 8
check "30x8: too small" shows 'too small'
t resize-window -t run -x 80 -y 24
check "80x24 again" shows 'POLICY'
mv proc proc.gone
check "module unloaded: said, not ended" shows 'open on '
mv proc.gone proc
key q
check "ends with 0" shows 'ended with 0'

start 132 43 top --interval 0.3
check "132x43" shows 'STALL%'
key q
check "132x43 ends" shows 'ended with 0'
start 40 12 top --interval 0.3
check "40x12" shows 'RES/LIMIT'
key q
check "40x12 ends" shows 'ended with 0'
start 30 8 top --interval 0.1
check "30x8: once, as text" shows 'ended with 0'

start 80 24 top --interval 0.1 --play recording
check "playing" shows 'sample 30 of 30'
check "stops at the end" shows FROZEN
key '['
check "rewind" shows 'sample 1 of 30'
key Right Right
check "forward" shows 'sample 3 of 30'
key Left
check "back" shows 'sample 2 of 30'
key p
check "a recording cannot be changed" shows 'cannot be changed'
key Space
check "plays on" shows 'sample 30 of 30'
key q
check "playing ends" shows 'ended with 0'

run 80 40 "TERM=dumb '$kpager' top --interval 0.1; echo \"ended with \$?\"; read -r _"
check "a dumb terminal: text" shows 'ended with 0'
run 80 24 "NO_COLOR=1 TERM=tmux-256color '$kpager' top --interval 0.1; echo \"ended with \$?\"; read -r _"
shows 'pool [#' >/dev/null
coloured() { t capture-pane -e -p -t run | grep -q $'\033\\[3[0-7]m'; }
colourless() { ! coloured; }
check "NO_COLOR: no colours" colourless
key q
start 80 24 top --interval 0.3
shows 'pool [#' >/dev/null
check "otherwise there are some" coloured
key q
finish
