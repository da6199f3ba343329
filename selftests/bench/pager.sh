#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pager beside Linux's own mmap: the same program, the same RAM disk of
# 64 MiB, the same 16 MiB of memory (a pool, or a memory cgroup), one CPU,
# instructions counted (-icount).  Kernel and program see no difference but
# the device that is mapped.
#
# usage: pager.sh [-k] [CASE...]
#
# -k: kpager only, without its peers, which take most of the time.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
# shellcheck source=selftests/bench/pager-lib.bash
. selftests/bench/pager-lib.bash
out=build/bench/pager-vm
mkdir -p "$out" || exit 1
pager_build "$out" || exit 1
peers=(kpager mmap+MADV_RANDOM mmap)
if [ "${1-}" = -k ]; then
	peers=(kpager)
	shift
fi
KPAGER_MODPARAMS=$PAGER_MODPARAMS \
	selftests/vm/run --icount --timeout 1800 --share "$out" -- \
	/share/pager-guest "${peers[@]}" -- "$@" >"$out/pager.txt" || exit 1

# Lines "WHO CASE FIGURE UNIT" become rows: the bars are what was promised.
awk -F '\t' -v OFS='\t' '
BEGIN {
	bar["random-read"] = 8000
	bar["zipf-read"] = 2500
	bar["zipf-write"] = 3000
	bar["sequential-read"] = 6500
	bar["sequential-write"] = 12000
	bar["resident-read"] = 350
	bar["resident-write"] = 1000
	bar["random-read-metadata"] = 64
	bar["sequential-write-back"] = 1
}
$4 == "accesses" { next }
{ figure[$1, $2] = $3; unit[$2] = $4; if (!seen[$2]++) order[++n] = $2 }
END {
	for (i = 1; i <= n; i++) {
		c = order[i]
		k = figure["kpager", c]
		verdict = "-"
		if (c in bar)
			verdict = k <= bar[c] ? "ok" : "MISSED"
		if (!(("mmap", c) in figure))
			print c, k, "-", "-", unit[c], "-", \
				c in bar ? bar[c] : "-", verdict
		peers = split("mmap mmap+MADV_RANDOM", peer, " ")
		for (p = 1; p <= peers; p++) {
			m = figure[peer[p], c]
			if (m == "")
				continue
			print c, k, m, peer[p], unit[c], \
				(m > 0 ? sprintf("%.2f", k / m) : "-"), \
				c in bar ? bar[c] : "-", verdict
		}
	}
}' "$out/pager.txt"
