"""The households of the synthetic country: heads and relations, twins and siblings, surnames handed down."""

from collections import Counter
from itertools import combinations

from lienthong.kernel.names import fold_key
from tests.country import NAME_FLAWS, Country, Row


def test_households_have_one_head_and_known_relations(land: Country) -> None:
    known = {"00", "01", "02", "03", "04", "05", "08", "09", "19", "20", "99"}
    headless = 0
    for members in land.families().values():
        relations = Counter(it["relation"] for it in members)
        assert set(relations) <= known
        assert relations["00"] <= 1
        headless += not relations["00"]
    # The head may be known to the other register alone, or have been listed elsewhere.
    assert headless / len(land.families()) < 0.08


def test_the_household_file_agrees_with_the_register(land: Country) -> None:
    assert [it["member_id"] for it in land.households] == list(land.left)
    for line in land.households:
        row = land.left[line["member_id"]]
        assert line["household_code"] == row["household_code"]
        assert line["commune_code"] == row["commune_code"]
        assert line["mother_id"] == "" or land.left[line["mother_id"]]["sex"] in ("female", "male")


def kin_of(land: Country) -> dict[str, str]:
    return {it.left["id"]: it.kin for it in land.truth if it.left and it.kind != "double"}


def clean_left(land: Country) -> set[str]:
    """Left rows without a slip of name, day or place."""
    blurring = NAME_FLAWS | {"year_only", "day_month_swapped", "moved"}
    return {
        it.left["id"]
        for it in land.truth
        if it.left and not {f"{flaw}@left" for flaw in blurring} & it.flaws
    }


def twins_of_one_mother(land: Country) -> list[tuple[Row, Row]]:
    """Left rows of two children flagged as twins, of one known mother, with nothing amiss in either."""
    kin, clean = kin_of(land), clean_left(land)
    found = []
    for members in land.families().values():
        twins = [
            it
            for it in members
            if kin.get(it["member_id"]) == "twin" and it["member_id"] in clean and it["mother_id"]
        ]
        found += [
            (land.left[one["member_id"]], land.left[other["member_id"]])
            for one, other in combinations(twins, 2)
            if one["mother_id"] == other["mother_id"]
        ]
    return found


def test_twins_share_day_mother_and_commune_and_bear_different_names(land: Country) -> None:
    found = twins_of_one_mother(land)
    same_day = [(a, b) for a, b in found if a["birth_date"] == b["birth_date"]]
    assert len(same_day) > 100
    # A mother may have twins twice.
    assert len(found) - len(same_day) <= 0.05 * len(found)
    for a, b in same_day:
        assert a["commune_code"] == b["commune_code"]
        assert a["full_name"] != b["full_name"]
        assert a["personal_id"] != b["personal_id"] or not a["personal_id"]


def test_one_syllable_apart_is_the_commonest_among_twins_of_one_sex(land: Country) -> None:
    names = [
        (a["full_name"], b["full_name"], a["sex"] == b["sex"]) for a, b in twins_of_one_mother(land)
    ]
    alike = [(a.split()[:-1], b.split()[:-1]) for a, b, is_same in names if is_same]
    assert sum(a == b for a, b in alike) > 0.5 * len(alike)
    assert 0.1 < sum(not is_same for _, _, is_same in names) / len(names) < 0.35


def test_children_of_one_mother_on_one_day_are_flagged_as_twins(land: Country) -> None:
    kin, clean = kin_of(land), clean_left(land)
    for members in land.families().values():
        born: dict[tuple[str, str], list[str]] = {}
        for it in members:
            row = land.left[it["member_id"]]
            if it["mother_id"] and row["id"] in clean and row["id"] in kin:
                born.setdefault((it["mother_id"], row["birth_date"]), []).append(row["id"])
        for ids in born.values():
            if len(ids) > 1:
                assert {kin[one] for one in ids} == {"twin"}


def test_siblings_one_syllable_apart_are_flagged(land: Country) -> None:
    kin = kin_of(land)
    assert 0.02 < sum(it == "sibling" for it in kin.values()) / len(kin) < 0.1


def test_children_bear_the_surname_of_a_parent(land: Country) -> None:
    own, others = 0, 0
    for members in land.families().values():
        by_relation = {it["relation"]: land.left[it["member_id"]] for it in members}
        father = by_relation.get("00", {"sex": ""})
        if father["sex"] != "male":
            continue
        for it in members:
            if it["relation"] == "08":
                child = land.left[it["member_id"]]
                same = (
                    fold_key(child["full_name"]).split()[0]
                    == fold_key(father["full_name"]).split()[0]
                )
                own, others = own + same, others + (not same)
    assert own / (own + others) > 0.9
