/* SPDX-License-Identifier: MIT */
#include "base/writer.h"
#include "expr/check.h"
#include "expr/op.h"

static void write_type(kn__writer *w, const kn_type *type)
{
    char text[64];
    if (!type->id)
        return;
    kn__writer_string(w, " (");
    if (kn_type_print(type, text, sizeof(text), NULL) == KN_OK)
        kn__writer_string(w, text);
    else
        kn__writer_string(w, kn_type_name((kn_type_id)type->id));
    kn__writer_char(w, ')');
}

static void write_column(kn__writer *w, const kn_expr *e)
{
    const kn_column *column = kn__expr_column(e);
    if (e->model && e->model->table) {
        kn__writer_string(w, e->model->table);
        kn__writer_char(w, '.');
    }
    kn__writer_string(w, column ? kn_column_name(column) : e->name ? e->name : "?");
    if (column)
        write_type(w, &column->type);
}

static void write_value(kn__writer *w, const kn_expr *e)
{
    kn__writer_string(w, e->value.kind == KN_KIND_INT ? "an " : "a ");
    kn__writer_string(w, kn_kind_name((kn_kind)e->value.kind));
    kn__writer_string(w, " value");
}

void kn__expr_show(const kn_expr *e, char out[KN__SHOWN_SIZE])
{
    kn__writer w = kn__writer_of(out, KN__SHOWN_SIZE);
    switch (e->node.kind) {
    case KN_NODE_COLUMN:
        write_column(&w, e);
        break;
    case KN_NODE_VALUE:
        write_value(&w, e);
        break;
    case KN_NODE_ARG:
        kn__writer_string(&w, "argument ");
        kn__writer_int(&w, e->index);
        write_type(&w, &e->type);
        break;
    case KN_NODE_OP:
        kn__writer_string(&w, "the result of ");
        kn__writer_string(&w, kn__op_of(e->op) ? kn__op_shown(kn__op_of(e->op)) : "?");
        write_type(&w, &e->type);
        break;
    case KN_NODE_NOW:
        kn__writer_string(&w, "the current instant");
        break;
    default:
        kn__writer_string(&w, "raw SQL");
        write_type(&w, &e->type);
        break;
    }
    kn__writer_end(&w);
}
