/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "schema/name.h"
#include "support/failing_allocator.h"

#include <stdio.h>
#include <string.h>

/* python3: name[:max - 8 units] + "_" + hashlib.md5(name.encode()).hexdigest()[-4:], as SQLAlchemy 2.0 has it */
static void test_name__shortens_as_sqlalchemy_does(void **state)
{
    (void)state;
    static const struct {
        const char *full;
        uint32_t max, unit;
        const char *name;
    } cases[] = {
        {"ix_users_username", 63, KN_NAME_BYTES, "ix_users_username"},
        {"ix_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 63, KN_NAME_BYTES,
         "ix_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"ix_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 63, KN_NAME_BYTES,
         "ix_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_c94c"},
        {"fk_tttttttttttttttttttttttttttttt_ccccccccccccccccccccccccccccccc", 63, KN_NAME_BYTES,
         "fk_tttttttttttttttttttttttttttttt_ccccccccccccccccccccc_53f7"},
        {"fk_tttttttttttttttttttttttttttttt_ccccccccccccccccccccccccccccccc", 64, KN_NAME_CODE_POINTS,
         "fk_tttttttttttttttttttttttttttttt_cccccccccccccccccccccc_53f7"},
        {"uq_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
         63, KN_NAME_BYTES,
         "uq_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9_9529"},
        {"uq_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
         63, KN_NAME_CODE_POINTS,
         "uq_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"},
        {"ck_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
         64, KN_NAME_CODE_POINTS,
         "ck_"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
         "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9_8f81"},
        {"ix_"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
         64, KN_NAME_UTF16,
         "ix_"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80_090e"},
        {"ix_"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
         64, KN_NAME_CODE_POINTS,
         "ix_"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"},
        {"ix_"
         "a\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
         63, KN_NAME_UTF16,
         "ix_"
         "a\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
         "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
         "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
         "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80_f26a"},
        {"ix_"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2",
         63, KN_NAME_BYTES,
         "ix_"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2_8266"},
        {"abcdefghi", 8, KN_NAME_BYTES, "_fd94"},
        {"abcdefghij", 9, KN_NAME_BYTES, "a_8876"},
    };
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn__name_rule rule = {.max = cases[i].max, .unit = cases[i].unit, .digits = 4, .hashed = cases[i].full};
        const char *name = kn__name_shorten(cases[i].full, &rule, &arena);
        assert_non_null(name);
        assert_string_equal(name, cases[i].name);
        assert_true(kn__name_units(name, cases[i].unit) <= cases[i].max);
        assert_true(kn_utf8_length(kn_text_of(name)) != SIZE_MAX);
    }
    kn_arena_finish(&arena);
}

static void test_name__without_a_limit_nothing_is_shortened(void **state)
{
    (void)state;
    char full[2000];
    memset(full, 'x', sizeof full);
    full[sizeof full - 1] = '\0';
    kn__name_rule rule = {.digits = 4, .hashed = full};
    assert_ptr_equal(kn__name_shorten(full, &rule, NULL), full);
}

static void test_name__counts_in_the_unit_of_the_backend(void **state)
{
    (void)state;
    static const char name[] = "a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80";
    assert_int_equal(kn__name_units(name, KN_NAME_BYTES), 10);
    assert_int_equal(kn__name_units(name, KN_NAME_CODE_POINTS), 4);
    assert_int_equal(kn__name_units(name, KN_NAME_UTF16), 5);
    assert_int_equal(kn__name_units("", KN_NAME_UTF16), 0);
}

typedef struct scope {
    kn__names names;
    kn_arena arena;
    kn_error error;
} scope;

static void begin(scope *s, uint32_t max)
{
    kn_limits limits = {.name_max = max, .name_unit = KN_NAME_BYTES};
    *s = (scope){.error = {0}};
    kn__names_init(&s->names, NULL, &s->arena, max ? &limits : NULL);
}

static void end(scope *s)
{
    kn__names_finish(&s->names);
    kn_arena_finish(&s->arena);
}

static const char *make(scope *s, const char *prefix, const char *schema, const char *table, const char *a,
                        const char *b, uint64_t salt)
{
    const char *columns[] = {a, b}, *name = NULL;
    kn__name_parts parts = {.prefix = prefix,
                            .schema = schema,
                            .table = table,
                            .columns = columns,
                            .n_columns = (size_t)(a != NULL) + (size_t)(b != NULL),
                            .salt = salt};
    if (kn__names_make(&s->names, &parts, &name, &s->error) != KN_OK)
        fail_msg("%s", s->error.message);
    return name;
}

static void test_name__joins_prefix_table_and_columns(void **state)
{
    (void)state;
    scope s;
    begin(&s, 63);
    assert_string_equal(make(&s, "ix", NULL, "users", "name", NULL, 0), "ix_users_name");
    assert_string_equal(make(&s, "fk", NULL, "users", "a", "b", 0), "fk_users_a_b");
    assert_string_equal(make(&s, "pk", NULL, "users", NULL, NULL, 0), "pk_users");
    assert_string_equal(make(&s, "ix", "other", "users", "name", NULL, 0), "ix_users_name");
    end(&s);
}

static void test_name__a_name_that_is_taken_gets_a_hash(void **state)
{
    (void)state;
    scope s;
    begin(&s, 63);
    assert_int_equal(kn__names_take(&s.names, NULL, "IX_a_b_c", "an index of table 'x'", &s.error), KN_OK);
    const char *first = make(&s, "ix", NULL, "a", "b", "c", 0);     /* differs from the given one in case only */
    const char *second = make(&s, "ix", NULL, "a_b", "c", NULL, 0); /* another table with the same name */
    const char *third = make(&s, "ix", NULL, "a", "b_c", NULL, 0);
    const char *fourth = make(&s, "ix", NULL, "a", "b", "c", 1);
    const char *names[] = {first, second, third, fourth};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        assert_int_equal(strlen(names[i]), strlen("ix_a_b_c_0123"));
        assert_memory_equal(names[i], "ix_a_b_c_", 9);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    end(&s);
    /* and it is the same hash in every process and whoever came before */
    begin(&s, 63);
    assert_int_equal(kn__names_take(&s.names, NULL, "ix_a_b_c", "somebody", &s.error), KN_OK);
    assert_string_equal(make(&s, "ix", NULL, "a", "b_c", NULL, 0), "ix_a_b_c_c0cd");
    end(&s);
}

static void test_name__many_equal_names_all_differ(void **state)
{
    (void)state;
    scope s;
    begin(&s, 20);
    enum { MANY = 600 };
    const char *names[MANY];
    for (uint64_t i = 0; i < MANY; i++) {
        names[i] = make(&s, "ix", NULL, "a_table_with_a_long_name", "c", NULL, i);
        assert_true(strlen(names[i]) <= 20);
        for (uint64_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    end(&s);
}

static void test_name__two_given_names_that_clash_are_refused(void **state)
{
    (void)state;
    scope s;
    begin(&s, 63);
    assert_int_equal(kn__names_take(&s.names, NULL, "by_name", "an index of table 'a'", &s.error), KN_OK);
    assert_int_equal(kn__names_take(&s.names, "s", "by_name", "an index of table 'a'", &s.error), KN_OK);
    assert_int_equal(kn__names_take(&s.names, NULL, "By_Name", "a check of table 'b'", &s.error), KN_INVALID);
    assert_non_null(strstr(s.error.message, "an index of table 'a'"));
    assert_non_null(strstr(s.error.message, "a check of table 'b'"));
    end(&s);
}

static kn_status name_some(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn__names names;
    kn_arena arena;
    kn_error error = {0};
    kn_limits limits = {.name_max = 12, .name_unit = KN_NAME_BYTES};
    kn_arena_init(&arena, allocator, 0);
    kn__names_init(&names, allocator, &arena, &limits);
    kn_status status = kn__names_take(&names, NULL, "users", "a table", &error);
    for (uint64_t i = 0; i < 20 && status == KN_OK; i++) {
        const char *columns[] = {"column"}, *name = NULL;
        kn__name_parts parts = {.prefix = "ix", .table = "users", .columns = columns, .n_columns = 1, .salt = i};
        status = kn__names_make(&names, &parts, &name, &error);
        assert_int_equal(status == KN_OK, name != NULL);
    }
    kn__names_finish(&names);
    kn_arena_finish(&arena);
    return status;
}

static void test_name__every_failing_allocation_is_nomem(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(name_some, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__shortens_as_sqlalchemy_does),
        cmocka_unit_test(test_name__without_a_limit_nothing_is_shortened),
        cmocka_unit_test(test_name__counts_in_the_unit_of_the_backend),
        cmocka_unit_test(test_name__joins_prefix_table_and_columns),
        cmocka_unit_test(test_name__a_name_that_is_taken_gets_a_hash),
        cmocka_unit_test(test_name__many_equal_names_all_differ),
        cmocka_unit_test(test_name__two_given_names_that_clash_are_refused),
        cmocka_unit_test(test_name__every_failing_allocation_is_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
