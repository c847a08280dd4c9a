/* SPDX-License-Identifier: MIT */
/* Text and bytes. The texts of a String(9) also go through Text and Unicode. */
#ifndef KOINE_TESTS_EXACT_TEXT_CASES_H
#define KOINE_TESTS_EXACT_TEXT_CASES_H

#include "exact.h"

#define E_ACUTE "\xc3\xa9"             /* 2 bytes */
#define EURO "\xe2\x82\xac"            /* 3 bytes */
#define TREBLE_CLEF "\xf0\x9d\x84\x9e" /* 4 bytes */
#define NINE(c) c c c c c c c c c

static const Exact_case string9_cases[] = {
    {"empty", EXACT_TEXT(""), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"the word NULL", EXACT_TEXT("NULL"), KN_OK},
    {"one space", EXACT_TEXT(" "), KN_OK},
    {"two spaces", EXACT_TEXT("  "), KN_OK},
    {"nine spaces", EXACT_TEXT("         "), KN_OK},
    {"a", EXACT_TEXT("a"), KN_OK},
    {"a and a space", EXACT_TEXT("a "), KN_OK},
    {"a space and a", EXACT_TEXT(" a"), KN_OK},
    {"A", EXACT_TEXT("A"), KN_OK},
    {"a with acute, one code point", EXACT_TEXT("\xc3\xa1"), KN_OK},
    {"a with acute, two code points", EXACT_TEXT("a\xcc\x81"), KN_OK},
    {"sharp s", EXACT_TEXT("\xc3\x9f"), KN_OK},
    {"ss", EXACT_TEXT("ss"), KN_OK},
    {"dotless i", EXACT_TEXT("\xc4\xb1"), KN_OK},
    {"ligature fi", EXACT_TEXT("\xef\xac\x81"), KN_OK},
    {"digits", EXACT_TEXT("0123"), KN_OK},
    {"a number", EXACT_TEXT("1e3"), KN_OK},
    {"0x10", EXACT_TEXT("0x10"), KN_OK},
    {"a quote", EXACT_TEXT("'"), KN_OK},
    {"two quotes", EXACT_TEXT("''"), KN_OK},
    {"double quote", EXACT_TEXT("\""), KN_OK},
    {"backtick", EXACT_TEXT("`"), KN_OK},
    {"backslash", EXACT_TEXT("\\"), KN_OK},
    {"backslash quote", EXACT_TEXT("\\'"), KN_OK},
    {"backslash n", EXACT_TEXT("\\n"), KN_OK},
    {"backslash zero", EXACT_TEXT("\\0"), KN_OK},
    {"percent", EXACT_TEXT("%"), KN_OK},
    {"underscore", EXACT_TEXT("_"), KN_OK},
    {"placeholder", EXACT_TEXT("?"), KN_OK},
    {"named placeholder", EXACT_TEXT(":v"), KN_OK},
    {"dollar placeholder", EXACT_TEXT("$1"), KN_OK},
    {"end of a comment", EXACT_TEXT("*/"), KN_OK},
    {"start of a comment", EXACT_TEXT("--"), KN_OK},
    {"an attack", EXACT_TEXT("';DROP--"), KN_OK},
    {"tab", EXACT_TEXT("\t"), KN_OK},
    {"line feed", EXACT_TEXT("\n"), KN_OK},
    {"carriage return", EXACT_TEXT("\r\n"), KN_OK},
    {"line feed at the end", EXACT_TEXT("x\n"), KN_OK},
    {"U+0001", EXACT_TEXT("\x01"), KN_OK},
    {"U+001A, end of file on some systems",
     EXACT_TEXT("a\x1a"
                "b"),
     KN_OK},
    {"U+007F", EXACT_TEXT("\x7f"), KN_OK},
    {"U+0080", EXACT_TEXT("\xc2\x80"), KN_OK},
    {"U+07FF", EXACT_TEXT("\xdf\xbf"), KN_OK},
    {"U+0800", EXACT_TEXT("\xe0\xa0\x80"), KN_OK},
    {"U+D7FF, before the surrogates", EXACT_TEXT("\xed\x9f\xbf"), KN_OK},
    {"U+E000, after the surrogates", EXACT_TEXT("\xee\x80\x80"), KN_OK},
    {"U+FDD0, a noncharacter", EXACT_TEXT("\xef\xb7\x90"), KN_OK},
    {"U+FEFF, byte order mark", EXACT_TEXT("\xef\xbb\xbf"), KN_OK},
    {"byte order mark and text",
     EXACT_TEXT("\xef\xbb\xbf"
                "abc"),
     KN_OK},
    {"U+FFFD, replacement character", EXACT_TEXT("\xef\xbf\xbd"), KN_OK},
    {"U+FFFE, a noncharacter", EXACT_TEXT("\xef\xbf\xbe"), KN_OK},
    {"U+FFFF, a noncharacter", EXACT_TEXT("\xef\xbf\xbf"), KN_OK},
    {"U+10000", EXACT_TEXT("\xf0\x90\x80\x80"), KN_OK},
    {"U+1F600, a face", EXACT_TEXT("\xf0\x9f\x98\x80"), KN_OK},
    {"U+1FFFF, a noncharacter", EXACT_TEXT("\xf0\x9f\xbf\xbf"), KN_OK},
    {"U+10FFFF, the last", EXACT_TEXT("\xf4\x8f\xbf\xbf"), KN_OK},
    {"right to left override",
     EXACT_TEXT("\xe2\x80\xae"
                "abc"),
     KN_OK},
    {"zero width joiner",
     EXACT_TEXT("a\xe2\x80\x8d"
                "b"),
     KN_OK},
    {"no-break space at the end", EXACT_TEXT("a\xc2\xa0"), KN_OK},
    {"nine of one byte", EXACT_TEXT("123456789"), KN_OK},
    {"nine of two bytes", EXACT_TEXT(NINE(E_ACUTE)), KN_OK},
    {"nine of three bytes", EXACT_TEXT(NINE(EURO)), KN_OK},
    {"nine of four bytes", EXACT_TEXT(NINE(TREBLE_CLEF)), KN_OK},
    {"nine combining marks", EXACT_TEXT(NINE("\xcc\x81")), KN_OK},
    {"ten of one byte", EXACT_TEXT("abcdefghij"), KN_TOO_LONG},
    {"ten of two bytes", EXACT_TEXT(NINE(E_ACUTE) E_ACUTE), KN_TOO_LONG},
    {"ten of three bytes", EXACT_TEXT(NINE(EURO) EURO), KN_TOO_LONG},
    {"ten of four bytes", EXACT_TEXT(NINE(TREBLE_CLEF) TREBLE_CLEF), KN_TOO_LONG},
    {"nine and a space", EXACT_TEXT("abcdefghi "), KN_TOO_LONG},
    {"an integer", EXACT_INT(1), KN_TYPE_MISMATCH},
    {"bytes", EXACT_BYTES("a"), KN_TYPE_MISMATCH},
};

/* RFC 3629: what no text of any type may hold. */
static const Exact_case broken_cases[] = {
    {"NULL", EXACT_NULL, KN_OK},
    {"good", EXACT_TEXT("good"), KN_OK},
    {"a continuation byte alone", EXACT_TEXT("\x80"), KN_ENCODING},
    {"first byte of two, alone", EXACT_TEXT("a\xc3"), KN_ENCODING},
    {"first byte of two, then ASCII",
     EXACT_TEXT("\xc3"
                "a"),
     KN_ENCODING},
    {"two bytes of three", EXACT_TEXT("\xe2\x82"), KN_ENCODING},
    {"three bytes of four", EXACT_TEXT("\xf0\x9f\x98"), KN_ENCODING},
    {"overlong slash, two bytes", EXACT_TEXT("\xc0\xaf"), KN_ENCODING},
    {"overlong slash, three bytes", EXACT_TEXT("\xe0\x80\xaf"), KN_ENCODING},
    {"overlong slash, four bytes", EXACT_TEXT("\xf0\x80\x80\xaf"), KN_ENCODING},
    {"overlong NUL, as Java writes it", EXACT_TEXT("\xc0\x80"), KN_ENCODING},
    {"overlong U+07FF", EXACT_TEXT("\xe0\x9f\xbf"), KN_ENCODING},
    {"overlong U+FFFF", EXACT_TEXT("\xf0\x8f\xbf\xbf"), KN_ENCODING},
    {"first surrogate", EXACT_TEXT("\xed\xa0\x80"), KN_ENCODING},
    {"last surrogate", EXACT_TEXT("\xed\xbf\xbf"), KN_ENCODING},
    {"a pair of surrogates, as CESU-8 writes them", EXACT_TEXT("\xed\xa0\xbd\xed\xb8\x80"), KN_ENCODING},
    {"U+110000", EXACT_TEXT("\xf4\x90\x80\x80"), KN_ENCODING},
    {"five bytes", EXACT_TEXT("\xf8\x88\x80\x80\x80"), KN_ENCODING},
    {"FE", EXACT_TEXT("\xfe"), KN_ENCODING},
    {"FF", EXACT_TEXT("\xff"), KN_ENCODING},
    {"ISO 8859-1", EXACT_TEXT("caf\xe9"), KN_ENCODING},
    {"U+0000 alone", EXACT_TEXT("\0"), KN_ENCODING},
    {"U+0000 inside", EXACT_TEXT("a\0b"), KN_ENCODING},
    {"U+0000 at the end", EXACT_TEXT("a\0"), KN_ENCODING},
};

/* No declared length: the long ones are made by the test. */
static const Exact_case text_cases[] = {
    {"empty", EXACT_TEXT(""), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"a sentence", EXACT_TEXT("The quick brown fox jumps over the lazy dog.\n"), KN_OK},
    {"quotes of all kinds", EXACT_TEXT("'\"`\\'' $$ $tag$ E'\\'' N'x' /* */ -- #"), KN_OK},
    {"many lines", EXACT_TEXT("\r\n\n\r\n\t  \n "), KN_OK},
    {"all planes", EXACT_TEXT("a" E_ACUTE EURO TREBLE_CLEF "\xf0\xaf\xa8\x9d\xf3\xa0\x80\x81\xf4\x80\x80\x80"), KN_OK},
    {"a family of four, one glyph",
     EXACT_TEXT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6"),
     KN_OK},
    {"spaces at both ends", EXACT_TEXT("   x   "), KN_OK},
};

static const Exact_case bytes_cases[] = {
    {"NULL", EXACT_NULL, KN_OK},
    {"empty", EXACT_BYTES(""), KN_OK},
    {"one NUL", EXACT_BYTES("\0"), KN_OK},
    {"two NULs", EXACT_BYTES("\0\0"), KN_OK},
    {"NUL inside", EXACT_BYTES("a\0b"), KN_OK},
    {"no UTF-8", EXACT_BYTES("\xff\xfe\x80"), KN_OK},
    {"quotes", EXACT_BYTES("'\\\"x''"), KN_OK},
    {"as hexadecimal text", EXACT_BYTES("\\x00ff"), KN_OK},
    {"a space at the end", EXACT_BYTES("a "), KN_OK},
    {"text", EXACT_TEXT("text"), KN_TYPE_MISMATCH},
};

static const Exact_case bytes4_cases[] = {
    {"NULL", EXACT_NULL, KN_OK},
    {"empty", EXACT_BYTES(""), KN_OK},
    {"three", EXACT_BYTES("\0\0\0"), KN_OK},
    {"four", EXACT_BYTES("\xff\0\xff\0"), KN_OK},
    {"five", EXACT_BYTES("\0\0\0\0\0"), KN_TOO_LONG},
};

/* Labels that hurt, of an Enum whose constants do not stand in order. The longest has 63 bytes. */
#define LABEL_63 "123456789 123456789 123456789 123456789 123456789 123456789 123"
typedef enum Odd {
    ODD_PLAIN = 7,
    ODD_QUOTE = 0,
    ODD_DOUBLE = -1,
    ODD_SPACE = 3,
    ODD_FACE = INT32_MAX,
    ODD_COMMENT = INT32_MIN,
    ODD_LONG = 100,
    ODD_BACKSLASH = 101,
    ODD_COMMA = 102,
    ODD_DIGITS = 103,
    ODD_FIRST_SPACE = 104,
    ODD_PERCENT = 105,
    ODD_NULL = 106
} Odd;
static const kn_enum odd_enum = KN_ENUM_TYPE(
    "odd labels", KN_LABEL(ODD_PLAIN, "plain"), KN_LABEL(ODD_QUOTE, "it's"), KN_LABEL(ODD_DOUBLE, "say \"hi\""),
    KN_LABEL(ODD_SPACE, "two  words"), KN_LABEL(ODD_FACE, "\xf0\x9f\x98\x80"), KN_LABEL(ODD_COMMENT, "*/ -- /*"),
    KN_LABEL(ODD_LONG, LABEL_63), KN_LABEL(ODD_BACKSLASH, "back\\slash"), KN_LABEL(ODD_COMMA, "a,b"),
    KN_LABEL(ODD_DIGITS, "12"), KN_LABEL(ODD_FIRST_SPACE, " x"), KN_LABEL(ODD_PERCENT, "100 %"),
    KN_LABEL(ODD_NULL, "NULL"));

static const Exact_case odd_cases[] = {
    {"plain", EXACT_TEXT("plain"), KN_OK},
    {"quote", EXACT_TEXT("it's"), KN_OK},
    {"double quotes", EXACT_TEXT("say \"hi\""), KN_OK},
    {"two spaces inside", EXACT_TEXT("two  words"), KN_OK},
    {"a face", EXACT_TEXT("\xf0\x9f\x98\x80"), KN_OK},
    {"a comment turned around", EXACT_TEXT("*/ -- /*"), KN_OK},
    {"63 bytes", EXACT_TEXT(LABEL_63), KN_OK},
    {"backslash", EXACT_TEXT("back\\slash"), KN_OK},
    {"comma", EXACT_TEXT("a,b"), KN_OK},
    {"digits", EXACT_TEXT("12"), KN_OK},
    {"a space first", EXACT_TEXT(" x"), KN_OK},
    {"percent", EXACT_TEXT("100 %"), KN_OK},
    {"the word NULL", EXACT_TEXT("NULL"), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"not listed", EXACT_TEXT("unlisted label"), KN_OUT_OF_RANGE},
    {"another case", EXACT_TEXT("PLAIN"), KN_OUT_OF_RANGE},
    {"a space behind", EXACT_TEXT("plain "), KN_OUT_OF_RANGE},
    {"empty", EXACT_TEXT(""), KN_OUT_OF_RANGE},
    {"the position of a label", EXACT_TEXT("1"), KN_OUT_OF_RANGE},
    {"a constant not listed", EXACT_INT(1), KN_OUT_OF_RANGE},
    {"a constant past 32 bits", EXACT_INT(INT64_C(4294967303)), KN_OUT_OF_RANGE},
    {"bytes", EXACT_BYTES("plain"), KN_TYPE_MISMATCH},
};

#endif
