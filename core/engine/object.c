/* SPDX-License-Identifier: MIT */
#include "engine/object.h"

/* What every verb begins with: a usable connection, an object, an empty row. */
static inline kn_status begin(kn_connection *connection, const kn_model *model, const void *object, kn__row *row,
                              kn_arena *scratch, kn_error *error)
{
    kn_status status;

    if (!model || !object)
        return kn_error_set(error, KN_INVALID, "no object");
    status = kn__connection_usable(connection, error);
    return status == KN_OK ? kn__row_init(row, connection, model, scratch, error) : status;
}

/* Reads an insert's one row, which holds the generated key. */
static kn_status read_key(kn_result *result, kn_value *key, kn_error *error)
{
    kn_status status = kn_next(result, error);

    if (status == KN_DONE)
        return kn_error_set(error, KN_SERVER, "the insert gave no key back");
    if (status == KN_OK)
        status = kn_get_value(result, 0, NULL, key, error);
    if (status != KN_OK)
        return status;
    status = kn_next(result, error);
    if (status == KN_OK)
        return kn_error_set(error, KN_SERVER, "the insert gave more than one key back");
    return status == KN_DONE ? KN_OK : status;
}

/* Runs an insert whose generated key comes back as a row. */
static kn_status run_returning(kn__prepared *prepared, const kn__row *row, kn_value *key, kn_error *error)
{
    kn__arguments arguments = kn__row_arguments(row, 1);
    kn_result *result = NULL;
    kn_status status = kn__result_open(prepared, &arguments, false, &result, error);

    if (status == KN_OK)
        status = read_key(result, key, error);
    return kn__result_finish(result, status, error);
}

/* The row is stored; a failure to say under which key must not look as if it were not. */
static kn_status keep_key(const kn_connection *connection, const kn_column *column, const kn_value *key, void *object,
                          kn_error *error)
{
    kn_status status = kn__member_store(column, key, NULL, object, error);

    if (status == KN_OK || !error)
        return status;
    kn_error_prefix(error, "the row was inserted, but its generated key cannot be given back");
    error->commit = kn_in_transaction(connection) ? KN_COMMIT_OPEN : KN_COMMIT_DONE;
    return status;
}

/* Runs an insert and gives the generated key, when there is one, to the object. */
static kn_status run_insert(kn_connection *connection, kn__prepared *prepared, const kn__row *row, void *object,
                            kn_error *error)
{
    bool returning = prepared->shape->compiled->n_columns != 0;
    kn_outcome outcome;
    kn_value key;
    kn_status status = returning ? run_returning(prepared, row, &key, error)
                                 : kn__run_encoded(prepared, row->values, row->n_values, &outcome, error);

    if (status != KN_OK || !row->keyless)
        return status;
    if (!returning && !kn__target_has(&connection->target, KN_FEATURE_LAST_KEY))
        return KN_OK;
    if (!returning)
        key = kn_int(outcome.last_key);
    return key.kind == KN_KIND_INT ? keep_key(connection, row->plan->generated, &key, object, error) : KN_OK;
}

static kn_status insert(kn_connection *connection, const kn_model *model, void *object, kn_only only, kn_arena *scratch,
                        kn_error *error)
{
    kn__row row;
    kn__prepared *prepared = NULL;
    kn_status status = begin(connection, model, object, &row, scratch, error);

    if (status == KN_OK)
        status = kn__row_of_insert(&row, object, only);
    if (status == KN_OK)
        status = kn__prepare_one(connection, KN__VERB_INSERT, &row, &prepared, error);
    if (status != KN_OK)
        return status;
    status = run_insert(connection, prepared, &row, object, error);
    kn__prepared_release(prepared);
    return status;
}

kn_status kn_insert_only(kn_connection *connection, const kn_model *model, void *object, kn_only only, kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn_status status = insert(connection, model, object, only, scratch, error);

    kn__scratch_give(connection, scratch);
    return status;
}

kn_status kn_insert(kn_connection *connection, const kn_model *model, void *object, kn_error *error)
{
    return kn_insert_only(connection, model, object, NULL, error);
}

/* What is read must outlive the result. */
static kn_status check_arena(const kn__plan *plan, const kn_arena *arena, kn_error *error)
{
    if (arena || !plan->owner)
        return KN_OK;
    return kn_error_set(error, KN_INVALID, "%s.%s needs an arena to be read into", plan->model->table,
                        kn_column_name(plan->owner));
}

/* Whatever is not usual. */
__attribute__((noinline)) static kn_status get_result(kn__prepared *prepared, const kn__row *row, void *object,
                                                      kn_arena *arena, kn_error *error)
{
    kn__arguments arguments = kn__row_arguments(row, 1);
    kn_result *result = NULL;
    kn_status status = kn__result_open(prepared, &arguments, false, &result, error);

    if (status != KN_OK)
        return status;
    status = kn__result_next_into(result, row->plan->model, object, arena, error);
    return kn__result_finish(result, status, error);
}

static kn_status get(kn_connection *connection, const kn_model *model, void *object, kn_arena *arena, kn_arena *scratch,
                     kn_error *error)
{
    kn__row row;
    kn__prepared *prepared = NULL;
    kn_status status = begin(connection, model, object, &row, scratch, error);

    if (status == KN_OK)
        status = check_arena(row.plan, arena, error);
    if (status == KN_OK)
        status = kn__row_add_key(&row, object);
    if (status == KN_OK)
        status = kn__prepare_one(connection, KN__VERB_GET, &row, &prepared, error);
    if (status != KN_OK)
        return status;
    if (kn__may_fetch_one(prepared, model)) {
        const kn__read_into into = {kn__receiver(prepared->version, object, arena), &prepared->result, arena,
                                    &prepared->row_arena, error};
        status = kn__fetch_one(prepared, row.values, &into, error);
    } else {
        status = get_result(prepared, &row, object, arena, error);
    }
    kn__prepared_release(prepared);
    return status == KN_DONE ? kn_error_set(error, KN_NOT_FOUND, "no row of '%s' has that key", model->table) : status;
}

kn_status kn_get(kn_connection *connection, const kn_model *model, void *object, kn_arena *arena, kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn_status status = get(connection, model, object, arena, scratch, error);

    kn__scratch_give(connection, scratch);
    return status;
}

/* Runs an update or delete that must hit its one row. */
static kn_status run_on_key(kn_connection *connection, kn__verb verb, const kn__row *row, kn_error *error)
{
    kn_outcome outcome;
    kn__prepared *prepared = NULL;
    kn_status status = kn__prepare_one(connection, verb, row, &prepared, error);

    if (status != KN_OK)
        return status;
    status = kn__run_encoded(prepared, row->values, row->n_values, &outcome, error);
    kn__prepared_release(prepared);
    if (status == KN_OK && outcome.changed == 0)
        return kn_error_set(error, KN_NOT_FOUND, "no row of '%s' has that key", row->plan->model->table);
    return status;
}

static kn_status update(kn_connection *connection, const kn_model *model, const void *object, kn_only only,
                        kn_arena *scratch, kn_error *error)
{
    kn__row row;
    kn_status status = begin(connection, model, object, &row, scratch, error);

    if (status == KN_OK)
        status = kn__row_of_update(&row, object, only);
    if (status == KN_OK && row.n_columns == 0)
        return kn_error_set(error, KN_INVALID, "the object of '%s' has nothing to write", model->table);
    if (status == KN_OK)
        status = kn__row_add_key(&row, object);
    return status == KN_OK ? run_on_key(connection, KN__VERB_UPDATE, &row, error) : status;
}

kn_status kn_update_only(kn_connection *connection, const kn_model *model, const void *object, kn_only only,
                         kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn_status status = update(connection, model, object, only, scratch, error);

    kn__scratch_give(connection, scratch);
    return status;
}

kn_status kn_update(kn_connection *connection, const kn_model *model, const void *object, kn_error *error)
{
    return kn_update_only(connection, model, object, NULL, error);
}

kn_status kn_delete(kn_connection *connection, const kn_model *model, const void *object, kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn__row row;
    kn_status status = begin(connection, model, object, &row, scratch, error);

    if (status == KN_OK)
        status = kn__row_add_key(&row, object);
    if (status == KN_OK)
        status = run_on_key(connection, KN__VERB_DELETE, &row, error);
    kn__scratch_give(connection, scratch);
    return status;
}
