/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* What a server, or something between, may send in place of the rows of COPY: nothing of it is taken for a value. */
#include "libpq_fixture.h"

#include "support/tcp_peer.h"

typedef struct script {
    char bytes[2048];
    size_t size;
} script;

static void put(script *s, const void *data, size_t size)
{
    assert_true(sizeof s->bytes - s->size >= size);
    memcpy(s->bytes + s->size, data, size);
    s->size += size;
}

static void put_message(script *s, char type, const void *data, size_t size)
{
    const unsigned char head[] = {(unsigned char)type, 0, 0, (unsigned char)((size + 4) >> 8),
                                  (unsigned char)(size + 4)};
    put(s, head, sizeof head);
    put(s, data, size);
}
#define MESSAGE(s, type, text) put_message(s, type, "" text, sizeof(text) - 1)

static void greet(script *s)
{
    MESSAGE(s, 'R', "\0\0\0\0");
    MESSAGE(s, 'S',
            "server_version\0"
            "15.0\0");
    MESSAGE(s, 'S', "server_encoding\0UTF8\0");
    MESSAGE(s, 'S', "client_encoding\0UTF8\0");
    MESSAGE(s, 'S', "TimeZone\0UTC\0");
    MESSAGE(s, 'S', "DateStyle\0ISO, YMD\0");
    MESSAGE(s, 'S', "standard_conforming_strings\0on\0");
    MESSAGE(s, 'S', "IntervalStyle\0postgres\0");
    MESSAGE(s, 'S', "integer_datetimes\0on\0");
    MESSAGE(s, 'K', "\0\0\0\1\0\0\0\1");
    MESSAGE(s, 'Z', "I");
}

/* Of the settings, and the number of the backend. */
static void settle(script *s)
{
    MESSAGE(s, 'C', "SET\0");
    MESSAGE(s, 'T', "\0\1p\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0");
    MESSAGE(s, 'D',
            "\0\1\0\0\0\1"
            "1");
    MESSAGE(s, 'C', "SELECT 1\0");
    MESSAGE(s, 'Z', "I");
}

/* The columns n bigint and t text, and a condition. */
static void describe(script *s)
{
    MESSAGE(s, '1', "");
    MESSAGE(s, '2', "");
    MESSAGE(s, 'T',
            "\0\3"
            "n\0\0\0\0\0\0\0\0\0\0\x14\0\x08\xff\xff\xff\xff\0\1"
            "t\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff"
            "\xff\0\1"
            "c\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\1");
    MESSAGE(s, 'D', "\0\3\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\1 ");
    MESSAGE(s, 'C', "SELECT 1\0");
    MESSAGE(s, 'Z', "I");
}

#define HEAD "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define ROW "\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\1x"
#define MARK "\xff\xff"
#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }

/* Up to three messages; then the server says that all is well. */
static const struct {
    const char *name;
    kn_text messages[3];
    kn_status status;
    int rows; /* that are right */
} cases[] = {
    {"rows", {TEXT(HEAD ROW), TEXT(ROW), TEXT(MARK)}, KN_DONE, 2},
    {"no rows", {TEXT(HEAD MARK)}, KN_DONE, 0},
    {"no mark", {TEXT(HEAD ROW)}, KN_CORRUPT, 1},
    {"a header and no mark", {TEXT(HEAD)}, KN_CORRUPT, 0},
    {"nothing", {{NULL, 0}}, KN_CORRUPT, 0},
    {"header alone", {TEXT(HEAD), TEXT(ROW), TEXT(MARK)}, KN_DONE, 1},
    {"header with more", {TEXT("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\3abc" ROW), TEXT(MARK)}, KN_DONE, 1},
    {"NULL", {TEXT(HEAD "\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\xff\xff\xff\xff"), TEXT(MARK)}, KN_DONE, 1},
    {"half a header", {TEXT("PGCOPY\n\377\r\n\0\0\0\0\0\0\0")}, KN_CORRUPT, 0},
    {"another header", {TEXT("PGCOPY\n\377\n\n\0\0\0\0\0\0\0\0\0" ROW)}, KN_CORRUPT, 0},
    {"unknown flags", {TEXT("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0" ROW)}, KN_CORRUPT, 0},
    {"a header that is too long", {TEXT("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\x7f" ROW)}, KN_CORRUPT, 0},
    {"a header that is huge", {TEXT("PGCOPY\n\377\r\n\0\0\0\0\0\xff\xff\xff\xff" ROW)}, KN_CORRUPT, 0},
    {"no header", {TEXT(ROW)}, KN_CORRUPT, 0},
    {"a message of one byte", {TEXT(HEAD ROW), TEXT("\0")}, KN_CORRUPT, 1},
    {"a column too few", {TEXT(HEAD ROW), TEXT("\0\1\0\0\0\x08\0\0\0\0\0\0\0\7")}, KN_CORRUPT, 1},
    {"a column too many", {TEXT(HEAD ROW), TEXT("\0\3\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\1x\0\0\0\1x")}, KN_CORRUPT, 1},
    {"no cells", {TEXT(HEAD ROW), TEXT("\0\2")}, KN_CORRUPT, 1},
    {"half a length", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0")}, KN_CORRUPT, 1},
    {"half a cell", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\2x")}, KN_CORRUPT, 1},
    {"a cell of nothing", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\1")}, KN_CORRUPT, 1},
    {"a huge cell", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\x7f\xff\xff\xffx")}, KN_CORRUPT, 1},
    {"a length of -2", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\xff\xff\xff\xfex")}, KN_CORRUPT, 1},
    {"more than the cells", {TEXT(HEAD ROW), TEXT(ROW "y")}, KN_CORRUPT, 1},
    {"two rows in one", {TEXT(HEAD ROW ROW)}, KN_CORRUPT, 0},
    {"more than the mark", {TEXT(HEAD ROW), TEXT(MARK "\0")}, KN_CORRUPT, 1},
    {"a row behind the mark", {TEXT(HEAD ROW), TEXT(MARK), TEXT(ROW)}, KN_CORRUPT, 1},
    {"a row behind the mark at once", {TEXT(HEAD MARK), TEXT(ROW)}, KN_CORRUPT, 0},
    {"a bigint of nine bytes", {TEXT(HEAD "\0\2\0\0\0\x09\0\0\0\0\0\0\0\7\1\0\0\0\1x"), TEXT(MARK)}, KN_CORRUPT, 0},
};

static kn_status take_cell(const kn_sink *sink, kn_value *cell, const void *into)
{
    kn_value *row = *(kn_value *const *)into;
    (void)sink;
    row[row[0].kind != KN_KIND_UNSET] = *cell;
    return KN_OK;
}

static kn_status fetch_row(void *statement, bool straight, kn_value row[2], kn_error *error)
{
    static const kn_sink sinks[2] = {{take_cell}, {take_cell}};
    kn_wait wait = {.fd = -1};
    kn_status status;
    if (!straight)
        return fetch(statement, row, error);
    row[0].kind = KN_KIND_UNSET;
    do
        status = libpq_driver()->fetch_into(statement, sinks, sizeof *sinks, &row, &wait, error);
    while (again(status, &wait));
    return status;
}

/* To the first failure, or the end. */
static kn_status read_all(void *c, bool straight, int *rows, kn_error *error)
{
    static const kn_type *const types[2];
    kn_prepare_request request = {
        .size_ = sizeof request, .sql = {"SELECT", 6}, .columns = types, .n_columns = 2, .large = 1};
    kn_wait wait = {.fd = -1};
    kn_outcome outcome;
    kn_value row[2];
    void *s = NULL;
    kn_status status;
    do
        status = libpq_driver()->prepare(c, &request, &s, &wait, error);
    while (again(status, &wait));
    if (status)
        fail_msg("prepare: %s", error->message);
    status = try_execute(s, NULL, 0, 0, &outcome, error);
    for (*rows = 0; !status; *rows += !status) {
        status = fetch_row(s, straight, row, error);
        if (!status) {
            assert_int_equal(row[0].as.i, 7);
            assert_true(row[1].kind == KN_KIND_NULL || strcmp(row[1].as.text.data, "x") == 0);
        }
    }
    if (outcome.n_columns)
        (void)end(s, NULL, NULL);
    libpq_driver()->finish(s);
    return status;
}

static void check_case(size_t n, bool blocking, bool straight)
{
    script says[4] = {{.size = 0}};
    kn_error error = {0};
    tcp_peer peer;
    char url[100];
    int rows = 0;
    void *c = NULL, *s = NULL;
    greet(&says[0]);
    settle(&says[1]);
    describe(&says[2]);
    MESSAGE(&says[3], '1', "");
    MESSAGE(&says[3], '2', "");
    MESSAGE(&says[3], 'n', "");
    MESSAGE(&says[3], 'H', "\1\0\2\0\1\0\1");
    for (size_t i = 0; i < 3 && cases[n].messages[i].data; i++)
        put_message(&says[3], 'd', cases[n].messages[i].data, cases[n].messages[i].size);
    MESSAGE(&says[3], 'c', "");
    MESSAGE(&says[3], 'C', "COPY 1\0");
    MESSAGE(&says[3], 'Z', "I");
    tcp_turn turns[4];
    for (size_t i = 0; i < 4; i++)
        turns[i] = (tcp_turn){.hears = true, .says = says[i].bytes, .size = says[i].size};
    tcp_peer_start(&peer, turns, 4, TCP_STAYS);
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%u/d", peer.port);
    must(open_on(&fixture_memory.allocator, url, OPTIONS("tls=disable"), blocking, 0, &c, &error), KN_OK);
    kn_status status = read_all(c, straight, &rows, &error);
    if (status != cases[n].status || rows != cases[n].rows)
        fail_msg("%s: %s after %d rows: %s", cases[n].name, kn_status_name(status), rows, error.message);
    if (status == KN_CORRUPT && strcmp(cases[n].name, "a bigint of nine bytes") != 0)
        must(try_prepare(c, "SELECT 1", 0, &s, &error), KN_LINK_LOST);
    close_it(c);
    tcp_peer_stop(&peer);
}

static void test_libpq_copy_stream__takes_nothing_for_a_row_that_is_none(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(cases); n++) {
        for (int way = 0; way < 4; way++)
            check_case(n, way & 1, way & 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_copy_stream__takes_nothing_for_a_row_that_is_none),
    };
    return cmocka_run_group_tests_name("integration/drivers/libpq_copy_stream", tests, NULL, NULL);
}
