// SPDX-License-Identifier: GPL-2.0
/*
 * mkrecords OUT BYTES SOURCE... - make a file of text records from real files
 *
 * Takes the printable text of every regular file in SOURCE (files or
 * directories, read in the order of their names), as strings(1) would find it,
 * and writes it to OUT as records of 64 bytes: at most 63 characters, padded
 * with spaces, and a newline, so that OUT is also a text file that sort(1) and
 * diff(1) understand.  Stops after BYTES bytes.
 *
 * If the sources hold less text than that they are read again, with the
 * number of the round at the end of each record: no record is made up and
 * rounds do not repeat each other.
 *
 * Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RECORD_SIZE = 64,
	TEXT_MAX = RECORD_SIZE - 1,
	TEXT_MIN = 8,
	IN_BYTES = 1 << 16,
	OUT_BYTES = 1 << 20,
};

struct output {
	const char *path;
	int fd;
	uint64_t left;		/* bytes still to be made */
	size_t used;		/* bytes in @buffer */
	uint8_t buffer[OUT_BYTES];
};

struct maker {
	struct output *out;
	unsigned int round;
	char suffix[16];	/* what marks the records of this round */
	size_t width;		/* room for text in a record */
	uint64_t records;
	uint64_t files;
	uint64_t unreadable;
};

static bool output_flush(struct output *out)
{
	size_t done = 0;

	while (done < out->used) {
		ssize_t n = write(out->fd, out->buffer + done,
				  out->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fprintf(stderr, "mkrecords: %s: cannot write: %s\n",
				out->path, n ? strerror(errno) : "no room");
			return false;
		}
		done += n;
	}
	out->used = 0;
	return true;
}

/* One record of @len characters; false if it could not be written. */
static bool emit(struct maker *mk, const char *text, size_t len)
{
	struct output *out = mk->out;
	size_t suffix = TEXT_MAX - mk->width;
	uint8_t *rec = out->buffer + out->used;

	memset(rec, ' ', TEXT_MAX);
	memcpy(rec, text, len);
	memcpy(rec + mk->width, mk->suffix, suffix);
	rec[TEXT_MAX] = '\n';
	out->used += RECORD_SIZE;
	out->left -= RECORD_SIZE;
	mk->records++;
	return out->used < OUT_BYTES || output_flush(out);
}

static bool printable(uint8_t byte)
{
	return byte >= ' ' && byte <= '~';
}

/*
 * Is this run of printable bytes text?  Machine code has many short ones, but
 * few that consist of letters for the most part.
 */
static bool is_text(const char *text, size_t len)
{
	size_t letters = 0;

	if (len < TEXT_MIN)
		return false;
	for (size_t i = 0; i < len; i++)
		letters += (uint8_t)((text[i] | 0x20) - 'a') < 26 ||
			   text[i] == ' ';
	return letters * 3 >= len * 2;
}

/* Make records of one file; false if the output failed. */
static bool take_file(struct maker *mk, const char *path)
{
	static uint8_t in[IN_BYTES];
	char text[TEXT_MAX];
	size_t len = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0) {
		mk->unreadable++;
		return true;
	}
	mk->files++;
	while ((got = read(fd, in, sizeof(in))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			uint8_t byte = in[i] == '\t' ? ' ' : in[i];

			if (printable(byte)) {
				/* Indentation tells nothing about a line. */
				if (len || byte != ' ')
					text[len++] = byte;
				if (len < mk->width)
					continue;
			}
			if (is_text(text, len) &&
			    (!emit(mk, text, len) || !mk->out->left))
				goto out;
			len = 0;
		}
	}
	if (got < 0)
		mk->unreadable++;
	else if (is_text(text, len))
		emit(mk, text, len);
out:
	close(fd);
	/* A failed flush leaves a full buffer behind. */
	return mk->out->used < OUT_BYTES;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Read all sources once; false if anything but a source failed. */
static bool take_round(struct maker *mk, char **sources)
{
	bool ok = true;
	FTSENT *entry;
	FTS *tree;

	tree = fts_open(sources, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV,
			by_name);
	if (!tree) {
		fprintf(stderr, "mkrecords: cannot walk the sources: %s\n",
			strerror(errno));
		return false;
	}
	while (ok && mk->out->left && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F && S_ISREG(entry->fts_statp->st_mode))
			ok = take_file(mk, entry->fts_accpath);
		else if (entry->fts_info == FTS_DNR ||
			 entry->fts_info == FTS_NS ||
			 entry->fts_info == FTS_ERR)
			mk->unreadable++;
	}
	fts_close(tree);
	return ok;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: mkrecords OUT BYTES SOURCE...\n"
		"Writes BYTES bytes (a multiple of %d) of text records to OUT.\n",
		RECORD_SIZE);
	return 2;
}

int main(int argc, char **argv)
{
	static struct output out;
	struct maker mk = { .out = &out };
	uintmax_t bytes;
	char *end;

	if (argc < 4 || *argv[2] < '0' || *argv[2] > '9')
		return usage();
	errno = 0;
	bytes = strtoumax(argv[2], &end, 10);
	if (errno || *end || !bytes || bytes % RECORD_SIZE)
		return usage();

	out.path = argv[1];
	out.left = bytes;
	out.fd = open(out.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (out.fd < 0) {
		fprintf(stderr, "mkrecords: %s: %s\n", out.path,
			strerror(errno));
		return 1;
	}

	while (out.left) {
		uint64_t before = mk.records;

		mk.round++;
		if (mk.round > 1)
			snprintf(mk.suffix, sizeof(mk.suffix), " ~%u",
				 mk.round);
		mk.width = TEXT_MAX - strlen(mk.suffix);
		if (!take_round(&mk, argv + 3))
			return 1;
		if (mk.records == before) {
			fprintf(stderr, "mkrecords: no text in the sources\n");
			return 1;
		}
	}
	if (!output_flush(&out))
		return 1;
	/* EINVAL: OUT is a pipe or the like, which has nothing to sync. */
	if ((fsync(out.fd) && errno != EINVAL) || close(out.fd)) {
		fprintf(stderr, "mkrecords: %s: %s\n", out.path,
			strerror(errno));
		return 1;
	}
	printf("%" PRIu64 " records from %" PRIu64 " files", mk.records,
	       mk.files);
	if (mk.round > 1)
		printf(" in %u rounds", mk.round);
	if (mk.unreadable)
		printf(", %" PRIu64 " unreadable", mk.unreadable);
	printf("\n");
	return 0;
}
