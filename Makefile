# SPDX-License-Identifier: GPL-2.0
#
# kpager's front door; "make help" says what it can do.  What the module is
# made of is in Kbuild.

# Headers of the kernel to build for.
KDIR   ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
export PREFIX DESTDIR

# Everything that is built is in here, nothing beside the sources.
B  := $(CURDIR)/build
VM := selftests/vm

# Which benchmark ("pool", ...; empty: all), and whether "make vm" gets Debian;
# the kernel for demo, bench and vm, and those that make test runs on.
BENCH ?=
ROOT  ?=
KERNEL  ?= 6.1
KERNELS ?=
export KPAGER_KERNEL := $(KERNEL)
export KERNELS

all: user tests module

help:
	@echo 'Building'
	@echo '  make [KDIR=DIR]      the module for the running kernel (or the headers in DIR),'
	@echo '                       the kpager command and library, the tests; all in build/'
	@echo '  make module|user|tests   one of these only'
	@echo '  make install         module, command, library, manual page (as root; DESTDIR=,'
	@echo '  make uninstall       PREFIX=$(PREFIX))'
	@echo '  make clean           remove build/'
	@echo '  make clean-cache     remove the cached kernels and guest root as well'
	@echo 'Trying (in a virtual machine; missing packages are installed first)'
	@echo '  make demo            a real program on data larger than the memory it is given'
	@echo '  make vm [ROOT=1]     a shell in the VM with the module loaded; ROOT=1: in a Debian'
	@echo '                       with fio, python3-numpy, ... instead of busybox'
	@echo '  make bench [BENCH=pool|pager|policy|reclaim|tool]   kpager beside its peers'
	@echo '  KERNEL=6.12|7.2      for demo, vm and bench: on another kernel than Debian 12s 6.1'
	@echo 'Testing'
	@echo '  make test [KERNELS=all]   unit tests, the VM runner, the module in the VM; KERNELS=all:'
	@echo '                       the module on Linux 6.1, 6.12 and 7.2'
	@echo '  make test-all        on all three kernels, and what takes long'
	@echo '  make test-mutants    deliberate mistakes in the module: does a test catch each?'
	@echo '  make coverage        lines of the pure code that the unit tests reach'
	@echo '  make check           static checks: W=1, sparse, checkpatch, shellcheck, ...'

# ---- building --------------------------------------------------------------

user:
	@$(MAKE) --no-print-directory -C userspace O=$(B)/userspace all

tests:
	@$(MAKE) --no-print-directory -C selftests/unit O=$(B)/unit all
	@$(MAKE) --no-print-directory -C selftests/device O=$(B)/device all

# Kbuild puts objects beside the sources, so it gets a tree of links.  Links to
# files that are gone would keep a removed file in the build.
module:
	@if [ ! -e '$(KDIR)/Makefile' ]; then \
		echo 'There are no kernel headers in KDIR=$(KDIR).' >&2; \
		echo 'Install those of the running kernel (on Debian: linux-headers-amd64), or name' >&2; \
		echo 'others: make KDIR=DIR.  "make test", "make demo" and "make vm" need none: they' >&2; \
		echo 'bring a kernel of their own.' >&2; \
		exit 1; \
	fi
	@mkdir -p $(B)/module
	@cp -rsf $(CURDIR)/Kbuild $(CURDIR)/module $(B)/module/
	@find $(B)/module -xtype l -delete
	+$(MAKE) -C '$(KDIR)' M=$(B)/module modules

# ---- installing ------------------------------------------------------------

# What uname -r says there; Debian's kernel.release says something else.
utsrelease := include/generated/utsrelease.h
kver = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/$(utsrelease)' 2>/dev/null),$(shell uname -r))

# A DESTDIR that holds no whole set of modules (a package is made) has no use
# for their index.
depmod = $(if $(DESTDIR),if [ -e '$(DESTDIR)/lib/modules/$(kver)/modules.order' ]; then \
	depmod -b '$(DESTDIR)' $(kver); fi,depmod $(kver))

install: module
	install -D -m 644 $(B)/module/kpager.ko '$(DESTDIR)/lib/modules/$(kver)/updates/kpager.ko'
	$(depmod)
	@$(MAKE) --no-print-directory -C userspace O=$(B)/userspace install

uninstall:
	rm -f '$(DESTDIR)/lib/modules/$(kver)/updates/kpager.ko'
	$(depmod)
	@$(MAKE) --no-print-directory -C userspace O=$(B)/userspace uninstall

# ---- in the virtual machine, and testing -------------------------------------

# What is fetched and made once takes a while: say so.
export KPAGER_VERBOSE ?= 1

demo:
	@$(VM)/deps --quiet demo
	@$(VM)/demo

test:
	@$(VM)/deps --quiet test
	@$(VM)/test

test-all:
	@$(VM)/deps --quiet test clang
	@$(VM)/test --all

test-mutants:
	@$(VM)/deps --quiet test
	@selftests/mutants/run

coverage:
	@$(VM)/deps --quiet test
	@$(MAKE) --no-print-directory -C selftests/unit O=$(B)/unit coverage

check:
	@$(VM)/deps --quiet check
	@selftests/check/run

bench:
	@$(VM)/deps --quiet bench
	@selftests/bench/run $(BENCH)

vm:
	@$(VM)/deps --quiet demo
	@$(MAKE) --no-print-directory -s -C userspace O=$(B)/userspace static
	@mkdir -p $(B)/vm
	@cp $(B)/userspace/kpager-static $(B)/vm/kpager
	@echo 'The module is loaded, /share/kpager is the command, /dev/vda an empty disk of 1 GiB;'
	@echo '/share is build/vm here.  "exit" ends the VM.'
	@$(VM)/run --interactive --share $(B)/vm --disk 1G $(if $(ROOT),--root)

# ---- cleaning ----------------------------------------------------------------

clean:
	rm -rf $(B)

clean-cache: clean
	rm -rf "$${KPAGER_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/kpager}"

.PHONY: all help user tests module install uninstall demo test test-all test-mutants coverage check bench vm clean clean-cache
