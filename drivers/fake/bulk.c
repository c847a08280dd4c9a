/* SPDX-License-Identifier: MIT */
/* Bulk insert: counts what goes in. */
#include "fake_driver.h"

static void count(fake_connection *c, int change)
{
    pthread_mutex_lock(&c->server->mutex);
    c->bulks += (uint32_t)change;
    c->server->live.bulks += (uint32_t)change;
    pthread_mutex_unlock(&c->server->mutex);
}

kn_status fake_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                          const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error)
{
    fake_connection *c = connection;
    (void)columns_quoted;
    (void)types;
    kn_status status = fake_call_begin(c, FAKE_BULK_BEGIN, c, table_quoted, wait ? wait->deadline_us : 0, wait, error);
    if (status)
        return status;
    fake_bulk *made = fake_allocate(c->allocator, sizeof *made);
    if (made)
        *made = (fake_bulk){.connection = c, .n_columns = n_columns};
    else
        status = knp_error_set(error, KN_NOMEM, "no memory for a bulk insert");
    status = fake_call_end(c, table_quoted, "", status, error);
    if (status) {
        fake_free(c->allocator, made, sizeof *made);
        return status;
    }
    count(c, 1);
    *bulk = made;
    return KN_OK;
}

kn_status fake_bulk_rows(void *bulk, const kn_value *rows, size_t count_, kn_wait *wait, kn_error *error)
{
    fake_bulk *b = bulk;
    fake_connection *c = b->connection;
    kn_status status = fake_call_begin(c, FAKE_BULK_ROWS, b, "", wait ? wait->deadline_us : 0, wait, error);
    if (status)
        return status;
    char values[256];
    fake_values_print(rows, count_ * b->n_columns, values, sizeof values);
    b->rows += (int64_t)count_;
    return fake_call_end(c, "", values, KN_OK, error);
}

kn_status fake_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    fake_bulk *b = bulk;
    fake_connection *c = b->connection;
    const char *text = commit ? "commit" : "give up";
    kn_status status = fake_call_begin(c, FAKE_BULK_END, b, text, wait ? wait->deadline_us : 0, wait, error);
    if (status == KN_WAIT)
        return status;
    if (!status)
        status = fake_call_end(c, text, "", KN_OK, error);
    if (!status)
        *stored = commit ? b->rows : 0;
    count(c, -1);
    fake_free(c->allocator, b, sizeof *b);
    return status;
}
