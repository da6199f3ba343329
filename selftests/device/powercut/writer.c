// SPDX-License-Identifier: GPL-2.0
/*
 * writer.c - threads that go through their steps on a segment
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "powercut.h"

struct writer {
	unsigned int thread;
	uint64_t seed;
	uint32_t steps;
	cut_acknowledge acknowledge;
	int fd;
	uint64_t *map;
};

/* The first thing that went wrong in any thread. */
static char trouble[256];
static atomic_bool troubled;

static void complain(const struct writer *w, const struct cut_plan *plan,
		     const struct cut_step *step, int err)
{
	if (atomic_exchange(&troubled, true))
		return;
	snprintf(trouble, sizeof(trouble),
		 "thread %u, step %u: operation %d on %u pages from %u: %s",
		 w->thread, plan->step, step->op, step->pages, step->page,
		 err ? strerror(err) : "not what was written last");
}

static int write_pages(struct writer *w, const struct cut_plan *plan,
		       const struct cut_step *step, int flags)
{
	static _Thread_local uint64_t words[8 * WORDS];
	struct iovec vec = { words, step->pages * PAGE };
	unsigned int i, page;

	for (i = 0; i < step->pages; i++) {
		page = step->page + i;
		page_fill(words + i * WORDS, page,
			  plan->version[page - plan->first]);
	}
	if (pwritev2(w->fd, &vec, 1, step->page * PAGE, flags) ==
	    (ssize_t)vec.iov_len)
		return 0;
	return errno ?: EIO;
}

/* 0, an errno, or -1 if a page is not what it should be. */
static int step_do(struct writer *w, const struct cut_plan *plan,
		   const struct cut_step *step)
{
	uint64_t *words = w->map + step->page * WORDS;
	uint32_t version = plan->version[step->page - plan->first];

	switch (step->op) {
	case CUT_STORE:
		page_fill(words, step->page, version);
		return 0;
	case CUT_PWRITE:
		return write_pages(w, plan, step, 0);
	case CUT_DSYNC:
		return write_pages(w, plan, step, RWF_DSYNC);
	case CUT_READ:
		return pattern_errors(words, step->page * WORDS, WORDS,
				      version) ? -1 : 0;
	case CUT_FSYNC:
		return fsync(w->fd) ? errno : 0;
	case CUT_FDATASYNC:
		return fdatasync(w->fd) ? errno : 0;
	case CUT_MSYNC:
		return msync(words, step->pages * PAGE, MS_SYNC) ? errno : 0;
	}
	return EINVAL;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct cut_plan plan;
	struct cut_step step;
	int err;

	plan_init(&plan, w->thread, w->seed);
	while (plan.step < w->steps && !atomic_load(&troubled)) {
		plan_next(&plan, &step);
		err = step_do(w, &plan, &step);
		if (!err && step_acknowledges(&step) &&
		    !w->acknowledge(w->thread, plan.step))
			err = EPIPE;
		if (err)
			complain(w, &plan, &step, err < 0 ? 0 : err);
	}
	return NULL;
}

int segment_make(const char *store, uint64_t resident_max)
{
	struct kpager_create arg;
	int fd = open(store, O_RDWR), err;

	if (fd < 0)
		return errno;
	create_init(&arg, CUT_SEGMENT, CUT_SIZE, fd);
	arg.resident_max = resident_max;
	err = control_call(KPAGER_CREATE, &arg);
	close(fd);
	return err;
}

/*
 * Go through the steps of all threads on a segment that is made for it.
 * Returns NULL or what went wrong.
 */
const char *write_all(const char *store, uint64_t seed, uint32_t steps,
		      cut_acknowledge acknowledge)
{
	struct writer w[CUT_THREADS];
	pthread_t id[CUT_THREADS];
	unsigned int i;
	uint64_t *map;
	int fd, err;

	err = segment_make(store, CUT_RESIDENT);
	if (err)
		return strerror(err);
	fd = segment_open(CUT_SEGMENT);
	map = mmap(NULL, CUT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return strerror(errno);
	for (i = 0; i < CUT_THREADS; i++) {
		w[i] = (struct writer){ i, seed, steps, acknowledge, fd, map };
		if (pthread_create(&id[i], NULL, writer_main, &w[i]))
			return "no thread can be made";
	}
	for (i = 0; i < CUT_THREADS; i++)
		pthread_join(id[i], NULL);
	munmap(map, CUT_SIZE);
	close(fd);
	err = segment_destroy(CUT_SEGMENT, 0);
	if (troubled)
		return trouble;
	return err ? strerror(err) : NULL;
}
