/* SPDX-License-Identifier: MIT */
/* The server's and the client's error codes and messages, as portable errors. */
#include <string.h>

#include "mysql_driver.h"

/* What the message names, and where. HIDDEN: the server quotes a value, so the message is not passed on. */
enum {
    KEY_LAST = 1,   /* ... for key 'NAME' or 'TABLE.NAME' */
    CONSTRAINT = 2, /* ... CONSTRAINT `NAME` ... */
    IN_TABLE = 4,   /* `DATABASE`.`TABLE`, the first there is */
    COLUMN = 8,     /* the first 'NAME' */
    COLUMN_AT = 16, /* ... column 'NAME' or column `DATABASE`.`TABLE`.`NAME` */
    TABLE = 32,     /* the first 'NAME' or 'DATABASE.NAME' */
    CHECK = 64,     /* Check constraint 'NAME' */
    HIDDEN = 128
};

typedef struct code_rule {
    uint16_t code;
    uint16_t status;
    uint8_t retry;
    uint8_t names;
} code_rule;

static const code_rule codes[] = {
    {1005, KN_FOREIGN_KEY, 0, 0}, /* wrongly formed; told apart by errno 150 in the message */
    {1007, KN_EXISTS, 0, 0},
    {1008, KN_NO_SUCH, 0, 0},
    {1020, KN_SERIALIZATION, KN_RETRY_TRANSACTION, 0},
    {1021, KN_FULL, 0, 0},
    {1022, KN_UNIQUE, 0, 0},
    {1034, KN_CORRUPT, 0, 0},
    {1035, KN_CORRUPT, 0, 0},
    {1037, KN_SERVER, 0, 0},
    {1038, KN_LIMIT, 0, 0},
    {1040, KN_CONNECT, KN_RETRY_CONNECTION, 0},
    {1044, KN_DENIED, 0, 0},
    {1045, KN_AUTH, 0, 0},
    {1046, KN_INVALID, 0, 0},
    {1048, KN_NOT_NULL, 0, COLUMN},
    {1049, KN_NO_SUCH, 0, 0},
    {1050, KN_EXISTS, 0, TABLE},
    {1051, KN_NO_SUCH, 0, TABLE},
    {1053, KN_LINK_LOST, KN_RETRY_CONNECTION, 0}, /* said also once it has committed: as a link that died */
    {1054, KN_NO_SUCH, 0, COLUMN},
    {1060, KN_EXISTS, 0, COLUMN},
    {1061, KN_EXISTS, 0, 0},
    {1062, KN_UNIQUE, 0, KEY_LAST | HIDDEN},
    {1064, KN_SYNTAX, 0, 0},
    {1071, KN_LIMIT, 0, 0},
    {1072, KN_NO_SUCH, 0, 0},
    {1091, KN_NO_SUCH, 0, 0},
    {1104, KN_LIMIT, 0, 0},
    {1114, KN_FULL, 0, TABLE},
    {1118, KN_LIMIT, 0, 0},
    {1129, KN_CONNECT, 0, 0},
    {1130, KN_AUTH, 0, 0},
    {1142, KN_DENIED, 0, 0},
    {1143, KN_DENIED, 0, 0},
    {1146, KN_NO_SUCH, 0, TABLE},
    {1148, KN_DENIED, 0, 0},
    {1149, KN_SYNTAX, 0, 0},
    {1153, KN_TOO_LONG, 0, 0},
    {1169, KN_UNIQUE, 0, 0},
    {1180, KN_SERVER, KN_RETRY_TRANSACTION, 0},
    {1203, KN_LIMIT, KN_RETRY_CONNECTION, 0},
    {1205, KN_BUSY, KN_RETRY_TRANSACTION, 0},
    {1213, KN_DEADLOCK, KN_RETRY_TRANSACTION, 0},
    {1216, KN_FOREIGN_KEY, 0, 0},
    {1217, KN_FOREIGN_KEY, 0, 0},
    {1226, KN_LIMIT, 0, 0},
    {1227, KN_DENIED, 0, 0},
    {1235, KN_UNSUPPORTED, 0, 0},
    {1251, KN_AUTH, 0, 0},
    {1264, KN_OUT_OF_RANGE, 0, COLUMN_AT},
    {1265, KN_DATA, 0, COLUMN_AT},
    {1290, KN_READ_ONLY, 0, 0},
    {1292, KN_DATA, 0, COLUMN_AT | HIDDEN},
    {1295, KN_UNSUPPORTED, 0, 0},
    {1300, KN_DATA, 0, HIDDEN},
    {1305, KN_NO_SUCH, 0, 0},
    {1317, KN_CANCELLED, 0, 0},
    {1364, KN_NOT_NULL, 0, COLUMN},
    {1365, KN_DATA, 0, 0},
    {1366, KN_DATA, 0, COLUMN_AT | HIDDEN},
    {1367, KN_DATA, 0, HIDDEN},
    {1370, KN_DENIED, 0, 0},
    {1406, KN_TOO_LONG, 0, COLUMN_AT},
    {1411, KN_DATA, 0, HIDDEN},
    {1451, KN_FOREIGN_KEY, 0, CONSTRAINT | IN_TABLE},
    {1452, KN_FOREIGN_KEY, 0, CONSTRAINT | IN_TABLE},
    {1461, KN_LIMIT, 0, 0},
    {1525, KN_DATA, 0, HIDDEN},
    {1526, KN_DATA, 0, HIDDEN},
    {1568, KN_STATE, 0, 0},
    {1586, KN_UNIQUE, 0, KEY_LAST | HIDDEN},
    {1615, KN_SERIALIZATION, KN_RETRY_STATEMENT, 0},
    {1690, KN_OUT_OF_RANGE, 0, HIDDEN},
    {1698, KN_AUTH, 0, 0},
    {1701, KN_FOREIGN_KEY, 0, 0},
    {1761, KN_UNIQUE, 0, HIDDEN},
    {1762, KN_UNIQUE, 0, HIDDEN},
    {1792, KN_READ_ONLY, 0, 0},
    {1820, KN_AUTH, 0, 0},
    {1824, KN_NO_SUCH, 0, TABLE},
    {1826, KN_EXISTS, 0, 0},
    {1836, KN_READ_ONLY, 0, 0},
    {1862, KN_AUTH, 0, 0},
    {1927, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {1969, KN_TIMEOUT, 0, 0},
    {2002, KN_CONNECT, KN_RETRY_CONNECTION, 0},
    {2003, KN_CONNECT, KN_RETRY_CONNECTION, 0},
    {2004, KN_CONNECT, 0, 0},
    {2005, KN_CONNECT, 0, 0},
    {2006, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {2008, KN_NOMEM, 0, 0},
    {2012, KN_CONNECT, KN_RETRY_CONNECTION, 0},
    {2013, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {2014, KN_STATE, 0, 0},
    {2020, KN_LINK_LOST, 0, 0}, /* the client has closed the link */
    {2026, KN_TLS, 0, 0},
    {2027, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {2055, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {2057, KN_SERVER_STATE, KN_RETRY_TRANSACTION, HIDDEN},
    {2058, KN_AUTH, 0, 0},
    {2059, KN_AUTH, 0, 0},
    {2061, KN_AUTH, 0, 0},
    {3024, KN_TIMEOUT, 0, 0},
    {3118, KN_AUTH, 0, 0},
    {3140, KN_DATA, 0, HIDDEN},
    {3572, KN_BUSY, KN_RETRY_TRANSACTION, 0},
    {3819, KN_CHECK, 0, CHECK},
    {3948, KN_DENIED, 0, 0},
    {4025, KN_CHECK, 0, CONSTRAINT | IN_TABLE},
    {4031, KN_LINK_LOST, KN_RETRY_CONNECTION, 0},
    {4151, KN_AUTH, 0, 0},
    {4166, KN_DENIED, 0, 0},
    {5014, KN_AUTH, 0, 0},
};

typedef struct class_rule {
    char state[3]; /* the class of an SQLSTATE */
    uint16_t status;
} class_rule;

static const class_rule classes[] = {
    {"08", KN_LINK_LOST}, {"22", KN_DATA},          {"23", KN_SERVER}, {"25", KN_STATE},
    {"28", KN_AUTH},      {"40", KN_SERIALIZATION}, {"42", KN_SYNTAX}, {"45", KN_DATA},
};

static code_rule find_code(unsigned code, const char *sqlstate)
{
    for (size_t i = 0; i < KN_COUNT_OF(codes); i++) {
        if (codes[i].code == code)
            return codes[i];
    }
    for (size_t i = 0; i < KN_COUNT_OF(classes); i++) {
        if (strncmp(classes[i].state, sqlstate, 2) == 0)
            return (code_rule){.code = (uint16_t)code, .status = classes[i].status};
    }
    return (code_rule){.code = (uint16_t)code, .status = KN_SERVER};
}

bool md_is_lost(unsigned code)
{
    return find_code(code, "").status == KN_LINK_LOST;
}

static void copy_name(char *out, size_t room, const char *name, size_t size)
{
    if (size < room) { /* half a name would be the name of something else */
        memcpy(out, name, size);
        out[size] = '\0';
    }
}

/* A name in backticks that begins at `p`, doubled ones made single; gives back what stands behind, NULL when it is
 * none. */
static const char *read_backticks(const char *p, char *out, size_t room)
{
    size_t n = 0;
    if (*p++ != '`')
        return NULL;
    for (; *p && (*p != '`' || p[1] == '`'); p++) {
        p += *p == '`';
        if (n + 1 < room)
            out[n] = *p;
        n++;
    }
    out[n < room ? n : 0] = '\0';
    return *p ? p + 1 : NULL;
}

static void read_constraint(const char *message, kn_error *error)
{
    const char *p = strstr(message, "CONSTRAINT `");
    if (p)
        (void)read_backticks(p + sizeof "CONSTRAINT", error->constraint, sizeof error->constraint);
}

static void read_table(const char *message, kn_error *error)
{
    char database[sizeof error->table];
    for (const char *p = message; (p = strchr(p, '`')); p++) {
        const char *rest = read_backticks(p, database, sizeof database);
        if (rest && *rest == '.') {
            (void)read_backticks(rest + 1, error->table, sizeof error->table);
            return;
        }
        if (!rest)
            return;
        p = rest - 1;
    }
}

/* What stands between the first two quotes behind `word`. */
static bool read_quoted(const char *message, const char *word, char *out, size_t room)
{
    const char *p = strstr(message, word);
    const char *from = p ? p + strlen(word) : NULL, *to = from ? strchr(from, '\'') : NULL;
    if (to)
        copy_name(out, room, from, (size_t)(to - from));
    return to != NULL;
}

static void read_column_at(const char *message, kn_error *error)
{
    static const char dotted[] = " column `";
    const char *p = strstr(message, dotted);
    if (!p) {
        (void)read_quoted(message, " column '", error->column, sizeof error->column);
        return;
    }
    char part[sizeof error->column];
    p = read_backticks(p + sizeof dotted - 2, part, sizeof part);
    if (p && *p == '.')
        p = read_backticks(p + 1, error->table, sizeof error->table);
    if (p && *p == '.')
        (void)read_backticks(p + 1, error->column, sizeof error->column);
    else
        copy_name(error->column, sizeof error->column, part, strlen(part));
}

/* The value before it may hold anything, so the last one counts. MySQL has the table before the name. */
static void read_key(const char *message, kn_error *error)
{
    static const char words[] = " for key '";
    const char *found = NULL;
    for (const char *p = message; (p = strstr(p, words)); p++)
        found = p + sizeof words - 1;
    size_t size = found ? strlen(found) : 0;
    if (size < 2 || found[size - 1] != '\'')
        return;
    const char *dot = memchr(found, '.', size - 1);
    if (dot) {
        copy_name(error->table, sizeof error->table, found, (size_t)(dot - found));
        size -= (size_t)(dot + 1 - found);
        found = dot + 1;
    }
    copy_name(error->constraint, sizeof error->constraint, found, size - 1);
}

static void read_quoted_table(const char *message, kn_error *error)
{
    char name[2 * sizeof error->table];
    name[0] = '\0';
    if (!read_quoted(message, "'", name, sizeof name))
        return;
    const char *dot = strchr(name, '.');
    const char *table = dot ? dot + 1 : name;
    copy_name(error->table, sizeof error->table, table, strlen(table));
}

static void read_names(unsigned names, const char *message, kn_error *error)
{
    if (names & KEY_LAST)
        read_key(message, error);
    if (names & CONSTRAINT)
        read_constraint(message, error);
    if (names & IN_TABLE)
        read_table(message, error);
    if (names & COLUMN)
        (void)read_quoted(message, "'", error->column, sizeof error->column);
    if (names & COLUMN_AT)
        read_column_at(message, error);
    if (names & TABLE)
        read_quoted_table(message, error);
    if (names & CHECK)
        (void)read_quoted(message, "'", error->constraint, sizeof error->constraint);
}

static const char *hidden_text(unsigned code)
{
    switch (code) {
    case 1062:
    case 1586:
        return "Duplicate entry for key";
    case 1761:
    case 1762:
        return "Foreign key constraint would lead to a duplicate entry";
    case 1690:
        return "The result of an expression is out of range";
    case MD_OTHER_COLUMNS:
        return "The columns of this prepared statement have changed: it ran, and will be prepared anew";
    default:
        return "Incorrect value";
    }
}

static void set_message(const code_rule *rule, kn_status status, const char *message, kn_error *error)
{
    kn_error found = {0};
    if (!(rule->names & HIDDEN)) {
        knp_error_set(error, status, status == KN_TIMEOUT ? "the deadline passed: %s" : "%s", message);
        return;
    }
    read_names(rule->names, message, &found);
    const char *name = found.constraint[0] ? found.constraint : found.column;
    if (*name)
        knp_error_set(error, status, "%s: %s", hidden_text(rule->code), name);
    else
        knp_error_set(error, status, "%s", hidden_text(rule->code));
}

/* What was sent when the link died may have happened, but for GONE: the client could not send it. */
static bool may_have_happened(const md_connection *c, const code_rule *rule, md_phase phase)
{
    enum { GONE = 2006 };
    bool lost = rule->status == KN_LINK_LOST || (rule->status == KN_TIMEOUT && c->dead);
    return lost && rule->code != GONE && (phase == MD_COMMITTING || phase == MD_STORING);
}

/* The rule of a code, with what only this connection knows. */
static code_rule judge(const md_connection *c, unsigned code, const char *sqlstate, md_phase phase, bool *maybe)
{
    code_rule rule = find_code(code, sqlstate);
    if (c->timed_out && (rule.status == KN_CANCELLED || rule.status == KN_LINK_LOST))
        rule = (code_rule){.code = rule.code, .status = KN_TIMEOUT};
    else if ((rule.status == KN_LINK_LOST || rule.status == KN_LIMIT) && (phase == MD_CONNECTING || c->opening))
        rule.status = KN_CONNECT;
    *maybe = may_have_happened(c, &rule, phase);
    if (*maybe)
        rule.retry = KN_RETRY_NEVER;
    if (*maybe && phase == MD_COMMITTING)
        rule.status = KN_COMMIT_UNKNOWN;
    return rule;
}

/* A file that the server could not write, for the reason that the operating system gave. */
static bool is_full(unsigned code, const char *message)
{
    enum { OF_FILES = 1000, ON_WRITE = 1026, OF_ENGINE = 1030 };
    return (code < OF_FILES || code == ON_WRITE || code == OF_ENGINE) &&
           (strstr(message, "\"No space left on device\"") || strstr(message, "\"Disk quota exceeded\""));
}

static kn_status fail(const md_connection *c, unsigned code, const char *sqlstate, const char *message, md_phase phase,
                      kn_error *error)
{
    bool maybe;
    code_rule rule = judge(c, code, sqlstate, phase, &maybe);
    if (is_full(code, message))
        rule.status = KN_FULL;
    if (rule.code == 1290 && !strstr(message, "read-only") && !strstr(message, "read_only"))
        rule.status = KN_SERVER_STATE; /* another option of the server than that it only reads */
    kn_status status = (kn_status)rule.status;
    if (!error)
        return status;
    set_message(&rule, status, message, error);
    read_names(rule.names, message, error);
    error->native = (int32_t)code;
    copy_name(error->sqlstate, sizeof error->sqlstate, sqlstate, strlen(sqlstate));
    bool opens = phase == MD_CONNECTING || c->opening;
    error->retry =
        (uint8_t)(opens && (status == KN_CONNECT || status == KN_TIMEOUT) ? KN_RETRY_CONNECTION : rule.retry);
    bool open = c->mysql && (c->mysql->server_status & SERVER_STATUS_IN_TRANS) && !md_ends_transaction(c, code);
    error->commit = (uint8_t)(maybe ? KN_COMMIT_LOST : open && !md_is_lost(code) ? KN_COMMIT_OPEN : KN_COMMIT_NOT);
    if (code == MD_OTHER_COLUMNS && phase == MD_STORING) {
        error->retry = KN_RETRY_NEVER;
        error->commit = KN_COMMIT_DONE;
    }
    return status;
}

kn_status md_fail(md_connection *c, MYSQL *mysql, md_phase phase, kn_error *error)
{
    return fail(c, mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql), phase, error);
}

kn_status md_fail_columns(md_statement *s, kn_error *error)
{
    s->generation--; /* of no session: the next execution prepares it anew */
    return fail(s->connection, MD_OTHER_COLUMNS, "HY000", "", md_phase_of(s), error);
}

unsigned md_code_of(const md_statement *s)
{
    unsigned code = s->handle ? mysql_stmt_errno(s->handle) : 0;
    return code ? code : mysql_errno(s->connection->mysql);
}

md_phase md_phase_of(const md_statement *s)
{
    return s->inside ? MD_EXECUTING : MD_STORING;
}

kn_status md_fail_statement(md_statement *s, md_phase phase, kn_error *error)
{
    if (phase == MD_EXECUTING)
        phase = md_phase_of(s);
    MYSQL_STMT *h = s->handle;
    if (mysql_stmt_errno(h) == MD_OTHER_COLUMNS)
        return md_fail_columns(s, error);
    if (!mysql_stmt_errno(h)) /* an error among the rows is known to the connection only */
        return md_fail(s->connection, s->connection->mysql, phase, error);
    return fail(s->connection, mysql_stmt_errno(h), mysql_stmt_sqlstate(h), mysql_stmt_error(h), phase, error);
}
