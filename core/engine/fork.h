/* SPDX-License-Identifier: MIT */
/* core/engine/fork.h - noticing a fork. A forked child must not touch what its parent's connections share with the
 * server. */
#ifndef KOINE_ENGINE_FORK_H
#define KOINE_ENGINE_FORK_H

#include <koine/base.h>

/* A page that the kernel hands to a child as zeros (MADV_WIPEONFORK), so that looking for a fork costs one read; where
 * the kernel cannot, the process id is compared. Immutable after init. */
typedef struct kn__fork_mark {
    const uint32_t *page; /* NULL = compare pids */
    int64_t pid;
} kn__fork_mark;

void kn__fork_mark_init(kn__fork_mark *mark);
void kn__fork_mark_finish(kn__fork_mark *mark);
bool kn__fork_mark_slow(const kn__fork_mark *mark);

/* Is this still the process that made the mark? */
static inline bool kn__same_process(const kn__fork_mark *mark)
{
    return mark->page ? *mark->page != 0 : kn__fork_mark_slow(mark);
}

#endif
