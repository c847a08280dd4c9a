/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/decimal.h>
#include <koine/plugin/slot.h>
#include <math.h>
#include <stddef.h>

typedef struct object {
    int64_t number;
    kn_datetime moment;
    double ratio;
    kn_text text;
    kn_decimal price;
    kn_opt_bool flag;
} object;

#define AT(member) .offset = offsetof(object, member)
#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }
#define INT(n)                                                                                                         \
    {                                                                                                                  \
        .kind = KN_KIND_INT, .as.i = (n)                                                                               \
    }
#define MOMENT(n)                                                                                                      \
    {                                                                                                                  \
        .kind = KN_KIND_DATETIME, .as.i = (n)                                                                          \
    }
#define FLOAT(f)                                                                                                       \
    {                                                                                                                  \
        .kind = KN_KIND_FLOAT, .as.d = (f)                                                                             \
    }
#define BOOL(v)                                                                                                        \
    {                                                                                                                  \
        .kind = KN_KIND_BOOL, .as.b = (v)                                                                              \
    }
#define DECIMAL(c, e)                                                                                                  \
    {                                                                                                                  \
        .kind = KN_KIND_DECIMAL, .as.decimal = KN_DECIMAL(c, e)                                                        \
    }
#define STRING(literal)                                                                                                \
    {                                                                                                                  \
        .kind = KN_KIND_TEXT, .as.text = TEXT(literal)                                                                 \
    }
#define NULL_VALUE                                                                                                     \
    {                                                                                                                  \
        .kind = KN_KIND_NULL                                                                                           \
    }

static const kn_slot number = {AT(number), .least = -3, .most = 5, .kind = KN_KIND_INT, .way = KN_SLOT_INT64};
static const kn_slot moment = {AT(moment), .least = -3, .most = 5, .kind = KN_KIND_DATETIME, .way = KN_SLOT_MOMENT};
static const kn_slot ratio = {AT(ratio), .kind = KN_KIND_FLOAT, .way = KN_SLOT_DOUBLE};
static const kn_slot text = {AT(text), .plain_size = 10, .kind = KN_KIND_TEXT, .way = KN_SLOT_TEXT};
static const kn_slot price = {AT(price), .below = 1000, .exponent = -2, .kind = KN_KIND_DECIMAL,
                              .way = KN_SLOT_DECIMAL};
static const kn_slot flag = {AT(flag), .kind = KN_KIND_BOOL, .way = KN_SLOT_OPT_BOOL, .nullable = true};
static const kn_slot flag_int = {AT(flag), .kind = KN_KIND_BOOL, .way = KN_SLOT_OPT_BOOL_INT, .nullable = true};
static const kn_slot other = {AT(number), .kind = KN_KIND_INT, .way = KN_SLOT_OTHER};

static const struct {
    const char *name;
    const kn_slot *slot;
    kn_value value;
    bool put;
} cases[] = {
    {"the least", &number, INT(-3), true},
    {"the most", &number, INT(5), true},
    {"less", &number, INT(-4), false},
    {"more", &number, INT(6), false},
    {"a moment as a number", &number, MOMENT(1), false},
    {"NULL as a number", &number, NULL_VALUE, false},
    {"the first moment", &moment, MOMENT(-3), true},
    {"the last moment", &moment, MOMENT(5), true},
    {"before it", &moment, MOMENT(-4), false},
    {"behind it", &moment, MOMENT(6), false},
    {"a number as a moment", &moment, INT(1), false},
    {"the largest double", &ratio, FLOAT(DBL_MAX), true},
    {"infinity", &ratio, FLOAT(INFINITY), false},
    {"-infinity", &ratio, FLOAT(-INFINITY), false},
    {"NaN", &ratio, FLOAT(NAN), false},
    {"a number as a double", &ratio, INT(1), false},
    {"text", &text, STRING("ten bytes."), true},
    {"a longer text", &text, STRING("more bytes."), false},
    {"text that is not ASCII", &text, STRING("eight \xc3\xa9"), false},
    {"text with a NUL", &text, STRING("eight\0by"), false},
    {"text that is not looked at", &text, STRING("short"), false},
    {"a number as text", &text, INT(1), false},
    {"a decimal", &price, DECIMAL(999, -2), true},
    {"a negative one", &price, DECIMAL(-1, -2), true},
    {"a larger decimal", &price, DECIMAL(1000, -2), false},
    {"of another scale", &price, DECIMAL(10, -1), false},
    {"zero, which is not looked at", &price, DECIMAL(0, -2), false},
    {"of two words", &price, {.kind = KN_KIND_DECIMAL, .as.decimal = {.u = {.word = {1, 1}}, .exponent = -2}}, false},
    {"of digits",
     &price,
     {.kind = KN_KIND_DECIMAL, .as.decimal = {.u = {.word = {1, 0}}, .exponent = -2, .form = 1}},
     false},
    {"a number as a decimal", &price, INT(1), false},
    {"true", &flag, BOOL(true), true},
    {"false", &flag, BOOL(false), true},
    {"NULL", &flag, NULL_VALUE, true},
    {"1 as a Boolean", &flag, INT(1), false},
    {"1", &flag_int, INT(1), true},
    {"0", &flag_int, INT(0), true},
    {"NULL of an integer", &flag_int, NULL_VALUE, true},
    {"2", &flag_int, INT(2), false},
    {"-1", &flag_int, INT(-1), false},
    {"a Boolean where they are integers", &flag_int, BOOL(true), false},
    {"any other member", &other, INT(1), false},
};

static bool put(const kn_slot *slot, object *o, const kn_value *value)
{
    switch ((kn_slot_way)slot->way) {
    case KN_SLOT_INT64:
        return kn_slot_put(KN_SLOT_INT64, slot, o, value);
    case KN_SLOT_MOMENT:
        return kn_slot_put(KN_SLOT_MOMENT, slot, o, value);
    case KN_SLOT_DOUBLE:
        return kn_slot_put(KN_SLOT_DOUBLE, slot, o, value);
    case KN_SLOT_TEXT:
        return kn_slot_put(KN_SLOT_TEXT, slot, o, value);
    case KN_SLOT_DECIMAL:
        return kn_slot_put(KN_SLOT_DECIMAL, slot, o, value);
    case KN_SLOT_OPT_BOOL:
        return kn_slot_put(KN_SLOT_OPT_BOOL, slot, o, value);
    case KN_SLOT_OPT_BOOL_INT:
        return kn_slot_put(KN_SLOT_OPT_BOOL_INT, slot, o, value);
    case KN_SLOT_OTHER:
        break;
    }
    return kn_slot_put(KN_SLOT_OTHER, slot, o, value);
}

static void test_slot__a_plain_value_goes_to_its_member_and_nothing_else_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        object o, before;
        memset(&o, '#', sizeof o);
        memset(&before, '#', sizeof before);
        if (put(cases[i].slot, &o, &cases[i].value) != cases[i].put)
            fail_msg("%s", cases[i].name);
        if (!cases[i].put && memcmp(&o, &before, sizeof o) != 0)
            fail_msg("%s: was written", cases[i].name);
        if (cases[i].put && memcmp(&o, &before, sizeof o) == 0)
            fail_msg("%s: was not written", cases[i].name);
    }
}

/* What was put is read as it was. */
static void test_slot__what_was_put_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const kn_value *given = &cases[i].value;
        object o = {.number = 0};
        kn_value got = {.kind = KN_KIND_UNSET};
        if (!put(cases[i].slot, &o, given))
            continue;
        assert_true(kn_slot_plain((kn_slot_way)cases[i].slot->way, cases[i].slot, &o, &got));
        assert_int_equal(got.kind, given->kind);
        if (given->kind == KN_KIND_DECIMAL) {
            assert_int_equal(kn_decimal_compare(got.as.decimal, given->as.decimal), 0);
            assert_int_equal(got.as.decimal.exponent, given->as.decimal.exponent);
        } else if (given->kind == KN_KIND_TEXT) {
            assert_ptr_equal(got.as.text.data, given->as.text.data);
            assert_int_equal(got.as.text.size, given->as.text.size);
        } else if (given->kind == KN_KIND_BOOL) {
            assert_int_equal(got.as.b, given->as.b);
        } else if (given->kind != KN_KIND_NULL) {
            assert_int_equal(got.as.i, given->as.i); /* a double's bits too */
        }
    }
}

static void test_slot__minus_zero_becomes_zero(void **state)
{
    const kn_value value = FLOAT(-0.0);
    object o = {.ratio = 1};
    (void)state;
    assert_true(kn_slot_put(KN_SLOT_DOUBLE, &ratio, &o, &value));
    assert_true(o.ratio == 0 && !signbit(o.ratio));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot__a_plain_value_goes_to_its_member_and_nothing_else_is_written),
        cmocka_unit_test(test_slot__what_was_put_is_read),
        cmocka_unit_test(test_slot__minus_zero_becomes_zero),
    };
    return cmocka_run_group_tests_name("unit/plugin/slot", tests, NULL, NULL);
}
