/* SPDX-License-Identifier: MIT */
/* dlopen gets the path and not /proc/self/fd/N of the file that was examined: the C library knows loaded objects by
 * name, so a number that is used again gives back the wrong plugin; $ORIGIN and debuggers need the path, too. What
 * could be swapped in between is in the hands of those who own the folder and the program itself: check_access refuses
 * everyone else. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <koine/plugin/plugin.h>

#include "plugin/elf.h"

/* strerror speaks the language of the locale, and is not safe with threads. */
static kn_status refuse_errno(const char *verb, kn_error *error)
{
    static const struct {
        int number;
        const char *text;
    } texts[] = {
        {ENOENT, "there is no such file, or it is a symbolic link to nowhere"},
        {ENOTDIR, "a part of the path is no folder"},
        {EACCES, "permission denied"},
        {ELOOP, "symbolic links in a circle"},
        {ENAMETOOLONG, "the path is too long"},
        {EMFILE, "too many open files in this process"},
        {ENFILE, "too many open files in this system"},
    };
    int number = errno;
    for (size_t i = 0; i < KN_COUNT_OF(texts); i++) {
        if (texts[i].number == number)
            return kn_error_set(error, KN_PLUGIN, "%s", texts[i].text);
    }
    return kn_error_set(error, KN_PLUGIN, "%s: errno %d", verb, number);
}

/* Root, this user, or the owner of the program that runs: each of them decides already what code runs here. */
static bool is_trusted(uid_t uid)
{
    struct stat program;
    return uid == 0 || uid == geteuid() || (stat("/proc/self/exe", &program) == 0 && program.st_uid == uid);
}

static kn_status check_access(const struct stat *file, const char *what, kn_error *error)
{
    if (file->st_mode & S_IWOTH)
        return kn_error_set(error, KN_PLUGIN, "%s can be written by everyone (mode %03o): chmod o-w", what,
                            (unsigned)(file->st_mode & 0777));
    if ((file->st_mode & S_IWGRP) && file->st_gid != 0 && file->st_gid != getegid())
        return kn_error_set(error, KN_PLUGIN, "%s can be written by another group (%u, mode %03o): chmod g-w", what,
                            (unsigned)file->st_gid, (unsigned)(file->st_mode & 0777));
    if (!is_trusted(file->st_uid))
        return kn_error_set(
            error, KN_PLUGIN,
            "%s belongs to user %u, who is neither root, nor the one who runs this program, nor its owner", what,
            (unsigned)file->st_uid);
    return KN_OK;
}

static kn_status check_kind(const struct stat *file, kn_error *error)
{
    if (S_ISREG(file->st_mode))
        return KN_OK;
    const char *kind = S_ISDIR(file->st_mode) ? "a folder" : S_ISFIFO(file->st_mode) ? "a pipe" : "a device or socket";
    return kn_error_set(error, KN_PLUGIN, "%s, not a file", kind);
}

/* Only of the folder that holds the file: who owns those above was trusted when the path was named. */
static kn_status check_folder(const char *path, kn_error *error)
{
    char folder[PATH_MAX];
    struct stat found;
    size_t size = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, size);
    memcpy(folder + size, size ? "" : "/", size ? 1 : 2);
    if (stat(folder, &found) != 0)
        return refuse_errno("its folder cannot be examined", error);
    return check_access(&found, "its folder", error);
}

static kn_status check_file(const char *path, kn_error *error)
{
    struct stat found;
    /* neither wait for the writer of a pipe nor take a terminal */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse_errno("cannot be opened", error);
    kn_status status = fstat(fd, &found) == 0 ? check_kind(&found, error) : refuse_errno("cannot be examined", error);
    if (status == KN_OK)
        status = check_folder(path, error);
    if (status == KN_OK)
        status = check_access(&found, "the file", error);
    if (status == KN_OK)
        status = kn__elf_check(fd, (uint64_t)found.st_size, error);
    close(fd);
    return status;
}

static kn_status open_entry(kn__plugin_file *file, kn_error *error)
{
    void *handle = dlopen(file->path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        return kn_error_set(error, KN_PLUGIN, "the system cannot load it: %s", reason ? reason : "no reason given");
    }
    void *symbol = dlsym(handle, "koine_plugin");
    if (!symbol)
        return kn_error_set(error, KN_PLUGIN, "koine_plugin is not found after loading");
    /* POSIX: a void * from dlsym holds a function pointer; C has no cast for it */
    _Static_assert(sizeof symbol == sizeof file->entry, "function and object pointers have one size");
    memcpy(&file->entry, &symbol, sizeof symbol);
    return KN_OK;
}

kn_status kn__plugin_load(const char *path, kn__plugin_file *out, kn_error *error)
{
    kn_status status = realpath(path, out->path) ? KN_OK : refuse_errno("cannot be resolved", error);
    if (status == KN_OK)
        status = check_file(out->path, error);
    if (status == KN_OK)
        status = open_entry(out, error);
    if (status != KN_OK)
        kn_error_prefix(error, "%s", path);
    return status;
}

static kn_status check_descriptor(const kn_plugin *plugin, kn_error *error)
{
    if (!plugin)
        return kn_error_set(error, KN_PLUGIN, "its entry function returns NULL: the plugin refuses this host");
    if (plugin->magic != KN_PLUGIN_MAGIC)
        return kn_error_set(error, KN_PLUGIN,
                            "what its entry function returns is no descriptor of a plugin (magic %08x)",
                            (unsigned)plugin->magic);
    if (plugin->abi != KN_PLUGIN_ABI)
        return kn_error_set(error, KN_ABI, "its descriptor has plugin ABI %u, this library has %u",
                            (unsigned)plugin->abi, (unsigned)KN_PLUGIN_ABI);
    if (plugin->size_ < offsetof(kn_plugin, name) + sizeof plugin->name)
        return kn_error_set(error, KN_INCOMPLETE, "its descriptor of %zu bytes has no room for a name", plugin->size_);
    return KN_OK;
}

kn_status kn__plugin_enter(kn_plugin_entry *entry, const kn_plugin **plugin, kn_plugin *copy, kn_error *error)
{
    /* entries write the plugin's host pointer, and registries do not know of each other */
    static pthread_mutex_t entering = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&entering);
    *plugin = entry(&kn__host);
    pthread_mutex_unlock(&entering);
    kn_status status = check_descriptor(*plugin, error);
    if (status != KN_OK)
        return status;
    *copy = (kn_plugin){0};
    memcpy(copy, *plugin, (*plugin)->size_ < sizeof *copy ? (*plugin)->size_ : sizeof *copy);
    return KN_OK;
}

bool kn__privileges_raised(void)
{
    return getauxval(AT_SECURE) != 0 || getuid() != geteuid() || getgid() != getegid();
}
