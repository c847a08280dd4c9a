#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python side of test_pickle_python.c.

Sends each value pickled in every protocol; gets it back as Koine wrote it, or "refused: why". Frames on both pipes: four
bytes of size, little-endian, then the bytes. Exits 0 when every answer was as it must be, and says what was not.
"""
import datetime
import decimal
import pickle
import pickletools
import random
import struct
import sys

rng = random.Random(20240229)
failures = 0
sent = 0


def exchange(data):
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
    sys.stdout.buffer.flush()
    (size,) = struct.unpack("<I", sys.stdin.buffer.read(4))
    return sys.stdin.buffer.read(size)


def complain(value, protocol, what):
    global failures
    failures += 1
    print("protocol %s: %s: %.300r" % (protocol, what, value), file=sys.stderr)


def shape(value, protocol):
    """A text that two values share when they are equal, of the same types all through, and as precise."""
    if isinstance(value, bytearray):
        value = bytes(value)
    name = type(value).__name__
    if isinstance(value, float):
        nan_as_text = value != value and protocol == 0
        return "float nan" if nan_as_text else "float " + struct.pack(">d", value).hex()
    if isinstance(value, decimal.Decimal):
        return "Decimal %r" % (value.as_tuple(),)
    if isinstance(value, dict):
        return "dict{%s}" % ",".join(shape(k, protocol) + ":" + shape(v, protocol) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [shape(item, protocol) for item in value]
        return "%s(%s)" % (name, ",".join(sorted(items) if isinstance(value, (set, frozenset)) else items))
    if protocol < 4 and getattr(value, "fold", 0):
        value = value.replace(fold=0)
    return "%s %s" % (name, hex(value) if type(value) is int else repr(value))


def has(value, test, seen=None):
    seen = set() if seen is None else seen
    if id(value) in seen:
        return False
    seen.add(id(value))
    if test(value):
        return True
    if isinstance(value, dict):
        return any(has(k, test, seen) or has(v, test, seen) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(has(v, test, seen) for v in value)
    return False


def own_form(value):
    """What Koine does not write byte for byte as CPython: large ints are memoised, bytearray is bytes."""
    return isinstance(value, bytearray) or (isinstance(value, int) and not -(2**63) <= value < 2**63)


def check(value, protocols=range(6)):
    global sent
    for protocol in protocols:
        data = pickle.dumps(value, protocol)
        for form in {data, pickletools.optimize(data)} if len(data) < 2000 else {data}:
            sent += 1
            answer = exchange(form)
            if answer.startswith(b"refused"):
                complain(value, protocol, answer.decode())
                continue
            back = pickle.loads(answer)
            if shape(value, protocol) != shape(back, protocol):
                complain(value, protocol, "came back as %.300r" % (back,))
            if protocol == 4 and form == data and answer != data and not has(value, own_form):
                complain(value, protocol, "not byte for byte")


def check_refused(value, word):
    global sent
    for protocol in range(6):
        sent += 1
        answer = exchange(pickle.dumps(value, protocol))
        if not answer.startswith(b"refused") or word not in answer:
            complain(value, protocol, "should be refused with %r, was %.200r" % (word, answer))


# Scalars at and around every border


def check_ints():
    borders = {0, 2**8, 2**16, 2**31, 2**32, 2**63, 2**64, 10**18, 10**19, 10**100}
    borders |= {2**k for k in range(0, 300, 7)} | {2 ** (8 * k - 1) for k in range(1, 40)}
    for border in borders:
        for off in (-1, 0, 1):
            check(border + off)
            check(-border + off)
    for _ in range(150):
        check(rng.getrandbits(rng.randrange(1, 600)) * rng.choice((1, -1)))
    # 255 and 256 bytes, and more digits than Python's own limit on int() of text
    for bits in (2032, 2039, 2040, 2041, 2047, 2048, 40000):
        for value in (2**bits, -(2**bits), 2**bits - 1, rng.getrandbits(bits)):
            check(value, range(6) if bits < 4000 else range(2, 6))


def check_floats():
    check([struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0] for _ in range(20000)], (0, 1, 4))
    check([struct.unpack("<d", struct.pack("<Q", rng.getrandbits(52)))[0] for _ in range(3000)], (0, 2))
    check([round(rng.uniform(-1e6, 1e6), rng.randrange(9)) for _ in range(20000)], (0, 5))
    check([2.0**k for k in range(-1074, 1024)], (0, 3))
    for value in (0.0, -0.0, 1e22, 1e23, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan")):
        check(value)


def random_text(size):
    planes = ((0, 0x7F), (0x80, 0xFF), (0x100, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    return "".join(chr(rng.randint(*rng.choice(planes))) for _ in range(size))


def check_texts():
    for code in list(range(0x100)) + [0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]:
        check("<" + chr(code) + ">", (0, 1, 4))
    for text in ("\\u0041", "\\\\u0041", "\\", "\\U0001f600", "\\x41", "a\nb", "\x1a\r\0"):
        check(text)
    for size in (0, 1, 255, 256, 257, 65535, 65536, 65537, 200000):
        check("x" * size)
        check(b"\xff\0\n\\" * (size // 4) + b"z" * (size % 4))
        check([1, "y" * size, 2, b"y" * size, 3])
    check(bytes(range(256)))
    check(bytearray(range(256)))
    check([bytearray(), b"", bytearray(b"\n")])
    for _ in range(100):
        check(random_text(rng.randrange(300)))


def check_times():
    dates = [datetime.date.min, datetime.date.max, datetime.date(1970, 1, 1), datetime.date(2000, 2, 29)]
    dates += [datetime.date.fromordinal(rng.randint(1, datetime.date.max.toordinal())) for _ in range(300)]
    times = [datetime.time.min, datetime.time.max]
    times += [datetime.time(rng.randrange(24), rng.randrange(60), rng.randrange(60), rng.randrange(1000000),
                            fold=rng.randrange(2)) for _ in range(300)]
    check(dates)
    check(times)
    check([datetime.datetime.combine(d, t) for d, t in zip(dates, times)])
    for value in (dates[5], times[5], datetime.datetime.combine(dates[6], times[6])):
        check(value)
    low = datetime.datetime.min - datetime.datetime(1970, 1, 1)
    high = datetime.datetime.max - datetime.datetime(1970, 1, 1)
    spans = [low, high, datetime.timedelta(0), datetime.timedelta(microseconds=-1)]
    spans += [datetime.timedelta(microseconds=rng.randint(low // spans[3] * -1, high // spans[3] * -1)) for _ in range(300)]
    check(spans)
    for value in spans[:4]:
        check(value)


def check_decimals():
    values = ["0", "-0", "0.00", "-0.000", "0E+3", "1E+5", "1E-7", "0.000001", "0.0000001", "123E-8", "-1E+99", "9" * 500]
    values += ["1E-30000", "1E+30000", "-" + "9" * 16383, "0." + "1" * 16000]
    for _ in range(300):
        values.append("%s%dE%d" % (rng.choice(("", "-")), rng.getrandbits(rng.randrange(1, 300)), rng.randint(-60, 60)))
    check([decimal.Decimal(value) for value in values])
    for value in values[:20]:
        check(decimal.Decimal(value), (0, 2, 4))


# Containers


def random_key(depth):
    kind = rng.randrange(9 if depth else 7)
    if kind == 0:
        return rng.getrandbits(rng.randrange(1, 80)) - 2**40
    if kind == 1:
        return rng.random()
    if kind == 2:
        return datetime.date.fromordinal(rng.randint(1, 3000000))
    if kind == 3:
        return decimal.Decimal(rng.getrandbits(60)).scaleb(-7)
    if kind == 4:
        return rng.choice((None, True, b"", b"key", ()))
    if kind < 7:
        return random_text(rng.randrange(12))
    items = [random_key(depth - 1) for _ in range(rng.randrange(5))]
    return tuple(items) if kind == 7 else frozenset(items)


def random_value(depth):
    if depth == 0 or rng.randrange(3) == 0:
        return random_key(0)
    items = [random_value(depth - 1) for _ in range(rng.choice((0, 1, 2, 3, 4, 10)))]
    kind = rng.randrange(5)
    if kind == 0:
        return items
    if kind == 1:
        return tuple(items)
    if kind == 2:
        return {random_key(1): item for item in items}
    if kind == 3:
        return {random_key(1) for _ in items}
    return frozenset(random_key(2) for _ in items)


def check_containers():
    for size in (0, 1, 2, 3, 4, 5, 999, 1000, 1001, 2000, 2001):
        check(list(range(size)))
        check(tuple(range(size)))
        check({i: str(i) for i in range(size)})
        check(set(range(size)))
        check(frozenset(range(size)))
    check([float(i) for i in range(30000)])
    check([str(i) for i in range(70000)], (0, 1, 2, 4))
    nested = []
    for _ in range(199):
        nested = [nested]
    check(nested)
    for _ in range(400):
        check(random_value(5))


def check_sharing():
    text = random_text(20)
    inner = [text, (text, 1), {text: text}]
    check([inner, inner, (inner, inner), {"a": inner, "b": inner}])
    laughs = ["lol"]
    for _ in range(40):
        laughs = [laughs, laughs]
    global sent
    for protocol in range(6):
        sent += 1
        answer = exchange(pickle.dumps(laughs, protocol))
        back = pickle.loads(answer)
        depth = 0
        while len(back) == 2 and back[0] is back[1]:
            back = back[0]
            depth += 1
        if depth != 40 or back != ["lol"] or len(answer) > 1000:
            complain("laughs", protocol, "sharing is lost: depth %d, %d bytes" % (depth, len(answer)))


class Custom:
    pass


def check_refusals():
    utc = datetime.timezone.utc
    check_refused(Custom(), b"")
    check_refused(datetime.datetime(2020, 1, 2, tzinfo=utc), b"datetime.timezone")
    check_refused(datetime.time(1, tzinfo=utc), b"datetime.timezone")
    check_refused(1j, b"complex")
    check_refused(range(3), b"range")
    check_refused(print, b"print")
    check_refused(float, b"float")
    check_refused([datetime.date], b"datetime.date")
    check_refused(decimal.Decimal("NaN"), b"not finite")
    check_refused(decimal.Decimal("-Infinity"), b"not finite")
    check_refused(datetime.timedelta.max, b"999999999 days")
    check_refused(Ellipsis, b"Ellipsis")
    check_refused([float("nan"), {float("nan"): 1, -float("nan"): 2}], b"equal")
    loop = []
    loop.append(loop)
    check_refused(loop, b"contains itself")
    loop = {}
    loop["self"] = ([loop],)
    check_refused(loop, b"contains itself")
    lone = "\ud800"
    check_refused(lone, b"surrogate")


def main():
    for part in (check_ints, check_floats, check_texts, check_times, check_decimals, check_containers, check_sharing,
                 check_refusals):
        part()
    if sent < 8000:
        complain(sent, "-", "fewer exchanges than there should be")
    print("%d pickles, %d failures" % (sent, failures), file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
