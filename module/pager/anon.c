// SPDX-License-Identifier: GPL-2.0
/*
 * anon.c - users, and what their anonymous segments come to
 *
 * Whoever may write to the control node can make anonymous segments, so they
 * are charged to their user.  The kernel's own counts for users are not open
 * to modules; a user stands in our table as long as it has a segment.
 */
#include "pager/pager.h"
#include "pool/slab.h"

#include <linux/cred.h>
#include <linux/uidgid.h>

/* What a user may have unless told otherwise, in multiples of the pool. */
#define ANON_MAX_FACTOR	4
#define MB_SHIFT	20

/**
 * struct anon_user - a user who has anonymous segments
 * @list: in the table
 * @uid: who, whatever the user namespace
 * @bytes: what its segments are charged for together
 * @segments: how many it has
 */
struct anon_user {
	struct list_head list;
	kuid_t uid;
	u64 bytes;
	unsigned int segments;
};

/* Protects all of the below; innermost but for the slab's own locks. */
static DEFINE_MUTEX(anon_lock);
static LIST_HEAD(anon_users);
static struct slab_cache *anon_cache;
static u64 anon_max_bytes;
static unsigned int anon_segments;

/**
 * anon_init - bring the layer up
 * @frames: the most frames there will ever be
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int anon_init(u32 frames)
{
	struct slab_config config = {
		.name = "anon_user", .size = sizeof(struct anon_user),
	};

	anon_max_bytes = (u64)frames * ANON_MAX_FACTOR << PAGE_SHIFT;
	anon_cache = slab_cache_create(&config);
	return PTR_ERR_OR_ZERO(anon_cache);
}

/**
 * anon_exit - tear the layer down; no segment is left
 *
 * Context: may sleep.
 */
void anon_exit(void)
{
	slab_cache_destroy(anon_cache);
}

/**
 * anon_max_mb - how much the anonymous segments of a user may come to
 *
 * Context: any.
 * Return: MiB.
 */
unsigned long anon_max_mb(void)
{
	return READ_ONCE(anon_max_bytes) >> MB_SHIFT;
}

/**
 * anon_set_max_mb - how much the anonymous segments of a user may come to
 * @mb: MiB, 0 for none; who has more keeps it
 *
 * Context: may sleep.
 * Return: 0 or -ERANGE.
 */
int anon_set_max_mb(unsigned long mb)
{
	if (mb > (unsigned long)MAX_LFS_FILESIZE >> MB_SHIFT)
		return -ERANGE;
	mutex_lock(&anon_lock);
	WRITE_ONCE(anon_max_bytes, (u64)mb << MB_SHIFT);
	mutex_unlock(&anon_lock);
	return 0;
}

static struct anon_user *anon_user_get(kuid_t uid)
{
	struct anon_user *user;

	lockdep_assert_held(&anon_lock);
	list_for_each_entry(user, &anon_users, list)
		if (uid_eq(user->uid, uid))
			return user;
	/* Others wait for the lock: there is no waiting for frames here. */
	user = slab_alloc(anon_cache, POOL_ZERO | POOL_RESERVE);
	if (!user)
		return NULL;
	user->uid = uid;
	list_add(&user->list, &anon_users);
	return user;
}

static void anon_user_put(struct anon_user *user)
{
	lockdep_assert_held(&anon_lock);
	if (user->segments)
		return;
	list_del(&user->list);
	slab_free(anon_cache, user);
}

static int anon_check(const struct anon_user *user, u64 bytes, bool limited)
{
	if (!limited)
		return 0;
	if (user->bytes > anon_max_bytes ||
	    bytes > anon_max_bytes - user->bytes)
		return -EDQUOT;
	/* The numbers of segments are few, and named ones need some. */
	if (user->segments >= ANON_SEGMENTS_MAX ||
	    anon_segments >= ANON_SEGMENTS_ALL)
		return -EMFILE;
	return 0;
}

/**
 * anon_charge - the calling user is about to have another anonymous segment
 * @bytes: its size, as segment_size_check() allows it, or what is kept about it
 *	if that is more
 * @limited: refuse it if that is too much
 *
 * Context: may sleep.
 * Return: the user, for anon_uncharge(); or, as an error pointer, -EDQUOT (too
 * many bytes), -EMFILE (too many segments), -ENOMEM.
 */
struct anon_user *anon_charge(u64 bytes, bool limited)
{
	struct anon_user *user;
	int err = -ENOMEM;

	mutex_lock(&anon_lock);
	user = anon_user_get(current_uid());
	if (user) {
		err = anon_check(user, bytes, limited);
		if (!err) {
			user->bytes += bytes;
			user->segments++;
			anon_segments++;
		}
		anon_user_put(user);
	}
	mutex_unlock(&anon_lock);
	return err ? ERR_PTR(err) : user;
}

/**
 * anon_uncharge - an anonymous segment is gone
 * @user: who it was charged to; gone with its last one
 * @bytes: how much
 *
 * Context: may sleep.
 */
void anon_uncharge(struct anon_user *user, u64 bytes)
{
	mutex_lock(&anon_lock);
	user->bytes -= bytes;
	user->segments--;
	anon_segments--;
	anon_user_put(user);
	mutex_unlock(&anon_lock);
}
