#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All C that is not the module's compiles with -Wall -Wextra without a warning.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need "${CC:-cc}"
harness=$(kernel_source_files kselftest \
	tools/testing/selftests/kselftest.h \
	tools/testing/selftests/kselftest_harness.h) || {
	problem "no kernel source to take kselftest_harness.h from"
	finish
}
# Optimised, because some warnings come with the analysis for that.  The
# library's header may not be installed: pkg-config then says so.
flags=(-std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE= -D_FILE_OFFSET_BITS=64
	-DKPAGER_VERSION='"check"' -Iuserspace/lib -Imodule/uapi -Imodule -Iuserspace/cmd
	-isystem "$harness/tools/testing/selftests" -c -o /dev/null)
if grep -qs smartcols userspace/Makefile; then
	need pkg-config
	read -ra more <<<"$(pkg-config --cflags cairo json-c libmicrohttpd ncursesw smartcols)" || true
	flags+=("${more[@]}")
fi

# What the fuzzer of the ioctls knows of them is made from their header.
made=$(mktemp -d) && trap 'rm -rf "$made"' EXIT
if [ -f selftests/device/fuzz/abi.awk ]; then
	awk -f selftests/device/fuzz/abi.awk module/uapi/kpager.h >"$made/abi.h" ||
		problem "abi.h could not be made"
	flags+=(-I"$made")
fi

compiled=0
while IFS= read -r file; do
	! is_kernel_code "$file" || continue
	output=$("${CC:-cc}" "${flags[@]}" -I"${file%/*}" "$file" 2>&1) ||
		problem "$output"
	compiled=$((compiled + 1))
done < <(files '*.c')
[ "$compiled" -gt 0 ] || problem "nothing was compiled"
finish
