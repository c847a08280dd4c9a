/* SPDX-License-Identifier: MIT */
#include "type/storage.h"

kn_status kn__int_of_bool(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error)
{
    bool b = in->as.b;

    (void)type, (void)arena, (void)error;
    *out = kn_int(b);
    return KN_OK;
}

static kn_status refuse_kind(const kn_type *type, const kn_value *in, kn_error *error)
{
    return kn_error_set(error, KN_TYPE_MISMATCH, "%s found where the column's type is %s",
                        kn_kind_name((kn_kind)in->kind), kn_type_name((kn_type_id)type->id));
}

kn_status kn__bool_of_int(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)arena;
    if (in->kind != KN_KIND_INT)
        return refuse_kind(type, in, error);
    if (in->as.i != 0 && in->as.i != 1)
        return kn_error_set(error, KN_OUT_OF_RANGE, "a stored value outside the range of Boolean, 0 and 1");
    *out = kn_bool(in->as.i == 1);
    return KN_OK;
}

/* Room for a text of a fixed size, which becomes `out`; NULL when out of memory. */
static char *text_of(kn_value *out, kn_arena *arena, size_t size, kn_error *error)
{
    char *text = kn_arena_alloc(arena, size);

    if (text)
        *out = kn_textn(text, size);
    else
        kn_error_set(error, KN_NOMEM, "no memory for a value");
    return text;
}

/* A number in such a column was a text of digits that was taken for one, a day number or a timestamp: nothing tells
 * which. */
#define MOMENT(name, KIND, SIZE, print)                                                                                \
    kn_status kn__text_of_##name(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,              \
                                 kn_error *error)                                                                      \
    {                                                                                                                  \
        kn_##name moment = in->as.name;                                                                                \
        char *text = text_of(out, arena, SIZE, error);                                                                 \
        (void)type;                                                                                                    \
        if (!text)                                                                                                     \
            return KN_NOMEM;                                                                                           \
        print;                                                                                                         \
        return KN_OK;                                                                                                  \
    }                                                                                                                  \
    kn_status kn__##name##_of_text(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,            \
                                   kn_error *error)                                                                    \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        if (in->kind != KN_KIND_TEXT)                                                                                  \
            return refuse_kind(type, in, error);                                                                       \
        out->kind = (KIND);                                                                                            \
        return kn_##name##_parse(in->as.text, &out->as.name, error);                                                   \
    }
MOMENT(date, KN_KIND_DATE, KN_DATE_SIZE, kn_date_print(moment, text))
MOMENT(time, KN_KIND_TIME, KN_TIME_SIZE, kn_time_print(moment, text))
MOMENT(datetime, KN_KIND_DATETIME, KN_DATETIME_SIZE, kn_datetime_print(moment, ' ', text))

static const struct usual {
    uint16_t type, storage;
    kn__convert_fn *encode, *decode;
} usual[] = {
    {KN_TYPE_BOOLEAN, KN_KIND_INT, kn__int_of_bool, kn__bool_of_int},
    {KN_TYPE_DATE, KN_KIND_TEXT, kn__text_of_date, kn__date_of_text},
    {KN_TYPE_TIME, KN_KIND_TEXT, kn__text_of_time, kn__time_of_text},
    {KN_TYPE_DATETIME, KN_KIND_TEXT, kn__text_of_datetime, kn__datetime_of_text},
};

bool kn__storage_usual(uint16_t type, uint16_t storage, kn__convert_fn **encode, kn__convert_fn **decode)
{
    for (size_t i = 0; i < KN_COUNT_OF(usual); i++) {
        if (usual[i].type != type || usual[i].storage != storage)
            continue;
        *encode = usual[i].encode;
        *decode = usual[i].decode;
        return true;
    }
    return false;
}
