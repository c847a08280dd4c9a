/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <string.h>

#include "sql/scanner.h"
#include "support/failing_allocator.h"

#define PG (KN_LEXIS_DOLLAR_QUOTES | KN_LEXIS_E_STRINGS | KN_LEXIS_NESTED_COMMENTS)
#define MY (KN_LEXIS_BACKSLASH_STRINGS | KN_LEXIS_BACKTICK_NAMES | KN_LEXIS_HASH_COMMENTS)
#define ALL_NAMES (KN_LEXIS_BACKTICK_NAMES | KN_LEXIS_BRACKET_NAMES)

static kn_status scan(const char *sql, uint32_t lexis, uint32_t placeholder, kn_arena *arena, kn__scanned *out,
                      kn_error *error)
{
    kn__scan_rules rules = {.lexis = lexis, .placeholder = placeholder, .parameters_max = 8};

    return kn__scan_sql(kn_text_of(sql), &rules, arena, out, error);
}

typedef struct accepted {
    const char *sql, *out;
    uint32_t lexis, placeholder;
    const char *parameters; /* of each placeholder, as a digit */
    const char *names;      /* of each parameter, with a comma behind */
} accepted;

#define Q KN_PLACEHOLDER_QUESTION
#define D KN_PLACEHOLDER_DOLLAR

static const accepted good[] = {
    {"SELECT 1", "SELECT 1", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT ?, ?", "SELECT ?, ?", KN_LEXIS_ANSI, Q, "01", ",,"},
    {"SELECT ?, ?", "SELECT $1, $2", KN_LEXIS_ANSI, D, "01", ",,"},
    {"SELECT :a, :b, :a", "SELECT ?, ?, ?", KN_LEXIS_ANSI, Q, "010", "a,b,"},
    {"SELECT :a, :b, :a", "SELECT $1, $2, $1", KN_LEXIS_ANSI, D, "01", "a,b,"},
    {"SELECT 1;", "SELECT 1 ", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT 1 ; -- done", "SELECT 1   -- done", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT 1 -;--", "SELECT 1 - --", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT '?' || ':a' || 'it''s ?'", "SELECT '?' || ':a' || 'it''s ?'", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT \"a?\"\"b:c\" FROM t", "SELECT \"a?\"\"b:c\" FROM t", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT x::text, y", "SELECT x::text, y", PG, D, "", ""},
    {"SET @a := 1", "SET @a := 1", MY, Q, "", ""},
    {"SELECT a[1:2]", "SELECT a[1:2]", PG, D, "", ""},
    {"-- ?\nSELECT ?", "-- ?\nSELECT ?", KN_LEXIS_ANSI, Q, "0", ","},
    {"/* ? ; :a */ SELECT ?", "/* ? ; :a */ SELECT ?", KN_LEXIS_ANSI, Q, "0", ","},
    {"/* /* ? */ SELECT ?", "/* /* ? */ SELECT ?", KN_LEXIS_ANSI, Q, "0", ","},
    {"/* /* ? */ ? */ SELECT ?", "/* /* ? */ ? */ SELECT $1", PG, D, "0", ","},
    {"SELECT $$?$$, $x$ $$ ? $x$, ?", "SELECT $$?$$, $x$ $$ ? $x$, $1", PG, D, "0", ","},
    {"SELECT a$1$b, ?", "SELECT a$1$b, $1", PG, D, "0", ","},
    {"SELECT '\\', ?", "SELECT '\\', ?", KN_LEXIS_ANSI, Q, "0", ","},
    {"SELECT '\\'?', ?", "SELECT '\\'?', ?", MY, Q, "0", ","},
    {"SELECT E'\\'?', ?", "SELECT E'\\'?', $1", PG, D, "0", ","},
    {"SELECT name'x', ?", "SELECT name'x', $1", PG, D, "0", ","},
    {"SELECT 1 # ?\n, ?", "SELECT 1 # ?\n, ?", MY, Q, "0", ","},
    {"SELECT `a?`, [b?], ?", "SELECT `a?`, [b?], ?", ALL_NAMES, Q, "0", ","},
    {"SELECT 5 -?", "SELECT 5 -?", KN_LEXIS_ANSI, Q, "0", ","},
    {"SELECT :n\xc3\xa4me", "SELECT ?", KN_LEXIS_ANSI, Q, "0", "n\xc3\xa4me,"},
    {"SELECT 1 --", "SELECT 1 --", KN_LEXIS_ANSI, Q, "", ""},
    {"SELECT a:", "SELECT a:", KN_LEXIS_ANSI, Q, "", ""},
};

static void test_scanner__finds_the_parameters_that_the_dialect_would(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(good); i++) {
        kn_arena arena;
        kn__scanned out;
        kn_error error = {0};
        char names[64] = "";

        kn_arena_init(&arena, NULL, 0);
        if (scan(good[i].sql, good[i].lexis, good[i].placeholder, &arena, &out, &error) != KN_OK)
            fail_msg("%s: %s", good[i].sql, error.message);
        assert_string_equal(out.sql.data, good[i].out);
        assert_int_equal(out.n_placeholders, strlen(good[i].parameters));
        for (size_t k = 0; k < out.n_placeholders; k++)
            assert_int_equal(out.parameter[k], good[i].parameters[k] - '0');
        for (size_t k = 0, n = 0; k < out.n_parameters; k++) {
            memcpy(names + n, out.names[k], strlen(out.names[k]) + 1);
            n += strlen(out.names[k]);
            names[n++] = ',';
            names[n] = '\0';
        }
        assert_string_equal(names, good[i].names);
        kn_arena_finish(&arena);
    }
}

typedef struct refused {
    const char *sql;
    uint32_t lexis;
    kn_status status;
    uint32_t position;
} refused;

static const refused bad[] = {
    {"", KN_LEXIS_ANSI, KN_INVALID, 0},
    {" ; ", KN_LEXIS_ANSI, KN_INVALID, 0},
    {"-- nothing", KN_LEXIS_ANSI, KN_INVALID, 0},
    {"SELECT 'a", KN_LEXIS_ANSI, KN_INVALID, 8},
    {"SELECT \"a", KN_LEXIS_ANSI, KN_INVALID, 8},
    {"SELECT `a", MY, KN_INVALID, 8},
    {"SELECT [a", ALL_NAMES, KN_INVALID, 8},
    {"SELECT $a$ x $b$", PG, KN_INVALID, 8},
    {"SELECT /* a", KN_LEXIS_ANSI, KN_INVALID, 8},
    {"SELECT /* /* a */", PG, KN_INVALID, 8},
    {"SELECT 1; SELECT 2", KN_LEXIS_ANSI, KN_INVALID, 11},
    {"SELECT ?, :a", KN_LEXIS_ANSI, KN_INVALID, 11},
    {"SELECT :a, ?", KN_LEXIS_ANSI, KN_INVALID, 12},
    {"SELECT ?,?,?,?,?,?,?,?,?", KN_LEXIS_ANSI, KN_LIMIT, 24},
    {"SELECT '\xff'", KN_LEXIS_ANSI, KN_ENCODING, 0},
    {"SELECT '\xc0\xa7'", KN_LEXIS_ANSI, KN_ENCODING, 0},
};

static void test_scanner__refuses_what_it_cannot_read_with_the_position(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        kn_arena arena;
        kn__scanned out;
        kn_error error = {0};

        kn_arena_init(&arena, NULL, 0);
        if (scan(bad[i].sql, bad[i].lexis, Q, &arena, &out, &error) != bad[i].status)
            fail_msg("%s: %s", bad[i].sql, kn_status_name((kn_status)error.status));
        assert_int_equal(error.position, bad[i].position);
        kn_arena_finish(&arena);
    }
}

static void test_scanner__refuses_a_text_with_a_zero_byte_or_over_its_bound(void **state)
{
    static char large[KN__SCAN_SQL_MAX + 2];
    kn__scan_rules rules = {.lexis = KN_LEXIS_ANSI, .placeholder = Q, .parameters_max = 8};
    kn_arena arena;
    kn__scanned out;

    (void)state;
    kn_arena_init(&arena, NULL, 0);
    memset(large, ' ', sizeof(large));
    large[0] = 'x';
    assert_int_equal(kn__scan_sql((kn_text){"SELECT\0 1", 9}, &rules, &arena, &out, NULL), KN_ENCODING);
    assert_int_equal(kn__scan_sql((kn_text){large, KN__SCAN_SQL_MAX + 1}, &rules, &arena, &out, NULL), KN_LIMIT);
    assert_int_equal(kn__scan_sql((kn_text){large, KN__SCAN_SQL_MAX}, &rules, &arena, &out, NULL), KN_OK);
    assert_int_equal(kn__scan_sql((kn_text){NULL, 0}, &rules, &arena, &out, NULL), KN_INVALID);
    kn_arena_finish(&arena);
}

static kn_status scan_many_names(const kn_allocator *allocator, void *context)
{
    kn_arena arena;
    kn__scanned out;
    kn_status status;

    (void)context;
    kn_arena_init(&arena, allocator, 0);
    status = scan("SELECT :a, :b, :c, :d, :e, :a", KN_LEXIS_ANSI, Q, &arena, &out, NULL);
    kn_arena_finish(&arena);
    return status;
}

static void test_scanner__survives_each_failing_allocation(void **state)
{
    (void)state;
    each_allocation_failure(scan_many_names, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scanner__finds_the_parameters_that_the_dialect_would),
        cmocka_unit_test(test_scanner__refuses_what_it_cannot_read_with_the_position),
        cmocka_unit_test(test_scanner__refuses_a_text_with_a_zero_byte_or_over_its_bound),
        cmocka_unit_test(test_scanner__survives_each_failing_allocation),
    };
    return cmocka_run_group_tests_name("unit/sql/scanner", tests, NULL, NULL);
}
