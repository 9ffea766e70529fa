"""A year of births of three communes and another province, shot after each act (`year_shots`).

Everything goes the real ways, each act at its own instant: declarations that come late, corrections before and after the
card, cancellations, repeats, twice registered children decided and undone, papers of every reason, a resting worker, unreadable and held messages, late ids,
electronic hand-overs, a merger of communes, a merger of persons; in a year of both maps the provinces and districts of 01/07/2025.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from lienthong.births import duplicates
from lienthong.births.duplicates import Deed
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM
from tests import births, doubles, mergers, year_papers
from tests.births import column, message, run, send
from tests.finished_world import OFFICER
from tests.mergers import NEW, OLD, OTHER
from tests.year_shots import MAP_DAY, Span, Year

_UNKNOWN = "99998"
_HEIR = "79"
Act = tuple[datetime, Callable[[datetime], object]]
_STEPS = ("check", "route", "receive", "export", "match")
_NAMES = [
    f"{family} {middle} {given}"
    for family in ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "VŨ", "ĐẶNG")
    for middle in ("MINH", "GIA", "NGỌC")
    for given in (
        "AN",
        "BẢO",
        "CHI",
        "DŨNG",
        "GIANG",
        "HÀ",
        "KHANG",
        "LINH",
        "MAI",
        "NAM",
        "PHÚC",
        "QUÂN",
    )
]


def live(*, days: int, a_day: int, seed: int = 1, year: Year | None = None) -> Year:
    """A year in so many working days, so many births each, shot into `year`; commits nothing of its own."""
    year, chance = year or Year(), Random(seed)
    span = year.span
    _declare(span)
    (undeclared,) = column(
        "SELECT min(code) FROM catalogues_division WHERE level = 'commune' AND province_code = '01' AND valid @> %s::date"
        " AND code <> ALL (%s)",
        span.first,
        [OLD, NEW, OTHER],
    )
    story = _Story(chance, [OLD, NEW, OTHER, span.far_commune, undeclared], a_day, span)
    step = (span.last - span.first) / days
    for number in range(days):
        on = span.first + number * step
        for at, act in story.day(number, on, days):
            act(at)
            year.shoot(at)
    return year


def _declare(span: Span) -> None:
    """Every unit for its commune; in a year of both maps on the old one until its last day, then anew."""
    province = span.far_province
    if span.first < MAP_DAY:
        told = {"valid_from": "2020-01-01", "until": f"{MAP_DAY}"}
        for commune, unit in mergers.UNITS.items():
            births.declare(unit, commune, **told)
        births.declare("TE-XA", span.far_commune, province=province, **told)
        province = _HEIR
    mergers.country()
    births.declare("TE-XA", span.far_commune, province=province)


class _Story:
    """What happens on each day."""

    def __init__(self, chance: Random, communes: list[str], a_day: int, span: Span) -> None:
        self._span = span
        self._chance = chance
        self._communes = communes
        self._a_day = a_day
        self._born = 0
        self._kept: list[dict[str, Any]] = []
        self._sent = 0
        self._papers = 0

    def day(self, number: int, on: date, days: int) -> Iterator[Act]:
        """The acts of the day with their instants, in order."""

        def clock(hour: int, minute: int = 0, second: int = 0) -> datetime:
            return datetime.combine(on, time(hour, minute, second), VIETNAM)

        yield clock(7, 10), lambda at: send(*self._new(on), at=at)
        if number % 3 == 0:
            yield from self._step_by_step(clock(7, 11), minutes=4, names=_STEPS)
        if number == int(days * self._span.merges_after):
            # What is on its way to the old unit when its commune becomes a part of another.
            yield clock(7, 40), lambda at: send(*self._new(on), at=at)
            yield from self._step_by_step(clock(7, 41), minutes=1, names=_STEPS[:3])
            yield clock(7, 45), _merge_communes
        if number == days // 6:
            # The worker rests until the next day of the story.
            return
        if number == days * 5 // 6:
            yield from self._half_a_morning(clock)
            return
        yield from self._usual_day(number, clock, on)
        evening = {
            days // 4: _learn,
            days // 3: self._declare,
            days * 2 // 3: _merge_persons,
            days * 3 // 4: _part_persons,
        }
        if number in evening:
            yield clock(16, 10), evening[number]
            yield clock(16, 15), run

    def _half_a_morning(self, clock: Callable[..., datetime]) -> Iterator[Act]:
        """The worker rests when the dossiers have been made; some are cancelled before they are sent."""
        yield from self._step_by_step(clock(7, 45), minutes=1, names=_STEPS[:2])
        yield clock(7, 48), lambda at: send(*self._cancels("CREATED", 3), at=at)
        yield clock(7, 49), partial(mergers.step, "check")

    def _usual_day(self, number: int, clock: Callable[..., datetime], on: date) -> Iterator[Act]:
        yield clock(7, 50, 30), run
        if number % 2 == 1:
            yield clock(8, 40), lambda at: send(*self._later(), at=at)
            yield clock(8, 41, 15), run
        yield clock(8, 55), lambda at: self._approve(at, 0.8)
        yield from self._forenoon(number, clock, on)
        if number % 6 == 1:
            yield clock(13, 30), lambda at: send(*self._cancels("APPROVED", 2), at=at)
            yield clock(13, 31), run
        yield clock(13, 40), lambda at: self._print(at, 0.8)
        yield clock(15, 5 + number % 50), lambda at: self._hand_over(at, 0.7)

    def _forenoon(self, number: int, clock: Callable[..., datetime], on: date) -> Iterator[Act]:
        if number % 4 == 2:
            yield clock(10, 5), self._decide_doubles
        if number % 2 == 1:
            yield clock(10, 20), lambda at: self._paper(at, on)
            yield clock(10, 20, 30), run

    def _step_by_step(
        self, first: datetime, *, minutes: int, names: Sequence[str]
    ) -> Iterator[Act]:
        for place, name in enumerate(names):
            yield first + timedelta(minutes=minutes * place), partial(mergers.step, name)

    def _declare(self, at: datetime) -> None:
        del at
        births.declare("TE-MUON", self._communes[4], valid_from=f"{self._span.first}")

    def _child(self, on: date, **changes: Any) -> dict[str, Any]:
        self._born += 1
        number, born = self._born, on - timedelta(days=2 + self._born % 9)
        commune = self._communes[number % len(self._communes)]
        province = "01" if commune != self._communes[3] else self._span.far_province
        told = {
            "message_id": f"LTKS-2026-{number:07}",
            "sent_at": f"{on:%Y-%m-%d}T07:00:00+07:00",
            "ndkksMaTinh": province,
            "ndkksMaXa": commune,
            "nksNoiCuTru": {"maTinh": province, "maXa": commune, "dcChiTiet": f"Số {number}"},
            "quyenSo": f"01/{on.year}",
            "ngayDangKy": f"{on - timedelta(days=1):%d/%m/%Y}",
            "nksNgaySinh": f"{born:%d/%m/%Y}",
            "soDinhDanh": f"0032{born.year % 100}{number:06}" if number % 6 else "",
            "maGCS": f"01013.GCS.{number:05}.{born.year % 100}",
            "nksHoTen": _NAMES[number % len(_NAMES)],
        }
        found = message(number, **(told | changes))
        self._kept.append(found)
        return found

    def _new(self, on: date) -> list[dict[str, Any] | bytes]:
        found: list[dict[str, Any] | bytes] = [self._child(on) for _ in range(self._a_day)]
        if self._born // self._a_day % 5 == 2:
            found.append(b'{"schema": 1, "message_id": "HONG-%d", "data": 7}' % self._born)
            found.append(
                self._child(on, nksNoiCuTru={"maTinh": "01", "maXa": _UNKNOWN, "dcChiTiet": ""})
            )
            found.append(self._child(on, nksNgaySinh="01/02/2018"))
        if self._born // self._a_day % 2 == 1:
            # Known children once more, under another number of the book: the personal id says who they are.
            for twice in self._chance.sample(
                [it["data"] for it in self._kept if it["data"].get("soDinhDanh")], 2
            ):
                same = {name: twice[name] for name in _WHO if twice.get(name)}
                found += [self._child(on, **same)]
        return found

    def _later(self) -> list[dict[str, Any]]:
        """Of children of before: corrections, cancellations, cancellations taken back, late ids, the same again."""
        found = []
        for _ in range(self._a_day // 2):
            old = self._chance.choice(self._kept[-self._a_day * 6 :])
            kind = self._chance.choice(["correct", "correct", "cancel", "id", "same", "again"])
            version = old.get("latest", 1) + 1
            old["latest"] = version
            changes: dict[str, Any] = {"version": version, "kind": "correct"}
            data = dict(old["data"])
            if kind == "correct":
                data["chaHoTen"] = f"NGUYỄN VĂN {self._chance.choice(_NAMES).split()[-1]}"
            elif kind == "cancel":
                changes["kind"] = "cancel"
            elif kind == "id":
                data["soDinhDanh"] = f"0032{data['nksNgaySinh'][-2:]}{500_000 + self._sent:06}"
            elif kind == "same":
                changes = {"version": 1, "kind": "create"}
            self._sent += 1
            told = {name: value for name, value in old.items() if name != "latest"}
            found.append(told | changes | {"message_id": f"SAU-{self._sent:06}", "data": data})
        return found

    def _cancels(self, state: str, most: int) -> list[dict[str, Any]]:
        """Of children whose dossiers stand there."""
        there = set(column("SELECT message_id FROM dossiers_dossier WHERE state = %s", state))
        found = []
        for old in [it for it in self._kept if it["message_id"] in there][:most]:
            old["latest"] = old.get("latest", 1) + 1
            self._sent += 1
            told = {name: value for name, value in old.items() if name != "latest"}
            changes = {"version": old["latest"], "kind": "cancel"}
            found.append(told | changes | {"message_id": f"SAU-{self._sent:06}"})
        return found

    def _some(self, found: list[int], share: float) -> list[int]:
        return [each for each in found if self._chance.random() < share]

    def _approve(self, at: datetime, share: float) -> None:
        waiting = self._some(
            column("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id"), share
        )
        if waiting:
            cards.approve(waiting, by=OFFICER, at=at)

    def _print(self, at: datetime, share: float) -> None:
        waiting = self._some(_cards_in("APPROVED"), share)
        if waiting:
            printing.print_cards(waiting, by=OFFICER, at=at)

    def _hand_over(self, at: datetime, share: float) -> None:
        waiting = self._some(_cards_in("PRINTED"), share)
        if waiting:
            printing.hand_over(waiting, by=OFFICER, at=at, recipient="TRẦN THỊ BÌNH", relation="Mẹ")

    def _decide_doubles(self, at: datetime) -> None:
        asked = column(
            "SELECT task.id FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id"
            " WHERE task.kind = 'E-DUP-PERSON' AND task.closed_at IS NULL AND dossier.province_code = '01'"
            " AND dossier.state = 'MANUAL_REVIEW' AND dossier.reason = 'E-DUP-PERSON' ORDER BY task.id"
        )
        by = doubles.reviewer()
        with doubles.as_page():
            for task in asked:
                kind = duplicates.SAME if task % 3 else duplicates.DIFFERENT
                duplicates.decide(Deed(task, kind, "Đã đối chiếu giấy khai sinh"), by=by, at=at)
        decided = column(
            "SELECT id FROM births_duplicate WHERE kind = 'same' AND undone_at IS NULL ORDER BY id"
        )
        if len(decided) > 2 and decided[-1] % 2:
            with doubles.as_page():
                duplicates.undo(decided[-1], "Nhầm hai trẻ", by=by, at=at)

    def _paper(self, at: datetime, on: date) -> None:
        self._born += 1
        name = _NAMES[self._born % len(_NAMES)]
        year_papers.enter(self._papers, year_papers.New(self._born, name, on), self._kept, at=at)
        self._papers += 1


_WHO = ("soDinhDanh", "nksHoTen", "nksNgaySinh", "meHoTen", "meSoDDCN", "chaHoTen", "nycHoTen")


def _cards_in(state: str) -> list[int]:
    return column(
        "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
        " WHERE dossier.state = %s AND card.status = 'active' ORDER BY card.id",
        state,
    )


def _merge_communes(at: datetime) -> None:
    mergers.apply([(OLD, NEW, "whole")], at.date(), at=at)


def _learn(at: datetime) -> None:
    """The catalogue learns the commune for which messages are held."""
    with acting(births.system(), at=at):
        column(
            "INSERT INTO catalogues_division (code, level, name, kind, parent_code, province_code, valid, instrument)"
            " VALUES (%s, 'commune', 'Xã Mới', 'xã', '01', '01', daterange('2025-07-01', NULL), '') RETURNING 1",
            _UNKNOWN,
        )


def _pair_to_merge() -> tuple[int, int]:
    found = column(
        "SELECT dossier.person_id FROM dossiers_dossier AS dossier"
        " WHERE dossier.state = 'RETURNED' AND dossier.province_code = '01' ORDER BY dossier.id DESC LIMIT 2"
    )
    return found[0], found[1]


def _merge_persons(at: datetime) -> None:
    one, other = _pair_to_merge()
    doubles.merged(one, other, at=at)


def _part_persons(at: datetime) -> None:
    (merge,) = column("SELECT max(id) FROM persons_merge")
    doubles.undone(merge, at=at)
