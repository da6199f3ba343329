#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own checkpatch.pl --strict for all kernel code.  It comes from
# the distribution's linux-source package and is kept in the cache.  What it
# says may be overruled in checkpatch.allow, with a reason; an entry there
# that overrules nothing is a problem too.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

allow=selftests/check/checkpatch.allow

need perl
checkpatch=$(kernel_source_files checkpatch scripts/checkpatch.pl \
	scripts/spelling.txt scripts/const_structs.checkpatch) || {
	problem "no kernel source to take checkpatch.pl from"
	finish
}

sources=()
while IFS= read -r file; do
	# What stands in for the kernel in user space is not kernel code.
	[ "${file##*/}" != platform_host.h ] || continue
	! is_kernel_code "$file" || sources+=("$file")
done < <(files '*.c' '*.h')
[ ${#sources[@]} -gt 0 ] || problem "no kernel code found"

# Without a .git of a kernel around it checkpatch needs no tree; each line of
# its report is "FILE:LINE: LEVEL:TYPE: text".
report=$(perl "$checkpatch/scripts/checkpatch.pl" --no-tree --strict --terse \
	--show-types --no-summary -f "${sources[@]}" 2>&1)

while IFS= read -r hit; do
	problem "$hit"
done < <(awk -v allow="$allow" '
	FILENAME == allow {
		if ($0 !~ /^(#|[ \t]*$)/) {
			path[++n] = $1
			type[n] = $2
			if (NF < 4)
				print allow ": no reason given: " $0
		}
		next
	}
	/^[^ ]+:[0-9]+: [A-Z]+:[A-Z_]+: / {
		file = $1
		sub(/:[0-9]+:$/, "", file)
		split($2, level, ":")
		for (i = 1; i <= n; i++)
			if (type[i] == level[2] && \
			    (path[i] == "*" || path[i] == file)) {
				used[i] = 1
				next
			}
	}
	NF
	END {
		for (i = 1; i <= n; i++)
			if (!used[i])
				print allow ": overrules nothing: " path[i], type[i]
	}' "$allow" - <<<"$report")
finish
