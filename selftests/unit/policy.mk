# SPDX-License-Identifier: GPL-2.0
# The replacement policies, added to this folder's Makefile.
policy_src := $(wildcard $(M)/policy/*.c)

TESTS += policy_test policy_ghost_test policy_all_test
policy_test_src := $(policy_src)
policy_all_test_src := $(policy_src)
policy_ghost_test_src := $(M)/policy/ghost.c
COVERED += $(policy_src)
