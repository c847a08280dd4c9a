/* SPDX-License-Identifier: MIT */
#include "engine/object.h"

/* What every verb begins with: a usable connection, scratch memory, an empty row. */
static kn_status begin(kn_connection *connection, const kn_model *model, const void *object, kn__row *row,
                       kn_error *error)
{
    if (!model || !object)
        return kn_error_set(error, KN_INVALID, "no object");
    if (connection->arena.used)
        kn_arena_reset(&connection->arena);
    return kn__row_init(row, model, &connection->arena, error);
}

static const kn_column *generated_key(const kn_model *model)
{
    for (size_t i = 0; i < model->n_columns; i++)
        if (kn_column_is_generated_key(model, kn_model_column(model, i)))
            return kn_model_column(model, i);
    return NULL;
}

static bool writes(const kn__row *row, const kn_model *model, const kn_column *column)
{
    for (size_t i = 0; i < row->n_columns; i++)
        if (kn_model_column(model, row->columns[i] & KN__COLUMN_NUMBER) == column)
            return true;
    return false;
}

/* Runs an insert whose generated key comes back as a row. */
static kn_status run_returning(kn__prepared *prepared, const kn__arguments *arguments, kn_value *key, kn_error *error)
{
    kn_result *result = NULL;
    kn_status status = kn__result_open(prepared, arguments, false, &result, error);

    if (status != KN_OK)
        return status;
    status = kn_next(result, error);
    if (status == KN_OK)
        status = kn_get_value(result, 0, NULL, key, error);
    else if (status == KN_DONE)
        status = kn_error_set(error, KN_SERVER, "the insert gave no key back");
    if (status == KN_OK && kn_next(result, error) != KN_DONE)
        status = kn_error_set(error, KN_SERVER, "the insert gave more than one key back");
    kn_result_close(result);
    return status;
}

static kn_status run_insert(kn_connection *connection, kn__prepared *prepared, const kn__arguments *arguments,
                            kn_value *key, kn_error *error)
{
    kn_outcome outcome = {.size_ = sizeof(outcome)};
    kn_status status;

    *key = (kn_value){.kind = KN_KIND_UNSET};
    if (prepared->shape->compiled->n_columns)
        return run_returning(prepared, arguments, key, error);
    status = kn__run(prepared, arguments, &outcome, error);
    if (status == KN_OK && kn__target_has(&connection->target, KN_FEATURE_LAST_KEY))
        *key = kn_int(outcome.last_key);
    return status;
}

kn_status kn_insert_only(kn_connection *connection, const kn_model *model, void *object, kn_only only, kn_error *error)
{
    kn__row row;
    kn__arguments arguments;
    kn__prepared *prepared = NULL;
    const kn_column *key_column = model ? generated_key(model) : NULL;
    kn_value key;
    kn_status status = begin(connection, model, object, &row, error);

    if (status == KN_OK)
        status = kn__row_of_insert(&row, model, object, only, &connection->arena, error);
    if (status == KN_OK)
        status = kn__prepare_verb(connection, KN__VERB_INSERT, model, &row, 1, &prepared, error);
    if (status != KN_OK)
        return status;
    arguments = kn__row_arguments(model, &row);
    status = run_insert(connection, prepared, &arguments, &key, error);
    kn__prepared_release(prepared);
    if (status == KN_OK && key_column && key.kind == KN_KIND_INT && !writes(&row, model, key_column))
        status = kn__member_storer(key_column->ctype)(key_column, &key, NULL, object, error);
    return status;
}

kn_status kn_insert(kn_connection *connection, const kn_model *model, void *object, kn_error *error)
{
    return kn_insert_only(connection, model, object, NULL, error);
}

/* What is read must outlive the result. */
static kn_status check_arena(const kn_model *model, const kn_arena *arena, kn_error *error)
{
    for (size_t i = 0; !arena && i < model->n_columns; i++)
        if (kn__member_owns_memory(kn_model_column(model, i)))
            return kn_error_set(error, KN_INVALID, "%s.%s needs an arena to be read into", model->table,
                                kn_column_name(kn_model_column(model, i)));
    return KN_OK;
}

kn_status kn_get(kn_connection *connection, const kn_model *model, void *object, kn_arena *arena, kn_error *error)
{
    kn__row row;
    kn__arguments arguments;
    kn__prepared *prepared = NULL;
    kn_result *result = NULL;
    kn_status status = begin(connection, model, object, &row, error);

    if (status == KN_OK)
        status = check_arena(model, arena, error);
    if (status == KN_OK)
        status = kn__row_add_key(&row, model, object, &connection->arena, error);
    if (status == KN_OK)
        status = kn__prepare_verb(connection, KN__VERB_GET, model, &row, 1, &prepared, error);
    if (status != KN_OK)
        return status;
    arguments = kn__row_arguments(model, &row);
    status = kn__result_open(prepared, &arguments, true, &result, error);
    if (status != KN_OK)
        return status;
    status = kn_next(result, error);
    if (status == KN_OK)
        status = kn__result_store(result, model, object, arena, error);
    else if (status == KN_DONE)
        status = kn_error_set(error, KN_NOT_FOUND, "no row of '%s' has that key", model->table);
    kn_result_close(result);
    return status;
}

/* Runs an update or delete that must hit its one row. */
static kn_status run_on_key(kn_connection *connection, kn__verb verb, const kn_model *model, const kn__row *row,
                            kn_error *error)
{
    kn__arguments arguments = kn__row_arguments(model, row);
    kn_outcome outcome = {.size_ = sizeof(outcome)};
    kn__prepared *prepared = NULL;
    kn_status status = kn__prepare_verb(connection, verb, model, row, 1, &prepared, error);

    if (status != KN_OK)
        return status;
    status = kn__run(prepared, &arguments, &outcome, error);
    kn__prepared_release(prepared);
    if (status == KN_OK && outcome.changed == 0)
        return kn_error_set(error, KN_NOT_FOUND, "no row of '%s' has that key", model->table);
    return status;
}

kn_status kn_update_only(kn_connection *connection, const kn_model *model, const void *object, kn_only only,
                         kn_error *error)
{
    kn__row row;
    kn_status status = begin(connection, model, object, &row, error);

    if (status == KN_OK)
        status = kn__row_of_update(&row, model, object, only, &connection->arena, error);
    if (status == KN_OK && row.n_columns == 0)
        return kn_error_set(error, KN_INVALID, "the object of '%s' has nothing to write", model->table);
    if (status == KN_OK)
        status = kn__row_add_key(&row, model, object, &connection->arena, error);
    return status == KN_OK ? run_on_key(connection, KN__VERB_UPDATE, model, &row, error) : status;
}

kn_status kn_update(kn_connection *connection, const kn_model *model, const void *object, kn_error *error)
{
    return kn_update_only(connection, model, object, NULL, error);
}

kn_status kn_delete(kn_connection *connection, const kn_model *model, const void *object, kn_error *error)
{
    kn__row row;
    kn_status status = begin(connection, model, object, &row, error);

    if (status == KN_OK)
        status = kn__row_add_key(&row, model, object, &connection->arena, error);
    return status == KN_OK ? run_on_key(connection, KN__VERB_DELETE, model, &row, error) : status;
}
