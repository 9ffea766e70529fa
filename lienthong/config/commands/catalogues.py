"""`lienthong divisions …`, `units import`, `facilities import`: the dated lists."""

from datetime import date
from pathlib import Path

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, database, json_option, say


@click.group("divisions")
def divisions() -> None:
    """Đơn vị hành chính."""


@divisions.command("resolve")
@click.argument("code")
@click.option("--from", "from_day", type=DAY, required=True, help="Ngày mã được ghi.")
@click.option("--on", "on_day", type=DAY, required=True, help="Ngày cần biết.")
@json_option
def resolve_command(code: str, from_day: date, on_day: date, *, as_json: bool) -> None:
    """Xã, phường của ngày --from nay thuộc đâu vào ngày --on."""
    with database():
        from lienthong.catalogues.divisions import resolve

        found = resolve(code, written_on=from_day, on=on_day)
        answer(found.as_json(), as_json=as_json)


@click.group("units")
def units() -> None:
    """Đơn vị cấp thẻ."""


@click.group("facilities")
def facilities() -> None:
    """Cơ sở khám, chữa bệnh."""


_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="Chỉ xem khác biệt, không áp dụng.")


@units.command("import")
@_file
@_dry_run
@json_option
def import_units_command(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Nạp danh mục đơn vị cấp thẻ và nơi làm việc (CSV, XLSX): cho xem khác biệt rồi áp dụng."""
    with database():
        from lienthong.births import enrolment
        from lienthong.catalogues import loading

        at, by = clock.now(), enrolment.system()
        preview = loading.import_units(file, by=by, at=at, dry_run=True)
        say(preview.summary_vi)
        if not dry_run:
            preview = loading.import_units(file, by=by, at=at)
            enrolment.advance_all(at=at, on=at.date())
        answer(preview.as_json(), as_json=as_json)


@facilities.command("import")
@_file
@_dry_run
@json_option
def import_facilities_command(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Nạp danh mục cơ sở khám, chữa bệnh (CSV, XLSX): cho xem khác biệt rồi áp dụng."""
    with database():
        from lienthong.births import enrolment
        from lienthong.catalogues import loading

        at, by = clock.now(), enrolment.system()
        preview = loading.import_facilities(file, by=by, at=at, dry_run=True)
        say(preview.summary_vi)
        if not dry_run:
            preview = loading.import_facilities(file, by=by, at=at)
        answer(preview.as_json(), as_json=as_json)


COMMANDS = (divisions, units, facilities)
