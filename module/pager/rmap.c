// SPDX-License-Identifier: GPL-2.0
/*
 * rmap.c - what the page tables of all mappings say of a page
 *
 * No walker is exported on every kernel, so the tables are walked with the
 * header's inlines, as far as x86 needs.  i_mmap_rwsem keeps the VMAs and
 * their tables: free_pgtables() takes a VMA out of the tree first.  Since
 * 7.2 an empty table may be freed by RCU while its VMA stays, hence the RCU
 * section and the second look at the entry above it.
 *
 * The accessed bit is cleared without a TLB flush, as the kernel itself does
 * on x86: a CPU that still holds the entry will not set it again until it
 * reloads.  The dirty bit is only looked at: clearing it needs a flush, which
 * no module can order.
 */
#include "pager/pager.h"

#include <linux/pgtable.h>
#include <linux/rbtree.h>

/*
 * The entry above the page table that maps @addr, which may be empty, or NULL
 * if there is no such table either.  Those above it hold no huge entry.
 */
static __always_inline pmd_t *rmap_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (!pgd_present(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud))
		return NULL;
	return pmd_offset(pud, addr);
}

/*
 * Ask an entry.  @look: its lock is not held, and somebody who holds it may
 * have taken the entry out for a moment: say only if it is worth asking.
 */
typedef bool (*rmap_fn)(pte_t *pte, bool look);

static bool rmap_pte_test_and_clear_young(pte_t *pte, bool look)
{
	unsigned long *bits = (unsigned long *)&pte->pte;

	return test_bit(_PAGE_BIT_ACCESSED, bits) &&
		(look || test_and_clear_bit(_PAGE_BIT_ACCESSED, bits));
}

static bool rmap_pte_dirty(pte_t *pte, bool look)
{
	return look || pte_dirty(*pte);
}

static bool rmap_pte_writable(pte_t *pte, bool look)
{
	return look || pte_write(*pte);
}

/*
 * Ask about the entry for @addr, if it maps @pfn.  Most of those that are
 * asked whether they are young are not, which needs no lock: an access now
 * might have come just after.
 */
static __always_inline bool rmap_vma(struct vm_area_struct *vma, unsigned long addr,
				     unsigned long pfn, rmap_fn fn)
{
	bool answer = false;
	spinlock_t *ptl;
	pmd_t *pmd, was;
	pte_t *pte;

	rcu_read_lock();
	pmd = rmap_pmd(vma->vm_mm, addr);
	if (!pmd)
		goto out;
	/* An empty table may be freed while its VMA stays.  None is bad, too. */
	was = READ_ONCE(*pmd);
	if (pmd_bad(was))
		goto out;
	pte = pte_offset_kernel(&was, addr);
	if (!fn(pte, true))
		goto out;
	ptl = pte_lockptr(vma->vm_mm, &was);
	spin_lock(ptl);
	if (!pmd_same(was, READ_ONCE(*pmd)))
		goto out_unlock;
	if (pte_present(*pte) && pte_pfn(*pte) == pfn)
		answer = fn(pte, false);
out_unlock:
	spin_unlock(ptl);
out:
	rcu_read_unlock();
	return answer;
}

/* Ask about every entry that maps a page; true if one said so. */
static __always_inline bool rmap_any(struct address_space *mapping, u64 pgoff,
				     struct page *page, rmap_fn fn)
{
	unsigned long pfn = page_to_pfn(page);
	struct rb_node *node;
	bool answer = false;

	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node;
	     node = rb_next(node)) {
		struct vm_area_struct *vma =
			rb_entry(node, struct vm_area_struct, shared.rb);

		/* The tree is sorted by the first page mapped. */
		if (vma->vm_pgoff > pgoff)
			break;
		if (pgoff - vma->vm_pgoff >= vma_pages(vma))
			continue;
		answer |= rmap_vma(vma, vma->vm_start +
				   ((pgoff - vma->vm_pgoff) << PAGE_SHIFT),
				   pfn, fn);
	}
	i_mmap_unlock_read(mapping);
	return answer;
}

/**
 * rmap_test_and_clear_young - was a page touched through any mapping
 * @mapping: of its segment
 * @pgoff: its number in the segment
 * @page: the page; entries that map something else are not looked at
 *
 * Context: may sleep; takes i_mmap_rwsem for reading and page-table locks.
 * Return: true if an entry had its accessed bit set; all are clear now.
 */
bool rmap_test_and_clear_young(struct address_space *mapping, u64 pgoff,
			       struct page *page)
{
	return rmap_any(mapping, pgoff, page, rmap_pte_test_and_clear_young);
}

/**
 * rmap_writable - can a page be written through any mapping without a fault
 * @mapping: of its segment
 * @pgoff: its number in the segment
 * @page: the page
 *
 * Context: as rmap_test_and_clear_young().
 * Return: true if an entry allows it.
 */
bool rmap_writable(struct address_space *mapping, u64 pgoff, struct page *page)
{
	return rmap_any(mapping, pgoff, page, rmap_pte_writable);
}

/**
 * rmap_dirty - is a page dirty in any mapping
 * @mapping: of its segment
 * @pgoff: its number in the segment
 * @page: the page
 *
 * Context: as rmap_test_and_clear_young().
 * Return: true if an entry has its dirty bit set.
 */
bool rmap_dirty(struct address_space *mapping, u64 pgoff, struct page *page)
{
	return rmap_any(mapping, pgoff, page, rmap_pte_dirty);
}

/**
 * rmap_next - the next page that lies in any mapping
 * @mapping: of its segment
 * @first: where to begin
 *
 * Context: may sleep; takes i_mmap_rwsem for reading.
 * Return: @first or the first page behind it that a mapping covers, mapped or
 * not; U64_MAX if there is none.
 */
u64 rmap_next(struct address_space *mapping, u64 first)
{
	struct rb_node *node;
	u64 next = U64_MAX;

	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node;
	     node = rb_next(node)) {
		struct vm_area_struct *vma =
			rb_entry(node, struct vm_area_struct, shared.rb);

		/* The tree is sorted by the first page mapped. */
		if (vma->vm_pgoff > first) {
			next = vma->vm_pgoff;
			break;
		}
		if (first - vma->vm_pgoff < vma_pages(vma)) {
			next = first;
			break;
		}
	}
	i_mmap_unlock_read(mapping);
	return next;
}
