#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tests and the mistakes that the tables of Documentation/testing.md name
# are there, and every mistake that is kept is named, and can still be made: its
# patch applies to the module as it is.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need patch
doc=Documentation/testing.md
[ -f "$doc" ] || {
	problem "no $doc"
	finish
}
# | guarantee | `program` test, test; `program` test | mistake, mistake |
rows=$(sed -n '/^| guarantee /,/^$/p' "$doc" | sed '1,2d')
[ -n "$rows" ] || problem "$doc has no table of guarantees"
words() { # COLUMN
	# shellcheck disable=SC2016 # backquotes of Markdown
	awk -F'|' -v c="$1" '{ print $c }' <<<"$rows" | tr ',;' '\n' |
		sed -n 's/`[^`]*`//; s/^ *\([a-z0-9_-][a-z0-9_-]*\).*/\1/p' | sort -u
}
known=$(files selftests/device | xargs sed -n 's/^\(TEST\|PIN_TEST\|TEST_F\|TEST_F_TIMEOUT\)(\(.*\)/\2/p' | tr -c 'a-z0-9_\n' '\n' | sort -u)
for test in $(words 3); do
	case $test in
	*_*) grep -qx "$test" <<<"$known" || problem "$doc: there is no test $test" ;;
	esac
done
mistakes=$(words 4 | grep -v '^-$')
for mistake in $mistakes; do
	[ -f "selftests/mutants/$mistake.patch" ] || problem "$doc: there is no selftests/mutants/$mistake.patch"
done
for patch in $(files 'selftests/mutants/*.patch'); do
	mistake=${patch##*/}
	grep -qw -- "${mistake%.patch}" "$doc" || problem "$doc does not name $patch"
	# as selftests/mutants/run does it
	log=$(patch -p1 -F0 --dry-run --force -s <"$patch" 2>&1) ||
		problem "$patch does not apply any more: $log"
done
finish
