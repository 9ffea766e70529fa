"""The same SQL on Spark: local threads in the tests, a cluster where `spark-submit` or SPARK_MASTER name one.

Tables are Parquet folders in the work folder, which every node must see. Needs a Java 17 of the system and the
optional package `spark`.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lienthong.kernel.errors import Unavailable

# One machine has DuckDB; local Spark proves the cluster on a few rows, where planning costs more than the work.
_FOR_FEW_ROWS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
}
_QUIET = "ERROR"


class Cluster:
    """Spark."""

    def __init__(self, folder: Path, memory: str, threads: int) -> None:
        self._folder = folder
        self._session = _session(folder, memory, threads)

    def table(self, name: str, query: str) -> None:
        """Make the table by the query, unless it stands."""
        path = self._folder / f"{name}.parquet"
        if not path.exists():
            part = path.with_suffix(".part")
            self._session.sql(query).write.mode("overwrite").parquet(str(part))
            part.rename(path)
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)

    def view(self, name: str, query: str) -> None:
        """A name for a query, kept nowhere."""
        self._session.sql(query).createOrReplaceTempView(name)

    handed_over = table

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """All rows of a small answer."""
        return [tuple(row) for row in self._session.sql(query).collect()]

    def close(self) -> None:
        """End Spark and what it spilt."""
        self._session.stop()
        shutil.rmtree(self._folder / "spark", ignore_errors=True)


def _session(folder: Path, memory: str, threads: int) -> Any:  # noqa: ANN401 - pyspark is optional
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional package, and seconds to import
    except ImportError as missing:
        raise Unavailable(
            "Chưa cài Spark; hãy cài gói phụ «spark» hoặc dùng --engine duckdb (E-LINK-SPARK).",
            code="E-LINK-SPARK",
            field="engine",
        ) from missing
    scratch = folder / "spark"
    settings = {
        "spark.driver.memory": memory.lower().removesuffix("b").removesuffix("i"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.appName("lienthong link")
    master = os.environ.get("SPARK_MASTER", f"local[{threads}]")
    if master.startswith("local"):
        partitions = str(2 * threads)
        settings |= _FOR_FEW_ROWS | {
            "spark.sql.shuffle.partitions": partitions,
            "spark.default.parallelism": partitions,
        }
    builder = builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except RuntimeError as wrong:
        raise Unavailable(
            "Spark không khởi động được: cần Java 17 (E-LINK-JAVA).",
            code="E-LINK-JAVA",
            field="engine",
        ) from wrong
    session.sparkContext.setLogLevel(_QUIET)
    return session
