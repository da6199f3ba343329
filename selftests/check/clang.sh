#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# clang builds the module without a warning, against the distribution's kernel
# source configured for it, and clang-tidy finds nothing: neither its checks for
# kernel code nor its static analyzer.  What is built is not loaded anywhere.
# Takes minutes, so this runs only when it is named.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need clang
need ld.lld
need clang-tidy
# What preparing a tree for modules reads.
source=$(kernel_source_files clang Makefile Kbuild Kconfig '*Kconfig*' '*Makefile*' '*Kbuild*' 'arch/x86/*' \
	'include/*' 'scripts/*' 'tools/*' 'kernel/*' 'init/*' 'security/*' 'lib/*' 'usr/*' 'certs/*') || {
	problem "no kernel source to build against"
	finish
}
build=(make -C "$source" LLVM=1 ARCH=x86_64 -j"$(nproc)")

# The driver is one of those that have distributions build what fsync needs.
prepare() {
	"${build[@]}" -s x86_64_defconfig &&
		"$source/scripts/config" --file "$source/.config" --module DRM_VMWGFX &&
		"${build[@]}" -s olddefconfig &&
		grep -q '^CONFIG_MAPPING_DIRTY_HELPERS=y' "$source/.config" &&
		"${build[@]}" -s modules_prepare &&
		touch "$source/.prepared"
}

exec 9>"$source.lock" && flock 9
if [ ! -e "$source/.prepared" ]; then
	log=$(prepare 2>&1) || {
		problem "the kernel source cannot be prepared: $log"
		finish
	}
fi
exec 9>&-

copy=$(mktemp -d) || exit 1
trap 'rm -rf "$copy"' EXIT
copy_tree "$copy"

# Which symbols the kernel exports only a whole build would know.
build+=(M="$copy" W=1 KBUILD_MODPOST_WARN=1)
log=$("${build[@]}" modules 2>&1)
[ -f "$copy/kpager.ko" ] || problem "no kpager.ko was built: $(tail -n 20 <<<"$log")"
for tool in clang-tidy clang-analyzer; do
	log+=$'\n'$("${build[@]}" $tool 2>&1) ||
		problem "$tool failed: $(tail -n 5 <<<"$log")"
done
# A complaint is overruled where the file and its text are listed in clang.allow;
# each line there must overrule something.
complaints=$(grep -E '^module/.*(warning|error): ' <<<"${log//"$copy/"/}" | sort -u)
complaints=$(awk -F'\t' '
	NR == FNR {
		if (/^[^#]/)
			allowed[$1 "\t" $2] = 1
		next
	}
	{
		file = text = $0
		sub(/:.*/, "", file)
		sub(/^[^ ]* (warning|error): /, "", text)
		if (file "\t" text in allowed)
			used[file "\t" text] = 1
		else
			print
	}
	END {
		for (line in allowed)
			if (!(line in used))
				print "clang.allow: overrules nothing: " line
	}' "${0%/*}/clang.allow" - <<<"$complaints" | sed '/^$/d')
[ -z "$complaints" ] || problem "$complaints"
finish
