#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# golden.sh [--update]: what each command prints, as text and as JSON, is what
# golden/ says, byte for byte; the JSON fits the schema; and valgrind finds
# nothing to complain about.  --update writes golden/ anew: look at git diff.
#
# Environment: KPAGER, the command; VALGRIND=1 to run it there.

set -u
here=$(cd "$(dirname "$0")" && pwd)
fixture=$here/fixture
golden=$here/golden
: "${KPAGER:?}"
kpager=$(readlink -f "$KPAGER")

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox

command=("$kpager")
[ -z "${VALGRIND-}" ] ||
	command=(valgrind -q --error-exitcode=99 --leak-check=full
		"--errors-for-leak-kinds=definite,indirect"
		"--suppressions=$here/valgrind.supp"
		--log-file="$sandbox/valgrind" "$kpager")

# What differs from run to run becomes MASKED.
mask() {
	sed -E -e "s|$sandbox|SANDBOX|g" \
		-e 's/("(time_ms|seconds)":)[0-9.]+/\1MASKED/g' \
		-e '/sample/!s/^(kpager top )[0-9:]+ (.* over ).*/\1MASKED \2MASKED/'
}

# golden NAME ARGUMENT...: the name of the file in golden/.
golden() {
	local name=$1 status
	shift
	: >"$sandbox/valgrind"
	"${command[@]}" "$@" >out 2>err </dev/null
	status=$?
	{
		echo "\$ kpager $*"
		cat out
		sed 's/^/stderr: /' err
		echo "exit $status"
	} | mask >result
	[ -n "${update-}" ] && cp result "$golden/$name.txt"
	if [ -s "$sandbox/valgrind" ] || [ "$status" -eq 99 ]; then
		flunk "$name: valgrind" "$(cat "$sandbox/valgrind")"
	elif diff -u "$golden/$name.txt" result >difference 2>&1; then
		pass "$name"
	else
		flunk "$name" "$(cat difference)"
	fi
	case " $* " in
	*" --json "*) [ "$status" -gt 1 ] || cp out "json/$name" ;;
	esac
}

update=''
[ "${1-}" != --update ] || update=1
mkdir json

# shellcheck source=userspace/tests/golden.list
. "$here/golden.list"

check "JSON fits the schema" python3 "$here/schema.py" json/*
finish
