/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buffer.h"
#include "engine/engine.h"

static size_t count_options(const kn_option *options)
{
    size_t n = 0;

    while (options && options[n].name)
        n++;
    return n;
}

/* An '@' behind the '?' may be the end of a password that holds a raw '?': then nothing of it may be repeated. */
static bool holds_at(const kn_url *url)
{
    for (size_t i = 0; i < url->n_options; i++)
        if (strchr(url->options[i].name, '@') || strchr(url->options[i].value, '@'))
            return true;
    return false;
}

static kn_status refuse_unknown(const kn_url *url, const kn_url_option *option, const kn_option *known, kn_error *error)
{
    kn__buffer list;

    if (holds_at(url))
        return kn_error_set(error, KN_INVALID,
                            "unknown URL option, not repeated since there is an '@' behind the '?': in a password a "
                            "'?' is written %%3F");
    kn__buffer_init(&list, NULL, 400);
    for (size_t i = 0; known && known[i].name; i++)
        kn__buffer_printf(&list, "%s%s", i ? ", " : "", known[i].name);
    kn_error_set(error, KN_INVALID, "unknown URL option '%s'; the driver knows: %s", option->name,
                 list.size ? kn__buffer_string_of(&list) : "none");
    kn__buffer_finish(&list);
    return KN_INVALID;
}

/* The value is not repeated: it may be a secret in the wrong place. */
static kn_status check_value(const kn_option *option, const char *value, kn_error *error)
{
    int64_t number;

    if (option->kind == KN_OPTION_TEXT || kn_option_number(option, value, &number))
        return KN_OK;
    switch (option->kind) {
    case KN_OPTION_INTEGER:
        return kn_error_set(error, KN_INVALID, "URL option '%s' wants a whole number from %lld to %lld", option->name,
                            (long long)option->least, (long long)option->most);
    case KN_OPTION_BOOL:
        return kn_error_set(error, KN_INVALID, "URL option '%s' wants on or off", option->name);
    case KN_OPTION_CHOICE:
        return kn_error_set(error, KN_INVALID, "URL option '%s' wants one of %s", option->name, option->choices);
    default:
        return kn_error_set(error, KN_INCOMPLETE, "the driver declares URL option '%s' of an unknown kind",
                            option->name);
    }
}

kn_status kn__options_read(const kn_url *url, const kn_driver *driver, kn_arena *arena, const char *const **out,
                           kn_error *error)
{
    size_t n = count_options(driver->options);
    const char **values = kn_arena_array(arena, n + 1, sizeof(*values));

    if (!values)
        return kn_error_set(error, KN_NOMEM, "out of memory for URL options");
    for (size_t i = 0; i < url->n_options; i++) {
        size_t k = 0;
        while (k < n && strcmp(driver->options[k].name, url->options[i].name) != 0)
            k++;
        if (k == n)
            return refuse_unknown(url, &url->options[i], driver->options, error);
        values[k] = url->options[i].value;
    }
    for (size_t k = 0; k < n; k++) {
        kn_status status = values[k] ? check_value(&driver->options[k], values[k], error) : KN_OK;
        if (status != KN_OK)
            return status;
        if (!values[k])
            values[k] = driver->options[k].fallback;
    }
    *out = values;
    return KN_OK;
}
