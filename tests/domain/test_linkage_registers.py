"""Registers as offices write them: what is read, and what is refused with line, column and code."""

import random
import unicodedata
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lienthong.kernel import names
from lienthong.kernel.errors import Refused
from lienthong.persons.linkage import keys, registers
from tests import linkage
from tests.linkage import row

HEADER = ",".join(registers.COLUMNS)


def _read(path: Path) -> list[dict[str, str]]:
    with duckdb.connect() as connection:
        count = registers.read(connection, path, "register")
        rows: list[dict[str, str]] = (
            connection.table("register").to_arrow_table().drop_columns("rid").to_pylist()
        )
        assert count == len(rows)
        return rows


def _bytes(folder: Path, content: bytes) -> Path:
    path = folder / "register.csv"
    path.write_bytes(content)
    return path


def _line(**fields: str) -> str:
    return ",".join(row(fields.pop("id", "P1"), **fields).values())


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\r\n{_line(full_name='Vũ An')}\r\n",
        f"{HEADER}\n{_line(full_name='Vũ An')}",
        f"{HEADER}\n{_line(full_name=' Vũ An ')}\n\n",
        f'{HEADER}\n"P1","Vũ An",,,,,,,,\n',
        f"note,{HEADER}\nhai,{_line(full_name='Vũ An')}\n",
    ],
    ids=["mark and CRLF", "no last end", "blanks and empty line", "quotes", "a column more"],
)
def test_ways_to_write_one_register(tmp_path: Path, content: str) -> None:
    [found] = _read(_bytes(tmp_path, content.encode()))
    assert found == row("P1", full_name="Vũ An")


def test_a_quoted_field_may_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    content = f'{HEADER}\nP1,"Vũ ""Bé"", An\nLan",,,,,,,,\n'
    [found] = _read(_bytes(tmp_path, content.encode()))
    assert found["full_name"] == 'Vũ "Bé", An\nLan'


FAULTS = {
    "no id": (f"{HEADER}\n{_line()}\n{_line(id='')}\n", 3, "id", "E-REG-ID"),
    "id twice": (f"{HEADER}\n{_line()}\n{_line()}\n", 3, "id", "E-REG-DOUBLE"),
    "no day": (f"{HEADER}\n{_line(birth_date='31/12/2019')}\n", 2, "birth_date", "E-REG-DATE"),
    "no such day": (f"{HEADER}\n{_line(birth_date='2019-02-30')}\n", 2, "birth_date", "E-REG-DATE"),
    "sex in words": (f"{HEADER}\n{_line(sex='nữ')}\n", 2, "sex", "E-REG-SEX"),
    "a field less": (f"{HEADER}\n{_line()}\nP2,An\n", 3, "household_code", "E-REG-COLUMNS"),
    "a field more": (f"{HEADER}\n{_line()},x\n", 2, "household_code", "E-REG-COLUMNS"),
    "a line in quotes before": (
        f"{HEADER}\n{_line(full_name=chr(34) + 'a' + chr(10) + 'b' + chr(34))}\n{_line(id='P2', sex='x')}\n",
        4,
        "sex",
        "E-REG-SEX",
    ),
    "no column": ("id,full_name\nP1,An\n", 1, "birth_date", "E-REG-HEADER"),
    "nothing": ("", 1, "id", "E-REG-HEADER"),
    "a column twice": (f"{HEADER},id\n", 1, "id", "E-REG-HEADER"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_has_its_line_column_and_code(tmp_path: Path, case: str) -> None:
    content, line, field, code = FAULTS[case]
    with pytest.raises(Refused) as refused:
        _read(_bytes(tmp_path, content.encode()))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert f"dòng {line}" in refused.value.message_vi
    assert code in refused.value.message_vi


def test_letters_of_another_code_page_are_refused(tmp_path: Path) -> None:
    content = (
        f"{HEADER}\n".encode() + _line(full_name="Vu Ðào").encode("cp1258", "replace") + b"\xff\n"
    )
    with pytest.raises(Refused) as refused:
        _read(_bytes(tmp_path, content))
    assert refused.value.code in {"E-REG-UTF8", "E-REG-COLUMNS"}


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        _read(tmp_path / "none.csv")
    assert refused.value.code == "E-REG-FILE"


def test_all_faults_are_counted(tmp_path: Path) -> None:
    rows = [row(f"P{n}", sex="?") for n in range(7)]
    with pytest.raises(Refused, match="còn 6 lỗi khác"):
        _read(linkage.write(tmp_path / "register.csv", rows))


LETTERS = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐƯ'’` \t\u00a0\u2003ðÐ\u0301\u0300\u0323\u0303\u0309\u0302-ƀ"
)


def _keys_of(folder: Path, written: list[str]) -> dict[str, dict[str, str]]:
    import pyarrow as pa

    with duckdb.connect() as connection:
        connection.register("given_names", pa.table({"name": pa.array(written, pa.string())}))
        out = folder / "names.parquet"
        keys.write(connection, "SELECT DISTINCT name FROM given_names WHERE name <> ''", out)
        return {each["name"]: each for each in pq.read_table(out).to_pylist()}


@settings(deadline=None, max_examples=150)
@example(["A \u0300", "\u2003An\t", "\u3000"])
@given(st.lists(st.text(LETTERS, min_size=1, max_size=24), min_size=1, max_size=30))
def test_keys_of_parts_are_the_keys_of_the_name(
    tmp_path_factory: pytest.TempPathFactory, written: list[str]
) -> None:
    found = _keys_of(tmp_path_factory.mktemp("names"), written)
    assert set(found) == set(written)
    for name, each in found.items():
        # What may be in an old character set is compared as what it seems to say.
        if max(unicodedata.normalize("NFC", name)) > "\u00ff" or name.isascii():
            assert each["tone"] == names.tone_key(name)
            assert each["iy"] == names.iy_key(name)
            assert each["fold"] == names.fold_key(name)


def test_an_old_character_set_is_read_for_comparison_alone(tmp_path: Path) -> None:
    found = _keys_of(tmp_path, ["NguyÔn V¨n B×nh", "Müller Hoà"])
    assert found["NguyÔn V¨n B×nh"]["fold"] == "nguyen van binh"
    assert found["Müller Hoà"]["fold"] == "muller hoa"


def test_a_mark_of_a_register_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = [row(f"P{n}", full_name=f"Vũ {n}") for n in range(50)]
    marks = set()
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        path = linkage.write(tmp_path / f"{seed}.csv", rows)
        with duckdb.connect() as connection:
            registers.read(connection, path, "register")
            marks.add(
                (
                    registers.mark(connection, "register"),
                    registers.mark_of_all(connection, "register"),
                )
            )
    assert len(marks) == 1


@pytest.mark.parametrize("field", ["birth_date", "sex", "personal_id", "id", "commune_code"])
def test_blanks_around_a_value_are_no_fault_and_change_no_link(tmp_path: Path, field: str) -> None:
    person = {
        "full_name": "Vũ Văn An",
        "birth_date": "1980-05-17",
        "sex": "male",
        "personal_id": "001080000123",
        "commune_code": "00004",
    }
    linkage.write(tmp_path / "right.csv", [row("R1", **person)])
    files = []
    for blank in ("", " "):
        spaced = row("L1", **person)
        spaced |= {field: f"{blank}{spaced[field]}{blank}"}
        linkage.write(tmp_path / "left.csv", [spaced])
        linkage.link(tmp_path)
        files.append((tmp_path / "out.csv.reasons.csv").read_bytes())
    assert files[0] == files[1]


def test_a_day_of_another_form_is_no_day(tmp_path: Path) -> None:
    for day in ("2019-3-7", "12019-01-01", "0000-01-01", "2019/03/07", "infinity", "-019-01-01"):
        with pytest.raises(Refused) as refused:
            _read(linkage.write(tmp_path / "register.csv", [row("P1", birth_date=day)]))
        assert refused.value.code == "E-REG-DATE"
