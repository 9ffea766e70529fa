"""Whom to call in a province (Hỗ trợ, letter 5052 §2, 3): the published directory, found also by the names of before.

One statement. Shows what the provinces let everybody know, and since when it counts as right.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.catalogues.contacts import PATIENCE, Duty, HelpLine, ProvinceHelp, public_contacts
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.names import fold_key
from lienthong.law.provinces import province_earlier_names
from lienthong.law.regimes import Regime, holds
from lienthong.web.page import now, open_page

_MOST_SEARCHED = 60
_FEW = 3
# How people begin a province's name; it tells none from another.
_TITLES = re.compile(r"^(thanh pho|tinh|tp)\b")
_WORDS = re.compile(r"[a-z0-9]+")
_MOBILE = re.compile(r"(0\d{3})(\d{3})(\d{3})")


@dataclass(frozen=True, slots=True)
class Line:
    """A help line as a telephone shows it: `phone` in groups to read, `dial` to tap."""

    told: HelpLine
    phone: str
    dial: str
    is_old: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A province, what its parts were called before, its hotline and whoever else may be called."""

    code: str
    name: str
    earlier: tuple[str, ...]
    hotline: Line | None
    others: tuple[Line, ...]
    checked_on: date | None
    is_old: bool

    def has(self, words: set[str]) -> bool:
        """True when one of its names has all the words."""
        return any(words <= own for own in self._names())

    def begins(self, words: set[str]) -> bool:
        """True when one of its names has, for each of the words, one that begins so."""
        return any(
            all(any(part.startswith(word) for part in own) for word in words)
            for own in self._names()
        )

    def _names(self) -> list[set[str]]:
        return [set(_words(name)) for name in (self.name, *self.earlier)]


@open_page("ho-tro/", name="help")
def help_of_provinces(request: HttpRequest) -> HttpResponse:
    """Every province, or those whose name answers to `tim`."""
    on = vietnam_date(now())
    asked = " ".join(str(request.GET.get("tim", "")).split())[:_MOST_SEARCHED]
    every = places(on)
    found = search(every, asked) if asked else every
    context = {
        "here": "help",
        "asked": asked,
        "found": found,
        "is_missed": not found,
        "is_few": len(found) <= _FEW,
        "total": len(every),
        "patience": PATIENCE.days,
    }
    return render(request, "public/help.html", context)


def places(on: date) -> list[Place]:
    """The provinces of the day in the order of the alphabet, the titles before their names left aside."""
    found = [_place(it, on) for it in public_contacts(on)]
    return sorted(found, key=lambda it: " ".join(_words(it.name)))


def search(every: list[Place], asked: str) -> list[Place]:
    """Those with a name of just these words; where there is none, those whose names begin so, as one types."""
    words = set(_words(asked))
    if not words:
        return []
    return [it for it in every if it.has(words)] or [it for it in every if it.begins(words)]


def _place(told: ProvinceHelp, on: date) -> Place:
    lines = [_line(it, on) for it in told.lines]
    hotline = next((it for it in lines if it.told.duty is Duty.HOTLINE), None)
    earlier = province_earlier_names(told.province_code) if holds(Regime.ADMIN_34, on=on) else ()
    return Place(
        told.province_code,
        told.province_name,
        earlier,
        hotline,
        tuple(it for it in lines if it is not hotline),
        told.checked_on,
        any(it.is_old for it in lines),
    )


def _line(told: HelpLine, on: date) -> Line:
    dial = re.sub(r"[^+0-9]", "", told.phone)
    mobile = _MOBILE.fullmatch(dial)
    phone = " ".join(mobile.groups()) if mobile else told.phone
    return Line(told, phone, dial, is_old=told.is_stale(on))


def _words(name: str) -> list[str]:
    return _WORDS.findall(_TITLES.sub("", fold_key(name)))
