"""INV-10, INV-11: number and person are a bijection at all times, whatever is repaired, merged and undone, at once or killed."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection

from lienthong import births as births_app
from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import merging, repairs
from lienthong.births.merging import Merger
from lienthong.births.repairs import KEEPS_VI, Proposal
from lienthong.cards import actions
from lienthong.database import invariants
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import LienthongError
from lienthong.persons import numberwatch
from tests import births
from tests.births import AT, column, message, rows, run, send, system
from tests.crashing import run_until_tick
from tests.races import at_once

pytestmark = pytest.mark.timeout(600)
LATER = AT + timedelta(days=1)
_STEPS = 60
_MOST_TICKS = 120
_FOREIGN = ("0118000017", "0118000025", "7912345678", "HN-0118", "12345", "2600000007")


def _officer(key: int, role: Role) -> Actor:
    return Actor(f"can-bo-{key}", ActorKind.OFFICER, permissions_of(role), key, everywhere=True)


THU = _officer(71, Role.COLLECTION)
DESK = _officer(81, Role.CARD_DESK)
HEAD, HEAD_TOO = _officer(91, Role.HEAD), _officer(92, Role.HEAD)
PROVINCE = _officer(95, Role.PROVINCE)


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()


def _child(number: int) -> int:
    send(
        message(
            number,
            soDinhDanh=f"003226{number:06}",
            maGCS=f"01013.GCS.{number:05}.26",
            nksHoTen=f"NGUYỄN MINH {chr(65 + number % 26)}",
            meSoDDCN=f"0031960{number:05}",
        )
    )
    run()
    return int(column("SELECT max(id) FROM persons_person")[0])


def _approved() -> None:
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id")
    for card_id in waiting:
        actions.approve([card_id], by=DESK, at=AT)


def _told(person_id: int, number: str) -> None:
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_entry (source, source_ref, full_name, birth_date, sex, personal_id, insurance_number,"
            " mother_name, province_code, commune_code, household_code, relation, person_id, area, received_at)"
            " VALUES ('collection', %s, '', '', '', '', %s, '', '', '', '', '', %s, 0, %s)"
            " ON CONFLICT DO NOTHING",
            [f"{person_id}:{number}", number, person_id, AT],
        )
    numberwatch.look(by=system(), at=AT)


def _is_bijection() -> None:
    """Each number is one person's; each person has at most one that counts; nothing on a card or dossier is another's."""
    assert rows("SELECT number FROM persons_number GROUP BY number HAVING count(*) > 1") == []
    assert (
        rows(
            "SELECT person_id FROM persons_number WHERE status = 'active' GROUP BY person_id HAVING count(*) > 1"
        )
        == []
    )
    # A merged record's numbers do not count beside those of who stands for it.
    assert (
        rows(
            "SELECT ledger.number FROM persons_number AS ledger JOIN persons_person AS person ON person.id = ledger.person_id"
            " WHERE person.merged_into_id IS NOT NULL AND ledger.status = 'active'"
        )
        == []
    )
    # Whoever had a number has one.
    assert (
        rows(
            "SELECT person.id FROM persons_person AS person WHERE person.merged_into_id IS NULL"
            " AND EXISTS (SELECT 1 FROM persons_number WHERE person_id = person.id)"
            " AND NOT EXISTS (SELECT 1 FROM persons_number WHERE person_id = person.id AND status = 'active')"
        )
        == []
    )
    assert (
        rows(
            "SELECT personal_id FROM persons_person WHERE personal_id IS NOT NULL AND merged_into_id IS NULL"
            " GROUP BY personal_id HAVING count(*) > 1"
        )
        == []
    )
    breaches = invariants.run_all(connection, [Path(births_app.__file__).parent / "invariants"])
    assert [
        it for it in breaches if it.name in {"NUMBER_OF_PERSON", "CARD_COVER", "CARD_CONTENT"}
    ] == []


def _holders() -> dict[str, int]:
    return dict(rows("SELECT number, person_id FROM persons_number"))


class _Walk:
    """One random officer's day after another."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0
        self.refusals = 0

    def step(self) -> None:
        deed = self.chance.choice(
            (
                self.allot,
                self.tell,
                self.tell,
                self.propose,
                self.confirm,
                self.confirm,
                self.merge,
                self.undo,
                self.follow,
                _approved,
            )
        )
        try:
            deed()
        except LienthongError:
            self.refusals += 1

    def allot(self) -> None:
        self.count += 1
        _child(self.count)

    def tell(self) -> None:
        people = column("SELECT id FROM persons_person")
        if people:
            known = [*_FOREIGN, *_holders()]
            _told(self.chance.choice(people), self.chance.choice(known))

    def propose(self) -> None:
        found = rows(
            "SELECT id, kind FROM persons_numbermatter WHERE closed_at IS NULL ORDER BY random() LIMIT 1"
        )
        for matter_id, kind in found:
            keep = self.chance.choice(list(KEEPS_VI[kind]))
            repairs.propose(Proposal(matter_id, keep, "Sổ cũ", "Sổ số 5"), by=THU, at=AT)

    def confirm(self) -> None:
        waiting = column("SELECT id FROM persons_numberrepair WHERE state = 'proposed'")
        if waiting:
            repairs.confirm(self.chance.choice(waiting), by=HEAD, at=LATER)

    def merge(self) -> None:
        people = column("SELECT id FROM persons_person WHERE merged_into_id IS NULL")
        if len(people) > 1:
            one, other = self.chance.sample(people, 2)
            told = Merger(one, other, "FAMILY_PAPERS", "Hai giấy khai sinh của một cháu")
            made = merging.propose(told, by=HEAD, at=LATER)
            if not made.is_done:
                merging.confirm(made.merge_id, by=PROVINCE, at=LATER)

    def undo(self) -> None:
        done = column(
            "SELECT id FROM persons_merge WHERE confirmed_at IS NOT NULL AND undone_at IS NULL"
        )
        if done:
            merging.undo(self.chance.choice(done), "Gộp nhầm hai cháu", by=PROVINCE, at=LATER)

    def follow(self) -> None:
        repairs.follow(by=system(), at=LATER)


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_number_and_person_are_a_bijection_after_every_step(seed: int) -> None:
    walk = _Walk(seed)
    for _ in range(3):
        walk.allot()
    _approved()
    before = _holders()
    for _ in range(_STEPS):
        walk.step()
        _is_bijection()
        now = _holders()
        assert before.items() <= now.items(), "a number went away or to another person"
        before = now
    done = rows("SELECT count(*) FROM persons_numberrepair WHERE state IN ('confirmed', 'done')")
    assert done[0][0] > 0, "the walk repaired nothing"


def _proposed(keep: str) -> int:
    (matter,) = column("SELECT max(id) FROM persons_numbermatter WHERE closed_at IS NULL")
    return repairs.propose(Proposal(matter, keep, "Sổ cũ", "Sổ số 5"), by=THU, at=AT)


@pytest.mark.rule("INV-10")
def test_two_heads_confirm_at_once_and_one_repair_is_made() -> None:
    for turn in range(3):
        person = _child(turn + 1)
        _approved()
        _told(person, f"01180000{turn:02}")
        repair = _proposed("written")
        told = at_once(
            lambda: repairs.confirm(repair, by=HEAD, at=LATER),  # noqa: B023 - run in this turn
            lambda: repairs.confirm(repair, by=HEAD_TOO, at=LATER),  # noqa: B023
        )
        assert len([it for it in told if isinstance(it, LienthongError)]) == 1
        _is_bijection()


@pytest.mark.rule("INV-10")
def test_births_repairs_and_the_sequence_at_once_give_no_number_twice() -> None:
    people = [_child(number) for number in (1, 2)]
    _approved()
    # The next numbers of the sequence are told of the first child, while births draw from it.
    (last,) = column("SELECT pg_sequence_last_value('persons_number_serial')::bigint")
    _told(people[0], str(last + 1))
    repair = _proposed("written")
    for number in range(3, 9):
        send(
            message(
                number,
                soDinhDanh=f"003226{number:06}",
                maGCS=f"01013.GCS.{number:05}.26",
                nksHoTen=f"LÊ VĂN {chr(65 + number)}",
                meSoDDCN=f"0031960{number:05}",
            )
        )
    told = at_once(run, run, lambda: repairs.confirm(repair, by=HEAD, at=LATER))
    assert not [it for it in told if isinstance(it, IntegrityError)]
    run()
    _is_bijection()
    assert _holders()[str(last + 1)] == people[0]
    assert rows("SELECT count(*) FROM dossiers_dossier WHERE insurance_number IS NULL")[0][0] == 0


@pytest.mark.rule("INV-10")
def test_killed_at_any_tick_a_repair_is_made_whole_or_not_at_all() -> None:
    person = _child(1)
    _approved()
    _told(person, "0118000017")
    repair = _proposed("written")
    (held,) = column("SELECT number FROM persons_number")
    for tick in range(1, _MOST_TICKS):
        finished = run_until_tick(lambda: repairs.confirm(repair, by=HEAD, at=LATER), tick)
        is_made = rows("SELECT state <> 'proposed' FROM persons_numberrepair")[0][0]
        active = column("SELECT number FROM persons_number WHERE status = 'active'")
        assert active == (["0118000017"] if is_made else [held]), tick
        _is_bijection()
        if finished or is_made:
            break
    else:
        pytest.fail("the repair never came to its end")
    for tick in range(1, _MOST_TICKS):
        finished = run_until_tick(lambda: repairs.follow(by=system(), at=LATER), tick)
        assert rows("SELECT count(*) <= 1 FROM cards_card WHERE status = 'requested'")[0][0]
        if finished:
            break
    repairs.follow(by=system(), at=LATER)
    assert column("SELECT insurance_number FROM cards_card WHERE status = 'requested'") == [
        "0118000017"
    ]
