"""P4, P5: the hospitals' gateway over N cards, beside pgbench doing the same work one call a commit, in turns.

Fills a database of its own, never an installation's. Both sides ask the same questions of the same function: quota,
look-up, audit row, commit. The gateway's side also speaks HTTP, checks the token and writes the answer.
"""

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from psycopg.conninfo import make_conninfo

from lienthong.database import address, binaries
from lienthong.simulation.benches import filling, lookup_questions, processes

TABLES = ("persons_person", "persons_number", "cards_card")
_AT_ONCE = 500_000
_LARGEST = "SELECT coalesce(max(id), 0) FROM persons_person"
_ONE_CALL = """\\set id random(1, {count})
SELECT answer.* FROM bench_call AS call, cards_look_up(call.payload) AS answer WHERE call.id = :id;
"""
_BARE = """\\set id random(1, {people})
SELECT * FROM persons_number WHERE number = (2600000000 + :id)::text;
"""
_TPS = re.compile(r"tps = ([0-9.]+)")
_LATENCY = re.compile(r"latency average = ([0-9.]+) ms")
_WARM_SECONDS = 5
_MORE_SECONDS = 120
_READABLE = 0o755
_MICROSECONDS = 1_000_000
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many cards, for how many callers at once, in how many rounds of how many seconds."""

    cards: int
    clients: Sequence[int]
    rounds: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Server:
    """The gateway under test: its port and its processes."""

    port: int
    pid: int


def fill(count: int, *, at: datetime, progress: Progress) -> None:
    """Bring the register to that many children with a card each. As the owner, past triggers and keys."""
    with filling.unguarded(TABLES):
        write(count, at=at, progress=progress)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def write(count: int, *, at: datetime, progress: Progress) -> None:
    """Write what is missing to that many children into `unguarded` tables; the planner is told nothing of them."""
    statements = dict(filling.parts("lookup.sql"))
    with connections["owner"].cursor() as cursor:
        cursor.execute(_LARGEST)
        known = cursor.fetchone()[0]
        if not known:
            filling.draw_names()
            cursor.execute(statements["places"])
        for first in range(known + 1, count + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, count)
            progress(f"{last:,} thẻ")
            for name in ("children", "persons", "numbers", "cards", "end"):
                days: dict[str, int | date] = {"first": first, "last": last, "on": at.date()}
                cursor.execute(statements[name], days)


def run(plan: Plan, server: Server, *, at: datetime, progress: Progress) -> dict[str, object]:
    """The figures over a filled register. `at` is this instant: tokens are made for it and live for a while only."""
    with tempfile.TemporaryDirectory(prefix="lienthong-bench-") as folder:
        place = Path(folder)
        place.chmod(_READABLE)
        count = lookup_questions.keep(place / "requests", people=plan.cards, at=at)
        (place / "one_call.sql").write_text(_ONE_CALL.format(count=count), encoding="utf-8")
        (place / "bare.sql").write_text(_BARE.format(people=plan.cards), encoding="utf-8")
        by_clients = {}
        for clients in plan.clients:
            progress(f"{plan.cards:,} thẻ, {clients} kết nối")
            by_clients[str(clients)] = _measured(_Sides(server, place, clients), plan)
    return {
        "bench": "lookup",
        "cards": plan.cards,
        "rounds": plan.rounds,
        "seconds_a_round": plan.seconds,
        "clients": by_clients,
        "server_memory_mib": round(processes.peak_mebibytes(server.pid)),
    }


class _Sides:
    """The two sides with that many connections, and the floor below both."""

    def __init__(self, server: Server, place: Path, clients: int) -> None:
        self._server = server
        self._place = place
        self._clients = str(clients)
        self._pgbench = str(binaries.find(None).folder / "pgbench")
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._postgres = processes.parent(cursor.fetchone()[0])

    def one_by_one(self, seconds: int) -> dict[str, float]:
        """The same calls, each a statement and a commit of its own, with the rights of the gateway."""
        return self._by_pgbench("one_call.sql", str(settings.GATEWAY_CONNINFO), seconds)

    def bare(self, seconds: int) -> dict[str, float]:
        """One row by its unique code, and nothing else."""
        owner = connections["owner"].settings_dict
        named = address.Address(owner["HOST"], owner["PORT"], owner["USER"], owner["NAME"])
        conninfo = named.signed_in(owner["USER"], owner["PASSWORD"]).conninfo
        return self._by_pgbench("bare.sql", make_conninfo(conninfo), seconds)

    def gateway(self, seconds: int) -> dict[str, float]:
        """The calls over HTTP, from another process with connections that are kept."""
        program = "lienthong.simulation.benches.lookup_client"
        requests = str(self._place / "requests")
        said = _said(
            [
                sys.executable,
                "-m",
                program,
                str(self._server.port),
                self._clients,
                str(seconds),
                requests,
            ],
            seconds,
        )
        figures: dict[str, float] = json.loads(said)
        return figures

    def costed(self, side: Callable[[int], dict[str, float]], seconds: int) -> dict[str, float]:
        """The side's figures, and the processor time a call of all who took part: a busy machine leaves it as it is."""
        before = self._cpu_seconds()
        figures = side(seconds)
        spent = self._cpu_seconds() - before
        return {
            **figures,
            "cpu_us_a_call": spent / (figures["calls_per_s"] * seconds) * _MICROSECONDS,
        }

    def _cpu_seconds(self) -> float:
        asking = resource.getrusage(resource.RUSAGE_CHILDREN)
        served = sum(map(processes.cpu_seconds, (self._postgres, self._server.pid)))
        return served + asking.ru_utime + asking.ru_stime

    def _by_pgbench(self, script: str, conninfo: str, seconds: int) -> dict[str, float]:
        said = _said(
            [
                *(self._pgbench, "-n", "-M", "prepared", "-c", self._clients, "-j", "2"),
                *("-T", str(seconds), "-f", str(self._place / script), conninfo),
            ],
            seconds,
        )
        rate, mean = _TPS.search(said), _LATENCY.search(said)
        if rate is None or mean is None:
            raise RuntimeError(said)
        return {"calls_per_s": float(rate[1]), "mean_ms": float(mean[1])}


def _said(command: Sequence[str], seconds: int) -> str:
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        command, capture_output=True, text=True, check=False, timeout=seconds + _MORE_SECONDS
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _measured(sides: _Sides, plan: Plan) -> dict[str, object]:
    sides.one_by_one(_WARM_SECONDS)
    sides.gateway(_WARM_SECONDS)
    one_by_one, gateway, bare = [], [], []
    for _ in range(plan.rounds):
        one_by_one.append(sides.costed(sides.one_by_one, plan.seconds))
        gateway.append(sides.costed(sides.gateway, plan.seconds))
        bare.append(sides.bare(max(1, plan.seconds // 2)))
    pairs = list(zip(gateway, one_by_one, strict=True))
    ratios = [mine["calls_per_s"] / theirs["calls_per_s"] for mine, theirs in pairs]
    by_cpu = [theirs["cpu_us_a_call"] / mine["cpu_us_a_call"] for mine, theirs in pairs]
    return {
        "gateway": _middle(gateway),
        "pgbench_one_call_a_commit": _middle(one_by_one),
        "bare_select": _middle(bare),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "ratio_by_cpu": round(statistics.median(by_cpu), 2),
    }


def _middle(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}
