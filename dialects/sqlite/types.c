/* SPDX-License-Identifier: MIT */
/* How the neutral types live in SQLite's five storage classes. The driver gives every cell in the class it has,
 * whatever the column's declared type, so each decoder looks at the kind first. */
#include <string.h>

#include "sqlite_dialect.h"

size_t kn_sqlite_print_uint(uint64_t n, char out[KN_SQLITE_UINT_SIZE])
{
    char reversed[KN_SQLITE_UINT_SIZE];
    size_t size = 0;
    do
        reversed[size++] = (char)('0' + n % 10);
    while (n /= 10);
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    return size;
}

kn_status kn_sqlite_text_uint(kn_sql *sql, uint64_t n)
{
    char text[KN_SQLITE_UINT_SIZE];
    return knp_sql_bytes(sql, text, kn_sqlite_print_uint(n, text));
}

static kn_status no_memory(kn_error *error)
{
    return knp_error_set(error, KN_NOMEM, "no memory for a value");
}

static void set_text(kn_value *out, const char *data, size_t size)
{
    out->kind = KN_KIND_TEXT;
    out->as.text.data = data;
    out->as.text.size = size;
}

/* A REAL in an integer column is an overflow of arithmetic that went around the guards. */
static kn_status decode_integer(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    (void)arena, (void)out;
    return in->kind == KN_KIND_FLOAT ? knp_refuse_stored_range(type, error) : knp_refuse_stored_kind(type, in, error);
}

/* SQLite gives an integer where a REAL in a column without REAL affinity was one. */
static kn_status decode_float(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error)
{
    int64_t exact = INT64_C(1) << (type->precision <= 24 ? 24 : 53);
    (void)arena;
    if (in->kind != KN_KIND_INT)
        return knp_refuse_stored_kind(type, in, error);
    int64_t i = in->as.i;
    if (i > exact || i < -exact)
        return knp_refuse_stored_range(type, error);
    out->kind = KN_KIND_FLOAT;
    out->as.d = (double)i;
    return KN_OK;
}

static const double tens[KN_SQLITE_EXACT_DIGITS + 1] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* Both operands are exact as doubles (10^15 < 2^53, 10^15 < 10^22), so the quotient is the double nearest to the
 * decimal. SQLite's own reading of a text is not: for some numbers with five or more digits behind the point it is off
 * by one unit in the last place, since it rounds twice. */
static void encode_narrow(const kn_type *type, const kn_decimal *d, kn_value *out)
{
    int64_t coefficient = d->sign ? -(int64_t)d->u.word[0] : (int64_t)d->u.word[0];
    out->kind = KN_KIND_FLOAT;
    out->as.d = (double)coefficient / tens[type->scale];
}

/* Of many digits, or with another scale than its type. */
__attribute__((noinline)) static kn_status encode_other_numeric(const kn_type *type, const kn_value *in,
                                                                kn_arena *arena, kn_value *out, kn_error *error)
{
    kn_decimal d;
    if (kn_sqlite_is_wide(type))
        return kn_sqlite_encode_wide(type, in, arena, out, error);
    KN_SQLITE_TRY(knp_decimal_rescale(in->as.decimal, type->scale, arena, &d, error));
    encode_narrow(type, &d, out);
    return KN_OK;
}

static kn_status encode_numeric(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    const kn_decimal *d = &in->as.decimal;
    if (type->precision > KN_SQLITE_EXACT_DIGITS || d->form || d->exponent != -(int32_t)type->scale)
        return encode_other_numeric(type, in, arena, out, error);
    encode_narrow(type, d, out);
    return KN_OK;
}

static kn_decimal decimal_of_int(int64_t i)
{
    kn_decimal d;
    memset(&d, 0, sizeof(d));
    d.u.word[0] = i < 0 ? UINT64_C(0) - (uint64_t)i : (uint64_t)i;
    d.sign = i < 0;
    return d;
}

static kn_status exact_decimal(const kn_type *type, const kn_value *in, kn_arena *arena, kn_decimal *out,
                               kn_error *error)
{
    kn_decimal d;
    if (in->kind == KN_KIND_INT) {
        d = decimal_of_int(in->as.i);
    } else if (in->kind == KN_KIND_TEXT) {
        KN_SQLITE_TRY(knp_decimal_parse(in->as.text, arena, &d, error));
    } else {
        return knp_refuse_stored_kind(type, in, error);
    }
    return knp_decimal_rescale(d, type->scale, arena, out, error);
}

/* The number that encode_narrow makes this double of, if there is one: found by the reverse operation, which is off by
 * less than a quarter (see kn_decimal_from_double15), and proved by doing it again. */
static bool decode_narrow(const kn_type *type, double d, kn_value *out)
{
    double magnitude = __builtin_fabs(d), product = magnitude * tens[type->scale];
    if (!(product < tens[KN_SQLITE_EXACT_DIGITS]))
        return false;
    int64_t coefficient = (int64_t)(product + 0.5);
    if ((double)coefficient / tens[type->scale] != magnitude || (double)coefficient >= tens[type->precision])
        return false;
    out->kind = KN_KIND_DECIMAL;
    out->as.decimal =
        (kn_decimal){.u = {.word = {(uint64_t)coefficient, 0}}, .exponent = -(int32_t)type->scale, .sign = d < 0};
    return true;
}

static bool is_finite(double d)
{
    return d - d == 0;
}

/* The double next to d, away from zero (1) or towards it (-1). */
static double next_to(double d, int64_t step)
{
    int64_t bits;
    memcpy(&bits, &d, sizeof(bits));
    bits += step;
    memcpy(&d, &bits, sizeof(d));
    return d;
}

/* What others wrote as text may lie beside the double it should be (see encode_narrow). Decimals of 15 digits are more
 * than two doubles apart, so there is no doubt which one was meant. */
static kn_status decimal_of_double(const kn_type *type, double d, kn_decimal *out, kn_error *error)
{
    if (knp_decimal_from_double15(d, type->scale, out, NULL) == KN_OK ||
        (d != 0 && is_finite(d) &&
         (knp_decimal_from_double15(next_to(d, 1), type->scale, out, NULL) == KN_OK ||
          knp_decimal_from_double15(next_to(d, -1), type->scale, out, NULL) == KN_OK)))
        return KN_OK;
    return knp_decimal_from_double15(d, type->scale, out, error);
}

/* Not a double that decode_narrow knows. Out of line, so that the usual path saves no registers. */
__attribute__((noinline)) static kn_status decode_other_numeric(const kn_type *type, const kn_value *in,
                                                                kn_arena *arena, kn_value *out, kn_error *error)
{
    kn_decimal d;
    if (kn_sqlite_is_wide(type))
        return kn_sqlite_decode_wide(type, in, arena, out, error);
    KN_SQLITE_TRY(in->kind == KN_KIND_FLOAT ? decimal_of_double(type, in->as.d, &d, error)
                                            : exact_decimal(type, in, arena, &d, error));
    if (knp_decimal_digits(d) > type->precision)
        return knp_refuse_stored_range(type, error);
    out->kind = KN_KIND_DECIMAL;
    out->as.decimal = d;
    return KN_OK;
}

static kn_status decode_numeric(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    if (in->kind == KN_KIND_FLOAT && type->precision <= KN_SQLITE_EXACT_DIGITS && decode_narrow(type, in->as.d, out))
        return KN_OK;
    return decode_other_numeric(type, in, arena, out, error);
}

/* Moments: text of fixed width, so that its order is theirs. Always six digits of fraction. */
static inline char *text_of(kn_value *out, kn_arena *arena, size_t size, kn_error *error)
{
    char *text = knp_arena_alloc(arena, size);
    if (text)
        set_text(out, text, size);
    else
        no_memory(error);
    return text;
}

/* Instants in UTC, and intervals as 1970-01-01 plus them, are written as DateTime: microseconds since that day. */
static kn_status encode_moment(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error)
{
    kn_datetime t = {type->id == KN_TYPE_DATETIME_TZ ? in->as.instant.us : in->as.interval.us};
    char *text = text_of(out, arena, KN_DATETIME_SIZE, error);
    if (!text)
        return KN_NOMEM;
    knp_datetime_print(t, ' ', text);
    return KN_OK;
}

/* A number in such a column was a text of digits that NUMERIC affinity took for one, a day number or a timestamp:
 * nothing tells which. */
static kn_status refuse_moment(const kn_type *type, const kn_value *in, kn_error *error)
{
    if (in->kind != KN_KIND_INT && in->kind != KN_KIND_FLOAT)
        return knp_refuse_stored_kind(type, in, error);
    return knp_error_set(error, KN_TYPE_MISMATCH, "a number found where text of type %s is expected",
                         knp_type_name((kn_type_id)type->id));
}

/* Written without a zone; what others wrote with one is read. */
static kn_status decode_instant(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    kn_datetime naive;
    kn_instant t;
    (void)arena;
    if (in->kind != KN_KIND_TEXT)
        return refuse_moment(type, in, error);
    switch (knp_datetime_parse(in->as.text, &naive, NULL)) {
    case KN_OK:
        t.us = naive.us;
        break;
    case KN_MALFORMED:
        KN_SQLITE_TRY(knp_instant_parse(in->as.text, &t, error));
        break;
    default: /* the form was right: again, for the reason */
        return knp_datetime_parse(in->as.text, &naive, error);
    }
    out->kind = KN_KIND_INSTANT;
    out->as.instant = t;
    return KN_OK;
}

static kn_status decode_interval(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                 kn_error *error)
{
    kn_datetime t;
    (void)arena;
    if (in->kind != KN_KIND_TEXT)
        return refuse_moment(type, in, error);
    KN_SQLITE_TRY(knp_datetime_parse(in->as.text, &t, error));
    out->kind = KN_KIND_INTERVAL;
    out->as.interval.us = t.us;
    return KN_OK;
}

/* TEXT_NUMERIC: "TEXT" gives the column TEXT affinity, so that nothing is taken for a number. */
static kn_status render_numeric(kn_sql *sql, const kn_type *type)
{
    KN_SQLITE_TRY(knp_sql_text(sql, kn_sqlite_is_wide(type) ? "TEXT_NUMERIC(" : "NUMERIC("));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, type->precision));
    KN_SQLITE_TRY(knp_sql_text(sql, ", "));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, type->scale));
    return knp_sql_text(sql, ")");
}

static kn_status render_varchar(kn_sql *sql, uint64_t length)
{
    KN_SQLITE_TRY(knp_sql_text(sql, "VARCHAR("));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, length));
    return knp_sql_text(sql, ")");
}

static kn_status render_string(kn_sql *sql, const kn_type *type)
{
    return render_varchar(sql, type->length);
}

static kn_status render_enum(kn_sql *sql, const kn_type *type)
{
    size_t longest = 1;
    for (const kn_label *label = type->labels->labels; label->label; label++) {
        kn_text text = {label->label, strlen(label->label)};
        size_t length = knp_utf8_length(text);
        if (length != SIZE_MAX && length > longest)
            longest = length;
    }
    return render_varchar(sql, longest);
}

#define RULE(type_, kind, ...)                                                                                         \
    {                                                                                                                  \
        .type = KN_TYPE_##type_, .storage = KN_KIND_##kind, __VA_ARGS__                                                \
    }
const kn_type_rule kn_sqlite_types[] = {
    RULE(SMALL_INTEGER, INT, .ddl = "SMALLINT", .decode = decode_integer),
    RULE(INTEGER, INT, .ddl = "INTEGER", .decode = decode_integer),
    RULE(BIG_INTEGER, INT, .ddl = "BIGINT", .decode = decode_integer),
    RULE(BOOLEAN, INT, .ddl = "BOOLEAN"),
    RULE(FLOAT, FLOAT, .ddl = "FLOAT", .decode = decode_float),
    RULE(NUMERIC, TEXT, .render = render_numeric, .encode = encode_numeric, .decode = decode_numeric),
    RULE(STRING, TEXT, .render = render_string),
    RULE(UNICODE, TEXT, .render = render_string),
    RULE(TEXT, TEXT, .ddl = "TEXT"),
    RULE(UNICODE_TEXT, TEXT, .ddl = "TEXT"),
    RULE(LARGE_BINARY, BYTES, .ddl = "BLOB"),
    RULE(DATE, TEXT, .ddl = "DATE"),
    RULE(TIME, TEXT, .ddl = "TIME"),
    RULE(DATETIME, TEXT, .ddl = "DATETIME"),
    RULE(DATETIME_TZ, TEXT, .ddl = "DATETIME", .encode = encode_moment, .decode = decode_instant),
    RULE(INTERVAL, TEXT, .ddl = "DATETIME", .encode = encode_moment, .decode = decode_interval),
    RULE(ENUM, TEXT, .render = render_enum),
    RULE(PICKLE, BYTES, .ddl = "BLOB"),
    {.type = KN_TYPE_NONE},
};
