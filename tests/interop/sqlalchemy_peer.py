#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python side of test_sqlalchemy.c: Flask-SQLAlchemy on the same database as Koine.

Commands come as lines on standard input, their answers go to standard output and end in a line with a dot; a line that
begins with ! says what is wrong. Rows travel as cells separated by tabs, in the order of the columns: - is NULL, =
stands before a value.

    whole numbers, booleans   the number
    Float                     the 64 bits of the double
    Numeric                   its digits
    Date, Time, DateTime...   days, or microseconds since midnight, since 1970-01-01 (UTC when it has a zone); as a span
    texts, bytes, Enum        the bytes (of UTF-8, of the label), each that is no plain letter as %XX
    PickleType                the bytes of a pickle

What a row must hold is known here only: the case it was written from, and what LOSSES says of who wrote it, who made the
table and who reads it. A loss that did not happen is an error too.
"""
import datetime
import decimal
import enum
import os
import pickle
import string
import struct
import sys
import urllib.parse
import warnings

sys.dont_write_bytecode = True
try:
    import flask
    import flask_sqlalchemy
    import psycopg2  # noqa: F401
    import pymysql  # noqa: F401
    import sqlalchemy as sa
except ImportError as error:
    sys.exit(f"{error}: this test wants Debian's python3-sqlalchemy python3-flask-sqlalchemy python3-psycopg2 "
             "python3-pymysql; scripts/deps installs them")
from pickle_peer import shape

db = flask_sqlalchemy.SQLAlchemy()
warnings.simplefilter("ignore", sa.exc.SAWarning)  # of Decimals on SQLite, which is what LOSSES is about
EPOCH = datetime.datetime(1970, 1, 1)
US = datetime.timedelta(microseconds=1)
decimal.getcontext().prec = 100
decimal.getcontext().traps[decimal.Inexact] = True


class Role(db.Model):
    __tablename__ = "roles"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64), unique=True)
    users = db.relationship("User", backref="role", lazy="dynamic")

    def __repr__(self):
        return f"<Role {self.name}>"


class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), unique=True, index=True)
    role_id = db.Column(db.Integer, db.ForeignKey("roles.id"))

    def __repr__(self):
        return f"<User {self.username}>"


class Mood(enum.Enum):
    calm = 1
    loud = -4
    Überschwänglich = 7


class Everything(db.Model):
    __tablename__ = "everything"
    id = db.Column(db.Integer, primary_key=True)
    small_integer = db.Column(db.SmallInteger)
    integer = db.Column(db.Integer)
    big_integer = db.Column(db.BigInteger)
    boolean = db.Column(db.Boolean)
    floating = db.Column(db.Float)
    double = db.Column(db.Float(53))
    numeric = db.Column(db.Numeric(12, 2))
    wide = db.Column(db.Numeric(38, 20))
    string = db.Column(db.String(40))
    unicode = db.Column(db.Unicode(40))
    text = db.Column(db.Text)
    unicode_text = db.Column(db.UnicodeText)
    large_binary = db.Column(db.LargeBinary)
    date = db.Column(db.Date)
    time = db.Column(db.Time)
    datetime = db.Column(db.DateTime)
    instant = db.Column(db.DateTime(timezone=True))
    interval = db.Column(db.Interval)
    mood = db.Column(db.Enum(Mood))
    pickle = db.Column(db.PickleType)


MODELS = {model.__tablename__: model for model in (Role, User, Everything)}


def utc(text):
    return datetime.datetime.fromisoformat(text)


def moment(text):
    return datetime.datetime.fromisoformat(text)


# What the columns of each are given: a case without a column gives NULL.
EVERYTHING = (
    dict(small_integer=7, integer=70000, big_integer=7_000_000_000, boolean=True, floating=2.5, double=0.1,
         numeric=decimal.Decimal("1234.50"), wide=decimal.Decimal("1.5"), string="Ada", unicode="Zoë", text="a text",
         unicode_text="ein Wörtchen", large_binary=b"\x00\xff'\\\n", date=datetime.date(2024, 2, 29),
         time=datetime.time(12, 34, 56), datetime=moment("2024-02-29 12:34:56"), instant=utc("2024-02-29 12:34:56+00:00"),
         interval=datetime.timedelta(days=1, hours=2), mood=Mood.calm,
         pickle={"name": "Ada", "scores": [1, 2.5, None], "big": 2 ** 100}),
    dict(small_integer=-32768, integer=-2 ** 31, big_integer=-2 ** 63, boolean=False, floating=-1e30,
         double=-1.7976931348623157e308, numeric=decimal.Decimal("-9999999999.99"),
         wide=decimal.Decimal("-999999999999999999.99999999999999999999"), string="", unicode="", text="", unicode_text="",
         large_binary=b"", date=datetime.date(1, 1, 1), time=datetime.time(0, 0), datetime=moment("0001-01-01 00:00:00"),
         instant=utc("0001-01-02 00:00:00+00:00"), interval=datetime.timedelta(0), mood=Mood.loud, pickle=0),
    dict(small_integer=32767, integer=2 ** 31 - 1, big_integer=2 ** 63 - 1, boolean=True, floating=1e30,
         double=1.7976931348623157e308, numeric=decimal.Decimal("9999999999.99"),
         wide=decimal.Decimal("999999999999999999.99999999999999999999"), string="\U0001f600" * 40, unicode="\uffff" * 40,
         text="x" * 60000, unicode_text="\U0010ffff" * 10000, large_binary=bytes(range(256)) * 200,
         date=datetime.date(9999, 12, 31), time=datetime.time(23, 59, 59), datetime=moment("9999-12-31 23:59:59"),
         instant=utc("9999-12-30 23:59:59+00:00"), interval=datetime.timedelta(days=2932896), mood=Mood.Überschwänglich,
         pickle=[{"nested": [[[(1, 2)], {3, 4}], frozenset("ab")]}] * 3),
    dict(),
    # microseconds, before 1970, zones
    dict(time=datetime.time(23, 59, 59, 999999), datetime=moment("1969-12-31 23:59:59.999999"),
         instant=utc("1969-12-31 23:59:59.000001+00:00"), interval=datetime.timedelta(microseconds=-1),
         pickle=datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    dict(time=datetime.time(0, 0, 0, 1), datetime=moment("2024-02-29 12:34:56.500000"),
         instant=utc("2024-02-29 14:34:56.250000+02:00"), interval=datetime.timedelta(days=-40000, microseconds=500000),
         pickle=(datetime.timedelta(days=-1, microseconds=3), datetime.date(2024, 2, 29), datetime.time(1, 2, 3, 4))),
    dict(instant=utc("2024-02-29 00:30:00-05:30"), interval=datetime.timedelta(days=-719162),
         pickle=decimal.Decimal("-0.10")),
    # numbers that doubles, floats and texts of them make others of
    dict(floating=0.1, double=5e-324, numeric=decimal.Decimal("0.01"), wide=decimal.Decimal("0.00000000000000000001"),
         pickle=[0.1, -0.0, 1e308, float("inf")]),
    dict(floating=16777217.0, double=9007199254740993.0, numeric=decimal.Decimal("1000.00"),
         wide=decimal.Decimal("123456789012345678.12345678901234567890"), pickle=-2 ** 63),
    dict(floating=123456.789, double=1 / 3, numeric=decimal.Decimal("-0.10"), wide=decimal.Decimal("-1.1"), pickle=""),
    # texts that differ only in case, accents or trailing spaces; what quoting gets wrong; a pickle of odd texts
    dict(string="a ", unicode="A", text="it's", unicode_text='"quoted" %s %% :name ?', pickle={"\u00e9": "e\u0301 "}),
    dict(string="á", unicode="a  ", text="back\\slash\\", unicode_text="\r\n\t\x7f\u2028", pickle=b"\x80\x05"),
    dict(string="-", unicode="NULL", text="\\N", unicode_text="=", large_binary=b"-", pickle=False),
)


def roles(id, shift):
    return {"name": f"röle {id}.{shift}"}


def users(id, shift):
    """Of role 1, 2, 3, or none."""
    return {"username": f"user {id}.{shift}", "role_id": (id + shift) % 4 or None}


def everything(id, shift):
    return EVERYTHING[(id - 1 + shift) % len(EVERYTHING)]


# The case of a row; how many rows are written at a time.
CASES = {"roles": (roles, 4), "users": (users, 8), "everything": (everything, len(EVERYTHING))}


class Loss:
    """Of a value that `writer` wrote to a table that `maker` made: what `reader` sees instead. None is anybody."""

    def __init__(self, backends, columns, what, change, maker=None, writer=None, reader=None):
        self.backends, self.columns, self.what, self.change = backends, columns, what, change
        self.maker, self.writer, self.reader = maker, writer, reader
        self.seen = 0

    def concerns(self, backend, maker, writer=None, reader=None):
        wanted = ((self.maker, maker), (self.writer, writer), (self.reader, reader))
        return backend in self.backends and all(one is None or other is None or one == other for one, other in wanted)


def whole_seconds(value):
    if isinstance(value, datetime.timedelta):
        return datetime.timedelta(seconds=value // datetime.timedelta(seconds=1))
    return value.replace(microsecond=0)


def without_zone(value):
    return value.replace(tzinfo=None)


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def six_digits(value):
    return float("%.6g" % value)


def lost(value):
    return None


LOSSES = (
    Loss(("sqlite", "mysql"), ("instant",), "SQLAlchemy drops the zone and keeps the wall clock", without_zone,
         writer="sqlalchemy"),
    Loss(("mysql",), ("datetime", "instant", "interval"),
         "SQLAlchemy makes DATETIME, without a fraction: the server cuts what anybody writes", whole_seconds,
         maker="sqlalchemy"),
    Loss(("mysql",), ("time",), "SQLAlchemy makes TIME, without a fraction: the server cuts what anybody writes",
         whole_seconds, maker="sqlalchemy"),
    Loss(("mysql",), ("floating",), "SQLAlchemy makes FLOAT, of 24 bits: the server rounds what anybody writes", single,
         maker="sqlalchemy"),
    Loss(("mysql",), ("floating",), "the server prints a FLOAT with six digits, which is what PyMySQL asks for",
         six_digits, maker="sqlalchemy", reader="sqlalchemy"),
    Loss(("sqlite",), ("wide",), "more than 15 digits are outside: SQLAlchemy makes doubles of them (see wide())", lost),
)


ESCAPED = [chr(byte) if chr(byte) in string.ascii_letters else f"%{byte:02X}" for byte in range(256)]


def escape(data):
    return "".join(map(ESCAPED.__getitem__, data))


def instant_us(value):
    return ((value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value) - EPOCH) // US


def digits(value, scale):
    return format(decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-scale)), "f")


# The cell of a value, by the column's type: a type comes before those that it is derived from.
CELLS = (
    (sa.Boolean, lambda value, type: str(int({True: True, False: False}[value]))),
    (sa.Integer, lambda value, type: str(value)),
    (sa.Float, lambda value, type: str(struct.unpack("q", struct.pack("d", value))[0])),
    (sa.Numeric, lambda value, type: digits(value, type.scale)),
    (sa.Enum, lambda value, type: escape(value.name.encode())),
    (sa.String, lambda value, type: escape(value.encode())),
    (sa.LargeBinary, lambda value, type: escape(value)),
    (sa.Date, lambda value, type: str((value - EPOCH.date()).days)),
    (sa.Time, lambda value, type: str((datetime.datetime.combine(EPOCH, value) - EPOCH) // US)),
    (sa.Interval, lambda value, type: str(value // US)),
    (sa.DateTime, lambda value, type: str(instant_us(value))),
    (sa.PickleType, lambda value, type: escape(pickle.dumps(value, 2))),
)


def cell(column, value):
    if value is None:
        return "-"
    return "=" + next(make for kind, make in CELLS if isinstance(column.type, kind))(value, column.type)


def plain(column, given):
    """What is compared: a pickle by what is in it."""
    if isinstance(column.type, sa.PickleType) and given != "-":
        return shape(pickle.loads(urllib.parse.unquote_to_bytes(given[1:])), 4)
    return given


class Peer:
    def connect(self, url, maker):
        """A new database, whose tables `maker` makes."""
        self.backend = url.split(":")[0].split("+")[0]
        self.maker = maker
        self.rows = {table: {} for table in MODELS}  # id: case, writer
        for loss in LOSSES:
            loss.seen = 0
        app = flask.Flask(__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = self.translate(url)
        db.init_app(app)
        self.context = app.app_context()
        self.context.push()

    def close(self):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        del self.context

    def translate(self, url):
        """Koine's URL; a host that begins with / is a socket, or a folder of sockets."""
        if self.backend == "sqlite":
            return url
        parts = urllib.parse.urlsplit(url.partition("?")[0])
        host = urllib.parse.unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
        driver = {"mysql": "mysql+pymysql"}.get(self.backend, "postgresql+psycopg2")
        socket = self.backend == "mysql" and host.startswith("/")
        return sa.engine.URL.create(driver, parts.username, parts.password, None if socket else host, parts.port,
                                    parts.path[1:], {"unix_socket": host} if socket else {})

    def create(self):
        if self.backend == "mysql" and self.maker == "sqlalchemy":  # as an administrator would, for a Flask program
            with db.engine.begin() as connection:
                connection.execute(sa.text("ALTER DATABASE CHARACTER SET utf8mb4"))
        db.create_all()

    def values(self, table, first, shift, writer):
        """The rows to be written: their ids, and the cases."""
        make, count = CASES[table]
        for id in range(int(first), int(first) + count):
            case = make(id, int(shift))
            self.rows[table][id] = case, writer
            yield id, case

    def given(self, column, case):
        """What is written: nothing where the backend would lose all of it."""
        for loss in LOSSES:
            if loss.change is lost and column.name in loss.columns and self.backend in loss.backends:
                loss.seen += case.get(column.name) is not None
                return None
        return case.get(column.name)

    def write(self, verb, table, first, shift):
        model, rows = MODELS[table], []
        for id, case in self.values(table, first, shift, "sqlalchemy"):
            row = db.session.get(model, id) if verb == "update" else model()
            for column in list(model.__table__.columns)[1:]:
                setattr(row, column.name, self.given(column, case))
            rows.append(row)
            db.session.add(row)
            if verb != "insert_many":
                db.session.flush()
        db.session.commit()
        made = [row.id for row in rows]
        if made != list(range(int(first), int(first) + len(rows))):
            yield f"!{table}: the database made the keys {made} for rows from {first}"

    def cells(self, table, first, shift):
        """Rows for Koine to write."""
        columns = list(MODELS[table].__table__.columns)
        for id, case in self.values(table, first, shift, "koine"):
            yield "\t".join([cell(columns[0], id)] + [cell(column, self.given(column, case)) for column in columns[1:]])

    def expected(self, table, id, column, reader):
        case, writer = self.rows[table][id]
        value = id if column.name == "id" else self.given(column, case)
        for loss in LOSSES:
            if value is None or column.name not in loss.columns:
                continue
            if loss.concerns(self.backend, self.maker, writer, reader):
                before, value = cell(column, value), loss.change(value)
                loss.seen += cell(column, value) != before
        return cell(column, value)

    def differences(self, table, reader, rows):
        columns = list(MODELS[table].__table__.columns)
        ids = []
        for row in rows:
            id = int(row[0][1:])
            ids.append(id)
            if id not in self.rows[table]:
                yield f"!{table}: {reader} sees a row {id} that nobody wrote"
                continue
            for column, found in zip(columns, row):
                expected = self.expected(table, id, column, reader)
                if plain(column, found) != plain(column, expected):
                    writer = self.rows[table][id][1]
                    yield (f"!{table} {id}: {column.name} of the table of {self.maker}, written by {writer}, is "
                           f"{found:.200} to {reader}, not {expected:.200}")
        if ids != sorted(self.rows[table]):
            yield f"!{table}: {reader} sees the rows {ids}, not {sorted(self.rows[table])}"

    def check(self, table):
        """As SQLAlchemy sees it."""
        model = MODELS[table]
        columns = list(model.__table__.columns)
        objects = db.session.execute(db.select(model).order_by(model.id)).scalars().all()
        rows = [[cell(column, getattr(row, column.name)) for column in columns] for row in objects]
        yield from self.differences(table, "sqlalchemy", rows)

    def judge(self, table):
        """As Koine sees it."""
        yield from self.differences(table, "koine", self.listen())

    def listen(self):
        return [line.split("\t") for line in iter(lambda: sys.stdin.readline().rstrip("\n"), ".")]

    def relate(self):
        """Koine tells the role of each user, by name: so do the relationship and the back reference."""
        told = [tuple(row) for row in self.listen()]
        users = db.session.execute(db.select(User).order_by(User.id)).scalars().all()
        seen = [(escape(user.username.encode()), escape(user.role.name.encode()) if user.role else "-") for user in users]
        back = {(repr(user), repr(role)) for role in Role.query.all() for user in role.users}
        if told != seen:
            yield f"!relationships: {told} to koine, {seen} to sqlalchemy"
        if back != {(repr(user), repr(user.role)) for user in users if user.role}:
            yield f"!relationships: {back} from the roles, others from the users"

    def refused(self, username):
        """A name that is taken."""
        db.session.add(User(username=username))
        try:
            db.session.commit()
            yield f"!users: a second '{username}' went in"
        except sa.exc.IntegrityError:
            db.session.rollback()

    def large(self, verb):
        """More than 64 KiB in one value, as row 1 of everything."""
        value = bytes(range(256)) * 1024
        try:
            if verb == "insert":
                db.session.add(Everything(large_binary=value, text="x" * 70000, pickle=value))
                db.session.commit()
                yield "went in"
            else:
                row = db.session.execute(db.select(Everything)).scalars().one()
                if (row.large_binary, row.text, row.pickle) != (value, "x" * 70000, value):
                    yield "!what came out is another"
        except sa.exc.DataError as error:
            db.session.rollback()
            yield f"refused {error.orig.args[0]}"

    def wide(self, verb):
        """A number of 38 digits on SQLite."""
        value = decimal.Decimal("123456789012345678.12345678901234567890")
        if verb == "insert":
            db.session.add(Everything(wide=value))
            db.session.commit()
        try:
            row = db.session.execute(db.select(Everything).order_by(Everything.id.desc())).scalars().first()
            yield "equal" if row.wide == value else "another"
        except (TypeError, ValueError, decimal.InvalidOperation) as error:
            db.session.rollback()
            yield f"refused {type(error).__name__}"

    def losses(self):
        """What was lost, and what should have been."""
        for loss in LOSSES:
            if loss.concerns(self.backend, self.maker):
                yield f"{', '.join(loss.columns)}: {loss.what}" if loss.seen else f"!not lost: {loss.what}"


def main():
    peer = Peer()
    for line in iter(sys.stdin.readline, ""):
        verb, *arguments = line.rstrip("\n").split("\t")
        try:
            if verb in ("insert", "insert_many", "update"):
                answer = peer.write(verb, *arguments)
            else:
                answer = getattr(peer, verb)(*arguments)
            for said in answer or ():
                print(said)
            if hasattr(peer, "context"):
                db.session.remove()
        except BrokenPipeError:  # the test has failed and gone
            os._exit(1)
        except Exception as error:  # the test tells it
            print(f"!{verb}: {type(error).__name__}: {error}".replace("\n", " "))
        try:
            print(".", flush=True)
        except BrokenPipeError:
            os._exit(1)


main()
