"""What Splink learns of pairs is what its formula says of them; and a hash that two names share is found and not used."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import duckdb
import pytest

from lienthong.persons.linkage import facts, persons_model, training
from lienthong.persons.linkage.model import Field
from tests import linkage

pytestmark = pytest.mark.timeout(300)
SESSIONS = (("fold", "birth"), ("pid",))


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linked country; its work folder stays."""
    folder = linkage.country(tmp_path_factory.mktemp("country"), 3_000)
    linkage.link(folder, folder=folder / "work")
    return folder


def _maximised(
    found: Sequence[training.Pattern], fields: Sequence[Field], rounds: int = 25
) -> list[dict[str, float]]:
    """Fellegi and Sunter's model maximised over patterns, u held: the reference in plain Python."""
    chances = [{level.name: level.m for level in field.levels} for field in fields]
    known = [{level.name: level.u for level in field.levels} for field in fields]
    matching = 0.5
    for _ in range(rounds):
        weights = []
        for pattern in found:
            odds = matching / (1 - matching)
            for name, m, u in zip(pattern.levels, chances, known, strict=True):
                odds *= m[name] / u[name] if name is not None else 1.0
            weights.append(pattern.pairs * (1.0 if math.isinf(odds) else odds / (1 + odds)))
        matching = min(sum(weights) / sum(it.pairs for it in found), 1 - 1e-9)
        for at, levels in enumerate(chances):
            counts = dict.fromkeys(levels, 0.0)
            for pattern, weight in zip(found, weights, strict=True):
                if (name := pattern.levels[at]) is not None:
                    counts[name] += weight
            whole = sum(counts.values())
            chances[at] = {name: count / whole for name, count in counts.items()}
    return chances


def _reads(field: Field, columns: Sequence[str]) -> bool:
    text = " ".join([field.missing, *(level.condition for level in field.levels)])
    return any(re.search(rf"\b{name}_[lr]\b", text) for name in columns)


@pytest.mark.parametrize("columns", SESSIONS, ids="-".join)
def test_the_chances_are_those_of_the_formula(country: Path, columns: tuple[str, ...]) -> None:
    model = persons_model.shipped(3_000, 3_000)
    fields = [field for field in model.fields if not _reads(field, columns)]
    agreeing = " AND ".join(f"l.{name} = r.{name}" for name in columns)
    with duckdb.connect() as connection:
        for side in "ab":
            path = country / "work" / f"sample_{side}.parquet"
            connection.read_parquet(str(path)).create(f"sample_{side}")
        learnt = training._maximise(connection, model, [columns])
        found = training.patterns(
            connection, fields, model.columns, tables="sample", agreeing=agreeing
        )
    assert {field.name for field in fields} == set(learnt)
    for field, reference in zip(fields, _maximised(found, fields), strict=True):
        for level, m in reference.items():
            assert fmean(learnt[field.name].get(level, [0.0])) == pytest.approx(m, abs=2e-3), level


@pytest.mark.parametrize("bad", [1, 2])
def test_names_of_one_hash_are_told_apart_otherwise(
    country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    asked = []
    key = facts.key

    def poor(value: str, way: str) -> str:
        asked.append(way)
        return f"hash({value}) % 100" if way in facts._WAYS[:bad] else key(value, way)

    monkeypatch.setattr(facts, "key", poor)
    for side in ("left.csv", "right.csv"):
        (tmp_path / side).write_bytes((country / side).read_bytes())
    linkage.link(tmp_path)
    assert set(asked) == set(facts._WAYS[: bad + 1])
    assert (tmp_path / "out.csv").read_bytes() == (country / "out.csv").read_bytes()


def test_two_names_that_share_a_hash(tmp_path: Path) -> None:
    names = ["Nguyen Tuong Nha", "Nguyen Huong Nhu"]
    with duckdb.connect() as connection:
        assert connection.execute("SELECT hash($1) = hash($2)", names).fetchone() == (True,)
    born = {"birth_date": "2001-02-03", "personal_id": "001301000123"}
    for side, name in zip(("left", "right"), names, strict=True):
        rows = [linkage.row(side, full_name=name, **born), linkage.row("x", full_name=names[0])]
        linkage.write(tmp_path / f"{side}.csv", rows)
    linkage.link(tmp_path)
    [pair] = [
        each for each in linkage.read(tmp_path / "out.csv.reasons.csv") if each["left_id"] == "left"
    ]
    assert pair["name"] == "near"
