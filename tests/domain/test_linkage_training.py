"""What is learnt of pairs is what Splink learns of them; and a hash that two names share is found and not used."""

import logging
from pathlib import Path
from typing import Any

import duckdb
import pytest
from splink import DuckDBAPI, Linker, SettingsCreator

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


def _comparison(field: Field) -> dict[str, Any]:
    levels = [
        {
            "sql_condition": "ELSE" if level is field.levels[-1] else level.condition,
            "label_for_charts": level.name,
            "m_probability": level.m,
            "u_probability": level.u,
        }
        for level in field.levels
    ]
    missing = {"sql_condition": field.missing, "label_for_charts": "-", "is_null_level": True}
    return {"output_column_name": field.name, "comparison_levels": [missing, *levels]}


def _learnt_by_splink(
    connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]
) -> dict[tuple[str, str], float]:
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rid",
        comparisons=[_comparison(field) for field in persons_model.FIELDS],
        blocking_rules_to_generate_predictions=[],
        max_iterations=25,
        retain_matching_columns=False,
    )
    database = DuckDBAPI(connection)
    sides = [database.register(f"sample_{side}", dataset_display_name=side) for side in "ab"]
    session = Linker(
        sides, settings, log_level=logging.ERROR
    ).training.estimate_parameters_using_expectation_maximisation(
        " AND ".join(f"l.{name} = r.{name}" for name in columns),
        fix_probability_two_random_records_match=False,
    )
    return {
        (comparison.output_column_name, level.label_for_charts): level.m_probability
        for comparison in session.core_model_settings.comparisons
        for level in comparison.comparison_levels
        if not level.is_null_level and isinstance(level.m_probability, float)
    }


@pytest.mark.parametrize("columns", SESSIONS, ids="-".join)
def test_the_chances_are_splinks(country: Path, columns: tuple[str, ...]) -> None:
    model = persons_model.shipped(3_000, 3_000)
    model = model.with_chances(
        {
            (field.name, level.name): (level.m, level.u)
            for field in persons_model.FIELDS
            for level in field.levels
        }
    )
    with duckdb.connect() as connection:
        for side in "ab":
            path = country / "work" / f"sample_{side}.parquet"
            connection.read_parquet(str(path)).create(f"sample_{side}")
        learnt = training._maximise(connection, model, [columns])
        theirs = _learnt_by_splink(connection, columns)
    ours = {(name, level): m for name, each in learnt.items() for level, [m] in each.items()}
    # What no pair of the session shows, Splink gives its least chance.
    assert max((m for level, m in theirs.items() if level not in ours), default=0.0) <= 1e-6
    for level, m in ours.items():
        assert m == pytest.approx(theirs[level], abs=2e-3), level


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
