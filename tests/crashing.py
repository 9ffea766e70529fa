"""Kill a process at the k-th database tick of a piece of work: crash-point enumeration (guarantees G, H1).

A tick stands before and after every statement and every COMMIT. The child is a fork with connections of its own.
"""

import asyncio
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_LONGEST = 60


def run_until_tick(work: Callable[[], object], tick: int) -> bool:
    """Run `work` in a fork that is SIGKILLed at its `tick`-th tick; True when it finished before that."""
    status = forked(lambda: _die_at(work, tick))
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return True


def forked(work: Callable[[], object]) -> int:
    """The wait status of a child that runs `work` with connections of its own: exit code 0 when it came to its end."""
    # A loop in this thread gives Django other connections than the child, which has no loop, would find.
    assert asyncio._get_running_loop() is None, "an event loop was left running by another test"
    connections.close_all()
    child = os.fork()
    if child == 0:
        # Whatever happens, the child never goes on as a second test run on the same sockets, nor for ever.
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_LONGEST)
            work()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status


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
    with connection.execute_wrapper(around):
        work()
