/* SPDX-License-Identifier: MIT */
/* koine/datetime.h - calendar arithmetic, parsing and printing of Date, Time, DateTime, DateTime(timezone) and
 * Interval.
 *
 * Proleptic Gregorian calendar (ISO 8601), years 0001 to 9999, microseconds, no leap seconds. No call reads the locale,
 * TZ or the tz database. Printing forms are fixed width, so that their bytewise order is their order in time. */
#ifndef KOINE_DATETIME_H
#define KOINE_DATETIME_H

#include <koine/error.h>
#include <koine/value.h>

KN_BEGIN_DECLS

#define KN_DATE_MIN (-719162)
#define KN_DATE_MAX 2932896
#define KN_US_PER_SECOND INT64_C(1000000)
#define KN_US_PER_DAY INT64_C(86400000000)
#define KN_DATETIME_MIN (KN_DATE_MIN * KN_US_PER_DAY)
#define KN_DATETIME_MAX (KN_DATE_MAX * KN_US_PER_DAY + KN_US_PER_DAY - 1)

/* A calendar date and wall clock, taken apart. */
typedef struct kn_civil {
    int32_t year;  /* 1 to 9999 */
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
    int32_t hour, minute, second, microsecond;
    int32_t weekday; /* ISO: 1 = Monday; written by the *_civil calls, ignored by the makers */
} kn_civil;

KN_API bool kn_date_valid(kn_date d);
KN_API bool kn_time_valid(kn_time t);
KN_API bool kn_datetime_valid(kn_datetime t);
KN_API bool kn_instant_valid(kn_instant t);
KN_API bool kn_interval_valid(kn_interval i);

/* Makers: KN_OUT_OF_RANGE for a date or time that does not exist (2023-02-29, 24:00). */
KN_API kn_status kn_date_make(int year, int month, int day, kn_date *out, kn_error *error);
KN_API kn_status kn_time_make(int hour, int minute, int second, int microsecond, kn_time *out, kn_error *error);
KN_API kn_status kn_datetime_make(const kn_civil *civil, kn_datetime *out, kn_error *error);

/* The date and the clock of a valid value. */
KN_API kn_civil kn_date_civil(kn_date d);
KN_API kn_civil kn_time_civil(kn_time t); /* date members 0 */
KN_API kn_civil kn_datetime_civil(kn_datetime t);
KN_API kn_datetime kn_datetime_of(kn_date d, kn_time t);

/* Printing, fixed size, no NUL written; the value must be valid.
 *   date      YYYY-MM-DD
 *   time      HH:MM:SS.ffffff
 *   datetime  YYYY-MM-DD HH:MM:SS.ffffff   (separator chosen: ' ' or 'T')
 *   instant   the same in UTC; kn_instant_print_iso appends 'Z' */
#define KN_DATE_SIZE 10
#define KN_TIME_SIZE 15
#define KN_DATETIME_SIZE 26
KN_API void kn_date_print(kn_date d, char out[KN_DATE_SIZE]);
KN_API void kn_time_print(kn_time t, char out[KN_TIME_SIZE]);
KN_API void kn_datetime_print(kn_datetime t, char separator, char out[KN_DATETIME_SIZE]);
KN_API void kn_instant_print_iso(kn_instant t, char out[KN_DATETIME_SIZE + 1]);

/* Interval: ISO 8601 duration of days and seconds, "P1DT2H3M4.000005S", "-P1D", "PT0.5S", "PT0S". No NUL written;
 * returns the bytes written, at most KN_INTERVAL_SIZE. */
#define KN_INTERVAL_SIZE 40
KN_API size_t kn_interval_print(kn_interval i, char out[KN_INTERVAL_SIZE]);

/* Parsing takes the whole text or fails: KN_MALFORMED; when the form is right, KN_OUT_OF_RANGE for a value that does
 * not exist and KN_INEXACT for one finer than a microsecond. error->position is the byte. The printed forms above are
 * read fastest. Accepted forms, nothing else, no surrounding space; a fraction f is '.' or ',' and 1 to 6 digits, more
 * only if the rest are zeros:
 *   date      YYYY-MM-DD, YYYYMMDD
 *   time      HH:MM[:SS[f]], HHMM[SS[f]]
 *   datetime  date (space|T|t) time; a date alone is midnight; a zone is an error
 *   instant   datetime then Z, z, or (+|-)HH[:MM[:SS]]        zone required; the result is UTC
 *   interval  [+-]P[nW], [+-]P[nD][T[nH][nM][n[f]S]] with at least one part, [+-]n day[s][[,] clock], or clock,
 *             which is [+-]n:MM:SS[f]; a sign belongs to what follows it alone; years and months are KN_OUT_OF_RANGE
 * An Interval that a backend keeps as the DateTime 1970-01-01 plus the interval: kn_datetime.us and kn_interval.us are
 * then the same number and have the same domain, so that kn_datetime_print and kn_datetime_parse write and read it. */
KN_API kn_status kn_date_parse(kn_text text, kn_date *out, kn_error *error);
KN_API kn_status kn_time_parse(kn_text text, kn_time *out, kn_error *error);
KN_API kn_status kn_datetime_parse(kn_text text, kn_datetime *out, kn_error *error);
KN_API kn_status kn_instant_parse(kn_text text, kn_instant *out, kn_error *error);
KN_API kn_status kn_interval_parse(kn_text text, kn_interval *out, kn_error *error);

/* The system clock (CLOCK_REALTIME), in microseconds. KN_IO when there is none. */
KN_API kn_status kn_instant_now(kn_instant *out, kn_error *error);

KN_END_DECLS
#endif
