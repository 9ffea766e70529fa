"""A register small enough to read: what is one person, what is not, and what an officer must see."""

from pathlib import Path

import pytest

from lienthong.persons.linkage import persons_model, places
from lienthong.persons.linkage.model import Model
from tests import linkage
from tests.linkage import row

MOTHER = {"mother_name": "Trần Thị Bình", "province_code": "01", "commune_code": "00004"}
AN = {"full_name": "Nguyễn Minh An", "birth_date": "2019-03-07", "sex": "female", **MOTHER}

ONE_PERSON = {
    "the tone on its other letter": (
        {"full_name": "Đặng Hoà Thuý"},
        {"full_name": "Đặng Hòa Thúy"},
    ),
    "i for y": ({"full_name": "Đặng Mỹ Quý"}, {"full_name": "Đặng Mĩ Quí"}),
    "capitals without marks": ({}, {"full_name": "NGUYEN MINH AN"}),
    "Eth for Đ": ({"full_name": "Đinh Thị Đào"}, {"full_name": "Ðinh Thị Ðào"}),
    "marks apart": ({}, {"full_name": "Nguye\u0302\u0303n Minh An"}),
    "an old character set": ({"full_name": "Nguyễn Đức Thắng"}, {"full_name": "NguyÔn §øc Th¾ng"}),
    "day and month exchanged": ({}, {"birth_date": "2019-07-03"}),
    "only the year": (
        {"household_code": "H1"},
        {"birth_date": "2019-01-01", "household_code": "H1"},
    ),
    "a syllable left out": (
        {"household_code": "H1"},
        {"full_name": "Nguyễn An", "household_code": "H1"},
    ),
    "entered before it had a name": (
        {"household_code": "H1"},
        {"full_name": "Con bà Trần Thị Bình", "mother_name": "", "household_code": "H1"},
    ),
    "moved, with an id": (
        {"personal_id": "001319000123"},
        {
            "personal_id": "001319000123",
            "province_code": "79",
            "commune_code": "26734",
            "mother_name": "",
        },
    ),
    "a wrong digit in the id": (
        {"personal_id": "001319000123"},
        {"personal_id": "001319000128"},
    ),
    "the commune before the merger": ({}, {"commune_code": "00013"}),
}


def _link(folder: Path, left: list[dict[str, str]], right: list[dict[str, str]]) -> linkage.Pairs:
    linkage.write(folder / "left.csv", left)
    linkage.write(folder / "right.csv", right)
    linkage.link(folder)
    return linkage.links(folder / "out.csv")


@pytest.mark.parametrize("case", ONE_PERSON)
def test_one_person(tmp_path: Path, case: str) -> None:
    left, right = ONE_PERSON[case]
    found = _link(tmp_path, [row("L1", **AN | left)], [row("R1", **AN | right)])
    assert found == {("L1", "R1")}


TWO_PERSONS = {
    "twins one syllable apart": {"full_name": "Nguyễn Minh Anh"},
    "twins a tone apart": {"full_name": "Nguyễn Minh Ân"},
    "twins with other names": {"full_name": "Nguyễn Gia Khánh"},
    "a sister": {"full_name": "Nguyễn Minh Anh", "birth_date": "2021-11-20"},
    "the mother's id": {
        "full_name": "Trần Thị Bình",
        "birth_date": "1990-02-01",
        "personal_id": "001190000456",
    },
    "a namesake": {
        "birth_date": "2018-11-20",
        "mother_name": "Lý Thị Sen",
        "commune_code": "00006",
    },
}


@pytest.mark.parametrize("case", TWO_PERSONS)
def test_two_persons(tmp_path: Path, case: str) -> None:
    other = TWO_PERSONS[case]
    household = {"household_code": "H1", "personal_id": other.get("personal_id", "")}
    found = _link(tmp_path, [row("L1", **AN | household)], [row("R1", **AN | household | other)])
    assert not found


def test_twins_both_there_find_themselves(tmp_path: Path) -> None:
    twin = AN | {"full_name": "Nguyễn Minh Anh"}
    found = _link(
        tmp_path, [row("L1", **AN), row("L2", **twin)], [row("R1", **twin), row("R2", **AN)]
    )
    assert found == {("L1", "R2"), ("L2", "R1")}


def test_a_likely_twin_goes_to_an_officer(tmp_path: Path) -> None:
    _link(tmp_path, [row("L1", **AN)], [row("R1", **AN | {"full_name": "Nguyễn Minh Anh"})])
    [pair] = linkage.read(tmp_path / "out.csv.review.csv")
    assert (pair["left_id"], pair["right_id"], pair["reason"]) == ("L1", "R1", "Q-TWINS")


def test_one_id_on_two_persons_goes_to_an_officer(tmp_path: Path) -> None:
    shared = {"personal_id": "001190000456", "household_code": "H1", "sex": "female"}
    mother = row("R1", full_name="Trần Thị Bình", birth_date="1990-02-01", **shared)
    assert not _link(tmp_path, [row("L1", **AN | shared)], [mother])
    assert [each["reason"] for each in linkage.read(tmp_path / "out.csv.review.csv")] == ["Q-IDS"]


def test_a_person_entered_twice_is_linked_once_and_shown(tmp_path: Path) -> None:
    number = {"insurance_number": "0123456789"}
    right = [row("R1", **AN), row("R2", **AN | number)]
    assert _link(tmp_path, [row("L1", **AN | number)], right) == {("L1", "R2")}
    [pair] = linkage.read(tmp_path / "out.csv.review.csv")
    assert (pair["right_id"], pair["reason"]) == ("R1", "Q-DOUBLE")


def test_of_two_equal_rows_one_is_linked_and_the_other_shown(tmp_path: Path) -> None:
    found = _link(tmp_path, [row("L1", **AN)], [row("R2", **AN), row("R1", **AN)])
    assert found == {("L1", "R1")}
    [pair] = linkage.read(tmp_path / "out.csv.review.csv")
    assert (pair["right_id"], pair["reason"]) == ("R2", "Q-DOUBLE")


def test_a_number_of_many_is_nobodys(tmp_path: Path) -> None:
    filler = {"personal_id": "000000000000"}
    left = [
        row(f"L{n}", full_name=f"Lò Thị {n}", birth_date=f"19{n}-02-03", **filler)
        for n in range(50, 70)
    ]
    right = [row("R", full_name="Lò Văn Sơn", birth_date="1950-02-03", **filler)]
    assert not _link(tmp_path, left, right)


def test_a_place_before_and_after_the_merger_is_one() -> None:
    known = {place.code: place for place in places.known()}
    assert known["00013"].place == known["00004"].place
    assert known["00013"].commune == "00004"


@pytest.mark.parametrize(
    ("before", "agreement"), [("00013", "commune"), ("00016", "commune"), ("26734", "other")]
)
def test_a_commune_agrees_with_what_it_was_before(
    tmp_path: Path, before: str, agreement: str
) -> None:
    province = "79" if before == "26734" else "01"
    old = {"commune_code": before, "province_code": province, "personal_id": "001319000123"}
    _link(tmp_path, [row("L1", **AN | {"personal_id": "001319000123"})], [row("R1", **AN | old)])
    [link] = linkage.read(tmp_path / "out.csv.reasons.csv")
    assert link["place"] == agreement


def test_a_divided_commune_shares_a_place_with_all_its_heirs() -> None:
    divisions = [
        (code, "commune", "", "", "", "01", "", "" if code in {"B", "C"} else "2025-07-01")
        for code in ("A", "B", "C")
    ]
    found = {
        each.code: each for each in places.read(divisions, [("A", "B"), ("A", "C"), ("B", "B")])
    }
    assert found["A"].commune == ""
    assert found["A"].place == found["B"].place == found["C"].place
    assert (found["B"].commune, found["C"].commune) == ("B", "C")


def _levels(model: Model, field: str) -> dict[str, int]:
    [found] = [each for each in model.fields if each.name == field]
    return {level.name: level.bits for level in found.levels}


def test_the_shipped_weights_point_the_right_way() -> None:
    for field in persons_model.shipped(10_000, 10_000).fields:
        best, worst = field.levels[0], field.levels[-1]
        assert best.rarity or best.bits > 0, field.name
        assert worst.bits < 0, field.name


def test_an_id_says_the_more_the_larger_the_registers() -> None:
    small, large = (
        _levels(persons_model.shipped(n, n), "personal_id")["same"] for n in (10_000, 1_000_000)
    )
    assert large - small == pytest.approx(6_644, abs=2)
