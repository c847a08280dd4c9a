#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes pickle_cases.h: real pickles of protocols 0 to 5 with what CPython's repr says of each value.

    python3 tests/unit/type/pickle_corpus.py >tests/unit/type/pickle_cases.h
"""
import datetime
import pickle
import pickletools
from decimal import Decimal

nested = [1, (2, {"three": [4.5, None, True]}), {"k": frozenset([6])}]
shared = ["shared"]
strings = [str(i) for i in range(260)]
deep = []
for _ in range(30):
    deep = [deep]

VALUES = {
    "none": None,
    "true": True,
    "false": False,
    "int 0": 0,
    "int 255": 255,
    "int 256": 256,
    "int 65535": 65535,
    "int 65536": 65536,
    "int max32": 2**31 - 1,
    "int over32": 2**31,
    "int min32": -(2**31),
    "int under32": -(2**31) - 1,
    "int -1": -1,
    "int max64": 2**63 - 1,
    "int min64": -(2**63),
    "int over64": 2**63,
    "int under64": -(2**63) - 1,
    "int 10**30": 10**30,
    "int -2**79": -(2**79),
    "int 2**2040": 2**2040,
    "float 0": 0.0,
    "float -0": -0.0,
    "float 0.1": 0.1,
    "float 1e308": 1.7976931348623157e308,
    "float tiny": 5e-324,
    "float e+16": 1e16,
    "float inf": float("inf"),
    "float -inf": float("-inf"),
    "float nan": float("nan"),
    "str empty": "",
    "str ascii": "hello",
    "str escapes": "a\\b\nc\rd\x00e\x1af'g",
    "str backslash u": "\\u0041 \\\\u0042 \\",
    "str latin1": "caf\xe9",
    "str bmp": "\u20ac \u4e2d",
    "str astral": "\U0001f600!",
    "str 255": "x" * 255,
    "str 256": "x" * 256,
    "bytes empty": b"",
    "bytes": b"\x00\xff\x80abc\n\\",
    "bytes 256": b"y" * 256,
    "bytearray empty": bytearray(),
    "bytearray": bytearray(b"\x00\xffz"),
    "list empty": [],
    "list one": [1],
    "list": [1, "a", None],
    "tuple empty": (),
    "tuple 1": (1,),
    "tuple 2": (1, 2),
    "tuple 3": (1, 2, 3),
    "tuple 4": (1, 2, 3, 4),
    "dict empty": {},
    "dict one": {"a": 1},
    "dict": {"a": 1, 2: "b", (3, 4): [5], 1.5: None, b"k": b"v"},
    "set empty": set(),
    "set": {1, 2.5, (2, 3)},
    "frozenset empty": frozenset(),
    "frozenset": frozenset([1, 2, frozenset([3])]),
    "date": datetime.date(2024, 2, 29),
    "date min": datetime.date.min,
    "date max": datetime.date.max,
    "time": datetime.time(23, 59, 58, 999999),
    "time min": datetime.time.min,
    "time fold": datetime.time(1, 30, fold=1),
    "datetime": datetime.datetime(2024, 2, 29, 12, 30, 15, 123456),
    "datetime min": datetime.datetime.min,
    "datetime max": datetime.datetime.max,
    "datetime newline": datetime.datetime(2570, 10, 10, 10, 10, 10, 0x0A0A0A),
    "datetime fold": datetime.datetime(2020, 10, 25, 2, 30, fold=1),
    "timedelta 0": datetime.timedelta(0),
    "timedelta": datetime.timedelta(days=3, seconds=4, microseconds=5),
    "timedelta -1us": datetime.timedelta(microseconds=-1),
    "decimal 0": Decimal("0"),
    "decimal -0.00": Decimal("-0.00"),
    "decimal": Decimal("-12.50"),
    "decimal 1E+5": Decimal("1E+5"),
    "decimal 1E-7": Decimal("1E-7"),
    "decimal long": Decimal("1234567890123456789012345678901234567890.0123456789"),
    "nested": nested,
    "shared": [shared, shared, (shared, shared)],
    "names share modules": [datetime.time(1), datetime.date(2000, 1, 1), datetime.time(2)],
    "dates share names": [datetime.date(2000, 1, 1), datetime.date(2000, 1, 2), datetime.time(1), Decimal("1"), Decimal("2")],
    "deep": deep,
    "many": list(range(260)),
    "many strings": [str(i) for i in range(260)],
    "many shared": strings + strings[250:],
    "prefs": {"theme": "dark", "sizes": (1, 2), "since": datetime.datetime(2020, 1, 2, 3, 4, 5), "rate": Decimal("0.10")},
}


def c_string(data):
    out = []
    for byte in data:
        c = chr(byte)
        if c in '"\\':
            out.append("\\" + c)
        elif c == "?" or not 0x20 <= byte < 0x7F:
            out.append("\\%03o" % byte)
        else:
            out.append(c)
    lines = ["".join(out[i : i + 90]) for i in range(0, len(out), 90)] or [""]
    return "\n     ".join('"%s"' % line for line in lines)


def text_of(value, protocol):
    """What kn_any_print is to say: bytearray reads as bytes, old protocols drop the fold bit."""
    if isinstance(value, bytearray):
        value = bytes(value)
    if protocol < 4 and getattr(value, "fold", 0):
        value = value.replace(fold=0)
    return repr(value).encode("utf-8")


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by pickle_corpus.py. {name, protocol, repr, pickle, its size} */")
    print("/* clang-format off */")
    print("#ifndef KOINE_TESTS_PICKLE_CASES_H")
    print("#define KOINE_TESTS_PICKLE_CASES_H\n")
    print("#include <stddef.h>\n")
    print("typedef struct pickle_case {")
    print("    const char *name;\n    int protocol; /* 10 more: the same through pickletools.optimize */\n    const char *text, *pickle;\n    size_t size;\n} pickle_case;\n")
    print("static const pickle_case pickle_corpus[] = {")
    for name, value in VALUES.items():
        for protocol in range(6):
            forms = [(protocol, pickle.dumps(value, protocol))]
            if name in ("nested", "shared", "dates share names") and protocol < 5:
                forms.append((protocol + 10, pickletools.optimize(forms[0][1])))
            for number, data in forms:
                print('    {"%s", %d,\n     %s,\n     %s, %d},'
                      % (name, number, c_string(text_of(value, protocol)), c_string(data), len(data)))
    print("};\n")
    print("#endif")


main()
