/* SPDX-License-Identifier: MIT */
/* koine/plugin/dialect.h - the contract of a dialect: a family of SQL, as a const descriptor.
 *
 * A dialect is pure: no I/O, no client library, no state. It says what differs from its base (all derive from the
 * core's "ansi"); the registry flattens it over its base when it is loaded and refuses one that cannot work. Everything
 * is sparse: a zero member or a missing row inherits. Members are only ever added at the end. */
#ifndef KOINE_PLUGIN_DIALECT_H
#define KOINE_PLUGIN_DIALECT_H

#include <koine/query.h>

KN_BEGIN_DECLS

/* A statement being rendered: the bounded text, the list of binds, the dialect, the error. All renderers append to
 * it. */
typedef struct kn_sql kn_sql;

/* Renders one node. Children are rendered through knp_sql_node, which starts at the outermost dialect; knp_sql_super
 * reaches the base's renderer of the same node. Refusing is knp_sql_refuse. */
typedef kn_status kn_render_fn(kn_sql *sql, const kn_node *node);
typedef struct kn_node_rule {
    uint32_t kind; /* kn_node_kind; KN_NODE_NONE ends the list */
    uint32_t op;   /* kn_op when kind is KN_NODE_OP: overrides one operator; 0 = all of the kind */
    kn_render_fn *render;
} kn_node_rule;
/* Elements of a kn_node_rule list: KN_NODE_RULE(NOW, render_now), KN_OP_RULE(LIKE, render_like). */
#define KN_NODE_RULE(kind_, render_)                                                                                   \
    {                                                                                                                  \
        .kind = KN_NODE_##kind_, .render = (render_)                                                                   \
    }
#define KN_OP_RULE(op_, render_)                                                                                       \
    {                                                                                                                  \
        .kind = KN_NODE_OP, .op = KN_OP_##op_, .render = (render_)                                                     \
    }

/* How a neutral type lives on the backend. */
typedef struct kn_type_rule {
    uint16_t type;    /* kn_type_id; KN_TYPE_NONE ends the list */
    uint16_t storage; /* kn_kind that the driver moves for it */
    uint32_t zero_;
    const char *ddl; /* its name in DDL, or NULL when `render` writes it */
    kn_status (*render)(kn_sql *sql, const kn_type *type);
    /* canonical kind -> storage kind, and back. `in` is never NULL-valued and already inside the type's domain
     * (encode), or whatever the backend stored (decode). What decode gives is in the type's domain: it is not checked
     * again. Texts may point into `arena`, which lives until the execution ends (encode) or the next row (decode); a
     * decoded text has a NUL at data[size].
     * Both NULL: Boolean as INT is 0 and 1; Date, Time and DateTime as TEXT are written as kn_date_print, kn_time_print
     * and, with a space, kn_datetime_print do, and read in every form that their parsers take; other types are stored
     * as they are.
     * encode NULL = as it is. Where storage is the canonical kind, a cell of that kind is checked by the core and taken
     * as it is; decode is for the others only, NULL refuses them. */
    kn_status (*encode)(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error);
    kn_status (*decode)(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error);
} kn_type_rule;

/* What the backend can do. Bits are append-only. */
typedef enum kn_feature {
    KN_FEATURE_TRANSACTIONAL_DDL = 0,
    KN_FEATURE_ALTER_CONSTRAINT = 1, /* foreign keys can be added and dropped later */
    KN_FEATURE_RETURNING = 2,        /* INSERT ... RETURNING */
    /* the driver reports the generated key of a one-row insert (kn_outcome.last_key) */
    KN_FEATURE_LAST_KEY = 3,
    KN_FEATURE_MULTI_ROW_INSERT = 4,
    KN_FEATURE_DEFAULT_KEYWORD = 5, /* DEFAULT as a value in an insert */
    KN_FEATURE_DEFAULT_VALUES = 6,  /* INSERT ... DEFAULT VALUES */
    KN_FEATURE_NATIVE_ENUM = 7,     /* CREATE TYPE ... AS ENUM, one object a type */
    KN_FEATURE_PARTIAL_INDEX = 8,
    KN_FEATURE_EXPRESSION_INDEX = 9,
    KN_FEATURE_DESC_INDEX = 10,
    KN_FEATURE_PREFIX_INDEX = 11,
    KN_FEATURE_DEFERRABLE = 12,
    KN_FEATURE_SET_DEFAULT = 13,
    KN_FEATURE_COMPUTED_STORED = 14,
    KN_FEATURE_COMPUTED_VIRTUAL = 15,
    KN_FEATURE_CHECK = 16,
    KN_FEATURE_COMMENT = 17, /* comments are statements of their own: KN_NODE_COMMENT */
    KN_FEATURE_SCHEMAS = 18,
    KN_FEATURE_IF_NOT_EXISTS = 19,
    KN_FEATURE_SAVEPOINT = 20,
    KN_FEATURE_WIDE_DECIMAL_MATH = 21,  /* arithmetic and sums on Numeric are exact at any precision */
    KN_FEATURE_DECIMAL_MATH = 22,       /* ... up to 15 digits */
    KN_FEATURE_INDEX_NAMES_SCHEMA = 23, /* CREATE INDEX schema.name ON table, not name ON schema.table */
    KN_FEATURE_ATOMIC_STATEMENT = 24,   /* one that fails leaves its transaction as it was */
    KN_FEATURE_END_ = 64
} kn_feature;
#define KN_FEATURE_BIT(f) (UINT64_C(1) << (f))

/* From a product version on: bits to set and to clear. Rows apply in order. */
typedef struct kn_feature_rule {
    /* as the driver reports it; NULL = any; the list ends with version_number 0 and both masks 0 */
    const char *product;
    uint32_t version_number; /* applies to this version and later; 0 = every */
    uint32_t zero_;
    uint64_t set, clear;
} kn_feature_rule;

/* What happens to a bound value on its way to its placeholder. A LIKE pattern is a text with the wildcards % and _ and
 * the escape \; a GLOB pattern one with *, ? and [...]. Append-only. */
typedef enum kn_bind_change {
    KN_BIND_AS_IT_IS = 0,
    KN_BIND_CONTAINS = 1,         /* plain text becomes a LIKE pattern: escaped, % around it */
    KN_BIND_STARTS_WITH = 2,      /* ... % behind it */
    KN_BIND_ENDS_WITH = 3,        /* ... % before it */
    KN_BIND_COUNT = 4,            /* LIMIT, OFFSET: an integer >= 0 */
    KN_BIND_GLOB = 5,             /* a LIKE pattern becomes a GLOB pattern */
    KN_BIND_GLOB_STARTS_WITH = 6, /* plain text becomes a GLOB pattern: escaped, * behind it */
    KN_BIND_GLOB_ENDS_WITH = 7    /* ... * before it */
} kn_bind_change;

/* In what a limit on identifiers is counted. */
typedef enum kn_name_unit { KN_NAME_BYTES = 1, KN_NAME_CODE_POINTS = 2, KN_NAME_UTF16 = 3 } kn_name_unit;

typedef enum kn_placeholder { KN_PLACEHOLDER_QUESTION = 1, /* ? */ KN_PLACEHOLDER_DOLLAR = 2 /* $1 */ } kn_placeholder;

/* What the parameter scanner must know of the lexical structure. Bits. */
typedef enum kn_lexis {
    KN_LEXIS_BACKSLASH_STRINGS = 1, /* '\'' inside '...' */
    KN_LEXIS_BACKTICK_NAMES = 2,
    KN_LEXIS_BRACKET_NAMES = 4,
    KN_LEXIS_DOLLAR_QUOTES = 8, /* $tag$...$tag$ */
    KN_LEXIS_E_STRINGS = 16,    /* E'...' with backslashes */
    KN_LEXIS_NESTED_COMMENTS = 32,
    KN_LEXIS_HASH_COMMENTS = 64,
    KN_LEXIS_DOUBLE_QUOTED_STRINGS = 128, /* "..." is a string with backslashes, not a name */
    KN_LEXIS_ANSI = 256                   /* none of the above; distinguishes "none" from "inherit" */
} kn_lexis;

typedef struct kn_limits {
    uint32_t name_max;       /* longest identifier */
    uint32_t name_unit;      /* kn_name_unit */
    uint32_t parameters_max; /* placeholders a statement */
    uint32_t sql_max;        /* bytes a statement */
    uint32_t numeric_precision_max, numeric_scale_max;
    uint32_t string_max;  /* String(n): largest n */
    uint32_t insert_rows; /* rows of a multi-row insert that the backend handles best */
} kn_limits;

/* The SELECT that asks the catalog: does this table exist? Parameters: table name, then schema name (NULL = the own
 * schema). One column, one row when it does. More queries come with reflection; the list ends with kind 0. */
typedef enum kn_catalog_kind { KN_CATALOG_NONE = 0, KN_CATALOG_HAS_TABLE = 1, KN_CATALOG_HAS_ENUM = 2 } kn_catalog_kind;
typedef struct kn_catalog_rule {
    uint32_t kind;
    uint32_t zero_;
    const char *sql; /* `?` placeholders, rewritten by the scanner */
} kn_catalog_rule;

typedef struct kn_dialect {
    size_t size_;
    const char *name;
    const char *base;     /* by name; NULL = "ansi" */
    const char *driver;   /* default driver, by name */
    uint32_t quote;       /* the character around identifiers, doubled inside; 0 = inherit ('"') */
    uint32_t placeholder; /* kn_placeholder; 0 = inherit */
    uint32_t lexis;       /* kn_lexis bits; 0 = inherit */
    uint32_t zero_;
    kn_limits limits;      /* zero members inherit */
    uint64_t features;     /* bits that hold from the oldest supported version on */
    uint64_t features_off; /* bits of the base that do not hold */
    const kn_feature_rule *feature_rules;
    const char *const *reserved; /* lower case, sorted, ended by NULL; besides, not instead of, the base's */
    const kn_type_rule *types;
    const kn_node_rule *nodes;
    const kn_catalog_rule *catalog;
    /* After connect: the name of the sibling dialect that this product and version speak, or NULL to stay. */
    const char *(*sibling)(const char *product, uint32_t version_number);
    /* Refuses an identifier that the backend would change or cannot hold, beyond length and UTF-8. NULL = none. */
    kn_status (*check_name)(kn_text name, kn_error *error);
    /* Does the backend's catalog know less of a column's type than its declaration says? Then its comment ends in a
     * note (sql_column_comment). NULL = as the base. */
    bool (*needs_note)(const kn_type *type);
} kn_dialect;
KN_NO_TAIL_PADDING(kn_dialect, needs_note, bool (*)(const kn_type *));
#define KN_DIALECT_INIT .size_ = sizeof(kn_dialect)

/* DDL nodes: what a model is once everything in it is resolved and named. Names are as they go to the backend,
 * unquoted. */
typedef struct kn_ddl_name {
    const char *schema; /* NULL = own */
    const char *name;
} kn_ddl_name;

typedef struct kn_ddl_column { /* KN_NODE_COLUMN_DEF */
    kn_node node;
    const kn_model *model;
    const kn_column *column;
    const char *name;
    const kn_type *type;
    bool nullable, primary_key;
    bool sole_key;  /* the only column of the primary key */
    bool generated; /* the backend generates it */
    /* UNIQUE with no index of its own asked for; rendered as a table constraint, here for information */
    bool unique;
    uint8_t zero_[3];
} kn_ddl_column;

typedef struct kn_ddl_key { /* KN_NODE_PRIMARY_KEY, KN_NODE_UNIQUE_KEY */
    kn_node node;
    const char *name;
    const kn_model *model;
    const char *const *columns;
    size_t n_columns;
} kn_ddl_key;

/* KN_NODE_FOREIGN_KEY; KN_NODE_ADD_FOREIGN_KEY, KN_NODE_DROP_FOREIGN_KEY with `table` */
typedef struct kn_ddl_reference {
    kn_node node;
    const char *name;
    kn_ddl_name table; /* that has the key */
    const char *const *columns;
    kn_ddl_name target;
    const char *const *target_columns;
    size_t n_columns;
    uint8_t on_delete, on_update, deferral; /* kn_action, kn_deferral */
    uint8_t zero_[5];
} kn_ddl_reference;

typedef struct kn_ddl_check { /* KN_NODE_CHECK */
    kn_node node;
    const char *name;
    const kn_model *model;
    const kn_expr *expr;
} kn_ddl_check;

typedef struct kn_ddl_index { /* KN_NODE_CREATE_INDEX, KN_NODE_DROP_INDEX */
    kn_node node;
    const char *name;
    kn_ddl_name table;
    const kn_model *model;
    const kn_expr *const *parts; /* KN_END-ended */
    const kn_expr *where;
    uint64_t unique;
} kn_ddl_index;

typedef struct kn_ddl_enum { /* KN_NODE_CREATE_ENUM, KN_NODE_DROP_ENUM */
    kn_node node;
    kn_ddl_name name;
    const kn_enum *labels;
} kn_ddl_enum;

typedef struct kn_ddl_table { /* KN_NODE_CREATE_TABLE, KN_NODE_DROP_TABLE */
    kn_node node;
    const kn_model *model;
    kn_ddl_name name;
    const kn_ddl_column *const *columns;
    size_t n_columns;
    const kn_node *const *constraints; /* keys, references, checks: in order */
    size_t n_constraints;
    const char *comment;
} kn_ddl_table;

typedef struct kn_ddl_comment { /* KN_NODE_COMMENT: for backends that have it as a statement of its own */
    kn_node node;
    kn_ddl_name table;
    const char *column;  /* NULL = of the table */
    const char *text;    /* NULL = none */
    const kn_type *type; /* of the column: for the note behind its text */
} kn_ddl_comment;

KN_END_DECLS
#endif
