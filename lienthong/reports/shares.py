"""The shares that are said of a row of Phụ lục 1, in letters, on boards and in files: each is counted in one way alone.

Per cent to one place, rounded down: only what is whole reads 100. None where there is nothing to divide by.
"""

from collections.abc import Mapping

Figures = Mapping[str, int | float | None]


def share(part: float | None, whole: float | None) -> float | None:
    """The part of the whole in per cent."""
    if not whole or part is None:
        return None
    return int(part * 1000 // whole) / 10


def coverage(row: Figures) -> float | None:
    """Children whose card is approved and stands, of the children received: without repeats, rejected and cancelled."""
    gone = _of(row, "stopped_not_printed") + _of(row, "stopped_issued")
    stopped = _of(row, "stopped") + _of(row, "stopped_issued")
    return share(
        _of(row, "approved") - gone, _of(row, "received") - _of(row, "duplicates") - stopped
    )


def issued(row: Figures) -> float | None:
    """Cards issued, of the records due one: without repeats and what was stopped before its card."""
    due = _of(row, "received") - _of(row, "duplicates") - _of(row, "stopped")
    return share(_of(row, "issued"), due)


def on_time(row: Figures) -> float | None:
    """Handed over in time, of what was handed over and what waits beyond its due day."""
    done = _of(row, "on_time_closed")
    return share(done, done + _of(row, "late_closed") + _of(row, "late_open"))


def _of(row: Figures, key: str) -> float:
    return row.get(key) or 0
