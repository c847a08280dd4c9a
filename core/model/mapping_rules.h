/* SPDX-License-Identifier: MIT */
/* The C types that a member may have, one line each, and what the two halves of the mapping share. */
#ifndef KOINE_CORE_MODEL_MAPPING_RULES_H
#define KOINE_CORE_MODEL_MAPPING_RULES_H

#include "model/mapping.h"

/* number, function suffix, C type (size and message) */
#define KN__CTYPE_MAP(X)                                                                                               \
    X(KN_C_BOOL, boolean, bool)                                                                                        \
    X(KN_C_INT16, int16, int16_t)                                                                                      \
    X(KN_C_INT32, int32, int32_t)                                                                                      \
    X(KN_C_INT64, int64, int64_t)                                                                                      \
    X(KN_C_ENUM, enum, uint32_t)                                                                                       \
    X(KN_C_FLOAT, float, float)                                                                                        \
    X(KN_C_DOUBLE, double, double)                                                                                     \
    X(KN_C_CSTR, cstr, char *)                                                                                         \
    X(KN_C_TEXT, text, kn_text)                                                                                        \
    X(KN_C_BYTES, bytes, kn_bytes)                                                                                     \
    X(KN_C_DECIMAL, decimal, kn_decimal)                                                                               \
    X(KN_C_DATE, date, kn_date)                                                                                        \
    X(KN_C_TIME, time, kn_time)                                                                                        \
    X(KN_C_DATETIME, datetime, kn_datetime)                                                                            \
    X(KN_C_INSTANT, instant, kn_instant)                                                                               \
    X(KN_C_INTERVAL, interval, kn_interval)                                                                            \
    X(KN_C_ANY, any, kn_any *)                                                                                         \
    X(KN_C_OPT_BOOL, opt_boolean, kn_opt_bool)                                                                         \
    X(KN_C_OPT_INT16, opt_int16, kn_opt_int16)                                                                         \
    X(KN_C_OPT_INT32, opt_int32, kn_opt_int32)                                                                         \
    X(KN_C_OPT_INT64, opt_int64, kn_opt_int64)                                                                         \
    X(KN_C_OPT_FLOAT, opt_float, kn_opt_float)                                                                         \
    X(KN_C_OPT_DOUBLE, opt_double, kn_opt_double)                                                                      \
    X(KN_C_OPT_ENUM, opt_enum, kn_opt_enum)                                                                            \
    X(KN_C_OPT_DECIMAL, opt_decimal, kn_opt_decimal)                                                                   \
    X(KN_C_OPT_DATE, opt_date, kn_opt_date)                                                                            \
    X(KN_C_OPT_TIME, opt_time, kn_opt_time)                                                                            \
    X(KN_C_OPT_DATETIME, opt_datetime, kn_opt_datetime)                                                                \
    X(KN_C_OPT_INSTANT, opt_instant, kn_opt_instant)                                                                   \
    X(KN_C_OPT_INTERVAL, opt_interval, kn_opt_interval)                                                                \
    X(KN_C_OPT_TEXT, opt_text, kn_opt_text)                                                                            \
    X(KN_C_OPT_BYTES, opt_bytes, kn_opt_bytes)

/* By C type; KN_C_CHARS and KN_C_STRUCT have sizes of their own. Holes refuse. */
extern kn__load_fn *const kn__loaders[KN_C_END_];
extern kn__store_fn *const kn__storers[KN_C_END_];

static inline const void *kn__member_of(const kn_column *column, const void *object)
{
    return (const char *)object + column->offset;
}

static inline void *kn__member_in(const kn_column *column, void *object)
{
    return (char *)object + column->offset;
}

/* Sets error->column besides. */
kn_status kn__member_refuse(const kn_column *column, kn_status status, kn_error *error, const char *why);

#endif
