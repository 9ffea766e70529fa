"""What every page shares: address, permission, actor, transaction, log of views, errors. Not for any one page.

    @page("can-bo/ho-so/", needs=Permission.DOSSIER_QUEUE, reveals="person")
    def queue(call: Call) -> Answer: ...

The session token stands only in an HttpOnly, SameSite=Strict cookie. A page runs in one transaction in the
officer's name, under row-level security; the log of whom it shows is committed with it, before the first byte.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.views.decorators.csrf import csrf_protect

from lienthong.accounts import sessions
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import LienthongError, NotAllowed, Unavailable
from lienthong.web import answers
from lienthong.web.answers import Answer, File, Go, Show

SIGN_IN = "sign-in"
_SIX_HUNDRED_DAYS = 600 * 24 * 3600
_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a signed-in officer: who, when, and the request itself."""

    request: HttpRequest
    by: Actor
    at: datetime

    @property
    def on(self) -> date:
        """The Vietnamese day whose law applies."""
        return vietnam_date(self.at)

    @property
    def is_post(self) -> bool:
        """True when something was sent, not only asked."""
        return self.request.method == "POST"

    def value(self, name: str) -> str:
        """A form or address value, without surrounding blanks; '' when absent."""
        source = self.request.POST if self.is_post else self.request.GET
        return str(source.get(name, "")).strip()

    def number(self, name: str) -> int:
        """A value as a whole number that a key can have; 0 when it is not one."""
        text = self.value(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _KEY_DIGITS else 0

    def keys(self, name: str) -> list[int]:
        """The ticked row keys of a form, each once, in the order of the page."""
        texts = self.request.POST.getlist(name)
        return list(
            dict.fromkeys(
                int(t) for t in texts if t.isascii() and t.isdigit() and len(t) <= _KEY_DIGITS
            )
        )


_KEY_DIGITS = 18
PageFunction = Callable[..., Answer]
OpenFunction = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One address: what it needs and whom it reveals. `needs` is None on the short list of open pages."""

    path: str
    name: str
    needs: Permission | None
    reveals: Literal["person"] | None
    methods: tuple[str, ...]
    view: Callable[..., HttpResponseBase]


PAGES: list[PageEntry] = []
"""Every page, in the order of its module's import; `web.urls` and the architecture tests read it."""


def page(
    address: str,
    *,
    needs: Permission,
    name: str,
    reveals: Literal["person"] | None = None,
    posts: bool = False,
) -> Callable[[PageFunction], PageFunction]:
    """Register a page for officers. `posts` lets it accept forms; `reveals` makes it name whom it shows."""
    methods = ("GET", "HEAD", "POST") if posts else _READING

    def register(function: PageFunction) -> PageFunction:
        @functools.wraps(function)
        def view(request: HttpRequest, **parts: object) -> HttpResponseBase:
            if request.method not in methods:
                return answers.wrong_method(request, methods)
            try:
                return _answer(request, function, parts, needs=needs, reveals=reveals)
            except LienthongError as error:
                return answers.of_error(request, error)
            except OperationalError:
                return answers.of_error(request, Unavailable("Cơ sở dữ liệu chưa trả lời."))

        PAGES.append(PageEntry(address, name, needs, reveals, methods, csrf_protect(view)))
        return function

    return register


def open_page(
    address: str, *, name: str, posts: bool = False, reveals: Literal["person"] | None = None
) -> Callable[[OpenFunction], OpenFunction]:
    """Register a page that anybody may open: it has no actor.

    It shows nobody's data, or, with `reveals`, what a secret in its address opens: the one database function that
    answers it writes the log of views itself.
    """
    methods = ("GET", "HEAD", "POST") if posts else _READING

    def register(function: OpenFunction) -> OpenFunction:
        @functools.wraps(function)
        def view(request: HttpRequest, **parts: object) -> HttpResponseBase:
            if request.method not in methods:
                return answers.wrong_method(request, methods)
            try:
                return answers.with_no_store(function(request, **parts))
            except LienthongError as error:
                return answers.of_error(request, error)
            except OperationalError:
                return answers.of_error(request, Unavailable("Cơ sở dữ liệu chưa trả lời."))

        PAGES.append(PageEntry(address, name, None, reveals, methods, csrf_protect(view)))
        return function

    return register


def url_patterns(door: str, *, without: tuple[str, ...] = ()) -> list[URLPattern]:
    """The addresses that begin with `door`, and with none of `without`, as seen from inside the door."""
    return [
        path(entry.path.removeprefix(door), entry.view, name=entry.name)
        for entry in PAGES
        if entry.path.startswith(door) and not entry.path.startswith(without)
    ]


def now() -> datetime:
    """The instant of this request, by the clock of the installation."""
    return settings.CLOCK()


def is_secure(request: HttpRequest) -> bool:
    """True when cookies may be bound to HTTPS."""
    return bool(settings.PRODUCTION) or request.is_secure()


def session_token(request: HttpRequest) -> str:
    """The token in the session cookie; '' without one."""
    return request.COOKIES.get(_session_cookie(request), "")


def device_token(request: HttpRequest) -> str:
    """The token by which this browser is known, '' for a new one."""
    return request.COOKIES.get(_device_cookie(request), "")


def keep_session(response: HttpResponseBase, request: HttpRequest, token: str) -> None:
    """Put the session into a cookie that scripts cannot read and other sites cannot send."""
    _keep(response, request, _session_cookie(request), token, max_age=None)


def keep_device(response: HttpResponseBase, request: HttpRequest, token: str) -> None:
    """Remember this browser for the next sign-in; it opens nothing by itself."""
    _keep(response, request, _device_cookie(request), token, max_age=_SIX_HUNDRED_DAYS)


def forget_session(response: HttpResponseBase, request: HttpRequest) -> None:
    """Take the cookie back and tell the browser to drop what it kept."""
    response.delete_cookie(_session_cookie(request), samesite="Strict")
    response["Clear-Site-Data"] = '"cache", "storage"'


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def _answer(
    request: HttpRequest,
    function: PageFunction,
    parts: dict[str, object],
    *,
    needs: Permission,
    reveals: Literal["person"] | None,
) -> HttpResponseBase:
    by = sessions.resume(session_token(request))
    if by is None:
        return _to_sign_in(request)
    at = now()
    if not by.may(needs):
        with acting(by, at=at):
            trail.record(by, "page.denied", at=at, detail={"needs": str(needs)})
        raise NotAllowed("", code="E-PERMISSION")
    request.actor = by  # type: ignore[attr-defined]
    try:
        with acting(by, at=at):
            trail.of_request(request.request_id)  # type: ignore[attr-defined]
            answer = function(Call(request, by, at), **parts)
            _log_view(answer, by, at=at, needs=needs, reveals=reveals)
            response = _response(request, answer)
    except OperationalError:
        raise
    except DatabaseError as error:
        # The text of a constraint may name another area's row; the officer reads a neutral sentence.
        raise Unavailable("Cơ sở dữ liệu không nhận thao tác này.") from error
    return answers.with_no_store(response)


def _log_view(
    answer: Answer,
    by: Actor,
    *,
    at: datetime,
    needs: Permission,
    reveals: Literal["person"] | None,
) -> None:
    subjects: Sequence[tuple[str, int]] | None = None if isinstance(answer, Go) else answer.subjects
    if reveals is None and subjects:
        msg = "a page shows persons without declaring reveals="
        raise AssertionError(msg)
    if reveals is not None and subjects is None and not isinstance(answer, Go):
        msg = "a page that reveals persons must name them"
        raise AssertionError(msg)
    if subjects and not isinstance(answer, Go):
        said = answer.purpose if isinstance(answer, Show) else ""
        purpose = said or str(needs)
        trail.viewed(by, at=at, subjects=subjects, purpose=purpose, fields=answer.fields)


def _response(request: HttpRequest, answer: Answer) -> HttpResponse:
    if isinstance(answer, Go):
        response = HttpResponse(status=204 if wants_fragment(request) else 303)
        response["HX-Redirect" if wants_fragment(request) else "Location"] = answer.to
        return response
    if isinstance(answer, File):
        response = HttpResponse(answer.body, content_type=answer.content_type)
        way = "attachment" if answer.is_saved else "inline"
        response["Content-Disposition"] = f'{way}; filename="{answer.name}"'
        return response
    is_part = bool(answer.fragment) and wants_fragment(request)
    template = answer.fragment if is_part else answer.template
    body = render_to_string(template, dict(answer.context), request)
    response = HttpResponse(body, status=answer.status)
    response["Vary"] = "HX-Request"
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """401 in meaning: the form of sign-in, which leads back here afterwards."""
    to = reverse(SIGN_IN)
    if request.method in _READING:
        to += f"?tiep={quote(request.get_full_path(), safe='')}"
    response = HttpResponse(status=401 if wants_fragment(request) else 303)
    response["HX-Redirect" if wants_fragment(request) else "Location"] = to
    answers.with_no_store(response)
    return response


def _session_cookie(request: HttpRequest) -> str:
    return "__Host-lienthong" if is_secure(request) else "lienthong"


def _device_cookie(request: HttpRequest) -> str:
    return "__Host-lienthong-device" if is_secure(request) else "lienthong-device"


def _keep(
    response: HttpResponseBase, request: HttpRequest, name: str, token: str, *, max_age: int | None
) -> None:
    response.set_cookie(
        name,
        token,
        max_age=max_age,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )
