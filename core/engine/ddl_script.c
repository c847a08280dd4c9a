/* SPDX-License-Identifier: MIT */
/* The DDL of a metadata as text, for a dialect by name, without a connection. */
#include <string.h>

#include <koine/schema.h>

#include "plugin/registry.h"
#include "schema/plan.h"
#include "sql/compile.h"

#define STATEMENT_MAX ((size_t)1 << 20)

/* "10.11" and "10.11.6" as kn_server_info has them; false when it is none. */
static bool read_version(const char *text, uint32_t *out)
{
    static const uint32_t weights[] = {10000, 100, 1};
    uint32_t version = 0;
    for (size_t part = 0; part < KN_COUNT_OF(weights); part++) {
        uint32_t n = 0;
        const char *start = text;
        for (; *text >= '0' && *text <= '9' && n < 1000; text++)
            n = n * 10 + (uint32_t)(*text - '0');
        if (text == start || n > 999 || (part && n > 99))
            return false;
        version += n * weights[part];
        if (*text != '.')
            break;
        text++;
    }
    *out = version;
    return !*text;
}

/* NAME or NAME@VERSION. Without a version: what holds for each that is supported. */
static kn_status find_target(kn_registry *registry, const char *name, kn_arena *arena, kn__target *out, kn_error *error)
{
    const char *at = strchr(name, '@');
    uint32_t version = 0;
    if (at && !read_version(at + 1, &version))
        return kn_error_set(error, KN_INVALID, "'%s': the version after '@' is numbers, as in NAME@10.11", name);
    const char *plain = kn_arena_copy(arena, name, at ? (size_t)(at - name) : strlen(name));
    if (!plain)
        return kn_error_set(error, KN_NOMEM, "out of memory for a DDL script");
    kn_error why = {0};
    const kn__dialect *dialect = kn__registry_dialect(registry, plain, &why);
    if (!dialect) {
        if (error)
            *error = why;
        return (kn_status)why.status;
    }
    kn__target_init(out, dialect, dialect->name, version);
    return KN_OK;
}

typedef kn_status planner(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                          kn_error *error);

/* Everything is rendered before the sink sees the first statement: what cannot be done is not begun. */
static kn_status render_all(const kn__target *target, const kn__ddl_plan *plan, kn_arena *arena, kn_text *out,
                            kn_error *error)
{
    kn__buffer buffer;
    kn_status status = KN_OK;
    kn__buffer_init(&buffer, arena->allocator, STATEMENT_MAX);
    for (size_t i = 0; status == KN_OK && i < plan->n_steps; i++) {
        kn__buffer_clear(&buffer);
        status = kn__render_ddl(target, plan->steps[i].node, &buffer, error);
        if (status == KN_OK)
            status = kn__buffer_copy(&buffer, "a DDL statement", arena, &out[i], error);
    }
    kn__buffer_finish(&buffer);
    return status;
}

static kn_status write_script(kn_registry *registry, const char *dialect, kn_metadata *metadata, planner *make,
                              kn_ddl_sink *sink, void *context, kn_error *error)
{
    kn_arena arena = {0};
    kn__target target;
    kn__ddl_plan plan = {0};
    kn_text *statements = NULL;
    kn_status status = find_target(registry, dialect, &arena, &target, error);
    if (status == KN_OK)
        status = make(metadata, &target, &arena, &plan, error);
    if (status != KN_OK)
        goto done;
    statements = kn_arena_array(&arena, plan.n_steps, sizeof *statements);
    status = statements ? render_all(&target, &plan, &arena, statements, error)
                        : kn_error_set(error, KN_NOMEM, "out of memory for a DDL script");
    for (size_t i = 0; status == KN_OK && i < plan.n_steps; i++)
        status = sink(context, statements[i], error);
done:
    kn_arena_finish(&arena);
    return status;
}

kn_status kn_ddl_create_all(kn_registry *registry, const char *dialect, kn_metadata *metadata, kn_ddl_sink *sink,
                            void *context, kn_error *error)
{
    return write_script(registry, dialect, metadata, kn__plan_create_all, sink, context, error);
}

kn_status kn_ddl_drop_all(kn_registry *registry, const char *dialect, kn_metadata *metadata, kn_ddl_sink *sink,
                          void *context, kn_error *error)
{
    return write_script(registry, dialect, metadata, kn__plan_drop_all, sink, context, error);
}
