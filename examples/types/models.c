/* SPDX-License-Identifier: MIT */
#include "types.h"

static const kn_enum size =
    KN_ENUM_TYPE("size", KN_LABEL(SIZE_SMALL, "small"), KN_LABEL(SIZE_MEDIUM, "medium"), KN_LABEL(SIZE_LARGE, "large"));

KN_COLUMNS(Sample) = {
    KN_COLUMN(Sample, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Sample, small_integer, KN_SMALL_INTEGER),
    KN_COLUMN(Sample, integer, KN_INTEGER),
    KN_COLUMN(Sample, big_integer, KN_BIG_INTEGER),
    KN_COLUMN(Sample, boolean, KN_BOOLEAN),
    KN_COLUMN(Sample, floating, KN_FLOAT),
    KN_COLUMN(Sample, single, KN_FLOAT_OF(24)),
    KN_COLUMN(Sample, numeric, KN_NUMERIC(12, 2)),
    KN_COLUMN(Sample, wide_numeric, KN_NUMERIC(38, 20)),
    KN_COLUMN(Sample, string, KN_STRING(40)),
    KN_COLUMN(Sample, unicode, KN_UNICODE(40)),
    KN_COLUMN(Sample, text, KN_TEXT),
    KN_COLUMN(Sample, unicode_text, KN_UNICODE_TEXT),
    KN_COLUMN(Sample, large_binary, KN_LARGE_BINARY),
    KN_COLUMN(Sample, date, KN_DATE),
    KN_COLUMN(Sample, time, KN_TIME),
    KN_COLUMN(Sample, datetime, KN_DATETIME),
    KN_COLUMN(Sample, instant, KN_DATETIME_TZ),
    KN_COLUMN(Sample, interval, KN_INTERVAL),
    KN_COLUMN(Sample, size, KN_ENUM(size)),
    KN_COLUMN(Sample, pickle, KN_PICKLE),
    KN_COLUMN(Sample, nothing, KN_INTEGER),
};
KN_DEFINE(Sample, "samples");
