/* SPDX-License-Identifier: MIT */
/* A program that knows only the public calls, linked with libkoine.a and with libkoine.so: the same plugins load in
 * both. */
#include <koine/registry.h>

#include <stdio.h>
#include <string.h>

static kn_status count(void *context, const kn_registry_item *item)
{
    size_t *found = context;
    *found +=
        (item->dialect && strcmp(item->dialect, "good") == 0) || (item->driver && strcmp(item->driver, "good") == 0);
    return KN_OK;
}

static kn_status run(kn_registry *registry, kn_error *error)
{
    size_t found = 0;
    kn_status status = kn_registry_search(registry, MODULES_DIR, error);
    if (status == KN_OK)
        status = kn_registry_require_dialect(registry, "derived", error);
    if (status == KN_OK)
        status = kn_registry_require_driver(registry, "good", error);
    if (status == KN_OK)
        status = kn_registry_load(registry, MODULES_DIR "/koine_calls.so", error);
    if (status == KN_OK)
        status = kn_registry_each(registry, false, count, &found, error);
    return status == KN_OK && found != 2 ? kn_error_set(error, KN_NOT_FOUND, "%zu of 2 rows", found) : status;
}

int main(void)
{
    kn_error error = {0};
    kn_registry *registry = NULL;
    kn_status status = kn_registry_create(NULL, &registry, &error);
    if (status == KN_OK)
        status = run(registry, &error);
    if (status != KN_OK)
        fprintf(stderr, "%s: %s\n", kn_status_name(status), error.message);
    kn_registry_destroy(registry);
    return status == KN_OK ? 0 : 1;
}
