# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the VM scripts share: the cache, and how each costly thing in it is
# made.  Sourced; needs bash.  The sourcing script sets -u and not -e; vm_die is
# for errors that mean "the VM could not be started" (status 125).

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_TOP=$(cd "$VM_DIR/../.." && pwd)
VM_CACHE=${KPAGER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kpager}

vm_die()
{
	echo "kpager-vm: $*" >&2
	exit 125
}

# Progress of one-time work.  The runner promises to print nothing of its own,
# so only where somebody watches or asked.
vm_say()
{
	if [ -n "${KPAGER_VERBOSE-}" ] || [ -t 2 ]; then
		echo "kpager-vm: $*" >&2
	fi
}

vm_hash() { sha256sum | cut -c1-16; }

# shellcheck source=selftests/vm/kernels.sh
. "$VM_DIR/kernels.sh"

# ---- the cache ------------------------------------------------------------
#
# vm_artifact KEY FUNCTION ARG...: have $VM_CACHE/KEY built, by FUNCTION in a
# subshell whose current directory it is.  The directory counts only once it
# holds .done; a lock per key makes concurrent runs build it once.  It is built
# in place, because debug information and gcov data hold the path.
vm_artifact()
{
	local key=$1 dir=$VM_CACHE/$1 lock log status
	shift
	if [ -e "$dir/.done" ]; then
		touch -c "$dir/.done" 2>/dev/null	# "in use", for vm_prune
		return 0
	fi
	mkdir -p "$VM_CACHE/lock" || vm_die "cannot write to the cache $VM_CACHE"
	exec {lock}>"$VM_CACHE/lock/$key" || vm_die "cannot write to the cache $VM_CACHE"
	flock "$lock"
	if [ ! -e "$dir/.done" ]; then
		rm -rf "$dir"
		mkdir -p "$dir" || vm_die "cannot write to the cache $VM_CACHE"
		log=$VM_CACHE/lock/$key.log
		# The lock must not stay with children that outlive this.
		# Not inside "if": bash ignores set -e there.
		(
			exec {lock}>&-
			set -e -o pipefail
			cd "$dir"
			"$@"
		) >"$log" 2>&1 </dev/null
		status=$?
		if [ $status -ne 0 ]; then
			tail -n 100 "$log" >&2
			rm -rf "$dir"
			exec {lock}>&-
			vm_die "could not make ${key%-*} (see above)"
		fi
		rm -f "$log"
		touch "$dir/.done"
	fi
	exec {lock}>&-
}

# Drop what was built from sources that are long gone.
vm_prune()
{
	find "$VM_CACHE" -mindepth 2 -maxdepth 2 -name .done -mtime +14 \
		\( -path '*/module-*' -o -path '*/base-*' -o -path '*/tools-*' -o -path '*/kernel-k*' \) 2>/dev/null |
	while IFS= read -r f; do
		rm -rf "${f%/.done}"
	done
}

# ---- packages, without installing them -------------------------------------

# vm_unpack DIR PACKAGE...: download with the configured apt sources, unpack.
vm_unpack()
{
	local to=$1 d
	shift
	mkdir -p deb "$to"
	# The sandbox user could not write to our directory.
	if ! (cd deb && apt-get -q -o APT::Sandbox::User=root download "$@"); then
		echo "apt-get could not download $* from the sources configured on this machine."
		echo "(If the package lists are old, 'apt-get update' as root helps.)"
		return 1
	fi
	for d in deb/*.deb; do
		dpkg -x "$d" "$to"
	done
	rm -rf deb
}

vm_installed()
{
	local n
	n=$(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed)
	[ "$n" = $# ]
}

# ---- tools ------------------------------------------------------------------

vm_build_tools()
{
	"${CC:-cc}" -O2 -Wall -o host "$VM_DIR/host.c"
	"${CC:-cc}" -O2 -Wall -static -o init "$VM_DIR/init.c"
	# A dynamic busybox (package busybox) cannot run in the initramfs.
	local b
	for b in /bin/busybox /usr/bin/busybox; do
		if [ -x "$b" ] && ! readelf -lW "$b" | grep INTERP >/dev/null; then
			cp "$b" busybox
			return 0
		fi
	done
	vm_unpack bb busybox-static
	cp bb/bin/busybox busybox
	rm -rf bb
}

vm_tools()
{
	VM_TOOLS=tools-$({ cat "$VM_DIR/init.c" "$VM_DIR/host.c"; "${CC:-cc}" --version; } 2>&1 | vm_hash)
	vm_artifact "$VM_TOOLS" vm_build_tools
	VM_TOOLS=$VM_CACHE/$VM_TOOLS
}

# ---- kernels ----------------------------------------------------------------
#
# After vm_kernel: VM_KKEY names the kernel in the keys of what depends on it,
# VM_KVER its release, VM_KIMAGE what QEMU boots, VM_KHEADERS where modules are
# built (in the root VM_KCHROOT, where they need another compiler, with the
# words VM_KFLAGS for make), VM_KMODROOT a directory with lib/modules/VM_KVER.

# The ELF kernel in a bzImage: booting it through the PVH entry saves the guest
# the decompression, half of the boot time.  Offsets: x86 boot protocol.
vm_extract_kernel()
{
	local image=$1 out=$2 start size unpack
	vm_field() { od -An -t"$1" -j"$2" -N"$3" "$image" | tr -d ' \n'; }
	start=$((($(vm_field u1 497 1) + 1) * 512 + $(vm_field u4 584 4)))
	size=$(($(vm_field u4 588 4) - 4))	# the last 4 bytes are the unpacked size
	case $(vm_field x4 "$start" 4) in
	587a37fd) unpack=(xz -dc) ;;
	fd2fb528) unpack=(zstd -dcq) ;;
	184c2102) unpack=(lz4 -dc) ;;
	# whose own trailer ends with it
	*8b1f) unpack=(gzip -dc) size=$((size + 4)) ;;
	*) return 1 ;;
	esac
	# head ends before tail does, which is no failure
	{ tail -c +$((start + 1)) "$image" || true; } | head -c "$size" | "${unpack[@]}" >"$out"
	readelf -h "$out" >/dev/null
}

# Packages of the newest 6.1 kernel that the sources of this machine have;
# those already installed are copied instead of downloaded.
vm_stock61_packages()
{
	local image=$1
	local k=${image#linux-image-}
	printf '%s\n' "$image" "linux-headers-$k" "linux-headers-${k%-amd64}-common" linux-kbuild-6.1
}

vm_stock61_find()
{
	local re='^linux-image-6\.1\.0-[0-9]+-amd64$' p pk
	while IFS= read -r p; do
		mapfile -t pk < <(vm_stock61_packages "$p")
		if vm_installed "${pk[@]}"; then
			echo "$p $(dpkg-query -W -f '${Version}' "$p") installed"
			return 0
		fi
	done < <(dpkg-query -W -f '${Package}\n' 'linux-image-6.1.0-*' 2>/dev/null | grep -E "$re" | sort -rV)
	while IFS= read -r p; do
		pk=("$(apt-cache policy "$p" | sed -n 's/^ *Candidate: //p')")
		if [ -n "${pk[0]}" ] && [ "${pk[0]}" != "(none)" ]; then
			echo "$p ${pk[0]} download"
			return 0
		fi
	done < <(apt-cache pkgnames linux-image-6.1.0- 2>/dev/null | grep -E "$re" | sort -rV)
	return 1
}

vm_build_stock61()
{
	local package=$1 how=$2 k=${1#linux-image-} h pk
	mapfile -t pk < <(vm_stock61_packages "$package")
	mkdir root
	if [ "$how" = installed ]; then
		dpkg -L "${pk[@]}" | sort -u | while IFS= read -r h; do
			# /lib itself is a link into /usr on the host, not here
			case $h in /lib | /lib64 | /bin | /sbin) continue ;; esac
			if [ -L "$h" ] || [ -f "$h" ]; then
				echo "${h#/}"
			fi
		done | tar -C / --no-recursion -cf - -T - | tar -C root -xf -
	else
		vm_unpack root "${pk[@]}"
	fi
	h=$PWD/root/usr/src/linux-headers-$k
	# the one absolute path in the headers package
	sed -i "s#^include /usr/src/#include $PWD/root/usr/src/#" "$h/Makefile"
	cp --remove-destination "root/boot/vmlinuz-$k" vmlinuz
	vm_extract_kernel vmlinuz vmlinux
	depmod -b root "$k"
	echo "$k" >kver
}

vm_kernel_stock61()
{
	local current=$VM_CACHE/kernel-6.1.current found
	# Which 6.1 it is stays as it is while it is in the cache: figures and
	# failures of two runs then compare.
	if [ -e "$current" ] && [ -e "$VM_CACHE/$(cat "$current")/.done" ]; then
		VM_KKEY=$(cat "$current")
	else
		found=$(vm_stock61_find) || vm_die "no Debian kernel 6.1 is installed and the apt sources of this machine have none (bookworm has it; are the package lists there? apt-get update)"
		read -ra found <<<"$found"
		VM_KKEY=kernel-$(printf '%s' "${found[0]#linux-image-}_${found[1]}" | tr -c 'A-Za-z0-9._+-' _)
		vm_say "preparing kernel ${found[0]#linux-image-} (${found[2]}), once"
		vm_artifact "$VM_KKEY" vm_build_stock61 "${found[0]}" "${found[2]}"
		echo "$VM_KKEY" >"$current.$$" && mv "$current.$$" "$current"
	fi
	VM_KVER=$(cat "$VM_CACHE/$VM_KKEY/kver")
	VM_KIMAGE=$VM_CACHE/$VM_KKEY/vmlinux
	VM_KMODROOT=$VM_CACHE/$VM_KKEY/root
	VM_KHEADERS=$VM_KMODROOT/usr/src/linux-headers-$VM_KVER
}

# A kernel build directory.  Booted as bzImage: the ELF of a 6.1 KASAN kernel
# resets at once (its PVH entry runs instrumented code before the shadow).
vm_kernel_path()
{
	local dir=$1 f
	dir=$(cd "$dir" 2>/dev/null && pwd) || vm_die "--kernel $1: cannot enter the directory"
	VM_KIMAGE=
	for f in "$dir"/arch/x86/boot/bzImage "$dir"/bzImage; do
		[ -z "$VM_KIMAGE" ] && [ -f "$f" ] && VM_KIMAGE=$f
	done
	[ -n "$VM_KIMAGE" ] || vm_die "--kernel $1: no bzImage in there (not built?)"
	VM_KHEADERS=$dir
	[ -e "$dir/Makefile" ] || VM_KHEADERS=$dir/build
	[ -f "$VM_KHEADERS/Module.symvers" ] || vm_die "--kernel $1: no Module.symvers in there (not built?)"
	# what uname -r will say; Debian's kernel.release says something else
	f=$VM_KHEADERS/include/generated/utsrelease.h
	[ -f "$f" ] || vm_die "--kernel $1: no include/generated/utsrelease.h in there (not built?)"
	VM_KVER=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$f")
	VM_KKEY=path-$(cat "$VM_KIMAGE" "$VM_KHEADERS/Module.symvers" "$f" "$VM_KHEADERS/.config" 2>/dev/null | vm_hash)
	VM_KMODROOT=$dir
}

VM_KERNELS="6.1 6.12 7.2 kasan kcsan"

vm_kernel()
{
	VM_KCHROOT='' VM_KFLAGS=()
	case $1 in
	6.1) vm_kernel_stock61 ;;
	6.12) vm_kernel_suite 6.12 bookworm-backports ;;
	7.2) vm_kernel_suite 7.2 sid ;;
	kasan | kcsan) vm_kernel_debug "$1" ;;
	*/*) vm_kernel_path "$1" ;;
	*)
		[ -d "$1" ] || vm_die "--kernel $1: neither a known kernel ($VM_KERNELS) nor a kernel build directory"
		vm_kernel_path "./$1"
		;;
	esac
}

# vm_kmake DIR [VARIABLE=VALUE|TARGET]...: build the modules in DIR, an absolute
# path, for the kernel of the last vm_kernel.
vm_kmake()
{
	local dir=$1 own=()
	shift
	set -- make -C "$VM_KHEADERS" M="$dir" ${VM_KFLAGS[@]+"${VM_KFLAGS[@]}"} "$@" modules
	if [ -z "$VM_KCHROOT" ]; then
		"$@"
		return
	fi
	# In there at the paths they have here, for messages and debug information;
	# the tree and the cache for what the words in $@ may name.  objtool of 7.x
	# reads /proc/self.
	[ "$(id -u)" = 0 ] || own=(--map-root-user)
	# shellcheck disable=SC2016 # the inner shell's
	unshare "${own[@]}" --mount --pid --fork sh -c 'root=$1
		mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" || exit
		for dir in "$2" "$3" "$4"; do
			mkdir -p "$root/$dir" && mount --bind "$dir" "$root/$dir" || exit
		done
		shift 4
		exec chroot "$root" "$@"' sh "$VM_KCHROOT" "$VM_TOP" "$VM_CACHE" "$dir" "$@"
}

# ---- the initramfs ----------------------------------------------------------

# Loaded at boot, where the kernel has them as modules:
VM_LOAD="virtio_pci virtio_blk virtio_console 9p 9pnet_virtio ext4"
# At hand for modprobe: what tests and benchmarks of a pager need.
VM_EXTRA="brd loop dm_mod dm_flakey dm_log_writes dm_delay dm_zero dm_dust null_blk
	scsi_debug sd_mod xfs overlay fuse drm_buddy zram zsmalloc zstd zstd_compress
	lz4 lz4_compress lz4hc lzo lzo_rle crc32c_generic crc32c_intel virtio_rng
	virtio_balloon virtio_pmem nfit nbd msr"

# lib/modules of a build directory that was not installed anywhere: a copy of
# its modules, without debug information.
vm_collect_modules()
{
	local from=$1 to=$2 m o
	mkdir -p "$to"
	cp "$VM_KHEADERS"/modules.builtin "$VM_KHEADERS"/modules.builtin.modinfo "$VM_KHEADERS"/modules.order "$to/" 2>/dev/null || true
	[ -f "$from/modules.order" ] || return 0
	while IFS= read -r m; do
		m=${m%.o}
		m=${m%.ko}.ko
		[ -f "$from/${m#kernel/}" ] || continue
		o=$to/kernel/${m#kernel/}
		mkdir -p "${o%/*}"
		strip --strip-debug -o "$o" "$from/${m#kernel/}"
	done <"$from/modules.order"
}

vm_build_base()
{
	local t=$PWD/t src=$VM_KMODROOT lib f m name
	mkdir -p t/{bin,dev,proc,sys,tmp,run,etc,root,lib/modules,usr/lib,usr/share,vm}
	chmod 1777 t/tmp
	ln -s bin t/sbin
	ln -s ../bin t/usr/bin
	ln -s ../bin t/usr/sbin
	ln -s /proc/mounts t/etc/mtab
	echo root:x:0:0:root:/root:/bin/sh >t/etc/passwd
	echo root:x:0: >t/etc/group
	cp "$VM_TOOLS/init" t/init
	cp "$VM_TOOLS/busybox" t/bin/busybox
	"$VM_TOOLS/busybox" --list | while IFS= read -r f; do
		[ "$f" = busybox ] || [ "$f" = init ] || ln -sf busybox "t/bin/$f"
	done
	if [ ! -d "$src/lib/modules/$VM_KVER" ]; then
		vm_collect_modules "$VM_KHEADERS" "$PWD/m/lib/modules/$VM_KVER"
		src=$PWD/m
		depmod -b "$src" "$VM_KVER"
	fi
	lib=lib/modules/$VM_KVER
	mkdir -p "t/$lib"
	[ -e "$src/$lib/modules.dep" ] || depmod -b "$src" "$VM_KVER"
	for f in modules.builtin modules.builtin.modinfo modules.order; do
		[ ! -f "$src/$lib/$f" ] || cp "$src/$lib/$f" "t/$lib/"
	done
	# A name the kernel has not, or has built in, is no error here.
	for m in $VM_LOAD -- $VM_EXTRA; do
		if [ "$m" = -- ]; then
			cp loaded order
			continue
		fi
		modprobe -d "$src" -S "$VM_KVER" --show-depends "$m" 2>/dev/null |
			sed -n 's/^insmod \([^ ]*\).*/\1/p' >>loaded || true
	done
	awk '!seen[$0]++' loaded | while IFS= read -r f; do
		name=${f#"$src/"}
		mkdir -p "t/${name%/*}"
		case $f in
		*.xz) xz -dc "$f" >"t/${name%.xz}" ;;
		*.zst) zstd -dcq "$f" >"t/${name%.zst}" ;;
		*.gz) gzip -dc "$f" >"t/${name%.gz}" ;;
		*) cp "$f" "t/$name" ;;
		esac
	done
	awk '!seen[$0]++' order | while IFS= read -r f; do
		f=${f#"$src"}
		f=${f%.xz}; f=${f%.zst}; f=${f%.gz}
		echo "$f"
	done >t/vm/order
	depmod -b "$t" "$VM_KVER"
	(cd t && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet) >base.cpio
	rm -rf t m loaded order
}

vm_base()
{
	VM_BASE=base-$({ echo "$VM_KKEY $VM_TOOLS $VM_LOAD $VM_EXTRA"; declare -f vm_build_base vm_collect_modules; } | vm_hash)
	vm_artifact "$VM_BASE" vm_build_base
	VM_BASE=$VM_CACHE/$VM_BASE/base.cpio
}

# ---- kpager.ko --------------------------------------------------------------

# The sources, without what a build in the tree may have left beside them.
vm_module_sources()
{
	(
		cd "$VM_TOP" || exit
		find Kbuild module -type f \( -name '*.[chS]' -o -name 'Kbuild*' -o -name 'Makefile*' -o -name '*.lds' \) \
			! -name '*.mod.c' ! -name '.*' | LC_ALL=C sort
	)
}

vm_build_module()
{
	local jobs
	jobs=$(nproc)
	mkdir src
	vm_module_sources | (cd "$VM_TOP" && tar -cf - -T -) | tar -C src -xf -
	vm_kmake "$PWD/src" -j"$jobs"
	cp src/kpager.ko kpager.ko
}

vm_module()
{
	local srcs
	[ -f "$VM_TOP/Kbuild" ] || vm_die "no Kbuild in $VM_TOP: nothing to build kpager.ko from (--no-module runs without)"
	mapfile -t srcs < <(vm_module_sources)
	VM_MODULE=module-$({
		echo "$VM_KKEY $VM_KHEADERS ${VM_KFLAGS[*]-}"
		declare -f vm_build_module vm_kmake
		(cd "$VM_TOP" && sha256sum "${srcs[@]}")
	} | vm_hash)
	vm_artifact "$VM_MODULE" vm_build_module
	VM_MODULE=$VM_CACHE/$VM_MODULE/kpager.ko
}

# ---- the Debian root --------------------------------------------------------

vm_root_packages() { sed 's/#.*//' "$VM_DIR/root-packages" | tr -s ' \t\n' '\n' | sed '/^$/d'; }

# The Debian sources this machine is configured with, as one-line entries.
vm_root_sources()
{
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	apt-get indextargets --format '$(ORIGIN)|$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		sed -n 's/^Debian|\(.*\)$/deb \1/p' | awk -v c="$1" '$3 ~ "^" c "(-(security|updates))?(/.*)?$" && !seen[$0]++'
}

vm_root_suite()
{
	(
		# shellcheck disable=SC1091
		. /etc/os-release
		echo "${VERSION_CODENAME-}"
	)
}

vm_build_root()
{
	local suite=$1 packages=$2 fake=() mode=auto p
	vm_root_sources "$suite" >sources.list
	[ -s sources.list ] || {
		echo "no Debian sources for '$suite' in the apt configuration of this machine"
		return 1
	}
	local opt=(--variant=minbase --aptopt='APT::Install-Recommends "false"'
		--dpkgopt='path-exclude=/usr/share/locale/*'
		--include="$packages")
	# the settings of this machine that decide whether its sources can be read
	for p in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
		apt-config dump "$p" | grep "^$p " >/dev/null && opt+=(--aptopt="$(apt-config dump "$p" | grep "^$p ")")
	done
	if [ "$(id -u)" = 0 ]; then
		mode=root
	else
		fake=(fakeroot --)
	fi
	mmdebstrap --mode="$mode" "${opt[@]}" "$suite" root.tar sources.list
	mkdir tree
	"${fake[@]}" sh -c 'tar -C tree --exclude=./dev/\* -xf root.tar && rm root.tar &&
		echo kpager >tree/etc/hostname && echo "127.0.0.1 localhost kpager" >tree/etc/hosts &&
		rm -rf tree/var/cache/apt/archives/*.deb tree/var/lib/apt/lists/* tree/etc/apt/sources.list &&
		mkdir -p tree/share tree/lib/modules &&
		mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -L kpager -d tree root.ext4 4G'
	rm -rf tree sources.list
}

vm_root()
{
	local suite packages
	suite=$(vm_root_suite)
	packages=$(vm_root_packages | paste -sd,)
	VM_ROOT=root-$({ echo "$suite $packages"; declare -f vm_build_root; } | vm_hash)
	[ -e "$VM_CACHE/$VM_ROOT/.done" ] || vm_say "making the Debian root for the guest, once (a minute or two)"
	vm_artifact "$VM_ROOT" vm_build_root "$suite" "$packages"
	VM_ROOT=$VM_CACHE/$VM_ROOT/root.ext4
}
