// SPDX-License-Identifier: GPL-2.0
/*
 * detector.c - mistakes that the debug kernels must notice, one a load: each
 * detector is seen to work before its silence about kpager means anything.
 *
 *	insmod detector.ko mistake=NAME
 */
#include <linux/delay.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static char *mistake = "none";
module_param(mistake, charp, 0444);

/* What the compiler cannot know when it builds this. */
static unsigned int number = 9;
module_param(number, uint, 0444);

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);
static DEFINE_SPINLOCK(spin);
static char global[16];
static unsigned int table[8];
static unsigned long shared;
static bool stop;

static void use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	WRITE_ONCE(p[3], 1);
}

/* Only some objects are guarded by pages of their own. */
static void guarded_use_after_free(void)
{
	unsigned int i;
	char *p = NULL;

	for (i = 0; i < 20000 && !is_kfence_address(p); i++) {
		kfree(p);
		usleep_range(500, 1000);
		p = kmalloc(64, GFP_KERNEL);
	}
	kfree(p);
	if (is_kfence_address(p))
		WRITE_ONCE(p[3], 1);
}

static void slab_bounds(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[64], 1);
	kfree(p);
}

static void vmalloc_bounds(void)
{
	char *p = vmalloc(100);

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[104], 1);
	vfree(p);
}

static void global_bounds(void)
{
	char *p = global;

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[sizeof(global) + number % 8], 1);
}

static void stack_bounds(void)
{
	char local[16] = "";
	char *p = local;

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[sizeof(local) + number % 8], 1);
}

static void freed_twice(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	kfree(p);
}

static void shift_too_far(void)
{
	table[0] = 1u << (number + 30);
}

static void array_bounds(void)
{
	table[number] = 1;
}

static void lock_order(void)
{
	mutex_lock(&first_lock);
	mutex_lock(&second_lock);
	mutex_unlock(&second_lock);
	mutex_unlock(&first_lock);
	mutex_lock(&second_lock);
	mutex_lock(&first_lock);
	mutex_unlock(&first_lock);
	mutex_unlock(&second_lock);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void rcu_without_lock(void)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "read without the lock");
}

static void object_on_stack(void)
{
	struct timer_list timer;

	/* Not said to be on the stack, and freed while it is armed. */
	timer_setup(&timer, NULL, 0);
}

static void leak(void)
{
	unsigned int i;
	char *p;

	for (i = 0; i < 10; i++) {
		p = kzalloc(777, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
}

static int racer(void *unused)
{
	while (!READ_ONCE(stop)) {
		shared++;
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *a = kthread_run(racer, NULL, "detector-a");
	struct task_struct *b = kthread_run(racer, NULL, "detector-b");

	if (!IS_ERR(a))
		get_task_struct(a);
	if (!IS_ERR(b))
		get_task_struct(b);
	msleep(5000);
	WRITE_ONCE(stop, true);
	if (!IS_ERR(a)) {
		kthread_stop(a);
		put_task_struct(a);
	}
	if (!IS_ERR(b)) {
		kthread_stop(b);
		put_task_struct(b);
	}
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "use_after_free", use_after_free },
	{ "guarded_use_after_free", guarded_use_after_free },
	{ "slab_bounds", slab_bounds },
	{ "vmalloc_bounds", vmalloc_bounds },
	{ "global_bounds", global_bounds },
	{ "stack_bounds", stack_bounds },
	{ "freed_twice", freed_twice },
	{ "shift_too_far", shift_too_far },
	{ "array_bounds", array_bounds },
	{ "sleep_in_atomic", sleep_in_atomic },
	{ "object_on_stack", object_on_stack },
	{ "rcu_without_lock", rcu_without_lock },
	{ "lock_order", lock_order },
	{ "leak", leak },
	{ "race", race },
};

static int __init detector_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(mistake, mistakes[i].name))
			continue;
		pr_info("detector: %s\n", mistake);
		mistakes[i].make();
		pr_info("detector: end\n");
		return 0;
	}
	return -EINVAL;
}

static void __exit detector_exit(void)
{
	pr_info("detector: %u %lu %d\n", table[0], shared, global[0]);
}

module_init(detector_init);
module_exit(detector_exit);
MODULE_DESCRIPTION("Makes mistakes that debug kernels notice");
MODULE_LICENSE("GPL");
