/* SPDX-License-Identifier: MIT */
#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* C0, DEL and, two bytes long, C1: terminals act on all of them. */
static bool is_control(const char *p, size_t sequence)
{
    unsigned char byte = (unsigned char)p[0];
    if (sequence == 1)
        return byte < 0x20 || byte == 0x7F;
    return sequence == 2 && byte == 0xC2 && (unsigned char)p[1] < 0xA0;
}

size_t kn__escape_one(const char *p, size_t left, char unit[static KN__ESCAPE_ROOM], size_t *taken)
{
    size_t sequence = kn__utf8_sequence(p, left);
    if (sequence && !is_control(p, sequence)) {
        memcpy(unit, p, sequence);
        *taken = sequence;
        return sequence;
    }
    static const char hex[] = "0123456789abcdef";
    *taken = sequence ? sequence : 1;
    for (size_t i = 0; i < *taken; i++) {
        unsigned char byte = (unsigned char)p[i];
        memcpy(unit + 4 * i, (char[4]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
    }
    return 4 * *taken;
}
