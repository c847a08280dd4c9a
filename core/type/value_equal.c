/* SPDX-License-Identifier: MIT */
#include <koine/type.h>

#include <string.h>

static kn_text measured(kn_text text)
{
    return text.data && text.size == SIZE_MAX ? kn_text_of(text.data) : text;
}

static bool equal_bytes(kn_bytes a, kn_bytes b)
{
    return kn_text_equal((kn_text){a.data, a.size}, (kn_text){b.data, b.size});
}

bool kn_value_equal(const kn_value *a, const kn_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch ((kn_kind)a->kind) {
    case KN_KIND_UNSET:
    case KN_KIND_NULL:
        return true;
    case KN_KIND_BOOL:
        return a->as.b == b->as.b;
    case KN_KIND_INT:
        return a->as.i == b->as.i;
    case KN_KIND_FLOAT:
        return a->as.d == b->as.d;
    case KN_KIND_DECIMAL:
        return kn_decimal_compare(a->as.decimal, b->as.decimal) == 0;
    case KN_KIND_TEXT:
        return kn_text_equal(measured(a->as.text), measured(b->as.text));
    case KN_KIND_BYTES:
        return equal_bytes(a->as.bytes, b->as.bytes);
    case KN_KIND_DATE:
        return a->as.date.days == b->as.date.days;
    case KN_KIND_TIME:
        return a->as.time.us == b->as.time.us;
    case KN_KIND_DATETIME:
        return a->as.datetime.us == b->as.datetime.us;
    case KN_KIND_INSTANT:
        return a->as.instant.us == b->as.instant.us;
    case KN_KIND_INTERVAL:
        return a->as.interval.us == b->as.interval.us;
    case KN_KIND_ANY:
        return a->as.any == b->as.any || (a->as.any && b->as.any && kn_any_equal(a->as.any, b->as.any));
    case KN_KIND_END_:
        break;
    }
    return false;
}
