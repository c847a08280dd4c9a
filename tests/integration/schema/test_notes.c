/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* What the server's catalog does not tell of a column stands in its comment: with both, no two types are one. */
#include "support/database.h"

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(1, "calm"), KN_LABEL(2, "loud"));
static const kn_enum quoted = KN_ENUM_TYPE("The \"mood\"", KN_LABEL(1, "calm"), KN_LABEL(2, "loud"));

/* "e acute" and "euro": two and three bytes. */
#define TIMES_8(s) s s s s s s s s
#define COMMENT_960 TIMES_8(TIMES_8(TIMES_8("\xc3\xa9"))) TIMES_8(TIMES_8("1234567"))
#define COMMENT_996 COMMENT_960 "12345678901234567890123456789012345\xe2\x82\xac"
#define LOOKS_NOTED "not ours [koine: Interval]"

static const kn_column columns[] = {
    KN_TABLE_COLUMN("a", KN_SMALL_INTEGER),
    KN_TABLE_COLUMN("b", KN_INTEGER, .primary_key = true, .comment = "the key's \\ \"comment\""),
    KN_TABLE_COLUMN("c", KN_BIG_INTEGER, .comment = ""),
    KN_TABLE_COLUMN("d", KN_BOOLEAN, .comment = "yes or no]"),
    KN_TABLE_COLUMN("e", KN_FLOAT, .comment = "[koine: "),
    KN_TABLE_COLUMN("f", KN_FLOAT_OF(24)),
    KN_TABLE_COLUMN("g", KN_FLOAT_OF(10)),
    KN_TABLE_COLUMN("h", KN_FLOAT_OF(25), .comment = "a comment"),
    KN_TABLE_COLUMN("i", KN_NUMERIC(12, 2)),
    KN_TABLE_COLUMN("j", KN_NUMERIC(12, 3)),
    KN_TABLE_COLUMN("k", KN_STRING(40), .comment = LOOKS_NOTED),
    KN_TABLE_COLUMN("l", KN_UNICODE(40)),
    KN_TABLE_COLUMN("m", KN_TEXT),
    KN_TABLE_COLUMN("n", KN_UNICODE_TEXT, .comment = LOOKS_NOTED),
    KN_TABLE_COLUMN("o", KN_LARGE_BINARY),
    KN_TABLE_COLUMN("p", KN_LARGE_BINARY_OF(100)),
    KN_TABLE_COLUMN("q", KN_LARGE_BINARY_OF(200)),
    KN_TABLE_COLUMN("r", KN_DATE),
    KN_TABLE_COLUMN("s", KN_TIME),
    KN_TABLE_COLUMN("t", KN_DATETIME),
    KN_TABLE_COLUMN("u", KN_DATETIME_TZ, .comment = COMMENT_996),
    KN_TABLE_COLUMN("v", KN_INTERVAL),
    KN_TABLE_COLUMN("w", KN_ENUM(mood), .comment = "how it is"),
    KN_TABLE_COLUMN("x", KN_ENUM(quoted)),
    KN_TABLE_COLUMN("y", KN_PICKLE),
};
static const kn_model noted = {.size_ = sizeof(kn_model),
                               .table = "noted",
                               .columns = columns,
                               .n_columns = KN_COUNT_OF(columns),
                               .column_size = sizeof(kn_column)};

/* Which types have a note, by letter. */
static const char *const noted_on[][2] = {{"postgresql", "ghklnpqy"}, {"mariadb", "dghklnpquvwxy"}};

#define ASK_POSTGRESQL                                                                                                 \
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), coalesce(col_description(a.attrelid, a.attnum), "   \
    "'') FROM pg_attribute a WHERE a.attrelid = 'noted'::regclass AND a.attnum > 0 ORDER BY a.attnum"
#define ASK_MARIADB                                                                                                    \
    "SELECT column_name, column_type, column_comment FROM information_schema.columns WHERE table_schema = database() " \
    "AND table_name = 'noted' ORDER BY ordinal_position"

typedef struct found {
    char type[100], note[100], comment[2100];
} found;

/* As the header says that a note is found. */
static void split(char *comment, found *out)
{
    size_t size = strlen(comment);
    char *note = NULL;
    for (char *p = comment; size && comment[size - 1] == ']' && (p = strstr(p, "[koine: ")); p++)
        note = p;
    out->note[0] = '\0';
    if (note) {
        snprintf(out->note, sizeof out->note, "%.*s", (int)(strlen(note) - 9), note + 8);
        note[note > comment ? -1 : 0] = '\0'; /* with the space before it */
    }
    snprintf(out->comment, sizeof out->comment, "%s", comment);
}

static size_t ask(test_database *db, found *out)
{
    bool is_postgresql = strcmp(kn_engine_dialect(db->engine), "postgresql") == 0;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text type, comment;
    size_t n = 0;
    assert_ok(db,
              kn_prepare(db->c, is_postgresql ? KN_SQL(ASK_POSTGRESQL) : KN_SQL(ASK_MARIADB), &statement, &db->error));
    assert_ok(db, kn_open(statement, NULL, 0, &result, &db->error));
    for (; kn_next(result, &db->error) == KN_OK && n < KN_COUNT_OF(columns); n++) {
        char copy[2100];
        assert_ok(db, kn_get_text(result, 1, &type, &db->error));
        snprintf(out[n].type, sizeof out[n].type, "%.*s", (int)type.size, type.data);
        assert_ok(db, kn_get_text(result, 2, &comment, &db->error));
        snprintf(copy, sizeof copy, "%.*s", (int)comment.size, comment.data);
        split(copy, &out[n]);
    }
    kn_result_close(result);
    kn_statement_finish(statement);
    return n;
}

static const char *noted_here(const test_database *db)
{
    for (size_t i = 0; i < KN_COUNT_OF(noted_on); i++) {
        if (strcmp(noted_on[i][0], kn_engine_dialect(db->engine)) == 0)
            return noted_on[i][1];
    }
    fail_msg("nothing is said of %s", kn_engine_dialect(db->engine));
    return "";
}

/* The note of a column, in the words of kn_type_print; an Enum's without its labels. */
static void words_of(const kn_type *type, char *out, size_t size)
{
    char text[200];
    assert_int_equal(kn_type_print(type, text, sizeof text, NULL), KN_OK);
    const char *name = type->labels ? strstr(text, ") NAME ") : NULL;
    snprintf(out, size, name ? "Enum %s" : "%s", name ? name + 2 : text);
}

static void test_notes__tell_what_the_catalog_does_not(void **state)
{
    test_database *db = test_database_of(state);
    found *f = calloc(KN_COUNT_OF(columns), sizeof *f);
    const char *letters = noted_here(db);
    test_database_create(db, &noted, NULL);
    assert_int_equal(ask(db, f), KN_COUNT_OF(columns));
    for (size_t i = 0; i < KN_COUNT_OF(columns); i++) {
        char words[200] = "";
        if (strchr(letters, *columns[i].name))
            words_of(&columns[i].type, words, sizeof words);
        assert_string_equal(f[i].note, words);
        assert_string_equal(f[i].comment, columns[i].comment ? columns[i].comment : "");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(f[i].type, f[k].type) == 0 && strcmp(f[i].note, f[k].note) == 0)
                fail_msg("columns %s and %s are both %s [%s]", columns[k].name, columns[i].name, f[i].type, f[i].note);
        }
    }
    free(f);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_notes__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(tell_what_the_catalog_does_not),
    };
    return cmocka_run_group_tests_name("integration/schema/notes", tests, NULL, NULL);
}
