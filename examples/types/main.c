/* SPDX-License-Identifier: MIT */
/* Every type: the table as the backend is told it, one row written, and the same row read back.
 *
 *     types                                   a file of its own: sqlite:///types.db
 *     types postgresql://me@localhost/types   any other backend
 *
 * Each run adds a row. The program fails when a value comes back different. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

#define DEFAULT_URL "sqlite:///types.db"

static const kn_select sample_by_id = KN_SELECT(KN_FROM(Sample), .where = KN_EQ(KN_COL(Sample, id), KN_ARG(0)));

/* {'name': 'Ada', 'scores': [1, 2.5, None], 'big': 2**100} */
static const kn_any *make_tree(kn_arena *arena)
{
    const kn_any *scores[] = {kn_any_int(arena, 1), kn_any_float(arena, 2.5), kn_any_none()};
    const kn_any *pairs[] = {
        kn_any_str(arena, kn_text_of("name")),   kn_any_str(arena, kn_text_of("Ada")),
        kn_any_str(arena, kn_text_of("scores")), kn_any_list(arena, scores, KN_COUNT_OF(scores)),
        kn_any_str(arena, kn_text_of("big")),    kn_any_bigint(arena, kn_text_of("1267650600228229401496703205376")),
    };

    return kn_any_dict(arena, pairs, KN_COUNT_OF(pairs) / 2);
}

static kn_status make_moments(Sample *sample, kn_error *error)
{
    const kn_civil leap_day = {
        .year = 2024, .month = 2, .day = 29, .hour = 23, .minute = 59, .second = 59, .microsecond = 999999};
    kn_status status = kn_date_make(1969, 7, 20, &sample->date, error);

    if (status == KN_OK)
        status = kn_time_make(23, 59, 59, 999999, &sample->time, error);
    if (status == KN_OK)
        status = kn_datetime_make(&leap_day, &sample->datetime, error);
    if (status == KN_OK)
        status = kn_instant_parse(kn_text_of("1969-07-20T22:17:40.25+02:00"), &sample->instant, error);
    if (status == KN_OK)
        status = kn_interval_parse(kn_text_of("-P1DT2H3M4.000005S"), &sample->interval, error);
    return status;
}

static kn_status make_sample(Sample *sample, kn_arena *arena, kn_error *error)
{
    static const unsigned char bytes[] = {0x00, 0xff, 0x27, 0x5c, 0x00};

    *sample = (Sample){
        .small_integer = INT16_MIN,
        .integer = INT32_MAX,
        .big_integer = INT64_MIN,
        .boolean = true,
        .floating = 0.1,
        .single = 0.1f,
        .numeric = KN_DECIMAL(-999999999999, -2),
        .string = "it's 100 % \xe2\x82\xac",
        .unicode = "trailing space ",
        .text = "two\nlines",
        .unicode_text = {"\xf0\x9f\x8e\xb5", 4},
        .large_binary = {bytes, sizeof(bytes)},
        .size = SIZE_LARGE,
        .pickle = make_tree(arena),
        .nothing = KN_NOTHING,
    };
    if (!sample->pickle)
        return kn_error_set(error, KN_NOMEM, "out of memory for a tree");
    kn_status status =
        kn_decimal_parse(kn_text_of("-123456789012345678.12345678901234567891"), arena, &sample->wide_numeric, error);
    return status == KN_OK ? make_moments(sample, error) : status;
}

static kn_status print_statement(void *context, kn_text statement, kn_error *error)
{
    (void)context, (void)error;
    printf("%.*s;\n", (int)statement.size, statement.data);
    return KN_OK;
}

/* One line a column: its name, its type, the value of the current row. */
static kn_status print_row(kn_result *result, const Sample *sample, kn_error *error)
{
    char type[80], text[120];
    kn_status status = KN_OK;

    printf("\n%-14s %-44s %s\n", "column", "type", "value");
    for (size_t i = 0; i < Sample_model.n_columns && status == KN_OK; i++) {
        const kn_column *column = kn_model_column(&Sample_model, i);
        kn_value value;
        status = kn_get_value(result, i, NULL, &value, error);
        if (status == KN_OK)
            status = kn_type_print(&column->type, type, sizeof(type), error);
        if (status != KN_OK)
            break;
        if (column->type.id == KN_TYPE_PICKLE)
            kn_any_print(sample->pickle, text, sizeof(text));
        else
            kn_value_print(&value, text, sizeof(text));
        printf("%-14s %-44s %s\n", kn_column_name(column), type, text);
    }
    return status;
}

static kn_status show(kn_connection *c, const Sample *sample, kn_error *error)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare_query(c, &sample_by_id.node, &statement, error);

    if (status == KN_OK)
        status = kn_open(statement, KN_ARGS(kn_int(sample->id)), &result, error);
    if (status == KN_OK)
        status = kn_next(result, error);
    if (status == KN_OK)
        status = print_row(result, sample, error);
    kn_result_close(result);
    kn_statement_finish(statement);
    return status;
}

static bool equal_numbers(const Sample *a, const Sample *b)
{
    return a->small_integer == b->small_integer && a->integer == b->integer && a->big_integer == b->big_integer &&
           a->boolean == b->boolean && memcmp(&a->floating, &b->floating, sizeof(a->floating)) == 0 &&
           memcmp(&a->single, &b->single, sizeof(a->single)) == 0 && kn_decimal_compare(a->numeric, b->numeric) == 0 &&
           kn_decimal_compare(a->wide_numeric, b->wide_numeric) == 0 && a->size == b->size &&
           b->nothing.state == KN_NULL;
}

static bool equal_texts(const Sample *a, const Sample *b)
{
    return strcmp(a->string, b->string) == 0 && strcmp(a->unicode, b->unicode) == 0 && strcmp(a->text, b->text) == 0 &&
           kn_text_equal(a->unicode_text, b->unicode_text) && a->large_binary.size == b->large_binary.size &&
           memcmp(a->large_binary.data, b->large_binary.data, a->large_binary.size) == 0 &&
           kn_any_equal(a->pickle, b->pickle);
}

static bool equal_moments(const Sample *a, const Sample *b)
{
    return a->date.days == b->date.days && a->time.us == b->time.us && a->datetime.us == b->datetime.us &&
           a->instant.us == b->instant.us && a->interval.us == b->interval.us;
}

static kn_status write_and_read(kn_connection *c, kn_arena *arena, kn_error *error)
{
    Sample written, read = {0};
    kn_status status = make_sample(&written, arena, error);

    if (status == KN_OK)
        status = kn_insert(c, KN_OBJECT(Sample, &written), error);
    read.id = written.id;
    if (status == KN_OK)
        status = kn_get(c, KN_OBJECT(Sample, &read), arena, error);
    if (status == KN_OK)
        status = show(c, &read, error);
    if (status != KN_OK)
        return status;
    if (!equal_numbers(&written, &read) || !equal_texts(&written, &read) || !equal_moments(&written, &read))
        return kn_error_set(error, KN_INEXACT, "what was read is not what was written");
    printf("\nEvery value came back equal.\n");
    return KN_OK;
}

/* The registry that found the dialect writes its DDL too, without a connection. */
static kn_status tour(kn_engine *engine, kn_registry *registry, kn_metadata *metadata, kn_error *error)
{
    kn_connection *c = NULL;
    kn_arena arena;
    kn_status status = kn_ddl_create_all(registry, kn_engine_dialect(engine), metadata, print_statement, NULL, error);

    kn_arena_init(&arena, NULL, 0);
    if (status == KN_OK)
        status = kn_connect(engine, &c, error);
    if (status == KN_OK)
        status = kn_create_all(c, metadata, error);
    if (status == KN_OK)
        status = write_and_read(c, &arena, error);
    kn_release(c);
    kn_arena_finish(&arena);
    return status;
}

static kn_status run(const char *url, kn_error *error)
{
    kn_registry *registry = NULL;
    kn_engine *engine = NULL;
    kn_metadata *metadata = NULL;
    kn_status status = kn_registry_create(NULL, &registry, error);

    if (status == KN_OK)
        status = kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = registry), &engine, error);
    if (status == KN_OK)
        status = kn_metadata_create(NULL, &metadata, error);
    if (status == KN_OK)
        status = kn_metadata_add(metadata, &Sample_model, error);
    if (status == KN_OK)
        status = tour(engine, registry, metadata, error);
    kn_metadata_destroy(metadata);
    kn_engine_destroy(engine);
    kn_registry_destroy(registry);
    return status;
}

int main(int argc, char **argv)
{
    kn_error error = {0};

    if (argc > 2) {
        fprintf(stderr, "usage: %s [URL]\n", argv[0]);
        return 2;
    }
    if (run(argc > 1 ? argv[1] : DEFAULT_URL, &error) == KN_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "types: %s: %s\n", kn_status_name((kn_status)error.status), error.message);
    return EXIT_FAILURE;
}
