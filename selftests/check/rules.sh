#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module's rules that no compiler knows:
#  - no BUG(): a programming error is a WARN_ON_ONCE and a clean refusal;
#  - exported symbols only: no kallsyms, no kprobes for addresses;
#  - compat.h is the only place that knows kernel versions;
#  - pure code includes nothing of the kernel but platform.h;
#  - a folder uses those below it, never those above.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

# forbid WHY PATTERN FILE...: no line of the files may match.
forbid() {
	local why=$1 pattern=$2 hits

	shift 2
	[ $# -gt 0 ] || return 0
	hits=$(grep -nHE -- "$pattern" "$@") || return 0
	while IFS= read -r hit; do
		problem "$hit"$'\n'"	$why"
	done <<<"$hits"
}

mapfile -t sources < <(files 'module/*.[ch]')
[ ${#sources[@]} -gt 0 ] || problem "no sources in module/"

forbid "BUG() stops the machine: WARN_ON_ONCE and refuse instead" \
	'(^|[^A-Z_])(BUG|BUG_ON|VM_BUG_ON[A-Z_]*|panic)[[:space:]]*\(' \
	"${sources[@]}"
forbid "only exported symbols: no look-up of addresses by name" \
	'kallsyms|register_kprobe|kprobe_lookup|__symbol_get|symbol_request' \
	"${sources[@]}"

mapfile -t others < <(printf '%s\n' "${sources[@]}" | grep -vx 'module/compat\.h')
forbid "kernel versions belong into module/compat.h" \
	'LINUX_VERSION|KERNEL_VERSION|UTS_RELEASE|utsrelease\.h|RHEL_RELEASE' \
	"${others[@]}"

mapfile -t pure < <(printf '%s\n' "${sources[@]}" |
	grep -E '^module/(policy/|pool/(buddy|slab|pool|extent)\.|store/(packed|inject_text)\.|reclaim/(badness|levels|stall)\.)')
forbid "pure code includes platform.h and nothing else of the kernel" \
	'^#[[:space:]]*include[[:space:]]*<|"(\.\./)?compat\.h"' "${pure[@]}"

# Who may include whom: a folder, and the folders above it in the house.
above() {
	case $1 in
	pool) echo 'policy|store|pager|reclaim|abi' ;;
	policy) echo 'pool|store|pager|reclaim|abi' ;;
	store) echo 'policy|pager|reclaim|abi' ;;
	pager) echo 'reclaim|abi' ;;
	reclaim) echo 'abi' ;;
	esac
}
for folder in pool policy store pager reclaim; do
	mapfile -t inside < <(files "module/$folder/*.[ch]")
	forbid "module/$folder may not include what lies above it" \
		"^#[[:space:]]*include[[:space:]]*\"(\.\./)?($(above "$folder"))/" \
		"${inside[@]}"
done
finish
