/* SPDX-License-Identifier: MIT */
/* A real database copied through C structs: every row of Chinook is read, written to a new database with the same
 * tables, read back, and compared member by member.
 *
 *     chinook                     the file that lies beside the sources, to sqlite:///chinook-copy.db
 *     chinook FILE                another copy of Chinook_Sqlite.sqlite
 *     chinook FILE URL            to any other backend
 *
 * Without the file it says so and succeeds. It fails when a single member differs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chinook.h"

#define DEFAULT_COPY "chinook-copy.db"
#define DEFAULT_URL "sqlite:///" DEFAULT_COPY

/* By name: the order of their foreign keys is found, not written. */
static const kn_model *const models[] = {
    &Album_model,       &Artist_model,    &Customer_model, &Employee_model,      &Genre_model, &Invoice_model,
    &InvoiceLine_model, &MediaType_model, &Playlist_model, &PlaylistTrack_model, &Track_model,
};

/* sqlite:///FILE?mode=ro, with what a URL gives a meaning written as %XX. */
static kn_status url_of_file(const char *file, char *out, size_t size, kn_error *error)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    size_t at = (size_t)snprintf(out, size, "sqlite:///");

    for (; *file && at + 16 < size; file++)
        at += (size_t)snprintf(out + at, size - at, strchr(plain, *file) ? "%c" : "%%%02X", (unsigned char)*file);
    if (*file)
        return kn_error_set(error, KN_TOO_LONG, "the name of the file is too long");
    snprintf(out + at, size - at, "?mode=ro");
    return KN_OK;
}

/* The key's columns. Built in an arena: a literal made inside the loop would not outlive it. */
static kn_status order_by_key(const kn_model *model, kn_arena *arena, const kn_expr **order, size_t room,
                              kn_error *error)
{
    size_t n = 0;

    for (size_t i = 0; i < model->n_columns && n < room - 1; i++) {
        const kn_column *column = kn_model_column(model, i);
        if (!column->primary_key)
            continue;
        order[n] = kn_expr_column(arena, model, kn_column_name(column));
        if (!order[n++])
            return kn_error_set(error, KN_NOMEM, "out of memory for a query");
    }
    order[n] = KN_END;
    return KN_OK;
}

/* All rows of a table, in the order of its key. */
static kn_status read_table(kn_connection *c, const kn_model *model, kn_rows **out, kn_error *error)
{
    const kn_expr *order[4] = {NULL};
    kn_arena arena;
    kn_status status;

    kn_arena_init(&arena, NULL, 0);
    status = order_by_key(model, &arena, order, KN_COUNT_OF(order), error);
    if (status == KN_OK)
        status = kn_list(c, KN_QUERY(.from = model, .order_by = order), KN_NO_ARGS, 0, out, error);
    kn_arena_finish(&arena);
    return status;
}

static kn_status compare(const kn_model *model, const kn_rows *a, const kn_rows *b, kn_error *error)
{
    const char *column = NULL;

    if (a->count != b->count)
        return kn_error_set(error, KN_INEXACT, "%s has %zu rows, its copy %zu", model->table, a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        if (!chinook_equal(model, (const char *)a->items + i * a->object_size,
                           (const char *)b->items + i * b->object_size, &column))
            return kn_error_set(error, KN_INEXACT, "row %zu of %s differs in %s", i + 1, model->table, column);
    return KN_OK;
}

/* Reads, writes, reads again, compares. */
static kn_status copy_table(kn_connection *from, kn_connection *to, const kn_model *model, size_t *count,
                            kn_error *error)
{
    kn_rows *rows = NULL, *copied = NULL;
    kn_status status = read_table(from, model, &rows, error);

    if (status == KN_OK)
        status = kn_insert_many(to, model, rows->items, rows->count, error);
    if (status == KN_OK)
        status = read_table(to, model, &copied, error);
    if (status == KN_OK)
        status = compare(model, rows, copied, error);
    if (status == KN_OK) {
        *count = rows->count;
        printf("  %-14s %6zu\n", model->table, rows->count);
    } else {
        kn_error_prefix(error, "%s", model->table);
    }
    kn_rows_free(copied);
    kn_rows_free(rows);
    return status;
}

static kn_status copy_all(kn_connection *from, kn_connection *to, kn_metadata *metadata, kn_error *error)
{
    const kn_model *const *sorted = NULL;
    size_t n = 0, total = 0, count = 0;
    kn_status status = kn_create_all(to, metadata, error);

    if (status == KN_OK)
        status = kn_metadata_sorted(metadata, &sorted, &n, error);
    for (size_t i = 0; i < n && status == KN_OK; i++) {
        status = copy_table(from, to, sorted[i], &count, error);
        total += count;
    }
    if (status == KN_OK)
        printf("  %-14s %2zu,%03zu rows in %zu tables, every member equal\n", "total", total / 1000, total % 1000, n);
    return status;
}

static kn_status add_models(kn_metadata *metadata, kn_error *error)
{
    kn_status status = KN_OK;

    for (size_t i = 0; i < KN_COUNT_OF(models) && status == KN_OK; i++)
        status = kn_metadata_add(metadata, models[i], error);
    return status;
}

static kn_status run(const char *source_url, const char *url, kn_error *error)
{
    kn_engine *source = NULL, *target = NULL;
    kn_connection *from = NULL, *to = NULL;
    kn_metadata *metadata = NULL;
    kn_status status = kn_engine_create(source_url, NULL, &source, error);

    if (status == KN_OK)
        status = kn_engine_create(url, NULL, &target, error);
    if (status == KN_OK)
        status = kn_metadata_create(NULL, &metadata, error);
    if (status == KN_OK)
        status = add_models(metadata, error);
    if (status == KN_OK)
        status = kn_connect(source, &from, error);
    if (status == KN_OK)
        status = kn_connect(target, &to, error);
    if (status == KN_OK)
        status = copy_all(from, to, metadata, error);
    kn_release(to);
    kn_release(from);
    kn_metadata_destroy(metadata);
    kn_engine_destroy(target);
    kn_engine_destroy(source);
    return status;
}

static bool exists(const char *file)
{
    FILE *f = fopen(file, "rb");

    if (f)
        fclose(f);
    return f != NULL;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : CHINOOK_FILE, *url = argc > 2 ? argv[2] : DEFAULT_URL;
    char source_url[2048];
    kn_error error = {0};

    if (argc > 3) {
        fprintf(stderr, "usage: %s [FILE [URL]]\n", argv[0]);
        return 2;
    }
    if (!exists(file)) {
        printf("chinook: there is no file %s; get Chinook_Sqlite.sqlite from "
               "https://github.com/lerocha/chinook-database\n",
               file);
        return EXIT_SUCCESS;
    }
    if (strcmp(url, DEFAULT_URL) == 0) { /* ours: made anew each time */
        remove(DEFAULT_COPY);
        remove(DEFAULT_COPY "-wal");
        remove(DEFAULT_COPY "-shm");
    }
    if (url_of_file(file, source_url, sizeof(source_url), &error) == KN_OK && run(source_url, url, &error) == KN_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "chinook: %s: %s\n", kn_status_name((kn_status)error.status), error.message);
    return EXIT_FAILURE;
}
