/* SPDX-License-Identifier: MIT */
/* types_page: writes docs/types.md, out of the dialects' own DDL, type rules and limits, out of what kn_value_check
 * says of values, and out of the tables that the tests run on real servers. scripts/types-page compares and updates. */
#include "integration/exact/found_cases.h"
#include "types_page_data.h"

#include "model/mapping.h"
#include "plugin/loader.h"
#include "sql/dialect.h"

#define N_BACKENDS 4

typedef struct backend {
    const char *title, *name, *ddl_name; /* ddl_name: what kn_ddl_create_all is given */
    unsigned remark;                     /* which of three in an entry */
    kn__dialect dialect;
} backend;

static backend backends[N_BACKENDS] = {
    {.title = "SQLite", .name = "sqlite", .ddl_name = "sqlite", .remark = 0},
    {.title = "PostgreSQL", .name = "postgresql", .ddl_name = "postgresql@15", .remark = 1},
    {.title = "MySQL", .name = "mysql", .ddl_name = "mysql@8.4", .remark = 2},
    {.title = "MariaDB", .name = "mariadb", .ddl_name = "mariadb@10.11", .remark = 2},
};
static kn_registry *registry;

static void stop(const char *what, const kn_error *error)
{
    fprintf(stderr, "types_page: %s: %s\n", what, error->message);
    exit(1);
}

static void begin(void)
{
    static kn_plugin_entry *const plugins[] = {koine_plugin_sqlite, koine_plugin_postgresql, koine_plugin_mysql,
                                               koine_plugin_mariadb};
    kn_error error = {0};
    if (kn_registry_create(NULL, &registry, &error) != KN_OK)
        stop("registry", &error);
    for (size_t i = 0; i < N_BACKENDS; i++) {
        const kn__dialect *base = i == 3 ? &backends[2].dialect : kn__dialect_ansi();
        if (kn_registry_add(registry, plugins[i], &error) != KN_OK ||
            kn__dialect_flatten(plugins[i](&kn__host)->dialects[0], base, &backends[i].dialect, &error) != KN_OK)
            stop(backends[i].name, &error);
    }
}

/* The columns "id" and "v" of a table: its statements. */

typedef struct ddl {
    char before[300], column[300], note[200], end[300];
} ddl;

static void copy_until(char *out, size_t size, const char *from, const char *end)
{
    snprintf(out, size, "%.*s", end ? (int)(end - from) : (int)strlen(from), from);
}

static kn_status take_statement(void *context, kn_text sql, kn_error *error)
{
    static const char comment[] = "COMMENT ON COLUMN t.v IS '";
    ddl *d = context;
    const char *column = strstr(sql.data, "\n    v ");
    (void)error;
    if (strncmp(sql.data, "CREATE TYPE", 11) == 0)
        copy_until(d->before, sizeof d->before, sql.data, NULL);
    else if (strncmp(sql.data, comment, sizeof comment - 1) == 0)
        copy_until(d->note, sizeof d->note, sql.data + sizeof comment - 1, strrchr(sql.data, '\''));
    if (column) {
        copy_until(d->column, sizeof d->column, column + 7, strstr(column + 7, ",\n"));
        copy_until(d->end, sizeof d->end, strstr(sql.data, "\n)") + 2, NULL);
    }
    return KN_OK;
}

static void render(const backend *b, const kn_type *type, ddl *out)
{
    const kn_column columns[] = {KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
                                 {.name = "v", .type = *type, .ctype = KN_C_NONE}};
    const kn_model model = {.size_ = sizeof(kn_model),
                            .table = "t",
                            .columns = columns,
                            .n_columns = KN_COUNT_OF(columns),
                            .column_size = sizeof(kn_column)};
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    memset(out, 0, sizeof *out);
    if (kn_metadata_create(NULL, &metadata, &error) != KN_OK || kn_metadata_add(metadata, &model, &error) != KN_OK ||
        kn_ddl_create_all(registry, b->ddl_name, metadata, take_statement, out, &error) != KN_OK)
        stop(b->name, &error);
    kn_metadata_destroy(metadata);
    if (out->column[0] == '\0')
        stop(b->name, &(kn_error){.message = "no column in the DDL"});
    char *note = strstr(out->column, " COMMENT '");
    if (note) {
        copy_until(out->note, sizeof out->note, note + 10, strrchr(note, '\''));
        *note = '\0';
    }
}

static void print_ddl(const ddl *d)
{
    if (d->before[0])
        printf("`%s`, ", d->before);
    printf("`%s`", d->column);
    if (d->note[0])
        printf(", comment `%s`", d->note);
}

/* "int 5", as the driver gets it. */
static void print_sent(const backend *b, const entry *e)
{
    const kn_type_rule *rule = &b->dialect.types[e->type.id];
    kn_value value = e->probes[0].value, sent;
    kn_arena arena;
    kn_error error = {0};
    char text[120];
    kn_arena_init(&arena, NULL, 0);
    if (kn_value_check(&e->type, &value, &arena, &error) != KN_OK)
        stop("the first value of a type", &error);
    sent = value;
    if (rule->encode && rule->encode(&e->type, &value, &arena, &sent, &error) != KN_OK)
        stop("encoding the first value of a type", &error);
    kn_value_print(&sent, text, sizeof text);
    printf("%s `%s`", kn_kind_name((kn_kind)sent.kind), text);
    kn_arena_finish(&arena);
}

static bool same_row(const entry *e, const backend *a, const backend *b)
{
    ddl x, y;
    render(a, &e->type, &x);
    render(b, &e->type, &y);
    x.end[0] = y.end[0] = '\0';
    return strcmp(x.column, y.column) == 0 && strcmp(x.note, y.note) == 0;
}

static void print_backends(const entry *e)
{
    char type[200], first[120];
    ddl d;
    kn_type_print(&e->type, type, sizeof type, NULL);
    kn_value_print(&e->probes[0].value, first, sizeof first);
    printf("| %s on | is declared | and `%s` is sent as | SQLAlchemy declares | remark |\n|---|---|---|---|---|\n",
           type, first);
    for (size_t i = 0; i < N_BACKENDS; i++) {
        const backend *b = &backends[i];
        bool both = i == 2 && same_row(e, b, b + 1);
        const char *remark = e->backends[b->remark];
        render(b, &e->type, &d);
        printf("| %s%s | ", b->title, both ? ", MariaDB" : "");
        print_ddl(&d);
        printf(" | ");
        print_sent(b, e);
        printf(" | `%s` | %s |\n", e->sqlalchemy[b->remark], remark ? remark : "");
        i += both;
    }
}

static void print_members(const entry *e)
{
    const char *between = "";
    for (uint32_t ctype = 1; ctype < KN_C_END_; ctype++) {
        if (!(e->hold >> ctype & 1))
            continue;
        printf("%s`%s`", between, kn__ctype_name(ctype));
        between = ", ";
    }
}

/* What is said to a value; what it becomes where that is another. */
static kn_status check(const entry *e, const probe *p, char *shown, size_t size, char *changed)
{
    kn_value value = p->value;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    if (p->name)
        snprintf(shown, size, "%s", p->name);
    else
        kn_value_print(&p->value, shown, size);
    kn_status status = kn_value_check(&e->type, &value, &arena, NULL);
    *changed = '\0';
    if (status == KN_OK && !p->name)
        kn_value_print(&value, changed, size);
    kn_arena_finish(&arena);
    return status;
}

static void print_probes(const entry *e, bool good)
{
    const char *between = good ? "\n- **Taken:** " : "- **Refused before anything is sent:** ";
    bool any = false;
    for (const probe *p = e->probes; p->value.kind != KN_KIND_UNSET; p++) {
        char shown[120], changed[120];
        kn_status status = check(e, p, shown, sizeof shown, changed);
        const char *quote = p->name ? "" : "`";
        if ((status == KN_OK) != good)
            continue;
        printf("%s%s%s%s", between, quote, shown, quote);
        if (!good)
            printf(" (%s %s)", kn_kind_name((kn_kind)p->value.kind), kn_status_name(status));
        else if (changed[0] && strcmp(changed, shown) != 0)
            printf(" (%s, as `%s`)", kn_kind_name((kn_kind)p->value.kind), changed);
        between = ", ";
        any = true;
    }
    if (any)
        printf(".\n");
}

static bool is_about(const entry *e, const kn_model *model)
{
    return exact_column(model)->type.id == e->type.id;
}

/* Another of the same name: digits and bits tell what was refused. */
static void print_other_type(const entry *e, const kn_model *model)
{
    const kn_type *type = &exact_column(model)->type;
    char text[64];
    if (type->precision == e->type.precision || kn_type_print(type, text, sizeof text, NULL) != KN_OK)
        return;
    printf(" as %s", text);
}

/* Two members of one type have the same row. */
static bool is_repeated(const Found_case *c)
{
    for (const Found_case *d = found_cases; d < c; d++) {
        if (strcmp(c->dialect, d->dialect) == 0 && strcmp(c->name, d->name) == 0 && strcmp(c->ddl, d->ddl) == 0 &&
            exact_column(c->model)->type.id == exact_column(d->model)->type.id)
            return true;
    }
    return false;
}

/* What others left, out of the table that is run on the backend. */
static void print_found(const entry *e)
{
    for (size_t i = 0; i < N_BACKENDS; i++) {
        bool any = false;
        for (size_t k = 0; k < KN_COUNT_OF(found_cases); k++) {
            const Found_case *c = &found_cases[k];
            if (strcmp(c->dialect, backends[i].name) != 0 || !is_about(e, c->model) || is_repeated(c))
                continue;
            if (!any)
                printf("- **An error when it is found on %s:** ", backends[i].title);
            printf("%s%s in `%s`", any ? ", " : "", c->name, c->ddl);
            print_other_type(e, c->model);
            printf(" (%s)", kn_status_name(c->status));
            any = true;
        }
        if (any)
            printf(".\n");
    }
}

static void print_read(const entry *e)
{
    for (size_t i = 0; i < N_BACKENDS; i++) {
        bool any = false;
        for (size_t k = 0; k < KN_COUNT_OF(read_cases); k++) {
            const Read_case *c = &read_cases[k];
            char value[80];
            if (strcmp(c->dialect, backends[i].name) != 0 || !is_about(e, c->model))
                continue;
            if (!any)
                printf("- **Read on %s too:** ", backends[i].title);
            kn_value_print(&c->value, value, sizeof value);
            printf("%s`%s` in `%s` as `%s`", any ? ", " : "", c->written, c->ddl, value);
            any = true;
        }
        if (any)
            printf(".\n");
    }
}

static void print_entry(const entry *e)
{
    printf("\n## %s\n\n`%s`, in ", kn_type_name((kn_type_id)e->type.id), e->word);
    print_members(e);
    printf(". %s\n\n", e->domain);
    print_backends(e);
    print_probes(e, true);
    print_probes(e, false);
    print_read(e);
    print_found(e);
    if (e->neighbour)
        printf("\n%s\n", e->neighbour);
}

/* As renderers of Markdown make it of a heading. */
static void print_anchor(const char *heading)
{
    for (; *heading; heading++) {
        if ((*heading | 0x20) >= 'a' && (*heading | 0x20) <= 'z')
            putchar(*heading | 0x20);
    }
}

static void print_overview(void)
{
    printf("| type | in C | SQLite | PostgreSQL | MySQL, MariaDB |\n|---|---|---|---|---|\n");
    for (const entry *e = entries; e < entries + KN_COUNT_OF(entries); e++) {
        char type[200];
        kn_type_print(&e->type, type, sizeof type, NULL);
        printf("| [%s](#", type);
        print_anchor(kn_type_name((kn_type_id)e->type.id));
        printf(") | ");
        print_members(e);
        for (size_t i = 0; i < 3; i++) {
            ddl d;
            render(&backends[i], &e->type, &d);
            d.column[strcspn(d.column, "/") - (strchr(d.column, '/') != NULL)] = '\0'; /* without its SQL comment */
            printf(" | `%s`", d.column);
        }
        printf(" |\n");
    }
}

static void print_limits(void)
{
    static const char *const units[] = {"", "bytes", "characters", "UTF-16 units"};
    printf("\n## Limits\n\nRefused when the DDL is rendered, before anything is sent.\n\n"
           "| | longest name | Numeric | String(n) | parameters of a statement | behind a table "
           "|\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_BACKENDS; i++) {
        const kn_limits *l = &backends[i].dialect.limits;
        ddl d;
        render(&backends[i], &KN_TYPE(KN_INTEGER), &d);
        printf("| %s | %u %s | %u digits, %u behind the point | %u | %u | ", backends[i].title, l->name_max,
               units[l->name_unit], l->numeric_precision_max, l->numeric_scale_max, l->string_max, l->parameters_max);
        printf(d.end[0] ? "`%s` |\n" : "%s |\n", d.end[0] ? d.end + 1 : "");
    }
}

int main(void)
{
    begin();
    printf("# The types, on every backend\n\n"
           "Written by `scripts/types-page` from the dialects, from what `kn_value_check` says, and from the tables "
           "that the tests "
           "run on real\nservers; a test compares. Do not edit.\n\n"
           "The contract is the same for all:\n\n"
           "- A value of the type's domain comes back equal, on every backend. Any other is refused with the status "
           "below before "
           "anything is\n  sent: nothing is rounded, cut or turned into NULL.\n"
           "- What a database holds beyond the domain (others wrote it) is an error when it is read, and the rows "
           "around it can "
           "be read.\n"
           "- What a catalog does not tell of the type stands beside the column: `/* Interval */` in SQLite's `CREATE "
           "TABLE`, a "
           "note\n  `[koine: Interval]` at the end of the column's comment elsewhere.\n"
           "- A database of SQLAlchemy is read and written; where SQLAlchemy or its tables lose something, it is said "
           "at the "
           "type. Tables made\n  by Koine lose nothing, but what SQLAlchemy drops by itself.\n\n");
    print_overview();
    for (const entry *e = entries; e < entries + KN_COUNT_OF(entries); e++)
        print_entry(e);
    print_limits();
    kn_registry_destroy(registry);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
