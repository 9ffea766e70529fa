"""`lienthong report …`: an official form as a file, as things stood at an instant."""

from datetime import date, datetime
from pathlib import Path

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, database, json_option
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused

_OFF_PROCESS = "sai-quy-trinh"
_BOOKS = "doi-soat"
_NAMES = (_OFF_PROCESS, _BOOKS)
_FORMATS = (".csv", ".xlsx", ".json")


@click.command("report")
@click.argument("name")
@click.option("--from", "first", type=DAY, required=True, help="Ngày đầu.")
@click.option("--to", "last", type=DAY, required=True, help="Ngày cuối, tính cả ngày này.")
@click.option(
    "--as-of", "as_of", help="Số liệu tại thời điểm này (ISO, có múi giờ; mặc định: bây giờ)."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def report(
    name: str, first: date, last: date, as_of: str | None, out: Path, *, as_json: bool
) -> None:
    """Lập một biểu mẫu thành tệp csv, xlsx hoặc json."""
    _check(name, first, last, out)
    with database():
        from lienthong.births import enrolment

        now, by = clock.now(), enrolment.system()
        at = now if as_of is None else _instant(as_of, now)
        make = _books if name == _BOOKS else _off_process
        content, count = make(by, (first, last), (at, now), out.suffix.lower())
        part = out.with_name(out.name + ".part")
        part.write_bytes(content)
        part.replace(out)
        document = {"report": name, "as_of": at.isoformat(), "rows": count, "out": str(out)}
        answer(document, as_json=as_json)


def _off_process(
    by: Actor, period: tuple[date, date], instants: tuple[datetime, datetime], form: str
) -> tuple[bytes, int]:
    """The file and how many rows it has; `instants` are what is asked for, and now."""
    from lienthong.audit import trail
    from lienthong.cards import findings, offprocesslist
    from lienthong.database.scope import acting

    at, now = instants
    with acting(by, at=now):
        filters = findings.FindingFilter(found=period)
        lines = list(findings.every_finding(by, filters=filters, at=at))
        subjects = sorted({("dossier", line.dossier_id) for line in lines})
        purpose = f"Báo cáo {_OFF_PROCESS} tại máy chủ"
        trail.viewed(by, at=now, subjects=subjects, purpose=purpose)
    return offprocesslist.WRITERS[form](lines), len(lines)


def _books(
    by: Actor, period: tuple[date, date], instants: tuple[datetime, datetime], form: str
) -> tuple[bytes, int]:
    """As `_off_process`; the books name nobody."""
    from lienthong.reports import books

    lines = books.rows(by, period, as_of=instants[0])
    return books.WRITERS[form](lines), len(lines)


def _check(name: str, first: date, last: date, out: Path) -> None:
    if name not in _NAMES:
        known = ", ".join(_NAMES)
        raise Refused(f"Chưa có báo cáo «{name}». Hiện có: {known}.", code="E-REPORT", field="name")
    if last < first:
        raise Refused("Ngày cuối sớm hơn ngày đầu.", code="E-PERIOD", field="to")
    if out.suffix.lower() not in _FORMATS:
        formats = ", ".join(_FORMATS)
        raise Refused(f"Tệp phải có đuôi {formats}.", code="E-FORMAT", field="out")
    if not out.parent.is_dir():
        raise Refused(f"Không có thư mục {out.parent}.", code="E-FOLDER", field="out")


def _instant(text: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(
            f"«{text}» không phải thời điểm dạng 2026-11-24T09:00:00+07:00.",
            code="E-INSTANT",
            field="as_of",
        )
    if at > now:
        raise Refused("Thời điểm lấy số liệu chưa đến.", code="E-INSTANT", field="as_of")
    return at


COMMANDS = (report,)
