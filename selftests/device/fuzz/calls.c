// SPDX-License-Identifier: GPL-2.0
/*
 * calls.c - system calls on segments and their mappings, and the files that
 * tell of them
 */
#include <dirent.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "fuzz.h"

static void *address(struct fuzzer *f)
{
	switch (fuzz_random(f, 6)) {
	case 0:
		return (void *)fuzz_number(f);
	case 1:
		return f->low + fuzz_random(f, 2 * PAGE);
	default:
		return f->segment_map +
			fuzz_random(f, SEGMENT_PAGES) * PAGE +
			(fuzz_random(f, 4) ? 0 : fuzz_random(f, PAGE));
	}
}

/* What lies in there belongs to the worker itself. */
static unsigned long inside(struct fuzzer *f, const unsigned char *at)
{
	unsigned long left = f->segment_map + SEGMENT_SIZE - at;

	if (at < f->segment_map || at >= f->segment_map + SEGMENT_SIZE)
		return 0;
	return (1 + fuzz_random(f, left)) & ~(PAGE - 1);
}

static long length(struct fuzzer *f)
{
	return fuzz_random(f, 8) ? fuzz_random(f, 16 * PAGE) : fuzz_number(f);
}

static loff_t position(struct fuzzer *f)
{
	return fuzz_random(f, 8) ? fuzz_random(f, SEGMENT_SIZE + 2 * PAGE) :
		fuzz_number(f);
}

static long do_read(struct fuzzer *f)
{
	return pread(fuzz_fd(f), address(f), length(f), position(f));
}

static long do_write(struct fuzzer *f)
{
	return pwrite(fuzz_fd(f), address(f), fuzz_random(f, 16 * PAGE),
		      position(f));
}

static long do_vectors(struct fuzzer *f)
{
	struct iovec vec[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		vec[i] = (struct iovec){ address(f), fuzz_random(f, 3 * PAGE) };
	if (fuzz_random(f, 2))
		return preadv2(fuzz_fd(f), vec, fuzz_random(f, 5), position(f),
			       fuzz_random(f, 64));
	return pwritev2(fuzz_fd(f), vec, fuzz_random(f, 5), position(f),
			fuzz_random(f, 64));
}

static long do_position(struct fuzzer *f)
{
	int fd = fuzz_fd(f);
	char byte;

	if (lseek(fd, position(f), fuzz_random(f, 8)) < 0)
		return -1;
	return fuzz_random(f, 2) ? read(fd, &byte, 1) : write(fd, "x", 1);
}

/* Sometimes in the place of a part of the mapping that is there. */
static long do_mmap(struct fuzzer *f)
{
	unsigned char *at = address(f), *map;
	unsigned long n = inside(f, at);
	int flags = fuzz_random(f, 2) ? MAP_SHARED : MAP_PRIVATE;
	int prot = fuzz_random(f, 8);
	long bytes;

	at = (unsigned char *)((uintptr_t)at & ~(PAGE - 1));
	if (n && fuzz_random(f, 2)) {
		flags |= MAP_FIXED | (fuzz_random(f, 4) ? 0 : MAP_POPULATE);
		map = mmap(at, n, prot, flags, fuzz_fd(f),
			   position(f) & ~(PAGE - 1));
		return map == MAP_FAILED ? -1 : 0;
	}
	flags |= fuzz_random(f, 4) ? 0 : MAP_POPULATE | MAP_LOCKED;
	bytes = length(f);
	map = mmap(NULL, bytes, prot, flags, fuzz_fd(f),
		   position(f) & (fuzz_random(f, 8) ? ~(PAGE - 1) : ~0ul));
	return map == MAP_FAILED ? -1 : munmap(map, bytes);
}

static long do_unmap(struct fuzzer *f)
{
	unsigned char *at = address(f);

	at = (unsigned char *)((uintptr_t)at & ~(PAGE - 1));
	return munmap(at, inside(f, at));
}

static long do_protect(struct fuzzer *f)
{
	unsigned char *at = address(f);

	return mprotect(at, inside(f, at), fuzz_random(f, 8));
}

static long do_remap(struct fuzzer *f)
{
	unsigned char *at = address(f);
	unsigned long n = inside(f, at);
	void *to;

	to = mremap(at, n, n + (fuzz_random(f, 4) ? 0 : PAGE),
		    fuzz_random(f, 2) ? MREMAP_MAYMOVE : 0);
	if (to == MAP_FAILED)
		return -1;
	return to == at ? 0 : munmap(to, n);
}

/* All but those that poison memory for good. */
static long do_advise(struct fuzzer *f)
{
	unsigned char *at = address(f);

	return madvise(at, inside(f, at), fuzz_random(f, 30));
}

static long do_sync(struct fuzzer *f)
{
	unsigned char *at = address(f);
	int fd = fuzz_fd(f);

	switch (fuzz_random(f, 6)) {
	case 0:
		return fsync(fd);
	case 1:
		return fdatasync(fd);
	case 2:
		return sync_file_range(fd, position(f), length(f),
				       fuzz_random(f, 16));
	case 3:
		return posix_fadvise(fd, position(f), length(f),
				     fuzz_random(f, 8));
	case 4:
		return readahead(fd, position(f), length(f));
	default:
		return msync(at, length(f), fuzz_random(f, 8));
	}
}

static long do_lock(struct fuzzer *f)
{
	unsigned char *at = address(f);
	unsigned char core[SEGMENT_PAGES];

	switch (fuzz_random(f, 4)) {
	case 0:
		return mlock2(at, inside(f, at), fuzz_random(f, 2));
	case 1:
		return munlock(at, inside(f, at));
	case 2:
		return mincore(at, inside(f, at), core);
	default:
		return syscall(SYS_mbind, at, inside(f, at), fuzz_random(f, 5),
			       NULL, 0, fuzz_random(f, 8));
	}
}

static long do_file(struct fuzzer *f)
{
	struct pollfd p = { .fd = fuzz_fd(f), .events = fuzz_random(f, 1 << 16) };
	struct stat st;

	switch (fuzz_random(f, 8)) {
	case 0:
		return fallocate(fuzz_fd(f), fuzz_random(f, 64), position(f),
				 length(f));
	case 1:	/* the store, too: it has to live with it */
		return ftruncate(fuzz_fd(f), fuzz_number(f));
	case 2:
		return fstat(fuzz_fd(f), &st);
	case 3:
		return poll(&p, 1, 0);
	case 4:
		return fcntl(fuzz_fd(f), F_SETFL, fuzz_random(f, 2) ?
			     O_NONBLOCK : O_APPEND);
	case 5:
		return fchmod(fuzz_fd(f), 0600);
	case 6:
		return fcntl(fuzz_fd(f), F_GETLK, address(f));
	default:
		return syscall(SYS_copy_file_range, fuzz_fd(f), NULL,
			       fuzz_fd(f), NULL, length(f),
			       fuzz_random(f, 8) ? 0 : 1);
	}
}

static long do_pipe(struct fuzzer *f)
{
	loff_t at = position(f);
	struct iovec vec = { address(f), fuzz_random(f, 4 * PAGE) };
	int ends[2];
	long ret;

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		return -1;
	switch (fuzz_random(f, 3)) {
	case 0:
		ret = splice(fuzz_fd(f), &at, ends[1], NULL, length(f),
			     SPLICE_F_NONBLOCK | fuzz_random(f, 16));
		break;
	case 1:
		ret = vmsplice(ends[1], &vec, 1,
			       SPLICE_F_NONBLOCK | fuzz_random(f, 16));
		break;
	default:
		ret = sendfile(ends[1], fuzz_fd(f), &at, fuzz_random(f, PAGE));
	}
	if (ret > 0)
		ret = splice(ends[0], NULL, fuzz_fd(f), &at, ret,
			     SPLICE_F_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static long do_foreign(struct fuzzer *f)
{
	struct iovec to = { address(f), fuzz_random(f, 4 * PAGE) };
	struct iovec from = { address(f), fuzz_random(f, 4 * PAGE) };

	if (fuzz_random(f, 2))
		return process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	return process_vm_writev(getpid(), &from, 1, &to, 1, 0);
}

static long do_fork(struct fuzzer *f)
{
	pid_t pid;

	if (fuzz_random(f, 8))
		return do_read(f);
	pid = fork();
	if (!pid)
		_exit(do_read(f) < 0);
	return waitpid(pid, NULL, 0);
}

/* Another description of a node: open, and close one that was. */
static long do_open(struct fuzzer *f)
{
	static const int flags[] = {
		O_RDWR, O_RDONLY, O_WRONLY, O_PATH, O_RDWR | O_DIRECT,
		O_RDWR | O_SYNC, O_RDWR | O_APPEND, O_RDWR | O_TRUNC,
		O_RDWR | O_NONBLOCK, O_TMPFILE | O_RDWR, O_RDWR | O_DIRECTORY,
	};
	unsigned int slot = fuzz_random(f, 2 * SEGMENTS);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/kpager/%s", fuzz_random(f, 6) ?
		 segment_names[fuzz_random(f, SEGMENTS)] : "control");
	fd = open(path, O_CLOEXEC |
		  flags[fuzz_random(f, sizeof(flags) / sizeof(*flags))], 0600);
	if (fd < 0)
		return -1;
	close(f->fds[slot]);
	f->fds[slot] = fd;
	return 0;
}

void fuzz_call(struct fuzzer *f)
{
	static const struct {
		const char *name;
		long (*call)(struct fuzzer *f);
	} calls[] = {
		{ "read", do_read }, { "write", do_write },
		{ "vectors", do_vectors }, { "position", do_position },
		{ "mmap", do_mmap }, { "munmap", do_unmap },
		{ "mprotect", do_protect }, { "mremap", do_remap },
		{ "madvise", do_advise }, { "sync", do_sync },
		{ "lock", do_lock }, { "file", do_file }, { "pipe", do_pipe },
		{ "foreign", do_foreign }, { "fork", do_fork },
		{ "open", do_open },
	};
	unsigned int i = fuzz_random(f, sizeof(calls) / sizeof(*calls));
	long ret;

	errno = 0;
	ret = calls[i].call(f);
	f->calls++;
	f->good += ret >= 0;
	if (ret < 0 && errno > ERRNO_LAST)
		fuzz_complain(f, calls[i].name, -errno);
}

/* ---- files ---- */

/* A random file in a directory. */
static bool file_pick(struct fuzzer *f, const char *dir, char *path, size_t n)
{
	unsigned int seen = 0;
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && !fuzz_random(f, ++seen))
			snprintf(path, n, "%s/%.200s", dir, e->d_name);
	if (d)
		closedir(d);
	return seen;
}

static const char *attribute_text(struct fuzzer *f, char *text, size_t n)
{
	static const char *const texts[] = {
		"0", "1", "-1", "64", "4096", "off", "adaptive", "clock",
		"two-lists", "wsclock", "s3-fifo", "", "\n", "0x10", "1 2",
		"read_error=1/3", "short=1/2", "nomem=5", "delay_ms=1",
		"flush_error=2", "=", "corrupt=1/7",
	};

	if (fuzz_random(f, 4))
		return texts[fuzz_random(f, sizeof(texts) / sizeof(*texts))];
	snprintf(text, n, "%lld", (long long)fuzz_number(f));
	return text;
}

static void attribute(struct fuzzer *f, const char *path)
{
	char text[PAGE + 16];
	ssize_t ret;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fuzz_random(f, 2)) {
		ret = read(fd, text, fuzz_random(f, sizeof(text)));
	} else {
		const char *what = attribute_text(f, text, sizeof(text));

		ret = pwrite(fd, what, strlen(what), 0);
	}
	f->calls++;
	f->good += ret >= 0;
	if (ret < 0 && errno > ERRNO_LAST)
		fuzz_complain(f, path, -errno);
	close(fd);
}

/* Attributes and statistics, read and written in all ways. */
void fuzz_files(struct fuzzer *f)
{
	const char *name = segment_names[fuzz_random(f, SEGMENTS)];
	char dir[128], path[512];

	switch (fuzz_random(f, 4)) {
	case 0:
		snprintf(dir, sizeof(dir), "/proc/kpager");
		break;
	case 1:
		snprintf(dir, sizeof(dir), "/proc/kpager/segment/%s", name);
		break;
	case 2:
		snprintf(dir, sizeof(dir), "/sys/class/kpager/%s/policy_params",
			 name);
		break;
	default:
		snprintf(dir, sizeof(dir), "/sys/class/kpager/%s", name);
	}
	if (file_pick(f, dir, path, sizeof(path)))
		attribute(f, path);
}
