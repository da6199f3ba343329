#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What does not belong into the tree: files that a build makes, and the names
# of machines, home directories and package hosts.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

# Tracked although .gitignore says it is made by a build or a run.
while IFS= read -r file; do
	problem "$file: is generated (see .gitignore) but in git"
done < <(git ls-files -ci --exclude-standard)

# The same by kind, should .gitignore not know them.
while IFS= read -r file; do
	case $file in
	*.o | *.ko | *.mod | *.mod.c | *.cmd | *.a | *.so | *.so.* | *.gcda | \
		*.gcno | *.gcov | *.cpio | *.img | *.qcow2 | *.pyc | *.d | \
		*/Module.symvers | Module.symvers | */modules.order | \
		modules.order | *.orig | *.rej | *~ | *.swp)
		problem "$file: is a generated file" ;;
	esac
	[ ! -f "$file" ] || [ "$(head -c 4 "$file" | tr -d '\0')" != $'\x7fELF' ] ||
		problem "$file: is a compiled program"
done < <(files .)

# Bracketed first letters keep this file from matching itself.
# The format of debian/copyright is named by such a place, whatever the machine.
mapfile -t all < <(files . ':!debian/copyright')
while IFS= read -r hit; do
	problem "$hit: names a place that only one machine or network has"
done < <(grep -nIE -- \
	'(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[h]ome/[a-z]+)/|[a-z.]*\.(debian|ubuntu|fedoraproject)\.(org|net|com)/' \
	"${all[@]}" | cut -c1-160)
finish
