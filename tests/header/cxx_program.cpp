/* SPDX-License-Identifier: MIT */
#include "cxx_models.h"

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace
{

int failures;

void expect(bool holds, const char *what)
{
    if (!holds) {
        std::fprintf(stderr, "not so: %s\n", what);
        failures++;
    }
}
#define EXPECT(condition) expect((condition), #condition)

void models()
{
    kn_error error = {};
    kn_metadata *metadata = nullptr;
    const kn_model *const *sorted = nullptr;
    std::size_t count = 0;
    EXPECT(kn_metadata_create(nullptr, &metadata, &error) == KN_OK);
    EXPECT(kn_metadata_add_all(metadata, &error, &User_model, &Role_model, nullptr) == KN_OK);
    EXPECT(kn_metadata_sorted(metadata, &sorted, &count, &error) == KN_OK);
    EXPECT(count == 2 && sorted[0] == &Role_model && sorted[1] == &User_model);
    const kn_column *username = kn_model_column_at(&User_model, offsetof(User, username));
    EXPECT(username && std::strcmp(kn_column_name(username), "username") == 0 && username->type.length == 64);
    kn_metadata_destroy(metadata);
}

void objects()
{
    User ken = {};
    kn_arena arena = {};
    char text[200];
    EXPECT(kn_init(&User_model, &ken, &arena, nullptr) == KN_OK);
    std::snprintf(ken.username, sizeof ken.username, "%s", "ken");
    ken.id = 1;
    ken.role_id.value = 7;
    ken.role_id.state = KN_SET;
    ken.balance = kn_decimal_of(1250, -2);
    EXPECT(kn_print(&User_model, &ken, KN_PRINT_BRIEF, text, sizeof text) == 10);
    EXPECT(std::string(text) == "<User ken>");
    kn_print(&User_model, &ken, KN_PRINT_FULL, text, sizeof text);
    EXPECT(std::string(text) == "<User id=1 username='ken' role_id=7 balance=12.50>");
    kn_arena_finish(&arena);
}

kn_status keep(void *context, kn_text statement, kn_error *)
{
    static_cast<std::vector<std::string> *>(context)->emplace_back(statement.data, statement.size);
    return KN_OK;
}

/* Columns and queries are C's to declare; C++ builds them at run time. */
void builders()
{
    kn_arena arena = {};
    kn_error error = {};
    kn_registry *registry = nullptr;
    kn_metadata *metadata = nullptr;
    const kn_model *model = nullptr;
    std::vector<std::string> script;
    kn_column id = {};
    id.name = "id";
    id.type.id = KN_TYPE_INTEGER;
    id.primary_key = true;
    kn_table_builder *builder = kn_table_begin(&arena, nullptr, "songs");
    kn_table_add_column(builder, &id);
    const kn_expr *column = kn_expr_column(&arena, nullptr, "id"), *zero = kn_expr_value(&arena, kn_int(0));
    kn_table_add_check(builder, "positive", kn_expr_op2(&arena, KN_OP_GT, column, zero));
    EXPECT(kn_table_build(builder, &model, &error) == KN_OK);
    EXPECT(kn_metadata_create(nullptr, &metadata, &error) == KN_OK);
    EXPECT(kn_metadata_add(metadata, model, &error) == KN_OK);
    EXPECT(kn_registry_create(nullptr, &registry, &error) == KN_OK);
    EXPECT(kn_ddl_create_all(registry, "nowhere", metadata, keep, &script, &error) == KN_NO_BACKEND);
    EXPECT(script.empty());
    kn_registry_destroy(registry);
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
}

} // namespace

int main()
{
    models();
    objects();
    builders();
    return failures != 0;
}
