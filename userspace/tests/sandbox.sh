# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the command share that are scripts: a module that is not
# there, made of files.

# sandbox: go to a new directory with proc/, dev/ and a root/ that look like
# those of a machine with the module loaded; $fixture has what the files say.
sandbox() {
	sandbox=$(mktemp -d) || exit 1
	trap 'rm -rf "$sandbox"' EXIT
	cd "$sandbox" || exit 1
	mkdir -p proc/segment/data dev root/{boot,sys/module/kpager,proc/sys/kernel} \
		root/lib/modules/6.1.0-test/build root/var/lib root/srv root/dev
	local file
	: "${fixture:?}"
	for file in stat segments buddyinfo buddymap slabinfo; do
		cp "$fixture/$file.txt" proc/$file
	done
	for file in "$fixture"/segment-data-*.txt; do
		file=${file##*/segment-data-}
		cp "$fixture/segment-data-$file" "proc/segment/data/${file%.txt}"
	done
	: >dev/control
	# A machine where all is well.
	echo 6.1.0-test >root/proc/sys/kernel/osrelease
	echo 12288 >root/proc/sys/kernel/tainted
	printf 'MemTotal: 2048000 kB\nMemAvailable: 1024000 kB\n' >root/proc/meminfo
	printf 'CONFIG_%s=y\n' MODULES MMU PROC_FS BLOCK X86_64 PSI \
		>root/boot/config-6.1.0-test
	: >root/lib/modules/6.1.0-test/build/Makefile
	export KPAGER_PROC=$sandbox/proc KPAGER_DEV=$sandbox/dev
	export KPAGER_SYSROOT=$sandbox/root
	export LC_ALL=C TERM=dumb TZ=UTC
}

# TAP.
count=0
failed=0

pass() {
	count=$((count + 1))
	echo "ok $count - $*"
}

flunk() { # NAME [LINES]
	count=$((count + 1))
	failed=$((failed + 1))
	echo "not ok $count - $1"
	[ -z "${2-}" ] || printf '# %s\n' "${2//$'\n'/$'\n# '}"
}

# check NAME COMMAND...: the command succeeds.
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		pass "$name"
	else
		flunk "$name" "$output"
	fi
}

finish() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}
