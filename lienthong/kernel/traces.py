"""The trace id of what runs now: one for each request and each run of a task; a call to the outside carries it on.

with traces.new(): … traces.current() → "b1946ac92492d2347c6235b4d2611184"
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CURRENT: ContextVar[str] = ContextVar("lienthong.trace", default="")


def current() -> str:
    """The trace id of this request or run: 32 hexadecimal digits, or a request's UUID; '' outside of any."""
    return _CURRENT.get()


@contextmanager
def new(trace: str = "") -> Iterator[str]:
    """While the block runs this is the trace: the given one, or a new one."""
    found = trace or uuid.uuid4().hex
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)
