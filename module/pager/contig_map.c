// SPDX-License-Identifier: GPL-2.0
/*
 * contig_map.c - mappings, read and write of contiguous segments
 *
 * A fault hands the core a page of a folio, and the core maps all of it by one
 * entry if it may: if the mapping is aligned as the folio is and nothing of
 * it is mapped there yet.  Such a mapping is not VM_MIXEDMAP: the core would
 * take the entry for one without references, and lose ours with it.
 *
 * A small segment has single pages, and neighbours are mapped along.
 */
#include "pager/contig.h"
#include "pager/trace.h"

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

/* Pages of a small segment that are mapped with a fault: a power of two. */
#define CONTIG_AROUND	64u
/* Copied in one go. */
#define CONTIG_COPY	(16 * PAGE_SIZE)

/* Map pages from @first to before @end; what is mapped already ends it. */
static void contig_insert(struct vm_area_struct *vma, struct segment *seg,
			  u64 first, u64 end)
{
	unsigned long addr = vma->vm_start +
		((first - vma->vm_pgoff) << PAGE_SHIFT);
	unsigned long nr = end - first, left = nr, i;
	struct page *pages[CONTIG_AROUND];

	for (i = 0; i < nr; i++)
		pages[i] = contig_page(seg->contig, first + i);
	if (nr)
		vm_insert_pages(vma, addr, pages, &left);
	segment_count_add(seg, faults_around, nr - left);
}

static void contig_around(struct vm_fault *vmf, struct segment *seg)
{
	struct vm_area_struct *vma = vmf->vma;
	u64 window = round_down(vmf->pgoff, CONTIG_AROUND);
	u64 first = max_t(u64, window, vma->vm_pgoff);
	u64 end = min_t(u64, window + CONTIG_AROUND,
			vma->vm_pgoff + vma_pages(vma));

	contig_insert(vma, seg, first, vmf->pgoff);
	contig_insert(vma, seg, vmf->pgoff + 1, end);
}

static vm_fault_t contig_fault(struct vm_fault *vmf)
{
	struct segment *seg = vmf->vma->vm_private_data;
	bool write = vmf->flags & FAULT_FLAG_WRITE;

	segment_count(seg, lookups);
	/* A private copy is about to be made: neighbours do not help. */
	if (!contig_is_huge(seg->contig) &&
	    (!write || vmf->vma->vm_flags & VM_SHARED))
		contig_around(vmf, seg);
	vmf->page = contig_page(seg->contig, vmf->pgoff);
	get_page(vmf->page);
	segment_count(seg, faults_minor);
	trace_kpager_fault(seg, vmf->pgoff, write, TRACE_FAULT_MINOR);
	return 0;
}

/* The core takes faults under the per-VMA lock only if there is this. */
static vm_fault_t contig_map_pages(struct vm_fault *vmf, pgoff_t start,
				   pgoff_t end)
{
	return 0;
}

static void contig_vm_open(struct vm_area_struct *vma)
{
	segment_mapping_begin(vma->vm_private_data);
}

static void contig_vm_close(struct vm_area_struct *vma)
{
	segment_mapping_end(vma->vm_private_data);
}

static const struct vm_operations_struct contig_vm_ops = {
	.open = contig_vm_open,
	.close = contig_vm_close,
	.fault = contig_fault,
	.map_pages = contig_map_pages,
};

/**
 * contig_mmap - map a part of a contiguous segment
 * @seg: the segment
 * @vma: the mapping to be
 *
 * Context: mmap_lock held for writing.
 * Return: 0, or -ENXIO if the mapping would end beyond the segment.
 */
int contig_mmap(struct segment *seg, struct vm_area_struct *vma)
{
	vm_flags_t flags = VM_DONTEXPAND | VM_DONTDUMP;

	if (!segment_map_fits(seg, vma))
		return -ENXIO;
	if (!contig_is_huge(seg->contig))
		flags |= VM_MIXEDMAP;
	vm_flags_set(vma, flags);
	vma->vm_private_data = seg;
	vma->vm_ops = &contig_vm_ops;
	segment_mapping_begin(seg);
	return 0;
}

/* Where a byte is, and how many follow that can be copied with it. */
static void *contig_at(struct segment *seg, loff_t pos, size_t *len)
{
	struct page *page = contig_page(seg->contig, pos >> PAGE_SHIFT);

	*len = min_t(size_t, *len, CONTIG_COPY - (pos & (CONTIG_COPY - 1)));
	return page_address(page) + offset_in_page(pos);
}

/**
 * contig_read_iter - read from a contiguous segment
 * @seg: the segment
 * @iocb: position, advanced
 * @to: where to
 *
 * Context: may sleep, killably.
 * Return: bytes read, 0 at the end, or -EFAULT.
 */
ssize_t contig_read_iter(struct segment *seg, struct kiocb *iocb,
			 struct iov_iter *to)
{
	loff_t end = segment_pages(seg) << PAGE_SHIFT;
	ssize_t total = 0;

	while (iov_iter_count(to) && iocb->ki_pos < end) {
		size_t len = min_t(u64, iov_iter_count(to), end - iocb->ki_pos);
		void *from = contig_at(seg, iocb->ki_pos, &len);
		size_t n = copy_to_iter(from, len, to);

		iocb->ki_pos += n;
		total += n;
		if (n < len)
			return total ?: -EFAULT;
		if (fatal_signal_pending(current))
			return total;
		cond_resched();
	}
	return total;
}

/**
 * contig_write_iter - write to a contiguous segment
 * @seg: the segment
 * @iocb: position, advanced
 * @from: where from
 *
 * Context: may sleep, killably; takes the segment's inode lock, so that one
 * write() is not mixed with another.
 * Return: bytes written, or -ENOSPC (at or beyond the end), -EFAULT, -EINTR.
 */
ssize_t contig_write_iter(struct segment *seg, struct kiocb *iocb,
			  struct iov_iter *from)
{
	loff_t end = segment_pages(seg) << PAGE_SHIFT;
	ssize_t total = 0, n = 0;

	if (!iov_iter_count(from))
		return 0;
	if (down_write_killable(&seg->inode->i_rwsem))
		return -EINTR;
	if (iocb->ki_pos >= end)
		n = -ENOSPC;
	while (n >= 0 && iov_iter_count(from) && iocb->ki_pos < end) {
		size_t len = min_t(u64, iov_iter_count(from),
				   end - iocb->ki_pos);
		void *to = contig_at(seg, iocb->ki_pos, &len);

		n = copy_from_iter(to, len, from);
		iocb->ki_pos += n;
		total += n;
		if (n < len)
			n = -EFAULT;
		else if (fatal_signal_pending(current))
			n = -EINTR;
		cond_resched();
	}
	inode_unlock(seg->inode);
	return total ?: n;
}
