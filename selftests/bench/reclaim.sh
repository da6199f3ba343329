#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Reclaim beside Linux's own, with the same memory: a pool and a memory cgroup
# of 16 MiB, for 64 MiB of pages.  What taking back a clean and a dirty page
# costs, in instructions (-icount, one CPU); and the longest of a thousand
# accesses under steady overload: by the clock of such a VM, where a busy
# machine changes nothing, and in wall time, on two CPUs: of one thread, and of
# four, which also wait for their turns.
#
# usage: reclaim.sh [cost|latency|wall|crowd]...

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
out=build/bench/reclaim-vm
mkdir -p "$out" &&
	"${CC:-gcc}" -O2 -Wall -Wextra -static -pthread -Imodule/uapi \
		-o "$out/reclaim" selftests/bench/{reclaim,segment,pattern}.c -lm &&
	cp selftests/bench/reclaim-guest "$out/" || exit 1
[ $# -gt 0 ] || set -- cost latency wall crowd

guest()	# WHAT OPTION...: output to WHAT.txt
{
	local what=$1
	shift
	# A pool that has all its memory from the start, as the cgroup does.
	KPAGER_MODPARAMS="limit_mb=16 min_mb=16" selftests/vm/run \
		--timeout 1200 --share "$out" "$@" -- \
		/share/reclaim-guest "$what" >"$out/$what.txt" ||
		{ echo "bench: reclaim: $what failed" >&2; return 1; }
}

rows_cost()
{
	awk -F '\t' -v OFS='\t' '
	/^#/ { next }
	{ figure[$1, $2] = $3; unit[$2] = $4; if (!seen[$2]++) order[++n] = $2 }
	END {
		peer = "mmap+MADV_RANDOM"
		for (i = 1; i <= n; i++) {
			c = order[i]
			k = figure["kpager", c]
			m = figure[peer, c]
			bar = verdict = ratio = "-"
			if (k != "" && m > 0)
				ratio = sprintf("%.2f", k / m)
			if (c ~ /^reclaim-(clean|dirty)$/) {
				bar = "x0.70"
				verdict = ratio != "-" && k / m <= 0.7 ? \
					"ok" : "MISSED"
			}
			print c, k, m, peer, unit[c], ratio, bar, verdict
		}
	}' "$out/cost.txt"
}

# Rounds that follow each other are compared; the median of their ratios.
rows_latency() # latency|wall|crowd
{
	awk -F '\t' -v OFS='\t' '
	/^#/ { next }
	$1 == "kpager" { k = $3; next }
	{ print $1, k / $3, k, $3, $2, $4 }' "$out/$1.txt" |
	sort -t "$(printf '\t')" -k1,1 -k2,2g | awk -F '\t' -v OFS='\t' '
	function row() {
		split(line[int((n + 1) / 2)], f, "\t")
		bar = who == "mmap" && f[5] !~ /crowd/ ? "x0.50" : "-"
		verdict = bar == "-" ? "-" : f[2] <= 0.5 ? "ok" : "MISSED"
		print f[5], f[3], f[4], who, f[6], sprintf("%.2f", f[2]), \
			bar, verdict
		n = 0
	}
	n && $1 != who { row() }
	{ who = $1; line[++n] = $0 }
	END { row() }'
}

status=0
for what; do
	case $what in
	cost) guest cost --icount && rows_cost || status=1 ;;
	latency) guest latency --icount && rows_latency latency || status=1 ;;
	wall | crowd) guest "$what" --cpus 2 && rows_latency "$what" || status=1 ;;
	*) echo "usage: reclaim.sh [cost|latency|wall|crowd]..." >&2; exit 2 ;;
	esac
done
exit $status
