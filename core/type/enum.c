/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/utf8.h"
#include "type/enum_check.h"

const char *kn_enum_label(const kn_enum *e, int32_t value)
{
    for (const kn_label *label = e->labels; label->label; label++)
        if (label->value == value)
            return label->label;
    return NULL;
}

bool kn_enum_value(const kn_enum *e, kn_text label, int32_t *out)
{
    if (!label.data)
        return false;
    for (const kn_label *l = e->labels; l->label; l++)
        if (strlen(l->label) == label.size && memcmp(l->label, label.data, label.size) == 0) {
            *out = l->value;
            return true;
        }
    return false;
}

bool kn__enum_equal(const kn_enum *a, const kn_enum *b)
{
    size_t i = 0;

    if (strcmp(a->name, b->name) != 0)
        return false;
    for (; a->labels[i].label && b->labels[i].label; i++)
        if (a->labels[i].value != b->labels[i].value || strcmp(a->labels[i].label, b->labels[i].label) != 0)
            return false;
    return !a->labels[i].label && !b->labels[i].label;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool equal_folded(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) == fold(*b);
}

static kn_status check_label(const kn_enum *e, const kn_label *label, kn_error *error)
{
    size_t size = strlen(label->label);

    if (size == 0 || size > KN__LABEL_MAX)
        return kn_error_set(error, KN_INVALID, "Enum %s: label '%s' has %zu bytes, not 1 to %d", e->name, label->label,
                            size, KN__LABEL_MAX);
    if (kn__utf8_check(label->label, size) == SIZE_MAX)
        return kn_error_set(error, KN_INVALID, "Enum %s: label '%s' is not UTF-8", e->name, label->label);
    if (label->label[size - 1] == ' ')
        return kn_error_set(error, KN_INVALID, "Enum %s: label '%s' ends in a space, which some backends drop", e->name,
                            label->label);
    return KN_OK;
}

/* Against each label before it; the check is made once a declaration. */
static kn_status check_distinct(const kn_enum *e, const kn_label *label, kn_error *error)
{
    for (const kn_label *other = e->labels; other != label; other++) {
        if (equal_folded(other->label, label->label))
            return kn_error_set(error, KN_INVALID, "Enum %s: labels '%s' and '%s' differ at most in case", e->name,
                                other->label, label->label);
        if (other->value == label->value)
            return kn_error_set(error, KN_INVALID, "Enum %s: labels '%s' and '%s' have one value, %ld", e->name,
                                other->label, label->label, (long)label->value);
    }
    return KN_OK;
}

kn_status kn__enum_check(const kn_enum *e, kn_error *error)
{
    kn_status status = KN_OK;

    if (e->size_ < sizeof *e)
        return kn_error_set(error, KN_INVALID, "an Enum's size_ is not set: declare it with KN_ENUM_TYPE");
    if (!e->name || !*e->name || kn__utf8_check(e->name, strlen(e->name)) == SIZE_MAX)
        return kn_error_set(error, KN_INVALID, "an Enum has no name, or one that is not UTF-8");
    if (!e->labels || !e->labels[0].label)
        return kn_error_set(error, KN_INVALID, "Enum %s has no labels", e->name);
    for (const kn_label *label = e->labels; label->label && status == KN_OK; label++) {
        status = check_label(e, label, error);
        if (status == KN_OK)
            status = check_distinct(e, label, error);
    }
    return status;
}
