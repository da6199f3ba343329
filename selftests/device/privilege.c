// SPDX-License-Identifier: GPL-2.0
/*
 * privilege.c - what needs privilege is refused to a user who has none, even
 * with a descriptor that a privileged one opened, and changes nothing
 */
#include <dirent.h>
#include <grp.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

#include "kselftest_harness.h"

#define NAME	"privilege"
#define SIZE	(16 * PAGE)
#define NOBODY	65534

/* Run in a child without privilege; 0, an errno, or -1 if it did not end. */
static int as_nobody(int (*call)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
			_exit(255);
		_exit(call(arg));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int open_write(void *path)
{
	return open(path, O_RDWR) < 0 ? errno : 0;
}

static int open_read(void *path)
{
	return open(path, O_RDONLY) < 0 ? errno : 0;
}

FIXTURE(privilege)
{
	int control, store;
};

FIXTURE_SETUP(privilege)
{
	segment_destroy(NAME, KPAGER_DESTROY_DISCARD);
	ASSERT_EQ(0, segment_create(NAME, SIZE, STORE_BLOCK));
	self->control = open(CONTROL, O_RDWR);
	self->store = open(STORE_BLOCK2, O_RDWR);
	ASSERT_LE(0, self->control);
	ASSERT_LE(0, self->store);
}

FIXTURE_TEARDOWN(privilege)
{
	close(self->control);
	close(self->store);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F(privilege, nodes_are_roots)
{
	EXPECT_EQ(EACCES, as_nobody(open_write, CONTROL));
	EXPECT_EQ(EACCES, as_nobody(open_read, CONTROL));
	EXPECT_EQ(EACCES, as_nobody(open_write, "/dev/kpager/" NAME));
	EXPECT_EQ(EACCES, as_nobody(open_read, "/dev/kpager/" NAME));
}

struct request {
	int fd;
	unsigned int cmd;
	void *arg;
};

static int request(void *arg)
{
	struct request *r = arg;

	return ioctl(r->fd, r->cmd, r->arg) < 0 ? errno : 0;
}

/* With the very arguments that root succeeds with. */
TEST_F(privilege, a_descriptor_is_not_enough)
{
	struct kpager_destroy destroy = { .struct_size = sizeof(destroy),
					  .name = NAME };
	struct kpager_resize resize = { .struct_size = sizeof(resize),
					.size = 2 * SIZE, .name = NAME };
	/* One in memory is for everybody who may write to the node. */
	struct kpager_create_anon anon = { .struct_size = sizeof(anon),
					   .size = SIZE,
					   .backing_fd = self->store };
	struct kpager_create create;
	struct request requests[] = {
		{ self->control, KPAGER_CREATE, &create },
		{ self->control, KPAGER_DESTROY, &destroy },
		{ self->control, KPAGER_RESIZE, &resize },
		{ self->control, KPAGER_CREATE_ANON, &anon },
	};
	unsigned int i;

	create_init(&create, "privilege2", SIZE, self->store);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(EPERM, as_nobody(request, &requests[i]));
	EXPECT_EQ(-1, segment_value("privilege2", COLUMN_RESIDENT));
	EXPECT_EQ((long long)SIZE, segment_value(NAME, 1));
	/* Root may, so it was not for the arguments. */
	EXPECT_EQ(0, request(&requests[2]));
	EXPECT_EQ(0, request(&requests[0]));
	EXPECT_EQ(0, segment_destroy("privilege2", 0));
	/* Its descriptor, and so the segment, ends with this process. */
	EXPECT_EQ(0, request(&requests[3]));
}

/* Every file of a directory; returns how many could be opened. */
static int open_all(void *dir)
{
	char path[512];
	struct dirent *e;
	DIR *d = opendir(dir);
	int opened = 0;

	while (d && (e = readdir(d))) {
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", (char *)dir, e->d_name);
		if (!lstat(path, &st) && S_ISREG(st.st_mode))
			opened += open(path, O_WRONLY) >= 0;
	}
	return d ? opened : 100;
}

TEST_F(privilege, attributes_are_roots)
{
	char params[] = "/sys/class/kpager/" NAME "/policy_params";
	char inject[] = "/sys/class/kpager/" NAME "/inject";

	EXPECT_EQ(0, as_nobody(open_all, "/sys/class/kpager/" NAME));
	EXPECT_EQ(0, as_nobody(open_all, params));
	EXPECT_EQ(0, as_nobody(open_all, "/sys/class/kpager/control"));
	EXPECT_EQ(0, as_nobody(open_all, "/sys/module/kpager/parameters"));
	EXPECT_EQ(EACCES, as_nobody(open_read, inject));
	/* Root opens those that can be written, so it was not for the files. */
	EXPECT_LT(5, open_all("/sys/class/kpager/" NAME));
}

static int unload(void *arg)
{
	(void)arg;
	return syscall(SYS_delete_module, "kpager", O_NONBLOCK) ? errno : 0;
}

static int load(void *arg)
{
	return syscall(SYS_finit_module, *(int *)arg, "", 0) ? errno : 0;
}

TEST_F(privilege, loading_is_roots)
{
	int module = open("/kpager.ko", O_RDONLY);

	ASSERT_LE(0, module);
	EXPECT_EQ(EPERM, as_nobody(unload, NULL));
	EXPECT_EQ(EPERM, as_nobody(load, &module));
	close(module);
}

TEST_HARNESS_MAIN
