/* SPDX-License-Identifier: MIT */
/* A cell of a row into a member of a struct: runs for every value that is read. Each column has its function, chosen
 * once a statement: the general one, or for the commonest pairs of type and member one that does the same in one step
 * and leaves everything unusual, NULL and errors too, to the general one. */
#include "base/utf8.h"
#include "engine/connection.h"

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

static kn_status read_nothing(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    (void)reader, (void)cell, (void)into;
    return KN_OK;
}

static kn_status read_general(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    kn_value decoded;
    const kn_value *value = cell;

    if (cell->kind != KN_KIND_NULL) {
        kn_status status = kn__reader_decode(reader, cell, into->row_arena, &decoded, &value, into->error);
        if (status != KN_OK)
            return status;
    }
    return reader->store(reader->column, value, reader->needs_arena && !into->arena ? into->row_arena : into->arena,
                         into->object, into->error);
}

/* The dialect decodes every cell. */
static kn_status read_decoded(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(reader, cell, into);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    return status == KN_OK ? reader->store(reader->column, &decoded, into->arena, into->object, into->error) : status;
}

static inline void *member(const kn__reader *reader, const kn__read_into *into)
{
    return (char *)into->object + reader->column->offset;
}

static kn_status read_int64(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    int64_t i = cell->as.i;

    if (cell->kind != KN_KIND_INT || i < reader->least || i > reader->most)
        return read_general(reader, cell, into);
    *(int64_t *)member(reader, into) = i;
    return KN_OK;
}

static kn_status read_double(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    double d = cell->as.d;

    if (cell->kind != KN_KIND_FLOAT || !(d - d == 0)) /* neither infinite nor NaN */
        return read_general(reader, cell, into);
    *(double *)member(reader, into) = d + 0.0; /* -0.0 becomes 0.0 */
    return KN_OK;
}

/* Borrowed and ASCII. */
static kn_status read_text(const kn__reader *reader, kn_value *cell, const kn__read_into *into)
{
    kn_text text = cell->as.text;

    if (cell->kind != KN_KIND_TEXT || into->arena || text.size > reader->plain_size ||
        !kn__utf8_is_plain(text.data, text.size))
        return read_general(reader, cell, into);
    *(kn_text *)member(reader, into) = text;
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

static kn__read_fn *choose(const kn__reader *reader)
{
    if (!reader->store)
        return read_nothing;
    if (!reader->canonical && !reader->needs_arena)
        return read_decoded;
    if (reader->storage == KN_KIND_INT && reader->column->ctype == KN_C_INT64)
        return read_int64;
    if (reader->storage == KN_KIND_FLOAT && reader->type.precision > 24 && reader->column->ctype == KN_C_DOUBLE)
        return read_double;
    if (reader->storage == KN_KIND_TEXT && reader->type.id != KN_TYPE_ENUM && reader->column->ctype == KN_C_TEXT)
        return read_text;
    return read_general;
}

void kn__reader_set_column(kn__reader *reader, const kn_column *column)
{
    reader->column = column;
    reader->store = column->ctype == KN_C_NONE ? NULL : kn__member_storer(column->ctype);
    reader->needs_arena = kn__member_needs_arena(column);
    reader->read = choose(reader);
}
