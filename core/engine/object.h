/* SPDX-License-Identifier: MIT */
/* core/engine/object.h - which columns of an object are written, and with what. */
#ifndef KOINE_ENGINE_OBJECT_H
#define KOINE_ENGINE_OBJECT_H

#include <koine/object.h>
#include <koine/plugin/slot.h>

#include "engine/connection.h"

/* Where encoded values lie, and errors go. */
typedef struct kn__write_into {
    kn_arena *arena;
    kn_error *error;
} kn__write_into;

typedef struct kn__writer kn__writer;
typedef kn_status kn__write_fn(const kn__writer *writer, const void *object, const kn__write_into *into, kn_value *out);

/* How a column of an object is written. */
struct kn__writer {
    kn_slot slot;
    kn__write_fn *write; /* the member as the driver takes it, NULL, or unset */
    const kn_column *column;
    kn__load_fn *load;
    kn__check_fn *check; /* of what load gives; NULL = its kind says all */
    kn_status (*encode)(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error);
    const kn_expr *initial, *onupdate;
    uint16_t number;
    bool key, computed;
    bool filled; /* the backend has a value when none is given */
};

/* False: not one of the commonest pairs of type and member, or not plainly in the domain, or not given. */
static inline __attribute__((always_inline)) bool kn__write_usual(const kn__writer *writer, const void *object,
                                                                  kn_value *out)
{
    return kn_slot_plain((kn_slot_way)writer->slot.way, &writer->slot, object, out);
}

/* core/engine/write.c */
void kn__writer_init(kn__writer *writer, const kn__target *target, const kn_column *column);
/* A value of the column's type and canonical kind, not NULL: checked and encoded. */
kn_status kn__writer_encode(const kn__writer *writer, kn_value *given, const kn__write_into *into, kn_value *out);

#define KN__MIXED SIZE_MAX

/* What the object verbs know of a model: made once a connection. */
struct kn__plan {
    const kn_model *model;
    kn__plan *next;
    kn__writer *writers; /* one a column; those that the backend computes are the last */
    size_t n, n_written;
    const kn__writer **keys; /* the primary key's, in column order */
    size_t n_keys;
    const kn_column *generated; /* NULL = none */
    const kn_column *owner;     /* the first that needs an arena to be read into; NULL = none */
    /* Room for a row: of the verb that has the connection's scratch memory. */
    uint16_t *columns;
    kn_value *values;
    /* The prepared statement that each verb used last, for one row; cleared when it goes. */
    kn__prepared *last[KN__VERB_END];
    size_t last_columns[KN__VERB_END]; /* that it writes; KN__MIXED: more than their number must be looked at */
    kn_arena arena;                    /* where all this lives */
};

/* KN_NOMEM; KN_INVALID for a model without a struct or with too many columns. */
kn_status kn__plan_find(kn_connection *connection, const kn_model *model, kn__plan **out, kn_error *error);
static inline kn_status kn__plan_of(kn_connection *connection, const kn_model *model, kn__plan **out, kn_error *error)
{
    *out = connection->plans; /* the one that was used last is the first */
    return *out && (*out)->model == model ? KN_OK : kn__plan_find(connection, model, out, error);
}

/* A row as it goes to the backend. Column numbers with KN__COLUMN_EXPR take an SQL expression and no value; the others
 * have one value each, in order. */
typedef struct kn__row {
    kn__plan *plan;
    kn__write_into into;
    uint16_t *columns;
    size_t n_columns;
    kn_value *values; /* checked and encoded: as the driver takes them */
    size_t n_values;
    bool keyless; /* the key is left to the backend */
    bool mixed;   /* some columns take an SQL expression */
} kn__row;

/* An empty row with room for every column of the model; encoded values go to `arena`. KN_NOMEM; as kn__plan_of. */
kn_status kn__row_init_own(kn__row *row, kn_arena *arena, kn_error *error);
static inline kn_status kn__row_init(kn__row *row, kn_connection *connection, const kn_model *model, kn_arena *arena,
                                     kn_error *error)
{
    kn__plan *plan = NULL;
    kn_status status = kn__plan_of(connection, model, &plan, error);

    if (status != KN_OK)
        return status;
    *row = (kn__row){.plan = plan, .into = {arena, error}, .columns = plan->columns, .values = plan->values};
    return arena == &connection->scratch ? KN_OK : kn__row_init_own(row, arena, error);
}

/* What an insert or an update of this object writes, by the rules of koine/object.h. */
kn_status kn__row_of_insert(kn__row *row, const void *object, kn_only only);
kn_status kn__row_of_update(kn__row *row, const void *object, kn_only only);
/* An array of objects, column by column, into rows of plan->n_written values: as many as stand before the first that
 * does not give every column or is refused, of which kn__row_of_insert tells. Not for a plan whose columns call the
 * program. */
size_t kn__rows_of_insert(const kn__plan *plan, kn_arena *arena, const void *objects, size_t count, kn_value *values);
/* The key's values, appended. KN_INVALID for a model without a key or a key that is not set. */
kn_status kn__row_add_key(kn__row *row, const void *object);

/* The prepared statement of a verb over the row's columns, for so many rows. */
kn_status kn__prepare_verb(kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows,
                           kn__prepared **out, kn_error *error);
/* It, if it is prepared already and nobody holds it; NULL. */
kn__prepared *kn__verb_prepared(kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows);
/* The same for one row. Verbs mostly write every column: then the number of columns tells that they are the same. */
static inline kn_status kn__prepare_one(kn_connection *connection, kn__verb verb, const kn__row *row,
                                        kn__prepared **out, kn_error *error)
{
    *out = row->plan->last[verb];
    if (*out && row->plan->last_columns[verb] == row->n_columns && !row->mixed && kn__prepared_take(*out))
        return KN_OK;
    return kn__prepare_verb(connection, verb, row, 1, out, error);
}
static inline kn__arguments kn__row_arguments(const kn__row *row, size_t rows)
{
    return (kn__arguments){.values = row->values, .count = rows * row->n_values, .encoded = true};
}

/* core/engine/object_bulk.c: the driver's own bulk insert, for many objects in a transaction that was begun for them.
 */
#define KN__BULK_LEAST 256 /* objects for which its beginning and end are worth it */
typedef struct kn__bulk {
    kn_connection *connection;
    void *handle;      /* the driver's; NULL = none is open */
    uint16_t *columns; /* room for all of the model's */
    size_t n_columns;
    int64_t sent, started_us;
    bool wanted;
} kn__bulk;
/* Does inserting call code of the program, which may use the connection? */
bool kn__plan_calls_back(const kn__plan *plan);
void kn__bulk_init(kn__bulk *bulk, kn_connection *connection, const kn__plan *plan, size_t objects);
/* Begins one, when none of the run's columns is open, where the run is `full`: for less that is not worth it. *taken is
 * false, after KN_OK, when nothing is open and nothing was sent: insert the run in another way. Any failure, whatever
 * its status, is one: rows may have been sent. */
kn_status kn__bulk_send(kn__bulk *bulk, const kn__row *run, size_t rows, bool full, bool *taken, kn_error *error);
/* May the objects themselves be given, rows of every column that is written? */
bool kn__bulk_takes_objects(const kn__bulk *bulk, const kn__plan *plan);
/* *done: those before the first that must be looked at by itself. */
kn_status kn__bulk_objects(kn__bulk *bulk, const kn_object_rows *objects, size_t *done, kn_error *error);
/* Ends what is open: stored when `status` is KN_OK, else given up. Returns `status`, or the first failure. */
kn_status kn__bulk_end(kn__bulk *bulk, kn_status status, kn_error *error);

#endif
