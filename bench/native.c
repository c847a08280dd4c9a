/* SPDX-License-Identifier: MIT */
#include "native.h"

/* The same check for the second byte of a long form as the standard's table 3-7: no overlong forms, no surrogates. */
static size_t sequence(const unsigned char *p, size_t left)
{
    size_t size = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (size == 0 || left < size)
        return 0;
    unsigned char least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    bool good = p[1] >= least && p[1] <= most;
    for (size_t i = 2; i < size; i++)
        good = good && (p[i] & 0xC0) == 0x80;
    return good ? size : 0;
}

size_t native_utf8_slow(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + size;
    size_t count = 0;
    for (; p < end; count++) {
        size_t step = *p < 0x80 ? *p != 0 : sequence(p, (size_t)(end - p));
        if (step == 0)
            return SIZE_MAX;
        p += step;
    }
    return count;
}

native_rows native_rows_make(const bench_options *options)
{
    native_rows made = {.count = options->writes ? options->rows : 0};
    if (!made.count)
        return made;
    made.rows = bench_alloc((size_t)made.count, sizeof *made.rows);
    made.titles = bench_alloc((size_t)made.count, BENCH_TITLE_ROOM);
    for (int64_t i = 0; i < made.count; i++)
        made.rows[i] = bench_row(i, made.titles + i * BENCH_TITLE_ROOM);
    return made;
}

void native_rows_free(native_rows *rows)
{
    free(rows->rows);
    free(rows->titles);
}
