#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# Passes TAP through and counts it: "passed failed skipped" is written to OUT.
# One stream may hold the output of many programs one after the other, each
# with its plan ("1..N") first or last.  A program that ran fewer tests than it
# planned, or told no plan, has crashed or is broken: one more failure.

function complain(text) {
	print "not ok - " suite ": " text
	failed++
}

function close_block() {
	if (plan == "" && seen)
		complain(seen " results and no plan")
	else if (plan != "" && plan != seen)
		complain("planned " plan " tests, " seen " ran")
	plan = ""
	seen = 0
}

# A plan that is fulfilled is over; what follows is another program's.
function result() {
	if (plan != "" && seen == plan)
		close_block()
	seen++
}

{ print; fflush() }

/^TAP version / { close_block(); next }

/^1\.\.[0-9]+/ {
	skip_all = /# *[Ss][Kk][Ii][Pp]/
	if (plan != "")
		close_block()
	plan = substr($1, 4) + 0
	# a plan after results closes; one before them waits
	if (seen || !plan) {
		close_block()
		if (skip_all)
			skipped++
	}
	next
}

/^Bail out!/ { complain($0); next }

/^not ok([ \t]|$)/ { result(); failed++; next }

/^ok([ \t]|$)/ {
	result()
	if (/# *[Ss][Kk][Ii][Pp]/)
		skipped++
	else
		passed++
}

END {
	close_block()
	if (!passed && !failed && !skipped)
		complain("no results")
	print passed + 0, failed + 0, skipped + 0 >out
}
