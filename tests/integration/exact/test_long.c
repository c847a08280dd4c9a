/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Text and bytes beyond what a table of cases holds: every code point, 16 MiB, what a member cannot hold, and which
 * texts a unique column holds apart. */
#include "exact_run.h"

enum { MIB_16 = 16 << 20 };
typedef char chars_5[5];

EXACT_BOX(Text, "long_text", const char *, KN_TEXT);
EXACT_BOX(Unitext, "long_unicode_text", kn_text, KN_UNICODE_TEXT);
EXACT_BOX(Binary, "long_binary", kn_bytes, KN_LARGE_BINARY);
EXACT_BOX(Binary_sized, "long_binary_sized", kn_opt_bytes, KN_LARGE_BINARY_OF(MIB_16));
EXACT_BOX(Chars, "long_chars", chars_5, KN_STRING(4));
EXACT_BOX(Pointer, "long_chars", const char *, KN_STRING(4)); /* the same table, seen by another program */
EXACT_BOX(Character, "long_character", kn_text, KN_STRING(1));

typedef struct Word {
    int64_t id;
    const char *v;
} Word;
KN_MODEL(Word);
KN_COLUMNS(Word) = {
    KN_COLUMN(Word, id, KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_NO),
    KN_COLUMN(Word, v, KN_STRING(20), .unique = true),
};
KN_DEFINE(Word, "long_word");

static size_t put_code_point(uint32_t c, char *out)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    if (n == 1) {
        out[0] = (char)c;
        return 1;
    }
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(0xf00u >> n | c);
    return n;
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdfff;
}

/* U+0001 to U+10FFFF, without the surrogates: 1112063 characters. */
static kn_text every_code_point(void)
{
    char *text = malloc(0x110000 * 4);
    size_t size = 0;

    assert_non_null(text);
    for (uint32_t c = 1; c <= 0x10ffff; c++)
        if (!is_surrogate(c))
            size += put_code_point(c, text + size);
    return (kn_text){text, size};
}

static void test_long__every_code_point_comes_back(void **state)
{
    kn_text all = every_code_point();
    const Exact_case cases[] = {{"every code point", {.kind = KN_KIND_TEXT, .as = {.text = all}}, KN_OK}};

    assert_int_equal(kn_utf8_length(all), 1112063);
    exact_check(test_database_of(state), &Text_model, cases, 1);
    exact_check(test_database_of(state), &Unitext_model, cases, 1);
    free((char *)(uintptr_t)all.data);
}

/* The first and the last of each 4096 code points, each in a column of one character, each found by itself. */
static void test_long__single_characters_come_back(void **state)
{
    enum { STEP = 0x1000 };
    static char texts[0x110000 / STEP * 2][5];
    static Exact_case cases[0x110000 / STEP * 2];
    size_t n = 0;

    for (uint32_t first = 0; first < 0x110000; first += STEP) {
        const uint32_t both[] = {first ? first : 1, first + STEP - 1};
        for (size_t i = 0; i < 2; i++) {
            size_t size = put_code_point(both[i], texts[n]);
            cases[n] =
                (Exact_case){"a character", kn_textn(texts[n], size), is_surrogate(both[i]) ? KN_ENCODING : KN_OK};
            n++;
        }
    }
    for (size_t at = 0; at < n; at += 64) { /* a run compares each with each */
        test_database *db = test_database_of(state);
        exact_check(db, &Character_model, cases + at, n - at < 64 ? n - at : 64);
        assert_ok(db, kn_execute(db->c, KN_SQL("DROP TABLE long_character"), KN_NO_ARGS, NULL, &db->error));
    }
}

static void test_long__sixteen_mebibytes_of_text_come_back(void **state)
{
    static const char line[] = "'\\\"\xf0\x9d\x84\x9e \xe2\x82\xac\n;--";
    char *text = malloc(MIB_16 + 1);
    Exact_case cases[1] = {{"16 MiB", EXACT_NULL, KN_OK}};

    assert_non_null(text);
    for (size_t i = 0; i < MIB_16; i++)
        text[i] = MIB_16 - i < sizeof(line) ? 'x' : line[i % (sizeof(line) - 1)];
    for (size_t i = MIB_16 - sizeof(line); i < MIB_16; i++) /* no character is cut at the end */
        text[i] = 'x';
    while (kn_utf8_length((kn_text){text, MIB_16}) == SIZE_MAX)
        memset(text + MIB_16 - 2 * sizeof(line), 'x', 2 * sizeof(line));
    text[MIB_16] = '\0';
    cases[0].value = kn_textn(text, MIB_16);
    exact_check(test_database_of(state), &Text_model, cases, 1);
    free(text);
}

static void test_long__all_bytes_and_sixteen_mebibytes_of_them_come_back(void **state)
{
    unsigned char all[256];
    unsigned char *many = malloc(MIB_16 + 1);
    Exact_case cases[3];

    assert_non_null(many);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (unsigned char)i;
    for (size_t i = 0; i <= MIB_16; i++)
        many[i] = (unsigned char)(i * 2654435761u >> 13);
    cases[0] = (Exact_case){"256 values", kn_blob(all, sizeof(all)), KN_OK};
    cases[1] = (Exact_case){"16 MiB", kn_blob(many, MIB_16), KN_OK};
    cases[2] = (Exact_case){"16 MiB and one", kn_blob(many, MIB_16 + 1), KN_TOO_LONG};
    exact_check(test_database_of(state), &Binary_model, cases, 2);
    exact_check(test_database_of(state), &Binary_sized_model, cases, 3);
    free(many);
}

/* Four characters fit the column; their bytes may not fit the array: refused on read, and the object is left alone. */
static void test_long__a_char_array_too_short_for_a_row_refuses_it(void **state)
{
    static const struct {
        const char *text;
        kn_status status;
    } rows[] = {{"", KN_OK},
                {"abcd", KN_OK},
                {"\xe2\x82\xac", KN_OK},
                {"\xf0\x9d\x84\x9e", KN_OK},
                {"abc\xc3\xa9", KN_TOO_LONG},
                {"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e", KN_TOO_LONG}};
    test_database *db = test_database_of(state);

    assert_true(exact_create(db, &Pointer_model));
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        Pointer row = {.id = (int64_t)i + 1, .v = rows[i].text};
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Pointer, &row), &db->error));
    }
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        Chars row = {.id = (int64_t)i + 1, .v = "keep"};
        if (rows[i].status == KN_OK) {
            assert_ok(db, kn_get(db->c, KN_OBJECT(Chars, &row), NULL, &db->error));
            assert_string_equal(row.v, rows[i].text);
        } else {
            assert_refused(db, rows[i].status, kn_get(db->c, KN_OBJECT(Chars, &row), NULL, &db->error));
            assert_null(strstr(db->error.message, rows[i].text));
            assert_string_equal(row.v, "keep");
        }
    }
    { /* an array without its NUL is no text */
        Chars row = {.id = 100, .v = {'f', 'u', 'l', 'l', '!'}};
        assert_refused(db, KN_INVALID, kn_insert(db->c, KN_OBJECT(Chars, &row), &db->error));
        assert_int_equal(exact_count(db, &Chars_model), KN_COUNT_OF(rows));
    }
}

/* Each is its own word: nothing folds case, accents, widths or trailing spaces. */
static void test_long__words_that_look_alike_are_unique_each(void **state)
{
    static const char *const words[] = {
        "",
        " ",
        "a",
        "a ",
        "a  ",
        "A",
        "\xc3\xa1",
        "a\xcc\x81",
        "\xc3\x81",
        "ss",
        "\xc3\x9f",
        "SS",
        "i",
        "I",
        "\xc4\xb0",
        "\xc4\xb1",
        "fi",
        "\xef\xac\x81",
        "\xef\xbd\x81",
        "\xc2\xaa",
        "a\xe2\x80\x8b",
        "\t",
        "a\t",
        "a\n",
        "1",
        "01",
        "1.0",
        "1e0",
        "\xc2\xb9",
        "NULL",
        "null",
        "\xef\xbb\xbfz",
    };
    test_database *db = test_database_of(state);

    assert_true(exact_create(db, &Word_model));
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        Word word = {.id = (int64_t)i + 1, .v = words[i]};
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Word, &word), &db->error));
    }
    test_database_reopen(db);
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        Word word = {.id = 1000 + (int64_t)i, .v = words[i]};
        kn_rows *rows = NULL;
        assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Word, &word), &db->error));
        assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(Word), .where = KN_EQ(KN_COL(Word, v), KN_ARG(0))),
                              KN_ARGS(kn_string(words[i])), 0, &rows, &db->error));
        assert_int_equal(rows->count, 1);
        assert_int_equal(((Word *)rows->items)->id, i + 1);
        kn_rows_free(rows);
    }
    assert_int_equal(exact_count(db, &Word_model), KN_COUNT_OF(words));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_long__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(every_code_point_comes_back),
        EACH(single_characters_come_back),
        EACH(sixteen_mebibytes_of_text_come_back),
        EACH(all_bytes_and_sixteen_mebibytes_of_them_come_back),
        EACH(a_char_array_too_short_for_a_row_refuses_it),
        EACH(words_that_look_alike_are_unique_each),
    };
    return cmocka_run_group_tests_name("integration/exact/long", tests, NULL, NULL);
}
