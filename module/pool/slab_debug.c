// SPDX-License-Identifier: GPL-2.0
/*
 * Debug modes of the slab allocator.
 *
 * A debugged object lies between red zones and is followed by its record:
 *
 *   | left zone | object | right zone | struct slab_track | padding |
 *
 * The zones say whether the object is handed out or free, so that damage is
 * seen at free and again at the next allocation.  A free object without a
 * constructor is filled with POISON; a change is a write after free.
 */
#define pr_fmt(fmt) "kpager: slab: " fmt

#include "slab_internal.h"

#define ZONE_SIZE	16
#define ZONE_FREE	0xbb
#define ZONE_LIVE	0xcc
#define POISON		0x6b
#define LEAKS_TOLD	16

/* What struct slab_track.state may be. */
#define TRACK_FREE	0x66726565u
#define TRACK_LIVE	0x6c697665u

/**
 * struct slab_track - the record behind each object
 * @alloc: who allocated it last
 * @free: who freed it last
 * @state: TRACK_FREE or TRACK_LIVE, exchanged atomically
 */
struct slab_track {
	unsigned long alloc;
	unsigned long free;
	u32 state;
};

static u32 right_zone(const struct slab_cache *c)
{
	return ALIGN(c->size + ZONE_SIZE, (u32)sizeof(void *)) - c->size;
}

static struct slab_track *track_of(const struct slab_cache *c, void *obj)
{
	return obj + c->size + right_zone(c);
}

/**
 * slab_debug_layout() - room for zones and record
 * @c: a cache whose @size, @align and @debug are known; sets @left
 *
 * Context: any.
 * Return: bytes from one object to the next.
 */
u32 slab_debug_layout(struct slab_cache *c)
{
	c->left = ALIGN(ZONE_SIZE, c->align);
	return ALIGN(c->left + c->size + right_zone(c) +
		     (u32)sizeof(struct slab_track), c->align);
}

/**
 * slab_debug_init() - what a cache needs beside its slabs
 * @c: the cache
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int slab_debug_init(struct slab_cache *c)
{
	if (!(c->debug & SLABF_QUARANTINE))
		return 0;
	c->rest = kcalloc(SLAB_QUARANTINE, sizeof(*c->rest), GFP_KERNEL);
	return c->rest ? 0 : -ENOMEM;
}

/**
 * slab_debug_exit() - undo slab_debug_init()
 * @c: the cache
 *
 * Context: any.
 */
void slab_debug_exit(struct slab_cache *c)
{
	kfree(c->rest);
	c->rest = NULL;
}

static void zones_set(const struct slab_cache *c, void *obj, u8 zone)
{
	memset(obj - ZONE_SIZE, zone, ZONE_SIZE);
	memset(obj + c->size, zone, right_zone(c));
}

static bool zones_ok(const struct slab_cache *c, void *obj, u8 zone)
{
	if (!(c->debug & SLABF_REDZONE))
		return true;
	return !memchr_inv(obj - ZONE_SIZE, zone, ZONE_SIZE) &&
	       !memchr_inv(obj + c->size, zone, right_zone(c));
}

static bool poisons(const struct slab_cache *c)
{
	return c->debug & SLABF_POISON && !c->ctor;
}

/**
 * slab_debug_object_init() - a new object, not yet constructed
 * @c: the cache
 * @obj: the object
 *
 * Context: any.
 */
void slab_debug_object_init(struct slab_cache *c, void *obj)
{
	struct slab_track *t = track_of(c, obj);

	zones_set(c, obj, ZONE_FREE);
	if (poisons(c))
		memset(obj, POISON, c->size);
	t->alloc = 0;
	t->free = 0;
	WRITE_ONCE(t->state, TRACK_FREE);
}

/* Has a free object been written to?  If so, say so and mend it. */
static void free_object_check(struct slab_cache *c, void *obj)
{
	struct slab_track *t = track_of(c, obj);

	if (!zones_ok(c, obj, ZONE_FREE)) {
		slab_bad(c, "red zone of a free object damaged; freed by",
			 obj, t->free);
		zones_set(c, obj, ZONE_FREE);
	}
	if (poisons(c) && memchr_inv(obj, POISON, c->size)) {
		slab_bad(c, "written to after it was freed; freed by", obj,
			 t->free);
		memset(obj, POISON, c->size);
	}
}

/**
 * slab_debug_alloc() - check and mark an object that is handed out
 * @c: the cache
 * @obj: an object taken out of its slab
 * @caller: who gets it
 *
 * Context: any but NMI.
 */
void slab_debug_alloc(struct slab_cache *c, void *obj, unsigned long caller)
{
	struct slab_track *t = track_of(c, obj);

	free_object_check(c, obj);
	zones_set(c, obj, ZONE_LIVE);
	t->alloc = caller;
	WRITE_ONCE(t->state, TRACK_LIVE);
}

/* Put @obj to rest.  Return: the one that has rested longest, or NULL. */
static void *quarantine(struct slab_cache *c, void *obj)
{
	unsigned long irq;
	void *old;

	if (!c->rest)
		return obj;
	raw_spin_lock_irqsave(&c->lock, irq);
	old = c->rest[c->rest_pos];
	c->rest[c->rest_pos] = obj;
	c->rest_pos = (c->rest_pos + 1) % SLAB_QUARANTINE;
	if (!old)
		c->nr_rest++;
	raw_spin_unlock_irqrestore(&c->lock, irq);
	if (old)
		free_object_check(c, old);
	return old;
}

/**
 * slab_debug_free() - check and mark an object that comes back
 * @c: the cache
 * @obj: in: an address of an object of @c; out: the object to put back into
 *	its slab instead, or NULL for none
 * @caller: who frees it
 *
 * Context: any but NMI.
 * Return: false if it was not handed out: refused and reported.
 */
bool slab_debug_free(struct slab_cache *c, void **obj, unsigned long caller)
{
	struct slab_track *t = track_of(c, *obj);

	if (xchg(&t->state, TRACK_FREE) != TRACK_LIVE) {
		slab_bad(c, "freed twice, now by", *obj, caller);
		if (c->debug & SLABF_TRACK)
			pr_err("%s: object %p: allocated by %pS, freed by %pS\n",
			       c->name, *obj, (void *)t->alloc,
			       (void *)t->free);
		return false;
	}
	if (!zones_ok(c, *obj, ZONE_LIVE))
		slab_bad(c, "red zone damaged; allocated by", *obj, t->alloc);
	t->free = caller;
	zones_set(c, *obj, ZONE_FREE);
	if (poisons(c))
		memset(*obj, POISON, c->size);
	*obj = quarantine(c, *obj);
	return true;
}

/**
 * slab_debug_release() - end the quarantine of all objects
 * @c: the cache
 *
 * Context: any but NMI.
 */
void slab_debug_release(struct slab_cache *c)
{
	unsigned long irq;
	void *obj;
	u32 i;

	for (i = 0; c->rest && i < SLAB_QUARANTINE; i++) {
		raw_spin_lock_irqsave(&c->lock, irq);
		obj = c->rest[i];
		c->rest[i] = NULL;
		if (obj)
			c->nr_rest--;
		raw_spin_unlock_irqrestore(&c->lock, irq);
		if (!obj)
			continue;
		free_object_check(c, obj);
		slab_give(c, &obj, 1, 0);
	}
}

static u32 leaks_in_list(struct slab_cache *c, struct list_head *list, u32 told)
{
	struct slab_block *b;
	struct slab_track *t;
	void *obj;
	u32 i;

	list_for_each_entry(b, list, link) {
		for (i = 0; i < c->per_slab && told < LEAKS_TOLD; i++) {
			obj = b->base + (size_t)i * c->stride;
			t = track_of(c, obj);
			if (test_bit(i, b->map) ||
			    READ_ONCE(t->state) != TRACK_LIVE)
				continue;
			pr_err("%s: leaked object %p, allocated by %pS\n",
			       c->name, obj, (void *)t->alloc);
			told++;
		}
	}
	return told;
}

/**
 * slab_debug_leaks() - say who allocated the objects that are still out
 * @c: a cache that nobody uses any more
 *
 * Context: process context.
 */
void slab_debug_leaks(struct slab_cache *c)
{
	u32 told;

	if (!(c->debug & SLABF_TRACK))
		return;
	told = leaks_in_list(c, &c->out, 0);
	leaks_in_list(c, &c->partial, told);
}
