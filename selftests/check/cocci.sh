#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The semantic patches that come with the kernel find nothing in the module.
# They take a minute or two, so this runs only when it is named.  COCCI=WORD: only
# those whose path holds WORD.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need spatch
source=$(kernel_source_files coccinelle 'scripts/coccinelle/*') || {
	problem "no kernel source to take the semantic patches from"
	finish
}
mapfile -t patches < <(find "$source" -name '*.cocci' | grep -F -- "${COCCI-}" | sort)
[ ${#patches[@]} -gt 0 ] || problem "there are no semantic patches"
err=$(mktemp) || exit 1
trap 'rm -f "$err"' EXIT
for patch in "${patches[@]}"; do
	# Two are partly in OCaml; they are about tables that a module has not.
	! grep -q '^@.*script:ocaml\|^@ *initialize:ocaml' "$patch" || continue
	output=$(spatch -D report --very-quiet --no-show-diff --cocci-file "$patch" --dir module 2>"$err") ||
		problem "${patch##*/}: $(head -n 1 "$err")"
	[ -z "$output" ] || problem "$output"
done
finish
