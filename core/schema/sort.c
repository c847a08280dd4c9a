/* SPDX-License-Identifier: MIT */
/* The order of creation: a table after all it references, ties and cycles in the order of addition. */
#include "schema/metadata.h"

/* Tables as a graph: an edge from each to what it references, itself left out. Strongly connected components by
 * Tarjan (1972), with a stack of its own. */
typedef struct graph {
    const kn_metadata *metadata;
    size_t n;
    size_t *number;    /* order of discovery, from 1; 0 = not yet seen */
    size_t *lowest;    /* lowest number reachable */
    size_t *component; /* 0 = none yet */
    size_t *stack, *path, *edge;
    size_t on_stack, numbers, components;
    bool *placed;
} graph;

static bool graph_init(graph *g, kn_metadata *metadata)
{
    size_t **arrays[] = {&g->number, &g->lowest, &g->component, &g->stack, &g->path, &g->edge};
    *g = (graph){.metadata = metadata, .n = metadata->count};
    for (size_t i = 0; i < KN_COUNT_OF(arrays); i++) {
        *arrays[i] = kn_arena_array(&metadata->resolved, g->n, sizeof(size_t));
        if (!*arrays[i])
            return false;
    }
    g->placed = kn_arena_array(&metadata->resolved, g->n, sizeof(bool));
    return g->placed;
}

static void enter(graph *g, size_t v, size_t *depth)
{
    g->number[v] = g->lowest[v] = ++g->numbers;
    g->stack[g->on_stack++] = v;
    g->edge[v] = 0;
    g->path[(*depth)++] = v;
}

/* v is the first of its component: the rest stands above it on the stack. */
static void close_component(graph *g, size_t v)
{
    size_t w = SIZE_MAX;
    g->components++;
    while (w != v) {
        w = g->stack[--g->on_stack];
        g->component[w] = g->components;
    }
}

static void leave(graph *g, size_t v, size_t *depth)
{
    if (g->lowest[v] == g->number[v])
        close_component(g, v);
    (*depth)--;
    if (*depth) {
        size_t parent = g->path[*depth - 1];
        if (g->lowest[v] < g->lowest[parent])
            g->lowest[parent] = g->lowest[v];
    }
}

static void find_components(graph *g, size_t root)
{
    size_t depth = 0;
    enter(g, root, &depth);
    while (depth) {
        size_t v = g->path[depth - 1];
        const kn__table *table = g->metadata->tables[v];
        if (g->edge[v] == table->n_references) {
            leave(g, v, &depth);
            continue;
        }
        size_t w = table->references[g->edge[v]++].target;
        if (!g->number[w])
            enter(g, w, &depth);
        else if (!g->component[w] && g->number[w] < g->lowest[v])
            g->lowest[v] = g->number[w];
    }
}

/* May it be created now? `in_cycle`: what it waits for being of its own component does not hinder. */
static bool is_ready(const graph *g, size_t v, bool in_cycle)
{
    const kn__table *table = g->metadata->tables[v];
    for (size_t i = 0; i < table->n_references; i++) {
        size_t w = table->references[i].target;
        bool same = in_cycle && g->component[w] == g->component[v];
        if (w != v && !g->placed[w] && !same)
            return false;
    }
    return true;
}

/* The first table in the order of addition that is ready; when none is, the first of a cycle that waits for nothing
 * else. There always is one: components have no cycles between them. */
static size_t next_table(const graph *g)
{
    for (int in_cycle = 0; in_cycle <= 1; in_cycle++) {
        for (size_t v = 0; v < g->n; v++) {
            if (!g->placed[v] && is_ready(g, v, in_cycle == 1))
                return v;
        }
    }
    return SIZE_MAX;
}

static void place(graph *g, size_t v)
{
    kn__table *table = g->metadata->tables[v];
    g->placed[v] = true;
    for (size_t i = 0; i < table->n_references; i++)
        table->references[i].late = !g->placed[table->references[i].target];
}

kn_status kn__sort_tables(kn_metadata *metadata, size_t *order, kn_error *error)
{
    graph g;
    if (!graph_init(&g, metadata))
        return kn_error_set(error, KN_NOMEM, "out of memory for the order of tables");
    for (size_t v = 0; v < g.n; v++) {
        if (!g.number[v])
            find_components(&g, v);
    }
    for (size_t i = 0; i < g.n; i++) {
        order[i] = next_table(&g);
        place(&g, order[i]);
    }
    return KN_OK;
}
