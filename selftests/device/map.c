// SPDX-License-Identifier: GPL-2.0
/*
 * map.c - /proc/kpager/segment/NAME/map: what is resident, dirty, volatile, and
 * how old it is
 */
#include "area.h"
#include "kselftest_harness.h"

#define NAME		"map"
#define MAP		"/proc/kpager/segment/" NAME "/map"
#define POLICY		"/sys/class/kpager/" NAME "/policy"
#define CELLS_MAX	4096u

struct cell {
	uint64_t page;
	uint64_t pages;
	uint64_t resident;
	uint64_t dirty;
	uint64_t io;
	uint64_t age;
	uint64_t forgettable;
};

static struct cell cells[CELLS_MAX];

/* How many cells there are, or -1: that is no map. */
static int map_read(void)
{
	char header[128], word[32];
	FILE *file = fopen(MAP, "r");
	struct cell *c = cells;
	int version;

	if (!file || fscanf(file, "%31s %d\n", word, &version) != 2 ||
	    strcmp(word, "version") || version != 1 ||
	    !fgets(header, sizeof(header), file) ||
	    strcmp(header, "page pages resident dirty io age volatile_pages\n"))
		return -1;
	while (c < cells + CELLS_MAX &&
	       fscanf(file, "%lu %lu %lu %lu %lu %lu %lu\n", &c->page, &c->pages,
		      &c->resident, &c->dirty, &c->io, &c->age,
		      &c->forgettable) == 7)
		c++;
	/* There must be nothing behind them. */
	if (fgetc(file) != EOF)
		c = cells - 1;
	fclose(file);
	return c - cells;
}

static int segment_make(uint64_t pages)
{
	struct kpager_create arg;
	int err;

	create_init(&arg, NAME, pages * PAGE, -1);
	arg.flags = KPAGER_CREATE_MEMORY;
	err = control_call(KPAGER_CREATE, &arg);
	if (!err)
		err = write_text("/sys/class/kpager/" NAME "/prefetch", "off");
	return err;
}

static int mark(int fd, unsigned long call, uint64_t first, uint64_t pages)
{
	struct kpager_volatile arg = {
		.struct_size = sizeof(arg), .offset = first * PAGE,
		.bytes = pages * PAGE,
	};

	return ioctl(fd, call, &arg) ? errno : 0;
}

FIXTURE(a) {
	int fd;
	uint64_t pages;
};

FIXTURE_VARIANT(a) {
	uint64_t pages;
};

/* A cell is a page, and 4 pages; of the last one 1. */
FIXTURE_VARIANT_ADD(a, small_segment) {
	.pages = 1024,
};

FIXTURE_VARIANT_ADD(a, large_segment) {
	.pages = 16384 - 3,
};

FIXTURE_SETUP(a)
{
	self->pages = variant->pages;
	ASSERT_EQ(0, segment_make(self->pages));
	self->fd = segment_open(NAME);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(a)
{
	close(self->fd);
	EXPECT_EQ(0, segment_destroy(NAME, 0));
}

TEST_F(a, cells_are_the_segment)
{
	uint64_t per_cell = self->pages > CELLS_MAX ? 4 : 1, next = 0;
	int n = map_read(), i;

	ASSERT_EQ((int)((self->pages + per_cell - 1) / per_cell), n);
	for (i = 0; i < n; i++) {
		ASSERT_EQ(next, cells[i].page);
		ASSERT_EQ(i + 1 < n ? per_cell : self->pages - next,
			  cells[i].pages);
		ASSERT_EQ(0, cells[i].resident + cells[i].dirty + cells[i].io +
			     cells[i].age + cells[i].forgettable);
		next += cells[i].pages;
	}
	ASSERT_EQ(self->pages, next);
}

TEST_F(a, what_is_resident_and_dirty)
{
	uint64_t per_cell = self->pages > CELLS_MAX ? 4 : 1;
	char page[PAGE] = { 1 };
	int n, i;

	pages_read(self->fd, 16, 32);
	ASSERT_EQ((ssize_t)PAGE, pwrite(self->fd, page, PAGE, 20 * PAGE));
	n = map_read();
	ASSERT_LT(0, n);
	for (i = 0; i < n; i++) {
		bool in = cells[i].page >= 16 && cells[i].page < 48;

		EXPECT_EQ(in ? per_cell : 0, cells[i].resident);
		EXPECT_EQ(cells[i].page == 20, cells[i].dirty);
	}
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_LT(0, map_read());
	EXPECT_EQ(0, cells[20 / per_cell].dirty);
}

/* A page came last, the one before it has seen one come, and so on. */
TEST_F(a, how_old)
{
	uint64_t per_cell = self->pages > CELLS_MAX ? 4 : 1, i;

	pages_read(self->fd, 0, 64);
	ASSERT_LT(0, map_read());
	for (i = 0; i < 64 / per_cell; i++) {
		/* Of four pages the mean, rounded down. */
		EXPECT_EQ(64 - per_cell - i * per_cell + (per_cell - 1) / 2,
			  cells[i].age);
	}
	/* Using it does not make it younger; what is absent has no age. */
	pages_read(self->fd, 0, 1);
	ASSERT_LT(0, map_read());
	EXPECT_EQ(64 - per_cell + (per_cell - 1) / 2, cells[0].age);
	EXPECT_EQ(0, cells[64 / per_cell].age);
	/* Another policy knows in which order they came. */
	ASSERT_EQ(0, write_text(POLICY, "fifo"));
	ASSERT_LT(0, map_read());
	EXPECT_LE(cells[0].age, 64);
}

TEST_F(a, what_is_volatile)
{
	uint64_t per_cell = self->pages > CELLS_MAX ? 4 : 1, sum = 0;
	int n, i;

	ASSERT_EQ(0, mark(self->fd, KPAGER_VOLATILE, 5, 40));
	ASSERT_EQ(0, mark(self->fd, KPAGER_VOLATILE, self->pages - 1, 1));
	ASSERT_EQ(0, mark(self->fd, KPAGER_NONVOLATILE, 8, 4));
	n = map_read();
	ASSERT_LT(0, n);
	for (i = 0; i < n; i++)
		sum += cells[i].forgettable;
	EXPECT_EQ(37, sum);
	EXPECT_EQ(0, cells[8 / per_cell].forgettable);
	EXPECT_EQ(per_cell, cells[12 / per_cell].forgettable);
	/* 5 alone, or 5, 6 and 7. */
	EXPECT_EQ(per_cell == 1 ? 1 : 3, cells[5 / per_cell].forgettable);
	EXPECT_EQ(1, cells[n - 1].forgettable);
	ASSERT_EQ(0, mark(self->fd, KPAGER_NONVOLATILE, 0, self->pages));
	ASSERT_EQ(n, map_read());
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, cells[i].forgettable);
}

TEST_HARNESS_MAIN
