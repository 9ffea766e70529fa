"""The figures of a year counted by hand, in plain Python, from the shots of `year_world`: the other side of every test.

Shares no line with `lienthong.reports`: what a column means is written down here a second time, from its sentence.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from lienthong.kernel.dates import VIETNAM
from lienthong.law import conformance, deadlines
from tests.year_shots import MAP_DAY, Dossier, Message, Shot, Year

_AREA = {"H-AREA", "H-AREA-SPLIT", "UNIT_NOT_DECLARED", "UNIT_AMBIGUOUS"}
_WAY = {
    "RECEIVED": "pending", "CREATE_FAILED": "failed", "CREATED": "not_sent", "SENT_TNHS": "not_arisen",
    "EXPORTED_TNHS": "not_arisen", "ARISEN": "awaiting", "APPROVAL_REQUESTED": "awaiting", "APPROVED": "not_printed",
    "PRINTED": "issued", "RETURNED": "handed_over",
}  # fmt: skip
_ORDER = (
    "pending",
    "failed",
    "not_sent",
    "not_arisen",
    "awaiting",
    "not_printed",
    "issued",
    "handed_over",
)
_PASSED = {
    "created": ("CREATED", "SENT_TNHS", "EXPORTED_TNHS", "ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED", "RETURNED"),
    "sent": ("SENT_TNHS", "EXPORTED_TNHS", "ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED", "RETURNED"),
    "arisen": ("ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED", "RETURNED"),
    "approved": ("APPROVED", "PRINTED", "RETURNED"),
    "issued": ("PRINTED", "RETURNED"),
    "returned": ("RETURNED",),
}  # fmt: skip
_STEPS = (
    ("create", "received", "created"), ("send", "created", "sent"), ("arise", "sent", "arisen"),
    ("approve", "arisen", "approved"), ("issue", "approved", "issued"), ("hand_over", "issued", "returned"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One birth record at the instant, in words."""

    key: int
    received_on: date
    place: Mapping[str, str]
    step: str
    ending: str
    cause: str
    paper: str
    due_on: date | None
    since: datetime
    is_without_id: bool
    was_moved: bool
    paces: Mapping[str, int]


def count(
    year: Year,
    *,
    at: datetime,
    period: tuple[date, date],
    level: str,
    unit_codes: Mapping[int, str],
) -> dict[str, dict[str, float | None]]:
    """The figures of each place by the code of its row, and of all together under 'total'."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records(year, at=at, unit_codes=unit_codes):
        if period[0] <= record.received_on <= period[1]:
            found[record.place[level]].append(record)
            found["total"].append(record)
    return {code: figures(told, at) for code, told in found.items()}


def records(year: Year, *, at: datetime, unit_codes: Mapping[int, str]) -> list[Record]:
    """Every record there was at the instant."""
    shots = year.until(at)
    if not shots:
        return []
    lives = _lives(shots)
    now, on = shots[-1], _day(at)
    found = [_of_dossier(id_, lives[id_], unit_codes, on) for id_ in now.dossiers]
    return found + list(_letters(now, on))


def _lives(shots: list[Shot]) -> dict[int, list[tuple[datetime, Dossier]]]:
    lives: dict[int, list[tuple[datetime, Dossier]]] = defaultdict(list)
    for shot in shots:
        for id_, row in shot.dossiers.items():
            if not lives[id_] or lives[id_][-1][1] is not row:
                lives[id_].append((shot.at, row))
    return lives


def _step(row: Dossier) -> str:
    if row.state == "MANUAL_REVIEW":
        return "failed" if row.reason in _AREA else "not_arisen"
    return _WAY[row.state]


def _of_dossier(
    id_: int, life: list[tuple[datetime, Dossier]], unit_codes: Mapping[int, str], on: date
) -> Record:
    row = life[-1][1]
    ending = {"REJECTED": "rejected", "CANCELLED": "cancelled"}.get(row.state, "")
    if ending and row.reason == "DUPLICATE_CONFIRMED":
        ending = "duplicate"
    worked = next(told for _, told in reversed(life) if told.state not in ("REJECTED", "CANCELLED"))
    since = next(
        at
        for place, (at, told) in reversed(list(enumerate(life)))
        if place == 0 or life[place - 1][1].state != told.state
        if told.state == row.state
    )
    instants = {"received": row.received_at}
    for at, told in life:
        for name, states in _PASSED.items():
            # What waits as a suspected double has been created and sent, whatever the shots saw of it.
            if told.state in states or (
                told.state == "MANUAL_REVIEW"
                and told.reason not in _AREA
                and name in ("created", "sent")
            ):
                instants.setdefault(name, at)
    step = _step(worked)
    return Record(
        key=id_ * 2,
        received_on=_day(row.received_at),
        place={
            "country": "",
            "province": _heir(row.province, on) or "00",
            "unit": unit_codes.get(
                row.area, f"-{_heir(f'{-row.area:02}', on)}" if row.area else "0"
            ),
            "district": _district_of(row.commune),
            "commune": row.commune or "00000",
        },
        step=step,
        ending=ending,
        cause=row.reason,
        paper=row.paper,
        due_on=row.due_on,
        since=since,
        is_without_id=not ending and step in _ORDER[4:] and not row.has_id,
        was_moved=any(0 < told.area != row.area for _, told in life),
        paces={
            name: _rounded(_minutes(instants[first], instants[second]))
            for name, first, second in _STEPS
            if first in instants and second in instants
        },
    )


def _letters(now: Shot, on: date) -> Iterable[Record]:
    first_of_entry: dict[int, int] = {}
    opened = {row.opened_by for row in now.dossiers.values()}
    read = [
        row for row in now.messages.values() if row.state not in ("pending", "held", "quarantined")
    ]
    for row in sorted(read):
        if (
            row.registration
            and row.kind in ("create", "correct")
            and row.code not in ("W-SAME", "E-VERSION-CLASH")
        ):
            first_of_entry.setdefault(row.registration, row.id)
    for row in now.messages.values():
        told = _letter(row, opened, first_of_entry)
        if told is None:
            continue
        step, ending, cause = told
        is_known = bool(row.commune) and row.state != "pending"
        province = _heir(_province_of(row.commune, _day(row.received_at)), on)
        yield Record(
            key=row.id * 2 + 1,
            received_on=_day(row.received_at),
            place={
                "country": "",
                "province": province if is_known else "00",
                "unit": f"-{province}" if is_known else "0",
                "district": _district_of(row.commune) if is_known else "00000",
                "commune": row.commune if is_known else "00000",
            },
            step=step,
            ending=ending,
            cause=cause,
            paper=row.paper,
            due_on=None,
            since=now.at,
            is_without_id=False,
            was_moved=False,
            paces={},
        )


def _letter(
    row: Message, opened: set[str], first_of_entry: Mapping[int, int]
) -> tuple[str, str, str] | None:
    """Step, ending and cause of a message that is no dossier; None where it tells of no birth, or not first."""
    unread = {"pending": "unread", "quarantined": "data", "held": row.code}.get(row.state)
    if unread is not None:
        tells = row.state == "pending" or row.kind != "cancel"
        return ("pending" if row.state == "pending" else "failed", "", unread) if tells else None
    if row.paper and row.kind == "correct":
        return ("pending", "duplicate", "corrected")
    if row.code == "W-SAME":
        return ("pending", "duplicate", "again") if row.kind == "create" else None
    is_other = (
        row.code == "E-VERSION-CLASH" or row.kind == "cancel" or row.dossier or row.name in opened
    )
    if is_other or first_of_entry[row.registration or 0] != row.id:
        return None
    ending = "rejected" if row.entitled is False else "cancelled"
    return ("pending", "duplicate", "again") if row.joined else ("pending", ending, "")


_MERGED = {"74": ("79", MAP_DAY)}
"""What became of a province that the year has, and since when."""
_COMMUNES: dict[str, list[tuple[date, str, str]]] = {}


def know(communes: Iterable[tuple[str, date, str, str]]) -> None:
    """Which province and district each commune of the world was in, from which day on; in the order of the days."""
    _COMMUNES.clear()
    for code, since, province, district in communes:
        _COMMUNES.setdefault(code, []).append((since, province, district))


def _province_of(commune: str, on: date) -> str:
    return next((it[1] for it in reversed(_COMMUNES.get(commune, [])) if it[0] <= on), "01")


def _district_of(commune: str) -> str:
    """As long as there were districts: the commune as it was then."""
    return _COMMUNES[commune][0][2] if commune in _COMMUNES else "00000"


def _heir(province: str, on: date) -> str:
    heir, since = _MERGED.get(province, (province, on))
    return heir if since <= on else province


def figures(told: list[Record], at: datetime) -> dict[str, float | None]:
    """Every figure of the records, by the key of its column."""
    found: Counter[str] = Counter()
    paces: dict[str, list[int]] = defaultdict(list)
    for record in told:
        found.update(_counted(record, _day(at)))
        for name, minutes in record.paces.items():
            paces[name].append(minutes)
    result: dict[str, float | None] = dict(found)
    for name, _, _ in _STEPS:
        for share, word in ((0.5, "median"), (0.9, "p90")):
            ordered = sorted(paces[name])
            # The smallest that this share did not exceed.
            place = bisect_left([n + 1 for n in range(len(ordered))], share * len(ordered))
            result[f"pace_{name}_{word}"] = round(ordered[place] / 60, 2) if ordered else None
    return result


def _counted(it: Record, on: date) -> list[str]:
    keys = [
        "received",
        *(("manual", f"manual_{it.paper.lower()}") if it.paper else ("received_btp",)),
    ]
    keys += ["rerouted"] * it.was_moved + ["without_id"] * it.is_without_id
    if it.ending == "duplicate":
        kind = {"again": "sent_again", "corrected": "corrected_on_paper"}.get(it.cause)
        return [*keys, "duplicates", kind or "confirmed_doubles"]
    reached = _ORDER.index(it.step)
    names = {2: "created", 3: "sent", 4: "arisen", 5: "approved", 6: "issued"}
    keys += [name for place, name in names.items() if reached >= place]
    return keys + (_stopped(it, reached) if it.ending else _waiting(it, reached, on))


def _stopped(it: Record, reached: int) -> list[str]:
    if reached >= _ORDER.index("issued"):
        return ["stopped_issued"]
    return ["stopped", it.ending, f"stopped_{'create' if reached < 2 else it.step}"]


def _waiting(it: Record, reached: int, on: date) -> list[str]:
    waits = {"pending": "pending_create", "failed": "create_failed", "issued": "not_handed"}
    keys = [waits.get(it.step, it.step)]
    if it.step == "failed":
        keys.append(_failure(it.cause))
    if it.step != "handed_over":
        keys.append("open")
    if reached < _ORDER.index("issued"):
        age = _age(it.received_on, on)
        word = "day_1" if age <= 1 else "days_3" if age <= 3 else "days_5" if age <= 5 else "older"
        keys += ["backlog", f"backlog_{word}", f"backlog_{it.step}_{word}"]
    if it.step != "handed_over" and it.due_on and it.due_on < on:
        keys.append("late_open")
    if it.step == "handed_over" and it.due_on:
        keys.append("late_closed" if _day(it.since) > it.due_on else "on_time_closed")
    return keys


def _failure(cause: str) -> str:
    if cause in ("UNIT_NOT_DECLARED", "UNIT_AMBIGUOUS"):
        return "failed_unit"
    return (
        "failed_area"
        if cause.startswith("H-AREA")
        else "failed_data"
        if cause == "data"
        else "failed_other"
    )


@cache
def _age(received_on: date, on: date) -> int:
    calendar = deadlines.official_calendar()
    days = (received_on + timedelta(days=n + 1) for n in range((on - received_on).days))
    return sum(calendar.is_working_day(day) for day in days)


@cache
def _minutes(since: datetime, until: datetime) -> int:
    return conformance.worked_minutes(since, until, calendar=deadlines.official_calendar())


def _rounded(minutes: int) -> int:
    for most, step in ((60, 1), (480, 6), (4800, 30), (1_000_000, 240)):
        if minutes <= most:
            return -(-minutes // step) * step
    raise AssertionError


def _day(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()
