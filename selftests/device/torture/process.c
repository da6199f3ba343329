// SPDX-License-Identifier: GPL-2.0
/*
 * process.c - the processes and threads, and what each does next
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "torture.h"

static const struct {
	void (*run)(struct worker *w);
	unsigned int weight;
	bool reader;
} operations[] = {
#define X(name, weight, reader) { do_##name, weight, reader },
	OPERATIONS(X)
#undef X
};

/* Names are compared with their separators: pread is not pread_to_map. */
bool without(const char *name)
{
	const char *list = sh->without, *found = list;
	size_t len = strlen(name);

	while (found && (found = strstr(found, name))) {
		if ((found == list || found[-1] == ',') &&
		    (!found[len] || found[len] == ','))
			return true;
		found += len;
	}
	return false;
}

static enum op pick_op(struct worker *w)
{
	unsigned int total = 0, op;
	uint64_t choice;

	for (op = 0; op < NR_OPS; op++)
		total += operations[op].weight;
	do {
		choice = rnd(w, total);
		for (op = 0; choice >= operations[op].weight; op++)
			choice -= operations[op].weight;
	} while ((w->id == READER && !operations[op].reader) ||
		 without(op_names[op]));
	return op;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct actor *self = &sh->actors[w->id];

	self->tid = syscall(SYS_gettid);
	self->active = true;
	count(ready, 1);
	while (!__atomic_load_n(&sh->go, __ATOMIC_ACQUIRE))
		usleep(1000);
	while (now() < sh->deadline && sh->violations < MAX_REPORTS) {
		self->op = pick_op(w);
		operations[self->op].run(w);
		count(ops[self->op], 1);
		__atomic_fetch_add(&self->progress, 1, __ATOMIC_RELAXED);
	}
	self->active = false;
	return NULL;
}
/* A page that cannot be read now: the access is tried again. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGBUS && sh->scenario->trouble) {
		count(signals, 1);
		usleep(20000);
		return;
	}
	violation();
	say("# VIOLATION thread %ld: signal %d at address %p\n",
	    syscall(SYS_gettid), sig, info->si_addr);
	_exit(3);
}

void die(const char *what)
{
	say("# %s: %s\n", what, strerror(errno));
	_exit(2);
}

struct worker *worker_new(unsigned int id, uint64_t seed)
{
	bool readonly = id == READER && !without("readonly");
	int flags = (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	struct worker *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *range = mmap(NULL, SIZE + (CHUNK + PRIVATE_PAGES + TAIL) *
			   PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];

	if (w == MAP_FAILED || range == MAP_FAILED)
		die("memory");
	w->id = id;
	w->random = mix(seed + id);
	w->map = range;
	w->spare = range + SIZE;
	w->cow = w->spare + CHUNK * PAGE;
	w->tail = w->cow + PRIVATE_PAGES * PAGE;
	w->fd = open("/dev/kpager/" NAME, flags);
	w->store = open(sh->store, O_RDONLY | O_DIRECT | O_CLOEXEC);
	snprintf(path, sizeof(path), "/mnt/torture-%u", id);
	w->scratch = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (w->fd < 0 || w->store < 0 || w->scratch < 0 || pipe(w->pipe))
		die("open");
	unlink(path);
	if (!readonly)
		remap(w, 0, PAGES, 0);
	else if (mmap(w->map, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, w->fd,
		      0) != w->map)
		die("mmap to read");
	sh->actors[id].pid = getpid();
	sh->actors[id].map = w->map;
	return w;
}

static pid_t process_start(unsigned int first, unsigned int n, uint64_t seed)
{
	struct sigaction action = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO,
	};
	struct worker *w[THREADS];
	pid_t pid = fork();
	unsigned int i;

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	for (i = 0; i < n; i++)
		w[i] = worker_new(first + i, seed);
	for (i = 0; i < n; i++)
		if (pthread_create(&w[i]->thread, NULL, work, w[i]))
			die("pthread_create");
	for (i = 0; i < n; i++)
		pthread_join(w[i]->thread, NULL);
	_exit(0);
}

void progress(void)
{
	__atomic_fetch_add(&sh->actors[RUNNER].progress, 1, __ATOMIC_RELAXED);
}
/*
 * Let everybody loose and wait for them; true if all of them are well.  The
 * store is well again for the last part of the time.
 */
bool torture(unsigned int seconds, uint64_t seed)
{
	pid_t pids[PROCESSES + 1];
	int status, bad = 0;
	bool cured = false;
	unsigned int i;
	uint64_t begun;

	for (i = 0; i < PROCESSES; i++)
		pids[i] = process_start(i * THREADS, THREADS, seed);
	pids[PROCESSES] = process_start(READER, 1, seed);
	for (i = 0; sh->ready < WRITERS + 1 && i < 10000; i++)
		usleep(1000);
	begun = now();
	sh->deadline = begun + seconds * 1000000000ull;
	__atomic_store_n(&sh->go, true, __ATOMIC_RELEASE);
	for (i = 0; i <= PROCESSES; i++) {
		while (!waitpid(pids[i], &status, WNOHANG)) {
			progress();
			usleep(50000);
			if (cured || now() - begun < seconds * 600000000ull)
				continue;
			cured = true;
			if (sh->scenario->cure && !sh->scenario->cure())
				die("cure");
		}
		if (!status)
			continue;
		say("# process %u ended with status %#x\n", i, status);
		bad++;
	}
	return !bad && !sh->violations;
}