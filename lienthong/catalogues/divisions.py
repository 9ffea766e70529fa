"""Which commune a code meant on a day, what became of it, and what it is called. The code alone says nothing.

One code at a time, as the law words it; `routes` gives the same answer for all of them at once in SQL.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from django.db import connection

from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import Refused

Status = Literal["one", "many", "none"]

ALL, ALL_PEOPLE, PART, LAND_ONLY = "all", "all_people", "part", "land_only"
_LONGEST_WAY = 50

_VERSIONS = """
    SELECT code, name, province_code, lower(valid), upper(valid) FROM catalogues_division
    WHERE code = %s ORDER BY lower(valid)
"""
_ALL_VERSIONS = """
    SELECT code, name, province_code, lower(valid), upper(valid) FROM catalogues_division
    ORDER BY code, lower(valid)
"""
_ALL_HEIRS = (
    "SELECT old_code, effective, new_code, share FROM catalogues_succession ORDER BY new_code"
)
_HEIRS = """
    SELECT new_code, share FROM catalogues_succession
    WHERE old_code = %s AND effective = %s ORDER BY new_code
"""
_NAMES = """
    SELECT code, name FROM catalogues_division WHERE code = ANY (%s) AND valid @> %s::date
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A division under one name; `end` is exclusive, None when open."""

    code: str
    name: str
    province_code: str
    start: date
    end: date | None

    def stands_on(self, day: date) -> bool:
        """True when this is what the code means on the day."""
        return self.start <= day and (self.end is None or day < self.end)


class Book(Protocol):
    """Where versions and successions are read: row by row, or all at once (`Atlas`)."""

    def versions(self, code: str) -> Sequence[Version]:
        """Every version of the code, oldest first."""
        ...

    def heirs(self, code: str, effective: date) -> Sequence[tuple[str, str]]:
        """The heirs of that day with their shares, by code."""
        ...


@dataclass(frozen=True, slots=True)
class Heir:
    """A division that stands on the asked day. `share`: see `models.Succession`; `all` also when nothing changed."""

    code: str
    name: str
    province_code: str
    share: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a code stands: `none` unknown or without heir, `many` when the people were divided.

    `path` begins with the code and names each division passed, as far as all ways agree. `is_stale`: the code
    had ended before it was written. `step_count` counts successions, not changes of name.
    """

    status: Status
    communes: tuple[Heir, ...]
    path: tuple[str, ...]
    is_stale: bool = False
    step_count: int = 0

    def as_json(self) -> dict[str, object]:
        """The answer of `lienthong divisions resolve`."""
        communes = [
            {"code": it.code, "name": it.name, "province_code": it.province_code, "share": it.share}
            for it in self.communes
        ]
        return {"status": self.status, "communes": communes, "path": list(self.path)}


@dataclass(frozen=True, slots=True)
class _Way:
    """One way through the successions: the version reached, and how."""

    version: Version
    path: tuple[str, ...]
    share: str


class Atlas:
    """The whole list in memory, for answers about thousands of codes. Two queries, some 25,000 rows."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Version]] = defaultdict(list)
        self._heirs: dict[tuple[str, date], list[tuple[str, str]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(_ALL_VERSIONS)
            for row in cursor.fetchall():
                self._versions[row[0]].append(Version(*row))
            cursor.execute(_ALL_HEIRS)
            for old, effective, new, share in cursor.fetchall():
                self._heirs[old, effective].append((new, share))

    @property
    def codes(self) -> Sequence[str]:
        """Every code of any day."""
        return sorted(self._versions)

    def versions(self, code: str) -> Sequence[Version]:
        """Every version of the code, oldest first."""
        return self._versions.get(code, ())

    def heirs(self, code: str, effective: date) -> Sequence[tuple[str, str]]:
        """The heirs of that day with their shares, by code."""
        return self._heirs.get((code, effective), ())


class _Rows:
    """The list read as far as one answer needs it."""

    def versions(self, code: str) -> Sequence[Version]:
        with connection.cursor() as cursor:
            cursor.execute(_VERSIONS, [code])
            return [Version(*row) for row in cursor.fetchall()]

    def heirs(self, code: str, effective: date) -> Sequence[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(_HEIRS, [code, effective])
            return list(cursor.fetchall())


def resolve(code: str, *, written_on: date, on: date, book: Book | None = None) -> Resolution:
    """What a province, island district or commune written on one day has become on another.

    A code that had already ended on `written_on` is read as its last version before (a sender who is late to
    update). Raises Refused (E-DATE) when `on` comes first, (E-DIVISION-CYCLE) when the list runs in a circle.
    A handful of small queries, or none with an `Atlas`.
    """
    known = _Rows() if book is None else book
    if on < written_on:
        raise Refused(
            f"Ngày cần biết ({day_first(on)}) sớm hơn ngày ghi mã ({day_first(written_on)}).",
            code="E-DATE",
            field="on",
        )
    meant = [it for it in known.versions(code) if it.start <= written_on]
    if not meant:
        return Resolution("none", (), (code,))
    is_stale = not meant[-1].stands_on(written_on)
    ways = _walk(_Way(meant[-1], (code,), ALL), on, known)
    path = _agreed([way.path for way in ways]) or (code,)
    heirs = _heirs(ways)
    status: Status = "none" if not heirs else "one" if len(heirs) == 1 else "many"
    return Resolution(status, heirs, path, is_stale, len(path) - 1)


def name_on(code: str, day: date) -> str:
    """What a code is called on the day, kind included (`Phường Ba Đình`); empty when it means nothing then."""
    return names_on([code], day).get(code, "")


def names_on(codes: Collection[str], day: date) -> dict[str, str]:
    """The names of many codes on the day; a code that means nothing then is absent. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [sorted(set(codes)), day])
        return dict(cursor.fetchall())


def shares_that_count(heirs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of the heirs of one division (code, share), those where its people can be.

    The one that took everybody, if one did; land without people only when nothing else is recorded.
    """
    known = list(heirs)
    everybody = [it for it in known if it[1] in {ALL, ALL_PEOPLE}]
    people = [it for it in known if it[1] != LAND_ONLY]
    return everybody or people or known


def _walk(start: _Way, on: date, book: Book) -> list[_Way]:
    ways = [start]
    arrived: list[_Way] = []
    for _ in range(_LONGEST_WAY):
        if not ways:
            return arrived
        arrived += [way for way in ways if way.version.stands_on(on)]
        on_the_way = [way for way in ways if not way.version.stands_on(on)]
        ways = [following for way in on_the_way for following in _next_ways(way, book)]
    raise Refused(
        f"Danh mục chuyển đổi đơn vị hành chính của mã {start.path[0]} chạy vòng.",
        code="E-DIVISION-CYCLE",
        field="code",
    )


def _next_ways(way: _Way, book: Book) -> list[_Way]:
    """The ways on from a version that has ended: its heirs of that day, or its own next name."""
    code, end = way.version.code, way.version.end
    if end is None:
        return []
    heirs = shares_that_count(book.heirs(code, end))
    if not heirs:
        return [_Way(it, way.path, way.share) for it in book.versions(code) if it.stands_on(end)]
    return [
        _Way(version, (*way.path, heir), share if way.share == ALL else way.share)
        for heir, share in heirs
        for version in book.versions(heir)
        if version.stands_on(end)
    ]


def _heirs(ways: Iterable[_Way]) -> tuple[Heir, ...]:
    """One heir per division reached; parts that meet again in one division are the whole of it."""
    by_code: dict[str, list[_Way]] = {}
    for way in ways:
        by_code.setdefault(way.version.code, []).append(way)
    return tuple(
        Heir(
            code,
            found[0].version.name,
            found[0].version.province_code,
            ALL if len(by_code) == 1 < len(found) else found[0].share,
        )
        for code, found in sorted(by_code.items())
    )


def _agreed(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all paths begin with: what the first and the last in order begin with."""
    if not paths:
        return ()
    first, last = min(paths), max(paths)
    count = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return first[:count]
