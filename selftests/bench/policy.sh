#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The policies.  First how fast replay runs each of them on the host, on one
# core.  There is no peer: the bars are absolute.

cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
out=build/bench
mkdir -p "$out" || exit 1

make -s -C userspace O="$PWD/build/userspace" "$PWD/build/userspace/libreplay.a" || exit 1
"${CC:-gcc}" -O2 -Wall -Wextra -D_GNU_SOURCE -o "$out/policy-speed" \
	selftests/bench/policy/speed.c build/userspace/libreplay.a -lm || exit 1
"$out/policy-speed" || exit 1
