"""`lienthong simulate …`: fictional data in files, to measure by; needs no database, refused in production."""

import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lienthong.config.commands.console import answer, json_option, say
from lienthong.simulation.country import writing
from lienthong.simulation.country.people import MOST_PERSONS


@click.group()
def simulate() -> None:
    """Tạo dữ liệu hư cấu để đo và thử (không có người thật)."""


@simulate.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--persons",
    type=click.IntRange(1, MOST_PERSONS),
    default=100_000,
    show_default=True,
    help="Số người.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Cùng số, cùng dữ liệu.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@json_option
def country(folder: Path, persons: int, seed: int, processes: int, *, as_json: bool) -> None:
    """Hai danh sách người tham gia của cùng một dân số hư cấu, và đáp án: left.csv, right.csv, truth.csv, households.csv."""
    start = time.monotonic()
    columns = (TextColumn("{task.completed}/{task.total} người"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        bar = bars.add_task("", total=persons)
        written = writing.write(
            folder,
            writing.Order(persons, seed),
            processes=processes,
            progress=lambda done, _all: bars.update(bar, completed=done),
        )
    say(f"Đã ghi vào {folder}.")
    answer({**asdict(written), "seconds": round(time.monotonic() - start, 2)}, as_json=as_json)


COMMANDS = (simulate,)
