/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* What a server, or something between, may send in place of the rows of COPY: nothing of it is taken for a value. */
#include "libpq_script.h"

#include <stddef.h>

#define TEXT_COLUMN "t\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\1"
#define CONDITION_COLUMN "c\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\1"

/* The columns n bigint, or n numeric, and t text, and a condition. */
static void describe(script *s, bool numeric)
{
    MESSAGE(s, '1', "");
    MESSAGE(s, '2', "");
    if (numeric)
        MESSAGE(s, 'T',
                "\0\3"
                "n\0\0\0\0\0\0\0\0\0\x06\xa4\xff\xff\xff\xff\xff\xff\0\1" TEXT_COLUMN CONDITION_COLUMN);
    else
        MESSAGE(s, 'T',
                "\0\3"
                "n\0\0\0\0\0\0\0\0\0\0\x14\0\x08\xff\xff\xff\xff\0\1" TEXT_COLUMN CONDITION_COLUMN);
    MESSAGE(s, 'D', "\0\3\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\1 ");
    MESSAGE(s, 'C', "SELECT 1\0");
    MESSAGE(s, 'Z', "I");
}

#define HEAD "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define ROW "\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\1x"
#define LONG "abcdefgh"
#define LONG_ROW "\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\x08" LONG
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
    {"a long text", {TEXT(HEAD LONG_ROW), TEXT(LONG_ROW), TEXT(MARK)}, KN_DONE, 2},
    {"half a long text", {TEXT(HEAD LONG_ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\x09" LONG)}, KN_CORRUPT, 1},
    {"more than a long text", {TEXT(HEAD LONG_ROW "y")}, KN_CORRUPT, 0},
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
    {"half a bigint", {TEXT(HEAD ROW), TEXT("\0\2\0\0\0\x08\0\0\0\0")}, KN_CORRUPT, 1},
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

/* How a row is read: as cells, by the sinks, straight into the members, the same without texts. */
typedef enum reading { CELLS, SINKS, MEMBERS, KEPT, WAYS } reading;

typedef struct object {
    int64_t n;
    kn_decimal d;
    kn_text t;
} object;

static void take_into(object *o, size_t column, const kn_value *cell)
{
    if (column == 1)
        o->t = cell->kind == KN_KIND_NULL ? (kn_text){NULL, 0} : cell->as.text;
    else if (cell->kind == KN_KIND_DECIMAL)
        o->d = cell->as.decimal;
    else
        o->n = cell->as.i;
}

static kn_status take_cell(const kn_sink *sink, kn_value *cell, const kn_receiver *into)
{
    take_into(into->object, sink->slot.kind == KN_KIND_TEXT, cell);
    return KN_OK;
}

#define INT_SLOT .offset = offsetof(object, n), .least = INT64_MIN, .most = INT64_MAX, .kind = KN_KIND_INT
#define DECIMAL_SLOT .offset = offsetof(object, d), .below = 1000000, .exponent = -2, .kind = KN_KIND_DECIMAL
#define TEXT_SLOT .offset = offsetof(object, t), .plain_size = 100, .kind = KN_KIND_TEXT
static const kn_sink sinks[2][2][2] = {
    {{{take_cell, {INT_SLOT}}, {take_cell, {TEXT_SLOT}}},
     {{take_cell, {INT_SLOT, .way = KN_SLOT_INT64}}, {take_cell, {TEXT_SLOT, .way = KN_SLOT_TEXT}}}},
    {{{take_cell, {DECIMAL_SLOT}}, {take_cell, {TEXT_SLOT}}},
     {{take_cell, {DECIMAL_SLOT, .way = KN_SLOT_DECIMAL}}, {take_cell, {TEXT_SLOT, .way = KN_SLOT_TEXT}}}},
};

static kn_status fetch_row(void *statement, reading way, bool numeric, object *out, kn_error *error)
{
    const kn_receiver into = {.object = out, .keeps = way == KEPT, .version = way};
    const kn_sink *first = sinks[numeric][way >= MEMBERS];
    kn_wait wait = {.fd = -1};
    kn_value row[2];
    kn_status status;
    if (way == CELLS) {
        status = fetch(statement, row, error);
        for (size_t i = 0; i < 2 && !status; i++)
            take_into(out, i, &row[i]);
        return status;
    }
    do
        status = libpq_driver()->fetch_into(statement, first, sizeof *first, &into, &wait, error);
    while (again(status, &wait));
    return status;
}

static bool is_expected_text(kn_text t)
{
    return !t.data || strcmp(t.data, "x") == 0 || strcmp(t.data, LONG) == 0;
}

/* To the first failure, or the end. */
static kn_status read_all(void *c, reading way, bool numeric, object *out, int *rows, kn_error *error)
{
    static const kn_type *const types[2];
    kn_prepare_request request = {
        .size_ = sizeof request, .sql = {"SELECT", 6}, .columns = types, .n_columns = 2, .large = 1};
    kn_wait wait = {.fd = -1};
    kn_outcome outcome;
    void *s = NULL;
    kn_status status;
    do
        status = libpq_driver()->prepare(c, &request, &s, &wait, error);
    while (again(status, &wait));
    if (status)
        fail_msg("prepare: %s", error->message);
    status = try_execute(s, NULL, 0, 0, &outcome, error);
    for (*rows = 0; !status; *rows += !status) {
        status = fetch_row(s, way, numeric, out, error);
        assert_true(status || is_expected_text(out->t));
        assert_true(status || numeric || out->n == 7);
    }
    if (outcome.n_columns)
        (void)end(s, NULL, NULL);
    libpq_driver()->finish(s);
    return status;
}

/* A connection to who sends these messages as rows. */
static void *open_to(tcp_peer *peer, script says[4], tcp_turn turns[4], const kn_text messages[3], bool numeric,
                     bool blocking)
{
    kn_error error = {0};
    char url[100];
    void *c = NULL;
    greet(&says[0]);
    settle(&says[1]);
    describe(&says[2], numeric);
    MESSAGE(&says[3], '1', "");
    MESSAGE(&says[3], '2', "");
    MESSAGE(&says[3], 'n', "");
    MESSAGE(&says[3], 'H', "\1\0\2\0\1\0\1");
    for (size_t i = 0; i < 3 && messages[i].data; i++)
        put_message(&says[3], 'd', messages[i].data, messages[i].size);
    MESSAGE(&says[3], 'c', "");
    MESSAGE(&says[3], 'C', "COPY 1\0");
    MESSAGE(&says[3], 'Z', "I");
    for (size_t i = 0; i < 4; i++)
        turns[i] = (tcp_turn){.hears = true, .says = says[i].bytes, .size = says[i].size};
    tcp_peer_start(peer, turns, 4, TCP_STAYS);
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%u/d", peer->port);
    must(open_on(&fixture_memory.allocator, url, OPTIONS("tls=disable"), blocking, 0, &c, &error), KN_OK);
    return c;
}

static void check_case(size_t n, reading way, bool blocking)
{
    script says[4] = {{.size = 0}};
    tcp_turn turns[4];
    kn_error error = {0};
    tcp_peer peer;
    object o = {.n = 0};
    int rows = 0;
    void *s = NULL, *c = open_to(&peer, says, turns, cases[n].messages, false, blocking);
    kn_status status = read_all(c, way, false, &o, &rows, &error);
    if (status != cases[n].status || rows != cases[n].rows)
        fail_msg("%s, way %d: %s after %d rows: %s", cases[n].name, way, kn_status_name(status), rows, error.message);
    if (status == KN_CORRUPT && strcmp(cases[n].name, "a bigint of nine bytes") != 0)
        must(try_prepare(c, "SELECT 1", 0, &s, &error), KN_LINK_LOST);
    close_it(c);
    tcp_peer_stop(&peer);
}

static void test_libpq_copy_stream__takes_nothing_for_a_row_that_is_none(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(cases); n++) {
        for (reading way = CELLS; way < WAYS; way++) {
            check_case(n, way, false);
            check_case(n, way, true);
        }
    }
}

/* Row of a NUMERIC of so many bytes and of a text. */
#define NUMERIC(size, bytes)                                                                                           \
    {                                                                                                                  \
        {"" HEAD "\0\2\0\0\0" size bytes "\0\0\0\1x", sizeof(HEAD "\0\2\0\0\0" size bytes "\0\0\0\1x") - 1},           \
            TEXT(MARK)                                                                                                 \
    }
#define NO_NUMBER                                                                                                      \
    {                                                                                                                  \
        .u = {.word = {1, 0}}, .exponent = 99999                                                                       \
    } /* in no NUMERIC(p, s) */
#define NONE KN_DECIMAL(0, 0)

static const struct {
    const char *name;
    kn_text messages[3];
    kn_status status;
    kn_decimal expected;
} numerics[] = {
    {"1234.50", NUMERIC("\x0c", "\0\2\0\0\0\0\0\2\x04\xd2\x13\x88"), KN_DONE, KN_DECIMAL(123450, -2)},
    {"-0.01", NUMERIC("\x0a", "\0\1\xff\xff\x40\0\0\2\0\x64"), KN_DONE, KN_DECIMAL(-1, -2)},
    {"0.00", NUMERIC("\x08", "\0\0\0\0\0\0\0\2"), KN_DONE, KN_DECIMAL(0, -2)},
    {"9999.99", NUMERIC("\x0c", "\0\2\0\0\0\0\0\2\x27\x0f\x26\xac"), KN_DONE, KN_DECIMAL(999999, -2)},
    {"10000.00, outside of the member", NUMERIC("\x0a", "\0\1\0\1\0\0\0\2\0\1"), KN_DONE, KN_DECIMAL(1000000, -2)},
    {"1.2345 of another scale", NUMERIC("\x0c", "\0\2\0\0\0\0\0\4\0\1\x09\x29"), KN_DONE, KN_DECIMAL(12345, -4)},
    {"9999999999999999, four groups", NUMERIC("\x10", "\0\4\0\3\0\0\0\0\x27\x0f\x27\x0f\x27\x0f\x27\x0f"), KN_DONE,
     KN_DECIMAL(9999999999999999, 0)},
    {"zeros behind the groups", NUMERIC("\x0a", "\0\1\0\3\0\0\0\0\0\1"), KN_DONE, KN_DECIMAL(1000000000000, 0)},
    {"NaN", NUMERIC("\x08", "\0\0\0\0\xc0\0\0\0"), KN_DONE, NO_NUMBER},
    {"infinity", NUMERIC("\x08", "\0\0\0\0\xd0\0\0\0"), KN_DONE, NO_NUMBER},
    {"an unknown sign", NUMERIC("\x0a", "\0\1\0\0\x80\0\0\2\0\1"), KN_DONE, NO_NUMBER},
    {"a digit behind its scale", NUMERIC("\x0c", "\0\2\0\0\0\0\0\2\x04\xd2\x13\x89"), KN_INEXACT, NONE},
    {"a group of 10000", NUMERIC("\x0a", "\0\1\0\0\0\0\0\2\x27\x10"), KN_CORRUPT, NONE},
    {"a group of 65535 among four", NUMERIC("\x10", "\0\4\0\3\0\0\0\0\0\1\xff\xff\0\0\0\1"), KN_CORRUPT, NONE},
    {"a group of 32768 among five", NUMERIC("\x12", "\0\5\0\4\0\0\0\0\0\1\x80\0\0\0\0\0\0\1"), KN_CORRUPT, NONE},
    {"a group too few", NUMERIC("\x0a", "\0\2\0\0\0\0\0\2\0\1"), KN_CORRUPT, NONE},
    {"a group too many", NUMERIC("\x0c", "\0\1\0\0\0\0\0\2\0\1\0\1"), KN_CORRUPT, NONE},
    {"half a group", NUMERIC("\x0b", "\0\1\0\0\0\0\0\2\0\1\0"), KN_CORRUPT, NONE},
    {"half a head", NUMERIC("\x07", "\0\1\0\0\0\0\0"), KN_CORRUPT, NONE},
    {"no head", NUMERIC("\0", ""), KN_CORRUPT, NONE},
};

static void check_numeric(size_t n, reading way)
{
    script says[4] = {{.size = 0}};
    tcp_turn turns[4];
    kn_error error = {0};
    tcp_peer peer;
    object o = {.n = 0};
    int rows = 0;
    void *c = open_to(&peer, says, turns, numerics[n].messages, true, true);
    kn_status status = read_all(c, way, true, &o, &rows, &error);
    if (status != numerics[n].status)
        fail_msg("%s, way %d: %s: %s", numerics[n].name, way, kn_status_name(status), error.message);
    if (status == KN_DONE && (rows != 1 || memcmp(&o.d, &numerics[n].expected, sizeof o.d) != 0))
        fail_msg("%s, way %d: %d rows, another number", numerics[n].name, way, rows);
    close_it(c);
    tcp_peer_stop(&peer);
}

static void test_libpq_copy_stream__takes_nothing_for_a_number_that_is_none(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(numerics); n++) {
        for (reading way = CELLS; way < WAYS; way++)
            check_numeric(n, way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_copy_stream__takes_nothing_for_a_row_that_is_none),
        WITH_SERVER(test_libpq_copy_stream__takes_nothing_for_a_number_that_is_none),
    };
    return cmocka_run_group_tests_name("integration/drivers/libpq_copy_stream", tests, NULL, NULL);
}
