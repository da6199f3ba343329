#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs shellcheck on every shell script of the tree, found by name or first line.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need shellcheck
scripts=()
while IFS= read -r file; do
	case $file in
	*.sh | *.bash | .ci/run)
		scripts+=("$file") ;;
	*)
		[ -f "$file" ] || continue
		# "shellcheck shell=" marks fragments without a first line.
		if head -n 3 "$file" | grep -qaE \
			'^#!.*[/ ](ba|da|k)?sh( |$)|^# shellcheck shell='; then
			scripts+=("$file")
		fi
		;;
	esac
done < <(files .)
[ ${#scripts[@]} -gt 0 ] || problem "no shell scripts found"
# SC2317: takes functions that are called through a variable for unreachable.
shellcheck -x -P SCRIPTDIR:. -e SC2317 -- "${scripts[@]}" || problem "shellcheck complains"
finish
