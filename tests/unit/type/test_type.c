/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/type.h>

#include <string.h>

enum { CALM = 1, LOUD = 2 };
static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"));

static kn_status codec_write(const void *object, kn_arena *arena, kn_bytes *out, kn_error *error)
{
    (void)object;
    (void)arena;
    (void)out;
    return kn_error_set(error, KN_UNSUPPORTED, "not called here");
}

static kn_status codec_read(kn_bytes bytes, kn_arena *arena, void *object, kn_error *error)
{
    (void)bytes;
    (void)arena;
    (void)object;
    return kn_error_set(error, KN_UNSUPPORTED, "not called here");
}

static const kn_codec codec = {sizeof codec, "point", 16, codec_write, codec_read};

/* Koine's words, and the text each prints as. */
static const struct {
    kn_type type;
    const char *text;
} words[] = {
    {{KN_INIT_KN_SMALL_INTEGER}, "SmallInteger"},
    {{KN_INIT_KN_INTEGER}, "Integer"},
    {{KN_INIT_KN_BIG_INTEGER}, "BigInteger"},
    {{KN_INIT_KN_BOOLEAN}, "Boolean"},
    {{KN_INIT_KN_FLOAT}, "Float"},
    {{KN_INIT_KN_FLOAT_OF(24)}, "Float(24)"},
    {{KN_INIT_KN_NUMERIC(12, 2)}, "Numeric(12, 2)"},
    {{KN_INIT_KN_NUMERIC(12, 3)}, "Numeric(12, 3)"},
    {{KN_INIT_KN_NUMERIC(5, 0)}, "Numeric(5, 0)"},
    {{KN_INIT_KN_STRING(64)}, "String(64)"},
    {{KN_INIT_KN_UNICODE(10485760)}, "Unicode(10485760)"},
    {{KN_INIT_KN_TEXT}, "Text"},
    {{KN_INIT_KN_UNICODE_TEXT}, "UnicodeText"},
    {{KN_INIT_KN_LARGE_BINARY}, "LargeBinary"},
    {{KN_INIT_KN_LARGE_BINARY_OF(16)}, "LargeBinary(16)"},
    {{KN_INIT_KN_DATE}, "Date"},
    {{KN_INIT_KN_TIME}, "Time"},
    {{KN_INIT_KN_DATETIME}, "DateTime"},
    {{KN_INIT_KN_DATETIME_TZ}, "DateTime(timezone)"},
    {{KN_INIT_KN_INTERVAL}, "Interval"},
    {{KN_INIT_KN_ENUM(mood)}, "Enum('calm', 'loud') NAME mood"},
    {{KN_INIT_KN_PICKLE}, "PickleType"},
    {{KN_INIT_KN_PICKLE_OF(codec)}, "PickleType"},
};

static void test_type__each_has_its_name_and_kind(void **state)
{
    static const struct {
        kn_type_id id;
        const char *name;
        kn_kind kind;
    } rows[] = {
        {KN_TYPE_SMALL_INTEGER, "SmallInteger", KN_KIND_INT},
        {KN_TYPE_INTEGER, "Integer", KN_KIND_INT},
        {KN_TYPE_BIG_INTEGER, "BigInteger", KN_KIND_INT},
        {KN_TYPE_BOOLEAN, "Boolean", KN_KIND_BOOL},
        {KN_TYPE_FLOAT, "Float", KN_KIND_FLOAT},
        {KN_TYPE_NUMERIC, "Numeric", KN_KIND_DECIMAL},
        {KN_TYPE_STRING, "String", KN_KIND_TEXT},
        {KN_TYPE_UNICODE, "Unicode", KN_KIND_TEXT},
        {KN_TYPE_TEXT, "Text", KN_KIND_TEXT},
        {KN_TYPE_UNICODE_TEXT, "UnicodeText", KN_KIND_TEXT},
        {KN_TYPE_LARGE_BINARY, "LargeBinary", KN_KIND_BYTES},
        {KN_TYPE_DATE, "Date", KN_KIND_DATE},
        {KN_TYPE_TIME, "Time", KN_KIND_TIME},
        {KN_TYPE_DATETIME, "DateTime", KN_KIND_DATETIME},
        {KN_TYPE_INTERVAL, "Interval", KN_KIND_INTERVAL},
        {KN_TYPE_DATETIME_TZ, "DateTime(timezone)", KN_KIND_INSTANT},
        {KN_TYPE_ENUM, "Enum", KN_KIND_TEXT},
        {KN_TYPE_PICKLE, "PickleType", KN_KIND_BYTES},
    };
    (void)state;
    assert_int_equal(KN_COUNT_OF(rows), KN_TYPE_END_ - 1);
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        assert_string_equal(kn_type_name(rows[i].id), rows[i].name);
        assert_int_equal(kn_type_kind(rows[i].id), rows[i].kind);
    }
}

static void test_type__no_type_has_no_name(void **state)
{
    static const int none[] = {KN_TYPE_NONE, KN_TYPE_END_, 1000, -1};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(none); i++) {
        assert_string_equal(kn_type_name((kn_type_id)none[i]), "?");
        assert_int_equal(kn_type_kind((kn_type_id)none[i]), KN_KIND_UNSET);
    }
}

static void test_type__every_kind_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(kn_kind_name(KN_KIND_UNSET), "unset");
    assert_string_equal(kn_kind_name(KN_KIND_NULL), "null");
    assert_string_equal(kn_kind_name(KN_KIND_INSTANT), "instant");
    assert_string_equal(kn_kind_name(KN_KIND_ANY), "any");
    assert_string_equal(kn_kind_name(KN_KIND_END_), "?");
    assert_string_equal(kn_kind_name((kn_kind)-1), "?");
    for (int a = 0; a < KN_KIND_END_; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(kn_kind_name((kn_kind)a), kn_kind_name((kn_kind)b));
}

static void test_type__words_are_sound_and_print_as_script(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        char out[64];
        assert_int_equal(kn_type_check(&words[i].type, NULL), KN_OK);
        assert_int_equal(kn_type_print(&words[i].type, out, sizeof out, NULL), KN_OK);
        assert_string_equal(out, words[i].text);
    }
}

static void test_type__only_the_same_word_is_equal(void **state)
{
    (void)state;
    for (size_t a = 0; a < KN_COUNT_OF(words); a++)
        for (size_t b = 0; b < KN_COUNT_OF(words); b++) {
            /* a codec is how the program sees it, not what the column is */
            bool same = strcmp(words[a].text, words[b].text) == 0;
            assert_int_equal(kn_type_equal(&words[a].type, &words[b].type), same);
        }
}

static const kn_enum twin = KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"));
static const kn_enum others[] = {
    KN_ENUM_TYPE("moods", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud")),
    KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm")),
    KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"), KN_LABEL(3, "third")),
    KN_ENUM_TYPE("mood", KN_LABEL(LOUD, "loud"), KN_LABEL(CALM, "calm")),
    KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(3, "loud")),
    KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "Loud")),
};

static void test_type__enums_are_equal_by_content(void **state)
{
    kn_type a = KN_TYPE(KN_ENUM(mood)), b = KN_TYPE(KN_ENUM(twin));
    (void)state;
    assert_true(kn_type_equal(&a, &b));
    for (size_t i = 0; i < KN_COUNT_OF(others); i++) {
        b.labels = &others[i];
        assert_false(kn_type_equal(&a, &b));
        assert_false(kn_type_equal(&b, &a));
    }
}

static void test_type__parameters_outside_their_range_are_refused(void **state)
{
    static const struct {
        kn_type type;
        kn_status status;
        const char *says;
    } rows[] = {
        {{.id = KN_TYPE_NONE}, KN_INVALID, "no type"},
        {{.id = KN_TYPE_END_}, KN_INVALID, "no type"},
        {{.id = 65535}, KN_INVALID, "no type"},
        {{KN_INIT_KN_FLOAT_OF(0)}, KN_INVALID, "precision"},
        {{KN_INIT_KN_FLOAT_OF(1)}, KN_OK, NULL},
        {{KN_INIT_KN_FLOAT_OF(53)}, KN_OK, NULL},
        {{KN_INIT_KN_FLOAT_OF(54)}, KN_INVALID, "1 to 53"},
        {{KN_INIT_KN_NUMERIC(0, 0)}, KN_INVALID, "precision"},
        {{KN_INIT_KN_NUMERIC(1, 0)}, KN_OK, NULL},
        {{KN_INIT_KN_NUMERIC(1, 1)}, KN_OK, NULL},
        {{KN_INIT_KN_NUMERIC(1, 2)}, KN_INVALID, "more than its precision"},
        {{KN_INIT_KN_NUMERIC(16383, 16383)}, KN_OK, NULL},
        {{KN_INIT_KN_NUMERIC(16384, 2)}, KN_INVALID, "1 to 16383"},
        {{KN_INIT_KN_NUMERIC(10, 11)}, KN_INVALID, "more than its precision"},
        {{KN_INIT_KN_STRING(0)}, KN_INVALID, "1 to 10485760"},
        {{KN_INIT_KN_STRING(1)}, KN_OK, NULL},
        {{KN_INIT_KN_STRING(10485760)}, KN_OK, NULL},
        {{KN_INIT_KN_STRING(10485761)}, KN_INVALID, "longer text is Text"},
        {{KN_INIT_KN_UNICODE(0)}, KN_INVALID, "length of Unicode"},
        {{KN_INIT_KN_UNICODE(10485761)}, KN_INVALID, "length of Unicode"},
        {{KN_INIT_KN_LARGE_BINARY_OF(4294967295)}, KN_OK, NULL},
        {{KN_INIT_KN_LARGE_BINARY_OF(4294967296)}, KN_INVALID, "length of LargeBinary"},
        /* parameters that the type does not have */
        {{.id = KN_TYPE_INTEGER, .length = 5}, KN_INVALID, "Integer has no length"},
        {{.id = KN_TYPE_TEXT, .length = 5}, KN_INVALID, "Text has no length"},
        {{.id = KN_TYPE_DATE, .precision = 6}, KN_INVALID, "Date has no precision"},
        {{.id = KN_TYPE_FLOAT, .precision = 24, .scale = 2}, KN_INVALID, "Float has no scale"},
        {{.id = KN_TYPE_TEXT, .labels = &mood}, KN_INVALID, "Text has no labels"},
        {{.id = KN_TYPE_TEXT, .codec = &codec}, KN_INVALID, "Text has no codec"},
        {{.id = KN_TYPE_ENUM}, KN_INVALID, "Enum without labels"},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        kn_error error = {0};
        assert_int_equal(kn_type_check(&rows[i].type, &error), rows[i].status);
        assert_int_equal(error.status, rows[i].status);
        if (rows[i].says && !strstr(error.message, rows[i].says))
            fail_msg("\"%s\" does not say \"%s\"", error.message, rows[i].says);
        if (rows[i].status != KN_OK) {
            char out[64] = "untouched";
            assert_int_equal(kn_type_print(&rows[i].type, out, sizeof out, NULL), rows[i].status);
            assert_string_equal(out, "");
        }
    }
}

static void test_type__a_codec_must_be_whole(void **state)
{
    kn_codec broken[4] = {codec, codec, codec, codec};
    (void)state;
    broken[0].size_ = 0;
    broken[1].object_size = 0;
    broken[2].write = NULL;
    broken[3].read = NULL;
    for (size_t i = 0; i < KN_COUNT_OF(broken); i++) {
        kn_type type = KN_TYPE(KN_PICKLE_OF(broken[i]));
        assert_int_equal(kn_type_check(&type, NULL), KN_INVALID);
    }
}

static void test_type__a_text_that_does_not_fit_is_refused(void **state)
{
    kn_type type = KN_TYPE(KN_NUMERIC(12, 2));
    char out[16];
    (void)state;
    assert_int_equal(kn_type_print(&type, out, 15, NULL), KN_OK); /* "Numeric(12, 2)" and NUL */
    assert_string_equal(out, "Numeric(12, 2)");
    for (size_t size = 0; size < 15; size++) {
        kn_error error = {0};
        memset(out, '#', sizeof out);
        assert_int_equal(kn_type_print(&type, out, size, &error), KN_TOO_LONG);
        assert_int_equal(error.status, KN_TOO_LONG);
        assert_int_equal(out[size], '#');
        if (size)
            assert_true(strlen(out) < size);
    }
    assert_int_equal(kn_type_print(&type, NULL, 0, NULL), KN_TOO_LONG);
}

static const kn_enum odd = KN_ENUM_TYPE("my \"mood\"", KN_LABEL(1, "it's"), KN_LABEL(2, "\xc3\xa9t\xc3\xa9, (x)"));
static const kn_enum digit = KN_ENUM_TYPE("2nd", KN_LABEL(1, "a"));
static const kn_enum plain = KN_ENUM_TYPE("_m2", KN_LABEL(1, "a"));

static void test_type__labels_and_names_are_quoted_when_printed(void **state)
{
    char out[80];
    kn_type type = KN_TYPE(KN_ENUM(odd));
    (void)state;
    assert_int_equal(kn_type_print(&type, out, sizeof out, NULL), KN_OK);
    assert_string_equal(out, "Enum('it''s', '\xc3\xa9t\xc3\xa9, (x)') NAME \"my \"\"mood\"\"\"");
    type.labels = &digit;
    assert_int_equal(kn_type_print(&type, out, sizeof out, NULL), KN_OK);
    assert_string_equal(out, "Enum('a') NAME \"2nd\"");
    type.labels = &plain;
    assert_int_equal(kn_type_print(&type, out, sizeof out, NULL), KN_OK);
    assert_string_equal(out, "Enum('a') NAME _m2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type__each_has_its_name_and_kind),
        cmocka_unit_test(test_type__no_type_has_no_name),
        cmocka_unit_test(test_type__every_kind_has_a_name_of_its_own),
        cmocka_unit_test(test_type__words_are_sound_and_print_as_script),
        cmocka_unit_test(test_type__only_the_same_word_is_equal),
        cmocka_unit_test(test_type__enums_are_equal_by_content),
        cmocka_unit_test(test_type__parameters_outside_their_range_are_refused),
        cmocka_unit_test(test_type__a_codec_must_be_whole),
        cmocka_unit_test(test_type__a_text_that_does_not_fit_is_refused),
        cmocka_unit_test(test_type__labels_and_names_are_quoted_when_printed),
    };
    return cmocka_run_group_tests_name("unit/type/type", tests, NULL, NULL);
}
