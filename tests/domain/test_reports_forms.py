"""Forms: identities that refuse to break, the list behind each number, whose figures an officer sees, files."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from lienthong.cards import officetime
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import NotFound, Refused
from lienthong.reports import (
    columns,
    counting,
    files,
    forms,
    identities,
    listings,
    places,
    shares,
    states,
    workbooks,
)
from lienthong.web.staff.measures import MEASURES
from tests import births, doubles, papers, record_world
from tests.births import AT, NGOC_HA, column, message, rows, run, send

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
PERIOD = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def end() -> datetime:
    """Seven children whose records change; the instant after it all."""
    officetime.ensure(AT.date())
    return list(record_world.live())[-1] + timedelta(hours=1)


def _table(
    at: datetime, level: str = "unit", form: str = "phu-luc-1", by: Actor | None = None
) -> forms.Table:
    with acting(by or births.system(), at=at):
        return forms.table(by or births.system(), form, PERIOD, at, level)


@pytest.mark.parametrize("is_folded", [False, True])
def test_behind_every_number_stand_exactly_that_many_records(
    end: datetime, is_folded: bool
) -> None:
    by = births.system()
    if is_folded:
        with acting(by, at=end), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO reports_line SELECT line.* FROM reports_lines_of(reports_dirty()) AS line"
            )
            for name in ("dossiers_event", "reports_shift", "reports_identified"):
                cursor.execute(
                    f"UPDATE reports_mark SET seen_id = (SELECT coalesce(max(id), 0) FROM {name})"  # noqa: S608
                    f" WHERE name = '{name.rpartition('_')[2]}'"
                )
        assert rows("SELECT cardinality(reports_dirty()), count(*) > 5 FROM reports_line") == [
            (0, True)
        ]
    for at in (end, AT + timedelta(minutes=40)):
        for row in _table(at).rows:
            for key, number in row.figures.items():
                if number and not key.startswith("pace"):
                    with acting(by, at=at):
                        where = forms.Where(PERIOD, at, row.code)
                        page = forms.listing(by, "phu-luc-1", key, where, limit=500)
                    assert page.count == number == len({line.key for line in page.lines}), (
                        row.code,
                        key,
                    )


def test_a_list_goes_on_page_by_page(end: datetime) -> None:
    by, where = births.system(), forms.Where(PERIOD, end)
    with acting(by, at=end):
        whole = forms.listing(by, "phu-luc-1", "received", where, limit=100)
        seen: list[listings.Line] = []
        after: int | None = 0
        while after is not None:
            page = forms.listing(by, "phu-luc-1", "received", where, after=after, limit=2)
            seen += page.lines
            after = page.next_after
    assert tuple(seen) == whole.lines
    assert len(whole.lines) > 6
    assert whole.next_after is None


def test_a_line_says_where_since_when_why_and_whose_turn_it_is(end: datetime) -> None:
    births.send(message(40, nksNoiCuTru=births.living_in("00004"), ndkksMaXa="00028"), at=end)
    run(end)
    by = births.system()
    with acting(by, at=end):
        lines = list(forms.lines(by, "ton-dong", forms.Where(PERIOD, end)))
    waiting = {line.category.position: line for line in lines}
    approval = waiting[states.Position.AWAITING]
    assert approval.turn_vi == "Bộ phận Sổ, thẻ (duyệt)"
    assert (approval.unit_code[:4], approval.child_name != "") == ("TE01", True)
    assert all(line.category.is_open and line.stage_vi and line.turn_vi for line in lines)


def test_a_row_that_does_not_add_up_is_never_shown(
    end: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = counting.counts

    def broken(wanted: tuple[columns.Column, ...], tally: counting.Tally) -> dict[str, int]:
        found = whole(wanted, tally)
        return found | {"sent": found["sent"] + 1}

    monkeypatch.setattr(counting, "counts", broken)
    with pytest.raises(forms.Imbalance, match=r"created = not_sent \+ sent"):
        _table(end)


@pytest.mark.parametrize("identity", identities.IDENTITIES, ids=lambda it: it.name)
def test_each_identity_holds_for_every_category_there_can_be(identity: identities.Identity) -> None:
    wanted = tuple(it for it in forms.FORMS["phu-luc-1"].columns if it.counts)
    for number in _categories():
        tally = counting.Tally()
        tally.add(0, number, 1)
        assert identity.holds(counting.counts(wanted, tally)), states.Category.of(number)


def _categories() -> Iterator[int]:
    for position in states.Position:
        for ending in states.Ending:
            for cause in states.Cause:
                for age in states.Age:
                    late = states.Late.CLOSED if age % 2 and position == 7 and not ending else 0
                    yield (
                        position
                        + 8 * ending
                        + 32 * cause
                        + 512 * age
                        + 2048 * late
                        + 8192 * (age * 2)
                    )


def test_the_numbers_of_the_states_are_those_of_the_database() -> None:
    for state, reason, wanted in (
        ("RECEIVED", "", states.Position.PENDING),
        ("CREATE_FAILED", "UNIT_NOT_DECLARED", states.Position.FAILED),
        ("MANUAL_REVIEW", "H-AREA-SPLIT", states.Position.FAILED),
        ("MANUAL_REVIEW", "E-DUP-PERSON", states.Position.NOT_ARISEN),
        ("CREATED", "", states.Position.NOT_SENT),
        ("EXPORTED_TNHS", "", states.Position.NOT_ARISEN),
        ("APPROVAL_REQUESTED", "", states.Position.AWAITING),
        ("APPROVED", "", states.Position.NOT_PRINTED),
        ("PRINTED", "", states.Position.ISSUED),
        ("RETURNED", "", states.Position.HANDED_OVER),
    ):
        assert column("SELECT reports_position(%s, %s)", state, reason) == [wanted]
    named = dict(
        rows("SELECT reason, reports_cause(reason) FROM unnest(%s::text[]) AS reason", _REASONS)
    )
    assert [states.Cause(named[reason]) for reason in _REASONS] == [
        states.Cause.NONE, states.Cause.UNIT_NOT_DECLARED, states.Cause.UNIT_AMBIGUOUS, states.Cause.AREA_UNKNOWN,
        states.Cause.AREA_SPLIT, states.Cause.SUSPECTED_DOUBLE, states.Cause.NUMBERS_EXHAUSTED,
        states.Cause.CONFIRMED_DOUBLE, states.Cause.NOT_ENTITLED, states.Cause.CANCELLED_BY_SENDER, states.Cause.REDUCED,
    ]  # fmt: skip
    papers = column(
        "SELECT reports_paper(reason) FROM unnest(%s::text[]) AS reason", list(states.PAPERS)
    )
    assert papers == list(range(1, len(states.PAPERS) + 1))


_REASONS = [
    "", "UNIT_NOT_DECLARED", "UNIT_AMBIGUOUS", "H-AREA", "H-AREA-SPLIT", "E-DUP-PERSON", "NUMBER_EXHAUSTED",
    "DUPLICATE_CONFIRMED", "N-AGE", "CANCELLED_BY_SENDER", "REDUCED_MOVED_OUT",
]  # fmt: skip


def test_an_officer_counts_what_his_area_holds_and_no_more() -> None:
    births.small_country()
    births.declare("TE79001", "26734", province="79")
    send(
        message(1),
        message(2, ndkksMaXa=NGOC_HA, nksNoiCuTru=births.living_in(NGOC_HA)),
        message(
            3,
            ndkksMaTinh="79",
            ndkksMaXa="26734",
            nksNoiCuTru={"maTinh": "79", "maXa": "26734", "dcChiTiet": ""},
        ),
    )
    run()
    told = {}
    for name, words in {
        "centre": ("ca-nuoc", "centre", ""),
        "province": ("tinh", "province", "01"),
        "unit": ("don-vi", "card_desk", "01", "TE01001"),
        "other": ("tinh-khac", "province", "48"),
    }.items():
        by = doubles.at_desk(*words)
        with doubles.as_page_of(by):
            table = forms.table(by, "phu-luc-1", PERIOD, doubles.LATER, "province")
            page = forms.listing(by, "phu-luc-1", "received", forms.Where(PERIOD, doubles.LATER))
        told[name] = (
            table.totals["received"],
            {row.code for row in table.rows if row.figures["received"]},
            page.count,
        )
        assert len(table.rows) in ((34,) if name == "centre" else (0, 1))
    assert told == {
        "centre": (3, {"01", "79"}, 3),
        "province": (2, {"01"}, 2),
        "unit": (1, {"01"}, 1),
        "other": (0, set(), 0),
    }
    hidden = "SELECT relname FROM pg_class WHERE relname LIKE 'reports_%%' AND relkind = 'r' AND"
    assert rows(f"{hidden} has_table_privilege('lienthong_web', oid, 'SELECT')") == []
    assert len(rows(f"{hidden} relrowsecurity")) == 5


def test_what_cannot_be_asked_is_refused(end: datetime) -> None:
    by = births.system()
    with acting(by, at=end):
        with pytest.raises(NotFound):
            forms.table(by, "phu-luc-2", PERIOD, end)
        with pytest.raises(Refused, match="sớm hơn"):
            forms.table(by, "phu-luc-1", PERIOD[::-1], end)
        with pytest.raises(Refused, match="cấp huyện"):
            forms.table(by, "phu-luc-1", PERIOD, end, "district")
        with pytest.raises(NotFound):
            forms.table(by, "phu-luc-1", PERIOD, end, "unit", "TE-KHONG-CO")
        with pytest.raises(NotFound):
            forms.listing(by, "phu-luc-1", "pace_issue_median", forms.Where(PERIOD, end))


def test_shares_come_with_the_figures(end: datetime) -> None:
    by = births.system()
    with acting(by, at=end):
        told = forms.figures(by, period=PERIOD, as_of=end, province="01")
        nothing = forms.figures(by, period=PERIOD, as_of=end, province="48")
    assert told["on_time_share"] == 100.0
    # A letter's share is the board's: what is overdue counts against it, and only what is whole reads 100.
    late = {"on_time_closed": 1999, "late_closed": 0, "late_open": 1}
    assert shares.on_time(late) == 99.9
    assert [told[name] for name in ("on_time_share", "coverage_share")] == [
        measure.of(told) for measure in (MEASURES[1], MEASURES[0])
    ]
    assert nothing["received"] == 0
    assert nothing["on_time_share"] is None


def test_the_files_say_the_same_and_a_formula_stays_a_text(end: datetime) -> None:
    table = _table(end, "province")
    told = json.loads(files.as_json(table))
    assert told["totals"] == {key: table.totals[key] for key in told["totals"]}
    assert {each["key"] for each in told["columns"]} == set(told["totals"])
    lines = list(csv.reader(io.StringIO(files.as_csv(table).decode("utf-8-sig"))))
    assert lines[-1][1] == "Tổng cộng"
    place = lines[4].index("received")
    assert int(lines[-1][place]) == table.totals["received"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbooks.as_xlsx(table)))
    assert book.sheet_names == [
        "Biểu", "Từng khâu", "Tồn đọng theo khâu", "Thủ công, trùng", "Thời gian xử lý", "Định nghĩa",
    ]  # fmt: skip
    told_once = {key for _, keys in table.form.sheets for key in keys}
    assert told_once == {each.key for each in table.form.columns}
    sheet = book.get_sheet_by_name("Biểu").to_python()
    assert any("TÌNH HÌNH CẤP THẺ BHYT" in str(cell) for cell in sheet[1])
    total = next(line for line in sheet if line[1] == "Tổng cộng")
    assert total[2] == table.totals["received"]
    odd = forms.Table(
        table.form, "province", "", PERIOD, end,
        (forms.Row("01", "=HYPERLINK(1)", "01", table.rows[0].figures),), table.totals,
    )  # fmt: skip
    assert "'=HYPERLINK(1)" in files.as_csv(odd).decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(workbooks.as_xlsx(odd))) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        settings = parts.read("xl/worksheets/sheet1.xml").decode()
        assert 'paperSize="9"' in parts.read("xl/worksheets/sheet5.xml").decode()
    assert 'orientation="landscape"' in settings
    assert 'paperSize="8"' in settings


def test_merged_provinces_are_counted_with_their_heir() -> None:
    assert places.within("01", on=date(2026, 1, 1)).provinces == [1]
    heirs = places.within("79", on=date(2026, 1, 1)).provinces
    assert heirs is not None
    assert len(heirs) > 1
    assert places.within("79", on=date(2025, 1, 1)).provinces == [79]


def test_a_commune_of_then_is_counted_in_the_district_of_then() -> None:
    then = date(2025, 5, 1)
    found = places.places("district", [4], on=then)[4]
    assert (found.code, found.province_code) == ("001", "01")
    assert "Ba Đình" in found.name
    communes = places.within("001", on=then).communes
    assert communes is not None
    assert 4 in communes


def test_what_no_unit_of_merged_provinces_answers_for_is_one_number_with_one_list() -> None:
    """Communes of three provinces that are one today, each known under its province's old code."""
    olds = [
        column(
            "SELECT min(code) FROM catalogues_division AS division WHERE level = 'commune' AND province_code = %s"
            " AND upper(valid) = '2025-07-01' AND NOT EXISTS (SELECT 1 FROM catalogues_division AS now"
            " WHERE now.code = division.code AND now.level = 'commune' AND upper_inf(now.valid))",
            province,
        )[0]
        for province in ("79", "74", "77")
    ]
    for number, (province, old) in enumerate(zip(("79", "74", "77"), olds, strict=True), start=1):
        home = {"maTinh": province, "maXa": old, "dcChiTiet": ""}
        send(message(number, ndkksMaTinh=province, ndkksMaXa=old, nksNoiCuTru=home))
    run()
    by = births.system()
    with acting(by, at=doubles.LATER):
        at = doubles.LATER
        told = forms.table(by, "phu-luc-1", PERIOD, at, "unit")
        (row,) = [it for it in told.rows if it.code == "-79"]
        listed = [
            forms.listing(by, "phu-luc-1", "received", forms.Where(PERIOD, at, code))
            for code in ("-79", "79/-79", "79", "01/-79")
        ]
    centre, officer = (
        doubles.at_desk("ca-nuoc", "centre", ""),
        doubles.at_desk("79", "province", "79"),
    )
    for reader in (centre, officer):
        with doubles.as_page_of(reader):
            seen = forms.table(reader, "phu-luc-1", PERIOD, at, "unit", "79")
            assert [(it.code, it.figures) for it in seen.rows] == [("-79", row.figures)]
            assert seen.totals["received"] == 3
    assert row.figures["received"] == 3
    assert [page.count for page in listed] == [3, 3, 3, 0]
    assert {line.unit_code for line in listed[0].lines} == {""}


def test_the_list_of_a_workbook_has_days_that_are_days_and_says_as_of_when(end: datetime) -> None:
    by, where = births.system(), forms.Where(PERIOD, end)
    with acting(by, at=end):
        table = forms.table(by, "ton-dong", PERIOD, end)
        lines = list(forms.lines(by, "ton-dong", where))
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbooks.as_xlsx(table, lines)))
    sheet = book.get_sheet_by_name("Danh sách").to_python()
    assert files.headline(table) == [line[0] for line in sheet[:4]]
    heads = sheet[4]
    assert len(sheet) == 5 + len(lines)
    for row, line in zip(sheet[5:], lines, strict=True):
        told = dict(zip(heads, row, strict=True))
        assert told["Ngày nhận"] == line.received_on
        assert told["Từ lúc"].replace(microsecond=0) == line.since.astimezone(VIETNAM).replace(
            tzinfo=None, microsecond=0
        )
        assert told["Mã tỉnh"] == line.province_code


def test_a_paper_that_corrects_is_counted_by_its_reason_and_makes_no_second_child() -> None:
    births.small_country()
    send(message(1))
    run()
    (twin,) = column("SELECT id FROM dossiers_dossier")
    papers.enter(1, "A1", twin=twin, child_name="NGUYỄN MINH ANH", personal_id="003226000001")
    run()
    at, by = doubles.LATER, doubles.at_desk("tinh", "province", "01")
    with doubles.as_page_of(by):
        told = forms.table(by, "phu-luc-1", PERIOD, at, "province").totals
        page = forms.listing(by, "thu-cong", "manual_a1", forms.Where(PERIOD, at))
    counted = ("received", "received_btp", "manual_a1", "corrected_on_paper", "created")
    assert [told[key] for key in counted] == [2, 1, 1, 1, 1]
    (line,) = page.lines
    assert (line.name_vi, line.stage_vi) == ("Giấy sửa hồ sơ đã có", "Trùng, đã có")
