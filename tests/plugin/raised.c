/* SPDX-License-Identifier: MIT */
/* Looks for the driver "good". Exit status: 0 found, 2 not found because privileges are raised, 3 privileges are not
 * raised and it is not found, 1 anything else. */
#include <koine/registry.h>

#include <stdio.h>
#include <string.h>

/* The leak sanitizer stops a process that others may not trace, as one with raised privileges. */
KN_API int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

int main(void)
{
    kn_error error = {0};
    kn_registry *registry = NULL;
    if (kn_registry_create(NULL, &registry, &error) != KN_OK)
        return 1;
    kn_status status = kn_registry_require_driver(registry, "good", &error);
    kn_registry_destroy(registry);
    if (status == KN_OK)
        return 0;
    fprintf(stderr, "%s\n", error.message);
    return status != KN_NO_BACKEND ? 1 : strstr(error.message, "raised privileges") ? 2 : 3;
}
