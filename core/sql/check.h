/* SPDX-License-Identifier: MIT */
/* What a statement must be before it is rendered. */
#ifndef KOINE_SQL_CHECK_H
#define KOINE_SQL_CHECK_H

#include <koine/query.h>

/* Checks a copy of the statement's own and writes the types into it (expr/check.h). */
kn_status kn__statement_check(kn_node *statement, kn_error *error);

/* The model it is about. NULL: no statement. */
const kn_model *kn__statement_model(const kn_node *statement);

#endif
