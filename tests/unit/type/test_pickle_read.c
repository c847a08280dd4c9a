/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <koine/any.h>

#include "pickle_cases.h"
#include "support/failing_allocator.h"

static kn_arena arena;

static int setup(void **state)
{
    (void)state;
    kn_arena_init(&arena, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kn_arena_finish(&arena);
    return 0;
}

/* From memory of exactly that size, so that a sanitizer sees a read past its end. */
static kn_status read_exact(const void *data, size_t size, const kn_pickle_limits *limits, const kn_any **out,
                            kn_error *error)
{
    void *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size)
        memcpy(copy, data, size);
    kn_status status = kn_pickle_read((kn_bytes){copy, size}, limits, &arena, out, error);
    free(copy);
    assert_int_equal(status == KN_OK, *out != NULL);
    return status;
}

static void test_pickle_read__reads_what_cpython_wrote(void **state)
{
    (void)state;
    static char out[8192];
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        const kn_any *any = NULL;
        kn_error error = {0};
        if (read_exact(c->pickle, c->size, NULL, &any, &error) != KN_OK)
            fail_msg("%s, protocol %d: %s", c->name, c->protocol, error.message);
        (void)kn_any_print(any, out, sizeof out);
        if (strcmp(out, c->text) != 0)
            fail_msg("%s, protocol %d: %s", c->name, c->protocol, out);
    }
}

static void test_pickle_read__a_cut_pickle_is_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        for (size_t size = 0; size < c->size; size++) {
            const kn_any *any = NULL;
            kn_error error = {0};
            if (read_exact(c->pickle, size, NULL, &any, &error) != KN_MALFORMED)
                fail_msg("%s, protocol %d, %zu bytes: %s", c->name, c->protocol, size, error.message);
            assert_in_range(error.position, 1, size + 1);
            kn_arena_reset(&arena);
        }
    }
}

static void test_pickle_read__bytes_after_stop_are_malformed(void **state)
{
    (void)state;
    const kn_any *any = NULL;
    assert_int_equal(read_exact("N..", 3, NULL, &any, NULL), KN_MALFORMED);
    assert_int_equal(read_exact("N.N.", 4, NULL, &any, NULL), KN_MALFORMED);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* Whatever comes out, it ends, stays inside its memory, and what is accepted is written and read back equal. */
static void test_pickle_read__survives_changed_bytes(void **state)
{
    (void)state;
    const kn_pickle_limits limits = {.size_ = sizeof limits, .memory = 1 << 20};
    uint64_t seed = 0x9E3779B97F4A7C15u;
    static char changed[8192];
    size_t accepted = 0;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        assert_in_range(c->size, 1, sizeof changed);
        for (int round = 0; round < 60; round++) {
            const kn_any *any = NULL, *back = NULL;
            kn_bytes written;
            memcpy(changed, c->pickle, c->size);
            for (uint64_t flips = next_random(&seed) % 3 + 1; flips; flips--)
                changed[next_random(&seed) % c->size] = (char)next_random(&seed);
            if (read_exact(changed, c->size, &limits, &any, NULL) == KN_OK) {
                accepted++;
                assert_int_equal(kn_pickle_write(any, NULL, &arena, &written, NULL), KN_OK);
                assert_int_equal(read_exact(written.data, written.size, NULL, &back, NULL), KN_OK);
                assert_true(kn_any_equal(any, back));
            }
            kn_arena_reset(&arena);
        }
    }
    assert_true(accepted > 100);
}

typedef struct refusal {
    const char *pickle;
    size_t size;
    kn_status status;
    const char *message; /* part of it */
} refusal;
#define REFUSED(pickle, status, message)                                                                               \
    {                                                                                                                  \
        pickle, sizeof(pickle) - 1, KN_##status, message                                                               \
    }

static const refusal refusals[] = {
    /* names */
    REFUSED("cos\nsystem\n(S'id'\ntR.", UNSUPPORTED, "os.system"),
    REFUSED("cposix\nsystem\n(Vid\ntR.", UNSUPPORTED, "posix.system"),
    REFUSED("\200\004\214\002os\214\006system\223.", UNSUPPORTED, "os.system"),
    REFUSED("c__builtin__\neval\n(V1\ntR.", UNSUPPORTED, "__builtin__.eval"),
    REFUSED("cbuiltins\ngetattr\n.", UNSUPPORTED, "builtins.getattr"),
    REFUSED("cdatetime\ntimezone\n.", UNSUPPORTED, "datetime.timezone"),
    REFUSED("cdatetime\ndate.x\n.", UNSUPPORTED, "datetime.date.x"),
    REFUSED("cdatetime.datetime\nnow\n.", UNSUPPORTED, "datetime.datetime.now"),
    REFUSED("c\n\n.", UNSUPPORTED, "name"),
    REFUSED("c\377\n\377\n.", UNSUPPORTED, "not valid UTF-8"),
    REFUSED("cos\nsys\033tem\n.", UNSUPPORTED, "\\x1b"),
    REFUSED("K\001K\002\223.", MALFORMED, "no str"),
    REFUSED("(cdatetime\ndate\n1.", MALFORMED, "more or less"),
    REFUSED("cdatetime\ndate\n.", UNSUPPORTED, "itself as a value"),
    REFUSED("cdatetime\ndate\n\205.", UNSUPPORTED, "itself as a value"),
    REFUSED("]cdatetime\ndate\na.", UNSUPPORTED, "itself as a value"),
    /* opcodes */
    REFUSED("S'a'\n.", UNSUPPORTED, "STRING"),
    REFUSED("U\001a.", UNSUPPORTED, "SHORT_BINSTRING"),
    REFUSED("T\001\0\0\0a.", UNSUPPORTED, "BINSTRING"),
    REFUSED("P1\n.", UNSUPPORTED, "PERSID"),
    REFUSED("K\001Q.", UNSUPPORTED, "BINPERSID"),
    REFUSED("}}b.", UNSUPPORTED, "BUILD"),
    REFUSED("(ios\nsystem\n.", UNSUPPORTED, "INST"),
    REFUSED("(cdatetime\ndate\no.", UNSUPPORTED, "OBJ"),
    REFUSED("cdatetime\ndate\n)\201.", UNSUPPORTED, "NEWOBJ"),
    REFUSED("cdatetime\ndate\n)}\222.", UNSUPPORTED, "NEWOBJ_EX"),
    REFUSED("\202\001.", UNSUPPORTED, "EXT1"),
    REFUSED("\203\001\0.", UNSUPPORTED, "EXT2"),
    REFUSED("\204\001\0\0\0.", UNSUPPORTED, "EXT4"),
    REFUSED("\200\005\227.", UNSUPPORTED, "NEXT_BUFFER"),
    REFUSED("\200\005C\001a\230.", UNSUPPORTED, "READONLY_BUFFER"),
    REFUSED("\377.", MALFORMED, "0xff"),
    REFUSED("\200\006N.", UNSUPPORTED, "protocol 6"),
    /* sizes that are not there */
    REFUSED("", MALFORMED, "cut short"),
    REFUSED("X\377\377\377\377a.", MALFORMED, "cut short"),
    REFUSED("\215\377\377\377\377\377\377\377\177a.", MALFORMED, "cut short"),
    REFUSED("\216\0\0\0\0\0\0\0\200a.", MALFORMED, "cut short"),
    REFUSED("\226\377\377\377\377\377\377\377\377a.", MALFORMED, "cut short"),
    REFUSED("\213\377\377\377\377a.", MALFORMED, "cut short"),
    REFUSED("\200\004\225\377\377\377\377\377\377\377\377N.", MALFORMED, "cut short"),
    REFUSED("\200\004\225\003\0\0\0\0\0\0\0K.", MALFORMED, "cut short"),
    REFUSED("\200\004\225\001\0\0\0\0\0\0\0K\001.", MALFORMED, "end of its frame"),
    REFUSED("\200\004\225\013\0\0\0\0\0\0\0\225\002\0\0\0\0\0\0\0N.", MALFORMED, "inside of a frame"),
    /* the stack */
    REFUSED(".", MALFORMED, "more or less"),
    REFUSED("NN.", MALFORMED, "more or less"),
    REFUSED("(N.", MALFORMED, "more or less"),
    REFUSED("0.", MALFORMED, "too few"),
    REFUSED("N00.", MALFORMED, "too few"),
    REFUSED("1.", MALFORMED, "no mark"),
    REFUSED("2.", MALFORMED, "too few"),
    REFUSED("t.", MALFORMED, "no mark"),
    REFUSED("N\206.", MALFORMED, "too few"),
    REFUSED("N(\205.", MALFORMED, "too few"),
    REFUSED("](a.", MALFORMED, "too few"),
    REFUSED("a.", MALFORMED, "too few"),
    REFUSED("Na.", MALFORMED, "too few"),
    REFUSED("NNa.", MALFORMED, "no such container"),
    REFUSED(")Na.", MALFORMED, "no such container"),
    REFUSED("}Na.", MALFORMED, "no such container"),
    REFUSED("](NNu.", MALFORMED, "no such container"),
    REFUSED("](N\220.", MALFORMED, "no such container"),
    REFUSED("(Ne.", MALFORMED, "too few"),
    REFUSED("}(Nu.", MALFORMED, "no value"),
    REFUSED("(Nd.", MALFORMED, "no value"),
    REFUSED("NNR.", MALFORMED, "call"),
    REFUSED("cdatetime\ndate\nNR.", MALFORMED, "call"),
    REFUSED(")R.", MALFORMED, "too few"),
    /* the memo */
    REFUSED("h\000.", MALFORMED, "no memo entry 0"),
    REFUSED("Nq\001h\000.", MALFORMED, "no memo entry 0"),
    REFUSED("j\377\377\377\377.", MALFORMED, "no memo entry"),
    REFUSED("g-1\n.", MALFORMED, "memo index"),
    REFUSED("gx\n.", MALFORMED, "memo index"),
    REFUSED("g\n.", MALFORMED, "memo index"),
    REFUSED("Np99999999999999999999\n.", MALFORMED, "memo index"),
    REFUSED("q\000.", MALFORMED, "too few"),
    REFUSED("\224.", MALFORMED, "too few"),
    REFUSED("Nr\377\377\377\377.", LIMIT, "memo"),
    REFUSED("Nr\100\102\017\0.", LIMIT, "memo"),
    REFUSED("Np999999\n.", LIMIT, "far beyond"),
    /* values that contain themselves */
    REFUSED("]q\000h\000a.", UNSUPPORTED, "contains itself"),
    REFUSED("](\224h\000e.", MALFORMED, "too few"),
    REFUSED("]\224(h\000e.", UNSUPPORTED, "contains itself"),
    REFUSED("]\224h\000\205a.", UNSUPPORTED, "contains itself"),
    REFUSED("}\224(Nh\000u.", UNSUPPORTED, "contains itself"),
    REFUSED("}\224(V1\nh\000\205u.", UNSUPPORTED, "contains itself"),
    REFUSED("]2\205Na.", MALFORMED, "no such container"),
    REFUSED("]\224\205h\000Na.", UNSUPPORTED, "changes after its use"),
    /* keys */
    REFUSED("}]Ns.", MALFORMED, "key"),
    REFUSED("\217(]\220.", MALFORMED, "key"),
    REFUSED("(}\221.", MALFORMED, "key"),
    REFUSED("}]\205Ns.", MALFORMED, "key"),
    REFUSED("}(K\001NK\001Nu.", UNSUPPORTED, "equal"),
    REFUSED("}(K\001N\210Nu.", UNSUPPORTED, "equal"),
    REFUSED("\217(K\000G\200\0\0\0\0\0\0\0\220.", UNSUPPORTED, "equal"),
    /* numbers */
    REFUSED("I\n.", MALFORMED, "decimal number"),
    REFUSED("I-\n.", MALFORMED, "decimal number"),
    REFUSED("I007\n.", MALFORMED, "decimal number"),
    REFUSED("I1L\n.", MALFORMED, "decimal number"),
    REFUSED("I0x10\n.", MALFORMED, "decimal number"),
    REFUSED("I 1\n.", MALFORMED, "decimal number"),
    REFUSED("I1_0\n.", MALFORMED, "decimal number"),
    REFUSED("L\n.", MALFORMED, "decimal number"),
    REFUSED("LL\n.", MALFORMED, "decimal number"),
    REFUSED("L1LL\n.", MALFORMED, "decimal number"),
    REFUSED("F\n.", MALFORMED, "floating-point"),
    REFUSED("F1,5\n.", MALFORMED, "floating-point"),
    REFUSED("F0x1p3\n.", MALFORMED, "floating-point"),
    REFUSED("I1", MALFORMED, "cut short"),
    /* text */
    REFUSED("X\001\0\0\0\377.", ENCODING, "UTF-8"),
    REFUSED("\214\003\355\240\200.", ENCODING, "surrogates"),
    REFUSED("V\\ud800\n.", ENCODING, "surrogates"),
    REFUSED("V\\U00110000\n.", ENCODING, "UTF-8"),
    REFUSED("V\\Uffffffff\n.", MALFORMED, "escape"),
    REFUSED("V\\u12\n.", MALFORMED, "escape"),
    REFUSED("V\\u12g4\n.", MALFORMED, "escape"),
    /* calls */
    REFUSED("cbuiltins\nset\nN\205R.", MALFORMED, "builtins.set"),
    REFUSED("cbuiltins\nset\n]]\206R.", MALFORMED, "builtins.set"),
    REFUSED("cbuiltins\nset\n](]e\205R.", MALFORMED, "key"),
    REFUSED("cbuiltins\nset\n](K\001K\001e\205R.", UNSUPPORTED, "equal"),
    REFUSED("cbuiltins\nbytes\nK\001\205R.", MALFORMED, "builtins.bytes"),
    REFUSED("cbuiltins\nbytearray\nJ\377\377\377\177\205R.", MALFORMED, "builtins.bytearray"),
    REFUSED("c_codecs\nencode\n(Va\ntR.", MALFORMED, "_codecs.encode"),
    REFUSED("c_codecs\nencode\n(Va\nVrot13\ntR.", UNSUPPORTED, "latin1"),
    REFUSED("c_codecs\nencode\n(Va\nNtR.", UNSUPPORTED, "latin1"),
    REFUSED("c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.", MALFORMED, "latin1"),
    REFUSED("c_codecs\nencode\n(C\001aVlatin1\ntR.", MALFORMED, "_codecs.encode"),
    REFUSED("cdatetime\ndate\n)R.", MALFORMED, "datetime.date"),
    REFUSED("cdatetime\ndate\nC\003\007\350\001\205R.", MALFORMED, "datetime.date"),
    REFUSED("cdatetime\ndate\nC\004\007\350\002\036\205R.", OUT_OF_RANGE, "datetime.date"),
    REFUSED("cdatetime\ndate\nC\004\000\000\001\001\205R.", OUT_OF_RANGE, "datetime.date"),
    REFUSED("cdatetime\ndate\nC\004\377\377\001\001\205R.", OUT_OF_RANGE, "datetime.date"),
    REFUSED("cdatetime\ndate\nC\004\007\350\201\001\205R.", OUT_OF_RANGE, "datetime.date"),
    REFUSED("cdatetime\ndate\nK\001K\001K\001\207R.", MALFORMED, "datetime.date"),
    REFUSED("cdatetime\ntime\nC\006\030\0\0\0\0\0\205R.", OUT_OF_RANGE, "datetime.time"),
    REFUSED("cdatetime\ntime\nC\006\001\0\0\017\102\100\205R.", OUT_OF_RANGE, "datetime.time"),
    REFUSED("cdatetime\ntime\nC\006\001\0\0\0\0\0N\206R.", UNSUPPORTED, "datetime.time with a time zone"),
    REFUSED("cdatetime\ndatetime\nC\012\007\350\001\001\0\0\0\0\0\0N\206R.", UNSUPPORTED, "with a time zone"),
    REFUSED("cdatetime\ndatetime\nC\012\007\350\015\001\0\0\0\0\0\0\205R.", OUT_OF_RANGE, "datetime.datetime"),
    REFUSED("cdatetime\ntimedelta\n(K\001K\001tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdatetime\ntimedelta\n(K\001J\377\377\377\377K\000tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdatetime\ntimedelta\n(K\000J\200\121\001\0K\000tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdatetime\ntimedelta\n(K\000K\000J\100\102\017\0tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdatetime\ntimedelta\n(K\000K\000G\0\0\0\0\0\0\0\0tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdatetime\ntimedelta\n(J\377\311\232\073K\000K\000tR.", OUT_OF_RANGE, "999999999 days"),
    REFUSED("cdatetime\ntimedelta\n(J\000\312\232\073K\000K\000tR.", MALFORMED, "datetime.timedelta"),
    REFUSED("cdecimal\nDecimal\n(VNaN\ntR.", OUT_OF_RANGE, "not finite"),
    REFUSED("cdecimal\nDecimal\n(V-Infinity\ntR.", OUT_OF_RANGE, "not finite"),
    REFUSED("cdecimal\nDecimal\n(VsNaN123\ntR.", OUT_OF_RANGE, "not finite"),
    REFUSED("cdecimal\nDecimal\n(Vone\ntR.", MALFORMED, ""),
    REFUSED("cdecimal\nDecimal\n(V\ntR.", MALFORMED, ""),
    REFUSED("cdecimal\nDecimal\n(K\001tR.", MALFORMED, "decimal.Decimal"),
    REFUSED("cdecimal\nDecimal\n(V1E+999999\ntR.", LIMIT, ""),
};

static void test_pickle_read__refuses_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(refusals); i++) {
        const refusal *r = &refusals[i];
        const kn_any *any = NULL;
        kn_error error = {0};
        kn_status status = read_exact(r->pickle, r->size, NULL, &any, &error);
        if (status != r->status || error.status != (int32_t)r->status || !strstr(error.message, r->message))
            fail_msg("%zu %s: %s, %s", i, r->pickle, kn_status_name(status), error.message);
        /* the same without an error to fill */
        assert_int_equal(read_exact(r->pickle, r->size, NULL, &any, NULL), r->status);
    }
}

static void test_pickle_read__says_where(void **state)
{
    (void)state;
    const kn_any *any = NULL;
    kn_error error = {0};
    assert_int_equal(read_exact("\200\002]q\000cos\nsystem\n.", 17, NULL, &any, &error), KN_UNSUPPORTED);
    assert_int_equal(error.position, 6);
    assert_string_equal(error.message, "pickle, byte 5, GLOBAL: the name os.system: only plain values are read");
}

/* Written by hand, as no CPython writes them, but well formed. */
static const struct {
    const char *pickle;
    size_t size;
    const char *text;
} unusual[] = {
#define READ(pickle, text)                                                                                             \
    {                                                                                                                  \
        pickle, sizeof(pickle) - 1, text                                                                               \
    }
    READ("NN0.", "None"),
    READ("N(NN1.", "None"),
    READ("N(0.", "None"),
    READ("K\0052\206.", "(5, 5)"),
    READ("I-0\n.", "0"),
    READ("L5\n.", "5"),
    READ("\212\000.", "0"),
    READ("\212\001\377.", "-1"),
    READ("\212\011\001\0\0\0\0\0\0\0\0.", "1"),
    READ("\212\012\377\377\377\377\377\377\377\377\377\377.", "-1"),
    READ("\212\011\0\0\0\0\0\0\0\200\000.", "9223372036854775808"),
    READ("\212\011\377\377\377\377\377\377\377\177\377.", "-9223372036854775809"),
    READ("\212\011\0\0\0\0\0\0\0\0\0.", "0"),
    READ("\213\001\0\0\0\177.", "127"),
    READ("F1e5\n.", "100000.0"),
    READ("F-Infinity\n.", "-inf"),
    READ("V\\\\u0041\\\n.", "'\\\\\\\\u0041\\\\'"),
    READ("V\\x41\n.", "'\\\\x41'"),
    READ("\215\001\0\0\0\0\0\0\0a.", "'a'"),
    READ("\216\001\0\0\0\0\0\0\0a.", "b'a'"),
    READ("](e.", "[]"),
    READ("}(u.", "{}"),
    READ("\217(\220.", "set()"),
    READ("](NNe(Ne.", "[None, None, None]"),
    READ("(NNl.", "[None, None]"),
    READ("(K\001K\002d.", "{1: 2}"),
    READ("Np255\n0g255\n.", "None"),
    READ("Nq\000q\000K\005\224h\001\207.", "(None, 5, 5)"),
    READ("]\224\205h\000(e\206.", "(([],), [])"),
    READ("\200\004\200\002N.", "None"),
    READ("\200\004\225\001\0\0\0\0\0\0\0N\225\001\0\0\0\0\0\0\0.", "None"),
    READ("cbuiltins\nset\n)R.", "set()"),
    READ("c__builtin__\nbytearray\n(Va\377\nVlatin-1\ntR.", "b'a\\xff'"),
    READ("cdecimal\nDecimal\n(V+1.50\ntR.", "Decimal('1.50')"),
};

static void test_pickle_read__reads_unusual_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(unusual); i++) {
        const kn_any *any = NULL;
        kn_error error = {0};
        char out[100];
        if (read_exact(unusual[i].pickle, unusual[i].size, NULL, &any, &error) != KN_OK)
            fail_msg("%zu: %s", i, error.message);
        (void)kn_any_print(any, out, sizeof out);
        assert_string_equal(out, unusual[i].text);
    }
}

/* Repeats `opening`, then `middle`, then repeats `closing`. */
static kn_status read_repeated(const char *opening, const char *middle, const char *closing, size_t times,
                               const kn_pickle_limits *limits, const kn_any **out)
{
    size_t a = strlen(opening), b = strlen(middle), c = strlen(closing);
    char *pickle = malloc((a + c) * times + b + 1), *at = pickle;
    assert_non_null(pickle);
    for (size_t i = 0; i < times; i++, at += a)
        memcpy(at, opening, a);
    memcpy(at, middle, b);
    at += b;
    for (size_t i = 0; i < times; i++, at += c)
        memcpy(at, closing, c);
    *at++ = '.';
    kn_status status = kn_pickle_read((kn_bytes){pickle, (size_t)(at - pickle)}, limits, &arena, out, NULL);
    free(pickle);
    return status;
}

static void test_pickle_read__bounds_depth(void **state)
{
    (void)state;
    const kn_any *any = NULL;
    kn_pickle_limits limits = {.size_ = sizeof limits};
    assert_int_equal(read_repeated("]", "N", "a", 200, NULL, &any), KN_OK);
    assert_int_equal(read_repeated("]", "N", "a", 201, NULL, &any), KN_LIMIT);
    assert_int_equal(read_repeated("", "N", "\205", 200, NULL, &any), KN_OK);
    assert_int_equal(read_repeated("", "N", "\205", 201, NULL, &any), KN_LIMIT);
    /* a set of an old protocol holds a list in a tuple for a while */
    assert_int_equal(read_repeated("c__builtin__\nfrozenset\n](", "N", "e\205R", 200, NULL, &any), KN_OK);
    assert_int_equal(read_repeated("c__builtin__\nfrozenset\n((l(", "N", "etR", 200, NULL, &any), KN_OK);
    assert_int_equal(read_repeated("c__builtin__\nfrozenset\n](", "N", "e\205R", 201, NULL, &any), KN_LIMIT);
    limits.depth = 1000;
    assert_int_equal(read_repeated("c__builtin__\nfrozenset\n](", "N", "e\205R", 1000, &limits, &any), KN_OK);
    assert_int_equal(read_repeated("c__builtin__\nfrozenset\n](", "N", "e\205R", 1001, &limits, &any), KN_LIMIT);
    assert_int_equal(read_repeated("](", "N", "e", 1000, &limits, &any), KN_OK);
    assert_int_equal(read_repeated("](", "N", "e", 1001, &limits, &any), KN_LIMIT);
    limits.depth = 3;
    assert_int_equal(read_repeated("]", "N", "a", 3, &limits, &any), KN_OK);
    assert_int_equal(read_repeated("]", "N", "a", 4, &limits, &any), KN_LIMIT);
    limits.depth = 1001;
    assert_int_equal(read_repeated("]", "N", "a", 1, &limits, &any), KN_INVALID);
}

static void test_pickle_read__survives_a_million_levels(void **state)
{
    (void)state;
    static const struct {
        const char *opening, *middle, *closing;
    } shapes[] = {
        {"]", "N", "a"}, {"](", "N", "e"}, {"", "N", "\205"}, {"(", "N", "t"},
        {"(", "N", "l"}, {"}N", "N", "s"}, {"(", "", ""},     {"", "N", "2\206"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(shapes); i++) {
        const kn_any *any = NULL;
        assert_int_equal(read_repeated(shapes[i].opening, shapes[i].middle, shapes[i].closing, 1000000, NULL, &any),
                         KN_LIMIT);
        kn_arena_reset(&arena);
    }
}

/* Sanitizers put room around every local. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(SANITIZED) || defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define STACK ((size_t)4 * 1024 * 1024)
#else
#define STACK ((size_t)384 * 1024)
#endif

/* Reads, compares, prints and writes what is as deep as can be. */
static void *walk_the_deepest(void *context)
{
    const kn_pickle_limits limits = {.size_ = sizeof limits, .depth = 1000};
    const kn_any *any = NULL, *other = NULL;
    static char out[20000];
    kn_bytes written = {NULL, 0};
    kn_status *status = context;
    *status = read_repeated("}K\001(", "", "ls", 500, &limits, &any);
    if (*status == KN_OK)
        *status = read_repeated("}K\001(", "", "ls", 500, &limits, &other);
    if (*status == KN_OK && (!kn_any_equal(any, other) || kn_any_print(any, out, sizeof out) != 500 * 7))
        *status = KN_INVALID;
    if (*status == KN_OK)
        *status = kn_pickle_write(any, &limits, &arena, &written, NULL);
    return NULL;
}

static void test_pickle_read__the_deepest_value_needs_little_stack(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    pthread_t thread;
    kn_status status = KN_INVALID;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attributes, walk_the_deepest, &status), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    assert_int_equal(status, KN_OK);
}

static void test_pickle_read__bounds_bytes_and_memo(void **state)
{
    (void)state;
    const kn_any *any = NULL;
    kn_pickle_limits limits = {.size_ = sizeof limits, .bytes = 4, .memo = 2};
    assert_int_equal(read_exact("NN0.", 4, &limits, &any, NULL), KN_OK);
    assert_int_equal(read_exact("NN00N.", 6, &limits, &any, NULL), KN_LIMIT);
    limits.bytes = 100;
    assert_int_equal(read_exact("N\224\224.", 4, &limits, &any, NULL), KN_OK);
    assert_int_equal(read_exact("N\224\224\224.", 5, &limits, &any, NULL), KN_LIMIT);
    assert_int_equal(read_exact("Np1\n.", 5, &limits, &any, NULL), KN_OK);
    assert_int_equal(read_exact("Np2\n.", 5, &limits, &any, NULL), KN_LIMIT);
    limits.size_ = 0;
    assert_int_equal(read_exact("N.", 2, &limits, &any, NULL), KN_INVALID);
    assert_int_equal(kn_pickle_read((kn_bytes){NULL, 0}, NULL, &arena, &any, NULL), KN_NULL_VALUE);
    /* a program built when the struct ended after `depth` */
    limits = (kn_pickle_limits){.size_ = offsetof(kn_pickle_limits, memo), .depth = 1, .memo = 1, .bytes = 1};
    assert_int_equal(read_exact("N\224\224.", 4, &limits, &any, NULL), KN_OK);
}

/* The most that is taken from the allocator while a pickle is read under a limit. */
static size_t peak_memory(const void *pickle, size_t size, size_t memory, kn_status expected)
{
    failing_allocator f;
    kn_arena own;
    const kn_any *any = NULL;
    const kn_pickle_limits limits = {.size_ = sizeof limits, .memory = memory};
    failing_allocator_init(&f, 0, false);
    kn_arena_init(&own, &f.allocator, 0);
    assert_int_equal(kn_pickle_read((kn_bytes){pickle, size}, &limits, &own, &any, NULL), expected);
    kn_arena_finish(&own);
    failing_allocator_finish(&f);
    return f.peak_bytes;
}

static void test_pickle_read__bounds_memory(void **state)
{
    (void)state;
    enum { SIZE = 400000, MEMORY = 100000 };
    static const char *const fillers[] = {"N",         "]",     "}",     "(", "2",    "K\001",
                                          "M\001\001", "]\224", "N\224", ")", "N\205"};
    char *pickle = malloc(SIZE);
    assert_non_null(pickle);
    for (size_t i = 0; i < KN_COUNT_OF(fillers); i++) {
        size_t width = strlen(fillers[i]);
        pickle[0] = 'N';
        for (size_t at = 1; at + width < SIZE; at += width)
            memcpy(pickle + at, fillers[i], width);
        pickle[SIZE - 1] = '.';
        /* twice, as a block that grows is there twice for a moment, and an arena block may be larger than what it
         * holds */
        assert_in_range(peak_memory(pickle, SIZE, MEMORY, KN_LIMIT), 1, 4 * MEMORY);
    }
    /* a size that is declared takes nothing */
    static const char declared[] = "\215\377\377\377\377\377\377\377\177aaaa.";
    assert_in_range(peak_memory(declared, sizeof declared - 1, 0, KN_MALFORMED), 0, 4096);
    /* nor does a distant memo index, unless the limit on memory allows it */
    static const char distant[] = "Np999999\n.";
    assert_in_range(peak_memory(distant, sizeof distant - 1, 0, KN_LIMIT), 0, 4096);
    free(pickle);
}

/* [x, x] of [x, x] of ... : 2^1000 leaves in 5000 bytes. */
static void test_pickle_read__shared_values_stay_shared(void **state)
{
    (void)state;
    enum { LEVELS = 900 };
    static char pickle[LEVELS * 3 + 20];
    const kn_pickle_limits limits = {.size_ = sizeof limits, .depth = 1000};
    const kn_any *any = NULL, *other = NULL;
    kn_bytes written;
    char *at = pickle;
    memcpy(at, "\214\003lol", 5);
    at += 5;
    for (int i = 0; i < LEVELS; i++, at += 2)
        memcpy(at, "2\206", 2);
    *at++ = '.';
    size_t size = (size_t)(at - pickle);
    assert_int_equal(read_exact(pickle, size, &limits, &any, NULL), KN_OK);
    assert_ptr_equal(kn_any_item(any, 0), kn_any_item(any, 1));
    assert_int_equal(kn_pickle_write(any, &limits, &arena, &written, NULL), KN_OK);
    assert_in_range(written.size, LEVELS, 10 * LEVELS);
    assert_int_equal(read_exact(written.data, written.size, &limits, &other, NULL), KN_OK);
    assert_true(kn_any_equal(any, other));
}

/* 200000 keys in the order that would be the worst for a table keyed by their value, all in well under a second. */
static void test_pickle_read__many_keys_take_no_quadratic_time(void **state)
{
    (void)state;
    enum { KEYS = 200000 };
    char *pickle = malloc(KEYS * 7 + 10), *at = pickle;
    const kn_any *any = NULL;
    assert_non_null(pickle);
    memcpy(at, "}(", 2);
    at += 2;
    for (uint32_t i = 0; i < KEYS; i++) {
        *at++ = 'J';
        for (int k = 0; k < 4; k++)
            *at++ = (char)((i << 13 | i >> 19) >> 8 * k);
        *at++ = 'N';
    }
    memcpy(at, "u.", 2);
    at += 2;
    assert_int_equal(kn_pickle_read((kn_bytes){pickle, (size_t)(at - pickle)}, NULL, &arena, &any, NULL), KN_OK);
    assert_int_equal(kn_any_count(any), KEYS);
    free(pickle);
}

static void test_pickle_read__bounds_the_work_of_large_ints(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    char *pickle = malloc(BYTES + 6);
    const kn_any *any = NULL;
    assert_non_null(pickle);
    memset(pickle, 0x55, BYTES + 6);
    memcpy(pickle, "\213\000\000\020\000", 5);
    pickle[BYTES + 5] = '.';
    assert_int_equal(kn_pickle_read((kn_bytes){pickle, BYTES + 6}, NULL, &arena, &any, NULL), KN_LIMIT);
    free(pickle);
}

static kn_status read_failing(const kn_allocator *allocator, void *context)
{
    const pickle_case *c = context;
    kn_arena own;
    const kn_any *any = NULL;
    kn_arena_init(&own, allocator, 0);
    kn_status status = kn_pickle_read((kn_bytes){c->pickle, c->size}, NULL, &own, &any, NULL);
    assert_int_equal(status == KN_OK, any != NULL);
    kn_arena_finish(&own);
    return status;
}

static void test_pickle_read__survives_every_allocation_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        pickle_case c = pickle_corpus[i];
        assert_true(each_allocation_failure(read_failing, &c) >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pickle_read__reads_what_cpython_wrote),
        cmocka_unit_test(test_pickle_read__a_cut_pickle_is_malformed),
        cmocka_unit_test(test_pickle_read__bytes_after_stop_are_malformed),
        cmocka_unit_test(test_pickle_read__survives_changed_bytes),
        cmocka_unit_test(test_pickle_read__refuses_with_a_reason),
        cmocka_unit_test(test_pickle_read__says_where),
        cmocka_unit_test(test_pickle_read__reads_unusual_forms),
        cmocka_unit_test(test_pickle_read__bounds_depth),
        cmocka_unit_test(test_pickle_read__survives_a_million_levels),
        cmocka_unit_test(test_pickle_read__the_deepest_value_needs_little_stack),
        cmocka_unit_test(test_pickle_read__bounds_bytes_and_memo),
        cmocka_unit_test(test_pickle_read__bounds_memory),
        cmocka_unit_test(test_pickle_read__shared_values_stay_shared),
        cmocka_unit_test(test_pickle_read__many_keys_take_no_quadratic_time),
        cmocka_unit_test(test_pickle_read__bounds_the_work_of_large_ints),
        cmocka_unit_test(test_pickle_read__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
