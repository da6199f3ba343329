# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of the pager benchmark share.

# The pool is a quarter of the RAM disk.
export PAGER_MODPARAMS="limit_mb=16"

# pager_build DIR: the program and the script for the guest, into DIR.  The
# marks of the profile lie where no other program of the guest has code.
pager_build()
{
	"${CC:-gcc}" -O2 -Wall -Wextra -static -Imodule/uapi \
		-Wl,--section-start=marks=0x7a000000 -o "$1/pager" \
		selftests/bench/pager.c selftests/bench/pattern.c -lm &&
		cp selftests/bench/pager-guest "$1/"
}
