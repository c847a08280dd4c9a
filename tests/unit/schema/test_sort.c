/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "schema/metadata.h"

#include <stdio.h>
#include <string.h>

/* Tables 0 to n - 1, each with a column for each other; edge[a][b]: a references b. */
#define MOST 12
typedef struct graph {
    size_t n;
    bool edge[MOST][MOST];
} graph;

static const char *const names[MOST] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"};

static kn_metadata *metadata_of(const graph *g, kn_arena *arena)
{
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    for (size_t a = 0; a < g->n; a++) {
        kn_table_builder *builder = kn_table_begin(arena, NULL, names[a]);
        kn_column id = KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true);
        const kn_model *model = NULL;
        kn_table_add_column(builder, &id);
        for (size_t b = 0; b < g->n; b++) {
            kn_column to = KN_TABLE_COLUMN(names[b], KN_INTEGER, .references = KN_REF_NAMED(names[b], "id"));
            if (g->edge[a][b])
                kn_table_add_column(builder, &to);
        }
        assert_int_equal(kn_table_build(builder, &model, &error), KN_OK);
        assert_int_equal(kn_metadata_add(metadata, model, &error), KN_OK);
    }
    if (kn_metadata_check(metadata, &error) != KN_OK)
        fail_msg("%s", error.message);
    return metadata;
}

/* "2 0 1" */
static void assert_order(const graph *g, const char *wanted)
{
    char order[64] = "";
    kn_arena arena = {0};
    kn_metadata *metadata = metadata_of(g, &arena);
    const kn_model *const *sorted = NULL;
    size_t count = 0, at = 0;
    assert_int_equal(kn_metadata_sorted(metadata, &sorted, &count, NULL), KN_OK);
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(order + at, sizeof order - at, "%s%s", i ? " " : "", sorted[i]->table + 1);
    assert_string_equal(order, wanted);
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
}

static void test_sort__ties_go_by_addition(void **state)
{
    (void)state;
    assert_order(&(graph){.n = 0}, "");
    assert_order(&(graph){.n = 4}, "0 1 2 3");
    assert_order(&(graph){.n = 4, .edge = {[0] = {[3] = true}}}, "1 2 3 0");
    assert_order(&(graph){.n = 3, .edge = {[0] = {[1] = true}, [1] = {[2] = true}}}, "2 1 0");
}

static void test_sort__a_diamond(void **state)
{
    (void)state;
    assert_order(&(graph){.n = 4, .edge = {[0] = {[1] = true, [2] = true}, [1] = {[3] = true}, [2] = {[3] = true}}},
                 "3 1 2 0");
    assert_order(&(graph){.n = 4, .edge = {[3] = {[1] = true, [2] = true}, [1] = {[0] = true}, [2] = {[0] = true}}},
                 "0 1 2 3");
}

static void test_sort__a_self_reference_is_no_cycle(void **state)
{
    (void)state;
    graph g = {.n = 2, .edge = {[0] = {[0] = true, [1] = true}, [1] = {[1] = true}}};
    assert_order(&g, "1 0");
    kn_arena arena = {0};
    kn_metadata *metadata = metadata_of(&g, &arena);
    for (size_t t = 0; t < 2; t++) {
        for (size_t r = 0; r < metadata->tables[t]->n_references; r++)
            assert_false(metadata->tables[t]->references[r].late);
    }
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
}

static void test_sort__a_cycle_begins_with_its_first_table(void **state)
{
    (void)state;
    assert_order(&(graph){.n = 2, .edge = {[0] = {[1] = true}, [1] = {[0] = true}}}, "0 1");
    assert_order(&(graph){.n = 3, .edge = {[0] = {[1] = true}, [1] = {[2] = true}, [2] = {[0] = true}}}, "0 2 1");
    /* 0 stands outside of the cycle of 1 and 2 and waits for it; 3 is free */
    assert_order(&(graph){.n = 4, .edge = {[0] = {[2] = true}, [1] = {[2] = true}, [2] = {[1] = true}}}, "3 1 2 0");
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* reach[a][b]: a path of references leads from a to b. */
static void find_paths(const graph *g, bool reach[MOST][MOST])
{
    memcpy(reach, g->edge, sizeof g->edge);
    for (size_t k = 0; k < g->n; k++) {
        for (size_t a = 0; a < g->n; a++) {
            for (size_t b = 0; b < g->n; b++)
                reach[a][b] = reach[a][b] || (reach[a][k] && reach[k][b]);
        }
    }
}

/* Does table u wait for one that is not placed yet; `own_cycle`: those of its own cycle do not count. */
static bool waits(const graph *g, bool reach[MOST][MOST], const size_t *place, size_t now, size_t u, bool own_cycle)
{
    for (size_t w = 0; w < g->n; w++) {
        if (w != u && g->edge[u][w] && place[w] >= now && !(own_cycle && reach[w][u]))
            return true;
    }
    return false;
}

/* At each step: the first table in the order of addition that waits for nothing; without one, the first that waits for
 * its own cycle only. */
static void check_ties(const graph *g, bool reach[MOST][MOST], const size_t *order, const size_t *place)
{
    for (size_t now = 0; now < g->n; now++) {
        bool breaks = waits(g, reach, place, now, order[now], false);
        assert_false(waits(g, reach, place, now, order[now], true));
        for (size_t u = 0; u < g->n; u++) {
            if (place[u] <= now)
                continue;
            assert_true(waits(g, reach, place, now, u, false) || (!breaks && u > order[now]));
            assert_true(u > order[now] || waits(g, reach, place, now, u, breaks));
        }
    }
}

static void check_graph(const graph *g)
{
    kn_arena arena = {0};
    bool reach[MOST][MOST], seen[MOST] = {false};
    size_t place[MOST];
    kn_metadata *metadata = metadata_of(g, &arena);
    find_paths(g, reach);
    for (size_t i = 0; i < g->n; i++) {
        assert_false(seen[metadata->order[i]]);
        seen[metadata->order[i]] = true;
        place[metadata->order[i]] = i;
    }
    check_ties(g, reach, metadata->order, place);
    for (size_t a = 0; a < g->n; a++) {
        const kn__table *table = metadata->tables[a];
        size_t edges = 0;
        for (size_t b = 0; b < g->n; b++)
            edges += g->edge[a][b];
        assert_int_equal(table->n_references, edges);
        for (size_t r = 0; r < table->n_references; r++) {
            size_t b = table->references[r].target;
            assert_true(g->edge[a][b]);
            /* late is what points forward, and only within a cycle does anything */
            assert_int_equal(table->references[r].late, a != b && place[b] > place[a]);
            if (table->references[r].late)
                assert_true(reach[b][a]);
        }
    }
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
}

static void test_sort__any_graph(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 300; i++) {
        graph g = {.n = 1 + next_random(&seed) % MOST};
        uint64_t density = next_random(&seed) % 40;
        for (size_t a = 0; a < g.n; a++) {
            for (size_t b = 0; b < g.n; b++)
                g.edge[a][b] = next_random(&seed) % 100 < density;
        }
        check_graph(&g);
    }
}

/* 2000 tables in one cycle: no recursion, no cubic time. */
static void test_sort__a_long_cycle(void **state)
{
    (void)state;
    enum { LONG = 2000 };
    kn_arena arena = {0};
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    for (int i = 0; i < LONG; i++) {
        char name[16], next[16];
        const kn_model *model = NULL;
        (void)snprintf(name, sizeof name, "t%d", i);
        (void)snprintf(next, sizeof next, "t%d", (i + 1) % LONG);
        kn_table_builder *builder = kn_table_begin(&arena, NULL, name);
        kn_column id = KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true);
        kn_column to = KN_TABLE_COLUMN("next", KN_INTEGER, .references = KN_REF_NAMED(next, "id"));
        kn_table_add_column(builder, &id);
        kn_table_add_column(builder, &to);
        assert_int_equal(kn_table_build(builder, &model, &error), KN_OK);
        assert_int_equal(kn_metadata_add(metadata, model, &error), KN_OK);
    }
    assert_int_equal(kn_metadata_check(metadata, &error), KN_OK);
    assert_int_equal(metadata->order[0], 0);
    assert_int_equal(metadata->order[1], LONG - 1);
    assert_true(metadata->tables[0]->references[0].late);
    assert_false(metadata->tables[1]->references[0].late);
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort__ties_go_by_addition),
        cmocka_unit_test(test_sort__a_diamond),
        cmocka_unit_test(test_sort__a_self_reference_is_no_cycle),
        cmocka_unit_test(test_sort__a_cycle_begins_with_its_first_table),
        cmocka_unit_test(test_sort__any_graph),
        cmocka_unit_test(test_sort__a_long_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
