# SPDX-License-Identifier: GPL-2.0
# The pager's pure code, added to this folder's Makefile.
TESTS += prefetch_test
prefetch_test_src := $(M)/pager/prefetch.c
COVERED += $(prefetch_test_src)

TESTS += latency_test
latency_test_src :=
