/* SPDX-License-Identifier: MIT */
#include "base/writer.h"

#include <string.h>

#include "base/utf8.h"

static const char dots[] = "...";
#define DOTS (sizeof dots - 1)

kn__writer kn__writer_of(char *out, size_t size)
{
    return (kn__writer){.out = out, .room = size ? size - 1 : 0, .has_nul = size > 0};
}

void kn__writer_append(kn__writer *writer, const void *data, size_t size)
{
    size_t left = writer->room - writer->size;

    if (size > left) {
        writer->is_cut = true;
        size = left;
    }
    if (size)
        memcpy(writer->out + writer->size, data, size);
    writer->size += size;
}

void kn__writer_string(kn__writer *writer, const char *s)
{
    kn__writer_append(writer, s, strlen(s));
}

void kn__writer_int(kn__writer *writer, int64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = n < 0 ? UINT64_C(0) - (uint64_t)n : (uint64_t)n;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--at] = '-';
    kn__writer_append(writer, digits + at, sizeof digits - at);
}

size_t kn__writer_end(kn__writer *writer)
{
    if (writer->is_cut) {
        size_t kept = writer->room < DOTS ? 0 : kn__utf8_cut(writer->out, writer->size, writer->room - DOTS);
        size_t count = writer->room < DOTS ? writer->room : DOTS;
        if (count)
            memcpy(writer->out + kept, dots, count);
        writer->size = kept + count;
    }
    if (writer->has_nul)
        writer->out[writer->size] = '\0';
    return writer->size;
}
