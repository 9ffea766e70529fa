"""Fictional names: as rare, as alike and as various as real ones, and the same for the same seed."""

import random
import re
import time
import tomllib
from importlib.resources import files

import pytest

from lienthong.gateways.justice_names import check_given, read_name
from lienthong.kernel.names import stored_form
from lienthong.simulation.names import KINH, effective_count, load, model

GROUPS = sorted(load("peoples")["group"])


def majority(count: int, seed: int = 5) -> list[str]:
    rng, names = random.Random(seed), model()
    return [names.child(rng, "male" if rng.random() < 0.52 else "female") for _ in range(count)]


def test_two_people_share_a_full_name_about_once_in_27_000() -> None:
    """Real registers measure 27,312; independent parts would give 34,000, couples alone 19,000."""
    assert 24_500 < effective_count(majority(300_000)) < 29_500


def test_effective_count_is_the_inverse_chance_of_a_shared_name() -> None:
    assert effective_count(["a", "b", "c", "d"]) == float("inf")
    assert effective_count(["a", "a", "b", "b"]) == pytest.approx(3.0)
    assert effective_count(["a"] * 10) == pytest.approx(1.0)


def test_surnames_follow_the_national_shares() -> None:
    names = majority(60_000)
    share = {
        s: sum(n.startswith(f"{s} ") for n in names) / len(names)
        for s in ("Nguyễn", "Trần", "Lê", "Phạm")
    }
    assert share["Nguyễn"] == pytest.approx(0.384, abs=0.02)
    assert share["Trần"] == pytest.approx(0.110, abs=0.01)
    assert share["Lê"] == pytest.approx(0.095, abs=0.01)
    assert share["Phạm"] == pytest.approx(0.071, abs=0.01)


def test_a_fifth_of_the_newborn_have_four_syllables_and_few_parents_do() -> None:
    rng, names = random.Random(3), model()
    children = majority(20_000)
    parents = [names.parent(rng, "female") for _ in range(20_000)]
    four = [
        sum(len(name.split()) == 4 for name in people) / 20_000 for people in (children, parents)
    ]
    assert 0.15 < four[0] < 0.3
    assert four[1] < 0.01
    assert 0.25 < sum(" Thị " in name for name in parents) / 20_000 < 0.6


def test_the_same_seed_gives_the_same_names() -> None:
    assert majority(500, seed=9) == majority(500, seed=9)
    assert majority(500, seed=9) != majority(500, seed=10)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("sex", ["male", "female"])
def test_every_peoples_names_can_be_registered(group: str, sex: str) -> None:
    rng, names = random.Random(group), model()
    for _ in range(300):
        for name in (names.child(rng, sex, group=group), names.parent(rng, sex, group=group)):
            for spelt in (name, name.upper()):
                read = read_name(spelt, "name")
                check_given(read, "name")
                assert read.text == spelt == stored_form(spelt)


def test_majority_names_can_be_registered_and_never_repeat_a_syllable() -> None:
    for name in majority(5_000):
        check_given(read_name(name, "name"), "name")
        words = name.split()
        assert words[-1] != words[-2]


@pytest.mark.parametrize(
    ("group", "sex", "shape"),
    [
        ("12", "female", r"H'\w+ (Niê|Mlô|Êban)"),
        ("12", "male", r"Y \w+ \w+"),
        ("10", "female", r"\w+ H'\w+"),
        ("13", "male", r"\w+"),
        ("08", "male", r"\w+ A \w+"),
        ("16", "male", r"K' \w+"),
        ("16", "female", r"Ka \w+"),
        ("05", "female", r"\w+ Thị .+"),
        ("14", "female", r"Y \w+"),
        ("22", "male", r"Điểu \w+"),
    ],
)
def test_other_peoples_shape_their_names_in_their_own_way(group: str, sex: str, shape: str) -> None:
    rng, names = random.Random(1), model()
    drawn = [names.child(rng, sex, group=group) for _ in range(400)]
    assert sum(re.match(shape, name) is not None for name in drawn) > 20
    assert len(set(drawn)) > 12


def test_breve_letters_of_two_code_points_occur() -> None:
    rng, names = random.Random(1), model()
    drawn = [names.child(rng, "female", group="12") for _ in range(4_000)]
    assert any("Kơ\u0306" in name for name in drawn)
    assert any("Mư\u0306" in name for name in drawn)


def test_peoples_live_where_they_live() -> None:
    rng, names = random.Random(2), model()

    def share(group: str, province_code: str) -> float:
        return sum(names.group(rng, province_code) == group for _ in range(4_000)) / 4_000

    assert share("12", "66") > 0.08
    assert share("12", "31") == 0
    assert share("08", "11") > 0.3
    assert share("05", "92") > 0.07
    assert share(KINH, "01") > 0.97
    assert share(KINH, "20") < 0.25
    assert names.group(rng, "no such province") == KINH


def test_every_people_of_the_map_has_a_way_to_name_children() -> None:
    provinces = tomllib.loads(
        (files("lienthong.simulation") / "data/provinces.toml").read_text("utf-8")
    )
    named = {code for entry in provinces["province"].values() for code in entry["groups"]}
    assert named <= set(GROUPS)
    assert len(provinces["province"]) == 34
    assert all(sum(entry["groups"].values()) < 1000 for entry in provinces["province"].values())


def test_a_hundred_thousand_names_take_about_a_second() -> None:
    start = time.perf_counter()
    majority(100_000)
    assert time.perf_counter() - start < 3.0
