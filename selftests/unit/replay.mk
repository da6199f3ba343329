# SPDX-License-Identifier: GPL-2.0
# Traces, the simulator and the policies in it, added to this folder's Makefile.
replay_src := $(wildcard ../../userspace/replay/*.c \
			 ../../userspace/replay/policies/*.c $(M)/policy/*.c)

TESTS += replay_trace_test replay_event_test replay_model_test replay_figures_test
replay_trace_test_src := $(replay_src) -lm
replay_event_test_src := $(replay_src) -lm
replay_model_test_src := $(replay_src) -lm
replay_figures_test_src := $(replay_src) -lm
