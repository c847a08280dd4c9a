/* SPDX-License-Identifier: MIT */
/* Built for structs that are longer, with kinds of nodes and types that this library does not know. */
#include "driver.h"

static kn_status render(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return knp_sql_text(sql, "new");
}

static const kn_node_rule nodes[] = {{.kind = 60000, .render = render}, {.kind = KN_NODE_NONE}};
static const kn_type_rule types[] = {{.type = 60000, .storage = KN_KIND_INT, .ddl = "NEW"}, {.type = KN_TYPE_NONE}};
static const kn_catalog_rule catalog[] = {{.kind = 60000, .sql = "NEW"}, {.kind = KN_CATALOG_NONE}};
static const struct {
    kn_dialect known;
    void *unknown[4];
} dialect = {{.size_ = sizeof dialect, .name = "newer", .nodes = nodes, .types = types, .catalog = catalog}, {NULL}};
static const struct {
    kn_driver known;
    void *unknown[4];
} driver = {MINIMAL_DRIVER("newer", .flags = UINT32_C(1) << 31), {NULL}};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect.known);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver.known);
KN_PLUGIN_DEFINE(.name = "newer", .version = "9", .dialects = dialects, .drivers = drivers);
