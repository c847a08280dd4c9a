/* SPDX-License-Identifier: MIT */
/* The URL and its options. */
#include <string.h>

#include "sqlite3_driver.h"

#define OPTION(member) .name = #member, .offset = (uint32_t)offsetof(sq_settings, member)

const kn_option sq_options[] = {
    {OPTION(mode), .kind = KN_OPTION_CHOICE, .fallback = "rwc", .choices = "rwc|rw|ro",
     .help = "rwc creates the file when it is not there, rw does not, ro only reads"},
    {OPTION(busy_timeout_ms), .kind = KN_OPTION_INTEGER, .fallback = "5000", .least = 0, .most = 86400000,
     .help = "how long to wait for a lock that another connection holds"},
    {OPTION(journal), .kind = KN_OPTION_CHOICE, .fallback = "auto", .choices = "auto|wal|delete|truncate|memory|off",
     .help = "auto is wal for a new file and leaves an existing one as it is; memory and off can lose the database"},
    {OPTION(synchronous), .kind = KN_OPTION_CHOICE, .fallback = "full", .choices = "full|normal|off|extra",
     .help = "full keeps every commit through a power cut"},
    {OPTION(foreign_keys), .kind = KN_OPTION_BOOL, .fallback = "on", .help = "enforce foreign keys"},
    {OPTION(cache_kib), .kind = KN_OPTION_INTEGER, .fallback = "0", .least = 0, .most = INT32_MAX,
     .help = "page cache a connection; 0 = the library's default"},
    {OPTION(mmap_mib), .kind = KN_OPTION_INTEGER, .fallback = "0", .least = 0, .most = 1048576,
     .help = "read this much of the file through a memory map; 0 = none, so that an I/O error is never a signal"},
    {.name = NULL},
};

bool sq_single(const kn_url *url)
{
    return !url->database || !*url->database || strcmp(url->database, ":memory:") == 0;
}

static kn_status check_url(const kn_url *url, kn_error *error)
{
    if (url->n_hosts)
        return knp_error_set(error, KN_INVALID,
                             "a database in a file has no host: write sqlite:///relative.db or sqlite:////absolute.db");
    if (url->user || url->password)
        return knp_error_set(error, KN_INVALID, "a database in a file has no user and no password");
    return KN_OK;
}

/* Options that contradict each other. */
static kn_status check_settings(const sq_settings *s, bool memory, kn_error *error)
{
    if (!memory)
        return KN_OK;
    if (s->mode != SQ_MODE_RWC)
        return knp_error_set(error, KN_INVALID, "a database in memory is always new: option 'mode' has no use");
    if (s->journal != SQ_JOURNAL_AUTO && s->journal != SQ_JOURNAL_MEMORY && s->journal != SQ_JOURNAL_OFF)
        return knp_error_set(error, KN_INVALID, "a database in memory has its journal in memory: leave out 'journal'");
    return KN_OK;
}

kn_status sq_settings_read(const kn_open_request *request, sq_settings *out, kn_error *error)
{
    sq_settings settings = {0};
    kn_status status = check_url(request->url, error);
    for (size_t i = 0; !status && sq_options[i].name; i++) {
        const kn_option *option = &sq_options[i];
        const char *value = request->values[i] ? request->values[i] : option->fallback;
        if (!kn_option_number(option, value, (int64_t *)(void *)((char *)&settings + option->offset)))
            status = knp_error_set(error, KN_INVALID, "option '%s' cannot have this value", option->name);
    }
    if (!status)
        status = check_settings(&settings, sq_single(request->url), error);
    if (!status)
        *out = settings;
    return status;
}
