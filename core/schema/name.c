/* SPDX-License-Identifier: MIT */
#include "schema/name.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "base/md5.h"
#include "base/utf8.h"

#define NAME_MAX_BYTES ((size_t)1 << 16)

/* Units of the character that starts with `first`; the text is valid UTF-8. */
static size_t units_of(unsigned char first, uint32_t unit)
{
    bool is_tail = (first & 0xC0) == 0x80;
    if (unit == KN_NAME_BYTES)
        return 1;
    return is_tail ? 0 : unit == KN_NAME_UTF16 && first >= 0xF0 ? 2 : 1;
}

size_t kn__name_units(const char *name, uint32_t unit)
{
    size_t units = 0;
    for (const char *p = name; *p; p++)
        units += units_of((unsigned char)*p, unit);
    return units;
}

/* Bytes of whole characters within `max` units. */
static size_t cut_at(const char *name, uint32_t unit, size_t max)
{
    size_t units = 0, size = 0, end = 0;
    for (; name[size]; size++) {
        if (((unsigned char)name[size] & 0xC0) != 0x80)
            end = size;
        units += units_of((unsigned char)name[size], unit);
        if (units > max)
            return end;
    }
    return size;
}

const char *kn__name_shorten(const char *full, const kn__name_rule *rule, kn_arena *arena)
{
    size_t size = strlen(full), digits = rule->digits;
    bool fits = !rule->max || kn__name_units(full, rule->unit) <= rule->max;
    if (fits && !rule->always)
        return full;
    char hex[33];
    kn__md5_hex(rule->hashed, strlen(rule->hashed), hex);
    size_t tail = 1 + digits;
    size_t room = rule->max > digits + 4 ? rule->max - digits - 4 : 0;
    size_t keep = rule->max ? cut_at(full, rule->unit, room) : size;
    char *name = kn_arena_alloc(arena, keep + tail + 1);
    if (!name)
        return NULL;
    memcpy(name, full, keep);
    name[keep] = '_';
    memcpy(name + keep + 1, hex + 32 - digits, digits + 1);
    return name;
}

void kn__names_init(kn__names *names, const kn_allocator *allocator, kn_arena *arena, const kn_limits *limits)
{
    *names = (kn__names){.arena = arena};
    kn__map_init(&names->taken, allocator, 0);
    if (limits) {
        names->max = limits->name_max;
        names->unit = limits->name_unit;
    }
}

void kn__names_finish(kn__names *names)
{
    kn__map_finish(&names->taken);
}

static kn_status no_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "out of memory for the names of a schema");
}

/* The key of a name in the map: names that differ in ASCII case only are one. */
static kn_text key_of(kn__names *names, const char *schema, const char *name)
{
    size_t schema_size = schema ? strlen(schema) : 0, name_size = strlen(name);
    char *key = kn_arena_alloc(names->arena, schema_size + 1 + name_size);
    if (!key)
        return (kn_text){0};
    for (size_t i = 0; i < schema_size; i++)
        key[i] = kn__ascii_fold(schema[i]);
    key[schema_size] = '\0';
    for (size_t i = 0; i < name_size; i++)
        key[schema_size + 1 + i] = kn__ascii_fold(name[i]);
    return (kn_text){key, schema_size + 1 + name_size};
}

/* KN_OK, KN_EXISTS with *holder, KN_NOMEM; sets no error. */
static kn_status try_take(kn__names *names, const char *schema, const char *name, const char *owner,
                          const char **holder)
{
    kn_text key = key_of(names, schema, name);
    if (!key.data)
        return KN_NOMEM;
    *holder = kn__map_get(&names->taken, key);
    return *holder ? KN_EXISTS : kn__map_add(&names->taken, key, (void *)(uintptr_t)owner);
}

kn_status kn__names_take(kn__names *names, const char *schema, const char *name, const char *owner, kn_error *error)
{
    const char *holder = NULL;
    kn_status status = try_take(names, schema, name, owner, &holder);
    if (status == KN_NOMEM)
        return no_memory(error);
    if (status == KN_EXISTS)
        return kn_error_set(error, KN_INVALID,
                            "the name '%s' of %s is taken by %s (case does not count, and all names of a schema must "
                            "differ)",
                            name, owner, holder);
    return KN_OK;
}

/* prefix_table_a_b: what a person sees. */
static void write_full(kn__buffer *buffer, const kn__name_parts *parts)
{
    kn__buffer_string(buffer, parts->prefix);
    kn__buffer_char(buffer, '_');
    kn__buffer_string(buffer, parts->table);
    for (size_t i = 0; i < parts->n_columns; i++) {
        kn__buffer_char(buffer, '_');
        kn__buffer_string(buffer, parts->columns[i]);
    }
}

/* "prefix"."table"."a"."b" salt: no two things have the same. */
static void write_exact(kn__buffer *buffer, const kn__name_parts *parts)
{
    kn__buffer_printf(buffer, "%s:%zu:%s", parts->prefix, strlen(parts->table), parts->table);
    for (size_t i = 0; i < parts->n_columns; i++)
        kn__buffer_printf(buffer, ":%zu:%s", strlen(parts->columns[i]), parts->columns[i]);
    kn__buffer_printf(buffer, ":%016llx", (unsigned long long)parts->salt);
}

/* Tries the plain name, then longer and longer hashes of what it stands for. */
static kn_status make(kn__names *names, const kn__name_parts *parts, const char *full, const char *exact,
                      const char **out, kn_error *error)
{
    static const size_t digits[] = {4, 8, 16, 32};
    const char *name = NULL, *holder = NULL;
    kn__name_rule rule = {.max = names->max, .unit = names->unit, .digits = 4, .hashed = full};
    for (size_t i = 0;; i++) {
        name = kn__name_shorten(full, &rule, names->arena);
        kn_status status = name ? try_take(names, parts->schema, name, full, &holder) : KN_NOMEM;
        if (status == KN_NOMEM)
            return no_memory(error);
        if (status == KN_OK) {
            *out = name;
            return KN_OK;
        }
        if (i == KN_COUNT_OF(digits) || (names->max && digits[i] >= names->max))
            break;
        rule.always = true;
        rule.hashed = exact;
        rule.digits = digits[i];
    }
    return kn_error_set(error, KN_INVALID,
                        "table '%s': the generated name '%s' is taken by %s: the same thing is declared twice",
                        parts->table, name, holder);
}

kn_status kn__names_make(kn__names *names, const kn__name_parts *parts, const char **out, kn_error *error)
{
    kn__buffer buffer;
    kn_text full = {0}, exact = {0};
    kn__buffer_init(&buffer, names->arena->allocator, NAME_MAX_BYTES);
    write_full(&buffer, parts);
    kn_status status = kn__buffer_copy(&buffer, "a generated name", names->arena, &full, error);
    if (status != KN_OK)
        goto done;
    kn__buffer_clear(&buffer);
    write_exact(&buffer, parts);
    status = kn__buffer_copy(&buffer, "a generated name", names->arena, &exact, error);
    if (status == KN_OK)
        status = make(names, parts, full.data, exact.data, out, error);
done:
    kn__buffer_finish(&buffer);
    return status;
}
