/* SPDX-License-Identifier: MIT */
/* Bytes choose a statement whose types fit. What the sqlite dialect renders of it, SQLite must take; its structure must
 * be that of its copy, and every bind must find its value. */
#include "support/fuzz.h"

#include <sqlite3.h>
#include <string.h>

#include <koine/koine.h>
#include <koine/plugin/plugin.h>

#include "plugin/loader.h"
#include "sql/compile.h"

kn_plugin_entry koine_plugin_sqlite;

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(1, "calm"), KN_LABEL(2, "it's"));
static const kn_column columns[] = {
    KN_TABLE_COLUMN("small", KN_SMALL_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("count", KN_INTEGER),
    KN_TABLE_COLUMN("big", KN_BIG_INTEGER),
    KN_TABLE_COLUMN("ratio", KN_FLOAT),
    KN_TABLE_COLUMN("price", KN_NUMERIC(10, 2)),
    KN_TABLE_COLUMN("cost", KN_NUMERIC(15, 7)),
    KN_TABLE_COLUMN("worth", KN_NUMERIC(30, 4)),
    KN_TABLE_COLUMN("code", KN_STRING(3)),
    KN_TABLE_COLUMN("order", KN_TEXT),
    KN_TABLE_COLUMN("mood", KN_ENUM(mood)),
    KN_TABLE_COLUMN("live", KN_BOOLEAN),
    KN_TABLE_COLUMN("day", KN_DATE),
    KN_TABLE_COLUMN("at", KN_DATETIME),
    KN_TABLE_COLUMN("since", KN_DATETIME_TZ),
    KN_TABLE_COLUMN("blob", KN_LARGE_BINARY),
};
static const kn_model table = {.size_ = sizeof(kn_model),
                               .table = "t",
                               .columns = columns,
                               .n_columns = KN_COUNT_OF(columns),
                               .column_size = sizeof(kn_column)};

/* Values of one class may be compared. */
typedef enum kind { INT, FLOAT, NUMERIC, TEXT, MOOD, BOOL, DAY, AT, SINCE, BLOB, KINDS } kind;
static const uint8_t kinds_of_columns[] = {INT,  INT,  INT,  FLOAT, NUMERIC, NUMERIC, NUMERIC, TEXT,
                                           TEXT, MOOD, BOOL, DAY,   AT,      SINCE,   BLOB};

typedef struct input {
    const uint8_t *data;
    size_t size, at;
    kn_arena arena;
} input;

static unsigned next(input *in, unsigned below)
{
    return in->at < in->size ? in->data[in->at++] % below : 0;
}

static const kn_expr *make(input *in, kind k, unsigned depth);

static const kn_expr *op(input *in, kn_op o, const kn_expr *a, const kn_expr *b, const kn_expr *c)
{
    const kn_expr *operands[3] = {a, b, c};
    return kn_expr_op(&in->arena, o, operands, c ? 3 : b ? 2 : a ? 1 : 0);
}

static const kn_expr *make_column(input *in, kind k)
{
    size_t first = next(in, KN_COUNT_OF(columns));
    for (size_t i = 0; i < KN_COUNT_OF(columns); i++) {
        size_t c = (first + i) % KN_COUNT_OF(columns);
        if (kinds_of_columns[c] == k)
            return kn_expr_column(&in->arena, &table, columns[c].name);
    }
    abort();
}

static const kn_expr *make_literal(input *in, kind k)
{
    kn_value day = {.kind = KN_KIND_DATE}, at = {.kind = KN_KIND_DATETIME}, since = {.kind = KN_KIND_INSTANT};
    if (next(in, 3) == 0)
        return kn_expr_arg(&in->arena, next(in, 4), NULL);
    switch (k) {
    case INT:
        return kn_expr_value(&in->arena, kn_int((int64_t)next(in, 256) - 128));
    case FLOAT:
        return kn_expr_value(&in->arena, kn_float((double)next(in, 256) / 7));
    case NUMERIC:
        return kn_expr_value(&in->arena, kn_decimal_value(kn_decimal_of(next(in, 256), -2)));
    case TEXT:
        return kn_expr_value(&in->arena, kn_string("a'b%_\\"));
    case MOOD:
        return kn_expr_value(&in->arena, next(in, 2) ? kn_int(1) : kn_string("it's"));
    case BOOL:
        return kn_expr_value(&in->arena, kn_bool(next(in, 2)));
    case DAY:
        return kn_expr_value(&in->arena, day);
    case AT:
        return next(in, 2) ? kn_expr_value(&in->arena, at) : kn_expr_copy(&in->arena, KN_NOW);
    case SINCE:
        return next(in, 2) ? kn_expr_value(&in->arena, since) : kn_expr_copy(&in->arena, KN_NOW);
    default:
        return kn_expr_value(&in->arena, kn_blob("\0\1", 2));
    }
}

static const kn_expr *make_in(input *in, unsigned depth)
{
    const kn_expr *operands[12];
    size_t n = 0, count = next(in, 11);
    kind k = (kind)next(in, KINDS);
    operands[n++] = make(in, k, depth);
    while (n <= count)
        operands[n++] = next(in, 8) ? make_literal(in, k) : next(in, 2) ? &kn_absent_ : make(in, k, depth);
    return kn_expr_op(&in->arena, next(in, 2) ? KN_OP_IN : KN_OP_NOT_IN, operands, n);
}

static const kn_expr *make_condition(input *in, unsigned depth)
{
    static const uint8_t comparisons[] = {KN_OP_EQ, KN_OP_NE, KN_OP_LT, KN_OP_LE, KN_OP_GT, KN_OP_GE};
    static const uint8_t patterns[] = {KN_OP_LIKE, KN_OP_ILIKE, KN_OP_CONTAINS, KN_OP_STARTS_WITH, KN_OP_ENDS_WITH};
    kind k = (kind)next(in, KINDS);
    switch (next(in, 8)) {
    case 0:
        return op(in, next(in, 2) ? KN_OP_AND : KN_OP_OR, next(in, 5) ? make(in, BOOL, depth) : &kn_absent_,
                  make(in, BOOL, depth), NULL);
    case 1:
        return op(in, KN_OP_NOT, make(in, BOOL, depth), NULL, NULL);
    case 2:
        return op(in, next(in, 2) ? KN_OP_IS_NULL : KN_OP_IS_NOT_NULL, make(in, k, depth), NULL, NULL);
    case 3:
        return op(in, (kn_op)patterns[next(in, KN_COUNT_OF(patterns))], make(in, TEXT, depth), make(in, TEXT, depth),
                  NULL);
    case 4:
        return make_in(in, depth);
    case 5:
        return op(in, KN_OP_BETWEEN, make(in, k, depth), make(in, k, depth), make(in, k, depth));
    default:
        return op(in, (kn_op)comparisons[next(in, KN_COUNT_OF(comparisons))], make(in, k, depth), make(in, k, depth),
                  NULL);
    }
}

static const kn_expr *make_number(input *in, kind k, unsigned depth)
{
    static const uint8_t binary[] = {KN_OP_ADD, KN_OP_SUB, KN_OP_MUL, KN_OP_DIV, KN_OP_MOD};
    switch (next(in, 5)) {
    case 0:
        return op(in, next(in, 2) ? KN_OP_NEG : KN_OP_ABS, make(in, k, depth), NULL, NULL);
    case 1:
        if (k == INT)
            return op(in, KN_OP_LENGTH, make(in, next(in, 2) ? TEXT : BLOB, depth), NULL, NULL);
        /* fall through */
    default:
        return op(in, (kn_op)binary[next(in, k == FLOAT ? 4 : 5)], make(in, k, depth), make(in, k, depth), NULL);
    }
}

static const kn_expr *make(input *in, kind k, unsigned depth)
{
    unsigned choice = depth ? next(in, 6) : next(in, 2);
    if (choice == 0)
        return make_column(in, k);
    if (choice == 1)
        return make_literal(in, k);
    if (choice == 2)
        return op(in, KN_OP_COALESCE, make(in, k, depth - 1), make(in, k, depth - 1), NULL);
    if (k == BOOL)
        return make_condition(in, depth - 1);
    if (k == INT || k == FLOAT)
        return make_number(in, k, depth - 1);
    if (k == TEXT)
        return choice == 3 ? op(in, KN_OP_LOWER, make(in, k, depth - 1), NULL, NULL)
                           : op(in, KN_OP_CONCAT, make(in, k, depth - 1), make(in, k, depth - 1), NULL);
    return make_column(in, k);
}

/* A list of up to three. */
static const kn_expr *const *make_list(input *in, const kn_expr **list, bool ordered)
{
    size_t n = 0, count = 1 + next(in, 3);
    while (n < count) {
        const kn_expr *e = make(in, (kind)next(in, KINDS), 3);
        list[n++] = ordered && next(in, 2) ? op(in, next(in, 2) ? KN_OP_ASC : KN_OP_DESC, e, NULL, NULL) : e;
    }
    list[n] = KN_END;
    return list;
}

typedef union any_statement {
    kn_node node;
    kn_select select;
    kn_update_rows update;
    kn_delete_rows delete;
} any_statement;

static bool is_null(const kn_expr *const *list)
{
    while (*list && *list != KN_END)
        list++;
    return !*list;
}

/* false: an operand could not be made (too deep). */
static bool make_statement(input *in, any_statement *s, const kn_expr *lists[2][5])
{
    const kn_expr *where = next(in, 4) ? make(in, BOOL, 6) : KN_ALL_ROWS;
    switch (next(in, 4)) {
    case 0:
        s->delete =
            (kn_delete_rows){.node = {KN_NODE_DELETE, sizeof(kn_delete_rows), 0}, .from = &table, .where = where};
        return where != NULL;
    case 1: {
        size_t c = next(in, KN_COUNT_OF(columns));
        lists[0][0] = op(in, KN_OP_ASSIGN, kn_expr_column(&in->arena, &table, columns[c].name),
                         make(in, (kind)kinds_of_columns[c], 5), NULL);
        lists[0][1] = KN_END;
        s->update = (kn_update_rows){
            .node = {KN_NODE_UPDATE, sizeof(kn_update_rows), 0}, .table = &table, .set = lists[0], .where = where};
        return where && !is_null(lists[0]);
    }
    default:
        s->select = (kn_select){.node = {KN_NODE_SELECT, sizeof(kn_select), 0}, .from = &table, .where = where};
        s->select.distinct = next(in, 4) == 0;
        s->select.columns = next(in, 3) ? make_list(in, lists[0], false) : NULL;
        s->select.order_by = next(in, 3) ? make_list(in, lists[1], true) : NULL;
        s->select.limit = next(in, 2) ? kn_expr_value(&in->arena, kn_int(3)) : NULL;
        s->select.offset = next(in, 2) ? kn_expr_arg(&in->arena, 1, NULL) : NULL;
        return where && !(s->select.columns && is_null(lists[0])) && !(s->select.order_by && is_null(lists[1]));
    }
}

/* Limits of SQLite itself, which its driver reports as such. */
static bool is_limit(const char *message)
{
    return strstr(message, "too large") || strstr(message, "stack overflow") || strstr(message, "too many");
}

static void check_structure(const kn_node *node, const kn__compiled *compiled)
{
    kn_arena arena = {0};
    const kn_node *copy = kn__structure_copy(&arena, node);
    FUZZ_CHECK(copy && kn__structure_equal(node, copy) && kn__structure_equal(copy, node));
    FUZZ_CHECK(kn__structure_hash(node, 1) == kn__structure_hash(copy, 1));
    FUZZ_CHECK(kn__structure_values(node, NULL, 0) == compiled->n_values);
    for (size_t i = 0; i < compiled->n_binds; i++) {
        const kn__bind *bind = &compiled->binds[i];
        FUZZ_CHECK(bind->index < (bind->source == KN__BIND_ARG ? compiled->n_args : compiled->n_values));
    }
    kn_arena_finish(&arena);
}

static void check_statement(const kn__target *target, sqlite3 *db, const kn_node *node)
{
    kn__compiled *compiled = NULL;
    kn_error error = {0};
    kn_status status = kn__compile(target, node, NULL, &compiled, &error);
    if (status != KN_OK) {
        FUZZ_CHECK(error.status == (int32_t)status && error.message[0]);
        FUZZ_CHECK(status == KN_INVALID || status == KN_TYPE_MISMATCH || status == KN_UNSUPPORTED ||
                   status == KN_LIMIT);
        return;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, compiled->sql.data, (int)compiled->sql.size + 1, &statement, NULL) != SQLITE_OK) {
        if (!is_limit(sqlite3_errmsg(db)))
            fprintf(stderr, "%s\n%s\n", sqlite3_errmsg(db), compiled->sql.data);
        FUZZ_CHECK(is_limit(sqlite3_errmsg(db)));
    } else {
        FUZZ_CHECK((size_t)sqlite3_bind_parameter_count(statement) == compiled->n_binds);
    }
    sqlite3_finalize(statement);
    check_structure(node, compiled);
    kn__compiled_free(compiled);
}

static sqlite3 *open_database(kn__dialect *dialect)
{
    sqlite3 *db = NULL;
    FUZZ_CHECK(kn__dialect_flatten(koine_plugin_sqlite(&kn__host)->dialects[0], kn__dialect_ansi(), dialect, NULL) ==
               KN_OK);
    FUZZ_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    /* a name in double quotes that is no column must not pass for a text */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    FUZZ_CHECK(
        sqlite3_exec(db,
                     "CREATE TABLE t (small SMALLINT, count INTEGER, big BIGINT, ratio FLOAT, price NUMERIC(10, 2),"
                     " cost NUMERIC(15, 7), worth TEXT_NUMERIC(30, 4), code VARCHAR(3), \"order\" TEXT,"
                     " mood VARCHAR(4), live BOOLEAN, day DATE, at DATETIME, since DATETIME, blob BLOB)",
                     NULL, NULL, NULL) == SQLITE_OK);
    return db;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static kn__dialect dialect;
    static kn__target target;
    static sqlite3 *db;
    if (!db) {
        db = open_database(&dialect);
        kn__target_init(&target, &dialect, "sqlite", 34000);
    }
    input in = {.data = data, .size = size};
    any_statement s;
    const kn_expr *lists[2][5];
    if (make_statement(&in, &s, lists))
        check_statement(&target, db, &s.node);
    kn_arena_finish(&in.arena);
    return 0;
}
