#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pool's buddy and slab beside alloc_pages, drm_buddy, gen_pool and
# kmem_cache: instructions for an allocation and its free (-icount, one CPU;
# zeroing off, so that it does not hide the allocators), and what a second CPU
# adds (wall time, so only a ratio is compared).

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
top=$PWD share=$PWD/build/bench/pool
mkdir -p "$share" || exit 1

# The bench module is built against the very kpager.ko that the VM loads.
(
	# shellcheck source=selftests/vm/lib.sh
	. selftests/vm/lib.sh
	vm_tools
	vm_kernel "${KPAGER_KERNEL:-6.1}"
	vm_module
	cp selftests/bench/pool/* "$share/" || exit 1
	# drm_buddy.ko needs drm.ko; where there is none its rows are left out.
	for name in drm drm_buddy; do
		ko=$(find "$VM_KMODROOT/lib/modules/$VM_KVER" -name "$name.ko*" 2>/dev/null | head -n 1)
		case $ko in
		*.xz) xz -dc "$ko" >"$share/$name.ko" ;;
		?*) cp "$ko" "$share/" ;;
		esac
	done
	vm_kmake "$share" -s KPAGER="$top" \
		BENCH_DRM="$([ ! -e "$share/drm_buddy.ko" ] || echo 1)" \
		KBUILD_EXTRA_SYMBOLS="${VM_MODULE%/*}/src/Module.symvers" \
		>"$share/build.log" 2>&1 || { cat "$share/build.log" >&2; exit 1; }
) || exit 1
cp selftests/bench/pool-guest "$share/" || exit 1

run()	# THREADS OPTION...
{
	local threads=$1
	shift
	KPAGER_CMDLINE="init_on_alloc=0 init_on_free=0" \
		KPAGER_MODPARAMS="limit_mb=768 min_mb=768" \
		selftests/vm/run --mem 3G --timeout 900 --share "$share" "$@" -- \
		/share/pool-guest "$threads"
}

run 1 --icount >"$share/icount.txt" || exit 1
run 2 --cpus 2 >"$share/wall.txt" || exit 1

# Lines "WHO CASE FIGURE" become rows; the loop's own cost is taken off.
awk -F '\t' -v OFS='\t' '
function row(c, k, p, name, unit, ratio, bar) {
	print c, k, p, name, unit, sprintf("%.2f", ratio), \
		bar == "" ? "-" : (bar ~ /^>/ ? bar : "x" bar), \
		bar == "" ? "-" : bar ~ /^>/ ? \
			(ratio >= substr(bar, 2) ? "ok" : "MISSED") : \
			(ratio <= bar ? "ok" : "MISSED")
}
BEGIN {
	bar["alloc_pages"] = 0.7
	bar["kmem_cache"] = 0.7
	bar["drm_buddy"] = 0.2
	peers = split("alloc_pages kmem_cache drm_buddy gen_pool", peer, " ")
}
$1 == "loop" && $2 ~ /^loop/ { loop[$2 ~ /pair/] = $3; next }
{
	figure[$1, $2] = $3
	if ($1 == "kpager")
		order[++n] = $2
}
END {
	for (i = 1; i <= n; i++) {
		c = order[i]
		if (c ~ /cpus/ || c == "metadata")
			continue
		l = loop[c ~ /pair/]
		for (p = 1; p <= peers; p++) {
			if (!((peer[p], c) in figure))
				continue
			k = figure["kpager", c] - l
			f = figure[peer[p], c] - l
			row(c, k, f, peer[p], "instructions", k / f, bar[peer[p]])
		}
	}
	# 1.8 of the 2 that an empty loop gains on an idle host.
	for (i = 1; i <= n; i++) {
		c = order[i]
		if (c ~ /-cpus2$/)
			row(c, figure["kpager", c] / 1000, figure["loop", c] / 1000, \
			    "an empty loop", "times one CPU", \
			    figure["kpager", c] / figure["loop", c], ">0.9")
	}
	if (("pool", "metadata") in figure)
		row("metadata", figure["kpager", "metadata"], \
		    figure["pool", "metadata"], "bytes of the pool", "bytes", \
		    figure["kpager", "metadata"] / figure["pool", "metadata"], 0.01)
}' "$share/icount.txt" "$share/wall.txt"
