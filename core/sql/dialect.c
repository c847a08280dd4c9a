/* SPDX-License-Identifier: MIT */
#include "sql/dialect.h"
#include "type/storage.h"

#include <string.h>

/* The members that every dialect ever had. */
#define SIZE_MIN (offsetof(kn_dialect, check_name) + sizeof(((kn_dialect *)0)->check_name))

static kn_status refuse(const kn_dialect *desc, kn_status status, const char *what, kn_error *error)
{
    return kn_error_set(error, status, "dialect '%s': %s", desc->name ? desc->name : "?", what);
}

static kn_status check_quote(const kn_dialect *desc, kn_error *error)
{
    uint32_t q = desc->quote;
    bool is_alnum = (q >= '0' && q <= '9') || (q >= 'A' && q <= 'Z') || (q >= 'a' && q <= 'z') || q == '_';
    if (q && (q <= ' ' || q > '~' || is_alnum))
        return refuse(desc, KN_INVALID, "quote is not a punctuation character of ASCII", error);
    if (desc->placeholder > KN_PLACEHOLDER_DOLLAR)
        return refuse(desc, KN_INVALID, "unknown kind of placeholder", error);
    if (desc->limits.name_unit > KN_NAME_UTF16)
        return refuse(desc, KN_INVALID, "unknown unit of limits.name_max", error);
    return KN_OK;
}

/* Sorted, so that a word that nobody finds does not go unnoticed. */
static kn_status check_reserved(const kn_dialect *desc, kn_error *error)
{
    const char *const *w = desc->reserved;
    for (; w && *w; w++) {
        for (const char *c = *w; *c; c++) {
            if (*c >= 'A' && *c <= 'Z')
                return kn_error_set(error, KN_INVALID, "dialect '%s': reserved word %s is not in lower case",
                                    desc->name, *w);
        }
        if (w[1] && strcmp(w[0], w[1]) >= 0)
            return kn_error_set(error, KN_INVALID, "dialect '%s': reserved words %s and %s are not in order",
                                desc->name, w[0], w[1]);
    }
    return KN_OK;
}

static void lay_number(uint32_t *under, uint32_t over)
{
    if (over)
        *under = over;
}

static void lay_limits(kn_limits *under, const kn_limits *over)
{
    lay_number(&under->name_max, over->name_max);
    lay_number(&under->name_unit, over->name_unit);
    lay_number(&under->parameters_max, over->parameters_max);
    lay_number(&under->sql_max, over->sql_max);
    lay_number(&under->numeric_precision_max, over->numeric_precision_max);
    lay_number(&under->numeric_scale_max, over->numeric_scale_max);
    lay_number(&under->string_max, over->string_max);
    lay_number(&under->insert_rows, over->insert_rows);
}

static kn_status lay_type(const kn_dialect *desc, const kn_type_rule *rule, kn_type_rule *under, kn_error *error)
{
    const char *name = kn_type_name((kn_type_id)rule->type);
    if (!rule->ddl && !rule->render)
        return kn_error_set(error, KN_INCOMPLETE, "dialect '%s': type %s has neither a name in DDL nor a renderer",
                            desc->name, name);
    if (rule->storage == KN_KIND_UNSET || rule->storage >= KN_KIND_END_)
        return kn_error_set(error, KN_INVALID, "dialect '%s': type %s has no storage kind", desc->name, name);
    *under = *rule;
    if (!rule->encode && !rule->decode && kn__storage_usual(rule->type, rule->storage, &under->encode, &under->decode))
        return KN_OK;
    if (rule->storage != kn_type_kind((kn_type_id)rule->type) && (!rule->encode || !rule->decode))
        return kn_error_set(error, KN_INCOMPLETE,
                            "dialect '%s': type %s is stored as another kind, but has no encoder or no decoder",
                            desc->name, name);
    return KN_OK;
}

static kn_status lay_types(const kn_dialect *desc, kn__dialect *out, kn_error *error)
{
    kn_status status = KN_OK;
    for (const kn_type_rule *rule = desc->types; rule && rule->type && status == KN_OK; rule++) {
        if (rule->type < KN_TYPE_END_)
            status = lay_type(desc, rule, &out->types[rule->type], error);
    }
    return status;
}

static void lay_operators(kn__dialect *out, kn_render_fn *render)
{
    for (size_t i = 0; i < KN_OP_END_; i++)
        out->ops[i] = render;
}

static kn_status lay_nodes(const kn_dialect *desc, kn__dialect *out, kn_error *error)
{
    for (const kn_node_rule *rule = desc->nodes; rule && rule->kind; rule++) {
        if (!rule->render)
            return kn_error_set(error, KN_INCOMPLETE, "dialect '%s': the rule for node kind %u has no renderer",
                                desc->name, rule->kind);
        if (rule->kind != KN_NODE_OP && rule->kind < KN_NODE_END_)
            out->nodes[rule->kind] = rule->render;
        else if (rule->kind == KN_NODE_OP && !rule->op)
            lay_operators(out, rule->render);
        else if (rule->kind == KN_NODE_OP && rule->op < KN_OP_END_)
            out->ops[rule->op] = rule->render;
    }
    return KN_OK;
}

static kn_status lay_catalog(const kn_dialect *desc, kn__dialect *out, kn_error *error)
{
    for (const kn_catalog_rule *rule = desc->catalog; rule && rule->kind; rule++) {
        if (!rule->sql)
            return kn_error_set(error, KN_INCOMPLETE, "dialect '%s': catalog query %u has no text", desc->name,
                                rule->kind);
        if (rule->kind < KN_COUNT_OF(out->catalog))
            out->catalog[rule->kind] = rule->sql;
    }
    return KN_OK;
}

kn_status kn__dialect_flatten(const kn_dialect *desc, const kn__dialect *base, kn__dialect *out, kn_error *error)
{
    kn_dialect own = {0};
    kn_status status;
    if (desc->size_ < SIZE_MIN)
        return kn_error_set(error, KN_INCOMPLETE, "a dialect's descriptor of %zu bytes is shorter than any",
                            desc->size_);
    memcpy(&own, desc, desc->size_ < sizeof(own) ? desc->size_ : sizeof(own));
    if (!own.name || !*own.name)
        return refuse(&own, KN_INVALID, "it has no name", error);
    *out = *base;
    out->desc = desc;
    out->base = base;
    out->own = own;
    out->name = own.name;
    lay_number(&out->quote, own.quote);
    lay_number(&out->placeholder, own.placeholder);
    lay_number(&out->lexis, own.lexis);
    lay_limits(&out->limits, &own.limits);
    out->features = (base->features & ~own.features_off) | own.features;
    status = check_quote(&own, error);
    if (status == KN_OK)
        status = check_reserved(&own, error);
    if (status == KN_OK)
        status = lay_types(&own, out, error);
    if (status == KN_OK)
        status = lay_nodes(&own, out, error);
    return status == KN_OK ? lay_catalog(&own, out, error) : status;
}

static uint64_t apply_rules(const kn_feature_rule *rule, const kn__target *target, uint64_t features)
{
    for (; rule && (rule->version_number || rule->set || rule->clear); rule++) {
        bool holds = !rule->product || (target->product && strcmp(rule->product, target->product) == 0);
        if (holds && target->version_number >= rule->version_number)
            features = (features & ~rule->clear) | rule->set;
    }
    return features;
}

/* The base's rules come before the dialect's own. */
static void apply_all(kn__target *target, const kn__dialect *dialect)
{
    if (dialect->base)
        apply_all(target, dialect->base);
    target->features = apply_rules(dialect->own.feature_rules, target, target->features);
}

void kn__target_init(kn__target *target, const kn__dialect *dialect, const char *product, uint32_t version_number)
{
    *target = (kn__target){
        .dialect = dialect, .product = product, .version_number = version_number, .features = dialect->features};
    apply_all(target, dialect);
}
