/* SPDX-License-Identifier: MIT */
/* Only what the file claims and can be checked without running it; the loader of the system checks again. Nothing is
 * mapped, because a file that shrinks under a mapping kills the process. */
#include "plugin/elf.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include <koine/plugin/plugin.h>

#define ENTRY_NAME "koine_plugin"

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Shdr) elf_section;
typedef ElfW(Sym) elf_symbol;

/* The header of the program or library that holds this code, which the linker provides: what a plugin must match. */
extern const elf_header __ehdr_start __attribute__((weak, visibility("hidden")));

typedef struct elf_file {
    int fd;
    uint64_t size;
    elf_header header;
    kn_error *error;
} elf_file;

static bool inside(const elf_file *f, uint64_t offset, uint64_t size)
{
    return offset <= f->size && size <= f->size - offset;
}

/* All of it or false: outside of the file, or the file has shrunk. */
static bool read_at(const elf_file *f, uint64_t offset, void *out, size_t size)
{
    return inside(f, offset, size) && pread(f->fd, out, size, (off_t)offset) == (ssize_t)size;
}

static kn_status truncated(const elf_file *f, const char *what)
{
    return kn_error_set(f->error, KN_PLUGIN, "truncated: its %s reach behind the end of its %llu bytes", what,
                        (unsigned long long)f->size);
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {EM_X86_64, "x86-64"}, {EM_386, "x86"},       {EM_AARCH64, "arm64"}, {EM_ARM, "arm"},
        {EM_RISCV, "risc-v"},  {EM_PPC64, "power64"}, {EM_S390, "s390"},     {EM_MIPS, "mips"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return "another processor";
}

static kn_status check_machine(const elf_file *f)
{
    const elf_header *theirs = &f->header, *ours = &__ehdr_start;
    if (!ours) /* a linker that does not provide it: dlopen will tell */
        return KN_OK;
    if (theirs->e_ident[EI_CLASS] != ours->e_ident[EI_CLASS])
        return kn_error_set(f->error, KN_PLUGIN, "built for %s-bit programs, this one is %s-bit",
                            theirs->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
                            ours->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32");
    if (theirs->e_ident[EI_DATA] != ours->e_ident[EI_DATA])
        return kn_error_set(f->error, KN_PLUGIN, "built for a machine of the other byte order");
    if (theirs->e_machine != ours->e_machine)
        return kn_error_set(f->error, KN_PLUGIN, "built for %s (ELF machine %u), this program is for %s (%u)",
                            machine_name(theirs->e_machine), (unsigned)theirs->e_machine, machine_name(ours->e_machine),
                            (unsigned)ours->e_machine);
    return KN_OK;
}

static kn_status check_header(elf_file *f)
{
    if (f->size == 0)
        return kn_error_set(f->error, KN_PLUGIN, "empty");
    if (!read_at(f, 0, f->header.e_ident, EI_NIDENT) || memcmp(f->header.e_ident, ELFMAG, SELFMAG) != 0)
        return kn_error_set(f->error, KN_PLUGIN, "not an ELF shared object");
    if (!read_at(f, 0, &f->header, sizeof f->header))
        return truncated(f, "first headers");
    kn_status status = check_machine(f);
    if (status != KN_OK)
        return status;
    const elf_header *h = &f->header;
    if (h->e_type != ET_DYN)
        return kn_error_set(f->error, KN_PLUGIN, "an ELF file, but not a shared object (type %u): link it with -shared",
                            (unsigned)h->e_type);
    if (h->e_version != EV_CURRENT || h->e_phentsize != sizeof(elf_segment) || h->e_shentsize != sizeof(elf_section))
        return kn_error_set(f->error, KN_PLUGIN, "an ELF file of an unknown version or layout");
    if (!inside(f, h->e_phoff, (uint64_t)h->e_phnum * sizeof(elf_segment)) ||
        !inside(f, h->e_shoff, (uint64_t)h->e_shnum * sizeof(elf_section)))
        return truncated(f, "header tables");
    return KN_OK;
}

static uint64_t aligned(uint64_t size, uint64_t alignment)
{
    return (size + alignment - 1) / alignment * alignment;
}

/* Looks for Koine's note among those of a segment. *abi stays as it is when there is none. */
static kn_status read_notes(const elf_file *f, const elf_segment *segment, uint32_t *abi)
{
    uint64_t at = segment->p_offset, end = at + segment->p_filesz, alignment = segment->p_align == 8 ? 8 : 4;
    while (end - at >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        char name[8] = {0};
        uint32_t word = 0;
        if (!read_at(f, at, &note, sizeof note))
            return truncated(f, "notes");
        uint64_t name_at = at + sizeof note;
        uint64_t word_at = at + aligned(sizeof note + (uint64_t)note.n_namesz, alignment);
        uint64_t next = at + aligned(word_at - at + note.n_descsz, alignment);
        if (next > end) /* the last one may lack its padding; ours has none */
            next = end;
        bool ours = note.n_namesz == sizeof "Koine" && note.n_type == 1 && note.n_descsz == sizeof word;
        if (ours && word_at + sizeof word <= end && read_at(f, name_at, name, note.n_namesz) &&
            memcmp(name, "Koine", sizeof "Koine") == 0 && read_at(f, word_at, &word, sizeof word))
            *abi = word;
        at = next;
    }
    return KN_OK;
}

static kn_status check_segments(const elf_file *f, uint32_t *abi)
{
    for (unsigned i = 0; i < f->header.e_phnum; i++) {
        elf_segment segment;
        if (!read_at(f, f->header.e_phoff + (uint64_t)i * sizeof segment, &segment, sizeof segment))
            return truncated(f, "program headers");
        if (!inside(f, segment.p_offset, segment.p_filesz))
            return truncated(f, "segments");
        kn_status status = segment.p_type == PT_NOTE ? read_notes(f, &segment, abi) : KN_OK;
        if (status != KN_OK)
            return status;
    }
    return KN_OK;
}

static bool is_entry(const elf_file *f, const elf_symbol *symbol, const elf_section *names)
{
    char name[sizeof ENTRY_NAME];
    unsigned binding = symbol->st_info >> 4, type = symbol->st_info & 15;
    return symbol->st_shndx != SHN_UNDEF && type == STT_FUNC && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           symbol->st_name < names->sh_size && names->sh_size - symbol->st_name >= sizeof name &&
           read_at(f, names->sh_offset + symbol->st_name, name, sizeof name) &&
           memcmp(name, ENTRY_NAME, sizeof name) == 0;
}

/* A table that claims more symbols than the file has room for was refused with its section. */
static bool has_entry(const elf_file *f, const elf_section *table, const elf_section *names)
{
    elf_symbol symbols[32];
    uint64_t count = table->sh_size / sizeof *symbols;
    for (uint64_t i = 0; i < count; i += KN_COUNT_OF(symbols)) {
        size_t n = count - i < KN_COUNT_OF(symbols) ? (size_t)(count - i) : KN_COUNT_OF(symbols);
        if (!read_at(f, table->sh_offset + i * sizeof *symbols, symbols, n * sizeof *symbols))
            return false;
        for (size_t k = 0; k < n; k++) {
            if (is_entry(f, &symbols[k], names))
                return true;
        }
    }
    return false;
}

static bool read_section(const elf_file *f, unsigned index, elf_section *out)
{
    return index < f->header.e_shnum &&
           read_at(f, f->header.e_shoff + (uint64_t)index * sizeof *out, out, sizeof *out) &&
           (out->sh_type == SHT_NOBITS || inside(f, out->sh_offset, out->sh_size));
}

static kn_status check_sections(const elf_file *f)
{
    bool found = false, looked = false;
    for (unsigned i = 0; i < f->header.e_shnum; i++) {
        elf_section section, names;
        if (!read_section(f, i, &section))
            return truncated(f, "sections");
        if (section.sh_type != SHT_DYNSYM || looked) /* there is one in a sound file */
            continue;
        looked = true;
        found = read_section(f, section.sh_link, &names) && has_entry(f, &section, &names);
    }
    return found ? KN_OK
                 : kn_error_set(f->error, KN_PLUGIN,
                                "does not export " ENTRY_NAME ": one of its C files must say KN_PLUGIN_DEFINE(...), "
                                "compiled without KN_PLUGIN_STATIC");
}

static kn_status check_abi(const elf_file *f, uint32_t abi)
{
    if (abi == 0)
        return kn_error_set(f->error, KN_PLUGIN, "a shared object, but no plugin of Koine: it has no note .note.koine");
    if (abi != KN_PLUGIN_ABI)
        return kn_error_set(
            f->error, KN_ABI, "built for plugin ABI %u, this library (" KN_VERSION_STRING ") has %u: %s", (unsigned)abi,
            (unsigned)KN_PLUGIN_ABI, abi < KN_PLUGIN_ABI ? "build the plugin anew" : "a newer library is needed");
    return KN_OK;
}

kn_status kn__elf_check(int fd, uint64_t size, kn_error *error)
{
    elf_file f = {.fd = fd, .size = size, .error = error};
    uint32_t abi = 0;
    kn_status status = check_header(&f);
    if (status == KN_OK)
        status = check_segments(&f, &abi);
    if (status == KN_OK)
        status = check_abi(&f, abi);
    return status == KN_OK ? check_sections(&f) : status;
}
