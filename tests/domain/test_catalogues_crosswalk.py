"""Merger acts: the statistics office's table settles the shares of 2025; a new act ends and begins communes."""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from lienthong.catalogues import divisions, edges, loading, queries
from lienthong.catalogues.differences import Difference
from lienthong.catalogues.divisions import Atlas, resolve
from lienthong.kernel.actor import system_actor
from lienthong.kernel.errors import Refused

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
EVE, REFORM, TODAY = date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 24)
ACT = date(2026, 10, 1)

pytestmark = pytest.mark.django_db


def _office_table(tmp_path: Path) -> Path:
    """The statistics office's own file where it lies; else one of the same shape and counts."""
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("LIENTHONG_SHARED_DATA", root.parent / "shared" / "data"))
    official = folder / "nso-crosswalk-2025.csv"
    if official.exists():
        return official
    heirs: dict[str, list[str]] = defaultdict(list)
    for old, new, *_ in loading.shipped().successions:
        if len(new) == 5:
            heirs[old].append(new)
    splits = [code for code, news in heirs.items() if len(news) > 1]
    rows = []
    for old, news in heirs.items():
        kinds = ["whole"] if len(news) == 1 else ["part"] * len(news)
        if old in splits[:58]:
            kinds = ["all_people"] + ["land_only"] * (len(news) - 1)
        elif old in splits[58:59]:
            kinds = ["part"] + ["land_only"] * (len(news) - 1)
        codes = ("", old) if len(old) == 3 else (old, "")
        rows += [(*codes, new, kind) for new, kind in zip(news, kinds, strict=True)]
    return _act(tmp_path, *rows, columns=("old_code", "old_district_code", "new_code", "kind"))


def _act(
    tmp_path: Path, *rows: Iterable[str], columns: Iterable[str] = ("old_code", "new_code", "kind", "note")
) -> Path:  # fmt: skip
    file = tmp_path / "act.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return file


def _import(file: Path, effective: date = ACT, *, dry_run: bool = False) -> Difference:
    return loading.import_act(
        edges.read(file, effective=effective),
        effective,
        source=file.name,
        by=BY,
        at=AT,
        dry_run=dry_run,
    )


def test_the_office_table_settles_59_splits_and_leaves_381_to_ask(tmp_path: Path) -> None:
    file = _office_table(tmp_path)
    atlas = Atlas()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT old_code FROM catalogues_succession WHERE share = 'part' GROUP BY old_code"
        )
        splits = [row[0] for row in cursor.fetchall()]
    assert len(splits) == 440
    assert {resolve(it, written_on=EVE, on=TODAY, book=atlas).status for it in splits} == {"many"}

    found = _import(file, REFORM)
    assert found.is_applied
    assert (found.added, found.ended, found.refused) == ((), (), ())
    assert {it.field for it in found.changed} == {"share"}

    atlas = Atlas()
    asked = Counter(resolve(it, written_on=EVE, on=TODAY, book=atlas).status for it in splits)
    assert asked == {"one": 59, "many": 381}
    everyone = Counter(
        resolve(code, written_on=EVE, on=TODAY, book=atlas).status
        for code in atlas.codes
        if len(code) == 5 and any(it.stands_on(EVE) for it in atlas.versions(code))
    )
    assert everyone == {"one": 10_035 - 381, "many": 381}


def test_the_office_table_again_changes_nothing(tmp_path: Path) -> None:
    file = _office_table(tmp_path)
    _import(file, REFORM)
    before = queries.version()
    again = _import(file, REFORM)
    assert again.is_empty
    assert again.unchanged_count == 10_570
    assert queries.version() == before


def test_an_edge_the_act_does_not_have_is_dropped(tmp_path: Path) -> None:
    found = _import(_act(tmp_path, ("00007", "00008", "whole", "")), REFORM)
    assert found.ended == ("00007→00025",)
    assert resolve("00007", written_on=EVE, on=TODAY).communes[0].code == "00008"


def test_a_new_act_ends_communes_and_keeps_the_one_that_takes_them(tmp_path: Path) -> None:
    file = _act(tmp_path, ("00008", "00004", "whole", "Nhập"), ("00004", "00004", "whole", "Giữ"))
    dry = _import(file, dry_run=True)
    assert not dry.is_applied
    assert divisions.name_on("00008", TODAY) == "Phường Ngọc Hà"
    _import(file)
    assert divisions.name_on("00008", ACT - timedelta(days=1)) == "Phường Ngọc Hà"
    assert divisions.name_on("00008", ACT) == ""
    assert divisions.name_on("00004", ACT) == "Phường Ba Đình"
    found = resolve("00006", written_on=EVE, on=TODAY)
    assert (found.status, found.path) == ("one", ("00006", "00008", "00004"))
    assert _import(file).is_empty


def test_a_new_commune_needs_its_name_and_province(tmp_path: Path) -> None:
    plain = _act(tmp_path, ("00008", "99001", "whole", ""))
    with pytest.raises(Refused, match="99001") as refusal:
        _import(plain)
    assert refusal.value.code == "E-CROSSWALK"
    columns = ("old_code", "new_code", "kind", "new_name", "new_province_code")
    named = _act(tmp_path, ("00008", "99001", "whole", "Phường Mới", "01"), columns=columns)
    _import(named)
    assert divisions.name_on("99001", ACT) == "Phường Mới"
    assert divisions.name_on("99001", ACT - timedelta(days=1)) == ""
    assert resolve("00008", written_on=REFORM, on=TODAY).communes[0].province_code == "01"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("00008", "00004", "whole"), ("00008", "00025", "part")], "whole"),
        ([("00008", "00004", "all_people"), ("00008", "00025", "all_people")], "all_people"),
        ([("00008", "00004", "all_people"), ("00008", "00025", "part")], "ghi part"),
        ([("00008", "00004", "part")], "phần còn lại"),
        ([("00008", "00004", "land_only"), ("00008", "00025", "land_only")], "nhận dân"),
        ([("00001", "00004", "whole")], "00001"),
        ([("00008", "00004", "merge")], "merge"),
        ([("00008", "4x", "whole")], "5 chữ số"),
        ([("", "00004", "whole")], "Mã cũ"),
        ([("00008", "00004", "whole"), ("00008", "00004", "whole")], "lặp lại"),
    ],
)
def test_an_act_with_a_faulty_row_is_not_applied_at_all(
    tmp_path: Path, rows: list[tuple[str, ...]], words: str
) -> None:
    before = queries.version()
    file = _act(
        tmp_path, ("00025", "00025", "whole"), *rows, columns=("old_code", "new_code", "kind")
    )
    dry = _import(file, dry_run=True)
    assert dry.refused
    with pytest.raises(Refused, match=words) as refusal:
        _import(file)
    assert refusal.value.code == "E-CROSSWALK"
    assert queries.version() == before


def test_codes_that_contradict_their_own_names_are_mended_and_told(tmp_path: Path) -> None:
    """The statistics office's table gives three communes the code of a neighbour; name and district say which."""
    file = tmp_path / "bang.csv"
    file.write_text(
        "old_code,old_name,old_district_code,old_province_code,new_code,new_name,new_province_code,kind\n"
        "01615,Phường Hồng Quang,049,04,01648,Xã Phục Hòa,04,whole\n"
        "01615,Xã Mỹ Hưng,049,04,01648,Xã Phục Hòa,04,whole\n"
        "2485,Xã Phú Thịnh,075,08,2494,Xã Thái Bình,08,whole\n"
        "00553,Xã Đặng Xá,018,01,00562,Xã Thuận An,01,all_people\n",
        encoding="utf-8",
    )
    sheet = edges.read(file, effective=REFORM)
    mended = {it.found: it.read_as for it in sheet.repaired if len(it.found) == 5}
    assert mended == {"01615": "01651", "02485": "02482", "00553": "00556"}
    assert [row.cells["old_code"] for row in sheet.rows] == ["01615", "01651", "02482", "00556"]


def test_another_spelling_of_a_name_mends_nothing(tmp_path: Path) -> None:
    """93 names of the table are spelled differently from the list: codes decide, and names with or without tones do not."""
    file = _office_table(tmp_path)
    sheet = edges.read(file, effective=REFORM)
    assert [it for it in sheet.repaired if len(it.found) == 5] == []
