/* SPDX-License-Identifier: MIT */
/* A kn_allocator for tests: counts, holds callers to the allocator law, and fails where it is told to.
 *
 *     static kn_status workload(const kn_allocator *allocator, void *context) { ... return status; }
 *     each_allocation_failure(workload, context);
 *
 * runs the workload with its 1st, 2nd, ... allocation failing, once and for ever, until it gets through without meeting
 * the fault. Each run must end in KN_NOMEM, or in KN_OK when the fault was not met, with nothing left allocated. */
#ifndef KOINE_TESTS_FAILING_ALLOCATOR_H
#define KOINE_TESTS_FAILING_ALLOCATOR_H

#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"

#include <koine/memory.h>

typedef struct failing_allocator {
    kn_allocator allocator; /* pass its address on */
    size_t requests;        /* allocations and growths so far: what fail_at counts */
    size_t fail_at;         /* 1 = the first; 0 = never */
    bool for_ever;          /* and all after it */
    bool fired;
    size_t live_bytes, live_blocks;
    size_t peak_bytes;
} failing_allocator;

/* Stands in front of every block, so that a wrong old_size or a foreign pointer is found. */
typedef union failing_header {
    struct {
        size_t size;
        const void *owner;
    } of;
    max_align_t align_;
} failing_header;

static inline bool failing_now(failing_allocator *f)
{
    f->requests++;
    bool fails = f->fail_at && (f->requests == f->fail_at || (f->for_ever && f->requests > f->fail_at));
    f->fired = f->fired || fails;
    return fails;
}

/* Shrinking never fails and is not counted. */
static inline void *failing_resize(void *context, void *ptr, size_t old_size, size_t size)
{
    failing_allocator *f = context;
    failing_header *old = ptr ? (failing_header *)ptr - 1 : NULL;
    if (old) {
        assert_ptr_equal(old->of.owner, f);
        assert_int_equal(old->of.size, old_size);
    } else {
        assert_int_equal(old_size, 0);
    }
    if (size > old_size && failing_now(f))
        return NULL;
    failing_header *fresh = NULL;
    if (size) {
        /* always moves, so that a stale pointer is found */
        fresh = malloc(sizeof *fresh + size);
        assert_non_null(fresh);
        fresh->of.size = size;
        fresh->of.owner = f;
        memset(fresh + 1, 0xA5, size);
        if (old)
            memcpy(fresh + 1, ptr, old_size < size ? old_size : size);
        f->live_blocks++;
    }
    if (old) {
        old->of.owner = NULL;
        free(old);
        f->live_blocks--;
    }
    f->live_bytes += size;
    f->live_bytes -= old_size;
    if (f->live_bytes > f->peak_bytes)
        f->peak_bytes = f->live_bytes;
    return fresh ? fresh + 1 : NULL;
}

static inline void failing_allocator_init(failing_allocator *f, size_t fail_at, bool for_ever)
{
    *f = (failing_allocator){
        .allocator = {.resize = failing_resize, .context = f}, .fail_at = fail_at, .for_ever = for_ever};
}

static inline void failing_allocator_finish(const failing_allocator *f)
{
    assert_int_equal(f->live_bytes, 0);
    assert_int_equal(f->live_blocks, 0);
}

typedef kn_status (*failing_workload)(const kn_allocator *allocator, void *context);

/* Returns the number of allocations that the workload makes when none fails. */
static inline size_t each_allocation_failure(failing_workload workload, void *context)
{
    size_t made = 0;
    for (int for_ever = 0; for_ever <= 1; for_ever++) {
        for (size_t n = 1;; n++) {
            failing_allocator f;
            failing_allocator_init(&f, n, for_ever == 1);
            kn_status status = workload(&f.allocator, context);
            failing_allocator_finish(&f);
            if (!f.fired) {
                assert_int_equal(status, KN_OK);
                made = f.requests;
                break;
            }
            assert_int_equal(status, KN_NOMEM);
        }
    }
    return made;
}

#endif
