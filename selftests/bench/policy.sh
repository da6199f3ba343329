#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The policies.  First how fast replay runs each of them on the host, on one
# core: there is no peer, the bars are absolute.  Then on the device, in a VM
# that counts instructions: the misses of loads and of recorded programs under
# each policy, beside Linux's own mmap with as much memory, both its classic
# LRU and its multi-generation one.
#
# usage: policy.sh [-d] [speed] [LOAD...]
#
# A LOAD is one of policy/device.c or of policy/programs.py; nothing: all, and
# the speed.  -d: only the default policy, which has the bars.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
# shellcheck source=selftests/bench/pager-lib.bash
. selftests/bench/pager-lib.bash
out=build/bench/policy-vm
# Of a program, the beginning: so many uses of pages.
recorded_max=100000
only=()
if [ "${1-}" = -d ]; then
	only=(-d)
	shift
fi
[ $# -gt 0 ] || set -- speed zipf zipf-scans loop sequential phases sqlite sort columns

mkdir -p "$out" || exit 1
make -s -C userspace O="$PWD/build/userspace" "$PWD/build/userspace/libreplay.a" || exit 1

speed()
{
	"${CC:-gcc}" -O2 -Wall -Wextra -D_GNU_SOURCE -o build/bench/policy-speed \
		selftests/bench/policy/speed.c build/userspace/libreplay.a -lm &&
		build/bench/policy-speed
}

build()
{
	local dir=selftests/bench
	"${CC:-gcc}" -O2 -Wall -Wextra -D_GNU_SOURCE -static -Imodule/uapi \
		-o "$out/device" $dir/policy/device.c $dir/{pattern,segment}.c \
		build/userspace/libreplay.a -lm &&
		"${CC:-gcc}" -O2 -Wall -Wextra -shared -fPIC \
			-o "$out/pagetrace.so" $dir/policy/pagetrace.c &&
		cp $dir/policy/{device-guest,record-guest,programs.py} "$out/"
}

# What programs do is recorded once for all that follows.
record()
{
	selftests/vm/run --root --no-module --timeout 1800 --share "$out" -- \
		/share/record-guest "$recorded_max" "$@" >"$out/record.txt" ||
		{ echo "bench: policy: recording failed" >&2; return 1; }
}

# Lines "WHO LOAD POLICY MISSES INSTRUCTIONS PAGES" become rows.  The bars are
# for the default policy, against the better of Linux's two.
rows()
{
	awk -F '\t' -v OFS='\t' '
	function less(l, p)	# how many misses there may be of the peer
	{
		return l ~ /^(zipf-scans|loop)$/ ? 0.9 : 1
	}
	function row(name, k, m, peer, unit, bar, verdict)
	{
		print name, k, m, peer, unit, \
			(m > 0 ? sprintf("%.2f", k / m) : "-"), bar, verdict
	}
	$2 == "default" { standard = $3; next }
	$1 == "kpager" && !(("kpager", $2) in seen) { load[++loads] = $2 }
	{ seen[$1, $2] = 1 }
	$1 == "kpager" { if (!known[$3]++) policy[++policies] = $3 }
	{ misses[$1, $2, $3] = $4; cost[$1, $2, $3] = $5; pages[$1, $2, $3] = $6 }
	END {
		peers = split("lru mglru", peer, " ")
		for (i = 1; i <= loads; i++) {
			l = load[i]
			best = ""
			for (p = 1; p <= peers; p++) {
				w = peer[p]
				if (((w, l) in seen) && (best == "" || \
				    misses[w, l, "-"] < misses[best, l, "-"]))
					best = w
			}
			k = misses["kpager", l, standard]
			for (p = 1; p <= peers; p++) {
				w = peer[p]
				if (!((w, l) in seen))
					continue
				bar = verdict = "-"
				if (w == best) {
					bar = sprintf("x%.2f", less(l))
					verdict = k <= less(l) * \
						misses[w, l, "-"] ? \
						"ok" : "MISSED"
				}
				row("misses:" l, k, misses[w, l, "-"], \
				    "mmap-" w, "misses/access", bar, verdict)
				row("cost:" l, cost["kpager", l, standard], \
				    cost[w, l, "-"], "mmap-" w, \
				    "instructions/access", "-", "-")
				row("resident:" l, pages["kpager", l, standard], \
				    pages[w, l, "-"], "mmap-" w, "pages", "-", "-")
			}
			for (j = 1; j <= policies; j++) {
				c = policy[j]
				row("misses:" l ":" c, misses["kpager", l, c], \
				    misses[best, l, "-"], "mmap-" best, \
				    "misses/access", "-", "-")
				row("cost:" l ":" c, cost["kpager", l, c], \
				    cost[best, l, "-"], "mmap-" best, \
				    "instructions/access", "-", "-")
			}
		}
	}' "$out/device.txt"
}

status=0 loads=() programs=()
for load; do
	case $load in
	speed) speed || status=1 ;;
	sqlite | sort | columns) programs+=("$load") loads+=("$load.list") ;;
	*) loads+=("$load") ;;
	esac
done
[ ${#loads[@]} -gt 0 ] || exit $status
build || exit 1
[ ${#programs[@]} -eq 0 ] || record "${programs[@]}" || exit 1
KPAGER_MODPARAMS=$PAGER_MODPARAMS selftests/vm/run --icount --timeout 5400 \
	--share "$out" -- /share/device-guest "${only[@]}" "${loads[@]}" \
	>"$out/device.txt" && rows || status=1
exit $status
