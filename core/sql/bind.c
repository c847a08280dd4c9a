/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "expr/check.h"
#include "sql/render.h"

static kn__bind *new_bind(kn_sql *sql)
{
    if (sql->n_binds == sql->room_binds) {
        size_t room = sql->room_binds ? sql->room_binds * 2 : 8;
        kn__bind *grown = kn_arena_array(sql->arena, room, sizeof(*grown));
        if (!grown)
            return NULL;
        if (sql->n_binds)
            memcpy(grown, sql->binds, sql->n_binds * sizeof(*grown));
        sql->binds = grown;
        sql->room_binds = room;
    }
    return &sql->binds[sql->n_binds++];
}

static kn_status write_placeholder(kn_sql *sql)
{
    if (sql->target->dialect->placeholder != KN_PLACEHOLDER_DOLLAR)
        return kn__sql_text(sql, "?");
    kn__buffer_printf(&sql->buffer, "$%zu", sql->n_binds);
    return kn__sql_bytes(sql, "", 0);
}

static kn_status add(kn_sql *sql, const kn__bind *bind)
{
    uint32_t most = sql->target->dialect->limits.parameters_max;
    if (sql->n_binds >= most)
        return kn_error_set(sql->error, KN_LIMIT,
                            "a statement of more than %u parameters, the most that dialect '%s' takes", most,
                            sql->target->dialect->name);
    kn__bind *place = new_bind(sql);
    if (!place)
        return kn_error_set(sql->error, KN_NOMEM, "no memory for the parameters of a statement");
    *place = *bind;
    return write_placeholder(sql);
}

kn_status kn__sql_argument(kn_sql *sql, size_t index, const kn_type *type)
{
    kn__bind bind = {.source = KN__BIND_ARG, .index = (uint32_t)index, .type = *type};
    if (index > UINT32_MAX)
        return kn_error_set(sql->error, KN_LIMIT, "a statement of more than %u arguments", UINT32_MAX);
    return add(sql, &bind);
}

static kn_status literal(kn_sql *sql, const kn_expr *operand, uint32_t change)
{
    kn_value value = operand->value;
    kn_status status = kn__bind_change_apply(change, sql->arena, &value, sql->error);
    return status == KN_OK ? kn__sql_literal(sql, &operand->type, &value) : status;
}

kn_status kn__sql_bind(kn_sql *sql, const kn_expr *operand, uint32_t change)
{
    bool is_value = operand && operand != KN_END && operand->node.kind == KN_NODE_VALUE;
    /* a value that a renderer made would be text of the statement or a value out of nowhere */
    if (!operand || operand == KN_END || !kn__expr_is_checked(operand) ||
        (!is_value && operand->node.kind != KN_NODE_ARG))
        return kn_error_set(sql->error, KN_INVALID, "dialect '%s' binds what is no value of the statement",
                            sql->target->dialect->name);
    if (sql->in_ddl)
        return literal(sql, operand, change);
    kn__bind bind = {.source = is_value ? KN__BIND_VALUE : KN__BIND_ARG,
                     .change = (uint16_t)change,
                     .index = operand->index,
                     .type = operand->type};
    return add(sql, &bind);
}
