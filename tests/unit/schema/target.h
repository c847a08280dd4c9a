/* SPDX-License-Identifier: MIT */
/* A target that can do what a test says: the base dialect with every type under its neutral name. */
#ifndef KOINE_TESTS_SCHEMA_TARGET_H
#define KOINE_TESTS_SCHEMA_TARGET_H

#include "support/cmocka.h"

#include "schema/metadata.h"
#include "schema/plan.h"
#include "sql/compile.h"

typedef struct test_target {
    kn_dialect desc;
    kn__dialect dialect;
    kn__target target;
} test_target;

static inline void test_target_init(test_target *t, uint64_t features, uint32_t name_max, uint32_t unit)
{
    static const kn_type_rule types[] = {
#define KN_X(id, number, label, kind_) {.type = KN_TYPE_##id, .storage = KN_KIND_##kind_, .ddl = label},
        KN_TYPE_MAP(KN_X)
#undef KN_X
            {.type = KN_TYPE_NONE},
    };
    kn_error error = {0};
    t->desc =
        (kn_dialect){KN_DIALECT_INIT, .name = "test", .limits = {.name_max = name_max, .name_unit = unit},
                     .features = features | KN_FEATURE_BIT(KN_FEATURE_CHECK) | KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX) |
                                 KN_FEATURE_BIT(KN_FEATURE_PARTIAL_INDEX) | KN_FEATURE_BIT(KN_FEATURE_EXPRESSION_INDEX),
                     .types = types};
    assert_int_equal(kn__dialect_flatten(&t->desc, kn__dialect_ansi(), &t->dialect, &error), KN_OK);
    kn__target_init(&t->target, &t->dialect, "test", 0);
}

/* The statements of a plan, each ended by ";\n", in `arena`. */
static inline const char *test_script(const test_target *t, const kn__ddl_plan *plan, kn_arena *arena)
{
    kn__buffer buffer;
    kn_text text = {0};
    kn_error error = {0};
    kn__buffer_init(&buffer, arena->allocator, (size_t)1 << 20);
    for (size_t i = 0; i < plan->n_steps; i++) {
        if (kn__render_ddl(&t->target, plan->steps[i].node, &buffer, &error) != KN_OK)
            fail_msg("%s", error.message);
        kn__buffer_string(&buffer, ";\n");
    }
    assert_int_equal(kn__buffer_copy(&buffer, "a script", arena, &text, &error), KN_OK);
    kn__buffer_finish(&buffer);
    return text.data;
}

#endif
