"""Signing in and out. One form for name, password and one-time code, so that no step says which part was wrong."""

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lienthong.accounts import sessions
from lienthong.accounts import signin as accounts
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.web import page
from lienthong.web.page import SIGN_IN, open_page

_WAIT_STATUS = 429
_WRONG_STATUS = 403
_DEVICE_BYTES = 32


@open_page("can-bo/dang-nhap/", name=SIGN_IN, posts=True)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form, and what becomes of it."""
    target = _target(request)
    if request.method != "POST":
        if sessions.resume(page.session_token(request)) is not None:
            return redirect(target)
        return _form(request, target)
    attempt = accounts.Attempt(
        username=request.POST.get("username", ""),
        password=request.POST.get("password", ""),
        code=request.POST.get("code", ""),
    )
    device = page.device_token(request) or secrets.token_urlsafe(_DEVICE_BYTES)
    door = accounts.Door(
        device=device,
        address=request.META.get("REMOTE_ADDR", ""),
        browser=request.headers.get("User-Agent", ""),
    )
    try:
        token = accounts.sign_in(attempt, door, at=page.now())
    except Refused as error:
        return _form(request, target, said=error.message_vi, status=_WAIT_STATUS)
    except NotAllowed as error:
        return _form(request, target, said=error.message_vi, status=_WRONG_STATUS)
    rotate_token(request)
    response = redirect(target)
    page.keep_session(response, request, token)
    page.keep_device(response, request, device)
    return response


@open_page("can-bo/dang-xuat/", name="sign-out", posts=True)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the session by a form alone: a link or an image of another site cannot."""
    response = redirect(reverse(SIGN_IN))
    if request.method == "POST":
        token = page.session_token(request)
        by = sessions.resume(token)
        if by is not None:
            at = page.now()
            with acting(by, at=at):
                trail.record(
                    by, "sign_out", at=at, subject_kind="officer", subject_id=by.account_id
                )
                sessions.close(token)
        page.forget_session(response, request)
    return response


def _form(request: HttpRequest, target: str, *, said: str = "", status: int = 200) -> HttpResponse:
    context = {
        "said": said,
        "target": target,
        "needs_code": settings.PRODUCTION,
        "username": request.POST.get("username", "")[:64],
    }
    return render(request, "staff/sign_in.html", context, status=status)


def _target(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours, or home."""
    wanted = request.POST.get("tiep") or request.GET.get("tiep") or ""
    home = reverse("home")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and urlsplit(wanted).path.startswith(home) else home
