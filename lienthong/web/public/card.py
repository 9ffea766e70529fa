"""The electronic card on a parent's telephone (thẻ BHYT điện tử), opened by the link that the officer gave.

Works without a script. A link that is wrong, ended or revoked gets one and the same answer.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.cards import links
from lienthong.kernel.dates import vietnam_date
from lienthong.web.page import now, open_page
from lienthong.web.qr import qr_address

_GONE_STATUS, _WAIT_STATUS = 404, 429


@open_page("the-dien-tu/<str:token>/", name="card-of-link", reveals="person")
def card_of_link(request: HttpRequest, token: str) -> HttpResponse:
    """The card of the link."""
    return _answer(request, token)


@open_page("the-dien-tu/<str:token>/moi/", name="newest-card-of-link", reveals="person")
def newest_card_of_link(request: HttpRequest, token: str) -> HttpResponse:
    """The card that came in place of the link's own."""
    return _answer(request, token, is_newest=True)


def _answer(request: HttpRequest, token: str, *, is_newest: bool = False) -> HttpResponse:
    address = str(request.META.get("REMOTE_ADDR", ""))
    visit = links.Visit(address, request.request_id)  # type: ignore[attr-defined]
    found = links.open_link(token, visit, is_newest=is_newest)
    if isinstance(found, links.Shut):
        status = _WAIT_STATUS if found.wait_seconds else _GONE_STATUS
        response = render(
            request, "public/card_gone.html", {"must_wait": found.wait_seconds > 0}, status=status
        )
        if found.wait_seconds:
            response["Retry-After"] = str(found.wait_seconds)
        return _private(response)
    at = now()
    trouble_vi = found.trouble_vi(vietnam_date(at))
    context = {
        "card": found,
        "id_beside": found.id_beside(vietnam_date(at)),
        "trouble_vi": trouble_vi,
        "qr": "" if trouble_vi else qr_address(found.qr_text(at=at)),
        "token": token,
        "is_newest": is_newest,
    }
    return _private(render(request, "public/card.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """No page that follows learns the address, and no search engine keeps it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
