# SPDX-License-Identifier: GPL-2.0
# The replacement policies, added to this folder's Makefile.
policy_src := $(M)/policy/policy.c $(M)/policy/clock.c

TESTS += policy_test
policy_test_src := $(policy_src)
COVERED += $(policy_src)
