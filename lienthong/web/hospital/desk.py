"""What every page of the desk shares: the clerk, the permission it stands for, the renewed session, errors."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect

from lienthong.accounts.permissions import Permission
from lienthong.cards.lookup import Verdict
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import LienthongError, Unavailable
from lienthong.web import answers
from lienthong.web.hospital import session
from lienthong.web.hospital.session import Clerk
from lienthong.web.page import PAGES, PageEntry, now

SIGN_IN = "hospital-sign-in"
_READING = ("GET", "HEAD")
SHUT_VI = {
    Verdict.CLOSED: "Cửa tra cứu đang tạm đóng cho mọi cơ sở. Điều này không nói gì về thẻ của người bệnh.",
    Verdict.OVER_LIMIT: "Tài khoản của cơ sở đã hỏi quá mức cho phép. Điều này không nói gì về thẻ của người bệnh.",
}
_ENDED = frozenset({Verdict.NO_ACCOUNT, Verdict.STAFF_UNKNOWN, Verdict.STAFF_NAME})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in clerk."""

    request: HttpRequest
    clerk: Clerk
    at: datetime

    @property
    def on(self) -> date:
        """The Vietnamese day."""
        return vietnam_date(self.at)

    @property
    def is_post(self) -> bool:
        """True when something was sent."""
        return self.request.method == "POST"

    @property
    def request_id(self) -> str:
        """The request in the log."""
        return str(self.request.request_id)  # type: ignore[attr-defined]

    def value(self, name: str) -> str:
        """What was typed, without surrounding blanks; '' when absent."""
        source = self.request.POST if self.is_post else self.request.GET
        return str(source.get(name, "")).strip()[:300]

    def show(self, template: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        """The page, with the clerk in its head."""
        return render(self.request, template, {"clerk": self.clerk, **context}, status=status)


class SignedOut(Exception):
    """The account, its password or the clerk's registration is over: sign in again."""


def need_open(verdict: str) -> None:
    """Raise SignedOut or Unavailable for a verdict that says that nobody may ask now."""
    if verdict in _ENDED:
        raise SignedOut
    if verdict in SHUT_VI:
        raise Unavailable(SHUT_VI[Verdict(verdict)], code=verdict)


def desk_page(
    address: str,
    *,
    needs: Permission,
    name: str,
    reveals: Literal["person"] | None = None,
    posts: bool = False,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Register a page for clerks. Whom it shows, the database function that answers it logs."""
    methods = ("GET", "HEAD", "POST") if posts else _READING

    def register(function: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(function)
        def view(request: HttpRequest, **parts: object) -> HttpResponseBase:
            if request.method not in methods:
                return answers.wrong_method(request, methods)
            at = now()
            clerk = session.read(request, at=at)
            if clerk is None:
                return _to_sign_in(request)
            try:
                response = function(Visit(request, clerk, at), **parts)
            except SignedOut:
                return _to_sign_in(request, is_ended=True)
            except LienthongError as error:
                response = answers.of_error(request, error)
            except OperationalError:
                response = answers.of_error(request, Unavailable("Cơ sở dữ liệu chưa trả lời."))
            session.keep(response, request, clerk, at=at)
            return answers.with_no_store(response)

        PAGES.append(PageEntry(address, name, needs, reveals, methods, csrf_protect(view)))
        return function

    return register


def _to_sign_in(request: HttpRequest, *, is_ended: bool = False) -> HttpResponse:
    to = reverse(SIGN_IN)
    if is_ended:
        to += "?het=1"
    elif request.method in _READING:
        to += f"?tiep={quote(request.path, safe='')}"
    response = HttpResponse(status=303, headers={"Location": to})
    if is_ended:
        session.forget(response, request)
    answers.with_no_store(response)
    return response
