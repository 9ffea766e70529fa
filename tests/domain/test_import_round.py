"""What goes out comes back without a change, whatever the names and numbers; a formula never leaves as one."""

import io
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.database.scope import acting
from lienthong.persons import exports
from lienthong.persons.exports import Asked
from tests import births
from tests.births import AT, BA_DINH, NGOC_HA
from tests.declared import refusal
from tests.officers import SYSTEM
from tests.registers import applied, compared, member, register, row, sent, standing

pytestmark = pytest.mark.django_db

PURPOSE = "đối chiếu dữ liệu"
_NAMES = st.sampled_from(
    ["Trần Văn Một", "LÊ THỊ HOÀ", "H'Điêu Kbuôr", "Nguyễn Thuý An", "Y Bhăm Êban", "A"]
)
_DAYS = st.dates(min_value=births.ON.replace(year=1930), max_value=births.ON).map(str)
_NUMBERS = st.one_of(
    st.just(""), st.from_regex(r"0[0-9]{9}", fullmatch=True), st.sampled_from(["184", "HN-1", "-12", "@x"])
)  # fmt: skip
_IDS = st.one_of(st.just(""), st.from_regex(r"0[0-9]{11}", fullmatch=True))
_ROWS = st.lists(
    st.fixed_dictionaries({
        "full_name": _NAMES,
        "birth_date": st.one_of(_DAYS, st.just("1961"), st.just("")),
        "sex": st.sampled_from(["male", "female", "undetermined", ""]),
        "insurance_number": _NUMBERS,
        "personal_id": _IDS,
        "mother_name": st.one_of(st.just(""), _NAMES),
        "commune_code": st.sampled_from([BA_DINH, NGOC_HA]),
        "household_code": st.sampled_from(["HO-1", "HO-2", "HO-3"]),
        "relation": st.sampled_from(["00", "01", "08", "99"]),
        "address": st.sampled_from(["", "Số 5, ngõ 2", "=CMD()", "-3"]),
    }),
    min_size=1,
    max_size=12,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


def _out(kind: str, suffix: str = ".csv") -> bytes:
    stream = io.BytesIO()
    with acting(SYSTEM, at=AT):
        exports.write(stream, Asked(kind, PURPOSE, suffix), by=SYSTEM, at=AT)
    return stream.getvalue()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=_ROWS, suffix=st.sampled_from([".csv", ".xlsx"]))
def test_an_export_imported_again_changes_nothing(rows: list[dict[str, str]], suffix: str) -> None:
    with transaction.atomic():
        named = [
            {**cells, "source_ref": f"R{at}", "province_code": "01"}
            for at, cells in enumerate(rows)
        ]
        applied(named, "household")
        applied([{**it, "relation": "", "address": ""} for it in named], "collection")
        before = register()
        for kind in ("household", "collection"):
            found = compared(sent(_out(kind, suffix), kind, name=f"tep{suffix}"))
            assert (found.state, found.counts["new"], found.counts["changed"]) == (
                "previewed",
                0,
                0,
            )
            assert (found.counts["fault"], found.counts["unchanged"]) == (0, len(rows))
        assert register() == before
        transaction.set_rollback(True)


def test_a_newborn_of_ours_goes_out_under_our_reference_and_comes_back_as_itself() -> None:
    births.send(births.message(1))
    births.run()
    body = _out("collection")
    assert b"\nP" in body
    found = compared(sent(body))
    assert (found.counts["new"], found.counts["changed"], found.counts["fault"]) == (0, 0, 0)
    assert found.counts["unchanged"] == found.counts["rows"] == 1


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    applied(
        [member("H1", "Trần Văn Một", "00", address="=CMD()", insurance_number="-12")], "household"
    )
    body = _out("household").decode("utf-8-sig")
    assert "'=CMD()" in body
    assert "'-12" in body
    assert standing("SELECT insurance_number FROM persons_entry") == [("-12",)]


def test_a_file_on_disk_is_whole_or_not_there(tmp_path: Path) -> None:
    applied([row("C1"), row("C2", "Lê Văn Hai")])
    out = tmp_path / "ra.csv"
    assert exports.write_file(out, Asked("collection", PURPOSE), by=SYSTEM, at=AT) == 2
    assert out.read_bytes().startswith(b"\xef\xbb\xbfsource_ref,")
    bad = tmp_path / "hong.csv"
    assert (
        refusal(lambda: exports.write_file(bad, Asked("collection", ""), by=SYSTEM, at=AT))
        == "PURPOSE"
    )
    assert sorted(it.name for it in tmp_path.iterdir()) == ["ra.csv"]


def test_more_rows_than_a_page_gives_are_refused() -> None:
    applied([row("C1"), row("C2", "Lê Văn Hai")])

    def out() -> None:
        exports.write(io.BytesIO(), Asked("collection", PURPOSE), by=SYSTEM, at=AT, most=1)

    assert refusal(out) == "E-EXPORT-ROWS"
