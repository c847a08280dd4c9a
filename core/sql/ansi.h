/* SPDX-License-Identifier: MIT */
/* The renderers of "ansi", one file a clause family. */
#ifndef KOINE_SQL_ANSI_H
#define KOINE_SQL_ANSI_H

#include "sql/render.h"

extern const char *const kn__ansi_reserved[];

/* Runs a call of kn__sql_*, and leaves the function when it fails. */
#define KN__TRY(call)                                                                                                  \
    do {                                                                                                               \
        kn_status try_status_ = (call);                                                                                \
        if (try_status_ != KN_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

/* ansi_ops.c */
kn_render_fn kn__ansi_column, kn__ansi_value, kn__ansi_raw, kn__ansi_now, kn__ansi_misplaced;
kn_render_fn kn__ansi_infix, kn__ansi_logic, kn__ansi_negation, kn__ansi_suffix, kn__ansi_function, kn__ansi_minus;
kn_render_fn kn__ansi_arithmetic, kn__ansi_division, kn__ansi_like, kn__ansi_ilike, kn__ansi_contains, kn__ansi_in;
kn_render_fn kn__ansi_between, kn__ansi_concat, kn__ansi_length, kn__ansi_count, kn__ansi_sum;
kn_render_fn kn__ansi_order, kn__ansi_assign, kn__ansi_prefix;
/* ansi_select.c */
kn_render_fn kn__ansi_select, kn__ansi_limit;
/* ansi_dml.c */
kn_render_fn kn__ansi_insert, kn__ansi_update, kn__ansi_delete, kn__ansi_returning;
kn_status kn__ansi_where(kn_sql *sql, const kn_expr *where);
/* ansi_ddl.c */
kn_render_fn kn__ansi_create_table, kn__ansi_drop_table, kn__ansi_column_def, kn__ansi_primary_key, kn__ansi_unique_key;
kn_render_fn kn__ansi_foreign_key, kn__ansi_check, kn__ansi_create_index, kn__ansi_drop_index, kn__ansi_add_foreign_key;
kn_render_fn kn__ansi_drop_foreign_key, kn__ansi_create_enum, kn__ansi_drop_enum, kn__ansi_comment;
/* ansi_type.c */
kn_status kn__ansi_type_float(kn_sql *sql, const kn_type *type);
kn_status kn__ansi_type_numeric(kn_sql *sql, const kn_type *type);
kn_status kn__ansi_type_varchar(kn_sql *sql, const kn_type *type);
kn_status kn__ansi_type_enum(kn_sql *sql, const kn_type *type);

#endif
