// SPDX-License-Identifier: GPL-2.0
/*
 * trace.c - the one file that the tracepoints are compiled in
 */
#define CREATE_TRACE_POINTS
#include "pager/trace.h"
