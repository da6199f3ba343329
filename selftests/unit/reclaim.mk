# SPDX-License-Identifier: GPL-2.0
# The reclaimer's pure code, added to this folder's Makefile.
TESTS += reclaim_test
reclaim_test_src := $(addprefix $(M)/reclaim/,admit.c badness.c levels.c stall.c)
COVERED += $(reclaim_test_src)
