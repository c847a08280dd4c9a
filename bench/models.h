/* SPDX-License-Identifier: MIT */
/* The Koine side's tables. */
#ifndef KOINE_BENCH_MODELS_H
#define KOINE_BENCH_MODELS_H

#include <koine/koine.h>

#include "common.h"

typedef struct Track {
    int64_t id;
    kn_text title;
    double gain;
    kn_decimal price;
    kn_datetime added;
    kn_opt_bool loved;
} Track;
KN_MODEL(Track);

typedef struct Artist Artist;
typedef struct Song {
    int64_t id;
    int64_t artist_id;
    kn_text title;
    kn_decimal price;
    kn_datetime added;
    kn_opt_bool loved;
    Artist *artist;
} Song;
KN_MODEL(Song);

struct Artist {
    int64_t id;
    kn_text name;
    KN_MANY(Song) songs;
};
KN_MODEL(Artist);

typedef struct koine_link {
    kn_engine *engine;
    kn_connection *connection;
    kn_registry *registry;
} koine_link;

koine_link koine_open(const bench_options *options);
void koine_close(koine_link *link);

/* Ends the program with the error's message. */
_Noreturn void koine_fail(const kn_error *error);
static inline void koine_check(kn_status status, const kn_error *error)
{
    if (status != KN_OK)
        koine_fail(error);
}

/* Rows 0 to rows - 1 as structs; `titles` is where their texts live. Both are the caller's to free. */
Track *koine_tracks(int64_t rows, char **titles);

static inline int64_t koine_cents(kn_decimal d)
{
    return d.sign ? -(int64_t)d.u.word[0] : (int64_t)d.u.word[0];
}

static inline int koine_loved(kn_opt_bool loved)
{
    return loved.state == KN_SET ? loved.value : -1;
}

static inline bench_fields koine_fields(const Track *row)
{
    return (bench_fields){row->id,       row->title.data,        row->title.size, row->gain, koine_cents(row->price),
                          row->added.us, koine_loved(row->loved)};
}

#endif
