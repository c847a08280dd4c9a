/* SPDX-License-Identifier: MIT */
/* What a trace function is told, in which order; and that no secret is told to anyone. */
#include <stdio.h>
#include <string.h>

#include "support/fake_backend.h"

#define CANARY "c4n4ry"

static const kn_select all_items = KN_SELECT(KN_FROM(Item));

typedef struct seen {
    char text[4096]; /* "connect prepare(X) execute(X)=1 ..." */
    int failures, without_error;
    int64_t longest_us;
    char values[8192]; /* all that was shown, to look for what must not be */
} seen;

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    (void)snprintf(text + used, size - used, "%s", more);
}

static void note(void *context, const kn_event *event)
{
    static const char *const names[] = {"?",     "connect", "close",    "prepare", "execute",
                                        "begin", "commit",  "rollback", "wait"};
    seen *s = context;
    char line[160];

    assert_true(event->size_ == sizeof(*event));
    (void)snprintf(line, sizeof(line), "%s%s", s->text[0] ? " " : "", names[event->kind]);
    append(s->text, sizeof(s->text), line);
    if (event->sql.data) {
        assert_int_equal(event->sql.data[event->sql.size], '\0');
        append(s->values, sizeof(s->values), event->sql.data);
    }
    if (event->kind == KN_EVENT_EXECUTE) {
        (void)snprintf(line, sizeof(line), "=%d", (int)event->rows);
        append(s->text, sizeof(s->text), line);
    }
    if (event->status != KN_OK) {
        (void)snprintf(line, sizeof(line), "!%s", kn_status_name(event->status));
        append(s->text, sizeof(s->text), line);
        s->failures++;
        s->without_error += !event->error || event->error->status != (int32_t)event->status;
        if (event->error)
            append(s->values, sizeof(s->values), event->error->message);
    } else {
        assert_null(event->error);
    }
    assert_true(event->duration_us >= 0);
    if (event->duration_us > s->longest_us)
        s->longest_us = event->duration_us;
}

static void expect(seen *s, const char *text)
{
    assert_string_equal(s->text, text);
    s->text[0] = '\0';
}

static void test_trace__tells_what_happened_in_order(void **state)
{
    Item item = {.name = CANARY};
    kn_rows *rows = NULL;
    kn_connection *second = NULL;
    seen s = {.failures = 0};
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/",
                      KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s, .pool_max = 1, .pool_wait_ms = 1));
    expect(&s, "connect");
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
    item.id = 0;
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
    fake_ok(&b, kn_commit(b.c, &b.error));
    expect(&s, "begin prepare execute=1 execute=1 commit");
    fake_ok(&b, kn_list(b.c, &all_items, KN_NO_ARGS, 0, &rows, &b.error));
    kn_rows_free(rows);
    expect(&s, "prepare execute=2");
    fake_ok(&b, kn_begin(b.c, KN_READ, &b.error));
    fake_ok(&b, kn_rollback(b.c, &b.error));
    expect(&s, "begin rollback");
    fake_refused(&b, KN_TIMEOUT, kn_connect(b.engine, &second, &b.error));
    expect(&s, "wait!TIMEOUT");
    kn_release(b.c);
    b.c = NULL;
    kn_engine_close_idle(b.engine);
    expect(&s, "close");
    assert_int_equal(s.without_error, 0);
    assert_null(strstr(s.values, CANARY)); /* a bound value */
    fake_backend_close(&b);
}

/* Also to callers who did not ask why: a trace function need not look whether there is an error. */
static void test_trace__tells_failures_with_their_error(void **state)
{
    static const struct {
        fake_slot slot;
        uint32_t nth;
        const char *text;
    } cases[] = {
        {FAKE_PREPARE, 1, "prepare!IO"},
        {FAKE_EXECUTE, 1, "prepare execute=0!IO"},
        {FAKE_FETCH, 2, "prepare execute=1!IO"},
        {FAKE_END, 1, "prepare execute=2!IO"},
    };

    (void)state;
    for (int asks = 0; asks <= 1; asks++)
        for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
            kn_rows *rows = NULL;
            seen s = {.failures = 0};
            fake_backend b;
            fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s));
            s.text[0] = '\0';
            fake_server_fail(b.server, (fake_fault){.slot = cases[i].slot, .nth = cases[i].nth, .status = KN_IO});
            assert_int_equal(kn_list(b.c, &all_items, KN_NO_ARGS, 0, &rows, asks ? &b.error : NULL), KN_IO);
            expect(&s, cases[i].text);
            assert_int_equal(s.failures, 1);
            assert_int_equal(s.without_error, 0);
            fake_backend_close(&b);
        }
}

static void test_trace__measures_how_long_it_took(void **state)
{
    seen s = {.failures = 0};
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s));
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE, .delay_us = 5000});
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    assert_in_range(s.longest_us, 5000, 60000000);
    fake_backend_close(&b);
}

/* URLs that fail at every stage, with a secret in every place where one might be put by mistake. */
static const char *const urls[] = {
    /* good, and then refused by the backend */
    "fake://user:" CANARY "@s/db",
    "fake://user:" CANARY "@s/db?fail=open:1:AUTH",
    "fake://user:" CANARY "@s/?waits=1",
    /* names that are not there */
    "nothing://user:" CANARY "@s/db",
    "fake+nothing://user:" CANARY "@s/db",
    "fake+" CANARY "@s://user:pw@s/db",
    /* options: unknown, of the wrong kind, twice, cut off */
    "fake://user:" CANARY "@s/db?nothing=1",
    "fake://user:pw@s/db?nothing=" CANARY,
    "fake://user:pw@s/db?waits=" CANARY,
    "fake://user:pw@s/db?version=-" CANARY,
    "fake://user:pw@s/db?fail=" CANARY,
    "fake://user:pw@s/db?waits=1&waits=" CANARY,
    "fake://user:" CANARY "@s/db?waits",
    "fake://user:" CANARY "@s/db?=1",
    "fake://user:" CANARY "@s/db?waits=1&&",
    "fake://s/db?password=" CANARY,
    /* raw characters in the password */
    "fake://user:" CANARY "/more@s/db",
    "fake://user:some/" CANARY "@s/db",
    "fake://user:" CANARY "?more@s/db",
    "fake://user:some?" CANARY "@s/db",
    "fake://user:some?" CANARY "=x@s/db",
    "fake://user:some?x=" CANARY "@s/db",
    "fake://user:some?waits=1&" CANARY "=1@s/db",
    "fake://user:12?" CANARY "=x@s/db",
    "fake://user:12?x=" CANARY "@s/db",
    "fake://user:12?waits=1&" CANARY "=1@s/db",
    "fake://user:12?" CANARY "=1&waits=2@s/db",
    "fake://user:12/" CANARY "@s/db",
    "fake://user:some#" CANARY "@s/db",
    "fake://user:" CANARY "#more@s/db",
    "fake://user:" CANARY "%@s/db",
    "fake://user:" CANARY "%zz@s/db",
    "fake://user:" CANARY "%00@s/db",
    "fake://user:" CANARY "%ff@s/db",
    "fake://user:" CANARY " \t@s/db",
    "fake://user:" CANARY "\n@s/db",
    "fake://user:" CANARY "\xff@s/db",
    "fake://user:" CANARY "@@s/db",
    "fake://user:a@" CANARY "@s/db",
    "fake://user:" CANARY ":more@s/db",
    "fake://user:[" CANARY "@s/db",
    "fake://:" CANARY "@s/db",
    /* hosts and ports */
    "fake://user:" CANARY "@s:0/db",
    "fake://user:" CANARY "@s:99999/db",
    "fake://user:" CANARY "@s:port/db",
    "fake://user:" CANARY "@[::1/db",
    "fake://user:" CANARY "@[zz]/db",
    "fake://user:" CANARY "@/db",
    "fake://user:" CANARY "@s,,t/db",
    "fake://user:" CANARY "@",
    "fake://user:" CANARY,
    "fake://" CANARY,
    /* schemes */
    "user:" CANARY "@s/db",
    CANARY,
    "//user:" CANARY "@s/db",
    "fake:user:" CANARY "@s/db",
    "fake:/user:" CANARY "@s/db",
    "FAKE://user:" CANARY "@s/db",
    " fake://user:" CANARY "@s/db",
    "fake+://user:" CANARY "@s/db",
    "+fake://user:" CANARY "@s/db",
};

static void hides(const char *url, const char *where, const char *text)
{
    if (strstr(text, CANARY))
        fail_msg("%s: %s: %s", url, where, text);
}

/* Does the host or the scheme hold it? Then it is no secret that anyone could tell. */
static void hides_in_error(const char *url, const char *where, const kn_error *error)
{
    hides(url, where, error->message);
    hides(url, where, error->constraint);
    hides(url, where, error->table);
    hides(url, where, error->column);
}

static void try_url(kn_registry *registry, const char *url, seen *s)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_error error = {0};
    kn_status status = kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = registry, .trace = note, .trace_context = s),
                                        &engine, &error);

    hides_in_error(url, "kn_engine_create", &error);
    if (status != KN_OK)
        return;
    if (strstr(url, ":" CANARY)) /* as a host it is shown: nobody can tell that it was meant otherwise */
        hides(url, "kn_engine_url", kn_engine_url(engine));
    if (kn_connect(engine, &c, &error) == KN_OK) {
        (void)kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, &error);
        hides(url, "kn_connection_backend", kn_connection_backend(c)->product);
        kn_release(c);
    }
    hides_in_error(url, "kn_connect", &error);
    kn_engine_destroy(engine);
}

static void test_trace__a_password_is_never_told(void **state)
{
    static const kn_status statuses[] = {KN_OK, KN_AUTH, KN_CONNECT, KN_TLS};
    seen s = {.failures = 0};
    fake_backend b;

    (void)state;
    fake_backend_start(&b, "fake://s/", NULL);
    for (size_t i = 0; i < KN_COUNT_OF(statuses); i++)
        for (size_t u = 0; u < KN_COUNT_OF(urls); u++) {
            fake_server_heal(b.server);
            if (statuses[i] != KN_OK)
                fake_server_fail(b.server, (fake_fault){.slot = FAKE_OPEN, .status = statuses[i], .for_ever = true});
            try_url(b.registry, urls[u], &s);
        }
    hides("all", "trace", s.values);
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace__tells_what_happened_in_order),
        cmocka_unit_test(test_trace__tells_failures_with_their_error),
        cmocka_unit_test(test_trace__measures_how_long_it_took),
        cmocka_unit_test(test_trace__a_password_is_never_told),
    };
    return cmocka_run_group_tests_name("integration/engine/trace", tests, NULL, NULL);
}
