/* SPDX-License-Identifier: MIT */
/* Calls the host from its entry; refuses it when an answer is wrong. */
#include "raw.h"

#include <string.h>

NOTE(KN_PLUGIN_ABI);

static bool date_is_right(void)
{
    kn_date date = {0};
    char text[10];
    if (knp_date_parse((kn_text){"2024-02-29", 10}, &date, NULL) != KN_OK || date.days != 19782)
        return false;
    knp_date_print(date, text);
    return memcmp(text, "2024-02-29", 10) == 0;
}

static bool error_is_right(void)
{
    kn_error error = {0};
    return knp_error_set(&error, KN_DATA, "%d and %s", 7, "text") == KN_DATA &&
           strcmp(error.message, "7 and text") == 0;
}

const kn_plugin *koine_plugin(const kn_host *host)
{
    static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "calls"};
    static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
    static const kn_plugin plugin = {.magic = KN_PLUGIN_MAGIC,
                                     .abi = KN_PLUGIN_ABI,
                                     .size_ = sizeof plugin,
                                     .name = "calls",
                                     .version = "1",
                                     .dialects = dialects};
    KN_PLUGIN_HOST = host;
    bool right =
        host->size_ == sizeof *host && host->abi == KN_PLUGIN_ABI && strcmp(host->version, KN_VERSION_STRING) == 0;
    right = right && date_is_right() && error_is_right() && knp_utf8_length((kn_text){"a\xc3\xa4", 3}) == 2;
    return right && strcmp(knp_type_name(KN_TYPE_NUMERIC), "Numeric") == 0 ? &plugin : NULL;
}
