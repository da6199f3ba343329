# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Kernels beside Debian 12's own: newer ones from other suites of the same
# mirror, and debug kernels built from the distribution's source.  Sourced by
# lib.sh, which says what vm_artifact and the VM_K... variables are.
# shellcheck disable=SC2034 # they are for the sourcing script

VM_KERNELS_DIR=$VM_TOP/selftests/kernels

# ---- other suites -----------------------------------------------------------

# The mirror this machine takes Debian from, with another suite.  Whatever the
# machine's own entries for that suite say, main is all that a kernel needs.
vm_suite_sources()
{
	local suite=$1 uri
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v c="$(vm_root_suite)" '$1 == "Debian" && $2 == "Debian" && $3 == c { print $4; exit }')
	if [ -z "$uri" ]; then
		echo "the apt sources of this machine name no Debian mirror to take $suite from" >&2
		return 1
	fi
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
}

# apt_suite COMMAND ARG...: an apt command on ./apt, a state of its own for one
# suite; what is installed here and which suites are configured does not count.
vm_apt_suite()
{
	local command=$1
	shift
	"$command" -q -o Dir::Etc::SourceList="$PWD/apt/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State="$PWD/apt" -o Dir::State::Lists="$PWD/apt/lists" \
		-o Dir::State::Status=/dev/null -o Dir::Cache="$PWD/apt/cache" \
		-o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
		-o APT::Sandbox::User=root -o APT::Architecture=amd64 -o APT::Architectures=amd64 "$@"
}

vm_apt_depends()
{
	vm_apt_suite apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$1" |
		awk '/Depends:/ { print $NF }'
}

# vm_build_suite VERSION SUITE: image, modules and headers of the newest VERSION
# in SUITE, unpacked; where the headers want a compiler that is not here, a root
# of that suite to build modules in (./chroot).
vm_build_suite()
{
	local version=$1 suite=$2 image k headers pk p gcc
	mkdir -p apt/lists/partial apt/cache/archives/partial
	vm_suite_sources "$suite" >apt/sources.list
	vm_apt_suite apt-get update
	image=$(vm_apt_suite apt-cache pkgnames linux-image- |
		grep -E "^linux-image-${version//./\\.}\.[0-9]+[^-]*-amd64\$" | sort -V | tail -n 1) || true
	if [ -z "$image" ]; then
		echo "$suite of this machine's mirror has no kernel $version any more; it has:"
		vm_apt_suite apt-cache pkgnames linux-image- | grep -E -- '-amd64$' | sort -V
		return 1
	fi
	k=${image#linux-image-}
	headers=linux-headers-$k
	# Newer image packages are made of several; scripts and maintenance
	# tools they depend on are of no use here.
	mapfile -t pk < <({ echo "$image"; vm_apt_depends "$image"; echo "$headers"; vm_apt_depends "$headers"; } |
		grep -E '^linux-(image|binary|modules|headers|kbuild)-[0-9]' | sort -u)
	mkdir deb root
	(cd deb && ln -s ../apt apt && vm_apt_suite apt-get download "${pk[@]}")
	for p in deb/*.deb; do
		dpkg -x "$p" root
	done
	rm -rf deb
	# /lib is a link into /usr in packages since 2023
	if [ -d "root/usr/lib/modules/$k" ]; then
		mkdir -p root/lib/modules
		[ ! -d "root/lib/modules/$k" ] || cp -a "root/lib/modules/$k/." "root/usr/lib/modules/$k/"
		rm -rf "root/lib/modules/$k"
		mv "root/usr/lib/modules/$k" "root/lib/modules/$k"
	fi
	for p in "root/boot/vmlinuz-$k" "root/lib/modules/$k/vmlinuz"; do
		[ ! -e "$p" ] || vm_extract_kernel "$p" vmlinux
	done
	depmod -b root "$k"
	headers=root/usr/src/$headers
	gcc=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "$headers/.config")
	if command -v "gcc-$gcc" >/dev/null; then
		# the one absolute path in the headers package
		sed -i "s#^include /usr/src/#include $PWD/root/usr/src/#" "$headers/Makefile"
	else
		vm_build_chroot "$suite" "linux-headers-$k"
	fi
	rm -rf apt
	echo "$k" >kver
}

# Only unpacked: what a build runs needs no configuration, which would take
# longer than everything else.
vm_build_chroot()
{
	local suite=$1 headers=$2 mode=unshare
	[ "$(id -u)" != 0 ] || mode=root
	mmdebstrap --mode="$mode" --variant=extract --aptopt='APT::Install-Recommends "false"' \
		--aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$headers,make,base-files,bash,dash,coreutils,sed,grep,mawk,findutils,diffutils,perl-base" \
		"$suite" chroot.tar apt/sources.list
	mkdir chroot
	tar -C chroot --exclude='./dev/*' --no-same-owner -xf chroot.tar
	rm chroot.tar
	[ -e chroot/usr/bin/awk ] || ln -s mawk chroot/usr/bin/awk
	mkdir -p chroot/proc chroot/dev chroot/tmp
}

vm_kernel_suite()
{
	VM_KKEY=kernel-$1
	[ -e "$VM_CACHE/$VM_KKEY/.done" ] || {
		"$VM_DIR/deps" --quiet root || exit 125
		vm_say "fetching kernel $1 from $2, once (a minute or two)"
	}
	vm_artifact "$VM_KKEY" vm_build_suite "$1" "$2"
	local dir=$VM_CACHE/$VM_KKEY
	VM_KVER=$(cat "$dir/kver")
	VM_KKEY+=_$VM_KVER
	VM_KIMAGE=$dir/vmlinux
	VM_KMODROOT=$dir/root
	VM_KHEADERS=$dir/root/usr/src/linux-headers-$VM_KVER
	# Type information for BPF would need one more tool, and nobody reads it.
	VM_KFLAGS=(CONFIG_DEBUG_INFO_BTF_MODULES=)
	if [ -d "$dir/chroot" ]; then
		VM_KCHROOT=$dir/chroot
		VM_KHEADERS=/usr/src/linux-headers-$VM_KVER
	fi
}

# ---- debug kernels ------------------------------------------------------------

vm_kernel_source() { echo /usr/src/linux-source-6.1.tar.xz; }

# The fragments as one file, a later line about a symbol replacing an earlier.
vm_kernel_config()
{
	local f
	for f in base debug "$1"; do
		cat "$VM_KERNELS_DIR/$f.config"
	done | awk '
		/^CONFIG_[A-Z0-9_]+=/ || /^# CONFIG_[A-Z0-9_]+ is not set$/ {
			symbol = $0
			sub(/^# /, "", symbol)
			sub(/[= ].*/, "", symbol)
			if (!(symbol in line))
				order[++n] = symbol
			line[symbol] = $0
		}
		END { for (i = 1; i <= n; i++) print line[order[i]] }'
}

vm_build_debug()
{
	local name=$1 make lost k
	mkdir src
	tar -C src --strip-components=1 -xf "$(vm_kernel_source)"
	# mm/mapping_dirty_helpers.c is in every distribution's kernel, because
	# one graphics driver selects it; this saves building that driver.
	printf '\nconfig KPAGER_DEBUG_KERNEL\n\tbool "What kpager needs"\n\tselect MAPPING_DIRTY_HELPERS\n' >>src/mm/Kconfig
	make=(make -C src ARCH=x86_64 CC=gcc-12 HOSTCC=gcc-12 KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=kpager KBUILD_BUILD_HOST=kpager)
	vm_kernel_config "$name" >wanted
	"${make[@]}" -s KCONFIG_ALLCONFIG="$PWD/wanted" allnoconfig
	# A symbol that Kconfig dropped is a detector that would silently not
	# be there.
	lost=$(grep -vxFf src/.config wanted | grep -v 'is not set$') || true
	lost+=$(sed -n 's/^# \(CONFIG_.*\) is not set$/^\1=/p' wanted | grep -f - src/.config) || true
	if [ -n "$lost" ]; then
		printf 'Kconfig did not take:\n%s\n' "$lost"
		return 1
	fi
	"${make[@]}" -s -j"$(nproc)" bzImage modules
	cp src/arch/x86/boot/bzImage src/System.map .
	"${make[@]}" -s INSTALL_MOD_PATH="$PWD/root" INSTALL_MOD_STRIP=1 modules_install
	k=$(cat src/include/config/kernel.release)
	rm -f "root/lib/modules/$k/build" "root/lib/modules/$k/source"
	# What modules are built with is a small part of the tree.
	mkdir build
	(
		cd src || exit
		{
			printf '%s\n' .config Module.symvers Makefile tools/objtool/objtool
			find include arch/x86/include scripts -type f ! -name '*.o' ! -name '*.cmd'
			find include arch/x86/include scripts -type l
			find arch/x86 -name 'Makefile*' -o -name module.lds -o -name Kbuild
			find . -name 'Kconfig*' -type f
		} | sort -u | cpio -pdm --quiet ../build
	)
	rm -rf src
	echo "$k" >kver
	# The ELF of a KASAN kernel resets at once: its PVH entry runs
	# instrumented code before there is a shadow.
	if grep -q '^CONFIG_KASAN=y' build/.config; then
		mv bzImage vmlinux
	else
		vm_extract_kernel bzImage vmlinux
	fi
}

# vm_kernel_debug kasan|kcsan
vm_kernel_debug()
{
	local name=$1 source dir
	source=$(vm_kernel_source)
	"$VM_DIR/deps" --quiet kernel || exit 125
	[ -e "$source" ] || vm_die "--kernel $name: no $source to build it from"
	VM_KKEY=kernel-$name-$({
		stat -c '%s %Y' "$source"
		vm_kernel_config "$name"
		declare -f vm_build_debug
	} | vm_hash)
	dir=$VM_CACHE/$VM_KKEY
	[ -e "$dir/.done" ] || vm_say "building debug kernel $name, once (10 to 15 minutes on two idle processors)"
	vm_artifact "$VM_KKEY" vm_build_debug "$name"
	VM_KVER=$(cat "$dir/kver")
	# Its entry is instrumented, and KCSAN's is no better than KASAN's.
	VM_KIMAGE=$dir/bzImage
	[ -e "$VM_KIMAGE" ] || VM_KIMAGE=$dir/vmlinux
	VM_KMODROOT=$dir/root
	VM_KHEADERS=$dir/build
	# Not only lists, bounds and shifts of the kernel's own code.
	VM_KFLAGS=()
	[ "$name" != kasan ] || VM_KFLAGS=(UBSAN_SANITIZE=y ${KPAGER_COVERAGE:+GCOV_PROFILE=y})
}
