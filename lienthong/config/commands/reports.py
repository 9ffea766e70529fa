"""`lienthong report …`: an official form as a file, as things stood at an instant."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, database, json_option
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused

_OFF_PROCESS = "sai-quy-trinh"
_COUNTED = ("phu-luc-1", "ton-dong", "chua-co-dinh-danh", "thu-cong")
_BOOKS = "doi-soat"
_NAMES = (*_COUNTED, _OFF_PROCESS, _BOOKS)
_FORMATS = (".csv", ".xlsx", ".json")
_LEVELS = ("country", "province", "district", "unit", "commune")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to say, and as which file."""

    name: str
    period: tuple[date, date]
    as_of: datetime
    now: datetime
    form: str
    level: str
    within: str


@click.command("report")
@click.argument("name")
@click.option("--from", "first", type=DAY, required=True, help="Ngày đầu.")
@click.option("--to", "last", type=DAY, required=True, help="Ngày cuối, tính cả ngày này.")
@click.option(
    "--as-of", "as_of", help="Số liệu tại thời điểm này (ISO, có múi giờ; mặc định: bây giờ)."
)
@click.option("--level", type=click.Choice(_LEVELS), default="province", show_default=True)
@click.option("--within", default="", help="Mã tỉnh, huyện, đơn vị hoặc xã; mặc định: toàn quốc.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def report(out: Path, *, as_json: bool, **words: Any) -> None:  # noqa: ANN401 - click
    """Lập một biểu mẫu thành tệp csv, xlsx hoặc json."""
    name, first, last = words["name"], words["first"], words["last"]
    _check(name, first, last, out)
    with database():
        from lienthong.births import enrolment

        now, by = clock.now(), enrolment.system()
        _check_days(first, last)
        at = now if words["as_of"] is None else _instant(words["as_of"], now)
        wanted = Wanted(
            name, (first, last), at, now, out.suffix.lower(), words["level"], words["within"]
        )
        make = {_OFF_PROCESS: _off_process, _BOOKS: _books}.get(name, _counted)
        content, count = make(by, wanted)
        part = out.with_name(out.name + ".part")
        part.write_bytes(content)
        part.replace(out)
        document = {"report": name, "as_of": at.isoformat(), "rows": count, "out": str(out)}
        answer(document, as_json=as_json)


def _counted(by: Actor, wanted: Wanted) -> tuple[bytes, int]:
    """The file and how many rows it has: the lines of a list, else the places. Who is named is logged before."""
    from lienthong.audit import trail
    from lienthong.cards import officetime
    from lienthong.database.scope import acting
    from lienthong.kernel.dates import vietnam_date
    from lienthong.reports import files, forms, workbooks

    officetime.ensure(vietnam_date(wanted.now))
    with acting(by, at=wanted.now):
        where = forms.Where(wanted.period, wanted.as_of, wanted.within)
        table = forms.table(
            by, wanted.name, wanted.period, wanted.as_of, wanted.level, wanted.within
        )
        lines = list(forms.lines(by, wanted.name, where)) if table.form.list_of else None
        if lines:
            subjects = sorted(
                {("dossier", line.dossier_id) for line in lines if line.dossier_id is not None}
            )
            purpose = f"Báo cáo {wanted.name} tại máy chủ"
            trail.viewed(by, at=wanted.now, subjects=subjects, purpose=purpose)
    writers = {".xlsx": workbooks.as_xlsx, ".json": files.as_json, ".csv": files.as_csv}
    return writers[wanted.form](table, lines), len(table.rows if lines is None else lines)


def _off_process(by: Actor, wanted: Wanted) -> tuple[bytes, int]:
    """As `_counted`: the operations that left the procedure, found in the period."""
    from lienthong.audit import trail
    from lienthong.cards import findings, offprocesslist
    from lienthong.database.scope import acting

    with acting(by, at=wanted.now):
        filters = findings.FindingFilter(found=wanted.period, province_code=wanted.within)
        lines = list(findings.every_finding(by, filters=filters, at=wanted.as_of))
        subjects = sorted({("dossier", line.dossier_id) for line in lines})
        purpose = f"Báo cáo {_OFF_PROCESS} tại máy chủ"
        trail.viewed(by, at=wanted.now, subjects=subjects, purpose=purpose)
    return offprocesslist.WRITERS[wanted.form](lines), len(lines)


def _books(by: Actor, wanted: Wanted) -> tuple[bytes, int]:
    """As `_counted`; the books name nobody."""
    from lienthong.reports import books

    lines = books.rows(by, wanted.period, as_of=wanted.as_of)
    return books.WRITERS[wanted.form](lines), len(lines)


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


def _check_days(first: date, last: date) -> None:
    from lienthong.kernel.dates import day_first
    from lienthong.reports import forms

    if first < forms.DAYS[0] or last > forms.DAYS[1]:
        days = " đến ".join(map(day_first, forms.DAYS))
        raise Refused(f"Ngày phải từ {days}.", code="E-PERIOD", field="from")


def _instant(text: str, now: datetime) -> datetime:
    from lienthong.kernel.dates import day_first
    from lienthong.reports import forms

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
    if at.date() <= forms.DAYS[0]:
        raise Refused(
            f"Thời điểm phải sau {day_first(forms.DAYS[0])}.", code="E-INSTANT", field="as_of"
        )
    if at > now:
        raise Refused("Thời điểm lấy số liệu chưa đến.", code="E-INSTANT", field="as_of")
    return at


COMMANDS = (report,)
