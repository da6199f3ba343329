// SPDX-License-Identifier: GPL-2.0
/*
 * fault.c - the fault handler of mappings
 *
 * A resident page is found without a lock, locked, and handed to the core,
 * which maps it; its resident neighbours are mapped along with it (around.c).
 *
 * For an absent page the fault lock is dropped, the page is brought in, and
 * the core is told to start over.  A fault that may not drop the lock, or was
 * started over already, waits with the lock held for I/O that others do.
 *
 * Entries of writable shared mappings are writable from the start, and the
 * hardware's dirty bit is collected (clean.c).  Only a segment that announces
 * writes has page_mkwrite (dirty.c): other operations, the same functions.
 */
#include "pager/pager.h"
#include "pager/trace.h"

#include <linux/mm.h>
#include <linux/file.h>

/* A writer that must not drop the fault lock waits no longer than this. */
#define DIRTY_PATIENCE_LOCKED	(HZ / 10)

/*
 * Is this still the page, readable and inside the segment?  Whoever makes
 * the segment smaller locks each page behind its end afterwards, and so finds
 * what is mapped under this lock.
 */
static bool fault_may_map(struct segment *seg, u32 frame, u64 key)
{
	return frame_desc(frame)->key == key &&
		frame_test(frame, FRAME_UPTODATE) &&
		key_page(key) < segment_pages(seg);
}

/*
 * A page's frame, its page locked and readable, or 0.  @absent: it seems to be
 * in no frame at all.
 */
static u32 fault_trylock(struct segment *seg, u64 pgoff, bool *absent)
{
	u64 key = frame_key(seg, pgoff);
	struct page *page;
	u32 frame;

	rcu_read_lock();
	frame = index_lookup(key);
	*absent = !frame;
	if (frame) {
		page = pool_page(frame);
		if (!trylock_page(page)) {
			frame = 0;
		} else if (!fault_may_map(seg, frame, key)) {
			unlock_page(page);
			frame = 0;
		}
	}
	rcu_read_unlock();
	return frame;
}

static vm_fault_t fault_resident(struct vm_fault *vmf, struct segment *seg,
				 u32 frame)
{
	struct opener *opener = vmf->vma->vm_file->private_data;
	struct page *page = pool_page(frame);

	get_page(page);
	frame_used(seg, frame);
	frame_seen(seg, frame);
	if (frame_take_mark(frame))
		frame_continue_ahead(seg, &opener->prefetch, STORE_LOCKED);
	/* A private copy is about to be made of it: neighbours do not help. */
	if (!(vmf->flags & FAULT_FLAG_WRITE) || vmf->vma->vm_flags & VM_SHARED)
		fault_around(vmf, seg);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

/* The fault lock may be dropped: bring the page in and start over. */
static vm_fault_t fault_unlocked(struct vm_fault *vmf, struct segment *seg,
				 bool absent)
{
	/* A fault in user mode holds nothing once the fault lock is gone. */
	enum store_context context = vmf->flags & FAULT_FLAG_USER ?
		STORE_FREE : STORE_UNLOCKED;
	struct file *file = vmf->vma->vm_file;
	struct opener *opener = file->private_data;
	struct frame_ahead ahead = { .reader = &opener->prefetch,
				     .since = latency_now(),
				     .absent = absent };
	u64 pgoff = vmf->pgoff;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	u32 frame;

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	/* The mapping may go while the lock is dropped, the segment not. */
	get_file(file);
	if (vmf->vma->vm_flags & VM_RAND_READ)
		ahead.reader = NULL;
	kp_release_fault_lock(vmf);
	/* An error shows again, and is reported, when the fault starts over. */
	if (!frame_get(seg, pgoff, context, &ahead, &frame))
		frame_put(frame);
	if (likely(ahead.until))
		latency_between(seg, LATENCY_major, ahead.since, ahead.until);
	else
		latency_since(seg, LATENCY_major, ahead.since);
	trace_kpager_fault(seg, pgoff, write, TRACE_FAULT_MAJOR);
	fput(file);
	return VM_FAULT_RETRY | VM_FAULT_MAJOR;
}

/* The fault lock stays held: others do the I/O. */
static vm_fault_t fault_locked(struct vm_fault *vmf, struct segment *seg)
{
	struct frame_ahead ahead = {};
	u64 key = frame_key(seg, vmf->pgoff);
	struct page *page;
	u32 frame;
	int err;

	for (;;) {
		ahead.since = latency_now();
		err = frame_get(seg, vmf->pgoff, STORE_LOCKED, &ahead, &frame);
		if (err == -EINTR)
			return VM_FAULT_NOPAGE;
		if (err)
			break;
		page = pool_page(frame);
		lock_page(page);
		if (fault_may_map(seg, frame, key)) {
			frame_seen(seg, frame);
			/* The reference becomes the mapping's. */
			vmf->page = page;
			return VM_FAULT_LOCKED | VM_FAULT_MAJOR;
		}
		unlock_page(page);
		put_page(page);
		if (vmf->pgoff >= segment_pages(seg))
			break;
	}
	segment_count(seg, faults_sigbus);
	return VM_FAULT_SIGBUS;
}

/* A fault that waited with the fault lock held, or was started over. */
static void fault_trace(struct vm_fault *vmf, struct segment *seg,
			vm_fault_t ret, bool first)
{
	int result = first ? TRACE_FAULT_MAJOR : TRACE_FAULT_AGAIN;

	if (ret & VM_FAULT_SIGBUS)
		result = TRACE_FAULT_SIGBUS;
	trace_kpager_fault(seg, vmf->pgoff, vmf->flags & FAULT_FLAG_WRITE,
			   result);
}

static vm_fault_t segment_fault(struct vm_fault *vmf)
{
	struct segment *seg = vmf->vma->vm_private_data;
	u64 start = 0, found = 0;
	vm_fault_t ret;
	bool first, absent;
	u32 frame;

	if (vmf->pgoff >= segment_pages(seg)) {
		segment_count(seg, faults_sigbus);
		trace_kpager_fault(seg, vmf->pgoff,
				   vmf->flags & FAULT_FLAG_WRITE,
				   TRACE_FAULT_SIGBUS);
		return VM_FAULT_SIGBUS;
	}
	/* A fault that was started over was counted before. */
	first = !(vmf->flags & FAULT_FLAG_TRIED);
	if (first) {
		start = latency_lookup(seg);
		segment_reference(seg, vmf->pgoff,
				  vmf->flags & FAULT_FLAG_WRITE);
	}
	frame = fault_trylock(seg, vmf->pgoff, &absent);
	if (unlikely(start))
		found = latency_since(seg, LATENCY_lookup, start);
	if (frame && first) {
		segment_count(seg, faults_minor);
		ret = fault_resident(vmf, seg, frame);
		if (unlikely(start)) {
			latency_since(seg, LATENCY_minor_map, found);
			latency_since(seg, LATENCY_minor, start);
		}
		trace_kpager_fault(seg, vmf->pgoff,
				   vmf->flags & FAULT_FLAG_WRITE,
				   TRACE_FAULT_MINOR);
		return ret;
	}
	if (first)
		segment_count(seg, faults_major);
	if (fault_flag_allow_retry_first(vmf->flags))
		return fault_unlocked(vmf, seg, absent);
	start = latency_now();
	ret = frame ? fault_resident(vmf, seg, frame) : fault_locked(vmf, seg);
	latency_since(seg, first ? LATENCY_major : LATENCY_major_map, start);
	if (trace_kpager_fault_enabled())
		fault_trace(vmf, seg, ret, first);
	return ret;
}

/*
 * Neighbours are mapped by the fault handler.  The core takes faults under
 * the per-VMA lock only for mappings that have this function.
 */
static vm_fault_t segment_map_pages(struct vm_fault *vmf, pgoff_t start,
				    pgoff_t end)
{
	return 0;
}

/* Copies (fork, split) come while their original is counted. */
static void segment_vm_open(struct vm_area_struct *vma)
{
	segment_mapping_begin(vma->vm_private_data);
}

static void segment_vm_close(struct vm_area_struct *vma)
{
	segment_mapping_end(vma->vm_private_data);
}

/*
 * Of a segment that announces writes: at its dirty limit a writer waits here,
 * where the fault lock may be dropped.
 */
static vm_fault_t segment_fault_announced(struct vm_fault *vmf)
{
	struct segment *seg = vmf->vma->vm_private_data;
	struct file *file;

	if (!(vmf->flags & FAULT_FLAG_WRITE) || !dirty_over(seg))
		return segment_fault(vmf);
	if (!fault_flag_allow_retry_first(vmf->flags)) {
		dirty_throttle(seg, DIRTY_PATIENCE_LOCKED);
		return segment_fault(vmf);
	}
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	file = get_file(vmf->vma->vm_file);
	kp_release_fault_lock(vmf);
	dirty_throttle(seg, MAX_SCHEDULE_TIMEOUT);
	fput(file);
	return VM_FAULT_RETRY;
}

static const struct vm_operations_struct segment_vm_ops = {
	.open = segment_vm_open,
	.close = segment_vm_close,
	.fault = segment_fault,
	.map_pages = segment_map_pages,
};

static const struct vm_operations_struct segment_announced_vm_ops = {
	.open = segment_vm_open,
	.close = segment_vm_close,
	.fault = segment_fault_announced,
	.map_pages = segment_map_pages,
	.page_mkwrite = dirty_mkwrite,
};

/*
 * A mapping that is private or may never be written ends the core's harvest
 * of dirty bits; harvest_part() has to know of it.
 */
static void segment_blind_begin(struct segment *seg)
{
	atomic_inc(&seg->blind_made);
	atomic_inc(&seg->blind);
}

static void segment_blind_vm_open(struct vm_area_struct *vma)
{
	segment_vm_open(vma);
	segment_blind_begin(vma->vm_private_data);
}

static void segment_blind_vm_close(struct vm_area_struct *vma)
{
	struct segment *seg = vma->vm_private_data;

	atomic_dec(&seg->blind);
	segment_vm_close(vma);
}

static const struct vm_operations_struct segment_blind_vm_ops = {
	.open = segment_blind_vm_open,
	.close = segment_blind_vm_close,
	.fault = segment_fault,
	.map_pages = segment_map_pages,
};

/**
 * segment_map_fits - is a mapping inside the segment
 * @seg: the segment
 * @vma: the mapping to be
 *
 * Context: any.
 * Return: true if so.
 */
bool segment_map_fits(struct segment *seg, struct vm_area_struct *vma)
{
	u64 end = segment_pages(seg);

	return vma->vm_pgoff < end && vma_pages(vma) <= end - vma->vm_pgoff;
}

/**
 * segment_mmap - map a part of a segment
 * @seg: the segment
 * @vma: the mapping to be
 *
 * Context: mmap_lock held for writing.
 * Return: 0, or -ENXIO if the mapping would end beyond the segment.
 */
int segment_mmap(struct segment *seg, struct vm_area_struct *vma)
{
	bool announce;

	if (!segment_map_fits(seg, vma))
		return -ENXIO;
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	/* Entries are made old; the access that faults makes its own young. */
	vma->vm_page_prot = __pgprot(pgprot_val(vma->vm_page_prot) &
				     ~_PAGE_ACCESSED);
	vma->vm_private_data = seg;
	announce = segment_mapping_begin(seg);
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) !=
	    (VM_SHARED | VM_MAYWRITE)) {
		vma->vm_ops = &segment_blind_vm_ops;
		segment_blind_begin(seg);
	} else if (announce) {
		vma->vm_ops = &segment_announced_vm_ops;
	} else {
		vma->vm_ops = &segment_vm_ops;
	}
	return 0;
}
