// SPDX-License-Identifier: GPL-2.0
/* kpager run */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../preload/report.h"
#include "kpager.h"
#include "output.h"
#include "signals.h"

/* Where the library is installed. */
#ifndef KPAGER_PRELOAD_DIR
#define KPAGER_PRELOAD_DIR	"/usr/lib/kpager"
#endif

#define LIMIT_DEFAULT		(64ull << 20)
#define THRESHOLD_DEFAULT	(256ull << 10)
/* The segment is so many times larger than what may be in memory. */
#define SIZE_FACTOR		16

/* The library, as a file. */
#define LIBRARY			"kpager-run.so"

/* As a shell has it. */
#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127
#define EXIT_SIGNAL		128

/* Programs use the low numbers, and close them. */
#define DESCRIPTOR_LEAST	200

/**
 * struct run - what is run, and on what
 * @argv: the program and its arguments
 * @program: its file
 * @library: that of the library
 * @limit: bytes in memory
 * @size: bytes of the segment; 0 for SIZE_FACTOR times @limit
 * @threshold: what is as large is put there
 * @policy: replacement policy, or NULL
 * @store: file or block device, or NULL for compressed memory
 * @json: say in JSON what happened
 * @segment: descriptor of the segment
 * @memory: descriptor of @report
 * @report: what the library says
 */
struct run {
	char **argv;
	char program[PATH_MAX];
	char library[PATH_MAX];
	uint64_t limit;
	uint64_t size;
	uint64_t threshold;
	const char *policy;
	const char *store;
	bool json;
	int segment;
	int memory;
	struct report *report;
};

static int failed(const char *what, const char *on)
{
	fprintf(stderr, "kpager: run: %s on %s: %s\n", what, on,
		strerror(errno));
	return EXIT_FAILED;
}

/* ---- the program ---- */

/* As execvp() would. Return: an errno, or 0. */
static int find_program(struct run *run)
{
	const char *name = run->argv[0];
	const char *path = getenv("PATH");
	struct stat status;
	int err = ENOENT;

	if (strchr(name, '/')) {
		snprintf(run->program, sizeof(run->program), "%s", name);
		if (stat(name, &status))
			return errno;
		if (!S_ISREG(status.st_mode))
			return EACCES;
		return access(name, X_OK) ? errno : 0;
	}
	for (path = path ? path : "/bin:/usr/bin"; *path;
	     path += strspn(path, ":")) {
		size_t length = strcspn(path, ":");

		snprintf(run->program, sizeof(run->program), "%.*s/%s",
			 (int)length, path, name);
		path += length;
		if (stat(run->program, &status) || !S_ISREG(status.st_mode))
			continue;
		if (!access(run->program, X_OK))
			return 0;
		err = errno;
	}
	return err;
}

/* Nothing that is preloaded gets into a program without a dynamic linker. */
static bool is_static(int fd)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	unsigned int i;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) ||
	    header.e_phentsize != sizeof(segment))
		return false;
	for (i = 0; i < header.e_phnum; i++)
		if (pread(fd, &segment, sizeof(segment),
			  (off_t)(header.e_phoff + i * sizeof(segment))) ==
		    sizeof(segment) && segment.p_type == PT_INTERP)
			return false;
	return true;
}

static int check_program(const struct run *run)
{
	const char *why = NULL;
	struct stat status;
	int fd = open(run->program, O_RDONLY | O_CLOEXEC);

	/* What cannot be read can be run; then nobody knows. */
	if (fd < 0)
		return EXIT_DONE;
	if (is_static(fd))
		why = "it is linked statically, so no library can be preloaded";
	else if (!fstat(fd, &status) && status.st_mode & (S_ISUID | S_ISGID))
		why = "it is set-user-ID or set-group-ID, which no library is preloaded into";
	close(fd);
	if (!why)
		return EXIT_DONE;
	fprintf(stderr, "kpager: run: preload on %s: %s\n", run->program, why);
	return EXIT_FAILED;
}

/* Beside the command, as in a build tree, or where it was installed. */
static int find_library(struct run *run)
{
	const char *path = secure_getenv("KPAGER_PRELOAD");
	char self[PATH_MAX] = "";
	char *slash;

	if (path) {
		snprintf(run->library, sizeof(run->library), "%s", path);
		return access(run->library, R_OK) ?
			failed("open", run->library) : EXIT_DONE;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0 &&
	    (slash = strrchr(self, '/'))) {
		*slash = '\0';
		if ((size_t)snprintf(run->library, sizeof(run->library),
				     "%s/" LIBRARY, self) <
		    sizeof(run->library) && !access(run->library, R_OK))
			return EXIT_DONE;
	}
	snprintf(run->library, sizeof(run->library), "%s/" LIBRARY,
		 KPAGER_PRELOAD_DIR);
	return access(run->library, R_OK) ? failed("open", run->library) :
					    EXIT_DONE;
}

/* ---- the segment ---- */

/*
 * A new file, which nobody sees: what is in it is of no use afterwards. Or a
 * block device. Return: a descriptor, or -1 after a message.
 */
static int open_store(const struct run *run)
{
	struct stat status;
	int fd, err;

	if (!stat(run->store, &status) && !S_ISBLK(status.st_mode)) {
		fprintf(stderr, "kpager: run: open on %s: this exists, and what is in it would be overwritten (name a new file, or a block device)\n",
			run->store);
		return -1;
	}
	fd = open(run->store, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		failed("open", run->store);
		return -1;
	}
	if (fstat(fd, &status) || S_ISBLK(status.st_mode))
		return fd;
	err = posix_fallocate(fd, 0, (off_t)run->size);
	unlink(run->store);
	if (!err)
		return fd;
	errno = err;
	failed("allocate", run->store);
	close(fd);
	return -1;
}

static int make_segment(struct run *run)
{
	struct kpager_anon_spec spec = {
		.size = run->size,
		.resident_max = (uint32_t)(run->limit / SEGMENT_PAGE),
		.policy = run->policy,
	};
	struct kpager_error error;
	int fd, high;

	if (run->store) {
		spec.backing_fd = open_store(run);
		if (spec.backing_fd < 0)
			return EXIT_FAILED;
	}
	fd = kpager_anon_create(&spec, &error);
	if (run->store)
		close(spec.backing_fd);
	if (fd < 0)
		return report(&error);
	/* The program inherits it. */
	high = fcntl(fd, F_DUPFD, DESCRIPTOR_LEAST);
	if (high < 0)
		return failed("duplicate", "the segment's descriptor");
	close(fd);
	run->segment = high;
	return EXIT_DONE;
}

static int make_report(struct run *run)
{
	run->memory = memfd_create("kpager-run", MFD_CLOEXEC);
	if (run->memory < 0 || ftruncate(run->memory, sizeof(*run->report)))
		return failed("create", "shared memory");
	run->report = mmap(NULL, sizeof(*run->report), PROT_READ | PROT_WRITE,
			   MAP_SHARED, run->memory, 0);
	if (run->report == MAP_FAILED)
		return failed("map", "shared memory");
	run->report->version = REPORT_VERSION;
	return EXIT_DONE;
}

/* ---- running ---- */

static void put(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(const char *name, const char *format, ...)
{
	char *text;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0 || setenv(name, text, 1))
		out_of_memory();
	free(text);
}

static void set_environment(const struct run *run)
{
	const char *others = getenv("LD_PRELOAD");
	struct stat status;

	if (fstat(run->segment, &status))
		memset(&status, 0, sizeof(status));
	put("LD_PRELOAD", "%s%s%s", run->library, others ? ":" : "",
	    others ? others : "");
	put(RUN_SEGMENT, "%d:%llu:%llu", run->segment,
	    (unsigned long long)status.st_dev,
	    (unsigned long long)status.st_ino);
	put(RUN_REPORT, "/proc/%d/fd/%d", getpid(), run->memory);
	put(RUN_THRESHOLD, "%" PRIu64, run->threshold);
	put(RUN_SIZE, "%" PRIu64, run->size);
	put(RUN_PAGES, "%" PRIu64, run->limit / SEGMENT_PAGE);
	put(RUN_POLICY, "%s", run->policy ? run->policy : "");
	/* A store has one user; further processes get none of their own. */
	put(RUN_ALONE, "%d", run->store != NULL);
}

static pid_t start(const struct run *run)
{
	pid_t child = fork();

	if (child)
		return child;
	execv(run->program, run->argv);
	fprintf(stderr, "kpager: run: execute on %s: %s\n", run->program,
		strerror(errno));
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* What asks us to end asks the program; a terminal asks both by itself. */
static int wait_for(pid_t child)
{
	int told = 0, status;

	while (waitpid(child, &status, 0) < 0) {
		int caught = signals_caught();

		if (errno != EINTR)
			return EXIT_FAILED << 8;
		if (caught && caught != told && caught != SIGINT)
			kill(child, caught);
		told = caught;
	}
	return status;
}

static const char *name_of(const struct run *run)
{
	const char *slash = strrchr(run->program, '/');

	return slash ? slash + 1 : run->program;
}

/* What the user would like to know and not look for. */
static void remark(const struct run *run)
{
	const struct report *report = run->report;
	char size[NUMBER_SIZE];

	if (!report->allocations && !report->refused) {
		format_size(size, run->threshold);
		fprintf(stderr, "kpager: run: %s asked for no memory of %s or more at once: nothing was paged (--threshold)\n",
			name_of(run), size);
	} else if (report->refused) {
		format_size(size, run->size);
		fprintf(stderr, "kpager: run: %" PRIu64 " large allocations of %s got ordinary memory: ",
			report->refused, name_of(run));
		if (report->error)
			fprintf(stderr, "a process could have no segment (%s)\n",
				strerror((int)report->error));
		else
			fprintf(stderr, "there was no room in the segment of %s (--size)\n",
				size);
	}
	if (report->strays)
		fprintf(stderr, "kpager: run: %" PRIu64 " children of %s ended as they touched its memory, which children do not get\n",
			report->strays, name_of(run));
}

static void print_json(const struct run *run, int status)
{
	const struct report *report = run->report;
	struct json_object *object = json_object_new_object();

	json_add(object, "program", json_text(run->program));
	json_add(object, "status",
		 json_number(WIFEXITED(status) ? WEXITSTATUS(status) : 0));
	json_add(object, "signal",
		 json_number(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
	json_add(object, "processes", json_number(report->processes));
	json_add(object, "allocations", json_number(report->allocations));
	json_add(object, "peak_bytes", json_number(report->peak));
	json_add(object, "refused", json_number(report->refused));
	json_add(object, "strays", json_number(report->strays));
	json_print("run", object);
}

static int run_program(struct run *run)
{
	pid_t child;
	int status;

	set_environment(run);
	signals_catch();
	child = start(run);
	if (child < 0)
		return failed("start", run->program);
	/* The program has it. */
	close(run->segment);
	status = wait_for(child);
	remark(run);
	if (run->json)
		print_json(run, status);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "kpager: run: %s was ended by signal %d (%s)\n",
		name_of(run), WTERMSIG(status), strsignal(WTERMSIG(status)));
	return EXIT_SIGNAL + WTERMSIG(status);
}

/* ---- the command ---- */

static int run(struct run *run)
{
	int ret = find_program(run);

	if (ret) {
		fprintf(stderr, "kpager: run: execute on %s: %s\n",
			run->argv[0], strerror(ret));
		return ret == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	ret = check_program(run);
	if (!ret)
		ret = find_library(run);
	if (!ret)
		ret = make_segment(run);
	if (!ret)
		ret = make_report(run);
	return ret ? ret : run_program(run);
}

enum {
	OPTION_LIMIT = OPTION_FIRST,
	OPTION_SIZE,
	OPTION_STORE,
	OPTION_THRESHOLD,
};

static int take_option(int option, struct run *run)
{
	switch (option) {
	case OPTION_LIMIT:
		return take_size("--limit", optarg, &run->limit);
	case OPTION_SIZE:
		return take_size("--size", optarg, &run->size);
	case OPTION_THRESHOLD:
		return take_size("--threshold", optarg, &run->threshold);
	case OPTION_STORE:
		run->store = optarg;
		return 0;
	case 'p':
		run->policy = optarg;
		return 0;
	case OPTION_JSON:
		run->json = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static int check(struct run *run)
{
	const uint64_t page = SEGMENT_PAGE;

	run->limit = run->limit / page * page;
	if (run->limit < 64 * page || run->limit / page > UINT32_MAX)
		return usage_error("--limit is not from 256K to 16T");
	if (!run->size)
		run->size = run->limit * SIZE_FACTOR;
	run->size = run->size / page * page;
	if (run->size < run->limit || run->size > INT64_MAX)
		return usage_error("--size is less than --limit, or too large");
	if (run->threshold < page)
		return usage_error("--threshold is less than 4K: a page is what is paged");
	return 0;
}

int command_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "size", required_argument, NULL, OPTION_SIZE },
		{ "store", required_argument, NULL, OPTION_STORE },
		{ "threshold", required_argument, NULL, OPTION_THRESHOLD },
		{ "policy", required_argument, NULL, 'p' },
		COMMON_OPTIONS
	};
	struct run r = {
		.limit = LIMIT_DEFAULT, .threshold = THRESHOLD_DEFAULT,
	};
	int option;

	/* '+': the program's options are its own. */
	while ((option = next_option(argc, argv, "+p:", options)) != -1)
		if (take_option(option, &r))
			return EXIT_USAGE;
	if (optind == argc)
		return usage_error("PROGRAM is missing");
	if (check(&r))
		return EXIT_USAGE;
	r.argv = argv + optind;
	return run(&r);
}
