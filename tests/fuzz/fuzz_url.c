/* SPDX-License-Identifier: MIT */
/* A URL that is accepted has decoded texts that are valid; printed, it reads as the same URL but for what is hidden;
 * and a password is neither printed nor in a message. */
#include "support/fuzz.h"

#include <koine/url.h>

#include <string.h>

#include "base/utf8.h"
#include "plugin/name.h"

#define MARK "c4N4ry"
#define CANARY MARK "~s3cr3t"

static void check_text(const char *text)
{
    FUZZ_CHECK(!text || kn__utf8_check(text, strlen(text)) != SIZE_MAX);
}

static void check_parts(const kn_url *url)
{
    FUZZ_CHECK(kn__name_valid(url->dialect) && (!url->driver || kn__name_valid(url->driver)));
    FUZZ_CHECK(url->user || !url->password);
    FUZZ_CHECK(!url->database || url->database[0]);
    FUZZ_CHECK(url->n_hosts <= 32 && url->n_options <= 64);
    check_text(url->user);
    check_text(url->password);
    check_text(url->database);
    for (size_t i = 0; i < url->n_hosts; i++) {
        FUZZ_CHECK(url->hosts[i].name[0]);
        check_text(url->hosts[i].name);
    }
    for (size_t i = 0; i < url->n_options; i++) {
        FUZZ_CHECK(url->options[i].name[0]);
        check_text(url->options[i].name);
        check_text(url->options[i].value);
        FUZZ_CHECK(kn_url_get(url, url->options[i].name) == url->options[i].value);
    }
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const kn_url *a, const kn_url *b)
{
    FUZZ_CHECK(same(a->dialect, b->dialect) && same(a->driver, b->driver) && same(a->user, b->user));
    FUZZ_CHECK(a->password ? same(b->password, "***") : !b->password);
    FUZZ_CHECK(same(a->database, b->database) && a->n_hosts == b->n_hosts && a->n_options == b->n_options);
    for (size_t i = 0; i < a->n_hosts; i++)
        FUZZ_CHECK(same(a->hosts[i].name, b->hosts[i].name) && a->hosts[i].port == b->hosts[i].port);
    for (size_t i = 0; i < a->n_options; i++)
        FUZZ_CHECK(same(a->options[i].name, b->options[i].name) && same(a->options[i].value, b->options[i].value));
}

/* A percent-encoded byte is at most as long as it was, others may grow threefold; the password by two bytes. */
#define PRINTED_MAX (3 * KN_URL_MAX + 16)

static void check_print(const kn_url *url)
{
    static char printed[PRINTED_MAX], hidden[PRINTED_MAX];
    const char *names[65] = {NULL};
    for (size_t i = 0; i < url->n_options; i++)
        names[i] = url->options[i].name;
    size_t size = kn_url_print(url, names, printed, sizeof printed);
    FUZZ_CHECK(size == strlen(printed) && size < sizeof printed - 1);
    FUZZ_CHECK(kn__utf8_check(printed, size) != SIZE_MAX);
    kn_url *again = NULL;
    kn_status status = kn_url_parse(printed, NULL, &again, NULL);
    FUZZ_CHECK(status == KN_OK || (status == KN_LIMIT && size > KN_URL_MAX));
    if (again)
        check_same(url, again);
    kn_url_destroy(again);
    size_t room = size / 2 + 1;
    FUZZ_CHECK(kn_url_print(url, names, hidden, room) < room && strncmp(hidden, printed, strlen(hidden)) == 0);
}

static bool has_mark(const char *text)
{
    return text && strstr(text, MARK);
}

/* Then it may be printed: it stands in a part that is no secret, percent-encoded maybe. */
static bool is_marked_elsewhere(const kn_url *url)
{
    bool marked = has_mark(url->user) || has_mark(url->database);
    for (size_t i = 0; i < url->n_hosts; i++)
        marked |= has_mark(url->hosts[i].name);
    for (size_t i = 0; i < url->n_options; i++)
        marked |= has_mark(url->options[i].name);
    return marked;
}

/* The same URL with CANARY as its password. */
static void check_canary(const char *text)
{
    static char spliced[KN_URL_MAX + 64], printed[PRINTED_MAX];
    kn_url *url = NULL;
    kn_error error = {0};
    const char *authority = strstr(text, "://");
    if (!authority || strstr(text, MARK))
        return;
    size_t scheme = (size_t)(authority - text) + 3, rest = strcspn(text + scheme, "/?"), hosts = rest;
    while (hosts && text[scheme + hosts - 1] != '@')
        hosts--;
    snprintf(spliced, sizeof spliced, "%.*su:" CANARY "@%s", (int)scheme, text, text + scheme + hosts);
    kn_status status = kn_url_parse(spliced, NULL, &url, &error);
    FUZZ_CHECK(!strstr(error.message, MARK));
    if (status == KN_OK) {
        FUZZ_CHECK(same(url->password, CANARY));
        kn_url_print(url, NULL, printed, sizeof printed);
        FUZZ_CHECK(is_marked_elsewhere(url) || !strstr(printed, MARK));
    }
    kn_url_destroy(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_url *url = NULL;
    kn_error error = {0};
    if (size > KN_URL_MAX + 1)
        return 0;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    kn_status status = kn_url_parse(text, NULL, &url, &error);
    if (status == KN_OK) {
        check_parts(url);
        check_print(url);
    } else {
        FUZZ_CHECK(!url && (status == KN_MALFORMED || status == KN_LIMIT));
        FUZZ_CHECK(error.position >= 1 && error.position <= strlen(text) + 1);
    }
    kn_url_destroy(url);
    check_canary(text);
    free(text);
    return 0;
}
