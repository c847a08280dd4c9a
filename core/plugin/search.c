/* SPDX-License-Identifier: MIT */
/* Where plugins are looked for, and what is said when they are not found. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "plugin/table.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/writer.h"
#include "plugin/loader.h"
#include "plugin/name.h"

#define PREFIX "koine_"
#define SUFFIX ".so"
#define ENVIRONMENT "KOINE_PLUGIN_PATH"

static kn_status no_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "no memory for a folder or file of plugins");
}

/* In front of the row that *place points to. */
static kn_status insert_folder(kn_registry *registry, kn__folder_row **place, const char *path, size_t size,
                               kn_error *error)
{
    kn__folder_row *row = kn_arena_zalloc(&registry->arena, sizeof *row);
    const char *kept = kn_arena_copy(&registry->arena, path, size);
    if (!row || !kept)
        return no_memory(error);
    *row = (kn__folder_row){.next = *place, .path = kept};
    *place = row;
    return KN_OK;
}

/* A relative folder is skipped: what it means would change with the folder the program happens to run in. */
static kn_status add_environment(kn_registry *registry, kn__folder_row ***end, kn_error *error)
{
    const char *list = getenv(ENVIRONMENT);
    if (!list || !*list)
        return KN_OK;
    registry->environment_ignored = kn__privileges_raised();
    if (registry->environment_ignored)
        return KN_OK;
    for (size_t size = 0;; list += size + 1) {
        size = strcspn(list, ":");
        if (*list == '/') {
            kn_status status = insert_folder(registry, *end, list, size, error);
            if (status != KN_OK)
                return status;
            *end = &(**end)->next;
        }
        if (!list[size])
            return KN_OK;
    }
}

kn_status kn__registry_init_folders(kn_registry *registry, kn_error *error)
{
    kn__folder_row **end = &registry->folders;
    kn_status status = add_environment(registry, &end, error);
    return status == KN_OK ? insert_folder(registry, end, KOINE_PLUGIN_DIR, strlen(KOINE_PLUGIN_DIR), error) : status;
}

kn_status kn__registry_add_folder(kn_registry *registry, const char *path, kn_error *error)
{
    char real[PATH_MAX];
    struct stat found;
    kn__folder_row **place = &registry->folders;
    if (!realpath(path, real) || stat(real, &found) != 0 || !S_ISDIR(found.st_mode))
        return kn_error_set(error, KN_INVALID, "%s: no such folder to search for plugins", path);
    for (size_t i = 0; i < registry->n_own_folders; i++)
        place = &(*place)->next;
    kn_status status = insert_folder(registry, place, real, strlen(real), error);
    if (status == KN_OK)
        registry->n_own_folders++;
    return status;
}

static kn__refused_row *refusal(const kn_registry *registry, const char *path)
{
    kn__refused_row *row = registry->refused;
    while (row && strcmp(row->path, path) != 0)
        row = row->next;
    return row;
}

/* One row a path, however often it is tried. */
static kn_status keep_refusal(kn_registry *registry, const char *path, const char *reason, kn_error *error)
{
    kn__refused_row *row = refusal(registry, path), **end = &registry->refused;
    if (!row) {
        row = kn_arena_zalloc(&registry->arena, sizeof *row);
        const char *kept = kn_arena_copy(&registry->arena, path, strlen(path));
        if (!row || !kept)
            return no_memory(error);
        row->path = kept;
        while (*end)
            end = &(*end)->next;
        *end = row;
    }
    snprintf(row->reason, sizeof row->reason, "%s", reason);
    return KN_OK;
}

kn_status kn__registry_load_file(kn_registry *registry, const char *path, kn_error *error)
{
    kn__plugin_file file;
    kn_error why = {0};
    kn_status status = kn__plugin_load(path, &file, &why);
    if (status == KN_OK) {
        status = kn__registry_enter(registry, file.entry, file.path, &why);
        if (status != KN_OK)
            kn_error_prefix(&why, "%s", path);
    }
    if (status == KN_OK) {
        kn__refused_row *row = refusal(registry, path);
        if (row)
            row->reason[0] = '\0';
        return KN_OK;
    }
    if (status != KN_NOMEM && keep_refusal(registry, path, why.message, &why) != KN_OK)
        status = KN_NOMEM;
    if (error)
        *error = why;
    return status;
}

/* FOLDER/koine_NAME.so; false when that is longer than any path. */
static bool file_path(char out[static PATH_MAX], const char *folder, const char *name)
{
    int size = snprintf(out, PATH_MAX, "%s/" PREFIX "%s" SUFFIX, folder, name);
    return size > 0 && size < PATH_MAX;
}

/* Also a link to nowhere is there: it is refused with that reason instead of being passed over. */
static bool is_there(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0;
}

/* NAME of koine_NAME.so, or false. */
static bool plugin_name(const char *file, char out[static KN__NAME_MAX + 1])
{
    size_t size = strlen(file), around = strlen(PREFIX) + strlen(SUFFIX);
    if (size <= around || size - around > KN__NAME_MAX || strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
        strcmp(file + size - strlen(SUFFIX), SUFFIX) != 0)
        return false;
    memcpy(out, file + strlen(PREFIX), size - around);
    out[size - around] = '\0';
    return kn__name_valid(out);
}

/* The first name after `name` ("" = the very first) for which the folder has a file, in order of the alphabet: no
 * memory is needed, and folders are short. */
static bool next_name(const char *folder, char name[static KN__NAME_MAX + 1])
{
    char found[KN__NAME_MAX + 1] = "", best[KN__NAME_MAX + 1] = "";
    DIR *entries = opendir(folder);
    if (!entries)
        return false;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (plugin_name(entry->d_name, found) && strcmp(found, name) > 0 && (!*best || strcmp(found, best) < 0))
            memcpy(best, found, sizeof best);
    }
    closedir(entries);
    memcpy(name, best, sizeof best);
    return *best != '\0';
}

static void tell_refused(const kn_registry *registry, kn__sort sort, const char *name, kn__writer *text)
{
    char path[PATH_MAX];
    for (const kn__folder_row *folder = registry->folders; folder; folder = folder->next) {
        if (!file_path(path, folder->path, name) || !is_there(path))
            continue;
        const kn__refused_row *row = refusal(registry, path);
        kn__writer_string(text, "; refused: ");
        kn__writer_string(text, row && row->reason[0] ? row->reason : path);
        if (row && row->reason[0])
            continue;
        kn__writer_string(text, " has no ");
        kn__writer_string(text, kn__sort_name(sort));
        kn__writer_string(text, " of this name");
    }
}

static void tell_searched(const kn_registry *registry, const char *name, kn__writer *text)
{
    char path[PATH_MAX];
    const char *before = "; not in ";
    for (const kn__folder_row *folder = registry->folders; folder; folder = folder->next) {
        if (file_path(path, folder->path, name) && is_there(path))
            continue;
        kn__writer_string(text, before);
        kn__writer_string(text, folder->path);
        before = ", ";
    }
}

static void tell_others(const kn_registry *registry, kn__sort sort, kn__writer *text)
{
    const char *before = sort == KN__SORT_DIALECT ? "; known dialects: " : "; known drivers: ";
    for (const kn__dialect_row *row = registry->dialects; row && sort == KN__SORT_DIALECT; row = row->next) {
        kn__writer_string(text, before);
        kn__writer_string(text, row->copy.name);
        before = ", ";
    }
    for (const kn__driver_row *row = registry->drivers; row && sort == KN__SORT_DRIVER; row = row->next) {
        kn__writer_string(text, before);
        kn__writer_string(text, row->driver.call.name);
        before = ", ";
    }
    before = "; plugins there: ";
    for (const kn__folder_row *folder = registry->folders; folder; folder = folder->next) {
        for (char name[KN__NAME_MAX + 1] = ""; next_name(folder->path, name); before = ", ") {
            kn__writer_string(text, before);
            kn__writer_string(text, name);
        }
    }
}

/* What helps first, since a long message is cut at its end. */
static kn_status tell(const kn_registry *registry, kn__sort sort, const char *name, kn_error *error)
{
    char list[sizeof((kn_error *)0)->message];
    kn__writer text = kn__writer_of(list, sizeof list);
    tell_refused(registry, sort, name, &text);
    tell_searched(registry, name, &text);
    tell_others(registry, sort, &text);
    kn__writer_end(&text);
    return kn_error_set(error, KN_NO_BACKEND,
                        "no %s '%s': it is neither linked in nor found as " PREFIX "%s" SUFFIX "; " ENVIRONMENT
                        " names folders to search%s%s",
                        kn__sort_name(sort), name, name,
                        registry->environment_ignored ? " (ignored now: this process has raised privileges)" : "",
                        list);
}

/* Loads a file as part of a search: that it was refused is kept, but only a lack of memory is an error. */
static kn_status try_file(kn_registry *registry, const char *path, kn_error *error)
{
    kn_error why = {0};
    if (kn__registry_load_file(registry, path, &why) != KN_NOMEM)
        return KN_OK;
    return kn_error_set(error, KN_NOMEM, "%s", why.message);
}

kn_status kn__registry_find(kn_registry *registry, kn__sort sort, const char *name, kn_error *error)
{
    char path[PATH_MAX];
    for (const kn__folder_row *folder = registry->folders; folder; folder = folder->next) {
        if (!file_path(path, folder->path, name) || !is_there(path))
            continue;
        kn_status status = try_file(registry, path, error);
        if (status != KN_OK || kn__registry_has(registry, sort, name))
            return status;
    }
    return tell(registry, sort, name, error);
}

kn_status kn__registry_scan(kn_registry *registry, kn_error *error)
{
    char path[PATH_MAX];
    for (const kn__folder_row *folder = registry->folders; folder; folder = folder->next) {
        for (char name[KN__NAME_MAX + 1] = ""; next_name(folder->path, name);) {
            kn_status status = file_path(path, folder->path, name) ? try_file(registry, path, error) : KN_OK;
            if (status != KN_OK)
                return status;
        }
    }
    return KN_OK;
}
