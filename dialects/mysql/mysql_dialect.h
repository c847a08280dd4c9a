/* SPDX-License-Identifier: MIT */
/* MySQL 8.0.17, MariaDB 10.8 (descending indexes), and later: shared between the files of the dialect. */
#ifndef KOINE_MYSQL_DIALECT_H
#define KOINE_MYSQL_DIALECT_H

#include <koine/plugin/plugin.h>

extern const kn_dialect kn_mysql_dialect;
extern const kn_type_rule kn_mysql_types[];
bool kn_mysql_needs_note(const kn_type *type);
extern const kn_node_rule kn_mysql_nodes[];
extern const char *const kn_mysql_reserved[];

#define KN_MYSQL_TRY(call)                                                                                             \
    do {                                                                                                               \
        kn_status try_status_ = (call);                                                                                \
        if (try_status_ != KN_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

/* A number in SQL. */
kn_status kn_mysql_text_uint(kn_sql *sql, uint64_t n);

/* Is it rendered for MariaDB? Else for MySQL. */
bool kn_mysql_is_mariadb(const kn_sql *sql);
/* Orders by code point, trailing spaces count. */
const char *kn_mysql_collation(const kn_sql *sql);

/* types.c: bytes that a column of the type takes in a key; UINT64_MAX = more than any key has. */
uint64_t kn_mysql_key_bytes(const kn_type *type);

/* ddl.c */
kn_render_fn kn_mysql_create_table, kn_mysql_column_def, kn_mysql_create_index, kn_mysql_drop_index,
    kn_mysql_drop_foreign_key;
kn_status kn_mysql_check_name(kn_text name, kn_error *error);

#endif
