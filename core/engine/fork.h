/* SPDX-License-Identifier: MIT */
/* core/engine/fork.h - noticing a fork. A forked child must not touch what its parent's connections share with the
 * server. */
#ifndef KOINE_ENGINE_FORK_H
#define KOINE_ENGINE_FORK_H

#include <koine/base.h>

#include <pthread.h>
#include <stdatomic.h>

/* A page that the kernel hands to a child as zeros (MADV_WIPEONFORK), so that looking for a fork costs one read; where
 * the kernel cannot, the process id is compared. */
typedef struct kn__fork_mark {
    atomic_uint *page; /* NULL = compare pids */
    _Atomic(int64_t) pid;
} kn__fork_mark;

void kn__fork_mark_init(kn__fork_mark *mark);
void kn__fork_mark_finish(kn__fork_mark *mark);
bool kn__fork_mark_slow(const kn__fork_mark *mark);

/* In a child: true for the one thread that shall make the engine its process's own and then call kn__fork_mark_ready;
 * false for the others, when that is done. */
bool kn__fork_mark_claim(kn__fork_mark *mark);
void kn__fork_mark_ready(kn__fork_mark *mark);

/* In a child: was nobody holding the mutex when the process forked, so that what it guards is whole? In any case nobody
 * holds it afterwards. */
bool kn__fork_renew(pthread_mutex_t *mutex);

enum { KN__FORK_WIPED = 0, KN__FORK_READY = 1, KN__FORK_CLAIMED = 2 };

/* Is this still the process that made the mark, or one that has taken over? */
static inline bool kn__same_process(const kn__fork_mark *mark)
{
    return mark->page ? atomic_load_explicit(mark->page, memory_order_acquire) == KN__FORK_READY
                      : kn__fork_mark_slow(mark);
}

#endif
