"""Every open state, before and after the cut-over, for each kind of change: through the real import and the real merge.

What is expected is written out here by hand, from the letter (680/BHXH-CNTT, section 2), not from the rule table.
"""

from datetime import date, datetime, timedelta

import pytest

from lienthong.births import queries, rerouting
from lienthong.catalogues import acts, cutovers
from lienthong.kernel.dates import VIETNAM
from tests import births, mergers
from tests.births import AT
from tests.mergers import STATES, stand

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2026, 12, 1), date(2027, 1, 4)
BEFORE = AT
ON_DAY = datetime(2026, 12, 1, 0, 5, tzinfo=VIETNAM)
LATER = datetime(2027, 1, 4, 8, 0, tzinfo=VIETNAM)
AFTERWARDS = LATER + timedelta(hours=1)

OLD, NEW, OTHER, LAST, NOBODYS = "00004", "00008", "00025", "00070", "00082"
UNITS = {OLD: "TE-OLD", NEW: "TE-NEW", OTHER: "TE-OTHER", LAST: "TE-LAST"}

ACTS = {
    "rename": [([(OLD, OLD, "whole", "Phường Tên Mới", "01")], FIRST)],
    "whole": [([(OLD, NEW, "whole")], FIRST)],
    "split": [([(OLD, NEW, "part"), (OLD, OTHER, "part")], FIRST)],
    "chain": [([(OLD, NEW, "whole")], FIRST), ([(NEW, LAST, "whole")], SECOND)],
    "undeclared": [([(OLD, NOBODYS, "whole")], FIRST)],
}
# The letter: 2.1 arisen stays, 2.2 in reception goes, 2.3 not yet there goes by itself; a printed card stays as it is.
STAYS = {"ARISEN": "000-3", "APPROVAL_REQUESTED": "000-3", "APPROVED": "000-3", "PRINTED": "000-1"}
GOES = {"RECEIVED": "000-5", "CREATED": "000-5", "SENT_TNHS": "000-4", "EXPORTED_TNHS": "000-4"}
HEIR = {"whole": (NEW, "TE-NEW"), "chain": (LAST, "TE-LAST")}
PARKED = {
    "split": ("MANUAL_REVIEW", "H-AREA-SPLIT"),
    "undeclared": ("CREATE_FAILED", "UNIT_NOT_DECLARED"),
}


@pytest.fixture
def _country() -> None:
    for commune, unit in UNITS.items():
        births.declare(unit, commune)
        births.facility(f"01{commune[-3:]}", commune)


def _expected(change: str, state: str) -> tuple[str, str, str, str]:
    """State, reason, unit and rule right after the cut-over."""
    if change == "rename":
        # A dossier that nobody has routed yet is routed as on any other day.
        return (state, "", "", "") if state == "RECEIVED" else (state, "", "TE-OLD", "000-0")
    if state in STAYS:
        return (state, "", "TE-OLD", STAYS[state])
    if change in PARKED:
        return (*PARKED[change], "", GOES[state])
    return ("CREATED" if state == "RECEIVED" else state, "", HEIR[change][1], GOES[state])


def _apply(change: str) -> list[int]:
    """All acts of the change, entered beforehand and cut over when their time has come, or both at once."""
    return [
        mergers.apply(rows, day, at=LATER, number=f"{n}/NQ")
        for n, (rows, day) in enumerate(ACTS[change])
    ]


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize("change", ACTS)
def test_a_dossier_sent_before_goes_where_its_most_advanced_state_says(change: str) -> None:
    sent = {
        state: mergers.bring(number, state, commune=OLD, at=BEFORE)
        for number, state in enumerate(reversed(STATES), start=1)
    }
    received = births.rows(
        "SELECT message_id, received_at, due_on, code FROM dossiers_dossier ORDER BY 1"
    )
    _apply(change)
    found = {state: stand(message_id)[:4] for state, message_id in sent.items()}
    assert found == {state: _expected(change, state) for state in STATES}
    # The clock is the same, and so is the file's name.
    assert (
        births.rows("SELECT message_id, received_at, due_on, code FROM dossiers_dossier ORDER BY 1")
        == received
    )


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize("change", ["rename", "whole", "chain"])
def test_every_dossier_goes_on_to_its_card_afterwards(change: str) -> None:
    sent = {
        state: mergers.bring(number, state, commune=OLD, at=BEFORE)
        for number, state in enumerate(reversed(STATES), start=1)
    }
    _apply(change)
    births.run(AFTERWARDS)
    for state, message_id in sent.items():
        now, _, unit, _, commune = stand(message_id)
        assert now == (state if state in {"APPROVED", "PRINTED"} else "APPROVAL_REQUESTED"), state
        if state in STAYS or change == "rename":
            assert (unit, commune) == ("TE-OLD", OLD), state
        else:
            assert (commune, unit) == HEIR[change], state
    owners = births.rows(
        "SELECT card.dossier_id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
        " JOIN collection_entry AS entry ON entry.dossier_id = dossier.id AND entry.voided_at IS NULL"
        " WHERE card.unit_id = dossier.unit_id AND entry.unit_id = dossier.unit_id AND card.area = dossier.area"
    )
    assert len(owners) == len(STATES)


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize("change", ACTS)
def test_what_is_sent_afterwards_under_the_old_code_goes_to_the_new_unit(change: str) -> None:
    _apply(change)
    content = births.message(
        1,
        ngayDangKy="19/11/2026",
        ndkksMaXa=OLD,
        nksNoiCuTru={"maTinh": "01", "maXa": OLD, "dcChiTiet": ""},
    )
    births.send(content, at=AFTERWARDS)
    births.run(AFTERWARDS)
    state, reason, unit, rule, _ = stand(str(content["message_id"]))
    if change in PARKED:
        assert (state, reason, unit) == (*PARKED[change], "")
    else:
        expected = {
            "rename": ("TE-OLD", "Q6"),
            "whole": ("TE-NEW", "Q1"),
            "chain": ("TE-LAST", "Q5"),
        }
        assert (state, unit, rule) == ("APPROVAL_REQUESTED", *expected[change])


@pytest.mark.usefixtures("_country")
def test_a_code_that_died_before_it_was_written_is_mapped_and_counted_as_stale() -> None:
    _apply("whole")
    content = births.message(
        1, ngayDangKy="03/01/2027", nksNgaySinh="02/01/2027", ndkksMaXa=OLD,
        nksNoiCuTru={"maTinh": "01", "maXa": OLD, "dcChiTiet": ""}, maGCS=None,
    )  # fmt: skip
    births.send(content, at=AFTERWARDS)
    births.run(AFTERWARDS)
    assert stand(str(content["message_id"]))[2:4] == ("TE-NEW", "Q8")


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize("change", ACTS)
def test_the_dry_run_says_what_applying_does(change: str) -> None:
    for number, state in enumerate(reversed(STATES), start=1):
        mergers.bring(number, state, commune=OLD, at=BEFORE)
    mergers.bring(20, "CREATED", commune=OTHER, at=BEFORE)
    for number, (rows, day) in enumerate(ACTS[change]):
        act_id = mergers.enter(rows, day, at=LATER, number=f"{number}/NQ")
        before = births.rows(
            "SELECT to_jsonb(dossier) FROM dossiers_dossier AS dossier ORDER BY id"
        )
        foretold = rerouting.dry_run(act_id, by=births.system(), at=LATER)
        assert (
            births.rows("SELECT to_jsonb(dossier) FROM dossiers_dossier AS dossier ORDER BY id")
            == before
        )
        assert len(foretold.lines) == len(STATES) + 1
        again = mergers.apply(rows, day, at=LATER, number=f"{number}/NQ")
        assert again == act_id
        done = births.rows(
            "SELECT told.dossier_id, told.rule, told.qualifier, told.from_unit_id, told.to_unit_id,"
            " told.from_commune_code, told.to_commune_code FROM dossiers_reroute AS told WHERE told.act_id = %s"
            " ORDER BY 1",
            act_id,
        )
        assert done == sorted(
            (
                it.dossier_id,
                it.rule,
                it.qualifier,
                it.from_unit_id,
                it.to_unit_id,
                it.from_commune,
                it.to_commune,
            )
            for it in foretold.lines
            if it.rule != "000-0"
        )
        for it in foretold.lines:
            state, reason, unit, _, _ = stand(it.message_id)
            assert (unit or None) == it.to_unit, it
            assert reason == it.reason, it


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize("change", ACTS)
def test_running_the_cut_over_twice_changes_nothing(change: str) -> None:
    for number, state in enumerate(reversed(STATES), start=1):
        mergers.bring(number, state, commune=OLD, at=BEFORE)
    _apply(change)
    births.run(LATER)
    before = _everything()
    _apply(change)
    births.run(LATER)
    assert _everything() == before


def _everything() -> dict[str, list[str]]:
    tables = (
        "dossiers_dossier", "dossiers_reroute", "dossiers_event", "dossiers_split", "catalogues_act",
        "catalogues_cutover", "catalogues_succession", "catalogues_division",
    )  # fmt: skip
    return {table: sorted(map(str, births.rows(f"TABLE {table}"))) for table in tables}


@pytest.mark.usefixtures("_country")
def test_an_act_entered_early_waits_for_its_day_and_each_unit_for_its_instant() -> None:
    sent = mergers.bring(1, "CREATED", commune=OLD, at=BEFORE)
    act_id = mergers.apply([(OLD, NEW, "whole")], FIRST, at=BEFORE)
    births.run(BEFORE)
    assert stand(sent)[2] == "TE-OLD"
    assert acts.act(act_id).state == acts.ENTERED
    cutovers.set_cutover(
        act_id, "TE-OLD", ON_DAY + timedelta(hours=8), by=births.system(), at=BEFORE
    )
    waiting = mergers.bring(2, "SENT_TNHS", commune=OLD, at=BEFORE)
    mergers.step("merge", ON_DAY)
    assert stand(waiting)[2] == "TE-OLD"
    mergers.step("merge", ON_DAY + timedelta(hours=8))
    assert stand(waiting)[2:4] == ("TE-NEW", "000-4")
    assert acts.act(act_id).state == acts.APPLIED


@pytest.mark.usefixtures("_country")
def test_the_trace_tells_old_and_new_unit_and_the_act_between_them() -> None:
    sent = mergers.bring(1, "EXPORTED_TNHS", commune=OLD, at=BEFORE)
    _apply("whole")
    births.run(LATER)
    told = queries.trace(births.system(), sent, on=LATER.date()).as_json()
    assert told["unit"]["code"] == "TE-NEW"
    assert told["unit"]["rule"] == "000-4"
    (moved,) = told["reroutes"]
    assert moved["act"] == "0/NQ"
    assert (moved["from_unit"], moved["to_unit"], moved["rule"]) == ("TE-OLD", "TE-NEW", "000-4")
    assert (moved["from_commune"], moved["to_commune"]) == ("Phường Ba Đình", "Phường Ngọc Hà")
    assert moved["voids_target"] is True
