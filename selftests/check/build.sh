#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module builds for 6.1 (or KDIR=) with W=1 and without a warning.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need make
log=$(build_module W=1) || problem "the module does not build"
# The distribution's headers come without the vmlinux that BTF needs.
complaints=$(grep -iE '(warning|error):' <<<"$log" |
	grep -v 'Skipping BTF generation')
if [ -n "$complaints" ]; then
	problem "$log"
elif ! grep -q 'LD \[M\].*kpager\.ko' <<<"$log"; then
	problem "$log"$'\n'"no kpager.ko was built"
fi
finish
