# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the checks share.  A check is a script that runs at the top of the
# tree, prints what is wrong, and fails if anything is; selftests/check/run
# adds the rest.

set -uo pipefail
export LC_ALL=C

problems=0

problem() {
	printf '%s\n' "$*"
	problems=1
}

finish() {
	exit "$problems"
}

need() {
	command -v "$1" >/dev/null && return
	problem "$1 is not installed"
	finish
}

# Files of the project, in git or about to be, as far as they match.
files() { # PATHSPEC...
	local file

	git ls-files -co --exclude-standard --deduplicate -- "$@" |
		while IFS= read -r file; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done
}

# Is this C file built by Kbuild: the module, or a module that tests something?
is_kernel_code() { # FILE
	case $1 in
	module/*) return 0 ;;
	*) grep -q '^MODULE_LICENSE(' "$1" ;;
	esac
}

# A copy of the tree, so that a check neither finds nor leaves built files.
copy_tree() { # DIRECTORY
	files . | tar -cf - -T - | tar -xf - -C "$1"
}

cache=${KPAGER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kpager}

# Headers to build the module against: KDIR, or those of the runner's 6.1.
kernel_headers() {
	if [ -n "${KDIR-}" ]; then
		(cd "$KDIR" && pwd)
		return
	fi
	(
		# shellcheck source=selftests/vm/lib.sh
		. selftests/vm/lib.sh
		vm_kernel 6.1 >&2
		printf '%s\n' "$VM_KHEADERS"
	)
}

# Build the module from a copy of the tree; what the build says goes to
# stdout with the names of the files as they are in the tree.
build_module() { # MAKE-VARIABLE...
	local headers copy status

	headers=$(kernel_headers) || return 1
	copy=$(mktemp -d) || return 1
	copy_tree "$copy"
	make -C "$headers" M="$copy" -j"$(nproc)" "$@" modules 2>&1 |
		sed "s#$copy/##g"
	status=$?
	rm -rf "$copy"
	return "$status"
}

# Print a directory that holds the given files of the kernel source, taken
# from the distribution's package once and kept under NAME in the cache.
kernel_source_files() { # NAME FILE...
	local name=$1 tar=
	local file dir stamp

	shift
	for file in "${KPAGER_LINUX_SOURCE-}" /usr/src/linux-source-6.1.tar.*; do
		[ ! -f "$file" ] || { tar=$file && break; }
	done
	[ -n "$tar" ] || return 1
	stamp=$(stat -c '%s-%Y' "$tar")-$(printf '%s\n' "$@" | sha256sum | cut -c1-12)
	dir=$cache/$name-$stamp
	if [ ! -d "$dir" ]; then
		mkdir -p "$cache"
		file=$(mktemp -d "$cache/$name.XXXXXX") || return 1
		# Members have the name of the package in front.
		if ! tar -xf "$tar" -C "$file" --strip-components=1 \
			--wildcards "${@/#/*/}"; then
			rm -rf "$file"
			return 1
		fi
		mv -T "$file" "$dir" 2>/dev/null || rm -rf "$file"
	fi
	printf '%s\n' "$dir"
}
