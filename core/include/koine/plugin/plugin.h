/* SPDX-License-Identifier: MIT */
/* koine/plugin/plugin.h - what a plugin file is.
 *
 * A plugin exports one function, koine_plugin, which gets the host's table and returns a const descriptor. It links
 * nothing of Koine: all it may call is in kn_host, through the knp_ functions below. One of its C files says
 *
 *     static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&my_dialect);
 *     KN_PLUGIN_DEFINE(.name = "mine", .version = "0.1.0", .dialects = dialects);
 *
 * and every file is compiled with -DKN_PLUGIN_NAME=<name>, an identifier unique to the plugin; with -DKN_PLUGIN_STATIC
 * the entry is called koine_plugin_<name>, for linking it in (kn_registry_add). Plugins are never unloaded.
 *
 * ABI: the number in KN_PLUGIN_ABI changes when a plugin built before could no longer work. Structs start with their
 * size: unknown tail members are ignored, missing ones get their default. An ELF note (section .note.koine) repeats the
 * number so that the host can refuse a file before running its code. */
#ifndef KOINE_PLUGIN_PLUGIN_H
#define KOINE_PLUGIN_PLUGIN_H

#include <koine/plugin/dialect.h>
#include <koine/plugin/driver.h>
#include <koine/registry.h>

KN_BEGIN_DECLS

#define KN_PLUGIN_MAGIC UINT32_C(0x4b4f494e) /* "KOIN" */
#define KN_PLUGIN_ABI 1

struct kn_plugin {
    uint32_t magic, abi;
    size_t size_;
    const char *name, *version;
    const kn_dialect *const *dialects; /* ended by NULL; NULL = none */
    const kn_driver *const *drivers;   /* ended by NULL; NULL = none */
};

/* Everything a plugin may call: return type, name, parameters, arguments. The knp_NAME wrapper calls it through the
 * host. Meanings are those of the public headers where a call of the same name (kn_NAME) is there.
 *
 * X lists the calls that return something, V those that do not.
 * Rendering:
 *   sql_text/sql_bytes   append SQL text as it is (dialect's own constant text only)
 *   sql_name             append an identifier, checked and quoted when it must be; sql_table with its schema
 *   sql_string           append 'text' as a string literal for DDL (quotes doubled; what the dialect cannot hold is
 *     refused)
 *   sql_node             render a child through the outermost dialect; sql_super: by the base of the dialect `self`
 *   sql_operand          render a child operand of an operator with binding strength `strength`, in parentheses when it
 *     must be
 *   sql_list             the children of a KN_END-ended list, separated
 *   sql_op               the sign of an operator (kn_op) as the base writes it, between spaces
 *   sql_type             the DDL of a neutral type
 *   sql_literal          a value as a literal, for defaults and checks in DDL
 *   sql_refuse           KN_UNSUPPORTED, naming the feature and the dialect; returns the status
 *   sql_has              is the feature there, for the product and version that is rendered for?
 *   sql_product          the product that is rendered for, as the driver reports it; never NULL
 *   sql_in_ddl           are values written as literals because this is DDL?
 *   expr_type            the neutral type of an expression, as far as it is known (id 0: not)
 *   sql_bind             append the placeholder of an operand that is a value or an argument, changed on its way as a
 *                        kn_bind_change says; in DDL the changed literal
 *   sql_default          " DEFAULT ..." of a column that has a server_default, else nothing
 *   sql_comment          an SQL comment of a constant label (may be "") and any text, in which a backslash is doubled
 *                        and one is put between an asterisk and the slash that follows it
 *   sql_type_comment     the neutral type in such a comment
 *   sql_column_comment   `before` and the text of a comment as a string literal; nothing when there is none. What the
 *                        catalog does not tell of a column's type stands behind it: "when it ends [koine: Interval]",
 *                        "[koine: Enum NAME mood]" (of an Enum only its name). The note is what begins at the last
 *                        "[koine: " of a comment that ends in "]"; a comment that looks so by itself gets one too.
 *                        `type` NULL: of a table. Over `most` characters (0: any number) it is refused */
#define KN_HOST_MAP(X, V)                                                                                              \
    X(void *, arena_alloc, (kn_arena * arena, size_t size), (arena, size))                                             \
    X(kn_status, decimal_parse, (kn_text text, kn_arena * arena, kn_decimal * out, kn_error * error),                  \
      (text, arena, out, error))                                                                                       \
    X(size_t, decimal_print_size, (kn_decimal d), (d))                                                                 \
    X(size_t, decimal_print, (kn_decimal d, char *out), (d, out))                                                      \
    X(uint32_t, decimal_digits, (kn_decimal d), (d))                                                                   \
    X(kn_status, decimal_rescale,                                                                                      \
      (kn_decimal d, uint32_t scale, kn_arena * arena, kn_decimal * out, kn_error * error),                            \
      (d, scale, arena, out, error))                                                                                   \
    X(kn_status, decimal_from_double15, (double d, uint32_t scale, kn_decimal *out, kn_error *error),                  \
      (d, scale, out, error))                                                                                          \
    V(date_print, (kn_date d, char *out), (d, out))                                                                    \
    V(time_print, (kn_time t, char *out), (t, out))                                                                    \
    V(datetime_print, (kn_datetime t, char separator, char *out), (t, separator, out))                                 \
    X(kn_status, date_parse, (kn_text text, kn_date * out, kn_error * error), (text, out, error))                      \
    X(kn_status, time_parse, (kn_text text, kn_time * out, kn_error * error), (text, out, error))                      \
    X(kn_status, datetime_parse, (kn_text text, kn_datetime * out, kn_error * error), (text, out, error))              \
    X(kn_status, instant_parse, (kn_text text, kn_instant * out, kn_error * error), (text, out, error))                \
    X(size_t, utf8_length, (kn_text text), (text))                                                                     \
    X(const char *, type_name, (kn_type_id id), (id))                                                                  \
    X(kn_status, type_print, (const kn_type *type, char *out, size_t size, kn_error *error), (type, out, size, error)) \
    X(const char *, kind_name, (kn_kind kind), (kind))                                                                 \
    X(kn_status, sql_text, (kn_sql * sql, const char *text), (sql, text))                                              \
    X(kn_status, sql_bytes, (kn_sql * sql, const char *data, size_t size), (sql, data, size))                          \
    X(kn_status, sql_name, (kn_sql * sql, const char *name), (sql, name))                                              \
    X(kn_status, sql_table, (kn_sql * sql, kn_ddl_name name), (sql, name))                                             \
    X(kn_status, sql_string, (kn_sql * sql, kn_text text), (sql, text))                                                \
    X(kn_status, sql_node, (kn_sql * sql, const kn_node *node), (sql, node))                                           \
    X(kn_status, sql_super, (kn_sql * sql, const kn_dialect *self, const kn_node *node), (sql, self, node))            \
    X(kn_status, sql_operand, (kn_sql * sql, const kn_expr *operand, int strength), (sql, operand, strength))          \
    X(kn_status, sql_list, (kn_sql * sql, const kn_expr *const *list, const char *separator), (sql, list, separator))  \
    X(kn_status, sql_type, (kn_sql * sql, const kn_type *type), (sql, type))                                           \
    X(kn_status, sql_literal, (kn_sql * sql, const kn_type *type, const kn_value *value), (sql, type, value))          \
    X(kn_status, sql_refuse, (kn_sql * sql, const char *feature), (sql, feature))                                      \
    X(bool, sql_has, (const kn_sql *sql, kn_feature feature), (sql, feature))                                          \
    X(bool, sql_in_ddl, (const kn_sql *sql), (sql))                                                                    \
    X(kn_error *, sql_error, (kn_sql * sql), (sql))                                                                    \
    X(const kn_type *, expr_type, (const kn_sql *sql, const kn_expr *e), (sql, e))                                     \
    X(kn_status, sql_bind, (kn_sql * sql, const kn_expr *operand, uint32_t change), (sql, operand, change))            \
    X(kn_status, sql_default, (kn_sql * sql, const kn_ddl_column *column), (sql, column))                              \
    X(kn_status, sql_comment, (kn_sql * sql, const char *label, kn_text text), (sql, label, text))                     \
    X(kn_status, sql_type_comment, (kn_sql * sql, const kn_type *type), (sql, type))                                   \
    X(const char *, sql_product, (const kn_sql *sql), (sql))                                                           \
    X(kn_status, sql_op, (kn_sql * sql, uint32_t op), (sql, op))                                                       \
    X(kn_status, sql_column_comment,                                                                                   \
      (kn_sql * sql, const char *before, const char *text, const kn_type *type, uint32_t most),                        \
      (sql, before, text, type, most))

struct kn_host {
    size_t size_;
    uint32_t abi;
    uint32_t zero_;
    const char *version;
    kn_status (*error_set)(kn_error *error, kn_status status, const char *format, ...) KN_PRINTF(3, 4);
#define KN_X(type, name, parameters, arguments) type(*name) parameters;
#define KN_V(name, parameters, arguments) void(*name) parameters;
    KN_HOST_MAP(KN_X, KN_V)
#undef KN_X
#undef KN_V
};

#ifdef KN_PLUGIN_NAME
#define KN_PLUGIN_JOIN2_(a, b) a##b
#define KN_PLUGIN_JOIN_(a, b) KN_PLUGIN_JOIN2_(a, b)
/* The host's table as this plugin got it. */
#define KN_PLUGIN_HOST KN_PLUGIN_JOIN_(kn_host_of_, KN_PLUGIN_NAME)
extern __attribute__((visibility("hidden"))) const kn_host *KN_PLUGIN_HOST;

#define knp_error_set(error, status, ...) (KN_PLUGIN_HOST->error_set((error), (status), __VA_ARGS__))
#define KN_X(type, name, parameters, arguments)                                                                        \
    static inline type knp_##name parameters                                                                           \
    {                                                                                                                  \
        return KN_PLUGIN_HOST->name arguments;                                                                         \
    }
#define KN_V(name, parameters, arguments)                                                                              \
    static inline void knp_##name parameters                                                                           \
    {                                                                                                                  \
        KN_PLUGIN_HOST->name arguments;                                                                                \
    }
KN_HOST_MAP(KN_X, KN_V)
#undef KN_X
#undef KN_V

/* What a decoder says of a cell whose kind does not belong to the type, and of one outside the type's domain. */
static inline kn_status knp_refuse_stored_kind(const kn_type *type, const kn_value *in, kn_error *error)
{
    return knp_error_set(error, KN_TYPE_MISMATCH, "%s found where the column's type is %s",
                         knp_kind_name((kn_kind)in->kind), knp_type_name((kn_type_id)type->id));
}
static inline kn_status knp_refuse_stored_range(const kn_type *type, kn_error *error)
{
    return knp_error_set(error, KN_OUT_OF_RANGE, "a stored value outside the range of %s",
                         knp_type_name((kn_type_id)type->id));
}

#ifdef KN_PLUGIN_STATIC
#define KN_PLUGIN_ENTRY KN_PLUGIN_JOIN_(koine_plugin_, KN_PLUGIN_NAME)
#define KN_PLUGIN_NOTE_
#else
#define KN_PLUGIN_ENTRY koine_plugin
/* An ELF note: name "Koine", type 1, one word: the ABI. */
#define KN_PLUGIN_NOTE_                                                                                                \
    __attribute__((section(".note.koine"), used, aligned(4))) static const struct {                                    \
        uint32_t name_size, size, type;                                                                                \
        char name[8];                                                                                                  \
        uint32_t abi;                                                                                                  \
    } koine_note_ = {6, 4, 1, "Koine", KN_PLUGIN_ABI};
#endif

#ifndef __cplusplus
/* clang-format off */
#define KN_PLUGIN_LIST(...) {__VA_ARGS__, NULL}
/* clang-format on */
/* KN_PLUGIN_DEFINE(.name = ..., .version = ..., .dialects = list, .drivers = list) where the lists are static
 * arrays. */
#define KN_PLUGIN_DEFINE(...)                                                                                          \
    const kn_host *KN_PLUGIN_HOST;                                                                                     \
    KN_PLUGIN_NOTE_                                                                                                    \
    KN_API const kn_plugin *KN_PLUGIN_ENTRY(const kn_host *host);                                                      \
    const kn_plugin *KN_PLUGIN_ENTRY(const kn_host *host)                                                              \
    {                                                                                                                  \
        static const kn_plugin plugin = {                                                                              \
            .magic = KN_PLUGIN_MAGIC, .abi = KN_PLUGIN_ABI, .size_ = sizeof(kn_plugin), __VA_ARGS__};                  \
        if (KN_PLUGIN_HOST != host) /* a second registry: others may be reading */                                     \
            KN_PLUGIN_HOST = host;                                                                                     \
        return &plugin;                                                                                                \
    }                                                                                                                  \
    _Static_assert(KN_PLUGIN_ABI == 1, "raise the note with the ABI")
#endif
#endif

KN_END_DECLS
#endif
