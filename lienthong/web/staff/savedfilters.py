"""Filters an officer keeps (bộ lọc đã lưu): saved under a name on their page, opened there, deleted here or there."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from django.urls import reverse

from lienthong.accounts import actions, queries
from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

# Of each page, what a filter may hold: never a searched name.
_PAGES = {
    "work": ("Việc đang chờ tôi", ("loai", "ai", "qua-han")),
    "queue": ("Danh sách hồ sơ", ("giai-doan", "don-vi", "qua-han")),
}
_MOST_VALUE = 30


@dataclass(frozen=True, slots=True)
class Saved:
    """One kept filter as a link."""

    id: int
    name: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SavedOnPage:
    """The filters of one page, and the query that the page shows now."""

    page: str
    title_vi: str
    entries: list[Saved]
    query: str


def on_page(call: Call, name: str, query: str = "") -> SavedOnPage:
    """What the officer keeps on that page. `query` is what the page shows now, to be kept too. One query."""
    kept = queries.saved_filters(call.by, name)
    here, address = _known(name, query), reverse(name)
    entries = [
        Saved(it.id, it.name, f"{address}?{it.query}" if it.query else address, it.query == here)
        for it in kept
    ]
    return SavedOnPage(name, _PAGES[name][0], entries, here)


@page("can-bo/bo-loc/", name="filters", needs=Permission.DOSSIER_QUEUE, posts=True)
def filters(call: Call) -> Answer:
    """The kept filters of every page; the form keeps one or deletes one, and leads back to its page."""
    context: dict[str, object] = {}
    if call.is_post:
        name = call.value("trang") if call.value("trang") in _PAGES else "work"
        query = _known(name, call.value("truy-van")[:500])
        try:
            _save(call, name, query)
            return Go(reverse(name) + (f"?{query}" if query else ""))
        except Refused as error:
            context |= {"said": error.message_vi, "typed": call.value("ten-bo-loc")[:60]}
            context |= {"trang": name, "truy_van": query}
    context["pages"] = [on_page(call, name) for name in _PAGES]
    return Show("staff/filters.html", context)


def _save(call: Call, name: str, query: str) -> None:
    if call.value("thao-tac") == "xoa":
        if not actions.forget_filter(call.number("bo-loc"), by=call.by, at=call.at):
            raise NotFound("Không tìm thấy bộ lọc.")
        return
    actions.save_filter(name, call.value("ten-bo-loc"), query, by=call.by, at=call.at)


def _known(name: str, query: str) -> str:
    """The part of the query that is a filter of the page, in the page's own order."""
    given = parse_qs(query)
    wanted = {key: given[key][0][:_MOST_VALUE] for key in _PAGES[name][1] if key in given}
    return urlencode(wanted)
