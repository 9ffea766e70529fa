"""Kill a process at the k-th database tick of a piece of work: crash-point enumeration (guarantees G, H1).

A tick stands before and after every statement and every COMMIT. The child is a fork with connections of its own.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper


def run_until_tick(work: Callable[[], object], tick: int) -> bool:
    """Run `work` in a fork that is SIGKILLed at its `tick`-th tick; True when it finished before that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_at(work, tick)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return True


def _die_at(work: Callable[[], object], tick: int) -> None:
    left = tick

    def step() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: Any,
    ) -> Any:
        step()
        answer = execute(sql, params, many, context)
        step()
        return answer

    commit = BaseDatabaseWrapper._commit

    def committing(self: BaseDatabaseWrapper) -> Any:
        step()
        answer = commit(self)
        step()
        return answer

    BaseDatabaseWrapper._commit = committing  # type: ignore[method-assign]
    code = 1
    try:
        with connection.execute_wrapper(around):
            work()
        code = 0
    finally:
        os._exit(code)
