# SPDX-License-Identifier: GPL-2.0
#
# awk -v bytes=N -f demo-report.awk PHASES RESULT
#
# What the statistics say about the demo, from the files demo-guest left.
# RESULT: lines "PHASE.before key value" and "PHASE.after key value".
# Fails if the pool went over its limit or if nothing was ever evicted: then
# the demo would not have shown what it is there to show.

function change(phase, key)
{
	return stat[phase ".after", key] - stat[phase ".before", key]
}

# Of the pages asked for, the share that did not wait for a read of their own:
# they were in memory, because of an earlier use or read along with another, or
# were overwritten as a whole.
function ratio(waits, asked)
{
	return asked ? sprintf("%.1f %%", 100 * (asked - waits) / asked) : "-"
}

function row(what, seconds, minor, major, evicted, reads, ahead, written, asked)
{
	printf "  %-10s %6.1f s %9d %9d %9d %9d %9d   %7s\n", what, seconds, \
		minor, major, evicted, reads, written, \
		ratio(reads - ahead, asked)
	sum_ahead += ahead
	sum_seconds += seconds
	sum_minor += minor
	sum_major += major
	sum_evicted += evicted
	sum_reads += reads
	sum_written += written
	sum_asked += asked
}

FNR == NR {
	order[++phases] = $1
	seconds[$1] = ($3 - $2) / 1e6
	next
}

{
	stat[$1, $2] = $3
	if ($2 == "frames_peak" && $3 > peak)
		peak = $3
	if ($2 == "limit_frames")
		limit = $3
	if ($2 == "io_errors")
		errors += $3
}

END {
	printf "\n  %-10s %8s %9s %9s %9s %9s %9s   %7s\n", "", "time", \
		"faults", "faults", "pages", "pages", "pages", "hit"
	printf "  %-10s %8s %9s %9s %9s %9s %9s   %7s\n", "phase", "", \
		"minor", "major", "evicted", "read", "written", "ratio"
	for (i = 1; i <= phases; i++) {
		p = order[i]
		if (p != "copy-in" && p != "sort" && p != "copy-out" && \
		    p != "verify")
			continue
		row(p, seconds[p], change(p, "faults_minor"), \
			change(p, "faults_major"), change(p, "evictions"), \
			change(p, "pages_read"), change(p, "prefetched"), \
			change(p, "pages_written"), \
			change(p, "lookups"))
	}
	printf "  %-10s %6.1f s %9d %9d %9d %9d %9d   %7s\n\n", "together", \
		sum_seconds, sum_minor, sum_major, sum_evicted, sum_reads, \
		sum_written, ratio(sum_reads - sum_ahead, sum_asked)

	print "  hit ratio: of the pages kpager was asked for by faults, read and write, those"
	print "  that were there or came along with another; what a program reaches through its"
	print "  mapping without a fault never asks\n"
	printf "  memory: at most %d frames (%.1f MiB) of the %d (%d MiB) allowed, for %d MiB of data\n", \
		peak, peak / 256, limit, limit / 256, bytes / 1048576
	if (!limit || !peak || peak > limit) {
		print "demo: the pool went over its limit" >"/dev/stderr"
		exit 1
	}
	if (!sum_evicted || !sum_written) {
		print "demo: nothing was evicted or written: was this kpager?" \
			>"/dev/stderr"
		exit 1
	}
	if (errors) {
		print "demo: the store reported errors" >"/dev/stderr"
		exit 1
	}
}
