"""The synthetic country: files that agree with each other, and slips as often and of the kind that the truth says."""

import re
import tomllib
import unicodedata
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from lienthong.kernel.names import fold_key, tone_key
from tests.country import NAME_FLAWS, PERSONS, REGISTER, Country, Pair, Row

STATED = tomllib.loads((files("lienthong.simulation") / "data/country.toml").read_text("utf-8"))
SHARES = {entry["name"]: entry for entry in STATED["flaw"]}


def sides(pair: Pair) -> list[tuple[str, Row, Row | None]]:
    """Each side's name, its row, and the other's row."""
    found: list[tuple[str, Row, Row | None]] = []
    if pair.left:
        found.append(("left", pair.left, pair.right))
    if pair.right:
        found.append(("right", pair.right, pair.left))
    return found


def with_flaw(land: Country, flaw: str) -> list[tuple[Row, Row]]:
    """The rows that have the flaw, and the other side's row where nothing else hides what is compared."""
    return [
        (row, other)
        for pair in land.truth
        if pair.kind != "double"
        for side, row, other in sides(pair)
        if other is not None and f"{flaw}@{side}" in pair.flaws
    ]


def alone(land: Country, flaw: str, among: set[str]) -> list[tuple[Row, Row]]:
    """As `with_flaw`, where of `among` nothing but this flaw happened to the pair."""
    found = []
    for pair in land.truth:
        happened = {it.split("@")[0] for it in pair.flaws} & among
        for side, row, other in sides(pair):
            here = {it for it in pair.flaws if it.startswith(f"{flaw}@")} == {f"{flaw}@{side}"}
            if other is not None and happened == {flaw} and here:
                found.append((row, other))
    return found


# ---------------------------------------------------------------- the files


def test_the_registers_have_the_columns_of_the_contract(country_folder: Path) -> None:
    for name in ("left.csv", "right.csv"):
        with (country_folder / name).open(encoding="utf-8") as file:
            assert file.readline().strip().split(",") == REGISTER


def test_every_row_of_a_register_stands_in_the_truth(land: Country) -> None:
    assert {it.left["id"] for it in land.truth if it.left} == set(land.left)
    assert {it.right["id"] for it in land.truth if it.right} == set(land.right)


def test_a_person_is_one_pair_but_for_doubles(land: Country) -> None:
    single = [it for it in land.truth if it.kind != "double"]
    assert len(single) == PERSONS
    for side in ("left", "right"):
        seen = Counter(row["id"] for it in single for name, row, _ in sides(it) if name == side)
        assert max(seen.values()) == 1


def test_every_class_occurs_and_is_the_hardest_that_happened(land: Country) -> None:
    order = ["clean", *SHARES]
    order.insert(order.index("unnamed"), "no_common_id")
    for left, right, pair in land.both:
        if pair.kind == "double":
            continue
        happened = {it.split("@")[0] for it in pair.flaws}
        same_kinds = [
            kind for kind in ("personal_id", "insurance_number") if left[kind] and right[kind]
        ]
        if not same_kinds:
            happened.add("no_common_id")
        assert pair.kind == max(happened, key=order.index, default="clean")
    kinds = {it.kind for it in land.truth}
    assert kinds == {*order, "double", "only_left", "only_right"}


def test_codes_have_the_form_of_the_contract(land: Country) -> None:
    forms = {
        "birth_date": r"(\d{4}-\d{2}-\d{2})?",
        "sex": "male|female",
        "personal_id": r"(\d{12})?",
        "insurance_number": r"\d{10}|",
        "province_code": r"\d{2}",
        "commune_code": r"\d{5}",
        "household_code": r"(\d{10})?",
    }
    for row in [*land.left.values(), *land.right.values()]:
        for column, form in forms.items():
            assert re.fullmatch(form, row[column]), (column, row)
        assert row["full_name"].strip() == row["full_name"] != ""


# ---------------------------------------------------------------- what went wrong


@pytest.mark.parametrize(
    "flaw",
    ["all_caps", "missing_number", "missing_id", "moved", "typo", "wrong_sex"],
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_can_happen_to_everybody_happens_as_often_as_stated(
    land: Country, flaw: str, side: str
) -> None:
    rows = [pair for pair in land.truth for name, _, _ in sides(pair) if name == side]
    share = sum(f"{flaw}@{side}" in pair.flaws for pair in rows) / len(rows)
    stated = SHARES[flaw][side]
    assert share == pytest.approx(stated, rel=0.12, abs=0.0015)


@pytest.mark.parametrize("side", ["left", "right"])
def test_what_can_happen_to_some_happens_to_the_stated_share_of_them(
    land: Country, side: str
) -> None:
    """Of children under two entered before they had a name; of those born before 1985 with a year alone."""
    for flaw, born in (("unnamed", ("2024-11-03", "9999")), ("year_only", ("0000", "1985"))):
        exposed = [
            pair
            for pair in land.truth
            for name, row, other in sides(pair)
            if name == side and other is not None and born[0] <= other["birth_date"] < born[1]
        ]
        share = sum(f"{flaw}@{side}" in pair.flaws for pair in exposed) / len(exposed)
        assert share == pytest.approx(SHARES[flaw][side], rel=0.25, abs=0.003)


def test_presence_is_as_stated(land: Country) -> None:
    kinds = Counter(it.kind for it in land.truth)
    for kind in ("only_left", "only_right"):
        assert kinds[kind] / PERSONS == pytest.approx(STATED["presence"][kind], rel=0.1)
    doubles = STATED["presence"]["double_left"] + STATED["presence"]["double_right"]
    assert kinds["double"] / PERSONS == pytest.approx(doubles * 0.95, rel=0.15)


def test_where_nothing_is_told_nothing_differs(land: Country) -> None:
    """The truth conceals nothing: fields that no flaw of the pair touches are equal."""
    touched = {
        "full_name": NAME_FLAWS,
        "birth_date": {"year_only", "day_month_swapped"},
        "sex": {"wrong_sex"},
        "personal_id": {"missing_id", "wrong_id", "parent_id", "lent_id", "unnamed"},
        "insurance_number": {"missing_number", "wrong_number"},
        "commune_code": {"moved", "old_commune"},
        "province_code": {"moved", "old_commune"},
    }
    checked = 0
    for left, right, pair in land.both:
        happened = {it.split("@")[0] for it in pair.flaws}
        for column, flaws in touched.items():
            if pair.kind != "double" and not happened & flaws:
                assert left[column] == right[column], (column, left, right)
                checked += 1
    assert checked > PERSONS * 4


def test_missing_fields_are_missing(land: Country) -> None:
    for flaw, column in (("missing_id", "personal_id"), ("missing_number", "insurance_number")):
        rows = with_flaw(land, flaw)
        assert len(rows) > 1000
        assert {row[column] for row, _ in rows} == {""}
    empty = [
        pair
        for pair in land.truth
        for side, row, _ in sides(pair)
        if not row["insurance_number"] and f"missing_number@{side}" not in pair.flaws
    ]
    assert empty == []


def test_names_differ_in_the_way_that_is_told(land: Country) -> None:
    """Each name flaw alone on one side: the other side shows the name as it is."""

    def pairs(flaw: str) -> list[tuple[str, str]]:
        found = [(a["full_name"], b["full_name"]) for a, b in alone(land, flaw, NAME_FLAWS)]
        assert len(found) > 5, flaw
        assert all(one != other for one, other in found), flaw
        return found

    assert all(one == other.upper() for one, other in pairs("all_caps"))
    assert all(unicodedata.normalize("NFC", one) == other for one, other in pairs("decomposed"))
    assert all(tone_key(one) == tone_key(other) for one, other in pairs("tones_moved"))
    assert all(fold_key(one) == fold_key(other) for one, other in pairs("tones_dropped"))
    assert all(
        fold_key(one).replace("y", "i") == fold_key(other).replace("y", "i")
        and fold_key(one) != fold_key(other)
        for one, other in pairs("i_y")
    )
    for one, other in pairs("syllable_dropped"):
        assert len(one.split()) == len(other.split()) - 1
        assert set(one.split()) <= set(other.split())
    assert all(abs(len(one) - len(other)) <= 1 for one, other in pairs("typo"))
    for flaw in ("tcvn3", "vni"):
        for one, _ in pairs(flaw):
            assert not one.isascii()
            # Nothing but Latin-1 and what the old code pages cannot say.
            assert not re.search("[\u1e00-\u1eff]", one)


def test_children_without_a_name_are_called_after_their_mother(land: Country) -> None:
    rows = [row for row, _ in with_flaw(land, "unnamed")]
    assert len(rows) > 40
    assert {row["personal_id"] for row in rows} == {""}
    assert all(
        "con ba " in fold_key(row["full_name"]) for row in rows if row["full_name"][0] == "C"
    )


def test_dates_are_wrong_in_the_way_that_is_told(land: Country) -> None:
    dates = {"year_only", "day_month_swapped"}
    for one, other in alone(land, "day_month_swapped", dates):
        year, month, day = other["birth_date"].split("-")
        assert one["birth_date"] == f"{year}-{day}-{month}" != other["birth_date"]
    years = alone(land, "year_only", dates)
    assert 0.1 < sum(not one["birth_date"] for one, _ in years) / len(years) < 0.3
    assert all(
        one["birth_date"] in ("", f"{other['birth_date'][:4]}-01-01") for one, other in years
    )


def test_ids_are_wrong_in_the_way_that_is_told(land: Country) -> None:
    ids = {"missing_id", "wrong_id", "parent_id", "lent_id", "unnamed"}
    for one, other in alone(land, "wrong_id", ids):
        differing = [a != b for a, b in zip(one["personal_id"], other["personal_id"], strict=True)]
        assert sum(differing) == 1
    owners = {row["personal_id"] for row in [*land.left.values(), *land.right.values()]}
    lent = alone(land, "lent_id", ids)
    assert len(lent) > 20
    assert sum(one["personal_id"] in owners for one, _ in lent) == len(lent)
    assert all(one["personal_id"] != other["personal_id"] for one, other in lent)


def test_a_mothers_id_given_to_her_child_is_hers(land: Country) -> None:
    mothers = {line["member_id"]: line["mother_id"] for line in land.households}
    found = 0
    for one, other in alone(land, "parent_id", {"missing_id", "wrong_id", "parent_id", "lent_id"}):
        left = one if one["id"] in land.left else other
        mother = land.left.get(mothers[left["id"]])
        if mother and mother["personal_id"]:
            found += one["personal_id"] == mother["personal_id"]
    assert found > 20


def test_a_doubled_person_has_two_numbers(land: Country) -> None:
    doubles = [(left, right) for left, right, pair in land.both if pair.kind == "double"]
    assert len(doubles) > 200
    numbers = [(a["insurance_number"], b["insurance_number"]) for a, b in doubles]
    assert not [1 for one, other in numbers if one and one == other and one[:2] != "28"]


# ---------------------------------------------------------------- places


def test_an_old_commune_became_the_commune_of_the_other_side(land: Country) -> None:
    from lienthong.catalogues import loading

    heirs = {(old, new) for old, new, *_ in loading.shipped().successions}
    found = alone(land, "old_commune", {"old_commune", "moved"})
    assert len(found) > 5000
    assert {(one["commune_code"], other["commune_code"]) for one, other in found} <= heirs
    assert sum(one["province_code"] != other["province_code"] for one, other in found) > 1000


def test_moves_across_the_merger_occur(land: Country) -> None:
    both = [
        row
        for pair in land.truth
        for side, row, _ in sides(pair)
        if {f"moved@{side}", f"old_commune@{side}"} <= pair.flaws
    ]
    assert len(both) > 100


def test_whole_households_move_together(land: Country) -> None:
    moved = {
        right["id"]
        for _, right, pair in land.both
        if "moved@right" in pair.flaws and pair.kind != "double"
    }
    partner = {left["id"]: right for left, right, _ in land.both}
    together = 0
    for members in land.families().values():
        rights = [partner[it["member_id"]] for it in members if it["member_id"] in partner]
        gone = [row for row in rights if row["id"] in moved]
        together += len(gone) == len(rights) > 1
    assert together > 150
