/* SPDX-License-Identifier: MIT */
/* labels: plugin */
/* Every way in which a file can be no plugin has a message of its own, and the process lives on. */
#define _XOPEN_SOURCE 700
#include "files.h"

#include <elf.h>
#include <limits.h>
#include <link.h>

#include <koine/registry.h>

static const struct {
    const char *module;
    kn_status status;
    const char *reason; /* a part of the message */
} bad_modules[] = {
    {"bad_magic", KN_PLUGIN, "no descriptor of a plugin (magic deadbeef)"},
    {"note_abi", KN_ABI, "built for plugin ABI 2, this library (0.1.0) has 1: a newer library is needed"},
    {"descriptor_abi", KN_ABI, "its descriptor has plugin ABI 7, this library has 1"},
    {"tiny", KN_INCOMPLETE, "16 bytes has no room for a name"},
    {"returns_null", KN_PLUGIN, "its entry function returns NULL"},
    {"no_entry", KN_PLUGIN, "does not export koine_plugin"},
    {"unrelated", KN_PLUGIN, "no plugin of Koine: it has no note"},
    {"unresolved", KN_PLUGIN, "the system cannot load it: "},
    {"unresolved", KN_PLUGIN, "nobody_has_this"},
    {"no_fetch", KN_INCOMPLETE, "plugin 'no_fetch': driver 'no_fetch' has no function 'fetch'"},
    {"half_cancel", KN_INCOMPLETE, "driver 'half_cancel' has no function 'cancel_send'"},
    {"no_kinds", KN_INCOMPLETE, "driver 'no_kinds' says of no kind of value"},
    {"twin", KN_EXISTS, "plugin 'twin': there is a dialect 'good' already"},
    {"twice", KN_EXISTS, "there is a driver 'twice' already"},
    {"ansi", KN_EXISTS, "there is a dialect 'ansi' already"},
    {"misnamed", KN_INVALID, "'Mis-named' cannot name a dialect; a name is a-z"},
    {"nameless", KN_INVALID, "'' cannot name a plugin"},
    {"nothing", KN_INCOMPLETE, "neither a dialect nor a driver"},
};

typedef struct fixture {
    failing_allocator f;
    kn_registry *registry;
} fixture;

static void begin(fixture *x)
{
    kn_error error = {0};
    failing_allocator_init(&x->f, 0, false);
    if (kn_registry_create(&x->f.allocator, &x->registry, &error) != KN_OK)
        fail_msg("%s", error.message);
}

/* The registry still does what it is for, and gives everything back. */
static void end(fixture *x)
{
    kn_error error = {0};
    if (kn_registry_load(x->registry, MODULE("good"), &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(kn_registry_require_driver(x->registry, "good", NULL), KN_OK);
    kn_registry_destroy(x->registry);
    failing_allocator_finish(&x->f);
}

static void assert_refused(fixture *x, const char *path, kn_status expected, const char *reason)
{
    kn_error error = {0};
    kn_status status = kn_registry_load(x->registry, path, &error);
    if (status != expected || error.status != (int32_t)expected || !strstr(error.message, reason))
        fail_msg("%s: %s: %s (not: %s)", path, kn_status_name(status), error.message, reason);
    if (strncmp(error.message, path, strlen(path)) != 0)
        fail_msg("the message does not begin with the path: %s", error.message);
    assert_int_equal(kn_registry_load(x->registry, path, NULL), expected);
}

static void test_refused__each_bad_module_with_its_reason(void **state)
{
    (void)state;
    fixture x;
    begin(&x);
    assert_int_equal(kn_registry_load(x.registry, MODULE("good"), NULL), KN_OK);
    for (size_t i = 0; i < KN_COUNT_OF(bad_modules); i++) {
        char path[512];
        snprintf(path, sizeof path, MODULES_DIR "/koine_%s.so", bad_modules[i].module);
        assert_refused(&x, path, bad_modules[i].status, bad_modules[i].reason);
    }
    /* nothing of a refused plugin is there: twin's own dialect came before the one that is taken */
    assert_int_equal(kn_registry_require_dialect(x.registry, "twin", NULL), KN_NO_BACKEND);
    end(&x);
}

static void test_refused__what_is_no_regular_file(void **state)
{
    folder *d = *state;
    fixture x;
    begin(&x);
    assert_refused(&x, file_in(d, "absent.so"), KN_PLUGIN, "no such file");
    assert_refused(&x, d->path, KN_PLUGIN, "a folder, not a file");
    assert_int_equal(mkfifo(file_in(d, "pipe.so"), 0644), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "a pipe, not a file"); /* and nobody waits for its writer */
    assert_int_equal(symlink("absent.so", file_in(d, "dangling.so")), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "symbolic link to nowhere");
    assert_int_equal(symlink("loop.so", file_in(d, "loop.so")), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "symbolic links in a circle");
    assert_int_equal(symlink("/dev/null", file_in(d, "device.so")), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "a device or socket, not a file");
    assert_refused(&x, file_in(d, "pipe.so/x.so"), KN_PLUGIN, "a part of the path is no folder");
    char longer[PATH_MAX + 100];
    memset(longer, 'x', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    kn_error error = {0};
    assert_int_equal(kn_registry_load(x.registry, longer, &error), KN_PLUGIN);
    assert_int_equal(kn_registry_load(x.registry, "", &error), KN_PLUGIN);
    assert_int_equal(kn_registry_load(x.registry, NULL, &error), KN_INVALID);
    end(&x);
}

static void test_refused__what_is_not_elf(void **state)
{
    folder *d = *state;
    fixture x;
    begin(&x);
    write_whole(file_in(d, "empty.so"), "", 0, 0644);
    assert_refused(&x, d->file, KN_PLUGIN, ": empty");
    write_whole(file_in(d, "script.so"), "#!/bin/sh\nexit 0\n", 17, 0644);
    assert_refused(&x, d->file, KN_PLUGIN, "not an ELF shared object");
    write_whole(file_in(d, "short.so"),
                "\x7f"
                "ELF",
                4, 0644);
    assert_refused(&x, d->file, KN_PLUGIN, "not an ELF shared object");
    end(&x);
}

/* A copy of the good module with `size` bytes at `offset` replaced. */
static const char *patched(folder *d, size_t offset, const void *bytes, size_t size)
{
    size_t whole = 0;
    char *data = read_whole(MODULE("good"), &whole);
    assert_true(offset + size <= whole);
    memcpy(data + offset, bytes, size);
    write_whole(file_in(d, "patched.so"), data, whole, 0644);
    free(data);
    return d->file;
}

#define PATCH(member, ...)                                                                                             \
    patched(d, offsetof(ElfW(Ehdr), member), (unsigned char[]){__VA_ARGS__}, sizeof((unsigned char[]){__VA_ARGS__}))

static void test_refused__what_is_for_another_machine(void **state)
{
    folder *d = *state;
    fixture x;
    begin(&x);
    assert_refused(&x, PATCH(e_machine, EM_MIPS, 0), KN_PLUGIN, "built for mips (ELF machine 8)");
    assert_refused(&x, PATCH(e_machine, 0x34, 0x12), KN_PLUGIN, "built for another processor (ELF machine 4660)");
    assert_refused(&x, PATCH(e_ident[EI_CLASS], sizeof(void *) == 8 ? ELFCLASS32 : ELFCLASS64), KN_PLUGIN, "-bit");
    assert_refused(&x, PATCH(e_ident[EI_DATA], ELFDATA2MSB), KN_PLUGIN, "byte order");
    assert_refused(&x, PATCH(e_type, ET_EXEC, 0), KN_PLUGIN, "not a shared object (type 2): link it with -shared");
    assert_refused(&x, PATCH(e_type, ET_REL, 0), KN_PLUGIN, "not a shared object (type 1)");
    assert_refused(&x, PATCH(e_version, 2), KN_PLUGIN, "unknown version");
    assert_refused(&x, PATCH(e_phentsize, 1), KN_PLUGIN, "unknown version or layout");
    assert_refused(&x, PATCH(e_shentsize, 1), KN_PLUGIN, "unknown version or layout");
    assert_refused(&x, PATCH(e_shnum, 0, 0), KN_PLUGIN, "does not export");
    assert_refused(&x, PATCH(e_phnum, 0, 0), KN_PLUGIN, "no note");
    assert_refused(&x, PATCH(e_phnum, 0xff, 0xff), KN_PLUGIN, "truncated");
    assert_refused(&x, PATCH(e_phoff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), KN_PLUGIN, "truncated");
    assert_refused(&x, PATCH(e_shoff, 0xff, 0xff, 0xff, 0x7f), KN_PLUGIN, "truncated");
    end(&x);
}

static void test_refused__what_claims_more_than_the_file_has(void **state)
{
    folder *d = *state;
    fixture x;
    size_t whole = 0;
    char *data = read_whole(MODULE("good"), &whole);
    ElfW(Ehdr) header;
    memcpy(&header, data, sizeof header);
    begin(&x);
    for (unsigned i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) segment;
        size_t at = header.e_phoff + i * sizeof segment;
        memcpy(&segment, data + at, sizeof segment);
        segment.p_filesz = whole - segment.p_offset + 1;
        assert_refused(&x, patched(d, at, &segment, sizeof segment), KN_PLUGIN, "truncated: its segments reach");
    }
    for (unsigned i = 1; i < header.e_shnum; i++) {
        ElfW(Shdr) section;
        size_t at = header.e_shoff + i * sizeof section;
        memcpy(&section, data + at, sizeof section);
        if (section.sh_type == SHT_NOBITS)
            continue;
        section.sh_size = whole - section.sh_offset + 1;
        assert_refused(&x, patched(d, at, &section, sizeof section), KN_PLUGIN, "truncated: its sections reach");
    }
    free(data);
    end(&x);
}

/* Calls `change` on every symbol that the good module defines and exports; the file with all changes. */
static const char *with_symbols(folder *d, void (*change)(ElfW(Sym) * symbol))
{
    size_t whole = 0, changed = 0;
    char *data = read_whole(MODULE("good"), &whole);
    ElfW(Ehdr) header;
    memcpy(&header, data, sizeof header);
    for (unsigned i = 0; i < header.e_shnum; i++) {
        ElfW(Shdr) section;
        memcpy(&section, data + header.e_shoff + i * sizeof section, sizeof section);
        for (size_t at = 0; section.sh_type == SHT_DYNSYM && at < section.sh_size; at += sizeof(ElfW(Sym))) {
            ElfW(Sym) symbol;
            memcpy(&symbol, data + section.sh_offset + at, sizeof symbol);
            if (symbol.st_shndx == SHN_UNDEF)
                continue;
            change(&symbol);
            memcpy(data + section.sh_offset + at, &symbol, sizeof symbol);
            changed++;
        }
    }
    assert_true(changed > 0);
    write_whole(file_in(d, "symbols.so"), data, whole, 0644);
    free(data);
    return d->file;
}

static void undefine(ElfW(Sym) * symbol)
{
    symbol->st_shndx = SHN_UNDEF;
}

static void make_data(ElfW(Sym) * symbol)
{
    symbol->st_info = STB_GLOBAL << 4 | STT_OBJECT;
}

static void make_local(ElfW(Sym) * symbol)
{
    symbol->st_info = STB_LOCAL << 4 | STT_FUNC;
}

static void rename_far(ElfW(Sym) * symbol)
{
    symbol->st_name = UINT32_MAX;
}

static void rename_near(ElfW(Sym) * symbol)
{
    symbol->st_name++;
}

static void test_refused__what_does_not_export_the_entry(void **state)
{
    static void (*const changes[])(ElfW(Sym) *) = {undefine, make_data, make_local, rename_far, rename_near};
    folder *d = *state;
    fixture x;
    begin(&x);
    for (size_t i = 0; i < KN_COUNT_OF(changes); i++)
        assert_refused(&x, with_symbols(d, changes[i]), KN_PLUGIN, "does not export koine_plugin: ");
    end(&x);
}

static void test_refused__what_is_cut_at_any_length(void **state)
{
    folder *d = *state;
    fixture x;
    size_t whole = 0, refused = 0;
    char *data = read_whole(MODULE("good"), &whole);
    begin(&x);
    for (size_t size = 0; size < whole; size += 64) {
        write_whole(file_in(d, "cut.so"), data, size, 0644);
        kn_error error = {0};
        if (kn_registry_load(x.registry, d->file, &error) != KN_PLUGIN)
            fail_msg("%zu bytes of %zu: %s", size, whole, error.message);
        refused++;
        assert_non_null(strstr(error.message, size == 0 ? "empty" : "truncated"));
    }
    write_whole(file_in(d, "cut.so"), data, whole - 1, 0644);
    assert_refused(&x, d->file, KN_PLUGIN, "truncated");
    assert_true(refused > 100);
    free(data);
    end(&x);
}

static void test_refused__what_others_can_write(void **state)
{
    folder *d = *state;
    fixture x;
    begin(&x);
    copy_file(MODULE("good"), file_in(d, "open.so"), 0646);
    assert_refused(&x, d->file, KN_PLUGIN, "the file can be written by everyone (mode 646): chmod o-w");
    copy_file(MODULE("good"), file_in(d, "fine.so"), 0664); /* one's own group may */
    assert_int_equal(chmod(d->path, 0707), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "its folder can be written by everyone (mode 707)");
    assert_int_equal(chmod(d->path, 01777), 0);
    assert_refused(&x, d->file, KN_PLUGIN, "its folder can be written by everyone (mode 777)");
    assert_int_equal(chmod(d->path, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(d->file, 0, 65534), 0);
        assert_refused(&x, d->file, KN_PLUGIN, "the file can be written by another group (65534, mode 664): chmod g-w");
        assert_int_equal(chmod(d->file, 0644), 0);
        assert_int_equal(chown(d->file, 65534, 0), 0);
        assert_refused(&x, d->file, KN_PLUGIN, "the file belongs to user 65534, who is neither root");
        assert_int_equal(chown(d->file, 0, 0), 0);
        assert_int_equal(chown(d->path, 65534, 0), 0);
        assert_refused(&x, d->file, KN_PLUGIN, "its folder belongs to user 65534");
        assert_int_equal(chown(d->path, 0, 0), 0);
    }
    kn_error error = {0};
    if (kn_registry_load(x.registry, d->file, &error) != KN_OK)
        fail_msg("%s", error.message);
    kn_registry_destroy(x.registry);
    failing_allocator_finish(&x.f);
}

static kn_status expect_good(void *context, const kn_registry_item *item)
{
    ++*(int *)context;
    assert_null(item->refused);
    return KN_OK;
}

static void test_refused__a_file_that_became_good_is_taken(void **state)
{
    folder *d = *state;
    fixture x;
    begin(&x);
    assert_int_equal(kn_registry_search(x.registry, d->path, NULL), KN_OK);
    write_whole(file_in(d, "koine_good.so"), "nonsense", 8, 0644);
    kn_error error = {0};
    assert_int_equal(kn_registry_require_driver(x.registry, "good", &error), KN_NO_BACKEND);
    assert_non_null(strstr(error.message, "not an ELF shared object"));
    assert_int_equal(unlink(d->file), 0);
    assert_int_equal(symlink(MODULE("good"), d->file), 0); /* a link to a good file is as good */
    assert_int_equal(kn_registry_require_driver(x.registry, "good", &error), KN_OK);
    int rows = 0;
    assert_int_equal(kn_registry_each(x.registry, false, expect_good, &rows, NULL), KN_OK);
    assert_true(rows >= 2);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused__each_bad_module_with_its_reason),
        cmocka_unit_test_setup_teardown(test_refused__what_is_no_regular_file, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_is_not_elf, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_is_for_another_machine, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_claims_more_than_the_file_has, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_does_not_export_the_entry, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_is_cut_at_any_length, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__what_others_can_write, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_refused__a_file_that_became_good_is_taken, make_folder, drop_folder),
    };
    return cmocka_run_group_tests_name("plugin/refused", tests, NULL, NULL);
}
