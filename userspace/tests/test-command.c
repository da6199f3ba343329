// SPDX-License-Identifier: GPL-2.0
/*
 * The kpager command as a user sees it: output, messages, exit codes.
 *
 * Environment: KPAGER, the command; KPAGER_STATIC, its static build, whose
 * tables must look the same.
 */
#include "common.h"

#include <grp.h>
#include <json-c/json.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

/**
 * struct result - what a command did
 * @status: as from waitpid()
 * @out: its standard output
 * @err: its standard error
 */
struct result {
	int status;
	char out[65536];
	char err[4096];
};

static struct result result;

static void read_back(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
}

static void redirect(const char *path, int fd)
{
	int new = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (new < 0 || dup2(new, fd) < 0)
		_exit(126);
}

/*
 * Start @program with the words of @line. Standard output goes to @out,
 * standard error to the file "err".
 */
static pid_t start(const char *program, const char *line, const char *out,
		   bool as_nobody)
{
	char words[1024];
	char *rest = words;
	char *argv[32] = { "kpager" };
	int argc = 1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	/* Whoever runs us in the background may have it ignored. */
	signal(SIGINT, SIG_DFL);
	snprintf(words, sizeof(words), "%s", line);
	while (*line && argc < 31 && (argv[argc] = strsep(&rest, " ")))
		argc++;
	redirect(out, STDOUT_FILENO);
	redirect("err", STDERR_FILENO);
	if (as_nobody && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		_exit(126);
	execv(program, argv);
	_exit(127);
}

static void finish(pid_t child, const char *out)
{
	assert_int_equal(waitpid(child, &result.status, 0), child);
	read_back(out, result.out, sizeof(result.out));
	read_back("err", result.err, sizeof(result.err));
}

static void run(const char *line)
{
	finish(start(getenv("KPAGER"), line, "out", false), "out");
}

/* Run it; it must exit with @code and mention @part on standard error. */
static void fails(const char *line, int code, const char *part)
{
	run(line);
	if (!WIFEXITED(result.status) || WEXITSTATUS(result.status) != code)
		fail_msg("'%s': status %#x, '%s'", line, result.status,
			 result.err);
	assert_string_equal(result.out, "");
	assert_memory_equal(result.err, "kpager: ", 8);
	if (!strstr(result.err, part))
		fail_msg("'%s': '%s' does not mention '%s'", line, result.err,
			 part);
	/* One line. */
	assert_ptr_equal(strchr(result.err, '\n') + 1,
			 result.err + strlen(result.err));
}

static void works(const char *line)
{
	run(line);
	if (!WIFEXITED(result.status) || WEXITSTATUS(result.status))
		fail_msg("'%s': status %#x, '%s'", line, result.status,
			 result.err);
	assert_string_equal(result.err, "");
}

/* Run it; its output must be one strictly valid document of version 1. */
static struct json_object *works_json(const char *line, const char *key)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document, *value;

	works(line);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
					JSON_TOKENER_VALIDATE_UTF8);
	document = json_tokener_parse_ex(tokener, result.out,
					 (int)strlen(result.out) + 1);
	if (!document)
		fail_msg("'%s': %s", line, json_tokener_error_desc(
				 json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	assert_int_equal(json_object_object_length(document), 2);
	assert_true(json_object_object_get_ex(document, "version", &value));
	assert_int_equal(json_object_get_int(value), 1);
	assert_true(json_object_object_get_ex(document, key, &value));
	return document;
}

static const char *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return json_object_get_string(value);
}

static void wrong_usage_exits_2(void **state)
{
	(void)state;
	fails("", 2, "command is missing");
	fails("frob", 2, "unknown command 'frob'; see 'kpager help'");
	fails("lst", 2, "unknown command 'lst', did you mean 'list'?; see 'kpager help'");
	fails("li", 2, "unknown command 'li', did you mean 'list'?");
	fails("", 2, "command is missing");
	fails("x", 2, "unknown command 'x'; see");
	fails("--frobnicate", 2, "unknown option '--frobnicate'");
	fails("list --frobnicate", 2,
	      "list: unknown option '--frobnicate'; see 'kpager help list'");
	fails("list -nx", 2, "unknown option '-x'");
	fails("list --noheadings=x", 2, "'--noheadings=x' takes no argument");
	fails("list --json=x", 2, "'--json=x' takes no argument");
	fails("list -o", 2, "'-o' needs an argument");
	fails("list --output", 2, "'--output' needs an argument");
	fails("list -o name,colour", 2, "unknown column 'colour', known are: name");
	fails("list -o name,", 2, "unknown column ''");
	fails("list alpha", 2, "unexpected argument 'alpha'");
	fails("buddy -o arena,order11", 2,
	      "unknown column 'order11', known are: arena node size free order0");
	fails("buddy -o frames", 2, "unknown column 'frames'");
	fails("buddy alpha", 2, "buddy: unexpected argument 'alpha'");
	fails("stat --bytes -o used", 2, "go with --interval or --count only");
	fails("stat --count 0", 2, "--count '0' is not");
	fails("stat --interval nan", 2, "--interval 'nan' is not");
	fails("stat --count 1 -o colour", 2, "unknown column 'colour'");
	fails("stat alpha --count 1 -o free", 2, "unknown column 'free'");
	fails("stat alpha beta", 2, "unexpected argument 'beta'");
	fails("destroy", 2, "NAME is missing");
	fails("destroy a b", 2, "unexpected argument 'b'");
	fails("create --size 1M --backing x", 2, "NAME is missing");
	fails("create s --backing x", 2, "--size is missing");
	fails("create s --size 1M", 2, "--backing is missing");
	fails("create s --size 1M --memory --backing x", 2, "--memory goes neither");
	fails("create s --size 1M --memory --sparse", 2, "--memory goes neither");
	fails("create s --size 1MB --backing x", 2, "--size '1MB' is not");
	fails("create s --size 99999999T --backing x", 2, "too large");
	fails("create s --size 1M --backing x --mode 888", 2, "--mode '888'");
	fails("create s --size 1M --backing x --mode 0", 2, "--mode '0'");
	fails("help lst", 2, "unknown command 'lst'");
	fails("help --json", 2, "no JSON");
}

static void without_the_module_exits_3(void **state)
{
	static const char hint[] =
		"kpager module is not loaded (load it: modprobe kpager, or insmod kpager.ko)";

	(void)state;
	setenv("KPAGER_PROC", "/nonexistent", 1);
	setenv("KPAGER_DEV", "/nonexistent", 1);
	fails("list", 3, hint);
	fails("list --json", 3, hint);
	fails("stat", 3, hint);
	fails("stat alpha", 3, hint);
	fails("buddy", 3, hint);
	fails("buddy --json", 3, hint);
	fails("create s --size 1M --backing x", 3, hint);
	assert_false(exists("x"));
	fails("destroy s", 3, hint);
}

static void an_unknown_segment_exits_3(void **state)
{
	(void)state;
	fails("stat beta", 3, "beta: no such segment");
	fails("stat beta --json", 3, "beta: no such segment");
}

static void no_permission_exits_4(void **state)
{
	const char *program = getenv("KPAGER");
	pid_t child;

	(void)state;
	assert_int_equal(chmod("dev/control", 0), 0);
	child = start(program, "destroy alpha", "out", !geteuid());
	finish(child, "out");
	/* Not even the program may be run by nobody where this tree lies. */
	if (WEXITSTATUS(result.status) > 125)
		skip();
	assert_int_equal(WEXITSTATUS(result.status), 4);
	assert_non_null(strstr(result.err, "not permitted"));
}

static void failures_exit_1(void **state)
{
	(void)state;
	fails("create alpha --size 1M --backing x", 1,
	      "alpha: there is a segment of this name");
	fails("create s --size 5000 --backing x", 1, "multiple of 4096");
	fails("create s --size 0 --backing x", 1, "multiple of 4096");
	fails("create a/b --size 1M --backing x", 1, "name check on 'a/b'");
	fails("create s --size 1M --backing no/x", 1, "no/x");
	fails("create s --size 1M --backing /dev/null", 1, "/dev/null");
	/* The control node of the sandbox is a plain file. */
	fails("create s --size 1M --backing x", 1, "do not match");
	assert_false(exists("x"));
	fails("destroy alpha", 1, "do not match");
	put_text("proc/stat", "version 7\n");
	fails("stat", 1, "version 7 is not known");
	put_text("proc/buddymap", "version 1\n" MAPS_LINE "1\n");
	fails("buddy", 1, "buddymap: line 3: 1 columns");
	fails("buddy --json", 1, "buddymap: line 3: 1 columns");
	put_text("proc/buddyinfo", "version 7\n");
	fails("buddy", 1, "version 7 is not known");
}

static void help_and_version(void **state)
{
	(void)state;
	works("help");
	assert_non_null(strstr(result.out, "destroy"));
	works("--help");
	assert_non_null(strstr(result.out, "Exit codes"));
	works("help create");
	assert_non_null(strstr(result.out, "--sparse"));
	works("create --help");
	assert_non_null(strstr(result.out, "Usage: kpager create NAME"));
	works("--version");
	assert_memory_equal(result.out, "kpager ", 7);
}

static void list_for_people(void **state)
{
	(void)state;
	works("list");
	assert_string_equal(result.out,
		"NAME  SIZE RESIDENT DIRTY POLICY MODE OPENS BACKING\n"
		"alpha  64M      16M   48K clock  0600     1 /a b\\c\n");
	works("list --bytes --noheadings -o size,Resident,DIRTY,evictions");
	assert_string_equal(result.out, "67108864 16777216 49152         4\n");
	works("list -o all");
	assert_non_null(strstr(result.out, "PAGES_WRITTEN"));
	put_text("proc/segments", "version 1\n" COLUMNS_LINE);
	works("list");
	assert_string_equal(result.out, "");
}

static void stat_for_people(void **state)
{
	(void)state;
	works("stat");
	assert_string_equal(result.out,
		"limit_frames                16384\n"
		"evictions    18446744073709551615\n");
	works("stat alpha");
	assert_non_null(strstr(result.out, "faults_major  3\n"));
	assert_non_null(strstr(result.out, "resident      16M\n"));
}

static void list_json(void **state)
{
	struct json_object *document, *array, *alpha;

	(void)state;
	document = works_json("list --json", "segments");
	json_object_object_get_ex(document, "segments", &array);
	assert_int_equal(json_object_array_length(array), 1);
	alpha = json_object_array_get_idx(array, 0);
	assert_int_equal(json_object_object_length(alpha), 14);
	assert_string_equal(member(alpha, "name"), "alpha");
	assert_string_equal(member(alpha, "size"), "67108864");
	assert_string_equal(member(alpha, "resident"), "4096");
	assert_string_equal(member(alpha, "mode"), "0600");
	assert_string_equal(member(alpha, "backing"), "/a b\\c");
	json_object_put(document);

	put_text("proc/segments", "version 1\n" COLUMNS_LINE);
	document = works_json("list --json", "segments");
	json_object_object_get_ex(document, "segments", &array);
	assert_int_equal(json_object_array_length(array), 0);
	json_object_put(document);
}

static void stat_json(void **state)
{
	struct json_object *document, *stat;

	(void)state;
	document = works_json("stat --json", "stat");
	json_object_object_get_ex(document, "stat", &stat);
	assert_string_equal(member(stat, "limit_frames"), "16384");
	assert_string_equal(member(stat, "evictions"), "18446744073709551615");
	json_object_put(document);

	document = works_json("stat alpha --json", "stat");
	json_object_object_get_ex(document, "stat", &stat);
	assert_string_equal(member(stat, "name"), "alpha");
	assert_string_equal(member(stat, "dirty"), "12");
	json_object_put(document);
}

#define BUDDY_ARENAS \
	"    1    0   4M   4M      4M     0.000      0.000\n" \
	"   12    1  64K  28K     16K     1.000      1.000\n"

static void buddy_for_people(void **state)
{
	(void)state;
	works("buddy");
	assert_string_equal(result.out,
		"ARENA NODE SIZE FREE LARGEST UNUSABLE4 UNUSABLE10\n"
		BUDDY_ARENAS
		"\nARENA BLOCKS\n    1 k\n   12 a-bcCSx\n\n"
		"In order of address. Free blocks of 4K: a, 8K: b, 16K: c, ... 4M: k; blocks in\n"
		"use of 4K: A, ... 4M: K; of the slab allocator: S; in a magazine: -; lost: x\n");
	works("buddy -n");
	assert_string_equal(result.out, BUDDY_ARENAS);
	works("buddy --bytes -o arena,SIZE,free,largest,order0,Order10,unusable1");
	assert_string_equal(result.out,
		"ARENA    SIZE    FREE LARGEST ORDER0 ORDER10 UNUSABLE1\n"
		"    1 4194304 4194304 4194304      0       1     0.000\n"
		"   12   65536   28672   16384      1       0     0.142\n");
	works("buddy -o all");
	assert_non_null(strstr(result.out, "ORDER0 ORDER1 ORDER2"));
	assert_null(strstr(result.out, "BLOCKS"));
	put_text("proc/buddyinfo", "version 1\n" ARENAS_LINE);
	works("buddy");
	assert_string_equal(result.out, "");
}

/* Make @map that of arena 1; the 12th stays as it is. */
static void put_map(const char *map)
{
	FILE *file = fopen("proc/buddymap", "w");

	assert_non_null(file);
	fprintf(file, "version 1\n" MAPS_LINE "1 %s\n" MAP_SMALL, map);
	assert_int_equal(fclose(file), 0);
}

static void shows_map(const char *shown)
{
	char line[256];

	works("buddy");
	snprintf(line, sizeof(line), "\n    1 %s\n   12 ", shown);
	if (!strstr(result.out, line))
		fail_msg("no '%s' in '%s'", line, result.out);
}

static void a_long_map_is_compressed(void **state)
{
	char map[1025], shown[75];

	(void)state;
	/* As long as there is room for beside the number, and one more. */
	memset(map, 'A', sizeof(map));
	map[74] = '\0';
	put_map(map);
	shows_map(map);
	assert_null(strstr(result.out, "share a letter"));
	strcpy(map + 70, "AAAbc");
	put_map(map);
	memset(shown, 'A', sizeof(shown));
	strcpy(shown + 70, "AAAc");
	shows_map(shown);
	assert_non_null(strstr(result.out, "Up to 2 blocks share a letter,"));

	/* One free frame among 13 is not seen, a free block of 16 is. */
	memset(map, 'A', sizeof(map));
	map[1024] = '\0';
	map[0] = 'a';
	map[1023] = 'e';
	put_map(map);
	memset(shown, 'A', sizeof(shown));
	strcpy(shown + 73, "e");
	shows_map(shown);
	assert_non_null(strstr(result.out, "Up to 14 blocks"));
	put_map("");
	works("buddy");
}

static void a_map_is_as_wide_as_the_terminal(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 26 };
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = terminal < 0 ? NULL : ptsname(terminal);
	ssize_t length;
	pid_t child;

	(void)state;
	if (!name || grantpt(terminal) || unlockpt(terminal) ||
	    ioctl(terminal, TIOCSWINSZ, &size))
		skip();
	put_map("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAf");
	child = start(getenv("KPAGER"), "buddy", name, false);
	assert_int_equal(waitpid(child, &result.status, 0), child);
	assert_int_equal(result.status, 0);
	length = read(terminal, result.out, sizeof(result.out) - 1);
	assert_true(length > 0);
	result.out[length] = '\0';
	close(terminal);
	if (!strstr(result.out, "\n    1 AAAAAAAAAAAAAAAAAAAf\r\n"))
		fail_msg("'%s'", result.out);
}

static void buddy_json(void **state)
{
	struct json_object *document, *buddy, *array, *small;

	(void)state;
	document = works_json("buddy --json", "buddy");
	json_object_object_get_ex(document, "buddy", &buddy);
	assert_int_equal(json_object_object_length(buddy), 1);
	json_object_object_get_ex(buddy, "arenas", &array);
	assert_int_equal(json_object_array_length(array), 2);
	small = json_object_array_get_idx(array, 1);
	assert_int_equal(json_object_object_length(small), 8);
	assert_string_equal(member(small, "arena"), "12");
	assert_string_equal(member(small, "node"), "1");
	assert_string_equal(member(small, "frames"), "16");
	assert_string_equal(member(small, "free"), "7");
	assert_string_equal(member(small, "blocks"),
			    "[ 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 ]");
	assert_string_equal(member(small, "largest"), "4");
	assert_string_equal(member(small, "unusable"),
			    "[ 0, 142, 428, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 ]");
	assert_string_equal(member(small, "map"), "a-bcCSx");
	json_object_put(document);

	put_text("proc/buddyinfo", "version 1\n" ARENAS_LINE);
	document = works_json("buddy --json", "buddy");
	json_object_object_get_ex(document, "buddy", &buddy);
	json_object_object_get_ex(buddy, "arenas", &array);
	assert_int_equal(json_object_array_length(array), 0);
	json_object_put(document);
}

/* Good and bad UTF-8 (overlong, surrogate, cut off), and JSON's own quotes. */
static void json_is_valid_whatever_the_path(void **state)
{
	struct json_object *document, *array;

	(void)state;
	put_text("proc/segments", "version 1\n" COLUMNS_LINE
		 "n 1 1 0 c 600 0 0 0 0 0 0 0 "
		 "/\xc3\xa4\xf0\x9f\x90\xa7\"\\012\\001\xc0\xaf\xed\xa0\x80"
		 "\xf5z\xe2\x82\n");
	document = works_json("list --json", "segments");
	json_object_object_get_ex(document, "segments", &array);
	assert_string_equal(member(json_object_array_get_idx(array, 0),
				   "backing"),
			    "/\xc3\xa4\xf0\x9f\x90\xa7\"\n\001"
			    "\xef\xbf\xbd\xef\xbf\xbd"
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			    "\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
	json_object_put(document);
}

static void lost_output_exits_1(void **state)
{
	const char *program = getenv("KPAGER");
	int ends[2], status;
	pid_t child;

	(void)state;
	child = start(program, "list", "/dev/full", false);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 1);
	read_back("err", result.err, sizeof(result.err));
	assert_string_equal(result.err,
		"kpager: write on standard output: No space left on device\n");

	/* A pipe that nobody reads any more. */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		redirect("err", STDERR_FILENO);
		execl(program, "kpager", "list", NULL);
		_exit(127);
	}
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void an_interrupt_removes_the_file(void **state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	pid_t child;
	int i;

	(void)state;
	child = start(getenv("KPAGER"), "create s --size 512M --backing big",
		      "out", false);
	for (i = 0; i < 30000 && !exists("big"); i++)
		nanosleep(&pause, NULL);
	assert_int_equal(kill(child, SIGINT), 0);
	finish(child, "out");
	assert_true(WIFSIGNALED(result.status));
	assert_int_equal(WTERMSIG(result.status), SIGINT);
	assert_false(exists("big"));
	/* Standard error is no terminal: no progress. */
	assert_string_equal(result.err, "");
}

static void both_kinds_of_tables_look_the_same(void **state)
{
	static const char *const lines[] = {
		"list", "list -n", "list -b", "list -o all",
		"list -o backing,name", "list -o size", "stat", "stat alpha",
		"buddy", "buddy -n", "buddy -b", "buddy -o all",
		"list -r", "list -r -n -o backing,name,size", "list -rb -o all",
		"buddy -r", "slab", "slab -r", "slab -o all",
	};
	const char *other = getenv("KPAGER_STATIC");
	size_t i;

	(void)state;
	if (!other)
		skip();
	setenv("LC_ALL", "C", 1);
	put_text("proc/segments", "version 1\n" COLUMNS_LINE
		 "alpha 67108864 4096 12 clock 600 1 2 3 4 5 6 0 /a\\040b\n"
		 "l\\x41 1023 1 0 a-long-policy 7 0 0 0 0 0 0 0 \n"
		 "u 1610612736 1 0 x 640 0 0 123456789012 0 0 0 0 "
		 "/\xc3\xa4\\012\\011\\033[1m\x80\n");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char first[sizeof(result.out)];

		works(lines[i]);
		strcpy(first, result.out);
		finish(start(other, lines[i], "out", false), "out");
		assert_string_equal(first, result.out);
	}
	unsetenv("LC_ALL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed(wrong_usage_exits_2),
		sandboxed(without_the_module_exits_3),
		sandboxed(an_unknown_segment_exits_3),
		sandboxed(no_permission_exits_4),
		sandboxed(failures_exit_1),
		sandboxed(help_and_version),
		sandboxed(list_for_people),
		sandboxed(stat_for_people),
		sandboxed(list_json),
		sandboxed(stat_json),
		sandboxed(buddy_for_people),
		sandboxed(a_long_map_is_compressed),
		sandboxed(a_map_is_as_wide_as_the_terminal),
		sandboxed(buddy_json),
		sandboxed(json_is_valid_whatever_the_path),
		sandboxed(lost_output_exits_1),
		sandboxed(an_interrupt_removes_the_file),
		sandboxed(both_kinds_of_tables_look_the_same),
	};

	if (!getenv("KPAGER")) {
		fprintf(stderr, "test-command: KPAGER is not set\n");
		return 2;
	}
	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
