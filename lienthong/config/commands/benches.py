"""`lienthong bench NAME`: figures and ratios as JSON, on a database of its own under the data folder."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from lienthong.config import clock, environment
from lienthong.config.commands.console import answer, database, say, start_child

_FIRST_CARDS = 1_000_000
_LOOKUP_SECONDS = 8
_NEW_BIRTHS = 200
_PORTS = (18_110, 18_200)
_NAMES = [
    "enrol",
    "intake",
    "audit",
    "print",
    "merger",
    "pages",
    "tasks",
    "report",
    "lookup",
    "link",
    "migrate",
]
_SIZES = (0, 1_000_000, 5_000_000)


@click.command("bench")
@click.argument("name", type=click.Choice(_NAMES))
@click.option("--births", type=click.IntRange(1_000, 5_000_000), default=200_000, show_default=True)
@click.option(
    "--children", type=click.IntRange(1_000, 5_000_000), default=200_000, show_default=True
)
@click.option(
    "--cards", type=click.IntRange(1_000, 20_000_000), default=1_000_000, show_default=True
)
@click.option("--clients", default="16,64", show_default=True, help="lookup: số kết nối cùng lúc.")
@click.option(
    "--persons",
    type=click.IntRange(1_000, 10_000_000),
    default=100_000,
    show_default=True,
    help="link: số người của dân số hư cấu.",
)
@click.option("--seed", default=1, show_default=True, help="Hạt giống của dữ liệu hư cấu (link).")
@click.option(
    "--rows",
    type=click.IntRange(1_000, 20_000_000),
    default=2_000_000,
    show_default=True,
    help="migrate: số dòng của mỗi bảng mà bản mới sửa.",
)
@click.option(
    "--febrl",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="link: thư mục có dataset3.csv, dataset4a.csv, dataset4b.csv; chỉ đo trên các tệp này.",
)
@click.option("--rounds", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option(
    "--growth",
    is_flag=True,
    help="enrol: đo khi đã có sẵn 0, 1 và 5 triệu người; lookup: đo từ 1 triệu thẻ đến --cards.",
)
@click.option("--json", "_as_json", is_flag=True, help="Kết quả luôn là JSON.")
def bench(name: str, rounds: int, *, growth: bool, _as_json: bool, **sizes: Any) -> None:  # noqa: ANN401 - click
    """Đo hiệu năng: enrol, audit, print, merger; pages, tasks (--children trẻ); lookup (--cards thẻ); link (--persons người); migrate (--rows dòng)."""
    if name == "link":
        answer(_link(sizes["persons"], sizes["seed"], sizes["febrl"]), as_json=True)
        return
    if name == "lookup":
        answer(_lookup(sizes["cards"], sizes["clients"], rounds, growth=growth), as_json=True)
        return
    measures: dict[str, Callable[[int, int], Mapping[str, object]]] = {
        "enrol": _growth if growth else _enrol,
        "intake": _intake,
        "audit": _audit,
        "print": _print,
        "merger": _merger,
        "pages": _pages,
        "tasks": _tasks,
        "report": _report,
        "migrate": _migrate,
    }
    size = {"pages": "children", "tasks": "children", "migrate": "rows"}.get(name, "births")
    answer(measures[name](sizes[size], rounds), as_json=True)


@contextmanager
def _own_database() -> Iterator[None]:
    """An embedded server of the bench's own; nothing of the installation is touched."""
    home = environment.current().home / "bench"
    shutil.rmtree(home, ignore_errors=True)
    os.environ["LIENTHONG_HOME"] = str(home)
    for name in ("LIENTHONG_DATABASE_URL", "LIENTHONG_SECRET_FILE"):
        os.environ.pop(name, None)
    try:
        with database():
            yield
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _enrol(births: int, rounds: int) -> Mapping[str, object]:
    with _own_database(), _second_worker():
        from lienthong.simulation import places
        from lienthong.simulation.benches import enrol

        at = clock.now()
        known = places.declare_places(at=at)
        return enrol.run(enrol.Plan(births, rounds, seed=1, at=at), known)


def _growth(births: int, rounds: int) -> Mapping[str, object]:
    with _own_database(), _second_worker():
        from lienthong.simulation import places
        from lienthong.simulation.benches import enrol

        at = clock.now()
        known = places.declare_places(at=at)
        return enrol.growth(enrol.Plan(births, rounds, seed=1, at=at), known, _SIZES)


def _intake(births: int, rounds: int) -> Mapping[str, object]:
    """What the decision of the match step is worth; one round tells all, the seed being fixed."""
    del rounds
    with _own_database():
        from lienthong.kernel.dates import vietnam_date
        from lienthong.simulation import places
        from lienthong.simulation.benches import intake

        at = clock.now()
        known = places.declare_places(at=at)
        return intake.run(births, seed=1, until=vietnam_date(at), places=known)


@contextmanager
def _second_worker() -> Iterator[None]:
    """A second process that runs the steps beside this one."""
    say("Đang đo…")
    second = start_child("work")
    try:
        yield
    finally:
        second.terminate()
        second.wait()


def _audit(births: int, rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.audit import bench as audit

        figures: Mapping[str, object] = audit.run(births, rounds)
        return figures


def _print(_births: int, _rounds: int) -> Mapping[str, object]:
    from lienthong.cards import print_bench

    return print_bench.run()


def _merger(births: int, _rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.simulation.benches import merger

        return merger.run(births, progress=lambda state, done: say(f"{state}: {done}"))


def _pages(children: int, _rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.simulation import places
        from lienthong.simulation.benches import pages

        at = clock.now()
        places.declare_places(at=at)
        return pages.run(children, at=at, progress=say)


def _tasks(children: int, _rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.config import wiring
        from lienthong.simulation import places
        from lienthong.simulation.benches import tasks
        from lienthong.simulation.births import plain_stream

        at = clock.now()
        known = places.declare_places(at=at)
        jobs = [(it.name, it.every, it.run) for it in wiring.tasks()]
        new = list(plain_stream(_NEW_BIRTHS, seed=1, until=at, places=known))
        return tasks.run(children, jobs, new, at=at, progress=say)


def _report(births: int, rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.simulation import places
        from lienthong.simulation.benches import report

        at = clock.now()
        places.declare_places(at=at)
        return report.run(births, rounds, at=at, progress=say)


def _migrate(rows: int, _rounds: int) -> Mapping[str, object]:
    with _own_database():
        from lienthong.simulation.benches import migrate

        return migrate.run(rows, progress=say)


def _link(persons: int, seed: int, febrl: Path | None) -> Mapping[str, object]:
    if febrl:
        from lienthong.simulation.benches import febrl as yardstick

        return yardstick.run(febrl)
    from lienthong.simulation.benches import link

    home = environment.current().home
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-link-", dir=home) as folder:
        return link.run(persons, Path(folder), seed=seed, progress=say)


def _lookup(cards: int, clients: str, rounds: int, *, growth: bool) -> Mapping[str, object]:
    try:
        at_once = [int(text) for text in clients.split(",")]
    except ValueError:
        raise click.UsageError("--clients cần các số cách nhau bằng dấu phẩy.") from None
    with _own_database(), _gateway() as (port, pid):
        from lienthong.simulation import places
        from lienthong.simulation.benches import lookup

        places.declare_places(at=clock.now())
        server, figures = lookup.Server(port, pid), []
        for size in sorted({min(_FIRST_CARDS, cards), cards}) if growth else [cards]:
            lookup.fill(size, at=clock.now(), progress=say)
            plan = lookup.Plan(size, at_once, rounds, _LOOKUP_SECONDS)
            figures.append(lookup.run(plan, server, at=clock.now(), progress=say))
        return {"bench": "lookup", "growth": figures} if growth else figures[0]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def _gateway() -> Iterator[tuple[int, int]]:
    """A web server on a free port: the port, and its process."""
    port = next(port for port in range(*_PORTS) if _is_free(port))
    server = start_child("serve", "--port", str(port))
    try:
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


COMMANDS = (bench,)
