# SPDX-License-Identifier: GPL-2.0
# The estimates of other policies and sizes, beside a full replay.
TESTS += whatif_test
whatif_test_src := $(wildcard ../../userspace/replay/*.c \
			      ../../userspace/replay/policies/*.c $(M)/policy/*.c) -lm
