"""Writing the synthetic country: the same order gives the same bytes, safely twice, in production never, and fast."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lienthong.config import environment
from lienthong.kernel.errors import Conflict, Refused
from lienthong.simulation.children import UNASSIGNED_PREFIXES
from lienthong.simulation.country import people, writing
from lienthong.simulation.country.households import Builder
from lienthong.simulation.country.land import land
from lienthong.simulation.country.plan import shares
from lienthong.simulation.country.writing import FILES, MANIFEST, Order
from lienthong.simulation.names import effective_count, load
from tests.console import Console

PARTS = ("surnames", "middles", "givens", "couples", "inserts", "male", "female", "clans", "own")


def write(folder: Path, persons: int = 300, seed: int = 1, processes: int = 1) -> writing.Written:
    told: list[int] = []
    order = Order(persons, seed)
    return writing.write(
        folder, order, processes=processes, progress=lambda done, _all: told.append(done)
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def test_one_process_and_two_write_the_same_bytes(tmp_path: Path) -> None:
    one = write(tmp_path / "one", 45_000)
    two = write(tmp_path / "two", 45_000, processes=2)
    assert one == two
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_another_seed_is_another_country(tmp_path: Path) -> None:
    write(tmp_path / "one", seed=1)
    write(tmp_path / "again", seed=1)
    write(tmp_path / "two", seed=2)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "again")
    assert bytes_of(tmp_path / "one")["left.csv"] != bytes_of(tmp_path / "two")["left.csv"]


@pytest.mark.parametrize("persons", [1, 2, 3, 4, 5, 19_999, 20_000, 20_001])
def test_a_country_has_as_many_persons_as_were_asked_for(tmp_path: Path, persons: int) -> None:
    written = write(tmp_path, persons)
    doubles = written.classes.get("double", 0)
    assert sum(written.classes.values()) - doubles == persons
    lines = {name: body.count(b"\n") - 1 for name, body in bytes_of(tmp_path).items()}
    assert lines == written.rows
    assert not list(tmp_path.glob("*.part"))


def test_a_standing_country_is_not_written_again(tmp_path: Path) -> None:
    first = write(tmp_path)
    before = (tmp_path / "left.csv").stat().st_mtime_ns
    assert write(tmp_path) == first
    assert (tmp_path / "left.csv").stat().st_mtime_ns == before


@pytest.mark.parametrize("other", [Order(301, 1), Order(300, 2)])
def test_another_country_is_not_written_over(tmp_path: Path, other: Order) -> None:
    write(tmp_path)
    before = bytes_of(tmp_path)
    with pytest.raises(Conflict) as refused:
        write(tmp_path, other.persons, other.seed)
    assert refused.value.code == "E-FOLDER"
    assert bytes_of(tmp_path) == before


def test_somebody_elses_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "left.csv").write_text("quý giá", encoding="utf-8")
    with pytest.raises(Conflict):
        write(tmp_path)
    assert (tmp_path / "left.csv").read_text(encoding="utf-8") == "quý giá"


@pytest.mark.parametrize("moment", ["while writing", "while renaming"])
def test_what_was_cut_off_is_written_anew(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    write(whole)
    cut = tmp_path / "cut"
    with monkeypatch.context() as patched:
        if moment == "while writing":
            patched.setattr(writing, "_csv", _interrupted)
        else:
            patched.setattr(Path, "replace", _second_time_interrupted(Path.replace))
        with pytest.raises(KeyboardInterrupt):
            write(cut)
    assert not (cut / MANIFEST).exists()
    write(cut)
    assert bytes_of(cut) == bytes_of(whole)


def _interrupted(_table: object) -> bytes:
    raise KeyboardInterrupt


def _second_time_interrupted(replace: object) -> object:
    calls: list[Path] = []

    def once(source: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > 1:
            raise KeyboardInterrupt
        assert callable(replace)
        return Path(replace(source, target))

    return once


@pytest.fixture
def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    class Real:
        is_production = True

    monkeypatch.setattr(environment, "current", Real)


def test_nothing_fictional_is_made_in_production(tmp_path: Path, in_production: None) -> None:
    with pytest.raises(Refused) as refused:
        write(tmp_path / "country")
    assert refused.value.code == "E-PRODUCTION"
    assert not (tmp_path / "country").exists()


@pytest.mark.parametrize("persons", [0, -5, people.MOST_PERSONS + 1])
def test_more_persons_than_fictional_ids_are_refused(tmp_path: Path, persons: int) -> None:
    with pytest.raises(Refused) as refused:
        write(tmp_path, persons)
    assert refused.value.code == "E-SIZE"


# ---------------------------------------------------------------- ids and names


def test_ids_are_nobodys_and_nobody_shares_one() -> None:
    """The whole range that a country may have, thinned: no two indexes meet in a number."""
    indexes = [*range(0, people.MOST_PERSONS, 37), people.MOST_PERSONS - 1]
    day = shares().day
    ids = {people.personal_id("female", day, index) for index in indexes}
    numbers = {people.insurance_number(index) for index in indexes}
    second = {people.second_number(index) for index in indexes}
    assert len(ids) == len(numbers) == len(second) == len(indexes)
    assert {it[:3] for it in ids} <= set(UNASSIGNED_PREFIXES)
    assert {f"0{it[:2]}" for it in numbers | second} <= set(UNASSIGNED_PREFIXES)
    assert not numbers & second


def residents(count: int, seed: int = 11) -> list[people.Person]:
    stated, rng, found = shares(), random.Random(seed), list[people.Person]()
    builder = Builder(land(stated.day), stated, rng)
    while len(found) < count:
        found.extend(builder.household().members)
    return found


def test_two_residents_share_a_full_name_about_once_in_27_000() -> None:
    """Children and adults together, families and all, as real registers measure it."""
    names = [person.full_name for person in residents(200_000)]
    assert 24_500 < effective_count(names) < 29_500


def test_every_part_of_a_name_is_of_the_projects_own_lists() -> None:
    own = {part for name in ("names", "peoples") for part in _syllables(load(name))}
    used = {part for person in residents(20_000) for part in person.full_name.split()}
    assert used <= own | {"Út"}


def _syllables(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        for part in entry.replace(",", " ").split():
            yield part
            # A pattern glues a clan or a name to what stands before it: H'{own}, Y-{own}.
            yield from (f"{glued}{part}" for glued in ("H'", "Y-", "K'"))
    elif isinstance(entry, dict):
        for value in entry.values():
            yield from _syllables(value)
    elif isinstance(entry, list):
        for value in entry:
            yield from _syllables(value)


def test_ages_are_a_countrys() -> None:
    found = residents(20_000)
    ages = [(shares().day - person.born_on).days / 365.25 for person in found]
    assert 0.05 < sum(age < 6 for age in ages) / len(ages) < 0.15
    assert 0.20 < sum(age < 18 for age in ages) / len(ages) < 0.35
    assert 0.08 < sum(age >= 60 for age in ages) / len(ages) < 0.25
    assert min(ages) >= 0
    assert max(ages) < 115


def test_mothers_are_women_of_an_age_to_be_one() -> None:
    for person in residents(20_000):
        if person.mother:
            assert person.mother.sex == "female"
            assert person.mother_name == person.mother.full_name
            assert 17 < (person.born_on - person.mother.born_on).days / 365.25 < 47


def test_clans_run_in_the_families_of_other_peoples() -> None:
    stated, rng = shares(), random.Random(2)
    builder, same, found = Builder(land(stated.day), stated, rng), 0, 0
    for _ in range(20_000):
        members = builder.household().members
        children = [it for it in members if it.group == "08" and it.relation == people.CHILD]
        if children and members[0].sex == "male":
            found += len(children)
            same += sum(it.full_name.startswith(f"{members[0].family} ") for it in children)
    assert found > 100
    assert same / found > 0.95


# ---------------------------------------------------------------- speed


def test_a_block_costs_no_more_than_some_hundred_draws_a_person() -> None:
    """A ratio, the best of some rounds, so that neither a slow machine nor a neighbour on it fails the test."""
    writing._make((Order(100, 1), 0))
    draw, ratios = random.Random(1).random, []
    for _ in range(3):
        start = time.process_time()
        for _ in range(2_000_000):
            draw()
        one_draw = (time.process_time() - start) / 2_000_000
        start = time.process_time()
        writing._make((Order(20_000, 1), 0))
        ratios.append((time.process_time() - start) / 20_000 / one_draw)
    assert min(ratios) < 2_000


def test_a_process_holds_one_block_at_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Constant memory: with ten times the persons no sheet grows."""
    sizes: list[int] = []
    whole = writing._csv
    monkeypatch.setattr(writing, "_BLOCK", 50)

    def measured(table: list[tuple[str, ...]]) -> bytes:
        sizes.append(len(table))
        return whole(table)

    monkeypatch.setattr(writing, "_csv", measured)
    write(tmp_path, 1_000)
    assert len(sizes) == 20 * len(FILES)
    assert max(sizes) < 60


# ---------------------------------------------------------------- the command


def test_the_command_writes_a_country_and_says_so(tmp_path: Path) -> None:
    console, folder = Console(tmp_path / "home"), tmp_path / "land"
    told = console.json("simulate", "country", folder, "--persons", 200, "--seed", 3)
    assert {"persons", "seed", "rows", "classes", "seconds"} == set(told)
    assert (told["persons"], told["seed"]) == (200, 3)
    write(tmp_path / "here", 200, 3)
    assert bytes_of(folder) == bytes_of(tmp_path / "here")
    again = console.json("simulate", "country", folder, "--persons", 200, "--seed", 3)
    assert again["rows"] == told["rows"]
    assert "E-FOLDER" in console.refused("simulate", "country", folder, "--persons", 201)
    assert console("simulate", "country", folder, "--persons", 0).code == 2
    assert console("simulate", "country").code == 2


def test_the_command_refuses_production(tmp_path: Path) -> None:
    console = Console(tmp_path / "home")
    real = {"LIENTHONG_PRODUCTION": "1", "LIENTHONG_NOW": ""}
    said = console("simulate", "country", tmp_path / "land", "--persons", 9, **real)
    assert (said.code, said.out) == (1, "")
    assert "E-PRODUCTION" in said.told
    assert not (tmp_path / "land").exists()
