"""The log as it would be written, kept line by line for a test to look through."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from lienthong.config.logs import JsonLine


class KeptLines(logging.Handler):
    """Every record that reaches the root, as the log would have it."""

    def __init__(self) -> None:
        super().__init__(0)
        self.lines: list[str] = []
        self.setFormatter(JsonLine())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def keeping_lines(*loggers: str) -> Iterator[KeptLines]:
    """While the block runs these loggers speak from INFO on, and what they say is kept."""
    kept, root = KeptLines(), logging.getLogger()
    before = {name: logging.getLogger(name).level for name in loggers}
    root.addHandler(kept)
    for name in loggers:
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield kept
    finally:
        root.removeHandler(kept)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
