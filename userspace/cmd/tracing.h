/* SPDX-License-Identifier: GPL-2.0 */
/* A private instance of the kernel's tracing, with the module's events. */
#ifndef KPAGER_TRACING_H
#define KPAGER_TRACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel hands out a page of text at most. */
#define TRACING_TEXT	4096

/**
 * struct tracing_cpu - the ring buffer of a CPU
 * @fd: its trace_pipe
 * @number: the CPU
 * @lost: events that it lost so far
 * @text: what was read, of which @length bytes are no whole line yet
 * @length: see above
 */
struct tracing_cpu {
	int fd;
	unsigned int number;
	uint64_t lost;
	char text[2 * TRACING_TEXT];
	size_t length;
};

/**
 * struct tracing - an instance
 * @path: its directory; empty if there is none
 * @cpus: its CPUs
 * @n_cpus: how many
 */
struct tracing {
	char path[256];
	struct tracing_cpu *cpus;
	size_t n_cpus;
};

/*
 * tracing_begin - make an instance that traces one segment, not yet started
 * @segment: number of the segment
 * @buffer: bytes of each CPU's ring buffer
 *
 * Instances that recorders left behind which are gone are removed.
 *
 * Return: 0, or the exit code after a message; then there is nothing to end.
 */
int tracing_begin(struct tracing *tracing, unsigned int segment,
		  uint64_t buffer);

/* tracing_switch - start or stop; 0 or the exit code after a message */
int tracing_switch(const struct tracing *tracing, bool on);

/*
 * tracing_lost - events that a CPU lost since the last call
 *
 * Return: 0, or the exit code after a message.
 */
int tracing_lost(const struct tracing *tracing, struct tracing_cpu *cpu,
		 uint64_t *count);

/*
 * tracing_read - read lines of a CPU
 * @take: called for each, without its newline
 *
 * Return: 1 if there may be more, 0 if there is none now, or minus the exit
 * code after a message.
 */
int tracing_read(const struct tracing *tracing, struct tracing_cpu *cpu,
		 void (*take)(void *data, struct tracing_cpu *cpu,
			      const char *line), void *data);

/* tracing_end - remove the instance; 0 or the exit code after a message */
int tracing_end(struct tracing *tracing);

#endif /* KPAGER_TRACING_H */
