"""Stopping optional notices by the link in one of them (Dừng nhận thông báo): no sign-in, nobody is shown.

Opening the link changes nothing, since programs open links too; the button does.
"""

import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotFound
from lienthong.notices import contacts
from lienthong.web.page import now, open_page

_READER = Actor("nguoi-nhan", ActorKind.CITIZEN, frozenset(), person_key=0)


@open_page("thoi-nhan/<uuid:token>/", name="stop-notices", posts=True)
def stop(request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
    """The question, and after the button the answer. A link we never sent is not found."""
    is_stopped = request.method == "POST"
    if is_stopped and not contacts.stop(token, by=_READER, at=now()):
        raise NotFound("Đường dẫn không đúng.")
    return render(request, "public/stopping.html", {"is_stopped": is_stopped})
