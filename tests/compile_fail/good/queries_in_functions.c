/* SPDX-License-Identifier: MIT */
/* Queries at file scope and in place, objects, sets of members. */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    const char *name;
    kn_opt_date born;
} Row;
KN_MODEL(Row);

extern const kn_select by_name, counted;
const kn_select by_name = KN_SELECT(KN_FROM(Row),
                                    .where = KN_AND(KN_LIKE(KN_COL(Row, name), KN_ARG(0)),
                                                    KN_BETWEEN(KN_COL(Row, born), KN_ARG(1, KN_DATE), KN_NOW),
                                                    KN_IN(KN_COL(Row, id), KN_INT(1), KN_INT(2))),
                                    .order_by = KN_LIST(KN_DESC(KN_COL(Row, id))), .limit = KN_INT(10));
const kn_select counted = KN_SELECT(KN_FROM(Row), .columns = KN_LIST(KN_COUNT_ROWS, KN_MAX(KN_COL(Row, id))));

kn_status use(kn_connection *c, Row *row, const char *filter, kn_error *error);
kn_status use(kn_connection *c, Row *row, const char *filter, kn_error *error)
{
    kn_rows *rows = NULL;
    kn_status status = kn_insert(c, KN_OBJECT(Row, row), error);
    if (status == KN_OK)
        status = kn_update_only(c, KN_OBJECT(Row, row), KN_ONLY(Row, name, born), error);
    if (status == KN_OK)
        status = kn_list(
            c,
            KN_QUERY(KN_FROM(Row), .where = KN_AND(KN_NE(KN_COL(Row, id), KN_INT(row->id)),
                                                   KN_WHEN(filter, KN_LIKE(KN_COL(Row, name), KN_TEXT(filter))))),
            KN_NO_ARGS, 0, &rows, error);
    if (status == KN_OK)
        status = kn_execute_query(
            c,
            &KN_UPDATE_QUERY(Row, .set = KN_LIST(KN_ASSIGN(KN_COL(Row, name), KN_ARG(0))), .where = KN_ALL_ROWS)->node,
            KN_ARGS(kn_string("x")), NULL, error);
    if (status == KN_OK)
        status =
            kn_execute_query(c, &KN_DELETE_QUERY(KN_FROM(Row), .where = KN_ALL_ROWS)->node, KN_NO_ARGS, NULL, error);
    if (status == KN_OK)
        status = kn_execute(c, KN_SQL("SELECT 1"), KN_NO_ARGS, NULL, error);
    if (status == KN_OK) {
        for
            KN_EACH_ROW(Row, r, rows)
        row->id += r->id;
    }
    kn_rows_free(rows);
    return status;
}
