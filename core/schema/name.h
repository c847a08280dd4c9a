/* SPDX-License-Identifier: MIT */
/* Names of constraints and indexes that the program did not give: ix_table_column, uq_, fk_, ck_, pk_.
 *
 * Too long ones are shortened as SQLAlchemy does: the first max - 8 units, "_", the last 4 hexadecimal digits of the
 * MD5 of the whole name; counted in the backend's unit and cut at a character border. All names of one schema stand in
 * one scope, tables and native enums included, because some backend has them so. A generated name that is taken gets
 * the hash of what it stands for; the program's own names are never changed, a clash of two is an error. */
#ifndef KOINE_CORE_SCHEMA_NAME_H
#define KOINE_CORE_SCHEMA_NAME_H

#include <koine/plugin/dialect.h>

#include "base/hash.h"

/* How long a text is in the unit of a kn_name_unit. */
size_t kn__name_units(const char *name, uint32_t unit);

/* At most `max` units, 0 = any length; `digits` hexadecimal digits of the hash of `hashed`, which are always put when
 * `always`. NULL when memory is out. */
typedef struct kn__name_rule {
    uint32_t max, unit;
    size_t digits;
    const char *hashed;
    bool always;
} kn__name_rule;
const char *kn__name_shorten(const char *full, const kn__name_rule *rule, kn_arena *arena);

/* The scope of one metadata. */
typedef struct kn__names {
    kn__map taken; /* schema NUL folded name -> who has it, as a person reads it */
    kn_arena *arena;
    uint32_t max, unit;
} kn__names;

/* Everything lives in `arena`, the map's entries excepted; limits NULL = none. */
void kn__names_init(kn__names *names, const kn_allocator *allocator, kn_arena *arena, const kn_limits *limits);
void kn__names_finish(kn__names *names);

/* Takes a name as it is. KN_INVALID names both that want it. */
kn_status kn__names_take(kn__names *names, const char *schema, const char *name, const char *owner, kn_error *error);

/* What a generated name is made of: prefix_table_column_column... */
typedef struct kn__name_parts {
    const char *prefix; /* "ix" */
    const char *schema, *table;
    const char *const *columns;
    size_t n_columns;
    uint64_t salt; /* tells apart what has the same parts */
} kn__name_parts;
kn_status kn__names_make(kn__names *names, const kn__name_parts *parts, const char **out, kn_error *error);

#endif
