"""Mức độ đầy đủ dữ liệu: the score of provinces, units, communes and agencies, who lacks what, and the dated criteria."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import VIETNAM, parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import agentproposals, completeness, scores
from lienthong.persons.agentlook import FIELDS_VI
from lienthong.persons.completeness import APPLIES_VI, CriterionLine, NewCriterion
from lienthong.persons.scores import LEVELS_VI, SHORT_VI, MissingFilter, MissingLine, Score
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_FIELDS = ("full_name", "birth_date", "household", "address")
_PAGE_SIZE = 50
_MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One place of the table: its score, its cells in the order of the criteria, and where a click leads."""

    score: Score
    cells: list[tuple[int, str]]
    url: str
    missing_url: str


@page("can-bo/day-du-du-lieu/", name="completeness", needs=Permission.COMPLETENESS_VIEW)
def table(call: Call) -> Answer:
    """Scores by province, unit, commune or agency as of a counted day; each number opens who stands behind it. No person."""
    level, unit = _level(call), call.number("don-vi")
    day, said = _day(call)
    counted = scores.counted_on(call.by, day)
    if counted is None:
        return Show("staff/completeness.html", {"counted": None, "day": day, "said": said})
    listed = completeness.criteria(call.by, day=counted[0])
    found = scores.scores(call.by, level, day=counted[0], unit_id=unit)
    rows = [_row(it, listed, level, unit) for it in found]
    whole = (
        None if level == "agency" or not found else _row(scores.together(found), listed, "", unit)
    )
    context = {
        "counted": counted[0],
        "counted_at": counted[1],
        "day": day,
        "today": call.on,
        "said": said,
        "listed": listed,
        "short": SHORT_VI,
        "rows": rows,
        "whole": whole,
        "level": level,
        "levels": [
            (key, label, f"?{_query(level=key, day=day, unit=0)}")
            for key, label in LEVELS_VI.items()
            if key != "province" or call.by.everywhere
        ],
        "unit": unit,
        "trend": scores.trend(call.by, day=counted[0], unit_id=unit),
        "file_url": f"{reverse('completeness-file')}?{_query(level=level, day=day, unit=unit)}",
    }
    return Show("staff/completeness.html", context)


@page("can-bo/day-du-du-lieu/tep/", name="completeness-file", needs=Permission.COMPLETENESS_VIEW)
def file(call: Call) -> Answer:
    """The table as a workbook. No person."""
    level, (day, _) = _level(call), _day(call)
    counted = scores.counted_on(call.by, day)
    shown_day = counted[0] if counted else day
    listed = completeness.criteria(call.by, day=shown_day)
    found = scores.scores(call.by, level, day=shown_day, unit_id=call.number("don-vi"))
    heads = [(it.code, it.words_vi) for it in listed]
    return File(scores.as_xlsx(found, heads, LEVELS_VI[level]), "day-du-du-lieu.xlsx", XLSX)


@page(
    "can-bo/day-du-du-lieu/con-thieu/",
    name="incomplete",
    needs=Permission.COMPLETENESS_VIEW,
    reveals="person",
)
def missing(call: Call) -> Answer:
    """Who lacks something now: the list behind a number of the table."""
    asked = _asked(call)
    lines = scores.missing(call.by, asked, on=call.on, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    query = _missing_query(asked)
    context = {
        "asked": asked,
        "rows": shown,
        "criteria": completeness.criteria(call.by, day=call.on),
        "may_edit": call.by.may(Permission.HOUSEHOLD_VIEW),
        "next_url": f"?{query}&sau={shown[-1].id}" if len(lines) > _PAGE_SIZE else "",
        "file_url": f"{reverse('incomplete-file')}?{query}",
    }
    return Show("staff/incomplete.html", context, subjects=_subjects(shown), fields=_FIELDS)


@page(
    "can-bo/day-du-du-lieu/con-thieu/tep/",
    name="incomplete-file",
    needs=Permission.COMPLETENESS_VIEW,
    reveals="person",
)
def missing_file(call: Call) -> Answer:
    """The same list as a workbook, at most 20,000 rows."""
    lines = scores.missing(call.by, _asked(call), on=call.on, limit=_MOST_LINES)
    body = scores.missing_as_xlsx(lines)
    return File(body, "con-thieu.xlsx", XLSX, subjects=_subjects(lines), fields=_FIELDS)


@page("can-bo/day-du-du-lieu/dai-ly/", name="agents-done", needs=Permission.COMPLETENESS_VIEW)
def done(call: Call) -> Answer:
    """What each agent brought in a time, by field: waiting, confirmed, written at once, returned. No citizen."""
    first, last, said = _span(call)
    start = datetime.combine(first, time(), VIETNAM)
    end = datetime.combine(last + timedelta(days=1), time(), VIETNAM)
    lines = agentproposals.counts(call.by, first=start, until=end)
    context = {
        "first": first,
        "last": last,
        "today": call.on,
        "said": said,
        "rows": [(it, FIELDS_VI[it.field]) for it in lines],
        "people": people(call, {it.made_by for it in lines}),
    }
    return Show("staff/agents_done.html", context)


@page(
    "can-bo/day-du-du-lieu/tieu-chi/",
    name="criteria",
    needs=Permission.COMPLETENESS_SET,
    posts=True,
)
def criteria(call: Call) -> Answer:
    """Every criterion there is and was; a new one is shown with its effect before it is set. No person."""
    names = (
        "ma",
        "noi-dung",
        "thong-tin",
        "doi-tuong",
        "trong-so",
        "ghi-thang",
        "tu-ngay",
        "can-cu",
    )
    typed = {name: call.value(name)[:300] for name in names}
    said, field, effect = "", "", None
    if call.is_post:
        try:
            if call.value("thao-tac") == "dung":
                last = _date(call.value("den-ngay"), "den-ngay")
                completeness.end_criterion(call.number("tieu-chi"), last, by=call.by, at=call.at)
                return Go(reverse("criteria"))
            new = _new(call)
            effect = completeness.effect(new, by=call.by, on=call.on)
            if call.value("thao-tac") == "dat":
                completeness.set_criterion(new, by=call.by, at=call.at)
                return Go(reverse("criteria"))
        except (Refused, Conflict, NotFound) as error:
            said, field, effect = error.message_vi, error.field, None
    listed = completeness.criteria(call.by)
    context = {
        "rows": listed,
        "typed": typed if call.is_post else {"tu-ngay": call.on.isoformat(), "trong-so": "10"},
        "said": said,
        "field": field,
        "effect": effect,
        "today": call.on,
        "fields": [(key, label) for key, label in FIELDS_VI.items() if key != "member"],
        "applies": APPLIES_VI.items(),
        "people": people(call, {it.made_by for it in listed}),
    }
    return Show("staff/criteria.html", context)


def _new(call: Call) -> NewCriterion:
    return NewCriterion(
        call.value("ma").upper()[:24],
        " ".join(call.value("noi-dung").split())[:300],
        call.value("thong-tin"),
        call.value("doi-tuong"),
        call.number("trong-so"),
        call.value("ghi-thang") == "1",
        _date(call.value("tu-ngay"), "tu-ngay"),
        " ".join(call.value("can-cu").split())[:300],
    )


def _row(score: Score, listed: list[CriterionLine], level: str, unit: int) -> Row:
    commune = score.place if level == "commune" else ""
    own = int(score.place) if level == "unit" and score.place.lstrip("-").isdigit() else unit
    base = MissingFilter(max(0, own), commune)
    here = reverse("incomplete")
    is_open = level in {"unit", "commune", ""} and own >= 0
    cells = []
    for it in listed:
        share = score.by_criterion.get(it.code)
        asked = MissingFilter(base.unit_id, commune, it.code)
        url = f"{here}?{_missing_query(asked)}" if is_open else ""
        cells.append((share.missing_count if share else 0, url))
    url = ""
    if level == "unit" and own > 0:
        url = f"?{_query(level='commune', day=None, unit=own)}"
    return Row(score, cells, url, f"{here}?{_missing_query(base)}" if is_open else "")


def _level(call: Call) -> str:
    asked = call.value("theo")
    if asked in LEVELS_VI:
        return asked
    if call.by.unit_code or call.number("don-vi"):
        return "commune"
    return "province" if call.by.everywhere else "unit"


def _query(*, level: str, day: date | None, unit: int) -> str:
    told = {"theo": level, "ngay": day.isoformat() if day else "", "don-vi": str(unit or "")}
    return urlencode({key: value for key, value in told.items() if value})


def _asked(call: Call) -> MissingFilter:
    return MissingFilter(
        call.number("don-vi"), call.value("xa")[:5], call.value("tieu-chi")[:24], call.number("sau")
    )


def _missing_query(asked: MissingFilter) -> str:
    told = {
        "don-vi": str(asked.unit_id or ""),
        "xa": asked.commune_code,
        "tieu-chi": asked.criterion,
    }
    return urlencode({key: value for key, value in told.items() if value})


def _day(call: Call) -> tuple[date, str]:
    try:
        day = parse_iso_date(call.value("ngay")) if call.value("ngay") else call.on
    except ValueError:
        return call.on, "Ngày không đúng; dưới đây là số mới nhất."
    return min(day, call.on), ""


def _span(call: Call) -> tuple[date, date, str]:
    """The days asked for; without them the month so far."""
    try:
        first = parse_iso_date(call.value("tu")) if call.value("tu") else call.on.replace(day=1)
        last = parse_iso_date(call.value("den")) if call.value("den") else call.on
    except ValueError:
        return call.on.replace(day=1), call.on, "Ngày không đúng; dưới đây là tháng này."
    return first, max(first, last), ""


def _date(text: str, field: str) -> date:
    try:
        return parse_iso_date(text)
    except ValueError as error:
        raise Refused("Hãy ghi ngày.", code="DAY", field=field) from error


def _subjects(lines: list[MissingLine]) -> list[tuple[str, int]]:
    return [("person", it.id) for it in lines]
