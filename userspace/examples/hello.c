// SPDX-License-Identifier: GPL-2.0
/* Store a line in the segment "hello", through memory. */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/dev/kpager/hello", O_RDWR);
	char *p = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		err(1, "/dev/kpager/hello");
	strcpy(p, "hello, pager\n");
	if (msync(p, 4096, MS_SYNC))
		err(1, "msync");
}
