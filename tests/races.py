"""Works that race: released at one instant, each on a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import OperationalError, connections

from lienthong.kernel.errors import LienthongError


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each returned, or the error of ours that it ended in; a deadlock or a lost connection fails the test."""
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return work()
        except (LienthongError, OperationalError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        told = list(pool.map(one, works))
    assert [each for each in told if isinstance(each, OperationalError)] == []
    return told
