"""`lienthong register import`, `register export`: whole registers as files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lienthong.config import clock
from lienthong.config.commands.console import answer, database, json_option, say

_KINDS = click.Choice(["household", "collection"])
_kind = click.option(
    "--kind", type=_KINDS, required=True, help="household: hộ gia đình; collection: dữ liệu thu."
)
_PIECE = 1 << 20


@click.group("register")
def register() -> None:
    """Dữ liệu hộ gia đình và dữ liệu thu: nhập, xuất tệp."""


@register.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_kind
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "tcvn3", "vni"]),
    default="utf-8",
    show_default=True,
    help="Bảng mã chữ Việt của tệp.",
)
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ đổi gì, không áp dụng.")
@click.option(
    "--faults", type=click.Path(dir_okay=False, path_type=Path), help="Ghi các dòng có lỗi (XLSX)."
)
@json_option
def import_command(
    file: Path, kind: str, encoding: str, faults: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    """Nhập một tệp (CSV, XLSX): so với dữ liệu hiện có, rồi áp dụng."""
    with database():
        from lienthong.births import enrolment
        from lienthong.persons import importing, imports, importviews

        at, by = clock.now(), enrolment.system()
        say("Đang đọc và so sánh…")
        sent = imports.Sent(kind, file.name, encoding)
        key = imports.receive(sent, lambda: _pieces(file), by=by, at=at)
        importing.advance(key, by=by, at=at)
        found = imports.one(key, by=by)
        if found.state == "refused":
            _refuse(found)
        if faults is not None:
            faults.write_bytes(importviews.fault_file(found, by=by))
        say(_summary(found))
        if dry_run:
            imports.drop(key, by=by, at=at)
        else:
            say("Đang ghi…")
            imports.confirm(key, by=by, at=at)
            importing.advance(key, by=by, at=at)
        found = imports.one(key, by=by)
        document = {"import": key, "kind": kind, "applied": not dry_run, "counts": found.counts}
        answer(document, as_json=as_json)


@register.command("export")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_kind
@click.option("--purpose", required=True, help="Mục đích sử dụng; được ghi nhật ký.")
@click.option("--commune", default="", help="Mã xã; mặc định là tất cả.")
@json_option
def export_command(out: Path, kind: str, purpose: str, commune: str, *, as_json: bool) -> None:
    """Xuất dữ liệu ra tệp csv hoặc xlsx (theo phần mở rộng), đúng các cột dùng để nhập lại."""
    with database():
        from lienthong.births import enrolment
        from lienthong.persons import exports

        at, by = clock.now(), enrolment.system()
        asked = exports.Asked(kind, purpose, out.suffix.lower(), commune)
        count = exports.write_file(out, asked, by=by, at=at)
        say(f"Đã ghi {count} dòng.")
        answer({"kind": kind, "rows": count, "file": out.name}, as_json=as_json)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _refuse(found: Any) -> None:  # noqa: ANN401 - a type of a package that needs the database
    from lienthong.kernel.errors import Refused

    raise Refused(found.trouble_vi, code=found.trouble_code, field="file")


def _summary(found: Any) -> str:  # noqa: ANN401 - as above
    told = found.counts
    return (
        f"{told['rows']} dòng: {told['new']} mới, {told['changed']} thay đổi, {told['unchanged']} không đổi,"
        f" {told['fault']} lỗi, {told['missing']} không có trong tệp."
    )


COMMANDS = (register,)
