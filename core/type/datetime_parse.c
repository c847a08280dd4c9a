/* SPDX-License-Identifier: MIT */
/* Two parsers: the printed form of a value, which fills the rows of backends that store text, is decoded eight bytes at
 * a time; every other form, and everything refused, goes to the strict parser, which knows what was wrong and where. */
#include "type/datetime_decode.h"
#include "type/datetime_forms.h"

kn_status kn_date_parse(kn_text text, kn_date *out, kn_error *error)
{
    if (text.data && text.size == KN_DATE_SIZE && kn__decode_date(text.data, out))
        return KN_OK;
    return kn__date_parse_any(text, out, error);
}

kn_status kn_time_parse(kn_text text, kn_time *out, kn_error *error)
{
    if (text.data && text.size == KN_TIME_SIZE && kn__decode_time(text.data, out))
        return KN_OK;
    return kn__time_parse_any(text, out, error);
}

kn_status kn_datetime_parse(kn_text text, kn_datetime *out, kn_error *error)
{
    if (text.data && text.size == KN_DATETIME_SIZE && kn__decode_datetime(text.data, &out->us))
        return KN_OK;
    return kn__datetime_parse_any(text, out, error);
}

kn_status kn_instant_parse(kn_text text, kn_instant *out, kn_error *error)
{
    if (text.data && text.size == KN_DATETIME_SIZE + 1 && text.data[KN_DATETIME_SIZE] == 'Z' &&
        kn__decode_datetime(text.data, &out->us))
        return KN_OK;
    return kn__instant_parse_any(text, out, error);
}
