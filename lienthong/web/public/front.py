"""The citizens' first page (Trang đầu): what the system is, the three ways on, and which rules hold since when.

Needs no database, so that it stands while everything else is being mended.
"""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.kernel.dates import vietnam_date
from lienthong.law.regimes import Entry, Regime, register
from lienthong.web.page import now, open_page

# Of the register's entries, those that a family meets; the others speak to offices.
_FOR_FAMILIES = frozenset(
    {
        Regime.NUMBER_PID,
        Regime.PAPER_EXCEPTION,
        Regime.REISSUE_SAME_DAY,
        Regime.CHAIN_20WD,
        Regime.CHAIN_4WD,
        Regime.CHAIN_3WD,
        Regime.PORTAL_INTEGRATED,
        Regime.GCS_18,
        Regime.PDP_13_2023,
        Regime.PDP_91_2025,
    }
)
_MOST_NEWS, _MOST_COMING = 6, 2


@dataclass(frozen=True, slots=True)
class News:
    """A rule and its first day; `is_coming` while that day is ahead."""

    title_vi: str
    instrument: str
    since: date
    is_coming: bool


@open_page("", name="front")
def front(request: HttpRequest) -> HttpResponse:
    """What a parent, a hospital or an official finds at the root."""
    return render(
        request, "public/front.html", {"news": news(vietnam_date(now())), "here": "front"}
    )


def news(on: date) -> tuple[News, ...]:
    """The rules for families, the latest first: six at most, of them the next two that are still to come."""
    told = [it for it in register() if it.regime in _FOR_FAMILIES and not _is_over(it, on)]
    told.sort(key=lambda it: it.valid.start, reverse=True)
    further = sum(it.valid.start > on for it in told) - _MOST_COMING
    told = told[max(further, 0) :]
    return tuple(
        News(it.title_vi, it.instrument, it.valid.start, is_coming=it.valid.start > on)
        for it in told[:_MOST_NEWS]
    )


def _is_over(entry: Entry, on: date) -> bool:
    return entry.valid.end is not None and entry.valid.end <= on
