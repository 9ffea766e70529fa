"""The eve of 01/07/2025: open dossiers in every commune of the day and in every state, and the act that ends them all.

Fictional children through the same doors and steps as everybody. For the bench of mergers and for the tests of them;
runs on a database of its own, whose clock it is told.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import islice

from django.db import connection

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import enrolment, storing
from lienthong.births.enrolment import Moment
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.catalogues import edges, loading
from lienthong.catalogues.sheets import Sheet, SheetRow
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import VIETNAM
from lienthong.simulation import places
from lienthong.simulation.children import Child, Nursery
from lienthong.simulation.geography import Map
from lienthong.simulation.messages import Message, line, message

DAY = places.REFORM
EVE = datetime(2025, 6, 30, 16, 30, tzinfo=VIETNAM)
FIRST_MINUTE = datetime.combine(DAY, time(), VIETNAM)
_REGISTERED = date(2025, 6, 30)
_WAVES = (
    ("PRINTED", None),
    ("APPROVED", None),
    ("APPROVAL_REQUESTED", None),
    ("ARISEN", ("check", "route", "receive", "export", "match", "number", "collect")),
    ("EXPORTED_TNHS", ("check", "route", "receive", "export")),
    ("SENT_TNHS", ("check", "route", "receive")),
    ("CREATED", ("check", "route")),
    ("RECEIVED", ("check",)),
)
"""The most advanced first: a step takes everything that waits for it."""
STATES = tuple(state for state, _ in _WAVES)
_STEPS = {step.name: step for step in enrolment.STEPS}
_BATCH = 2_000
_UNDECLARED = 25
"""Old communes whose declaration an office had forgotten: their dossiers lie parked on the eve."""
_FORGET = "DELETE FROM catalogues_workplace WHERE commune_code = ANY (%s) AND upper(valid) = %s"
_REQUESTED = """
    SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE card.status = 'requested' AND dossier.state = 'APPROVAL_REQUESTED' ORDER BY card.id LIMIT %s
"""
_OFFICER = Actor(
    "can-bo-mo-phong", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 7, everywhere=True
)
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Old:
    """A place of the eve: a commune, or an island district without communes; `heirs` are (code, name), by code."""

    code: str
    name: str
    province_code: str
    district_code: str
    heirs: tuple[tuple[str, str], ...]

    @property
    def is_island(self) -> bool:
        """True for a district that had no communes."""
        return not self.code


@cache
def olds() -> tuple[Old, ...]:
    """Every place of the eve, by code: 10,035 communes and five island districts."""
    names = {it.code: it.name for it in places.communes(DAY)}
    heirs: dict[str, list[str]] = {}
    for old, new, *_ in loading.shipped().successions:
        if new in names:
            heirs.setdefault(old, []).append(new)
    found = [
        Old(it.code, it.name, it.province_code, it.district_code, _named(heirs[it.code], names))
        for it in places.communes(_REGISTERED)
    ]
    islands = [
        Old("", row[2], row[5], row[0], _named(heirs[row[0]], names))
        for row in loading.shipped().divisions
        if row[1] == "district" and row[0] in heirs
    ]
    return (*found, *islands)


def _named(codes: Sequence[str], names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, names[code]) for code in sorted(codes))


def undeclared() -> frozenset[str]:
    """The old communes that are left without a unit on the eve."""
    chance = random.Random("forgotten on the eve")
    return frozenset(chance.sample([it.code for it in olds() if not it.is_island], _UNDECLARED))


def act_rows() -> Sheet:
    """The act as the release knows it: every succession of the day; of a divided commune each heir got some people."""
    columns = (*edges.COLUMNS, *edges.OPTIONAL)
    rows: list[SheetRow] = []
    for it in olds():
        kind = "whole" if len(it.heirs) == 1 else "part"
        for code, _ in it.heirs:
            cells = dict.fromkeys(columns, "") | {"new_code": code, "kind": kind}
            cells |= (
                {"old_district_code": it.district_code} if it.is_island else {"old_code": it.code}
            )
            rows.append(SheetRow(len(rows) + 2, cells))
    return Sheet(columns, tuple(rows), ())


def live(count: int, *, progress: Progress = lambda _state, _done: None) -> None:
    """Bring `count` children to the eve, the same number in each state, each state over all places."""
    places.declare(by=enrolment.system(), at=FIRST_MINUTE)
    with acting(enrolment.system(), at=EVE), connection.cursor() as cursor:
        cursor.execute(_FORGET, [sorted(undeclared()), DAY])
    children = _children()
    share, more = divmod(count, len(_WAVES))
    for number, (state, steps) in enumerate(_WAVES):
        wanted = share + (number < more)
        for done in range(0, wanted, _BATCH):
            _send(list(islice(children, min(_BATCH, wanted - done))))
            _advance(steps)
            if state in {"APPROVED", "PRINTED"}:
                _approve(prints=state == "PRINTED")
            progress(state, min(done + _BATCH, wanted))


def _children() -> Iterator[bytes]:
    rng = random.Random("the eve of the reform")
    nursery = Nursery(Map(places.known(DAY)), rng)
    number = 0
    # Each round begins elsewhere, so that every state meets every place.
    while True:
        for at in range(len(olds())):
            old = olds()[(at * 7 + number // len(olds())) % len(olds())]
            number += 1
            yield line(_told(nursery, old, number))


def _told(nursery: Nursery, old: Old, number: int) -> Message:
    # An island's children are registered on the mainland; its code is the district's alone.
    office = old.code or _mainland(old)
    child = nursery.enter(nursery.plain(_REGISTERED), office, _REGISTERED)
    child.residence_code, child.province_code, child.facility_code = office, old.province_code, ""
    child.address = _address(old, number, child)
    content = message(child, f"LTKS-2025-{number:07}", sent_at=EVE)
    if old.is_island:
        home = {
            "maTinh": old.province_code,
            "maHuyen": old.district_code,
            "maXa": "",
            "dcChiTiet": child.address,
        }
        content["data"] |= {"nksNoiCuTru": home, "nksNoiSinh": home, "nksQueQuan": home}
    return content


@cache
def _mainland(old: Old) -> str:
    return next(it.code for it in olds() if it.province_code == old.province_code and it.code)


def _address(old: Old, number: int, child: Child) -> str:
    """Every third child of a divided commune writes the new commune's name, which the resolution had announced."""
    if len(old.heirs) == 1 or number % 3:
        return child.address
    return f"{child.address}, {old.heirs[number % len(old.heirs)][1]}"


def _send(bodies: Sequence[bytes]) -> None:
    storing.accept_many(bodies, storing.Via("file", peer="mo-phong"), by=enrolment.system(), at=EVE)


def _advance(steps: Sequence[str] | None) -> None:
    """The named steps, in their order, until nothing moves; all of them but the merger without names."""
    moment = Moment(EVE, EVE.date())
    moved = True
    while moved:
        moved = False
        for name in steps or tuple(_STEPS):
            if name != "merge":
                moved |= _STEPS[name].run(_BATCH, enrolment.system(), moment) > 0


def _approve(*, prints: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REQUESTED, [_BATCH])
        ids = [row[0] for row in cursor.fetchall()]
    cards.approve(ids, by=_OFFICER, at=EVE)
    if prints:
        printing.print_cards(ids, by=_OFFICER, at=EVE)
