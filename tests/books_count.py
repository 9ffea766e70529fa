"""The books counted by hand, in plain Python, from plain rows: the other side of every test of `doi-soat` (INV-45).

Shares no line with `lienthong.oversight`: what a column means is written down here a second time, from its sentence.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from lienthong.kernel.dates import vietnam_date
from tests.births import rows

Key = tuple[date, str, str]
"""Day, province, commune."""
COLUMNS = (
    "said", "listed", "twice", "missing", "unknown", "bytes", "received", "aside", "repeat", "child", "numberless",
    "number", "cardless", "card",
)  # fmt: skip
_MESSAGES = """
    SELECT id, message_id, received_at, commune_code, encode(body_sha256, 'hex'), registration_id, channel = 'paper'
    FROM births_message ORDER BY id
"""
_REGISTRATIONS = """
    SELECT id, coalesce(dossier_id, joined_dossier_id), cancelled_version, cancelled_paper_no, applied_version,
           applied_paper_no
    FROM births_registration
"""


class Stated(NamedTuple):
    """A statement as the test made it; `lines` are commune, id and digest of the bytes."""

    day: date
    province: str
    version: int
    lines: tuple[tuple[str, str, str], ...]
    said: dict[str, int]


class Message(NamedTuple):
    """A message as its row says it."""

    id: int
    name: str
    received_at: datetime
    commune: str
    sha256: str
    registration: int | None
    is_paper: bool


@dataclass(slots=True)
class World:
    """The plain rows at one instant."""

    messages: list[Message]
    registrations: dict[int, tuple[Any, ...]]
    first_of: dict[int, int]
    dossiers: dict[int, tuple[str, int | None]]
    merged: dict[int, int | None]
    numbers: list[tuple[int, str, str]]
    cards: list[tuple[int, date, date | None]]
    provinces: dict[str, str]


@dataclass(slots=True)
class Ledger:
    """Every statement in the order in which it came; `instants` keep what was counted at each look."""

    statements: list[Stated] = field(default_factory=list)
    instants: dict[datetime, dict[Key, dict[str, int]]] = field(default_factory=dict)

    def count(self, at: datetime, days: list[date]) -> dict[Key, dict[str, int]]:
        """The figures of these days, counted from what stands now; kept for the instant."""
        found: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
        seen = world()
        standing = self._standing()
        for statement in standing:
            for commune, sent in statement.said.items():
                found[statement.day, statement.province, commune]["said"] += sent
        self._count_listed(seen, standing, found, at)
        self._count_unknown(seen, standing, found, at)
        told = {key: dict(own) for key, own in found.items() if key[0] in days}
        self.instants[at] = told
        return told

    def _standing(self) -> list[Stated]:
        newest: dict[tuple[date, str], Stated] = {}
        for it in self.statements:
            known = newest.get((it.day, it.province))
            if known is None or it.version > known.version:
                newest[it.day, it.province] = it
        kept = set(map(id, newest.values()))
        return [it for it in self.statements if id(it) in kept]

    def _count_listed(
        self, seen: World, standing: list[Stated], found: dict[Key, dict[str, int]], at: datetime
    ) -> None:
        named = {it.name: it for it in seen.messages if not it.is_paper}
        by_bytes = {
            it.sha256: it for it in seen.messages if not it.is_paper and it.name.startswith("KHONG")
        }
        # The earliest day counts; of one day the statement that came first.
        claimed: set[str] = set()
        for statement in sorted(standing, key=lambda it: it.day):
            for commune, name, sha256 in statement.lines:
                own = found[statement.day, statement.province, commune]
                own["listed"] += 1
                if name in claimed:
                    own["twice"] += 1
                    continue
                claimed.add(name)
                message = named.get(name) or by_bytes.get(sha256)
                if message is None:
                    own["missing"] += 1
                    continue
                own["bytes"] += message.sha256 != sha256
                _follow(message, own, seen, at)

    def _count_unknown(
        self, seen: World, standing: list[Stated], found: dict[Key, dict[str, int]], at: datetime
    ) -> None:
        names = {line[1] for it in standing for line in it.lines}
        digests = {line[2] for it in standing for line in it.lines}
        for message in seen.messages:
            is_listed = message.name in names or (
                message.name.startswith("KHONG") and message.sha256 in digests
            )
            if message.is_paper or is_listed:
                continue
            province = seen.provinces.get(message.commune, "")
            own = found[vietnam_date(message.received_at), province, message.commune]
            own["unknown"] += 1
            _follow(message, own, seen, at)


def _follow(message: Message, own: dict[str, int], seen: World, at: datetime) -> None:
    """Count one message that is here as far as it got."""
    own["received"] += 1
    registration = seen.registrations.get(message.registration or 0)
    if registration is None:
        own["aside"] += 1
        return
    if seen.first_of.get(registration[0]) != message.id:
        own["repeat"] += 1
        return
    _, dossier, cancelled, cancelled_paper, applied, applied_paper = registration
    is_cancelled = cancelled is not None and (cancelled, cancelled_paper) >= (
        applied,
        applied_paper,
    )
    if dossier is None or is_cancelled:
        own["aside"] += 1
        return
    own["child"] += 1
    state, person = seen.dossiers[dossier]
    number = number_of(seen, person)
    if state in {"CANCELLED", "REJECTED"} or not number:
        own["numberless"] += 1
        return
    own["number"] += 1
    on = vietnam_date(at)
    family = family_of(seen, person)
    has = any(
        owner in family and first <= on and (end is None or on < end)
        for owner, first, end in seen.cards
    )
    own["card" if has else "cardless"] += 1


def survivor(seen: World, person: int) -> int:
    """Who a person is after every merger."""
    while (into := seen.merged[person]) is not None:
        person = into
    return person


def family_of(seen: World, person: int | None) -> set[int]:
    """Every record of the same human being."""
    if person is None:
        return set()
    one = survivor(seen, person)
    return {it for it in seen.merged if survivor(seen, it) == one}


def number_of(seen: World, person: int | None) -> str:
    """The number that is in use for the person; '' for none."""
    family = family_of(seen, person)
    return next(
        (no for owner, no, status in seen.numbers if owner in family and status == "active"), ""
    )


def world() -> World:
    """What stands in the tables now."""
    messages = [Message(*row) for row in rows(_MESSAGES)]
    first_of: dict[int, int] = {}
    paper = {it.id for it in messages if it.is_paper}
    # The first message of a register entry that had a version of the birth in it.
    for registration, message in rows(
        "SELECT registration_id, message_id FROM births_birth ORDER BY message_id"
    ):
        if message not in paper:
            first_of.setdefault(registration, message)
    return World(
        messages,
        {row[0]: row for row in rows(_REGISTRATIONS)},
        first_of,
        {
            key: (state, person)
            for key, state, person in rows("SELECT id, state, person_id FROM dossiers_dossier")
        },
        dict(rows("SELECT id, merged_into_id FROM persons_person")),
        rows("SELECT person_id, number, status FROM persons_number ORDER BY number"),
        rows(
            "SELECT person_id, lower(valid), upper(valid) FROM cards_card WHERE status = 'active'"
        ),
        dict(
            rows(
                "SELECT DISTINCT ON (code) code, province_code FROM catalogues_division WHERE level = 'commune'"
                " ORDER BY code, lower(valid) DESC"
            )
        ),
    )
