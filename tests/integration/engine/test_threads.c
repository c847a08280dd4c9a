/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* backends: all */
/* Sixteen threads, each with a connection at a time, run every object verb at once: on one database, where writers wait
 * for each other, and on the fake backend, where nobody waits. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/database.h"
#include "support/fake_backend.h"

typedef struct Play {
    int64_t id;
    int32_t thread, round;
    char title[33];
    const char *comment;
    kn_decimal price;
    kn_opt_datetime at;
} Play;
KN_MODEL(Play);
KN_COLUMNS(Play) = {
    KN_COLUMN(Play, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Play, thread, KN_INTEGER, .index = true),
    KN_COLUMN(Play, round, KN_INTEGER),
    KN_COLUMN(Play, title, KN_STRING(32), .unique = true),
    KN_COLUMN(Play, comment, KN_TEXT),
    KN_COLUMN(Play, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Play, at, KN_DATETIME, .onupdate = KN_NOW),
};
KN_DEFINE(Play, "plays");

static const kn_select own_plays =
    KN_SELECT(KN_FROM(Play), .where = KN_EQ(KN_COL(Play, thread), KN_ARG(0)),
              .order_by = KN_LIST(KN_ASC(KN_COL(Play, round)), KN_ASC(KN_COL(Play, id))));
static const kn_select all_plays = KN_SELECT(KN_FROM(Play));
static const kn_delete_rows forget_all = KN_DELETE(KN_FROM(Play), .where = KN_ALL_ROWS);

enum { THREADS = 16, ROUNDS = 6, BATCH = 5 };

typedef struct player {
    kn_engine *engine;
    int number;
    kn_error error; /* of the first failure */
    const char *failed;
} player;

static Play make_play(const player *p, int round, int index)
{
    Play play = {.thread = p->number, .round = round, .price = KN_DECIMAL(125, -2)};

    (void)snprintf(play.title, sizeof(play.title), "%d/%d/%d", p->number, round, index);
    return play;
}

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) != KN_OK) {                                                                                         \
            p->failed = #call;                                                                                         \
            return false;                                                                                              \
        }                                                                                                              \
    } while (0)

static bool write_some(player *p, kn_connection *c, int round)
{
    Play one = make_play(p, round, 0), many[BATCH];

    one.comment = "by itself";
    TRY(kn_insert(c, KN_OBJECT(Play, &one), &p->error));
    for (int i = 0; i < BATCH; i++) {
        many[i] = make_play(p, round, i + 1);
        if (i % 2)
            many[i].comment = "one of many";
    }
    TRY(kn_insert_many(c, KN_OBJECT(Play, many), BATCH, &p->error));
    one.comment = "changed";
    TRY(kn_update(c, KN_OBJECT(Play, &one), &p->error));
    return true;
}

/* What a thread wrote it reads, whatever the others do. */
static bool read_own(player *p, kn_connection *c, int round, kn_arena *arena)
{
    kn_rows *rows = NULL;
    Play first = {0};
    size_t expected = (size_t)(round + 1) * (BATCH + 1);
    bool whole;

    TRY(kn_list(c, &own_plays, KN_ARGS(kn_int(p->number)), 0, &rows, &p->error));
    whole = rows->count == expected;
    for (size_t i = 0; i < rows->count; i++) {
        const Play *play = (const Play *)rows->items + i;
        whole = whole && play->thread == p->number && play->round == (int)(i / (BATCH + 1));
        whole = whole && (i % (BATCH + 1) ? true : play->comment && strcmp(play->comment, "changed") == 0);
    }
    first.id = rows->count ? ((const Play *)rows->items)->id : 0;
    kn_rows_free(rows);
    if (!whole) {
        p->failed = "the rows are not those that were written";
        return false;
    }
    TRY(kn_get(c, KN_OBJECT(Play, &first), arena, &p->error));
    return true;
}

static bool forget_and_remember(player *p, kn_connection *c, int round)
{
    Play play = make_play(p, round, 99);

    TRY(kn_begin(c, KN_WRITE, &p->error));
    TRY(kn_insert(c, KN_OBJECT(Play, &play), &p->error));
    TRY(kn_savepoint(c, "s", &p->error));
    TRY(kn_delete(c, KN_OBJECT(Play, &play), &p->error));
    TRY(kn_savepoint_rollback(c, "s", &p->error));
    TRY(kn_delete(c, KN_OBJECT(Play, &play), &p->error));
    TRY(kn_commit(c, &p->error));
    return true;
}

static bool play_round(player *p, int round, bool reads)
{
    kn_connection *c = NULL;
    kn_arena arena;
    int64_t count = 0;
    bool ok;

    kn_arena_init(&arena, NULL, 0);
    TRY(kn_connect(p->engine, &c, &p->error));
    ok = write_some(p, c, round) && forget_and_remember(p, c, round);
    if (ok && reads)
        ok = read_own(p, c, round, &arena);
    if (ok && kn_count(c, &all_plays, KN_NO_ARGS, &count, &p->error) != KN_OK) {
        p->failed = "kn_count";
        ok = false;
    }
    kn_release(c);
    kn_arena_finish(&arena);
    return ok;
}

static void *play_on_database(void *argument)
{
    player *p = argument;

    for (int round = 0; round < ROUNDS && !p->failed; round++)
        (void)play_round(p, round, true);
    return NULL;
}

static void *play_on_fake(void *argument)
{
    player *p = argument;

    for (int round = 0; round < 10 * ROUNDS && !p->failed; round++)
        (void)play_round(p, round, false);
    return NULL;
}

static void play_all(kn_engine *engine, void *(*play)(void *))
{
    pthread_t threads[THREADS];
    player players[THREADS];

    for (int i = 0; i < THREADS; i++) {
        players[i] = (player){.engine = engine, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        if (players[i].failed)
            fail_msg("thread %d: %s: %s: %s", i, players[i].failed, kn_status_name((kn_status)players[i].error.status),
                     players[i].error.message);
}

/* As many connections as threads, and fewer. */
static void test_threads__share_a_database(void **state)
{
    static const uint32_t places[] = {THREADS, 3};
    test_database *db = test_database_of(state);

    if (db->folder[0]) /* writers of a file wait for each other */
        snprintf(db->url + strlen(db->url), sizeof(db->url) - strlen(db->url), "?busy_timeout_ms=60000");
    for (size_t i = 0; i < KN_COUNT_OF(places); i++) {
        int64_t count = 0;
        test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = places[i], .pool_wait_ms = 120000));
        if (i == 0)
            test_database_create(db, &Play_model, NULL);
        kn_release(db->c); /* the players have all places */
        db->c = NULL;
        play_all(db->engine, play_on_database);
        assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
        assert_ok(db, kn_count(db->c, &all_plays, KN_NO_ARGS, &count, &db->error));
        assert_int_equal(count, THREADS * ROUNDS * (BATCH + 1));
        assert_ok(db, kn_execute_query(db->c, &forget_all.node, KN_NO_ARGS, NULL, &db->error));
        test_database_disconnect(db);
    }
}

static void test_threads__share_the_fake_backend(void **state)
{
    static const kn_value seven = {.kind = KN_KIND_INT, .as.i = 7};
    fake_backend b;

    (void)state;
    fake_backend_start(&b, "fake://s/", KN_ENGINE_OPTIONS(.pool_max = THREADS, .statement_cache = 4));
    fake_server_answer(b.server, &(fake_answer){.sql = "COUNT", .n_columns = 1, .rows = &seven, .n_rows = 1});
    play_all(b.engine, play_on_fake);
    assert_in_range(fake_server_live(b.server).most_connections, 1, THREADS);
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_threads__share_a_database, test_database_prepare, test_database_close),
        cmocka_unit_test(test_threads__share_the_fake_backend),
    };
    return cmocka_run_group_tests_name("integration/engine/threads", tests, NULL, NULL);
}
