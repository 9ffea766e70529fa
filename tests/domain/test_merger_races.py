"""A cut-over beside imports, approvals and other workers, and killed anywhere: each dossier has one owner, once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from lienthong.births import enrolment, rerouting
from lienthong.cards import actions as cards
from lienthong.catalogues import acts
from lienthong.database.address import Address
from tests import births, mergers
from tests.births import AT, column, rows, system
from tests.crashing import run_until_tick
from tests.finished_world import OFFICER
from tests.mergers import DAY, NEW, OLD, OTHER, THEN, WHOLE, breaches

_WAITING_FOR_A_LOCK = "SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def _crowd(*work: Callable[[], object]) -> list[object]:
    gate = threading.Barrier(len(work))

    def one(do: Callable[[], object]) -> object:
        try:
            gate.wait()
            return do()
        except Exception as error:  # noqa: BLE001 - the race's outcome is what is looked at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def _many(committed: Address, count: int) -> list[int]:
    """Children at the old unit: some wait for approval, the others are about to be imported for collection."""
    assert committed
    mergers.country()
    for number in range(1, count + 1):
        births.send(births.message(number, ndkksMaXa=OLD, nksNoiCuTru=births.living_in(OLD)))
    births.run()
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id")
    for number in range(count + 1, 2 * count + 1):
        births.send(births.message(number, ndkksMaXa=OLD, nksNoiCuTru=births.living_in(OLD)))
    for name in ("check", "route", "receive", "export", "match", "number"):
        mergers.step(name, AT)
    return waiting


@pytest.mark.timeout(180)
@pytest.mark.parametrize("turn", range(3))
def test_a_cut_over_beside_imports_and_approvals_leaves_each_dossier_one_owner(
    committed_db: Address, turn: int
) -> None:
    waiting = _many(committed_db, 60)
    act_id = mergers.enter(WHOLE, DAY, at=THEN)
    acts.confirm(act_id, by=system(), at=THEN)
    moment = enrolment.Moment(THEN, DAY)
    collect = next(step for step in enrolment.STEPS if step.name == "collect")

    def cut_over() -> int:
        return sum(rerouting.merge(by=system(), at=THEN, on=DAY) for _ in range(4))

    def importing() -> int:
        return sum(collect.run(7, system(), moment) for _ in range(20))

    def approving() -> int:
        done = (cards.approve(waiting[at : at + 5], by=OFFICER, at=THEN) for at in range(0, 60, 5))
        return sum(each.done_count for each in done)

    told = _crowd(cut_over, cut_over, importing, importing, approving)
    assert not [each for each in told if isinstance(each, Exception)], (turn, told)
    assert told[-1] == 60
    mergers.step("merge", THEN)
    births.run(THEN)
    found = rows(
        "SELECT unit.code, dossier.unit_rule, dossier.state, entry.unit_id = dossier.unit_id, card.unit_id = dossier.unit_id"
        " FROM dossiers_dossier AS dossier JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id"
        " JOIN collection_entry AS entry ON entry.dossier_id = dossier.id AND entry.voided_at IS NULL"
        " JOIN cards_card AS card ON card.dossier_id = dossier.id"
    )
    assert len(found) == 120
    assert all(entry and card for *_, entry, card in found)
    by_rule = Counter((unit, rule) for unit, rule, *_ in found)
    assert set(by_rule) <= {("TE-OLD", "000-3"), ("TE-NEW", "000-4")}
    assert by_rule["TE-OLD", "000-3"] >= 60
    assert acts.act(act_id).state == acts.APPLIED
    assert breaches(is_committed=True) == []


def test_an_import_that_has_begun_is_waited_for_and_keeps_its_dossiers_at_the_old_unit(
    committed_db: Address,
) -> None:
    _many(committed_db, 5)
    act_id = mergers.enter(WHOLE, DAY, at=THEN)
    acts.confirm(act_id, by=system(), at=THEN)
    begun, seen = threading.Event(), threading.Event()

    def importing() -> None:
        with transaction.atomic():
            mergers.step("collect", THEN)
            begun.set()
            assert seen.wait(30)

    def cut_over() -> None:
        assert begun.wait(30)
        mergers.step("merge", THEN)

    def watching() -> None:
        for _ in range(500):
            if column(_WAITING_FOR_A_LOCK):
                break
            seen.wait(0.02)
        seen.set()

    assert [it for it in _crowd(importing, cut_over, watching) if it is not None] == []
    found = Counter(rows("SELECT state, unit_rule FROM dossiers_dossier"))
    assert found == {("APPROVAL_REQUESTED", "000-3"): 5, ("ARISEN", "000-3"): 5}
    assert column("SELECT DISTINCT unit.code FROM dossiers_dossier AS dossier"
                  " JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id") == ["TE-OLD"]  # fmt: skip
    assert breaches(is_committed=True) == []


@pytest.mark.timeout(300)
def test_a_cut_over_killed_anywhere_and_run_again_ends_the_same(committed_db: Address) -> None:
    _many(committed_db, 3)
    births.send(births.message(50, ndkksMaXa=NEW, nksNoiCuTru=births.living_in(NEW)))
    mergers.bring(51, "CREATED", commune=OLD, at=AT, address="Tổ 5, Phường Giảng Võ")
    rows_of_act = [(OLD, NEW, "part"), (OLD, OTHER, "part")]
    act_id = mergers.enter(rows_of_act, DAY, at=THEN)
    acts.confirm(act_id, by=system(), at=THEN)

    def work() -> None:
        births.run(THEN)

    tick = 1
    while not run_until_tick(work, tick):
        tick += 3
        assert tick < 900
    assert acts.act(act_id).state == acts.APPLIED
    assert column("SELECT count(*) FROM dossiers_reroute") == [7]
    assert Counter(column("SELECT unit_rule FROM dossiers_dossier")) == {
        "000-3": 3,
        "000-4": 3,
        "000-5": 1,
        "000-0": 1,
    }
    assert column("SELECT count(*) FROM dossiers_split WHERE closed_at IS NULL") == [3]
    assert breaches(is_committed=True) == []
