/* SPDX-License-Identifier: MIT */
/* A row of COPY: its cells stand one after the other, each behind its length. Into an object it goes by steps, one a
 * column, which are chosen for the pair of what is sent and the member it goes to, and end in a call of the next: so
 * nothing is looked at once a row that was known before the first. */
#include "cell.h"

/* Behind a text the length of the next cell begins, with a NUL unless that is NULL or large: then the text goes to
 * where its own length was. */
__attribute__((noinline, cold)) static void move_text(kn_value *cell)
{
    size_t size = cell->as.text.size;
    char *data = (char *)(uintptr_t)cell->as.text.data;
    data = memmove(data - 1, data, size);
    data[size] = '\0';
    cell->as.text.data = data;
}

__attribute__((noinline)) static kn_status read_other(lp_statement *s, const lp_column *column, char *data, int size,
                                                      kn_value *cell, kn_error *error)
{
    int i = (int)(column - s->columns);
    kn_status status = column->decode(s, data, size, cell, error);
    if (status)
        return lp_name_column(s, i, status, error);
    if (cell->kind == KN_KIND_TEXT && cell->as.text.data[cell->as.text.size])
        move_text(cell);
    return KN_OK;
}

/* The next cell, and where the one behind it is; NULL: it is no cell. */
static inline __attribute__((always_inline)) char *read_cell(lp_statement *s, char *at, const char *end,
                                                             const lp_column *column, kn_value *cell, kn_status *status,
                                                             kn_error *error)
{
    size_t left = (size_t)(end - at);
    if (left < 4)
        return NULL;
    uint32_t size = lp_get32(at);
    at += 4;
    if (size > left - 4) {
        cell->kind = KN_KIND_NULL;
        return size == UINT32_MAX ? at : NULL;
    }
    if (lp_read_usual(column->form, at, size, cell)) {
        if (column->form == LP_FORM_TEXT && at[size])
            move_text(cell);
        return at + size;
    }
    s->copy.current.at =
        at + size; /* what the decoder takes of lp_row_alloc is reckoned with the cells behind this one */
    s->copy.current.column = column + 1;
    if (column->form == LP_FORM_NUMERIC)
        *status = lp_read_numeric(s, column, at, (int)size, cell, error);
    else
        *status = read_other(s, column, at, (int)size, cell, error);
    return at + size;
}

static inline kn_status next_row(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_copy *y = &s->copy;
    int size = y->flows ? lp_copy_ask_row(s) : 0;
    s->row_used = 0;
    if (size >= 2 && memcmp(y->row, y->count, sizeof y->count) == 0) {
        y->current.at = y->row + 2;
        y->current.end = y->row + size;
        return KN_OK;
    }
    return y->flows ? lp_copy_take(s, size, wait, error) : lp_copy_next(s, wait, error);
}

kn_status lp_fetch_copied(lp_statement *s, kn_value *row, kn_wait *wait, kn_error *error)
{
    kn_status status = next_row(s, wait, error);
    char *at = s->copy.current.at, *end = s->copy.current.end;
    for (int i = 0; !status && i < s->n_columns; i++) {
        at = read_cell(s, at, end, &s->columns[i], &row[i], &status, error);
        if (!at || (i + 1 == s->n_columns && at != end))
            return lp_copy_refuse(s, error);
    }
    return status;
}

/* A step puts the cell at `at` into its member, then goes on to all that are behind it. Calls at the end of a function
 * are jumps; where they are not, the stack grows by one call a column. */
struct lp_step {
    lp_step_fn *then; /* of the next column */
    const kn_sink *sink;
    const lp_column *column;
};

#define STEP(name) static kn_status name(const lp_step *step, char *at, lp_copied_row *row)

static inline kn_status next(const lp_step *step, char *at, lp_copied_row *row)
{
    return step->then(step + 1, at, row);
}

STEP(end_row)
{
    (void)step;
    return at == row->end ? KN_OK : lp_copy_refuse(row->s, row->error);
}

/* Whatever is not usual; out of line, so that the usual steps save no registers. */
__attribute__((noinline)) STEP(take)
{
    row->status = KN_OK;
    at = read_cell(row->s, at, row->end, step->column, &row->cell, &row->status, row->error);
    if (!at)
        return lp_copy_refuse(row->s, row->error);
    if (!row->status)
        row->status = step->sink->take(step->sink, &row->cell, row->into);
    return row->status ? row->status : next(step, at, row);
}

static inline bool has_size(const char *at, const char *end, uint32_t size)
{
    return (size_t)(end - at) >= 4 + (size_t)size && lp_get32(at) == size;
}

/* Does a cell end there that has a NUL behind it, as texts have? */
static inline bool has_any_size(const char *at, const char *end)
{
    return end - at >= 4 && lp_get32(at) <= (size_t)(end - at) - 4;
}

static inline bool is_null(const char *at, const char *end)
{
    return end - at >= 4 && lp_get32(at) == UINT32_MAX;
}

STEP(put_int)
{
    if (!has_size(at, row->end, 8) || !kn_slot_put_integer(&step->sink->slot, row->object, (int64_t)lp_get64(at + 4)))
        return take(step, at, row);
    return next(step, at + 12, row);
}

/* Infinity wraps, and is in no domain then either. */
STEP(put_timestamp)
{
    if (!has_size(at, row->end, 8) ||
        !kn_slot_put_integer(&step->sink->slot, row->object, (int64_t)(lp_get64(at + 4) + (uint64_t)LP_EPOCH_US)))
        return take(step, at, row);
    return next(step, at + 12, row);
}

STEP(put_double)
{
    kn_value cell;
    if (!has_size(at, row->end, 8) || !lp_read_usual(LP_FORM_FLOAT8, at + 4, 8, &cell) ||
        !kn_slot_put(KN_SLOT_DOUBLE, &step->sink->slot, row->object, &cell))
        return take(step, at, row);
    return next(step, at + 12, row);
}

STEP(put_bool)
{
    kn_opt_bool *member = (kn_opt_bool *)(void *)((char *)row->object + step->sink->slot.offset);
    if (has_size(at, row->end, 1)) {
        kn_slot_put_opt_bool(member, true, at[4] != 0);
        return next(step, at + 5, row);
    }
    if (!is_null(at, row->end))
        return take(step, at, row);
    kn_slot_put_opt_bool(member, false, false);
    return next(step, at + 4, row);
}

STEP(put_text)
{
    kn_value cell;
    if (!has_any_size(at, row->end))
        return take(step, at, row);
    cell.kind = KN_KIND_TEXT;
    cell.as.text = (kn_text){at + 4, lp_get32(at)};
    if (cell.as.text.data[cell.as.text.size] || !kn_slot_put(KN_SLOT_TEXT, &step->sink->slot, row->object, &cell))
        return take(step, at, row);
    return next(step, at + 4 + cell.as.text.size, row);
}

/* One that is copied, since it must outlive the row. */
STEP(give_text)
{
    if (!has_any_size(at, row->end) || at[4 + (size_t)lp_get32(at)])
        return take(step, at, row);
    row->cell.kind = KN_KIND_TEXT;
    row->cell.as.text = (kn_text){at + 4, lp_get32(at)};
    kn_status status = step->sink->take(step->sink, &row->cell, row->into);
    return status ? status : next(step, at + 4 + row->cell.as.text.size, row);
}

STEP(put_numeric)
{
    lp_short_numeric n;
    if (!has_any_size(at, row->end) || !lp_numeric_get_short(at + 4, lp_get32(at), &n) ||
        !kn_slot_put_decimal(&step->sink->slot, row->object, n.coefficient, n.exponent, n.negative))
        return take(step, at, row);
    return next(step, at + 4 + lp_get32(at), row);
}

static lp_step_fn *choose(const lp_column *column, const kn_slot *slot, bool keeps)
{
    static const struct {
        uint32_t form;
        kn_slot_way way;
        kn_kind kind;
        lp_step_fn *run;
    } usual[] = {
        {LP_FORM_INT8, KN_SLOT_INT64, KN_KIND_INT, put_int},
        {LP_FORM_FLOAT8, KN_SLOT_DOUBLE, KN_KIND_FLOAT, put_double},
        {LP_FORM_TIMESTAMP, KN_SLOT_MOMENT, KN_KIND_DATETIME, put_timestamp},
        {LP_FORM_BOOL, KN_SLOT_OPT_BOOL, KN_KIND_BOOL, put_bool},
        {LP_FORM_NUMERIC, KN_SLOT_DECIMAL, KN_KIND_DECIMAL, put_numeric},
        {LP_FORM_TEXT, KN_SLOT_TEXT, KN_KIND_TEXT, put_text},
    };
    for (size_t i = 0; i < KN_COUNT_OF(usual); i++) {
        if (usual[i].form == column->form && usual[i].way == slot->way && usual[i].kind == slot->kind)
            return keeps && usual[i].run == put_text ? give_text : usual[i].run;
    }
    return take;
}

void lp_copy_forget_steps(lp_statement *s)
{
    lp_copy *y = &s->copy;
    lp_resize(s->connection->allocator, y->steps, y->room_steps * sizeof *y->steps, 0);
}

__attribute__((noinline)) static kn_status choose_steps(lp_statement *s, const kn_sink *sink, size_t stride,
                                                        const kn_receiver *into, kn_error *error)
{
    lp_copy *y = &s->copy;
    size_t n = (size_t)s->n_columns;
    if (n > y->room_steps) {
        lp_step *grown =
            lp_resize(s->connection->allocator, y->steps, y->room_steps * sizeof *grown, n * sizeof *grown);
        if (!grown)
            return lp_no_memory(error);
        y->steps = grown;
        y->room_steps = n;
    }
    lp_step_fn **then = &y->first;
    for (size_t i = 0; i < n; i++) {
        *then = choose(&s->columns[i], &sink->slot, into->keeps);
        y->steps[i] = (lp_step){end_row, sink, &s->columns[i]};
        then = &y->steps[i].then;
        sink = (const kn_sink *)(const void *)((const char *)sink + stride);
    }
    y->current.s = s;
    y->version = into->version;
    return KN_OK;
}

kn_status lp_fetch_copied_into(lp_statement *s, const kn_sink *sink, size_t stride, const kn_receiver *into,
                               kn_wait *wait, kn_error *error)
{
    lp_copied_row *row = &s->copy.current;
    kn_status status = KN_OK;
    if (s->copy.version != into->version)
        status = choose_steps(s, sink, stride, into, error);
    if (!status)
        status = next_row(s, wait, error);
    if (status)
        return status;
    row->object = into->object;
    row->into = into;
    row->error = error;
    return s->copy.first(s->copy.steps, row->at, row);
}
