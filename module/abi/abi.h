/* SPDX-License-Identifier: GPL-2.0 */
/*
 * abi.h - what user space sees of the module, brought up and torn down
 */
#ifndef KPAGER_ABI_H
#define KPAGER_ABI_H

#include <linux/fs.h>
#include <linux/sysfs.h>

int control_init(void);
void control_exit(void);
int control_create_default(const char *path, u64 bytes);

long anon_create(struct file *control, void __user *user);

int proc_init(void);
void proc_exit(void);

struct proc_dir_entry;
int proc_pool_init(struct proc_dir_entry *dir);
int proc_segment_init(struct proc_dir_entry *dir);
int proc_oom_init(struct proc_dir_entry *dir);
int proc_contig_init(struct proc_dir_entry *dir);

struct poll_table_struct;
int listener_open(struct inode *inode, struct file *file);
int listener_release(struct inode *inode, struct file *file);
__poll_t listener_poll(struct file *file, struct poll_table_struct *wait);
long ioctl_pressure(struct file *file, void __user *user);

struct segment;
int proc_segment_add(struct segment *seg);
void proc_segment_del(struct segment *seg);

/* The first line of every file says this. */
#define PROC_VERSION	1

struct seq_file;
int proc_map_show(struct seq_file *m, void *unused);
void proc_value(struct seq_file *m, const char *key, u64 value);

extern const struct file_operations segment_fops;
struct file *device_file(struct segment *seg);

/* Attributes of a segment's device and of the control device. */
extern const struct attribute_group **const attrs_segment;
extern const struct attribute_group **const attrs_contig;
extern const struct attribute_group **const attrs_control;

#endif /* KPAGER_ABI_H */
