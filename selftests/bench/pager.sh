#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pager beside Linux's own mmap: the same program, the same RAM disk of
# 64 MiB, the same 16 MiB of memory (a pool, or a memory cgroup), one CPU,
# instructions counted (-icount).  Kernel and program see no difference but
# the device that is mapped.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
out=build/bench
mkdir -p "$out" || exit 1
"${CC:-gcc}" -O2 -Wall -Wextra -static -Imodule/uapi -o "$out/pager" \
	selftests/bench/pager.c || exit 1
cp selftests/bench/pager-guest "$out/" || exit 1
KPAGER_CMDLINE="init_on_alloc=0 init_on_free=0" KPAGER_MODPARAMS="limit_mb=16" \
	selftests/vm/run --icount --timeout 900 --share "$out" -- \
	/share/pager-guest >"$out/pager.txt" || exit 1

# Lines "WHO CASE FIGURE" become rows: the bars are the issue's promises.
awk -F '\t' -v OFS='\t' '
BEGIN {
	bar["random-read"] = 14500
}
{ figure[$1, $2] = $3; if (!seen[$2]++) order[++n] = $2 }
END {
	for (i = 1; i <= n; i++) {
		c = order[i]
		k = figure["kpager", c]
		verdict = "-"
		if (c in bar)
			verdict = k <= bar[c] ? "ok" : "MISSED"
		peers = split("mmap mmap+MADV_RANDOM", peer, " ")
		for (p = 1; p <= peers; p++) {
			m = figure[peer[p], c]
			if (m == "")
				continue
			print c, k, m, peer[p], "instructions/access", \
				sprintf("%.2f", k / m), \
				c in bar ? bar[c] : "-", verdict
		}
	}
}' "$out/pager.txt"
