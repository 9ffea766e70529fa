"""`lienthong link`: two registers against each other, files in, files out; no database is asked."""

import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lienthong.config.commands.console import answer, json_option, say
from lienthong.kernel.errors import Refused

if TYPE_CHECKING:
    from lienthong.persons.linkage.linking import Summary

_MEMORY = re.compile(r"[1-9][0-9]*[MGT]i?B", re.IGNORECASE)


@click.command("link")
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@click.option(
    "--memory", default="3GB", show_default=True, help="Bộ nhớ tối đa; phần dư ghi ra đĩa."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục làm việc; bị ngắt thì chạy lại sẽ làm tiếp từ đó.",
)
@json_option
def link(left: Path, right: Path, out: Path, *, as_json: bool, **machine: Any) -> None:  # noqa: ANN401 - click
    """Ghép hai danh sách người tham gia (CSV): ai trong danh sách này là ai trong danh sách kia."""
    if not _MEMORY.fullmatch(machine["memory"]):
        raise click.UsageError("--memory viết như 3GB hoặc 500MB.")
    if not out.parent.is_dir():
        raise Refused(f"Không có thư mục «{out.parent}».", code="E-FOLDER", field="out")
    # DuckDB and Arrow take a moment to import.
    from lienthong.persons.linkage import linking

    place = linking.Machine(
        machine["engine"], machine["memory"].upper(), os.cpu_count() or 1, machine["folder"]
    )
    summary = linking.link(
        left,
        right,
        out,
        machine=place,
        progress=lambda stage, done, total: say(f"{done}/{total} {stage}"),
    )
    answer(asdict(summary), as_json=as_json, text=lambda: _text(summary))


def _text(summary: "Summary") -> str:
    return (
        f"Bên trái {summary.left} dòng, bên phải {summary.right} dòng: ghép được {summary.links} cặp, "
        f"{summary.doubtful} cặp cần cán bộ xem.\n" + "\n".join(summary.files.values())
    )


COMMANDS = (link,)
