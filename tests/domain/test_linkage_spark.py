"""A cluster gives the links of one machine: the same pairs, probabilities, reasons and doubts, to the byte."""

from pathlib import Path

import pytest

from tests import linkage

pytestmark = pytest.mark.timeout(600)
_PERSONS = 20_000


def test_spark_gives_what_duckdb_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A short run is over before the second compiler of Java would pay.
    monkeypatch.setenv("_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    linkage.country(tmp_path, _PERSONS)
    given = {}
    for engine in ("duckdb", "spark"):
        summary = linkage.link(tmp_path, engine=engine, memory="1GB")
        assert summary.links > 0.9 * _PERSONS
        assert summary.doubtful
        given[engine] = [
            (tmp_path / name).read_bytes()
            for name in ("out.csv", "out.csv.reasons.csv", "out.csv.review.csv")
        ]
    assert given["spark"] == given["duckdb"]
