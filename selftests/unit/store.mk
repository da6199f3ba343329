# SPDX-License-Identifier: GPL-2.0
# The formats of the stores, added to this folder's Makefile.
TESTS += store_test
store_test_src := $(M)/store/packed.c $(M)/store/inject_text.c
COVERED += $(store_test_src)
