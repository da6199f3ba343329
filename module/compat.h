/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - the only place that knows that kernels differ
 *
 * What can be tested for is tested for in Kbuild, on the headers, because
 * distributions port interfaces back; a HAVE_... macro tells the result.
 */
#ifndef KPAGER_COMPAT_H
#define KPAGER_COMPAT_H

#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/uio.h>

/* VMA flags became const in 6.3, with accessors. */
#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/* Faults run under a per-VMA lock since 6.7; give up whichever is held. */
static inline void kp_release_fault_lock(struct vm_fault *vmf)
{
#ifdef HAVE_RELEASE_FAULT_LOCK
	release_fault_lock(vmf);
#else
	mmap_read_unlock(vmf->vma->vm_mm);
#endif
}

/* folio_mapcount() is not exported everywhere; frames are order 0. */
static inline bool kp_page_mapped(struct page *page)
{
	return atomic_read(&page->_mapcount) >= 0;
}

/*
 * How a page's flags and lock are reached: through its folio, which is the
 * form that lasts.  A frame is always an order-0 page.
 */
static inline struct folio *kp_folio(struct page *page)
{
	return (struct folio *)page;
}

static inline struct class *kp_class_create(const char *name)
{
#ifdef HAVE_CLASS_CREATE_OWNER
	return class_create(THIS_MODULE, name);
#else
	return class_create(name);
#endif
}

#ifdef HAVE_DEVNODE_CONST
#define KP_DEVNODE_ARG	const struct device *
#else
#define KP_DEVNODE_ARG	struct device *
#endif

/*
 * Copy a whole page from user memory without faulting; the count copied is
 * returned, less than a page if user memory is not there.
 */
static inline size_t kp_copy_page_from_iter_atomic(struct page *page,
						   struct iov_iter *from)
{
#ifdef HAVE_COPY_FOLIO_FROM_ITER_ATOMIC
	return copy_folio_from_iter_atomic(kp_folio(page), 0, PAGE_SIZE, from);
#else
	return copy_page_from_iter_atomic(page, 0, PAGE_SIZE, from);
#endif
}

/*
 * Splicing from a file with a read_iter that copies.  Before 6.5 the generic
 * function had it copy to the pipe.
 */
#ifdef HAVE_COPY_SPLICE_READ
#define kp_splice_read	copy_splice_read
#else
#define kp_splice_read	generic_file_splice_read
#endif

/* Shrinkers are allocated by the kernel since 6.7. */
typedef unsigned long (*kp_shrink_fn)(struct shrinker *s,
				      struct shrink_control *sc);

static inline struct shrinker *kp_shrinker_register(const char *name,
						    kp_shrink_fn count,
						    kp_shrink_fn scan,
						    long batch)
{
	struct shrinker *s;
#ifdef HAVE_SHRINKER_ALLOC
	s = shrinker_alloc(0, "%s", name);
#else
	int err;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
#endif
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->count_objects = count;
	s->scan_objects = scan;
	s->seeks = DEFAULT_SEEKS;
	s->batch = batch;
#ifdef HAVE_SHRINKER_ALLOC
	shrinker_register(s);
#else
	err = register_shrinker(s, "%s", name);
	if (err) {
		kfree(s);
		return ERR_PTR(err);
	}
#endif
	return s;
}

static inline void kp_shrinker_unregister(struct shrinker *s)
{
#ifdef HAVE_SHRINKER_ALLOC
	shrinker_free(s);
#else
	unregister_shrinker(s);
	kfree(s);
#endif
}

/* A queue without a CPU of its own has to say so since 7.2. */
#ifndef WQ_PERCPU
#define WQ_PERCPU	0
#endif

#endif /* KPAGER_COMPAT_H */
