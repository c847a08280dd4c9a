/* SPDX-License-Identifier: MIT */
/* koine/model.h - tables and the structs that hold their rows, declared as const data.
 *
 *   typedef struct User { int64_t id; char username[65]; kn_opt_int64 role_id; } User;      in a header
 *   KN_MODEL(User);
 *
 *   KN_COLUMNS(User) = {                                                                    in one C file
 *       KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
 *       KN_COLUMN(User, username, KN_STRING(64), .unique = true, .index = true),
 *       KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id), .on_delete = KN_SET_NULL),
 *   };
 *   KN_DEFINE(User, "users");
 *
 * A member that cannot hold its column's type does not compile; the message names both. The declaring macros are C
 * only; the structs and KN_MODEL may be seen by C++.
 * Everything a model points to must live as long as every engine and metadata that has seen it. */
#ifndef KOINE_MODEL_H
#define KOINE_MODEL_H

#include <koine/expr.h>

KN_BEGIN_DECLS

/* What C type a member has. Append-only; hold masks are 64 bits wide. */
typedef enum kn_ctype {
    KN_C_NONE = 0, /* no member: a table without a struct */
    KN_C_BOOL = 1,
    KN_C_INT16 = 2,
    KN_C_INT32 = 3,
    KN_C_INT64 = 4,
    KN_C_ENUM = 5, /* a C enum that the compiler made unsigned */
    KN_C_FLOAT = 6,
    KN_C_DOUBLE = 7,
    KN_C_CSTR = 8,   /* char *, const char *: NUL-ended, NULL = unset on insert, NULL value when read */
    KN_C_CHARS = 9,  /* char[N]: NUL-ended inside N bytes, never NULL */
    KN_C_TEXT = 10,  /* kn_text */
    KN_C_BYTES = 11, /* kn_bytes */
    KN_C_DECIMAL = 12,
    KN_C_DATE = 13,
    KN_C_TIME = 14,
    KN_C_DATETIME = 15,
    KN_C_INSTANT = 16,
    KN_C_INTERVAL = 17,
    KN_C_ANY = 18, /* kn_any *, const kn_any * */
    KN_C_OPT_BOOL = 19,
    KN_C_OPT_INT16 = 20,
    KN_C_OPT_INT32 = 21,
    KN_C_OPT_INT64 = 22,
    KN_C_OPT_FLOAT = 23,
    KN_C_OPT_DOUBLE = 24,
    KN_C_OPT_ENUM = 25,
    KN_C_OPT_DECIMAL = 26,
    KN_C_OPT_DATE = 27,
    KN_C_OPT_TIME = 28,
    KN_C_OPT_DATETIME = 29,
    KN_C_OPT_INSTANT = 30,
    KN_C_OPT_INTERVAL = 31,
    KN_C_OPT_TEXT = 32,
    KN_C_OPT_BYTES = 33,
    KN_C_STRUCT = 34, /* any struct, through a kn_codec */
    KN_C_END_ = 35
} kn_ctype;

typedef enum kn_choice { KN_DEFAULT = 0, KN_YES = 1, KN_NO = 2 } kn_choice;
typedef enum kn_action {
    KN_NO_ACTION = 0,
    KN_CASCADE = 1,
    KN_SET_NULL = 2,
    KN_SET_DEFAULT = 3,
    KN_RESTRICT = 4
} kn_action;
typedef enum kn_deferral { KN_NOT_DEFERRABLE = 0, KN_DEFERRABLE = 1, KN_INITIALLY_DEFERRED = 2 } kn_deferral;

/* A column of another table: by member (KN_REF), or by name (KN_REF_NAMED) where the table has no struct. */
typedef struct kn_member {
    const kn_model *model;
    size_t offset;
    const char *table; /* KN_REF_NAMED: "schema.table" or "table", model is NULL */
    const char *column;
} kn_member;
/* clang-format off */
#define KN_REF(S, m) {.model = &S##_model, .offset = offsetof(S, m)}
#define KN_REF_NAMED(table_, column_) {.table = (table_), .column = (column_)}
/* clang-format on */

typedef struct kn_column {
    const char *member; /* name of the struct member, NULL in a table without a struct */
    const char *name;   /* in the database; NULL = as the member */
    kn_type type;
    size_t offset;
    uint32_t ctype, member_size;
    kn_member references;                   /* foreign key; same neutral type on both sides */
    uint8_t on_delete, on_update, deferral; /* kn_action, kn_deferral */
    bool primary_key;                       /* several columns with it: a composite key, in column order */
    bool unique;
    bool index;  /* with unique: one unique index */
    bool secret; /* never printed, never logged */
    /* kn_choice; KN_DEFAULT: keys and plain C scalars are NOT NULL, pointers and kn_opt_* nullable */
    uint8_t nullable;
    uint8_t autoincrement;   /* kn_choice; KN_DEFAULT: a single integer key without initial and references */
    uint8_t computed_stored; /* 1 = STORED, 0 = VIRTUAL */
    uint8_t zero_[6];
    /* the lesson's `default`, a C keyword: value, KN_CALL or SQL expression, used on insert when unset */
    const kn_expr *initial;
    const kn_expr *onupdate;       /* the same, on update when unset */
    const kn_expr *server_default; /* DEFAULT in the DDL: a value, KN_NOW or KN_RAW */
    const kn_expr *computed;       /* GENERATED ALWAYS AS: never written */
    const kn_expr *check;
    const char *collation; /* overrides Koine's code point order; the backend's own name */
    const char *comment;
} kn_column;
KN_NO_TAIL_PADDING(kn_column, comment, const char *);

/* Table-level parts. Lists are arrays ended by a member whose first pointer is NULL; the macros end them. `name` NULL =
 * by convention (ix_table_column, uq_, fk_, ck_, pk_). Columns are KN_LIST(KN_COL(...), ...). They never grow: such
 * arrays record no stride, so each carries its reserve. */
typedef struct kn_unique_key {
    const kn_expr *const *columns;
    const char *name;
    const void *reserved_[2];
} kn_unique_key;
typedef struct kn_table_check {
    const kn_expr *expr;
    const char *name;
    const void *reserved_[2];
} kn_table_check;
typedef struct kn_table_index {
    const kn_expr *const *parts; /* columns, expressions, KN_DESC(...), KN_PREFIX(column, n) */
    const char *name;
    const kn_expr *where; /* partial index */
    uint64_t unique;      /* 0 or 1 */
    const void *reserved_[4];
} kn_table_index;
typedef struct kn_table_reference {
    const kn_expr *const *columns;
    const kn_expr *const *references; /* columns of the other model, in the same order */
    const char *name;
    uint8_t on_delete, on_update, deferral, zero_[5];
    const void *reserved_[2];
} kn_table_reference;

typedef enum kn_side { KN_SIDE_ONE = 0, KN_SIDE_MANY = 1 } kn_side;
typedef enum kn_cascade { KN_CASCADE_SAVE = 1, KN_CASCADE_DELETE = 2, KN_CASCADE_ORPHANS = 4 } kn_cascade;

/* A relationship: data for the loaders of a later release; checked by kn_metadata_check today. */
typedef struct kn_relationship {
    const char *member;
    size_t offset;
    const kn_model *target;
    uint32_t side;    /* kn_side */
    uint32_t cascade; /* kn_cascade bits */
    kn_member via;    /* the foreign key member, in whichever model holds it */
    const char *back; /* the member of the other side, or NULL */
} kn_relationship;
KN_NO_TAIL_PADDING(kn_relationship, back, const char *);

struct kn_model {
    size_t size_;
    const char *name; /* of the struct; NULL = a table without one */
    const char *table;
    const char *schema; /* NULL = the connection's own */
    size_t object_size;
    const kn_column *columns;
    size_t n_columns, column_size;
    const kn_relationship *relationships;
    size_t n_relationships, relationship_size;
    const kn_unique_key *unique_keys;       /* KN_UNIQUE_KEYS */
    const kn_table_index *indexes;          /* KN_INDEXES */
    const kn_table_check *checks;           /* KN_CHECKS */
    const kn_table_reference *foreign_keys; /* KN_FOREIGN_KEYS */
    const char *comment;
    /* member that stands for the object in brief: <User ken>; NULL = the first text member, else the key */
    const char *shown;
};
KN_NO_TAIL_PADDING(struct kn_model, shown, const char *);

/* Declares S_model; in a header, both languages. */
#define KN_MODEL(S) extern const kn_model S##_model
/* A to-many member. The array belongs to whoever loaded it. */
#define KN_MANY(T)                                                                                                     \
    struct {                                                                                                           \
        T **items;                                                                                                     \
        size_t count;                                                                                                  \
        size_t room_;                                                                                                  \
    }

#ifndef __cplusplus
/* long and long long by size, after int64_t has had its turn; char[N] by its own size. */
#define KN_CTYPE_(p, m)                                                                                                \
    _Generic((p), bool *: KN_C_BOOL, int16_t *: KN_C_INT16, int32_t *: KN_C_INT32, uint32_t *: KN_C_ENUM,              \
        int64_t *: KN_C_INT64, float *: KN_C_FLOAT, double *: KN_C_DOUBLE, char **: KN_C_CSTR,                         \
        const char **: KN_C_CSTR, char (*)[sizeof(m)]: KN_C_CHARS, kn_text *: KN_C_TEXT, kn_bytes *: KN_C_BYTES,       \
        kn_decimal *: KN_C_DECIMAL, kn_date *: KN_C_DATE, kn_time *: KN_C_TIME, kn_datetime *: KN_C_DATETIME,          \
        kn_instant *: KN_C_INSTANT, kn_interval *: KN_C_INTERVAL, kn_any **: KN_C_ANY, const kn_any **: KN_C_ANY,      \
        kn_opt_bool *: KN_C_OPT_BOOL, kn_opt_int16 *: KN_C_OPT_INT16, kn_opt_int32 *: KN_C_OPT_INT32,                  \
        kn_opt_int64 *: KN_C_OPT_INT64, kn_opt_float *: KN_C_OPT_FLOAT, kn_opt_double *: KN_C_OPT_DOUBLE,              \
        kn_opt_enum *: KN_C_OPT_ENUM, kn_opt_decimal *: KN_C_OPT_DECIMAL, kn_opt_date *: KN_C_OPT_DATE,                \
        kn_opt_time *: KN_C_OPT_TIME, kn_opt_datetime *: KN_C_OPT_DATETIME, kn_opt_instant *: KN_C_OPT_INSTANT,        \
        kn_opt_interval *: KN_C_OPT_INTERVAL, kn_opt_text *: KN_C_OPT_TEXT, kn_opt_bytes *: KN_C_OPT_BYTES,            \
        default: _Generic((p), long *: sizeof(long) == 8 ? KN_C_INT64 : KN_C_INT32, long long *: KN_C_INT64,           \
                     default: KN_C_STRUCT))
#define KN_CTYPE(S, m) KN_CTYPE_(&((S *)0)->m, ((S *)0)->m)

/* Which C types can hold which column type. */
#define KN_BIT(c) (UINT64_C(1) << (c))
#define KN_HOLD_INTS64_ (KN_BIT(KN_C_INT64) | KN_BIT(KN_C_OPT_INT64))
#define KN_HOLD_INTS32_ (KN_BIT(KN_C_INT32) | KN_BIT(KN_C_OPT_INT32) | KN_HOLD_INTS64_)
#define KN_HOLD_CHARS_ (KN_BIT(KN_C_CSTR) | KN_BIT(KN_C_CHARS) | KN_BIT(KN_C_TEXT) | KN_BIT(KN_C_OPT_TEXT))
#define KN_HOLD_KN_SMALL_INTEGER (KN_BIT(KN_C_INT16) | KN_BIT(KN_C_OPT_INT16))
#define KN_HOLD_KN_INTEGER KN_HOLD_INTS32_
#define KN_HOLD_KN_BIG_INTEGER KN_HOLD_INTS64_
#define KN_HOLD_KN_BOOLEAN (KN_BIT(KN_C_BOOL) | KN_BIT(KN_C_OPT_BOOL))
#define KN_HOLD_KN_FLOAT (KN_BIT(KN_C_DOUBLE) | KN_BIT(KN_C_OPT_DOUBLE))
#define KN_HOLD_KN_FLOAT_OF(p)                                                                                         \
    (KN_HOLD_KN_FLOAT | ((p) <= 24 ? KN_BIT(KN_C_FLOAT) | KN_BIT(KN_C_OPT_FLOAT) : UINT64_C(0)))
#define KN_HOLD_KN_NUMERIC(p, s) (KN_BIT(KN_C_DECIMAL) | KN_BIT(KN_C_OPT_DECIMAL))
#define KN_HOLD_KN_STRING(n) KN_HOLD_CHARS_
#define KN_HOLD_KN_UNICODE(n) KN_HOLD_CHARS_
#define KN_HOLD_KN_TEXT KN_HOLD_CHARS_
#define KN_HOLD_KN_UNICODE_TEXT KN_HOLD_CHARS_
#define KN_HOLD_KN_LARGE_BINARY (KN_BIT(KN_C_BYTES) | KN_BIT(KN_C_OPT_BYTES))
#define KN_HOLD_KN_LARGE_BINARY_OF(n) KN_HOLD_KN_LARGE_BINARY
#define KN_HOLD_KN_DATE (KN_BIT(KN_C_DATE) | KN_BIT(KN_C_OPT_DATE))
#define KN_HOLD_KN_TIME (KN_BIT(KN_C_TIME) | KN_BIT(KN_C_OPT_TIME))
#define KN_HOLD_KN_DATETIME (KN_BIT(KN_C_DATETIME) | KN_BIT(KN_C_OPT_DATETIME))
#define KN_HOLD_KN_DATETIME_TZ (KN_BIT(KN_C_INSTANT) | KN_BIT(KN_C_OPT_INSTANT))
#define KN_HOLD_KN_INTERVAL (KN_BIT(KN_C_INTERVAL) | KN_BIT(KN_C_OPT_INTERVAL))
#define KN_HOLD_KN_ENUM(e)                                                                                             \
    (KN_BIT(KN_C_ENUM) | KN_BIT(KN_C_INT32) | KN_BIT(KN_C_OPT_ENUM) | KN_BIT(KN_C_CSTR) | KN_BIT(KN_C_TEXT))
#define KN_HOLD_KN_PICKLE KN_BIT(KN_C_ANY)
#define KN_HOLD_KN_PICKLE_OF(c) KN_BIT(KN_C_STRUCT)
/* Bytes a char[N] member needs at least: n characters and the NUL. Longer characters that do not fit are refused on
 * read. */
#define KN_ROOM_KN_SMALL_INTEGER 0
#define KN_ROOM_KN_INTEGER 0
#define KN_ROOM_KN_BIG_INTEGER 0
#define KN_ROOM_KN_BOOLEAN 0
#define KN_ROOM_KN_FLOAT 0
#define KN_ROOM_KN_FLOAT_OF(p) 0
#define KN_ROOM_KN_NUMERIC(p, s) 0
#define KN_ROOM_KN_STRING(n) ((n) + 1)
#define KN_ROOM_KN_UNICODE(n) ((n) + 1)
#define KN_ROOM_KN_TEXT 0
#define KN_ROOM_KN_UNICODE_TEXT 0
#define KN_ROOM_KN_LARGE_BINARY 0
#define KN_ROOM_KN_LARGE_BINARY_OF(n) 0
#define KN_ROOM_KN_DATE 0
#define KN_ROOM_KN_TIME 0
#define KN_ROOM_KN_DATETIME 0
#define KN_ROOM_KN_DATETIME_TZ 0
#define KN_ROOM_KN_INTERVAL 0
#define KN_ROOM_KN_ENUM(e) 0
#define KN_ROOM_KN_PICKLE 0
#define KN_ROOM_KN_PICKLE_OF(c) 0

/* m is written out here, before it can be macro-expanded: a member named errno or st_mtime keeps its name. */
#define KN_COLUMN(S, m, ...) KN_COLUMN_(S, m, #m, __VA_ARGS__, .zero_ = {0})
#define KN_COLUMN_(S, m, text, T, ...)                                                                                 \
    {                                                                                                                  \
        .member = text, .type = {KN_INIT_##T}, .ctype = KN_CTYPE(S, m), .member_size = sizeof(((S *)0)->m),            \
        .offset =                                                                                                      \
            offsetof(S, m) + 0 * sizeof(struct {                                                                       \
                                 char ok;                                                                              \
                                 _Static_assert(KN_HOLD_##T >> KN_CTYPE(S, m) & 1u, #S "." text " cannot hold " #T);   \
                                 _Static_assert(KN_CTYPE(S, m) != KN_C_CHARS || sizeof(((S *)0)->m) >= (KN_ROOM_##T),  \
                                                #S "." text " is too short for " #T);                                  \
                             }),                                                                                       \
        __VA_ARGS__                                                                                                    \
    }
/* A column of a table without a struct: .name is its name. */
#define KN_TABLE_COLUMN(n, ...) KN_TABLE_COLUMN_(n, __VA_ARGS__, .zero_ = {0})
/* clang-format off */
#define KN_TABLE_COLUMN_(n, T, ...) {.name = (n), .type = {KN_INIT_##T}, .ctype = KN_C_NONE, __VA_ARGS__}
/* clang-format on */

#define KN_TO_ONE(S, m, T, ...)                                                                                        \
    KN_RELATIONSHIP_(S, m, #m, T, KN_SIDE_ONE, _Generic(&((S *)0)->m, T * * : 1, const T ** : 1, default : 0),         \
                     "must be " #T " *", __VA_ARGS__)
#define KN_TO_MANY(S, m, T, ...)                                                                                       \
    KN_RELATIONSHIP_(S, m, #m, T, KN_SIDE_MANY, _Generic(((S *)0)->m.items, T * * : 1, default : 0),                   \
                     "must be KN_MANY(" #T ")", __VA_ARGS__)
#define KN_RELATIONSHIP_(S, m, text, T, side_, ok_, why, ...)                                                          \
    {                                                                                                                  \
        .member = text, .target = &T##_model, .side = (side_),                                                         \
        .offset = offsetof(S, m) + 0 * sizeof(struct {                                                                 \
                                       char ok;                                                                        \
                                       _Static_assert(ok_, #S "." text " " why);                                       \
                                   }),                                                                                 \
        __VA_ARGS__                                                                                                    \
    }

#define KN_COLUMNS(S) static const kn_column S##_columns_[]
#define KN_RELATIONSHIPS(S) static const kn_relationship S##_relationships_[]
#define KN_DEFINE(S, ...) KN_DEFINE_(S, __VA_ARGS__, .size_ = sizeof(kn_model))
#define KN_DEFINE_(S, t, ...)                                                                                          \
    const kn_model S##_model = {.name = #S,                                                                            \
                                .table = (t),                                                                          \
                                .object_size = sizeof(S),                                                              \
                                .columns = S##_columns_,                                                               \
                                .n_columns = KN_COUNT_OF(S##_columns_),                                                \
                                .column_size = sizeof(kn_column),                                                      \
                                __VA_ARGS__}
#define KN_WITH_RELATIONSHIPS(S)                                                                                       \
    .relationships = S##_relationships_, .n_relationships = KN_COUNT_OF(S##_relationships_),                           \
    .relationship_size = sizeof(kn_relationship)
#define KN_UNIQUE_KEYS(...) ((const kn_unique_key[]){__VA_ARGS__, {.columns = NULL}})
#define KN_INDEXES(...) ((const kn_table_index[]){__VA_ARGS__, {.parts = NULL}})
#define KN_CHECKS(...) ((const kn_table_check[]){__VA_ARGS__, {.expr = NULL}})
#define KN_FOREIGN_KEYS(...) ((const kn_table_reference[]){__VA_ARGS__, {.columns = NULL}})

/* &User_model and a pointer that must be a User *: kn_insert(c, KN_OBJECT(User, &u), &error). */
#define KN_OBJECT(S, p) &S##_model, (1 ? (p) : (S *)0)
#endif

/* The i-th column, whatever kn_column's size was when the model was compiled. Only the members before `initial` may be
 * read through it without looking at model->column_size: a model compiled with an older header has fewer. */
static inline const kn_column *kn_model_column(const kn_model *model, size_t i)
{
    return (const kn_column *)(const void *)((const char *)model->columns + i * model->column_size);
}
/* Its name in the database. */
static inline const char *kn_column_name(const kn_column *column)
{
    return column->name ? column->name : column->member;
}

/* The column mapped to a member, or with a database name; NULL when there is none. */
KN_API const kn_column *kn_model_column_at(const kn_model *model, size_t offset);
KN_API const kn_column *kn_model_column_named(const kn_model *model, const char *name);

/* Does it accept NULL, after the rules of kn_column.nullable? */
KN_API bool kn_column_is_nullable(const kn_model *model, const kn_column *column);
/* Is it the key that the backend generates? */
KN_API bool kn_column_is_generated_key(const kn_model *model, const kn_column *column);

/* Is the declaration sound by itself: names, types, key, defaults of the right type, expressions over its own columns?
 * KN_INVALID names table, column and rule. kn_metadata_add calls it. */
KN_API kn_status kn_model_check(const kn_model *model, kn_error *error);

/* A hash over everything that decides what its table and its structs look like; equal models have equal fingerprints in
 * every process of one architecture. */
KN_API uint64_t kn_model_fingerprint(const kn_model *model);
/* The same schema, table and layout. Equal addresses are only a shortcut. */
KN_API bool kn_model_equal(const kn_model *a, const kn_model *b);

/* Sets members to their constant and function defaults (`initial`); the rest to zero. Constant texts are borrowed from
 * the model; what a function gave is copied into `arena`, which may be NULL when no default is text from a function or
 * a PickleType. KN_INVALID without a model or an object. */
KN_API kn_status kn_init(const kn_model *model, void *object, kn_arena *arena, kn_error *error);

/* An object as text, for logs and debuggers. Secrets print as "***", values over 40 characters are cut with "...".
 * NUL-ended, cut to `size` with "..."; returns the bytes written. No object or no model is "<NULL>". */
typedef enum kn_print_form {
    KN_PRINT_BRIEF = 0, /* <User ken> */
    KN_PRINT_FULL = 1   /* <User id=1 username='ken' role_id=NULL> */
} kn_print_form;
KN_API size_t kn_print(const kn_model *model, const void *object, kn_print_form form, char *out, size_t size);

/* Run-time builder: the same structures from data, in an arena. Everything given is copied, but enums, codecs and other
 * models are borrowed. Expressions mean the table's own columns by KN_COL_NAMED(NULL, "name"), kn_expr_column(arena,
 * NULL, "name"). The first failure is kept and given by kn_table_build; a NULL builder is fine everywhere. */
typedef struct kn_table_builder kn_table_builder;
KN_API kn_table_builder *kn_table_begin(kn_arena *arena, const char *schema, const char *table);
/* `column_size` is sizeof(kn_column) of the program: a library that is newer than its header reads no further. */
KN_API void kn_table_add_column_sized(kn_table_builder *builder, const kn_column *column, size_t column_size);
static inline void kn_table_add_column(kn_table_builder *builder, const kn_column *column)
{
    kn_table_add_column_sized(builder, column, sizeof(*column));
}
KN_API void kn_table_add_unique(kn_table_builder *builder, const char *name, const char *const *columns, size_t count);
KN_API void kn_table_add_check(kn_table_builder *builder, const char *name, const kn_expr *expr);
KN_API void kn_table_add_index(kn_table_builder *builder, const kn_table_index *index);
KN_API void kn_table_add_reference(kn_table_builder *builder, const kn_table_reference *reference);
KN_API void kn_table_set_comment(kn_table_builder *builder, const char *comment);
/* KN_NOMEM, or what kn_model_check says. The model lives in the arena. */
KN_API kn_status kn_table_build(kn_table_builder *builder, const kn_model **out, kn_error *error);

KN_END_DECLS
#endif
