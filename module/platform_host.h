/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User-space meaning of the kernel names that pure code uses.  Included by
 * platform.h only.
 *
 * CPUs are a model: host_cpu is the calling thread's CPU number, host_cpus
 * how many exist; per-CPU data is an array.  Allocations can be made to fail:
 * host_fail_at = N makes the Nth from now return NULL.  Reports of
 * programming errors (WARN_ON_ONCE, pr_err and pr_warn) are counted in
 * host_reports and printed unless host_quiet is set.
 */
#ifndef _KPAGER_PLATFORM_HOST_H
#define _KPAGER_PLATFORM_HOST_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;

#define U8_MAX		UINT8_MAX
#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX

#define HOST_MAX_CPUS	64

/* Weak, so that a header is enough and no program needs a further object. */
__attribute__((weak)) __thread unsigned int host_cpu;
__attribute__((weak)) unsigned int host_cpus = 1;
__attribute__((weak)) long host_fail_at;
__attribute__((weak)) long host_allocs;
__attribute__((weak)) long host_reports;
__attribute__((weak)) bool host_quiet;

/* Compiler. */
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define fallthrough		__attribute__((__fallthrough__))
#define noinline		__attribute__((__noinline__))
#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define __maybe_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __no_kcsan
#define __packed		__attribute__((__packed__))
#define __percpu
#define __rcu
#define ____cacheline_aligned	__attribute__((__aligned__(64)))
#define __printf(f, a)		__attribute__((__format__(printf, f, a)))
#define _RET_IP_		((unsigned long)__builtin_return_address(0))
#define EXPORT_SYMBOL_GPL(s)	extern int host_export_##s
#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)
#define static_assert(e, ...)	_Static_assert(e, #e)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* Ordering: acquire loads cost nothing on x86 and are what TSan knows. */
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_ACQ_REL)
#define cpu_relax()		sched_yield()

/* Numbers and bits. */
#define min(a, b) ({ __typeof__(a) __a = (a); __typeof__(b) __b = (b); \
		     __a < __b ? __a : __b; })
#define max(a, b) ({ __typeof__(a) __a = (a); __typeof__(b) __b = (b); \
		     __a > __b ? __a : __b; })
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	clamp((t)(v), (t)(lo), (t)(hi))
#define swap(a, b) \
	do { __typeof__(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define BITS_PER_LONG		64
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define ALIGN(x, a)		(((x) + ((__typeof__(x))(a) - 1)) & \
				 ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(n, b)	unsigned long n[BITS_TO_LONGS(b)]

static inline unsigned long __ffs(unsigned long w)
{
	return __builtin_ctzl(w);
}

static inline unsigned long __fls(unsigned long w)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(w);
}

static inline int fls(unsigned int w)
{
	return w ? 32 - __builtin_clz(w) : 0;
}

static inline int fls64(u64 w)
{
	return w ? 64 - __builtin_clzll(w) : 0;
}

static inline int ilog2(u64 v)
{
	return fls64(v) - 1;
}

static inline bool is_power_of_2(unsigned long v)
{
	return v && !(v & (v - 1));
}

static inline unsigned long roundup_pow_of_two(unsigned long v)
{
	return v <= 1 ? 1 : 1UL << fls64(v - 1);
}

static inline unsigned int hweight_long(unsigned long w)
{
	return __builtin_popcountl(w);
}

static inline bool test_bit(unsigned long n, const unsigned long *p)
{
	return p[n / BITS_PER_LONG] >> (n % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned long n, unsigned long *p)
{
	p[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long n, unsigned long *p)
{
	p[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}

static inline bool __test_and_set_bit(unsigned long n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__set_bit(n, p);
	return old;
}

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

static inline u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	*rem = n % d;
	return n / d;
}

static inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

/* Reports. */
#define KERN_ERR
#define printk(...) \
	do { if (!host_quiet) fprintf(stderr, __VA_ARGS__); } while (0)
#ifndef pr_fmt
#define pr_fmt(fmt)		fmt
#endif
#define pr_err(fmt, ...) \
	do { \
		__atomic_fetch_add(&host_reports, 1, __ATOMIC_RELAXED); \
		printk(pr_fmt(fmt), ##__VA_ARGS__); \
	} while (0)
#define pr_warn			pr_err
#define pr_err_once		pr_err
#define pr_err_ratelimited	pr_err
#define pr_info(fmt, ...)	printk(pr_fmt(fmt), ##__VA_ARGS__)
#define WARN_ON_ONCE(c) ({ \
	bool __c = !!(c); \
	if (unlikely(__c)) \
		pr_err("WARN %s:%d: %s\n", __FILE__, __LINE__, #c); \
	unlikely(__c); })
#define WARN_ON			WARN_ON_ONCE

/* Errors in pointers. */
static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-4095;
}

/* Memory. */
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define GFP_KERNEL		0u
#define GFP_NOWAIT		1u
#define GFP_ATOMIC		1u
#define __GFP_NOWARN		0u
#define __GFP_NORETRY		0u
#define __GFP_ZERO		0u

static inline void *host_zalloc(size_t align, size_t size)
{
	void *p;

	if (host_fail_at && __atomic_sub_fetch(&host_fail_at, 1,
					       __ATOMIC_RELAXED) == 0)
		return NULL;
	p = aligned_alloc(align, ALIGN(size ? size : 1, align));
	if (!p)
		return NULL;
	__atomic_fetch_add(&host_allocs, 1, __ATOMIC_RELAXED);
	return memset(p, 0, size);
}

static inline void host_free(const void *p)
{
	if (!p)
		return;
	__atomic_fetch_sub(&host_allocs, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

#define kmalloc(size, gfp)	((void)(gfp), host_zalloc(64, size))
#define kzalloc(size, gfp)	kmalloc(size, gfp)
#define kvzalloc(size, gfp)	kmalloc(size, gfp)
#define kvcalloc(n, size, gfp)	kmalloc((size_t)(n) * (size), gfp)
#define kcalloc(n, size, gfp)	kmalloc((size_t)(n) * (size), gfp)
#define kfree(p)		host_free(p)
#define kvfree(p)		host_free(p)
#define clear_page(p)		memset(p, 0, PAGE_SIZE)
#define memchr_inv(p, c, n)	host_memchr_inv(p, c, n)

static inline void *host_memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

static inline ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return src[n] ? -E2BIG : (ssize_t)n;
}

/* Per-CPU data: T must have cache-line alignment, so that T[] is no sharing. */
#define alloc_percpu_gfp(t, gfp) \
	((t *)kcalloc(HOST_MAX_CPUS, sizeof(t), gfp))
#define alloc_percpu(t)		alloc_percpu_gfp(t, GFP_KERNEL)
#define free_percpu(p)		host_free(p)
#define this_cpu_ptr(p)		(&(p)[host_cpu])
#define raw_cpu_ptr(p)		(&(p)[host_cpu])
#define per_cpu_ptr(p, c)	(&(p)[c])
#define num_possible_cpus()	host_cpus
#define for_each_possible_cpu(c) for ((c) = 0; (c) < host_cpus; (c)++)
#define preempt_disable()	barrier()
#define preempt_enable()	barrier()
#define rcu_read_lock()		barrier()
#define rcu_read_unlock()	barrier()
#define synchronize_rcu()	barrier()

struct rcu_head {
	void *unused;
};

#define in_task()		true
#define current			((const void *)pthread_self())
#define might_sleep()		barrier()
#define might_sleep_if(c)	((void)(c))
#define cond_resched()		barrier()

/* Locks. */
typedef pthread_mutex_t raw_spinlock_t;
typedef pthread_mutex_t spinlock_t;

struct mutex {
	pthread_mutex_t m;
};

#define raw_spin_lock_init(l)	pthread_mutex_init(l, NULL)
#define raw_spin_lock_irqsave(l, f) \
	do { (f) = 0; pthread_mutex_lock(l); } while (0)
#define raw_spin_unlock_irqrestore(l, f) \
	do { (void)(f); pthread_mutex_unlock(l); } while (0)
#define raw_spin_lock(l)	pthread_mutex_lock(l)
#define raw_spin_unlock(l)	pthread_mutex_unlock(l)
#define spin_lock_init(l)	pthread_mutex_init(l, NULL)
#define spin_lock(l)		pthread_mutex_lock(l)
#define spin_unlock(l)		pthread_mutex_unlock(l)
#define lockdep_assert_held(l)	((void)(l))
#define __RAW_SPIN_LOCK_UNLOCKED(l) PTHREAD_MUTEX_INITIALIZER
#define DEFINE_MUTEX(n)		struct mutex n = { PTHREAD_MUTEX_INITIALIZER }
#define mutex_init(l)		pthread_mutex_init(&(l)->m, NULL)
#define mutex_destroy(l)	pthread_mutex_destroy(&(l)->m)
#define mutex_lock(l)		pthread_mutex_lock(&(l)->m)
#define mutex_trylock(l)	(pthread_mutex_trylock(&(l)->m) == 0)
#define mutex_unlock(l)		pthread_mutex_unlock(&(l)->m)

/* Doubly linked lists, as in <linux/list.h>. */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l;
	l->prev = l;
}

static inline void host_list_link(struct list_head *n, struct list_head *prev,
				  struct list_head *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

static inline void list_add(struct list_head *n, struct list_head *head)
{
	host_list_link(n, head, head->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *head)
{
	host_list_link(n, head->prev, head);
}

static inline void list_del(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	n->next = NULL;
	n->prev = NULL;
}

static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	INIT_LIST_HEAD(n);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_move(struct list_head *n, struct list_head *head)
{
	list_del(n);
	list_add(n, head);
}

static inline void list_move_tail(struct list_head *n, struct list_head *head)
{
	list_del(n);
	list_add_tail(n, head);
}

static inline void list_splice_init(struct list_head *l, struct list_head *head)
{
	if (list_empty(l))
		return;
	l->next->prev = head;
	l->prev->next = head->next;
	head->next->prev = l->prev;
	head->next = l->next;
	INIT_LIST_HEAD(l);
}

#define list_entry(p, t, m)		container_of(p, t, m)
#define list_first_entry(h, t, m)	list_entry((h)->next, t, m)
#define list_last_entry(h, t, m)	list_entry((h)->prev, t, m)
/* Without naming a member of what may be the list's head: that has no type. */
#define host_list_link_of(p, m) \
	((struct list_head *)((char *)(p) + offsetof(__typeof__(*(p)), m)))
#define list_next_entry(p, m) \
	list_entry(host_list_link_of(p, m)->next, __typeof__(*(p)), m)
#define list_prev_entry(p, m) \
	list_entry(host_list_link_of(p, m)->prev, __typeof__(*(p)), m)
#define list_first_entry_or_null(h, t, m) \
	(list_empty(h) ? NULL : list_first_entry(h, t, m))
#define list_for_each_entry(p, h, m) \
	for (p = list_first_entry(h, __typeof__(*p), m); \
	     host_list_link_of(p, m) != (h); p = list_next_entry(p, m))
#define list_for_each_entry_safe(p, n, h, m) \
	for (p = list_first_entry(h, __typeof__(*p), m), \
	     n = list_next_entry(p, m); host_list_link_of(p, m) != (h); \
	     p = n, n = list_next_entry(n, m))

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define INIT_HLIST_HEAD(h)	((h)->first = NULL)
#define hlist_entry(p, t, m)	container_of(p, t, m)
#define hlist_empty(h)		(!(h)->first)

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
	n->pprev = &h->first;
}

static inline void __hlist_del(struct hlist_node *n)
{
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
}

#endif /* _KPAGER_PLATFORM_HOST_H */
