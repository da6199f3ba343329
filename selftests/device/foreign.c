// SPDX-License-Identifier: GPL-2.0
/*
 * foreign.c - mappings used by others than their own program: direct I/O,
 * debuggers, other processes, pipes
 */
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "area.h"
#include "kselftest_harness.h"

#define SCRATCH		"/mnt/scratch"
#define NR		256ul

FIXTURE(foreign) {
	struct area a;
	int fd;
	uint64_t *map;
};

FIXTURE_SETUP(foreign)
{
	ASSERT_EQ(0, area_begin(&self->a, "foreign", STORE_BLOCK));
	self->fd = self->a.fd;
	self->map = self->a.map;
}

FIXTURE_TEARDOWN(foreign)
{
	EXPECT_EQ(0, area_end(&self->a));
}

TEST_F_TIMEOUT(foreign, direct_io_to_and_from_a_mapping, 240)
{
	int file = open(SCRATCH, O_RDWR | O_CREAT | O_DIRECT, 0600);
	uint64_t *at = self->map + 100 * WORDS, *to = self->map + 1000 * WORDS;
	unsigned int round;

	ASSERT_GE(file, 0);
	for (round = 2; round < 6; round++) {
		pattern_fill(at, 0, NR * WORDS, round);
		ASSERT_EQ((ssize_t)(NR * PAGE),
			  pwrite(file, at, NR * PAGE, 0));
		/* Nothing of the target is resident, or all of it is. */
		if (round % 2)
			ASSERT_TRUE(area_evicted(&self->a));
		ASSERT_EQ((ssize_t)(NR * PAGE),
			  pread(file, to, NR * PAGE, 0));
		EXPECT_EQ(0, pattern_errors(to, 0, NR * WORDS, round));
		/* What the device wrote is dirty, and so outlives eviction. */
		ASSERT_TRUE(area_evicted(&self->a));
		EXPECT_EQ(0, pattern_errors(to, 0, NR * WORDS, round));
		EXPECT_EQ(0, pattern_errors(at, 0, NR * WORDS, round));
	}
	close(file);
	unlink(SCRATCH);
}

/* A child that has the segment mapped and waits to be killed. */
static pid_t bystander(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F_TIMEOUT(foreign, process_vm_readv_and_writev, 240)
{
	uint64_t *buf = malloc(NR * PAGE), *at = self->map + 300 * WORDS;
	struct iovec local = { buf, NR * PAGE }, remote = { at, NR * PAGE };
	pid_t pid = bystander();
	unsigned int round;

	ASSERT_GT(pid, 0);
	for (round = 2; round < 6; round++) {
		pattern_fill(buf, 300 * WORDS, NR * WORDS, round);
		ASSERT_EQ((ssize_t)(NR * PAGE),
			  process_vm_writev(pid, &local, 1, &remote, 1, 0));
		EXPECT_EQ(0, pattern_errors(at, 300 * WORDS, NR * WORDS,
					    round));
		ASSERT_TRUE(area_evicted(&self->a));
		memset(buf, 0, NR * PAGE);
		ASSERT_EQ((ssize_t)(NR * PAGE),
			  process_vm_readv(pid, &local, 1, &remote, 1, 0));
		EXPECT_EQ(0, pattern_errors(buf, 300 * WORDS, NR * WORDS,
					    round));
	}
	end(pid);
	free(buf);
}

TEST_F_TIMEOUT(foreign, ptrace_peek_and_poke, 240)
{
	uint64_t *ro = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0);
	uint64_t *cow = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->fd, 0);
	char path[64];
	uint64_t word;
	pid_t pid = bystander();
	int mem, i;

	ASSERT_NE(MAP_FAILED, ro);
	ASSERT_NE(MAP_FAILED, cow);
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, 0, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR);
	ASSERT_GE(mem, 0);
	for (i = 1; i < 20; i++) {
		uint64_t *at = self->map + i * 137 * WORDS + i;
		uint64_t n = at - self->map;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
		EXPECT_EQ(0, errno);
		EXPECT_EQ(pattern(n, 1), word);
		ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, pid, at, pattern(n, 2)));
		EXPECT_EQ(pattern(n, 2), *at);
		word = pattern(n + 1, 2);
		ASSERT_EQ(8, pwrite(mem, &word, 8, (off_t)(at + 1)));
		ASSERT_EQ(8, pread(mem, &word, 8, (off_t)at));
		EXPECT_EQ(pattern(n, 2), word);
	}
	ASSERT_TRUE(area_evicted(&self->a));
	for (i = 1; i < 20; i++) {
		uint64_t n = i * 137 * WORDS + i;

		EXPECT_EQ(0, pattern_errors(self->map + n, n, 2, 2));
	}
	/* A debugger writes to a copy, and not at all to what is shared. */
	ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, pid, cow, 7));
	EXPECT_EQ(7, ptrace(PTRACE_PEEKDATA, pid, cow, 0));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, ro, 7));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, pattern_errors(self->map, 0, WORDS, 1));
	close(mem);
	end(pid);
	munmap(ro, PAGE);
	munmap(cow, PAGE);
}

/* A pipe with pages of ours: they change with the segment, and are kept. */
TEST_F_TIMEOUT(foreign, vmsplice_refers_to_pages, 240)
{
	struct iovec iov = { self->map + 10 * WORDS, 8 * PAGE };
	uint64_t *buf = malloc(8 * PAGE);
	int fds[2], gift;

	ASSERT_EQ(0, pipe(fds));
	for (gift = 0; gift < 2; gift++) {
		pattern_fill(iov.iov_base, 0, 8 * WORDS, 2);
		ASSERT_EQ((ssize_t)(8 * PAGE),
			  vmsplice(fds[1], &iov, 1, gift ? SPLICE_F_GIFT : 0));
		ASSERT_TRUE(area_evicted(&self->a));
		pattern_fill(iov.iov_base, 0, 8 * WORDS, 3);
		ASSERT_TRUE(area_evicted(&self->a));
		ASSERT_EQ((ssize_t)(8 * PAGE), read(fds[0], buf, 8 * PAGE));
		EXPECT_EQ(0, pattern_errors(buf, 0, 8 * WORDS, 3));
		EXPECT_EQ(0, pattern_errors(iov.iov_base, 0, 8 * WORDS, 3));
	}
	close(fds[0]);
	close(fds[1]);
	free(buf);
}

/* What was spliced from the device is a copy: later writes do not show. */
TEST_F_TIMEOUT(foreign, splice_and_sendfile_from_the_device, 240)
{
	int file = open(SCRATCH, O_RDWR | O_CREAT | O_TRUNC, 0600), fds[2], i;
	uint64_t *buf = malloc(NR * PAGE);
	off_t at = 50 * PAGE;
	loff_t pos = 20 * PAGE + 8;
	size_t done;
	ssize_t n;

	ASSERT_GE(file, 0);
	ASSERT_EQ(0, pipe(fds));
	for (i = 0; i < 16; i++) {
		uint64_t word = pos / 8;

		n = splice(self->fd, &pos, fds[1], NULL, 4 * PAGE, 0);
		ASSERT_LT(0, n);
		pattern_fill(self->map + word, word, n / 8, 2);
		ASSERT_EQ(n, read(fds[0], buf, n));
		EXPECT_EQ(0, pattern_errors(buf, word, n / 8, 1));
		EXPECT_EQ(0, pattern_errors(self->map + word, word, n / 8, 2));
		pattern_fill(self->map + word, word, n / 8, 1);
	}
	for (done = 0; done < NR * PAGE; done += n) {
		n = sendfile(file, self->fd, &at, NR * PAGE - done);
		ASSERT_LT(0, n);
	}
	ASSERT_EQ((ssize_t)(NR * PAGE), pread(file, buf, NR * PAGE, 0));
	EXPECT_EQ(0, pattern_errors(buf, 50 * WORDS, NR * WORDS, 1));
	/* At the end there is nothing. */
	at = AREA_SIZE;
	EXPECT_EQ(0, sendfile(file, self->fd, &at, PAGE));
	close(fds[0]);
	close(fds[1]);
	close(file);
	free(buf);
}

TEST_F_TIMEOUT(foreign, splice_and_sendfile_to_the_device, 240)
{
	int file = open(SCRATCH, O_RDWR | O_CREAT | O_TRUNC, 0600);
	uint64_t *buf = malloc(NR * PAGE);
	size_t done;
	ssize_t n;

	ASSERT_GE(file, 0);
	pattern_fill(buf, 0, NR * WORDS, 4);
	ASSERT_EQ((ssize_t)(NR * PAGE), pwrite(file, buf, NR * PAGE, 0));
	ASSERT_EQ((off_t)(70 * PAGE), lseek(self->fd, 70 * PAGE, SEEK_SET));
	for (done = 0; done < NR * PAGE; done += n) {
		n = sendfile(self->fd, file, NULL, NR * PAGE - done);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(0, pattern_errors(self->map + 70 * WORDS, 0, NR * WORDS, 4));
	ASSERT_TRUE(area_evicted(&self->a));
	EXPECT_EQ(0, pattern_errors(self->map + 70 * WORDS, 0, NR * WORDS, 4));
	close(file);
	unlink(SCRATCH);
	free(buf);
}

/*
 * A pipe that is filled from user memory and emptied into @to.  Both hold the
 * pipe's lock, whatever else they take.
 */
static ssize_t pipe_through(const int *fds, const uint64_t *buf, int to,
			    loff_t at)
{
	ssize_t n = write(fds[1], buf, 8 * PAGE);

	return n == (ssize_t)(8 * PAGE) ?
		splice(fds[0], NULL, to, &at, n, 0) : -1;
}

/*
 * The same pipe goes into a segment, durably, and into a file of the file
 * system that the segment's store is in: no locks in a circle, which a kernel
 * with lockdep tells.
 */
TEST_F_TIMEOUT(foreign, splice_beside_the_stores_file_system, 240)
{
	int file = open(SCRATCH, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int store = open(STORE_FILE, O_RDONLY), fds[2], sync, fd, i;
	uint64_t *buf = malloc(8 * PAGE), *got = malloc(8 * PAGE);

	ASSERT_EQ(0, segment_create("spliced", AREA_SIZE, STORE_FILE));
	fd = segment_open("spliced");
	sync = open("/dev/kpager/spliced", O_RDWR | O_SYNC);
	ASSERT_LE(0, file);
	ASSERT_LE(0, sync);
	ASSERT_EQ(0, pipe(fds));
	for (i = 1; i < 4; i++) {
		pattern_fill(buf, 0, 8 * WORDS, i);
		ASSERT_EQ((ssize_t)(8 * PAGE),
			  pwrite(fd, buf, 8 * PAGE, 64 * PAGE));
		ASSERT_EQ(0, fsync(fd));
		ASSERT_EQ((ssize_t)(8 * PAGE),
			  pipe_through(fds, buf, file, 0));
		ASSERT_EQ((ssize_t)(8 * PAGE),
			  pipe_through(fds, buf, sync, i * 8 * PAGE));
		/* It is in the store. */
		ASSERT_EQ((ssize_t)(8 * PAGE),
			  pread(store, got, 8 * PAGE, i * 8 * PAGE));
		EXPECT_EQ(0, memcmp(got, buf, 8 * PAGE));
	}
	close(fds[0]);
	close(fds[1]);
	close(sync);
	close(fd);
	close(store);
	close(file);
	unlink(SCRATCH);
	EXPECT_EQ(0, segment_destroy("spliced", 0));
	free(buf);
	free(got);
}

/* Bytes of a core file that belong to an address, or -1. */
static long long core_bytes(const char *path, uint64_t address)
{
	int fd = open(path, O_RDONLY), i;
	long long found = -1;
	Elf64_Ehdr head;
	Elf64_Phdr part;

	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head))
		return -2;
	for (i = 0; i < head.e_phnum; i++) {
		if (pread(fd, &part, sizeof(part), head.e_phoff + i *
			  sizeof(part)) != sizeof(part))
			return -3;
		if (part.p_type == PT_LOAD && part.p_vaddr <= address &&
		    address < part.p_vaddr + part.p_memsz)
			found = part.p_filesz;
	}
	close(fd);
	return found;
}

TEST_F_TIMEOUT(foreign, core_dumps_leave_it_out, 240)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	uint64_t *anon = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stat st;
	int status;
	pid_t pid;

	*anon = 1;
	ASSERT_EQ(0, write_text("/proc/sys/kernel/core_pattern", "/tmp/core"));
	ASSERT_EQ(0, write_text("/proc/sys/kernel/core_uses_pid", "0"));
	unlink("/tmp/core");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		setrlimit(RLIMIT_CORE, &unlimited);
		/* Everything, mappings of files as well. */
		if (write_text("/proc/self/coredump_filter", "0x7f"))
			_exit(1);
		memset(self->map, 1, 64 * PAGE);
		abort();
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WCOREDUMP(status));
	ASSERT_EQ(0, stat("/tmp/core", &st));
	EXPECT_GT((off_t)AREA_SIZE, st.st_size);
	/* The mapping is named, but has no contents; other memory has. */
	EXPECT_EQ(0, core_bytes("/tmp/core", (uint64_t)self->map));
	EXPECT_LT(0, core_bytes("/tmp/core", (uint64_t)anon));
	unlink("/tmp/core");
	munmap(anon, PAGE);
}

TEST_HARNESS_MAIN
