/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <assert.h>
#include <string.h>

#include "engine/connection.h"
#include "plugin/registry.h"

#define SHOWN_URL_MAX 1024

/* The defaults of koine/engine.h. */
static void fill_defaults(kn_engine_options *options)
{
    if (!options->allocator)
        options->allocator = kn_allocator_default();
    if (!options->pool_max)
        options->pool_max = 5;
    if (!options->pool_wait_ms)
        options->pool_wait_ms = 30000;
    if (!options->pool_idle_check_s)
        options->pool_idle_check_s = 30;
    if (!options->statement_cache)
        options->statement_cache = 128;
    if (options->statement_cache == UINT32_MAX)
        options->statement_cache = 0;
    if (!options->connect_timeout_ms)
        options->connect_timeout_ms = 30000;
    options->size_ = sizeof(*options);
}

/* The members that the struct ever had: less was never filled in. */
#define OPTIONS_MIN (offsetof(kn_engine_options, trace_context) + sizeof(void *))

static kn_status copy_options(kn_engine_options *out, const kn_engine_options *given, kn_error *error)
{
    *out = (kn_engine_options){.size_ = 0};
    if (given && given->size_ < OPTIONS_MIN)
        return kn_error_set(error, KN_INVALID,
                            "the options' size_ is %zu: KN_ENGINE_OPTIONS(...) fills it in, or set it to sizeof",
                            given->size_);
    if (given)
        memcpy(out, given, given->size_ < sizeof(*out) ? given->size_ : sizeof(*out));
    fill_defaults(out);
    return KN_OK;
}

static kn_status find_backend(kn_engine *engine, kn_error *error)
{
    kn_status status = KN_OK;

    if (!engine->options.registry) {
        status = kn_registry_create(engine->allocator, &engine->registry, error);
        engine->owns_registry = true;
    } else {
        engine->registry = engine->options.registry;
    }
    if (status != KN_OK)
        return status;
    engine->dialect = kn__registry_dialect(engine->registry, engine->url->dialect, error);
    if (!engine->dialect)
        return (kn_status)error->status;
    return KN_OK;
}

static kn_status find_driver(kn_engine *engine, kn_error *error)
{
    const char *name = engine->url->driver ? engine->url->driver : engine->dialect->desc->driver;
    const kn__driver *driver;

    if (!name)
        return kn_error_set(error, KN_NO_BACKEND, "dialect '%s' has no default driver; write %s+DRIVER://...",
                            engine->dialect->name, engine->dialect->name);
    driver = kn__registry_driver(engine->registry, name, error);
    if (!driver)
        return (kn_status)error->status;
    engine->driver = &driver->call;
    engine->can_cancel = driver->can_cancel;
    engine->can_bulk = driver->can_bulk;
    return KN_OK;
}

/* Names of the options that may be shown, ended by NULL. */
static kn_status public_options(kn_engine *engine, const char *const **out, kn_error *error)
{
    size_t n = 0, shown = 0;
    const char **names;

    while (engine->driver->options && engine->driver->options[n].name)
        n++;
    names = kn_arena_array(&engine->arena, n + 1, sizeof(*names));
    if (!names)
        return kn_error_set(error, KN_NOMEM, "out of memory for an engine");
    for (size_t i = 0; i < n; i++)
        if (!engine->driver->options[i].secret)
            names[shown++] = engine->driver->options[i].name;
    *out = names;
    return KN_OK;
}

static kn_status show_url(kn_engine *engine, kn_error *error)
{
    const char *const *names = NULL;
    kn_status status = public_options(engine, &names, error);

    if (status != KN_OK)
        return status;
    engine->shown_url = kn_arena_alloc(&engine->arena, SHOWN_URL_MAX);
    if (!engine->shown_url)
        return kn_error_set(error, KN_NOMEM, "out of memory for an engine");
    kn_url_print(engine->url, names, engine->shown_url, SHOWN_URL_MAX);
    return KN_OK;
}

static kn_status fill_engine(kn_engine *engine, const char *url, kn_error *error)
{
    kn_status status = kn_url_parse(url, engine->allocator, &engine->url, error);

    if (status == KN_OK)
        status = find_backend(engine, error);
    if (status == KN_OK)
        status = find_driver(engine, error);
    if (status == KN_OK)
        status = kn__options_read(engine->url, engine->driver, &engine->arena, &engine->option_values, error);
    if (status == KN_OK)
        status = show_url(engine, error);
    if (status == KN_OK && engine->driver->single(engine->url))
        engine->options.pool_max = 1;
    return status;
}

static void free_engine(kn_engine *engine)
{
    if (engine->owns_registry)
        kn_registry_destroy(engine->registry);
    kn_url_destroy(engine->url);
    kn_arena_finish(&engine->arena);
    kn__fork_mark_finish(&engine->fork);
    engine->allocator->resize(engine->allocator->context, engine, sizeof(*engine), 0);
}

static kn_status init_locks(kn_engine *engine, kn_error *error)
{
    kn_status status = kn__pool_init(&engine->pool, engine->options.pool_max, error);

    if (status != KN_OK)
        return status;
    status = kn__shape_cache_init(&engine->shapes, engine->allocator, error);
    if (status != KN_OK)
        pthread_mutex_destroy(&engine->pool.mutex);
    else if (pthread_mutex_init(&engine->target_mutex, NULL) != 0) {
        kn__shape_cache_finish(&engine->shapes);
        pthread_mutex_destroy(&engine->pool.mutex);
        status = kn_error_set(error, KN_NOMEM, "cannot make a mutex");
    }
    return status;
}

kn_status kn_engine_create(const char *url, const kn_engine_options *options, kn_engine **out, kn_error *error)
{
    kn_engine_options filled;
    kn_engine *engine;
    kn_error local = {0};
    kn_status status;

    *out = NULL;
    error = error ? error : &local; /* the registry's status is only there */
    if (!url)
        return kn_error_set(error, KN_INVALID, "no URL");
    status = copy_options(&filled, options, error);
    if (status != KN_OK)
        return status;
    engine = filled.allocator->resize(filled.allocator->context, NULL, 0, sizeof(*engine));
    if (!engine)
        return kn_error_set(error, KN_NOMEM, "out of memory for an engine");
    memset(engine, 0, sizeof(*engine));
    engine->allocator = filled.allocator;
    engine->options = filled;
    kn_arena_init(&engine->arena, engine->allocator, 0);
    kn__fork_mark_init(&engine->fork);
    status = fill_engine(engine, url, error);
    if (status == KN_OK)
        status = init_locks(engine, error);
    if (status != KN_OK)
        free_engine(engine);
    else
        *out = engine;
    return status;
}

void kn_engine_destroy(kn_engine *engine)
{
    bool in_use;

    if (!engine)
        return;
    kn_engine_close_idle(engine);
    in_use = kn__same_process(&engine->fork) && engine->pool.open != 0;
    assert(!in_use && "kn_engine_destroy: every connection must be released first");
    if (in_use)
        return;
    kn__shape_cache_finish(&engine->shapes);
    kn__pool_finish(engine);
    pthread_mutex_destroy(&engine->target_mutex);
    free_engine(engine);
}

const char *kn_engine_url(const kn_engine *engine)
{
    return engine->shown_url;
}

const char *kn_engine_dialect(const kn_engine *engine)
{
    kn_engine *mutable_engine = (kn_engine *)(uintptr_t)engine;
    const char *name;

    if (!kn__same_process(&engine->fork))
        kn__engine_start_over(mutable_engine);
    pthread_mutex_lock(&mutable_engine->target_mutex);
    name = engine->dialect->name;
    pthread_mutex_unlock(&mutable_engine->target_mutex);
    return name;
}

const char *kn_engine_driver(const kn_engine *engine)
{
    return engine->driver->name;
}
