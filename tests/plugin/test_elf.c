/* SPDX-License-Identifier: MIT */
/* labels: plugin */
/* The examination itself, on files too damaged to let the system try them: it ends, and stays inside the file. */
#include "files.h"

#include "plugin/elf.h"

static kn_status check(int fd, uint64_t size)
{
    kn_error error = {0};
    kn_status status = kn__elf_check(fd, size, &error);
    assert_int_equal(error.status, status);
    return status;
}

static void test_elf__any_byte_may_be_wrong(void **state)
{
    folder *d = *state;
    size_t whole = 0, refused = 0;
    char *data = read_whole(MODULE("good"), &whole);
    write_whole(file_in(d, "damaged.so"), data, whole, 0644);
    int fd = open(d->file, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(check(fd, whole), KN_OK);
    for (size_t i = 0; i < whole; i++) {
        for (int bit = 0; bit < 2; bit++) {
            char wrong = (char)(data[i] ^ (bit ? 0x01 : 0xFF));
            assert_int_equal(pwrite(fd, &wrong, 1, (off_t)i), 1);
            kn_status status = check(fd, whole);
            assert_true(status == KN_OK || status == KN_PLUGIN || status == KN_ABI);
            refused += status != KN_OK;
        }
        assert_int_equal(pwrite(fd, &data[i], 1, (off_t)i), 1);
    }
    assert_true(refused > 100); /* the headers, the note and the name of the entry are among them */
    assert_int_equal(check(fd, whole), KN_OK);
    close(fd);
    free(data);
}

static void test_elf__a_file_that_shrinks_is_truncated(void **state)
{
    folder *d = *state;
    size_t whole = 0;
    char *data = read_whole(MODULE("good"), &whole);
    write_whole(file_in(d, "shrunk.so"), data, whole, 0644);
    int fd = open(d->file, O_RDWR);
    assert_true(fd >= 0);
    for (size_t size = (whole - 1) / 64 * 64; size > 64; size -= 64) { /* shorter than it was said to be */
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        assert_int_equal(check(fd, whole), KN_PLUGIN);
    }
    close(fd);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_elf__any_byte_may_be_wrong, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_elf__a_file_that_shrinks_is_truncated, make_folder, drop_folder),
    };
    return cmocka_run_group_tests_name("plugin/elf", tests, NULL, NULL);
}
