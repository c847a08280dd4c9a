/* SPDX-License-Identifier: MIT */
/* What plugins may call. A row that KN_HOST_MAP gains and that is not there does not compile. */
#include <koine/plugin/plugin.h>

#include "plugin/loader.h"
#include "sql/render.h"

/* The rows that are not public: their names in this library. */
#define kn_sql_text kn__sql_text
#define kn_sql_bytes kn__sql_bytes
#define kn_sql_name kn__sql_name
#define kn_sql_table kn__sql_table
#define kn_sql_string kn__sql_string
#define kn_sql_node kn__sql_node
#define kn_sql_super kn__sql_super
#define kn_sql_operand kn__sql_operand
#define kn_sql_list kn__sql_list
#define kn_sql_op kn__sql_op
#define kn_sql_type kn__sql_type
#define kn_sql_literal kn__sql_literal
#define kn_sql_refuse kn__sql_refuse
#define kn_sql_has kn__sql_has
#define kn_sql_in_ddl kn__sql_in_ddl
#define kn_sql_product kn__sql_product
#define kn_sql_error kn__sql_error
#define kn_sql_bind kn__sql_bind
#define kn_sql_default kn__sql_default
#define kn_sql_comment kn__sql_comment
#define kn_sql_type_comment kn__sql_type_comment
#define kn_sql_column_comment kn__sql_column_comment
#define kn_expr_type kn__expr_type

const kn_host kn__host = {.size_ = sizeof(kn_host),
                          .abi = KN_PLUGIN_ABI,
                          .version = KN_VERSION_STRING,
                          .error_set = kn_error_set,
#define KN_X(type, name, parameters, arguments) .name = kn_##name,
#define KN_V(name, parameters, arguments) .name = kn_##name,
                          KN_HOST_MAP(KN_X, KN_V)
#undef KN_X
#undef KN_V
};
