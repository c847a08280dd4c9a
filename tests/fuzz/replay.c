/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over every file of the folders it is given: the committed corpus is a test in every build. */
#include "support/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    bool ok = false;
    struct stat info;

    if (!file || fstat(fileno(file), &info) != 0)
        goto done;
    /* exactly as long as the file, so that a sanitizer sees a read past its end */
    data = malloc(info.st_size ? (size_t)info.st_size : 1);
    ok = data && fread(data, 1, (size_t)info.st_size, file) == (size_t)info.st_size;
    if (ok)
        (void)LLVMFuzzerTestOneInput(data, (size_t)info.st_size);
done:
    if (!ok)
        fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    if (file)
        (void)fclose(file);
    return ok;
}

/* The number of files replayed, negative when one could not be read. */
static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;

    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && count >= 0; entry = readdir(dir)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count = replay_file(path) ? count + 1 : -1;
    }
    if (dir)
        (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;

    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        printf("%s: %d\n", argv[i], count);
        failed |= count <= 0;
    }
    return failed;
}
