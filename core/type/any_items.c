/* SPDX-License-Identifier: MIT */
/* Lists, tuples, dicts and sets: digests, key uniqueness, look-up, equality. */
#include <string.h>

#include "base/checked.h"
#include "type/any_node.h"
#include "type/any_sort.h"
#include "type/double.h"

/* What a value is equal to, as far as kinds tell: the first word of its digest. Sets and frozensets are equal to each
 * other. */
enum { CLASS_DOUBLE = 64, CLASS_NUMBER = 65, CLASS_SET = KN_ANY_SET };

static kn__digest word_digest(uint64_t kind, uint64_t word, const kn__digest_key *key)
{
    kn__digester digester = kn__digest_begin(key);
    kn__digest_u64(&digester, kind);
    kn__digest_u64(&digester, word);
    return kn__digest_end(digester);
}

kn__digest kn__any_text_digest(kn_any_kind kind, kn_text text, const kn__digest_key *key)
{
    kn__digester digester = kn__digest_begin(key);
    kn__digest_u64(&digester, kind);
    kn__digest_u64(&digester, text.size);
    kn__digest_bytes(&digester, text.data, text.size);
    return kn__digest_end(digester);
}

kn__digest kn__any_number_digest(const kn_any *any, const kn__digest_key *key)
{
    kn__any_number number;
    (void)kn__any_number_of(any, &number);
    if (number.is_double) {
        bool nan = number.d != number.d;
        /* adding 0.0 turns -0.0 into it */
        return word_digest(CLASS_DOUBLE, nan ? UINT64_MAX : kn__double_bits(number.d + 0.0), key);
    }
    kn__digester digester = kn__digest_begin(key);
    kn__digest_u64(&digester, CLASS_NUMBER + (uint64_t)number.negative);
    kn__digest_u64(&digester, (uint64_t)number.exponent);
    kn__digest_bytes(&digester, number.digits, number.size);
    return kn__digest_end(digester);
}

kn__digest kn__any_digest(const kn_any *any, const kn__digest_key *key)
{
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_NONE:
        return word_digest(KN_ANY_NONE, 0, key);
    case KN_ANY_BOOL:
    case KN_ANY_INT:
    case KN_ANY_FLOAT:
        return kn__any_number_digest(any, key);
    case KN_ANY_DATE:
    case KN_ANY_TIME:
    case KN_ANY_DATETIME:
    case KN_ANY_TIMEDELTA:
        return word_digest(any->kind, (uint64_t)any->as.i, key);
    case KN_ANY_DECIMAL:
        return kn__any_as_decimal(any)->digest;
    case KN_ANY_STR:
    case KN_ANY_BYTES:
    case KN_ANY_BIGINT:
        return kn__any_as_text(any)->digest;
    default:
        return kn__any_as_items(any)->digest;
    }
}

static uint64_t class_of(kn_any_kind kind)
{
    return kind == KN_ANY_FROZENSET ? CLASS_SET : (uint64_t)kind;
}

static kn__digester begin_items(const kn__any_items *any, const kn__digest_key *key)
{
    kn__digester digester = kn__digest_begin(key);
    kn__digest_u64(&digester, class_of((kn_any_kind)any->head.kind));
    kn__digest_u64(&digester, any->head.as.count);
    return digester;
}

static void add_digest(kn__digester *digester, const kn__digest *digest)
{
    kn__digest_u64(digester, digest->word[0]);
    kn__digest_u64(digester, digest->word[1]);
}

static void add_child(kn__digester *digester, const kn_any *child, const kn__digest_key *key)
{
    kn__digest digest = kn__any_digest(child, key);
    add_digest(digester, &digest);
}

/* The digest of a dict or set, and its index in *order. */
static kn_status digest_keyed(kn__any_items *any, uint32_t *order, kn__sorted_key *keys, void *room,
                              const kn__digest_key *key)
{
    size_t count = any->head.as.count, step = any->head.kind == KN_ANY_DICT ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        if (any->item[i * step]->flags & KN__ANY_UNHASHABLE)
            return KN_INVALID;
        keys[i] = (kn__sorted_key){.digest = kn__any_digest(any->item[i * step], key), .index = (uint32_t)i};
    }
    kn__any_sort(keys, count, room);
    kn__digester digester = begin_items(any, key);
    for (size_t i = 0; i < count; i++) {
        if (i && kn__digest_compare(&keys[i - 1].digest, &keys[i].digest) == 0)
            return KN_EXISTS;
        order[i] = keys[i].index;
        add_digest(&digester, &keys[i].digest);
        if (step == 2)
            add_child(&digester, any->item[2 * (size_t)order[i] + 1], key);
    }
    any->digest = kn__digest_end(digester);
    return KN_OK;
}

static kn_status finish_keyed(kn__any_items *any, kn_arena *arena, const kn__digest_key *key)
{
    const kn_allocator *allocator = arena->allocator ? arena->allocator : kn_allocator_default();
    kn__sorted_key few[KN__ANY_FEW], *keys = few;
    size_t count = any->head.as.count, sort_room = kn__any_sort_room(count), size = 0;
    uint32_t *order = kn_arena_alloc(arena, count * sizeof *order);
    if (!order)
        return KN_NOMEM;
    if (count > KN__ANY_FEW) {
        if (!kn__size_mul(count, sizeof *keys, &size) || !kn__size_add(size, sort_room, &size))
            return KN_NOMEM;
        keys = allocator->resize(allocator->context, NULL, 0, size);
        if (!keys)
            return KN_NOMEM;
    }
    kn_status status = digest_keyed(any, order, keys, keys + count, key);
    if (keys != few)
        allocator->resize(allocator->context, keys, size, 0);
    any->order = order;
    return status;
}

static void finish_sequence(kn__any_items *any, const kn__digest_key *key)
{
    kn__digester digester = begin_items(any, key);
    for (size_t i = 0; i < any->head.as.count; i++)
        add_child(&digester, any->item[i], key);
    any->digest = kn__digest_end(digester);
}

/* Height and hashability follow from the children; false when one is NULL. */
static bool inherit(kn__any_items *any, size_t slots)
{
    bool hashable = any->head.kind == KN_ANY_TUPLE || any->head.kind == KN_ANY_FROZENSET;
    uint16_t height = 0;
    for (size_t i = 0; i < slots; i++) {
        const kn_any *child = any->item[i];
        if (!child)
            return false;
        height = child->height > height ? child->height : height;
        hashable = hashable && !(child->flags & KN__ANY_UNHASHABLE);
    }
    any->head.height = (uint16_t)(height + 1);
    any->head.flags = hashable ? 0 : KN__ANY_UNHASHABLE;
    return true;
}

kn_status kn__any_make_items(kn_any_kind kind, kn_arena *arena, const kn_any *const *items, size_t count,
                             const kn_any **out)
{
    size_t slots = 0, size = 0;
    if (count > UINT32_MAX || !kn__size_mul(count, kind == KN_ANY_DICT ? 2 : 1, &slots) ||
        !kn__size_mul(slots, sizeof *items, &size) || !kn__size_add(size, offsetof(kn__any_items, item), &size))
        return KN_LIMIT;
    if (!items && count)
        return KN_NULL_VALUE;
    kn__any_items *any = kn_arena_alloc(arena, size);
    if (!any)
        return KN_NOMEM;
    any->head = (kn_any){.kind = (uint8_t)kind, .as = {.count = count}};
    any->order = NULL;
    if (slots)
        memcpy(any->item, items, slots * sizeof *items);
    kn__digest_key key = kn__digest_process_key();
    kn_status status = inherit(any, slots) ? KN_OK : KN_NULL_VALUE;
    if (status == KN_OK && kind != KN_ANY_LIST && kind != KN_ANY_TUPLE)
        status = finish_keyed(any, arena, &key);
    else if (status == KN_OK)
        finish_sequence(any, &key);
    if (status == KN_OK)
        *out = &any->head;
    return status;
}

static const kn_any *make(kn_any_kind kind, kn_arena *arena, const kn_any *const *items, size_t count)
{
    const kn_any *any = NULL;
    kn_status status = kn__any_make_items(kind, arena, items, count, &any);
    return status == KN_OK && any->height <= KN__ANY_HEIGHT_MAX ? any : NULL;
}

const kn_any *kn_any_list(kn_arena *arena, const kn_any *const *items, size_t count)
{
    return make(KN_ANY_LIST, arena, items, count);
}

const kn_any *kn_any_tuple(kn_arena *arena, const kn_any *const *items, size_t count)
{
    return make(KN_ANY_TUPLE, arena, items, count);
}

const kn_any *kn_any_set(kn_arena *arena, const kn_any *const *items, size_t count)
{
    return make(KN_ANY_SET, arena, items, count);
}

const kn_any *kn_any_frozenset(kn_arena *arena, const kn_any *const *items, size_t count)
{
    return make(KN_ANY_FROZENSET, arena, items, count);
}

const kn_any *kn_any_dict(kn_arena *arena, const kn_any *const *keys_and_values, size_t pairs)
{
    return make(KN_ANY_DICT, arena, keys_and_values, pairs);
}

size_t kn_any_count(const kn_any *any)
{
    return any && kn__any_is_container(any) ? any->as.count : 0;
}

const kn_any *kn_any_item(const kn_any *any, size_t index)
{
    bool has = any && any->kind != KN_ANY_DICT && index < kn_any_count(any);
    return has ? kn__any_as_items(any)->item[index] : NULL;
}

static const kn_any *pair_at(const kn_any *dict, size_t index, size_t which)
{
    bool has = dict && dict->kind == KN_ANY_DICT && index < dict->as.count;
    return has ? kn__any_as_items(dict)->item[2 * index + which] : NULL;
}

const kn_any *kn_any_key(const kn_any *dict, size_t index)
{
    return pair_at(dict, index, 0);
}

const kn_any *kn_any_value_at(const kn_any *dict, size_t index)
{
    return pair_at(dict, index, 1);
}

const kn_any *kn_any_find(const kn_any *dict, const char *key)
{
    kn_text wanted = kn_text_of(key), text;
    if (!dict || dict->kind != KN_ANY_DICT || !key)
        return NULL;
    kn__digest_key process_key = kn__digest_process_key();
    kn__digest digest = kn__any_text_digest(KN_ANY_STR, wanted, &process_key);
    const kn__any_items *items = kn__any_as_items(dict);
    for (size_t low = 0, high = dict->as.count; low < high;) {
        size_t middle = low + (high - low) / 2, at = items->order[middle];
        kn__digest here = kn__any_digest(items->item[2 * at], &process_key);
        int order = kn__digest_compare(&digest, &here);
        if (order == 0) {
            bool same = kn_any_get_str(items->item[2 * at], &text) && kn_text_equal(text, wanted);
            return same ? items->item[2 * at + 1] : NULL;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Equality. Different digests decide at once; equal ones are confirmed value by value, as long as the budget lasts:
 * only shared children can use it up, and then the digests decide. */
#define EQUALITY_BUDGET ((size_t)1 << 24)

static bool equal(const kn_any *a, const kn_any *b, size_t *budget);

static void spend(size_t *budget, size_t cost)
{
    *budget -= cost < *budget ? cost : *budget;
}

static bool equal_text(const kn_any *a, const kn_any *b, size_t *budget)
{
    const kn__any_text *x = kn__any_as_text(a), *y = kn__any_as_text(b);
    if (a->as.size != b->as.size || kn__digest_compare(&x->digest, &y->digest) != 0)
        return false;
    spend(budget, a->as.size / 16);
    return *budget == 0 || memcmp(x->data, y->data, a->as.size) == 0;
}

/* BIGINT and DECIMAL have long digits and stored digests; what is left are words. */
static bool is_long_number(const kn_any *any)
{
    return any->kind == KN_ANY_BIGINT || any->kind == KN_ANY_DECIMAL;
}

static bool equal_number(const kn_any *a, const kn_any *b, size_t *budget)
{
    enum { CONVERSION_COST = 256 };
    if (is_long_number(a) || is_long_number(b)) {
        kn__digest_key key = kn__digest_process_key();
        kn__digest x = kn__any_digest(a, &key), y = kn__any_digest(b, &key);
        if (kn__digest_compare(&x, &y) != 0)
            return false;
        spend(budget, CONVERSION_COST);
        if (*budget == 0)
            return true;
    }
    return kn__any_number_equal(a, b);
}

static bool equal_items(const kn_any *a, const kn_any *b, size_t *budget)
{
    const kn__any_items *x = kn__any_as_items(a), *y = kn__any_as_items(b);
    size_t count = a->as.count, step = a->kind == KN_ANY_DICT ? 2 : 1;
    if (count != b->as.count || kn__digest_compare(&x->digest, &y->digest) != 0)
        return false;
    for (size_t i = 0; i < count && *budget; i++) {
        size_t at = x->order ? x->order[i] * step : i, other = y->order ? y->order[i] * step : i;
        if (!equal(x->item[at], y->item[other], budget))
            return false;
        if (step == 2 && !equal(x->item[at + 1], y->item[other + 1], budget))
            return false;
    }
    return true;
}

static bool equal(const kn_any *a, const kn_any *b, size_t *budget)
{
    if (a == b)
        return true;
    spend(budget, 1);
    if (class_of((kn_any_kind)a->kind) != class_of((kn_any_kind)b->kind))
        return equal_number(a, b, budget);
    switch ((kn_any_kind)a->kind) {
    case KN_ANY_NONE:
        return true;
    case KN_ANY_INT:
    case KN_ANY_DATE:
    case KN_ANY_TIME:
    case KN_ANY_DATETIME:
    case KN_ANY_TIMEDELTA:
        return a->as.i == b->as.i;
    case KN_ANY_BOOL:
    case KN_ANY_FLOAT:
    case KN_ANY_DECIMAL:
        return equal_number(a, b, budget);
    case KN_ANY_STR:
    case KN_ANY_BYTES:
    case KN_ANY_BIGINT:
        return equal_text(a, b, budget);
    default:
        return equal_items(a, b, budget);
    }
}

bool kn_any_equal(const kn_any *a, const kn_any *b)
{
    size_t budget = EQUALITY_BUDGET;
    if (!a || !b)
        return a == b;
    return equal(a, b, &budget);
}
