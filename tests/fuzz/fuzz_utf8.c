/* SPDX-License-Identifier: MIT */
/* kn_utf8_length against RFC 3629 read one byte at a time, by code point value instead of by lead byte. */
#include "support/fuzz.h"

#include <koine/type.h>

/* The code point at `p` and its bytes; 0 when there is none. */
static size_t reference_sequence(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;

    if (size == 0 || size > left)
        return 0;
    *code = size == 1 ? p[0] : p[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (p[i] & 0x3fU);
    }
    return *code < smallest[size] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff) ? 0 : size;
}

static size_t reference_length(const uint8_t *data, size_t size)
{
    size_t count = 0, step;
    uint32_t code = 0;

    for (size_t at = 0; at < size; at += step, count++) {
        step = reference_sequence(data + at, size - at, &code);
        if (step == 0)
            return SIZE_MAX;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* from every start in the first word, so that every alignment and length of a tail is met */
    for (size_t from = 0; from <= 8 && from <= size; from++) {
        kn_text text = {(const char *)data + from, size - from};
        FUZZ_CHECK(kn_utf8_length(text) == reference_length(data + from, size - from));
    }
    return 0;
}
