/* SPDX-License-Identifier: MIT */
/* Statements and what they must become, as tables. Every text for sqlite is also prepared by SQLite itself, on a
 * database that has the tables, so that none is a syntax error or names what is not there. */
#ifndef KOINE_TESTS_RENDER_H
#define KOINE_TESTS_RENDER_H

#include "support/cmocka.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include <koine/plugin/plugin.h>

#include "plugin/loader.h"
#include "sql/compile.h"

kn_plugin_entry koine_plugin_sqlite;

typedef struct render_fixture {
    kn__dialect all, sqlite; /* all: ansi with every feature */
    kn__target on_ansi, on_all, on_sqlite;
    sqlite3 *db;
} render_fixture;

/* "a text value of slot 0 as BigInteger": V0:BigInteger; A is an argument; ~n a change of kn_bind_change. */
static inline void binds_as_text(const kn__compiled *compiled, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < compiled->n_binds && n < size; i++) {
        const kn__bind *bind = &compiled->binds[i];
        char type[64], change[8] = "";
        if (!bind->type.id || kn_type_print(&bind->type, type, sizeof(type), NULL) != KN_OK)
            snprintf(type, sizeof(type), "%s", kn_type_name((kn_type_id)bind->type.id));
        if (bind->type.id == KN_TYPE_ENUM)
            snprintf(type, sizeof(type), "Enum");
        if (bind->change)
            snprintf(change, sizeof(change), "~%u", bind->change);
        n += (size_t)snprintf(out + n, size - n, "%s%c%u:%s%s", n ? " " : "", bind->source == KN__BIND_ARG ? 'A' : 'V',
                              bind->index, type, change);
    }
}

static const kn_dialect render_all = {KN_DIALECT_INIT, .name = "all", .features = UINT64_MAX};

/* Stands for the function that the driver registers. */
static inline void render_no_sum(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    (void)arguments;
    sqlite3_result_null(context);
}

static inline void render_fixture_begin(render_fixture *f, const char *const *tables)
{
    kn_error error = {0};
    const kn_plugin *plugin = koine_plugin_sqlite(&kn__host);
    memset(f, 0, sizeof(*f));
    assert_int_equal(kn__dialect_flatten(&render_all, kn__dialect_ansi(), &f->all, &error), KN_OK);
    if (kn__dialect_flatten(plugin->dialects[0], kn__dialect_ansi(), &f->sqlite, &error) != KN_OK)
        fail_msg("%s", error.message);
    kn__target_init(&f->on_ansi, kn__dialect_ansi(), NULL, 0);
    kn__target_init(&f->on_all, &f->all, NULL, 0);
    kn__target_init(&f->on_sqlite, &f->sqlite, "sqlite", 34000);
    assert_int_equal(sqlite3_open(":memory:", &f->db), SQLITE_OK);
    assert_int_equal(sqlite3_create_function(f->db, "kn_sum", 4, SQLITE_UTF8, NULL, render_no_sum, NULL, NULL), 0);
    for (; tables && *tables; tables++) {
        char *message = NULL;
        if (sqlite3_exec(f->db, *tables, NULL, NULL, &message) != SQLITE_OK)
            fail_msg("%s: %s", *tables, message);
    }
}

static inline void render_fixture_end(render_fixture *f)
{
    sqlite3_close(f->db);
}

static inline int render_set_up(void **state, const char *const *tables)
{
    static render_fixture fixture;
    render_fixture_begin(&fixture, tables);
    *state = &fixture;
    return 0;
}

static inline int render_tear_down(void **state)
{
    render_fixture_end(*state);
    return 0;
}

/* Is it SQL to SQLite? */
static inline void must_prepare(const render_fixture *f, kn_text sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sql.data[sql.size], 0);
    if (sqlite3_prepare_v2(f->db, sql.data, (int)sql.size + 1, &statement, NULL) != SQLITE_OK)
        fail_msg("SQLite refuses: %s\n%s", sqlite3_errmsg(f->db), sql.data);
    sqlite3_finalize(statement);
}

/* `sql` NULL: not looked at. `refusal`: a part of the message that refuses it. */
static inline void must_render(const render_fixture *f, const kn__target *target, const char *name,
                               const kn_node *statement, const char *sql, const char *binds, kn_status status,
                               const char *refusal)
{
    kn_error error = {0};
    kn__compiled *compiled = NULL;
    char shown[1024];
    kn_status got = kn__compile(target, statement, NULL, &compiled, &error);
    if (got != status)
        fail_msg("%s on %s: %s (%s), expected %s", name, target->dialect->name, kn_status_name(got), error.message,
                 kn_status_name(status));
    if (status != KN_OK) {
        assert_null(compiled);
        assert_int_equal(error.status, status);
        if (!strstr(error.message, refusal ? refusal : ""))
            fail_msg("%s on %s: \"%s\" does not say \"%s\"", name, target->dialect->name, error.message, refusal);
        return;
    }
    if (sql && strcmp(compiled->sql.data, sql) != 0)
        fail_msg("%s on %s:\n  got      %s\n  expected %s", name, target->dialect->name, compiled->sql.data, sql);
    binds_as_text(compiled, shown, sizeof(shown));
    if (binds && strcmp(shown, binds) != 0)
        fail_msg("%s on %s:\n  got      %s\n  expected %s", name, target->dialect->name, shown, binds);
    if (target == &f->on_sqlite)
        must_prepare(f, compiled->sql);
    /* literals are found where the binds look for them */
    kn_value values[64];
    size_t n = kn__structure_values(statement, values, KN_COUNT_OF(values));
    assert_int_equal(n, compiled->n_values);
    for (size_t i = 0; i < compiled->n_binds; i++) {
        if (compiled->binds[i].source == KN__BIND_VALUE)
            assert_true(compiled->binds[i].index < n);
        else
            assert_true(compiled->binds[i].index < compiled->n_args);
    }
    kn__compiled_free(compiled);
}

/* A statement and what it becomes. */
typedef struct render_row {
    const char *name;
    const kn_node *statement;
    const char *plain, *sqlite; /* sqlite NULL: the same */
    const char *binds, *sqlite_binds;
} render_row;

static inline void must_render_rows(const render_fixture *f, const kn__target *plain, const render_row *rows, size_t n)
{
    for (const render_row *r = rows; r < rows + n; r++) {
        must_render(f, plain, r->name, r->statement, r->plain, r->binds, KN_OK, NULL);
        must_render(f, &f->on_sqlite, r->name, r->statement, r->sqlite ? r->sqlite : r->plain,
                    r->sqlite_binds ? r->sqlite_binds : r->binds, KN_OK, NULL);
    }
}

/* A statement that is refused, and a part of the message. */
typedef struct render_refusal {
    const char *name;
    const kn_node *statement;
    kn_status status;
    const char *says;
} render_refusal;

static inline void must_refuse_rows(const render_fixture *f, const kn__target *plain, const render_refusal *rows,
                                    size_t n)
{
    for (const render_refusal *r = rows; r < rows + n; r++) {
        must_render(f, plain, r->name, r->statement, NULL, NULL, r->status, r->says);
        must_render(f, &f->on_sqlite, r->name, r->statement, NULL, NULL, r->status, r->says);
    }
}

#endif
