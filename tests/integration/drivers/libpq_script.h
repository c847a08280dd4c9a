/* SPDX-License-Identifier: MIT */
/* A peer in the place of PostgreSQL, which says what a test has written down. */
#ifndef KOINE_TESTS_LIBPQ_SCRIPT_H
#define KOINE_TESTS_LIBPQ_SCRIPT_H

#include "libpq_fixture.h"

#include "support/tcp_peer.h"

typedef struct script {
    char bytes[2048];
    size_t size;
} script;

static inline void put(script *s, const void *data, size_t size)
{
    assert_true(sizeof s->bytes - s->size >= size);
    memcpy(s->bytes + s->size, data, size);
    s->size += size;
}

static inline void put_message(script *s, char type, const void *data, size_t size)
{
    const unsigned char head[] = {(unsigned char)type, 0, 0, (unsigned char)((size + 4) >> 8),
                                  (unsigned char)(size + 4)};
    put(s, head, sizeof head);
    put(s, data, size);
}
#define MESSAGE(s, type, text) put_message(s, type, "" text, sizeof(text) - 1)

static inline void greet(script *s)
{
    MESSAGE(s, 'R', "\0\0\0\0");
    MESSAGE(s, 'S',
            "server_version\0"
            "15.0\0");
    MESSAGE(s, 'S', "server_encoding\0UTF8\0");
    MESSAGE(s, 'S', "client_encoding\0UTF8\0");
    MESSAGE(s, 'S', "TimeZone\0UTC\0");
    MESSAGE(s, 'S', "DateStyle\0ISO, YMD\0");
    MESSAGE(s, 'S', "standard_conforming_strings\0on\0");
    MESSAGE(s, 'S', "IntervalStyle\0postgres\0");
    MESSAGE(s, 'S', "integer_datetimes\0on\0");
    MESSAGE(s, 'K', "\0\0\0\1\0\0\0\1");
    MESSAGE(s, 'Z', "I");
}

/* Of the settings, and the number of the backend. */
static inline void settle(script *s)
{
    MESSAGE(s, 'C', "SET\0");
    MESSAGE(s, 'T', "\0\1p\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0");
    MESSAGE(s, 'D',
            "\0\1\0\0\0\1"
            "1");
    MESSAGE(s, 'C', "SELECT 1\0");
    MESSAGE(s, 'Z', "I");
}

#endif
