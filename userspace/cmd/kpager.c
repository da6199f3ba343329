// SPDX-License-Identifier: GPL-2.0
/* kpager - the command: finds the subcommand, words the messages. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "kpager.h"

/* Of the commands that list things. */
#define LISTING_ARGUMENTS	"[-o COLUMNS] [--noheadings] [--bytes] [--json]"
#define LISTING_HELP \
	"  -o, --output COLUMNS  which columns, separated by commas, or 'all'\n" \
	"  -n, --noheadings      no line with the names of the columns\n" \
	"  -b, --bytes           sizes in bytes instead of for people\n"

static const struct command commands[] = {
	{
		"create", command_create,
		"NAME --size SIZE --backing PATH [--policy POLICY] [--mode OCTAL] [--sparse] [--json]",
		"create a segment on a file or block device",
		"  -s, --size SIZE       its size: bytes, or with K, M, G, T (powers of 1024)\n"
		"  -b, --backing PATH    where its pages live; a missing file is created, and\n"
		"                        holes in a file are filled, so that every page has a\n"
		"                        block before it is needed\n"
		"  -p, --policy POLICY   replacement policy (default: the module's)\n"
		"  -m, --mode OCTAL      permissions of /dev/kpager/NAME (default: 0600)\n"
		"      --sparse          fill nothing; writing pages back may then fail with\n"
		"                        ENOSPC\n"
		"      --json            print the segment as JSON\n",
	}, {
		"destroy", command_destroy,
		"NAME [--discard] [--json]",
		"write a segment's dirty pages and destroy it",
		"      --discard         destroy it even if they cannot be written: they are\n"
		"                        lost\n"
		"      --json            print the name as JSON\n",
	}, {
		"list", command_list,
		LISTING_ARGUMENTS,
		"list the segments",
		LISTING_HELP
		"      --json            all columns as JSON, resident and dirty in pages\n",
	}, {
		"stat", command_stat,
		"[NAME] [--json]",
		"print the counters of the module or of one segment",
		"      --json            as JSON\n",
	}, {
		"buddy", command_buddy,
		LISTING_ARGUMENTS,
		"show how the memory of the pool is divided and fragmented",
		LISTING_HELP
		"      --json            everything as JSON, sizes in frames of 4096 bytes\n"
		"\n"
		"A table of the pool's arenas and, unless -o or --noheadings is given, a map of\n"
		"the blocks in each.\n",
	}, {
		"help", command_help,
		"[COMMAND]",
		"explain a command",
		"",
	},
};

#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

/* The running subcommand, for messages; NULL until it is known. */
static const struct command *running;

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void print_command_help(const struct command *command)
{
	printf("Usage: kpager %s %s\n\nTo %s.\n", command->name,
	       command->arguments, command->summary);
	if (*command->help)
		printf("\n%s", command->help);
}

static void print_help(void)
{
	size_t i;

	printf("Usage: kpager COMMAND [ARGUMENT...]\n\n"
	       "Create, destroy and observe memory segments that the kpager kernel module\n"
	       "pages.\n\n");
	for (i = 0; i < N_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	printf("\n'kpager help COMMAND' explains one; kpager(8) explains all.\n"
	       "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such segment or module not\n"
	       "loaded, 4 not permitted.\n");
}

int command_help(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS };
	const struct command *command;
	const char *name = NULL;

	switch (next_option(argc, argv, "", options)) {
	case -1:
		break;
	case '?':
		return EXIT_USAGE;
	default:
		return usage_error("help prints no JSON");
	}
	if (take_operand(argc, argv, false, &name))
		return EXIT_USAGE;
	if (!name) {
		print_help();
		return EXIT_DONE;
	}
	command = find_command(name);
	if (!command)
		return usage_error("unknown command '%s'", name);
	print_command_help(command);
	return EXIT_DONE;
}

int usage_error(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "kpager: ");
	if (running)
		fprintf(stderr, "%s: ", running->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see 'kpager help%s%s'\n", running ? " " : "",
		running ? running->name : "");
	return EXIT_USAGE;
}

int report(const struct kpager_error *error)
{
	fprintf(stderr, "kpager: %s\n", error->text);
	switch (error->cause) {
	case KPAGER_CAUSE_MODULE:
	case KPAGER_CAUSE_SEGMENT:
		return EXIT_ABSENT;
	case KPAGER_CAUSE_PERMISSION:
		return EXIT_DENIED;
	default:
		return EXIT_FAILED;
	}
}

/* Everything was printed: make sure that it arrived. */
static int close_stdout(int status)
{
	bool pending = __fpending(stdout);
	bool failed = ferror(stdout);

	errno = 0;
	if (!fclose(stdout) && !failed)
		return status;
	/* Closed before we started, which is fine if there was no output. */
	if (!failed && !pending && errno == EBADF)
		return status;
	/* A failure before fclose() left no errno behind. */
	fprintf(stderr, "kpager: write on standard output: %s\n",
		errno ? strerror(errno) : "failed");
	return status ? status : EXIT_FAILED;
}

/* Name the offending option as the user wrote it. */
static int option_error(const char *word, const char *letters, int problem)
{
	if (problem == ':')
		return usage_error("option '%s' needs an argument", word);
	if (!optopt)
		return usage_error("unknown option '%s'", word);
	/* Known, hence a long one with '=': its letter or number is set. */
	if (optopt >= OPTION_JSON || strchr(letters, optopt))
		return usage_error("option '%s' takes no argument", word);
	return usage_error("unknown option '-%c'", optopt);
}

int next_option(int argc, char **argv, const char *letters,
		const struct option *options)
{
	char quiet[16];
	int option;

	/* ':' first: tell a missing argument apart from an unknown option. */
	snprintf(quiet, sizeof(quiet), ":%s", letters);
	opterr = 0;
	option = getopt_long(argc, argv, quiet, options, NULL);
	if (option == OPTION_HELP) {
		print_command_help(running);
		exit(close_stdout(EXIT_DONE));
	}
	if (option != ':' && option != '?')
		return option;
	option_error(argv[optind - 1], letters, option);
	return '?';
}

int take_operand(int argc, char **argv, bool required, const char **operand)
{
	if (optind == argc && required)
		return usage_error("NAME is missing");
	if (optind + 1 < argc)
		return usage_error("unexpected argument '%s'",
				   argv[optind + 1]);
	if (optind < argc)
		*operand = argv[optind];
	return 0;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *command;

	if (!name)
		return usage_error("a command is missing");
	if (!strcmp(name, "--version")) {
		printf("kpager %s\n", KPAGER_VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_help();
		return EXIT_DONE;
	}
	command = find_command(name);
	if (!command)
		return usage_error("unknown %s '%s'",
				   *name == '-' ? "option" : "command", name);
	running = command;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	/* A reader that went away is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	return close_stdout(run(argc, argv));
}
