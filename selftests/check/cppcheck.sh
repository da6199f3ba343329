#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# cppcheck finds nothing in the programs: the command, the library, the tests.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need cppcheck
mapfile -t sources < <(files 'userspace/*.c' 'selftests/*.c' | while IFS= read -r file; do
	is_kernel_code "$file" || printf '%s\n' "$file"
done)
[ ${#sources[@]} -gt 0 ] || problem "there are no programs"
# Loading a value for nothing but the page fault is what a test is there for;
# the others are matters of taste.
output=$(cppcheck --quiet --std=c11 --enable=warning -D_GNU_SOURCE -Iuserspace/lib -Imodule/uapi \
	--suppress=constStatement --suppress=missingInclude \
	--template='{file}:{line}: {severity}: {message} [{id}]' "${sources[@]}" 2>&1) || problem "cppcheck failed"
[ -z "$output" ] || problem "$output"
finish
