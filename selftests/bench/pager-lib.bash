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
		selftests/bench/{pager,segment,uffd,pattern}.c -lm &&
		cp selftests/bench/pager-guest "$1/"
}

# pager_more_build DIR: the programs beside the main one, and a file system
# that holds a sparse file of 1 TiB.
pager_more_build()
{
	local name
	for name in threads position; do
		"${CC:-gcc}" -O2 -Wall -Wextra -static -Imodule/uapi \
			-o "$1/$name" selftests/bench/{$name,segment,pattern}.c \
			-lm && cp "selftests/bench/$name-guest" "$1/" || return 1
	done
	rm -f "$1/ext4.img"
	truncate -s 256M "$1/ext4.img" &&
		mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=0 "$1/ext4.img"
}
