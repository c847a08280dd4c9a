/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include <koine/url.h>

#include <stdio.h>

#define CANARY "cAn4ry"

typedef struct good {
    const char *text, *dialect, *driver, *user, *password, *hosts, *database, *options;
    const char *printed; /* with the options "a" and "b" public; NULL = the text itself */
} good;

/* hosts: name|port, one after the other with ';'; options: name|value. */
static const good goods[] = {
    {"sqlite://", .dialect = "sqlite"},
    {"sqlite:///", "sqlite", .printed = "sqlite://"},
    {"sqlite:///relative.db", "sqlite", .database = "relative.db"},
    {"sqlite:////absolute.db", "sqlite", .database = "/absolute.db"},
    {"sqlite:////a/b/c.db", "sqlite", .database = "/a/b/c.db"},
    {"sqlite:///:memory:", "sqlite", .database = ":memory:"},
    {"sqlite:///my file@home.db", "sqlite", .database = "my file@home.db"},
    {"sqlite:///a%3Fb%23c%25d.db", "sqlite", .database = "a?b#c%d.db"},
    {"sqlite:///a%3fb", "sqlite", .database = "a?b", .printed = "sqlite:///a%3Fb"},
    {"sqlite:///gr\xc3\xbc\xc3\x9f"
     "e.db",
     "sqlite",
     .database = "gr\xc3\xbc\xc3\x9f"
                 "e.db"},
    {"sqlite:///%C3%BC", "sqlite", .database = "\xc3\xbc", .printed = "sqlite:///\xc3\xbc"},
    {"sqlite:///%2541", "sqlite", .database = "%41"}, /* once */
    {"sqlite:///a+b", "sqlite", .database = "a+b"},
    {"sqlite:///x%0Ay%7F%C2%85", "sqlite", .database = "x\ny\x7f\xc2\x85"},
    {"sqlite://?a=1", "sqlite", .options = "a|1;"},
    {"sqlite:///f.db?a=1&b=x=y?/@:", "sqlite", .database = "f.db", .options = "a|1;b|x=y?/@:;"},
    {"sqlite:///f.db?a=%26%3D+&b=", "sqlite", .database = "f.db", .options = "a|&=+;b|;",
     .printed = "sqlite:///f.db?a=%26=+&b="},
    {"sqlite:///f.db?key=" CANARY "&a=1", "sqlite", .database = "f.db", .options = "key|" CANARY ";a|1;",
     .printed = "sqlite:///f.db?key=***&a=1"},
    {"d_9+e_8://h", "d_9", "e_8", .hosts = "h|0;"},
    {"abcdefghijklmnopqrstuvwxyz012345://", .dialect = "abcdefghijklmnopqrstuvwxyz012345"},
    {"pg+odbc://", "pg", .driver = "odbc"},
    {"pg://host", "pg", .hosts = "host|0;"},
    {"pg://host/", "pg", .hosts = "host|0;", .printed = "pg://host"},
    {"pg://host:1", "pg", .hosts = "host|1;"},
    {"pg://host:65535/db", "pg", .hosts = "host|65535;", .database = "db"},
    {"pg://host:0080/db", "pg", .hosts = "host|80;", .database = "db", .printed = "pg://host:80/db"},
    {"pg://192.0.2.1:5432/db", "pg", .hosts = "192.0.2.1|5432;", .database = "db"},
    {"pg://a,b:1,c/db", "pg", .hosts = "a|0;b|1;c|0;", .database = "db"},
    {"pg://[::1]/db", "pg", .hosts = "::1|0;", .database = "db"},
    {"pg://[2001:db8::1]:5432,[::ffff:192.0.2.1]/db", "pg", .hosts = "2001:db8::1|5432;::ffff:192.0.2.1|0;",
     .database = "db"},
    {"pg://[fe80::1%25eth0]:1", "pg", .hosts = "fe80::1%eth0|1;"},
    {"pg://%2Frun%2Fpg/db", "pg", .hosts = "/run/pg|0;", .database = "db"},
    {"pg://u@%2Frun%2Fa%3Ab%2Cc:5433/db", "pg", NULL, "u", .hosts = "/run/a:b,c|5433;", .database = "db"},
    {"pg://user@host", "pg", NULL, "user", .hosts = "host|0;"},
    {"pg://user@/db", "pg", NULL, "user", .database = "db"},
    {"pg://user@", "pg", .user = "user"},
    {"pg://@host", "pg", NULL, "", .hosts = "host|0;"},
    {"pg://user:@host", "pg", NULL, "user", "", "host|0;", .printed = "pg://user:***@host"},
    {"pg://:" CANARY "@host", "pg", NULL, "", CANARY, "host|0;", .printed = "pg://:***@host"},
    {"pg://user:" CANARY "@host/db", "pg", NULL, "user", CANARY, "host|0;", "db", .printed = "pg://user:***@host/db"},
    {"pg://user:" CANARY "@/db", "pg", NULL, "user", CANARY, NULL, "db", .printed = "pg://user:***@/db"},
    {"pg://u:p@" CANARY ":x@h", "pg", NULL, "u", "p@" CANARY ":x", "h|0;", .printed = "pg://u:***@h"},
    {"pg://u:%40%3A%2F%3F%23%25" CANARY "@h:1/d", "pg", NULL, "u", "@:/?#%" CANARY, "h|1;", "d",
     .printed = "pg://u:***@h:1/d"},
    {"pg://u:[,]" CANARY "@h", "pg", NULL, "u", "[,]" CANARY, "h|0;", .printed = "pg://u:***@h"},
    {"pg://u%3A%40%2Fv@h", "pg", NULL, "u:@/v", .hosts = "h|0;"},
    {"pg://u@h/d@e", "pg", NULL, "u", .hosts = "h|0;", .database = "d@e"},
    {"pg://h/d%40e", "pg", .hosts = "h|0;", .database = "d@e"},
    {"pg+x://u:p@a:1,[::2]:3/d/e?a=1&secret=2&b=3", "pg", "x", "u", "p", "a|1;::2|3;", "d/e", "a|1;secret|2;b|3;",
     .printed = "pg+x://u:***@a:1,[::2]:3/d/e?a=1&secret=***&b=3"},
};

static void assert_text(const char *what, const char *found, const char *expected, const char *url)
{
    if (!found != !expected || (found && strcmp(found, expected) != 0))
        fail_msg("%s: %s is %s, not %s", url, what, found ? found : "absent", expected ? expected : "absent");
}

static void assert_parts(const kn_url *url, const good *g)
{
    char hosts[512] = "", options[512] = "";
    for (size_t i = 0; i < url->n_hosts; i++)
        snprintf(hosts + strlen(hosts), sizeof hosts - strlen(hosts), "%s|%u;", url->hosts[i].name, url->hosts[i].port);
    for (size_t i = 0; i < url->n_options; i++)
        snprintf(options + strlen(options), sizeof options - strlen(options), "%s|%s;", url->options[i].name,
                 url->options[i].value);
    assert_int_equal(url->size_, sizeof *url);
    assert_text("dialect", url->dialect, g->dialect, g->text);
    assert_text("driver", url->driver, g->driver, g->text);
    assert_text("user", url->user, g->user, g->text);
    assert_text("password", url->password, g->password, g->text);
    assert_text("hosts", hosts, g->hosts ? g->hosts : "", g->text);
    assert_text("database", url->database, g->database, g->text);
    assert_text("options", options, g->options ? g->options : "", g->text);
}

static const char *const public_options[] = {"a", "b", NULL};

static void test_url__every_form_is_read_and_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(goods); i++) {
        const good *g = &goods[i];
        failing_allocator f;
        failing_allocator_init(&f, 0, false);
        kn_url *url = NULL;
        kn_error error = {0};
        if (kn_url_parse(g->text, &f.allocator, &url, &error) != KN_OK)
            fail_msg("%s: %s", g->text, error.message);
        assert_int_equal(f.live_blocks, 1);
        assert_parts(url, g);
        char printed[256];
        size_t size = kn_url_print(url, public_options, printed, sizeof printed);
        assert_int_equal(size, strlen(printed));
        assert_text("printed", printed, g->printed ? g->printed : g->text, g->text);
        assert_null(strstr(printed, CANARY));
        kn_url_destroy(url);
        failing_allocator_finish(&f);
    }
}

static const struct {
    const char *text;
    uint32_t position;
    const char *rule; /* a part of the message */
} bads[] = {
    {"", 1, "must start here"},
    {"://h", 1, "must start here"},
    {"/h", 1, "must start here"},
    {"9d://", 1, "must start here"},
    {"_d://", 1, "must start here"},
    {"D://", 1, "must start here"},
    {" d://", 1, "must start here"},
    {"d", 2, "'://' must stand here"},
    {"d:", 2, "'://' must stand here"},
    {"d:/", 2, "'://' must stand here"},
    {"d:/h", 2, "'://' must stand here"},
    {"dX://", 2, "'://' must stand here"},
    {"d-e://", 2, "'://' must stand here"},
    {"d%41://", 2, "'://' must stand here"},
    {"d+://", 3, "must start here"},
    {"d+9://", 3, "must start here"},
    {"d+e+f://", 4, "'://' must stand here"},
    {"abcdefghijklmnopqrstuvwxyz0123456://", 33, "too long"},
    {"d+abcdefghijklmnopqrstuvwxyz0123456://", 35, "too long"},
    {"d://h\n", 6, "control byte"},
    {"d://\th", 5, "control byte"},
    {"d://h/\x7f", 7, "control byte"},
    {"d://u:p#" CANARY "@h", 8, "%23"},
    {"d://h/d#f", 8, "%23"},
    {"d://h/\xff", 7, "UTF-8"},
    {"d://h/\xc3", 7, "UTF-8"},
    {"d://u:\xed\xa0\x80" CANARY "@h", 7, "UTF-8"},
    {"d://h/x%ff", 7, "UTF-8"},
    {"d://u:%c0%80" CANARY "@h", 7, "UTF-8"},
    {"d://h/%", 7, "%25"},
    {"d://h/%4", 7, "%25"},
    {"d://h/%4?a=1", 7, "%25"}, /* does not reach over a delimiter */
    {"d://h/ab%4g", 9, "%25"},
    {"d://u:" CANARY "%zz@h", 13, "%25"},
    {"d://[fe80::1%eth0]", 13, "%25"},
    {"d://h/a%00b", 8, "%00"},
    {"d://u:" CANARY "%00@h", 13, "%00"},
    {"d://:5432", 5, "a host must stand here"},
    {"d://a,", 7, "a host must stand here"},
    {"d://,a", 5, "a host must stand here"},
    {"d://a,,b", 7, "a host must stand here"},
    {"d://[]", 6, "a host must stand here"},
    {"d://h:", 7, "1 to 65535"},
    {"d://h:0", 7, "1 to 65535"},
    {"d://h:00", 7, "1 to 65535"},
    {"d://h:65536", 7, "1 to 65535"},
    {"d://h:4294967297", 7, "1 to 65535"},
    {"d://h:18446744073709551617", 7, "1 to 65535"},
    {"d://h:-1", 7, "1 to 65535"},
    {"d://h:+1", 7, "1 to 65535"},
    {"d://h:1x", 7, "1 to 65535"},
    {"d://h:1:2", 7, "1 to 65535"},
    {"d://h:%31", 7, "1 to 65535"},
    {"d://::1/db", 5, "a host must stand here"},
    {"d://fe80::1/db", 10, "IPv6"},
    {"d://u:" CANARY "/x@h/db", 7, "%2F"},
    {"d://u:" CANARY "?x@h/db", 7, "%2F"},
    {"d://u:12/" CANARY "@h/db", 16, "%2F"}, /* 12 would be a port, the rest a database */
    {"d://[::1", 5, "'[' without ']'"},
    {"d://[::1]x", 10, "may follow ']'"},
    {"d://[::1]]", 10, "may follow ']'"},
    {"d://[::1][::2]", 10, "may follow ']'"},
    {"d://a[b]", 6, "brackets stand around"},
    {"d://ab]", 7, "brackets stand around"},
    {"d://[h]", 6, "IPv6"},
    {"d://[192.0.2.1]", 6, "IPv6"},
    {"d://[::1::]", 6, "IPv6"},
    {"d://[::1%25]", 6, "IPv6"},
    {"d://[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]", 6, "IPv6"},
    {"d://a%3Ab", 5, "socket"},
    {"d://h?", 7, "name of an option"},
    {"d://h?=1", 7, "name of an option"},
    {"d://h?a=1&", 11, "name of an option"},
    {"d://h?a=1&&b=2", 11, "name of an option"},
    {"d://h?a", 7, "without '='"},
    {"d://h?a=1&" CANARY, 11, "without '='"},
    {"d://h?a=1&b=2&a=1", 15, "given before"},
    {"d://h?a=1&%61=2", 11, "given before"},
};

static void test_url__what_breaks_a_rule_is_refused_where_it_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(bads); i++) {
        failing_allocator f;
        failing_allocator_init(&f, 0, false);
        kn_url *url = (kn_url *)&f;
        kn_error error = {0};
        kn_status status = kn_url_parse(bads[i].text, &f.allocator, &url, &error);
        if (status != KN_MALFORMED || error.position != bads[i].position || !strstr(error.message, bads[i].rule))
            fail_msg("%s: %s, byte %u: %s", bads[i].text, kn_status_name(status), error.position, error.message);
        assert_null(strstr(error.message, CANARY));
        assert_null(url);
        assert_int_equal(kn_url_parse(bads[i].text, NULL, &url, NULL), KN_MALFORMED);
        failing_allocator_finish(&f);
    }
    kn_url *url = NULL;
    assert_int_equal(kn_url_parse(NULL, NULL, &url, NULL), KN_INVALID);
}

/* `count` times `piece` behind `head`. */
static char *repeated(const char *head, const char *piece, size_t count)
{
    char *text = malloc(strlen(head) + strlen(piece) * count + 1);
    assert_non_null(text);
    memcpy(text, head, strlen(head) + 1);
    char *end = text + strlen(head);
    for (size_t i = 0; i < count; i++, end += strlen(piece))
        memcpy(end, piece, strlen(piece) + 1);
    return text;
}

static void assert_bound(char *text, kn_status expected, uint32_t position)
{
    kn_url *url = NULL;
    kn_error error = {0};
    assert_int_equal(kn_url_parse(text, NULL, &url, &error), expected);
    assert_int_equal(error.position, position);
    kn_url_destroy(url);
    free(text);
}

static void test_url__bounds_are_exact(void **state)
{
    (void)state;
    assert_bound(repeated("d:///", "x", KN_URL_MAX - 5), KN_OK, 0);
    assert_bound(repeated("d:///", "x", KN_URL_MAX - 4), KN_LIMIT, KN_URL_MAX + 1);
    assert_bound(repeated("d://h", ",h", 31), KN_OK, 0);
    assert_bound(repeated("d://h", ",h", 32), KN_LIMIT, 4 + 32 * 2 + 1);
    char *options = repeated("d:///?", "xxx=&", 64);
    for (int i = 0; i < 64; i++)
        options[6 + i * 5 + 1] = (char)('0' + i / 10), options[6 + i * 5 + 2] = (char)('0' + i % 10);
    char *more = repeated(options, "y=1", 1);
    options[6 + 64 * 5 - 1] = '\0';
    assert_bound(options, KN_OK, 0);
    assert_bound(more, KN_LIMIT, 6 + 64 * 5 + 1);
}

static void test_url__options_are_found_by_name(void **state)
{
    (void)state;
    kn_url *url = NULL;
    assert_int_equal(kn_url_parse("d://?a=1&aa=&%3D=x", NULL, &url, NULL), KN_OK);
    assert_string_equal(kn_url_get(url, "a"), "1");
    assert_string_equal(kn_url_get(url, "aa"), "");
    assert_string_equal(kn_url_get(url, "="), "x");
    assert_null(kn_url_get(url, "A"));
    assert_null(kn_url_get(url, ""));
    kn_url_destroy(url);
    kn_url_destroy(NULL);
}

static void test_url__a_print_is_cut_at_whole_units(void **state)
{
    (void)state;
    kn_url *url = NULL;
    assert_int_equal(kn_url_parse("d://u:" CANARY "@h/\xc3\xa4%0A?k=v", NULL, &url, NULL), KN_OK);
    const char *whole = "d://u:***@h/\xc3\xa4%0A?k=***";
    char out[64];
    size_t before = 0;
    for (size_t size = 0; size < sizeof out; size++) {
        memset(out, 'Z', sizeof out);
        size_t n = kn_url_print(url, NULL, out, size);
        assert_int_equal(out[size], 'Z');
        if (size == 0) {
            assert_int_equal(n, 0);
            continue;
        }
        assert_true(n < size && n >= before);
        assert_int_equal(out[n], '\0');
        assert_memory_equal(out, whole, n);
        assert_int_not_equal((unsigned char)out[n ? n - 1 : 0], 0xC3);
        assert_true(n == 0 || (out[n - 1] != '%' && (n < 2 || out[n - 2] != '%')));
        before = n;
    }
    assert_string_equal(out, whole);
    kn_url_destroy(url);
}

/* Looks into a block when it is given back. */
static void *watching_resize(void *context, void *ptr, size_t old_size, size_t size)
{
    bool *seen = context;
    for (size_t i = 0; ptr && size == 0 && i + strlen(CANARY) <= old_size; i++)
        *seen = *seen || memcmp((char *)ptr + i, CANARY, strlen(CANARY)) == 0;
    const kn_allocator *real = kn_allocator_default();
    return real->resize(real->context, ptr, old_size, size);
}

static void test_url__secrets_are_wiped_before_memory_is_given_back(void **state)
{
    (void)state;
    bool seen = false;
    const kn_allocator watching = {watching_resize, &seen};
    kn_url *url = NULL;
    assert_int_equal(kn_url_parse("d://u:" CANARY "@h/?k=" CANARY, &watching, &url, NULL), KN_OK);
    kn_url_destroy(url);
    assert_false(seen);
    assert_int_equal(kn_url_parse("d://u:" CANARY "@h/%zz", &watching, &url, NULL), KN_MALFORMED);
    assert_false(seen);
    void *probe = watching_resize(&seen, NULL, 0, 16);
    memcpy(probe, CANARY, sizeof CANARY);
    watching_resize(&seen, probe, 16, 0);
    assert_true(seen); /* it would have been */
}

static kn_status parse_one(const kn_allocator *allocator, void *context)
{
    kn_url *url = NULL;
    kn_error error = {0};
    kn_status status = kn_url_parse(context, allocator, &url, &error);
    assert_int_equal(error.status, status);
    assert_true(status == KN_OK || !url);
    kn_url_destroy(url);
    return status;
}

static void test_url__survives_allocation_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(goods); i++)
        assert_int_equal(each_allocation_failure(parse_one, (void *)(uintptr_t)goods[i].text), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url__every_form_is_read_and_printed),
        cmocka_unit_test(test_url__what_breaks_a_rule_is_refused_where_it_does),
        cmocka_unit_test(test_url__bounds_are_exact),
        cmocka_unit_test(test_url__options_are_found_by_name),
        cmocka_unit_test(test_url__a_print_is_cut_at_whole_units),
        cmocka_unit_test(test_url__secrets_are_wiped_before_memory_is_given_back),
        cmocka_unit_test(test_url__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("unit/plugin/url", tests, NULL, NULL);
}
