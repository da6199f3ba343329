/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the kpager command share. */
#ifndef KPAGER_COMMAND_H
#define KPAGER_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "libkpager.h"

/* Exit codes; part of the interface, see kpager(1). */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_ABSENT = 3,	/* no such segment, or the module is not loaded */
	EXIT_DENIED = 4,
};

/**
 * struct command - a subcommand
 * @name: its name
 * @run: does it; argv[0] is the name
 * @arguments: its arguments, for the usage
 * @summary: what it does, in a few words
 * @help: its options, a line each
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *summary;
	const char *help;
};

extern const struct command commands[];
extern const size_t n_commands;

int command_advise(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_buddy(int argc, char **argv);
int command_create(int argc, char **argv);
int command_destroy(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_export(int argc, char **argv);
int command_get(int argc, char **argv);
int command_latency(int argc, char **argv);
int command_list(int argc, char **argv);
int command_map(int argc, char **argv);
int command_nonvolatile(int argc, char **argv);
int command_pin(int argc, char **argv);
int command_oom(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_record(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_resize(int argc, char **argv);
int command_run(int argc, char **argv);
int command_set(int argc, char **argv);
int command_slab(int argc, char **argv);
int command_stat(int argc, char **argv);
int command_top(int argc, char **argv);
int command_volatile(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_help(int argc, char **argv);

/* A page of a segment and a frame, whatever a page of the machine is. */
#define SEGMENT_PAGE	4096

/* Options without a letter; above any character. */
enum {
	OPTION_JSON = 256,
	OPTION_HELP,
	OPTION_FIRST,		/* the first that a command may give itself */
};

/* Ends every command's table of long options. */
#define COMMON_OPTIONS \
	{ "json", no_argument, NULL, OPTION_JSON }, \
	{ "help", no_argument, NULL, OPTION_HELP }, \
	{ NULL, 0, NULL, 0 }

/*
 * next_option - getopt_long() that reports what is wrong itself
 * @letters: '+' first: options end with the first word that is none
 *
 * --help prints the command's help and ends the program.
 *
 * Return: an option, -1 after the last, '?' after a usage error.
 */
int next_option(int argc, char **argv, const char *letters,
		const struct option *options);

/*
 * take_options - take all options of a command
 * @options: those that there are; those with a letter as value have it, too
 * @take: takes one, and returns 0 or EXIT_USAGE; not called for --json
 * @arg: passed to it
 * @json: set to whether --json was among them
 *
 * Return: 0 or EXIT_USAGE. optind is the first operand.
 */
int take_options(int argc, char **argv, const struct option *options,
		 int (*take)(int option, void *arg), void *arg, bool *json);

/* take_json - the same for a command that has no options of its own */
int take_json(int argc, char **argv, bool *json);

/* take_nothing - there are no operands; returns 0 or EXIT_USAGE */
int take_nothing(int argc, char **argv);

/*
 * take_operand - the operand NAME, after the options
 *
 * Return: 0, or EXIT_USAGE if there are too many, or none and it is @required.
 */
int take_operand(int argc, char **argv, bool required, const char **operand);

/*
 * take_size - read a size
 * @what: what it is, for the message
 *
 * Return: 0 or EXIT_USAGE.
 */
int take_size(const char *what, const char *text, uint64_t *size);

/* Room for a list of names that are near what somebody wrote. */
#define NEAR_SIZE	256

/* near_add - if @known may be what is meant by @name, add it to the list */
void near_add(char near[NEAR_SIZE], const char *known, const char *name);

/* print_segment - print a segment as JSON; returns the exit code */
int print_segment(const char *name);

/* usage_error - report a usage error; returns EXIT_USAGE */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* report - report an error of the library; returns the exit code for it */
int report(const struct kpager_error *error);

#endif /* KPAGER_COMMAND_H */
