"""The callers of the look-up bench: kept connections that ask, wait for the answer and ask again. Standard library alone.

    python -m lienthong.simulation.benches.lookup_client PORT CONNECTIONS SECONDS FILE

Prints calls a second, times in milliseconds, and how the answers read. Ends when the seconds are over.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

_LENGTH = b"content-length: "
_VERDICT = b'{"maKetQua":"'
_GRACE_SECONDS = 5.0
_OK = {"000", "003", "060"}


class _Caller(asyncio.Protocol):
    """One connection. Every answer must be whole before the next question goes out."""

    def __init__(self, requests: list[bytes], until: float, seed: int) -> None:
        self.seconds: list[float] = []
        self.verdicts: Counter[str] = Counter()
        self._requests = requests
        self._until = until
        self._drawn = Random(seed)
        self._heard = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._heard = self._heard + data if self._heard else data
        head, parted, body = self._heard.partition(b"\r\n\r\n")
        if not parted:
            return
        start = head.index(_LENGTH) + len(_LENGTH)
        if len(body) < int(head[start:].partition(b"\r\n")[0]):
            return
        self.seconds.append(time.perf_counter() - self._asked_at)
        self.verdicts[body[len(_VERDICT) : len(_VERDICT) + 3].decode()] += 1
        self._heard = b""
        if time.perf_counter() < self._until:
            self._ask()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError())

    def _ask(self) -> None:
        request = self._requests[self._drawn.randrange(len(self._requests))]
        self._asked_at = time.perf_counter()
        self._transport.write(request)


def _requests(file: Path) -> list[bytes]:
    content, found, at = file.read_bytes(), [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        found.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return found


async def _call(port: int, connections: int, seconds: float, requests: list[bytes]) -> None:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    callers = [_Caller(requests, started + seconds, number) for number in range(connections)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(seconds + _GRACE_SECONDS):
        await asyncio.gather(*(caller.done for caller in callers))
    took = time.perf_counter() - started
    times = sorted(second for caller in callers for second in caller.seconds)
    verdicts = sum((caller.verdicts for caller in callers), Counter())
    strange = {verdict: count for verdict, count in verdicts.items() if verdict not in _OK}
    if strange:
        sys.exit(f"answers that nobody should get: {strange}")
    figures = {
        "calls_per_s": len(times) / took,
        "mean_ms": sum(times) / len(times) * 1000,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(
        _call(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), _requests(Path(sys.argv[4])))
    )
