/* SPDX-License-Identifier: MIT */
#include "queries.h"

#include <stdio.h>

KN_COLUMNS(Number) = {
    KN_COLUMN(Number, id, KN_INTEGER, .primary_key = true, .autoincrement = KN_NO),
    KN_COLUMN(Number, square, KN_BIG_INTEGER),
};
KN_DEFINE(Number, "numbers");

static const kn_select every_number = KN_SELECT(KN_FROM(Number));
static const kn_select in_range = KN_SELECT(
    KN_FROM(Number), .where = KN_AND(KN_GE(KN_COL(Number, id), KN_ARG(0)), KN_LT(KN_COL(Number, id), KN_ARG(1))),
    .order_by = KN_LIST(KN_ASC(KN_COL(Number, id))));

static kn_status insert_numbers(kn_connection *c, kn_error *error)
{
    static Number numbers[NUMBERS];

    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (Number){.id = i, .square = (int64_t)i * i};
    return kn_insert_many(c, KN_OBJECT(Number, numbers), NUMBERS, error);
}

kn_status make_numbers(kn_engine *engine, kn_error *error)
{
    kn_connection *c = NULL;
    kn_metadata *tables = NULL;
    int64_t there = 0;
    kn_status status = kn_connect(engine, &c, error);

    if (status == KN_OK)
        status = kn_metadata_create(NULL, &tables, error);
    if (status == KN_OK)
        status = kn_metadata_add(tables, &Number_model, error);
    if (status == KN_OK)
        status = kn_create_all(c, tables, error);
    if (status == KN_OK)
        status = kn_count(c, &every_number, KN_NO_ARGS, &there, error);
    if (status == KN_OK && !there)
        status = insert_numbers(c, error);
    kn_metadata_destroy(tables);
    kn_release(c);
    return status;
}

kn_status query_start(kn_engine *engine, query *q, int n, kn_error *error)
{
    *q = (query){.first = (int64_t)n * 17 % (NUMBERS - SHARE), .timeout_ms = 30000, .status = KN_WAIT};
    q->range[0] = kn_int(q->first);
    q->range[1] = kn_int(q->first + SHARE);
    return kn_connect_start(engine, &q->c, error);
}

/* The verbs, in their order. Each is called until it no longer returns KN_WAIT. */
static kn_status connect_(query *q)
{
    return kn_connect_step(q->c, &q->error);
}

static kn_status prepare(query *q)
{
    return kn_prepare_query(q->c, &in_range.node, &q->statement, &q->error);
}

static kn_status open_(query *q)
{
    kn_statement_timeout(q->statement, q->timeout_ms);
    return kn_open(q->statement, q->range, 2, &q->result, &q->error);
}

static kn_status read_rows(query *q)
{
    kn_status status;

    while ((status = kn_next_into(q->result, KN_OBJECT(Number, &q->row), &q->error)) == KN_OK) {
        q->rows++;
        q->sum += q->row.square;
    }
    return status == KN_DONE ? KN_OK : status;
}

static kn_status end(query *q)
{
    return kn_result_end(q->result, &q->error);
}

static kn_status release(query *q)
{
    return kn_release_step(q->c);
}

kn_status query_go(query *q)
{
    static kn_status (*const verbs[])(query *) = {connect_, prepare, open_, read_rows, end, release};

    for (; q->stage < KN_COUNT_OF(verbs); q->stage++) {
        q->status = verbs[q->stage](q);
        if (q->status == KN_WAIT) {
            q->wait = kn_connection_wait(q->c);
            return KN_WAIT;
        }
        if (q->status != KN_OK) {
            kn_release(q->c); /* at once: what it was doing is given up */
            return q->status;
        }
    }
    q->status = KN_DONE;
    return KN_DONE;
}

static bool is_right(const query *q)
{
    int64_t sum = 0;

    for (int64_t i = q->first; i < q->first + SHARE; i++)
        sum += i * i;
    return q->rows == SHARE && q->sum == sum;
}

bool queries_tell(const query *queries, int count, int at_once, int waits)
{
    int right = 0;

    for (int i = 0; i < count; i++) {
        if (queries[i].status == KN_DONE && is_right(&queries[i]))
            right++;
        else if (queries[i].status == KN_DONE)
            printf("query %d read %lld rows, sum %lld: wrong\n", i, (long long)queries[i].rows,
                   (long long)queries[i].sum);
        else
            printf("query %d: %s: %s\n", i, kn_status_name(queries[i].status), queries[i].error.message);
    }
    printf("%d of %d queries read their %d rows; up to %d waited at once, in %d waits on one thread\n", right, count,
           SHARE, at_once, waits);
    return right == count;
}
