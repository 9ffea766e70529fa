"""Bad input of a register: each has its code, its column and a sentence; numbers are never guessed."""

import pytest

from lienthong.persons import importing, imports, importviews
from lienthong.persons.registercells import FAULTS_VI, REMARKS_VI
from lienthong.persons.registerfile import COLUMNS
from tests import births
from tests.births import AT
from tests.officers import SYSTEM
from tests.registers import as_csv, compared, looked_at, member, row, sent, standing, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


FAULTS = [
    ({"source_ref": ""}, "E-EMPTY:source_ref"),
    ({"full_name": ""}, "E-EMPTY:full_name"),
    ({"full_name": "Nguyễn" + " Văn" * 70}, "E-LONG:full_name"),
    ({"full_name": "Trần Văn\x00Một"}, "E-CHARACTER:full_name"),
    ({"full_name": "Trần Văn 1"}, "E-NAME:full_name"),
    ({"full_name": "=HYPERLINK(1)"}, "E-NAME:full_name"),
    ({"birth_date": "31/02/1990"}, "E-DATE:birth_date"),
    ({"birth_date": "05/1990"}, "E-DATE:birth_date"),
    ({"birth_date": "mùa xuân"}, "E-DATE:birth_date"),
    ({"birth_date": "21/11/2026"}, "E-DATE-FUTURE:birth_date"),
    ({"birth_date": "2027"}, "E-DATE-FUTURE:birth_date"),
    ({"birth_date": "1800-01-01"}, "E-DATE-OLD:birth_date"),
    ({"birth_date": "1800"}, "E-DATE-OLD:birth_date"),
    ({"sex": "1"}, "E-SEX:sex"),
    ({"commune_code": "Ba Đình"}, "E-CODE:commune_code"),
    ({"commune_code": "99999"}, "E-COMMUNE:commune_code"),
    ({"province_code": "HN"}, "E-CODE:province_code"),
]
HOUSEHOLD_FAULTS = [
    ({"relation": "hàng xóm"}, "E-RELATION:relation"),
    ({"relation": "77"}, "E-RELATION:relation"),
    ({"relation": ""}, "E-EMPTY:relation"),
    ({"household_code": "hộ số 1"}, "E-HOUSEHOLD:household_code"),
    ({"household_code": ""}, "E-EMPTY:household_code"),
    ({"commune_code": ""}, "E-EMPTY:commune_code"),
]
REMARKS = [
    ({"birth_date": ""}, "W-DATE-EMPTY:birth_date"),
    ({"birth_date": "1984"}, "W-DATE-YEAR:birth_date"),
    ({"sex": ""}, "W-SEX-EMPTY:sex"),
    ({"personal_id": "1084000001"}, "W-ID-ZEROS:personal_id"),
    ({"personal_id": "A1084000001X"}, "W-ID-FORM:personal_id"),
    ({"personal_id": "001184000001"}, "W-ID-CONTRARY:personal_id"),
    ({"insurance_number": "184000001"}, "W-NUMBER-ZEROS:insurance_number"),
    ({"insurance_number": "HN-0184-001"}, "W-NUMBER-FORM:insurance_number"),
    ({"commune_code": "4"}, "W-CODE-ZEROS:commune_code"),
    ({"full_name": "TrÇn V¨n Mét"}, "W-LEGACY:full_name"),
]


@pytest.mark.parametrize(("cells", "fault"), FAULTS)
def test_a_row_that_cannot_be_taken_says_why(cells: dict[str, str], fault: str) -> None:
    found = looked_at([{**row("C1"), **cells}, row("C2", "Lê Văn Hai")])
    assert fault in told(found.id)[2]
    assert (found.counts["fault"], found.counts["new"]) == (1, 1)
    (line,) = importviews.lines(found, "fault", by=SYSTEM)
    assert all(sentence.endswith(".") for _, _, sentence in line.said)


@pytest.mark.parametrize(("cells", "fault"), HOUSEHOLD_FAULTS)
def test_a_row_of_a_household_needs_more(cells: dict[str, str], fault: str) -> None:
    found = looked_at([{**member("H1", "Trần Văn Một", "00"), **cells}], "household")
    assert fault in told(found.id)[2]
    assert found.counts["fault"] == 1


@pytest.mark.parametrize(("cells", "remark"), REMARKS)
def test_what_an_officer_should_know_is_said_and_the_row_is_taken(
    cells: dict[str, str], remark: str
) -> None:
    found = looked_at([{**row("C1"), **cells}])
    assert remark in told(found.id)[2]
    assert (found.counts["fault"], found.counts["new"]) == (0, 1)
    ((column, value),) = cells.items()
    if column not in {"commune_code", "birth_date"}:
        assert standing("SELECT to_jsonb(row) ->> %s FROM persons_importrow AS row", column) == [
            (value,)
        ]


def test_every_code_has_been_seen_and_has_a_sentence() -> None:
    seen = {it.partition(":")[0] for _, it in (*FAULTS, *HOUSEHOLD_FAULTS, *REMARKS)}
    elsewhere = {
        "E-CELLS", "E-DUPLICATE", "E-AREA", "E-REF-AREA", "E-REF", "E-HOUSEHOLD-AREA", "E-HOUSEHOLD-CLOSED",
        "W-ID-HELD", "W-NUMBER-HELD", "W-NUMBER-AHEAD", "W-REPEAT", "W-HEAD", "W-HEAD-TWICE", "W-ELSEWHERE",
    }  # fmt: skip
    assert seen | elsewhere == set(FAULTS_VI) | set(REMARKS_VI)
    assert all(text.endswith(".") for text in (*FAULTS_VI.values(), *REMARKS_VI.values()))


def test_a_reference_that_comes_twice_is_left_out_the_second_time() -> None:
    found = looked_at([row("C1"), row("C1", "Lê Văn Hai")])
    assert told(found.id) == {3: ("E-DUPLICATE:source_ref",)}
    (line,) = importviews.lines(found, "fault", by=SYSTEM)
    assert line.said[0][2] == "Mã dòng «C1» đã có ở dòng 2 của tệp."


def test_a_row_with_more_cells_than_the_heading_is_left_out() -> None:
    body = as_csv([row("C1")]).decode().rstrip() + ",,thừa\r\n"
    assert "E-CELLS:" in told(compared(sent(body.encode())).id)[2]


@pytest.mark.parametrize(
    ("written", "column", "read"),
    [
        ({"birth_date": "6/5/1984"}, "birth_date", "1984-05-06"),
        ({"birth_date": "06-05-1984"}, "birth_date", "1984-05-06"),
        ({"birth_date": "1984-05-06 00:00:00"}, "birth_date", "1984-05-06"),
        ({"sex": "Nữ"}, "sex", "female"),
        ({"sex": "NAM"}, "sex", "male"),
        ({"relation": "Con dâu"}, "relation", "19"),
        ({"relation": "8"}, "relation", "08"),
        ({"full_name": "Trần  Văn\u00a0Một"}, "full_name", "Trần Văn Một"),
        ({"full_name": "'=1"}, "full_name", "=1"),
    ],
)
def test_what_can_be_read_in_one_way_is_written_in_the_registers_form(
    written: dict[str, str], column: str, read: str
) -> None:
    looked_at([{**row("C1"), **written}])
    assert standing("SELECT to_jsonb(row) ->> %s FROM persons_importrow AS row", column) == [
        (read,)
    ]


def test_vietnamese_headings_semicolons_and_a_mark_at_the_beginning_are_understood() -> None:
    text = "\ufeffMã dòng;HỌ VÀ TÊN;Ngày sinh;Giới tính;Mã số BHXH;Ghi chú\r\nC1;Trần Văn Một;06/05/1984;Nam;0184000001;x\r\n"
    found = compared(sent(text.encode()))
    assert (found.counts["new"], found.counts["unused"]) == (1, ["Ghi chú"])
    assert set(found.columns) == {
        "source_ref",
        "full_name",
        "birth_date",
        "sex",
        "insurance_number",
    }


def test_a_linkage_file_is_read_by_its_id() -> None:
    columns = ("id", *COLUMNS[1:10])
    body = as_csv([{**row("C1"), "id": "L7"}], columns=columns)
    compared(sent(body))
    assert standing("SELECT source_ref FROM persons_importrow") == [("L7",)]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("tep.csv", b"id,full_name\r\n", "E-FILE-EMPTY"),
        ("tep.csv", b"\r\n\r\n", "E-FILE-EMPTY"),
        ("tep.csv", b"id;name\r\n1;2\r\n", "E-COLUMNS"),
        ("tep.csv", "id,Họ tên,Họ và tên\r\n1,a,b\r\n".encode(), "E-COLUMN-TWICE"),
        ("tep.csv", "id,full_name\r\n1,Tr\xe7n\r\n".encode("latin-1"), "E-FILE-ENCODING"),
        ("tep.csv", b'id,full_name\r\n1,"open\r\n', "E-FILE-CSV"),
        ("tep.xlsx", b"PK not a workbook", "E-FILE-XLSX"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_a_sentence(name: str, body: bytes, code: str) -> None:
    found = compared(sent(body, name=name))
    assert (found.state, found.trouble_code) == ("refused", code)
    assert found.trouble_vi.endswith(".")
    assert importing.advance(found.id, by=SYSTEM, at=AT) == 0


def test_an_old_character_set_is_read_when_an_officer_says_so_and_shown_before() -> None:
    text = "id,full_name,birth_date,sex\r\n1,TrÇn V¨n Mét,06/05/1984,Nam\r\n"
    for body in (text.encode(), text.encode("latin-1")):
        found = compared(sent(body, encoding="tcvn3"))
        assert importviews.spellings(found) == [("TrÇn V¨n Mét", "Trần Văn Một")]
        assert standing(
            "SELECT full_name FROM persons_importrow WHERE source_id = %s", found.id
        ) == [("Trần Văn Một",)]


def test_the_file_of_faults_can_be_mended_and_sent_again() -> None:
    found = looked_at([row("C1", sex="1"), row("C2", "Lê Văn Hai")])
    body = importviews.fault_file(found, by=SYSTEM)
    again = compared(sent(body, name="loi.xlsx"))
    assert (again.counts["rows"], again.counts["fault"]) == (1, 1)
    assert told(again.id) == {2: ("E-SEX:sex",)}
    assert imports.one(again.id, by=SYSTEM).counts["unused"] == ["Dòng trong tệp", "Lý do"]
