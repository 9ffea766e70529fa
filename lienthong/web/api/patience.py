"""Lets go of senders that stop half-way through a body: their connection is closed for reading and the read ends.

The server reads a body when the application asks for it, without a limit of time, and it does not survive an answer
given while a read is still waiting. So the waiting read itself must end, and only the connection can do that.
"""

import contextlib
import itertools
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

READ_SECONDS: Final = 15.0
"""How long a body may take in all (guarantees §E row 4)."""
CROWDED_SECONDS: Final = 1.0
"""How long it may take while several others are slow already: pages need threads too."""
SLOW_AT_ONCE: Final = 3
_LOOK_EVERY = 0.25
_SENT_OFFSET = 44
"""Where `tcpi_last_data_sent`, in milliseconds, stands in Linux's `struct tcp_info`."""
_MILLISECONDS = 1000.0

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(slots=True)
class _Reading:
    """One body on its way in. `late` is set when it was cut off."""

    address: str
    started: float = field(default_factory=time.monotonic)
    late: bool = False


class _Watch:
    """One thread that looks at all bodies on their way in, four times a second, while there are any."""

    def __init__(self) -> None:
        self._readings: dict[int, _Reading] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._any = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def over(self, reading: _Reading) -> Iterator[None]:
        """While the block waits for bytes, the reading may be cut off."""
        number = next(self._numbers)
        with self._lock:
            self._readings[number] = reading
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="patience", daemon=True)
                self._thread.start()
        self._any.set()
        try:
            yield
        finally:
            with self._lock:
                del self._readings[number]
                if not self._readings:
                    self._any.clear()

    def _run(self) -> None:
        while True:
            self._any.wait()
            time.sleep(_LOOK_EVERY)
            self._look(time.monotonic())

    def _look(self, now: float) -> None:
        with self._lock:
            oldest_first = sorted(self._readings.values(), key=lambda one: one.started)
        for rank, reading in enumerate(oldest_first):
            age = now - reading.started
            if age > (READ_SECONDS if rank < SLOW_AT_ONCE else CROWDED_SECONDS):
                # Older ones of the same address are cut with it.
                for other in oldest_first[: rank + 1]:
                    other.late = other.late or other.address == reading.address
                _cut(reading.address, age)


_watch = _Watch()


class PatientInput:
    """A WSGI input whose reads end after their time, as if the sender had closed. `is_late` tells the two apart."""

    def __init__(self, stream: IO[bytes], address: str) -> None:
        self._stream = stream
        self._reading = _Reading(address)
        self._is_new = True

    @property
    def is_late(self) -> bool:
        """True when the sender took too long."""
        return self._reading.late

    def read(self, size: int = -1) -> bytes:
        """As the stream's own; fewer bytes than asked for when the sender was cut off."""
        with self._watched():
            return self._stream.read(size)

    def readline(self, size: int = -1) -> bytes:
        """As the stream's own."""
        with self._watched():
            return self._stream.readline(size) if size >= 0 else self._stream.readline()

    def readlines(self, hint: int = -1) -> list[bytes]:
        """As the stream's own."""
        with self._watched():
            return self._stream.readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _watched(self) -> contextlib.AbstractContextManager[None]:
        if self._is_new:
            self._reading.started, self._is_new = time.monotonic(), False
        return _watch.over(self._reading)


def patient(application: WsgiApplication) -> WsgiApplication:
    """The application, with every request body under watch, forms of pages as well as messages."""

    def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = str(environ.get("REMOTE_ADDR", ""))
        environ["wsgi.input"] = PatientInput(environ["wsgi.input"], address)
        return application(environ, start_response)

    return watched


def _cut(address: str, age: float) -> None:
    """Close for reading each connection of that address to which nothing was sent for as long as the body takes.

    The server does not tell which connection a request came by. The others that this meets are idle ones, which
    any server may close, and requests that have been worked on for longer than any page takes.
    """
    for number in _open_files():
        with contextlib.suppress(OSError):
            copied = os.dup(number)
            try:
                is_socket = stat.S_ISSOCK(os.fstat(copied).st_mode)
            except OSError:
                os.close(copied)
                raise
            if not is_socket:
                os.close(copied)
                continue
            with socket.socket(fileno=copied) as link:
                if _peer(link) == address and _quiet_for(link) >= age:
                    link.shutdown(socket.SHUT_RD)


def _open_files() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    return []


def _peer(link: socket.socket) -> str:
    name = link.getpeername()
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""


def _quiet_for(link: socket.socket) -> float:
    """Seconds since we sent anything on the connection, or since it was made."""
    told = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SENT_OFFSET + 4)
    return float(struct.unpack_from("=I", told, _SENT_OFFSET)[0]) / _MILLISECONDS
