"""How a line of the log is written: addresses that are themselves a secret stand in it without the secret."""

import logging
import re

_SECRET_ADDRESS = re.compile(r"(/the-dien-tu/)[^/\s\"']+")


class MaskedLine(logging.Formatter):
    """A formatter that leaves the token of an electronic card's address out, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished line."""
        return _SECRET_ADDRESS.sub(r"\1…", super().format(record))
