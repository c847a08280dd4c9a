/* SPDX-License-Identifier: MIT */
/* A member of a struct as the driver takes it: runs for every value that is written. Each column has its function,
 * chosen once: the general one, or for the commonest pairs of type and member one that does the same in one step and
 * leaves everything unusual, errors too, to the general one. */
#include "engine/object.h"
#include "engine/slot.h"
#include "type/storage.h"

static inline kn_status encode(const kn__writer *writer, kn_value *given, const kn__write_into *into, kn_value *out)
{
    const kn_type *type = &writer->column->type;
    kn_status status = writer->check ? writer->check(type, given, into->arena, into->error) : KN_OK;

    if (status != KN_OK)
        return status;
    if (writer->encode)
        return writer->encode(type, given, into->arena, out, into->error);
    *out = *given;
    return KN_OK;
}

kn_status kn__writer_encode(const kn__writer *writer, kn_value *given, const kn__write_into *into, kn_value *out)
{
    return encode(writer, given, into, out);
}

static kn_status write_general(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out)
{
    kn_value given;
    kn_status status = writer->load(writer->column, object, into->arena, &given, into->error);

    if (status != KN_OK)
        return status;
    if (writer->slot.generated && given.kind == KN_KIND_INT && given.as.i == 0)
        given.kind = KN_KIND_UNSET;
    if (given.kind > KN_KIND_NULL)
        return encode(writer, &given, into, out);
    out->kind = given.kind;
    return KN_OK;
}

static kn_status write_usual(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out)
{
    return kn__write_usual(writer, object, out) ? KN_OK : write_general(writer, object, into, out);
}

static inline const void *member(const kn__writer *writer, const void *object)
{
    return (const char *)object + writer->slot.offset;
}

/* Date and time, time, instant, interval: microseconds in a struct of their own. */
static kn_status write_moment(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out)
{
    kn_value given;

    given.as.i = *(const int64_t *)member(writer, object);
    if (given.as.i < writer->slot.least || given.as.i > writer->slot.most)
        return write_general(writer, object, into, out);
    kn_slot_set_kind(&given, (kn_kind)writer->slot.kind);
    return writer->encode(&writer->column->type, &given, into->arena, out, into->error);
}

static kn_status write_decimal(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out)
{
    const kn_type *type = &writer->column->type;
    kn_value given;

    given.as.decimal = *(const kn_decimal *)member(writer, object);
    if (!kn__decimal_is_plain(&given.as.decimal, type))
        return write_general(writer, object, into, out);
    kn_slot_set_kind(&given, KN_KIND_DECIMAL);
    return writer->encode(type, &given, into->arena, out, into->error);
}

/* What is usually stored, see type/storage.h. */
static kn_status write_datetime_text(const kn__writer *writer, const void *object, const kn__write_into *into,
                                     kn_value *out)
{
    kn_datetime moment = *(const kn_datetime *)member(writer, object);
    char *text = kn_arena_alloc(into->arena, KN_DATETIME_SIZE);

    if (!text || moment.us < writer->slot.least || moment.us > writer->slot.most)
        return write_general(writer, object, into, out);
    kn_datetime_print(moment, ' ', text);
    kn_slot_set_kind(out, KN_KIND_TEXT);
    out->as.text = (kn_text){text, KN_DATETIME_SIZE};
    return KN_OK;
}

static kn_status write_bool_int(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out)
{
    unsigned char byte = kn_slot_byte(member(writer, object));

    if (byte > 1)
        return write_general(writer, object, into, out);
    kn_slot_set_kind(out, KN_KIND_INT);
    out->as.i = byte;
    return KN_OK;
}

static kn__write_fn *choose(const kn__writer *writer)
{
    uint32_t ctype = writer->column->ctype;

    if (writer->slot.way != KN_SLOT_OTHER)
        return write_usual;
    if (!writer->encode)
        return write_general;
    if (writer->encode == kn__text_of_datetime && ctype == KN_C_DATETIME)
        return write_datetime_text;
    if (writer->encode == kn__int_of_bool && ctype == KN_C_BOOL)
        return write_bool_int;
    return kn__is_moment(ctype) ? write_moment : ctype == KN_C_DECIMAL ? write_decimal : write_general;
}

/* As kn_slot.other; `arena` is its context. */
static bool read_other(const kn_slot *slot, const void *object, void *arena, kn_value *out)
{
    const kn__writer *writer = (const kn__writer *)slot; /* whose first member it is */
    const kn__write_into into = {arena, NULL};

    if ((slot->way ? write_general : writer->write)(writer, object, &into, out) != KN_OK) /* not plain, if it has one */
        return false;
    return out->kind > KN_KIND_NULL || (out->kind == KN_KIND_NULL && slot->nullable);
}

static kn__held held_by(const kn__writer *writer)
{
    if (!writer->encode)
        return KN__HELD_AS_IS;
    return writer->encode == kn__int_of_bool ? KN__HELD_AS_INT : KN__HELD_CONVERTED;
}

void kn__writer_init(kn__writer *writer, const kn__target *target, const kn_column *column)
{
    writer->column = column;
    writer->load = kn__member_loader(column->ctype);
    writer->check = kn__domain_checker(column->type.id);
    writer->encode = target->dialect->types[column->type.id].encode;
    kn__slot_init(&writer->slot, column, held_by(writer));
    writer->slot.other = read_other;
    writer->write = choose(writer);
}
