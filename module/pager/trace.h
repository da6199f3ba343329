/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - tracepoints kpager:*; the formats are in Documentation/abi.md
 *
 * Compiled in trace.c.  Here and not in abi/, because the pager calls them and
 * no folder includes what is above it.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kpager

#if !defined(KPAGER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KPAGER_TRACE_H

#include <linux/tracepoint.h>
#include "pager/pager.h"

/* Room for the name of a rung or of an outcome. */
#define KPAGER_RUNG_SIZE	16

/* How a fault ended, for TRACE_EVENT(kpager_fault). */
#define TRACE_FAULT_MINOR	0
#define TRACE_FAULT_MAJOR	1
#define TRACE_FAULT_AGAIN	2
#define TRACE_FAULT_SIGBUS	3

/* A fault was handled, or is to be started over when its page is there. */
TRACE_EVENT(kpager_fault,
	TP_PROTO(const struct segment *seg, u64 page, bool write, int result),
	TP_ARGS(seg, page, write, result),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, page)
		__field(bool, write)
		__field(int, result)
		__array(char, name, KPAGER_NAME_SIZE)
	),
	TP_fast_assign(
		__entry->id = seg->id;
		__entry->page = page;
		__entry->write = write;
		__entry->result = result;
		memcpy(__entry->name, seg->name, KPAGER_NAME_SIZE);
	),
	TP_printk("segment=%u name=%s page=%llu write=%d result=%s",
		  __entry->id, __entry->name, __entry->page, __entry->write,
		  __print_symbolic(__entry->result,
				   { TRACE_FAULT_MINOR, "minor" },
				   { TRACE_FAULT_MAJOR, "major" },
				   { TRACE_FAULT_AGAIN, "again" },
				   { TRACE_FAULT_SIGBUS, "sigbus" }))
);

/* What happened to a number of pages. */
DECLARE_EVENT_CLASS(kpager_pages,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, pages)
		__field(u64, page)
		__field(int, result)
		__array(char, name, KPAGER_NAME_SIZE)
	),
	TP_fast_assign(
		__entry->id = seg->id;
		__entry->pages = pages;
		__entry->page = page;
		__entry->result = result;
		memcpy(__entry->name, seg->name, KPAGER_NAME_SIZE);
	),
	TP_printk("segment=%u name=%s page=%llu pages=%u result=%d",
		  __entry->id, __entry->name, __entry->page, __entry->pages,
		  __entry->result)
);

/* Resident neighbours were mapped; result: how many of them. */
DEFINE_EVENT(kpager_pages, kpager_map,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* A page left its frame; result: 1 if it was written before, 0 if not. */
DEFINE_EVENT(kpager_pages, kpager_evict,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* A page was put into another frame; result: 0. */
DEFINE_EVENT(kpager_pages, kpager_move,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* Pages will be read along with the one before them; result: the distance. */
DEFINE_EVENT(kpager_pages, kpager_prefetch,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* The store answered a read; result: 0 or a negative errno. */
DEFINE_EVENT(kpager_pages, kpager_read,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* The store answered a write; result: 0 or a negative errno. */
DEFINE_EVENT(kpager_pages, kpager_clean,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* A segment was asked to give up pages; result: how many it gave up. */
DEFINE_EVENT(kpager_pages, kpager_reclaim,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* A page was found referenced; result: 1 by a mapping, 0 by read or write. */
DEFINE_EVENT(kpager_pages, kpager_reference,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* The first write to a clean page was announced; result: 0. */
DEFINE_EVENT(kpager_pages, kpager_announce,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* Load control; pages: its working set; result: the new level, 0: let go. */
DEFINE_EVENT(kpager_pages, kpager_load,
	TP_PROTO(const struct segment *seg, u64 page, u32 pages, int result),
	TP_ARGS(seg, page, pages, result));

/* The system was short of memory and asked for frames. */
TRACE_EVENT(kpager_shrink,
	TP_PROTO(bool oom, u32 asked, u32 given),
	TP_ARGS(oom, asked, given),
	TP_STRUCT__entry(
		__field(bool, oom)
		__field(u32, asked)
		__field(u32, given)
	),
	TP_fast_assign(
		__entry->oom = oom;
		__entry->asked = asked;
		__entry->given = given;
	),
	TP_printk("oom=%d asked=%u given=%u", __entry->oom, __entry->asked,
		  __entry->given)
);

/* A rung was tried for a segment, or for none. */
TRACE_EVENT(kpager_rung,
	TP_PROTO(const struct segment *seg, const char *rung, u32 gained),
	TP_ARGS(seg, rung, gained),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, gained)
		__array(char, name, KPAGER_NAME_SIZE)
		__array(char, rung, KPAGER_RUNG_SIZE)
	),
	TP_fast_assign(
		__entry->id = seg ? seg->id : 0;
		__entry->gained = gained;
		strscpy(__entry->name, seg ? seg->name : "-", KPAGER_NAME_SIZE);
		strscpy(__entry->rung, rung, KPAGER_RUNG_SIZE);
	),
	TP_printk("segment=%u name=%s rung=%s gained=%u", __entry->id,
		  __entry->name, __entry->rung, __entry->gained)
);

/* A shortage was decided. */
TRACE_EVENT(kpager_oom,
	TP_PROTO(u64 number, int pid, const char *name, u64 page, int victim,
		 int signal, const char *outcome),
	TP_ARGS(number, pid, name, page, victim, signal, outcome),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(u64, page)
		__field(int, pid)
		__field(int, victim)
		__field(int, signal)
		__array(char, name, KPAGER_NAME_SIZE)
		__array(char, outcome, KPAGER_RUNG_SIZE)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->page = page;
		__entry->pid = pid;
		__entry->victim = victim;
		__entry->signal = signal;
		strscpy(__entry->name, *name ? name : "-", KPAGER_NAME_SIZE);
		strscpy(__entry->outcome, outcome, KPAGER_RUNG_SIZE);
	),
	TP_printk("number=%llu task=%d name=%s page=%lld outcome=%s victim=%d signal=%d",
		  __entry->number, __entry->pid, __entry->name,
		  (s64)__entry->page, __entry->outcome, __entry->victim,
		  __entry->signal)
);

/* Memory was looked for, for a contiguous segment. */
TRACE_EVENT(kpager_contig,
	TP_PROTO(const struct segment *seg, u64 pages, u32 pieces, u64 freed,
		 u64 moved, int err),
	TP_ARGS(seg, pages, pieces, freed, moved, err),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, pieces)
		__field(u64, pages)
		__field(u64, freed)
		__field(u64, moved)
		__field(int, err)
		__array(char, name, KPAGER_NAME_SIZE)
	),
	TP_fast_assign(
		__entry->id = seg->id;
		__entry->pieces = pieces;
		__entry->pages = pages;
		__entry->freed = freed;
		__entry->moved = moved;
		__entry->err = err;
		strscpy(__entry->name, seg->name, KPAGER_NAME_SIZE);
	),
	TP_printk("segment=%u name=%s pages=%llu pieces=%u freed=%llu moved=%llu result=%d",
		  __entry->id, __entry->name, __entry->pages, __entry->pieces,
		  __entry->freed, __entry->moved, __entry->err)
);

#endif /* KPAGER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH pager
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
