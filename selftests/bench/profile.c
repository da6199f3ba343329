// SPDX-License-Identifier: GPL-2.0
/*
 * profile.c - QEMU plugin: instructions executed between two marks
 *
 * Arguments: begin=ADDRESS,end=ADDRESS,out=FILE.  Counts how often each
 * translation block runs from the execution of the block at "begin" to that
 * of the block at "end", summed over all such stretches, and writes lines
 * "ADDRESS INSTRUCTIONS" at the end.  A block that an exception leaves early
 * counts whole: a few per mille too many.
 *
 * The header of the plugin interface is not packaged by Debian; these are
 * the declarations of its version 1 that are used.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT	__attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int cpu, void *data), int flags,
		void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
		int op, void *counter, uint64_t add);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 1;

#define TABLE_BITS	20
#define TABLE_SIZE	(1u << TABLE_BITS)

/**
 * struct block - a translation block
 * @next: all of them
 * @addr: of its first instruction
 * @instructions: its length
 * @runs: since the start of the machine
 * @at_begin: value of @runs at the last begin mark
 * @between: runs between marks
 */
struct block {
	struct block *next;
	uint64_t addr;
	uint64_t instructions;
	uint64_t runs;
	uint64_t at_begin;
	uint64_t between;
};

static struct block *table[TABLE_SIZE], *blocks;
static uint64_t mark_begin, mark_end;
static const char *out;

static void on_begin(unsigned int cpu, void *data)
{
	struct block *b;

	(void)cpu;
	(void)data;
	for (b = blocks; b; b = b->next)
		b->at_begin = b->runs;
}

static void on_end(unsigned int cpu, void *data)
{
	struct block *b;

	(void)cpu;
	(void)data;
	for (b = blocks; b; b = b->next)
		b->between += b->runs - b->at_begin;
}

static struct block *block_get(uint64_t addr, uint64_t instructions)
{
	uint32_t h = (addr * 0x9e3779b97f4a7c15ull ^ instructions) >>
		(64 - TABLE_BITS);
	struct block *b;

	while ((b = table[h]) &&
	       (b->addr != addr || b->instructions != instructions))
		h = (h + 1) % TABLE_SIZE;
	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			abort();
		b->addr = addr;
		b->instructions = instructions;
		b->next = blocks;
		blocks = b;
		table[h] = b;
	}
	return b;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);
	struct block *b = block_get(addr, qemu_plugin_tb_n_insns(tb));

	(void)id;
	/* No registers are read (flags 0); operation 0 adds. */
	if (addr == mark_begin)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_begin, 0, NULL);
	else if (addr == mark_end)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_end, 0, NULL);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &b->runs, 1);
}

static void on_exit_write(qemu_plugin_id_t id, void *data)
{
	FILE *f = fopen(out, "w");
	struct block *b;

	(void)id;
	(void)data;
	for (b = blocks; f && b; b = b->next)
		if (b->between)
			fprintf(f, "%016llx %llu\n", (unsigned long long)b->addr,
				(unsigned long long)(b->between * b->instructions));
	if (!f || fclose(f))
		perror(out);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info,
			       int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "begin=", 6))
			mark_begin = strtoull(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "end=", 4))
			mark_end = strtoull(argv[i] + 4, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	if (!mark_begin || !mark_end || !out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
	return 0;
}
