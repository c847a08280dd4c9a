/* SPDX-License-Identifier: MIT */
/* A cell of a row into a member of a struct: runs for every value that is read. Each column has its function, chosen
 * once a statement: the general one, or for the commonest pairs of type and member one that does the same in one step
 * and leaves everything unusual, NULL and errors too, to the general one. */
#include <float.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "engine/connection.h"
#include "type/datetime_decode.h"
#include "type/storage.h"

static kn_status refuse_kind(const kn__reader *reader, const kn_value *cell, kn_error *error)
{
    return kn_error_set(error, KN_TYPE_MISMATCH, "the database holds %s where %s is stored as %s",
                        kn_kind_name((kn_kind)cell->kind), kn_type_name((kn_type_id)reader->type.id),
                        kn_kind_name((kn_kind)reader->storage));
}

kn_status kn__reader_decode(const kn__reader *reader, kn_value *cell, kn_arena *arena, kn_value *decoded,
                            const kn_value **value, kn_error *error)
{
    *value = cell;
    if (reader->canonical && cell->kind == reader->storage)
        return reader->check ? reader->check(&reader->type, cell, arena, error) : KN_OK;
    *value = decoded;
    return reader->decode ? reader->decode(&reader->type, cell, arena, decoded, error)
                          : refuse_kind(reader, cell, error);
}

/* The function of a column. A driver calls it as its sink, see kn_driver.fetch_into. */
#define READER(name) static kn_status name(const kn_sink *sink, kn_value *cell, const void *target)
#define READER_BEGIN                                                                                                   \
    const kn__reader *reader = (const kn__reader *)(const void *)sink;                                                 \
    const kn__read_into *into = target;

__attribute__((noinline, cold)) static kn_status failed(const kn__reader *reader, kn_status status,
                                                        const kn__read_into *into)
{
    return kn__result_name_column(into->result, (size_t)(reader - into->result->prepared->readers), status,
                                  into->error);
}

READER(read_nothing)
{
    (void)sink, (void)cell, (void)target;
    return KN_OK;
}

READER(read_general)
{
    READER_BEGIN
    kn_value decoded;
    const kn_value *value = cell;

    kn_status status = KN_OK;

    if (cell->kind != KN_KIND_NULL)
        status = kn__reader_decode(reader, cell, into->row_arena, &decoded, &value, into->error);
    if (status == KN_OK)
        status =
            reader->store(reader->column, value, reader->needs_arena && !into->arena ? into->row_arena : into->arena,
                          into->object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

static inline void *member(const kn__reader *reader, const kn__read_into *into)
{
    return (char *)into->object + reader->offset;
}

READER(read_any_int64)
{
    READER_BEGIN
    if (cell->kind != KN_KIND_INT)
        return read_general(sink, cell, target);
    *(int64_t *)member(reader, into) = cell->as.i;
    return KN_OK;
}

READER(read_int64)
{
    READER_BEGIN
    int64_t i = cell->as.i;

    if (cell->kind != KN_KIND_INT || i < reader->least || i > reader->most)
        return read_general(sink, cell, target);
    *(int64_t *)member(reader, into) = i;
    return KN_OK;
}

READER(read_double)
{
    READER_BEGIN
    double d = cell->as.d;

    if (cell->kind != KN_KIND_FLOAT || !(__builtin_fabs(d) <= DBL_MAX)) /* neither infinite nor NaN */
        return read_general(sink, cell, target);
    *(double *)member(reader, into) = d + 0.0; /* -0.0 becomes 0.0 */
    return KN_OK;
}

static inline kn_status put_text(const kn__reader *reader, char *copy, kn_text text, const kn__read_into *into)
{
    *(kn_text *)member(reader, into) = (kn_text){copy, text.size};
    memcpy(copy, text.data, text.size + 1);
    return KN_OK;
}

__attribute__((noinline, cold)) static kn_status keep_in_new_block(const kn__reader *reader, kn_text text,
                                                                   const kn__read_into *into)
{
    char *copy = kn_arena_alloc(into->arena, text.size + 1);

    if (!copy)
        return failed(reader, kn_error_set(into->error, KN_NOMEM, "out of memory"), into);
    return put_text(reader, copy, text, into);
}

__attribute__((noinline)) static kn_status keep_text(const kn__reader *reader, kn_text text, const kn__read_into *into)
{
    char *copy = kn__arena_take(into->arena, text.size + 1);

    return copy ? put_text(reader, copy, text, into) : keep_in_new_block(reader, text, into);
}

/* ASCII, which has a NUL behind it. */
READER(read_text)
{
    READER_BEGIN
    if (cell->kind != KN_KIND_TEXT || cell->as.text.size > reader->plain_size ||
        !kn_plain_text(cell->as.text.data, cell->as.text.size))
        return read_general(sink, cell, target);
    if (into->arena)
        return keep_text(reader, cell->as.text, into);
    *(kn_text *)member(reader, into) = cell->as.text;
    return KN_OK;
}

/* The dialect decodes every cell. */
READER(read_decoded)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, target);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    if (status == KN_OK)
        status = reader->store(reader->column, &decoded, into->arena, into->object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

/* Date and time, time, instant, interval: microseconds in a struct of their own. */
READER(read_moment)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, target);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    if (status != KN_OK)
        return failed(reader, status, into);
    *(int64_t *)member(reader, into) = decoded.as.i;
    return KN_OK;
}

READER(read_plain_moment)
{
    READER_BEGIN
    int64_t us = cell->as.i;

    if (cell->kind != reader->storage || us < reader->least || us > reader->most)
        return read_general(sink, cell, target);
    *(int64_t *)member(reader, into) = us;
    return KN_OK;
}

READER(read_plain_decimal)
{
    READER_BEGIN
    if (cell->kind != KN_KIND_DECIMAL || !kn__decimal_is_plain(&cell->as.decimal, &reader->type))
        return read_general(sink, cell, target);
    *(kn_decimal *)member(reader, into) = cell->as.decimal;
    return KN_OK;
}

READER(read_opt_bool)
{
    READER_BEGIN
    kn_opt_bool *b = member(reader, into);

    if (cell->kind == KN_KIND_BOOL)
        *b = (kn_opt_bool){.value = cell->as.b, .state = KN_SET};
    else if (cell->kind == KN_KIND_NULL)
        *b = (kn_opt_bool){.state = KN_NULL};
    else
        return read_general(sink, cell, target);
    return KN_OK;
}

/* What was decoded, or why it was not: the end of what is no usual row. */
__attribute__((noinline)) static kn_status keep_decoded(const kn__reader *reader, const kn_value *decoded,
                                                        kn_status status, const kn__read_into *into)
{
    if (status == KN_OK)
        status = reader->store(reader->column, decoded, into->arena, into->object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

READER(read_decimal)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, target);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    if (status != KN_OK || decoded.as.decimal.form) /* digits may have to be copied */
        return keep_decoded(reader, &decoded, status, into);
    *(kn_decimal *)member(reader, into) = decoded.as.decimal;
    return KN_OK;
}

void kn__reader_set_type(kn__reader *reader, const kn__target *target, const kn_type *type)
{
    const kn_type_rule *rule = &target->dialect->types[type->id];

    reader->type = *type;
    reader->decode = rule->decode;
    reader->check = kn__domain_checker(type->id);
    reader->storage = rule->storage;
    reader->canonical = rule->storage == kn_type_kind((kn_type_id)type->id);
    reader->plain_size = kn__plain_size(type);
    kn__integer_range(type, &reader->least, &reader->most);
}

/* What is usually stored, see type/storage.h. */
READER(read_datetime_text)
{
    READER_BEGIN
    kn_datetime moment;

    if (cell->kind != KN_KIND_TEXT || cell->as.text.size != KN_DATETIME_SIZE ||
        !kn__decode_datetime(cell->as.text.data, &moment.us))
        return read_general(sink, cell, target);
    *(kn_datetime *)member(reader, into) = moment;
    return KN_OK;
}

READER(read_opt_bool_int)
{
    READER_BEGIN
    kn_opt_bool *b = member(reader, into);

    if (cell->kind == KN_KIND_INT && (uint64_t)cell->as.i <= 1)
        *b = (kn_opt_bool){.value = cell->as.i, .state = KN_SET};
    else if (cell->kind == KN_KIND_NULL)
        *b = (kn_opt_bool){.state = KN_NULL};
    else
        return read_general(sink, cell, target);
    return KN_OK;
}

READER(read_bool_int)
{
    READER_BEGIN
    if (cell->kind != KN_KIND_INT || (uint64_t)cell->as.i > 1)
        return read_general(sink, cell, target);
    *(bool *)member(reader, into) = cell->as.i;
    return KN_OK;
}

static bool is_moment(uint32_t ctype)
{
    return ctype == KN_C_DATETIME || ctype == KN_C_TIME || ctype == KN_C_INSTANT || ctype == KN_C_INTERVAL;
}

static kn__take_fn *choose_decoded(const kn__reader *reader)
{
    uint32_t ctype = reader->column->ctype;

    if (reader->decode == kn__datetime_of_text && ctype == KN_C_DATETIME)
        return read_datetime_text;
    if (reader->decode == kn__bool_of_int && ctype == KN_C_BOOL)
        return read_bool_int;
    if (reader->decode == kn__bool_of_int && ctype == KN_C_OPT_BOOL)
        return read_opt_bool_int;
    if (is_moment(ctype))
        return read_moment;
    if (ctype == KN_C_DECIMAL)
        return read_decimal;
    return reader->needs_arena ? read_general : read_decoded;
}

static kn__take_fn *choose(const kn__reader *reader)
{
    uint32_t ctype = reader->column->ctype;

    if (!reader->store)
        return read_nothing;
    if (!reader->canonical)
        return choose_decoded(reader);
    if (reader->storage == KN_KIND_INT && ctype == KN_C_INT64)
        return reader->check ? read_int64 : read_any_int64;
    if (reader->storage == KN_KIND_FLOAT && reader->type.precision > 24 && ctype == KN_C_DOUBLE)
        return read_double;
    if (reader->storage == KN_KIND_TEXT && reader->type.id != KN_TYPE_ENUM && ctype == KN_C_TEXT)
        return read_text;
    if (is_moment(ctype))
        return read_plain_moment;
    if (reader->storage == KN_KIND_DECIMAL && ctype == KN_C_DECIMAL)
        return read_plain_decimal;
    if (reader->storage == KN_KIND_BOOL && ctype == KN_C_OPT_BOOL)
        return read_opt_bool;
    return read_general;
}

void kn__reader_set_column(kn__reader *reader, const kn_column *column)
{
    reader->column = column;
    reader->offset = column->offset;
    reader->store = column->ctype == KN_C_NONE ? NULL : kn__member_storer(column->ctype);
    reader->needs_arena = kn__member_needs_arena(column);
    reader->sink.take = choose(reader);
}
