# SPDX-License-Identifier: GPL-2.0
# The table of pages that left, added to this folder's Makefile.
TESTS += nonresident_test
nonresident_test_src := $(M)/policy/nonresident.c
COVERED += $(nonresident_test_src)
