"""What a parent does at `/tra-cuu/`: follow a dossier, check a card, and after a code on the telephone see who looked.

Works without a script. Nothing personal stands in an address: every question is sent by a form. All misses are one page,
and all answers take the same time (`FLOOR_HEADER`; the front waits, so that no thread does).
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Final

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from lienthong.births import following
from lienthong.births.following import Asked, Missed
from lienthong.cards.links import Visit
from lienthong.cards.lookup import key_of
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.codes import is_commune_code
from lienthong.kernel.dates import vietnam_date
from lienthong.notices import passcodes
from lienthong.web.headers import FLOOR_HEADER
from lienthong.web.page import now, open_page

_FLOOR_MS: Final = "400"
_TICKET_SALT: Final = "tra-cuu"
_TICKET_SECONDS: Final = 900
_LONGEST: Final = {"ten": 120, "sinh": 10, "ma": 40, "xa": 5, "quyen": 40, "so": 20, "nam": 4}
_CITIZEN: Final = Actor("tra cứu", ActorKind.CITIZEN, frozenset(), person_key=0)
_OLDEST_YEAR: Final = 2015
_WAYS: Final = ("the", "ho-so", "khai-sinh")


@open_page("tra-cuu/", name="follow", posts=True, reveals="person")
def follow(request: HttpRequest) -> HttpResponseBase:
    """The question, and its answer on the same page."""
    if request.method != "POST":
        way = request.GET.get("cach", "the")
        return _shown(request, "public/follow.html", {"way": way if way in _WAYS else "the"})
    typed = _typed(request)
    asked, errors = _asked(request, typed)
    if asked is None:
        wrong = {"way": typed["cach"], "typed": typed, "errors": errors}
        return _even(_shown(request, "public/follow.html", wrong, status=422))
    found = following.follow(asked)
    context: dict[str, object] = {"way": typed["cach"], "typed": typed}
    if isinstance(found, Missed):
        minutes = -(-found.wait_seconds // 60)
        status = 429 if found.wait_seconds else 200
        response = _shown(
            request,
            "public/follow.html",
            context | {"missed": True, "minutes": minutes},
            status=status,
        )
        if found.wait_seconds:
            response["Retry-After"] = str(found.wait_seconds)
        return _even(response)
    ticket = signing.dumps(found.person_id, salt=_TICKET_SALT) if found.person_id else ""
    context = {"found": found, "ticket": ticket, "name": typed["ten"], "today": asked.on}
    return _even(_shown(request, "public/followed.html", context))


@open_page("tra-cuu/ma/", name="follow-code", posts=True)
def send_code(request: HttpRequest) -> HttpResponseBase:
    """Send a code to the address on file, and ask for it; the page is the same whether there is one."""
    person_id = _person_of(request.POST.get("ve", ""))
    if request.method != "POST" or person_id is None:
        return _shown(request, "public/follow.html", {"way": "the", "expired": True}, status=410)
    nonce = passcodes.send(person_id, by=_CITIZEN, at=now())
    return _even(
        _shown(request, "public/follow_code.html", {"nonce": nonce, "ticket": request.POST["ve"]})
    )


@open_page("tra-cuu/chi-tiet/", name="follow-card", posts=True, reveals="person")
def details(request: HttpRequest) -> HttpResponseBase:
    """The card, and who looked at the child's data; for a quarter of an hour after the code."""
    nonce = _nonce_of(request.POST.get("phien", ""))
    if request.method != "POST" or nonce is None:
        return _shown(request, "public/follow.html", {"way": "the", "expired": True}, status=410)
    code = request.POST.get("ma", "")
    is_open = passcodes.opens(nonce, code) if code else True
    found = following.card(nonce, request_id=request.request_id) if is_open else None  # type: ignore[attr-defined]
    if found is None:
        context = {"nonce": nonce, "is_wrong": True, "ticket": request.POST.get("ve", "")}
        return _even(_shown(request, "public/follow_code.html", context, status=422))
    today = vietnam_date(now())
    context = {
        "card": found,
        "id_beside": found.id_beside(today),
        "looks": following.looks(nonce),
        "nonce": nonce,
        "today": today,
    }
    return _even(_shown(request, "public/follow_card.html", context))


def _shown(
    request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    return render(request, template, {**context, "here": "follow"}, status=status)


def _even(response: HttpResponse) -> HttpResponse:
    """No answer is quicker than another, and none is kept or found by a search engine."""
    response[FLOOR_HEADER] = _FLOOR_MS
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _typed(request: HttpRequest) -> dict[str, str]:
    way = request.POST.get("cach", "the")
    said = {
        name: request.POST.get(name, "").strip()[:longest] for name, longest in _LONGEST.items()
    }
    return said | {"cach": way if way in _WAYS else "the"}


def _asked(request: HttpRequest, typed: Mapping[str, str]) -> tuple[Asked | None, dict[str, str]]:
    """The question, or what is wrong with each field."""
    on = vietnam_date(now())
    errors: dict[str, str] = {}
    birth = _day_of(typed["sinh"])
    if not typed["ten"]:
        errors["ten"] = "Hãy ghi họ và tên của trẻ như trong giấy khai sinh."
    if birth is None or birth > on or birth.year < _OLDEST_YEAR:
        errors["sinh"] = "Hãy ghi đủ ngày, tháng, năm sinh của trẻ, ví dụ 05/03/2025."
    errors |= _wrong(typed, on)
    if errors or birth is None:
        return None, errors
    address = str(request.META.get("REMOTE_ADDR", ""))
    asked = Asked(
        typed["ten"],
        birth,
        Visit(address, "").network,
        on,
        key=key_of(typed["ma"], on=on) if typed["cach"] == "the" else None,
        dossier_code=typed["ma"].upper() if typed["cach"] == "ho-so" else "",
        registration=_registration(typed) if typed["cach"] == "khai-sinh" else None,
        request_id=request.request_id,  # type: ignore[attr-defined]
    )
    return asked, {}


def _wrong(typed: Mapping[str, str], on: date) -> dict[str, str]:
    if typed["cach"] == "the":
        is_right = key_of(typed["ma"], on=on).given is None
        return (
            {}
            if is_right
            else {
                "ma": "Số này phải có 10, 12, 15 hoặc 17 ký tự. Hãy xem lại trên thẻ hoặc giấy khai sinh."
            }
        )
    if typed["cach"] == "ho-so":
        return (
            {}
            if typed["ma"]
            else {"ma": "Hãy ghi mã hồ sơ trong giấy hẹn hoặc tin nhắn, ví dụ HS-2026-000123."}
        )
    errors = {}
    if not is_commune_code(typed["xa"]):
        errors["xa"] = "Mã xã, phường có 5 chữ số, in trên giấy khai sinh hoặc hỏi nơi đăng ký."
    if not typed["quyen"]:
        errors["quyen"] = "Hãy ghi quyển số."
    if not typed["so"]:
        errors["so"] = "Hãy ghi số đăng ký."
    is_year = typed["nam"].isascii() and typed["nam"].isdigit()
    if not (is_year and _OLDEST_YEAR <= int(typed["nam"]) <= on.year):
        errors["nam"] = "Hãy ghi năm đăng ký, ví dụ 2026."
    return errors


def _registration(typed: Mapping[str, str]) -> tuple[str, str, str, int]:
    return typed["xa"], typed["quyen"], typed["so"], int(typed["nam"])


def _day_of(text: str) -> date | None:
    """A day as people write it (05/03/2025, 5-3-2025), or as a browser's field sends it (2025-03-05)."""
    parts = text.replace("-", "/").replace(".", "/").split("/")
    if len(parts) != len(("day", "month", "year")) or not all(
        it.isascii() and it.isdigit() for it in parts
    ):
        return None
    numbers = [int(it) for it in parts]
    year, month, day = numbers if len(parts[0]) == len("2025") else reversed(numbers)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _person_of(ticket: str) -> int | None:
    try:
        return int(signing.loads(ticket, salt=_TICKET_SALT, max_age=_TICKET_SECONDS))
    except signing.BadSignature:
        return None


def _nonce_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
