// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's way into pool, slab and extents (libFuzzer's entry point).
 *
 * Each input byte pair is an operation and its argument.  The pool is small
 * and is checked after every operation; a violation aborts.
 */
#include "pool_host.h"
#include "../../module/pool/extent.h"
#include "../../module/pool/slab.h"

#define SLOTS	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	u32 frame[SLOTS];
	u8 order[SLOTS];
	void *obj[SLOTS];
	u64 extent[SLOTS];
	bool extent_used[SLOTS];
	struct slab_cache *cache[2];
	struct extent_space space;
	u32 used;
} z;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int move_any(void *owner, u64 from, u64 to, u64 len, void *arg)
{
	unsigned int i = (uintptr_t)owner - 1;

	(void)arg;
	must(z.extent_used[i] && z.extent[i] == from && to < from && len);
	if (i % 8 == 7)
		return -EBUSY;
	z.extent[i] = to;
	return 0;
}

static void fuzz_extent(u8 op, u8 arg)
{
	unsigned int i = arg % SLOTS;
	u64 start;

	if (op & 1 && !z.extent_used[i]) {
		z.extent_used[i] = !extent_alloc(&z.space, arg,
						 (void *)(uintptr_t)(i + 1),
						 GFP_KERNEL, &start);
		if (z.extent_used[i])
			z.extent[i] = start;
	} else if (z.extent_used[i]) {
		must(!extent_free(&z.space, z.extent[i]));
		z.extent_used[i] = false;
	} else if (op & 2) {
		z.space.fit = arg % EXTENT_NR_FITS;
		extent_compact(&z.space, move_any, NULL);
	} else {
		extent_free(&z.space, arg);
		for (i = 0; i < SLOTS; i++)
			if (z.extent_used[i] && z.extent[i] == arg)
				z.extent_used[i] = false;
	}
	must(!extent_check(&z.space));
}

static void fuzz_slab(u8 op, u8 arg)
{
	unsigned int i = arg % SLOTS;
	struct slab_cache *c = z.cache[i & 1];

	if (!z.obj[i]) {
		z.obj[i] = slab_alloc(c, op & 1 ? POOL_NOWAIT : POOL_ZERO);
	} else if (op & 2) {
		/* Not an object: must be refused. */
		slab_free(z.cache[!(i & 1)], z.obj[i]);
		slab_free_addr(z.obj[i] + 1);
	} else {
		slab_free(c, z.obj[i]);
		z.obj[i] = NULL;
	}
	if (op & 4)
		slab_shrink(c);
	must(!slab_check(c));
}

static void fuzz_pool(u8 op, u8 arg)
{
	unsigned int i = arg % SLOTS, order = op >> 4;

	if (!z.frame[i]) {
		z.order[i] = order;
		z.frame[i] = pool_alloc(order, arg >> 6);
		must(!z.frame[i] || order <= POOL_MAX_ORDER);
	} else if (op & 8) {
		/* Wrong order, or a number made up: must be refused. */
		pool_free(z.frame[i], z.order[i] + 1);
		if (z.order[i])
			pool_frame_free(z.frame[i] + 1);
	} else {
		pool_free(z.frame[i], z.order[i]);
		z.frame[i] = 0;
	}
	must(!pool_check());
}

static void fuzz_begin(u8 seed)
{
	struct pool_config cfg = {
		.limit_frames = 64u << (seed & 3), .min_frames = seed >> 4,
		.reserve_frames = seed & 15, .desc_size = 8,
	};
	struct slab_config a = { .name = "a", .size = 1 + seed * 5 };
	struct slab_config b = { .name = "b", .size = 64, .align = 64 };

	memset(&z, 0, sizeof(z));
	a.debug = seed & 4 ? SLABF_ALL : 0;
	host_quiet = true;
	host_cpus = 2;
	must(!pool_init(&cfg));
	must(!extent_space_init(&z.space, 256, 1u << (seed & 3), false, 0));
	z.cache[0] = slab_cache_create(&a);
	z.cache[1] = slab_cache_create(&b);
	must(!IS_ERR(z.cache[0]) && !IS_ERR(z.cache[1]));
}

static void fuzz_end(void)
{
	struct pool_stats s;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (z.obj[i])
			slab_free_addr(z.obj[i]);
		if (z.frame[i])
			pool_free(z.frame[i], z.order[i]);
	}
	must(!slab_cache_destroy(z.cache[0]));
	must(!slab_cache_destroy(z.cache[1]));
	extent_space_exit(&z.space);
	pool_drain();
	pool_stats_get(&s);
	must(!s.used && !pool_check());
	pool_exit();
	must(!host_frames_out && !host_allocs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t i;

	if (size < 3)
		return 0;
	fuzz_begin(data[0]);
	for (i = 1; i + 1 < size; i += 2) {
		host_cpu = data[i] >> 7;
		switch (data[i] & 7) {
		case 0:
			pool_drain();
			break;
		case 1:
			pool_trim(data[i + 1]);
			break;
		case 2:
		case 3:
			fuzz_extent(data[i] >> 3, data[i + 1]);
			break;
		case 4:
		case 5:
			fuzz_slab(data[i] >> 3, data[i + 1]);
			break;
		default:
			fuzz_pool(data[i], data[i + 1]);
			break;
		}
	}
	fuzz_end();
	return 0;
}
