#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sparse finds nothing in the module: address spaces, endianness, contexts.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need sparse
# C=2: look at all files, and not only at those that are compiled anew.
log=$(build_module C=2 CF="-D__CHECK_ENDIAN__") || {
	problem "$log"
	problem "the module does not build"
	finish
}
grep -q '^ *CHECK ' <<<"$log" || problem "sparse was not run"
# What it thinks of the kernel's own headers is not ours to mend.
ours=$(grep -E '(^|[[:space:]])(module|selftests)/[^:]*:[0-9]+.*: (warning|error)' <<<"$log")
[ -z "$ours" ] || problem "$ours"
finish
