/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "support/music.h"

#include <stdlib.h>
#include <string.h>

static void assert_print(const char *wanted, const kn_model *model, const void *object, kn_print_form form)
{
    char out[2000];
    memset(out, 'x', sizeof out);
    size_t size = kn_print(model, object, form, out, sizeof out);
    assert_string_equal(out, wanted);
    assert_int_equal(size, strlen(wanted));
}

static void test_print__brief_shows_the_first_text(void **state)
{
    (void)state;
    User ken = {.id = 1, .username = "ken", .mood = MOOD_CALM};
    Role admin = {.id = 3, .name = "admin"};
    assert_print("<User ken>", &User_model, &ken, KN_PRINT_BRIEF);
    assert_print("<Role admin>", &Role_model, &admin, KN_PRINT_BRIEF);
    admin.name = NULL;
    assert_print("<Role NULL>", &Role_model, &admin, KN_PRINT_BRIEF);
    kn_model by_plays = User_model;
    by_plays.shown = "plays";
    assert_print("<User 0>", &by_plays, &ken, KN_PRINT_BRIEF);
}

typedef struct Pair {
    int32_t a;
    int64_t b;
    const char *token;
} Pair;
KN_MODEL(Pair);
KN_COLUMNS(Pair) = {
    KN_COLUMN(Pair, a, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Pair, b, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Pair, token, KN_TEXT, .secret = true),
};
KN_DEFINE(Pair, "pairs");

static void test_print__brief_shows_the_key_when_there_is_no_text(void **state)
{
    (void)state;
    Pair p = {.a = -1, .b = 2, .token = "hush"};
    assert_print("<Pair -1, 2>", &Pair_model, &p, KN_PRINT_BRIEF);
    kn_model secret = Pair_model;
    secret.shown = "token";
    assert_print("<Pair ***>", &secret, &p, KN_PRINT_BRIEF);
    assert_print("<NULL>", &Pair_model, NULL, KN_PRINT_BRIEF);
    assert_print("<NULL>", NULL, &p, KN_PRINT_FULL);
}

static void test_print__full_shows_every_column(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_any *keys[] = {kn_any_str(&arena, kn_text_of("a")), kn_any_int(&arena, 1)};
    User ken = {.id = 1,
                .username = "ken",
                .role_id = KN_NOTHING,
                .balance = KN_DECIMAL(-1250, -2),
                .mood = MOOD_LOUD,
                .plays = 42,
                .token = "hush",
                .prefs = (kn_any *)(uintptr_t)kn_any_dict(&arena, keys, 1)};
    assert_print("<User id=1 username='ken' role_id=NULL saldo=-12.50 mood=loud last_mood=UNSET plays=42 token=*** "
                 "prefs={'a': 1}>",
                 &User_model, &ken, KN_PRINT_FULL);
    ken.prefs = NULL;
    ken.token = NULL;
    ken.role_id = (kn_opt_int64)KN_SOME(7);
    ken.last_mood = (kn_opt_enum)KN_SOME(MOOD_CALM);
    assert_print("<User id=1 username='ken' role_id=7 saldo=-12.50 mood=loud last_mood=calm plays=42 token=*** "
                 "prefs=NULL>",
                 &User_model, &ken, KN_PRINT_FULL);
    kn_arena_finish(&arena);
}

typedef struct Many {
    char chars[48];
    kn_text text;
    kn_bytes bytes;
    kn_opt_date date;
    kn_decimal wide;
    const kn_any *any;
    bool flag;
    kn_opt_int32 state;
    double real;
} Many;
KN_MODEL(Many);
KN_COLUMNS(Many) = {
    KN_COLUMN(Many, chars, KN_STRING(47)),    KN_COLUMN(Many, text, KN_TEXT),
    KN_COLUMN(Many, bytes, KN_LARGE_BINARY),  KN_COLUMN(Many, date, KN_DATE),
    KN_COLUMN(Many, wide, KN_NUMERIC(60, 0)), KN_COLUMN(Many, any, KN_PICKLE),
    KN_COLUMN(Many, flag, KN_BOOLEAN),        KN_COLUMN(Many, state, KN_INTEGER),
    KN_COLUMN(Many, real, KN_FLOAT),
};
KN_DEFINE(Many, "many");

#define X40 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_print__values_over_40_characters_are_cut(void **state)
{
    (void)state;
    kn_arena arena = {0};
    static const unsigned char bytes[100] = {0xab};
    Many m = {.chars = X40 "x",
              .text = {"\xc3\xa9" X40, 42},
              .bytes = {bytes, sizeof bytes},
              .date = KN_SOME({19000}),
              .wide = {.u = {.digits = "12345678901234567890123456789012345678901234567890"}, .n = 50, .form = 1},
              .any = kn_any_str(&arena, kn_text_of(X40 X40)),
              .flag = true,
              .real = 0.5};
    assert_print(
        "<Many chars='" X40 "...' text='\xc3\xa9xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' "
        "bytes=x'ab000000000000000000000000000000000... date=2022-01-08 "
        "wide=1234567890123456789012345678901234567... any='xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... flag=true "
        "state=UNSET real=0.5>",
        &Many_model, &m, KN_PRINT_FULL);
    memcpy(m.chars, X40, sizeof X40);
    m.text = (kn_text){X40, 40};
    assert_print("<Many " X40 ">", &Many_model, &m, KN_PRINT_BRIEF);
    kn_arena_finish(&arena);
}

static void test_print__nothing_dangerous_reaches_a_terminal(void **state)
{
    (void)state;
    Many m = {.chars = "a\nb\x1b[2J\x7f\xff'\\"};
    assert_print("<Many a\\x0ab\\x1b[2J\\x7f\\xff\\'\\\\>", &Many_model, &m, KN_PRINT_BRIEF);
    m.text = (kn_text){"a\0b", 3};
    m.chars[0] = '\0';
    assert_print("<Many chars='' text='a\\x00b' bytes=NULL date=UNSET wide=0 any=NULL flag=false state=UNSET real=0.0>",
                 &Many_model, &m, KN_PRINT_FULL);
}

static void test_print__never_reads_past_a_member(void **state)
{
    (void)state;
    Many m = {.text = {"z", 1}};
    memset(m.chars, 'x', sizeof m.chars);
    memset(&m.flag, 2, 1);
    m.state.state = (kn_state)9;
    assert_print("<Many chars='" X40 "...' text='z' bytes=NULL date=UNSET wide=0 any=NULL flag=? state=? real=0.0>",
                 &Many_model, &m, KN_PRINT_FULL);
    User user = {.mood = (Mood)77};
    char out[200];
    assert_true(kn_print(&User_model, &user, KN_PRINT_FULL, out, sizeof out) > 0);
    assert_non_null(strstr(out, " mood=? "));
}

static void test_print__fits_any_room(void **state)
{
    (void)state;
    User ken = {.id = 1, .username = "ken"};
    char whole[300];
    size_t full = kn_print(&User_model, &ken, KN_PRINT_FULL, whole, sizeof whole);
    for (size_t room = 0; room <= full + 2; room++) {
        char *out = malloc(room ? room : 1);
        size_t size = kn_print(&User_model, &ken, KN_PRINT_FULL, out, room);
        assert_true(room == 0 ? size == 0 : size < room);
        if (room > 3 && size < full)
            assert_string_equal(out + size - 3, "...");
        if (room > full)
            assert_string_equal(out, whole);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print__brief_shows_the_first_text),
        cmocka_unit_test(test_print__brief_shows_the_key_when_there_is_no_text),
        cmocka_unit_test(test_print__full_shows_every_column),
        cmocka_unit_test(test_print__values_over_40_characters_are_cut),
        cmocka_unit_test(test_print__nothing_dangerous_reaches_a_terminal),
        cmocka_unit_test(test_print__never_reads_past_a_member),
        cmocka_unit_test(test_print__fits_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
