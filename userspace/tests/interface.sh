#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a command is documented to take is what it takes, everywhere: its help,
# its manual page and the completion agree; and tables are fast enough.
#
# Environment: KPAGER, the command.

set -u
here=$(cd "$(dirname "$0")" && pwd)
export fixture=$here/fixture
: "${KPAGER:?}"
kpager=$(readlink -f "$KPAGER")
man=$here/../man

# shellcheck source=userspace/tests/sandbox.sh
. "$here/sandbox.sh"
sandbox

mkdir bin
ln -s "$kpager" bin/kpager
PATH=$sandbox/bin:$PATH

# shellcheck source=/dev/null
. "$here/../completion/kpager"

# complete_words WORD...: what is offered for the last word.
complete_words() {
	COMP_WORDS=(kpager "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_kpager
	printf '%s\n' "${COMPREPLY[@]}"
}

mapfile -t commands < <(kpager help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')

options_of() {
	kpager help "$1" | sed -n '2,$p' | grep -oE -- '(^|[ ,])--[a-z][a-z-]*' |
		tr -d ' ,' | sort -u
}

documented() { # COMMAND
	local page=$man/kpager-$1.1.scd option missing=''
	[ -f "$page" ] || { echo "there is no $page"; return 1; }
	for option in $(options_of "$1"); do
		grep -qE -- "\*$option([^a-z-]|\*)" "$page" "$man/kpager.1.scd" ||
			missing+=" $option"
	done
	# Options in the synopsis exist.
	while IFS= read -r option; do
		options_of "$1" | grep -qx -- "$option" || missing+=" ($option is none)"
	done < <(sed -n '/^# SYNOPSIS/,/^# DESC/p' "$page" |
		grep -oE -- '--[a-z][a-z-]*')
	[ -z "$missing" ] || { echo "kpager-$1(1):$missing"; return 1; }
}

completed() { # COMMAND
	diff <({ options_of "$1"; echo --help; } | sort -u) \
		<(complete_words "$1" -- | sort -u)
}

for command in "${commands[@]}"; do
	[ "$command" != help ] || continue
	check "manual page of $command" documented "$command"
	check "completion of $command's options" completed "$command"
done

every_command() {
	diff <(printf '%s\n' "${commands[@]}" --help --version | sort) \
		<(complete_words '' | sort)
}
check "completion of commands" every_command

every_column() { # COMMAND
	local known
	known=$(kpager "$1" --count 1 --interval 0.01 -o '?' 2>&1 || true)
	case $known in *"known are:"*) ;; *) known=$(kpager "$1" -o '?' 2>&1) ;; esac
	known=${known#*known are: }
	diff <(tr ' ' '\n' <<<"${known%%;*} all" | sort) \
		<(complete_words "$1" -o '' | sort)
}
for command in list get stat buddy slab; do
	check "completion of $command's columns" every_column "$command"
done

equals() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
check "completion of the next column" \
	equals "$(complete_words list -o name,res)" name,resident
check "completion of a segment" equals "$(complete_words stat da)" data
check "completion offers nothing for nonsense" \
	equals "$(complete_words frobnicate x)" ""

mkdir -p class/data
export KPAGER_CLASS=$sandbox/class
echo clock >class/data/policy
echo 0 >class/data/adj
check "completion of keys" equals "$(complete_words get data '' | tr '\n' ' ')" 'adj policy '
check "completion of keys to be set" equals "$(complete_words set data ad)" adj=
check "completion of values" equals "$(complete_words set data policy = siev)" sieve
check "completion right behind the key" equals "$(complete_words set data policy = | head -n 2 | tail -n 1)" \
	"$(kpager replay --policy '?' - 2>&1 </dev/null | sed 's/.*: //' | cut -d ' ' -f 2)"

# A name may have any character that prints; none of it is expanded.
{
	head -n 2 proc/segments
	# shellcheck disable=SC2016
	echo '$(touch${IFS}bad) 4096 0 0 clock 600 0 0 0 0 0 0 0 /x'
} >segments.new
mv segments.new proc/segments
complete_words destroy '' >offered
# shellcheck disable=SC2016
check "names are quoted" equals "$(cat offered)" '\$\(touch\$\{IFS\}bad\)'
check "names are not expanded" test ! -e bad

# ---- many segments ----------------------------------------------------------

many() { # COUNT
	head -n 2 "$fixture/segments.txt"
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			print "segment-" i, 1048576 * (i % 100 + 1), i, i % 7,
				"clock 600 1", i * 3, i, i, i, i, "0 /var/lib/store-" i
	}'
}
many 10000 >proc/segments

# The fastest of three: this is about the command, not about the machine.
best_ms() {
	local best=999999 begin end
	for _ in 1 2 3; do
		begin=$(date +%s%N)
		"$@" >many.out || return 1
		end=$(date +%s%N)
		[ $(((end - begin) / 1000000)) -ge "$best" ] ||
			best=$(((end - begin) / 1000000))
	done
	echo "$best"
}

under_a_second() {
	local ms
	ms=$(best_ms "$@") || return 1
	echo "$ms ms"
	[ "$ms" -lt 1000 ]
}
# What a sanitizer makes of it is no measure.
case $kpager in
*/sanitized/*) limit='' ;;
*) limit=1 ;;
esac
if [ -n "$limit" ]; then
	check "10,000 segments are listed in a second" under_a_second kpager list
	check "also as JSON" under_a_second kpager list --json
fi
kpager list --noheadings -o name >many.out
check "all of them are" equals "$(wc -l <many.out)" 10000
finish
