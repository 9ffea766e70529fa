"""The bench of the sealed log runs and says what it must; its figures fail no build (performance.md)."""

import pytest

from lienthong.audit import bench
from lienthong.kernel.errors import Refused


def test_the_bench_gives_rates_ratios_and_memory_and_refuses_a_log_in_use(
    committed_db: object,
) -> None:
    figures = bench.run(rows=500, rounds=2)
    assert set(figures) == {
        "bench",
        "rows",
        "rounds",
        "insert_rows_per_s",
        "seal_rows_per_s",
        "verify_rows_per_s",
        "seal_to_insert",
        "verify_to_insert",
        "peak_memory_mib",
    }
    assert all(isinstance(figures[name], int | float | str) for name in figures)
    with pytest.raises(Refused):
        bench.run(rows=500, rounds=1)
