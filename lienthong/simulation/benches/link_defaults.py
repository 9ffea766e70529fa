"""Splink as its tutorial sets it up, for comparison: library comparisons with their defaults, on the columns as they are.

The blocking rules cost about as many comparisons as ours; all thresholds are judged, so that the best one can be taken.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

if TYPE_CHECKING:
    from splink.internals.blocking_rule_creator import BlockingRuleCreator

THRESHOLDS = (0.5, 0.9, 0.99, 0.999, 0.9999)
_SIDES = ("left", "right")
_TRAINING = (("full_name", "birth_date"), ("personal_id",))
_RULES = (
    ("personal_id",),
    ("insurance_number",),
    ("full_name", "birth_date"),
    ("mother_name", "birth_date"),
    ("household_code",),
    ("commune_code", "birth_date"),
)


def link(folder: Path, *, memory: str, threads: int) -> None:
    """Link left.csv and right.csv of the folder; theirs.csv gets every pair from the least threshold on."""
    connection = duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(folder / "spill"),
        }
    )
    database = DuckDBAPI(connection)
    for side in _SIDES:
        relation = connection.read_csv(str(folder / f"{side}.csv"), header=True, all_varchar=True)
        relation.create(f"register_{side}")
    sides = [database.register(f"register_{side}", dataset_display_name=side) for side in _SIDES]
    linker = Linker(sides, _settings(), log_level=logging.ERROR)
    logging.getLogger("splink").setLevel(logging.ERROR)
    training = linker.training
    certain: list[str | BlockingRuleCreator] = [
        block_on("personal_id"),
        block_on("full_name", "birth_date", "commune_code"),
    ]
    training.estimate_probability_two_random_records_match(certain, recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in _TRAINING:
        training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    found = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    chosen = connection.table(found.physical_name).project(
        "CASE WHEN source_dataset_l = 'left' THEN id_l ELSE id_r END AS left_id,"
        " CASE WHEN source_dataset_l = 'left' THEN id_r ELSE id_l END AS right_id,"
        " match_probability AS probability"
    )
    chosen.to_csv(str(folder / "theirs.csv"), header=True)
    connection.close()


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[
            cl.NameComparison("full_name").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("sex"),
            cl.ExactMatch("personal_id"),
            cl.ExactMatch("insurance_number"),
            cl.NameComparison("mother_name").configure(term_frequency_adjustments=True),
            cl.ExactMatch("commune_code").configure(term_frequency_adjustments=True),
            cl.ExactMatch("household_code"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _RULES],
    )
