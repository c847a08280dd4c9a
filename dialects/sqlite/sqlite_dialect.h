/* SPDX-License-Identifier: MIT */
/* SQLite, 3.16 and later: shared between the files of the dialect. */
#ifndef KOINE_SQLITE_DIALECT_H
#define KOINE_SQLITE_DIALECT_H

#include <koine/plugin/plugin.h>

extern const kn_dialect kn_sqlite_dialect;
extern const kn_type_rule kn_sqlite_types[];
extern const kn_node_rule kn_sqlite_nodes[];

/* Up to this many digits a decimal and the double nearest to it tell each other exactly. */
#define KN_SQLITE_EXACT_DIGITS 15

static inline bool kn_sqlite_is_wide(const kn_type *type)
{
    return type->id == KN_TYPE_NUMERIC && type->precision > KN_SQLITE_EXACT_DIGITS;
}

#define KN_SQLITE_TRY(call)                                                                                            \
    do {                                                                                                               \
        kn_status try_status_ = (call);                                                                                \
        if (try_status_ != KN_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

/* Decimal digits of n, no NUL; returns how many. */
#define KN_SQLITE_UINT_SIZE 20
size_t kn_sqlite_print_uint(uint64_t n, char out[KN_SQLITE_UINT_SIZE]);
kn_status kn_sqlite_text_uint(kn_sql *sql, uint64_t n);

/* wide.c: Numeric of more than 15 digits, as text whose bytewise order is the order of the numbers. */
kn_status kn_sqlite_encode_wide(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error);
kn_status kn_sqlite_decode_wide(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error);

/* guard.c: arithmetic whose overflow is an error, and assignments that keep to the column's domain. */
kn_render_fn kn_sqlite_arithmetic, kn_sqlite_assign;

/* number.c: literals of numbers in DDL. */
kn_render_fn kn_sqlite_value;

/* ddl.c */
kn_render_fn kn_sqlite_create_table, kn_sqlite_column_def, kn_sqlite_foreign_key;
kn_status kn_sqlite_check_name(kn_text name, kn_error *error);

#endif
