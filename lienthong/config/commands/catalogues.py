"""`lienthong divisions …`, `units import`, `facilities import`: the dated lists."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

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


@divisions.command("merge")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--effective", type=DAY, required=True, help="Ngày hiệu lực của đợt sáp nhập.")
@click.option("--number", default="", help="Số nghị quyết, quyết định; mặc định là tên tệp.")
@click.option(
    "--dry-run", is_flag=True, help="Chỉ liệt kê việc sẽ làm với từng hồ sơ, không ghi gì."
)
@json_option
def merge_command(
    file: Path, effective: date, number: str, *, dry_run: bool, as_json: bool
) -> None:
    """Áp dụng một đợt sáp nhập (CSV, XLSX): ghi vào danh mục, rồi chuyển hồ sơ đang mở theo công văn 680/BHXH-CNTT."""
    with database():
        from lienthong.births import enrolment
        from lienthong.catalogues import acts, edges

        at, by = clock.now(), enrolment.system()
        sheet = edges.read(file, effective=effective)
        heading = acts.Heading(number or file.stem, effective, file.name)
        if dry_run:
            document, is_refused = _foretell(sheet, heading, by, at)
        else:
            document, is_refused = _merge(sheet, heading, by, at)
        document["repaired"] = [
            {"line": it.line, "field": it.field, "found": it.found, "read_as": it.read_as}
            for it in sheet.repaired
        ]
        answer(document, as_json=as_json)
    if is_refused:
        raise click.exceptions.Exit(1)


def _foretell(sheet: Any, heading: Any, by: Any, at: datetime) -> tuple[dict[str, Any], bool]:  # noqa: ANN401 - types of packages that need the database
    from django.db import transaction

    from lienthong.births import rerouting
    from lienthong.catalogues import acts

    with transaction.atomic():
        found = rerouting.dry_run(acts.enter(sheet, heading, by=by, at=at), by=by, at=at)
        # The draft was only made to be read.
        transaction.set_rollback(True)
    summary = found.summary
    say(
        f"Chạy thử: {summary['open_count']} hồ sơ đang mở, {summary['moving_count']} đổi đơn vị,"
        f" {summary['waiting_count']} phải chờ; chưa ghi gì."
    )
    for refused in summary["conflicts"]:
        say(f"Dòng {refused['line']}: {refused['message_vi']}")
    document = {
        "dry_run": True,
        "number": heading.number,
        "effective": heading.effective,
        **summary,
        "dossiers": [it.as_json() for it in found.lines],
    }
    return document, bool(summary["conflicts"])


def _merge(sheet: Any, heading: Any, by: Any, at: datetime) -> tuple[dict[str, Any], bool]:  # noqa: ANN401 - as above
    from lienthong.births import enrolment
    from lienthong.catalogues import acts, cutovers

    act_id = acts.enter(sheet, heading, by=by, at=at)
    if acts.act(act_id).state == acts.DRAFT:
        acts.confirm(act_id, by=by, at=at)
    say("Đang ghi vào danh mục và chuyển hồ sơ…")
    enrolment.advance_all(at=at, on=at.date())
    act = acts.act(act_id)
    if act.trouble_vi:
        say(act.trouble_vi)
    elif act.state == acts.ENTERED:
        say(
            "Đã ghi vào danh mục; hồ sơ của mỗi đơn vị được chuyển khi đến thời điểm của đơn vị đó."
        )
    done = cutovers.of_act(act_id)
    document = {
        "dry_run": False,
        "act": act_id,
        "number": act.number,
        "effective": act.effective,
        "state": act.state,
        "state_vi": act.state_vi,
        "message_vi": act.trouble_vi or None,
        "moved_count": sum(it.moved_count for it in done),
        "kept_count": sum(it.kept_count for it in done),
        "waiting_count": sum(it.waiting_count for it in done),
        "units": [
            {
                "unit": it.unit_code or None,
                "cutover_at": it.at,
                "done_at": it.done_at,
                "moved_count": it.moved_count,
                "kept_count": it.kept_count,
                "waiting_count": it.waiting_count,
            }
            for it in done
        ],
    }
    return document, act.state == acts.DRAFT


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
