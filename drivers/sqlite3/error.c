/* SPDX-License-Identifier: MIT */
/* SQLite's result codes and messages, as portable errors. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sqlite3_driver.h"

typedef struct code_rule {
    int code;
    kn_status status;
    kn_retry retry;
} code_rule;

/* An extended code is looked up first, then its primary code (the low byte). */
static const code_rule codes[] = {
    {SQLITE_BUSY, KN_BUSY, KN_RETRY_STATEMENT},
    {SQLITE_BUSY_SNAPSHOT, KN_BUSY, KN_RETRY_TRANSACTION},
    {SQLITE_LOCKED, KN_BUSY, KN_RETRY_STATEMENT},
    {SQLITE_PROTOCOL, KN_BUSY, KN_RETRY_STATEMENT},
    {SQLITE_IOERR_BLOCKED, KN_BUSY, KN_RETRY_STATEMENT},
    {SQLITE_CONSTRAINT_UNIQUE, KN_UNIQUE, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT_PRIMARYKEY, KN_UNIQUE, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT_ROWID, KN_UNIQUE, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT_FOREIGNKEY, KN_FOREIGN_KEY, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT_NOTNULL, KN_NOT_NULL, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT_CHECK, KN_CHECK, KN_RETRY_NEVER},
    {SQLITE_CONSTRAINT, KN_DATA, KN_RETRY_NEVER}, /* raised by a trigger, a STRICT table, a virtual table */
    {SQLITE_MISMATCH, KN_DATA, KN_RETRY_NEVER},
    {SQLITE_TOOBIG, KN_TOO_LONG, KN_RETRY_NEVER},
    {SQLITE_RANGE, KN_INVALID, KN_RETRY_NEVER},
    {SQLITE_NOMEM, KN_NOMEM, KN_RETRY_NEVER},
    {SQLITE_IOERR_NOMEM, KN_NOMEM, KN_RETRY_NEVER},
    {SQLITE_FULL, KN_FULL, KN_RETRY_NEVER},
    {SQLITE_READONLY, KN_READ_ONLY, KN_RETRY_NEVER},
    {SQLITE_READONLY_DBMOVED, KN_LINK_LOST, KN_RETRY_CONNECTION},
    {SQLITE_CORRUPT, KN_CORRUPT, KN_RETRY_NEVER},
    {SQLITE_NOTADB, KN_CORRUPT, KN_RETRY_NEVER},
    {SQLITE_FORMAT, KN_CORRUPT, KN_RETRY_NEVER},
    {SQLITE_IOERR, KN_IO, KN_RETRY_NEVER},
    {SQLITE_CANTOPEN, KN_IO, KN_RETRY_NEVER}, /* of a journal or temporary file; of the database: connection.c */
    {SQLITE_NOLFS, KN_IO, KN_RETRY_NEVER},
    {SQLITE_INTERRUPT, KN_CANCELLED, KN_RETRY_NEVER},
    {SQLITE_SCHEMA, KN_SERIALIZATION, KN_RETRY_STATEMENT},
    {SQLITE_AUTH, KN_DENIED, KN_RETRY_NEVER},
    {SQLITE_PERM, KN_DENIED, KN_RETRY_NEVER},
    {SQLITE_ABORT, KN_NOT_IN_TRANSACTION, KN_RETRY_TRANSACTION},
    {SQLITE_MISUSE, KN_MISUSE, KN_RETRY_NEVER},
};

static code_rule find_code(int code)
{
    for (int pass = 0; pass < 2; pass++, code &= 0xFF) {
        for (size_t i = 0; i < KN_COUNT_OF(codes); i++) {
            if (codes[i].code == code)
                return codes[i];
        }
    }
    return (code_rule){code, KN_SERVER, KN_RETRY_NEVER};
}

/* SQLITE_ERROR says everything else in its message only. */
typedef enum text_place { AT_START, AT_END, INSIDE } text_place;
typedef enum text_field { NO_FIELD, TABLE_FOLLOWS, COLUMN_FOLLOWS } text_field;
typedef struct text_rule {
    const char *text;
    uint8_t place; /* text_place */
    uint8_t field; /* text_field */
    uint16_t status;
} text_rule;

static const text_rule texts[] = {
    {"no such table: ", AT_START, TABLE_FOLLOWS, KN_NO_SUCH},
    {"no such column: ", AT_START, COLUMN_FOLLOWS, KN_NO_SUCH},
    {"no such ", AT_START, NO_FIELD, KN_NO_SUCH},
    {": no such ", INSIDE, NO_FIELD, KN_NO_SUCH}, /* error in view v: no such table: t */
    {" has no column named ", INSIDE, COLUMN_FOLLOWS, KN_NO_SUCH},
    {"unknown database ", AT_START, NO_FIELD, KN_NO_SUCH},
    {"unknown column ", AT_START, NO_FIELD, KN_NO_SUCH},
    {" already exists", AT_END, NO_FIELD, KN_EXISTS},
    {"there is already ", AT_START, NO_FIELD, KN_EXISTS},
    {"duplicate column name: ", AT_START, COLUMN_FOLLOWS, KN_EXISTS},
    {"is already in use", AT_END, NO_FIELD, KN_EXISTS},
    {"syntax error", AT_END, NO_FIELD, KN_SYNTAX},
    {"cannot start a transaction within a transaction", AT_START, NO_FIELD, KN_STATE},
    {"cannot commit - no transaction", AT_START, NO_FIELD, KN_NOT_IN_TRANSACTION},
    {"cannot rollback - no transaction", AT_START, NO_FIELD, KN_NOT_IN_TRANSACTION},
    {"cannot VACUUM", AT_START, NO_FIELD, KN_STATE},
    {"from within a transaction", AT_END, NO_FIELD, KN_STATE},
    {"SQL statements in progress", INSIDE, NO_FIELD, KN_STATE},
    {"may not be modified", AT_END, NO_FIELD, KN_DENIED},
    {"may not be dropped", AT_END, NO_FIELD, KN_DENIED},
    {"may not be altered", AT_END, NO_FIELD, KN_DENIED},
    {"unsafe use of ", AT_START, NO_FIELD, KN_DENIED},
    {"not authorized", AT_START, NO_FIELD, KN_DENIED},
    {"too many ", AT_START, NO_FIELD, KN_LIMIT},
    {"Expression tree is too large", AT_START, NO_FIELD, KN_LIMIT},
    {"parser stack overflow", AT_START, NO_FIELD, KN_LIMIT},
    {"pattern too complex", AT_END, NO_FIELD, KN_LIMIT},
    {"integer overflow", AT_START, NO_FIELD, KN_OUT_OF_RANGE},
    {"kn_sum: the sum ", AT_START, NO_FIELD, KN_OUT_OF_RANGE}, /* decimal.c */
    {"kn_sum: ", AT_START, NO_FIELD, KN_DATA},
    {"malformed JSON", AT_START, NO_FIELD, KN_DATA},
    {"ESCAPE expression must be", AT_START, NO_FIELD, KN_DATA},
};

/* What stands behind the rule's text when the message has it in its place, else NULL. */
static const char *match_text(const text_rule *rule, const char *message)
{
    size_t size = strlen(rule->text), all = strlen(message);
    if (size > all)
        return NULL;
    if (rule->place == AT_END)
        return strcmp(message + all - size, rule->text) == 0 ? message + all : NULL;
    if (rule->place == AT_START)
        return strncmp(message, rule->text, size) == 0 ? message + size : NULL;
    const char *found = strstr(message, rule->text);
    return found ? found + size : NULL;
}

static void copy_name(char *out, size_t room, const char *name, size_t size)
{
    if (size < room) { /* half a name would be the name of something else */
        memcpy(out, name, size);
        out[size] = '\0';
    }
}

static kn_status read_message(const char *message, sq_phase phase, kn_error *error)
{
    for (size_t i = 0; i < KN_COUNT_OF(texts); i++) {
        const char *rest = match_text(&texts[i], message);
        if (!rest)
            continue;
        if (error && texts[i].field == TABLE_FOLLOWS)
            copy_name(error->table, sizeof error->table, rest, strlen(rest));
        if (error && texts[i].field == COLUMN_FOLLOWS)
            copy_name(error->column, sizeof error->column, rest, strlen(rest));
        return (kn_status)texts[i].status;
    }
    return phase == SQ_PREPARING ? KN_SYNTAX : KN_SERVER;
}

static bool is_column(sqlite3 *db, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(db, NULL, table, column, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

/* "table.column" into its parts. Names may hold dots themselves: then the parts that are a column of the database are
 * meant. */
static void split_column(sqlite3 *db, const char *text, size_t size, kn_error *error)
{
    char table[sizeof error->table + sizeof error->column + 2];
    if (size >= sizeof table)
        return;
    memcpy(table, text, size);
    table[size] = '\0';
    char *dot = strchr(table, '.');
    if (dot && strchr(dot + 1, '.')) {
        for (char *try = dot; try; try = strchr(try + 1, '.')) {
            *try = '\0';
            bool found = is_column(db, table, try + 1);
            *try = '.';
            if (found) {
                dot = try;
                break;
            }
        }
    }
    if (!dot)
        return;
    copy_name(error->table, sizeof error->table, table, (size_t)(dot - table));
    copy_name(error->column, sizeof error->column, dot + 1, strlen(dot + 1));
}

/* "t.a" or "t.a, t.b" or "index 'name'" */
static void read_unique(sqlite3 *db, const char *text, kn_error *error)
{
    static const char index[] = "index '";
    size_t size = strlen(text);
    if (strncmp(text, index, sizeof index - 1) == 0 && text[size - 1] == '\'') {
        text += sizeof index - 1;
        copy_name(error->constraint, sizeof error->constraint, text, strlen(text) - 1);
        return;
    }
    const char *comma = strstr(text, ", ");
    split_column(db, text, comma ? (size_t)(comma - text) : size, error);
    if (comma) /* of several columns no one is the culprit */
        error->column[0] = '\0';
    _Static_assert(sizeof error->constraint == 128, "sq_name_key");
    if (error->table[0])
        sq_name_key(db, error->table, text, error->native != SQLITE_CONSTRAINT_UNIQUE, error->constraint);
}

static void read_constraint(sqlite3 *db, const char *message, kn_error *error)
{
    const char *colon = strstr(message, " constraint failed: ");
    if (!colon)
        return;
    const char *rest = colon + strlen(" constraint failed: ");
    switch (error->status) {
    case KN_UNIQUE:
        read_unique(db, rest, error);
        break;
    case KN_NOT_NULL:
        split_column(db, rest, strlen(rest), error);
        break;
    case KN_CHECK:
        copy_name(error->constraint, sizeof error->constraint, rest, strlen(rest));
        break;
    default:
        break;
    }
}

typedef struct errno_rule {
    int number;
    const char *text;
} errno_rule;

const char *sq_errno_text(int number)
{
    static const errno_rule rules[] = {
        {ENOSPC, "no space left on the device"},
        {EDQUOT, "disk quota exceeded"},
        {EFBIG, "file size limit reached"},
        {EACCES, "permission denied"},
        {EPERM, "operation not permitted"},
        {EROFS, "read-only file system"},
        {EIO, "the device reports a failure"},
        {ENOENT, "no such file or folder"},
        {EISDIR, "it is a folder"},
        {ENOTDIR, "a part of the path is not a folder"},
        {ENAMETOOLONG, "the path is too long"},
        {ELOOP, "too many symbolic links"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files in the system"},
        {ENOMEM, "out of memory"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(rules); i++) {
        if (rules[i].number == number)
            return rules[i].text;
    }
    return NULL;
}

static bool is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* Why an I/O call of the database or its journal failed, 0 = not known. SQLite's own sqlite3_system_errno is that of
 * the last call it made, which may have been for cleaning up. */
static int io_errno(sq_connection *c)
{
    int number = 0;
    sqlite3_file *journal = NULL;
    sqlite3_file_control(c->db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number == 0 && sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK &&
        journal && journal->pMethods)
        journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number ? number : sqlite3_system_errno(c->db);
}

/* The rule of a code, with what only this connection knows. */
static code_rule judge(sq_connection *c, int code, sq_phase phase)
{
    code_rule rule = find_code(code);
    int primary = code & 0xFF;
    if (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY) {
        if (c->timed_out)
            return (code_rule){code, KN_TIMEOUT, KN_RETRY_NEVER};
        if (sq_is_cancelled(c))
            return (code_rule){code, KN_CANCELLED, KN_RETRY_NEVER};
    }
    if (primary == SQLITE_IOERR && rule.status == KN_IO && is_full(io_errno(c)))
        rule.status = KN_FULL;
    /* ON DELETE RESTRICT is a trigger inside SQLite */
    if (code == SQLITE_CONSTRAINT_TRIGGER && strcmp(sqlite3_errmsg(c->db), "FOREIGN KEY constraint failed") == 0)
        rule.status = KN_FOREIGN_KEY;
    bool whole = phase == SQ_BEGINNING || (phase == SQ_EXECUTING && sq_is_open(c));
    if (primary == SQLITE_BUSY && whole)
        rule.retry = KN_RETRY_TRANSACTION;
    return rule;
}

static void set_message(sq_connection *c, int code, kn_status status, kn_error *error)
{
    const char *cause = NULL;
    int primary = code & 0xFF;
    if (primary == SQLITE_IOERR)
        cause = sq_errno_text(io_errno(c));
    if (primary == SQLITE_CANTOPEN)
        cause = sq_errno_text(sqlite3_system_errno(c->db));
    const char *message = sqlite3_errmsg(c->db);
    bool deep =
        strcmp(message, "parser stack overflow") == 0 || strncmp(message, "Expression tree is too large", 28) == 0;
    if (status == KN_TIMEOUT)
        knp_error_set(error, status, "the deadline passed: %s", message);
    else if (deep)
        knp_error_set(error, status, "an expression is nested more deeply than SQLite takes: %s", message);
    else if (cause)
        knp_error_set(error, status, "%s: %s", sqlite3_errmsg(c->db), cause);
    else
        knp_error_set(error, status, "%s", sqlite3_errmsg(c->db));
}

kn_status sq_fail(sq_connection *c, int code, sq_phase phase, kn_error *error)
{
    int extended = sqlite3_extended_errcode(c->db);
    if ((extended & 0xFF) == (code & 0xFF))
        code = extended;
    code_rule rule = judge(c, code, phase);
    if (code == SQLITE_ERROR)
        rule.status = read_message(sqlite3_errmsg(c->db), phase, NULL);
    if (!error)
        return rule.status;
    set_message(c, code, rule.status, error);
    error->native = code;
    error->retry = (uint8_t)rule.retry;
    error->commit = sq_is_open(c) ? KN_COMMIT_OPEN : KN_COMMIT_NOT;
    if (code == SQLITE_ERROR)
        read_message(sqlite3_errmsg(c->db), phase, error);
    int offset = phase == SQ_PREPARING ? sqlite3_error_offset(c->db) : -1;
    if (offset >= 0)
        error->position = (uint32_t)offset + 1;
    if ((code & 0xFF) == SQLITE_CONSTRAINT) {
        char message[2 * sizeof error->table + 64]; /* looking columns up replaces SQLite's own */
        snprintf(message, sizeof message, "%s", sqlite3_errmsg(c->db));
        read_constraint(c->db, message, error);
    }
    return rule.status;
}
