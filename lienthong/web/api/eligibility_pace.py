"""Answers to those who did not find anybody go out on a fixed beat, so that their time tells nothing (guarantees H14).

Why a look-up missed costs the database more or less work: a number that nobody has is settled sooner than a wrong name.
"""

import asyncio
import math
from time import monotonic
from typing import Final

BEAT_SECONDS: Final = 0.1
"""Four times what a look-up may take at the 99th percentile: who misses the first beat tells how long he took."""


async def keep_pace(since: float) -> None:
    """Returns at the first beat after `since`, an instant of `time.monotonic`, that lies ahead. Holds nothing meanwhile."""
    beats = math.floor((monotonic() - since) / BEAT_SECONDS) + 1
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # Asked without a loop, as tests do: nobody is there who could measure.
    due: asyncio.Future[None] = loop.create_future()
    loop.call_later(since + beats * BEAT_SECONDS - monotonic(), _release, due)
    await due


def _release(due: "asyncio.Future[None]") -> None:
    if not due.done():
        due.set_result(None)
