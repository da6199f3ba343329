// SPDX-License-Identifier: GPL-2.0
/*
 * For the runner's own test: guest nanoseconds for a fixed piece of work that
 * is half in the kernel (page faults) and half not.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

int main(void)
{
	size_t size = 32 << 20, i;
	struct timespec a, b;
	volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < size; i += 512)
		p[i]++;
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%lld\n", (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec);
	return 0;
}
