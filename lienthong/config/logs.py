"""How a line of the log is written: one JSON object, with what happened and where, and nothing that anybody sent.

Our own events are codes and ids, and are written as they are. Of other libraries only the fixed words of a line are
kept, never what was put into them; of an error its kind, its SQLSTATE and the lines of code, never its text, which may
hold a row (INV-29).
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any

from lienthong.kernel import traces
from lienthong.kernel.dates import VIETNAM

OURS = "lienthong"
FIELDS = (
    "task", "call", "message_ref", "cutover", "moved", "kept", "linkage", "code", "trace", "kind", "status", "method",
    "route", "ms", "letter",
)  # fmt: skip
"""What our own lines may carry beside their event: ids, codes and figures."""
_SECRET_ADDRESS = re.compile(r"(/the-dien-tu/)[^/\s\"']+")
_HELD = re.compile(r"<[^>]+>")
_MOST_WORDS = 120
_FRAMES = 8
_log = logging.getLogger(__name__)


class JsonLine(logging.Formatter):
    """One line of the log as JSON: `at`, `level`, `logger`, `event`, `trace`, our fields or `address`, and of an error `error`, `where`."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished line; never raises."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, VIETNAM).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        if trace := traces.current():
            line["trace"] = trace
        if _is_ours(record):
            line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        elif address := _address(record):
            line["address"] = address
        if record.exc_info and record.exc_info[1] is not None:
            line |= of_error(record.exc_info[1])
        text = json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)
        return _SECRET_ADDRESS.sub(r"\1…", text)


def of_error(error: BaseException) -> dict[str, Any]:
    """An error's kind, its SQLSTATE if it has one, and the innermost lines of code; none of its words."""
    kinds = [type(each).__name__ for each in _causes(error)]
    states = [state for each in _causes(error) if (state := getattr(each, "sqlstate", None))]
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    found: dict[str, Any] = {
        "error": " < ".join(kinds),
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    return found | ({"sqlstate": states[0]} if states else {})


def begin() -> None:
    """Write the log as the settings would, in a process that reads none."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLine())
    logging.basicConfig(handlers=[lines], level=logging.WARNING)
    catch_the_rest()


def catch_the_rest() -> None:
    """Let what nothing else catches, in any thread, be a line of the log too, and not Python's own words."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda found: _uncaught(
        found.exc_type, found.exc_value, found.exc_traceback
    )
    sys.unraisablehook = lambda found: _uncaught(
        found.exc_type, found.exc_value, found.exc_traceback
    )


def _uncaught(
    kind: type[BaseException], error: BaseException | None, at: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("program.uncaught", exc_info=(kind, error, at) if error is not None else None)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == OURS or record.name.startswith(f"{OURS}.")


def _event(record: logging.LogRecord) -> str:
    if _is_ours(record):
        return record.getMessage()
    words = str(record.msg).partition("\n")[0].partition("%")[0].partition("{")[0]
    return words.strip()[:_MOST_WORDS]


def _address(record: logging.LogRecord) -> str:
    """The page that a line of Django's is about, `…` for whatever the address held; '' where there is none."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return "/" + _HELD.sub("…", match.route) if match else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
