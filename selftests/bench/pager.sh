#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pager beside Linux's own mmap and beside userfaultfd: the same program,
# the same RAM disk of 64 MiB, the same 16 MiB of memory (a pool, a memory
# cgroup, a ring), one CPU, instructions counted (-icount).  Then, each in a
# VM of its own: what a page costs at other places of larger segments, and
# four threads on two CPUs, in wall time.
#
# usage: pager.sh [-k] [CASE...]
#
# A CASE is one of pager.c, "whatif" (zipf-read with a sample of the pages
# simulated under other policies, beside without), "position" or "threads";
# none: all of them.
# -k: kpager only, without its peers, which take most of the time.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
# shellcheck source=selftests/bench/pager-lib.bash
. selftests/bench/pager-lib.bash
out=build/bench/pager-vm
mkdir -p "$out" && pager_build "$out" && pager_more_build "$out" || exit 1
peers=(kpager mmap+MADV_RANDOM userfaultfd mmap)
if [ "${1-}" = -k ]; then
	peers=(kpager)
	shift
fi
accesses=() whatif='' position='' threads=''
for case in "$@"; do
	case $case in
	whatif) whatif=1 ;;
	position) position=1 ;;
	threads) threads=1 ;;
	*) accesses+=("$case") ;;
	esac
done
all=
[ $# -gt 0 ] || all=1 whatif=1 position=1 threads=1

guest()	# NAME OPTION... -- COMMAND...: output to NAME.txt
{
	local name=$1
	shift
	KPAGER_MODPARAMS=$PAGER_MODPARAMS selftests/vm/run --timeout 3000 \
		--share "$out" "$@" >"$out/$name.txt" ||
		{ echo "bench: pager: $name failed" >&2; return 1; }
}

# Lines "WHO CASE FIGURE UNIT" become rows: the bars are what was promised.
rows_accesses()
{
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
		bar["random-read-flushes"] = bar["zipf-read-flushes"] = 1
		bar["zipf-write-flushes"] = 1
		bar["sequential-read-flushes"] = 0.0625
		bar["sequential-write-flushes"] = 0.0625
	}
	$4 == "accesses" { next }
	{ figure[$1, $2] = $3; unit[$2] = $4; if (!seen[$2]++) order[++n] = $2 }
	END {
		for (i = 1; i <= n; i++) {
			c = order[i]
			k = figure["kpager", c]
			limit = "-"
			verdict = "-"
			if (c in bar) {
				limit = bar[c]
				verdict = k != "" && k + 0 <= limit ? \
					"ok" : "MISSED"
			}
			peers = split("mmap mmap+MADV_RANDOM userfaultfd", \
				peer, " ")
			rows = 0
			for (p = 1; p <= peers; p++) {
				if (!((peer[p], c) in figure))
					continue
				m = figure[peer[p], c]
				ratio = "-"
				if (m > 0)
					ratio = sprintf("%.2f", k / m)
				print c, k, m, peer[p], unit[c], ratio, \
					limit, verdict
				rows++
			}
			if (!rows)
				print c, k, "-", "-", unit[c], "-", limit, \
					verdict
		}
	}' "$out/accesses.txt"
}

# What a fault costs more with a sample of 1 % of the pages.
rows_whatif()
{
	awk -F '\t' -v OFS='\t' '
	$2 == "zipf-read" { figure[$1] = $3; unit = $4 }
	END {
		on = figure["kpager+whatif"]
		off = figure["kpager"]
		print "zipf-read-whatif", on, off, "kpager", unit, \
			sprintf("%.3f", on / off), "x1.02", \
			(on > 0 && on <= 1.02 * off ? "ok" : "MISSED")
	}' "$out/whatif.txt"
}

# The dearest place beside the cheapest.
rows_position()
{
	awk -F '\t' -v OFS='\t' '
	{ sub(/^position-/, "", $2) }
	NR == 1 || $3 < min { min = $3; least = $2 }
	NR == 1 || $3 > max { max = $3; most = $2 }
	END {
		print "position:" most, max, min, least, $4, \
			sprintf("%.2f", max / min), "x1.10", \
			(NR == 9 && max <= 1.1 * min ? "ok" : "MISSED")
	}' "$out/position.txt"
}

# Rounds that follow each other are compared; the median of their ratios.
rows_threads()
{
	awk -F '\t' -v OFS='\t' '
	$1 == "kpager" { k = $3; next }
	{ print $1, k / $3, k, $3, $2, $4 }' "$out/threads.txt" |
	sort -t "$(printf '\t')" -k1,1 -k2,2g | awk -F '\t' -v OFS='\t' '
	function row() {
		split(line[int((n + 1) / 2)], f, "\t")
		limit = who == "mmap" ? 5 : 1
		print f[5], f[3], f[4], who, f[6], sprintf("%.2f", f[2]), \
			">" limit, (f[2] >= limit ? "ok" : "MISSED")
		n = 0
	}
	n && $1 != who { row() }
	{ who = $1; line[++n] = $0 }
	END { row() }'
}

status=0
if [ -n "$all" ] || [ ${#accesses[@]} -gt 0 ]; then
	guest accesses --icount -- /share/pager-guest "${peers[@]}" -- \
		"${accesses[@]}" && rows_accesses || status=1
fi
if [ -n "$whatif" ]; then
	guest whatif --icount -- /share/pager-guest kpager kpager+whatif -- \
		zipf-read && rows_whatif || status=1
fi
if [ -n "$position" ]; then
	guest position --icount -- /share/position-guest && rows_position || status=1
fi
if [ -n "$threads" ]; then
	guest threads --cpus 2 -- /share/threads-guest && rows_threads || status=1
fi
exit $status
