"""Books that balance (Đối soát với Bộ Tư pháp, INV-45): the figures by province, day and commune, and every difference.

Each figure opens the differences behind it, and each difference leads to its birth.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import parse_iso_date, vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.oversight import differences, resending, statements
from lienthong.oversight.differences import DifferenceFilter, DifferenceLine
from lienthong.oversight.reasons import BOOKS_VI, REASONS, WEIGHTS_VI, Weight
from lienthong.reports import books
from lienthong.reports.books import BookLine
from lienthong.web.answers import XLSX, Answer, File, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.asked import instant, written

_PAGE_SIZE = 50
_LAST_DAYS = timedelta(days=7)
_LONGEST = timedelta(days=366)
_LONGEST_OF_COMMUNES = timedelta(days=91)
_MOST_IN_FILE = 100_000
_STATEMENTS = 100
_WORST_FIRST = (Weight.UNEXPLAINED, Weight.PASSING, Weight.FINAL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page is asked for: days, a province, and a past instant; None for now."""

    first: date
    last: date
    province_code: str
    past: datetime | None = None

    @property
    def is_one_day(self) -> bool:
        """True for a single day."""
        return self.first == self.last

    def query(self, **more: object) -> str:
        """The same as the tail of an address, with further values."""
        past = written(self.past) if self.past else ""
        words = {
            "tu": self.first,
            "den": self.last,
            "tinh": self.province_code,
            "luc": past,
            **more,
        }
        return urlencode({name: value for name, value in words.items() if value not in {"", None}})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the figures: where it leads one step down, and where its differences are."""

    line: BookLine
    label_vi: str
    url: str
    open_url: str
    unexplained_url: str


@page("can-bo/doi-soat/", name="books", needs=Permission.BOOKS_VIEW)
def book_page(call: Call) -> Answer:
    """The figures: by province for the country, by day for a province, by commune for a day of it."""
    wanted, said = _wanted(call)
    level = "province" if not wanted.province_code else "commune" if wanted.is_one_day else "day"
    lines = books.rows(
        call.by,
        (wanted.first, wanted.last),
        as_of=wanted.past or call.at,
        level="commune" if level == "commune" else "province",
        within=wanted.province_code,
        by_day=level == "day",
    )
    whole = books.total(lines)
    filters = DifferenceFilter(wanted.first, wanted.last, wanted.province_code)
    reasons = differences.counts(call.by, filters, as_of=wanted.past or call.at)
    context = {
        "wanted": wanted,
        "said": said,
        "level": level,
        "rows": [_row(line, wanted, level) for line in lines],
        "whole": whole,
        "reasons": [
            (
                it,
                f"{reverse('book-differences')}?{wanted.query(**{'ly-do': it.reason, 'so': it.book})}",
            )
            for it in reasons
        ],
        "list_url": f"{reverse('book-differences')}?{wanted.query(muc=Weight.UNEXPLAINED)}",
        "file_url": f"{reverse('books-file')}?{wanted.query()}",
        "up_url": _up(wanted, level),
        "provinces": _provinces(call),
        "province": _province_name(call, wanted.province_code),
        "is_bounded": not call.by.everywhere,
        "latest": call.on - timedelta(days=1),
        "live_url": f"{reverse('books')}?{replace(wanted, past=None).query()}",
        "at": wanted.past or call.at,
        "now": call.at,
    }
    return Show("staff/books.html", context)


@page("can-bo/doi-soat/tep/", name="books-file", needs=Permission.BOOKS_VIEW)
def books_file(call: Call) -> Answer:
    """The figures of a province's communes by day, as a workbook for its Department of Justice; of the country by province."""
    wanted, said = _wanted(call)
    if not said and wanted.province_code and wanted.last - wanted.first > _LONGEST_OF_COMMUNES:
        said = "Tệp theo từng xã, từng ngày gồm tối đa 92 ngày. Hãy chọn ít ngày hơn."
    if said:
        raise Refused(said, code="E-PERIOD", field="tu")
    period = (wanted.first, wanted.last)
    level = "commune" if wanted.province_code else "province"
    lines = books.rows(
        call.by, period, as_of=wanted.past or call.at, level=level, within=wanted.province_code
    )
    name = f"doi-soat-{wanted.province_code or 'ca-nuoc'}-{wanted.first}-{wanted.last}.xlsx"
    return File(books.as_xlsx(lines), name, XLSX)


@page(
    "can-bo/doi-soat/chenh-lech/",
    name="book-differences",
    needs=Permission.BOOKS_VIEW,
    reveals="person",
    posts=True,
)
def difference_list(call: Call) -> Answer:
    """Differences, the longest known first; the form asks for what is missing once more."""
    wanted, said = _wanted(call)
    filters = _filters(call, wanted)
    ticked = call.keys("dong") if call.is_post else []
    outcome = resending.ask_again(ticked, by=call.by, at=call.at) if ticked else None
    lines = differences.lines(call.by, filters, as_of=wanted.past or call.at, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    context = {
        "wanted": wanted,
        "said": said,
        "filters": filters,
        "lines": shown,
        "tabs": _tabs(call, wanted, filters),
        "reason": REASONS.get(filters.reason),
        "book_vi": BOOKS_VI.get(filters.book, ""),
        "outcome": outcome,
        "nothing_ticked": call.is_post and not ticked,
        "has_missing": any(it.is_missing for it in shown),
        "may_ask": call.by.may(Permission.RESEND_ASK) and wanted.past is None,
        "address": _address(wanted, filters, filters.after),
        "next_url": _address(wanted, filters, shown[-1].id) if len(lines) > _PAGE_SIZE else "",
        "file_url": f"{reverse('book-differences-file')}?{_query(wanted, filters, 0)}",
        "books_url": f"{reverse('books')}?{wanted.query()}",
        "province": _province_name(call, wanted.province_code),
        "at": wanted.past or call.at,
    }
    return Show(
        "staff/book_differences.html", context, subjects=_subjects(shown), fields=("messages",)
    )


@page(
    "can-bo/doi-soat/chenh-lech/tep/",
    name="book-differences-file",
    needs=Permission.BOOKS_VIEW,
    reveals="person",
)
def difference_file(call: Call) -> Answer:
    """The list as a workbook: ids, places and reasons; no name of anybody."""
    wanted, said = _wanted(call)
    if said:
        raise Refused(said, code="E-PERIOD", field="tu")
    filters = replace(_filters(call, wanted), after=0)
    lines = differences.lines(
        call.by, filters, as_of=wanted.past or call.at, limit=_MOST_IN_FILE + 1
    )
    if len(lines) > _MOST_IN_FILE:
        raise Refused(
            "Danh sách có hơn 100.000 dòng. Hãy chọn ít ngày hơn, một tỉnh hoặc một mức.",
            code="E-PERIOD",
            field="tu",
        )
    name = f"chenh-lech-{wanted.province_code or 'ca-nuoc'}-{wanted.first}-{wanted.last}.xlsx"
    body = differences.as_xlsx(lines)
    return File(body, name, XLSX, subjects=_subjects(lines), fields=("messages",))


@page(
    "can-bo/doi-soat/chenh-lech/<int:difference_id>/",
    name="book-difference",
    needs=Permission.BOOKS_VIEW,
    reveals="person",
    posts=True,
)
def one_difference(call: Call, difference_id: int) -> Answer:
    """One difference: both sides, why, what is to be done, how it stood before; and the way to its birth."""
    line = differences.one(call.by, difference_id)
    outcome = resending.ask_again([difference_id], by=call.by, at=call.at) if call.is_post else None
    if outcome is not None:
        line = differences.one(call.by, difference_id)
    trace_url = ""
    if line.message_ref is not None and call.by.may(Permission.DOSSIER_VIEW):
        trace_url = reverse("trace", kwargs={"message_id": line.message_id})
    wanted = Wanted(line.day, line.day, line.province_code)
    context = {
        "line": line,
        "history": differences.history(call.by, line),
        "outcome": outcome,
        "trace_url": trace_url,
        "may_ask": call.by.may(Permission.RESEND_ASK) and line.closed_at is None,
        "books_url": f"{reverse('books')}?{wanted.query()}",
        "weight_vi": WEIGHTS_VI[line.weight],
        "at": call.at,
    }
    return Show(
        "staff/book_difference.html", context, subjects=_subjects([line]), fields=("messages",)
    )


@page("can-bo/doi-soat/bang-ke/", name="statements", needs=Permission.BOOKS_VIEW)
def statement_list(call: Call) -> Answer:
    """The statements that came, the newest first, those that could not be taken with their reason."""
    province = call.value("tinh")[:2] if call.by.everywhere else call.by.province_code
    lines = statements.recent(call.by, province_code=province, limit=_STATEMENTS)
    context = {
        "lines": lines,
        "province": _province_name(call, province),
        "provinces": _provinces(call),
        "chosen": province,
        "most": _STATEMENTS,
        "at": call.at,
    }
    return Show("staff/statements.html", context)


def _wanted(call: Call) -> tuple[Wanted, str]:
    """The days and the province; the last week, and a sentence, when the days make no sense."""
    province = call.by.province_code
    if call.by.everywhere:
        asked = call.request.GET.get("tinh", "")
        province = asked if len(asked) == 2 and asked.isascii() and asked.isdigit() else ""  # noqa: PLR2004
    past, said = instant(call, "luc")
    today = vietnam_date(past) if past else call.on
    usual = Wanted(today - _LAST_DAYS, today - timedelta(days=1), province, past)
    texts = call.request.GET.get("tu", ""), call.request.GET.get("den", "")
    if not any(texts):
        return usual, said
    try:
        first, last = (parse_iso_date(text or texts[0]) for text in texts)
    except ValueError:
        return usual, "Ngày không hợp lệ. Đang hiện 7 ngày gần nhất."
    if last < first or last - first > _LONGEST:
        return usual, "Khoảng ngày không hợp lệ (tối đa một năm). Đang hiện 7 ngày gần nhất."
    return Wanted(first, min(last, call.on), province, past), said


def _filters(call: Call, wanted: Wanted) -> DifferenceFilter:
    asked = call.request.GET
    reason, weight, book = (asked.get(name, "") for name in ("ly-do", "muc", "so"))
    after = asked.get("sau", "")
    return DifferenceFilter(
        wanted.first,
        wanted.last,
        wanted.province_code,
        asked.get("xa", "")[:5] if "xa" in asked else None,
        reason if reason in REASONS else "",
        weight if weight in WEIGHTS_VI else "",
        book if book in BOOKS_VI else "",
        int(after) if after.isascii() and after.isdigit() and len(after) <= 18 else 0,  # noqa: PLR2004
    )


def _row(line: BookLine, wanted: Wanted, level: str) -> Row:
    here = replace(
        wanted,
        first=line.day or wanted.first,
        last=line.day or wanted.last,
        province_code=line.province_code or "",
    )
    more = {"xa": line.commune_code} if level == "commune" else {}
    label = line.place_vi
    if level == "day" and line.day is not None:
        label = f"{line.day:%d/%m/%Y}"
    query = urlencode(more) + "&" if more else ""
    lists = f"{reverse('book-differences')}?{query}{here.query()}"
    url = "" if level == "commune" or not line.province_code else here.query()
    return Row(
        line,
        label,
        f"{reverse('books')}?{url}" if url else "",
        f"{lists}&muc={Weight.PASSING}",
        f"{lists}&muc={Weight.UNEXPLAINED}",
    )


def _up(wanted: Wanted, level: str) -> str:
    """One step up from here; '' at the top."""
    if level == "commune":
        around = replace(
            wanted, first=wanted.first - _LAST_DAYS, last=wanted.last + timedelta(days=1)
        )
        return f"{reverse('books')}?{around.query()}"
    return f"{reverse('books')}?{replace(wanted, province_code='').query()}"


def _tabs(
    call: Call, wanted: Wanted, filters: DifferenceFilter
) -> list[tuple[str, str, int, bool]]:
    """The weights as links: label, address, count, whether it is the one shown."""
    every = replace(filters, weight="", after=0)
    found = differences.counts(call.by, every, as_of=wanted.past or call.at)
    tabs = []
    for weight in _WORST_FIRST:
        count = sum(it.count for it in found if it.weight is weight)
        url = _address(wanted, replace(every, weight=weight), 0)
        tabs.append((WEIGHTS_VI[weight], url, count, filters.weight == weight))
    total = sum(it.count for it in found)
    return [*tabs, ("Tất cả", _address(wanted, every, 0), total, not filters.weight)]


def _address(wanted: Wanted, filters: DifferenceFilter, after: int) -> str:
    return f"{reverse('book-differences')}?{_query(wanted, filters, after)}"


def _query(wanted: Wanted, filters: DifferenceFilter, after: int) -> str:
    more: dict[str, object] = {"ly-do": filters.reason, "muc": filters.weight, "so": filters.book}
    if after:
        more["sau"] = after
    tail = wanted.query(**more)
    return tail if filters.commune_code is None else f"{tail}&xa={filters.commune_code}"


def _provinces(call: Call) -> list[catalogues.ProvinceLine]:
    return catalogues.provinces(call.by, on=call.on) if call.by.everywhere else []


def _province_name(call: Call, code: str) -> str:
    found = catalogues.provinces(call.by, on=call.on) if code else []
    return next((it.name for it in found if it.code == code), code)


def _subjects(lines: list[DifferenceLine]) -> list[tuple[str, int]]:
    """The children behind them."""
    return sorted({("dossier", it.dossier_id) for it in lines if it.dossier_id is not None})
