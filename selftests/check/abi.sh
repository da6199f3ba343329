#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The interface is what its documents say: statistics, attributes, ioctls,
# parameters and the exported header.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

doc=Documentation/abi.md
header=module/uapi/kpager.h

# First words in backquotes of the table rows of a section.
documented() { # HEADING
	awk -v heading="$1" '
		/^#/ { inside = ($0 == heading) }
		inside && /^\| `/ {
			cell = $0
			sub(/^\| /, "", cell)
			sub(/ \|.*/, "", cell)
			while (match(cell, /`[^`]+`/)) {
				print substr(cell, RSTART + 1, RLENGTH - 2)
				cell = substr(cell, RSTART + RLENGTH)
			}
		}' "$doc" | sort -u
}

# compare WHAT DOCUMENTED EXISTING: two sorted lists must be the same.
compare() {
	local name

	[ -n "$2" ] || problem "$doc: lists no $1"
	[ -n "$3" ] || problem "the source has no $1"
	while IFS= read -r name; do
		problem "$1 $name: in $doc, but not in the source"
	done < <(comm -23 <(echo "$2") <(echo "$3") | grep .)
	while IFS= read -r name; do
		problem "$1 $name: in the source, but not in $doc"
	done < <(comm -13 <(echo "$2") <(echo "$3") | grep .)
}

parameters=$(files 'module/*.c' | xargs grep -hoE \
	'^module_param(_named|_cb|_string)?\([a-z_0-9]+' |
	sed 's/.*(//' | sort -u)
compare "module parameter" "$(documented '## Module parameters')" "$parameters"

ioctls=$(sed -nE 's/^#define[[:space:]]+(KPAGER_[A-Z_]+)[[:space:]]+_IO[WR]*\(.*/\1/p' \
	"$header" | sort -u)
compare "ioctl" "$(tr '\140' '\n' <"$doc" | grep -xE 'KPAGER_[A-Z_]+' | sort -u)" \
	"$ioctls"

# The keys of stat: those stat_show() writes itself, and the counters, which
# are one list in the pager.
keys=$({
	sed -n '/^static int stat_show/,/^}/s/.*proc_value(m, "\([a-z_]*\)".*/\1/p' \
		module/abi/proc.c
	sed -n '/^#define SEGMENT_COUNTERS/,/[^\\]$/s/^[[:space:]]*X(\([a-z_]*\)).*/\1/p' \
		module/pager/pager.h
} | grep -vx version | sort -u)
columns=$(sed -n 's/.*"\(page [a-z_ ]*\)\\n".*/\1/p' module/abi/proc_map.c |
	tr ' ' '\n' | sort -u)
compare "column of map" "$(documented '### /proc/kpager/segment/NAME/map')" "$columns"

compare "statistic" "$(documented '### /proc/kpager/stat')" "$keys"

# The same of a segment's stat; the counters are those of stat.
keys=$(sed -n '/^static int segment_stat_show/,/^}/{
	s/.*proc_value(m, "\([a-z_]*\)".*/\1/p
	s/.*seq_printf(m, "\([a-z_]*\) .*/\1/p
}' module/abi/proc_segment.c | grep -vx version | sort -u)
compare "statistic of a segment" \
	"$(documented '### /proc/kpager/segment/NAME/stat')" "$keys"

# What latency tells, and its columns.
names=$({
	sed -n '/^#define LATENCIES/,/[^\\]$/s/^[[:space:]]*X(\([a-z_]*\)).*/\1/p' \
		module/pager/pager.h
	sed -n '/^static int segment_latency_show/,/^}/s/.*"\(what [a-z_ ]*\)\\n".*/\1/p' \
		module/abi/proc_segment.c | tr ' ' '\n'
} | sort -u)
compare "word of latency" \
	"$(documented '### /proc/kpager/segment/NAME/latency')" "$names"

# The columns of a segment's errors.
columns=$(sed -n '/^static int segment_errors_show/,/^}/s/.*"\(number [a-z_ ]*\)\\n".*/\1/p' \
	module/abi/proc_segment.c | tr ' ' '\n' | sort -u)
compare "column of errors" \
	"$(documented '### /proc/kpager/segment/NAME/errors')" "$columns"

# Those of its curves.
columns=$(sed -n '/^static int segment_curves_show/,/^}/s/.*"\(policy [a-z_ ]*\)\\n".*/\1/p' \
	module/abi/proc_segment.c | tr ' ' '\n' | sort -u)
compare "column of curves" \
	"$(documented '### /proc/kpager/segment/NAME/curves')" "$columns"

columns=$(sed -n '/^static int segments_show/,/^}/s/.*"\(name [a-z_ ]*\)\\n".*/\1/p' \
	module/abi/proc.c | tr ' ' '\n' | sort -u)
compare "column of segments" "$(documented '### /proc/kpager/segments')" "$columns"

# The attributes: what the groups list, in sysfs.
attributes() { # ARRAY
	sed -n "/^static struct attribute \*$1\[\]/,/^}/s/.*&dev_attr_\([a-z_]*\)\.attr.*/\1/p" \
		module/abi/attrs.c | sort -u
}
compare "attribute of a segment" \
	"$(documented '### /sys/class/kpager/NAME')" "$(attributes segment_attrs)"
compare "attribute of control" \
	"$(documented '### /sys/class/kpager/control')" "$(attributes control_attrs | sed "s/^control_//" | sort -u)"

# The record of contiguous memory.
columns=$(sed -n '/^static int contig_show/,/^}/s/.*"\(number [a-z_ ]*\)\\n".*/\1/p' \
	module/abi/proc_contig.c | tr ' ' '\n' | sort -u)
compare "column of contig" "$(documented '### /proc/kpager/contig')" "$columns"

# The tracepoints.
events=$(sed -nE 's/^(TRACE_EVENT\(|DEFINE_EVENT\(kpager_pages, )(kpager_[a-z]+),$/\2/p' \
	module/pager/trace.h | sort -u)
compare "tracepoint" "$(documented '## Tracepoints')" "$events"

# The header is whole, has no padding, and is C and C++ of any age.
need "${CC:-cc}"
for dialect in "-x c -std=gnu90" "-x c -std=c11 -Wc++-compat" "-x c++ -std=c++11"; do
	read -ra flags <<<"$dialect"
	complaints=$("${CC:-cc}" "${flags[@]}" -Wall -Wextra -Wpadded -Werror \
		-fsyntax-only -include "$header" /dev/null 2>&1) ||
		problem "$header as ${dialect#-x }:"$'\n'"$complaints"
done
finish
