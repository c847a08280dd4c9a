/* SPDX-License-Identifier: MIT */
/* The expressions of a statement, in the order of its text. */
#ifndef KOINE_SQL_STATEMENT_H
#define KOINE_SQL_STATEMENT_H

#include <koine/query.h>

#include "expr/structure.h"

/* One clause: a list or a single expression; both NULL when it is not there. */
typedef struct kn__clause {
    const kn_expr *const *list;
    const kn_expr *one;
} kn__clause;

#define KN__CLAUSES_MAX 5
size_t kn__statement_clauses(const kn_node *statement, kn__clause out[KN__CLAUSES_MAX]);

/* A deep copy that may be written to; models are borrowed. NULL when memory is out or it is no statement. */
kn_node *kn__statement_copy(kn__copying *copying, const kn_node *statement);

#endif
