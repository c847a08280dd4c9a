/* SPDX-License-Identifier: MIT */
/* A cell of a row into a member of a struct: runs for every value that is read. Each column has its function, chosen
 * once a statement: the general one, or for the commonest pairs of type and member one that does the same in one step
 * and leaves everything unusual, NULL and errors too, to the general one. */
#include <string.h>

#include "base/arena.h"
#include "engine/connection.h"
#include "engine/slot.h"
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
#define READER(name) static kn_status name(const kn_sink *sink, kn_value *cell, const kn_receiver *to)
#define READER_BEGIN                                                                                                   \
    const kn__reader *reader = (const kn__reader *)(const void *)sink;                                                 \
    const kn__read_into *into = (const kn__read_into *)(const void *)to;

__attribute__((noinline, cold)) static kn_status failed(const kn__reader *reader, kn_status status,
                                                        const kn__read_into *into)
{
    return kn__result_name_column(into->result, (size_t)(reader - into->result->prepared->readers), status,
                                  into->error);
}

READER(read_nothing)
{
    (void)sink, (void)cell, (void)to;
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
                          into->to.object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

static inline void *member(const kn__reader *reader, const kn__read_into *into)
{
    return (char *)into->to.object + reader->sink.slot.offset;
}

/* One step for a usual value, see koine/plugin/slot.h. */
#define USUAL_READER(name, way)                                                                                        \
    READER(name)                                                                                                       \
    {                                                                                                                  \
        return kn_slot_put(way, &sink->slot, to->object, cell) ? KN_OK : read_general(sink, cell, to);                 \
    }

USUAL_READER(read_int64, KN_SLOT_INT64)
USUAL_READER(read_plain_moment, KN_SLOT_MOMENT)
USUAL_READER(read_double, KN_SLOT_DOUBLE)
USUAL_READER(read_plain_decimal, KN_SLOT_DECIMAL)
USUAL_READER(read_opt_bool, KN_SLOT_OPT_BOOL)
USUAL_READER(read_opt_bool_int, KN_SLOT_OPT_BOOL_INT)

/* ASCII goes into the newest block of the arena while it is looked at; for all else this is false. */
static inline bool keep_plain_text(const kn_slot *slot, kn_text text, kn_arena *arena, void *object)
{
    char *copy = arena->next;

    if (text.size > slot->plain_size || text.size >= (size_t)(arena->end - copy) ||
        !kn_plain_text_copy(copy, text.data, text.size))
        return false;
    copy[text.size] = '\0';
    (void)kn__arena_take(arena, text.size + 1);
    *(kn_text *)(void *)((char *)object + slot->offset) = (kn_text){copy, text.size};
    return true;
}

READER(read_text)
{
    const kn__read_into *into = (const kn__read_into *)(const void *)to;
    bool done = !into->arena ? kn_slot_put(KN_SLOT_TEXT, &sink->slot, to->object, cell)
                             : cell->kind == KN_KIND_TEXT &&
                                   keep_plain_text(&sink->slot, cell->as.text, into->arena, to->object);

    return done ? KN_OK : read_general(sink, cell, to);
}

/* The dialect decodes every cell. */
READER(read_decoded)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, to);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    if (status == KN_OK)
        status = reader->store(reader->column, &decoded, into->arena, into->to.object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

/* Date and time, time, instant, interval: microseconds in a struct of their own. */
READER(read_moment)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, to);
    status = reader->decode(&reader->type, cell, into->row_arena, &decoded, into->error);
    if (status != KN_OK)
        return failed(reader, status, into);
    *(int64_t *)member(reader, into) = decoded.as.i;
    return KN_OK;
}

/* What was decoded, or why it was not: the end of what is no usual row. */
__attribute__((noinline)) static kn_status keep_decoded(const kn__reader *reader, const kn_value *decoded,
                                                        kn_status status, const kn__read_into *into)
{
    if (status == KN_OK)
        status = reader->store(reader->column, decoded, into->arena, into->to.object, into->error);
    return status == KN_OK ? KN_OK : failed(reader, status, into);
}

READER(read_decimal)
{
    READER_BEGIN
    kn_value decoded;
    kn_status status;

    if (cell->kind == KN_KIND_NULL)
        return read_general(sink, cell, to);
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
}

/* What is usually stored, see type/storage.h. */
READER(read_datetime_text)
{
    READER_BEGIN
    kn_datetime moment;

    if (cell->kind != KN_KIND_TEXT || cell->as.text.size != KN_DATETIME_SIZE ||
        !kn__decode_datetime(cell->as.text.data, &moment.us))
        return read_general(sink, cell, to);
    *(kn_datetime *)member(reader, into) = moment;
    return KN_OK;
}

READER(read_bool_int)
{
    READER_BEGIN
    if (cell->kind != KN_KIND_INT || (uint64_t)cell->as.i > 1)
        return read_general(sink, cell, to);
    *(bool *)member(reader, into) = cell->as.i;
    return KN_OK;
}

static kn__take_fn *choose_decoded(const kn__reader *reader)
{
    uint32_t ctype = reader->column->ctype;

    if (reader->decode == kn__datetime_of_text && ctype == KN_C_DATETIME)
        return read_datetime_text;
    if (reader->decode == kn__bool_of_int && ctype == KN_C_BOOL)
        return read_bool_int;
    if (kn__is_moment(ctype))
        return read_moment;
    if (ctype == KN_C_DECIMAL)
        return read_decimal;
    return reader->needs_arena ? read_general : read_decoded;
}

static kn__held held_by(const kn__reader *reader)
{
    if (reader->canonical)
        return KN__HELD_AS_IS;
    return reader->decode == kn__bool_of_int ? KN__HELD_AS_INT : KN__HELD_CONVERTED;
}

void kn__reader_set_column(kn__reader *reader, const kn_column *column)
{
    static kn__take_fn *const usual[] = {
        [KN_SLOT_INT64] = read_int64,
        [KN_SLOT_MOMENT] = read_plain_moment,
        [KN_SLOT_DOUBLE] = read_double,
        [KN_SLOT_TEXT] = read_text,
        [KN_SLOT_DECIMAL] = read_plain_decimal,
        [KN_SLOT_OPT_BOOL] = read_opt_bool,
        [KN_SLOT_OPT_BOOL_INT] = read_opt_bool_int,
    };
    kn_sink *sink = &reader->sink;

    reader->column = column;
    reader->store = column->ctype == KN_C_NONE ? NULL : kn__member_storer(column->ctype);
    reader->needs_arena = kn__member_needs_arena(column);
    kn__slot_init(&sink->slot, column, held_by(reader));
    if (!reader->store)
        sink->take = read_nothing;
    else if (sink->slot.way != KN_SLOT_OTHER)
        sink->take = usual[sink->slot.way];
    else
        sink->take = reader->canonical ? read_general : choose_decoded(reader);
}
