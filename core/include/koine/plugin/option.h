/* SPDX-License-Identifier: MIT */
/* koine/plugin/option.h - the options that a driver takes from URLs. Core refuses what a driver's table does not allow
 * before it opens anything; drivers read the values by the same functions. */
#ifndef KOINE_PLUGIN_OPTION_H
#define KOINE_PLUGIN_OPTION_H

#include <koine/base.h>
#include <string.h>

KN_BEGIN_DECLS

typedef enum kn_option_kind {
    KN_OPTION_TEXT = 1,
    KN_OPTION_INTEGER = 2, /* decimal digits, maybe a '-' before them */
    KN_OPTION_BOOL = 3,    /* on, off, true, false, 1, 0 */
    KN_OPTION_CHOICE = 4
} kn_option_kind;

/* One URL option of a driver. */
typedef struct kn_option {
    const char *name;     /* NULL ends the list */
    const char *fallback; /* value when absent, NULL = none */
    const char *choices;  /* KN_OPTION_CHOICE: "a|b|c" */
    const char *help;     /* one line */
    int64_t least, most;  /* KN_OPTION_INTEGER */
    uint16_t kind;        /* kn_option_kind */
    uint16_t secret;      /* 1 = never printed */
    uint32_t offset;      /* the driver's own: where in its settings struct the value goes */
} kn_option;

/* At most 18 digits, so that nothing wraps. */
static inline bool kn_option_integer(const char *value, int64_t *out)
{
    bool negative = *value == '-';
    const char *p = value + negative;
    int64_t n = 0;

    if (!*p || strlen(p) > 18)
        return false;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        n = n * 10 + (*p - '0');
    }
    *out = negative ? -n : n;
    return true;
}

/* Which of "a|b|c" is it, from 0? */
static inline bool kn_option_choice(const char *choices, const char *value, int64_t *out)
{
    size_t size = strlen(value), n;

    for (int64_t i = 0;; i++, choices += n + 1) {
        n = strcspn(choices, "|");
        if (n == size && n && memcmp(choices, value, n) == 0) {
            *out = i;
            return true;
        }
        if (!choices[n])
            return false;
    }
}

/* A number, 0 or 1, or the place of a choice. False: no value of this option; a text has no number. */
static inline bool kn_option_number(const kn_option *option, const char *value, int64_t *out)
{
    switch (option->kind) {
    case KN_OPTION_INTEGER:
        return kn_option_integer(value, out) && *out >= option->least && *out <= option->most;
    case KN_OPTION_BOOL:
        if (!kn_option_choice("off|on|false|true|0|1", value, out))
            return false;
        *out &= 1;
        return true;
    case KN_OPTION_CHOICE:
        return kn_option_choice(option->choices, value, out);
    default:
        return false;
    }
}

KN_END_DECLS
#endif
