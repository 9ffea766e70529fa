"""Rows of the bad-input table that only the whole way can decide: from what arrives to where it ends."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lienthong.births import enrolment, intake, orphans
from lienthong.cards import actions as cards
from lienthong.kernel.dates import VIETNAM
from tests import births
from tests.births import AT, NGOC_HA, body, column, living_in, rows, run, small_country
from tests.domain.bad_input_cases import of_level
from tests.domain.test_enrolment import cards_officer
from tests.gateways.samples import body as sample

pytestmark = pytest.mark.usefixtures("_country")
Told = list[tuple[str, str | None]]


def message(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A message without a personal id unless one is given: nothing is to be remarked on it."""
    return births.message(number, **{"soDinhDanh": "", **changes})


@pytest.fixture
def _country(db: None) -> None:
    small_country()


def _arrive(*contents: dict[str, Any] | bytes, at: datetime = AT) -> Told:
    """Import the messages as one file, run the steps, and report: outcome and code of each line."""
    raw = b"\n".join(each if isinstance(each, bytes) else body(each) for each in contents)
    by = enrolment.system()
    batches = list(intake.import_lines(io.BytesIO(raw), source="BTP", by=by, at=at))
    run(at)
    report = intake.report_lines([line for batch in batches for line in batch.lines], by=by)
    return [(str(line["outcome"]), line["code"] and str(line["code"])) for line in report]  # type: ignore[misc]


def _state() -> list[Any]:
    return column("SELECT state FROM dossiers_dossier ORDER BY id")


def _cards() -> list[tuple[Any, ...]]:
    return rows(
        "SELECT status, full_name FROM cards_card WHERE status NOT IN ('cancelled', 'superseded') ORDER BY id"
    )


def _tasks() -> list[Any]:
    return column("SELECT kind FROM dossiers_task ORDER BY id")


def _approve() -> None:
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested'")
    assert not cards.approve(waiting, by=cards_officer(), at=AT).refused


def _correction(**changes: Any) -> dict[str, Any]:
    return message(1, message_id="C-2", kind="correct", version=2, **changes)


def _cancel(number: int = 1, version: int = 2) -> dict[str, Any]:
    return message(number, message_id=f"X-{number}-{version}", kind="cancel", version=version)


# ---------------------------------------------------------------- §E-2: order


def e_031_one_bad_of_fifty() -> None:
    items = [body(message(number)) for number in range(1, 51)]
    items[6] = body(message(7, nksHoTen=""))
    assert _arrive(b"[" + b",".join(items) + b"]") == [("quarantined", "E-ITEM")]
    assert rows("SELECT state, count(*) FROM births_message GROUP BY state ORDER BY state") == [
        ("applied", 49),
        ("quarantined", 1),
    ]


def e_046_new_id_same_content() -> None:
    _arrive(message())
    assert _arrive(message(1, message_id="AGAIN")) == [("duplicate", "W-SAME")]
    assert len(_cards()) == 1


def e_048_correction_before_create() -> None:
    assert _arrive(_correction(nksHoTen="NGUYỄN MINH ANH"))[0][0] == "accepted"
    assert _arrive(message())[0][0] == "accepted"
    assert _cards() == [("requested", "NGUYỄN MINH ANH")]


def e_049_cancel_before_create() -> None:
    _arrive(_cancel())
    assert _arrive(message())[0][0] == "accepted"
    assert column("SELECT state FROM births_message WHERE kind = 'create'") == ["superseded"]
    assert _cards() == []


def e_050_cancel_of_nothing() -> None:
    assert _arrive(_cancel()) == [("accepted", None)]
    _arrive(message(2), _cancel(2))
    for days, remarked in ((89, 0), (91, 1), (92, 0)):
        assert orphans.remark(by=enrolment.system(), at=AT + timedelta(days=days)) == remarked
    assert rows("SELECT state, warnings FROM births_message WHERE message_id = 'X-1-2'") == [
        ("applied", ["W-ORPHAN-CANCEL"])
    ]
    assert _cards() == []


def e_051_version_three_before_two() -> None:
    third = message(1, message_id="C-3", kind="correct", version=3, nksHoTen="NGUYỄN BA")
    _arrive(third)
    _arrive(_correction(nksHoTen="NGUYỄN HAI"), message())
    assert _cards() == [("requested", "NGUYỄN BA")]
    assert column("SELECT state FROM births_message ORDER BY version") == [
        "superseded",
        "superseded",
        "applied",
    ]


def e_052_one_version_two_contents() -> None:
    _arrive(message())
    assert _arrive(message(1, message_id="OTHER", nksHoTen="LÊ VĂN KHÁC")) == [
        ("conflict", "E-VERSION-CLASH")
    ]
    assert _tasks() == ["E-VERSION-CLASH"]
    assert _cards() == [("requested", "NGUYỄN MINH AN")]


def e_055_create_after_the_last_cancel() -> None:
    _arrive(message(), _cancel())
    assert _arrive(message(1, message_id="NEW", version=3)) == [("accepted", None)]
    assert _cards() == [("requested", "NGUYỄN MINH AN")]


def e_056_many_cancels() -> None:
    _arrive(*(message(number) for number in range(1, 31)))
    told = _arrive(*(_cancel(number) for number in range(1, 31)))
    assert told.count(("held", "E-BRAKE")) == 10
    assert told.count(("accepted", None)) == 20


# ---------------------------------------------------------------- §E-3 to §E-5: corrections of a child with a card


def e_059_only_the_place_of_the_tone_mark() -> None:
    _arrive(message(nksHoTen="LÊ HOÀ"))
    _approve()
    assert _arrive(_correction(nksHoTen="LÊ HÒA")) == [("accepted", "W-TONE")]
    assert _tasks() == []
    assert _cards() == [("active", "LÊ HOÀ")]


def _corrected_after_approval(task: str, **changes: Any) -> None:
    _arrive(message(soDinhDanh=""))
    _approve()
    before = rows("SELECT status, code, valid FROM cards_card")
    assert _arrive(_correction(**{"soDinhDanh": "", **changes}))[0][0] in {
        "accepted",
        "not_entitled",
    }
    assert _tasks() == [task]
    assert rows("SELECT status, code, valid FROM cards_card") == before


def e_103_birth_moves_across_30_september() -> None:
    _corrected_after_approval("T-BIRTH-DATE-AFTER-CARD", nksNgaySinh="29/09/2026")


def e_104_correction_makes_the_child_older_than_six() -> None:
    _corrected_after_approval("T-NO-LONGER-ENTITLED", nksNgaySinh="12/11/2016")


def e_105_correction_after_care_was_given() -> None:
    _corrected_after_approval("T-BIRTH-DATE-AFTER-CARD", nksNgaySinh="18/11/2026")


def e_112_the_id_of_another_child() -> None:
    _arrive(
        message(soDinhDanh="003226000001"),
        message(2, soDinhDanh="003226000001", nksHoTen="LÊ VĂN HÒA"),
    )
    assert _tasks() == ["E-PID-TAKEN"]
    assert len(_cards()) == 2
    assert sorted(column("SELECT coalesce(personal_id, '') FROM persons_person")) == [
        "",
        "003226000001",
    ]


def e_115_correction_changes_the_id() -> None:
    _arrive(message(soDinhDanh="003226000001"))
    _approve()
    before = rows("SELECT status, code FROM cards_card")
    _arrive(_correction(soDinhDanh="003226000099"))
    assert _tasks() == ["T-PERSONAL-ID-CHANGED"]
    assert rows("SELECT status, code FROM cards_card") == before
    assert column("SELECT personal_id FROM persons_person") == ["003226000001"]


# ---------------------------------------------------------------- §E-6: people and places


def e_121_triplets() -> None:
    names = ("NGUYỄN MINH AN", "NGUYỄN MINH ÂN", "NGUYỄN MINH ẨN")
    told = _arrive(*(message(number, nksHoTen=name) for number, name in enumerate(names, 1)))
    assert told == [("accepted", None)] * 3
    assert _tasks() == []
    assert len(_cards()) == 3


def e_122_one_child_in_two_communes() -> None:
    _arrive(
        message(soDinhDanh="003226000001"), message(2, ndkksMaXa=NGOC_HA, soDinhDanh="003226000001")
    )
    assert _tasks() == ["E-DUP-PERSON"]
    assert len(_cards()) == 1


def _gone_with(heirs: range) -> str:
    """A commune of the old map whose code nobody bears now, with that many heirs."""
    found = column(
        "SELECT old.code FROM catalogues_division AS old JOIN catalogues_succession AS heir ON heir.old_code = old.code"
        " WHERE old.level = 'commune' AND heir.effective = '2025-07-01' AND heir.share <> 'land_only'"
        " GROUP BY old.code HAVING count(*) FILTER (WHERE upper_inf(old.valid)) = 0"
        " AND count(DISTINCT heir.new_code) BETWEEN %s AND %s ORDER BY old.code LIMIT 1",
        heirs.start,
        heirs.stop - 1,
    )
    return str(found[0])


def _route(told_code: str, **changes: Any) -> None:
    told = _arrive(message(1, soDinhDanh="", **changes))
    assert told == [("accepted", told_code)]


def e_124_merged_commune_registered_before() -> None:
    old = _gone_with(range(1, 2))
    days = {"ngayDangKy": "20/06/2025", "nksNgaySinh": "12/06/2025"}
    _route("W-AREA-OLD", ndkksMaXa=old, nksNoiCuTru=living_in(old), **days)


def e_125_merged_commune_registered_after() -> None:
    old = _gone_with(range(1, 2))
    _route("W-AREA-STALE", ndkksMaXa=old, nksNoiCuTru=living_in(old))


def e_126_commune_split_in_two() -> None:
    split = _gone_with(range(2, 9))
    days = {"ngayDangKy": "20/06/2025", "nksNgaySinh": "12/06/2025"}
    told = _arrive(message(1, soDinhDanh="", ndkksMaXa=split, nksNoiCuTru=living_in(split), **days))
    assert told == [("held", "H-AREA-SPLIT")]


def e_128_unknown_facility() -> None:
    assert _arrive(message(noiDKKCB="01999")) == [("accepted", "H-FACILITY")]
    assert rows("SELECT status, facility_code FROM cards_card") == [("requested", "01013")]


STORIES: dict[int, Callable[[], None]] = {
    int(name[2:5]): function for name, function in list(globals().items()) if name.startswith("e_")
}
ELSEWHERE = {116: "test_identity_lane.py", 117: "test_identity_lane.py"}


@pytest.mark.parametrize("row", sorted(STORIES), ids=lambda row: f"E-{row:03}")
def test_story_of_the_row(row: int) -> None:
    STORIES[row]()


def test_every_row_that_needs_the_whole_way_has_a_story() -> None:
    needed = {case.row for case in of_level("pipeline")}
    assert needed == (set(STORIES) | set(ELSEWHERE)) & needed
    for row, file in ELSEWHERE.items():
        assert (Path(__file__).parent / file).exists(), row


def test_rows_that_bytes_decide_come_out_the_same_at_the_end_of_the_way() -> None:
    """Every such row as one file: what the report says is what the table says, and nothing is lost."""
    lines, expected = [], []
    day = datetime(2026, 11, 24, 9, tzinfo=VIETNAM)
    for case in of_level("judge"):
        for number, raw in enumerate(case.bodies):
            if b"\n" in raw or case.on != day.date() or case.row in {27, 44, 102}:
                continue
            fresh = _renamed(raw, f"{case.row:03}-{number:02}")
            if fresh is not None:
                lines.append(fresh)
                expected.append((case.outcome, case.code or None))
    told = _arrive(*lines, at=day)
    wrong = [
        (line[:160], want, got)
        for line, want, got in zip(lines, expected, told, strict=True)
        if want[0] != got[0] or (want[1] and want[1] != got[1] and want[0] != "accepted")
    ]
    assert wrong == []
    counted = rows(
        "SELECT count(*), count(*) FILTER (WHERE state <> 'pending') FROM births_message"
    )
    assert counted == [(len(lines), len(lines))]


def _renamed(raw: bytes, name: str) -> bytes | None:
    """The variant under an id and a register number of its own; None when it has no such place."""
    whole = sample()
    for old, new in (
        (b"LTKS-2026-0000001", name.encode()),
        (b'"soDangKy": "123"', f'"soDangKy": "{name}"'.encode()),
    ):
        assert whole.count(old) == 1
        if raw.count(old) != 1:
            return None
        raw = raw.replace(old, new)
    return raw.replace(b'"soDinhDanh": "001226000123"', b'"soDinhDanh": ""')
