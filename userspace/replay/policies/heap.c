// SPDX-License-Identifier: GPL-2.0
/* heap.c - frames by key, for policies that are not lists */
#include "exact.h"

#define WAYS	4

static u32 heap_parent(u32 place)
{
	return (place - 2) / WAYS + 1;
}

static u32 heap_first_child(u32 place)
{
	return (place - 1) * WAYS + 2;
}

/* The place that moves is remembered with its frame. */
static void heap_put(struct policy *p, struct exact_heap *heap, u32 place,
		     u32 frame, u64 key)
{
	heap->key[place] = key;
	heap->frame[place] = frame;
	policy_node(p, frame)->bits = place;
}

/* Put a frame where it belongs, @place being free, towards the first. */
static void heap_rise(struct policy *p, struct exact_heap *heap, u32 place,
		      u32 frame, u64 key)
{
	while (place > 1) {
		u32 parent = heap_parent(place);

		if (heap->key[parent] <= key)
			break;
		heap_put(p, heap, place, heap->frame[parent],
			 heap->key[parent]);
		place = parent;
	}
	heap_put(p, heap, place, frame, key);
}

/* The same, towards the last. */
static void heap_sink(struct policy *p, struct exact_heap *heap, u32 place,
		      u32 frame, u64 key)
{
	for (;;) {
		u32 child = heap_first_child(place), best = 0, i;
		u64 least = key;

		for (i = child; i < child + WAYS && i <= heap->nr; i++) {
			if (heap->key[i] < least) {
				least = heap->key[i];
				best = i;
			}
		}
		if (!best)
			break;
		heap_put(p, heap, place, heap->frame[best], least);
		place = best;
	}
	heap_put(p, heap, place, frame, key);
}

static void heap_place(struct policy *p, struct exact_heap *heap, u32 place,
		       u32 frame, u64 key)
{
	if (place > 1 && heap->key[heap_parent(place)] > key)
		heap_rise(p, heap, place, frame, key);
	else
		heap_sink(p, heap, place, frame, key);
}

/**
 * exact_heap_bytes - memory of a heap
 * @frames: the most it will hold
 *
 * Context: any.
 * Return: bytes, a multiple of 8.
 */
size_t exact_heap_bytes(u32 frames)
{
	size_t n = (size_t)frames + 1;

	return n * sizeof(u64) + ALIGN(n * sizeof(u32), sizeof(u64));
}

/**
 * exact_heap_init - prepare an empty heap
 * @heap: the heap
 * @memory: exact_heap_bytes() bytes, aligned to 8
 * @frames: the most it will hold
 *
 * Context: any.
 */
void exact_heap_init(struct exact_heap *heap, void *memory, u32 frames)
{
	heap->key = memory;
	heap->frame = (u32 *)(heap->key + frames + 1);
	heap->nr = 0;
}

/**
 * exact_heap_add - put a frame in
 * @p: the policy
 * @heap: the heap
 * @frame: the frame; not in it
 * @key: its key
 *
 * Context: calls on @p are serialised.
 */
void exact_heap_add(struct policy *p, struct exact_heap *heap, u32 frame,
		    u64 key)
{
	/* It is in no list: neither linked nor proposed any more. */
	policy_node(p, frame)->next = POLICY_NONE;
	heap_rise(p, heap, ++heap->nr, frame, key);
}

/**
 * exact_heap_del - take a frame out
 * @p: the policy
 * @heap: the heap
 * @frame: the frame; in it
 *
 * Context: calls on @p are serialised.
 */
void exact_heap_del(struct policy *p, struct exact_heap *heap, u32 frame)
{
	u32 place = policy_node(p, frame)->bits, last = heap->nr--;

	if (place != last)
		heap_place(p, heap, place, heap->frame[last],
			   heap->key[last]);
	policy_node(p, frame)->bits = 0;
}

/**
 * exact_heap_set - change the key of a frame
 * @p: the policy
 * @heap: the heap
 * @frame: the frame; in it
 * @key: its new key
 *
 * Context: calls on @p are serialised.
 */
void exact_heap_set(struct policy *p, struct exact_heap *heap, u32 frame,
		    u64 key)
{
	heap_place(p, heap, policy_node(p, frame)->bits, frame, key);
}
