/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "engine/fork.h"

#include <sys/mman.h>
#include <unistd.h>

void kn__fork_mark_init(kn__fork_mark *mark)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *mark = (kn__fork_mark){.page = NULL, .pid = getpid()};
    if (page == MAP_FAILED)
        return;
#ifdef MADV_WIPEONFORK
    if (madvise(page, size, MADV_WIPEONFORK) == 0) {
        *(uint32_t *)page = 1;
        mark->page = page;
        return;
    }
#endif
    munmap(page, size);
}

void kn__fork_mark_finish(kn__fork_mark *mark)
{
    if (mark->page)
        munmap((void *)(uintptr_t)mark->page, (size_t)sysconf(_SC_PAGESIZE));
    *mark = (kn__fork_mark){.page = NULL};
}

bool kn__fork_mark_slow(const kn__fork_mark *mark)
{
    return mark->pid == getpid();
}
