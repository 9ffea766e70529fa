"""What the page of a linkage says of its results, counted once when they stand. Counts and ids alone, no personal value."""

from pathlib import Path
from typing import Any, Final

import duckdb

from lienthong.persons.linkage import engines, queries

SAMPLE: Final = 50
_LEFT_OVER: Final = ("doubtful", "bare", "nobody")


def report(
    folder: Path, links: Path, *, memory: str, threads: int, certain: float
) -> dict[str, Any]:
    """Of the linkage whose registers lie in the folder and whose links are that file.

    `reasons` and `doubtful_reasons`: how many by code; `below`: links less likely than `certain`; `left_over` and
    `right_over`: rows without a link: with a doubtful pair, without a name or a day of birth, like nobody; `sample` and
    `doubtful_sample`: at most `SAMPLE` of (left id, right id, probability, code), every reason in turn.
    """
    connection = engines.connect(folder, memory, threads)
    try:
        rows = {
            name: _filled("rows", path=_quoted(links.with_name(f"{links.name}.{file}.csv")))
            for name, file in (("links", "reasons"), ("review", "review"))
        }
        found: dict[str, Any] = {
            "below": connection.sql(_filled("below", **rows, certain=str(certain))).fetchall()[0][0]
        }
        for prefix, name in (("", "links"), ("doubtful_", "review")):
            by_reason = connection.sql(_filled("reasons", rows=rows[name])).fetchall()
            found[f"{prefix}reasons"] = dict(by_reason)
            sample = _filled("sample", rows=rows[name], many=str(SAMPLE))
            found[f"{prefix}sample"] = [list(row) for row in connection.sql(sample).fetchall()]
        for side in ("left", "right"):
            found[f"{side}_over"] = _left_over(connection, folder, side, rows)
        return found
    finally:
        connection.close()


def _left_over(
    connection: duckdb.DuckDBPyConnection, folder: Path, side: str, rows: dict[str, str]
) -> dict[str, int]:
    register = _filled("register", path=_quoted(folder / f"{side}.csv"))
    query = _filled("leftover", **rows, register=register, side=f"{side}_id")
    counts = connection.sql(query).fetchall()[0]
    return {name: int(count) for name, count in zip(_LEFT_OVER, counts, strict=True)}


def _filled(name: str, **values: str) -> str:
    return queries.filled("report.sql", name, **values)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
