"""Acts that are corrected, undone, or only rename; and who sees a dossier before and after."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.births import rerouting
from lienthong.catalogues import acts, cutovers, divisions, edges, units
from lienthong.catalogues.sheets import SentFile
from lienthong.database.scope import acting
from lienthong.dossiers import queries
from lienthong.dossiers.queries import QueueFilter
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Conflict, Refused
from tests import births, mergers
from tests.births import AT, column, rows, system
from tests.conftest import BecomeWeb
from tests.declared import officer
from tests.mergers import DAY, LATER, NEW, OLD, OTHER, THEN, WHOLE, breaches, stand


@pytest.fixture
def country(db: None) -> None:
    mergers.country()


def _lists() -> list[list[object]]:
    return [
        rows("SELECT code, name, lower(valid), upper(valid) FROM catalogues_division ORDER BY 1, 3"),
        rows("SELECT old_code, new_code, effective, share FROM catalogues_succession ORDER BY 1, 2, 3"),
    ]  # fmt: skip


# ---------------------------------------------------------------- corrected, undone, renamed


@pytest.mark.usefixtures("country")
def test_an_act_is_undone_what_has_not_arisen_goes_back_and_no_event_is_rewritten() -> None:
    before = _lists()
    arisen = mergers.bring(1, "EXPORTED_TNHS", commune=OLD, at=AT)
    early = mergers.bring(2, "CREATED", commune=OLD, at=AT)
    act_id = mergers.apply(WHOLE, DAY, at=THEN)
    for name in ("match", "number", "collect"):
        mergers.step(name, THEN)
    sent_since = mergers.bring(3, "CREATED", commune=OLD, at=THEN)
    assert stand(arisen)[::2][:2] == ("ARISEN", "TE-NEW")
    events = rows("SELECT id, dossier_id, from_state, to_state, at FROM dossiers_event ORDER BY id")
    told = rows("SELECT id, rule, from_unit_id, to_unit_id FROM dossiers_reroute ORDER BY id")
    acts.ask_undo(act_id, by=system(), at=LATER)
    mergers.step("merge", LATER)
    assert acts.act(act_id).state == acts.UNDONE
    assert _lists() == before
    assert stand(early) == ("CREATED", "", "TE-OLD", "000-5", OLD)
    assert stand(sent_since)[2] == "TE-OLD"
    assert stand(arisen)[:3] == ("ARISEN", "", "TE-NEW")
    assert (
        rows("SELECT id, dossier_id, from_state, to_state, at FROM dossiers_event ORDER BY id")[
            : len(events)
        ]
        == events
    )
    later = rows("SELECT id, rule, from_unit_id, to_unit_id FROM dossiers_reroute ORDER BY id")
    assert later[: len(told)] == told
    back = rows("SELECT qualifier FROM dossiers_reroute WHERE id > %s", told[-1][0])
    assert ("Q7",) in back
    births.run(LATER)
    assert stand(early)[:3] == ("APPROVAL_REQUESTED", "", "TE-OLD")
    assert breaches() == []


@pytest.mark.usefixtures("country")
def test_an_act_on_which_a_later_one_stands_is_not_undone() -> None:
    formed = [
        (OLD, NEW, "whole", "Phường Hợp Nhất", "01"),
        (NEW, NEW, "whole", "Phường Hợp Nhất", "01"),
    ]
    first = mergers.apply(formed, DAY, at=THEN, number="1/NQ")
    at = THEN + timedelta(days=3)
    second = mergers.apply([(NEW, OTHER, "whole")], date(2026, 12, 2), at=at, number="2/NQ")
    acts.ask_undo(first, by=system(), at=at)
    mergers.step("merge", at)
    assert (acts.act(first).state, bool(acts.act(first).trouble_vi)) == (acts.APPLIED, True)
    acts.ask_undo(second, by=system(), at=at)
    mergers.step("merge", at)
    acts.ask_undo(first, by=system(), at=at)
    mergers.step("merge", at)
    assert [acts.act(each).state for each in (first, second)] == [acts.UNDONE, acts.UNDONE]


@pytest.mark.usefixtures("country")
def test_the_first_act_of_a_chain_is_undone_alone() -> None:
    first_s, second_s = (
        mergers.bring(n, "CREATED", commune=c, at=AT) for n, c in ((1, OLD), (2, NEW))
    )
    first = mergers.apply(WHOLE, DAY, at=THEN, number="1/NQ")
    at = THEN + timedelta(days=3)
    mergers.apply([(NEW, OTHER, "whole")], date(2026, 12, 2), at=at, number="2/NQ")
    assert [stand(each)[2] for each in (first_s, second_s)] == ["TE-OTHER", "TE-OTHER"]
    acts.ask_undo(first, by=system(), at=at)
    mergers.step("merge", at)
    assert [stand(each)[2] for each in (first_s, second_s)] == ["TE-OLD", "TE-OTHER"]


@pytest.mark.usefixtures("country")
def test_a_corrected_act_moves_on_what_the_first_had_moved() -> None:
    moved = mergers.bring(1, "SENT_TNHS", commune=OLD, at=AT)
    wrong = mergers.apply(WHOLE, DAY, at=THEN, number="1/NQ")
    right = mergers.apply(
        [(OLD, OTHER, "whole")], DAY, at=LATER, number="1/NQ (đính chính)", corrects_id=wrong
    )
    assert stand(moved)[2:4] == ("TE-OTHER", "000-4")
    assert column("SELECT qualifier FROM dossiers_reroute ORDER BY id") == ["Q1", "Q7"]
    assert (
        divisions.resolve(OLD, written_on=DAY - timedelta(days=1), on=DAY).communes[0].code == OTHER
    )
    acts.ask_undo(right, by=system(), at=LATER)
    mergers.step("merge", LATER)
    assert stand(moved)[2] == "TE-NEW"


@pytest.mark.usefixtures("country")
def test_a_split_that_is_undone_forgets_what_was_chosen_in_it() -> None:
    named = mergers.bring(1, "SENT_TNHS", commune=OLD, at=AT, address="Tổ 5, Phường Giảng Võ")
    asked = mergers.bring(2, "CREATED", commune=OLD, at=AT, address="Tổ 6")
    act_id = mergers.apply([(OLD, NEW, "part"), (OLD, OTHER, "part")], DAY, at=THEN)
    assert stand(named)[:4] == ("SENT_TNHS", "", "TE-OTHER", "000-4")
    assert stand(asked)[:2] == ("MANUAL_REVIEW", "H-AREA-SPLIT")
    assert rows(
        "SELECT chosen_code, chosen_basis, note FROM dossiers_split WHERE closed_at IS NOT NULL"
    ) == [(OTHER, "named", "Phường Giảng Võ")]
    acts.ask_undo(act_id, by=system(), at=LATER)
    births.run(LATER)
    assert {stand(each)[2] for each in (named, asked)} == {"TE-OLD"}
    assert column("SELECT count(*) FROM dossiers_split WHERE closed_at IS NULL") == [0]
    assert breaches() == []


@pytest.mark.usefixtures("country")
def test_a_commune_that_others_join_goes_on_and_keeps_its_declaration_and_dossiers() -> None:
    stays = mergers.bring(1, "CREATED", commune=NEW, at=AT)
    comes = mergers.bring(2, "CREATED", commune=OLD, at=AT)
    mergers.apply([(OLD, NEW, "whole"), (NEW, NEW, "whole")], DAY, at=THEN)
    assert stand(stays)[2:4] == ("TE-NEW", "000-0")
    assert stand(comes)[2:4] == ("TE-NEW", "000-5")
    assert units.unit_for(NEW, DAY).code == "TE-NEW"


@pytest.mark.usefixtures("country")
def test_a_commune_that_gives_a_part_away_keeps_its_declaration_and_asks_about_its_people() -> None:
    asked = mergers.bring(1, "CREATED", commune=OLD, at=AT)
    mergers.apply([(OLD, OLD, "part"), (OLD, NEW, "part")], DAY, at=THEN)
    assert stand(asked)[:2] == ("MANUAL_REVIEW", "H-AREA-SPLIT")
    assert units.unit_for(OLD, DAY).code == "TE-OLD"


@pytest.mark.usefixtures("country")
def test_a_commune_that_is_only_retyped_keeps_unit_and_dossiers_under_its_new_name() -> None:
    stays = mergers.bring(1, "CREATED", commune=OLD, at=AT)
    mergers.apply([(OLD, OLD, "whole", "Xã Ba Đình", "01")], DAY, at=THEN)
    assert stand(stays) == ("CREATED", "", "TE-OLD", "000-0", OLD)
    assert divisions.name_on(OLD, DAY) == "Xã Ba Đình"
    assert divisions.name_on(OLD, DAY - timedelta(days=1)) == "Phường Ba Đình"
    assert column("SELECT count(*) FROM catalogues_succession WHERE effective = %s", DAY) == [0]


@pytest.mark.usefixtures("country")
def test_a_new_commune_waits_for_its_declaration_and_then_gets_its_dossiers_by_the_same_row() -> (
    None
):
    waits = mergers.bring(1, "SENT_TNHS", commune=OLD, at=AT)
    received = column("SELECT received_at FROM dossiers_dossier")
    mergers.apply([(OLD, "99990", "whole", "Phường Hoàn Toàn Mới", "01")], DAY, at=THEN)
    assert stand(waits)[:4] == ("CREATE_FAILED", "UNIT_NOT_DECLARED", "", "000-4")
    births.declare("TE-NEWEST", "99990", valid_from=DAY.isoformat())
    births.run(LATER)
    assert stand(waits)[:4] == ("APPROVAL_REQUESTED", "", "TE-NEWEST", "000-4")
    assert column("SELECT received_at FROM dossiers_dossier") == received
    assert rows("SELECT rule, qualifier, cutover_id IS NULL FROM dossiers_reroute ORDER BY id") == [
        ("000-4", "Q4", False), ("000-4", "Q1", True),
    ]  # fmt: skip


@pytest.mark.usefixtures("country")
def test_an_old_commune_that_no_list_knows_is_told_by_the_act_itself() -> None:
    """The waves of 2020 ended codes that the shipped list never had; then 2025 moved their heirs on."""
    text = (
        "old_code,old_name,old_district_code,old_province_code,new_code,kind\n"
        "09998,Xã Đã Mất,001,01,00001,whole\n"
    )
    sheet = edges.read(SentFile("2020.csv", text.encode()), effective=date(2020, 2, 1))
    act_id = acts.enter(
        sheet, acts.Heading("895/NQ", date(2020, 2, 1), "2020.csv"), by=system(), at=AT
    )
    acts.confirm(act_id, by=system(), at=AT)
    births.run()
    found = divisions.resolve("09998", written_on=date(2019, 5, 1), on=AT.date())
    assert (found.status, found.path) == ("one", ("09998", "00001", "00097"))


def test_a_contradicting_act_stays_a_draft_with_the_reason(country: None) -> None:
    act_id = mergers.enter([(OLD, "88888", "whole")], DAY, at=THEN)
    found = rerouting.dry_run(act_id, by=system(), at=THEN)
    assert [it["code"] for it in found.conflicts] == ["E-DIVISION"]
    before = _lists()
    acts.confirm(act_id, by=system(), at=THEN)
    mergers.step("merge", THEN)
    assert (acts.act(act_id).state, "88888" in acts.act(act_id).trouble_vi) == (acts.DRAFT, True)
    assert _lists() == before
    with pytest.raises(Refused):
        mergers.enter(WHOLE, DAY, at=THEN, cutover_at=AT)
    acts.drop(act_id, by=system(), at=THEN)
    with pytest.raises(Conflict):
        acts.confirm(act_id, by=system(), at=THEN)


@pytest.mark.usefixtures("country")
def test_what_was_confirmed_is_what_is_applied() -> None:
    act_id = mergers.apply(WHOLE, DAY, at=THEN)
    for change in (
        "UPDATE catalogues_act SET rows = '[]' WHERE id = %s",
        "UPDATE catalogues_act SET state = 'draft' WHERE id = %s",
        "DELETE FROM catalogues_act WHERE id = %s",
        "UPDATE dossiers_reroute SET rule = '000-1' WHERE act_id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            with acting(system(), at=THEN), connection.cursor() as cursor:
                cursor.execute(change, [act_id])


# ---------------------------------------------------------------- who sees what


def _seen(by: object, as_web_role: BecomeWeb) -> set[str]:
    with as_web_role(), acting(by, at=AT):  # type: ignore[arg-type]
        lines = queries.queue(by, filters=QueueFilter(), on=DAY)  # type: ignore[arg-type]
        return {line.message_id for line in lines}


@pytest.mark.usefixtures("country")
def test_officers_gain_and_lose_sight_in_the_same_instant(as_web_role: BecomeWeb) -> None:
    sent = {
        state: mergers.bring(number, state, commune=OLD, at=AT)
        for number, state in enumerate(reversed(mergers.STATES[1:]), start=1)
    }
    old = officer("don-vi-cu", "card_desk", "01", "TE-OLD")
    new = officer("don-vi-moi", "card_desk", "01", "TE-NEW")
    other = officer("don-vi-khac", "card_desk", "01", "TE-OTHER")
    assert [_seen(by, as_web_role) for by in (old, new, other)] == [
        set(sent.values()),
        set(),
        set(),
    ]
    mergers.apply(WHOLE, DAY, at=THEN)
    stays = {sent[state] for state in ("ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED")}
    assert _seen(old, as_web_role) == stays
    assert _seen(new, as_web_role) == set(sent.values()) - stays
    assert _seen(other, as_web_role) == set()


@pytest.mark.usefixtures("country")
def test_what_a_withdrawn_request_showed_goes_along(as_web_role: BecomeWeb) -> None:
    """Corrected before any approval: the cancelled card of the old unit names the child."""
    sent = mergers.bring(1, "APPROVAL_REQUESTED", commune=OLD, at=AT)
    content = births.message(1, kind="correct", version=2, message_id="M-2", ndkksMaXa=OLD, nksHoTen="NGUYỄN MINH ANH",
                             nksNoiCuTru={"maTinh": "01", "maXa": OLD, "dcChiTiet": ""})  # fmt: skip
    births.send(content)
    for name in ("check", "route"):
        mergers.step(name, AT)
    assert stand(sent)[0] == "CREATED"
    mergers.apply(WHOLE, DAY, at=THEN)
    old = officer("don-vi-cu", "card_desk", "01", "TE-OLD")
    with as_web_role(), acting(old, at=AT):
        for table in (
            "cards_card",
            "cards_request",
            "collection_entry",
            "dossiers_dossier",
            "persons_person",
        ):
            assert rows(f"TABLE {table}") == [], table


def test_a_province_s_officer_sees_what_the_merged_province_left_behind(
    country: None, as_web_role: BecomeWeb
) -> None:
    """Hà Giang (02) became a part of Tuyên Quang (08) on 01/07/2025; what its units still finish is in sight there."""
    births.declare("TE02X", "00703", province="02", valid_from="2020-01-01")
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalogues_unit WHERE code = 'TE02X'")
        unit_id = cursor.fetchone()[0]
    sent = mergers.bring(1, "CREATED", commune=OLD, at=AT)
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE dossiers_dossier SET unit_id = %s, area = %s", [unit_id, unit_id])
    assert _seen(officer("tinh-08", "province", "08"), as_web_role) == {sent}
    assert _seen(officer("tinh-010", "province", "01"), as_web_role) == set()


@pytest.mark.usefixtures("country")
def test_the_same_rows_are_one_act_however_they_came() -> None:
    first = mergers.enter(WHOLE, DAY, at=THEN)
    file = edges.read(
        SentFile("a.csv", f"kind,new_code,old_code\nwhole,{NEW},{OLD}\n".encode()), effective=DAY
    )
    again = acts.enter(file, acts.Heading("02/NQ", DAY, "a.csv"), by=system(), at=THEN)
    assert again == first


@pytest.mark.usefixtures("country")
def test_a_draft_moved_to_a_later_day_has_no_instant_before_it() -> None:
    act_id = mergers.enter(WHOLE, DAY, at=AT)
    cutovers.set_cutover(act_id, "TE-OLD", THEN, by=system(), at=AT)
    later = acts.Heading("01/NQ-THU", DAY + timedelta(days=30), "thử")
    acts.revise(act_id, mergers.sheet(*WHOLE), later, by=system(), at=AT)
    assert [it.at for it in cutovers.of_act(act_id)] == [datetime(2026, 12, 31, tzinfo=VIETNAM)]
    acts.drop(act_id, by=system(), at=AT)
    with pytest.raises(Refused):
        cutovers.set_cutover(act_id, "TE-OLD", THEN + timedelta(days=60), by=system(), at=AT)
