/* SPDX-License-Identifier: MIT */
/* The session: what every connection is set to, verified after it was set, and again after it was used. */
#include <string.h>

#include "sqlite3_driver.h"

typedef struct config_rule {
    int op;
    int wanted;
    const char *what;
} config_rule;

static const config_rule configs[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1, "defensive mode"}, /* the first: apply_journal */
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, "the untrusted schema mode"},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, "refusing extensions"},
    {SQLITE_DBCONFIG_DQS_DML, 0, "refusing double-quoted strings"},
    {SQLITE_DBCONFIG_DQS_DDL, 0, "refusing double-quoted strings in DDL"},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, "triggers"},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 1, "views"},
    {SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0, "the current ALTER TABLE"},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, "the read-only schema"},
};

static kn_status configure(sq_connection *c, const config_rule *rule, kn_error *error)
{
    int got = -1;
    int code = sqlite3_db_config(c->db, rule->op, rule->wanted, &got);
    if (code == SQLITE_OK && got == rule->wanted)
        return KN_OK;
    return knp_error_set(error, KN_UNSUPPORTED, "this SQLite library (%s) cannot switch on %s", sqlite3_libversion(),
                         rule->what);
}

static kn_status configure_all(sq_connection *c, kn_error *error)
{
    const config_rule keys = {SQLITE_DBCONFIG_ENABLE_FKEY, (int)c->settings.foreign_keys, "foreign keys as asked"};
    kn_status status = configure(c, &keys, error);
    for (size_t i = 0; !status && i < KN_COUNT_OF(configs); i++)
        status = configure(c, &configs[i], error);
    return status;
}

kn_status sq_session_secure(sq_connection *c, kn_error *error)
{
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_handler(c->db, sq_on_busy, c);
    c->length_max = (uint64_t)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, -1);
    return configure_all(c, error);
}

static kn_status copy_text(sq_connection *c, sqlite3_stmt *handle, char *out, size_t size, kn_error *error)
{
    bool null = sqlite3_column_type(handle, 0) == SQLITE_NULL;
    const char *text = null ? "" : (const char *)sqlite3_column_text(handle, 0);
    if (!text)
        return sq_fail(c, SQLITE_NOMEM, SQ_OPENING, error);
    size_t length = strlen(text);
    if (length >= size)
        return knp_error_set(error, KN_LIMIT, "a name of %zu bytes", length);
    memcpy(out, text, length + 1);
    return KN_OK;
}

/* The first column of the first row as text: "" when there is none. */
static kn_status ask(sq_connection *c, const char *sql, char *out, size_t size, kn_error *error)
{
    sqlite3_stmt *handle = NULL;
    kn_status status = KN_OK;
    out[0] = '\0';
    int code = sqlite3_prepare_v2(c->db, sql, -1, &handle, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(handle);
    if (code == SQLITE_ROW) {
        status = copy_text(c, handle, out, size, error);
        code = sqlite3_step(handle);
    }
    if (!status && code != SQLITE_DONE && code != SQLITE_ROW)
        status = sq_fail(c, code, SQ_OPENING, error);
    sqlite3_finalize(handle);
    return status;
}

/* Sets, then looks whether it is so. */
typedef struct pragma_rule {
    const char *set, *ask, *wanted;
} pragma_rule;

static kn_status apply(sq_connection *c, const pragma_rule *rule, kn_error *error)
{
    char got[32];
    kn_status status = ask(c, rule->set, got, sizeof got, error);
    if (!status && rule->ask)
        status = ask(c, rule->ask, got, sizeof got, error);
    if (status || strcmp(got, rule->wanted) == 0)
        return status;
    return knp_error_set(error, KN_UNSUPPORTED, "after \"%s\" the SQLite library (%s) says '%s' instead of '%s'",
                         rule->set, sqlite3_libversion(), got, rule->wanted);
}

static kn_status apply_all(sq_connection *c, const pragma_rule *rules, size_t count, kn_error *error)
{
    kn_status status = KN_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = apply(c, &rules[i], error);
    return status;
}

/* In the order of the choices. */
static const pragma_rule synchronous[] = {
    {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA synchronous=NORMAL", "PRAGMA synchronous", "1"},
    {"PRAGMA synchronous=OFF", "PRAGMA synchronous", "0"},
    {"PRAGMA synchronous=EXTRA", "PRAGMA synchronous", "3"},
};

/* The dialect counts on LIKE folding ASCII letters, for ILIKE; its LIKE is GLOB. LIKE stays as it was for the indexes
 * and checks of databases made elsewhere, too: another LIKE would not find what they hold. */
static const pragma_rule checks[] = {
    {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA case_sensitive_like=OFF", "SELECT 'a' LIKE 'A'", "1"},
};

static kn_status set_number(sq_connection *c, const char *pragma, int64_t number, kn_error *error)
{
    char sql[64], got[32];
    sqlite3_snprintf((int)sizeof sql, sql, "PRAGMA %s=%lld", pragma, (long long)number);
    return ask(c, sql, got, sizeof got, error);
}

kn_status sq_session_tune(sq_connection *c, kn_error *error)
{
    kn_status status = apply(c, &synchronous[c->settings.synchronous], error);
    if (!status)
        status = apply_all(c, checks, KN_COUNT_OF(checks), error);
    if (!status && c->settings.cache_kib)
        status = set_number(c, "cache_size", -c->settings.cache_kib, error);
    if (!status && c->settings.mmap_mib)
        status = set_number(c, "mmap_size", c->settings.mmap_mib << 20, error);
    return status;
}

/* Whether this is a database at all, and one whose schema can be read, is seen here. */
static kn_status page_count(sq_connection *c, bool *empty, kn_error *error)
{
    char got[32];
    kn_status status = ask(c, "PRAGMA page_count", got, sizeof got, error);
    *empty = strcmp(got, "0") == 0;
    return status;
}

static const pragma_rule journals[] = {
    [SQ_JOURNAL_WAL] = {"PRAGMA journal_mode=WAL", NULL, "wal"},
    [SQ_JOURNAL_DELETE] = {"PRAGMA journal_mode=DELETE", NULL, "delete"},
    [SQ_JOURNAL_TRUNCATE] = {"PRAGMA journal_mode=TRUNCATE", NULL, "truncate"},
    [SQ_JOURNAL_MEMORY] = {"PRAGMA journal_mode=MEMORY", NULL, "memory"},
    [SQ_JOURNAL_OFF] = {"PRAGMA journal_mode=OFF", NULL, "off"},
};

/* Defensive mode refuses to be without a journal, which here somebody asked for in the URL. */
static kn_status apply_journal(sq_connection *c, int64_t journal, kn_error *error)
{
    const config_rule *defensive = &configs[0], lax = {SQLITE_DBCONFIG_DEFENSIVE, 0, "what 'journal=off' needs"};
    if (journal != SQ_JOURNAL_OFF)
        return apply(c, &journals[journal], error);
    kn_status status = configure(c, &lax, error);
    if (!status)
        status = apply(c, &journals[journal], error);
    kn_status again = configure(c, defensive, status ? NULL : error);
    return status ? status : again;
}

/* WAL is a property of the file that stays with it: by itself it is chosen only for a file that has no page yet. */
kn_status sq_session_journal(sq_connection *c, kn_error *error)
{
    bool empty = false;
    kn_status status = page_count(c, &empty, error);
    if (status)
        return status;
    int64_t journal = c->settings.journal;
    if (journal == SQ_JOURNAL_AUTO && (!empty || c->memory || c->settings.mode == SQ_MODE_RO))
        return KN_OK;
    return apply_journal(c, journal == SQ_JOURNAL_AUTO ? SQ_JOURNAL_WAL : journal, error);
}

/* What a PRAGMA that somebody ran on this connection may have left behind, with the value it had after open. */
static const pragma_rule defaults[] = {
    {"PRAGMA query_only=OFF", "PRAGMA query_only", "0"},
    {"PRAGMA ignore_check_constraints=OFF", "PRAGMA ignore_check_constraints", "0"},
    {"PRAGMA recursive_triggers=OFF", "PRAGMA recursive_triggers", "0"},
    {"PRAGMA reverse_unordered_selects=OFF", "PRAGMA reverse_unordered_selects", "0"},
    {"PRAGMA read_uncommitted=OFF", "PRAGMA read_uncommitted", "0"},
    {"PRAGMA full_column_names=OFF", "PRAGMA full_column_names", "0"},
    {"PRAGMA short_column_names=ON", "PRAGMA short_column_names", "1"},
    {"PRAGMA count_changes=OFF", "PRAGMA count_changes", "0"},
};

/* A database in memory has another mode, and no use for one. */
static const pragma_rule unlocked = {"PRAGMA locking_mode=NORMAL", NULL, "normal"};

/* Runs what `sql` makes, one statement a row, until it makes none. */
static kn_status run_made(sq_connection *c, const char *sql, kn_error *error)
{
    char made[512];
    kn_status status = ask(c, sql, made, sizeof made, error);
    while (!status && made[0]) {
        char none[8];
        status = ask(c, made, none, sizeof none, error);
        if (!status)
            status = ask(c, sql, made, sizeof made, error);
    }
    return status;
}

static kn_status restore(sq_connection *c, kn_error *error)
{
    kn_status status = sq_session_secure(c, error);
    if (!status)
        status = apply_all(c, defaults, KN_COUNT_OF(defaults), error);
    if (!status && !c->memory)
        status = apply(c, &unlocked, error);
    if (!status)
        status = sq_session_tune(c, error);
    if (!status && c->settings.journal != SQ_JOURNAL_AUTO)
        status = apply_journal(c, c->settings.journal, error);
    if (!status)
        status = run_made(c,
                          "SELECT 'DROP '||type||' temp.'||'\"'||replace(name,'\"','\"\"')||'\"' FROM "
                          "sqlite_temp_schema WHERE type IN ('table','view','trigger') AND name NOT LIKE "
                          "'sqlite\\_%' ESCAPE '\\' LIMIT 1",
                          error);
    if (!status)
        status = run_made(
            c, "SELECT 'DETACH \"'||replace(name,'\"','\"\"')||'\"' FROM pragma_database_list WHERE seq>1 LIMIT 1",
            error);
    return status;
}

kn_status sq_reset(void *connection, kn_wait *wait, kn_error *error)
{
    sq_connection *c = connection;
    kn_status status = KN_OK;
    while (c->open)
        sq_statement_stop(c->open);
    if (sq_is_open(c))
        status = sq_transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, wait, error);
    c->transaction = SQ_NO_TRANSACTION;
    if (!status && c->altered) {
        c->deadline_us = wait ? wait->deadline_us : 0;
        status = restore(c, error);
        c->altered = status != KN_OK;
    }
    return status;
}
