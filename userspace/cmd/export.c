// SPDX-License-Identifier: GPL-2.0
/* kpager export */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kpager.h"
#include "metrics.h"
#include "output.h"

/* Return: the metrics now, to be freed, or NULL after a message. */
static char *collect(size_t *length, int *status)
{
	struct kpager_error error;
	struct sample *sample;
	char *text;

	if (sample_take(0, NULL, 0, &sample, &error)) {
		*status = report(&error);
		return NULL;
	}
	text = metrics_text(sample, length);
	sample_free(sample);
	return text;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno != EINTR)
			return -1;
		text += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * Whoever reads the file while it is written sees the old one or the new one:
 * it is written beside it and then takes its name.
 */
static int write_file(const char *path)
{
	char temporary[PATH_MAX];
	int status = EXIT_DONE;
	size_t length;
	char *text;
	int fd;

	text = collect(&length, &status);
	if (!text)
		return status;
	snprintf(temporary, sizeof(temporary), "%.4080s.XXXXXX", path);
	fd = mkstemp(temporary);
	if (fd < 0 || fchmod(fd, 0644) || write_all(fd, text, length) ||
	    fsync(fd) || rename(temporary, path)) {
		status = errno == EACCES || errno == EPERM ? EXIT_DENIED :
							     EXIT_FAILED;
		fprintf(stderr, "kpager: write on %s: %s\n", path,
			strerror(errno));
		if (fd >= 0)
			unlink(temporary);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return status;
}

static int print(void)
{
	int status = EXIT_DONE;
	size_t length;
	char *text = collect(&length, &status);

	if (!text)
		return status;
	fwrite(text, 1, length, stdout);
	free(text);
	return EXIT_DONE;
}

static int print_json(void)
{
	int status = EXIT_DONE;
	size_t length;
	char *text = collect(&length, &status);

	if (!text)
		return status;
	json_print("export", json_text(text));
	free(text);
	return EXIT_DONE;
}

enum {
	OPTION_PROMETHEUS = OPTION_FIRST,
	OPTION_LISTEN,
	OPTION_TEXTFILE,
};

int command_export(int argc, char **argv)
{
	static const struct option options[] = {
		{ "prometheus", no_argument, NULL, OPTION_PROMETHEUS },
		{ "listen", required_argument, NULL, OPTION_LISTEN },
		{ "textfile", required_argument, NULL, OPTION_TEXTFILE },
		COMMON_OPTIONS
	};
	const char *listen = NULL, *file = NULL;
	bool json = false, prometheus = false;
	int option;

	while ((option = next_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_PROMETHEUS)
			prometheus = true;
		else if (option == OPTION_LISTEN)
			listen = optarg;
		else if (option == OPTION_TEXTFILE)
			file = optarg;
		else if (option == OPTION_JSON)
			json = true;
		else
			return EXIT_USAGE;
	}
	if (take_nothing(argc, argv))
		return EXIT_USAGE;
	if (!prometheus)
		return usage_error("--prometheus is missing: the only format there is");
	if (!!listen + !!file + json > 1)
		return usage_error("--listen, --textfile and --json exclude one another");
	if (listen)
		return metrics_serve(listen);
	if (file)
		return write_file(file);
	return json ? print_json() : print();
}
