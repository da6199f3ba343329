// SPDX-License-Identifier: GPL-2.0
/*
 * around.c - resident neighbours are mapped along with a page that faulted
 *
 * That pays if they are asked for next, and costs if they are not: they have
 * to be unmapped one day.  So the window follows the reader: it is an aligned
 * block of AROUND_FIRST pages for a fault that says nothing, doubles up to
 * the segment's fault_around with each fault that goes on where the last
 * window ended, and is the page alone after a miss of a reader without a
 * pattern, who will miss somewhere else next time.
 *
 * The entries are old (the accessed bit is missing from vm_page_prot), so
 * that being mapped does not look like being used.
 */
#include "pager/pager.h"
#include "pager/trace.h"

/* Pages of a window if nothing is known. */
#define AROUND_FIRST	16u

static unsigned int around_window(struct vm_fault *vmf, struct segment *seg,
				  struct opener *opener)
{
	unsigned int max = READ_ONCE(seg->tune.fault_around);
	u64 end = READ_ONCE(opener->around.end);
	unsigned int window = AROUND_FIRST;

	if (vmf->vma->vm_flags & VM_RAND_READ)
		return 1;
	if (vmf->pgoff == end ||
	    vmf->pgoff + 1 == READ_ONCE(opener->around.first))
		window = max(2 * READ_ONCE(opener->around.window), AROUND_FIRST);
	else if (vmf->flags & FAULT_FLAG_TRIED &&
		 !READ_ONCE(opener->prefetch.window))
		return 1;
	return clamp(window, 1u, max);
}

/*
 * Lock the pages of a window that can be mapped.  The entries are looked at
 * without the table's lock: what they say is a hint.  Return whether one of
 * the pages is the mark of its reader's window: it will be used unseen.
 */
static bool around_lock(struct vm_fault *vmf, u64 key, unsigned long addr,
			struct page **pages, unsigned int nr)
{
	u64 own = key - key_page(key) + vmf->pgoff;
	bool marked = false;
	unsigned int i;
	pte_t *pte;
	pmd_t pmd;

	rcu_read_lock();
	/* No table, no entries; one that goes away stays until RCU's end. */
	pmd = READ_ONCE(*vmf->pmd);
	pte = pmd_none(pmd) ? NULL : pte_offset_kernel(&pmd, addr);
	for (i = 0; i < nr; i++, key++) {
		struct frame_desc *desc;
		struct page *page;
		u32 frame;
		int flags;

		pages[i] = NULL;
		if (key == own || (pte && !pte_none(pte[i])))
			continue;
		frame = index_lookup(key);
		if (!frame)
			continue;
		page = pool_page(frame);
		if (!trylock_page(page))
			continue;
		desc = frame_desc(frame);
		flags = atomic_read(&desc->flags);
		if (desc->key != key || !(flags & FRAME_UPTODATE)) {
			unlock_page(page);
			continue;
		}
		if (unlikely(flags & FRAME_MARK))
			marked |= frame_take_mark(frame);
		pages[i] = page;
	}
	rcu_read_unlock();
	return marked;
}

static unsigned long around_insert(struct vm_fault *vmf, unsigned long addr,
				   struct page **pages, unsigned long nr)
{
	struct segment *seg = vmf->vma->vm_private_data;
	unsigned long left = nr;

	if (!nr)
		return 0;
	vm_insert_pages(vmf->vma, addr, pages, &left);
	if (trace_kpager_map_enabled())
		trace_kpager_map(seg, linear_page_index(vmf->vma, addr), nr,
				 nr - left);
	return nr - left;
}

/* Map the locked pages of a window, run by run, and unlock them. */
static unsigned long around_map(struct vm_fault *vmf, unsigned long addr,
				struct page **pages, unsigned int nr)
{
	unsigned long mapped = 0;
	unsigned int i, run = 0;

	for (i = 0; i < nr; i++) {
		if (pages[i])
			continue;
		mapped += around_insert(vmf, addr + run * PAGE_SIZE,
					pages + run, i - run);
		run = i + 1;
	}
	mapped += around_insert(vmf, addr + run * PAGE_SIZE, pages + run,
				nr - run);
	for (i = 0; i < nr; i++)
		if (pages[i])
			unlock_page(pages[i]);
	return mapped;
}

/**
 * fault_around - map the resident neighbours of a page
 * @vmf: the fault
 * @seg: the segment
 *
 * Context: the fault lock and the lock of the page that faulted are held; may
 * sleep.
 */
void fault_around(struct vm_fault *vmf, struct segment *seg)
{
	struct vm_area_struct *vma = vmf->vma;
	struct opener *opener = vma->vm_file->private_data;
	unsigned int nr, window = around_window(vmf, seg, opener);
	/* around_lock() fills it; zeroing it first would cost more than that. */
	struct page *pages[FAULT_AROUND_MAX] __uninitialized;
	unsigned long addr, end, mask;
	bool marked;
	u64 first;

	if (window == 1)
		return;
	mask = window * PAGE_SIZE - 1;
	addr = max(vmf->address & ~mask, vma->vm_start);
	end = min((vmf->address | mask) + 1, vma->vm_end);
	first = linear_page_index(vma, addr);
	nr = (end - addr) >> PAGE_SHIFT;
	WRITE_ONCE(opener->around.first, first);
	WRITE_ONCE(opener->around.end, first + nr);
	WRITE_ONCE(opener->around.window, window);

	marked = around_lock(vmf, frame_key(seg, first), addr, pages, nr);
	/* Under their locks, as in fault_may_map(). */
	for (; nr && first + nr > segment_pages(seg); nr--)
		if (pages[nr - 1])
			unlock_page(pages[nr - 1]);
	segment_count_add(seg, faults_around,
			  around_map(vmf, addr, pages, nr));
	if (marked)
		frame_continue_ahead(seg, &opener->prefetch, STORE_LOCKED);
}
