"""The beat on which misses are answered: never before it, and on the next one for whoever missed it."""

import asyncio
import math
from time import monotonic

import pytest

from lienthong.web.api.eligibility_pace import BEAT_SECONDS, keep_pace


@pytest.mark.parametrize("worked", [0.0, 0.02, 0.09, 0.13])
def test_an_answer_goes_out_at_the_first_beat_that_lies_ahead(worked: float) -> None:
    async def waited() -> float:
        since = monotonic() - worked
        await keep_pace(since)
        return monotonic() - since

    took = asyncio.run(waited())
    beats = math.floor(worked / BEAT_SECONDS) + 1
    assert beats * BEAT_SECONDS - 0.002 <= took < beats * BEAT_SECONDS + 0.09


def test_a_look_up_has_long_ended_when_the_beat_comes() -> None:
    slowest_look_up = 0.025  # the 99th percentile that is promised (P4)
    assert 4 * slowest_look_up <= BEAT_SECONDS


def test_a_client_that_leaves_ends_the_waiting() -> None:
    async def left() -> None:
        waiting = asyncio.create_task(keep_pace(monotonic()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        # The timer still fires; nobody waits for it any more.
        await asyncio.sleep(BEAT_SECONDS * 1.5)

    asyncio.run(left())
