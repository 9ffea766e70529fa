"""Paper and the electronic record of one child, in every order: one person, one card, one number, one dossier."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from lienthong.audit import checks, sealing
from lienthong.births import rebuild
from lienthong.births.records import Found
from lienthong.births.twins import search
from lienthong.cards import actions as cards
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from tests import births
from tests.births import AT, NGOC_HA, ON, column, message, rows, run, send
from tests.papers import enter, officer

Step = Callable[[], object]


def _paper(**changes: Any) -> None:
    """What an officer enters; refused when he finds the electronic record already there, as he should be."""
    with contextlib.suppress(Found), transaction.atomic():
        enter(1, "C3", **changes)


def _electronic(version: int = 1, **changes: Any) -> Step:
    kind = "create" if version == 1 else "correct"
    sent = message(1, message_id=f"M-{version}", version=version, kind=kind, **changes)
    return lambda: send(sent)


def _the_one_child() -> dict[str, Any]:
    """Everything about the one child there must be; without keys, numbers and times."""
    run()
    ((full_name, personal_id, born_on, sex),) = rows(
        "SELECT full_name, personal_id, born_on, sex FROM persons_person"
    )
    assert column("SELECT count(*) FROM persons_number") == [1]
    ((state, name),) = rows("SELECT state, child_name FROM dossiers_dossier")
    ((status, card_name, code),) = rows(
        "SELECT status, full_name, right(code, 10) FROM cards_card WHERE status IN ('requested', 'active')"
    )
    assert column("SELECT number FROM persons_number") == [code]
    return {
        "person": (full_name, personal_id, born_on, sex),
        "dossier": (state, name),
        "card": (status, card_name),
    }


NAMED = {"nksHoTen": "NGUYỄN MINH ANH"}
# The same triple; another triple with the same birth notice; another triple with the id typed from a late certificate.
ELSEWHERE = {"number": "77", "book": "02/2026"}
CASES: dict[str, dict[str, str]] = {
    "same register entry": {},
    "same entry, other spelling and address": {
        "child_name": "Nguyễn Minh An",
        "residence_text": "Số 6 ngõ 2",
    },
    "another entry, level 3": ELSEWHERE,
    "another entry, level 1": ELSEWHERE | {"personal_id": "003226000001", "birth_notice_code": ""},
}


@pytest.mark.parametrize("typed", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("pause", [False, True], ids=["all at once", "step by step"])
@pytest.mark.django_db
def test_every_order_ends_with_one_child(db: None, typed: dict[str, str], pause: bool) -> None:
    births.small_country()
    names = ("paper", "create", "correct")
    steps: dict[str, Step] = {
        "paper": lambda: _paper(**typed),
        "create": _electronic(1),
        "again": _electronic(1),
    }
    # Under another entry a child is known by name and key together, so there the correction is another fact.
    is_elsewhere = "number" in typed
    steps["correct"] = _electronic(
        2, **({"chaHoTen": "NGUYỄN VĂN CHUNG"} if is_elsewhere else NAMED)
    )
    found = []
    for order in permutations(names):
        with transaction.atomic():
            for name in (*order, "again"):
                steps[name]()
                if pause:
                    run()
            found.append((order, _the_one_child()))
            transaction.set_rollback(True)
    assert all(child == found[0][1] for _, child in found), found
    name = "NGUYỄN MINH AN" if is_elsewhere else "NGUYỄN MINH ANH"
    assert found[0][1]["person"][:2] == (name, "003226000001")


@pytest.mark.parametrize("order", list(permutations(("paper", "create", "cancel"))))
@pytest.mark.django_db
def test_a_cancellation_of_the_entry_takes_the_paper_along_in_every_order(
    db: None, order: tuple[str, ...]
) -> None:
    births.small_country()
    cancel = message(1, message_id="M-9", version=2, kind="cancel")
    steps: dict[str, Step] = {
        "paper": _paper,
        "create": _electronic(1),
        "cancel": lambda: send(cancel),
    }
    for name in order:
        steps[name]()
    run()
    assert column("SELECT DISTINCT state FROM dossiers_dossier") in ([], ["CANCELLED"])
    assert column("SELECT count(*) FROM cards_card WHERE status <> 'cancelled'") == [0]


@pytest.mark.django_db
def test_the_electronic_record_fills_in_the_id_after_the_card_is_out(db: None) -> None:
    births.small_country()
    enter(1, "C3", number="77")
    run()
    _approve()
    cards_before = rows("SELECT code, valid, status, version FROM cards_card")
    send(message(1))
    run()
    assert column("SELECT personal_id FROM persons_person") == ["003226000001"]
    assert rows("SELECT code, valid, status, version FROM cards_card") == cards_before
    assert column("SELECT count(*) FROM dossiers_dossier") == [1]
    assert column("SELECT state FROM persons_identityrequest") == ["answered"]
    assert rows("SELECT kind, detail -> 'changed' FROM dossiers_task") == [
        ("T-PAPER-DIFFERS", '["number"]')
    ]


@pytest.mark.django_db
def test_what_differs_is_asked_about_once_and_what_agrees_is_not(db: None) -> None:
    births.small_country()
    enter(1, "C3", mother_name="Trần Thị Bích", child_name="Nguyễn Minh An", personal_id="")
    run()
    send(message(1))
    run()
    send(message(1, message_id="M-1 again", chaHoTen="NGUYỄN VĂN CƯỜNG"))
    run()
    assert rows("SELECT kind, detail -> 'changed' FROM dossiers_task") == [
        ("T-PAPER-DIFFERS", '["mother_name"]')
    ]
    assert column("SELECT mother_name FROM persons_person") == ["TRẦN THỊ BÌNH"]


@pytest.mark.django_db
def test_another_birth_date_after_the_card_is_one_task_and_no_silent_change(db: None) -> None:
    births.small_country()
    enter(1, "C3", born_on="2026-11-11")
    run()
    _approve()
    send(message(1))
    run()
    assert column("SELECT kind FROM dossiers_task") == ["T-BIRTH-DATE-AFTER-CARD"]
    assert [str(day) for day in column("SELECT born_on FROM cards_card")] == ["2026-11-11"]


@pytest.mark.parametrize("paper_first", [True, False])
@pytest.mark.django_db
def test_children_merely_alike_are_two_until_an_officer_looked(db: None, paper_first: bool) -> None:
    births.small_country()
    typed = {"number": "77", "birth_notice_code": ""}
    if paper_first:
        enter(1, "C3", **typed)
        run()
        send(message(1))
    else:
        # The electronic one is stored and not judged yet: the officer cannot have seen it.
        send(message(1))
        enter(1, "C3", **typed)
    run()
    assert column("SELECT count(*) FROM persons_person") == [2]
    ((kind, other),) = rows("SELECT kind, detail ->> 'dossier' FROM dossiers_task")
    assert kind == "T-PAPER-LOOKALIKE"
    own = column("SELECT dossier_id FROM dossiers_task")
    assert sorted([*own, int(other)]) == column("SELECT id FROM dossiers_dossier ORDER BY id")


@pytest.mark.django_db
def test_a_paper_typed_under_another_childs_entry_lets_that_child_have_its_own(db: None) -> None:
    births.small_country()
    enter(1, "C3", number="2", personal_id="003226000001")
    run()
    send(message(1))
    run()
    send(message(2, nksHoTen="LÊ THỊ HOA", nksGioiTinh=2, soDinhDanh="003326000002"))
    run()
    assert column("SELECT full_name FROM persons_person ORDER BY id") == [
        "NGUYỄN MINH AN",
        "LÊ THỊ HOA",
    ]
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"] * 2


@pytest.mark.django_db
def test_the_papers_own_trace_leads_to_the_dossier_it_joined(db: None) -> None:
    from lienthong.births import queries

    births.small_country()
    entered = enter(1, "C3", number="77")
    send(message(1))
    run()
    (dossier,) = column("SELECT id FROM dossiers_dossier")
    for sent in (entered.message_id, "LTKS-2026-0000001"):
        assert queries.trace(births.system(), sent, on=ON).row.dossier_id == dossier


@pytest.mark.parametrize("typed", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("with_card", [False, True])
def test_verify_and_rebuild_are_silent_afterwards(
    committed_db: Address, typed: dict[str, str], with_card: bool
) -> None:
    births.small_country()
    enter(1, "C3", **typed)
    run()
    if with_card:
        _approve()
    send(message(1), message(3, nksHoTen="LÊ VĂN BÌNH", meSoDDCN=None))
    run()
    enter(
        5, "B", residence_commune=NGOC_HA, mother_personal_id="", child_name="ĐỖ MAI", sex="female"
    )
    (other,) = column("SELECT id FROM dossiers_dossier WHERE message_id = 'LTKS-2026-0000003'")
    enter(3, "A1", twin=other, child_name="LÊ VĂN BÍNH", mother_personal_id="")
    run()
    assert list(rebuild.breaches(on=ON)) == []
    sealing.seal_once(AT)
    told = checks.verify([invariants_folder()])
    assert [breach for breach in told if not breach.name.startswith("INV-3")] == []


@pytest.mark.django_db
def test_the_search_says_nothing_personal_of_another_area(db: None) -> None:
    births.small_country()
    send(message(1))
    run()
    from lienthong.births import paper
    from tests.papers import entry

    facts = paper.read(entry(1), on=ON)
    (mine,) = search(officer(), facts)
    (foreign,) = search(officer(province="24"), facts)
    assert (mine.is_mine, foreign.is_mine) == (True, False)
    assert (foreign.child_name, foreign.message_id, foreign.child_born_on) == ("", "", None)
    assert foreign.unit_name


def _approve() -> None:
    from dataclasses import replace

    from lienthong.accounts.permissions import Role

    desk = replace(officer(Role.CARD_DESK, key=801), everywhere=True)
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested'")
    assert cards.approve(waiting, by=desk, at=AT + timedelta(minutes=1)).refused == ()
