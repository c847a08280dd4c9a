/* SPDX-License-Identifier: MIT */
/* A folder for one test, and files in it. */
#ifndef KOINE_TESTS_PLUGIN_FILES_H
#define KOINE_TESTS_PLUGIN_FILES_H

#include "support/failing_allocator.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE(name) MODULES_DIR "/koine_" name ".so"

typedef struct folder {
    char path[64];
    char file[128]; /* the last one named */
} folder;

static inline int make_folder(void **state)
{
    static folder made;
    snprintf(made.path, sizeof made.path, "/tmp/koine_plugin_XXXXXX");
    assert_non_null(mkdtemp(made.path));
    *state = &made;
    return 0;
}

static inline int drop_folder(void **state)
{
    folder *f = *state;
    DIR *entries = opendir(f->path);
    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries));) {
        snprintf(f->file, sizeof f->file, "%s/%.60s", f->path, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(f->file) != 0)
            assert_int_equal(rmdir(f->file), 0);
    }
    closedir(entries);
    assert_int_equal(rmdir(f->path), 0);
    return 0;
}

static inline const char *file_in(folder *f, const char *name)
{
    snprintf(f->file, sizeof f->file, "%s/%s", f->path, name);
    return f->file;
}

/* The whole file; the caller frees it. */
static inline char *read_whole(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    *size = (size_t)ftell(in);
    rewind(in);
    char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, in), *size);
    fclose(in);
    return data;
}

static inline void write_whole(const char *path, const void *data, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static inline void copy_file(const char *from, const char *to, mode_t mode)
{
    size_t size = 0;
    char *data = read_whole(from, &size);
    write_whole(to, data, size, mode);
    free(data);
}

#endif
