/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "engine/fork.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

void kn__fork_mark_init(kn__fork_mark *mark)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mark->page = NULL;
    atomic_init(&mark->pid, getpid());
    if (page == MAP_FAILED)
        return;
#ifdef MADV_WIPEONFORK
    if (madvise(page, size, MADV_WIPEONFORK) == 0) {
        mark->page = page;
        atomic_init(mark->page, KN__FORK_READY);
        return;
    }
#endif
    munmap(page, size);
}

void kn__fork_mark_finish(kn__fork_mark *mark)
{
    if (mark->page)
        munmap(mark->page, (size_t)sysconf(_SC_PAGESIZE));
    mark->page = NULL;
}

bool kn__fork_mark_slow(const kn__fork_mark *mark)
{
    return atomic_load_explicit(&mark->pid, memory_order_acquire) == getpid();
}

/* Without a page the negative process id says that it is claimed. */
static bool claim_slow(kn__fork_mark *mark)
{
    int64_t own = getpid(), seen = atomic_load(&mark->pid);

    while (seen != own) {
        if (seen != -own && atomic_compare_exchange_strong(&mark->pid, &seen, -own))
            return true;
        sched_yield();
        seen = atomic_load(&mark->pid);
    }
    return false;
}

bool kn__fork_mark_claim(kn__fork_mark *mark)
{
    unsigned wiped = KN__FORK_WIPED;

    if (!mark->page)
        return claim_slow(mark);
    if (atomic_compare_exchange_strong(mark->page, &wiped, KN__FORK_CLAIMED))
        return true;
    while (!kn__same_process(mark))
        sched_yield();
    return false;
}

void kn__fork_mark_ready(kn__fork_mark *mark)
{
    if (mark->page)
        atomic_store(mark->page, KN__FORK_READY);
    else
        atomic_store(&mark->pid, getpid());
}

bool kn__fork_renew(pthread_mutex_t *mutex)
{
    if (pthread_mutex_trylock(mutex) == 0) {
        pthread_mutex_unlock(mutex);
        return true;
    }
    (void)pthread_mutex_init(mutex, NULL); /* its holder is not in this process */
    return false;
}
