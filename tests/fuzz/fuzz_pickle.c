/* SPDX-License-Identifier: MIT */
/* Any bytes as a pickle, under small limits: reading ends with a known status inside of them; what is accepted is
 * written, read back equal and printed the same, and written again to the same bytes. */
#include "support/fuzz.h"

#include <string.h>

#include <koine/any.h>

#define MEMORY ((size_t)1 << 20)

static const kn_pickle_limits small = {
    .size_ = sizeof small, .depth = 50, .memo = 1000, .bytes = (size_t)1 << 16, .memory = MEMORY};

static void check_error(kn_status status, const kn_error *error, size_t size)
{
    FUZZ_CHECK(error->status == (int32_t)status);
    FUZZ_CHECK(status == KN_MALFORMED || status == KN_UNSUPPORTED || status == KN_OUT_OF_RANGE || status == KN_LIMIT ||
               status == KN_ENCODING);
    FUZZ_CHECK(error->position <= size + 1);
    FUZZ_CHECK(error->message[0] != '\0');
}

static void check_written(const kn_any *any, kn_arena *arena)
{
    kn_bytes once, twice;
    const kn_any *back = NULL;
    char before[2000], after[2000];
    /* what was shared past the memo of the reader is not, so that the writer's limits are the usual ones */
    FUZZ_CHECK(kn_pickle_write(any, NULL, arena, &once, NULL) == KN_OK);
    FUZZ_CHECK(kn_pickle_read(once, NULL, arena, &back, NULL) == KN_OK);
    FUZZ_CHECK(kn_any_equal(any, back) && kn_any_equal(back, any));
    FUZZ_CHECK(kn_any_print(any, before, sizeof before) == kn_any_print(back, after, sizeof after));
    FUZZ_CHECK(strcmp(before, after) == 0);
    FUZZ_CHECK(kn_pickle_write(back, NULL, arena, &twice, NULL) == KN_OK);
    FUZZ_CHECK(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_arena arena;
    const kn_any *any = NULL;
    kn_error error = {0};
    kn_arena_init(&arena, NULL, 0);
    kn_status status = kn_pickle_read((kn_bytes){data, size}, &small, &arena, &any, &error);
    FUZZ_CHECK(arena.used <= 2 * MEMORY);
    FUZZ_CHECK((status == KN_OK) == (any != NULL));
    if (any)
        check_written(any, &arena);
    else
        check_error(status, &error, size);
    kn_arena_finish(&arena);
    return 0;
}
