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

/* The running subcommand, for messages; NULL until it is known. */
static const struct command *running;

/* Longer words than this are nobody's slip of the finger. */
#define NAME_MAX_COMPARED	16

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < n_commands; i++)
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
	for (i = 0; i < n_commands; i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].summary);
	printf("\n'kpager help COMMAND' explains one in short, kpager-COMMAND(1) in full; kpager(1)\n"
	       "has what they share.\n"
	       "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such segment or module not\n"
	       "loaded, 4 not permitted.\n");
}

/*
 * How many insertions, deletions, replacements and swaps of neighbours make
 * one word the other (optimal string alignment).
 */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t d[NAME_MAX_COMPARED + 1][NAME_MAX_COMPARED + 1];
	size_t i, j;

	if (la > NAME_MAX_COMPARED || lb > NAME_MAX_COMPARED)
		return SIZE_MAX;
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++)
		for (j = 1; j <= lb; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[la][lb];
}

/* Is @known what somebody may have meant who wrote @name? */
static bool is_near(const char *known, const char *name)
{
	size_t length = strlen(name);

	if (length > 1 && !strncmp(known, name, length))
		return true;
	/* One slip in a short word, two in a longer one. */
	return length > 1 && distance(known, name) <= (length < 5 ? 1 : 2);
}

void near_add(char near[NEAR_SIZE], const char *known, const char *name)
{
	size_t used = strlen(near);

	if (is_near(known, name))
		snprintf(near + used, NEAR_SIZE - used, "%s '%s'",
			 used ? " or" : "", known);
}

static int unknown_command(const char *name)
{
	char near[NEAR_SIZE] = "";
	size_t i;

	for (i = 0; i < n_commands; i++)
		near_add(near, commands[i].name, name);
	if (!*near)
		return usage_error("unknown command '%s'", name);
	return usage_error("unknown command '%s', did you mean%s?", name, near);
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
		return unknown_command(name);
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

	/*
	 * ':' before the letters: tell a missing argument apart from an
	 * unknown option. It comes behind a '+'.
	 */
	snprintf(quiet, sizeof(quiet), "%s:%s", *letters == '+' ? "+" : "",
		 letters + (*letters == '+'));
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

/* The letters of @options, as getopt_long() wants them. */
static void letters_of(char letters[64], const struct option *options)
{
	for (; options->name; options++) {
		if (options->val >= OPTION_JSON)
			continue;
		*letters++ = (char)options->val;
		if (options->has_arg)
			*letters++ = ':';
	}
	*letters = '\0';
}

int take_options(int argc, char **argv, const struct option *options,
		 int (*take)(int option, void *arg), void *arg, bool *json)
{
	char letters[64];
	int option;

	letters_of(letters, options);
	while ((option = next_option(argc, argv, letters, options)) != -1) {
		if (option == OPTION_JSON)
			*json = true;
		else if (option == '?' || take(option, arg))
			return EXIT_USAGE;
	}
	return 0;
}

int take_json(int argc, char **argv, bool *json)
{
	static const struct option options[] = { COMMON_OPTIONS };

	/* None is left for a function to take. */
	return take_options(argc, argv, options, NULL, NULL, json);
}

int take_nothing(int argc, char **argv)
{
	if (optind < argc)
		return usage_error("unexpected argument '%s'", argv[optind]);
	return 0;
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

int take_size(const char *what, const char *text, uint64_t *size)
{
	switch (kpager_parse_size(text, size)) {
	case 0:
		return 0;
	case -ERANGE:
		return usage_error("%s '%s' is too large", what, text);
	default:
		return usage_error("%s '%s' is not a size like 4096, 64M or 1GiB",
				   what, text);
	}
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
	if (*name == '-')
		return usage_error("unknown option '%s'", name);
	command = find_command(name);
	if (!command)
		return unknown_command(name);
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
