/* SPDX-License-Identifier: MIT */
/* One table with every type that there is. */
#ifndef TYPES_H
#define TYPES_H

#include <koine/koine.h>

typedef struct Sample Sample;

typedef enum Size { SIZE_SMALL = 1, SIZE_MEDIUM = 5, SIZE_LARGE = 10 } Size;

struct Sample {
    int64_t id;
    int16_t small_integer;
    int32_t integer;
    int64_t big_integer;
    bool boolean;
    double floating;
    float single;
    kn_decimal numeric;
    kn_decimal wide_numeric;
    char string[41];
    const char *unicode;
    const char *text;
    kn_text unicode_text;
    kn_bytes large_binary;
    kn_date date;
    kn_time time;
    kn_datetime datetime;
    kn_instant instant;
    kn_interval interval;
    Size size;
    const kn_any *pickle;
    kn_opt_int32 nothing; /* a nullable twin, NULL here */
};

KN_MODEL(Sample);

#endif
