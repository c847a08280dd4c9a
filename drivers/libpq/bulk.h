/* SPDX-License-Identifier: MIT */
/* Inside of COPY ... FROM STDIN: what is to be sent. */
#ifndef KOINE_LIBPQ_BULK_H
#define KOINE_LIBPQ_BULK_H

#include "numeric.h"

/* How the member of an object becomes a cell: by its slot's way and the column's real type. */
enum { LP_CELL_OTHER, LP_CELL_INT64, LP_CELL_MOMENT, LP_CELL_DOUBLE, LP_CELL_TEXT, LP_CELL_DECIMAL, LP_CELL_BOOL };
typedef struct lp_cell {
    unsigned kind;
    lp_numeric_form numeric;
} lp_cell;

struct lp_bulk {
    lp_connection *connection;
    Oid *types;
    lp_cell *cells; /* of objects */
    size_t n_columns;
    char *sql; /* the question, then COPY */
    size_t sql_size, sql_room;
    unsigned char *data;
    size_t size, room;
    size_t next; /* row of those that a step was given */
    int stage;
    bool fits;
    bool no_memory;
    bool refused; /* the next object, by one of its slots */
};

/* It is sent when it is so much. */
#define LP_BULK_CHUNK 65536

/* bulk_row.c */
/* Room behind what is there; NULL = out of memory, which is noted. */
unsigned char *lp_bulk_grow(lp_bulk *b, size_t size);
static inline unsigned char *lp_bulk_reserve(lp_bulk *b, size_t size)
{
    return b->room - b->size < size ? lp_bulk_grow(b, size) : b->data + b->size;
}
kn_status lp_bulk_put_row(lp_bulk *b, const kn_value *row, kn_error *error);
/* From b->next on, until there is much to be sent. b->refused: that object has put nothing. */
kn_status lp_bulk_put_objects(lp_bulk *b, const kn_object_rows *rows, kn_error *error);

#endif
