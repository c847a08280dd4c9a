/* SPDX-License-Identifier: MIT */
/* A statement with many sets of values in one message: MariaDB's array binding, in which the client asks for each set
 * when it writes the message. A message holds sets of the same types only. The server stops at the first set that
 * fails, and does not say which it was: only a set that was not sent can be named. */
#include <string.h>

#include "parameter.h"

#if MD_IS_CONNECTOR_C

/* More gain nothing; and a message of large values is not made larger than this without need. */
#define SETS_MOST 2000
#define MESSAGE_BYTES (UINT64_C(4) << 20)

/* What a value takes besides its bytes at most, and its column's type. */
#define VALUE_BYTES (3 + MD_HEAD_MOST)

/* md_statement.sets_now while nothing has been found wrong with a set. */
#define NO_SET SIZE_MAX

bool md_can_many(MYSQL *mysql)
{
    unsigned long more = 0;
    return mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) == 0 &&
           (more & (unsigned long)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

/* The client reads each set from here. Everything in it has been looked at by measure_set. Gives back a my_bool that is
 * false, or in older versions a pointer that is NULL. */
typedef uintptr_t put_fn(void *statement, MYSQL_BIND *binds, unsigned number);
static uintptr_t put_set(void *statement, MYSQL_BIND *binds, unsigned number)
{
    md_statement *s = statement;
    const kn_value *v = s->sets + number * s->n_parameters;
    md_parameter *p = s->parameters, *end = p + s->n_parameters;
    for (; p < end; p++, v++, binds++) {
        p->indicator = STMT_INDICATOR_NONE;
        if (v->kind == KN_KIND_NULL)
            p->indicator = STMT_INDICATOR_NULL;
        else
            md_put(p, v, binds);
    }
    return 0;
}

/* Of these kinds all values are plain. */
#define KIND_BIT(kind) (UINT32_C(1) << (kind))
#define ALWAYS_PLAIN                                                                                                   \
    (KIND_BIT(KN_KIND_INT) | KIND_BIT(KN_KIND_DATE) | KIND_BIT(KN_KIND_TIME) | KIND_BIT(KN_KIND_DATETIME))

/* One that is NULL, or no plain one, or the first of its type; *fits = it may stand in a message with those before it.
 */
__attribute__((noinline)) static kn_status measure_value(md_statement *s, size_t i, const kn_value *v, uint64_t *sum,
                                                         bool *fits, kn_error *error)
{
    md_parameter *p = &s->parameters[i];
    MYSQL_BIND *own = &s->binds[i];
    enum enum_field_types type;
    if (v->kind == KN_KIND_NULL) {
        p->nulls = true;
        return KN_OK;
    }
    MD_TRY(md_measure(i, v, &type, sum, error));
    *fits = type == own->buffer_type || p->message_kind == MD_NO_KIND;
    if (!*fits)
        return KN_OK;
    if (type != own->buffer_type) {
        own->buffer_type = type;
        s->bound = false;
    }
    p->kind = p->message_kind = v->kind;
    return KN_OK;
}

static inline kn_status measure_set(md_statement *s, const kn_value *v, uint64_t *sum, bool *fits, kn_error *error)
{
    md_parameter *first = s->parameters, *end = first + s->n_parameters;
    for (md_parameter *p = first; p < end; p++, v++) {
        if (v->kind == p->message_kind && (ALWAYS_PLAIN >> v->kind & 1 || md_is_plain(p, v, sum)))
            continue;
        MD_TRY(measure_value(s, (size_t)(p - first), v, sum, fits, error));
        if (!*fits)
            break;
    }
    return KN_OK;
}

/* Are a column's values in so many sets plain, and of the kind of those before, or NULL? Adds their bytes. */
static bool is_plain_column(md_parameter *p, const kn_value *v, size_t stride, size_t sets, uint64_t *sum)
{
    bool always = p->message_kind != MD_NO_KIND && ALWAYS_PLAIN >> p->message_kind & 1;
    for (; sets; sets--, v += stride) {
        if (v->kind == KN_KIND_NULL)
            p->nulls = true;
        else if (v->kind != p->message_kind || (!always && !md_is_plain(p, v, sum)))
            return false;
    }
    return true;
}

/* May so many sets stand in a message whose sum is then less than `usual`? */
static bool are_plain(md_statement *s, const kn_value *set, size_t sets, uint64_t usual, uint64_t *sum)
{
    size_t n = s->n_parameters;
    uint64_t more = *sum + sets * VALUE_BYTES * (uint64_t)n;
    for (size_t i = 0; i < n; i++) {
        if (!is_plain_column(&s->parameters[i], set + i, n, sets, &more))
            return false;
    }
    *sum = more < usual ? more : *sum;
    return more < usual;
}

/* The first goes with the next message, however small the messages are that the server takes, if it fits in one. */
static kn_status measure_first(md_statement *s, uint64_t most, uint64_t *sum, kn_error *error)
{
    const kn_value *set = s->sets;
    uint64_t bytes = 0, alone = MD_MESSAGE_BYTES(s->n_parameters);
    bool fits = true;
    MD_TRY(measure_set(s, set, &bytes, &fits, error));
    *sum = bytes + VALUE_BYTES * (uint64_t)s->n_parameters;
    if (*sum < most)
        return KN_OK;
    for (size_t i = 0; i < s->n_parameters; i++)
        alone += md_heads[set[i].kind];
    return alone + bytes < s->connection->packet_max
               ? KN_OK
               : knp_error_set(error, KN_TOO_LONG, "a set of values takes %llu bytes; the server takes less than %llu",
                               (unsigned long long)(alone + bytes), (unsigned long long)s->connection->packet_max);
}

/* Does another, that is looked at by itself, go too? */
static bool fits_one(md_statement *s, size_t n, uint64_t usual, uint64_t *sum)
{
    bool fits = true;
    *sum += VALUE_BYTES * (uint64_t)s->n_parameters;
    return measure_set(s, s->sets + n * s->n_parameters, sum, &fits, NULL) == KN_OK && fits && *sum < usual;
}

/* How many of the sets go with the next message. A set that cannot be sent ends it, and fails when it is the first.
 * Usually all are plain but the first, which says of what types they are. */
static kn_status measure(md_statement *s, kn_error *error)
{
    enum { AT_ONCE = 64 };
    uint64_t most = s->connection->packet_max - MD_MESSAGE_BYTES(0), sum = 0;
    uint64_t usual = most < MESSAGE_BYTES ? most : MESSAGE_BYTES;
    size_t n_most = s->sets_left < SETS_MOST ? s->sets_left : SETS_MOST, n, one_by_one = 0;
    for (md_parameter *p = s->parameters, *end = p + s->n_parameters; p < end; p++) {
        p->message_kind = MD_NO_KIND;
        p->nulls = false;
    }
    s->sets_now = 0;
    MD_TRY(measure_first(s, most, &sum, error));
    for (n = 1; n < n_most; n++) {
        size_t sets = n_most - n < AT_ONCE ? n_most - n : AT_ONCE;
        if (n >= one_by_one && are_plain(s, s->sets + n * s->n_parameters, sets, usual, &sum)) {
            n += sets - 1;
            continue;
        }
        one_by_one = n < one_by_one ? one_by_one : n + sets;
        if (!fits_one(s, n, usual, &sum))
            break;
    }
    s->sets_now = n;
    return KN_OK;
}

static kn_status bind_types(md_statement *s, kn_error *error)
{
    for (size_t i = 0; i < s->n_parameters; i++) {
        md_parameter *p = &s->parameters[i];
        MYSQL_BIND *own = &s->binds[i];
        if (!own->length && p->message_kind == MD_NO_KIND)
            own->buffer_type = MYSQL_TYPE_STRING; /* of NULL */
        own->length = &p->length;
        own->is_null = &p->null;
    }
    if (mysql_stmt_bind_param(s->handle, s->binds))
        return md_fail_statement(s, MD_EXECUTING, error);
    s->bound = true;
    return KN_OK;
}

static kn_status bind_all(md_statement *s, kn_error *error)
{
    static put_fn *const callback = put_set;
    const void *place;
    unsigned count = (unsigned)s->sets_now;
    memcpy(&place, &callback, sizeof place);
    mysql_stmt_attr_set(s->handle, STMT_ATTR_CB_PARAM, place);
    mysql_stmt_attr_set(s->handle, STMT_ATTR_ARRAY_SIZE, &count);
    if (!s->bound)
        MD_TRY(bind_types(s, error));
    for (size_t i = 0; i < s->n_parameters; i++) /* the client asks for those that are there three times a value */
        s->handle->params[i].u.indicator = s->parameters[i].nulls ? &s->parameters[i].indicator : NULL;
    return KN_OK;
}

static void sent(md_connection *c);

static void send_next(md_statement *s)
{
    md_connection *c = s->connection;
    c->status = measure(s, &c->failure);
    if (c->status == KN_OK)
        c->status = bind_all(s, &c->failure);
    if (c->status == KN_OK)
        md_start_statement(s, MD_CALL_STMT_EXECUTE, sent);
    else
        md_leave(c, NULL);
}

static void read_away(md_connection *c)
{
    md_leave(c, NULL);
}

static void sent(md_connection *c)
{
    md_statement *s = c->running;
    if (!c->call.failed && mysql_stmt_field_count(s->handle)) {
        c->status =
            knp_error_set(&c->failure, KN_INVALID, "a statement that gives rows takes one set of values at a time");
        md_start_statement(s, MD_CALL_STMT_FREE, read_away);
        return;
    }
    if (c->call.failed) {
        unsigned code = md_code_of(s);
        c->status = md_fail_statement(s, MD_EXECUTING, &c->failure);
        md_note_failure(c, code, s->inside);
        md_leave(c, NULL);
        return;
    }
    s->changed += (int64_t)mysql_stmt_affected_rows(s->handle);
    s->sets += s->sets_now * s->n_parameters;
    s->sets_left -= s->sets_now;
    s->sets_now = NO_SET;
    if (s->sets_left && !c->timed_out) {
        send_next(s);
        return;
    }
    if (s->sets_left) /* the statement had ended before it could be killed */
        c->status = knp_error_set(&c->failure, KN_TIMEOUT, "the deadline passed when sets of values were left");
    md_leave(c, NULL);
}

/* One set at a time again. */
static void unbind(md_statement *s)
{
    unsigned none = 0;
    if (!s->handle)
        return;
    mysql_stmt_attr_set(s->handle, STMT_ATTR_CB_PARAM, NULL);
    mysql_stmt_attr_set(s->handle, STMT_ATTR_ARRAY_SIZE, &none);
}

static void prepared(md_connection *c)
{
    md_statement *s = c->running;
    c->status = md_prepared(s, &c->failure);
    if (c->status == KN_OK && (!s->handle || mysql_stmt_param_count(s->handle) != s->n_parameters))
        c->status = knp_error_set(&c->failure, KN_SERVER_STATE, "the statement has other parameters than before");
    if (c->status == KN_OK)
        send_next(s);
    else
        md_leave(c, NULL);
}

static kn_status begin(md_statement *s, const kn_value *values, size_t count, int64_t deadline_us, kn_error *error)
{
    md_connection *c = s->connection;
    MD_TRY(md_check_start(s, deadline_us, error));
    s->sets = values;
    s->sets_left = count;
    s->sets_now = NO_SET;
    md_begin(s, deadline_us);
    if (s->generation == c->generation)
        send_next(s);
    else
        md_prepare_again(s, prepared);
    return KN_OK;
}

static kn_status run_many(md_statement *s, const kn_value *values, size_t count, int64_t deadline_us, kn_wait *wait,
                          kn_error *error)
{
    md_connection *c = s->connection;
    if (!c->then) {
        if (!count)
            return KN_OK;
        MD_TRY(begin(s, values, count, deadline_us, error));
    }
    kn_status status = md_run(c, wait, error);
    if (status != KN_WAIT)
        unbind(s);
    return status;
}

static const kn_object_rows *objects_of(const kn_execute_request *request)
{
    return request->size_ > offsetof(kn_execute_request, objects) ? request->objects : NULL;
}

static bool wants_whole(const kn_execute_request *request)
{
    return request->size_ > offsetof(kn_execute_request, whole) && request->whole;
}

/* One INSERT of rows that stand in objects is an execution as any other, of which the server leaves nothing when it
 * fails. */
static kn_status begin_objects(md_statement *s, const kn_execute_request *request, size_t *failed, kn_error *error)
{
    kn_status status = md_check_start(s, request->deadline_us, error);
    if (status != KN_OK) {
        *failed = 0;
        return status;
    }
    if (!s->bound || s->generation != s->connection->generation || mysql_stmt_field_count(s->handle) ||
        request->n_values != s->n_parameters || !md_put_objects(s, request->objects))
        return knp_error_set(error, KN_UNSUPPORTED, "the objects must be looked at one by one");
    md_start_execution(s, request->deadline_us);
    return KN_OK;
}

static kn_status execute_objects(md_statement *s, const kn_execute_request *request, kn_outcome *outcome,
                                 size_t *failed, kn_wait *wait, kn_error *error)
{
    if (!s->connection->then)
        MD_TRY(begin_objects(s, request, failed, error));
    kn_status status = md_run(s->connection, wait, error);
    if (status == KN_WAIT)
        return status;
    s->state = MD_ENDED;
    outcome->changed = s->changed;
    if (status != KN_OK)
        *failed = 0;
    return status;
}

/* Of an array each set is a statement of its own for the server. */
kn_status md_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                          size_t *failed, kn_wait *wait, kn_error *error)
{
    md_statement *s = statement;
    if (objects_of(request))
        return execute_objects(s, request, outcome, failed, wait, error);
    if (!s->connection->then) {
        if (wants_whole(request))
            return knp_error_set(error, KN_UNSUPPORTED, "a failure leaves what the sets before it did");
        if (!s->connection->can_many || !s->counts || !s->handle || !s->n_parameters)
            return knp_error_set(error, KN_UNSUPPORTED, "this statement takes one set of values at a time");
        if (request->n_values != s->n_parameters)
            return knp_error_set(error, KN_INVALID, "the statement has %zu parameters, %zu values were given",
                                 s->n_parameters, request->n_values);
        s->changed = 0;
        s->sets_now = NO_SET;
    }
    kn_status status = run_many(s, request->values, count, request->deadline_us, wait, error);
    if (status == KN_WAIT)
        return status;
    outcome->changed = s->changed;
    if (status != KN_OK)
        *failed = s->sets_now == 0 ? count - s->sets_left : SIZE_MAX;
    return status;
}

/* Bulk inserts are such an INSERT. */

struct md_bulk {
    md_connection *connection;
    md_statement *insert;
    char *sql;
    size_t sql_size, sql_room;
    kn_prepare_request request;
    int64_t deadline_us; /* of rows that come without one of their own */
};

static void free_bulk(md_bulk *b)
{
    const kn_allocator *allocator = b->connection->allocator;
    md_finish(b->insert);
    md_resize(allocator, b->sql, b->sql_room, 0);
    md_resize(allocator, b, sizeof *b, 0);
}

static size_t put(char *out, const char *text)
{
    size_t size = strlen(text);
    if (out)
        memcpy(out, text, size);
    return size;
}

/* Measured when `out` is NULL. */
static size_t write_insert(char *out, const char *table, const char *const *columns, size_t n)
{
#define PUT(text) size += put(out ? out + size : NULL, text)
    size_t size = 0;
    PUT("INSERT INTO ");
    PUT(table);
    for (size_t i = 0; i < n; i++) {
        PUT(i ? ", " : " (");
        PUT(columns[i]);
    }
    for (size_t i = 0; i < n; i++)
        PUT(i ? ", ?" : ") VALUES (?");
    PUT(")");
    return size;
}

static kn_status create(md_connection *c, const char *table, const char *const *columns, size_t n, md_bulk **out,
                        kn_error *error)
{
    md_bulk *b = md_resize(c->allocator, NULL, 0, sizeof *b);
    if (!b)
        return knp_error_set(error, KN_NOMEM, "no memory for a bulk insert");
    *b = (md_bulk){.connection = c, .sql_size = write_insert(NULL, table, columns, n)};
    b->sql = md_resize(c->allocator, NULL, 0, b->sql_size + 1);
    if (!b->sql) {
        md_resize(c->allocator, b, sizeof *b, 0);
        return knp_error_set(error, KN_NOMEM, "no memory for a bulk insert");
    }
    b->sql_room = b->sql_size + 1;
    write_insert(b->sql, table, columns, n);
    b->sql[b->sql_size] = '\0';
    b->request = (kn_prepare_request){.size_ = sizeof b->request, .sql = {b->sql, b->sql_size}, .n_parameters = n};
    *out = b;
    return KN_OK;
}

kn_status md_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                        const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error)
{
    md_connection *c = connection;
    void *insert = NULL;
    (void)types;
    if (!c->then) {
        if (!c->can_many || !n_columns)
            return knp_error_set(error, KN_UNSUPPORTED, "the server takes one row at a time");
        MD_TRY(create(c, table_quoted, columns_quoted, n_columns, &c->bulk, error));
        c->bulk->deadline_us = wait ? wait->deadline_us : 0;
    }
    kn_status status = md_prepare(c, &c->bulk->request, &insert, wait, error);
    if (status == KN_WAIT)
        return status;
    md_bulk *b = c->bulk;
    c->bulk = NULL;
    if (status != KN_OK) {
        free_bulk(b);
        return status;
    }
    b->insert = insert;
    *bulk = b;
    return KN_OK;
}

kn_status md_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error)
{
    md_bulk *b = bulk;
    int64_t own_us = wait ? wait->deadline_us : 0;
    return run_many(b->insert, rows, count, own_us ? own_us : b->deadline_us, wait, error);
}

kn_status md_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    md_bulk *b = bulk;
    (void)commit, (void)wait, (void)error;
    *stored = b->insert->changed;
    free_bulk(b);
    return KN_OK;
}

void md_bulk_give_up(md_connection *c)
{
    if (c->bulk)
        free_bulk(c->bulk);
    c->bulk = NULL;
}
#else
bool md_can_many(MYSQL *mysql)
{
    (void)mysql;
    return false;
}

kn_status md_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                          size_t *failed, kn_wait *wait, kn_error *error)
{
    (void)statement, (void)request, (void)count, (void)outcome, (void)failed, (void)wait;
    return knp_error_set(error, KN_UNSUPPORTED, "this client library sends one set of values at a time");
}

kn_status md_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                        const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error)
{
    (void)connection, (void)table_quoted, (void)columns_quoted, (void)types, (void)n_columns, (void)bulk, (void)wait;
    return knp_error_set(error, KN_UNSUPPORTED, "this client library sends one row at a time");
}

kn_status md_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error)
{
    (void)bulk, (void)rows, (void)count, (void)wait;
    return knp_error_set(error, KN_STATE, "no bulk insert was begun");
}

kn_status md_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    (void)bulk, (void)commit, (void)stored, (void)wait;
    return knp_error_set(error, KN_STATE, "no bulk insert was begun");
}

void md_bulk_give_up(md_connection *c)
{
    (void)c;
}
#endif
